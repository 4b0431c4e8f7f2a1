"""Stepping through a lesson with a reader: show a step, ask, obey."""

from collections.abc import Sequence

from rich.console import Console, Group, RenderableType
from rich.text import Text

from lessons.runner import bookmark, show
from lessons.runner.cells import Cell, code_of
from lessons.runner.curriculum import Course
from lessons.runner.experiments import Talk
from lessons.runner.formulas import plain
from lessons.runner.opened import Opened
from lessons.runner.pager import show_pages
from lessons.runner.prompt import open_prompt
from lessons.runner.session import told_claims, way_to_answer
from lessons.runner.steps import place_in, runnable
from lessons.runner.workbench import Workbench

KEYS = """\
Enter   run this step's code and go on; where there is none, go on
s       skip: go on without running it
b       back to the step before; what has run stays
j 12    jump to step 12; on the way forward, what has not run yet runs quietly
r       show this step again, and what it printed
c       show the Python code that is folded away
p       a Python prompt among the lesson's names; Ctrl-D or exit() comes back
t 2     try the second experiment of the lesson's end: question, run, answer
?       these keys
q       quit; the lesson goes on here when it is opened again"""


class Stepper:
    """Steps through a lesson with a reader: shows a step, waits for a line, does what it says."""

    def __init__(self, opened: Opened, console: Console, course: Course) -> None:
        self.opened, self.console, self.course = opened, console, course
        self.lesson = opened.lesson
        self.bench = Workbench(opened, console)
        self.steps = self.bench.steps
        self.here = 0
        self.above = 0  # lines of output that the reader has not read yet
        self.typed = ""  # how the reader's answer begins, typed before the page's end
        self.unseen: list = []  # the lines that were not shown yet when they typed it
        self.guess = ""  # until the outcome is there to be compared with
        self.left_out: set[int] = set()  # skipped steps that the reader does not want to run

    def walk(self) -> int:
        """Step from where the reader was to the end, or until they quit; the exit status 0."""
        if self.opened.experiment:
            self.console.print(show.experiment(self.opened.experiment, answered=False))
            self.above = 3
        if not self.resume():
            return 0
        while self.here < len(self.steps):
            try:
                self.show()
                if not self.obey():
                    return 0
            except KeyboardInterrupt:  # it came too late to stop a cell: the step is shown again
                self.console.print()
        self.say_goodbye()
        return 0

    # Going on where the reader left.

    def resume(self) -> bool:
        """Offer to go on where the reader left the lesson; False if they would rather quit."""
        known = bookmark.load()
        place = known.place(self.lesson.name)
        if self.lesson.name not in known.lessons and place != bookmark.Place():
            self.say("\nThis lesson had another name before: what you did in it counts here.")
        left = place_in(self.bench.titles, place.at, place.step, place.of)
        if self.opened.turned or not 0 < left < len(self.steps):
            return True
        changed = place.at not in self.bench.titles if place.at else place.of != len(self.steps)
        self.say(self._where(left, place.step, place.of, changed))
        words = "Enter go on there · s go there, run nothing · a start anew · q quit"
        answer = self.ask(words, among=("", "s", "a", "q"))
        if answer == "":
            before = self.bench.unrun(left)
            self.run_on_the_way([n for n in before if not place.ran or self._did(n, place.ran)])
        if answer in ("", "s"):
            self.here = left
        self.above = 5
        return answer != "q"

    def _where(self, left: int, step: int, of: int, changed: bool) -> str:
        if changed:
            first = (
                f"You left this lesson at step {step} of {of}. It has been rewritten since: that "
                f"place is now step {left + 1} of {len(self.steps)}, as far as can be told."
            )
        else:
            first = f"You left this lesson at step {left + 1} of {len(self.steps)}."
        took = self.bench.seconds_of(runnable(self.steps[:left]))
        whole = self.opened.footer.seconds
        time = f" That took {_seconds(took)} last time." if took is not None else ""
        if took is None and whole:
            time = f" The whole lesson takes some {_seconds(whole)}."
        again = "To go on there, the code that you ran runs again, quietly: its names are needed."
        return f"\n{first} {again}{time}"

    def _did(self, step: int, ran: dict[str, float]) -> bool:
        return self.bench.titles[step] in ran

    def run_on_the_way(self, steps: Sequence[int]) -> bool:
        """Run steps quietly; False where one fails or is stopped, which is said."""
        stopped = self.bench.run_quietly(steps) if steps else None
        return stopped is None

    # Showing.

    def show(self, again: bool = False) -> None:
        """Show the step we are at, below what was printed before; again: and its own output."""
        step = self.steps[self.here]
        parts: list[RenderableType] = [Text(), self._rule()]
        if self.here == 0 and (time := self._time()):
            parts += [Text(time, "dim")]
        if self.guess and step[0].kind == "prose":  # the outcome is told in words
            parts += [Text(), Text(f"You guessed: {self.guess}", "bold")]
            self.guess = ""
        parts += [part for cell in step for part in (Text(), self._shown(cell))]
        if again and (output := self.bench.output.get(self.here, "")):
            parts += [Text(), show.printed(output, self.console.width)]
        self.display(Group(*parts))

    def _rule(self) -> RenderableType:
        words = "".join(f"  {name}={value}" for name, value in self._turned().items())
        return show.rule(self.lesson, self.here + 1, len(self.steps), words)

    def _time(self) -> str:
        """What the lesson takes, as its footer says."""
        minutes, seconds = self.opened.footer.minutes, self.opened.footer.seconds
        if not (minutes and seconds):
            return ""
        return f"Some {minutes:g} minutes to read, {_seconds(seconds)} to compute."

    def _turned(self) -> dict[str, str]:
        return {**self.opened.options, **self.opened.knobs}

    def _shown(self, cell: Cell) -> RenderableType:
        if cell.explorers:
            return Group(self._shown_alone(cell), *map(show.explorer, cell.explorers))
        return self._shown_alone(cell)

    def _shown_alone(self, cell: Cell) -> RenderableType:
        if cell.kind == "prose":
            return show.page(self.opened.footer.shown if cell.is_footer else cell.source)
        if cell.folded:
            return show.folded(cell)
        title = [Text(cell.title, "dim")] if cell.title else []
        return Group(*title, show.code(cell))

    def display(self, content: RenderableType | list) -> None:
        """Show a page or several; keep what the reader did not wait for."""
        self.typed, self.unseen = show_pages(self.console, content, self.above)
        self.above = 0

    def say(self, words: str) -> None:
        """Print a message, no wider than a page."""
        self.console.print(words, width=min(self.console.width, show.PAGE_WIDTH))

    # Asking and obeying.

    def obey(self) -> bool:
        """Ask until one answer moves us on or back; False when the reader quits."""
        while True:
            answer = self.ask(self.keys())
            if answer.lower() in ("q", "quit"):
                return False
            if self.do(answer):
                self.unseen = []
                return True
            if self.unseen:
                self.display(self.unseen)

    def do(self, answer: str) -> bool:
        """Do what an answer says; whether it moved us."""
        match answer.lower().split():
            case []:
                return self.go_on()
            case ["s" | "skip"]:
                return self.go(self.here + 1)
            case ["b" | "back"]:
                return self.go(max(self.here - 1, 0))
            case ["j" | "jump", number] if self.is_a_step(number):
                return self.jump(int(number) - 1)
            case ["r" | "again"]:
                self.unseen = []
                self.show(again=True)
            case ["c" | "code"]:
                self.show_code()
            case ["p" | "prompt"]:
                open_prompt(self.bench.session)
            case ["t" | "try", *which] if len(which) < 2:
                Talk(self.opened, self.console, self.ask, self.display).begin("".join(which))
                self.say(f"\nBack at step {self.here + 1} of {len(self.steps)}; r shows it again.")
            case ["?" | "help" | "h"]:
                self.console.print(f"\n{KEYS}")
            case _ if self.asks_for_a_guess():
                moved, self.guess = self.go_on(), answer.strip()
                if moved:
                    return True
            case _:
                self.explain(answer)
        return False

    def ask(self, keys: str, among: tuple[str, ...] = ()) -> str:
        """Return the reader's line; one of `among`, in small letters, if there are such.

        The end of input (Ctrl-D) means quit. Ctrl-C, meant for a run that has just ended, does not.
        """
        while True:
            self.console.print(f"\n{keys}", style="dim")
            typed, self.typed = self.typed, ""
            try:
                answer = (typed + input(f"> {typed}")).strip()
            except EOFError:
                print()
                return "q"
            except KeyboardInterrupt:
                self.console.print("\nNothing is running that Ctrl-C could stop; q quits.")
                continue
            if not among or (answer := answer.lower()) in among:
                return answer

    def keys(self) -> str:
        """What can be typed here, in a line of 80 columns."""
        step = self.steps[self.here]
        if self.asks_for_a_guess():
            return "Your guess, or Enter for none · single letters are keys: s b r p ? q"
        enter = "Enter run · s skip" if code_of(step) else "Enter go on"
        code = "c show code · " if any(cell.folded for cell in step) else ""
        tries = "t 1 try · " if step[-1].is_footer and self.opened.footer.experiments else ""
        return f"{enter} · b back · r again · {code}{tries}p prompt · ? keys · q quit"

    def asks_for_a_guess(self) -> bool:
        """Whether the step we are at ends in a question to guess at."""
        return self.steps[self.here][-1].predicts

    # What an answer does.

    def go_on(self) -> bool:
        """Run this step, if it has code, and go to the next; False if it fails."""
        if not code_of(self.steps[self.here]):
            return self.go(self.here + 1)
        if not self.has_what_it_needs():
            return False
        ran = self.bench.run(self.here)
        self.above += ran.rows
        if ran.failed is not None:  # the bar of the loop that failed is gone by now
            self.display(ran.failed)
            return False
        if self.guess and self.bench.output[self.here].strip():  # else it is no outcome yet
            self.console.print(f"\nYou guessed: {self.guess}", style="bold")
            self.above, self.guess = self.above + 2, ""
        return self.go(self.here + 1)

    def has_what_it_needs(self) -> bool:
        """Offer to run what was skipped before this step; False if it had better wait."""
        missing = [step for step in self.bench.unrun(self.here) if step not in self.left_out]
        if not missing:
            return True
        have = "has" if len(missing) == 1 else "have"
        self.say(f"\n{_steps(missing)} {have} not run. This one may need what is made there.")
        words = "Enter runs what is missing first · a runs this one alone · b neither"
        answer = self.ask(words, among=("", "a", "b", "q"))
        if answer == "a":
            self.left_out |= set(missing)
        return answer == "a" or (answer == "" and self.run_on_the_way(missing))

    def go(self, step: int) -> bool:
        """Move to a step, and the reader's bookmark too; it runs nothing."""
        self.here = step
        if not self.opened.turned:
            title = self.bench.titles[step] if step < len(self.steps) else ""
            bookmark.remember_step(self.lesson.name, step + 1, len(self.steps), title)
        return True

    def jump(self, step: int) -> bool:
        """Move to a step; on the way forward run what has not run yet, to where that fails."""
        self.guess = ""
        missing = [n for n in self.bench.unrun(step) if n >= self.here]
        stopped = self.bench.run_quietly(missing) if missing else None
        if stopped is not None:
            self.above = 4
        return self.go(step if stopped is None else stopped)

    def show_code(self) -> None:
        """Show the code that is folded away in this step."""
        folded = [cell for cell in self.steps[self.here] if cell.folded]
        if not folded:
            self.console.print("\nNo code of this step is folded away.")
            return
        parts = [Group(Text(), Text(f"▸ {cell.title}"), show.code(cell)) for cell in folded]
        self.display(Group(*parts))

    def is_a_step(self, number: str) -> bool:
        """Return whether `number` names one of the steps, counted from 1."""
        return number.isdecimal() and 1 <= int(number) <= len(self.steps)

    def explain(self, answer: str) -> None:
        """Say what can be answered instead."""
        words = f"? lists them; j takes a step, 1 to {len(self.steps)}: j 2"
        shown = answer if len(answer) <= 38 else f"{answer[:37]}…"
        self.say(f"\n'{shown}' is no key. {words}")

    # The end.

    def say_goodbye(self) -> None:
        """Say what was reached, how exercises are checked, and which lesson comes next."""
        title = plain(self.lesson.title())
        self.console.print(f"\nThat was lesson {self.lesson.number}, {title}.", style="bold")
        if words := told_claims(self.bench.session):
            self.say(words)
        if words := way_to_answer(self.opened):
            self.say(words)
        if unrun := self.bench.unrun(len(self.steps)):
            have = "has" if len(unrun) == 1 else "have"
            self.say(f"{_steps(unrun)} {have} not run.")
        if tries := self.opened.footer.experiments:
            to_try = f"python -m lessons {self.lesson.number} --try 1"
            count = "1 experiment" if len(tries) == 1 else f"{len(tries)} experiments"
            self.say(f"Its end suggests {count}: {to_try}")
        if exercises := ", ".join(self.lesson.exercises()):
            check = f"python -m lessons check {self.lesson.number}"
            self.say(f"Its exercises: {exercises}.\nTo test your answers: {check}")
        if after := self.course.after(self.lesson.number):
            self.say(
                f"Next: lesson {after.number}, {plain(after.title())}: "
                f"python -m lessons {after.number}"
            )


def _steps(numbers: Sequence[int]) -> str:
    """The steps of these numbers, which count from 0, in words."""
    names = [str(number + 1) for number in numbers]
    if len(names) > 6 and numbers[-1] - numbers[0] == len(numbers) - 1:
        return f"Steps {names[0]} to {names[-1]}"
    if len(names) == 1:
        return f"Step {names[0]}"
    return f"Steps {', '.join(names[:-1])} and {names[-1]}"


def _seconds(seconds: float) -> str:
    if seconds < 1:
        return "less than a second"
    return f"{seconds:.0f} s" if seconds <= 90 else f"{seconds / 60:.1f} minutes"
