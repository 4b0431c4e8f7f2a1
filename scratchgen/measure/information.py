"""How much the numbers of a code tell about known factors, and whether one number tells it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy

from ..backend import Array
from .given import check_whole, checked_codes, checked_factor


def mutual_information(codes: Array, factors: Mapping[str, Array], bins: int = 20) -> numpy.ndarray:
    """How much each number of the code tells about each factor, in nats: (Z, F), from 0.

    I(z; f) = sum p(z, f) log(p(z, f) / (p(z) p(f))), p the shares of the cells of a table

    Each number of the code falls into one of `bins` intervals of equal width between its least and
    its greatest value, and so does a factor of floats; the values of a factor of integers, such as
    classes, are cells of their own. At most a factor's entropy, which is at most log(its cells).
    codes: (N, Z), such as means of q(z|x). factors: {name: (N,) numbers}, such as
    `dataset.test_factors`; the columns are in its order. Counted on the host.
    Few points make it too large: independent ones have on average about (cells of z - 1)(cells of
    f - 1) / 2N, which for 20 x 20 cells is .018 nats of 10,000 points, the protocol's number, and
    .18 of 1,000. Intervals make it too small: what a number tells within one is lost.
    Raises ValueError for what is misshapen, constant or not finite, and for bins below 2.
    Source: Shannon 1948; intervals of equal width, 20 of them, as in Locatello et al. 2019.

    >>> which = numpy.array([0, 0, 1, 1])
    >>> codes = numpy.array([[0.1, 5.0], [0.2, 6.0], [0.9, 5.0], [0.8, 6.0]])
    >>> mutual_information(codes, {"class": which}, bins=2).round(4)  # log 2, and nothing
    array([[0.6931],
           [0.    ]])
    """
    cells, of_factors = _cells("mutual_information", codes, factors, bins)
    return numpy.array([[_information(z, f) for f in of_factors.values()] for z in cells])


class MIG(NamedTuple):
    """What `mig` returns: the mean over factors, and each factor's own gap."""

    score: float
    gaps: dict[str, float]


def mig(codes: Array, factors: Mapping[str, Array], bins: int = 20) -> MIG:
    """The mutual information gap: whether one number of the code, and no other, tells a factor.

    gap of f = (I(z_1; f) - I(z_2; f)) / H(f), z_1 and z_2 the numbers that tell most about it
    score = the mean of the gaps, in [0, 1]: 1 if one number tells all of a factor, the others
        nothing; 0 if two tell the same

    It judges axes, not content: turn all codes by a random rotation, which loses nothing, and see
    what score chance reaches before you believe in one. Codes of few numbers that are all active
    score above 0 by chance alone.
    Arguments and errors are those of `mutual_information`; Z from 2. H(f) is the factor's entropy
    in the same cells.
    Source: Chen et al. 2018, section 4.1; from a table of the means of q(z|x), as in Locatello et
    al. 2019, appendix C (20 intervals, 10,000 points), with factors of floats in cells as well.

    >>> which = numpy.array([0, 0, 1, 1])
    >>> codes = numpy.array([[0.1, 5.0], [0.2, 6.0], [0.9, 5.0], [0.8, 6.0]])
    >>> mig(codes, {"class": which}, bins=2)
    MIG(score=1.0, gaps={'class': 1.0})
    """
    cells, of_factors = _cells("mig", codes, factors, bins)
    if len(cells) < 2:
        raise ValueError("mig: expected codes of two numbers at least, got one: it has no rival.")
    gaps = {}
    for name, f in of_factors.items():
        second, first = sorted(_information(z, f) for z in cells)[-2:]
        gaps[name] = (first - second) / _information(f, f)  # I(f; f) is its entropy
    return MIG(sum(gaps.values()) / len(gaps), gaps)


Cells = numpy.ndarray  # which cell each point falls into: (N,) integers from 0


def _cells(who: str, codes: Array, factors: Any, bins: int) -> tuple[list[Cells], dict[str, Cells]]:
    """The cells of each number of the code, and of each factor by name."""
    check_whole(who, "bins", bins)
    if bins < 2:
        raise ValueError(f"{who}: expected bins from 2, got {bins}: in one interval all is alike.")
    if not isinstance(factors, Mapping) or not factors:
        got = "none" if isinstance(factors, Mapping) else f"a {type(factors).__name__}"
        fix = "Give each a name: {'slant': slant}."
        raise TypeError(f"{who}: expected factors by name, each (N,), got {got}. {fix}")
    z = checked_codes(who, codes)
    of_factors = {}
    for name, values in factors.items():
        f = checked_factor(who, f"factors[{name!r}]", values, len(z))
        of_factors[name] = _intervals(f, bins) if f.dtype.kind == "f" else _ranks(f)
    return [_intervals(column, bins) for column in z.T], of_factors


def _intervals(x: numpy.ndarray, bins: int) -> Cells:
    """Which of `bins` equal intervals from the least to the greatest x; all 0 if x is constant."""
    low, high = x.min(), x.max()
    if low == high:
        return numpy.zeros(len(x), int)
    share = (x - low) / (high - low)
    return numpy.minimum((share * bins).astype(int), bins - 1)  # the greatest is in the last


def _ranks(x: numpy.ndarray) -> Cells:
    return numpy.unique(x, return_inverse=True)[1]


def _information(a: Cells, b: Cells) -> float:
    """I(a; b) in nats, from the table of how often each pair of cells occurs."""
    columns = int(b.max()) + 1
    counts = numpy.bincount(a * columns + b, minlength=(int(a.max()) + 1) * columns)
    p = counts.reshape(-1, columns) / len(a)
    independent = p.sum(1, keepdims=True) * p.sum(0)
    seen = p > 0
    return max(0.0, float((p[seen] * numpy.log(p[seen] / independent[seen])).sum()))
