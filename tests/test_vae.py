"""The VAE as what it is: a sampler, two terms in nats, and a loop that raises their difference."""

import dataclasses
import itertools
import json
import math
import os

import numpy as np
import pytest

from scratchgen import backend, data, nn, optim, tanh, vae
from scratchgen.engine import Tensor, grad
from scratchgen.gradcheck import check_grad

pytestmark = pytest.mark.usefixtures("device")  # see conftest.py
x4 = np.array([[0.0, 1.0, 1.0, 0.0], [1.0, 0.0, 0.5, 1.0]], np.float32)


@pytest.fixture
def rng():
    return np.random.default_rng(0)  # of the device's own `np`


@pytest.fixture
def model(rng):
    return vae.VAE(4, z_dim=2, hidden=(5, 3), rng=rng)


@pytest.fixture
def float64(monkeypatch):
    """Parameters are made in float64, until the test ends."""
    monkeypatch.setattr(backend._Choice, "float_type", np.dtype("float64"))


def test_the_articles_nets_are_the_default(rng):
    assert repr(vae.VAE(rng=rng)) == (
        "VAE(784 -> 128 relu -> 256 relu -> 512 relu -> mean 20, log_var 20; "
        "20 -> 512 relu -> 256 relu -> 128 relu -> 784 logits; bernoulli)"
    )


def test_the_samples_standard_deviation_is_exp_of_half_the_log_variance(rng):
    n, log_var = 200_000, np.array([-2.0, 0.0, 1.5])
    z = vae.reparameterise(np.zeros((n, 3)), log_var, rng.standard_normal((n, 3)))
    # A sample's std has standard error std / sqrt(2n); 5 of them: one failure in 10^6 seeds.
    np.testing.assert_allclose(z.std(0), np.exp(log_var / 2), rtol=5 / math.sqrt(2 * n))


def test_the_sample_has_derivatives_in_mean_log_variance_and_noise(rng):
    check_grad(vae.reparameterise, *rng.standard_normal((3, 4, 2)), order=2)


def test_both_terms_are_sums_over_pixels_and_codes_for_each_image(rng, float64):
    model, x, noise = vae.VAE(4, 2, (3,), rng=rng), x4.astype("float64"), rng.random((2, 2))
    terms = vae.elbo(model, x, noise)
    mean, log_var = (t.value for t in model.encode(x))
    p = 1 / (1 + np.exp(-model.decode(mean + np.exp(log_var / 2) * noise).value))
    log_p = (x * np.log(p) + (1 - x) * np.log(1 - p)).sum(1)
    kl = -0.5 * (1 + log_var - mean**2 - np.exp(log_var)).sum(1)
    np.testing.assert_allclose(terms.reconstruction.value, log_p)
    np.testing.assert_allclose(terms.kl.value, kl)
    np.testing.assert_allclose(terms.elbo.value, log_p - kl)


def test_the_gaussian_likelihood_is_a_normal_density_around_the_sigmoid(rng):
    model = vae.VAE(4, 2, (3,), rng=rng, likelihood="gaussian", variance=0.25)
    logits = rng.standard_normal((2, 4)).astype("float32")
    error = x4 - 1 / (1 + np.exp(-logits))
    density = np.exp(-(error**2) / (2 * 0.25)) / np.sqrt(2 * np.pi * 0.25)
    log_density = np.log(density).sum(1)
    np.testing.assert_allclose(model.log_likelihood(logits, x4), log_density, rtol=1e-5)


def test_a_variance_of_float64_leaves_float32_what_it_is(rng):
    model = vae.VAE(4, 2, (3,), rng=rng, likelihood="gaussian", variance=np.float64(0.1))
    x, z = (rng.random((5, width), dtype=np.float32) for width in (4, 2))
    assert model.log_likelihood(model.decode(z), x).dtype == np.float32


def test_half_as_variance_makes_it_minus_the_squared_error_up_to_a_constant(rng):
    model = vae.VAE(4, 2, (3,), rng=rng, likelihood="gaussian", variance=0.5)
    logits = rng.standard_normal((2, 4))
    squared = ((x4 - 1 / (1 + np.exp(-logits))) ** 2).sum(1)
    constant = model.log_likelihood(logits, x4) + squared
    np.testing.assert_allclose(constant, -2 * math.log(math.pi))


def test_a_step_descends_the_mean_over_the_batch_of_minus_the_bound(model, rng):
    noise = rng.standard_normal((2, 2)).astype("float32")
    gradients = slopes(-vae.elbo(model, x4, noise).elbo.mean(), model)
    expected = [w.value - 0.1 * g for w, g in zip(model.parameters(), gradients, strict=True)]
    vae.step(model, optim.SGD(model.parameters(), lr=0.1), x4, noise)
    for w, value in zip(model.parameters(), expected, strict=True):
        np.testing.assert_allclose(w.value, value, rtol=1e-6)


def test_the_bound_has_the_derivatives_of_its_values(rng, float64):
    model, noise = vae.VAE(4, 2, (3,), rng=rng), rng.standard_normal((2, 2))

    def bound(mean_W, log_var_W):
        model.mean.W, model.log_var.W = mean_W, log_var_W
        return vae.elbo(model, x4.astype("float64"), noise).elbo

    check_grad(bound, model.mean.W.value, model.log_var.W.value, order=2)


def test_training_yields_one_record_an_epoch_and_goes_on_where_it_stopped(model, rng):
    loop = vae.train(model, x4, vae.Settings(epochs=3), rng=rng)
    first = next(loop)
    assert first.epoch == 1
    assert first.elbo == pytest.approx(first.reconstruction - first.kl)
    assert [record.epoch for record in loop] == [2, 3]


def test_a_seed_means_the_same_run():
    def run(seed):
        rng = np.random.default_rng(seed)
        model = vae.VAE(4, 2, (3,), rng=rng)
        return [record[:4] for record in vae.train(model, x4, vae.Settings(epochs=3), rng=rng)]

    assert run(1) == run(1) != run(2)


def test_float32_stays_float32_through_training(model, rng):
    optimizer = optim.Adam(model.parameters())
    list(
        vae.train(model, x4.astype("float64"), vae.Settings(epochs=2), rng=rng, optimizer=optimizer)
    )
    arrays = [w.value for w in model.parameters()] + optimizer.m + optimizer.v
    assert {a.dtype.name for a in arrays} == {"float32"}
    assert model.sample(3, rng).dtype == model.reconstruct(x4).dtype == np.float32


def test_training_raises_the_bound_of_digits_it_has_not_seen(rng):
    digits = data.digits()
    model = vae.VAE(64, z_dim=8, hidden=(64, 128), rng=rng)
    before = vae.bound(model, digits.test_images, rng).elbo
    list(vae.train(model, digits.train_images, vae.Settings(epochs=5), rng=rng))
    assert vae.bound(model, digits.test_images, rng).elbo > before + 10


def calls(monkeypatch, name):
    """The calls of one of vae's functions from now on: their arguments, and what they returned."""
    made, function = [], getattr(vae, name)

    def spy(*arguments):
        made.append((*arguments, function(*arguments)))
        return made[-1][-1]

    monkeypatch.setattr(vae, name, spy)
    return made


def test_every_image_of_every_epoch_gets_noise_of_its_own(model, rng, monkeypatch):
    draws = calls(monkeypatch, "normal")
    list(vae.train(model, x4.repeat(5, 0), vae.Settings(epochs=2, batch=4), rng=rng))
    rows = np.concatenate([noise for *_, noise in draws])[:, 0]  # the first code of k = 1
    assert rows.shape == (2 * 10, 2)
    assert len(np.unique(rows, axis=0)) == len(rows)


def test_a_record_is_a_mean_over_images_also_if_the_last_batch_is_small(model, rng, monkeypatch):
    steps = calls(monkeypatch, "step")
    (record,) = vae.train(model, x4.repeat(5, 0), vae.Settings(epochs=1, batch=8), rng=rng)
    sizes, terms = [len(x) for _, _, x, *_ in steps], [t for *_, t in steps]
    assert sizes == [8, 2]
    expected = np.average(terms, axis=0, weights=sizes)
    np.testing.assert_allclose([record.reconstruction, record.kl], expected, rtol=1e-5)


def test_grey_pixels_are_drawn_as_0_or_1_where_the_likelihood_is_bernoulli(model, rng, monkeypatch):
    bounds, grey = calls(monkeypatch, "elbo"), np.full((50, 4), 0.5)
    list(vae.train(model, grey, vae.Settings(epochs=1), rng=rng))
    vae.bound(model, grey, rng)
    assert [np.unique(x).tolist() for _, x, _, _ in bounds] == [[0.0, 1.0]] * 2


def test_grey_pixels_stay_grey_where_the_likelihood_is_gaussian(rng, monkeypatch):
    model = vae.VAE(4, 2, (3,), rng=rng, likelihood="gaussian", variance=0.1)
    bounds, grey = calls(monkeypatch, "elbo"), np.full((50, 4), 0.5)  # float64, as data often are
    list(vae.train(model, grey, vae.Settings(epochs=1), rng=rng))
    vae.bound(model, grey, rng)
    seen = [(np.unique(x).tolist(), x.dtype) for _, x, _, _ in bounds]
    assert seen == [([0.5], np.dtype("float32"))] * 2


def test_the_bound_is_a_mean_over_images_whatever_the_batch(rng):
    model = vae.VAE(4, 2, (3,), rng=rng, likelihood="gaussian", variance=0.1)
    x = rng.random((7, 4))
    parts, whole = (vae.bound(model, x, np.random.default_rng(1), batch=n) for n in (3, 1000))
    np.testing.assert_allclose(parts, whole, rtol=1e-5)


def test_each_sample_is_of_a_code_of_its_own(model, rng, monkeypatch):
    draws = calls(monkeypatch, "normal")
    samples = model.sample(50, rng)
    ((*_, z),) = draws
    assert z.shape == (50, 2)
    np.testing.assert_array_equal(samples, model.generate(z))


def test_a_reconstruction_is_decoded_from_the_mean(model):
    mean, log_var = model.encode(x4)
    h = model.trunk(x4)
    np.testing.assert_array_equal(mean.value, model.mean(h).value)
    np.testing.assert_array_equal(log_var.value, model.log_var(h).value)
    p = 1 / (1 + np.exp(-model.decode(mean).value))
    np.testing.assert_allclose(model.reconstruct(x4), p, rtol=1e-5)


def test_samples_and_reconstructions_are_pixel_means_in_0_to_1(model, rng):
    for images in (model.sample(50, rng), model.reconstruct(x4)):
        assert images.min() >= 0
        assert images.max() <= 1


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.full((2, 4), np.nan), r"expected finite pixels, got nan at pixel 0 of image 0"),
        (np.full((2, 4), 255.0), r"expected pixels in \[0, 1\], got 255.0 .* x / 255"),
        (np.zeros((2, 5)), r"expected 4 pixels an image, .*got 5"),
        (np.zeros((2, 2, 2)), r"Flatten it first: x.reshape\(len\(x\), -1\)"),
    ],
)
def test_wrong_images_are_refused_before_the_first_step(model, rng, images, message):
    with pytest.raises(ValueError, match=message):
        next(vae.train(model, images, vae.Settings(epochs=1), rng=rng))
    with pytest.raises(ValueError, match=message):
        vae.bound(model, images, rng)


def test_grey_pixels_go_into_the_bernoulli_loss_as_they_are_when_asked(model, rng, monkeypatch):
    bounds, grey = calls(monkeypatch, "elbo"), np.full((50, 4), 0.5)
    list(vae.train(model, grey, vae.Settings(epochs=1, binary=False), rng=rng))
    vae.bound(model, grey, rng, binary=False)
    assert [np.unique(x).tolist() for _, x, _, _ in bounds] == [[0.5]] * 2


def test_the_loss_of_grey_pixels_is_the_mean_over_the_binary_ones_drawn_from_them(model, rng):
    p, logits = rng.random(4), rng.standard_normal((1, 4)).astype("float32")
    corners = np.array(list(itertools.product((0, 1), repeat=4)), np.float32)
    weights = np.prod(np.where(corners == 1, p, 1 - p), axis=1)
    drawn = model.log_likelihood(logits.repeat(16, 0), corners)
    grey = model.log_likelihood(logits, p[None].astype("float32"))
    np.testing.assert_allclose(grey, [(weights * drawn).sum()], rtol=1e-5)


# A linear mean, and linear nets.


def test_without_hidden_layers_and_sigmoid_both_nets_are_linear(rng):
    model = vae.VAE(4, 2, (), rng=rng, likelihood="gaussian", variance=0.1, out=None)
    assert repr(model) == "VAE(4 -> mean 2, log_var 2; 2 -> 4 means; gaussian 0.1)"
    assert list(nn.state(model)) == [
        "mean.W", "mean.b", "log_var.W", "log_var.b", "decoder.0.W", "decoder.0.b"
    ]  # fmt: skip
    a, b = (rng.standard_normal((1, 2)).astype("float32") for _ in range(2))
    middle = (model.generate(a) + model.generate(b)) / 2
    np.testing.assert_allclose(model.generate((a + b) / 2), middle, rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(model.generate(a), model.decode(a).value)
    np.testing.assert_array_equal(model.reconstruct(x4), model.decode(model.encode(x4)[0]).value)


def test_data_of_any_range_train_a_linear_mean_and_no_sigmoid(rng):
    x = 10 * rng.standard_normal((6, 4))
    linear, squashed = (
        vae.VAE(4, 2, (3,), rng=rng, likelihood="gaussian", variance=1.0, out=out)
        for out in (None, vae.sigmoid)
    )
    (record,) = vae.train(linear, x, vae.Settings(epochs=1), rng=rng)
    assert math.isfinite(record.elbo)
    with pytest.raises(ValueError, match=r"images: expected pixels in \[0, 1\]"):
        vae.train(squashed, x, vae.Settings(epochs=1), rng=rng)
    x[2, 1] = np.inf
    with pytest.raises(
        ValueError, match="images: expected finite numbers, .* the first is point 2"
    ):
        vae.train(linear, x, vae.Settings(epochs=1), rng=rng)


def test_a_linear_decoder_starts_from_the_mean_itself(rng):
    model = vae.VAE(4, 2, (), rng=rng, likelihood="gaussian", variance=0.1, out=None)
    vae.start_at_pixel_means(model, x4 - 1)
    np.testing.assert_allclose(model.decoder.layers[-1].b.value, (x4 - 1).mean(0))


def test_an_unknown_likelihood_or_a_bad_variance_is_refused(rng):
    with pytest.raises(ValueError, match="likelihood is 'bernoulli' or 'gaussian', got 'poisson'"):
        vae.VAE(4, 2, (3,), rng=rng, likelihood="poisson")
    with pytest.raises(ValueError, match="expected variance, a number above 0, got 0"):
        vae.VAE(4, 2, (3,), rng=rng, likelihood="gaussian", variance=0)
    with pytest.raises(ValueError, match="needs a variance > 0, got none.*try 0.05"):
        vae.VAE(4, 2, (3,), rng=rng, likelihood="gaussian")
    with pytest.raises(TypeError, match="expected out as a function, got 'tanh'"):
        vae.VAE(4, 2, (3,), rng=rng, likelihood="gaussian", variance=0.1, out="tanh")
    for options in ({"variance": 0.1}, {"out": None}):
        with pytest.raises(ValueError, match="'bernoulli' likelihood is of logits alone, got out="):
            vae.VAE(4, 2, (3,), rng=rng, **options)


def test_a_loss_of_probabilities_is_refused_since_the_tensor_knows_its_op(model):
    from scratchgen.functions import bce_with_logits, sigmoid

    with pytest.raises(ValueError, match="expected logits, got the result of sigmoid"):
        bce_with_logits(sigmoid(Tensor([0.0])), 1.0)


# Several codes an image, and other weights of the KL.


def test_log_weights_are_log_joint_minus_log_q(rng, float64):
    model, x, noise = vae.VAE(4, 2, (3,), rng=rng), x4.astype("float64"), rng.random((5, 2, 2))
    terms = vae.log_weights(model, x, noise)
    mean, log_var = (t.value for t in model.encode(x))
    z = mean + np.exp(log_var / 2) * noise
    log_p_z = (-(z**2) / 2 - math.log(2 * math.pi) / 2).sum(2)
    log_q = (-((z - mean) ** 2) / np.exp(log_var) / 2 - log_var / 2).sum(2) - math.log(2 * math.pi)
    log_p_x = [model.log_likelihood(model.decode(z_i), x).value for z_i in z]
    np.testing.assert_allclose(terms.reconstruction.value, log_p_x)
    np.testing.assert_allclose(terms.kl.value, log_q - log_p_z)


def test_one_code_gives_the_elbo_with_the_kl_of_that_code(rng, float64):
    model, x = vae.VAE(4, 2, (3,), rng=rng), x4.astype("float64")
    noise = rng.standard_normal((20_000, 2, 2))
    found = vae.log_weights(model, x, noise).kl.value  # (k, N)
    exact = vae.elbo(model, x, noise[0]).kl.value
    error = found.std(0) / math.sqrt(len(noise))
    assert (abs(found.mean(0) - exact) < 5 * error).all()


def test_more_codes_make_the_bound_tighter_and_never_loose(rng, float64):
    model, x = vae.VAE(4, 2, (3,), rng=rng), x4.astype("float64")
    log_w = vae.log_weights(model, x, rng.standard_normal((4000, 2, 2))).elbo.value
    by_k = [vae.iwae_bound(log_w.reshape(k, -1)).mean() for k in (1, 2, 8, 50)]
    assert by_k == sorted(by_k)


def test_codes_of_one_weight_give_a_bound_of_that_weight(rng):
    log_w = rng.standard_normal(3)
    for k in (1, 7):
        np.testing.assert_allclose(vae.iwae_bound(np.tile(log_w, (k, 1))), log_w)


def test_each_code_pulls_by_its_share_of_the_weights(rng):
    log_w = Tensor(rng.standard_normal((5, 3)))
    pulls = grad(vae.iwae_bound(log_w).sum(), log_w)
    shares = np.exp(log_w.value) / np.exp(log_w.value).sum(0)  # Burda et al. 2015, equation 14
    np.testing.assert_allclose(pulls, shares)


@pytest.mark.parametrize("stl", [False, True])
def test_an_iwae_step_descends_minus_the_bound(rng, float64, stl):
    model, x, noise = vae.VAE(4, 2, (3,), rng=rng), x4.astype("float64"), rng.random((3, 2, 2))
    loss = -vae.iwae_bound(vae.log_weights(model, x, noise, stl).elbo).mean()
    expected = [w.value - g for w, g in zip(model.parameters(), slopes(loss, model), strict=True)]
    bound, _ = vae.iwae_step(model, optim.SGD(model.parameters(), lr=1.0), x, noise, stl)
    assert bound == -loss.value
    for w, value in zip(model.parameters(), expected, strict=True):
        np.testing.assert_allclose(w.value, value)


def slopes(loss, model):
    return grad(loss, model.parameters())


def test_slopes_by_way_of_z_alone_leave_the_values_and_the_decoders_slopes(rng, float64):
    model, x, noise = vae.VAE(4, 2, (3,), rng=rng), x4.astype("float64"), rng.random((3, 2, 2))
    whole, part = (vae.log_weights(model, x, noise, stl) for stl in (False, True))
    np.testing.assert_array_equal(part.elbo.value, whole.elbo.value)
    W = model.decoder.layers[0].W
    np.testing.assert_allclose(grad(part.elbo.sum(), W), grad(whole.elbo.sum(), W))
    W = model.mean.W
    assert not np.allclose(grad(part.elbo.sum(), W), grad(whole.elbo.sum(), W))


def test_slopes_by_way_of_z_alone_are_those_of_the_elbo_on_average(rng, float64):
    model, x = vae.VAE(4, 2, (3,), rng=rng), x4.astype("float64")
    weights = [model.mean.W, model.log_var.W]
    noises = rng.standard_normal((40, 500, 2, 2))
    found = [grad(vae.log_weights(model, x, n, stl=True).elbo.mean(), weights) for n in noises]
    rows = np.tile(x, (500, 1))
    exact = [grad(vae.elbo(model, rows, n.reshape(-1, 2)).elbo.mean(), weights) for n in noises]
    for i in range(len(weights)):
        gaps = np.array([f[i] - e[i] for f, e in zip(found, exact, strict=True)])
        assert (abs(gaps.mean(0)) < 5 * gaps.std(0) / math.sqrt(len(gaps))).all()


def test_where_q_is_the_posterior_slopes_by_way_of_z_alone_have_no_noise(rng, float64):
    model, x = vae.VAE(4, 2, (3,), rng=rng), x4.astype("float64")
    for W in (model.mean.W, model.log_var.W, model.decoder.layers[0].W):
        W.value = W.value * 0  # z says nothing of x: its posterior is its prior, and so is q
    noise = rng.standard_normal((3, 2, 2))
    part, whole = (
        grad(vae.log_weights(model, x, noise, stl).elbo.sum(), model.mean.W)
        for stl in (True, False)
    )
    np.testing.assert_allclose(part, 0, atol=1e-12)
    assert abs(whole).max() > 0.1


def test_the_bound_of_several_codes_has_the_derivatives_of_its_values(rng, float64):
    model, x, noise = vae.VAE(4, 2, (3,), rng=rng), x4.astype("float64"), rng.random((3, 2, 2))

    def of_the_decoder(W):
        model.decoder.layers[0].W = W
        return vae.iwae_bound(vae.log_weights(model, x, noise).elbo).sum()

    check_grad(of_the_decoder, model.decoder.layers[0].W.value, order=2)


def test_free_bits_hold_up_what_is_below_them_and_leave_the_rest(rng):
    mean, log_var = np.array([[0.1, 3.0], [0.2, 1.0]]), np.zeros((2, 2))
    assert vae.free_bits(mean, log_var, least=0.5) == 0.5 + (4.5 + 0.5) / 2
    slope = grad(vae.free_bits(w := Tensor(mean), log_var, least=0.5), w)
    np.testing.assert_array_equal(slope, [[0.0, 1.5], [0.0, 0.5]])


def test_without_least_free_bits_are_the_kl(rng):
    mean, log_var = rng.standard_normal((2, 6, 3))
    kl = vae.gaussian_kl(mean, log_var).mean()
    np.testing.assert_allclose(vae.free_bits(mean, log_var, least=0.0), kl)


@pytest.mark.parametrize(("beta", "least"), [(0.25, 0.0), (1.0, 0.7), (0.5, 5.0)])
def test_beta_and_least_weigh_the_kl_of_a_step(rng, float64, beta, least):
    model, x, noise = vae.VAE(4, 2, (3,), rng=rng), x4.astype("float64"), rng.random((2, 2))
    mean, log_var = model.encode(x)
    kl = vae.free_bits(mean, log_var, least) if least else vae.gaussian_kl(mean, log_var).mean()
    loss = beta * kl - vae.elbo(model, x, noise).reconstruction.mean()
    expected = [w.value - g for w, g in zip(model.parameters(), slopes(loss, model), strict=True)]
    vae.step(model, optim.SGD(model.parameters(), lr=1.0), x, noise, beta, least)
    for w, value in zip(model.parameters(), expected, strict=True):
        np.testing.assert_allclose(w.value, value)


def test_the_weight_of_the_kl_rises_in_a_straight_line_while_warming_up(rng, monkeypatch):
    model = vae.VAE(4, 2, (3,), rng=rng)
    steps = calls(monkeypatch, "step")
    list(vae.train(model, x4.repeat(4, 0), vae.Settings(epochs=3, batch=4, warmup=2), rng=rng))
    assert [beta for *_, beta, _, _ in steps] == [0.0, 0.25, 0.5, 0.75, 1.0, 1.0]


def test_the_rate_follows_its_schedule_and_is_put_back_after_each_epoch(model, rng, monkeypatch):
    adam, rates = optim.Adam(model.parameters(), lr=0.1), []
    monkeypatch.setattr(adam, "step", lambda gradients: rates.append(adam.lr))
    knobs = vae.Settings(epochs=2, batch=4, lr=0.1, schedule=optim.cosine)
    for _ in vae.train(model, x4.repeat(4, 0), knobs, rng=rng, optimizer=adam):
        assert adam.lr == 0.1
    np.testing.assert_allclose(rates, [0.1 * optim.cosine(t) for t in (0, 0.25, 0.5, 0.75)])


@pytest.mark.parametrize("k", [1, 3])
def test_a_run_that_was_stopped_goes_on_as_if_it_had_not_been(k):
    def trained(stop):
        rng = np.random.default_rng(1)
        model = vae.VAE(4, 2, (3,), rng=rng)
        knobs = vae.Settings(epochs=3, k=k, schedule=optim.cosine)
        adam = knobs.adam(model)
        if stop:
            next(vae.train(model, x4, knobs, rng=rng, optimizer=adam))
        list(vae.train(model, x4, knobs, rng=rng, optimizer=adam, done=int(stop)))
        return nn.state(model)

    for name, w in trained(stop=True).items():
        np.testing.assert_array_equal(w, trained(stop=False)[name])


def test_more_codes_reach_further_into_the_same_digits(rng):
    digits, codes = data.digits(), {}
    for k in (1, 8):
        model = vae.VAE(64, 8, (64,), rng=np.random.default_rng(0), activation=tanh)
        *_, last = vae.train(model, digits.train_images, vae.Settings(epochs=3, k=k), rng=rng)
        codes[k] = last.elbo
    assert codes[8] > codes[1] + 0.3


def test_the_decoder_starts_from_the_images_mean(rng):
    images = data.digits().train_images
    model = vae.VAE(64, 2, (8,), rng=rng)
    vae.start_at_pixel_means(model, images)
    bias = model.decoder.layers[-1].b.value
    p = 1 / (1 + np.exp(-bias))
    np.testing.assert_allclose(p, images.mean(0).clip(0.001, 0.999), rtol=1e-5)
    assert (type(bias), bias.dtype) == (np.ndarray, "float32")


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"epochs": 0}, "expected epochs, a whole number from 1, got 0"),
        ({"batch": 0}, "expected batch, a whole number from 1, got 0"),
        ({"k": 0}, "vae.Settings: expected k, a whole number from 1, got 0"),
        ({"k": 2.5}, "a whole number from 1, got 2.5"),
        ({"k": True}, "a whole number from 1, got True"),
        ({"lr": 0.0}, "expected lr, a number above 0, got 0.0"),
        ({"lr": float("nan")}, "expected lr, a number above 0, got nan"),
        ({"lr": float("inf")}, "expected lr, a number above 0, got inf"),
        ({"lr": "0.1"}, "expected lr, a number above 0, got '0.1'"),
        ({"eps": -1e-8}, "expected eps, a number from 0, got -1e-08"),
        ({"betas": 0.9}, "expected betas, two numbers, got 0.9"),
        ({"betas": (0.9, 1.0)}, r"expected betas\[1\], a number from 0 and below 1, got 1.0"),
        ({"warmup": -1}, "expected warmup, a number from 0, got -1"),
        ({"least": -1}, "expected least, a number from 0, got -1"),
        ({"beta": -1}, "expected beta, a number from 0, got -1"),
        ({"stl": 1}, "expected stl, True or False, got 1"),
        ({"binary": "no"}, "expected binary, True or False, got 'no'"),
        ({"schedule": "linear"}, "schedule, one of constant, cosine, got 'linear'. .* by its name"),
        ({"schedule": math.cos}, "schedule, one of constant, cosine, got cos. .*write the loop"),
        ({"k": 5, "warmup": 2}, "k=5, stl=False with warmup=2.0, .* Leave them out"),
        ({"k": 5, "least": 0.1}, "k=5, stl=False with warmup=0.0, least=0.1"),
        ({"stl": True, "beta": 4}, "k=1, stl=True with warmup=0.0, least=0.0, beta=4.0"),
    ],
)
def test_settings_that_make_no_sense_are_refused_as_they_are_put_together(knobs, message):
    with pytest.raises(ValueError, match=message):
        vae.Settings(**{"epochs": 2} | knobs)


def test_settings_refuse_a_function_that_only_has_a_known_name():
    def cosine(progress):
        return 1.0 - progress

    with pytest.raises(ValueError, match="schedule, one of constant, cosine, got cosine. What is"):
        vae.Settings(epochs=2, schedule=cosine)


def test_beta_is_the_weight_of_the_kl_from_the_first_step_or_after_the_warm_up(rng, monkeypatch):
    model = vae.VAE(4, 2, (3,), rng=rng)
    steps = calls(monkeypatch, "step")
    for knobs in ({"beta": 4.0}, {"beta": 4.0, "warmup": 2}):
        knobs = vae.Settings(epochs=2, batch=8, **knobs)
        list(vae.train(model, x4.repeat(8, 0), knobs, rng=rng))
    assert [beta for *_, beta, _, _ in steps] == [4, 4, 4, 4, 0, 1, 2, 3]


@pytest.mark.host
def test_settings_are_plain_data_that_json_gives_back():
    asked = vae.Settings(epochs=np.int64(3), lr=1, betas=[0, 0.9], schedule=optim.cosine)
    stored = json.dumps(dataclasses.asdict(asked))
    assert json.loads(stored)["schedule"] == "cosine"
    assert vae.Settings(**json.loads(stored)) == asked
    assert {type(value) for value in vars(asked).values()} == {int, float, tuple, str, bool}
    with pytest.raises(dataclasses.FrozenInstanceError):
        asked.lr = 2.0


def test_an_adam_of_the_settings_is_the_one_that_trains(model, rng):
    adam = vae.Settings(epochs=1, lr=0.1, betas=(0.5, 0.9), eps=1e-4).adam(model)
    assert (adam.lr, adam.betas, adam.eps) == (0.1, (0.5, 0.9), 1e-4)
    assert adam.parameters == model.parameters()


def refused(error, message, *arguments, **options):
    """It is refused by the call itself: no record is asked for."""
    with pytest.raises(error, match=message):
        vae.train(*arguments, **options)


def test_what_does_not_fit_together_is_refused_by_the_call_itself(model, rng):
    knobs, other = vae.Settings(epochs=2), vae.VAE(4, 2, (5, 3), rng=rng)
    refused(
        TypeError, r"got 0\. Write\s+rng=numpy.random.default_rng\(0\)", model, x4, knobs, rng=0
    )
    refused(TypeError, r"expected settings, a vae.Settings, got 60", model, x4, 60, rng=rng)
    refused(ValueError, "expected 4 pixels", model, np.zeros((2, 5)), knobs, rng=rng)
    refused(ValueError, "got labels for VAE", model, x4, knobs, rng=rng, labels=[0, 1])
    refused(ValueError, "done=3 epochs of 2", model, x4, knobs, rng=rng, done=3)
    refused(ValueError, "done, a whole number from 0, got -1", model, x4, knobs, rng=rng, done=-1)
    adam = optim.Adam(other.parameters())
    refused(ValueError, "has other parameters", model, x4, knobs, rng=rng, optimizer=adam)
    adam = optim.Adam(model.parameters(), 0.5)
    refused(ValueError, "has lr=0.5, the settings 0.001. Say it once: Settings\\(lr=0.5\\)",
            model, x4, knobs, rng=rng, optimizer=adam)  # fmt: skip


@pytest.mark.parametrize("knobs", [{}, {"k": 3}, {"stl": True}])
def test_training_that_diverges_stops_at_the_record_that_says_so(rng, knobs):
    model = vae.VAE(4, 2, (3,), rng=rng, likelihood="gaussian", variance=1e-3)
    epochs = vae.train(model, x4, vae.Settings(epochs=9, lr=0.5, **knobs), rng=rng)
    next(epochs)
    model.log_var.b.value = np.full_like(model.log_var.b.value, np.nan)
    message = (
        r"train: epoch 2 came to elbo nan, .* at a learning rate of 0\.5\. Training has diverged"
    )
    with pytest.raises(FloatingPointError, match=message):
        next(epochs)
    assert next(epochs, None) is None


@pytest.mark.host
@pytest.mark.parametrize(
    ("knobs", "options", "error", "said"),
    [
        ({}, {}, ValueError, r"binarize: expected pixels in \[0, 1\].* got nan"),
        ({"binary": False}, {}, ValueError, r"expected targets .* that are NaN"),
        ({"k": 3, "binary": False}, {}, ValueError, r"expected targets .* that are NaN"),
        ({}, {"likelihood": "gaussian", "variance": 0.1}, ValueError, "finite pixels, got nan at"),
    ],
)
def test_images_that_turn_nan_during_training_stop_it(rng, knobs, options, error, said):
    model, x = vae.VAE(4, 2, (3,), rng=rng, **options), x4.copy()
    epochs = vae.train(model, x, vae.Settings(epochs=9, lr=0.5, **knobs), rng=rng)
    next(epochs)
    x[1, 2] = np.nan
    with pytest.raises(error, match=said) as caught:
        next(epochs)
    assert "train: in epoch 2, at a learning rate of 0.5" in caught.value.__notes__


def test_a_bound_that_is_not_finite_is_no_result(model, rng):
    model.mean.b.value = np.full_like(model.mean.b.value, np.nan)
    with pytest.raises(FloatingPointError, match="bound: came to .*nan.* The weights of VAE"):
        vae.bound(model, x4, rng)


def test_an_epoch_that_is_interrupted_leaves_the_learning_rate_as_it_was(model, rng, monkeypatch):
    knobs = vae.Settings(epochs=2, batch=4, lr=0.1, schedule="cosine")
    adam, steps = knobs.adam(model), []

    def step(gradients):
        steps.append(adam.lr)
        if len(steps) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(adam, "step", step)
    with pytest.raises(KeyboardInterrupt):
        list(vae.train(model, x4.repeat(8, 0), knobs, rng=rng, optimizer=adam))
    assert steps[-1] < adam.lr == 0.1


def test_a_rate_that_is_changed_between_two_records_stays_changed(model, rng, monkeypatch):
    knobs = vae.Settings(epochs=2, lr=0.1)
    adam, rates = knobs.adam(model), []
    monkeypatch.setattr(adam, "step", lambda gradients: rates.append(adam.lr))
    for _ in vae.train(model, x4, knobs, rng=rng, optimizer=adam):
        adam.lr = 0.01
    assert rates == [0.1, 0.01]


@pytest.mark.host  # a batch on a device is not looked at: that would be to wait for it
@pytest.mark.parametrize("bound", [vae.elbo, vae.log_weights])
@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian", "linear"])
def test_a_batch_in_ones_own_loop_is_looked_at(rng, bound, likelihood):
    options = {"likelihood": "gaussian", "variance": 0.1} if likelihood != "bernoulli" else {}
    options |= {"out": None} if likelihood == "linear" else {}
    model, x = vae.VAE(4, 2, (3,), rng=rng, **options), x4.copy()
    shape = (3, 2, 2) if bound is vae.log_weights else (2, 2)
    noise = rng.standard_normal(shape).astype("float32")
    bound(model, x, noise)
    told = {255.0: "255", -0.5: "-0.5", np.nan: "nan|NaN", np.inf: "inf|Inf"}
    for wrong, said in told.items():
        x[0, 1] = wrong
        if likelihood == "linear" and np.isfinite(wrong):
            bound(model, x, noise)
            continue
        with pytest.raises(ValueError, match=said), np.errstate(invalid="ignore"):
            bound(model, x, noise)


@pytest.mark.parametrize("bound", [vae.elbo, vae.log_weights])
def test_noise_of_another_shape_would_be_broadcast_and_is_refused(model, rng, bound):
    several = (3,) * (bound is vae.log_weights)
    for shape in ((1, 2), (2, 1)):
        with pytest.raises(ValueError, match=r"expected noise of shape \(.*2, 2\), got"):
            bound(model, x4, rng.standard_normal((*several, *shape)).astype("float32"))


@pytest.mark.host  # it takes minutes, and test_devices.py shows that devices give the same run
@pytest.mark.slow
@pytest.mark.skipif(
    "SCRATCHGEN_DATA" not in os.environ, reason="needs MNIST: set SCRATCHGEN_DATA to its folder"
)
def test_the_articles_vae_reaches_114_nats_on_mnist_in_ten_epochs():
    mnist, bounds = data.mnist(), []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        model = vae.VAE(rng=rng)
        records = list(vae.train(model, mnist.train_images, vae.Settings(epochs=10), rng=rng))
        bounds.append(-vae.bound(model, mnist.test_images, rng).elbo)
        print(f"seed {seed}: {bounds[-1]:.2f} nats, {records[-1].seconds:.0f} s")
    assert np.mean(bounds) <= 114
