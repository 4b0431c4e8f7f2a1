"""Lesson 10: its machine is the library's, what it says of bounds and pairs holds another way."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lessons.tables import augmentation, column, rows
from scratchgen import vae as library
from scratchgen.backend import asarray, to_numpy
from scratchgen.engine import grad, no_grad
from scratchgen.measure import interval
from tests.quick_lesson import run_quick

SEED = 5
NAMES = {
    "hands", "nets", "first_try", "forgetting", "repaired", "codes", "beyond", "handwriting",
    "arms", "shown",
}  # fmt: skip


@pytest.fixture(scope="module")
def lesson(figures):
    return run_quick("conditional", figures, data="mnist5k")


@pytest.fixture
def rng():
    return np.random.default_rng(SEED)


@pytest.fixture
def twin(lesson, rng):
    """The library's machine with the weights of one of the lesson's: (ours, its)."""
    ours = lesson.ConditionalVAE(rng)
    its = library.ConditionalVAE(lesson.D, lesson.Z, lesson.hidden, rng=rng, classes=lesson.C)
    for theirs, w in zip(its.parameters(), ours.parameters, strict=True):
        theirs.value = w.value.copy()
    return ours, its


def test_the_lessons_bound_and_its_gradients_are_the_librarys(lesson, twin):
    ours, its = twin
    x, y = lesson.images[:6], lesson.labels[:6]
    fit, price = lesson.elbo(ours, asarray(x), y, np.random.default_rng(SEED))
    noise = lesson.normal(np.random.default_rng(SEED), (6, lesson.Z))
    terms = library.elbo(its.given(y), asarray(x), noise)
    np.testing.assert_allclose(fit.value, terms.reconstruction.value, rtol=1e-5)
    np.testing.assert_allclose(price.value, terms.kl.value, rtol=1e-4)
    mine = grad((2 * price - fit).mean(), ours.parameters)
    theirs = grad((2 * terms.kl - terms.reconstruction).mean(), its.parameters())
    for a, b in zip(mine, theirs, strict=True):
        np.testing.assert_allclose(to_numpy(a), to_numpy(b), rtol=1e-4, atol=1e-5)


def test_the_lessons_loop_is_the_librarys(lesson, twin):
    ours, its = twin
    (paid,) = lesson.train(ours, 2.0, 1, np.random.default_rng(SEED))
    setting = library.Settings(epochs=1, lr=lesson.lr, beta=2.0, binary=False)
    (record,) = library.train(
        its, lesson.images, setting, labels=lesson.labels, rng=np.random.default_rng(SEED)
    )
    assert paid == pytest.approx(record.kl, rel=1e-3)
    for a, b in zip(ours.parameters, its.parameters(), strict=True):
        np.testing.assert_allclose(a.value, b.value, atol=2e-4)


def test_one_code_in_every_letter_is_the_librarys_restyle(lesson, twin):
    ours, its = twin
    x, y = lesson.sources[:5], lesson.own[:5]
    expected = to_numpy(its.restyle(asarray(x), y))
    np.testing.assert_allclose(lesson.in_every_letter(ours, x, y), expected, atol=1e-5)


def test_the_typesetter_keeps_the_hand_and_changes_the_letter(lesson):
    ink = lesson.right.sum(axis=2)  # (n, C)
    weights = lesson.factors["weight"] * lesson.factors["size"]
    for c in range(lesson.C):
        assert np.corrcoef(ink[:, c], weights)[0, 1] > 0.7
    assert len({lesson.right[0, c].tobytes() for c in range(lesson.C)}) == lesson.C


def test_the_nearest_code_is_the_nearest_by_the_plain_formula(lesson):
    model = lesson.plain
    same = np.random.default_rng(0)
    codes = lesson.drawn_codes(model, lesson.sources, lesson.own, same)
    seen = lesson.drawn_codes(model, lesson.images, lesson.labels, same)
    nearest = ((codes[:, None] - seen) ** 2).sum(axis=2).argmin(axis=1)
    share = (lesson.labels[nearest] == lesson.own).mean()
    assert lesson.told_by_code(model) == pytest.approx(share, abs=0.02)


# What the bound says, and what it does not.


@settings(deadline=None, derandomize=True, max_examples=50)
@given(st.lists(st.lists(st.floats(0.05, 1), min_size=4, max_size=4), min_size=3, max_size=3))
def test_codes_that_tell_the_letter_cost_what_they_tell(clouds):
    """The mean of KL(q(z|y) || p) is what z tells of y, and how far the mixture is from p."""
    q = np.array(clouds)
    q = q / q.sum(axis=1, keepdims=True)  # (letters, codes): each letter's cloud
    p, mixture = np.full(4, 1 / 4), q.mean(axis=0)
    price = (q * np.log(q / p)).sum(axis=1).mean()
    told = (q * np.log(q / mixture)).sum(axis=1).mean()
    assert price == pytest.approx(told + (mixture * np.log(mixture / p)).sum())
    assert price >= told - 1e-12


def test_clouds_that_lie_apart_tell_the_logarithm_of_their_number():
    q = np.eye(5)  # each letter has a code of its own
    told = np.mean([(row[row > 0] * np.log(row[row > 0] * 5)).sum() for row in q])
    assert told == pytest.approx(math.log(5))


def test_half_of_a_bell_curve_costs_the_logarithm_of_two():
    z = np.random.default_rng(SEED).standard_normal(4000)
    log_p = -0.5 * z**2 - 0.5 * math.log(2 * math.pi)
    log_q = np.where(z < 0, log_p + math.log(2), -np.inf)  # the same, over its left half alone
    left = z < 0
    assert (log_q - log_p)[left].mean() == pytest.approx(math.log(2))
    assert (np.exp(log_q - log_p)).mean() == pytest.approx(1, abs=0.05)  # q adds up to 1


def test_a_mirrored_letter_has_the_same_bound(lesson, twin):
    """Mirror the codes of letter 0 in both nets: same bound for each image, other styles."""
    ours, _ = twin
    x, y = lesson.images[:40], lesson.labels[:40]
    x, y = asarray(x[y == 0]), y[y == 0]
    with no_grad():
        mean, log_var = ours.encode(x, y)
        noise = asarray(np.random.default_rng(SEED).standard_normal(mean.shape), "float32")
        z = library.reparameterise(mean, log_var, noise)
        mirrored = library.reparameterise(-mean, log_var, -noise)  # noise has no preferred side
        same, price = ours.decode(-mirrored, y), lesson.gaussian_kl(-mean, log_var)
        np.testing.assert_allclose(same, ours.decode(z, y), rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(price, lesson.gaussian_kl(mean, log_var), rtol=1e-6)


# The table.


def test_the_fifty_images_are_five_of_each_digit_and_none_is_for_testing():
    (x, y), (pool, _), (test, truth) = augmentation.split(3)
    assert np.bincount(y).tolist() == [5] * 10
    assert len(pool) == 1000
    assert len(truth) == 797
    whole = {row.tobytes() for row in pool}
    assert all(row.tobytes() in whole for row in x)
    assert not {row.tobytes() for row in test} & {row.tobytes() for row in x}


def test_all_arms_begin_alike_and_see_the_same_of_the_fifty(monkeypatch):
    (x, y), _, _ = augmentation.split(0)
    monkeypatch.setattr(augmentation, "SHARE", 0.0)
    beside = augmentation.some_of(x, y)
    alone = augmentation.classifier(x, y, None, seed=0, steps=3)
    with_more = augmentation.classifier(x, y, beside, seed=0, steps=3)
    for a, b in zip(alone.parameters(), with_more.parameters(), strict=True):
        np.testing.assert_allclose(a.value, b.value, atol=1e-6)


@pytest.mark.parametrize("arm", augmentation.ARMS)
def test_what_an_arm_draws_is_an_image_with_a_label(arm):
    draw = augmentation.helper(arm, 0, steps=10)
    if draw is None:
        assert arm == "alone"
        return
    images, labels = draw(7, np.random.default_rng(0))
    assert images.shape == (7, 64)
    assert 0 <= images.min() <= images.max() <= 1
    assert set(labels) <= set(range(10))


def test_the_control_arm_shows_the_real_images_with_their_true_labels():
    _, (pool, truth), _ = augmentation.split(0)
    label_of = {image.tobytes(): y for image, y in zip(pool, truth, strict=True)}
    images, labels = augmentation.helper("told", 0)(50, np.random.default_rng(0))
    assert [label_of[image.tobytes()] for image in images] == labels.tolist()


def test_the_interval_of_the_lesson_is_that_of_its_formula():
    table = rows("augmentation")
    change = np.subtract(column(table, "error", arm="own"), column(table, "error", arm="alone"))
    half = 2.262 * change.std(ddof=1) / math.sqrt(10)
    assert interval(change).half_width == pytest.approx(half, rel=1e-3)


def test_the_figures_are_those_that_are_committed(lesson, figures):
    drawn = {path.name for path in figures.glob("*.png")}
    assert drawn == {f"lesson10_conditional_{name}.png" for name in NAMES}
