"""Architectures as boxes and arrows, written as one would on a blackboard."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .layered import LINE, canvas, draw_arrow, laid_out
from .page import COLOURS, LABEL, PAGE, QUIET, inches, paper_style, settled, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_DATA, _SMALL, _LARGE = 0.3, 0.34, 0.6  # inches: the height of data, of a net's least, largest side
_SIDE, _BELOW = 0.13, 0.05  # inches: beside a label; between a box and the sizes below it
_ROOM = (1.2, 0.22), (0.8, 0.22), (0.8, 0.1)  # inches, tried in turn: sizes' width, between boxes
_SIZES: dict[str, Any] = {"size": 8, "color": QUIET, "linespacing": 1.15}


def _read(arrows: str) -> tuple[dict[str, bool], list[tuple[str, str]]]:
    """Each name, with whether it stands in brackets; and the pairs (from, to).

    >>> _read("x -> [encoder] -> mean, log_var")[1]
    [('x', 'encoder'), ('encoder', 'mean'), ('encoder', 'log_var')]
    """
    names: dict[str, bool] = {}
    pairs: dict[tuple[str, str], None] = {}
    for line in filter(str.strip, arrows.splitlines()):
        words = re.split(r"(->|<-)", line)
        stages = [_stage(stage, line, names) for stage in words[::2]]
        for arrow, (left, right) in zip(words[1::2], itertools.pairwise(stages), strict=True):
            ends = itertools.product(left, right)
            pairs |= dict.fromkeys((a, b) if arrow == "->" else (b, a) for a, b in ends)
    return names, list(pairs)


def _stage(text: str, line: str, names: dict[str, bool]) -> list[str]:
    """The names between two arrows, noted in `names`."""
    found = []
    for part in map(str.strip, text.split(",")):
        name = re.fullmatch(r"\[([^\[\]]+)\]|([^\[\]]+)", part)
        if name is None:
            raise ValueError(
                "network(arrows): expected names between arrows, a net in brackets, as in "
                f'"z -> [G] -> fake", got {part!r} in {line.strip()!r}.'
            )
        found.append((name[1] or name[2]).strip())
        names[found[-1]] = names.get(found[-1], False) or name[1] is not None
    return found


def _sides(sizes: Any) -> tuple[float, float]:
    """The heights of a net's left and right sides: the larger where the more numbers are.

    >>> _sides((784, 400, 20)), _sides(None)
    ((0.6, 0.34), (0.47, 0.47))
    """
    if isinstance(sizes, str) or not isinstance(sizes, Sequence) or sizes[0] == sizes[-1]:
        return ((_SMALL + _LARGE) / 2,) * 2
    return (_LARGE, _SMALL) if sizes[0] > sizes[-1] else (_SMALL, _LARGE)


def _words(sizes: Any, widest: float) -> str:
    """What is written below a box: its sizes, from its inputs to its outputs.

    >>> _words((100, 256, 784), 1.2)
    '100 → 256 → 784'
    """
    if isinstance(sizes, Sequence) and not isinstance(sizes, str):
        sizes = " → ".join(map(str, sizes))
    return wrapped(str(sizes), widest, **_SIZES)


def _boxes(
    names: Mapping[str, bool], pairs: Sequence[tuple[str, str]], sizes: Mapping[str, Any],
    below: Mapping[str, str],
) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:  # fmt: skip
    """The heights of each box's two sides; and its width and height with the sizes below it."""
    sides, boxes = [], []
    for name, net in names.items():
        arrows = max(sum(pair[end] == name for pair in pairs) for end in (0, 1))
        least = max(_DATA, LINE * arrows + 0.04)
        left, right = _sides(sizes.get(name)) if net else (least, least)
        sides.append((max(left, least), max(right, least)))
        words = inches(below.get(name, ""), **_SIZES)
        room = 2 * (words[1] + _BELOW) if name in below else 0  # above too: arrows run level
        wide = max(inches(name, **LABEL)[0] + 2 * _SIDE, words[0])
        boxes.append((wide, max(sides[-1]) + room))
    return sides, boxes


def _draw_box(
    axes: Axes, span: Sequence[float], y: float, sides: tuple[float, float], net: bool, marked: bool
) -> None:
    """Draw data with round ends, or a net as a box that is higher where more numbers pass."""
    from matplotlib.patches import FancyBboxPatch, Polygon

    (x0, x1), (left, right) = span, sides
    look: dict[str, Any] = {
        "facecolor": "#e6eefa" if net else "white", "zorder": 2, "joinstyle": "round",
        "linewidth": 1.8 if marked else 0.8, "edgecolor": COLOURS[2] if marked else COLOURS[0],
    }  # fmt: skip
    if net:
        corners = [(x0, y - left / 2), (x0, y + left / 2), (x1, y + right / 2), (x1, y - right / 2)]
        axes.add_patch(Polygon(corners, closed=True, **look))
    else:
        round_ends = f"round,pad=0,rounding_size={_DATA / 2}"
        axes.add_patch(FancyBboxPatch((x0, y - left / 2), x1 - x0, left, round_ends, **look))


@paper_style()
def network(
    arrows: str, *, sizes: Mapping[str, Any] | None = None, marked: Collection[str] = (),
    title: str = "", caption: str = "",
) -> Figure:  # fmt: skip
    """A figure of an architecture, as boxes and arrows from left to right.

    arrows: names with arrows between them, one chain a line, such as "z -> [G] -> fake -> [D]".
    What is in brackets is a net, drawn as a box; all else is data. Names parted by commas stand
    above one another, and each has an arrow of its own. A name that comes again is the same box.
    sizes: {"z": 100, "G": (100, 256, 784)}, written below; a net narrows or widens as they do.
    marked: what to draw in red with a thick edge, such as the net that learns.

    >>> figure = network("z -> [G] -> fake -> [D] <- real", sizes={"G": (2, 9, 784)})
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['z', 'G', '2 → 9 → 784', 'fake', 'D', 'real']
    """
    names, pairs = _read(arrows)
    if not names:
        raise ValueError('network(arrows): expected names such as "z -> [G] -> fake", got none.')
    sizes = sizes or {}
    for name in [*sizes, *marked]:
        if name not in names:
            raise ValueError(f"network: expected one of the names {list(names)}, got {name!r}.")
    for name, size in sizes.items():
        if isinstance(size, Sequence) and not size:
            raise ValueError(
                f"network(sizes[{name!r}]): expected a number, words, or sizes such as (100, 784), "
                f"got {size!r}."
            )

    number = {name: i for i, name in enumerate(names)}
    edges = [(number[a], number[b]) for a, b in pairs]
    for widest, gap in _ROOM:
        below = {name: _words(size, widest) for name, size in sizes.items()}
        sides, boxes = _boxes(names, pairs, sizes, below)
        layout = laid_out("network(arrows)", list(names), edges, boxes, gap=gap)
        if layout.size[0] <= PAGE:
            break
    highest = max(y + max(side) / 2 for y, side in zip(layout.heights, sides, strict=False))
    highest = max([highest, *(y for route in layout.routes for *_, y in route)])
    figure, axes = canvas(layout._replace(size=(layout.size[0], highest)), title, caption)
    for i, (name, net) in enumerate(names.items()):
        (x0, x1), y = layout.spans[i], layout.heights[i]
        _draw_box(axes, (x0, x1), y, sides[i], net, name in marked)
        axes.text((x0 + x1) / 2, y, name, ha="center", va="center_baseline", **LABEL)
        if name in below:
            lowest = y - max(sides[i]) / 2 - _BELOW
            axes.text((x0 + x1) / 2, lowest, below[name], ha="center", va="top", **_SIZES)
    for route in layout.routes:
        draw_arrow(axes, route)
    return settled(figure)
