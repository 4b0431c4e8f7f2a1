"""zuko 1.6.0, normalizing flows, for PyTorch.

pip install zuko==1.6.0
python -m pytest tests/wild/test_zuko.py
"""

import pytest
import torch
from torch.autograd import grad
from zuko.utils import bisection, gauss_legendre

from scratchgen.gradcheck import GradientError
from scratchgen.testing import OpError, arrays, from_torch, moderate, pairs, positive, prove

# Both declare themselves once differentiable, and are held to first order by their own word.


def solved(y):
    return bisection(lambda x: x + x**3, y, -4.0, 4.0, 60)


def area(a, b):
    return gauss_legendre(lambda x: x**3 - x, a, b, 3)


test_bisection = prove(from_torch(solved), arrays(), seed=0, examples=100)
test_gauss_legendre = prove(from_torch(area), pairs(), seed=0, examples=100)


# A parameter that is frozen: all that hangs on it has no gradient, and an error instead.


def solved_with(y, p):
    return bisection(lambda x: p * x + x**3, y, -9.0, 9.0, 60, (p,))


def area_with(b, p):
    return gauss_legendre(lambda x: p * x, torch.zeros_like(b), b, 3, (p,))


@pytest.mark.parametrize("function", [solved_with, area_with])
def test_a_frozen_parameter(function):
    told = "it fails: RuntimeError: One of the differentiated Tensors does not require grad"
    with pytest.raises(OpError, match=told):
        prove(from_torch(function), pairs(moderate, positive), seed=0, examples=100)()


@pytest.mark.parametrize("function", [solved_with, area_with])
def test_a_frozen_parameter_by_hand(function):
    y = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
    frozen = torch.tensor(2.0, dtype=torch.float64)
    with pytest.raises(RuntimeError, match="does not require grad"):
        function(y, frozen).backward()
    function(y, frozen.requires_grad_()).backward()


# With few points, gauss_legendre's gradient is that of the integral, not of its own sum: a choice,
# and a good one. Differences see it.


def test_few_points():
    of_exponentials = from_torch(lambda a, b: gauss_legendre(torch.exp, a, b, 3), "area of exp")
    with pytest.raises(GradientError, match="derivative of order 1 is wrong"):
        prove(of_exponentials, pairs(), seed=0, examples=100)()
    prove(of_exponentials, pairs(), seed=0, examples=100, skip=["differences"])()


def test_few_points_by_hand():
    zero = torch.tensor(0.0, dtype=torch.float64)
    b = torch.tensor(3.0, dtype=torch.float64, requires_grad=True)
    slope = grad(gauss_legendre(torch.exp, zero, b, 3), b)[0].item()
    beside = [gauss_legendre(torch.exp, zero, b + s, 3).item() for s in (1e-5, -1e-5)]
    assert abs(slope - torch.e**3) < 1e-9
    assert 0.01 < slope - (beside[0] - beside[1]) / 2e-5 < 0.02
