"""Our answers to the exercises of lesson 17."""

import numpy as np

from scratchgen import grad


def backward(loss, weights, slopes):
    """Add the gradient of loss to what is in slopes."""
    for slope, new in zip(slopes, grad(loss, weights), strict=True):
        slope += new  # in place: `slope = slope + new` would make another array


def convolve(images, filters):
    """What filters (F, k, k) see in images (N, H, W)."""
    k = filters.shape[-1]
    h, w = images.shape[1] - k + 1, images.shape[2] - k + 1
    out = 0
    for i in range(k):
        for j in range(k):
            part = images[:, None, i : i + h, j : j + w]  # (N, 1, h, w)
            out = out + filters[:, i, j, None, None] * part  # (F, 1, 1)
    return out


def unseen(W):
    """A row x of length 1 with x @ W = x @ W.T."""
    # A = W - W.T is its own negative transpose. With three rows, such a table always sends some
    # row to 0: x @ A is the cross product of x with the row below, and that with itself is 0.
    A = W - W.T
    x = np.array([A[1, 2], A[2, 0], A[0, 1]])
    length = np.linalg.norm(x)
    return x / length if length > 0 else np.array([1.0, 0.0, 0.0])
