"""`scratchgen measure`: how good a run's model is, beside real images that it never saw."""

from __future__ import annotations

from typing import Any

import numpy

from .. import data, runs
from .. import measure as measures
from ..backend import asarray, float_type, to_numpy
from ..runs import asked
from .sample import opened

FEW = 100  # test images, below which neighbourhoods are so wide that they hold almost anything
PRDC = {
    "precision": "how many samples look like some real image",
    "recall": "how many real images some sample looks like",
    "density": "how real the samples look, on average; 1 for real ones",
    "coverage": "how many real images have a sample near",
}


def measure(words: Any) -> int:
    """Do what the words of the command line say.

    >>> from types import SimpleNamespace
    >>> measure(SimpleNamespace(n=0, k=1))
    Traceback (most recent call last):
    ValueError: -n: expected a whole number from 1, got 0.
    """
    for name in ("n", "k"):
        if getattr(words, name) < 1:
            raise ValueError(
                f"-{name}: expected a whole number from 1, got {getattr(words, name)}."
            )
    run, model = opened(words.run)
    dataset, changed = asked.load_again(run.settings, run.folder)
    if changed:
        raise ValueError(f"{changed}, so some that it learned from would count as unseen. Put them "
                         "back, or train another run.")  # fmt: skip
    rng = numpy.random.default_rng(words.seed)
    if model.kind == "vae":
        _likelihood(run, model, dataset, words, rng)
    _samples(run, model, dataset, words.n, rng)
    return 0


def _likelihood(
    run: runs.Run, model: runs.Model, dataset: data.Dataset, words: Any, rng: numpy.random.Generator
) -> None:
    """Print how likely the model finds images that it never saw, and ones that it learned from."""
    images, labels = dataset.test_images[: words.n], dataset.test_labels[: words.n]
    found = _nll(run, model, images, labels, words.k, rng)
    other = numpy.random.default_rng([words.seed, 1])  # the samples stay those of the seed
    some = other.permutation(len(dataset.train_images))[: words.n]
    learned = dataset.train_images[some], dataset.train_labels[some]
    known = _nll(run, model, *learned, words.k, other)
    print(f"{len(images)} test images: {found.mean:.2f} nats an image (negative log-likelihood, at "
          f"most; standard error {found.standard_error:.2f}; {words.k} codes each)")  # fmt: skip
    print(f"{len(some)} training images: {known.mean:.2f} nats an image")
    if by_heart(known, len(some), found, len(images)):
        print("  So far apart, it knows these pictures by heart: fewer --epochs or more images.")
    if run.settings["likelihood"] == "gaussian":
        print("  a density, which has no zero of its own: compare it between runs of one --size")


def _nll(run: runs.Run, model: runs.Model, images: Any, labels: Any, k: int, rng: Any) -> Any:
    """The mean negative log-likelihood of images, each given its class if the run knows any."""
    net = model.nets["vae"]
    if not run.settings["classes"]:
        return measures.nll(net, images, k, rng)
    split = [(net.given(y), images[labels == y]) for y in range(run.settings["classes"])]
    each = [measures.log_evidence(one, some, k, rng) for one, some in split if len(some)]
    return measures.estimate(-numpy.concatenate(each))


def by_heart(known: Any, n_known: int, unseen: Any, n_unseen: int) -> bool:
    """Whether unseen images are less likely by more than images differ among themselves.

    That is, whether Cohen's d = (mean(unseen) - mean(known)) / s is above 1, where s^2 is the mean
    of the two variances, so that the size and the likelihood of images make no difference.
    known, unseen: estimates of the NLL, of so many images each.

    >>> from scratchgen.measure import estimate
    >>> near, far = estimate(numpy.array([1.0, 2, 3])), estimate(numpy.array([7.0, 8, 9]))
    >>> by_heart(near, 3, far, 3), by_heart(near, 3, near, 3)
    (True, False)
    """
    variances = [n * one.standard_error**2 for one, n in ((known, n_known), (unseen, n_unseen))]
    return bool(unseen.mean - known.mean > numpy.sqrt(numpy.mean(variances)))


def _samples(
    run: runs.Run, model: runs.Model, dataset: data.Dataset, n: int, rng: numpy.random.Generator
) -> None:
    """Print how samples compare with test images, and training images with them."""
    test = dataset.test_images[:n]
    order = rng.permutation(len(dataset.train_images))
    train = dataset.train_images[order]
    n, k = len(test), min(5, len(test) - 1)
    if k < 1:
        print("For precision and its like there are too few test images.")
        return
    classes = run.settings["classes"]
    labels = rng.choice(dataset.train_labels, n) if classes else None
    made = to_numpy(model.images(model.codes(n, rng), labels))
    prdc = measures.precision_recall_density_coverage
    ours, real = prdc(test, made, k), prdc(test, train[:n], k)
    print(f"{n} samples against {n} test images (beside: as many training images)")
    if n < FEW:
        more = f"ask for -n {FEW} or more" if len(dataset.test_images) >= FEW else (
            f"use {6 * FEW} images, of which a sixth is for testing")  # fmt: skip
        print(f"  {n} test images are too few for these four: even noise may come to 1.00. Trust "
              f"your eyes, or {more}.")  # fmt: skip
    for name, says in PRDC.items():
        print(f"  {name:10s} {getattr(ours, name):5.2f}   ({getattr(real, name):.2f})   {says}")
    copies = measures.memorising(asarray(made, float_type()), asarray(train), asarray(test))
    print(
        f"  nearer to training images than to test images: {copies.nearer_to_train:.0%} (half, if "
        "nothing was memorised)"
    )
