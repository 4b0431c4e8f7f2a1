"""The page of a lesson: its cells in order, what they printed and drew, and its footer."""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape

from lessons.book import explorers
from lessons.book.capture import Piece, as_pieces
from lessons.book.code import block, printed
from lessons.book.exercises import exercises
from lessons.book.figure import figure
from lessons.book.page import Link, Page
from lessons.book.pictures import Picture
from lessons.book.prose import Heading, Prose
from lessons.book.terms import Terms
from lessons.book.words import meanings
from lessons.runner.cells import Cell, Lesson
from lessons.runner.footer import footer_of, sections_of
from lessons.runner.glossary import Term
from lessons.runner.knobs import TITLE as KNOBS

HEADING = re.compile(r"^#{1,6} ", re.MULTILINE)
SHOWN = ("Try", "Exercises", "Sources")  # of a footer; the rest is for maintainers


def page_of(
    lesson: Lesson,
    outputs: dict[int, list[Piece]],
    terms: Sequence[Term] = (),
    before: Link | None = None,
    after: Link | None = None,
    quick: bool = False,
    lessons: Mapping[int, str] | None = None,
) -> Page:
    """Return a lesson's page; ValueError, with file and line, for a formula that cannot be read.

    outputs: what each cell left, by its number. lessons: the page of each other lesson.
    """
    made = LessonPage(lesson, outputs, terms, lessons or {})
    body = "\n".join([*made.parts(), made.meanings()])
    title = f"{lesson.number}. {re.sub(r'[$*`]', '', lesson.title())}"
    headings = [x for x in made.prose.headings if x.level in (2, 3)]
    scripts = made.scripts()
    return Page(f"{lesson.name}.html", title, body, headings, before, after, quick, scripts)


class LessonPage:
    """A lesson's page while it is made, from its first cell to its last.

    What comes behind a question to guess at is folded, up to the next heading or explorer: the
    answer, what follows from it, and the next question, which would else give it away.
    """

    def __init__(
        self, lesson: Lesson, outputs: dict[int, list[Piece]], terms: Sequence[Term],
        lessons: Mapping[int, str],
    ) -> None:  # fmt: skip
        self.lesson, self.outputs = lesson, outputs
        self.cells = lesson.cells()
        self.footer = footer_of(self.cells)
        self.terms = Terms(terms, lesson.number)
        self.prose = Prose(str(lesson.path), self.terms, lessons)
        self.depth = 0  # how many folds are open here
        self.explorers: list[explorers.Explorer] = []

    def parts(self) -> Iterator[str]:
        """Yield the HTML of the page's body, a part at a time."""
        for number, cell in enumerate(self.cells):
            if cell.is_footer:
                yield self._unfold()
                yield from self._end(cell)
            elif cell.kind == "prose":
                yield from self._read(cell, number)
            else:
                yield self._code(cell, as_pieces(self.outputs.get(number, [])))
            yield from self._explorer(cell)
        yield self._unfold()

    def scripts(self) -> list[str]:
        """Return the names of the scripts that the page's explorers need."""
        return explorers.scripts(self.explorers)

    def meanings(self) -> str:
        """Return what the page's words mean, which a click on one shows."""
        return meanings(self.terms.linked_to(), self.prose.lessons)

    def _read(self, cell: Cell, number: int) -> Iterator[str]:
        """A cell of prose; what stands before its first heading is still in the fold, if any."""
        text, line = cell.source, cell.line
        heading = HEADING.search(text)
        if self.depth and heading:
            inside, text = text[: heading.start()], text[heading.start() :]
            yield self.prose.html(inside, line) if inside else ""
            yield self._unfold()
            line += inside.count("\n")
        html = self.prose.html(text, line)
        yield html.replace("</h1>", f"</h1>\n{self._facts()}", 1) if number == 0 else html
        if cell.predicts:
            yield self._fold()

    def _facts(self) -> str:
        """Under the title: how long the lesson takes, and what one can take hold of on its page."""
        minutes, seconds = self.footer.minutes, self.footer.seconds
        facts = f"{minutes:g} min to read · {seconds:g} s to run" if minutes and seconds else ""
        found = [explorers.named(name) for cell in self.cells for name in cell.explorers]
        links = [f'<a href="#{x.anchor}">{escape(x.title)}</a>' for x in found]
        play = f"To play with on this page: {', '.join(links)}" if links else ""
        told = "<br>".join(line for line in (facts, play) if line)
        return f'<p class="facts">{told}</p>' if told else ""

    def _code(self, cell: Cell, pieces: Sequence[str | Picture]) -> str:
        """A cell of code with what it left; folded code stands behind that."""
        label = cell.title or "Code"
        results = "".join(self._result(piece) for piece in pieces)
        code = block(cell.code, label)
        if cell.folded or _sets_up(cell):
            name = "its own" if cell.folded else "what is imported"
            words = f"Code: {self.prose.inline(cell.title or name)}"
            how = _headline(cell, self.lesson) if cell.title == KNOBS else ""
            folded = f'<details class="folded"><summary>{words}</summary>{how}{code}</details>'
            return f'<div class="cell">{results}{folded}</div>'
        return f'<div class="cell">{_headline(cell, self.lesson)}{code}{results}</div>'

    def _result(self, piece: str | Picture) -> str:
        return printed(piece) if isinstance(piece, str) else figure(piece, self.prose)

    def _fold(self) -> str:
        """The beginning of what a guess comes before; its anchor is what a browser keeps it by."""
        self.depth += 1
        self.terms.folded = True
        section = self.prose.headings[-1].anchor if self.prose.headings else "start"
        anchor = self.prose.anchor_for(f"outcome-{section}")
        return (
            f'<p class="guess"><label for="guess-{anchor}">Your guess</label>'
            f'<input id="guess-{anchor}" spellcheck="false" autocomplete="off"></p>\n'
            f'<details class="outcome" id="{anchor}"><summary>Go on: what happens'
            '<span class="inside"> (the lesson goes on in here)</span></summary>'
        )

    def _unfold(self) -> str:
        depth, self.depth = self.depth, 0
        self.terms.folded = False
        return depth * "</details>"

    def _explorer(self, cell: Cell) -> Iterator[str]:
        if cell.explorers:  # what one can take hold of is never folded away
            yield self._unfold()
        for name in cell.explorers:
            explorer = explorers.named(name)
            self.explorers.append(explorer)
            anchor = self.prose.anchor_for(explorer.anchor)
            self.prose.headings.append(Heading(3, anchor, explorer.title, explorer.title))
            yield explorers.html(explorer)

    def _end(self, cell: Cell) -> Iterator[str]:
        """What the footer has for readers: experiments, exercises, sources."""
        for title, text in sections_of(cell.source).items():
            if title == "Try":
                yield self._heading(title)
                yield self._tries()
            elif title in SHOWN:
                yield self._heading(title)
                yield self.prose.html(text, cell.line)
                if title == "Exercises":
                    yield exercises(self.lesson, self.prose)

    def _heading(self, title: str) -> str:
        anchor = self.prose.anchor_for(title)
        self.prose.headings.append(Heading(2, anchor, title, title))
        return f'<h2 id="{anchor}">{title}</h2>'

    def _tries(self) -> str:
        """The experiments, each with the command that runs it, and its answer folded."""
        items = []
        for one in self.footer.experiments:
            command = f"python -m lessons {self.lesson.number} --try {one.number}"
            question = self.prose.inline(one.question, linked=True)
            items.append(
                f"<li><p><code>{escape(one.words)}</code>: {question}</p>\n"
                f'<p class="command"><kbd>{command}</kbd></p>\n'
                "<details><summary>What we make of it</summary>"
                f"{self.prose.html(one.answer)}</details></li>"
            )
        return f'<ol class="tries">{"".join(items)}</ol>'


def _sets_up(cell: Cell) -> bool:
    """Whether a cell only imports, or sets the knobs: a page begins with its subject."""
    imports = (ast.Import, ast.ImportFrom)
    return cell.title == KNOBS or all(
        isinstance(node, imports) for node in ast.parse(cell.source).body
    )


def _headline(cell: Cell, lesson: Lesson) -> str:
    """What stands above a cell of code: its title, and of the knobs how one turns them."""
    if not cell.title:
        return ""
    turn = f" <kbd>python -m lessons {lesson.number} --set NAME=VALUE</kbd>"
    how = turn if cell.title == KNOBS else ""
    return f'<p class="headline">{escape(cell.title)}{how}</p>'
