"""Derivatives beside differences; at a kink, where none exists, beside the slopes of its sides."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy

from ..gradcheck import GradientError, check_grad
from .comparing import OpError, cotangent
from .ours import from_op
from .slopes import look_again, nudged


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
            if not at_a_kink(f, arrays, seed):
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


def at_a_kink(f: Callable, arrays: Sequence, seed: int) -> bool:
    """Whether any element sits on a kink; if so, the rule's slope is between those of its sides.

    The cotangent is positive: then kinks that one element feeds cannot cancel in the loss.
    False where an element beside the kinks is wrong, so that none of them is to blame.
    Raises OpError where a slope is not between its sides, or where the function is not finite a
    step away, so that no difference can be taken.

    >>> from scratchgen import relu
    >>> at_a_kink(relu, [numpy.array([0.0, 2.0])], seed=0)
    True
    """
    foreign, v = from_op(f), [abs(cotangent(f(*arrays), seed))]
    kinked = False
    for i, g in enumerate(foreign.gradients(arrays, v)):
        for at in numpy.ndindex(g.shape):
            try:
                kinked |= look_again(foreign, arrays, v, i, at, float(g[at]), 1e-6)
            except OpError:
                raise
            except GradientError:
                return False
    return kinked
