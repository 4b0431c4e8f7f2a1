"""Tables of many runs that lessons print: measured by a command, kept as CSV files beside it.

A table is a module here, such as `augmentation.py`, with two names:

    ROWS                  a list of settings, each a dict: {"arm": "prior", "seed": 0}
    measure(settings)     runs that row and returns what it found, as a dict of numbers

`python -m lessons.tables augmentation` runs all rows and writes `augmentation.csv`; a lesson prints
it by `rows("augmentation")`, and may run one row live by `measure` itself.
"""

import csv
from importlib import import_module
from pathlib import Path
from types import ModuleType

FOLDER = Path(__file__).parent

Row = dict[str, str | float]


def names() -> list[str]:
    """Return the names of all tables.

    >>> "__main__" in names()
    False
    """
    return sorted(path.stem for path in FOLDER.glob("[a-z]*.py"))


def module(name: str) -> ModuleType:
    """Return the module that measures a table.

    Raises ValueError where there is none, with the names of all.

    >>> module("no_such")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    ValueError: no table is called no_such. There are: ...
    """
    if name not in names():
        raise ValueError(f"no table is called {name}. There are: {', '.join(names())}.")
    return import_module(f"{__name__}.{name}")


def rows(name: str) -> list[Row]:
    """Return a table's rows as they were measured, numbers as floats.

    Raises ValueError where it was not measured yet, with the command that does.

    >>> rows("no_such")
    Traceback (most recent call last):
    ...
    ValueError: no_such.csv is not there. Write it by: python -m lessons.tables no_such
    """
    path = FOLDER / f"{name}.csv"
    if not path.exists():
        raise ValueError(f"{path.name} is not there. Write it by: python -m lessons.tables {name}")
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    return [{key: _number(text) for key, text in row.items()} for row in csv.DictReader(lines)]


def column(found: list[Row], name: str, **where: str | float) -> list[float]:
    """Return one column of the rows in which each name of `where` has this value.

    Raises ValueError where no row has them.

    >>> column([{"beta": 1.0, "mig": 0.2}, {"beta": 4.0, "mig": 0.5}], "mig", beta=4)
    [0.5]
    """
    chosen = [row for row in found if all(row[key] == value for key, value in where.items())]
    if not chosen:
        raise ValueError(f"no row of the table has {where}.")
    return [float(row[name]) for row in chosen]


def _number(text: str) -> str | float:
    try:
        return float(text)
    except ValueError:
        return text
