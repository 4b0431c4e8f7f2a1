"""Steps of a lesson, and the titles by which a bookmark knows them when the lesson is rewritten."""

import re
from collections.abc import Sequence

from lessons.runner.cells import Cell, code_of

Step = list[Cell]


def titles_of(steps: Sequence[Step]) -> list[str]:
    """Return a title for each step: its code's own, else that of its section, numbered.

    >>> prose, code = Cell("prose", 2, "## The sum"), Cell("code", 4, "1 + 1")
    >>> titles_of([[prose, code], [code], [Cell("code", 9, "lr = 0.1", "Knobs")]])
    ['The sum', 'The sum/2', 'Knobs']
    """
    found: list[str] = []
    section = ""
    for step in steps:
        section = _section(step) or section
        own = next((cell.title for cell in code_of(step) if cell.title), "")
        found.append(_numbered(own or section, found))
    return found


def runnable(steps: Sequence[Step]) -> list[int]:
    """Return the numbers, from 0, of the steps that have code.

    >>> runnable([[Cell("prose", 2, "Why.")], [Cell("code", 4, "1 + 1")]])
    [1]
    """
    return [number for number, step in enumerate(steps) if code_of(step)]


def place_in(titles: Sequence[str], at: str, step: int, of: int) -> int:
    """Return where a reader goes on, from 0, who was at `step` of `of`, at the step titled `at`.

    It is found by its title; in a lesson that has it no more, or by an older bookmark, as far in.

    >>> place_in(["Knobs", "The sum", "End"], at="The sum", step=5, of=9)
    1
    """
    if at in titles:
        return titles.index(at)
    return round((step - 1) * len(titles) / of) if of != len(titles) else step - 1


def _section(step: Step) -> str:
    """The last heading in a step, if there is one."""
    prose = "\n".join(cell.source for cell in step if cell.kind == "prose")
    headings = re.findall(r"^#+ +(.+)$", prose, re.MULTILINE)
    return headings[-1].strip() if headings else ""


def _numbered(title: str, taken: Sequence[str]) -> str:
    number = 1 + sum(re.sub(r"/\d+$", "", other) == title for other in taken)
    return f"{title}/{number}" if number > 1 else title
