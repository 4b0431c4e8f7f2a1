"""`python -m lessons book`: run the lessons where need be, print their pages, put them in place."""

import argparse
import sys
import webbrowser
from collections.abc import Mapping, Sequence
from pathlib import Path

from lessons.book import course as course_page
from lessons.book import explorers, folder, lesson, names, proving, searching, words
from lessons.book.outputs import FailedError, Outputs, outputs_of
from lessons.book.page import Link, Page, html_of
from lessons.book.prose import Prose
from lessons.runner import glossary
from lessons.runner.cells import Lesson
from lessons.runner.choose import choose_lesson
from lessons.runner.curriculum import Course, Explorer

EXAMPLES = """\
examples:
  python -m lessons book            all lessons, into the folder book
  python -m lessons book 7 gan      these pages anew; the others stay
  python -m lessons book --open     and show it in the browser
  python -m lessons book --quick --out quick-book    half trained, in seconds

Open index.html by a double click: no network is needed, now or later. What the
lessons print and draw is kept, so that a second build takes seconds.
"""


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of what stands behind `book`.

    >>> make_parser().parse_args(["7", "--quick"]).out.name
    'book'
    """
    parser = argparse.ArgumentParser(
        prog="python -m lessons book",
        description="Print the lessons as web pages.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("lesson", nargs="*", help="numbers, names, or words of titles; else all")
    parser.add_argument("--out", type=Path, default=Path("book"), help="the folder; else book")
    parser.add_argument("--quick", action="store_true", help="run the lessons in the short mode")
    parser.add_argument("--open", action="store_true", help="show the book in the browser")
    return parser


def main(arguments: Sequence[str], course: Course) -> int:
    """Build the book; returns the exit status, 1 where a lesson fails and nothing is replaced.

    Raises ValueError for a lesson that there is not, or a folder that is not ours.
    """
    asked = make_parser().parse_args(arguments)
    chosen = [choose_lesson(course, word) for word in asked.lesson] or list(course.lessons)
    chosen = sorted(dict.fromkeys(chosen), key=lambda one: one.number)
    there = folder.check(asked.out, asked.quick)
    try:
        build(course, chosen, there, asked.out, asked.quick)
    except (FailedError, ValueError) as error:
        print(f"{error}\n\nNo page was replaced.", file=sys.stderr)
        return 1
    first = asked.out / "index.html"
    print(f"The book is in {asked.out}: open {first}")
    if asked.open:
        webbrowser.open(first.resolve().as_uri())
    return 0


def build(
    course: Course, chosen: Sequence[Lesson], there: Mapping[str, str], out: Path, quick: bool
) -> None:
    """Print the pages of some lessons, and those of the whole book, into a folder.

    there: the pages that it has now, which stay if they are not printed anew.
    """
    Book(course, chosen, there, quick, {}).pages()  # what cannot be printed is said before a run
    book = Book(course, chosen, there, quick, outputs_of(chosen, quick))
    pages = book.pages()
    kinds = dict(there) | dict.fromkeys(pages, "quick" if quick else "full")
    folder.replace(out, pages, kinds)
    size = sum(len(text.encode()) for text in pages.values())
    print(f"{len(pages) - 1} pages and what the search looks through, {size / 1e6:.1f} MB")


class Book:
    """All pages of a book that are printed in one build.

    outputs: of each chosen lesson, by its name.
    """

    def __init__(
        self, course: Course, chosen: Sequence[Lesson], there: Mapping[str, str],
        quick: bool, outputs: Mapping[str, Outputs],
    ) -> None:  # fmt: skip
        self.course, self.chosen, self.quick, self.outputs = course, chosen, quick, outputs
        self.terms = glossary.load()
        self.files = {f"{x.name}.html" for x in chosen} | set(there)
        self.bound = [x for x in course.lessons if f"{x.name}.html" in self.files]
        self.places = {x.number: f"{x.name}.html" for x in self.bound}

    def pages(self) -> dict[str, str]:
        """Return each page's file name and text, and those of what the search looks through."""
        made = [*map(self._lesson, self.chosen), *self._alone()]
        made += [self._words(), names.page_of(self.quick)]
        made.append(proving.page_of(self.quick, self.places))
        made.append(self._first())
        spots = searching.script(self.course, self.files, self.terms)
        return {page.file: html_of(page) for page in made} | {searching.FILE: spots}

    def _lesson(self, one: Lesson) -> Page:
        place = self.bound.index(one)
        before = self.bound[place - 1] if place else None
        after = self.bound[place + 1] if place + 1 < len(self.bound) else None
        outputs = self.outputs.get(one.name, {})
        others = {number: file for number, file in self.places.items() if number != one.number}
        around = (_link(before), _link(after))
        return lesson.page_of(one, outputs, self.terms, *around, self.quick, others)

    def _words(self) -> Page:
        return words.page_of(self.terms, glossary.notation(), self.places, self.quick)

    def _first(self) -> Page:
        return course_page.page_of(self.course, self.files, self._explorers(), self.quick)

    def _explorers(self) -> list[tuple[Explorer, str]]:
        """The explorers that are written, and where in the book each is."""
        return [(x, self._place(x) or f"{x.anchor}.html") for x in self._written()]

    def _alone(self) -> list[Page]:
        """A page for each explorer that no lesson of the book shows."""
        return [_alone(x, self.quick) for x in self._written() if not self._place(x)]

    def _written(self) -> list[Explorer]:
        return explorers.there() if self.course.planned else []

    def _place(self, explorer: Explorer) -> str:
        for one in self.bound:
            if any(explorer.name in cell.explorers for cell in one.cells()):
                return f"{one.name}.html#{explorer.anchor}"
        return ""


def _alone(explorer: Explorer, quick: bool) -> Page:
    body = f"<h1>{explorer.title}</h1>\n{explorers.html(explorer, titled=False)}"
    scripts = explorers.scripts([explorer])
    return Page(f"{explorer.anchor}.html", explorer.title, body, quick=quick, scripts=scripts)


def _link(one: Lesson | None) -> Link | None:
    if one is None:
        return None
    return Link(f"{one.name}.html", f"{one.number}. {Prose().inline(one.title())}")
