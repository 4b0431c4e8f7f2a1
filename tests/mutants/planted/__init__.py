"""The planted bugs, by kind: what people get wrong when they write an autograd engine, VAE or GAN.

Each is a change of one line. `old` stands exactly once in its file, so that nobody doubts what was
changed; where one line does not say which of several it is, `old` takes a neighbour along. A name
begins with the words that its tests go by ("tanh: ..."): those run first. `why` says how the bug
shows, or rather how it hides.

The bugs of one room of the library stand in one file here, which is found by itself.
"""

from __future__ import annotations

import importlib
import pkgutil

from tests.mutants.planted.mutant import LIBRARY, Mutant

__all__ = ["LIBRARY", "PLANTED", "Mutant", "named", "planted"]


def _by_kind() -> dict[str, list[Mutant]]:
    """What the files beside this one hold, joined kind by kind."""
    found: dict[str, list[Mutant]] = {}
    for file in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{file.name}")
        for kind, some in getattr(module, "PLANTED", {}).items():
            found.setdefault(kind, []).extend(some)
    return found


PLANTED = _by_kind()


def planted() -> list[Mutant]:
    """All planted bugs, each with its kind."""
    return [mutant._replace(kind=kind) for kind, some in PLANTED.items() for mutant in some]


def named(name: str) -> Mutant:
    """The planted bug of this name.

    >>> named("no such bug")
    Traceback (most recent call last):
    ValueError: no planted bug is named 'no such bug'
    """
    for mutant in planted():
        if mutant.name == name:
            return mutant
    raise ValueError(f"no planted bug is named {name!r}")
