"""Lesson 7's own loop, loss and sample are the library's, number for number."""

import math

import numpy as np
import pytest

from scratchgen import vae as library
from scratchgen.engine import grad, no_grad
from scratchgen.optim import Adam
from tests.quick_lesson import run_quick

SEED = 5


@pytest.fixture(scope="module")
def lesson(tmp_path_factory):
    return run_quick("vae", tmp_path_factory.mktemp("figures"))


@pytest.fixture
def twins(lesson):
    """The lesson's VAE and the library's, of the same seed; each with its generator of numbers."""
    lesson.rng, rng = np.random.default_rng(SEED), np.random.default_rng(SEED)
    mine = lesson.VAE(lesson.Z)
    return mine, library.VAE(lesson.D, lesson.Z, lesson.H, rng=rng), rng


def test_the_lessons_nets_are_the_librarys(twins):
    mine, theirs, _ = twins
    for w, v in zip(mine.parameters, theirs.parameters(), strict=True):
        np.testing.assert_array_equal(w.value, v.value)


def test_the_lessons_sample_is_the_librarys(lesson):
    arrays = np.random.default_rng(SEED).standard_normal((3, 4, 2))
    expected = library.reparameterise(*arrays)
    np.testing.assert_allclose(lesson.reparameterise(*arrays), expected, rtol=1e-15)


def test_the_lessons_terms_and_gradients_are_the_librarys(lesson, twins):
    mine, theirs, _ = twins
    x = lesson.binarize(lesson.data.test_images[:50], np.random.default_rng(SEED))
    noise = lesson.normal(np.random.default_rng(SEED), (50, lesson.Z))
    reconstruction, kl = lesson.elbo(mine, x, np.random.default_rng(SEED))
    terms = library.elbo(theirs, x, noise)
    np.testing.assert_allclose(reconstruction.value, terms.reconstruction.value, rtol=1e-6)
    np.testing.assert_allclose(kl.value, terms.kl.value, rtol=1e-6)
    got = grad((kl - reconstruction).mean(), mine.parameters)
    for g, expected in zip(got, grad(-terms.elbo.mean(), theirs.parameters()), strict=True):
        np.testing.assert_allclose(g, expected, rtol=1e-4, atol=1e-6)


def test_the_lessons_loop_gives_the_librarys_numbers(lesson, twins):
    mine, theirs, rng = twins
    adam = Adam(mine.parameters, lr=1e-3)
    records = list(lesson.train(lesson.elbo, mine, adam, 3))
    settings = library.Settings(epochs=3)
    expected = list(library.train(theirs, lesson.data.train_images, settings, rng=rng))
    for record, theirs_record in zip(records, expected, strict=True):
        # A thousand float32 terms are summed in another order; Adam carries the rest along.
        assert record[0] == pytest.approx(theirs_record.reconstruction, rel=1e-4)
        assert record[1] == pytest.approx(theirs_record.kl, rel=1e-3)


def test_the_lessons_held_out_bound_is_the_librarys(lesson, twins):
    mine, theirs, _ = twins
    bounds = [lesson.held_out(lesson.elbo, mine, seed) for seed in range(20)]
    theirs_bounds = [
        library.bound(theirs, lesson.data.test_images, np.random.default_rng(100 + seed))
        for seed in range(20)
    ]
    # Different draws of pixels and codes: equal in the mean, to five of its standard errors.
    got, expected = np.subtract(*np.transpose(bounds)), [bound.elbo for bound in theirs_bounds]
    error = math.hypot(got.std(), np.std(expected)) / math.sqrt(20 - 1)
    assert abs(got.mean() - np.mean(expected)) < 5 * error


def test_measuring_held_out_images_leaves_the_trainings_draws_alone(lesson, twins):
    before = lesson.rng.bit_generator.state
    lesson.held_out(lesson.elbo, twins[0])
    assert lesson.rng.bit_generator.state == before


def test_the_toy_bound_never_exceeds_its_evidence_and_misses_it_by_the_kl(lesson, monkeypatch):
    monkeypatch.setattr(lesson, "x", 1.5)  # as it was in that cell
    m, v = 1.5 / (1 + lesson.s), lesson.s / (1 + lesson.s)  # the posterior
    for mean in np.linspace(-2, 3, 11):
        for var in (0.05, 0.2, 1.0, 3.0):
            kl = 0.5 * ((var + (mean - m) ** 2) / v - 1 - math.log(var / v))
            assert lesson.toy_elbo(mean, var) == pytest.approx(lesson.log_p - kl)


def test_each_fault_cuts_the_reconstruction_from_the_image(lesson):
    x = lesson.binarize(lesson.data.test_images[:20], np.random.default_rng(SEED))
    for terms, model in ((lesson.elbo_apart, lesson.apart), (lesson.elbo_listing, lesson.split)):
        reconstruction, kl = terms(model, x, np.random.default_rng(SEED))
        head = getattr(model, "first", model).mean.W
        with pytest.raises(ValueError, match="does not depend on"):
            grad(reconstruction.mean(), head)
        assert np.any(grad(kl.mean(), head))


def test_the_kl_of_unshared_weights_trains_an_encoder_that_is_never_asked(lesson):
    x = lesson.binarize(lesson.data.test_images[:20], np.random.default_rng(SEED))
    kl = lesson.elbo_listing(lesson.split, x, np.random.default_rng(SEED))[1]
    with pytest.raises(ValueError, match="does not depend on"):
        grad(kl.mean(), lesson.other.mean.W)


def test_without_a_step_no_weight_moves(lesson):
    assert np.ptp(lesson.e[2]) == np.ptp(lesson.e[3]) == 0
    assert np.ptp(lesson.a[2]) > 0


def test_a_model_that_ignores_its_image_cannot_beat_the_mean_image(lesson):
    logits = np.log(lesson.mean_image / (1 - lesson.mean_image))
    with no_grad():
        best = lesson.log_likelihood(logits, lesson.data.test_images).mean()
    for shift in (-0.5, 0.5):
        assert lesson.log_likelihood(logits + shift, lesson.data.test_images).mean() < best
