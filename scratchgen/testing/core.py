"""A function of arrays and its vector-Jacobian product: what every framework's derivatives are.

`Pair` knows no engine. What is said of a pair here can be said of anybody's gradients.

Two properties no difference is needed for. A vector-Jacobian product is linear in the cotangent,
whatever the function: a rule that clips g, squares it or adds to it is wrong, and so is one whose
answer depends on what was asked before. And it depends on the cotangent's values, not on how its
memory is laid out: the engines hand over transposed ones (behind x.T) and expanded ones (behind a
sum), and who forgets the strides reads the wrong numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy

from ..backend import Array
from ..engine import Tensor, grad, op
from .comparing import compare, cotangent, size
from .strategies import LAYOUTS

# Where memory is shared by all elements or all of an axis, as the gradient of a sum hands it on.
EXPANDED: dict[str, Callable] = {
    "expanded from one element": lambda g: numpy.broadcast_to(g.ravel()[:1].reshape(()), g.shape),
    "expanded along the first axis": lambda g: numpy.broadcast_to(g[:1], g.shape),
    "expanded along the last axis": lambda g: numpy.broadcast_to(g[..., :1], g.shape),
}


MANY = -1000.0  # so that a gradient that is clipped at 1, 5 or 10 is


class Pair(NamedTuple):
    """A function of arrays, and its vector-Jacobian product.

    f: called as f(*arrays), gives an array y.
    vjp: called as vjp(arrays, g) with a g of y's shape, gives a list of sum(g * dy/dx), one for
    each x of `arrays`.

    >>> double = Pair(lambda x: 2 * x, lambda arrays, g: [2 * g])
    >>> double.vjp([numpy.ones(2)], numpy.array([1.0, 10.0]))
    [array([ 2., 20.])]
    """

    f: Callable
    vjp: Callable


@op
def weigh(y, g):
    """sum(y * g), whose rule hands on the very array g, to see what others do with it.

    >>> float(weigh(numpy.array([1.0, 2.0]), numpy.array([3.0, 4.0])))
    11.0
    """
    return (y * g).sum()


weigh.gradients(y=lambda one, out, y, g: g)


def pair_of(f: Callable) -> Pair:
    """The pair of an op of this engine, or of a function of ops.

    >>> from scratchgen import tanh
    >>> pair_of(tanh).vjp([numpy.zeros(2)], numpy.array([1.0, 10.0]))
    [array([ 1., 10.])]
    """

    def vjp(arrays, g):
        leaves = [Tensor(x) for x in arrays]
        return grad(weigh(f(*leaves), g), leaves)

    return Pair(f, vjp)


def check_linear(pair: Pair, arrays: Sequence, seed: int, rtol: float = 1e-12) -> None:
    """Hold a vector-Jacobian product to being linear in the cotangent; else OpError.

    vjp(v + w) = vjp(v) + vjp(w),  vjp(-1000 v) = -1000 vjp(v),  vjp(0) = 0

    >>> square = Pair(lambda x: x * x, lambda arrays, g: [2 * arrays[0] * g])
    >>> check_linear(square, [numpy.array([1.0, 2.0])], seed=0)
    """
    y = pair.f(*arrays)
    v, w = (cotangent(y, seed + k) for k in (0, 1))
    of_v, of_w = pair.vjp(arrays, v), pair.vjp(arrays, w)
    of_sum, of_multiple = pair.vjp(arrays, v + w), pair.vjp(arrays, MANY * v)
    with numpy.errstate(all="ignore"):  # 0 / 0 is said below
        of_zeros = pair.vjp(arrays, numpy.zeros_like(v))
    for i, (a, b) in enumerate(zip(of_v, of_w, strict=True)):
        what, allowed = f"gradient of argument {i} for a cotangent", rtol * max(size(a), size(b))
        compare(f"{what} of zeros", of_zeros[i], "zeros", numpy.zeros_like(a), 0.0, 0.0)
        compare(f"{what} v + w", of_sum[i], "the sum of those for v and w", a + b, rtol, allowed)
        many = (MANY * a, rtol, abs(MANY) * allowed)
        compare(f"{what} {MANY:g} v", of_multiple[i], f"{MANY:g} times that for v", *many)


def check_layouts(pair: Pair, arrays: Sequence, seed: int, rtol: float = 1e-12) -> None:
    """Hold a vector-Jacobian product to the cotangent's values, however they are laid out.

    Each of LAYOUTS and EXPANDED beside a contiguous copy of the same numbers.

    >>> square = Pair(lambda x: x * x, lambda arrays, g: [2 * arrays[0] * g])
    >>> check_layouts(square, [numpy.array([1.0, 2.0])], seed=0)
    """
    g = cotangent(pair.f(*arrays), seed)
    for name, layout in laid_out(g).items():
        expected = pair.vjp(arrays, numpy.ascontiguousarray(layout).reshape(g.shape))
        for i, (got, same) in enumerate(zip(pair.vjp(arrays, layout), expected, strict=True)):
            what = f"gradient of argument {i} for a cotangent laid out {name}"
            compare(what, got, "that for a contiguous one", same, rtol, rtol * size(same))


def laid_out(g: Array) -> dict[str, Array]:
    """A cotangent in other memory: its values strided or transposed, or some of them expanded.

    >>> {name: x.strides for name, x in laid_out(numpy.zeros((2, 3))).items()}["reversed"]
    (-24, -8)
    """
    found = {name: f(g) for name, f in LAYOUTS.items() if name != "contiguous"}
    if g.ndim > 1:
        found["with its last two axes exchanged"] = g.swapaxes(-1, -2).copy().swapaxes(-1, -2)
    if g.ndim and g.size:
        found |= {name: f(g) for name, f in EXPANDED.items()}
    return found
