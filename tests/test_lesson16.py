"""Lesson 16: its stopwatches, its roof, its stand-in, and what it claims, checked a second way."""

import subprocess
import sys

import numpy as np
import pytest

from lessons.stand_in import DeviceArray, Refused, StandIn, moved, stand_in
from lessons.tables import column, mends, rows
from scratchgen import distributed, optim, vae
from scratchgen.backend import array_module, asarray, gpu_status, use
from scratchgen.engine import Tensor, grad
from scratchgen.functions import mse
from scratchgen.nn import MLP
from scratchgen.optim import SGD, Adam
from tests import fake_cupy
from tests.fake_mpi import results
from tests.quick_lesson import run_quick

NAMES = ["step", "batches", "roof", "subnormal", "transfers", "processes"]


@pytest.fixture(scope="module")
def lesson(figures):
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "cupy", None)  # as on a machine without CuPy
        gpu_status.cache_clear()
        yield run_quick("where_the_time_goes", figures, data="mnist5k")
    gpu_status.cache_clear()


def test_a_quick_run_leaves_every_figure(lesson, figures):
    drawn = {path.name for path in figures.iterdir()}
    assert drawn == {f"lesson16_where_the_time_goes_{name}.png" for name in NAMES}


# The stopwatches.


def test_stopwatches_change_no_result_and_leave_all_as_before(lesson):
    before = {name: (op.forward, op.rules) for name, op in lesson.OPS.items()}
    x, noise = lesson.draw_batch(4)

    def slopes():
        return grad(-vae.elbo(lesson.model, x, noise).elbo.mean(), lesson.weights)

    plain = slopes()
    with lesson.stopwatches():
        timed = slopes()
    for ours, theirs in zip(timed, plain, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert {name: (op.forward, op.rules) for name, op in lesson.OPS.items()} == before


def test_after_an_error_the_stopwatches_are_gone(lesson):
    before = lesson.OPS["exp"].forward
    with pytest.raises(ZeroDivisionError), lesson.stopwatches():
        1 / 0  # noqa: B018
    assert lesson.OPS["exp"].forward is before


def test_a_stopwatch_writes_down_what_when_and_how_many(lesson, monkeypatch):
    ticks = iter([1.0, 4.0])
    monkeypatch.setattr(lesson, "clock", lambda: next(ticks))
    lesson.log.clear()
    assert lesson.timed(lambda x: x + 1, "sum")(np.zeros(5)).tolist() == [1.0] * 5
    assert lesson.log == [("sum", 1.0, 4.0, 5)]


def test_what_ran_inside_of_an_operation_does_not_count_twice(lesson):
    inner = lesson.timed(lambda: None, "inner")
    outer = lesson.timed(lambda: [inner(), inner()], "outer")
    way = lesson.timed(lambda: [outer(), inner()], "forward")
    lesson.log.clear()
    way()
    assert [kind for kind, *_ in lesson.log] == ["outer", "inner", "forward"]


def test_the_parts_of_a_step_and_the_rest_are_the_whole(lesson):
    assert sum(lesson.spent.values()) == pytest.approx(lesson.took)
    assert all(part >= 0 for part in lesson.spent.values())


def test_each_layer_has_three_products_and_the_first_one_two(lesson):
    assert len(lesson.matrices) == 9
    products = sum(kind == "products" for kind, *_ in lesson.parts)
    assert products == 3 * 9 - 1
    assert lesson.matrices[0] == 784 * 128
    flop = 2 * lesson.batch * (3 * sum(lesson.matrices) - lesson.matrices[0])
    assert lesson.operations["products"] == flop


def test_a_call_is_timed_by_the_quickest_of_its_tries(lesson, monkeypatch):
    ticks = iter([0, 5, 5, 8])  # 5 seconds, then 3
    monkeypatch.setattr(lesson, "clock", lambda: next(ticks))
    monkeypatch.setattr(lesson, "repeats", 2)
    calls = []
    assert lesson.seconds(lambda: calls.append(1), calls=3) == 1.0
    assert len(calls) == 1 + 2 * 3


# The roof, and Adam.


def test_an_intensity_is_operations_over_bytes(lesson):
    flop, moves, _ = lesson.layer_rates(64)
    assert flop[0] / moves[0] == 1 / 8
    for n, operations, n_bytes in zip(2 ** np.arange(9), flop[1:], moves[1:], strict=True):
        x, W = np.zeros((n, 64), "f4"), np.zeros((64, 64), "f4")
        assert n_bytes == x.nbytes + W.nbytes + (x @ W).nbytes
        assert operations == 2 * n * 64 * 64


def test_no_dot_lies_above_its_roof(lesson):
    for intensity, rates, B in lesson.roofs.values():
        assert (rates <= np.minimum(lesson.P, intensity * B) * (1 + 1e-9)).all()


def test_three_lines_of_adam_go_over_as_many_arrays_as_the_text_says(lesson):
    passes = []

    class Watched(np.ndarray):
        """An array that counts what NumPy reads and writes."""

        def __array_ufunc__(self, ufunc, method, *args, out=(), **options):
            plain = [np.asarray(x) for x in args]
            arrays = sum(np.ndim(x) > 0 for x in plain)
            passes.append(arrays + 1)
            if out:
                options["out"] = tuple(map(np.asarray, out))
            result = getattr(ufunc, method)(*plain, **options)
            return out[0] if out else result.view(Watched)

        def __setitem__(self, index, value):
            passes.append(2)
            np.asarray(self)[index] = np.asarray(value)

    w, g, m, v = (np.ones(10, "float32").view(Watched) for _ in range(4))
    lesson.adam_move(w, g, m, v, 0.1)
    assert sum(passes) == 9 + 11 + 12 == 32


def test_three_lines_of_adam_take_the_librarys_steps_once_the_start_is_corrected(lesson, rng):
    w = rng.standard_normal(6)
    ours, library = w.copy(), Tensor(w)
    adam, m, v = Adam([library], lr=0.01, eps=0.0), np.zeros(6), np.zeros(6)
    for t in range(1, 8):
        g = rng.standard_normal(6)
        adam.step([g])
        rate = 0.01 * np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        lesson.adam_move(ours, g, m, v, rate, eps=0.0)
    np.testing.assert_allclose(ours, library.value, rtol=1e-9)


@pytest.mark.parametrize("mend", mends.MENDS)
def test_without_a_mend_the_steps_are_the_same_up_to_rounding(mend):
    code = (
        "import numpy as np\nfrom scratchgen import Adam, Tensor\n"
        "w = Tensor(np.ones(200_000, 'float32'))\nadam = Adam([w])\n"
        "rng = np.random.default_rng(0)\n"
        "for _ in range(3): adam.step([rng.standard_normal(200_000, dtype='float32')])\n"
        "print(float(w.value.astype('float64').sum()))"
    )
    sums = [
        float(subprocess.run([sys.executable, "-c", f"{before}\n{code}"], check=True,
                             capture_output=True, text=True).stdout)
        for before in ("", mends.MENDS[mend])
    ]  # fmt: skip
    assert sums[0] == pytest.approx(sums[1], rel=1e-6)


def test_the_tables_are_of_what_the_text_says(lesson):
    assert [row["mend"] for row in rows("mends")][::2] == list(mends.MENDS)
    for row in rows("mends"):
        assert row["worth"] == pytest.approx(row["without"] / row["with"], rel=1e-4)
    for n in (32, 128, 512):
        assert len(column(rows("processes"), "milliseconds", batch=n)) == 2


# Numbers that are too small.


def test_a_number_that_shrinks_by_a_tenth_comes_to_rest_at_four_of_the_smallest(lesson):
    assert float(lesson.m) == 4 * 2.0**-149
    assert lesson.m * np.float32(0.9) == lesson.m
    assert 0.001 * 0.9**lesson.t > 2.0**-149 > 0.001 * 0.9 ** (lesson.t + 50)  # it would be gone


def test_the_memory_is_the_mean_that_adam_would_have_without_rounding_off(lesson, monkeypatch):
    kept = []
    monkeypatch.setattr(optim, "FORGET", 1 << 60)
    monkeypatch.setattr(lesson, "Adam", lambda weights: kept.append(Adam(weights)) or kept[-1])
    memory = lesson.follow_memory(5)
    theirs = np.concatenate([np.abs(0.1 * m).ravel() for m in kept[0].m])
    np.testing.assert_allclose(memory, theirs, rtol=1e-2, atol=1e-6)


# The stand-in.


@pytest.fixture
def there():
    """Three numbers on the device, while the stand-in is in CuPy's place."""
    with stand_in():
        x = asarray([3.0, 1.0, 2.0])
        moved.clear()
        yield x


@pytest.mark.parametrize(
    "read",
    [float, bool, int, repr, lambda x: f"{x}", lambda x: x[None][x[None] > 0], lambda x: x.item()],
)
def test_what_python_must_know_is_a_download(there, read):
    read(there[0])
    assert moved["downloads"] == 1


@pytest.mark.parametrize(
    "compute",
    [
        lambda x: np.exp(x) + x.sum(),
        lambda x: np.where(x > 1, x, 0.0),
        lambda x: x.reshape(3, 1).T @ x,
        lambda x: x[1:] * 2.0 - 1 / x[:2],
        lambda x: array_module(x).zeros(3) + len(x),
    ],
)
def test_what_runs_on_the_device_moves_nothing(there, compute):
    assert isinstance(compute(there), DeviceArray)
    assert moved["downloads"] == moved["uploads"] == 0


@pytest.mark.parametrize(
    "mix",
    [
        lambda x: x + np.ones(3),
        lambda x: np.ones(3) + x,
        lambda x: np.maximum(x, np.ones(3)),
        lambda x: np.asarray(x),
        lambda x: np.ones((2, 3)) @ x,
        lambda x: array_module(x).maximum(x, np.ones(3)),
    ],
)
def test_numpys_arrays_are_refused(there, mix):
    with pytest.raises(Refused, match=r"Unsupported type|Implicit conversion"):
        mix(there)


def test_uploads_and_their_bytes_are_counted(there):
    asarray(np.zeros((2, 3), "float32"))
    there[np.array([0, 2])]  # row numbers made on the host: 2 of 8 bytes
    assert moved["uploads"] == 2
    assert moved["bytes"] == 24 + 16


@pytest.mark.parametrize(
    ("work", "kernels"),
    [
        (lambda x: x.reshape(3, 1).T[0:1], 0),
        (lambda x: x * 2.0, 1),
        (lambda x: np.multiply(x[:2], 2.0, out=x[:2]), 1),
        (lambda x: x.__setitem__(slice(1), 0.0), 1),
        (lambda x: np.exp(x).sum(), 2),
    ],
)
def test_an_op_is_a_kernel_and_a_view_is_none(there, work, kernels):
    work(there)
    assert moved["kernels"] == kernels


def test_arrays_are_changed_in_place(there):
    same = there
    there *= 2.0
    assert same.get().tolist() == [6.0, 2.0, 4.0]


def test_gradients_are_taken_on_the_device(there):
    w = Tensor(there)
    assert grad((w * w).sum(), w).get().tolist() == [6.0, 2.0, 4.0]


def test_the_stand_in_says_what_the_stricter_one_of_the_tests_says(lesson, monkeypatch):
    def outcomes():
        x, host, found = asarray([3.0, 1.0, 2.0]), np.ones(3), []
        for line in lesson.LINES:
            try:
                eval(line, {"np": np, "x": x, "host": host})
                found.append("runs")
            except TypeError:
                found.append("is refused")
        return found

    with stand_in():
        ours = outcomes()
    assert ours == [outcome.split(",")[0] for outcome in lesson.outcomes]
    fake_cupy.install(monkeypatch)
    gpu_status.cache_clear()
    use("cupy")
    theirs = outcomes()
    use("numpy")
    gpu_status.cache_clear()
    strict = {"np.exp(x)", "np.where(x > 1, x, 0)"}  # where the stricter one takes no np. at all
    for line, one, other in zip(lesson.LINES, ours, theirs, strict=True):
        assert one == other or line in strict


def test_an_error_inside_leaves_all_as_before(monkeypatch):
    real = fake_cupy.install(monkeypatch)
    with pytest.raises(Refused), stand_in():
        asarray([1.0]) + np.ones(1)
    assert sys.modules["cupy"] is real
    assert type(asarray([1.0])) is np.ndarray


def test_after_the_lesson_nothing_stands_in_cupys_place(lesson):
    assert not isinstance(sys.modules.get("cupy"), StandIn)
    assert array_module(asarray([1.0])) is np


# What moves, and who shares.


def test_the_ways_move_what_the_text_says(lesson):
    assert lesson.transfers == {
        "each loss read": 36, "losses kept": 25, "images kept": 25, "all at once": 3
    }  # fmt: skip


def test_a_pass_on_the_stand_in_is_the_pass_of_numpy(lesson):
    for bound in lesson.bounds.values():
        assert lesson.bound == pytest.approx(bound, rel=1e-5)


def test_halves_that_are_averaged_are_what_ranks_do(lesson, rng):
    x, y = rng.standard_normal((8, 3)), rng.standard_normal((8, 2))

    def program(ranks):
        net = MLP([3, 5, 2], rng=np.random.default_rng(1))
        before = [w.value.copy() for w in net.parameters()]
        mine = ranks.rows(len(x))
        slopes = grad(mse(net(x[mine].astype("f4")), y[mine].astype("f4")), net.parameters())
        ranks.share(SGD(net.parameters(), lr=1.0)).step(slopes)
        return slopes, [a - w.value for a, w in zip(before, net.parameters(), strict=True)]

    (first, step), (second, _) = results(2, program)
    for a, b, moved_by in zip(first, second, step, strict=True):
        np.testing.assert_allclose((a + b) / 2, moved_by, rtol=1e-4, atol=1e-6)
    assert distributed.ALONE.size == 1


def test_the_formula_has_the_limits_that_the_text_says(lesson):
    assert lesson.cost(128, 1) == pytest.approx(lesson.F + 128 * lesson.c)
    meet = 2 * lesson.latency + 8 * lesson.W / lesson.bandwidth
    assert lesson.cost(128, 1e9) == pytest.approx(lesson.F + meet)
    assert sum(w.size for w in lesson.weights) == lesson.W


# Where there is a GPU, or what stands for one in the tests.


def test_every_cell_runs_on_two_devices(monkeypatch, tmp_path):
    fake_cupy.install(monkeypatch)
    gpu_status.cache_clear()
    lesson = run_quick("where_the_time_goes", tmp_path)
    assert lesson.places == ["numpy", "cupy"]
    gpu_status.cache_clear()


@pytest.mark.gpu
def test_every_cell_runs_on_a_real_gpu(tmp_path):
    if not gpu_status().usable:
        pytest.skip(gpu_status().cause)
    assert run_quick("where_the_time_goes", tmp_path).places == ["numpy", "cupy"]
