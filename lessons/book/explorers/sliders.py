"""The weights of the eight sliders, and the command that trained them.

    python -m lessons.book.explorers.sliders

A VAE whose codes are eight numbers learns the 4,000 images of mnist5k in a minute on one core.
sliders.npz, beside this file, keeps its decoder, the codes of 60 images that it has not seen, and
the directions in which three attributes grow, all as half floats.
"""

from pathlib import Path

import numpy as np

from lessons.book.explorers.carried import keep
from scratchgen import data, measure, nn, no_grad, to_numpy, vae

FILE = Path(__file__).with_suffix(".npz")
HIDDEN = (80, 64)  # as wide as a page's budget allows
SETTINGS = vae.Settings(epochs=150, batch=100, lr=2e-3, schedule="cosine")
KEPT = 60
ATTRIBUTES = ("slant", "ink", "width")


def model() -> vae.VAE:
    """Return the VAE of the sliders, untrained.

    >>> model().z_dim
    8
    """
    return vae.VAE(784, z_dim=8, hidden=HIDDEN, rng=np.random.default_rng(0))


def decoder() -> nn.MLP:
    """Return the decoder of the sliders with the weights of the file."""
    made = model()
    with np.load(FILE, allow_pickle=False) as file:
        state = {**nn.state(made), **{x: np.float32(file[x]) for x in file if "decoder" in x}}
    nn.load_state(made, state)
    return made.decoder


def attributes(images: np.ndarray) -> np.ndarray:
    """Return the slant, the ink and the width of images (N, 784), by their moments: (N, 3)."""
    found = measure.moments(images, shape=(28, 28))
    return np.stack([getattr(found, name) for name in ATTRIBUTES], axis=1)


def directions(codes: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return how far a code moves for one standard deviation more of each attribute: (3, 8).

    Of all linear ways the one that fits: codes = mean + values D, by least squares, in which the
    other attributes stay as they are.
    """
    standard = (values - values.mean(0)) / values.std(0)
    return np.linalg.lstsq(standard, codes - codes.mean(0), rcond=None)[0]


def train() -> float:
    """Train the VAE and write its file; return the bound that it reached, in nats an image."""
    images, made = data.mnist5k(), model()
    *_, last = vae.train(made, images.train_images, SETTINGS, rng=np.random.default_rng(1))
    with no_grad():
        seen, _ = made.encode(images.train_images)
        codes, _ = made.encode(images.test_images[:KEPT])
    ways = directions(to_numpy(seen), attributes(images.train_images))
    state = {name: x for name, x in nn.state(made).items() if name.startswith("decoder")}
    found = {"codes": to_numpy(codes), "labels": images.test_labels[:KEPT], "directions": ways}
    keep(FILE, {**state, **found})
    return last.elbo


if __name__ == "__main__":
    print(f"{train():.1f} nats an image, {FILE.name}: {FILE.stat().st_size:,} bytes")
