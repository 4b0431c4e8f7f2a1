"""The same numbers through PyTorch, where it is installed: nets, losses, penalties, Adam.

PyTorch is never required: without it these tests skip. With it: pip install torch, then
python -m pytest tests/test_against_torch.py.
"""

import numpy as np
import pytest

from scratchgen import backend, gan, nn, vae
from scratchgen.engine import Tensor, grad
from scratchgen.functions import gaussian_kl
from scratchgen.optim import Adam

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch")
F = torch.nn.functional
RTOL = 1e-9  # float64 on both sides; the order of a sum's terms differs


@pytest.fixture(autouse=True)
def float64():
    backend.use("numpy", float_type="float64")
    yield
    backend.use("numpy", float_type="float32")


@pytest.fixture
def rng():
    return np.random.default_rng(0)


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
