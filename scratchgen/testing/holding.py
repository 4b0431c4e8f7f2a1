"""`hold`: anybody's gradients, held to everything that a gradient must satisfy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy

from ..gradcheck import GradientError
from .comparing import OpError
from .foreign import Arrays, FirstOrderOnly, Foreign
from .held import Held

# What may be left out by name, and what it is.
PROPERTIES = {
    "value": "given the same arrays, the value is the same; and as the reference says",
    "unchanged": "nothing that it is given is written into",
    "form": "a gradient has its argument's shape and type, as the function itself returned it",
    "differences": "gradients equal differences of the value; at a kink, between its sides' slopes",
    "linear": "gradients are linear in the cotangent",
    "layout": "neither value nor gradient depends on how arguments and cotangents lie in memory",
    "alone": "one argument's gradient, and one output's, is the same without the others",
    "twice": "one array as two arguments gets the sum of both gradients",
    "interleaved": "a gradient does not depend on what ran in between, nor on being asked again",
    "overwritten": "what was overwritten since is refused, or is not needed",
    "second": "second derivatives equal differences of the gradients",
    "float32": "float32 stays float32, and is near the function's own float64",
}


def hold(
    foreign: Foreign,
    arrays: Arrays,
    *,
    reference: Callable | None = None,
    order: int = 2,
    rtol: float = 1e-6,
    kinks: bool = True,
    analytic: bool = False,
    skip: Sequence[str] = (),
    seed: int = 0,
) -> None:
    """Hold a function's gradients, at these arrays, to everything that a gradient must satisfy.

    foreign: what from_torch, from_jax, from_hips or from_mygrad made of it.
    arrays: float64, one for each argument.
    reference: computes the value another way, of NumPy's arrays.
    order: 1 leaves out second derivatives.
    rtol: of derivatives beside differences, relative to the larger of both.
    kinks: False where the function has none, so that a bend is a fault.
    analytic: True says that the reference also takes complex numbers: then the gradients are held
    to 1e-10 against its complex step.
    skip: names of PROPERTIES to leave out, as "differences" for a gradient that is wrong on purpose
    (a straight-through estimator).
    seed: draws the cotangents. They are random: errors that cancel hide behind ones.
    Raises GradientError where a derivative differs from differences, OpError for all else, each
    with lines to paste; ValueError for an unknown name in `skip`, TypeError for arrays that are not
    float64.

    >>> from .ours import from_op
    >>> from scratchgen import multiply
    >>> hold(from_op(multiply), [numpy.ones((2, 3)), numpy.ones(3)])
    """
    __tracebackhide__ = True  # pytest shows the message, not these lines
    _check_options(foreign, arrays, order, skip, reference, analytic)
    try:
        held = Held(foreign, [numpy.asarray(x) for x in arrays], seed)
        todo: list[tuple[str, Callable[[], None]]] = [
            ("value", lambda: held.value(reference)),
            ("unchanged", held.unchanged),
            ("form", held.form),
            ("differences", lambda: held.differences(rtol, kinks)),
            ("linear", held.linear),
            ("alone", held.alone),
            ("layout", held.layout),
            ("interleaved", held.interleaved),
            ("overwritten", held.overwritten),
            ("twice", held.twice),
            ("second", lambda: held.second(rtol) if order == 2 else None),
            ("float32", held.float32),
        ]
        for name, check in todo:
            if name not in skip:
                check()
        if analytic and reference is not None and "differences" not in skip:
            held.complex_step(reference)
    except Exception as error:
        told = _told(foreign, arrays, error)
        raise told from told.__cause__


def _check_options(
    foreign: Foreign,
    arrays: Arrays,
    order: int,
    skip: Sequence[str],
    reference: Any,
    analytic: bool,
) -> None:
    unknown = [name for name in skip if name not in PROPERTIES]
    if isinstance(skip, str) or unknown:
        names = ", ".join(PROPERTIES)
        raise ValueError(f"skip: expected a list of names out of {names}; got {skip!r}.")
    if order not in (1, 2):
        raise ValueError(f"order: expected 1 or 2, got {order!r}.")
    if analytic and reference is None:
        raise ValueError("analytic: the complex step is of the reference. Pass reference=...")
    if not arrays:
        raise TypeError(f"{foreign.name}: expected arrays to differentiate by, got none.")
    for i, x in enumerate(arrays):
        got = getattr(x, "dtype", type(x).__name__)
        if got != numpy.float64:
            raise TypeError(f"{foreign.name}: argument {i} is {got}, not float64.")


def _told(foreign: Foreign, arrays: Arrays, error: Exception) -> GradientError:
    """The error with the function's name before it, and lines to paste behind."""
    if isinstance(error, FirstOrderOnly | TypeError):
        told = OpError(f"{foreign.name}: {type(error).__name__}: {error}")
        told.__cause__ = _outside(error)
        return told
    lines = "\n".join(f"    {line}" for line in foreign.paste(arrays).splitlines())
    if isinstance(error, GradientError):
        return type(error)(f"{foreign.name}: {error}\nAgain:\n{lines}")
    told = OpError(f"{foreign.name}: it fails: {type(error).__name__}: {error}\nAgain:\n{lines}")
    told.__cause__ = _outside(error)
    return told


def _outside(error: Exception) -> Exception:
    """The error with the frames of the function itself, without those here that called it."""
    at = error.__traceback__
    while at is not None and at.tb_frame.f_globals.get("__package__") == __package__:
        at = at.tb_next
    return error.with_traceback(at or error.__traceback__)
