"""Random programs: graphs of many ops whose values are used more than once."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy
from hypothesis import strategies as st

from .. import engine, functions
from ..backend import Array
from ..functions import tanh
from ..gradcheck import check_grad
from .strategies import arrays, floats

# Smooth and without poles, so that differences can be trusted wherever the values lie.
SMOOTH_OPS = (
    engine.add, engine.subtract, engine.multiply, engine.matmul, engine.negative,
    engine.transpose, engine.sum, engine.mean, functions.exp, functions.tanh,
    functions.sigmoid, functions.softplus, functions.softmax, functions.log_softmax,
)  # fmt: skip
LIMIT = 4.0  # beyond it a value is squashed: six exponentials in a row would overflow


class Line(NamedTuple):
    """One line of a program: the value of this number is the op of others, perhaps squashed."""

    number: int
    op: Callable
    arguments: tuple[int, ...]
    squashed: bool

    def __repr__(self) -> str:
        call = f"{self.op.__name__}({', '.join(f'x{k}' for k in self.arguments)})"
        return f"x{self.number} = {f'tanh({call})' if self.squashed else call}"


class Program:
    """A computation graph that runs, as program(*program.arrays), and prints as Python to paste.

    steps: a list of (op, i, j). The op of the values i and j of a stack (of i alone, if it takes
    one) is put on the stack, which begins with `arrays`. The numbers count modulo its height, so
    every list is a program, and so is every part of it: that is why a failure shrinks so far.
    Left out are a step that its op refuses (a matmul of misfits), and what the last value does not
    need; a result beyond 4 is squashed by tanh.

    >>> x, multiply, add = numpy.array([1.0, 2.0]), engine.multiply, engine.add
    >>> Program([(multiply, 0, 0), (add, 0, 0), (tanh, 1, 0)], [x]).lines
    [x1 = multiply(x0, x0), x2 = tanh(x1)]
    """

    __name__ = "program"

    def __init__(self, steps: Sequence[tuple[Callable, int, int]], arrays: Sequence[Array]):
        values, lines = list(arrays), []
        for f, i, j in steps:
            places = (i % len(values), j % len(values))[: _arity(f)]
            y = _tried(f, [values[k] for k in places])
            if y is not None:
                squashed = bool(abs(y).max(initial=0.0) > LIMIT)
                lines.append(Line(len(values), f, places, squashed))
                values.append(tanh(y) if squashed else y)
        used = {len(values) - 1}
        for line in reversed(lines):
            used |= set(line.arguments) if line.number in used else set()
        new = {old: k for k, old in enumerate(sorted(used))}
        self.arrays = [x for k, x in enumerate(arrays) if k in used]
        self.lines = [
            Line(new[line.number], line.op, tuple(new[k] for k in line.arguments), line.squashed)
            for line in lines
            if line.number in used
        ]

    def values(self, *xs: Any) -> list:
        """Every value in turn, given arrays or Tensors `xs` in the place of `arrays`."""
        values = list(xs)
        for line in self.lines:
            y = line.op(*[values[k] for k in line.arguments])
            values.append(tanh(y) if line.squashed else y)
        return values

    def __call__(self, *xs: Any) -> Any:
        """The last value."""
        return self.values(*xs)[-1]

    def __repr__(self) -> str:
        ops = {line.op for line in self.lines} | {tanh for line in self.lines if line.squashed}
        arguments = [f"np.array({x.tolist()})" for x in self.arrays]
        return "\n".join([
            "import numpy as np",
            *sorted(map(_import_of, [*ops, check_grad])),
            f"def program({', '.join(f'x{k}' for k in range(len(arguments)))}):",
            *[f"    {line}" for line in self.lines],
            f"    return x{len(arguments) + len(self.lines) - 1}",
            f"check_grad({', '.join(['program', *arguments])}, order=2)",
        ])  # fmt: skip

    def _repr_pretty_(self, printer, cycle):
        printer.text(f"\n{self!r}\n")  # Hypothesis would indent all lines but the first


def _arity(op: Callable) -> int:
    """How many arguments an op must be given."""
    parameters = inspect.signature(op).parameters.values()
    count = len([p for p in parameters if p.default is p.empty])
    if count not in (1, 2):
        raise TypeError(f"programs: expected ops of one or two arguments, got {op!r}.")
    return count


def _tried(op: Callable, values: list) -> Array | None:
    """The op's result as an array; None if it refuses the arguments or the result is not finite."""
    with numpy.errstate(all="ignore"):
        try:
            y = numpy.asarray(op(*values))
        except (TypeError, ValueError):  # NumPy's two ways to refuse a shape
            return None
    return y if numpy.isfinite(y).all() else None


def _import_of(op: Callable) -> str:
    """The line that makes an op known where a program is pasted."""
    name = getattr(op, "__wrapped__", op).__qualname__
    if "<locals>" in name or op.__module__ == "__main__":
        return f"# {op.__name__} is your own: define it here"
    return f"from {op.__module__} import {op.__name__}"


@st.composite
def programs(draw, ops=SMOOTH_OPS, max_steps=6):
    """A random `Program` of up to `max_steps` of the `ops`, on one to three arrays that broadcast.

    ops: of one or two arguments, such as your own beside SMOOTH_OPS.
    Every value stays moderate: check_grad(program, *program.arrays, order=2) must pass.

    >>> from hypothesis import find
    >>> find(programs(), lambda p: len(p.lines) == 1).lines
    [x1 = add(x0, x0)]
    """
    n = draw(st.integers(2, 3))
    # Closed under broadcasting, transposing, summing and, as far as they fit, matrix products.
    family = st.sampled_from([(), (1,), (n,), (1, n), (n, 1), (n, n)])
    leaf = arrays(family, floats(-1.5, 1.5), layouts=["contiguous"])  # as printed, so run
    place = st.integers(0, max_steps + 2)
    steps = st.lists(st.tuples(st.sampled_from(ops), place, place), max_size=max_steps)
    return Program(draw(steps), draw(st.lists(leaf, min_size=1, max_size=3)))
