"""Our answers to the exercises of lesson 13."""

import numpy as np


def wgan_gp_turn(theta, psi, h, weight):
    """The new (theta, psi), after a step of D and one of G."""
    # The derivative of (|psi| - 1)^2 is 2 (|psi| - 1) times that of |psi|, which is psi's sign.
    psi = psi - h * (theta + 2 * weight * (abs(psi) - 1) * np.sign(psi))
    return theta + h * psi, psi


def blurred(x, turn, turns, start, rng):
    """The points with noise of a standard deviation that falls to 0."""
    return x + start * (1 - turn / turns) * rng.standard_normal(x.shape)


def diagnose(d_loss, width, moved):
    """What is wrong; both accidents first, since each of them alone is a part of them."""
    wins, alike = d_loss < 0.1, width < 0.3
    if wins and alike:
        return "collapse, and D wins"
    if wins:
        return "D wins"
    if alike:
        return "collapse"
    return "oscillation" if moved > 0.5 else "healthy"


def too_much(h):
    """A weight that makes each step of D overshoot, so that psi changes its sign and grows."""
    # psi becomes (1 - 2 * weight * h) * psi, apart from G's part. At 1.5 / h this factor is -2;
    # at half of that it is -1/2, and psi dies down.
    return 1.5 / h
