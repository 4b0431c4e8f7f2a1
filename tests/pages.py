"""Reading the pages of a book as a browser does, and what each of them must satisfy.

    python -m tests.pages book

prints what is wrong with the pages of a book, and fails if anything is.
"""

import functools
import re
import sys
from pathlib import Path
from urllib.parse import urlsplit

import html5lib

HTML = "{http://www.w3.org/1999/xhtml}"
MATHML = "{http://www.w3.org/1998/Math/MathML}"
BUDGETS = {"lesson00_first_pictures.html": 2_000_000, "lesson12_gan.html": 2_000_000}
BUDGET, WHOLE = 1_500_000, 20_000_000  # bytes: of a page, of the book


class Page:
    """A page that was parsed: its elements, ids, links and words."""

    def __init__(self, name, text):
        self.name, self.text = name, text
        parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("etree"))
        self.tree = parser.parse(self.text)
        self.errors = parser.errors
        self.elements = [x for x in self.tree.iter() if isinstance(x.tag, str)]
        self.ids = [x.get("id") for x in self.elements if x.get("id")]

    def all(self, tag):
        """All elements of this tag."""
        return [x for x in self.elements if x.tag == HTML + tag]

    def words(self):
        """The text that is read, without code, scripts and styles."""
        skipped = {HTML + tag for tag in ("pre", "code", "kbd", "script", "style", "samp")}

        def read(node):
            if node.tag in skipped:
                return node.tail or ""
            inner = "".join(map(read, node)) if isinstance(node.tag, str) else ""
            return (node.text or "") * isinstance(node.tag, str) + inner + (node.tail or "")

        return read(self.tree)


def read(path):
    """A file as a Page; what has been read before is not read again."""
    return _read(path.name, path.read_text(encoding="utf-8"))


_read = functools.cache(Page)


def complaints(folder):
    """Everything that is wrong with the pages of a book, in words."""
    pages = {path.name: read(path) for path in sorted(Path(folder).glob("*.html"))}
    found = [f"{name}: {words}" for name, page in pages.items() for words in _of_page(page)]
    found += [
        f"{name}: {words}" for name, page in pages.items() for words in _of_links(page, pages)
    ]
    whole = sum(len(page.text.encode()) for page in pages.values())
    return found + [f"the book has {whole} bytes"] * (whole > WHOLE)


def _of_page(page):
    yield from (f"does not parse: {error}" for error in page.errors)
    yield from (f"id {x} twice" for x in set(page.ids) if page.ids.count(x) > 1)
    yield from ("an image without words" for x in page.all("img") if not x.get("alt", "").strip())
    if len(page.all("h1")) != 1:
        yield f"{len(page.all('h1'))} h1"
    if stray := re.search(r".{,30}\$(?![A-Z_]{4,}).{,30}", page.words()):  # $HOME is none
        yield f"a stray dollar: {stray[0]!r}"
    if "Content-Security-Policy" not in page.text:
        yield "no policy"
    size, most = len(page.text.encode()), BUDGETS.get(page.name, BUDGET)
    if size > most:
        yield f"{size} bytes, where {most} are allowed"
    yield from (f"held place {x!r}" for x in re.findall("[\ue000\ue001]", page.text)[:1])


def _of_links(page, pages):
    """Links that lead nowhere, and whatever would be fetched from elsewhere."""
    for element in page.elements:
        for name in ("src", "srcset", "href", "action", "poster", "data"):
            target = element.get(name)
            if target is None or target.startswith("data:image/"):
                continue
            url = urlsplit(target)
            file = url.path or page.name
            if url.scheme or url.netloc or name != "href" or element.tag != HTML + "a":
                yield f"an outside address: {target:.60}"
            elif file not in pages:
                yield f"a link to nowhere: {target}"
            elif url.fragment and url.fragment not in pages[file].ids:
                yield f"a dead anchor: {target}"


if __name__ == "__main__":
    found = complaints(sys.argv[1])
    print("\n".join(found) or "nothing to complain of")
    sys.exit(bool(found))
