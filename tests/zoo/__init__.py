"""A zoo of wrong gradients, of kinds that were reported in public, each beside its right twin.

`python -m tests.zoo` prints who finds what. Each framework has a file; a file that lacks its
framework has no animals.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Animal:
    """A fault beside its right twin.

    name: the fault. right, wrong: the functions, as the framework's user calls them.
    strategy: draws their arguments. typical: one list of arguments, as a person writes in a test.
    options: those of `hold` that both need.
    """

    name: str
    right: Callable
    wrong: Callable
    strategy: Any
    typical: list
    options: dict = field(default_factory=dict)
