"""Figures written to disk, whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from .page import paper_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def save(figure: Figure, path: str | os.PathLike[str], *, overwrite: bool = True) -> Path:
    """The path of the PNG that was written; its folder is made where there is none.

    The file is whole or absent: it is written beside its place, then moved there. The same figure
    gives the same bytes, since neither date nor version is put in.
    overwrite: whether a file of that name may be replaced; if not, it raises FileExistsError.

    >>> from matplotlib.figure import Figure
    >>> save(Figure(), "bars.jpg")
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
        with paper_style():
            figure.savefig(unfinished, format="png", metadata={"Software": None})
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
    return path
