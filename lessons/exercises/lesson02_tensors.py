"""Exercises for lesson 2: shrink a graph, send a pick back, give an op its rules, fool a sum.

Replace each `raise` by your answer, then ask:

    python -m lessons check 2                   all of them
    python -m lessons check 2 pick_rule --hint  one, with a stronger hint
"""

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
    """Change it. The number of `row_by_row`, from a graph of at most 6 Tensors for any N.

    w: a Tensor (D,). x: an array (N, D). Returns a Tensor of shape (), with w's right gradient.
    Example: w = [0, 0] and x = [[1, 0], [0, 2]] give 5.
    """
    raise NotImplementedError("Let the rows share one op: what does x - w do, (N, D) with (D,)?")


def pick_rule(g, index, n):
    """Build it. The rule of y = x[index], which picks m of n elements: what goes back to x.

    g: (m,), the gradient of y. index: (m,), whole numbers from 0 to n - 1. An element may be picked
    several times, or never. Returns an array (n,), the gradient of x; g is left as it was.
    Example: x[[0, 0, 2]] picks the first of four twice. g = [1, 2, 4] gives [3, 0, 4, 0].
    """
    raise NotImplementedError("x[0] stands in two places of y. What happens to their gradients?")


@op
def outer(a, b):
    """Build it. The op y_ij = a_i b_j, right to second order.

    a: (n,). b: (m,). Returns (n, m). Write the function here, of arrays. Below it, set a rule for
    each argument by `outer.gradients(a=lambda g, y, a, b: ..., b=...)`: made of ops, such as
    scratchgen's `sum` and the operators, in the shape of its argument.
    Example: a = [1, 2] and b = [3, 4, 5] give [[3, 4, 5], [6, 8, 10]].
    """
    raise NotImplementedError("Derive dL/da_i by indices: in which y does a_i stand?")


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
    """Break it. The claim: sum_to_by_size gives what sum_to gives.

    Find two shapes for which that is false, the second one broadcasting to the first. Return
    them: (x.shape, shape), such as ((2, 3), (3,)), where it happens to be right.
    """
    raise NotImplementedError("It knows an axis by its size. When is that not enough?")
