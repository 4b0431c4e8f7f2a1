"""Lines over steps, each named where it ends, and bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from scratchgen.backend import Array

from .given import as_numbers, check_number
from .page import (
    COLOURS,
    DASHES,
    DPI,
    INK,
    PAGE,
    QUIET,
    halo,
    inches,
    paper_style,
    plot,
    rising,
    settled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def _spread(wanted: np.ndarray, gap: float) -> np.ndarray:
    """Places in [0, 1], in the order of `wanted` and near it, but at least `gap` apart.

    Crowded labels may all be pushed up, or all down; the mean of the two keeps them centred.
    """
    order = np.argsort(wanted, kind="stable")
    steps = gap * np.arange(len(wanted))
    places = np.empty(len(wanted))
    places[order] = np.clip(rising(wanted[order] - steps), 0, max(0, 1 - steps[-1])) + steps
    return places


def _label_ends(axes: Axes, ends: Sequence[tuple[str, float, float, str]]) -> None:
    """Write each (name, x, y, colour) right of the axes, near the height y, clear of the rest."""
    from matplotlib.colors import to_rgb

    dots = axes.transData.transform([(x, y) for _, x, y, _ in ends])
    heights = axes.transAxes.inverted().transform(dots)[:, 1]
    places = _spread(heights, gap=0.14 * DPI / axes.get_window_extent().height)
    for (name, x, y, colour), place in zip(ends, places, strict=True):
        ink = tuple(0.75 * channel for channel in to_rgb(colour))  # pale letters are hard to read
        axes.annotate(
            name, (x, y), (1.04, place), textcoords="axes fraction", va="center", color=ink,
            arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.5,
                        "relpos": (0, 0.5), "shrinkB": 1},
        )  # fmt: skip


def _draw_lines(
    axes: Axes, lines: Mapping[str, Array], x: Array | None, log: bool
) -> list[tuple[str, float, float, str]]:
    """The (name, x, y, colour) of each line's end, after drawing the lines."""
    ends = []
    for i, (name, values) in enumerate(lines.items()):
        where = f"curves({name!r})"
        y = as_numbers(where, values, ("N",))
        at = np.arange(1, len(y) + 1) if x is None else as_numbers("curves(x)", x, ("N",))
        check_number(where, len(at), "value of x", len(y))
        if log and y.min() <= 0:
            raise ValueError(f"{where}: expected values > 0 for log=True, got {y.min():g}.")
        colour, dash = COLOURS[i % 10], DASHES[i // 5 % 4]
        axes.plot(at, y, dash, color=colour, marker="o" if len(y) == 1 else None, markersize=3)
        ends.append((name, at[-1], y[-1], colour))
    return ends


@paper_style()
def curves(
    series: Mapping[str, Array] | None = None, x: Array | None = None, *,
    panels: Mapping[str, Mapping[str, Array]] | None = None,
    levels: Mapping[str, Any] | None = None, xlabel: str = "step", ylabel: str = "",
    title: str = "", caption: str = "", log: bool = False,
) -> Figure:  # fmt: skip
    """A figure of lines, each named where it ends.

    series: {"name": values (N,)}. x: (N,), where the values lie; by default at 1, 2, ..., N.
    panels: {"panel": series}, in place of `series`: pictures side by side.
    levels: {"label": y}, drawn as dotted horizontals; with panels, {"panel": {"label": y}}.
    log: whether the y axis is logarithmic; all values have to be positive.

    >>> figure = curves({"D": [1.4, 1.2], "G": [0.7, 0.9]}, levels={"log 2": 0.69})
    >>> [label.get_text() for label in figure.axes[0].texts]
    ['D', 'G', 'log 2']
    """
    if panels is None:
        panels, levels = {"": series or {}}, {"": levels or {}}
    levels = levels or {}
    if not panels or not all(panels.values()):
        raise ValueError('curves: expected lines such as {"loss": values}, got none.')
    if not set(levels) <= set(panels):
        raise ValueError(
            f"curves(levels): expected a dict for one of the panels {list(panels)}, got "
            f'{dict(levels)}. With panels, levels is {{"panel": {{"label": y}}}}.'
        )
    rows, columns = -(-len(panels) // 2), min(len(panels), 2)
    crowd = max(len(lines) + len(levels.get(name, ())) for name, lines in panels.items())
    height = rows * max(2.4, 0.6 + 0.15 * crowd)
    figure, grid = plot(PAGE, height, title, caption, rows, columns)
    ends = []
    for axes, (name, lines) in zip(grid.flat, panels.items(), strict=False):
        ends.append(_draw_lines(axes, lines, x, log))
        axes.set(xlabel=xlabel, title=name, yscale="log" if log else "linear")
        axes.margins(x=0.01)
        if x is None:  # steps and epochs are whole numbers
            axes.xaxis.get_major_locator().set_params(integer=True)
        right = axes.dataLim.x1
        for label, level in levels.get(name, {}).items():
            axes.axhline(level, color=QUIET, linewidth=0.7, linestyle=(0, (1, 2)), zorder=1)
            ends[-1].append((label, right, level, QUIET))
    grid[0, 0].set_ylabel(ylabel)
    for axes in grid.flat[len(panels) :]:
        axes.set_axis_off()
    figure.draw_without_rendering()  # the heights of the axes are final from here on
    for axes, panel_ends in zip(grid.flat, ends, strict=False):
        _label_ends(axes, panel_ends)
    return settled(figure)


@paper_style()
def bars(
    counts: Mapping[Any, float], *, reference: float | None = None,
    reference_label: str = "expected", xlabel: str = "", ylabel: str = "count",
    title: str = "", caption: str = "",
) -> Figure:  # fmt: skip
    """A figure of one bar for each class, its number on top, and a line at `reference`.

    >>> figure = bars({"0": 90, "1": 110}, reference=100)
    >>> [label.get_text() for label in figure.axes[0].texts]
    ['90', '110', 'expected']
    """
    heights = as_numbers("bars(counts)", list(counts.values()), ("classes",))
    names, n = [str(name) for name in counts], len(counts)
    longest = inches("\n".join(names), size=7)[0]
    slanted = longest > 0.9 * (PAGE - 1) / n
    figure, grid = plot(PAGE, 2.2 + 0.5 * longest * slanted, title, caption)
    axes = grid[0, 0]
    drawn = axes.bar(range(n), heights, 0.7, color=COLOURS[5])
    axes.bar_label(drawn, fmt="{:.4g}", size=7, padding=1, path_effects=halo(), zorder=4)
    slant = {"rotation": 30, "ha": "right", "rotation_mode": "anchor"} if slanted else {}
    axes.set_xticks(range(n), names, **slant)
    axes.tick_params(axis="x", length=0)
    axes.set(xlabel=xlabel, ylabel=ylabel, xlim=(-0.6, n - 0.4))
    if reference is not None:
        axes.axhline(reference, color=INK, linewidth=1, linestyle="--")
        figure.draw_without_rendering()
        _label_ends(axes, [(reference_label, n - 0.4, reference, INK)])
    return settled(figure)
