"""Claims: what a lesson's text says of its run, held to the run as far as it is the text's own.

A run is turned if quick, data, seed, backend or any knob differs from what the lesson's footer
records. That is read off the lesson's names, so that it is the same in our runner, in an editor, in
a notebook, and after a word at the prompt.
"""

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lessons.runner.cells import split_cells
from lessons.runner.footer import Footer, footer_of
from lessons.runner.knobs import OPTIONS, differing

LESSONS = Path(__file__).resolve().parents[1]


@dataclass
class Run:
    """The run of a lesson in this process: what `options` was told and gave, which claims held.

    >>> Run().lesson
    ''
    """

    lesson: str = ""  # its name, as the lesson itself says it
    options: dict[str, Any] = field(default_factory=dict)  # quick, data, seed, backend
    own: dict[str, str] = field(default_factory=dict)  # those that the lesson has unasked
    claims: dict[str, bool] = field(default_factory=dict)  # each text, and whether it held last

    @property
    def differing(self) -> int:
        """How many claims did not hold."""
        return sum(not held for held in self.claims.values())


RUN = Run()  # what `options` leaves for `claim` and `keep`, and they for the end of a run


def turned(run: Run, names: Mapping[str, Any]) -> dict[str, str]:
    """Return what was turned: each name with its value now; nothing in a run like the text's.

    names: the lesson's own. Where its footer records nothing, only the options can tell.

    >>> run = Run(options={"seed": 1, "quick": False}, own={"seed": "0", "quick": "False"})
    >>> turned(run, {})
    {'seed': '1'}
    """
    recorded = run.own | dict(record_of(lesson_file(run.lesson, names)))
    return differing(
        recorded, {**names, **{n: run.options[n] for n in OPTIONS if n in run.options}}
    )


def judge(holds: bool, text: str, here: str, run: Run, names: Mapping[str, Any]) -> str:
    """Return what to say of a claim: nothing where it holds, else how this turned run differs.

    Raises AssertionError where it does not hold and nothing was turned: then the text is wrong.

    >>> run = Run(options={"seed": 1}, own={"seed": "0"})
    >>> judge(False, "the loss ends below 0.05", "0.310", run, {})
    "differs: in the text's own run the loss ends below 0.05; here it is 0.310."
    """
    run.claims[text] = holds
    if holds:
        return ""
    found = f"here it is {here}" if here else "here that is not so"
    if not turned(run, names):
        raise AssertionError(
            f"the text says that {text}; {found}. Nothing was turned, so the text or the code is "
            "wrong."
        )
    return f"differs: in the text's own run {text}; {found}."


def lesson_file(lesson: str, names: Mapping[str, Any]) -> Path | None:
    """Return the file of the lesson that runs: where its names say it is, else by its own name.

    A notebook and some editors say nothing. So a lesson tells its name to `options`.

    >>> lesson_file("no such lesson", {}) is None
    True
    """
    said = Path(str(names.get("__file__", "")))
    if re.match(r"lesson\d\d_", said.name) and said.is_file():
        return said
    short = re.sub(r"^lesson\d\d_", "", lesson)
    return next(iter(sorted(LESSONS.glob(f"lesson[0-9][0-9]_{short}.py"))), None) if short else None


def record_of(path: Path | None) -> tuple[tuple[str, str], ...]:
    """Return what a lesson's footer records: the names and values of the run of its text.

    >>> record_of(None)
    ()
    """
    return _footer(path, path.stat().st_mtime_ns).recorded if path else ()


@functools.cache
def _footer(path: Path, changed: int) -> Footer:
    """The footer of a file as it was when it was last changed."""
    return footer_of(split_cells(path.read_text(encoding="utf-8-sig"), str(path)))
