"""Lesson 15: a VAE and a GAN of 8x8 digits, of the same widths and seconds, looked at on the way.

Seconds are turned into passes over the images by a rate that was measured once, so that a row is
the same on every machine: what a machine changes is how long a pass takes.
"""

import copy
import math
import time
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from scratchgen import data, gan, vae
from scratchgen.backend import normal, to_numpy
from scratchgen.engine import no_grad
from scratchgen.measure import precision_recall_density_coverage, sharpness

WIDTHS = 256, 128  # of an encoder and of D; those of a decoder and of G are reversed
Z = 10  # numbers in a code
MACHINES = "VAE", "GAN"
A_SECOND = {"VAE": 34, "GAN": 14}  # passes over the images in a second of one core
FOR_EVER = 10**6  # passes
SECONDS = 0.5, 1, 2, 4, 8, 16, 32
ROWS = [
    {"machine": machine, "seed": seed, "seconds": seconds}
    for seed in range(3)
    for machine in MACHINES
    for seconds in SECONDS
]


class Machine(NamedTuple):
    """A generator in training: ask `passes` for another pass, and `make` for images.

    passes: yields the CPU seconds of each pass over the images. nets: what is trained.
    draw: codes (n, z) -> images (n, D) in [0, 1], through which gradients go.
    model: the VAE, which has an encoder and a bound as well; None for a GAN.
    """

    passes: Iterator[float]
    nets: tuple[Any, ...]
    draw: Callable
    model: vae.VAE | None = None

    def weights(self) -> int:
        """Return how many weights are trained."""
        return sum(p.value.size for net in self.nets for p in net.parameters())

    def make(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Return images (n, D) of random codes, those of N(0, I)."""
        z = normal(rng, (n, self.nets[0].z_dim if self.model else self.nets[0].layers[0].n_in))
        with no_grad():
            return to_numpy(self.draw(z))

    def bound(self, held_out: np.ndarray) -> float:
        """Return the VAE's bound of images, in nats on average; NaN for a GAN, which has none."""
        if self.model is None:
            return math.nan
        rng, model = np.random.default_rng(0), self.model
        return float(np.mean([vae.bound(model, held_out, rng).elbo for _ in range(10)]))


def build(
    name: str,
    images: np.ndarray,
    seed: int,
    z: int = Z,
    brake: float = 0.1,
    variance: float = 0.0,
) -> Machine:
    """Return one of the two machines before its first pass: "VAE" or "GAN".

    z: numbers in a code. brake: the weight of both gradient penalties of the GAN. variance: of the
    VAE's pixels, if these are to be normal; with 0 they are black or white, as in lesson 7.

    >>> build("VAE", np.eye(64, dtype="float32"), seed=0).weights()
    102996
    >>> build("GAN", np.eye(64, dtype="float32"), seed=0).weights()
    100545
    """
    rng = np.random.default_rng(seed)
    if name == "VAE":
        return _vae(images, rng, z, variance)
    return _gan(images, rng, z, brake)


def _vae(images: np.ndarray, rng: np.random.Generator, z: int, variance: float) -> Machine:
    """The VAE of lesson 7, with smaller layers."""
    kind = "gaussian" if variance else "bernoulli"
    model = vae.VAE(images.shape[1], z, WIDTHS, rng=rng, likelihood=kind, variance=variance or None)
    training = vae.train(model, images, vae.Settings(epochs=FOR_EVER), rng=rng)
    return Machine(_timed(training), (model,), lambda z: model.means(model.decode(z)), model)


def _gan(images: np.ndarray, rng: np.random.Generator, z: int, brake: float) -> Machine:
    """The GAN of lesson 12, with smaller layers: no momentum, both penalties, the calm copy."""
    G = gan.generator(z, images.shape[1], WIDTHS[::-1], rng=rng)
    D = gan.discriminator(images.shape[1], WIDTHS, rng=rng)
    calm = copy.deepcopy(G)
    settings = gan.Settings(FOR_EVER, lr=1e-3, betas=(0, 0.99), r1=brake, r2=brake, decay=0.995)
    training = gan.train(G, D, images, settings, rng=rng, average=calm)
    return Machine(_timed(training), (G, D), lambda z: (calm(z) + 1) / 2)


def _timed(training: Iterator) -> Iterator[float]:
    """The CPU seconds of each pass."""
    while True:
        began = time.process_time()
        next(training)
        yield time.process_time() - began


def marks(held_out: np.ndarray, made: np.ndarray, shape: tuple[int, ...]) -> dict[str, float]:
    """Return what is measured: the four marks of lessons 12 and 14, with k = 5, and sharpness.

    >>> x = data.digits().test_images
    >>> marks(x, x, (8, 8))["recall"]
    1.0
    """
    found = precision_recall_density_coverage(held_out, made, k=5)
    return found._asdict() | {"sharpness": float(sharpness(made, shape).mean())}


def passes_by(name: str, seconds: float) -> int:
    """Return how many passes over the images a machine has done by then.

    >>> passes_by("VAE", 0.5)
    17
    """
    return round(A_SECOND[name] * seconds)


@lru_cache(maxsize=1)
def run(name: str, seed: int, last: float = SECONDS[-1]) -> dict[float, dict[str, float]]:
    """Return {seconds: marks}: train a machine on the digits, and look at it on the way.

    bound: that of lesson 7, on held-out digits, of a VAE. took: the seconds that it really took.
    """
    digits = data.digits()
    machine = build(name, digits.train_images, seed)
    found, done, took = {}, 0, 0.0
    for seconds in SECONDS:
        if seconds > last:
            break
        while done < passes_by(name, seconds):
            took, done = took + next(machine.passes), done + 1
        made = machine.make(len(digits.test_images), np.random.default_rng(1))
        more = {"bound": machine.bound(digits.test_images), "took": took}
        found[seconds] = marks(digits.test_images, made, digits.image_shape) | more
    return found


def measure(row: dict) -> dict[str, float]:
    """Return what one row of the table says; a machine is trained once for all of its rows."""
    return run(row["machine"], int(row["seed"]))[row["seconds"]]
