"""A differentiable function of any framework, seen from outside: as functions of NumPy's arrays.

An adapter (`pytorch`, `jax`, `hips`) makes a `Foreign` of somebody's function; `holding` says what
its gradients must satisfy. Neither knows the other's framework.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any

from ..backend import Array

Arrays = Sequence[Array]
# Properties of one call, to which a program, whose lines write and lay out by themselves, is not
# held.
OF_ONE_CALL = (
    "unchanged", "form", "linear", "alone", "layout", "overwritten", "twice", "float32",
)  # fmt: skip


class FirstOrderOnly(Exception):
    """A function that says of itself that it cannot be differentiated twice."""


class Refused(Exception):
    """The framework saw that memory which a gradient needs was overwritten: the right answer."""


@dataclass
class Run:
    """One forward pass: what it was given, what it made, and the way back.

    inputs, outputs: the framework's own memory, where NumPy can show it.
    back: called with a cotangent for each output (None for one that takes no part), gives a
    gradient for each input, in its own shape and type; may be called again.
    overwrite: called as overwrite("argument" or "output", i), writes other numbers there, as a
    person does between forward and backward. None where the framework's arrays cannot be written.
    raw: gradients as the function itself returned them, before the framework cast and summed
    them; empty where that is not to be seen.
    """

    inputs: list[Array]
    outputs: list[Array]
    back: Callable[[Sequence[Any]], list[Array]]
    overwrite: Callable[[str, int], None] | None = None
    raw: list[Any] = field(default_factory=list)


@dataclass(frozen=True)
class Foreign:
    """A function of arrays that somebody else's framework differentiates.

    name: as it is called in messages.
    run: called as run(arrays, wrt), the places to differentiate by, makes a `Run`. The same array
    twice in `arrays` is one input in two places.
    second: called as second(arrays, cotangents, weights), gives the derivatives of
    sum(weights * gradients) by the arrays, and by the cotangents. May raise FirstOrderOnly.
    values: called with a list of lists of arrays, gives the outputs for each.
    paste: called as paste(arrays), gives lines of Python that make these arguments again.
    layouts: whether the framework's arrays may lie in memory in different ways.
    mended_by: the framework's name, where it sums and casts by itself a gradient of another form.
    composed: called as composed(numbers, arrays), makes a program of the function and of the
    framework's own ops, as the numbers choose; None where nobody has written that.
    """

    name: str
    run: Callable[[Arrays, Sequence[int]], Run]
    second: Callable[[Arrays, Arrays, Arrays], tuple[list[Array], list[Array]]]
    paste: Callable[[Arrays], str]
    values: Callable[[Sequence[Arrays]], list[list[Array]]] | None = None
    layouts: bool = True
    mended_by: str = ""
    composed: Callable[[Sequence[int], Arrays], Foreign] | None = None

    def outputs(self, arrays: Arrays) -> list[Array]:
        """What the function makes of these arrays, copied."""
        return self.outputs_of([arrays])[0]

    def outputs_of(self, many: Sequence[Arrays]) -> list[list[Array]]:
        """What the function makes of each of many lists of arrays."""
        if self.values is not None:
            return self.values(many)
        return [[y.copy() for y in self.run(arrays, ()).outputs] for arrays in many]

    def gradients(self, arrays: Arrays, cotangents: Sequence[Any]) -> list[Array]:
        """The gradient of sum(cotangent * output) by each array, copied."""
        return [g.copy() for g in self.run(arrays, range(len(arrays))).back(cotangents)]

    def mutated(self, name: str, change: Callable[[list[Array]], list[Array]]) -> Foreign:
        """The same function with gradients that are changed on their way back.

        >>> import numpy
        >>> from .ours import from_op
        >>> from scratchgen import tanh
        >>> twice = from_op(tanh).mutated("twice", lambda gradients: [2 * g for g in gradients])
        >>> twice.gradients([numpy.zeros(1)], [numpy.ones(1)])
        [array([2.])]
        """

        def run(arrays: Arrays, wrt: Sequence[int]) -> Run:
            found = self.run(arrays, wrt)
            return replace(found, back=lambda gs: change(found.back(gs)), raw=[])

        return replace(self, name=f"{self.name}, {name}", run=run)


def needed(name: str, install: str = "") -> ModuleType:
    """Return the framework's module; ImportError, with the command that installs it, without.

    >>> needed("numpy").__name__
    'numpy'
    >>> needed("no_such_framework")
    Traceback (most recent call last):
    ImportError: no_such_framework is not installed. Install it: pip install no_such_framework
    """
    try:
        return importlib.import_module(name)
    except ImportError:
        command = f"pip install {install or name}"
        raise ImportError(f"{name} is not installed. Install it: {command}") from None


def import_of(thing: Any, called: str, framework: str) -> str:
    """Return the line that makes a function or class known where it is pasted; else a comment.

    called: its name in the comment, where no import finds it: it is local, or in __main__.
    framework: the module where the framework's own functions are found.

    >>> import_of(needed, "needed", "numpy")
    'from scratchgen.testing.foreign import needed'
    >>> import_of(lambda x: x, "mine", "numpy")
    '# mine is your own: define it here'
    """
    name = getattr(thing, "__name__", "")
    own = getattr(getattr(thing, "fun", thing), "__module__", None)  # fun: autograd's primitives
    for module in (own, framework):
        found = getattr(sys.modules.get(module or ""), name, None)
        if found is not None and found is thing and module != "__main__":
            return f"from {module} import {name}"
    return f"# {called} is your own: define it here"
