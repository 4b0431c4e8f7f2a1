"""Characters drawn from matplotlib's own typefaces, with the factors of each known."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import numpy as np

from .dataset import Dataset, Factors, every_sixth

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


def glyphs(n: int = 12_000, seed: int = 0, characters: str = CHARACTERS) -> Dataset:
    """A data set of n drawn 28 x 28 characters, white on black, with the factors of each.

    Each factor is drawn independently and uniformly: character and typeface (int64, indices into
    `characters` and TYPEFACES), slant, rotation, weight and size (float32, in GLYPH_RANGES). The
    labels are the characters. The first images of a larger n are those of a smaller one.
    characters: ASCII letters and digits. Every sixth image is for testing. The typefaces are
    matplotlib's own, never the system's: one seed draws the same pictures on every machine.

    >>> glyphs(n=60, seed=1)
    Dataset('glyphs', 50 train + 10 test, 28x28, 34 classes)
    """
    u = np.random.default_rng(seed).random((n, 6))  # a row for each image
    factors = {
        "character": (u[:, 0] * len(characters)).astype(np.int64),
        "typeface": (u[:, 1] * len(TYPEFACES)).astype(np.int64),
    }
    for column, (name, (low, high)) in enumerate(GLYPH_RANGES.items(), start=2):
        factors[name] = (low + (high - low) * u[:, column]).astype(np.float32)
    x = draw_glyphs(factors, characters)
    return every_sixth("glyphs", x, factors["character"], (28, 28), tuple(characters), factors)


def draw_glyphs(factors: Factors, characters: str = CHARACTERS) -> np.ndarray:
    """Images (N, 784), float32 in [0, 1], of the glyphs that have those factors.

    factors: as in `Dataset.train_factors`, so one factor can be changed while the others stay:
    the picture that a model's edit should have made.

    >>> data = glyphs(n=60)
    >>> upright = draw_glyphs(data.train_factors | {"slant": np.zeros(50)})
    >>> upright.shape
    (50, 784)
    """
    from matplotlib.backends.backend_agg import RendererAgg
    from matplotlib.transforms import Affine2D

    if not (characters.isascii() and characters.isalnum()):
        raise ValueError(f"glyphs: expected characters of ASCII letters and digits, which every "
                         f"typeface has, got {characters!r}.")
    columns = [factors[name] for name in ("character", "typeface", *GLYPH_RANGES)]
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
