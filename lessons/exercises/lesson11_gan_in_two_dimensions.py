"""Exercises for lesson 11: the best answer, the best arrow, one turn of each player, a blind count.

Replace each `raise` by your answer, then ask:

    python -m lessons check 11                    all of them
    python -m lessons check 11 best_arrow --hint  one, with a stronger hint
"""

import numpy as np

from scratchgen import bce_with_logits, grad
from scratchgen.engine import detach, no_grad


def best_answer(p, q, share=0.5):
    """Change it. What D should say at a place, if not every second point that it sees is real.

    p, q: densities of the real points and of the fakes at the place, positive numbers or arrays of
    one shape. share: how many of all points that D is shown are real, between 0 and 1. In the
    lesson it is a half, and D* = p / (p + q). Change that, so that D pays least on average:
    -share * p * log D - (1 - share) * q * log(1 - D).
    Example: where p = q, it says what the share is: best_answer(1.0, 1.0, 0.9) is 0.9.
    """
    raise NotImplementedError("Set the derivative to 0, as the lesson does.")


def best_arrow(x, real, real_sd, fakes, fakes_sd):
    """Build it. The arrow of the optimal discriminator at x: the gradient of log p(x) - log q(x).

    The real points are one round heap around the centre `real`, the fakes one around `fakes`:
    p(x) = exp(-|x - real|^2 / (2 real_sd^2)) / (2 pi real_sd^2), and q likewise.
    x, real, fakes: arrays (2,). real_sd, fakes_sd: positive numbers. Returns an array (2,).
    Example: with both sd 1, real = (1, 0) and fakes = (0, 0) it is (1, 0) at every x.
    """
    raise NotImplementedError("Take the logarithm first. What is left of it depends on x?")


def one_turn(G, D, g_optimiser, d_optimiser, real, z_for_d, z_for_g):
    """Build it. One turn of each player: first D's, then G's, by the non-saturating loss.

    G, D: the nets, called as G(z) and D(x), with .parameters(). Their optimisers have .step(list of
    gradients). real: points (N, 2). z_for_d, z_for_g: codes (N, 2), for the fakes of either turn.
    Returns the two losses as numbers: (D's, G's), each as it was before its own step.
    """
    raise NotImplementedError("Six lines of the lesson, in this order.")


def unfair(centres, n):
    """Break it. Somebody says: "All modes are found, and 98 % of the fakes are good. All is well".

    centres: (K, 2), the centres of K modes, K from 2 to 10, far apart. Return n fakes (n, 2), n at
    least 400, for which this is said and yet more than 70 % of them lie at a single centre (for
    K = 2: more than 80 %). A fake is good within 3 * 0.07 of the nearest centre. A mode is found
    if a quarter of its fair share, 0.25 / K of all fakes, is good and nearest to it.
    """
    raise NotImplementedError("How few fakes can you leave to each of the other modes?")
