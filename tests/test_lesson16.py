"""Lesson 16's glass keeps its rules, puts everything back, and its cells run where a GPU is too."""

import sys

import numpy as np
import pytest

from lessons.checks import lesson16_where_the_time_goes as checks
from scratchgen import backend
from scratchgen.backend import array_module, asarray, gpu_status
from scratchgen.engine import Tensor, grad
from scratchgen.functions import mse
from scratchgen.optim import Adam
from tests.fake_cupy import DeviceArray as FakeArray
from tests.fake_cupy import install
from tests.quick_lesson import run_quick


@pytest.fixture(scope="module")
def lesson(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "cupy", None)  # as on a machine without CuPy
        gpu_status.cache_clear()
        yield run_quick("where_the_time_goes", tmp_path_factory.mktemp("figures"))
    gpu_status.cache_clear()


@pytest.fixture
def glass(lesson):
    """Three numbers on the device, while the glass stands in CuPy's place."""
    with lesson.glass_gpu():
        x = asarray([3.0, 1.0, 2.0])
        lesson.counts.clear()
        yield x


# The glass.


@pytest.mark.parametrize(
    "read",
    [float, bool, repr, lambda x: f"{x}", lambda x: x[None][x[None] > 0], lambda x: x.item()],
)
def test_what_python_must_know_is_a_download(lesson, glass, read):
    read(glass[0])
    assert lesson.counts["downloads"] == 1


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
def test_what_runs_on_the_device_moves_nothing(lesson, glass, compute):
    assert isinstance(compute(glass), lesson.DeviceArray)
    assert lesson.counts["downloads"] == lesson.counts["uploads"] == 0


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
def test_numpys_arrays_are_refused(glass, mix):
    with pytest.raises(TypeError, match=r"Unsupported type|Implicit conversion"):
        mix(glass)


def test_uploads_and_their_bytes_are_counted(lesson, glass):
    asarray(np.zeros((2, 3), "float32"))
    glass[np.array([0, 2])]  # row numbers made on the host: 2 of 8 bytes
    assert lesson.counts["uploads"] == 2
    assert lesson.counts["bytes"] == 24 + 16


def test_a_view_is_no_kernel_and_an_op_is_one(lesson, glass):
    glass.reshape(3, 1).T[0:1]
    assert lesson.counts["kernels"] == 0
    glass * 2.0
    assert lesson.counts["kernels"] == 1


def test_arrays_are_changed_in_place(lesson, glass):
    same = glass
    glass *= 2.0
    assert same.get().tolist() == [6.0, 2.0, 4.0]


def test_gradients_are_taken_behind_the_glass(lesson, glass):
    w = Tensor(glass)
    assert grad((w * w).sum(), w).get().tolist() == [6.0, 2.0, 4.0]


def test_the_glass_of_the_exercises_has_the_same_rules(lesson):
    lines = [
        *("np.exp(x)", "np.where(x > 1, x, 0.0)", "x + np.zeros(3)", "np.zeros(3) + x", "x.T"),
        *("np.asarray(x)", "x[x > 1]", "x[np.array([0])]", "bool(x[0])", "f'{x}'", "x.tolist()"),
    ]

    def answers(glass, counted):
        found = []
        with glass():
            x = asarray([3.0, 1.0, 2.0])
            for line in lines:
                counted.clear()
                try:
                    eval(line, {"np": np, "x": x})
                    found.append((line, counted["downloads"], counted["uploads"]))
                except TypeError:
                    found.append((line, "refused"))
        return found

    assert answers(lesson.glass_gpu, lesson.counts) == answers(checks.device, checks.moved)


# All is as before.


def test_after_the_lesson_nothing_stands_in_cupys_place(lesson):
    assert sys.modules.get("cupy") is None
    assert array_module(asarray([1.0])) is np


@pytest.mark.parametrize("name", ["glass_gpu", "device"])
def test_an_error_inside_leaves_all_as_before(lesson, monkeypatch, name):
    real = install(monkeypatch)
    glass = getattr(lesson, name, None) or getattr(checks, name)
    with pytest.raises(TypeError, match="Unsupported|meets"), glass():
        asarray([1.0]) + np.ones(1)
    assert sys.modules["cupy"] is real
    assert type(asarray([1.0])) is np.ndarray


# What the lesson measures.


def test_the_ways_move_what_the_header_says(lesson):
    assert lesson.moved == {
        "each loss read": 36, "losses kept": 25, "images kept": 25, "all at once": 3
    }  # fmt: skip


def test_the_lessons_epoch_is_the_plain_loop_of_numpy(lesson):
    net, rng = lesson.new_net()[0], np.random.default_rng(lesson.knobs.seed)
    adam, order, losses = Adam(net.parameters(), lr=1e-3), rng.permutation(lesson.n), []
    for start in range(0, lesson.n, lesson.N):
        x = lesson.images[order[start : start + lesson.N]]
        noise = rng.standard_normal(x.shape, dtype="float32")
        loss = mse(net(x + 0.3 * noise), x)
        adam.step(grad(loss, net.parameters()))
        losses.append(float(loss))
    assert lesson.losses["all at once"] == pytest.approx(np.mean(losses), rel=1e-6)


def test_an_intensity_is_operations_over_bytes(lesson):
    assert lesson.intensity[0] == 1 / 8
    side, rows = lesson.side, 64
    moved = np.zeros((rows, side), "f4").nbytes * 2 + np.zeros((side, side), "f4").nbytes
    assert lesson.intensity[1 + 6] == 2 * rows * side * side / moved


def test_a_call_is_timed_from_the_start_to_the_read_of_its_result(lesson, monkeypatch):
    clock = iter(range(1000))
    monkeypatch.setattr(lesson, "perf_counter", lambda: float(next(clock)))
    calls = []
    assert lesson.seconds(lambda: calls.append(1) or np.ones(3), repeats=3) == 1.0
    assert len(calls) == 2 + 3  # twice to learn how long one takes, then one call a run


# Where there is a GPU, or what stands for one in the tests.


def test_every_cell_runs_on_two_devices(monkeypatch, tmp_path):
    install(monkeypatch)
    gpu_status.cache_clear()
    lesson = run_quick("where_the_time_goes", tmp_path)
    assert lesson.places == ["numpy", "cupy"]
    assert list(lesson.costs) == [
        "numpy", "numpy: a/n + 1/r", "cupy", "cupy: a/n + 1/r"
    ]  # fmt: skip
    assert list(lesson.roofs) == ["numpy", "numpy: roof", "cupy", "cupy: roof"]
    assert isinstance(lesson.W, FakeArray)
    gpu_status.cache_clear()


@pytest.mark.gpu
def test_every_cell_runs_on_a_real_gpu(tmp_path):
    if not gpu_status().usable:
        pytest.skip(gpu_status().cause)
    lesson = run_quick("where_the_time_goes", tmp_path)
    assert lesson.places == ["numpy", "cupy"]
    assert backend.array_module(lesson.W).__name__ == "cupy"
