"""What a lesson must be to be read with pleasure: its cells, predictions, words, experiments."""

import ast
import datetime
import itertools
import os
import re
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

from lessons.runner.cells import Cell, Lesson, find_lessons, group_steps
from lessons.runner.claims import RUN, Run
from lessons.runner.footer import Footer, footer_of
from lessons.runner.glossary import load as load_glossary
from lessons.runner.knobs import OPTIONS, as_text, differing, knobs_cell, read_knobs
from lessons.runner.session import Session

ROOT = Path(__file__).parent.parent
LESSONS = find_lessons(ROOT / "lessons")
EXPERIMENTS = [
    (lesson, experiment)
    for lesson in LESSONS
    for experiment in footer_of(lesson.cells()).experiments
]

each_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=[lesson.name for lesson in LESSONS])
each_experiment = pytest.mark.parametrize(
    ("lesson", "number"),
    [(lesson, experiment.number) for lesson, experiment in EXPERIMENTS],
    ids=[f"{lesson.name}-{experiment.number}" for lesson, experiment in EXPERIMENTS],
)

COLUMNS = 75
WORDS = 5_000  # of a double lesson
SECONDS = 90
BOLD = re.compile(r"\*\*([^*]+)\*\*")
NUMBER = re.compile(r"(?<![\w.])(?:\d+\.?\d*|\.\d+)(?:e-?\d+)?(?![\w])")


def footer(lesson: Lesson) -> Footer:
    return footer_of(lesson.cells())


def code_cells(lesson: Lesson) -> list[Cell]:
    return [cell for cell in lesson.cells() if cell.kind == "code"]


def prose_of(lesson: Lesson) -> list[Cell]:
    return [cell for cell in lesson.cells() if cell.kind == "prose" and not cell.is_footer]


def lines_with_code(cell: Cell) -> int:
    lines = (line.strip() for line in cell.source.split("\n"))
    return sum(bool(line) and not line.startswith("#") for line in lines)


def without_code_and_formulas(text: str) -> str:
    return re.sub(r"(?s)```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$]*\$", " ", text)


# The file.


@each_lesson
def test_a_lesson_begins_with_its_number_and_title_and_ends_with_a_footer(lesson):
    first, last = lesson.cells()[0], lesson.cells()[-1]
    assert re.match(rf"# {lesson.number}\. \S", first.source)
    assert last.is_footer
    assert sum(cell.is_footer for cell in lesson.cells()) == 1


@each_lesson
def test_tags_are_those_that_we_know(lesson):
    for cell in lesson.cells():
        others = {tag for tag in cell.tags if not tag.startswith("explorer:")}
        assert others <= ({"hide-input"} if cell.kind == "code" else {"footer"}), cell.line


@each_lesson
def test_code_is_at_most_75_columns_wide(lesson):
    for cell in code_cells(lesson):
        for number, line in enumerate(cell.source.split("\n"), cell.line):
            assert len(line) <= COLUMNS, f"line {number}: {len(line)} columns"


@each_lesson
def test_cells_are_small(lesson):
    sizes = sorted(lines_with_code(cell) for cell in code_cells(lesson))
    assert statistics.median(sizes) <= 8
    assert sizes[int(0.9 * (len(sizes) - 1))] <= 20
    assert sizes[-1] <= 40


@each_lesson
def test_no_more_than_three_cells_of_code_stand_in_a_row(lesson):
    shown = [cell.kind for cell in lesson.cells() if not cell.folded]
    runs = (len(list(cells)) for kind, cells in itertools.groupby(shown) if kind == "code")
    assert max(runs) <= 3


@each_lesson
def test_a_lesson_is_no_longer_than_a_double_lesson(lesson):
    words = sum(len(cell.source.split()) for cell in prose_of(lesson))
    assert words <= WORDS


@each_lesson
def test_code_needs_no_second_look(lesson):
    for cell in code_cells(lesson):
        for node in ast.walk(ast.parse(cell.source)):
            where = f"the cell at line {cell.line}: "
            if isinstance(node, ast.Call):
                inside = [*node.args, *(keyword.value for keyword in node.keywords)]
                walrus = [x for x in inside if isinstance(x, ast.NamedExpr)]
                assert not walrus, where + "a walrus in an argument"
                assert ast.unparse(node.func) != "SimpleNamespace", where + "a SimpleNamespace"
            if isinstance(node, ast.Dict):
                lambdas = [x for x in node.values if isinstance(x, ast.Lambda)]
                assert len(lambdas) < 2, where + "a table of lambdas"
            if isinstance(node, ast.FormattedValue):
                nested = [x for x in ast.walk(node.value) if isinstance(x, ast.JoinedStr)]
                assert not nested, where + "a nested f-string"


# Knobs and the record.


@each_lesson
def test_knobs_are_plain_assignments_each_with_its_reason(lesson):
    cell = knobs_cell(lesson.cells())
    if cell is None:
        return
    lines = cell.source.split("\n")
    for node in ast.parse(cell.source).body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            assert isinstance(node.targets[0], ast.Name), ast.unparse(node)
            is_options = ast.unparse(node.value).startswith("options(")
            reasons = [line for line in lines[node.lineno - 1 : node.end_lineno] if "#" in line]
            above = lines[node.lineno - 2].startswith("#") if node.lineno > 1 else False
            assert is_options or reasons or above, f"no reason: {ast.unparse(node)}"
        else:
            assert isinstance(node, ast.Import | ast.ImportFrom), ast.unparse(node)


@each_lesson
def test_a_lesson_tells_its_own_name_to_options(lesson):
    calls = (n for x in code_cells(lesson) for n in ast.walk(ast.parse(x.source)))
    calls = (node for node in calls if isinstance(node, ast.Call))
    told = [node for node in calls if ast.unparse(node.func) == "options"]
    assert len(told) == 1, "knobs = options(...) stands once"
    assert told[0].args, (
        f'write options("{lesson.short}", ...): a notebook has no other way to know'
    )
    assert ast.literal_eval(told[0].args[0]) in (lesson.short, lesson.name)


@each_lesson
def test_no_later_cell_assigns_to_a_knob(lesson):
    cell = knobs_cell(lesson.cells())
    knobs = set(read_knobs(cell))
    for other in code_cells(lesson):
        if other is not cell and other.line != (cell.line if cell else 0):
            assert not names_assigned(other) & knobs, f"the cell at line {other.line}"


def names_assigned(cell: Cell) -> set[str]:
    """The names of the lesson that a cell binds: not those inside of its functions."""
    waiting: list[ast.AST] = list(ast.parse(cell.source).body)
    found = set()
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        scopes = ast.FunctionDef | ast.ClassDef | ast.Lambda | ast.comprehension
        comprehensions = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
        if not isinstance(node, scopes | comprehensions):
            waiting += ast.iter_child_nodes(node)
    return found


@each_lesson
def test_the_footer_records_what_an_untouched_run_has(lesson, monkeypatch, tmp_path):
    for name in [name for name in os.environ if name.startswith("SCRATCHGEN_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SCRATCHGEN_FIGURES", str(tmp_path))
    monkeypatch.setenv("SCRATCHGEN_LESSON", "")  # the session sets it: put back afterwards
    monkeypatch.setattr(os, "environ", os.environ.copy())
    vars(RUN).update(vars(Run()))
    session, cell = Session(lesson), knobs_cell(lesson.cells())
    for one in code_cells(lesson):
        session.run(one)
        if one == cell or (cell is None and RUN.options):
            break
    names = [*OPTIONS, *read_knobs(cell)]
    values = {**vars(session.module), **RUN.options}
    expected = " ".join(f"{name}={as_text(values[name])}" for name in names)
    recorded = dict(footer(lesson).recorded)
    assert set(recorded) == set(names), f"write: **Recorded** with {expected}"
    assert not differing(recorded, values), f"write: **Recorded** with {expected}"


@each_lesson
def test_a_footer_says_how_long_a_lesson_takes(lesson):
    found = footer(lesson)
    assert found.minutes, "write: **Takes** 25 minutes to read, 20 s to run."
    assert found.seconds, "write: **Takes** 25 minutes to read, 20 s to run."
    assert found.seconds <= SECONDS


# Predictions.


@each_lesson
def test_a_lesson_asks_for_guesses_at_the_end_of_a_cell(lesson):
    for cell in prose_of(lesson):
        if "**Predict.**" in cell.source:
            assert cell.predicts, f"line {cell.line}: Predict ends its cell, and the step with it"
    assert any(cell.predicts for cell in prose_of(lesson))


@each_lesson
def test_no_prediction_is_answered_on_its_own_screen(lesson):
    for asked, before, after in predictions(lesson):
        seen = "\n".join(cell.source for cell in asked)
        told = answers_in(after) & numbers_in(seen)
        assert not told, f"line {asked[-1].line}: {sorted(told)} is the answer, and it is there"
        told = answers_in(after) & answers_in(before)
        assert not told, f"line {asked[-1].line}: {sorted(told)} is asserted before the question"


def predictions(lesson: Lesson):
    """Each prediction: its screen, the code shown right before, the code that answers it."""
    steps = group_steps(lesson.cells())
    for number, step in enumerate(steps):
        if step[-1].predicts:
            before = steps[number - 1] if number else []
            following = [cell for later in steps[number + 1 : number + 3] for cell in later]
            yield step, before, following


def answers_in(cells: list[Cell]) -> set[float]:
    """The numbers that claims and asserts of these cells hold, but for those of any text."""
    found = set()
    for cell in cells:
        if cell.kind != "code":
            continue
        for node in ast.walk(ast.parse(cell.source)):
            is_claim = isinstance(node, ast.Call) and ast.unparse(node.func) == "claim"
            held = node.test if isinstance(node, ast.Assert) else node if is_claim else None
            for constant in ast.walk(held) if held else ():
                if isinstance(constant, ast.Constant):
                    found |= numbers_in(str(constant.value))
    return found


def numbers_in(text: str) -> set[float]:
    """The numbers in a text, but for 0, 1 and 2."""
    return {float(number) for number in NUMBER.findall(text)} - {0.0, 1.0, 2.0}


# Words.


def terms_of(lesson: Lesson) -> set[str]:
    """The bold words of a lesson that are terms: no heading that ends in a full stop."""
    prose = "\n\n".join(without_code_and_formulas(cell.source) for cell in prose_of(lesson))
    words = (" ".join(word.split()) for word in BOLD.findall(prose))
    return {word.lower() for word in words if not re.search(r"[.:?!]$", word)}


GLOSSARY = load_glossary()


def in_glossary(word: str, lesson: Lesson) -> bool:
    return any(
        word in (term.word.lower(), f"{term.word.lower()}s") and term.lesson == lesson.number
        for term in GLOSSARY
    )


@each_lesson
def test_each_bold_term_is_in_the_glossary_with_this_lesson(lesson):
    missing = sorted(word for word in terms_of(lesson) if not in_glossary(word, lesson))
    cure = f"write in lessons/glossary.md: **{missing[:1]}** (lesson {lesson.number}): ..."
    assert not missing, cure


@pytest.mark.parametrize("term", GLOSSARY, ids=[term.word for term in GLOSSARY])
def test_each_word_of_the_glossary_is_explained_in_its_lesson(term):
    numbers = {lesson.number: lesson for lesson in LESSONS}
    if term.lesson in numbers:  # else it waits for its lesson to be written anew
        here = terms_of(numbers[term.lesson])
        assert {term.word.lower(), f"{term.word.lower()}s"} & here, (
            f"lesson {term.lesson} has no **{term.word}**"
        )
    assert 0 <= term.lesson <= 17


def test_the_glossary_is_in_the_order_of_the_alphabet_and_says_each_word_once():
    words = [term.word.lower() for term in GLOSSARY]
    assert words == sorted(set(words))


# Experiments.


@each_lesson
def test_a_lesson_suggests_experiments_and_answers_each(lesson):
    experiments = footer(lesson).experiments
    assert experiments, "the footer has a section Try"
    assert [one.number for one in experiments] == [*range(1, len(experiments) + 1)]
    for one in experiments:
        assert "?" in one.question, f"Try {one.number} asks nothing"
        assert len(one.answer) > 20, f"Try {one.number} has no **Answer.**"
        assert set(one.settings) <= {*OPTIONS, *read_knobs(knobs_cell(lesson.cells()))}


def tried(lesson: Lesson, number: int, tmp_path: Path, *more: str) -> str:
    """What a run of an experiment says."""
    command = [sys.executable, "-W", "error", "-m", "lessons", lesson.name, "--run"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SCRATCHGEN_")}
    environment |= {"SCRATCHGEN_HOME": str(tmp_path), "SCRATCHGEN_FIGURES": str(tmp_path)}
    done = subprocess.run(
        [*command, "--try", str(number), *more], cwd=ROOT, env=environment,
        capture_output=True, text=True, timeout=4 * SECONDS,
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout[-1000:]}\n{done.stderr}"
    return done.stdout


@each_lesson
def test_an_experiment_of_the_day_runs_and_says_how_it_differs(lesson, tmp_path):
    experiments = footer(lesson).experiments
    today = datetime.date.today().toordinal() % len(experiments)
    said = tried(lesson, experiments[today].number, tmp_path, "--quick")
    assert re.search("^Turned: ", said, re.MULTILINE), "the lesson claims nothing"


@pytest.mark.slow
@each_experiment
def test_every_experiment_runs_and_says_how_it_differs(lesson, number, tmp_path):
    said = tried(lesson, number, tmp_path)
    assert re.search("^Turned: .*claims of the text", said, re.MULTILINE)
    assert ("differs: " in said) != ("all hold here too" in said)


# These tests themselves: on a lesson made here, with what is wrong put into it.


@pytest.fixture
def sample(tmp_path):
    from tests.sample_lesson import SAMPLE

    def write(old: str = "", new: str = "") -> Lesson:
        assert old in SAMPLE
        path = tmp_path / "lesson07_sample.py"
        path.write_text(SAMPLE.replace(old, new, 1) if old else SAMPLE, encoding="utf-8")
        return Lesson(path)

    return write


READING = {
    test_a_lesson_begins_with_its_number_and_title_and_ends_with_a_footer: [
        ("# # 7. A", "# # A"), (' tags=["footer"]', ""),
    ],
    test_tags_are_those_that_we_know: [('tags=["hide-input"]', 'tags=["hidden"]')],
    test_code_is_at_most_75_columns_wide: [("lr = 0.5  # the step", f"lr = 0.5  # {'x' * 75}")],
    test_cells_are_small: [("total = 1 + 2", "total = 1 + 2\n" * 41)],
    test_code_needs_no_second_look: [
        ("total = 1 + 2", "total = sum((x := [1, 2]))"),
        ("total = 1 + 2", "total = 3; f = {'a': lambda: 1, 'b': lambda: 2}"),
        ("total = 1 + 2", "total = 3; text = f\"{f'{total}'}\""),
        ("total = 1 + 2", "total = SimpleNamespace(a=1)"),
    ],
    test_knobs_are_plain_assignments_each_with_its_reason: [
        ("lr = 0.5  # the step", "lr = 0.5"), ("lr = 0.5", "lr, b = 0.5, 1"),
        ("lr = 0.5", "print(1)\nlr = 0.5"),
    ],
    test_a_lesson_tells_its_own_name_to_options: [
        ('options("sample", ', "options("), ('options("sample", ', 'options("vae", '),
    ],
    test_no_later_cell_assigns_to_a_knob: [("total = 1 + 2", "total = lr = 3")],
    test_a_footer_says_how_long_a_lesson_takes: [
        ("**Takes** 2 minutes to read, 1 s to run.", "**Takes** 2 minutes."), ("1 s to", "91 s to"),
    ],
    test_a_lesson_asks_for_guesses_at_the_end_of_a_cell: [
        ("What is the sum of 1 and 2?", "What is the sum of 1 and 2?\n#\n# It is three."),
        ("**Predict.** ", ""),
    ],
    test_no_prediction_is_answered_on_its_own_screen: [
        ("What is the sum of 1 and 2?", "What is half of it? It is 1.5."),
        ("way = \"plain\"", "claim(3 / 2 == 1.5, 'so it is')\nway = \"plain\""),
    ],
    test_a_lesson_suggests_experiments_and_answers_each: [
        ("#    **Answer.** Half as far, to\n#    three quarters.\n", ""),
        ("Where does it lead?", "It leads on."),
        ("1. `lr=", "1. `rate="), ("## Try", "## Tried"),
    ],
    test_each_bold_term_is_in_the_glossary_with_this_lesson: [("**gradient**", "**backprop**")],
}  # fmt: skip


def test_a_good_lesson_passes_all_of_these(sample, monkeypatch, tmp_path):
    monkeypatch.setattr("lessons.runner.glossary.FOLDER", tmp_path)
    monkeypatch.setattr(sys.modules[__name__], "GLOSSARY", [TERM])
    for holds in READING:
        holds(sample())
    test_the_footer_records_what_an_untouched_run_has(sample(), monkeypatch, tmp_path)


class TERM:
    word, lesson = "gradient", 7


@pytest.mark.parametrize(
    ("holds", "old", "new"),
    [(holds, *change) for holds, changes in READING.items() for change in changes],
)
def test_what_is_wrong_is_found(holds, old, new, sample, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "GLOSSARY", [TERM])
    with pytest.raises(AssertionError):
        holds(sample(old, new))


@pytest.mark.parametrize(
    ("old", "new"), [("lr=0.5 ", "lr=0.4 "), ("backend=numpy ", ""), ("lr=0.5 ", "lr=0.5 more=1 ")]
)
def test_a_record_of_another_run_is_found(old, new, sample, monkeypatch, tmp_path):
    with pytest.raises(AssertionError, match=r"write: \*\*Recorded\*\* with quick=False data=dig"):
        test_the_footer_records_what_an_untouched_run_has(sample(old, new), monkeypatch, tmp_path)
