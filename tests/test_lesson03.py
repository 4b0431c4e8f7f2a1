"""Lesson 3's own differences are the library's, and its planted bugs are what it says they are."""

import dataclasses
import sys

import numpy as np
import pytest

pytest.importorskip("hypothesis", reason="lesson 3 is about it")

from lessons.runner.cells import find_lessons
from scratchgen import check_grad, gradcheck, sigmoid, softmax, tanh
from scratchgen.gradcheck import GradientError
from scratchgen.testing import OpError, check_op
from tests.quick_lesson import run_quick
from tests.test_lessons import ROOT, code_cells

NAME = "lesson03_proving_gradients"


@pytest.fixture(scope="module")
def figures(tmp_path_factory):
    return tmp_path_factory.mktemp("figures")


@pytest.fixture(scope="module")
def lesson(figures):
    return run_quick(NAME, figures)


@pytest.fixture
def x():
    return np.random.default_rng(3).standard_normal((2, 3))


def test_the_lessons_differences_are_the_checkers(lesson, x):
    v = np.random.default_rng(4).standard_normal((2, 3))
    got = lesson.by_differences(np.tanh, x, v)
    d = np.zeros_like(x)
    d[1, 2] = 1.0
    expected, _ = gradcheck._central(lambda x: (tanh(x) * v).sum(), (x,), 0, d)
    assert got[1, 2] == pytest.approx(expected, rel=1e-9)


def test_the_lessons_two_routes_agree_on_a_right_rule(lesson, x):
    v = np.random.default_rng(4).standard_normal((2, 3))
    rules, differences = (route(softmax, x, v) for route in (lesson.by_rule, lesson.by_differences))
    np.testing.assert_allclose(rules, differences, atol=1e-9)


@pytest.mark.parametrize(("name", "order"), [("forward", 1), ("central", 2), ("complex", 2)])
def test_a_routes_error_falls_by_its_order(lesson, name, order):
    at = [int(np.flatnonzero(lesson.n == n)[0]) for n in (2, 3)]
    large, small = lesson.errors[name][at]
    assert large / small == pytest.approx(10**order, rel=0.05)


def test_rule_b_is_the_derivative_of_tanh_and_rule_a_is_not(lesson, x):
    lesson.bend.gradients(x=lesson.rules["B"])
    check_grad(lesson.bend, x, order=2)
    lesson.bend.gradients(x=lesson.rules["A"])
    check_grad(lesson.bend, np.zeros(1))
    with pytest.raises(GradientError):
        check_grad(lesson.bend, x)


def test_with_some_seeds_the_wrong_rule_ends_lower(lesson, monkeypatch):
    monkeypatch.setattr(lesson, "knobs", dataclasses.replace(lesson.knobs, quick=False))
    ends = []
    for seed in range(3):
        runs = [[*lesson.fit(lesson.rules[k], np.random.default_rng(seed))] for k in "AB"]
        assert all(run[-1] < 0.1 < 0.5 < run[0] for run in runs)
        ends.append(runs[0][-1] < runs[1][-1])
    assert any(ends)
    assert not all(ends)


def test_the_product_with_its_rule_mended_has_no_example_that_fails(lesson):
    lesson.product.gradients(
        A=lambda g, y, A, B: g @ B.T,
        B=lambda g, y, A, B: A.T @ g,
    )

    def claim(pair):
        check_grad(lesson.product, *pair)

    assert lesson.hunt(claim, lesson.two_squares, start=0) == []


def test_a_hunt_ends_at_the_smallest_example(lesson):
    def below_five(n):
        if n > 5:
            raise GradientError(str(n))

    failing = lesson.hunt(below_five, lesson.strategies.integers(0, 1000), start=1)
    assert failing[-1] == 6


def test_the_readers_op_is_right_to_second_order(lesson, x):
    lesson.swish.gradients(x=lambda g, y, x: g * (sigmoid(x) + y * (1 - sigmoid(x))))
    check_op(lesson.swish, x, reference=lambda x: x / (1 + np.exp(-x)))


@pytest.mark.parametrize("name", ["one term forgotten", "off by a thousandth"])
def test_first_derivatives_show_two_of_the_three_mistakes(lesson, x, name):
    lesson.swish.gradients(x=lesson.mistakes[name])
    with pytest.raises(GradientError, match="derivative of order 1 is wrong"):
        check_grad(lesson.swish, x)


def test_numpy_in_a_rule_shows_by_the_second_derivative_alone(lesson, x):
    lesson.swish.gradients(x=lesson.mistakes["NumPy for an op"])
    check_grad(lesson.swish, x)
    with pytest.raises(OpError, match="Tensor"):
        check_op(lesson.swish, x)


def test_the_lesson_leaves_five_figures(lesson, figures):
    names = {path.stem.removeprefix(f"{NAME}_") for path in figures.glob("*.png")}
    assert names == {"trains", "steps", "kink", "matrices", "programs"}


def test_without_hypothesis_the_lesson_says_how_to_get_it(monkeypatch):
    (found,) = [x for x in find_lessons(ROOT / "lessons") if x.name == NAME]
    monkeypatch.setitem(sys.modules, "hypothesis", None)  # importing it then fails
    with pytest.raises(ImportError, match=r'pip install "hypothesis>=6'):
        exec(code_cells(found)[0].source, {})
