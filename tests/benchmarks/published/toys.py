"""Two toys of PacGAN (Lin et al. 2018), table 1: a ring of 8 Gaussians and a grid of 25.

Eight islands are no image of one continent: a continuous G of normal noise alone must paint
bridges between them. So z is two normal numbers and several random signs; a corner of the cube of
signs can sit on an island of its own, and no bridge is needed. The signs know nothing of how many
islands there are. (With normal noise alone, nets of this size came to 96 % on either toy.)

The paper draws its batches of 100,000 points, we draw each batch afresh. R1 and R2 keep the game
level at the start, where both nets are far apart, and then fade, since a mode a hundredth as wide
as the ring needs a steep D. The learning rate falls to 0, which ends the circling.

Once D's slopes have all but vanished, Adam divides them by next to nothing, and a game that was
won may fall apart late. So the averaged generator is looked at forty times in the second half, and
the one of highest precision is kept: precision against fresh points of the data, which knows
neither the centres nor the width of a mode.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from scratchgen import data, draw, gan, measure, nn, optim
from scratchgen.engine import no_grad
from tests.benchmarks.published.runs import Run, packed, unpack

BATCH, BETAS = 512, (0.0, 0.99)
PENALTY = (0.1, 0.001)  # of R1 and R2, at the start and at the end
DECAY = 0.998  # of the averaged generator, the one that is judged: slower ones lag behind
SAMPLES = 2500  # that the papers judge
CHECKS = 40  # in the second half of a game, to keep its best generator
MANY = 100_000  # for the figures that 2,500 samples would blur
Z_NORMAL = 2


class Toy(NamedTuple):
    """Points to learn, and what it takes.

    scale: brings the points to unit variance. signs: how many there are in z. spread: of z; more
    of it makes G steeper from the start.
    """

    draw: Callable
    centres: np.ndarray
    sd: float
    scale: float
    signs: int
    spread: float
    g_hidden: tuple[int, ...]
    d_hidden: tuple[int, ...]
    lr: float
    steps: int


RING = Toy(
    data.ring, data.ring_centres(), sd=0.01, scale=2**0.5,
    signs=8, spread=2, g_hidden=(128,) * 4, d_hidden=(128,) * 3, lr=2e-3, steps=5000,
)  # fmt: skip
GRID = Toy(
    data.grid, data.grid_centres(), sd=0.05, scale=8**-0.5,
    signs=5, spread=3, g_hidden=(128,) * 4, d_hidden=(128,) * 3, lr=2e-3, steps=11_500,
)  # fmt: skip


def ring(run: Run) -> dict:
    """GAN on a ring of 8 Gaussians: modes, share within 3 sd and reverse KL of 2,500 samples."""
    return play(run, RING)


def grid(run: Run) -> dict:
    """GAN on a grid of 25 Gaussians: the same."""
    return play(run, GRID)


def play(run: Run, toy: Toy) -> dict:
    """Train, then judge; a picture for seed 0."""
    if run.quick:
        toy = toy._replace(g_hidden=(32,) * 3, d_hidden=(32,) * 3, steps=40)
    run.settings(
        g_hidden=list(toy.g_hidden), d_hidden=list(toy.d_hidden),
        z_normal=Z_NORMAL, z_signs=toy.signs, z_spread=toy.spread, decay=DECAY,
        steps=toy.steps, batch=BATCH, lr=toy.lr, betas=list(BETAS), penalty=list(PENALTY),
    )  # fmt: skip
    G = train(run, toy)
    points = generate(G, toy, SAMPLES, run.rng)
    figures = judged(points, toy)
    many = judged(generate(G, toy, MANY, run.rng), toy)
    figures |= {f"{name}_of_{MANY}": value for name, value in many.items()}
    run.log(", ".join(f"{name} {value:.4g}" for name, value in figures.items()))
    if run.seed == 0:
        picture(run, toy, points)
    return figures


def train(run: Run, toy: Toy) -> nn.MLP:
    """The averaged generator, from that moment of the second half when it was most precise."""
    z_dim = Z_NORMAL + toy.signs
    G, average, best = (
        gan.generator(z_dim, 2, toy.g_hidden, rng=run.rng, out=None) for _ in range(3)
    )
    D = gan.discriminator(2, toy.d_hidden, rng=run.rng)
    g_adam, d_adam = (optim.Adam(net.parameters(), toy.lr, BETAS) for net in (G, D))
    parts = {
        "G": G, "D": D, "average": average, "best": best, "g_adam": g_adam, "d_adam": d_adam,
    }  # fmt: skip
    saved = run.saved()
    if saved:
        unpack(saved, **parts)
    first, highest = (int(saved["step"]), float(saved["highest"])) if saved else (0, -1.0)

    for step in range(first, toy.steps):
        progress = step / toy.steps
        g_adam.lr = d_adam.lr = toy.lr * optim.cosine(progress)
        weight = PENALTY[0] ** (1 - progress) * PENALTY[1] ** progress

        # (1) D: maximise log D(x) + log(1 - D(G(z)))
        real = toy.draw(BATCH, run.rng)[0] * np.float32(toy.scale)
        with no_grad():
            fake = G(noise(BATCH, toy, run.rng))
        d_loss = gan.d_step(D, d_adam, real, fake, r1=weight, r2=weight)

        # (2) G: maximise log D(G(z))
        g_loss = gan.g_step(G, D, g_adam, noise(BATCH, toy, run.rng))

        # Early on the mean is of few steps, so that the random start is soon forgotten.
        gan.move_average(average, G, min(DECAY, step / (step + 10)))
        done = step + 1
        if 2 * done > toy.steps and done % max(1, toy.steps // (2 * CHECKS)) == 0:
            now = precision(average, toy, run.rng)
            if now >= highest:
                highest = now
                gan.move_average(best, average, 0.0)  # a copy
        if done % (toy.steps // 4) == 0:
            run.log(f"step {done}: D {float(d_loss):.3f}, G {float(g_loss):.3f}")
            run.save(packed(**parts) | {"step": np.array(done), "highest": np.array(highest)})
    return best


def precision(G: nn.MLP, toy: Toy, rng: np.random.Generator) -> float:
    """The share of samples that lie among fresh points of the data."""
    real = toy.draw(SAMPLES, rng)[0]
    fake = generate(G, toy, SAMPLES, rng)
    return measure.precision_recall_density_coverage(real, fake).precision


def noise(n: int, toy: Toy, rng: np.random.Generator) -> np.ndarray:
    """z (n, Z): two normal numbers, then signs, each -1 or 1; all times the toy's spread."""
    z = rng.standard_normal((n, Z_NORMAL + toy.signs), dtype=np.float32)
    z[:, Z_NORMAL:] = np.copysign(1, z[:, Z_NORMAL:])
    return np.float32(toy.spread) * z


def generate(G: nn.MLP, toy: Toy, n: int, rng: np.random.Generator) -> np.ndarray:
    """n points (n, 2) of the generator, on the scale of the data."""
    with no_grad():
        return G(noise(n, toy, rng)) / np.float32(toy.scale)


def judged(points: np.ndarray, toy: Toy) -> dict[str, float]:
    """Modes, share of high quality, KL; and how wide a mode is, over its true sd."""
    scores = measure.mode_scores(points, toy.centres, toy.sd)._asdict()
    return scores | {"width": width(points, toy)}


def width(points: np.ndarray, toy: Toy) -> float:
    """The root mean square of a coordinate's distance from its mode's centre, within 3 sd, over sd.

    That of the true mixture is 0.97, since its tails beyond 3 sd are cut off. Less means that G
    paints modes too narrow, which the share of high quality rewards.
    """
    offsets = points[:, None] - toy.centres  # (N, C, 2)
    squares = (offsets**2).sum(2).min(1)  # (N,), each to its nearest centre
    return float((squares[squares <= (3 * toy.sd) ** 2].mean() / 2) ** 0.5 / toy.sd)


def picture(run: Run, toy: Toy, points: np.ndarray) -> None:
    """Fresh data and as many samples, side by side, over the whole and over one mode."""
    from matplotlib.figure import Figure

    real = toy.draw(SAMPLES, np.random.default_rng(1000))[0]
    centre = toy.centres[0]
    figure = Figure(figsize=(8, 8.3), layout="constrained")
    for column, (name, x) in enumerate({"data": real, "samples": points}.items()):
        whole, near = figure.add_subplot(2, 2, column + 1), figure.add_subplot(2, 2, column + 3)
        for axes, size in ((whole, 6), (near, 10)):
            axes.scatter(*x.T, s=size, alpha=0.4, linewidths=0, color=f"C{column}")
            axes.set_aspect("equal")
        edge = 1.15 * np.abs(toy.centres).max()
        whole.set(title=f"{len(x):,} {name}", xlim=(-edge, edge), ylim=(-edge, edge))
        side = 5 * toy.sd
        near.set(title=f"one mode, {name}; circle: 3 sd")
        near.set(xlim=centre[0] + np.array([-side, side]), ylim=centre[1] + np.array([-side, side]))
        t = np.linspace(0, 2 * np.pi, 100)
        near.plot(*(centre[:, None] + 3 * toy.sd * np.stack([np.cos(t), np.sin(t)])), color="gray")
    draw.save(figure, run.figure(run.row))
