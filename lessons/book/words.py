"""The page of words: the glossary, and what each symbol means."""

from collections.abc import Collection, Sequence
from html import escape

from lessons.book.page import Page
from lessons.book.prose import Heading, Prose
from lessons.book.terms import anchor_of
from lessons.runner.curriculum import Course
from lessons.runner.glossary import Term


def page_of(
    course: Course, terms: Sequence[Term], notation: str, files: Collection[str], quick: bool
) -> Page:
    """Return the page of words. files: the names of the pages that the book has."""
    prose = Prose("lessons/glossary.md")
    written = {entry.number: entry.lesson for entry in course.entries() if entry.lesson}
    entries = []
    for term in terms:
        lesson = written.get(term.lesson)
        file = f"{lesson.name}.html" if lesson else ""
        words = f"lesson {term.lesson}"
        where = f'<a href="{file}">{words}</a>' if file in files else words
        prose.anchors.add(anchor_of(term.word))
        entries.append(
            f'<dt id="{anchor_of(term.word)}">{escape(term.word)} <small>{where}</small></dt>'
            f"<dd>{prose.inline(term.meaning)}</dd>"
        )
    symbols = Prose("lessons/notation.md", anchors=prose.anchors)
    table = symbols.html(notation.partition("\n")[2])
    body = (
        '<h1>Words and symbols</h1>\n<h2 id="words">Words</h2>\n'
        f'<dl class="words">{"".join(entries)}</dl>\n<h2 id="notation">Notation</h2>\n{table}'
    )
    headings = [Heading(2, name.lower(), name, name) for name in ("Words", "Notation")]
    return Page("words.html", "Words and symbols", body, headings, quick=quick)
