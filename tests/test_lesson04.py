"""Lesson 4's layers are the library's, and sizes grow and fade by the factors that it derives."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scratchgen import functions, nn, optim
from scratchgen.engine import Tensor, grad
from tests.quick_lesson import run_quick

NAMES = {
    "tiles", "unit", "layer", "activations", "mlp", "coins", "forward", "backward", "sigmoids",
    "training", "xor",
}  # fmt: skip
NETS = 300  # small ones, where a test takes a mean over nets


@pytest.fixture(scope="module")
def lesson(figures):
    return run_quick("layers", figures)


def twins(lesson, activation, init=None, seed=3):
    """The same net twice: the lesson's, and the library's."""
    widths, init = [64, 32, 16, 10], init or lesson.he
    ours = lesson.MLP(widths, activation, init, np.random.default_rng(seed))
    theirs = nn.MLP(widths, hidden=activation, init=init, rng=np.random.default_rng(seed))
    return ours, theirs


# The layers.


def test_the_initial_weights_are_the_librarys(lesson):
    for name in ("he", "glorot"):
        ours, theirs = (
            getattr(where, name)(30, 20, np.random.default_rng(1)) for where in (lesson, nn)
        )
        np.testing.assert_array_equal(ours.astype("float32"), theirs)


@pytest.mark.parametrize("name", ["relu", "sigmoid", "tanh"])
def test_a_net_gives_the_librarys_outputs_and_gradients(lesson, name):
    ours, theirs = twins(lesson, getattr(functions, name))
    found = []
    for net in (ours, theirs):
        y = net(lesson.X[:40])
        found.append([y.value, *grad((y * y).mean(), net.parameters())])
    for here, there in zip(*found, strict=True):
        np.testing.assert_allclose(here, there, rtol=1e-4, atol=1e-6)


def test_a_nets_parameters_are_the_librarys_in_float32(lesson):
    ours, theirs = twins(lesson, functions.relu)
    for w, v in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert w.value.dtype == np.float32
        np.testing.assert_array_equal(w.value, v.value)


def test_the_librarys_layers_choose_by_the_rule_that_the_lesson_states(rng):
    for activation, init in [(functions.relu, nn.he), (functions.tanh, nn.glorot),
                             (None, nn.glorot)]:  # fmt: skip
        layer = nn.Dense(30, 20, activation, rng=np.random.default_rng(1))
        np.testing.assert_array_equal(layer.W.value, init(30, 20, np.random.default_rng(1)))


def test_the_loop_gives_the_losses_of_the_librarys_descent(lesson):
    ours, theirs = twins(lesson, functions.relu)
    optimiser, rng = optim.SGD(theirs.parameters(), lesson.lr), np.random.default_rng(0)
    expected = []
    for _ in range(lesson.steps):
        at = rng.integers(0, len(lesson.X), 128)
        error = theirs(lesson.X[at]) - lesson.targets[at]
        loss = (error * error).mean()
        expected.append(float(loss.value))
        optimiser.step(grad(loss, theirs.parameters()))
    np.testing.assert_allclose(list(lesson.train(ours)), expected, rtol=1e-3)


def test_the_unit_of_the_drawing_is_that_of_the_table(lesson):
    assert lesson.x[0].tolist() == lesson.inputs
    assert lesson.W[:, 0].tolist() == lesson.weights
    assert lesson.total == 0.5 - 2 + 0 + 2 + 0.5


def test_the_slopes_that_are_drawn_are_the_derivatives(lesson):
    y = Tensor(np.delete(lesson.line, 200))  # without 0, where the relu has a kink
    ops = {"ReLU": functions.relu, "sigmoid": functions.sigmoid, "tanh": functions.tanh}
    for name, f in ops.items():
        drawn = np.delete(lesson.slopes[name], 200)
        np.testing.assert_allclose(drawn, grad(f(y).sum(), y), atol=1e-12)
    assert lesson.slopes["sigmoid"].max() == 1 / 4


# Sums of random numbers.


def test_the_sixteen_ways_are_those_of_pascals_triangle(lesson):
    assert lesson.counts == {-4 + 2 * k: math.comb(4, k) for k in range(5)}
    assert sum(n * s**2 for s, n in lesson.counts.items()) / 16 == 4


@pytest.mark.parametrize("n", [1, 2, 3, 6])
def test_variances_of_coins_add_up(n):
    sums = [sum(coins) for coins in itertools.product([-1, 1], repeat=n)]
    assert np.mean(np.square(sums)) == n


def test_numbers_between_minus_a_and_a_have_the_variance_a_squared_over_3(rng):
    assert np.mean(rng.uniform(-2, 2, 1_000_000) ** 2) == pytest.approx(4 / 3, rel=5e-3)


@pytest.mark.parametrize(("D", "H", "spread"), [(16, 40, 0.1), (40, 16, 0.3), (30, 30, 0.25)])
def test_a_relu_layer_multiplies_the_squares_by_half_of_d_times_v(lesson, rng, D, H, spread):
    x, init = rng.standard_normal((20, D)), lesson.of_spread(spread)
    out = [np.maximum(x @ init(D, H, rng), 0) for _ in range(NETS)]
    assert np.mean(np.square(out)) == pytest.approx(D * spread**2 / 2 * np.mean(x**2), rel=0.06)


@pytest.mark.parametrize(("D", "H", "spread"), [(16, 40, 0.1), (40, 16, 0.3), (30, 30, 0.25)])
def test_a_relu_layer_multiplies_those_of_a_gradient_by_half_of_h_times_v(rng, D, H, spread):
    x, g, squares = rng.standard_normal((20, D)), rng.standard_normal((20, H)), []
    for _ in range(NETS):
        leaf = Tensor(x)
        y = functions.relu(leaf @ (spread * rng.standard_normal((D, H))))
        squares.append(np.mean(grad((y * g).sum(), leaf) ** 2))
    assert np.mean(squares) == pytest.approx(H * spread**2 / 2 * np.mean(g**2), rel=0.06)


def test_he_keeps_the_size_through_ten_layers_in_the_mean_over_nets(lesson, rng):
    x, squares = rng.standard_normal((1, 64)), []
    for _ in range(NETS):
        h = x
        for _ in range(10):
            h = np.maximum(h @ lesson.he(64, 64, rng), 0)
        squares.append(np.mean(h**2))
    assert np.mean(squares) == pytest.approx(np.mean(x**2), rel=0.2)


# XOR.


@settings(deadline=None, derandomize=True, max_examples=50)
@given(w=st.lists(st.integers(-9, 9), min_size=3, max_size=3))
def test_a_line_says_as_much_on_one_diagonal_as_on_the_other(w):
    said = {(a, b): w[0] * a + w[1] * b + w[2] for a in (0, 1) for b in (0, 1)}
    assert said[0, 0] + said[1, 1] == said[0, 1] + said[1, 0]


def test_two_relus_by_hand_work_the_lamp(lesson):
    np.testing.assert_array_equal(lesson.by_hand(lesson.cases), lesson.lamp)


def test_one_unit_can_do_no_better_than_a_half_everywhere(lesson):
    with_ones = np.column_stack([lesson.cases, np.ones(4)])
    best = with_ones @ np.linalg.lstsq(with_ones, lesson.lamp)[0]
    np.testing.assert_allclose(best, 0.5, atol=1e-6)
    np.testing.assert_allclose(lesson.learners["one unit"](lesson.cases).value, 0.5, atol=0.01)


@pytest.mark.parametrize("seed", range(8))
def test_four_units_of_tanh_learn_it_from_random_weights(lesson, seed):
    rng = np.random.default_rng(seed)
    net = lesson.fit(lesson.MLP([2, 4, 1], functions.tanh, lesson.of_spread(1), rng))
    np.testing.assert_allclose(net(lesson.cases).value, lesson.lamp, atol=0.1)


def test_units_that_start_equal_stay_equal_and_never_learn_it(lesson):
    net = lesson.learners["equal units"]
    for array in (net.layers[0].W.value, net.layers[0].b.value, net.layers[1].W.value.T):
        np.testing.assert_allclose(array, array[..., :1].repeat(4, axis=-1), rtol=1e-5)
    assert np.abs(net(lesson.cases).value - lesson.lamp).max() > 0.3


# Gradients that vanish.


def test_sigmoids_let_less_than_a_quarter_through_each_layer(lesson):
    factors = lesson.back["sigmoids"][1:] / lesson.back["sigmoids"][:-1]
    assert len(factors) == 10
    assert factors.max() < 0.27  # H v is 1 in the mean, not in each layer
    assert math.prod(factors) < 1e-6


def test_the_gradients_of_relus_fade_stay_or_grow_as_the_spread_says(lesson):
    for name, spread in lesson.spreads.items():
        expected = math.sqrt(64 * spread**2 / 2)
        assert lesson.back[name][-1] ** 0.1 == pytest.approx(expected, rel=0.1)


def test_where_sigmoids_let_gradients_vanish_the_first_weights_have_none(lesson):
    starts = {
        "sigmoids": (functions.sigmoid, lesson.for_sigmoids),
        "He": (functions.relu, lesson.he),
    }
    sizes = {}
    for name in starts:
        net = lesson.new_net(*starts[name])
        error = net(lesson.X[:128]) - lesson.targets[:128]
        by_first, by_last = grad((error * error).mean(), [net.layers[0].W, net.layers[-1].W])
        sizes[name] = lesson.size(by_first) / lesson.size(by_last)
    assert sizes["sigmoids"] < 1e-5
    assert sizes["He"] > 0.1


def test_two_digits_become_the_same_in_a_net_of_sigmoids_and_not_by_he(lesson):
    net = lesson.new_net(functions.relu, lesson.he)
    a, b = (lesson.activations(net, x)[-1] for x in (lesson.three, lesson.seven))
    assert lesson.size(a - b) > 0.01
    assert lesson.size(lesson.differences[-1]) < 1e-5


def test_large_weights_save_the_gradient_and_saturate_half_of_the_sigmoids(lesson):
    net = lesson.new_net(functions.sigmoid, lesson.for_sigmoids)
    for layer in net.layers[:-1]:
        layer.W.value = 8.0 * layer.W.value
    left = lesson.sizes_on_the_way_back(net)
    assert 0.1 < left[-1] / left[0] < 1
    h = np.array(lesson.activations(net, lesson.X[:128]))
    assert np.mean(h * (1 - h) < 1 / 40) == pytest.approx(0.5, abs=0.05)  # a tenth of 1/4


def centred_sigmoids(lesson):
    net = lesson.new_net(functions.sigmoid, lesson.glorot)
    for k, layer in enumerate(net.layers):
        layer.W.value = (2 if k in (0, lesson.depth) else 4) * layer.W.value
        layer.b.value = layer.b.value if k == 0 else -layer.W.value.sum(axis=0) / 2
    return net


def test_centred_sigmoids_are_tanh_in_disguise(lesson):
    centred = centred_sigmoids(lesson)
    theirs = nn.MLP([64, *[64] * 10, 10], hidden=functions.tanh, rng=np.random.default_rng(0))
    got, expected = (net(lesson.X[:50]).value for net in (centred, theirs))
    np.testing.assert_allclose(got, expected, atol=1e-4)
    left = lesson.sizes_on_the_way_back(centred)
    assert left[-1] / left[0] > 0.1


def test_centred_sigmoids_leave_half_of_what_tanh_does_and_move_less_in_proportion(
    lesson, monkeypatch
):
    left, moved = [], []
    for net in (centred_sigmoids(lesson), lesson.as_tanh):
        monkeypatch.setattr(lesson, "rng", np.random.default_rng(5))  # the same g for both
        left.append(lesson.sizes_on_the_way_back(net)[-1])
        error = net(lesson.X[:64]) - lesson.targets[:64]
        gradients = grad((error * error).mean(), [layer.W for layer in net.layers])
        sizes = [lesson.size(layer.W.value) for layer in net.layers]
        moved.append([lesson.size(g) / w for g, w in zip(gradients, sizes, strict=True)])
    assert left[0] / left[1] == pytest.approx(0.5, rel=1e-3)
    assert (np.divide(*moved)[:-1] < 0.4).all()  # of all layers but the last


@pytest.mark.parametrize(("gain", "low", "high"), [(1.0, 0.4, 0.6), (4.0, 1.8, 3.0)])
def test_sums_of_sigmoids_are_typically_as_far_from_0_as_is_said(lesson, gain, low, high):
    net, x = lesson.new_net(functions.sigmoid, lesson.for_sigmoids), lesson.X[:128]
    for layer in net.layers[: lesson.depth]:
        layer.W.value = gain * layer.W.value
        assert low < lesson.size((x @ layer.W + layer.b).value) < high
        x = layer(x).value


@pytest.mark.parametrize("factor", [1.8, 3.0])
def test_a_net_of_relus_is_the_other_times_a_number(lesson, factor):
    nets = [lesson.new_net(functions.relu, lesson.of_spread(s)) for s in (0.1, 0.1 * factor)]
    small, large = (net(lesson.X[:20]).value for net in nets)
    np.testing.assert_allclose(large, factor**11 * small, rtol=1e-3, atol=1e-3 * abs(large).max())


def test_a_net_that_says_a_tenth_for_each_has_the_loss_that_is_drawn(lesson):
    assert np.mean((0.1 - lesson.targets) ** 2) == pytest.approx(0.09)


def test_the_three_spreads_part_already_in_a_quick_training(lesson):
    losses = lesson.losses
    assert min(losses["spread 0.1"][-1], losses["sigmoids"][-1]) > 0.085
    assert losses["He"][-1] < 0.085
    assert len(losses["spread 0.3"]) < 5
    assert not losses["spread 0.3"][-1] < 1e6


def test_a_quick_run_leaves_every_figure(lesson, figures):
    drawn = {path.name for path in figures.iterdir()}
    assert drawn == {f"lesson04_layers_{name}.png" for name in NAMES}
