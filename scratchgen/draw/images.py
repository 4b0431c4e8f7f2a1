"""Images as a grid, in named rows, and as walks from one to another."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from scratchgen.backend import Array

from .given import as_images, check_number, on_host
from .page import DPI, PAGE, blank_page, inches, paper_style, settled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_TILE = 28, 150, 250  # dots: the least and the largest size of an image; of one of a few
_FEW = 5  # images in a row
_GAP = 3  # dots between images


def _mosaic(tiles: np.ndarray, columns: int, scale: int, gap: int) -> np.ndarray:
    """One image of all `tiles`, each pixel `scale` dots wide, with gaps between and around."""
    n, h, w, *channels = tiles.shape
    down, across = h * scale + gap, w * scale + gap
    canvas = np.full((-(-n // columns) * down + gap, columns * across + gap, *channels), 0.6)
    for i, tile in enumerate(tiles):
        top, left = i // columns * down + gap, i % columns * across + gap
        enlarged = tile.repeat(scale, axis=0).repeat(scale, axis=1)
        canvas[top : top + h * scale, left : left + w * scale] = enlarged
    return canvas


def _greys(x: np.ndarray, value_range: tuple[float, float]) -> np.ndarray:
    """Pixels from 0 for black to 1 for white."""
    low, high = value_range
    if not low < high:
        raise ValueError(
            f"value_range: expected (low, high) with low < high, got {value_range}. Pixels from a "
            "sigmoid take (0, 1), from a tanh (-1, 1)."
        )
    return np.clip((x - low) / (high - low), 0, 1)


def _columns(where: str, n: int, columns: int | None) -> int:
    """How many of n images stand in a row: what is asked for, else about a square's side."""
    if columns is not None and columns < 1:
        raise ValueError(f"{where}: expected 1 or more, got {columns}.")
    return columns or math.ceil(math.sqrt(n))


def mosaic(
    images: Array, image_shape: tuple[int, ...] | None = None, columns: int | None = None, *,
    value_range: tuple[float, float] = (0, 1),
) -> np.ndarray:  # fmt: skip
    """One image (H, W) in [0, 1] of images in rows from the top left: an animation's frame.

    images, image_shape, columns, value_range: as for `image_grid`. A line of one pixel parts them.
    Of images in colour it is one in colour, (H, W, 3).

    >>> mosaic(np.ones((6, 64)), columns=3).shape
    (19, 28)
    """
    tiles = _greys(as_images("mosaic(images)", images, image_shape), value_range)
    return _mosaic(tiles, _columns("mosaic(columns)", len(tiles), columns), scale=1, gap=1)


def _grid(
    tiles: np.ndarray, columns: int, title: str, caption: str, value_range: tuple[float, float],
    left: Sequence[str] = (), right: Sequence[str] = (), above: Sequence[str] = (),
) -> Figure:  # fmt: skip
    """A figure of `tiles` (N, h, w), with labels beside the rows and above the columns."""
    before, after = (
        math.ceil(inches("\n".join(names))[0] * DPI) + 12 if names else 0 for names in (left, right)
    )
    h, w = tiles.shape[1:3]
    room = min(_TILE[1 + (columns <= _FEW)], (PAGE * DPI - before - after) / columns - _GAP)
    scale = max(int(room // max(h, w)), math.ceil(_TILE[0] / h))
    down, across = h * scale + _GAP, w * scale + _GAP
    canvas = _mosaic(_greys(tiles, value_range), columns, scale, _GAP)
    height, width = canvas.shape[:2]
    widest = math.ceil(inches("\n".join(above))[0] * DPI)
    turned = widest > across - _GAP  # labels wider than a column stand upright
    head = (widest if turned else 24) + 10 if above else 0
    body = (before + width + after) / DPI, (height + head) / DPI
    figure, (start, bottom, _, _) = blank_page(*body, title, caption)
    place = np.array([start + before / DPI, bottom, width / DPI, height / DPI])
    axes = figure.add_axes(tuple(place / np.tile(figure.get_size_inches(), 2)))
    axes.imshow(canvas, cmap="gray", vmin=0, vmax=1, interpolation="nearest", aspect="auto")
    axes.set_axis_off()
    for x, names, side in ((-8, left, "right"), (width + 8, right, "left")):
        for i, name in enumerate(names):
            axes.text(x, (i + 0.5) * down, name, ha=side, va="center")
    look = {"rotation": 90, "va": "center", "ha": "left"} if turned else {"ha": "center"}
    for i, name in enumerate(above):
        axes.text((i + 0.5) * across, -8, name, rotation_mode="anchor", **look)
    return settled(figure)


@paper_style()
def image_grid(
    images: Array, image_shape: tuple[int, ...] | None = None, columns: int | None = None, *,
    title: str = "", caption: str = "", row_labels: Sequence[str] | None = None,
    column_labels: Sequence[str] | None = None, value_range: tuple[float, float] = (0, 1),
) -> Figure:  # fmt: skip
    """A figure of images in rows from the top left: samples, or a manifold decoded on a grid.

    images: (N, D) or (N, h, w). image_shape: (h, w), needed only where D is no square number; or
    (h, w, 3), of colour.
    columns: images in a row; by default as many as make the grid about square.
    value_range: what is drawn black and white; beyond it is clipped. After a tanh: (-1, 1).

    >>> figure = image_grid(np.eye(6, 64), columns=3, column_labels=["a", "b", "c"])
    >>> [label.get_text() for label in figure.axes[0].texts]
    ['a', 'b', 'c']
    """
    tiles = as_images("image_grid(images)", images, image_shape)
    columns = _columns("image_grid(columns)", len(tiles), columns)
    left, above = row_labels or (), column_labels or ()
    if left:
        check_number("image_grid(row_labels)", -(-len(tiles) // columns), "row", len(left))
    if above:
        check_number("image_grid(column_labels)", columns, "column", len(above))
    return _grid(tiles, columns, title, caption, value_range, left, above=above)


@paper_style()
def image_rows(
    rows: Mapping[str, Array], image_shape: tuple[int, ...] | None = None, *,
    title: str = "", caption: str = "", value_range: tuple[float, float] = (0, 1),
) -> Figure:  # fmt: skip
    """A figure of named rows of images, to compare down the columns: data over their models.

    rows: {"data": x, "reconstruction": y}, each (N, D) or (N, h, w) with the same N.

    >>> x = np.eye(4, 64)
    >>> [label.get_text() for label in image_rows({"data": x, "noise": 1 - x}).axes[0].texts]
    ['data', 'noise']
    """
    tiles = [as_images(f"image_rows({name!r})", x, image_shape) for name, x in rows.items()]
    if not tiles:
        raise ValueError('image_rows: expected rows such as {"data": x}, got none.')
    for name, row in zip(rows, tiles, strict=True):
        check_number(f"image_rows({name!r})", len(tiles[0]), "image of the first row", len(row))
        if row.shape != tiles[0].shape:
            raise ValueError(
                f"image_rows({name!r}): expected images of shape {tiles[0].shape[1:]}, like the "
                f"first row, got {row.shape[1:]}. Draw images of two sizes in two figures."
            )
    return _grid(np.concatenate(tiles), len(tiles[0]), title, caption, value_range, list(rows))


@paper_style()
def interpolations(
    rows: Array, image_shape: tuple[int, ...] | None = None, *,
    ends: Sequence[tuple[str, str]] = (), title: str = "", caption: str = "",
    value_range: tuple[float, float] = (0, 1),
) -> Figure:  # fmt: skip
    """A figure of walks from one image to another, one in each row, from t = 0 to t = 1.

    rows: (R, steps, D) or (R, steps, h, w). ends: R pairs of names, of the first and last image.

    >>> walk = np.linspace(np.zeros(64), np.ones(64), 3)
    >>> [label.get_text() for label in interpolations([walk], ends=[("0", "1")]).axes[0].texts]
    ['0', '1', 't = 0', '', 't = 1']
    """
    rows = on_host(rows)
    if rows.ndim not in (3, 4) or rows.shape[1] < 2:
        raise ValueError(
            "interpolations(rows): expected shape (R, steps, D) or (R, steps, h, w) with 2 steps "
            f"or more, got {rows.shape}. One walk alone: walk[None]."
        )
    steps = rows.shape[1]
    tiles = as_images("interpolations(rows)", rows.reshape(-1, *rows.shape[2:]), image_shape)
    if len(ends):
        check_number("interpolations(ends)", len(rows), "row", len(ends))
    left, right = [start for start, _ in ends], [end for _, end in ends]
    above = ["t = 0", *[""] * (steps - 2), "t = 1"]
    return _grid(tiles, steps, title, caption, value_range, left, right, above)
