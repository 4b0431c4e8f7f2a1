"""GAN on MNIST, dense nets: Parzen window (Goodfellow et al. 2014, table 1) and PRDC, one model.

The game is the article's; what makes it converge is around it: zero-centred penalties on the slopes
of D at real and at generated images (R1 and R2, Mescheder et al. 2018), Adam without momentum, and
a generator averaged over its path, which is the one that is measured. The rate stays as it is: with
one that falls, D wins in the end, and the background fills with specks; the average does what a
falling rate is for. The penalties, the costly part of a step, are taken at every fourth step with
four times the weight (Karras et al. 2020).

The nets learn from the first 50,000 training images. The other 10,000 choose the temperature: noise
is drawn from N(0, temperature^2), and less than 1 gives up variety (recall) for likeness.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from scratchgen import MLP, Adam, Tensor, data, detach, draw, grad, measure, nn, no_grad
from scratchgen.backend import Array, normal
from scratchgen.gan import (
    d_loss,
    discriminator,
    g_loss,
    generator,
    move_average,
    squared_slope,
)
from tests.benchmarks.published.runs import Run, packed, unpack


class Knobs(NamedTuple):
    """The nets' hidden layers, and how they are trained; chosen on the last 10,000 of train."""

    g_hidden: tuple[int, ...]
    d_hidden: tuple[int, ...]
    epochs: int
    z_dim: int = 64
    batch: int = 128
    lr: float = 1e-3
    betas: tuple[float, float] = (0.0, 0.99)
    penalty: float = 0.3  # weight of R1 and of R2
    penalty_every: int = 4  # steps
    decay: float = 0.9995  # of the averaged generator
    samples: int = 10_000  # for the Parzen window
    points: int = 5_000  # of either side, for PRDC


ARTICLE = Knobs((128, 256, 512), (512, 256, 128), epochs=40, z_dim=100)
LARGER = Knobs((600, 600), (1024, 512), epochs=200)
QUICK = Knobs((32,), (32,), epochs=2, z_dim=8, batch=64, samples=200, points=100)

TEMPERATURES = (0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0)
GOALS = {"parzen": 225.0, "precision": 0.90, "recall": 0.88, "density": 0.80, "coverage": 0.88}


class Players(NamedTuple):
    """Everything that a step changes, and so everything that a checkpoint holds."""

    G: MLP
    D: MLP
    average: MLP  # the mean of G's path
    g_adam: Adam
    d_adam: Adam


def gan(run: Run) -> dict:
    """GAN on MNIST, nets of our choice: Parzen window, and PRDC of the same samples."""
    return _row(run, QUICK if run.quick else LARGER)


def gan_article(run: Run) -> dict:
    """GAN on MNIST, the article's nets, the same."""
    return _row(run, QUICK if run.quick else ARTICLE)


def _row(run: Run, knobs: Knobs) -> dict:
    """Train, choose the temperature on images held out, then measure once on the test set."""
    dataset = data.digits() if run.quick else data.mnist()
    images, test = dataset.train_images, dataset.test_images
    images, held_out = np.split(images, [len(images) * 5 // 6])  # 50,000 and 10,000 of MNIST
    run.settings(**knobs._asdict(), train_images=len(images), test_images=len(test))
    players, seen = _trained(run, images, knobs)
    nn.save(players.average, run.folder / f"{run.name}-model.npz", overwrite=True)
    z = normal(run.rng, (knobs.samples, knobs.z_dim))
    tried = {t: _scores(knobs, players.average, t * z, held_out) for t in TEMPERATURES}
    for t, scores in tried.items():
        run.log(f"temperature {t}   " + "   ".join(f"{k} {scores[k]:.3f}" for k in GOALS))
    temperature = max(tried, key=lambda t: _worst(tried[t]))
    samples = _images(players.average, temperature * z)
    if run.seed == 0:
        _draw(run, samples, seen, temperature)
    plain = _scores(knobs, players.average, z, held_out, test)
    copies = measure.memorising(samples[:2000], images, test[:2000])
    return {
        **_scores(knobs, players.average, temperature * z, held_out, test),
        "temperature": temperature,
        **{f"{name}_at_temperature_1": value for name, value in plain.items()},
        **{f"{name}_held_out": value for name, value in tried[temperature].items()},
        "nearest_ratio": copies.ratio, "nearer_to_train": copies.nearer_to_train, **run.notes,
    }  # fmt: skip


def _worst(scores: dict) -> float:
    """The score that stands furthest below its goal, as a share of it."""
    return min(scores[name] / goal for name, goal in GOALS.items())


def _trained(run: Run, images: np.ndarray, knobs: Knobs) -> tuple[Players, dict]:
    """The players after the last epoch, and what was seen after each: {name: values (epochs,)}."""
    players = _players(images.shape[1], knobs, run.rng)
    seen: dict[str, list] = {}
    saved = run.saved()
    if saved:
        unpack(saved, **players._asdict())
        seen = {k.removeprefix("seen/"): list(saved[k]) for k in saved if k.startswith("seen/")}
    for epoch in range(len(seen.get("coverage", ())) + 1, knobs.epochs + 1):
        now = _epoch(players, images, knobs, run.rng)
        now |= _look(players.average, images, knobs)
        for name, value in now.items():
            seen.setdefault(name, []).append(value)
        if epoch == knobs.epochs:
            run.notes["training_minutes"] = round(run.seconds()[0] / 60, 2)
        run.save(packed(**players._asdict()) | {f"seen/{k}": v for k, v in seen.items()})
        values = "   ".join(f"{name} {value:.3f}" for name, value in now.items())
        run.log(f"epoch {epoch} of {knobs.epochs}   {values}")
    return players, seen


def _players(width: int, knobs: Knobs, rng: np.random.Generator) -> Players:
    G, average = (generator(knobs.z_dim, width, knobs.g_hidden, rng=rng) for _ in range(2))
    nn.load_state(average, nn.state(G))
    D = discriminator(width, knobs.d_hidden, rng=rng)
    g_adam, d_adam = (Adam(net.parameters(), knobs.lr, knobs.betas) for net in (G, D))
    return Players(G, D, average, g_adam, d_adam)


def _epoch(players: Players, images: np.ndarray, knobs: Knobs, rng: np.random.Generator) -> dict:
    """One pass over the images (N, D) in [0, 1]: the mean losses."""
    losses = []
    for x in data.batches(images, knobs.batch, rng, drop_last=True):
        t = players.d_adam.t
        weight = 0.0 if t % knobs.penalty_every else knobs.penalty * knobs.penalty_every
        losses.append(_step(players, x * 2 - 1, normal(rng, (len(x), knobs.z_dim)), weight))
        decay = min(knobs.decay, (1 + t) / (10 + t))  # less at first: the start is soon forgotten
        move_average(players.average, players.G, decay)
    return dict(zip(("d_loss", "g_loss"), np.mean(losses, axis=0), strict=True))


def _step(players: Players, real: Array, z: Array, weight: float) -> tuple[Array, Array]:
    """`gan.d_step` and `gan.g_step` with R1 and R2 of one weight, in four fifths of their time.

    D sees real and generated images (N, D) in one pass, and both players use one batch of fakes.
    """
    G, D, _, g_adam, d_adam = players
    N = len(real)
    fake = G(z)
    x: Array = np.concatenate([real, detach(fake)])  # (2N, D)
    if weight:
        x = Tensor(x)
    logits = D(x)
    loss_of_d = objective = d_loss(logits[:N], logits[N:])
    if weight:
        objective = loss_of_d + 2 * weight * squared_slope(logits, x)  # twice the mean: R1 + R2
    d_adam.step(grad(objective, D.parameters()))
    loss_of_g = g_loss(D(fake))
    g_adam.step(grad(loss_of_g, G.parameters()))
    return detach(loss_of_d), detach(loss_of_g)


def _images(average: MLP, z: Array) -> Array:
    """Images in [0, 1]: the tanh of a generator gives [-1, 1]."""
    with no_grad():
        return (average(z) + 1) / 2


def _look(average: MLP, images: np.ndarray, knobs: Knobs) -> dict:
    """PRDC against training images, a few, always of the same noise: to follow a run, no more."""
    n = min(1000, knobs.points)
    samples = _images(average, normal(np.random.default_rng(0), (n, knobs.z_dim)))
    return measure.precision_recall_density_coverage(images[:n], samples)._asdict()


def _scores(
    knobs: Knobs, average: MLP, z: Array, valid: np.ndarray, test: np.ndarray | None = None
) -> dict:
    """Both tables from the same samples; without a test set, on what remains of `valid`."""
    samples = _images(average, z)
    n, few = knobs.points, min(1000, len(valid) // 2)  # the protocol takes 1,000 for sigma
    if test is None:
        valid, test = valid[:few], valid[few : few + n]
    parzen = measure.parzen_window(samples, valid, test)
    prdc = measure.precision_recall_density_coverage(test[:n], samples[:n])
    return {
        "parzen": parzen.mean, "standard_error": parzen.standard_error, "sigma": parzen.sigma,
        **prdc._asdict(),
    }  # fmt: skip


def _draw(run: Run, samples: Array, seen: dict, temperature: float) -> None:
    """Samples as they came, and what was seen on the way to them."""
    title = f"{run.row}: 200 samples at temperature {temperature}, none chosen"
    draw.save(draw.image_grid(samples[:200], columns=20, title=title), run.figure(run.row))
    losses = {name: seen[name] for name in ("d_loss", "g_loss")}
    scores = {name: seen[name] for name in measure.PRDC._fields}
    panels = {"losses": losses, "1,000 samples against training images": scores}
    figure = draw.curves(panels=panels, xlabel="epoch", title=f"{run.row}: the way there")
    draw.save(figure, run.figure(f"{run.row}_training"))
