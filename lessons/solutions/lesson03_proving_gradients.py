"""Our answers to the exercises of lesson 3."""

import numpy as np

from scratchgen import op, sigmoid, sum_to


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


def lesson_second_slope(f, x):
    """The second derivative of f at x by differences, with a step that does not suit it."""
    h = np.finfo(np.float64).eps ** (1 / 3)
    return (f(x + h) - 2 * f(x) + f(x - h)) / h**2


def second_slope(f, x):
    """The second derivative of f at x by differences, with a step that suits formula and type."""
    # h^2 / 12 + 4 eps / h^2 is least at h = (48 eps)^(1/4), of which the root's order counts.
    h = np.finfo(x.dtype).eps ** 0.25
    return (f(x + h) - 2 * f(x) + f(x - h)) / h**2


@op
def centred(x):
    """`x` minus its mean: what is left adds up to 0."""
    return x - x.mean()


def passes_with_ones():
    """A wrong rule of `centred` that a cotangent of ones does not find out."""
    # Right is g - g.mean(). For ones that is 0, and so is all that has a factor 0 for ones.
    return lambda g, y, x: 2.0 * (g - g.mean())
