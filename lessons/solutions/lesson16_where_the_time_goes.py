"""Our answers to the exercises of lesson 16."""

import numpy as np

from scratchgen.backend import asarray


def gather_anew(m, g, beta):
    """Momentum's memory, beta m + g, in new arrays."""
    return beta * m + g


def gather(m, g, beta):
    """Both lines write into the array that is there."""
    m *= beta
    m += g
    return m


def least_seconds(N, D, H, P, B):
    """The longer of two: all operations at the rate P, all bytes at the rate B."""
    operations = 2 * N * D * H
    moved = 4 * (N * D + D * H + N * H)
    return max(operations / P, moved / B)


def to_batches(x, size, rng):
    """One upload of the rows and one of their order; a slice of the order moves nothing."""
    x, order = asarray(x), asarray(rng.permutation(len(x)))  # drawn on the host: seeds agree
    for start in range(0, len(x), size):
        yield x[order[start : start + size]]


def read_each(step, batches):
    """The mean of the losses, each read as it comes: a download a step."""
    losses = [float(step(x)) for x in batches]
    return sum(losses) / len(losses)


def mean_loss(step, batches):
    """The same mean; the sum grows on the device and is read at the end."""
    losses = [step(x) for x in batches]
    return float(sum(losses)) / len(losses)


def stuck():
    """Four times the smallest float32 there is: 3.6 of it is rounded to 4 again."""
    return 4 * 2.0**-149, 0.9


def centred(x):
    """Right on NumPy; on a device `np.ones` still makes NumPy's array, and the product mixes."""
    return x - np.ones(len(x), x.dtype) @ x / len(x)
