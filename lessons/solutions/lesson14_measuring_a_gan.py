"""Our answers to the exercises of lesson 14."""

import numpy as np


def precision(real, made, k):
    """The share of the generated images that lie in at least one ball of a real one."""
    to_real = np.sqrt(((real[:, None] - real) ** 2).sum(axis=2))
    reach = np.sort(to_real, axis=1)[:, k]  # to_real[:, 0] would be an image's own distance, 0
    to_made = np.sqrt(((made[:, None] - real) ** 2).sum(axis=2))  # (made, real)
    return (to_made <= reach).any(axis=1).mean()


def precision_without_strays(real, made, k):
    """The share of the generated images in a ball of a real one, of the smaller half of balls."""
    to_real = np.sqrt(((real[:, None] - real) ** 2).sum(axis=2))
    reach = np.sort(to_real, axis=1)[:, k]
    small = reach <= np.median(reach)
    to_made = np.sqrt(((made[:, None] - real[small]) ** 2).sum(axis=2))
    return (to_made <= reach[small]).any(axis=1).mean()


def log_window(made, points, sigma):
    """The mean over points of the logarithm of a mean of bells."""
    squared = ((points[:, None] - made) ** 2).sum(axis=2)  # (N, M)
    logs = -squared / (2 * sigma**2) - points.shape[1] * np.log(sigma * np.sqrt(2 * np.pi))
    largest = logs.max(axis=1, keepdims=True)
    total = largest[:, 0] + np.log(np.exp(logs - largest).sum(axis=1))
    return (total - np.log(len(made))).mean()


def fools_precision_and_coverage(seen):
    """Each image mixed with its two nearest neighbours, and here and there a white square."""
    squared = (seen**2).sum(axis=1)[:, None] - 2 * seen @ seen.T + (seen**2).sum(axis=1)
    nearest = squared.argsort(axis=1)[:, :3]  # itself, and two others
    made = seen[nearest].mean(axis=1)
    made[::20] = 1  # in no ball; all equal, so that their own balls have no size
    return made


def moved_copies(seen):
    """Each image moved by two pixels to the right."""
    moved = np.zeros_like(seen).reshape(-1, 28, 28)
    moved[:, :, 2:] = seen.reshape(-1, 28, 28)[:, :, :-2]
    return moved.reshape(seen.shape)
