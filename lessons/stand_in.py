"""A stand-in for a GPU: NumPy computes, and what a real one would refuse or move is seen.

Inside `with stand_in():` scratchgen takes it for CuPy, and new arrays are made there. Ops reach
their numbers, NumPy's own arrays may not mix with them, and whatever goes to the device or comes
back from it is counted in `moved`, as are the kernels, which a real device would have been sent.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from scratchgen.backend import gpu_status, use

moved: Counter = Counter()  # "uploads", their "bytes", "downloads", "kernels"


class Refused(TypeError):
    """What the stand-in refuses, so that a program's own errors can be told apart."""


def _inside(x: Any) -> Any:
    """What a function on the device may see of an argument: its numbers."""
    if isinstance(x, np.ndarray):
        raise Refused("Unsupported type <class 'numpy.ndarray'>")  # CuPy's own words
    if isinstance(x, tuple | list):
        return type(x)(map(_inside, x))
    return x.values if isinstance(x, DeviceArray) else x


def _on_device(f: Callable) -> Callable:
    """A function of NumPy's, from arrays of the device to arrays of the device."""

    def run(*args: Any, **options: Any) -> Any:
        y = f(*_inside(args), **{name: _inside(x) for name, x in options.items()})
        if not isinstance(y, np.ndarray | np.generic):
            return y
        is_view = getattr(y, "base", None) is not None and "out" not in options
        moved["kernels"] += not is_view  # x.T needs none: the same numbers, looked at otherwise
        return DeviceArray(np.asarray(y))

    return run


class DeviceArray(NDArrayOperatorsMixin):
    """Numbers that ops reach, that NumPy's arrays cannot mix with, and whose reading is counted.

    >>> x = DeviceArray(np.array([1.0, 2.0]))
    >>> float((x * 2).sum())
    6.0
    """

    def __init__(self, values: np.ndarray):
        self.values = values

    def get(self) -> np.ndarray:
        """Return a copy on the host: a download."""
        moved["downloads"] += 1
        return self.values.copy()

    def __array__(self, *args: Any, **options: Any) -> None:
        raise Refused("Implicit conversion to a NumPy array is not allowed. Use `.get()`.")

    def __array_ufunc__(self, ufunc: Any, method: str, *args: Any, **options: Any) -> Any:
        return _on_device(getattr(ufunc, method))(*args, **options)

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        return _on_device(function)(*args, **options)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # by __array_interface__ NumPy would look past the device
            raise AttributeError(name)
        found = getattr(self.get() if name in ("item", "tolist") else self.values, name)
        return _on_device(found) if callable(found) else _on_device(lambda: found)()

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, np.ndarray | list):  # row numbers of the host go over unasked
            index = sys.modules["cupy"].asarray(index)
        if getattr(index, "dtype", "") == "bool":  # how many rows? the host must know
            index.get()
        return _on_device(self.values.__getitem__)(index)

    def __setitem__(self, index: Any, value: Any) -> None:
        moved["kernels"] += 1
        self.values[_inside(index)] = _inside(value)

    def __len__(self) -> int:
        return len(self.values)

    def __float__(self) -> float:
        return float(self.get())

    def __int__(self) -> int:
        return int(self.get())

    __index__ = __int__

    def __bool__(self) -> bool:
        return bool(self.get())

    def __repr__(self) -> str:
        return f"{self.get()!r} of the device"


class StandIn(ModuleType):
    """The module that stands where CuPy would.

    >>> StandIn("cupy").zeros(3).shape
    (3,)
    """

    ndarray, cuda = DeviceArray, SimpleNamespace(is_available=lambda: True)

    def asarray(self, x: Any, dtype: Any = None) -> DeviceArray:
        """Return `x` on the device; an upload, if it is not there.

        >>> StandIn("cupy").asarray([1, 2]).shape
        (2,)
        """
        if not isinstance(x, DeviceArray):
            x = DeviceArray(np.array(x))
            moved.update(uploads=1, bytes=x.values.nbytes)
        return x if dtype in (None, x.dtype) else x.astype(dtype)

    def array(self, x: Any, dtype: Any = None) -> DeviceArray:
        """Return a copy of `x` on the device.

        >>> StandIn("cupy").array([1, 2]).shape
        (2,)
        """
        return self.asarray(x, dtype).copy()

    def __getattr__(self, name: str) -> Any:
        found = getattr(np, name)
        return _on_device(found) if callable(found) and not isinstance(found, type) else found


@contextmanager
def stand_in() -> Iterator[StandIn]:
    """Put the stand-in in CuPy's place, and back what was there; `moved` counts from here.

    >>> from scratchgen.backend import asarray
    >>> with stand_in():
    ...     float(asarray([1.0, 2.0]).sum())
    3.0
    >>> moved["uploads"], moved["downloads"]
    (1, 1)
    """
    real, there = sys.modules.get("cupy"), StandIn("cupy")
    sys.modules["cupy"] = there
    gpu_status.cache_clear()
    try:
        use("cupy")
        moved.clear()
        yield there
    finally:
        del sys.modules["cupy"]
        if real is not None:
            sys.modules["cupy"] = real
        gpu_status.cache_clear()
        use("numpy")
