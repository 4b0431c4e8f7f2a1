"""A test's own `np` on a device: what it makes lies there, and what it compares is fetched.

So that a test is written once, in NumPy, and runs on every device (see `device` in conftest.py):
`np.array(...)` makes an array of the device, `rng.standard_normal(...)` draws one,
`np.testing.assert_allclose(...)` looks at both sides from the host, and `np.exp(x)`, which a test
takes as its reference, is computed on the host and put back. The library sees device arrays alone,
but where it asks for NumPy's: a data set, and the generator that goes with it.
"""

import functools
from types import SimpleNamespace

import numpy

from scratchgen import gan, gradcheck, measure, vae
from scratchgen.backend import array_module, asarray, to_numpy

MAKERS = {"array", "asarray", "arange", "linspace", "zeros", "ones", "full", "eye", "empty",
          "zeros_like", "ones_like", "full_like", "logspace"}  # fmt: skip
DRAWS = ("standard_normal", "random", "uniform", "normal")
ON_NUMPY = {
    vae: ("train", "bound", "start_at_pixel_means"),
    gan: ("train",),
    measure: ("log_evidence", "nll", "active_units", "elbo_split", "kl_by_unit"),
}


def is_there(x):
    return array_module(x) is not numpy


def fetched(x):
    """The same with every device array in it, also in lists and tuples, as NumPy's."""
    if isinstance(x, (list, tuple)):
        return getattr(x, "_make", type(x))(map(fetched, x))
    if isinstance(x, Generator):
        return numpy.random.Generator(x.bit_generator)  # both go on where the other stopped
    return to_numpy(x) if is_there(x) else x


def put(x):
    """The same on the device, numbers and texts left alone."""
    if isinstance(x, (list, tuple)):
        return getattr(x, "_make", type(x))(map(put, x))
    return asarray(x) if isinstance(x, (numpy.ndarray, numpy.generic)) else x


def on_host(function):
    """A function that looks at device arrays from the host; what it returns stays as it is."""

    @functools.wraps(function)
    def run(*args, **options):
        return function(*fetched(args), **{name: fetched(x) for name, x in options.items()})

    return run


def there_and_back(function):
    """A function of NumPy: on the host, its result put back where its arguments came from."""

    @functools.wraps(function)
    def run(*args, **options):
        y = on_host(function)(*args, **options)
        return put(y) if any(map(is_there, flat([*args, *options.values()]))) else y

    return run


def flat(xs):
    for x in xs:
        if isinstance(x, (list, tuple)):
            yield from flat(x)
        else:
            yield x


class Generator(numpy.random.Generator):
    """NumPy's, whose floats lie on the device."""


for _name in DRAWS:
    _draw = getattr(numpy.random.Generator, _name)
    setattr(Generator, _name, lambda self, *a, _draw=_draw, **o: put(_draw(self, *a, **o)))


class DeviceNumpy:
    """What a test calls `np`."""

    random = SimpleNamespace(
        default_rng=lambda seed=None: Generator(numpy.random.PCG64(seed)), Generator=Generator
    )

    def __init__(self):
        checks = (n for n in dir(numpy.testing) if n.startswith("assert"))
        self.testing = SimpleNamespace(**{n: on_host(getattr(numpy.testing, n)) for n in checks})
        linalg = {n: there_and_back(getattr(numpy.linalg, n)) for n in numpy.linalg.__all__}
        self.linalg = SimpleNamespace(**linalg)
        self.ndarray = type(asarray(0.0))

    def __getattr__(self, name):
        found = getattr(numpy, name)
        if name in MAKERS:
            return lambda *args, **options: put(on_host(found)(*args, **options))
        if isinstance(found, type) or not callable(found):
            return found
        run = there_and_back(found)
        if isinstance(found, numpy.ufunc):
            run.reduce = there_and_back(found.reduce)
            run.at = lambda x, *args: getattr(array_module(x), name).at(x, *args)  # it writes
        return run


def moved(test):
    """What a test's file finds on a device: (in which module, by which name, what)."""
    for name, value in vars(test).copy().items():
        if value is numpy:
            yield test, name, DeviceNumpy()
        elif isinstance(value, numpy.ndarray):
            yield test, name, put(value)
    yield gradcheck, "numpy", DeviceNumpy()  # written for NumPy's arrays alone: lessons use it
    for module, names in ON_NUMPY.items():
        for name in names:
            function = getattr(module, name)
            for place in (module, test):
                if getattr(place, name, None) is function:
                    yield place, name, on_host(function)
