"""Measure a table and write it: python -m lessons.tables NAME."""

import argparse
import csv
import datetime
import io
import numbers
import os
import platform
import sys
import time

from lessons import tables
from lessons.runner.bars import bar


def main(arguments: list[str]) -> int:
    """Measure a table's rows, or the first of them, and write them; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m lessons.tables", description=__doc__)
    parser.add_argument("name", help=f"one of: {', '.join(tables.names()) or '(none yet)'}")
    parser.add_argument("--first", type=int, metavar="N", help="only N rows, printed, not written")
    asked = parser.parse_args(arguments)
    try:
        table = tables.module(asked.name)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    began = time.process_time()
    asked_rows = table.ROWS[: asked.first]
    shown = bar(asked_rows, len(asked_rows), _words) if sys.stdout.isatty() else asked_rows
    found = [row | table.measure(row) for row in shown]
    text = written(asked.name, found, time.process_time() - began)
    print(text, end="")
    if asked.first is None:
        keep(asked.name, text)
    return 0


def written(name: str, found: list[dict], seconds: float) -> str:
    """Return a table as CSV, with a first line that says when and by which command."""
    out = io.StringIO()
    out.write(
        f"# python -m lessons.tables {name}: {datetime.date.today()}, "
        f"{seconds:.0f} s on {platform.machine()}, Python {platform.python_version()}\n"
    )
    table = csv.DictWriter(out, list(found[0]), lineterminator="\n")
    table.writeheader()
    for row in found:
        table.writerow({key: _short(value) for key, value in row.items()})
    return out.getvalue()


def keep(name: str, text: str) -> None:
    """Write a table beside its module: beside first, then moved into place."""
    path = tables.FOLDER / f"{name}.csv"
    beside = path.with_suffix(".csv.part")
    beside.write_text(text)
    os.replace(beside, path)


def _words(row: dict) -> str:
    return " ".join(f"{key}={value}" for key, value in row.items())


def _short(value: object) -> object:
    return f"{value:.6g}" if isinstance(value, numbers.Real) else value


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
