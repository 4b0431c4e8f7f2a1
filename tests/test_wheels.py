"""What `pip install` gives: scratchgen outside of its clone, and real CuPy where no GPU is.

It needs a minute, a network and 500 MB for a while: `python -m pytest -m slow
tests/test_wheels.py`. Where pip finds no packages, it is skipped with pip's reason.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import test_refusals
from tests.fake_cupy import NO_FUNCTIONS, NO_METHODS

ROOT = Path(__file__).parent.parent
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(shutil.which("nvidia-smi")), reason="there is a driver here"),
]


class Room:
    """A virtual environment, and a folder that is not the clone to stand in."""

    def __init__(self, folder):
        self.folder, self.venv = folder / "elsewhere", folder / "venv"
        self.folder.mkdir()
        self.scripts = self.venv / ("Scripts" if os.name == "nt" else "bin")
        subprocess.run([sys.executable, "-m", "venv", self.venv], check=True)

    def python(self, *arguments, **environment):
        unwanted = (
            "PYTHONPATH", "SCRATCHGEN_BACKEND", "SCRATCHGEN_FIGURES", "SCRATCHGEN_ANSWERS",
        )  # fmt: skip
        inherited = {k: v for k, v in os.environ.items() if k not in unwanted}
        mine = inherited | {"SCRATCHGEN_HOME": str(self.venv / "home")} | environment
        command = [self.scripts / "python", *arguments]
        return subprocess.run(
            command, cwd=self.folder, env=mine, capture_output=True, text=True, input=""
        )

    def pip(self, *arguments):
        done = self.python("-m", "pip", "--disable-pip-version-check", *arguments)
        if done.returncode:
            pytest.skip(f"pip {' '.join(map(str, arguments))}: {done.stderr.splitlines()[-1]}")

    def runs(self, *arguments, **environment):
        """What it prints; it may neither fail nor warn."""
        done = self.python("-W", "error", *arguments, **environment)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    """scratchgen as pip installs it, not as a link to the clone; no CuPy yet."""
    made = Room(tmp_path_factory.mktemp("room"))
    made.pip("install", ROOT)
    return made


@pytest.fixture(scope="module")
def with_cupy(room):
    room.pip("install", "cupy-cuda13x>=14")
    return room


@pytest.fixture(scope="module")
def with_two(with_cupy):
    with_cupy.pip("install", "cupy-cuda12x>=14")
    return with_cupy


# The tests stand in the order in which the room is furnished.


def test_the_package_comes_from_the_room_and_brings_its_data(room):
    code = "import scratchgen as s; print(s.__file__, len(s.data.digits().train_images))"
    path, count = room.runs("-c", code).split()
    assert str(room.venv) in path
    assert count == "1498"


def test_the_contents_list_every_lesson(room):
    text = room.runs("-m", "lessons")
    lines = [line for line in text.splitlines() if line[:3].strip().isdecimal()]
    written = [line for line in lines if "(not yet written)" not in line]
    assert len(written) == len([*ROOT.glob("lessons/lesson*.py")])


def test_a_lesson_runs_and_leaves_its_figures_where_it_is_told(room, tmp_path):
    text = room.runs("-m", "lessons", "1", "--run", "--quick", SCRATCHGEN_FIGURES=str(tmp_path))
    assert "lesson01_derivatives ran in" in text
    assert len([*tmp_path.glob("lesson01_derivatives_*.png")]) >= 2


def test_a_lesson_run_whole_leaves_its_figures_in_the_folder_one_stands_in(room):
    room.runs("-m", "lessons", "2", "--run")
    assert [*room.folder.glob("figures/lesson02_tensors_*.png")]


def test_exercises_are_put_where_one_stands(room):
    done = room.python("-m", "lessons", "check", "1")
    assert "answers/lesson01_derivatives.py is new" in (done.stdout + done.stderr)
    assert (room.folder / "answers" / "lesson01_derivatives.py").exists()


def test_the_words_come_along(room):
    assert "backpropagation (lesson 1)" in room.runs("-m", "lessons", "words", "backprop")
    assert "Notation" in room.runs("-m", "lessons", "notation")


def test_a_plain_installation_has_what_every_lesson_needs(room):
    assert "ran in" in room.runs("-m", "lessons", "3", "--run", "--quick")


def test_the_doctor_without_cupy_wants_nothing(room):
    text = room.runs("-m", "scratchgen.backend")
    assert "  FAILED     CuPy imports\n             CuPy is not installed.\n" in text
    assert text.endswith("There is no NVIDIA driver here, so NumPy it is. Nothing to install.\n")


def test_real_cupy_imports_where_no_gpu_is(with_cupy):
    code = "import cupy; print(cupy.cuda.is_available())"
    assert with_cupy.runs("-c", code) == "False\n"


def test_auto_falls_back_to_numpy_and_says_so_once(with_cupy):
    code = "from scratchgen.backend import use; print(use('auto'), use('auto'))"
    done = with_cupy.python("-c", code)
    assert done.stdout == "numpy numpy\n"
    assert done.stderr == "scratchgen runs on NumPy: CuPy finds no CUDA device.\n"


def test_cupy_is_refused_with_the_check_that_failed_and_the_cure(with_cupy):
    done = with_cupy.python("-m", "lessons", "5", "--run", "--quick", "--backend", "cupy")
    assert done.returncode == 2
    assert "backend 'cupy' cannot be used: CuPy finds no CUDA device." in done.stderr
    assert "install NVIDIA's driver" in done.stderr
    assert "--backend numpy does without" in done.stderr


def test_the_doctor_sees_the_wheel_and_the_missing_device(with_cupy):
    text = with_cupy.runs("-m", "scratchgen.backend")
    assert "  CuPy                cupy-cuda13x 14" in text
    assert "  passed     CuPy imports\n  FAILED     a CUDA device answers\n" in text
    assert text.endswith("There is no NVIDIA driver here, so NumPy it is. Nothing to install.\n")


@pytest.mark.parametrize("lesson", ["1", "5"])
def test_a_lesson_runs_beside_a_cupy_that_cannot(with_cupy, lesson):
    text = with_cupy.runs("-m", "lessons", lesson, "--run", "--quick", "--backend", "auto")
    assert text.count("scratchgen runs on NumPy: CuPy finds no CUDA device.") == 1
    assert " ran in " in text


def test_a_kernel_is_refused_by_the_driver_that_is_missing(with_cupy):
    # What `gpu_status` would say, were `is_available` a promise.
    code = """if True:
        import cupy
        cupy.cuda.is_available = lambda: True
        from scratchgen.backend import gpu_status
        print(gpu_status())
    """
    text = with_cupy.runs("-c", code)
    assert "a test kernel failed: CUDARuntimeError: cudaErrorInsufficientDriver" in text


# A real CuPy array over the host's memory: what needs no kernel works on it, and what needs one
# says that there is no driver. Refusals by type come before either, or instead.
GHOSTS = """if True:
    import json, sys
    import cupy, numpy as np
    from cupy.cuda import MemoryPointer, UnownedMemory

    def ghost(values):
        memory = UnownedMemory(values.ctypes.data, values.nbytes, values, 0)
        return cupy.ndarray(values.shape, values.dtype, memptr=MemoryPointer(memory, 0))

    host = np.array([1, 2, 3], "float32")
    x, rows, X = ghost(host), ghost(np.array([0, 2, 1])), ghost(np.ones((2, 3), "float32"))
    for line in json.loads(sys.argv[1]):
        try:
            eval(line)
            print("fine")
        except Exception as error:
            print(type(error).__name__)
"""


def tried(room, lines):
    """What becomes of each line: the name of its error, or "fine"."""
    done = room.python("-c", GHOSTS, json.dumps(lines))
    assert done.returncode == 0, done.stderr
    return dict(zip(lines, done.stdout.split(), strict=True))


def test_what_the_stand_in_refuses_is_refused_by_real_cupy(with_cupy):
    found = tried(with_cupy, test_refusals.REFUSED)
    assert {*found.values()} == {"TypeError", "CUDARuntimeError"}  # the second: no driver
    assert sum(error == "TypeError" for error in found.values()) >= 9


def test_what_the_stand_in_runs_is_not_refused_by_real_cupy(with_cupy):
    lines = [*test_refusals.RUNS, *test_refusals.UPLOADS, *test_refusals.WAITS]
    # The last is a product's: cuBLAS comes with the extra [ctk], not with the wheel alone.
    assert {*tried(with_cupy, lines).values()} <= {"fine", "CUDARuntimeError", "ImportError"}


def test_what_the_stand_in_lacks_real_cupy_lacks(with_cupy):
    code = """if True:
        import cupy, numpy
        methods = {n for n in set(dir(numpy.ndarray)) - set(dir(cupy.ndarray)) if n[0] != "_"}
        names = {n for n in set(dir(numpy)) - set(dir(cupy)) if callable(getattr(numpy, n))}
        print(*sorted(methods), "/", *sorted(names))
    """
    methods, _, names = with_cupy.runs("-c", code).partition(" / ")
    assert set(methods.split()) == NO_METHODS
    assert set(names.split()) >= NO_FUNCTIONS


def test_the_doctor_takes_two_wheels_apart(with_two):
    done = with_two.python("-W", "error", "-m", "scratchgen.backend")
    assert (done.returncode, done.stderr) == (1, "")
    assert "cupy-cuda12x 14" in done.stdout
    assert "cupy-cuda13x 14" in done.stdout
    assert "  pip uninstall -y cupy-cuda12x cupy-cuda13x\n" in done.stdout


def test_the_cure_for_two_wheels_cures(with_two):
    with_two.pip("uninstall", "-y", "cupy-cuda12x", "cupy-cuda13x")
    assert "Nothing to install." in with_two.runs("-m", "scratchgen.backend")
