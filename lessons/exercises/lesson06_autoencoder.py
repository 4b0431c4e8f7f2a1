"""Exercises for lesson 6: a bell for each digit, two gradients, two false beliefs.

Replace each `raise` by your answer, then ask:

    python -m lessons check 6                        all of them
    python -m lessons check 6 linear_gradients --hint  one, with a stronger hint
"""

import numpy as np


def from_a_normal(z, n, rng):
    """n random codes (n, Z) from one normal distribution, fitted to all the codes z (N, Z)."""
    return rng.multivariate_normal(z.mean(axis=0), np.cov(z.T), n)


def from_many_normals(z, labels, n, rng):
    """Change it. n random codes from a normal distribution for each digit, in place of one for all.

    `from_a_normal` lays a single bell over the whole map, the empty land between the countries
    included. Change it so that every country gets a bell of its own: first draw a class, as often
    as it comes up among the labels, and then a code from the normal distribution that has the mean
    and the covariances of that class's codes.
    z: codes (N, Z), Z at least 2. labels: (N,), a whole number for each, such as 0 to 9, or 3 and
    7. n: how many to draw. rng: a numpy.random.Generator. Returns an array (n, Z).
    Example: if the codes of the 0s lie around (0, 0) and those of the 1s around (9, 9), then none
    of the codes that are drawn lies half-way between.
    """
    raise NotImplementedError("Draw n labels with rng.choice. Then fill the rows class by class.")


def linear_gradients(x, A, B):
    """Build it. The gradients of a linear autoencoder without biases, by hand.

    The encoder is z = x @ A, the decoder y = z @ B, and the loss is the lesson's: the squares of
    y - x, summed over the pixels, and then the mean over the images.
    x: images (N, D). A: (D, K). B: (K, D). Returns two arrays, the derivatives of the loss with
    respect to A and to B, in their shapes. NumPy is enough: lesson 2 has the rule of the product.
    Example: for x = [[1, 0]], A = [[1], [0]], B = [[0, 1]] they are [[2], [0]] and [[-2, 2]].
    """
    raise NotImplementedError("Begin at the end: g = 2 (y - x) / N is the gradient of y.")


def same_copies(A, B):
    """Break it. Somebody says: "Each number of a code has its meaning, since training found it".

    A: (D, K) and B: (K, D), the weights of a linear autoencoder, z = x @ A and y = z @ B, with K at
    least 2; the columns of A are independent. Return another A and B of the same shapes that
    rebuild every image just as these do, while each number of the code says something else: no
    column of the new A is a multiple of a column of the old one.
    """
    raise NotImplementedError("Mix the numbers of the code, and let the decoder undo it.")


def mostly_junk(real):
    """Break it. Somebody says: "Coverage is 1, so the generated images look real".

    real: an array (N, D), N at least 10. Return generated images (M, D), as many as you like, that
    have a coverage of 1, with balls that reach to the fifth neighbour, while nine tenths of them
    or more lie in no ball of any real image.
    """
    raise NotImplementedError("Coverage asks what is shown, and not what is shown besides.")
