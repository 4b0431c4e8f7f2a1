"""Every op and loss of the catalogue against every property; then the kinks, twins and extremes."""

import inspect

import numpy as np
import pytest
import strategies as some
from catalogue import ROWS, Row
from hypothesis import given, settings
from hypothesis import strategies as st

from scratchgen import engine, functions
from scratchgen.engine import Op, Tensor, grad, op, sum, sum_to
from scratchgen.functions import (
    abs,
    bce_with_logits,
    clip,
    concatenate,
    cross_entropy,
    exp,
    gaussian_kl,
    leaky_relu,
    linear,
    log,
    log_softmax,
    logsumexp,
    max,
    maximum,
    minimum,
    mse,
    relu,
    sigmoid,
    softmax,
    softplus,
    tanh,
    where,
)
from scratchgen.gradcheck import check_grad

every_row = pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
analytic_rows = [row for row in ROWS if row.analytic]
every_analytic_row = pytest.mark.parametrize(
    "row", analytic_rows, ids=[row.name for row in analytic_rows]
)
drawn = given(data=st.data())
# What hangs on types and memory, and not on numbers, shows in a third of the examples.
lightly = settings(max_examples=settings().max_examples // 3)

FLOAT32 = 1e-5  # a few roundings of terms of up to about 30


def cotangent(y, seed=0):
    """Random, of y's shape and type: with ones, errors that cancel in a sum stay hidden."""
    return np.random.default_rng(seed).standard_normal(y.shape).astype(y.dtype)


def derivatives(f, arrays):
    """f's value, the gradients of sum(v f), and the gradients of sum(u * those)."""
    leaves = [Tensor(x) for x in arrays]
    y = f(*leaves)
    first = grad(sum(y * cotangent(y)), leaves, create_graph=True)
    slope = sum(leaves[0] * 0.0)
    for x, g in zip(leaves, first, strict=True):
        slope = slope + sum(g * cotangent(g, seed=1)) + sum(x * 0.0)  # depends on x in form
    return y.value, [g.value for g in first], grad(slope, leaves)


def flat(value_and_derivatives):
    y, first, second = value_and_derivatives
    return [y, *first, *second]


def as_float32(arrays):
    return [x.astype(np.float32) for x in arrays]


def read_only(x):
    x = np.array(x)
    x.flags.writeable = False
    return x


# The catalogue.


def test_every_op_and_function_is_in_the_catalogue():
    covered = {row.name for row in ROWS}
    ops = {o.name for m in (engine, functions) for o in vars(m).values() if isinstance(o, Op)}
    plain = {
        name
        for name, value in vars(functions).items()
        if inspect.isfunction(value)
        and value.__module__ == functions.__name__
        and not name.startswith("_")
    }
    assert (ops | plain | {"mean", "matmul"}) - covered == set()


@every_row
@drawn
def test_value_is_that_of_an_independent_reference(row: Row, data):
    case = data.draw(row.cases)
    y, expected = row(*case.arrays, **case.options), row.reference(*case.arrays, **case.options)
    assert y.shape == np.shape(expected)
    np.testing.assert_allclose(y, expected, rtol=1e-12, atol=row.atol)


@every_row
@drawn
def test_first_and_second_derivatives_are_those_of_differences(row: Row, data):
    case = data.draw(row.cases)
    check_grad(row.bound(case), *case.arrays, order=2, rtol=1e-6)


@every_analytic_row
@drawn
def test_first_derivative_is_that_of_the_complex_step(row: Row, data):
    case = data.draw(row.cases)
    check_grad(row.bound(case), *case.arrays, method="complex", rtol=1e-10)


@every_row
@lightly
@drawn
def test_value_and_derivatives_keep_float32(row: Row, data):
    case = data.draw(row.cases)
    arrays = as_float32(case.arrays)
    assert row(*arrays, **case.options).dtype == np.float32
    assert {x.dtype for x in flat(derivatives(row.bound(case), arrays))} == {np.dtype("float32")}


@every_row
@lightly
@drawn
def test_float32_agrees_with_float64(row: Row, data):
    case = data.draw(row.cases)
    y, first, _ = derivatives(row.bound(case), as_float32(case.arrays))
    y64, first64, _ = derivatives(row.bound(case), case.arrays)
    for single, double in zip([y, *first], [y64, *first64], strict=True):
        np.testing.assert_allclose(single, double, rtol=FLOAT32, atol=FLOAT32)


@every_row
@lightly
@drawn
def test_gradient_has_the_shape_and_dtype_of_its_argument(row: Row, data):
    case = data.draw(row.cases)
    _, first, second = derivatives(row.bound(case), case.arrays)
    for x, g, h in zip(case.arrays, first, second, strict=True):
        assert (g.shape, g.dtype) == (h.shape, h.dtype) == (x.shape, x.dtype)
        assert type(g) is type(h) is np.ndarray


@op
def read_only_weighing(y, v):
    """sum(y * v), whose rule hands on an array that nobody can write into."""
    return (y * v).sum()


read_only_weighing.gradients(y=lambda g, out, y, v: read_only(g * v))


@every_row
@lightly
@drawn
def test_nothing_given_is_written_into(row: Row, data):
    case = data.draw(row.cases)
    leaves = [Tensor(read_only(x)) for x in case.arrays]
    y = row(*leaves, **case.options)
    before = y.value.copy()
    grad(read_only_weighing(y, cotangent(y)), leaves)
    np.testing.assert_array_equal(y.value, before)


@every_row
@lightly
@drawn
def test_gradients_are_the_callers_own(row: Row, data):
    case = data.draw(row.cases)
    leaves = [Tensor(x) for x in case.arrays]
    y = row(*leaves, **case.options)
    v = cotangent(y)
    gradients = grad(sum(y * v), leaves)
    others = [*case.arrays, y.value, v]
    for i, g in enumerate(gradients):
        assert g.flags.writeable
        assert not any(np.shares_memory(g, o) for o in [*others, *gradients[:i]])


@every_row
@lightly
@drawn
def test_given_arrays_it_returns_an_array_and_records_nothing(row: Row, data):
    case = data.draw(row.cases)
    before = Tensor(0.0).serial
    y = row(*case.arrays, **case.options)
    assert Tensor(0.0).serial == before + 1
    assert isinstance(y, np.ndarray | np.generic)


@every_row
@lightly
@drawn
def test_a_tensor_has_the_value_that_arrays_give(row: Row, data):
    case = data.draw(row.cases)
    y = row(*[Tensor(x) for x in case.arrays], **case.options)
    # The last bit may differ: NumPy squares 0-d arrays and its scalars by different routes.
    np.testing.assert_allclose(y.value, row(*case.arrays, **case.options), rtol=1e-15)
    assert type(y.value) is np.ndarray


@st.composite
def programs(draw):
    """Up to six steps, each an op on two earlier results; bounded, so that no derivative grows."""
    steps = [
        lambda a, b: tanh(a + b),
        lambda a, b: sigmoid(a) * b,
        lambda a, b: softplus(a) - b.T,
        lambda a, b: tanh(a @ b),
        lambda a, b: a / (2 + b * b),
        lambda a, b: tanh(a * sum(b, axis=0)),
        lambda a, b: softmax(a) + b[::-1],
        lambda a, b: a - logsumexp(b, axis=1, keepdims=True),
        lambda a, b: concatenate([a[:1], tanh(b)[[0, 0]]]),
    ]
    step = st.tuples(st.sampled_from(steps), st.integers(0, 7), st.integers(0, 7))
    program = draw(st.lists(step, min_size=1, max_size=6))

    def run(x, w):
        results = [x, w]
        for f, i, j in program:
            results.append(f(results[i % len(results)], results[j % len(results)]))
        return results[-1] + x * w

    return run


@given(programs(), some.arrays((3, 3)), some.arrays((3, 3)))
def test_random_programs_have_the_derivatives_of_differences(program, x, w):
    check_grad(program, x, w, order=2)


# Conventions, where the derivative is a choice.


def slope_at(f, *numbers):
    leaves = [Tensor(np.array([x])) for x in numbers]
    return [float(g[0]) for g in grad(f(*leaves).sum(), leaves)]


def test_relu_has_slope_0_at_0():
    assert slope_at(relu, 0.0) == [0.0]


def test_leaky_relu_has_its_lower_slope_at_0():
    assert slope_at(leaky_relu, 0.0) == [0.2]
    assert slope_at(lambda x: leaky_relu(x, 0.01), 0.0) == [0.01]


def test_abs_has_slope_0_at_0():
    assert slope_at(abs, 0.0) == [0.0]


@pytest.mark.parametrize("edge", [-1.0, 1.0])
def test_clip_has_slope_1_on_both_edges(edge):
    assert slope_at(lambda x: clip(x, -1, 1), edge) == [1.0]
    assert slope_at(lambda x: clip(x, -1, 1), 1.01 * edge) == [0.0]


@pytest.mark.parametrize("f", [maximum, minimum])
def test_two_that_tie_share_the_gradient_equally(f):
    assert slope_at(f, 2.0, 2.0) == [0.5, 0.5]


def test_a_maximum_of_three_that_tie_shares_its_gradient_equally():
    x = Tensor(np.array([[1.0, 5.0, 5.0, 5.0], [7.0, 7.0, 0.0, 0.0]]))
    expected = [[0, 1 / 3, 1 / 3, 1 / 3], [0.5, 0.5, 0, 0]]
    np.testing.assert_allclose(grad(max(x, axis=1).sum(), x), expected)


def test_the_zeroth_power_has_slope_0_everywhere():
    assert slope_at(lambda x: x**0, 0.0) == [0.0]
    assert slope_at(lambda x: x**1, 0.0) == [1.0]


def test_an_element_picked_twice_gets_both_gradients():
    x = Tensor(np.array([1.0, 2.0, 3.0]))
    np.testing.assert_array_equal(grad(x[[0, 0, 2]].sum(), x), [2, 0, 1])
    np.testing.assert_array_equal(grad(x[[0, -3]].sum(), x), [2, 0, 0])


@given(some.broadcastable())
def test_broadcast_to_and_sum_to_are_each_others_adjoint(two):
    small, big = two[0], np.broadcast_shapes(*two)
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal(small), rng.standard_normal(big)
    there, back = np.sum(engine.broadcast_to(x, big) * y), np.sum(x * sum_to(y, small))
    np.testing.assert_allclose(there, back, rtol=1e-12, atol=1e-12)


# Every fused op beside its obvious twin.


def assert_twins(f, twin, *arrays):
    for a, b in zip(flat(derivatives(f, arrays)), flat(derivatives(twin, arrays)), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


@given(st.data())
def test_linear_is_a_product_and_a_sum(data):
    N, D, H = (data.draw(st.integers(0, 3)) for _ in "NDH")
    x, W, b = (data.draw(some.arrays(shape)) for shape in [(N, D), (D, H), (H,)])
    assert_twins(linear, lambda x, W, b: x @ W + b, x, W, b)


@given(some.same_shape(some.moderate, some.floats(0, 1)))
def test_bce_is_the_cross_entropy_of_its_probabilities(two):
    def twin(logits, t):
        p = sigmoid(logits)
        return -t * log(p) - (1 - t) * log(1 - p)

    assert_twins(bce_with_logits, twin, *two)


@given(some.same_shape(some.moderate, some.moderate, shape=some.shapes(min_axes=1)))
def test_gaussian_kl_is_its_formula(two):
    def twin(mean, log_var):
        return 0.5 * sum(exp(log_var) + mean * mean - 1 - log_var, axis=-1)

    assert_twins(gaussian_kl, twin, *two)


def test_gaussian_kl_is_the_monte_carlo_kl():
    mean, log_var, rng = np.array([0.5, -1.0]), np.array([0.3, -0.7]), np.random.default_rng(0)
    z = mean + np.exp(log_var / 2) * rng.standard_normal((200_000, 2))
    log_q = -0.5 * (log_var + (z - mean) ** 2 / np.exp(log_var))
    log_p = -0.5 * z * z
    np.testing.assert_allclose(gaussian_kl(mean, log_var), (log_q - log_p).sum(1).mean(), rtol=0.01)


@given(some.arrays(some.shapes(min_axes=1, min_side=1)))
def test_softmax_is_the_exponential_of_log_softmax(x):
    assert_twins(softmax, lambda x: exp(log_softmax(x)), x)
    assert_twins(lambda x: log(softmax(x)), log_softmax, x)


@given(some.arrays(some.shapes(min_axes=1, min_side=1)))
def test_logsumexp_is_its_formula(x):
    assert_twins(logsumexp, lambda x: log(sum(exp(x), axis=-1)), x)


@given(some.arrays())
def test_sigmoid_is_a_tanh_and_softplus_its_integral(x):
    assert_twins(sigmoid, lambda x: (1 + tanh(x / 2)) / 2, x)
    assert_twins(softplus, lambda x: log(1 + exp(x)), x)


# Extremes.

EXTREME = np.array([[-1e4, 1e4, 0.0], [1e4, 1e4, 1e4], [-1e4, -1e4, 88.0]], dtype=np.float32)
STABLE = {
    "bce_with_logits to 0": lambda x: bce_with_logits(x, 0.0),
    "bce_with_logits to 1": lambda x: bce_with_logits(x, 1.0),
    "cross_entropy": lambda x: cross_entropy(x, np.array([0, 1, 2])),
    "softplus": softplus,
    "sigmoid": sigmoid,
    "tanh": tanh,
    "softmax": softmax,
    "log_softmax": log_softmax,
    "logsumexp": logsumexp,
}


@pytest.mark.parametrize("f", STABLE.values(), ids=STABLE.keys())
def test_value_and_derivatives_are_finite_at_logits_of_1e4(f):
    results = flat(derivatives(f, [EXTREME]))
    assert all(np.isfinite(x).all() and x.dtype == np.float32 for x in results)


@pytest.mark.parametrize("target", [0.0, 0.25, 1.0])
def test_bce_grows_linearly_with_a_confident_mistake(target):
    logits = Tensor(np.array([-1e4, 1e4], dtype=np.float32))
    loss = bce_with_logits(logits, target)
    np.testing.assert_allclose(loss.value, [1e4 * target, 1e4 * (1 - target)], rtol=1e-6)
    np.testing.assert_allclose(grad(loss.sum(), logits), [-target, 1 - target], rtol=1e-6)


def test_sigmoid_keeps_its_digits_in_the_lower_tail():
    np.testing.assert_allclose(sigmoid(np.array([-40.0, -700.0])), np.exp([-40.0, -700.0]))


def test_where_lets_no_nan_through_from_the_branch_not_taken():
    x = Tensor(np.array([0.0, 4.0]))
    with np.errstate(divide="ignore"):
        y = where(x > 0, log(x), 0.0)
    np.testing.assert_array_equal(y.value, [0.0, np.log(4.0)])


# Wrong input, and what is said then.


def test_probabilities_where_logits_belong_are_refused():
    x = Tensor(np.zeros((2, 3)))
    with pytest.raises(ValueError, match=r"bce_with_logits: expected logits.*result of sigmoid"):
        bce_with_logits(sigmoid(x), 1.0)
    with pytest.raises(ValueError, match=r"cross_entropy: expected logits.*result of softmax"):
        cross_entropy(softmax(x), np.array([0, 1]))


@pytest.mark.parametrize("labels", [np.zeros(3, int), np.zeros(2), np.zeros((2, 1), int)])
def test_cross_entropy_wants_one_whole_number_a_row(labels):
    with pytest.raises(ValueError, match=r"cross_entropy: expected integer labels of shape \(2,\)"):
        cross_entropy(np.zeros((2, 3)), labels)


@pytest.mark.parametrize("label", [-1, 3])
def test_cross_entropy_names_a_label_outside_the_classes(label):
    with pytest.raises((ValueError, IndexError), match=f"{label}"):
        cross_entropy(np.zeros((2, 3)), np.array([0, label]))


def test_mse_refuses_shapes_that_would_broadcast_into_a_table():
    with pytest.raises(ValueError, match=r"mse: .*\(3, 1\).*\(3,\)"):
        mse(np.zeros((3, 1)), np.zeros(3))


def test_bce_refuses_targets_that_would_broadcast_into_a_table():
    with pytest.raises(ValueError, match=r"bce_with_logits: .*\(3, 1\).*\(3,\)"):
        bce_with_logits(np.zeros((3, 1)), np.zeros(3))


def test_gaussian_kl_wants_as_many_means_as_log_variances():
    with pytest.raises(ValueError, match=r"gaussian_kl: .*\(2, 3\).*\(3,\)"):
        gaussian_kl(np.zeros((2, 3)), np.zeros(3))


def test_nothing_to_concatenate_is_an_error_that_says_so():
    with pytest.raises(ValueError, match="concatenate: .*at least one"):
        concatenate([])


def test_a_mean_of_nothing_is_refused():
    with pytest.raises(ValueError, match=r"mean: expected at least one element.*\(0, 3\)"):
        engine.mean(np.zeros((0, 3)))


def test_a_tensor_as_exponent_points_to_exp_and_log():
    x = Tensor(np.ones(2))
    with pytest.raises(TypeError, match=r"exp\(p \* log\(x\)\)"):
        x**x
    with pytest.raises(TypeError, match=r"exp\(x \* math.log\(base\)\)"):
        2.0**x


@pytest.mark.parametrize("p", [np.int64(2), np.float32(2)])
def test_an_exponent_may_be_a_numpy_number(p):
    x = Tensor(np.array([3.0], dtype=np.float32))
    y = x**p
    assert (float(y[0]), y.dtype) == (9.0, np.float32)


def test_a_linear_layer_of_one_vector_is_refused_where_it_is_made():
    with pytest.raises(ValueError, match=r"linear: .*\(3,\)"):
        linear(np.ones(3), Tensor(np.ones((3, 2))), np.zeros(2))
