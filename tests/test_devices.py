"""The two models on both devices: the same run from the same seed, and nothing read on the way.

The device is the stand-in of fake_cupy.py, always, and a real one where CuPy finds it (marker gpu).
"""

import numpy as np
import pytest

from scratchgen import backend, gan, vae
from scratchgen.backend import asarray, to_numpy
from scratchgen.optim import Adam
from tests.fake_cupy import DeviceArray, install

STEPS, BATCH, WIDTH = 100, 8, 16


@pytest.fixture
def stand_in(monkeypatch):
    """A machine with a device, of sorts; NumPy is still in use."""
    backend.gpu_status.cache_clear()
    yield install(monkeypatch)
    backend.gpu_status.cache_clear()


def images():
    rng = np.random.default_rng(1)
    return (rng.random((BATCH * STEPS, WIDTH)) < 0.3).astype("float32")


def vae_losses(device):
    """Both terms of the bound over 100 steps, in one array that is read at the end."""
    backend.use(device)
    rng = np.random.default_rng(0)
    model = vae.VAE(WIDTH, 2, (12,), rng=rng)
    adam = Adam(model.parameters())
    terms = []
    for x in images().reshape(STEPS, BATCH, WIDTH):
        terms += vae.step(model, adam, asarray(x), backend.normal(rng, (BATCH, 2)))
    return terms


def gan_losses(device):
    """D's and G's losses over 100 steps, with both penalties."""
    backend.use(device)
    rng = np.random.default_rng(0)
    G, D = gan.generator(3, WIDTH, (12,), rng=rng), gan.discriminator(WIDTH, (12,), rng=rng)
    d_adam, g_adam = Adam(D.parameters()), Adam(G.parameters())
    losses = []
    for x in images().reshape(STEPS, BATCH, WIDTH):
        with gan.no_grad():
            fake = G(backend.normal(rng, (BATCH, 3)))
        losses.append(gan.d_step(D, d_adam, asarray(x), fake, r1=0.1, r2=0.1))
        losses.append(gan.g_step(G, D, g_adam, backend.normal(rng, (BATCH, 3))))
    return losses


both_models = pytest.mark.parametrize("run", [vae_losses, gan_losses])


def read(losses):
    return np.array([float(to_numpy(x)) for x in losses])


@both_models
def test_a_seed_means_the_same_run_of_100_steps_on_both_devices(run, stand_in):
    np.testing.assert_allclose(read(run("cupy")), read(run("numpy")), rtol=1e-6)


@both_models
@pytest.mark.gpu
def test_a_seed_means_the_same_run_of_100_steps_on_a_real_device(run):
    # Sums are added up in another order there, and a hundred steps carry it on.
    np.testing.assert_allclose(read(run("cupy")), read(run("numpy")), rtol=1e-3)


@pytest.mark.parametrize(("run", "noises"), [(vae_losses, 1), (gan_losses, 2)])
def test_a_step_uploads_its_batch_and_noise_and_reads_nothing(run, noises, stand_in):
    nets = 20  # a net's weights go up once, when it is made
    run("cupy")
    assert DeviceArray.downloads == 1  # the smoke test's, when the device was chosen
    assert STEPS * (1 + noises) <= DeviceArray.uploads <= STEPS * (1 + noises) + nets


def test_an_epoch_of_the_vae_reads_its_two_sums_alone(stand_in):
    backend.use("cupy")
    rng = np.random.default_rng(0)
    model = vae.VAE(WIDTH, 2, (12,), rng=rng)
    epochs = vae.train(model, images(), epochs=3, batch=BATCH, rng=rng)
    next(epochs)
    before = DeviceArray.downloads
    next(epochs)
    assert DeviceArray.downloads - before == 2


def test_an_epoch_of_the_gan_reads_its_two_sums_alone(stand_in):
    backend.use("cupy")
    rng = np.random.default_rng(0)
    G, D = gan.generator(3, WIDTH, (12,), rng=rng), gan.discriminator(WIDTH, (12,), rng=rng)
    epochs = gan.train(G, D, images(), epochs=3, batch=BATCH, rng=rng, r1=0.1, average=None)
    next(epochs)
    before = DeviceArray.downloads
    next(epochs)
    assert DeviceArray.downloads - before == 2
