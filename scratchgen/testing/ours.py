"""Ops of this library, seen as the functions of any framework are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy

from ..backend import Array
from ..engine import Tensor, add, grad, sum
from .core import weigh
from .foreign import Arrays, Foreign, Run, import_of


def from_op(op: Callable) -> Foreign:
    """Return an op, or a function of ops, as one of arrays with its gradients.

    >>> from scratchgen import tanh
    >>> from_op(tanh).gradients([numpy.zeros(2)], [numpy.array([1.0, 10.0])])
    [array([ 1., 10.])]
    """
    name = getattr(op, "__name__", repr(op))

    def run(arrays: Arrays, wrt: Sequence[int]) -> Run:
        leaves = _leaves(arrays)
        try:
            made = _tuple(op(*leaves))
        except TypeError as error:
            if "must be Tensor, not Tensor" in str(error):
                hint = f"It wants PyTorch's. Wrap the function: from_torch({name})."
                raise TypeError(f"{error}. {hint}") from None
            raise

        def back(cotangents: Sequence[Any]) -> list[Array]:
            terms = [weigh(y, g) for y, g in zip(made, cotangents, strict=True) if g is not None]
            return grad(reduce(add, terms), [leaves[i] for i in wrt])

        return Run([x.value for x in leaves], [y.value for y in made], back)

    def second(arrays: Arrays, cotangents: Arrays, weights: Arrays) -> tuple[list, list]:
        leaves, gs = _leaves(arrays), _leaves(cotangents)
        loss = reduce(add, [sum(y * g) for y, g in zip(_tuple(op(*leaves)), gs, strict=True)])
        first = grad(loss, leaves, create_graph=True)
        # 0 * x lets it depend on every x in form
        terms = [sum(u * g) for u, g in zip(weights, first, strict=True)]
        terms += [sum(0.0 * x) for x in [*leaves, *gs]]
        found = grad(reduce(add, terms), [*leaves, *gs])
        return found[: len(leaves)], found[len(leaves) :]

    return Foreign(name, run, second, lambda arrays: _paste(op, name, arrays))


def _leaves(arrays: Arrays) -> list[Tensor]:
    made = {id(x): Tensor(x) for x in arrays}
    return [made[id(x)] for x in arrays]


def _tuple(made: Any) -> tuple:
    return tuple(made) if isinstance(made, tuple | list) else (made,)


def _paste(op: Callable, name: str, arrays: Arrays) -> str:
    given = ", ".join(f"np.array({numpy.asarray(x).tolist()})" for x in arrays)
    return "\n".join([
        "import numpy as np",
        "from scratchgen.testing import from_op, hold",
        import_of(op, name, "scratchgen"),
        f"hold(from_op({name}), [{given}])",
    ])  # fmt: skip
