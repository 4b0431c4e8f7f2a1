"""The Knobs cell: what a reader may turn, how it is turned, and whether it is.

It holds plain assignments, each of one name, and may begin with `knobs = options(...)`.
"""

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from lessons.runner.cells import Cell
from lessons.runner.footer import read_settings

TITLE = "Knobs"
OPTIONS = ("quick", "data", "seed", "backend")  # what is set from outside, whatever the lesson
# What a value may be made of; names too, where the knob holds a name already.
LITERAL = (
    ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.UnaryOp, ast.BinOp,
    ast.operator, ast.unaryop, ast.expr_context,
)  # fmt: skip


def knobs_cell(cells: Iterable[Cell]) -> Cell | None:
    """Return the cell titled Knobs, if there is one.

    >>> knobs_cell([Cell("code", 5, "lr = 0.1", "Knobs")]).line
    5
    """
    return next((cell for cell in cells if cell.kind == "code" and cell.title == TITLE), None)


def read_knobs(cell: Cell | None) -> dict[str, str]:
    """Return the knobs of a cell: each name with its right side, as it is written.

    >>> read_knobs(Cell("code", 5, "knobs = options(seed=0)\\nlr = 1 / 8  # a step"))
    {'lr': '1 / 8'}
    """
    return {name: ast.unparse(value) for name, value in _assigned(cell).items()}


def set_knobs(cells: Sequence[Cell], settings: Mapping[str, str]) -> list[Cell]:
    """Return the cells with the right sides of some knobs replaced; ValueError for an unknown one.

    A bare word is a string, unless the knob holds a name, such as `activation = relu`.

    >>> cells = [Cell("code", 5, "lr = 0.1  # a step\\nway = 'sgd'", "Knobs")]
    >>> print(set_knobs(cells, {"lr": "1e-3", "way": "adam"})[0].source)
    lr = 1e-3  # a step
    way = 'adam'
    """
    cell = knobs_cell(cells)
    values = _assigned(cell)
    for name in settings:
        if name not in values:
            raise ValueError(_unknown(name, read_knobs(cell)))
    if not cell or not settings:
        return list(cells)
    new = {name: _source(name, text, values[name]) for name, text in settings.items()}
    turned = replace(cell, source=_replaced(cell.source, {values[name]: new[name] for name in new}))
    return [turned if one is cell else one for one in cells]


def read_arguments(texts: Iterable[str]) -> dict[str, str]:
    """Return the settings of a command line's `--set NAME=VALUE`s.

    >>> read_arguments(["lr=0.3", "seed=1"])
    {'lr': '0.3', 'seed': '1'}
    """
    try:
        return {name: value for text in texts for name, value in read_settings(text).items()}
    except ValueError as error:
        raise ValueError(f"--set: {error}") from None


def split_options(settings: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the settings that are options of every lesson, and those that are a lesson's knobs.

    >>> split_options({"lr": "0.3", "seed": "1"})
    ({'seed': '1'}, {'lr': '0.3'})
    """
    options = {name: text for name, text in settings.items() if name in OPTIONS}
    return options, {name: text for name, text in settings.items() if name not in OPTIONS}


def as_text(value: Any) -> str:
    """Return a knob's value as a footer records it: a word without quotes, a function by its name.

    >>> as_text(0.1), as_text((8, 4)), as_text("adam"), as_text(len)
    ('0.1', '(8, 4)', 'adam', 'len')
    """
    if isinstance(value, str):
        return value if value.isidentifier() else repr(value)
    if callable(value) and hasattr(value, "__name__"):
        return str(value.__name__)
    return repr(value.item() if hasattr(value, "item") else value)


def differing(recorded: Mapping[str, str], values: Mapping[str, Any]) -> dict[str, str]:
    """Return what differs from the record: each name with its value now, as text.

    values: of the names that the record has; a name without a value now is not compared.

    >>> differing({"lr": "1e-1", "seed": "0"}, {"lr": 0.1, "seed": 1})
    {'seed': '1'}
    """
    now = {name: as_text(values[name]) for name in recorded if name in values}
    return {name: text for name, text in now.items() if not _same(text, recorded[name])}


def _same(one: str, other: str) -> bool:
    try:
        return bool(ast.literal_eval(one) == ast.literal_eval(other))
    except (ValueError, SyntaxError):  # a word
        return one == other


def _assigned(cell: Cell | None) -> dict[str, ast.expr]:
    """The right side of each plain assignment to one name, but for that of the options."""
    found = {}
    for node in ast.parse(cell.source).body if cell else ():
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            is_call = isinstance(node.value, ast.Call)
            if not (is_call and ast.unparse(node.value).startswith("options(")):
                found[node.targets[0].id] = node.value
    return found


def _source(name: str, text: str, present: ast.expr) -> str:
    """What to write on the right side for a value that was given in words."""
    if text.isidentifier() and text not in ("True", "False", "None"):
        return text if _is_of_names(present) else repr(text)
    kinds = (*LITERAL, ast.Name) if _is_of_names(present) else LITERAL
    try:
        understood = all(isinstance(n, kinds) for n in ast.walk(ast.parse(text, mode="eval").body))
    except (SyntaxError, ValueError):
        understood = False
    if not understood:
        raise ValueError(
            f"--set {name}: expected a number, a word, True, False, None or a tuple of such, "
            f"got {text!r}. (Its value in the lesson: {ast.unparse(present)}.)"
        )
    return text


def _is_of_names(node: ast.expr) -> bool:
    """Whether a knob holds something by its name, such as a function, or several of them."""
    if isinstance(node, ast.Tuple | ast.List):
        return any(map(_is_of_names, node.elts))
    return isinstance(node, ast.Name | ast.Attribute)


def _replaced(source: str, new: Mapping[ast.expr, str]) -> str:
    """`source` with some expressions replaced; every other line keeps its number."""
    lines = [line.encode() for line in source.split("\n")]  # where columns are counted in bytes
    for node, text in sorted(new.items(), key=_place, reverse=True):
        first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
        before, after = lines[first][: node.col_offset], lines[last][node.end_col_offset :]
        lines[first : last + 1] = [before + text.encode(), *[b""] * (last - first)]
        lines[last] += after.strip() if last > first else after
    return b"\n".join(lines).decode()


def _place(item: tuple[ast.expr, str]) -> tuple[int, int]:
    return item[0].lineno, item[0].col_offset


def _unknown(name: str, knobs: Mapping[str, str]) -> str:
    have = ", ".join(f"{knob}={value}" for knob, value in knobs.items())
    here = f"This lesson's knobs: {have}." if have else "This lesson has no knobs of its own."
    return f"No knob is called {name!r}. {here} Every lesson has data, seed, quick, backend."
