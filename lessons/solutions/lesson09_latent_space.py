"""Our answers to the exercises of lesson 9."""

import numpy as np


def information(counts):
    """Mutual information of a table's rows and columns, in nats."""
    p = np.asarray(counts) / np.sum(counts)  # the share of each field
    alone = p.sum(axis=1, keepdims=True) * p.sum(axis=0)  # what it would be, if independent
    seen = p > 0  # t log t goes to 0 with t
    return (p[seen] * np.log(p[seen] / alone[seen])).sum()


def difference_of_means(z, factor):
    """The lesson's direction: the change of the mean code for one unit of the factor."""
    high = factor > factor.mean()
    step = z[high].mean(axis=0) - z[~high].mean(axis=0)
    return step / (factor[high].mean() - factor[~high].mean())


def direction_holding(z, factor, other):
    """Like with like: the direction among each kind of letters, and the mean of both."""
    kinds = [difference_of_means(z[other == kind], factor[other == kind]) for kind in (0, 1)]
    return np.mean(kinds, axis=0)


def pattern(z, w):
    """Covariance of each number with the prediction, over the prediction's variance."""
    prediction = z @ w
    off_the_mean = prediction - prediction.mean()
    return off_the_mean @ (z - z.mean(axis=0)) / (off_the_mean @ off_the_mean)


def needle():
    """The lesson's four letters, with an echo of a tenth in place of a fifth."""
    lean, bold = np.array([0, 1, 0, 1]), np.array([0, 0, 1, 1])
    return np.stack([lean + bold, bold / 10], axis=1), lean  # lean = z_1 - 10 z_2


def nothing_by_itself(f, g):
    """Their sum and their difference: each tells as much about f as the other, and about g."""
    return np.stack([f + g, f - g], axis=1)  # f is half of the sum of both
