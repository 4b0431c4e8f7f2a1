"""Exercises for lesson 3: two ways to a slope, two rules, a fair kink, a blind check, a strategy.

Replace each `raise` by your answer, then ask:

    python -m lessons check 3                      all of them
    python -m lessons check 3 complex_step --hint  one, with a stronger hint
"""

import numpy as np
from hypothesis import strategies

from scratchgen import op, sigmoid, sum_to
from scratchgen.testing import arrays


def lesson_second_slope(f, x):
    """The second derivative of f at x by differences, with the step of a first derivative."""
    h = np.finfo(np.float64).eps ** (1 / 3)
    return (f(x + h) - 2 * f(x) + f(x - h)) / h**2


def second_slope(f, x):
    """Change it. As `lesson_second_slope`, with a step that suits this formula and x's type.

    f: elementwise. x: an array of float32 or float64; the result keeps its shape and type.
    Measured on sin and exp for x from -1 to 1: an error below 1e-6 in float64, which the step
    above misses by far, and below 1e-2 in float32.
    Example: of sin at 1 it is about -0.841471.
    """
    raise NotImplementedError("The truncation error is about h^2 / 12. And the rounding error?")


@strategies.composite
def lesson_two_squares(pick):
    """The lesson's strategy: two square matrices of one size."""
    n = pick(strategies.integers(1, 4))
    numbers = strategies.integers(-9, 9).map(float)
    square = arrays((n, n), numbers, layouts=["contiguous"])
    return pick(square), pick(square)


def matrix_pairs():
    """Change it. A strategy as `lesson_two_squares`, for any two matrices that can be multiplied.

    Return a strategy that draws pairs (A, B) of float64 arrays: A of shape (n, k), B of shape
    (k, m), where n, k and m are each from 1 to 4, whatever the two others are.
    Example: one of its pairs has the shapes (1, 3) and (3, 2), and all kinds of numbers in them.
    """
    raise NotImplementedError("A function under @strategies.composite picks; calling it returns.")


def complex_step(f, x):
    """Build it. The gradient of f at x, to all digits: an array of x's shape.

    f: takes an array of x's shape, of complex numbers too, and returns one number.
    x: floats, of any shape. It is not to be changed.
    Example: of f(x) = x_0^3 + x_1^3 at [1, 2] it is [3, 12].
    """
    raise NotImplementedError("Step to the side in one element at a time.")


@op
def gate(x, s):
    """`x * sigmoid(s)`, broadcast: s opens or closes what lets x through."""
    return x * sigmoid(s)


def gate_rules(g, y, x, s):
    """Build it. The two rules of `gate`: the pair dL/dx, dL/ds, from g = dL/dy.

    Each has the shape of its own argument, which may be smaller than y's. Use ops (sigmoid,
    sum_to) and operators only: then the second derivative comes with the first.
    Example: at x = 3, s = 0 and g = 1 they are 0.5 and 0.75.
    """
    raise NotImplementedError("With c = sigmoid(s), its slope is c (1 - c). And the shapes?")


def is_fair(f, x, slope, h=1e-6):
    """Build it. Whether a rule may give this slope: True if it lies between the one-sided ones.

    f: a function of one number. x: where. h: the step of the one-sided differences. Where f is
    smooth, both agree but for their truncation error, so leave a little room: 10 h on either side.
    Example: for abs at 0 every slope from -1 to 1 is fair, and no other.
    """
    raise NotImplementedError("Measure to the left and to the right. Which of the two is larger?")


@op
def centred(x):
    """`x` minus its mean: what is left adds up to 0."""
    return x - x.mean()


def passes_with_ones():
    """Break it. Somebody says: "A rule that passes the check with weights of one is right".

    Return a rule of `centred`, a function of (g, y, x), that is wrong and yet agrees with the
    differences of sum(g * centred(x)) for a cotangent g of ones, at any x.
    """
    raise NotImplementedError("sum(centred(x)) is 0, whatever x is. What is its slope?")
