"""What an exercise is, and what an examination of answers found: what all others here speak of."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Exercise:
    """One exercise: the reader's function by its name, what must hold of it, and help in two steps.

    properties: functions of the reader's function, tested in order; each one's docstring is shown.
    hint: shown where a property fails. stronger_hint: shown on request, by --hint.

    >>> Exercise("double", properties=[], hint="2 x", stronger_hint="return 2 * x").name
    'double'
    """

    name: str
    properties: Sequence[Callable[[Any], None]]
    hint: str
    stronger_hint: str


@dataclass(frozen=True)
class Outcome:
    """What became of one exercise; `state` is "passed", "failed", "not begun" or "missing".

    property: what should hold and does not. message: how that shows. example: the smallest
    arguments that show it, where Hypothesis looked for them.

    >>> Outcome("double", "failed", property="it is twice x", message="expected 4, got 5").state
    'failed'
    """

    name: str
    state: str
    property: str = ""
    message: str = ""
    example: str = ""
    hint: str = ""
    stronger_hint: str = ""


@dataclass
class Examined:
    """All outcomes; what the answers printed; and why the file could not be read, if it could not.

    >>> Examined(unreadable="line 3: invalid syntax").outcomes
    []
    """

    outcomes: list[Outcome] = field(default_factory=list)
    printed: str = ""
    unreadable: str = ""
