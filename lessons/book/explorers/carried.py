"""Arrays of NumPy, on their way into a page: half floats, as text, which kit.js reads again."""

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

LARGEST = float(np.finfo(np.float16).max)


def halves(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return named arrays rounded to half floats, which keep three digits in two bytes.

    ValueError for what a page could not count with: NaN, infinity, or more than a half float holds.

    >>> halves({"b": np.array([0.1])})["b"]
    array([0.1], dtype=float16)
    """
    for name, x in arrays.items():
        if not np.all(np.abs(x) <= LARGEST):  # NaN is not either
            bad = x[~(np.abs(x) <= LARGEST)].flat[0]
            raise ValueError(
                f"{name}: expected numbers up to {LARGEST:g}, got {bad}. Such weights are not put "
                "into a page: look at how their training ended."
            )
    return {name: np.asarray(x, np.float16) for name, x in arrays.items()}


def keep(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write named arrays into an .npz file as half floats, beside it first, then in its place."""
    beside = path.with_suffix(".part.npz")
    rounded: dict[str, Any] = dict(halves(arrays))
    np.savez(beside, **rounded)
    beside.replace(path)


def script(path: Path) -> str:
    """Return the element by which a page carries the arrays of an .npz file.

    Each array is its shape and its half floats in little-endian bytes, written in base 64.
    """
    with np.load(path, allow_pickle=False) as file:
        arrays = halves(dict(file))
    carried = {name: [x.shape, _text(x)] for name, x in arrays.items()}
    return f'<script type="application/json">{json.dumps(carried)}</script>'


def _text(x: np.ndarray) -> str:
    return base64.b64encode(x.astype("<f2").tobytes()).decode()
