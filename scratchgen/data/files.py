"""Files and folders that a person names: found, checked, and never left half written."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path


def expanded(path: str | os.PathLike[str]) -> Path:
    """The path that a person means: a leading ~ is the home folder, as a shell has it.

    >>> expanded("~/mnist") == Path.home() / "mnist"
    True
    """
    return Path(os.path.expanduser(path))  # unlike Path's own, it leaves "~nobody" as it is


@contextlib.contextmanager
def moved_into_place(path: Path) -> Iterator[Path]:
    """A path beside it to write to, renamed once all went well: never half a file at `path`.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "whole.txt")
    >>> with moved_into_place(path) as part:
    ...     _ = part.write_text("all of it")
    >>> path.read_text()
    'all of it'
    """
    import tempfile

    handle, name = tempfile.mkstemp(dir=path.parent, prefix="part-", suffix=f"-{path.name}")
    os.close(handle)
    try:
        yield Path(name)
        os.replace(name, path)
    finally:
        Path(name).unlink(missing_ok=True)


def sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "empty")
    >>> path.touch()
    >>> sha256(path)[:8]
    'e3b0c442'
    """
    import hashlib

    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
