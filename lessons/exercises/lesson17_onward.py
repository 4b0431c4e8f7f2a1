"""Exercises of lesson 17: added gradients, many filters, an unseen transpose.

Put your answers in place of the lines that raise, then test them (no other
library is needed):

    python -m lessons check 17           what holds, what does not, and a hint
    python -m lessons check 17 --hint    a stronger hint
"""

import numpy as np

from scratchgen import grad


def backward(loss, weights, slopes):
    """Change it. Add the gradient of loss to slopes, as PyTorch does.

    It returns nothing. loss: a Tensor of shape (). weights: a list of
    Tensors. slopes: a list of arrays, one for each weight and of its shape,
    which are changed in place; other pieces of code hold these arrays.
    Example: for w = 3 and slopes = [[6.0]], the loss w * w makes it [[12.0]].
    """
    raise NotImplementedError("grad returns the gradients. Where do they go?")


def convolve(images, filters):
    """Build it. Return what many filters see in many images.

    Its shape is (N, F, H - k + 1, W - k + 1). images: (N, H, W).
    filters: (F, k, k), with any k. At each place where a whole filter fits on
    the image, multiply what lies on top of each other, and add up, as in the
    lesson. NumPy only.
    Example: the image [[1, 2], [3, 4]] and the filter [[1, 0], [0, 10]] give
    41.
    """
    raise NotImplementedError("i and j go over the filter. What goes along?")


def unseen(W):
    """Break it. Return a row x for which a forgotten transpose does not show.

    "If both nets give the same for a test input, the weights were carried
    over rightly", they say. W: (3, 3), any. x has the shape (3,) and the
    length 1, and x @ W and x @ W.T are to be the same, up to rounding.
    Example: [0, 0, 1] is one for W = [[1, 2, 0], [0, 1, 0], [0, 0, 1]].
    """
    raise NotImplementedError("x @ W = x @ W.T says: x @ A = 0. What is A?")
