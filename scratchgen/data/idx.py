"""The IDX format, in which MNIST and others come: an array behind a short header."""

from __future__ import annotations

import math
import os
from pathlib import Path

import numpy as np

from .files import expanded, unpacked

_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def read_idx(path: str | os.PathLike[str]) -> np.ndarray:
    """The array in an IDX file, in its own type and shape; unpacked first if gzip, bz2 or xz.

    The format (LeCun): 0, 0, type, number of axes; each axis's length as 4 bytes, high byte first;
    the values. Raises ValueError if the file is not whole, naming it and what is wrong.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "three.idx")
    >>> _ = path.write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9]))
    >>> read_idx(path)
    array([7, 8, 9], dtype=uint8)
    """
    path = expanded(path)
    return idx_array(unpacked(path), path)


def idx_array(raw: bytes, path: Path) -> np.ndarray:
    """The array that the bytes of an IDX file are; `path` is where they came from, for errors.

    >>> idx_array(bytes([0, 0, 8, 1, 0, 0, 0, 2, 7]), Path("a.idx"))
    Traceback (most recent call last):
    ValueError: a.idx: expected 10 bytes for the shape (2,) that its header names, got 9.
    """
    if len(raw) < 4 or raw[:2] != b"\0\0" or raw[2] not in _TYPES or not 1 <= raw[3] <= 8:
        raise ValueError(f"{path}: expected an IDX file (its magic number is 0, 0, the type, the "
                         f"number of axes), got one that begins with {list(raw[:4])}.")
    dtype, start = np.dtype(_TYPES[raw[2]]), 4 + 4 * raw[3]
    shape = tuple(int.from_bytes(raw[i : i + 4], "big") for i in range(4, start, 4))
    expected = start + math.prod(shape) * dtype.itemsize
    if len(raw) != expected:
        raise ValueError(f"{path}: expected {expected:,} bytes for the shape {shape} that its "
                         f"header names, got {len(raw):,}.")
    values = np.frombuffer(raw, dtype, offset=start).reshape(shape)
    return values.astype(dtype.newbyteorder("="))


def idx_bytes(array: np.ndarray) -> bytes:
    """The IDX file, not packed, of an array of bytes.

    >>> list(idx_bytes(np.array([7, 8, 9], np.uint8)))
    [0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9]
    """
    lengths = b"".join(length.to_bytes(4, "big") for length in array.shape)
    return bytes([0, 0, 8, array.ndim]) + lengths + array.astype(np.uint8).tobytes()
