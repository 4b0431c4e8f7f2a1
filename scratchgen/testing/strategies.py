"""What Hypothesis draws: elements, shapes and arrays, each strategy named by what it varies.

Two bounds hold for all of them. An array has at most 3 axes of at most 3 elements: 27 elements
show every fault of broadcasting and reduction, and are cheap to check one by one. And values keep
their third derivative moderate, since central differences are wrong by h^2 / 6 of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

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
