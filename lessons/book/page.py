"""The frame of every page: what a browser needs to know, the way about, and where one is.

A page is one file: style, font, scripts and pictures stand in it. Its policy forbids to fetch
anything from elsewhere, or to send anything anywhere. The one thing it may ask for is the script
beside it that the search looks through, when somebody searches.
"""

import base64
import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from urllib.parse import quote

from lessons.book.font import FONT
from lessons.book.prose import Heading

HERE = Path(__file__).parent
POLICY = (
    "default-src 'none'; img-src data:; font-src data:; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline' 'self' file:; form-action 'none'; base-uri 'none'"
)
ICON = "data:image/svg+xml," + quote(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8">'
    '<path fill="#3c72b8" d="M1 1h6v2H3v1h4v3H1V5h4V4H1z"/></svg>'
)
SCRIPTS = ("page.js", "guesses.js", "notes.js", "searching.js")  # of every page
SEARCH = """\
<search hidden><input id="search" type="text" enterkeyhint="search" aria-label="Search the book"
autocomplete="off" spellcheck="false" placeholder="Search, or press /">
<div id="panel" hidden><p id="hits" role="status"></p><ul id="found"></ul></div></search>"""
PLACES = {
    "index.html": "The course",
    "words.html": "Words",
    "names.html": "The library",
    "proving.html": "Proofs",
}


@dataclass(frozen=True)
class Link:
    """Where a link leads, and what it says, as HTML.

    >>> Link("index.html", "The course").words
    'The course'
    """

    target: str
    words: str


@dataclass(frozen=True)
class Page:
    """A page before it is framed.

    file: its name. title: plain. body: HTML, with its h1. headings: for the contents beside it.
    before, after: the neighbours in the course. quick: whether its runs were short ones. scripts:
    names of files beside this one, which it needs besides those of every page.

    >>> Page("words.html", "Words", "<h1>Words</h1>").quick
    False
    """

    file: str
    title: str
    body: str
    headings: Sequence[Heading] = field(default=())
    before: Link | None = None
    after: Link | None = None
    quick: bool = False
    scripts: Sequence[str] = field(default=())


def html_of(page: Page) -> str:
    """Return a page's file.

    >>> html_of(Page("words.html", "Words", "<h1>Words</h1>")).startswith("<!DOCTYPE html>")
    True
    """
    scripts = "".join(f"<script>\n{source(name)}</script>\n" for name in (*SCRIPTS, *page.scripts))
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(page.title)} · scratchgen</title>
<link rel="icon" href="{ICON}">
<style>
{_style()}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the text</a>
{_top(page)}
<div class="sheet{"" if page.headings else " alone"}">
{_contents(page.headings)}
<main id="main">
{_label(page)}{page.body}
{_neighbours(page)}
</main>
</div>
{scripts}</body>
</html>
"""


@functools.cache
def source(name: str) -> str:
    """Return the text of a file beside this one; of a script without the lines of comments alone.

    A page has a budget of bytes, and whoever reads the scripts reads them here.

    >>> "details" in source("page.js"), "//" in source("page.js")
    (True, False)
    """
    text = (HERE / name).read_text(encoding="utf-8")
    return re.sub(r"^ *//.*\n", "", text, flags=re.MULTILINE) if name.endswith(".js") else text


@functools.cache
def _style() -> str:
    font = base64.b64encode(FONT.read_bytes()).decode()
    return source("page.css").replace("MATHS_FONT", f"data:font/woff2;base64,{font}")


def _top(page: Page) -> str:
    """The way to the course, the words and the names, and the search."""
    links = "".join(
        f'<a href="{file}"{_current(file == page.file)}>{words}</a>'
        for file, words in PLACES.items()
    )
    way = f'<nav aria-label="The book"><b>scratchgen</b>{links}</nav>'
    return f"<header>{way}\n{SEARCH}</header>"


def _contents(headings: Sequence[Heading]) -> str:
    """The contents of a page, which stay beside it where there is room."""
    if not headings:
        return ""
    items = "".join(
        f'<li class="level{x.level}"><a href="#{x.anchor}">{x.html}</a></li>' for x in headings
    )
    return (
        '<nav class="contents" aria-label="On this page"><details>'
        f"<summary>On this page</summary><ol>{items}</ol></details></nav>"
    )


def _label(page: Page) -> str:
    """What a page says that was built in a hurry."""
    if not page.quick:
        return ""
    words = "Built in quick mode: quick, half trained. Numbers and pictures are not the text's."
    return f'<p class="quick">{words}</p>\n'


def _neighbours(page: Page) -> str:
    """The lessons before and after."""
    sides = (("before", page.before, "Before this"), ("after", page.after, "Next"))
    links = "".join(
        f'<a class="{side}" href="{link.target}"><small>{words}</small>{link.words}</a>'
        for side, link, words in sides
        if link
    )
    return f'<nav class="neighbours" aria-label="Neighbours">{links}</nav>' if links else ""


def _current(here: bool) -> str:
    return ' aria-current="page"' if here else ""
