"""`check_op`: one op, held to everything that a gradient must satisfy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy

from .. import backend
from .comparing import OpError, check_finite, compare, compare_gradients
from .core import check_layouts, check_linear, pair_of
from .kinks import check_derivatives
from .properties import (
    check_device,
    check_float32,
    check_memory,
    check_used_twice,
    check_value,
    derivatives,
    named,
)


def check_op(
    op: Callable,
    *arrays: numpy.ndarray,
    reference: Callable | None = None,
    analytic: bool = False,
    rtol: float = 1e-12,
    atol: float = 0.0,
    seed: int = 0,
    **options: Any,
) -> None:
    """Hold an op at `arrays` to everything that a gradient must satisfy.

    op: an op, or a function of ops, called as op(*arrays, **options).
    arrays: float64, one for each leading argument; all are differentiated by.
    reference: computes the same value another way, on arrays; called as `op` is.
    analytic: True adds the complex step, good to ten digits, where f extends to complex numbers.
    rtol, atol: of the value beside the reference. Derivatives are held to an rtol of 1e-6 against
    central differences, 1e-10 against the complex step; float32 to 1e-5, some roundings of 6e-8.
    seed: draws the cotangents. They are random, since errors that cancel hide behind ones.

    Checked: the value; that arrays give an array and record nothing; the first and second
    derivative, by arguments and by the incoming gradient; at a kink, where no derivative exists,
    that the slope lies between the one-sided ones (second order then just beside it); that
    nothing given is written into and no memory shared; that the gradient is linear in the incoming
    one, and the same however that lies in memory (strided, transposed, expanded); that an op used
    twice gets both gradients; that float32 stays float32; that the GPU, if one is usable, gives the
    same.
    Raises OpError, or GradientError for a derivative that differs from differences, and OpError
    where the function is not finite, so that there are none; TypeError for arguments that are not
    float64.

    >>> from scratchgen import multiply
    >>> check_op(multiply, numpy.ones((2, 3)), numpy.ones(3), reference=lambda a, b: a * b)
    """
    f = named(op, options)
    _check_arguments(f, arrays)
    arrays = tuple(map(numpy.asarray, arrays))  # of NumPy's scalars too
    with _faults_of(f):
        y = check_value(f, arrays)
        if reference is not None:
            expected = reference(*arrays, **options)
            check_finite(expected, "at this point")
            compare("value", y, "the reference", expected, rtol, atol)
        check_finite(y, "at this point")
        check_memory(f, arrays, seed)
        check_derivatives(f, arrays, analytic, seed)
        found = derivatives(f, arrays, seed)
        compare_gradients(", with create_graph=True", found.recorded, "without", found.first)
        pair = pair_of(f)
        check_linear(pair, arrays, seed)
        check_layouts(pair, arrays, seed)
        check_used_twice(f, arrays, seed)
        check_float32(f, arrays, seed)
        if backend.gpu_status().usable:
            check_device(op, arrays, options, found, seed)


def _check_arguments(f: Callable, arrays: tuple) -> None:
    if not arrays:
        raise TypeError(f"check_op({f.__name__}): expected arrays to differentiate by, got none.")
    for i, x in enumerate(arrays):
        got = getattr(x, "dtype", type(x).__name__)
        if got != numpy.float64:
            hint = "Convert it, x.astype('float64'), or pass what is constant by its name."
            raise TypeError(f"check_op({f.__name__}): argument {i} is {got}, not float64. {hint}")


@contextmanager
def _faults_of(f: Callable) -> Iterator[None]:
    """Puts the name of the op before what is wrong with it."""
    try:
        yield
    except OpError as error:
        raise OpError(f"{f.__name__}: {error}") from None
    except (TypeError, ValueError) as error:  # what the engine refuses, such as a wrong shape
        raise OpError(f"{f.__name__}: {error}") from error
