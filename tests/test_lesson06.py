"""Lesson 6: PCA, angles, coverage and the coins by other routes; the loop, step by step."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scratchgen import data, measure, optim
from scratchgen.engine import Tensor, grad
from tests.quick_lesson import run_quick

NAMES = {
    "covered", "uncovered", "line", "autoencoder", "copies", "rows", "dots", "rebuilt", "map",
    "plane", "random", "balls", "result",
}  # fmt: skip


@pytest.fixture(scope="module")
def lesson(figures):
    return run_quick("autoencoder", figures, data="mnist5k")


def squared(a, b):
    return ((a - b) ** 2).sum(axis=1)


# One number for two.


def test_the_ink_is_what_the_image_shows(lesson):
    tiles = lesson.train_images[:20].reshape(20, 28, 28)
    expected = np.stack([tiles[:, :14].sum((1, 2)), tiles[:, 14:].sum((1, 2))], axis=1)
    np.testing.assert_allclose(lesson.ink(lesson.train_images[:20]), expected, rtol=1e-5)


@settings(deadline=None, derandomize=True, max_examples=30)
@given(angle=st.floats(0, 180))
def test_error_and_spread_add_up_to_the_same_for_every_line(lesson, angle):
    z, rebuilt = lesson.along(lesson.points, angle)
    total = squared(lesson.points, lesson.m).mean()
    assert z.mean() == pytest.approx(0, abs=1e-3)
    assert (z**2).mean() + squared(lesson.points, rebuilt).mean() == pytest.approx(total, rel=1e-5)


def test_the_best_line_is_an_eigenvector_of_the_covariance(lesson):
    values, vectors = np.linalg.eigh(np.cov(lesson.points.T))
    slope = np.degrees(np.arctan2(*vectors[::-1, values.argmax()])) % 180
    assert slope == pytest.approx(lesson.best, abs=0.1)
    assert round(slope, 1) == 51.4  # "near 50 degrees"


# The autoencoder.


def test_the_loop_takes_adams_steps_along_the_derivative_of_the_mean_squared_distance(lesson):
    lesson.rng = np.random.default_rng(1)
    ours = lesson.Autoencoder([64, 3])
    start = [w.value.copy() for w in ours.parameters()]
    images = np.random.default_rng(2).random((32, 64)).astype("float32")
    for _ in lesson.train(ours, images, epochs=4, lr=0.01):
        pass  # 32 images are one batch, so their order does not matter

    theirs = [Tensor(w) for w in start]
    A, a, B, b = theirs
    steps = optim.Adam(theirs, lr=0.01)
    for _ in range(4):
        x = images.astype("float32")
        z = x @ A.value + a.value
        g = 2 * (z @ B.value + b.value - x) / len(x)
        back = g @ B.value.T
        gradients = [x.T @ back, back.sum(axis=0), z.T @ g, g.sum(axis=0)]
        steps.step([gradient.astype("float32") for gradient in gradients])
    for mine, other in zip(ours.parameters(), theirs, strict=True):
        np.testing.assert_allclose(mine.value, other.value, atol=1e-4)


def test_what_is_rebuilt_and_its_error_are_what_the_nets_give(lesson, rng):
    net, x = lesson.Autoencoder([64, 16, 2]), rng.random((5, 64)).astype("float32")
    h = np.maximum(x @ net.encoder.layers[0].W.value + net.encoder.layers[0].b.value, 0)
    z = h @ net.encoder.layers[1].W.value + net.encoder.layers[1].b.value
    np.testing.assert_allclose(net.encode(x), z, rtol=1e-4, atol=1e-5)
    expected = squared(net.decode(z), x).mean()
    assert lesson.error_of(net, x) == pytest.approx(expected, rel=1e-4)


def test_the_error_of_pca_is_the_sum_of_the_variances_that_it_leaves_out(lesson):
    variances = np.linalg.eigvalsh(np.cov(lesson.train_images.T, bias=True))
    assert lesson.least == pytest.approx(variances[:-2].sum(), rel=1e-3)


def test_no_linear_autoencoder_has_a_smaller_error_than_pca(lesson):
    for net in lesson.linear:
        assert lesson.error_of(net, lesson.train_images) > 0.9999 * lesson.least


def test_a_linear_autoencoder_finds_the_plane_of_pca_but_not_its_axes(rng):
    """By plain gradient descent on few numbers, without the library's nets, loop or optimiser."""
    x = rng.standard_normal((200, 5)) * [3, 2.5, 1, 0.5, 0.2]
    x = (x - x.mean(axis=0)) @ np.linalg.qr(rng.standard_normal((5, 5)))[0]
    A, B = 0.3 * rng.standard_normal((5, 2)), 0.3 * rng.standard_normal((2, 5))
    for _ in range(16000):
        z = x @ A
        g = 2 * (z @ B - x) / len(x)
        A, B = A - 0.01 * x.T @ (g @ B.T), B - 0.01 * z.T @ g
    pca = measure.pca(x, 2)
    assert measure.principal_angles(B, pca.axes).max() < 0.01
    np.testing.assert_allclose(x @ A @ B, pca.decode(pca.encode(x)), atol=1e-4)
    cosines = abs(pca.axes @ B.T) / np.linalg.norm(B, axis=1)
    assert np.degrees(np.arccos(cosines.max(axis=0))).max() > 5  # off the nearer axis


def test_a_decoder_that_is_told_sum_and_difference_draws_the_same_copies(rng):
    z, W = rng.standard_normal((20, 2)), rng.standard_normal((2, 5))
    said = np.stack([z[:, 0] + z[:, 1], z[:, 0] - z[:, 1]], axis=1)
    undone = np.array([[0.5, 0.5], [0.5, -0.5]]) @ W
    np.testing.assert_allclose(said @ undone, z @ W)


def test_how_far_the_copies_differ_is_what_the_two_planes_give(lesson):
    net, x = lesson.linear[0], lesson.train_images[:20]
    (W,), (b,) = [[p.value for p in net.decoder.parameters() if p.ndim == d] for d in (2, 1)]
    mean, (one, two) = lesson.train_images.mean(axis=0), lesson.pca.axes
    on_plane = [mean + ((i - mean) @ one) * one + ((i - mean) @ two) * two for i in x]
    expected = squared(net.encode(x) @ W + b, np.array(on_plane)).mean()
    assert lesson.copies_differ(net, x) == pytest.approx(expected, rel=1e-3)


def test_the_angle_between_two_lines_is_at_most_ninety_degrees(lesson):
    for degrees, expected in ((0, 0), (30, 30), (90, 90), (150, 30), (180, 0)):
        turned = np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))])
        assert lesson.apart(np.array([2.0, 0.0]), turned) == pytest.approx(expected, abs=1e-5)


def test_a_dot_past_two_pixels_has_one_number_and_no_line(lesson):
    assert lesson.dots.shape == (200, 2)
    assert lesson.dots[:, 0].argmax() < lesson.dots[:, 1].argmax()  # the left one lights up first
    _, sizes, _ = np.linalg.svd(lesson.dots - lesson.dots.mean(axis=0))
    assert lesson.by_line.mean() == pytest.approx(sizes[1] ** 2 / 200, rel=1e-4)


# The map.


def test_a_tile_that_is_said_to_hold_a_code_holds_one(lesson):
    z, side = lesson.flat.encode(lesson.train_images), lesson.side
    for x, y in lesson.centres[lesson.held]:
        assert ((abs(z - [x, y]) <= 0.5001 * side).all(axis=1)).any()


def test_every_code_lies_on_a_tile_that_holds_one(lesson):
    z = lesson.flat.encode(lesson.train_images)
    nearest = [squared(lesson.centres.reshape(-1, 2), code).argmin() for code in z[:500]]
    assert lesson.held.ravel()[nearest].mean() > 0.99  # but for rounding at the edges


# Random codes.


def test_codes_from_the_box_are_spread_evenly_over_it(lesson, rng):
    z = rng.standard_normal((50, 3))
    lesson.rng = np.random.default_rng(0)
    drawn = np.concatenate([lesson.from_the_box(z) for _ in range(5)])
    assert drawn.shape == (5 * lesson.n, 3)
    assert (drawn >= z.min(axis=0)).all()
    assert (drawn <= z.max(axis=0)).all()
    sd = np.ptp(z, axis=0) / math.sqrt(12)
    np.testing.assert_allclose(drawn.std(axis=0), sd, rtol=0.1)


def test_codes_from_the_normal_have_the_mean_and_the_covariances(lesson, rng):
    z = rng.standard_normal((500, 2)) @ [[1.0, 0.8], [0.0, 0.5]] + [3, -1]
    lesson.rng = np.random.default_rng(0)
    drawn = np.concatenate([lesson.from_a_normal(z) for _ in range(5)])
    np.testing.assert_allclose(drawn.mean(axis=0), z.mean(axis=0), atol=0.15)
    np.testing.assert_allclose(np.cov(drawn.T), np.cov(z.T), atol=0.15)


def test_cells_are_halves_of_each_number():
    codes = np.array([[0.0, 0.0], [1.0, 1.0], [0.1, 0.2], [0.9, 0.2]])
    middle = (codes.min(axis=0) + codes.max(axis=0)) / 2
    assert len(np.unique(codes > middle, axis=0)) == 3


def test_four_thousand_images_hit_less_than_one_cell_in_a_million():
    assert 4000 / 2**32 < 1e-6
    assert 4000 / 2**8 > 15


def test_the_cell_of_an_image_says_of_each_number_whether_it_is_high(lesson):
    net = lesson.nets[2]
    known = net.encode(lesson.train_images)
    (low_1, low_2), (high_1, high_2) = known.min(axis=0), known.max(axis=0)
    z = net.encode(lesson.test_images[:50])
    expected = [(a - low_1 > high_1 - a, b - low_2 > high_2 - b) for a, b in z]
    assert lesson.halves(net, lesson.test_images[:50]) == expected


def test_the_distance_to_the_nearest_code_is_in_standard_deviations(lesson, rng):
    known, codes = rng.standard_normal((40, 3)) * [1, 10, 100], rng.standard_normal((9, 3))
    both = np.concatenate([known, codes]) / known.std(axis=0)
    distances = np.linalg.norm(both[40:, None] - both[None, :40], axis=2)
    np.testing.assert_allclose(lesson.to_nearest(codes, known), distances.min(axis=1))
    np.testing.assert_allclose(lesson.to_nearest(known[:5], known), 0)


def test_a_code_beyond_a_border_may_be_close_to_another():
    """Why an empty cell is not a hole: the nearer of two codes may lie in another cell."""
    codes = np.array([[0.51, 0.9], [0.52, 0.1], [0.49, 0.9]])
    assert (codes[2] > 0.5).tolist() not in (codes[:2] > 0.5).tolist()
    assert np.linalg.norm(codes[2] - codes[0]) < 0.03


# Coverage.


def test_five_balls_by_hand(lesson):
    """As one would do it on paper, with a ruler."""
    distances = np.sqrt(((lesson.five[:, None] - lesson.five) ** 2).sum(axis=2))
    radii = np.sort(distances, axis=1)[:, 1]
    np.testing.assert_allclose(radii, [2, 2, 3, 3, 3])
    for crosses, expected in ((lesson.crowd, [3]), (lesson.spread, [0, 2, 3, 4])):
        to_crosses = np.sqrt(((lesson.five[:, None] - crosses) ** 2).sum(axis=2)).min(axis=1)
        assert np.flatnonzero(to_crosses <= radii).tolist() == expected
        assert abs(to_crosses - radii).min() > 0.1  # nobody has to argue about an edge
        assert lesson.coverage(lesson.five, crosses, k=1) == len(expected) / 5


def test_two_crosses_of_the_second_generator_lie_in_no_ball(lesson):
    found = measure.precision_recall_density_coverage(lesson.five, lesson.spread, k=1)
    assert found.precision == pytest.approx(4 / 6)
    assert found.coverage == pytest.approx(4 / 5)


@settings(deadline=None, derandomize=True, max_examples=20)
@given(seed=st.integers(0, 99), k=st.integers(1, 5), n=st.integers(7, 15), m=st.integers(7, 15))
def test_coverage_is_the_librarys(lesson, seed, k, n, m):
    rng = np.random.default_rng(seed)
    real, made = rng.random((n, 3)), rng.random((m, 3))
    theirs = measure.precision_recall_density_coverage(real, made, k=k).coverage
    assert lesson.coverage(real, made, k) == pytest.approx(theirs)


def test_a_perfect_generator_covers_what_the_coins_say(rng):
    found = []
    for _ in range(20):
        points = rng.standard_normal((600, 4))
        found.append(measure.precision_recall_density_coverage(points[:300], points[300:]).coverage)
    assert np.mean(found) == pytest.approx(1 - 1 / 32, abs=0.005)


def test_five_coins_are_all_heads_once_in_thirty_two():
    ways = list(itertools.product([0, 1], repeat=5))
    assert (len(ways), sum(all(way) for way in ways)) == (32, 1)


def test_one_image_for_ever_delights_the_judge_and_covers_next_to_nothing(lesson):
    """What the text says of a generator that answers every code with the same 1."""
    real = lesson.test_images
    one = np.repeat(lesson.train_images[1:2], 1000, axis=0)
    assert lesson.sureness(one) == pytest.approx(lesson.sureness(one[:1]), abs=1e-5)
    assert measure.precision_recall_density_coverage(real, one).coverage < 0.2


def test_training_images_cover_less_of_the_held_out_ones_than_a_shuffled_pile_does(rng):
    digits = data.mnist5k()
    prdc = measure.precision_recall_density_coverage
    pile = rng.permutation(np.concatenate([digits.train_images, digits.test_images]))
    assert abs(prdc(pile[:1000], pile[1000:2000]).coverage - 31 / 32) < 0.015
    some = rng.permutation(digits.train_images)[:1000]
    assert abs(prdc(digits.test_images, some).coverage - 0.915) < 0.015


def test_real_digits_that_are_blurred_cover_more_than_they_did(rng):
    """With a bell in place of the lesson's quarters."""
    digits = data.mnist5k()
    some = rng.permutation(digits.train_images)[:1000]
    bell = np.exp(-(np.arange(-2, 3) ** 2) / 2 / 0.7**2)
    smeared = some.reshape(-1, 28, 28)
    for axis in (1, 2):
        smeared = sum(b * np.roll(smeared, k - 2, axis) for k, b in enumerate(bell / bell.sum()))
    prdc = measure.precision_recall_density_coverage
    sharp = prdc(digits.test_images, some).coverage
    assert prdc(digits.test_images, smeared.reshape(1000, -1)).coverage > sharp + 0.04


def test_a_quick_run_leaves_every_figure(lesson, figures):
    drawn = {path.name for path in figures.iterdir()}
    assert drawn == {f"lesson06_autoencoder_{name}.png" for name in NAMES}


def test_the_gradient_of_the_loss_is_that_of_lesson_two(rng):
    x = rng.standard_normal((4, 3))
    A, B = Tensor(rng.standard_normal((3, 2))), Tensor(rng.standard_normal((2, 3)))
    y = (x @ A) @ B
    by_A, by_B = grad(((y - x) ** 2).sum(axis=1).mean(), [A, B])
    g = 2 * (y.value - x) / 4
    np.testing.assert_allclose(by_A, x.T @ (g @ B.value.T))
    np.testing.assert_allclose(by_B, (x @ A.value).T @ g)
