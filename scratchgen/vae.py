"""The variational autoencoder (Kingma & Welling 2013): nets, bound, and the loop by hand.

An encoder turns an image x into a normal distribution q(z|x) over codes, a decoder turns a code z
into a distribution p(x|z) over images, and training raises the evidence lower bound

    ELBO(x) = E_q[log p(x|z)] - KL(q(z|x) || p(z))  <=  log p(x),    p(z) = N(0, I),

whose two terms are called reconstruction and KL here. Both are sums, over pixels and over codes,
in nats per image; beta is 1. Means are taken over the batch only.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy

from . import training
from .backend import Array, array_module, asarray, float_type, normal, to_numpy
from .data import batches, binarize, check_images
from .distributed import ALONE, Ranks, ranks_of, world
from .engine import Tensor, detach, grad, no_grad
from .functions import bce_with_logits, exp, gaussian_kl, join, logsumexp, maximum, relu, sigmoid
from .guards import check_function, check_rng
from .nn import MLP, Dense, named
from .optim import Adam
from .training import Place


class Elbo(NamedTuple):
    """The bound's two terms, each (N,) in nats per image or, in a record, their means."""

    reconstruction: Any
    kl: Any

    @property
    def elbo(self) -> Any:
        """reconstruction - kl: at most log p(x)."""
        return self.reconstruction - self.kl


class Record(NamedTuple):
    """One epoch of training: means over its images, in nats per image; seconds since the start.

    elbo is reconstruction - kl, or, where k codes are drawn per image, the tighter bound L_k.
    """

    epoch: int
    elbo: float
    reconstruction: float
    kl: float
    seconds: float


class VAE:
    """Encoder D -> hidden -> (mean, log_var), decoder z -> reversed hidden -> D logits.

    width: pixels D of an image. z_dim: length of a code. hidden: widths of the encoder's layers,
    by default the article's, and activation what follows each; () for nets that are linear.
    likelihood: "bernoulli" (pixels are 0 or 1, the logits are those of 1) or "gaussian" (pixels are
    N(out(logits), variance)). out: sigmoid, or None for data of any range.
    variance: of that, > 0, and yours to choose, since it says what is left to noise: a linear VAE
    uses as many numbers of its code as the data's covariance has eigenvalues above it (Lucas et al.
    2019). A good one is the squared error per pixel that remains: .02 on 8x8 digits, where 1/2
    (minus the squared error, up to a constant) leaves .3 nats to 8 numbers.

    >>> VAE(64, z_dim=2, hidden=(32,), rng=numpy.random.default_rng(0))
    VAE(64 -> 32 relu -> mean 2, log_var 2; 2 -> 32 relu -> 64 logits; bernoulli)
    """

    def __init__(
        self,
        width: int = 784,
        z_dim: int = 20,
        hidden: Sequence[int] = (128, 256, 512),
        *,
        rng: numpy.random.Generator,
        likelihood: str = "bernoulli",
        variance: float | None = None,
        activation: Callable = relu,
        out: Callable | None = sigmoid,
    ):
        check_rng("VAE", rng)
        check_function("VAE", "out", out)
        training.check_likelihood(likelihood, variance, linear=out is not sigmoid)
        self.width, self.z_dim = width, z_dim
        self.likelihood, self.variance, self.out = likelihood, float(variance or 0), out
        widths = [width, *hidden]
        self.trunk: MLP | None = None
        if hidden:
            self.trunk = MLP(widths, hidden=activation, out=activation, rng=rng)
        self.mean = Dense(widths[-1], z_dim, rng=rng)
        self.log_var = Dense(widths[-1], z_dim, rng=rng)
        self.decoder = MLP([z_dim, *reversed(widths)], hidden=activation, rng=rng)

    def encode(self, x):
        """q(z|x) of images (N, D): its mean and log variance, each (N, z_dim)."""
        h = self.trunk(x) if self.trunk else x  # (N, D) -> (N, hidden[-1])
        return self.mean(h), self.log_var(h)

    def decode(self, z):
        """The logits (N, D) of the images that codes z (N, z_dim) stand for."""
        return self.decoder(z)

    def log_likelihood(self, logits, x):
        """log p(x|z) of images x (N, D) in nats, summed over pixels: (N,)."""
        if self.likelihood == "bernoulli":
            return -bce_with_logits(logits, x).sum(axis=1)
        constant = 0.5 * self.width * math.log(2 * math.pi * self.variance)
        error = (x - self.means(logits)) ** 2
        return error.sum(axis=1) * (-0.5 / self.variance) - constant

    def means(self, logits):
        """The pixels' means (N, D): their sigmoid, in [0, 1], or as they are if `out` is None."""
        return self.out(logits) if self.out else logits

    def reconstruct(self, x) -> Array:
        """The pixels' means (N, D) of images x, decoded from the mean of q(z|x)."""
        with no_grad():
            return self.means(self.decode(self.encode(x)[0]))

    def generate(self, z) -> Array:
        """The pixels' means (N, D) of codes z (N, z_dim)."""
        with no_grad():
            return self.means(self.decode(z))

    def sample(self, n: int, rng: numpy.random.Generator) -> Array:
        """The pixels' means (n, D) of n codes drawn from p(z)."""
        check_rng("sample", rng)
        return self.generate(normal(rng, (n, self.z_dim)))

    def check(self, images: Any) -> None:
        """Raise ValueError or TypeError unless images fit: (N, D), and in [0, 1] by a sigmoid."""
        if self.out is sigmoid:
            check_images(images, width=self.width)
        else:
            training.check_points(images, self.width, "images")

    def named_parameters(self) -> dict[str, Tensor]:
        """The weights by name: {"trunk.0.W": ..., "mean.W": ..., "decoder.0.W": ...}."""
        trunk = {"trunk": self.trunk} if self.trunk else {}
        heads = {"mean": self.mean, "log_var": self.log_var}
        return named({**trunk, **heads, "decoder": self.decoder})

    def parameters(self) -> list[Tensor]:
        """The Tensors to train, in order."""
        return list(self.named_parameters().values())

    def __repr__(self) -> str:
        encoder = repr(self.trunk)[4:-1] if self.trunk else self.width
        heads = f"mean {self.z_dim}, log_var {self.z_dim}"
        decoder = repr(self.decoder)[4:-1] + (" logits" if self.out else " means")
        noise = f" {self.variance:g}" if self.variance else ""
        name = type(self).__name__
        return f"{name}({encoder} -> {heads}; {decoder}; {self.likelihood}{noise})"


class ConditionalVAE(VAE):
    """A VAE that is told the class y of an image, on both sides: q(z|x, y) and p(x|z, y).

    ELBO(x|y) = E_q[log p(x|z, y)] - KL(q(z|x, y) || p(z))  <=  log p(x|y),    p(z) = N(0, I)

    Both nets read y one-hot beside what a VAE's read. Since y says which character it is, and p(z)
    is the same for all, a code keeps the rest: slant, weight, size, the style. Once labels are
    given it is a VAE like any other, and what takes a VAE takes it:

        train(model, images, labels=labels, ...)      bound(model.given(3), threes, rng)
        model.given(3).sample(20, rng)                model.given([3, 5]).generate(two_codes)

    classes: C >= 2, the labels are integers in [0, C). The other arguments are a VAE's.
    Sources: Kingma, Rezende et al. 2014, the model M2 with all labels known; Sohn et al. 2015, here
    with a prior of z that no label moves.

    >>> ConditionalVAE(64, classes=10, z_dim=2, hidden=(32,), rng=numpy.random.default_rng(0))
    ConditionalVAE(74 -> 32 relu -> mean 2, log_var 2; 12 -> 32 relu -> 64 logits; bernoulli)
    """

    def __init__(
        self,
        width: int = 784,
        z_dim: int = 20,
        hidden: Sequence[int] = (128, 256, 512),
        *,
        rng: numpy.random.Generator,
        classes: int = 10,
        activation: Callable = relu,
        **options: Any,
    ):
        if not isinstance(classes, (int, numpy.integer)) or classes < 2:
            raise ValueError(f"ConditionalVAE: expected 2 or more classes, got {classes!r}.")
        super().__init__(width, z_dim, hidden, rng=rng, activation=activation, **options)
        if self.trunk is None:
            raise ValueError("ConditionalVAE: expected a hidden layer or more, got hidden=().")
        self.classes = classes
        self.one_hot: Array | None = None  # (N, C) or (1, C), once labels are given
        encoder, decoder = self.trunk.layers, self.decoder.layers
        encoder[0] = Dense(width + classes, hidden[0], activation, rng=rng)
        decoder[0] = Dense(z_dim + classes, hidden[-1], activation, rng=rng)

    def given(self, labels) -> ConditionalVAE:
        """The same nets as the VAE of images with these labels: one each, (N,), or one for all."""
        model = copy.copy(self)  # its weights are these weights
        model.one_hot = one_hot(labels, self.classes)
        return model

    def encode(self, x):
        """q(z|x, y) of images (N, D) with the labels given: mean and log variance, (N, z_dim)."""
        return super().encode(self._with_labels(x))

    def decode(self, z):
        """The logits (N, D) of the images that codes z (N, z_dim) stand for in their classes."""
        return super().decode(self._with_labels(z))

    def restyle(self, x, labels) -> Array:
        """Pixel means (N, C, D): images x (N, D) as each of the C classes, with their style kept.

        z = the mean of q(z|x, its own label), then decoded with every label.
        """
        with no_grad():
            z, _ = self.given(labels).encode(x)
        classes = [self.given(y).generate(z) for y in range(self.classes)]
        return array_module(z).stack(classes, axis=1)

    def _with_labels(self, rows):
        """Images or codes (N, W), and their labels beside them: (N, W + C)."""
        if self.one_hot is None:
            fix = "Give them: model.given(labels), or train(model, images, labels=labels, ...)."
            raise ValueError(f"{self!r}: expected labels, got none. {fix}")
        N, labels = len(rows), len(self.one_hot)
        if labels not in (1, N):
            expected = f"{self!r}: expected one label for each of {N} rows, or one for all"
            raise ValueError(f"{expected}, got {labels}. Give each batch its own labels.")
        beside = array_module(self.one_hot).broadcast_to(self.one_hot, (N, self.classes))
        return join(rows, beside, axis=1)


def one_hot(labels, classes: int) -> Array:
    """Rows (N, classes) of zeros with a 1 at the label, on the device, in the default float type.

    labels: integers (N,) in [0, classes), or a single one. Raises ValueError for others.

    >>> one_hot([2, 0], classes=3)
    array([[0., 0., 1.], [1., 0., 0.]], dtype=float32)
    """
    labels = numpy.atleast_1d(to_numpy(labels))
    if labels.ndim != 1 or len(labels) == 0 or labels.dtype.kind not in "iu":
        fix = " Of one-hot rows, take the .argmax(1)." if labels.ndim == 2 else ""
        got = f"{labels.dtype} {labels.shape}"
        raise ValueError(f"one_hot: expected integer labels of shape (N,), got {got}.{fix}")
    if not 0 <= labels.min() <= labels.max() < classes:
        got = f"{labels.min()} to {labels.max()}"
        raise ValueError(f"one_hot: expected labels 0 to {classes - 1}, got {got}.")
    return asarray(numpy.eye(classes)[labels], float_type())


def reparameterise(mean, log_var, noise):
    """A sample of N(mean, exp(log_var)) as a function of its parameters: all shapes (N, Z).

    z = mean + exp(log_var / 2) * noise with noise from N(0, I), so that gradients reach mean and
    log_var (Kingma & Welling 2013, section 2.4). exp(log_var / 2) is the standard deviation.

    >>> reparameterise(numpy.array([1.0]), numpy.log(numpy.array([4.0])), numpy.array([3.0]))
    array([7.])
    """
    return mean + exp(log_var * 0.5) * noise


def elbo(vae: VAE, x: Array, noise: Array) -> Elbo:
    """The bound of images x (N, D), its two terms (N,) in nats, by one code drawn per image.

    noise: draws of N(0, I), (N, z_dim), so that the caller decides what is random.

    >>> rng = numpy.random.default_rng(0)
    >>> vae = VAE(4, z_dim=2, hidden=(3,), rng=rng)
    >>> elbo(vae, asarray([[0.0, 1.0, 1.0, 0.0]]), normal(rng, (1, 2))).kl.shape
    (1,)
    """
    training.check_batch(vae, x)
    mean, log_var = vae.encode(x)  # (N, D) -> (N, Z), (N, Z)
    training.check_noise(noise, mean.shape)
    z = reparameterise(mean, log_var, noise)  # (N, Z)
    logits = vae.decode(z)  # (N, Z) -> (N, D)
    return Elbo(vae.log_likelihood(logits, x), gaussian_kl(mean, log_var))


def log_weights(vae: VAE, x: Array, noise: Array, stl: bool = False) -> Elbo:
    """The terms of k codes per image: log p(x|z) and log q(z|x) - log p(z), each (k, N) in nats.

    Their difference (`.elbo`) is log w, w = p(x, z) / q(z|x), whose mean over codes is p(x).
    x: images (N, D). noise: draws of N(0, I), (k, N, z_dim), one code each. stl: slopes reach the
    encoder by way of z alone ("sticking the landing", Roeder et al. 2017, algorithm 1). What is
    left out, the slope of log q(z|x) at a fixed z, is 0 on average over z, and otherwise noise.
    (For k > 1, where the weights depend on z as well, leaving it out shifts the slope a little:
    Tucker et al. 2019.)

    >>> rng = numpy.random.default_rng(0)
    >>> vae = VAE(4, z_dim=2, hidden=(3,), rng=rng)
    >>> log_weights(vae, asarray([[0.0, 1.0, 1.0, 0.0]]), normal(rng, (5, 1, 2))).elbo.shape
    (5, 1)
    """
    k, N, Z = noise.shape
    training.check_batch(vae, x)
    mean, log_var = vae.encode(x)  # once, whatever k is
    training.check_noise(noise, (k, *mean.shape))
    z = reparameterise(mean, log_var, noise)  # (N, Z), (k, N, Z) -> (k, N, Z)
    logits = vae.decode(z.reshape((k * N, Z)))  # -> (k N, D)
    copies = array_module(x).concatenate([x] * k)  # (k N, D)
    reconstruction = vae.log_likelihood(logits, copies).reshape((k, N))
    if stl:
        mean, log_var = detach(mean), detach(log_var)
    # Both densities have the factor (2 pi)^(-Z/2).
    kl = ((z**2 - log_var - (z - mean) ** 2 / exp(log_var)) * 0.5).sum(axis=2)  # -> (k, N)
    return Elbo(reconstruction, kl)


def iwae_bound(log_w):
    """L_k = log(1/k sum_i w_i) of log weights (k, N): (N,), in nats, at most log p(x) on average.

    The importance-weighted bound of Burda, Grosse & Salakhutdinov 2015, equation 8: the ELBO for
    k = 1, and tighter as k grows.

    >>> iwae_bound(numpy.log(numpy.array([[1.0], [3.0]]))) == numpy.log(2.0)
    array([ True])
    """
    return logsumexp(log_w, axis=0) - math.log(len(log_w))


def free_bits(mean, log_var, least: float, ranks: Ranks = ALONE):
    """The KL of a batch's codes (N, Z), a scalar in nats, each number's share at least `least`.

    sum_j max(least, mean over the batch of KL_j): Kingma et al. 2016, equation 15, a group per
    number. Below `least` nats a number costs nothing, so none is given up early. ranks: those that
    share the batch, if these are the codes of one's own rows.

    >>> float(free_bits(numpy.zeros((3, 2)), numpy.zeros((3, 2)), least=0.5))
    1.0
    """
    shares = gaussian_kl(mean.reshape((*mean.shape, 1)), log_var.reshape((*mean.shape, 1)))
    return maximum(ranks.mean(shares.mean(axis=0)), least).sum()


def step(
    vae: VAE, optimizer: Any, x: Array, noise: Array, beta: float = 1.0, least: float = 0.0
) -> Elbo:
    """One step up the bound on a batch x (N, D): its terms, means over the batch, on the device.

    noise: draws of N(0, I), (N, z_dim). beta: the weight of the KL: 1 for the bound, less while
    warming up (Soenderby et al. 2016). least: nats that each number of the code has free.

    >>> rng = numpy.random.default_rng(0)
    >>> vae = VAE(4, z_dim=2, hidden=(3,), rng=rng)
    >>> x = asarray([[0.0, 1.0, 1.0, 0.0]])
    >>> before = step(vae, Adam(vae.parameters(), lr=0.1), x, normal(rng, (1, 2)))
    """
    terms = elbo(vae, x, noise)
    kl = terms.kl
    if least:
        mean, log_var = vae.encode(x)
        kl = free_bits(mean, log_var, least, ranks_of(optimizer))
    loss = (beta * kl - terms.reconstruction).mean()
    optimizer.step(grad(loss, vae.parameters()))
    return Elbo(detach(terms.reconstruction).mean(), detach(terms.kl).mean())


def iwae_step(
    vae: VAE, optimizer: Any, x: Array, noise: Array, stl: bool = False
) -> tuple[Array, Elbo]:
    """One step up L_k on a batch x (N, D): (L_k, its terms), means over the batch, on the device.

    noise: draws of N(0, I), (k, N, z_dim). Each code pulls by its share of the sum of weights
    (Burda et al. 2015, equation 14), which is what the slope of the logarithm says by itself.
    stl: as in `log_weights`.

    >>> rng = numpy.random.default_rng(0)
    >>> vae = VAE(4, z_dim=2, hidden=(3,), rng=rng)
    >>> x = asarray([[0.0, 1.0, 1.0, 0.0]])
    >>> bound, terms = iwae_step(vae, Adam(vae.parameters()), x, normal(rng, (5, 1, 2)))
    >>> bool(bound >= terms.elbo)
    True
    """
    terms = log_weights(vae, x, noise, stl)
    bound = iwae_bound(terms.elbo).mean()
    optimizer.step(grad(-bound, vae.parameters()))
    return detach(bound), Elbo(detach(terms.reconstruction).mean(), detach(terms.kl).mean())


def start_at_pixel_means(vae: VAE, images: numpy.ndarray) -> None:
    """Let the decoder start from the images' mean: its last bias becomes the mean's logit.

    images: (N, D) in [0, 1]. Means are clipped to [.001, .999], as in the code of Burda et al. With
    a linear mean the bias becomes the mean itself.

    >>> vae = VAE(2, z_dim=1, hidden=(3,), rng=numpy.random.default_rng(0))
    >>> start_at_pixel_means(vae, numpy.array([[0.0, 1.0], [0.0, 0.0]]))
    >>> vae.decoder.layers[-1].b
    Tensor([-6.906755  0.      ], float32)
    """
    vae.check(images)
    p = images.mean(axis=0, dtype=numpy.float64)
    if vae.out is sigmoid:
        p = p.clip(0.001, 0.999)
        p = numpy.log(p / (1 - p))
    bias = vae.decoder.layers[-1].b
    bias.value = asarray(p, bias.dtype)


@dataclass(frozen=True)
class Settings:
    """How a VAE is trained: plain numbers and names, checked as they are put together.

    epochs: passes over the images. batch: images a step. lr, betas, eps: Adam's. schedule: the
    share of lr to take as time goes on, "constant" or "cosine" (or `optim.cosine` itself).
    k: codes per image; from 2 on it climbs L_k (IWAE) in place of the ELBO. stl: by slopes with
    less noise in them, as in `log_weights`.
    beta: the KL's weight (Higgins et al. 2017), and warmup: epochs over which it rises from 0 to
    that (Soenderby et al. 2016). least: nats that each number of the code has free.
    binary: a Bernoulli likelihood needs pixels that are 0 or 1, so grey ones are drawn afresh each
    time as Bernoulli variables (Burda et al. 2015). False takes them as they are: their loss is the
    mean over such draws, has less noise, and is no likelihood of grey images (Loaiza-Ganem &
    Cunningham 2019).

    >>> from dataclasses import asdict
    >>> stored = asdict(Settings(epochs=60, beta=4.0))  # plain, so that JSON can hold it
    >>> Settings(**stored)
    Settings(epochs=60, batch=128, lr=0.001, betas=(0.9, 0.999), eps=1e-08, schedule='constant',
             k=1, stl=False, beta=4.0, warmup=0.0, least=0.0, binary=True)
    """

    epochs: int
    batch: int = 128  # large enough for matrix products to be fast, small enough for many steps
    lr: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8
    schedule: str | Callable[[float], float] = "constant"
    k: int = 1
    stl: bool = False
    beta: float = 1.0  # 1 is the bound; more buys plain codes with worse images
    warmup: float = 0.0
    least: float = 0.0
    binary: bool = True

    def __post_init__(self) -> None:
        training.settle(self, training.whole, "epochs", "batch", "k")
        training.settle(self, training.number, "lr", above=0)
        training.settle(self, training.number, "eps", "beta", "warmup", "least")
        training.settle(self, training.pair, "betas", below=1)
        training.settle(self, training.flag, "stl", "binary")
        training.settle(self, training.chosen, "schedule", of=training.SCHEDULES)
        if (self.k > 1 or self.stl) and (self.warmup or self.least or self.beta != 1):
            got = f"k={self.k}, stl={self.stl} with warmup={self.warmup}, least={self.least}"
            hint = "These change the KL in closed form, which only k=1 without stl has."
            fix = "Leave them out."
            raise ValueError(f"vae.Settings: got {got}, beta={self.beta}. {hint} {fix}")

    def adam(self, model: VAE) -> Adam:
        """The optimiser that these settings mean for a model, before its first step."""
        return Adam(model.parameters(), self.lr, self.betas, self.eps)

    def kl_weight(self, epochs: float) -> float:
        """The weight of the KL when so many epochs are done: beta, after a rise from 0 to it."""
        return self.beta * min(1.0, epochs / self.warmup) if self.warmup else self.beta


def train(
    vae: VAE,
    images: numpy.ndarray,
    settings: Settings,
    *,
    rng: numpy.random.Generator,
    labels: numpy.ndarray | None = None,
    optimizer: Any = None,
    done: int | Place = 0,
    ranks: Ranks | None = None,
) -> Iterator[Record]:
    """Train on images (N, D) in [0, 1]: one Record per epoch, as you ask for it; stop at any.

    rng: draws the batches' order, the pixels and the noise. labels: the images' classes, integers
    (N,), for a ConditionalVAE and no other. done: epochs that went before, and optimizer: the one
    that took them, whose lr is the settings'. Of a Place, which may be in the midst of an epoch, a
    record comes after each step too, of this rank's rows and left on the device.
    ranks: the processes that take each step together, by default all that mpiexec started (see
    `distributed`).
    Raises ValueError or TypeError, when it is called, for what does not fit together; and
    FloatingPointError at the first epoch whose record is not finite.

    >>> rng = numpy.random.default_rng(0)
    >>> vae = VAE(4, z_dim=2, hidden=(3,), rng=rng)
    >>> [record.epoch for record in train(vae, numpy.eye(4), Settings(epochs=2), rng=rng)]
    [1, 2]
    """
    check_rng("train", rng)
    training.check_settings(settings, Settings)
    vae.check(images)
    training.check_labels(vae, labels, len(images), settings.k)
    optimizer = optimizer or settings.adam(vae)
    place = done if isinstance(done, Place) else Place(done)
    training.check_going_on(settings, place.epochs, optimizer, vae)
    ranks = ranks or world()
    training.check_alike(ranks, settings, images, labels, vae)
    schedule, binary = training.SCHEDULES[str(settings.schedule)], settings.binary
    data = (images,) if labels is None else (images, labels)
    k, steps = settings.k, -(-len(images) // settings.batch)

    def epochs() -> Iterator[Record]:
        start, adam = time.perf_counter(), ranks.share(optimizer)
        for epoch in range(place.epochs + 1, settings.epochs + 1):
            lr = optimizer.lr
            sums = place.sums or [0.0, 0.0, 0.0]  # of the bound, the reconstruction and the KL
            ranks.agree(rng=rng.bit_generator.state)
            with training.rates_put_back(epoch, optimizer):
                order = place.left(rng, lambda: batches(data, settings.batch, rng))
                for i, (x, *y) in enumerate(order, place.steps):
                    progress = epoch - 1 + i / steps  # in epochs
                    optimizer.lr = rate = lr * schedule(progress / settings.epochs)
                    if binary and vae.likelihood == "bernoulli":
                        x = binarize(x, rng)
                    N, noise = len(x), normal(rng, (len(x), k, vae.z_dim))
                    mine = ranks.rows(N)
                    x, noise = asarray(x[mine], float_type()), noise[mine].swapaxes(0, 1)
                    model = vae.given(y[0][mine]) if y and isinstance(vae, ConditionalVAE) else vae
                    if k > 1 or settings.stl:
                        bound, terms = iwae_step(model, adam, x, noise, settings.stl)  # (k, N, Z)
                    else:
                        beta = settings.kl_weight(progress)
                        terms = step(model, adam, x, noise[0], beta, settings.least)
                        bound = terms.elbo
                    found, n = (bound, *terms), N * ranks.weight
                    sums = [s + n * term for s, term in zip(sums, found, strict=True)]
                    if place is done and i + 1 < steps:
                        place.steps, place.sums = i + 1, sums
                        yield Record(epoch, *found, seconds=time.perf_counter() - start)
            ranks.gather(adam)
            bound, reconstruction, kl = (s / len(images) for s in ranks.total(*map(float, sums)))
            means = {"elbo": bound, "reconstruction": reconstruction, "kl": kl}
            training.check_converging("train", epoch, means, rate, lambda: vae.check(images))
            place.begin_epoch(epoch)
            yield Record(epoch, **means, seconds=time.perf_counter() - start)

    return epochs()


def bound(
    vae: VAE,
    images: numpy.ndarray,
    rng: numpy.random.Generator,
    batch: int = 1000,
    binary: bool = True,
) -> Elbo:
    """The bound's terms on images (N, D) in [0, 1], means in nats per image, with one code each.

    The images are made binary, by `rng`, if the likelihood is Bernoulli, unless binary is False
    (see `Settings`). Raises FloatingPointError for a bound that is not finite.

    >>> rng = numpy.random.default_rng(0)
    >>> bound(VAE(4, z_dim=2, hidden=(3,), rng=rng), numpy.eye(4), rng).elbo < 0
    True
    """
    check_rng("bound", rng)
    training.whole("bound", "batch", batch)
    vae.check(images)
    reconstruction = kl = 0.0
    for start in range(0, len(images), batch):
        x = images[start : start + batch]
        if binary and vae.likelihood == "bernoulli":
            x = binarize(x, rng)
        with no_grad():
            terms = elbo(vae, asarray(x, float_type()), normal(rng, (len(x), vae.z_dim)))
        reconstruction += float(terms.reconstruction.sum())
        kl += float(terms.kl.sum())
    if not math.isfinite(reconstruction + kl):
        why = f"The weights of {vae!r} hold NaN, or numbers too large."
        raise FloatingPointError(f"bound: came to {reconstruction} - {kl}. {why}")
    return Elbo(reconstruction / len(images), kl / len(images))
