"""Property tests of gradients, for this library's ops and for your own; needs Hypothesis.

    @given(pairs())
    def test_my_op(arrays):
        check_op(my_op, *arrays, reference=my_formula)

Three parts: strategies, each named by what it varies, that draw the arguments; `check_op`, which
holds one op to everything a gradient must satisfy; and `programs`, random graphs of many ops.
"""

from .checking import check_op
from .comparing import OpError
from .program import LIMIT, SMOOTH_OPS, Line, Program, programs
from .properties import Derivatives
from .strategies import (
    GAP,
    LAYOUTS,
    MAX_AXES,
    MAX_SIDE,
    arrays,
    axis_of,
    broadcastable,
    broadcasting,
    by_signature,
    even_level,
    extreme_logits,
    floats,
    index_of,
    matmul_pairs,
    moderate,
    odd_level,
    off_zero,
    on_zero,
    pairs,
    positive,
    same_shape,
    shapes,
    triples,
    without_ties,
)  # fmt: skip

__all__ = [
    "GAP", "LAYOUTS", "LIMIT", "MAX_AXES", "MAX_SIDE", "SMOOTH_OPS", "Derivatives", "Line",
    "OpError", "Program", "arrays", "axis_of", "broadcastable", "broadcasting", "by_signature",
    "check_op", "even_level", "extreme_logits", "floats", "index_of", "matmul_pairs", "moderate",
    "odd_level", "off_zero", "on_zero", "pairs", "positive", "programs", "same_shape", "shapes",
    "triples", "without_ties",
]  # fmt: skip
