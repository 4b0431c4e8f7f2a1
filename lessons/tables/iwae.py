"""Lesson 8: a VAE trained with one code an image, and with five; what each L_k says of it."""

from collections.abc import Callable, Iterable

import numpy as np

from scratchgen import data, vae
from scratchgen.backend import asarray, to_numpy
from scratchgen.engine import no_grad
from scratchgen.functions import exp
from scratchgen.measure import log_evidence

ROWS = [{"k": k, "seed": seed} for seed in range(3) for k in (1, 5)]
KS = (1, 5, 50, 500)


def train(
    k: int,
    seed: int,
    epochs: int = 150,
    show: Callable[[Iterable, int], Iterable] = lambda records, epochs: records,
) -> vae.VAE:
    """Return a VAE of 8x8 digits, with 8 hidden numbers, trained to raise L_k.

    show: a bar of progress, such as the lessons'.

    >>> train(k=1, seed=0, epochs=1).z_dim
    8
    """
    digits, rng = data.digits(), np.random.default_rng(seed)
    model = vae.VAE(digits.train_images.shape[1], 8, (256, 128), rng=rng)
    settings = vae.Settings(epochs=epochs, k=k)
    for _ in show(vae.train(model, digits.train_images, settings, rng=rng), epochs):
        pass
    return model


def found(model: vae.VAE, ks: tuple[int, ...] = KS) -> dict[str, float]:
    """Return what the held-out digits say of a model: its L_k, in nats per image, and "spread".

    Where k is small, the mean of many estimates stands for one, so that chance has little say.
    spread: the mean standard deviation of its guesses.

    >>> sorted(found(train(k=1, seed=0, epochs=1), ks=(1, 5)))
    ['L1', 'L5', 'spread']
    """
    images = data.digits().test_images
    with no_grad():
        spread = exp(model.encode(asarray(images))[1] / 2)
    means = {"spread": float(to_numpy(spread).mean())}
    for k in ks:
        rng = np.random.default_rng(0)
        times = range(max(1, 50 // k))
        several = [log_evidence(model, images, k, rng).mean() for _ in times]
        means[f"L{k}"] = float(np.mean(several))
    return means


def measure(row: dict) -> dict[str, float]:
    """Return what one row of the table says: train, then measure."""
    return found(train(int(row["k"]), int(row["seed"])))
