"""Lesson 13: its games are the library's, its formulas hold a second way, its cures cure."""

import copy
import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lessons.tables import column, cures, rows
from scratchgen import MLP, Adam, Tensor, data, gan, grad
from scratchgen.functions import softplus
from tests.quick_lesson import run_quick

SEEDS = (0, 1, 2)
STILLS = {
    "hop_losses", "norms", "silent", "smallest", "orbits", "decay", "penalised", "cures", "pack",
}  # fmt: skip


@pytest.fixture(scope="module")
def lesson(figures):
    return run_quick("when_gans_fail", figures, data="mnist5k")


def radius(path):
    return np.hypot(*np.asarray(path).T)


# The loop.


@pytest.mark.parametrize("brake", [0.0, 0.1])
def test_the_loop_gives_the_weights_and_losses_of_the_library(lesson, brake):
    asked = gan.Settings(
        epochs=1, steps=20, batch=128, lr=1e-3, betas=(0.0, 0.99), points=True, r1=brake, r2=brake
    )
    rng = np.random.default_rng(5)
    nets = MLP([2, 8, 2], rng=rng), MLP([2, 8, 1], rng=rng)
    (record,) = gan.train(*nets, cures.ring, asked, rng=rng)

    rng = np.random.default_rng(5)
    ours = MLP([2, 8, 2], rng=rng), MLP([2, 8, 1], rng=rng)
    adams = [Adam(net.parameters(), 1e-3, (0.0, 0.99)) for net in ours]
    game = lesson.play(*ours, adams, cures.ring, rng, brake=brake)
    losses = np.array(list(itertools.islice(game, 20)))
    for one, other in zip(ours, nets, strict=True):
        for a, b in zip(one.parameters(), other.parameters(), strict=True):
            np.testing.assert_array_equal(a.value, b.value)
    np.testing.assert_allclose(losses.mean(axis=0), [record.d_loss, record.g_loss], rtol=1e-5)


def test_packs_are_those_of_the_library(lesson, rng):
    x = rng.standard_normal((12, 2)).astype("float32")
    D = MLP([6, 4, 1], rng=rng)
    np.testing.assert_array_equal(gan.Packed(D, 3)(x).value, D(lesson.in_packs(x, 3)).value)


def test_packs_of_real_points_lie_in_one_place_once_in_64(rng):
    _, heap = data.ring(40_000, rng, modes=8)
    pairs = np.asarray(heap).reshape(-1, 2)
    assert (pairs == [1, 1]).all(axis=1).mean() == pytest.approx(1 / 64, abs=0.005)


def test_the_norm_is_that_of_all_numbers_of_the_gradient_together(lesson):
    rng = np.random.default_rng(0)
    G, D = lesson.image_nets(rng)
    slopes = grad(gan.g_loss(D(G(lesson.z_asked))), G.parameters())
    together = np.concatenate([np.ravel(g) for g in slopes])
    found = lesson.norm_of_gradient(G, D, gan.g_loss)
    assert found == pytest.approx(np.linalg.norm(together), rel=1e-4)


@settings(deadline=None, derandomize=True, max_examples=50)
@given(pays=st.lists(st.floats(0.1, 5), min_size=2, max_size=8), seed=st.integers(0, 1000))
def test_no_way_to_share_fakes_pays_less_than_all_in_the_cheapest_heap(pays, seed):
    shares = np.random.default_rng(seed).dirichlet(np.ones(len(pays)))
    assert shares @ np.array(pays) >= min(pays) - 1e-12


def test_the_way_in_20_turns_is_counted_in_widths_of_the_real_points(lesson, rng):
    points = rng.standard_normal((300, 2))
    drifting = points + 0.01 * np.arange(100)[:, None, None] * [1, 0]  # (turns, points, 2)
    wide, _, moved = lesson.in_the_end(drifting)
    assert moved == pytest.approx(0.2 / lesson.width(lesson.heaps))
    assert wide == pytest.approx(points.std(axis=0).mean() / lesson.width(lesson.heaps))
    assert lesson.in_the_end(np.repeat(points[None], 100, axis=0))[2] == 0


# Three heaps.


@given(logits=st.lists(st.floats(-4, 4), min_size=3, max_size=3))
def test_d_pays_at_least_log_4_if_the_fakes_lie_where_it_is_largest(lesson, logits):
    for _, pays in lesson.three_heaps(np.array(logits), turns=5):
        assert pays >= math.log(4) - 1e-12


@given(share=st.lists(st.floats(0.01, 1), min_size=3, max_size=3))
def test_the_best_d_pays_at_most_log_4(share):
    w = np.array(share) / np.sum(share)
    D = (1 / 3) / (1 / 3 + w)
    assert -np.log(D).mean() - w @ np.log(1 - D) <= math.log(4) + 1e-12


def test_a_step_of_d_on_three_heaps_goes_down_its_loss(lesson):
    logits = np.array([0.2, -0.1, 0.4])
    seen = list(lesson.three_heaps(logits, turns=2))
    t = Tensor(logits[None])
    loss = softplus(-t).sum() * (1 / 3) + softplus(t @ np.array([[0.0], [0.0], [1.0]])).sum()
    assert float(loss.value) == pytest.approx(seen[0][1])
    moved = logits - grad(loss, t)[0]
    assert seen[1][0] == "ABC"[moved.argmax()]


# The smallest GAN.


def test_both_at_once_a_wgan_grows_by_the_formula_and_in_turns_it_keeps_its_quantity(lesson):
    h = lesson.h
    n = np.arange(1001)
    grown = radius(lesson.dirac("WGAN", 1000, at_once=True))
    np.testing.assert_allclose(grown, (1 + h**2) ** (n / 2), rtol=1e-9)
    theta, psi = lesson.dirac("WGAN", 1000).T
    np.testing.assert_allclose(theta**2 + psi**2 - h * theta * psi, 1, rtol=1e-9)


def test_minimax_in_turns_is_on_its_circle_after_a_thousand_steps(lesson):
    r = radius(lesson.dirac("minimax", 1000))
    assert r[-1] == pytest.approx(1, rel=0.02)
    assert 0.95 < r.min() < r.max() < 1.05


def test_non_saturating_shrinks_by_the_formula_and_stalls_where_it_says(lesson):
    h = lesson.h
    r = radius(lesson.dirac("non-saturating", 1000))
    assert r[-1] == pytest.approx(1 / math.sqrt(1 + 1000 * h / 8), rel=0.02)
    at_once = radius(lesson.dirac("non-saturating", 3000, at_once=True))
    assert at_once[-1] == pytest.approx(math.sqrt(2 * h), rel=0.02)


def test_the_rate_is_that_of_the_motion_in_time():
    """A second way: the differential equation itself, by Runge and Kutta's method."""

    def velocity(at):
        D = 1 / (1 + np.exp(-at[0] * at[1]))
        return np.array([(1 - D) * at[1], -D * at[0]])

    at, dt = np.array([1.0, 0.0]), 0.05
    for _ in range(20_000):  # to t = 1000
        a = velocity(at)
        b = velocity(at + dt / 2 * a)
        c = velocity(at + dt / 2 * b)
        d = velocity(at + dt * c)
        at = at + dt / 6 * (a + 2 * b + 2 * c + d)
    assert radius([at])[0] == pytest.approx(1 / math.sqrt(1 + 1000 / 8), rel=0.02)


def test_the_pulls_are_the_gradients_of_the_librarys_losses(lesson, rng):
    for theta, psi in rng.standard_normal((10, 2)):
        x, slope = Tensor(np.array([[theta]])), Tensor(np.array([[psi]]))
        t = theta * psi
        losses = {"minimax": gan.g_loss_minimax, "non-saturating": gan.g_loss}
        for name, loss in losses.items():
            d, g = lesson.pulls(name, t)
            on_psi = grad(gan.d_loss(slope * 0.0, slope * theta), slope)
            np.testing.assert_allclose(on_psi, d * theta, rtol=1e-9)
            np.testing.assert_allclose(grad(loss(x * psi), x), -g * psi, rtol=1e-9)
    assert lesson.pulls("WGAN", 0.3) == (1, 1)


def test_penalties_have_the_slopes_of_the_librarys(lesson, rng):
    place = np.array([[0.6]])
    for psi in (-1.5, -0.4, 0.3, 2.0):
        slope, x = Tensor(np.array([[psi]])), Tensor(place)
        steep = gan.squared_slope(x @ slope, x)
        assert float(grad(0.7 * steep, slope)[0, 0]) == pytest.approx(lesson.r1_slope(0.7)(psi))
        penalty = gan.gradient_penalty(lambda y, s=slope: y @ s, place, place, rng)
        assert float(grad(0.1 * penalty, slope)[0, 0]) == pytest.approx(lesson.gp_slope(psi))


@pytest.mark.parametrize("weight", [0.1, 0.3, 0.5, 1.0, 3.0])
def test_the_rates_are_the_eigenvalues_of_the_game_near_its_goal(weight):
    flow = np.array([[0, 0.5], [-0.5, -2 * weight]])  # of theta and psi
    root = np.sqrt(complex(weight**2 - 0.25))
    expected = [-weight - root, -weight + root]
    found = np.linalg.eigvals(flow.astype(complex))
    by_size = lambda values: sorted(values, key=lambda x: (round(x.real, 6), x.imag))
    np.testing.assert_allclose(by_size(found), by_size(expected), atol=1e-7)


def test_no_weight_of_r1_brings_to_rest_sooner_than_a_half():
    slowest = lambda weight: (-weight + np.sqrt(complex(weight**2 - 0.25))).real
    weights = np.linspace(0.01, 3, 300)
    best = weights[np.argmin([slowest(weight) for weight in weights])]
    assert best == pytest.approx(0.5, abs=0.01)


def test_r1_settles_and_wgan_gp_does_not(lesson):
    settled = lesson.dirac("minimax", 1000, penalty=lesson.r1_slope(0.5))
    assert radius(settled)[-1] < 1e-6
    assert radius(lesson.dirac("WGAN", 3000, penalty=lesson.gp_slope))[-500:].min() > 1


def test_momentum_keeps_it_from_resting_and_only_a_strong_r1_saves_it(lesson):
    at = lambda weight: radius(lesson.dirac(
        "non-saturating", 3000, penalty=lesson.r1_slope(weight), beta=0.9))  # fmt: skip
    assert at(0.0)[-500:].min() > 1.3
    assert at(0.05)[-500:].min() > 1
    assert at(0.1)[-500:].min() > 1
    assert at(0.5)[-1] < 1e-6


def test_negative_momentum_comes_nearer_than_none(lesson):
    none, negative = (radius(lesson.dirac("non-saturating", 1000, beta=b)) for b in (0.0, -0.5))
    assert negative[-1] < 0.7 * none[-1]


def test_the_best_weight_of_r1_is_a_little_below_a_half_with_steps(lesson):
    at = lambda weight: radius(lesson.dirac("minimax", 300, penalty=lesson.r1_slope(weight)))[-1]
    assert at(0.4) < at(0.5) < at(0.3)


# The cures.


def test_the_table_has_a_row_for_each_game():
    keys = [(row["momentum"], row["cure"], row["seed"]) for row in rows("cures")]
    assert keys == [(row["momentum"], row["cure"], row["seed"]) for row in cures.ROWS]


def test_the_table_says_what_the_text_says():
    found = rows("cures")
    modes = lambda which, **where: column(found, which, **where)
    assert modes("modes", cure="none", momentum=0.0) == [7, 7, 7]
    assert modes("modes", cure="none", momentum=0.9) == [0, 0, 6]
    assert modes("average_modes", cure="none", momentum=0.9) == [0, 0, 0]
    for name in ("R1", "R1 + R2", "noise"):
        assert modes("modes", cure=name, momentum=0.0) == [8, 8, 8]
    for name in ("WGAN-GP", "packing"):
        assert modes("average_modes", cure=name, momentum=0.0) == [8, 8, 8]
    assert modes("modes", cure="R1", momentum=0.9) == [2, 2, 5]
    for name in ("R1", "R1, weight 1", "R1, weight 3"):
        assert modes("modes", cure=name, momentum=0.9) != [8, 8, 8]
        assert max(modes("good", cure=name, momentum=0.9)) < 0.5
        assert modes("average_modes", cure=name, momentum=0.0) == [8, 8, 8]
    assert modes("modes", cure="packing", momentum=0.9) == [8, 8, 8]
    assert modes("modes", cure="packing + R1 + R2", momentum=0.9) != [8, 8, 8]


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_packing_finds_all_eight_against_momentum(seed):
    assert cures.measure_row(0.9, "packing", seed)["modes"] == 8


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_r1_finds_all_eight_without_momentum(seed):
    assert cures.measure_row(0.0, "R1", seed)["modes"] == 8


@pytest.mark.slow
def test_a_fast_generator_collapses_on_at_least_two_seeds_of_three(lesson):
    widths, lost = [], []
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        G, D = MLP([2, 64, 64, 64, 2], rng=rng), MLP([2, 64, 64, 64, 1], rng=rng)
        adams = Adam(G.parameters(), 0.01, (0.9, 0.999)), Adam(D.parameters(), 0.001, (0.9, 0.999))
        late = []
        for n, (loss_d, _) in enumerate(lesson.play(G, D, adams, cures.ring, rng)):
            if n >= 500:
                late.append((lesson.width(lesson.fakes(G, lesson.z_shown)), loss_d))
            if n == 999:
                break
        widths.append(np.median(np.array(late)[:, 0]))
        lost.append(np.mean(np.array(late)[:, 1]))
    assert sum(width < 0.3 for width in widths) >= 2
    assert min(lost) > math.log(4)  # D is far from winning: it is late


# Images.


def test_the_winner_stays_as_it_is_while_games_go_on_from_it(lesson):
    before = [w.value.copy() for net in lesson.winner for w in net.parameters()]
    lesson.go_on(gan.g_loss, lesson.by_descent)
    after = [w.value for net in copy.deepcopy(lesson.winner) for w in net.parameters()]
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_quick_run_leaves_every_figure(lesson, figures):
    prefix = "lesson13_when_gans_fail_"
    drawn = {path.name.removeprefix(prefix) for path in figures.iterdir()}
    assert drawn == {f"{name}.png" for name in STILLS} | {"hops.webp", "hops_still.png"}
