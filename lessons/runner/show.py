"""How a lesson looks in a terminal: pages of prose, code, the table of contents, errors.

Rich does the showing, with the terminal's own sixteen colours, so that a light background stays
readable; NO_COLOR switches them off.
"""

import re
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence

from rich.console import Console, Group, RenderableType
from rich.constrain import Constrain
from rich.markdown import Markdown
from rich.padding import Padding
from rich.rule import Rule
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text
from rich.theme import Theme

from lessons.runner.bookmark import Bookmark, Place
from lessons.runner.cells import Cell, Lesson
from lessons.runner.formulas import find_formulas, to_unicode

THEME = Theme({"markdown.code": "cyan", "markdown.code_block": "cyan", "formula": "bold"})
CODE_THEME = "ansi_dark"
PAGE_WIDTH = 92  # columns: longer lines of prose are hard to read


def make_console(stderr: bool = False) -> Console:
    """Return a console that leaves a lesson's own output as it is: no markup, no emoji.

    >>> make_console().is_terminal
    False
    """
    # The stream is named: a bar drawn on it stays visible while a cell's own output is muted.
    stream = sys.stderr if stderr else sys.stdout
    return Console(theme=THEME, highlight=False, markup=False, emoji=False, file=stream)


def page(prose: str) -> Constrain:
    """Return a prose cell as a page: Markdown, with formulas that a terminal can show.

    >>> make_console().print(page("Noise: $\\\\varepsilon \\\\sim p$."))
    Noise: ε ∼ p.
    """
    spaced = [part for block in _parts(prose) for part in (Text(), block)][1:]
    return Constrain(Group(*spaced), PAGE_WIDTH)


def code(cell: Cell) -> Syntax:
    """Return a code cell, highlighted, with its file's line numbers.

    >>> make_console().print(code(Cell("code", 12, "x = 1")))  # doctest: +NORMALIZE_WHITESPACE
    12 x = 1
    """
    return Syntax(
        cell.source,
        "python",
        theme=CODE_THEME,
        line_numbers=True,
        start_line=cell.line,
        word_wrap=True,
        background_color="default",
    )


def rule(lesson: Lesson, step: int, steps: int) -> Constrain:
    """Return the line above a step: which lesson, how far."""
    line = Rule(f"{lesson.short}  {step}/{steps}", align="right", style="dim")
    return Constrain(line, PAGE_WIDTH)


def contents(lessons: Sequence[Lesson], reader: Bookmark) -> RenderableType:
    """Return the table of contents: what one builds, minutes on two cores, how far the reader is.

    >>> make_console().print(contents([], Bookmark()))
    There are no lessons here yet.
    """
    if not lessons:
        return Text("There are no lessons here yet.")
    table = Table(box=None, padding=(0, 2, 1, 0), header_style="dim")
    table.add_column("", justify="right")
    table.add_column("what you build, and its short name")
    table.add_column("min", justify="right")
    for lesson in lessons:
        header, far = lesson.header(), progress(lesson, reader.place(lesson.name))
        title = Text(_with_formulas(header.title, str), "bold").append(f"  {lesson.short}", "cyan")
        about = Group(title, page(header.description), *([Text(far, "green")] if far else []))
        table.add_row(str(lesson.number), about, header.minutes)
    first = lessons[0]
    how = (
        f"To open one: python -m lessons {first.number}, or python -m lessons {first.short}\n"
        f"To test your answers to its exercises: python -m lessons check {first.number}"
    )
    return Group(Constrain(table, PAGE_WIDTH), Text(how, "dim"))


def progress(lesson: Lesson, place: Place) -> str:
    """Return how far a reader is in a lesson, in words; none where nothing is begun.

    >>> from pathlib import Path
    >>> progress(Lesson(Path("lesson07_vae.py")), Place(step=3, of=20))
    'step 3 of 20'
    """
    asked = lesson.exercises()
    solved = [name for name in asked if name in place.exercises]
    begun = f"step {place.step} of {place.of}" if place.step > 1 else ""
    exercises = f"{len(solved)} of {len(asked)} exercises" if asked and place != Place() else ""
    return " · ".join(filter(None, ["done" if place.done else "", begun, exercises]))


def headings(prose: str) -> Iterator[Text]:
    """Yield a prose cell's headings as plain lines: all that a run without a reader shows of it.

    >>> [heading.plain for heading in headings("# The ELBO of $x$\\n\\nLong.\\n\\n## In code")]
    ['# The ELBO of x', '## In code']
    """
    without_code = re.sub(r"```.*?```", "", prose, flags=re.DOTALL)
    for heading in re.findall(r"^#+ .*", without_code, re.MULTILINE):
        yield Text(_with_formulas(heading, str), style="bold")


def error(problem: BaseException) -> Syntax:
    """Return an exception's traceback, highlighted."""
    lines = "".join(traceback.format_exception(problem)).rstrip()
    return Syntax(lines, "pytb", theme=CODE_THEME, word_wrap=True, background_color="default")


def _parts(prose: str) -> Iterator[RenderableType]:
    """Markdown, and the formulas displayed between."""
    start = 0
    for match in find_formulas(prose):
        if match["display"]:
            yield from _markdown(prose[start : match.start()])
            yield Padding(Text(_converted(match["display"]), style="formula"), (0, 0, 0, 4))
            start = match.end()
    yield from _markdown(prose[start:])


def _markdown(text: str) -> Iterator[Markdown]:
    if text.strip():
        text = _with_formulas(text, _escaped)
        yield Markdown(text, code_theme=CODE_THEME, hyperlinks=False, justify="left")


def _with_formulas(text: str, finish: Callable[[str], str]) -> str:
    """`text` with its inline formulas converted, then finished by `finish`."""
    parts, start = [], 0
    for match in find_formulas(text):
        parts += [text[start : match.start()], finish(_converted(match["inline"] or ""))]
        start = match.end()
    return "".join(parts) + text[start:]


def _escaped(formula: str) -> str:
    """`formula` with nothing left that Markdown would read as its own."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", formula)


def _converted(formula: str) -> str:
    """`formula` as text. One that cannot be is shown as it is written: reading goes on."""
    try:
        return to_unicode(formula)
    except ValueError:
        return formula
