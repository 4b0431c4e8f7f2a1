"""The plane: maps of codes, and clouds of points."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from scratchgen.backend import Array

from .given import as_numbers, check_number, on_host
from .page import (
    BEHIND,
    COLOURS,
    DPI,
    INK,
    LEGEND,
    PAGE,
    halo,
    inches,
    paper_style,
    plot,
    settled,
    time_map,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MANY = 1000  # points: more are drawn smaller
_MARKERS = "osD^vPX<>*"  # a class each, so that it reads in grey


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
        marker: Any = f"${name}$" if len(name) == 1 and name.isalnum() else _MARKERS[k % 10]
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


def scatter(axes: Axes, where: str, **clouds: Array | None) -> None:
    """Draw the clouds that are given, of data, samples and centres, with a legend above.

    >>> figure, grid = plot(2, 2, "", "")
    >>> scatter(grid[0, 0], "points", data=[[0, 0]], centres=None)
    >>> len(grid[0, 0].collections)
    1
    """
    looks: dict[str, dict[str, Any]] = {
        "data": {"s": 5, "color": BEHIND, "linewidths": 0, "alpha": 0.6},
        "samples": {"s": 12, "color": COLOURS[2], "linewidths": 0.3, "edgecolors": "white"},
        "centres": {"s": 45, "color": INK, "linewidths": 1, "marker": "+",
                    "path_effects": halo()},
    }  # fmt: skip
    given = {name: cloud for name, cloud in clouds.items() if cloud is not None}
    for name, cloud in given.items():
        xy = as_numbers(f"{where}({name})", cloud, ("N", 2))
        if len(xy) > _MANY:
            looks[name] |= {"s": 5, "linewidths": 0}
        axes.scatter(*xy.T, label=name, **looks[name])
    if given:
        axes.legend(**LEGEND, handletextpad=0.1, markerscale=1.5)


def _coloured(axes: Axes, xy: np.ndarray, colour: Any, label: str) -> None:
    """Draw points by what each has of `colour`: a name each, with a legend; or a number, a bar."""
    given = on_host(colour)
    if given.dtype.kind in "UO":  # names
        check_number("points(colour)", len(xy), "sample", len(given))
        for k, name in enumerate(sorted(set(given.tolist()))):
            x, y = xy[given == name].T
            axes.scatter(x, y, s=13, color=COLOURS[k % 10], label=str(name),
                         marker=_MARKERS[k % 10], linewidths=0.2, edgecolors="white")  # fmt: skip
        axes.legend(**LEGEND, handletextpad=0.1, markerscale=1.4, title=label or None)
        return
    values = as_numbers("points(colour)", given, (len(xy),), "Give one for each sample.")
    order = np.argsort(values, kind="stable")  # what is later, or larger, lies on top
    x, y = xy[order].T
    drawn = axes.scatter(x, y, s=13, c=values[order], cmap=time_map(), linewidths=0.2,
                         edgecolors="white")  # fmt: skip
    bar = axes.figure.colorbar(drawn, ax=axes, label=label, shrink=0.6, aspect=14, pad=0.02)
    bar.outline.set_visible(False)


@paper_style()
def points(
    samples: Array | None = None, centres: Array | None = None, *,
    panels: Mapping[str, Array] | None = None, data: Array | None = None, colour: Any = None,
    colour_label: str = "", title: str = "", caption: str = "",
) -> Figure:  # fmt: skip
    """A figure of points on a plane: a generator's samples, over the data and its modes' centres.

    samples, centres, data: (N, 2) each, of its own N. panels: {"name": samples}, in place of
    `samples`: clouds side by side, each over the same data and centres, in one pair of scales.
    colour: for each sample a number, such as its step, drawn from pale to dark beside a bar that
    `colour_label` names; or a name, such as its class, with a legend: np.array(names)[labels].

    >>> figure = points([[0.1, 0.0], [0.9, 1.1]], centres=[[0, 0], [1, 1]])
    >>> [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    ['samples', 'centres']
    """
    if panels is not None:
        if colour is not None or not panels:
            raise ValueError(
                'points(panels): expected clouds such as {"after 100 steps": samples}, without '
                f"colour, got {len(panels)} of them{' and colour' * (colour is not None)}."
            )
        return _panels(panels, centres, data, title, caption)
    if samples is None:
        raise ValueError("points(samples): expected points (N, 2), or panels of them, got none.")
    xy = as_numbers("points(samples)", samples, ("N", 2))
    figure, grid = plot(4.4 + 0.7 * (colour is not None), 4.4, title, caption)
    axes = grid[0, 0]
    if colour is None:
        scatter(axes, "points", data=data, samples=samples, centres=centres)
    else:
        scatter(axes, "points", data=data, centres=centres)
        _coloured(axes, xy, colour, colour_label)
    axes.set_aspect("equal", adjustable="datalim")
    return settled(figure)


def _panels(
    panels: Mapping[str, Array], centres: Array | None, data: Array | None, title: str, caption: str
) -> Figure:
    """A figure of clouds side by side, up to four in a row."""
    n = len(panels)
    columns = min(n, 4 if n % 4 == 0 else 3)
    rows = -(-n // columns)
    side = min(PAGE / columns, 3.2)
    height = (side + 0.15) * rows
    above = 0.2 * (data is not None or centres is not None)
    figure, grid = plot(side * columns, height, title, caption, rows, columns, above)
    clouds = {name: as_numbers(f"points({name!r})", x, ("N", 2)) for name, x in panels.items()}
    for axes, (name, xy) in zip(grid.flat, clouds.items(), strict=False):
        scatter(axes, "points", data=data, samples=xy, centres=centres)
        handles = axes.get_legend_handles_labels()
        axes.get_legend().remove()
        axes.set(title=name, aspect="equal")
    every = [axes.dataLim.get_points() for axes in grid.flat[: len(clouds)]]
    low, high = np.min(every, axis=0)[0], np.max(every, axis=0)[1]
    middle, half = (low + high) / 2, 0.55 * max(*(high - low), 1e-9)
    for axes in grid.flat:
        axes.set_xlim(middle[0] - half, middle[0] + half)
        axes.set_ylim(middle[1] - half, middle[1] + half)
        axes.label_outer()
    for axes in grid.flat[len(clouds) :]:
        axes.set_axis_off()
    if above:
        figure.draw_without_rendering()
        corner = grid[0, 0].get_tightbbox().transformed(figure.transFigure.inverted())
        place: dict[str, Any] = {"bbox_to_anchor": (corner.x0, corner.y1)}
        figure.legend(*handles, **LEGEND | place, handletextpad=0.1, markerscale=1.5)
    return settled(figure)
