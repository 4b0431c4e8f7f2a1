"""sparsemax 0.1.9, for PyTorch.

pip install sparsemax==0.1.9
python -m pytest tests/wild/test_sparsemax.py
"""

import numpy as np
import pytest
import torch
from sparsemax import Sparsemax

from scratchgen.testing import OpError, arrays, from_torch, prove, shapes

matrices = arrays(shapes(min_axes=2, min_side=1))


def along_the_first(x):
    return Sparsemax(0)(x)


def projected(x):
    """The rows' nearest points of the simplex (Martins & Astudillo 2016, algorithm 1)."""
    z = -np.sort(-x, -1)
    k = np.arange(1, x.shape[-1] + 1)
    inside = 1 + k * z > np.cumsum(z, -1)
    size = inside.sum(-1, keepdims=True)
    tau = ((z * inside).sum(-1, keepdims=True) - 1) / size
    return np.maximum(x - tau, 0)


test_the_last_axis = prove(
    from_torch(Sparsemax(-1), "Sparsemax(-1)"), matrices, reference=projected, seed=0, examples=100
)


# Of a matrix, dim=0 is not read: the rows are normalised. Its gradient is right for that value.


def test_the_first_axis():
    def columns(x):
        return np.moveaxis(projected(np.moveaxis(x, 0, -1)), -1, 0)

    with pytest.raises(OpError, match="output 0 differs from the reference"):
        prove(from_torch(along_the_first), matrices, reference=columns, seed=0, examples=100)()


def test_the_first_axis_by_hand():
    x = torch.tensor([[1.0, 0.0], [2.0, 0.0]])
    assert torch.equal(Sparsemax(0)(x), Sparsemax(1)(x))
    assert not torch.equal(Sparsemax(0)(x), Sparsemax(1)(x.T).T)
    cube = torch.rand(2, 3, 2)  # with three axes it is read
    assert torch.allclose(Sparsemax(0)(cube), Sparsemax(2)(cube.transpose(0, 2)).transpose(0, 2))


# A vector is refused, in words of its inner lines.


def test_a_vector():
    with pytest.raises(OpError, match="it fails: RuntimeError: expand"):
        prove(from_torch(Sparsemax(-1), "Sparsemax(-1)"), arrays((3,)), seed=0)()


def test_a_vector_by_hand():
    with pytest.raises(RuntimeError, match="expand"):
        Sparsemax(-1)(torch.tensor([1.0, 0.5]))
