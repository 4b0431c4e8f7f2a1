"""What is given to a figure: arrays of either device, lists too, as finite numbers on the host."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from scratchgen.backend import to_numpy


def on_host(x: Any) -> np.ndarray:
    """`x` as a NumPy array; a list may hold what lives on the device, such as each step's loss.

    >>> on_host([1, 2])
    array([1, 2])
    """
    return np.asarray([to_numpy(part) for part in x]) if isinstance(x, list) else to_numpy(x)


def as_numbers(where: str, x: Any, shape: tuple[int | str, ...], fix: str = "") -> np.ndarray:
    """`x` as finite floats on the host, of `shape`, where a name stands for any length from 1.

    >>> as_numbers("points(samples)", [[1, 2, 3]], ("N", 2))
    Traceback (most recent call last):
    ValueError: points(samples): expected shape (N, 2), got (1, 3).
    """
    x = np.asarray(on_host(x), dtype=float)
    check_shape(where, x, shape, fix)
    broken = np.argwhere(~np.isfinite(x))
    if len(broken):
        first = tuple(broken[0].tolist())
        raise ValueError(
            f"{where}: expected finite numbers, got {x[first]} at index {first} "
            f"({len(broken)} of {x.size} are not finite). Find what made them, or draw the rest."
        )
    return x


def check_shape(where: str, x: np.ndarray, shape: tuple[int | str, ...], fix: str = "") -> None:
    """Raise ValueError where `x` is empty or of another shape; a name stands for any length.

    >>> check_shape("curves(x)", np.zeros((2, 3)), ("N",))
    Traceback (most recent call last):
    ValueError: curves(x): expected shape (N,), got (2, 3).
    """
    wanted = tuple(got if isinstance(n, str) else n for n, got in zip(shape, x.shape, strict=False))
    if x.ndim != len(shape) or x.shape != wanted or x.size == 0:
        names = ", ".join(map(str, shape)) + "," * (len(shape) == 1)
        raise ValueError(f"{where}: expected shape ({names}), got {x.shape}. {fix}".rstrip())


def as_images(where: str, x: Any, image_shape: tuple[int, ...] | None) -> np.ndarray:
    """`x` of shape (N, D) or (N, h, w) as images (N, h, w); or (N, h, w, 3), of colour.

    >>> as_images("image_grid(images)", np.zeros((5, 64)), None).shape
    (5, 8, 8)
    """
    x = on_host(x)
    shape = {3: ("N", "h", "w"), 4: ("N", "h", "w", 3)}.get(x.ndim, ("N", "D"))
    x = as_numbers(where, x, shape, "A single image has to be a batch of one: image[None].")
    side = math.isqrt(x[0].size)
    folded = tuple(image_shape or (x.shape[1:] if x.ndim > 2 else (side, side)))
    if math.prod(folded) != x[0].size:
        asked = f"images of shape {image_shape}" if image_shape else "D to be a square number"
        raise ValueError(
            f"{where}: expected {asked}, got {x[0].size} pixels each. "
            f"Say how they fold: image_shape=(h, w) with h * w = {x[0].size}."
        )
    return x.reshape(-1, *folded)


def check_number(where: str, expected: int, of: str, got: int) -> None:
    """Raise ValueError where two things that belong together differ in number.

    >>> check_number("image_grid(row_labels)", 2, "row", 3)
    Traceback (most recent call last):
    ValueError: image_grid(row_labels): expected 2, one for each row, got 3.
    """
    if expected != got:
        raise ValueError(f"{where}: expected {expected}, one for each {of}, got {got}.")
