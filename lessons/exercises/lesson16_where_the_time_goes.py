"""Exercises of lesson 16: make things where the data are, move once, read once, hide a stray line.

Put your answers in place of the lines that raise, then test them; no GPU is needed:

    python -m lessons check 16           what holds, what does not yet, and a hint
    python -m lessons check 16 --hint    a stronger hint

"The device" is a stand-in for CuPy, as in the lesson: it refuses NumPy's arrays and counts what
moves.
"""

import numpy as np

from scratchgen.backend import array_module, asarray


def one_hot(labels, classes):
    """Build it. Return a row for each label, 1 in the label's column and 0 elsewhere.

    labels: (N,), whole numbers in 0..classes-1, on the host or on the device.
    Returns (N, classes), float32, where the labels are; nothing moves between host and device.
    Example: labels [2, 0] of 3 classes give [[0, 0, 1], [1, 0, 0]].
    """
    raise NotImplementedError("Compare each label with 0, 1, ..., classes-1, all made over there.")


def to_batches(x, size, rng):
    """Build it. Yield the rows of x in a new order, `size` at a time, on the backend in use.

    x: (N, D), a NumPy array, left as it is. rng: a numpy.random.Generator, which draws the order.
    Every row comes exactly once, so the last batch may be smaller. At most two uploads in all,
    however many the batches, and no download.
    Example: 10 rows in batches of 4 give batches of 4, 4 and 2.
    """
    raise NotImplementedError("Upload the rows, and the order that rng draws; then only slice.")


def read_each(step, batches):
    """The mean of the losses, each read as it comes: a download a step. For your use."""
    losses = [float(step(x)) for x in batches]
    return sum(losses) / len(losses)


def mean_loss(step, batches):
    """Change it. Return what `read_each` returns, but read the device only once.

    step: a function from a batch to its loss, an array of shape () on the device. batches: any
    iterable, perhaps without a length. Returns a Python float.
    Example: losses of 1 and 3 give 2.0.
    """
    raise NotImplementedError("Losses can be added where they are.")


def centred(x):
    """Break it. Return x - x.mean(axis=0), by a line that a test on the host will never find.

    "What is right on NumPy runs on a device too", they say. Write it so that it is right for NumPy
    arrays, and refused on the device by the device itself: raise nothing of your own.
    x: (N, D), float32 or float64. Example: [[1, 0], [3, 0]] gives [[-1, 0], [1, 0]].
    """
    raise NotImplementedError("Where did a stray `np.` bite in the lesson, and where did it hide?")
