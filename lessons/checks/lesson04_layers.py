"""What is asked of the answers to lesson 4."""

import math

import numpy as np
from hypothesis import strategies as st

from lessons.runner.expect import (
    Exercise,
    expect,
    expect_close,
    expect_numbers,
    expect_shape,
    for_any,
    shown,
)
from scratchgen import MLP, Tensor, grad, relu

# count


def _counts_the_layer_of_the_picture(count):
    """it should count 12 weights and 3 biases in a layer of 4 inputs and 3 units"""
    why = "Each of the 3 units has a weight for each input, and one bias."
    expect_close(count([4, 3]), 15, "count([4, 3])", why=why)


def _counts_what_a_net_holds(count):
    """it should count all weights and biases of a net, whatever its widths"""

    def holds(widths):
        net = MLP(widths, rng=np.random.default_rng(0))
        expected = sum(w.value.size for w in net.parameters())
        expect_close(count(list(widths)), expected, f"count({widths})")

    for_any(holds, widths=st.lists(st.integers(1, 9), min_size=2, max_size=5))


# leaky_spread


def _is_hes_for_a_relu(leaky_spread):
    """it should be He's spread where a is 0"""
    why = "For a = 0 the negative half is lost: it is a ReLU."
    expect_close(_spread(leaky_spread, 50, 0.0), 0.2, "leaky_spread(50, 0)", why=why)


def _loses_nothing_if_a_is_1(leaky_spread):
    """it should be the root of 1 / n_in where a is 1, since then nothing is lost"""
    got = _spread(leaky_spread, 100, 1.0)
    why = "For a = 1 what comes out is y itself. Then n_in times the variance should be 1."
    expect_close(got, 0.1, "leaky_spread(100, 1)", why=why)


def _keeps_the_size(leaky_spread):
    """it should keep the size of the numbers, whatever n_in and a are"""

    def holds(n_in, a):
        spread = _spread(leaky_spread, n_in, a)
        factor = math.sqrt(n_in * spread**2 * (1 + a**2) / 2)
        words = f"For n_in = {n_in} and a = {a:g} it gives {spread:.4g}. Then a layer multiplies "
        words += f"the size by {factor:.4g}, and ten layers by {factor**10:.3g}. It should be 1."
        expect(abs(factor - 1) < 1e-6, words)

    holds(64, 0.5)
    for_any(holds, n_in=st.integers(1, 500), a=st.integers(0, 20).map(lambda n: n / 10))


def _spread(leaky_spread, n_in, a):
    return expect_numbers(leaky_spread(n_in, a), ["spread"], f"leaky_spread({n_in}, {a:g})")[0]


# layer_gradients


def _example(seed=0, shape=(4, 3, 2)):
    """Numbers for a layer (x, W, b) and an arriving gradient g, none of the sums near 0."""
    N, n_in, n_out = shape
    rng = np.random.default_rng(seed)
    while True:
        x, W, b = (rng.standard_normal(s) for s in ((N, n_in), (n_in, n_out), n_out))
        if abs(x @ W + b).min() > 1e-3:
            return x, W, b, rng.standard_normal((N, n_out))


def _gradients(layer_gradients, *arguments):
    """What it returns for copies of the arguments: three arrays, or an AssertionError."""
    got = layer_gradients(*(np.array(a, float) for a in arguments))
    is_triple = isinstance(got, tuple | list) and len(got) == 3
    expect(is_triple, f"It should give three arrays, of x, W and b; it gives {shown(got)}.")
    return got


def _returns_three_of_the_right_shapes(layer_gradients):
    """it should give three arrays of the shapes of x, W and b, in this order"""
    example = _example()
    got = _gradients(layer_gradients, *example)
    for name, array, original in zip("xWb", got, example, strict=False):
        expect_shape(array, original.shape, f"the gradient with respect to {name}")


def _is_right_where_the_relu_is_open(layer_gradients):
    """it should be right where one can do it by hand, and the sum is above 0"""
    got = _gradients(layer_gradients, [[1, 2]], [[1], [1]], [0], [[5]])
    what = "for x = [[1, 2]], W = [[1], [1]], b = [0], g = [[5]], the gradient of"
    for name, array, expected in zip("xWb", got, ([[5, 5]], [[5], [10]], [5]), strict=True):
        expect_close(array, expected, f"{what} {name}")


def _is_zero_where_the_relu_is_closed(layer_gradients):
    """it should be 0 where the sum is below 0, since nothing comes through the ReLU there"""
    got = _gradients(layer_gradients, [[1, 2]], [[1], [1]], [-7], [[5]])
    what = "for x = [[1, 2]], W = [[1], [1]], b = [-7], g = [[5]], the gradient of"
    why = "The sum is 3 - 7 = -4. The slope of the ReLU is 0 there."
    for name, array, zero in zip("xWb", got, ([[0, 0]], [[0], [0]], [0]), strict=True):
        expect_close(array, zero, f"{what} {name}", why=why)


def _adds_up_the_batch(layer_gradients):
    """it should add up what the images of a batch contribute to W and b"""
    got = _gradients(layer_gradients, [[1.0], [1.0]], [[1]], [0], [[1], [10]])
    what = "for x = [[1], [1]], W = [[1]], b = [0], g = [[1], [10]], the gradient of"
    why = "Both images use the same W and the same b."
    expect_close(got[1], [[11]], f"{what} W", why=why)
    expect_close(got[2], [11], f"{what} b", why=why)


def _is_the_derivative(layer_gradients):
    """it should give what the library's engine gives, for any numbers"""

    def holds(seed, shape):
        x, W, b, g = _example(seed, shape)
        leaves = [Tensor(a) for a in (x, W, b)]
        expected = grad((relu(leaves[0] @ leaves[1] + leaves[2]) * g).sum(), leaves)
        got = _gradients(layer_gradients, x, W, b, g)
        for name, array, right in zip("xWb", got, expected, strict=True):
            expect_close(array, right, f"the gradient of {name} in a layer {shape[1:]}", atol=1e-9)

    few = st.integers(1, 4)
    for_any(holds, seed=st.integers(0, 99), shape=st.tuples(few, few, few))


# odd_of_three

SWITCHES = np.array([[i >> 2 & 1, i >> 1 & 1, i & 1] for i in range(8)], float)  # (8, 3)


def _is_a_net_of_three_inputs(odd_of_three):
    """it should return W of shape (3, H), b of shape (H,) and v of shape (H,)"""
    _net(odd_of_three)


def _has_a_lamp_that_is_on_or_off(odd_of_three):
    """it should give 1 where one or three switches are up, and 0 elsewhere"""
    W, b, v = _net(odd_of_three)
    got = np.maximum(SWITCHES @ W + b, 0) @ v
    for x, said in zip(SWITCHES, got, strict=True):
        up = int(x.sum())
        wanted = up % 2
        words = f"For the switches {x.astype(int).tolist()}, {up} of them up, it gives {said:.6g}"
        expect(abs(said - wanted) < 1e-6, f"{words}, and it should give {wanted}.")


def _net(odd_of_three):
    """The weights as arrays; AssertionError where they are no net of three inputs."""
    got = odd_of_three()
    triple = isinstance(got, tuple | list) and len(got) == 3
    expect(triple, f"It should return three arrays (W, b, v); it returns {shown(got)}.")
    shapes = [np.shape(getattr(part, "value", part)) for part in got]
    H = shapes[0][1] if len(shapes[0]) == 2 else "H"
    for name, part, shape in zip("Wbv", got, [(3, H), (H,), (H,)], strict=True):
        why = "W has a row for each switch, b and v a number for each ReLU."
        expect_shape(part, shape, name, why)
    return [np.asarray(getattr(part, "value", part), float) for part in got]


# sigmoid_start


def _is_a_random_layer(sigmoid_start):
    """it should give random weights (n_in, n_out) and biases (n_out,), all of them finite"""
    shapes = [np.shape(part) for part in _layer(sigmoid_start, np.random.default_rng(0), 5, 3)]
    expect(shapes == [(5, 3), (3,)], f"For 5 inputs and 3 units W and b have the shapes {shapes}.")
    W, other = (_layer(sigmoid_start, np.random.default_rng(seed))[0] for seed in (0, 1))
    expect((other != W).any(), "Two seeds of rng gave the same weights. Draw them from rng.")


def _lets_a_tenth_come_back(sigmoid_start):
    """it should leave at least a tenth of a gradient after ten layers of sigmoids"""
    for seed in range(3):
        left, middle, slope = _left(sigmoid_start, np.random.default_rng(seed))
        told = f"{left:.1e} of a gradient is left (seed {seed}). "
        told += f"The sums are typically {middle:.2g} from 0, and the slope there is {slope:.2g}. "
        flat = "The sums lie where the sigmoid is flat. Which b brings them back to the middle?"
        small = "The sums are fine, but each layer shrinks a gradient. Take larger weights."
        large = "It has grown, or is no number. Take smaller weights."
        expect(left >= 0.1, told + (flat if slope < 0.15 else small))
        expect(left < 100, told + large)


def _layer(sigmoid_start, rng, n_in=64, n_out=64):
    got = sigmoid_start(n_in, n_out, rng)
    pair = isinstance(got, tuple | list) and len(got) == 2
    expect(pair, f"It should return two arrays (W, b); it returns {shown(got)}.")
    W, b = (np.asarray(getattr(part, "value", part), float) for part in got)
    finite = np.isfinite(W).all() and np.isfinite(b).all()
    expect(finite, "W or b holds a number that is not finite.")
    return W, b


def _left(start, rng):
    """What ten layers leave of a gradient; the size of the sums, and the mean slope at them."""
    h, layers, all_sums = rng.random((128, 64)), [], []
    for _ in range(10):
        W, b = _layer(start, rng)
        sums = h @ W + b
        h = 1 / (1 + np.exp(-np.clip(sums, -50, 50)))
        layers.append((W, h * (1 - h)))
        all_sums.append(sums)
    g = above = rng.standard_normal(h.shape)
    for W, slope in reversed(layers):
        g = (g * slope) @ W.T
    left = np.sqrt((g**2).mean() / (above**2).mean())
    middle = np.sqrt(np.mean(np.square(all_sums)))
    return float(left), float(middle), float(np.mean([slope for _, slope in layers]))


EXERCISES = [
    Exercise(
        "count",
        properties=[_counts_the_layer_of_the_picture, _counts_what_a_net_holds],
        hint="The widths [64, 32, 10] are two layers: from 64 to 32, and from 32 to 10.",
        stronger_hint="Each pair of neighbours in widths, n_in and n_out, adds n_in * n_out "
        "weights and n_out biases.",
    ),
    Exercise(
        "leaky_spread",
        properties=[_is_hes_for_a_relu, _loses_nothing_if_a_is_1, _keeps_the_size],
        hint="A ReLU keeps half of the squares. And a leaky one, of the other half?",
        stronger_hint="The squares of the negative half are multiplied by a^2, so the mean of all "
        "by (1 + a^2) / 2. Solve n_in * v * (1 + a^2) / 2 = 1; the spread is the root of v.",
    ),
    Exercise(
        "layer_gradients",
        properties=[
            _returns_three_of_the_right_shapes,
            _is_right_where_the_relu_is_open,
            _is_zero_where_the_relu_is_closed,
            _adds_up_the_batch,
            _is_the_derivative,
        ],
        hint="Two steps. First back through the ReLU: multiply g by the slope at each sum. Then "
        "back through x @ W + b, as in lesson 2.",
        stronger_hint="through = g * (x @ W + b > 0). The gradients of x and W are matrix products "
        "of `through`: which ones fit the shapes? That of b is a sum down the batch.",
    ),
    Exercise(
        "odd_of_three",
        properties=[_is_a_net_of_three_inputs, _has_a_lamp_that_is_on_or_off],
        hint="Draw the lamp over n, the number of switches that are up: 0, 1, 0, 1. Every ReLU "
        "adds a bend. Where does your line have to bend, and by how much?",
        stronger_hint="relu(n) - 2 relu(n - 1) + 2 relu(n - 2). A column of ones in W makes n.",
    ),
    Exercise(
        "sigmoid_start",
        properties=[_is_a_random_layer, _lets_a_tenth_come_back],
        hint="The slope is 1/4 at best, so the weights have to be four times as large as usual. "
        "Then what do 64 inputs around 1/2 add up to, and how does b take that off?",
        stronger_hint="W = 4 * sqrt(2 / (n_in + n_out)) * rng.standard_normal((n_in, n_out)), and "
        "b = -W.sum(axis=0) / 2.",
    ),
]
