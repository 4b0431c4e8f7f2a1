"""Every lesson there is: it runs, leaves its figures, keeps its shape, and its formulas convert."""

import ast
import datetime
import functools
import io
import os
import statistics
import subprocess
import sys
import tempfile
import time
import tokenize
from dataclasses import dataclass
from pathlib import Path

import pytest

from lessons.runner.cells import Cell, Lesson, find_lessons, group_steps
from lessons.runner.footer import footer_of
from lessons.runner.formulas import FORMULA, find_formulas, to_unicode
from tests.claims import Account, Claim, claims_of

ROOT = Path(__file__).parent.parent
LESSONS = find_lessons(ROOT / "lessons")

SECONDS_QUICK = 120  # meant to be 5; the rest is for a busy machine
SECONDS_WHOLE = 240  # meant to be 90
SECONDS_QUICK_MEANT = 6  # of a processor's time, in the mean: 5 alone, more beside other work
SECONDS_MEANT = 90

# What a lesson may import: the standard library, what the project depends on, itself.
PACKAGES = {"numpy", "matplotlib", "scratchgen"}
MORE_PACKAGES = {
    "lesson03_proving_gradients": {"hypothesis"},
    "lesson17_onward": {"torch"},
}

each_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=[lesson.name for lesson in LESSONS])


@dataclass(frozen=True)
class Run:
    """What came of running a lesson in a process of its own, with warnings as errors."""

    status: int
    output: str
    errors: str
    figures: tuple[str, ...]
    seconds: float
    seconds_of_cpu: float  # what the lesson itself takes, on a machine that is busy with others


def run(lesson: Lesson, seconds: float, *more: str) -> Run:
    command = [sys.executable, "-W", "error", "-m", "lessons", lesson.name, "--run", *more]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SCRATCHGEN_LESSON")}
    with tempfile.TemporaryDirectory() as room:
        environment |= {"SCRATCHGEN_FIGURES": room, "SCRATCHGEN_HOME": f"{room}/home"}
        started, before = time.perf_counter(), os.times()
        done = subprocess.run(
            command, cwd=ROOT, env=environment, timeout=seconds, capture_output=True, text=True
        )
        took, after = time.perf_counter() - started, os.times()
        figures = tuple(path.name for path in Path(room).glob("*.png"))
    cpu = sum(after[2:4]) - sum(before[2:4])  # the children's user and system time; Windows: 0
    return Run(done.returncode, done.stdout, done.stderr, figures, took, cpu)


@functools.cache
def quick_run(lesson: Lesson) -> Run:
    return run(lesson, SECONDS_QUICK, "--quick")


@functools.cache
def whole_run(lesson: Lesson) -> Run:
    return run(lesson, SECONDS_WHOLE)


def unaccounted(faults: list[Claim]) -> str:
    """What to say of claims that nothing accounts for."""
    lines = [f'line {claim.line}, "{claim.text}" in: {claim.sentence}' for claim in faults]
    cure = "print each in a line, or assert it in a cell, that shares a word with its sentence"
    return "\n".join([f"claimed, not produced; {cure}:", *lines])


def code_lines(cell: Cell) -> int:
    """Lines with code in them: no blank ones, no comments alone."""
    lines = (line.strip() for line in cell.source.split("\n"))
    return sum(bool(line) and not line.startswith("#") for line in lines)


def code_cells(lesson: Lesson) -> list[Cell]:
    return [cell for cell in lesson.cells() if cell.kind == "code"]


def percentile_90(sizes: list[int]) -> int:
    return sorted(sizes)[int(0.9 * (len(sizes) - 1))]


def imported_modules(lesson: Lesson) -> set[str]:
    modules: set[str] = set()
    for node in ast.walk(ast.parse(lesson.text())):
        if isinstance(node, ast.Import):
            modules |= {name.name for name in node.names}
        if isinstance(node, ast.ImportFrom):
            modules.add(node.module or ".")
    return modules


# Each lesson's own tests run it in quick mode as well: here a third of them each day, with -m slow
# all, as the command line runs them.
TODAY = [x for x in LESSONS if (x.number + datetime.date.today().toordinal()) % 3 == 0]
each_quick = pytest.mark.parametrize(
    "lesson",
    [pytest.param(x, id=x.name, marks=[] if x in TODAY else pytest.mark.slow) for x in LESSONS],
)


@each_quick
def test_a_lesson_runs_in_quick_mode_and_leaves_its_figures(lesson):
    ran = quick_run(lesson)
    assert (ran.status, ran.errors) == (0, ""), f"{ran.output[-2000:]}\n{ran.errors}"
    assert len(ran.figures) >= 2
    assert all(name.startswith(f"{lesson.name}_") for name in ran.figures)


@each_quick
def test_a_lesson_speaks_of_every_number_that_its_prose_claims(lesson):
    # The half of the next-but-one test that takes no training: each claim is asserted, or there is
    # a printed line about it, though a quick run prints other numbers there.
    account = Account(lesson, quick_run(lesson).output)
    faults = [claim for claim in claims_of(lesson) if not account.speaks_of(claim)]
    assert not faults, unaccounted(faults)


@pytest.mark.slow
@each_lesson
def test_a_lesson_runs_whole_and_its_assertions_hold(lesson):
    ran = whole_run(lesson)
    assert (ran.status, ran.errors) == (0, ""), f"{ran.output[-2000:]}\n{ran.errors}"
    assert len(ran.figures) >= 2


@pytest.mark.slow
@each_lesson
def test_what_a_lesson_asserts_holds_for_another_seed(lesson):
    ran = run(lesson, SECONDS_WHOLE, "--seed", "1")
    assert (ran.status, ran.errors) == (0, ""), f"{ran.output[-2000:]}\n{ran.errors}"


@pytest.mark.slow
@each_lesson
def test_a_lesson_produces_every_number_that_its_prose_claims(lesson):
    account = Account(lesson, whole_run(lesson).output)
    faults = [claim for claim in claims_of(lesson) if not account.covers(claim)]
    assert not faults, unaccounted(faults)


@pytest.mark.slow
def test_false_numbers_in_the_lessons_prose_would_be_found():
    # In every claim that was checked, in turn, a number that is off by a third, or by three times
    # what its last digit allows. Some are another number that the lesson prints of the same thing.
    found = [
        not Account(lesson, whole_run(lesson).output).covers(false)
        for lesson in LESSONS
        for claim in claims_of(lesson)
        for false in claim.falsified()
    ]
    assert sum(found) > 0.75 * len(found) > 0, f"found {sum(found)} of {len(found)}"


@each_lesson
def test_every_formula_of_a_lesson_converts(lesson):
    for cell in lesson.cells():
        if cell.kind == "prose":
            for match in find_formulas(cell.source):
                assert to_unicode(match["inline"] or match["display"])


@each_lesson
def test_prose_opens_no_formula_that_it_does_not_close(lesson):
    for cell in lesson.cells():
        if cell.kind == "prose":
            assert "$" not in FORMULA.sub("", cell.source), f"line {cell.line}"


@each_lesson
def test_every_code_cell_is_python_by_itself(lesson):
    for cell in code_cells(lesson):
        compile(cell.source, f"{lesson.name}, the cell at line {cell.line}", "exec")


@each_lesson
def test_no_marker_stands_inside_a_function(lesson):
    for token in tokenize.generate_tokens(io.StringIO(lesson.text()).readline):
        if token.type == tokenize.COMMENT and token.string.startswith("# %%"):
            assert token.start[1] == 0, f"line {token.start[0]}"


@each_lesson
def test_a_lesson_imports_only_what_every_reader_has(lesson):
    allowed = sys.stdlib_module_names | PACKAGES | MORE_PACKAGES.get(lesson.name, set())
    modules = imported_modules(lesson)
    assert {module for module in modules if module.partition(".")[0] not in allowed} <= {
        "lessons.stand_in",
        "lessons.support",
        "lessons.tables",
    }


@each_lesson
def test_a_lesson_can_be_stepped_through(lesson):
    steps = group_steps(cell for cell in lesson.cells() if not cell.is_footer)
    assert all(step[-1].kind == "code" or step[-1].predicts for step in steps[:-1])


def test_every_lesson_has_a_number_and_a_name_of_its_own():
    assert len({lesson.number for lesson in LESSONS}) == len(LESSONS)
    assert len({lesson.short for lesson in LESSONS}) == len(LESSONS)


def test_the_lessons_are_quick_together_and_their_budgets_are_reported(capsys):
    ran = [quick_run(lesson) for lesson in TODAY]
    with capsys.disabled():
        print_budgets("quick", TODAY, ran)
    assert sum(each.seconds_of_cpu for each in ran) < SECONDS_QUICK_MEANT * len(TODAY)


@pytest.mark.slow
def test_the_lessons_whole_take_the_minutes_they_claim(capsys):
    ran = [whole_run(lesson) for lesson in LESSONS]
    with capsys.disabled():
        print_budgets("whole", LESSONS, ran)
    for lesson, each in zip(LESSONS, ran, strict=True):
        seconds = seconds_said(lesson)
        assert each.seconds_of_cpu <= max(1.2 * seconds, 30), f"{lesson.name}: {seconds} s"
        assert seconds <= SECONDS_MEANT


def seconds_said(lesson: Lesson) -> float:
    """How long a lesson says that it computes."""
    return footer_of(lesson.cells()).seconds or 60 * float(lesson.header().minutes or 1)


def print_budgets(mode: str, lessons: list[Lesson], ran: list[Run]) -> None:
    """Lines, code cells and lines of code in them; seconds said, and on the clock, of CPU."""
    print(f"\n{'lesson':30} lines cells median 90 % max  said | {mode}: seconds  of CPU")
    for lesson, each in zip(lessons, ran, strict=True):
        sizes = [code_lines(cell) for cell in code_cells(lesson)]
        row = f"{statistics.median(sizes):6} {percentile_90(sizes):4} {max(sizes):3}"
        row += f" {seconds_said(lesson):5.0f} | {each.seconds:14.1f} {each.seconds_of_cpu:7.1f}"
        print(f"{lesson.name:30} {lesson.text().count(chr(10)):5} {len(sizes):5} {row}")
    took, cpu = (sum(times) for times in zip(*((e.seconds, e.seconds_of_cpu) for e in ran)))  # noqa: B905
    print(f"{'together':67} | {took:14.1f} {cpu:7.1f}")
