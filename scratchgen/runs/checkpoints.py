"""Checkpoints: the newest, and the last whole one before it, so that one of them is always whole.

The problem: a process may die at any moment, between any two calls of the system and inside of
each. The trick: a new checkpoint is written beside, and brought to the disk, before the two that
there are move on by renaming, which is whole or has not happened. So at each moment one of them is
whole; dying costs what was done since. The one way it can still fail is a disk that loses what it
said it had stored: then neither has the checksum that it carries, and that is said.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy

from ..data.files import moved_into_place

NEWEST, BEFORE, DAMAGED = "checkpoint.npz", "checkpoint.before.npz", "checkpoint.damaged.npz"


class Damaged(ValueError):
    """A checkpoint that cannot be read, or is not what was written."""


class Saved(NamedTuple):
    """What a checkpoint holds: arrays by name, and all else, plain enough for JSON."""

    arrays: dict[str, numpy.ndarray]
    about: dict[str, Any]
    path: Path


class Checkpoints:
    """The checkpoints in a folder.

    tell: what is called with a sentence where a damaged one is left out.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> Checkpoints(folder).save({"w": numpy.ones(2)}, {"epochs": 3})
    >>> Checkpoints(folder).load().about
    {'epochs': 3}
    """

    def __init__(self, folder: Path, tell: Callable[[str], Any] = print):
        self.folder, self.tell = folder, tell
        self.newest, self.before = folder / NEWEST, folder / BEFORE

    @property
    def exist(self) -> bool:
        """Whether there is one, whole or not."""
        return self.newest.exists() or self.before.exists()

    def save(self, arrays: Mapping[str, Any], about: Mapping[str, Any]) -> None:
        """Store arrays, and what is plain enough for JSON; the newest one becomes the one before.

        Raises OSError where that cannot be done, and leaves the two as they were.
        """
        stored = {name: numpy.asarray(array) for name, array in arrays.items()}
        text = json.dumps({"about": dict(about), "checksum": checksum(stored, about)})
        with moved_into_place(self.newest) as part:
            with open(part, "wb") as file:
                whole: dict[str, Any] = {**stored, "about": numpy.array(text)}
                numpy.savez(file, **whole)
                file.flush()
                os.fsync(file.fileno())
            if self.newest.exists():
                os.replace(self.newest, self.before)
        _sync_folder(self.folder)

    def load(self, aside: bool = False) -> Saved | None:
        """The newest whole one; None if there is none yet. Raises Damaged if none of them is whole.

        aside: whether a damaged newest one is moved to another name, so that no later `save` puts
        it in the place of the whole one. Whoever only reads leaves all as it is.
        """
        errors = []
        for path in filter(Path.exists, (self.newest, self.before)):
            try:
                saved = read(path)
            except Damaged as error:
                errors.append(str(error))
                continue
            if errors:
                if aside:
                    os.replace(self.newest, self.folder / DAMAGED)
                kept = f" The damaged one is kept as {DAMAGED}." if aside else ""
                self.tell(f"{errors[0]} The one before it is used, {path.name}.{kept}")
            return saved
        if errors:
            fix = f"Move the folder {self.folder} away to begin again."
            raise Damaged(f"{' '.join(errors)} No whole checkpoint is left. {fix}")
        return None


def read(path: Path) -> Saved:
    """What a checkpoint holds. Raises Damaged unless it is what was written.

    >>> read(Path("no-such.npz"))
    Traceback (most recent call last):
    scratchgen.runs.checkpoints.Damaged: no-such.npz is damaged (No such file or directory).
    """
    from zipfile import BadZipFile, is_zipfile

    if path.is_file() and not is_zipfile(path):  # NumPy would take it for a pickle
        raise Damaged(f"{path} is damaged (it is cut short, or no .npz).")
    try:
        with open(path, "rb") as whole, numpy.load(whole, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        text = json.loads(str(arrays.pop("about")))
        about, expected = text["about"], text["checksum"]
    except OSError as error:
        raise Damaged(f"{path} is damaged ({error.strerror or error}).") from error
    except (ValueError, TypeError, KeyError, EOFError, BadZipFile, NotImplementedError) as error:
        raise Damaged(f"{path} is damaged ({error}).") from error
    except Exception as error:  # zlib's, struct's and others', by where the damage lies
        raise Damaged(f"{path} is damaged ({type(error).__name__}: {error}).") from error
    if checksum(arrays, about) != expected:
        raise Damaged(f"{path} is damaged (its checksum is another).")
    return Saved(arrays, about, path)


def checksum(arrays: Mapping[str, numpy.ndarray], about: Mapping[str, Any]) -> str:
    """A SHA-256 of names, types, shapes and contents, the order of the names left aside.

    >>> checksum({"a": numpy.zeros(2)}, {})[:8] == checksum({"a": numpy.zeros(3)}, {})[:8]
    False
    """
    found = hashlib.sha256(json.dumps(about, sort_keys=True).encode())
    for name in sorted(arrays):
        array = numpy.ascontiguousarray(arrays[name])
        found.update(f"{name} {array.dtype.str} {arrays[name].shape};".encode())
        found.update(array.tobytes())
    return found.hexdigest()


def _sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk, where a system can."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
