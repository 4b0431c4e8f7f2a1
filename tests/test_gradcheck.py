"""The checker is checked: it passes what is right, and every planted mistake must fail."""

import re

import numpy as np
import pytest

from scratchgen.engine import Tensor, detach, matmul, op, sum, sum_to
from scratchgen.functions import abs, exp, gaussian_kl, logsumexp, relu, softmax, tanh
from scratchgen.gradcheck import EPS, GradientError, _central, _directions, check_grad

X = np.array([0.5, -1.5, 2.0])


def square_with_rule(rule):
    """x * x with a rule for its derivative that may be wrong."""

    @op
    def square(x):
        return x * x

    square.gradients(x=rule)
    return square


# What is right passes.


@pytest.mark.parametrize("order", [1, 2])
def test_a_right_rule_passes(order):
    check_grad(square_with_rule(lambda g, y, x: g * (2 * x)), X, order=order)


def test_the_complex_step_agrees_to_ten_digits():
    check_grad(lambda x: tanh(exp(x)), X, method="complex", rtol=1e-10)


def test_the_complex_step_takes_arguments_of_different_shapes():
    check_grad(matmul, np.ones((2, 3)), np.ones((3, 4)), method="complex", rtol=1e-10)
    check_grad(lambda x, y: x * y, np.ones((2, 3)), np.ones(3), method="complex", rtol=1e-10)


def test_a_linear_function_has_a_second_derivative_of_zero():
    check_grad(lambda x, y: 2 * x + sum(y), X, np.ones((2, 2)), order=2)


@pytest.mark.parametrize("order", [1, 2])
def test_a_derivative_of_zero_is_not_held_against_rounding(order):
    check_grad(lambda x: x**3, np.array(0.0), order=order)
    check_grad(gaussian_kl, np.zeros(1), np.zeros(1), order=order)


@pytest.mark.parametrize("shape", [(), (0,), (2, 0, 3)])
def test_scalars_and_empty_arrays_pass(shape):
    check_grad(tanh, np.full(shape, 0.3), order=2)


def test_large_arrays_are_checked_along_random_directions():
    x = np.random.default_rng(0).standard_normal((30, 40))
    calls = []

    def counted(x):
        calls.append(x)
        return tanh(x)

    check_grad(counted, x, directions=3)
    assert len(calls) == 1 + 1 + 2 * 3  # the value, the gradient, two values along each direction


def test_random_directions_have_unit_length_and_no_preferred_side():
    drawn = list(_directions(np.zeros((40, 25)), np.random.default_rng(0), every=64, directions=8))
    assert [name for name, _ in drawn] == [f"random direction {n}" for n in range(8)]
    for _, d in drawn:
        assert 0.85 < np.linalg.norm(d) < 1.15  # 1 up to 7 standard errors
        assert abs(d.mean()) < 7 / 1000


def test_the_arrays_are_left_as_they_were():
    x = X.copy()
    x.flags.writeable = False
    check_grad(lambda x: x * x, x, order=2)


# What is wrong fails.


@pytest.mark.parametrize("factor", [1.001, 0.999, 1.00001, -1.0, 0.0, 2.0])
def test_a_rule_off_by_a_factor_fails(factor):
    with pytest.raises(GradientError, match="derivative of order 1 is wrong"):
        check_grad(square_with_rule(lambda g, y, x: g * (2 * factor * x)), X)


def test_the_complex_step_finds_what_central_differences_cannot():
    rule = square_with_rule(lambda g, y, x: g * ((2 + 1e-9) * x))
    check_grad(rule, X)
    with pytest.raises(GradientError, match="order 1"):
        check_grad(rule, X, method="complex", rtol=1e-10)


def test_a_fault_of_the_second_order_alone_fails_at_order_2_alone():
    square = square_with_rule(lambda g, y, x: g * (2 * detach(x)))  # cuts the second derivative
    check_grad(square, X)
    with pytest.raises(GradientError, match="derivative of order 2 is wrong"):
        check_grad(square, X, order=2)


def test_a_lost_second_derivative_whose_rows_add_up_to_0_fails():
    """With directions of ones it would pass: the gradient of logsumexp adds up to a constant."""

    @op
    def lse(x):
        return logsumexp.forward(x)

    lse.gradients(x=lambda g, y, x: g * softmax(detach(x)))
    check_grad(lse, X)
    with pytest.raises(GradientError, match="order 2"):
        check_grad(lse, X, order=2)


def test_a_second_derivative_off_by_one_part_in_a_thousand_fails():
    slope = square_with_rule(lambda g, y, x: g * (2.002 * x))  # x * x, wrong by itself

    @op
    def cube(x):
        return x * x * x

    cube.gradients(x=lambda g, y, x: g * 3.0 * slope(x))
    check_grad(cube, X)
    with pytest.raises(GradientError, match="order 2"):
        check_grad(cube, X, order=2)


def test_a_missing_mixed_derivative_fails():
    @op
    def times(a, b):
        return a * b

    times.gradients(a=lambda g, y, a, b: g * detach(b), b=lambda g, y, a, b: g * a)
    check_grad(times, X, X + 1)
    with pytest.raises(GradientError, match="order 2"):
        check_grad(times, X, X + 1, order=2)


def test_rules_given_to_the_wrong_arguments_fail():
    @op
    def ratio(a, b):
        return a / b

    ratio.gradients(a=lambda g, y, a, b: -g * y / b, b=lambda g, y, a, b: g / b)
    with pytest.raises(GradientError, match="argument 0"):
        check_grad(ratio, X, X + 3)


def test_a_forgotten_sum_to_is_named_as_such():
    @op
    def plus(a, b):
        return a + b

    plus.gradients(a=lambda g, y, a, b: sum_to(g, a.shape), b=lambda g, y, a, b: g)
    with pytest.raises(TypeError, match=r"rule of plus for 'b'.*sum_to\(..., b.shape\)"):
        check_grad(plus, np.ones((2, 3)), np.ones(3))


def test_a_softmax_rule_of_zeros_fails():
    """With a cotangent of ones it would pass: the sum of a softmax is constant."""

    @op
    def softmax_(x):
        return softmax.forward(x)

    softmax_.gradients(x=lambda g, y, x: g * 0.0)
    with pytest.raises(GradientError, match="softmax_"):
        check_grad(softmax_, X)


def test_a_rule_that_ignores_the_incoming_gradient_fails():
    with pytest.raises(GradientError, match="from the rules"):
        check_grad(square_with_rule(lambda g, y, x: 2 * x), X)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_gradient_that_is_not_finite_fails(bad):
    square = square_with_rule(lambda g, y, x: 0 * g + bad)
    for x in (X, np.array(2.0)):  # inf <= rtol * inf would pass
        with pytest.raises(GradientError, match=f"from the rules *{bad}"):
            check_grad(square, x)


@pytest.mark.filterwarnings("ignore:overflow")
def test_a_difference_that_overflows_proves_nothing():
    """Whatever the rule gives is within a millionth part of infinity."""
    with pytest.raises(GradientError, match="from differences *inf"):
        check_grad(exp, np.array([709.7827]))


def test_one_wrong_element_of_a_thousand_fails():
    flaw = np.zeros((25, 40))
    flaw[7, 11] = 0.01
    square = square_with_rule(lambda g, y, x: g * (2 * x + flaw))
    with pytest.raises(GradientError, match="random direction"):
        check_grad(square, np.random.default_rng(0).standard_normal(flaw.shape))


def test_gradients_in_the_wrong_places_of_a_large_array_fail():
    """Along directions of ones they would pass: their sum is right."""
    square = square_with_rule(lambda g, y, x: (g * 2 * x)[::-1])
    with pytest.raises(GradientError, match="random direction"):
        check_grad(square, np.random.default_rng(0).standard_normal(100))


def test_a_small_derivative_off_by_one_part_in_a_thousand_fails():
    """Errors are relative: of 1e-4, a thousandth is 1e-7."""

    def small(factor):
        rule = square_with_rule(lambda g, y, x: g * (2 * factor * x))
        return lambda x: 1e-4 * rule(x)

    check_grad(small(1.0), X)
    with pytest.raises(GradientError, match="order 1"):
        check_grad(small(1.001), X)


def test_a_kink_under_the_step_fails():
    with pytest.raises(GradientError):
        check_grad(relu, np.array([0.0]))


# The report, read as the person who caused it.


def test_the_report_names_function_argument_index_both_values_and_step():
    @op
    def weighed(a, b):
        return a * b * b

    right_but_for_one = np.array([1.0, 1.0, 1.001])
    weighed.gradients(
        a=lambda g, y, a, b: g * b * b,
        b=lambda g, y, a, b: g * (2 * a * b * right_but_for_one),
    )
    with pytest.raises(GradientError) as caught:
        check_grad(weighed, X, X + 1)
    first, rules, differences, gap = str(caught.value).splitlines()
    assert first == "weighed: derivative of order 1 is wrong for argument 1, index (2,)"
    got, expected = float(rules.split()[-1]), float(differences.split()[2])
    np.testing.assert_allclose(got, 1.001 * expected)
    assert "step 6.1e-06" in differences or "step 1.8e-05" in differences
    assert "they differ by" in gap
    assert "allowed" in gap


def reported(f, *arrays, **options):
    """What a failing check says: got, expected, step, gap, allowed."""
    with pytest.raises(GradientError) as caught:
        check_grad(f, *arrays, **options)
    words = re.findall(r"-?\d\S*\d", str(caught.value).split("\n", 1)[1])
    return [float(word) for word in words]


def test_the_gap_is_the_distance_of_both_values():
    got, expected, _, gap, _ = reported(square_with_rule(lambda g, y, x: g * x), X)
    assert got * expected > 0  # so that no sum passes for their difference
    np.testing.assert_allclose(gap, np.abs(got - expected), rtol=5e-3)


def test_what_is_allowed_is_the_rounding_of_the_terms():
    f = square_with_rule(lambda g, y, x: g * x)
    *_, step, _, allowed = reported(f, 100 * X, rtol=0.0, seed=5)
    size = np.abs((100 * X) ** 2 * np.random.default_rng(5).standard_normal(3)).sum()
    np.testing.assert_allclose(step, EPS ** (1 / 3) * 50, rtol=5e-2)  # of the element moved
    np.testing.assert_allclose(allowed, 16 * EPS * size / (EPS ** (1 / 3) * 50), rtol=5e-3)


def test_what_is_allowed_of_a_second_derivative_is_the_rounding_of_the_first():
    f = square_with_rule(lambda g, y, x: g * (2 * detach(x)))
    *_, allowed = reported(f, 100 * X, order=2, rtol=0.0, seed=5)
    v, u = np.random.default_rng(5).standard_normal((2, 3))
    size = np.abs(u * v * 200 * X).sum()
    np.testing.assert_allclose(allowed, 16 * EPS * size / (EPS ** (1 / 3) * 50), rtol=5e-3)


def test_small_terms_are_allowed_the_rounding_of_1():
    f = square_with_rule(lambda g, y, x: g * x)
    *_, allowed = reported(f, 0.01 * X, rtol=0.0)
    np.testing.assert_allclose(allowed, 16 * EPS / EPS ** (1 / 3), rtol=5e-3)


def test_the_complex_step_is_allowed_no_more_than_the_rounding_itself():
    *_, allowed = reported(square_with_rule(lambda g, y, x: g * x), X, method="complex", rtol=0.0)
    np.testing.assert_allclose(allowed, 16 * EPS, rtol=5e-3)


def test_the_step_is_scaled_by_what_moves_whatever_its_direction():
    _, h = _central(lambda x: x.sum(), (np.array([100.0, 7.0]),), 0, np.array([-1.0, 0.0]))
    assert h == EPS ** (1 / 3) * 100


@pytest.mark.parametrize(("n", "where"), [(64, "index"), (65, "random direction")])
def test_up_to_64_elements_are_checked_one_by_one(n, where):
    with pytest.raises(GradientError, match=f"argument 0, {where}"):
        check_grad(square_with_rule(lambda g, y, x: g * x), np.linspace(1.0, 2.0, n))


def test_a_rule_that_is_wrong_on_tensors_alone_fails_at_order_2():
    square = square_with_rule(lambda g, y, x: g * (x * (2.002 if type(x) is Tensor else 2.0)))
    check_grad(square, X)
    with pytest.raises(GradientError, match="order 2"):
        check_grad(square, X, order=2)


def test_a_large_array_is_checked_along_eight_directions():
    def calls(**options):
        seen = []
        check_grad(lambda x: seen.append(1) or x * x, np.ones(100), **options)
        return len(seen)

    assert calls(directions=7) < calls() == calls(directions=8) < calls(directions=9)


def test_without_a_seed_it_is_0():
    f = square_with_rule(lambda g, y, x: g * x)
    assert reported(f, X) == reported(f, X, seed=0) != reported(f, X, seed=1)


def test_the_same_seed_gives_the_same_report():
    def report(seed):
        with pytest.raises(GradientError) as caught:
            check_grad(square_with_rule(lambda g, y, x: g * x), X, seed=seed)
        return str(caught.value)

    assert report(1) == report(1) != report(2)


# Wrong use.


@pytest.mark.parametrize("x", [X.astype(np.float32), np.arange(3), [1.0, 2.0], 1.0])
def test_only_float64_arrays_are_taken(x):
    with pytest.raises(TypeError, match=r"expected float64 arrays, argument 1 is .*Convert it"):
        check_grad(lambda a, b: a, X, x)


@pytest.mark.parametrize("wrong", [{"order": 3}, {"order": 0}, {"method": "forward"}])
def test_an_order_or_method_that_is_not_there_is_refused(wrong):
    with pytest.raises(ValueError, match=r"order is 1 or 2, method 'central' or 'complex'; got "):
        check_grad(tanh, X, **wrong)


def test_the_complex_step_has_no_second_order():
    with pytest.raises(ValueError, match="use method='central'"):
        check_grad(tanh, X, method="complex", order=2)


def test_an_argument_that_the_function_ignores_is_named():
    with pytest.raises(ValueError, match=r"does not depend on Tensor\(\[7. 7.\], float64\)"):
        check_grad(lambda a, b: a * 2, X, np.full(2, 7.0))


def test_a_function_that_is_not_analytic_fails_the_complex_step():
    with pytest.raises(GradientError):
        check_grad(abs, X, method="complex")
