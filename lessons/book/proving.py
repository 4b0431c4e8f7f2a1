"""The page for whoever wrote a backward by hand: from there to a proof of it."""

from collections.abc import Mapping
from pathlib import Path

import scratchgen
from lessons.book.page import Page
from lessons.book.prose import Prose

TEXT = Path(scratchgen.__file__).parent / "testing" / "README.md"


def page_of(quick: bool, lessons: Mapping[int, str]) -> Page:
    """Return the page on proving anybody's gradients, made of the testing room's own README.

    lessons: the page of each lesson that the book has.
    """
    prose = Prose(str(TEXT), lessons=lessons)
    body = prose.html(TEXT.read_text(encoding="utf-8"))
    title = prose.headings[0]
    return Page("proving.html", title.text, body, prose.headings[1:], quick=quick)
