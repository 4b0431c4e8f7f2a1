"""A stand-in for CuPy over NumPy: arrays of a class of its own that refuse what CuPy refuses.

A NumPy array or a list mixed in, or a conversion without `.get()`, is a TypeError, as on a real
device, and reductions give 0-d arrays. `DeviceArray.downloads` counts what was read back to the
host, by `if x:` and by a text of x too; `DeviceArray.waits` how often the host had to know a shape
that depends on numbers, as of x[mask]; `DeviceArray.uploads` what went there: row numbers from the
host too, which CuPy takes unasked.

It is stricter than CuPy in three ways, since these bite later: NumPy's own functions take no device
array, an index out of range is an error (CuPy wraps it around), and so is a duplicate in an
assignment (on a device any of the values may stay). test_refusals.py has all of it, line by line.
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


def device(y, owners=()):
    """What came out of NumPy, as CuPy would hand it out; a view has one of `owners` as its base."""
    if isinstance(y, tuple):
        return tuple(device(part, owners) for part in y)
    if not isinstance(y, (numpy.ndarray, numpy.generic)):
        return y
    made = DeviceArray(numpy.asarray(y))
    for x in owners:
        if isinstance(x, DeviceArray) and shows(made.values, x.values):
            made.base = x if x.base is None else x.base
    return made


def shows(y, x):
    """Whether y is a view of x, or of what x is a view of."""
    return y.base is not None and (y.base is x or y.base is x.base)


def on_device(function, owner=None):
    """A function of NumPy, now from device arrays to device arrays."""

    def run(*args, **options):
        y = function(*host(args), **{name: host(x) for name, x in options.items()})
        return device(y, (owner, *args))

    return run


def elementwise(function):
    """One that takes no lists in the place of arrays, either: operators and ufuncs."""
    run = on_device(function)

    def checked(*args, **options):
        for x in args:
            if isinstance(x, (list, tuple)):
                raise TypeError(f"Unsupported type {type(x)}")
        return run(*args, **options)

    return checked


def counted(function):
    """One that must know numbers to know how many it returns: the host waits for them."""
    run = on_device(function)

    def read(*args, **options):
        DeviceArray.waits += 1
        return run(*args, **options)

    return read


def uploaded(index):
    """An index as the device takes it: whole numbers from the host are sent there, and counted."""
    if isinstance(index, tuple):
        return tuple(map(uploaded, index))
    if isinstance(index, numpy.ndarray) and index.dtype.kind in "iu":
        DeviceArray.uploads += 1
        return index
    if isinstance(index, DeviceArray) and index.values.dtype == bool:
        DeviceArray.waits += 1  # how many are true decides the result's shape
    return host(index)


def refuse_duplicates(index):
    """An assignment to one place twice: NumPy's last value stays, a device's any."""
    for part in index if isinstance(index, tuple) else (index,):
        part = numpy.asarray(part) if isinstance(part, (list, numpy.ndarray)) else None
        if part is not None and part.dtype.kind in "iu" and len(numpy.unique(part)) < part.size:
            raise IndexError("Duplicate indices: on a device, any of their values may stay.")


# What NumPy has and CuPy has not; test_wheels.py holds both against the real package.
NO_METHODS = {"ctypes", "getfield", "resize", "setfield", "setflags", "to_device"}
NO_FUNCTIONS = {
    "asmatrix", "block", "bmat", "busday_count", "busday_offset", "datetime_as_string",
    "datetime_data", "einsum_path", "frompyfunc", "fromregex", "geomspace", "histogram_bin_edges",
    "insert", "is_busday", "isnat", "matvec", "nanpercentile", "nanquantile", "nested_iters",
    "polyder", "polydiv", "polyint", "spacing", "unstack", "vecdot", "vecmat",
}  # fmt: skip
COUNTING = {"nonzero", "flatnonzero", "argwhere", "unique", "compress", "extract"}


class DeviceArray:
    """An array that nobody can look into but by `.get()`, `float()`, `int()` and `bool()`."""

    downloads = 0
    uploads = 0
    waits = 0
    __array_ufunc__ = None  # array * device_array then asks DeviceArray, which refuses
    __hash__ = None

    def __init__(self, values):
        self.values = values
        self.base = None

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
        if name in NO_METHODS:
            raise AttributeError(f"'ndarray' object has no attribute {name!r}")
        found = getattr(self.values, name)
        if name in COUNTING:
            return counted(found)
        return on_device(found, self) if callable(found) else device(found, (self,))

    def __len__(self):
        return len(self.values)

    def __iter__(self):
        if not self.values.ndim:
            raise TypeError("iteration over a 0-d array")
        return (self[i] for i in range(len(self)))

    def __getitem__(self, index):
        return device(self.values[uploaded(index)], (self,))

    def __setitem__(self, index, value):
        index = uploaded(index)
        refuse_duplicates(index)
        self.values[index] = host(value)


def _give_operators():
    """`+`, `+=`, `<`, `-x`, `float(x)` and the like, each by its name in `operator`."""
    for name in ("neg", "invert", "abs"):
        setattr(DeviceArray, f"__{name}__", elementwise(getattr(operator, name)))
    for name in ("lt", "le", "gt", "ge", "eq", "ne"):
        run = elementwise(getattr(operator, name))
        setattr(DeviceArray, f"__{name}__", _unless_refused(run))
    for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "matmul", "pow", "and_", "or_"):
        function, special = getattr(operator, name), name.strip("_")
        swapped = elementwise(lambda x, other, f=function: f(other, x))
        setattr(DeviceArray, f"__{special}__", _unless_refused(elementwise(function)))
        setattr(DeviceArray, f"__r{special}__", swapped)
        setattr(DeviceArray, f"__i{special}__", _in_place(getattr(operator, f"i{special}")))
    for kind in (float, int, bool, str, repr):
        setattr(DeviceArray, f"__{kind.__name__}__", lambda x, kind=kind: kind(x.get()))
    DeviceArray.__format__ = lambda x, spec: format(x.get(), spec)


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
        if name in NO_FUNCTIONS:
            raise AttributeError(f"module 'cupy' has no attribute {name!r}")
        found = getattr(numpy, name)
        if isinstance(found, type) or not callable(found):
            return found
        if not isinstance(found, numpy.ufunc):
            return counted(found) if name in COUNTING else on_device(found)
        run = elementwise(found)
        if found.nin == 2:
            run.at = on_device(found.at)  # cupy.add.at and its like
        return run


def install(monkeypatch, **options):
    """A fresh fake in the place of `cupy`, until the test ends; nothing read back so far."""
    monkeypatch.setitem(sys.modules, "cupy", FakeCupy(**options))
    for counter in ("downloads", "uploads", "waits"):
        monkeypatch.setattr(DeviceArray, counter, 0)
    return sys.modules["cupy"]
