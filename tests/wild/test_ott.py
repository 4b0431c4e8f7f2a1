"""ott-jax 0.6.0, optimal transport, for JAX.

pip install ott-jax==0.6.0
python -m pytest tests/wild/test_ott.py
"""

import jax
import pytest
from jax import numpy as jnp
from ott.math.utils import lambertw, logsumexp, norm, softmin

from scratchgen.gradcheck import GradientError
from scratchgen.testing import (
    OpError,
    arrays,
    from_jax,
    moderate,
    off_zero,
    on_zero,
    positive,
    prove,
    same_shape,
    shapes,
)

jax.config.update("jax_enable_x64", True)
vectors, rows = shapes(min_axes=1, max_axes=1, min_side=1), shapes(min_axes=1, min_side=1)

test_lambertw = prove(from_jax(lambertw), arrays(elements=positive), seed=0, examples=100)
test_norm_off_zero = prove(from_jax(norm), arrays(vectors, off_zero), seed=0, examples=100)
test_logsumexp = prove(
    from_jax(lambda x: logsumexp(x, -1), "logsumexp"), arrays(rows), seed=0, examples=100
)
test_softmin = prove(
    from_jax(lambda x: softmin(x, 0.5, -1), "softmin"), arrays(rows), seed=0, examples=100
)


# norm, at 0: while it is differentiated, its value is that of a vector of ones.


def test_the_norm_of_zeros():
    with pytest.raises(OpError, match="(?s)output 0 differs.*a rule of its own computes another"):
        prove(from_jax(norm), arrays(vectors, on_zero), seed=0, examples=100)()


def test_the_norm_of_zeros_by_hand():
    assert norm(jnp.zeros(3)) == 0
    assert jax.value_and_grad(norm)(jnp.zeros(3))[0] == 3**0.5
    # Its purpose, a gradient of 0 there, fails for one row of zeros among others.
    slopes = jax.grad(lambda x: norm(x, axis=-1).sum())(jnp.array([[0.0, 0.0], [3.0, 4.0]]))
    assert jnp.isnan(slopes[0]).all()


# softmin holds gamma constant: its gradient by gamma is 0 without a word.


def test_the_gradient_by_gamma():
    one_gamma = from_jax(lambda x, gamma: softmin(x, gamma[0], None), "softmin")
    with pytest.raises(GradientError, match="derivative of order 1 is wrong for argument 1"):
        prove(one_gamma, same_shape(moderate, positive, shape=vectors), seed=0, examples=100)()


def test_the_gradient_by_gamma_by_hand():
    x = jnp.array([1.0, 2.0])
    assert jax.grad(softmin, argnums=1)(x, 0.5, None) == 0
    assert (softmin(x, 0.5 + 1e-5, None) - softmin(x, 0.5 - 1e-5, None)) / 2e-5 < -0.3


# logsumexp of nothing but -inf: its value becomes 0 while it is differentiated. Our proofs draw no
# infinities, so this was read, not found.


def test_the_logarithm_of_nothing_by_hand():
    nothing = jnp.full(2, -jnp.inf)
    assert logsumexp(nothing) == -jnp.inf
    assert jax.value_and_grad(logsumexp)(nothing)[0] == 0
