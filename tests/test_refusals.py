"""What CuPy refuses, reads and does, line by line: the stand-in's rules, and a real GPU's.

Each line runs against the stand-in, and under the marker `gpu` against CuPy itself, where the same
must be refused. `test_wheels.py` tries those lines that need no kernel on the real package of a
machine without a GPU.
"""

import sys

import numpy as np
import pytest

from scratchgen import backend
from tests.fake_cupy import DeviceArray, install

# Where `x` is float32 (3,) on the device, `rows` whole numbers (3,) there, `X` (2, 3), `host` a
# NumPy array (3,), and `cupy` the module.
REFUSED = [
    "np.asarray(x)", "np.array(x)", "np.array([x, x])",  # conversion that nobody asked for
    "x + host", "host + x", "x * host", "x - host", "x / host", "x < host", "x == host",
    "x @ host", "X @ host", "cupy.maximum(x, host)", "cupy.add(host, x)", "cupy.exp(host)",
    "cupy.where(x > 0, x, host)", "cupy.where(host > 0, x, 0.0)", "cupy.matmul(X, host)",
    "cupy.concatenate([x, host])", "cupy.stack([x, host])", "cupy.broadcast_to(host, (2, 3))",
    "x + [1.0, 2.0, 3.0]", "[1.0, 2.0, 3.0] * x", "cupy.add(x, [1.0, 2.0, 3.0])",
    "cupy.exp([1.0, 2.0])", "x + (1.0, 2.0, 3.0)",
    "np.zeros(3) + x", "np.dot(host, x)",
    "hash(x)", "list(x.sum())", "[1, 2, 3][rows]",
]  # fmt: skip
RUNS = [
    "x + 1", "1 + x", "x + 1.0", "x * np.float32(2)", "np.float32(2) * x", "x + x", "x**2", "-x",
    "abs(x)", "x > 0", "x.sum()", "X.sum(axis=0)", "X.T @ X", "X.reshape(3, 2)", "x[0]", "x[rows]",
    "x[1:]", "X[:, ::2]", "x[None]", "x.astype('float64')", "x.copy()", "len(x)", "x.shape",
    "cupy.exp(x)", "cupy.maximum(x, 0)", "cupy.where(x > 0, x, 0.0)", "cupy.add.at(x, rows, x)",
    "cupy.concatenate([x, x])", "cupy.zeros(3)", "cupy.zeros_like(x)", "cupy.arange(3)",
    "x.sum().shape == ()", "cupy.asarray(x) is not None", "X.transpose((1, 0))", "np.sum(x)",
]  # fmt: skip
READS = ["float(x[0])", "int(x[0])", "bool(x[0])", "x.get()", "x[0].item()",
         "x.tolist()", "str(x)", "repr(x)", "f'{x[0]:.2f}'", "x if x[0] > 0 else -x", "x[0] and 1",
         "max(x)"]  # fmt: skip
UPLOADS = ["cupy.asarray(host)", "cupy.array(host)", "x[np.array([0, 2])]", "cupy.asarray([1.0])"]
WAITS = ["x[x > 0]", "cupy.flatnonzero(x)", "(x > 0).nonzero()", "cupy.unique(x)"]
# On a real device these run; here they are flagged, since they hide what will go wrong.
STRICTER = ["np.exp(x)", "np.where(x > 0, x, 0.0)", "np.concatenate([x, x])",
            "np.maximum(x, 0.0)", "cupy.sum(host)", "cupy.reshape(host, (3, 1))"]  # fmt: skip
MISSING = ["cupy.block([x, x])", "cupy.insert(x, 0, 1.0)", "cupy.geomspace(1.0, 2.0)",
           "x.resize(3)", "x.ctypes", "cupy.random.default_rng(0).permutation(3)",
           "cupy.random.default_rng(0).normal(0, 1)"]  # fmt: skip


def evaluate(line, cupy):
    """What the line gives, on fresh arrays."""
    names = {"np": np, "cupy": cupy, "host": np.array([1.0, 2.0, 3.0], np.float32)}
    names["x"] = cupy.asarray(names["host"])
    names["X"] = cupy.asarray(np.arange(6, dtype=np.float32).reshape(2, 3))
    names["rows"] = cupy.asarray(np.array([0, 2, 1]))
    DeviceArray.downloads = DeviceArray.uploads = DeviceArray.waits = 0
    return eval(line, names)


def moved():
    return DeviceArray.downloads, DeviceArray.uploads, DeviceArray.waits


@pytest.fixture
def stand_in(monkeypatch):
    return install(monkeypatch)


@pytest.fixture
def real():
    backend.gpu_status.cache_clear()
    backend.use("cupy")
    return sys.modules["cupy"]


@pytest.mark.parametrize("line", [*REFUSED, *STRICTER])
def test_the_stand_in_refuses(line, stand_in):
    with pytest.raises(TypeError):
        evaluate(line, stand_in)


@pytest.mark.parametrize("line", RUNS)
def test_the_stand_in_runs_it_and_nothing_moves(line, stand_in):
    evaluate(line, stand_in)
    assert moved() == (0, 0, 0)


@pytest.mark.parametrize("line", READS)
def test_the_stand_in_counts_a_read(line, stand_in):
    evaluate(line, stand_in)
    downloads, *others = moved()
    assert (downloads >= 1, others) == (True, [0, 0])


@pytest.mark.parametrize("line", UPLOADS)
def test_the_stand_in_counts_an_upload(line, stand_in):
    evaluate(line, stand_in)
    assert moved() == (0, 1, 0)


@pytest.mark.parametrize("line", WAITS)
def test_the_stand_in_counts_a_wait_for_a_shape(line, stand_in):
    evaluate(line, stand_in)
    assert moved() == (0, 0, 1)


@pytest.mark.parametrize("line", MISSING)
def test_what_cupy_lacks_the_stand_in_lacks(line, stand_in):
    with pytest.raises(AttributeError):
        evaluate(line, stand_in)


@pytest.mark.parametrize("index", ["[0, 0]", "rows * 0", "np.array([1, 1])", "([0, 0], [1, 1])"])
def test_a_duplicate_in_an_assignment_is_refused(index, stand_in):
    X = "X" if index.startswith("(") else "x"
    with pytest.raises(IndexError, match="Duplicate indices: on a device, any of their values"):
        evaluate(f"{X}.__setitem__({index}, 1.0)", stand_in)


def test_an_index_out_of_range_is_refused(stand_in):
    with pytest.raises(IndexError):
        evaluate("x[rows + 1]", stand_in)


def test_a_host_array_may_not_be_assigned_or_added_in_place(stand_in):
    for line in ("x.__setitem__(0, host)", "x.__iadd__(host)", "x.__setitem__(slice(2), host[:2])"):
        with pytest.raises(TypeError):
            evaluate(line, stand_in)


def test_a_view_has_the_array_it_shows_as_its_base(stand_in):
    x = stand_in.asarray(np.zeros((2, 3)))
    assert x.base is None
    assert all(y.base is x for y in (x.T, x[0], x.reshape(6), x[None].T, x.ravel()))
    assert all(y.base is None for y in (x + 0, x.copy(), x.sum(), x.astype("float32")))


# The same on a real device.


@pytest.mark.gpu
@pytest.mark.parametrize("line", REFUSED)
def test_cupy_refuses(line, real):
    with pytest.raises(TypeError):
        evaluate(line, real)


@pytest.mark.gpu
@pytest.mark.parametrize("line", [*RUNS, *READS, *UPLOADS, *WAITS, *STRICTER])
def test_cupy_runs_it(line, real):
    evaluate(line, real)


@pytest.mark.gpu
@pytest.mark.parametrize("line", MISSING)
def test_cupy_lacks(line, real):
    with pytest.raises(AttributeError):
        evaluate(line, real)


@pytest.mark.gpu
def test_a_view_has_the_array_it_shows_as_its_base_on_a_real_device(real):
    test_a_view_has_the_array_it_shows_as_its_base(real)
