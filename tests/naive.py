"""A naive autograd engine, to hold the real one against: single numbers, and the chain rule.

A `Scalar` knows what it was made of and, for each of these arguments, its slope by it. With that,

    dy/dx = sum over the arguments a of y:  (slope of y by a) * da/dx,

asked again of every `a`, until `a` is x. Nothing is sorted, nothing is added up in place. A slope
is a function that makes Scalars, so that a derivative has derivatives of its own.

An array is its shape and a dict of Scalars by place; what broadcasting reads is looked up place by
place. Every op makes new Scalars, even where only places change, since one may ask by each result.
"""

import itertools
import math
from typing import NamedTuple

import numpy as np


class Scalar:
    def __init__(self, value, *made_of):
        self.value, self.made_of = value, made_of  # made_of: pairs (argument, slope by it)

    def __add__(a, b): return Scalar(a.value + b.value, (a, lambda: ONE), (b, lambda: ONE))
    def __sub__(a, b): return Scalar(a.value - b.value, (a, lambda: ONE), (b, lambda: -ONE))
    def __mul__(a, b): return Scalar(a.value * b.value, (a, lambda: b), (b, lambda: a))
    def __neg__(a): return Scalar(-a.value, (a, lambda: Scalar(-1.0)))

    def __truediv__(a, b):
        return Scalar(a.value / b.value, (a, lambda: ONE / b), (b, lambda: -a / (b * b)))


ZERO, ONE = Scalar(0.0), Scalar(1.0)


def exp(a):
    y = Scalar(math.exp(a.value), (a, lambda: y))
    return y


def tanh(a):
    y = Scalar(math.tanh(a.value), (a, lambda: ONE - y * y))
    return y


def relu(a):
    return Scalar(max(a.value, 0.0), (a, lambda: ONE if a.value > 0 else ZERO))


def same(a):
    return Scalar(a.value, (a, lambda: ONE))


def total(scalars):
    return Scalar(math.fsum(s.value for s in scalars), *((s, lambda: ONE) for s in scalars))


def derivative(y, x, known):
    """dy/dx as a Scalar, or None where no path leads from y to x. known: what was asked before."""
    if y is x:
        return ONE
    if y not in known:
        inner = [(derivative(a, x, known), slope) for a, slope in y.made_of]
        parts = [slope() * d for d, slope in inner if d is not None]
        known[y] = total(parts) if parts else None
    return known[y]


class Array(NamedTuple):
    shape: tuple
    at: dict


def places(shape):
    return list(itertools.product(*map(range, shape)))


def array(x):
    return Array(x.shape, {i: Scalar(float(x[i])) for i in places(x.shape)})


def values(x):
    return np.array([x.at[i].value for i in places(x.shape)]).reshape(x.shape)


def elementwise(f):
    def of_arrays(*arrays):
        shape = np.broadcast_shapes(*(a.shape for a in arrays))
        return Array(shape, {i: f(*(read(a, i) for a in arrays)) for i in places(shape)})

    return of_arrays


def read(a, place):
    """What broadcasting reads at a place: axes are matched from the last, a side of 1 repeats."""
    own = place[len(place) - len(a.shape) :]
    return a.at[tuple(0 if side == 1 else i for i, side in zip(own, a.shape, strict=True))]


def detach(x):
    return Array(x.shape, {i: Scalar(s.value) for i, s in x.at.items()})


def broadcast_to(x, shape):
    return Array(shape, {i: same(read(x, i)) for i in places(shape)})


def reshape(x, shape):
    in_order = [x.at[i] for i in places(x.shape)]
    return Array(shape, {i: same(s) for i, s in zip(places(shape), in_order, strict=True)})


def transpose(x):
    return Array(x.shape[::-1], {i[::-1]: same(s) for i, s in x.at.items()})


def getitem(x, index):
    """index: a number, a slice or a list of numbers, along the first axis."""
    rows, rest = range(x.shape[0]), x.shape[1:]
    if isinstance(index, int):
        return Array(rest, {i: same(x.at[rows[index], *i]) for i in places(rest)})
    picks = rows[index] if isinstance(index, slice) else [rows[i] for i in index]
    shape = (len(picks), *rest)
    return Array(shape, {(k, *i): same(x.at[picks[k], *i]) for k, *i in places(shape)})


def sum(x, axis, keepdims):
    lost = range(len(x.shape)) if axis is None else [axis % len(x.shape)]
    terms = {}
    for place, s in x.at.items():  # an axis that is summed over goes, or stays as the place 0
        kept = [(k, 0 if k in lost else i) for k, i in enumerate(place)]
        to = tuple(i for k, i in kept if keepdims or k not in lost)
        terms.setdefault(to, []).append(s)
    shape = tuple(1 + last for last in max(terms))
    return Array(shape, {to: total(parts) for to, parts in terms.items()})


def matmul(a, b):
    """Matrices and vectors: the last axis of a with the first of b."""
    shape, cut = a.shape[:-1] + b.shape[1:], len(a.shape) - 1

    def product(i, k):
        return total([a.at[*i, j] * b.at[j, *k] for j in range(b.shape[0])])

    return Array(shape, {p: product(p[:cut], p[cut:]) for p in places(shape)})


def gradient(y, x):
    """The derivatives of the Scalar y by all of the array x, or None if y depends on none of it."""
    slopes = {i: derivative(y, s, {}) for i, s in x.at.items()}
    if all(d is None for d in slopes.values()):
        return None
    return Array(x.shape, {i: d or Scalar(0.0) for i, d in slopes.items()})
