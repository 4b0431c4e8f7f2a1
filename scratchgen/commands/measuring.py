"""`scratchgen measure`: how good a run's model is, beside real images that it never saw."""

from __future__ import annotations

from typing import Any

import numpy

from .. import data, runs
from .. import measure as measures
from ..backend import asarray, float_type, to_numpy
from ..runs import asked
from .sample import opened

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
    dataset = asked.load({name: run.settings.get(name) for name in ("data", "size", "colour")})
    rng = numpy.random.default_rng(words.seed)
    if model.kind == "vae":
        _likelihood(run, model, dataset, words, rng)
    _samples(run, model, dataset, words.n, rng)
    return 0


def _likelihood(
    run: runs.Run, model: runs.Model, dataset: data.Dataset, words: Any, rng: numpy.random.Generator
) -> None:
    """Print how likely the model finds images that it never saw."""
    images, net = dataset.test_images[: words.n], model.nets["vae"]
    if run.settings["classes"]:
        split = [(net.given(y), images[dataset.test_labels[: words.n] == y])
                 for y in range(run.settings["classes"])]  # fmt: skip
        each = [measures.log_evidence(one, some, words.k, rng) for one, some in split if len(some)]
        found = measures.estimate(-numpy.concatenate(each))
    else:
        found = measures.nll(net, images, words.k, rng)
    print(f"{len(images)} test images: {found.mean:.2f} nats an image (negative log-likelihood, at "
          f"most; standard error {found.standard_error:.2f}; {words.k} codes each)")  # fmt: skip
    if run.settings["likelihood"] == "gaussian":
        print("  a density, which has no zero of its own: compare it between runs of one --size")


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
    for name, says in PRDC.items():
        print(f"  {name:10s} {getattr(ours, name):5.2f}   ({getattr(real, name):.2f})   {says}")
    copies = measures.memorising(asarray(made, float_type()), asarray(train), asarray(test))
    print(
        f"  nearer to training images than to test images: {copies.nearer_to_train:.0%} (half, if "
        "nothing was memorised)"
    )
