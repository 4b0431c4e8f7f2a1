"""Derivatives beside differences; at a kink, where none exists, beside the slopes of its sides."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy

from ..backend import Array
from ..engine import Tensor, grad, sum
from ..gradcheck import CENTRAL_STEP, EPS, GradientError, check_grad
from .comparing import OpError, check_finite, cotangent
from .slopes import nudged


def check_derivatives(f: Callable, arrays: tuple, analytic: bool, seed: int) -> None:
    """Hold the first and second derivatives beside differences; a wrong one is a GradientError.

    At a kink the slope must lie between those of its sides, and the second derivative is looked at
    just beside it. analytic: True adds the complex step.

    >>> from scratchgen import relu
    >>> check_derivatives(relu, (numpy.array([0.0, 2.0]),), analytic=False, seed=0)
    """
    # The function itself was run before: what is not finite now is so a step away, and is said.
    with numpy.errstate(all="ignore"):
        try:
            check_grad(bent(f), *arrays, order=2, seed=seed)
        except GradientError:
            if not count_kinks(f, arrays, seed):
                raise
            check_grad(bent(f), *nudged(arrays), order=2, seed=seed)
        if analytic:
            check_grad(f, *arrays, method="complex", rtol=1e-10, seed=seed)


def bent(f: Callable) -> Callable:
    """y + 0.3 y^2 of y = f(...), so that g depends on y, and the second order on every rule.

    A linear f under a linear loss has a second derivative of 0, whatever its rule.

    >>> bent(abs)(-2.0)
    3.2
    """

    def bent(*xs):
        y = f(*xs)
        return y + 0.3 * y * y

    bent.__name__ = f.__name__
    return bent


def count_kinks(f: Callable, arrays: Sequence, seed: int) -> int:
    """How many elements sit on a kink; OpError where the rule's slope is not between its sides.

    0 where another element is wrong besides. The cotangent is positive: then kinks that one
    element feeds cannot cancel in the loss. OpError too where the function is not finite a step
    away, so that no difference can be taken.

    >>> from scratchgen import relu
    >>> count_kinks(relu, [numpy.array([0.0, 2.0])], seed=0)
    1
    """
    y = f(*arrays)
    v = abs(cotangent(y, seed))
    rounding = 64 * EPS * max(1.0, float(numpy.sum(abs(y * v)))) / CENTRAL_STEP
    leaves = [Tensor(x) for x in arrays]
    kinks = 0
    for i, g in enumerate(grad(sum(f(*leaves) * v), leaves)):
        for at in numpy.ndindex(g.shape):
            low, high = sorted(_one_sided(f, v, arrays, i, at, side) for side in (-1, 1))
            allowed = 1e-6 * max(1.0, abs(low), abs(high)) + rounding
            right = low - allowed <= g[at] <= high + allowed
            if high - low <= 10 * allowed:  # no kink
                if not right:
                    return 0  # so none of them is to blame
                continue
            kinks += 1
            if not right:
                raise OpError(
                    f"slope at a kink is wrong for {_place(arrays, i, at)}\n"
                    f"  from the rule         {g[at]:.12g}\n"
                    f"  expected              from {low:.12g} to {high:.12g}, the one-sided slopes"
                )
    return kinks


def _one_sided(f: Callable, v: Array, arrays: Sequence, i: int, at: tuple, side: int) -> float:
    """The slope of sum(v * f) to one side, of a parabola through three points."""
    h = side * CENTRAL_STEP * max(1.0, abs(float(arrays[i][at])))

    def loss(step):
        xs = [x.copy() for x in arrays]
        xs[i][at] += step
        y = f(*xs)
        check_finite(y, f"beside this point, a step of {step:.2g} from {_place(arrays, i, at)}")
        return float(numpy.sum(y * v))

    return (4 * loss(h) - loss(2 * h) - 3 * loss(0.0)) / (2 * h)


def _place(arrays: Sequence, i: int, at: tuple) -> str:
    return f"argument {i}, index {at}, where it is {arrays[i][at]:.6g}"
