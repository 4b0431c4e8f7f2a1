"""Solutions for lesson 15."""

import math

import numpy as np

from scratchgen import Tensor, grad

STUDENT = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776}  # how many values: the factor for 95 %


def lesson_interval(values):
    """Return the mean of a few values, and half the width of its 95 % interval."""
    n = len(values)
    return values.mean(), STUDENT[n] * values.std(ddof=1) / math.sqrt(n)


def lead(gan, vae):
    """Return the interval of the differences, seed by seed."""
    return lesson_interval(gan - vae)


def choose_the_winner(table, machine, marks):
    """Return the mark and the second of its largest lead, or None."""
    found, largest = None, 0
    for seconds in sorted({row["seconds"] for row in table}):
        rows = [row for row in table if row["seconds"] == seconds]
        for mark in marks:
            own = [row[mark] for row in rows if row["machine"] == machine]
            others = [row[mark] for row in rows if row["machine"] != machine]
            if min(own) - max(others) > largest:
                found, largest = (mark, seconds), min(own) - max(others)
    return found


def way_back(decode, x, z, lr, steps):
    """Return the codes after so many steps against the gradient."""
    for _ in range(steps):
        code = Tensor(z)
        error = ((decode(code) - x) ** 2).sum()
        z = z - lr * grad(error, [code])[0]
    return z


def fools_sharpness(soft, shape):
    """Return the images, each with three white specks where it is darkest."""
    specked = soft.copy()
    for x in specked.reshape(-1, *shape):  # views: what is written lands in `specked`
        for _ in range(3):
            inner = x[1:-1, 1:-1] + x[:-2, 1:-1] + x[2:, 1:-1] + x[1:-1, :-2] + x[1:-1, 2:]
            row, column = np.unravel_index(inner.argmin(), inner.shape)
            x[row + 1, column + 1] = 1
    return specked
