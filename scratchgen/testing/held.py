"""The properties, one by one, to which a function's gradients are held at some arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy

from ..backend import Array
from ..gradcheck import EPS, GradientError
from .comparing import OpError, check_finite, compare, cotangent, size
from .core import faulty, linear, one_for_all, same_in_layouts
from .foreign import Arrays, Foreign, Refused, Run
from .slopes import check_second, check_slopes, nudged
from .strategies import LAYOUTS

ANEW = (
    "The first call was made for a gradient, this one was not. Either the function draws anew\n"
    "each time, or a rule of its own computes another value."
)
KEEP = "Keep what the framework watches (PyTorch: ctx.save_for_backward), or a copy."
OFTEN = (
    "Often: something computed in forward was saved, and is a constant to the second\n"
    "derivative; compute it again in backward, from saved arguments. Or the cotangent was\n"
    "detached. If nobody differentiates twice (training does not, a gradient penalty does),\n"
    "leave it out: prove(..., order=1)."
)


class Held:
    """A function at some arrays, with its outputs, cotangents and gradients there.

    Each method is one of `holding.PROPERTIES`, and raises OpError or GradientError.

    >>> from scratchgen import tanh
    >>> from .ours import from_op
    >>> Held(from_op(tanh), [numpy.ones(2)], seed=0).linear()
    """

    def __init__(self, foreign: Foreign, arrays: list[Array], seed: int):
        self.foreign, self.arrays, self.seed = foreign, arrays, seed
        self.places = range(len(arrays))
        self.bent = False  # whether they were seen to be at a kink
        self.sloped = False  # whether first derivatives were held
        self.run: Run = foreign.run(arrays, self.places)
        self.outputs = [y.copy() for y in self.run.outputs]
        for y in self.outputs:
            check_finite(y, "at this point")
        self.v, self.w = ([cotangent(y, seed + k) for y in self.outputs] for k in (0, 100))
        self.first = [g.copy() for g in self.run.back(self.v)]
        self.raw = list(self.run.raw)

    def value(self, reference: Callable | None) -> None:
        """The value is the same each time, and as the reference says."""
        for i, (y, again) in enumerate(self._beside(self.foreign.outputs(self.arrays))):
            with _adding(ANEW):
                compare(f"output {i}", again, "that of the first call", y, 0, 4 * EPS * size(y))
        if reference is not None:
            expected = reference(*self.arrays)
            several = isinstance(expected, tuple | list)
            for i, (y, e) in enumerate(self._beside(expected if several else [expected])):
                compare(f"output {i}", y, "the reference", e, 1e-9, 1e-12)

    def unchanged(self) -> None:
        """Nothing that is given is written into."""
        run = self.foreign.run(self.arrays, self.places)
        _same("the function wrote into argument", self.arrays, run.inputs)
        run.back(self.v)
        _same("backward wrote into argument", self.arrays, run.inputs)
        _same("backward wrote into output", self.outputs, run.outputs)

    def form(self) -> None:
        """Gradients have the shape and type of their arguments."""
        given = self.raw or self.first
        for i, (x, g) in enumerate(zip(self.arrays, given, strict=False)):
            shape, dtype = getattr(g, "shape", None), str(getattr(g, "dtype", "")).split(".")[-1]
            if g is None or (tuple(shape or ()) == x.shape and dtype == "float64"):
                continue
            told = f"gradient of argument {i} is {dtype} {tuple(shape or ())}, its argument is "
            told += f"float64 {x.shape}.\nWhere the argument was broadcast, sum over the axes "
            told += "that it was repeated along; keep the type that is given."
            if self.raw and self.foreign.mended_by:
                mends = "adds these up" if tuple(shape or ()) != x.shape else "casts it"
                told += f"\n{self.foreign.mended_by} {mends} for you today; other callers of your "
                told += "backward would not."
            raise OpError(told)

    def differences(self, rtol: float, kinks: bool) -> None:
        """Gradients equal differences of the value."""
        given = (self.arrays, self.v, self.first)
        self.bent = check_slopes(self.foreign, *given, rtol, kinks)
        self.sloped = True

    def complex_step(self, reference: Callable) -> None:
        """The gradients beside Im L(x + ih) / h of the reference, with h = 1e-30."""
        for i, g in enumerate(self.first):
            expected = numpy.zeros(g.shape)
            for at in numpy.ndindex(g.shape):
                xs = [x.astype(complex) for x in self.arrays]
                xs[i][at] += 1e-30j
                made = reference(*xs)
                made = made if isinstance(made, tuple | list) else [made]
                expected[at] = sum((y.imag * v).sum() for y, v in self._cotangents(made)) / 1e-30
            what = f"gradient of argument {i}"
            compare(what, g, "the complex step", expected, 1e-10, 1e-10 * size(expected))

    def linear(self) -> None:
        """Gradients are linear in the cotangent."""
        linear(self.run.back, self.v, self.w, 1e-11)

    def alone(self) -> None:
        """Arguments and outputs one by one give the same."""
        for i in self.places if len(self.arrays) > 1 else ():
            found = self.foreign.run(self.arrays, [i]).back(self.v)
            self._equal(f"gradient of argument {i}, asked for alone,", found[0], self.first[i])
        if len(self.outputs) < 2:
            return
        total = [0 * g for g in self.first]
        for k in range(len(self.outputs)):
            only = [v if j == k else None for j, v in enumerate(self.v)]
            total = _plus(total, self.run.back(only))
        for i, (found, all_) in enumerate(zip(total, self.first, strict=True)):
            self._equal(f"gradient of argument {i}, output by output,", found, all_)

    def layout(self) -> None:
        """How arguments and cotangents lie in memory does not matter."""
        if not self.foreign.layouts:
            return
        same_in_layouts(self.run.back, self.v, 1e-11)
        for i, x in enumerate(self.arrays):
            for name, lay in _LAID.items():
                xs = [
                    lay(x) if j == i else numpy.array(y, order="C")
                    for j, y in enumerate(self.arrays)
                ]
                what = f"argument {i} laid out {name}"
                run = faulty(f"for {what}", self.foreign.run, xs, self.places)
                for k, y in enumerate(run.outputs):
                    self._equal(f"output {k} for {what}", y, self.outputs[k])
                found = faulty(f"for {what}", run.back, self.v)
                for j, (got, same) in enumerate(zip(found, self.first, strict=True)):
                    self._equal(f"gradient of argument {j} for {what}", got, same)

    def interleaved(self) -> None:
        """Neither being asked again nor a run in between matters."""
        again = self.run.back(self.v)
        for i, (got, same) in enumerate(zip(again, self.first, strict=True)):
            self._equal(f"gradient of argument {i}, asked for again,", got, same)
        run = self.foreign.run(self.arrays, self.places)
        others = [numpy.array(x.ravel()[::-1].reshape(x.shape)) for x in self.arrays]
        with numpy.errstate(all="ignore"):
            try:
                self.foreign.run(others, self.places).back(self.v)
            except Exception:  # other numbers may be refused: then nothing ran in between
                return
        for i, (got, same) in enumerate(zip(run.back(self.v), self.first, strict=True)):
            self._equal(f"gradient of argument {i}, after a run on other numbers,", got, same)

    def overwritten(self) -> None:
        """What was overwritten since is refused, or not needed."""
        for which, memory in (("argument", self.run.inputs), ("output", self.run.outputs)):
            for i, x in enumerate(memory):
                run = self.foreign.run(self.arrays, self.places)
                if run.overwrite is None or not x.size:
                    continue
                try:
                    run.overwrite(which, i)
                    found = run.back(self.v)
                except Refused:
                    continue
                for j, (got, same) in enumerate(zip(found, self.first, strict=True)):
                    what = f"gradient of argument {j}, when {which} {i} was overwritten since,"
                    with _adding(KEEP):
                        self._equal(what, got, same)

    def twice(self) -> None:
        """One array as all arguments gets the sum."""
        what = "gradient of one array as all arguments"
        one_for_all(self.foreign, self.arrays, self.v, what, 1e-11)

    def second(self, rtol: float) -> None:
        """Second derivatives equal differences of gradients."""
        try:
            check_second(self.foreign, self.arrays, self.v, self.seed, rtol)
        except Refused:
            return
        except GradientError as error:
            held = "First derivatives held.\n" if self.sloped else ""
            raise type(error)(f"{error}\n{held}{OFTEN}") from None

    def float32(self) -> None:
        """float32 stays float32, and is near the function's own float64."""
        # At a kink, rounding chooses a side: the deviation of equal numbers is not quite 0.
        arrays = nudged(self.arrays) if self.bent else self.arrays
        single = [x.astype(numpy.float32) for x in arrays]
        double = [x.astype(numpy.float64) for x in single]
        run = self.foreign.run(single, self.places)
        gs = [v.astype(numpy.float32) for v in self.v]
        found = _copied(run.back(gs))
        for what, given in (("output", run.outputs), ("gradient of argument", found)):
            for i, x in enumerate(given):
                if x.dtype != numpy.float32:
                    raise OpError(f"float32 in, but {what} {i} is {x.dtype}.")
        for i, g in enumerate(run.raw):
            dtype = str(getattr(g, "dtype", "float32")).split(".")[-1]
            if dtype != "float32":
                raise OpError(f"float32 in, but gradient of argument {i} is returned as {dtype}.")
        wide = self.foreign.run(double, self.places)
        expected = _copied(wide.back([g.astype(numpy.float64) for g in gs]))
        for what, got, same in (
            ("output {}", run.outputs, wide.outputs),
            ("gradient of argument {}", found, expected),
        ):
            for i, (a, b) in enumerate(zip(got, same, strict=True)):
                named = f"{what.format(i)} in float32"
                compare(named, a, "that in float64", b, 1e-4, 1e-4 * size(b))

    def _beside(self, others: Sequence) -> Iterator[tuple[Array, Any]]:
        if len(others) != len(self.outputs):
            raise OpError(f"it gives {len(self.outputs)} outputs, expected {len(others)}.")
        return zip(self.outputs, others, strict=True)

    def _cotangents(self, made: Sequence) -> Iterator[tuple[Any, Array]]:
        return zip(made, self.v, strict=True)

    def _equal(self, what: str, got: Any, same: Array, beside: str = "that of all at once") -> None:
        compare(what, got, beside, same, 1e-11, 1e-11 * size(same))


# Arguments in other memory: PyTorch has no negative strides, so `reversed` is left to the others.
_LAID = {name: f for name, f in LAYOUTS.items() if name != "reversed"} | {
    "transposed": lambda x: x.swapaxes(0, -1).copy().swapaxes(0, -1) if x.ndim > 1 else x,
}


@contextmanager
def _adding(hint: str) -> Iterator[None]:
    """Puts a hint behind what is wrong."""
    try:
        yield
    except OpError as error:
        raise OpError(f"{error}\n{hint}") from None


def _same(what: str, before: Arrays, now: Arrays) -> None:
    for i, (x, y) in enumerate(zip(before, now, strict=True)):
        if not numpy.array_equal(x, y, equal_nan=True):
            raise OpError(f"{what} {i}. Compute a new one: x * 2, not x *= 2.")


def _copied(arrays: Sequence[Array]) -> list[Array]:
    return [numpy.array(x) for x in arrays]


def _plus(a: Sequence[Array], b: Sequence[Array]) -> list[Array]:
    return [x + y for x, y in zip(a, b, strict=True)]
