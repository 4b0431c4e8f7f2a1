"""The talk about an experiment: its question, its run, what came of it, and the answer."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from rich.console import Console, Group, RenderableType
from rich.text import Text

from lessons.runner import show
from lessons.runner.footer import Experiment
from lessons.runner.keyboard import unheard
from lessons.runner.opened import Opened
from lessons.runner.trying import Tried, Trying

ALL = "o all that it printed · a answer · t 2 another experiment · b back to your step"


@dataclass
class Talk:
    """What an experiment is talked about with: `ask` for an answer, `display` for pages.

    >>> Talk(Opened(None, []), Console(), input, print).opened.footer.experiments
    ()
    """

    opened: Opened
    console: Console
    ask: Callable[[str, tuple[str, ...]], str]
    display: Callable[[RenderableType], None]

    def begin(self, which: str) -> None:
        """Talk about the experiment of this number, or say which there are."""
        experiments = self.opened.footer.experiments
        found = [one for one in experiments if which == str(one.number)]
        if found:
            return self._about(found[0])
        have = "\n".join(f"  t {one.number}  {one.words}: {one.question}" for one in experiments)
        self.display(Text(f"\n{have or 'This lesson suggests no experiments.'}"))
        return None

    def _about(self, one: Experiment) -> None:
        """Show the question, then do what is asked until the reader goes back."""
        self.display(Group(Text(), show.experiment(one, answered=False)))
        tried: Tried | None = None
        while (answer := self._ask(tried)).lower() not in ("b", "q", "back"):
            if another := re.fullmatch(r"t\s*(\d*)", answer, re.IGNORECASE):
                return self.begin(another[1])
            if answer.lower() == "a":
                self.display(Group(Text(), show.experiment(one, answered=True)))
            elif tried is None:
                tried = self._run(one, guess=answer)
            elif answer.lower() == "o":
                self.display(show.printed(f"\n{tried.output}", self.console.width))
            elif not answer:
                return None

    def _ask(self, tried: Tried | None) -> str:
        if tried:
            return self.ask(ALL, ())
        seconds = self.opened.footer.seconds
        time = f", some {seconds:.0f} s" if seconds else ""
        runs = f"runs the lesson anew with it{time}; yours stays · a answer · b back"
        return self.ask(f"Your guess, or Enter: {runs}", ())

    def _run(self, one: Experiment, guess: str) -> Tried | None:
        """Run it, showing where it is; then the guess, and what matters of what it printed."""
        trying = Trying(self.opened.lesson, one)
        try:
            with unheard(), self.console.status(f"running with {one.words} ...") as status:
                for heading in trying:
                    status.update(f"running with {one.words} ... {heading}")
        except KeyboardInterrupt:
            self.console.print("\nStopped.")
            return None
        tried = trying.tried
        last = [] if tried.status == 0 else ["It failed; o shows all that it printed."]
        guessed = [Text(f"You guessed: {guess}", "bold")] if guess else []
        figures = show.printed(tried.figures, self.console.width)
        self.display(Group(Text(), *guessed, *map(Text, tried.told), figures, *map(Text, last)))
        return tried
