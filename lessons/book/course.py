"""The first page: the map of the course, three ways through it, the explorers, and the search."""

import json
import re
from collections.abc import Collection, Iterator, Sequence
from html import escape

from lessons.book.page import Page
from lessons.book.prose import Prose
from lessons.book.terms import anchor_of
from lessons.runner.cells import Lesson
from lessons.runner.curriculum import PARTS, WAYS, Course, Entry, Explorer
from lessons.runner.footer import footer_of
from lessons.runner.formulas import plain
from lessons.runner.glossary import Term

SPOTS = tuple[str, str, str]  # where a search leads: the address, the title, the text

OPENING = """\
<h1>Image generation, from scratch</h1>
<p class="lead">You know some Python, and the derivative from school. At the end you have derived,
built, proven, trained, measured and repaired the two classic generators of images, and can say why
each line is there. Everything on these pages was computed when they were printed. They need no
network.</p>
<search><label for="search">Search the book</label>
<input id="search" type="search" placeholder="a word, such as momentum">
<ol id="found" aria-live="polite"></ol></search>
"""


def page_of(
    course: Course,
    files: Collection[str],
    explorers: Sequence[tuple[Explorer, str]],
    terms: Sequence[Term],
    quick: bool,
) -> Page:
    """Return the first page.

    files: the names of the pages that the book has. explorers: each with where it is.
    """
    parts = [OPENING, _ways(course, files), _map(course, files), _explorers(explorers)]
    spots = json.dumps(list(_spots(course, files, terms)), ensure_ascii=False)
    data = spots.replace("</", "<\\/")
    parts.append(f'<script type="application/json" id="spots">{data}</script>')
    return Page("index.html", "The course", "\n".join(parts), quick=quick, scripts=["search.js"])


def _ways(course: Course, files: Collection[str]) -> str:
    """The three ways through, each a line of links."""
    if not course.planned:
        return ""
    entries = {entry.number: entry for entry in course.entries()}
    ways = []
    for name, numbers in WAYS.items():
        links = ", ".join(_link(entries[n], str(n), files) for n in numbers if n in entries)
        ways.append(f"<li><b>{name}</b> {links}</li>")
    return f'<h2>Three ways through</h2>\n<ul class="ways">{"".join(ways)}</ul>'


def _map(course: Course, files: Collection[str]) -> str:
    """The parts with their lessons, written or not."""
    rows: list[str] = []
    for entry in course.entries():
        if course.planned and entry.number in PARTS:
            rows.append(f"</ol><h3>{PARTS[entry.number]}</h3><ol>" if rows else "<ol>")
        rows.append(_entry(entry, files))
    opened = "" if rows and rows[0] == "<ol>" else "<ol>"
    return f'<h2>The lessons</h2>\n<div class="map">{opened}{"".join(rows)}</ol></div>'


def _entry(entry: Entry, files: Collection[str]) -> str:
    """A lesson of the map: its number, title, what one builds and sees, and how long it takes."""
    about = escape(plain(entry.planned.about))
    title = _link(entry, _title(entry), files)
    words = [_state(entry, files)] + ["optional"] * entry.planned.optional
    facts = " · ".join(filter(None, words))
    kind = "" if _file(entry) in files else ' class="missing"'
    return (
        f'<li{kind}><span class="number">{entry.number}</span><div>{title}'
        f"<p>{about}</p><p><small>{facts}</small></p></div></li>"
    )


def _title(entry: Entry) -> str:
    return Prose().inline(entry.lesson.title()) if entry.lesson else escape(entry.title)


def _state(entry: Entry, files: Collection[str]) -> str:
    if entry.lesson is None:
        return "not yet written"
    if _file(entry) not in files:
        return f"not in this book: <kbd>python -m lessons book {entry.number}</kbd>"
    footer = footer_of(entry.lesson.cells())
    times = f"{footer.minutes:g} min to read" if footer.minutes else ""
    return f"{times} · {footer.seconds:g} s to run" if footer.seconds else times


def _link(entry: Entry, words: str, files: Collection[str]) -> str:
    """A link to a lesson's page, if the book has it."""
    file = _file(entry)
    return f'<a href="{file}">{words}</a>' if file in files else f"<span>{words}</span>"


def _file(entry: Entry) -> str:
    return f"{entry.lesson.name}.html" if entry.lesson else ""


def _explorers(explorers: Sequence[tuple[Explorer, str]]) -> str:
    """Figures that one can take hold of, and where they are."""
    if not explorers:
        return ""
    items = "".join(
        f'<li><a href="{target}">{escape(x.title)}</a> <small>lesson {x.lesson}</small></li>'
        for x, target in explorers
    )
    return f'<h2>To take hold of</h2>\n<ul class="explorers">{items}</ul>'


def _spots(course: Course, files: Collection[str], terms: Sequence[Term]) -> Iterator[SPOTS]:
    """What a search looks through: the terms, and the sections of all pages."""
    for term in terms:
        yield f"words.html#{anchor_of(term.word)}", term.word, plain(term.meaning)
    for entry in course.entries():
        if entry.lesson and _file(entry) in files:
            yield from _sections(entry.lesson)


def _sections(lesson: Lesson) -> Iterator[SPOTS]:
    """The sections of a lesson, with the anchors that its page gives them."""
    prose = Prose(str(lesson.path))
    where, title, texts = f"{lesson.name}.html", plain(lesson.title()), list[str]()
    for cell in lesson.cells():
        if cell.kind != "prose" or cell.is_footer:
            continue
        for part in re.split(r"^(?=#{1,6} )", cell.source, flags=re.MULTILINE):
            before = len(prose.headings)
            prose.html(part, cell.line)
            if len(prose.headings) > before and before:
                yield where, title, _bare(texts)
                heading = prose.headings[-1]
                where, texts = f"{lesson.name}.html#{heading.anchor}", []
                title = f"{plain(lesson.title())}: {heading.text}"
            texts.append(part)
    yield where, title, _bare(texts)


def _bare(texts: Sequence[str]) -> str:
    """Markdown without its marks, on one line."""
    text = re.sub(r"^#+ .*$", "", "\n".join(texts), flags=re.MULTILINE)
    return " ".join(re.sub(r"[*`]", "", plain(text).replace("$$", "")).split())
