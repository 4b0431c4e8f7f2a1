"""Lesson 7: what it derives holds by a second route; its loop and its nets are the library's."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scratchgen import vae as library
from scratchgen.engine import grad, no_grad
from scratchgen.functions import gaussian_kl
from scratchgen.optim import Adam
from tests.quick_lesson import run_quick

SEED = 5
NAMES = {
    "random", "little", "square", "three_curves", "luck", "log_line", "bounds", "nets", "trick",
    "curves", "rebuilt", "samples", "walks", "plane", "clouds", "climb", "lucky", "listing",
    "faults_rebuilt",
}  # fmt: skip


@pytest.fixture(scope="module")
def lesson(figures):
    return run_quick("vae", figures, data="mnist5k")


@pytest.fixture
def rng():
    return np.random.default_rng(SEED)


@st.composite
def beliefs(draw, count=1, size=3):
    """Distributions over `size` causes, none of them impossible."""
    rows = draw(
        st.lists(
            st.lists(st.floats(0.05, 1), min_size=size, max_size=size),
            min_size=count, max_size=count,
        )
    )  # fmt: skip
    return [np.array(row) / sum(row) for row in rows]


each_belief = settings(deadline=None, derandomize=True, max_examples=50)


# Counting.


def test_the_little_machine_makes_each_image_as_often_as_the_square_says(lesson, rng):
    z, x = lesson.little_machine(200_000, rng)
    for bold, share, white in ((False, 0.8, 0.25), (True, 0.2, 0.75)):
        for first in (0, 1):
            for second in (0, 1):
                made = ((z == bold) & (x == (first, second)).all(axis=1)).mean()
                p = [1 - white, white]
                assert made == pytest.approx(share * p[first] * p[second], abs=0.005)


def test_the_numbers_of_the_square_are_those_of_the_text():
    joint = np.array([[0.8], [0.2]]) * np.array([[9, 3, 3, 1], [1, 3, 3, 9]]) / 16
    np.testing.assert_allclose(1600 * joint, [[720, 240, 240, 80], [20, 60, 60, 180]])
    assert np.isclose(180 / 260, 9 / 13)


def test_the_posterior_of_the_pixel_lies_where_precisions_put_it(lesson):
    z, weights = lesson.grid, lesson.posterior * lesson.dz
    mean = (z * weights).sum()
    variance = ((z - mean) ** 2 * weights).sum()
    # The pixel has the weight 1 / s = 4, the prior the weight 1.
    assert mean == pytest.approx((4 * 1.5 + 1 * 0) / (4 + 1), abs=1e-6)
    assert 1 / variance == pytest.approx(4 + 1, abs=1e-4)
    assert weights.sum() == pytest.approx(1)


def test_luck_estimates_the_mean_of_the_likelihood(lesson):
    estimate, workers = lesson.by_luck(2, np.random.default_rng(SEED))
    z = np.random.default_rng(SEED).standard_normal((10_000, 2))
    p = np.exp(lesson.log_normal(lesson.seen, z, lesson.s)).prod(axis=1)
    assert estimate == pytest.approx(np.log(p.mean()))
    largest = np.sort(p)[::-1]
    assert largest[:workers].sum() >= p.sum() / 2 > largest[: workers - 1].sum()


def test_luck_needs_more_and_more_draws_the_more_is_hidden(lesson):
    workers = [np.median(found[:, 1]) for found in lesson.lucky_by_d.values()]
    assert workers == sorted(workers, reverse=True)
    assert 900 < workers[0] < 1100  # "about a thousand"
    truth = 30 * np.log(lesson.evidence)
    assert np.median(lesson.lucky_by_d[30][:, 0]) < truth - 30  # "more than thirty nats"


def test_the_estimate_is_right_on_average_and_its_logarithm_too_low(lesson):
    rng = np.random.default_rng(SEED)
    truth = 5 * np.log(lesson.evidence)
    errors = [lesson.by_luck(5, rng, draws=200)[0] - truth for _ in range(2000)]
    assert np.exp(errors).mean() == pytest.approx(1, abs=0.15)
    assert np.mean(errors) < -0.3


def test_a_grid_for_ten_numbers_has_as_many_places_as_the_text_says(lesson):
    assert len(lesson.grid) == 2401
    assert len(str(2401**10)) == 34


# The bound, one step after the other.


@each_belief
@given(t=st.floats(1e-6, 1e6))
def test_the_logarithm_lies_below_its_tangent(t):
    assert math.log(t) <= t - 1 + 1e-12


@each_belief
@given(beliefs(count=2))
def test_each_step_to_a_kl_that_is_not_negative_holds(pair):
    q, p = pair
    minus_kl = (q * (np.log(p) - np.log(q))).sum()
    assert minus_kl == pytest.approx((q * np.log(p / q)).sum(), abs=1e-12)
    above = (q * (p / q - 1)).sum()
    assert minus_kl <= above + 1e-12
    assert above == pytest.approx((q * p / q).sum() - 1, abs=1e-12)
    assert above == pytest.approx(p.sum() - 1, abs=1e-12)
    assert above == pytest.approx(0, abs=1e-12)


@each_belief
@given(beliefs(count=2))
def test_where_q_never_draws_the_last_sum_stays_below_1(pair):
    q, r = pair
    q = np.array([0.0, *q[1:]]) / q[1:].sum()
    drawn = q > 0
    minus_kl = (q[drawn] * np.log(r[drawn] / q[drawn])).sum()
    assert minus_kl <= r[drawn].sum() - 1 + 1e-12
    assert r[drawn].sum() - 1 < 0


@each_belief
@given(beliefs(count=2), st.lists(st.floats(0.05, 1), min_size=3, max_size=3))
def test_each_step_to_the_bound_holds(lesson, pair, likelihood):
    q, prior = pair
    likelihood = np.array(likelihood)
    evidence = (prior * likelihood).sum()
    posterior = prior * likelihood / evidence
    log_p = np.log(evidence)
    # For each z by itself, and then on average:
    np.testing.assert_allclose(np.log(likelihood) + np.log(prior) - np.log(posterior), log_p)
    brackets = np.log(likelihood) - (np.log(q) - np.log(prior)) + (np.log(q) - np.log(posterior))
    np.testing.assert_allclose(brackets, log_p)
    fit, price = (q * np.log(likelihood)).sum(), lesson.kl_of_coins(q, prior)
    gap = lesson.kl_of_coins(q, posterior)
    assert fit - price + gap == pytest.approx(log_p)
    assert fit - price <= log_p + 1e-12


def test_the_terms_of_the_pixel_are_known_formulas(lesson):
    x, s = lesson.seen, lesson.s
    m, v = x / (1 + s), s / (1 + s)
    for mean in (-0.5, 0.3, 1.2, 2.0):
        for var in (0.05, 0.2, 1.0):
            fit, price, gap = lesson.terms_of(mean, var)
            by_hand = -0.5 * (math.log(2 * math.pi * s) + ((x - mean) ** 2 + var) / s)
            assert fit == pytest.approx(by_hand, abs=5e-3)
            assert price == pytest.approx(0.5 * (var + mean**2 - 1 - math.log(var)), abs=5e-3)
            by_hand = 0.5 * ((var + (mean - m) ** 2) / v - 1 - math.log(var / v))
            assert gap == pytest.approx(by_hand, abs=5e-3)


@each_belief
@given(mu=st.floats(-3, 3), log_var=st.floats(-4, 2))
def test_the_price_is_the_mean_that_the_derivation_takes(mu, log_var):
    # The integrand is of second degree in z, for which three points of Gauss and Hermite are exact.
    points, weights = np.polynomial.hermite_e.hermegauss(3)
    weights = weights / weights.sum()
    variance = math.exp(log_var)
    z = mu + math.sqrt(variance) * points
    assert (weights * z**2).sum() == pytest.approx(mu**2 + variance)
    ratio = 0.5 * (z**2 - (z - mu) ** 2 / variance - log_var)
    closed = 0.5 * (mu**2 + variance - 1 - log_var)
    assert (weights * ratio).sum() == pytest.approx(closed)
    assert gaussian_kl(np.array([mu]), np.array([log_var])) == pytest.approx(closed)


def test_this_kl_forgives_a_guess_that_is_too_sure_sooner_than_one_that_is_too_wide(lesson):
    best_mean, best_variance = lesson.guesses["best"]
    for factor in (1.2, 1.5, 2):
        sure = lesson.terms_of(best_mean, best_variance / factor**2)[2]
        wide = lesson.terms_of(best_mean, best_variance * factor**2)[2]
        assert sure == pytest.approx(math.log(factor) + 0.5 / factor**2 - 0.5, abs=1e-3)
        assert wide == pytest.approx(-math.log(factor) + 0.5 * factor**2 - 0.5, abs=1e-3)
        assert wide > sure


def test_halving_a_small_spread_costs_the_logarithm_of_two():
    prices = [gaussian_kl(np.zeros(1), np.array([2 * math.log(sd)])) for sd in (0.02, 0.01)]
    assert prices[1] - prices[0] == pytest.approx(math.log(2), abs=1e-3)


def test_the_bound_of_a_net_and_its_gap_add_up_to_log_p(lesson, rng):
    """With one hidden number, what is out of reach can be added up strip by strip."""
    net = lesson.VAE(1, rng)
    x = lesson.binarize(lesson.held_out[:3], rng)
    grid = np.linspace(-7, 7, 1401)[:, None]
    with no_grad():
        logits = net.decoder(grid.astype("float32"))
        mean, log_var = net.encode(x)
    dz = grid[1, 0] - grid[0, 0]
    for i in range(3):
        copies = np.repeat(x[i : i + 1], len(grid), axis=0)
        log_joint = lesson.log_likelihood(logits, copies) + lesson.log_normal(grid[:, 0], 0, 1)
        log_p = np.logaddexp.reduce(log_joint) + math.log(dz)
        log_q = lesson.log_normal(grid[:, 0], float(mean[i, 0]), math.exp(float(log_var[i, 0])))
        q = np.exp(log_q) * dz
        gap = (q * (log_q - (log_joint - log_p))).sum()
        many = np.repeat(x[i : i + 1], 4000, axis=0)
        with no_grad():
            reconstruction, kl = lesson.elbo_terms(net, many, rng)
        error = reconstruction.std() / math.sqrt(4000)
        assert abs(float((reconstruction - kl).mean()) + gap - log_p) < 5 * error + 0.01
        assert gap > 0


# Coins, and the draw.


def test_the_reconstruction_is_the_probability_of_the_tosses(lesson, rng):
    white, x = rng.uniform(0.1, 0.9, (4, 6)), rng.integers(0, 2, (4, 6)).astype(float)
    p = np.where(x == 1, white, 1 - white).prod(axis=1)
    got = lesson.log_likelihood(np.log(white / (1 - white)), x)
    np.testing.assert_allclose(got, np.log(p))
    np.testing.assert_allclose(np.diag(lesson.fits_of(x, white)), np.log(p))
    assert lesson.fits_of(x, white[:2]).shape == (4, 2)


def test_the_lessons_sample_is_the_librarys(lesson, rng):
    arrays = rng.standard_normal((3, 4, 2))
    expected = library.reparameterise(*arrays)
    np.testing.assert_allclose(lesson.reparameterise(*arrays), expected, rtol=1e-15)


def test_the_gradient_along_the_draws_is_that_of_the_expectation(lesson, rng):
    # E[z^2] = mu^2 + sigma^2: with respect to mu it is 2 mu, to sigma 2 sigma.
    mu, sigma, noise = 3.0, 2.0, rng.standard_normal(400_000)
    z = mu + sigma * noise
    assert (2 * z).mean() == pytest.approx(2 * mu, abs=0.05)
    assert (2 * z * noise).mean() == pytest.approx(2 * sigma, abs=0.1)


# Nets and loop against the library.


@pytest.fixture
def twins(lesson):
    """The lesson's VAE and the library's, of the same seed; each with its generator of numbers."""
    mine, theirs = np.random.default_rng(SEED), np.random.default_rng(SEED)
    net = library.VAE(lesson.D, lesson.Z, lesson.hidden, rng=theirs)
    return lesson.VAE(lesson.Z, mine), mine, net, theirs


def test_the_lessons_nets_are_the_librarys(twins):
    mine, _, theirs, _ = twins
    for w, v in zip(mine.parameters, theirs.parameters(), strict=True):
        np.testing.assert_array_equal(w.value, v.value)


def test_the_lessons_terms_and_gradients_are_the_librarys(lesson, twins):
    mine, _, theirs, _ = twins
    x = lesson.binarize(lesson.held_out[:50], np.random.default_rng(SEED))
    noise = lesson.normal(np.random.default_rng(SEED), (50, lesson.Z))
    reconstruction, kl = lesson.elbo_terms(mine, x, np.random.default_rng(SEED))
    terms = library.elbo(theirs, x, noise)
    np.testing.assert_allclose(reconstruction.value, terms.reconstruction.value, rtol=1e-5)
    np.testing.assert_allclose(kl.value, terms.kl.value, rtol=1e-5)
    got = grad((kl - reconstruction).mean(), mine.parameters)
    for g, expected in zip(got, grad(-terms.elbo.mean(), theirs.parameters()), strict=True):
        np.testing.assert_allclose(g, expected, rtol=1e-3, atol=1e-4)


def test_the_lessons_loop_gives_the_librarys_numbers(lesson, twins):
    mine, my_rng, theirs, their_rng = twins
    adam = Adam(mine.parameters, lr=1e-3)
    records = list(lesson.train(mine, lesson.elbo_terms, adam, 3, my_rng))
    run = library.train(theirs, lesson.images, library.Settings(epochs=3), rng=their_rng)
    for record, expected in zip(records, run, strict=True):
        # A thousand float32 terms are summed in another order; Adam carries the rest along.
        assert record[0] == pytest.approx(expected.reconstruction, rel=1e-4)
        assert record[1] == pytest.approx(expected.kl, rel=1e-3)


def test_the_lessons_held_out_bound_is_the_librarys(lesson, twins):
    mine, _, theirs, _ = twins
    fit, kl = lesson.tested(lesson.elbo_terms, mine, lesson.held_out)
    bounds = [
        library.bound(theirs, lesson.held_out, np.random.default_rng(100 + k)).elbo
        for k in range(8)
    ]
    # Other draws of pixels and codes: the lesson's is one more of the same kind.
    assert abs(fit - kl - np.mean(bounds)) < 6 * np.std(bounds)


def test_measuring_held_out_images_leaves_the_trainings_draws_alone(lesson, twins):
    before = lesson.rng.bit_generator.state
    lesson.tested(lesson.elbo_terms, twins[0], lesson.held_out)
    assert lesson.rng.bit_generator.state == before


# Both objectives of the article.


def test_the_decoder_has_no_part_in_the_price_and_the_encoder_has_one_in_both(lesson, rng):
    net = lesson.VAE(lesson.Z, rng)
    x = lesson.binarize(lesson.held_out[:20], rng)
    reconstruction, kl = lesson.elbo_terms(net, x, rng)
    with pytest.raises(ValueError, match="does not depend on"):
        grad(kl.mean(), net.decoder.layers[0].W)
    assert np.any(grad(kl.mean(), net.mean.W))
    assert np.any(grad(reconstruction.mean(), net.mean.W))


# What is shown.


def test_a_walk_leads_to_another_class(lesson):
    labels = lesson.digits.test_labels
    assert all(labels[lesson.at[a]] != labels[lesson.at[b]] for a, b in lesson.pairs)


def test_a_walk_ends_at_the_images_that_it_is_between(lesson):
    for walk, (a, b) in zip(lesson.walks, lesson.pairs, strict=True):
        ends = lesson.held_out[[lesson.at[a], lesson.at[b]]]
        expected = lesson.picture(lesson.model, lesson.code_of(lesson.model, ends))
        np.testing.assert_allclose(walk[[0, -1]], expected, atol=1e-5)


def test_the_best_code_is_as_good_as_it_is_said(lesson):
    pictures = lesson.picture(lesson.model, lesson.found)
    fits = np.diag(lesson.fits_of(lesson.tossed, pictures))
    np.testing.assert_allclose(fits, lesson.best, rtol=1e-4)
    climb = list(lesson.climb.values())
    assert climb == sorted(climb)
    assert max(lesson.climb) == lesson.tries


def test_a_code_is_claimed_where_a_guess_is_near(lesson):
    centre, spread = np.array([[0.0, 0.0], [5.0, 0.0]]), np.array([[1.0, 2.0], [0.1, 0.1]])
    codes = np.array([[0.9, 0.0], [0.0, 1.9], [1.1, 0.0], [5.05, 0.05], [5.2, 0.0]])
    assert lesson.claimed(codes, centre, spread, 1) == 3 / 5


def test_an_ellipse_of_one_standard_deviation_holds_39_of_100_draws():
    assert 1 - math.exp(-1 / 2) == pytest.approx(0.39, abs=0.005)


def test_no_coins_beat_the_grey_pixels_themselves(lesson):
    grey = lesson.grey
    for shift in (-0.02, 0.02):
        assert lesson.by_coins((grey + shift).clip(1e-9, 1 - 1e-9)) < lesson.tosses
    x = lesson.binarize(np.repeat(lesson.held_out[:1], 4000, axis=0), np.random.default_rng(SEED))
    white = grey[:1].clip(1e-6, 1 - 1e-6)
    fits = (x * np.log(white) + (1 - x) * np.log(1 - white)).sum(axis=1)
    exact = (white * np.log(white) + (1 - white) * np.log(1 - white)).sum()
    assert fits.mean() == pytest.approx(exact, abs=5 * fits.std() / math.sqrt(4000))


def test_numbers_of_the_text():
    assert 1 - math.exp(-(2.45**2) / 2) == pytest.approx(0.95, abs=0.001)  # the dashed circle
    assert 17 / math.log(2) == pytest.approx(25, abs=0.6)  # nats as yes-or-no answers


# The listing.


def shares_of_the_whole(terms, model, x):
    """How far the reconstruction is from one whose picture is the same for all images.

    log p(x|z) is linear in x: where the decoded picture does not depend on x, what an image and its
    negative get adds up to what an all-black and an all-white image get.
    """

    def fit(images):
        return float(terms(model, images, np.random.default_rng(SEED))[0].mean())

    return fit(x) + fit(1 - x) - fit(0 * x) - fit(0 * x + 1)


@pytest.mark.parametrize("name", ["a", "b", "c"])
def test_what_a_fault_decodes_does_not_depend_on_the_image(lesson, name, rng):
    x = lesson.binarize(lesson.held_out[:20], rng)
    terms = lesson.apart if name == "a" else lesson.unrelated
    assert abs(shares_of_the_whole(terms, getattr(lesson, name), x)) < 0.05
    assert abs(shares_of_the_whole(lesson.elbo_terms, lesson.model, x)) > 1  # ours does depend


@pytest.mark.parametrize("name", ["a", "b", "c"])
def test_the_price_of_a_fault_trains_the_encoder_of_the_image(lesson, name, rng):
    x = lesson.binarize(lesson.held_out[:20], rng)
    terms = lesson.apart if name == "a" else lesson.unrelated
    model = getattr(lesson, name)
    _, kl = terms(model, x, rng)
    assert np.any(grad(kl.mean(), getattr(model, "first", model).mean.W))


def test_drawn_apart_the_encoder_gets_no_gradient_of_the_reconstruction(lesson, rng):
    x = lesson.binarize(lesson.held_out[:20], rng)
    with pytest.raises(ValueError, match="does not depend on"):
        grad(lesson.apart(lesson.a, x, rng)[0].mean(), lesson.a.mean.W)


def test_unshared_weights_pay_for_an_encoder_that_is_never_asked(lesson, rng):
    x = lesson.binarize(lesson.held_out[:20], rng)
    reconstruction, kl = lesson.unrelated(lesson.c, x, rng)
    with pytest.raises(ValueError, match="does not depend on"):
        grad(kl.mean(), lesson.c.again.mean.W)
    with pytest.raises(ValueError, match="does not depend on"):
        grad(reconstruction.mean(), lesson.c.first.mean.W)
    assert lesson.b.again is lesson.b.first


def test_with_the_2_forgotten_the_price_is_that_of_another_noise(lesson):
    x = lesson.binarize(lesson.held_out[:20], np.random.default_rng(SEED))
    _, paid = lesson.forgotten_2(lesson.f, x, np.random.default_rng(SEED))
    mean, log_var = lesson.f.encode(x)
    np.testing.assert_allclose(paid.value, gaussian_kl(mean, log_var).value, rtol=1e-5)
    due = gaussian_kl(mean, 2 * log_var).value  # its standard deviation is exp(log_var)
    assert (due > paid.value).all()


def test_a_decoder_that_is_told_nothing_cannot_beat_the_mean_image(lesson):
    white = lesson.mean_image.astype(float)
    logits = np.tile(np.log(white / (1 - white)), (len(lesson.images), 1))
    images = lesson.images.astype(float)  # those of which it is the mean
    best = lesson.log_likelihood(logits, images).mean()
    for shift in (-0.1, 0.1):
        assert lesson.log_likelihood(logits + shift, images).mean() < best


def test_a_quick_run_leaves_every_figure(lesson, figures):
    drawn = {path.name for path in figures.iterdir()}
    assert drawn == {f"lesson07_vae_{name}.png" for name in NAMES}
