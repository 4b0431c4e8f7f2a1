"""Stepping through a lesson with a reader: show a step, ask, obey."""

import builtins
import code
import contextlib
import io
import os
import sys

from rich import progress as bars
from rich.console import Console, Group, RenderableType
from rich.text import Text

from lessons.runner import bookmark, show
from lessons.runner.cells import Lesson, group_steps
from lessons.runner.pager import Counted, show_pages
from lessons.runner.session import Session, tell_seconds

KEYS = "s skip · b back · j N jump · p prompt · q quit"
LEAVE = ("exit", "exit()", "quit", "quit()")
STOPPED = "Enter runs it again, s goes on without it, p looks at what there is so far."
FAILED = "p looks around, Enter tries again, s goes on, b goes back."


class Stepper:
    """Steps through a lesson with a reader: shows a step, waits for a line, does what it says."""

    def __init__(self, lesson: Lesson, console: Console) -> None:
        self.lesson, self.console = lesson, console
        self.steps = group_steps(lesson.cells())
        self.session = Session(lesson)
        self.here = 0
        self.ran: set[int] = set()
        self.above = 0  # lines of output that the reader has not read yet
        self.typed = ""  # how the reader's answer begins, typed before the page's end

    def walk(self) -> int:
        """Step from where the reader was to the end, or until they quit; the exit status 0."""
        if not self.resume():
            return 0
        while self.here < len(self.steps):
            try:
                self.show()
                if not self.obey():
                    return 0
            except KeyboardInterrupt:  # it came too late to stop a cell: the step is shown again
                self.console.print()
        self.console.print(f"\nThat was {self.lesson.name}.", style="dim")
        self.name_exercises()
        return 0

    def resume(self) -> bool:
        """Offer to go on where the reader left the lesson; False if they would rather quit."""
        left = bookmark.load().place(self.lesson.name).step - 1
        if not 0 < left < len(self.steps):
            return True
        self.console.print(
            f"\nYou left this lesson at step {left + 1} of {len(self.steps)}. To go on there, the "
            "code before it runs again, quietly: its names are needed.",
            width=min(self.console.width, show.PAGE_WIDTH),
        )
        answer = self.ask("Enter go on there · a start anew · q quit", among=("", "a", "q"))
        if answer == "":
            self.replay(left)
        return answer != "q"

    def replay(self, step: int) -> None:
        """Go to a step by running, without a word, all code before it; Ctrl-C stops on the way."""
        columns = bars.BarColumn(20), bars.MofNCompleteColumn(), bars.TimeElapsedColumn()
        bar = bars.Progress(*columns, console=self.console, transient=True, redirect_stdout=False)
        failed = []
        try:
            with bar:
                for _ in bar.track(range(step)):
                    if not self.run_quietly():
                        failed.append(str(self.here + 1))
                    self.here += 1
        except KeyboardInterrupt:
            self.console.print(f"\nStopped in step {self.here + 1}. {STOPPED}")
        if failed:
            self.console.print(f"\nFailed on the way: step {', '.join(failed)}. j goes back to it.")
        self.above = 5

    def show(self) -> None:
        """Show the step we are at, below what the one before has printed."""
        rule = show.rule(self.lesson, self.here + 1, len(self.steps))
        parts: list[RenderableType] = [Text(), rule]
        for cell in self.steps[self.here]:
            parts += [Text(), show.page(cell.source) if cell.kind == "prose" else show.code(cell)]
        self.typed = show_pages(self.console, Group(*parts), self.above)
        self.above = 0

    def obey(self) -> bool:
        """Ask until one answer moves us on or back; False when the reader quits."""
        while True:
            match self.ask(f"{self.what_enter_does()} · {KEYS}").split():
                case []:
                    moved = self.run_here() and self.go(self.here + 1)
                case ["s" | "skip"]:
                    moved = self.go(self.here + 1)
                case ["b" | "back"]:
                    moved = self.go(max(self.here - 1, 0))
                case ["j" | "jump", number] if self.is_a_step(number):
                    moved = self.jump(int(number) - 1)
                case ["p" | "prompt"]:
                    moved = self.prompt()
                case ["q" | "quit"]:
                    return False
                case _:
                    moved = self.explain()
            if moved:
                return True

    def ask(self, keys: str, among: tuple[str, ...] = ()) -> str:
        """Return the reader's line, in small letters, one of `among` if there are such.

        The end of input (Ctrl-D) means quit. Ctrl-C, meant for a run that has just ended, does not.
        """
        while True:
            self.console.print(f"\n{keys}", style="dim")
            typed, self.typed = self.typed, ""
            try:
                answer = (typed + input(f"> {typed}")).strip().lower()
            except EOFError:
                print()
                return "q"
            except KeyboardInterrupt:
                self.console.print("\nNothing is running that Ctrl-C could stop; q quits.")
                continue
            if not among or answer in among:
                return answer

    def what_enter_does(self) -> str:
        """The first of the keys."""
        return "Enter run" if self.steps[self.here][-1].kind == "code" else "Enter go on"

    def go(self, step: int) -> bool:
        """Move to a step, and the reader's bookmark too; it runs nothing."""
        self.here = step
        bookmark.remember_step(self.lesson.name, step + 1, len(self.steps))
        return True

    def jump(self, step: int) -> bool:
        """Move to a step; on the way forward run what has not run yet, False where that fails."""
        while self.here < step:
            if self.here not in self.ran and not self.run_here():
                return False
            self.go(self.here + 1)
        return self.go(step)

    def run_here(self) -> bool:
        """Run this step's code and show what came of it; False if it failed or was stopped."""
        output = Counted(sys.stdout)
        failed: RenderableType = ""
        try:
            with contextlib.redirect_stdout(output):
                seconds = self.run_cell()
        except KeyboardInterrupt:
            failed = f"\nStopped in step {self.here + 1}. {STOPPED}"
        except Exception as problem:
            traceback = show.error(self.session.trimmed(problem))
            failed = Group(traceback, f"\nStep {self.here + 1} failed: {FAILED}")
        if failed:  # said now, since with the exception went the bar of the loop that it ended
            self.console.print(failed)
            return False
        tell_seconds(seconds, self.console)
        self.above += output.lines + 2
        return True

    def run_quietly(self) -> bool:
        """Run this step's code, showing nothing and opening no figure; False if it failed."""
        shown = os.environ.pop("SCRATCHGEN_LESSON_SHOW", "")
        nowhere = io.StringIO()
        try:
            with contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
                self.run_cell()
            return True
        except Exception:
            return False
        finally:
            os.environ["SCRATCHGEN_LESSON_SHOW"] = shown

    def run_cell(self) -> float:
        """Run this step's code, if it has some; the seconds it took."""
        cell = self.steps[self.here][-1]
        if cell.kind == "prose":
            return 0.0
        seconds = self.session.run(cell)
        self.ran.add(self.here)
        return seconds

    def prompt(self) -> bool:
        """Open Python's prompt in the lesson's namespace; leaving it comes back to this step."""
        with contextlib.suppress(ImportError):
            import readline  # noqa: F401 - arrow keys and history
        leave = builtins.exit, builtins.quit
        builtins.exit = builtins.quit = sys.exit  # type: ignore[assignment]  # site's close stdin
        try:
            banner = "The lesson's names are all here. Ctrl-D or exit() comes back."
            Prompt(self.session).interact(banner, exitmsg="")
        except SystemExit:
            pass
        finally:
            builtins.exit, builtins.quit = leave
        return False

    def is_a_step(self, number: str) -> bool:
        """Return whether `number` names one of the steps, counted from 1."""
        return number.isdecimal() and 1 <= int(number) <= len(self.steps)

    def explain(self) -> bool:
        """Say what can be answered."""
        last = len(self.steps)
        self.console.print(f"Expected one of these keys; j takes a step, 1 to {last}: j {last}")
        return False

    def name_exercises(self) -> None:
        """Say how the lesson's exercises are checked, where it has some."""
        if exercises := ", ".join(self.lesson.exercises()):
            check = f"python -m lessons check {self.lesson.number}"
            self.console.print(f"Its exercises: {exercises}.\nTo test your answers: {check}")


class Prompt(code.InteractiveConsole):
    """Python's prompt inside a session: its names, its `from __future__` imports."""

    def __init__(self, session: Session) -> None:
        super().__init__(vars(session.module))
        self.compile.compiler.flags |= session.flags

    def raw_input(self, prompt: str = "") -> str:
        """Return the next line; a bare `exit` ends the input too, as in Python's own prompt."""
        line = super().raw_input(prompt)
        if line.strip() in LEAVE:
            raise EOFError
        return line
