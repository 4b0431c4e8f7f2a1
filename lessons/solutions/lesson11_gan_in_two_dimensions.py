"""Our answers to the exercises of lesson 11."""

import numpy as np

from scratchgen import bce_with_logits, grad
from scratchgen.engine import detach, no_grad


def best_answer(p, q, share=0.5):
    """The lesson's formula, for share * p real points and (1 - share) * q fakes in a square."""
    real, fake = share * p, (1 - share) * q
    return real / (real + fake)


def best_arrow(x, real, real_sd, fakes, fakes_sd):
    """Towards the real heap, and away from the fakes, each by its distance over its variance."""
    # log p = -|x - real|^2 / (2 real_sd^2) + something without x; the gradient of |x - a|^2 is
    # 2 (x - a).
    return (real - x) / real_sd**2 + (x - fakes) / fakes_sd**2


def one_turn(G, D, g_optimiser, d_optimiser, real, z_for_d, z_for_g):
    """The losses of D and of G, after a step of each."""
    with no_grad():  # plain numbers: G is not to move in D's turn
        fake = G(z_for_d)
    loss_d = bce_with_logits(D(real), 1).mean() + bce_with_logits(D(fake), 0).mean()
    d_optimiser.step(grad(loss_d, D.parameters()))
    loss_g = bce_with_logits(D(G(z_for_g)), 1).mean()  # through the D that has just moved
    g_optimiser.step(grad(loss_g, G.parameters()))
    return float(detach(loss_d)), float(detach(loss_g))


def unfair(centres, n):
    """To each mode but the first just enough to be found, and to the first one all the rest."""
    K = len(centres)
    few = int(np.ceil(0.25 * n / K))  # a quarter of the fair share: (K - 1) / (4 K) of all together
    numbers = [n - (K - 1) * few] + [few] * (K - 1)
    return np.repeat(centres, numbers, axis=0)
