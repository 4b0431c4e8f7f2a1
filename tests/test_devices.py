"""The two models on both devices: the same run from the same seed, and nothing read on the way.

The device is the stand-in of fake_cupy.py, always, and a real one where CuPy finds it (marker gpu).
"""

import numpy as np
import pytest
from hypothesis import given

from scratchgen import backend, gan, vae
from scratchgen.backend import asarray, to_numpy
from scratchgen.engine import Tensor, grad
from scratchgen.optim import Adam
from scratchgen.testing import programs
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


def program_and_slopes(program, place):
    """The value of a random program there, and the slopes of its sum, fetched."""
    backend.use(place)
    leaves = [Tensor(asarray(x)) for x in program.arrays]
    y = program(*leaves)
    total = sum((x * 0.0).sum() for x in leaves) + (y * 1.0).sum()  # depends on each in form
    return [to_numpy(x) for x in (total.value, *grad(total, leaves))]


def assert_same_on_both(program):
    here, there = (program_and_slopes(program, place) for place in ("numpy", "cupy"))
    for a, b in zip(here, there, strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-9, atol=1e-9)


@given(programs())
def test_random_programs_are_the_same_on_both_devices(program):
    with pytest.MonkeyPatch.context() as patch:
        install(patch)
        backend.gpu_status.cache_clear()
        assert_same_on_both(program)
    backend.gpu_status.cache_clear()


@pytest.mark.gpu
@given(programs())
def test_random_programs_are_the_same_on_a_real_device(program):
    assert_same_on_both(program)


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
    assert DeviceArray.waits == 0
    assert STEPS * (1 + noises) <= DeviceArray.uploads <= STEPS * (1 + noises) + nets


def test_an_epoch_of_the_vae_reads_its_three_sums_alone(stand_in):
    backend.use("cupy")
    rng = np.random.default_rng(0)
    model = vae.VAE(WIDTH, 2, (12,), rng=rng)
    epochs = vae.train(model, images(), vae.Settings(epochs=3, batch=BATCH), rng=rng)
    next(epochs)
    before = DeviceArray.downloads
    next(epochs)
    assert DeviceArray.downloads - before == 3


def test_an_epoch_of_the_gan_reads_its_two_sums_alone(stand_in):
    backend.use("cupy")
    rng = np.random.default_rng(0)
    G, D = gan.generator(3, WIDTH, (12,), rng=rng), gan.discriminator(WIDTH, (12,), rng=rng)
    epochs = gan.train(
        G, D, images(), gan.Settings(epochs=3, batch=BATCH, r1=0.1), rng=rng, average=None
    )
    next(epochs)
    before = DeviceArray.downloads
    next(epochs)
    assert DeviceArray.downloads - before == 2
