"""Which classes a classifier sees: its accuracy, and how a mix of classes strays."""

from __future__ import annotations

from collections.abc import Callable

import numpy

from ..backend import Array, array_module, to_numpy
from ..engine import detach, no_grad
from .given import check_finite, checked_labels


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
    labels = checked_labels("accuracy", labels, classes=logits.shape[1])
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
    check_finite(f"{who}: logits", logits)
    return logits


def class_counts(labels: Array, classes: int) -> numpy.ndarray:
    """How often each class occurs among `labels`, integers in [0, classes): (N,) -> (classes,).

    >>> class_counts(numpy.array([2, 0, 2]), classes=4)
    array([1, 0, 2, 0])
    """
    return numpy.bincount(checked_labels("class_counts", labels, classes), minlength=classes)


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
    labels = checked_labels("class_kl", labels, C)
    return kl_to(class_counts(logits.argmax(1), C), class_counts(labels, C))
