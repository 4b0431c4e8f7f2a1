"""The same training steps in JAX, compiled by XLA as one function each, and in MyGrad.

Weights, data and Adam are those of the HIPS contenders, so that all three compute the same numbers.
A step's function has them beside it, `step.weights()`, for whoever compares.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from tests.benchmarks.contenders import (
    D_WIDTHS,
    DECODER,
    ENCODER,
    G_WIDTHS,
    TINY,
    Z_VAE,
    HipsAdam,
    Step,
    data,
    hips_weights,
)

BODY = len(ENCODER) - 1  # layers of the encoder, before its two heads


def vae_weights(rng: np.random.Generator) -> list:
    """A list of (W, b): encoder, the heads of mean and log variance, decoder."""
    heads = [pair for _ in range(2) for pair in hips_weights([ENCODER[-1], Z_VAE], rng)]
    return [*hips_weights(ENCODER, rng), *heads, *hips_weights(DECODER, rng)]


def with_weights(step: Callable, weights: Callable[[], list]) -> Step:
    """The step, with a function beside it that returns its weights as NumPy arrays."""
    step.weights = lambda: [np.asarray(w) for pair in weights() for w in pair]  # type: ignore[attr-defined]
    return step


# JAX.


def jax_net(weights, x, inner, last=None):
    """The stack of linear layers."""
    *body, (W, b) = weights
    for V, c in body:
        x = inner(x @ V + c)
    x = x @ W + b
    return last(x) if last else x


def jax_adam(weights, lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999)):
    """Adam's memory of weights, and its step: (weights, memory, gradients) -> (weights, memory)."""
    import jax
    import jax.numpy as jnp

    zeros = lambda: jax.tree.map(lambda w: np.zeros_like(w), weights)
    b1, b2 = betas

    def step(weights, memory, gradients):
        t, m, v = memory
        t = t + 1
        m = jax.tree.map(lambda m, g: m + (1 - b1) * (g - m), m, gradients)
        v = jax.tree.map(lambda v, g: v + (1 - b2) * (g * g - v), v, gradients)
        rate, root = lr / (1 - b1**t), jnp.sqrt(1 - b2**t)
        move = lambda w, m, v: w - rate * m / (jnp.sqrt(v) / root + 1e-8)
        return jax.tree.map(move, weights, m, v), (t, m, v)

    return (np.float32(0), zeros(), zeros()), step


def jax_step(state, step, weights: Callable) -> Step:
    """A step of everything that changes, compiled; memory of the last one is used again."""
    import jax

    compiled = jax.jit(step, donate_argnums=0)
    kept = [jax.device_put(state)]

    def run():
        kept[0] = jax.block_until_ready(compiled(kept[0]))

    return with_weights(run, lambda: weights(kept[0]))


def jax_gan(batch: int) -> Step:
    """A step of the GAN."""
    import jax
    import jax.numpy as jnp

    rng, d = np.random.default_rng(0), data(batch)
    G, D = hips_weights(G_WIDTHS, rng), hips_weights(D_WIDTHS, rng)
    d_memory, d_adam = jax_adam(D, 2e-4, (0.5, 0.999))
    g_memory, g_adam = jax_adam(G, 2e-4)
    real, z, relu, softplus = d["images"] * 2 - 1, d["z_gan"], jax.nn.relu, jax.nn.softplus

    def d_loss(D, fake):
        on_real, on_fake = jax_net(D, real, relu), jax_net(D, fake, relu)
        return softplus(-on_real).mean() + softplus(on_fake).mean()

    def g_loss(G, D):
        return softplus(-jax_net(D, jax_net(G, z, relu, jnp.tanh), relu)).mean()

    def step(state):
        G, D, g_memory, d_memory = state
        fake = jax_net(G, z, relu, jnp.tanh)
        D, d_memory = d_adam(D, d_memory, jax.grad(d_loss)(D, fake))
        G, g_memory = g_adam(G, g_memory, jax.grad(g_loss)(G, D))
        return G, D, g_memory, d_memory

    return jax_step((G, D, g_memory, d_memory), step, lambda state: [*state[0], *state[1]])


def jax_one(weights: list, loss: Callable) -> Step:
    """A step down a loss of the weights by Adam."""
    import jax

    memory, adam = jax_adam(weights)
    step = lambda state: adam(*state, jax.grad(loss)(state[0]))
    return jax_step((weights, memory), step, lambda state: state[0])


def jax_vae(batch: int) -> Step:
    """A step of the VAE."""
    import jax
    import jax.numpy as jnp

    d = data(batch)
    x, noise, relu = d["binary"], d["z_vae"], jax.nn.relu

    def loss(weights):
        h = relu(jax_net(weights[:BODY], x, relu))
        (W, b), (V, c) = weights[BODY : BODY + 2]
        mu, lv = h @ W + b, h @ V + c
        logits = jax_net(weights[BODY + 2 :], mu + jnp.exp(0.5 * lv) * noise, relu)
        kl = 0.5 * (jnp.exp(lv) + mu * mu - 1 - lv).sum()
        return ((jax.nn.softplus(logits) - x * logits).sum() + kl) / batch

    return jax_one(vae_weights(np.random.default_rng(0)), loss)


def jax_tiny(batch: int) -> Step:
    """A step of the tiny net."""
    import jax.numpy as jnp

    d = data(batch)
    loss = lambda w: ((jax_net(w, d["points"], jnp.tanh) - d["targets"]) ** 2).mean()
    return jax_one(hips_weights(TINY, np.random.default_rng(0)), loss)


# MyGrad.


def mygrad_net(weights, x, inner, last=None):
    """The stack of linear layers."""
    *body, (W, b) = weights
    for V, c in body:
        x = inner(x @ V + c)
    x = x @ W + b
    return last(x) if last else x


def mygrad_softplus(x):
    """log(1 + e^x)."""
    import mygrad as mg

    return mg.maximum(x, 0) + mg.log1p(mg.exp(-mg.abs(x)))


def mygrad_slopes(weights: list, loss: Callable) -> list:
    """The derivatives of a loss of the weights, which become MyGrad's tensors for the moment."""
    import mygrad as mg

    tensors = [tuple(mg.tensor(w, copy=False) for w in pair) for pair in weights]
    loss(tensors).backward()
    return [tuple(w.grad for w in pair) for pair in tensors]


def mygrad_one(weights: list, loss: Callable) -> Step:
    """A step down a loss of the weights by Adam."""
    adam = HipsAdam(weights)
    step = lambda: adam.step(mygrad_slopes(weights, loss))
    return with_weights(step, lambda: weights)


def mygrad_gan(batch: int) -> Step:
    """A step of the GAN."""
    import mygrad as mg

    rng, d = np.random.default_rng(0), data(batch)
    G, D = hips_weights(G_WIDTHS, rng), hips_weights(D_WIDTHS, rng)
    d_adam, g_adam = HipsAdam(D, 2e-4, (0.5, 0.999)), HipsAdam(G, 2e-4)
    real, relu, softplus = d["images"] * 2 - 1, partial(mg.maximum, 0), mygrad_softplus

    def d_loss(D, fake):
        on_real, on_fake = mygrad_net(D, real, relu), mygrad_net(D, fake, relu)
        return softplus(-on_real).mean() + softplus(on_fake).mean()

    def g_loss(G):
        return softplus(-mygrad_net(D, mygrad_net(G, d["z_gan"], relu, mg.tanh), relu)).mean()

    def step():
        fake = mygrad_net(G, d["z_gan"], partial(np.maximum, 0), np.tanh)
        d_adam.step(mygrad_slopes(D, lambda D: d_loss(D, fake)))
        g_adam.step(mygrad_slopes(G, g_loss))

    return with_weights(step, lambda: [*G, *D])


def mygrad_vae(batch: int) -> Step:
    """A step of the VAE."""
    import mygrad as mg

    d = data(batch)
    x, noise, half = d["binary"], d["z_vae"], np.float32(0.5)
    relu = partial(mg.maximum, 0)

    def loss(weights):
        h = relu(mygrad_net(weights[:BODY], x, relu))
        (W, b), (V, c) = weights[BODY : BODY + 2]
        mu, lv = h @ W + b, h @ V + c
        logits = mygrad_net(weights[BODY + 2 :], mu + mg.exp(half * lv) * noise, relu)
        kl = half * (mg.exp(lv) + mu * mu - 1 - lv).sum()
        return ((mygrad_softplus(logits) - x * logits).sum() + kl) / batch

    return mygrad_one(vae_weights(np.random.default_rng(0)), loss)


def mygrad_tiny(batch: int) -> Step:
    """A step of the tiny net."""
    import mygrad as mg

    d = data(batch)
    loss = lambda w: ((mygrad_net(w, d["points"], mg.tanh) - d["targets"]) ** 2).mean()
    return mygrad_one(hips_weights(TINY, np.random.default_rng(0)), loss)
