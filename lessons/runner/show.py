"""How a lesson looks in a terminal: pages of prose, code, words, errors.

Rich does the showing, with the terminal's own sixteen colours, so that a light background stays
readable; NO_COLOR switches them off.
"""

import re
import sys
import traceback
from collections.abc import Iterator, Sequence

from rich.console import Console, Group, RenderableType
from rich.constrain import Constrain
from rich.markdown import Markdown
from rich.padding import Padding
from rich.rule import Rule
from rich.syntax import Syntax
from rich.text import Text
from rich.theme import Theme

from lessons.runner.cells import Cell, Lesson
from lessons.runner.curriculum import EXPLORERS
from lessons.runner.footer import Experiment
from lessons.runner.formulas import converted, find_formulas, plain, with_formulas
from lessons.runner.glossary import Term
from lessons.runner.wrapping import wrapped

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
        cell.code,
        "python",
        theme=CODE_THEME,
        line_numbers=True,
        start_line=cell.line,
        word_wrap=True,
        background_color="default",
    )


def rule(lesson: Lesson, step: int, steps: int, turned: str = "") -> Constrain:
    """Return the line above a step: which lesson, how far, and what was turned."""
    line = Rule(f"{lesson.short}{turned}  {step}/{steps}", align="right", style="dim")
    return Constrain(line, PAGE_WIDTH)


def folded(cell: Cell) -> Text:
    """Return the line that stands for code which is shown on request.

    >>> make_console().print(folded(Cell("code", 12, "keep(figure)", "Show the samples")))
    ▸ Show the samples  (c shows its code)
    """
    words = cell.title or "A picture or a check"
    return Text.assemble(f"▸ {words}", ("  (c shows its code)", "dim"))


def explorer(name: str) -> Constrain:
    """Return the sentence that stands for an explorer, which only the book can show.

    >>> make_console().print(explorer("valley"))
    <BLANKLINE>
    The book has an explorer here, The valley: python -m lessons book 5 --open
    """
    known = {one.name: one for one in EXPLORERS}
    if name not in known:
        raise ValueError(f"There is no explorer {name!r}. There are {', '.join(known)}.")
    one = known[name]
    words = f"The book has an explorer here, *{one.title}*: `python -m lessons book {one.lesson} "
    return Constrain(Group(Text(), page(f"{words}--open`")), PAGE_WIDTH)


def experiment(one: Experiment, answered: bool) -> Constrain:
    """Return an experiment: its settings and its question, and the answer if it is asked for.

    >>> make_console().print(experiment(Experiment(1, {"lr": "9"}, "Does it learn?", "No."), True))
    Try 1, lr=9: Does it learn?
    <BLANKLINE>
    Answer. No.
    """
    parts = [f"**Try {one.number}**, `{one.words}`: {one.question}"]
    return page("\n\n".join(parts + [f"**Answer.** {one.answer}"] * answered))


def glossary(terms: Sequence[Term]) -> Constrain:
    """Return entries of the glossary.

    >>> make_console().print(glossary([Term("loss", 1, "what learning makes small.")]))
    loss (lesson 1): what learning makes small.
    """
    lines = [f"**{term.word}** (lesson {term.lesson}): {term.meaning}" for term in terms]
    return page("\n\n".join(lines))


def printed(text: str, width: int) -> Text:
    """Return what was printed, with long lines broken: between words, unless they are coloured.

    >>> print(printed("12 34 56\\n789012", width=5))
    12 34
    56
    78901
    2
    """
    fitted = "\n".join(x if "\x1b" in x else wrapped(x, width) for x in text.rstrip().split("\n"))
    lines = Text.from_ansi(fitted).split("\n")
    parts = [part for line in lines for part in line.divide(range(width, len(line), width))]
    return Text("\n").join(parts)


def narrow(content: RenderableType) -> Constrain:
    """Return `content` no wider than a page."""
    return Constrain(content, PAGE_WIDTH)


def headings(prose: str) -> Iterator[Text]:
    """Yield a prose cell's headings as plain lines: all that a run without a reader shows of it.

    >>> [heading.plain for heading in headings("# The ELBO of $x$\\n\\nLong.\\n\\n## In code")]
    ['# The ELBO of x', '## In code']
    """
    without_code = re.sub(r"```.*?```", "", prose, flags=re.DOTALL)
    for heading in re.findall(r"^#+ .*", without_code, re.MULTILINE):
        yield Text(plain(heading), style="bold")


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
            yield Padding(Text(converted(match["display"]), style="formula"), (0, 0, 0, 4))
            start = match.end()
    yield from _markdown(prose[start:])


def _markdown(text: str) -> Iterator[Markdown]:
    if text.strip():
        text = with_formulas(text, _escaped)
        yield Markdown(text, code_theme=CODE_THEME, hyperlinks=False, justify="left")


def _escaped(formula: str) -> str:
    """`formula` with nothing left that Markdown would read as its own."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", formula)
