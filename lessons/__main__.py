"""The command line: `python -m lessons` lists the lessons, `python -m lessons vae` opens one.

`python -m lessons check 3` tests the reader's answers to the exercises of one.
"""

import argparse
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from lessons.runner import bookmark, show
from lessons.runner.cells import Lesson, choose_lesson, find_lessons
from lessons.runner.session import run_whole
from lessons.runner.stepper import Stepper
from lessons.support import options

EXAMPLES = """\
examples:
  python -m lessons                 what there is, and how far you are
  python -m lessons vae             step through a lesson, by its name or number
  python -m lessons 7 --run         run it whole, without waiting
  python -m lessons vae --quick     the short mode: seconds instead of minutes
  python -m lessons gan --data mnist --seed 1
  python -m lessons check 7         test your answers to a lesson's exercises

A lesson opens where you left it, if you like. Without a terminal (in a pipe, in
CI) it always runs whole.
"""

CHECK_EXAMPLES = """\
examples:
  python -m lessons check 3            all exercises of lesson 3
  python -m lessons check 3 --hint     and what helps more than the first hints
  python -m lessons check 3 NAME       one of them, by its function's name

Your answers are the functions in lessons/exercises/ or, where the package is
installed apart from its sources, in ./exercises/ where you are.
"""

# A notebook, which has no command line, sets these itself: see lessons/support.py.
VARIABLES = {
    "quick": "SCRATCHGEN_LESSON_QUICK",
    "data": "SCRATCHGEN_LESSON_DATA",
    "seed": "SCRATCHGEN_LESSON_SEED",
    "backend": "SCRATCHGEN_BACKEND",
    "show": "SCRATCHGEN_LESSON_SHOW",
}


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line.

    >>> make_parser().parse_args(["vae", "--seed", "1"]).seed
    '1'
    """
    parser = argparse.ArgumentParser(
        prog="python -m lessons",
        description="The lessons: derive, build, prove and train image generators from scratch.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    lesson = "a number, a name, or the start of a name; or: check LESSON, see check --help"
    parser.add_argument("lesson", nargs="?", help=lesson)
    parser.add_argument("--run", action="store_true", help="run it whole, without waiting")
    parser.add_argument("--quick", action="store_const", const="1", help="the short mode")
    shown = "open each new figure in the system's viewer"
    parser.add_argument("--show", action="store_const", const="1", help=shown)
    parser.add_argument("--data", metavar="NAME", help="digits, glyphs, mnist or fashion")
    parser.add_argument("--backend", metavar="NAME", help="auto, numpy or cupy")
    parser.add_argument("--seed", metavar="N", help="a whole number, 0 or more")
    return parser


def make_check_parser() -> argparse.ArgumentParser:
    """Return the parser of what stands behind `check`.

    >>> make_check_parser().parse_args(["3", "softplus", "--hint"]).exercise
    'softplus'
    """
    parser = argparse.ArgumentParser(
        prog="python -m lessons check",
        description="Test your answers to a lesson's exercises.",
        epilog=CHECK_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("lesson", help="a number, a name, or the start of a name")
    parser.add_argument("exercise", nargs="?", help="one of its exercises, by its function's name")
    parser.add_argument("--hint", action="store_true", help="a stronger hint where one fails")
    parser.add_argument("--file", metavar="PATH", help="your answers, where they lie elsewhere")
    return parser


def main(arguments: Sequence[str] | None = None, folder: Path = Path(__file__).parent) -> int:
    """Do what the command line says with the lessons of `folder`; returns the exit status.

    0: done. 1: a cell or an exercise failed. 2: the command line asked for something that cannot
    be. 130: stopped by Ctrl-C.
    """
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a console without ∑ is no reason to stop
    # Hypothesis keeps notes on the code it has seen: not in the folder that the reader stands in.
    notes = bookmark.file().parent / "hypothesis"
    os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(notes))
    lessons = find_lessons(folder)
    try:
        if arguments[:1] == ["check"]:
            return check(arguments[1:], lessons)
        return read(arguments, lessons)
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130
    except BrokenPipeError:  # `| head` has read enough; what is still buffered goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def read(arguments: Sequence[str], lessons: Sequence[Lesson]) -> int:
    """List the lessons, or open one of them."""
    parser = make_parser()
    asked = parser.parse_args(arguments)
    if asked.lesson is None and vars(asked) != vars(parser.parse_args([])):
        parser.error("which lesson? Options go with one: python -m lessons vae --run")
    if asked.lesson is None:
        show.make_console().print(show.contents(lessons, bookmark.load()))
        return 0
    try:
        lesson = choose_lesson(lessons, asked.lesson)
    except ValueError as error:
        return refuse(f"{error}\n", show.contents(lessons, bookmark.load()))
    try:
        pass_on(asked)
        lesson.cells()
        options()  # here for its errors: before anything runs
    except (ValueError, RuntimeError) as error:
        return refuse(str(error))
    return teach(lesson, step=not asked.run and sys.stdin.isatty() and sys.stdout.isatty())


def check(arguments: Sequence[str], lessons: Sequence[Lesson]) -> int:
    """Test the reader's answers to a lesson's exercises."""
    from lessons.runner import check as exercises  # who only reads a lesson needs none of it

    asked = make_check_parser().parse_args(arguments)
    try:
        lesson = choose_lesson(lessons, asked.lesson)
    except ValueError as error:
        return refuse(f"{error}\n", show.contents(lessons, bookmark.load()))
    return exercises.main(lesson, path=asked.file, hint=asked.hint, only=asked.exercise)


def teach(lesson: Lesson, step: bool) -> int:
    """Step through a lesson or run it whole; returns the exit status."""
    console = show.make_console()
    return Stepper(lesson, console).walk() if step else run_whole(lesson, console)


def pass_on(asked: argparse.Namespace) -> None:
    """Set the variables that speak to the lesson, for those options that were given; and BLAS's."""
    for option, variable in VARIABLES.items():
        if (value := getattr(asked, option)) is not None:
            os.environ[variable] = value
    # Read when NumPy is first imported, which is later. At the lessons' sizes a second BLAS thread
    # saves a tenth at most; on a machine that has other work it waits, and costs eightfold.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def refuse(*reasons: show.RenderableType) -> int:
    """Say on stderr why not, leaving commands in one line; returns the exit status 2."""
    for reason in reasons:
        show.make_console(stderr=True).print(reason, soft_wrap=isinstance(reason, str))
    return 2


if __name__ == "__main__":
    sys.exit(main())
