"""Lesson 8: what it derives holds by a second route; its weights and bounds are the library's."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lessons.tables import collapse, column, rows
from scratchgen import vae as library
from scratchgen.engine import no_grad
from scratchgen.functions import gaussian_kl
from scratchgen.measure import log_evidence
from tests.quick_lesson import run_quick

SEED = 5
NAMES = {"pair", "guesses", "ladder", "hills", "units", "water", "cures"}


@pytest.fixture(scope="module")
def lesson(figures):
    return run_quick("measuring_a_vae", figures, data="mnist5k")


@pytest.fixture
def rng():
    return np.random.default_rng(SEED)


each = settings(deadline=None, derandomize=True, max_examples=50)
shares = st.lists(st.floats(0.05, 1), min_size=3, max_size=3)
positive = st.floats(0.1, 5)


# Weights.


@each
@given(shares, shares, shares)
def test_the_weights_have_the_mean_p_of_x_whatever_the_guess(prior, likelihood, guess):
    prior, likelihood, guess = map(np.array, (prior, likelihood, guess))
    prior, guess = prior / prior.sum(), guess / guess.sum()
    evidence = (prior * likelihood).sum()
    w = likelihood * prior / guess
    assert (guess * w).sum() == pytest.approx(evidence)
    posterior = likelihood * prior / evidence
    np.testing.assert_allclose(likelihood * prior / posterior, evidence)


@each
@given(st.lists(st.floats(1e-6, 1e3), min_size=1, max_size=6))
def test_each_step_to_the_mean_of_logarithms_holds(weights):
    w = np.array(weights)
    m = w.mean()
    assert (np.log(w / m) <= w / m - 1 + 1e-9).all()
    assert np.log(w).mean() - np.log(m) <= 1e-9


@each
@given(shares, shares, shares)
def test_the_ladder_rises_rung_by_rung_up_to_the_truth(prior, likelihood, guess):
    """Exactly: all tuples of up to four draws of three causes, each as often as it is drawn."""
    prior, likelihood, guess = map(np.array, (prior, likelihood, guess))
    prior, guess = prior / prior.sum(), guess / guess.sum()
    w = likelihood * prior / guess
    ladder = []
    for k in range(1, 5):
        tuples = np.array(list(itertools.product(range(3), repeat=k)))
        ladder.append((guess[tuples].prod(axis=1) * np.log(w[tuples].mean(axis=1))).sum())
    elbo = (guess * np.log(likelihood)).sum() - (guess * np.log(guess / prior)).sum()
    assert ladder[0] == pytest.approx(elbo)
    assert (np.diff(ladder) >= -1e-12).all()
    assert ladder[-1] <= np.log((prior * likelihood).sum()) + 1e-12


@each
@given(shares, shares, shares)
def test_a_true_code_among_them_makes_the_inverse_of_the_mean_right(prior, likelihood, guess):
    """Exactly: all triples of a true cause and two from the guess. So log m is too large."""
    prior, likelihood, guess = map(np.array, (prior, likelihood, guess))
    prior, guess = prior / prior.sum(), guess / guess.sum()
    evidence = (prior * likelihood).sum()
    w = likelihood * prior / guess
    triples = np.array(list(itertools.product(range(3), repeat=3)))
    often = (prior * likelihood / evidence)[triples[:, 0]] * guess[triples[:, 1:]].prod(axis=1)
    m = w[triples].mean(axis=1)
    assert (often / m).sum() == pytest.approx(1 / evidence)
    assert (often * np.log(m)).sum() >= math.log(evidence) - 1e-12


def test_the_toys_first_rung_lies_below_by_the_gap(lesson, rng):
    (m, v), (mean, var) = lesson.right, (1.35, 0.3)
    assert lesson.toys["near the posterior"] == pytest.approx((mean, var))
    log_w = lesson.toy_log_weights(mean, var, (20_000,), rng)
    gap = 0.5 * ((var + (mean - m) ** 2) / v - 1 - math.log(var / v))
    error = log_w.std() / math.sqrt(len(log_w))
    log_p = 30 * (-0.5 * (math.log(2 * math.pi * 1.25) + 1.5**2 / 1.25))
    assert log_w.mean() == pytest.approx(log_p - 30 * gap, abs=5 * error)


def test_the_posterior_as_a_guess_needs_one_draw(lesson, rng):
    log_w = lesson.toy_log_weights(*lesson.right, (5,), rng)
    np.testing.assert_allclose(log_w, 30 * lesson.log_normal(1.5, 0, 1.25))


# The ladder of a net.


def test_both_bounds_of_a_net_enclose_what_adding_up_strips_gives(lesson):
    """With one hidden number and images of the net's own, log p(x) can be added up."""
    net = library.VAE(lesson.D, 1, (30,), rng=np.random.default_rng(SEED))
    for _ in library.train(
        net, lesson.images, library.Settings(epochs=3), rng=np.random.default_rng(SEED)
    ):
        pass
    net.log_var.b.value = net.log_var.b.value + 2  # too wide a guess is safe
    with no_grad():
        low, high = lesson.enclose(net, np.random.default_rng(SEED))
        draws, z = np.random.default_rng(SEED), np.linspace(-6, 6, 2401, dtype="float32")[:, None]
        own = lesson.binarize(net.generate(lesson.normal(draws, (lesson.few, 1))), draws)
        logits = net.decode(z)
        prior = lesson.log_normal(z[:, 0], 0, 1)
        exact = [
            np.logaddexp.reduce(
                net.log_likelihood(logits, np.repeat(x[None], len(z), axis=0)) + prior
            )
            for x in own
        ]
    truth = np.mean(exact) + math.log(12 / 2400)
    assert low - 0.05 <= truth <= high + 0.05
    assert high - low < 5


def test_the_lessons_weights_are_the_librarys(lesson, rng):
    net = library.VAE(lesson.D, 3, (20,), rng=rng)
    x = lesson.x[:4]
    with no_grad():
        got = lesson.log_weights(net, x, 6, np.random.default_rng(SEED))
        same = np.random.default_rng(SEED)
        noise = np.stack([lesson.normal(same, (4, 3)) for _ in range(6)])
        expected = library.log_weights(net, x, noise).elbo
    np.testing.assert_allclose(got, expected, rtol=1e-4)


def test_the_lessons_ladder_is_the_librarys_and_never_falls(lesson, rng):
    log_w = 3 * rng.standard_normal((500, 4))
    bounds = list(lesson.ladder(log_w))
    assert bounds == sorted(bounds)
    assert bounds[0] == pytest.approx(log_w.mean())
    assert bounds[3] == pytest.approx(library.iwae_bound(log_w).mean())


def test_many_codes_come_to_what_adding_up_strips_gives(lesson, rng):
    """With one hidden number, log p(x) can be added up."""
    net = library.VAE(lesson.D, 1, (30,), rng=rng)
    for _ in library.train(net, lesson.images, library.Settings(epochs=3), rng=rng):
        pass
    bias = net.log_var.b  # too wide a guess is safe, and one that is too sure is not
    bias.value = bias.value + 2
    images = lesson.binarize(lesson.held_out[:5], rng)
    z = np.linspace(-6, 6, 2401, dtype="float32")[:, None]
    with no_grad():
        logits = net.decode(z)
    exact = []
    for x in images:
        log_joint = net.log_likelihood(logits, np.repeat(x[None], len(z), axis=0))
        log_joint = log_joint + lesson.log_normal(z[:, 0], 0, 1)
        exact.append(np.logaddexp.reduce(log_joint) + math.log(12 / 2400))
    found = log_evidence(net, images, 5000, rng)
    np.testing.assert_allclose(found, exact, atol=0.3)
    assert np.mean(found) == pytest.approx(np.mean(exact), abs=0.1)


# The smallest VAE.


def bound_of(w, v, t, lam, s):
    fit = -0.5 * math.log(2 * math.pi * s) - ((1 - w * v) ** 2 * lam + w**2 * t) / (2 * s)
    return fit - 0.5 * (v**2 * lam + t - 1 - math.log(t))


def test_the_smallest_bound_is_the_mean_over_draws(rng):
    w, v, t, lam, s = 1.3, 0.6, 0.4, 2.0, 0.7
    x = math.sqrt(lam) * rng.standard_normal(400_000)
    z = v * x + math.sqrt(t) * rng.standard_normal(len(x))
    fit = -0.5 * (math.log(2 * math.pi * s) + (x - w * z) ** 2 / s)
    price = gaussian_kl((v * x)[:, None], np.full((len(x), 1), math.log(t)))
    assert (fit - price).mean() == pytest.approx(bound_of(w, v, t, lam, s), abs=0.01)


@each
@given(st.floats(-2, 2), positive, positive)
def test_the_best_guess_is_the_posterior_and_leaves_no_gap(lesson, w, lam, s):
    v, t = w / (w**2 + s), s / (w**2 + s)
    best = bound_of(w, v, t, lam, s)
    assert best == pytest.approx(lesson.smallest_bound(w, lam, s))
    for dv, dt in ((0.01, 1), (-0.01, 1), (0, 1.01), (0, 0.99)):
        assert bound_of(w, v + dv, t * dt, lam, s) < best
    precision = 1 + w**2 / s  # of the prior and of the pixel, added up
    assert t == pytest.approx(1 / precision)


@each
@given(positive, positive)
def test_the_unit_lives_if_the_data_vary_more_than_the_noise(lesson, lam, s):
    w = np.linspace(0, 3, 3001)
    best = w[lesson.smallest_bound(w, lam, s).argmax()]
    assert best == pytest.approx(math.sqrt(max(lam - s, 0)), abs=2e-3)
    v, t = best / (best**2 + s), s / (best**2 + s)
    price = 0.5 * (v**2 * lam + t - 1 - math.log(t))
    assert price == pytest.approx(max(0, 0.5 * math.log(lam / s)), abs=5e-3)


def test_an_active_unit_says_a_two_hundredth_of_a_nat_at_the_least():
    mean, log_t = np.array([[0.1], [-0.1]]), np.linspace(-0.1, 0.1, 201)
    nats = [gaussian_kl(mean, np.full((2, 1), one)).mean() for one in log_t]
    assert log_t[np.argmin(nats)] == pytest.approx(0, abs=1e-9)
    assert min(nats) == pytest.approx(1 / 200)


def test_the_best_of_the_lessons_triples_is_what_the_pencil_finds(lesson):
    found = [float(a[lesson.best]) for a in (lesson.w, lesson.v, lesson.t)]
    np.testing.assert_allclose(found, [math.sqrt(2), math.sqrt(2) / 3, 1 / 3], atol=0.02)
    fit, price = lesson.smallest_vae(*found, 3.0, 1.0)
    assert fit - price == pytest.approx(bound_of(*found, 3.0, 1.0))
    assert price == pytest.approx(0.5 * math.log(3), abs=0.02)


# Many pixels.


def test_the_evidence_of_the_linear_machine_is_that_of_a_normal(lesson):
    """By the eigenvalues of W^T W, without a determinant of D rows."""
    sizes = np.linalg.svd(lesson.W, compute_uv=False)
    axes = np.linalg.svd(lesson.W, full_matrices=False)[2]
    s, D = lesson.noise, lesson.D
    along = lesson.rest @ axes.T  # (N, 8)
    across = (lesson.rest**2).sum(axis=1) - (along**2).sum(axis=1)
    distance = (along**2 / (sizes**2 + s)).sum(axis=1) + across / s
    log_det = np.log(sizes**2 + s).sum() + (D - 8) * math.log(s) + D * math.log(2 * math.pi)
    expected = -0.5 * (log_det + distance).mean()
    assert lesson.log_p == pytest.approx(expected, rel=1e-6)
    assert lesson.gap >= -1e-3


def test_the_linear_machines_bound_is_the_librarys(lesson):
    bounds = [
        library.bound(lesson.linear, lesson.centred, np.random.default_rng(i)).elbo
        for i in range(8)
    ]
    error = np.std(bounds) / math.sqrt(len(bounds))
    assert lesson.log_p - lesson.gap == pytest.approx(np.mean(bounds), abs=5 * error + 1e-3)


def test_the_mean_over_pixels_is_a_variance_of_half_their_number(rng):
    D = 6
    net = library.VAE(D, 2, (3,), rng=rng, likelihood="gaussian", variance=D / 2)
    x, logits = rng.random((2, D)), rng.standard_normal((2, D))
    fit = net.log_likelihood(logits, x)
    mse = ((x - net.means(logits)) ** 2).mean(axis=1)
    np.testing.assert_allclose(fit[0] - fit[1], mse[1] - mse[0])


# The tables.


def test_trained_on_five_codes_the_first_rung_is_lower_and_the_last_one_higher():
    table = rows("iwae")
    for name, sign in (("L1", -1), ("L500", 1)):
        one, five = (np.array(column(table, name, k=k)) for k in (1, 5))
        assert (sign * (five - one) > 0).all()


def test_the_live_rows_are_those_of_the_tables(lesson):
    assert collapse.ARMS[lesson.arm] == (0, 0)
    assert lesson.speaks == collapse.SPEAKS
    assert {row["seed"] for row in rows("collapse")} == {0, 1, 2}


def test_deep_machines_fall_silent_early_and_shallow_ones_do_not():
    table = rows("collapse")
    assert max(column(table, "after_5", arm="plain", layers=5)) < 0.3
    assert min(column(table, "after_5", arm="plain", layers=2)) > 1


def test_trained_on_five_codes_the_guesses_are_wider():
    one, five = (np.array(column(rows("iwae"), "spread", k=k)) for k in (1, 5))
    assert (five > one + 0.01).all()


def test_a_quick_run_leaves_every_figure(lesson, figures):
    drawn = {path.name for path in figures.iterdir()}
    assert drawn == {f"lesson08_measuring_a_vae_{name}.png" for name in NAMES}
