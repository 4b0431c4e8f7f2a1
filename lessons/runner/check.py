"""Exercises: what their checks are written with, and `main`, which tests a reader's answers.

A file lessons/checks/lessonNN_name.py holds a list EXERCISES. Each exercise has properties:
functions that are given the reader's function and raise AssertionError where it is wrong. Their
docstrings say, in words that follow "fails at:", what is asked.

The answers run in a process of their own (apart.py): they may print, exit or never come to an end,
and the report still comes. The reader's file is only ever read.
"""

import importlib.util
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lessons.runner import bookmark, show
from lessons.runner.apart import examine_apart
from lessons.runner.cells import Lesson
from lessons.runner.examiner import Outcome
from lessons.runner.report import Frame, all_pass, report

LESSONS = Path(__file__).resolve().parents[1]
IN_A_CHECKOUT = (LESSONS.parent / "pyproject.toml").exists()
LIMIT_SECONDS = 10.0  # for each property; the properties themselves take less than 2
INSTALL = 'python -m pip install "hypothesis>=6.100"'


@dataclass(frozen=True)
class Exercise:
    """One exercise: the reader's function by its name, what must hold of it, and help in two steps.

    properties: functions of the reader's function, tested in order; each one's docstring is shown.
    hint: shown where a property fails. stronger_hint: shown on request, by --hint.

    >>> Exercise("double", properties=[], hint="2 x", stronger_hint="return 2 * x").name
    'double'
    """

    name: str
    properties: Sequence[Callable[[Any], None]]
    hint: str
    stronger_hint: str


# What properties are written with.


def expect_close(
    got: Any, expected: Any, what: str, rtol: float = 1e-6, atol: float = 1e-9, why: str = ""
) -> None:
    """None if `got` has the shape and the numbers of `expected`; else AssertionError, in words.

    got: what the reader's function returned: a number, an array, a Tensor, a list; None gets a
    word. what: its name, such as "kl(mean, log_var)". why: added to the message where numbers
    differ, such as what a difference of this kind suggests.

    >>> expect_close([1.0, 2.5], [1.0, 2.0], "double([0.5, 1.0])", why="Does it double?")
    Traceback (most recent call last):
    AssertionError: double([0.5, 1.0]) at index 1: expected 2, got 2.5. Does it double?
    """
    import numpy

    expected = _numbers(expected, "what is expected")
    expect_shape(got, expected.shape, what)
    found = _numbers(got, what)
    wrong = numpy.argwhere(~numpy.isclose(found, expected, rtol=rtol, atol=atol, equal_nan=True))
    if len(wrong):
        at = tuple(int(k) for k in wrong[0])
        index = at[0] if len(at) == 1 else at
        place = f"{what} at index {index}" if found.size > 1 else what
        others = f" ({len(wrong)} of {found.size} numbers are wrong)" if len(wrong) > 1 else ""
        words = f"{place}: expected {expected[at]:.6g}, got {found[at]:.6g}{others}. {why}"
        raise AssertionError(words.strip())


def expect_shape(got: Any, shape: tuple[int, ...], what: str, why: str = "") -> None:
    """None if `got` is a number (of shape ()), an array, a Tensor or a list of this shape.

    >>> expect_shape(3.0, (2,), "kl(mean, log_var)", why="Sum over the axis 1 only.")
    Traceback (most recent call last):
    AssertionError: kl(mean, log_var): expected shape (2,), got (). Sum over the axis 1 only.
    """
    found = _numbers(got, what).shape
    expect(found == tuple(shape), f"{what}: expected shape {tuple(shape)}, got {found}. {why}")


def expect_numbers(got: Any, names: Sequence[str], what: str) -> list[float]:
    """Return `got` as one float for each of `names`; AssertionError where it is something else.

    >>> expect_numbers((1, 2.5), ["x", "step"], "blind_spot()")
    [1.0, 2.5]
    >>> expect_numbers(0.1, ["x", "step"], "blind_spot()")
    Traceback (most recent call last):
    AssertionError: blind_spot(): expected 2 numbers (x, step), got 0.1.
    """
    found = _numbers(got, what)
    wanted = f"{len(names)} numbers ({', '.join(names)})" if len(names) > 1 else "one number"
    expect(found.size == len(names), f"{what}: expected {wanted}, got {shown(got)}.")
    return [float(number) for number in found.ravel()]


def expect(holds: Any, message: str) -> None:
    """None if `holds`; else AssertionError with the message.

    >>> expect(1 < 2, "one is not below two")
    """
    if not holds:
        raise AssertionError(message.strip())


def for_any(holds: Callable[..., None], *, examples: int = 50, **strategies: Any) -> None:
    """None if `holds` raises nothing for arguments drawn from Hypothesis' strategies.

    Else the error it raises at the smallest arguments that were found; the report prints them. The
    draws are the same every time.

    holds: called by name, as holds(x=...) for for_any(holds, x=floats(-3, 3)).

    >>> from hypothesis.strategies import integers
    >>> for_any(lambda x: expect(x * x >= 0, f"the square of {x}"), x=integers())
    """
    from hypothesis import HealthCheck, Phase, given, settings

    same_every_time = settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )
    same_every_time(given(**strategies)(holds))()


def shown(value: Any) -> str:
    """Return a value in a few words, for a message: numbers to six digits, a large array's shape.

    >>> import numpy
    >>> shown(numpy.array([1 / 3, 2.0])), shown(numpy.zeros((64, 10))), shown(None)
    ('[0.333333, 2.0]', 'an array of shape (64, 10)', 'None')
    """
    import numpy

    from scratchgen import detach

    value = detach(value)
    if isinstance(value, numpy.ndarray | numpy.generic):
        if value.size > 12:
            return f"an array of shape {value.shape}"
        value = value.tolist()
    if isinstance(value, list | tuple):
        inside = ", ".join(map(shown, value))
        return f"[{inside}]" if isinstance(value, list) else f"({inside})"
    if isinstance(value, float):
        return repr(float(f"{value:.6g}"))
    text = f"the function {value.__name__}" if hasattr(value, "__name__") else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _numbers(got: Any, what: str) -> Any:
    """`got` as an array of floats, or an AssertionError that says what it is instead."""
    from scratchgen import detach, to_numpy

    expect(got is not None, f"{what} is None. Does the function end with a return?")
    try:
        found = to_numpy(detach(got))
        return found.astype(float, casting="same_kind" if found.dtype.kind in "fc" else "unsafe")
    except (TypeError, ValueError):  # complex numbers, too, would lose something
        raise AssertionError(f"{what}: expected numbers, got {shown(got)}.") from None


# The command.


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
