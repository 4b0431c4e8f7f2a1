"""Exercises for lesson 4: count, find a spread, come back through a layer, let a gradient die.

Replace each `raise` by your answer, then ask:

    python -m lessons check 4                         all of them
    python -m lessons check 4 leaky_spread --hint     one, with a stronger hint
"""

import math


def count(widths):
    """Build it. How many numbers a multilayer perceptron can change: all its weights and biases.

    widths: a list, how many numbers go into the net and come out of each layer.
    Returns a whole number.
    Example: [4, 3] is the layer that the lesson draws. It has 12 weights and 3 biases: 15.
    """
    raise NotImplementedError("How many weights has a layer? How many biases? Add up the layers.")


def he_spread(n_in):
    """The spread of He initialisation: with a ReLU it keeps the size of the numbers."""
    return math.sqrt(2 / n_in)


def leaky_spread(n_in, a):
    """Change it. `he_spread` is right for a ReLU. Here is another activation function.

    A leaky ReLU keeps y where y is above 0, as a ReLU does. But where y is below 0 it gives a * y,
    with a small number a, instead of 0. So the negative half is not lost, only shrunk.
    Return the spread (the standard deviation of the weights) with which a layer of n_in inputs
    keeps the size of its numbers.
    Example: for a = 0 it is a ReLU, and 50 inputs ask for the spread 0.2.
    """
    raise NotImplementedError("Begin with the line of he_spread. Which number in it changes?")


def layer_gradients(x, W, b, g):
    """Build it. The way back through one dense layer with a ReLU, max(x @ W + b, 0).

    x: (N, n_in), W: (n_in, n_out), b: (n_out,), arrays. g: (N, n_out), the gradient of the loss
    with respect to what comes out of the layer.
    Returns three arrays: the gradients with respect to x, W and b, each of the same shape as what
    it belongs to. NumPy is enough. (No sum x @ W + b will be exactly 0.)
    Example: with x = [[1, 2]], W = [[1], [1]], b = [0] and g = [[5]] the sum is 3, which the ReLU
    lets through. The gradients are [[5, 5]], [[5], [10]] and [5].
    """
    raise NotImplementedError("First through the ReLU: which of the numbers in g come through?")


def dying_start(n_in, n_out, rng):
    """Break it. Somebody says: "A gradient survives if all weights are random and none of them 0".

    rng: a source of random numbers, such as numpy.random.default_rng(0). Return weights (n_in,
    n_out) that are drawn from rng, have the mean 0 (to a tenth of their standard deviation), and
    are none of them 0, for which that is false: ten ReLU layers of 64 units leave less than a
    millionth of a gradient, but more than 0.
    """
    raise NotImplementedError("Which spread has a factor that is small enough, ten times over?")
