"""What is asked of the answers to lesson 3."""

from typing import Any

import numpy as np
from hypothesis import strategies as st

from lessons.runner.expect import Exercise, expect, expect_close, expect_shape, for_any, shown
from scratchgen import check_grad, op, sigmoid
from scratchgen.gradcheck import GradientError
from scratchgen.testing import arrays, check_op, floats, pairs, shapes

some = arrays(shapes(min_side=1), layouts=["contiguous"])


# second_slope

FUNCTIONS: dict[str, tuple[Any, Any]] = {  # and their second derivatives
    "sin": (np.sin, lambda x: -np.sin(x)),
    "exp": (np.exp, np.exp),
}


def _keeps_the_shape(second_slope):
    """it should return a result of the shape of x"""
    got = second_slope(np.sin, np.ones(3))
    expect_shape(got, (3,), "second_slope(sin, x) for x of shape (3,)")


def _is_good_in_float64(second_slope):
    """it should be wrong by less than 1e-6 in float64"""
    _error_stays_below(1e-6, second_slope, np.float64)


def _keeps_float32(second_slope):
    """it should return float32 where x is float32"""
    got = second_slope(np.sin, np.ones(3, np.float32))
    found = getattr(got, "dtype", type(got).__name__)
    cure = "A step that is a NumPy float64 makes it so: take eps of x's own type."
    expect(found == np.float32, f"x is float32, but the result is {found}. {cure}")


def _is_good_in_float32(second_slope):
    """it should be wrong by less than 1e-2 in float32"""
    _error_stays_below(1e-2, second_slope, np.float32)


def _error_stays_below(limit, second_slope, kind):
    x = np.linspace(-1, 1, 201, dtype=kind)
    for name, (f, exact) in FUNCTIONS.items():
        errors = abs(second_slope(f, x) - exact(x.astype(np.float64)))
        worst = int(errors.argmax())
        found = f"second_slope({name}, {x[worst]:.3g}) is off by {errors[worst]:.1g}"
        why = "Truncation leaves h^2 / 12 of it, rounding 4 eps / h^2; eps is that of "
        expect(errors[worst] < limit, f"{found}, allowed {limit:g}. {why}{kind.__name__}.")


# matrix_pairs

SIDES = {"n": (0, 0), "k": (0, 1), "m": (1, 1)}  # which matrix, which axis


def _is_a_strategy(matrix_pairs):
    """it should return a strategy"""
    _strategy(matrix_pairs)


def _draws_what_can_be_multiplied(matrix_pairs):
    """it should draw pairs of float64 matrices that can be multiplied, with sides from 1 to 4"""
    for_any(_expect_pair, pair=_strategy(matrix_pairs))


def _draws_every_size(matrix_pairs):
    """it should draw n, k and m from 1 to 4, whatever the two others are"""
    seen = [[pair[i].shape[axis] for i, axis in SIDES.values()] for pair in _drawn(matrix_pairs)]
    for name, sizes in zip(SIDES, zip(*seen, strict=True), strict=True):
        missing = sorted({1, 2, 3, 4} - set(sizes))
        found = f"Of {len(seen)} pairs that it drew, none has {name} = "
        expect(not missing, f"{found}{missing and missing[0]}.")
    for a, b in (("n", "k"), ("k", "m"), ("n", "m")):
        both = [(row[list(SIDES).index(a)], row[list(SIDES).index(b)]) for row in seen]
        words = f"In all {len(seen)} pairs that it drew, {a} and {b} are equal"
        expect(any(x != y for x, y in both), f"{words}. Pick each size by itself.")


def _shows_bugs(matrix_pairs):
    """it should draw pairs that show whatever is wrong with a rule of the matrix product"""
    drawn = _drawn(matrix_pairs)
    for words, rule_a, rule_b in BUGS:
        product.gradients(A=rule_a, B=rule_b)
        seen = any(_fails(pair) for pair in drawn)
        expect(seen, f"We planted a bug: {words}. None of {len(drawn)} pairs shows it.")


@op
def product(A, B):
    """A matrix product, to plant bugs in."""
    return A @ B


def _right_a(g, y, A, B):
    return g @ B.T


def _right_b(g, y, A, B):
    return A.T @ g


BUGS = (
    ("the rule of A is right only where B is square", lambda g, y, A, B:
     g @ B.T * (B.shape[0] / B.shape[1]), _right_b),
    ("the rule of B returns ones in place of the columns of A", _right_a, lambda g, y, A, B:
     np.ones_like(A).T @ g),
    ("the rule of A takes the sizes of the numbers in B, and not their signs",
     lambda g, y, A, B: g @ abs(B.T), _right_b),
)  # fmt: skip


def _fails(pair):
    try:
        check_grad(product, *(np.ascontiguousarray(x) for x in pair))
    except GradientError:
        return True
    return False


def _strategy(matrix_pairs):
    got = matrix_pairs()
    what = f"expected a strategy, got {shown(got)}."
    made = isinstance(got, st.SearchStrategy)
    uncalled = callable(got) and not made
    cure = "Call it: what @strategies.composite makes is a function that returns a strategy."
    expect(made, f"matrix_pairs(): {cure if uncalled else what}")
    return got


def _drawn(matrix_pairs, count=150):
    """The pairs that it draws, as many as Hypothesis tries."""
    pairs = []

    def collect(pair):
        _expect_pair(pair)
        pairs.append(pair)

    for_any(collect, pair=_strategy(matrix_pairs), examples=count)
    return pairs


def _expect_pair(pair):
    two = isinstance(pair, tuple | list) and len(pair) == 2
    expect(two, f"expected a pair (A, B), got {shown(pair)}.")
    for name, x in zip("AB", pair, strict=True):
        kind = f"a {x.dtype} of shape {x.shape}" if hasattr(x, "dtype") else shown(x)
        right = getattr(x, "ndim", 0) == 2 and x.dtype == np.float64
        expect(right, f"{name}: expected a float64 matrix, got {kind}.")
        sides = all(1 <= side <= 4 for side in x.shape)
        expect(sides, f"{name} has the shape {x.shape}: rows and columns should be 1 to 4.")
        expect(np.isfinite(x).all(), f"{name} holds what is no finite number: {shown(x)}.")
    A, B = pair
    fits = A.shape[1] == B.shape[0]
    cure = "A has as many columns as B has rows."
    expect(fits, f"A of shape {A.shape} and B of {B.shape} cannot be multiplied. {cure}")


# complex_step


def _cubes(x):
    return (x**3).sum()


def _has_the_shape_of_x(complex_step):
    """it should return one slope for each element of x"""
    got = complex_step(_cubes, np.ones((2, 3)))
    expect_shape(got, (2, 3), "complex_step(f, x) for x of shape (2, 3)")


def _is_known_by_hand(complex_step):
    """it should be the gradient that one finds by hand"""
    got = complex_step(_cubes, np.array([1.0, 2.0]))
    expect_close(got, [3.0, 12.0], "of x_0^3 + x_1^3 at [1, 2], the gradient")


def _keeps_x(complex_step):
    """it should leave x as it was"""
    x = np.array([1.0, 2.0])
    complex_step(_cubes, x)
    found = f"x was [1, 2] and is {shown(x)} after the call"
    expect((x == [1.0, 2.0]).all(), f"{found}. Work on a copy: x.astype(complex) is one.")


def _is_right_to_all_digits(complex_step):
    """it should be right to 14 digits, at any x"""

    def holds(x):
        got = complex_step(lambda x: np.exp(np.sin(x)).sum(), x)
        what = "of sum(exp(sin(x))), the gradient"
        slope = np.cos(x) * np.exp(np.sin(x))
        expect_close(got, slope, what, rtol=1e-6, atol=1e-6)
        gap = float(np.max(abs(np.asarray(got) - slope)))
        why = "A difference of two values of f leaves 11 at most, and so does too large a step."
        expect(gap < 1e-14, f"{what} is off by {gap:.1g}: too few digits. {why}")

    for_any(holds, x=some)


# gate_rules


def _gives_two_gradients(gate_rules):
    """it should return a pair: one gradient for x, one for s"""
    got = gate_rules(*np.ones((4, 2)))
    expect(got is not None, "gate_rules(g, y, x, s) is None. Does the function end with a return?")
    pair = isinstance(got, tuple | list) and len(got) == 2
    expect(pair, f"gate_rules(g, y, x, s): expected a pair (dL/dx, dL/ds), got {shown(got)}.")


def _is_right_by_hand(gate_rules):
    """it should give at one point what one finds by hand"""
    for g, why in ((1.0, ""), (2.0, "Twice the g gives twice the gradients: is g in both?")):
        got = gate_rules(*(np.array(number) for number in (g, 1.5, 3.0, 0.0)))
        for name, part, slope in zip(("dL/dx", "dL/ds"), got, (0.5, 0.75), strict=True):
            expect_close(part, g * slope, f"at x = 3, s = 0, g = {g:g}, {name}", why=why)


def _has_the_arguments_shapes(gate_rules):
    """it should give each argument a gradient of its shape, also where it was repeated"""
    for shape_x, shape_s in (((2, 3), (3,)), ((2, 1), (2, 3))):
        x, s = np.ones(shape_x), np.ones(shape_s)
        got = gate_rules(np.ones((2, 3)), x * s, x, s)
        for name, part, shape in zip(("dL/dx", "dL/ds"), got, (shape_x, shape_s), strict=True):
            what = f"for x of shape {shape_x} and s of {shape_s}, {name}"
            expect_shape(part, shape, what, why="What went to the copies adds up: sum_to.")


def _passes_check_op(gate_rules):
    """it should be accepted by check_op at any arguments that broadcast, to second order"""

    @op
    def gate(x, s):
        return x * sigmoid(s)

    gate.gradients(
        x=lambda g, y, x, s: gate_rules(g, y, x, s)[0],
        s=lambda g, y, x, s: gate_rules(g, y, x, s)[1],
    )
    for_any(lambda x_s: check_op(gate, *x_s), x_s=pairs(), examples=30)


# is_fair

SMOOTH = {"sin": (np.sin, np.cos), "exp": (np.exp, np.exp)}  # with their slopes
KINKED = {  # with the lowest and the highest slope at 0
    "abs": (abs, -1.0, 1.0),
    "max(x, 0)": (lambda x: max(x, 0.0), 0.0, 1.0),
    "-max(x, 0)": (lambda x: -max(x, 0.0), -1.0, 0.0),
    "min(2 x, 5 x)": (lambda x: min(2 * x, 5 * x), 2.0, 5.0),
}


def _says_yes_or_no(is_fair):
    """it should return True or False"""
    _answer(is_fair, abs, 0.0, 0.5, "is_fair(abs, 0, 0.5)")


def _lets_what_lies_between_pass(is_fair):
    """it should be True for every slope between the one-sided ones, and for these"""
    for name, (f, low, high) in KINKED.items():
        for slope in np.linspace(low, high, 5).tolist():
            what = f"is_fair({name}, 0, {slope:g})"
            words = f"{what} is False. The one-sided slopes are {low:g} and {high:g}."
            expect(_answer(is_fair, f, 0.0, slope, what), words)


def _refuses_what_lies_outside(is_fair):
    """it should be False for a slope outside of the one-sided ones"""
    for name, (f, low, high) in KINKED.items():
        for slope in (low - 0.001, high + 0.001):
            what = f"is_fair({name}, 0, {slope:g})"
            words = f"{what} is True. The one-sided slopes are {low:g} and {high:g}."
            expect(not _answer(is_fair, f, 0.0, slope, what), words)


def _knows_smooth_functions(is_fair):
    """it should be True for the slope of a smooth function, and False if that is off by .001"""

    def holds(x):
        for name, (f, slope_of) in SMOOTH.items():
            slope = float(slope_of(x))
            what = f"is_fair({name}, {x:.3g}, {slope:.6g})"
            words = f"{what} is False, but it is the slope. Leave a little room."
            expect(_answer(is_fair, f, x, slope, what), words)
            off = slope + 0.001 * (1 + abs(slope))
            what = f"is_fair({name}, {x:.3g}, {off:.6g})"
            words = f"{what} is True, but the slope is {slope:.6g}."
            expect(not _answer(is_fair, f, x, off, what), words)

    for_any(holds, x=floats(-2, 2))


def _answer(is_fair, f, x, slope, what):
    got = is_fair(f, x, slope)
    truth = isinstance(got, bool | np.bool_)
    expect(truth, f"{what}: expected True or False, got {shown(got)}.")
    return bool(got)


# passes_with_ones


def _is_a_rule(passes_with_ones):
    """it should return a function of (g, y, x) that gives an array of x's shape"""
    rule = passes_with_ones()
    expect(rule is not None, "It is None. Does the function end with a return?")
    expect(callable(rule), f"expected a function of (g, y, x), got {shown(rule)}.")
    x = np.array([0.0, 1.0, 5.0])
    expect_shape(rule(np.ones(3), x - 2, x), (3,), "your rule's gradient for x of shape (3,)")


def _ones_pass_it(passes_with_ones):
    """it should agree with the differences for a cotangent of ones, at any x"""
    rule = passes_with_ones()

    def holds(x):
        why = "sum(centred(x)) is 0 for every x, so differences say 0."
        what = f"at x = {shown(x)}, for g of ones, your rule's gradient"
        expect_close(rule(np.ones_like(x), x - x.mean(), x), 0 * x, what, why=why)

    for_any(holds, x=some)


def _is_wrong(passes_with_ones):
    """it should be wrong: a cotangent that is not ones tells it from the differences"""
    x, g = np.array([0.0, 1.0, 5.0]), np.array([1.0, -2.0, 4.0])
    got = np.asarray(passes_with_ones()(g, x - 2, x))
    gap = float(abs(got - (g - g.mean())).max())
    found = f"at x = [0, 1, 5], for g = [1, -2, 4], your rule gives {shown(got)}"
    expect(gap > 1e-3, f"{found}, and so do the differences: it is right. Give one that is wrong.")


EXERCISES = [
    Exercise(
        "second_slope",
        properties=[_keeps_the_shape, _is_good_in_float64, _keeps_float32, _is_good_in_float32],
        hint="The rounding error is about 4 eps / h^2. The sum with h^2 / 12 is least near where "
        "both are equal. And eps depends on x.dtype.",
        stronger_hint="h = np.finfo(x.dtype).eps ** 0.25, a number of x's own type.",
    ),
    Exercise(
        "matrix_pairs",
        properties=[
            _is_a_strategy,
            _draws_what_can_be_multiplied,
            _draws_every_size,
            _shows_bugs,
        ],
        hint="As in lesson_two_squares, but pick three sizes. Define the function with its "
        "decorator inside of matrix_pairs, or before it, and return what a call of it gives.",
        stronger_hint="n, k and m are pick(strategies.integers(1, 4)) each; then "
        "pick(arrays((n, k), numbers)) and pick(arrays((k, m), numbers)).",
    ),
    Exercise(
        "complex_step",
        properties=[_has_the_shape_of_x, _is_known_by_hand, _keeps_x, _is_right_to_all_digits],
        hint="For each element: a complex copy of x, i h added to this element alone, then the "
        "imaginary part of f, divided by h. With h = 1e-30 the truncation error is gone.",
        stronger_hint="for at in np.ndindex(x.shape): z = x.astype(complex); z[at] += 1e-30j; "
        "slopes[at] = f(z).imag / 1e-30",
    ),
    Exercise(
        "gate_rules",
        properties=[
            _gives_two_gradients,
            _is_right_by_hand,
            _has_the_arguments_shapes,
            _passes_check_op,
        ],
        hint="Multiply g by dy/dx and by dy/ds. Where an argument was repeated to fit the other, "
        "its gradient is the sum over its copies: sum_to(..., x.shape).",
        stronger_hint="c = sigmoid(s), then sum_to(g * c, x.shape) and "
        "sum_to(g * x * c * (1 - c), s.shape).",
    ),
    Exercise(
        "is_fair",
        properties=[
            _says_yes_or_no,
            _lets_what_lies_between_pass,
            _refuses_what_lies_outside,
            _knows_smooth_functions,
        ],
        hint="Two quotients, one with f(x - h), one with f(x + h). For abs the left one is the "
        "smaller; turn abs upside down, and it is the larger.",
        stronger_hint="left = (f(x) - f(x - h)) / h, right = (f(x + h) - f(x)) / h; then "
        "min(left, right) - 10 * h <= slope <= max(left, right) + 10 * h.",
    ),
    Exercise(
        "passes_with_ones",
        properties=[_is_a_rule, _ones_pass_it, _is_wrong],
        hint="The right rule is g - g.mean(). Which other functions of g are 0 for ones?",
        stronger_hint="Twice the right rule. Or 0 * g. Or g - g[0], for one axis.",
    ),
]
