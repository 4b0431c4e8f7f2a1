"""SGD and Adam. They take gradients and change the parameters' values; they know no graph."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy

from . import guards
from .backend import Array, array_module, keep_memory, to_numpy
from .guards import check_gradients

FORGET = 64  # steps, after which what is left of old gradients is rounded off
BLOCK = 1 << 16  # weights at a time: with g, m and v they stay in the cache from line to line


class SGD:
    """Gradient descent: w -= lr * g; with momentum: m = momentum * m + g, w -= lr * m.

    parameters: a list of Tensors. lr: the learning rate, > 0; may be changed between steps.
    momentum: in [0, 1). Polyak's heavy ball in the form of Sutskever et al. 2013, with lr outside
    of m as in PyTorch.

    >>> from scratchgen.engine import Tensor
    >>> w = Tensor([1.0])
    >>> SGD([w], lr=0.5).step([w.value])
    >>> w
    Tensor([0.5], float32)
    """

    def __init__(self, parameters: Sequence[Any], lr: float, momentum: float = 0.0):
        self.parameters = _checked("SGD", parameters, lr)
        guards.check_number("SGD", "momentum", momentum, 0, 1, "[)")
        self.lr, self.momentum = lr, momentum
        self.m = [_zeros(w) for w in self.parameters]

    def step(self, gradients: Sequence[Array]) -> None:
        """Move every parameter by its gradient: a list in the order of the parameters."""
        check_gradients("SGD", self.parameters, gradients, self.lr)
        for w, g, m in zip(self.parameters, gradients, self.m, strict=True):
            m *= self.momentum
            m += g
            w.value -= self.lr * m

    zero_grad = guards.zero_grad

    def state(self) -> dict[str, numpy.ndarray]:
        """Its memory, m, as named NumPy arrays, copied: what `nn.save` writes."""
        return _state(self, "m")

    def load_state(self, arrays: Mapping[str, Array]) -> None:
        """Go on from what `state` returned. ValueError or TypeError if it is another layout's."""
        _load_state(self, arrays, "m")

    def __repr__(self) -> str:
        return f"SGD(lr={self.lr:g}, momentum={self.momentum:g})"


class Adam:
    """Adam (Kingma & Ba 2015), algorithm 1: every weight's step is scaled by its own history.

    m = beta1 m + (1 - beta1) g,  v = beta2 v + (1 - beta2) g^2
    w -= lr * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps)

    parameters: a list of Tensors. lr: roughly the largest step a weight takes; may be changed
    between steps. betas: the memories of m and v, each in [0, 1); (0, 0.99) suits GANs with a
    penalty, since momentum makes two players circle. eps: keeps the division finite; it stands
    outside the root and after the bias correction, as in the paper's algorithm (and PyTorch).
    The fields m and v are lists of arrays like the parameters, and hold sums: m / (1 - beta1) and
    v / (1 - beta2) of these formulas, which spares a pass over memory each.

    >>> from scratchgen.engine import Tensor
    >>> w = Tensor([1.0])
    >>> Adam([w], lr=0.5).step([w.value])  # the first step is -lr * sign(g)
    >>> w
    Tensor([0.5], float32)
    """

    def __init__(
        self,
        parameters: Sequence[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
    ):
        self.parameters = _checked("Adam", parameters, lr)
        guards.check_betas("Adam", betas)
        guards.check_number("Adam", "eps", eps, 0, math.inf, "[)")
        self.lr, self.betas, self.eps = lr, betas, eps
        self.t = 0
        self.m = [_zeros(w) for w in self.parameters]
        self.v = [_zeros(w) for w in self.parameters]

    def step(self, gradients: Sequence[Array]) -> None:
        """Move every parameter by its gradient: a list in the order of the parameters."""
        check_gradients("Adam", self.parameters, gradients, self.lr)
        self.t += 1
        beta1, beta2 = self.betas
        # The same formula with all that is one number moved out of the loop over elements:
        # lr m_hat / (sqrt(v_hat) + eps) = rate m / (sqrt(v) + small), m and v being sums here.
        root = ((1 - beta2**self.t) / (1 - beta2)) ** 0.5
        rate, small = self.lr * root * (1 - beta1) / (1 - beta1**self.t), self.eps * root
        for w, *arrays in zip(self.parameters, gradients, self.m, self.v, strict=True):
            value = w.value
            for block in _blocks(value, *arrays):
                self._move(rate, small, *block)
            w.value = value  # a new version, for graphs that were built on the old one
        if self.t % FORGET == 0:
            for m, v in zip(self.m, self.v, strict=True):
                _forget(m, v)

    def _move(self, rate: float, small: float, w: Array, g: Array, m: Array, v: Array) -> None:
        """Move some weights. All in place, since fresh memory would cost as much as arithmetic."""
        xp = array_module(w)
        beta1, beta2 = self.betas
        m *= beta1
        m += g  # m = beta1 m + g
        t = xp.square(g)
        v *= beta2
        v += t  # v = beta2 v + g^2
        xp.sqrt(v, out=t)
        t += small
        xp.divide(m, t, out=t)
        t *= rate
        w -= t  # w = w - rate m / (sqrt(v) + small)

    zero_grad = guards.zero_grad

    def state(self) -> dict[str, numpy.ndarray]:
        """Its memory, m, v and t, as named NumPy arrays, copied: what `nn.save` writes."""
        return _state(self, "m", "v")

    def load_state(self, arrays: Mapping[str, Array]) -> None:
        """Go on from what `state` returned. ValueError or TypeError if it is another layout's."""
        _load_state(self, arrays, "m", "v")

    def __repr__(self) -> str:
        return f"Adam(lr={self.lr:g}, betas={self.betas}, eps={self.eps:g})"


def cosine(progress: float, warmup: float = 0.0) -> float:
    """The share of the full learning rate to take: half a cosine from 1 down to 0.

    (1 + cos(pi t)) / 2 (Loshchilov & Hutter 2017, equation 5, without restarts), after a rise from
    0 in a straight line over the first `warmup` of the way. progress: how much of the training is
    done, in [0, 1]. warmup: in [0, 1).

    >>> cosine(0.0), cosine(0.5), cosine(1.0)
    (1.0, 0.5, 0.0)
    """
    guards.check_number("cosine", "progress", progress, 0, 1, "[]")
    guards.check_number("cosine", "warmup", warmup, 0, 1, "[)")
    if progress < warmup:
        return progress / warmup
    t = (progress - warmup) / (1 - warmup)
    return (1 + math.cos(math.pi * t)) / 2


def _blocks(*arrays: Array) -> Iterator[Sequence[Array]]:
    """Arrays of one shape in blocks of rows: views, each of about BLOCK elements."""
    if arrays[0].ndim == 0:
        arrays = tuple([array.reshape(1) for array in arrays])
    n = len(arrays[0])
    rows = max(1, BLOCK * n // max(1, arrays[0].size))
    for start in range(0, n, rows):
        yield [array[start : start + rows] for array in arrays]


def _forget(m: Array, v: Array) -> None:
    """Round off what is left of gradients long past, before it becomes subnormal.

    A weight behind a dead relu has a gradient of 0 from then on, and its m shrinks by beta1 a step
    until it is no normal number (1e-38 in float32). There arithmetic is many times slower, and
    there m stays, since 0.9 of the last digit is rounded up again: it doubled the time of an epoch
    of MNIST by the fifth. Beside eps neither 1e-30 in m nor its like in v can be seen.
    """
    xp = array_module(m)
    least = float(numpy.finfo(m.dtype).tiny) * 1e8  # 1e-30; beta1 = 0.9 needs 175 steps from there
    m *= xp.abs(m) >= least
    xp.maximum(v, least, out=v)


def _state(optimizer: Any, *memories: str) -> dict[str, numpy.ndarray]:
    arrays = {f"{m}.{i}": to_numpy(x).copy()
              for m in memories for i, x in enumerate(getattr(optimizer, m))}  # fmt: skip
    return arrays | ({"t": numpy.array(float(optimizer.t))} if hasattr(optimizer, "t") else {})


def _load_state(optimizer: Any, arrays: Mapping[str, Array], *memories: str) -> None:
    new = {name: to_numpy(arrays[name]) for name in arrays}
    guards.check_state(f"load_state({optimizer!r})", _state(optimizer, *memories), new)
    for m in memories:
        for i, x in enumerate(getattr(optimizer, m)):
            x[...] = array_module(x).asarray(new[f"{m}.{i}"], dtype=x.dtype)
    if "t" in new:
        optimizer.t = int(new["t"])


def _zeros(w: Any) -> Array:
    return array_module(w.value).zeros_like(w.value)


def _checked(who: str, parameters: Sequence[Any], lr: float) -> list:
    found = guards.trainable(who, parameters)
    guards.check_number(who, "a learning rate lr", lr, 0, math.inf, "()")
    keep_memory()  # whoever makes an optimiser is about to train
    return found
