"""Random programs: right to second order; and what a planted fault of one of their ops leads to."""

import time

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, find, given, settings

from scratchgen import engine
from scratchgen.engine import Tensor, grad, negative, op, sum, sum_to
from scratchgen.functions import exp, log, tanh
from scratchgen.gradcheck import GradientError, check_grad
from scratchgen.testing import LIMIT, SMOOTH_OPS, Program, programs

A, B = np.array([[0.5], [-1.0]]), np.array([1.0, 0.25])
# One program in a hundred shows a fault of broadcasting; the search stops at the first.
unsaved = settings(max_examples=5000, database=None, deadline=None)


# What is right passes.


@given(programs())
def test_random_programs_have_the_derivatives_of_differences(program):
    check_grad(program, *program.arrays, order=2)


@given(programs(ops=(engine.multiply, engine.add, engine.sum, engine.matmul), max_steps=12))
def test_long_programs_of_few_ops_share_many_values(program):
    check_grad(program, *program.arrays)


@given(programs())
def test_shared_values_get_the_gradient_of_the_rest_of_the_program(program):
    """A value that later lines use is a leaf of the program that they make."""
    values = program.values(*map(Tensor, program.arrays))
    for line in program.lines[:-1]:
        rest = rest_of(program, line.number, values)
        expected = grad(weighed(rest[-1]), rest[line.number])
        got = grad(weighed(values[-1]), values[line.number])
        np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-12)


def weighed(y):
    """A scalar in which every element of y counts differently."""
    return sum(y * np.cos(np.arange(y.size)).reshape(y.shape))


def rest_of(program, number, values):
    """The values again, this one a leaf now, those before it fixed, and those after it run anew."""
    again = [v.value for v in values[:number]] + [Tensor(values[number].value)]
    for line in program.lines:
        if line.number > number:
            y = line.op(*[again[k] for k in line.arguments])
            again.append(tanh(y) if line.squashed else y)
    return again


@given(programs(max_steps=20))
def test_values_stay_moderate(program):
    values = program.values(*program.arrays)
    assert all(np.abs(y).max() <= LIMIT for y in values)


# What a program is.


def test_numbers_count_modulo_the_height_of_the_stack():
    program = Program([(engine.multiply, 2, 5), (engine.add, 5, 3)], [A, B])
    assert str(program.lines) == "[x2 = multiply(x0, x1), x3 = add(x2, x0)]"
    np.testing.assert_array_equal(program(A, B), A * B + A)


def test_what_the_result_does_not_need_is_left_out():
    program = Program([(exp, 0, 0), (negative, 1, 0)], [A, B])
    assert str(program.lines) == "[x1 = negative(x0)]"
    assert program.arrays == [B]


def test_a_step_that_its_op_refuses_is_left_out():
    program = Program([(engine.matmul, 0, 0), (log, 0, 0), (tanh, 2, 0)], [np.zeros((2, 1))])
    assert str(program.lines) == "[x1 = tanh(x0)]"


def test_a_large_value_is_squashed():
    program = Program([(engine.add, 0, 0)], [np.array(3.0)])
    assert str(program.lines) == "[x1 = tanh(add(x0, x0))]"
    assert program(np.array(3.0)) == np.tanh(6.0)


def test_a_program_without_steps_returns_its_last_array():
    assert Program([], [A, B])(B) is B


def test_an_op_of_three_arguments_is_refused():
    with pytest.raises(TypeError, match=r"programs: expected ops of one or two arguments, got <op"):
        Program([(engine.put, 0, 0)], [A])


@settings(max_examples=20, suppress_health_check=list(HealthCheck))
@given(programs())
def test_a_printed_program_computes_the_same(program):
    names = {}
    exec(repr(program), names)
    np.testing.assert_array_equal(names["program"](*program.arrays), program(*program.arrays))


def test_an_op_of_your_own_can_take_part():
    @op
    def cube(x):
        return x * x * x

    cube.gradients(x=lambda g, y, x: g * (3 * x * x))
    program = find(programs(ops=(*SMOOTH_OPS, cube)), lambda p: cube in [x.op for x in p.lines])
    check_grad(program, *program.arrays, order=2)
    assert "# cube is your own: define it here" in repr(program)


# A planted fault shrinks to a program that can be pasted.


def fault(program):
    """The error of a program's first derivatives, or None."""
    try:
        check_grad(program, *program.arrays)
    except (GradientError, TypeError) as error:
        return error
    return None


def averaged(g, shape):
    """A mean over the broadcast axes, where it has to be their sum."""
    total = sum_to(g, shape)
    return total * (total.size / g.size)


BROADCASTING_FAULTS = {
    "multiply without sum_to": ("multiply", lambda g, y, a, b: g * b),
    "multiply with a mean": ("multiply", lambda g, y, a, b: averaged(g * b, a.shape)),
    "add without sum_to": ("add", lambda g, y, a, b: g),
    "subtract with a mean": ("subtract", lambda g, y, a, b: averaged(g, a.shape)),
}


@pytest.mark.parametrize(("name", "rule"), BROADCASTING_FAULTS.values(), ids=BROADCASTING_FAULTS)
def test_a_broadcasting_fault_shrinks_to_a_program_that_can_be_pasted(name, rule, monkeypatch):
    planted = getattr(engine, name)
    monkeypatch.setattr(planted, "rules", (rule, planted.rules[1]))
    start = time.process_time()  # on a busy machine too
    program = find(programs(), fault, settings=unsaved)
    assert time.process_time() - start < 10
    assert len(program.lines) <= 2
    with pytest.raises((GradientError, TypeError), match=f"derivative of order|rule of {name}"):
        exec(repr(program), {})
    monkeypatch.undo()
    exec(repr(program), {})  # silent once the rule is mended


def test_a_fault_of_sharing_shrinks_to_a_value_that_is_used_twice(monkeypatch):
    def keeps_a_buffer(g, y, x, buffer={}):  # noqa: B006
        part = -g
        return buffer.setdefault(part.shape, part) if isinstance(part, np.ndarray) else part

    monkeypatch.setattr(negative, "rules", (keeps_a_buffer,))
    assert len(find(programs(), fault, settings=unsaved).lines) <= 3


def test_hypothesis_prints_the_program_so_that_it_can_be_pasted(monkeypatch):
    monkeypatch.setattr(engine.multiply, "rules", (BROADCASTING_FAULTS["multiply with a mean"][1],
                                                   engine.multiply.rules[1]))  # fmt: skip

    @settings(unsaved, print_blob=False, phases=[Phase.generate, Phase.shrink])
    @given(programs())
    def test(program):
        check_grad(program, *program.arrays)

    with pytest.raises(GradientError) as caught:
        test()
    notes = "\n".join(caught.value.__notes__)
    pasted = notes[notes.index("import numpy") : notes.index("order=2)") + len("order=2)")]
    with pytest.raises(GradientError, match="program: derivative of order"):
        exec(pasted, {})
