"""What a measure is given, checked: each error names the measure, what it expected and the cure."""

from __future__ import annotations

import math
from typing import Any

import numpy

from ..backend import Array, array_module, to_numpy
from ..engine import detach


def checked_pair(who: str, k: int = 0, **points: Array) -> list[Array]:
    """Both as float64 copies, moved so that the first's mean is 0, where rounding is least.

    k: how many neighbours each point must have, or 0. Raises ValueError or TypeError for arrays of
    two devices or two widths, and for those that are misshapen, too short or not finite.

    >>> checked_pair("f", a=numpy.array([[1.0], [3.0]]), b=numpy.array([[2.0]]))[0].tolist()
    [[-1.0], [1.0]]
    """
    modules = [array_module(detach(x)).__name__ for x in points.values()]
    if len(set(modules)) > 1:
        got = f"{' and '.join(modules)} arrays"
        raise TypeError(f"{who}: got {got}. Bring both to one device: backend.asarray(x).")
    xp = array_module(*points.values())
    copies = [xp.array(x, numpy.float64) for x in points.values()]
    for name, x in zip(points, copies, strict=True):
        check_points(f"{who}: {name}", name, x, k)
    if copies[0].shape[1] != copies[1].shape[1]:
        got = " and ".join(f"{name} {x.shape}" for name, x in zip(points, copies, strict=True))
        raise ValueError(f"{who}: expected points of one width, got {got}.")
    centre = copies[0].mean(0)
    for x in copies:
        x -= centre
    return copies


def check_points(where: str, name: str, x: Array, k: int = 0) -> None:
    """Refuse what is no finite (N, D) with N > k, by a ValueError that begins with `where`.

    >>> check_points("f: x", "x", numpy.zeros((2, 1)), k=2)
    Traceback (most recent call last):
    ValueError: f: x: k=2 needs at least 3 points, got 2. Draw more samples, or choose a smaller k.
    """
    if x.ndim != 2 or x.shape[1] == 0:
        fix = f"Flatten each point: {name}.reshape(len({name}), -1)."
        raise ValueError(f"{where}: expected shape (N, D), got {x.shape}. {fix}")
    if len(x) <= k:
        need = f"k={k} needs at least {k + 1} points" if k else "expected at least one point"
        fix = "Draw more samples" + (", or choose a smaller k." if k else ".")
        raise ValueError(f"{where}: {need}, got {len(x)}. {fix}")
    check_finite(where, x)


def check_whole(who: str, name: str, n: Any, hint: str = "") -> None:
    """Refuse what is no whole number from 1.

    >>> check_whole("f", "k", 2.5, hint=" (5 is usual)")
    Traceback (most recent call last):
    ValueError: f: expected k, a whole number from 1 (5 is usual), got 2.5.
    """
    if not isinstance(n, (int, numpy.integer)) or n < 1:
        raise ValueError(f"{who}: expected {name}, a whole number from 1{hint}, got {n!r}.")


def check_positive(who: str, name: str, x: float) -> None:
    """Refuse what is not above 0, or not finite.

    >>> check_positive("f", "sigma", 0.0)
    Traceback (most recent call last):
    ValueError: f: expected sigma > 0, got 0.0.
    """
    if not 0 < x < math.inf:
        raise ValueError(f"{who}: expected {name} > 0, got {x}.")


def check_rng(who: str, rng: Any) -> None:
    """Refuse what is no generator of random numbers, such as a seed.

    >>> check_rng("f", 0)
    Traceback (most recent call last):
    TypeError: f: expected rng, a numpy.random.Generator, got 0. Make one of a seed:
    numpy.random.default_rng(0).
    """
    if not isinstance(rng, numpy.random.Generator):
        fix = "Make one of a seed: numpy.random.default_rng(0)."
        raise TypeError(f"{who}: expected rng, a numpy.random.Generator, got {rng!r}. {fix}")


def check_finite(where: str, x: Array) -> None:
    """Refuse rows (N, D) that hold NaN or Inf, naming the first of them.

    >>> check_finite("f: x", numpy.ones((2, 1)))
    """
    xp = array_module(x)
    bad = xp.flatnonzero(~xp.isfinite(x).all(1))
    if len(bad):
        got = f"{len(bad)} of {len(x)} rows hold NaN or Inf, the first is row {int(bad[0])}"
        fix = "If a model made them, detect_nonfinite() names the op that did it first."
        raise ValueError(f"{where}: expected finite numbers, but {got}. {fix}")


def checked_labels(who: str, labels: Array, classes: int) -> numpy.ndarray:
    """The labels (N,) on the host, if they are integers in [0, classes).

    >>> checked_labels("f", numpy.array([0, 3]), classes=3)
    Traceback (most recent call last):
    ValueError: f: expected labels from 0 to 2, got labels from 0 to 3.
    """
    labels = to_numpy(labels)
    if labels.ndim != 1 or labels.dtype.kind not in "iu":
        fix = " Of logits or one-hot rows, take the .argmax(1)." if labels.ndim == 2 else ""
        got = f"{labels.dtype} {labels.shape}"
        raise ValueError(f"{who}: expected integer labels of shape (N,), got {got}.{fix}")
    if len(labels) and not 0 <= labels.min() <= labels.max() < classes:
        got = f"got labels from {labels.min()} to {labels.max()}"
        raise ValueError(f"{who}: expected labels from 0 to {classes - 1}, {got}.")
    return labels


def checked_codes(who: str, codes: Array) -> numpy.ndarray:
    """The codes (N, Z) on the host in float64, if they are finite.

    >>> checked_codes("f", numpy.zeros(3))
    Traceback (most recent call last):
    ValueError: f: codes: expected shape (N, D), got (3,). Flatten each point:
    codes.reshape(len(codes), -1).
    """
    found = numpy.asarray(to_numpy(codes), numpy.float64)
    check_points(f"{who}: codes", "codes", found)
    return found


def checked_factor(who: str, name: str, values: Array, n: int) -> numpy.ndarray:
    """The values (n,) on the host, if they are finite numbers, not all the same.

    >>> checked_factor("f", "slant", [0.0, 0.0], n=2)
    Traceback (most recent call last):
    ValueError: f: slant is 0.0 for all 2 codes: nothing can be told of it. Leave it out.
    """
    found = to_numpy(values)
    if found.dtype.kind not in "biuf":
        raise TypeError(f"{who}: expected {name} as numbers, got {found.dtype}.")
    if found.shape != (n,):
        expected = f"{name} of shape ({n},), one number a code"
        raise ValueError(f"{who}: expected {expected}, got {found.shape}.")
    check_finite(f"{who}: {name}", found[:, None])
    if (found == found[0]).all():
        why = "nothing can be told of it. Leave it out."
        raise ValueError(f"{who}: {name} is {found[0]} for all {n} codes: {why}")
    return found
