"""Arrays that ought to be equal: held side by side, and what is said where they differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy

from ..backend import Array, array_module
from ..engine import detach
from ..gradcheck import GradientError


class OpError(GradientError):
    """A fault that `check_op` found in an op; its message names the fault."""

    __module__ = "scratchgen.testing"  # where people import it from, and so what a traceback prints


def compare(what: str, got: Any, beside: str, expected: Any, rtol: float, atol: float) -> None:
    """Hold an array beside the one expected; raise OpError if shape or a value differs.

    what, beside: how the message calls the two.
    A value may be off by atol + rtol |expected|. NaN equals nothing, an infinity only itself.

    >>> compare("value", [1.0, 2.0], "the reference", [1.0, 2.5], rtol=1e-12, atol=0)
    Traceback (most recent call last):
    scratchgen.testing.OpError: value differs from the reference at index (1,)
      it is                 2
      the reference         2.5
      they differ by        0.5, allowed 2.5e-12
    """
    got, expected = numpy.asarray(got), numpy.asarray(expected)
    if got.shape != expected.shape:
        raise OpError(f"{what} has shape {got.shape}, {beside} has {expected.shape}.")
    with numpy.errstate(invalid="ignore"):  # inf - inf
        gap, allowed = abs(got - expected), atol + rtol * abs(expected)
        wrong = ~((gap <= allowed) | (got == expected))  # so that nan is wrong
    if wrong.any():
        at = first(wrong)
        raise OpError(
            f"{what} differs from {beside} at index {at}\n"
            f"  it is                 {got[at]:.12g}\n"
            f"  {beside:21} {expected[at]:.12g}\n"
            f"  they differ by        {gap[at]:.3g}, allowed {allowed[at]:.3g}"
        )


def compare_gradients(
    what: str, got: Sequence, beside: str, expected: Sequence, rtol: float = 1e-12
) -> None:
    """Hold the gradients of all arguments beside others, relative to the largest of each.

    >>> compare_gradients(", used twice,", [numpy.ones(2)], "the sum", [numpy.ones(2)])
    """
    for i, (g, e) in enumerate(zip(got, expected, strict=True)):
        compare(f"gradient of argument {i}{what}", g, beside, e, rtol, rtol * size(e))


def check_unchanged(who: str, before: Sequence, given: dict[str, Array]) -> None:
    """Hold what was given beside the copies made before; raise OpError if `who` wrote into it.

    >>> x = numpy.ones(2)
    >>> check_unchanged("a rule", [x.copy()], {"argument 0": x})
    """
    for old, (name, new) in zip(before, given.items(), strict=True):
        if not numpy.array_equal(old, new, equal_nan=True):
            raise OpError(f"{who} wrote into {name}. Compute a new array: x * 2, not x *= 2.")


def check_finite(y: Any, where: str) -> None:
    """Hold a value to being finite, without which no difference can be taken; else OpError.

    >>> check_finite(numpy.array([1.0, numpy.nan]), "at this point")
    Traceback (most recent call last):
    scratchgen.testing.OpError: not finite at this point
      the value             nan at index (1,)
    No difference can be taken there. Draw the arguments from where the function is finite, also
    a little further on: by elements=positive, say, or moderate.
    """
    y = numpy.asarray(y)
    wrong = ~numpy.isfinite(y)
    if wrong.any():
        at = first(wrong)
        raise OpError(
            f"not finite {where}\n"
            f"  the value             {y[at]:.12g} at index {at}\n"
            "No difference can be taken there. Draw the arguments from where the function is "
            "finite, also\na little further on: by elements=positive, say, or moderate."
        )


def first(wrong: Array) -> tuple[int, ...]:
    """The index of the first element that is true, as numbers to print.

    >>> first(numpy.array([[False, False], [True, True]]))
    (1, 0)
    """
    return tuple(int(k) for k in numpy.argwhere(wrong)[0])


def size(x: Array) -> float:
    """The scale on which rounding shows: that of the largest element, at least 1.

    >>> size(numpy.array([0.5, -3.0])), size(numpy.zeros((0, 2)))
    (3.0, 1.0)
    """
    return max(1.0, float(abs(x).max(initial=0.0)))


def cotangent(y: Any, seed: int) -> Array:
    """A random incoming gradient: an array of y's shape and type, on y's device.

    With ones, errors that cancel in a sum stay hidden.

    >>> cotangent(numpy.zeros(3, "float32"), seed=0).dtype
    dtype('float32')
    """
    drawn = numpy.random.default_rng(seed).standard_normal(y.shape)
    return array_module(detach(y)).asarray(drawn, dtype=y.dtype)
