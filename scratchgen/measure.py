"""How good generated data are: what they cover, how real they look, which classes they show.

Every measure runs where its arrays live, in blocks, and returns plain Python numbers. One number
never tells the whole story: precision without recall praises a generator that makes one perfect
image again and again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy

from .backend import Array, array_module, to_numpy
from .engine import detach, no_grad

_DISTANCES = 2**23  # how many are held at a time: 64 MiB
_EPS = float(numpy.finfo(numpy.float64).eps)


class PRDC(NamedTuple):
    """What `precision_recall_density_coverage` returns."""

    precision: float
    recall: float
    density: float
    coverage: float


def precision_recall_density_coverage(real: Array, fake: Array, k: int = 5) -> PRDC:
    """Precision and density say how real the fakes look; recall and coverage, how much is shown.

    Around each real point lies a ball that reaches to its k-th nearest other real point; together
    these balls stand for where real data live. Fake balls likewise.

    precision = mean over fakes of [it lies in some real ball], in [0, 1]
    recall = mean over reals of [it lies in some fake ball], in [0, 1]
    density = (how many real balls a fake lies in, on average) / k, from 0; may exceed 1
    coverage = mean over reals of [some fake lies in its ball], in [0, 1]

    real: (N, D), fake: (M, D), N and M > k, numbers of any type; computed in float64.
    If both come from one distribution, then on average density is 1 and, for N = M, coverage is
    about 1 - 2^-k, whatever the distribution; precision and recall have no such fixed value.
    Balls are closed, as in Kynkäänniemi's formula: a distance equal to the radius counts (Naeem's
    code leaves it out, which matters only where points repeat). Distances are Euclidean.
    Raises ValueError or TypeError for arrays that are too short, misshapen, not finite, mixed.
    Source: Naeem et al. 2020; precision and recall: Kynkäänniemi et al. 2019, equations 1 and 2.

    >>> real = numpy.array([[0.0], [1.0], [2.0], [3.0]])  # with k = 1, each ball has the radius 1
    >>> fake = numpy.array([[0.5], [0.5], [8.0], [9.0]])  # fake balls: radii 0, 0, 1, 1
    >>> precision_recall_density_coverage(real, fake, k=1)
    PRDC(precision=0.5, recall=0.0, density=1.0, coverage=0.5)
    """
    real, fake = _checked_points(real, fake, k)
    xp = array_module(real)
    real_radii, fake_radii = _radii(real, k), _radii(fake, k)  # (N,), (M,), squared
    balls_around_fake = xp.zeros(len(fake), int)
    recalled = covered = 0
    for rows, distances in _squared_distances(real, fake, rounded_down=True):  # (rows, M)
        in_real_ball = distances <= real_radii[rows, None]
        balls_around_fake += in_real_ball.sum(0)
        covered += in_real_ball.any(1).sum()
        recalled += (distances <= fake_radii).any(1).sum()
    return PRDC(
        precision=float((balls_around_fake > 0).mean()),
        recall=float(recalled / len(real)),
        density=float(balls_around_fake.mean() / k),
        coverage=float(covered / len(real)),
    )


def _radii(x: Array, k: int) -> Array:
    """The squared distance of each point to its k-th nearest other one: (N, D) -> (N,)."""
    xp = array_module(x)
    radii = xp.empty(len(x))
    for rows, distances in _squared_distances(x, x):
        own = xp.arange(rows.start, rows.stop)
        distances[own - rows.start, own] = xp.inf  # a point is no neighbour of its own
        radii[rows] = xp.partition(distances, k - 1, axis=1)[:, k - 1]
    return radii


def _squared_distances(
    a: Array, b: Array, rounded_down: bool = False
) -> Iterator[tuple[slice, Array]]:
    """All of |a_i - b_j|^2, some rows at a time: (N, D), (M, D) -> blocks of (rows, M).

    |a|^2 + |b|^2 - 2ab costs one matrix product, where differences would fill an array
    (rows, M, D); the price is a rounding error of up to about D eps (|a|^2 + |b|^2).
    `rounded_down` takes more than this off, so that a point on the edge of a ball (a repeated
    point, say, whose ball has the radius 0) is not left out by rounding.
    """
    less = 8 * (a.shape[1] + 4) * _EPS if rounded_down else 0.0
    a_norms, b_norms = ((x * x).sum(1) * (1 - less) for x in (a, b))
    step = max(1, _DISTANCES // len(b))
    for start in range(0, len(a), step):
        rows = slice(start, min(start + step, len(a)))
        distances = a[rows] @ b.T  # (rows, D) @ (D, M) -> (rows, M)
        distances *= -2
        distances += a_norms[rows, None]
        distances += b_norms
        yield rows, distances


def _checked_points(real: Array, fake: Array, k: int) -> tuple[Array, Array]:
    """Both as float64, moved so that the reals' mean is 0, where rounding is least."""
    who = "precision_recall_density_coverage"
    xp = array_module(real)
    if xp is not array_module(fake):
        got = f"{xp.__name__} and {array_module(fake).__name__} arrays"
        raise TypeError(f"{who}: got {got}. Bring both to one device: backend.asarray(x).")
    if not isinstance(k, (int, numpy.integer)) or k < 1:
        raise ValueError(f"{who}: expected k, a whole number from 1 (5 is usual), got {k!r}.")
    real, fake = xp.asarray(real, numpy.float64), xp.asarray(fake, numpy.float64)
    for name, x in (("real", real), ("fake", fake)):
        _check_points(f"{who}: {name}", name, x, k)
    if real.shape[1] != fake.shape[1]:
        got = f"real {real.shape} and fake {fake.shape}"
        raise ValueError(f"{who}: expected points of one width, got {got}.")
    centre = real.mean(0)
    return real - centre, fake - centre


def _check_points(where: str, name: str, x: Array, k: int) -> None:
    if x.ndim != 2:
        fix = f"Flatten each point: {name}.reshape(len({name}), -1)."
        raise ValueError(f"{where}: expected shape (N, D), got {x.shape}. {fix}")
    if len(x) <= k:
        fix = "Draw more samples, or choose a smaller k."
        raise ValueError(f"{where}: k={k} needs at least {k + 1} points, got {len(x)}. {fix}")
    _check_finite(where, x)


def _check_finite(where: str, x: Array) -> None:
    xp = array_module(x)
    bad = xp.flatnonzero(~xp.isfinite(x).all(1))
    if len(bad):
        got = f"{len(bad)} of {len(x)} rows hold NaN or Inf, the first is row {int(bad[0])}"
        fix = "If a model made them, detect_nonfinite() names the op that did it first."
        raise ValueError(f"{where}: expected finite numbers, but {got}. {fix}")


def predict(model: Callable, x: Array, block: int = 1000) -> Array:
    """The class of each row of `x`, the index of its largest logit: (N, D) -> (N,) integers.

    model: gives (N, C) logits, C > 1. `block` rows at a time pass through it, unrecorded.
    Raises ValueError for no rows, and for logits that are misshapen or not finite.

    >>> predict(lambda x: 2.0 * x, numpy.array([[0.0, 3.0], [5.0, 4.0]]))
    array([1, 0])
    """
    return _logits("predict", model, x, block).argmax(1)


def accuracy(model: Callable, x: Array, labels: Array, block: int = 1000) -> float:
    """The share of the rows of `x` that `predict` gives their own label, in [0, 1].

    model: gives (N, C) logits for x (N, D). labels: (N,) integers in [0, C).
    Raises ValueError for labels that do not fit, and where `predict` does.

    >>> accuracy(lambda x: 2.0 * x, numpy.array([[0.0, 3.0], [5.0, 4.0]]), numpy.array([1, 1]))
    0.5
    """
    logits = _logits("accuracy", model, x, block)
    labels = _checked_labels("accuracy", labels, classes=logits.shape[1])
    if len(labels) != len(x):
        got = f"{len(labels)} labels for {len(x)} rows"
        raise ValueError(f"accuracy: expected one label per row of x, got {got}.")
    return float((to_numpy(logits.argmax(1)) == labels).mean())


def _logits(who: str, model: Callable, x: Array, block: int) -> Array:
    if len(x) == 0:
        raise ValueError(f"{who}: expected at least one row, got x of shape {x.shape}.")
    with no_grad():
        parts = [detach(model(x[i : i + block])) for i in range(0, len(x), block)]
    logits = array_module(*parts).concatenate(parts)
    if logits.ndim != 2 or logits.shape[1] < 2:
        got = f"but the model gave {logits.shape}"
        raise ValueError(f"{who}: expected logits of shape (N, C), C > 1 classes, {got}.")
    _check_finite(f"{who}: logits", logits)
    return logits


def class_counts(labels: Array, classes: int) -> numpy.ndarray:
    """How often each class occurs among `labels`, integers in [0, classes): (N,) -> (classes,).

    >>> class_counts(numpy.array([2, 0, 2]), classes=4)
    array([1, 0, 2, 0])
    """
    return numpy.bincount(_checked_labels("class_counts", labels, classes), minlength=classes)


def _checked_labels(who: str, labels: Array, classes: int) -> numpy.ndarray:
    labels = to_numpy(labels)
    if labels.ndim != 1 or labels.dtype.kind not in "iu":
        fix = " Of logits or one-hot rows, take the .argmax(1)." if labels.ndim == 2 else ""
        got = f"{labels.dtype} {labels.shape}"
        raise ValueError(f"{who}: expected integer labels of shape (N,), got {got}.{fix}")
    if len(labels) and not 0 <= labels.min() <= labels.max() < classes:
        got = f"got labels from {labels.min()} to {labels.max()}"
        raise ValueError(f"{who}: expected labels from 0 to {classes - 1}, {got}.")
    return labels


def kl_to(counts: Array, reference: Array) -> float:
    """KL(p || q) in nats, how far the mix of classes p strays from q: 0 if equal, else more.

    sum(p * log(p / q)) with p = counts / sum(counts), q likewise, and 0 log 0 = 0; infinite if p
    shows what q never does. Classes that p misses are what it counts gently: half of them missing
    costs log 2. For a generator's modes this is the "reverse KL" of Lin et al. 2018 (PacGAN).
    counts, reference: (C,), not negative, as `class_counts` gives them, or probabilities.

    >>> kl_to(numpy.array([7, 0]), numpy.array([50, 50]))  # log 2
    0.6931471805599453
    """
    p, q = (_normalised(name, x) for name, x in (("counts", counts), ("reference", reference)))
    if p.shape != q.shape:
        got = f"{len(p)} and {len(q)}"
        raise ValueError(f"kl_to: expected counts of the same classes, got {got} classes.")
    seen = p > 0
    if (q[seen] == 0).any():
        return float("inf")
    return float((p[seen] * numpy.log(p[seen] / q[seen])).sum())


def _normalised(name: str, counts: Array) -> numpy.ndarray:
    counts = to_numpy(counts).astype(numpy.float64)
    if counts.ndim != 1 or not (numpy.isfinite(counts).all() and (counts >= 0).all()):
        raise ValueError(f"kl_to: expected {name} of shape (C,), all from 0, got {counts}.")
    if not counts.sum() > 0:
        raise ValueError(f"kl_to: {name} are all 0, so they have no shares. Count some labels.")
    return counts / counts.sum()
