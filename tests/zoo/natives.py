"""The frameworks' own functions, as controls: an alarm is a convention, a fault, or ours to mend.

`python -m tests.zoo.natives` prints each alarm.
"""

import argparse
import warnings

import numpy as np

from scratchgen.testing import (
    arrays,
    by_signature,
    floats,
    from_hips,
    from_torch,
    matmul_pairs,
    moderate,
    off_zero,
    on_zero,
    pairs,
    positive,
    prove,
    shapes,
    without_ties,
)

inside = floats(-0.875, 0.875)
above_one = floats(1.125, 3)
one = arrays()
with_axes = arrays(shapes(min_axes=1, min_side=1))
square = by_signature("(n,n)", stacks=0)
spread = arrays(shapes(min_axes=1, min_side=1), off_zero)

apart = without_ties(shapes(min_axes=1, max_axes=1, min_side=2))
# Where equal elements are a cusp from which rounding chooses a way out: no fit arguments.
NO_TIES = {"std", "sort"}


def torch_functions() -> dict:
    """PyTorch's functions of float tensors, with what to draw for them."""
    import torch
    from torch.nn import functional as F

    return {
        "abs": (torch.abs, arrays(elements=on_zero)),
        "acos": (torch.acos, arrays(elements=inside)),
        "acosh": (torch.acosh, arrays(elements=above_one)),
        "add": (torch.add, pairs()),
        "addcmul": (lambda a, b: torch.addcmul(a, a, b), pairs()),
        "amax": (lambda x: x.amax(-1), with_axes),
        "amin": (lambda x: x.amin(-1), with_axes),
        "asin": (torch.asin, arrays(elements=inside)),
        "asinh": (torch.asinh, one),
        "atan": (torch.atan, one),
        "atan2": (torch.atan2, pairs(positive, positive)),
        "atanh": (torch.atanh, arrays(elements=inside)),
        "celu": (F.celu, arrays(elements=off_zero)),
        "clamp": (lambda x: x.clamp(-1, 1), arrays(elements=on_zero)),
        "cos": (torch.cos, one),
        "cosh": (torch.cosh, one),
        "cumprod": (lambda x: x.cumprod(-1), with_axes),
        "cumsum": (lambda x: x.cumsum(-1), with_axes),
        "diag_embed": (torch.diag_embed, with_axes),
        "digamma": (torch.digamma, arrays(elements=positive)),
        "div": (torch.div, pairs(second=positive)),
        "elu": (F.elu, arrays(elements=off_zero)),
        "erf": (torch.erf, one),
        "erfc": (torch.erfc, one),
        "erfinv": (torch.erfinv, arrays(elements=inside)),
        "exp": (torch.exp, one),
        "exp2": (torch.exp2, one),
        "expm1": (torch.expm1, one),
        "flip": (lambda x: x.flip(-1), with_axes),
        "fmax": (torch.fmax, pairs()),
        "gelu": (F.gelu, one),
        "hardtanh": (F.hardtanh, arrays(elements=on_zero)),
        "hypot": (torch.hypot, pairs(positive, positive)),
        "leaky_relu": (F.leaky_relu, arrays(elements=on_zero)),
        "lerp": (lambda a, b: torch.lerp(a, b, 0.3), pairs()),
        "lgamma": (torch.lgamma, arrays(elements=positive)),
        "log": (torch.log, arrays(elements=positive)),
        "log10": (torch.log10, arrays(elements=positive)),
        "log1p": (torch.log1p, arrays(elements=positive)),
        "log2": (torch.log2, arrays(elements=positive)),
        "log_softmax": (lambda x: x.log_softmax(-1), with_axes),
        "logaddexp": (torch.logaddexp, pairs()),
        "logcumsumexp": (lambda x: x.logcumsumexp(-1), with_axes),
        "logit": (torch.logit, arrays(elements=floats(0.125, 0.875))),
        "logsigmoid": (F.logsigmoid, one),
        "logsumexp": (lambda x: x.logsumexp(-1), with_axes),
        "matmul": (torch.matmul, matmul_pairs()),
        "maximum": (torch.maximum, pairs()),
        "mean": (lambda x: x.mean(-1), with_axes),
        "minimum": (torch.minimum, pairs()),
        "mse_loss": (lambda x: F.mse_loss(x, torch.zeros_like(x)), with_axes),
        "mul": (torch.mul, pairs()),
        "neg": (torch.neg, one),
        "norm": (lambda x: torch.linalg.vector_norm(x, dim=-1), spread),
        "pow": (torch.pow, pairs(positive, moderate)),
        "prod": (lambda x: x.prod(-1), arrays(shapes(min_axes=1, min_side=1), on_zero)),
        "reciprocal": (torch.reciprocal, arrays(elements=off_zero)),
        "relu": (torch.relu, arrays(elements=on_zero)),
        "roll": (lambda x: x.roll(1, -1), with_axes),
        "rsqrt": (torch.rsqrt, arrays(elements=positive)),
        "selu": (F.selu, arrays(elements=off_zero)),
        "sigmoid": (torch.sigmoid, one),
        "silu": (F.silu, one),
        "sin": (torch.sin, one),
        "sinc": (torch.sinc, arrays(elements=off_zero)),
        "sinh": (torch.sinh, one),
        "smooth_l1": (lambda x: F.smooth_l1_loss(x, 0 * x), with_axes),
        "softmax": (lambda x: x.softmax(-1), with_axes),
        "softplus": (F.softplus, one),
        "softsign": (F.softsign, arrays(elements=off_zero)),
        "sqrt": (torch.sqrt, arrays(elements=positive)),
        "std": (lambda x: x.std(-1), apart),
        "sub": (torch.sub, pairs()),
        "sum": (lambda x: x.sum(-1), with_axes),
        "tan": (torch.tan, arrays(elements=inside)),
        "tanh": (torch.tanh, one),
        "trace": (torch.trace, square),
        "transpose": (lambda x: x.transpose(0, -1), with_axes),
        "tril": (torch.tril, square),
        "unsqueeze": (lambda x: x.unsqueeze(0), one),
        "var": (lambda x: x.var(-1), arrays(shapes(min_axes=1, min_side=2), moderate)),
        "where": (lambda a, b: torch.where(a > 0, a, b), pairs(off_zero, moderate)),
        "xlogy": (torch.xlogy, pairs(positive, positive)),
    }


def hips_functions() -> dict:
    """HIPS autograd's functions, with what to draw for them."""
    import autograd.numpy as anp
    from autograd.scipy import special

    return {
        "abs": (anp.abs, arrays(elements=on_zero)),
        "add": (anp.add, pairs()),
        "arccos": (anp.arccos, arrays(elements=inside)),
        "arccosh": (anp.arccosh, arrays(elements=above_one)),
        "arcsin": (anp.arcsin, arrays(elements=inside)),
        "arcsinh": (anp.arcsinh, one),
        "arctan": (anp.arctan, one),
        "arctan2": (anp.arctan2, pairs(positive, positive)),
        "arctanh": (anp.arctanh, arrays(elements=inside)),
        "clip": (lambda x: anp.clip(x, -1, 1), arrays(elements=on_zero)),
        "concatenate": (lambda a: anp.concatenate((a, 2 * a)), with_axes),
        "cos": (anp.cos, one),
        "cosh": (anp.cosh, one),
        "cumsum": (lambda x: anp.cumsum(x, -1), with_axes),
        "deg2rad": (anp.deg2rad, one),
        "diag": (anp.diag, square),
        "divide": (anp.divide, pairs(second=positive)),
        "dot": (anp.dot, by_signature("(n,k),(k,m)", stacks=0)),
        "einsum": (lambda a, b: anp.einsum("ij,jk", a, b), by_signature("(n,k),(k,m)", stacks=0)),
        "erf": (special.erf, one),
        "erfc": (special.erfc, one),
        "exp": (anp.exp, one),
        "exp2": (anp.exp2, one),
        "expand_dims": (lambda x: anp.expand_dims(x, 0), one),
        "expit": (special.expit, one),
        "expm1": (anp.expm1, one),
        "fabs": (anp.fabs, arrays(elements=off_zero)),
        "gammaln": (special.gammaln, arrays(elements=positive)),
        "hypot": (anp.hypot, pairs(positive, positive)),
        "inner": (anp.inner, by_signature("(n,k),(m,k)", stacks=0)),
        "kron": (anp.kron, by_signature("(n,k),(m,k)", stacks=0)),
        "log": (anp.log, arrays(elements=positive)),
        "log10": (anp.log10, arrays(elements=positive)),
        "log1p": (anp.log1p, arrays(elements=positive)),
        "log2": (anp.log2, arrays(elements=positive)),
        "logaddexp": (anp.logaddexp, pairs()),
        "logit": (special.logit, arrays(elements=floats(0.125, 0.875))),
        "logsumexp": (lambda x: special.logsumexp(x, axis=-1), with_axes),
        "matmul": (anp.matmul, matmul_pairs()),
        "max": (lambda x: anp.max(x, axis=-1), with_axes),
        "maximum": (anp.maximum, pairs()),
        "mean": (lambda x: anp.mean(x, axis=-1), with_axes),
        "minimum": (anp.minimum, pairs()),
        "moveaxis": (lambda x: anp.moveaxis(x, 0, -1), with_axes),
        "multiply": (anp.multiply, pairs()),
        "negative": (anp.negative, one),
        "norm": (lambda x: anp.linalg.norm(x, axis=-1), spread),
        "outer": (anp.outer, by_signature("(n),(m)", stacks=0)),
        "power": (anp.power, pairs(positive, moderate)),
        "prod": (lambda x: anp.prod(x, axis=-1), spread),
        "reciprocal": (anp.reciprocal, arrays(elements=off_zero)),
        "repeat": (lambda x: anp.repeat(x, 2, axis=-1), with_axes),
        "reshape": (lambda x: anp.reshape(x, (-1,)), one),
        "roll": (lambda x: anp.roll(x, 1, -1), with_axes),
        "sin": (anp.sin, one),
        "sinc": (anp.sinc, arrays(elements=off_zero)),
        "sinh": (anp.sinh, one),
        "sort": (anp.sort, apart),
        "sqrt": (anp.sqrt, arrays(elements=positive)),
        "square": (anp.square, one),
        "std": (lambda x: anp.std(x, axis=-1), apart),
        "subtract": (anp.subtract, pairs()),
        "sum": (lambda x: anp.sum(x, axis=-1), with_axes),
        "tan": (anp.tan, arrays(elements=inside)),
        "tanh": (anp.tanh, one),
        "tile": (lambda x: anp.tile(x, 2), with_axes),
        "trace": (anp.trace, square),
        "transpose": (anp.transpose, one),
        "tril": (anp.tril, square),
        "var": (lambda x: anp.var(x, axis=-1), arrays(shapes(min_axes=1, min_side=2), moderate)),
        "where": (lambda a, b: anp.where(np.ones(2) > 0, a, b), pairs()),
    }


NATIVES = {"torch": (torch_functions, from_torch), "hips": (hips_functions, from_hips)}


def main() -> None:
    """Read what is asked for, and print each alarm."""
    parser = argparse.ArgumentParser(prog="python -m tests.zoo.natives", description=__doc__)
    parser.add_argument("frameworks", nargs="*", help=", ".join(NATIVES), default=[])
    parser.add_argument("--only", default="", help="those with this in their name")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    for framework in asked.frameworks or NATIVES:
        functions, adapter = NATIVES[framework]
        found = functions()
        alarms = 0
        for name, (function, strategy) in found.items():
            if asked.only in name:
                try:
                    ties = name not in NO_TIES
                    prove(adapter(function, name), strategy, ties, seed=asked.seed)()
                except Exception as error:
                    alarms += 1
                    print(f"{framework} {name}: {error}\n", flush=True)
        print(f"{framework}: {len(found)} functions, {alarms} alarms", flush=True)


if __name__ == "__main__":
    main()
