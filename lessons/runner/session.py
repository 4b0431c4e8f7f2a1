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

SECONDS_WORTH_TELLING = 0.1

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


def run_whole(lesson: Lesson, console: Console) -> int:
    """Run all cells, showing headings and what the code prints; 0, or 1 when a cell fails."""
    session, started, failed = Session(lesson), time.perf_counter(), ""
    for cell in lesson.cells():
        if cell.kind == "prose":
            for heading in show.headings(cell.source):
                console.print("\n", heading, sep="")
            continue
        try:
            tell_seconds(session.run(cell), console)
        except BrokenPipeError:  # nobody reads on: no fault of the cell
            raise
        except Exception as problem:
            failed = "".join(traceback.format_exception(session.trimmed(problem)))
        if failed:  # said now, since with the exception went the bar of the loop that it ended
            sys.stdout.flush()
            sys.stderr.write(failed)
            return 1
    console.print(f"\n{lesson.name} ran in {time.perf_counter() - started:.1f} s.", style="dim")
    return 0


def tell_seconds(seconds: float, console: Console) -> None:
    """Print how long a cell took, when that is long enough to be felt."""
    if seconds > SECONDS_WORTH_TELLING:
        console.print(f"[{seconds:.1f} s]", style="dim")
