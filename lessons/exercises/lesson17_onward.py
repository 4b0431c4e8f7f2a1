"""Exercises of lesson 17: gradients that add up, a convolution of many, a transpose unseen.

Put your answers in place of the lines that raise, then test them; no other library is needed:

    python -m lessons check 17           what holds, what does not yet, and a hint
    python -m lessons check 17 --hint    a stronger hint
"""

import numpy as np

from scratchgen import grad


def backward(loss, weights, slopes):
    """Change it. As in PyTorch: add the gradient of loss to what is in slopes, and return nothing.

    loss: a Tensor of shape (). weights: a list of Tensors. slopes: a list of arrays, one for each
    weight and of its shape, which are changed in place; other pieces of code hold these arrays.
    Example: for w = 3 and slopes = [[6.0]], the loss w * w makes slopes [[12.0]].
    """
    raise NotImplementedError("grad(loss, weights) returns the gradients. Where do they go?")


def convolve(images, filters):
    """Build it. Return what many filters see in many images: (N, F, H - k + 1, W - k + 1).

    images: (N, H, W). filters: (F, k, k), with any k. At each place where a whole filter fits on
    the image, multiply what lies on top of each other, and add up, as in the lesson. NumPy only.
    Example: the image [[1, 2], [3, 4]] and the filter [[1, 0], [0, 10]] give 41.
    """
    raise NotImplementedError("In the lesson, i and j go over the filter. What goes along?")


def unseen(W):
    """Break it. Return a row x (3,), of length 1, for which nobody sees that W was not transposed.

    "If both nets give the same for a test input, the weights were carried over rightly", they say.
    W: (3, 3), any. x @ W and x @ W.T are to be the same, up to rounding.
    Example: for W = [[1, 2, 0], [0, 1, 0], [0, 0, 1]] the row [0, 0, 1] is one.
    """
    raise NotImplementedError("x @ W = x @ W.T says that x @ A = 0. What is A, and what is A.T?")
