"""`python -m lessons check 3`: a reader's answers to a lesson's exercises, tested and reported on.

What is asked stands in lessons/checks/, by the words of expect.py. The answers run in a process of
their own (apart.py): they may print, exit or never come to an end, and the report still comes. The
reader's file is only ever read.
"""

import importlib.util
import shlex
from collections.abc import Sequence
from pathlib import Path

from lessons.runner import bookmark, show
from lessons.runner.apart import examine_apart
from lessons.runner.cells import Lesson
from lessons.runner.found import Outcome
from lessons.runner.report import Frame, all_pass, report

LESSONS = Path(__file__).resolve().parents[1]
IN_A_CHECKOUT = (LESSONS.parent / "pyproject.toml").exists()
LIMIT_SECONDS = 10.0  # for each property; the properties themselves take less than 2
INSTALL = 'python -m pip install "hypothesis>=6.100"'


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
    Returns 0 if all pass, 1 if not, 2 if nothing could be tested, 130 after Ctrl-C.
    """
    console = show.make_console()
    try:
        answers = Path(path) if path else answers_of(lesson)
        _check_can_begin(lesson, answers)
        with console.status("testing ..."):
            examined = examine_apart(lesson.name, answers.resolve(), only, seconds)
    except ValueError as error:
        show.make_console(stderr=True).print(str(error), soft_wrap=True)
        return 2
    except KeyboardInterrupt:
        console.print("\nStopped. Your file is as it was.")
        return 130
    _remember(lesson, examined.outcomes)
    own = f" --file {shlex.quote(str(path))}" if path else ""
    frame = Frame(
        title=f"\nLesson {lesson.number}, your answers in {_shortest(answers)}",
        hint=hint,
        more=f"python -m lessons check {lesson.number} NAME --hint{own}",
        anew=_anew(lesson, answers),
        ours=str(_shortest(LESSONS / "solutions" / f"{lesson.name}.py")),
    )
    for line in report(examined, frame):
        console.print(line, soft_wrap=True)
    return 0 if all_pass(examined) else 1


def answers_of(lesson: Lesson) -> Path:
    """Return the reader's file: in a checkout that of the lessons, else one in ./exercises/.

    There a stub is copied if nothing is there yet.
    """
    stub = LESSONS / "exercises" / f"{lesson.name}.py"
    if IN_A_CHECKOUT:
        return stub
    own = Path("exercises", stub.name)
    if stub.exists() and not own.exists():
        own.parent.mkdir(exist_ok=True)
        with own.open("xb") as made:  # x: never over something
            made.write(stub.read_bytes())
        print(f"{own} is new: fill in its functions, then ask again.")
    return own


def _anew(lesson: Lesson, answers: Path) -> str:
    """How a reader gets a fresh file of stubs."""
    stub = LESSONS / "exercises" / f"{lesson.name}.py"
    if answers.resolve() == stub:
        return f"git restore {_shortest(stub)}"
    if answers == Path("exercises", stub.name):
        return f"rename {answers} and ask again"
    return f"copy {_shortest(stub)}"


def _check_can_begin(lesson: Lesson, answers: Path) -> None:
    """ValueError, with the cure, where nothing can be tested."""
    if not (LESSONS / "checks" / f"{lesson.name}.py").exists():
        raise ValueError(f"Lesson {lesson.number} has no exercises to test.")
    if importlib.util.find_spec("hypothesis") is None:
        raise ValueError(f"Answers are tested by Hypothesis, which is not installed: {INSTALL}")
    if not answers.is_file():
        cure = f"To begin with a fresh one: {_anew(lesson, answers)}"
        raise ValueError(f"There is no file {_shortest(answers)}. {cure}")


def _remember(lesson: Lesson, outcomes: Sequence[Outcome]) -> None:
    """Keep what passes now, and of the exercises not examined now what passed before."""
    examined = {outcome.name for outcome in outcomes}
    before = set(bookmark.load().place(lesson.name).exercises) - examined
    passed = [outcome.name for outcome in outcomes if outcome.state == "passed"]
    bookmark.remember_exercises(lesson.name, sorted(before) + passed)


def _shortest(path: Path) -> Path:
    """`path` as seen from here, where it lies below."""
    path = path.resolve()
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
