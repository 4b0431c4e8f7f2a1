"""The checker of ops is checked: what is right passes, and each fault is rejected by its name."""

import pickle
import re

import numpy as np
import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from scratchgen import backend, testing
from scratchgen.backend import array_module
from scratchgen.engine import Tensor, detach, op, sum_to
from scratchgen.functions import (
    abs,
    clip,
    exp,
    log,
    maximum,
    relu,
    sigmoid,
    softplus,
    sqrt,
    tanh,
    where,
)
from scratchgen.gradcheck import GradientError
from scratchgen.testing import OpError, arrays, check_op, pairs
from scratchgen.testing.comparing import cotangent
from scratchgen.testing.core import Pair, check_layouts, check_linear, laid_out, pair_of
from tests.fake_cupy import DeviceArray, install

X = np.array([[0.5, -1.5, 2.0], [1.0, 0.25, -0.75]])
ROW = np.array([0.5, -1.0, 1.5])


def fault(op, *xs, **options):
    """What check_op says about the op."""
    with pytest.raises(AssertionError) as caught:
        check_op(op, *xs, **options)
    assert isinstance(caught.value, GradientError)
    return str(caught.value)


def square_with(rule=lambda g, y, x: g * (2 * x), forward=lambda x: x * x):
    """An op named square, its function or its rule perhaps wrong."""

    @op
    def square(x):
        return forward(x)

    square.gradients(x=rule)
    return square


def product_with(**rules):
    @op
    def product(a, b):
        return a * b

    right = {
        "a": lambda g, y, a, b: sum_to(g * b, a.shape),
        "b": lambda g, y, a, b: sum_to(g * a, b.shape),
    }
    product.gradients(**(right | rules))
    return product


# What is right passes.


@given(pairs())
def test_a_right_op_passes(two):
    check_op(product_with(), *two, reference=np.multiply, analytic=True)


@given(arrays(elements=testing.on_zero))
def test_kinks_with_a_slope_between_their_sides_pass(x):
    check_op(relu, x, reference=lambda x: np.maximum(x, 0))
    check_op(abs, x, reference=np.abs)


def test_a_tie_of_two_arguments_passes():
    check_op(maximum, X, X.copy(), reference=np.maximum)


def test_options_go_to_the_op_and_to_its_reference():
    @op
    def scaled(x, factor):
        return x * factor

    scaled.gradients(x=lambda g, y, x, factor: g * factor)
    check_op(scaled, X, factor=3.0, reference=lambda x, factor: factor * x)
    assert "value differs" in fault(scaled, X, factor=3.0, reference=lambda x, factor: x)


def test_a_function_of_several_ops_is_checked_like_an_op():
    check_op(lambda x, b: tanh(x) + b * sigmoid(b), X, ROW, analytic=True)


def test_scalars_and_empty_arrays_pass():
    check_op(relu, np.float64(0.0), reference=lambda x: x)
    check_op(product_with(), np.array(2.0), np.zeros((0, 3)), reference=np.multiply)


# Three ops written badly by hand.


def test_a_softplus_without_its_broadcast_sum_is_rejected():
    @op
    def shifted_softplus(x, b):
        return softplus.forward(x + b)

    shifted_softplus.gradients(
        x=lambda g, y, x, b: sum_to(g * sigmoid(x + b), x.shape),
        b=lambda g, y, x, b: g * sigmoid(x + b),
    )
    said = fault(shifted_softplus, X, ROW)
    assert "rule of shifted_softplus for 'b' returned float64 (2, 3), expected float64 (3,)" in said
    assert "sum_to(..., b.shape)" in said


def test_a_clip_with_a_wrong_edge_is_rejected():
    @op
    def clip(x):
        return array_module(x).clip(x, -1, 1)

    clip.gradients(x=lambda g, y, x: g * ((x >= 0) & (x <= 1)))
    # Neither the points inside the true edges nor those outside both are wrong.
    check_op(clip, np.array([0.5, 2.0, -2.0]))
    said = fault(clip, np.array([0.5, 2.0, -0.5]))
    assert said.startswith("clip: derivative of order 1 is wrong for argument 0, index (2,)")


def test_a_clip_that_jumps_at_its_edge_by_more_than_its_slopes_is_rejected():
    @op
    def clip(x):
        return array_module(x).clip(x, -1, 1)

    clip.gradients(x=lambda g, y, x: g * ((x > -1) & (x < 1)) - 1.0 * g * (x == 1))
    said = fault(clip, np.array([0.5, 1.0, -1.0]))
    assert "clip: slope at a kink is wrong for argument 0, index (1,), where it is 1" in said


def test_a_kink_is_no_excuse_for_another_element():
    """Wrong at 2 alone, which a look beside the kink does not see."""

    @op
    def rectified(x):
        return array_module(x).maximum(x, 0)

    rectified.gradients(x=lambda g, y, x: g * ((x > 0) + 0.5 * (x == 2)))
    assert "rectified: derivative of order 1 is wrong" in fault(rectified, np.array([0.0, 2.0]))


def test_an_abs_with_slope_2_at_0_is_rejected():
    @op
    def absolute(x):
        return array_module(x).abs(x)

    absolute.gradients(x=lambda g, y, x: where(x == 0, 2.0 * g, where(x > 0, g, -g)))
    check_op(absolute, X)
    said = fault(absolute, np.array([1.0, 0.0]))
    assert "absolute: slope at a kink is wrong for argument 0, index (1,), where it is 0\n" in said
    found, low, high = _kink_numbers(said)
    np.testing.assert_allclose([low / high, found / high], [-1, 2], rtol=1e-6)


def _kink_numbers(said):
    numbers = r"from backward +(\S+)\n  expected +from (\S+) to (\S+), the one-sided slopes"
    return map(float, re.search(numbers, said).groups())


# Where the function ends, there is no derivative to hold a rule to.


@pytest.mark.parametrize(
    ("ending", "x", "place"),
    [
        (sqrt, [4.0, 1e-9], "a step of -6.1e-06 from argument 0, index (1,), where it is 1e-09"),
        (log, [1e-9, 1.0], "a step of -6.1e-06 from argument 0, index (0,), where it is 1e-09"),
        (exp, [709.7827], "a step of 0.0043 from argument 0, index (0,), where it is 709.783"),
    ],
)
def test_a_function_that_ends_beside_the_point_is_no_kink(ending, x, place):
    said = fault(ending, np.array(x))
    assert said.startswith(f"{ending.__name__}: not finite beside this point, {place}\n")
    assert "kink" not in said


def test_a_function_that_ends_beside_a_kink_is_named_for_its_end():
    said = fault(lambda x: abs(x) + log(x + 1.000001), np.array([1.0, 0.0, -1.0]))
    assert "<lambda>: not finite beside this point" in said
    assert "argument 0, index (2,), where it is -1" in said


@pytest.mark.filterwarnings("ignore:invalid value|divide by zero")
@pytest.mark.parametrize(("x", "value"), [(0.0, "-inf"), (-1.0, "nan"), (np.nan, "nan")])
@pytest.mark.parametrize("reference", [None, np.log])
def test_a_function_that_has_ended_at_the_point_says_so(x, value, reference):
    said = fault(log, np.array([1.0, x]), reference=reference)
    assert said.startswith("log: not finite at this point\n")
    assert f"the value             {value} at index (1,)" in said


def test_an_error_is_named_as_it_is_imported():
    assert repr(OpError) == "<class 'scratchgen.testing.OpError'>"
    assert pickle.loads(pickle.dumps(OpError("fault"))).args == ("fault",)


# One fault each, rejected by its name.


def test_a_wrong_value_is_named_with_its_place():
    said = fault(square_with(), X, reference=lambda x: x * x + (x == 2))
    assert said.startswith("square: value differs from the reference at index (0, 2)\n  it is ")
    assert "they differ by        1, allowed 5e-12" in said


def test_cotangents_are_drawn_at_random_by_their_seed():
    """Of ones, errors that cancel would stay hidden."""
    drawn = [cotangent(np.zeros(500), seed) for seed in (0, 0, 1)]
    np.testing.assert_array_equal(drawn[0], drawn[1])
    assert np.abs(np.corrcoef(drawn[0], drawn[2])[0, 1]) < 7 / np.sqrt(500)
    assert 0.8 < drawn[0].std() < 1.2


def test_a_wrong_shape_is_named():
    said = fault(square_with(), X, reference=lambda x: (x * x).sum())
    assert said == "square: value has shape (2, 3), the reference has ()."


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_value_that_is_not_finite_differs_from_one_that_is(value):
    square = square_with(forward=lambda x: x * x + np.where(x == 2, value, 0))
    assert "value differs from the reference" in fault(square, X, reference=np.square)


def test_a_rule_off_by_one_part_in_a_thousand_is_rejected():
    said = fault(square_with(lambda g, y, x: g * (2.002 * x)), X)
    assert said.startswith("square: derivative of order 1 is wrong for argument 0, index (0, 0)")


def test_the_complex_step_rejects_one_part_in_a_hundred_million():
    off = square_with(lambda g, y, x: g * ((2 + 2e-8) * x))
    check_op(off, X)
    assert "derivative of order 1" in fault(off, X, analytic=True)


def test_a_rule_that_loses_the_second_derivative_is_rejected():
    said = fault(square_with(lambda g, y, x: g * (2 * detach(x))), X)
    assert said.startswith("square: derivative of order 2 is wrong for argument 0")


def test_a_linear_op_that_loses_the_derivative_by_g_is_rejected():
    """Its own second derivative is 0: the fault shows when something bends behind it."""

    @op
    def double(x):
        return 2.0 * x

    double.gradients(x=lambda g, y, x: 2.0 * detach(g))
    assert "double: derivative of order 2" in fault(double, X)


def test_a_rule_that_is_wrong_on_tensors_alone_is_rejected():
    wrong = square_with(lambda g, y, x: g * ((2.002 if type(g) is Tensor else 2.0) * x))
    assert "square: derivative of order 2 is wrong for argument 0" in fault(wrong, X)


def test_a_rule_that_adds_a_constant_on_tensors_alone_is_rejected():
    """Its second derivative is right, and so is all that is computed on arrays."""
    wrong = square_with(lambda g, y, x: g * (2 * x) + (1e-3 if type(g) is Tensor else 0.0))
    said = fault(wrong, X)
    assert "square: gradient of argument 0, with create_graph=True differs from without" in said


def test_a_function_that_writes_into_its_argument_is_rejected():
    def careless(x):
        x *= 1.5
        return x * x

    said = fault(square_with(forward=careless), X.copy())
    assert said.startswith("square: the function wrote into argument 0.")


def test_a_rule_that_writes_into_g_is_rejected():
    def careless(g, y, x):
        if type(g) is Tensor:
            return g * (2 * x)
        g *= 2 * x
        return g

    assert "square: a rule wrote into the incoming gradient g." in fault(square_with(careless), X)


def test_a_rule_that_writes_into_the_value_is_rejected():
    def careless(g, y, x):
        if type(g) is not Tensor:
            y += 1.0
        return g * (2 * x)

    assert "square: a rule wrote into the value." in fault(square_with(careless), X)


def test_a_gradient_kept_in_a_buffer_for_the_next_time_is_rejected():
    buffer = np.zeros_like(X)

    def thrifty(g, y, x):
        if type(g) is Tensor or g.dtype != np.float64:
            return g * (2 * x)
        np.multiply(g, 2 * x, out=buffer)
        return buffer

    said = fault(square_with(thrifty), X)
    assert "the gradient of argument 0 shares memory with" in said


def test_two_gradients_in_the_same_memory_are_rejected():
    kept = []

    def first(g, y, a, b):
        kept[:] = [g * 1.0]
        return kept[0]

    @op
    def plus(a, b):
        return a + b

    plus.gradients(a=first, b=lambda g, y, a, b: kept[0])
    assert "argument 1 shares memory with the gradient of argument 0." in fault(plus, X, X + 1)


def test_an_op_that_is_wrong_where_both_arguments_are_one_tensor_is_rejected():
    """Who makes a square of a product counts the other argument's share twice."""
    product = product_with(a=lambda g, y, a, b: sum_to(g * b * (2 if a is b else 1), a.shape))
    check_op(product, X, ROW)
    said = fault(product, X, X + 1)
    assert said.startswith("product: gradient of argument 0, one Tensor as all arguments, differs")


def test_the_second_argument_is_compared_as_the_first_is():
    product = product_with(
        b=lambda g, y, a, b: sum_to(g * a, b.shape) + (1e-3 if type(g) is Tensor else 0.0)
    )
    said = fault(product, X, ROW)
    assert "product: gradient of argument 1, with create_graph=True differs from without" in said


def test_a_function_that_makes_tensors_of_arrays_is_rejected():
    said = fault(square_with(forward=lambda x: detach(Tensor(x) * x)), X)
    assert said.startswith("square: given arrays, it made a Tensor.")


def test_a_value_that_float32_turns_into_float64_is_rejected():
    square = square_with(forward=lambda x: x * x.astype(np.float64))
    assert "square: float32 in, but the value is float64." in fault(square, X)


def test_a_rule_that_float32_turns_into_float64_is_rejected():
    square = square_with(lambda g, y, x: g * (np.float64(2.0) * x))
    said = fault(square, X)
    assert "rule of square for 'x' returned float64 (2, 3), expected float32" in said


def test_a_value_that_loses_its_digits_in_float32_is_rejected():
    lossy = square_with(forward=lambda x: (x + 1e4 - 1e4) ** 2)
    assert "square: value in float32 differs from that in float64" in fault(lossy, X / 3)


def test_a_rule_that_loses_its_digits_in_float32_is_rejected():
    square = square_with(lambda g, y, x: g * (2 * (x + 1e4 - 1e4)))
    assert "gradient of argument 0 in float32 differs from that in float64" in fault(square, X / 3)


def test_terms_that_cancel_in_a_sum_are_no_lost_digits():
    decay = op(lambda rate, t: exp(-rate * t))
    decay.gradients(
        rate=lambda g, y, rate, t: -g * t * y, t=lambda g, y, rate, t: sum_to(-g * rate * y, ())
    )
    check_op(decay, np.array([-1.8984375, -1.8828125]), np.array(1.5))  # 200 - 200, nearly


def test_a_missing_argument_of_the_op_is_a_fault_of_the_call():
    with pytest.raises(TypeError, match=r"check_op\(exp\): expected arrays"):
        check_op(exp)
    with pytest.raises(TypeError, match=r"check_op\(exp\): argument 0 is float32, not float64"):
        check_op(exp, X.astype(np.float32))
    with pytest.raises(TypeError, match=r"argument 0 is list.*pass what is constant by its name"):
        check_op(exp, [1.0])


def test_an_op_that_does_not_use_its_argument_is_rejected():
    assert "does not depend on" in fault(lambda a, b: exp(a), X, ROW)


# Any pair of a function and its vector-Jacobian product: no engine, no differences.

SQUARE = Pair(lambda x: x * x, lambda arrays, g: [2 * arrays[0] * g])


@given(arrays())
def test_a_right_pair_passes(x):
    check_linear(SQUARE, [x], seed=0)
    check_layouts(SQUARE, [x], seed=0)


@given(pairs())
def test_the_pair_of_an_op_is_its_value_and_its_rules(two):
    a, b = two
    pair = pair_of(product_with())
    np.testing.assert_array_equal(pair.f(a, b), a * b)
    g = cotangent(a * b, seed=0)
    of_a, of_b = pair.vjp([a, b], g)
    np.testing.assert_allclose(of_a, sum_to(g * b, a.shape), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(of_b, sum_to(g * a, b.shape), rtol=1e-12, atol=1e-12)


def test_a_product_that_adds_to_what_was_asked_before_is_rejected():
    """What `.backward()` does without a `zero_grad()`."""
    kept = np.zeros_like(X)

    def accumulated(arrays, g):
        kept[...] += 2 * arrays[0] * g
        return [kept.copy()]

    with pytest.raises(OpError, match="argument 0 for a cotangent of zeros differs from zeros"):
        check_linear(Pair(lambda x: x * x, accumulated), [X], seed=0)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (lambda g, y, x: 2 * x * clip(g, -9, 9), "-1000 v differs from -1000 times that for v"),
        (lambda g, y, x: 2 * x * (g + 0.5 * (not detach(g).any())), "of zeros differs from zeros"),
        (lambda g, y, x: 2 * x * g * detach(g / g), "of zeros differs from zeros"),
    ],
)
def test_a_rule_that_is_not_linear_in_g_is_rejected(rule, said):
    """Each is right for the cotangents of the differences, which are neither large nor 0."""
    assert f"square: gradient of argument 0 for a cotangent {said}" in fault(square_with(rule), X)


def test_a_product_that_is_not_additive_is_rejected():
    """Its multiples are multiples: it is of degree 1, as a gradient that is normalised is."""

    def ratio(arrays, g):
        return [g * (g.sum() / g[0, 0] if g.any() else 0.0)]

    with pytest.raises(
        OpError, match=r"for a cotangent v \+ w differs from the sum of those for v and w"
    ):
        check_linear(Pair(lambda x: x, ratio), [X], seed=0)


def in_memory_order(g, y, x):
    """A kernel that goes through memory, and takes it for the order of the elements."""
    if type(g) is Tensor:
        return g * (2 * x)
    return (g.ravel(order="K") * (2 * x).ravel()).reshape(x.shape)


def test_a_rule_that_forgets_the_strides_of_g_is_rejected():
    said = fault(square_with(in_memory_order), X)
    assert (
        "square: gradient of argument 0 for a cotangent laid out column by column differs" in said
    )


def test_a_rule_that_reads_one_element_of_an_expanded_g_is_rejected():
    """It is right wherever g has a stride of its own along the last axis."""

    def rule(g, y, x):
        fixed = type(g) is not Tensor and g.shape[-1:] > (1,) and g.strides[-1] == 0
        return g * (2 * x) * (0.5 if fixed else 1.0)

    said = fault(square_with(rule), X)
    assert "for a cotangent laid out expanded from one element differs from that for" in said


def test_cotangents_are_laid_out_in_every_way():
    g = cotangent(np.zeros((2, 2, 3)), seed=0)
    found = laid_out(g)
    assert {x.shape for x in found.values()} == {g.shape}
    strides = {name: x.strides for name, x in found.items()}
    assert strides["with its last two axes exchanged"] == (48, 8, 16)
    assert strides["expanded from one element"] == (0, 0, 0)
    assert strides["expanded along the first axis"] == (0, 24, 8)
    assert strides["expanded along the last axis"] == (48, 24, 0)
    assert set(laid_out(np.array(1.0))) == set(testing.LAYOUTS) - {"contiguous"}


# The device.


@pytest.fixture
def device(monkeypatch):
    module = install(monkeypatch)
    backend.gpu_status.cache_clear()
    yield module
    backend.gpu_status.cache_clear()


def test_an_op_is_checked_on_the_device_too(device):
    check_op(product_with(), X, ROW, reference=np.multiply)
    assert DeviceArray.downloads > 0
    assert backend.asarray(1.0).__class__ is np.ndarray  # the backend in use is the one before


def test_an_op_that_calls_numpy_is_rejected_on_the_device(device):
    square = square_with(forward=np.square)
    with pytest.raises(AssertionError, match=r"square: .*not supported|square: .*DeviceArray"):
        check_op(square, X)


def test_an_op_that_computes_something_else_on_the_device_is_rejected(device):
    square = square_with(forward=lambda x: x * x + (array_module(x) is not np) * 1.0)
    assert "on the GPU differs from that on the CPU" in fault(square, X)


# Strategies reach what they promise.


@pytest.mark.parametrize(
    ("strategy", "wanted"),
    [
        (testing.shapes(), lambda s: s == ()),
        (testing.shapes(), lambda s: 0 in s and len(s) == 3),
        (testing.broadcastable(3), lambda s: len({len(x) for x in s}) == 3),
        (testing.broadcastable(2), lambda s: s[0][:1] == s[1][1:] == (1,) < s[0][1:]),
        (testing.broadcastable(2), lambda s: 0 in s[0] and 1 in s[1]),
        (arrays(testing.shapes(min_side=2)), lambda x: any(n < 0 for n in x.strides)),
        (arrays(testing.shapes(2, 2, 2)), lambda x: not x.flags.c_contiguous),
        (arrays(testing.shapes(2, 2, 2)), lambda x: x.base is not None and not x.flags.owndata),
        (arrays(elements=testing.extreme_logits, dtype=np.float32), lambda x: (x == -1e4).any()),
        (arrays(elements=testing.on_zero), lambda x: (x == 0).sum() > 1),
        (testing.matmul_pairs(), lambda ab: ab[0].ndim == 1 and ab[1].ndim == 3),
        (testing.matmul_pairs(), lambda ab: ab[0].ndim == ab[1].ndim == 1),
        (testing.matmul_pairs(), lambda ab: ab[0].shape == (2, 0)),
        (testing.matmul_pairs(), lambda ab: ab[0].ndim == 3 and ab[1].shape[:1] == (1,)),
        (testing.axis_of(3), lambda a: isinstance(a, tuple) and len(a) == 2),
        (testing.index_of((2, 3)), lambda i: isinstance(i, list) and len(set(i)) < len(i)),
        (testing.index_of((2, 3)), lambda i: getattr(i, "dtype", None) == np.bool_),
    ],
)
def test_a_strategy_reaches(strategy, wanted):
    find(strategy, wanted, settings=settings(max_examples=5000, database=None, deadline=None))


@given(st.data())
def test_layouts_change_the_memory_and_not_the_values(data):
    x = np.arange(24.0).reshape(2, 3, 4)
    for layout in testing.LAYOUTS.values():
        np.testing.assert_array_equal(layout(x), x)
        assert layout(np.array(1.5)).shape == ()
        assert layout(np.zeros((0, 2))).shape == (0, 2)


def test_each_layout_is_laid_out_as_it_is_called():
    x = {name: layout(np.zeros((2, 3))) for name, layout in testing.LAYOUTS.items()}
    assert x["contiguous"].strides == (24, 8)
    assert x["column by column"].strides == (8, 16)
    assert x["every other element"].strides == (48, 16)
    assert x["reversed"].strides == (-24, -8)


@given(pairs(testing.even_level, testing.odd_level))
def test_even_and_odd_levels_never_tie(two):
    a, b = np.broadcast_arrays(*two)
    assert (np.abs(a - b) >= testing.GAP).all()


@given(testing.without_ties(testing.shapes()))
def test_without_ties_all_differ(x):
    assert np.size(np.unique(x)) == np.size(x)
