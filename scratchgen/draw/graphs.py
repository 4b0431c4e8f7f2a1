"""Computational graphs, as boxes and arrows."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .given import check_number
from .layered import HEAD, LINE, WORD, columns_of, heights_of, ports_of, spans_of
from .page import BEHIND, COLOURS, LABEL, blank_page, inches, paper_style, settled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PAD = 0.08  # inches, around the words of a box
_NOTE: dict[str, Any] = {"size": 8, "color": COLOURS[2]}


def _node_sizes(
    labels: Mapping[Any, str], notes: Mapping[Any, str], edges: Sequence[tuple[int, int]]
) -> list[tuple[float, float]]:
    """The width and the height of each node: room for its words, and for its arrows."""
    sizes = []
    for i, (node, label) in enumerate(labels.items()):
        (w, h), (v, n) = inches(label, **LABEL), inches(notes.get(node, ""), **_NOTE)
        arrows = max(sum(edge[end] == i for edge in edges) for end in (0, 1))
        tall = h + n + 2 * _PAD + 0.05 * bool(n)
        sizes.append((max(w, v) + 2 * _PAD, max(tall, LINE * arrows)))
    return sizes


def _draw_edge(axes: Axes, stops: Sequence[tuple[float, float, float]], word: str) -> None:
    """Draw an arrow through `stops`, each (left, right, y), with a word before its head."""
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path as Curve

    vertices, codes = [stops[0][1:]], [Curve.MOVETO]
    for left, right, y in stops[1:]:
        bend = (vertices[-1][0] + left) / 2
        vertices += [(bend, vertices[-1][1]), (bend, y), (left, y), (right, y)]
        codes += [Curve.CURVE4, Curve.CURVE4, Curve.CURVE4, Curve.LINETO]
    curve = Curve(vertices[:-1], codes[:-1])  # it ends where its last node begins
    axes.add_patch(FancyArrowPatch(path=curve, arrowstyle="-|>", mutation_scale=7, linewidth=0.8,
                                   color=BEHIND, shrinkA=0, shrinkB=0, zorder=1))  # fmt: skip
    if word:
        axes.text(stops[-1][0] - HEAD, stops[-1][2], word, ha="right", va="center", **WORD,
                  bbox={"facecolor": "white", "linewidth": 0, "pad": 0.6})  # fmt: skip


def _draw_node(
    axes: Axes, span: tuple[float, float], y: float, height: float, label: str, note: str,
    leaf: bool, marked: bool,
) -> None:  # fmt: skip
    """Draw a box with a label and a note; a leaf's has round ends, a marked one is red."""
    from matplotlib.patches import FancyBboxPatch

    axes.add_patch(FancyBboxPatch(
        (span[0], y - height / 2), span[1] - span[0], height, zorder=2,
        boxstyle=f"round,pad=0,rounding_size={0.14 if leaf else 0.03}",
        facecolor="white" if leaf else "#e6eefa", linewidth=1.6 if marked else 0.7,
        edgecolor=COLOURS[2] if marked else COLOURS[0],
    ))  # fmt: skip
    x, up = sum(span) / 2, height / 2 - _PAD
    axes.text(x, y + up * bool(note), label, ha="center", va="top" if note else "center", **LABEL)
    if note:
        axes.text(x, y - up, note, ha="center", va="bottom", **_NOTE)


@paper_style()
def graph(
    labels: Mapping[Any, str], edges: Sequence[tuple[Any, Any]], *,
    notes: Mapping[Any, str] | None = None, edge_labels: Sequence[str] = (),
    marked: Collection[Any] = (), title: str = "", caption: str = "",
) -> Figure:  # fmt: skip
    """A figure of a computational graph, from its leaves on the left to its result on the right.

    labels: {node: "c = -6"}, a node being anything hashable. notes: {node: "slope 2"}, in red below
    its label. edges: pairs (from, to) of nodes; a pair that stands twice is drawn twice.
    edge_labels: one text for each edge, "" for none. marked: the nodes to draw in red.

    >>> figure = graph({"x": "x = 3", "y": "y = 9"}, [("x", "y"), ("x", "y")], notes={"x": "6"})
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['x = 3', '6', 'y = 9']
    """
    if not labels:
        raise ValueError('graph(labels): expected nodes such as {"x": "x = 3"}, got none.')
    notes, edge_labels = notes or {}, edge_labels or [""] * len(edges)
    for node in [*itertools.chain(*edges), *notes, *marked]:
        if node not in labels:
            raise ValueError(f"graph: expected a label for {node!r}: labels[{node!r}] = ...")
    check_number("graph(edge_labels)", len(edges), "edge", len(edge_labels))

    number = {node: i for i, node in enumerate(labels)}
    pairs = [(number[a], number[b]) for a, b in edges]
    column = columns_of(list(labels.values()), pairs)
    words = [""] * (max(column) + 1)
    ways = []
    for (a, b), word in zip(pairs, edge_labels, strict=True):
        passed = range(column[a] + 1, column[b])
        ways.append([a, *range(len(column), len(column) + len(passed)), b])
        column += passed
        words[column[b]] += f"\n{word}"
    sizes = _node_sizes(labels, notes, pairs) + [(0.0, LINE)] * (len(column) - len(labels))
    wide, tall = np.transpose(sizes)
    y, spans = heights_of(column, ways, tall), spans_of(column, wide, words)

    width, height = spans.max(), (y + tall / 2).max()
    figure, box = blank_page(width + 0.04, height + 0.04, title, caption)
    axes = figure.add_axes(tuple(box / np.tile(figure.get_size_inches(), 2)))
    axes.set(xlim=(-0.02, width + 0.02), ylim=(-0.02, height + 0.02))  # a unit is an inch
    axes.set_axis_off()
    for i, (node, label) in enumerate(labels.items()):
        leaf = all(b != i for _, b in pairs)
        words_of = label, notes.get(node, "")
        _draw_node(axes, spans[i], y[i], tall[i], *words_of, leaf, node in marked)
    for way, word, first, last in zip(
        ways, edge_labels, ports_of(ways, y, 0), ports_of(ways, y, -1), strict=True
    ):
        heights = [first, *y[way[1:-1]], last]
        _draw_edge(axes, [(*spans[x], h) for x, h in zip(way, heights, strict=True)], word)
    return settled(figure)
