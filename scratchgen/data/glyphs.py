"""Characters drawn from matplotlib's own typefaces, with the factors of each known."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .arguments import whole
from .dataset import Dataset, every_sixth

CHARACTERS = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # no I and O: in some typefaces they are 1 and 0
TYPEFACES = ("DejaVuSans", "DejaVuSerif", "DejaVuSansMono", "STIXGeneral", "cmr10", "cmss10",
             "cmtt10")
# Chosen so that the widest character at the extremes of all four still fits into 28 x 28 pixels.
GLYPH_RANGES = {
    "slant": (-0.25, 0.25),  # the tangent of the angle: positive leans to the right
    "rotation": (-12.0, 12.0),  # degrees, positive is counter-clockwise
    "weight": (0.5, 2.0),  # pixels by which every stem is thickened
    "size": (12.0, 18.0),  # pixels, the longer side of the upright character
}


def glyphs(
    n: int = 12_000,
    seed: int = 0,
    characters: str = CHARACTERS,
    typefaces: Sequence[str] = TYPEFACES,
    fixed: Mapping[str, float] | None = None,
) -> Dataset:
    """A data set of n drawn 28 x 28 characters, white on black, with the factors of each.

    Each factor is drawn independently and uniformly: character and typeface (int64, indices into
    `characters` and TYPEFACES), slant, rotation, weight and size (float32, in GLYPH_RANGES). The
    labels are the characters. The first images of a larger n are those of a smaller one.
    characters: ASCII letters and digits. typefaces: some of TYPEFACES. fixed: what every image has
    of a factor of GLYPH_RANGES, e.g. {"rotation": 0.0}; the other factors stay what they were, and
    one character or typeface is held by naming it alone. Every sixth image is for testing. The
    typefaces are matplotlib's own, never the system's: one seed draws the same on every machine.

    >>> glyphs(60, 1, "R", typefaces=["DejaVuSans"], fixed={"rotation": 0.0})
    Dataset('glyphs', 50 train + 10 test, 28x28, 1 classes)
    """
    fixed = dict(fixed or {})
    _check_choice(characters, typefaces, fixed)
    u = np.random.default_rng(seed).random((whole("glyphs: n", n), 6))  # a row for each image
    among = np.array([TYPEFACES.index(name) for name in typefaces])
    factors = {
        "character": (u[:, 0] * len(characters)).astype(np.int64),
        "typeface": among[(u[:, 1] * len(among)).astype(np.int64)],
    }
    for column, (name, (low, high)) in enumerate(GLYPH_RANGES.items(), start=2):
        low, high = (fixed[name],) * 2 if name in fixed else (low, high)
        factors[name] = (low + (high - low) * u[:, column]).astype(np.float32)
    x = draw_glyphs(factors, characters)
    return every_sixth("glyphs", x, factors["character"], (28, 28), tuple(characters), factors)


def _check_choice(
    characters: str, typefaces: Sequence[str], fixed: Mapping[str, float]
) -> None:
    if isinstance(typefaces, str) or not typefaces or set(typefaces) - set(TYPEFACES):
        raise ValueError(f"glyphs: expected typefaces in a list, some of {', '.join(TYPEFACES)}, "
                         f"got {typefaces!r}.")
    for what, some in (("characters", characters), ("typefaces", typefaces)):
        if len(set(some)) < len(some):
            raise ValueError(f"glyphs: expected {what} that differ, got {some!r}.")
    for name, value in fixed.items():
        if name not in GLYPH_RANGES:
            raise ValueError(f"glyphs: expected fixed to hold some of {', '.join(GLYPH_RANGES)}, "
                             f"got {name!r}. One character or typeface is held by naming it "
                             f"alone: characters='R', typefaces=['DejaVuSans'].")
        low, high = GLYPH_RANGES[name]
        if not (isinstance(value, (int, float, np.number)) and low <= value <= high):
            raise ValueError(f"glyphs: expected a fixed {name} in {low}..{high}, where every glyph "
                             f"fits into the picture, got {value!r}. draw_glyphs goes beyond.")


def draw_glyphs(factors: Mapping[str, Any], characters: str = CHARACTERS) -> np.ndarray:
    """Images (N, 784), float32 in [0, 1], of the glyphs that have those factors.

    factors: as in `Dataset.train_factors`, so one factor can be changed while the others stay:
    the picture that a model's edit should have made. A number stands for N of it, and may lie
    outside of GLYPH_RANGES; what then leaves the picture is cut off.
    characters: those that the data set was drawn from, since its factors count in them.

    >>> data = glyphs(n=60)
    >>> upright = draw_glyphs(data.train_factors | {"slant": 0.0})
    >>> upright.shape
    (50, 784)
    """
    from matplotlib.backends.backend_agg import RendererAgg
    from matplotlib.transforms import Affine2D

    columns = _columns(factors, characters)
    images = np.empty((len(columns[0]), 784), np.float32)
    renderer = RendererAgg(28, 28, 72)  # 72 dots an inch: one point is one pixel
    pen = renderer.new_gc()
    pen.set_snap(False)  # else straight stems jump to whole pixels, and their factors with them
    for i, (character, typeface, slant, rotation, weight, size) in enumerate(
        zip(*columns, strict=True)
    ):
        outline = _outline(characters[character], TYPEFACES[typeface])
        shear = Affine2D(np.array([[1, slant, 0], [0, 1, 0], [0, 0, 1]]))
        renderer.clear()
        pen.set_linewidth(weight)  # drawn along the outline, it adds half of it on either side
        place = shear.scale(size).rotate_deg(rotation).translate(14, 14)
        renderer.draw_path(pen, outline, place, (0, 0, 0))
        images[i] = np.asarray(renderer.buffer_rgba())[:, :, 3].ravel()  # how far ink covers it
    return images / np.float32(255)


def _columns(factors: Mapping[str, Any], characters: str) -> list[np.ndarray]:
    """The six factors, each of shape (N,), of glyphs that can be drawn."""
    if not (isinstance(characters, str) and characters.isascii() and characters.isalnum()):
        raise ValueError(f"glyphs: expected characters of ASCII letters and digits, which every "
                         f"typeface has, got {characters!r}.")
    names = ("character", "typeface", *GLYPH_RANGES)
    if set(factors) != set(names):
        raise ValueError(f"draw_glyphs: expected the factors {', '.join(names)}; got "
                         f"{', '.join(factors) or 'none'}.")
    arrays = [np.atleast_1d(factors[name]) for name in names]
    if len({array.shape for array in arrays} - {(1,)}) > 1 or max(x.ndim for x in arrays) > 1:
        shapes = ", ".join(f"{name} {np.shape(factors[name])}" for name in names)
        raise ValueError(f"draw_glyphs: expected factors of one shape (N,), or numbers; got "
                         f"{shapes}.")
    return [
        _checked(array, name, *_drawable(name, len(characters)))
        for name, array in zip(names, np.broadcast_arrays(*arrays), strict=True)
    ]


def _drawable(name: str, n_characters: int) -> tuple[str, float, float]:
    """What a factor must be for its glyph to be drawn: the kinds of its numbers, least, most."""
    return {
        "character": ("iu", 0, n_characters - 1),
        "typeface": ("iu", 0, len(TYPEFACES) - 1),
        "weight": ("iuf", 0, math.inf),
        "size": ("iuf", 0, math.inf),
    }.get(name, ("iuf", -math.inf, math.inf))


def _checked(array: np.ndarray, name: str, kinds: str, least: float, most: float) -> np.ndarray:
    what = "whole numbers" if kinds == "iu" else "finite numbers"
    if array.dtype.kind not in kinds:
        raise TypeError(f"draw_glyphs: expected {name} as {what}, got {array.dtype}.")
    wrong = ~(np.isfinite(array) & (array >= least) & (array <= most))
    if wrong.any():
        i = int(wrong.argmax())
        raise ValueError(f"draw_glyphs: expected {name} as {what} from {least} to {most}, got "
                         f"{array[i]} for glyph {i}.")
    return array


@functools.cache
def _outline(character: str, typeface: str) -> Any:
    """The outline of a character as a matplotlib Path, centred at 0, its longer side 1."""
    import matplotlib
    from matplotlib.font_manager import FontProperties
    from matplotlib.path import Path as Outline
    from matplotlib.textpath import TextPath

    font = FontProperties(fname=Path(matplotlib.get_data_path(), "fonts/ttf", f"{typeface}.ttf"))
    path = TextPath((0, 0), character, size=100, prop=font)
    box = path.get_extents().get_points()  # [[left, bottom], [right, top]]
    return Outline((path.vertices - box.mean(axis=0)) / np.ptp(box, axis=0).max(), path.codes)
