"""Every lesson there is: it runs, leaves its figures, keeps its shape, and its formulas convert."""

import ast
import io
import itertools
import os
import statistics
import subprocess
import sys
import tokenize
from pathlib import Path

import pytest

from lessons.cells import Cell, Lesson, find_lessons, group_steps
from lessons.formulas import FORMULA, find_formulas, to_unicode

ROOT = Path(__file__).parent.parent
LESSONS = find_lessons(ROOT / "lessons")

SECONDS_QUICK = 60  # meant to be 5; the rest is for a busy machine
SECONDS_WHOLE = 240  # meant to be 90

# What a lesson may import: the standard library, what the project depends on, itself.
PACKAGES = {"numpy", "matplotlib", "scratchgen"}
MORE_PACKAGES = {
    "lesson03_proving_gradients": {"hypothesis"},
    "lesson17_onward_to_pytorch": {"torch"},
}

each_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=[lesson.name for lesson in LESSONS])


def run(lesson: Lesson, figures: Path, seconds: float, *more: str) -> list[str]:
    """Run a lesson in a process of its own, warnings as errors; the names of its figures."""
    command = [sys.executable, "-W", "error", "-m", "lessons", lesson.name, "--run", *more]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SCRATCHGEN_LESSON")}
    environment["SCRATCHGEN_FIGURES"] = str(figures)
    done = subprocess.run(
        command, cwd=ROOT, env=environment, timeout=seconds, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr}"
    assert done.stderr == ""
    return [path.name for path in figures.glob("*.png")]


def code_lines(cell: Cell) -> int:
    """Lines with code in them: no blank ones, no comments alone."""
    lines = (line.strip() for line in cell.source.split("\n"))
    return sum(bool(line) and not line.startswith("#") for line in lines)


def code_cells(lesson: Lesson) -> list[Cell]:
    return [cell for cell in lesson.cells() if cell.kind == "code"]


def percentile_90(sizes: list[int]) -> int:
    return sorted(sizes)[int(0.9 * (len(sizes) - 1))]


def longest_run_of_code(lesson: Lesson) -> int:
    kinds = itertools.groupby(cell.kind for cell in lesson.cells())
    return max(len(list(cells)) for kind, cells in kinds if kind == "code")


def imported_modules(lesson: Lesson) -> set[str]:
    modules: set[str] = set()
    for node in ast.walk(ast.parse(lesson.text())):
        if isinstance(node, ast.Import):
            modules |= {name.name for name in node.names}
        if isinstance(node, ast.ImportFrom):
            modules.add(node.module or ".")
    return modules


@each_lesson
def test_a_lesson_runs_in_quick_mode_and_leaves_its_figures(lesson, tmp_path):
    figures = run(lesson, tmp_path, SECONDS_QUICK, "--quick")
    assert len(figures) >= 2
    assert all(name.startswith(f"{lesson.name}_") for name in figures)


@pytest.mark.slow
@each_lesson
def test_a_lesson_runs_whole_and_its_claims_hold(lesson, tmp_path):
    assert len(run(lesson, tmp_path, SECONDS_WHOLE)) >= 2  # its cells assert what its prose claims


@each_lesson
def test_a_lesson_keeps_its_cells_small(lesson):
    sizes = [code_lines(cell) for cell in code_cells(lesson)]
    assert statistics.median(sizes) <= 6
    assert percentile_90(sizes) <= 15
    assert max(sizes) <= 30


@each_lesson
def test_a_lesson_has_150_to_350_lines(lesson):
    assert 150 <= lesson.text().count("\n") <= 350


@each_lesson
def test_a_lesson_has_no_more_than_two_code_cells_in_a_row(lesson):
    assert longest_run_of_code(lesson) <= 2


@each_lesson
def test_a_lesson_begins_with_a_header_for_the_table_of_contents(lesson):
    first, header = lesson.cells()[0], lesson.header()
    assert first.kind == "prose"
    assert first.source.startswith("# ")
    assert header.description
    assert header.minutes, "say in the first cell how many minutes it takes on two cores"


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
        "lessons.support"
    }


@each_lesson
def test_a_lesson_can_be_stepped_through(lesson):
    assert all(step[-1].kind == "code" for step in group_steps(lesson.cells())[:-1])


def test_every_lesson_has_a_number_and_a_name_of_its_own():
    assert len({lesson.number for lesson in LESSONS}) == len(LESSONS)
    assert len({lesson.short for lesson in LESSONS}) == len(LESSONS)


def test_the_sizes_of_the_lessons_are_reported(capsys):
    with capsys.disabled():
        print(f"\n{'lesson':32} lines cells  median   90 %    max  (lines of code in a cell)")
        for lesson in LESSONS:
            sizes = [code_lines(cell) for cell in code_cells(lesson)]
            row = f"{statistics.median(sizes):7} {percentile_90(sizes):6} {max(sizes):6}"
            print(f"{lesson.name:32} {lesson.text().count(chr(10)):5} {len(sizes):5} {row}")
