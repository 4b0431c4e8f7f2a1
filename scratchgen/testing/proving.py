"""`prove`: a test of anybody's gradients in one line; `mutants`: what a test would not see."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import hypothesis
import numpy
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Flaky
from hypothesis.strategies import SearchStrategy, booleans, integers, lists

from ..backend import Array
from ..gradcheck import GradientError
from .comparing import OpError
from .foreign import OF_ONE_CALL, Arrays, Foreign, Refused
from .holding import hold
from .ours import from_op


def prove(
    function: Foreign | Callable,
    arguments: SearchStrategy,
    ties: bool = True,
    examples: int | None = None,
    seed: int | None = None,
    programs: bool = False,
    **options: Any,
) -> Callable:
    """Return a test, to be kept under a name that begins with test_, of a function's gradients.

    function: what from_torch, from_jax, from_hips or from_mygrad made; or an op of this library.
    arguments: a strategy that draws its arrays, such as pairs(); a single array is one argument.
    ties: half of the examples have equal elements, so that each maximum is a tie. False where
    these are no fit arguments (a matrix to be inverted).
    examples: how many, at most; otherwise as Hypothesis' profile says, 100 by default.
    seed: the same examples and cotangents each time.
    programs: True holds programs of the function and of PyTorch's own ops, instead of the function
    by itself: views of the arguments, two calls, writes in place. Their values and derivatives are
    held; what PyTorch refuses to differentiate, since it was overwritten, is right.
    options: those of `hold`: reference, order, rtol, kinks, analytic, skip.
    Raises TypeError for another framework's function that no from_... has wrapped, and for programs
    of what is not PyTorch's.

    >>> from scratchgen import multiply
    >>> from scratchgen.testing import pairs, prove
    >>> test_product = prove(multiply, pairs(), reference=lambda a, b: a * b, analytic=True)
    """
    __tracebackhide__ = True  # pytest shows the message, not these lines
    foreign = _foreign(function, "prove")
    if programs:
        _check_programs(foreign, options)

    def at(drawn: Any, tied: bool) -> Arrays:
        arrays = drawn if isinstance(drawn, tuple | list) else (drawn,)
        if tied and ties:
            arrays = [numpy.full(x.shape, x.flat[0]) if x.size else x for x in arrays]
        return arrays

    def held(drawn: Any, tied: bool) -> None:
        __tracebackhide__ = True
        hold(foreign, at(drawn, tied), seed=seed or 0, **options)

    def program_held(drawn: Any, tied: bool, choices: list[int]) -> None:
        __tracebackhide__ = True
        _hold_program(foreign, choices, at(drawn, tied), seed=seed or 0, **options)

    drawn = given(arguments, booleans())(held)
    if programs:
        numbers = lists(integers(0, 59), min_size=12, max_size=12)
        drawn = given(arguments, booleans(), numbers)(program_held)
    drawn = drawn if seed is None else hypothesis.seed(seed)(drawn)
    found = settings(
        max_examples=examples or settings().max_examples,
        deadline=None,
        report_multiple_bugs=False,
        phases=[p for p in settings().phases if p is not Phase.explain],  # it names lines of ours
        suppress_health_check=SLOW,
    )(drawn)

    def test() -> None:
        __tracebackhide__ = True
        try:
            found()
        except Flaky as error:
            told = "its answers change from call to call, for the same arguments."
            raise OpError(f"{foreign.name}: {told} Does it keep anything between them?") from error
        except GradientError as error:
            raise error.with_traceback(None) from error.__cause__  # without inner frames

    test.__name__ = test.__qualname__ = f"test_{foreign.name}"
    test.__doc__ = f"The gradients of {foreign.name} satisfy all that gradients must."
    return test


def _check_programs(foreign: Foreign, options: dict) -> None:
    __tracebackhide__ = True
    if foreign.composed is None:
        hint = "Programs are written for PyTorch: prove(from_torch(...), ..., programs=True)."
        raise TypeError(f"prove: there are no programs of {foreign.name}. {hint}")
    if options.get("reference") is not None:
        hint = "Give it to a proof of the function by itself."
        raise TypeError(f"prove: programs of {foreign.name} have no reference. {hint}")


def _hold_program(
    foreign: Foreign,
    choices: Sequence[int],
    arrays: Arrays,
    skip: Sequence[str] = (),
    **options: Any,
) -> None:
    """Hold the program that the numbers choose, unless the framework refuses to go back."""
    __tracebackhide__ = True
    assert foreign.composed is not None, "prove has refused what has no programs"
    arrays = [numpy.asarray(x) for x in arrays]
    program = foreign.composed(choices, arrays)
    try:
        run = program.run(arrays, range(len(arrays)))
        run.back([numpy.ones_like(y) for y in run.outputs])
    except Refused:
        return
    except Exception:
        pass  # hold says what it is
    hold(program, arrays, skip=[*OF_ONE_CALL, *skip], **options)


ADAPTERS = {
    "torch": "from_torch",
    "jax": "from_jax",
    "jaxlib": "from_jax",
    "autograd": "from_hips",
    "mygrad": "from_mygrad",
}


def _foreign(function: Foreign | Callable, caller: str) -> Foreign:
    """What an adapter made, or an op of this library; TypeError for another framework's own."""
    __tracebackhide__ = True
    if isinstance(function, Foreign):
        return function
    owner: Any = function if isinstance(function, type) else getattr(function, "__self__", None)
    if any(c.__module__ == "torch.autograd.function" for c in getattr(owner, "__mro__", ())):
        apply = f"{owner.__name__}.apply"
        hint = f"Wrap it: {caller}(from_torch({apply}), ...)."
        raise TypeError(f"{caller}: {apply} belongs to a torch.autograd.Function. {hint}")
    modules = [
        getattr(function, "__module__", None),
        *[c.__module__ for c in type(function).__mro__],
    ]
    for framework in [str(module).split(".")[0] for module in modules]:
        if framework in ADAPTERS:
            name = getattr(function, "__name__", type(function).__name__)
            hint = f"Wrap it: {ADAPTERS[framework]}({name})."
            raise TypeError(f"{caller}: {name} is a function of {framework}'s. {hint}")
    return from_op(function)


SLOW = [HealthCheck.too_slow]  # the first call of a framework is


class Planted(NamedTuple):
    """A mistake that was planted in a function's gradients, and whether a test saw it."""

    name: str
    seen: bool


def mutants(test: Callable[[Foreign], Any], function: Foreign | Callable) -> list[Planted]:
    """Plant the usual mistakes in a function's gradients, one by one, and say if a test sees each.

    test: called with the function under test, as
    lambda f: prove(f, pairs())() or lambda f: hold(f, arrays); it raises where it sees a fault.
    Raises ValueError where the test fails on the function as it is; TypeError as prove does.

    >>> from scratchgen import multiply
    >>> arrays = [numpy.array([1.0, 2.0]), numpy.array([0.5, 3.0])]
    >>> [m.name for m in mutants(lambda f: hold(f, arrays), multiply) if not m.seen]
    []
    """
    foreign = _foreign(function, "mutants")
    if _raises(test, foreign):
        raise ValueError(f"mutants: the test fails on {foreign.name} as it is. Mend that first.")
    return [
        Planted(name, _raises(test, foreign.mutated(name, change)))
        for name, change in MISTAKES.items()
    ]


def _raises(test: Callable, foreign: Foreign) -> bool:
    try:
        test(foreign)
    except GradientError:
        return True
    return False


def _each(change: Callable[[Array], Array]) -> Callable[[list[Array]], list[Array]]:
    return lambda gradients: [change(g) for g in gradients]


MISTAKES: dict[str, Callable[[list[Array]], list[Array]]] = {
    "a sign": _each(lambda g: -g),
    "a factor of 2": _each(lambda g: 2 * g),
    "a part in a thousand": _each(lambda g: 1.001 * g),
    "a part in a hundred thousand": _each(lambda g: 1.00001 * g),
    "zeros": _each(lambda g: 0 * g),
    "clipped at 1": _each(lambda g: numpy.clip(g, -1, 1)),
    "squared": _each(lambda g: g * g),
    "its size": _each(abs),
    "a constant added": _each(lambda g: g + 0.001),
    "the mean for all": _each(lambda g: numpy.full_like(g, g.mean() if g.size else 0)),
    "in reverse": _each(lambda g: g.ravel()[::-1].reshape(g.shape)),
    "the first left out": lambda gradients: [0 * gradients[0], *gradients[1:]],
    "the last left out": lambda gradients: [*gradients[:-1], 0 * gradients[-1]],
    "exchanged": lambda gradients: _exchanged(gradients),
    "rounded to float32": _each(lambda g: g.astype("float32").astype(g.dtype)),
}


def _exchanged(gradients: list[Array]) -> list[Array]:
    """The first and the last gradient in each other's place, where their shapes agree."""
    if len(gradients) < 2 or gradients[0].shape != gradients[-1].shape:
        return [-g for g in gradients]
    return [gradients[-1], *gradients[1:-1], gradients[0]]
