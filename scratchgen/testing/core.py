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
from typing import Any, NamedTuple

import numpy

from ..backend import Array
from ..engine import Tensor, grad, op
from .comparing import OpError, compare, cotangent, size
from .foreign import Foreign, Refused
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

    >>> square = Pair(lambda x: x * x, lambda arrays, g: [2 * arrays[0] * g])
    >>> check_linear(square, [numpy.array([1.0, 2.0])], seed=0)
    """
    y = pair.f(*arrays)
    v, w = (cotangent(y, seed + k) for k in (0, 1))
    linear(lambda gs: pair.vjp(arrays, gs[0]), [v], [w], rtol)


def linear(back: Callable, v: Sequence, w: Sequence, rtol: float) -> None:
    """Hold the way back from several outputs to being linear in the cotangents; else OpError.

    vjp(v + w) = vjp(v) + vjp(w),  vjp(-1000 v) = -1000 vjp(v),  vjp(0) = 0

    back: called with a cotangent for each output, gives a gradient for each argument.

    >>> linear(lambda gs: [2 * gs[0]], [numpy.ones(2)], [numpy.zeros(2)], 1e-12)
    """

    def asked(gs: Sequence) -> list[Array]:
        return [numpy.array(g) for g in back(gs)]  # some give the same memory each time

    of_v, of_w = asked(v), asked(w)
    of_sum = asked([a + b for a, b in zip(v, w, strict=True)])
    of_multiple = asked([MANY * g for g in v])
    with numpy.errstate(all="ignore"):  # 0 / 0 is said below
        of_zeros = asked([numpy.zeros_like(g) for g in v])
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
    same_in_layouts(lambda gs: pair.vjp(arrays, gs[0]), [g], rtol)


def same_in_layouts(back: Callable, v: Sequence, rtol: float) -> None:
    """Hold the way back to the cotangents' values, each of them laid out in turn; else OpError.

    >>> same_in_layouts(lambda gs: [2 * gs[0]], [numpy.ones(2)], 1e-12)
    """
    for k, given in enumerate(v):
        for name, g in laid_out(given).items():
            gs = [g if j == k else other for j, other in enumerate(v)]
            flat = [numpy.ascontiguousarray(x).reshape(x.shape) for x in gs]
            expected = [numpy.array(x) for x in back(flat)]
            found = faulty(f"for a cotangent laid out {name}", back, gs)
            for i, (got, same) in enumerate(zip(found, expected, strict=True)):
                what = f"gradient of argument {i} for a cotangent laid out {name}"
                compare(what, got, "that for a contiguous one", same, rtol, rtol * size(same))


def one_for_all(foreign: Foreign, arrays: Sequence, v: Sequence, what: str, rtol: float) -> None:
    """Hold the gradient of one array as all arguments to the sum of all; else OpError.

    Where the arguments differ in shape, or the function ends there, there is nothing to hold.

    >>> from .ours import from_op
    >>> from scratchgen import multiply
    >>> x = numpy.array([1.0, 2.0])
    >>> one_for_all(from_op(multiply), [x, x + 1], [numpy.ones(2)], "gradient", 1e-12)
    """
    if len(arrays) == 1 or len({x.shape for x in arrays}) > 1:
        return
    first, places = arrays[0], range(len(arrays))
    with numpy.errstate(all="ignore"):  # it may be no fit argument in other places
        run = foreign.run([first.copy() for _ in arrays], places)
        if not all(numpy.isfinite(y).all() for y in run.outputs):
            return
        if [y.shape for y in run.outputs] != [g.shape for g in v]:
            return
        total = numpy.sum([numpy.array(g) for g in run.back(v)], axis=0)
        got = foreign.run([first] * len(arrays), [0]).back(v)[0]
    compare(what, got, "the sum", total, rtol, rtol * size(total))


def faulty(when: str, f: Callable, *given: Any) -> Any:
    """Return what f gives; an error that it raises becomes an OpError, with when.

    >>> faulty("for a reversed one", abs, -1.0)
    1.0
    """
    try:
        return f(*given)
    except (OpError, Refused):
        raise
    except Exception as error:
        raise OpError(f"it fails {when}: {type(error).__name__}: {error}") from error


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
