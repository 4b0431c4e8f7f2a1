"""A person's own images: whatever Pillow reads, and a word on whatever was left out."""

from __future__ import annotations

import math
import os
import warnings
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .arguments import image_shape as checked_shape
from .dataset import Dataset
from .files import expanded

_FEWEST = 6  # images of a class, so that one of them is for testing


def folder(path: str | os.PathLike[str], image_shape: tuple[int, ...] = (28, 28)) -> Dataset:
    """A data set of a person's own images; of each class every sixth is for testing.

    path: a folder of images, or of folders of images, whose names are then the classes. Any format
    that Pillow reads: PNG, JPEG, WebP, GIF, BMP, TIFF and more. Hidden files and folders, whose
    names begin with a dot, are not looked at.
    image_shape: (height, width) to which each is scaled, cut to that aspect around its middle, and
    made grey; or (height, width, 3) for its colours.
    What is transparent becomes white. Warns of all that it leaves out, each with the reason: files
    that are no image, folders in folders of images, all frames of an animation but its first.
    Raises ValueError naming all images that cannot be read, or a class of fewer than six.

    >>> folder("no/such/folder")
    Traceback (most recent call last):
    ValueError: no/such/folder: expected a folder of images, found no folder there.
    """
    path, shape = expanded(path), checked_shape("folder", image_shape)
    classes, left_out = _classes(path)
    x, frames = _read(path, [file for files in classes.values() for file in files], shape)
    _tell(path, left_out + frames)
    counts = [len(files) for files in classes.values()]
    labels = np.repeat(np.arange(len(counts)), counts)
    test = np.concatenate([np.arange(n) % _FEWEST == _FEWEST - 1 for n in counts])
    return Dataset(path.resolve().name, x[~test], labels[~test], x[test], labels[test], shape,
                   tuple(classes))


# ---- what lies there ---------------------------------------------------------------------------


class _Inside(NamedTuple):
    """What lies right in a folder; others are files that are no image, each with the reason."""

    images: list[Path]
    others: list[str]
    folders: list[Path]

    @property
    def left_out(self) -> list[str]:
        """All that is no image, a line each."""
        return self.others + [f"{sub.name}: a folder beside images" for sub in self.folders]


def _classes(path: Path) -> tuple[dict[str, list[Path]], list[str]]:
    """The images of each class by its name, and what was left out."""
    if not path.is_dir():
        found = "a file" if path.exists() else "no folder"
        raise ValueError(f"{path}: expected a folder of images, found {found} there.")
    here = _inside(path)
    subs = {sub: _inside(sub) for sub in here.folders}
    deep = [f"{sub.name}/{one.name}" for sub in subs for one in subs[sub].folders]
    images_below = any(inside.images for inside in subs.values())
    if deep and not images_below and not here.images:
        raise ValueError(f"{path}: no images here or one folder down. Folders in its folders are "
                         f"not read ({_few(deep)}). Give one of these; or copy the pictures into "
                         "one folder, or into one for each class.")  # fmt: skip
    if not images_below:
        return {path.resolve().name: _enough(path, here)}, here.left_out
    if here.images:
        raise ValueError(f"{path}: expected images either here or in sub-folders, got both. "
                         f"Move {here.images[0].name} into the folder of its class.")
    deeper = [f"{sub.name}/{line}" for sub, inside in subs.items() for line in inside.left_out]
    return {sub.name: _enough(sub, subs[sub]) for sub in subs}, here.others + deeper


def _inside(path: Path) -> _Inside:
    inside, unknown = _Inside([], [], []), []
    for file in sorted(path.glob("[!.]*"), key=lambda file: file.name):  # as on every system
        if file.is_dir():
            inside.folders.append(file)
        elif _is_image(file):
            inside.images.append(file)
        else:
            unknown.append(file)
    inside.others.extend(_unknown(unknown))
    return inside


def _unknown(files: list[Path]) -> list[str]:
    """A line for each file that is no image, or for all whose names end alike."""
    ends = Counter(file.suffix for file in files)
    lines: dict[str, None] = {}
    for file in files:
        end, n = file.suffix, ends[file.suffix]
        fix = "; save them as JPEG first" if end.lower() in (".heic", ".heif") else ""
        alike = f"*{end}: {n} files in no format that Pillow reads{fix}"
        lines[alike if end and n > 2 else f"{file.name}: in no format that Pillow reads"] = None
    return list(lines)


def _enough(path: Path, inside: _Inside) -> list[Path]:
    if len(inside.images) < _FEWEST:
        _read(path, inside.images, (1, 1))  # that they are damaged is to be said first
        besides = _listed(" Besides, there is", inside.left_out) if inside.left_out else ""
        raise ValueError(f"{path}: expected at least {_FEWEST} images of this class (every sixth "
                         f"is for testing), found {len(inside.images)}. Add some, or move the "
                         f"folder away.{besides}")
    return inside.images


def _is_image(path: Path) -> bool:
    """Whether Pillow knows it by its first bytes, or should by its name: damage is found later."""
    from PIL import Image, UnidentifiedImageError  # Pillow: matplotlib depends on it

    try:
        with Image.open(path):
            return True
    except UnidentifiedImageError:
        return Image.registered_extensions().get(path.suffix.lower()) in Image.OPEN
    except Exception:  # Pillow's decoders raise whatever the damage led to
        return True


class _Unreadable(ValueError):
    """An image that is damaged, or has more than 8 bits a pixel; its cause says which."""


def _unreadable(path: Path, cause: Exception) -> _Unreadable:
    return _Unreadable(f"{path}: cannot be read as an image of 8 bits a pixel ({cause}). Save it "
                      f"again, or move it away.")


def _tell(path: Path, left_out: list[str]) -> None:
    if left_out:
        warnings.warn(_listed(f"{path}: left out", left_out), stacklevel=3)


def _few(names: list[str], most: int = 3) -> str:
    return ", ".join([*names[:most], *(["..."] if len(names) > most else [])])


def _listed(what: str, lines: list[str], most: int = 20) -> str:
    more = [f"... and {len(lines) - most} more"] if len(lines) > most else []
    return "\n  ".join([f"{what}:", *lines[:most], *more])


# ---- their pixels ------------------------------------------------------------------------------


def _read(
    path: Path, files: list[Path], image_shape: tuple[int, ...]
) -> tuple[np.ndarray, list[str]]:
    """Images (N, D), float32 in [0, 1], and a line for each file of which there was more."""
    x = np.empty((len(files), math.prod(image_shape)), np.float32)
    told, broken = [], []
    for i, file in enumerate(files):
        try:
            pixels, frames = _pixels(file, image_shape)
        except _Unreadable as error:
            broken.append((file, error))
            continue
        x[i] = pixels.ravel()
        if frames > 1:
            told.append(f"{file.parent.name}/{file.name}: all of its {frames} frames but the first")
    if broken:
        raise _together(path, broken, len(files))
    return x, told


def _together(path: Path, broken: list[tuple[Path, _Unreadable]], n: int) -> ValueError:
    """One error for all images that cannot be read."""
    if len(broken) == 1:
        return broken[0][1]
    what = f"{path}: {len(broken)} of {n} images cannot be read as images of 8 bits a pixel. "
    lines = [f"{file.relative_to(path)}: {error.__cause__}" for file, error in broken]
    return ValueError(_listed(what + "Save them again, or move them away", lines, most=100))


def picture(path: str | os.PathLike[str], image_shape: tuple[int, ...] | None = None) -> np.ndarray:
    """The pixels of an image file, float32 in [0, 1], scaled and cut as those of a `folder`.

    image_shape: (h, w) or (h, w, 3); without it, in colour if it has any, and as large as it is.
    Raises ValueError for a file that is none, or cannot be read.

    >>> picture("no/such/image.png")
    Traceback (most recent call last):
    ValueError: no/such/image.png: there is no such file.
    """
    path = expanded(path)
    if not path.is_file():
        what = "is a folder, expected an image" if path.is_dir() else "there is no such file"
        raise ValueError(f"{path}: {what}.")
    return _pixels(path, image_shape and checked_shape("picture", image_shape))[0]


def _pixels(path: Path, image_shape: tuple[int, ...] | None) -> tuple[np.ndarray, int]:
    """The pixels of an image, and how many frames its file has."""
    from PIL import Image, ImageOps

    try:
        with Image.open(path) as opened:
            frames = _frames(opened)
            upright = ImageOps.exif_transpose(opened)  # as the camera was held
            if upright.mode[0] in "IF":
                raise ValueError(f"mode {upright.mode}: more than 8 bits a pixel")
            ink = upright.convert("RGBA")
    except Exception as cause:  # as above
        raise _unreadable(path, cause) from cause
    paper = Image.new("RGBA", ink.size, "white")
    whole = Image.alpha_composite(paper, ink)
    if image_shape is None:
        scaled = whole.convert("L" if upright.mode in ("1", "L", "LA") else "RGB")
    else:
        seen = whole.convert("RGB" if len(image_shape) == 3 else "L")
        scaled = ImageOps.fit(seen, (image_shape[1], image_shape[0]))
    return np.asarray(scaled, np.float32) / np.float32(255), frames


def _frames(opened: Any) -> int:
    """How many images are in a file. A telephone's MPO has one, and what else helped to take it."""
    return 1 if opened.format == "MPO" else getattr(opened, "n_frames", 1)
