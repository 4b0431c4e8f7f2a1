"""Arrays in, figures out: images, curves, latent maps, surfaces, graphs, in the style of a paper.

Every function returns a `matplotlib.figure.Figure` and leaves no global state behind; `save`
writes it. `title` names the figure, `caption` says what to notice. Colours differ in lightness,
or lines in dashes, so that a figure still reads in grey and to colour-blind eyes. Arrays of either
device, lists too; what is empty, misshapen or not finite raises a ValueError that says where.
"""

from __future__ import annotations

import itertools
import math
import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .backend import Array, to_numpy

if TYPE_CHECKING:  # matplotlib takes a while to import: only who draws waits for it
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_DPI = 200  # dots per inch
_PAGE = 6.5  # inches: the text width of a paper
_NARROWEST = 4.0  # inches: a caption needs lines long enough to read
_MARGIN = 0.1  # inches, around the page and between its parts
_TILE = 28, 150  # dots: the least and the largest size of one image in a grid
_GAP = 3  # dots between images
_INK, _QUIET, _BEHIND = "#222222", "#6b6b6b", "#8c8c8c"  # text; captions; what lies behind
_COLOURS = (
    *("#0b3d7a", "#e8843a", "#a8203a", "#2c8a72", "#e3b32f"),  # lightness L*: 26, 65, 37, 52, 75
    *("#7ea9e0", "#8a4fb5", "#5e4416", "#d9609f", "#8fd0c2"),  # dashed: 68, 45, 31, 58, 79
)
_DASHES = ("-", "--", ":", "-.")  # one for every five colours
_TITLE: dict[str, Any] = {"size": 10, "weight": "bold"}
_CAPTION: dict[str, Any] = {"size": 8, "color": _QUIET, "linespacing": 1.35}
_LEGEND: dict[str, Any] = {
    "loc": "lower left", "bbox_to_anchor": (0, 1), "ncols": 3, "borderpad": 0,
    "columnspacing": 1.2,
}  # fmt: skip
_STYLE: dict[str, Any] = {
    "figure.dpi": _DPI,
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same figure on every machine
    "font.size": 8, "text.color": _INK, "lines.linewidth": 1.3, "legend.frameon": False,
    "axes.labelcolor": _INK, "axes.edgecolor": _QUIET, "axes.linewidth": 0.6,
    "axes.spines.top": False, "axes.spines.right": False, "axes.formatter.limits": (-3, 5),
    "axes.titlelocation": "left", "axes.titlesize": 8, "axes.titleweight": "bold",
    "xtick.color": _QUIET, "xtick.labelsize": 7, "xtick.major.width": 0.6,
    "ytick.color": _QUIET, "ytick.labelsize": 7, "ytick.major.width": 0.6,
}  # fmt: skip


@contextmanager
def _paper_style() -> Iterator[None]:
    """A context, or a decorator, in which matplotlib draws in our style, not in the user's."""
    import matplotlib

    plain: dict[Any, Any] = dict(matplotlib.rcParamsDefault)
    del plain["backend"]  # naming it would import pyplot
    with matplotlib.rc_context(plain | _STYLE):
        yield


# ---- what is given -------------------------------------------------------------------------------


def _on_host(x: Any) -> np.ndarray:
    """`x` as a NumPy array; a list may hold what lives on the device, such as each step's loss."""
    return np.asarray([to_numpy(part) for part in x]) if isinstance(x, list) else to_numpy(x)


def _numbers(where: str, x: Any, shape: tuple[int | str, ...], fix: str = "") -> np.ndarray:
    """`x` as finite floats on the host, of `shape`, where a name stands for any length from 1."""
    x = np.asarray(_on_host(x), dtype=float)
    wanted = tuple(got if isinstance(n, str) else n for n, got in zip(shape, x.shape, strict=False))
    if x.ndim != len(shape) or x.shape != wanted or x.size == 0:
        names = ", ".join(map(str, shape)) + "," * (len(shape) == 1)
        raise ValueError(f"{where}: expected shape ({names}), got {x.shape}. {fix}".rstrip())
    broken = np.argwhere(~np.isfinite(x))
    if len(broken):
        first = tuple(broken[0].tolist())
        raise ValueError(
            f"{where}: expected finite numbers, got {x[first]} at index {first} "
            f"({len(broken)} of {x.size} are not finite). Find what made them, or draw the rest."
        )
    return x


def _images(where: str, x: Any, image_shape: tuple[int, int] | None) -> np.ndarray:
    """`x` of shape (N, D) or (N, h, w) as images (N, h, w)."""
    x = _on_host(x)
    shape = ("N", "h", "w") if x.ndim == 3 else ("N", "D")
    x = _numbers(where, x, shape, "A single image has to be a batch of one: image[None].")
    side = math.isqrt(x[0].size)
    h, w = image_shape or (x.shape[1:] if x.ndim == 3 else (side, side))
    if h * w != x[0].size:
        asked = f"images of shape {image_shape}" if image_shape else "D to be a square number"
        raise ValueError(
            f"{where}: expected {asked}, got {x[0].size} pixels each. "
            f"Say how they fold: image_shape=(h, w) with h * w = {x[0].size}."
        )
    return x.reshape(-1, h, w)


def _same_number(where: str, expected: int, of: str, got: int) -> None:
    """Nothing; raises ValueError where two things that belong together differ in number."""
    if expected != got:
        raise ValueError(f"{where}: expected {expected}, one for each {of}, got {got}.")


# ---- the page: a title above, a caption below, the body between ----------------------------------


def _inches(text: str, **style: Any) -> tuple[float, float]:
    """The width and height of `text` as drawn."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure((1, 1), dpi=_DPI)
    FigureCanvasAgg(figure)
    box = figure.text(0, 0, text, **style).get_window_extent()
    return box.width / _DPI, box.height / _DPI


def _wrapped(text: str, width: float, **style: Any) -> str:
    """`text` in lines of at most `width` inches; a formula between $ signs stays in one piece."""
    lines = [""]
    for word in re.findall(r"(?:\$[^$]*\$|\S)+", text):
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and _inches(longer, **style)[0] > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return "\n".join(lines)


def _page(width: float, height: float, title: str, caption: str) -> tuple[Figure, np.ndarray]:
    """A figure around a body of width x height inches; the body's (left, bottom, w, h), inches."""
    from matplotlib.figure import Figure

    page = max(width, _NARROWEST)
    title, caption = _wrapped(title, page, **_TITLE), _wrapped(caption, page, **_CAPTION)
    above = _inches(title, **_TITLE)[1] + _MARGIN if title else 0
    below = _inches(caption, **_CAPTION)[1] + 1.5 * _MARGIN if caption else 0
    bottom = math.ceil((_MARGIN + below) * _DPI) / _DPI  # whole dots keep images' pixels square
    w, h = page + 2 * _MARGIN, math.ceil((bottom + height + above + _MARGIN) * _DPI) / _DPI
    figure = Figure((w, h))
    figure.text(_MARGIN / w, 1 - _MARGIN / h, title, va="top", **_TITLE)
    figure.text(_MARGIN / w, _MARGIN / h, caption, va="bottom", **_CAPTION)
    return figure, np.array([_MARGIN, bottom, width, height])


def _plot(
    width: float, height: float, title: str, caption: str, rows: int = 1, columns: int = 1
) -> tuple[Figure, np.ndarray]:
    """A page with a grid of axes, laid out so that no label leaves the body."""
    figure, box = _page(width, height, title, caption)
    body = box / np.tile(figure.get_size_inches(), 2)
    figure.set_layout_engine("constrained", rect=tuple(body), w_pad=0.02, h_pad=0.02, wspace=0.05)
    return figure, figure.subplots(rows, columns, squeeze=False)


def _settled(figure: Figure) -> Figure:
    """`figure` with its layout computed and frozen, and its ticks made while our style holds."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    return figure


# ---- images --------------------------------------------------------------------------------------


def _mosaic(tiles: np.ndarray, columns: int, scale: int) -> np.ndarray:
    """One grey image of all `tiles`, each pixel `scale` dots wide, with gaps between and around."""
    n, h, w = tiles.shape
    down, across = h * scale + _GAP, w * scale + _GAP
    canvas = np.full((-(-n // columns) * down + _GAP, columns * across + _GAP), 0.6)
    for i, tile in enumerate(tiles):
        top, left = i // columns * down + _GAP, i % columns * across + _GAP
        enlarged = tile.repeat(scale, axis=0).repeat(scale, axis=1)
        canvas[top : top + h * scale, left : left + w * scale] = enlarged
    return canvas


def _grid(
    tiles: np.ndarray, columns: int, title: str, caption: str, value_range: tuple[float, float],
    left: Sequence[str] = (), right: Sequence[str] = (), above: Sequence[str] = (),
) -> Figure:  # fmt: skip
    """A figure of `tiles` (N, h, w), with labels beside the rows and above the columns."""
    low, high = value_range
    if not low < high:
        raise ValueError(
            f"value_range: expected (low, high) with low < high, got {value_range}. Pixels from a "
            "sigmoid take (0, 1), from a tanh (-1, 1)."
        )
    before, after = (
        math.ceil(_inches("\n".join(names))[0] * _DPI) + 12 if names else 0
        for names in (left, right)
    )
    h, w = tiles.shape[1:]
    room = min(_TILE[1], (_PAGE * _DPI - before - after) / columns - _GAP)
    scale = max(int(room // max(h, w)), math.ceil(_TILE[0] / h))
    down, across = h * scale + _GAP, w * scale + _GAP
    canvas = _mosaic(np.clip((tiles - low) / (high - low), 0, 1), columns, scale)
    height, width = canvas.shape
    widest = math.ceil(_inches("\n".join(above))[0] * _DPI)
    turned = widest > across - _GAP  # labels wider than a column stand upright
    head = (widest if turned else 24) + 10 if above else 0
    body = (before + width + after) / _DPI, (height + head) / _DPI
    figure, (start, bottom, _, _) = _page(*body, title, caption)
    place = np.array([start + before / _DPI, bottom, width / _DPI, height / _DPI])
    axes = figure.add_axes(tuple(place / np.tile(figure.get_size_inches(), 2)))
    axes.imshow(canvas, cmap="gray", vmin=0, vmax=1, interpolation="nearest", aspect="auto")
    axes.set_axis_off()
    for x, names, side in ((-8, left, "right"), (width + 8, right, "left")):
        for i, name in enumerate(names):
            axes.text(x, (i + 0.5) * down, name, ha=side, va="center")
    look = {"rotation": 90, "va": "center", "ha": "left"} if turned else {"ha": "center"}
    for i, name in enumerate(above):
        axes.text((i + 0.5) * across, -8, name, rotation_mode="anchor", **look)
    return _settled(figure)


@_paper_style()
def image_grid(
    images: Array, image_shape: tuple[int, int] | None = None, columns: int | None = None, *,
    title: str = "", caption: str = "", row_labels: Sequence[str] | None = None,
    column_labels: Sequence[str] | None = None, value_range: tuple[float, float] = (0, 1),
) -> Figure:  # fmt: skip
    """A figure of images in rows from the top left: samples, or a manifold decoded on a grid.

    images: (N, D) or (N, h, w). image_shape: (h, w), needed only where D is no square number.
    columns: images in a row; by default as many as make the grid about square.
    value_range: what is drawn black and white; beyond it is clipped. After a tanh: (-1, 1).

    >>> figure = image_grid(np.eye(6, 64), columns=3, column_labels=["a", "b", "c"])
    >>> [label.get_text() for label in figure.axes[0].texts]
    ['a', 'b', 'c']
    """
    tiles = _images("image_grid(images)", images, image_shape)
    columns = math.ceil(math.sqrt(len(tiles))) if columns is None else columns
    if columns < 1:
        raise ValueError(f"image_grid(columns): expected 1 or more, got {columns}.")
    left, above = row_labels or (), column_labels or ()
    if left:
        _same_number("image_grid(row_labels)", -(-len(tiles) // columns), "row", len(left))
    if above:
        _same_number("image_grid(column_labels)", columns, "column", len(above))
    return _grid(tiles, columns, title, caption, value_range, left, above=above)


@_paper_style()
def image_rows(
    rows: Mapping[str, Array], image_shape: tuple[int, int] | None = None, *,
    title: str = "", caption: str = "", value_range: tuple[float, float] = (0, 1),
) -> Figure:  # fmt: skip
    """A figure of named rows of images, to compare down the columns: data over their models.

    rows: {"data": x, "reconstruction": y}, each (N, D) or (N, h, w) with the same N.

    >>> x = np.eye(4, 64)
    >>> [label.get_text() for label in image_rows({"data": x, "noise": 1 - x}).axes[0].texts]
    ['data', 'noise']
    """
    tiles = [_images(f"image_rows({name!r})", x, image_shape) for name, x in rows.items()]
    if not tiles:
        raise ValueError('image_rows: expected rows such as {"data": x}, got none.')
    for name, row in zip(rows, tiles, strict=True):
        _same_number(f"image_rows({name!r})", len(tiles[0]), "image of the first row", len(row))
        if row.shape != tiles[0].shape:
            raise ValueError(
                f"image_rows({name!r}): expected images of shape {tiles[0].shape[1:]}, like the "
                f"first row, got {row.shape[1:]}. Draw images of two sizes in two figures."
            )
    return _grid(np.concatenate(tiles), len(tiles[0]), title, caption, value_range, list(rows))


@_paper_style()
def interpolations(
    rows: Array, image_shape: tuple[int, int] | None = None, *,
    ends: Sequence[tuple[str, str]] = (), title: str = "", caption: str = "",
    value_range: tuple[float, float] = (0, 1),
) -> Figure:  # fmt: skip
    """A figure of walks from one image to another, one in each row, from t = 0 to t = 1.

    rows: (R, steps, D) or (R, steps, h, w). ends: R pairs of names, of the first and last image.

    >>> walk = np.linspace(np.zeros(64), np.ones(64), 3)
    >>> [label.get_text() for label in interpolations([walk], ends=[("0", "1")]).axes[0].texts]
    ['0', '1', 't = 0', '', 't = 1']
    """
    rows = _on_host(rows)
    if rows.ndim not in (3, 4) or rows.shape[1] < 2:
        raise ValueError(
            "interpolations(rows): expected shape (R, steps, D) or (R, steps, h, w) with 2 steps "
            f"or more, got {rows.shape}. One walk alone: walk[None]."
        )
    steps = rows.shape[1]
    tiles = _images("interpolations(rows)", rows.reshape(-1, *rows.shape[2:]), image_shape)
    if len(ends):
        _same_number("interpolations(ends)", len(rows), "row", len(ends))
    left, right = [start for start, _ in ends], [end for _, end in ends]
    above = ["t = 0", *[""] * (steps - 2), "t = 1"]
    return _grid(tiles, steps, title, caption, value_range, left, right, above)


# ---- curves and bars -----------------------------------------------------------------------------


def _spread(wanted: np.ndarray, gap: float) -> np.ndarray:
    """Places in [0, 1], in the order of `wanted` and near it, but at least `gap` apart.

    Crowded labels may all be pushed up, or all down; the mean of the two keeps them centred.
    """
    order = np.argsort(wanted, kind="stable")
    steps = gap * np.arange(len(wanted))
    places = np.empty(len(wanted))
    places[order] = np.clip(_rising(wanted[order] - steps), 0, max(0, 1 - steps[-1])) + steps
    return places


def _rising(x: np.ndarray) -> np.ndarray:
    """Numbers near `x` that do not fall: with the steps taken off, places that keep their gap."""
    return (np.maximum.accumulate(x) + np.minimum.accumulate(x[::-1])[::-1]) / 2


def _label_ends(axes: Axes, ends: Sequence[tuple[str, float, float, str]]) -> None:
    """Write each (name, x, y, colour) right of the axes, near the height y, clear of the rest."""
    from matplotlib.colors import to_rgb

    dots = axes.transData.transform([(x, y) for _, x, y, _ in ends])
    heights = axes.transAxes.inverted().transform(dots)[:, 1]
    places = _spread(heights, gap=0.14 * _DPI / axes.get_window_extent().height)
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
        y = _numbers(where, values, ("N",))
        at = np.arange(1, len(y) + 1) if x is None else _numbers("curves(x)", x, ("N",))
        _same_number(where, len(at), "value of x", len(y))
        if log and y.min() <= 0:
            raise ValueError(f"{where}: expected values > 0 for log=True, got {y.min():g}.")
        colour, dash = _COLOURS[i % 10], _DASHES[i // 5 % 4]
        axes.plot(at, y, dash, color=colour, marker="o" if len(y) == 1 else None, markersize=3)
        ends.append((name, at[-1], y[-1], colour))
    return ends


@_paper_style()
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
    figure, grid = _plot(_PAGE, height, title, caption, rows, columns)
    ends = []
    for axes, (name, lines) in zip(grid.flat, panels.items(), strict=False):
        ends.append(_draw_lines(axes, lines, x, log))
        axes.set(xlabel=xlabel, title=name, yscale="log" if log else "linear")
        axes.margins(x=0.01)
        if x is None:  # steps and epochs are whole numbers
            axes.xaxis.get_major_locator().set_params(integer=True)
        right = axes.dataLim.x1
        for label, level in levels.get(name, {}).items():
            axes.axhline(level, color=_QUIET, linewidth=0.7, linestyle=(0, (1, 2)), zorder=1)
            ends[-1].append((label, right, level, _QUIET))
    grid[0, 0].set_ylabel(ylabel)
    for axes in grid.flat[len(panels) :]:
        axes.set_axis_off()
    figure.draw_without_rendering()  # the heights of the axes are final from here on
    for axes, panel_ends in zip(grid.flat, ends, strict=False):
        _label_ends(axes, panel_ends)
    return _settled(figure)


@_paper_style()
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
    heights = _numbers("bars(counts)", list(counts.values()), ("classes",))
    names, n = [str(name) for name in counts], len(counts)
    longest = _inches("\n".join(names), size=7)[0]
    slanted = longest > 0.9 * (_PAGE - 1) / n
    figure, grid = _plot(_PAGE, 2.2 + 0.5 * longest * slanted, title, caption)
    axes = grid[0, 0]
    drawn = axes.bar(range(n), heights, 0.7, color=_COLOURS[5])
    axes.bar_label(drawn, fmt="{:.4g}", size=7, padding=1, path_effects=_halo(), zorder=4)
    slant = {"rotation": 30, "ha": "right", "rotation_mode": "anchor"} if slanted else {}
    axes.set_xticks(range(n), names, **slant)
    axes.tick_params(axis="x", length=0)
    axes.set(xlabel=xlabel, ylabel=ylabel, xlim=(-0.6, n - 0.4))
    if reference is not None:
        axes.axhline(reference, color=_INK, linewidth=1, linestyle="--")
        figure.draw_without_rendering()
        _label_ends(axes, [(reference_label, n - 0.4, reference, _INK)])
    return _settled(figure)


def _halo() -> list[Any]:
    """A white rim that keeps letters legible over what is drawn behind them."""
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=2.5, foreground="white")]


# ---- the plane -----------------------------------------------------------------------------------


@_paper_style()
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
    z = _numbers("latent_map(z)", z, ("N", 2), "Choose or project to two dimensions: z[:, :2].")
    labels = _numbers("latent_map(labels)", labels, (len(z),), "Give one label for each code.")
    last = len(class_names) - 1 if class_names is not None else math.inf
    if (labels % 1 != 0).any() or labels.min() < 0 or labels.max() > last:
        raise ValueError(
            f"latent_map(labels): expected whole numbers from 0 to {last}, got values from "
            f"{labels.min():g} to {labels.max():g}. class_names holds one name for each label."
        )
    figure, grid = _plot(5.0, 4.6, title, caption)
    axes, members = grid[0, 0], {}
    for k in np.unique(labels.astype(int)).tolist():
        name = str(k) if class_names is None else class_names[k]
        marker: Any = f"${name}$" if len(name) == 1 and name.isalnum() else "osD^vPX<>*"[k % 10]
        members[name] = z[labels == k]
        axes.scatter(*members[name].T, s=22 if len(z) < 3000 else 12, color=_COLOURS[k % 10],
                     marker=marker, linewidths=0.2, alpha=0.8)  # fmt: skip
    axes.set(xlabel="$z_1$", ylabel="$z_2$")
    axes.set_aspect("equal", adjustable="datalim")
    figure.draw_without_rendering()  # the axes' limits are final from here on
    _name_classes(axes, members)
    return _settled(figure)


def _name_classes(axes: Axes, members: Mapping[str, np.ndarray]) -> None:
    """Write each name on the member nearest its class's median that is clear of earlier names."""
    taken, sizes = np.empty((0, 2)), np.empty((0, 2))
    for name, z in members.items():
        size = np.array(_inches(name, size=11, weight="bold")) * _DPI + 6
        nearest = z[np.argsort(((z - np.median(z, axis=0)) ** 2).sum(axis=1))]
        dots = axes.transData.transform(nearest)
        apart = np.abs(dots[:, None] - taken) > (size + sizes) / 2  # (members, names, 2)
        clear = np.all(np.any(apart, axis=2), axis=1)
        chosen = int(np.argmax(clear))  # the first that is clear; if none is, the nearest
        taken, sizes = np.vstack([taken, dots[chosen]]), np.vstack([sizes, size])
        x, y = nearest[chosen]
        axes.text(x, y, name, size=11, weight="bold", ha="center", va="center",
                  path_effects=_halo())  # fmt: skip


def _scatter(axes: Axes, where: str, **clouds: Array | None) -> None:
    """Draw the clouds that are given, of data, samples and centres, with a legend above."""
    looks: dict[str, dict[str, Any]] = {
        "data": {"s": 5, "color": _BEHIND, "linewidths": 0, "alpha": 0.6},
        "samples": {"s": 6, "color": _COLOURS[2], "linewidths": 0, "alpha": 0.8},
        "centres": {"s": 45, "color": _INK, "linewidths": 1, "marker": "+",
                    "path_effects": _halo()},
    }  # fmt: skip
    given = {name: cloud for name, cloud in clouds.items() if cloud is not None}
    for name, cloud in given.items():
        xy = _numbers(f"{where}({name})", cloud, ("N", 2))
        axes.scatter(*xy.T, label=name, **looks[name])
    if given:
        axes.legend(**_LEGEND, handletextpad=0.1, markerscale=1.5)


def _draw_paths(axes: Axes, paths: Mapping[str, Array]) -> None:
    """Draw each path with a dot at every step, a larger one at its end, and a legend above."""
    for i, (name, path) in enumerate(paths.items()):
        xy = _numbers(f"surface(paths[{name!r}])", path, ("steps", 2))
        colour, few = _COLOURS[i % 10], len(xy) <= 100  # more dots would hide the dashes
        axes.plot(*xy.T, _DASHES[i % 4], color=colour, linewidth=1.4, label=name,
                  marker="." if few else None, markersize=3)  # fmt: skip
        axes.plot(*xy[-1], "o", color=colour, markersize=5, markeredgecolor="white", zorder=4)
    axes.plot(*xy[0], "s", color=_INK, markersize=4, markeredgecolor="white", zorder=4)
    axes.legend(**_LEGEND, handlelength=2.8)


@_paper_style()
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
    figure, grid = _plot(4.4, 4.4, title, caption)
    _scatter(grid[0, 0], "points", data=data, samples=samples, centres=centres)
    grid[0, 0].set_aspect("equal", adjustable="datalim")
    return _settled(figure)


@_paper_style()
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
    values = _numbers("surface(f)", np.ravel(to_numpy(f(plane))), (len(plane),))
    low, high = values.min(), values.max()
    values = values.reshape(resolution, resolution)
    shape = (ylim[1] - ylim[0]) / (xlim[1] - xlim[0])
    figure, grid = _plot(4.4, 4.4 * min(1.2, shape) + 0.1, title, caption)
    axes = grid[0, 0]
    axes.set(xlim=xlim, ylim=ylim, aspect="equal", anchor="NW")
    _scatter(axes, "surface", data=data, samples=samples)
    if paths:
        _draw_paths(axes, paths)
    if arrows is not None:
        tails = _numbers("surface(arrows[0])", arrows[0], ("N", 2))
        vectors = _numbers("surface(arrows[1])", arrows[1], tails.shape)
        axes.quiver(*tails.T, *vectors.T, color=_COLOURS[2], angles="xy", width=0.004, zorder=3)
    if low == high:  # a constant has no contours
        axes.text(x.mean(), y.mean(), f"{low:.3g} everywhere", ha="center", va="center")
        return _settled(figure)
    # The scale goes on beyond `high`, which leaves the dark half of the colours to ink.
    axes.contourf(x, y, values, 10, cmap="Blues", vmin=low, vmax=low + 1.8 * (high - low), zorder=0)
    lines = axes.contour(x, y, values, 10, colors=_QUIET, linewidths=0.5, zorder=0.5)
    figure.draw_without_rendering()  # labels cut gaps into their lines: the scale has to be final
    axes.clabel(lines, fontsize=6.5, colors=_INK)
    return _settled(figure)


# ---- graphs --------------------------------------------------------------------------------------

_LINE, _BETWEEN, _HEAD = 0.16, 0.14, 0.12  # inches: arrow to arrow, box to box, an arrow's head
_PAD = 0.08  # inches, around the words of a box
_LABEL: dict[str, Any] = {"size": 8, "weight": "bold"}
_NOTE: dict[str, Any] = {"size": 8, "color": _COLOURS[2]}
_WORD: dict[str, Any] = {"size": 7, "color": _QUIET}

# A graph is laid out in columns. Its nodes are numbered; an edge that passes a column on its way
# has a place of its own in it, numbered on, so that boxes make room for it (Sugiyama et al. 1981).


def _columns(labels: Sequence[str], edges: Sequence[tuple[int, int]]) -> list[int]:
    """Each node's column: right of all it is made of; a leaf stands just left of its first use."""
    column = [0] * len(labels)
    waiting = list(edges)
    while waiting:
        for a, b in waiting:
            column[b] = max(column[b], column[a] + 1)
        last = max(range(len(column)), key=column.__getitem__)
        if column[last] >= len(labels):  # no path without a circle is that long
            raise ValueError(
                "graph(edges): expected edges from what a node is made of to the node, got a "
                f"circle through {labels[last]!r}. Turn one of its edges, or leave it out."
            )
        waiting = [(a, b) for a, b in edges if column[b] <= column[a]]
    for leaf in set(range(len(labels))) - {b for _, b in edges}:
        column[leaf] = min((column[b] for a, b in edges if a == leaf), default=1) - 1
    return column


def _node_sizes(
    labels: Mapping[Any, str], notes: Mapping[Any, str], edges: Sequence[tuple[int, int]]
) -> list[tuple[float, float]]:
    """The width and the height of each node: room for its words, and for its arrows."""
    sizes = []
    for i, (node, label) in enumerate(labels.items()):
        (w, h), (v, n) = _inches(label, **_LABEL), _inches(notes.get(node, ""), **_NOTE)
        arrows = max(sum(edge[end] == i for edge in edges) for end in (0, 1))
        tall = h + n + 2 * _PAD + 0.05 * bool(n)
        sizes.append((max(w, v) + 2 * _PAD, max(tall, _LINE * arrows)))
    return sizes


def _heights(column: Sequence[int], ways: Sequence[list[int]], tall: np.ndarray) -> np.ndarray:
    """The height of each place: near what it hangs on, clear of all others in its column.

    In turn from the left and from the right, each column is sorted by the mean height of what its
    members hang on, and moved there as far as there is room.
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
            sizes = tall[members[order]] + _BETWEEN
            steps = np.cumsum(sizes) - sizes / 2
            y[members[order]] = _rising(wanted[order] - steps) + steps
    return y - (y - tall / 2).min()  # the lowest box stands on 0


def _ports(ways: Sequence[list[int]], y: np.ndarray, end: int) -> list[float]:
    """The height at which each edge leaves (end 0) or enters (end -1) its node, none on another."""
    heights = [0.0] * len(ways)
    for node in {way[end] for way in ways}:
        here = [i for i, way in enumerate(ways) if way[end] == node]
        here.sort(key=lambda i: y[ways[i][-2 if end else 1]])
        for rank, i in enumerate(here):
            heights[i] = y[node] + _LINE * (rank - (len(here) - 1) / 2)
    return heights


def _spans(column: Sequence[int], wide: np.ndarray, words: Sequence[str]) -> np.ndarray:
    """The left and the right of each place, in columns with room before them for arrows' words."""
    widths = np.array([wide[np.equal(column, k)].max() for k in range(len(words))])
    room = [_inches(word, **_WORD)[0] + 0.3 + _HEAD for word in words]
    right = np.cumsum(widths) + np.cumsum(room) - room[0]
    middle, half = (right - widths / 2)[column], np.where(wide, wide, widths[column]) / 2
    return np.stack([middle - half, middle + half], axis=1)


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
                                   color=_BEHIND, shrinkA=0, shrinkB=0, zorder=1))  # fmt: skip
    if word:
        axes.text(stops[-1][0] - _HEAD, stops[-1][2], word, ha="right", va="center", **_WORD,
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
        edgecolor=_COLOURS[2] if marked else _COLOURS[0],
    ))  # fmt: skip
    x, up = sum(span) / 2, height / 2 - _PAD
    axes.text(x, y + up * bool(note), label, ha="center", va="top" if note else "center", **_LABEL)
    if note:
        axes.text(x, y - up, note, ha="center", va="bottom", **_NOTE)


@_paper_style()
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
    _same_number("graph(edge_labels)", len(edges), "edge", len(edge_labels))

    number = {node: i for i, node in enumerate(labels)}
    pairs = [(number[a], number[b]) for a, b in edges]
    column = _columns(list(labels.values()), pairs)
    words = [""] * (max(column) + 1)
    ways = []
    for (a, b), word in zip(pairs, edge_labels, strict=True):
        passed = range(column[a] + 1, column[b])
        ways.append([a, *range(len(column), len(column) + len(passed)), b])
        column += passed
        words[column[b]] += f"\n{word}"
    sizes = _node_sizes(labels, notes, pairs) + [(0.0, _LINE)] * (len(column) - len(labels))
    wide, tall = np.transpose(sizes)
    y, spans = _heights(column, ways, tall), _spans(column, wide, words)

    width, height = spans.max(), (y + tall / 2).max()
    figure, box = _page(width + 0.04, height + 0.04, title, caption)
    axes = figure.add_axes(tuple(box / np.tile(figure.get_size_inches(), 2)))
    axes.set(xlim=(-0.02, width + 0.02), ylim=(-0.02, height + 0.02))  # a unit is an inch
    axes.set_axis_off()
    for i, (node, label) in enumerate(labels.items()):
        leaf = all(b != i for _, b in pairs)
        words_of = label, notes.get(node, "")
        _draw_node(axes, spans[i], y[i], tall[i], *words_of, leaf, node in marked)
    for way, word, first, last in zip(
        ways, edge_labels, _ports(ways, y, 0), _ports(ways, y, -1), strict=True
    ):
        heights = [first, *y[way[1:-1]], last]
        _draw_edge(axes, [(*spans[x], h) for x, h in zip(way, heights, strict=True)], word)
    return _settled(figure)


# ---- to disk -------------------------------------------------------------------------------------


def save(figure: Figure, path: str | os.PathLike[str], *, overwrite: bool = True) -> Path:
    """The path of the PNG that was written; its folder is made where there is none.

    The file is whole or absent: it is written beside its place, then moved there. The same figure
    gives the same bytes, since neither date nor version is put in.
    overwrite: whether a file of that name may be replaced; if not, it raises FileExistsError.

    >>> save(bars({"a": 1}), "bars.jpg")
    Traceback (most recent call last):
    ValueError: save: expected a path that ends in .png, got 'bars.jpg'. Name it 'bars.png'.
    """
    path = Path(path)
    if path.suffix != ".png":
        png = path.with_suffix(".png").name
        raise ValueError(
            f"save: expected a path that ends in .png, got {str(path)!r}. Name it {png!r}."
        )
    if path.exists() and not overwrite:
        raise FileExistsError(f"save: {path} exists. Choose another name, or overwrite=True.")
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    try:
        with _paper_style():
            figure.savefig(unfinished, format="png", metadata={"Software": None})
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
    return path
