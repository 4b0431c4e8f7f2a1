"""Exercises for lesson 9: counts, two better directions, two false beliefs.

Replace each `raise` by your answer, then ask:

    python -m lessons check 9                               all of them
    python -m lessons check 9 direction_holding --hint      one, with a stronger hint
"""

import numpy as np


def information(counts):
    """Build it. The mutual information of a number of the code and a factor, in nats.

    Begin from the table of counts, and write the formula out.
    counts: (rows, columns), how often each value of the number came with each value of the factor;
    whole numbers from 0, of any size, with one above 0 at least. Rows and columns may be as many as
    they like. Returns one number, 0 or more.
    Example: [[8, 0], [0, 8]] gives log 2, and [[4, 4], [4, 4]] gives 0.
    """
    raise NotImplementedError("Shares first: p = counts / counts.sum().")


def difference_of_means(z, factor):
    """The lesson's direction: the change of the mean code for one unit of the factor."""
    high = factor > factor.mean()
    step = z[high].mean(axis=0) - z[~high].mean(axis=0)
    return step / (factor[high].mean() - factor[~high].mean())


def direction_holding(z, factor, other):
    """Change it. The direction of a factor in data where another factor goes along with it.

    Suppose that among the letters that lean there are more bold ones. Then `difference_of_means`
    makes a letter bolder, too, when it is asked to lean. Change it: compare high with low among
    the bold letters, and among the thin ones, and give the mean of both directions.
    z: codes (N, Z). factor: (N,), 0 or 1. other: (N,), 0 or 1. Each of the four pairs occurs.
    Returns (Z,), the change of the code for one unit of the factor while the other stays.
    Example: codes (lean, bold) with any counts of the four pairs: it gives (1, 0).
    """
    raise NotImplementedError("Take the letters with other == 0 first, and their direction.")


def pattern(z, w):
    """Change it. From weights that *predict* a factor, the direction in which to *edit*.

    Weights w say how to read a factor off a code: the prediction is z @ w. Their pattern says how
    the code changes where the prediction is larger. For each number of the code it is the slope of
    the straight line that fits this number best as a function of the prediction:
    the covariance of the number and the prediction, divided by the prediction's variance.
    z: codes (N, Z). w: (Z,), such that z @ w is not the same for all. Returns (Z,).
    Example: the lesson's four letters, and its w = (1, -5): it gives (1, 0), as the means do.
    """
    raise NotImplementedError("Take the mean away first: from the codes, and from z @ w.")


def needle():
    """Break it. Somebody says: "These weights predict the slant perfectly, so they change it".

    Return codes of at least four letters, (N, 2), and their slants, (N,), such that a weighted sum
    of the two numbers (plus a constant) is *exactly* the slant, while the weights stand at more
    than 80 degrees to the difference of means. The slants have to differ, and no number of the code
    may be the same for all letters.
    """
    raise NotImplementedError("The lesson's four letters have 79 degrees. Make the echo fainter.")


def nothing_by_itself(f, g):
    """Break it. Somebody says: "MIG is next to 0, so the code has not understood the factors".

    f, g: (N,) each, two factors, drawn evenly and independently between 0 and 1. Return codes
    (N, 2) with a MIG below 0.1, from which both factors can be read exactly, by weighted sums.
    """
    raise NotImplementedError("Turn the plane of f and g by half a right angle.")
