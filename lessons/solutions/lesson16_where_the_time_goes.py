"""Our answers to the exercises of lesson 16."""

import numpy as np

from scratchgen.backend import array_module, asarray


def one_hot(labels, classes):
    """Each label compared with every class; the classes are made where the labels are."""
    xp = array_module(labels)
    return (labels[:, None] == xp.arange(classes)).astype("float32")  # (N, 1) == (C,) -> (N, C)


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


def centred(x):
    """Right on NumPy; on a device `np.ones` still makes NumPy's array, and the product mixes."""
    return x - np.ones(len(x), x.dtype) @ x / len(x)
