"""The plane: maps of codes, clouds of points, and surfaces with arrows and paths."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from scratchgen.backend import Array, to_numpy

from .given import as_numbers
from .page import (
    BEHIND,
    COLOURS,
    DASHES,
    DPI,
    INK,
    LEGEND,
    QUIET,
    halo,
    inches,
    paper_style,
    plot,
    settled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@paper_style()
def latent_map(
    z: Array, labels: Array, *, class_names: Sequence[str] | None = None,
    title: str = "", caption: str = "",
) -> Figure:  # fmt: skip
    """A figure of two-dimensional codes, coloured by class, each class named in its midst.

    A class whose name is one character is drawn in that character, and so reads in grey.
    z: (N, 2). labels: (N,), whole numbers; class_names[label] is a class's name.

    >>> figure = latent_map([[0, 0], [1, 1], [1, 0]], [0, 1, 1], class_names=["cat", "dog"])
    >>> [name.get_text() for name in figure.axes[0].texts]
    ['cat', 'dog']
    """
    z = as_numbers("latent_map(z)", z, ("N", 2), "Choose or project to two dimensions: z[:, :2].")
    labels = as_numbers("latent_map(labels)", labels, (len(z),), "Give one label for each code.")
    last = len(class_names) - 1 if class_names is not None else math.inf
    if (labels % 1 != 0).any() or labels.min() < 0 or labels.max() > last:
        raise ValueError(
            f"latent_map(labels): expected whole numbers from 0 to {last}, got values from "
            f"{labels.min():g} to {labels.max():g}. class_names holds one name for each label."
        )
    figure, grid = plot(5.0, 4.6, title, caption)
    axes, members = grid[0, 0], {}
    for k in np.unique(labels.astype(int)).tolist():
        name = str(k) if class_names is None else class_names[k]
        marker: Any = f"${name}$" if len(name) == 1 and name.isalnum() else "osD^vPX<>*"[k % 10]
        members[name] = z[labels == k]
        axes.scatter(*members[name].T, s=22 if len(z) < 3000 else 12, color=COLOURS[k % 10],
                     marker=marker, linewidths=0.2, alpha=0.8)  # fmt: skip
    axes.set(xlabel="$z_1$", ylabel="$z_2$")
    axes.set_aspect("equal", adjustable="datalim")
    figure.draw_without_rendering()  # the axes' limits are final from here on
    _name_classes(axes, members)
    return settled(figure)


def _name_classes(axes: Axes, members: Mapping[str, np.ndarray]) -> None:
    """Write each name on the member nearest its class's median that is clear of earlier names."""
    taken, sizes = np.empty((0, 2)), np.empty((0, 2))
    for name, z in members.items():
        size = np.array(inches(name, size=11, weight="bold")) * DPI + 6
        nearest = z[np.argsort(((z - np.median(z, axis=0)) ** 2).sum(axis=1))]
        dots = axes.transData.transform(nearest)
        apart = np.abs(dots[:, None] - taken) > (size + sizes) / 2  # (members, names, 2)
        clear = np.all(np.any(apart, axis=2), axis=1)
        chosen = int(np.argmax(clear))  # the first that is clear; if none is, the nearest
        taken, sizes = np.vstack([taken, dots[chosen]]), np.vstack([sizes, size])
        x, y = nearest[chosen]
        axes.text(x, y, name, size=11, weight="bold", ha="center", va="center",
                  path_effects=halo())  # fmt: skip


def _scatter(axes: Axes, where: str, **clouds: Array | None) -> None:
    """Draw the clouds that are given, of data, samples and centres, with a legend above."""
    looks: dict[str, dict[str, Any]] = {
        "data": {"s": 5, "color": BEHIND, "linewidths": 0, "alpha": 0.6},
        "samples": {"s": 6, "color": COLOURS[2], "linewidths": 0, "alpha": 0.8},
        "centres": {"s": 45, "color": INK, "linewidths": 1, "marker": "+",
                    "path_effects": halo()},
    }  # fmt: skip
    given = {name: cloud for name, cloud in clouds.items() if cloud is not None}
    for name, cloud in given.items():
        xy = as_numbers(f"{where}({name})", cloud, ("N", 2))
        axes.scatter(*xy.T, label=name, **looks[name])
    if given:
        axes.legend(**LEGEND, handletextpad=0.1, markerscale=1.5)


def _draw_paths(axes: Axes, paths: Mapping[str, Array]) -> None:
    """Draw each path with a dot at every step, a larger one at its end, and a legend above."""
    for i, (name, path) in enumerate(paths.items()):
        xy = as_numbers(f"surface(paths[{name!r}])", path, ("steps", 2))
        colour, few = COLOURS[i % 10], len(xy) <= 100  # more dots would hide the dashes
        axes.plot(*xy.T, DASHES[i % 4], color=colour, linewidth=1.4, label=name,
                  marker="." if few else None, markersize=3)  # fmt: skip
        axes.plot(*xy[-1], "o", color=colour, markersize=5, markeredgecolor="white", zorder=4)
    axes.plot(*xy[0], "s", color=INK, markersize=4, markeredgecolor="white", zorder=4)
    axes.legend(**LEGEND, handlelength=2.8)


@paper_style()
def points(
    samples: Array, centres: Array | None = None, *, data: Array | None = None,
    title: str = "", caption: str = "",
) -> Figure:  # fmt: skip
    """A figure of a generator's two-dimensional samples, over the data and its modes' centres.

    samples, centres, data: (N, 2) each, of its own N.

    >>> figure = points([[0.1, 0.0], [0.9, 1.1]], centres=[[0, 0], [1, 1]])
    >>> [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    ['samples', 'centres']
    """
    figure, grid = plot(4.4, 4.4, title, caption)
    _scatter(grid[0, 0], "points", data=data, samples=samples, centres=centres)
    grid[0, 0].set_aspect("equal", adjustable="datalim")
    return settled(figure)


@paper_style()
def surface(
    f: Callable[[np.ndarray], Array], xlim: tuple[float, float], ylim: tuple[float, float], *,
    arrows: tuple[Array, Array] | None = None, samples: Array | None = None,
    data: Array | None = None, paths: Mapping[str, Array] | None = None,
    resolution: int = 101, title: str = "", caption: str = "",
) -> Figure:  # fmt: skip
    """A figure of f over the plane in labelled contours, darker where f is higher, under arrows.

    f: points (M, 2) of NumPy -> values (M,) or (M, 1), such as D. samples, data: (N, 2), dots.
    arrows: points (N, 2) and vectors (N, 2), such as samples and the gradients that move them;
    their lengths share one scale, chosen to be seen.
    paths: {"name": points (steps, 2)}, from a square at the first's start to a dot at each end.

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
    low, high = values.min(), values.max()
    values = values.reshape(resolution, resolution)
    shape = (ylim[1] - ylim[0]) / (xlim[1] - xlim[0])
    figure, grid = plot(4.4, 4.4 * min(1.2, shape) + 0.1, title, caption)
    axes = grid[0, 0]
    axes.set(xlim=xlim, ylim=ylim, aspect="equal", anchor="NW")
    _scatter(axes, "surface", data=data, samples=samples)
    if paths:
        _draw_paths(axes, paths)
    if arrows is not None:
        tails = as_numbers("surface(arrows[0])", arrows[0], ("N", 2))
        vectors = as_numbers("surface(arrows[1])", arrows[1], tails.shape)
        axes.quiver(*tails.T, *vectors.T, color=COLOURS[2], angles="xy", width=0.004, zorder=3)
    if low == high:  # a constant has no contours
        axes.text(x.mean(), y.mean(), f"{low:.3g} everywhere", ha="center", va="center")
        return settled(figure)
    # The scale goes on beyond `high`, which leaves the dark half of the colours to ink.
    axes.contourf(x, y, values, 10, cmap="Blues", vmin=low, vmax=low + 1.8 * (high - low), zorder=0)
    lines = axes.contour(x, y, values, 10, colors=QUIET, linewidths=0.5, zorder=0.5)
    figure.draw_without_rendering()  # labels cut gaps into their lines: the scale has to be final
    axes.clabel(lines, fontsize=6.5, colors=INK)
    return settled(figure)
