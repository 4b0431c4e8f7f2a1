"""Lesson 2: what it derives is what the library does, and what it says of it; and `listing`."""

import inspect
import io
import itertools
import re
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

import scratchgen
from lessons.runner import show, source
from lessons.runner.cells import find_lessons, group_steps
from lessons.runner.choose import choose_lesson
from lessons.runner.curriculum import Course
from lessons.support import Options, listing, options
from scratchgen import Tensor, engine, functions
from tests.quick_lesson import run_quick
from tests.sizes import docstring_lines

ENGINE = engine.__file__


def text_of(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def is_code(line):
    return bool(line.strip()) and not line.strip().startswith("#")


def numbered(printed):
    """What a listing printed, as {number: line}."""
    rows = [re.fullmatch(r" *(\d+)(?: (.*))?", row) for row in printed.splitlines() if row]
    return {int(row[1]): row[2] or "" for row in rows}


@pytest.fixture(scope="module")
def lesson(tmp_path_factory):
    return run_quick("tensors", tmp_path_factory.mktemp("figures"))


# The lesson.


def test_the_jump_past_the_appendix_leads_to_the_experiments():
    lesson = choose_lesson(Course(find_lessons(Path(source.__file__).parents[1])), "tensors")
    steps = group_steps(lesson.cells())
    step = re.search(r"`j (\d+)` leads to the experiments", lesson.text())
    assert step is not None
    assert steps[int(step[1]) - 1][0].source.startswith("## Try")


def test_a_weight_that_is_changed_too_early_has_the_gradient_of_neither(lesson):
    def gradient(w):
        t = np.tanh(w)
        return (1 - t * t) * w * w + 2 * w * t

    def ours(node, loss):
        return float(lesson.gradients(loss, [node])[0][0])

    old, new, w = lesson.Node([0.5]), lesson.Node([0.4]), lesson.Node([0.5])
    assert ours(old, lesson.square_times_tanh(old)) == pytest.approx(gradient(0.5))
    assert ours(new, lesson.square_times_tanh(new)) == pytest.approx(gradient(0.4))
    loss = lesson.square_times_tanh(w)
    w.value = np.array([0.4])
    assert gradient(0.4) + 0.03 < ours(w, loss) < gradient(0.5) - 0.03


def test_two_layers_without_a_bend_are_one_layer(lesson):
    weights, x = lesson.new_weights(), lesson.X[:5]
    W1, b1, W2, b2 = (w.value for w in weights)
    two = lesson.network(lesson.Node(x), weights, lesson.straight).value
    np.testing.assert_allclose(two, x @ (W1 @ W2) + (b1 @ W2 + b2), rtol=1e-10)


def test_the_engine_has_some_fifteen_lines_and_its_rules_some_forty(lesson):
    def lines(*names):
        return sum(len(inspect.getsource(getattr(lesson, name)).split("\n")) - 1 for name in names)

    assert 15 <= lines("in_order", "gradients") <= 18
    rules = ("Node", "tanh_of", "minus", "sum_to", "plus", "times", "mean", "matmul")
    assert 35 <= lines(*rules) <= 45


def test_of_the_four_mistakes_our_engine_notices_the_second_alone(lesson):
    x, z = lesson.Node(np.ones(2)), lesson.Node(np.ones(2))
    np.testing.assert_array_equal(lesson.gradients(lesson.times(x, x), [x])[0], [2, 2])
    with pytest.raises(KeyError):
        lesson.gradients(lesson.mean(lesson.times(x, x)), [z])
    assert lesson.Node(np.array([1, 2])).value.dtype == np.float64


def test_the_layer_of_values_is_the_matrix_product(lesson):
    x, W = np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(3, 4)
    values = [[[lesson.Value(v) for v in row] for row in array.tolist()] for array in (x, W)]
    got = [[v.value for v in row] for row in lesson.layer_of_values(*values)]
    np.testing.assert_allclose(got, x @ W)


@pytest.mark.parametrize(
    ("shape", "to"), [((), ()), ((), (2,)), ((2,), (2, 2)), ((2, 1), (2, 2)), ((1, 3), (4, 2, 3))]
)
def test_the_lessons_sum_to_is_the_librarys(lesson, shape, to):
    g = np.random.default_rng(0).standard_normal(to)
    got = lesson.sum_to(g, shape)
    assert got.shape == shape
    np.testing.assert_allclose(got, engine.sum_to(g, shape))


def test_the_lessons_engine_gives_the_librarys_gradients(lesson):
    rng = np.random.default_rng(0)
    x, W, b = (rng.standard_normal(shape) for shape in ((4, 3), (3, 2), (2,)))
    nodes = [lesson.Node(array) for array in (x, W, b)]
    ours = lesson.gradients(lesson.loss_of(*nodes), nodes)
    tensors = [Tensor(array) for array in (x, W, b)]
    y = functions.tanh(tensors[0] @ tensors[1] + tensors[2])
    for got, expected in zip(ours, engine.grad((y * y).mean(), tensors), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-12)


def test_adding_into_what_is_borrowed_gives_both_arguments_one_sum(lesson):
    right = lesson.gradients(*lesson.three_and_one())
    wrong = lesson.careless(*lesson.three_and_one())
    np.testing.assert_allclose(right[0], 4 * right[1])
    assert not np.allclose(wrong[1], right[1])


def test_the_lesson_leaves_the_engine_as_it_was(lesson):
    assert engine._is_fresh.__module__ == "scratchgen.engine"
    assert engine._modes.get() == ()


def test_a_mistake_that_is_not_refused_stops_the_lesson(lesson):
    with pytest.raises(AssertionError, match="meant to be refused, it gave 3"):
        lesson.refused(lambda: 3)


# listing


def test_a_listing_has_the_files_lines_under_their_numbers(capsys):
    numbers = listing(engine.grad)
    shown, lines = numbered(capsys.readouterr().out), text_of(ENGINE).split("\n")
    assert set(shown) == numbers
    assert all(line == lines[n - 1] for n, line in shown.items())


def test_a_listing_leaves_docstrings_out(capsys):
    listing(engine.Op)
    out = capsys.readouterr().out
    assert "def __call__" in out
    assert '"""' not in out


def test_a_listing_of_a_module_has_all_its_code_and_no_docstring():
    text = text_of(ENGINE)
    lines = source.lines_of([engine])
    code = {n for n, line in enumerate(text.split("\n"), 1) if is_code(line)}
    assert {n for n in lines if is_code(lines[n])} == code - docstring_lines(text)


def test_a_listing_of_an_op_has_its_decorator_and_its_rules(capsys):
    listing(functions.tanh)
    out = capsys.readouterr().out
    assert re.search(r"(?s)@op\n.*def tanh\(x\):.*tanh\.gradients\(x=lambda", out)


def test_several_objects_stand_in_the_files_order_each_below_a_blank_line(capsys):
    listing(engine.subtract, engine.add)
    out = capsys.readouterr().out
    assert out.index("def add") < out.index("def subtract")
    assert re.search(r"\)\n\n +\d+ @op\n +\d+ def subtract", out)


def test_a_listing_has_no_blank_line_at_its_ends_and_no_two_in_a_row(capsys):
    listing(engine)
    rows = [row.strip() for row in capsys.readouterr().out.split("\n")[:-1]]
    blank = [row == "" or row.isdigit() for row in rows]
    assert not blank[0]
    assert not blank[-1]
    assert not any(a and b for a, b in itertools.pairwise(blank))


def test_a_part_begins_at_start_and_ends_before_stop():
    lines = source.lines_of([Tensor], "@property", "@value.setter")
    assert [line.strip() for line in lines.values()] == [
        "@property", "def value(self) -> Array:",
        "return self._value if self.op is None else detach(self)",
    ]  # fmt: skip


def test_a_property_and_a_wrapped_function_are_found():
    assert "def value(self" in " ".join(source.lines_of([Tensor.value]).values())
    no_grad = source.lines_of([scratchgen.no_grad])
    assert 'with _switched_on("no_grad")' in " ".join(no_grad.values())


def test_a_start_that_no_line_has_is_an_error_that_names_it():
    with pytest.raises(ValueError, match=r"listing: no line begins with 'def nothing' here"):
        listing(engine.grad, start="def nothing")


def test_objects_of_two_files_are_an_error_that_names_both():
    with pytest.raises(ValueError, match=r"(?s)of one file, got .*engine\.py.*functions\.py"):
        listing(engine.add, functions.tanh)


@pytest.fixture
def terminal(monkeypatch):
    """A terminal of 60 columns; what is printed to it."""
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=60, highlight=False, markup=False)
    monkeypatch.setattr(show, "make_console", lambda: console)
    return screen


def test_in_a_terminal_a_listing_is_coloured_and_no_wider_than_it(terminal):
    listing(engine)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", terminal.getvalue())
    assert "\x1b[" in terminal.getvalue()
    assert max(map(len, plain.split("\n"))) <= 60


def test_in_a_terminal_a_listing_has_the_same_code(terminal):
    numbers = listing(engine._path, engine.add)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", terminal.getvalue())
    lines = text_of(ENGINE).split("\n")
    for n in numbers:
        assert re.search(rf"^ *{n} {re.escape(lines[n - 1][:40].rstrip())}", plain, re.MULTILINE)


def test_a_listing_works_on_any_module_not_the_engine_alone(capsys):
    assert len(listing(Options, options)) > 10
    assert "class Options" in capsys.readouterr().out
