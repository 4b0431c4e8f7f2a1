"""PyTorch's functions, those of `torch.autograd.Function` above all, seen from outside."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy

from ..backend import Array
from .composed import Composed
from .foreign import Arrays, FirstOrderOnly, Foreign, Refused, Run, needed
from .torch_lines import is_float, name_of, paste, paste_program


def from_torch(function: Callable, name: str = "") -> Foreign:
    """Return a function of PyTorch's tensors as one of arrays, to be proven.

    function: `Mine.apply`, or any function of tensors; it returns a tensor or several, of which
    those of integers are left out. Of a `Function`'s apply the gradients are seen as its backward
    returns them, before PyTorch casts and sums them.
    name: for messages; otherwise its own.
    Raises ImportError where PyTorch is not installed; TypeError for a Function itself.

    >>> from importlib.util import find_spec
    >>> if find_spec("torch"):
    ...     from scratchgen.testing import pairs, prove
    ...     test_mine = prove(from_torch(needed("torch").mul), pairs())
    """
    __tracebackhide__ = True
    _check_apply(function, "from_torch")
    watched, raw = _watched(function)

    def run(arrays: Arrays, wrt: Sequence[int]) -> Run:
        return _run(watched, raw, arrays, wrt)

    def second(arrays: Arrays, cotangents: Arrays, weights: Arrays) -> tuple[list, list]:
        return _second(function, arrays, cotangents, weights)

    def composed(choices: Sequence[int], arrays: Arrays) -> Foreign:
        called = name_of(function).replace("<lambda>", "function")
        program = Composed(function, called, choices, _leaves(arrays, range(len(arrays))))
        made = from_torch(program, f"a program of {named}")
        return replace(made, paste=lambda xs: paste_program(function, program, xs))

    def pasted(arrays: Arrays) -> str:
        return paste(function, named, arrays)

    named = name or name_of(function)
    return Foreign(named, run, second, pasted, mended_by="PyTorch", composed=composed)


def check_function(
    function: Callable, inputs: Sequence[Any], order: int = 2, rtol: float = 1e-6, **options: Any
) -> None:
    """Hold a function's gradients, at these tensors, to all that a gradient must satisfy.

    As torch.autograd.gradcheck(function, inputs), and far more: see `holding.hold`, which takes
    the `options` (skip, reference, seed).
    inputs: tensors, of float64 those to differentiate by; all else is held constant.
    Raises GradientError or OpError; TypeError where none of the inputs is a float64 tensor.

    >>> from importlib.util import find_spec
    >>> if find_spec("torch"):
    ...     torch = needed("torch")
    ...     check_function(torch.mul, (torch.ones(3).double(), 2.0))
    """
    from .holding import hold

    __tracebackhide__ = True
    torch = needed("torch")
    _check_apply(function, "check_function")
    places = [i for i, x in enumerate(inputs) if is_float(torch, x)]
    if not places:
        hint = "Give it one: x.double()."
        raise TypeError(f"check_function: none of the inputs is a tensor of float64. {hint}")

    def of_floats(*tensors: Any) -> Any:
        given = list(inputs)
        for i, x in zip(places, tensors, strict=True):
            given[i] = x
        return function(*given)

    only_floats = len(places) == len(inputs)
    named = name_of(function)
    foreign = from_torch(function if only_floats else of_floats, named)
    foreign = replace(foreign, paste=lambda arrays: paste(function, named, arrays, inputs))
    hold(foreign, [inputs[i].detach().numpy() for i in places], order=order, rtol=rtol, **options)


def tensor(x: Array) -> Any:
    """Return a tensor of x's numbers that lies in memory as x does, in memory of its own.

    PyTorch has no negative strides: a reversed array becomes a strided one.

    >>> from importlib.util import find_spec
    >>> if find_spec("torch"):
    ...     assert tensor(numpy.zeros((2, 3)).T).stride() == (1, 3)
    """
    torch = needed("torch")
    dtype = getattr(torch, x.dtype.name)
    if not x.size:
        return torch.empty(x.shape, dtype=dtype)
    shape = tuple(1 if s == 0 else n for n, s in zip(x.shape, x.strides, strict=True))
    strides = tuple(abs(s) // x.itemsize for s in x.strides)
    found = torch.empty_strided(shape, strides, dtype=dtype)
    found.as_strided((found.untyped_storage().nbytes() // x.itemsize,), (1,)).fill_(math.nan)
    first = x[tuple(slice(n) for n in shape)]
    found.copy_(torch.from_numpy(numpy.array(first, order="C")))
    return found if shape == x.shape else found.expand(x.shape)


def _check_apply(function: Callable, caller: str) -> None:
    """Raise TypeError for a Function, whose apply is wanted."""
    __tracebackhide__ = True
    base = needed("torch").autograd.Function
    owner: Any = function if isinstance(function, type) else type(function)
    if issubclass(owner, base):
        name = owner.__name__
        raise TypeError(f"{caller}: {name} is a Function; give {name}.apply, not {name}.")


def _watched(function: Callable) -> tuple[Callable, list]:
    """The function, with what its backward returns put into a list."""
    base = needed("torch").autograd.Function
    raw: list = []
    owner: Any = getattr(function, "__self__", None)
    is_function = isinstance(owner, type) and issubclass(owner, base)
    if not is_function or owner.backward is base.backward:
        return function, raw

    def backward(ctx: Any, *gs: Any) -> Any:
        returned = owner.backward(ctx, *gs)
        raw[:] = returned if isinstance(returned, tuple) else (returned,)
        return returned

    watched: Any = type(owner.__name__, (owner,), {"backward": staticmethod(backward)})
    return watched.apply, raw


def _leaves(arrays: Arrays, wrt: Sequence[int]) -> list:
    """A tensor for each array; one for both, where the same array is given twice."""
    made = {id(x): tensor(x) for x in arrays}
    for i in wrt:
        made[id(arrays[i])].requires_grad_()
    return [made[id(x)] for x in arrays]


def _run(function: Callable, raw: list, arrays: Arrays, wrt: Sequence[int]) -> Run:
    torch = needed("torch")
    leaves = _leaves(arrays, wrt)
    made = _floats(function(*leaves))
    targets = [leaves[i] for i in wrt]

    def back(cotangents: Sequence[Any]) -> list[Array]:
        raw.clear()
        pairs = [(y, tensor(g)) for y, g in zip(made, cotangents, strict=True) if g is not None]
        pairs = [(y, g) for y, g in pairs if y.requires_grad]
        if not pairs:
            return [numpy.zeros(x.shape, x.numpy(force=True).dtype) for x in targets]
        ys, gs = zip(*pairs, strict=True)
        kept = [g.clone() for g in gs]
        try:
            found = torch.autograd.grad(ys, targets, gs, retain_graph=True, allow_unused=True)
        except RuntimeError as error:
            raise _refused(error) from None
        for g, old in zip(gs, kept, strict=True):
            if not torch.equal(g, old):
                raise _wrote("the incoming gradient")
        return [
            numpy.zeros(x.shape, x.detach().numpy().dtype)
            if g is None
            else g.detach().numpy(force=True)
            for x, g in zip(targets, found, strict=True)
        ]

    def overwrite(which: str, i: int) -> None:
        with torch.no_grad():
            (leaves if which == "argument" else made)[i].mul_(0.5).add_(0.375)

    shown = [x.detach().numpy() for x in leaves], [y.detach().numpy() for y in made]
    return Run(*shown, back, overwrite, raw)


def _refused(error: RuntimeError) -> Exception:
    """The error; Refused where PyTorch saw that what it needs, or a view, was overwritten."""
    seen = any(f"modified {how}" in str(error) for how in ("by an inplace", "inplace"))
    return Refused(str(error)) if seen else error


def _wrote(what: str) -> Exception:
    from .comparing import OpError

    harm = "Autograd hands the same g to others (y + x): they get what you wrote."
    hint = "Compute a new tensor: g * 2, not g.mul_(2)."
    return OpError(f"backward wrote into {what}. {harm} {hint}")


def _second(function: Callable, arrays: Arrays, cotangents: Arrays, weights: Arrays) -> tuple:
    torch = needed("torch")
    leaves = _leaves(arrays, range(len(arrays)))
    gs = _leaves(cotangents, range(len(cotangents)))
    made = _floats(function(*leaves))
    used = [(y, g) for y, g in zip(made, gs, strict=True) if y.requires_grad]
    ys, given = zip(*used, strict=True)
    first = torch.autograd.grad(ys, leaves, given, create_graph=True, allow_unused=True)
    pairs = zip(first, weights, strict=True)
    terms = [(g * tensor(u)).sum() for g, u in pairs if g is not None and g.requires_grad]
    targets = [*leaves, *gs]
    if not terms:
        found = [None] * len(targets)
    else:
        try:
            scalar: Any = sum(terms)
            by = [*targets, *_other_leaves(scalar, targets)]
            found = torch.autograd.grad(scalar, by, allow_unused=True)[: len(targets)]
        except RuntimeError as error:
            if "once_differentiable" in str(error) or "twice" in str(error):
                raise FirstOrderOnly(str(error)) from None
            raise _refused(error) from None
    numbers = [
        numpy.zeros(x.shape, x.detach().numpy().dtype)
        if g is None
        else g.detach().numpy(force=True).copy()
        for x, g in zip(targets, found, strict=True)
    ]
    return numbers[: len(leaves)], numbers[len(leaves) :]


def _other_leaves(scalar: Any, targets: Sequence[Any]) -> Iterator[Any]:
    """All else that a number was computed from.

    @once_differentiable hangs its error on leaves of its own, and PyTorch runs only what lies on
    the way to something asked for: the error would be passed by, and its gradient taken for 0.
    """
    seen: set = set()
    todo = [scalar.grad_fn]
    while todo:
        node = todo.pop()
        if node is not None and node not in seen:
            seen.add(node)
            todo += [other for other, _ in node.next_functions]
    for node in seen:
        leaf = getattr(node, "variable", None)
        if leaf is not None and all(leaf is not x for x in targets):
            yield leaf


def _floats(made: Any) -> tuple:
    """The outputs, without those that have no gradient, as the places of a maximum."""
    several = tuple(made) if isinstance(made, tuple | list) else (made,)
    return tuple(y for y in several if y.is_floating_point())
