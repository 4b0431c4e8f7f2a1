"""Running a lesson's cells in one fresh module, and a whole lesson without a reader."""

import __future__

import ast
import linecache
import os
import sys
import time
import traceback
import types
from pathlib import Path
from typing import Any

from rich.console import Console

from lessons.runner import show
from lessons.runner.cells import Cell, Lesson
from lessons.runner.claims import RUN, turned
from lessons.runner.figures import ROOT
from lessons.runner.opened import Opened

SECONDS_WORTH_TELLING = 0.1
DATA = str(ROOT / "scratchgen" / "data")

FUTURE_FLAGS = sum({getattr(__future__, x).compiler_flag for x in __future__.all_feature_names})


class Session:
    """A lesson's namespace, in which its cells run one after the other.

    A real module of the lesson's name, so that classes made there can be pickled. What fails shows
    the lesson's own lines, by their numbers in the file as it was when the lesson began.
    """

    def __init__(self, lesson: Lesson) -> None:
        self.filename = str(lesson.path)
        self.module = types.ModuleType(lesson.name)
        self.module.__file__ = self.filename
        self.flags = 0
        sys.modules[lesson.name] = self.module
        os.environ["SCRATCHGEN_LESSON"] = lesson.name  # support.keep names its files after it
        lines = lesson.text().splitlines(keepends=True)
        # Without a time of change (None), linecache shows these lines even if the file is edited.
        linecache.cache[self.filename] = (len(lines), None, lines, self.filename)

    def run(self, cell: Cell) -> float:
        """Run one code cell, print its last expression's value; return the seconds it took."""
        started = time.perf_counter()
        value = self._execute(cell)
        seconds = time.perf_counter() - started
        if is_worth_showing(value):
            print(repr(value))
        return seconds

    def trimmed(self, problem: Exception) -> Exception:
        """Return what a cell raised, without our own frames at the top of its traceback."""
        frames = problem.__traceback__
        while frames and frames.tb_frame.f_code.co_filename != self.filename:
            frames = frames.tb_next
        from_here_on = frames or isinstance(problem, SyntaxError)  # which names the place itself
        return problem.with_traceback(frames if from_here_on else problem.__traceback__)

    def explained(self, problem: Exception) -> str:
        """Return what to say of data or a package that cannot be had: the message; else nothing.

        It names the cure, and no line of a traceback would add to that.
        """
        frames = traceback.extract_tb(problem.__traceback__)
        last = frames[-1].filename if frames else ""
        lines = [frame.lineno for frame in frames if frame.filename == self.filename]
        where = f"{Path(self.filename).name}, line {lines[-1]}: " if lines else ""
        if last.startswith(DATA) and isinstance(problem, OSError | ValueError):
            return f"{where}the data cannot be had.\n{problem}\n"
        if last == self.filename and type(problem) is ImportError:  # which the lesson itself raised
            return f"{where}{problem}\n"
        return ""

    def turned(self) -> dict[str, str]:
        """Return what differs from the run that the lesson's text was written by."""
        return turned(RUN, vars(self.module))

    def _execute(self, cell: Cell) -> Any:
        """Run the cell's statements; the value of the last one, if that is an expression."""
        # Empty lines before it give each line its number in the file.
        source = "\n" * (cell.line - 1) + cell.source
        tree = self._compile(source, "exec", ast.PyCF_ONLY_AST)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(self._compile(tree, "exec"), vars(self.module))
        if last:
            return eval(self._compile(ast.Expression(last.value), "eval"), vars(self.module))
        return None

    def _compile(self, source: Any, mode: str, extra: int = 0) -> Any:
        """Compile as if all cells were one file: a `from __future__` holds from there on."""
        made = compile(source, self.filename, mode, self.flags | extra, dont_inherit=True)
        if isinstance(made, types.CodeType):
            self.flags |= made.co_flags & FUTURE_FLAGS
        return made


def is_worth_showing(value: object) -> bool:
    """Return whether a cell's value is printed: not None, no figure, and no path `keep` printed.

    >>> [is_worth_showing(value) for value in (0, None, Path("figure.png"))]
    [True, False, False]
    """
    from_matplotlib = type(value).__module__.partition(".")[0] == "matplotlib"
    return not (value is None or from_matplotlib or isinstance(value, Path))


def run_whole(opened: Opened, console: Console) -> int:
    """Run all cells, showing headings and what the code prints; 0, or 1 when a cell fails."""
    session, started = Session(opened.lesson), time.perf_counter()
    if opened.experiment:
        console.print(show.experiment(opened.experiment, answered=False))
    for cell in opened.cells:
        if cell.kind == "prose":
            for heading in () if cell.is_footer else show.headings(cell.source):
                console.print("\n", heading, sep="")
        elif failed := _failure(session, cell, console):
            # Said now, since with the exception went the bar of the loop that it ended.
            sys.stdout.flush()
            sys.stderr.write(failed)
            return 1
    if words := told_claims(session):
        console.print(f"\n{words}", soft_wrap=True)
    if words := way_to_answer(opened):
        console.print(f"\n{words}", soft_wrap=True)
    took = time.perf_counter() - started
    console.print(f"\n{opened.lesson.name} ran in {took:.1f} s.", style="dim")
    way = f"python -m lessons {opened.lesson.number}"
    console.print(f"Its text, step by step: {way}", style="dim", soft_wrap=True)
    return 0


def told_failure(session: Session, problem: Exception) -> str:
    """Return what to say of what a cell raised: why the data cannot be had, or its traceback."""
    lines = traceback.format_exception(session.trimmed(problem))
    return session.explained(problem) or "".join(lines)


def told_claims(session: Session) -> str:
    """Return, of a run that was turned, what was turned and what became of the text's claims."""
    changed, count = session.turned(), len(RUN.claims)
    if not (changed and count):
        return ""
    words = ", ".join(f"{name}={value}" for name, value in changed.items())
    verb = "differs" if RUN.differing == 1 else "differ"
    found = f"{RUN.differing} {verb}, as said above" if RUN.differing else "all hold here too"
    return f"Turned: {words}. Of the {count} claims of the text, {found}."


def way_to_answer(opened: Opened) -> str:
    """Return, of an experiment, the command that shows what we make of it."""
    if not opened.experiment:
        return ""
    which = f"{opened.lesson.number} --try {opened.experiment.number}"
    return f"Our answer: python -m lessons {which} --answer"


def tell_seconds(seconds: float, console: Console) -> None:
    """Print how long a cell took, when that is long enough to be felt."""
    if seconds > SECONDS_WORTH_TELLING:
        console.print(f"[{seconds:.1f} s]", style="dim")


def _failure(session: Session, cell: Cell, console: Console) -> str:
    """Run a code cell; what to say if it fails."""
    try:
        tell_seconds(session.run(cell), console)
    except BrokenPipeError:  # nobody reads on: no fault of the cell
        raise
    except Exception as problem:
        return told_failure(session, problem)
    return ""
