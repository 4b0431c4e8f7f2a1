"""Exercises for lesson 13: WGAN-GP on two weights, instance noise, a diagnosis, an overdose.

Replace each `raise` by your answer, then ask:

    python -m lessons check 13                     all of them
    python -m lessons check 13 diagnose --hint     one, with a stronger hint
"""

import numpy as np


def wgan_gp_turn(theta, psi, h, weight):
    """Change it. One turn of each player in the smallest GAN, with the losses of WGAN-GP.

    First D takes a step of length h down psi * theta + weight * (|psi| - 1)^2, then G takes one
    down -psi * theta, with the new psi. theta, psi: numbers, psi not 0. h, weight: positive.
    Returns the new (theta, psi).
    Example: at psi = 1 the penalty is as small as it can be, so wgan_gp_turn(2, 1, 0.1, 5) is the
    turn without a penalty, (2.08, 0.8).
    """
    raise NotImplementedError("What is the derivative of |psi| where psi is negative?")


def blurred(x, turn, turns, start, rng):
    """Build it. What D sees of the points x with instance noise, at one turn of a game.

    x: an array (N, D) of real points or of fakes. turn: how many turns are over, 0 to turns.
    start: the standard deviation of the noise at turn 0. It falls in a straight line to 0 at the
    last turn. rng: a numpy Generator; draw by rng.standard_normal.
    Returns a new array (N, D): x itself stays as it is.
    """
    raise NotImplementedError("How much of `start` is left after half of the turns?")


def diagnose(d_loss, width, moved):
    """Build it. The table of symptoms as a function: the name of what is wrong, or "healthy".

    d_loss: the discriminator's loss, the mean of many turns.
    width: the standard deviation of the fakes, as a multiple of that of the real points.
    moved: how far a fake of one code moves in 20 turns, as a multiple of the same.
    Say "D wins" if d_loss is below 0.1, and "collapse" if width is below 0.3. If both are so, say
    "collapse, and D wins". If none is, say "oscillation" if moved is above 0.5, else "healthy".
    """
    raise NotImplementedError("Which of the questions has to be asked first?")


def too_much(h):
    """Break it. A weight of R1 that is such an overdose that the smallest GAN flies away.

    The game is the lesson's: the non-saturating loss in turns, steps of length h, from theta = 1
    and psi = 0. With the weight that you return, r should exceed 1,000 within 200 turns. With half
    of it, r should never exceed 1.1. It should work for every h from 0.03 to 0.5.
    """
    raise NotImplementedError("The step of D is psi - h * (... + 2 * weight * psi).")
