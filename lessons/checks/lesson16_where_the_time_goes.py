"""What is asked of the answers to lesson 16, on the host and on a stand-in for CuPy."""

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

from lessons.runner.expect import Exercise, expect, expect_close, expect_shape, for_any, shown
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


# one_hot

labels_of_4 = st.lists(st.integers(0, 3), min_size=1, max_size=6)


def _is_1_at_the_label(one_hot):
    """it should be 1 in each label's column and 0 elsewhere, (N, classes), in float32"""

    def holds(labels):
        what = f"one_hot({labels}, 4)"
        got = one_hot(np.array(labels), 4)
        expect_close(got, np.eye(4)[labels], what)
        dtype = getattr(got, "dtype", type(got).__name__)
        expect(dtype == np.float32, f"{what} is {dtype}; end with .astype('float32').")

    holds([2, 0])
    for_any(holds, labels=labels_of_4)


def _is_made_where_the_labels_are(one_hot):
    """it should give the same rows, on the device, for labels on the device"""
    labels = [2, 0, 1, 1]
    with device() as cupy:
        what = f"one_hot({labels}, 3)"
        got = _values(what, _there(what, one_hot, cupy.asarray(labels), 3))
        expect_close(got, np.eye(3)[labels], what)


def _moves_nothing(one_hot):
    """it should read nothing back from the device, and upload nothing"""
    with device() as cupy:
        _there("it", one_hot, cupy.asarray([2, 0, 1, 1]), 3)
        why = "What Python takes out of an array is a download, what `np.` made an upload."
        _moves_at_most("one_hot of 4 labels", why=why)


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


# centred


def _is_right_on_numpy(centred):
    """it should be x - x.mean(axis=0) on NumPy"""

    def holds(x):
        x = np.array(x, "float64")
        expect_close(centred(x.copy()), x - x.mean(axis=0), f"centred({shown(x)})", atol=1e-6)

    holds([[1.0, 0.0], [3.0, 0.0]])
    whole = st.integers(-9, 9)
    for_any(holds, x=st.lists(st.tuples(whole, whole), min_size=1, max_size=4))


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
        "one_hot",
        properties=[_is_1_at_the_label, _is_made_where_the_labels_are, _moves_nothing],
        hint="labels[:, None], of shape (N, 1), compared with 0..classes-1, of shape (classes,), "
        "broadcasts to (N, classes). Who should make the 0..classes-1?",
        stronger_hint="xp = array_module(labels); (labels[:, None] == xp.arange(classes)) is true "
        "in the right places, and .astype('float32') makes numbers of it.",
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
        "centred",
        properties=[_is_right_on_numpy, _is_refused_there],
        hint="Let NumPy make an array by itself, one that is no function of x's values (np.ones, "
        "np.zeros, np.asarray), and let it take part.",
        stronger_hint="Subtract also np.zeros(x.shape, x.dtype): nothing changes on NumPy.",
    ),
]
