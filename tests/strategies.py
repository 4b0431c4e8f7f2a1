"""Hypothesis strategies, named by the axis they vary: shapes, values, indices, axes to reduce.

Each bound has its reason beside it. Two hold everywhere: an array has at most 3 axes of at most 3
elements, since 27 elements show every fault of broadcasting and reduction and are still cheap to
check one by one; and values keep their third derivative near 1, since central differences are
wrong by h^2/6 of it.
"""

import math

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

MAX_AXES = 3
MAX_SIDE = 3
GAP = 0.25  # from a kink or a tie: four orders above the step of central differences


def floats(low, high):
    """Floats in [low, high] that float32 can hold, so that both types see the same number."""
    return st.floats(low, high, width=32, allow_subnormal=False)


moderate = floats(-3, 3)  # exp, tanh and sigmoid bend here and nowhere saturate to rounding
positive = floats(0.5, 3)  # away from 0, where log, sqrt and 1/x have no bounded derivatives
off_zero = st.one_of(floats(GAP, 3), floats(-3, -GAP))  # either side of the kink of abs and relu


def shapes(min_axes=0, max_axes=MAX_AXES, min_side=0):
    """Shapes with 0-d, size-1 and size-0 axes among them; min_side=1 leaves out the empty ones."""
    return hnp.array_shapes(
        min_dims=min_axes, max_dims=max_axes, min_side=min_side, max_side=MAX_SIDE
    )


def arrays(shape=None, elements=moderate):
    """A float64 array, of any shape unless told."""
    shape = shapes() if shape is None else shape
    return hnp.arrays(np.float64, shape, elements=elements)


def broadcastable(count=2):
    """`count` shapes that broadcast together, in every direction; size 0 among them."""
    return hnp.mutually_broadcastable_shapes(
        num_shapes=count, min_side=0, max_side=MAX_SIDE, max_dims=MAX_AXES
    ).map(lambda drawn: drawn.input_shapes)


@st.composite
def broadcasting(draw, *elements):
    """One array for each of `elements`, of shapes that broadcast together."""
    drawn = draw(broadcastable(len(elements)))
    return tuple(draw(arrays(shape, e)) for shape, e in zip(drawn, elements, strict=True))


@st.composite
def same_shape(draw, *elements, shape=None):
    """One array for each of `elements`, all of one shape."""
    drawn = draw(shapes() if shape is None else shape)
    return tuple(draw(arrays(drawn, e)) for e in elements)


@st.composite
def without_ties(draw, shape):
    """An array of distinct values, a GAP apart: the maximum stays where it is under a step."""
    shape = draw(shape)
    order = draw(st.permutations(range(math.prod(shape))))
    return GAP * np.array(order, dtype=np.float64).reshape(shape) - 1.0


_level = st.integers(-6, 5)  # a few levels, so that neighbours across the gap are common
even_level = _level.map(lambda k: 2 * k * GAP)
odd_level = _level.map(lambda k: (2 * k + 1) * GAP)  # never equal to an even one


@st.composite
def axis_of(draw, ndim):
    """What an `axis` argument may be: None, one axis from either end, or several."""
    if ndim == 0:
        return None
    one = st.integers(-ndim, ndim - 1)
    several = st.sets(st.integers(0, ndim - 1), max_size=ndim).map(tuple)
    return draw(st.one_of(st.none(), one, several))


@st.composite
def index_of(draw, shape):
    """What may stand in x[...]: numbers, slices, ..., None; a mask; integer lists that repeat."""
    kinds: list[st.SearchStrategy] = [hnp.basic_indices(shape, allow_newaxis=True, max_dims=5)]
    if shape:
        kinds.append(hnp.arrays(np.bool_, shape))
    if shape and 0 not in shape:
        # Up to 5 picks out of at most 3, so that repeats are the rule and not the exception.
        picks = [st.lists(st.integers(-n, n - 1), min_size=5, max_size=5) for n in shape]
        kinds += [picks[0], st.tuples(*picks), picks[0].map(np.array)]
    return draw(st.one_of(kinds))


@st.composite
def matrices(draw, vectors=True):
    """Two factors of a matrix product: matrices, stacks that broadcast, vectors on either side."""
    side = st.integers(0, MAX_SIDE)
    n, k, m = draw(side), draw(side), draw(side)
    lead = st.sampled_from([(), (1,), (2,)])  # one axis of matrices stacked is enough to broadcast
    a, b = (*draw(lead), n, k), (*draw(lead), k, m)
    if vectors:
        a, b = draw(st.sampled_from([a, (k,)])), draw(st.sampled_from([b, (k,)]))
    return draw(arrays(a)), draw(arrays(b))
