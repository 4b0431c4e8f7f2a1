"""Figures and animations written to disk, whole or not at all."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..data.files import moved_into_place
from .animations import Animation, animation
from .encoding import encoded, still
from .page import paper_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LEAST = 350  # dots: how large a small array is made


def save(
    drawn: Figure | Animation | np.ndarray, path: str | os.PathLike[str], *, overwrite: bool = True
) -> Path:
    """The path of the file that was written; its folder is made where there is none.

    A Figure becomes a PNG; an Animation an APNG (.png) or a WebP (.webp), with its last frame
    beside it as NAME_still.png, for print and for whoever wants no motion. Pixel art stays sharp in
    both; plots are often smaller as WebP, which loses a little. An array, such as `mosaic` makes,
    becomes a PNG of its pixels, each as many dots as make a small one easy to see. `~` is the home
    folder.
    The file is whole or absent: it is written beside its place, then moved there. The same figure
    gives the same bytes, since neither date nor version is put in.
    overwrite: whether a file of that name may be replaced; if not, it raises FileExistsError.
    Raises ValueError for another ending, or where an animation cannot be made as small as asked.

    >>> from matplotlib.figure import Figure
    >>> save(Figure(), "bars.jpg")
    Traceback (most recent call last):
    ValueError: save: expected a path that ends in .png, got 'bars.jpg'. Name it 'bars.png'.
    """
    path = Path(path).expanduser()
    endings = (".png", ".webp") if isinstance(drawn, Animation) else (".png",)
    if path.suffix not in endings:
        raise ValueError(
            f"save: expected a path that ends in {' or '.join(endings)}, got {str(path)!r}. "
            f"Name it {path.with_suffix('.png').name!r}."
        )
    beside = path.with_name(f"{path.stem}_still.png")
    for file in (path, beside) if isinstance(drawn, Animation) else (path,):
        if file.exists() and not overwrite:
            raise FileExistsError(f"save: {file} exists. Choose another name, or overwrite=True.")
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(drawn, Animation):
        moving = encoded(drawn, path.suffix)
        _write(beside, still(drawn))
        _write(path, moving)
    elif isinstance(drawn, np.ndarray):
        scale = max(1, _LEAST // max(drawn.shape[:2]))
        _write(path, still(animation(drawn[None], scale=scale)))
    else:
        _write(path, _png(drawn))
    return path


def _png(figure: Figure) -> bytes:
    """A figure as the bytes of a PNG."""
    buffer = io.BytesIO()
    with paper_style():
        figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


def _write(path: Path, content: bytes) -> None:
    with moved_into_place(path) as part:
        part.write_bytes(content)
