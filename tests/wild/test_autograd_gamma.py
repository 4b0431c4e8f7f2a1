"""autograd-gamma 0.5.0, incomplete gamma and beta functions, for HIPS autograd.

pip install autograd-gamma==0.5.0 mpmath
python -m pytest tests/wild/test_autograd_gamma.py
"""

import itertools

import autograd_gamma as gamma
import mpmath
import pytest
from autograd import grad

from scratchgen.gradcheck import GradientError
from scratchgen.testing import arrays, broadcasting, floats, from_hips, pairs, positive, prove

GRID = [*itertools.product([0.5, 1.25, 2.0, 2.75], repeat=2)]
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


# Their second derivatives by the shape parameter are differences of differences, off by some 1e-5
# and in places by a part in a thousand of what they are. The package says of itself that it
# takes differences: a convention.


def test_second_derivatives_are_right_to_some_digits():
    function = from_hips(gamma.gammainc, "gammainc")
    with pytest.raises(GradientError, match="derivative of order 2 is wrong"):
        prove(function, pairs(positive, positive), seed=0, examples=100)()


def test_second_derivatives_by_hand():
    second = grad(grad(gamma.gammainc))
    with mpmath.workdps(40):
        exact = [
            float(mpmath.diff(lambda a, x=x: mpmath.gammainc(a, 0, x, regularized=True), a, 2))
            for a, x in GRID
        ]
    gaps = [abs(second(a, x) - e) for (a, x), e in zip(GRID, exact, strict=True)]
    assert 1e-6 < max(gaps) < 1e-4
