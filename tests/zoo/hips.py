"""Faults of HIPS autograd's primitives: of `defvjp`s."""

import autograd.numpy as anp
import numpy as np
from autograd.extend import defvjp, primitive
from autograd.numpy.numpy_vjps import unbroadcast_f

from scratchgen.testing import arrays, by_signature, off_zero, pairs, positive, shapes
from tests.zoo import Animal

RNG = np.random.default_rng(0)
MATRIX = [RNG.standard_normal((2, 3))]
TWO = [RNG.standard_normal((2, 3)), RNG.standard_normal((2, 3))]
one = arrays(shapes())
with_axes = arrays(shapes(min_axes=1, min_side=1))


def ruled(f, *rules):
    """A primitive of f with these vector-Jacobian products."""
    made = primitive(f)
    defvjp(made, *rules)
    return made


def product(a, b):
    return a * b


def tanh(x):
    return np.tanh(x)


def root(x):
    return np.sqrt(x)


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def linear(x, w):
    return x @ w


def mean(x):
    return x.mean(-1)


def size(x):
    return np.abs(x)


RIGHT_PRODUCT = ruled(
    product,
    lambda y, a, b: unbroadcast_f(a, lambda g: g * b),
    lambda y, a, b: unbroadcast_f(b, lambda g: g * a),
)
RIGHT_TANH = ruled(tanh, lambda y, x: lambda g: g * (1 - y * y))
RIGHT_SOFTMAX = ruled(
    softmax, lambda y, x: lambda g: y * (g - anp.sum(g * y, axis=-1, keepdims=True))
)

ANIMALS = [
    Animal(
        "a broadcast gradient is not unbroadcast",
        RIGHT_PRODUCT,
        ruled(product, lambda y, a, b: lambda g: g * b, lambda y, a, b: lambda g: g * a),
        pairs(),
        TWO,
    ),
    Animal(
        "g is written into",
        RIGHT_TANH,
        ruled(tanh, lambda y, x: lambda g: np.multiply(g, 1 - y * y, out=g)),
        one,
        MATRIX,
    ),
    Animal(
        "NumPy's own function cuts the second derivative",
        RIGHT_TANH,
        ruled(tanh, lambda y, x: lambda g: g * (1 - np.square(np.tanh(np.asarray(_plain(x)))))),
        one,
        MATRIX,
    ),
    Animal(
        "g is clipped",
        RIGHT_TANH,
        ruled(tanh, lambda y, x: lambda g: anp.clip(g * (1 - y * y), -5, 5)),
        one,
        MATRIX,
    ),
    Animal(
        "softmax sums everything",
        RIGHT_SOFTMAX,
        ruled(softmax, lambda y, x: lambda g: y * (g - anp.sum(g * y))),
        with_axes,
        [RNG.standard_normal(3)],
    ),
    Animal(
        "a root padded in its rule",
        ruled(root, lambda y, x: lambda g: g / (2 * y)),
        ruled(root, lambda y, x: lambda g: g / (2 * y + 1e-5)),
        arrays(shapes(), positive),
        [RNG.uniform(0.5, 3, (2, 3))],
    ),
    Animal(
        "a product's gradient transposed where it fits",
        ruled(linear, lambda y, x, w: lambda g: g @ w.T, lambda y, x, w: lambda g: x.T @ g),
        ruled(
            linear,
            lambda y, x, w: lambda g: g @ w.T,
            lambda y, x, w: lambda g: (x.T @ g) if w.shape[0] != w.shape[1] else (x.T @ g).T,
        ),
        by_signature("(n,k),(k,m)", stacks=0),
        [RNG.standard_normal((2, 3)), RNG.standard_normal((3, 2))],
    ),
    Animal(
        "a mean divided by all elements",
        ruled(
            mean, lambda y, x: lambda g: anp.expand_dims(g, -1) * anp.ones(x.shape) / x.shape[-1]
        ),
        ruled(mean, lambda y, x: lambda g: anp.expand_dims(g, -1) * anp.ones(x.shape) / x.size),
        with_axes,
        [RNG.standard_normal(3)],
    ),
    Animal(
        "a sign from the square's root",
        ruled(size, lambda y, x: lambda g: g * anp.sign(x)),
        ruled(size, lambda y, x: lambda g: g * x / (y + 1e-6)),
        arrays(shapes(), off_zero),
        [RNG.uniform(0.5, 3, (2, 3))],
    ),
]


def _plain(x):
    """An array without autograd's box around it."""
    while hasattr(x, "_value"):
        x = x._value
    return x
