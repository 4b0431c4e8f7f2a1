"""Our answers to the exercises of lesson 4."""

import numpy as np


def adam_step(w, g, m, v, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """One step of Adam: new w, m and v."""
    m = beta1 * m + (1 - beta1) * g  # a new array: m *= beta1 would change the caller's
    v = beta2 * v + (1 - beta2) * g**2
    m_hat = m / (1 - beta1**t)  # the weights of all gradients so far add up to 1 - beta1^t
    v_hat = v / (1 - beta2**t)
    # Outside the root eps is compared with the size of a slope, inside with its square.
    return w - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


def he(n_in, n_out, rng):
    """Weights (n_in, n_out) from N(0, 2 / n_in)."""
    # A factor multiplies a standard deviation, so the variance comes in by its root.
    return rng.standard_normal((n_in, n_out)) * np.sqrt(2 / n_in)


def logit_slopes(logits, labels):
    """(softmax - onehot) / N."""
    e = np.exp(logits - logits.max(axis=1, keepdims=True))  # the largest exponent is 0
    p = e / e.sum(axis=1, keepdims=True)
    onehot = np.eye(logits.shape[1])[labels]  # (N, C): rows of the identity
    return (p - onehot) / len(logits)


def safe_rate(curvatures):
    """The learning rate that takes SGD to the bottom of its steepest direction in one step."""
    return 1 / np.max(curvatures)


def fastest_rate(curvatures):
    """The rate at which the steepest and the flattest direction shrink by the same factor."""
    # As lr grows, the flattest direction's 1 - lr a falls and the steepest one's lr a - 1 rises:
    # the larger of the two is least where they meet. All others lie between.
    return 2 / (np.min(curvatures) + np.max(curvatures))


def dying_start(n_in, n_out, rng):
    """Small random numbers: the factor per layer is sqrt(64 * 0.01^2 / 2), about 0.06."""
    return rng.standard_normal((n_in, n_out)) * 0.01
