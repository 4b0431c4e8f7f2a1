"""Lesson 11: its loop is the library's, its formulas hold a second way, its games end as told."""

import copy
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scratchgen import MLP, Tensor, data, gan, grad, measure
from scratchgen.engine import detach, no_grad
from scratchgen.functions import sigmoid
from tests.quick_lesson import run_quick

STILLS = {"start", "nets", "alone", "arrows", "back", "codes", "best", "losses", "pushes"}
STILLS |= {"walks", "ends"}
FILMS = {"game", "brake", "moons"}
SEEDS = (0, 1, 2)


@pytest.fixture(scope="module")
def lesson(figures):
    return run_quick("gan_in_two_dimensions", figures)


def same_weights(one, other):
    for a, b in zip(one.parameters(), other.parameters(), strict=True):
        np.testing.assert_array_equal(a.value, b.value)


def plane(side=81, edge=4.5):
    """A fine grid of places (side * side, 2), and the area of each square."""
    line = np.linspace(-edge, edge, side)
    return np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2), (line[1] - line[0]) ** 2


def densities(x):
    """Those of the lesson's known pair."""
    p = data.ring_density(x, radius=2.0, std=0.4)
    return p, data.ring_density(x, modes=1, radius=0.0, std=1.2)


# The loop.


@pytest.mark.parametrize(("brake", "saturate"), [(False, False), (True, False), (True, True)])
def test_the_loop_gives_the_weights_and_losses_of_the_library(lesson, brake, saturate):
    loss = "g_loss_minimax" if saturate else "g_loss"
    weight = lesson.brake if brake else 0.0
    asked = gan.Settings(
        epochs=1, steps=lesson.turns, batch=lesson.batch, lr=lesson.lr, betas=(0.0, 0.99),
        points=True, loss=loss, r1=weight, r2=weight, decay=0.995,
    )  # fmt: skip
    rng = np.random.default_rng(5)
    G, D = lesson.new_nets(rng)
    average = copy.deepcopy(G)
    (record,) = gan.train(G, D, lesson.ring, asked, rng=rng, average=average)

    rng = np.random.default_rng(5)
    ours = lesson.new_nets(rng)
    calm = copy.deepcopy(ours[0])
    d_turn = lesson.d_step_with_brake if brake else lesson.d_step
    loss_of = lesson.minimax_loss if saturate else lesson.g_loss
    game = lesson.play(*ours, lesson.ring, rng, d_turn, loss_of)
    losses = np.array(list(lesson.averaged(game, ours[0], calm)))
    for one, other in zip((*ours, calm), (G, D, average), strict=True):
        same_weights(one, other)
    np.testing.assert_allclose(losses.mean(axis=0), [record.d_loss, record.g_loss], rtol=1e-5)


def test_the_losses_are_those_of_their_formulas(lesson, rng):
    t = rng.standard_normal((50, 1)) * 3
    D = 1 / (1 + np.exp(-t))
    assert float(lesson.g_loss(t)) == pytest.approx(-np.log(D).mean())
    assert float(lesson.minimax_loss(t)) == pytest.approx(np.log(1 - D).mean())


def test_the_generator_stays_while_the_discriminator_has_its_turn(lesson, rng):
    G, D = lesson.new_nets(rng)
    before = [w.value.copy() for w in G.parameters()]
    with no_grad():
        fake = G(rng.standard_normal((8, 2)).astype("float32"))
    lesson.d_step(D, lesson.Adam(D.parameters()), lesson.ring(8, rng), fake)
    for w, old in zip(G.parameters(), before, strict=True):
        np.testing.assert_array_equal(w.value, old)


# Arrows.


def test_the_arrow_of_each_point_is_its_own_gradient(lesson, rng):
    x, A = rng.standard_normal((5, 2)), np.array([[1.0, 3.0], [0.0, -2.0]])
    hill = lambda x: ((x @ A) * x).sum(axis=1)  # x' A x, whose gradient is (A + A') x
    np.testing.assert_allclose(lesson.arrows_at(hill, x), x @ (A + A.T), rtol=1e-12)


def test_both_losses_pull_along_the_arrow_by_d_and_by_one_minus_d(lesson, rng):
    t = Tensor(rng.standard_normal(20) * 4)
    D = 1 / (1 + np.exp(-t.value))
    np.testing.assert_allclose(20 * grad(lesson.minimax_loss(t), t), -D, rtol=1e-9)
    np.testing.assert_allclose(20 * grad(lesson.g_loss(t), t), -(1 - D), rtol=1e-9)


def test_the_pushes_of_the_figure_are_the_gradients_of_both_losses(lesson):
    for name, loss in {"minimax": lesson.minimax_loss, "non-saturating": lesson.g_loss}.items():
        x = Tensor(lesson.fake)
        push = -len(lesson.fake) * grad(loss(lesson.early[1](x)), x)
        np.testing.assert_allclose(lesson.pushes[name], push, rtol=1e-3, atol=1e-4)


def test_the_steepness_of_the_brake_is_the_librarys_squared_slope(lesson, rng):
    D = lesson.new_nets(rng)[1]
    x = Tensor(rng.standard_normal((20, 2), "float32"))
    weights = [layer.W for layer in D.layers]  # a bias moves no slope
    ours = grad(lesson.steepness(D(x), x), weights)
    theirs = grad(gan.squared_slope(D(x), x), weights)
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-7)


# What is counted.


def test_each_point_is_told_its_nearest_heap_and_good_within_three_deviations(lesson):
    centres = data.ring_centres(8, 1.4)
    aside = np.array([0.0, 1.0])
    heap, good = lesson.heap_of(np.concatenate([centres + 0.2 * aside, centres + 0.22 * aside]))
    np.testing.assert_array_equal(heap, [*range(8), *range(8)])
    np.testing.assert_array_equal(good, [True] * 8 + [False] * 8)


@pytest.mark.parametrize("std", [0.02, 0.04])
def test_the_width_is_the_standard_deviation_wherever_the_heaps_lie(lesson, rng, std):
    points = data.ring(20_000, rng, modes=8, radius=1.4, std=std)[0] + 0.03
    assert lesson.width(points) == pytest.approx(std, rel=0.03)


def test_eight_exact_centres_are_all_good_and_have_no_width(lesson):
    points = np.repeat(data.ring_centres(8, 1.4), 50, axis=0)
    assert lesson.count(points).high_quality == 1
    assert lesson.width(points) == pytest.approx(0, abs=1e-6)


def test_points_of_which_none_is_good_have_no_width(lesson):
    assert lesson.width(np.zeros((10, 2))) == 0


# The best discriminator.


@settings(deadline=None, derandomize=True, max_examples=50)
@given(p=st.floats(0.1, 10), q=st.floats(0.1, 10))
def test_no_answer_pays_less_than_p_over_p_plus_q(p, q):
    pays = lambda D: -p * np.log(D) - q * np.log(1 - D)
    assert pays(p / (p + q)) <= pays(np.linspace(0.001, 0.999, 999)).min() + 1e-12


def test_best_is_made_of_the_densities_that_the_points_are_drawn_from(lesson, rng):
    x, _ = plane()
    p, q = densities(x)
    np.testing.assert_allclose(lesson.best(x), p / (p + q), rtol=1e-9)
    for draw, spread in ((lesson.p_points, math.sqrt(2 + 0.16)), (lesson.q_points, 1.2)):
        np.testing.assert_allclose(np.std(draw(20_000, rng), axis=0), spread, rtol=0.03)


def test_counted_in_squares_the_share_of_real_points_is_the_best_answer(lesson, rng):
    places = np.array([[2.0, 0.0], [1.0, 1.0], [0.0, 0.5]])
    real, fake = lesson.p_points(400_000, rng), lesson.q_points(400_000, rng)
    for at in places:
        p, q = ((np.abs(x - at).max(axis=1) < 0.1).sum() for x in (real, fake))
        assert p / (p + q) == pytest.approx(lesson.best(at), abs=0.02)


def test_the_best_loss_is_log_4_less_twice_the_jensen_shannon_divergence():
    x, area = plane(side=301, edge=6)
    p, q = densities(x)
    middle = (p + q) / 2
    best = -(p * np.log(p / (p + q)) + q * np.log(q / (p + q))).sum() * area
    divergence = (p * np.log(p / middle) + q * np.log(q / middle)).sum() * area / 2
    assert best == pytest.approx(math.log(4) - 2 * divergence, abs=1e-5)
    assert divergence == pytest.approx(0.2034, abs=5e-5)


def test_the_lesson_finds_the_best_loss_from_points_alone(lesson):
    x, area = plane(side=301, edge=6)
    p, q = densities(x)
    best = -(p * np.log(p / (p + q)) + q * np.log(q / (p + q))).sum() * area
    assert lesson.best_loss == pytest.approx(best, abs=0.01)


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_without_a_brake_a_heap_is_lost_and_the_way_to_it_leads_through_a_valley(
    lesson, seed, monkeypatch
):
    monkeypatch.setattr(lesson, "turns", 1500)
    rng = np.random.default_rng(seed)
    G, D = lesson.new_nets(rng)
    for _ in lesson.play(G, D, lesson.ring, rng):
        pass
    made = detach(G(np.random.default_rng(3).standard_normal((4000, 2), "float32")))
    assert lesson.count(made).modes == 7
    assert lesson.width(made) < 0.8 * 0.07
    heap, good = lesson.heap_of(made)
    lost = np.bincount(heap[good], minlength=8).argmin()
    for k in (lost - 1, (lost + 1) % 8):
        way = np.linspace(0, 1, 101)[:, None]
        centres = data.ring_centres(8, 1.4)
        points = (1 - way) * centres[k] + way * centres[lost]
        logits = detach(D(points.astype("float32")))[:, 0]
        assert 25 < logits.argmin() < 75
        assert logits.min() < -2 < 0 < logits[-1]


def test_the_value_of_the_game_is_minus_the_discriminators_loss(lesson, rng):
    real, fake = rng.standard_normal((2, 100, 1))
    D_real, D_fake = sigmoid(real), sigmoid(fake)
    value = np.log(D_real).mean() + np.log(1 - D_fake).mean()
    assert float(gan.d_loss(real, fake)) == pytest.approx(-value)


def test_three_standard_deviations_hold_as_many_real_points_as_the_text_says(lesson, rng):
    assert 1 - math.exp(-9 / 2) == pytest.approx(0.989, abs=5e-4)
    scores = lesson.count(lesson.ring(20_000, rng))
    assert scores.high_quality == pytest.approx(0.989, abs=0.003)


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_a_net_comes_within_15_thousandths_of_the_best_answer(lesson, seed):
    rng = np.random.default_rng(seed)
    D = MLP([2, 64, 64, 64, 1], rng=rng)
    x = np.concatenate([lesson.p_points(2000, rng), lesson.q_points(2000, rng)])
    for _ in lesson.teach(D, rng, 3000):
        pass
    assert np.abs(lesson.probability(D, x) - lesson.best(x)).mean() < 0.015


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_with_a_brake_all_eight_modes_are_found(lesson, seed, monkeypatch):
    monkeypatch.setattr(lesson, "turns", 1500)
    rng = np.random.default_rng(seed)
    G, D = lesson.new_nets(rng)
    calm = copy.deepcopy(G)
    game = lesson.play(G, D, lesson.ring, rng, lesson.d_step_with_brake)
    for _ in lesson.averaged(game, G, calm):
        pass
    made = detach(calm(np.random.default_rng(3).standard_normal((4000, 2), "float32")))
    scores = measure.mode_scores(made, data.ring_centres(8, 1.4), 0.07, 0.25 / 8)
    assert scores.modes == 8
    assert scores.high_quality > 0.7


def test_a_quick_run_leaves_every_figure(lesson, figures):
    prefix = "lesson11_gan_in_two_dimensions_"
    drawn = {path.name.removeprefix(prefix) for path in figures.iterdir()}
    films = {f"{name}.webp" for name in FILMS} | {f"{name}_still.png" for name in FILMS}
    assert drawn == {f"{name}.png" for name in STILLS} | films
