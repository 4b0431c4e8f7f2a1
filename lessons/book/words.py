"""The page of words: the glossary, and what each symbol means."""

import json
from collections.abc import Mapping, Sequence
from html import escape

from lessons.book.page import Page
from lessons.book.prose import Heading, Prose
from lessons.book.terms import anchor_of
from lessons.runner.glossary import Term


def page_of(terms: Sequence[Term], notation: str, lessons: Mapping[int, str], quick: bool) -> Page:
    """Return the page of words. lessons: the page of each lesson that the book has."""
    prose = Prose("lessons/glossary.md", lessons=lessons)
    entries = []
    for term in terms:
        anchor = anchor_of(term.word)
        prose.anchors.add(anchor)
        entries.append(
            f'<dt id="{anchor}">{escape(term.word)} <small>{_lesson(term, lessons)}</small></dt>'
            f"<dd>{prose.inline(term.meaning, linked=True)}</dd>"
        )
    symbols = Prose("lessons/notation.md", lessons=lessons, anchors=prose.anchors)
    table = symbols.html(notation.partition("\n")[2])
    body = (
        '<h1>Words and symbols</h1>\n<h2 id="words">Words</h2>\n'
        f'<dl class="words">{"".join(entries)}</dl>\n<h2 id="notation">Notation</h2>\n{table}'
    )
    headings = [Heading(2, name.lower(), name, name) for name in ("Words", "Notation")]
    return Page("words.html", "Words and symbols", body, headings, quick=quick)


def meanings(terms: Sequence[Term], lessons: Mapping[int, str]) -> str:
    """Return what a page knows of these words, to be shown in place: HTML by their anchors.

    >>> "<b>loss<" in meanings([Term("loss", 1, "small is good.")], {})
    True
    """
    prose = Prose("lessons/glossary.md", lessons=lessons)
    known = {}
    for term in terms:
        meaning = prose.inline(term.meaning, linked=True)
        known[anchor_of(term.word)] = (
            f"<p><b>{escape(term.word)}</b>: {meaning}</p>"
            f"<p><small>{_lesson(term, lessons)}</small></p>"
        )
    data = json.dumps(known, ensure_ascii=False).replace("</", "<\\/")
    return f'<script type="application/json" id="meanings">{data}</script>'


def _lesson(term: Term, lessons: Mapping[int, str]) -> str:
    """The lesson that explains a word, as a link where the book has it."""
    words = f"lesson {term.lesson}"
    file = lessons.get(term.lesson)
    return f'<a href="{file}">{words}</a>' if file else words
