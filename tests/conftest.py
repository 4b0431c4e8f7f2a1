"""What all tests share: Hypothesis profiles, and the library's modes put back after each test."""

import os
import signal
import tempfile

# Before NumPy is imported: at the tests' sizes a second BLAS thread gains nothing, and on a busy
# machine it costs much.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# A script's job in the background is deaf to Ctrl-C, and so would be all that the tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)
# What whoever runs the tests has reached in the lessons stays as it is.
os.environ["SCRATCHGEN_HOME"] = tempfile.mkdtemp(prefix="scratchgen-tests-")
os.environ["SCRATCHGEN_ANSWERS"] = os.path.join(os.environ["SCRATCHGEN_HOME"], "answers")

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from scratchgen import backend, engine
from tests.driven import Browser
from tests.fake_cupy import install
from tests.on_device import moved

# Deadlines measure the machine, not the code; the blob replays a failure elsewhere. For the deep
# search: HYPOTHESIS_PROFILE=deep python -m pytest tests/test_functions.py
for profile, examples in {"default": 50, "deep": 2_000}.items():
    settings.register_profile(
        profile,
        max_examples=examples,
        deadline=None,
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow],  # of drawing, on a busy machine
    )
# Both need the frameworks: test_zoo.py imports what is there, and wild/ is asked for by name.
collect_ignore = ["zoo", "wild"]

settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


# A test runs on every device if it asks for `device`, and a file does where it says
#     pytestmark = pytest.mark.usefixtures("device")
# Its own `np` and the arrays at its top are then on that device. What is about the host alone, such
# as a file or a NumPy scalar, is marked `host`.
DEVICES = ["numpy", "stand-in", pytest.param("cupy", marks=pytest.mark.gpu)]


def pytest_generate_tests(metafunc):
    if "device" in metafunc.fixturenames:
        on_host_only = metafunc.definition.get_closest_marker("host")
        metafunc.parametrize("device", DEVICES[:1] if on_host_only else DEVICES, indirect=True)


@pytest.fixture
def device(request, monkeypatch):
    """The device that is in use: "numpy", the "stand-in" of fake_cupy.py, or "cupy"."""
    if request.param != "numpy":
        if request.param == "stand-in":
            install(monkeypatch)
        backend.gpu_status.cache_clear()
        backend.use("cupy")
        for module, name, value in moved(request.module):
            monkeypatch.setattr(module, name, value)
    yield request.param
    backend.gpu_status.cache_clear()


@pytest.fixture(autouse=True)
def _modes_put_back():
    """Every test starts on NumPy in float32, recording, not watching; and hands that on."""
    backend.use("numpy", "float32")
    yield
    backend.use("numpy", "float32")
    left_on = engine._modes.get()
    engine._modes.set(())
    assert not left_on, "the test left no_grad() or detect_nonfinite() switched on"


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture(scope="module")
def figures(tmp_path_factory):
    """Where the lesson that a module tests leaves its figures."""
    return tmp_path_factory.mktemp("figures")


@pytest.fixture(scope="session")
def browser():
    """A browser for all tests that need one; skips them, saying why, where there is none."""
    made = Browser()
    yield made
    made.driver.quit()
