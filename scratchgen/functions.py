"""Ops and losses: each a plain function on arrays, its derivatives beside it.

Few of these are primitives; most are compositions that read as their formula. The fused ones
(`linear` and `bce`, the op of `bce_with_logits`) are ops of their own because a training step
spends its time in them; their obvious twins stay in the tests as the reference.

At a kink the convention is pinned, and a test holds it: relu'(0) = 0, leaky_relu'(0) = slope,
abs'(0) = 0, clip' = 1 on both edges; where several elements tie for a maximum they share its
gradient equally.
"""

from __future__ import annotations

import numpy

from . import guards
from .backend import array_module
from .engine import Tensor, as_array, exp, expand, getitem, log, mean, op, sum, sum_to
from .engine import abs as abs  # of the engine's operators, and found here beside their like
from .engine import max as max

__all__ = [  # without abs and max: `from scratchgen.functions import *` hides no builtin
    "bce", "bce_with_logits", "clip", "concatenate", "cross_entropy", "exp", "gaussian_kl", "join",
    "leaky_relu", "linear", "log", "log_softmax", "logsumexp", "maximum", "minimum", "mse", "relu",
    "sigmoid", "softmax", "softplus", "sqrt", "tanh", "where",
]  # fmt: skip

# Elementwise. Any shape -> the same shape.


@op
def sqrt(x):
    """The square root of x >= 0. Its slope at 0 is infinite: add a small number first.

    >>> sqrt(numpy.array(4.0))
    np.float64(2.0)
    """
    return array_module(x).sqrt(x)


sqrt.gradients(x=lambda g, y, x: g / (2 * y))


@op
def tanh(x):
    """The hyperbolic tangent of x, in (-1, 1).

    >>> tanh(numpy.array(0.0))
    np.float64(0.0)
    """
    return array_module(x).tanh(x)


tanh.gradients(x=lambda g, y, x: g * (1 - y * y))  # y reused: tanh' = 1 - tanh^2


@op
def sigmoid(x):
    """The logistic function 1 / (1 + exp(-x)), in (0, 1); exact to rounding in both tails.

    >>> sigmoid(numpy.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """
    with numpy.errstate(over="ignore"):  # far left exp(-x) is inf, and 1 / inf the 0 it should be
        return 1 / (1 + array_module(x).exp(-x))


sigmoid.gradients(x=lambda g, y, x: g * (y * (1 - y)))


@op
def softplus(x):
    """log(1 + exp(x)), a smooth relu; finite for every finite x.

    >>> softplus(numpy.array([-1000.0, 1000.0]))
    array([   0., 1000.])
    """
    xp = array_module(x)
    return xp.maximum(x, 0) + xp.log1p(xp.exp(xp.minimum(x, -x)))


softplus.gradients(x=lambda g, y, x: g * sigmoid(x))


@op
def relu(x):
    """max(x, 0).

    >>> relu(numpy.array([-2.0, 3.0]))
    array([0., 3.])
    """
    return array_module(x).maximum(x, 0)


relu.gradients(x=lambda g, y, x: g * (y > 0))


@op
def where(mask, a, b):
    """`a` where the boolean array `mask` is true, else `b`; all three broadcast.

    >>> where(numpy.array([True, False]), numpy.array([1.0, 2.0]), 0.0)
    array([1., 0.])
    """
    return array_module(mask, a, b).where(mask, a, b)


where.gradients(
    a=lambda g, y, mask, a, b: sum_to(where(mask, g, 0.0), a.shape),
    b=lambda g, y, mask, a, b: sum_to(where(mask, 0.0, g), b.shape),
)


@op
def leaky_relu(x, slope=0.2):
    """x where x > 0, else slope * x (Maas et al. 2013, with the slope 0.2 of DCGAN).

    >>> leaky_relu(numpy.array([-2.0, 3.0]))
    array([-0.4,  3. ])
    """
    return array_module(x).where(x > 0, x, slope * x)


leaky_relu.gradients(x=lambda g, y, x, slope: where(x > 0, g, slope * g))


@op
def clip(x, low=None, high=None):
    """x where low <= x <= high, else the nearer bound: numbers or arrays; None leaves a side open.

    >>> clip(numpy.array([-2.0, 0.5, 2.0]), 0, 1)
    array([0. , 0.5, 1. ])
    """
    guards.check_bounds(low, high)
    return array_module(x).clip(x, low, high)


def _inside(y, x, low, high):
    """Where clip has left x as it is, unless the bounds leave it no room."""
    return (y == x) & (low is None or high is None or low != high)


clip.gradients(x=lambda g, y, x, low, high: sum_to(g * _inside(y, x, low, high), x.shape))


@op
def maximum(a, b):
    """The larger of `a` and `b`, elementwise and broadcast.

    >>> maximum(numpy.array([1.0, 5.0]), 3.0)
    array([3., 5.])
    """
    return array_module(a, b).maximum(a, b)


maximum.gradients(
    a=lambda g, y, a, b: sum_to(g * (a > b) + 0.5 * g * (a == b), a.shape),
    b=lambda g, y, a, b: sum_to(g * (b > a) + 0.5 * g * (a == b), b.shape),
)


def minimum(a, b):
    """The smaller of `a` and `b`, elementwise and broadcast.

    >>> minimum(numpy.array([1.0, 5.0]), 3.0)
    array([1., 3.])
    """
    return -maximum(-a, -b)


# Over axes.


def _shifted(x, axis):
    """The maximum m over an axis, and x - m: 0 at the maximum also where that is infinite.

    The largest exponent becomes 0, so nothing overflows; and what is small beside the size of x,
    but not beside its differences, is still there.
    """
    guards.check_floats("softmax and its like", x)
    m = x.max(axis, keepdims=True)
    with numpy.errstate(invalid="ignore"):  # inf - inf
        return m, array_module(x).where(x == m, 0, x - m)


@op
def softmax(x, axis=-1):
    """exp(x) / sum(exp(x)) over an axis: positive, and adds up to 1.

    >>> softmax(numpy.array([0.0, 0.0]))
    array([0.5, 0.5])
    """
    e = array_module(x).exp(_shifted(x, axis)[1])
    return e / e.sum(axis, keepdims=True)


softmax.gradients(x=lambda g, y, x, axis: y * (g - sum(g * y, axis, keepdims=True)))


@op
def logsumexp(x, axis=-1, keepdims=False):
    """log(sum(exp(x))) over an axis: a smooth maximum, finite for every finite x.

    >>> logsumexp(numpy.array([1000.0, 1000.0])).round(4)
    np.float64(1000.6931)
    """
    xp = array_module(x)
    m, d = _shifted(x, axis)
    y = m + xp.log(xp.exp(d).sum(axis, keepdims=True))
    return y if keepdims else y.squeeze(axis)


logsumexp.gradients(
    x=lambda g, y, x, axis, keepdims: expand(g, x.shape, axis) * softmax(x, axis),
)


@op
def log_softmax(x, axis=-1):
    """log(softmax(x)), exact where softmax rounds to 0.

    >>> log_softmax(numpy.array([0.0, -1000.0]))
    array([    0., -1000.])
    """
    xp = array_module(x)
    _, d = _shifted(x, axis)
    return d - xp.log(xp.exp(d).sum(axis, keepdims=True))


log_softmax.gradients(x=lambda g, y, x, axis: g - exp(y) * sum(g, axis, keepdims=True))


@op
def join(a, b, axis=0):
    """Two arrays, one after the other along an axis.

    >>> join(numpy.zeros(1), numpy.ones(2))
    array([0., 1., 1.])
    """
    return array_module(a, b).concatenate((a, b), axis)


def _part(axis, start, stop):
    return (slice(None),) * axis + (slice(start, stop),)


join.gradients(
    a=lambda g, y, a, b, axis: getitem(g, _part(axis % a.ndim, None, a.shape[axis])),
    b=lambda g, y, a, b, axis: getitem(g, _part(axis % a.ndim, a.shape[axis], None)),
)


def concatenate(arrays, axis=0):
    """All `arrays`, one after the other along an axis.

    >>> concatenate([numpy.zeros(1), numpy.ones(1), numpy.zeros(1)])
    array([0., 1., 0.])
    """
    if len(arrays) == 0:
        raise ValueError("concatenate: expected at least one array, got none.")
    if len(arrays) == 1:
        return arrays[0]
    half = len(arrays) // 2  # halving copies each element log2(n) times, not n times
    return join(concatenate(arrays[:half], axis), concatenate(arrays[half:], axis), axis)


# Layers and losses.


@op
def linear(x, W, b):
    """`x @ W + b`, (N, D) @ (D, H) + (H,) -> (N, H): one op, so that b is added in place.

    >>> linear(numpy.ones((1, 2)), numpy.ones((2, 3)), numpy.zeros(3))
    array([[2., 2., 2.]])
    """
    if x.ndim != 2:
        hint = "Make one vector a batch: x[None, :]; flatten more axes: x.reshape(len(x), -1)."
        raise ValueError(f"linear: expected x of shape (N, D), got {x.shape}. {hint}")
    y = x @ W
    y += b
    return y


linear.gradients(
    x=lambda g, y, x, W, b: g @ W.T,
    W=lambda g, y, x, W, b: x.T @ g,
    b=lambda g, y, x, W, b: sum_to(g, b.shape),
)


@op
def bce(logits, targets):
    """The op of `bce_with_logits`.

    >>> bce(numpy.array(0.0), 1.0)
    np.float64(0.6931471805599453)
    """
    xp = array_module(logits)
    # What is as large as the logits cancels before the small part is added to it.
    y = xp.maximum(logits, 0) - targets * logits
    return y + xp.log1p(xp.exp(xp.minimum(logits, -logits)))


bce.gradients(
    logits=lambda g, y, logits, targets: g * (sigmoid(logits) - targets),
    targets=lambda g, y, logits, targets: sum_to(-g * logits, targets.shape),
)


def bce_with_logits(logits, targets):
    """Binary cross-entropy -t log p - (1 - t) log(1 - p) with p = sigmoid(logits), in nats.

    Elementwise, since the loss of a VAE sums over pixels where others take the mean.
    targets: in [0, 1], an array of the shape of `logits` or a number. Computed as
    max(l, 0) - t l + log(1 + exp(-|l|)), which is finite for every finite logit l. Raises
    ValueError for targets (on the host) that are NaN or outside [0, 1], and for a Tensor that is
    already the result of a sigmoid or softmax.

    >>> bce_with_logits(numpy.array([0.0, 1e4]), 1.0)
    array([0.69314718, 0.        ])
    """
    _refuse_probabilities("bce_with_logits", logits)
    guards.check_floats("bce_with_logits", logits)
    targets = as_array(targets, logits)
    if getattr(targets, "shape", ()) not in ((), logits.shape):
        got = f"logits {logits.shape} and targets {targets.shape}"
        raise ValueError(f"bce_with_logits: expected arrays of one shape, got {got}.")
    guards.check_targets("bce_with_logits", targets)
    return bce(logits, targets)


def _refuse_probabilities(who, logits):
    # Numbers do not show what they are, but a Tensor knows the op that made it.
    if isinstance(logits, Tensor) and logits.op in (sigmoid, softmax):
        hint = "The loss applies it itself: pass what went into it."
        raise ValueError(f"{who}: expected logits, got the result of {logits.op.name}. {hint}")


def gaussian_kl(mean, log_var):
    """KL(N(mean, exp(log_var)) || N(0, 1)) in nats, summed over the last axis: (N, Z) -> (N,).

    0.5 * sum(exp(log_var) + mean^2 - 1 - log_var): Kingma & Welling 2013, appendix B.

    >>> gaussian_kl(numpy.array([[3.0, 4.0]]), numpy.zeros((1, 2)))
    array([12.5])
    """
    guards.check_floats("gaussian_kl", mean, log_var)
    if mean.shape != log_var.shape:
        got = f"mean {mean.shape} and log_var {log_var.shape}"
        raise ValueError(f"gaussian_kl: expected arrays of one shape, got {got}.")
    return 0.5 * (exp(log_var) + mean * mean - 1 - log_var).sum(-1)


def mse(prediction, target):
    """The mean squared error over all elements: a scalar.

    >>> mse(numpy.array([1.0, 2.0]), numpy.array([1.0, 4.0]))
    np.float64(2.0)
    """
    guards.check_floats("mse", prediction)
    target = as_array(target, prediction)
    if getattr(target, "shape", ()) not in ((), prediction.shape):
        got = f"prediction {prediction.shape} and target {target.shape}"
        raise ValueError(f"mse: expected arrays of one shape, got {got}. They would broadcast.")
    return mean((prediction - target) ** 2)


def cross_entropy(logits, labels):
    """The mean over N of -log softmax(logits)[label], in nats: (N, C) logits, (N,) labels.

    >>> cross_entropy(numpy.zeros((1, 4)), numpy.array([2]))
    np.float64(1.3862943611198906)
    """
    _refuse_probabilities("cross_entropy", logits)
    if getattr(logits, "ndim", None) != 2:
        got = getattr(logits, "shape", type(logits).__name__)
        raise ValueError(f"cross_entropy: expected logits of shape (N, C), got {got}.")
    N = len(logits)
    if getattr(labels, "shape", None) != (N,) or labels.dtype.kind not in "iu":
        got = f"{getattr(labels, 'dtype', type(labels).__name__)} {numpy.shape(labels)}"
        raise ValueError(f"cross_entropy: expected integer labels of shape ({N},), got {got}.")
    C = logits.shape[1]
    # -1 would silently mean the last class. (On a device, asking would cost a transfer a step.)
    if array_module(labels) is numpy and ((labels < 0) | (labels >= C)).any():
        got = f"{labels.min()} to {labels.max()}"
        raise ValueError(f"cross_entropy: expected labels 0 to {C - 1}, got {got}.")
    return -mean(getitem(log_softmax(logits), (array_module(labels).arange(N), labels)))
