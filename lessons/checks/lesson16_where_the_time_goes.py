"""What is asked of the answers to lesson 16, on the host and on a stand-in for CuPy."""

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

from lessons.runner.expect import (
    Exercise,
    expect,
    expect_close,
    expect_numbers,
    expect_shape,
    for_any,
    shown,
)
from lessons.stand_in import DeviceArray, Refused, moved
from lessons.stand_in import stand_in as device


def _there(what: str, answer: Callable, *args: Any) -> Any:
    """What an answer returns on the device; its errors there in words. `moved` counts from here."""
    moved.clear()
    try:
        return answer(*args)
    except Refused as error:
        words = f"On the device, {what} is refused: {error} "
        advice = "Does a line make an array with `np.`? Make it with array_module(x)'s functions."
        raise AssertionError(words + advice) from error


def _values(what: str, got: Any) -> np.ndarray:
    """The numbers of an array of the device, without counting; AssertionError for anything else."""
    expect(got is not None, f"{what} is None. Does the function end with a return?")
    kind = f"a {type(got).__module__}.{type(got).__name__}"
    expect(isinstance(got, DeviceArray), f"On the device, {what} is {kind}, which is not there.")
    return got.values


def _moves_at_most(what: str, uploads: int = 0, downloads: int = 0, why: str = "") -> None:
    for kind, most in (("downloads", downloads), ("uploads", uploads)):
        most_words = f"expected {most}" if most == 0 else f"expected at most {most}"
        expect(moved[kind] <= most, f"{what}: {kind} {moved[kind]}, {most_words}. {why}")


# gather

whole = st.integers(-9, 9)
pairs_of_whole = st.lists(st.tuples(whole, whole), min_size=1, max_size=5)


def _pair(rows):
    m, g = np.array(rows, "float32").T.copy()
    return m, g


def _is_momentum(gather):
    """it should return beta m + g"""

    def holds(rows, beta):
        m, g = _pair(rows)
        what = f"gather(m, g, {beta}) of m {shown(m)} and g {shown(g)}"
        expect_close(gather(m.copy(), g.copy(), beta), beta * m + g, what, rtol=1e-5, atol=1e-5)

    holds([(1, 10), (2, 10)], 0.5)
    for_any(holds, rows=pairs_of_whole, beta=st.sampled_from([0.0, 0.5, 0.9]))


def _is_in_m(gather):
    """it should leave the result in m itself, and g as it was"""

    def holds(rows):
        m, g = _pair(rows)
        expected, before = 0.5 * m + g, g.copy()
        got = gather(m, g, 0.5)
        expect((g == before).all(), f"g was {shown(before)} and is {shown(g)} afterwards.")
        expect_close(m, expected, "m itself, after gather(m, g, 0.5),", rtol=1e-5, atol=1e-5)
        expect(got is m, "what is returned is not m but another array with its numbers: return m.")

    holds([(1, 10), (2, 10)])
    for_any(holds, rows=pairs_of_whole)


def _makes_no_array(gather):
    """it should make no new array on the way"""
    m, g = np.ones(100_000, "float32"), np.ones(100_000, "float32")
    gather(m, g, 0.5)
    tracemalloc.start()
    try:
        gather(m, g, 0.5)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    arrays = most / m.nbytes
    words = f"for m of {m.nbytes:,} bytes it asks for {most:,} bytes more, {arrays:.1f} arrays."
    expect(arrays < 0.5, f"{words} `m *= beta` needs none.")


# least_seconds

sizes = st.integers(1, 300)


def _is_the_longer_of_both(least_seconds):
    """it should be the time of the operations or that of the bytes, whichever is longer"""

    def holds(N, D, H, P, B):
        what = f"least_seconds({N}, {D}, {H}, {P:g}, {B:g})"
        operations, moves = 2 * N * D * H, 4 * (N * D + D * H + N * H)
        why = f"There are {operations:,} operations and {moves:,} bytes."
        got = least_seconds(N, D, H, P, B)
        expect_close(got, max(operations / P, moves / B), what, why=why)

    holds(1, 100, 100, 1e9, 1e9)
    holds(100, 100, 100, 1e9, 1e9)
    rates = st.sampled_from([1e6, 1e9, 1e12])
    for_any(holds, N=sizes, D=sizes, H=sizes, P=rates, B=rates)


# to_batches


def _batches(what: str, answer: Callable, x: np.ndarray, size: int, seed: int) -> list:
    got = answer(x, size, np.random.default_rng(seed))
    expect(got is not None, f"{what} is None. It should yield batches, or return them.")
    one = hasattr(got, "shape") or not hasattr(got, "__iter__")
    expect(not one, f"{what} is {shown(got)}, expected many batches: yield each.")
    return list(got)


def _gives_every_row_once(to_batches):
    """it should yield every row once, `size` rows at a time, the rest in a last, smaller batch"""

    def holds(n, size):
        x = np.arange(2.0 * n, dtype="float32").reshape(n, 2)
        what = f"to_batches of {n} rows, size {size},"
        got = _batches(what, to_batches, x.copy(), size, 0)
        sizes = [min(size, n - start) for start in range(0, n, size)]
        lengths = [len(batch) for batch in got]
        expect(lengths == sizes, f"{what} gives batches of {lengths} rows, expected {sizes}.")
        expect_shape(got[0], (sizes[0], 2), f"{what} the first batch")
        rows = np.concatenate(got)
        found = f"gives rows {shown((rows[:, 0] / 2).astype(int))}"
        same = np.array_equal(rows[np.argsort(rows[:, 0])], x)
        expect(same, f"{what} {found}, expected each of 0..{n - 1} once.")

    holds(10, 4)
    for_any(holds, n=st.integers(1, 12), size=st.integers(1, 5))


def _draws_the_order(to_batches):
    """it should draw the order from rng, the same for the same seed, and leave x alone"""
    x = np.arange(100.0, dtype="float32")[:, None]
    orders = [np.concatenate(_batches("to_batches", to_batches, x, 10, s))[:, 0] for s in (0, 0, 1)]
    expect((x[:, 0] == np.arange(100)).all(), "x itself has been put in another order. Copy it.")
    expect((orders[0] != np.arange(100)).any(), "100 rows come in the order they had.")
    expect((orders[0] == orders[1]).all(), "Two generators of one seed give two orders. Ask `rng`.")
    expect((orders[0] != orders[2]).any(), "Two seeds give 100 rows in the same order.")


def _gives_the_same_batches_there(to_batches):
    """it should yield arrays of the device there, the same batches as on the host"""
    x = np.arange(20.0, dtype="float32").reshape(10, 2)
    here = _batches("to_batches", to_batches, x, 4, 0)
    with device():
        there = _there("to_batches", _batches, "to_batches", to_batches, x, 4, 0)
        for i, (batch, expected) in enumerate(zip(there, here, strict=True)):
            expect_close(_values(f"batch {i}", batch), expected, f"on the device, batch {i}")


def _uploads_at_most_twice(to_batches):
    """it should cost two uploads at most for 25 batches, and no download"""
    x = np.ones((100, 2), "float32")
    with device():
        _there("to_batches", _batches, "to_batches", to_batches, x, 4, 0)
        why = "Upload x and the order before the loop; row numbers of the host go over as well."
        _moves_at_most("to_batches, 25 batches", uploads=2, why=why)


# mean_loss


def _is_the_mean(mean_loss):
    """it should be the mean of the losses, a Python float, also of batches that have no length"""

    def holds(losses):
        what = f"mean_loss of losses {losses}"
        with device() as cupy:
            batches = (cupy.asarray(loss, "float32") for loss in losses)
            got = _there(what, mean_loss, lambda x: x * 1.0, batches)
            expect(got is not None, f"{what} is None. Does the function end with a return?")
            is_float = isinstance(got, float)
            expect(is_float, f"{what} is a {type(got).__name__}, expected a float: float(...).")
        expect_close(got, np.mean(losses), what, rtol=1e-5)

    holds([1.0, 3.0])
    for_any(holds, losses=st.lists(st.integers(-3, 3).map(float), min_size=1, max_size=5))


def _steps_once_in_order(mean_loss):
    """it should make one step for each batch, in their order"""
    seen: list[int] = []

    def step(x):
        seen.append(x)
        return loss

    with device() as cupy:
        loss = cupy.asarray(0.0)
        _there("mean_loss", mean_loss, step, iter(range(5)))
    expect(seen == [*range(5)], f"of batches 0 to 4 the steps were given {seen}.")


def _reads_once(mean_loss):
    """it should cost one download for 100 steps"""
    with device() as cupy:
        losses = cupy.asarray(np.ones(100, "float32"))
        _there("mean_loss", mean_loss, lambda i: losses[i], range(100))
        _moves_at_most("mean_loss of 100 steps", downloads=1, why="Add first, read then.")


# stuck


def _does_not_move(stuck):
    """it should return x and a factor for which float32(x) * float32(factor) is x"""
    x, factor = expect_numbers(stuck(), ["x", "factor"], "stuck()")
    small, times = np.float32(x), np.float32(factor)
    expect(np.isfinite(small), f"x is {x}, which is no finite float32.")
    expect(small > 0, f"x = {x!r} is {small} as a float32, expected a number above 0.")
    expect(
        0 < times <= np.float32(0.9), f"the factor is {factor!r}, expected above 0, at most 0.9."
    )
    there = small * times
    expect(there == small, f"x = {small} times {times} is {there}: it has moved. Go on from there.")


# centred


def _is_right_on_numpy(centred):
    """it should be x - x.mean(axis=0) on NumPy"""

    def holds(x):
        x = np.array(x, "float64")
        expect_close(centred(x.copy()), x - x.mean(axis=0), f"centred({shown(x)})", atol=1e-6)

    holds([[1.0, 0.0], [3.0, 0.0]])
    for_any(holds, x=pairs_of_whole)


def _is_refused_there(centred):
    """it should be refused on the device, by the device"""
    with device() as cupy:
        try:
            centred(cupy.asarray([[1.0, 0.0], [3.0, 0.0]]))
        except Refused:
            return
        except Exception as error:
            words = f"it raises {type(error).__name__}, but not the device's refusal: {error}"
            raise AssertionError(words) from error
    raise AssertionError(
        "it runs on the device as well. np.mean(x) and the like hand x's work to x; "
        "what NumPy makes by itself is what the device refuses."
    )


EXERCISES = [
    Exercise(
        "gather",
        properties=[_is_momentum, _is_in_m, _makes_no_array],
        hint="There are two calculations. Each can write into m as it goes.",
        stronger_hint="m *= beta, then m += g, then return m. (m[...] = beta * m + g makes two new "
        "arrays before it copies.)",
    ),
    Exercise(
        "least_seconds",
        properties=[_is_the_longer_of_both],
        hint="2 N D H operations at the rate P; and how many numbers are in x, in W, in x @ W?",
        stronger_hint="max(2 * N * D * H / P, 4 * (N * D + D * H + N * H) / B).",
    ),
    Exercise(
        "to_batches",
        properties=[
            _gives_every_row_once,
            _draws_the_order,
            _gives_the_same_batches_there,
            _uploads_at_most_twice,
        ],
        hint="Two things go over: x, and the order rng.permutation(len(x)). A slice of the order, "
        "over there, picks a batch.",
        stronger_hint="x, order = asarray(x), asarray(rng.permutation(len(x))); then, for start in "
        "range(0, len(x), size), yield x[order[start : start + size]].",
    ),
    Exercise(
        "mean_loss",
        properties=[_is_the_mean, _steps_once_in_order, _reads_once],
        hint="Keep the losses as they come; sum(...) of arrays of the device is one of them, too.",
        stronger_hint="losses = [step(x) for x in batches], without float; then "
        "float(sum(losses)) / len(losses).",
    ),
    Exercise(
        "stuck",
        properties=[_does_not_move],
        hint="Among the smallest numbers there are only whole multiples of 2**-149. Try some.",
        stronger_hint="0.9 of 4 is 3.6, which is rounded to 4. So what is 4 times 2**-149?",
    ),
    Exercise(
        "centred",
        properties=[_is_right_on_numpy, _is_refused_there],
        hint="Let NumPy make an array by itself, one that is no function of x's values (np.ones, "
        "np.zeros, np.asarray), and let it take part.",
        stronger_hint="Subtract also np.zeros(x.shape, x.dtype): nothing changes on NumPy.",
    ),
]
