"""autograd-gamma 0.5.0, incomplete gamma and beta functions, for HIPS autograd.

pip install autograd-gamma==0.5.0
python -m pytest tests/wild/test_autograd_gamma.py
"""

import autograd_gamma as gamma
import pytest
from autograd import grad

from scratchgen.gradcheck import GradientError
from scratchgen.testing import arrays, broadcasting, floats, from_hips, pairs, positive, prove

inside = floats(0.125, 0.875)
TWO = {
    "gammainc": positive,
    "gammaincc": positive,
    "gammaincln": positive,
    "gammainccln": positive,
    "gammaincinv": inside,
    "gammainccinv": inside,
}


# To first order nothing was found, by any argument, though some of these are differences.


@pytest.mark.parametrize("name", TWO)
def test_the_gamma_functions(name):
    prove(from_hips(getattr(gamma, name), name), pairs(positive, TWO[name]), order=1, seed=0,
          examples=100)()  # fmt: skip


@pytest.mark.parametrize("name", ["betainc", "betaincln", "betaincinv"])
def test_the_beta_functions(name):
    strategy = broadcasting(positive, positive, inside)
    prove(from_hips(getattr(gamma, name), name), strategy, order=1, seed=0, examples=100)()


test_beta = prove(from_hips(gamma.beta), pairs(positive, positive), seed=0, examples=100)
test_gamma = prove(from_hips(gamma.gamma, "gamma"), arrays(elements=positive), seed=0, examples=100)


# Their second derivatives by the shape parameter are differences of differences, and right to five
# or six digits. That is what the package says of itself, and no fault.


def test_second_derivatives_are_right_to_five_digits():
    function = from_hips(gamma.gammainc, "gammainc")
    prove(function, pairs(positive, positive), rtol=1e-4, seed=0, examples=100)()
    with pytest.raises(GradientError, match="derivative of order 2 is wrong"):
        prove(function, pairs(positive, positive), seed=0, examples=100)()


def test_second_derivatives_by_hand():
    slope = grad(gamma.gammainc)
    second, beside = grad(slope)(0.5, 0.125), (slope(0.501, 0.125) - slope(0.499, 0.125)) / 0.002
    assert abs(second - beside) < 1e-4 * abs(second)
