"""A lesson's steps being run for a reader: aloud, a page at a time, or quietly on the way."""

import contextlib
import io
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from rich import progress as bars
from rich.console import Console, Group, RenderableType
from rich.text import Text

from lessons.runner import bookmark, show
from lessons.runner.cells import code_of, group_steps
from lessons.runner.keyboard import unheard
from lessons.runner.opened import Opened
from lessons.runner.pager import Paged
from lessons.runner.session import Session, tell_seconds
from lessons.runner.steps import Step, runnable, titles_of

STOPPED = "Enter runs it again, s goes on without it, p looks at what there is so far."
FAILED = "p looks around, Enter tries again, s goes on, b goes back."


@dataclass(frozen=True)
class Ran:
    """What came of running a step: the rows it left on the screen, and why it failed, if it did."""

    rows: int
    failed: RenderableType | None = None


class Workbench:
    """The steps of a lesson, the session they run in, which have run, and what each printed.

    Steps are counted from 0 here, from 1 where a reader sees them. A turned run leaves no trace in
    the reader's bookmark.
    """

    def __init__(self, opened: Opened, console: Console) -> None:
        self.opened, self.console = opened, console
        self.steps: list[Step] = group_steps(opened.cells)
        self.titles = titles_of(self.steps)
        self.session = Session(opened.lesson)
        self.ran: set[int] = set()
        self.output: dict[int, str] = {}

    def unrun(self, before: int) -> list[int]:
        """The steps with code before this one that have not run."""
        return [step for step in runnable(self.steps[:before]) if step not in self.ran]

    def run(self, step: int) -> Ran:
        """Run a step's code, aloud, and return what came of it."""
        output = Paged(sys.stdout, self.console)
        seconds, failed = 0.0, None  # type: float, RenderableType | None
        try:
            with unheard(), contextlib.redirect_stdout(output):
                seconds = self._run(step) - output.waited
        except KeyboardInterrupt:
            failed = Text(f"\nStopped in step {step + 1}. {STOPPED}")
        except Exception as problem:
            why = self.session.explained(problem) or show.error(self.session.trimmed(problem))
            failed = Group(why, f"\nStep {step + 1} failed: {FAILED}")
        output.flush()
        self.output[step] = output.text
        if failed is None:
            tell_seconds(seconds, self.console)
            self._remember(step, seconds)
        return Ran(output.rows + 2, failed)

    def run_quietly(self, steps: Sequence[int]) -> int | None:
        """Run steps on the way, showing how far they are; the one that failed or was stopped.

        What they print is kept, and no figure is opened.
        """
        columns = bars.BarColumn(20), bars.MofNCompleteColumn(), bars.TimeElapsedColumn()
        bar = bars.Progress(*columns, console=self.console, transient=True, redirect_stdout=False)
        at = 0
        try:
            with unheard(), bar:
                for at in bar.track(steps):
                    self._run_unseen(at)
        except KeyboardInterrupt:
            self.console.print(f"\nStopped in step {at + 1}. {STOPPED}")
            return at
        except Exception as problem:
            words = f"{type(problem).__name__}: {problem}".strip()
            self.console.print(f"\nStep {at + 1} failed on the way: {words}")
            return at
        return None

    def seconds_of(self, steps: Sequence[int]) -> float | None:
        """How long these steps took before; None if that is not known of any."""
        took = bookmark.load().place(self.opened.lesson.name).ran
        known = [took[self.titles[step]] for step in steps if self.titles[step] in took]
        return sum(known) if known else None

    def _run_unseen(self, step: int) -> None:
        shown = os.environ.pop("SCRATCHGEN_LESSON_SHOW", "")
        output = io.StringIO()
        try:
            with contextlib.redirect_stdout(output), contextlib.redirect_stderr(io.StringIO()):
                seconds = self._run(step)
        finally:
            os.environ["SCRATCHGEN_LESSON_SHOW"] = shown
            self.output[step] = output.getvalue()
        self._remember(step, seconds)

    def _run(self, step: int) -> float:
        return sum(self.session.run(cell) for cell in code_of(self.steps[step]))

    def _remember(self, step: int, seconds: float) -> None:
        self.ran.add(step)
        if code_of(self.steps[step]) and not self.opened.turned:
            bookmark.remember_run(self.opened.lesson.name, self.titles[step], seconds)
