"""How lesson 12's first two games end by Adam's two betas: all four pairs, one start."""

import copy

import numpy as np

from lessons.tables import Row
from scratchgen import data, gan
from scratchgen import measure as marks_of

ROWS: list[Row] = [
    {"beta1": beta1, "beta2": beta2} for beta1 in (0.9, 0.0) for beta2 in (0.999, 0.99)
]


def measure(settings: Row) -> Row:
    """Return the copy's marks after 20 epochs, D's last loss, and how the player's images vary."""
    digits, rng = data.load("mnist5k"), np.random.default_rng(0)
    G, D = gan.generator(32, 784, rng=rng), gan.discriminator(784, rng=rng)
    calm, betas = copy.deepcopy(G), (float(settings["beta1"]), float(settings["beta2"]))
    game = gan.Settings(epochs=20, lr=1e-3, betas=betas, decay=0.997)
    records = list(gan.train(G, D, digits.train_images, game, rng=rng, average=calm))
    made, drawn = (gan.generate(net, 1000, np.random.default_rng(1)) for net in (calm, G))
    marks = marks_of.precision_recall_density_coverage(digits.test_images[:1000], made, k=5)
    spread = float(drawn.std(axis=0).mean())
    return {**marks._asdict(), "d_loss": float(records[-1].d_loss), "spread": spread}
