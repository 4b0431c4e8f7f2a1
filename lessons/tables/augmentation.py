"""Lesson 10: do drawn images help a classifier of 50 labelled digits? Six arms, ten seeds.

Five of them were fixed before anything was measured. "told", the control of "told, drawn", was
added when the others were known.
"""

from collections.abc import Callable

import numpy as np

from scratchgen import MLP, Adam, cross_entropy, data, grad
from scratchgen.backend import asarray, normal, to_numpy
from scratchgen.measure import accuracy, predict
from scratchgen.optim import cosine
from scratchgen.vae import ConditionalVAE, Settings, reparameterise, train

Draw = Callable[[int, np.random.Generator], tuple[np.ndarray, np.ndarray]]  # n images and labels
Labelled = tuple[np.ndarray, np.ndarray]  # images (N, 64), labels (N,)

ARMS = {  # what the classifier sees beside its 50 labelled images
    "alone": "nothing",
    "own": "drawn by a model of the 50",
    "around": "drawn by that model, near the 50",
    "guessed": "1,000 real images, labels guessed",
    "guessed, drawn": "drawn by a model of images and guesses",
    "told, drawn": "drawn by a model of images and true labels",
    "told": "1,000 real images, true labels",
}
LABELS, POOL = 50, 1000  # the other 797 images are for testing
STEPS, BATCH, LR = 400, 50, 3e-3  # of the classifier; a conditional VAE takes half as many more
NOISE = 0.2  # the standard deviation of what is added to each pixel that the classifier sees
SHARE = 0.5  # of the loss, for whatever comes beside the 50
ROWS = [{"arm": arm, "seed": seed} for seed in range(10) for arm in ARMS]


def split(seed: int) -> tuple[Labelled, Labelled, Labelled]:
    """Return 50 labelled digits, five of each; the whole pool they are from; and those to test on.

    >>> [len(labels) for _, labels in split(0)]
    [50, 1000, 797]
    """
    digits = data.digits()
    images = np.concatenate([digits.train_images, digits.test_images])
    labels = np.concatenate([digits.train_labels, digits.test_labels])
    order = np.random.default_rng([seed, 0]).permutation(POOL)
    each = [order[labels[order] == y][: LABELS // 10] for y in range(10)]
    few = np.concatenate(each)
    pool, test = slice(None, POOL), slice(POOL, None)
    return (
        (images[few], labels[few]),
        (images[pool], labels[pool]),
        (images[test], labels[test]),
    )


def model_of(
    x: np.ndarray, y: np.ndarray, rng: np.random.Generator, steps: int = STEPS
) -> ConditionalVAE:
    """Return a conditional VAE of images x (N, 64) and their labels y (N,).

    >>> (x, y), _, _ = split(0)
    >>> model_of(x, y, np.random.default_rng(0), steps=2).z_dim
    8
    """
    model = ConditionalVAE(x.shape[1], 8, (128, 128), rng=rng)
    batch = min(len(x), 100)
    settings = Settings(
        epochs=3 * steps * batch // (2 * len(x)), batch=batch, lr=2e-3, schedule="cosine"
    )
    for _ in train(model, x, settings, labels=y, rng=rng):
        pass
    return model


def from_prior(model: ConditionalVAE) -> Draw:
    """Return what draws images of codes from the prior, of classes at random."""

    def drawn(n: int, rng: np.random.Generator) -> Labelled:
        y = rng.integers(10, size=n)
        return to_numpy(model.given(y).sample(n, rng)), y

    return drawn


def around(model: ConditionalVAE, x: np.ndarray, y: np.ndarray) -> Draw:
    """Return what draws images of codes from the guesses q(z|x, y), each in its own class."""

    def drawn(n: int, rng: np.random.Generator) -> Labelled:
        rows = rng.integers(len(x), size=n)
        given = model.given(y[rows])
        mean, log_var = (t.value for t in given.encode(asarray(x[rows])))
        z = reparameterise(mean, log_var, normal(rng, mean.shape))
        return to_numpy(given.generate(z)), y[rows]

    return drawn


def some_of(x: np.ndarray, y: np.ndarray) -> Draw:
    """Return what draws real images at random, with these labels."""

    def drawn(n: int, rng: np.random.Generator) -> Labelled:
        rows = rng.integers(len(x), size=n)
        return x[rows], y[rows]

    return drawn


def classifier(
    x: np.ndarray, y: np.ndarray, beside: Draw | None, seed: int, steps: int = STEPS
) -> MLP:
    """Return a net that learnt classes y (N,) of images x (N, 64), and of what is drawn beside.

    Whatever is beside, it starts from the same weights, takes as many steps, and sees the same of
    the images x with the same noise.
    """
    rng, extra = np.random.default_rng([seed, 1]), np.random.default_rng([seed, 2])
    net = MLP([x.shape[1], 128, 10], rng=rng)
    adam = Adam(net.parameters(), LR)
    for step in range(steps):
        adam.lr = LR * cosine(step / steps)
        rows = rng.integers(len(x), size=BATCH)
        loss = cross_entropy(net(noisy(x[rows], rng)), y[rows])
        if beside:
            images, labels = beside(BATCH, extra)
            more = cross_entropy(net(noisy(images, extra)), labels)
            loss = (1 - SHARE) * loss + SHARE * more
        adam.step(grad(loss, net.parameters()))
    return net


def noisy(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return images with noise on every pixel, so that none is seen twice."""
    return asarray(x + NOISE * normal(rng, x.shape))


def guess(seed: int, steps: int = STEPS) -> np.ndarray:
    """Return the labels (1000,) of the pool, as the classifier of the 50 images guesses them."""
    (x, y), (pool, _), _ = split(seed)
    return to_numpy(predict(classifier(x, y, None, seed, steps), asarray(pool)))


def helper(arm: str, seed: int, steps: int = STEPS) -> Draw | None:
    """Return what one arm sees beside the 50 images; nothing for "alone".

    >>> helper("alone", seed=0)
    """
    (x, y), (pool, truth), _ = split(seed)
    rng = np.random.default_rng([seed, 3])
    if arm == "alone":
        return None
    if arm == "own":
        return from_prior(model_of(x, y, rng, steps))
    if arm == "around":
        return around(model_of(x, y, rng, steps), x, y)
    if arm == "told":
        return some_of(pool, truth)
    if arm == "told, drawn":
        return from_prior(model_of(pool, truth, rng, steps))
    guesses = guess(seed, steps)
    if arm == "guessed":
        return some_of(pool, guesses)
    return from_prior(model_of(pool, guesses, rng, steps))


def error(arm: str, seed: int, steps: int = STEPS) -> float:
    """Return the error of one arm's classifier on the 797 test images, in per cent.

    >>> 0 < error("alone", seed=0, steps=50) < 90
    True
    """
    (x, y), _, (test, truth) = split(seed)
    net = classifier(x, y, helper(arm, seed, steps), seed, steps)
    return 100 * (1 - accuracy(net, asarray(test), truth))


def measure(row: dict) -> dict[str, float]:
    """Return what one row of the table says: train, then measure."""
    return {"error": error(row["arm"], int(row["seed"]))}
