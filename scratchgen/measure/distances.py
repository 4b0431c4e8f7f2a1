"""Distances between the points of two sets, a block of them at a time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy

from ..backend import Array, array_module
from .blocks import blocks_of_pairs
from .given import checked_pair

_EPS = float(numpy.finfo(numpy.float64).eps)


def squared_distances(
    a: Array, b: Array, rounded_down: bool = False
) -> Iterator[tuple[slice, Array]]:
    """All of |a_i - b_j|^2, some rows at a time: (N, D), (M, D) -> blocks of (rows, M).

    |a|^2 + |b|^2 - 2ab costs one matrix product, where differences would fill an array
    (rows, M, D); the price is a rounding error of up to about D eps (|a|^2 + |b|^2).
    rounded_down: takes more than this off, so that a point on the edge of a ball (a repeated
    point, say, whose ball has the radius 0) is not left out by rounding.

    >>> a, b = numpy.array([[0.0], [1.0]]), numpy.array([[3.0]])
    >>> [distances.tolist() for _, distances in squared_distances(a, b)]
    [[[9.0], [4.0]]]
    """
    less = 8 * (a.shape[1] + 4) * _EPS if rounded_down else 0.0
    a_norms, b_norms = ((x * x).sum(1) * (1 - less) for x in (a, b))
    for rows in blocks_of_pairs(len(a), len(b)):
        distances = a[rows] @ b.T  # (rows, D) @ (D, M) -> (rows, M)
        distances *= -2
        distances += a_norms[rows, None]
        distances += b_norms
        yield rows, distances


def nearest_distance(a: Array, b: Array) -> Array:
    """The Euclidean distance of each row of `a` to the row of `b` nearest to it: (N, D) -> (N,).

    b: (M, D), M from 1. Exactly 0 for a row that `b` contains. Computed in float64.

    >>> nearest_distance(numpy.array([[0.0, 0.0], [3.0, 4.0]]), numpy.array([[0.0, 0.0]]))
    array([0., 5.])
    """
    return nearest_rows(*checked_pair("nearest_distance", a=a, b=b))[1]


def nearest_rows(a: Array, b: Array) -> tuple[Array, Array]:
    """Which row of `b` is nearest to each row of `a`, and how far it is: (N,), (N,).

    a (N, D) and b (M, D) are as `checked_pair` gives them.

    >>> nearest_rows(numpy.array([[0.0], [5.0]]), numpy.array([[4.0], [1.0]]))
    (array([1, 0]), array([1., 1.]))
    """
    xp = array_module(a)
    index, distance = xp.empty(len(a), int), xp.empty(len(a))
    for rows, distances in squared_distances(a, b):
        index[rows] = distances.argmin(1)
        # The winner's distance from its difference: that of a repeated row is 0, unrounded.
        distance[rows] = xp.sqrt(((a[rows] - b[index[rows]]) ** 2).sum(1))
    return index, distance
