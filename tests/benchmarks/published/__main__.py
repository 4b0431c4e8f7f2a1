"""`python -m tests.benchmarks.published ROW [--seed N] [--quick]`, or `table`."""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy is imported

import argparse
import importlib
from collections.abc import Callable

from tests.benchmarks.published.runs import Run

# Which file a row is in; its function has the row's name.
ROWS = {
    "vae": "likelihood",
    "iwae5": "likelihood",
    "iwae50": "likelihood",
    "gan": "images",
    "gan_article": "images",
    "ring": "toys",
    "grid": "toys",
    "augment": "augment",
    "parzen_lie": "parzen",
}


def row(name: str) -> Callable[[Run], dict]:
    """The function that trains and measures a row."""
    return getattr(importlib.import_module(f"tests.benchmarks.published.{ROWS[name]}"), name)


def main() -> None:
    """Read the command line, run what it asks for."""
    parser = argparse.ArgumentParser("python -m tests.benchmarks.published", description=__doc__)
    parser.add_argument("row", nargs="?", choices=[*ROWS, "table"], metavar="ROW",
                        help=f"one of {', '.join(ROWS)}; or table")  # fmt: skip
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quick", action="store_true", help="seconds, to see that it runs")
    args = parser.parse_args()
    if args.row is None:
        for name in ROWS:
            print(f"{name:12s} {(row(name).__doc__ or '').splitlines()[0]}")
    elif args.row == "table":
        from tests.benchmarks.published.table import everything

        print(everything())
    else:
        run = Run(args.row, args.seed, args.quick)
        path = run.finish(row(args.row)(run))
        print(path.read_text("utf-8"), end="")
        print(path)


if __name__ == "__main__":
    main()
