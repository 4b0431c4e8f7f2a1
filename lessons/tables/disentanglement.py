"""Whether one number of a code is one factor: VAEs of a letter, over beta and seeds (lesson 9).

Each row trains a VAE of ten numbers on one letter of known slant, weight and size, and asks how
well the axes of its codes fit these factors (MIG), beside the same codes, those numbers of them
that are in use turned at random. How well a weighted sum reads off each factor is asked twice: of
all ten numbers, and (`slant_used` and so on) of those in use alone.
"""

import numpy as np

from scratchgen import data, vae
from scratchgen import measure as measures
from scratchgen.backend import asarray, to_numpy
from scratchgen.engine import no_grad

FACTORS = "slant", "weight", "size"
ROWS = [{"beta": beta, "seed": seed} for beta in (1, 2, 4, 8) for seed in range(5)]
Z, HIDDEN = 10, (256, 256)
ROTATIONS = 100
LIVE = 0.3  # the least spread of a number in use: of the others it is mostly below .1


def letters(n: int = 7200) -> data.Dataset:
    """Return the letters of the lesson: one letter, upright, of known slant, weight and size.

    >>> letters(12)
    Dataset('glyphs', 10 train + 2 test, 28x28, 1 classes)
    """
    return data.glyphs(n, 0, "R", typefaces=["DejaVuSans"], fixed={"rotation": 0.0})


def of_codes(codes: np.ndarray, factors: dict) -> dict:
    """Return MIG of codes (N, Z), and between what 9 of 10 random rotations of them score.

    above: the share of the rotations that score more than the codes as they are. live: how many
    numbers are in use. The others are left as they are.

    >>> rng = np.random.default_rng(0)
    >>> f = rng.random(2000)
    >>> found = of_codes(4 * np.stack([f, rng.random(2000)], axis=1), {"f": f})
    >>> found["mig"] > 0.9, found["above"]
    (True, 0.0)
    """
    live, own = codes.std(axis=0) > LIVE, measures.mig(codes, factors).score
    turned = [
        measures.mig(codes @ rotation(live, seed), factors).score for seed in range(ROTATIONS)
    ]
    low, middle, high = np.quantile(turned, [0.05, 0.5, 0.95])
    above = float(np.mean(np.array(turned) > own))
    found = {"mig": own, "turned_low": low, "turned": middle, "turned_high": high}
    return found | {"above": above, "live": int(live.sum())}


def rotation(live: np.ndarray, seed: int) -> np.ndarray:
    """Return a matrix Q (Z, Z): codes @ Q turns the numbers in use, each rotation as probable.

    live: (Z,), whether a number is in use.

    >>> Q = rotation(np.array([True, False, True]), seed=1)
    >>> np.allclose(Q @ Q.T, np.eye(3)), Q[1].tolist()
    (True, [0.0, 1.0, 0.0])
    """
    Q, n = np.eye(len(live)), int(live.sum())
    turned, R = np.linalg.qr(np.random.default_rng(seed).standard_normal((n, n)))
    Q[np.ix_(live, live)] = turned * np.sign(np.diag(R))  # the signs make it even: Mezzadri 2007
    return Q


def readable(codes: np.ndarray, factor: np.ndarray, new: np.ndarray, of_new: np.ndarray) -> float:
    """Return R^2 on new codes of the best linear guess of a factor, fitted to other codes.

    >>> z = np.array([[0.0], [1.0], [2.0]])
    >>> round(readable(z, 3 * z[:, 0] + 1, z, 3 * z[:, 0] + 1), 6)
    1.0
    """
    guess = np.linalg.lstsq(np.c_[codes, np.ones(len(codes))], factor, rcond=None)[0]
    wrong = np.c_[new, np.ones(len(new))] @ guess - of_new
    return float(1 - (wrong**2).mean() / of_new.var())


def of_vae(model: vae.VAE, images: data.Dataset) -> dict:
    """Return what the table says of a trained VAE, and of the letters that it learned."""
    with no_grad():
        z, log_var = map(to_numpy, model.encode(asarray(images.train_images)))
        new = to_numpy(model.encode(asarray(images.test_images))[0])
        copies = to_numpy(model.generate(asarray(new)))
    nats = (0.5 * (z**2 + np.exp(log_var) - 1 - log_var)).sum(axis=1).mean()
    factors = {name: images.train_factors[name] for name in FACTORS}
    live, linear = z.std(axis=0) > LIVE, {}
    for name in FACTORS:
        f, of_new = factors[name], images.test_factors[name]
        linear[name] = readable(z, f, new, of_new)
        linear[f"{name}_used"] = readable(z[:, live], f, new[:, live], of_new)
    error = float(((copies - images.test_images) ** 2).sum(axis=1).mean())
    return of_codes(z, factors) | linear | {"error": error, "nats": nats}


def measure(row: dict, n: int = 7200, epochs: int = 40) -> dict:
    """Train the VAE of a row on letters, n in all, and return what was found."""
    images = letters(n)
    rng = np.random.default_rng(int(row["seed"]))
    model = vae.VAE(784, Z, HIDDEN, rng=rng)
    how = vae.Settings(epochs, beta=row["beta"], schedule="cosine", binary=False)
    for _ in vae.train(model, images.train_images, how, rng=rng):
        pass
    return of_vae(model, images)
