"""What a lesson file imports: its options, claims, a progress bar, and a place for its figures.

The command line and a notebook speak to a lesson in the same way, by these variables:

    SCRATCHGEN_LESSON_QUICK   1 for the short mode
    SCRATCHGEN_LESSON_DATA    mnist5k, digits, glyphs, mnist or fashion
    SCRATCHGEN_LESSON_SEED    a whole number
    SCRATCHGEN_BACKEND        auto, numpy or cupy
    SCRATCHGEN_FIGURES        the folder that figures are saved in
    SCRATCHGEN_LESSON_SHOW    1 to open each of them in the system's viewer, too
"""

import operator
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from lessons.runner import bars, figures
from lessons.runner.claims import RUN, Run, judge, lesson_file, turned
from lessons.runner.wrapping import wrapped

Item = TypeVar("Item")

DATA_SETS = ("mnist5k", "digits", "glyphs", "mnist", "fashion")


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


QUICK = (
    "Quick mode tries out the code. What it trains has hardly learnt anything: the numbers and "
    "pictures of the text are those of the full run."
)


def options(lesson: str = "", *, data: str = "digits", seed: int = 0) -> Options:
    """Return a lesson's options: its own defaults, overridden by what the reader asked for.

    Chooses the backend too, so that every array made from here on lives where it was asked for.

    lesson: its own name, such as "vae": in a notebook nothing else tells whose claims and figures
        these are.
    data: the lesson's own data set, one of "mnist5k", "digits", "glyphs", "mnist", "fashion".
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
    own = {"quick": "False", "data": data, "backend": "numpy", "seed": str(seed)}
    vars(RUN).update(vars(Run(lesson, options=asdict(asked), own=own)))
    if asked.quick:
        _say(QUICK)
    return asked


def claim(holds: Any, text: str, here: str = "") -> None:
    """Hold the lesson's text to this run: raise where it is wrong, or say how a turned run differs.

    For what the text says of the run that it was written by; `assert` is for what always holds.

    holds: whether it is so. text: what the text says, as it would follow "the text says that".
    here: what this run gives instead, as it would follow "here it is".
    Raises AssertionError in an untouched run. In a turned one (quick, data, seed, backend or a knob
    is not what the footer records) it prints a line and goes on.

    >>> claim(0.02 < 0.05, "the loss ends below 0.05", "0.020")
    """
    # The knobs are names of the lesson, which calls this: there they can be read in any editor.
    if words := judge(bool(holds), text, here, RUN, sys._getframe(1).f_globals):
        _say(words)


def _say(words: str) -> None:
    print(wrapped(words, shutil.get_terminal_size().columns) if sys.stdout.isatty() else words)


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
    words = describe or (lambda item: "")
    if sys.stdout.isatty():
        return bars.bar(iterable, total, words)
    return bars.lines(iterable, total, words, last_only=_asked_quick())


def keep(figure: Any, name: str) -> Path:
    """Return the path under which a figure or an animation was saved, and print it.

    The file is LESSON_NAME.png, or LESSON_NAME_DATA.png on other data than the lesson's own; of an
    animation LESSON_NAME.webp, with LESSON_NAME_still.png beside it. The folder is
    SCRATCHGEN_FIGURES, else `figures/`; a run that was turned (quick, another seed, a knob) has a
    temporary folder, so that its pictures replace none of the text's.

    figure: a matplotlib Figure, or what `draw.animation` returns.

    >>> from matplotlib.figure import Figure
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     os.environ["SCRATCHGEN_FIGURES"] = folder
    ...     keep(Figure(), "empty").name.endswith("_empty.png")  # doctest: +ELLIPSIS
    ...     del os.environ["SCRATCHGEN_FIGURES"]
    figure: ...
    True
    """
    from scratchgen.draw import save

    names = sys._getframe(1).f_globals  # as in `claim`
    changed, file = turned(RUN, names), lesson_file(RUN.lesson, names)
    lesson = figures.lesson_name(file.stem if file else "")
    on_data = f"_{changed['data']}" if "data" in changed else ""
    own = set(changed) <= {"data", "backend"} and not _asked_quick()
    ending = ".webp" if hasattr(figure, "frames") else ".png"
    path = save(figure, figures.folder(own) / f"{lesson}_{name}{on_data}{ending}")
    if figures.WATCHERS:
        for watch in figures.WATCHERS:
            watch(figure, path)
        return path
    print(f"figure: {figures.shortest(path)}")
    figures.show_in_notebook(path)
    if _asked("SCRATCHGEN_LESSON_SHOW"):
        figures.open_in_viewer(path)
    elif sys.stdout.isatty():
        figures.say_once("(Open it as you like. With --show, each opens as it is made.)")
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
