"""The same training steps in every framework: each function builds its nets and returns the step.

The article's nets, float32, batch and noise given. A GAN step is: D on a real and a generated
batch, backward, Adam; then G through D, backward, Adam. A VAE step is: the bound with one code per
image, backward, Adam. The tiny net is 2-16-16-1 with tanh on 32 points, where calls are all there
is.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import numpy as np

Step = Callable[[], object]

Z_GAN, Z_VAE, PIXELS = 100, 20, 784
G_WIDTHS = [Z_GAN, 128, 256, 512, PIXELS]
D_WIDTHS = [PIXELS, 512, 256, 128, 1]
ENCODER, DECODER = [PIXELS, 128, 256, 512], [Z_VAE, 512, 256, 128, PIXELS]
TINY = [2, 16, 16, 1]


def data(batch: int) -> dict[str, np.ndarray]:
    """One batch of images in [0, 1] and in {0, 1}, the noise of both models, and 2-D points."""
    rng = np.random.default_rng(0)
    images = rng.random((batch, PIXELS), dtype=np.float32)
    return {
        "images": images,
        "binary": (images < 0.2).astype(np.float32),
        "z_gan": rng.standard_normal((batch, Z_GAN), dtype=np.float32),
        "z_vae": rng.standard_normal((batch, Z_VAE), dtype=np.float32),
        "points": rng.standard_normal((batch, 2), dtype=np.float32),
        "targets": rng.standard_normal((batch, 1), dtype=np.float32),
    }


# Ours. place: "numpy" or "cupy", where nets and data then lie.


def our_data(batch: int, place: str) -> dict:
    """`data` as arrays of that place, which is in use from now on."""
    from scratchgen import backend

    backend.use(place)
    return {name: backend.asarray(x) for name, x in data(batch).items()}


def our_gan(batch: int, place: str = "numpy") -> Step:
    """A step of the article's GAN, as `gan.train` takes it."""
    from scratchgen import Adam, gan, no_grad

    rng, d = np.random.default_rng(0), our_data(batch, place)
    G, D = gan.generator(Z_GAN, PIXELS, rng=rng), gan.discriminator(PIXELS, rng=rng)
    d_adam, g_adam = Adam(D.parameters(), 2e-4, (0.5, 0.999)), Adam(G.parameters(), 2e-4)
    real = d["images"] * 2 - 1

    def step():
        with no_grad():
            fake = G(d["z_gan"])
        gan.d_step(D, d_adam, real, fake)
        gan.g_step(G, D, g_adam, d["z_gan"])

    return step


def our_vae(batch: int, place: str = "numpy", hidden: Sequence[int] = (128, 256, 512)) -> Step:
    """A step of the article's VAE, as `vae.train` takes it."""
    from scratchgen import Adam, vae

    d = our_data(batch, place)
    model = vae.VAE(PIXELS, Z_VAE, hidden, rng=np.random.default_rng(0))
    adam = Adam(model.parameters())
    return lambda: vae.step(model, adam, d["binary"], d["z_vae"])


def our_tiny(batch: int) -> Step:
    """A step of the tiny net."""
    from scratchgen import MLP, Adam, grad, mse, tanh

    d = data(batch)
    net = MLP(TINY, hidden=tanh, rng=np.random.default_rng(0))
    adam = Adam(net.parameters())
    return lambda: adam.step(grad(mse(net(d["points"]), d["targets"]), net.parameters()))


# Ours in the ranks of a job: run by `apart`. Each rank takes its rows of the batch.


def ranks():
    """The ranks that mpiexec started."""
    from scratchgen.distributed import world

    return world()


def ranks_gan(batch: int) -> Step:
    """A step of the article's GAN, as `gan.train` takes it on several ranks."""
    from scratchgen import Adam, gan, no_grad

    rng, d, job = np.random.default_rng(0), our_data(batch, "numpy"), ranks()
    G, D = gan.generator(Z_GAN, PIXELS, rng=rng), gan.discriminator(PIXELS, rng=rng)
    d_adam = job.share(Adam(D.parameters(), 2e-4, (0.5, 0.999)))
    g_adam = job.share(Adam(G.parameters(), 2e-4))
    real = d["images"] * 2 - 1

    def step():
        mine = job.rows(batch)
        with no_grad():
            fake = G(d["z_gan"][mine])
        gan.d_step(D, d_adam, real[mine], fake)
        gan.g_step(G, D, g_adam, d["z_gan"][mine])

    return step


def ranks_vae(batch: int) -> Step:
    """A step of the article's VAE, as `vae.train` takes it on several ranks."""
    from scratchgen import Adam, vae

    d, job = our_data(batch, "numpy"), ranks()
    model = vae.VAE(PIXELS, Z_VAE, rng=np.random.default_rng(0))
    adam = job.share(Adam(model.parameters()))

    def step():
        mine = job.rows(batch)
        vae.step(model, adam, d["binary"][mine], d["z_vae"][mine])

    return step


# Whole epochs.


def mnist() -> np.ndarray:
    """MNIST's training images, or noise in their shape where they are absent: the time is one."""
    from scratchgen import data

    try:
        return data.load("mnist").train_images
    except Exception as error:
        why = str(error).splitlines()[0]
        print(f"without MNIST, random images in its place: {why}", file=sys.stderr)
        return np.random.default_rng(0).random((60_000, PIXELS), dtype=np.float32)


def our_epoch(batch: int = 128) -> Step:
    """An epoch by `vae.train`, on as many ranks as there are."""
    from scratchgen import vae

    rng = np.random.default_rng(0)
    model = vae.VAE(PIXELS, Z_VAE, rng=rng)
    training = vae.train(model, mnist(), vae.Settings(epochs=1000, batch=batch), rng=rng)
    return lambda: next(training)


ranks_epoch = our_epoch


# PyTorch. place: "cpu" or "cuda".


def torch_net(widths: list[int], inner, last=None):
    """A stack of linear layers."""
    import torch

    layers: list = []
    for n_in, n_out in pairwise(widths):
        layers += [torch.nn.Linear(n_in, n_out), inner()]
    return torch.nn.Sequential(*layers[:-1], *([last()] if last else []))


def torch_data(batch: int, place: str = "cpu") -> dict:
    """`data` as tensors of that place; those of the CPU share its memory."""
    import torch

    return {name: torch.from_numpy(x).to(place) for name, x in data(batch).items()}


def torch_gan(batch: int, fused: bool = False, freeze: bool = False, place: str = "cpu") -> Step:
    """A step of the GAN. freeze: no weight gradients of D in G's step, as with ours."""
    import torch
    from torch.nn.functional import binary_cross_entropy_with_logits as bce

    torch.manual_seed(0)
    d = torch_data(batch, place)
    G = torch_net(G_WIDTHS, torch.nn.ReLU, torch.nn.Tanh).to(place)
    D = torch_net(D_WIDTHS, torch.nn.ReLU).to(place)
    d_adam = torch.optim.Adam(D.parameters(), 2e-4, (0.5, 0.999), fused=fused)
    g_adam = torch.optim.Adam(G.parameters(), 2e-4, fused=fused)
    real = d["images"] * 2 - 1
    ones, zeros = torch.ones_like(real[:, :1]), torch.zeros_like(real[:, :1])

    def step():
        with torch.no_grad():
            fake = G(d["z_gan"])
        d_adam.zero_grad(set_to_none=True)
        (bce(D(real), ones) + bce(D(fake), zeros)).backward()
        d_adam.step()

        g_adam.zero_grad(set_to_none=True)
        if freeze:
            D.requires_grad_(False)
        bce(D(G(d["z_gan"])), ones).backward()
        if freeze:
            D.requires_grad_(True)
        g_adam.step()

    return step


def torch_vae_parts(place: str = "cpu"):
    """The VAE's three parts, and its bound as a function of a batch and noise."""
    import torch
    from torch.nn.functional import binary_cross_entropy_with_logits as bce

    torch.manual_seed(0)
    trunk = torch.nn.Sequential(*torch_net(ENCODER, torch.nn.ReLU), torch.nn.ReLU())
    mean, log_var = (torch.nn.Linear(ENCODER[-1], Z_VAE) for _ in range(2))
    decoder = torch_net(DECODER, torch.nn.ReLU)
    model = torch.nn.ModuleList([trunk, mean, log_var, decoder]).to(place)

    def loss(x, noise):
        h = trunk(x)
        mu, lv = mean(h), log_var(h)
        logits = decoder(mu + torch.exp(0.5 * lv) * noise)
        kl = 0.5 * (lv.exp() + mu * mu - 1 - lv).sum()
        return (bce(logits, x, reduction="sum") + kl) / len(x)

    return model, loss


def torch_vae(batch: int, fused: bool = False, place: str = "cpu") -> Step:
    """A step of the VAE."""
    import torch

    d = torch_data(batch, place)
    model, loss = torch_vae_parts(place)
    adam = torch.optim.Adam(model.parameters(), fused=fused)

    def step():
        adam.zero_grad(set_to_none=True)
        loss(d["binary"], d["z_vae"]).backward()
        adam.step()

    return step


def torch_tiny(batch: int, fused: bool = False) -> Step:
    """A step of the tiny net."""
    import torch

    d = torch_data(batch)
    net = torch_net(TINY, torch.nn.Tanh)
    adam = torch.optim.Adam(net.parameters(), fused=fused)

    def step():
        adam.zero_grad(set_to_none=True)
        torch.nn.functional.mse_loss(net(d["points"]), d["targets"]).backward()
        adam.step()

    return step


# HIPS autograd, with Adam written as its own examples write it.


def hips_weights(widths: list[int], rng: np.random.Generator) -> list:
    """A list of (W, b)."""
    pairs = pairwise(widths)
    scaled = [(rng.standard_normal(s, dtype=np.float32), (2 / s[0]) ** 0.5) for s in pairs]
    return [(W * np.float32(s), np.zeros(W.shape[1], np.float32)) for W, s in scaled]


class HipsAdam:
    """Adam over a list of (W, b), as in the paper."""

    def __init__(self, weights, lr=1e-3, betas=(0.9, 0.999)):
        self.weights, self.lr, self.betas, self.t = weights, np.float32(lr), betas, 0
        self.m = [[np.zeros_like(w) for w in pair] for pair in weights]
        self.v = [[np.zeros_like(w) for w in pair] for pair in weights]

    def step(self, gradients):
        self.t += 1
        b1, b2 = map(np.float32, self.betas)
        for k, pair in enumerate(gradients):
            for j, g in enumerate(pair):
                m, v = self.m[k][j], self.v[k][j]
                m += (1 - b1) * (g - m)
                v += (1 - b2) * (g * g - v)
                m_hat, v_hat = m / (1 - b1**self.t), v / (1 - b2**self.t)
                self.weights[k][j][...] -= self.lr * m_hat / (np.sqrt(v_hat) + np.float32(1e-8))


def hips_net(weights, x, inner, last=None):
    """The stack of linear layers, on autograd's NumPy."""
    *body, (W, b) = weights
    for V, c in body:
        x = inner(x @ V + c)
    x = x @ W + b
    return last(x) if last else x


def hips_softplus(x):
    """log(1 + e^x)."""
    import autograd.numpy as anp

    return anp.maximum(x, 0) + anp.log1p(anp.exp(-anp.abs(x)))


def hips_gan(batch: int) -> Step:
    """A step of the GAN."""
    import autograd.numpy as anp
    from autograd import grad

    rng, d = np.random.default_rng(0), data(batch)
    G, D = hips_weights(G_WIDTHS, rng), hips_weights(D_WIDTHS, rng)
    d_adam, g_adam = HipsAdam(D, 2e-4, (0.5, 0.999)), HipsAdam(G, 2e-4)
    real = d["images"] * 2 - 1

    def relu(x):
        return anp.maximum(x, 0)

    def d_loss(D, fake):
        on_real, on_fake = hips_net(D, real, relu), hips_net(D, fake, relu)
        return anp.mean(hips_softplus(-on_real)) + anp.mean(hips_softplus(on_fake))

    def g_loss(G):
        return anp.mean(hips_softplus(-hips_net(D, hips_net(G, d["z_gan"], relu, anp.tanh), relu)))

    d_slope, g_slope = grad(d_loss), grad(g_loss)

    def step():
        fake = hips_net(G, d["z_gan"], relu, np.tanh)
        d_adam.step(d_slope(D, fake))
        g_adam.step(g_slope(G))

    return step


def hips_vae(batch: int) -> Step:
    """A step of the VAE."""
    import autograd.numpy as anp
    from autograd import grad

    rng, d = np.random.default_rng(0), data(batch)
    sizes = len(ENCODER) - 1
    weights = [
        *hips_weights(ENCODER, rng),
        *(pair for _ in range(2) for pair in hips_weights([ENCODER[-1], Z_VAE], rng)),
        *hips_weights(DECODER, rng),
    ]
    x, noise, half = d["binary"], d["z_vae"], np.float32(0.5)

    def relu(x):
        return anp.maximum(x, 0)

    def loss(weights):
        h = relu(hips_net(weights[:sizes], x, relu))
        (W, b), (V, c) = weights[sizes : sizes + 2]
        mu, lv = h @ W + b, h @ V + c
        logits = hips_net(weights[sizes + 2 :], mu + anp.exp(half * lv) * noise, relu)
        kl = half * anp.sum(anp.exp(lv) + mu * mu - 1 - lv)
        return (anp.sum(hips_softplus(logits) - x * logits) + kl) / batch

    adam, slope = HipsAdam(weights), grad(loss)
    return lambda: adam.step(slope(weights))


def hips_tiny(batch: int) -> Step:
    """A step of the tiny net."""
    import autograd.numpy as anp
    from autograd import grad

    d = data(batch)
    weights = hips_weights(TINY, np.random.default_rng(0))

    def loss(weights):
        return anp.mean((hips_net(weights, d["points"], anp.tanh) - d["targets"]) ** 2)

    adam, slope = HipsAdam(weights), grad(loss)
    return lambda: adam.step(slope(weights))


# The floor: every matrix product of the step and nothing else, into memory that is there already.


def products(batch: int, widths: list[int], weights: bool, inputs: bool) -> Iterator[tuple]:
    """The shapes (n, k, m) of a net's products: forward; of the backward pass, what is asked for.

    weights: gradients of the weights. inputs: of the first layer's input too.
    """
    for i, (n_in, n_out) in enumerate(pairwise(widths)):
        yield batch, n_in, n_out
        if weights:
            yield n_in, batch, n_out
        if (weights and i) or inputs:
            yield batch, n_out, n_in


def floor(shapes: list[tuple]) -> Step:
    """All products of these shapes, one after the other."""
    rng = np.random.default_rng(0)

    def noise(*shape):
        return rng.random(shape, np.float32)

    one = [(noise(n, k), noise(k, m), noise(n, m)) for n, k, m in shapes]

    def step():
        for a, b, out in one:
            np.matmul(a, b, out=out)

    return step


def floor_torch(shapes: list[tuple]) -> Step:
    """The same products by PyTorch's library, which is MKL on most processors."""
    import torch

    one = [(torch.rand(n, k), torch.rand(k, m), torch.empty(n, m)) for n, k, m in shapes]

    def step():
        for a, b, out in one:
            torch.mm(a, b, out=out)

    return step


def gan_products(batch: int) -> list[tuple]:
    """The products of a GAN step."""
    G, D = G_WIDTHS, D_WIDTHS
    d_step = [*products(batch, G, False, False), *2 * [*products(batch, D, True, False)]]
    g_step = [*products(batch, G, True, False)]
    through = [(batch, a, b) for a, b in pairwise(D)]
    through += [(batch, b, a) for a, b in pairwise(D)]
    return d_step + g_step + through


def vae_products(batch: int) -> list[tuple]:
    """The products of a VAE step."""
    heads = 2 * [*products(batch, [ENCODER[-1], Z_VAE], True, True)]
    decoder = products(batch, DECODER, True, True)
    return [*products(batch, ENCODER, True, False), *heads, *decoder]
