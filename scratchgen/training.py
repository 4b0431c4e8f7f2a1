"""What both training loops ask before they begin and after each epoch, said once for both.

A loop is told by `Settings` of its own, plain numbers and names, that are checked as they are put
together. What is refused says where, what was expected, what came, and how to mend it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy

from .backend import asarray, to_numpy
from .functions import sigmoid
from .optim import cosine


def constant(progress: float) -> float:
    """The share of the full learning rate to take: 1, however much of the training is done.

    >>> constant(0.5)
    1.0
    """
    return 1.0


SCHEDULES = {"constant": constant, "cosine": cosine}


@dataclass
class Place:
    """Where a training stands, also in the midst of an epoch: what it needs to go on from there.

    Handed to a `train` as `done`, it is kept up to date, and a record comes after each step. Stored
    there with weights, optimisers and the generator's state, it lets a training go on to the same
    last bit.

    epochs: that are done. steps: batches of the next one that are done. order: the state of the
    generator before it drew the order of that epoch's images. sums: what this rank's losses have
    added up to since that epoch began.
    """

    epochs: int = 0
    steps: int = 0
    order: dict[str, Any] | None = None
    sums: list[Any] = field(default_factory=list)

    def left(self, rng: Any, batches: Callable[[], Iterator[Any]]) -> Iterator[Any]:
        """The batches of this epoch that are still to come.

        batches: draws the epoch's order from `rng` when it is called, and nothing after that.

        >>> rng = numpy.random.default_rng(0)
        >>> place = Place(steps=2, order=rng.bit_generator.state)
        >>> list(place.left(rng, lambda: iter(rng.permutation(4))))  # of 2, 0, 1, 3
        [np.int64(1), np.int64(3)]
        """
        now = rng.bit_generator.state
        if not self.steps:
            self.order = now
        rng.bit_generator.state = self.order
        drawn = batches()
        if self.steps:
            rng.bit_generator.state = now
        return islice(drawn, self.steps, None)

    def begin_epoch(self, epochs: int) -> None:
        """Stand at the beginning of an epoch, so many being done."""
        self.epochs, self.steps, self.order, self.sums = epochs, 0, None, []


# What a setting may be. Each check returns the value as plain Python, which JSON can hold.


def settle(settings: Any, check: Callable, *names: str, **limits: Any) -> None:
    """Check some fields of a frozen dataclass as it is made, and store what the check returns.

    check: one of `whole`, `number`, `pair`, `flag`, `chosen`; limits: what it takes besides.

    >>> from types import SimpleNamespace
    >>> asked = SimpleNamespace(batch=numpy.int64(3))
    >>> settle(asked, whole, "batch")
    >>> asked.batch
    3
    """
    who = f"{type(settings).__module__.rpartition('.')[2]}.{type(settings).__name__}"
    for name in names:
        value = check(who, name, getattr(settings, name), **limits)
        object.__setattr__(settings, name, value)


def whole(who: str, name: str, value: Any, least: int = 1) -> int:
    """The value as an int. Raises ValueError unless it is a whole number from `least`.

    >>> whole("train", "batch", 0)
    Traceback (most recent call last):
    ValueError: train: expected batch, a whole number from 1, got 0.
    """
    is_whole = isinstance(value, (int, numpy.integer)) and not isinstance(value, bool)
    if not is_whole or value < least:
        raise ValueError(f"{who}: expected {name}, a whole number from {least}, got {value!r}.")
    return int(value)


def number(
    who: str,
    name: str,
    value: Any,
    least: float = 0.0,
    most: float = math.inf,
    above: float = -math.inf,
    below: float = math.inf,
) -> float:
    """The value as a float. Raises ValueError unless it is a finite number between the limits.

    >>> number("train", "lr", -1.0, above=0.0)
    Traceback (most recent call last):
    ValueError: train: expected lr, a number above 0, got -1.0.
    """
    kinds = (int, float, numpy.integer, numpy.floating)
    is_number = isinstance(value, kinds) and not isinstance(value, bool)
    if not is_number or not (least <= value <= most and above < value < below):
        span = f"above {above:g}" if above >= least else f"from {least:g}"
        to = f" to {most:g}" if most < math.inf else ""
        to += f" and below {below:g}" if below < math.inf else ""
        raise ValueError(f"{who}: expected {name}, a number {span}{to}, got {value!r}.")
    return float(value)


def pair(who: str, name: str, value: Any, **limits: float) -> tuple[float, float]:
    """The value as a tuple of two floats, each as `number` wants it.

    >>> pair("train", "betas", [0, 0.99], below=1.0)
    (0.0, 0.99)
    """
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise ValueError(f"{who}: expected {name}, two numbers, got {value!r}.")
    first, second = (number(who, f"{name}[{i}]", v, **limits) for i, v in enumerate(value))
    return first, second


def flag(who: str, name: str, value: Any) -> bool:
    """The value as a bool. Raises ValueError unless it is True or False.

    >>> flag("train", "stl", True)
    True
    """
    if not isinstance(value, (bool, numpy.bool_)):
        raise ValueError(f"{who}: expected {name}, True or False, got {value!r}.")
    return bool(value)


def chosen(who: str, name: str, value: Any, of: Mapping[str, Callable]) -> str:
    """The name of the function that was chosen, by itself or by its name.

    A name can be stored with a run, and found again. Raises ValueError for any other function.

    >>> chosen("train", "schedule", max, of={"min": min, "max": max})
    'max'
    """
    asked = value if isinstance(value, str) else getattr(value, "__name__", "")
    if asked not in of or (callable(value) and of[asked] is not value):
        got = getattr(value, "__name__", repr(value))
        fix = "What is stored with a run must be found again by its name. Else write the loop out."
        raise ValueError(f"{who}: expected {name}, one of {', '.join(of)}, got {got}. {fix}")
    return asked


# What an argument may be.


def check_settings(settings: Any, kind: type) -> None:
    """Raise TypeError unless settings are of that kind.

    >>> check_settings(60, int)
    """
    if not isinstance(settings, kind):
        name = f"{kind.__module__.rpartition('.')[2]}.{kind.__name__}"
        fix = f"Write train(..., {name}(epochs=60), rng=rng)."
        raise TypeError(f"train: expected settings, a {name}, got {settings!r}. {fix}")


def check_alike(ranks: Any, settings: Any, images: Any, labels: Any, *models: Any) -> None:
    """Raise RuntimeError unless all ranks begin from the same data, settings and weights.

    >>> from types import SimpleNamespace
    >>> check_alike(SimpleNamespace(size=1), None, None, None)
    """
    if ranks.size > 1:
        weights = [w.value for model in models if model for w in model.parameters()]
        ranks.agree(settings=settings, images=images, labels=labels, weights=weights)


def check_points(x: Any, width: int | None = None, name: str = "points") -> None:
    """Raise ValueError or TypeError unless x, of shape (N, width), holds finite floats.

    >>> check_points(numpy.array([[0.5, numpy.nan]]))
    Traceback (most recent call last):
    ValueError: points: expected finite numbers, but 1 of 1 hold NaN or Inf, the first is point 0.
    Leave them out: x[numpy.isfinite(x).all(axis=1)].
    """
    dtype = getattr(x, "dtype", type(x))
    if getattr(dtype, "kind", None) != "f":
        fix = "Make it one: numpy.asarray(x, 'float32')."
        raise TypeError(f"{name}: expected an array of float32 or float64, got {dtype}. {fix}")
    if x.ndim != 2 or 0 in x.shape or x.shape[1] != (width or x.shape[1]):
        raise ValueError(f"{name}: expected shape (N, {width or 'D'}), got {x.shape}.")
    bad = ~numpy.isfinite(x).all(axis=1)
    if bad.any():
        got = f"{bad.sum()} of {len(x)} hold NaN or Inf, the first is point {bad.argmax()}"
        fix = "Leave them out: x[numpy.isfinite(x).all(axis=1)]."
        raise ValueError(f"{name}: expected finite numbers, but {got}. {fix}")


def check_likelihood(likelihood: str, variance: float | None, linear: bool) -> None:
    """Raise ValueError unless a VAE can have this likelihood, with this variance and mean.

    >>> check_likelihood("poisson", None, linear=False)
    Traceback (most recent call last):
    ValueError: VAE: likelihood is 'bernoulli' or 'gaussian', got 'poisson'.
    """
    if likelihood not in ("bernoulli", "gaussian"):
        raise ValueError(f"VAE: likelihood is 'bernoulli' or 'gaussian', got {likelihood!r}.")
    if likelihood == "gaussian" and variance is None:
        fix = "It says what is left to noise: try 0.05, then the squared error per pixel you get."
        raise ValueError(f"VAE: a 'gaussian' likelihood needs a variance > 0, got none. {fix}")
    if likelihood == "gaussian":
        number("VAE", "variance", variance, above=0)
    elif variance is not None or linear:
        got = f"out={'None' if linear else 'sigmoid'}, variance={variance}"
        fix = "Leave them out, or pass likelihood='gaussian'."
        raise ValueError(f"VAE: a 'bernoulli' likelihood is of logits alone, got {got}. {fix}")


def check_noise(noise: Any, shape: tuple[int, ...]) -> None:
    """Raise ValueError unless noise has this shape: one row for all codes would fit as well.

    >>> check_noise(numpy.zeros((1, 2)), (3, 2))
    Traceback (most recent call last):
    ValueError: elbo: expected noise of shape (3, 2), got (1, 2). Each code of each image wants
    noise of its own: normal(rng, shape).
    """
    if noise.shape != shape:
        fix = "Each code of each image wants noise of its own: normal(rng, shape)."
        raise ValueError(f"elbo: expected noise of shape {shape}, got {noise.shape}. {fix}")


def check_batch(vae: Any, x: Any) -> None:
    """Raise ValueError for images of which a Gaussian likelihood would only make a wrong number.

    Of a Bernoulli one the loss takes care (`bce_with_logits`). A batch on a GPU is taken as it
    comes: to look at it would mean to wait for it at every step.

    >>> from types import SimpleNamespace
    >>> check_batch(SimpleNamespace(likelihood="bernoulli"), None)
    """
    if vae.likelihood == "gaussian" and type(x) is numpy.ndarray and x.size:
        least, most = x.min(), x.max()  # NaN, if one is there
        low, high = (0, 1) if vae.out is sigmoid else (-math.inf, math.inf)
        if not (low <= least and most <= high and math.isfinite(most - least)):
            vae.check(x)


def check_labels(vae: Any, labels: Any, n: int, k: int) -> None:
    """Raise ValueError unless there are no labels, or one for each of n images that a VAE reads.

    >>> check_labels(None, None, 3, 1)
    """
    if labels is None:
        return
    if not hasattr(vae, "given"):
        raise ValueError(f"train: got labels for {vae!r}. Only a ConditionalVAE reads them.")
    if len(vae.given(labels).one_hot) != n:
        got = f"{len(labels)} labels for {n} images"
        raise ValueError(f"train: expected one label per image, got {got}.")
    if k > 1:
        hint = "L_k is climbed one class at a time: train(model.given(3), threes, ...)."
        raise ValueError(f"train: got k={k} with labels. {hint}")


def check_going_on(settings: Any, done: Any, optimizer: Any, model: Any, who: str = "") -> None:
    """Raise ValueError unless training can go on from `done` epochs with this optimiser.

    >>> from types import SimpleNamespace
    >>> check_going_on(SimpleNamespace(epochs=2), 3, None, None)
    Traceback (most recent call last):
    ValueError: train: got done=3 epochs of 2: nothing is left to train.
    """
    whole("train", "done", done, least=0)
    if done > settings.epochs:
        got = f"done={done} epochs of {settings.epochs}"
        raise ValueError(f"train: got {got}: nothing is left to train.")
    who = who or "the optimiser"
    if list(map(id, optimizer.parameters)) != list(map(id, model.parameters())):
        fix = "Make it of model.parameters()."
        raise ValueError(f"train: {who}, {optimizer!r}, has other parameters than {model!r}. {fix}")
    if optimizer.lr != settings.lr:
        fix = f"Say it once: Settings(lr={optimizer.lr:g}), the same that the optimiser has."
        raise ValueError(f"train: {who} has lr={optimizer.lr:g}, the settings {settings.lr:g}. "
                         f"{fix}")  # fmt: skip


# What a game needs.


def check_nets(G: Any, D: Any) -> None:
    """Raise TypeError or ValueError unless both are MLPs, and D, or a pack of it, gives a logit.

    >>> from types import SimpleNamespace as Net
    >>> net = Net(layers=[Net(n_out=2, activation=None)])
    >>> check_nets(net, net)
    Traceback (most recent call last):
    ValueError: train: expected a D with one output, its logit, got 2 of
    namespace(layers=[namespace(n_out=2, activation=None)]).
    """
    for net in (G, getattr(D, "D", D)):
        if not hasattr(net, "layers"):
            fix = "For nets of another kind write the loop out, with gan.d_step and gan.g_step."
            raise TypeError(f"train: expected nets that are MLPs, got {net!r}. {fix}")
    end = getattr(D, "D", D).layers[-1]
    if end.n_out != 1:
        got = f"got {end.n_out} of {D!r}"
        raise ValueError(f"train: expected a D with one output, its logit, {got}.")
    if end.activation is not None:
        fix = "The losses take logits, and a critic's scores have any size: leave it out."
        raise ValueError(f"train: expected a D without a last activation, got {D!r}. {fix}")


def check_reach(G: Any, width: int, low: float, high: float) -> None:
    """Raise ValueError unless G's outputs are data of this width, and reach from low to high.

    >>> from types import SimpleNamespace as Net
    >>> check_reach(Net(layers=[Net(n_out=2, activation=None)]), width=2, low=-9.0, high=9.0)
    """
    last = G.layers[-1]
    if last.n_out != width:
        raise ValueError(f"train: expected a G of {width} outputs, as many as D takes, got {G!r}.")
    if last.activation is None:
        return
    with numpy.errstate(all="ignore"):
        ends = to_numpy(last.activation(asarray([[-1e3, 1e3]])))
    if not (ends.min() <= low + 1e-3 and ends.max() >= high - 1e-3):
        reach = f"whose outputs reach from {ends.min():.4g} to {ends.max():.4g}"
        fix = "Images are scaled to [-1, 1], for tanh; points of any range want out=None."
        data = f"the data reach from {low:.4g} to {high:.4g}"
        raise ValueError(f"train: {data}, G is {G!r}, {reach}. {fix}")


def check_batches(settings: Any, images: Any, pack: int) -> None:
    """Raise ValueError unless an epoch has batches enough, and packs of images fill each of them.

    >>> from types import SimpleNamespace
    >>> settings = SimpleNamespace(batch=8, steps=None, d_steps=1)
    >>> check_batches(settings, numpy.zeros((20, 4)), pack=3)
    Traceback (most recent call last):
    ValueError: train: packs of 3 images do not fill batches of 8 (the last 4). Choose a batch size
    and a number of images that 3 divides.
    """
    if callable(images) != (settings.steps is not None):
        got = f"{'a function' if callable(images) else 'an array'} and steps={settings.steps}"
        fix = "Fresh data have as many steps to an epoch as you say, an array as many as fit."
        raise ValueError(f"train: got {got}. {fix}")
    last = 0 if callable(images) else len(images) % settings.batch
    steps = settings.steps or -(-len(images) // settings.batch)
    if settings.batch % pack or last % pack:
        sizes = f"batches of {settings.batch}" + f" (the last {last})" * bool(last)
        fix = f"Choose a batch size and a number of images that {pack} divides."
        raise ValueError(f"train: packs of {pack} images do not fill {sizes}. {fix}")
    if settings.d_steps > steps:
        got = f"the batches of an epoch, got {settings.d_steps}"
        fix = "Choose smaller batches, or fewer steps of D."
        raise ValueError(f"train: expected d_steps from 1 to {steps}, {got}. {fix}")


def check_average(average: Any, G: Any) -> None:
    """Raise ValueError unless `average` is None, or another net of G's layout.

    >>> check_average(None, None)
    """
    if average is None:
        return
    ours, theirs = G.parameters(), average.parameters()
    if {id(w) for w in ours} & {id(w) for w in theirs}:
        fix = "Make a second one, of the same layout: its weights will be G's to begin with."
        raise ValueError(f"train: the average is G itself, or shares its weights. {fix}")
    if [w.shape for w in ours] != [w.shape for w in theirs]:
        raise ValueError(f"train: expected an average of G's layout, {G!r}, got {average!r}.")


# What training came to.


@contextmanager
def rates_put_back(epoch: int, *optimizers: Any) -> Iterator[None]:
    """Put the optimisers' rates back at the end of an epoch, also of one that is broken off.

    An error that breaks it off is told in which epoch, and at which rate.

    >>> from scratchgen.optim import SGD
    >>> from scratchgen.engine import Tensor
    >>> sgd = SGD([Tensor(1.0)], lr=0.5)
    >>> with rates_put_back(1, sgd):
    ...     sgd.lr = 0.1
    """
    rates = [optimizer.lr for optimizer in optimizers]
    try:
        yield
    except Exception as error:
        error.add_note(f"train: in epoch {epoch}, at a learning rate of {optimizers[0].lr:g}")
        raise
    finally:
        for optimizer, rate in zip(optimizers, rates, strict=True):
            optimizer.lr = rate


def check_converging(
    who: str, epoch: int, found: Mapping[str, float], lr: float, look: Callable[[], Any]
) -> None:
    """Raise FloatingPointError if a number that an epoch came to is not finite.

    look: looks at the data again, and raises ValueError if they are no longer what they were.

    >>> check_converging("train", 3, {"elbo": numpy.nan}, lr=0.1, look=int)
    Traceback (most recent call last):
    FloatingPointError: train: epoch 3 came to elbo nan, at a learning rate of 0.1. Training has
    diverged. Go back to weights from before, and try a tenth of the learning rate; inside
    `with detect_nonfinite():` the first op that makes a NaN or an Inf is named.
    """
    if all(map(math.isfinite, found.values())):
        return
    why = (
        "Training has diverged. Go back to weights from before, and try a tenth of the learning "
        "rate; inside `with detect_nonfinite():` the first op that makes a NaN or an Inf is named."
    )
    try:
        look()
    except ValueError as error:
        why = f"The data have changed since training began. {error}"
    came = ", ".join(f"{name} {value:.4g}" for name, value in found.items())
    raise FloatingPointError(f"{who}: epoch {epoch} came to {came}, at a learning rate of {lr:g}. "
                             f"{why}")  # fmt: skip
