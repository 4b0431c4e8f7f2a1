"""Refusals that nobody needs to read on a page: what was expected, what came, what to write.

Each is called from the page whose mistake it is about. They stand on the lowest floor, so they
know a Tensor by what it has (`value`, `op`) and look into arrays of the host alone: to look at one
on a device would cost a transfer.
"""

from __future__ import annotations

import inspect
import math
import numbers
import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy

PASS_ITS_ARRAY = "Pass its array, x.value, or call scratchgen's own op"
HOST = (numpy.ndarray, numpy.generic)


# Tensors.


class Instead:
    """An attribute that a Tensor does not have, and what to write instead of it.

    Asked for, it is an AttributeError, so `hasattr` is as it should be. (A `__getattr__` could say
    the same, but would make every attribute of every Tensor slower: a tenth of an op's time.)
    """

    def __init__(self, said: str):
        self.said = said

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, tensor: Any, owner: type) -> Any:
        raise AttributeError(f"A Tensor has no {self.name!r}. {self.said}")


def _in_place(operate: Callable, sign: str) -> Callable:
    """The method of a Tensor for an operator such as `+=`: refused of a leaf, else `operate`."""

    def run(self: Any, other: Any) -> Any:
        if self.op is None:
            raise TypeError(
                f"w {sign} ... of the leaf {self!r} would leave it as it is, and give its name to "
                f"something computed. Write w.value {sign} ... to change it, w = w {sign[:-1]} ... "
                "to compute. (To add up a loss, begin with the number 0.0.)"
            )
        return operate(self, other)

    return run


_GRAD = "grad(loss, parameters) returns the derivatives, as arrays"
_DEVICE = "Tensors stay where they are: backend.use('cupy') before you make them."
_TYPE = "A float type stays as it is: make the leaf of the type you want, Tensor(x.astype(...))."
_OURS = {
    "mean": "x.mean()", "sum": "x.sum()", "max": "x.max()", "amax": "x.max()", "clip":
    "clip(x, low, high)", "where": "where(mask, a, b)", "concatenate": "concatenate([x, y])",
    "stack": "concatenate([x[None], y[None]])", "vstack": "concatenate([x, y])", "hstack":
    "concatenate([x, y], axis=1)", "dot": "x @ y", "reshape": "x.reshape(...)", "transpose":
    "x.transpose(...)", "broadcast_to": "broadcast_to(x, shape)",
}  # fmt: skip
_ORDER = "An order has no derivative: x[x.value.argsort()] is x in that order."


class Refusals:
    """What a Tensor refuses, and what it says: NumPy's functions, and habits from elsewhere."""

    __slots__ = ()

    def __array__(self, *args: Any, **options: Any) -> Any:
        raise TypeError(f"NumPy got a Tensor. {PASS_ITS_ARRAY}.")

    def __array_function__(self, function: Callable, types: Any, args: Any, options: Any) -> Any:
        name = function.__name__
        if name in ("shape", "ndim", "size") and len(args) == 1:
            return getattr(args[0], name)
        ours = f": {_OURS[name]}" if name in _OURS else ""
        raise TypeError(f"numpy.{name} got a Tensor. {PASS_ITS_ARRAY}{ours}.")

    def __setitem__(self, index: Any, value: Any) -> None:
        raise TypeError(
            f"A Tensor is written as a whole: v = detach(w); v[{index!r}] = ...; w.value = v. To "
            "compute with other values in some places: where(mask, a, b)."
        )

    def __dir__(self) -> list[str]:
        habits = {name for name, what in vars(Refusals).items() if isinstance(what, Instead)}
        return [name for name in object.__dir__(self) if name not in habits]

    # `w -= ...` would only give the name w to something new, and leave the leaf where it was.
    __iadd__ = _in_place(operator.add, "+=")
    __isub__ = _in_place(operator.sub, "-=")
    __imul__ = _in_place(operator.mul, "*=")
    __itruediv__ = _in_place(operator.truediv, "/=")
    __ipow__ = _in_place(operator.pow, "**=")
    __imatmul__ = _in_place(operator.matmul, "@=")

    # Derivatives, as elsewhere.
    backward = Instead(f"{_GRAD}: optimizer.step(grad(loss, net.parameters())).")
    grad = Instead(f"No derivative is kept: {_GRAD}.")
    zero_grad = Instead(f"There is nothing to set to zero: {_GRAD}, each time anew.")
    requires_grad = Instead("Every Tensor has derivatives; what shall have none stays an array.")
    requires_grad_ = Instead("Every Tensor has derivatives; what shall have none stays an array.")
    retain_grad = Instead(f"Ask for it: {_GRAD}, of computed Tensors too.")
    grad_fn = Instead("x.op is the op that made it, and None for a leaf.")
    is_leaf = Instead("Write x.op is None.")
    detach_ = Instead("Write x = detach(x).")
    detach = Instead("Write detach(x).")
    stop_gradient = Instead("Write detach(x).")
    # The value, its type and its place.
    item = Instead("Write float(x).")
    data = Instead("Write x.value.")
    numpy = Instead("Write x.value; from a device, backend.to_numpy(x.value).")
    tolist = Instead("Write x.value.tolist().")
    clone = Instead("Write Tensor(detach(x)) for a new leaf, detach(x).copy() for an array.")
    copy = Instead("Write Tensor(detach(x)) for a new leaf, detach(x).copy() for an array.")
    astype = Instead(_TYPE)
    float = Instead(_TYPE)
    double = Instead(_TYPE)
    half = Instead("Tensors are float32 or float64.")
    to = Instead(_DEVICE)
    cuda = Instead(_DEVICE)
    cpu = Instead("Write backend.to_numpy(x.value).")
    device = Instead("Write array_module(x.value): numpy or cupy.")
    assign = Instead("Write w.value = ...")
    copy_ = Instead("Write w.value = ...")
    fill_ = Instead("Write w.value = ...")
    add_ = Instead("Write w.value += ...")
    sub_ = Instead("Write w.value -= ...")
    mul_ = Instead("Write w.value *= ...")
    # Shapes.
    view = Instead("Write x.reshape(...).")
    flatten = Instead("Write x.reshape(len(x), -1), or x.reshape(-1) for all axes.")
    ravel = Instead("Write x.reshape(-1).")
    permute = Instead("Write x.transpose(...).")
    swapaxes = Instead("Write x.transpose(...), which takes all axes.")
    t = Instead("Write x.T.")
    mT = Instead("Write x.transpose(...), which takes all axes; of a matrix, x.T.")
    unsqueeze = Instead("Write x[None], or x[:, None].")
    squeeze = Instead("Write x.reshape(...), or x[..., 0].")
    expand = Instead("Write broadcast_to(x, shape).")
    repeat = Instead("Write broadcast_to(x, shape), or x[rows] with rows named more than once.")
    # Arithmetic.
    abs = Instead("Write abs(x).")
    exp = Instead("Write exp(x).")
    log = Instead("Write log(x).")
    sqrt = Instead("Write sqrt(x).")
    tanh = Instead("Write tanh(x).")
    sigmoid = Instead("Write sigmoid(x).")
    relu = Instead("Write relu(x).")
    softplus = Instead("Write softplus(x).")
    softmax = Instead("Write softmax(x, axis).")
    log_softmax = Instead("Write log_softmax(x, axis).")
    logsumexp = Instead("Write logsumexp(x, axis).")
    clip = Instead("Write clip(x, low, high).")
    clamp = Instead("Write clip(x, low, high).")
    dot = Instead("Write x @ y.")
    mm = Instead("Write x @ y.")
    matmul = Instead("Write x @ y.")
    add = Instead("Write x + y.")
    mul = Instead("Write x * y.")
    pow = Instead("Write x ** p.")
    square = Instead("Write x * x.")
    min = Instead("Write -(-x).max().")
    prod = Instead("Write exp(log(x).sum()), for x > 0.")
    var = Instead("Write ((x - x.mean()) ** 2).mean().")
    std = Instead("Write sqrt(((x - x.mean()) ** 2).mean()).")
    norm = Instead("Write sqrt((x * x).sum()).")
    cumsum = Instead("Write x @ numpy.triu(numpy.ones((n, n), x.dtype)) for the last axis, of n.")
    argmax = Instead("Where the largest is has no derivative: x.value.argmax().")
    argmin = Instead("Where the smallest is has no derivative: x.value.argmin().")
    argsort = Instead(_ORDER)
    sort = Instead(_ORDER)


def refuse_subclass(name: str) -> None:
    """Refuse a subclass of Tensor.

    >>> refuse_subclass("P")
    Traceback (most recent call last):
    TypeError: class P(Tensor): a Tensor has no subclasses. An op knows its arguments by this one
    type, and would take a P for data. Keep a Tensor in a class of your own, as Dense keeps W and b.
    """
    raise TypeError(
        f"class {name}(Tensor): a Tensor has no subclasses. An op knows its arguments by this one "
        f"type, and would take a {name} for data. Keep a Tensor in a class of your own, as Dense "
        "keeps W and b."
    )


def refuse_masked(who: str, x: Any) -> None:
    """Refuse a masked array: the numbers under its mask would be taken for data.

    >>> refuse_masked("Tensor", numpy.zeros(3))
    """
    if isinstance(x, numpy.ma.MaskedArray):
        hint = "Decide what stands under the mask: x.filled(0.0)."
        raise TypeError(f"{who}: got a masked array, and would lose its mask. {hint}")


def refuse_base(x: Any) -> None:
    """Refuse x <= 0 as the base of a Tensor exponent, whose derivative is y log x.

    >>> refuse_base(numpy.array([1.0, 2.0]))
    """
    if isinstance(x, HOST) and not numpy.all(numpy.greater(x, 0)):
        fix = "For a whole number as exponent pass it as one: x ** 3."
        got = f"got {x.min():.4g} to {x.max():.4g}"
        raise ValueError(f"x ** y: where y is a Tensor, expected x > 0, {got}. {fix}")


def no_wrt(got: Any) -> str:
    """What is wrong with a `wrt` of `grad` that is no Tensor.

    >>> no_wrt({})
    'grad: wrt expects Tensors, got dict. Pass a list, list(d.values()), and get one.'
    """
    hint = "Data are constant; wrap what is to be differentiated before the forward pass: "
    hint += "x = Tensor(x)."
    if inspect.ismethod(got):
        hint = f"Call it: grad(loss, net.{got.__name__}())."
    elif hasattr(got, "parameters"):
        hint = "Pass what it is made of: grad(loss, net.parameters())."
    elif isinstance(got, Mapping):
        hint = "Pass a list, list(d.values()), and get one."
    elif isinstance(got, Iterable) and not isinstance(got, str) and not hasattr(got, "shape"):
        hint = "Pass a list, list(...), and get one."
    return f"grad: wrt expects Tensors, got {type(got).__name__}. {hint}"


# Ops.


def op_signature(forward: Any) -> inspect.Signature:
    """The signature of an op's function; TypeError for a parameter that its rules cannot get.

    >>> op_signature(lambda x, k=2.0: x * k)
    <Signature (x, k=2.0)>
    """
    if not inspect.isfunction(forward):
        got = f"got {getattr(forward, '__name__', type(forward).__name__)}"
        fix = "Wrap it: @op above a def whose body calls it."
        raise TypeError(f"@op: expected a function written with def, {got}. {fix}")
    signature = inspect.signature(forward)
    for p in signature.parameters.values():
        if p.kind not in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD):
            fix = f"Make {p.name} a parameter like the others, without * before it"
            if p.kind is p.VAR_POSITIONAL:
                fix = "Write an op of two arguments and a function that calls it, as join and "
                fix += "concatenate"
            raise TypeError(
                f"@op: {forward.__name__}{signature}: a rule gets every argument by its position, "
                f"so {str(p).partition('=')[0]} cannot reach it. {fix}."
            )
    if inspect.isgeneratorfunction(forward) or inspect.iscoroutinefunction(forward):
        raise TypeError(f"@op: {forward.__name__} yields or awaits: an op returns an array.")
    return signature


def not_an_array(y: Any) -> str:
    """What is wrong with the result of an op that is no plain array.

    >>> not_an_array(2.0)
    'returned a float, expected an array: an op is a function from arrays to one.'
    """
    said = f"returned a {type(y).__name__}, expected an array"
    if hasattr(y, "versions"):
        return (
            f"{said}: a Tensor that is none of its arguments took part, one in a list or from "
            "outside. Make each Tensor an argument of its own; or leave @op away, if it is made of "
            "ops."
        )
    if isinstance(y, numpy.ndarray):
        fix = "numpy.asarray(x), or x.filled(0.0) of a masked one"
        return f"{said}: only plain arrays have the arithmetic of the rules. Pass {fix}."
    return f"{said}: an op is a function from arrays to one."


def check_bounds(low: Any, high: Any) -> None:
    """Refuse the bounds of `clip` if there are none, or if they leave nothing between them.

    >>> check_bounds(0, None)
    """
    if low is None and high is None:
        raise ValueError("clip: expected a bound, got none. Write clip(x, low), clip(x, high=1).")
    hosts = (int, float, *HOST)
    if isinstance(low, hosts) and isinstance(high, hosts) and numpy.any(numpy.greater(low, high)):
        raise ValueError(f"clip: expected low <= high, got {low} and {high}.")


def check_floats(who: str, *arrays: Any) -> None:
    """Refuse whole numbers where differences are taken: those of uint8 wrap around at 0.

    >>> check_floats("mse", numpy.zeros(3))
    """
    for x in arrays:  # a Tensor's are floats; complex numbers are a step of check_grad
        if not hasattr(x, "versions") and hasattr(x, "dtype") and x.dtype.kind not in "fc":
            fix = "Convert it: x.astype('float32'), and images to [0, 1]."
            raise TypeError(f"{who}: expected floats, got {x.dtype}. {fix}")


def check_targets(who: str, targets: Any) -> None:
    """Refuse targets of the host that are no probabilities: 0..255, or NaN.

    >>> check_targets("bce_with_logits", 255)
    Traceback (most recent call last):
    ValueError: bce_with_logits: expected targets in [0, 1], got 255 to 255. Scale them: x / 255.
    """
    if isinstance(targets, (int, float, numpy.generic)):
        targets = numpy.asarray(targets)
    if not isinstance(targets, numpy.ndarray) or not targets.size or targets.dtype.kind == "c":
        return  # a Tensor, or on a device; complex only as a step of check_grad
    low, high = targets.min(), targets.max()  # NaN if one is
    if not (low >= 0 and high <= 1):
        got, fix = f"{low:g} to {high:g}", "Scale them: x / 255." if high > 1 else "Scale them."
        if math.isnan(high):
            got = f"{int(numpy.isnan(targets).sum())} of {targets.size} that are NaN"
            fix = "Look at the data, or at what made them."
        raise ValueError(f"{who}: expected targets in [0, 1], got {got}. {fix}")


# Nets.


def check_rng(who: str, rng: Any) -> None:
    """Refuse what is no numpy.random.Generator, such as a seed.

    >>> check_rng("Dense", numpy.random.default_rng(0))
    """
    if not isinstance(rng, numpy.random.Generator):
        seed = rng if isinstance(rng, int) else 0
        got = f"got {rng!r}" if isinstance(rng, int) else f"got {type(rng).__name__}"
        fix = f"Write rng=numpy.random.default_rng({seed})."
        raise TypeError(f"{who}: expected rng as a numpy.random.Generator, {got}. {fix}")


def check_function(who: str, name: str, function: Any) -> None:
    """Refuse what is neither a function nor None, such as the name of one.

    >>> check_function("Dense", "activation", None)
    """
    if function is None or callable(function):
        return
    fix = "Pass the function or None."
    if isinstance(function, str):
        fix = f"Pass the function, not its name: {name}={function}."
    raise TypeError(f"{who}: expected {name} as a function, got {function!r}. {fix}")


def check_widths(who: str, widths: Any) -> None:
    """Refuse what is no list of at least two whole numbers from 1.

    >>> check_widths("MLP", [784, 10])
    """
    if isinstance(widths, str) or not hasattr(widths, "__len__"):
        fix = "Pass a list of widths: [784, 256, 10]."
        raise TypeError(f"{who}: expected a list of widths, got {widths!r}. {fix}")
    if len(widths) < 2:
        raise ValueError(f"{who}: expected at least two widths, in and out, got {widths}.")
    for n in widths:
        if not isinstance(n, (int, numpy.integer)) or isinstance(n, bool) or n < 1:
            expected = f"{who}: expected widths that are whole numbers from 1"
            raise ValueError(f"{expected}, got {' -> '.join(map(str, widths))}.")


def check_made(who: str, made: Any, shape: tuple) -> None:
    """Refuse what an initialiser made, if it is not of that shape.

    >>> check_made("Dense", numpy.zeros((2, 3)), (2, 3))
    """
    if numpy.shape(made) != shape:
        fix = "Weights are (n_in, n_out), as in x @ W; PyTorch's are transposed."
        got = f"got {numpy.shape(made)}"
        raise ValueError(f"{who}: expected weights of shape {shape} from init, {got}. {fix}")


def check_names(who: str, pairs: list) -> None:
    """Refuse pairs of a name and a parameter of which two have one name: one would be left out.

    >>> check_names("named", [("a.W", 1), ("a.b", 2)])
    """
    if len(dict(pairs)) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{who}: two parameters have the name {twice!r}. Name the parts anew.")


def check_state(who: str, parameters: Mapping[str, Any], arrays: Mapping[str, Any]) -> None:
    """Refuse named arrays of the host that do not fit: by name, shape, as floats, all finite.

    >>> check_state("load_state", {"b": numpy.zeros(2)}, {"b": numpy.ones(2)})
    """
    expected = {name: w.shape for name, w in parameters.items()}
    found = {name: numpy.shape(arrays[name]) for name in arrays}
    if expected != found:
        odd = sorted(dict(expected.items() ^ found.items()))
        lines = [f"  {n}: expected {expected.get(n)}, got {found.get(n)}" for n in odd]
        raise ValueError("\n".join([f"{who}: names or shapes differ", *lines]))
    for name, w in parameters.items():
        x = arrays[name]
        if x.dtype.kind != "f":
            raise TypeError(f"{who}: {name}: expected floats, got {x.dtype}.")
        bad = x.size - int((abs(x) <= numpy.finfo(w.dtype).max).sum())  # NaN is not
        if bad:
            fix = "The training that they come from had diverged: take an earlier state."
            got = f"{bad} of {x.size} are NaN, or beyond {w.dtype}"
            raise ValueError(f"{who}: {name}: expected finite numbers, but {got}. {fix}")


def check_numbers(arrays: tuple, rtol: float, every: int, directions: int) -> None:
    """Refuse what would let `check_grad` compare nothing, or take any number for right.

    >>> check_numbers((numpy.ones(3),), 1e-6, 64, 8)
    """
    if not arrays:
        hint = "Pass one for each argument of f: check_grad(f, x, y)."
        raise TypeError(f"check_grad: expected arrays to differentiate by, got none. {hint}")
    check_number("check_grad", "rtol", rtol, 0, 1, "[)")
    check_number("check_grad", "every", every, 0, math.inf, "[)")
    check_number("check_grad", "directions", directions, 1, math.inf, "[)")


# Optimisers.


def trainable(who: str, parameters: Any) -> list:
    """The parameters of an optimiser as a list; an error unless each is a leaf, named once.

    >>> trainable("Adam", [])
    Traceback (most recent call last):
    ValueError: Adam: got no parameters. Pass model.parameters().
    """
    if hasattr(parameters, "versions"):
        raise TypeError(f"{who}: expected a list of Tensors, got a Tensor. Write {who}([w], ...).")
    if not hasattr(parameters, "__iter__"):
        got = type(parameters).__name__
        raise TypeError(f"{who}: expected a list of Tensors, got {got}. Pass model.parameters().")
    found = list(parameters)
    if not found:
        raise ValueError(f"{who}: got no parameters. Pass model.parameters().")
    if any(not hasattr(w, "value") for w in found):
        raise TypeError(f"{who}: expected a list of Tensors. Pass model.parameters().")
    for i, w in enumerate(found):
        if getattr(w, "op", None) is not None:
            fix = "Pass the leaves that it was computed from."
            raise TypeError(f"{who}: {w!r}, parameter {i}, was computed and cannot move. {fix}")
    places: dict[int, int] = {}
    for i, w in enumerate(found):
        first = places.setdefault(id(w), i)
        if first != i:
            fix = "Name it once: list(dict.fromkeys(parameters))."
            said = f"parameter {i} is parameter {first} again, and would take each step twice"
            raise ValueError(f"{who}: {said}. {fix}")
    return found


def check_gradients(who: str, parameters: list, gradients: Any, lr: float = 0.0) -> None:
    """Refuse a step whose gradients are not those of the parameters, or whose rate is none.

    >>> check_gradients("Adam", [], [])
    """
    expected = f"{who}.step: expected a list of gradients"
    if hasattr(gradients, "shape") or not hasattr(gradients, "__len__"):
        got = repr(gradients) if hasattr(gradients, "versions") else f"a {type(gradients).__name__}"
        fix = f"Write {who.lower()}.step(grad(loss, parameters)), with a list of parameters."
        raise TypeError(f"{expected}, got {got}. {fix}")
    if any(hasattr(g, "value") for g in gradients):
        hint = "Pass arrays: grad(loss, parameters) without create_graph, or detach(g) for each."
        raise TypeError(f"{who}.step: the gradients are Tensors, with a history. {hint}")
    values = [w.value for w in parameters]
    shapes = [value.shape for value in values]
    found = [getattr(g, "shape", type(g).__name__) for g in gradients]
    if shapes != found:
        raise ValueError(
            f"{who}.step: expected {len(shapes)} gradients of shapes {shapes}, got {found}. Pass "
            "grad(loss, parameters), with the same parameters in the same order."
        )
    for i, (value, g) in enumerate(zip(values, gradients, strict=True)):
        if g.dtype is not value.dtype and g.dtype.kind != "f":
            raise TypeError(f"{expected}, of floats, got {g.dtype} for parameter {i}.")
        if type(g) is not type(value) and isinstance(g, HOST) != isinstance(value, HOST):
            fix = "Bring it there: backend.asarray(g)."
            raise TypeError(f"{expected}, where the parameters are; {i} is elsewhere. {fix}")
    if not 0 <= lr < math.inf:  # a schedule may end at 0
        raise ValueError(f"{who}.step: expected a learning rate lr >= 0, got {lr}.")


def check_number(who: str, name: str, value: Any, low: float, high: float, ends: str) -> None:
    """Refuse what is no number between low and high; `ends`, such as "[)", says which ends belong.

    >>> check_number("Adam", "eps", 1e-8, 0, math.inf, "[)")
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"{who}: expected {name} as a number, got {value!r}.")
    value = float(value)
    inside = (low <= value if ends[0] == "[" else low < value) and (
        value <= high if ends[1] == "]" else value < high
    )
    if not inside:
        said = f"in {ends[0]}{low:g}, {high:g}{ends[1]}"
        if high == math.inf:
            said = f"{'>=' if ends[0] == '[' else '>'} {low:g}{' and finite' * (value == high)}"
        raise ValueError(f"{who}: expected {name} {said}, got {value}.")


def check_betas(who: str, betas: Any) -> None:
    """Refuse what is no pair of numbers in [0, 1).

    >>> check_betas("Adam", (0.9, 0.999))
    """
    if not isinstance(betas, (tuple, list)) or len(betas) != 2:
        fix = "Write betas=(0.9, 0.999)."
        raise TypeError(f"{who}: expected betas as a pair of numbers, got {betas!r}. {fix}")
    for i, beta in enumerate(betas):
        check_number(who, f"betas[{i}]", beta, 0, 1, "[)")


def zero_grad(self: Any) -> None:
    """Refuse `optimizer.zero_grad()`, with the line to write instead.

    >>> zero_grad(None)
    Traceback (most recent call last):
    TypeError: zero_grad: there is nothing to set to zero, since grad returns the derivatives anew
    each time. Write optimizer.step(grad(loss, parameters)).
    """
    raise TypeError(
        "zero_grad: there is nothing to set to zero, since grad returns the derivatives anew each "
        "time. Write optimizer.step(grad(loss, parameters))."
    )
