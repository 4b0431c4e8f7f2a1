"""Computational graphs, as boxes and arrows."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .given import check_number
from .layered import HEAD, LINE, WORD, canvas, draw_arrow, laid_out
from .page import COLOURS, LABEL, inches, paper_style, settled

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


def _draw_node(
    axes: Axes, span: Sequence[float], y: float, height: float, label: str, note: str,
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


def _uncross(routes: list[list[tuple[float, float, float]]], there: int, back: int) -> None:
    """Swap the routes of an edge and of its return where these would cross.

    One that goes up bends early, and its return late, since each bends before its word.
    """
    rises = routes[there][-1][2] > routes[there][0][2]
    if rises == (routes[back][0][2] > routes[there][0][2]):
        routes[there], routes[back] = routes[back], routes[there]


@paper_style()
def graph(
    labels: Mapping[Any, str], edges: Sequence[tuple[Any, Any]], *,
    notes: Mapping[Any, str] | None = None, edge_labels: Sequence[str] = (),
    back: Sequence[str] = (), marked: Collection[Any] = (), title: str = "", caption: str = "",
) -> Figure:  # fmt: skip
    """A figure of a computational graph, from its leaves on the left to its result on the right.

    labels: {node: "c = -6"}, a node being anything hashable. notes: {node: "slope 2"}, in red below
    its label. edges: pairs (from, to) of nodes; a pair that stands twice is drawn twice.
    edge_labels: one text for each edge, "" for none. back: likewise, each on a red arrow that comes
    back beside its edge, "" for no such arrow. marked: the nodes to draw in red.

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
    back = back or [""] * len(edges)
    check_number("graph(back)", len(edges), "edge", len(back))

    number = {node: i for i, node in enumerate(labels)}
    pairs = [(number[a], number[b]) for a, b in edges]
    returns = [i for i, word in enumerate(back) if word]
    ways = pairs + [pairs[i] for i in returns]
    words = [*edge_labels, *[""] * len(returns)]
    room = 0.3 + max((HEAD + inches(back[i], **WORD)[0] for i in returns), default=0.0)
    sizes = _node_sizes(labels, notes, ways)
    layout = laid_out("graph(edges)", list(labels.values()), ways, sizes, words, room)
    for there, i in enumerate(returns, len(edges)):
        _uncross(layout.routes, i, there)
    figure, axes = canvas(layout, title, caption)
    for i, (node, label) in enumerate(labels.items()):
        leaf = all(b != i for _, b in pairs)
        place = layout.spans[i], layout.heights[i], sizes[i][1]
        _draw_node(axes, *place, label, notes.get(node, ""), leaf, node in marked)
    for route, word in zip(layout.routes, edge_labels, strict=False):
        draw_arrow(axes, route, word)
    for route, i in zip(layout.routes[len(edges) :], returns, strict=True):
        draw_arrow(axes, route, back[i], back=True)
    return settled(figure)
