"""What the lessons print and draw: run where it is not known yet, several at once, and kept.

A lesson's output is kept under a hash of the lesson, of the library and of what runs it. As long as
none of these changes, the book needs no run.
"""

import functools
import hashlib
import importlib.metadata
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from pathlib import Path

from lessons.book.capture import Piece
from lessons.runner import bookmark
from lessons.runner.cells import Lesson
from lessons.runner.figures import ROOT

Outputs = dict[int, list[Piece]]  # by the number of the cell

# What a reader may have set for lessons in the terminal is not the book's business.
UNSET = ("SCRATCHGEN_LESSON_DATA", "SCRATCHGEN_LESSON_SEED", "SCRATCHGEN_LESSON_SHOW")
SET = {"SCRATCHGEN_BACKEND": "numpy", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1",
       "MKL_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"}  # fmt: skip


KINDS = (".py", ".csv")  # of files of tables that lessons print


class FailedError(Exception):
    """A lesson of which a cell failed; the message is its traceback."""


def outputs_of(
    lessons: Sequence[Lesson], quick: bool, tell: Callable[[str], None] = print
) -> dict[str, Outputs]:
    """Return what each lesson prints and draws, by its name; FailedError where a cell fails.

    quick: in the short mode. tell: called with a line for each lesson that has run.
    """
    known = {lesson.name: _kept(lesson, quick) for lesson in lessons}
    missing = [lesson for lesson in lessons if known[lesson.name] is None]
    if missing:
        tell(f"running {len(missing)} of {len(lessons)} lessons, {_workers()} at a time ...")
    running: list[subprocess.Popen[str]] = []
    with ThreadPoolExecutor(_workers()) as pool:
        begun = {x.name: pool.submit(_run, x, quick, running, tell) for x in missing}
        try:
            done = wait(begun.values(), return_when=FIRST_EXCEPTION).done
            for one in done:
                one.result()  # raises what it raised
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in running:
                process.kill()
            raise
    made = {name: future.result() for name, future in begun.items()}
    return {name: made[name] if kept is None else kept for name, kept in known.items()}


def _run(
    lesson: Lesson, quick: bool, running: list[subprocess.Popen[str]], tell: Callable[[str], None]
) -> Outputs:
    """Run a lesson in a process of its own, and keep what it left."""
    environment = {k: v for k, v in os.environ.items() if k not in UNSET} | SET
    environment["SCRATCHGEN_LESSON_QUICK"] = "1" if quick else "0"
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    with tempfile.TemporaryDirectory() as folder:
        environment |= {"SCRATCHGEN_FIGURES": folder, "PYTHONPATH": os.pathsep.join(paths)}
        target = Path(folder, "outputs.json")
        command = [sys.executable, "-m", "lessons.book.capture", str(lesson.path), str(target)]
        with subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
            encoding="utf-8", errors="replace",
        ) as process:  # fmt: skip
            running.append(process)
            _, said = process.communicate()
        if process.returncode:
            raise FailedError(f"{lesson.path.name} failed:\n{said.rstrip()}")
        text = target.read_text(encoding="utf-8")
    _keep(lesson, quick, text)
    tell(f"  {lesson.name}")
    return _read(text)


def _kept(lesson: Lesson, quick: bool) -> Outputs | None:
    """What is kept of exactly this lesson, library and mode; None if nothing is."""
    try:
        return _read(_file(lesson, quick).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _keep(lesson: Lesson, quick: bool, text: str) -> None:
    """Keep an output in place of those of before. Where that cannot be, the next build runs it."""
    path = _file(lesson, quick)
    beside = path.with_suffix(f".{os.getpid()}.unfinished")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(text, encoding="utf-8")
        for old in path.parent.glob(f"{_stem(lesson, quick)}-*.json"):
            old.unlink(missing_ok=True)
        os.replace(beside, path)
    except OSError:
        beside.unlink(missing_ok=True)


def _read(text: str) -> Outputs:
    return {int(number): pieces for number, pieces in json.loads(text).items()}


def _file(lesson: Lesson, quick: bool) -> Path:
    """Where an output is kept: beside the reader's bookmark."""
    digest = hashlib.sha256(lesson.path.read_bytes() + _library()).hexdigest()[:16]
    return bookmark.file().parent / "book" / f"{_stem(lesson, quick)}-{digest}.json"


def _stem(lesson: Lesson, quick: bool) -> str:
    return f"{lesson.name}-{'quick' if quick else 'full'}"


@functools.cache
def _library() -> bytes:
    """A hash of all that an output depends on besides the lesson."""
    digest = hashlib.sha256(f"{sys.version_info[:2]}".encode())
    for package in ("numpy", "matplotlib", "Pillow"):
        digest.update(importlib.metadata.version(package).encode())
    for path in _sources():
        digest.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return digest.digest()


def _sources() -> Iterator[Path]:
    """The library with its data, what lessons are run by and print, and what takes that down."""
    here = Path(__file__).parent
    yield from sorted(x for x in (ROOT / "scratchgen").rglob("*") if _counts(x))
    yield from sorted((ROOT / "lessons" / "runner").glob("*.py"))
    yield from sorted(x for x in (ROOT / "lessons" / "tables").iterdir() if x.suffix in KINDS)
    yield from (ROOT / "lessons" / "support.py", here / "capture.py", here / "pictures.py")


def _counts(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts and path.suffix != ".md"


def _workers() -> int:
    """How many lessons run at once: one for each core that this process may use."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, usable or 1)
