"""The command line: `python -m lessons` lists the lessons, `python -m lessons vae` opens one.

`python -m lessons check 3` tests the reader's answers to the exercises of one.
"""

import argparse
import contextlib
import io
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from lessons.runner import bookmark, glossary, show
from lessons.runner.cells import find_lessons
from lessons.runner.choose import choose_lesson
from lessons.runner.coursemap import course_map
from lessons.runner.curriculum import COURSE, Course
from lessons.runner.knobs import read_arguments
from lessons.runner.opened import Opened, open_lesson
from lessons.runner.pager import show_pages
from lessons.runner.session import run_whole
from lessons.runner.stepper import Stepper
from lessons.support import options

EXAMPLES = """\
examples:
  python -m lessons                 the map: parts, times, what you have done
  python -m lessons vae             step through a lesson, by its number, its
                                    name, or any word of its title
  python -m lessons vae --run       run it whole, without waiting
  python -m lessons vae --quick     the short mode: seconds instead of minutes
  python -m lessons 1 --set lr=0.3  turn a knob; --set may come several times
  python -m lessons 1 --try 2       the second experiment at the lesson's end;
                                    --answer shows what we make of it
  python -m lessons gan --data mnist --seed 1
  python -m lessons check 7         test your answers to a lesson's exercises
  python -m lessons words kl        look a word up: the glossary
  python -m lessons notation        what each symbol means
  python -m lessons book --open     all of it as web pages, with explorers

A lesson opens where you left it, if you like. Without a terminal (in a pipe, in
CI) it always runs whole.
"""

CHECK_EXAMPLES = """\
examples:
  python -m lessons check 3            all exercises of lesson 3
  python -m lessons check 3 --hint     and what helps more than the first hints
  python -m lessons check 3 NAME       one of them, by its function's name
  python -m lessons check 3 NAME --solution    ours, to compare with

Your answers are the functions in lessons/answers/ or, where the package is
installed apart from its sources, in ./answers/ where you are.
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
    lesson = "a number, a name, any word of a title; or: check, words, notation, book"
    parser.add_argument("lesson", nargs="?", help=lesson)
    parser.add_argument("--run", action="store_true", help="run it whole, without waiting")
    parser.add_argument("--quick", action="store_const", const="1", help="the short mode")
    shown = "open each new figure in the system's viewer"
    parser.add_argument("--show", action="store_const", const="1", help=shown)
    turn = "turn one of its knobs, such as lr=0.3; may be given several times"
    parser.add_argument("--set", metavar="NAME=VALUE", action="append", default=[], help=turn)
    parser.add_argument("--try", metavar="N", type=int, dest="experiment", help="one of its Tries")
    answer = "with --try: what we make of it, without running it"
    parser.add_argument("--answer", action="store_true", help=answer)
    parser.add_argument("--data", metavar="NAME", help="mnist5k, digits, glyphs, mnist, fashion")
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
    parser.add_argument("lesson", help="a number, a name, any word of a title")
    parser.add_argument("exercise", nargs="?", help="one of its exercises, by its function's name")
    parser.add_argument("--hint", action="store_true", help="a stronger hint where one fails")
    ours = "our answer to one exercise, to compare with"
    parser.add_argument("--solution", action="store_true", help=ours)
    parser.add_argument("--file", metavar="PATH", help="your answers, where they lie elsewhere")
    return parser


def make_words_parser() -> argparse.ArgumentParser:
    """Return the parser of what stands behind `words`.

    >>> make_words_parser().parse_args(["lower", "bound"]).word
    ['lower', 'bound']
    """
    parser = argparse.ArgumentParser(
        prog="python -m lessons words", description="Look a word up in the lessons' glossary."
    )
    parser.add_argument("word", nargs="*", help="a word, or its beginning; all, if there is none")
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
    planned = COURSE if folder == Path(__file__).parent else ()
    try:
        return dispatch(arguments, Course(find_lessons(folder), planned))
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130
    except BrokenPipeError:  # `| head` has read enough; what is still buffered goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def dispatch(arguments: Sequence[str], course: Course) -> int:
    """Do what the first word says; ValueErrors and such become a message and the status 2."""
    first, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    commands = {"check": check, "words": words, "notation": notation, "book": book}
    try:
        return commands[first](rest, course) if first in commands else read(arguments, course)
    except Refused as error:
        show.make_console(stderr=True).print(str(error), soft_wrap=True)
        return 2


def read(arguments: Sequence[str], course: Course) -> int:
    """Show the map of the course, or open a lesson."""
    parser = make_parser()
    asked = parser.parse_args(arguments)
    if asked.lesson is None and vars(asked) != vars(parser.parse_args([])):
        parser.error("which lesson? Options go with one: python -m lessons vae --run")
    if asked.lesson is None:
        console = show.make_console()
        show_pages(console, course_map(course, bookmark.load()))
        return 0
    with refusing(ValueError, RuntimeError):
        lesson = choose_lesson(course, asked.lesson)
        opened = open_lesson(lesson, read_arguments(asked.set), asked.experiment)
        if asked.answer:
            return tell_answer(opened)
        pass_on(asked, opened)
        options()  # here for its errors: before anything runs
    step = not asked.run and sys.stdin.isatty() and sys.stdout.isatty()
    return teach(opened, step, course)


def check(arguments: Sequence[str], course: Course) -> int:
    """Test the reader's answers to a lesson's exercises."""
    from lessons.runner import check as exercises  # who only reads a lesson needs none of it

    asked = make_check_parser().parse_args(arguments)
    with refusing(ValueError):
        lesson = choose_lesson(course, asked.lesson)
    if asked.solution:
        return exercises.show_solution(lesson, asked.exercise)
    return exercises.main(lesson, path=asked.file, hint=asked.hint, only=asked.exercise)


def words(arguments: Sequence[str], course: Course) -> int:
    """Look words up in the glossary; without one, show all of it."""
    asked = make_words_parser().parse_args(arguments)
    with refusing(ValueError):
        found = glossary.look_up(glossary.load(), " ".join(asked.word))
    show_pages(show.make_console(), show.glossary(found))
    return 0


def book(arguments: Sequence[str], course: Course) -> int:
    """Print the lessons as web pages."""
    from lessons.book import build  # who reads in the terminal needs none of it

    with refusing(ValueError):
        return build.main(arguments, course)


def notation(arguments: Sequence[str], course: Course) -> int:
    """Show what each symbol means."""
    if arguments:
        raise Refused("python -m lessons notation takes nothing more.")
    show_pages(show.make_console(), show.page(glossary.notation()))
    return 0


def teach(opened: Opened, step: bool, course: Course) -> int:
    """Step through a lesson or run it whole; returns the exit status."""
    console = show.make_console()
    if not step:
        return run_whole(opened, console)
    return Stepper(opened, console, course).walk()


def tell_answer(opened: Opened) -> int:
    """Show the question of an experiment and what comes of it."""
    if not opened.experiment:
        raise ValueError("--answer goes with an experiment: --try 2 --answer")
    show.make_console().print(show.experiment(opened.experiment, answered=True))
    return 0


def pass_on(asked: argparse.Namespace, opened: Opened) -> None:
    """Set the variables that speak to the lesson, for those options that were given; and BLAS's."""
    for option, variable in VARIABLES.items():
        value = getattr(asked, option) or opened.options.get(option)
        if value is not None:
            os.environ[variable] = value
    # Read when NumPy is first imported, which is later. At the lessons' sizes a second BLAS thread
    # saves a tenth at most; on a machine that has other work it waits, and costs eightfold.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


class Refused(Exception):
    """What was asked for cannot be; the message says why, and what can."""


@contextlib.contextmanager
def refusing(*kinds: type[Exception]) -> Iterator[None]:
    """Turn these errors, which are for people, into refusals: a message, and no traceback."""
    try:
        yield
    except kinds as error:
        raise Refused(str(error)) from error


if __name__ == "__main__":
    sys.exit(main())
