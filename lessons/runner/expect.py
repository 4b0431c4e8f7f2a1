"""What the properties of exercises are written with.

A file lessons/checks/lessonNN_name.py holds a list EXERCISES. Each exercise has properties:
functions that are given the reader's function and raise AssertionError where it is wrong. Their
docstrings say what is asked: "it should return one slope for each element of x".
"""

from collections.abc import Callable, Sequence
from typing import Any

from lessons.runner.found import Exercise

__all__ = [
    "Exercise",
    "expect",
    "expect_close",
    "expect_numbers",
    "expect_shape",
    "for_any",
    "shown",
]


def expect_close(
    got: Any, expected: Any, what: str, rtol: float = 1e-6, atol: float = 1e-9, why: str = ""
) -> None:
    """None if `got` has the shape and the numbers of `expected`; else AssertionError, in words.

    got: what the reader's function returned: a number, an array, a Tensor, a list; None gets a
    word. what: its name, such as "kl(mean, log_var)". why: added to the message where numbers
    differ, such as what a difference of this kind suggests.

    >>> expect_close([1.0, 2.5], [1.0, 2.0], "double([0.5, 1.0])", why="Does it double?")
    Traceback (most recent call last):
    AssertionError: double([0.5, 1.0]) at index 1: expected 2, got 2.5. Does it double?
    """
    import numpy

    expected = _numbers(expected, "what is expected")
    expect_shape(got, expected.shape, what)
    found = _numbers(got, what)
    wrong = numpy.argwhere(~numpy.isclose(found, expected, rtol=rtol, atol=atol, equal_nan=True))
    if len(wrong):
        at = tuple(int(k) for k in wrong[0])
        index = at[0] if len(at) == 1 else at
        place = f"{what} at index {index}" if found.size > 1 else what
        others = f" ({len(wrong)} of {found.size} numbers are wrong)" if len(wrong) > 1 else ""
        words = f"{place}: expected {expected[at]:.6g}, got {found[at]:.6g}{others}. {why}"
        raise AssertionError(words.strip())


def expect_shape(got: Any, shape: tuple[Any, ...], what: str, why: str = "") -> None:
    """None if `got` is a number (of shape ()), an array, a Tensor or a list of this shape.

    >>> expect_shape(3.0, (2,), "kl(mean, log_var)", why="Sum over the axis 1 only.")
    Traceback (most recent call last):
    AssertionError: kl(mean, log_var): expected shape (2,), got (). Sum over the axis 1 only.
    """
    found = _numbers(got, what).shape
    expect(found == tuple(shape), f"{what}: expected shape {tuple(shape)}, got {found}. {why}")


def expect_numbers(got: Any, names: Sequence[str], what: str) -> list[float]:
    """Return `got` as one float for each of `names`; AssertionError where it is something else.

    >>> expect_numbers((1, 2.5), ["x", "step"], "blind_spot()")
    [1.0, 2.5]
    >>> expect_numbers(0.1, ["x", "step"], "blind_spot()")
    Traceback (most recent call last):
    AssertionError: blind_spot(): expected 2 numbers (x, step), got 0.1.
    """
    found = _numbers(got, what)
    wanted = f"{len(names)} numbers ({', '.join(names)})" if len(names) > 1 else "one number"
    expect(found.size == len(names), f"{what}: expected {wanted}, got {shown(got)}.")
    return [float(number) for number in found.ravel()]


def expect(holds: Any, message: str) -> None:
    """None if `holds`; else AssertionError with the message.

    >>> expect(1 < 2, "one is not below two")
    """
    if not holds:
        raise AssertionError(message.strip())


def for_any(holds: Callable[..., None], *, examples: int = 50, **strategies: Any) -> None:
    """None if `holds` raises nothing for arguments drawn from Hypothesis' strategies.

    Else the error it raises at the smallest arguments that were found; the report prints them. The
    draws are the same every time.

    holds: called by name, as holds(x=...) for for_any(holds, x=floats(-3, 3)).

    >>> from hypothesis.strategies import integers
    >>> for_any(lambda x: expect(x * x >= 0, f"the square of {x}"), x=integers())
    """
    from hypothesis import HealthCheck, Phase, given, settings

    same_every_time = settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )
    same_every_time(given(**strategies)(holds))()


def shown(value: Any) -> str:
    """Return a value in a few words, for a message: numbers to six digits, a large array's shape.

    >>> import numpy
    >>> shown(numpy.array([1 / 3, 2.0])), shown(numpy.zeros((64, 10))), shown(None)
    ('[0.333333, 2.0]', 'an array of shape (64, 10)', 'None')
    """
    import numpy

    from scratchgen import detach

    value = detach(value)
    if isinstance(value, numpy.ndarray | numpy.generic):
        if value.size > 12:
            return f"an array of shape {value.shape}"
        value = value.tolist()
    if isinstance(value, list | tuple):
        inside = ", ".join(map(shown, value))
        return f"[{inside}]" if isinstance(value, list) else f"({inside})"
    if isinstance(value, float):
        return repr(float(f"{value:.6g}"))
    text = f"the function {value.__name__}" if hasattr(value, "__name__") else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _numbers(got: Any, what: str) -> Any:
    """`got` as an array of floats, or an AssertionError that says what it is instead."""
    from scratchgen import detach, to_numpy

    expect(got is not None, f"{what} is None. Does the function end with a return?")
    try:
        found = to_numpy(detach(got))
        return found.astype(float, casting="same_kind" if found.dtype.kind in "fc" else "unsafe")
    except (TypeError, ValueError):  # complex numbers, too, would lose something
        raise AssertionError(f"{what}: expected numbers, got {shown(got)}.") from None
