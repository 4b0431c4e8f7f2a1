"""`check_grad`: the derivatives that the rules give, held against differences of the function.

Three routes to one number. Central differences need only values, and agree to about ten digits.
The complex step f(x + ih) subtracts nothing and so rounds nothing away, but wants an analytic f
(no abs, no max). The second derivative is held against differences of the first, once that passed.

The loss is sum(v * f(x)) with a random cotangent v: with ones, errors that cancel in a sum stay
hidden (the gradient of sum(softmax(x)) is 0, so a rule that always returns 0 would pass).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial, reduce

import numpy

from . import guards
from .engine import Tensor, add, detach, grad, sum

EPS = numpy.finfo(numpy.float64).eps
CENTRAL_STEP = EPS ** (1 / 3)  # balances the formula's error, h^2, against rounding, eps / h
COMPLEX_STEP = 1e-30  # any h whose square vanishes beside 1


class GradientError(AssertionError):
    """A derivative that disagrees with the function it belongs to."""


def check_grad(
    f: Callable,
    *arrays: numpy.ndarray,
    order: int = 1,
    method: str = "central",
    rtol: float = 1e-6,
    seed: int = 0,
    every: int = 64,
    directions: int = 8,
) -> None:
    """None if the derivatives of `f` at `arrays` agree with differences; else GradientError.

    f: takes one Tensor (or array) for each of `arrays`, and returns one of any shape.
    arrays: float64 (float32 leaves no digits to compare).
    order: 1; or 2 for the first and then the second derivatives, mixed ones among them.
    method: "central", (L(x + hd) - L(x - hd)) / 2h with h = 6e-6 max(1, |x|); or "complex",
    Im L(x + ihd) / h with h = 1e-30, for which an rtol of 1e-10 is fair (order 1 only).
    rtol: relative to the larger of both numbers. On top of it comes what no difference can see,
    the rounding of its terms: 16 eps max(1, sum|v * f(x)|) / h (without the h for "complex").
    every: arrays of at most so many elements are checked along each of them, larger ones along
    `directions` random directions d. `seed` draws v and these.
    Source: Griewank & Walther, Evaluating Derivatives (2008); complex step: Squire & Trapp 1998.

    >>> check_grad(lambda x, y: x * y, numpy.array([1.0, 2.0]), numpy.array(3.0), order=2)
    """
    guards.check_numbers(arrays, rtol, every, directions)
    _check_arguments(arrays, order, method)
    rng = numpy.random.default_rng(seed)
    given = [x.copy() for x in arrays]
    y = detach(f(*given))
    for i, (x, same) in enumerate(zip(arrays, given, strict=True)):
        if not numpy.array_equal(x, same, equal_nan=True):
            raise GradientError(f"{_name(f)} wrote into argument {i}. Compute a new array.")
    v = rng.standard_normal(y.shape)

    def loss(*xs):
        return sum(f(*xs) * v)

    def compare(order, scalar, difference, size, recorded=None):
        leaves = [Tensor(x) for x in arrays]
        for i, g in enumerate(grad((recorded or scalar)(*leaves), leaves)):
            for where, d in _directions(arrays[i], rng, every, directions):
                expected, h = difference(scalar, arrays, i, d)
                got = float((g[d != 0] * d[d != 0]).sum())  # inf * 0 would be nan
                rounding = 16 * EPS * max(1.0, size) / (h if difference is _central else 1.0)
                allowed = rtol * max(abs(got), abs(expected)) + rounding
                # NaN fails, and so does infinity, which would be within a part of itself.
                if not abs(got - expected) <= allowed < numpy.inf:
                    raise GradientError(_report(f, order, i, where, got, expected, allowed, h))

    if method == "complex":
        compare(1, loss, _complex, 0.0)
        return
    compare(1, loss, _central, float(numpy.sum(abs(y * v))))
    if order == 2:
        us = [rng.standard_normal(x.shape) for x in arrays]
        slope, size = _slope(loss, arrays, us)
        # The differences are of the rules run on arrays, the derivative is of the same rules run
        # on Tensors: a rule that is right on the one and wrong on the other shows here.
        compare(2, slope, _central, size, recorded=partial(slope, create_graph=True))


def _slope(loss: Callable, arrays: tuple, us: list) -> tuple[Callable, float]:
    """The scalar sum(u * dL/dx), whose gradient is the Hessian times u; and its terms' size."""

    def slope(*xs, create_graph=False):
        gradients = grad(loss(*xs), xs, create_graph)
        terms = [sum(u * g) for u, g in zip(us, gradients, strict=True)]
        # A linear f has a constant derivative; 0 * x lets it depend on x in form.
        terms += [sum(0.0 * x) for x in xs]
        return reduce(add, terms)

    leaves = [Tensor(x) for x in arrays]
    gradients = grad(loss(*leaves), leaves)
    sizes = [numpy.sum(abs(u * g)) for u, g in zip(us, gradients, strict=True)]
    return slope, float(numpy.sum(sizes))


def _directions(
    x: numpy.ndarray, rng: numpy.random.Generator, every: int, directions: int
) -> Iterator[tuple[str, numpy.ndarray]]:
    """Along what to differentiate: each element of a small array, else random directions."""
    if x.size > every:
        for n in range(directions):
            yield f"random direction {n}", rng.standard_normal(x.shape) / numpy.sqrt(x.size)
        return
    for index in numpy.ndindex(x.shape):
        d = numpy.zeros_like(x)
        d[index] = 1.0
        yield f"index {index}", d


def _central(scalar: Callable, arrays: tuple, i: int, d: numpy.ndarray) -> tuple[float, float]:
    """(L(x + hd) - L(x - hd)) / 2h, and h."""
    h = CENTRAL_STEP * max(1.0, float(abs(arrays[i] * (d != 0)).max(initial=0.0)))

    def at(step):
        xs = [x + step * d if j == i else x for j, x in enumerate(arrays)]
        return float(scalar(*[Tensor(x) for x in xs]))

    return (at(h) - at(-h)) / (2 * h), h


def _complex(scalar: Callable, arrays: tuple, i: int, d: numpy.ndarray) -> tuple[float, float]:
    """Im L(x + ihd) / h, and h."""
    xs = [x + (1j * COMPLEX_STEP * d if j == i else 0j) for j, x in enumerate(arrays)]
    return float(numpy.imag(scalar(*xs))) / COMPLEX_STEP, COMPLEX_STEP


def _check_arguments(arrays: tuple, order: int, method: str) -> None:
    for i, x in enumerate(arrays):
        if getattr(x, "dtype", None) != numpy.float64:
            got = getattr(x, "dtype", type(x).__name__)
            hint = "Convert it: numpy.asarray(x, 'float64')."
            raise TypeError(f"check_grad: expected float64 arrays, argument {i} is {got}. {hint}")
    if order not in (1, 2) or method not in ("central", "complex"):
        got = f"order={order!r}, method={method!r}"
        raise ValueError(f"check_grad: order is 1 or 2, method 'central' or 'complex'; got {got}.")
    if method == "complex" and order == 2:
        raise ValueError("check_grad: the complex step is for order 1; use method='central'.")


def _name(f) -> str:
    return getattr(f, "__name__", repr(f))


def _report(f, order, i, where, got, expected, allowed, h) -> str:
    return (
        f"{_name(f)}: derivative of order {order} is wrong for argument {i}, {where}\n"
        f"  from the rules        {got:.12g}\n"
        f"  from differences      {expected:.12g}   (step {h:.2g})\n"
        f"  they differ by        {abs(got - expected):.3g}, allowed {allowed:.3g}"
    )
