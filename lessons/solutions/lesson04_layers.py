"""Answers to the exercises of lesson 4."""

import itertools
import math

import numpy as np


def count(widths):
    """Build it. How many numbers a multilayer perceptron can change: all its weights and biases.

    Every input of a layer is connected to every unit, and every unit has one bias.
    """
    return sum(n_in * n_out + n_out for n_in, n_out in itertools.pairwise(widths))


def he_spread(n_in):
    """The spread of He initialisation: with a ReLU it keeps the size of the numbers."""
    return math.sqrt(2 / n_in)


def leaky_spread(n_in, a):
    """Change it. `he_spread` is right for a ReLU. Here is another activation function.

    Of the squares, the positive half stays, and the negative half is multiplied by a^2. So a layer
    multiplies their mean by n_in * v * (1 + a^2) / 2. For a = 1 nothing is lost, and v = 1 / n_in.
    (He and others 2015, equation 15.)
    """
    return math.sqrt(2 / ((1 + a**2) * n_in))


def layer_gradients(x, W, b, g):
    """Build it. The way back through one dense layer with a ReLU, max(x @ W + b, 0).

    The slope of the ReLU is 1 where the sum is above 0, and 0 elsewhere. What comes through is the
    gradient with respect to the sums; behind that there is lesson 2's matrix product.
    """
    through = g * (x @ W + b > 0)  # (N, n_out)
    return through @ W.T, x.T @ through, through.sum(axis=0)


def odd_of_three():
    """relu(n) - 2 relu(n - 1) + 2 relu(n - 2), with n the number of switches that are up."""
    # The slope between n = 0, 1, 2, 3 should be 1, -1, 1: it changes by -2 at 1, by 2 at 2.
    return np.ones((3, 3)), np.array([0.0, -1.0, -2.0]), np.array([1.0, -2.0, 2.0])


def sigmoid_start(n_in, n_out, rng):
    """Break it. Somebody says: "Through ten layers of sigmoids no gradient comes back".

    The weights make up for the slope of 1/4. The biases take off what inputs of 1/2 add up to, so
    that the sums lie around 0, where the slope is that large. It is a layer of tanh in disguise.
    """
    W = 4 * math.sqrt(2 / (n_in + n_out)) * rng.standard_normal((n_in, n_out))
    return W, -W.sum(axis=0) / 2
