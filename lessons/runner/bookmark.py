"""Where the reader is in each lesson, what they have run, which exercises they solved: one file.

It lies in the user's data folder, or in the folder that SCRATCHGEN_HOME names. What cannot be read
is set aside under another name, and what cannot be written is no reason to stop a lesson: a word on
stderr says so, either way. A lesson that has been renamed or divided finds what it was called then.
"""

import functools
import json
import os
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from lessons.runner.curriculum import FORMERLY


@dataclass
class Place:
    """How far the reader is in one lesson: at `step` of `of`, counted from 1; what they have run.

    at: the title of that step, by which it is found in a lesson that was rewritten since.
    done: whether the last step was ever left behind, run or skipped.
    ran: the titles of the steps that were run, with the seconds that each took.
    exercises: those that pass.

    >>> Place(step=3, of=20).ran
    {}
    """

    step: int = 1
    of: int = 1
    done: bool = False
    exercises: list[str] = field(default_factory=list)
    at: str = ""
    ran: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        whole = all(type(n) is int and n >= 1 for n in (self.step, self.of))
        listed = type(self.exercises) is list and all(type(x) is str for x in self.exercises)
        timed = type(self.ran) is dict and all(type(s) in (int, float) for s in self.ran.values())
        if not (whole and listed and timed and type(self.done) is bool and type(self.at) is str):
            raise ValueError(f"expected step, of >= 1, done, exercises, at, ran; got {self}.")


@dataclass
class Bookmark:
    """The place in each lesson that was ever begun, by the lesson's full name.

    >>> Bookmark({"lesson07_vae": Place(step=3, of=20)}).place("lesson12_gan").step
    1
    """

    lessons: dict[str, Place] = field(default_factory=dict)

    def place(self, lesson_name: str) -> Place:
        """The place in one lesson; its beginning, where there is none."""
        return self.lessons.get(lesson_name) or self._formerly(lesson_name)

    def _formerly(self, lesson_name: str) -> Place:
        """The beginning, with what was run and solved when the lesson had another name."""
        found = [self.lessons[x] for x in FORMERLY.get(lesson_name, ()) if x in self.lessons]
        exercises = sorted({name for place in found for name in place.exercises})
        ran = {title: took for place in found for title, took in place.ran.items()}
        return Place(exercises=exercises, ran=ran, done=any(place.done for place in found))


def load() -> Bookmark:
    """Return what is remembered; an empty bookmark where there is nothing, or nothing readable.

    A damaged file is set aside, so that the next word written does not end what it held.

    >>> with tempfile.TemporaryDirectory() as folder:
    ...     os.environ["SCRATCHGEN_HOME"] = folder
    ...     remember_step("lesson07_vae", 3, of=20)
    ...     print(load().place("lesson07_vae").step)
    ...     del os.environ["SCRATCHGEN_HOME"]
    3
    """
    path = file()
    try:
        return _read(path)
    except (FileNotFoundError, NotADirectoryError):
        pass
    except (OSError, ValueError, TypeError, LookupError, RecursionError) as error:
        _set_aside(path, error)  # no UTF-8, no JSON, or none of ours
    return Bookmark()


def remember_step(lesson_name: str, step: int, of: int, at: str = "") -> None:
    """Write down that the reader is at `step` of a lesson, from 1. Past the last, it is done.

    A lesson that is done begins at its first step again, when it is opened again.
    at: the step's title.
    """
    bookmark = load()
    place = bookmark.place(lesson_name)
    past = step > of
    place.step, place.at = (1, "") if past else (step, at)
    place.of, place.done = of, place.done or past
    _keep(bookmark, lesson_name, place)


def remember_run(lesson_name: str, title: str, seconds: float) -> None:
    """Write down that the step of this title has run, and how long it took."""
    bookmark = load()
    place = bookmark.place(lesson_name)
    place.ran[title] = round(seconds, 2)
    _keep(bookmark, lesson_name, place)


def remember_exercises(lesson_name: str, passed: list[str]) -> None:
    """Write down which of a lesson's exercises pass now, by the names of their functions."""
    bookmark = load()
    place = bookmark.place(lesson_name)
    place.exercises = list(passed)
    _keep(bookmark, lesson_name, place)


def file() -> Path:
    """Return the path of the reader's file, where this system keeps what people make.

    >>> file().name
    'progress.json'
    """
    if home := os.environ.get("SCRATCHGEN_HOME"):
        return Path(home, "progress.json")
    if sys.platform == "win32":
        root = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        root = Path.home() / "Library" / "Application Support"
    else:
        root = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(root, "scratchgen", "progress.json")


def _read(path: Path) -> Bookmark:
    lessons: Any = json.loads(path.read_text(encoding="utf-8"))["lessons"]
    return Bookmark({str(name): Place(**place) for name, place in dict(lessons).items()})


def _keep(bookmark: Bookmark, lesson_name: str, place: Place) -> None:
    bookmark.lessons[lesson_name] = place
    try:
        _write(file(), json.dumps(asdict(bookmark), indent=1) + "\n")
    except OSError as error:
        _say(f"Your progress cannot be kept: {error}. SCRATCHGEN_HOME can name another folder.")


def _write(path: Path, text: str) -> None:
    """Replace the file in one move: whoever reads it sees the old text or the new, never half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".progress-", text=True)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as made:
            made.write(text)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _set_aside(path: Path, error: Exception) -> None:
    """Rename a damaged file to a name that nothing has yet."""
    number = 1
    while (aside := path.with_name(f"{path.stem}-damaged-{number}.json")).exists():
        number += 1
    try:
        path.rename(aside)
    except OSError as problem:
        _say(f"Your progress, {path}, is damaged and stays where it is: {problem}.")
    else:
        reason = f"{type(error).__name__}: {error}"
        _say(f"Your progress was damaged ({reason}). We begin afresh; the file is kept:\n{aside}")


@functools.cache  # once is enough: the same would be said at every step
def _say(words: str) -> None:
    print(words, file=sys.stderr)
