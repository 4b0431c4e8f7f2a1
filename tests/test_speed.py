"""The benchmark's own measures: bytes of fresh arrays, scaling, and its GPU part without a GPU."""

import sys
from functools import partial

import numpy as np
import pytest

from scratchgen import backend, nn, vae
from tests.benchmarks import apart, contenders, others, speed, tricks
from tests.fake_cupy import DeviceArray, install

frameworks = pytest.mark.frameworks
K = 10_000  # numbers of float32, more than a page


@pytest.fixture
def stand_in(monkeypatch):
    backend.gpu_status.cache_clear()
    yield install(monkeypatch)
    backend.gpu_status.cache_clear()


@pytest.fixture
def hasty(monkeypatch):
    """Small sizes, and no more than a look at each."""
    monkeypatch.setattr(speed, "MOMENT", 0.0)
    monkeypatch.setattr(speed, "BATCHES", (1, 2))
    monkeypatch.setattr(speed, "WIDTHS", (3,))
    monkeypatch.setattr(speed, "IN_A_ROW", 1)


def test_a_fresh_array_is_seen_also_if_it_is_freed_at_once():
    x = np.ones(K, "float32")

    def step():
        y = x * 2  # one
        y += 1  # none
        return float((-y).sum())  # one, freed within the line

    assert [round(size / (4 * K), 1) for size in speed.fresh(step)] == [1.0, 1.0]


@frameworks
@pytest.mark.parametrize("step", ["gan", "vae", "tiny"])
def test_jax_and_mygrad_take_the_same_steps(step):
    pytest.importorskip("jax")
    pytest.importorskip("mygrad")
    steps = [getattr(others, f"{name}_{step}")(8) for name in ("jax", "mygrad")]
    before = steps[0].weights()
    for one in steps:
        for _ in range(3):
            one()
    for a, b, w in zip(*(one.weights() for one in steps), before, strict=True):
        assert a.dtype == b.dtype == np.float32
        assert abs(a - w).max() > 1e-4
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=2e-4)


def test_the_machine_names_its_processor_and_its_blas():
    said = speed.machine()
    assert f", {speed.processor()}, " in said
    assert f"BLAS {speed.blas()}" in said


def test_small_arrays_are_left_out():
    assert speed.fresh(lambda: np.ones(9) + 1) == []


@pytest.mark.parametrize("make", [contenders.our_gan, contenders.our_vae])
def test_a_step_makes_at_least_its_activations_and_gradients(make):
    sizes = speed.fresh(make(64))
    assert sum(sizes) > 4 * 64 * 784 + 4 * 784 * 128
    assert len(sizes) < 200


@pytest.mark.parametrize(
    ("cupy", "said"),
    [
        ([2, 2, 2], "the GPU is faster from 64 on"),
        ([2, 5, 2], "the GPU is faster from 256 on"),
        ([0.5, 1, 1], "the GPU is faster from 16 on"),
        ([9, 9, 9], "the GPU is never faster here"),
    ],
)
def test_the_crossing_is_the_size_from_which_the_gpu_stays_ahead(cupy, said):
    assert speed.crossing([16, 64, 256], {"numpy": [1, 4, 8], "cupy": cupy}) == said


def test_the_crossing_is_left_open_without_a_gpu(hasty, monkeypatch):
    monkeypatch.setattr(backend, "gpu_status", lambda: backend.GpuStatus(False))
    lines = speed.scaling(rounds=1)
    assert "| GAN, batch | 1 | 2 |" in lines
    assert lines.count("where a GPU overtakes: left open, no GPU here") == 3
    assert not [line for line in lines if line.startswith("| cupy")]


def test_both_places_are_timed_where_there_is_a_gpu(hasty, stand_in):
    lines = speed.scaling(rounds=1)
    assert sum(line.startswith("| cupy, ms |") for line in lines) == 3


def test_the_gpu_part_says_why_there_is_none(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "cupy", None)
    backend.gpu_status.cache_clear()
    assert speed.main(["gpu"]) == 0
    backend.gpu_status.cache_clear()
    said = capsys.readouterr().out.splitlines()[-1]
    assert said.startswith("gpu: none here. CuPy is not installed. Where one is,")
    assert said.endswith("python -m tests.benchmarks.speed gpu  prints this table.")


def test_the_gpu_part_prints_a_row_for_each_step(hasty, stand_in, monkeypatch):
    monkeypatch.setattr(speed, "HAS", {"torch": False, "autograd": False})
    monkeypatch.setattr(speed, "GPU_BATCHES", (1,))
    lines = speed.gpu(rounds=1)
    assert [line[:19] for line in lines if "step" in line and line[0] == "|"] == [
        "| GAN step, batch 1", "| VAE step, batch 1"
    ]  # fmt: skip


def test_a_step_with_its_data_over_there_moves_nothing(stand_in):
    for make in (contenders.our_gan, contenders.our_vae):
        step = make(2, place="cupy")
        DeviceArray.downloads = DeviceArray.uploads = DeviceArray.waits = 0
        step()
        assert (DeviceArray.downloads, DeviceArray.uploads, DeviceArray.waits) == (0, 0, 0)


def test_a_contender_apart_takes_steps_in_turn_and_ends_with_the_race(hasty, monkeypatch):
    made, close = [], apart.Apart.close
    monkeypatch.setattr(apart.Apart, "close", lambda self: made.append(self) or close(self))
    seconds = speed.race({"ours": lambda: apart.Apart("our_vae", 4)}, rounds=2)
    assert min(seconds["ours"]) > 0
    assert [one.process.returncode for one in made] == [0]


@pytest.mark.skipif(not speed.HAS["mpi4py"] or not apart.mpiexec(), reason="needs mpi4py, mpiexec")
def test_two_ranks_are_a_contender_apart():
    one = apart.Apart("ranks_vae", 4, ranks=2)
    assert one.pace(0.0) > 0
    one.close()
    assert one.process.returncode == 0


def test_two_versions_are_told_side_by_side(monkeypatch, tmp_path):
    asked, paces = [], {"our_": 2.0, "ranks_": 1.0, "team_": 4.0}

    def race(makers, rounds):
        asked.extend((make.args[0], make.keywords.get("folder")) for make in makers.values())
        return {n: [paces[m.args[0].rpartition("_")[0] + "_"]] for n, m in makers.items()}

    monkeypatch.setattr(speed, "race", race)
    lines = speed.against(tmp_path, rounds=1, only="vae step, batch 32")
    assert lines[-1] == "| VAE step, batch 32 | 2e+03 | 2e+03 | 1.000 | 1e+03 | 4e+03 | 0.250 |"
    there = [("our_vae", None), ("our_vae", tmp_path), ("ranks_vae", None), ("team_vae", tmp_path)]
    assert asked == there


def test_a_row_has_a_figure_or_a_dash_in_each_column():
    seconds = {"ours": [0.004], "ours x 2": [0.002], "torch": [0.002], "floor": [0.001]}
    line = speed.told(speed.Row("a step", {}), seconds)
    figures = "4 | 2 | 2 | - | - | - | - | - | 1 | - | 2.00 | 1.00 | - | 4.00 | 2.00"
    assert line == f"| a step | {figures} |"
    assert line.count("|") == speed.HEAD[0].count("|")


def test_every_trick_is_taken_out_by_a_twin_that_computes_the_same():
    def weights_after(steps, make):
        step = make(8)
        for _ in range(steps):
            step()
        held = [cell.cell_contents for cell in step.__closure__]
        return nn.state(*[thing for thing in held if isinstance(thing, vae.VAE)])

    expected = weights_after(2, contenders.our_vae)
    for trick in tricks.TRICKS:
        with tricks.without(trick):
            found = weights_after(2, contenders.our_vae)
        for name, w in expected.items():
            np.testing.assert_allclose(found[name], w, rtol=1e-4, atol=1e-5, err_msg=trick.what)


def test_a_trick_is_back_in_its_place_afterwards():
    for trick in tricks.TRICKS:
        before = getattr(trick.place, trick.name)
        with tricks.without(trick):
            assert getattr(trick.place, trick.name) is trick.twin
        assert getattr(trick.place, trick.name) is before


def test_the_table_of_tricks_has_a_line_for_each(hasty, monkeypatch):
    monkeypatch.setattr(tricks, "STEPS", {"VAE 2": (contenders.our_vae, 2)})
    monkeypatch.setattr(tricks, "worth_of_keeping", lambda name, rounds: 1.0)
    lines = tricks.tricks(1, speed.pace)
    assert len(lines) == 2 + len(tricks.TRICKS) + 1


def test_the_table_of_steps_is_printed_a_row_at_a_time(monkeypatch, capsys):
    monkeypatch.setattr(speed, "MOMENT", 0.001)
    monkeypatch.setattr(speed, "tiny", lambda batch: {"ours": partial(contenders.our_tiny, batch)})
    assert speed.main(["steps", "--rounds", "1", "--only", "tiny"]) == 0
    *_, head, line, row = capsys.readouterr().out.splitlines()
    assert head.startswith("| milliseconds per step | ours | ours x 2 |")
    assert head.count("|") == line.count("|") == row.count("|")
    assert row.startswith("| tiny net, batch 32 | ")
