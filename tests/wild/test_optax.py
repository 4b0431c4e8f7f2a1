"""optax 0.2.8, optimisers, for JAX.

pip install optax==0.2.8
python -m pytest tests/wild/test_optax.py
"""

import jax
import pytest
from jax import numpy as jnp
from optax.losses._classification import weighted_logsoftmax
from optax.projections import projection_simplex

from scratchgen.testing import (
    OpError,
    arrays,
    from_jax,
    moderate,
    positive,
    prove,
    same_shape,
    shapes,
)

jax.config.update("jax_enable_x64", True)
vectors = shapes(min_axes=1, max_axes=1, min_side=1)

test_the_simplex = prove(
    from_jax(projection_simplex), arrays(vectors), seed=0, examples=100, skip=["float32"]
)
test_weighted_logsoftmax = prove(
    from_jax(weighted_logsoftmax),
    same_shape(moderate, positive, shape=shapes(min_axes=1, min_side=1)),
    seed=0,
    examples=100,
)


# float32 among float64: the projection becomes float64, and its gradient an error.


def test_the_simplex_in_float32():
    with pytest.raises(OpError, match="Expected float64.* but got float32"):
        prove(from_jax(projection_simplex), arrays(vectors), seed=0, examples=100)()


def test_the_simplex_in_float32_by_hand():
    x = jnp.array([1.0, 2.0], "float32")
    assert projection_simplex(x).dtype == "float64"  # where jax_enable_x64 is on
    with pytest.raises(TypeError, match="Expected float64"):
        jax.grad(lambda x: projection_simplex(x)[0])(x)
