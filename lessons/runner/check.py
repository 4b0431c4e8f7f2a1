"""`python -m lessons check 3`: a reader's answers to a lesson's exercises, tested and reported on.

What is asked stands in lessons/checks/, by the words of expect.py. The answers run in a process of
their own (apart.py): they may print, exit or never come to an end, and the report still comes. The
reader's file is only ever read.
"""

import ast
import difflib
import importlib.util
import shlex
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from lessons.runner import bookmark, show
from lessons.runner.answers import answers_of, places
from lessons.runner.apart import examine_apart
from lessons.runner.cells import Lesson
from lessons.runner.examiner import definition
from lessons.runner.figures import ROOT, shortest
from lessons.runner.found import Outcome
from lessons.runner.report import Frame, all_pass, report

LESSONS = ROOT / "lessons"
LIMIT_SECONDS = 10.0  # for each property; the properties themselves take less than 2
INSTALL = 'python -m pip install "hypothesis>=6.160"'


def main(
    lesson: Lesson,
    path: str | Path | None = None,
    hint: bool = False,
    only: str | None = None,
    seconds: float = LIMIT_SECONDS,
) -> int:
    """Test the reader's answers and print a report; returns the exit status.

    path: the reader's file, by default that of `answers_of`. hint: give the stronger hint too.
    only: one exercise's name. seconds: after which a property is given up.
    Returns 0 if all that was asked for pass, 1 if not, 2 if nothing could be tested, 130 after
    Ctrl-C.
    """
    console = show.make_console()
    try:
        _check_can_begin(lesson, only)
        answers = _answers(lesson, path, console)
        _check_can_test()
        with console.status("testing ..."):
            examined = examine_apart(lesson.name, answers.resolve(), only, seconds)
    except ValueError as error:
        show.make_console(stderr=True).print(str(error), soft_wrap=True)
        return 2
    except KeyboardInterrupt:
        console.print("\nStopped. Your file is as it was.")
        return 130
    before = set(bookmark.load().place(lesson.name).exercises)
    is_own = answers.resolve() == (places().answers / f"{lesson.name}.py").resolve()
    solved = _remember(lesson, examined.outcomes, before, lowers=is_own)
    elsewhere = f" --file {shlex.quote(str(path))}" if path else ""
    frame = Frame(
        title=f"\nLesson {lesson.number}, your answers in {shortest(answers)}",
        hint=hint,
        command=f"python -m lessons check {lesson.number} NAME",
        file=elsewhere,
        stub=str(shortest(places().stubs / f"{lesson.name}.py")),
        exercises=lesson.exercises(),
        before=before if is_own else set(),
        solved=solved,
    )
    for line in report(examined, frame):
        console.print(line, soft_wrap=True)
    return 0 if all_pass(examined) else 1


def show_solution(lesson: Lesson, name: str | None) -> int:
    """Print our answer to one exercise, or say which there are; returns the exit status."""
    exercises = lesson.exercises()
    if name not in exercises:
        which = f"One at a time: which? This lesson has {', '.join(exercises)}."
        words = _unknown(name, exercises) if name else which
        words = words if exercises else _NONE.format(lesson.number)
        show.make_console(stderr=True).print(words, soft_wrap=True)
        return 2
    ours = function_of(LESSONS / "solutions" / f"{lesson.name}.py", str(name))
    show.make_console().print(Text(f"\nOurs:\n\n{ours}\n"))
    return 0


def function_of(path: Path, name: str) -> str:
    """Return the source of one function of a file, such as our answer, or a stub.

    >>> function_of(Path(__file__), "function_of").partition("(")[0]
    'def function_of'
    """
    text = path.read_text(encoding="utf-8")
    return ast.get_source_segment(text, _definition(name, text)) or ""


_NONE = "Lesson {} has no exercises to test."


def _definition(name: str, text: str) -> ast.stmt:
    found = definition(name, ast.parse(text))
    assert found is not None, "a test holds that each exercise has a solution"
    return found


def _answers(lesson: Lesson, path: str | Path | None, console: Console) -> Path:
    """The file to test: the one that was named, else the reader's own, which is made if need be."""
    if path:
        if Path(path).is_file():
            return Path(path)
        cure = "Without --file your own are tested; they are made where there are none."
        raise ValueError(f"There is no file {shortest(Path(path))}. {cure}")
    own, news = answers_of(lesson)
    if news:
        console.print(news, soft_wrap=True)
    return own


def _check_can_begin(lesson: Lesson, only: str | None) -> None:
    """ValueError, with the cure, where nothing can be tested."""
    if not (LESSONS / "checks" / f"{lesson.name}.py").exists():
        raise ValueError(_NONE.format(lesson.number))
    if only and only not in lesson.exercises():
        raise ValueError(_unknown(only, lesson.exercises()))


def _check_can_test() -> None:
    if importlib.util.find_spec("hypothesis") is None:
        raise ValueError(f"Answers are tested by Hypothesis, which is not installed: {INSTALL}")


def _unknown(name: str, exercises: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, exercises, n=1)
    meant = f" Did you mean {near[0]!r}?" if near else ""
    have = ", ".join(exercises)
    return f"No exercise is called {name!r}. This lesson has {have}.{meant}"


def _remember(
    lesson: Lesson, outcomes: Sequence[Outcome], before: set[str], lowers: bool
) -> set[str]:
    """Keep what passes now; of what does not, and of a file that is not theirs, what did before."""
    passed = {outcome.name for outcome in outcomes if outcome.state == "passed"}
    failed = {outcome.name for outcome in outcomes} - passed
    solved = (before | passed) - (failed if lowers else set())
    if solved != before:
        bookmark.remember_exercises(lesson.name, sorted(solved))
    return solved
