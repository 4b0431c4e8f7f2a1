"""A stand-in for CuPy over NumPy: arrays of a class of its own that refuse what CuPy refuses.

A NumPy array mixed in, or a conversion without `.get()`, is a TypeError, as on a real device, and
reductions give 0-d arrays. `DeviceArray.downloads` counts what was read back to the host,
`DeviceArray.uploads` what went there: row numbers from the host too, which CuPy takes unasked.
"""

import operator
import sys
from types import ModuleType, SimpleNamespace

import numpy


def host(x):
    """What NumPy may see of an argument: a device array is opened, a NumPy array refused."""
    if isinstance(x, numpy.ndarray):
        raise TypeError("Unsupported type <class 'numpy.ndarray'>")
    if isinstance(x, (tuple, list)):
        return type(x)(map(host, x))
    return x.values if isinstance(x, DeviceArray) else x


def device(y):
    """What came out of NumPy, as CuPy would hand it out."""
    if isinstance(y, tuple):
        return tuple(map(device, y))
    return DeviceArray(numpy.asarray(y)) if isinstance(y, (numpy.ndarray, numpy.generic)) else y


def on_device(function):
    """A function of NumPy, now from device arrays to device arrays."""

    def run(*args, **options):
        return device(function(*host(args), **{name: host(x) for name, x in options.items()}))

    return run


def uploaded(index):
    """An index as the device takes it: whole numbers from the host are sent there, and counted."""
    if isinstance(index, tuple):
        return tuple(map(uploaded, index))
    if isinstance(index, numpy.ndarray) and index.dtype.kind in "iu":
        DeviceArray.uploads += 1
        return index
    return host(index)


class DeviceArray:
    """An array that nobody can look into but by `.get()`, `float()`, `int()` and `bool()`."""

    downloads = 0
    uploads = 0
    __array_ufunc__ = None  # array * device_array then asks DeviceArray, which refuses
    __hash__ = None

    def __init__(self, values):
        self.values = values

    def get(self):
        DeviceArray.downloads += 1
        return self.values.copy()

    def __array__(self, *args, **options):
        raise TypeError("Implicit conversion to a NumPy array is not allowed. Use `.get()`.")

    def item(self):
        return self.get().item()

    def tolist(self):
        return self.get().tolist()

    def __getattr__(self, name):
        if name.startswith("__"):  # __array_interface__ would let NumPy in by the back door
            raise AttributeError(name)
        found = getattr(self.values, name)
        return on_device(found) if callable(found) else device(found)

    def __len__(self):
        return len(self.values)

    def __getitem__(self, index):
        return device(self.values[uploaded(index)])

    def __setitem__(self, index, value):
        self.values[uploaded(index)] = host(value)


def _give_operators():
    """`+`, `+=`, `<`, `-x`, `float(x)` and the like, each by its name in `operator`."""
    for name in ("lt", "le", "gt", "ge", "eq", "ne", "neg", "invert"):
        setattr(DeviceArray, f"__{name}__", on_device(getattr(operator, name)))
    for name in ("add", "sub", "mul", "truediv", "matmul", "pow", "and_", "or_"):
        function, special = getattr(operator, name), name.strip("_")
        swapped = on_device(lambda x, other, f=function: f(other, x))
        setattr(DeviceArray, f"__{special}__", _unless_refused(on_device(function)))
        setattr(DeviceArray, f"__r{special}__", swapped)
        setattr(DeviceArray, f"__i{special}__", _in_place(getattr(operator, f"i{special}")))
    for kind in (float, int, bool):
        setattr(DeviceArray, f"__{kind.__name__}__", lambda x, kind=kind: kind(x.get()))


def _unless_refused(run):
    """As CuPy does, leave `array * other` to an `other` that says `__array_ufunc__ = None`."""

    def first(x, other):
        ours = isinstance(other, DeviceArray) or getattr(other, "__array_ufunc__", 0) is not None
        return run(x, other) if ours else NotImplemented

    return first


def _in_place(function):
    def run(x, other):
        x.values = function(x.values, host(other))
        return x

    return run


_give_operators()


class FakeCupy(ModuleType):
    """The module `cupy`: NumPy's functions, on device arrays. `kernels=False`: none can run."""

    ndarray = DeviceArray

    def __init__(self, available=True, kernels=True):
        super().__init__("cupy")
        self.cuda = SimpleNamespace(is_available=lambda: available)
        self.random = SimpleNamespace(random=lambda: device(numpy.float64(0.5)))
        self.kernels = kernels

    def asarray(self, x, dtype=None):
        DeviceArray.uploads += not isinstance(x, DeviceArray)
        return device(numpy.asarray(x.values if isinstance(x, DeviceArray) else x, dtype))

    def array(self, x, dtype=None):
        return self.asarray(x, dtype).copy()

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        if not self.kernels:
            raise RuntimeError("libnvrtc.so.12: cannot open shared object file")
        found = getattr(numpy, name)
        if isinstance(found, type) or not callable(found):
            return found
        run = on_device(found)
        if isinstance(found, numpy.ufunc) and found.nin == 2:
            run.at = on_device(found.at)  # cupy.add.at and its like
        return run


def install(monkeypatch, **options):
    """A fresh fake in the place of `cupy`, until the test ends; nothing read back so far."""
    monkeypatch.setitem(sys.modules, "cupy", FakeCupy(**options))
    monkeypatch.setattr(DeviceArray, "downloads", 0)
    monkeypatch.setattr(DeviceArray, "uploads", 0)
    return sys.modules["cupy"]
