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
