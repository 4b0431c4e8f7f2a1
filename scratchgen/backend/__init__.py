"""Where arrays live: NumPy on the CPU, or CuPy on a CUDA device. Only this folder knows CuPy.

`use("numpy" | "cupy" | "auto")` chooses where *new* arrays are made; an op follows the arrays it
is given, by `array_module(x)`. Random numbers are drawn on the host by an explicit
`numpy.random.Generator` and uploaded, so that a seed means the same run on both devices.

`python -m scratchgen.backend` looks at the machine and says what keeps a GPU from being used.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy

Array = Any  # numpy.ndarray or cupy.ndarray: NumPy's names, on either device


CHECKS = (
    "CuPy imports",
    "a CUDA device answers",
    "an elementwise kernel runs",
    "a matrix product runs",
    "random numbers are drawn",
)


class GpuStatus(NamedTuple):
    """Whether CuPy can be used here; if not, why, and the command or step that cures it."""

    usable: bool
    cause: str = ""
    cure: str = ""
    passed: int = 0  # how many of CHECKS, in their order


class _Choice:
    """What `use` chose. `module` stays None until the first array is made."""

    module: Any = None
    float_type = numpy.dtype("float32")
    told_about_fallback = False


def use(name: str | None = None, float_type: str | None = None) -> str:
    """The name of the backend ("numpy" or "cupy") on which new arrays are made from now on.

    name: "numpy"; "cupy", an error where no GPU is usable; or "auto", CuPy where it is usable and
    else NumPy, said once. None asks the variable SCRATCHGEN_BACKEND, and means "numpy" without it.
    float_type: "float32" (to train, the default) or "float64" (to check gradients).

    >>> use("numpy")
    'numpy'
    """
    asked, name = name, name or os.environ.get("SCRATCHGEN_BACKEND") or "numpy"
    if name not in ("auto", "numpy", "cupy"):
        hint = " The variable SCRATCHGEN_BACKEND asks for it." if not asked else ""
        raise ValueError(f"backend: expected 'auto', 'numpy' or 'cupy', got {name!r}.{hint}")
    if float_type not in (None, "float32", "float64"):
        raise ValueError(f"float_type: expected 'float32' or 'float64', got {float_type!r}.")
    status = GpuStatus(False) if name == "numpy" else gpu_status()
    if name == "cupy" and not status.usable:
        raise RuntimeError(f"backend 'cupy' cannot be used: {status.cause}\n  {status.cure}")
    if name == "auto" and not status.usable and not _Choice.told_about_fallback:
        _Choice.told_about_fallback = True
        print(f"scratchgen runs on NumPy: {status.cause}", file=sys.stderr)
    _Choice.module = sys.modules["cupy"] if status.usable else numpy
    _Choice.float_type = numpy.dtype(float_type or _Choice.float_type)
    return "cupy" if status.usable else "numpy"


def float_type() -> numpy.dtype:
    """The floating type of new parameters and noise: float32 unless `use` said otherwise.

    >>> float_type()
    dtype('float32')
    """
    return _Choice.float_type


@functools.cache
def gpu_status() -> GpuStatus:
    """Whether a GPU is usable, found out by running on it: importing CuPy proves nothing.

    CuPy imports without a driver, and answers `is_available()` without the toolkit that its
    kernels are compiled with; so three small kernels run: elementwise, matrix product, random.

    >>> isinstance(gpu_status().usable, bool)
    True
    """
    passed = 0
    try:
        for _ in _checks():
            passed += 1
    except Exception as error:
        return GpuStatus(False, *_diagnosis(error, passed), passed)
    return GpuStatus(True, passed=passed)


def _checks() -> Iterator[None]:
    """Something each time that one of CHECKS has passed, and the error of the first that fails.

    One number is read, at the end: a launch reports that its kernel cannot be built, a read that
    it could not be run.
    """
    import cupy

    yield
    if not cupy.cuda.is_available():
        raise _NoDevice
    yield
    x = cupy.ones((2, 2), numpy.float32)
    y = x + x
    yield
    y = x @ y
    yield
    float(y.sum() + cupy.random.random())
    yield


class _NoDevice(Exception):
    """CuPy looked for a CUDA device, and there is none."""


def _diagnosis(error: Exception, passed: int) -> tuple[str, str]:
    """What an error of the checks means, and what cures it."""
    wheels = 'pip install "cupy-cuda12x[ctk]" or "cupy-cuda13x[ctk]"'
    which = "(python -m scratchgen.backend says which)"
    if passed >= 2:
        cure = f"The CUDA libraries seem to be missing; this brings them along: {wheels} {which}."
        return f"a test kernel failed: {type(error).__name__}: {error}", cure
    if passed == 1:
        found = "finds no CUDA device." if isinstance(error, _NoDevice) else f"got {error!r}."
        cure = "If nvidia-smi lists no GPU either, install NVIDIA's driver. "
        closer = "python -m scratchgen.backend looks closer; --backend numpy does without."
        return f"CuPy {found}", cure + closer
    cure = f"Install it: {wheels} {which}, or stay on the CPU: --backend numpy."
    if not isinstance(error, ImportError):
        return f"CuPy is installed but broken: {error!r}", cure
    if error.name == "cupy":
        return "CuPy is not installed.", cure
    return f"CuPy is installed but does not import: {error.__cause__ or error}", cure


def array_module(*xs: Array) -> Any:
    """`cupy` if one of `xs` is a CuPy array, else `numpy`.

    >>> array_module(numpy.zeros(3), 1.0).__name__
    'numpy'
    """
    cupy = sys.modules.get("cupy")  # no CuPy array exists before CuPy is imported
    if cupy is not None:
        for x in xs:
            if isinstance(x, cupy.ndarray):
                return cupy
    return numpy


def asarray(x: Any, dtype: Any = None) -> Array:
    """`x` as an array on the backend in use; Python floats take the default float type.

    >>> asarray([0.5, 1.5]).dtype, asarray([1, 2]).dtype
    (dtype('float32'), dtype('int64'))
    """
    if _Choice.module is None:
        use()
    if dtype is None and not hasattr(x, "dtype"):
        host = numpy.asarray(x)
        x = host.astype(float_type()) if host.dtype == numpy.float64 else host
    if _Choice.module is numpy:
        x = to_numpy(x)
    return _Choice.module.asarray(x, dtype=dtype)


def to_numpy(x: Array) -> numpy.ndarray:
    """`x` as a NumPy array, downloaded from the device if it lives there.

    >>> to_numpy([1.0, 2.0])
    array([1., 2.])
    """
    return numpy.asarray(x) if array_module(x) is numpy else x.get()


def normal(rng: numpy.random.Generator, shape: tuple[int, ...]) -> Array:
    """Draws from N(0, 1), of the default float type, on the backend in use.

    >>> normal(numpy.random.default_rng(0), (2, 3)).dtype
    dtype('float32')
    """
    return asarray(rng.standard_normal(shape, dtype=_Choice.float_type))


def uniform(rng: numpy.random.Generator, shape: tuple[int, ...]) -> Array:
    """Draws from the uniform distribution on [0, 1), of the default float type.

    >>> uniform(numpy.random.default_rng(0), (2, 3)).shape
    (2, 3)
    """
    return asarray(rng.random(shape, dtype=_Choice.float_type))


def keep_memory() -> None:
    """None; from now on the process keeps the arrays it frees, up to 31 MiB each, for the next.

    A training step frees what the next one needs again. Linux's allocator (glibc) hands freed
    blocks back to the system, which clears each page anew: a tenth to a fifth of a step's time. But
    it keeps blocks as large as the largest it has seen freed, so we free one. Elsewhere it costs
    nothing and does nothing.

    >>> keep_memory()
    """
    numpy.empty(31 << 20, numpy.uint8)  # never touched, so it takes no memory itself
