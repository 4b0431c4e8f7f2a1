"""The generative parts by statistics, each bound from its standard error, not from luck.

A mean of many draws lies 6 standard errors from its expectation once in 5e8 tests (two-sided tail
of a normal distribution: 2.0e-9). This file makes some 500 such comparisons, so a right program
fails it for one seed in a million. The seed is fixed, and the tests pass with others just so:
STATISTICS_SEED=7 python -m pytest tests/test_statistics.py (seeds 0 to 19 were tried).

What can be computed without drawing is: a quadrature, a grid of points, a closed form.
"""

import itertools
import math
import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scratchgen import backend, data, gan, nn, optim, vae
from scratchgen.engine import Tensor, grad
from scratchgen.functions import gaussian_kl

SEED = int(os.environ.get("STATISTICS_SEED", "0"))
SIGMAS = 6.0
EXACT = 1e-9  # float64 without draws: some hundred roundings
LOG_2PI = math.log(2 * math.pi)


def assert_mean(draws, expected):
    """The z-test: the mean over the first axis is as expected, within its standard error."""
    np.testing.assert_array_less(abs(draws.mean(0) - expected), SIGMAS * standard_error(draws))


def standard_error(draws):
    return draws.std(0, ddof=1) / math.sqrt(len(draws))


@pytest.fixture
def rng():
    return np.random.default_rng(SEED)


@pytest.fixture
def float64():
    backend.use(float_type="float64")  # put back by conftest.py


# The test of the test.


def test_the_z_test_accepts_the_mean_and_rejects_one_ten_standard_errors_off(rng):
    draws = rng.standard_normal((10_000, 50)) + 3.0
    assert_mean(draws, 3.0)
    with pytest.raises(AssertionError):  # 6 + 4 standard errors: it passes once in 3e4, by a draw
        assert_mean(draws, 3.0 + 10 / math.sqrt(10_000))


# Draws.


def moments(x):
    """x, x^2, x^3, x^4, one beside the other."""
    return np.stack([x.astype("float64") ** k for k in (1, 2, 3, 4)], axis=-1)


def test_noise_is_standard_normal_in_float32(rng):
    x = backend.normal(rng, (500, 1000))
    assert x.dtype == np.float32
    assert_mean(moments(x.ravel()), [0, 1, 0, 3])
    assert_mean(x[:, 1:] * x[:, :-1], 0)  # neighbours know nothing of each other
    assert_mean((abs(x.ravel()) > 1.959964).astype(float), 0.05)


def test_uniform_draws_are_uniform_from_0_to_1_in_float32(rng):
    x = backend.uniform(rng, (500_000,))
    assert x.dtype == np.float32
    assert x.min() >= 0
    assert x.max() < 1
    assert_mean(moments(x), [1 / 2, 1 / 3, 1 / 4, 1 / 5])


def test_a_pixel_is_made_binary_as_a_bernoulli_variable_of_its_grey(rng):
    grey = np.array([0.0, 0.001, 0.1, 0.3, 0.5, 0.7, 0.999, 1.0])
    x = data.binarize(np.tile(grey, (300_000, 1)), rng)
    assert x.dtype == np.float32
    assert set(np.unique(x)) == {0.0, 1.0}
    assert (x[:, 0].max(), x[:, -1].min()) == (0, 1)  # black and white leave nothing to chance
    assert_mean(x[:, 1:-1], grey[1:-1])
    centred = x[:, 1:-1] - grey[1:-1]
    assert_mean(centred[:, 1:] * centred[:, :-1], 0)  # each pixel by its own draw
    assert_mean(centred[1:, 2:4] * centred[:-1, 2:4], 0)  # and each image


def test_training_draws_the_pixels_afresh_in_every_epoch(rng, monkeypatch):
    seen = []
    monkeypatch.setattr(vae, "step", lambda m, a, x, *_: seen.append(x) or vae.Elbo(0, 0))
    model = vae.VAE(500, 2, (3,), rng=rng)
    list(vae.train(model, np.full((20, 500), 0.3), vae.Settings(epochs=10, batch=20), rng=rng))
    assert_mean(np.stack(seen).reshape(-1).astype("float64"), 0.3)
    agree = (seen[0] == seen[1]).reshape(-1).astype("float64")
    assert_mean(agree, 0.3**2 + 0.7**2)  # what two independent draws have in common


# The sampler and the KL of q(z|x).

MEAN, LOG_VAR = np.array([0.0, 1.0, -3.0]), np.array([-4.0, 0.0, 1.5])


def sampled(rng, n=200_000):
    noise = backend.normal(rng, (n, 3))
    return vae.reparameterise(MEAN, LOG_VAR, noise)


def test_the_samplers_mean_is_mean_and_its_std_is_exp_of_half_the_log_variance(rng):
    z = sampled(rng)
    assert_mean(z, MEAN)
    assert_mean((z - MEAN) ** 2, np.exp(LOG_VAR / 2) ** 2)
    assert_mean((z[:, 1:] - MEAN[1:]) * (z[:, :-1] - MEAN[:-1]), 0)


def test_a_std_of_exp_of_the_whole_log_variance_would_be_noticed(rng):
    with pytest.raises(AssertionError):
        assert_mean((sampled(rng) - MEAN) ** 2, np.exp(LOG_VAR) ** 2)


def test_the_gradient_through_the_sampler_is_that_of_the_expectation(rng):
    # E[z^2] = mean^2 + exp(log_var), so by mean and log_var: 2 mean, exp(log_var).
    n = 200_000
    mean, log_var = (Tensor(np.tile(x, (n, 1))) for x in (MEAN, LOG_VAR))
    z = vae.reparameterise(mean, log_var, rng.standard_normal((n, 3)))
    by_mean, by_log_var = grad((z * z).sum(), [mean, log_var])
    assert_mean(by_mean, 2 * MEAN)
    assert_mean(by_log_var, np.exp(LOG_VAR))


def log_normal(x, mean=0.0, log_var=0.0):
    """log N(x; mean, exp(log_var)), summed over the last axis."""
    return -0.5 * (LOG_2PI + log_var + (x - mean) ** 2 / np.exp(log_var)).sum(-1)


def test_the_closed_form_kl_is_the_monte_carlo_kl(rng):
    z = sampled(rng)
    assert_mean(log_normal(z, MEAN, LOG_VAR) - log_normal(z), gaussian_kl(MEAN, LOG_VAR))


# A VAE whose evidence is known: a linear decoder, x = W z + b + noise of variance s^2, has
# log p(x) = log N(x; b, W W^T + s^2), and a posterior that is normal, with
# variance 1 / (1 + |w|^2 / s^2) and mean (that variance) * w.(x - b) / s^2 for each column w of W,
# if the columns are orthogonal, so that the encoder's diagonal normal can be the true posterior.

S2 = 0.002
W = np.array([[0.05, 0.02], [0.05, -0.02], [0.03, 0.03], [0.03, -0.03]])  # D = 4, Z = 2
B = np.array([0.4, 0.5, 0.55, 0.6])
X = B + np.array([[0.0, 0.0, 0.0, 0.0], [0.08, 0.02, -0.05, 0.03], [-0.1, 0.1, 0.06, -0.04]])
PRECISION = 1 + (W**2).sum(0) / S2
POSTERIOR_MEAN = (X - B) @ W / S2 / PRECISION
POSTERIOR_LOG_VAR = -np.log(PRECISION)


def linear_gaussian(shift=0.0, log_stretch=0.0):
    """The linear VAE whose q(z|x) is the true posterior, or moved and stretched away from it."""
    rng = np.random.default_rng(0)
    model = vae.VAE(4, 2, (), rng=rng, likelihood="gaussian", variance=S2, out=None)
    model.decoder.layers[0].W.value = W.T.copy()
    model.decoder.layers[0].b.value = B.copy()
    model.mean.W.value = W / S2 / PRECISION
    model.mean.b.value = shift - B @ W / S2 / PRECISION
    model.log_var.W.value = np.zeros((4, 2))
    model.log_var.b.value = np.broadcast_to(POSTERIOR_LOG_VAR + log_stretch, (2,)).copy()
    return model


def evidence():
    """log N(x; b, W W^T + s^2) of each x."""
    covariance = W @ W.T + S2 * np.eye(4)
    r = X - B
    quadratic = (r @ np.linalg.inv(covariance) * r).sum(1)
    return -0.5 * (quadratic + np.linalg.slogdet(covariance)[1] + 4 * LOG_2PI)


def exact_elbo(model):
    """The bound's expectation without a draw: noise of +-1 has the right moments up to the third,
    and the log-likelihood is a quadratic in z."""
    corners = [np.tile(signs, (len(X), 1)) for signs in itertools.product((-1.0, 1.0), repeat=2)]
    return np.mean([vae.elbo(model, X, noise).elbo.value for noise in corners], axis=0)


def gap(shift, log_stretch):
    """KL(q || posterior): what the bound leaves, by its definition."""
    stretch = np.exp(np.broadcast_to(log_stretch, (2,)))
    squared = np.broadcast_to(shift, (2,)) ** 2 * PRECISION
    return 0.5 * (stretch + squared - 1 - np.log(stretch)).sum()


def test_the_columns_are_orthogonal_so_that_the_posterior_is_diagonal():
    np.testing.assert_allclose(W[:, 0] @ W[:, 1], 0, atol=1e-18)


def test_the_bound_touches_the_evidence_at_the_true_posterior(float64):
    np.testing.assert_allclose(exact_elbo(linear_gaussian()), evidence(), rtol=EXACT)


def test_the_gaussian_likelihood_is_a_density_so_that_the_evidence_is_one(float64):
    # At the true posterior, p(x|z) p(z) / q(z|x) is p(x) for every z.
    for noise in np.random.default_rng(0).standard_normal((10, len(X), 2)):
        np.testing.assert_allclose(log_weights(linear_gaussian(), noise), evidence(), rtol=EXACT)


off = st.floats(-1.5, 1.5)


@given(shift=st.tuples(off, off), log_stretch=st.tuples(off, off))
def test_the_bound_is_never_above_the_evidence(shift, log_stretch):
    backend.use(float_type="float64")
    elbo = exact_elbo(linear_gaussian(np.array(shift), np.array(log_stretch)))
    assert (elbo <= evidence() + 1e-9).all()
    np.testing.assert_allclose(elbo, evidence() - gap(shift, log_stretch), rtol=EXACT, atol=EXACT)


# Probabilistic PCA is the linear VAE's optimum (Lucas et al. 2019; Tipping & Bishop 1999).


def pca(variance, z_dim):
    """Of real digits, one decoder at its best, as log p(x) says: the images, and that model."""
    images = data.digits().train_images.astype("float64")
    values, axes = np.linalg.eigh(np.cov(images.T, bias=True))
    lam, axes = values[::-1][:z_dim], axes[:, ::-1][:, :z_dim]
    width = np.sqrt(np.maximum(lam - variance, 0))  # what rises above the noise
    rng = np.random.default_rng(0)
    model = vae.VAE(64, z_dim, (), rng=rng, likelihood="gaussian", variance=variance, out=None)
    vae.start_at_pixel_means(model, images)
    model.decoder.layers[0].W.value = (axes * width).T
    model.mean.W.value = axes * (width / (width**2 + variance))
    model.mean.b.value = -images.mean(0) @ model.mean.W.value
    model.log_var.W.value = np.zeros((64, z_dim))
    model.log_var.b.value = np.log(variance / (width**2 + variance))
    return images, model


def mean_evidence(images, model):
    """log N(x; mean, W W^T + variance) of the decoder, a mean over images."""
    W, b = (w.value for w in model.decoder.parameters())
    covariance = W.T @ W + model.variance * np.eye(64)
    r = images - b
    quadratic = (r @ np.linalg.inv(covariance) * r).sum(1).mean()
    return -0.5 * (quadratic + np.linalg.slogdet(covariance)[1] + 64 * LOG_2PI)


def expected_elbo(images, model):
    """The bound as `exact_elbo` finds it, a Tensor: a mean over images."""
    corners = itertools.product((-1.0, 1.0), repeat=model.z_dim)
    terms = [vae.elbo(model, images, np.tile(c, (len(images), 1))).elbo.mean() for c in corners]
    return sum(terms) / len(terms)


def test_at_pca_a_linear_vaes_bound_is_the_evidence_and_nothing_moves(float64):
    images, model = pca(variance=0.25, z_dim=3)
    bound = expected_elbo(images, model)
    assert float(bound) == pytest.approx(mean_evidence(images, model), rel=EXACT)
    for slope in grad(bound, model.parameters()):
        np.testing.assert_allclose(slope, 0, atol=1e-9)


@pytest.mark.parametrize(("variance", "used"), [(0.75, 0), (0.6, 2), (0.25, 5)])
def test_a_linear_vae_uses_a_number_for_each_eigenvalue_above_its_variance(variance, used, float64):
    images, model = pca(variance, z_dim=8)
    mean, log_var = model.encode(images)
    nats = vae.gaussian_kl(mean.reshape((-1, 8, 1)), log_var.reshape((-1, 8, 1))).value.mean(0)
    assert (nats > 1e-9).sum() == used


def test_training_takes_a_linear_vae_to_the_evidence(rng, float64):
    images, best = pca(variance=0.36, z_dim=2)
    model = vae.VAE(64, 2, (), rng=rng, likelihood="gaussian", variance=0.36, out=None)
    vae.start_at_pixel_means(model, images)
    knobs = vae.Settings(epochs=60, lr=1e-2, schedule="cosine")
    list(vae.train(model, images, knobs, rng=rng))
    left = mean_evidence(images, best) - float(expected_elbo(images, model))
    assert 0 < left < 0.1


# Wider than the posterior, so that the importance weights are bounded and their mean is normal.
SHIFT, STRETCH = np.array([0.3, -0.3]), np.array([0.6, 0.3])


def repeated(n):
    """Each x n times in a row."""
    return np.repeat(X, n, axis=0)


def test_the_bound_by_one_code_an_image_has_the_right_expectation(rng, float64):
    n = 20_000
    noise = backend.normal(rng, (len(X) * n, 2))
    terms = vae.elbo(linear_gaussian(SHIFT, STRETCH), repeated(n), noise)
    assert_mean(terms.elbo.value.reshape(-1, n).T, evidence() - gap(SHIFT, STRETCH))


def log_weights(model, noise):
    """log p(x|z) p(z) / q(z|x) for z = mean + std * noise; noise is (k * N, Z), X repeated."""
    x = repeated(len(noise) // len(X))
    mean, log_var = (t.value for t in model.encode(x))
    z = mean + np.exp(log_var / 2) * noise
    log_likelihood = vae.elbo(model, x, noise).reconstruction.value
    return log_likelihood + log_normal(z) - log_normal(z, mean, log_var)


def log_mean_exp(a, axis):
    largest = a.max(axis, keepdims=True)
    return np.log(np.exp(a - largest).mean(axis)) + largest.squeeze(axis)


@pytest.fixture(scope="module")
def weights():
    """log weights of a wrong q: (1000 repetitions, 64 codes, 3 images)."""
    backend.use("numpy", float_type="float64")  # put back by conftest.py, before every test
    noise = backend.normal(np.random.default_rng(SEED), (len(X) * 1000 * 64, 2))
    log_w = log_weights(linear_gaussian(SHIFT, STRETCH), noise)
    return log_w.reshape(len(X), 1000, 64).transpose(1, 2, 0)


def iw_bound(weights, k):
    """The bound by k codes (Burda et al. 2015, equation 8), from the 64 in blocks of k."""
    blocks = weights.reshape(len(weights), 64 // k, k, len(X))
    return log_mean_exp(blocks, axis=2).mean(1)


def test_the_importance_weights_mean_is_the_evidence(weights):
    every = np.exp(weights.reshape(-1, len(X)) - evidence())
    assert_mean(every, 1.0)


def test_the_importance_weighted_bound_of_one_code_is_the_elbo(weights):
    assert_mean(iw_bound(weights, 1), evidence() - gap(SHIFT, STRETCH))


def test_the_importance_weighted_bound_grows_with_k_and_stays_below(weights):
    bounds = [iw_bound(weights, k) for k in (1, 2, 4, 8, 16, 32, 64)]
    for lower, higher in itertools.pairwise(bounds):
        growth = higher - lower  # by the same codes, so that most of their noise cancels
        assert (growth.mean(0) > SIGMAS * standard_error(growth)).all()
    for bound in bounds:
        assert (bound.mean(0) < evidence() + SIGMAS * standard_error(bound)).all()


def test_the_importance_weighted_bound_approaches_the_evidence(weights):
    # What it leaves is variance(weight / p(x)) / 2k, to first order in 1/k; twice that is allowed.
    variance = np.exp(weights.reshape(-1, len(X)) - evidence()).var(0)
    left = evidence() - iw_bound(weights, 64)
    assert (abs(left.mean(0)) < variance / 64 + SIGMAS * standard_error(left)).all()
    assert (left.mean(0) < 0.1 * gap(SHIFT, STRETCH)).all()


# Sums over pixels and codes, means over the batch; beta is 1.


@pytest.fixture
def model(rng, float64):
    return vae.VAE(5, 2, (4, 3), rng=rng)


def terms_of(model, x, noise):
    terms = vae.elbo(model, x, noise)
    return terms.reconstruction.value, terms.kl.value


@pytest.fixture
def x(rng):
    return (rng.random((6, 5)) < 0.5).astype("float64")


@pytest.fixture
def noise(rng):
    return rng.standard_normal((6, 2))


def twice(layer, axis, factor=1.0):
    """The layer's weights repeated along an axis: its outputs (1) or, by half, its inputs (0)."""
    wide = nn.Dense(*(n * (1 + (i == axis)) for i, n in enumerate((layer.n_in, layer.n_out))),
                    layer.activation, rng=np.random.default_rng(0))  # fmt: skip
    wide.W.value = np.concatenate([layer.W.value * factor] * 2, axis)
    wide.b.value = np.concatenate([layer.b.value] * 2) if axis else layer.b.value.copy()
    return wide


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_every_pixel_twice_doubles_the_reconstruction_alone(likelihood, model, x, noise):
    model.likelihood, model.variance = likelihood, 0.5
    reconstruction, kl = terms_of(model, x, noise)
    model.width = 10
    model.trunk.layers[0] = twice(model.trunk.layers[0], axis=0, factor=0.5)
    model.decoder.layers[-1] = twice(model.decoder.layers[-1], axis=1)
    again = terms_of(model, np.tile(x, 2), noise)
    np.testing.assert_allclose(again[0], 2 * reconstruction)
    np.testing.assert_allclose(again[1], kl)


def test_every_code_twice_doubles_the_kl_alone(model, x, noise):
    reconstruction, kl = terms_of(model, x, noise)
    model.mean, model.log_var = twice(model.mean, axis=1), twice(model.log_var, axis=1)
    model.decoder.layers[0] = twice(model.decoder.layers[0], axis=0, factor=0.5)
    again = terms_of(model, x, np.tile(noise, 2))
    np.testing.assert_allclose(again[0], reconstruction)
    np.testing.assert_allclose(again[1], 2 * kl)


def test_every_image_twice_changes_no_step(model, x, noise):
    before, steps = nn.state(model), []
    for copies in (1, 2):
        nn.load_state(model, before)
        sgd = optim.SGD(model.parameters(), lr=0.1)
        terms = vae.step(model, sgd, np.tile(x, (copies, 1)), np.tile(noise, (copies, 1)))
        steps.append([*terms, *nn.state(model).values()])
    for once, doubled in zip(*steps, strict=True):
        np.testing.assert_allclose(once, doubled, rtol=1e-9)
    assert not np.allclose(steps[0][2], next(iter(before.values())))


def test_a_step_weighs_both_terms_alike_so_that_beta_is_1(model, x, noise):
    parameters, before = model.parameters(), nn.state(model)
    terms = vae.elbo(model, x, noise)
    slopes = [grad(t.mean(), [model.mean.W])[0] for t in terms]
    vae.step(model, optim.SGD(parameters, lr=0.1), x, noise)
    moved = model.mean.W.value - before["mean.W"]
    np.testing.assert_allclose(moved, 0.1 * (slopes[0] - slopes[1]), rtol=1e-9)


def test_records_and_the_bound_are_means_over_images_though_batches_differ_in_size(model, rng):
    # A decoder that does not listen and a Gaussian likelihood: nothing is left to chance.
    model.likelihood, model.variance = "gaussian", 0.5
    model.decoder.layers[0].W.value = np.zeros((2, 3))
    images = rng.random((7, 5))
    expected = [t.mean() for t in terms_of(model, images, np.zeros((7, 2)))]
    bound = vae.bound(model, images, rng, batch=3)
    np.testing.assert_allclose(bound, expected)
    assert bound.elbo == pytest.approx(expected[0] - expected[1])
    still = optim.SGD(model.parameters(), lr=1e-300)
    knobs = vae.Settings(epochs=1, batch=3, lr=1e-300)
    record = next(vae.train(model, images, knobs, rng=rng, optimizer=still))
    assert record[1:4] == pytest.approx([expected[0] - expected[1], *expected])


# The discriminator at its best. Its logits are free numbers on a grid of points, and the data two
# sets in which every point of the grid repeats as often as its density says: no net, no draw.

GRID = np.linspace(-3, 3, 25)


def counts(density, total=4_000):
    """How often each point of the grid occurs: proportional to the density, and never 0."""
    weight = np.array([density(x) for x in GRID])
    return 1 + np.round(total * weight / weight.sum()).astype(int)


def bump(mean, std):
    return lambda x: math.exp(-0.5 * ((x - mean) / std) ** 2)


def two_bumps(x):
    return bump(-1.5, 0.5)(x) + bump(1.5, 0.5)(x)


PAIRS = {
    "apart": (bump(1, 1), bump(-1, 1)),
    "narrow in wide": (bump(0, 0.5), bump(0, 2)),
    "a mode missed": (two_bumps, bump(1.5, 0.5)),
}


def best_logits(p, q):
    """The logits that minimise d_loss over all functions of the grid, by Newton's method."""
    real, fake = (np.repeat(np.arange(len(GRID)), n) for n in (p, q))
    logits = Tensor(np.zeros(len(GRID)))
    for _ in range(30):
        loss = gan.d_loss(logits[real], logits[fake])
        slope = grad(loss, logits, create_graph=True)
        curvature = grad(slope.sum(), logits)  # each point by itself: the Hessian is diagonal
        logits.value = logits.value - slope.value / curvature
    return logits.value, float(loss)


@pytest.mark.parametrize("densities", PAIRS.values(), ids=PAIRS.keys())
def test_the_best_discriminator_is_p_over_p_plus_q(densities):
    p, q = (counts(f) for f in densities)
    logits, loss = best_logits(p, q)
    p, q = p / p.sum(), q / q.sum()
    np.testing.assert_allclose(1 / (1 + np.exp(-logits)), p / (p + q), rtol=EXACT)
    mix = (p + q) / 2
    jensen_shannon = 0.5 * (p * np.log(p / mix) + q * np.log(q / mix)).sum()
    assert loss == pytest.approx(math.log(4) - 2 * jensen_shannon, rel=EXACT)


def test_where_the_densities_agree_it_knows_nothing_and_loses_log_4():
    p = counts(two_bumps)
    logits, loss = best_logits(p, p)
    np.testing.assert_allclose(logits, 0, atol=EXACT)
    assert loss == pytest.approx(math.log(4), rel=EXACT)


# The losses, from their formulas, in the standard library's functions.


def log_d(logit):
    """log sigmoid(logit); log(1 - D) is that of -logit."""
    return -math.log1p(math.exp(-logit)) if logit > 0 else logit - math.log1p(math.exp(logit))


some_logits = st.lists(st.floats(-40, 40), min_size=1, max_size=5)


@given(real=some_logits, fake=some_logits)
def test_the_three_losses_are_means_of_the_formulas(real, fake):
    d = -math.fsum(map(log_d, real)) / len(real) - math.fsum(log_d(-x) for x in fake) / len(fake)
    columns = np.array(real)[:, None], np.array(fake)[:, None]
    assert gan.d_loss(*columns) == pytest.approx(d, rel=1e-12)
    g = -math.fsum(map(log_d, fake)) / len(fake)
    assert gan.g_loss(columns[1]) == pytest.approx(g, rel=1e-12)
    minimax = math.fsum(log_d(-x) for x in fake) / len(fake)
    assert gan.g_loss_minimax(columns[1]) == pytest.approx(minimax, rel=1e-12)


@given(fake=some_logits)
def test_both_generator_losses_push_every_logit_up_by_their_own_weight(fake):
    logits, N = Tensor(np.array(fake)[:, None]), len(fake)
    D = np.array([[math.exp(log_d(x))] for x in fake])
    rounding = 2.0**-52  # of D - 1, where D is all but 1
    steady, minimax = (grad(loss(logits), logits) for loss in (gan.g_loss, gan.g_loss_minimax))
    np.testing.assert_allclose(steady, (D - 1) / N, rtol=1e-12, atol=rounding)
    np.testing.assert_allclose(minimax, -D / N, rtol=1e-12, atol=rounding)


# Penalties, by slopes that no rule computed.


@pytest.fixture
def D(rng, float64):
    return nn.MLP([3, 6, 5, 1], rng=rng)


def slope_by_hand(weights, biases, x):
    """dD/dx of a relu net: the product of its layers, each cut to the units that are on."""
    slope, h = np.eye(3)[None], x  # (1 -> N, D, H)
    for W, b in zip(weights[:-1], biases[:-1], strict=True):
        h = h @ W + b
        slope = (slope @ W) * (h > 0)[:, None, :]
        h = np.maximum(h, 0)
    return (slope @ weights[-1])[:, :, 0]


def arrays_of(net):
    return [layer.W.value for layer in net.layers], [layer.b.value for layer in net.layers]


def test_the_squared_slope_of_a_net_is_that_of_differences(D, rng):
    x, h = rng.standard_normal((7, 3)), 1e-6
    steps = h * np.eye(3)
    slopes = np.stack([(D(x + d).value - D(x - d).value)[:, 0] / (2 * h) for d in steps], axis=1)
    np.testing.assert_allclose(slopes, slope_by_hand(*arrays_of(D), x), rtol=1e-6, atol=1e-8)
    leaf = Tensor(x)
    penalty = float(gan.squared_slope(D(leaf), leaf))
    assert penalty == pytest.approx((slopes**2).sum(1).mean(), rel=1e-6)


def test_the_squared_slopes_own_derivative_is_that_of_differences(D, rng):
    x = rng.standard_normal((7, 3))
    leaf = Tensor(x)
    got = grad(gan.squared_slope(D(leaf), leaf), [layer.W for layer in D.layers])
    weights, biases = arrays_of(D)
    h = 1e-6
    for W, g in zip(weights, got, strict=True):
        direction = rng.standard_normal(W.shape)
        sides = []
        for sign in (1, -1):
            W += sign * h * direction
            sides.append((slope_by_hand(weights, biases, x) ** 2).sum(1).mean())
            W -= sign * h * direction
        difference = (sides[0] - sides[1]) / (2 * h)
        assert (g * direction).sum() == pytest.approx(difference, rel=1e-6, abs=1e-8)


def test_r1_of_a_linear_discriminator_is_its_squared_weights_and_their_slope(rng):
    w, x = Tensor(rng.standard_normal((3, 1))), Tensor(rng.standard_normal((7, 3)))
    penalty = gan.squared_slope(x @ w, x)
    assert float(penalty) == pytest.approx((w.value**2).sum(), rel=EXACT)
    np.testing.assert_allclose(grad(penalty, w), 2 * w.value, rtol=EXACT)


def test_the_wgan_penalty_of_a_linear_discriminator_is_its_norms_distance_from_1(rng):
    w, images = Tensor(rng.standard_normal((3, 1))), rng.standard_normal((2, 7, 3))
    penalty = gan.gradient_penalty(lambda x: x @ w, *images, rng)
    norm = np.sqrt((w.value**2).sum())
    assert float(penalty) == pytest.approx((norm - 1) ** 2, rel=1e-6)  # 1e-12 under the root
    np.testing.assert_allclose(grad(penalty, w), 2 * (norm - 1) * w.value / norm, rtol=1e-6)


def test_the_wgan_penalty_looks_at_uniform_points_between_real_and_fake(rng, float64):
    seen = []

    def D(x):
        seen.append(x.value)
        return x @ np.ones((2, 1))

    real, fake = np.array([[1.0, 4.0]]), np.array([[3.0, 0.0]])
    gan.gradient_penalty(D, np.tile(real, (200_000, 1)), np.tile(fake, (200_000, 1)), rng)
    share = (seen[0] - real) / (fake - real)
    np.testing.assert_allclose(share[:, 0], share[:, 1], atol=1e-12)  # on the line: one mix a row
    assert_mean(moments(share[:, 0]), [1 / 2, 1 / 3, 1 / 4, 1 / 5])
