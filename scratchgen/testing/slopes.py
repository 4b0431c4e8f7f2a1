"""Anybody's derivatives, first and second, beside differences that know their own error."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy

from ..backend import Array
from ..gradcheck import CENTRAL_STEP, EPS, GradientError
from .comparing import OpError, check_finite, size
from .foreign import Arrays, FirstOrderOnly, Foreign

FINE = 8.0  # how many times smaller the second step is


def check_slopes(
    foreign: Foreign, arrays: Arrays, v: Arrays, gradients: Arrays, rtol: float, kinks: bool = True
) -> bool:
    """Hold gradients of L = sum(v * outputs), element by element, beside central differences.

    Where they disagree, a second look: differences of a smaller step show how far off differences
    are there; and if the slopes of the two sides differ, the gradient must lie between them (with
    kinks=False that is a fault). Elements that tie for a maximum are moved together as well: that
    way there is no kink, and the parts that they get must add up to the whole.
    Returns whether there was a kink. Raises GradientError, or OpError at a kink.

    >>> from .ours import from_op
    >>> from scratchgen import relu
    >>> check_slopes(from_op(relu), [numpy.zeros(1)], [numpy.ones(1)], [numpy.zeros(1)], 1e-6)
    True
    """
    bent = False
    rounding = 16 * EPS * max(1.0, _scale(foreign.outputs(arrays), v))
    for i, x in enumerate(arrays):
        h = CENTRAL_STEP * numpy.maximum(1.0, abs(x))
        expected = (_losses(foreign, arrays, v, i, h) - _losses(foreign, arrays, v, i, -h)) / (
            2 * h
        )
        g = numpy.asarray(gradients[i])
        gap = abs(g - expected)
        allowed = rtol * numpy.maximum(abs(g), abs(expected)) + rounding / h
        bends = [
            look_again(foreign, arrays, v, i, at, float(g[at]), rtol, kinks)
            for at in map(tuple, numpy.argwhere(~(gap <= allowed)))
        ]
        if any(bends):
            bent = True
            _all_together(foreign, arrays, v, i, g, rtol)
    return bent


def nudged(arrays: Arrays) -> list[Array]:
    """Return each element moved by a little step of its own, so that no kink or tie survives.

    >>> nudged([numpy.zeros(2)])
    [array([0.0137, 0.0274])]
    """
    sizes = [x.size for x in arrays]
    steps = 0.0137 * (1 + numpy.linspace(0, 1, int(numpy.sum(sizes))))
    parts = numpy.split(steps, numpy.cumsum(sizes)[:-1])
    return [x + part.reshape(x.shape) for x, part in zip(arrays, parts, strict=True)]


def _losses(foreign: Foreign, arrays: Arrays, v: Arrays, i: int, h: Array) -> Array:
    """L with each element of argument i moved by its h, in turn: of the argument's shape."""
    x = arrays[i]
    many = []
    for at in numpy.ndindex(x.shape):
        moved = numpy.array(x)
        moved[at] += h[at]
        many.append([moved if j == i else y for j, y in enumerate(arrays)])
    made = foreign.outputs_of(many) if many else []
    losses = [_loss(outputs, v) for outputs in made]
    return numpy.array(losses).reshape(x.shape)


def _loss(outputs: Sequence[Array], v: Arrays) -> float:
    return float(sum((y * g).sum() for y, g in zip(outputs, v, strict=True)))


def _scale(outputs: Sequence[Array], v: Arrays) -> float:
    return float(sum(abs(y * g).sum() for y, g in zip(outputs, v, strict=True)))


def look_again(
    foreign: Foreign, arrays: Arrays, v: Arrays, i: int, at: tuple, g: float, rtol: float,
    kinks: bool = True,
) -> bool:  # fmt: skip
    """Raise, unless differences are no better than that here, or g lies between two slopes.

    g: the derivative of L = sum(v * outputs) by the element `at` of argument i, as it was given.
    Returns whether there is a kink. Raises GradientError, or OpError at a kink; OpError too where
    the function is not finite a step away.

    >>> from .ours import from_op
    >>> from scratchgen import relu
    >>> look_again(from_op(relu), [numpy.zeros(1)], [numpy.ones(1)], 0, (0,), 0.5, 1e-6)
    True
    """
    where = f"argument {i}, index {tuple(map(int, at))}, where it is {arrays[i][at]:.6g}"

    def loss(step: float) -> float:
        moved = numpy.array(arrays[i])
        moved[at] += step
        outputs = foreign.outputs([moved if j == i else x for j, x in enumerate(arrays)])
        for y in outputs:
            check_finite(y, f"beside this point, a step of {step:.2g} from {where}")
        return _loss(outputs, v)

    h = CENTRAL_STEP * max(1.0, abs(float(arrays[i][at])))
    fine, scale = h / FINE, max(1.0, _scale(foreign.outputs(arrays), v))
    coarse, finer = ((loss(s) - loss(-s)) / (2 * s) for s in (h, fine))
    noise = 16 * EPS * scale / fine
    allowed = rtol * max(abs(g), abs(finer)) + noise + 2 * abs(coarse - finer)
    low, high = _sides(loss, h)
    bend = high - low > 10 * (1e-6 * max(abs(low), abs(high)) + 64 * EPS * scale / h)
    if not bend or not kinks:
        if not abs(g - finer) <= allowed < numpy.inf:
            raise GradientError(
                f"derivative of order 1 is wrong for {where}\n"
                f"  from backward         {g:.12g}\n"
                f"  from differences      {finer:.12g}   (step {fine:.2g})\n"
                f"  they differ by        {abs(g - finer):.3g}, allowed {allowed:.3g}"
            )
    elif not low - allowed <= g <= high + allowed:
        raise OpError(
            f"slope at a kink is wrong for {where}\n"
            f"  from backward         {g:.12g}\n"
            f"  expected              from {low:.12g} to {high:.12g}, the one-sided slopes"
        )
    return bool(bend)


def _sides(loss: Callable[[float], float], h: float) -> list[float]:
    """The slopes to both sides, each of a parabola through three points; the lower first."""
    return sorted((4 * loss(s) - loss(2 * s) - 3 * loss(0.0)) / (2 * s) for s in (-h, h))


def _all_together(
    foreign: Foreign, arrays: Arrays, v: Arrays, i: int, g: Array, rtol: float
) -> None:
    """Raise, unless the sum of an argument's gradient is the slope along (1, 1, ...)."""

    def loss(step: float) -> float:
        moved = [x + step if j == i else x for j, x in enumerate(arrays)]
        return _loss(foreign.outputs(moved), v)

    h = CENTRAL_STEP * max(1.0, float(abs(arrays[i]).max()))
    low, high = _sides(loss, h)
    scale = max(1.0, _scale(foreign.outputs(arrays), v))
    allowed = rtol * max(1.0, float(abs(g).sum())) + 64 * EPS * scale / h
    total = float(g.sum())
    if high - low <= 10 * allowed and not low - allowed <= total <= high + allowed:
        raise OpError(
            f"slopes at a kink are wrong for argument {i}, when all its elements move together\n"
            f"  from backward         {total:.12g}, the sum of its gradient\n"
            f"  expected              {(low + high) / 2:.12g}\n"
            "Elements that tie share the slope: each may get any part, and no more than the whole."
        )


def check_second(foreign: Foreign, arrays: Arrays, v: Arrays, seed: int, rtol: float) -> None:
    """Hold second derivatives, along random directions, beside differences of the gradients.

    Of s = sum(u * gradient) the derivative by the arguments and by the cotangents, each direction
    a scalar. At a kink there is none: each element is moved a little from where it stands first.
    Raises GradientError; passes for a function that says that it is differentiable once.

    >>> from .ours import from_op
    >>> from scratchgen import tanh
    >>> check_second(from_op(tanh), [numpy.ones(2)], [numpy.ones(2)], 0, 1e-6)
    """
    rng = numpy.random.default_rng(seed + 1)
    at = nudged(arrays)
    if not all(numpy.isfinite(y).all() for y in foreign.outputs(at)):
        return
    us = [rng.standard_normal(x.shape) for x in at]
    try:
        by_x, by_g = foreign.second(at, v, us)
    except FirstOrderOnly:
        return
    for kind, places, point in (("argument", by_x, at), ("cotangent", by_g, list(v))):
        for i, g in enumerate(places):
            if g.size:
                _along(foreign, at, v, us, kind, i, g, point[i], rng, rtol)


def _along(
    foreign: Foreign, at: Arrays, v: Arrays, us: Arrays, kind: str, i: int, g: Array, x: Array,
    rng: numpy.random.Generator, rtol: float,
) -> None:  # fmt: skip
    """One argument's second derivative along two directions that touch all its elements."""
    for _ in range(2):
        d = rng.choice([-1.0, 1.0], x.shape) * rng.uniform(0.5, 1, x.shape)

        def slope(step: float, d: Array = d) -> tuple[float, float]:
            xs, gs = list(at), list(v)
            (xs if kind == "argument" else gs)[i] = x + step * d
            terms = [(u * f).ravel() for u, f in zip(us, foreign.gradients(xs, gs), strict=True)]
            flat = numpy.concatenate(terms)
            return float(flat.sum()), float(abs(flat).sum())

        h = EPS ** (1 / 3) * size(x)
        (a, _), (b, scale) = slope(h), slope(-h)
        expected, got = (a - b) / (2 * h), float((g * d).sum())
        allowed = rtol * max(abs(got), abs(expected)) + 16 * EPS * max(1.0, scale) / h
        if abs(got - expected) <= allowed:
            continue
        (a, _), (b, _) = slope(h / 4), slope(-h / 4)
        finer = (a - b) * 2 / h
        allowed += 4 * abs(expected - finer)  # what the differences themselves are off by
        if not abs(got - finer) <= allowed < numpy.inf:
            name = f"{kind} {i}"
            raise GradientError(
                f"derivative of order 2 is wrong for {name}, along a random direction\n"
                f"  from its own second derivative   {got:.12g}\n"
                f"  from differences of gradients    {finer:.12g}   (step {h / 4:.2g})\n"
                f"  they differ by                   {abs(got - finer):.3g}, allowed {allowed:.3g}"
            )
