"""Where arrays live: the choice, its errors, and what moves between host and device."""

import sys
from types import SimpleNamespace

import numpy
import pytest

from scratchgen import backend
from scratchgen.backend import array_module, asarray, gpu_status, normal, to_numpy, uniform, use
from scratchgen.engine import Tensor, grad
from scratchgen.functions import bce_with_logits
from scratchgen.nn import MLP
from scratchgen.optim import Adam
from tests.fake_cupy import DeviceArray, install


@pytest.fixture(autouse=True)
def as_in_a_fresh_process(monkeypatch):
    """No choice made yet, no CuPy imported, nothing asked for; and all put back afterwards."""
    monkeypatch.setattr(backend._Choice, "module", None)
    monkeypatch.setattr(backend._Choice, "float_type", numpy.dtype("float32"))
    monkeypatch.setattr(backend._Choice, "told_about_fallback", False)
    monkeypatch.delenv("SCRATCHGEN_BACKEND", raising=False)
    monkeypatch.delitem(sys.modules, "cupy", raising=False)
    gpu_status.cache_clear()
    yield
    gpu_status.cache_clear()


@pytest.fixture
def no_cupy(monkeypatch):
    """A machine without CuPy: None in sys.modules makes an import fail as if it were missing."""
    monkeypatch.setitem(sys.modules, "cupy", None)


@pytest.fixture
def cupy(monkeypatch):
    """A machine with a device, of sorts."""
    return install(monkeypatch)


# The choice.


def test_numpy_is_the_default():
    assert use() == "numpy"
    assert type(asarray([1.0])) is numpy.ndarray


def test_without_any_call_of_use_arrays_are_numpys():
    assert type(asarray([1.0])) is numpy.ndarray


def test_the_variable_chooses_where_the_argument_does_not(monkeypatch, cupy):
    monkeypatch.setenv("SCRATCHGEN_BACKEND", "cupy")
    assert use() == "cupy"
    assert use("numpy") == "numpy"


def test_the_variable_holds_for_the_first_array_without_a_call_of_use(monkeypatch, cupy):
    monkeypatch.setenv("SCRATCHGEN_BACKEND", "cupy")
    assert isinstance(asarray([1.0]), DeviceArray)


def test_an_empty_variable_means_numpy(monkeypatch):
    monkeypatch.setenv("SCRATCHGEN_BACKEND", "")
    assert use() == "numpy"


def test_auto_takes_the_gpu_where_one_works(cupy, capsys):
    assert use("auto") == "cupy"
    assert capsys.readouterr().err == ""


def test_auto_falls_back_to_numpy_and_says_so_once(no_cupy, capsys):
    assert [use("auto"), use("auto")] == ["numpy", "numpy"]
    assert capsys.readouterr().err == "scratchgen runs on NumPy: CuPy is not installed.\n"


def test_numpy_never_asks_for_a_gpu(monkeypatch):
    monkeypatch.setattr(backend, "gpu_status", lambda: pytest.fail("CuPy was imported"))
    assert use("numpy") == "numpy"


def test_an_unknown_name_is_an_error_that_lists_the_known_ones():
    with pytest.raises(ValueError, match=r"expected 'auto', 'numpy' or 'cupy', got 'cuda'"):
        use("cuda")


def test_an_unknown_name_in_the_variable_is_an_error_that_names_the_variable(monkeypatch):
    monkeypatch.setenv("SCRATCHGEN_BACKEND", "gpu")
    with pytest.raises(ValueError, match=r"got 'gpu'") as caught:
        asarray([1.0])
    assert "SCRATCHGEN_BACKEND" in str(caught.value)


def test_an_unknown_float_type_is_an_error():
    with pytest.raises(ValueError, match=r"expected 'float32' or 'float64', got 'float16'"):
        use("numpy", float_type="float16")


@pytest.mark.parametrize("wrong", [{"name": "cuda"}, {"name": "cupy"}, {"float_type": "half"}])
def test_a_refused_choice_changes_nothing(no_cupy, wrong):
    use("numpy", float_type="float64")
    with pytest.raises((ValueError, RuntimeError)):
        use(**wrong)
    assert type(asarray([1.0])) is numpy.ndarray
    assert asarray([1.0]).dtype == numpy.float64


# What can be wrong with a GPU. Each cause is named, and comes with its cure.


def refusal():
    """The message that a person sees who asks for CuPy."""
    with pytest.raises(RuntimeError, match="backend 'cupy' cannot be used: ") as caught:
        use("cupy")
    return str(caught.value)


def broken_cupy(monkeypatch, folder, line):
    """A package `cupy` that runs one line when it is imported."""
    (folder / "cupy.py").write_text(line)
    monkeypatch.syspath_prepend(folder)


def test_cupy_is_not_installed(no_cupy):
    message = refusal()
    assert "CuPy is not installed." in message
    assert 'pip install "cupy-cuda12x[ctk]" or "cupy-cuda13x[ctk]"' in message
    assert "--backend numpy" in message


def test_a_part_of_cupy_is_not_installed(monkeypatch, tmp_path):
    broken_cupy(monkeypatch, tmp_path, "import no_such_part_of_cupy")
    message = refusal()
    assert "installed but does not import: No module named 'no_such_part_of_cupy'" in message
    assert "pip install" in message


def test_importing_cupy_raises_something_odd(monkeypatch, tmp_path):
    broken_cupy(monkeypatch, tmp_path, "raise OSError('libcuda.so: wrong ELF class')")
    message = refusal()
    assert "installed but broken: OSError('libcuda.so: wrong ELF class')" in message
    assert "pip install" in message


def test_there_is_no_device(monkeypatch):
    install(monkeypatch, available=False)
    message = refusal()
    assert "CuPy finds no CUDA device." in message
    assert "nvidia-smi" in message
    assert "--backend numpy" in message


def test_asking_for_a_device_fails(monkeypatch):
    # CuPy before version 14 let the driver's own error through.
    def is_available():
        raise RuntimeError("cudaErrorInsufficientDriver")

    cupy = install(monkeypatch)
    cupy.cuda = SimpleNamespace(is_available=is_available)
    message = refusal()
    assert "CuPy got RuntimeError('cudaErrorInsufficientDriver')" in message
    assert "nvidia-smi" in message


def test_a_kernel_does_not_run(monkeypatch):
    install(monkeypatch, kernels=False)
    message = refusal()
    assert "a test kernel failed: RuntimeError: libnvrtc.so.12: cannot open" in message
    assert "CUDA libraries seem to be missing; this brings them along: pip install" in message


@pytest.mark.parametrize("broken", ["elementwise", "matmul", "random"])
def test_each_kind_of_kernel_is_tried(monkeypatch, cupy, broken):
    def fail(*_):
        raise RuntimeError(f"no {broken} today")

    place = {"elementwise": (DeviceArray, "__add__"), "matmul": (DeviceArray, "__matmul__"),
             "random": (cupy.random, "random")}  # fmt: skip
    monkeypatch.setattr(*place[broken], fail)
    assert f"no {broken} today" in gpu_status().cause
    assert broken in backend.CHECKS[gpu_status().passed].replace("matrix product", "matmul")


@pytest.mark.parametrize("options", [{"available": False}, {"kernels": False}])
def test_auto_says_why_the_gpu_was_not_taken(monkeypatch, capsys, options):
    install(monkeypatch, **options)
    assert use("auto") == "numpy"
    assert capsys.readouterr().err == f"scratchgen runs on NumPy: {gpu_status().cause}\n"


def test_a_cupy_without_a_device_leaves_arrays_on_the_host(monkeypatch):
    install(monkeypatch, available=False)
    use("auto")
    assert type(asarray([1.0])) is numpy.ndarray
    assert array_module(asarray([1.0])) is numpy


def test_the_gpu_is_asked_once(monkeypatch, cupy):
    use("cupy")
    monkeypatch.setattr(cupy.cuda, "is_available", lambda: pytest.fail("asked again"))
    assert use("auto") == "cupy"


# What moves.


def test_asarray_uploads_and_to_numpy_downloads(cupy):
    use("cupy")
    there = asarray(numpy.array([1.0, 2.0]))
    assert isinstance(there, DeviceArray)
    assert type(to_numpy(there)) is numpy.ndarray
    assert to_numpy(there).tolist() == [1.0, 2.0]


def test_asarray_leaves_an_array_of_the_device_where_it_is(cupy):
    use("cupy")
    before = DeviceArray.downloads
    asarray(asarray([1.0, 2.0]), "float32")
    assert DeviceArray.downloads == before


def test_asarray_downloads_when_numpy_is_in_use(cupy):
    there = cupy.asarray([1.0, 2.0])
    use("numpy")
    assert type(asarray(there)) is numpy.ndarray


def test_array_module_answers_by_type_not_by_choice(cupy):
    use("numpy")
    assert array_module(cupy.asarray([1.0])) is cupy
    assert array_module(1.0, numpy.zeros(2), cupy.asarray([1.0])) is cupy
    use("cupy")
    assert array_module(numpy.zeros(2), 1.0) is numpy


def test_array_module_of_numbers_is_numpy():
    assert array_module(1.0, [2.0], None) is numpy
    assert array_module() is numpy


def test_numbers_and_lists_take_the_default_float_type():
    assert asarray(1.0).dtype == asarray([1.0, 2.0]).dtype == numpy.float32
    use(float_type="float64")
    assert asarray(1.0).dtype == asarray([1.0, 2.0]).dtype == numpy.float64


def test_arrays_keep_their_type_and_whole_numbers_stay_whole():
    assert asarray(numpy.zeros(2)).dtype == numpy.float64
    assert asarray([1, 2]).dtype == numpy.int64
    assert asarray([True]).dtype == bool
    assert asarray(numpy.zeros(2), "float32").dtype == numpy.float32


def test_the_float_type_stays_until_another_is_asked_for():
    use("numpy", float_type="float64")
    use("numpy")
    assert backend.float_type() == numpy.float64


# Noise.


@pytest.mark.parametrize("draw", [normal, uniform])
@pytest.mark.parametrize("name", ["float32", "float64"])
def test_noise_has_the_shape_and_the_float_type_asked_for(draw, name):
    use(float_type=name)
    noise = draw(numpy.random.default_rng(0), (3, 2))
    assert noise.shape == (3, 2)
    assert noise.dtype == name


@pytest.mark.parametrize("draw", [normal, uniform])
def test_a_seed_means_the_same_noise_on_both_devices(cupy, draw):
    use("numpy")
    here = draw(numpy.random.default_rng(7), (4, 3))
    use("cupy")
    there = draw(numpy.random.default_rng(7), (4, 3))
    assert isinstance(there, DeviceArray)
    assert (to_numpy(there) == here).all()


def test_noise_is_standard():
    rng = numpy.random.default_rng(0)
    z, u = normal(rng, (100_000,)), uniform(rng, (100_000,))
    # Standard errors: .003 for both moments of z, .001 for the mean of u; 5 of each allowed.
    assert z.mean() == pytest.approx(0, abs=0.016)
    assert z.std() == pytest.approx(1, abs=0.012)
    assert u.mean() == pytest.approx(0.5, abs=0.005)
    assert 0 <= u.min() < 0.001 < 0.999 < u.max() < 1


# The whole of it: training follows the arrays.


def training_losses(steps=5):
    """What a small classifier of noise loses, and its trained weights, on the backend in use."""
    rng = numpy.random.default_rng(0)
    model = MLP([4, 8, 1], rng=rng)
    adam, losses = Adam(model.parameters(), lr=0.01), []
    for _ in range(steps):
        x = normal(rng, (16, 4))
        loss = bce_with_logits(model(x), 1.0).mean()
        adam.step(grad(loss, model.parameters()))
        losses.append(loss)
    return losses, model


def test_training_gives_the_same_numbers_on_both_devices(cupy):
    use("numpy")
    here, _ = training_losses()
    use("cupy")
    there, model = training_losses()
    assert all(isinstance(w.value, DeviceArray) for w in model.parameters())
    assert [float(loss) for loss in there] == [float(loss) for loss in here]


def test_training_reads_nothing_back_from_the_device(cupy):
    use("cupy")
    before = DeviceArray.downloads
    training_losses()
    assert DeviceArray.downloads == before


def test_a_host_array_in_a_device_model_is_an_error_that_names_the_fix(cupy):
    use("cupy")
    model = MLP([2, 1], rng=numpy.random.default_rng(0))
    with pytest.raises(TypeError, match=r"mixes \['cupy', 'numpy'\].* backend.asarray\(x\)"):
        model(numpy.ones((1, 2), numpy.float32))


def test_a_tensor_stays_on_the_device_of_its_array(cupy):
    there = Tensor(cupy.asarray([1.0], "float32"))
    assert isinstance((there * 2.0).value, DeviceArray)
    assert isinstance(grad((there * 2.0).sum(), there), DeviceArray)
