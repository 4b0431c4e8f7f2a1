"""The report on a reader's answers: a line for each exercise, then help with what is not right."""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.text import Text

from lessons.runner import show
from lessons.runner.found import Examined, Outcome

COLOURS = {"passed": "green", "failed": "bold red", "missing": "bold red", "not begun": "dim"}


@dataclass(frozen=True)
class Frame:
    """What a report says besides what was found.

    title: its first line. hint: whether it gives the stronger hint. more: the command that does,
    for the exercise NAME. anew: how the reader gets a fresh file. ours: where the solution is.
    """

    title: str
    hint: bool
    more: str
    anew: str
    ours: str


def all_pass(examined: Examined) -> bool:
    """Return whether there is nothing left to mend.

    >>> all_pass(Examined([Outcome("double", "passed")]))
    True
    """
    states = {outcome.state for outcome in examined.outcomes}
    return states == {"passed"} and not examined.unreadable


def report(examined: Examined, frame: Frame) -> Iterator[Text]:
    """Yield the lines of the report. One thing at a time: the first that fails gets the help.

    >>> frame = Frame("Lesson 7", hint=False, more="", anew="", ours="solution.py")
    >>> print(*report(Examined([Outcome("kl", "passed")]), frame), sep="\\n")
    Lesson 7
    <BLANKLINE>
      kl  passed
    <BLANKLINE>
    All pass. Ours, to compare with: solution.py
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
        yield from _states(examined.outcomes)
        yield from _what_next(examined.outcomes, frame)
    if all_pass(examined):
        yield Text(f"\nAll pass. Ours, to compare with: {frame.ours}")


def _states(outcomes: Sequence[Outcome]) -> Iterator[Text]:
    width = max(len(outcome.name) for outcome in outcomes)
    for outcome in outcomes:
        state = (outcome.state, COLOURS[outcome.state])
        yield Text.assemble(f"  {outcome.name:{width}}  ", state)


def _what_next(outcomes: Sequence[Outcome], frame: Frame) -> Iterator[Text]:
    """Help with the first that failed, or else is not begun; a word on the others that failed."""
    by_state = {state: [x for x in outcomes if x.state == state] for state in COLOURS}
    failed, missing = by_state["failed"], by_state["missing"]
    for outcome in (failed + by_state["not begun"])[:1]:
        yield from _help(outcome, frame)
    for outcome in failed[1:]:
        yield Text()
        yield from _lines(_fails(outcome), indent="", style="bold")
        yield Text("  See how: " + frame.more.replace("NAME", outcome.name).replace(" --hint", ""))
    if missing:
        yield Text(f"\nmissing: {', '.join(outcome.name for outcome in missing)}", style="bold")
        yield from _lines("Your file defines no such function. Was it renamed, or is it indented?")
        yield Text(f"  To begin with a fresh file: {frame.anew}")


def _help(outcome: Outcome, frame: Frame) -> Iterator[Text]:
    """What one exercise asks, how the answer misses it, and the hint."""
    yield Text()
    yield from _lines(_fails(outcome), indent="", style="bold")
    yield from _lines(outcome.message or outcome.hint)
    if outcome.example:
        yield from _lines("The smallest example found:\n" + textwrap.indent(outcome.example, "  "))
    if outcome.message and (outcome.state == "failed" or frame.hint):
        yield from _lines(f"Hint: {outcome.hint}")
    if frame.hint:
        yield from _lines(f"Stronger hint: {outcome.stronger_hint}")
    else:
        yield Text("  More help: " + frame.more.replace("NAME", outcome.name))


def _fails(outcome: Outcome) -> str:
    if outcome.property:
        return f"{outcome.name} fails at: {outcome.property}"
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
