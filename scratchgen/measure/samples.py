"""Samples against real data: what they cover, how real they look, whether they are copies."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy

from ..backend import Array, array_module
from .classes import class_counts, kl_to
from .distances import nearest_rows, squared_distances
from .given import check_positive, check_whole, checked_pair


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
    who = "precision_recall_density_coverage"
    check_whole(who, "k", k, hint=" (5 is usual)")
    real, fake = checked_pair(who, k, real=real, fake=fake)
    xp = array_module(real)
    real_radii, fake_radii = _radii(real, k), _radii(fake, k)  # (N,), (M,), squared
    balls_around_fake = xp.zeros(len(fake), int)
    recalled = covered = 0
    for rows, distances in squared_distances(real, fake, rounded_down=True):  # (rows, M)
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
    for rows, distances in squared_distances(x, x):
        own = xp.arange(rows.start, rows.stop)
        distances[own - rows.start, own] = xp.inf  # a point is no neighbour of its own
        radii[rows] = xp.partition(distances, k - 1, axis=1)[:, k - 1]
    return radii


class Modes(NamedTuple):
    """What `mode_scores` returns."""

    modes: int
    high_quality: float
    kl: float


def mode_scores(points: Array, centres: Array, sd: float, least: float = 0.0) -> Modes:
    """How many modes of a mixture of Gaussians are found, how well, and how evenly.

    A point is of high quality if it lies within 3 sd of the centre nearest to it; sd: that of each
    coordinate. A mode is found if at least one point of high quality is nearest to its centre, and
    at least a share of `least` of all points.

    modes = how many are found, of len(centres)
    high_quality = the share of points that are, in [0, 1]; of the true mixture in two dimensions,
        1 - exp(-9/2) = 0.989
    kl = KL(p || uniform) in nats, p the shares of the modes among the points of high quality: 0 if
        even, log(len(centres) / n) if it shows n modes evenly, infinite if no point is one

    points: (N, D), centres: (C, D). The KL is not divided by log(C), and a point far from every
    centre is counted by high_quality alone.
    least: from 0 to 1 / C. The papers' 0 lets one stray point in thousands find a mode; a quarter
    of an even share, 0.25 / len(centres), asks for a mode that is really there.
    Raises ValueError or TypeError for what is no set of points, sd <= 0, and another `least`.
    Source: Srivastava et al. 2017 (VEEGAN); the KL: Lin et al. 2018 (PacGAN), of the histogram
    that PacGAN's code counts.

    >>> centres = numpy.array([[0.0, 0.0], [10.0, 0.0]])
    >>> mode_scores(numpy.array([[0.2, 0.0], [0.0, 2.9], [9.0, 9.0], [0.0, 1.0]]), centres, sd=1.0)
    Modes(modes=1, high_quality=0.75, kl=0.6931471805599453)
    """
    check_positive("mode_scores", "sd", sd)
    points, centres = checked_pair("mode_scores", points=points, centres=centres)
    if not 0 <= least <= 1 / len(centres):
        hint = f"No more than 1/{len(centres)} can go to each of {len(centres)} modes."
        raise ValueError(f"mode_scores: expected least from 0 to 1 / C, got {least}. {hint}")
    nearest, distance = nearest_rows(points, centres)
    C = len(centres)
    counts = class_counts(nearest[distance <= 3 * sd], C)
    kl = kl_to(counts, numpy.ones(C)) if counts.any() else math.inf
    found = (counts > 0) & (counts / len(points) >= least)
    return Modes(int(found.sum()), float(counts.sum() / len(points)), kl)


class Memorising(NamedTuple):
    """What `memorising` returns."""

    ratio: float
    suspicious: float
    nearer_to_train: float


def memorising(samples: Array, train: Array, test: Array) -> Memorising:
    """Whether samples are copies of training images: how near they lie, against test images.

    With d(x, S) the distance of x to the image of S nearest to it:

    ratio = median d(sample, train) / median d(test image, train): 0 for copies, 1 for new images
    suspicious = share of samples as near to train as the nearest 1 % of test images: 1 for copies,
        0.01 for new images
    nearer_to_train = share of samples with d(sample, train') < d(sample, test), ties halved,
        train' being the first len(test) training images, or fewer on both sides if there are
        fewer: 0.5 on average if nothing is memorised, whatever the samples look like

    The first two also call blurred samples near, since a blurred image is near to everything. The
    third is fair to them, though it wanders where samples crowd around few images, and sees copies
    of train' alone: if train is n times as large as test, copies of all of it give 0.5 + 0.5 / n.
    Train is to be in random order.
    samples: (N, D), train: (M, D), test: (K, D). ratio is NaN if test images are training images.
    Source: our own choice; the third is known from private data ("share of closest records").

    >>> train, test = numpy.array([[0.0], [8.0]]), numpy.array([[2.0], [6.0]])
    >>> memorising(samples=numpy.array([[0.0], [8.0], [8.0]]), train=train, test=test)
    Memorising(ratio=0.0, suspicious=1.0, nearer_to_train=1.0)
    """
    who, n = "memorising", min(len(train), len(test))
    of_samples = _distance(who, samples=samples, train=train)
    of_test = _distance(who, test=test, train=train)
    to_train = _distance(who, samples=samples, train=train[:n])
    to_test = _distance(who, samples=samples, test=test[:n])
    xp = array_module(of_samples)
    nearer = (to_train < to_test).mean() + 0.5 * (to_train == to_test).mean()
    usual = float(xp.median(of_test))
    return Memorising(
        ratio=float(xp.median(of_samples)) / usual if usual else math.nan,
        suspicious=float((of_samples <= xp.quantile(of_test, 0.01)).mean()),
        nearer_to_train=float(nearer),
    )


def seen_share(samples: Array, seen: Array, unseen: Array) -> float:
    """The share of samples whose nearest image, of all those seen and unseen, is a seen one.

    share = mean over samples of [d(sample, seen) < d(sample, unseen)], ties halved, in [0, 1], with
    d(x, S) the distance of x to the image of S nearest to it. Copies of any seen images give 1.
    Samples that copy nothing give M / (M + K) on average, 0.8 for 4,000 and 1,000, if one cannot
    tell seen images from unseen ones by themselves. A mixture lies between the two.

    samples: (N, D), seen: (M, D), unseen: (K, D), numbers of any type; computed in float64.
    It asks about all seen images, where `nearer_to_train` of `memorising` takes as many as are
    unseen. Samples that crowd around few images wander, as there.
    Raises ValueError or TypeError for arrays that are empty, misshapen, not finite, mixed.
    Source: our own choice.

    >>> seen, unseen = numpy.array([[0.0], [2.0], [4.0]]), numpy.array([[8.0]])
    >>> seen_share(samples=numpy.array([[0.0], [3.9], [7.0], [6.0]]), seen=seen, unseen=unseen)
    0.625
    """
    to_seen = _distance("seen_share", samples=samples, seen=seen)
    to_unseen = _distance("seen_share", samples=samples, unseen=unseen)
    return float((to_seen < to_unseen).mean() + 0.5 * (to_seen == to_unseen).mean())


def _distance(who: str, **points: Array) -> Array:
    return nearest_rows(*checked_pair(who, **points))[1]
