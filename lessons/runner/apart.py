"""Examining answers in a process of their own: they may print, exit, crash or never come to an end.

The process is this file, run as a program:

    python -m lessons.runner.apart FOLDER LESSON PATH SECONDS [NAME ...]

It writes what it begins and what it finds into FOLDER/journal, a line of JSON each. So whatever
happens to it, what it found before is known, and so is where it ended; the next process goes on
with the next exercise.
"""

import ast
import faulthandler
import importlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import IO, Any

from lessons.runner.examiner import AnswersError, examine, parameters_of, quote, read_answers
from lessons.runner.found import Examined, Outcome

LESSONS = Path(__file__).resolve().parents[1]
KEPT = 600  # characters of what the answers print: enough to recognise it
READING = Outcome("", "failed")  # stands in the journal while the file is being read


# Who starts the program.


def examine_apart(lesson: str, path: Path, only: str | None, seconds: float) -> Examined:
    """Return what becomes of a lesson's exercises, or of one, under the answers in a file.

    seconds: how long one property may take. Raises ValueError for an exercise that is none.
    """
    examined = Examined()
    names = _examine(examined, lesson, path, seconds, [only] if only else [])
    while names and not only:
        names = _examine(examined, lesson, path, seconds, names)
    return examined


def _examine(
    examined: Examined, lesson: str, path: Path, seconds: float, names: Sequence[str]
) -> list[str]:
    """Add what one process finds to `examined`; the names of the exercises that it did not reach.

    names: the exercises to examine; all, if there are none.
    """
    with tempfile.TemporaryDirectory() as folder:
        printed, status = _run(folder, lesson, str(path), str(seconds), *names)
        journal = [json.loads(line) for line in _text(folder, "journal").splitlines()]
        trace = _text(folder, "trace")
    said = dict(journal)  # the last of each kind
    if "known" not in said:
        raise RuntimeError(f"lessons/checks/{lesson}.py cannot be used:\n{printed}")
    _check_names(names, said["known"])
    examined.printed = examined.printed or printed
    examined.outcomes += [Outcome(**what) for kind, what in journal if kind == "found"]
    examined.unreadable = said.get("unreadable", "")
    if "end" in said or "unreadable" in said:
        return []
    reason, began = _why_it_ended(trace, status, path, seconds), Outcome(**said["began"])
    if began == READING:
        examined.unreadable = reason
        return []
    examined.outcomes.append(replace(began, message=reason))
    return said["known"][said["known"].index(began.name) + 1 :]


def _check_names(names: Sequence[str], known: Sequence[str]) -> None:
    for name in names:
        if name not in known:
            have = ", ".join(known)
            raise ValueError(f"No exercise is called {name!r}. This lesson has {have}.")


def _run(*arguments: str) -> tuple[str, int]:
    """Run the program to its end; the beginning of what it printed, and its exit status."""
    command = [sys.executable, "-u", "-m", "lessons.runner.apart", *arguments]
    environment = os.environ | {"PYTHONIOENCODING": "utf-8:replace"}
    found = os.environ.get("PYTHONPATH")
    environment["PYTHONPATH"] = os.pathsep.join([str(LESSONS.parent), *([found] if found else [])])
    environment.pop("PYTHONOPTIMIZE", None)  # it would drop the asserts that properties are made of
    environment.setdefault("OPENBLAS_NUM_THREADS", "1")
    pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(
        command, env=environment, stdin=nothing, stdout=pipe, stderr=subprocess.STDOUT
    ) as process:
        try:
            assert process.stdout is not None, "it is a pipe"
            return _beginning(process.stdout), process.wait()
        except KeyboardInterrupt:
            process.kill()  # the answers may hold on to life
            raise


def _beginning(stream: IO[bytes]) -> str:
    """The first KEPT characters of a stream, which is read to its end."""
    kept = stream.read(4 * KEPT)
    more = False
    while stream.read(65536):
        more = True
    text = kept.decode("utf-8", "replace")
    return f"{text[:KEPT]}..." if more or len(text) > KEPT else text


def _text(folder: str, name: str) -> str:
    path = Path(folder, name)
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def _why_it_ended(trace: str, status: int, path: Path, seconds: float) -> str:
    """Why a process ended without saying so; where it was, if its time was up."""
    if not trace:
        how = f"exit status {status}" if status >= 0 else signal.Signals(-status).name
        return f"It ended Python ({how}), and the test with it."
    own = re.escape(str(path).encode("ascii", "backslashreplace").decode())
    found = re.search(rf'File "{own}", line (\d+)', trace)  # the innermost comes first
    reason = f"It came to no end within {seconds:g} seconds."
    return f"{reason} It was here:\n{quote(int(found[1]), path)}" if found else reason


# The program.


class Journal:
    """What the program leaves behind. Whatever begins has `seconds` to end.

    Else the place where it is goes into FOLDER/trace, and the program ends: faulthandler's watch is
    a thread of C, so that no loop can hold it up.
    """

    def __init__(self, folder: Path, seconds: float) -> None:
        self.lines = (folder / "journal").open("a", encoding="utf-8", buffering=1)
        self.trace = (folder / "trace").open("w", encoding="utf-8")
        self.seconds = seconds

    def write(self, kind: str, what: Any = None) -> None:
        """Add a line."""
        self.lines.write(json.dumps([kind, what]) + "\n")

    def begin(self, outcome: Outcome) -> None:
        """Note what begins now, as the outcome it has if it never ends."""
        self.write("began", asdict(outcome))
        faulthandler.dump_traceback_later(self.seconds, exit=True, file=self.trace)


def main(folder: str, lesson: str, path: str, seconds: str, *names: str) -> None:
    """Examine the named exercises of a lesson, or all, and leave a journal in the folder."""
    journal = Journal(Path(folder), float(seconds))
    exercises = importlib.import_module(f"lessons.checks.{lesson}").EXERCISES
    solution = ast.parse((LESSONS / "solutions" / f"{lesson}.py").read_bytes())
    journal.write("known", [exercise.name for exercise in exercises])
    journal.begin(READING)
    try:
        answers = read_answers(Path(path))
    except AnswersError as problem:
        return journal.write("unreadable", str(problem))
    for exercise in exercises:
        if exercise.name in names or not names:
            asked = parameters_of(exercise.name, solution)
            journal.write("found", asdict(examine(exercise, answers, asked, journal.begin)))
    return journal.write("end")


if __name__ == "__main__":
    main(*sys.argv[1:])
    sys.stdout.flush()
    os._exit(0)  # a thread that the answers began may still run
