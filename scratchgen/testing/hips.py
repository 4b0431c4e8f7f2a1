"""Functions of HIPS autograd, those with a `defvjp` above all, and of MyGrad, seen from outside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy

from ..backend import Array
from .foreign import Arrays, Foreign, Run, import_of, needed


def from_hips(function: Callable, name: str = "") -> Foreign:
    """Return a function of HIPS autograd as one of arrays, to be proven.

    function: of arrays to one array; a primitive, or what is composed of them.
    name: for messages; otherwise its own.
    Raises ImportError where autograd is not installed.

    >>> from importlib.util import find_spec
    >>> if find_spec("autograd"):
    ...     from scratchgen.testing import pairs, prove
    ...     test_mine = prove(from_hips(needed("autograd.numpy").multiply), pairs())
    """
    make_vjp = needed("autograd.differential_operators", "autograd").make_vjp
    anp = needed("autograd.numpy", "autograd")
    named = name or getattr(function, "__name__", repr(function))

    def run(arrays: Arrays, wrt: Sequence[int]) -> Run:
        xs = _copies(arrays)
        if not wrt:
            return Run(xs, [numpy.asarray(function(*xs))], lambda gs: [])
        vjp, y = make_vjp(_merged(function, arrays), tuple(_first(arrays, wrt)))(*_once(xs, arrays))
        return Run(xs, [numpy.asarray(y)], lambda gs: [numpy.asarray(g) for g in vjp(gs[0])])

    def second(arrays: Arrays, cotangents: Arrays, weights: Arrays) -> tuple[list, list]:
        n = len(arrays)

        def slope(*given: Any) -> Any:
            vjp, _ = make_vjp(function, tuple(range(n)))(*given[:n])
            return sum(anp.sum(u * g) for u, g in zip(weights, vjp(given[n]), strict=True))

        given = [*_copies(arrays), *_copies(cotangents)]
        vjp, one = make_vjp(slope, tuple(range(n + 1)))(*given)
        found = [numpy.asarray(g) for g in vjp(numpy.ones_like(one))]
        return found[:n], found[n:]

    return Foreign(named, run, second, lambda arrays: _paste(function, named, arrays, "from_hips"))


def from_mygrad(function: Callable, name: str = "") -> Foreign:
    """Return a function of MyGrad's tensors as one of arrays, to be proven to first order.

    function: of tensors to one tensor. MyGrad has no second derivatives.
    Raises ImportError where MyGrad is not installed.

    >>> from importlib.util import find_spec
    >>> if find_spec("mygrad"):
    ...     from scratchgen.testing import pairs, prove
    ...     test_mine = prove(from_mygrad(needed("mygrad").multiply), pairs())
    """
    mygrad = needed("mygrad")
    named = name or getattr(function, "__name__", repr(function))

    def run(arrays: Arrays, wrt: Sequence[int]) -> Run:
        xs = {id(x): mygrad.tensor(numpy.array(x)) for x in arrays}
        leaves = [xs[id(x)] for x in arrays]
        targets = [leaves[i] for i in wrt]

        def back(gs: Sequence[Any]) -> list[Array]:
            fresh = {id(x): mygrad.tensor(numpy.array(x)) for x in arrays}
            function(*[fresh[id(x)] for x in arrays]).backward(numpy.array(gs[0]))
            found = [fresh[id(arrays[i])] for i in wrt]
            return [numpy.zeros(x.shape) if x.grad is None else x.grad for x in found]

        made = function(*leaves)
        return Run([x.data for x in targets], [made.data], back)

    def second(arrays: Arrays, cotangents: Arrays, weights: Arrays) -> tuple[list, list]:
        from .foreign import FirstOrderOnly

        raise FirstOrderOnly("MyGrad has no second derivatives")

    return Foreign(
        named,
        run,
        second,
        lambda arrays: _paste(function, named, arrays, "from_mygrad"),
        layouts=False,
    )


def _copies(arrays: Arrays) -> list[Array]:
    """Arrays of their own memory, laid out as they were."""
    return [numpy.array(x, order="K") for x in arrays]


def _first(arrays: Arrays, wrt: Sequence[int]) -> list[int]:
    """The places of `wrt` among the different arrays: the same array twice is one."""
    different = list(dict.fromkeys(map(id, arrays)))
    return [different.index(id(arrays[i])) for i in wrt]


def _once(xs: list[Array], arrays: Arrays) -> list[Array]:
    return list(
        {id(old): x for old, x in zip(reversed(arrays), reversed(xs), strict=True)}.values()
    )[::-1]


def _merged(function: Callable, arrays: Arrays) -> Callable:
    """The function of different arrays alone, each put wherever it is wanted."""
    different = list(dict.fromkeys(map(id, arrays)))
    places = [different.index(id(x)) for x in arrays]
    return lambda *xs: function(*[xs[k] for k in places])


def _paste(function: Callable, name: str, arrays: Arrays, adapter: str) -> str:
    framework = "autograd.numpy" if adapter == "from_hips" else "mygrad"
    line = import_of(function, name, framework)
    called = name if line.startswith("#") else line.split()[-1]
    given = ", ".join(f"np.array({numpy.asarray(x, dtype=float).tolist()})" for x in arrays)
    return "\n".join([
        "import numpy as np",
        f"from scratchgen.testing import {adapter}, hold",
        line,
        f"hold({adapter}({called}), [{given}])",
    ])  # fmt: skip
