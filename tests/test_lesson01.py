"""Lesson 1's engine gives the library's gradients, and its broken twins give what it says."""

import math
from itertools import chain

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scratchgen import Tensor, grad, tanh
from tests.quick_lesson import run_quick

numbers = st.floats(-2, 2)


@pytest.fixture(scope="module")
def lesson(tmp_path_factory):
    return run_quick("derivatives", tmp_path_factory.mktemp("figures"))


@st.composite
def programs(draw):
    """Steps of a random expression: an op, and which of the numbers so far it takes."""
    ops = st.sampled_from(["+", "-", "*", "square", "tanh"])
    count = draw(st.integers(1, 12))
    return [(draw(ops), draw(st.integers(0, i + 1)), draw(st.integers(0, i + 1)))
            for i in range(count)]  # fmt: skip


def run_program(program, a, b, tanh):
    """The last number of a program; each step takes of all numbers so far."""
    made = [a, b]
    for name, i, k in program:
        x, y = made[i], made[k]
        binary = {"+": lambda: x + y, "-": lambda: x - y, "*": lambda: x * y}  # noqa: B023
        unary = {"square": lambda: x**2, "tanh": lambda: tanh(x)}  # noqa: B023
        made.append(tanh((binary | unary)[name]()))  # tanh keeps the numbers small
    return made[-1]


def gradients(lesson, program, x, y, backward):
    a, b = lesson.Value(x), lesson.Value(y)
    backward(run_program(program, a, b, lesson.Value.tanh))
    return a.grad, b.grad


@settings(deadline=None, derandomize=True, max_examples=60)
@given(program=programs(), x=numbers, y=numbers)
def test_the_lessons_engine_gives_the_librarys_gradients(lesson, program, x, y):
    a, b = Tensor(np.array(x)), Tensor(np.array(y))
    loss = run_program(program, a, b, tanh) + (a + b) * 0.0  # it depends on both
    expected = grad(loss, [a, b])
    got = gradients(lesson, program, x, y, lesson.backward)
    np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-12)


def test_the_lessons_net_has_the_librarys_gradients(lesson):
    neurons = lesson.new_net()
    lesson.loss_of(neurons).backward()
    w, b, v = (Tensor(np.array([n[i].value for n in neurons])) for i in range(3))
    x = np.array(lesson.places)
    error = (tanh(x[:, None] * w + b) * v).sum(axis=1) - np.sin(x)
    for got, expected in zip(range(3), grad((error * error).mean(), [w, b, v]), strict=True):
        np.testing.assert_allclose([n[got].grad for n in neurons], expected, rtol=1e-10)


def test_a_step_moves_every_number_against_its_gradient(lesson):
    neurons, twin = lesson.new_net(), lesson.new_net()
    lesson.loss_of(twin).backward()
    for _ in lesson.train(neurons, 1):
        pass
    for moved, before in zip(chain(*neurons), chain(*twin), strict=True):
        assert moved.value == before.value - 0.1 * before.grad != before.value


def test_the_loss_falls_and_with_stale_slopes_it_does_not_settle(lesson):
    cleared = [*lesson.train(lesson.new_net(), 100)]
    stale = [*lesson.train(lesson.new_net(), 100, clear=False)]
    assert cleared[-1] < cleared[0] / 4
    assert np.mean(stale[50:]) > 2 * np.mean(cleared[50:])


def test_asking_twice_gives_the_stale_slopes_that_the_lesson_prints(lesson):
    a, b, loss = lesson.example()
    loss.backward()
    assert (a.grad, b.grad) == (36, 45)
    loss.backward()
    assert (a.grad, b.grad) == (120, 153)


def test_every_broken_engine_is_right_where_no_node_is_shared(lesson):
    for broken in (lesson.backward_assigning, lesson.backward_nearest_first):
        a, b = lesson.Value(3.0), lesson.Value(2.0)
        broken((a * b).tanh())
        slope = 1 - math.tanh(6) ** 2
        assert (a.grad, b.grad) == pytest.approx((2 * slope, 3 * slope))


@pytest.mark.parametrize(
    ("name", "expected"),
    [("backward_assigning", (12, 18)), ("backward_nearest_first", (24, 27))],
)
def test_a_broken_engine_gives_the_wrong_slopes_that_the_lesson_prints(lesson, name, expected):
    a, b, loss = lesson.example()
    getattr(lesson, name)(loss)
    assert (a.grad, b.grad) == expected


def test_the_order_has_every_node_once_and_behind_what_it_is_made_of(lesson):
    order = lesson.in_order(lesson.loss_of(lesson.new_net()))
    place = {id(node): i for i, node in enumerate(order)}
    assert len(place) == len(order)
    assert all(place[id(a)] < place[id(y)] for y in order for a, _ in y.made_of)


def test_a_deep_chain_breaks_the_lessons_engine_and_not_the_librarys(lesson):
    with pytest.raises(RecursionError):
        sum([lesson.Value(1.0)] * 10_000, lesson.Value(0.0)).backward()
    a = Tensor(1.0)
    assert grad(sum([a] * 10_000, Tensor(0.0)), a) == 10_000


def test_the_figures_slopes_are_those_of_the_engine(lesson):
    a, b, loss = lesson.example()
    loss.backward()
    (c, _), (d, _) = loss.made_of
    for node, x in {"L": loss, "a": a, "b": b, "c": c, "d": d}.items():
        assert lesson.slopes[node] == f"slope {x.grad:.0f}"
        assert lesson.labels[node].endswith(f"= {x.value:.0f}")
