"""How lesson 12's game ends with and without a brake, three times each: marks of the calm copy."""

import copy

import numpy as np

from lessons.tables import Row
from scratchgen import data, gan
from scratchgen import measure as marks_of

ROWS: list[Row] = [{"brake": brake, "seed": seed} for brake in (0.0, 0.1) for seed in (0, 1, 2)]


def measure(settings: Row) -> Row:
    """Return the four marks after 60 epochs, and D's loss in the last ten of them."""
    digits, rng = data.load("mnist5k"), np.random.default_rng(int(settings["seed"]))
    G, D = gan.generator(32, 784, rng=rng), gan.discriminator(784, rng=rng)
    calm, brake = copy.deepcopy(G), float(settings["brake"])
    game = gan.Settings(epochs=60, lr=1e-3, betas=(0.0, 0.99), r1=brake, r2=brake, decay=0.997)
    records = list(gan.train(G, D, digits.train_images, game, rng=rng, average=calm))
    made = gan.generate(calm, 1000, np.random.default_rng(1))
    marks = marks_of.precision_recall_density_coverage(digits.test_images[:1000], made, k=5)
    return {**marks._asdict(), "d_loss": float(np.mean([r.d_loss for r in records[-10:]]))}
