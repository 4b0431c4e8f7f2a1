"""Exercises for lesson 3: three ways to a slope, a rule that broadcasts, and a check that sleeps.

Replace each `raise` by your answer, then ask:

    python -m lessons check 3                      all of them
    python -m lessons check 3 complex_step --hint  one, with a stronger hint
"""

import numpy as np

from scratchgen import op, sigmoid, sum_to


def complex_step(f, x):
    """Build it. The gradient of f at x, to all digits: an array of x's shape.

    f: takes an array of x's shape, of complex numbers too, and returns one number.
    x: floats, of any shape. It is not to be changed.
    Example: of f(x) = x_0^3 + x_1^3 at [1, 2] it is [3, 12].
    """
    raise NotImplementedError("Step by i h in one element at a time; h = 1e-30 is small enough.")


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
    raise NotImplementedError("With c = sigmoid(s): dy/dx = c, dy/ds = x c (1 - c). And shapes?")


def lesson_second_slope(f, x):
    """The second derivative of f at x by differences, with a step that does not suit it."""
    h = np.finfo(np.float64).eps ** (1 / 3)
    return (f(x + h) - 2 * f(x) + f(x - h)) / h**2


def second_slope(f, x):
    """Change it. As `lesson_second_slope`, with a step that suits this formula and x's type.

    f: elementwise. x: an array of float32 or float64; the result keeps its shape and type.
    Measured on sin and exp for x from -1 to 1: an error below 1e-6 in float64, which the step
    above misses by far, and below 1e-2 in float32.
    Example: of sin at 1 it is about -0.841471.
    """
    raise NotImplementedError("Left over is h^2 f''''/12; rounding makes about 4 eps / h^2.")


@op
def centred(x):
    """`x` minus its mean: what is left adds up to 0."""
    return x - x.mean()


def passes_with_ones():
    """Break it. The claim: a rule that passes the check with a cotangent of ones is right.

    Return a rule of `centred`, a function of (g, y, x), that is wrong and yet agrees with the
    differences of sum(v * centred(x)) for v = ones, at any x.
    """
    raise NotImplementedError("sum(centred(x)) is 0, whatever x: what is its slope?")
