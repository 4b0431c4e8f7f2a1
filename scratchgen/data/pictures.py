"""A person's own images."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from .dataset import Dataset, every_sixth


def folder(path: str | os.PathLike[str], image_shape: tuple[int, int] = (28, 28)) -> Dataset:
    """A data set of a person's own PNG and JPG images, in grey, every sixth for testing.

    path: a folder of images, or of folders of images, whose names are then the classes.
    image_shape: (height, width) to which each is scaled, cut to that aspect around its middle.
    What is transparent becomes white. Raises ValueError naming what is missing or unreadable.

    >>> folder("no/such/folder")
    Traceback (most recent call last):
    ValueError: no/such/folder: expected a folder of PNG or JPG images, found none there.
    """
    path = Path(path)
    classes = sorted(sub for sub in path.glob("[!.]*/") if _pictures(sub)) or [path]
    files = [(file, label) for label, sub in enumerate(classes) for file in _pictures(sub)]
    if not files:
        raise ValueError(f"{path}: expected a folder of PNG or JPG images, found none there.")
    if classes != [path] and _pictures(path):
        raise ValueError(f"{path}: expected images either here or in sub-folders, got both. "
                         f"Move {_pictures(path)[0].name} into the folder of its class.")
    x = np.stack([_grey_pixels(file, image_shape) for file, _ in files])
    labels = np.array([label for _, label in files], np.int64)
    return every_sixth(path.name, x, labels, image_shape, tuple(sub.name for sub in classes))


def _pictures(path: Path) -> list[Path]:
    suffixes = {".png", ".jpg", ".jpeg"}
    return sorted(file for file in path.glob("[!.]*") if file.suffix.lower() in suffixes)


def _grey_pixels(path: Path, image_shape: tuple[int, int]) -> np.ndarray:
    from PIL import Image, ImageOps  # Pillow: matplotlib depends on it

    try:
        with Image.open(path) as opened:
            upright = ImageOps.exif_transpose(opened)  # as the camera was held
            if upright.mode[0] in "IF":
                raise ValueError(f"mode {upright.mode}: more than 8 bits a pixel")
            ink = upright.convert("RGBA")
    except Exception as cause:  # Pillow's decoders raise whatever the damage led to
        raise ValueError(f"{path}: cannot be read as a PNG or JPG image of 8 bits a pixel "
                         f"({cause}). Save it again, or move it away.") from cause
    paper = Image.new("RGBA", ink.size, "white")
    grey = Image.alpha_composite(paper, ink).convert("L")
    scaled = ImageOps.fit(grey, (image_shape[1], image_shape[0]))
    return np.asarray(scaled, np.float32).ravel() / np.float32(255)
