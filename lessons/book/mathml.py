"""Formulas as MathML, which browsers set themselves: no script, no picture, and text to search.

The macros are those of the terminal (lessons/runner/macros.py), read into the same tree. What is
added here is what a terminal has no use for: which sign is a relation, which bracket opens.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from lessons.book.rows import is_empty, is_macro, letters, ready, split_at
from lessons.runner.latex import Node, read_formula
from lessons.runner.macros import (
    ACCENTS,
    ALPHABETS,
    BOLD,
    GREEK,
    PREFIXES,
    RELATIONS,
    SIGNS,
    UPRIGHT,
    WORDS,
)

# Widths of spaces, in em; what else SIGNS shows as a space or as nothing has none.
SPACES = {
    r"\,": 0.167, r"\:": 0.222, r"\;": 0.278, r"\ ": 0.25, "~": 0.25, r"\!": -0.167,
    r"\quad": 1.0, r"\qquad": 2.0,
}  # fmt: skip
BINARY = set("+−·×∘±⊙*")
RELATION = {*RELATIONS.values(), *"=<>"} - BINARY
OPENING, CLOSING = set("([{⟨⌊⌈"), set(")]}⟩⌋⌉")
LARGE = {r"\sum", r"\prod"}  # limits stand above and below, where there is room
LIMITS = {rf"\{word}" for word in ("max", "min", "sup", "inf", "lim", "det", "arg")}
BRACKETS = {"cases": ("{", ""), "pmatrix": ("(", ")"), "bmatrix": ("[", "]")}
THIN = '<mspace width="0.167em"/>'
# How far a sign stands from its neighbours, in em, where browsers would leave another gap.
BESIDE_BINARY, BESIDE_RELATION = 0.222, 0.278


@dataclass(frozen=True)
class Piece:
    """A part of a row in MathML, and what it is there: it decides the gaps, and a minus's form.

    role: "ordinary", "word", "binary", "relation", "opening", "closing", "comma" or "space".
    """

    role: str
    xml: str


def to_mathml(formula: str, display: bool = False) -> str:
    r"""Return a LaTeX formula as a <math> element; ValueError for a macro that is in no table.

    display: whether it stands on a line of its own.

    >>> to_mathml(r"x^2")
    '<math><msup><mi>x</mi><mn>2</mn></msup></math>'
    >>> to_mathml(r"-\mu")
    '<math><mo form="prefix">−</mo><mi>μ</mi></math>'
    """
    content = _table(read_formula(formula), display)
    return f'<math display="block">{content}</math>' if display else f"<math>{content}</math>"


def _table(nodes: Sequence[Node], display: bool) -> str:
    """The rows of a formula of several lines, lined up at their &; of one line the line."""
    frames = (node.text for node in nodes if is_macro(node, "words", r"\begin"))
    opening, closing = BRACKETS.get(next(frames, ""), ("", ""))
    nodes = [
        n for n in nodes if not (is_macro(n, "words", r"\begin") or is_macro(n, "words", r"\end"))
    ]
    lines = [split_at(line, "&") for line in split_at(nodes, r"\\") if not is_empty(line)]
    if len(lines) <= 1 and not opening and all(len(line) == 1 for line in lines):
        return _row(nodes, display)
    rows = ("".join(f"<mtd>{_row(cell, display)}</mtd>" for cell in line) for line in lines)
    kind = ' class="cases"' if opening else ""
    table = f"<mtable{kind}>{''.join(f'<mtr>{row}</mtr>' for row in rows)}</mtable>"
    fences = [f'<mo stretchy="true">{escape(x)}</mo>' if x else "" for x in (opening, closing)]
    return f"<mrow>{fences[0]}{table}{fences[1]}</mrow>" if opening else table


def _row(nodes: Sequence[Node], display: bool) -> str:
    """The parts of a row, one after the other, with the gaps that words need."""
    pieces = list(_pieces(ready(nodes), display))
    found = []
    for before, piece in pairwise([Piece("opening", ""), *pieces]):
        if "word" in (before.role, piece.role) and _needs_gap(before, piece):
            found.append(THIN)
        found.append(piece.xml)
    return "".join(found)


def _needs_gap(before: Piece, after: Piece) -> bool:
    """Whether TeX leaves a thin space here: a word beside a word or an ordinary symbol."""
    left = before.role in ("word", "ordinary", "closing")
    return left and after.role in ("word", "ordinary")


def _one(node: Node, display: bool) -> str:
    """A node as exactly one element: what stands below a bar or at a corner."""
    nodes = node.parts if node.kind == "group" else (node,)
    pieces = list(_pieces(ready(nodes), display))
    return pieces[0].xml if len(pieces) == 1 else f"<mrow>{_row(nodes, display)}</mrow>"


def _pieces(nodes: Sequence[Node], display: bool) -> Iterator[Piece]:
    """The parts of a row. A sign without a number or a letter before it is a prefix."""
    role = "opening"
    for node in nodes:
        for piece in _piece(node, display):
            unary = piece.role == "binary" and role in ("opening", "binary", "relation", "comma")
            made = Piece("ordinary", _prefix(piece.xml)) if unary else piece
            role = made.role if made.role != "space" else role
            role = "opening" if unary else role
            yield made


def _piece(node: Node, display: bool) -> Iterator[Piece]:
    """One part, or none where the formula says nothing that is seen."""
    if node.kind == "number":
        yield Piece("ordinary", f"<mn>{node.text}</mn>")
    elif node.kind == "letter":
        yield _letter(node.text)
    elif node.kind == "symbol":
        yield from _symbol(node.text)
    elif node.kind == "words":
        yield Piece("ordinary", f"<mtext>{_spaced(node.text)}</mtext>")
    elif node.kind == "group":
        yield Piece("ordinary", f"<mrow>{_row(node.parts, display)}</mrow>")
    elif node.kind == "fenced":
        yield Piece("ordinary", _fenced(node, display))
    elif node.kind == "script":
        yield _scripted(node, display)
    elif node.kind == "command":
        yield _command(node, display)


def _letter(text: str) -> Piece:
    """A letter or a sign that stands for itself."""
    if text.isalpha():
        return Piece("ordinary", f"<mi>{text}</mi>")
    return _sign(text)


def _symbol(macro: str) -> Iterator[Piece]:
    """A macro of the tables, as one piece or, of what only moves things, as none."""
    if macro in GREEK:
        upright = ' mathvariant="normal"' if GREEK[macro].isupper() else ""
        yield Piece("ordinary", f"<mi{upright}>{GREEK[macro]}</mi>")
    elif macro in PREFIXES:
        yield Piece("ordinary", f"<mi>{PREFIXES[macro]}</mi>")
    elif macro in SPACES:
        yield Piece("space", f'<mspace width="{SPACES[macro]}em"/>')
    elif macro in RELATIONS:
        yield _sign(RELATIONS[macro])
    elif macro.removeprefix("\\") in WORDS:
        yield Piece("word", f"<mi>{macro[1:]}</mi>")
    elif macro in (r"\int", *LARGE):
        yield Piece("word", f"<mo>{SIGNS[macro]}</mo>")
    elif SIGNS[macro].strip():
        yield _sign(SIGNS[macro])


def _sign(text: str) -> Piece:
    """A sign with the gaps that TeX leaves beside it."""
    sign = escape(text)
    if text in BINARY:
        return Piece("binary", _operator(sign, BESIDE_BINARY, plain="+−±"))
    if text == ":":
        return Piece("relation", f'<mo lspace="0em" rspace="{BESIDE_RELATION}em">:</mo>')
    if text in RELATION:
        return Piece("relation", _operator(sign, BESIDE_RELATION, plain="=&lt;&gt;≤≥≠≈∼→←⇒∈"))
    if text in OPENING or text in CLOSING:
        role = "opening" if text in OPENING else "closing"
        return Piece(role, f'<mo stretchy="false">{sign}</mo>')
    if text in ",;":
        return Piece("comma", f'<mo separator="true">{sign}</mo>')
    if text in "|‖":
        return Piece("ordinary", f'<mo stretchy="false" lspace="0em" rspace="0em">{sign}</mo>')
    if text in "/.!′":
        role = "opening" if text == "/" else "ordinary"
        return Piece(role, f'<mo lspace="0em" rspace="0em">{sign}</mo>')
    return Piece("ordinary", f'<mi mathvariant="normal">{sign}</mi>')


def _operator(sign: str, gap: float, plain: str) -> str:
    """An operator; `plain` are those beside which every browser leaves the gap by itself."""
    if sign in plain:
        return f"<mo>{sign}</mo>"
    return f'<mo stretchy="false" lspace="{gap}em" rspace="{gap}em">{sign}</mo>'


def _prefix(xml: str) -> str:
    """A sign as it stands before a number: close to it."""
    sign = xml[xml.index(">") :]
    return f'<mo form="prefix"{sign}'


def _scripted(node: Node, display: bool) -> Piece:
    """A base with what stands below and above: limits of a sum, an index, a power."""
    base, scripts = node, {}
    while base.kind == "script" and base.text not in scripts:
        scripts[base.text] = _one(base.parts[1], display=False)
        base = base.parts[0]
    over = base.text in LARGE or (display and _has_limits(base))
    below, above = ("under", "over") if over else ("sub", "sup")
    tag = f"m{below * ('_' in scripts)}{above * ('^' in scripts)}"
    ends = "".join(scripts[sign] for sign in "_^" if sign in scripts)
    inner = _one(base, display) or "<mrow></mrow>"
    is_word = _has_limits(base) or base.text == r"\int" or base.text.removeprefix("\\") in WORDS
    role = "word" if is_word else "closing" if base.text in CLOSING else "ordinary"
    return Piece(role, f"<{tag}>{inner}{ends}</{tag}>")


def _has_limits(base: Node) -> bool:
    return base.text in LARGE | LIMITS or base.text == r"\operatorname*"


def _command(node: Node, display: bool) -> Piece:
    """A command with its arguments."""
    macro, first = node.text, node.parts[0]
    if macro in UPRIGHT:
        return _word(first)
    if macro in ALPHABETS or macro in BOLD:
        return Piece("ordinary", f"<mi>{escape(_lettering(macro, letters(first)))}</mi>")
    inner = _one(first, display and macro != r"\frac")
    if macro == r"\frac":
        return Piece("ordinary", f"<mfrac>{inner}{_one(node.parts[1], False)}</mfrac>")
    if macro == r"\sqrt":
        return Piece("ordinary", f"<msqrt>{inner}</msqrt>")
    if macro in ACCENTS:
        sign = f'<mo stretchy="false">{ACCENTS[macro][1]}</mo>'
        return Piece("ordinary", f'<mover accent="true">{inner}{sign}</mover>')
    if macro == r"\underbrace":
        braced = f'<munder>{inner}<mo stretchy="true">⏟</mo></munder>'
        label = "".join(_one(part, False) for part in node.parts[1:])
        return Piece("ordinary", f"<munder>{braced}{label}</munder>" if label else braced)
    return Piece("ordinary", inner)  # \left or \right without the other


def _word(node: Node) -> Piece:
    """Upright letters: a name such as KL, which keeps a gap; a single letter keeps none."""
    text = letters(node).strip()
    if len(text) == 1:
        return Piece("ordinary", f'<mi mathvariant="normal">{escape(text)}</mi>')
    return Piece("word", f"<mi>{_spaced(text)}</mi>")


def _lettering(macro: str, text: str) -> str:
    r"""A text in the letters of \mathbb, \mathcal or \mathbf, where Unicode has them.

    >>> _lettering(r"\\mathbf", "W1")
    '𝐖𝟏'
    """
    return text.translate(ALPHABETS.get(macro, _BOLD_LETTERS))


_BOLD_LETTERS = {
    ord(first) + i: ord(bold) + i
    for first, bold, count in (("A", "𝐀", 26), ("a", "𝐚", 26), ("0", "𝟎", 10), ("α", "𝛂", 25))
    for i in range(count)
}


def _fenced(node: Node, display: bool) -> str:
    r"""What stands between \left and \right, with brackets that grow with it."""
    opening, closing = (
        f'<mo form="{form}" stretchy="true">{escape(text)}</mo>' if text != "." else ""
        for form, text in zip(("prefix", "postfix"), node.text.split("\0"), strict=True)
    )
    return f"<mrow>{opening}{_row(node.parts, display)}{closing}</mrow>"


def _spaced(text: str) -> str:
    """Words in which no space is lost: MathML drops those at the ends."""
    return escape(text).replace(" ", "\N{NO-BREAK SPACE}")
