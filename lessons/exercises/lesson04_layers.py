"""Exercises for lesson 4: count, a spread, the way back through a layer, switches, sigmoids.

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


def odd_of_three():
    """Change it. The lesson's two ReLUs work a lamp by two switches. Now there are three.

    Flip any one of the three, and the lamp changes: it is on if 1 or 3 switches are up.
    Return weights W (3, H), biases b (H,) and weights v (H,) of a net relu(x @ W + b) @ v that
    gives 1 where the lamp is on and 0 where it is off, for each of the eight rows x of 0 and 1.
    Example: the lesson's net is W = [[1, 1], [1, 1]], b = [0, -1], v = [1, -2].
    """
    raise NotImplementedError("How many are up? Let one more ReLU wake up where all three are.")


def sigmoid_start(n_in, n_out, rng):
    """Break it. Somebody says: "Through ten layers of sigmoids no gradient comes back".

    Return weights W (n_in, n_out), drawn from rng, and biases b (n_out,) for which that is false.
    The check sends numbers around 1/2 through ten layers sigmoid(x @ W + b) of 64 units, each with
    its own draw. At least a tenth of a gradient should come back. (In the lesson, weights of the
    spread 1/8 and biases of 0 leave a millionth.)
    """
    raise NotImplementedError("Larger weights, and sums around 0: what do the inputs add up to?")
