"""Lesson 8: a VAE trained with one code an image, and with five; what each L_k says of it."""

import numpy as np

from scratchgen import data, vae
from scratchgen.measure import log_evidence

ROWS = [{"k": k, "seed": seed} for seed in range(3) for k in (1, 5)]
KS = (1, 5, 50, 500)


def train(k: int, seed: int, epochs: int = 150) -> vae.VAE:
    """Return a VAE of 8x8 digits, with 8 hidden numbers, trained to raise L_k.

    >>> train(k=1, seed=0, epochs=1).z_dim
    8
    """
    digits, rng = data.digits(), np.random.default_rng(seed)
    model = vae.VAE(digits.train_images.shape[1], 8, (256, 128), rng=rng)
    for _ in vae.train(model, digits.train_images, vae.Settings(epochs=epochs, k=k), rng=rng):
        pass
    return model


def found(model: vae.VAE, ks: tuple[int, ...] = KS) -> dict[str, float]:
    """Return a model's L_k on the held-out digits, in nats per image: {"L1": ..., "L5": ...}.

    Where k is small, the mean of many estimates stands for one, so that chance has little say.

    >>> sorted(found(train(k=1, seed=0, epochs=1), ks=(1, 5)))
    ['L1', 'L5']
    """
    images = data.digits().test_images
    means = {}
    for k in ks:
        rng = np.random.default_rng(0)
        times = range(max(1, 50 // k))
        several = [log_evidence(model, images, k, rng).mean() for _ in times]
        means[f"L{k}"] = float(np.mean(several))
    return means


def measure(row: dict) -> dict[str, float]:
    """Return what one row of the table says: train, then measure."""
    return found(train(int(row["k"]), int(row["seed"])))
