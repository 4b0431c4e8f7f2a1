"""Matrices as coloured cells that hold their numbers: Jacobians, confusion tables, correlations."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from scratchgen.backend import Array

from .given import as_numbers, check_number
from .page import LABEL, PAGE, blank_page, colour_map, inches, paper_style, settled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

_PAD, _BETWEEN = 0.05, 0.25  # inches: around a number or a label; from panel to panel
_ROW, _TALLEST = 0.27, 8.0  # inches: a cell's least side; the most that numbers may take
_RULE = "#cfcfcf"  # between cells
_BAR = 0.14, 0.55  # inches: the width of the colour bar, and room for its numbers


class _Layout(NamedTuple):
    """Where the cells and labels of each panel stand, in inches."""

    cell: tuple[float, float]  # width, height
    left: float  # for the rows' labels, and for what they are together
    head: float  # for the panel's name, and above the cells
    upright: bool  # whether the columns' labels are turned, being wider than their column


def _tables(
    panels: Mapping[str, Array | None], rows: Sequence[str], columns: Sequence[str]
) -> dict[str, np.ndarray]:
    """The matrices on the host, each as large as its labels say."""
    tables = {}
    for name, values in panels.items():
        where = f"matrix({name!r})" if name else "matrix(values)"
        if values is None:
            raise ValueError(f"{where}: expected numbers (rows, columns), or panels, got none.")
        table = as_numbers(where, values, ("rows", "columns"), "One row alone: row[None].")
        if rows:
            check_number("matrix(row_labels)", len(table), "row", len(rows))
        if columns:
            check_number("matrix(column_labels)", table.shape[1], "column", len(columns))
        tables[name] = table
    return tables


def _number_format(values: np.ndarray) -> str:
    """The format with three digits of the largest number, and no more places than are used.

    >>> [_number_format(np.array(x)) for x in ([1.0, -2.5], [31.25, 0.123], [0.01234], [1e-7])]
    ['z.1f', 'z.1f', 'z.4f', '.1e']
    """
    most = np.abs(values).max() or 1.0
    if not 1e-3 <= most < 1e6:
        return ".1e"
    places = max(0, 2 - math.floor(math.log10(most)))
    while places and np.allclose(values, values.round(places - 1), rtol=0, atol=1e-6 * most):
        places -= 1
    return f"z.{places}f"  # z: a rounded -0.0 is 0


def _laid_out(
    numbers: Sequence[str], shape: tuple[int, int], names: Sequence[str],
    rows: Sequence[str], columns: Sequence[str], xlabel: str, ylabel: str,
) -> _Layout:  # fmt: skip
    """The layout in which the widest number fits a cell; without numbers, small square cells.

    shape: the most rows and the most columns of any panel.
    """
    left = (inches("\n".join(rows))[0] + 2 * _PAD if rows else 0) + 0.2 * bool(ylabel)
    wide = max([_ROW, *(inches(number)[0] + 2 * _PAD for number in numbers)])
    labels = inches("\n".join(columns))[0] + 2 * _PAD if columns else 0
    room = (PAGE - left) / shape[1]
    if numbers and labels <= max(3 * wide, 0.6) and labels <= room:
        wide = max(wide, labels)
    across = min(len(names), 5)  # of pictures without numbers, so many stand side by side
    share = (PAGE - sum(_BAR) - across * (left + _BETWEEN)) / across / shape[1]
    small = min(_ROW, share if across > 1 else room * 0.9)
    cell = (wide, min(wide, 0.36)) if numbers else (small, small)
    upright = labels > cell[0]
    head = 0.2 * bool(any(names)) + 0.2 * bool(xlabel)
    head += (labels if upright else 0.2) if columns else 0
    return _Layout(cell, left, head, upright)


def _fits(layout: _Layout, shape: tuple[int, int]) -> bool:
    """Whether a panel of that shape stays on the page."""
    wide, tall = layout.cell
    return layout.left + wide * shape[1] <= PAGE and tall * shape[0] <= _TALLEST


def _placed(sizes: Sequence[tuple[float, float]], room: float) -> list[tuple[float, float]]:
    """The left and the top of each panel of size (w, h), in lines as wide as there is room.

    >>> _placed([(3, 1), (3, 2), (3, 1)], 6.5)
    [(0.0, 0.0), (3.25, 0.0), (0.0, 2.25)]
    """
    places: list[tuple[float, float]] = []
    x, top, line = 0.0, 0.0, 0.0
    for w, h in sizes:
        if x and x + w > room:
            x, top, line = 0.0, top + line + _BETWEEN, 0.0
        places.append((x, top))
        x, line = x + w + _BETWEEN, max(line, h)
    return places


def _draw_cells(
    axes: Axes, values: np.ndarray, numbers: str, corner: tuple[float, float],
    cell: tuple[float, float], colours: Colormap, limits: tuple[float, float],
) -> Any:  # fmt: skip
    """The image of the cells, drawn from `corner` to the right and down, with their numbers."""
    (n, m), (x, y), (w, h) = values.shape, corner, cell
    by = (1, 1) if numbers else (n, m)  # every edge is drawn, or those of the whole alone
    extent = (x, x + m * w, y - n * h, y)
    image = axes.imshow(values, cmap=colours, vmin=limits[0], vmax=limits[1], extent=extent,
                        interpolation="nearest", aspect="auto")  # fmt: skip
    edges: dict[str, Any] = {"color": _RULE, "linewidth": 0.6}
    axes.hlines(y - h * np.arange(0, n + 1, by[0]), extent[0], extent[1], **edges)
    axes.vlines(x + w * np.arange(0, m + 1, by[1]), extent[2], extent[3], **edges)
    if not numbers:
        return image
    light = image.to_rgba(values)[..., :3] ** 2.2 @ [0.2126, 0.7152, 0.0722]
    for (i, j), value in np.ndenumerate(values):
        axes.text(x + (j + 0.5) * w, y - (i + 0.5) * h, format(value, numbers), ha="center",
                  va="center_baseline",
                  color="black" if light[i, j] > 0.18 else "white")  # fmt: skip
    return image


def _draw_labels(
    axes: Axes, name: str, shape: tuple[int, int], corner: tuple[float, float], layout: _Layout,
    rows: Sequence[str], columns: Sequence[str], xlabel: str, ylabel: str,
) -> None:  # fmt: skip
    """Write a panel's name, the labels of its rows and columns, and what these are together."""
    (x, y), (w, h) = corner, layout.cell
    top, middle = y + layout.head, (x + shape[1] * w / 2, y - shape[0] * h / 2)
    axes.text(x, top, name, ha="left", va="top", **LABEL)
    axes.text(middle[0], top - 0.2 * bool(name), xlabel, ha="center", va="top")
    axes.text(x - layout.left, middle[1], ylabel, rotation=90, ha="left", va="center")
    for i, label in enumerate(rows):
        axes.text(x - _PAD, y - (i + 0.5) * h, label, ha="right", va="center_baseline")
    look: dict[str, Any] = {"ha": "center", "va": "bottom"}
    if layout.upright:
        look = {"rotation": 90, "ha": "left", "va": "center", "rotation_mode": "anchor"}
    for j, label in enumerate(columns):
        axes.text(x + (j + 0.5) * w, y + _PAD, label, **look)


@paper_style()
def matrix(
    values: Array | None = None, row_labels: Sequence[str] | None = None,
    column_labels: Sequence[str] | None = None, *, panels: Mapping[str, Array] | None = None,
    numbers: str | None = None, limit: float | None = None, xlabel: str = "", ylabel: str = "",
    title: str = "", caption: str = "",
) -> Figure:  # fmt: skip
    """A figure of a matrix as coloured cells, its numbers written in them.

    Where a number is negative, white is 0, blue is above and orange below; else white to blue.
    values: (rows, columns). panels: {"name": values}, in place of `values`: several side by side,
    in one scale of colours, of any shapes if they have no labels.
    numbers: a format such as ".2f"; by default three digits of the largest. With "", or where they
    would not fit the page, the colours stand alone, beside a bar that says what they mean.
    limit: the size of the darkest; by default the largest there is. 1 suits correlations.
    xlabel, ylabel: what the columns are, and the rows, such as "said" and "true class".

    >>> figure = matrix([[2, -1], [0, 3]], ["y1", "y2"], ["x1", "x2"])
    >>> [text.get_text() for text in figure.axes[0].texts if text.get_text()]
    ['2', '-1', '0', '3', 'y1', 'y2', 'x1', 'x2']
    """
    words = row_labels or (), column_labels or (), xlabel, ylabel
    tables = _tables({"": values} if panels is None else panels, *words[:2])
    if not tables:
        raise ValueError('matrix(panels): expected panels such as {"by the rule": J}, got none.')
    if limit is not None and not 0 < limit < math.inf:
        raise ValueError(f"matrix(limit): expected a number above 0, got {limit}.")
    every = np.concatenate([table.ravel() for table in tables.values()])
    most, signed = limit or np.abs(every).max() or 1.0, bool((every < 0).any())

    shape = max(len(t) for t in tables.values()), max(t.shape[1] for t in tables.values())
    style = _number_format(every) if numbers is None else numbers
    layout = _laid_out([format(x, style) for x in every] if style else [], shape, [*tables], *words)
    if style and not _fits(layout, shape):
        style, layout = "", _laid_out([], shape, [*tables], *words)
    w, h = layout.cell
    sizes = [
        (max(layout.left + t.shape[1] * w, inches(name)[0] * 1.1), layout.head + len(t) * h)
        for name, t in tables.items()
    ]  # a name is bold, a tenth wider than its measure
    bar = 0 if style else sum(_BAR)
    places = _placed(sizes, PAGE - bar)
    width, height = np.max(np.add(places, sizes), axis=0).tolist()

    figure, box = blank_page(width + bar, height, title, caption)
    page = np.tile(figure.get_size_inches(), 2)
    axes = figure.add_axes(tuple(np.array([*box[:2], width, height]) / page))
    axes.set_axis_off()
    colours, limits = colour_map(signed), (-most * signed, most)
    for (name, table), (x, y) in zip(tables.items(), places, strict=True):
        corner = x + layout.left, height - y - layout.head
        image = _draw_cells(axes, table, style, corner, layout.cell, colours, limits)
        _draw_labels(axes, name, table.shape, corner, layout, *words)
    axes.set(xlim=(-0.01, width + 0.01), ylim=(-0.01, height + 0.01))  # a unit is an inch
    if not style:
        tall = min(height, 2.0)
        place = np.array([box[0] + width + 0.1, box[1] + (height - tall) / 2, _BAR[0], tall])
        figure.colorbar(image, cax=figure.add_axes(tuple(place / page))).outline.set_visible(False)
    return settled(figure)
