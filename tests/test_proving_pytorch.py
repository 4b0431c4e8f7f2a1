"""What `from_torch` takes, and what it says; needs PyTorch.

python -m pytest -m frameworks tests/test_proving_pytorch.py
"""

import importlib

import numpy as np
import pytest

from scratchgen import multiply
from scratchgen.gradcheck import GradientError
from scratchgen.testing import (
    OpError,
    arrays,
    check_function,
    from_torch,
    hold,
    pairs,
    prove,
    shapes,
)
from scratchgen.testing.composed import Composed

pytestmark = pytest.mark.frameworks
POINT = [np.array([[1.0, -2.0, 0.5]]), np.array([0.25, 1.5, -1.0])]


@pytest.fixture(name="torch")
def _torch():
    return pytest.importorskip("torch")


@pytest.fixture(name="gates")
def _gates(torch):
    return importlib.import_module("tests.zoo.gates")


# A backward that is differentiable once, by its own word.


def test_a_right_backward_that_declares_itself_once_differentiable_passes(gates):
    prove(from_torch(gates.Gate.apply), pairs(), seed=0)()


def test_a_wrong_backward_that_declares_itself_once_differentiable_is_found(gates):
    with pytest.raises(GradientError, match="derivative of order 1 is wrong"):
        prove(from_torch(gates.WrongGate.apply), pairs(), seed=0)()


def test_a_backward_that_does_not_declare_itself_is_held_to_second_order(gates):
    for function in (gates.Sine.apply, gates.sine_by_weight):
        with pytest.raises(GradientError, match="(?s)derivative of order 2 is wrong.*order=1"):
            prove(from_torch(function), arrays(), seed=0)()
        prove(from_torch(function), arrays(), seed=0, order=1)()


def test_a_weight_that_is_no_argument_keeps_its_gradient(gates):
    hold(from_torch(gates.gated_by_weight), POINT[:1])
    with pytest.raises(GradientError):
        hold(from_torch(gates.sine_by_weight), POINT[:1])
    assert gates.WEIGHT.grad is None


# Programs: the function among PyTorch's own ops.

largest = arrays(shapes(min_axes=1, min_side=1))


@pytest.mark.parametrize(
    ("name", "strategy"),
    [("Unbuffered", arrays()), ("Gate", pairs()), ("Row", largest), ("Flat", arrays())],
)
def test_programs_of_what_is_right_pass(gates, name, strategy):
    mine = from_torch(getattr(gates, name).apply)
    prove(mine, strategy, seed=0)()
    prove(mine, strategy, seed=0, programs=True, examples=200)()


def test_a_buffer_kept_for_the_next_time_is_found_in_programs_alone(gates):
    mine = from_torch(gates.Buffered.apply)
    prove(mine, arrays(), seed=0)()
    with pytest.raises(GradientError, match="a program of Buffered.apply: derivative of order 1"):
        prove(mine, arrays(), seed=0, programs=True)()


def test_what_is_kept_on_ctx_is_found_in_a_program_that_writes(gates):
    with pytest.raises(GradientError, match=r"\.(mul|add)_\(") as caught:
        prove(from_torch(gates.KeptOnCtx.apply), pairs(), seed=0, programs=True)()
    with pytest.raises(GradientError, match="derivative of order 1 is wrong"):
        exec(pasted(caught.value), {})


def test_a_program_prints_what_it_does(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    program = Composed(torch.mul, "mul", [1, 1, 0, 2, 4, 1, 1, 2, 1], [x, x])
    names = {"torch": torch, "mul": torch.mul}
    exec(repr(program), names)
    assert repr(program).splitlines()[1:] == [
        "    a0 = x0 * 1.0",
        "    a1 = x1",
        "    y = mul(a0, a1)",
        "    first = y",
        "    a0 = x0[None][0]",
        "    a1 = torch.stack([x1, x1], -1)[..., 1]",
        "    y = mul(a0, a1)",
        "    a1.mul_(0.5)",  # a0 is a view of a leaf, into which nobody may write
        "    y[None].add_(1.0)",
        "    return (first + y) * (first + y)",
    ]
    assert torch.equal(program(x, x), names["program"](x, x))
    assert torch.equal(program(x, x), (2 * x * x + 1) ** 2)


def test_a_program_uses_the_first_of_several_outputs(gates, torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    program = Composed(gates.Row.apply, "Row.apply", [], [x])
    assert "y = Row.apply(a0)[0]" in repr(program)
    assert program(x) == 2


def test_a_program_of_a_function_that_fails_says_so(torch):
    def breaks(x):
        raise ZeroDivisionError("no such thing")

    told = "a program of breaks: it fails: ZeroDivisionError: no such thing\nAgain:"
    with pytest.raises(OpError, match=told):
        prove(from_torch(breaks), arrays(), seed=0, programs=True)()


def test_programs_of_what_is_not_pytorchs_are_refused(torch):
    with pytest.raises(TypeError, match="there are no programs of multiply. Programs are written"):
        prove(multiply, pairs(), programs=True)
    with pytest.raises(TypeError, match="programs of mul have no reference"):
        prove(from_torch(torch.mul), pairs(), programs=True, reference=np.multiply)


# At a kink whose slopes are small.


def test_a_tie_of_small_slopes_is_a_tie(torch):
    hold(from_torch(lambda x: x.max(-1).values.tanh() ** 4 * 1e-5), [np.array([3.0, 3.0])])


# Messages.


def test_a_forgotten_sum_is_said_to_be_made_by_pytorch(gates):
    told = "PyTorch adds these up for you today; other callers of your backward would not."
    with pytest.raises(OpError, match=told):
        hold(from_torch(gates.Unsummed.apply), POINT)


def test_a_written_cotangent_is_told_its_harm(gates):
    told = r"wrote into the incoming gradient. Autograd hands the same g to others \(y \+ x\)"
    with pytest.raises(OpError, match=told):
        hold(from_torch(gates.Writes.apply), POINT[:1])


def pasted(error):
    """The lines to paste at the end of a message."""
    lines = str(error).split("Again:\n")[1].splitlines()
    return "\n".join(line[4:] for line in lines if line.startswith("    "))


def test_the_lines_to_paste_run_and_show_the_fault_again(gates):
    with pytest.raises(GradientError) as caught:
        hold(from_torch(gates.WrongGate.apply), POINT)
    assert "from tests.zoo.gates import WrongGate\n" in pasted(caught.value)
    with pytest.raises(GradientError, match="derivative of order 1 is wrong for argument 1"):
        exec(pasted(caught.value), {})


def test_the_lines_to_paste_hold_what_is_constant(gates, torch):
    given = [torch.tensor([2.0]), torch.tensor(POINT[1])]
    with pytest.raises(GradientError) as caught:
        check_function(gates.WrongGate.apply, given)
    assert "WrongGate.apply, [torch.tensor([2.0], dtype=torch.float32), x0]" in str(caught.value)
    with pytest.raises(GradientError, match="derivative of order 1 is wrong for argument 0"):
        exec(pasted(caught.value), {})


def test_pytorchs_own_functions_are_imported_from_it(torch):
    exec(from_torch(torch.mul).paste(POINT), {})


def test_a_name_of_mine_does_not_replace_the_functions_in_what_is_pasted(gates):
    exec(from_torch(gates.Gate.apply, "my gate").paste(POINT), {})


# Wrong calls.


def test_a_function_that_was_not_wrapped_is_told_how(gates, torch):
    told = r"Gate.apply belongs to a torch.autograd.Function. Wrap it: prove\(from_torch\(Gate"
    with pytest.raises(TypeError, match=told):
        prove(gates.Gate.apply, pairs())
    with pytest.raises(TypeError, match=r"sigmoid is a function of torch's. Wrap it: from_torch"):
        prove(torch.sigmoid, arrays())

    def mine(x):
        return torch.sigmoid(x)

    with pytest.raises(OpError, match=r"Wrap the function: from_torch\(mine\)"):
        prove(mine, arrays())()


def test_a_function_without_its_apply_is_told_so(gates, torch):
    with pytest.raises(TypeError, match="from_torch: Gate is a Function; give Gate.apply, not"):
        from_torch(gates.Gate)
    with pytest.raises(TypeError, match="check_function: Gate is a Function; give Gate.apply"):
        check_function(gates.Gate, [torch.ones(1).double(), 2.0])
