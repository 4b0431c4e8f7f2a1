"""Images and points to learn from: bundled, drawn, read from files or downloaded. NumPy only.

Every image data set is a `Dataset` of flattened float32 images in [0, 1]. `digits`, `mnist5k` and
`glyphs` need no network; `mnist` and `fashion` are the official files, used only if their SHA-256
is right.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .bundled import (
    DIGITS_FILE,
    DIGITS_SHA256,
    MNIST5K_FILE,
    MNIST5K_SHA256,
    digits,
    mnist5k,
    rebuild_digits,
    rebuild_mnist5k,
)
from .dataset import Dataset, Factors, batches, binarize, check_images
from .glyphs import CHARACTERS, GLYPH_RANGES, TYPEFACES, draw_glyphs, glyphs
from .idx import read_idx
from .official import fashion, idx_dataset, mnist
from .pictures import folder, picture
from .sources import FASHION, MNIST, Source, cache_folder
from .toys import (
    grid,
    grid_centres,
    grid_density,
    moons,
    moons_density,
    ring,
    ring_centres,
    ring_density,
)

__all__ = [
    "CHARACTERS", "DIGITS_FILE", "DIGITS_SHA256", "FASHION", "GLYPH_RANGES", "MNIST",
    "MNIST5K_FILE", "MNIST5K_SHA256", "TYPEFACES", "Dataset", "Factors", "Source", "batches",
    "binarize", "cache_folder", "check_images", "digits", "draw_glyphs", "fashion", "folder",
    "glyphs", "grid", "grid_centres", "grid_density", "idx_dataset", "load", "mnist", "mnist5k",
    "moons", "moons_density", "picture", "read_idx", "rebuild_digits", "rebuild_mnist5k", "ring",
    "ring_centres", "ring_density",
]


def load(name: str, **options: Any) -> Dataset:
    """The data set of that name: "digits", "mnist5k", "glyphs", "mnist" or "fashion".

    options: handed on to the function of that name, e.g. `load("glyphs", n=600)`.
    Raises ValueError for another name.

    >>> load("digits")
    Dataset('digits', 1498 train + 299 test, 8x8, 10 classes)
    """
    loaders: dict[str, Callable[..., Dataset]] = {
        "digits": digits, "mnist5k": mnist5k, "glyphs": glyphs, "mnist": mnist,
        "fashion": fashion,
    }
    if name not in loaders:
        import difflib

        close = difflib.get_close_matches(str(name).lower(), loaders, n=1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        raise ValueError(f"load: expected one of {', '.join(loaders)}; got {name!r}.{hint}")
    return loaders[name](**options)
