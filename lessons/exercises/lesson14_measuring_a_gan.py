"""Exercises for lesson 14: precision without strays, Parzen's window, and two impostors of yours.

Replace each `raise` by your answer, then ask:

    python -m lessons check 14                     all of them
    python -m lessons check 14 log_window --hint   one, with a stronger hint
"""

import numpy as np


def precision(real, made, k):
    """The share of the generated images that lie in at least one ball of a real one."""
    to_real = np.sqrt(((real[:, None] - real) ** 2).sum(axis=2))
    reach = np.sort(to_real, axis=1)[:, k]  # to_real[:, 0] would be an image's own distance, 0
    to_made = np.sqrt(((made[:, None] - real) ** 2).sum(axis=2))  # (made, real)
    return (to_made <= reach).any(axis=1).mean()


def precision_without_strays(real, made, k):
    """Change it. A precision that no stray can fool.

    `precision` is fooled by a single real image that has strayed, since its ball is huge. Change
    it so that only those balls count whose reach is at most the median of all reaches. The large
    half of the balls is left out, and every generated image still counts. The reaches stay as they
    are, those among *all* real images: whoever leaves images out first gets larger ones.
    (Among 400 real digits, fresh ones then get 0.56 and noisy ones 0.20, with a stray or without:
    this number, too, says nothing unless one knows what the perfect machine gets.)
    real: (N, D). made: (M, D). k: to which neighbour a ball reaches. Returns a number in [0, 1].
    Example: on a line, for real images at 0, 1, 2 and 9, with k=1, the reaches are 1, 1, 1 and 7.
    An image at 5 lies in the last ball alone, and no longer counts as real.
    """
    raise NotImplementedError("Which balls may count? `reach` holds a number for each of them.")


def log_window(made, points, sigma):
    """Build it. The mean of log p(x) over points under a Parzen window, in nats.

    p(x) is the mean, over the generated images s_j, of the bells
    exp(-|x - s_j|^2 / (2 sigma^2)) / (sigma sqrt(2 pi))^D.
    made: (M, D). points: (N, D). sigma: a positive number. Returns one number.
    With 784 pixels such a bell is often smaller than the smallest float. The logarithm of it is an
    ordinary number, so stay with logarithms: log(e^a + e^b) = m + log(e^(a - m) + e^(b - m)), with
    m the larger of a and b.
    Example: for one image at 0 and one point at 0, with D = 1 and sigma = 1, it is -0.9189.
    """
    raise NotImplementedError("Write down log p(x) for a single image first: no sum is left.")


def fools_precision_and_coverage(seen):
    """Break it. Somebody says: "Precision and coverage are those of real digits: all is well".

    seen: a few hundred digits of MNIST, (N, 784), numbers from 0 to 1. Return N images of the same
    shape. They are compared with other real digits, and with k=5 their precision and their coverage
    should be those of fresh real digits, give or take 0.03: neither lower nor too good. But their
    recall should be at most a half.
    """
    raise NotImplementedError("What is too good can be spoilt a little. By what?")


def moved_copies(seen):
    """Break it. Somebody says: "Its images are no nearer to seen ones, so none is a copy".

    seen: a few hundred digits of MNIST, (N, 784), numbers from 0 to 1. Return N images of the same
    shape. Each of them should be a copy of the seen image of the same row, but moved by at most
    two pixels up or down, and at most two to the left or right; what comes in at the edges is
    black. And of these, at most 70 % should be nearer to a seen image than to an unseen one.
    """
    raise NotImplementedError("To a distance between pixels, what is a stroke that has moved?")
