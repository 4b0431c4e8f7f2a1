"""The autograd engine: values that remember how they were made, and `grad`.

An op is a plain function on arrays, with its partial derivatives beside it, one line each:

    @op
    def tanh(x):
        return array_module(x).tanh(x)

    tanh.gradients(x=lambda g, y, x: g * (1 - y * y))

**The contract of a rule.** It gets `g` = dL/dy, then the result `y`, then the op's own arguments,
and returns dL/d(argument) in that argument's shape and dtype. It calls only ops and operators, and
never writes into what it is given. L is the loss. A Tensor that one makes is a leaf, one that an op
makes is a node, and all that a loss was made of is its graph.

Given arrays, an op returns an array and records nothing. So one and the same rule serves twice:
`grad` runs it on arrays, at NumPy's speed, for a first derivative; and on Tensors, which record
the rule itself, for a second (`create_graph=True`).

There is no `.grad`, no `zero_grad`, no `requires_grad`: one asks for the derivatives one wants,
and `grad` visits only what lies between them and the loss.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy

from . import guards
from .backend import Array, array_module, asarray

__all__ = [  # without abs, max and sum: `from scratchgen.engine import *` hides no builtin
    "Op", "Tensor", "add", "as_array", "broadcast_to", "detach", "detect_nonfinite", "divide",
    "exp", "expand", "getitem", "grad", "log", "matmul", "matmul2d", "mean", "multiply", "negative",
    "no_grad", "op", "power", "put", "reshape", "subtract", "sum_to", "transpose",
]  # fmt: skip

_serial = itertools.count()  # a node is younger than all it is made of: its number orders the graph
MANY = 1 << 20  # terms of a sum: to as many, float32 adds up well enough
_FIXED = [0]  # the version of every array that nobody can write into through a Tensor
_modes: ContextVar[tuple] = ContextVar("modes", default=())  # switched on in this thread or task


class Tensor(guards.Refusals):
    """A value whose history matters: a parameter, or what ops made of one. Data stay arrays.

    value: an array of float32 or float64; a Python float or a list of them takes the default type.
    A Tensor owns its memory: it copies what it is given, here and later. A leaf is written by
    assignment, `w.value = ...` or `w.value -= ...`, which counts as a new version, so that `grad`
    can refuse a graph built on the old one. (A write into a slice, `w.value[0] = ...`, goes around
    this and is not seen: README.md lists what cannot be.)

    >>> w = Tensor([1.0, 2.0])
    >>> w * w
    Tensor([1. 4.], float32, by multiply)
    """

    __slots__ = ("_value", "args", "op", "serial", "version", "versions")
    __array_ufunc__ = None  # NumPy then leaves `array * tensor` to Tensor.__rmul__

    def __init__(self, value: Any):
        if isinstance(value, Tensor):
            raise TypeError("Tensor: got a Tensor. A new leaf of its value: Tensor(detach(x)).")
        if type(value) is not numpy.ndarray and array_module(value) is numpy:
            guards.refuse_masked("Tensor", value)
            value = asarray(value)  # an array stays on its device, numbers go to the one in use
        if value.dtype not in (numpy.float32, numpy.float64):
            hint = "Give floats: Tensor(2.0), Tensor(x.astype('float32'))."
            raise TypeError(f"Tensor: expected float32 or float64, got {value.dtype}. {hint}")
        self._value: Array = array_module(value).array(value)  # a copy, of its own
        self.op: Any = None  # the Op that made it, for all but leaves
        self.args: tuple = ()
        self.serial = next(_serial)
        self.version = [0]  # a list, since a view shares its leaf's
        self.versions: list = []

    @property
    def value(self) -> Array:
        """The array: of a leaf its own, of a computed Tensor one to read.

        Assigning copies, and makes every graph built on the old value of the leaf void.
        """
        return self._value if self.op is None else detach(self)

    @value.setter
    def value(self, new: Array) -> None:
        if self.op is not None:
            raise TypeError(f"{self!r} was computed: only a leaf, a Tensor(...), can be written.")
        if new is not self._value:  # as it is after `w.value -= ...`
            _check_value(self, new)
            self._value = array_module(new).array(new)
        self.version[0] += 1

    shape = property(lambda self: self._value.shape)
    ndim = property(lambda self: self._value.ndim)
    size = property(lambda self: self._value.size)
    dtype = property(lambda self: self._value.dtype)

    @property
    def T(self) -> Tensor:
        """The axes in reverse: of a matrix, its transpose."""
        return transpose(self)

    def __len__(self) -> int:
        return len(self._value)

    def __iter__(self) -> Iterator[Tensor]:
        return (self[i] for i in range(len(self)))

    def __float__(self) -> float:
        return float(self._value)

    def __format__(self, spec: str) -> str:
        return format(float(self), spec) if spec else repr(self)

    def __bool__(self) -> bool:
        raise TypeError("A Tensor is neither true nor false. Compare its value: float(x) > 0.")

    def __init_subclass__(cls) -> None:
        guards.refuse_subclass(cls.__name__)

    # Copies and pickles. A leaf shares its version with its views, in the copy as well; and a node
    # is younger than its arguments, since these are restored first.
    def __copy__(self) -> Tensor:
        return Tensor(self._value) if self.op is None else self

    def __getstate__(self) -> tuple:
        version = None if self.version is _FIXED else self.version
        return self._value, self.op, self.args, version, self.versions

    def __setstate__(self, state: tuple) -> None:
        self._value, self.op, self.args, version, self.versions = state
        self.version, self.serial = _FIXED if version is None else version, next(_serial)

    def __repr__(self) -> str:
        by = f", by {self.op.name}" if self.op else ""
        shown = str(self._value) if self.size <= 12 else "x".join(map(str, self.shape))
        return f"Tensor({shown}, {self.dtype}{by})"

    def __add__(self, other): return add(self, other)
    def __radd__(self, other): return add(other, self)
    def __sub__(self, other): return subtract(self, other)
    def __rsub__(self, other): return subtract(other, self)
    def __mul__(self, other): return multiply(self, other)
    def __rmul__(self, other): return multiply(other, self)
    def __truediv__(self, other): return divide(self, other)
    def __rtruediv__(self, other): return divide(other, self)
    def __matmul__(self, other): return matmul(self, other)
    def __rmatmul__(self, other): return matmul(other, self)
    def __neg__(self): return negative(self)
    def __abs__(self): return abs(self)
    def __getitem__(self, index): return getitem(self, index)
    def __pow__(self, p): return _raised(self, p) if type(p) is Tensor else power(self, p)
    def __rpow__(self, base): return _raised(base, self)

    # A comparison is piecewise constant, so its result is plain data: a boolean array.
    def __lt__(self, other): return self._value < _array(other)
    def __le__(self, other): return self._value <= _array(other)
    def __gt__(self, other): return self._value > _array(other)
    def __ge__(self, other): return self._value >= _array(other)
    def __eq__(self, other): return self._value == _array(other)
    def __ne__(self, other): return self._value != _array(other)
    __hash__ = object.__hash__

    def sum(self, axis=None, *, keepdims=False):
        """The sum over `axis`, as the op `sum`."""
        return sum(self, axis, keepdims)

    def mean(self, axis=None, *, keepdims=False):
        """The mean over `axis`, as the function `mean`."""
        return mean(self, axis, keepdims)

    def max(self, axis=None, *, keepdims=False):
        """The largest element over `axis`, as the op `max`."""
        return max(self, axis, keepdims)

    def reshape(self, *shape):
        """The same values in another shape: `x.reshape(2, -1)` or `x.reshape((2, -1))`."""
        return reshape(self, shape[0] if len(shape) == 1 else shape)

    def transpose(self, *axes):
        """The axes in another order: reversed, or as `axes` says."""
        return transpose(self, axes[0] if len(axes) == 1 else axes or None)


class Op:
    """A function on arrays that knows its partial derivatives. Made by `@op`."""

    def __init__(self, forward: Callable):
        self.signature = guards.op_signature(forward)
        self.forward = self.__wrapped__ = forward
        self.name = self.__name__ = forward.__name__
        self.__doc__, self.__module__ = forward.__doc__, forward.__module__
        self.__qualname__ = forward.__qualname__
        self.names = tuple(self.signature.parameters)
        self.rules: tuple = (None,) * len(self.names)

    def gradients(self, **rules: Callable) -> None:
        """Set all rules, by argument: `x=lambda g, y, x: ...`; one without has no derivative."""
        unknown = set(rules) - set(self.names)
        if unknown:
            raise TypeError(f"{self.name} has no argument {unknown}: it takes {self.names}.")
        self.rules = tuple(rules.get(name) for name in self.names)

    def __repr__(self) -> str:
        return f"<op {self.name}{self.signature}>"

    def __reduce__(self) -> str:
        return self.__qualname__  # it is copied and pickled as a function is: by its name

    def __call__(self, *args: Any, **options: Any) -> Any:
        """The op's result: an array of arrays, or a Tensor if a Tensor takes part."""
        if options or len(args) < len(self.names):  # rules get every argument, by position
            try:
                bound = self.signature.bind(*args, **options)
            except TypeError as error:
                error.add_note(f"in a call of {self!r}")
                raise
            bound.apply_defaults()
            args = bound.args
        tensors = [a for a in args if type(a) is Tensor]
        if not tensors:
            y = self.forward(*args)
            if type(y) is Tensor:
                raise _not_an_array(self, args, y)
            return y
        values = [a._value if type(a) is Tensor else a for a in args]
        try:
            y = self.forward(*values)
        except Exception as error:
            _explain(error, self, values)
            raise
        if type(y) is not numpy.ndarray and not _is_plain(y):
            raise _not_an_array(self, args, y)
        modes = _modes.get()
        if modes and "watching" in modes:
            _check_finite(f"{self.name} made", y, self, values)
        return _own(y, values) if modes and "no_grad" in modes else _record(self, args, tensors, y)


def op(forward: Callable) -> Op:
    """An op of `forward`, a function on arrays; add its rules with `.gradients(...)`.

    >>> @op
    ... def square(x):
    ...     return x * x
    >>> square.gradients(x=lambda g, y, x: g * (2 * x))
    >>> grad(square(x := Tensor(3.0)), x)
    array(6., dtype=float32)
    """
    return Op(forward)


def _record(op: Op, args: tuple, tensors: list[Tensor], y: Array) -> Tensor:
    """The node of `y`: which op made it, of which arguments, in which versions."""
    if isinstance(y, numpy.generic):
        y = numpy.asarray(y)  # NumPy turns 0-d arrays into scalars; a value is an array
    for a in tensors:
        if a._value.dtype != y.dtype:
            raise _mixed_types(op, args, y)
    node = Tensor.__new__(Tensor)
    node._value, node.op, node.args = y, op, args
    node.serial = next(_serial)
    node.version = _FIXED
    if y.base is not None or y is tensors[0]._value:
        for a in tensors:  # what is a view of a leaf changes with it, so it has the leaf's version
            if y is a._value or y.base is a._value or y.base is a._value.base is not None:
                node.version = a.version
    node.versions = [(a, a.version[0]) for a in tensors if a.version is not _FIXED]
    return node


def _own(y: Array, values: list) -> Array:
    """`y` as an array of its own, also where an op hands on what it was given, or a view of it."""
    handed_on = y.base is not None or any(y is v for v in values)
    return array_module(y).array(y) if handed_on else y


def _to_read(x: Array) -> Array:
    """An array that shows x and cannot be written; on a device, which has none such, a copy."""
    if array_module(x) is not numpy:
        return x.copy()
    view = x.view()
    view.flags.writeable = False
    return view


@contextmanager
def _switched_on(mode: str) -> Iterator[None]:
    """Inside, `mode` is among `_modes`: for this thread and, in asyncio, this task alone."""
    _modes.set((*_modes.get(), mode))
    try:
        yield
    finally:
        modes = list(_modes.get())  # not what it was before: blocks may end in another order
        if mode in modes:
            modes.remove(mode)
        _modes.set(tuple(modes))


@contextmanager
def no_grad() -> Iterator[None]:
    """Inside, ops given Tensors return plain arrays and record nothing: for samples and pictures.

    It holds for the thread and the asyncio task that entered it. (Around a `yield` it holds for
    whoever asked for the next item as well: leave it before the yield.)

    >>> with no_grad():
    ...     Tensor(2.0) * 3
    np.float32(6.0)
    """
    with _switched_on("no_grad"):
        yield


@contextmanager
def detect_nonfinite() -> Iterator[None]:
    """Inside, the first op or rule that makes a NaN or an Inf raises, with its inputs' ranges.

    >>> with detect_nonfinite():
    ...     Tensor(1.0) / 0.0  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    FloatingPointError: divide made inf ...
    """
    # The error says more than NumPy's warning.
    with _switched_on("watching"), numpy.errstate(all="ignore"):
        yield


def detach(x: Any) -> Any:
    """The plain array of a Tensor: its value, without its history. Anything else, as it is.

    Of a leaf, which an optimiser may write into, it is a copy; of another, an array to read.

    >>> detach(Tensor([1.0, 2.0]) * 2)
    array([2., 4.], dtype=float32)
    """
    if type(x) is not Tensor:
        return x
    return _to_read(x._value) if x.version is _FIXED else x._value.copy()


def _array(x: Any) -> Any:
    """The array inside a Tensor; anything else, as it is."""
    return x._value if type(x) is Tensor else x


def as_array(x: Any, like: Any) -> Any:
    """A list of numbers as an array of the type of `like`, on its device; anything else as it is.

    >>> as_array([1, 2], like=Tensor([0.5]))
    array([1., 2.], dtype=float32)
    """
    if hasattr(x, "shape") or not hasattr(x, "__len__"):
        return x
    return array_module(_array(like)).asarray(x, dtype=like.dtype)


def grad(loss: Tensor, wrt: Any, create_graph: bool = False) -> Any:
    """The derivatives of a scalar loss: an array for a Tensor `wrt`, a list for a list of them.

    create_graph: True gives Tensors that can themselves be differentiated (a gradient penalty).
    Each array is the caller's own. Raises TypeError or ValueError if the loss is not a scalar
    Tensor, does not depend on one of `wrt`, or was computed from a value that has since changed.
    Reverse-mode differentiation: Griewank & Walther, Evaluating Derivatives (2008), chapter 3.

    >>> x = Tensor(3.0)
    >>> dy = grad(x * x * x, x, create_graph=True)
    >>> float(dy), float(grad(dy, x))
    (27.0, 18.0)
    """
    targets = list(wrt) if isinstance(wrt, Sequence) else [wrt]
    _check_request(loss, targets)
    needed = {id(t) for t in targets}
    kept = frozenset(needed)  # the targets alone, before _path adds the nodes on the way
    path = _path(loss, needed)
    watching = "watching" in _modes.get()

    grads = {id(loss): array_module(loss._value).ones_like(loss._value)}
    owned = {id(loss)}  # gradients whose arrays nobody else holds, so that one may add into them
    # The chain rule, youngest node first: whatever used a node has by then added its part.
    for node in reversed(path):
        g = grads[id(node)] if id(node) in kept else grads.pop(id(node))
        y: Any = node
        args = node.args
        if not create_graph:
            y, args = node._value, tuple(map(_array, args))
        for i, arg in enumerate(node.args):
            if id(arg) in needed:
                part = _partial(node, i, g, y, args, watching)
                fresh = not create_graph and _is_fresh(part, g, y, *args)
                _accumulate(grads, owned, id(arg), part, fresh)
    results = [_handed_out(grads, owned, t, create_graph) for t in targets]
    return results if isinstance(wrt, Sequence) else results[0]


def _path(loss: Tensor, needed: set[int]) -> list[Tensor]:
    """The nodes between what is needed and the loss, oldest first; `needed` grows by them.

    Two plain loops and a sort by serial number stand for the usual recursive topological sort:
    a node is younger than its arguments, so age is an order, and no graph is too deep.
    """
    seen, stack = {id(loss): loss}, [loss]
    while stack:
        for a in stack.pop().args:
            if type(a) is Tensor and id(a) not in seen:
                seen[id(a)] = a
                stack.append(a)
    path = []
    for node in sorted(seen.values(), key=lambda t: t.serial):
        for a in node.args:
            if id(a) in needed:
                needed.add(id(node))
                path.append(node)
                _check_versions(node)
                break
    return path


def _partial(node: Tensor, i: int, g: Any, y: Any, args: tuple, watching: bool) -> Any:
    """What the rule for argument i returns: the loss's derivative by way of this node."""
    rule, name = node.op.rules[i], node.op.names[i]
    if rule is None:
        raise TypeError(f"{node.op.name} has no derivative with respect to {name!r}.")
    try:
        part = rule(g, y, *args)
    except Exception as error:
        error.add_note(f"in the rule of {_described(node.op, node.args)} for {name!r}")
        raise
    _check_part(part, node.args[i], node, name)
    if watching:
        _check_finite(f"The rule of {node.op.name} for {name!r} made", part, node.op, node.args)
    return part


def _accumulate(grads: dict, owned: set[int], key: int, part: Any, fresh: bool) -> None:
    """Add `part` to a node's gradient: the first is borrowed, the sum is a buffer of our own."""
    if key not in grads:
        grads[key] = part
        if fresh:
            owned.add(key)
    elif key in owned and type(part) is not Tensor:
        grads[key] += part  # in place; where the sum is a Tensor, which has no +=, a new one
    else:
        grads[key] = grads[key] + part
        owned.add(key)


def _is_fresh(part: Array, *others: Any) -> bool:
    """Whether the rule made this array itself: it is no view, nor what the rule was given."""
    for other in others:
        if part is other:
            return False
    return part.base is None


def _handed_out(grads: dict, owned: set[int], target: Tensor, create_graph: bool) -> Any:
    """The gradient of one target, as an array of the caller's own, or as a Tensor."""
    key = id(target)
    if key not in grads:
        hint = "Was it left out of the forward pass, detached, or used under no_grad()?"
        raise ValueError(f"grad: the loss does not depend on {target!r}. {hint}")
    g = grads[key]
    if create_graph:
        return g if type(g) is Tensor else Tensor(array_module(g).array(g))
    if key not in owned or isinstance(g, numpy.generic):
        return array_module(g).array(g)
    owned.discard(key)  # a target named twice gets a copy
    return g


# What can go wrong, and what is said then.


def _check_value(w: Tensor, new: Any) -> None:
    expected = f"value: expected {w.dtype} {w.shape}"
    if type(new) is Tensor or not hasattr(new, "dtype"):
        got = f"got a {type(new).__name__}. Pass an array; of a Tensor, its value."
        raise TypeError(f"{expected}, {got}")
    guards.refuse_masked("value", new)
    if new.shape != w.shape or new.dtype != w.dtype:
        raise ValueError(f"{expected}, got {new.dtype} {new.shape}. Convert it first.")
    if array_module(new) is not (here := array_module(w._value)):
        got = f"got one of {array_module(new).__name__}. Bring it there: backend.asarray(x)."
        raise TypeError(f"value: expected an array of {here.__name__}, {got}")


def _check_request(loss: Any, targets: list) -> None:
    if not isinstance(loss, Tensor):
        why = "No Tensor took part in it, or it was computed under no_grad()."
        raise TypeError(f"grad: expected the loss as a Tensor, got {type(loss).__name__}. {why}")
    if loss.shape != ():
        hint = "Reduce it first: loss.mean() or loss.sum()."
        raise ValueError(f"grad: expected a scalar loss of shape (), got {loss.shape}. {hint}")
    for t in targets:
        if not isinstance(t, Tensor):
            raise TypeError(guards.no_wrt(t))


def _check_versions(node: Tensor) -> None:
    for a, version in node.versions:
        if a.version[0] != version:
            raise RuntimeError(
                f"grad: {a!r} was changed in place after {node.op.name} had used it (version "
                f"{version}, now {a.version[0]}). Take all gradients before the optimiser's step, "
                "or compute the loss anew."
            )


def _check_part(part: Array, arg: Tensor, node: Tensor, name: str) -> None:
    made, needed = _array(part), arg._value
    shape, dtype = getattr(made, "shape", None), getattr(made, "dtype", type(made))
    if shape != needed.shape or dtype != needed.dtype:
        raise TypeError(
            f"The rule of {node.op.name} for {name!r} returned {dtype} {shape}, expected "
            f"{arg.dtype} {arg.shape}: a gradient has its argument's shape and dtype. Where the "
            f"argument was broadcast, end the rule with sum_to(..., {name}.shape)."
        )


def _check_finite(who: str, made: Any, op: Op, args: Sequence) -> None:
    made = _array(made)
    xp = array_module(made)
    if xp.isfinite(made).all():
        return
    kind = "nan" if xp.isnan(made).any() else "inf"
    inputs = zip(op.names, map(_array, args), strict=True)
    ranges = [f"{n} in [{a.min():.4g}, {a.max():.4g}]" for n, a in inputs if getattr(a, "size", 0)]
    raise FloatingPointError(f"{who} {kind} of {', '.join(ranges) or 'no arrays'}.")


def _described(op: Op, args: Sequence) -> str:
    def one(a: Any) -> str:
        return f"{a.dtype} {a.shape}" if hasattr(a, "shape") else repr(a)

    return f"{op.name}({', '.join(f'{n}: {one(a)}' for n, a in zip(op.names, args))})"  # noqa: B905


def _explain(error: Exception, op: Op, values: Sequence) -> None:
    """Note on the error which op met it, and with what; two devices get an error of their own."""
    arrays = [v for v in values if hasattr(v, "shape")]
    devices = {array_module(v).__name__ for v in arrays}
    if len(devices) > 1:
        hint = "Bring them together first: backend.asarray(x), or to_numpy(x)."
        raise TypeError(f"{_described(op, values)} mixes {sorted(devices)}. {hint}") from error
    error.add_note(f"in {_described(op, values)}")


def _mixed_types(op: Op, args: tuple, y: Array) -> TypeError:
    return TypeError(
        f"{_described(op, args)} would give {y.dtype}: a Tensor's float type stays as it is. "
        "Convert the other argument: x.astype('float32'), float(x) for a single number, or "
        "numpy.asarray(x, 'float32') for a list."
    )


def _is_plain(y: Any) -> bool:
    """Whether it is a scalar of NumPy's or an array of a device: no subclass with its own `*`."""
    return hasattr(y, "dtype") and not isinstance(y, (Tensor, numpy.ndarray))


def _not_an_array(op: Op, args: tuple, y: Any) -> TypeError:
    return TypeError(f"{_described(op, args)} {guards.not_an_array(y)}")


# The ops behind a Tensor's operators.
#
# Broadcasting repeats an argument; its gradient adds up what went to the copies. So `broadcast_to`
# and `sum_to` are each other's gradient, and every rule of a broadcasting op ends in `sum_to`.


@op
def broadcast_to(x, shape):
    """`x` repeated to `shape`, by NumPy's rules.

    >>> broadcast_to(numpy.array([[1.0], [2.0]]), (2, 3))
    array([[1., 1., 1.],
           [2., 2., 2.]])
    """
    return array_module(x).broadcast_to(x, shape)


@op
def sum_to(x, shape):
    """`x` summed over the axes along which an array of `shape` would be repeated to give it.

    >>> sum_to(numpy.ones((2, 3)), (3,))
    array([2., 2., 2.])
    """
    if x.shape == shape:
        return x
    new = x.ndim - len(shape)
    axes = [i for i in range(x.ndim) if i < new or shape[i - new] != x.shape[i]]
    return _added(x, tuple(axes)).reshape(shape)


broadcast_to.gradients(x=lambda g, y, x, shape: sum_to(g, x.shape))
sum_to.gradients(x=lambda g, y, x, shape: broadcast_to(g, x.shape))


@op
def add(a, b):
    """`a + b`, elementwise and broadcast.

    >>> add(2.0, 3.0)
    5.0
    """
    return a + b


add.gradients(
    a=lambda g, y, a, b: sum_to(g, a.shape),
    b=lambda g, y, a, b: sum_to(g, b.shape),
)


@op
def subtract(a, b):
    """`a - b`, elementwise and broadcast.

    >>> subtract(2.0, 3.0)
    -1.0
    """
    return a - b


subtract.gradients(
    a=lambda g, y, a, b: sum_to(g, a.shape),
    b=lambda g, y, a, b: sum_to(-g, b.shape),
)


@op
def multiply(a, b):
    """`a * b`, elementwise and broadcast.

    >>> multiply(2.0, 3.0)
    6.0
    """
    return a * b


multiply.gradients(
    a=lambda g, y, a, b: sum_to(g * b, a.shape),
    b=lambda g, y, a, b: sum_to(g * a, b.shape),
)


@op
def divide(a, b):
    """`a / b`, elementwise and broadcast.

    >>> divide(3.0, 2.0)
    1.5
    """
    return a / b


divide.gradients(
    a=lambda g, y, a, b: sum_to(g / b, a.shape),
    b=lambda g, y, a, b: sum_to(-g * y / b, b.shape),  # y reused: -a/b^2 = -y/b
)


@op
def negative(x):
    """`-x`.

    >>> negative(2.0)
    -2.0
    """
    return -x


negative.gradients(x=lambda g, y, x: -g)


@op
def power(x, p):
    """`x` to the power of the number `p`, elementwise. `x ** y` takes a Tensor y too.

    >>> power(3.0, 2)
    9.0
    """
    if numpy.ndim(p) or not isinstance(p, (int, float, numpy.number)):
        hint = "For an exponent of its own: exp(p * log(x))."
        raise TypeError(f"power: expected a number as exponent, got {type(p).__name__}. {hint}")
    return x ** (p.item() if isinstance(p, numpy.number) else p)  # NumPy's float64 would promote


power.gradients(x=lambda g, y, x, p: g * (float(p) * x ** (p - 1)) if p else g * 0.0)


@op
def exp(x):
    """e to the power of x.

    >>> exp(numpy.array(0.0))
    np.float64(1.0)
    """
    return array_module(x).exp(x)


exp.gradients(x=lambda g, y, x: g * y)


@op
def log(x):
    """The natural logarithm of x > 0.

    >>> log(numpy.array(1.0))
    np.float64(0.0)
    """
    return array_module(x).log(x)


log.gradients(x=lambda g, y, x: g / x)


@op
def abs(x):
    """The absolute value of x.

    >>> abs(numpy.array([-2.0, 3.0]))
    array([2., 3.])
    """
    return array_module(x).abs(x)


abs.gradients(x=lambda g, y, x: g * (x > 0) - g * (x < 0))


def _raised(x, p):
    """`x ** p` for a Tensor exponent p."""
    x = x if hasattr(x, "shape") else asarray(x, p.dtype)
    guards.refuse_base(_array(x))
    return exp(p * log(x))


@op
def reshape(x, shape):
    """The same values in another shape; one axis may be -1.

    >>> reshape(numpy.arange(4.0), (2, 2))
    array([[0., 1.],
           [2., 3.]])
    """
    return x.reshape(shape)


reshape.gradients(x=lambda g, y, x, shape: reshape(g, x.shape))


@op
def transpose(x, axes=None):
    """The axes of `x` in reverse, or in the order `axes`.

    >>> transpose(numpy.zeros((2, 3, 4)), (1, 0, 2)).shape
    (3, 2, 4)
    """
    return x.transpose(axes)


def _inverse(axes):
    """The permutation that undoes `axes`."""
    return axes and tuple(int(i) for i in numpy.argsort([a % len(axes) for a in axes]))


transpose.gradients(x=lambda g, y, x, axes: transpose(g, _inverse(axes)))


def _swap(x):
    """Every matrix of a stack transposed: the last two axes change places."""
    return transpose(x, (*range(x.ndim - 2), x.ndim - 1, x.ndim - 2))


@op
def matmul2d(a, b):
    """The matrix product of the last two axes, (..., n, k) @ (..., k, m) -> (..., n, m).

    >>> matmul2d(numpy.ones((2, 3)), numpy.ones((3, 4))).shape
    (2, 4)
    """
    return a @ b


matmul2d.gradients(
    a=lambda g, y, a, b: sum_to(g @ _swap(b), a.shape),
    b=lambda g, y, a, b: sum_to(_swap(a) @ g, b.shape),
)


def matmul(a, b):
    """`a @ b` by NumPy's rules: matrices, stacks of them, and vectors.

    >>> matmul(numpy.ones((2, 3)), numpy.ones(3))
    array([3., 3.])
    """
    a, b = as_array(a, b), as_array(b, a)
    if a.ndim > 1 and b.ndim > 1:
        return matmul2d(a, b)
    y = matmul2d(a[None, :] if a.ndim == 1 else a, b[:, None] if b.ndim == 1 else b)
    y = y[..., 0] if b.ndim == 1 else y
    return y[..., 0] if a.ndim == b.ndim == 1 else y[..., 0, :] if a.ndim == 1 else y


@op
def getitem(x, index):
    """`x[index]`: numbers, slices, integer arrays (repeats allowed) or a boolean mask.

    >>> getitem(numpy.array([1.0, 2.0, 3.0]), [0, 0, 2])
    array([1., 1., 3.])
    """
    return x[index]


@op
def put(x, index, shape):
    """Zeros of `shape` with `x` added at `index`; where an index repeats, all its values add up.

    >>> put(numpy.array([1.0, 2.0, 3.0]), [0, 0, 2], (4,))
    array([3., 0., 3., 0.])
    """
    xp = array_module(x)
    y = xp.zeros(shape, x.dtype)
    if _may_repeat(index):
        xp.add.at(y, index, x)
    else:
        y[index] = x  # several times faster than add.at
    return y


def _may_repeat(index: Any) -> bool:
    """Whether an element can be meant twice: only by a list or an array, if it is no mask."""
    parts = index if isinstance(index, tuple) else (index,)
    return any(hasattr(i, "__len__") and getattr(i, "dtype", None) != numpy.bool_ for i in parts)


getitem.gradients(x=lambda g, y, x, index: put(g, index, x.shape))
put.gradients(x=lambda g, y, x, index, shape: getitem(g, index))


@op
def sum(x, axis=None, keepdims=False):
    """The sum over an axis, several, or all.

    >>> sum(numpy.ones((2, 3)), axis=0)
    array([2., 2., 2.])
    """
    return _added(x, axis, keepdims)


def _added(x, axis, keepdims=False):
    """The sum of an array; of very many float32 in float64, since 2^24 + 1 is 2^24 in float32."""
    y = x.sum(axis, keepdims=keepdims)
    if x.size > MANY * y.size and x.dtype == numpy.float32:
        y = x.sum(axis, dtype=numpy.float64, keepdims=keepdims).astype(x.dtype)
    return y


def expand(y, shape, axis):
    """`y`, reduced over `axis` from `shape`, with its lost axes back as size 1, for broadcasting.

    >>> expand(numpy.zeros(3), (2, 3), 0).shape
    (1, 3)
    """
    if axis is None:
        axis = range(len(shape))
    lost = {a % (len(shape) or 1) for a in (axis if hasattr(axis, "__iter__") else (axis,))}
    return reshape(y, tuple(1 if i in lost else n for i, n in enumerate(shape)))


sum.gradients(
    x=lambda g, y, x, axis, keepdims: broadcast_to(expand(g, x.shape, axis), x.shape),
)


@op
def max(x, axis=None, keepdims=False):
    """The largest element over an axis, several, or all.

    >>> max(numpy.array([[1.0, 5.0], [3.0, 2.0]]), axis=1)
    array([5., 3.])
    """
    return x.max(axis, keepdims=keepdims)


def _max_rule(g, y, x, axis, keepdims):
    winners = x == expand(detach(y), x.shape, axis)
    share = (1 / winners.sum(axis, keepdims=True)).astype(x.dtype)  # ties share equally
    return expand(g, x.shape, axis) * (winners * share)


max.gradients(x=_max_rule)


def mean(x, axis=None, keepdims=False):
    """The mean over an axis, several, or all.

    >>> mean(numpy.array([[1.0, 2.0], [3.0, 4.0]]), axis=1)
    array([1.5, 3.5])
    """
    if x.size == 0:
        raise ValueError(f"mean: expected at least one element, got shape {x.shape}.")
    y = sum(x, axis, keepdims)
    return y * (y.size / x.size)
