"""Lesson 1's engine gives the library's gradients, and its mistaken twins give what it says."""

import inspect
import re
from itertools import chain, islice
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lessons.checks import lesson01_derivatives as checks
from scratchgen import Tensor, grad, tanh
from scratchgen.optim import SGD
from tests.quick_lesson import run_quick

TEXT = (Path(checks.__file__).parents[1] / "lesson01_derivatives.py").read_text(encoding="utf-8")
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


def gradients(engine, program, x, y, backward):
    a, b = engine.Value(x), engine.Value(y)
    backward(run_program(program, a, b, engine.Value.tanh))
    return a.grad, b.grad


def as_tensors(net):
    """The parameters of a lesson's net as three Tensors of the library: all w, all b, all v."""
    return [Tensor(np.array([neuron[i].value for neuron in net])) for i in range(3)]


def loss_of_tensors(lesson, w, b, v):
    x = np.array(lesson.places)
    error = (tanh(x[:, None] * w + b) * v).sum(axis=1) - np.sin(x)
    return (error * error).mean()


def descend_with_the_library(lesson, steps, momentum=0.0):
    """The losses of gradient descent by the library, from the start of the lesson's net."""
    parameters = as_tensors(lesson.new_net())
    optimiser, losses = SGD(parameters, lesson.lr), []
    optimiser.momentum = momentum  # 1 is refused, for the good reason that the lesson shows
    for _ in range(steps):
        loss = loss_of_tensors(lesson, *parameters)
        losses.append(float(loss.value))
        optimiser.step(grad(loss, parameters))
    return losses


# The engine.


@settings(deadline=None, derandomize=True, max_examples=60)
@given(program=programs(), x=numbers, y=numbers)
def test_the_lessons_engine_gives_the_librarys_gradients(lesson, program, x, y):
    a, b = Tensor(np.array(x)), Tensor(np.array(y))
    loss = run_program(program, a, b, tanh) + (a + b) * 0.0  # it depends on both
    expected = grad(loss, [a, b])
    got = gradients(lesson, program, x, y, lesson.backward)
    np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-12)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(program=programs(), x=numbers, y=numbers)
def test_the_exercises_are_checked_by_the_lessons_engine(lesson, program, x, y):
    expected = gradients(lesson, program, x, y, lesson.backward)
    got = gradients(checks, program, x, y, checks.Value.backward)
    assert got == pytest.approx(expected, rel=1e-12, abs=1e-12)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(program=programs(), x=numbers, y=numbers)
def test_the_exercises_go_nearest_first_as_the_lesson_does(lesson, program, x, y):
    expected = gradients(lesson, program, x, y, lesson.backward_nearest_first)
    assert gradients(checks, program, x, y, checks.backward_nearest_first) == expected


def test_the_order_has_every_node_once_and_after_what_it_is_made_of(lesson):
    order = lesson.in_order(lesson.loss_of(lesson.new_net()))
    place = {id(node): i for i, node in enumerate(order)}
    assert len(place) == len(order)
    assert all(place[id(a)] < place[id(y)] for y in order for a, _ in y.made_of)


def test_the_engine_has_the_forty_lines_that_the_lesson_promises(lesson):
    names = ["in_order", "backward", "subtract", "power", "tanh"]
    cells = re.split(r"(?m)^# %%.*\n", TEXT)
    engine = [c for c in cells if any(f"\ndef {name}(" in f"\n{c}" for name in names)]
    engine += [c for c in cells if "\nclass Value:" in f"\n{c}"]
    assert len(engine) == 4
    assert 30 <= sum(bool(line.strip()) for cell in engine for line in cell.split("\n")) <= 45


def test_a_deep_chain_breaks_the_lessons_engine_and_not_the_librarys(lesson):
    total = lesson.Value(0.0)
    for _ in range(10_000):
        total = total + lesson.Value(1.0)
    with pytest.raises(RecursionError):
        total.backward()
    a = Tensor(1.0)
    assert grad(sum([a] * 10_000, Tensor(0.0)), a) == 10_000


# The net.


def test_the_lessons_net_has_the_librarys_gradients(lesson):
    net = lesson.new_net()
    lesson.loss_of(net).backward()
    parameters = as_tensors(net)
    expected = grad(loss_of_tensors(lesson, *parameters), parameters)
    for i, of_all in enumerate(expected):
        np.testing.assert_allclose([neuron[i].grad for neuron in net], of_all, rtol=1e-10)


def test_a_step_moves_every_parameter_against_its_gradient(lesson):
    net, twin = lesson.new_net(), lesson.new_net()
    lesson.loss_of(twin).backward()
    for _ in lesson.train(net, 1):
        pass
    for moved, before in zip(chain(*net), chain(*twin), strict=True):
        assert moved.value == before.value - 0.1 * before.grad != before.value


def test_the_lessons_loop_gives_the_losses_of_the_librarys_descent(lesson):
    got = list(lesson.train(lesson.new_net(), 30))
    np.testing.assert_allclose(got, descend_with_the_library(lesson, 30), rtol=1e-9)


def test_stale_gradients_are_momentum_without_friction(lesson):
    got = list(lesson.train(lesson.new_net(), 30, clear=False))
    np.testing.assert_allclose(got, descend_with_the_library(lesson, 30, momentum=1.0), rtol=1e-7)


def test_the_loss_falls_and_with_stale_gradients_it_does_not_settle(lesson):
    cleared = list(lesson.train(lesson.new_net(), 100))
    stale = list(lesson.train(lesson.new_net(), 100, clear=False))
    assert cleared[-1] < cleared[0] / 4
    assert np.mean(stale[50:]) > 2 * np.mean(cleared[50:])


def test_the_curve_that_is_drawn_is_that_of_the_net(lesson):
    net = lesson.new_net()
    heights = [lesson.height(net, x).value for x in lesson.grid[::20]]
    np.testing.assert_allclose(lesson.drawn_by(lesson.numbers_in(net))[::20], heights, rtol=1e-12)


def test_the_first_questions_are_answered_by_the_numbers_in_the_text(lesson):
    assert lesson.start[0, 0].round(3) == 0.126
    assert lesson.found[0, 0].round(3) == 0.771
    assert round(lesson.start[0, 0] - 0.1 * lesson.found[0, 0], 3) == 0.049
    assert lesson.found[3, 0].round(3) == 0.006
    assert lesson.start[3, 2].round(3) == 0.041


def test_one_number_creeps_lands_or_leaps_out_of_the_valley(lesson):
    creeping, landing, leaping = lesson.walks.values()
    bottom = lesson.across[lesson.curve["loss"].argmin()]
    assert creeping[-1] > bottom + 0.05
    assert abs(landing[3] - bottom) < 0.02
    assert abs(leaping[1:] - bottom).min() > 0.5


def test_a_curve_beyond_the_frame_is_drawn_beyond_it_and_the_caption_says_so(lesson, monkeypatch):
    kept = []
    monkeypatch.setattr(lesson, "keep", lambda figure, name: kept.append(figure))
    lesson.show_curves({"far": 9.0 + 0 * lesson.grid}, "far", "Far", "Away.")
    axes = kept[0].axes[0]
    assert (axes.lines[0].get_ydata() == 9).all()
    assert axes.get_ylim()[1] < 3
    assert any("goes on outside" in text.get_text() for text in kept[0].texts)


# The experiments.


def test_from_zero_no_parameter_has_a_gradient(lesson):
    net = [[lesson.Value(0.0) for _ in range(3)] for _ in range(6)]
    loss = lesson.loss_of(net)
    loss.backward()
    assert all(number.grad == 0 for number in chain(*net))
    assert loss.value == pytest.approx(np.mean(np.sin(lesson.places) ** 2))
    assert round(loss.value, 3) == 0.483  # as the answer says


def test_a_rate_of_one_passes_a_million_after_six_steps(lesson, monkeypatch, capsys):
    monkeypatch.setattr(lesson, "lr", 1.0)
    losses = list(lesson.train(lesson.new_net(), 100))
    assert len(losses) == 7  # the first one is before any step
    assert losses[-1] > 1e6
    assert "passed a million" in capsys.readouterr().out


def test_a_rate_of_three_tenths_first_makes_the_loss_rise(lesson, monkeypatch):
    monkeypatch.setattr(lesson, "lr", 0.3)
    losses = list(lesson.train(lesson.new_net(), 5))
    assert [round(losses[i], 2) for i in (0, 4)] == [0.32, 0.58]


# The three mistakes.


def test_asking_twice_gives_the_stale_gradients_that_the_lesson_prints(lesson):
    a, b, loss = lesson.example()
    loss.backward()
    assert (a.grad, b.grad) == (36, 45)
    loss.backward()
    (c, _), (d, _) = loss.made_of
    assert (a.grad, b.grad, c.grad, d.grad) == (120, 153, 36, 12)


def test_every_mistaken_engine_is_right_where_no_node_is_used_twice(lesson):
    for mistaken in (lesson.backward_assigning, lesson.backward_nearest_first):
        a, b = lesson.Value(3.0), lesson.Value(2.0)
        mistaken((a * b) ** 2)
        assert (a.grad, b.grad) == (24, 36)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("backward_assigning", (12, 18, 6, 6)), ("backward_nearest_first", (24, 27, 15, 6))],
)
def test_a_mistaken_engine_gives_the_wrong_gradients_that_the_lesson_prints(lesson, name, expected):
    a, b, loss = lesson.example()
    getattr(lesson, name)(loss)
    (c, _), (d, _) = loss.made_of
    assert (a.grad, b.grad, c.grad, d.grad) == expected


def test_one_character_parts_the_second_mistake_from_the_engine(lesson):
    right, wrong = map(inspect.getsource, (lesson.backward, lesson.backward_assigning))
    assert "x.grad += local * y.grad" in right
    assert "x.grad = local * y.grad" in wrong


# The figures and the text.


def test_the_figures_gradients_are_those_of_the_engine(lesson):
    a, b, loss = lesson.example()
    loss.backward()
    (c, _), (d, _) = loss.made_of
    for node, x in {"L": loss, "a": a, "b": b, "c": c, "d": d}.items():
        assert lesson.gradients[node] == x.grad
        assert lesson.labels[node].endswith(f"= {x.value:.0f}")


def test_the_figures_numbers_on_arrows_are_the_local_derivatives(lesson):
    a, b, loss = lesson.example()
    (c, _), (d, _) = loss.made_of
    name = {id(a): "a", id(b): "b", id(c): "c", id(d): "d"}
    found = [
        (name[id(node)], head, local)
        for head, y in [("c", c), ("d", d), ("L", loss)]
        for node, local in y.made_of
    ]
    said = [float(label.split()[-1]) for label in lesson.on_edges]
    assert [(*edge, x) for edge, x in zip(lesson.edges, said, strict=True)] == found


def test_a_nudge_travels_as_the_figure_says(lesson):
    assert {node: round(much, 3) for node, much in lesson.rises.items()} == {
        "a": 0.001, "c": 0.002, "d": 0.003, "L": 0.036,
    }  # fmt: skip
    assert lesson.f(3.001, 2) - 54 == pytest.approx(0.036 + 0.002 * 0.003, rel=1e-9)


def test_three_doublings_have_six_arrows_and_eight_paths(lesson):
    paths = {"x": 1}
    for _, head in lesson.doublings:
        paths[head] = sum(paths[tail] for tail, end in lesson.doublings if end == head)
    assert len(lesson.doublings) == 6
    assert paths == {"x": 1, "y": 2, "z": 4, "u": 8}


def test_three_paths_lead_from_a_to_the_end_of_the_example(lesson):
    def paths(node, value):
        if not node.made_of:
            yield value if node is a else 0.0
        for before, local in node.made_of:
            yield from paths(before, value * local)

    a, _, loss = lesson.example()
    assert sorted(filter(None, islice(paths(loss, 1.0), 10))) == [6, 12, 18]
