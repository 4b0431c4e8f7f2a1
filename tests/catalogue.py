"""The catalogue: every op and loss once, with arguments to draw and a reference to hold it against.

A row says how to draw a `Case`: the float64 arrays to differentiate by, and the other arguments.
Ops with a kink have two rows, away from it and on it. The reference is written from the definition,
in `math` on Python floats where that is possible, and never calls the library.

`test_functions.py` puts every row through `check_op`; a new op needs one row here and no test.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from scratchgen import engine, functions
from scratchgen import testing as some
from scratchgen.testing import check_op


class Case(NamedTuple):
    """Arguments of one call: `arrays` to differentiate by, and options that are constant."""

    arrays: tuple[np.ndarray, ...]
    options: dict[str, Any]


class Row(NamedTuple):
    """One op: how to call it, on what, and what should come out."""

    covers: Callable  # the op or function itself: a test looks for what is not in the catalogue
    cases: st.SearchStrategy[Case]
    reference: Callable  # called as `call` is, on float64 arrays
    call: Callable | None = None  # where the arrays are not the first arguments
    analytic: bool = True  # whether the complex step applies
    atol: float = 0.0  # of the value, beside an rtol of 1e-12
    where: str = ""  # which part of its domain, if it has several rows

    @property
    def name(self):
        return f"{self.covers.__name__} {self.where}".strip()

    def check(self, case):
        """`check_op` of one case: all that a gradient must satisfy."""
        check_op(
            self.call or self.covers,
            *case.arrays,
            reference=self.reference,
            analytic=self.analytic,
            atol=self.atol,
            **case.options,
        )


def case(*arrays, **options):
    return Case(arrays, options)


def unary(elements=some.moderate):
    return some.arrays(elements=elements).map(case)


def binary(first=some.moderate, second=some.moderate):
    return some.broadcasting(first, second).map(lambda two: case(*two))


@st.composite
def reductions(draw, values=some.arrays, min_side=0, axes=some.axis_of):
    x = draw(values(some.shapes(min_side=min_side)))
    return case(x, axis=draw(axes(x.ndim)), keepdims=draw(st.booleans()))


@st.composite
def along_one_axis(draw):
    x = draw(some.arrays(some.shapes(min_side=1)))
    return case(x, axis=draw(st.integers(-x.ndim, x.ndim - 1)) if x.ndim else -1)


@st.composite
def reshaped(draw):
    x = draw(some.arrays())
    splits = [x.shape[::-1], (x.size,), (1, *x.shape)] + [(-1, 1)] * (x.size > 0)
    return case(x, shape=draw(st.sampled_from(splits)))


@st.composite
def permuted(draw):
    x = draw(some.arrays())
    order = draw(st.permutations(range(x.ndim)))
    from_the_end = tuple(a - x.ndim for a in order)
    return case(x, axes=draw(st.sampled_from([None, tuple(order), from_the_end])))


@st.composite
def indexed(draw):
    x = draw(some.arrays())
    return case(x, index=draw(some.index_of(x.shape)))


@st.composite
def put_back(draw):
    shape = draw(some.shapes())
    index = draw(some.index_of(shape))
    x = draw(some.arrays(np.zeros(shape)[index].shape))
    return case(x, index=index, shape=shape)


@st.composite
def broadcast_up(draw):
    small, other = draw(some.broadcastable())
    return case(draw(some.arrays(small)), shape=np.broadcast_shapes(small, other))


@st.composite
def summed_down(draw):
    small, other = draw(some.broadcastable())
    return case(draw(some.arrays(np.broadcast_shapes(small, other))), shape=small)


@st.composite
def masked(draw):
    m, a, b = draw(some.broadcastable(3))
    mask = np.array(draw(some.arrays(m))) > 0
    return case(draw(some.arrays(a)), draw(some.arrays(b)), mask=mask)


@st.composite
def powers(draw):
    p = draw(st.sampled_from([0, 1, 2, 3, -1, 0.5, -1.5, 2.0]))
    whole = float(p).is_integer() and p >= 0  # only then does x <= 0 have all its derivatives
    return case(draw(some.arrays(elements=some.moderate if whole else some.positive)), p=p)


@st.composite
def adjacent(draw, count):
    shape = list(draw(some.shapes(min_axes=1)))
    axis = draw(st.integers(-len(shape), len(shape) - 1))
    parts = []
    for _ in range(count):
        shape[axis] = draw(st.integers(0, some.MAX_SIDE))
        parts.append(draw(some.arrays(tuple(shape))))
    return case(*parts, axis=axis)


def with_ties(shape):
    return some.arrays(shape, some.even_level)


def products(vectors):
    return some.matmul_pairs(vectors).map(lambda two: case(*two))


def layers():
    return some.by_signature("(n,d),(d,h),(h)", stacks=0).map(lambda three: case(*three))


@st.composite
def classified(draw):
    N, C = draw(st.integers(1, some.MAX_SIDE)), draw(st.integers(1, some.MAX_SIDE))
    labels = draw(st.lists(st.integers(0, C - 1), min_size=N, max_size=N))
    return case(draw(some.arrays((N, C))), labels=np.array(labels))


# Where the arrays to differentiate by are not the first arguments.


def concatenate(*xs, axis):
    return functions.concatenate(xs, axis)


def where(a, b, mask):
    return functions.where(mask, a, b)


# References.


def elementwise(f):
    """`f` of Python floats, applied to every element of arrays that broadcast."""

    def reference(*arrays, **options):
        arrays = np.broadcast_arrays(*arrays)
        y = [f(*map(float, xs), **options) for xs in zip(*(a.flat for a in arrays), strict=True)]
        return np.array(y, dtype=np.float64).reshape(arrays[0].shape)

    return reference


def reduction(f):
    """`f` of a list of Python floats, for every position along the axes that stay."""

    def reference(x, axis=None, keepdims=False):
        lost = range(x.ndim) if axis is None else np.atleast_1d(np.array(axis, dtype=int)) % x.ndim
        lost = {int(a) for a in lost}
        y = np.empty([1 if i in lost else n for i, n in enumerate(x.shape)])
        for at in np.ndindex(y.shape):
            line = x[tuple(slice(None) if i in lost else at[i] for i in range(x.ndim))]
            y[at] = f([float(v) for v in line.flat])
        return y if keepdims else y.squeeze(tuple(lost))

    return reference


def _logsumexp(xs):
    return math.log(math.fsum(math.exp(x) for x in xs))


def _softmax(x, axis):
    total = reduction(lambda xs: math.fsum(map(math.exp, xs)))
    return np.exp(x) / total(x, axis if x.ndim else None, keepdims=True)


def _put(x, index, shape):
    """Each element of x goes where the index takes an array of positions from."""
    y = np.zeros(math.prod(shape))
    places = np.arange(y.size).reshape(shape)[index]
    for place, value in zip(np.ravel(places), np.ravel(x), strict=True):
        y[place] += value
    return y.reshape(shape)


def _sum_to(x, shape):
    """Each element goes to the place that broadcasting would have read it from."""
    y = np.zeros(math.prod(shape))
    places = np.broadcast_to(np.arange(y.size).reshape(shape), x.shape)
    for place, value in zip(places.flat, x.flat, strict=True):
        y[place] += value
    return y.reshape(shape)


def _matmul2d(a, b):
    return np.einsum("...ij,...jk->...ik", a, b)


def _matmul(a, b):
    rows, columns = "i" * (a.ndim > 1), "k" * (b.ndim > 1)
    return np.einsum(f"...{rows}j,...j{columns}->...{rows}{columns}", a, b)


def _kl(mean, log_var):
    terms = elementwise(lambda m, s: (math.exp(s) + m * m - 1 - s) / 2)(mean, log_var)
    return reduction(math.fsum)(terms, -1)


def _cross_entropy(logits, labels):
    rows = zip(logits.tolist(), labels, strict=True)
    return math.fsum(_logsumexp(row) - row[label] for row, label in rows) / len(labels)


def _bce(logits, targets):
    p = 1 / (1 + np.exp(-logits))
    return -targets * np.log(p) - (1 - targets) * np.log(1 - p)


def _mse(prediction, target):
    pairs = zip(prediction.flat, target.flat, strict=True)
    return math.fsum((p - t) ** 2 for p, t in pairs) / prediction.size


def kinked(covers, away, on, reference):
    """Two rows: one where every derivative exists, one where arguments hit the kink or tie."""
    return (
        Row(covers, away, reference, analytic=False),
        Row(covers, on, reference, analytic=False, where="on its kink"),
    )


CANCELS = 1e-12  # terms of either sign cancel: each rounds by its own size, which is near 1
probability = some.floats(0, 1)
in_line = some.shapes(min_axes=1, max_axes=2, min_side=0)

ROWS = [
    # Arithmetic, broadcast both ways.
    Row(engine.add, binary(), elementwise(lambda a, b: a + b)),
    Row(engine.subtract, binary(), elementwise(lambda a, b: a - b)),
    Row(engine.multiply, binary(), elementwise(lambda a, b: a * b)),
    Row(engine.divide, binary(second=some.off_zero), elementwise(lambda a, b: a / b)),
    Row(engine.negative, unary(), elementwise(lambda x: -x)),
    Row(engine.power, powers(), elementwise(lambda x, p: math.pow(x, p))),
    Row(engine._raised, binary(some.positive), elementwise(math.pow), atol=1e-14),
    Row(engine.matmul2d, products(vectors=False), _matmul2d, atol=CANCELS),
    Row(engine.matmul, products(vectors=True), _matmul, atol=CANCELS),
    # Shapes.
    Row(engine.broadcast_to, broadcast_up(), lambda x, shape: x + np.zeros(shape)),
    Row(engine.sum_to, summed_down(), _sum_to, atol=CANCELS),
    Row(engine.reshape, reshaped(), lambda x, shape: np.array(list(x.flat)).reshape(shape)),
    Row(engine.transpose, permuted(), lambda x, axes: np.transpose(x, axes)),
    Row(engine.getitem, indexed(), lambda x, index: x[index]),
    Row(engine.put, put_back(), _put, atol=CANCELS),
    Row(functions.join, adjacent(2), lambda a, b, axis: np.append(a, b, axis)),
    Row(
        functions.concatenate,
        adjacent(5),
        lambda *xs, axis: np.concatenate(xs, axis),
        call=concatenate,
    ),
    # Elementwise.
    Row(functions.exp, unary(), elementwise(math.exp)),
    Row(functions.log, unary(some.positive), elementwise(math.log)),
    Row(functions.sqrt, unary(some.positive), elementwise(math.sqrt)),
    Row(functions.tanh, unary(), elementwise(math.tanh)),
    Row(functions.sigmoid, unary(), elementwise(lambda x: 1 / (1 + math.exp(-x)))),
    Row(functions.softplus, unary(), elementwise(lambda x: math.log1p(math.exp(x)))),
    Row(
        functions.where,
        masked(),
        lambda a, b, mask: elementwise(lambda m, a, b: a if m else b)(mask, a, b),
        call=where,
    ),
    # Over axes.
    Row(engine.sum, reductions(), reduction(math.fsum), atol=CANCELS),
    Row(
        engine.mean,
        reductions(min_side=1),
        reduction(lambda xs: math.fsum(xs) / len(xs)),
        atol=CANCELS,
    ),
    Row(functions.logsumexp, reductions(min_side=1), reduction(_logsumexp), atol=CANCELS),
    Row(functions.softmax, along_one_axis(), _softmax),
    Row(
        functions.log_softmax,
        along_one_axis(),
        lambda x, axis: np.log(_softmax(x, axis)),
        atol=CANCELS,
    ),
    # Layers and losses.
    Row(functions.linear, layers(), lambda x, W, b: _matmul2d(x, W) + b, atol=CANCELS),
    Row(
        functions.bce,
        some.same_shape(some.moderate, probability).map(lambda two: case(*two)),
        _bce,
        atol=CANCELS,
    ),
    Row(
        functions.bce_with_logits,
        some.same_shape(some.moderate, probability).map(lambda two: case(*two)),
        _bce,
        atol=CANCELS,
    ),
    Row(
        functions.gaussian_kl,
        some.same_shape(some.moderate, some.moderate, shape=in_line).map(lambda two: case(*two)),
        _kl,
        atol=CANCELS,
    ),
    Row(
        functions.mse,
        some.same_shape(some.moderate, some.moderate, shape=some.shapes(min_side=1)).map(
            lambda two: case(*two)
        ),
        _mse,
        atol=CANCELS,
    ),
    Row(functions.cross_entropy, classified(), _cross_entropy, atol=CANCELS),
    # With a kink, or ties.
    *kinked(functions.abs, unary(some.off_zero), unary(some.on_zero), elementwise(math.fabs)),
    *kinked(
        functions.relu,
        unary(some.off_zero),
        unary(some.on_zero),
        elementwise(lambda x: x if x > 0 else 0.0),
    ),
    *kinked(
        functions.leaky_relu,
        st.builds(case, some.arrays(elements=some.off_zero), slope=st.sampled_from([0.2, 0.01])),
        st.builds(case, some.arrays(elements=some.on_zero), slope=st.sampled_from([0.2, 0.01])),
        elementwise(lambda x, slope: x if x > 0 else slope * x),
    ),
    *kinked(
        functions.clip,
        st.builds(case, some.arrays(elements=some.off_zero), low=st.just(-2.1), high=st.just(0.1)),
        st.builds(case, some.arrays(elements=some.on_zero), low=st.just(-1), high=st.just(1)),
        elementwise(lambda x, low, high: min(max(x, low), high)),
    ),
    *[
        Row(
            functions.clip,
            st.builds(case, some.arrays(elements=some.off_zero), **{side: st.just(0.1)}),
            elementwise(reference),
            analytic=False,
            where=f"with one bound, {side}",
        )
        for side, reference in {
            "low": lambda x, low: max(x, low),
            "high": lambda x, high: min(x, high),
        }.items()
    ],
    *kinked(
        functions.maximum,
        binary(some.even_level, some.odd_level),
        binary(some.even_level, some.even_level),
        elementwise(lambda a, b: a if a > b else b),
    ),
    *kinked(
        functions.minimum,
        binary(some.even_level, some.odd_level),
        binary(some.even_level, some.even_level),
        elementwise(lambda a, b: a if a < b else b),
    ),
    *kinked(
        functions.max,
        reductions(some.without_ties, min_side=1),
        reductions(with_ties, min_side=1),
        reduction(max),
    ),
]
