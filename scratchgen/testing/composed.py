"""A function of PyTorch's among its own ops: views before it, writes in place behind it.

A program calls somebody's function and does what a net does around it. Each argument arrives as
what a net hands over (a view, a part of something larger, a copy); the function is called once or
twice; then arguments and outputs are written into; and what comes out is used.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from .foreign import needed


class Step(NamedTuple):
    """One line's right side, as it is printed ({} is the value's name), and what it does."""

    text: str
    do: Callable[[Any], Any]


# Ways to an argument, all of the same values: what is drawn as a fit argument remains one.
WAYS = (
    Step("{0}", lambda x: x),
    Step("{0} * 1.0", lambda x: x * 1.0),
    Step("{0}[None][0]", lambda x: x[None][0]),
    Step("{0}.flatten().reshape({0}.shape)", lambda x: x.flatten().reshape(x.shape)),
    Step("torch.stack([{0}, {0}], -1)[..., 1]", lambda x: _twice_over(x)[..., 1]),
)
# What is written, in place, into an argument or into what came out.
WRITES = (
    Step("", lambda x: None),
    Step("{0}.mul_(0.5)", lambda x: x.mul_(0.5)),
    Step("{0}[None].add_(1.0)", lambda x: x[None].add_(1.0)),
    Step("{0}[..., :1].mul_(3.0)", lambda x: x[..., :1].mul_(3.0)),
)
# How it is used.
USES = (
    Step("{0}", lambda y: y),
    Step("{0} * {0}", lambda y: y * y),
    Step("{0}.tanh()", lambda y: y.tanh()),
    Step("{0}.sum()", lambda y: y.sum()),
    Step("{0}.flatten()[::2]", lambda y: y.flatten()[::2]),
)


def _twice_over(x: Any) -> Any:
    return needed("torch").stack([x, x], -1)


class Composed:
    """A program of tensors around a function: callable, and printed as lines to paste.

    function: of tensors, to one or to several, of which the first is used.
    called: its name in what is printed.
    choices: numbers, each of which chooses one thing, modulo how many there are; 0 is the
    simplest, and so is what is missing. In turn: once or twice; a way to each argument, for each
    call; what is written into each argument, then into the output of the last call; its use.
    inputs: tensors on which it is tried: a write that PyTorch refuses is left out.

    >>> from importlib.util import find_spec
    >>> if find_spec("torch"):
    ...     torch = needed("torch")
    ...     program = Composed(torch.exp, "exp", [0, 1, 1, 0, 1], [torch.zeros(2)])
    ...     assert repr(program).splitlines()[1:3] == ["    a0 = x0 * 1.0", "    y = exp(a0)"]
    """

    __name__ = "program"

    def __init__(self, function: Callable, called: str, choices: Sequence[int], inputs: Sequence):
        numbers = iter(choices)

        def chosen(steps: Sequence) -> Any:
            return steps[next(numbers, 0) % len(steps)]

        self.function, self.called, self.several = function, called, False
        calls = range(chosen((1, 2)))
        self.ways = [[chosen(WAYS) for _ in inputs] for _ in calls]
        self.writes = [chosen(WRITES) for _ in range(len(inputs) + 1)]
        self.use = chosen(USES)
        try:
            self._run(inputs, trying=True)
        except Exception:  # what was written makes the rest impossible; or it is the function's own
            self.writes = [WRITES[0]] * len(self.writes)

    def __call__(self, *xs: Any) -> Any:
        """What the program makes of tensors."""
        return self._run(xs, trying=False)

    def _run(self, xs: Sequence[Any], trying: bool) -> Any:
        total: Any = None
        for ways in self.ways:
            given = [way.do(x) for way, x in zip(ways, xs, strict=True)]
            y = self._first(self.function(*given))
            if total is None and len(self.ways) == 2:
                total = y
        for k, x in enumerate([*given, y]):
            try:
                self.writes[k].do(x)
            except (RuntimeError, IndexError):
                if not trying:
                    raise
                self.writes[k] = WRITES[0]
        return self.use.do(y if total is None else total + y)

    def _first(self, made: Any) -> Any:
        self.several = isinstance(made, tuple | list)
        return made[0] if self.several else made

    def __repr__(self) -> str:
        names = [f"a{k}" for k in range(len(self.ways[0]))]
        call = f"{self.called}({', '.join(names)}){'[0]' if self.several else ''}"
        lines: list[str] = []
        for ways in self.ways:
            if lines:
                lines.append("first = y")
            for name, way in zip(names, ways, strict=True):
                lines.append(f"{name} = {way.text.format(name.replace('a', 'x'))}")
            lines.append(f"y = {call}")
        for write, name in zip(self.writes, [*names, "y"], strict=True):
            lines += [write.text.format(name)] if write.text else []
        total = "(first + y)" if len(self.ways) == 2 else "y"
        lines.append(f"return {self.use.text.format(total)}")
        head = f"def program({', '.join(names).replace('a', 'x')}):"
        return "\n".join([head, *[f"    {line}" for line in lines]])
