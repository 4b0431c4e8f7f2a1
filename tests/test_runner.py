"""The lesson runner, on small lessons made here: cells, formulas, running, stepping, support."""

import contextlib
import doctest
import importlib
import os
import pickle
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lessons import show, support
from lessons.__main__ import main
from lessons.cells import Lesson, choose_lesson, find_lessons, group_steps, split_cells
from lessons.formulas import GREEK, RELATIONS, find_formulas, to_unicode
from lessons.runner import Session
from lessons.stepper import Stepper

ROOT = Path(__file__).parent.parent

SAMPLE = '''\
# %% [markdown]
# # 7. A sample of $x_i$
#
# We add *two* numbers, where $x \\sim p$.
#
# About 3 minutes on two cores.

# %% The numbers
from __future__ import annotations

text = """
# %% not a marker
"""
a, b = 1, 2

# %% [markdown]
# ## The sum
#
# By hand it is three:
#
# $$\\sum_{i=1}^{2} x_i = 3$$

# %%
a + b

# %%
def halve(x: NoSuchName) -> float:
    return x / (a - 1)


print("about to halve")

# %% [markdown]
# That was all.
'''


@pytest.fixture(autouse=True)
def world(monkeypatch):
    """Leave no variable and no lesson's module behind, and begin without any."""
    before = {name: value for name, value in os.environ.items() if "SCRATCHGEN_" not in name}
    monkeypatch.setattr(os, "environ", os.environ.copy())
    for name in set(os.environ) - set(before):
        del os.environ[name]
    yield
    for name in [name for name in sys.modules if re.match(r"lesson\d\d_", name)]:
        del sys.modules[name]


@pytest.fixture
def lesson(tmp_path):
    return write_lesson(tmp_path, SAMPLE)


def write_lesson(folder: Path, text: str, name: str = "lesson07_sample.py") -> Lesson:
    (folder / name).write_text(text, encoding="utf-8")
    return Lesson(folder / name)


def step_through(lesson, monkeypatch, *answers):
    """A stepper after the reader gave these answers, and then Ctrl-D."""
    replies = iter(answers)

    def answer(prompt=""):
        with contextlib.suppress(StopIteration):
            return next(replies)
        raise EOFError

    monkeypatch.setattr("builtins.input", answer)
    stepper = Stepper(lesson, show.make_console())
    assert stepper.walk() == 0
    return stepper


# Cells


def test_cells_alternate_as_their_markers_say():
    kinds = [cell.kind for cell in split_cells(SAMPLE)]
    assert kinds == ["prose", "code", "prose", "code", "code", "prose"]


def test_a_cell_knows_the_number_of_its_first_line_in_the_file():
    lines = SAMPLE.split("\n")
    for cell in split_cells(SAMPLE):
        assert lines[cell.line - 1].removeprefix("# ") == cell.source.split("\n")[0]


def test_a_marker_inside_a_string_opens_no_cell():
    assert "# %% not a marker" in split_cells(SAMPLE)[1].source


def test_an_indented_marker_opens_no_cell():
    cells = split_cells("# %%\nif True:\n    # %%\n    x = 1\n")
    assert len(cells) == 1


def test_prose_loses_its_comment_signs_and_keeps_its_blank_lines():
    assert split_cells("# %% [markdown]\n# a\n#\n#     b\n")[0].source == "a\n\n    b"


@given(st.lists(st.sampled_from(["x = 1", "", "# note", "y = '''\n# %%\n'''", "(1 +\n2)"])))
def test_splitting_keeps_every_line_of_code(pieces):
    source = "".join(f"# %%\n{piece}\n" for piece in pieces)
    assert [cell.source for cell in split_cells(source)] == [piece for piece in pieces if piece]


def test_code_in_a_prose_cell_is_an_error_that_names_the_line():
    with pytest.raises(ValueError, match=r"line 3: expected a comment .* got 'x = 1'\. Put a mark"):
        split_cells("# %% [markdown]\n# a\nx = 1\n")


def test_code_before_the_first_marker_is_an_error():
    with pytest.raises(ValueError, match="line 1: expected a cell marker"):
        split_cells("import os\n# %%\n")


def test_a_file_that_is_no_python_is_an_error_that_names_it():
    with pytest.raises(ValueError, match=r"a\.py: this is not valid Python.*Mend it first"):
        split_cells("# %%\nx = (1,\n", "a.py")


def test_a_step_ends_with_its_code():
    steps = group_steps(split_cells(SAMPLE))
    assert [[cell.kind for cell in step] for step in steps] == [
        ["prose", "code"], ["prose", "code"], ["code"], ["prose"]
    ]  # fmt: skip


def test_the_header_holds_title_description_and_minutes(lesson):
    header = lesson.header()
    assert header.title == "A sample of $x_i$"
    assert header.description == "We add *two* numbers, where $x \\sim p$."
    assert header.minutes == "3"


# Choosing


@pytest.mark.parametrize("wanted", ["7", "07", "sample", "s", "SAMPLE", "lesson07_sample.py"])
def test_a_lesson_is_chosen_by_number_name_or_the_start_of_it(lesson, wanted):
    assert choose_lesson([lesson], wanted) == lesson


def test_a_whole_name_beats_a_longer_name_that_it_begins(tmp_path):
    write_lesson(tmp_path, SAMPLE, "lesson11_gan_in_two_dimensions.py")
    gan = write_lesson(tmp_path, SAMPLE, "lesson12_gan.py")
    assert choose_lesson(find_lessons(tmp_path), "gan") == gan


def test_the_start_of_several_names_is_an_error_that_lists_them(tmp_path):
    for name in ("lesson12_gan.py", "lesson15_gan_or_vae.py"):
        write_lesson(tmp_path, SAMPLE, name)
    with pytest.raises(ValueError, match=r"start of several lessons: gan, gan_or_vae\. Say which"):
        choose_lesson(find_lessons(tmp_path), "ga")


# Formulas


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"\frac{a}{b}", "a/b"),
        (r"\frac{a + b}{2\pi\sigma^2}", "(a + b)/2πσ²"),
        (r"\frac{p(x)}{p(x) + q(x)}", "p(x)/(p(x) + q(x))"),
        (r"\frac{\partial L}{\partial w_{ij}}", "∂L/∂wᵢⱼ"),
        (r"-\frac12\log\sigma^2", "−1/2 log σ²"),
        (r"\log(x)\log y", "log(x) log y"),
        (r"e^{-x/2}, e^{-x}", "e^(−x/2), e⁻ˣ"),
        (r"e^{\frac{1}{2}\log\sigma^2}", "e^(1/2 log σ²)"),
        (r"x^{(i)} \in \mathbb{R}^{N \times D}", "x⁽ⁱ⁾ ∈ ℝ^(N×D)"),
        (r"p_\theta(x\mid z), q_\phi(z|x)", "p_θ(x ∣ z), q_φ(z|x)"),
        (r"D_{\mathrm{KL}}\left(q\,\|\,p\right)", "D_KL(q ‖ p)"),
        (r"\sum_{i=1}^{N} \tilde{x}_i \odot \hat x", "∑ᵢ₌₁ᴺ x̃ᵢ ⊙ x̂"),
        (r"\|\nabla_x D\|_2^2 \leq \infty", "‖∇ₓ D‖₂² ≤ ∞"),
        (r"\sqrt{\hat v} + \sqrt{1 - \beta}", "√v̂ + √(1 − β)"),
        (r"\underbrace{a + b}_{\text{non-zero sum}}", "a + b {non-zero sum}"),
        (r"\operatorname*{arg\,max}_\theta f'(x)", "arg max_θ f′(x)"),
        ("\\begin{aligned} a &= b \\\\ &= c \\end{aligned}", "a = b\n= c"),
        (r"\left. f \right|_{x=0}", "f |ₓ₌₀"),
        (r"z \sim \mathcal{N}(0, I), \quad \mathcal{L} \to 0", "z ∼ 𝒩(0, I),\xa0\xa0 ℒ → 0"),
    ],
)
def test_a_formula_reads_as(latex, text):
    assert re.sub(" *\xa0+ *", "\xa0\xa0 ", to_unicode(latex)) == text


def test_an_unknown_macro_is_an_error_that_names_it_and_its_formula():
    with pytest.raises(ValueError, match=r"formula '.*': got \\softmax.*add it to a table"):
        to_unicode(r"\softmax(x)")


@pytest.mark.parametrize("broken", [r"\frac{a", "x}", "x_", r"\text{a", r"\sqrt", r"\begin"])
def test_a_formula_with_a_missing_part_is_an_error(broken):
    with pytest.raises(ValueError, match=r"^formula .*(expected|got)"):
        to_unicode(broken)


@given(st.lists(st.sampled_from([*GREEK, *RELATIONS, "x", "{", "}", "_", "^", r"\frac", " "])))
def test_any_formula_becomes_text_without_macros_or_a_value_error(tokens):
    with contextlib.suppress(ValueError):
        assert not re.search(r"\\[A-Za-z]|\0", to_unicode("".join(tokens)))


def test_dollars_in_code_open_no_formula():
    prose = "`$HOME` and $x$ cost \\$5 and \\$6:\n```\n$y$\n```\n$$z$$"
    found = [match["inline"] or match["display"] for match in find_formulas(prose)]
    assert found == ["x", "z"]


def test_markdown_leaves_a_formula_alone(capsys):
    show.make_console().print(show.page(r"Here $a * b * c_{ij} [x](y) < \mu_k$ ends."))
    assert "Here a * b * cᵢⱼ [x](y) < μₖ ends." in capsys.readouterr().out


# Running


def test_all_cells_share_one_real_module(lesson):
    session = Session(lesson)
    session.run(split_cells("# %%\nclass Made:\n    pass\n")[0])
    made = session.module.Made()
    assert isinstance(pickle.loads(pickle.dumps(made)), session.module.Made)


def test_a_future_import_holds_in_later_cells(lesson):
    session = Session(lesson)
    for cell in lesson.cells():
        if cell.kind == "code":
            session.run(cell)
    assert session.module.halve.__annotations__["x"] == "NoSuchName"


def test_our_own_future_imports_do_not_leak_into_a_lesson(lesson):
    session = Session(lesson)
    session.run(split_cells("# %%\ndef f(x: int): pass\n")[0])
    assert session.module.f.__annotations__["x"] is int


@pytest.mark.parametrize(
    ("last", "shown"),
    [
        ("1 + 2", "3"),
        ("'a'", "'a'"),
        ("None", ""),
        ("x = 5", ""),
        ("for i in [1]: i", ""),
        ("# only a comment", ""),
        ("from matplotlib.figure import Figure; Figure()", ""),
    ],
)
def test_the_last_expression_is_shown(lesson, capsys, last, shown):
    Session(lesson).run(split_cells(f"# %%\n{last}\n")[0])
    assert capsys.readouterr().out.strip() == shown


def test_a_whole_run_shows_headings_and_what_the_code_printed(lesson, capsys):
    assert main(["7", "--run"], lesson.path.parent) == 0
    shown = capsys.readouterr().out
    assert re.search(r"# 7\. A sample of xᵢ\s+## The sum\s+3\s+about to halve", shown)
    assert "By hand" not in shown


def test_a_cell_that_takes_its_time_says_so(tmp_path, capsys):
    slow = write_lesson(tmp_path, "# %%\nimport time\ntime.sleep(0.15)\n# %%\n1\n")
    main([slow.short, "--run"], tmp_path)
    assert len(re.findall(r"\[0\.\d s\]", capsys.readouterr().out)) == 1


def test_an_error_shows_the_lessons_own_lines_and_nothing_of_ours(tmp_path, capsys):
    write_lesson(tmp_path, SAMPLE + "\n# %%\n# why\nhalve(3)\n")
    assert main(["7", "--run"], tmp_path) == 1
    problem = capsys.readouterr().err
    line = SAMPLE.count("\n") + 4
    assert f'lesson07_sample.py", line {line}, in <module>\n    halve(3)\n' in problem
    assert "ZeroDivisionError" in problem
    assert "runner.py" not in problem


def test_an_error_keeps_its_cause(tmp_path, capsys):
    tries = "# %%\ntry:\n    1 / 0\nexcept ZeroDivisionError as error:\n    "
    write_lesson(tmp_path, tries + "raise ValueError('x') from error\n")
    assert main(["7", "--run"], tmp_path) == 1
    assert "The above exception was the direct cause" in capsys.readouterr().err


def test_a_syntax_error_names_its_line_in_the_file(tmp_path, capsys):
    write_lesson(tmp_path, "# %%\nx = 1\n\n# %%\nx = = 2\n")
    assert main(["7", "--run"], tmp_path) == 1
    problem = capsys.readouterr().err
    assert 'lesson07_sample.py", line 5\n    x = = 2' in problem
    assert "runner.py" not in problem


def test_a_traceback_shows_the_file_as_it_was_when_the_lesson_began(lesson, capsys):
    session = Session(lesson)
    cell = split_cells("# %%\n1 / 0\n")[0]
    lesson.path.write_text("# %%\n2 / 0\n")
    with pytest.raises(ZeroDivisionError):
        session.run(cell)
    import linecache

    linecache.checkcache()
    assert linecache.getline(str(lesson.path), 2) == SAMPLE.split("\n")[1] + "\n"


# The command line


def test_without_arguments_it_lists_what_there_is(lesson, capsys):
    assert main([], lesson.path.parent) == 0
    assert re.search(
        r"7 +sample +A sample of \$?x_?ᵢ?.* 3\s+We add two numbers", capsys.readouterr().out
    )


def test_an_unknown_lesson_is_refused_with_a_hint_and_the_list(lesson, capsys):
    assert main(["simple"], lesson.path.parent) == 2
    refusal = capsys.readouterr().err
    assert "No lesson is called 'simple'. Did you mean 'sample'?" in refusal
    assert "We add two numbers" in refusal


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--data", "minst", "expected one of digits, glyphs, mnist, fashion, got 'minst'"),
        ("--seed", "-1", "expected a whole number, 0 or more, such as 7, got '-1'"),
        ("--seed", "1.5", "expected a whole number, 0 or more, such as 7, got '1.5'"),
        ("--backend", "cuda", "expected 'auto', 'numpy' or 'cupy', got 'cuda'"),
    ],
)
def test_an_impossible_option_is_refused_before_anything_runs(lesson, capsys, option, value, words):
    assert main(["7", option, value], lesson.path.parent) == 2
    shown = capsys.readouterr()
    assert words in shown.err
    assert shown.out == ""


def test_cupy_without_a_gpu_is_refused_with_the_cause_in_one_message(lesson, capsys, monkeypatch):
    from scratchgen import backend

    no_gpu = backend.GpuStatus(False, "CuPy is not installed.", "Install it.")
    monkeypatch.setattr(backend, "gpu_status", lambda: no_gpu)
    assert main(["7", "--backend", "cupy"], lesson.path.parent) == 2
    assert capsys.readouterr().err == (
        "backend 'cupy' cannot be used: CuPy is not installed.\n  Install it.\n"
    )


def test_options_without_a_lesson_are_refused(lesson, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["--quick"], lesson.path.parent)
    assert "which lesson?" in capsys.readouterr().err


def test_options_reach_the_lesson(tmp_path, capsys):
    write_lesson(tmp_path, "# %%\nfrom lessons.support import options\noptions(seed=3)\n")
    main(["7", "--run", "--quick", "--data", "glyphs", "--backend", "numpy"], tmp_path)
    assert "quick=True, data='glyphs', backend='numpy', seed=3" in capsys.readouterr().out


def test_ctrl_c_leaves_with_130_and_no_traceback(tmp_path, capsys):
    write_lesson(tmp_path, "# %%\nraise KeyboardInterrupt\n")
    assert main(["7", "--run"], tmp_path) == 130
    assert capsys.readouterr().err.strip() == "Stopped."


def test_a_run_waits_for_no_one_when_there_is_no_terminal(lesson):
    run = subprocess.run(start(lesson, "7"), capture_output=True, text=True, timeout=60, cwd=ROOT)
    assert run.returncode == 0
    assert "about to halve" in run.stdout
    assert run.stderr == ""


def test_a_reader_that_has_read_enough_gets_no_traceback(lesson):
    run = subprocess.Popen(
        start(lesson, "7"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
    )
    run.stdout.close()
    assert run.stderr.read() == b""
    run.stderr.close()
    assert run.wait(timeout=60) == 1


def test_a_console_without_greek_gets_the_rest(lesson):
    os.environ["PYTHONIOENCODING"] = "ascii"
    shown = subprocess.check_output(start(lesson, "7"), timeout=60, cwd=ROOT, env={**os.environ})
    assert b"A sample of x?" in shown


@pytest.mark.parametrize(
    "module", ["__main__", "cells", "formulas", "runner", "show", "stepper", "support"]
)
def test_the_examples_in_the_docstrings_are_true(module):
    found = doctest.testmod(
        importlib.import_module(f"lessons.{module}"), optionflags=doctest.NORMALIZE_WHITESPACE
    )
    assert found.failed == 0


# Stepping


def test_enter_runs_step_after_step_to_the_end(lesson, monkeypatch, capsys):
    stepper = step_through(lesson, monkeypatch, "", "", "", "")
    assert stepper.ran == {0, 1, 2}
    shown = capsys.readouterr().out
    assert re.search(r"∑ᵢ₌₁² xᵢ = 3\s+\d+ a \+ b\s.*quit\n3\n", shown, re.DOTALL)
    assert "That was lesson07_sample." in shown


def test_skipping_runs_nothing(lesson, monkeypatch):
    stepper = step_through(lesson, monkeypatch, "s", "skip")
    assert (stepper.here, stepper.ran) == (2, set())


def test_going_back_keeps_what_ran(lesson, monkeypatch):
    stepper = step_through(lesson, monkeypatch, "", "b", "b")
    assert (stepper.here, stepper.ran) == (0, {0})


def test_jumping_ahead_runs_what_has_not_run_yet_once(lesson, monkeypatch, capsys):
    stepper = step_through(lesson, monkeypatch, "j 4", "j 1", "j 3")
    assert (stepper.here, stepper.ran) == (2, {0, 1, 2})
    assert capsys.readouterr().out.count("about to halve\n") == 1


@pytest.mark.parametrize("answer", ["j 9", "j 0", "j x", "j", "what"])
def test_an_answer_that_means_nothing_is_explained(lesson, monkeypatch, capsys, answer):
    assert step_through(lesson, monkeypatch, answer).here == 0
    assert "j takes a step, 1 to 4" in capsys.readouterr().out


def test_a_failed_step_keeps_the_reader_there_with_what_ran(tmp_path, monkeypatch, capsys):
    failing = write_lesson(tmp_path, "# %%\na = 1\n# %%\na / 0\n# %%\na\n")
    stepper = step_through(failing, monkeypatch, "j 3", "")
    assert (stepper.here, stepper.ran, stepper.session.module.a) == (1, {0}, 1)
    assert capsys.readouterr().out.count("line 4, in <module>") == 2


def test_ctrl_c_in_a_cell_stops_the_cell_and_not_the_lesson(tmp_path, monkeypatch, capsys):
    stopped = write_lesson(tmp_path, "# %%\nraise KeyboardInterrupt\n")
    assert step_through(stopped, monkeypatch, "").here == 0
    assert "Stopped in step 1." in capsys.readouterr().out


def test_the_prompt_shares_the_lessons_names_and_comes_back(lesson, monkeypatch, capsys):
    stepper = step_through(lesson, monkeypatch, "", "p", "a = 40", "exit()", "")
    assert stepper.here == 2
    assert "\n42\n" in capsys.readouterr().out


# In a real terminal


def start(lesson: Lesson, *arguments: str) -> list[str]:
    code = "import sys, pathlib; from lessons.__main__ import main; folder, *rest = sys.argv[1:]; "
    code += "sys.exit(main(rest, pathlib.Path(folder)))"
    return [sys.executable, "-W", "error", "-c", code, str(lesson.path.parent), *arguments]


def without_styles(shown: str) -> str:
    return re.sub(r"\x1b\[[\d;]*m", "", shown)


class Terminal:
    """A lesson in a pseudo-terminal of 80 columns."""

    def __init__(self, lesson: Lesson, *arguments: str) -> None:
        import pty

        self.master, slave = pty.openpty()
        size = {"TERM": "xterm", "COLUMNS": "80", "LINES": "24", "NO_COLOR": "1"}
        self.process = subprocess.Popen(
            start(lesson, *arguments), stdin=slave, stdout=slave, stderr=slave, cwd=ROOT,
            env={**os.environ, **size}, start_new_session=True,
        )  # fmt: skip
        os.close(slave)
        self.seen = ""

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def read_until(self, text: str, seconds: float = 30) -> str:
        """What appeared up to and with `text` since the last look."""
        deadline = time.monotonic() + seconds
        while text not in self.seen:
            ready, _, _ = select.select(
                [self.master], [], [], max(0, deadline - time.monotonic())
            )
            assert ready, f"waited for {text!r}, saw {self.seen!r}"
            self.seen += os.read(self.master, 4096).decode(errors="replace")
        shown, _, self.seen = self.seen.partition(text)
        return shown + text

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.master)


@pytest.fixture
def terminal(request):
    if sys.platform == "win32":
        pytest.skip("Windows has no pseudo-terminals in Python's standard library")

    def open_terminal(lesson, *arguments):
        made = Terminal(lesson, *arguments)
        request.addfinalizer(made.close)
        return made

    return open_terminal


def test_a_terminal_waits_at_every_step_and_quits_when_told(lesson, terminal):
    screen = terminal(lesson, "7")
    assert "14 a, b = 1, 2" in without_styles(screen.read_until("\n> "))
    screen.type("\n")
    assert "∑ᵢ₌₁² xᵢ = 3" in without_styles(screen.read_until("\n> "))
    screen.type("q\n")
    assert screen.process.wait(timeout=10) == 0


def test_a_terminal_without_color_gets_no_color(lesson, terminal):
    shown = terminal(lesson, "7").read_until("\n> ")
    numbers = re.findall(r"\d+", " ".join(re.findall(r"\x1b\[([\d;]*)m", shown)))
    assert max(map(int, numbers)) < 10  # bold, dim and such; colors begin at 30


def test_ctrl_c_between_cells_ends_the_lesson(lesson, terminal):
    screen = terminal(lesson, "7")
    screen.read_until("\n> ")
    # A signal that falls between the prompt and the read behind it waits for the next key (that is
    # CPython's input()), so press again, as a person would.
    for _ in range(20):
        screen.process.send_signal(signal.SIGINT)
        with contextlib.suppress(AssertionError):
            screen.read_until("Stopped.", seconds=1)
            break
    assert screen.process.wait(timeout=10) == 130


def test_the_progress_bar_brings_the_cursor_back_when_its_loop_fails(tmp_path, terminal):
    loop = "for i in progress(range(9), describe=str):\n    1 / (i - 3)\n"
    write_lesson(tmp_path, f"# %%\nfrom lessons.support import progress\n{loop}")
    screen = terminal(Lesson(tmp_path / "lesson07_sample.py"), "7", "--run")
    shown = screen.read_until("ZeroDivisionError")
    assert "4/9" in shown
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")  # the cursor, shown after hidden


# What a lesson imports


def test_options_prefer_what_the_reader_asked_for():
    os.environ |= {"SCRATCHGEN_LESSON_QUICK": "1", "SCRATCHGEN_LESSON_DATA": "mnist"}
    asked = support.options(data="digits", seed=5)
    assert (asked.quick, asked.data, asked.seed) == (True, "mnist", 5)


def test_a_variable_that_means_neither_yes_nor_no_is_an_error():
    os.environ["SCRATCHGEN_LESSON_QUICK"] = "maybe"
    with pytest.raises(ValueError, match="expected 1 or 0, got 'maybe'"):
        support.options()


def test_progress_yields_every_item_and_prints_a_handful(capsys):
    assert list(support.progress(range(1000), describe=str)) == list(range(1000))
    assert capsys.readouterr().out.split() == (
        ["1/1000", "0", "250/1000", "249", "500/1000", "499", "750/1000", "749", "1000/1000", "999"]
    )


def test_progress_describes_only_the_items_it_shows():
    described = []
    list(support.progress(range(1000), describe=lambda item: described.append(item) or ""))
    assert len(described) == 5


def test_progress_without_a_total_shows_ever_fewer_and_the_last(capsys):
    list(support.progress(iter(x for x in range(250))))
    assert capsys.readouterr().out.split() == ["1", "10", "100", "250"]


def test_progress_in_a_quick_run_prints_the_last_item_alone(capsys):
    os.environ["SCRATCHGEN_LESSON_QUICK"] = "1"
    list(support.progress([1, 2, 3], describe=str))
    assert capsys.readouterr().out.split() == ["3/3", "3"]


def test_progress_over_nothing_prints_nothing(capsys):
    assert list(support.progress([])) == []
    assert capsys.readouterr().out == ""


def test_progress_closes_the_training_loop_that_its_reader_leaves():
    closed = []

    def train():
        try:
            yield from range(10)
        finally:
            closed.append(True)

    for _ in support.progress(train(), total=10):
        break
    assert closed == [True]


def test_a_kept_figure_is_named_after_lesson_and_picture(tmp_path, capsys):
    os.environ |= {"SCRATCHGEN_FIGURES": str(tmp_path), "SCRATCHGEN_LESSON": "lesson07_sample"}
    support.options()
    path = support.keep(figure(), "curve")
    assert path == tmp_path / "lesson07_sample_curve.png"
    assert capsys.readouterr().out == f"figure: {path}\n"


def test_a_kept_figure_on_other_data_says_so(tmp_path):
    os.environ |= {"SCRATCHGEN_FIGURES": str(tmp_path), "SCRATCHGEN_LESSON_DATA": "glyphs"}
    support.options(data="digits")
    assert support.keep(figure(), "curve").name.endswith("_curve_glyphs.png")


def test_a_quick_run_replaces_no_real_figure():
    os.environ["SCRATCHGEN_LESSON_QUICK"] = "1"
    assert ROOT not in support.keep(figure(), "curve").parents


def figure():
    from matplotlib.figure import Figure

    return Figure(figsize=(1, 1))


@pytest.mark.parametrize(("told", "taken"), [("", "1"), ("4", "4")])
def test_a_lesson_takes_one_blas_thread_unless_told_otherwise(
    told, taken, tmp_path, monkeypatch, capsys
):
    write_lesson(tmp_path, "# %%\nimport os\nprint('threads', os.getenv('OPENBLAS_NUM_THREADS'))\n")
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", told)
    if not told:
        monkeypatch.delenv("OPENBLAS_NUM_THREADS")
    main(["7", "--run"], tmp_path)
    assert f"threads {taken}" in capsys.readouterr().out
