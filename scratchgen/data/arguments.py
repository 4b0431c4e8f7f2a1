"""What is asked of arguments that many functions of this folder take, and how it is refused."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np


def whole(where: str, value: Any, least: int = 1) -> int:
    """The value as an int, if it is a whole number and at least as large as that.

    where: whose it is, for the errors, TypeError or ValueError.

    >>> whole("ring: modes", 0)
    Traceback (most recent call last):
    ValueError: ring: modes: expected a whole number of at least 1, got 0.
    """
    expected = f"{where}: expected a whole number of at least {least}, got {value!r}."
    try:
        number = operator.index(value)
    except TypeError as cause:
        raise TypeError(expected) from cause
    if number < least:
        raise ValueError(expected)
    return number


def spread(where: str, std: Any, least: float = 0.0) -> float:
    """The standard deviation as a float, if it is finite and not below `least`.

    >>> spread("ring: std", -0.1)
    Traceback (most recent call last):
    ValueError: ring: std: expected a finite number of at least 0.0, got -0.1.
    """
    if not (isinstance(std, (int, float, np.number)) and least <= std < math.inf):
        raise ValueError(f"{where}: expected a finite number of at least {least}, got {std!r}.")
    return float(std)


def generator(where: str, rng: Any) -> np.random.Generator:
    """The generator itself, if it is one of NumPy's.

    >>> generator("ring", 0)
    Traceback (most recent call last):
    TypeError: ring: expected a random generator as rng, got 0. Make one:
    numpy.random.default_rng(0).
    """
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"{where}: expected a random generator as rng, got {rng!r}. Make one: "
                        f"numpy.random.default_rng(0).")
    return rng


def image_shape(where: str, shape: Any, pixels: int | None = None) -> tuple[int, ...]:
    """The (height, width), or (height, width, 3) of colour, as ints, if all are at least 1.

    pixels: how many numbers an image has, where that is known: their product.

    >>> image_shape("folder", (8, 8, 4))
    Traceback (most recent call last):
    ValueError: folder: expected image_shape as (height, width), two whole numbers of at least 1,
    got (8, 8, 4). Images are grey, or have 3 channels: (height, width, 3).
    """
    try:
        sides = tuple(map(operator.index, shape))
    except TypeError:
        sides = ()
    if len(sides) not in (2, 3) or min(sides) < 1 or sides[2:] not in ((), (3,)):
        channels = (" Images are grey, or have 3 channels: (height, width, 3)."
                    if len(sides) == 3 else "")
        raise ValueError(f"{where}: expected image_shape as (height, width), two whole numbers of "
                         f"at least 1, got {shape!r}.{channels}")
    if pixels not in (None, math.prod(sides)):
        raise ValueError(f"{where}: expected image_shape (height, width) with height * width = "
                         f"{pixels}, the pixels of an image, got {shape!r}.")
    return sides
