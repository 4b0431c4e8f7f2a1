"""entmax 1.3, sparse relatives of the softmax, for PyTorch.

pip install entmax==1.3
python -m pytest tests/wild/test_entmax.py
"""

import pytest
import torch
from entmax import (
    Entmax15Loss,
    EntmaxBisectLoss,
    SparsemaxBisectLoss,
    SparsemaxLoss,
    entmax15,
    entmax_bisect,
    sparsemax,
)
from entmax.root_finding import budget_bisect, normmax_bisect, sparsemax_bisect
from torch.autograd import grad
from torch.autograd.functional import hessian

from scratchgen.gradcheck import GradientError
from scratchgen.testing import OpError, arrays, floats, from_torch, prove, same_shape, shapes

rows = arrays(shapes(min_axes=1, min_side=1))
logits = arrays((2, 3))
WEIGHTS = torch.tensor([1.0, 2.0, 4.0], dtype=torch.float64)
POINT = torch.tensor([[0.5, -0.2, 0.1]], dtype=torch.float64)
TARGETS = torch.tensor([1, 0])
FIRST = {"order": 1, "seed": 0, "examples": 40}


# Right, to first order.

test_sparsemax = prove(from_torch(sparsemax), rows, seed=0, examples=100)
test_entmax15 = prove(from_torch(entmax15), rows, order=1, seed=0, examples=100)
test_sparsemax_bisect = prove(from_torch(sparsemax_bisect), rows, **FIRST)


# budget_bisect: its backward takes away an axis of length 1 too many.


def budget_of_one(x):
    return budget_bisect(x, 1.0)


def test_a_budget_over_rows_between_which_stands_an_axis_of_one():
    with pytest.raises(GradientError):
        prove(from_torch(budget_of_one), rows, order=1, seed=0, examples=300)()


def test_a_budget_by_hand():
    x = torch.tensor([[[0.5, -0.2, 0.1]], [[2.0, 0.3, 0.2]]], dtype=torch.float64)
    flat = x[:, 0].requires_grad_()
    (right,) = grad((budget_bisect(flat, 1.0) * WEIGHTS).sum(), flat)
    x = x.clone().requires_grad_()
    (wrong,) = grad((budget_bisect(x, 1.0) * WEIGHTS).sum(), x)
    assert torch.isfinite(right).all()
    assert not torch.isfinite(wrong).all()  # of the same numbers, in shape (2, 1, 3)


# entmax_bisect keeps alpha on ctx: whoever trains it changes what backward reads.


def test_an_alpha_that_is_trained():
    strategy = same_shape(floats(-1, 1), floats(1.25, 1.75), shape=shapes(1, 1, 1))
    one_alpha = from_torch(lambda x, alpha: entmax_bisect(x, alpha[:1]), "entmax_bisect")
    with pytest.raises(OpError, match="when argument 1 was overwritten since, differs"):
        prove(one_alpha, strategy, seed=0, skip=["differences", "second"], examples=40)()


def test_an_alpha_by_hand():
    alpha = torch.tensor(1.5, dtype=torch.float64, requires_grad=True)
    x = POINT.clone().requires_grad_()
    y = entmax_bisect(x, alpha)
    (right,) = grad((y * WEIGHTS).sum(), x, retain_graph=True)
    with torch.no_grad():
        alpha += 0.2  # an optimiser's step, and no error says that it matters
    (wrong,) = grad((y * WEIGHTS).sum(), x)
    assert (right - wrong).abs().max() > 0.2


# Four losses have no second derivative, and say that it is 0.

LOSSES = [SparsemaxLoss, Entmax15Loss, EntmaxBisectLoss, SparsemaxBisectLoss]


@pytest.mark.parametrize("loss", LOSSES)
def test_second_derivatives_of_losses(loss):
    function = from_torch(lambda x: loss()(x, TARGETS), loss.__name__)
    prove(function, logits, skip=["float32"], **FIRST)()
    with pytest.raises(GradientError, match="derivative of order 2 is wrong"):
        prove(function, logits, seed=0, examples=40)()


@pytest.mark.parametrize("loss", LOSSES)
def test_second_derivatives_of_losses_by_hand(loss):
    def slope(x):
        x = x.clone().requires_grad_()
        return grad(loss()(x, TARGETS[:1]), x)[0]

    step = torch.tensor([[1e-5, 0.0, 0.0]], dtype=torch.float64)
    assert (slope(POINT + step) - slope(POINT - step)).abs().max() / 2e-5 > 0.4
    assert not hessian(lambda x: loss()(x, TARGETS[:1]), POINT).any()


# entmax15's second derivative is not a number where the output has a 0, which it is made for.


def test_the_second_derivative_of_a_sparse_output():
    with pytest.raises(GradientError, match="(?s)order 2 is wrong.* nan"):
        prove(from_torch(entmax15), rows, seed=0, examples=100)()


def test_the_second_derivative_of_a_sparse_output_by_hand():
    x = torch.tensor([3.0, 0.0], dtype=torch.float64, requires_grad=True)
    (slope,) = grad(entmax15(x, -1)[0], x, create_graph=True)
    assert grad(slope.sum(), x)[0].isnan().all()


# normmax_bisect, on rows without an axis of one: nothing found.

test_normmax_bisect = prove(from_torch(normmax_bisect), logits, **FIRST)
