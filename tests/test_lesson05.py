"""Lesson 5: its optimisers, losses and loop are the library's, and what it says can be checked."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scratchgen import functions, measure, optim
from scratchgen.data import Dataset
from scratchgen.engine import Tensor, grad
from scratchgen.measure import judges
from tests.quick_lesson import run_quick

NAMES = {
    "valley", "momentum", "race", "deep", "classifier", "passes", "overfitting", "cures", "riddle",
}  # fmt: skip


@pytest.fixture(scope="module")
def lesson(figures):
    return run_quick("learning", figures, data="mnist5k")


def random_gradients(rng, steps=40):
    """A gradient that does not ask where it is: the same steps for the lesson and the library."""
    drawn = iter(rng.standard_normal((steps, 2)))
    return lambda w: next(drawn)


def walk_of_the_library(optimiser, w, gradient, steps=40):
    path = [w.value.copy()]
    for _ in range(steps):
        optimiser.step([gradient(w.value)])
        path.append(w.value.copy())
    return np.array(path)


def height(w, steepness):
    return (w[0] ** 2 + steepness * w[1] ** 2) / 2


# Walking.


@pytest.mark.parametrize(
    ("ours", "library"),
    [
        ("gradient_descent", lambda w: optim.SGD([w], lr=0.1)),
        ("momentum", lambda w: optim.SGD([w], lr=0.1, momentum=0.9)),
        ("adam", lambda w: optim.Adam([w], lr=0.1)),
    ],
)
def test_each_method_takes_the_librarys_steps(lesson, ours, library):
    start = np.array([1.0, -2.0])
    by_hand = random_gradients(np.random.default_rng(1))
    path = getattr(lesson, ours)(by_hand, start, 0.1, 40)
    w = Tensor(start)
    theirs = walk_of_the_library(library(w), w, random_gradients(np.random.default_rng(1)))
    np.testing.assert_allclose(path, theirs, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(("name", "steepness"), [("valley", 100), ("steeper", 1000)])
def test_the_gradients_of_the_valleys_are_those_of_their_heights(lesson, rng, name, steepness):
    for at in rng.uniform(-2, 2, (5, 2)):
        w = Tensor(at)
        expected = grad(height(w, steepness), w)
        np.testing.assert_allclose(getattr(lesson, name)(at), expected, rtol=1e-12)
        assert at @ expected / 2 == pytest.approx(height(at, steepness))  # as the text says


def test_the_turned_valley_is_the_steeper_one_seen_at_45_degrees(lesson, rng):
    turn = np.array([[1, -1], [1, 1]]) / np.sqrt(2)
    for at in rng.uniform(-2, 2, (5, 2)):
        there = lesson.turned(turn @ at)
        np.testing.assert_allclose(there, turn @ lesson.steeper(at), rtol=1e-10)
    np.testing.assert_allclose(lesson.turned_start, turn @ lesson.start)


def test_a_step_multiplies_the_coordinates_by_the_numbers_of_the_text(lesson):
    path = lesson.gradient_descent(lesson.valley, lesson.start, 0.019, 10)
    np.testing.assert_allclose(path[1:] / path[:-1], np.tile([0.981, -0.9], (10, 1)))
    too_long = lesson.gradient_descent(lesson.valley, lesson.start, 0.021, 10)
    np.testing.assert_allclose(too_long[1:, 1] / too_long[:-1, 1], -1.1)


@settings(deadline=None, derandomize=True, max_examples=30)
@given(share=st.floats(0.05, 1.9))
def test_the_valley_is_left_just_where_the_text_says(lesson, share):
    path = lesson.gradient_descent(lesson.valley, np.array([0.0, 1.0]), share * 0.02, 50)
    assert (abs(path[-1, 1]) < 1) == (share < 1)


def test_momentum_gathers_ten_gradients_that_agree_and_half_of_one_that_alternates(lesson):
    beta, n = 0.9, np.arange(1, 61)
    np.testing.assert_allclose(lesson.agree, (1 - beta**n) / (1 - beta))
    np.testing.assert_allclose(abs(lesson.alternate), (1 - (-beta) ** n) / (1 + beta))


def steps_to_a_thousandth(path):
    distance = np.linalg.norm(path, axis=1)
    return int(np.flatnonzero(distance > distance[0] / 1000)[-1])


def test_at_best_steps_grow_like_the_condition_number_and_for_a_ball_like_its_root(
    lesson, monkeypatch
):
    walker, ball, start = [], [], np.array([1.0, 1.0])
    for k in (25, 2500):
        monkeypatch.setattr(lesson, "steep", k)
        path = lesson.gradient_descent(lesson.valley, start, 2 / (1 + k), 12_000)
        walker.append(steps_to_a_thousandth(path))
        root = np.sqrt(k)
        monkeypatch.setattr(lesson, "beta", ((root - 1) / (root + 1)) ** 2)
        path = lesson.momentum(lesson.valley, start, (2 / (1 + root)) ** 2, 12_000)
        ball.append(steps_to_a_thousandth(path))
    assert walker[1] / walker[0] == pytest.approx(100, rel=0.1)
    assert ball[1] / ball[0] == pytest.approx(10, rel=0.3)


def test_adam_walks_the_same_in_the_steeper_valley(lesson):
    walks = [
        lesson.adam(gradient, lesson.start, 0.3, 50) for gradient in (lesson.valley, lesson.steeper)
    ]
    np.testing.assert_allclose(*walks, atol=1e-5)


def test_gradient_descent_and_momentum_turn_with_the_valley_and_adam_does_not(lesson):
    turn = np.array([[1, -1], [1, 1]]) / np.sqrt(2)
    for method, turns in (("gradient_descent", True), ("momentum", True), ("adam", False)):
        walk = getattr(lesson, method)
        straight = walk(lesson.steeper, lesson.start, 0.001, 30) @ turn.T
        turned = walk(lesson.turned, lesson.turned_start, 0.001, 30)
        assert np.allclose(straight, turned, atol=1e-8) == turns


def test_the_race_ends_where_it_is_said(lesson):
    for name, path in lesson.race.items():
        assert path[0].tolist() == [-4.0, 0.8]
        assert len(path) == 51
        assert height(path[-1], 1000) == pytest.approx(lesson.ends[name])


def test_the_bias_correction_divides_by_what_the_factors_add_up_to(lesson):
    for t in range(1, 30):
        factors = 0.1 * 0.9 ** np.arange(t)
        assert factors.sum() == pytest.approx(1 - 0.9**t)


# The nets of lesson 4.


def test_adam_sees_no_difference_in_the_size_of_a_gradient(lesson):
    walks = [
        lesson.adam(lambda w, c=c: c * lesson.valley(w), lesson.start, 0.1, 30) for c in (1, 1e-3)
    ]
    np.testing.assert_allclose(*walks, atol=1e-3)


def test_the_deep_nets_have_the_spreads_that_are_said(lesson):
    spreads = {"spread 0.1": 0.1, "He": np.sqrt(2 / 64), "spread 0.3": 0.3, "sigmoids": 1 / 8}
    for name, spread in spreads.items():
        rng = np.random.default_rng(0)
        expected = spread * rng.standard_normal((64, 64))
        fresh = lesson.MLP([64, 64], init=lesson.of_spread(spread), rng=np.random.default_rng(0))
        np.testing.assert_allclose(fresh.layers[0].W.value, expected, rtol=1e-6)
        assert len(lesson.deep_nets[name].layers) == 11
        assert len(lesson.deep_losses[name]) == lesson.deep_steps


def test_in_a_net_of_sigmoids_adam_finds_the_same_input_for_all_images(lesson):
    rng = np.random.default_rng(0)
    net = lesson.MLP(
        [64] * 11 + [10], hidden=functions.sigmoid, init=lesson.of_spread(1 / 8), rng=rng
    )
    said = net(lesson.small_images[:100]).value
    assert np.ptp(said, axis=0).max() < 1e-5


# The classifier.


def test_softmax_and_loss_are_the_librarys(lesson, rng):
    for s in rng.standard_normal((5, 10)) * 5:
        np.testing.assert_allclose(lesson.softmax(s), functions.softmax(s), rtol=1e-12)
        for y in (0, 9):
            theirs = functions.cross_entropy(s[None], np.array([y]))
            assert lesson.loss_of(s, y) == pytest.approx(theirs)


def test_the_gradient_is_what_was_said_minus_what_should_have_been(lesson, rng):
    s, y = Tensor(rng.standard_normal((1, 10))), 3
    got = grad(functions.cross_entropy(s, np.array([y])), s)[0]
    np.testing.assert_allclose(got, lesson.softmax(s.value[0]) - np.eye(10)[y], rtol=1e-10)


def test_the_error_of_a_gradient_falls_like_the_root_of_the_number_of_images(lesson, rng):
    net = lesson.new_net()

    def gradient(rows):
        loss = functions.cross_entropy(net(lesson.images[rows]), lesson.labels[rows])
        return np.concatenate([g.ravel() for g in grad(loss, net.parameters())])

    exact = gradient(np.arange(lesson.seen))

    def error(n):
        samples = [gradient(rng.choice(lesson.seen, n)) for _ in range(15)]
        return np.sqrt(np.mean([((g - exact) ** 2).sum() for g in samples]))

    assert error(4) / error(400) == pytest.approx(10, rel=0.35)


def test_behind_a_softmax_the_squared_error_has_no_gradient_where_it_is_sure_and_wrong(rng):
    s = Tensor(np.array([[20.0, 0.0, 0.0]]))  # sure of class 0, and 1 is right
    p, onehot = functions.softmax(s), np.array([[0.0, 1.0, 0.0]])
    squared = grad(((p - onehot) * (p - onehot)).sum(), s)
    crossed = grad(functions.cross_entropy(s, np.array([1])), s)
    assert np.abs(squared).max() < 1e-7
    assert np.abs(crossed).max() > 0.99


def test_at_10_0_0_the_pushes_are_those_of_the_text():
    s, onehot = Tensor(np.array([[10.0, 0.0, 0.0]])), np.array([[0.0, 1.0, 0.0]])
    p = functions.softmax(s)
    squared = grad(((p - onehot) * (p - onehot)).sum(), s)[0, :2]
    crossed = grad(functions.cross_entropy(s, np.array([1])), s)[0, :2]
    assert squared.round(4).tolist() == [0.0003, -0.0002]
    assert crossed.round(1).tolist() == [1.0, -1.0]


def test_the_net_has_as_many_numbers_as_the_text_says(lesson):
    assert lesson.numbers == 784 * 128 + 128 + 128 * 10 + 10 == 101_770


def test_held_out_images_are_none_that_the_nets_learn_from(lesson):
    assert (lesson.seen, len(lesson.images)) == (3000, 4000)
    assert lesson.few < lesson.seen
    assert np.bincount(lesson.few_labels).tolist() == [30] * 10
    np.testing.assert_array_equal(lesson.few_labels, lesson.labels[:300])


def test_the_loop_gives_the_weights_of_the_librarys_judge(lesson, monkeypatch):
    # The judge's own rate falls, and it learns from all training images of a data set: 300 here.
    monkeypatch.setattr(judges, "cosine", lambda progress: 1.0)
    digits = lesson.digits
    some = Dataset(
        "some", lesson.images[:300], lesson.labels[:300], digits.test_images, digits.test_labels,
        digits.image_shape, digits.class_names,
    )  # fmt: skip
    rng = np.random.default_rng(lesson.knobs.seed)
    judge = measure.judge(some, rng=rng, steps=6, hidden=(128,), shift=0)

    net, order = lesson.new_net(), np.random.default_rng(lesson.knobs.seed)
    lesson.MLP([lesson.D, 128, lesson.C], rng=order)  # what the judge has drawn before its batches
    monkeypatch.setattr(lesson.np.random, "default_rng", lambda seed: order)
    steps = optim.Adam(net.parameters())
    for _ in lesson.train(net, steps, some.train_images, some.train_labels, epochs=2):
        pass
    for ours, theirs in zip(net.parameters(), judge.net.parameters(), strict=True):
        np.testing.assert_array_equal(ours.value, theirs.value)


def test_held_back_by_nothing_the_second_loop_is_the_first(lesson):
    images, labels = lesson.images[:200], lesson.labels[:200]
    first = lesson.new_net()
    steps = optim.Adam(first.parameters())
    for _ in lesson.train(first, steps, images, labels, 2, 64):
        pass
    *_, second = lesson.train_held_back(images, labels, 2)
    for ours, theirs in zip(second.parameters(), first.parameters(), strict=True):
        np.testing.assert_allclose(ours.value, theirs.value, atol=1e-6)


def test_a_moved_image_is_the_image_a_pixel_further_at_most(lesson, rng):
    image = np.zeros((1, 784), "float32")
    image[0, 14 * 28 + 14] = 1
    for _ in range(20):
        down, right = divmod(int(lesson.moved(image, rng).argmax()), 28)
        assert {down, right} <= {13, 14, 15}


def test_the_riddle_shows_mistakes_the_surest_first(lesson):
    assert (lesson.said[lesson.surest] != lesson.truth[lesson.surest]).all()
    assert (np.diff(lesson.sure[lesson.surest]) <= 0).all()
    assert lesson.judge.accuracy == pytest.approx((lesson.said == lesson.truth).mean())


def test_a_quick_run_leaves_every_figure(lesson, figures):
    drawn = {path.name for path in figures.iterdir()}
    assert drawn == {f"lesson05_learning_{name}.png" for name in NAMES}
