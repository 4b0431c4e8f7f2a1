"""How good generated data are: what they cover, how real they look, which classes they show.

Every measure runs where its arrays live, in blocks, and returns plain Python numbers. One number
never tells the whole story: precision without recall praises a generator that makes one perfect
image again and again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy

from .backend import Array, array_module, asarray, float_type, keep_memory, normal, to_numpy
from .data import binarize, check_images
from .engine import detach, no_grad
from .functions import exp, gaussian_kl, logsumexp

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
    who = "precision_recall_density_coverage"
    _check_whole(who, "k", k, hint=" (5 is usual)")
    real, fake = _checked_pair(who, k, real=real, fake=fake)
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
    for rows in _blocks_of_rows(len(a), max(1, _DISTANCES // len(b))):
        distances = a[rows] @ b.T  # (rows, D) @ (D, M) -> (rows, M)
        distances *= -2
        distances += a_norms[rows, None]
        distances += b_norms
        yield rows, distances


def _checked_pair(who: str, k: int = 0, **points: Array) -> list[Array]:
    """Both as float64 copies, moved so that the first's mean is 0, where rounding is least."""
    modules = [array_module(detach(x)).__name__ for x in points.values()]
    if len(set(modules)) > 1:
        got = f"{' and '.join(modules)} arrays"
        raise TypeError(f"{who}: got {got}. Bring both to one device: backend.asarray(x).")
    xp = array_module(*points.values())
    copies = [xp.array(x, numpy.float64) for x in points.values()]
    for name, x in zip(points, copies, strict=True):
        _check_points(f"{who}: {name}", name, x, k)
    if copies[0].shape[1] != copies[1].shape[1]:
        got = " and ".join(f"{name} {x.shape}" for name, x in zip(points, copies, strict=True))
        raise ValueError(f"{who}: expected points of one width, got {got}.")
    centre = copies[0].mean(0)
    for x in copies:
        x -= centre
    return copies


def _check_points(where: str, name: str, x: Array, k: int) -> None:
    if x.ndim != 2 or x.shape[1] == 0:
        fix = f"Flatten each point: {name}.reshape(len({name}), -1)."
        raise ValueError(f"{where}: expected shape (N, D), got {x.shape}. {fix}")
    if len(x) <= k:
        need = f"k={k} needs at least {k + 1} points" if k else "expected at least one point"
        fix = "Draw more samples" + (", or choose a smaller k." if k else ".")
        raise ValueError(f"{where}: {need}, got {len(x)}. {fix}")
    _check_finite(where, x)


def _check_whole(who: str, name: str, n: Any, hint: str = "") -> None:
    if not isinstance(n, (int, numpy.integer)) or n < 1:
        raise ValueError(f"{who}: expected {name}, a whole number from 1{hint}, got {n!r}.")


def _check_positive(who: str, name: str, x: float) -> None:
    if not 0 < x < math.inf:
        raise ValueError(f"{who}: expected {name} > 0, got {x}.")


def _check_finite(where: str, x: Array) -> None:
    xp = array_module(x)
    bad = xp.flatnonzero(~xp.isfinite(x).all(1))
    if len(bad):
        got = f"{len(bad)} of {len(x)} rows hold NaN or Inf, the first is row {int(bad[0])}"
        fix = "If a model made them, detect_nonfinite() names the op that did it first."
        raise ValueError(f"{where}: expected finite numbers, but {got}. {fix}")


class Modes(NamedTuple):
    """What `mode_scores` returns."""

    modes: int
    high_quality: float
    kl: float


def mode_scores(points: Array, centres: Array, sd: float) -> Modes:
    """How many modes of a mixture of Gaussians are found, how well, and how evenly.

    A point is of high quality if it lies within 3 sd of the centre nearest to it; sd: that of each
    coordinate. A mode is found if at least one point of high quality is nearest to its centre.

    modes = how many are found, of len(centres)
    high_quality = the share of points that are, in [0, 1]; of the true mixture in two dimensions,
        1 - exp(-9/2) = 0.989
    kl = KL(p || uniform) in nats, p the shares of the modes among the points of high quality: 0 if
        even, log(len(centres) / n) if it shows n modes evenly, infinite if no point is one

    points: (N, D), centres: (C, D). The KL is not divided by log(C), and a point far from every
    centre is counted by high_quality alone.
    Source: Srivastava et al. 2017 (VEEGAN); the KL: Lin et al. 2018 (PacGAN), of the histogram
    that PacGAN's code counts.

    >>> centres = numpy.array([[0.0, 0.0], [10.0, 0.0]])
    >>> mode_scores(numpy.array([[0.2, 0.0], [0.0, 2.9], [9.0, 9.0], [0.0, 1.0]]), centres, sd=1.0)
    Modes(modes=1, high_quality=0.75, kl=0.6931471805599453)
    """
    _check_positive("mode_scores", "sd", sd)
    points, centres = _checked_pair("mode_scores", points=points, centres=centres)
    nearest, distance = _nearest(points, centres)
    C = len(centres)
    counts = class_counts(nearest[distance <= 3 * sd], C)
    kl = kl_to(counts, numpy.ones(C)) if counts.any() else math.inf
    return Modes(int((counts > 0).sum()), float(counts.sum() / len(points)), kl)


def nearest_distance(a: Array, b: Array) -> Array:
    """The Euclidean distance of each row of `a` to the row of `b` nearest to it: (N, D) -> (N,).

    b: (M, D), M from 1. Exactly 0 for a row that `b` contains. Computed in float64.

    >>> nearest_distance(numpy.array([[0.0, 0.0], [3.0, 4.0]]), numpy.array([[0.0, 0.0]]))
    array([0., 5.])
    """
    return _distance("nearest_distance", a=a, b=b)


def _distance(who: str, **points: Array) -> Array:
    return _nearest(*_checked_pair(who, **points))[1]


def _nearest(a: Array, b: Array) -> tuple[Array, Array]:
    """Which row of `b` is nearest to each row of `a`, and how far it is: (N,), (N,)."""
    xp = array_module(a)
    index, distance = xp.empty(len(a), int), xp.empty(len(a))
    for rows, distances in _squared_distances(a, b):
        index[rows] = distances.argmin(1)
        # The winner's distance from its difference: that of a repeated row is 0, unrounded.
        distance[rows] = xp.sqrt(((a[rows] - b[index[rows]]) ** 2).sum(1))
    return index, distance


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


class Estimate(NamedTuple):
    """A mean over samples, and its standard error: their standard deviation / sqrt(N)."""

    mean: float
    standard_error: float


def estimate(values: Array) -> Estimate:
    """The mean of values (N,) and its standard error, std / sqrt(N); NaN for one value.

    The standard deviation is the unbiased one, with N - 1.

    >>> estimate(numpy.array([1.0, 3.0]))
    Estimate(mean=2.0, standard_error=1.0)
    """
    N = len(values)
    error = float(values.std(ddof=1)) / math.sqrt(N) if N > 1 else math.nan
    return Estimate(float(values.mean()), error)


def parzen(samples: Array, points: Array, sigma: float) -> Estimate:
    """The mean log-likelihood of points, in nats per point, under a Parzen window on samples.

    LL(x) = log(1/M sum_j exp(-|x - s_j|^2 / (2 sigma^2))) - D log(sigma sqrt(2 pi))

    The density is a Gaussian of width sigma around each sample. samples: (M, D), points: (N, D).
    Computed in float64; the standard error is over points. Raises ValueError for sigma <= 0.
    Source: Breuleux et al. 2011; Goodfellow et al. 2014, section 5.

    >>> round(parzen(numpy.zeros((3, 1)), numpy.zeros((2, 1)), sigma=1.0).mean, 4)  # log N(0; 0, 1)
    -0.9189
    """
    return estimate(_parzen("parzen", samples, points, [sigma])[0])


class Parzen(NamedTuple):
    """What `parzen_window` returns: an Estimate, and the sigma it was made with."""

    mean: float
    standard_error: float
    sigma: float


def parzen_window(
    samples: Array, valid: Array, test: Array, sigmas: Sequence[float] | None = None
) -> Parzen:
    """The mean log-likelihood of test images by the protocol of Goodfellow et al. 2014.

    sigma is the one of `sigmas` under which the first 1,000 images of `valid` are likeliest; then
    LL(x) of `parzen` is taken over `test`, which takes no part in the choice.
    samples (M, D), valid (V, D), test (N, D): pixels in [0, 1]; the papers take 10,000 samples.
    sigmas: by default logspace(-1, 0, 10). Print the counts and sigma beside the number, and never
    the number alone: blurred images score more than real ones (Theis et al. 2016).
    Raises ValueError or TypeError for what is no image. Source: the code of Goodfellow et al.

    >>> grey, white = numpy.full((9, 4), 0.5), numpy.ones((9, 4))
    >>> round(parzen_window(grey, valid=white, test=white).sigma, 3)
    0.464
    """
    for name, x in (("samples", samples), ("valid", valid), ("test", test)):
        check_images(to_numpy(x), name=f"parzen_window: {name}")
    sigmas = numpy.logspace(-1, 0, 10).tolist() if sigmas is None else list(sigmas)
    choice = _parzen("parzen_window", samples, valid[:1000], sigmas).mean(1)
    sigma = sigmas[int(choice.argmax())]
    return Parzen(*parzen(samples, test, sigma), sigma)


def _parzen(who: str, samples: Array, points: Array, sigmas: Sequence[float]) -> Array:
    """LL of each point under each sigma: (M, D), (N, D) -> (len(sigmas), N)."""
    if not len(sigmas):
        raise ValueError(f"{who}: expected at least one sigma, got none.")
    for sigma in sigmas:
        _check_positive(who, "sigma", sigma)
    samples, points = _checked_pair(who, samples=samples, points=points)
    M, D = samples.shape
    found = array_module(points).empty((len(sigmas), len(points)))
    for rows, distances in _squared_distances(points, samples):
        for i, sigma in enumerate(sigmas):
            found[i, rows] = logsumexp(distances * (-0.5 / sigma**2), axis=1)
    for i, sigma in enumerate(sigmas):
        found[i] -= math.log(M) + D * math.log(sigma * math.sqrt(2 * math.pi))
    return found


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


def class_kl(model: Callable, samples: Array, labels: Array, block: int = 1000) -> float:
    """How far the classes that a classifier sees in samples stray from the data's, KL in nats.

    kl_to(class_counts(predict(model, samples)), class_counts(labels)), with kl_to's meaning.
    model: gives (N, C) logits for samples (N, D). labels: integers in [0, C), those of the data.
    What the classifier gets wrong counts too: give the figure of real images beside it.

    >>> class_kl(lambda x: x, numpy.array([[9.0, 0.0], [8.0, 0.0]]), labels=numpy.array([0, 1]))
    0.6931471805599453
    """
    logits = _logits("class_kl", model, samples, block)
    C = logits.shape[1]
    labels = _checked_labels("class_kl", labels, C)
    return kl_to(class_counts(logits.argmax(1), C), class_counts(labels, C))


# The likelihood of a variational autoencoder. `vae` is anything that has encode(x) -> (mean,
# log_var), decode(z) -> logits, log_likelihood(logits, x) -> (N,), width, z_dim and likelihood.


def nll(
    vae: Any, images: numpy.ndarray, k: int, rng: numpy.random.Generator,
    rows: int = 256, report: Callable[[int], None] | None = None,
) -> Estimate:  # fmt: skip
    """The negative log-likelihood of images, -mean(L_k) in nats; on average an upper bound.

    The arguments are those of `log_evidence`; the error is that over images. Comparable only for
    one k, and only if pixels are binary: of grey ones on MNIST, 77 to 81 means nothing.

    >>> rng = numpy.random.default_rng(0)
    >>> class Blind:  # p(x|z) = 1/2 for each of 4 pixels, and q(z|x) = p(z)
    ...     width, z_dim, likelihood = 4, 1, "bernoulli"
    ...     def encode(self, x): return numpy.zeros((len(x), 1)), numpy.zeros((len(x), 1))
    ...     def decode(self, z): return numpy.zeros((len(z), 4))
    >>> round(nll(Blind(), numpy.eye(4), k=10, rng=rng).mean, 4)  # 4 log 2
    2.7726
    """
    return estimate(-log_evidence(vae, images, k, rng, rows, report))


def log_evidence(
    vae: Any, images: numpy.ndarray, k: int, rng: numpy.random.Generator,
    rows: int = 256, report: Callable[[int], None] | None = None,
) -> numpy.ndarray:  # fmt: skip
    """An estimate L_k of log p(x) for each image, (N,) float64 in nats, by k codes drawn for each.

    L_k(x) = log(1/k sum_i p(x|z_i) p(z_i) / q(z_i|x)), z_i from q(z|x)

    On average it is a lower bound of log p(x), and rises towards it with k; k=1 gives the ELBO.
    images: (N, D) in [0, 1], NumPy; made binary by `rng`, once, if the likelihood is Bernoulli.
    k: codes per image; the papers take 5,000. rows: codes decoded at a time. 256 x 784 logits stay
    in the processor's cache, and larger blocks took longer; on a GPU take 2^14 or so.
    report: called with the number of images done so far, now and then.
    Raises ValueError for images that are no images, and where the model's numbers are not finite.
    Source: Burda et al. 2015, equation 8.

    >>> images, rng = numpy.eye(4), numpy.random.default_rng(0)
    >>> from scratchgen.vae import VAE
    >>> log_evidence(VAE(4, 2, (3,), rng=rng), images, k=100, rng=rng).shape
    (4,)
    """
    _check_whole("log_evidence", "k", k)
    _check_whole("log_evidence", "rows", rows)
    images = _as_the_encoder_sees(vae, images, rng)
    keep_memory()  # a block needs what the last one freed: a quarter of the time
    found = numpy.empty(len(images))
    for block in _blocks_of_rows(len(images), max(1, rows // k)):  # decoded together
        found[block] = _log_mean_weight(vae, images[block], k, rng, rows)
        if report:
            report(block.stop)
    _check_finite("log_evidence: L_k", found[:, None])
    return found


def _log_mean_weight(
    vae: Any, images: numpy.ndarray, k: int, rng: numpy.random.Generator, rows: int
) -> numpy.ndarray:
    """L_k of a few images (N, D) -> (N,): the mean is taken as the codes come, rows at a time."""
    x = asarray(images, float_type())
    xp = array_module(x)
    total = xp.full(len(x), -numpy.inf)
    with no_grad(), numpy.errstate(invalid="ignore"):  # whoever called will name what is no number
        mean, log_var = vae.encode(x)  # each (N, Z)
        for done in range(0, k, rows):
            noise = normal(rng, (len(x), min(rows, k - done), vae.z_dim))
            log_w = _log_weights(vae, x, mean, log_var, noise)  # (N, codes)
            total = xp.logaddexp(total, logsumexp(log_w, axis=1))
    return to_numpy(total) - math.log(k)


def _log_weights(vae: Any, x: Array, mean: Array, log_var: Array, noise: Array) -> Array:
    """log p(x|z) p(z) / q(z|x) of codes z = mean + std * noise, (N, codes, Z): (N, codes).

    The constants of p(z) and q(z|x) cancel, and (z - mean) / std is the noise.
    """
    N, codes, Z = noise.shape
    z = mean[:, None] + exp(0.5 * log_var)[:, None] * noise
    log_ratio = 0.5 * ((noise * noise - z * z).sum(2) + log_var.sum(1)[:, None])  # log p(z)/q(z|x)
    logits = vae.decode(z.reshape(N * codes, Z))  # (N * codes, D)
    if vae.likelihood == "bernoulli":
        return log_ratio + _bernoulli(logits.reshape(N, codes, -1), x[:, None])
    x = array_module(x).repeat(x, codes, axis=0)
    return log_ratio + vae.log_likelihood(logits, x).reshape(N, codes)


def _bernoulli(logits: Array, x: Array) -> Array:
    """log p(x|z) of binary pixels, summed over the last axis, in half the time of its formula.

    A pixel has log p = -softplus(s), s = -logit where x is 1 and logit where x is 0, and
    softplus(s) = max(s, 0) + log(1 + exp(-|s|)). The logarithms are most of the work, so that we
    multiply up to 64 pixels first: each factor is in (1, 2], and 2^64 fits into a float32.
    """
    xp = array_module(logits)
    s = logits * (1 - 2 * x)
    product = 1 + xp.exp(xp.minimum(s, -s))
    for _ in range(6):
        half, odd = divmod(product.shape[-1], 2)
        if odd:
            break
        product = product[..., :half] * product[..., half:]
    return -xp.maximum(s, 0).sum(-1) - xp.log(product).sum(-1)


def active_units(
    vae: Any, images: numpy.ndarray, rng: numpy.random.Generator, threshold: float = 0.01
) -> int:
    """How many numbers of the code say something about the image, of z_dim.

    unit j is active if the variance over images of the mean of q(z_j|x) exceeds the threshold

    An inactive one has the same distribution for every image, near its prior. images: (N, D) in
    [0, 1], NumPy, made binary by `rng` if the likelihood is Bernoulli.
    Source: Burda et al. 2015, section 5.2.

    >>> from scratchgen.vae import VAE
    >>> rng = numpy.random.default_rng(0)
    >>> active_units(VAE(4, 2, (3,), rng=rng), numpy.ones((9, 4)), rng)  # all images are alike
    0
    """
    mean = _encode("active_units", vae, images, rng)[1]
    return int((mean.var(0) > threshold).sum())


class ElboSplit(NamedTuple):
    """What `elbo_split` returns, in nats per image: kl = mutual_information + marginal_kl."""

    reconstruction: float
    kl: float
    mutual_information: float
    marginal_kl: float


def elbo_split(vae: Any, images: numpy.ndarray, rng: numpy.random.Generator) -> ElboSplit:
    """The terms of the ELBO, with the KL in two parts: what codes tell, and where they lie.

    ELBO = reconstruction - kl,  kl = mean KL(q(z|x_n) || p(z)) = mutual_information + marginal_kl
    mutual_information = mean log q(z_n|x_n) / q(z_n), how well a code tells its image from the
        others given: from 0 to log(N), which the codes of good images come near
    marginal_kl = KL(q(z) || p(z)), how far all codes together are from the prior

    with q(z) = 1/N sum_n q(z|x_n) the mixture over the N images given, whole and not by batches,
    and one code z_n drawn from each q(z|x_n); kl is in closed form, marginal_kl the difference.
    images: (N, D) in [0, 1], NumPy, made binary by `rng` if the likelihood is Bernoulli.
    Comparable for one N only. Source: Hoffman & Johnson 2016, "ELBO surgery".

    >>> from scratchgen.vae import VAE
    >>> rng = numpy.random.default_rng(0)
    >>> split = elbo_split(VAE(4, 2, (3,), rng=rng), numpy.ones((9, 4)), rng)
    >>> abs(split.mutual_information) < 1e-9  # all images are alike
    True
    """
    x, *q = _encode("elbo_split", vae, images, rng)
    mean, log_var, noise = (a.astype(numpy.float64) for a in (*q, normal(rng, q[0].shape)))
    z = mean + exp(0.5 * log_var) * noise
    own = -0.5 * (noise * noise + log_var).sum(1)  # log q(z_n|x_n), but for a constant
    kl = float(gaussian_kl(mean, log_var).mean())
    information = float((own - _log_mixture(z, mean, log_var)).mean())
    reconstruction = _reconstruction(vae, z.astype(x.dtype), x)
    return ElboSplit(reconstruction, kl, information, kl - information)


def _reconstruction(vae: Any, z: Array, x: Array) -> float:
    """The mean of log p(x|z) over images (N, D), from one code each (N, Z)."""
    with no_grad():
        parts = [vae.log_likelihood(vae.decode(z[i]), x[i]).sum() for i in _blocks_of_rows(len(x))]
    return float(sum(parts)) / len(x)


def _log_mixture(z: Array, mean: Array, log_var: Array) -> Array:
    """log 1/N sum_n q(z|x_n) of codes (N, Z), but for the constant of `elbo_split`: (N,).

    Each pair's sum_j (z_j - mean_j)^2 / var_j comes from two matrix products.
    """
    xp = array_module(z)
    precision = xp.exp(-log_var)
    rest = (mean * mean * precision + log_var).sum(1)  # (N,)
    found = xp.empty(len(z))
    for rows in _blocks_of_rows(len(z), max(1, _DISTANCES // len(z))):
        cross = (z[rows] ** 2) @ precision.T - 2 * (z[rows] @ (mean * precision).T)  # (rows, N)
        found[rows] = logsumexp(-0.5 * (cross + rest), axis=1)
    return found - math.log(len(z))


def _encode(
    who: str, vae: Any, images: numpy.ndarray, rng: numpy.random.Generator
) -> tuple[Array, Array, Array]:
    """The images that the encoder saw (N, D), and the mean and log_var (N, Z) it gave them."""
    x = asarray(_as_the_encoder_sees(vae, images, rng), float_type())
    with no_grad():
        parts = [vae.encode(x[rows]) for rows in _blocks_of_rows(len(x))]
    mean, log_var = (array_module(x).concatenate(each) for each in zip(*parts, strict=True))
    _check_finite(f"{who}: mean of q(z|x)", mean)
    _check_finite(f"{who}: log_var of q(z|x)", log_var)
    return x, mean, log_var


def _as_the_encoder_sees(
    vae: Any, images: Array, rng: numpy.random.Generator
) -> numpy.ndarray:
    images = check_images(to_numpy(images), vae.width)
    return binarize(images, rng) if vae.likelihood == "bernoulli" else images


def _blocks_of_rows(n: int, size: int = 1000) -> Iterator[slice]:
    return (slice(start, min(start + size, n)) for start in range(0, n, size))
