"""Lesson 8: deep VAEs of 8x8 digits that collapse, and what warm-up and free bits do for them."""

import numpy as np

from scratchgen import data, vae
from scratchgen.measure import active_units, kl_by_unit, log_evidence

EPOCHS = 60
ARMS = {  # the epochs of the warm-up, and the nats that each unit has free
    "plain": (0.0, 0.0),
    "warm-up": (EPOCHS / 3, 0.0),
    "free bits": (0.0, 0.25),
    "both": (EPOCHS / 3, 0.25),
}
ROWS = [{"arm": arm, "seed": seed} for seed in range(3) for arm in ARMS]


def train(arm: str, seed: int, epochs: int = EPOCHS, layers: int = 5) -> vae.VAE:
    """Return a VAE of 8x8 digits, with 8 hidden numbers and layers of 256, trained in one way.

    >>> train("plain", seed=0, epochs=1).z_dim
    8
    """
    images, rng = data.digits().train_images, np.random.default_rng(seed)
    model = vae.VAE(images.shape[1], 8, (256,) * layers, rng=rng)
    warmup, least = ARMS[arm]
    settings = vae.Settings(epochs=epochs, lr=3e-3, warmup=warmup, least=least)
    for _ in vae.train(model, images, settings, rng=rng):
        pass
    return model


def found(model: vae.VAE, k: int = 500) -> dict[str, float]:
    """Return what held-out digits say of a model.

    nats: of all its units. active: units whose mean varies by more than 0.01. speak: units of a
    tenth of a nat or more. L1, Lk: its bounds, the first as a mean over twenty tosses and draws.

    >>> sorted(found(train("plain", seed=0, epochs=1), k=2))
    ['L1', 'Lk', 'active', 'nats', 'speak']
    """
    images, draws = data.digits().test_images, np.random.default_rng(0)
    nats = kl_by_unit(model, images, draws)
    return {
        "nats": float(nats.sum()),
        "active": active_units(model, images, draws),
        "speak": int((nats >= 0.1).sum()),
        "L1": float(np.mean([vae.bound(model, images, draws).elbo for _ in range(20)])),
        "Lk": float(log_evidence(model, images, k, draws).mean()),
    }


def measure(row: dict) -> dict[str, float]:
    """Return what one row of the table says: train, then measure."""
    return found(train(row["arm"], int(row["seed"])))
