"""The first page: a picture, three ways through, the explorers, and the map of the course."""

import base64
import re
from collections.abc import Collection, Mapping, Sequence
from html import escape

from lessons.book import explorers
from lessons.book.page import Page
from lessons.book.prose import Prose
from lessons.runner.curriculum import PARTS, WAYS, Course, Entry, Explorer
from lessons.runner.figures import ROOT
from lessons.runner.footer import footer_of
from lessons.runner.formulas import plain

PICTURE = ROOT / "figures" / "lesson00_first_pictures_whose.png"
OPENING = """\
<h1>Image generation, from scratch</h1>
{picture}<p class="lead">You know some Python, and the derivative from school. At the end you have
derived, built, trained, measured and repaired the two classic generators of images, and can say why
each line is there. {begin}</p>
<p class="needs"><b>With this book alone</b>, on any computer or phone, without a network, you can
read, guess and play: the numbers and pictures on its pages are those of real runs.<br>
<b>To run and change the code</b> you need the package, scratchgen: in a copy of the repository that
this book was made from, with Python 3.11 to 3.13, type <kbd>pip install -e .</kbd><br>
<b>Then</b> <kbd>python -m lessons</kbd> shows the course in a terminal; what the pages ask you to
type works, and your answers to the exercises are tested.</p>
"""
CAPTION = (
    "One of these rows was written by people. The other two were made by a VAE and a GAN, after a "
    "minute of learning each. Which is which?"
)
ABOUT = {
    "generators first": "the shortest way to both machines",
    "everything": "in order, with all that is measured and goes wrong",
    "for the property tester": "how one proves that a gradient is right",
}


def page_of(
    course: Course,
    files: Collection[str],
    places: Sequence[tuple[Explorer, str]],
    quick: bool,
) -> Page:
    """Return the first page.

    files: the names of the pages that the book has. places: each explorer with where it is.
    """
    entries = {entry.number: entry for entry in course.entries()}
    first = entries.get(0)
    begin = f"Begin with {_link(first, 'lesson 0', files)}." if first and first.lesson else ""
    opening = OPENING.format(picture=_picture(first, files), begin=begin)
    parts = [opening, _ways(course, entries, files), _play(places), _map(course, files)]
    return Page("index.html", "The course", "\n".join(parts), quick=quick)


def _picture(first: Entry | None, files: Collection[str]) -> str:
    """What the course is about, in one picture; nothing where the figures were not brought."""
    if not PICTURE.exists():
        return ""
    content = base64.b64encode(PICTURE.read_bytes()).decode()
    alt = "Three rows of digits. A: soft, some half rubbed out. B: clean. C: hard, with specks."
    image = f'<img src="data:image/png;base64,{content}" width="1289" height="352" alt="{alt}">'
    answer = f" {_link(first, 'Lesson 0 tells.', files)}" if first else ""
    return f'<figure class="first">{image}<figcaption>{CAPTION}{answer}</figcaption></figure>\n'


def _ways(course: Course, entries: Mapping[int, Entry], files: Collection[str]) -> str:
    """The three ways through: how many lessons, how many hours, and their numbers as links."""
    if not course.planned:
        return ""
    ways = []
    for name, numbers in WAYS.items():
        way = [entries[n] for n in numbers if n in entries]
        links = " ".join(_link(entry, str(entry.number), files) for entry in way)
        ways.append(
            f"<li><b>{name[:1].upper()}{name[1:]}</b> <span>{ABOUT[name]}</span> "
            f"<small>{len(way)} lessons{_hours(way)}</small> <p>{links}</p></li>"
        )
    return f'<h2>Three ways through</h2>\n<ul class="ways">{"".join(ways)}</ul>'


def _hours(way: Sequence[Entry]) -> str:
    """How long these lessons take to read, where all are written."""
    minutes = [footer_of(x.lesson.cells()).minutes if x.lesson else None for x in way]
    known = [number for number in minutes if number]
    if not way or len(known) < len(way):
        return ""
    hours = round(sum(known) / 30) / 2  # in halves
    return f", {hours:g} hours"


def _play(places: Sequence[tuple[Explorer, str]]) -> str:
    """The explorers, each with a still of it, and what to try first."""
    if not places:
        return ""
    items = "".join(
        f'<li><a href="{target}">{_still(x)}<b>{escape(x.title)}</b></a>'
        f"<p>{Prose().inline(x.first)} <small>lesson {x.lesson}</small></p></li>"
        for x, target in places
    )
    return f'<h2>Play</h2>\n<ul class="play">{items}</ul>'


def _still(explorer: Explorer) -> str:
    """What an explorer looks like: a picture of it, or its drawing."""
    drawing, picture = (explorers.HERE / f"{explorer.name}{end}" for end in (".html", ".webp"))
    if picture.exists():
        content = base64.b64encode(picture.read_bytes()).decode()
        alt = f"{escape(explorer.title)}, a still"
        return f'<img src="data:image/webp;base64,{content}" alt="{alt}">'
    if drawing.exists():
        svg = re.search(r"<svg.*?</svg>", drawing.read_text(encoding="utf-8"), re.DOTALL)
        return f'<span aria-hidden="true">{svg[0]}</span>' if svg else ""
    return ""


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
    about = Prose().inline(plain(entry.planned.about))
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
