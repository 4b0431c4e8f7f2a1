"""Functions for what `from_torch` says, in a module from which its lines to paste import them."""

from typing import ClassVar

import torch
from torch.autograd import Function
from torch.autograd.function import once_differentiable


def slopes(a, b, g):
    """The gradients of a sigmoid(b)."""
    s = b.sigmoid()
    return (g * s).sum_to_size(a.shape), (g * a * s * (1 - s)).sum_to_size(b.shape)


class Gate(Function):
    """a sigmoid(b), once differentiable by its own word."""

    @staticmethod
    def forward(ctx, a, b):
        ctx.save_for_backward(a, b)
        return a * b.sigmoid()

    @staticmethod
    @once_differentiable
    def backward(ctx, g):
        return slopes(*ctx.saved_tensors, g)


class WrongGate(Gate):
    """With a factor forgotten."""

    @staticmethod
    @once_differentiable
    def backward(ctx, g):
        a, b = ctx.saved_tensors
        s = b.sigmoid()
        return (g * s).sum_to_size(a.shape), (g * a * s).sum_to_size(b.shape)


class Unsummed(Gate):
    """With the sums forgotten."""

    @staticmethod
    @once_differentiable
    def backward(ctx, g):
        a, b = ctx.saved_tensors
        s = b.sigmoid()
        return g * s, g * a * s * (1 - s)


class Sine(Function):
    """sin(x), its slope a constant to the second derivative, and not a word of it."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x.cos())
        return x.sin()

    @staticmethod
    def backward(ctx, g):
        (slope,) = ctx.saved_tensors
        return g * slope


class Writes(Sine):
    """With the incoming gradient overwritten."""

    @staticmethod
    def backward(ctx, g):
        (slope,) = ctx.saved_tensors
        return g.mul_(slope)


WEIGHT = torch.nn.Parameter(torch.tensor(0.5, dtype=torch.float64))


def gated_by_weight(x):
    """The gate by a weight that is no argument."""
    return Gate.apply(x, WEIGHT.to(x.dtype))


def sine_by_weight(x):
    """The sine by a weight that is no argument."""
    return Sine.apply(x) * WEIGHT.to(x.dtype)


class Buffered(Function):
    """sin(x), whose gradients all lie in one buffer, kept for the next time."""

    KEPT: ClassVar[dict] = {}

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.sin()

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        if torch.is_grad_enabled():
            return g * x.cos()
        kept = Buffered.KEPT.setdefault((x.shape, x.dtype), torch.empty_like(x))
        return torch.mul(g, x.cos(), out=kept)


class Unbuffered(Buffered):
    """The same, each in memory of its own."""

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * x.cos()


class KeptOnCtx(Gate):
    """The gate, with its arguments where PyTorch does not watch them."""

    @staticmethod
    def forward(ctx, a, b):
        ctx.kept = a, b
        return a * b.sigmoid()

    @staticmethod
    @once_differentiable
    def backward(ctx, g):
        return slopes(*ctx.kept, g)


class Row(Function):
    """The last axis' largest, and where it stands."""

    @staticmethod
    def forward(ctx, x):
        y, at = x.max(-1)
        ctx.shape = x.shape
        ctx.save_for_backward(at)
        ctx.mark_non_differentiable(at)
        return y, at

    @staticmethod
    def backward(ctx, g, _):
        (at,) = ctx.saved_tensors
        return g.new_zeros(ctx.shape).scatter(-1, at.unsqueeze(-1), g.unsqueeze(-1))


class Flat(Function):
    """The numbers in a row: a view, into which PyTorch lets nobody write."""

    @staticmethod
    def forward(ctx, x):
        ctx.shape = x.shape
        return x.view(-1) if x.is_contiguous() else x.reshape(-1)

    @staticmethod
    def backward(ctx, g):
        return g.reshape(ctx.shape)
