"""What each line that was written for speed is worth: a step without it beside the step with it.

    python -m tests.benchmarks.speed tricks

Each is taken out by putting its obvious twin in its place; both steps run in one process, in turn,
round after round. What is worth under 3 % everywhere does not stay in.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from scratchgen import engine, functions, nn, optim
from tests.benchmarks import contenders as c


class Trick(NamedTuple):
    """What it is, where it stands, and the twin that takes its place."""

    what: str
    where: str
    place: Any
    name: str
    twin: Any


def whole_adam(adam: optim.Adam, rate: float, small: float, w, g, m, v) -> None:
    """`Adam._move` as its formula, each term in fresh memory."""
    beta1, beta2 = adam.betas
    m[...] = beta1 * m + g
    v[...] = beta2 * v + g**2
    w -= rate * m / (np.sqrt(v) + small)


def averaging(adam: optim.Adam, rate: float, small: float, w, g, m, v) -> None:
    """`Adam._move` with the two passes that averages would take, where sums take none."""
    beta1, beta2 = adam.betas
    t = np.multiply(g, 1.0)
    m *= beta1
    m += t
    np.square(g, out=t)
    t *= 1.0
    v *= beta2
    v += t
    np.sqrt(v, out=t)
    t += small
    np.divide(m, t, out=t)
    t *= rate
    w -= t


def sigmoid(x):
    """`sigmoid` with `where`."""
    e = np.exp(-np.abs(x))
    return np.where(x > 0, 1 / (1 + e), e / (1 + e))


TRICKS = (
    Trick("Adam in blocks that stay in the cache", "optim.py, BLOCK and _blocks",
          optim, "BLOCK", 1 << 60),
    Trick("Adam's m and v as sums", "optim.py, _move", optim.Adam, "_move", averaging),
    Trick("Adam in place", "optim.py, _move", optim.Adam, "_move", whole_adam),
    Trick("sigmoid without where", "functions.py, sigmoid", functions.sigmoid, "forward", sigmoid),
    Trick("linear as one op", "functions.py, linear", nn, "linear", lambda x, W, b: x @ W + b),
    Trick("bce as one op", "functions.py, bce", functions, "bce",
          lambda logits, t: functions.softplus(logits) - t * logits),
    Trick("sums into buffers that rules made", "engine.py, _is_fresh",
          engine, "_is_fresh", lambda part, *others: False),
)  # fmt: skip
STEPS = {
    "GAN 128": (c.our_gan, 128), "GAN 512": (c.our_gan, 512),
    "VAE 128": (c.our_vae, 128), "VAE 512": (c.our_vae, 512),
}  # fmt: skip


@contextmanager
def without(trick: Trick) -> Iterator[None]:
    """Its twin in its place, for a while."""
    kept = getattr(trick.place, trick.name)
    setattr(trick.place, trick.name, trick.twin)
    try:
        yield
    finally:
        setattr(trick.place, trick.name, kept)


def tricks(rounds: int, pace: Callable[[c.Step], float]) -> list[str]:
    """The table: milliseconds without over milliseconds with, the median of the rounds."""
    lines = [f"| without / with | where | {' | '.join(STEPS)} |", f"|{'---|' * (len(STEPS) + 2)}"]
    steps = [make(batch) for make, batch in STEPS.values()]
    for trick in TRICKS:
        ratios = [worth(trick, step, rounds, pace) for step in steps]
        figures = " | ".join(f"{ratio:.2f}" for ratio in ratios)
        lines.append(f"| {trick.what} | `{trick.where}` | {figures} |")
    figures = " | ".join(f"{worth_of_keeping(name, rounds):.2f}" for name in STEPS)
    lines.append(f"| memory kept | `backend/__init__.py, keep_memory` | {figures} |")
    return lines


def worth(trick: Trick, step: c.Step, rounds: int, pace: Callable[[c.Step], float]) -> float:
    """How many times as long a step takes without it."""
    ratios = []
    for _ in range(rounds):
        with without(trick):
            step()
            slow = pace(step)
        step()
        ratios.append(slow / pace(step))
    return statistics.median(ratios)


def worth_of_keeping(name: str, rounds: int) -> float:
    """The same for `keep_memory`, which holds for a process: a fresh one each time."""
    make, batch = STEPS[name]
    pairs = [[_alone(make.__name__, batch, kept) for kept in (False, True)] for _ in range(rounds)]
    return statistics.median(slow / fast for slow, fast in pairs)


def _alone(make: str, batch: int, kept: bool) -> float:
    """Seconds a step in a process of its own."""
    forget = "" if kept else "optim.keep_memory = lambda: None"
    code = f"""if True:
        from scratchgen import optim
        {forget}
        from tests.benchmarks import contenders, speed
        step = contenders.{make}({batch})
        for _ in range(10):
            step()
        print(speed.pace(step))
    """
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return float(done.stdout)
