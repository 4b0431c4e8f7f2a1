"""Every op and loss of the catalogue against every property; then the kinks, twins and extremes."""

import inspect
import re

import numpy as np
import pytest
from catalogue import ROWS, Row
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from scratchgen import backend, engine, functions
from scratchgen import testing as some
from scratchgen.backend import array_module
from scratchgen.engine import Op, Tensor, detach, grad, op, sum, sum_to
from scratchgen.functions import (
    abs,
    bce_with_logits,
    clip,
    concatenate,
    cross_entropy,
    exp,
    gaussian_kl,
    join,
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
from scratchgen.gradcheck import GradientError
from tests.fake_cupy import install

pytestmark = pytest.mark.usefixtures("device")  # see conftest.py
every_row = pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
drawn = given(data=st.data())


def cotangent(y, seed=0):
    """Random, of y's shape and type: with ones, errors that cancel in a sum stay hidden."""
    return np.random.default_rng(seed).standard_normal(y.shape).astype(y.dtype)


def derivatives(f, arrays):
    """f's value, the gradients of sum(v f), and the gradients of sum(u * those)."""
    leaves = [Tensor(np.asarray(x)) for x in arrays]
    y = f(*leaves)
    first = grad(sum(y * cotangent(y)), leaves, create_graph=True)
    slope = sum(leaves[0] * 0.0)
    for x, g in zip(leaves, first, strict=True):
        slope = slope + sum(g * cotangent(g, seed=1)) + sum(x * 0.0)  # depends on x in form
    return [y.value, *[g.value for g in first], *grad(slope, leaves)]


# The catalogue. `check_op` itself compares the device with NumPy.


@pytest.mark.host
def test_every_op_and_function_is_in_the_catalogue():
    covered = {row.covers.__name__ for row in ROWS}
    ops = {o.name for m in (engine, functions) for o in vars(m).values() if isinstance(o, Op)}
    plain = {
        name
        for name, value in vars(functions).items()
        if inspect.isfunction(value)
        and value.__module__ == functions.__name__
        and not name.startswith("_")
    }
    assert (ops | plain | {"mean", "matmul"}) - covered == set()


@pytest.mark.host
@every_row
@drawn
def test_every_op_is_right_in_every_respect(row: Row, data):
    row.check(data.draw(row.cases))


@pytest.mark.host
@every_row
@settings(max_examples=settings().max_examples // 10)  # a stand-in is slow, and devices need few
@drawn
def test_every_op_is_the_same_on_a_device(row: Row, data):
    with pytest.MonkeyPatch.context() as patch:
        install(patch)
        backend.gpu_status.cache_clear()
        try:
            assert backend.gpu_status().usable
            row.check(data.draw(row.cases))
        finally:
            backend.gpu_status.cache_clear()


@pytest.mark.gpu
@pytest.mark.host  # NumPy is in use, and check_op looks for the GPU
@every_row
@settings(max_examples=settings().max_examples // 10)
@drawn
def test_every_op_is_the_same_on_a_real_device(row: Row, data):
    assert backend.gpu_status().usable
    row.check(data.draw(row.cases))


# A rule that is off by one part in a thousand fails, for every op.


def off(part, by=1.001):
    return part * by


def off_on_tensors(part):
    return part * 1.001 if isinstance(part, Tensor) else part


def off_in_its_own_derivative(part):
    """The right number, whose own derivative is off: 1.001 part - 0.001 part, that held fixed."""
    return part * 1.001 - 0.001 * detach(part) if isinstance(part, Tensor) else part


RULES = [(o, k) for row in ROWS for o in [row.covers] if isinstance(o, Op) and not row.where
         for k, rule in enumerate(o.rules) if rule]  # fmt: skip


def plant(monkeypatch, op, k, fault):
    """Put the fault into the rule of the op's argument number k, until the test ends."""
    rule, rules = op.rules[k], list(op.rules)
    rules[k] = lambda g, y, *args: fault(rule(g, y, *args))
    monkeypatch.setattr(op, "rules", tuple(rules))


def assert_caught(row, match):
    def fails(case):
        try:
            row.check(case)
        except GradientError as error:
            return re.search(match, str(error))
        return None

    # It stops at the first: the number only keeps an unlucky row from missing one in 10,000 runs.
    first_failure = settings(phases=[Phase.generate], max_examples=500, database=None)
    find(row.cases, fails, settings=first_failure)


@pytest.mark.host
@pytest.mark.parametrize("fault", [off, off_on_tensors, off_in_its_own_derivative])
@pytest.mark.parametrize(("op", "k"), RULES, ids=[f"{o.name}-{o.names[k]}" for o, k in RULES])
def test_a_rule_off_by_one_part_in_a_thousand_is_caught(op, k, fault, monkeypatch):
    plant(monkeypatch, op, k, fault)
    order = {off: "of order 1", off_on_tensors: "create_graph|of order 2"}.get(fault, "of order 2")
    assert_caught(next(row for row in ROWS if row.covers is op), order)


composed = [row for row in ROWS if not isinstance(row.covers, Op) and not row.where]


@pytest.mark.host
@pytest.mark.parametrize("row", composed, ids=[row.name for row in composed])
@pytest.mark.parametrize("fault", [off, off_on_tensors, off_in_its_own_derivative])
def test_a_composition_off_by_one_part_in_a_thousand_is_caught(row, fault):
    @op
    def unchanged(y):
        return array_module(y).array(y)

    unchanged.gradients(y=lambda g, out, y: fault(g * 1.0))
    f = row.call or row.covers
    planted = row._replace(call=lambda *xs, **options: unchanged(f(*xs, **options)))
    assert_caught(planted, "of order|create_graph")


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


@pytest.mark.parametrize(
    "make", [lambda: "2", lambda: None, lambda: np.array(2.0), lambda: np.array([1.0, 2.0])]
)
def test_an_exponent_that_is_no_number_is_refused(make):
    p = make()
    got = type(p).__name__
    with pytest.raises(TypeError, match=f"power: expected a number as exponent, got {got}. For an"):
        Tensor([1.0, 2.0]) ** p


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
    for a, b in zip(derivatives(f, arrays), derivatives(twin, arrays), strict=True):
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
    results = derivatives(f, [EXTREME])
    assert all(np.isfinite(x).all() and x.dtype == np.float32 for x in results)


@pytest.mark.parametrize("f", STABLE.values(), ids=STABLE.keys())
@given(x=some.arrays((3, 3), some.extreme_logits, np.float32))
def test_value_and_derivatives_are_finite_where_exp_overflows(f, x):
    results = derivatives(f, [x])
    assert all(np.isfinite(y).all() and y.dtype == np.float32 for y in results)


@pytest.mark.parametrize("target", [0.0, 0.25, 1.0])
def test_bce_grows_linearly_with_a_confident_mistake(target):
    logits = Tensor(np.array([-1e4, 1e4], dtype=np.float32))
    loss = bce_with_logits(logits, target)
    np.testing.assert_allclose(loss.value, [1e4 * target, 1e4 * (1 - target)], rtol=1e-6)
    np.testing.assert_allclose(grad(loss.sum(), logits), [-target, 1 - target], rtol=1e-6)


@pytest.mark.parametrize("shape", [(3,), (2, 4, 3), ()])
def test_linear_takes_a_batch_and_nothing_else(shape):
    with pytest.raises(ValueError, match=r"linear: expected x of shape \(N, D\), got .*Make one"):
        linear(np.ones(shape), np.ones((3, 2)), np.zeros(2))


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


@pytest.mark.parametrize(
    "labels", [np.zeros(3, int), np.zeros(1, int), np.zeros(2), np.zeros((2, 1), int)]
)
def test_cross_entropy_wants_one_whole_number_a_row(labels):
    labels = np.asarray(labels)
    with pytest.raises(ValueError, match=r"cross_entropy: expected integer labels of shape \(2,\)"):
        cross_entropy(np.zeros((2, 3)), labels)


@pytest.mark.host  # to ask on a device would cost a transfer a step
@pytest.mark.parametrize(("label", "got"), [(-1, "-1 to 1"), (4, "1 to 4"), (9, "1 to 9")])
def test_cross_entropy_names_a_label_outside_the_classes(label, got):
    with pytest.raises(ValueError, match=f"cross_entropy: expected labels 0 to 3, got {got}"):
        cross_entropy(np.zeros((2, 4)), np.array([1, label]))


@pytest.mark.parametrize(("a", "b"), [((2, 3), (2, 1)), ((2, 1), (2, 3)), ((3,), (2, 3))])
def test_gaussian_kl_refuses_arrays_of_two_shapes(a, b):
    with pytest.raises(ValueError, match=r"gaussian_kl: expected arrays of one shape, got mean"):
        gaussian_kl(np.zeros(a), np.zeros(b))


def test_arrays_are_joined_along_the_first_axis_unless_another_is_named():
    rows = [np.zeros((1, 2)), np.ones((2, 2)), np.ones((1, 2))]
    assert join(*rows[:2]).shape == (3, 2)
    assert concatenate(rows).shape == (4, 2)
    assert concatenate([rows[0], rows[2]], axis=1).shape == (1, 4)


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


def test_a_tensor_as_exponent_of_the_op_points_to_exp_and_log():
    x = Tensor(np.ones(2))
    with pytest.raises(TypeError, match=r"exp\(p \* log\(x\)\)"):
        engine.power(x, x)


def test_a_tensor_to_the_power_of_a_tensor_is_its_formula():
    x, y = np.array([0.5, 2.0, 3.0]), np.array([2.0, -1.0, 0.5])
    assert_twins(lambda x, y: x**y, lambda x, y: exp(y * log(x)), x, y)


@pytest.mark.parametrize("p", [np.int64(2), np.float32(2)])
def test_an_exponent_may_be_a_numpy_number(p):
    x = Tensor(np.array([3.0], dtype=np.float32))
    y = x**p
    assert (float(y[0]), y.dtype) == (9.0, np.float32)


def test_a_linear_layer_of_one_vector_is_refused_where_it_is_made():
    with pytest.raises(ValueError, match=r"linear: .*\(3,\)"):
        linear(np.ones(3), Tensor(np.ones((3, 2))), np.zeros(2))
