"""Terms of the field in the lessons' prose, each leading to its entry in the glossary."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape

from markdown_it.token import Token

from lessons.book.mentions import merged, text_token
from lessons.runner.glossary import Term


def anchor_of(term: str) -> str:
    """Return the anchor of a term's entry on the page of words.

    >>> anchor_of("KL divergence")
    'word-kl-divergence'
    """
    return "word-" + re.sub(r"[^a-z0-9]+", "-", term.lower()).strip("-")


@dataclass
class Terms:
    """The glossary as one lesson's page links to it.

    A term is a link where the page explains it, in bold, and where another lesson's term is first
    mentioned. lesson: the page's own number. folded: whether what is read now may never be opened.
    So a term that is explained in a fold, or first mentioned there, is a link outside of it, too.
    """

    terms: Sequence[Term]
    lesson: int
    mentioned: set[str] = field(default_factory=set)
    folded: bool = False
    in_folds: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.known = {term.word.lower(): term for term in self.terms}
        words = sorted(self.known, key=len, reverse=True)
        either = "|".join(map(_as_printed, words)) or r"(?!)"
        self.pattern = re.compile(rf"(?<![\w-])(?P<word>{either})(?:s|es)?(?![\w-])", re.IGNORECASE)

    def linked(self, tokens: Iterable[Token]) -> list[Token]:
        """Return the parts of a paragraph with the links put in."""
        found: list[Token] = []
        strong = link = 0
        for token in merged(tokens):
            strong += token.nesting if token.tag == "strong" else 0
            link += token.nesting if token.tag == "a" else 0
            if token.type != "text" or link:
                found.append(token)
            elif strong:
                found.append(self._explained(token))
            else:
                found.extend(self._mentioned(token.content))
        return found

    def _explained(self, token: Token) -> Token:
        """A word in bold, as a link if it is a term."""
        word = _as_known(token.content)
        forms = (word, word.removesuffix("s"), word.removesuffix("es"))
        term = next((self.known[form] for form in forms if form in self.known), None)
        if not term:
            return token
        self._note(term)
        return _link(term, token.content)

    def _mentioned(self, text: str) -> Iterable[Token]:
        """A text, with those terms as links that the page has not mentioned yet."""
        start = 0
        for match in self.pattern.finditer(text):
            term = self.known[_as_known(match["word"])]
            if not self._is_news(term):
                continue
            self._note(term)
            yield text_token(text[start : match.start()])
            yield _link(term, match[0])
            start = match.end()
        yield text_token(text[start:])

    def linked_to(self) -> list[Term]:
        """The terms that the page has links to, in the glossary's order."""
        words = self.mentioned | self.in_folds
        return [term for term in self.terms if term.word in words]

    def _is_news(self, term: Term) -> bool:
        """Whether a mention of it is to be a link."""
        if term.word in self.mentioned or (self.folded and term.word in self.in_folds):
            return False
        if term.lesson == self.lesson:
            return term.word in self.in_folds
        # Of a later lesson a single word is a plain word as yet, such as "rule".
        return term.lesson < self.lesson or " " in term.word

    def _note(self, term: Term) -> None:
        (self.in_folds if self.folded else self.mentioned).add(term.word)


def _as_printed(word: str) -> str:
    """A pattern for a word as prose has it: over two lines, with a printer's apostrophe."""
    return re.escape(word).replace(r"\ ", r"\s+").replace("'", "['’]")


def _as_known(words: str) -> str:
    """Words of prose as the glossary writes them."""
    return " ".join(words.lower().replace("’", "'").split())


def _link(term: Term, words: str) -> Token:
    target = f"words.html#{anchor_of(term.word)}"
    link = f'<a class="term" href="{target}">{escape(words)}</a>'
    return Token("html_inline", "", 0, content=link)
