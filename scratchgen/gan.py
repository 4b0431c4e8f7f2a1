"""The generative adversarial network (Goodfellow et al. 2014): nets, losses, the loop by hand.

A generator turns noise z into images, a discriminator D gives a logit: how sure it is that an
image is real. They play

    min_G max_D  E_x[log D(x)] + E_z[log(1 - D(G(z)))],    D(x) = sigmoid(logit),

in turns: D climbs, then G. All losses take logits, since the logarithm of a rounded probability
is infinite. Images are scaled to [-1, 1], the range of the generator's tanh.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy

from . import training
from .backend import Array, asarray, float_type, normal, to_numpy, uniform
from .data import batches, check_images
from .distributed import Ranks, world
from .engine import Tensor, detach, grad, no_grad
from .functions import bce_with_logits, sqrt, tanh
from .guards import check_rng
from .nn import MLP, load_state, state
from .optim import Adam
from .training import Place


class Record(NamedTuple):
    """One epoch of training: means over its steps; seconds since the start."""

    epoch: int
    d_loss: float
    g_loss: float
    seconds: float


def generator(
    z_dim: int = 100,
    width: int = 784,
    hidden: Sequence[int] = (128, 256, 512),
    *,
    rng: numpy.random.Generator,
    out: Callable | None = tanh,
) -> MLP:
    """The article's generator: z (N, z_dim) -> relu layers -> tanh, images (N, width) in (-1, 1).

    out: after the last layer; None for points of any range.

    >>> generator(rng=numpy.random.default_rng(0))
    MLP(100 -> 128 relu -> 256 relu -> 512 relu -> 784 tanh)
    """
    return MLP([z_dim, *hidden, width], out=out, rng=rng)


def discriminator(
    width: int = 784, hidden: Sequence[int] = (512, 256, 128), *, rng: numpy.random.Generator
) -> MLP:
    """The article's discriminator: images (N, width) -> relu layers -> a logit (N, 1).

    width: of an image; m times that if D goes into `Packed(D, m)`.

    >>> discriminator(rng=numpy.random.default_rng(0))
    MLP(784 -> 512 relu -> 256 relu -> 128 relu -> 1)
    """
    return MLP([width, *hidden, 1], rng=rng)


class Packed:
    """A discriminator of m images side by side: (N, width) -> a logit for each pack, (N / m, 1).

    Lin et al. 2018 (PacGAN), section 3: one image cannot show that all are alike, m together can.
    D: of m times the images' width. m: a divisor of every batch, so choose a batch size with
    len(images) % batch == 0. The penalties take the slope by each image of a pack, not by all m.

    >>> rng = numpy.random.default_rng(0)
    >>> D = Packed(discriminator(2 * 4, (3,), rng=rng), m=2)
    >>> D(numpy.ones((6, 4), "float32")).shape
    (3, 1)
    """

    def __init__(self, D: MLP, m: int):
        if m < 1 or D.layers[0].n_in % m:
            fix = "Build D for m times the width of an image."
            raise ValueError(f"Packed: {D!r} does not take m={m} images side by side. {fix}")
        self.D, self.m, self.n_in = D, m, D.layers[0].n_in // m

    def __call__(self, x):
        """One logit for each m rows of x (N, width)."""
        N = len(x)
        if N % self.m:
            fix = "Choose a batch size and a number of images that m divides."
            raise ValueError(f"{self!r}: expected a multiple of {self.m} images, got {N}. {fix}")
        return self.D(x.reshape(N // self.m, -1))  # (N, width) -> (N / m, m width)

    def named_parameters(self) -> dict[str, Tensor]:
        """Those of D."""
        return self.D.named_parameters()

    def parameters(self) -> list[Tensor]:
        """Those of D."""
        return self.D.parameters()

    def __repr__(self) -> str:
        return f"Packed({self.D!r}, m={self.m})"


def d_loss(real_logits, fake_logits):
    """-E[log D(x)] - E[log(1 - D(G(z)))], from logits: what the discriminator descends.

    The negative of equation 1 in Goodfellow et al. 2014; log 4 where D knows nothing.

    >>> d_loss(numpy.zeros((2, 1)), numpy.zeros((2, 1))).round(4)  # log 4
    np.float64(1.3863)
    """
    real = bce_with_logits(real_logits, 1.0)  # -log D(x)
    fake = bce_with_logits(fake_logits, 0.0)  # -log(1 - D(G(z)))
    return real.mean() + fake.mean()


def g_loss(fake_logits):
    """-E[log D(G(z))], from logits: the non-saturating loss that the generator descends.

    Goodfellow et al. 2014, section 3: its slope is largest where D is sure to see a fake.

    >>> g_loss(numpy.zeros((2, 1))).round(4)  # log 2
    np.float64(0.6931)
    """
    return bce_with_logits(fake_logits, 1.0).mean()


def g_loss_minimax(fake_logits):
    """E[log(1 - D(G(z)))], from logits: the generator's side of the minimax game, as it stands.

    Goodfellow et al. 2014, equation 1. Its slope vanishes where D is sure to see a fake.

    >>> g_loss_minimax(numpy.zeros((2, 1))).round(4)  # -log 2
    np.float64(-0.6931)
    """
    return -bce_with_logits(fake_logits, 0.0).mean()


def critic_loss(real_scores, fake_scores):
    """E[D(G(z))] - E[D(x)]: what a critic descends; its negative estimates how far apart they are.

    Arjovsky et al. 2017 (WGAN), equation 2: the earth mover's distance, if no slope of D exceeds 1.
    D's last layer then gives no logit but a score of any size.

    >>> critic_loss(numpy.array([[3.0], [5.0]]), numpy.array([[1.0]]))
    np.float64(-3.0)
    """
    return fake_scores.mean() - real_scores.mean()


def critic_g_loss(fake_scores):
    """-E[D(G(z))]: what the generator descends against a critic (Arjovsky et al. 2017).

    >>> critic_g_loss(numpy.array([[1.0], [2.0]]))
    np.float64(-1.5)
    """
    return -fake_scores.mean()


def squared_slope(logits, x):
    """E[|dD/dx|^2], a scalar one can differentiate again: `logits` (N, 1) of a Tensor x (N, D).

    Of real images this is R1, of generated ones R2 (Mescheder et al. 2018, equations 9 and 10),
    there with a factor gamma / 2 that is left to the caller's weight here.

    >>> w = Tensor([[3.0], [4.0]])
    >>> x = Tensor([[0.0, 0.0], [1.0, 1.0]])
    >>> float(squared_slope(x @ w, x))
    25.0
    """
    slopes = grad(logits.sum(), x, create_graph=True)  # (N, D): rows do not mix
    return (slopes**2).sum(axis=1).mean()


def gradient_penalty(D, real: Array, fake: Array, rng: numpy.random.Generator | Array):
    """E[(|dD/dx| - 1)^2] at random points between real and fake images (N, D): WGAN-GP.

    rng: draws where on each line; or these places themselves, (N, 1) in [0, 1]. Gulrajani et al.
    2017, equation 3, without its weight (10 there, on images).

    >>> w = Tensor([[3.0], [4.0]])
    >>> x = numpy.zeros((1, 2), "float32")
    >>> float(gradient_penalty(lambda x: x @ w, x, x, numpy.random.default_rng(0)))
    16.0
    """
    mix = uniform(rng, (len(real), 1)) if isinstance(rng, numpy.random.Generator) else rng
    x = Tensor(mix * real + (1 - mix) * fake)
    slopes = grad(D(x).sum(), x, create_graph=True)
    tiny = 1e-12  # the root's slope at 0 is infinite
    return ((sqrt((slopes**2).sum(axis=1) + tiny) - 1) ** 2).mean()


def d_step(D, optimizer: Any, real: Array, fake: Array, r1: float = 0.0, r2: float = 0.0) -> Array:
    """One step of the discriminator on real and generated images (N, D): its loss, on the device.

    fake: plain arrays, since G is not to move here. r1, r2: weights of the penalties.

    >>> D = discriminator(4, (3,), rng=numpy.random.default_rng(0))
    >>> x = asarray(numpy.ones((2, 4)), "float32")
    >>> bool(d_step(D, Adam(D.parameters()), x, -x, r1=0.1) > 0)
    True
    """
    x_real = Tensor(real) if r1 else real  # only a penalty asks for slopes in x
    x_fake = Tensor(fake) if r2 else fake
    real_logits, fake_logits = D(x_real), D(x_fake)
    loss = objective = d_loss(real_logits, fake_logits)
    if r1:
        objective = objective + r1 * squared_slope(real_logits, x_real)
    if r2:
        objective = objective + r2 * squared_slope(fake_logits, x_fake)
    optimizer.step(grad(objective, D.parameters()))
    return detach(loss)


def critic_step(
    D,
    optimizer: Any,
    real: Array,
    fake: Array,
    rng: numpy.random.Generator | Array,
    gp: float = 10.0,
) -> Array:
    """One step of WGAN-GP's critic on real and generated images (N, D): its loss, on the device.

    It descends critic_loss + gp * gradient_penalty (Gulrajani et al. 2017, algorithm 1, where five
    such steps go before each of the generator's). gp: 10 there, on images; 0.1 on points.

    >>> rng = numpy.random.default_rng(0)
    >>> D = discriminator(4, (3,), rng=rng)
    >>> x = numpy.ones((2, 4), "float32")
    >>> critic_step(D, Adam(D.parameters()), x, x, rng)
    array(0., dtype=float32)
    """
    loss = critic_loss(D(real), D(fake))
    objective = loss + gp * gradient_penalty(D, real, fake, rng)
    optimizer.step(grad(objective, D.parameters()))
    return detach(loss)


def g_step(G, D, optimizer: Any, z: Array, loss=g_loss) -> Array:
    """One step of the generator on noise z (N, Z), through D, which stays: its loss, on the device.

    loss: `g_loss`, `g_loss_minimax` or, if D is a critic, `critic_g_loss`.

    >>> rng = numpy.random.default_rng(0)
    >>> G, D = generator(2, 4, (3,), rng=rng), discriminator(4, (3,), rng=rng)
    >>> bool(g_step(G, D, Adam(G.parameters()), normal(rng, (8, 2))) > 0)
    True
    """
    value = loss(D(G(z)))
    optimizer.step(grad(value, G.parameters()))
    return detach(value)


def move_average(average, model, decay: float = 0.999) -> None:
    """Move the weights of `average` towards those of `model`: a = decay a + (1 - decay) w.

    A generator circles its goal; the mean of its path lies nearer (Yazici et al. 2019).

    >>> a, b = (generator(2, 4, (3,), rng=numpy.random.default_rng(i)) for i in (0, 1))
    >>> move_average(a, b, decay=0.0)
    >>> bool((a.layers[0].W.value == b.layers[0].W.value).all())
    True
    """
    for a, w in zip(average.parameters(), model.parameters(), strict=True):
        a.value += (1 - decay) * (w.value - a.value)


def generate(G, n: int, rng: numpy.random.Generator) -> Array:
    """n images (n, D) in [0, 1] of a generator whose tanh gives [-1, 1].

    >>> rng = numpy.random.default_rng(0)
    >>> generate(generator(2, 4, (3,), rng=rng), 5, rng).shape
    (5, 4)
    """
    check_rng("generate", rng)
    with no_grad():
        return (G(normal(rng, (n, G.layers[0].n_in))) + 1) / 2


LOSSES = {"g_loss": g_loss, "g_loss_minimax": g_loss_minimax}


@dataclass(frozen=True)
class Settings:
    """How a GAN is trained: plain numbers and names, checked as they are put together.

    epochs: passes over the images. batch: images a step. lr, betas, eps: of both Adams; the
    defaults are DCGAN's (Radford et al. 2015). schedule: the share of lr to take as time goes on,
    "constant" or "cosine" (or `optim.cosine` itself).
    loss: the generator's, `g_loss` or `g_loss_minimax`, by name or function. r1, r2: weights of the
    penalties. gp: if not 0, the game is WGAN-GP's, with this weight, and D a critic. d_steps: how
    many of D's go before each of G's.
    noise: the standard deviation of normal noise on all that D sees, which falls in a straight
    line to 0 at the end: it lets densities overlap that do not (Soenderby et al. 2017).
    decay: of the generator that takes the mean of G's path, if one is given.
    points: the data are taken as they are, in any range. steps: of an epoch, where the data are
    drawn afresh for each.

    >>> from dataclasses import asdict
    >>> stored = asdict(Settings(epochs=60, betas=(0.0, 0.99)))  # plain, so that JSON can hold it
    >>> Settings(**stored).betas
    (0.0, 0.99)
    """

    epochs: int
    batch: int = 128
    lr: float = 2e-4
    betas: tuple[float, float] = (0.5, 0.999)  # (0, .99) with a penalty: momentum makes both circle
    eps: float = 1e-8
    schedule: str | Callable[[float], float] = "constant"
    loss: str | Callable = "g_loss"
    r1: float = 0.0  # from .1 on a game of images stays level
    r2: float = 0.0
    gp: float = 0.0
    d_steps: int = 1
    noise: float = 0.0
    decay: float = 0.999
    points: bool = False
    steps: int | None = None

    def __post_init__(self) -> None:
        training.settle(self, training.whole, "epochs", "batch", "d_steps")
        training.settle(self, training.number, "lr", above=0)
        training.settle(self, training.number, "eps", "r1", "r2", "gp", "noise")
        training.settle(self, training.number, "decay", most=1)
        training.settle(self, training.pair, "betas", below=1)
        training.settle(self, training.flag, "points")
        training.settle(self, training.chosen, "schedule", of=training.SCHEDULES)
        training.settle(self, training.chosen, "loss", of=LOSSES)
        if self.steps is not None:
            training.settle(self, training.whole, "steps")
        if self.gp and (self.r1 or self.r2 or self.loss != "g_loss"):
            got = f"gp={self.gp} with r1={self.r1}, r2={self.r2}, loss={self.loss}"
            fix = "It has a penalty and losses of its own: leave out r1, r2 and loss."
            raise ValueError(f"gan.Settings: got {got}. {fix}")

    def adam(self, model: Any) -> Adam:
        """The optimiser that these settings mean for one of the nets, before its first step."""
        return Adam(model.parameters(), self.lr, self.betas, self.eps)


def train(
    G: MLP,
    D: MLP | Packed,
    images: numpy.ndarray | Callable,
    settings: Settings,
    *,
    rng: numpy.random.Generator,
    average: MLP | None = None,
    optimizers: tuple[Any, Any] | None = None,
    done: int | Place = 0,
    ranks: Ranks | None = None,
) -> Iterator[Record]:
    """Train both on images (N, D) in [0, 1]: one Record per epoch, as you ask for it; stop at any.

    images: or a function of (n, rng) that draws n fresh ones, such as `data.ring`, for
    settings.steps batches an epoch; of a tuple the first is taken. rng: draws all that is random.
    average: a generator that takes the mean of G's path, from a copy of G on.
    done: epochs that went before, and optimizers: those of G and of D that took them; the average
    then goes on from what it is. Of a Place, which may be in the midst of an epoch, a record comes
    after each step of G too, of this rank's rows and left on the device.
    ranks: the processes that take each step together, by default all that mpiexec started (see
    `distributed`).
    Raises ValueError or TypeError, when it is called, for what does not fit together; and
    FloatingPointError at the first epoch whose record is not finite.

    >>> rng = numpy.random.default_rng(0)
    >>> G, D = generator(2, 4, (3,), rng=rng), discriminator(4, (3,), rng=rng)
    >>> [r.epoch for r in train(G, D, numpy.eye(4), Settings(epochs=2, batch=4), rng=rng)]
    [1, 2]
    """
    check_rng("train", rng)
    training.check_settings(settings, Settings)
    training.check_nets(G, D)
    pack, width = (D.m, D.n_in) if isinstance(D, Packed) else (1, D.layers[0].n_in)
    training.check_batches(settings, images, pack)
    some = _looked_at(images, settings, rng, width)
    ends = (some.min(), some.max()) if settings.points else (-1.0, 1.0)
    training.check_reach(G, width, *ends)
    g_optimizer, d_optimizer = optimizers or (settings.adam(G), settings.adam(D))
    place = done if isinstance(done, Place) else Place(done)
    training.check_going_on(settings, place.epochs, g_optimizer, G, "G's optimiser")
    training.check_going_on(settings, place.epochs, d_optimizer, D, "D's optimiser")
    training.check_average(average, G)
    ranks = ranks or world()
    training.check_alike(ranks, settings, some, None, G, D, average)
    schedule, loss = training.SCHEDULES[str(settings.schedule)], LOSSES[str(settings.loss)]
    if settings.gp:
        loss = critic_g_loss
    z_dim, steps = G.layers[0].n_in, settings.steps or -(-len(some) // settings.batch)

    def epochs() -> Iterator[Record]:
        start = time.perf_counter()
        g_adam, d_adam = ranks.share(g_optimizer), ranks.share(d_optimizer)
        if average and not (place.epochs or place.steps):
            load_state(average, state(G))
        for epoch in range(place.epochs + 1, settings.epochs + 1):
            d_lr, g_lr, before = d_optimizer.lr, g_optimizer.lr, (epoch - 1) * steps
            d_losses, g_losses = place.sums or ([], [])
            ranks.agree(rng=rng.bit_generator.state)
            with training.rates_put_back(epoch, d_optimizer, g_optimizer):
                order = _batches(images, settings, rng, place)
                for i, x in enumerate(order, before + place.steps):
                    progress = i / (settings.epochs * steps)
                    d_optimizer.lr = rate = d_lr * schedule(progress)
                    g_optimizer.lr = g_lr * schedule(progress)
                    N, mine = len(x), ranks.rows(len(x), pack)
                    blur = settings.noise * (1 - progress)
                    real = asarray(x[mine], float_type())
                    if not settings.points:
                        real = real * 2 - 1  # [0, 1] -> [-1, 1]

                    # (1) D: maximise log D(x) + log(1 - D(G(z)))
                    with no_grad():
                        fake = G(normal(rng, (N, z_dim))[mine])
                    if blur:
                        real = real + blur * normal(rng, (N, width))[mine]
                        fake = fake + blur * normal(rng, (N, width))[mine]
                    if settings.gp:
                        mix = uniform(rng, (N, 1))[mine]
                        lost = critic_step(D, d_adam, real, fake, mix, settings.gp)
                    else:
                        lost = d_step(D, d_adam, real, fake, settings.r1, settings.r2)
                    d_losses.append(ranks.weight * lost)
                    if (i + 1) % settings.d_steps:
                        continue  # D has more to learn first

                    # (2) G: maximise log D(G(z))
                    z = normal(rng, (N, z_dim))[mine]
                    seen = _blurred(D, blur * normal(rng, (N, width))[mine]) if blur else D
                    g_losses.append(ranks.weight * g_step(G, seen, g_adam, z, loss))

                    if average:
                        move_average(average, G, settings.decay)
                    if place is done and i + 1 < before + steps:
                        place.steps, place.sums = i + 1 - before, [d_losses, g_losses]
                        seconds = time.perf_counter() - start
                        yield Record(epoch, d_losses[-1], g_losses[-1], seconds)
            ranks.gather(d_adam)
            ranks.gather(g_adam)
            d_mean, g_mean = ranks.total(_mean(d_losses), _mean(g_losses))
            means = {"d_loss": d_mean, "g_loss": g_mean}
            look = lambda: _looked_at(images, settings, rng)
            training.check_converging("train", epoch, means, rate, look)
            place.begin_epoch(epoch)
            yield Record(epoch, **means, seconds=time.perf_counter() - start)

    return epochs()


def _blurred(D: Callable, noise: Array) -> Callable:
    """D, as it sees what noise lies on."""
    return lambda x: D(x + noise)


def _batches(
    images: Any, settings: Settings, rng: numpy.random.Generator, place: Place
) -> Iterator[Array]:
    """The batches of an epoch from a place on: all images in a new order, or fresh ones."""
    if not callable(images):
        return place.left(rng, lambda: batches(images, settings.batch, rng))
    drawn = (images(settings.batch, rng) for _ in range(place.steps, settings.steps or 0))
    return (x[0] if isinstance(x, tuple) else x for x in drawn)


def _looked_at(images: Any, settings: Settings, rng: Any, width: int | None = None) -> Any:
    """The images, or some like those to be drawn, on the host and seen to fit."""
    if callable(images):
        (images,) = _batches(images, replace(settings, steps=1), copy.deepcopy(rng), Place())
    check = training.check_points if settings.points else check_images
    check(images := to_numpy(images), width)
    return images


def _mean(losses: list) -> float:
    """The mean of losses that are still on the device: the only read from it in an epoch."""
    total = losses[0]
    for loss in losses[1:]:
        total = total + loss
    return float(total) / len(losses)
