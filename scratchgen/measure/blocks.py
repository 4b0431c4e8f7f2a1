"""What is too large to hold at once, some rows at a time."""

from __future__ import annotations

from collections.abc import Iterator

PAIRS = 2**23  # how many numbers, one for each pair of rows, are held at a time: 64 MiB


def blocks_of_rows(n: int, size: int = 1000) -> Iterator[slice]:
    """The slices that divide n rows into blocks of `size`; the last may be shorter.

    >>> list(blocks_of_rows(5, size=3))
    [slice(0, 3, None), slice(3, 5, None)]
    """
    return (slice(start, min(start + size, n)) for start in range(0, n, size))


def blocks_of_pairs(n: int, m: int) -> Iterator[slice]:
    """The slices that divide n rows, each to be paired with m others, so that PAIRS fit.

    >>> list(blocks_of_pairs(2, PAIRS))
    [slice(0, 1, None), slice(1, 2, None)]
    """
    return blocks_of_rows(n, max(1, PAIRS // m))
