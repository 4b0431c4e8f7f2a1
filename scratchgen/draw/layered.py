"""A graph laid out in columns, from what a node is made of to the node.

Its nodes are numbered; an edge that passes a column on its way has a place of its own in it,
numbered on, so that boxes make room for it (Sugiyama et al. 1981).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from .page import QUIET, inches, rising

LINE, BETWEEN, HEAD = 0.16, 0.14, 0.12  # inches: arrow to arrow, box to box, an arrow's head
WORD: dict[str, Any] = {"size": 7, "color": QUIET}  # on an arrow


def columns_of(labels: Sequence[str], edges: Sequence[tuple[int, int]]) -> list[int]:
    """Each node's column: right of all it is made of; a leaf stands just left of its first use.

    >>> columns_of("wxpy", [(0, 2), (1, 2), (2, 3)])
    [0, 0, 1, 2]
    """
    column = [0] * len(labels)
    waiting = list(edges)
    while waiting:
        for a, b in waiting:
            column[b] = max(column[b], column[a] + 1)
        last = max(range(len(column)), key=column.__getitem__)
        if column[last] >= len(labels):  # no path without a circle is that long
            raise ValueError(
                "graph(edges): expected edges from what a node is made of to the node, got a "
                f"circle through {labels[last]!r}. Turn one of its edges, or leave it out."
            )
        waiting = [(a, b) for a, b in edges if column[b] <= column[a]]
    for leaf in set(range(len(labels))) - {b for _, b in edges}:
        column[leaf] = min((column[b] for a, b in edges if a == leaf), default=1) - 1
    return column


def heights_of(column: Sequence[int], ways: Sequence[list[int]], tall: np.ndarray) -> np.ndarray:
    """The height of each place: near what it hangs on, clear of all others in its column.

    In turn from the left and from the right, each column is sorted by the mean height of what its
    members hang on, and moved there as far as there is room.

    >>> heights_of([0, 0, 1], [[0, 2], [1, 2]], np.array([0.2, 0.2, 0.2]))
    array([0.44, 0.1 , 0.27])
    """
    near: list[tuple[list[int], list[int]]] = [([], []) for _ in column]  # left, right
    for a, b in itertools.chain.from_iterable(map(itertools.pairwise, ways)):
        near[a][1].append(b)
        near[b][0].append(a)
    y = -np.arange(len(column), dtype=float)
    for side in (0, 1) * 6:
        for k in range(max(column) + 1)[:: 1 - 2 * side]:
            members = np.flatnonzero(np.equal(column, k))
            wanted = np.array([y[near[x][side] or [x]].mean() for x in members.tolist()])
            order = np.lexsort((y[members], wanted))
            sizes = tall[members[order]] + BETWEEN
            steps = np.cumsum(sizes) - sizes / 2
            y[members[order]] = rising(wanted[order] - steps) + steps
    return y - (y - tall / 2).min()  # the lowest box stands on 0


def ports_of(ways: Sequence[list[int]], y: np.ndarray, end: int) -> list[float]:
    """The height at which each edge leaves (end 0) or enters (end -1) its node, none on another.

    >>> np.array(ports_of([[0, 2], [1, 2]], np.array([1.0, 0.0, 0.5]), -1))
    array([0.58, 0.42])
    """
    heights = [0.0] * len(ways)
    for node in {way[end] for way in ways}:
        here = [i for i, way in enumerate(ways) if way[end] == node]
        here.sort(key=lambda i: y[ways[i][-2 if end else 1]])
        for rank, i in enumerate(here):
            heights[i] = y[node] + LINE * (rank - (len(here) - 1) / 2)
    return heights


def spans_of(column: Sequence[int], wide: np.ndarray, words: Sequence[str]) -> np.ndarray:
    """The left and the right of each place, in columns with room before them for arrows' words.

    >>> spans_of([0, 1], np.array([0.5, 0.6]), ["", ""])[1]
    array([0.92, 1.52])
    """
    widths = np.array([wide[np.equal(column, k)].max() for k in range(len(words))])
    room = [inches(word, **WORD)[0] + 0.3 + HEAD for word in words]
    right = np.cumsum(widths) + np.cumsum(room) - room[0]
    middle, half = (right - widths / 2)[column], np.where(wide, wide, widths[column]) / 2
    return np.stack([middle - half, middle + half], axis=1)
