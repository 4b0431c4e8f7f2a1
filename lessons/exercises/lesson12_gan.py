"""Exercises of lesson 12: both players' losses, two measures, a leak, and fooled measures.

Put your answers in place of the lines that raise, then test them:

    python -m lessons check 12           what holds, what does not yet, and a hint
    python -m lessons check 12 --hint    a stronger hint

Logits are what D gives before the sigmoid, shape (N, 1): D = sigmoid(logit).
"""

import numpy as np

from scratchgen.engine import detach, no_grad
from scratchgen.functions import bce_with_logits, log, sigmoid, softplus


def generator_loss(fake_logits):
    """Build it. Return -E[log D(G(z))], the mean over D's logits of fakes, (N, 1) -> a number.

    It must be finite at any logit, also where D rounds to 0. From softplus(t) = log(1 + e^t) it is
    one line; bce_with_logits would do too, but then nothing is derived.

    For two logits of 0, where D = 1/2, it is log 2 = 0.6931.
    """
    raise NotImplementedError("Write log D with D = 1 / (1 + e^-t), and simplify.")


def precision_and_density(real, made, k):
    """Build it. Return the two of the lesson's four marks that it only says in words.

    Around each of the N `real` images (N, D) lies a ball that reaches to its k-th nearest other
    real image. Precision is the share of the M `made` images (M, D) that lie in at least one of
    these balls. Density is the number of real balls that a made image lies in, on average, divided
    by k. On the edge counts as inside. Return both, in this order.

    Example: real = [[0], [1], [2], [3]], made = [[0.5], [0.5], [8], [9]], k = 1: (0.5, 1.0).
    """
    raise NotImplementedError("Whose radii are needed? And what is counted, rows or columns?")


def smoothed_discriminator_loss(real_logits, fake_logits, target=0.9):
    """Change it. Return D's loss, but with real images asked for `target` in place of 1.

    Below stands the loss of lesson 11. A D that has seen through G can lower it for ever, by larger
    and larger logits. Asked for 0.9 at real images, it has no reason to go beyond
    log(0.9 / 0.1) = 2.2 there (Salimans et al. 2016, section 3.4). Fakes are treated as before.

    real_logits: (N, 1), fake_logits: (M, 1) -> a number.
    """
    raise NotImplementedError("Change this, then return it instead of raising.")
    return bce_with_logits(real_logits, 1.0).mean() + bce_with_logits(fake_logits, 0.0).mean()


def leaky_step(G, D, real, z):
    """Break it. Return (loss, parameters) for a step on D's loss that moves G as well.

    The step itself is Adam(parameters).step(grad(loss, parameters)). The loss must be D's, of the
    images `real` (N, width) and of the fakes G(z); its parameters lists say what moves. G is then
    made to help D, the very thing that the loop's first half keeps from happening.
    """
    raise NotImplementedError("The lesson keeps G still in two places. Undo both.")


def impostors(images, n, rng):
    """Break it. Return n samples (n, width) that pass the lesson's measures and invent nothing.

    Make them of `images` (N, width) in [0, 1], the training images themselves, with no G at all.
    They pass if they are pixels in [0, 1], if their coverage of `images` is at least 0.93 and
    their recall 0.9, with k = 5, and if they are no copies: half of them have to lie further from
    the nearest of `images` than 0.7 times the distance within which half of all unseen images do.

    rng: a numpy.random.Generator, to draw with.
    """
    raise NotImplementedError("A copy covers, but lies too near. What lies a little farther off?")
