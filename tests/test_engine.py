"""The engine: what `grad` must give, what it must not compute, and what it must say."""

import gc
import operator
import sys
import time
import tracemalloc
from types import ModuleType

import numpy as np
import pytest

from scratchgen import backend
from scratchgen.engine import (
    Tensor,
    broadcast_to,
    detach,
    detect_nonfinite,
    grad,
    matmul,
    no_grad,
    op,
    sum_to,
    transpose,
)
from scratchgen.functions import exp, linear, log, logsumexp, relu, sqrt, tanh, where
from scratchgen.gradcheck import check_grad
from scratchgen.nn import MLP
from scratchgen.optim import Adam

pytestmark = pytest.mark.usefixtures("device")  # see conftest.py
X = np.array([1.0, 2.0, 3.0])


@pytest.fixture
def x():
    return Tensor(X.copy())


@pytest.fixture
def w():
    return Tensor(np.array([4.0, 5.0, 6.0]))


# What comes out.


def test_both_arms_of_a_diamond_add_up(x):
    h = x * 2
    np.testing.assert_array_equal(grad((h * h + 3 * h).sum(), x), 8 * X + 6)


def test_an_argument_used_twice_gets_both_gradients(x):
    np.testing.assert_array_equal(grad((x + x).sum(), x), [2, 2, 2])
    np.testing.assert_array_equal(grad((x - x).sum(), x), [0, 0, 0])
    np.testing.assert_array_equal(grad((x * x).sum(), x), 2 * X)


def test_a_product_of_three_is_the_third_power(x):
    np.testing.assert_allclose(grad((x * x * x).sum(), x), grad((x**3).sum(), x))


def test_a_node_used_many_times_adds_up_every_use(x):
    h = x * 1.0
    total = h
    for _ in range(99):
        total = total + h
    np.testing.assert_array_equal(grad(total.sum(), x), [100, 100, 100])


def test_a_diamond_of_diamonds_is_walked_once_a_node():
    y = x = Tensor(np.array(1.0))
    for _ in range(60):  # 2^60 paths
        y = y + y
    assert float(grad(y, x)) == 2.0**60


def test_a_computed_tensor_can_be_asked_for(x):
    h = x * 2
    loss = (h * h).sum()
    np.testing.assert_array_equal(grad(loss, h), 4 * X)
    for a, b in zip(grad(loss, [h, x]), [4 * X, 8 * X], strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_loss_has_derivative_1_by_itself(x):
    loss = x.sum()
    assert float(grad(loss, loss)) == 1.0
    leaf = Tensor(2.0)
    assert float(grad(leaf, leaf)) == 1.0


def test_wrt_may_be_one_tensor_a_list_or_a_tuple(x, w):
    loss = (x * w).sum()
    assert type(grad(loss, x)) is np.ndarray
    assert [type(grad(loss, wrt)) for wrt in ([x], [x, w], (x, w), [])] == [list] * 4
    np.testing.assert_array_equal(grad(loss, [x, w])[1], X)


def test_a_tensor_listed_twice_gets_two_arrays(x):
    a, b = grad((x * x).sum(), [x, x])
    np.testing.assert_array_equal(a, b)
    assert not np.shares_memory(a, b)


def test_two_gradients_that_are_equal_are_two_arrays(x, w):
    a, b = grad((x + w).sum(), [x, w])
    assert not np.shares_memory(a, b)
    a, b = grad((x + w).sum(), [x, w], create_graph=True)
    assert not np.shares_memory(a.value, b.value)  # detach would copy, and hide it


def test_a_gradient_that_two_share_is_added_to_for_one_alone():
    x, w = Tensor(np.ones(3)), Tensor(np.ones(3))
    older = x * 3.0  # its part of x's gradient is added last, after both have got the sum's
    shared = (x + w) * 2.0
    a, b = grad((older + shared).sum(), [x, w])
    np.testing.assert_array_equal([a, b], [[5, 5, 5], [2, 2, 2]])


def test_a_gradient_that_two_share_is_handed_out_as_two_arrays():
    x, w = Tensor(np.ones(3)), Tensor(np.ones(3))
    a, b = grad(((x + w) * 2.0).sum(), [x, w])
    assert not np.shares_memory(a, b)


def test_a_gradient_that_a_rule_made_is_handed_out_without_a_copy(x):
    made = []

    @op
    def double(x):
        return 2 * x

    double.gradients(x=lambda g, y, x: made.append(2 * g) or made[-1])
    assert grad(double(x).sum(), x) is made[0]


def test_what_is_detached_from_a_leaf_does_not_change_with_it():
    w = Tensor(np.ones(3))
    constants = detach(w), detach(w[:2]), detach(w * 1.0)
    w.value -= 1
    assert [float(c.sum()) for c in constants] == [3, 2, 3]


@pytest.mark.host
@pytest.mark.parametrize("axes", [(1, -1, 0), (-1, 0, 1), (2, 0, -2), (0, -1, 1)])
def test_axes_counted_from_either_end_are_put_back(axes):
    x = Tensor(np.zeros((2, 3, 4)))
    y = transpose(x, axes)
    v = np.arange(24.0).reshape(y.shape)
    expected = np.empty((2, 3, 4))
    np.transpose(expected, axes)[...] = v  # a view: NumPy writes back through it
    np.testing.assert_array_equal(grad((y * v).sum(), x), expected)


@pytest.mark.parametrize("index", [np.s_[:, [0, 0, 1]], np.s_[1, [2, 2]], np.s_[..., [0, 0]]])
def test_an_index_repeated_behind_a_slice_gets_all_its_gradients(index):
    x = Tensor(np.zeros((2, 3)))
    v = np.arange(1.0, 1 + x[index].size).reshape(x[index].shape)
    expected = np.zeros((2, 3))
    np.add.at(expected, index, v)
    np.testing.assert_array_equal(grad((x[index] * v).sum(), x), expected)


def test_the_derivative_of_a_derivative(x):
    first = grad((x**4).sum(), x, create_graph=True)
    second = grad(first.sum(), x, create_graph=True)
    third = grad(second.sum(), x)
    np.testing.assert_allclose([first.value, second.value, third], [4 * X**3, 12 * X**2, 24 * X])


def test_a_tensor_is_added_to_a_sum_of_arrays_under_create_graph():
    # Of the three uses of x, two have gradients that depend on nothing, so their sum is an array.
    for y in (lambda x: exp(x) + (x + x), lambda x: (x + x) + exp(x), lambda x: x + exp(x) + x):
        x = Tensor(X)
        first = grad(y(x).sum(), x, create_graph=True)
        np.testing.assert_allclose(first.value, np.exp(X) + 2)
        np.testing.assert_allclose(grad(first.sum(), x), np.exp(X))


def test_a_gradient_penalty_reaches_the_weights():
    rng = np.random.default_rng(0)
    x, W = Tensor(rng.standard_normal((4, 3))), Tensor(rng.standard_normal((3, 1)))
    slope = grad(tanh(x @ W).sum(), x, create_graph=True)
    penalty = grad((slope * slope).sum(), W)
    y = np.tanh(x.value @ W.value)
    s = 1 - y * y  # slope = s W^T, |slope|^2 = s^2 |W|^2
    expected = 2 * (s * s).sum() * W.value
    expected += (W.value**2).sum() * x.value.T @ (2 * s * -2 * y * s)
    np.testing.assert_allclose(penalty, expected)


def test_a_second_derivative_goes_through_a_long_chain():
    y = x = Tensor(np.array(1.01))
    for _ in range(2_000):
        y = y * 1.0005
    slope = grad(y * y, x, create_graph=True)
    np.testing.assert_allclose(float(grad(slope, x)), 2 * 1.0005**4_000)


# Depth and memory.


@pytest.mark.host
def test_100_000_chained_ops_need_no_recursion():
    start = time.process_time()
    y = x = Tensor(np.array(2.0))
    for _ in range(50_000):
        y = -y + 1.0
    assert float(grad(y, x)) == 1.0
    del y
    assert time.process_time() - start < 10


@pytest.mark.host
def test_a_deep_second_order_graph_is_freed_without_recursion():
    y = x = Tensor(np.array(1.0))
    for _ in range(20_000):
        y = y * 1.0
    slope = grad(y * x, x, create_graph=True)
    del y
    assert float(slope) == 2.0
    del slope


@pytest.fixture
def no_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def _train(steps):
    """A small net under Adam, with a penalty's second-order graph in every step."""
    rng = np.random.default_rng(0)
    net = MLP([8, 16, 1], rng=rng)
    adam, data = Adam(net.parameters()), rng.standard_normal((32, 8), dtype=np.float32)
    for _ in range(steps):
        x = Tensor(data)
        y = net(x)
        slope = grad(y.sum(), x, create_graph=True)
        loss = (y * y).mean() + (slope * slope).mean()
        adam.step(grad(loss, net.parameters()))
        yield loss


def _traced_bytes():
    """What Python holds. The collector finds no garbage here: it only empties the free lists."""
    assert gc.collect() == 0
    return tracemalloc.get_traced_memory()[0]


@pytest.mark.host
def test_200_steps_without_the_collector_hold_memory_flat(no_collector):
    tracemalloc.start()
    sizes = [_traced_bytes() for n, _ in enumerate(_train(220)) if n in (19, 219)]
    tracemalloc.stop()
    # NumPy's caches of small blocks fill up by some 16 kB; 200 graphs kept are over 3 MB.
    assert sizes[1] - sizes[0] < 65_536


def test_an_error_leaves_no_graph_behind(no_collector, x):
    def alive():
        return len([o for o in gc.get_objects() if type(o) is Tensor])

    before = alive()
    for _ in range(3):
        with pytest.raises(ValueError, match="mismatch"):
            matmul(x * 1, np.ones((4, 4)))
    assert alive() == before


# Only what is needed is computed.


@pytest.fixture
def counted():
    """A product that counts which of its rules ran."""
    calls = []

    def counts(name, part):
        calls.append(name)
        return part

    @op
    def times(a, b):
        return a * b

    times.gradients(
        a=lambda g, y, a, b: counts("a", g * b),
        b=lambda g, y, a, b: counts("b", g * a),
    )
    return times, calls


def test_the_generators_step_computes_no_gradient_of_the_discriminator(counted):
    times, calls = counted
    G, D, z = Tensor(2.0), Tensor(3.0), np.float32(5.0)
    assert float(grad(times(times(z, G), D), G)) == 15.0
    assert calls == ["a", "b"]  # through D to its input; then G's weight, not z


def test_the_first_layer_computes_no_gradient_of_the_data(counted):
    times, calls = counted
    grad(times(np.float32(5.0), Tensor(2.0)), [])
    assert calls == []


def test_what_lies_below_what_is_asked_for_is_not_visited(counted, w):
    times, calls = counted
    h = times(w, 2.0)
    grad((h * h).sum(), h)
    assert calls == []


def test_a_branch_that_does_not_lead_there_is_not_visited(counted, x, w):
    times, calls = counted
    grad((times(w, 2.0) + x).sum(), x)
    assert calls == []


# Arrays and Tensors together.


@pytest.mark.host
@pytest.mark.parametrize("other", [2, 2.0, np.float64(2), np.int64(2), np.array(2.0), X, X[None]])
def test_operators_take_arrays_and_numbers_on_either_side(other, x):
    pairs = [(x + other, X + other), (other + x, other + X), (x - other, X - other)]
    pairs += [(other - x, other - X), (x * other, X * other), (other * x, other * X)]
    pairs += [(x / other, X / other), (other / x, other / X)]
    for got, expected in pairs:
        assert type(got) is Tensor
        np.testing.assert_array_equal(got.value, expected)


def test_matmul_takes_an_array_on_either_side(x):
    M = np.arange(9.0).reshape(3, 3)
    np.testing.assert_array_equal((M @ x).value, M @ X)
    np.testing.assert_array_equal((x @ M).value, X @ M)
    np.testing.assert_array_equal(grad((M @ x).sum(), x), M.sum(0))


def test_a_product_of_stacks_of_stacks_has_the_right_derivatives():
    rng = np.random.default_rng(0)
    check_grad(matmul, rng.normal(size=(2, 1, 2, 3)), rng.normal(size=(2, 3, 4)), order=2)


def test_what_is_detached_from_a_leaf_that_was_written_is_a_copy_too(w):
    w.value = w.value + 1.0
    plain = detach(w)
    w.value -= 1.0
    np.testing.assert_array_equal(plain, [5, 6, 7])


@pytest.mark.host
def test_what_is_detached_from_a_computed_tensor_is_its_array_not_a_copy(x):
    y = x * 2
    assert detach(y).base is y.value.base is not None


@pytest.mark.parametrize(
    "shape", [(3, 4, 5), (4, 5), (5,), (), (3, 1, 5), (1, 3, 1, 5), (2, 1, 1, 1)]
)
def test_sum_to_undoes_the_broadcasting_of_four_axes(shape):
    x = np.random.default_rng(0).normal(size=(2, 3, 4, 5))
    rows = np.broadcast_to(np.arange(np.prod(shape, dtype=int)).reshape(shape), x.shape)
    expected = np.bincount(rows.ravel(), weights=x.ravel())  # every element to where it came from
    np.testing.assert_allclose(sum_to(x, shape), expected.reshape(shape))


def test_sum_to_leaves_a_long_axis_alone():
    """Python has one object for each number up to 256: sides must be compared by their value."""
    np.testing.assert_array_equal(sum_to(np.ones((2, 300)), (1, 300)), np.full((1, 300), 2.0))


def test_a_product_with_a_number_is_refused_as_numpy_does(x):
    for a, b in [(Tensor(2.0), x), (x, np.array(2.0)), (Tensor(2.0), np.array(2.0))]:
        with pytest.raises(ValueError, match="matmul: Input operand . does not have enough dimens"):
            matmul(a, b)


@pytest.mark.parametrize("number", [2, 2.0, np.float32(2), True])
def test_numbers_leave_float32_as_it_is(number):
    x = Tensor(X.astype(np.float32))
    results = [x + number, number - x, x * number, number / x, -x, x**2, x @ x, x.mean()]
    assert {y.dtype for y in results} == {np.dtype("float32")}


@pytest.mark.host
def test_comparisons_give_plain_boolean_arrays(x):
    results = [x > 1.5, x >= X, x < x * 2, 1.5 <= x, X == x, x != X]  # noqa: SIM300
    assert [(type(r), r.dtype) for r in results] == [(np.ndarray, np.dtype(bool))] * 6
    np.testing.assert_array_equal(x > 1.5, [False, True, True])


@pytest.mark.host
@pytest.mark.parametrize("name", ["lt", "le", "gt", "ge", "eq", "ne"])
def test_a_comparison_is_that_of_the_values(name, x):
    compare, others = getattr(operator, name), np.array([2.0, 2.0, 2.0])  # less, equal, greater
    for y in (others, Tensor(others), 2.0):
        np.testing.assert_array_equal(compare(x, y), compare(X, others))
        np.testing.assert_array_equal(compare(y, x), compare(others, X))


def test_iterating_gives_tensors_that_lead_back(x):
    a, b, c = x
    np.testing.assert_array_equal(grad(a * b * c, x), [6, 3, 2])
    assert len(x) == 3


def test_reshape_and_transpose_take_axes_one_by_one_or_together():
    x = Tensor(np.zeros((2, 3)))
    assert x.reshape(3, 2).shape == x.reshape((3, 2)).shape == x.reshape(-1, 2).shape == (3, 2)
    assert Tensor([7.0]).reshape().shape == ()
    assert x.T.shape == x.transpose().shape == x.transpose(1, 0).shape == (3, 2)
    assert x.transpose((1, 0)).shape == (3, 2)


def test_a_tensor_shows_value_type_and_maker(x):
    assert repr(x) == "Tensor([1. 2. 3.], float64)"
    assert repr(Tensor(np.zeros((20, 30))) * 2) == "Tensor(20x30, float64, by multiply)"


def test_a_tensor_shows_up_to_twelve_numbers():
    assert repr(Tensor(np.zeros(12))).startswith("Tensor([0. 0.")
    assert repr(Tensor(np.zeros(13))) == "Tensor(13, float64)"


def test_a_tensor_in_a_text_is_its_number_or_its_repr(x):
    assert f"{Tensor(2.5):.2f}" == "2.50"
    assert f"{x}" == repr(x)


def test_a_number_takes_the_default_float_type():
    assert Tensor(2.0).dtype == Tensor([1.0]).dtype == np.float32
    backend.use("numpy", float_type="float64")
    assert Tensor(2.0).dtype == np.float64


def test_every_value_is_an_array():
    w = Tensor(2.0)
    w.value = w.value - 0.5
    assert type(w.value) is type((w * 2).value) is type(grad(w * 2, w)) is np.ndarray


# no_grad and detach.


def test_under_no_grad_ops_return_arrays(x):
    with no_grad():
        y = tanh(x * 2) + 1
    assert type(y) is np.ndarray
    np.testing.assert_array_equal(y, np.tanh(2 * X) + 1)
    assert type(x * 2) is Tensor


def test_no_grad_ends_with_its_block_even_by_an_error(x):
    with pytest.raises(ValueError, match="broadcast"), no_grad():
        x + np.ones(2)
    assert type(x * 2) is Tensor


def test_an_inner_no_grad_does_not_end_the_outer(x):
    with no_grad():
        with no_grad():
            pass
        assert type(x * 2) is np.ndarray


def test_detach_cuts_the_history(x):
    y = x * 2
    assert type(detach(y)) is np.ndarray
    np.testing.assert_array_equal(grad((detach(y) * x).sum(), x), 2 * X)
    assert detach(X) is X


# Wrong use of grad, and what is said then.


def test_a_loss_that_is_no_scalar_is_refused(x):
    with pytest.raises(ValueError, match=r"scalar loss of shape \(\), got \(3,\).*loss.mean\(\)"):
        grad(x * 2, x)


@pytest.mark.host
def test_a_loss_that_is_an_array_is_refused(x):
    with no_grad():
        loss = (x * 2).sum()
    with pytest.raises(TypeError, match=r"loss as a Tensor, got float64.*under no_grad\(\)"):
        grad(loss, x)


def test_a_wrt_that_the_loss_does_not_depend_on_is_named(x, w):
    with pytest.raises(ValueError, match=r"does not depend on Tensor\(\[4. 5. 6.\], float64\)"):
        grad((x * 2).sum(), [x, w])


def test_a_wrt_made_after_the_loss_is_no_part_of_it(x):
    loss = x.sum()
    with pytest.raises(ValueError, match="does not depend on"):
        grad(loss, loss * 2)


@pytest.mark.parametrize("wrt", [X, [X], None, "x"])
def test_a_wrt_that_is_no_tensor_is_refused(wrt, x):
    with pytest.raises(TypeError, match=r"wrt expects Tensors, got .*x = Tensor\(x\)"):
        grad(x.sum(), wrt)


@pytest.mark.parametrize("value", [3, [1, 2], np.arange(3), np.zeros(2, bool), np.float16(1), "a"])
def test_a_leaf_that_is_no_float32_or_float64_is_refused(value):
    with pytest.raises(TypeError, match=r"Tensor: expected float32 or float64, got .*astype"):
        Tensor(value)


def test_a_tensor_of_a_tensor_is_refused(x):
    with pytest.raises(TypeError, match=r"got a Tensor.*Tensor\(detach\(x\)\)"):
        Tensor(x)


# A value changed between forward and backward.

VIEWS = {
    "itself": lambda w: w,
    "reshaped": lambda w: w.reshape(3, 1),
    "transposed": lambda w: w.T,
    "sliced": lambda w: w[1:],
    "one more axis": lambda w: w[None],
    "broadcast": lambda w: broadcast_to(w, (2, 3)),
    "sliced twice": lambda w: w[::2][:1],
    "transposed and reshaped": lambda w: transpose(w.reshape(1, 3)).reshape(3),
}
every_view = pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS.keys())


@every_view
def test_a_step_between_forward_and_backward_is_an_error(view, w):
    loss = (view(w) * view(w)).sum()
    w.value -= 1.0
    with pytest.raises(RuntimeError, match=r"was changed in place after \w+ had used it \(version"):
        grad(loss, w)


@every_view
def test_a_view_changes_with_its_leaf(view, w):
    h = view(w)
    loss = (h * h).sum()
    w.value -= 1.0
    with pytest.raises(RuntimeError, match="Take all gradients before the optimiser's step"):
        grad(loss, h)


def test_a_result_that_is_one_of_its_arguments_changes_with_it(w, x):
    @op
    def first(a, b):
        return a

    y = first(w, x)
    loss = (y * y).sum()
    w.value -= 1.0
    with pytest.raises(RuntimeError, match="by first.* was changed in place after multiply"):
        grad(loss, y)


def test_a_value_replaced_is_a_value_changed(w):
    loss = (w * w).sum()
    w.value = np.zeros(3)
    with pytest.raises(RuntimeError, match=r"version 0, now 1"):
        grad(loss, w)


def test_a_step_of_the_discriminator_voids_the_generators_loss():
    G, D = Tensor(2.0), Tensor(3.0)
    loss = tanh(G * D)
    D.value -= 0.5
    with pytest.raises(RuntimeError, match=r"multiply had used it"):
        grad(loss, G)


def test_a_copy_does_not_change_with_its_leaf(w):
    h = w * 2
    loss = (h * h).sum()
    w.value -= 1.0
    np.testing.assert_array_equal(grad(loss, h), [16, 20, 24])


def test_a_reduced_value_does_not_change_with_its_leaf(x, w):
    loss = (logsumexp(w) * x).sum()
    w.value -= 1.0
    np.testing.assert_allclose(grad(loss, x), np.full(3, np.logaddexp.reduce([4.0, 5.0, 6.0])))


def test_a_loss_computed_anew_is_right_again(w):
    w.value -= 1.0
    np.testing.assert_array_equal(grad((w * w).sum(), w), [6, 8, 10])


# Writing.


def test_a_computed_value_cannot_be_written(x):
    y = x * 2
    with pytest.raises(TypeError, match=r"by multiply\) was computed: only a leaf"):
        y.value = X


@pytest.mark.parametrize("new", [np.zeros(4), np.zeros((3, 1)), X.astype(np.float32)])
def test_a_value_keeps_its_shape_and_type(new, x):
    with pytest.raises(ValueError, match=r"value: expected float64 \(3,\), got .*Convert it"):
        x.value = new
    np.testing.assert_array_equal(x.value, X)


def test_a_float32_value_takes_no_float64():
    w = Tensor(X.astype("float32"))
    with pytest.raises(ValueError, match=r"value: expected float32 \(3,\), got float64 \(3,\)"):
        w.value = X


def test_a_value_takes_no_fewer_elements(x):
    with pytest.raises(ValueError, match=r"value: expected float64 \(3,\), got float64 \(2,\)"):
        x.value = np.zeros(2)


@pytest.mark.parametrize("new", [0.5, [1.0, 2.0, 3.0], Tensor(X)], ids=["float", "list", "Tensor"])
def test_a_value_is_an_array(new, x):
    with pytest.raises((TypeError, ValueError), match=f"value: expected .*{type(new).__name__}"):
        x.value = new


# NumPy and Python where a Tensor is not what they want.


def picked(x):
    return np.where(x > 1, x, 0)


@pytest.mark.parametrize("use", [np.asarray, np.array, lambda x: np.dot(X, x), picked])
def test_numpy_is_told_to_take_the_value(use, x):
    with pytest.raises(TypeError, match=r"Pass its array, x.value, or call scratchgen's own op"):
        use(x)


@pytest.mark.parametrize("use", [np.exp, lambda x: np.maximum(x, 0), lambda x: X.__iadd__(x)])
def test_numpys_own_functions_refuse_a_tensor(use, x):
    with pytest.raises(TypeError, match="Tensor"):
        use(x)


def test_a_tensor_is_neither_true_nor_false(x):
    with pytest.raises(TypeError, match=r"Compare its value: float\(x\) > 0"):
        bool(x.sum())


# Ops that people write, and what goes wrong in them.


@pytest.fixture
def double():
    """An op to give rules to."""

    @op
    def double(x, k=2.0):
        """Twice x."""
        return x * k

    return double


def test_an_op_prints_as_its_signature_and_keeps_its_docstring(double):
    assert (repr(double), double.__doc__) == ("<op double(x, k=2.0)>", "Twice x.")


def test_rules_get_every_argument_by_position(double, x):
    double.gradients(x=lambda g, y, x, k: g * k)
    np.testing.assert_array_equal(grad(double(x).sum(), x), [2, 2, 2])
    np.testing.assert_array_equal(grad(double(k=3.0, x=x).sum(), x), [3, 3, 3])


def test_a_rule_for_an_argument_that_is_not_there_is_refused(double):
    with pytest.raises(TypeError, match=r"double has no argument \{'z'\}: it takes \('x', 'k'\)"):
        double.gradients(z=lambda g, y, x, k: g)


def test_a_missing_rule_is_named(double, x):
    with pytest.raises(TypeError, match="double has no derivative with respect to 'x'"):
        grad(double(x).sum(), x)


@pytest.mark.parametrize(
    ("rule", "got"),
    [
        (lambda g, y, x, k: g.sum(), r"float64 \(\)"),
        (lambda g, y, x, k: g[None], r"float64 \(1, 3\)"),
        (lambda g, y, x, k: g.astype("float32"), r"float32 \(3,\)"),
        (lambda g, y, x, k: 2.0, "float"),
        (lambda g, y, x, k: None, "NoneType"),
    ],
    ids=["shape", "axes", "dtype", "number", "nothing"],
)
def test_a_rule_that_returns_the_wrong_thing_is_named(rule, got, double, x):
    double.gradients(x=rule)
    expected = r"expected float64 \(3,\): a gradient has its argument's shape and dtype"
    with pytest.raises(TypeError, match=f"rule of double for 'x' returned .*{got}.*{expected}"):
        grad(double(x).sum(), x)


def test_a_rule_that_widens_its_argument_is_named(double):
    double.gradients(x=lambda g, y, x, k: g.astype("float64"))
    with pytest.raises(TypeError, match=r"returned float64 \(3,\), expected float32 \(3,\)"):
        grad(double(w := Tensor(X.astype("float32"))).sum(), w)


def test_an_error_inside_a_rule_names_op_and_argument(double, x):
    double.gradients(x=lambda g, y, x, k: g @ np.ones((4, 4)))
    with pytest.raises(ValueError, match=r"(?s)mismatch.*double.*'x'"):
        grad(double(x).sum(), x)


def test_an_op_that_returns_no_array_is_named(x):
    @op
    def total(x):
        return float(x.sum())

    with pytest.raises(TypeError, match=r"total.*float"):
        total(x)


def test_an_error_in_an_op_names_it_and_the_shapes(x):
    with pytest.raises(ValueError, match=r"in matmul2d\(a: float64 \(1, 3\), b: float64 \(4, 5\)"):
        x @ np.ones((4, 5))
    with pytest.raises(ValueError, match=r"in add\(a: float64 \(3,\), b: float64 \(2,\)\)"):
        x + np.ones(2)
    with pytest.raises(IndexError, match=r"in getitem\(x: float64 \(3,\), index: 7\)"):
        x[7]


def test_an_option_that_the_op_does_not_have_is_refused(x):
    with pytest.raises(TypeError, match=r"(?s)unexpected keyword argument 'slope'.*tanh"):
        tanh(x, slope=0.1)


def test_a_missing_argument_names_the_op(x):
    with pytest.raises(TypeError, match=r"(?s)missing a required argument: 'b'.*linear"):
        linear(x, x)


@pytest.mark.host
@pytest.mark.parametrize("other", [X, np.float64(2), Tensor(X)], ids=["array", "number", "Tensor"])
def test_mixed_float_types_are_refused_with_the_cure(other):
    x = Tensor(X.astype(np.float32))
    match = r"would give float64: a Tensor's float type stays as it is. .*astype\('float32'\)"
    with pytest.raises(TypeError, match=match):
        x * other
    with pytest.raises(TypeError, match=match):
        other * x


def test_an_op_that_narrows_a_tensor_is_refused(x):
    @op
    def narrowed(x):
        return x.astype("float32")

    with pytest.raises(TypeError, match=r"narrowed\(x: float64 \(3,\)\) would give float32"):
        narrowed(x)


class FakeGpuArray:
    """Stands for a CuPy array, where none can be had: NumPy's arrays do not mix with it."""

    shape, dtype, size, __array_ufunc__ = (3,), np.dtype("float64"), 3, None

    def __radd__(self, other):
        raise TypeError("Unsupported type <class 'numpy.ndarray'>")


def test_arrays_of_two_devices_in_one_op_are_refused_with_the_cure(monkeypatch, x):
    cupy = ModuleType("cupy")
    monkeypatch.setattr(cupy, "ndarray", FakeGpuArray, raising=False)
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    message = r"add\(a: float64 \(3,\), b: float64 \(3,\)\) mixes \['cupy', 'numpy'\].*asarray\(x\)"
    with pytest.raises(TypeError, match=message):
        x + FakeGpuArray()


def test_a_value_from_another_device_is_refused_with_the_cure(monkeypatch, x):
    cupy = ModuleType("cupy")
    monkeypatch.setattr(cupy, "ndarray", FakeGpuArray, raising=False)
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    with pytest.raises(TypeError, match=r"array of numpy, got one of cupy\. .*asarray\(x\)"):
        x.value = FakeGpuArray()


# Not finite.


def test_the_first_op_that_makes_a_nan_is_named_with_its_inputs_range():
    x = Tensor(np.array([-1.0, 2.0]))
    with (
        pytest.raises(FloatingPointError, match=r"log made nan of x in \[-1, 2\]"),
        detect_nonfinite(),
    ):
        exp(log(x) * 3)


def test_an_overflow_is_named():
    x = Tensor(np.array([0.0, 1000.0], dtype=np.float32))
    with (
        pytest.raises(FloatingPointError, match=r"exp made inf of x in \[0, 1000\]"),
        detect_nonfinite(),
    ):
        exp(x)


@pytest.mark.parametrize("create_graph", [False, True])
def test_a_rule_that_makes_an_inf_is_named(create_graph):
    x = Tensor(np.array([0.0, 1.0]))
    with pytest.raises(FloatingPointError, match=r"(sqrt|divide).* made inf"), detect_nonfinite():
        grad(sqrt(x).sum(), x, create_graph)


def test_nan_in_the_data_is_found_where_it_enters(w):
    data = np.array([1.0, np.nan, 3.0])
    with pytest.raises(FloatingPointError, match=r"multiply made nan of .*nan"), detect_nonfinite():
        relu(data * w)


def test_a_mask_among_the_inputs_has_a_range_too(w):
    mask = np.array([True, False, True])
    with pytest.raises(FloatingPointError, match=r"where made nan of mask in"), detect_nonfinite():
        where(mask, w, np.full(3, np.nan))


def test_watching_ends_with_its_block_and_finds_nothing_in_order(w):
    with detect_nonfinite():
        np.testing.assert_array_equal(grad((w * w).sum(), w), 2 * w.value)
    with np.errstate(divide="ignore"):
        assert np.isinf((w / 0.0).value).all()
