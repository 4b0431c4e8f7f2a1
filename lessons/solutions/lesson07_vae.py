"""Answers to the exercises of lesson 7."""

import math

import numpy as np

from scratchgen.functions import exp


def posterior(prior, likelihood):
    """Build it. What we believe about a hidden cause after seeing each of several images."""
    joint = prior[:, None] * likelihood  # (K, 1) * (K, M) -> (K, M)
    evidence = joint.sum(axis=0)  # of each image: (M,)
    return joint / evidence


def best_normal(log_joint):
    """Build it. The normal guess with the highest bound, for any posterior of one number."""
    z = np.linspace(-8, 8, 1601)
    dz, joint = z[1] - z[0], log_joint(z)
    best, found = -np.inf, None
    for sd in np.geomspace(0.2, 3, 50):
        means = np.linspace(-6, 6, 241)[:, None]
        log_q = -0.5 * ((z - means) / sd) ** 2 - np.log(sd) - 0.5 * math.log(2 * math.pi)
        bounds = (np.exp(log_q) * (joint - log_q)).sum(axis=1) * dz  # (241, 1601) -> (241,)
        if bounds.max() > best:
            best, found = bounds.max(), (float(means[bounds.argmax(), 0]), float(sd))
    return found


def kl(mean, log_var):
    """Build it. The price of each image's code, in nats, as the lesson derives it."""
    return 0.5 * (exp(log_var) + mean * mean - 1 - log_var).sum(axis=1)  # (N, Z) -> (N,)


def coin_likelihood(white, x):
    """The lesson's reconstruction: each pixel a coin with the probability `white`. For your use."""
    return (x * np.log(white) + (1 - x) * np.log(1 - white)).sum(axis=1)


def grey_likelihood(grey, x, variance):
    """Change it. log p(x|z) for grey pixels: each is normal around what the decoder gives."""
    height = -0.5 * (np.log(2 * np.pi * variance) + (x - grey) ** 2 / variance)
    return height.sum(axis=1)  # (N, D) -> (N,)


def lesson_elbo(mean, var, x, s):
    """The lesson's grey pixel: z ~ N(0, 1), x ~ N(z, s), and q = N(mean, var). For your use."""
    reconstruction = -0.5 * (math.log(2 * math.pi * s) + ((x - mean) ** 2 + var) / s)
    return reconstruction - 0.5 * (var + mean**2 - 1 - math.log(var))


def scaled_elbo(mean, var, x, s, w):
    """Change it. The bound of a machine that weighs its code: x ~ N(w z, s), not N(z, s)."""
    # w z has the mean w * mean and the variance w^2 * var; KL is about z alone and stays.
    reconstruction = -0.5 * (math.log(2 * math.pi * s) + ((x - w * mean) ** 2 + w**2 * var) / s)
    return reconstruction - 0.5 * (var + mean**2 - 1 - math.log(var))


def lopsided():
    """Break it. Somebody says: "KL is a distance: as far from q to p as it is from p to q".

    q draws the first value one time in ten, p next to never. Whoever believes p is taken by
    surprise, at -log 1e-12 = 28 nats each time. Whoever believes q, and gets draws of p, hardly
    notices that one of the values never comes.
    """
    rare = 1e-12
    return [0.1, 0.45, 0.45], [rare, 0.5, 0.5 - rare]


def misleading_models():
    """Break it. The claim that of two models the one with the higher bound explains x better.

    The best s has 1 + s = x^2, so it is 1.25; we waste it by a q that knows nothing of x. The
    other s is too small, but its q is the posterior, so that its bound is tight.
    """
    x, s = 1.5, 0.1
    return (1.25, 0.0, 1.0), (s, x / (1 + s), s / (1 + s))
