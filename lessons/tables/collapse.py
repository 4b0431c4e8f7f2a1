"""Lesson 8: deep VAEs of 8x8 digits that collapse, and what warm-up and free bits do for them."""

from collections.abc import Callable, Iterable

import numpy as np

from lessons.tables import Row
from scratchgen import data, vae
from scratchgen.measure import kl_by_unit, log_evidence

EPOCHS, LAYERS, SPEAKS = 60, 5, 0.03
ARMS = {  # the epochs of the warm-up, and the nats that each unit has free
    "plain": (0.0, 0.0),
    "warm-up": (EPOCHS / 3, 0.0),
    "free bits": (0.0, 0.25),
    "both": (EPOCHS / 3, 0.25),
}
SHALLOW: Row = {"arm": "plain", "layers": 2}
DEEP: list[Row] = [{"arm": arm, "layers": LAYERS} for arm in ARMS]
ROWS: list[Row] = [{**row, "seed": seed} for seed in range(3) for row in (SHALLOW, *DEEP)]
EARLY = (1, 5, 10, 20, 40, 60)  # the epochs after which a row tells the nats of the training images


def train(
    arm: str,
    seed: int,
    epochs: int = EPOCHS,
    layers: int = LAYERS,
    show: Callable[[Iterable, int], Iterable] = lambda records, epochs: records,
) -> tuple[vae.VAE, list[float]]:
    """Return a VAE of 8x8 digits, trained in one way, and what its codes cost in each epoch.

    It has 8 hidden numbers, and layers of 256. show: a bar of progress, such as the lessons'.

    >>> model, path = train("plain", seed=0, epochs=1)
    >>> model.z_dim, len(path)
    (8, 1)
    """
    images, rng = data.digits().train_images, np.random.default_rng(seed)
    model = vae.VAE(images.shape[1], 8, (256,) * layers, rng=rng)
    warmup, least = ARMS[arm]
    settings = vae.Settings(epochs=epochs, lr=3e-3, warmup=warmup, least=least)
    records = vae.train(model, images, settings, rng=rng)
    return model, [record.kl for record in show(records, epochs)]


def found(model: vae.VAE, k: int = 500) -> dict[str, float]:
    """Return what held-out digits say of a model.

    nats: of all its units. speak: units of 0.03 nats or more. L1, Lk: its bounds, the first as a
    mean over twenty tosses and draws.

    >>> model, path = train("plain", seed=0, epochs=1)
    >>> sorted(found(model, k=2))
    ['L1', 'Lk', 'nats', 'speak']
    """
    images, draws = data.digits().test_images, np.random.default_rng(0)
    nats = kl_by_unit(model, images, draws)
    return {
        "nats": float(nats.sum()),
        "speak": int((nats >= SPEAKS).sum()),
        "L1": float(np.mean([vae.bound(model, images, draws).elbo for _ in range(20)])),
        "Lk": float(log_evidence(model, images, k, draws).mean()),
    }


def measure(row: dict) -> dict[str, float]:
    """Return what one row of the table says: train, then measure."""
    model, path = train(row["arm"], int(row["seed"]), layers=int(row["layers"]))
    return {f"after_{epoch}": path[epoch - 1] for epoch in EARLY} | found(model)
