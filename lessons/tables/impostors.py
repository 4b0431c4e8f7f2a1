"""Nine impostors and an honest machine, each by thirteen measures, over re-deals: lesson 14.

All images are shuffled and dealt out anew for each seed: some that the machines have seen, as many
real ones to compare with, some by which Parzen's width is chosen, and the rest, fresh ones.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from scratchgen import data, vae
from scratchgen import measure as by
from scratchgen.backend import to_numpy

MOST = 5000  # images to deal, so that larger data sets do not take minutes


class Deal(NamedTuple):
    """Images dealt to four piles, the labels of the fresh ones and of all, and their shape."""

    seen: np.ndarray
    real: np.ndarray
    valid: np.ndarray
    fresh: np.ndarray
    fresh_labels: np.ndarray
    labels: np.ndarray
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Settings:
    """How the impostors are made.

    blurs: how often the blurred images are blurred. group: seen images to a centre, on average.
    epochs: of the VAE. missing: how many classes are. copied: different images among the few.
    noise: its standard deviation. junk: the share of it.
    """

    blurs: int = 1
    group: int = 4
    epochs: int = 60
    missing: int = 3
    copied: int = 50
    noise: float = 0.2
    junk: float = 0.1


def deal(dataset: data.Dataset, seed: int, most: int = MOST) -> Deal:
    """Return a fifth of the images as seen, a fifth as real, a tenth as valid, the rest as fresh.

    >>> dealt = deal(data.load("digits"), seed=0, most=100)
    >>> [len(pile) for pile in dealt[:4]]
    [20, 20, 10, 50]
    """
    images = np.concatenate([dataset.train_images, dataset.test_images])
    labels = np.concatenate([dataset.train_labels, dataset.test_labels])
    order = np.random.default_rng(seed).permutation(len(images))[:most]
    images, labels = images[order], labels[order]
    n = len(images) // 5
    ends = [n, 2 * n, 2 * n + n // 2]
    seen, real, valid, fresh = np.split(images, ends)
    return Deal(seen, real, valid, fresh, labels[ends[-1] :], labels, dataset.image_shape)


def blurred(images: np.ndarray, shape: tuple[int, ...], times: int) -> np.ndarray:
    """Return images in which each pixel is the mean of its neighbourhood, weighted 1, 2, 1.

    >>> blurred(np.array([[0.0, 4, 0, 0]]), shape=(1, 4), times=1)
    array([[0.5, 1. , 0.5, 0. ]])
    """
    x = images.reshape(-1, *shape)
    for _ in range(times):
        x = np.pad(x, ((0, 0), (1, 1), (1, 1)))  # black all around
        x = (x[:, :-2] + 2 * x[:, 1:-1] + x[:, 2:]) / 4
        x = (x[:, :, :-2] + 2 * x[:, :, 1:-1] + x[:, :, 2:]) / 4
    return x.reshape(images.shape)


def k_means(images: np.ndarray, k: int, rounds: int = 10) -> np.ndarray:
    """Return k centres, each the mean of the images that lie nearest to it.

    >>> k_means(np.array([[0.0], [9.0], [1.0], [8.0]]), k=2)
    array([[0.5],
           [8.5]])
    """
    centres = images[:k].copy()
    for _ in range(rounds):
        squared = (centres**2).sum(axis=1) - 2 * images @ centres.T
        nearest = squared.argmin(axis=1)  # |image|^2 is left out
        for j in set(nearest.tolist()):
            centres[j] = images[nearest == j].mean(axis=0)
    return centres


def samples(images: np.ndarray, n: int, seed: int, epochs: int) -> np.ndarray:
    """Return n samples of a VAE that has learned from the images.

    >>> samples(np.eye(4, dtype="float32"), n=3, seed=0, epochs=1).shape
    (3, 4)
    """
    rng = np.random.default_rng(seed)
    net = vae.VAE(images.shape[1], 10, rng=rng)
    for _ in vae.train(net, images, vae.Settings(epochs=epochs), rng=rng):
        pass
    return net.sample(n, rng)


def honest(dealt: Deal, settings: Settings, seed: int) -> np.ndarray:
    """Return real images that no machine has seen: the answer of a perfect generator."""
    return dealt.fresh[: len(dealt.real)].copy()


def blur(dealt: Deal, settings: Settings, seed: int) -> np.ndarray:
    """Return the honest images, blurred."""
    return blurred(honest(dealt, settings, seed), dealt.shape, settings.blurs)


def centres(dealt: Deal, settings: Settings, seed: int) -> np.ndarray:
    """Return the centres of groups of seen images, as often as needed."""
    found = k_means(dealt.seen, len(dealt.seen) // settings.group)
    return np.resize(found, dealt.real.shape)


def vae_samples(dealt: Deal, settings: Settings, seed: int) -> np.ndarray:
    """Return samples of a VAE of the seen images."""
    return samples(dealt.seen, len(dealt.real), seed, settings.epochs)


def missing(dealt: Deal, settings: Settings, seed: int) -> np.ndarray:
    """Return real images that no machine has seen, without those of the last classes."""
    classes = int(dealt.labels.max()) + 1
    kept = dealt.fresh_labels < classes - settings.missing
    return dealt.fresh[kept][: len(dealt.real)]


def few(dealt: Deal, settings: Settings, seed: int) -> np.ndarray:
    """Return copies of a few seen images, again and again."""
    return np.resize(dealt.seen[: settings.copied], dealt.real.shape)


def copies(dealt: Deal, settings: Settings, seed: int) -> np.ndarray:
    """Return the seen images themselves."""
    return dealt.seen.copy()


def noise(dealt: Deal, settings: Settings, seed: int) -> np.ndarray:
    """Return the honest images with normal noise on each pixel, kept within 0 and 1."""
    images = honest(dealt, settings, seed)
    drawn = np.random.default_rng(seed).standard_normal(images.shape)
    return np.clip(images + settings.noise * drawn, 0, 1).astype(images.dtype)


def junk(dealt: Deal, settings: Settings, seed: int) -> np.ndarray:
    """Return the honest images, a share of which is replaced by pure noise."""
    images = honest(dealt, settings, seed)
    n = round(settings.junk * len(images))
    images[:n] = np.random.default_rng(seed).random((n, images.shape[1]))
    return images


def halves(dealt: Deal, settings: Settings, seed: int) -> np.ndarray:
    """Return the upper halves of the honest images with the lower halves of others."""
    images, middle = honest(dealt, settings, seed), dealt.fresh.shape[1] // 2
    images[:, middle:] = dealt.fresh[-len(images) :, middle:]
    return images


MACHINES: dict[str, Callable[[Deal, Settings, int], np.ndarray]] = {
    "fresh": honest, "blur": blur, "centres": centres, "VAE": vae_samples,
    "missing": missing, "few": few, "copies": copies, "noise": noise, "junk": junk,
    "halves": halves,
}  # fmt: skip
SEEDS, HONEST_SEEDS = range(3), range(20)
ROWS = [
    {"machine": machine, "seed": seed}
    for machine in MACHINES
    for seed in (HONEST_SEEDS if machine == "fresh" else SEEDS)
]


def score(made: np.ndarray, dealt: Deal, judge: Callable, k: int = 5) -> dict[str, float]:
    """Return what seven measures say of a machine's images.

    >>> dealt = deal(data.load("digits"), seed=0, most=100)
    >>> list(score(dealt.fresh, dealt, judge=lambda x: x[:, :10]))
    ['precision', 'recall', 'density', 'coverage', 'parzen', 'nearer', 'kl']
    """
    found = by.precision_recall_density_coverage(dealt.real, made, k)._asdict()
    found["parzen"] = by.parzen_window(made, dealt.valid, dealt.real).mean
    found["nearer"] = by.memorising(made, dealt.seen, dealt.real).nearer_to_train
    found["kl"] = by.class_kl(judge, made, dealt.labels)
    return found


def features(judge: by.Judge, images: np.ndarray) -> np.ndarray:
    """Return the activations of a judge's last hidden layer, one row for each image.

    >>> digits = data.load("digits")
    >>> judge = by.judge(digits, rng=np.random.default_rng(0), steps=1)
    >>> features(judge, digits.test_images[:5]).shape
    (5, 128)
    """
    x: Any = images
    for layer in judge.net.layers[:-1]:
        x = layer(x)
    return to_numpy(x.value)


def frechet(a: np.ndarray, b: np.ndarray) -> float:
    """Return the squared Fréchet distance of the normal densities with two sets' moments.

    |m - n|^2 + trace(A + B - 2 (A B)^(1/2)), with m, n the means of the rows of a and b, and A, B
    their covariances. A B has the eigenvalues of a covariance, none below 0, and the trace of its
    root is the sum of their roots. Of two sets of one distribution it is above 0, the more so the
    smaller they are. Source: Heusel and others 2017, equation 6.

    >>> line = np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 2.0], [2.0, 2.0]])
    >>> round(frechet(line, line + [3, 0]), 6)  # moved by 3
    9.0
    """
    a, b = a.astype(float), b.astype(float)
    A, B = np.atleast_2d(np.cov(a.T), np.cov(b.T))
    eigenvalues = np.linalg.eigvals(A @ B).real.clip(0)  # rounding may leave some below 0
    off = a.mean(axis=0) - b.mean(axis=0)
    return float(off @ off + np.trace(A + B) - 2 * np.sqrt(eigenvalues).sum())


def score_features(made: np.ndarray, dealt: Deal, judge: by.Judge, k: int = 5) -> dict[str, float]:
    """Return what five of the measures say of a machine's features, and the Fréchet distance.

    >>> digits = data.load("digits")
    >>> judge = by.judge(digits, rng=np.random.default_rng(0), steps=1)
    >>> dealt = deal(digits, seed=0, most=100)
    >>> list(score_features(dealt.fresh, dealt, judge))[3:]
    ['coverage_features', 'nearer_features', 'frechet']
    """
    x, seen, real = (features(judge, images) for images in (made, dealt.seen, dealt.real))
    found = by.precision_recall_density_coverage(real, x, k)._asdict()
    found["nearer"] = by.memorising(x, seen, real).nearer_to_train
    return {f"{name}_features": value for name, value in found.items()} | {
        "frechet": frechet(x, real)
    }


@functools.lru_cache(maxsize=3)
def dealer(seed: int) -> tuple[Deal, by.Judge]:
    """Return what is dealt with a seed, and a judge for it."""
    digits = data.load("mnist5k")
    return deal(digits, seed), by.judge(digits, rng=np.random.default_rng(seed))


def measure(row: dict) -> dict[str, float]:
    """Return what the measures say of one machine with one seed."""
    dealt, judge = dealer(row["seed"])
    made = MACHINES[row["machine"]](dealt, Settings(), row["seed"])
    return score(made, dealt, judge) | score_features(made, dealt, judge)
