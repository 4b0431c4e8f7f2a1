"""Stepping through a lesson with a reader: show a step, ask, obey."""

import builtins
import code
import contextlib
import sys

from rich.console import Console

from lessons import show
from lessons.cells import Lesson, group_steps
from lessons.runner import Session, tell_seconds

KEYS = "Enter run · s skip · b back · j N jump · p prompt · q quit"


class Stepper:
    """Steps through a lesson with a reader: shows a step, waits for a line, does what it says."""

    def __init__(self, lesson: Lesson, console: Console) -> None:
        self.lesson, self.console = lesson, console
        self.steps = group_steps(lesson.cells())
        self.session = Session(lesson)
        self.here = 0
        self.ran: set[int] = set()

    def walk(self) -> int:
        """Step from here to the end, or until the reader quits; returns the exit status 0."""
        while self.here < len(self.steps):
            self.show()
            if not self.obey():
                return 0
        self.console.print(f"\nThat was {self.lesson.name}.", style="dim")
        return 0

    def show(self) -> None:
        """Show the step we are at."""
        self.console.print()
        self.console.print(show.rule(self.lesson, self.here + 1, len(self.steps)))
        for cell in self.steps[self.here]:
            self.console.print()
            self.console.print(show.page(cell.source) if cell.kind == "prose" else show.code(cell))

    def obey(self) -> bool:
        """Ask until one answer moves us on or back; False when the reader quits."""
        while True:
            match self.ask().lower().split():
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

    def ask(self) -> str:
        """Return the reader's line; the end of input (Ctrl-D) means quit."""
        self.console.print(f"\n{KEYS}", style="dim")
        try:
            return input("> ")
        except EOFError:
            print()
            return "q"

    def go(self, step: int) -> bool:
        """Move to a step, running nothing."""
        self.here = step
        return True

    def jump(self, step: int) -> bool:
        """Move to a step; on the way forward run what has not run yet, False where that fails."""
        while self.here < step:
            if self.here not in self.ran and not self.run_here():
                return False
            self.here += 1
        return self.go(step)

    def run_here(self) -> bool:
        """Run this step's code and show what came of it; False if it failed or was stopped."""
        cell = self.steps[self.here][-1]
        if cell.kind == "prose":
            return True
        try:
            tell_seconds(self.session.run(cell), self.console)
        except KeyboardInterrupt:
            self.console.print(f"\nStopped in step {self.here + 1}.")
            return False
        except Exception as problem:
            self.console.print(show.error(self.session.trimmed(problem)))
            keys = "p looks around, Enter tries again, b goes back to a skipped step."
            self.console.print(f"Step {self.here + 1} failed: {keys}")
            return False
        self.ran.add(self.here)
        return True

    def prompt(self) -> bool:
        """Open Python's prompt in the lesson's namespace; leaving it comes back to this step."""
        with contextlib.suppress(ImportError):
            import readline  # noqa: F401 - arrow keys and history
        leave = builtins.exit, builtins.quit
        builtins.exit = builtins.quit = sys.exit  # type: ignore[assignment]  # site's close stdin
        try:
            banner = "The lesson's names are all here. Ctrl-D or exit() comes back."
            code.interact(banner, local=vars(self.session.module), exitmsg="")
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
