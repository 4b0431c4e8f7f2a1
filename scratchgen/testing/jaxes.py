"""JAX's functions, those of `jax.custom_vjp` above all, seen from outside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy

from ..backend import Array
from .foreign import Arrays, Foreign, Run, import_of, needed

BATCH = 32  # values are asked for in blocks of so many: each new number would compile anew


def from_jax(function: Callable, name: str = "") -> Foreign:
    """Return a function of JAX as one of arrays, to be proven.

    function: of arrays to an array or a tuple of them, that jax.jit takes. Each new
    shape compiles, which takes the longest part of a proof.
    Raises ImportError where JAX is not installed; ValueError where it has float32 alone.

    >>> from importlib.util import find_spec
    >>> if find_spec("jax"):
    ...     needed("jax").config.update("jax_enable_x64", True)
    ...     tanh = from_jax(needed("jax.numpy").tanh)
    ...     assert tanh.gradients([numpy.zeros(1)], [numpy.ones(1)]) == [1.0]
    """
    jax = needed("jax")
    if not jax.config.jax_enable_x64:
        hint = 'Before all else: jax.config.update("jax_enable_x64", True).'
        raise ValueError(f"from_jax: JAX has float32 alone, which leaves no digits. {hint}")
    named = name or getattr(function, "__name__", repr(function))

    def several(*xs: Any) -> tuple:
        made = function(*xs)
        return tuple(made) if isinstance(made, tuple | list) else (made,)

    # The value as it is when it is differentiated: a custom rule computes it a second time.
    value = jax.jit(lambda *xs: jax.vjp(several, *xs)[0])
    batch = jax.jit(jax.vmap(several))

    def pulled(xs: Any, gs: Any) -> Any:
        return jax.vjp(several, *xs)[1](gs)

    pull = jax.jit(pulled)

    def slope(xs: Any, gs: Any, us: Any) -> Any:
        return sum((u * g).sum() for u, g in zip(us, pulled(xs, gs), strict=True))

    bent = jax.jit(jax.grad(slope, argnums=(0, 1)))

    def run(arrays: Arrays, wrt: Sequence[int]) -> Run:
        outputs = [numpy.asarray(y) for y in value(*arrays)]

        def back(gs: Sequence[Any]) -> list[Array]:
            full = [
                numpy.zeros_like(y) if g is None else numpy.array(g)
                for y, g in zip(outputs, gs, strict=True)
            ]
            found = [numpy.asarray(g) for g in pull(tuple(arrays), tuple(full))]
            return [_total(found, arrays, i) for i in wrt]

        return Run([numpy.asarray(x) for x in arrays], outputs, back)

    def second(arrays: Arrays, cotangents: Arrays, weights: Arrays) -> tuple[list, list]:
        by_x, by_g = bent(tuple(arrays), tuple(cotangents), tuple(weights))
        return [numpy.asarray(g) for g in by_x], [numpy.asarray(g) for g in by_g]

    def values(many: Sequence[Arrays]) -> list[list[Array]]:
        found: list[list[Array]] = []
        for begin in range(0, len(many), BATCH):
            block = list(many[begin : begin + BATCH])
            full = block + [block[0]] * (BATCH - len(block))
            made = [numpy.asarray(y) for y in batch(*map(numpy.stack, zip(*full, strict=True)))]
            found += [[y[k] for y in made] for k in range(len(block))]
        return found

    def paste(arrays: Arrays) -> str:
        return _paste(function, named, arrays)

    return Foreign(named, run, second, paste, values, layouts=False)


def check_vjp(
    function: Callable, args: Sequence[Any], order: int = 2, rtol: float = 1e-6, **options: Any
) -> None:
    """Hold a function's gradients, at these arguments, to all that a gradient must satisfy.

    As jax.test_util.check_grads(function, args, order, modes="rev"), and more: see `holding.hold`.
    args: arrays, or pytrees of them; those of float64 are differentiated by.
    Raises GradientError or OpError; ValueError where JAX has float32 alone; TypeError where none
    of the arguments is of float64.

    >>> from importlib.util import find_spec
    >>> if find_spec("jax"):
    ...     needed("jax").config.update("jax_enable_x64", True)
    ...     check_vjp(lambda net, x: net["w"] * x, [{"w": numpy.ones(3)}, numpy.ones(3)])
    """
    from .holding import hold

    jax = needed("jax")
    leaves, tree = jax.tree.flatten(tuple(args))
    places = [i for i, x in enumerate(leaves) if getattr(x, "dtype", None) == numpy.float64]
    named = getattr(function, "__name__", repr(function))

    def of_floats(*xs: Any) -> tuple:
        given = list(leaves)
        for i, x in zip(places, xs, strict=True):
            given[i] = x
        return tuple(jax.tree.leaves(function(*jax.tree.unflatten(tree, given))))

    __tracebackhide__ = True
    foreign = from_jax(of_floats, named)
    foreign = replace(foreign, paste=lambda arrays: _paste(function, named, arrays))
    if not places:
        raise TypeError("check_vjp: none of the arguments is an array of float64.")
    hold(foreign, [numpy.asarray(leaves[i]) for i in places], order=order, rtol=rtol, **options)


def _total(found: list[Array], arrays: Arrays, i: int) -> Array:
    """The gradient by an array, wherever it stands among the arguments."""
    same = [g for g, x in zip(found, arrays, strict=True) if x is arrays[i]]
    return same[0] if len(same) == 1 else numpy.sum(same, axis=0)


def _paste(function: Callable, name: str, arrays: Arrays) -> str:
    line = import_of(function, name, "jax.numpy")
    called = name if line.startswith("#") else line.split()[-1]
    given = ", ".join(f"jnp.array({numpy.asarray(x).tolist()})" for x in arrays)
    return "\n".join([
        "import jax",
        'jax.config.update("jax_enable_x64", True)',
        "from jax import numpy as jnp",
        "from scratchgen.testing import check_vjp",
        line,
        f"check_vjp({called}, [{given}])",
    ])  # fmt: skip
