"""Solutions for lesson 10."""

import numpy as np


def beside(rows, labels, classes):
    """Return the rows, joined with a one-hot row each."""
    return np.concatenate([rows, np.eye(classes)[labels]], axis=1)


def restyle(encode, decode, x, labels, classes):
    """Return the codes of the images with their own labels, decoded with every label."""
    z = encode(x, labels)
    return np.stack([decode(z, np.full(len(x), c)) for c in range(classes)], axis=1)


def lesson_posterior(prior, likelihood):
    """Return Bayes' rule of lesson 7, for a table of causes."""
    joint = prior * likelihood
    return joint / joint.sum()


def class_posterior(log_p, prior):
    """Return Bayes' rule by rows: of the logarithms, the largest is taken away first."""
    log_joint = log_p + np.log(prior)
    joint = np.exp(log_joint - log_joint.max(axis=1, keepdims=True))
    return joint / joint.sum(axis=1, keepdims=True)


def half_width(errors, others, t=2.262):
    """Return t standard errors of the differences."""
    differences = np.asarray(errors) - np.asarray(others)
    return t * differences.std(ddof=1) / np.sqrt(len(differences))


def bound(w, s, x, y):
    """Return log p(x|y) of the linear machine."""
    variance = w[y] ** 2 + s
    return -0.5 * (np.log(2 * np.pi * variance) + x**2 / variance)


def mirrored(w):
    """Return the weights with one sign turned: for each letter by itself nothing has changed."""
    return w * np.array([1, -1])
