"""The lesson runner, on small lessons made here: cells, formulas, running, stepping, support."""

import contextlib
import doctest
import importlib
import io
import json
import os
import pickle
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from lessons import support
from lessons.__main__ import main
from lessons.runner import bookmark, claims, figures, pager, show
from lessons.runner.cells import Lesson, find_lessons, group_steps, split_cells
from lessons.runner.choose import choose_lesson
from lessons.runner.coursemap import course_map
from lessons.runner.curriculum import Course
from lessons.runner.formulas import GREEK, RELATIONS, find_formulas, to_unicode
from lessons.runner.opened import open_lesson
from lessons.runner.session import Session
from lessons.runner.stepper import Stepper

ROOT = Path(__file__).parent.parent
RUNNER = ROOT / "lessons" / "runner"

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
def world(monkeypatch, tmp_path_factory):
    """Leave no variable and no lesson's module behind, and begin without any, as a new reader."""
    before = {name: value for name, value in os.environ.items() if "SCRATCHGEN_" not in name}
    monkeypatch.setattr(os, "environ", os.environ.copy())
    for name in set(os.environ) - set(before):
        del os.environ[name]
    os.environ["SCRATCHGEN_HOME"] = str(tmp_path_factory.mktemp("home"))
    bookmark._say.cache_clear()
    figures.say_once.cache_clear()
    vars(claims.RUN).update(vars(claims.Run()))
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
    stepper = Stepper(open_lesson(lesson), show.make_console(), Course([lesson], []))
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
    assert choose_lesson(Course([lesson], []), wanted) == lesson


def test_a_whole_name_beats_a_longer_name_that_it_begins(tmp_path):
    write_lesson(tmp_path, SAMPLE, "lesson11_gan_in_two_dimensions.py")
    gan = write_lesson(tmp_path, SAMPLE, "lesson12_gan.py")
    assert choose_lesson(Course(find_lessons(tmp_path), []), "gan") == gan


def test_several_matches_print_their_list_and_the_message_comes_last(tmp_path):
    for name in ("lesson12_gan.py", "lesson15_gan_or_vae.py"):
        write_lesson(tmp_path, SAMPLE, name)
    with pytest.raises(ValueError, match="(?s)12  gan: .*15  gan_or_vae: .*these. Say which.$"):
        choose_lesson(Course(find_lessons(tmp_path), []), "ga")


WHOLE = Course(find_lessons(ROOT / "lessons"))


@pytest.mark.parametrize(
    ("wanted", "number"),
    [("vae", 7), ("gan", 12), ("12", 12), ("lesson07", 7), ("VAE", 7), ("proving", 3), ("tens", 2)],
)
def test_a_whole_name_wins_then_any_word_of_a_title(wanted, number):
    assert choose_lesson(WHOLE, wanted).number == number


def test_a_word_of_several_titles_lists_them_written_or_not():
    with pytest.raises(ValueError, match="(?s)8  measuring_a_vae: .*14  measuring_a_gan: "):
        choose_lesson(WHOLE, "measuring")


def test_an_unwritten_lesson_says_so_and_names_the_nearest_that_is_written():
    written = Course([lesson for lesson in WHOLE.lessons if lesson.number in (1, 7)])
    words = "Lesson 6, The autoencoder, is not written yet. The nearest that is: python -m lessons"
    with pytest.raises(ValueError, match=f"{words} 7"):
        choose_lesson(written, "6")


@pytest.mark.parametrize(("wanted", "near"), [("derivitives", "derivatives"), ("vea", "vae")])
def test_a_misspelt_word_names_the_nearest(wanted, near):
    with pytest.raises(ValueError, match=f"No lesson is called {wanted!r}. Did you mean {near!r}"):
        choose_lesson(WHOLE, wanted)


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


def test_data_that_cannot_be_had_are_a_message_without_a_traceback(tmp_path, monkeypatch, capsys):
    from scratchgen import data

    words = "def load(name):\n    raise FileNotFoundError(f'{name}: nowhere. Download it.')"
    names = {}  # a function of the data's own folder, as the traceback sees it
    exec(compile(words, ROOT / "scratchgen" / "data" / "idx.py", "exec"), names)
    monkeypatch.setattr(data, "load", names["load"])
    write_lesson(tmp_path, "# %%\nfrom scratchgen import data\n\n# %%\ndata.load('mnist')\n")
    assert main(["7", "--run"], tmp_path) == 1
    told = "lesson07_sample.py, line 5: the data cannot be had.\nmnist: nowhere. Download it.\n"
    assert capsys.readouterr().err == told


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
    shown = capsys.readouterr().out
    assert re.search(r"read +run +cells run +exercises\n +7 A sample of xᵢ", shown)
    assert "To open one:       python -m lessons 1" in shown


@pytest.mark.parametrize("arguments", [["--help"], ["check", "--help"]])
def test_the_help_fits_80_columns(arguments, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit, match="0"):
        main(arguments)
    assert max(map(len, capsys.readouterr().out.split("\n"))) <= 80


def test_an_unknown_lesson_is_refused_in_one_message_that_names_the_nearest(lesson, capsys):
    assert main(["simple"], lesson.path.parent) == 2
    words = "No lesson is called 'simple'. Did you mean 'sample'? That is lesson 7, A sample of xᵢ."
    assert capsys.readouterr().err == f"{words}\n"


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--data", "minst", "expected one of mnist5k, digits, glyphs, mnist, fashion, got 'minst'"),
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


def test_check_hands_lesson_exercise_and_options_on(lesson, monkeypatch):
    from lessons.runner import check

    asked = []
    monkeypatch.setattr(check, "main", lambda *args, **options: asked.append((args, options)) or 1)
    arguments = ["check", "sample", "adam", "--hint", "--file", "mine.py"]
    assert main(arguments, lesson.path.parent) == 1
    assert asked == [((lesson,), {"path": "mine.py", "hint": True, "only": "adam"})]


def test_check_of_an_unknown_lesson_is_refused_with_a_hint_and_the_list(lesson, capsys):
    assert main(["check", "simple"], lesson.path.parent) == 2
    assert "Did you mean 'sample'?" in capsys.readouterr().err


def test_check_without_a_lesson_says_what_it_expects(lesson, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["check"], lesson.path.parent)
    assert "python -m lessons check" in capsys.readouterr().err


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


RUNNERS = [f"runner.{path.stem}" for path in RUNNER.glob("[a-z]*.py")]
MACHINERY = ["__main__", "support", "tables", *RUNNERS]


@pytest.mark.parametrize("module", MACHINERY)
def test_the_examples_in_the_docstrings_are_true(module):
    found = doctest.testmod(
        importlib.import_module(f"lessons.{module}"), optionflags=doctest.NORMALIZE_WHITESPACE
    )
    assert found.failed == 0


# Stepping


def test_enter_runs_step_after_step_to_the_end(lesson, monkeypatch, capsys):
    stepper = step_through(lesson, monkeypatch, "", "", "", "")
    assert stepper.bench.ran == {0, 1, 2}
    shown = capsys.readouterr().out
    assert re.search(r"∑ᵢ₌₁² xᵢ = 3\s+\d+ a \+ b\s.*quit\n3\n", shown, re.DOTALL)
    assert "That was lesson 7, A sample of xᵢ." in shown


def test_skipping_runs_nothing(lesson, monkeypatch):
    stepper = step_through(lesson, monkeypatch, "s", "skip")
    assert (stepper.here, stepper.bench.ran) == (2, set())


def test_going_back_keeps_what_ran(lesson, monkeypatch):
    stepper = step_through(lesson, monkeypatch, "", "b", "b")
    assert (stepper.here, stepper.bench.ran) == (0, {0})


def test_jumping_ahead_runs_quietly_and_once_what_has_not_run_yet(lesson, monkeypatch, capsys):
    stepper = step_through(lesson, monkeypatch, "j 4", "j 1", "j 3", "r")
    assert (stepper.here, stepper.bench.ran) == (2, {0, 1, 2})
    assert capsys.readouterr().out.count("about to halve\n") == 1  # where it is shown again


@pytest.mark.parametrize("answer", ["j 9", "j 0", "j x", "j", "what"])
def test_an_answer_that_means_nothing_is_explained(lesson, monkeypatch, capsys, answer):
    assert step_through(lesson, monkeypatch, answer).here == 0
    assert "j takes a step, 1 to 4" in capsys.readouterr().out


def test_a_failed_step_keeps_the_reader_there_with_what_ran(tmp_path, monkeypatch, capsys):
    failing = write_lesson(tmp_path, "# %%\na = 1\n# %%\na / 0\n# %%\na\n")
    stepper = step_through(failing, monkeypatch, "j 3", "")
    assert (stepper.here, stepper.bench.ran, stepper.bench.session.module.a) == (1, {0}, 1)
    shown = capsys.readouterr().out
    assert "Step 2 failed on the way: ZeroDivisionError: division by zero" in shown
    assert shown.count("line 4, in <module>") == 1


def test_ctrl_c_in_a_cell_stops_the_cell_and_not_the_lesson(tmp_path, monkeypatch, capsys):
    stopped = write_lesson(tmp_path, "# %%\nraise KeyboardInterrupt\n")
    assert step_through(stopped, monkeypatch, "").here == 0
    assert "Stopped in step 1." in capsys.readouterr().out


def test_the_prompt_shares_the_lessons_names_and_comes_back(lesson, monkeypatch, capsys):
    stepper = step_through(lesson, monkeypatch, "", "p", "a = 40", "exit()", "")
    assert stepper.here == 2
    assert "\n42\n" in capsys.readouterr().out


def start(lesson: Lesson, *arguments: str) -> list[str]:
    code = "import sys, pathlib; from lessons.__main__ import main; folder, *rest = sys.argv[1:]; "
    code += "sys.exit(main(rest, pathlib.Path(folder)))"
    return [sys.executable, "-W", "error", "-c", code, str(lesson.path.parent), *arguments]


def test_a_resumed_lesson_runs_again_quietly_what_came_before(lesson, monkeypatch, capsys):
    step_through(lesson, monkeypatch, "", "", "", "q")
    capsys.readouterr()
    stepper = step_through(lesson, monkeypatch, "")
    assert (stepper.here, stepper.bench.ran) == (3, {0, 1, 2})
    shown = capsys.readouterr().out
    assert "You left this lesson at step 4 of 4." in shown
    assert "about to halve" not in shown


def test_what_was_skipped_stays_skipped_on_the_way_back(tmp_path, monkeypatch, capsys):
    failing = write_lesson(tmp_path, "# %%\na = 1\n# %%\na / 0\n# %%\na\n# %%\na\n")
    step_through(failing, monkeypatch, "", "s", "", "a")
    stepper = step_through(failing, monkeypatch, "")
    assert (stepper.here, stepper.bench.ran) == (3, {0, 2})
    assert "failed" not in capsys.readouterr().out


def test_a_step_that_fails_on_the_way_back_is_named_and_not_in_the_way(
    tmp_path, monkeypatch, capsys
):
    passing = write_lesson(tmp_path, "# %%\na = 1\n# %%\na / 1\n# %%\na\n# %%\na\n")
    step_through(passing, monkeypatch, "", "", "")
    failing = write_lesson(tmp_path, passing.text().replace("a / 1", "a / 0"))
    assert step_through(failing, monkeypatch, "").here == 3
    assert "Step 2 failed on the way: ZeroDivisionError" in capsys.readouterr().out


def test_starting_anew_keeps_the_old_place_until_a_step_is_left(lesson, monkeypatch):
    step_through(lesson, monkeypatch, "", "s")
    assert step_through(lesson, monkeypatch, "a").here == 0
    assert bookmark.load().place(lesson.name).step == 3
    step_through(lesson, monkeypatch, "a", "")
    assert bookmark.load().place(lesson.name).step == 2


def test_leaving_at_the_question_keeps_the_place_and_runs_nothing(lesson, monkeypatch):
    step_through(lesson, monkeypatch, "", "s")
    assert step_through(lesson, monkeypatch, "what?", "q").bench.ran == set()
    assert bookmark.load().place(lesson.name).step == 3


def test_a_lesson_that_is_done_begins_at_its_start(lesson, monkeypatch, capsys):
    step_through(lesson, monkeypatch, "", "", "", "")
    place = bookmark.load().place(lesson.name)
    assert (place.step, place.of, place.done) == (1, 4, True)
    step_through(lesson, monkeypatch, "")
    assert "You left" not in capsys.readouterr().out


def test_a_lesson_that_has_become_shorter_begins_at_its_start(tmp_path, monkeypatch, capsys):
    bookmark.remember_step("lesson07_sample", 30, of=40)
    assert step_through(write_lesson(tmp_path, SAMPLE), monkeypatch).here == 0


def test_at_the_end_the_exercises_are_named(lesson, monkeypatch, capsys):
    write_checks(lesson)
    step_through(lesson, monkeypatch, "", "", "", "")
    assert capsys.readouterr().out.endswith(
        "Its exercises: softplus, adam.\nTo test your answers: python -m lessons check 7\n"
    )


def test_the_prompt_knows_the_lessons_future_imports(lesson, monkeypatch):
    stepper = step_through(lesson, monkeypatch, "", "p", "def f(x: NoSuchName): pass", "", "exit")
    assert stepper.bench.session.module.f.__annotations__["x"] == "NoSuchName"


# Pages


def pages(content: str, height: int, above: int = 0) -> list[list[str]]:
    """The lines that a terminal shows before each key."""
    shown, seen = io.StringIO(), []

    def wait(console):
        seen.append(shown.getvalue().split("\n")[:-1])
        shown.seek(0)
        shown.truncate()
        return " "

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pager, "can_wait", lambda console: True)
        patch.setattr(pager, "wait", wait)
        pager.show_pages(Console(file=shown, width=80, height=height), content, above)
        wait(None)
    return seen


@given(st.integers(1, 60), st.integers(12, 30), st.integers(0, 40))
def test_pages_hold_every_line_once_and_fit(lines, height, above):
    seen = pages("\n".join(map(str, range(lines))), height, above)
    assert [line for page in seen for line in page] == [str(i) for i in range(lines)]
    assert all(len(page) <= height - pager.PROMPT_LINES for page in seen)
    assert not seen[0] or len(seen[0]) + above + pager.PROMPT_LINES <= height
    assert seen[0] or above, "only what stands above is a reason to wait at once"


def test_a_page_ends_at_a_blank_line_if_one_is_in_its_lower_half():
    assert [len(page) for page in pages("a\n\nb\nc\nd\ne\n\nf\ng\nh\ni\nj", height=12)] == [7, 5]


def test_nobody_is_kept_waiting_without_a_terminal(capsys):
    pager.show_pages(Console(width=80, height=10), "\n".join("abcdefghijklmnopqrstuvwxyz"))
    assert capsys.readouterr().out.split()[-1] == "z"


# The bookmark


def test_a_bookmark_is_written_and_read_back():
    bookmark.remember_step("lesson01_a", 3, of=20)
    bookmark.remember_exercises("lesson01_a", ["relu"])
    bookmark.remember_step("lesson02_b", 21, of=20)
    assert bookmark.load().lessons == {
        "lesson01_a": bookmark.Place(step=3, of=20, exercises=["relu"]),
        "lesson02_b": bookmark.Place(step=1, of=20, done=True),
    }


def test_a_lesson_once_done_stays_done():
    for step in (21, 5):
        bookmark.remember_step("lesson01_a", step, of=20)
    assert bookmark.load().place("lesson01_a") == bookmark.Place(step=5, of=20, done=True)


def test_steps_that_ran_are_kept_with_the_seconds_they_took():
    bookmark.remember_run("lesson01_a", "The sum", 1.2345)
    bookmark.remember_step("lesson01_a", 2, of=9, at="The end")
    place = bookmark.load().place("lesson01_a")
    assert (place.ran, place.at, place.step) == ({"The sum": 1.23}, "The end", 2)


def test_a_bookmark_of_before_is_read_and_says_where_the_reader_was(lesson, monkeypatch, capsys):
    old = {"step": 3, "of": 4, "done": False, "exercises": ["adam"]}
    bookmark.file().write_text(json.dumps({"lessons": {lesson.name: old}}))
    assert bookmark.load().place(lesson.name).exercises == ["adam"]
    assert step_through(lesson, monkeypatch, "s").here == 2
    assert "You left this lesson at step 3 of 4." in capsys.readouterr().out


def test_what_was_done_in_a_lesson_of_another_name_counts(monkeypatch):
    monkeypatch.setitem(bookmark.FORMERLY, "lesson05_new", ("lesson04_old", "lesson03_older"))
    bookmark.remember_exercises("lesson04_old", ["adam"])
    bookmark.remember_exercises("lesson03_older", ["he"])
    bookmark.remember_run("lesson04_old", "The sum", 2.0)
    assert bookmark.load().place("lesson05_new").exercises == ["adam", "he"]
    bookmark.remember_exercises("lesson05_new", ["he"])
    kept = bookmark.load().place("lesson05_new")
    assert (kept.exercises, kept.ran) == (["he"], {"The sum": 2.0})
    assert bookmark.load().place("lesson04_old").exercises == ["adam"]


def test_a_lesson_of_another_name_says_so_when_it_is_opened(lesson, monkeypatch, capsys):
    monkeypatch.setitem(bookmark.FORMERLY, lesson.name, ("lesson05_old",))
    bookmark.remember_exercises("lesson05_old", ["adam"])
    step_through(lesson, monkeypatch)
    assert "This lesson had another name before" in capsys.readouterr().out


def test_a_turned_lesson_moves_no_bookmark(lesson, monkeypatch):
    monkeypatch.setattr("builtins.input", lambda prompt="": "")
    opened = open_lesson(lesson, {"seed": "1"})
    Stepper(opened, show.make_console(), Course([lesson], [])).walk()
    assert bookmark.load().lessons == {}


DAMAGED = [
    '{"lessons": {"a": {"ran": [1]}}}', '{"lessons": {"a": {"ran": {"b": "c"}}}}',
    '{"lessons": {"a": {"at": 1}}}',
    "", "{", "[]", "null", "{}", '{"lessons": [1]}', '{"lessons": {"a": 1}}', "[" * 100_000,
    '{"lessons": {"a": {"step": 0}}}', '{"lessons": {"a": {"step": "1"}}}', "\udc80",
    '{"lessons": {"a": {"steps": 1}}}', '{"lessons": {"a": {"exercises": [1]}}}',
]  # fmt: skip


@pytest.mark.parametrize("text", DAMAGED, ids=range(len(DAMAGED)))
def test_a_damaged_bookmark_is_set_aside_with_a_word_and_never_lost(text, capsys):
    file = bookmark.file()
    for _ in range(2):
        file.write_bytes(text.encode(errors="surrogateescape"))
        assert bookmark.load() == bookmark.Bookmark()
        bookmark.remember_step("lesson01_a", 2, of=3)
    assert "Your progress was damaged" in capsys.readouterr().err
    aside = [file.with_name(f"progress-damaged-{n}.json") for n in (1, 2)]
    assert {path.read_bytes() for path in aside} == {text.encode(errors="surrogateescape")}
    assert bookmark.load().place("lesson01_a").step == 2


def test_a_bookmark_that_cannot_be_kept_gets_one_word_and_stops_nothing(tmp_path, capsys):
    (tmp_path / "file").write_text("mine")
    os.environ["SCRATCHGEN_HOME"] = str(tmp_path / "file")
    for step in (2, 3):
        bookmark.remember_step("lesson01_a", step, of=9)
    assert capsys.readouterr().err.count("Your progress cannot be kept") == 1
    assert (tmp_path / "file").read_text() == "mine"


def test_nothing_temporary_stays_beside_a_bookmark(monkeypatch):
    bookmark.remember_step("lesson01_a", 2, of=9)
    monkeypatch.setattr(os, "replace", lambda *paths: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        bookmark.remember_step("lesson01_a", 3, of=9)
    assert [path.name for path in bookmark.file().parent.iterdir()] == ["progress.json"]


def test_the_table_of_contents_says_how_far_the_reader_is(lesson, capsys):
    write_checks(lesson)
    bookmark.remember_step(lesson.name, 3, of=4)
    bookmark.remember_exercises(lesson.name, ["adam", "one that is no more"])
    main([], lesson.path.parent)
    assert re.search(r"A sample of xᵢ +3 min +at 3 of 4 +1 of 2\n", capsys.readouterr().out)


def test_the_table_of_contents_says_nothing_of_what_is_not_begun(lesson, capsys):
    write_checks(lesson)
    main([], lesson.path.parent)
    shown = capsys.readouterr().out
    assert re.search(r"A sample of xᵢ +3 min +\n", shown)


@pytest.mark.parametrize("width", [60, 80, 160])
def test_the_table_of_contents_fits_the_terminal(width):
    table = course_map(Course(find_lessons(ROOT / "lessons")), bookmark.Bookmark())
    Console(width=width, file=(shown := io.StringIO())).print(table)
    assert max(map(cell_len, shown.getvalue().split("\n"))) <= width


def write_checks(lesson: Lesson) -> None:
    folder = lesson.path.parent / "checks"
    folder.mkdir()
    checks = 'EXERCISES = [Exercise("softplus", [], "a", "b"), Exercise("adam", [], "a", "b")]'
    (folder / lesson.path.name).write_text(checks)


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


def open_figures(monkeypatch, tmp_path, **world) -> list[list[str]]:
    """The commands that open two kept figures, where --show was asked for."""
    os.environ |= {"SCRATCHGEN_FIGURES": str(tmp_path), "SCRATCHGEN_LESSON_SHOW": "1"}
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        os.environ.pop(name, None)
    os.environ |= world
    commands = []
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(figures.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(figures.subprocess, "Popen", lambda line, **_: commands.append(line))
    for name in ("curve", "field"):
        support.keep(figure(), name)
    return commands


def test_show_opens_each_figure_in_the_systems_viewer(monkeypatch, tmp_path, capsys):
    commands = open_figures(monkeypatch, tmp_path, DISPLAY=":0")
    assert [(line[0], Path(line[1]).is_file()) for line in commands] == [
        ("/usr/bin/xdg-open", True)
    ] * 2


def test_show_without_a_display_says_so_once(monkeypatch, tmp_path, capsys):
    assert open_figures(monkeypatch, tmp_path) == []
    shown = capsys.readouterr().out
    assert shown.count("no display") == 1
    assert shown.count("figure: ") == 2


def test_no_figure_is_opened_unasked(monkeypatch, tmp_path):
    assert open_figures(monkeypatch, tmp_path, DISPLAY=":0", SCRATCHGEN_LESSON_SHOW="0") == []


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


def test_a_page_of_output_keeps_each_line_whole_and_in_order(capsys):
    stream = pager.Paged(sys.stdout, Console(width=20, height=24))
    print("a", [1, 2], sep=" ", end="", file=stream)
    assert capsys.readouterr().out == ""
    stream.flush()
    assert capsys.readouterr().out == "a [1, 2]"
    print(" and more", "b\nc", file=stream)
    assert capsys.readouterr().out == " and more b\nc\n"
    assert (stream.text, stream.rows) == ("a [1, 2] and more b\nc\n", 2)


def test_a_line_of_several_parts_breaks_between_its_words(capsys):
    stream = pager.Paged(sys.stdout, Console(width=20, height=24))
    stream.pages = True
    print("how sure it was:", [0.25, 0.5, 0.75], file=stream)
    assert capsys.readouterr().out == "how sure it was:\n[0.25, 0.5, 0.75]\n"


def test_a_bar_is_passed_on_as_it_is_and_not_kept(capsys):
    stream = pager.Paged(sys.stdout, Console(width=20, height=24))
    print("before", end="", file=stream)
    for _ in range(50):
        stream.write("\r\x1b[2K##")
    assert capsys.readouterr().out == "before" + "\r\x1b[2K##" * 50
    assert (stream.text, stream.rows) == ("before", 2)
