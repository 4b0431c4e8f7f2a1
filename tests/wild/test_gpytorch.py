"""gpytorch 1.15.2, Gaussian processes, for PyTorch.

pip install gpytorch==1.15.2
python -m pytest tests/wild/test_gpytorch.py
"""

import gpytorch
import pytest
import torch
from gpytorch.functions._log_normal_cdf import LogNormalCDF
from gpytorch.functions.matern_covariance import MaternCovariance
from gpytorch.functions.rbf_covariance import RBFCovariance
from gpytorch.kernels.kernel import dist, sq_dist
from torch.autograd import grad

from scratchgen.gradcheck import GradientError
from scratchgen.testing import arrays, floats, from_torch, positive, prove

A = torch.linspace(-1, 1, 6, dtype=torch.float64).reshape(3, 2)
B = torch.tensor([[0.3, -0.2], [1.0, 0.5]], dtype=torch.float64)
lengthscale = arrays((1, 1), positive)


def rbf(scale):
    far = lambda a, b: sq_dist(a, b, x1_eq_x2=False)
    return RBFCovariance.apply(A.to(scale.dtype), B.to(scale.dtype), scale, far)


def matern(nu):
    def covariance(scale):
        far = lambda a, b: dist(a, b, x1_eq_x2=False)
        return MaternCovariance.apply(A.to(scale.dtype), B.to(scale.dtype), scale, nu, far)

    return covariance


COVARIANCES = [rbf, matern(0.5), matern(1.5), matern(2.5)]


@pytest.mark.parametrize("covariance", COVARIANCES)
def test_covariances_are_right_to_first_order(covariance):
    prove(from_torch(covariance), lengthscale, order=1, seed=0, examples=100)()


# Their second derivatives by the length scale are wrong, and nothing says so.


@pytest.mark.parametrize("covariance", COVARIANCES)
def test_second_derivatives_of_covariances(covariance):
    with pytest.raises(GradientError, match="derivative of order 2 is wrong"):
        prove(from_torch(covariance), lengthscale, seed=0, examples=100)()


KERNELS = [gpytorch.kernels.RBFKernel()] + [gpytorch.kernels.MaternKernel(nu) for nu in (1.5, 2.5)]


@pytest.mark.parametrize("kernel", KERNELS)
def test_second_derivatives_of_kernels_by_hand(kernel):
    k = kernel.double()
    raw, at = k.raw_lengthscale, torch.tensor([[0.0], [1.0]], dtype=torch.float64)

    def slope(step=0.0, **options):
        with torch.no_grad():
            raw.fill_(step)
        return grad(k(at, at + 0.5).to_dense().sum(), raw, **options)[0]

    between = (slope(1e-5) - slope(-1e-5)) / 2e-5
    (second,) = grad(slope(create_graph=True), raw)
    assert second > 0.1
    assert between < -0.1


# log Phi below -1: the value is an approximation, some 2e-3 off there; and no second derivative.

small, other = arrays((2,), floats(-3, -1.0625)), arrays((2,), floats(-0.9375, 3))
test_the_logarithm_of_phi_above_minus_one = prove(
    from_torch(LogNormalCDF.apply), other, seed=0, examples=100
)


def test_the_logarithm_of_phi_below_minus_one():
    with pytest.raises(GradientError, match="derivative of order 1 is wrong"):
        prove(from_torch(LogNormalCDF.apply), small, seed=0, examples=100)()


def test_the_logarithm_of_phi_by_hand():
    z = torch.tensor(-1.001, dtype=torch.float64, requires_grad=True)
    y, right = LogNormalCDF.apply(z), torch.special.log_ndtr(z)
    assert 1.8e-3 < abs(y - right) < 2e-3
    (slope,) = grad(y, z, create_graph=True)
    (right_slope,) = grad(right, z, create_graph=True)
    assert 2.8e-3 < abs(slope - right_slope) < 3e-3
    assert grad(slope, z)[0] == 0
    assert grad(right_slope, z)[0] < -0.8
