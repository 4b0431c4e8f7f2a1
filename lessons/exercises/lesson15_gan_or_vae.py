"""Exercises for lesson 15: a lead with its uncertainty, a winner chosen, a way back, sharpness.

Replace each `raise` by your answer, then ask:

    python -m lessons check 15                 all of them
    python -m lessons check 15 lead --hint     one, with a stronger hint
"""

import math

import numpy as np

STUDENT = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776}  # how many values: the factor for 95 %


def lesson_interval(values):
    """The mean of a few values, and half the width of its 95 % interval. For your use."""
    n = len(values)
    return values.mean(), STUDENT[n] * values.std(ddof=1) / math.sqrt(n)


def lead(gan, vae):
    """Change it. By how much the GAN leads, and half the width of the interval of that.

    Change `lesson_interval`, which knows one machine only, so that it compares two. The marks come
    in pairs: gan[i] and vae[i] are from the same seed. What both have in common must not count.
    gan, vae: (N,) arrays, N from 2 to 5. Returns (mean, half_width).
    Example: [0.5, 0.7, 0.9] and [0.4, 0.6, 0.8] give (0.1, 0): it leads by 0.1 with each seed.
    """
    raise NotImplementedError("Of which N numbers do you want the interval?")


def choose_the_winner(table, machine, marks):
    """Build it. The mark and the second at which a machine of your choice looks best.

    Whoever may choose both after the race can let many a machine win. A machine's lead, by a mark
    at a second, is its own value with its worst seed minus that of any other machine with its best
    seed. Find the mark and the second at which the lead is largest.
    table: a list of rows such as {"machine": "GAN", "seed": 0, "seconds": 2, "recall": 0.4}, one
    for each machine, seed and second. marks: names of columns; the larger, the better.
    Returns (mark, seconds), or None if its lead is nowhere above 0.
    """
    raise NotImplementedError("For each mark and each second: the rows of that second. And then?")


def way_back(decode, x, z, lr, steps):
    """Build it. Codes whose images are near to x, found by plain gradient descent, without Adam.

    Each step goes against the gradient, with respect to the codes, of the sum of all squared
    errors: over pixels and over images, so that each image has a search of its own.
    decode: codes (N, Z) -> images (N, D), for Tensors. x: (N, D) array, the images that are wanted.
    z: (N, Z) array to start from; leave it as it is. lr, steps: as in lesson 5.
    Returns (N, Z) array.
    Example: decode(z) = z, one image [2.0], z = [[0.0]], lr 0.25 and one step: [[1.0]].
    """
    raise NotImplementedError("Tensor, decode, a sum of squares, grad, and a step. And again.")


def fools_sharpness(soft, shape):
    """Break it. Somebody says: "The sharpness of our images equals that of real ones".

    Take soft images, change at most three pixels of each, and return images whose sharpness is on
    average at least that of real digits, which is 0.51.
    soft: (N, D) array in [0, 1], smoothed digits. shape: (height, width) of an image.
    Returns (N, D) array in [0, 1]; leave `soft` as it is.
    """
    raise NotImplementedError("The GAN did it in its first second.")
