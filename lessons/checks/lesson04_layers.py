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
    why = "For a = 1 what comes out is y itself. Then D v should be 1."
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


# dying_start


def _is_a_random_start(dying_start):
    """it should give weights (n_in, n_out) that are random, of mean 0, and none of them 0"""
    W, other = (_start(dying_start, np.random.default_rng(seed)) for seed in (0, 1))
    expect((other != W).any(), "Two seeds of rng gave the same weights. Draw them from rng.")
    mean, std = W.mean(), W.std()
    found = f"their mean is {mean:.3g}, their standard deviation {std:.3g}"
    expect(np.isfinite(W).all() and (W != 0).all(), f"{(W == 0).sum()} weights are 0; {found}.")
    expect(abs(mean) < 0.1 * std, f"The weights should have the mean 0, but {found}.")


def _lets_the_gradient_die(dying_start):
    """it should leave less than a millionth of a gradient, but more than 0, after ten layers"""
    for seed in range(3):
        left = _left(dying_start, np.random.default_rng(seed))
        factor = left**0.1
        told = f"{left:.1e} of a gradient is left (seed {seed}), a factor of {factor:.2g} a layer"
        expect(left > 0, f"{told}. It is 0 exactly: the numbers have become too small. Take more.")
        expect(left < 1e-6, f"{told}. It should be below 0.25, which makes a millionth in ten.")


def _start(dying_start, rng):
    W = dying_start(64, 64, rng)
    expect_shape(W, (64, 64), "dying_start(64, 64, rng)")
    return np.asarray(getattr(W, "value", W), float)


def _left(start, rng):
    """The size of a random gradient behind ten ReLU layers, of its size before."""
    h, layers = rng.standard_normal((128, 64)), []
    for _ in range(10):
        W = _start(start, rng)
        h = np.maximum(h @ W, 0)
        layers.append((W, h > 0))
    g = above = rng.standard_normal(h.shape)
    for W, is_open in reversed(layers):
        g = (g * is_open) @ W.T
    return float(np.sqrt((g**2).mean() / (above**2).mean()))


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
        "dying_start",
        properties=[_is_a_random_start, _lets_the_gradient_die],
        hint="A ReLU layer of 64 units has the factor sqrt(64 v / 2). Which variance v makes it "
        "less than a quarter?",
        stronger_hint="v = 0.01^2 has the factor 0.06: rng.standard_normal((n_in, n_out)) / 100.",
    ),
]
