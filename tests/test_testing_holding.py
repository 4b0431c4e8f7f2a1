"""What anybody's gradients are held to, on functions of a tiny framework made for these tests.

Each property has a function with a fault that it alone finds, beside its right twin.
"""

from dataclasses import replace

import numpy as np
import pytest

from scratchgen import add, maximum, multiply, relu, sqrt, tanh
from scratchgen.gradcheck import GradientError
from scratchgen.testing import (
    PROPERTIES,
    Foreign,
    OpError,
    Run,
    arrays,
    from_op,
    hold,
    mutants,
    pairs,
    positive,
    prove,
    proving,
    same_shape,
)
from scratchgen.testing.composed import Composed
from scratchgen.testing.foreign import FirstOrderOnly, Refused, import_of

X = [np.array([[1.0, -2.0, 0.5], [0.25, 1.5, -1.0]])]
TWO = [X[0], np.array([2.0, -1.0, 3.0])]


class Square:
    """x^2, and how a framework goes back; a test changes one of its ways."""

    name = "square"

    def forward(self, x):
        return x * x

    def save(self, x, y):
        return x.copy()

    def backward(self, saved, g):
        return 2 * saved * g

    def raw(self, g):
        return g

    def second(self, x, g, u):
        return 2 * g * u, 2 * x * u  # of sum(u * 2 x g)

    def foreign(self):
        def run(given, wrt):
            x = np.array(given[0], order="K")
            y = np.asarray(self.forward(x))
            saved = self.save(x, y)

            def back(gs):
                found = self.raw(np.asarray(self.backward(saved, gs[0])))
                made.raw[:] = [found] if wrt else []
                return [np.array(found, x.dtype)] if wrt else []

            def overwrite(which, i):
                (x if which == "argument" else y)[...] *= 0.5

            made = Run([x], [y], back, overwrite)
            return made

        def second(given, gs, us):
            by_x, by_g = self.second(given[0], gs[0], us[0])
            return [by_x], [by_g]

        return Foreign(self.name, run, second, lambda given: f"square({given[0].tolist()})")


class Writes(Square):
    def forward(self, x):
        y = x * x
        x *= 1.5
        return y


class WritesBack(Square):
    def backward(self, saved, g):
        saved *= 1.0
        y = 2 * saved * g
        saved += 1.0
        return y


class WritesOutput(Square):
    def save(self, x, y):
        self.y = y
        return x.copy()

    def backward(self, saved, g):
        self.y += 1.0
        return 2 * saved * g


class Random(Square):
    calls = 0

    def forward(self, x):
        Random.calls += 1
        return x * x + 0.01 * Random.calls


class Rounds(Square):
    def raw(self, g):
        return g.astype("float32")


class Wider(Square):
    def raw(self, g):
        return g[None]


class Wrong(Square):
    def backward(self, saved, g):
        return 2.001 * saved * g


class Clips(Square):
    def backward(self, saved, g):
        return np.clip(2 * saved * g, -50, 50)


class KeepsThreshold(Square):
    def backward(self, saved, g):
        return 2 * saved * np.where(abs(g) < 1e-9, 1e-12, g)


class ForgetsStrides(Square):
    def backward(self, saved, g):
        base = g if g.base is None or g.base.size < g.size else g.base
        return 2 * saved * base.ravel(order="K")[: g.size].reshape(g.shape)


class ForgetsItsOwn(Square):
    def forward(self, x):
        y = x * x
        return y if x.flags.c_contiguous else y.ravel(order="K").reshape(x.shape)


class Global(Square):
    def save(self, x, y):
        self.last = x.copy()
        return None

    def backward(self, saved, g):
        return 2 * self.last * g


class Forgets(Square):
    asked = 0

    def save(self, x, y):
        return [x.copy()]

    def backward(self, saved, g):
        x = saved[0]
        saved[0] = x * 1.0 + 1e-3
        return 2 * x * g


class Borrows(Square):
    def save(self, x, y):
        return x


class BorrowsOutput(Square):
    def save(self, x, y):
        return x.copy(), y, y.copy()

    def backward(self, saved, g):
        x, y, then = saved
        return 2 * x * g * np.where(y == then, 1, 2).astype(g.dtype)


class Refuses(Borrows):
    def save(self, x, y):
        return x, x.copy()

    def backward(self, saved, g):
        x, then = saved
        if not np.array_equal(x, then):
            raise Refused("modified")
        return 2 * x * g


class CutsSecond(Square):
    def second(self, x, g, u):
        return 0 * x, 2 * x * u


class CutsCotangent(Square):
    def second(self, x, g, u):
        return 2 * g * u, 0 * x


class Once(Square):
    def second(self, x, g, u):
        raise FirstOrderOnly("once")


class Single(Square):
    def forward(self, x):
        return (x * x).astype(np.float64)


class SinglePoor(Square):
    def backward(self, saved, g):
        return 2 * saved * g * (1.001 if saved.dtype == np.float32 else 1.0)


FAULTS = [
    (Random, "value", "output 0 differs from that of the first call"),
    (Writes, "unchanged", "the function wrote into argument 0. Compute a new one"),
    (WritesOutput, "unchanged", "backward wrote into output 0"),
    (Rounds, "form", r"gradient of argument 0 is float32 \(2, 3\), its argument is float64"),
    (Wider, "form", r"gradient of argument 0 is float64 \(1, 2, 3\), .* sum over the axes"),
    (Wrong, "differences", r"derivative of order 1 is wrong for argument 0, index \(0, 0\)"),
    (Clips, "linear", "for a cotangent -1000 v differs from -1000 times that for v"),
    (KeepsThreshold, "linear", "for a cotangent of zeros differs from zeros"),
    (ForgetsStrides, "layout", "for a cotangent laid out .* differs"),
    (ForgetsItsOwn, "layout", "output 0 for argument 0 laid out .* differs"),
    (Global, "interleaved", "after a run on other numbers, differs"),
    (Borrows, "overwritten", "when argument 0 was overwritten since, differs.*save_for_backward"),
    (BorrowsOutput, "overwritten", "when output 0 was overwritten since, differs"),
    (CutsSecond, "second", "derivative of order 2 is wrong for argument 0"),
    (CutsCotangent, "second", "derivative of order 2 is wrong for cotangent 0"),
    (Single, "float32", "float32 in, but output 0 is float64"),
    (SinglePoor, "float32", "gradient of argument 0 in float32 differs from that in float64"),
]


def message(pattern):
    return "(?s)" + pattern


def test_what_is_right_passes():
    hold(Square().foreign(), X, reference=np.square, analytic=True)


@pytest.mark.parametrize(("fault", "name", "told"), FAULTS)
def test_a_fault_is_found_by_its_property_and_told(fault, name, told):
    others = [other for other in PROPERTIES if other != name]
    with pytest.raises(GradientError, match=message(told)):
        hold(fault().foreign(), X, skip=others)


@pytest.mark.parametrize(("fault", "name", "told"), FAULTS)
def test_a_property_may_be_left_out_by_its_name(fault, name, told):
    seen_by_others_too = (Wrong, Clips, Random, Wider, Rounds, Writes, Global)
    if fault not in seen_by_others_too:
        hold(fault().foreign(), X, skip=[name])


def test_an_answer_that_changes_when_asked_again_is_found():
    with pytest.raises(OpError, match="asked for again, differs"):
        hold(Forgets().foreign(), X, skip=["linear", "layout", "overwritten", "unchanged"])


def test_a_framework_that_refuses_what_was_overwritten_is_right():
    hold(Refuses().foreign(), X)


def test_a_function_that_says_it_is_differentiable_once_is_held_to_first_order():
    hold(Once().foreign(), X)


def test_a_value_that_differs_is_said_to_be_drawn_anew_or_of_a_rule():
    with pytest.raises(OpError, match=r"draws anew\neach time, or a rule of its own computes"):
        hold(Random().foreign(), X)


def test_order_1_leaves_out_second_derivatives():
    hold(CutsSecond().foreign(), X, order=1)


def test_a_reference_is_compared_with():
    with pytest.raises(OpError, match="output 0 differs from the reference"):
        hold(Square().foreign(), X, reference=lambda x: x * x + 1e-6)


def test_the_complex_step_sees_the_eighth_digit():
    class Nearly(Square):
        def backward(self, saved, g):
            return 2 * saved * g * (1 + 1e-8)

    hold(Nearly().foreign(), X)
    with pytest.raises(OpError, match="gradient of argument 0 differs from the complex step"):
        hold(Nearly().foreign(), X, reference=np.square, analytic=True)


def test_a_message_ends_in_lines_to_paste():
    with pytest.raises(GradientError, match=message(r"^square: .*Again:\n    square\(\[\[1.0, ")):
        hold(Wrong().foreign(), X)


def test_an_error_of_the_function_names_the_arguments():
    class Breaks(Square):
        def forward(self, x):
            raise ZeroDivisionError("no such thing")

    told = r"square: it fails: ZeroDivisionError: no such thing\nAgain:"
    with pytest.raises(OpError, match=told):
        hold(Breaks().foreign(), X)


# What a message says beside the fault.


@pytest.mark.parametrize(("fault", "mends"), [(Wider, "adds these up"), (Rounds, "casts it")])
def test_a_fault_of_form_that_the_framework_mends_is_said_to_be_mended(fault, mends):
    told = f"Torch {mends} for you today; other callers of your backward would not."
    with pytest.raises(OpError, match=told):
        hold(replace(fault().foreign(), mended_by="Torch"), X)
    with pytest.raises(OpError) as caught:
        hold(fault().foreign(), X)
    assert "for you today" not in str(caught.value)


def test_a_wrong_second_derivative_is_told_its_usual_causes_and_how_to_leave_it_out():
    told = r"First derivatives held\.\nOften: .*leave it out: prove\(\.\.\., order=1\)\.\nAgain"
    with pytest.raises(GradientError, match=message(told)):
        hold(CutsSecond().foreign(), X)


def test_first_derivatives_that_were_left_out_are_not_said_to_have_held():
    with pytest.raises(GradientError, match="Often") as caught:
        hold(CutsSecond().foreign(), X, skip=["differences"])
    assert "First derivatives held" not in str(caught.value)


def test_the_lines_to_paste_import_the_function_and_run():
    exec(from_op(multiply).paste(TWO), {})


def test_a_name_that_means_something_else_is_not_imported():
    def tanh(x):
        return x

    tanh.__module__ = "scratchgen"
    assert import_of(tanh, "tanh", "numpy") == "# tanh is your own: define it here"


def test_what_was_typed_in_main_is_not_imported(monkeypatch):
    def mine(x):
        return x

    mine.__module__ = "__main__"
    monkeypatch.setattr("__main__.mine", mine, raising=False)
    assert import_of(mine, "mine", "numpy") == "# mine is your own: define it here"


def visible(caught):
    """The functions that pytest shows of an error."""
    return [entry.name for entry in caught.traceback if not entry.ishidden(caught)]


def test_pytest_shows_a_failure_without_the_lines_that_found_it():
    with pytest.raises(GradientError) as caught:
        prove(Wrong().foreign(), arrays(), seed=0)()
    assert visible(caught) == ["test_pytest_shows_a_failure_without_the_lines_that_found_it"]
    with pytest.raises(GradientError) as caught:
        hold(Wrong().foreign(), X, skip=["value"])
    assert "hold" not in visible(caught)
    assert "_told" not in visible(caught)


def test_an_error_of_the_function_begins_at_its_own_lines():
    class Breaks(Square):
        def forward(self, x):
            raise ZeroDivisionError("no such thing")

    with pytest.raises(OpError) as caught:
        hold(Breaks().foreign(), X)
    first = caught.value.__cause__.__traceback__
    assert first.tb_frame.f_globals["__name__"] == __name__


# Slopes: each difference knows its own error.


@pytest.mark.parametrize("slope", [0.0, 0.5, 1.0])
def test_at_a_kink_a_slope_between_its_sides_is_right(slope):
    class Kink(Square):
        def forward(self, x):
            return np.maximum(x, 0)

        def backward(self, saved, g):
            return g * np.where(saved > 0, 1, np.where(saved < 0, 0, slope)).astype(g.dtype)

        def second(self, x, g, u):
            return 0 * x, u * (x > 0)

    hold(Kink().foreign(), [np.array([0.0, 1.0, -1.0])])


@pytest.mark.parametrize("slope", [-0.1, 1.1])
def test_at_a_kink_any_other_slope_is_wrong(slope):
    class Kink(Square):
        def forward(self, x):
            return np.maximum(x, 0)

        def backward(self, saved, g):
            return g * np.where(saved > 0, 1, np.where(saved < 0, 0, slope)).astype(g.dtype)

    with pytest.raises(OpError, match=r"slope at a kink is wrong for argument 0, index \(0,\)"):
        hold(Kink().foreign(), [np.array([0.0, 1.0, -1.0])])


def test_a_kink_of_small_slopes_is_a_kink():
    hold(from_op(lambda x: 3e-6 * relu(x)), [np.array([0.0, 1.0])])


def test_where_there_are_no_kinks_a_bend_is_a_fault():
    hold(from_op(relu), [np.array([0.0, 1.0])])
    with pytest.raises(GradientError, match="derivative of order 1 is wrong"):
        hold(from_op(relu), [np.array([0.0, 1.0])], kinks=False)


def test_elements_that_tie_share_the_slope():
    class Largest(Square):
        def forward(self, x):
            return x.max(-1)

        def backward(self, saved, g):
            return g[..., None] * (saved == saved.max(-1, keepdims=True))

        def second(self, x, g, u):
            hits = x == x.max(-1, keepdims=True)
            return 0 * x, (u * hits).sum(-1)

    hold(Largest().foreign(), X)
    with pytest.raises(OpError, match="slopes at a kink are wrong .* move together"):
        hold(Largest().foreign(), [np.ones((2, 3))])


@pytest.mark.parametrize("x", [1e-4, 1e-3, 1e-2, 3.0])
def test_beside_a_pole_differences_that_are_off_raise_no_alarm(x):
    hold(from_op(sqrt), [np.array([x])])


def test_beside_a_pole_a_wrong_slope_is_still_found():
    class Root(Square):
        def forward(self, x):
            return np.sqrt(x)

        def backward(self, saved, g):
            return g / (2 * np.sqrt(saved) + 1e-4)

    with pytest.raises(GradientError, match="derivative of order 1 is wrong"):
        hold(Root().foreign(), [np.array([1e-2, 1.0])], order=1)


# Several arguments and outputs.


def two(back, forward=lambda a, b: a * b):
    """A function of two arguments; `back` goes back as back(a, b, g, asked)."""

    def run(given, wrt):
        a, b = given
        y = forward(a, b)
        ys = list(y) if isinstance(y, tuple) else [y]

        def pull(gs):
            found = back(a, b, gs[0] if len(ys) == 1 else gs, list(wrt))
            if a is b:
                return [found[0] + found[1]]
            return [np.asarray(found[i]) for i in wrt]

        return Run(list(given), ys, pull)

    return Foreign("two", run, lambda *_: (_ for _ in ()).throw(FirstOrderOnly()), str)


def product(a, b, g, asked):
    return [g * b, g * a]


SAME = [np.array([1.0, -2.0]), np.array([0.5, 3.0])]


def test_two_arguments_pass():
    hold(two(product), SAME)


def test_an_argument_asked_for_alone_gets_the_same():
    def back(a, b, g, asked):
        return [g * b, g * a if 0 in asked else 0 * g]

    with pytest.raises(OpError, match="gradient of argument 1, asked for alone, differs"):
        hold(two(back), SAME)


def test_one_array_as_both_arguments_gets_the_sum():
    class Foreign_(dict):
        pass

    def run(given, wrt):
        found = two(product).run(given, wrt)
        if given[0] is given[1]:
            return Run(found.inputs, found.outputs, lambda gs: [gs[0] * given[0]])
        return found

    once = Foreign("two", run, two(product).second, str)
    with pytest.raises(
        OpError, match="gradient of one array as all arguments differs from the sum"
    ):
        hold(once, SAME)


def test_outputs_one_by_one_add_up_to_all():
    def both(a, b):
        return a + b, a * b

    def right(a, b, gs, asked):
        g, h = (0.0 if x is None else x for x in gs)
        return [g + h * b + 0 * a, g + h * a + 0 * a]

    def wrong(a, b, gs, asked):
        return right(a, b, gs if gs[1] is not None else [2 * gs[0], None], asked)

    hold(two(right, both), SAME)
    with pytest.raises(OpError, match="gradient of argument 0, output by output, differs"):
        hold(two(wrong, both), SAME)


# Refusals.


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"skip": ["lineal"]}, "skip: expected a list of names out of value, unchanged"),
        ({"skip": "linear"}, "skip: expected a list of names"),
        ({"order": 3}, "order: expected 1 or 2, got 3"),
        ({"analytic": True}, "Pass reference="),
    ],
)
def test_wrong_options_are_refused(options, told):
    with pytest.raises(ValueError, match=told):
        hold(from_op(tanh), X, **options)


def test_arguments_of_another_type_are_refused():
    with pytest.raises(TypeError, match="tanh: argument 0 is float32, not float64"):
        hold(from_op(tanh), [np.ones(2, "float32")])
    with pytest.raises(TypeError, match="expected arrays to differentiate by, got none"):
        hold(from_op(tanh), [])


def torch_like():
    """A class like torch.autograd.Function's, which these tests run without."""
    module = {"__module__": "torch.autograd.function", "apply": classmethod(lambda cls, x: x)}
    return type("Gate", (type("Function", (), module),), {})


def test_a_function_of_pytorch_that_was_not_wrapped_is_told_how():
    told = r"prove: Gate.apply belongs to a torch.autograd.Function. Wrap it: prove\(from_torch\("
    for given in (torch_like().apply, torch_like()):
        with pytest.raises(TypeError, match=told):
            prove(given, arrays())
    with pytest.raises(TypeError, match="mutants: Gate.apply belongs to"):
        mutants(lambda f: None, torch_like().apply)


@pytest.mark.parametrize(
    ("module", "adapter"),
    [("jax.numpy", "from_jax"), ("autograd.tracer", "from_hips"), ("torch.nn", "from_torch")],
)
def test_another_frameworks_function_that_was_not_wrapped_is_told_how(module, adapter):
    def theirs(x):
        return x

    theirs.__module__ = module
    framework = module.split(".")[0]
    told = rf"prove: theirs is a function of {framework}'s. Wrap it: {adapter}\(theirs\)"
    with pytest.raises(TypeError, match=told):
        prove(theirs, arrays())


def test_a_function_that_wants_pytorchs_tensor_is_told_how_to_be_wrapped():
    def mine(x):
        raise TypeError("sigmoid(): argument 'input' (position 1) must be Tensor, not Tensor")

    told = r"It wants PyTorch's. Wrap the function: from_torch\(mine\)"
    with pytest.raises(OpError, match=told):
        hold(from_op(mine), X)


# Programs of a function and of the framework's own ops.


class Numbers(np.ndarray):
    """Arrays that are written into as PyTorch's tensors are; nobody may write into a leaf."""

    leaf = False

    def mul_(self, factor):
        if self.leaf:
            raise RuntimeError("a leaf")
        self[...] *= factor

    def add_(self, term):
        self[...] += term


def numbers(*values, leaf=False):
    x = np.array(values).view(Numbers)
    x.leaf = leaf
    return x


def times(a, b):
    return a * b


def test_a_program_runs_as_it_prints():
    two = numbers(1.0, 2.0), numbers(3.0, 5.0)
    program = Composed(times, "times", [1, 1, 0, 3, 2, 0, 1, 2, 1], two)
    expected = [
        "def program(x0, x1):",
        "    a0 = x0 * 1.0",
        "    a1 = x1",
        "    y = times(a0, a1)",
        "    first = y",
        "    a0 = x0.flatten().reshape(x0.shape)",
        "    a1 = x1[None][0]",
        "    y = times(a0, a1)",
        "    a1.mul_(0.5)",
        "    y[None].add_(1.0)",
        "    return (first + y) * (first + y)",
    ]
    assert repr(program).splitlines() == expected
    names = {"times": times}
    exec(repr(program), names)
    two = numbers(1.0, 2.0), numbers(3.0, 5.0)
    np.testing.assert_array_equal(program(*two), [49.0, 441.0])
    two = numbers(1.0, 2.0), numbers(3.0, 5.0)
    np.testing.assert_array_equal(names["program"](*two), [49.0, 441.0])


def test_a_write_that_is_refused_is_left_out_of_a_program():
    program = Composed(np.exp, "exp", [0, 0, 1, 1], [numbers(0.0, leaf=True)])
    assert repr(program).splitlines()[2:] == ["    y = exp(a0)", "    y.mul_(0.5)", "    return y"]
    np.testing.assert_array_equal(program(numbers(0.0, leaf=True)), [0.5])


def test_writes_after_which_nothing_can_be_used_are_left_out_of_a_program():
    class Strict(Numbers):
        def __mul__(self, other):
            if (self == 2).any():
                raise RuntimeError("overwritten")
            return np.asarray(self) * np.asarray(other)

    x = np.ones(1).view(Strict)
    program = Composed(lambda x: x, "same", [0, 0, 2, 0, 1], [x])
    assert repr(program).splitlines()[2:] == ["    y = same(a0)", "    return y * y"]


def square_in_programs(program):
    return replace(Square().foreign(), composed=lambda choices, arrays: program().foreign())


def test_programs_are_held_instead_of_the_function():
    prove(square_in_programs(Square), arrays(), seed=0, programs=True)()
    prove(square_in_programs(Wrong), arrays(), seed=0)()
    with pytest.raises(GradientError, match="square: derivative of order"):
        prove(square_in_programs(Wrong), arrays(), seed=0, programs=True)()


def test_a_program_is_not_held_to_what_its_own_lines_break():
    prove(square_in_programs(Writes), arrays(elements=positive), seed=0, programs=True,
          skip=["differences", "second"])()  # fmt: skip
    with pytest.raises(OpError, match="the function wrote into argument 0"):
        prove(Writes().foreign(), arrays(elements=positive), seed=0)()


def test_a_program_that_the_framework_refuses_to_differentiate_is_right():
    class Never(Square):
        def backward(self, saved, g):
            raise Refused("modified")

    prove(square_in_programs(Never), arrays(), seed=0, programs=True)()


def test_programs_of_what_has_none_are_refused():
    with pytest.raises(TypeError, match="there are no programs of multiply. Programs are written"):
        prove(multiply, pairs(), programs=True)
    with pytest.raises(TypeError, match="programs of square have no reference"):
        prove(square_in_programs(Square), arrays(), programs=True, reference=np.square)


# prove and mutants.

test_products_are_proven = prove(multiply, pairs(), reference=lambda a, b: a * b, analytic=True)
test_sums_are_proven = prove(add, pairs(), reference=lambda a, b: a + b)
test_roots_are_proven = prove(sqrt, arrays(elements=positive), reference=np.sqrt, analytic=True)
test_ties_of_a_maximum_are_proven = prove(maximum, same_shape(positive, positive))


def test_a_fault_is_shrunk():
    wrong = prove(Wrong().foreign(), arrays(), seed=0)
    with pytest.raises(GradientError, match=message(r"order 2 is wrong.*square\(0\.0\)")):
        wrong()


def test_every_other_example_is_a_tie_unless_ties_are_no_fit_arguments(monkeypatch):
    def share(ties):
        seen = []
        equal = lambda x: bool((x == x.flat[0]).all())
        monkeypatch.setattr(proving, "hold", lambda f, xs, **options: seen.append(equal(xs[0])))
        prove(Square().foreign(), arrays((2, 3)), ties=ties, seed=0, examples=100)()
        return np.mean(seen)

    assert share(True) > share(False) + 0.2


def test_answers_that_change_from_call_to_call_are_told():
    class Drifts(Square):
        calls = 0

        def backward(self, saved, g):
            Drifts.calls += 1
            return 2 * saved * g * (1.0 if Drifts.calls % 97 else 1.1)

    with pytest.raises(GradientError):
        prove(Drifts().foreign(), arrays(), seed=0)()


def test_a_good_test_sees_every_mistake():
    found = mutants(lambda f: hold(f, SAME), multiply)
    assert [m.name for m in found if not m.seen] == []


def test_a_poor_test_is_told_what_it_misses():
    poor = [np.ones(1), np.ones(1)]
    found = mutants(lambda f: hold(f, poor, skip=["linear", "float32"], order=1), multiply)
    assert {"clipped at 1", "in reverse"} <= {m.name for m in found if not m.seen}


def test_mutants_of_what_is_wrong_already_are_refused():
    with pytest.raises(ValueError, match="the test fails on square as it is"):
        mutants(lambda f: hold(f, X), Wrong().foreign())
