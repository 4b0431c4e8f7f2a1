"""The weights of the latent plane, and the command that trained them.

    python -m lessons.book.explorers.latent

A VAE whose codes are two numbers learns the 4,000 images of mnist5k in less than a minute on one
core. latent.npz, beside this file, keeps its weights and the codes of 500 images that it has not
seen, all as half floats, since they travel in the page.
"""

from pathlib import Path

import numpy as np

from lessons.book.explorers.carried import keep
from scratchgen import data, nn, no_grad, to_numpy, vae

FILE = Path(__file__).with_suffix(".npz")
HIDDEN = (40, 64)  # as wide as a page's budget allows
SETTINGS = vae.Settings(epochs=200, batch=100, lr=2e-3, schedule="cosine")
DOTS = 500


def model() -> vae.VAE:
    """Return the VAE of the plane, untrained.

    >>> model().z_dim
    2
    """
    return vae.VAE(784, z_dim=2, hidden=HIDDEN, rng=np.random.default_rng(0))


def loaded() -> vae.VAE:
    """Return the VAE of the plane with the weights of the file."""
    made = model()
    with np.load(FILE, allow_pickle=False) as file:
        nn.load_state(made, {x: np.float32(file[x]) for x in made.named_parameters()})
    return made


def train() -> float:
    """Train the VAE and write its file; return the bound that it reached, in nats an image."""
    images, made = data.mnist5k(), model()
    *_, last = vae.train(made, images.train_images, SETTINGS, rng=np.random.default_rng(1))
    with no_grad():
        codes, _ = made.encode(images.test_images[:DOTS])
    found = {"codes": to_numpy(codes), "labels": images.test_labels[:DOTS]}
    keep(FILE, {**nn.state(made), **found})
    return last.elbo


if __name__ == "__main__":
    print(f"{train():.1f} nats an image, {FILE.name}: {FILE.stat().st_size:,} bytes")
