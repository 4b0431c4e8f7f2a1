"""Lines over steps, each named where it ends, and bars."""

from __future__ import annotations

import itertools
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
    LEGEND,
    PAGE,
    QUIET,
    TIMES,
    inches,
    paper_style,
    plot,
    rising,
    settled,
    time_map,
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
    axes: Axes, lines: Mapping[str, Array], x: Array | None, log: bool, in_order: Sequence[str]
) -> list[tuple[str, float, float, str]]:
    """The (name, x, y, colour) of each line's end, after drawing the lines."""
    from matplotlib.colors import to_hex

    ends = []
    times = dict(zip(in_order, time_map()(np.linspace(0, 1, len(in_order))), strict=True))
    free = [colour for colour in COLOURS if not (in_order and colour in TIMES)]
    looks = [(free[i % len(free)], DASHES[i // 5 % 4]) for i in range(len(lines))][::-1]
    for name, values in lines.items():
        where = f"curves({name!r})"
        y = as_numbers(where, values, ("N",))
        at = np.arange(1, len(y) + 1) if x is None else as_numbers("curves(x)", x, ("N",))
        check_number(where, len(at), "value of x", len(y))
        if log and y.min() <= 0:
            raise ValueError(f"{where}: expected values > 0 for log=True, got {y.min():g}.")
        colour, dash = (to_hex(times[name]), "-") if name in times else looks.pop()
        axes.plot(at, y, dash, color=colour, marker="o" if len(y) == 1 else None, markersize=3)
        ends.append((name, at[-1], y[-1], colour))
    return ends


def _draw_dots(axes: Axes, dots: Mapping[str, tuple[Array, Array]], log: bool) -> None:
    """Draw points over the lines, with a legend above."""
    for (label, (x, y)), marker in zip(dots.items(), itertools.cycle("osD^"), strict=False):
        where = f"curves(dots[{label!r}])"
        at = as_numbers(where, x, ("N",))
        heights = as_numbers(where, y, at.shape)
        if log and heights.min() <= 0:
            raise ValueError(f"{where}: expected y > 0 for log=True, got {heights.min():g}.")
        axes.plot(at, heights, marker, color=INK, markersize=4, markeredgecolor="white",
                  markeredgewidth=0.6, label=label, zorder=3)  # fmt: skip
    if dots:
        axes.legend(**LEGEND, handletextpad=0.1)


@paper_style()
def curves(
    series: Mapping[str, Array] | None = None, x: Array | None = None, *,
    panels: Mapping[str, Mapping[str, Array]] | None = None,
    levels: Mapping[str, Any] | None = None, dots: Mapping[str, tuple[Array, Array]] | None = None,
    in_order: Sequence[str] = (), xlabel: str = "step", ylabel: str = "", title: str = "",
    caption: str = "", log: bool = False,
) -> Figure:  # fmt: skip
    """A figure of lines, each named where it ends.

    series: {"name": values (N,)}. x: (N,), where the values lie; by default at 1, 2, ..., N.
    panels: {"panel": series}, in place of `series`: pictures side by side.
    levels: {"label": y}, drawn as dotted horizontals; with panels, {"panel": {"label": y}}.
    dots: {"label": (x, y)}, points such as the data of a fit, with a legend; without panels.
    in_order: the lines that are one thing at several times, earliest first: from pale to dark.
    log: whether the y axis is logarithmic; all values have to be positive.

    >>> figure = curves({"D": [1.4, 1.2], "G": [0.7, 0.9]}, levels={"log 2": 0.69})
    >>> [label.get_text() for label in figure.axes[0].texts]
    ['D', 'G', 'log 2']
    """
    if panels and dots:
        raise ValueError("curves(dots): expected no panels besides. Draw them in a figure alone.")
    if panels is None:
        panels, levels = {"": series or {}}, {"": levels or {}}
    levels = levels or {}
    if not panels or not all(panels.values()):
        raise ValueError('curves: expected lines such as {"loss": values}, got none.')
    unknown = set(in_order) - {name for lines in panels.values() for name in lines}
    if unknown:
        raise ValueError(f"curves(in_order): expected names of lines, got {sorted(unknown)}.")
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
        ends.append(_draw_lines(axes, lines, x, log, in_order))
        axes.set(xlabel=xlabel, title=name, yscale="log" if log else "linear")
        axes.margins(x=0.01)
        if x is None:  # steps and epochs are whole numbers
            axes.xaxis.get_major_locator().set_params(integer=True)
        if columns > 1:  # numbers below a narrow picture would touch
            axes.xaxis.get_major_locator().set_params(nbins=4)
        right = axes.dataLim.x1
        for label, level in levels.get(name, {}).items():
            axes.axhline(level, color=QUIET, linewidth=0.7, linestyle=(0, (1, 2)), zorder=1)
            ends[-1].append((label, right, level, QUIET))
    grid[0, 0].set_ylabel(ylabel)
    _draw_dots(grid[0, 0], dots or {}, log)
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
    longest = inches("\n".join(names))[0]
    slanted = longest > 0.9 * (PAGE - 1) / n
    figure, grid = plot(PAGE, 2.2 + 0.5 * longest * slanted, title, caption)
    axes = grid[0, 0]
    drawn = axes.bar(range(n), heights, 0.7, color=COLOURS[5])
    ground = {"facecolor": "white", "linewidth": 0, "pad": 0.6}  # the reference passes behind it
    axes.bar_label(drawn, fmt="{:.4g}", padding=1, bbox=ground, zorder=4)
    slant = {"rotation": 30, "ha": "right", "rotation_mode": "anchor"} if slanted else {}
    axes.set_xticks(range(n), names, **slant)
    axes.tick_params(axis="x", length=0)
    axes.set(xlabel=xlabel, ylabel=ylabel, xlim=(-0.6, n - 0.4))
    if reference is not None:
        axes.axhline(reference, color=INK, linewidth=1, linestyle="--")
        figure.draw_without_rendering()
        _label_ends(axes, [(reference_label, n - 0.4, reference, INK)])
    return settled(figure)
