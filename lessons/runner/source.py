"""Source code as a lesson shows it: chosen parts of one file, numbered, without docstrings."""

import ast
import inspect
from collections.abc import Iterator, Sequence
from typing import Any

from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from lessons.runner import show

Lines = dict[int, str]  # a line's number in its file -> its text


def lines_of(objects: Sequence[Any], start: str = "", stop: str = "") -> Lines:
    """Return the lines of functions, classes, ops with their rules, or a module: all of one file.

    Docstrings are left out. start, stop: how the first line begins, and the one after the last.
    Raises ValueError where no line begins so, or the objects are of several files.

    >>> lines_of([lines_of], start="if len", stop="raise").values()
    dict_values(['    if len(files) != 1:'])
    """
    things = [inspect.unwrap(getattr(thing, "fget", thing)) for thing in objects]
    files = sorted({str(inspect.getsourcefile(thing)) for thing in things})
    if len(files) != 1:
        raise ValueError(f"listing: expected objects of one file, got {files}. List them apart.")
    text, _ = inspect.findsource(things[0])
    tree = ast.parse("".join(text))
    chosen = {n for thing in things for n in _places(thing, tree)} - _documentation(tree)
    chosen = _without_gaps(chosen, text)
    return _part({n: text[n - 1].rstrip() for n in sorted(chosen)}, start, stop)


def print_lines(lines: Lines) -> None:
    """Print numbered lines; in a terminal highlighted, and one too long goes on under itself.

    >>> print_lines({9: "x = 1", 10: "y = 2"})
       9 x = 1
      10 y = 2
    """
    console = show.make_console()
    if console.is_terminal:
        console.print(_table(lines))
        return
    for n, line in lines.items():
        print(_air(n, lines) + f"{n:4} {line}".rstrip())


def _table(lines: Lines) -> Table:
    syntax = Syntax("", "python", theme=show.CODE_THEME, background_color="default")
    code = syntax.highlight("\n".join(lines.values())).split("\n", allow_blank=True)
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(justify="right", min_width=4, style="dim")
    table.add_column(overflow="fold")
    for n, line in zip(lines, code, strict=False):  # highlight() may end in a blank line
        table.add_row(_air(n, lines) + str(n), Text(_air(n, lines)) + line)
    return table


def _air(n: int, lines: Lines) -> str:
    """A blank line above what begins at the margin, where lines were left out before it."""
    leaps = n - 1 not in lines and n != min(lines)
    return "\n" if leaps and not lines[n].startswith(" ") else ""


def _places(thing: Any, tree: ast.Module) -> Iterator[int]:
    """The numbers of a thing's lines and, if it is an op, those of its `.gradients(...)`."""
    block, first = inspect.getsourcelines(thing)  # a module's first line is 0, all others count
    yield from range(max(first, 1), max(first, 1) + len(block))
    for node in tree.body:
        call = node.value if isinstance(node, ast.Expr) else None
        if isinstance(call, ast.Call) and ast.unparse(call.func) == f"{thing.__name__}.gradients":
            yield from _span(node)


def _documentation(tree: ast.Module) -> set[int]:
    """The numbers of all lines of docstrings."""
    texts = [n for n in ast.walk(tree) if isinstance(n, ast.Expr)]
    return {n for x in texts if isinstance(x.value, ast.Constant) for n in _span(x)}


def _span(node: ast.stmt) -> range:
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)


def _without_gaps(chosen: set[int], text: Sequence[str]) -> set[int]:
    """`chosen` with no blank line at either end, under another, or where a docstring stood."""
    def blank(n):
        return n not in chosen or not text[n - 1].strip()

    return {n for n in chosen if not (blank(n) and (blank(n - 1) or blank(n + 1)))}


def _part(lines: Lines, start: str, stop: str) -> Lines:
    """The lines from the one that begins with `start` to before the one that begins with `stop`."""
    numbers = list(lines)
    first = _find(lines, numbers, start) if start else 0
    last = _find(lines, numbers[first + 1 :], stop) + first + 1 if stop else len(numbers)
    part = numbers[first:last]
    while part and not lines[part[-1]]:
        part.pop()
    return {n: lines[n] for n in part}


def _find(lines: Lines, numbers: Sequence[int], beginning: str) -> int:
    for place, n in enumerate(numbers):
        if lines[n].strip().startswith(beginning):
            return place
    raise ValueError(f"listing: no line begins with {beginning!r} here.")
