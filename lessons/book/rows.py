"""Rows of a formula made ready to be set: brackets paired, digits drawn together, lines divided."""

from collections.abc import Iterable, Iterator, Sequence

from lessons.runner.latex import Node
from lessons.runner.macros import GREEK, RELATIONS, SIGNS

PRIME = ("'", r"\prime")


def ready(nodes: Iterable[Node]) -> list[Node]:
    r"""Return a row's nodes without spaces, with numbers and pairs of brackets as one node each.

    >>> [(x.kind, x.text) for x in ready([Node("letter", x) for x in "0.5+x"])]
    [('number', '0.5'), ('letter', '+'), ('letter', 'x')]
    """
    return list(_numbers(_primed(_paired(nodes))))


def _paired(nodes: Iterable[Node]) -> list[Node]:
    r"""The nodes with each \left ... \right made one, "fenced": its brackets in its text."""
    open_rows: list[tuple[str, list[Node]]] = []
    row: list[Node] = []
    for node in nodes:
        if is_macro(node, "command", r"\left"):
            open_rows.append((letters(node.parts[0]), row))
            row = []
        elif _is_right(node) and open_rows:
            opening, outer = open_rows.pop()
            last, scripts = _stripped(node)
            made = Node("fenced", f"{opening}\0{letters(last.parts[0])}", tuple(row))
            for sign, at in scripts:
                made = Node("script", sign, (made, at))
            row = [*outer, made]
        else:
            row.append(node)
    while open_rows:
        row = [*open_rows.pop()[1], *row]
    return row


def _is_right(node: Node) -> bool:
    return is_macro(_stripped(node)[0], "command", r"\right")


def _stripped(node: Node) -> tuple[Node, list[tuple[str, Node]]]:
    """The base of a node with all its scripts taken off, and these, the innermost first."""
    scripts: list[tuple[str, Node]] = []
    while node.kind == "script":
        scripts.insert(0, (node.text, node.parts[1]))
        node = node.parts[0]
    return node, scripts


def _primed(nodes: Iterable[Node]) -> list[Node]:
    """The nodes with each prime raised beside what it follows: f' is a script of f."""
    found: list[Node] = []
    for node in nodes:
        if node.kind == "symbol" and node.text in PRIME and found:
            found.append(Node("script", "^", (found.pop(), Node("symbol", r"\prime"))))
        else:
            found.append(node)
    return found


def _numbers(nodes: Sequence[Node]) -> Iterator[Node]:
    """The nodes without spaces, digits drawn together: 0.05 and 22,000 are numbers."""
    text = ""
    for i, node in enumerate(nodes):
        if node.kind == "letter" and _goes_on(text, node.text, nodes[i + 1 : i + 5]):
            text += node.text
            continue
        if node.kind == "script" and text and node.parts[0].text.isdigit():
            base, at = node.parts
            node, text = Node("script", node.text, (Node("number", text + base.text), at)), ""
        if text:
            yield Node("number", text)
        text = ""
        if node.kind != "space":
            yield node
    if text:
        yield Node("number", text)


def _goes_on(text: str, sign: str, after: Sequence[Node]) -> bool:
    """Whether a number that begins with `text` goes on with this sign, by what comes after it."""
    ahead = "".join(_first(node) for node in after)
    if sign == ".":
        return ahead[:1].isdigit()
    if sign == ",":
        return bool(text) and ahead[:3].isdigit() and not ahead[3:4].isdigit()
    return sign.isdigit()


def _first(node: Node) -> str:
    """The letter that a node begins with, or a space."""
    base = node.parts[0] if node.kind == "script" else node
    return base.text if base.kind == "letter" else " "


def split_at(nodes: Iterable[Node], sign: str) -> list[list[Node]]:
    """Return the nodes before, between and after each symbol of this kind.

    >>> len(split_at([Node("letter", "a"), Node("symbol", "&"), Node("letter", "b")], "&"))
    2
    """
    found: list[list[Node]] = [[]]
    for node in nodes:
        if is_macro(node, "symbol", sign):
            found.append([])
        else:
            found[-1].append(node)
    return found


def is_macro(node: Node, kind: str, text: str) -> bool:
    r"""Return whether it is of this kind and macro; words have theirs as their first part.

    >>> is_macro(Node("symbol", r"\\"), "symbol", r"\\")
    True
    """
    macro = node.parts[0].text if node.kind == "words" else node.text
    return node.kind == kind and macro == text


def is_empty(nodes: Iterable[Node]) -> bool:
    """Return whether nothing stands there but spaces.

    >>> is_empty([Node("space", " ")])
    True
    """
    return all(node.kind == "space" for node in nodes)


def letters(node: Node) -> str:
    r"""Return the letters of a node, as they are written.

    >>> letters(Node("group", "", (Node("letter", "K"), Node("symbol", r"\mu"))))
    'Kμ'
    """
    if node.kind == "symbol":
        return GREEK.get(node.text) or SIGNS.get(node.text) or RELATIONS.get(node.text, "")
    return node.text + "".join(map(letters, node.parts))
