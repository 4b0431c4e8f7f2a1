"""How a lesson looks in a terminal: pages of prose, code, the table of contents, errors.

Rich does the showing, with the terminal's own sixteen colours, so that a light background stays
readable; NO_COLOR switches them off.
"""

import re
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

from lessons.cells import Cell, Lesson
from lessons.formulas import find_formulas, to_unicode

THEME = Theme({"markdown.code": "cyan", "markdown.code_block": "cyan", "formula": "bold"})
CODE_THEME = "ansi_dark"
PAGE_WIDTH = 92  # columns: longer lines of prose are hard to read


def make_console(stderr: bool = False) -> Console:
    """Return a console that leaves a lesson's own output as it is: no markup, no emoji.

    >>> make_console().is_terminal
    False
    """
    return Console(theme=THEME, highlight=False, markup=False, emoji=False, stderr=stderr)


def page(prose: str) -> Constrain:
    """Return a prose cell as a page: Markdown, with formulas that a terminal can show.

    >>> make_console().print(page("Noise: $\\\\varepsilon \\\\sim p$."))
    Noise: ε ∼ p.
    """
    return Constrain(Group(*_parts(prose)), PAGE_WIDTH)


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


def contents(lessons: Sequence[Lesson]) -> RenderableType:
    """Return the table of contents: number, name, what one builds, minutes on two cores.

    >>> make_console().print(contents([]))
    There are no lessons here yet.
    """
    if not lessons:
        return Text("There are no lessons here yet.")
    table = Table(box=None, padding=(0, 2, 1, 0), header_style="dim")
    table.add_column("no.", justify="right")
    table.add_column("name", style="bold cyan")
    table.add_column("what you build")
    table.add_column("min", justify="right")
    for lesson in lessons:
        header = lesson.header()
        about = Group(Text(header.title, style="bold"), page(header.description))
        table.add_row(str(lesson.number), lesson.short, about, header.minutes)
    return table


def headings(prose: str) -> Iterator[Text]:
    """Yield a prose cell's headings as plain lines: all that a run without a reader shows of it.

    >>> [heading.plain for heading in headings("# The ELBO of $x$\\n\\nLong.\\n\\n## In code")]
    ['# The ELBO of x', '## In code']
    """
    without_code = re.sub(r"```.*?```", "", prose, flags=re.DOTALL)
    for heading in re.findall(r"^#+ .*", without_code, re.MULTILINE):
        yield Text(_with_formulas(heading, lambda text: text), style="bold")


def error(problem: BaseException) -> Syntax:
    """Return an exception's traceback, highlighted."""
    lines = "".join(traceback.format_exception(problem)).rstrip()
    return Syntax(lines, "pytb", theme=CODE_THEME, word_wrap=True, background_color="default")


def _parts(prose: str) -> Iterator[RenderableType]:
    """Markdown, and the formulas displayed between."""
    start = 0
    for match in find_formulas(prose):
        if match["display"]:
            yield _markdown(prose[start : match.start()])
            yield Padding(Text(_converted(match["display"]), style="formula"), (1, 0, 1, 4))
            start = match.end()
    yield _markdown(prose[start:])


def _markdown(text: str) -> Markdown:
    return Markdown(
        _with_formulas(text, _escaped), code_theme=CODE_THEME, hyperlinks=False, justify="left"
    )


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
