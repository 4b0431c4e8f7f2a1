"""Answers to the exercises of lesson 2, and why they are so."""

import numpy

from scratchgen import op, sum


def row_by_row(w, x):
    """The squared distances from w to the rows of x, added up: four nodes a row. For your use."""
    total = 0.0
    for row in x:
        apart = row - w
        total = total + (apart * apart).sum()
    return total


def squared_distance(w, x):
    """The number of `row_by_row`, from four Tensors: w, the difference, its square, the sum."""
    apart = x - w  # (N, D) - (D,): w is repeated, so that its gradient sums over the rows
    return (apart * apart).sum()


def pick_rule(g, index, n):
    """The rule of y = x[index]: each element of x adds up the gradients of its copies."""
    back = numpy.zeros(n)
    for place, part in zip(index, g, strict=True):
        back[place] += part
    return back  # back[index] += g adds once for each place; numpy.add.at(back, index, g) works


@op
def outer(a, b):
    """The op y_ij = a_i b_j."""
    return numpy.multiply.outer(a, b)


# a_i stands in row i of y: dL/da_i = sum_j g_ij b_j. Ops alone, so both have rules of their own.
outer.gradients(
    a=lambda g, y, a, b: sum(g * b, axis=1),
    b=lambda g, y, a, b: sum(g.T * a, axis=1),
)


def sum_to_by_size(x, shape):
    """A sum_to that goes by sizes. For your use.

    From the left, it keeps each axis that fits the next size of `shape`, and sums the others.
    """
    wanted = [n for n in shape if n != 1]
    axes = []
    for axis, n in enumerate(x.shape):
        if wanted and n == wanted[0]:
            wanted.pop(0)
        else:
            axes.append(axis)
    return x.sum(tuple(axes)).reshape(shape)


def shapes_it_gets_wrong():
    """A square: a bias (2,) for a batch of two. From the left, the batch's axis fits too."""
    return (2, 2), (2,)
