"""Exercises for lesson 7: count causes, search a guess, price it, move the bound, mislead with it.

Replace each `raise` by your answer, then ask:

    python -m lessons check 7            all of them
    python -m lessons check 7 kl --hint  one, with a stronger hint
"""

import math

import numpy as np

from scratchgen.functions import exp


def posterior(prior, likelihood):
    """Build it. What we believe about a hidden cause after seeing each of several images.

    prior: (K,), p(z) of each of K causes. likelihood: (K, M), p(x|z): a row for each cause, a
    column for each of M images, none of them impossible.
    Returns (K, M): p(z|x), so that each column adds up to 1.
    Example: the little machine, prior [4/5, 1/5], and white-white, [[1/16], [9/16]]: it gives
    [[4/13], [9/13]].
    """
    raise NotImplementedError("Joint, divided by the sum of all joints of the same image.")


def best_normal(log_joint):
    """Build it. The normal guess with the highest bound, for any posterior of one number.

    log_joint: a function; for an array of places z it gives log p(x|z) + log p(z) at each. Nearly
    all of the area under the joint lies between -6 and 6.
    Returns (mean, sd) of the q whose bound, the mean of log_joint(z) - log q(z) over q, is at
    most 0.01 below the highest. The best sd lies between 0.2 and 3.
    Example: with log_joint(z) = -(z - 1)**2 / 2 it is (1, 1), or very near.
    Before you run it: for two equal peaks, at -2 and 2, will q cover both?
    """
    raise NotImplementedError("Add up the bound strip by strip, for many pairs. Keep the best.")


def kl(mean, log_var):
    """Build it. The price of each image's code, in nats, as the lesson derives it.

    It is KL(q || p(z)), where both draw the Z numbers independently: q from N(mean, exp(log_var)),
    p(z) from N(0, 1). Write the formula out, without gaussian_kl.
    mean, log_var: (N, Z), arrays or Tensors. Returns (N,): one number an image, its codes' sum;
    the mean over the batch is the loop's affair.
    Example: mean [[3, 4]] and log_var [[0, 0]] give [12.5].
    """
    raise NotImplementedError("The formula is in the lesson, under The price of a code.")


def coin_likelihood(white, x):
    """The lesson's reconstruction: each pixel a coin with the probability `white`. For your use."""
    return (x * np.log(white) + (1 - x) * np.log(1 - white)).sum(axis=1)


def grey_likelihood(grey, x, variance):
    """Change it. log p(x|z) for grey pixels: each is normal around what the decoder gives.

    Change `coin_likelihood`: pixel i is drawn from N(grey_i, variance), not tossed. With the
    variance 1/2 it is minus the squared error of the article's listing, and a constant.
    grey, x: (N, D) arrays: what the decoder gives, and the images. variance: one number above 0.
    Returns (N,): nats per image, summed over its pixels.
    Example: grey [[0.5]], x [[0.5]] and variance 1 / (2 pi) give [0].
    """
    raise NotImplementedError("The logarithm of the bell curve's height, as log_normal has it.")


def lesson_elbo(mean, var, x, s):
    """The lesson's grey pixel: z ~ N(0, 1), x ~ N(z, s), and q = N(mean, var). For your use.

    It is the bound that the lesson adds up strip by strip, here as a formula.
    """
    reconstruction = -0.5 * (math.log(2 * math.pi * s) + ((x - mean) ** 2 + var) / s)
    return reconstruction - 0.5 * (var + mean**2 - 1 - math.log(var))


def scaled_elbo(mean, var, x, s, w):
    """Change it. The bound of a machine that weighs its code: x ~ N(w z, s), not N(z, s).

    Change `lesson_elbo` so that the bound is right for any w. Five numbers in, one out, in nats.
    Measured: at the posterior it is log p(x), and elsewhere it lies KL(q || posterior) below.
    Example: with w = 1 it is lesson_elbo(mean, var, x, s).
    """
    raise NotImplementedError("Average (x - w z)^2 over z ~ N(mean, var): what becomes of var?")


def lopsided():
    """Break it. Somebody says: "KL is a distance: as far from q to p as it is from p to q".

    Return two distributions q and p over three values, each a list of three numbers that add up
    to 1, none below 1e-12, such that KL(q || p) is more than ten times KL(p || q).
    """
    raise NotImplementedError("Where q draws often and p hardly ever, KL(q || p) is large.")


def misleading_models():
    """Break it. The claim that of two models the one with the higher bound explains x better.

    Find two settings of lesson_elbo, at the pixel x = 1.5, for which that is false. Return two
    triples (s, mean, var): the first has the higher log p(x), the second the higher bound, each
    by 0.1 nats or more. Recall that p(x) = N(0, 1 + s).
    """
    raise NotImplementedError("The gap between bound and log p(x) is yours to choose, through q.")
