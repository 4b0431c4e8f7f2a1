"""Surfaces over a plane, under arrows, paths, samples and marks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from scratchgen.backend import Array, to_numpy

from .given import as_numbers
from .page import (
    COLOURS,
    DASHES,
    INK,
    LEGEND,
    QUIET,
    colour_map,
    halo,
    paper_style,
    plot,
    settled,
    trimmed,
)
from .planes import scatter

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.contour import ContourSet
    from matplotlib.figure import Figure

_LONGEST = 0.13  # of the plane's width: the longest arrow


def _draw_paths(axes: Axes, paths: Mapping[str, Array]) -> None:
    """Draw each path with a dot at every step, a larger one at its end, and a legend above."""
    for i, (name, path) in enumerate(paths.items()):
        xy = as_numbers(f"surface(paths[{name!r}])", path, ("steps", 2))
        colour, few = COLOURS[i % 10], len(xy) <= 100  # more dots would hide the dashes
        axes.plot(*xy.T, DASHES[i % 4], color=colour, linewidth=1.4, label=name,
                  marker="." if few else None, markersize=3)  # fmt: skip
        axes.plot(*xy[-1], "o", color=colour, markersize=5, markeredgecolor="white", zorder=4)
    axes.plot(*xy[0], "s", color=INK, markersize=4, markeredgecolor="white", zorder=4)


def _draw_arrows(axes: Axes, tails: np.ndarray, vectors: np.ndarray) -> None:
    """Draw an arrow from each tail, all in one scale; the legend says how long the longest is."""
    longest = np.hypot(*vectors.T).max()
    scale = longest / (_LONGEST * np.ptp(axes.get_xlim())) or 1
    axes.quiver(
        *tails.T, *vectors.T, angles="xy", scale_units="xy", scale=scale,
        color=INK, width=0.0035, zorder=3, minlength=0,
    )  # fmt: skip
    words = f"the longest is {longest:.2g}" if longest else "all are 0"
    axes.plot([], [], color=INK, linestyle="none", marker=r"$\rightarrow$", markersize=10,
              markeredgewidth=0, label=words)  # fmt: skip


def _draw_marks(axes: Axes, marks: Mapping[str, tuple[float, float]]) -> None:
    """Mark places with a star, and their names beside it."""
    for name, place in marks.items():
        x, y = as_numbers(f"surface(marks[{name!r}])", place, (2,))
        axes.plot(x, y, "*", color=INK, markersize=9, markeredgecolor="white", zorder=5)
        right = x < np.mean(axes.get_xlim())
        axes.annotate(name, (x, y), (7 if right else -7, 0), textcoords="offset points",
                      ha="left" if right else "right", va="center", path_effects=halo(),
                      zorder=5)  # fmt: skip


def _draw_values(axes: Axes, x: np.ndarray, y: np.ndarray, values: np.ndarray) -> None:
    """Draw filled contours, and lines with their numbers on them."""
    low, high = values.min(), values.max()
    if low == high:  # a constant has no contours
        axes.text(x.mean(), y.mean(), f"{low:.3g} everywhere", ha="center", va="center")
        return
    # The scale goes on beyond what there is, which leaves the dark half of the colours to ink.
    beyond = 2 * max(-low, high)
    limits = (-beyond, beyond) if low < 0 < high else (low, low + 1.8 * (high - low))
    colours: Any = colour_map(signed=True) if low < 0 < high else "Blues"
    axes.contourf(x, y, values, 10, cmap=colours, vmin=limits[0], vmax=limits[1], zorder=0)
    lines = axes.contour(x, y, values, 10, colors=QUIET, linewidths=0.5, zorder=0.5)
    figure: Any = axes.figure
    settled(figure)  # labels cut gaps into lines: the scale has to be final
    _label_lines(axes, lines)


def _label_lines(axes: Axes, lines: ContourSet) -> None:
    """Write its level on each contour, wherever that is clear of marks and of other levels."""
    from matplotlib.text import Text

    taken = [Text.get_window_extent(text).padded(4) for text in axes.texts]
    clear = []
    for text in axes.clabel(lines, fontsize=8, inline=False):
        box = text.get_window_extent()
        if not box.count_overlaps(taken):
            taken.append(box.padded(4))
            clear.append(text.get_position())
        text.remove()
    axes.clabel(lines, fontsize=8, colors=INK, manual=clear)


@paper_style()
def surface(
    f: Callable[[np.ndarray], Array], xlim: tuple[float, float], ylim: tuple[float, float], *,
    arrows: tuple[Array, Array] | None = None, samples: Array | None = None,
    data: Array | None = None, paths: Mapping[str, Array] | None = None,
    marks: Mapping[str, tuple[float, float]] | None = None, resolution: int = 101,
    title: str = "", caption: str = "",
) -> Figure:  # fmt: skip
    """A figure of f over a plane in labelled contours, under samples, arrows, paths and marks.

    Darker is higher; where f has both signs, white is 0, blue is above and orange below, as for the
    logit of D. f: points (M, 2) of NumPy -> values (M,) or (M, 1). samples, data: (N, 2), dots.
    arrows: points (N, 2) and vectors (N, 2), such as samples and the gradients that move them; all
    in one scale, in which the longest can be seen; the legend says how long it is.
    paths: {"name": points (steps, 2)}, from a square at the first's start to a dot at each end.
    marks: {"minimum": (x, y)}, places that have a star and a name.

    >>> bowl = surface(lambda xy: (xy**2).sum(axis=1), (-1, 1), (-1, 1), resolution=21)
    >>> bowl.axes[0].get_xlim() == (-1, 1)
    True
    """
    if not (xlim[0] < xlim[1] and ylim[0] < ylim[1]):
        raise ValueError(
            "surface: expected xlim and ylim as (low, high) with low < high, "
            f"got {xlim} and {ylim}."
        )
    x, y = np.linspace(*xlim, resolution), np.linspace(*ylim, resolution)
    plane = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    values = as_numbers("surface(f)", np.ravel(to_numpy(f(plane))), (len(plane),))
    shape = (ylim[1] - ylim[0]) / (xlim[1] - xlim[0])
    figure, grid = plot(4.4, 4.4 * min(1.2, shape) + 0.3, title, caption)
    axes = grid[0, 0]
    axes.set(xlim=xlim, ylim=ylim, aspect="equal", anchor="NW")
    scatter(axes, "surface", data=data, samples=samples)
    if paths:
        _draw_paths(axes, paths)
    if arrows is not None:
        tails = as_numbers("surface(arrows[0])", arrows[0], ("N", 2))
        _draw_arrows(axes, tails, as_numbers("surface(arrows[1])", arrows[1], tails.shape))
    _draw_marks(axes, marks or {})
    if axes.get_legend_handles_labels()[0]:
        axes.legend(**LEGEND, handlelength=2.8 if paths else 0.8, handletextpad=0.4)
    _draw_values(axes, x, y, values.reshape(resolution, resolution))
    return trimmed(settled(figure))
