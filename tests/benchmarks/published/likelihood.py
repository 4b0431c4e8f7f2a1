"""VAE and IWAE on MNIST, binarised at each draw: Burda, Grosse & Salakhutdinov 2015, table 1.

Theirs and ours: 784-200-200 tanh, 50 latent numbers, Glorot, Adam with eps 1e-4, the decoder's
bias at the logit of the pixel means. Theirs: batches of 20, 3,280 epochs, a rate falling in steps
from 1e-3. Ours: batches of 100, fewer epochs, a rate that falls along half a cosine from LR, and
slopes of less noise ("sticking the landing", Roeder et al. 2017).
"""

from __future__ import annotations

import numpy as np

from scratchgen import data, draw, measure, nn, tanh
from scratchgen.vae import VAE, Settings, start_at_pixel_means, train
from tests.benchmarks.published.runs import Run, packed, unpack

LR = 3e-3
BATCH = 100
IMAGES_AT_A_TIME = 100  # of the test set, between two checkpoints


def vae(run: Run) -> dict:
    """VAE, one stochastic layer, k = 1: NLL by L_5000 on the 10,000 test images."""
    return likelihood(run, k=1, epochs=700)


def iwae5(run: Run) -> dict:
    """IWAE, one stochastic layer, k = 5: NLL by L_5000 on the 10,000 test images."""
    return likelihood(run, k=5, epochs=800)


def iwae50(run: Run) -> dict:
    """IWAE, one stochastic layer, k = 50, the same: hours on two cores, so made for a GPU."""
    return likelihood(run, k=50, epochs=480)


def likelihood(run: Run, k: int, epochs: int) -> dict:
    """Train with k codes per image, then measure with 5,000."""
    if run.quick:
        digits = data.digits()
        images, test, epochs, codes, hidden, z_dim = (
            digits.train_images, digits.test_images[:50], 2, 20, (32,), 5,
        )  # fmt: skip
    else:
        mnist = data.mnist()
        images, test, codes, hidden, z_dim = (
            mnist.train_images, mnist.test_images, 5000, (200, 200), 50,
        )  # fmt: skip
    run.settings(
        k=k, epochs=epochs, batch=BATCH, lr=LR, eps=1e-4, schedule="cosine", stl=True,
        activation="tanh", hidden=hidden, z_dim=z_dim,
        train_images=len(images), test_images=len(test), codes=codes,
    )  # fmt: skip
    model = VAE(images.shape[1], z_dim, hidden, rng=run.rng, activation=tanh)
    start_at_pixel_means(model, images)
    settings = Settings(
        epochs=epochs, batch=BATCH, lr=LR, eps=1e-4, schedule="cosine", k=k, stl=True
    )
    adam = settings.adam(model)
    bounds: list[float] = []  # L_k of the training images, epoch by epoch
    evidence = np.empty(0)  # L_5000 of the test images measured so far

    saved = run.saved()
    if saved:
        unpack(saved, model=model, adam=adam)
        bounds, evidence = saved["bounds"].tolist(), saved["evidence"]

    def save() -> None:
        run.save(packed(model=model, adam=adam) | {"bounds": bounds, "evidence": evidence})

    training = train(model, images, settings, rng=run.rng, optimizer=adam, done=len(bounds))
    for record in training:
        bounds.append(record.elbo)
        if record.epoch % 5 == 0 or record.epoch == epochs:
            save()
            run.log(f"epoch {record.epoch:4d} of {epochs}   L_{k} {record.elbo:.2f}")
    if "training_minutes" not in run.notes:
        run.notes["training_minutes"] = round(run.seconds()[0] / 60, 2)
        save()

    while len(evidence) < len(test):
        some = test[len(evidence) : len(evidence) + IMAGES_AT_A_TIME]
        evidence = np.append(evidence, measure.log_evidence(model, some, codes, run.rng))
        save()
        run.log(f"NLL of {len(evidence)} test images: {-evidence.mean():.2f}")

    split = measure.elbo_split(model, test, run.rng)
    nll = measure.estimate(-evidence)
    shown = model.sample(100, run.rng)
    figure = draw.image_grid(shown, columns=20, title=f"{run.row}: means of 100 samples")
    draw.save(figure, run.figure(run.row))
    nn.save(model, run.folder / f"{run.name}-model.npz", overwrite=True)
    return {
        "nll": nll.mean, "standard_error": nll.standard_error,
        "active_units": measure.active_units(model, test, run.rng),
        "reconstruction": split.reconstruction, "kl": split.kl,
        "train_bound": bounds[-1], **run.notes,
    }  # fmt: skip
