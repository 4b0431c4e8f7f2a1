"""Files and folders that a person names: found, checked, and never left half written."""

from __future__ import annotations

import contextlib
import importlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

PART = ".part-"  # how a file begins that is being written


def expanded(path: str | os.PathLike[str]) -> Path:
    """The path that a person means: a leading ~ is the home folder, as a shell has it.

    >>> expanded("~/mnist") == Path.home() / "mnist"
    True
    """
    return Path(os.path.expanduser(path))  # unlike Path's own, it leaves "~nobody" as it is


@contextlib.contextmanager
def moved_into_place(path: Path) -> Iterator[Path]:
    """A path beside it to write to, renamed once all went well: never half a file at `path`.

    The path beside has the ending of `path`, and begins with PART: a process that is killed leaves
    it there.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "whole.txt")
    >>> with moved_into_place(path) as part:
    ...     _ = part.write_text("all of it")
    >>> path.read_text()
    'all of it'
    """
    part = path.with_name(f"{PART}{os.getpid()}-{threading.get_ident()}-{path.name}")
    try:
        yield part
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def unpacked(path: Path) -> bytes:
    """The content of a file, unpacked if it is gzip, bz2 or xz, as its first bytes tell.

    Raises ValueError for a packed file that is not whole, or that only its name says is packed.

    >>> import gzip, tempfile
    >>> path = Path(tempfile.mkdtemp(), "three.bytes")
    >>> _ = path.write_bytes(gzip.compress(b"abc"))
    >>> unpacked(path)
    b'abc'
    """
    raw = path.read_bytes()
    by_magic = [kind for kind in _PACKED if raw.startswith(kind[2])]
    # Browsers unpack a download and leave its name: an IDX file begins with two zeros.
    by_name = [kind for kind in _PACKED if path.suffix == kind[1] and raw[:2] != b"\0\0"]
    for module, suffix, _ in (by_magic + by_name)[:1]:
        try:
            return importlib.import_module(module).decompress(raw)
        except Exception as cause:  # each of them, and zlib, raises errors of its own
            raise ValueError(f"{path}: expected a whole {suffix} file, got {len(raw):,} bytes that "
                             f"are none ({str(cause).rstrip('.')}).") from cause
    return raw


# Of each way to pack a file: Python's module for it, the end of the name, and its first bytes.
_PACKED = (("gzip", ".gz", b"\x1f\x8b"), ("bz2", ".bz2", b"BZh"), ("lzma", ".xz", b"\xfd7zXZ\0"))


def sha256(content: bytes) -> str:
    """The SHA-256 of those bytes, in hexadecimal.

    >>> sha256(b"")[:8]
    'e3b0c442'
    """
    import hashlib

    return hashlib.sha256(content).hexdigest()
