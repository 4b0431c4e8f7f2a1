"""Exercises of lesson 12: both players' losses, whose weights a step moves, and a fooled measure.

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


def best_logit(p, q):
    """Build it. Return the logit at which V is greatest, where the densities are p and q.

    The lesson finds D* = p / (p + q). Which t has sigmoid(t) = D*? Any shape -> same shape, and
    finite also where D* rounds to 1: p = 1, q = 1e-30.

    For p = q it is 0.
    """
    raise NotImplementedError("Solve 1 / (1 + e^-t) = p / (p + q) for t.")


def smoothed_discriminator_loss(real_logits, fake_logits, target=0.9):
    """Change it. Return D's loss, but with real images asked for `target` in place of 1.

    Below stands the lesson's loss. A D that has seen through G can lower it for ever, by larger and
    larger logits. Asked for 0.9 at real images, it has no reason to go beyond log(0.9 / 0.1) = 2.2
    there (Salimans et al. 2016, section 3.4). Fakes are treated as before.

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
    They pass if they cover at least 93 % of `images`, are pixels in [0, 1], and yet lie no nearer
    to `images` than samples of a G may: half of them farther than 0.7 times where half of all
    unseen real images lie. Copies, being at distance 0, fail.

    rng: a numpy.random.Generator, to draw with.
    """
    raise NotImplementedError("A copy covers, but lies too near. What lies a little farther off?")
