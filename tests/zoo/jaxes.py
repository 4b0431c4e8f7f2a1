"""Faults of JAX's `custom_vjp`s."""

import jax
import numpy as np
from jax import numpy as jnp

from scratchgen.testing import arrays, by_signature, off_zero, on_zero, pairs, positive, shapes
from tests.zoo import Animal

jax.config.update("jax_enable_x64", True)

RNG = np.random.default_rng(0)
MATRIX = [RNG.standard_normal((2, 3))]
TWO = [RNG.standard_normal((2, 3)), RNG.standard_normal((2, 3))]
one = arrays(shapes())
with_axes = arrays(shapes(min_axes=1, min_side=1))


def ruled(f, forward, backward):
    """A custom_vjp of f with these two functions."""
    made = jax.custom_vjp(f)
    made.defvjp(forward, backward)
    return made


def summed(g, x):
    """g, summed over the axes along which x was repeated."""
    g = g.sum(tuple(range(g.ndim - x.ndim)))
    axes = tuple(k for k, n in enumerate(x.shape) if n == 1 and g.shape[k] != 1)
    return g.sum(axes, keepdims=True) if axes else g


def of_x(f):
    """The forward function that keeps x."""
    return lambda x: (f(x), x)


def of_y(f):
    """The forward function that keeps the result."""

    def forward(x):
        y = f(x)
        return y, y

    return forward


def both(f):
    """The forward function that keeps both arguments."""
    return lambda a, b: (f(a, b), (a, b))


def product(a, b):
    return a * b


def size(x):
    return jnp.abs(x)


def softmax(x):
    return jax.nn.softmax(x, axis=-1)


def cumsum(x):
    return jnp.cumsum(x, -1)


def quotient(a, b):
    return a / b


def relu(x):
    return jnp.maximum(x, 0)


def linear(x, w):
    return x @ w


def log_size(x):
    return jnp.log(jnp.abs(x))


def right_product(kept, g):
    a, b = kept
    return summed(g * b, a), summed(g * a, b)


def right_quotient(kept, g):
    a, b = kept
    return summed(g / b, a), summed(-g * a / b**2, b)


def wrong_quotient(kept, g):
    a, b = kept
    return summed(g / b, a), summed(-g * a / (b**2 + 1e-5), b)


RIGHT_TANH = ruled(jnp.tanh, of_y(jnp.tanh), lambda y, g: (g * (1 - y * y),))
RIGHT_SOFTMAX = ruled(
    softmax, of_y(softmax), lambda y, g: (y * (g - (g * y).sum(-1, keepdims=True)),)
)
RIGHT_LINEAR = ruled(linear, both(linear), lambda kept, g: (g @ kept[1].T, kept[0].T @ g))

ANIMALS = [
    Animal(
        "gradients exchanged",
        ruled(product, both(product), right_product),
        ruled(
            product, both(product), lambda k, g: (summed(g * k[0], k[0]), summed(g * k[1], k[1]))
        ),
        pairs(),
        TWO,
    ),
    Animal(
        "stop_gradient cuts the second derivative",
        RIGHT_TANH,
        ruled(jnp.tanh, of_y(jnp.tanh), lambda y, g: (g * (1 - jax.lax.stop_gradient(y) ** 2),)),
        one,
        MATRIX,
    ),
    Animal(
        "g is clipped",
        RIGHT_TANH,
        ruled(jnp.tanh, of_y(jnp.tanh), lambda y, g: (jnp.clip(g * (1 - y * y), -5, 5),)),
        one,
        MATRIX,
    ),
    Animal(
        "computed in float32",
        RIGHT_TANH,
        ruled(
            jnp.tanh,
            of_y(jnp.tanh),
            lambda y, g: ((g * (1 - y * y)).astype("float32").astype(g.dtype),),
        ),
        one,
        MATRIX,
    ),
    Animal(
        "softmax sums everything",
        RIGHT_SOFTMAX,
        ruled(softmax, of_y(softmax), lambda y, g: (y * (g - (g * y).sum()),)),
        with_axes,
        [RNG.standard_normal(3)],
    ),
    Animal(
        "a cumulative sum the same way back",
        ruled(cumsum, of_x(cumsum), lambda x, g: (jnp.cumsum(g[..., ::-1], -1)[..., ::-1],)),
        ruled(cumsum, of_x(cumsum), lambda x, g: (jnp.cumsum(g, -1),)),
        with_axes,
        MATRIX,
    ),
    Animal(
        "a denominator padded",
        ruled(quotient, both(quotient), right_quotient),
        ruled(quotient, both(quotient), wrong_quotient),
        pairs(second=positive),
        [RNG.uniform(0.5, 3, (2, 3)), RNG.uniform(0.5, 3, (2, 3))],
    ),
    Animal(
        "relu's slope at 0 is 2",
        ruled(relu, of_x(relu), lambda x, g: (g * (x > 0),)),
        ruled(relu, of_x(relu), lambda x, g: (g * ((x > 0) + 2.0 * (x == 0)),)),
        arrays(shapes(), on_zero),
        MATRIX,
    ),
    Animal(
        "a product's gradient transposed where it fits",
        RIGHT_LINEAR,
        ruled(
            linear,
            both(linear),
            lambda kept, g: (g @ kept[1].T, (kept[0].T @ g).T.reshape(kept[1].shape)),
        ),
        by_signature("(n,k),(k,m)", stacks=0),
        [RNG.standard_normal((2, 1)), RNG.standard_normal((1, 2))],
    ),
    Animal(
        "a logarithm's size for its slope",
        ruled(log_size, of_x(log_size), lambda x, g: (g / x,)),
        ruled(log_size, of_x(log_size), lambda x, g: (g / jnp.abs(x),)),
        arrays(shapes(), off_zero),
        [RNG.uniform(0.5, 3, (2, 3))],
    ),
    Animal(
        "a value of its own while it is differentiated",
        ruled(size, lambda x: (jnp.abs(x), x), lambda x, g: (g * jnp.sign(x),)),
        ruled(
            size, lambda x: (jnp.where(x == 0, 1.0, jnp.abs(x)), x), lambda x, g: (g * jnp.sign(x),)
        ),
        arrays(shapes(), on_zero),
        MATRIX,
    ),
]
