"""What a lesson file imports: its options, a progress bar, and a place for its figures.

The command line and a notebook speak to a lesson in the same way, by these variables:

    SCRATCHGEN_LESSON_QUICK   1 for the short mode
    SCRATCHGEN_LESSON_DATA    digits, glyphs, mnist or fashion
    SCRATCHGEN_LESSON_SEED    a whole number
    SCRATCHGEN_BACKEND        auto, numpy or cupy
    SCRATCHGEN_FIGURES        the folder that figures are saved in
    SCRATCHGEN_LESSON_SHOW    1 to open each of them in the system's viewer, too
"""

import functools
import importlib
import operator
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from rich import progress as bars
from rich.console import Console
from rich.table import Column

Item = TypeVar("Item")

DATA_SETS = ("digits", "glyphs", "mnist", "fashion")
SECONDS_BETWEEN_NOTES = 0.1


@dataclass(frozen=True)
class Options:
    """What a lesson runs with: quick or in full, on which data, where, from which seed.

    >>> Options(quick=True, data="digits", backend="numpy", seed=0).data
    'digits'
    """

    quick: bool
    data: str
    backend: str
    seed: int


def options(data: str = "digits", seed: int = 0) -> Options:
    """Return a lesson's options: its own defaults, overridden by what the reader asked for.

    Chooses the backend too, so that every array made from here on lives where it was asked for.

    data: the lesson's own data set, one of "digits", "glyphs", "mnist", "fashion".
    seed: the lesson's own seed, 0 or more.
    Raises ValueError for a name or a number that cannot be, RuntimeError for an unusable GPU.

    >>> options(data="glyphs", seed=3)
    Options(quick=False, data='glyphs', backend='numpy', seed=3)
    """
    from scratchgen.backend import use  # NumPy's import would keep the table of contents waiting

    asked = Options(
        quick=_asked_quick(),
        data=_asked_data(data),
        backend=use(),
        seed=_asked_seed(seed),
    )
    _Figures.suffix = f"_{asked.data}" if asked.data != data else ""
    return asked


def progress(
    iterable: Iterable[Item],
    total: int | None = None,
    describe: Callable[[Item], str] | None = None,
) -> Iterator[Item]:
    """Yield the items of `iterable`, showing how far we are, the time left, and the latest item.

    Without a terminal: a line at 0, 25, 50, 75 and 100 % instead; in a quick run the last alone.

    total: how many items there will be; asked of `iterable` if None.
    describe: an item -> a few words, such as its losses. It is called for the items shown only,
        since reading a loss off a GPU makes the GPU wait.

    >>> for step in progress([1, 2, 3], describe=lambda step: f"loss {1 / step:.2f}"):
    ...     pass
      1/3  loss 1.00
      2/3  loss 0.50
      3/3  loss 0.33
    """
    total = operator.length_hint(iterable) or None if total is None else total
    show = _progress_bar if sys.stdout.isatty() else _progress_lines
    return show(iterable, total, describe or (lambda item: ""))


def keep(figure: Any, name: str) -> Path:
    """Return the path under which a matplotlib Figure was saved, and print it.

    The file is LESSON_NAME.png, or LESSON_NAME_DATA.png on other data than the lesson's own. The
    folder is SCRATCHGEN_FIGURES, else `figures/`; a quick run without that variable has a temporary
    folder, so that its half-trained pictures replace no real ones.

    >>> from matplotlib.figure import Figure
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     os.environ["SCRATCHGEN_FIGURES"] = folder
    ...     keep(Figure(), "empty").name.endswith("_empty.png")  # doctest: +ELLIPSIS
    ...     del os.environ["SCRATCHGEN_FIGURES"]
    figure: ...
    True
    """
    from scratchgen.draw import save

    path = save(figure, _figure_folder() / f"{_lesson_name()}_{name}{_Figures.suffix}.png")
    print(f"figure: {_shortest(path)}")
    if "ipykernel" in sys.modules:  # a notebook, or an editor that runs cells in one's kernel
        display = importlib.import_module("IPython.display")
        display.display(display.Image(filename=path))
    if _asked("SCRATCHGEN_LESSON_SHOW"):
        _open_in_viewer(path)
    return path


def listing(*objects: Any, start: str = "", stop: str = "") -> set[int]:
    """Print the source of functions, classes, ops or a module; return the numbers of its lines.

    The numbers are the file's, and so is the order. Docstrings are left out; an op comes with its
    rules.
    start, stop: of a long object only what begins at the first line that starts with `start`, and
        ends before the next one that starts with `stop`.
    Raises ValueError where no line starts so, or the objects are of several files.

    >>> print("Here:"); numbers = listing(Options, stop="quick")  # doctest: +ELLIPSIS
    Here:
    ... @dataclass(frozen=True)
    ... class Options:
    >>> len(numbers)
    2
    """
    from lessons.runner.source import (  # most lessons need no reader of source code
        lines_of,
        print_lines,
    )

    lines = lines_of(objects, start, stop)
    print_lines(lines)
    return set(lines)


class _Figures:
    """What `options` leaves for `keep`: the data set's name, where it is not the lesson's own."""

    suffix = ""


def _asked(variable: str) -> bool:
    text = os.environ.get(variable, "").lower()
    if text not in ("", "0", "false", "no", "1", "true", "yes"):
        raise ValueError(f"{variable}: expected 1 or 0, got {text!r}.")
    return text in ("1", "true", "yes")


def _asked_quick() -> bool:
    return _asked("SCRATCHGEN_LESSON_QUICK")


def _asked_data(default: str) -> str:
    name = os.environ.get("SCRATCHGEN_LESSON_DATA") or default
    if name not in DATA_SETS:
        known = ", ".join(DATA_SETS)
        raise ValueError(f"--data (SCRATCHGEN_LESSON_DATA): expected one of {known}, got {name!r}.")
    return name


def _asked_seed(default: int) -> int:
    text = os.environ.get("SCRATCHGEN_LESSON_SEED") or str(default)
    if not text.isdecimal():
        raise ValueError(
            "--seed (SCRATCHGEN_LESSON_SEED): expected a whole number, 0 or more, such as 7, "
            f"got {text!r}."
        )
    return int(text)


def _progress_bar(
    items: Iterable[Item], total: int | None, describe: Callable[[Item], str]
) -> Iterator[Item]:
    """A bar that cleans up after itself also when its loop is left half-way."""
    words = Column(ratio=1, no_wrap=True, overflow="ellipsis")  # they yield, where space is short
    columns = (
        bars.BarColumn(bar_width=20),
        bars.MofNCompleteColumn(),
        bars.TimeElapsedColumn(),
        bars.TextColumn("left"),
        bars.TimeRemainingColumn(compact=True),
        bars.TextColumn("{task.description}", markup=False, table_column=words),
    )
    # Ctrl-C shows as ^C behind the bar: at the edge that would break the line, and leave two bars.
    narrow = Console(width=shutil.get_terminal_size().columns - len("^C") - 1)
    with bars.Progress(*columns, expand=True, console=narrow) as bar:
        task = bar.add_task("", total=total)
        count, noted = 0, 0.0
        try:
            for item in items:
                count += 1
                if time.monotonic() - noted > SECONDS_BETWEEN_NOTES:
                    bar.update(task, completed=count, description=describe(item))
                    noted = time.monotonic()
                yield item
            if count:
                bar.update(task, description=describe(item))
        finally:
            bar.update(task, completed=count, total=total or count)


def _progress_lines(
    items: Iterable[Item], total: int | None, describe: Callable[[Item], str]
) -> Iterator[Item]:
    """A handful of plain lines; where no total is known, at 1, 10, 100, ... items and the last."""
    quick = _asked_quick()
    width = len(str(total or ""))
    shown, count = 0, 0
    for item in items:
        count += 1
        if not quick and _is_shown(count, total):
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


def _lesson_name() -> str:
    """The lesson the runner is running; else the file that Python runs, else "notebook"."""
    started = getattr(sys.modules["__main__"], "__file__", None) or "notebook"
    return os.environ.get("SCRATCHGEN_LESSON") or Path(started).stem


def _figure_folder() -> Path:
    if folder := os.environ.get("SCRATCHGEN_FIGURES"):
        return Path(folder)
    if _asked_quick():
        return _temporary_folder()
    root = Path(__file__).resolve().parent.parent
    return root / "figures" if (root / "pyproject.toml").exists() else Path("figures")


@functools.cache
def _temporary_folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="scratchgen-figures-"))


def _shortest(path: Path) -> Path:
    """`path` as seen from here, where it lies below."""
    path = path.resolve()
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _open_in_viewer(path: Path) -> None:
    """Hand a picture to the system's viewer, which goes on by itself; or say why not."""
    if sys.platform == "win32":
        os.startfile(path)  # by the system's own table of viewers
    elif command := _viewer():
        mute = subprocess.DEVNULL
        viewer = subprocess.Popen(
            [command, path], stdin=mute, stdout=mute, stderr=mute, start_new_session=True
        )
        _VIEWERS.append(viewer)
    else:
        _say_once("There is no display here to show figures on: open them by their paths.")


def _viewer() -> str | None:
    """The command that opens a file on this system; None where nothing could be seen."""
    if sys.platform == "darwin":
        return "open"
    has_display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return shutil.which("xdg-open") if has_display else None


_VIEWERS: list[subprocess.Popen[bytes]] = []  # kept: one that is forgotten while open warns


@functools.cache
def _say_once(words: str) -> None:
    print(words)
