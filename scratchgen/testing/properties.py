"""What a gradient must satisfy besides being right: one function for each, which raises OpError.

`f` is a function of arrays, or of Tensors, that is named like the op; `seed` draws the cotangents.
The list is modelled on that of MyGrad's tests (Soklaski 2019), to which second order is added.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy

from .. import backend
from ..backend import Array, array_module, asarray, to_numpy
from ..engine import Tensor, grad, sum
from ..gradcheck import EPS
from .comparing import OpError, check_unchanged, compare, compare_gradients, cotangent, size
from .core import one_for_all, weigh
from .kinks import bent
from .ours import from_op


def check_value(f: Callable, arrays: Sequence) -> Array:
    """The value: an array, for which nothing was recorded and nothing written into.

    >>> check_value(abs, [numpy.array([-1.0, 2.0])])
    array([1., 2.])
    """
    before, serial = [x.copy() for x in arrays], Tensor(0.0).serial
    y = f(*arrays)
    if isinstance(y, Tensor) or Tensor(0.0).serial != serial + 1:
        raise OpError("given arrays, it made a Tensor. Compute on arrays, by array_module(x).")
    check_unchanged("the function", before, {f"argument {i}": x for i, x in enumerate(arrays)})
    return y


def check_memory(f: Callable, arrays: Sequence, seed: int) -> None:
    """Nothing given to the rules is written into, and every gradient is the caller's own.

    >>> from scratchgen import relu
    >>> check_memory(relu, [numpy.array([-1.0, 2.0])], seed=0)
    """
    leaves = [Tensor(x) for x in arrays]
    y = f(*leaves)
    # The last bits may differ: NumPy squares 0-d arrays and its scalars by different routes.
    compare("value of Tensors", y.value, "that of arrays", f(*arrays), 4 * EPS, 0)
    given = {f"argument {i}": x for i, x in enumerate(arrays)}
    given |= {"the value": y.value, "the incoming gradient g": cotangent(y, seed)}
    before = [x.copy() for x in given.values()]
    loss = weigh(y, given["the incoming gradient g"])
    gradients, again = grad(loss, leaves), grad(loss, leaves)
    check_unchanged("a rule", before, given)
    for i, (x, g) in enumerate(zip(arrays, gradients, strict=True)):
        if (type(g), g.shape, g.dtype) != (numpy.ndarray, x.shape, x.dtype):
            got = f"got a {type(g).__name__} of {g.dtype} {g.shape}"
            raise OpError(f"gradient of argument {i}: expected {x.dtype} {x.shape}, {got}.")
        given[f"the gradient of argument {i} asked for again"] = again[i]
        for name, other in given.items():
            if numpy.shares_memory(g, other):
                hint = "A rule returns an array of its own."
                raise OpError(f"the gradient of argument {i} shares memory with {name}. {hint}")
        given[f"the gradient of argument {i}"] = g


class Derivatives(NamedTuple):
    """What an op and its rules give: the value, the first derivatives, twice, and the second."""

    value: Array
    first: list
    recorded: list  # the first again, of rules run on Tensors
    second: list


def derivatives(f: Callable, arrays: Sequence, seed: int) -> Derivatives:
    """The value, and the derivatives of a loss that bends in every element of it.

    >>> from scratchgen import relu
    >>> derivatives(relu, [numpy.array(2.0)], seed=0).value
    array(3.2)
    """
    leaves = [Tensor(x) for x in arrays]
    y = bent(f)(*leaves)
    loss = sum(y * cotangent(y, seed))
    first, recorded = grad(loss, leaves), grad(loss, leaves, create_graph=True)
    slope = sum(0.0 * leaves[0])
    for x, g in zip(leaves, recorded, strict=True):
        slope = slope + sum(g * cotangent(g, seed + 1)) + sum(0.0 * x)  # depends on x in form
    return Derivatives(y.value, first, [g.value for g in recorded], grad(slope, leaves))


def check_used_twice(f: Callable, arrays: Sequence, seed: int) -> None:
    """Diamonds add up: the same op twice on shared nodes, and one Tensor as every argument.

    >>> from scratchgen import relu
    >>> check_used_twice(relu, [numpy.array([-1.0, 2.0])], seed=0)
    """

    def gradients(v, w):
        leaves = [Tensor(x) for x in arrays]
        nodes = [x * 1.0 for x in leaves]
        return grad(sum(f(*nodes) * v) + sum(f(*nodes) * w), leaves)

    v, w = (cotangent(f(*arrays), seed + k) for k in (0, 1))
    compare_gradients(", used twice,", gradients(v, w), "the sum", gradients(v + w, 0 * v))
    what = "gradient of argument 0, one Tensor as all arguments,"
    one_for_all(from_op(f), arrays, [v], what, 1e-12)


def check_float32(f: Callable, arrays: Sequence, seed: int) -> None:
    """float32 in, float32 out; and the same numbers as in float64, to its rounding.

    >>> from scratchgen import relu
    >>> check_float32(relu, [numpy.array([-1.0, 2.0])], seed=0)
    """
    single = [x.astype(numpy.float32) for x in arrays]
    y = f(*single)
    if y.dtype != numpy.float32:
        raise OpError(f"float32 in, but the value is {y.dtype}.")
    got = derivatives(f, single, seed)
    expected = derivatives(f, [x.astype(numpy.float64) for x in single], seed)
    if {g.dtype for g in [*got.first, *got.second]} != {numpy.dtype(numpy.float32)}:
        raise OpError(f"float32 in, but not all derivatives are: {got.first + got.second}.")
    scale = 1e-5 * size(expected.value)
    compare("value in float32", got.value, "that in float64", expected.value, 1e-5, scale)
    try:
        compare_gradients(" in float32", got.first, "that in float64", expected.first, 1e-5)
    except OpError:
        terms = terms_of(f, [x.astype(numpy.float64) for x in single], seed)
        pairs = zip(got.first, expected.first, terms, strict=True)
        if any((abs(g - e) > 1e-5 * (abs(e) + size(e) + added)).any() for g, e, added in pairs):
            raise


def terms_of(f: Callable, arrays: Sequence, seed: int) -> list:
    """The sizes of what each gradient of `derivatives` adds up, one term for each element of y.

    A sum is only as exact as its largest terms, however they cancel (Higham 2002, chapter 4).

    >>> from scratchgen import add
    >>> ones = numpy.ones(2)
    >>> float(terms_of(add, [ones, -ones], seed=0)[0][1] / abs(cotangent(ones, 0))[1])
    1.0
    """
    leaves = [Tensor(x) for x in arrays]
    y = f(*leaves)
    weights = abs(cotangent(y, seed)) * (1 + 0.6 * abs(y.value))
    terms = [numpy.zeros_like(x) for x in arrays]
    for at in numpy.ndindex(y.shape):
        alone = numpy.zeros_like(weights)
        alone[at] = weights[at]
        for total, g in zip(terms, grad(sum(y * alone), leaves), strict=True):
            total += abs(g)
    return terms


def check_device(
    f: Callable, arrays: Sequence, options: dict, host: Derivatives, seed: int
) -> None:
    """The same on the GPU, from arrays there to arrays there.

    f: called as f(*arrays, **options). host: what it gives on the host.

    >>> from scratchgen import relu
    >>> x = numpy.array([-1.0, 2.0])
    >>> if backend.gpu_status().usable:
    ...     check_device(relu, [x], {}, derivatives(relu, [x], seed=0), seed=0)
    """
    before = array_module(asarray(0.0)).__name__
    backend.use("auto")
    try:
        uploaded = {k: asarray(x) if hasattr(x, "shape") else x for k, x in options.items()}
        xs = [asarray(x) for x in arrays]
        found = derivatives(named(f, uploaded), xs, seed)
    finally:
        backend.use(before)
    got = [found.value, *found.first, *found.second]
    if {type(g) for g in got} != {type(xs[0])}:
        raise OpError(f"given arrays on the GPU, it gave {[type(g).__name__ for g in got]}.")
    values, expected = map(to_numpy, got), [host.value, *host.first, *host.second]
    for value, same in zip(values, expected, strict=True):
        scale = 1e-10 * size(same)  # sums run in another order
        compare("value or gradient on the GPU", value, "that on the CPU", same, 1e-10, scale)


def named(op: Callable, options: dict) -> Callable:
    """The op as a function of the arrays alone, under its own name.

    >>> named(numpy.sum, {"axis": 0}).__name__
    'sum'
    """

    def f(*xs):
        return op(*xs, **options)

    f.__name__ = getattr(op, "__name__", repr(op))
    return f
