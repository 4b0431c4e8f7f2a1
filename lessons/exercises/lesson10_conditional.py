"""Exercises for lesson 10: hand over labels, swap them, turn the model round, and mirror it.

Replace each `raise` by your answer, then ask:

    python -m lessons check 10                 all of them
    python -m lessons check 10 mirrored --hint one, with a stronger hint
"""

import numpy as np


def beside(rows, labels, classes):
    """Build it. Rows with their labels beside them, one-hot: what both nets of the lesson read.

    rows: (N, W) array, images or codes. labels: (N,) whole numbers from 0 to classes - 1.
    Returns (N, W + classes).
    Example: beside([[5.0], [6.0]], [1, 0], classes=3) is [[5, 0, 1, 0], [6, 1, 0, 0]].
    """
    raise NotImplementedError("np.eye(classes) has a one-hot row for each label.")


def restyle(encode, decode, x, labels, classes):
    """Build it. Each image as every letter, in its own hand.

    encode(x, labels): the mean codes (N, Z) of images (N, D) with these labels (N,).
    decode(z, labels): the images (N, D) of codes (N, Z) with these labels (N,).
    Returns (N, classes, D): [i, c] is image i as letter c.
    Example: if encode and decode only add and subtract the label, image [5.0] with label 1 becomes
    [[4.0], [5.0], [6.0]] for three classes.
    """
    raise NotImplementedError("Whose label does the encoder need? And the decoder?")


def lesson_posterior(prior, likelihood):
    """Bayes' rule of lesson 7, for a table of causes (K,). For your use."""
    joint = prior * likelihood
    return joint / joint.sum()


def class_posterior(log_p, prior):
    """Change it. What a conditional model believes about the labels of images: a classifier.

    Change `lesson_posterior`: it takes one image and likelihoods. You get many images, and the
    logarithms log p(x|y), which a conditional VAE estimates for each label in turn. They may be
    as small as -2000, so that exp would give 0.
    log_p: (N, C) array: log p(x|y) of each image with each label. prior: (C,) array, p(y).
    Returns (N, C): p(y|x), each row adds up to 1.
    Example: class_posterior(log of [[1/16, 9/16]], [4/5, 1/5]) is [[4/13, 9/13]].
    """
    raise NotImplementedError("Which constant may be subtracted from a row of logarithms?")


def half_width(errors, others, t=2.262):
    """Change it. Half the width of the interval around the mean difference of paired errors.

    The lesson's interval needs the library. Write it by hand: t times the standard deviation of
    the differences (with N - 1), divided by the square root of their number N.
    errors, others: (N,) arrays, the i-th of both from seed i. t: Student's, 2.262 for ten seeds.
    Returns a number.
    Example: half_width([3.0, 5.0], [2.0, 2.0], t=1.0) is 1.0: the differences are 1 and 3.
    """
    raise NotImplementedError("First the differences, then their scatter.")


def bound(w, s, x, y):
    """The lesson's bound, made exact, of a linear conditional VAE with one hidden number.

    x (N,) given y (N,) is w[y] z plus noise of variance s, so it is N(0, w[y]^2 + s). Returns (N,).
    """
    variance = w[y] ** 2 + s
    return -0.5 * (np.log(2 * np.pi * variance) + x**2 / variance)


def mirrored(w):
    """Break it. Other weights with the same bound for every image, and styles turned round.

    A linear conditional VAE has two letters and one hidden number, "slant": letter y leans by
    w[y] z. In the given weights both are positive, so a code that lets letter 0 lean to the right
    lets letter 1 lean to the right as well.
    w: (2,) array, both above 0.
    Returns (2,): weights with the same `bound` for all x and y, and with which a code that lets
    letter 0 lean to the right lets letter 1 lean to the left.
    """
    raise NotImplementedError("The bound sees w[y] only as its square.")
