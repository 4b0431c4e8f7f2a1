"""Mentions of lessons in prose, each a link to the page of that lesson."""

import re
from collections.abc import Iterable, Iterator, Mapping

from markdown_it.token import Token

MENTION = re.compile(
    r"\blessons?\s+\d+(?:(?:,\s+|\s+(?:and|or|to)\s+|,\s+(?:and|or)\s+)\d+\b)*", re.IGNORECASE
)
NUMBER = re.compile(r"(?:\blessons?\s+)?(?P<n>\d+)", re.IGNORECASE)


def linked(tokens: Iterable[Token], lessons: Mapping[int, str]) -> list[Token]:
    """Return the parts of a paragraph with each "lesson 7" a link, outside of code and links.

    lessons: the page of each number; a lesson that has none stays as it is.

    >>> parts = linked([text_token("See lesson 7 (not 8).")], {7: "lesson07_vae.html"})
    >>> "".join(part.content for part in parts)
    'See <a href="lesson07_vae.html">lesson 7</a> (not 8).'
    """
    found: list[Token] = []
    inside = 0
    for token in merged(tokens):
        inside += token.nesting if token.tag == "a" else 0
        if token.type == "text" and not inside:
            found.extend(_parts(token.content, lessons))
        else:
            found.append(token)
    return found


def _parts(text: str, lessons: Mapping[int, str]) -> Iterator[Token]:
    """A text, with the links put in: "lessons 6 and 7" are two."""
    start = 0
    for mention in MENTION.finditer(text):
        for number in NUMBER.finditer(text, mention.start(), mention.end()):
            if page := lessons.get(int(number["n"])):
                yield text_token(text[start : number.start()])
                link = f'<a href="{page}">{number[0]}</a>'
                yield Token("html_inline", "", 0, content=link)
                start = number.end()
    yield text_token(text[start:])


def merged(tokens: Iterable[Token]) -> Iterator[Token]:
    """Yield the parts of a paragraph, in which a text goes on from one line to the next."""
    waiting = ""
    for token in tokens:
        if token.type in ("text", "softbreak"):
            waiting += token.content or "\n"
            continue
        if waiting:
            yield text_token(waiting)
        waiting = ""
        yield token
    if waiting:
        yield text_token(waiting)


def text_token(content: str) -> Token:
    """Return a text as a part of a paragraph.

    >>> text_token("two words").type
    'text'
    """
    return Token("text", "", 0, content=content)
