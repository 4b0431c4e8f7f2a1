"""The report on a reader's answers: a line for each exercise, then help with what is not right."""

import textwrap
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from rich.text import Text

from lessons.runner import show
from lessons.runner.found import Examined, Outcome

COLOURS = {"passed": "green", "failed": "bold red", "missing": "bold red", "not begun": "dim"}


@dataclass(frozen=True)
class Frame:
    """What a report says besides what was found.

    title: its first line. hint: whether it gives the stronger hint. command: that which checks the
    exercise NAME; file: what it needs besides, where the answers lie elsewhere. stub: where the
    untouched functions are. exercises: all names; before: those solved until now, solved: now.
    """

    title: str
    hint: bool
    command: str
    file: str = ""
    stub: str = ""
    exercises: Sequence[str] = ()
    before: Set[str] = frozenset()
    solved: Set[str] = frozenset()

    def checks(self, name: str, *more: str) -> str:
        """The command for one exercise, with these options."""
        return " ".join([self.command.replace("NAME", name), *more]) + self.file


def all_pass(examined: Examined) -> bool:
    """Return whether nothing of what was examined is left to mend.

    >>> all_pass(Examined([Outcome("double", "passed")]))
    True
    """
    states = {outcome.state for outcome in examined.outcomes}
    return states == {"passed"} and not examined.unreadable


def report(examined: Examined, frame: Frame) -> Iterator[Text]:
    """Yield the lines of the report. One thing at a time: the first that fails gets the help.

    >>> frame = Frame("Lesson 7", False, "check 7 NAME", exercises=["kl", "elbo"], solved={"kl"})
    >>> print(*report(Examined([Outcome("kl", "passed")]), frame), sep="\\n")
    Lesson 7
    <BLANKLINE>
      kl  passed
    <BLANKLINE>
    1 of 2 exercises of this lesson are solved. Next: elbo
    Ours, to compare with: check 7 kl --solution
    """
    yield Text(f"{frame.title}\n", style="bold")
    if examined.printed:
        yield Text("Your file printed:")
        yield from _lines(examined.printed.rstrip(), "  | ", style="dim")
        yield Text()
    if examined.unreadable:
        yield Text("It cannot be used yet:", style="bold red")
        yield from _lines(examined.unreadable)
    else:
        yield from _states(examined.outcomes, frame)
        yield from _what_next(examined.outcomes, frame)
    yield from _how_far(examined, frame)


def _states(outcomes: Sequence[Outcome], frame: Frame) -> Iterator[Text]:
    width = max(len(outcome.name) for outcome in outcomes)
    for outcome in outcomes:
        state = (outcome.state, COLOURS[outcome.state])
        lost = outcome.name in frame.before and outcome.state != "passed"
        was = ("  (it passed before)", "dim") if lost else ""
        yield Text.assemble(f"  {outcome.name:{width}}  ", state, was)


def _how_far(examined: Examined, frame: Frame) -> Iterator[Text]:
    """How many of the lesson's exercises are solved, and where ours to these can be seen."""
    passed = [outcome.name for outcome in examined.outcomes if outcome.state == "passed"]
    if not passed:
        return
    left = [name for name in frame.exercises if name not in frame.solved]
    if not left:
        yield Text(f"\nAll {len(frame.exercises)} exercises of this lesson are solved.", "bold")
    else:
        solved = f"{len(frame.exercises) - len(left)} of {len(frame.exercises)}"
        rest = f" Next: {left[0]}" if all_pass(examined) else ""
        yield Text(f"\n{solved} exercises of this lesson are solved.{rest}")
    which = passed[0] if len(passed) == 1 else "NAME"
    yield Text(f"Ours, to compare with: {frame.command.replace('NAME', which)} --solution")


def _what_next(outcomes: Sequence[Outcome], frame: Frame) -> Iterator[Text]:
    """Help with the first that failed, or else is not begun; a word on the others that failed."""
    by_state = {state: [x for x in outcomes if x.state == state] for state in COLOURS}
    failed, missing = by_state["failed"], by_state["missing"]
    for outcome in (failed + by_state["not begun"])[:1]:
        yield from _help(outcome, frame)
    for outcome in failed[1:]:
        yield Text()
        yield from _lines(_asked(outcome), indent="", style="bold")
        yield Text(f"  To see where: {frame.checks(outcome.name)}")
    if missing:
        names = ", ".join(outcome.name for outcome in missing)
        yield Text()
        yield from _lines(f"missing: {names}", indent="", style="bold")
        yield from _lines("Your file defines no such function. Was it renamed, or is it indented?")
        yield Text(f"  To have it again: copy it from {frame.stub}")


def _help(outcome: Outcome, frame: Frame) -> Iterator[Text]:
    """What one exercise asks, how the answer misses it, and the hint."""
    yield Text()
    yield from _lines(_asked(outcome), indent="", style="bold")
    if outcome.example:
        yield Text("  For the input")
        yield from _lines(outcome.example, indent="    ")
        yield Text("  it gives this:")
    yield from _lines(outcome.message or outcome.hint)
    if outcome.message and (outcome.state == "failed" or frame.hint):
        yield from _lines(f"Hint: {outcome.hint}")
    if frame.hint:
        yield from _lines(f"Stronger hint: {outcome.stronger_hint}")
    else:
        yield Text(f"  More help: {frame.checks(outcome.name, '--hint')}")


def _asked(outcome: Outcome) -> str:
    """What an answer should do, as its property says; else what state it is in."""
    if outcome.property:
        should = " ".join(outcome.property.split()).removeprefix("it should ")
        return f"{outcome.name} should {should}."
    return f"{outcome.name}: {outcome.state}"


def _lines(text: str, indent: str = "  ", style: str = "") -> Iterator[Text]:
    """`text` in lines of a readable width; a line's own indent goes on where it wraps."""
    width = min(show.make_console().width, show.PAGE_WIDTH)
    for line in text.splitlines():
        margin = indent + line[: len(line) - len(line.lstrip())]
        wrap = textwrap.TextWrapper(
            width,
            initial_indent=margin,
            subsequent_indent=margin,
            break_long_words=False,
            break_on_hyphens=False,
        )
        yield from (Text(part, style=style) for part in wrap.wrap(line.strip()))
