"""Reading formulas: LaTeX becomes a tree, which the terminal writes as text, the book as MathML."""

import re
from collections import deque
from dataclasses import dataclass

from lessons.runner.macros import ARGUMENTS, PREFIXES, SYMBOLS, TEXTS

Tokens = deque[str]

TOKEN = re.compile(r"\\operatorname\*|\\[A-Za-z]+|\\.|\s+|.", re.DOTALL)


@dataclass(frozen=True)
class Node:
    """A part of a formula: its kind, its macro or letters, and the parts that it is made of.

    kind: "letter", "space", "symbol" (a macro of the tables, or a sign that they translate),
    "group", "command" (with its arguments), "words" (with their text alone as `text`, and the macro
    as the first part), or "script" (text: _ or ^; the base and what stands at it).

    >>> Node("symbol", "\\\\mu").parts
    ()
    """

    kind: str
    text: str = ""
    parts: tuple["Node", ...] = ()


def read_formula(formula: str) -> tuple[Node, ...]:
    r"""Return the parts of a formula; ValueError, naming the formula, where it cannot be read.

    >>> [(part.kind, part.text) for part in read_formula(r"\mu_i = 2")]
    [('script', '_'), ('space', ' '), ('letter', '='), ('space', ' '), ('letter', '2')]
    """
    try:
        return _sequence(deque(TOKEN.findall(formula)))
    except ValueError as error:
        raise ValueError(f"formula {formula.strip()!r}: {error}") from None


def _sequence(tokens: Tokens, end: str = "") -> tuple[Node, ...]:
    """The parts up to the token `end`, which is used up too."""
    parts: list[Node] = []
    while tokens:
        token = tokens.popleft()
        if token == end:
            return tuple(parts)
        if token in ("_", "^"):
            while parts and parts[-1].kind == "space":
                parts.pop()
            base = parts.pop() if parts else Node("group")
            parts.append(Node("script", token, (base, _argument(tokens))))
        else:
            parts.append(_atom(token, tokens))
    if end:
        raise ValueError(f"expected a closing {end}, got the end.")
    return tuple(parts)


def _atom(token: str, tokens: Tokens) -> Node:
    """One symbol, one group, or one command with its arguments."""
    if token in PREFIXES:
        _skip_spaces(tokens)
    if token in SYMBOLS:
        return Node("symbol", token)
    if token in ARGUMENTS:
        return Node("command", token, tuple(_arguments(token, tokens)))
    if token in TEXTS:
        return Node("words", _plain_text(tokens), (Node("symbol", token),))
    if token == "{":
        return Node("group", "", _sequence(tokens, "}"))
    if token == "}" or token.startswith("\\"):
        raise ValueError(
            f"got {token}, which has no text here. Write it with the macros of "
            "lessons/runner/macros.py, or add it to a table there."
        )
    return Node("space", " ") if token.isspace() else Node("letter", token)


def _arguments(macro: str, tokens: Tokens) -> list[Node]:
    """What a command is applied to; below a brace there may stand a label as well."""
    found = [_argument(tokens) for _ in range(ARGUMENTS[macro])]
    if macro == r"\underbrace" and tokens and tokens[0] == "_":
        tokens.popleft()
        found.append(_argument(tokens))
    return found


def _argument(tokens: Tokens) -> Node:
    """The next group or symbol."""
    _skip_spaces(tokens)
    if not tokens:
        raise ValueError("expected an argument at its end, got nothing.")
    return _atom(tokens.popleft(), tokens)


def _skip_spaces(tokens: Tokens) -> None:
    while tokens and tokens[0].isspace():
        tokens.popleft()


def _plain_text(tokens: Tokens) -> str:
    """The argument as it is written, spaces and hyphens too."""
    if "}" not in tokens:
        raise ValueError("expected an argument in braces {...}.")
    words = iter(tokens.popleft, "}")
    return "".join(words).lstrip().removeprefix("{")
