"""Lesson 9: walks, directions, information and rotations by other routes; its table's claims."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lessons import tables
from lessons.tables import disentanglement
from scratchgen import measure
from tests.quick_lesson import run_quick

NAMES = {
    "ways", "shell", "around", "sliders", "hole", "edits", "four", "moved", "more", "fade", "paths",
    "told", "chance", "betas",
}  # fmt: skip
BETAS = (1, 2, 4, 8)


@pytest.fixture(scope="module")
def lesson(figures):
    return run_quick("latent_space", figures, data="glyphs")


@pytest.fixture(scope="module")
def found():
    return tables.rows("disentanglement")


# Letters, and walks between them.


def test_a_letter_drawn_again_with_its_own_factors_is_itself(lesson):
    again = lesson.redrawn({name: f[:20] for name, f in lesson.factors.items()})
    np.testing.assert_array_equal(again, lesson.images[:20])


def test_only_the_factors_that_are_named_vary(lesson):
    assert lesson.names == ["slant", "weight", "size"]
    assert np.ptp(lesson.factors["rotation"]) == 0
    pairs = itertools.combinations([lesson.factors[name] for name in lesson.names], 2)
    assert max(abs(np.corrcoef(a, b)[0, 1]) for a, b in pairs) < 0.15  # 500 letters


def test_a_walk_around_keeps_its_distance_from_0_and_its_speed(lesson, rng):
    a, b = rng.standard_normal((2, 6))
    b *= lesson.length(a) / lesson.length(b)
    walk = lesson.around(a, b, np.linspace(0, 1, 9)[:, None])
    np.testing.assert_allclose(lesson.length(walk), lesson.length(a))
    np.testing.assert_allclose(walk[[0, -1]], [a, b], atol=1e-12)
    steps = lesson.length(np.diff(walk, axis=0))
    np.testing.assert_allclose(steps, steps[0])


def test_a_straight_walk_between_opposite_places_leads_through_the_middle(lesson, rng):
    a = rng.standard_normal(6)
    assert lesson.length((a - a) / 2) == 0
    assert lesson.length((lesson.from_z + lesson.to_z) / 2 - lesson.half_way) < 1e-6


def test_a_walk_along_the_arc_is_as_long_as_the_step_and_stays_as_far_from_0(lesson, rng):
    z, step = rng.standard_normal((20, 5)), 0.7 * rng.standard_normal(5)
    end = lesson.along_arc(z, step)
    radius = lesson.length(z)
    np.testing.assert_allclose(lesson.length(end), radius)
    angle = np.arccos((z * end).sum(axis=1) / radius**2)
    np.testing.assert_allclose(angle * radius, lesson.length(step))
    nearly = lesson.along_arc(z, 1e-6 * step) - z  # a short one goes where the step's part across
    assert (nearly @ step > 0).all()  # the radius does
    np.testing.assert_allclose((nearly * z).sum(axis=1), 0, atol=1e-10)


# Directions.


def test_the_directions_are_the_librarys(lesson):
    for name in lesson.names:
        means = measure.direction(lesson.z, lesson.factors[name])
        np.testing.assert_allclose(lesson.ways[name], means, atol=1e-5)
        weights = measure.direction(lesson.z, lesson.factors[name], by="regression")
        np.testing.assert_allclose(lesson.regression[name], weights, rtol=0.02, atol=1e-3)


def test_the_four_letters_by_hand(lesson):
    leaning, upright = lesson.four[[1, 3]].mean(axis=0), lesson.four[[0, 2]].mean(axis=0)
    np.testing.assert_allclose(leaning, [1.5, 0.1])
    np.testing.assert_allclose(upright, [0.5, 0.1])
    np.testing.assert_allclose(lesson.by_means, [1, 0], atol=1e-12)
    np.testing.assert_allclose(lesson.four @ [1, -5], lesson.lean, atol=1e-12)
    np.testing.assert_allclose(lesson.by_regression, np.array([1, -5]) / 26, atol=1e-12)


def test_both_steps_raise_the_prediction_by_one(lesson):
    for step in (lesson.by_means, lesson.by_regression):
        assert step @ [1, -5] == pytest.approx(1)
    np.testing.assert_allclose(lesson.start + lesson.by_means, lesson.four[3], atol=1e-12)
    ends_near = lesson.start + lesson.by_regression - lesson.four[1]
    assert lesson.length(ends_near) < 0.05


def test_the_regressions_step_is_the_shortest_that_raises_the_prediction_by_one(lesson, rng):
    w = np.array([1.0, -5.0])
    for step in rng.standard_normal((50, 2)):
        step /= step @ w
        assert lesson.length(step) >= lesson.length(lesson.by_regression) - 1e-12


def test_r_squared_is_1_for_the_truth_and_0_for_the_mean(lesson, rng):
    true = rng.standard_normal(50)
    assert lesson.r_squared(true, true) == 1
    assert lesson.r_squared(true.mean(), true) == pytest.approx(0)


def test_numbers_in_use_read_a_factor_as_a_regression_on_them_alone(lesson):
    heard, new = np.zeros_like(lesson.z), np.zeros_like(lesson.z_new)
    heard[:, :3], new[:, :3] = lesson.z[:, :3], lesson.z_new[:, :3]
    for name in lesson.names:
        f, of_new = lesson.factors[name], lesson.test_factors[name]
        alone = disentanglement.readable(lesson.z[:, :3], f, lesson.z_new[:, :3], of_new)
        assert lesson.reads(heard, new, name) == pytest.approx(alone, abs=1e-3)


# Information.


@settings(deadline=None, derandomize=True, max_examples=50)
@given(counts=st.lists(st.integers(0, 5), min_size=6, max_size=6).filter(any))
def test_information_is_the_entropies_of_both_minus_that_of_the_pair(lesson, counts):
    p = np.array(counts).reshape(2, 3) / sum(counts)

    def entropy(shares):
        return -sum(x * math.log(x) for x in np.ravel(shares) if x > 0)

    expected = entropy(p.sum(axis=0)) + entropy(p.sum(axis=1)) - entropy(p)
    assert lesson.information(np.array(counts).reshape(2, 3)) == pytest.approx(expected, abs=1e-12)


def test_the_three_tables_by_hand(lesson):
    assert lesson.information(lesson.whole) == pytest.approx(math.log(2))
    assert lesson.information(lesson.nothing) == pytest.approx(0)
    mostly = 0.75 * math.log(3 / 2) - 0.25 * math.log(2)
    assert lesson.information(lesson.mostly) == pytest.approx(mostly)
    assert mostly < math.log(2) / 5  # "less than a fifth"


def test_a_random_number_tells_what_few_points_make_of_nothing(rng):
    """19 x 19 / 2N: what the lesson's column of a random number shows, of 6,000 letters."""
    factor, nothing = rng.random(6000), rng.random((6000, 10))
    told = measure.mutual_information(nothing, {"f": factor})
    assert told.mean() == pytest.approx(19 * 19 / 12000, rel=0.1)
    assert told.mean().round(2) == 0.03


def test_a_number_tells_no_more_than_its_price_if_it_is_drawn(rng):
    """By means that vary by .05 all can be told; drawn with noise of spread 1 it is nothing."""
    factor = rng.random(20000)
    means = 0.05 * (factor - 0.5) / factor.std()
    price = ((means**2) / 2).mean()
    drawn = np.stack([means, means + rng.standard_normal(20000)], axis=1)
    by_mean, by_draw = measure.mutual_information(drawn, {"f": factor})[:, 0]
    assert by_mean > 2.9
    assert by_draw < price + 19 * 19 / 40000 + 0.003


def test_the_score_is_the_librarys(lesson):
    score = measure.mig(lesson.z, lesson.known, bins=lesson.bins).score
    assert lesson.ours == pytest.approx(score)


# Rotations.


def test_a_rotation_changes_no_length_and_no_angle_and_leaves_unused_numbers(lesson):
    live, Z = lesson.live, lesson.Z
    Q = lesson.rotation(3)
    np.testing.assert_allclose(Q @ Q.T, np.eye(Z), atol=1e-12)
    np.testing.assert_array_equal(Q[~live], np.eye(Z)[~live])
    np.testing.assert_allclose(Q, disentanglement.rotation(live, 3))


def test_rotations_are_drawn_evenly():
    """The first axis goes anywhere on the circle equally often: its mean is 0, its squares 1/2."""
    live = np.array([True, True])
    first = np.array([disentanglement.rotation(live, seed)[0] for seed in range(2000)])
    np.testing.assert_allclose(first.mean(axis=0), 0, atol=0.06)
    np.testing.assert_allclose((first**2).mean(axis=0), 0.5, atol=0.03)


def test_a_turned_machine_draws_the_same_images_with_the_same_probabilities(lesson, rng):
    """Its decoder turns back first: where the prior draws z Q, it draws what ours draws of z."""
    z, Q = rng.standard_normal((20, lesson.Z)), lesson.rotation(1)
    np.testing.assert_allclose(lesson.picture(z @ Q @ Q.T), lesson.picture(z), atol=1e-4)
    np.testing.assert_allclose(lesson.length(z @ Q), lesson.length(z))  # so p(z) is the same


# The table.


def test_the_mean_rises_to_beta_4_by_two_standard_errors_and_falls_at_8(found):
    scores = {beta: np.array(tables.column(found, "mig", beta=beta)) for beta in BETAS}
    means = [own.mean() for own in scores.values()]
    assert means[0] < means[1] < means[3] < means[2]
    wide = {beta: own.std(ddof=1) / math.sqrt(5) for beta, own in scores.items()}
    rise = (means[2] - means[0]) / math.hypot(wide[1], wide[4])
    assert 1.8 < rise < 2.4  # "about twice what it is uncertain by"


def test_one_seed_each_could_have_shown_nearly_any_order_of_the_betas(found):
    scores = [tables.column(found, "mig", beta=beta) for beta in BETAS]
    orders = {tuple(np.argsort(pick)) for pick in itertools.product(*scores)}
    assert len(orders) == 22  # of 24


def test_what_the_text_says_of_twenty_machines(found):
    assert len(found) == 20
    assert sum(row["mig"] > row["turned_high"] for row in found) == 5
    error = [np.mean(tables.column(found, "error", beta=beta)) for beta in BETAS]
    assert 15 < error[2] / error[0] < 17  # "some sixteen times"
    assert max(tables.column(found, "live", beta=1)) == min(tables.column(found, "live", beta=1))
    assert set(tables.column(found, "live", beta=8)) == {2.0}
    chance = [np.mean(tables.column(found, "turned_high", beta=beta)) for beta in BETAS]
    assert chance == sorted(chance)


def test_at_beta_8_the_weight_is_read_off_numbers_that_are_not_in_use(found):
    assert min(tables.column(found, "weight", beta=8)) > 0.9
    assert max(tables.column(found, "weight_used", beta=8)) < 0.3
    used = [f"{name}_used" for name in disentanglement.FACTORS]
    assert min(min(tables.column(found, name, beta=1)) for name in used) > 0.9


def test_a_row_of_the_table_can_be_measured_in_short():
    row = disentanglement.measure({"beta": 4, "seed": 0}, n=120, epochs=1)
    assert row["turned_low"] <= row["turned"] <= row["turned_high"]
    assert 0 <= row["above"] <= 1
    assert row["error"] > 100  # it has learned nothing


def test_a_code_that_is_its_factors_beats_every_rotation(rng):
    f, g = rng.random((2, 3000))
    perfect = disentanglement.of_codes(4 * np.stack([f, g], axis=1), {"f": f, "g": g})
    assert perfect["mig"] > 0.9
    assert perfect["above"] == 0
    assert perfect["turned_high"] < perfect["mig"]


def test_letters_of_the_lesson_are_those_of_the_table(lesson):
    same = disentanglement.letters(lesson.n_letters)
    np.testing.assert_array_equal(same.train_images, lesson.images)
    assert lesson.Z == disentanglement.Z


def test_a_quick_run_leaves_every_figure(lesson, figures):
    drawn = {path.name for path in figures.iterdir()}
    assert drawn == {f"lesson09_latent_space_{name}.png" for name in NAMES}
