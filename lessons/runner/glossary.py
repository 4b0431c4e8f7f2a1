"""The glossary and the page of notation: Markdown files beside the lessons, read and looked up in.

An entry of lessons/glossary.md is a paragraph: **backpropagation** (lesson 1): what it means.
"""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1]
ENTRY = re.compile(r"\*\*(?P<word>[^*]+)\*\* \(lesson (?P<lesson>\d+)\): (?P<meaning>.+)", re.S)
OTHER_NAME = re.compile(r"^(\S+): |([^\s;,]+) for short|also called (?:the )?([^;,.:]+)")


@dataclass(frozen=True)
class Term:
    """A term of the field, the number of the lesson that explains it, and its meaning in Markdown.

    >>> Term("loss", 1, "the number that learning makes small.").lesson
    1
    """

    word: str
    lesson: int
    meaning: str


def load() -> list[Term]:
    """Return the glossary, in its order.

    >>> "backpropagation" in [term.word for term in load()]
    True
    """
    return read_glossary((FOLDER / "glossary.md").read_text(encoding="utf-8"))


def read_glossary(text: str) -> list[Term]:
    """Return the terms of a glossary's text; ValueError for a paragraph that is no entry.

    >>> read_glossary("# Glossary\\n\\n**loss** (lesson 1): what learning makes small.")
    [Term(word='loss', lesson=1, meaning='what learning makes small.')]
    """
    found = []
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        entry = ENTRY.fullmatch(paragraph.strip())
        if entry:
            meaning = " ".join(entry["meaning"].split())
            found.append(Term(entry["word"], int(entry["lesson"]), meaning))
        elif paragraph.startswith("**"):
            words = "expected **word** (lesson 1): its meaning,"
            raise ValueError(f"glossary: {words} got {paragraph!r:.60}.")
    return found


def look_up(terms: Sequence[Term], wanted: str) -> list[Term]:
    """Return the terms that `wanted` means: its own, else those with a word that begins so.

    Another name that a meaning gives counts as the term's own: "MIG: how much ...", "PCA for
    short", "also called the marginal likelihood".
    Raises ValueError, naming the nearest, where there is none.

    >>> terms = [Term("KL divergence", 7, "..."), Term("loss", 1, "...")]
    >>> [term.word for term in look_up(terms, "kl")]
    ['KL divergence']
    >>> [term.word for term in look_up([Term("big apple", 1, "NYC for short; ...")], "nyc")]
    ['big apple']
    """
    asked = wanted.lower().strip()
    if not asked:
        return list(terms)
    same = [term for term in terms if asked in (term.word.lower(), *_other_names(term))]
    begun = [term for term in terms if re.search(rf"\b{re.escape(asked)}", term.word.lower())]
    if found := same or begun:
        return found
    near = difflib.get_close_matches(asked, [term.word.lower() for term in terms], n=3, cutoff=0.5)
    words = f" Near it: {', '.join(near)}." if near else ""
    raise ValueError(f"The glossary has no {wanted!r}.{words} All of it: python -m lessons words")


def _other_names(term: Term) -> list[str]:
    """The other names that a meaning gives, in small letters."""
    found = OTHER_NAME.finditer(term.meaning)
    return [name.lower() for one in found for name in one.groups() if name]


def notation() -> str:
    """Return the page of notation, in Markdown.

    >>> notation().startswith("# Notation")
    True
    """
    return (FOLDER / "notation.md").read_text(encoding="utf-8")
