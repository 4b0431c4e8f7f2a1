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
    MAX_AXES, MAX_SIDE, GAP, LAYOUTS,
    floats, moderate, positive, off_zero, on_zero, extreme_logits, even_level, odd_level,
    shapes, broadcastable, arrays, broadcasting, pairs, triples, same_shape,
    by_signature, matmul_pairs, without_ties, axis_of, index_of,
)  # fmt: skip
