"""Property tests of gradients, for this library's ops and for your own; needs Hypothesis.

    @given(pairs())
    def test_my_op(arrays):
        check_op(my_op, *arrays, reference=my_formula)

Three parts: strategies, each named by what it varies, that draw the arguments; `check_op`, which
holds one op to everything a gradient must satisfy; and `programs`, random graphs of many ops.

Two bounds hold for all strategies. An array has at most 3 axes of at most 3 elements: 27 elements
show every fault of broadcasting and reduction, and are cheap to check one by one. And values keep
their third derivative moderate, since central differences are wrong by h^2 / 6 of it.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from . import backend, engine, functions
from .backend import Array, array_module, asarray, to_numpy
from .engine import Tensor, detach, grad, op, sum
from .functions import tanh
from .gradcheck import CENTRAL_STEP, EPS, GradientError, check_grad

MAX_AXES = 3
MAX_SIDE = 3
GAP = 0.25  # from a kink or a tie: four orders above the step of central differences


# Elements: one number each.


def floats(low: float, high: float) -> st.SearchStrategy[float]:
    """Floats in [low, high] that float32 can hold, so that both types see the same number.

    >>> floats(0.5, 3.0).validate()
    """
    return st.floats(low, high, width=32, allow_subnormal=False)


moderate = floats(-3, 3)  # exp, tanh and sigmoid bend here and nowhere saturate to rounding
positive = floats(0.5, 3)  # away from 0, where log, sqrt and 1/x have no bounded derivatives
off_zero = st.one_of(floats(GAP, 3), floats(-3, -GAP))  # either side of the kink of abs and relu
on_zero = st.one_of(st.sampled_from([0.0, 1.0, -1.0]), moderate)  # the kink itself, often
# Where exp of float32 overflows (at 88.7), and where a squared logit is still finite.
extreme_logits = st.one_of(st.sampled_from([-1e4, -89.0, 0.0, 89.0, 1e4]), moderate)

_level = st.integers(-6, 5)  # a few levels, so that neighbours across the gap are common
even_level = _level.map(lambda k: 2 * k * GAP)  # one side of a maximum...
odd_level = _level.map(lambda k: (2 * k + 1) * GAP)  # ...and the other, which never ties with it


# Shapes and arrays.


def shapes(min_axes: int = 0, max_axes: int = MAX_AXES, min_side: int = 0) -> st.SearchStrategy:
    """Shapes with 0-d, size-1 and size-0 axes among them; min_side=1 leaves out the empty ones.

    >>> shapes(max_axes=2).validate()
    """
    return hnp.array_shapes(
        min_dims=min_axes, max_dims=max_axes, min_side=min_side, max_side=MAX_SIDE
    )


def broadcastable(count: int = 2) -> st.SearchStrategy:
    """`count` shapes that broadcast together, in every direction; size 0 among them.

    >>> broadcastable(3).validate()
    """
    return hnp.mutually_broadcastable_shapes(
        num_shapes=count, min_side=0, max_side=MAX_SIDE, max_dims=MAX_AXES
    ).map(lambda drawn: drawn.input_shapes)


def _strided(x):
    wide = numpy.full((*x.shape, 2), numpy.nan, x.dtype)  # whoever reads past an element sees nan
    wide[..., 0] = x
    return wide[..., 0]


def _reversed(x):
    backwards = (*[slice(None, None, -1)] * x.ndim, ...)
    return x[backwards].copy()[backwards]


# The same values in other memory: a kernel that forgets the strides reads the wrong ones.
LAYOUTS: dict[str, Callable] = {
    "contiguous": lambda x: x,
    "column by column": lambda x: x.copy(order="F"),
    "every other element": _strided,
    "reversed": _reversed,
}


@st.composite
def arrays(draw, shape=None, elements=moderate, dtype=numpy.float64, layouts=tuple(LAYOUTS)):
    """An array of any shape (or of `shape`), contiguous, strided, or a reversed view.

    >>> from hypothesis import find
    >>> find(arrays(shapes(min_side=1)), lambda x: x.ndim == 2)
    array([[0.]])
    """
    x = draw(hnp.arrays(dtype, shapes() if shape is None else shape, elements=elements))
    layout = draw(st.sampled_from(layouts))
    if layout != "contiguous":
        note(f"the memory of {x!r} is laid out: {layout}")  # its repr does not show it
    return LAYOUTS[layout](x)


@st.composite
def broadcasting(draw, *elements):
    """One array for each of `elements`, of shapes that broadcast together.

    >>> from hypothesis import find
    >>> a, b = find(broadcasting(moderate, positive), lambda two: two[0].size > 1)
    >>> numpy.broadcast(a, b).ndim == max(a.ndim, b.ndim)
    True
    """
    drawn = draw(broadcastable(len(elements)))
    return tuple(draw(arrays(shape, e)) for shape, e in zip(drawn, elements, strict=True))


def pairs(first=moderate, second=moderate):
    """Two arrays that broadcast together, of elements `first` and `second`.

    >>> pairs(second=off_zero).validate()
    """
    return broadcasting(first, second)


def triples(first=moderate, second=moderate, third=moderate):
    """Three arrays that broadcast together.

    >>> triples().validate()
    """
    return broadcasting(first, second, third)


@st.composite
def same_shape(draw, *elements, shape=None):
    """One array for each of `elements`, all of one shape.

    >>> same_shape(moderate, positive, shape=shapes(min_axes=1)).validate()
    """
    drawn = draw(shapes() if shape is None else shape)
    return tuple(draw(arrays(drawn, e)) for e in elements)


@st.composite
def by_signature(draw, signature, elements=moderate, stacks=1):
    """Arrays by NumPy's signature of their axes; `?` marks one that may be missing.

    stacks: up to so many axes stand before the named ones, and broadcast.

    >>> from hypothesis import find
    >>> a, b = find(by_signature("(n,k),(k,m)"), lambda ab: ab[0].shape == (2, 3))
    >>> b.shape
    (3, 0)
    """
    signature = signature if "->" in signature else signature + "->()"
    drawn = draw(
        hnp.mutually_broadcastable_shapes(
            signature=signature, min_side=0, max_side=MAX_SIDE, max_dims=stacks
        )
    )
    return tuple(draw(arrays(shape, elements)) for shape in drawn.input_shapes)


def matmul_pairs(vectors: bool = True) -> st.SearchStrategy:
    """Two factors of a matrix product: matrices, stacks of them that broadcast, and vectors.

    Stacks of two axes too: with one alone, a rule may count its axes wrongly and be right.

    >>> matmul_pairs(vectors=False).validate()
    """
    return by_signature("(n?,k),(k,m?)" if vectors else "(n,k),(k,m)", stacks=2)


@st.composite
def without_ties(draw, shape):
    """An array of distinct values, a GAP apart: the maximum stays where it is under a step.

    >>> from hypothesis import find
    >>> find(without_ties(st.just((3,))), lambda x: True)
    array([-1.  , -0.75, -0.5 ])
    """
    shape = draw(shape)
    order = draw(st.permutations(range(math.prod(shape))))
    return numpy.asarray(GAP * numpy.array(order, dtype=numpy.float64).reshape(shape) - 1.0)


@st.composite
def axis_of(draw, ndim):
    """What an `axis` argument may be: None, one axis from either end, or several.

    >>> axis_of(2).validate()
    """
    if ndim == 0:
        return None
    one = st.integers(-ndim, ndim - 1)
    several = st.sets(st.integers(0, ndim - 1), max_size=ndim).map(tuple)
    return draw(st.one_of(st.none(), one, several))


@st.composite
def index_of(draw, shape):
    """What may stand in x[...]: numbers, slices, ..., None; a mask; integer lists that repeat.

    >>> index_of((2, 3)).validate()
    """
    kinds: list[st.SearchStrategy] = [hnp.basic_indices(shape, allow_newaxis=True, max_dims=5)]
    if shape:
        kinds.append(hnp.arrays(numpy.bool_, shape))
    if shape and 0 not in shape:
        # Up to 5 picks out of at most 3, so that repeats are the rule and not the exception.
        picks = [st.lists(st.integers(-n, n - 1), min_size=5, max_size=5) for n in shape]
        kinds += [picks[0], st.tuples(*picks), picks[0].map(numpy.array)]
    return draw(st.one_of(kinds))


# One op, held to everything that a gradient must satisfy.


class OpError(GradientError):
    """A fault that `check_op` found in an op; its message names the fault."""


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
    """None if the op is right at `arrays` in every respect; else OpError or GradientError.

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
    nothing given is written into and no memory shared; that an op used twice gets both gradients;
    that float32 stays float32; that the GPU, if one is usable, gives the same.
    Modelled on the list of MyGrad's tests (Soklaski 2019), to which second order is added.

    >>> check_op(engine.multiply, numpy.ones((2, 3)), numpy.ones(3), reference=lambda a, b: a * b)
    """
    f = _bound(op, options)
    _check_arguments(f, arrays)
    arrays = tuple(map(numpy.asarray, arrays))  # of NumPy's scalars too
    with _faults_of(f):
        y = _check_value(f, arrays)
        if reference is not None:
            _compare("value", y, "the reference", reference(*arrays, **options), rtol, atol)
        _check_memory(f, arrays, seed)
        _check_derivatives(f, arrays, analytic, seed)
        found = _derivatives(f, arrays, seed)
        _compare_gradients(", with create_graph=True", found.recorded, "without", found.first)
        _check_used_twice(f, arrays, seed)
        _check_float32(f, arrays, seed)
        if backend.gpu_status().usable:
            _check_device(op, arrays, options, found, seed)


def _bound(op: Callable, options: dict) -> Callable:
    """The op as a function of the arrays alone, under its own name."""

    def f(*xs):
        return op(*xs, **options)

    f.__name__ = getattr(op, "__name__", repr(op))
    return f


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


def _check_value(f: Callable, arrays: Sequence) -> Array:
    before, serial = [x.copy() for x in arrays], Tensor(0.0).serial
    y = f(*arrays)
    if isinstance(y, Tensor) or Tensor(0.0).serial != serial + 1:
        raise OpError("given arrays, it made a Tensor. Compute on arrays, by array_module(x).")
    _check_unchanged("the function", before, {f"argument {i}": x for i, x in enumerate(arrays)})
    return y


@op
def _weigh(y, g):
    return (y * g).sum()


_weigh.gradients(y=lambda one, out, y, g: g)  # hands on the very array, to see who writes into it


def _check_memory(f: Callable, arrays: Sequence, seed: int) -> None:
    """Nothing given to the rules is written into, and every gradient is the caller's own."""
    leaves = [Tensor(x) for x in arrays]
    y = f(*leaves)
    # The last bits may differ: NumPy squares 0-d arrays and its scalars by different routes.
    _compare("value of Tensors", y.value, "that of arrays", f(*arrays), 4 * EPS, 0)
    given = {f"argument {i}": x for i, x in enumerate(arrays)}
    given |= {"the value": y.value, "the incoming gradient g": _random(y, seed)}
    before = [x.copy() for x in given.values()]
    loss = _weigh(y, given["the incoming gradient g"])
    gradients, again = grad(loss, leaves), grad(loss, leaves)
    _check_unchanged("a rule", before, given)
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


def _check_unchanged(who: str, before: Sequence, given: dict[str, Array]) -> None:
    for old, (name, new) in zip(before, given.items(), strict=True):
        if not numpy.array_equal(old, new, equal_nan=True):
            raise OpError(f"{who} wrote into {name}. Compute a new array: x * 2, not x *= 2.")


def _check_derivatives(f: Callable, arrays: tuple, analytic: bool, seed: int) -> None:
    try:
        check_grad(_bent(f), *arrays, order=2, seed=seed)
    except GradientError:
        if not _kinks(f, arrays, seed):
            raise
        check_grad(_bent(f), *_beside(arrays), order=2, seed=seed)
    if analytic:
        check_grad(f, *arrays, method="complex", rtol=1e-10, seed=seed)


def _bent(f: Callable) -> Callable:
    """y + 0.3 y^2 of y = f(...), so that g depends on y, and the second order on every rule.

    A linear f under a linear loss has a second derivative of 0, whatever its rule.
    """

    def bent(*xs):
        y = f(*xs)
        return y + 0.3 * y * y

    bent.__name__ = f.__name__
    return bent


def _beside(arrays: Sequence) -> list:
    """Each element moved by a little step of its own length, so that no kink or tie survives."""
    sizes = [x.size for x in arrays]
    steps = 0.0137 * (1 + numpy.linspace(0, 1, int(numpy.sum(sizes))))
    parts = numpy.split(steps, numpy.cumsum(sizes)[:-1])
    return [x + part.reshape(x.shape) for x, part in zip(arrays, parts, strict=True)]


def _kinks(f: Callable, arrays: Sequence, seed: int) -> int:
    """How many elements sit on a kink; OpError where the rule's slope is not between its sides.

    0 where another element is wrong besides. The cotangent is positive: then kinks that one
    element feeds cannot cancel in the loss.
    """
    y = f(*arrays)
    v = abs(_random(y, seed))
    rounding = 64 * EPS * max(1.0, float(numpy.sum(abs(y * v)))) / CENTRAL_STEP
    leaves = [Tensor(x) for x in arrays]
    kinks = 0
    for i, g in enumerate(grad(sum(f(*leaves) * v), leaves)):
        for at in numpy.ndindex(g.shape):
            low, high = sorted(_one_sided(f, v, arrays, i, at, side) for side in (-1, 1))
            allowed = 1e-6 * max(1.0, abs(low), abs(high)) + rounding
            right = low - allowed <= g[at] <= high + allowed
            if high - low <= 10 * allowed:  # no kink
                if not right:
                    return 0  # so none of them is to blame
                continue
            kinks += 1
            if not right:
                raise OpError(
                    f"slope at a kink is wrong for argument {i}, index {at}, "
                    f"where it is {arrays[i][at]:.6g}\n"
                    f"  from the rule         {g[at]:.12g}\n"
                    f"  expected              from {low:.12g} to {high:.12g}, the one-sided slopes"
                )
    return kinks


def _one_sided(f: Callable, v: Array, arrays: Sequence, i: int, at: tuple, side: int) -> float:
    """The slope of sum(v * f) to one side, of a parabola through three points."""
    h = side * CENTRAL_STEP * max(1.0, abs(float(arrays[i][at])))

    def loss(step):
        xs = [x.copy() for x in arrays]
        xs[i][at] += step
        return float(numpy.sum(f(*xs) * v))

    return (4 * loss(h) - loss(2 * h) - 3 * loss(0.0)) / (2 * h)


def _random(y: Any, seed: int) -> Array:
    """A random cotangent: an array of y's shape and type, on y's device."""
    drawn = numpy.random.default_rng(seed).standard_normal(y.shape)
    return array_module(detach(y)).asarray(drawn, dtype=y.dtype)


class Derivatives(NamedTuple):
    """What an op and its rules give: the value, the first derivatives, twice, and the second."""

    value: Array
    first: list
    recorded: list  # the first again, of rules run on Tensors
    second: list


def _derivatives(f: Callable, arrays: Sequence, seed: int) -> Derivatives:
    """The value, and the derivatives of a loss that bends in every element of it."""
    leaves = [Tensor(x) for x in arrays]
    y = _bent(f)(*leaves)
    loss = sum(y * _random(y, seed))
    first, recorded = grad(loss, leaves), grad(loss, leaves, create_graph=True)
    slope = sum(0.0 * leaves[0])
    for x, g in zip(leaves, recorded, strict=True):
        slope = slope + sum(g * _random(g, seed + 1)) + sum(0.0 * x)  # depends on x in form
    return Derivatives(y.value, first, [g.value for g in recorded], grad(slope, leaves))


def _check_used_twice(f: Callable, arrays: Sequence, seed: int) -> None:
    """Diamonds add up: the same op twice on shared nodes, and one Tensor as every argument."""

    def gradients(v, w):
        leaves = [Tensor(x) for x in arrays]
        nodes = [x * 1.0 for x in leaves]
        return grad(sum(f(*nodes) * v) + sum(f(*nodes) * w), leaves)

    v, w = (_random(f(*arrays), seed + k) for k in (0, 1))
    _compare_gradients(", used twice,", gradients(v, w), "the sum", gradients(v + w, 0 * v))
    if len(arrays) == 1 or len({x.shape for x in arrays}) > 1:
        return
    with numpy.errstate(all="ignore"):  # the first array may be no fit argument in other places
        x, leaves = Tensor(arrays[0]), [Tensor(arrays[0]) for _ in arrays]
        y = f(*leaves)
        if numpy.isfinite(y.value).all():
            total = numpy.sum(grad(sum(y * v), leaves), axis=0)
            got = grad(sum(f(*[x] * len(arrays)) * v), x)
            _compare_gradients(", one Tensor as all arguments,", [got], "the sum", [total])


def _check_float32(f: Callable, arrays: Sequence, seed: int) -> None:
    """float32 in, float32 out; and the same numbers as in float64, to its rounding."""
    single = [x.astype(numpy.float32) for x in arrays]
    y = f(*single)
    if y.dtype != numpy.float32:
        raise OpError(f"float32 in, but the value is {y.dtype}.")
    got = _derivatives(f, single, seed)
    expected = _derivatives(f, [x.astype(numpy.float64) for x in single], seed)
    if {g.dtype for g in [*got.first, *got.second]} != {numpy.dtype(numpy.float32)}:
        raise OpError(f"float32 in, but not all derivatives are: {got.first + got.second}.")
    scale = 1e-5 * _size(expected.value)
    _compare("value in float32", got.value, "that in float64", expected.value, 1e-5, scale)
    _compare_gradients(" in float32", got.first, "that in float64", expected.first, 1e-5)


def _check_device(op: Callable, arrays: tuple, options: dict, host: Derivatives, seed: int) -> None:
    """The same on the GPU, from arrays there to arrays there."""
    before = array_module(asarray(0.0)).__name__
    backend.use("auto")
    try:
        uploaded = {k: asarray(x) if hasattr(x, "shape") else x for k, x in options.items()}
        xs = [asarray(x) for x in arrays]
        found = _derivatives(_bound(op, uploaded), xs, seed)
    finally:
        backend.use(before)
    got = [found.value, *found.first, *found.second]
    if {type(g) for g in got} != {type(xs[0])}:
        raise OpError(f"given arrays on the GPU, it gave {[type(g).__name__ for g in got]}.")
    values, expected = map(to_numpy, got), [host.value, *host.first, *host.second]
    for value, same in zip(values, expected, strict=True):
        scale = 1e-10 * _size(same)  # sums run in another order
        _compare("value or gradient on the GPU", value, "that on the CPU", same, 1e-10, scale)


def _size(x: Array) -> float:
    """The scale on which rounding shows: that of the largest element, at least 1."""
    return max(1.0, float(abs(x).max(initial=0.0)))


def _compare_gradients(
    what: str, got: list, beside: str, expected: list, rtol: float = 1e-12
) -> None:
    for i, (g, e) in enumerate(zip(got, expected, strict=True)):
        _compare(f"gradient of argument {i}{what}", g, beside, e, rtol, rtol * _size(e))


def _compare(what: str, got: Array, beside: str, expected: Any, rtol: float, atol: float) -> None:
    got, expected = numpy.asarray(got), numpy.asarray(expected)
    if got.shape != expected.shape:
        raise OpError(f"{what} has shape {got.shape}, {beside} has {expected.shape}.")
    with numpy.errstate(invalid="ignore"):  # inf - inf
        gap, allowed = abs(got - expected), atol + rtol * abs(expected)
        wrong = ~((gap <= allowed) | (got == expected))  # so that nan is wrong
    if wrong.any():
        at = tuple(int(k) for k in numpy.argwhere(wrong)[0])
        raise OpError(
            f"{what} differs from {beside} at index {at}\n"
            f"  it is                 {got[at]:.12g}\n"
            f"  {beside:21} {expected[at]:.12g}\n"
            f"  they differ by        {gap[at]:.3g}, allowed {allowed[at]:.3g}"
        )


# Random programs: many ops, and values that are used more than once.

# Smooth and without poles, so that differences can be trusted wherever the values lie.
SMOOTH_OPS = (
    engine.add, engine.subtract, engine.multiply, engine.matmul, engine.negative,
    engine.transpose, engine.sum, engine.mean, functions.exp, functions.tanh,
    functions.sigmoid, functions.softplus, functions.softmax, functions.log_softmax,
)  # fmt: skip
LIMIT = 4.0  # beyond it a value is squashed: six exponentials in a row would overflow


class Line(NamedTuple):
    """One line of a program: the value of this number is the op of others, perhaps squashed."""

    number: int
    op: Callable
    arguments: tuple[int, ...]
    squashed: bool

    def __repr__(self) -> str:
        call = f"{self.op.__name__}({', '.join(f'x{k}' for k in self.arguments)})"
        return f"x{self.number} = {f'tanh({call})' if self.squashed else call}"


class Program:
    """A computation graph that runs, as program(*program.arrays), and prints as Python to paste.

    steps: a list of (op, i, j). The op of the values i and j of a stack (of i alone, if it takes
    one) is put on the stack, which begins with `arrays`. The numbers count modulo its height, so
    every list is a program, and so is every part of it: that is why a failure shrinks so far.
    Left out are a step that its op refuses (a matmul of misfits), and what the last value does not
    need; a result beyond 4 is squashed by tanh.

    >>> x, multiply, add = numpy.array([1.0, 2.0]), engine.multiply, engine.add
    >>> Program([(multiply, 0, 0), (add, 0, 0), (tanh, 1, 0)], [x]).lines
    [x1 = multiply(x0, x0), x2 = tanh(x1)]
    """

    __name__ = "program"

    def __init__(self, steps: Sequence[tuple[Callable, int, int]], arrays: Sequence[Array]):
        values, lines = list(arrays), []
        for f, i, j in steps:
            places = (i % len(values), j % len(values))[: _arity(f)]
            y = _tried(f, [values[k] for k in places])
            if y is not None:
                squashed = bool(abs(y).max(initial=0.0) > LIMIT)
                lines.append(Line(len(values), f, places, squashed))
                values.append(tanh(y) if squashed else y)
        used = {len(values) - 1}
        for line in reversed(lines):
            used |= set(line.arguments) if line.number in used else set()
        new = {old: k for k, old in enumerate(sorted(used))}
        self.arrays = [x for k, x in enumerate(arrays) if k in used]
        self.lines = [
            Line(new[line.number], line.op, tuple(new[k] for k in line.arguments), line.squashed)
            for line in lines
            if line.number in used
        ]

    def values(self, *xs: Any) -> list:
        """Every value in turn, given arrays or Tensors `xs` in the place of `arrays`."""
        values = list(xs)
        for line in self.lines:
            y = line.op(*[values[k] for k in line.arguments])
            values.append(tanh(y) if line.squashed else y)
        return values

    def __call__(self, *xs: Any) -> Any:
        """The last value."""
        return self.values(*xs)[-1]

    def __repr__(self) -> str:
        ops = {line.op for line in self.lines} | {tanh for line in self.lines if line.squashed}
        arguments = [f"np.array({x.tolist()})" for x in self.arrays]
        return "\n".join([
            "import numpy as np",
            *sorted(map(_import_of, [*ops, check_grad])),
            f"def program({', '.join(f'x{k}' for k in range(len(arguments)))}):",
            *[f"    {line}" for line in self.lines],
            f"    return x{len(arguments) + len(self.lines) - 1}",
            f"check_grad({', '.join(['program', *arguments])}, order=2)",
        ])  # fmt: skip

    def _repr_pretty_(self, printer, cycle):
        printer.text(f"\n{self!r}\n")  # Hypothesis would indent all lines but the first


def _arity(op: Callable) -> int:
    """How many arguments an op must be given."""
    parameters = inspect.signature(op).parameters.values()
    count = len([p for p in parameters if p.default is p.empty])
    if count not in (1, 2):
        raise TypeError(f"programs: expected ops of one or two arguments, got {op!r}.")
    return count


def _tried(op: Callable, values: list) -> Array | None:
    """The op's result as an array; None if it refuses the arguments or the result is not finite."""
    with numpy.errstate(all="ignore"):
        try:
            y = numpy.asarray(op(*values))
        except (TypeError, ValueError):  # NumPy's two ways to refuse a shape
            return None
    return y if numpy.isfinite(y).all() else None


def _import_of(op: Callable) -> str:
    """The line that makes an op known where a program is pasted."""
    name = getattr(op, "__wrapped__", op).__qualname__
    if "<locals>" in name or op.__module__ == "__main__":
        return f"# {op.__name__} is your own: define it here"
    return f"from {op.__module__} import {op.__name__}"


@st.composite
def programs(draw, ops=SMOOTH_OPS, max_steps=6):
    """A random `Program` of up to `max_steps` of the `ops`, on one to three arrays that broadcast.

    ops: of one or two arguments, such as your own beside SMOOTH_OPS.
    Every value stays moderate: check_grad(program, *program.arrays, order=2) must pass.

    >>> from hypothesis import find
    >>> find(programs(), lambda p: len(p.lines) == 1).lines
    [x1 = add(x0, x0)]
    """
    n = draw(st.integers(2, 3))
    # Closed under broadcasting, transposing, summing and, as far as they fit, matrix products.
    family = st.sampled_from([(), (1,), (n,), (1, n), (n, 1), (n, n)])
    leaf = arrays(family, floats(-1.5, 1.5), layouts=["contiguous"])  # as printed, so run
    place = st.integers(0, max_steps + 2)
    steps = st.lists(st.tuples(st.sampled_from(ops), place, place), max_size=max_steps)
    return Program(draw(steps), draw(st.lists(leaf, min_size=1, max_size=3)))
