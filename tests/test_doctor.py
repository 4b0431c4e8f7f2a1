"""The doctor, on machines that are simulated: what it found, which check failed, what cures it.

CuPy is the stand-in, its wheels are names in a folder, and nvidia-smi is a script: the code that
reads them is the real one. Real wheels are installed in test_wheels.py.
"""

import importlib.metadata
import os
import platform
import subprocess
import sys
from pathlib import Path

import numpy
import pytest

from scratchgen import backend
from scratchgen.backend import doctor
from tests.fake_cupy import install

ROOT = Path(__file__).parent.parent
SMI = """#!/bin/sh
case "$1" in
    --query-gpu*) echo "{driver}, NVIDIA H100, 81559 MiB" ;;
    *) echo "| NVIDIA-SMI {driver}   Driver Version: {driver}   CUDA Version: {cuda}   |" ;;
esac
"""
pytestmark = pytest.mark.skipif(os.name == "nt", reason="the simulated nvidia-smi is a script")


class Machine:
    """A machine to be: without CuPy, driver or device, until one says otherwise."""

    def __init__(self, monkeypatch, folder):
        self.monkeypatch, self.folder = monkeypatch, folder

    def has_wheels(self, *names):
        for name in names:
            info = self.folder / f"{name.replace('-', '_')}-14.2.0.dist-info"
            info.mkdir()
            (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 14.2.0")

    def has_driver(self, cuda, version="580.65", script=SMI):
        path = self.folder / "nvidia-smi"
        path.write_text(script.format(driver=version, cuda=cuda))
        path.chmod(0o755)

    def has_cupy(self, **options):
        return install(self.monkeypatch, **options)


@pytest.fixture
def machine(monkeypatch, tmp_path):
    found = importlib.metadata.distributions
    monkeypatch.setattr(doctor.metadata, "distributions", lambda: found(path=[str(tmp_path)]))
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setitem(sys.modules, "cupy", None)
    for variable in ("SCRATCHGEN_BACKEND", "CUDA_VISIBLE_DEVICES"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(doctor, "_nvidia_smi", only_from(tmp_path, doctor._nvidia_smi))
    backend.gpu_status.cache_clear()
    yield Machine(monkeypatch, tmp_path)
    backend.gpu_status.cache_clear()


def only_from(folder, ask):
    """nvidia-smi as the machine to be has it, whatever this one has."""

    def run(*options):
        if not (folder / "nvidia-smi").exists():
            raise FileNotFoundError
        return ask(*options)

    return run


@pytest.fixture
def read(capsys):
    """The exit status and the page, the versions of Python and NumPy replaced by P and N."""

    def run(*arguments):
        status = doctor.main(arguments or ["--seconds", "0"])
        text = capsys.readouterr().out
        text = text.replace(platform.python_version(), "P").replace(numpy.__version__, "N")
        return status, text

    return run


def to_do(page):
    """What stands under "what to do", line by line."""
    return [line.strip() for line in page.split("what to do\n")[1].splitlines()]


def test_no_wheel_and_no_driver_need_nothing(machine, read):
    assert read() == (0, """\
found
  Python              P
  NumPy               N
  CuPy                none
  driver              none
  SCRATCHGEN_BACKEND  not set: NumPy, unless asked by --backend

checks
  FAILED     CuPy imports
             CuPy is not installed.
  not tried  a CUDA device answers
  not tried  an elementwise kernel runs
  not tried  a matrix product runs
  not tried  random numbers are drawn

what to do
  There is no NVIDIA driver here, so NumPy it is. Nothing to install.
""")  # fmt: skip


def test_a_wheel_without_a_driver_needs_nothing(machine, read):
    machine.has_wheels("cupy-cuda13x")
    machine.has_cupy(available=False)
    assert read() == (0, """\
found
  Python              P
  NumPy               N
  CuPy                cupy-cuda13x 14.2.0
  driver              none
  SCRATCHGEN_BACKEND  not set: NumPy, unless asked by --backend

checks
  passed     CuPy imports
  FAILED     a CUDA device answers
             CuPy finds no CUDA device.
  not tried  an elementwise kernel runs
  not tried  a matrix product runs
  not tried  random numbers are drawn

what to do
  There is no NVIDIA driver here, so NumPy it is. Nothing to install.
""")  # fmt: skip


def test_a_driver_without_a_wheel(machine, read):
    machine.has_driver("13.0")
    assert read() == (1, """\
found
  Python              P
  NumPy               N
  CuPy                none
  driver              580.65, for CUDA up to 13
  device              NVIDIA H100, 81559 MiB
  SCRATCHGEN_BACKEND  not set: NumPy, unless asked by --backend

checks
  FAILED     CuPy imports
             CuPy is not installed.
  not tried  a CUDA device answers
  not tried  an elementwise kernel runs
  not tried  a matrix product runs
  not tried  random numbers are drawn

what to do
  pip install "cupy-cuda13x[ctk]"
  CuPy is not installed; the driver runs CUDA 13.
""")  # fmt: skip


def test_the_toolkit_is_missing(machine, read):
    machine.has_driver("12.8", "570.86")
    machine.has_wheels("cupy-cuda12x")
    machine.has_cupy(kernels=False)
    assert read() == (1, """\
found
  Python              P
  NumPy               N
  CuPy                cupy-cuda12x 14.2.0
  driver              570.86, for CUDA up to 12
  device              NVIDIA H100, 81559 MiB
  SCRATCHGEN_BACKEND  not set: NumPy, unless asked by --backend

checks
  passed     CuPy imports
  passed     a CUDA device answers
  FAILED     an elementwise kernel runs
             a test kernel failed: RuntimeError: libnvrtc.so.12: cannot open shared object file
  not tried  a matrix product runs
  not tried  random numbers are drawn

what to do
  pip install "cupy-cuda12x[ctk]"
  The CUDA libraries are missing, and [ctk] brings them along.
""")  # fmt: skip


def test_two_wheels_at_once(machine, read):
    machine.has_driver("13.0")
    machine.has_wheels("cupy-cuda12x", "cupy-cuda13x")
    machine.has_cupy()
    status, page = read()
    assert status == 1
    assert "  CuPy                cupy-cuda12x 14.2.0\n  CuPy                cupy-cuda13x" in page
    assert "  passed     random numbers are drawn\n" in page
    assert to_do(page) == [
        'pip uninstall -y cupy-cuda12x cupy-cuda13x && pip install "cupy-cuda13x[ctk]"',
        "2 packages of CuPy share one folder and spoil each other.",
    ]


def test_two_wheels_at_once_and_no_driver(machine, read):
    machine.has_wheels("cupy-cuda12x", "cupy-cuda13x")
    machine.has_cupy(available=False)
    status, page = read()
    assert status == 1
    assert to_do(page)[0] == "pip uninstall -y cupy-cuda12x cupy-cuda13x"


@pytest.mark.parametrize(
    ("wheel", "cuda", "command"),
    [
        ("cupy-cuda13x", "12.4", 'uninstall -y cupy-cuda13x && pip install "cupy-cuda12x[ctk]"'),
        ("cupy-cuda11x", "13.0", 'uninstall -y cupy-cuda11x && pip install "cupy-cuda13x[ctk]"'),
        ("cupy-cuda13x", "11.4", "Install a newer driver: https://www.nvidia.com/drivers"),
    ],
)
def test_the_driver_and_the_wheel_do_not_fit(machine, read, wheel, cuda, command):
    machine.has_driver(cuda, "470.82")
    machine.has_wheels(wheel)
    machine.has_cupy(available=False)
    status, page = read()
    assert status == 1
    assert "  FAILED     a CUDA device answers\n             CuPy finds no CUDA device.\n" in page
    assert command in to_do(page)[0]
    assert cuda.split(".")[0] in to_do(page)[1]


@pytest.mark.parametrize(("cuda", "wheel"), [("12.0", 12), ("13.1", 13), ("14.2", 13)])
def test_the_wheel_named_is_the_newest_that_the_driver_runs(machine, read, cuda, wheel):
    machine.has_driver(cuda)
    assert to_do(read()[1])[0] == f'pip install "cupy-cuda{wheel}x[ctk]"'


def test_a_wheel_older_than_the_driver_is_left_alone(machine, read):
    machine.has_driver("13.0")
    machine.has_wheels("cupy-cuda12x")
    machine.has_cupy(kernels=False)
    assert to_do(read()[1])[0] == 'pip install "cupy-cuda12x[ctk]"'


def test_all_is_well_and_both_devices_are_timed(machine, read, monkeypatch):
    monkeypatch.setattr(doctor, "BATCHES", (1, 2))  # the stand-in is not worth a wait
    machine.has_driver("13.0")
    machine.has_wheels("cupy-cuda13x")
    machine.has_cupy()
    status, page = read("--seconds", "0.01")
    assert status == 0
    assert page.count("  passed     ") == 5
    lines = to_do(page)
    assert lines[0] == "A GPU is usable: ask for it by --backend cupy, or auto."
    assert lines[2] == "milliseconds a training step    numpy     cupy    numpy / cupy"
    titles = [line[:12] for line in lines[3:]]
    assert titles == ["GAN, batch 1", "GAN, batch 2", "VAE, batch 1", "VAE, batch 2"]


def test_a_driver_that_does_not_answer(machine, read):
    failed = "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver."
    machine.has_driver("", script=f'#!/bin/sh\necho "{failed}"\nexit 9\n')
    status, page = read()
    assert status == 1
    assert f"  driver              {failed}\n" in page
    assert to_do(page)[0].startswith("Restart the machine; if that is not enough, install")


@pytest.mark.parametrize("header", ["CUDA Version: 13.1", "CUDA UMD Version: 13.1"])
def test_the_header_of_nvidia_smi_is_understood(machine, header):
    machine.has_driver("", script=SMI.replace("CUDA Version: {cuda}", header))
    assert doctor.look().cuda == 13


def test_a_device_that_a_variable_hides(machine, read, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    machine.has_driver("13.0")
    machine.has_wheels("cupy-cuda13x")
    machine.has_cupy(available=False)
    status, page = read()
    assert (status, to_do(page)[0]) == (1, "unset CUDA_VISIBLE_DEVICES")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    assert to_do(read()[1]) == [
        "Restart the machine.", "nvidia-smi lists a GPU that CUDA does not see."
    ]  # fmt: skip


def test_a_damaged_cupy_is_installed_anew(machine, read, monkeypatch):
    monkeypatch.delitem(sys.modules, "cupy")
    (machine.folder / "cupy.py").write_text("raise OSError('libcuda.so: wrong ELF class')")
    monkeypatch.syspath_prepend(machine.folder)
    machine.has_driver("13.0")
    machine.has_wheels("cupy-cuda13x")
    page = read()[1]
    assert "CuPy is installed but broken: OSError('libcuda.so: wrong ELF class')" in page
    assert to_do(page)[0] == 'pip install --force-reinstall "cupy-cuda13x[ctk]"'


def test_a_device_that_answers_where_nvidia_smi_is_missing(machine, read):
    machine.has_wheels("cupy-cuda13x")
    machine.has_cupy(kernels=False)
    assert to_do(read()[1])[0] == 'pip install "cupy-cuda13x[ctk]"'


def test_a_device_whose_memory_is_full(machine, read):
    def ones(*_):
        raise type("OutOfMemoryError", (MemoryError,), {})("Out of memory allocating 512 bytes")

    machine.has_driver("13.0")
    machine.has_wheels("cupy-cuda13x")
    machine.has_cupy().ones = ones
    assert to_do(read()[1]) == ["nvidia-smi", "The GPU's memory is full: this shows of what."]


def test_the_variable_is_shown(machine, read, monkeypatch):
    monkeypatch.setenv("SCRATCHGEN_BACKEND", "cupy")
    assert "  SCRATCHGEN_BACKEND  cupy\n" in read()[1]


def test_other_packages_with_cupy_in_their_names_are_no_wheels(machine):
    machine.has_wheels("cupy-xarray", "notcupy", "cupy-cuda12x-extras")
    assert not doctor.look().wheels
    machine.has_wheels("cupy", "cupy-rocm-5-0")
    assert [*doctor.look().wheels] == ["cupy", "cupy-rocm-5-0"]


def test_it_runs_by_its_name_without_a_warning():
    command = [sys.executable, "-W", "error", "-m", "scratchgen.backend", "--seconds", "0"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode in (0, 1), done.stderr) == (True, "")
    assert done.stdout.startswith("found\n")


def test_help_says_what_the_exit_status_means(capsys):
    with pytest.raises(SystemExit):
        doctor.main(["--help"])
    text = " ".join(capsys.readouterr().out.split())
    assert "0 if a GPU is usable, or none is here and NumPy will do; 1 if something" in text


def test_the_status_of_a_gpu_says_how_far_the_checks_came(machine):
    machine.has_cupy(kernels=False)
    assert backend.gpu_status().passed == 2
    assert backend.CHECKS[2] == "an elementwise kernel runs"
