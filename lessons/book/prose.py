"""Prose as HTML: Markdown with formulas, anchors, and terms that lead to the glossary."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from lessons.book import mentions
from lessons.book.code import block
from lessons.book.mathml import to_mathml
from lessons.book.terms import Terms
from lessons.runner.formulas import find_formulas, plain

# Characters that Markdown passes on: they hold the place of a formula until Markdown is done.
FIRST, LAST = "\ue000", "\ue001"
LONG = 20  # signs of a formula in the text: a phone may have no room for more
MINUS = re.compile(r"(?<![\w.-])-(?=\.?\d)")
AFTER = r"(?:[.,;:!?)\]”…]|’(?!\w))*"  # an apostrophe belongs to the word behind it
HELD = re.compile(rf"(?P<before>[(\[“]*){FIRST}(?P<n>\d+){LAST}(?P<after>{AFTER})")


@dataclass(frozen=True)
class Heading:
    """A heading of a page: how deep, what it is linked by, and its text as HTML and plain.

    >>> Heading(2, "the-sum", "The sum", "The sum").anchor
    'the-sum'
    """

    level: int
    anchor: str
    html: str
    text: str


@dataclass
class Prose:
    """What turns the prose of one page into HTML; it remembers the headings and anchors given.

    where: the file, for errors. terms: those that lead to the glossary. lessons: the page of each
    number, where mentions of that lesson lead.
    """

    where: str = "<page>"
    terms: Terms | None = None
    lessons: Mapping[int, str] = field(default_factory=dict)
    headings: list[Heading] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)

    def html(self, text: str, line: int = 1) -> str:
        """Return Markdown as HTML; ValueError, with file and line, for a formula it cannot read.

        line: of the file, where the text begins.
        """
        held, formulas = self._without_formulas(text, line)
        tokens = MARKDOWN.parse(held)
        for place, token in enumerate(tokens):
            if token.type == "heading_open":
                self._anchor(token, tokens[place + 1], formulas)
            elif token.type == "inline" and tokens[place - 1].tag[:1] != "h":
                token.children = self._linked(token.children or [])
        self._mark_predictions(tokens)
        return _put_back(MARKDOWN.renderer.render(tokens, MARKDOWN.options, {}), formulas)

    def inline(self, text: str, line: int = 1, linked: bool = False) -> str:
        """Return a line of Markdown as HTML without a paragraph around it.

        linked: whether mentions of lessons are links, which a caption or a button cannot hold.
        """
        held, formulas = self._without_formulas(text, line)
        (whole,) = MARKDOWN.parseInline(held)
        if linked:
            whole.children = mentions.linked(whole.children or [], self.lessons)
        return _put_back(MARKDOWN.renderer.render([whole], MARKDOWN.options, {}), formulas)

    def anchor_for(self, text: str) -> str:
        """Return an anchor that the page does not have yet, made of these words."""
        words = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "part"
        anchor, number = words, 1
        while anchor in self.anchors:
            number += 1
            anchor = f"{words}-{number}"
        self.anchors.add(anchor)
        return anchor

    def _without_formulas(self, text: str, line: int) -> tuple[str, list[str]]:
        """The text with a place held for each formula, and their MathML."""
        parts, start = list[str](), 0
        formulas: list[str] = []
        for match in find_formulas(text):
            display = match["display"] is not None
            try:
                xml = to_mathml(match["display"] or match["inline"], display)
            except ValueError as error:
                at = line + text.count("\n", 0, match.start())
                raise ValueError(f"{self.where}, line {at}: {error}") from None
            parts += [text[start : match.start()], f"{FIRST}{len(formulas)}{LAST}"]
            formulas.append(_wrapped(xml, display))
            start = match.end()
        return "".join(parts) + text[start:], formulas

    def _anchor(self, opening: Token, inline: Token, formulas: list[str]) -> None:
        """Give a heading its anchor, and note it."""
        words = re.sub(rf"{FIRST}\d+{LAST}", "", inline.content)
        anchor = self.anchor_for(plain(re.sub(r"[*`]", "", words)))
        opening.attrSet("id", anchor)
        html = _put_back(MARKDOWN.renderInline(inline.content), formulas)
        level = int(opening.tag[1])
        self.headings.append(Heading(level, anchor, html, re.sub(r"<[^>]*>", "", html)))

    def _linked(self, parts: list[Token]) -> list[Token]:
        """The parts of a paragraph with their links: to lessons, and to words."""
        parts = mentions.linked(parts, self.lessons)
        return self.terms.linked(parts) if self.terms else parts

    def _mark_predictions(self, tokens: list[Token]) -> None:
        """Set the paragraphs apart that ask for a guess."""
        for opening, inline in pairwise(tokens):
            if opening.type == "paragraph_open" and inline.content.startswith("**Predict"):
                opening.attrSet("class", "predict")


def _wrapped(xml: str, display: bool) -> str:
    """A formula in what scrolls where it is wider than the page; a short one needs nothing."""
    if display:
        return f'<span class="display">{xml}</span>'
    long = len(re.sub(r"<[^>]*>", "", xml)) > LONG
    return f'<span class="long">{xml}</span>' if long else xml


def _put_back(html: str, formulas: list[str]) -> str:
    """The HTML with its formulas; what stands close to one stays on its line."""

    def set_in(held: re.Match[str]) -> str:
        formula = formulas[int(held["n"])]
        if not (held["before"] or held["after"]) or "display" in formula[:20]:
            return f"{held['before']}{formula}{held['after']}"
        return f'<span class="nowrap">{held["before"]}{formula}{held["after"]}</span>'

    return HELD.sub(set_in, html)


def _make() -> MarkdownIt:
    """Markdown as the lessons use it: tables, quotes as they are printed, no HTML of their own."""
    options = {"html": False, "typographer": True}
    made = MarkdownIt("commonmark", options).enable(["table", "smartquotes"])
    made.core.ruler.push("minus", _minus)
    made.add_render_rule("fence", _fence)
    made.add_render_rule("code_block", _fence)
    made.add_render_rule("table_open", _table_open)
    made.add_render_rule("table_close", lambda *_: "</table></div>\n")
    made.add_render_rule("link_open", _link_open)
    return made


def _minus(state: StateCore) -> None:
    """Set the sign of a number that is below zero as a formula does, outside of code."""
    for token in state.tokens:
        for part in token.children or ():
            if part.type == "text":
                part.content = MINUS.sub("−", part.content)


def _fence(_: object, tokens: list[Token], place: int, *__: object) -> str:
    token = tokens[place]
    return block(token.content.rstrip("\n"), "Text set apart", token.info.strip() or "text") + "\n"


def _table_open(*_: object) -> str:
    return '<div class="scroll" role="group" aria-label="Table" tabindex="0"><table>\n'


def _link_open(_: object, tokens: list[Token], place: int, *__: object) -> str:
    """A link: to a lesson's page, an anchor, or elsewhere, where readers go as they like."""
    target = str(tokens[place].attrGet("href"))
    page = re.sub(r"(?:.*/)?(lesson\d\d_\w+)\.py", r"\1.html", target)
    return f'<a href="{escape(page)}">'


MARKDOWN = _make()
