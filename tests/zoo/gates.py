"""Functions for what `from_torch` says, in a module from which its lines to paste import them."""

import torch
from torch.autograd import Function
from torch.autograd.function import once_differentiable


class Gate(Function):
    """a sigmoid(b), once differentiable by its own word."""

    @staticmethod
    def forward(ctx, a, b):
        ctx.save_for_backward(a, b)
        return a * b.sigmoid()

    @staticmethod
    @once_differentiable
    def backward(ctx, g):
        a, b = ctx.saved_tensors
        s = b.sigmoid()
        return (g * s).sum_to_size(a.shape), (g * a * s * (1 - s)).sum_to_size(b.shape)


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
