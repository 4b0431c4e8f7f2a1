"""Exercises of lesson 16: fewer bytes, a bound on time, a number that is stuck; and two devices.

Put your answers in place of the lines that raise, then test them; no GPU is needed:

    python -m lessons check 16           what holds, what does not yet, and a hint
    python -m lessons check 16 --hint    a stronger hint

"The device" is the stand-in of the lesson: it refuses NumPy's arrays and counts what moves.
"""

import numpy as np

from scratchgen.backend import array_module, asarray


def gather_anew(m, g, beta):
    """Momentum's memory, beta m + g, in new arrays. For your use."""
    return beta * m + g


def gather(m, g, beta):
    """Change it. Write beta m + g into m itself, without a single new array, and return m.

    m, g: float32, of one shape; g stays as it is. beta: a number.
    Example: m = [1, 2] and g = [10, 10] with beta = 0.5 make m = [10.5, 11].
    """
    raise NotImplementedError("`m = beta * m` makes a new array. What does `m *= beta` do?")


def least_seconds(N, D, H, P, B):
    """Build it. Return the least seconds that a layer x @ W can take, by the roofline.

    x: (N, D), W: (D, H), of float32, four bytes a number. Each number of x and of W is fetched
    once, and each of the result is written once. P: operations a second. B: bytes a second.
    Arithmetic and bytes are on their way at the same time.
    Example: N = 1, D = H = 100, P = 1e9, B = 1e9 give 40,800 bytes / B = 4.08e-5 s.
    """
    raise NotImplementedError("How long for the operations alone? How long for the bytes alone?")


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


def stuck():
    """Break it. Return (x, factor): a number that shrinks in every step, and yet never moves.

    "Whatever is multiplied by 0.9 again and again becomes 0 in the end", they say. Give a float32
    x > 0, not infinite, and a factor of at most 0.9 and above 0 for which x times factor is x.
    Return both as Python floats; they are made float32 before they are multiplied.
    """
    raise NotImplementedError("Where did the lesson's number come to rest?")


def centred(x):
    """Break it. Return x - x.mean(axis=0), by a line that a test on the host will never find.

    "What is right on NumPy runs on a device too", they say. Write it so that it is right for NumPy
    arrays, and refused on the device by the device itself: raise nothing of your own.
    x: (N, D), float32 or float64. Example: [[1, 0], [3, 0]] gives [[-1, 0], [1, 0]].
    """
    raise NotImplementedError("Where did a stray `np.` bite in the lesson, and where did it hide?")
