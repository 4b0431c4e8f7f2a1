"""What the search looks through: a script beside the pages, which a page asks for when it is used.

It is a script and not data, since a page that was opened as a file may fetch nothing else.
"""

import json
import re
from collections.abc import Collection, Iterator, Sequence

from lessons.book.prose import Prose
from lessons.book.terms import anchor_of
from lessons.runner.cells import Lesson
from lessons.runner.curriculum import Course
from lessons.runner.formulas import plain
from lessons.runner.glossary import Term

FILE = "search.js"
SPOT = tuple[str, str, str]  # where a search leads: the address, the title, the text


def script(course: Course, files: Collection[str], terms: Sequence[Term]) -> str:
    """Return the script that hands the search the terms and the sections of all pages.

    files: the names of the pages that the book has.

    >>> script(Course([]), [], [Term("loss", 1, "small is good.")])
    'const SPOTS = [\\n["words.html#word-loss","loss","small is good."]\\n];\\n'
    """
    rows = (
        json.dumps(spot, ensure_ascii=False, separators=(",", ":"))
        for spot in spots(course, files, terms)
    )
    return "const SPOTS = [\n" + ",\n".join(rows) + "\n];\n"


def spots(course: Course, files: Collection[str], terms: Sequence[Term]) -> Iterator[SPOT]:
    """Yield the terms, and the sections of the lessons that the book has."""
    for term in terms:
        yield f"words.html#{anchor_of(term.word)}", term.word, plain(term.meaning)
    for lesson in course.lessons:
        if f"{lesson.name}.html" in files:
            yield from _sections(lesson)


def _sections(lesson: Lesson) -> Iterator[SPOT]:
    """The sections of a lesson, with the anchors that its page gives them."""
    prose = Prose(str(lesson.path))
    name = f"{lesson.number} {plain(lesson.title())}"
    where, title, texts = f"{lesson.name}.html", name, list[str]()
    for cell in lesson.cells():
        if cell.kind != "prose" or cell.is_footer:
            continue
        for part in re.split(r"^(?=#{1,6} )", cell.source, flags=re.MULTILINE):
            before = len(prose.headings)
            prose.html(part, cell.line)
            if len(prose.headings) > before and before:
                yield where, title, bare("\n".join(texts))
                heading = prose.headings[-1]
                where, texts = f"{lesson.name}.html#{heading.anchor}", []
                title = f"{name}: {heading.text}"
            texts.append(part)
    yield where, title, bare("\n".join(texts))


def bare(text: str) -> str:
    """Return Markdown without its marks and headings, on one line, formulas as a terminal has them.

    >>> bare("## One\\nOf *all*\\n$$x_i$$")
    'Of all xᵢ'
    """
    text = re.sub(r"^#+ .*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"\$\$(.+?)\$\$", r"$\1$", text, flags=re.DOTALL)
    return " ".join(re.sub(r"[*`]", "", plain(text)).split())
