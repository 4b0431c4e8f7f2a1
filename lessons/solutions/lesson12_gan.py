"""Our answers to lesson 12's exercises."""

import numpy as np

from scratchgen.functions import bce_with_logits, softplus


def generator_loss(fake_logits):
    """Return -E[log D(G(z))]: -log D = -log(1 / (1 + e^-t)) = log(1 + e^-t) = softplus(-t)."""
    return softplus(-fake_logits).mean()


def precision_and_density(real, made, k):
    """Return the share of made images in some real ball, and how many hold one, over k.

    Both need the radii around real images. Each row of `inside` is a made image.
    """
    apart = np.sqrt(((real[:, None] - real) ** 2).sum(axis=-1))  # (N, N)
    radii = np.sort(apart, axis=1)[:, k]  # [:, 0] is 0: itself
    to_real = np.sqrt(((made[:, None] - real) ** 2).sum(axis=-1))  # (M, N)
    inside = to_real <= radii
    return inside.any(axis=1).mean(), inside.sum(axis=1).mean() / k


def smoothed_discriminator_loss(real_logits, fake_logits, target=0.9):
    """Return D's loss with `target` for real images alone.

    A target above 0 for fakes would make D less sure of the worst of them, which G learns most by.
    """
    real = bce_with_logits(real_logits, target)  # -target log D - (1 - target) log(1 - D)
    return real.mean() + bce_with_logits(fake_logits, 0.0).mean()


def leaky_step(G, D, real, z):
    """Return D's loss with the fakes' history in it, and the weights of both nets.

    One of the two alone does nothing: fakes without history give grad no path to G, and a list
    without G's weights gives grad no reason to walk it.
    """
    fake = G(z)  # not under no_grad
    loss = bce_with_logits(D(real), 1.0).mean() + bce_with_logits(D(fake), 0.0).mean()
    return loss, D.parameters() + G.parameters()


def impostors(images, n, rng):
    """Return training images, each with a quarter of another one laid over it.

    Their distance to the nearest of `images` is about a quarter of that between two images, which
    is as far as unseen images lie; yet each is still within its own image's ball, and covers it.
    """
    first = images[rng.permutation(len(images))[:n]]  # all different, to cover more
    return 0.75 * first + 0.25 * images[rng.integers(len(images), size=n)]
