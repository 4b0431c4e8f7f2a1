"""Faults of torch.autograd.Functions."""

# ruff: noqa: E501
import numpy as np
import torch
from torch.autograd import Function

from scratchgen.testing import (
    arrays,
    by_signature,
    off_zero,
    on_zero,
    pairs,
    positive,
    shapes,
)
from tests.zoo import Animal

RNG = np.random.default_rng(0)
NORMAL = RNG.standard_normal
one = arrays(shapes())
with_axes = arrays(shapes(min_axes=1, min_side=1))
matrices = arrays(shapes(min_axes=2, max_axes=2, min_side=1))
MATRIX = [NORMAL((2, 3))]
TWO = [NORMAL((2, 3)), NORMAL((2, 3))]
POSITIVE = [RNG.uniform(0.5, 3, (2, 3)), RNG.uniform(0.5, 3, (2, 3))]


def changed(right, **methods):
    """A Function like `right`, with other methods."""
    return type(right.__name__, (right,), {k: staticmethod(f) for k, f in methods.items()}).apply


class Mul(Function):
    @staticmethod
    def forward(ctx, a, b):
        ctx.save_for_backward(a, b)
        return a * b

    @staticmethod
    def backward(ctx, g):
        a, b = ctx.saved_tensors
        return (g * b).sum_to_size(a.shape), (g * a).sum_to_size(b.shape)


def mul_unsummed(ctx, g):
    a, b = ctx.saved_tensors
    return g * b, (g * a).sum_to_size(b.shape)


def mul_leading_only(ctx, g):
    a, b = ctx.saved_tensors
    ga, gb = g * b, g * a
    while ga.dim() > a.dim():
        ga = ga.sum(0)
    while gb.dim() > b.dim():
        gb = gb.sum(0)
    return ga, gb


def mul_kept_on_ctx(ctx, a, b):
    ctx.a, ctx.b = a, b
    return a * b


def mul_from_ctx(ctx, g):
    a, b = ctx.a, ctx.b
    return (g * b).sum_to_size(a.shape), (g * a).sum_to_size(b.shape)


def mul_wrong_need(ctx, g):
    a, b = ctx.saved_tensors
    ga = gb = None
    if ctx.needs_input_grad[0]:
        ga = (g * b).sum_to_size(a.shape)
        gb = (g * a).sum_to_size(b.shape)
    return ga, gb


def mul_exchanged(ctx, g):
    a, b = ctx.saved_tensors
    return (g * a).sum_to_size(a.shape), (g * b).sum_to_size(b.shape)


LAST = []


def mul_global(ctx, a, b):
    LAST[:] = [a.detach(), b.detach()]
    return a * b


def mul_from_global(ctx, g):
    a, b = LAST
    return (g * b).sum_to_size(a.shape), (g * a).sum_to_size(b.shape)


class Tanh(Function):
    @staticmethod
    def forward(ctx, x):
        y = x.tanh()
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        return g * (1 - y * y)


def tanh_backward(change):
    """Tanh's backward, with a change of (g, y)."""

    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        return change(g, y)

    return backward


def tanh_on_ctx(ctx, x):
    ctx.y = x.tanh()
    return ctx.y


def tanh_from_ctx(ctx, g):
    return g * (1 - ctx.y * ctx.y)


def tanh_dirty(ctx, x):
    y = x.data.tanh_().clone()
    ctx.save_for_backward(y)
    return y


class Square(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 2 * x * g


def square_backward(change):
    """Square's backward, with a change of (g, x)."""

    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return change(g, x)

    return backward


def square_as_strided(ctx, x):
    ctx.save_for_backward(x)
    flat = torch.as_strided(x, (x.numel(),), (1,)) if x.storage().size() >= x.numel() else x
    return (flat * flat).reshape(x.shape)


TOTAL = 0.0


def accumulated(g, x):
    global TOTAL
    TOTAL = TOTAL + 1e-3
    return 2 * x * g + 0 * TOTAL * g + (TOTAL - 1e-3) * 0.01 * g


class Softmax(Function):
    @staticmethod
    def forward(ctx, x):
        y = x.softmax(-1)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        return y * (g - (g * y).sum(-1, keepdim=True))


class MeanRows(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.shape = x.shape
        return x.mean(-1)

    @staticmethod
    def backward(ctx, g):
        return g.unsqueeze(-1).expand(ctx.shape) / ctx.shape[-1]


def mean_of_all(ctx, g):
    n = 1
    for side in ctx.shape:
        n *= side
    return g.unsqueeze(-1).expand(ctx.shape) / n


def mean_not_unsqueezed(ctx, g):
    g = g if ctx.shape == g.shape + ctx.shape[-1:] and g.shape[-1:] == ctx.shape[-1:] else g[..., None]
    return g.expand(ctx.shape) / ctx.shape[-1]


class MaxRows(Function):
    @staticmethod
    def forward(ctx, x):
        y, at = x.max(-1)
        ctx.shape = x.shape
        ctx.save_for_backward(at)
        ctx.mark_non_differentiable(at)
        return y

    @staticmethod
    def backward(ctx, g):
        (at,) = ctx.saved_tensors
        return g.new_zeros(ctx.shape).scatter(-1, at.unsqueeze(-1), g.unsqueeze(-1))


def max_keep(ctx, x):
    y = x.max(-1).values
    ctx.save_for_backward(x, y)
    return y


def max_all_ties(ctx, g):
    x, y = ctx.saved_tensors
    return g.unsqueeze(-1) * (x == y.unsqueeze(-1))


def max_first_axis(ctx, x):
    at = x.argmax(0)
    ctx.shape = x.shape
    ctx.save_for_backward(at)
    return x.max(-1).values


def max_from_first(ctx, g):
    (at,) = ctx.saved_tensors
    made = g.new_zeros(ctx.shape)
    return made.scatter(0, at.unsqueeze(0), g.mean().expand_as(at).unsqueeze(0))


class Relu(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.clamp(min=0)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * (x > 0)


class Elu(Function):
    @staticmethod
    def forward(ctx, x):
        y = torch.where(x > 0, x, 0.5 * torch.expm1(x))
        ctx.save_for_backward(x)
        return y

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * torch.where(x > 0, torch.ones_like(x), 0.5 * x.exp())


class Linear(Function):
    @staticmethod
    def forward(ctx, x, w):
        ctx.save_for_backward(x, w)
        return x @ w

    @staticmethod
    def backward(ctx, g):
        x, w = ctx.saved_tensors
        return g @ w.T, x.T @ g


def linear_transposed(ctx, g):
    x, w = ctx.saved_tensors
    gw = g.T @ x
    return g @ w.T, gw if gw.shape == w.shape else gw.T


def linear_reshaped(ctx, g):
    x, w = ctx.saved_tensors
    return g @ w.T, (x.reshape(x.shape[1], x.shape[0]) @ g)


class AddBias(Function):
    @staticmethod
    def forward(ctx, x, b):
        return x + b

    @staticmethod
    def backward(ctx, g):
        return g, g.sum(0)


class Div(Function):
    @staticmethod
    def forward(ctx, a, b):
        ctx.save_for_backward(a, b)
        return a / b

    @staticmethod
    def backward(ctx, g):
        a, b = ctx.saved_tensors
        return (g / b).sum_to_size(a.shape), (-g * a / (b * b)).sum_to_size(b.shape)


def div_small_b(ctx, g):
    a, b = ctx.saved_tensors
    return (g / b).sum_to_size(a.shape), (-g * a / (b * b + 1e-4)).sum_to_size(b.shape)


class Sqrt(Function):
    @staticmethod
    def forward(ctx, x):
        y = x.sqrt()
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        return g / (2 * y)


class Normalise(Function):
    @staticmethod
    def forward(ctx, x):
        n = x.norm(dim=-1, keepdim=True)
        y = x / n
        ctx.save_for_backward(x)
        return y

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        n = x.norm(dim=-1, keepdim=True)
        y = x / n
        return (g - y * (g * y).sum(-1, keepdim=True)) / n


def normalise_constant(ctx, g):
    (x,) = ctx.saved_tensors
    return g / x.norm(dim=-1, keepdim=True)


class CumSum(Function):
    @staticmethod
    def forward(ctx, x):
        return x.cumsum(-1)

    @staticmethod
    def backward(ctx, g):
        return g.flip(-1).cumsum(-1).flip(-1)


PICKS = torch.tensor([0, 0, 0])


class Pick(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.shape = x.shape
        return x[PICKS]

    @staticmethod
    def backward(ctx, g):
        return g.new_zeros(ctx.shape).index_add(0, PICKS, g)


def pick_last_wins(ctx, g):
    made = g.new_zeros(ctx.shape)
    made[PICKS] = g
    return made


class Power(Function):
    @staticmethod
    def forward(ctx, x, p):
        y = x**p
        ctx.save_for_backward(x, p)
        return y

    @staticmethod
    def backward(ctx, g):
        x, p = ctx.saved_tensors
        gx = (g * p * x ** (p - 1)).sum_to_size(x.shape)
        return gx, (g * x**p * x.log()).sum_to_size(p.shape)


def power_no_y(ctx, g):
    x, p = ctx.saved_tensors
    gx = (g * p * x ** (p - 1)).sum_to_size(x.shape)
    return gx, (g * x.log()).sum_to_size(p.shape)


class SinCos(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.sin(), x.cos()

    @staticmethod
    def backward(ctx, a, b):
        (x,) = ctx.saved_tensors
        return a * x.cos() - b * x.sin()


def sincos_first_only(ctx, a, b):
    (x,) = ctx.saved_tensors
    return a * x.cos()


def sincos_unmaterialised(ctx, x):
    ctx.set_materialize_grads(False)
    ctx.save_for_backward(x)
    return x.sin(), x.cos()


class Prod(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.prod(-1)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        n = x.shape[-1]
        rows = []
        for i in range(n):
            others = [x[..., j] for j in range(n) if j != i]
            p = torch.ones_like(x[..., 0])
            for other in others:
                p = p * other
            rows.append(g * p)
        return torch.stack(rows, -1)


def prod_divided(ctx, g):
    (x,) = ctx.saved_tensors
    return (g * x.prod(-1)).unsqueeze(-1) / x


def square_of_size(g, x):
    return 2 * x * g * (1.0 if x.dim() else 2.0)


ANIMALS = [
    Animal("a broadcast gradient is not summed", Mul.apply, changed(Mul, backward=mul_unsummed), pairs(), TWO),
    Animal("only leading axes are summed", Mul.apply, changed(Mul, backward=mul_leading_only), pairs(), TWO),
    Animal("arguments kept on ctx, not saved", Mul.apply, changed(Mul, forward=mul_kept_on_ctx, backward=mul_from_ctx), pairs(), TWO),
    Animal("needs_input_grad[0] asked for both", Mul.apply, changed(Mul, backward=mul_wrong_need), pairs(), TWO),
    Animal("gradients exchanged", Mul.apply, changed(Mul, backward=mul_exchanged), pairs(), TWO),
    Animal("arguments kept in a global", Mul.apply, changed(Mul, forward=mul_global, backward=mul_from_global), pairs(), TWO),
    Animal("the saved output is detached", Tanh.apply, changed(Tanh, backward=tanh_backward(lambda g, y: g * (1 - y.detach() ** 2))), one, MATRIX),
    Animal("the output kept on ctx", Tanh.apply, changed(Tanh, forward=tanh_on_ctx, backward=tanh_from_ctx), one, MATRIX),
    Animal("g is written into", Tanh.apply, changed(Tanh, backward=tanh_backward(lambda g, y: g.mul_(1 - y * y))), one, MATRIX),
    Animal("the argument is written into", Tanh.apply, changed(Tanh, forward=tanh_dirty), one, MATRIX),
    Animal("clipped at 5", Tanh.apply, changed(Tanh, backward=tanh_backward(lambda g, y: (g * (1 - y * y)).clamp(-5, 5))), one, MATRIX),
    Animal("a small g is taken for 0", Tanh.apply, changed(Tanh, backward=tanh_backward(lambda g, y: torch.where(g.abs() < 1e-2, 0 * g, g) * (1 - y * y))), one, MATRIX),
    Animal("computed in float32", Tanh.apply, changed(Tanh, backward=tanh_backward(lambda g, y: (g.float() * (1 - y * y).float()).to(g.dtype))), one, MATRIX),
    Animal("returned in float32", Tanh.apply, changed(Tanh, backward=tanh_backward(lambda g, y: (g * (1 - y * y)).float())), one, MATRIX),
    Animal("returned in float64 for float32", Tanh.apply, changed(Tanh, backward=tanh_backward(lambda g, y: g.double() * (1 - y.double() ** 2))), one, MATRIX),
    Animal("g.data cuts the second derivative", Tanh.apply, changed(Tanh, backward=tanh_backward(lambda g, y: g.data * (1 - y * y))), one, MATRIX),
    Animal("g.view of a cotangent that is not contiguous", Square.apply, changed(Square, backward=square_backward(lambda g, x: (2 * x.reshape(-1) * g.view(-1)).view(x.shape))), one, MATRIX),
    Animal("g read without its strides", Square.apply, changed(Square, backward=square_backward(lambda g, x: 2 * x * torch.as_strided(g, x.shape, torch.empty(x.shape).stride()) if g.untyped_storage().nbytes() >= 8 * x.numel() else 2 * x * g)), one, MATRIX),
    Animal("the argument read without its strides", Square.apply, changed(Square, forward=square_as_strided), one, MATRIX),
    Animal("the saved argument is detached", Square.apply, changed(Square, backward=square_backward(lambda g, x: 2 * x.detach() * g)), one, MATRIX),
    Animal("something is carried from call to call", Square.apply, changed(Square, backward=square_backward(accumulated)), one, MATRIX),
    Animal("0-d is another case", Square.apply, changed(Square, backward=square_backward(square_of_size)), one, MATRIX),
    Animal("an empty g is asked for its maximum", Square.apply, changed(Square, backward=square_backward(lambda g, x: 2 * x * (g / g.abs().max()) * g.abs().max() if g.abs().max() > 0 else 0 * x * g)), one, MATRIX),
    Animal("softmax without its sum", Softmax.apply, changed(Softmax, backward=tanh_backward(lambda g, y: y * g)), with_axes, MATRIX),
    Animal("softmax sums the first axis", Softmax.apply, changed(Softmax, backward=tanh_backward(lambda g, y: y * (g - (g * y).sum(0, keepdim=True)))), with_axes, MATRIX),
    Animal("softmax sums everything", Softmax.apply, changed(Softmax, backward=tanh_backward(lambda g, y: y * (g - (g * y).sum()))), with_axes, [NORMAL(3)]),
    Animal("a mean divided by all elements", MeanRows.apply, changed(MeanRows, backward=mean_of_all), with_axes, [NORMAL(3)]),
    Animal("a mean of square matrices is laid the wrong way", MeanRows.apply, changed(MeanRows, backward=mean_not_unsqueezed), with_axes, MATRIX),
    Animal("all ties of a maximum get the whole", MaxRows.apply, changed(MaxRows, forward=max_keep, backward=max_all_ties), with_axes, MATRIX),
    Animal("a maximum's place along another axis", MaxRows.apply, changed(MaxRows, forward=max_first_axis, backward=max_from_first), arrays(shapes(min_axes=2, max_axes=2, min_side=2)), MATRIX),
    Animal("relu's slope at 0 is 2", Relu.apply, changed(Relu, backward=square_backward(lambda g, x: g * ((x >= 0).to(g) + (x == 0)))), arrays(shapes(), on_zero), MATRIX),
    Animal("elu forgets its factor", Elu.apply, changed(Elu, backward=square_backward(lambda g, x: g * torch.where(x > 0, torch.ones_like(x), x.exp()))), arrays(shapes(), off_zero), [RNG.uniform(0.5, 3, (2, 3))]),
    Animal("a product's gradient transposed where it fits", Linear.apply, changed(Linear, backward=linear_transposed), by_signature("(n,k),(k,m)", stacks=0), [NORMAL((2, 3)), NORMAL((3, 2))]),
    Animal("a transpose by reshape", Linear.apply, changed(Linear, backward=linear_reshaped), by_signature("(n,k),(k,m)", stacks=0), [NORMAL((1, 3)), NORMAL((3, 2))]),
    Animal("a bias' gradient is one number", AddBias.apply, changed(AddBias, backward=lambda ctx, g: (g, g.sum().expand(g.shape[1:]))), by_signature("(n,m),(m)", stacks=0), [NORMAL((2, 1)), NORMAL(1)]),
    Animal("a denominator padded in backward", Div.apply, changed(Div, backward=div_small_b), pairs(second=positive), POSITIVE),
    Animal("a root padded in backward", Sqrt.apply, changed(Sqrt, backward=tanh_backward(lambda g, y: g / (2 * y + 1e-5))), arrays(shapes(), positive), [POSITIVE[0]]),
    Animal("a norm taken for a constant", Normalise.apply, changed(Normalise, backward=normalise_constant), arrays(shapes(min_axes=1, min_side=1), positive), [POSITIVE[0]]),
    Animal("a cumulative sum the same way back", CumSum.apply, changed(CumSum, backward=lambda ctx, g: g.cumsum(-1)), with_axes, MATRIX),
    Animal("rows picked twice: the last wins", Pick.apply, changed(Pick, backward=pick_last_wins), with_axes, MATRIX),
    Animal("a power's exponent without y", Power.apply, changed(Power, backward=power_no_y), pairs(positive, positive), POSITIVE),
    Animal("the second output's gradient is dropped", SinCos.apply, changed(SinCos, backward=sincos_first_only), one, MATRIX),
    Animal("an output that nobody used", SinCos.apply, changed(SinCos, forward=sincos_unmaterialised), one, MATRIX),
    Animal("a product divided by its factor", Prod.apply, changed(Prod, backward=prod_divided), arrays(shapes(min_axes=1, min_side=1), on_zero), MATRIX),
]  # fmt: skip
