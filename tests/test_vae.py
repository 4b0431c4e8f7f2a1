"""The VAE as what it is: a sampler, two terms in nats, and a loop that raises their difference."""

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
    return np.random.default_rng(0)


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


def test_half_as_variance_makes_it_minus_the_squared_error_up_to_a_constant(rng):
    model = vae.VAE(4, 2, (3,), rng=rng, likelihood="gaussian")
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
    loop = vae.train(model, x4, epochs=3, rng=rng)
    first = next(loop)
    assert first.epoch == 1
    assert first.elbo == pytest.approx(first.reconstruction - first.kl)
    assert [record.epoch for record in loop] == [2, 3]


def test_a_seed_means_the_same_run():
    def run(seed):
        rng = np.random.default_rng(seed)
        model = vae.VAE(4, 2, (3,), rng=rng)
        return [record[:4] for record in vae.train(model, x4, epochs=3, rng=rng)]

    assert run(1) == run(1) != run(2)


def test_float32_stays_float32_through_training(model, rng):
    optimizer = optim.Adam(model.parameters())
    list(vae.train(model, x4.astype("float64"), epochs=2, rng=rng, optimizer=optimizer))
    arrays = [w.value for w in model.parameters()] + optimizer.m + optimizer.v
    assert {a.dtype.name for a in arrays} == {"float32"}
    assert model.sample(3, rng).dtype == model.reconstruct(x4).dtype == np.float32


def test_training_raises_the_bound_of_digits_it_has_not_seen(rng):
    digits = data.digits()
    model = vae.VAE(64, z_dim=8, hidden=(64, 128), rng=rng)
    before = vae.bound(model, digits.test_images, rng).elbo
    list(vae.train(model, digits.train_images, epochs=5, rng=rng))
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
    list(vae.train(model, x4.repeat(5, 0), epochs=2, rng=rng, batch=4))
    rows = np.concatenate([noise for *_, noise in draws])
    assert rows.shape == (2 * 10, 2)
    assert len(np.unique(rows, axis=0)) == len(rows)


def test_a_record_is_a_mean_over_images_also_if_the_last_batch_is_small(model, rng, monkeypatch):
    steps = calls(monkeypatch, "step")
    (record,) = vae.train(model, x4.repeat(5, 0), epochs=1, rng=rng, batch=8)
    sizes, terms = [len(x) for _, _, x, *_ in steps], [t for *_, t in steps]
    assert sizes == [8, 2]
    expected = np.average(terms, axis=0, weights=sizes)
    np.testing.assert_allclose([record.reconstruction, record.kl], expected, rtol=1e-5)


def test_grey_pixels_are_drawn_as_0_or_1_where_the_likelihood_is_bernoulli(model, rng, monkeypatch):
    bounds, grey = calls(monkeypatch, "elbo"), np.full((50, 4), 0.5)
    list(vae.train(model, grey, epochs=1, rng=rng))
    vae.bound(model, grey, rng)
    assert [np.unique(x).tolist() for _, x, _, _ in bounds] == [[0.0, 1.0]] * 2


def test_grey_pixels_stay_grey_where_the_likelihood_is_gaussian(rng, monkeypatch):
    model = vae.VAE(4, 2, (3,), rng=rng, likelihood="gaussian")
    bounds, grey = calls(monkeypatch, "elbo"), np.full((50, 4), 0.5)  # float64, as data often are
    list(vae.train(model, grey, epochs=1, rng=rng))
    vae.bound(model, grey, rng)
    seen = [(np.unique(x).tolist(), x.dtype) for _, x, _, _ in bounds]
    assert seen == [([0.5], np.dtype("float32"))] * 2


def test_the_bound_is_a_mean_over_images_whatever_the_batch(rng):
    model, x = vae.VAE(4, 2, (3,), rng=rng, likelihood="gaussian"), rng.random((7, 4))
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
        next(vae.train(model, images, epochs=1, rng=rng))
    with pytest.raises(ValueError, match=message):
        vae.bound(model, images, rng)


def test_an_unknown_likelihood_or_a_bad_variance_is_refused(rng):
    with pytest.raises(ValueError, match="likelihood is 'bernoulli' or 'gaussian', got 'poisson'"):
        vae.VAE(4, 2, (3,), rng=rng, likelihood="poisson")
    with pytest.raises(ValueError, match="expected variance > 0, got 0"):
        vae.VAE(4, 2, (3,), rng=rng, likelihood="gaussian", variance=0)


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
    list(vae.train(model, x4.repeat(4, 0), epochs=3, rng=rng, batch=4, warmup=2))
    assert [beta for *_, beta, _, _ in steps] == [0.0, 0.25, 0.5, 0.75, 1.0, 1.0]


def test_the_rate_follows_its_schedule_and_is_put_back_after_each_epoch(model, rng, monkeypatch):
    adam, rates = optim.Adam(model.parameters(), lr=0.1), []
    monkeypatch.setattr(adam, "step", lambda gradients: rates.append(adam.lr))
    training = vae.train(
        model, x4.repeat(4, 0), epochs=2, rng=rng, batch=4, optimizer=adam, schedule=optim.cosine
    )
    for _ in training:
        assert adam.lr == 0.1
    np.testing.assert_allclose(rates, [0.1 * optim.cosine(t) for t in (0, 0.25, 0.5, 0.75)])


@pytest.mark.parametrize("k", [1, 3])
def test_a_run_that_was_stopped_goes_on_as_if_it_had_not_been(k):
    def trained(stop):
        rng = np.random.default_rng(1)
        model = vae.VAE(4, 2, (3,), rng=rng)
        knobs = {"rng": rng, "k": k, "schedule": optim.cosine}
        adam = optim.Adam(model.parameters())
        if stop:
            next(iter(vae.train(model, x4, epochs=3, optimizer=adam, **knobs)))
        list(vae.train(model, x4, epochs=3, optimizer=adam, done=int(stop), **knobs))
        return nn.state(model)

    for name, w in trained(stop=True).items():
        np.testing.assert_array_equal(w, trained(stop=False)[name])


def test_more_codes_reach_further_into_the_same_digits(rng):
    digits, codes = data.digits(), {}
    for k in (1, 8):
        model = vae.VAE(64, 8, (64,), rng=np.random.default_rng(0), activation=tanh)
        *_, last = vae.train(model, digits.train_images, epochs=3, rng=rng, k=k)
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
        ({"k": 0}, "expected k, codes per image, a whole number from 1, got 0"),
        ({"k": 2.5}, "a whole number from 1, got 2.5"),
        ({"warmup": -1}, "expected warmup and least from 0, got -1 and 0.0"),
        ({"k": 5, "warmup": 2}, "k=5, stl=False with warmup=2 .* Leave them out"),
        ({"k": 5, "least": 0.1}, "k=5, stl=False with warmup=0.0 and least=0.1"),
        ({"stl": True, "least": 0.1}, "k=1, stl=True with warmup=0.0 and least=0.1"),
        ({"done": 3}, "done=3 epochs of 2"),
    ],
)
def test_knobs_that_make_no_sense_are_refused(model, rng, knobs, message):
    with pytest.raises(ValueError, match=message):
        next(iter(vae.train(model, x4, epochs=2, rng=rng, **knobs)))


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
        records = list(vae.train(model, mnist.train_images, epochs=10, rng=rng))
        bounds.append(-vae.bound(model, mnist.test_images, rng).elbo)
        print(f"seed {seed}: {bounds[-1]:.2f} nats, {records[-1].seconds:.0f} s")
    assert np.mean(bounds) <= 114
