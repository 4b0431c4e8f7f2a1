"""A run's folder: its settings, its log, its samples; what is written there is whole or absent."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..data.files import PART, moved_into_place
from .checkpoints import Checkpoints

FORMAT = 1
SETTINGS, LOG, SAMPLES = "settings.json", "log.csv", "samples"


class Run:
    """A run that is there: `open_run(folder)`, or just made by `create(folder, settings)`.

    settings: what it was asked for, by name. checkpoints: those in its folder.
    """

    def __init__(self, folder: Path, settings: dict[str, Any]):
        self.folder, self.settings = folder, settings
        self.checkpoints = Checkpoints(folder)

    @property
    def samples(self) -> Path:
        """The folder of the pictures that came on the way."""
        return self.folder / SAMPLES

    def store(self, settings: Mapping[str, Any]) -> None:
        """Make these its settings."""
        self.settings = dict(settings)
        text = json.dumps({"format": FORMAT, **self.settings}, indent=1) + "\n"
        write(self.folder / SETTINGS, text.encode())

    def tidy(self) -> None:
        """Remove what one that was killed had half written."""
        for left in [*self.folder.glob(f"{PART}*"), *self.samples.glob(f"{PART}*")]:
            left.unlink(missing_ok=True)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other processes from training it meanwhile. ValueError if one does already.

        The lock is the system's, and so is gone with a process, however that ends. Where a system
        has none (Windows) nothing is kept from anybody.
        """
        with open(self.folder / SETTINGS, "rb") as file:
            try:
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except ImportError:
                pass
            except OSError as error:
                who = "Another process trains it now"
                raise ValueError(f"{self.folder}: {who}. Wait for it, or stop it.") from error
            yield

    def begin_log(self, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Write the log anew: a line of names, and a line for each epoch so far."""
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([names, *rows])
        write(self.folder / LOG, text.getvalue().encode())

    def add_to_log(self, row: Sequence[Any]) -> None:
        """Add a line to the log."""
        with open(self.folder / LOG, "a", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerow(row)

    def log(self) -> list[dict[str, float]]:
        """The lines of the log, by the names of its columns; one cut short is left out."""
        path = self.folder / LOG
        if not path.exists():
            return []
        with open(path, encoding="utf-8", newline="") as file:
            names, *rows = list(csv.reader(file)) or [[]]
        return [
            dict(zip(names, map(float, row), strict=True)) for row in rows if _whole(row, names)
        ]

    def __repr__(self) -> str:
        return f"Run({str(self.folder)!r}, {self.settings.get('model')})"


def _whole(row: Sequence[str], names: Sequence[str]) -> bool:
    """Whether a line of the log is all there."""
    try:
        return len([float(value) for value in row]) == len(names)
    except ValueError:
        return False


def create(folder: Path, settings: Mapping[str, Any]) -> Run:
    """A new run in a folder. Raises FileExistsError where there is anything already.

    >>> import tempfile
    >>> run = create(Path(tempfile.mkdtemp()) / "first", {"model": "vae"})
    >>> open_run(run.folder).settings
    {'model': 'vae'}
    """
    if (folder / SETTINGS).exists():
        fix = "Add --resume to go on with it, or choose another name."
        raise FileExistsError(f"{folder}: there is a run already. {fix}")
    if folder.exists() and (not folder.is_dir() or any(folder.glob("[!.]*"))):
        what = "a folder with other things in it" if folder.is_dir() else "a file"
        raise FileExistsError(f"{folder}: is {what}. A run wants a folder of its own.")
    folder.mkdir(parents=True, exist_ok=True)
    run = Run(folder, dict(settings))
    run.store(settings)
    return run


def open_run(folder: Path) -> Run:
    """The run in a folder. Raises FileNotFoundError or ValueError where there is none.

    >>> open_run(Path("no/such/run"))
    Traceback (most recent call last):
    FileNotFoundError: no/such/run: no run is there: it has no settings.json. `python -m scratchgen
    runs` lists those below ./runs.
    """
    path = folder / SETTINGS
    if not path.is_file():
        fix = "`python -m scratchgen runs` lists those below ./runs."
        raise FileNotFoundError(f"{folder}: no run is there: it has no {SETTINGS}. {fix}")
    try:
        settings = json.loads(path.read_text("utf-8"))
        form = settings.pop("format")
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise ValueError(f"{path} cannot be read as a run's settings ({error!r}).") from error
    if form != FORMAT:
        fix = "Use the scratchgen that made it."
        raise ValueError(f"{path}: expected format {FORMAT}, got {form}. {fix}")
    return Run(folder, settings)


def find(folder: Path) -> Iterator[Path]:
    """The folders of all runs in a folder and below, by name.

    >>> list(find(Path("no/such/folder")))
    []
    """
    return (path.parent for path in sorted(folder.rglob(SETTINGS)))


def write(path: Path, content: bytes) -> None:
    """Write a file beside its place and bring it to the disk, then move it there.

    >>> import tempfile
    >>> write(path := Path(tempfile.mkdtemp(), "whole.txt"), b"all of it")
    >>> path.read_text()
    'all of it'
    """
    with moved_into_place(path) as part, open(part, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
