"""How far a loop is: a bar in a terminal, a handful of lines elsewhere."""

import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from rich import progress as bars
from rich.console import Console
from rich.table import Column

Item = TypeVar("Item")

SECONDS_BETWEEN_NOTES = 0.1


def bar(
    items: Iterable[Item], total: int | None, describe: Callable[[Item], str]
) -> Iterator[Item]:
    """Yield the items, showing a bar that cleans up after itself also when left half-way."""
    # Ctrl-C shows as ^C behind the bar: at the edge that would break the line, and leave two bars.
    width = shutil.get_terminal_size().columns - len("^C") - 1
    words = Column(ratio=1, overflow="fold")  # what is too long for the line goes on below
    columns = (
        bars.BarColumn(bar_width=20 if width > 100 else 8),
        bars.MofNCompleteColumn(),
        bars.TimeElapsedColumn(),
        bars.TextColumn("left"),
        bars.TimeRemainingColumn(compact=True),
        bars.TextColumn("{task.description}", markup=False, table_column=words),
    )
    with bars.Progress(*columns, expand=True, console=Console(width=width)) as shown:
        task = shown.add_task("", total=total)
        count, noted = 0, 0.0
        try:
            for item in items:
                count += 1
                if time.monotonic() - noted > SECONDS_BETWEEN_NOTES:
                    shown.update(task, completed=count, description=describe(item))
                    noted = time.monotonic()
                yield item
            if count:
                shown.update(task, description=describe(item))
        finally:
            shown.update(task, completed=count, total=total or count)


def lines(
    items: Iterable[Item],
    total: int | None,
    describe: Callable[[Item], str],
    last_only: bool = False,
) -> Iterator[Item]:
    """Yield the items, printing a line at 0, 25, 50, 75 and 100 % of them, or at the last only.

    Where no total is known: at 1, 10, 100, ... items and at the last.

    >>> list(lines("ab", 2, str.upper, last_only=True))
      2/2  B
    ['a', 'b']
    """
    width = len(str(total or ""))
    shown, count = 0, 0
    for item in items:
        count += 1
        if not last_only and _is_shown(count, total):
            _print_line(count, total, width, describe(item))
            shown = count
        yield item
    if count > shown:
        _print_line(count, total, width, describe(item))


def _is_shown(count: int, total: int | None) -> bool:
    if total is None:
        return count == 10 ** (len(str(count)) - 1)
    return count in {1, *(max(1, total * quarter // 4) for quarter in (1, 2, 3, 4))}


def _print_line(count: int, total: int | None, width: int, words: str) -> None:
    of = f"/{total}" if total else ""
    print(f"  {count:{width}}{of}  {words}".rstrip(), flush=True)
