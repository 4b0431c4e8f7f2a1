"""A graph laid out in columns, from what a node is made of to the node.

Its nodes are numbered; an edge that passes a column on its way has a place of its own in it,
numbered on, so that boxes make room for it (Sugiyama et al. 1981).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .page import BEHIND, COLOURS, QUIET, blank_page, inches, rising

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LINE, BETWEEN, HEAD = 0.16, 0.14, 0.12  # inches: arrow to arrow, box to box, an arrow's head
WORD: dict[str, Any] = {"size": 8, "color": QUIET}  # on an arrow


class Layout(NamedTuple):
    """Where all stands, in inches: nodes first, in `spans` and `heights`, then what edges pass."""

    spans: np.ndarray  # left, right
    heights: np.ndarray  # of their middles
    routes: list[list[tuple[float, float, float]]]  # of each edge, as `draw_arrow` takes it
    size: tuple[float, float]  # width, height


def laid_out(
    where: str, labels: Sequence[str], edges: Sequence[tuple[int, int]],
    sizes: Sequence[tuple[float, float]], edge_labels: Sequence[str] = (), gap: float = 0.3,
) -> Layout:  # fmt: skip
    """The layout of nodes, each of a size (width, height), and of the edges between them.

    gap: inches, the least room from column to column, besides an arrow's head and its word.

    >>> laid_out("graph", "wxy", [(0, 2), (1, 2)], [(0.5, 0.2)] * 3).spans[2]
    array([0.92, 1.42])
    """
    column = columns_of(where, labels, edges)
    words = [""] * (max(column) + 1)
    ways = []
    for (a, b), word in zip(edges, edge_labels or [""] * len(edges), strict=True):
        passed = range(column[a] + 1, column[b])
        ways.append([a, *range(len(column), len(column) + len(passed)), b])
        column += passed
        words[column[b]] += f"\n{word}"
    wide, tall = np.transpose([*sizes, *[(0.0, LINE)] * (len(column) - len(labels))])
    y, spans = heights_of(column, ways, tall), spans_of(column, wide, words, gap)
    routes = []
    for way, first, last in zip(ways, ports_of(ways, y, 0), ports_of(ways, y, -1), strict=True):
        heights = [first, *y[way[1:-1]], last]
        routes.append([(*spans[x], h) for x, h in zip(way, heights, strict=True)])
    return Layout(spans, y, routes, (spans.max(), (y + tall / 2).max()))


def canvas(layout: Layout, title: str, caption: str) -> tuple[Figure, Axes]:
    """A page with room for a layout, and its axes, in which a unit is an inch.

    >>> canvas(laid_out("graph", "x", [], [(1.0, 0.5)]), "", "")[1].axison
    False
    """
    width, height = layout.size
    figure, box = blank_page(width + 0.04, height + 0.04, title, caption)
    axes = figure.add_axes(tuple(box / np.tile(figure.get_size_inches(), 2)))
    axes.set(xlim=(-0.02, width + 0.02), ylim=(-0.02, height + 0.02))
    axes.set_axis_off()
    return figure, axes


def draw_arrow(
    axes: Axes, stops: Sequence[tuple[float, float, float]], word: str = "", back: bool = False
) -> None:
    """Draw an arrow through `stops`, each (left, right, y), with a word before its head.

    back: whether it leads from the last stop back to the first; such an arrow is red.

    >>> figure, axes = canvas(laid_out("", "ab", [(0, 1)], [(1, 1), (1, 1)]), "", "")
    >>> draw_arrow(axes, [(0.0, 1.0, 0.5), (2.0, 3.0, 0.5)], "twice")
    >>> axes.texts[0].get_position()
    (1.88, 0.5)
    """
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path as Curve

    level = HEAD + inches(word, **WORD)[0] + 0.02 if word else 0.0  # it bends before its word
    bends = [list(stop) for stop in stops]
    bends[0][1] += level * back
    bends[-1][0] -= level * (not back)
    vertices, codes = [stops[0][1:], tuple(bends[0][1:])], [Curve.MOVETO, Curve.LINETO]
    for left, right, y in bends[1:]:
        bend = (vertices[-1][0] + left) / 2
        vertices += [(bend, vertices[-1][1]), (bend, y), (left, y), (right, y)]
        codes += [Curve.CURVE4, Curve.CURVE4, Curve.CURVE4, Curve.LINETO]
    vertices[-1] = stops[-1][0], stops[-1][2]  # it ends where its last node begins
    far = [codes[i] != Curve.LINETO or vertices[i] != vertices[i - 1] for i in range(len(codes))]
    curve = Curve(  # without lines of no length, which would give a head no direction
        list(itertools.compress(vertices, far)), list(itertools.compress(codes, far))
    )
    colour = COLOURS[2] if back else BEHIND
    axes.add_patch(FancyArrowPatch(path=curve, arrowstyle="<|-" if back else "-|>",
                                   mutation_scale=7, linewidth=0.8, color=colour, shrinkA=0,
                                   shrinkB=0, zorder=1))  # fmt: skip
    if word:
        x, y = (stops[0][1] + HEAD, stops[0][2]) if back else (stops[-1][0] - HEAD, stops[-1][2])
        look = WORD | {"color": COLOURS[2] if back else QUIET, "ha": "left" if back else "right"}
        axes.text(x, y, word, va="center", **look,
                  bbox={"facecolor": "white", "linewidth": 0, "pad": 0.6})  # fmt: skip


def columns_of(where: str, labels: Sequence[str], edges: Sequence[tuple[int, int]]) -> list[int]:
    """Each node's column: right of all it is made of; a leaf stands just left of its first use.

    >>> columns_of("graph", "wxpy", [(0, 2), (1, 2), (2, 3)])
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
                f"{where}: expected edges from what a node is made of to the node, got a circle "
                f"through {labels[last]!r}. Turn one of its edges, or leave it out."
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


def spans_of(
    column: Sequence[int], wide: np.ndarray, words: Sequence[str], gap: float
) -> np.ndarray:
    """The left and the right of each place, in columns with room before them for arrows' words.

    >>> spans_of([0, 1], np.array([0.5, 0.6]), ["", ""], 0.3)[1]
    array([0.92, 1.52])
    """
    widths = np.array([wide[np.equal(column, k)].max() for k in range(len(words))])
    room = [inches(word, **WORD)[0] + gap + HEAD for word in words]
    right = np.cumsum(widths) + np.cumsum(room) - room[0]
    middle, half = (right - widths / 2)[column], np.where(wide, wide, widths[column]) / 2
    return np.stack([middle - half, middle + half], axis=1)
