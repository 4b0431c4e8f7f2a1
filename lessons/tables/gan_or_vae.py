"""Lesson 15: two VAEs and a GAN of 8x8 digits, of the same widths and seconds, and their marks.

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
from scratchgen.measure import (
    Judge,
    class_kl,
    judge,
    nearest_distance,
    precision_recall_density_coverage,
    sharpness,
)

WIDTHS = 256, 128  # of an encoder and of D; those of a decoder and of G are reversed
Z = 10  # numbers in a code
MACHINES = "VAE", "grey VAE", "GAN"
VARIANCE = 0.02  # of the grey VAE's pixels: what remains on 8x8 digits, as `VAE` says
A_SECOND = {"VAE": 34, "grey VAE": 34, "GAN": 14}  # passes over the images in a second of one core
FOR_EVER = 10**6  # passes
SECONDS = 0.5, 1, 2, 4, 8, 16, 32
ROWS = [
    {"machine": machine, "seed": seed, "seconds": seconds}
    for seed in range(3)
    for machine in MACHINES
    for seconds in SECONDS
]


class Pass(NamedTuple):
    """One pass over the images: its CPU seconds; its mean loss, of a VAE or of D, in nats."""

    seconds: float
    loss: float


class Machine(NamedTuple):
    """A generator in training: ask `passes` for another pass, and `make` for images.

    passes: makes one pass over the images after the other, and says of each what `Pass` says.
    nets: what is trained. draw: codes (n, z) -> images (n, D) in [0, 1], through which gradients
    go; of a VAE, the means of its pixels.
    model: the VAE, which has an encoder and a bound as well; None for a GAN.
    """

    passes: Iterator[Pass]
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
    variance: float = VARIANCE,
) -> Machine:
    """Return one of the machines before its first pass: "VAE", "grey VAE" or "GAN".

    z: numbers in a code. brake: the weight of both gradient penalties of the GAN. variance: of the
    grey VAE's pixels, which are normal; those of the VAE are black or white, as in lesson 7.

    >>> build("VAE", np.eye(64, dtype="float32"), seed=0).weights()
    102996
    >>> build("GAN", np.eye(64, dtype="float32"), seed=0).weights()
    100545
    """
    rng = np.random.default_rng(seed)
    if name == "GAN":
        return _gan(images, rng, z, brake)
    return _vae(images, rng, z, variance if name == "grey VAE" else 0.0)


def _vae(images: np.ndarray, rng: np.random.Generator, z: int, variance: float) -> Machine:
    """The VAE of lesson 7, with smaller layers."""
    kind = "gaussian" if variance else "bernoulli"
    model = vae.VAE(images.shape[1], z, WIDTHS, rng=rng, likelihood=kind, variance=variance or None)
    training = vae.train(model, images, vae.Settings(epochs=FOR_EVER), rng=rng)
    passes = _timed(training, lambda record: -record.elbo)
    return Machine(passes, (model,), lambda z: model.means(model.decode(z)), model)


def _gan(images: np.ndarray, rng: np.random.Generator, z: int, brake: float) -> Machine:
    """The GAN of lesson 12, with smaller layers: no momentum, both penalties, the calm copy."""
    G = gan.generator(z, images.shape[1], WIDTHS[::-1], rng=rng)
    D = gan.discriminator(images.shape[1], WIDTHS, rng=rng)
    calm = copy.deepcopy(G)
    settings = gan.Settings(FOR_EVER, lr=1e-3, betas=(0, 0.99), r1=brake, r2=brake, decay=0.995)
    training = gan.train(G, D, images, settings, rng=rng, average=calm)
    passes = _timed(training, lambda record: record.d_loss)
    return Machine(passes, (G, D), lambda z: (calm(z) + 1) / 2)


def _timed(training: Iterator, loss: Callable) -> Iterator[Pass]:
    """The CPU seconds of each pass, and its loss, read off its record."""
    while True:
        began = time.process_time()
        record = next(training)
        yield Pass(time.process_time() - began, loss(record))


def marks(held_out: np.ndarray, made: np.ndarray, shape: tuple[int, ...]) -> dict[str, float]:
    """Return what is measured: the four marks of lessons 12 and 14, with k = 5, and sharpness.

    >>> x = data.digits().test_images
    >>> marks(x, x, (8, 8))["recall"]
    1.0
    """
    found = precision_recall_density_coverage(held_out, made, k=5)
    return found._asdict() | {"sharpness": float(sharpness(made, shape).mean())}


@lru_cache(maxsize=1)
def a_judge() -> Judge:
    """Return the classifier of the digits that counts classes; it is trained in two seconds."""
    return judge(data.digits(), rng=np.random.default_rng(0))


def witnesses(
    held_out: np.ndarray, made: np.ndarray, labels: np.ndarray, judge: Callable
) -> dict[str, float]:
    """Return what softness moves little: whether all classes come, and all kinds of images.

    kl: how far the classes that a judge sees stray from the labels of real images, as in lesson 14.
    nearest: the squared distance of a held-out image to the image nearest to it, on average.

    >>> x = np.eye(2)
    >>> witnesses(x, x, np.array([0, 1]), judge=lambda x: x)
    {'kl': 0.0, 'nearest': 0.0}
    """
    nearest = float((nearest_distance(held_out, made) ** 2).mean())
    return {"kl": class_kl(judge, made, labels), "nearest": nearest}


def passes_by(name: str, seconds: float) -> int:
    """Return how many passes over the images a machine has done by then.

    >>> passes_by("VAE", 0.5)
    17
    """
    return round(A_SECOND[name] * seconds)


@lru_cache(maxsize=1)
def run(name: str, seed: int, last: float = SECONDS[-1]) -> dict[float, dict[str, float]]:
    """Return {seconds: marks}: train a machine on the digits, and look at it on the way.

    Besides what `marks` and `witnesses` say, bound: that of lesson 7, on held-out digits, of a VAE.
    loss: of the last pass. took: the seconds that it really took.
    """
    digits = data.digits()
    machine = build(name, digits.train_images, seed)
    found, done, took = {}, 0, 0.0
    for seconds in SECONDS:
        if seconds > last:
            break
        while done < passes_by(name, seconds):
            latest = next(machine.passes)
            took, done = took + latest.seconds, done + 1
        found[seconds] = _looked_at(machine, digits) | {"loss": latest.loss, "took": took}
    return found


def _looked_at(machine: Machine, digits: data.Dataset) -> dict[str, float]:
    """What is measured of a machine at one moment."""
    held_out = digits.test_images
    made = machine.make(len(held_out), np.random.default_rng(1))
    many = machine.make(len(digits.train_images), np.random.default_rng(2))
    return (
        marks(held_out, made, digits.image_shape)
        | witnesses(held_out, many, digits.train_labels, a_judge())
        | {"bound": machine.bound(held_out)}
    )


def measure(row: dict) -> dict[str, float]:
    """Return what one row of the table says; a machine is trained once for all of its rows."""
    return run(row["machine"], int(row["seed"]))[row["seconds"]]
