"""A mean over samples, and how far it may be off."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy

from ..backend import Array


class Estimate(NamedTuple):
    """A mean over samples, and its standard error: their standard deviation / sqrt(N)."""

    mean: float
    standard_error: float


def estimate(values: Array) -> Estimate:
    """The mean of values (N,) and its standard error, std / sqrt(N); NaN for one value.

    The standard deviation is the unbiased one, with N - 1. Raises ValueError for no values.

    >>> estimate(numpy.array([1.0, 3.0]))
    Estimate(mean=2.0, standard_error=1.0)
    """
    if numpy.ndim(values) != 1 or not len(values):
        got = f"shape {numpy.shape(values)}"
        raise ValueError(f"estimate: expected values of shape (N,), N from 1, got {got}.")
    N = len(values)
    error = float(values.std(ddof=1)) / math.sqrt(N) if N > 1 else math.nan
    return Estimate(float(values.mean()), error)
