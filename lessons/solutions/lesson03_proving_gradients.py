"""Our answers to the exercises of lesson 3."""

import numpy as np
from hypothesis import strategies

from scratchgen import op, sigmoid, sum_to
from scratchgen.testing import arrays


def lesson_second_slope(f, x):
    """The second derivative of f at x by differences, with the step of a first derivative."""
    h = np.finfo(np.float64).eps ** (1 / 3)
    return (f(x + h) - 2 * f(x) + f(x - h)) / h**2


def second_slope(f, x):
    """The second derivative of f at x by differences, with a step that suits formula and type."""
    # h^2 / 12 + 4 eps / h^2 is least at h = (48 eps)^(1/4), of which the root's order counts.
    h = np.finfo(x.dtype).eps ** 0.25
    return (f(x + h) - 2 * f(x) + f(x - h)) / h**2


@strategies.composite
def lesson_two_squares(pick):
    """The lesson's strategy: two square matrices of one size."""
    n = pick(strategies.integers(1, 4))
    numbers = strategies.integers(-9, 9).map(float)
    square = arrays((n, n), numbers, layouts=["contiguous"])
    return pick(square), pick(square)


def matrix_pairs():
    """A strategy of pairs (A, B): A of shape (n, k), B of shape (k, m)."""

    @strategies.composite
    def pairs(pick):
        n, k, m = (pick(strategies.integers(1, 4)) for _ in range(3))
        numbers = strategies.integers(-9, 9).map(float)
        return pick(arrays((n, k), numbers)), pick(arrays((k, m), numbers))

    return pairs()


def complex_step(f, x):
    """The gradient of f at x, to all digits: an array of x's shape."""
    h = 1e-30  # h^2 vanishes beside 1, and nothing is subtracted that rounding could spoil
    slopes = np.zeros(x.shape)
    for at in np.ndindex(x.shape):
        sideways = x.astype(complex)  # a copy: x stays as it is
        sideways[at] += 1j * h
        slopes[at] = f(sideways).imag / h
    return slopes


@op
def gate(x, s):
    """`x * sigmoid(s)`, broadcast: s opens or closes what lets x through."""
    return x * sigmoid(s)


def gate_rules(g, y, x, s):
    """The two rules of `gate`: the pair dL/dx, dL/ds, from g = dL/dy."""
    c = sigmoid(s)
    # Broadcasting repeated an argument: what went to its copies adds up. y reused: x c = y.
    return sum_to(g * c, x.shape), sum_to(g * y * (1 - c), s.shape)


def is_fair(f, x, slope, h=1e-6):
    """Whether the slope lies between the one-sided ones, with a little room."""
    left, right = (f(x) - f(x - h)) / h, (f(x + h) - f(x)) / h
    # Either may be the larger: relu bends up, -relu bends down.
    return min(left, right) - 10 * h <= slope <= max(left, right) + 10 * h


@op
def centred(x):
    """`x` minus its mean: what is left adds up to 0."""
    return x - x.mean()


def passes_with_ones():
    """A wrong rule of `centred` that a cotangent of ones does not find out."""
    # Right is g - g.mean(). For ones that is 0, and so is all that has a factor 0 for ones.
    return lambda g, y, x: 2.0 * (g - g.mean())
