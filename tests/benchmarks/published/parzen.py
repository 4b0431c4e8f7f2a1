"""The lie of the Parzen window: blurred images score more nats than the real ones they are made of.

The protocol is that of Goodfellow et al. 2014, table 1 (`measure.parzen_window`); the samples come
from no model at all. The mean of a few training images lies nearer to a test image than each of
them, so that k-means, which blurs, beats its own data. Coverage is fooled in the same way, since it
asks for nearness too; recall falls, and a density far above that of real images gives it away.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from scratchgen import data, draw, measure
from tests.benchmarks.published.runs import Run

IMAGES = 5000  # on each side, for precision, recall, density and coverage


def parzen_lie(run: Run) -> dict:
    """Parzen window of 10,000 and 1,000 real training images, and of as many k-means centroids."""
    sizes, iterations = ((200, 50), 3) if run.quick else ((10_000, 1000), 10)
    train, valid, test = images(run.quick)
    run.settings(
        sizes=list(sizes), drawn_from=len(train), iterations=iterations, images_for_coverage=IMAGES
    )
    done = run.saved() or {}
    sets = {}
    for n in sizes:
        rows = np.random.default_rng([run.seed, n]).permutation(len(train))[:n]
        sets[f"real_{n}"] = train[rows]
        sets[f"kmeans_{n}"] = kmeans(run, f"kmeans_{n}", train, rows, iterations, done)
    shown = np.random.default_rng([run.seed, 0]).permutation(len(test))[:IMAGES]
    figures: dict = {}
    for name, samples in sets.items():
        figures |= scores(run, name, samples, valid, test, test[shown])
    for name in (f"kmeans_{n}" for n in sizes):
        figures[f"{name}_distances"] = done[f"{name}/distances"].tolist()
    picture(run, sets, figures)
    return figures


def images(quick: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Training images, those that choose sigma, test images: MNIST, or small ones in a hurry."""
    digits = data.digits() if quick else data.mnist()
    n = len(digits.train_images) * 5 // 6
    return digits.train_images[:n], digits.train_images[n:], digits.test_images


def kmeans(
    run: Run, name: str, x: np.ndarray, rows: np.ndarray, iterations: int, done: dict
) -> np.ndarray:
    """The centroids (K, D) that Lloyd's iterations find among images x (N, D), from x[rows] on.

    `done` holds what was found so far, with the mean squared distances of an image to its centroid,
    before each iteration and after the last: they show whether more iterations would matter.
    """
    centroids = done.get(f"{name}/centroids", x[rows])
    past = list(done.get(f"{name}/distances", []))
    while len(past) <= iterations:
        labels, distances = nearest(x, centroids)
        past.append(round(float(distances.mean()), 4))
        if len(past) <= iterations:
            centroids = means(x, labels, centroids)
        done |= {f"{name}/centroids": centroids, f"{name}/distances": np.array(past)}
        run.save(done)
        run.log(f"{name}: mean squared distance {past[-1]}")
    return centroids


def nearest(x: np.ndarray, centroids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The nearest centroid of each image (N,) and its squared distance (N,), in float32."""
    half_norms = (centroids * centroids).sum(1) / 2
    labels, distances = np.empty(len(x), int), np.empty(len(x), np.float32)
    for block in blocks(len(x), 500):
        far = half_norms - x[block] @ centroids.T  # |x - c|^2 / 2, but for |x|^2 / 2
        labels[block] = far.argmin(1)
        distances[block] = 2 * far.min(1) + (x[block] ** 2).sum(1)
    return labels, distances


def blocks(n: int, size: int) -> Iterator[slice]:
    """Slices of `size` rows, one after the other."""
    return (slice(start, start + size) for start in range(0, n, size))


def means(x: np.ndarray, labels: np.ndarray, centroids: np.ndarray) -> np.ndarray:
    """The mean image of each label; a centroid that no image is nearest to stays where it is."""
    order = np.argsort(labels, kind="stable")
    found, first, counts = np.unique(labels[order], return_index=True, return_counts=True)
    moved = centroids.copy()
    moved[found] = np.add.reduceat(x[order], first, axis=0) / counts[:, None].astype(np.float32)
    return moved.clip(0, 1)  # a mean of ones may round to a little more


def scores(
    run: Run, name: str, samples: np.ndarray, valid: np.ndarray, test: np.ndarray, some: np.ndarray
) -> dict:
    """Parzen's nats, their error and sigma, and what precision, recall, density, coverage say.

    Fewer samples than `some` are repeated, as they would be drawn again by whoever has no others.
    """
    window = measure.parzen_window(samples, valid, test)
    drawn = samples[np.arange(len(some)) % len(samples)]
    four = measure.precision_recall_density_coverage(some, drawn)
    run.log(f"{name}: {window}, {four}")
    about = {"": window.mean, "_error": window.standard_error, "_sigma": window.sigma}
    return {name + key: value for key, value in about.items()} | {
        f"{name}_{key}": value for key, value in four._asdict().items()
    }


def picture(run: Run, sets: dict[str, np.ndarray], figures: dict) -> None:
    """A row of images of each set, with its nats, coverage and recall: which look real?"""
    kinds = {"real": "training images", "kmeans": "k-means centroids"}
    rows = {}
    for name, samples in sets.items():
        kind, n = name.split("_")
        coverage, recall = (figures[f"{name}_{which}"] for which in ("coverage", "recall"))
        about = f"{figures[name]:.0f} nats, coverage {coverage:.2f}, recall {recall:.2f}"
        rows[f"{int(n):,} {kinds[kind]}\n{about}"] = samples[:10]
    figure = draw.image_rows(
        rows,
        title="The Parzen window prefers blur",
        caption="Averages of a few training images score more than the images themselves, by the "
        "Parzen window and by coverage; recall says otherwise.",
    )
    draw.save(figure, run.figure("parzen_lie"))
