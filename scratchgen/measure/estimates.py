"""A mean over samples, and how far it may be off."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy

from ..backend import Array, to_numpy


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
    values = values if hasattr(values, "dtype") else numpy.asarray(values, numpy.float64)
    N = len(values)
    error = float(values.std(ddof=1)) / math.sqrt(N) if N > 1 else math.nan
    return Estimate(float(values.mean()), error)


class Interval(NamedTuple):
    """What `interval` returns: mean - half_width to mean + half_width."""

    mean: float
    half_width: float

    @property
    def low(self) -> float:
        """mean - half_width."""
        return self.mean - self.half_width

    @property
    def high(self) -> float:
        """mean + half_width."""
        return self.mean + self.half_width


def interval(a: Any, b: Any = None, level: float = 0.95) -> Interval:
    """The mean of the differences a - b, and the half width of its confidence interval.

    d = a - b;  mean(d) +- t * std(d) / sqrt(N), the standard deviation with N - 1

    Of many experiments like this one, a share of `level` gives an interval that holds the true
    mean, if the differences are independent and normal; an interval without 0 says that a and b
    differ. a, b: (N,) numbers or lists, N > 1, paired: the i-th of both are from one seed, which
    takes away what the seeds have in common. Without b, it is the interval of the mean of a.
    t is Student's: half the width of the middle `level` of his distribution for N - 1 degrees of
    freedom, 12.7 for N = 2, 2.26 for N = 10, 1.96 for large N. Few seeds make wide intervals.
    Raises ValueError for one value, unequal lengths, what is not finite, a level outside (0, 1).
    Source: Student 1908, The probable error of a mean; t as `_student` says.

    >>> error_of_one, error_of_other = [5.0, 4.0, 6.0], [3.0, 3.0, 3.0]
    >>> found = interval(error_of_one, error_of_other)
    >>> f"{found.mean} +- {found.half_width:.2f}"
    '2.0 +- 2.48'
    """
    if not 0 < level < 1:
        raise ValueError(f"interval: expected a level between 0 and 1, such as 0.95, got {level}.")
    x = _values("a", a)
    if b is not None:
        y = _values("b", b)
        if len(x) != len(y):
            got = f"{len(x)} and {len(y)} values"
            raise ValueError(f"interval: expected pairs, one of a and one of b, got {got}.")
        x = x - y
    mean, error = estimate(x)
    return Interval(mean, _student(level, len(x) - 1) * error)


def _values(name: str, x: Any) -> numpy.ndarray:
    x = numpy.asarray(to_numpy(x), numpy.float64)
    if x.ndim != 1 or len(x) < 2:
        fix = "One run says nothing of how runs differ: make more, with other seeds."
        got = f"shape {x.shape}"
        raise ValueError(f"interval: expected {name} of shape (N,), N from 2, got {got}. {fix}")
    if not numpy.isfinite(x).all():
        at = int(numpy.flatnonzero(~numpy.isfinite(x))[0])
        raise ValueError(f"interval: expected finite numbers, got {name}[{at}] = {x[at]}.")
    return x


def _student(level: float, df: int) -> float:
    """The t with P(|T| <= t) = level, T of Student's distribution for df = 1, 2, ... degrees.

    With t = sqrt(df) tan(angle), P is a finite sum for every whole df, and rises with the angle
    (Abramowitz & Stegun 1964, 26.7.3 and 26.7.4): we halve (0, pi/2) until floats end.

    df even: sin (1 + 1/2 cos^2 + 1*3/(2*4) cos^4 + ... up to cos^(df-2))
    df odd: 2/pi (angle + sin (cos + 2/3 cos^3 + 2*4/(3*5) cos^5 + ... up to cos^(df-2)))
    """
    odd, terms = df % 2, df // 2
    j = numpy.arange(1, terms)
    weights = numpy.cumprod([1.0, *((2 * j - 1 + odd) / (2 * j + odd))])[:terms]
    powers = 2 * numpy.arange(terms) + odd

    def inside(angle: float) -> float:
        with numpy.errstate(under="ignore"):  # high powers of a cosine are 0
            total = math.sin(angle) * float((weights * math.cos(angle) ** powers).sum())
        return 2 / math.pi * (angle + total) if odd else total

    low, high = 0.0, math.pi / 2
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if inside(middle) < level else (low, middle)
    return math.sqrt(df) * math.tan(high)
