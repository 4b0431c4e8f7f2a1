"""Lesson 3's own differences are the library's, and its planted bugs are what it says they are."""


import numpy as np
import pytest

pytest.importorskip("hypothesis", reason="lesson 3 is about it")

from hypothesis import given, settings
from hypothesis import strategies as st

from scratchgen import check_grad, gradcheck, sigmoid
from scratchgen.engine import Tensor, add, grad, multiply
from scratchgen.functions import relu, softmax
from scratchgen.gradcheck import GradientError
from scratchgen.testing import OpError, Program, arrays, check_op
from tests.quick_lesson import run_quick

NAME = "lesson03_proving_gradients"
NAMES = {"trains", "steps", "shares", "weights", "kink", "matrices", "programs", "smallest"}

fractions = st.fractions(-10, 10, max_denominator=100)
unhurried = settings(deadline=None, derandomize=True, max_examples=50)


@pytest.fixture(scope="module")
def lesson(figures):
    return run_quick("proving_gradients", figures)


@pytest.fixture
def x():
    return np.random.default_rng(3).standard_normal((2, 3))


def fails(op, *inputs):
    try:
        check_grad(op, *inputs)
    except GradientError:
        return True
    return False


# The hook.


def test_rule_b_is_the_derivative_of_tanh_and_rule_a_is_so_at_0_alone(lesson, x):
    lesson.bend.gradients(x=lesson.rule_b)
    check_grad(lesson.bend, x, order=2)
    lesson.bend.gradients(x=lesson.rule_a)
    check_grad(lesson.bend, np.zeros(1))
    assert fails(lesson.bend, x)
    assert ((1 - abs(np.tanh(x))) > 0).all()  # the sign is right: 1 - y^2 is positive, too


def test_the_wrong_rule_ends_lower_with_some_random_numbers_and_not_with_others(
    lesson, monkeypatch
):
    monkeypatch.setattr(lesson, "steps", 1000)
    lower = []
    for seed in range(3):
        monkeypatch.setattr(lesson, "knobs", lesson.options("proving_gradients", seed=seed))
        losses = [lesson.train(rule)[1] for rule in (lesson.rule_a, lesson.rule_b)]
        assert max(losses) < 0.001
        lower.append(losses[0] < losses[1])
    assert any(lower)
    assert not all(lower)


def test_rule_a_gets_the_sign_of_some_weights_wrong_and_yet_its_steps_lead_down(lesson):
    rng = np.random.default_rng(0)
    W, b, V = (Tensor(rng.standard_normal(size)) for size in ((1, 16), 16, (16, 1)))
    wrong, losses = 0, []
    for _ in range(200):
        found = {}
        for rule in (lesson.rule_a, lesson.rule_b):
            lesson.bend.gradients(x=rule)
            y = lesson.bend(lesson.dots @ W + b) @ V / 4
            loss = ((y - lesson.wanted) ** 2).mean()
            found[rule] = grad(loss, [W, b, V])
        by_a, by_b = (np.sign(found[rule][0]) for rule in found)
        wrong += int((by_a != by_b).sum())
        losses.append(float(loss.value))
        for w, g in zip((W, b, V), found[lesson.rule_a], strict=True):
            w.value = w.value - 0.5 * g
    assert 0 < wrong < 200 * 16 / 2
    assert (np.diff(losses) < 0).all()


# Ways to a slope.


@pytest.mark.parametrize("seed", range(6))
def test_the_gradient_by_rule_a_is_never_more_than_60_degrees_from_the_right_one(lesson, seed):
    rng = np.random.default_rng(seed)
    W, b, V = (rng.standard_normal(size) for size in ((1, 16), 16, (16, 1)))
    for _ in range(1000):
        y = np.tanh(lesson.dots @ W + b)
        error = 2 * (y @ V / 4 - lesson.wanted) / len(y)
        wrong, right = (
            [lesson.dots.T @ g, g.sum(axis=0), y.T @ error / 4]
            for g in (rule(error @ V.T / 4, y, None) for rule in (lesson.rule_a, lesson.rule_b))
        )
        a, c = (np.concatenate([g.ravel() for g in gradient]) for gradient in (wrong, right))
        assert a @ c > np.cos(np.radians(60)) * np.linalg.norm(a) * np.linalg.norm(c)
        W, b, V = (w - 0.5 * g for w, g in zip((W, b, V), wrong, strict=True))
    assert ((y @ V / 4 - lesson.wanted) ** 2).mean() < 0.001


def test_check_grad_sees_rule_a_where_tanh_is_flat_and_not_at_0(lesson):
    lesson.bend.gradients(x=lesson.rule_a)
    assert fails(lesson.bend, np.array(10.0))
    assert not fails(lesson.bend, np.array(0.0))


def test_sixteen_places_show_what_is_rounded_near_27(lesson):
    above, below = (f"{lesson.f(3 + h):.16f}" for h in (1e-11, -1e-11))
    assert (above, below) == ("27.0000000002699991", "26.9999999997300009")
    assert abs(lesson.central(lesson.f, 3.0, 1e-11) - 27) == pytest.approx(9e-5, rel=0.05)


@unhurried
@given(x=fractions, h=fractions.filter(bool))
def test_the_central_difference_of_a_cube_is_its_slope_and_the_square_of_the_step(lesson, x, h):
    assert lesson.central(lesson.f, x, h) == 3 * x**2 + h**2
    assert (lesson.f(x + h) - lesson.f(x)) / h == 3 * x**2 + 3 * x * h + h**2  # forward: like h


@unhurried
@given(x=fractions, h=fractions.filter(bool))
def test_the_imaginary_part_of_a_cube_is_what_the_lesson_collects(x, h):
    square = (x * x - h * h, 2 * x * h)  # (x + ih)^2, its parts
    real, imaginary = square[0] * x - square[1] * h, square[0] * h + square[1] * x
    assert (real, imaginary) == (x**3 - 3 * x * h**2, 3 * x**2 * h - h**3)


def test_both_errors_fall_by_two_decades_for_each_decade_of_the_step(lesson):
    for error in lesson.errors.values():
        at_2, at_3 = (error[lesson.powers == n].item() for n in (2, 3))
        assert at_2 / at_3 == pytest.approx(100, rel=0.05)


def test_the_best_step_is_about_the_root_that_the_lesson_finds(lesson):
    error = lesson.errors["central"]
    eps = np.finfo(float).eps
    assert 0.1 < 10 ** -lesson.powers[error.argmin()] / eps ** (1 / 3) < 10
    assert 0.1 < error.min() / eps ** (2 / 3) < 10
    assert pytest.approx(6e-6, rel=0.02) == gradcheck.CENTRAL_STEP


def test_the_complex_step_of_tanh_is_right_to_the_last_digit(lesson):
    at = np.linspace(-2, 2, 41)
    exact = 1 - np.tanh(at) ** 2
    np.testing.assert_allclose(lesson.complex_step(np.tanh, at, 1e-30), exact, rtol=1e-14)


# The cake.


def test_the_table_is_that_of_the_quotient_rule(lesson):
    y = np.array([3, 1]) / 4
    np.testing.assert_allclose(lesson.table, np.diag(y) - np.outer(y, y), atol=1e-9)
    assert lesson.table[0, 0] == pytest.approx(0.1875)


def test_the_table_has_the_slopes_that_the_checker_measures(lesson):
    x, g = np.array([0.5, -1.0, 2.0]), np.array([1.0, -2.0, 0.5])
    table = lesson.table_of(softmax, x)
    for j in range(3):
        expected, _ = gradcheck._central(lambda x: (softmax(x) * g).sum(), (x,), 0, np.eye(3)[j])
        assert (g @ table)[j] == pytest.approx(expected, abs=1e-9)


@unhurried
@given(x=arrays((2,)), g=arrays((2,)))
def test_the_rule_of_the_lesson_is_the_table_weighted_and_added_up(lesson, x, g):
    y = softmax(x)
    got = y * (g - (g * y).sum())
    np.testing.assert_allclose(got, g @ lesson.table_of(softmax, x), atol=1e-9)
    np.testing.assert_allclose(got, lesson.by_rule(softmax, x, g), atol=1e-12)


@unhurried
@given(x=arrays((2,)))
def test_weights_of_one_never_see_the_missing_y_and_others_do(lesson, x):
    np.testing.assert_allclose(lesson.by_rule(lesson.shares, x, np.ones(2)), 0, atol=1e-12)
    g = np.array([1.0, 0.0])
    assert not np.allclose(lesson.by_rule(lesson.shares, x, g), lesson.by_rule(softmax, x, g))


# The kink.


@unhurried
@given(h=st.floats(1e-6, 10))
def test_central_differences_say_a_half_at_the_kink_for_any_step(lesson, h):
    assert lesson.central(relu, 0.0, h) == 0.5


def test_the_rule_stays_between_the_one_sided_slopes_and_at_0_is_one_of_them(lesson):
    tiny = 1e-9  # what rounding leaves
    assert (lesson.left - tiny <= lesson.ruled).all()
    assert (lesson.ruled <= lesson.right + tiny).all()
    at_0 = int(np.flatnonzero(lesson.x == 0)[0])
    assert (lesson.left[at_0], lesson.ruled[at_0], lesson.right[at_0]) == (0, 0, 1)


# Hunts.


@unhurried
@given(data=st.data())
def test_the_forgotten_transpose_shows_just_where_b_is_not_its_own(lesson, data):
    A, B = data.draw(lesson.two_squares())
    assert fails(lesson.product, A, B) == (B != B.T).any()


def test_the_product_with_its_rule_mended_has_no_pair_that_fails(lesson):
    right = {"A": lambda g, y, A, B: g @ B.T, "B": lambda g, y, A, B: A.T @ g}
    wrong = {"A": lambda g, y, A, B: g @ B, "B": lambda g, y, A, B: A.T @ g}
    lesson.product.gradients(**right)
    found = lesson.hunt(lesson.product_is_right, lesson.two_squares(), start=0)
    lesson.product.gradients(**wrong)
    assert found == []


@pytest.mark.parametrize("start", range(3))
def test_hunts_end_at_the_pair_that_the_lesson_reads(lesson, start):
    A, B = lesson.hunt(lesson.product_is_right, lesson.two_squares(), start)[-1]
    assert not A.any()
    assert B.tolist() == [[0, 0], [1, 0]]


def test_a_hunt_ends_at_the_smallest_example(lesson):
    def below_five(n):
        if n > 5:
            raise GradientError(str(n))

    failing = lesson.hunt(below_five, st.integers(0, 1000), start=1)
    assert failing[-1] == 6
    assert all(n > 5 for n in failing)


def test_with_five_tries_fewer_hunts_find_the_rare_bug_than_the_common_one(lesson, monkeypatch):
    monkeypatch.setattr(lesson, "quiet", settings(lesson.quiet, max_examples=5))
    lesson.bend.gradients(x=lesson.writes_into_g)
    common = [lesson.hunt(lesson.product_is_right, lesson.two_squares(), s) for s in range(10)]
    rare = [lesson.hunt(lesson.program_is_right, lesson.drawn, s) for s in range(10)]
    assert sum(map(bool, common)) > sum(map(bool, rare))  # which ones is for Hypothesis to say


def test_one_call_alone_does_no_harm_and_a_bend_beside_an_addition_does(lesson):
    lesson.bend.gradients(x=lesson.writes_into_g)
    inputs = [np.array([1.0])]
    for op in (add, multiply, lesson.bend):
        lesson.program_is_right(Program([(op, 0, 0)], inputs))
    smallest = Program([(lesson.bend, 0, 0), (add, 0, 1)], inputs)
    assert str(smallest.lines) == "[x1 = bend(x0), x2 = add(x0, x1)]"
    with pytest.raises(GradientError):
        lesson.program_is_right(smallest)


def test_it_is_the_other_arguments_gradient_that_is_spoilt(lesson):
    lesson.bend.gradients(x=lesson.writes_into_g)
    x, z = Tensor(np.ones(2)), Tensor(np.ones(2))
    by_x, by_z = grad(((z + lesson.bend(x)) * np.ones(2)).sum(), [x, z])
    np.testing.assert_allclose(by_x, 1 - np.tanh(1) ** 2)
    np.testing.assert_allclose(by_z, 1 - np.tanh(1) ** 2)  # it should be 1


def test_check_op_notices_alone_that_a_rule_writes_into_what_it_is_given(lesson, x):
    lesson.bend.gradients(x=lesson.writes_into_g)
    with pytest.raises(OpError, match="wrote into the incoming gradient"):
        check_op(lesson.bend, x)


# An op of one's own.


def test_the_readers_op_is_right_to_second_order(lesson, x):
    lesson.swish.gradients(x=lesson.swish_rule)
    check_op(lesson.swish, x, reference=lambda x: x / (1 + np.exp(-x)))


def test_the_sigmoid_is_the_first_share_of_a_cake_with_0(lesson):
    for x in (-2.0, 0.0, 1.5):
        pair = np.array([x, 0.0])
        assert softmax(pair)[0] == pytest.approx(sigmoid(x))
        slope = sigmoid(x) * (1 - sigmoid(x))
        assert lesson.table_of(softmax, pair)[0, 0] == pytest.approx(slope)


@pytest.mark.parametrize("name", ["one_term_forgotten", "off_by_a_thousandth"])
def test_first_derivatives_show_two_of_the_three_mistakes(lesson, x, name):
    lesson.swish.gradients(x=getattr(lesson, name))
    with pytest.raises(GradientError, match="derivative of order 1 is wrong"):
        check_grad(lesson.swish, x)


def test_numpy_in_a_rule_shows_by_the_second_derivative_alone(lesson, x):
    lesson.swish.gradients(x=lesson.numpy_for_an_op)
    check_grad(lesson.swish, x)
    with pytest.raises(OpError, match="Tensor"):
        check_op(lesson.swish, x)


# The file.


def test_a_quick_run_leaves_every_figure(lesson, figures):
    assert {path.name for path in figures.iterdir()} == {f"{NAME}_{name}.png" for name in NAMES}
