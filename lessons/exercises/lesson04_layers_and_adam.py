"""Exercises for lesson 4: Adam's step, a start that lives, one that dies, a slope, the best rate.

Replace each `raise` by your answer, then ask:

    python -m lessons check 4                   all of them
    python -m lessons check 4 adam_step --hint  one, with a stronger hint
"""

import numpy as np


def adam_step(w, g, m, v, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """Build it. One step of Adam, for the gradient g: Kingma & Ba 2015, algorithm 1.

    w, g, m, v: arrays of one shape: weights, their gradient, and the moving averages of g and g^2
    as the step before left them (0 before the first). t: which step this is; 1 for the first.
    Returns new arrays: w, m and v, the averages as they are, before the bias correction.
    Example: from w = m = v = 0, with t = 1, g = 5 and lr = 0.1, w becomes -0.1.
    """
    raise NotImplementedError("m, v; then both divided by what their weights add up to; then w.")


def he(n_in, n_out, rng):
    """Build it. He's initial weights for a layer that a relu follows.

    rng: a numpy.random.Generator, all the chance there is.
    Returns (n_in, n_out) draws of a normal of mean 0 and variance 2 / n_in.
    Example: 50 inputs ask for a standard deviation of 0.2.
    """
    raise NotImplementedError("rng.standard_normal(shape) has variance 1; the rest is a factor.")


def logit_slopes(logits, labels):
    """Build it. The derivative of the mean cross-entropy with respect to each logit.

    logits: (N, C), an array. labels: (N,), whole numbers: each row's right class.
    Returns (N, C), finite for any finite logits, 1000 among them. NumPy is enough.
    Example: logits [[0, 0]] and labels [1] give [[0.5, -0.5]].
    """
    raise NotImplementedError("Softmax, minus one at the right class; and the loss is a mean.")


def safe_rate(curvatures):
    """The learning rate that takes SGD to the bottom of its steepest direction in one step."""
    return 1 / np.max(curvatures)


def fastest_rate(curvatures):
    """Change it. The one learning rate with which SGD comes down a valley fastest.

    curvatures: (K,), positive, of f(w) = sum(curvatures * w^2) / 2. A step multiplies w_k by
    1 - lr * curvatures[k]. `safe_rate` is kind to the steepest direction, and lets the flattest
    crawl: change it so that the slowest direction, whichever that is, is as fast as can be.
    Measured: max |1 - lr * curvatures|, which should be least.
    Example: for [1, 3] the rate is 0.5, and no direction keeps more than half a step.
    """
    raise NotImplementedError("At the best rate the steepest and the flattest are equally slow.")


def dying_start(n_in, n_out, rng):
    """Break it. "A slope stays alive if the weights are random, of mean 0, and none of them is 0".

    Return weights (n_in, n_out), drawn from rng, of mean 0 (to a tenth of their standard
    deviation) and none of them 0, for which that is false: ten relu layers of width 64 leave less
    than a millionth of the slope that comes from above, but more than 0.
    """
    raise NotImplementedError("Each layer has a factor; the lesson computes it from the variance.")
