"""Answers to the exercises of lesson 4."""

import itertools
import math


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


def dying_start(n_in, n_out, rng):
    """Break it. Somebody says: "A gradient survives if all weights are random and none of them 0".

    With the spread 0.01, each layer has the factor sqrt(64 * 0.01^2 / 2), about 0.06.
    """
    return 0.01 * rng.standard_normal((n_in, n_out))
