"""Exercises for lesson 5: the best rate, Adam's step, logits, two false beliefs.

Replace each `raise` by your answer, then ask:

    python -m lessons check 5                   all of them
    python -m lessons check 5 adam_step --hint  one, with a stronger hint
"""

import numpy as np


def safe_rate(curvatures):
    """The learning rate with which one step lands at the bottom of the steepest direction."""
    return 1 / np.max(curvatures)


def fastest_rate(curvatures):
    """Change it. The one learning rate with which gradient descent comes down a valley fastest.

    curvatures: an array (K,) of positive numbers: the height is f(w) = sum(curvatures * w^2) / 2,
    so that a step multiplies w_k by 1 - lr * curvatures[k]. In the lesson they are [1, 100].
    `safe_rate` is kind to the steepest direction, and lets the flattest one crawl. Change it so
    that the slowest direction, whichever that is, is as fast as can be: max |1 - lr * curvatures|
    should be as small as possible.
    Example: for [1, 3] the rate is 0.5, and no direction keeps more than half of itself in a step.
    """
    raise NotImplementedError("At the best rate the steepest and the flattest are equally slow.")


def adam_step(w, g, m, v, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """Build it. One step of Adam, for the gradient g: Kingma and Ba 2015, algorithm 1.

    w, g, m, v: arrays of one shape: weights, their gradient, and the moving averages of g and g^2
    as the step before left them (0 before the first). t: which step this is, 1 for the first.
    Returns new arrays: w, m and v, the averages as they are, before the bias correction.
    Example: from w = m = v = 0, with t = 1, g = 5 and lr = 0.1, w becomes -0.1.
    """
    raise NotImplementedError("m, v; then both divided by what their factors add up to; then w.")


def logit_slopes(logits, labels):
    """Build it. The derivative of the mean cross-entropy with respect to each logit.

    logits: an array (N, C). labels: (N,), whole numbers: the right class of each row.
    Returns an array (N, C), finite for any finite logits, also for 1000. NumPy is enough.
    Example: for the logits [[0, 0]] and the labels [1] it is [[0.5, -0.5]].
    """
    raise NotImplementedError("What the net says, minus what it should say; and a mean over N.")


def long_step():
    """Break it. Somebody says: "No step of Adam is longer than its learning rate, or hardly so".

    Return a list of gradients of one weight, from its first step on, such that its last step is
    more than three times as long as the learning rate. The betas are the usual 0.9 and 0.999. At
    most 2,000 gradients, none larger than 1.
    """
    raise NotImplementedError("The step is m_hat / sqrt(v_hat). Which of the two forgets sooner?")


def surer(labels):
    """Break it. Somebody says: "The held-out loss has risen, so more answers are wrong now".

    labels: (N,) whole numbers from 0 to 2, N at least 4: the right class of each image. Return two
    arrays of logits (N, 3), before and after: what a net says of these images at two times. After,
    fewer of its answers should be wrong than before, and yet the mean cross-entropy be higher.
    """
    raise NotImplementedError("One who is sure of something wrong pays dearly, and may be alone.")
