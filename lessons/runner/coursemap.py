"""The map of the course: its parts and lessons, the time they take, what the reader has done."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lessons.runner import show
from lessons.runner.bookmark import Bookmark, Place
from lessons.runner.cells import Lesson, group_steps
from lessons.runner.curriculum import PARTS, WAYS, Course, Entry
from lessons.runner.footer import Footer, read_footer
from lessons.runner.steps import runnable, titles_of

HOW = """\
To open one:       python -m lessons 1, or by any word of a title: python -m lessons vae
To test answers:   python -m lessons check 1
To look up a word: python -m lessons words kl"""


def course_map(course: Course, reader: Bookmark) -> RenderableType:
    """Return the map: a line for each lesson, those that are not written yet in grey.

    >>> show.make_console().print(course_map(Course([], []), Bookmark()))
    There are no lessons here yet.
    """
    places = course.entries()
    if not places:
        return Text("There are no lessons here yet.")
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim", pad_edge=False)
    table.add_column("", justify="right", min_width=2)
    table.add_column("", min_width=20)
    for name in ("read", "run", "cells run", "exercises"):
        table.add_column(name, justify="right", no_wrap=True)
    for place in places:
        if course.planned and place.number in PARTS:
            table.add_row("", Text(f"\n{PARTS[place.number]}", "bold"))
        table.add_row(*_row(place, reader))
    ways = [Text(f"\n{_ways()}")] if course.planned else []
    return Group(show.narrow(table), *ways, Text(f"\n{HOW}", "dim"))


def steps_done(lesson: Lesson, place: Place) -> tuple[int, int]:
    """Return how many of a lesson's steps with code the reader has run, and how many there are."""
    try:
        steps = group_steps(lesson.cells())
    except ValueError:  # a file that is being written
        return 0, 0
    titles = titles_of(steps)
    here = [titles[number] for number in runnable(steps)]
    return sum(title in place.ran for title in here), len(here)


def exercises_done(lesson: Lesson, place: Place) -> tuple[int, int]:
    """Return how many of a lesson's exercises the reader has solved, and how many there are.

    >>> from pathlib import Path
    >>> exercises_done(Lesson(Path("lesson99_none.py")), Place())
    (0, 0)
    """
    asked = lesson.exercises()
    return len(set(asked) & set(place.exercises)), len(asked)


def _row(place: Entry, reader: Bookmark) -> Iterator[RenderableType]:
    """Number, title, time to read, time to run, steps, exercises."""
    yield Text(str(place.number), "" if place.lesson else "dim")
    if not place.lesson:
        yield Text(f"{place.title} (not yet written)", "dim")
        return
    optional = (" (optional)", "dim") if place.planned.optional else ""
    yield Text.assemble((place.title, "bold"), optional)
    footer, far = _footer(place.lesson), reader.place(place.lesson.name)
    yield Text(f"{footer.minutes:g} min" if footer.minutes else "")
    yield Text(f"{footer.seconds:g} s" if footer.seconds else _minutes(place.lesson))
    yield Text(_steps(place.lesson, far), "green")
    solved, asked = exercises_done(place.lesson, far)
    yield Text(f"{solved} of {asked}" if asked and far != Place() else "", "green")


def _steps(lesson: Lesson, far: Place) -> str:
    """How many steps have run; where an older bookmark does not know, where the reader was."""
    ran, all_steps = steps_done(lesson, far)
    if ran:
        return f"{ran} of {all_steps}"
    return f"at {far.step} of {far.of}" if far.step > 1 else "to the end" if far.done else ""


def _footer(lesson: Lesson) -> Footer:
    try:
        return read_footer(lesson.footer_source())
    except ValueError:  # a file that is being written
        return Footer()


def _minutes(lesson: Lesson) -> str:
    """What a lesson of before says of its running time."""
    said = lesson.header().minutes
    return f"{said} min" if said and not lesson.footer_source() else ""


def _ways() -> str:
    lines = [f"  {name:23} {_listed(numbers)}" for name, numbers in WAYS.items()]
    return "\n".join(["Three ways through:", *lines])


def _listed(numbers: tuple[int, ...]) -> str:
    whole = len(numbers) > 12
    return f"{numbers[0]} to {numbers[-1]}" if whole else ", ".join(map(str, numbers))
