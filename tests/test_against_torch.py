"""The same numbers through PyTorch, where it is installed: ops, nets, losses, penalties, Adam.

PyTorch is never required: without it these tests skip. With it: pip install torch, then
python -m pytest tests/test_against_torch.py.
"""

import numpy as np
import pytest

from scratchgen import backend, engine, functions, gan, nn, vae
from scratchgen.engine import Op, Tensor, grad
from scratchgen.functions import gaussian_kl
from scratchgen.optim import SGD, Adam

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch")
F = torch.nn.functional
RTOL = 1e-9  # float64 on both sides; the order of a sum's terms differs


@pytest.fixture(autouse=True)
def float64():
    backend.use("numpy", float_type="float64")
    yield
    backend.use("numpy", float_type="float32")


# Every op, beside PyTorch's own: value, first and second derivatives.

ROWS = [2, 0, 2, 2]  # an index that repeats
MASK = np.array([[True], [False], [True]])
SMALL, WIDE = (3, 1), (2, 1, 4)  # broadcast in both directions, to (2, 3, 4)


def moderate(rng, shape):
    return rng.uniform(-2, 2, shape)


def positive(rng, shape):
    return rng.uniform(0.5, 3, shape)


def apart(rng, shape):
    """Distinct values, none near 0: no kink and no tie."""
    n = int(np.prod(shape))
    return (rng.permutation(n) - (n - 1) / 2 + 0.25).reshape(shape) / 4


def torch_put(x, rows, shape):
    return torch.zeros(shape, dtype=x.dtype).index_put((torch.tensor(rows),), x, accumulate=True)


def torch_kl(mean, log_var):
    normal = torch.distributions.Normal
    q, p = normal(mean, torch.exp(log_var / 2)), normal(torch.zeros_like(mean), 1.0)
    return torch.distributions.kl_divergence(q, p).sum(-1)


# name: (our function, PyTorch's, the arguments' shapes, where their values lie)
f, e = functions, engine
OPS = {
    "broadcast_to": (
        lambda x: e.broadcast_to(x, (2, 3, 4)), lambda x: x.expand(2, 3, 4), [SMALL], moderate
    ),
    "sum_to": (
        lambda x: e.sum_to(x, SMALL), lambda x: x.sum_to_size(SMALL), [(2, 3, 4)], moderate
    ),
    "add": (e.add, torch.add, [SMALL, WIDE], moderate),
    "subtract": (e.subtract, torch.sub, [SMALL, WIDE], moderate),
    "multiply": (e.multiply, torch.mul, [SMALL, WIDE], moderate),
    "divide": (e.divide, torch.div, [SMALL, WIDE], positive),
    "negative": (e.negative, torch.neg, [(2, 3)], moderate),
    "power": (lambda x: e.power(x, -1.5), lambda x: torch.pow(x, -1.5), [(2, 3)], positive),
    "reshape": (lambda x: e.reshape(x, (3, -1)), lambda x: x.reshape(3, -1), [(2, 3)], moderate),
    "transpose": (
        lambda x: e.transpose(x, (1, 2, 0)), lambda x: x.permute(1, 2, 0), [(2, 3, 4)], moderate
    ),
    "matmul2d": (e.matmul2d, torch.matmul, [(2, 3, 4), (4, 2)], moderate),
    "matmul": (e.matmul, torch.matmul, [(3,), (2, 3, 4)], moderate),
    "getitem": (lambda x: e.getitem(x, ROWS), lambda x: x[torch.tensor(ROWS)], [(3, 2)], moderate),
    "put": (
        lambda x: e.put(x, ROWS, (3, 2)), lambda x: torch_put(x, ROWS, (3, 2)), [(4, 2)], moderate
    ),
    "sum": (lambda x: e.sum(x, (0, 2)), lambda x: x.sum((0, 2)), [(2, 3, 4)], moderate),
    "mean": (
        lambda x: e.mean(x, 1, True), lambda x: x.mean(1, keepdim=True), [(2, 3, 4)], moderate
    ),
    "exp": (f.exp, torch.exp, [(2, 3)], moderate),
    "log": (f.log, torch.log, [(2, 3)], positive),
    "sqrt": (f.sqrt, torch.sqrt, [(2, 3)], positive),
    "abs": (f.abs, torch.abs, [(2, 3)], apart),
    "tanh": (f.tanh, torch.tanh, [(2, 3)], moderate),
    "sigmoid": (f.sigmoid, torch.sigmoid, [(2, 3)], moderate),
    "softplus": (f.softplus, F.softplus, [(2, 3)], moderate),
    "relu": (f.relu, F.relu, [(2, 3)], apart),
    "leaky_relu": (f.leaky_relu, lambda x: F.leaky_relu(x, 0.2), [(2, 3)], apart),
    "clip": (lambda x: f.clip(x, -0.3, 0.3), lambda x: x.clamp(-0.3, 0.3), [(2, 3)], apart),
    "where": (
        lambda a, b: f.where(MASK, a, b),
        lambda a, b: torch.where(torch.tensor(MASK), a, b), [SMALL, WIDE], moderate,
    ),
    "maximum": (f.maximum, torch.maximum, [SMALL, WIDE], moderate),
    "minimum": (f.minimum, torch.minimum, [SMALL, WIDE], moderate),
    "max": (lambda x: f.max(x, (0, 2)), lambda x: x.amax((0, 2)), [(2, 3, 4)], apart),
    "logsumexp": (
        lambda x: f.logsumexp(x, (0, 1)), lambda x: x.logsumexp((0, 1)), [(2, 3, 4)], moderate
    ),
    "softmax": (lambda x: f.softmax(x, 1), lambda x: x.softmax(1), [(2, 3, 4)], moderate),
    "log_softmax": (f.log_softmax, lambda x: x.log_softmax(-1), [(2, 3, 4)], moderate),
    "join": (
        lambda a, b: f.join(a, b, 1), lambda a, b: torch.cat((a, b), 1), [(2, 3), (2, 1)], moderate
    ),
    "concatenate": (
        lambda *xs: f.concatenate(xs), lambda *xs: torch.cat(xs), [(1, 2), (3, 2), (2, 2)], moderate
    ),
    "linear": (
        f.linear, lambda x, W, b: F.linear(x, W.T, b), [(5, 3), (3, 4), (4,)], moderate
    ),
    "bce": (
        f.bce, lambda x, t: F.binary_cross_entropy_with_logits(x, t, reduction="none"),
        [(2, 3), (2, 3)], positive,
    ),
    "bce_with_logits": (
        f.bce_with_logits,
        lambda x, t: F.binary_cross_entropy_with_logits(x, t, reduction="none"),
        [(2, 3), (2, 3)], positive,
    ),
    "gaussian_kl": (f.gaussian_kl, torch_kl, [(5, 3), (5, 3)], moderate),
    "mse": (f.mse, F.mse_loss, [(2, 3), (2, 3)], moderate),
    "cross_entropy": (
        lambda x: f.cross_entropy(x, np.array(ROWS)),
        lambda x: F.cross_entropy(x, torch.tensor(ROWS)), [(4, 3)], moderate,
    ),
}  # fmt: skip
HELPERS = {"expand", "op", "grad", "detach", "detect_nonfinite", "no_grad"}


def test_every_op_stands_beside_pytorchs():
    public = {
        name
        for module in (engine, functions)
        for name, value in vars(module).items()
        if not name.startswith("_")
        and (isinstance(value, Op) or getattr(value, "__module__", "") == module.__name__)
        and not isinstance(value, type)
    }
    assert public - HELPERS == set(OPS)


def our_derivatives(function, arrays, v, us):
    leaves = [Tensor(x) for x in arrays]
    y = function(*leaves)
    first = grad((y * v).sum(), leaves, create_graph=True)
    # 0 * x: where the first derivative is constant, the second is 0, and it can be asked for.
    slope = engine.sum(leaves[0] * 0.0)
    for x, g, u in zip(leaves, first, us, strict=True):
        slope = slope + (g * u).sum() + (x * 0.0).sum()
    return [y.value, *(g.value for g in first), *grad(slope, leaves)]


def torch_derivatives(function, arrays, v, us):
    leaves = [torch.tensor(x, requires_grad=True) for x in arrays]
    y = function(*leaves)
    first = torch.autograd.grad((y * torch.tensor(v)).sum(), leaves, create_graph=True)
    slope = sum((x * 0.0).sum() for x in leaves)
    for g, u in zip(first, us, strict=True):
        slope = slope + (g * torch.tensor(u)).sum()
    return [y, *first, *torch.autograd.grad(slope, leaves)]


@pytest.mark.parametrize("row", OPS.values(), ids=OPS.keys())
def test_value_first_and_second_derivatives_are_pytorchs(rng, row):
    ours, theirs, shapes, values = row
    arrays = [values(rng, shape) for shape in shapes]
    y = ours(*arrays)
    v, us = rng.standard_normal(np.shape(y)), [rng.standard_normal(shape) for shape in shapes]
    pairs = zip(our_derivatives(ours, arrays, v, us), torch_derivatives(theirs, arrays, v, us),
                strict=True)  # fmt: skip
    for a, b in pairs:
        assert a.shape == tuple(b.shape)
        assert_same(a, b, rtol=1e-12)


@pytest.mark.parametrize("slope_at", [f.relu, f.abs], ids=["relu", "abs"])
def test_the_conventions_at_the_kink_are_pytorchs(slope_at):
    x = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    theirs = {f.relu: F.relu, f.abs: torch.abs}[slope_at](x).sum()
    leaf = Tensor(np.zeros(1))
    assert_same(grad(slope_at(leaf).sum(), leaf), *torch.autograd.grad(theirs, x))


def test_ties_and_edges_share_the_gradient_as_pytorchs_do():
    for ours, theirs in [
        (lambda x: f.clip(x, 0.0, 1.0), lambda x: x.clamp(0.0, 1.0)),
        (lambda x: f.maximum(x, 1.0 - x), lambda x: torch.maximum(x, 1.0 - x)),
        (lambda x: f.max(x, 0), lambda x: x.amax(0)),
    ]:
        arrays, v = [np.array([0.0, 0.5, 1.0, 1.0])], np.array(1.0)
        leaf, x = Tensor(arrays[0]), torch.tensor(arrays[0], requires_grad=True)
        assert_same(grad((ours(leaf) * v).sum(), leaf), *torch.autograd.grad(theirs(x).sum(), x))


# The models, on the same numbers.


def twin(model):
    """The parameters as torch leaves, by name."""
    arrays = nn.state(model)
    return {name: torch.tensor(a, requires_grad=True) for name, a in arrays.items()}


def dense_stack(w, prefix, x, last=None):
    """x through the layers whose names start with prefix, with relu between."""
    n = sum(name.startswith(prefix) and name.endswith("W") for name in w)
    for i in range(n):
        x = x @ w[f"{prefix}{i}.W"] + w[f"{prefix}{i}.b"]
        if i < n - 1:
            x = F.relu(x)
    return last(x) if last else x


def assert_same(ours, theirs, rtol=RTOL):
    np.testing.assert_allclose(ours, theirs.detach().numpy(), rtol=rtol, atol=1e-12)


def torch_vae_loss(w, x, noise):
    h = dense_stack(w, "trunk.", x, F.relu)
    mean, log_var = (h @ w[f"{k}.W"] + w[f"{k}.b"] for k in ("mean", "log_var"))
    z = mean + torch.exp(log_var / 2) * noise
    logits = dense_stack(w, "decoder.", z)
    nll = F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(1)
    kl = -0.5 * (1 + log_var - mean**2 - log_var.exp()).sum(1)
    return (nll + kl).mean()


def test_ten_adam_steps_of_the_vae_give_the_same_weights(rng):
    model = vae.VAE(12, z_dim=3, hidden=(8, 6), rng=rng)
    w = twin(model)
    ours = Adam(model.parameters(), lr=0.01)
    theirs = torch.optim.Adam(list(w.values()), lr=0.01)
    for _ in range(10):
        x = (rng.random((5, 12)) < 0.5).astype(float)
        noise = rng.standard_normal((5, 3))
        vae.step(model, ours, x, noise)
        theirs.zero_grad()
        torch_vae_loss(w, torch.tensor(x), torch.tensor(noise)).backward()
        theirs.step()
    for name, a in nn.state(model).items():
        assert_same(a, w[name], rtol=1e-6)


def test_the_vae_has_the_same_gradients(rng):
    model = vae.VAE(12, z_dim=3, hidden=(8, 6), rng=rng)
    w, x, noise = twin(model), rng.random((5, 12)), rng.standard_normal((5, 3))
    loss = -vae.elbo(model, x, noise).elbo.mean()
    reference = torch_vae_loss(w, torch.tensor(x), torch.tensor(noise))
    assert_same(loss.value, reference)
    theirs = torch.autograd.grad(reference, list(w.values()))
    for a, b in zip(grad(loss, model.parameters()), theirs, strict=True):
        assert_same(a, b)


@pytest.mark.parametrize("r1", [0.0, 0.3])
def test_ten_rounds_of_the_gan_give_the_same_weights(rng, r1):
    G, D = gan.generator(3, 7, (6, 5), rng=rng), gan.discriminator(7, (6, 5), rng=rng)
    w_g, w_d = twin(G), twin(D)
    ours = [Adam(m.parameters(), 0.01, (0.5, 0.9)) for m in (G, D)]
    theirs = [torch.optim.Adam(list(w.values()), 0.01, (0.5, 0.9)) for w in (w_g, w_d)]
    for _ in range(10):
        real, z = rng.standard_normal((4, 7)), rng.standard_normal((4, 3))
        fake = np.asarray(G(z).value)
        gan.d_step(D, ours[1], real, fake, r1=r1, r2=r1)
        gan.g_step(G, D, ours[0], z)

        x_real = torch.tensor(real, requires_grad=True)
        x_fake = dense_stack(w_g, "", torch.tensor(z), torch.tanh).detach().requires_grad_()
        real_logits, fake_logits = dense_stack(w_d, "", x_real), dense_stack(w_d, "", x_fake)
        loss = F.softplus(-real_logits).mean() + F.softplus(fake_logits).mean()
        for logits, x in ((real_logits, x_real), (fake_logits, x_fake)):
            (slope,) = torch.autograd.grad(logits.sum(), x, create_graph=True)
            loss = loss + r1 * slope.square().sum(1).mean()
        theirs[1].zero_grad()
        loss.backward()
        theirs[1].step()
        theirs[0].zero_grad()
        G_z = dense_stack(w_g, "", torch.tensor(z), torch.tanh)
        F.softplus(-dense_stack(w_d, "", G_z)).mean().backward()
        theirs[0].step()
    for model, w in ((G, w_g), (D, w_d)):
        for name, a in nn.state(model).items():
            assert_same(a, w[name], rtol=1e-6)


def test_the_wgan_penalty_has_the_same_second_derivative(rng):
    D = gan.discriminator(7, (6, 5), rng=rng)
    w, real, fake = twin(D), rng.standard_normal((4, 7)), rng.standard_normal((4, 7))
    penalty = gan.gradient_penalty(D, real, fake, np.random.default_rng(1))
    mix = backend.uniform(np.random.default_rng(1), (4, 1))
    x = torch.tensor(mix * real + (1 - mix) * fake, requires_grad=True)
    (slope,) = torch.autograd.grad(dense_stack(w, "", x).sum(), x, create_graph=True)
    reference = ((slope.square().sum(1).add(1e-12).sqrt() - 1) ** 2).mean()
    assert_same(penalty.value, reference)
    weights = [layer.W for layer in D.layers]  # the biases have no part in the slope
    theirs = torch.autograd.grad(reference, [w[f"{i}.W"] for i in range(len(weights))])
    for a, b in zip(grad(penalty, weights), theirs, strict=True):
        assert_same(a, b)


def test_the_closed_form_kl_is_that_of_torch_distributions(rng):
    mean, log_var = rng.standard_normal((2, 5, 3))
    normal = torch.distributions.Normal
    q = normal(torch.tensor(mean), torch.tensor(np.exp(log_var / 2)))
    p = normal(torch.zeros(5, 3), torch.ones(5, 3))
    reference = torch.distributions.kl_divergence(q, p).sum(1)
    assert_same(gaussian_kl(Tensor(mean), Tensor(log_var)).value, reference)


# The same in float32. Each side rounds each of some hundred operations by 2^-24, and differently.


@pytest.fixture
def float32():
    backend.use("numpy", float_type="float32")


FLOAT32 = 100 * 2.0**-24


def assert_same_to_float32(ours, theirs):
    """Within a hundred roundings of the largest element: sums of either sign cancel."""
    theirs = theirs.detach().numpy()
    assert ours.dtype == theirs.dtype == np.float32
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=FLOAT32 * abs(theirs).max())


def descended(w, reference, lr=0.1):
    """PyTorch's weights after one step of gradient descent, by name."""
    slopes = torch.autograd.grad(reference, list(w.values()))
    return {name: x - lr * g for (name, x), g in zip(w.items(), slopes, strict=True)}


def test_a_step_of_the_vae_agrees_in_float32(rng, float32):
    model = vae.VAE(64, z_dim=4, hidden=(32, 48), rng=rng)
    w = twin(model)
    x, noise = (rng.random((16, 64)) < 0.5).astype("float32"), backend.normal(rng, (16, 4))
    reference = torch_vae_loss(w, torch.tensor(x), torch.tensor(noise))
    terms = vae.step(model, SGD(model.parameters(), lr=0.1), x, noise)
    assert_same_to_float32(np.asarray(-terms.elbo), reference)
    expected = descended(w, reference)
    for name, a in nn.state(model).items():
        assert_same_to_float32(a, expected[name])


def torch_d_loss(w, real, fake, r1):
    real = real.requires_grad_()
    logits = dense_stack(w, "", real)
    loss = F.softplus(-logits).mean() + F.softplus(dense_stack(w, "", fake)).mean()
    (slope,) = torch.autograd.grad(logits.sum(), real, create_graph=True)
    return loss + r1 * slope.square().sum(1).mean()


@pytest.mark.parametrize("r1", [0.0, 0.3])
def test_a_step_of_both_players_agrees_in_float32(rng, float32, r1):
    G = gan.generator(4, 64, (16, 32), rng=rng)
    D = gan.discriminator(64, (32, 16), rng=rng)
    w_g, w_d = twin(G), twin(D)
    real, z = backend.normal(rng, (16, 64)), backend.normal(rng, (16, 4))
    fake = dense_stack(w_g, "", torch.tensor(z), torch.tanh).detach()
    expected = descended(w_d, torch_d_loss(w_d, torch.tensor(real), fake, r1))
    gan.d_step(D, SGD(D.parameters(), lr=0.1), real, fake.numpy(), r1=r1)
    for name, a in nn.state(D).items():
        assert_same_to_float32(a, expected[name])

    G_z = dense_stack(w_g, "", torch.tensor(z), torch.tanh)
    reference = F.softplus(-dense_stack(twin(D), "", G_z)).mean()
    loss = gan.g_step(G, D, SGD(G.parameters(), lr=0.1), z)
    assert_same_to_float32(np.asarray(loss), reference)
    expected = descended(w_g, reference)
    for name, a in nn.state(G).items():
        assert_same_to_float32(a, expected[name])


def test_ten_adam_steps_in_float32_lose_the_same(rng, float32):
    # The losses, since Adam's first steps are +-lr even where a gradient is nothing but rounding.
    model = vae.VAE(64, z_dim=4, hidden=(32, 48), rng=rng)
    w, ours = twin(model), Adam(model.parameters(), lr=1e-3)
    theirs = torch.optim.Adam(list(w.values()), lr=1e-3)
    for _ in range(10):
        x, noise = (rng.random((16, 64)) < 0.5).astype("float32"), backend.normal(rng, (16, 4))
        reference = torch_vae_loss(w, torch.tensor(x), torch.tensor(noise))
        theirs.zero_grad()
        reference.backward()
        theirs.step()
        terms = vae.step(model, ours, x, noise)
        assert float(-terms.elbo) == pytest.approx(float(reference.detach()), rel=FLOAT32)
