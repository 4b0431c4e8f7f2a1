"""Six cures against lost modes, with Adam's momentum and without, on three seeds: lesson 13.

The game is that of lesson 11, a ring of eight heaps. What is counted are the modes that hold a
quarter of their share of good fakes, for the generator and for the average of its path. R1 has
three weights, since against momentum a weak one may fail where a strong one does not.
"""

import copy
from typing import Any

import numpy as np

from scratchgen import MLP, data, gan
from scratchgen import measure as judge
from scratchgen.backend import asarray, normal
from scratchgen.engine import no_grad

MODES, RADIUS, SD = 8, 1.4, 0.07
BETAS = {0.9: (0.9, 0.999), 0.0: (0.0, 0.99)}  # Adam as it comes, and as lesson 11 has it
TURNS, CRITIC_TURNS = 1500, 700  # of G; WGAN-GP has five steps of D in each
CURES: dict[str, dict[str, Any]] = {
    "none": {},
    "R1": {"r1": 0.1},
    "R1, weight 1": {"r1": 1.0},
    "R1, weight 3": {"r1": 3.0},
    "R1 + R2": {"r1": 0.1, "r2": 0.1},
    "WGAN-GP": {"gp": 0.1, "d_steps": 5},
    "noise": {"noise": 0.3},
    "packing": {"pack": 2},
    "packing + R1 + R2": {"pack": 2, "r1": 0.1, "r2": 0.1},
}
ROWS = [
    {"momentum": momentum, "cure": cure, "seed": seed}
    for momentum in BETAS
    for cure in CURES
    for seed in range(3)
]


def ring(n: int, rng: np.random.Generator) -> np.ndarray:
    """Return n fresh points of the ring, (n, 2).

    >>> ring(5, np.random.default_rng(0)).shape
    (5, 2)
    """
    return asarray(data.ring(n, rng, modes=MODES, radius=RADIUS, std=SD)[0])


def measure_row(momentum: float, cure: str, seed: int, turns: int | None = None) -> dict:
    """Return what is left of the game after its turns: modes and good fakes, of G and its average.

    turns: how many, if not as many as in the table.

    >>> sorted(measure_row(0.0, "none", seed=0, turns=1))
    ['average_good', 'average_modes', 'd_loss', 'good', 'modes']
    """
    given = dict(CURES[cure])
    pack = given.pop("pack", 1)
    turns = turns or (CRITIC_TURNS if "gp" in given else TURNS)
    rng = np.random.default_rng(seed)
    G = MLP([2, 64, 64, 64, 2], rng=rng)
    D = MLP([2 * pack, 64, 64, 64, 1], rng=rng)
    average = copy.deepcopy(G)
    shown = gan.Packed(D, pack) if pack > 1 else D
    steps = turns * given.get("d_steps", 1)  # the library counts those of D
    settings = gan.Settings(
        epochs=1, steps=steps, batch=256, lr=1e-3, betas=BETAS[momentum], points=True,
        decay=0.995, **given,
    )  # fmt: skip
    (record,) = gan.train(G, shown, ring, settings, rng=rng, average=average)
    own, calm = count(G), count(average)
    return {
        "modes": own.modes, "good": own.high_quality, "average_modes": calm.modes,
        "average_good": calm.high_quality, "d_loss": record.d_loss,
    }  # fmt: skip


def count(G: MLP) -> judge.Modes:
    """Return which modes 4,000 fakes find, and how many of them are good.

    >>> count(MLP([2, 3, 2], rng=np.random.default_rng(0))).modes
    0
    """
    with no_grad():
        made = G(normal(np.random.default_rng(3), (4000, 2)))
    return judge.mode_scores(made, data.ring_centres(MODES, radius=RADIUS), SD, 0.25 / MODES)


def measure(row: dict) -> dict:
    """Return what `measure_row` finds for a row of the table."""
    return measure_row(row["momentum"], row["cure"], row["seed"])
