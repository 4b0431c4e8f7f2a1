"""Dense layers and the stack of them: parameters with names, and a forward pass."""

from __future__ import annotations

import itertools
import math
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy

from . import guards
from .backend import Array, array_module, asarray, float_type, to_numpy
from .engine import Tensor
from .functions import linear, relu

Initialiser = Callable[[int, int, "numpy.random.Generator"], Array]


def glorot(n_in: int, n_out: int, rng: numpy.random.Generator) -> Array:
    """Weights (n_in, n_out), uniform with variance 2 / (n_in + n_out): for tanh and linear layers.

    Glorot & Bengio 2010, equation 16: U(-a, a) with a = sqrt(6 / (n_in + n_out)).

    >>> bool(abs(glorot(100, 200, numpy.random.default_rng(0))).max() <= 50**-0.5)
    True
    """
    a = (6 / (n_in + n_out)) ** 0.5
    return asarray(rng.uniform(-a, a, (n_in, n_out)), float_type())


def he(n_in: int, n_out: int, rng: numpy.random.Generator) -> Array:
    """Weights (n_in, n_out) from N(0, 2 / n_in): for layers that a relu follows.

    He et al. 2015, equation 10: a relu halves the variance, the 2 restores it.

    >>> he(100, 200, numpy.random.default_rng(0)).std().round(2)
    np.float32(0.14)
    """
    return asarray(rng.standard_normal((n_in, n_out)) * (2 / n_in) ** 0.5, float_type())


class Dense:
    """A dense layer: x @ W + b, then the activation; (N, n_in) -> (N, n_out).

    W: (n_in, n_out), by `init`: He if a relu follows, else Glorot, unless given. b: zeros.
    activation: an op on arrays and Tensors, such as `relu`, or None for a linear layer.

    >>> Dense(784, 256, relu, rng=numpy.random.default_rng(0))
    Dense(784 -> 256 relu)
    """

    def __init__(
        self,
        n_in: int,
        n_out: int,
        activation: Callable | None = None,
        *,
        rng: numpy.random.Generator,
        init: Initialiser | None = None,
    ):
        guards.check_widths("Dense", [n_in, n_out])
        guards.check_rng("Dense", rng)
        guards.check_function("Dense", "activation", activation)
        guards.check_function("Dense", "init", init)
        self.n_in, self.n_out, self.activation = n_in, n_out, activation
        init = init or (he if activation is relu else glorot)
        W = init(n_in, n_out, rng)
        guards.check_made(repr(self), W, (n_in, n_out))
        self.W = Tensor(asarray(W, float_type()))
        self.b = Tensor(asarray(numpy.zeros(n_out), float_type()))

    def __call__(self, x):
        """The layer's output for a batch x (N, n_in)."""
        if getattr(x, "ndim", None) != 2 or x.shape[1] != self.n_in:
            raise self._wrong_input(x)
        h = linear(x, self.W, self.b)  # (N, n_in) @ (n_in, n_out) -> (N, n_out)
        return self.activation(h) if self.activation else h

    def _wrong_input(self, x: Any) -> Exception:
        expected = f"{self!r}: expected x of shape (N, {self.n_in})"
        if isinstance(x, tuple):
            fix = "A pair (mean, log_var) describes a distribution: draw one z from it."
            return TypeError(f"{expected}, got a tuple of {len(x)}. {fix}")
        if not hasattr(x, "ndim"):
            fix = "Make it an array: numpy.asarray(x, 'float32')."
            return TypeError(f"{expected}, got a {type(x).__name__}. {fix}")
        fix = "Check what feeds this layer."
        if x.ndim > 2 and math.prod(x.shape[1:]) == self.n_in:
            fix = "Flatten it first: x.reshape(len(x), -1)."
        elif x.shape == (self.n_in,):
            fix = "Make it a batch of one: x[None, :]."
        return ValueError(f"{expected}, got {x.shape}. {fix}")

    def named_parameters(self) -> dict[str, Tensor]:
        """The weights and biases by name: {"W": ..., "b": ...}."""
        return {"W": self.W, "b": self.b}

    def parameters(self) -> list[Tensor]:
        """The Tensors to train."""
        return list(self.named_parameters().values())

    def __repr__(self) -> str:
        return f"Dense({self.n_in} -> {self.n_out}{_named(self.activation)})"


class MLP:
    """A multilayer perceptron: dense layers of the given widths, one after the other.

    widths: (D, H1, ..., out). hidden: the activation between layers; out: after the last, or None.

    >>> MLP([784, 128, 256, 512], rng=numpy.random.default_rng(0))
    MLP(784 -> 128 relu -> 256 relu -> 512)
    """

    def __init__(
        self,
        widths: Sequence[int],
        *,
        hidden: Callable = relu,
        out: Callable | None = None,
        rng: numpy.random.Generator,
        init: Initialiser | None = None,
    ):
        guards.check_widths("MLP", widths)
        last = len(widths) - 2
        self.layers = [
            Dense(n_in, n_out, out if i == last else hidden, rng=rng, init=init)
            for i, (n_in, n_out) in enumerate(itertools.pairwise(widths))
        ]

    def __call__(self, x):
        """The net's output for a batch x (N, D)."""
        for layer in self.layers:
            x = layer(x)
        return x

    def named_parameters(self) -> dict[str, Tensor]:
        """The weights and biases by name: {"0.W": ..., "0.b": ..., "1.W": ...}."""
        return named({str(i): layer for i, layer in enumerate(self.layers)})

    def parameters(self) -> list[Tensor]:
        """The Tensors to train, in order."""
        return list(self.named_parameters().values())

    def __repr__(self) -> str:
        steps = [f" -> {layer.n_out}{_named(layer.activation)}" for layer in self.layers]
        return f"MLP({self.layers[0].n_in}{''.join(steps)})"


def _named(activation: Callable | None) -> str:
    return f" {getattr(activation, '__name__', activation)}" if activation else ""


def named(parts: Mapping[str, Any]) -> dict[str, Tensor]:
    """The parameters of several parts under one roof: {"encoder.0.W": ..., "decoder.0.W": ...}.

    >>> list(named({"head": Dense(2, 1, rng=numpy.random.default_rng(0))}))
    ['head.W', 'head.b']
    """
    pairs = [
        (f"{part}.{name}", w)
        for part, model in parts.items()
        for name, w in model.named_parameters().items()
    ]
    guards.check_names("named", pairs)
    return dict(pairs)


def state(model: Any) -> dict[str, numpy.ndarray]:
    """A model's parameters, or an optimiser's memory, as named NumPy arrays, copied.

    >>> state(Dense(2, 1, rng=numpy.random.default_rng(0)))["b"]
    array([0.], dtype=float32)
    """
    if hasattr(model, "state"):  # an optimiser
        return model.state()
    return {name: to_numpy(w.value).copy() for name, w in model.named_parameters().items()}


def load_state(model: Any, arrays: Mapping[str, Array]) -> None:
    """Put named arrays, such as those of `state`, into a model or optimiser of the same layout.

    Raises ValueError or TypeError, before anything is changed, if names or shapes do not match,
    or if what they hold are no finite floats.

    >>> a, b = (Dense(2, 1, rng=numpy.random.default_rng(i)) for i in (0, 1))
    >>> load_state(a, state(b))
    >>> bool((a.W.value == b.W.value).all())
    True
    """
    if hasattr(model, "load_state"):  # an optimiser
        return model.load_state(arrays)
    parameters = model.named_parameters()
    new = {name: to_numpy(arrays[name]) for name in arrays}
    guards.check_state(f"load_state({model!r})", parameters, new)
    for name, w in parameters.items():  # all is well: from here on nothing is refused
        w.value = array_module(w.value).asarray(new[name], dtype=w.dtype)


def save(model: Any, path: str | Path, overwrite: bool = False) -> Path:
    """The path of an .npz file that now holds what `state` says of a model or an optimiser.

    An existing file is left alone, with FileExistsError, unless overwrite=True. The file is
    written beside its place and moved there, so that a crash leaves the old one whole.

    >>> model = Dense(2, 1, rng=numpy.random.default_rng(0))
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     load(model, save(model, f"{folder}/layer.npz"))
    """
    path = Path(path).expanduser()
    if path.exists() and not overwrite:
        raise FileExistsError(f"save: {path} exists. Choose a new name, or pass overwrite=True.")
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.part")
    try:
        with open(temporary, "xb") as file:
            arrays: dict[str, Any] = state(model)
            numpy.savez(file, **arrays)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    return path


def load(model: Any, path: str | Path) -> None:
    """Put the parameters that `save` wrote into a model of the same layout.

    >>> load(None, "no-such-file.npz")
    Traceback (most recent call last):
    FileNotFoundError: [Errno 2] No such file or directory: 'no-such-file.npz'
    """
    from zipfile import BadZipFile  # here, since `import scratchgen` need not wait for it

    with open(Path(path).expanduser(), "rb") as file:
        try:
            arrays = dict(numpy.load(file, allow_pickle=False))
        except (ValueError, TypeError, EOFError, BadZipFile) as error:
            hint = "Is it whole, and one that save wrote?"
            raise ValueError(f"load: {path} cannot be read: {error}. {hint}") from error
    load_state(model, arrays)
