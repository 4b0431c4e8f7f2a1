"""scratchgen: learn image generation from scratch.

The names in the order a learner meets them: a Tensor remembers how it was made, `grad` asks it for
derivatives, ops and layers make nets of it, Adam trains them, and `vae` and `gan` are the two
classic generators on top.
"""

import builtins as _builtins

from . import backend, data, distributed, draw, gan, gradcheck, measure, nn, optim, vae
from .backend import array_module, to_numpy
from .engine import (
    Tensor, grad, op, detach, no_grad, detect_nonfinite,
    add, subtract, multiply, divide, negative, power, matmul, sum, mean,
    broadcast_to, sum_to, reshape, transpose, getitem, put,
)
from .functions import (
    exp, log, sqrt, abs, tanh, sigmoid, relu, leaky_relu, softplus,
    max, maximum, minimum, clip, where, concatenate, softmax, log_softmax, logsumexp, linear,
    mse, cross_entropy, bce_with_logits, gaussian_kl,
)
from .gradcheck import check_grad
from .nn import MLP, Dense
from .optim import SGD, Adam

__version__ = "0.1.0"
# `from scratchgen import *` hides no builtin: abs, max and sum are Python's, and Tensors have them.
__all__ = [name for name in dir() if name[0] != "_" and not hasattr(_builtins, name)]
