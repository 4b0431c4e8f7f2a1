"""Exercises for lesson 7: draw a code, price it, move the bound, and mislead with it.

Replace each `raise` by your answer, then ask:

    python -m lessons check 7            all of them
    python -m lessons check 7 kl --hint  one, with a stronger hint
"""

import math

from scratchgen.functions import exp


def reparameterise(mean, log_var, noise):
    """Build it. One code of each image's q(z|x), as a function of its mean and log variance.

    mean, log_var: (N, Z), arrays or Tensors; a normal's mean and the log of its variance.
    noise: (N, Z), draws of N(0, 1): all the chance there is, so draw none here.
    Returns codes (N, Z) from which gradients reach mean and log_var.
    Example: mean 1, log_var log 4 and noise 3 give 7.
    """
    raise NotImplementedError("Move noise of spread 1 to the asked spread, then to the mean.")


def kl(mean, log_var):
    """Build it. KL(N(mean, exp(log_var)) || N(0, I)) of each image, in nats.

    Write the formula out, without gaussian_kl.
    mean, log_var: (N, Z), arrays or Tensors. Returns (N,): one number an image, its codes' sum;
    the mean over the batch is the loop's affair.
    Example: mean [[3, 4]] and log_var [[0, 0]] give [12.5].
    """
    raise NotImplementedError("The formula is in the lesson, under KL; x.sum(axis=1) adds a row.")


def lesson_elbo(mean, var, x, s):
    """The lesson's toy: code z ~ N(0, 1), pixel x ~ N(z, s), and q = N(mean, var). For your use."""
    reconstruction = -0.5 * (math.log(2 * math.pi * s) + ((x - mean) ** 2 + var) / s)
    return reconstruction - 0.5 * (var + mean**2 - 1 - math.log(var))


def scaled_elbo(mean, var, x, s, w):
    """Change it. The bound of a toy whose decoder has a weight: x ~ N(w z, s), not N(z, s).

    Change `lesson_elbo` so that the bound is right for any w. Five numbers in, one out, in nats.
    Measured: at the posterior it is log p(x), and elsewhere it lies KL(q || posterior) below.
    Example: with w = 1 it is lesson_elbo(mean, var, x, s).
    """
    raise NotImplementedError("Average (x - w z)^2 over z ~ N(mean, var): what becomes of var?")


def misleading_models():
    """Break it. The claim that of two models the one with the higher bound explains x better.

    Find two toys of lesson_elbo, at the pixel x = 1.5, for which that is false. Return two
    triples (s, mean, var): the first has the higher log p(x), the second the higher bound, each
    by 0.1 nats or more. Recall that p(x) = N(0, 1 + s).
    """
    raise NotImplementedError("The gap between bound and log p(x) is yours to choose, through q.")
