"""What to expect of a run, said before it begins."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import numpy

from ..runs.asked import NAMES
from ..runs.loop import is_pictured
from .progress import clock

EASY = {"digits", "mnist5k", "mnist"}  # strokes of ink on an empty page, all of one kind
PER_STEP, OVERHEAD = 0.0008, 1.6  # seconds; what a step takes beside its matrix products


def expectations(settings: Mapping[str, Any], model: Any) -> str:
    """A few lines: what is trained on what, for about how long, and what it will come to.

    >>> from types import SimpleNamespace as Some
    >>> asked = dict(model="vae", data="digits", images=9, shape=[8, 8], classes=0, hidden=[4])
    >>> loop, net = Some(epochs=1, batch=9), Some(parameters=lambda: [numpy.zeros((4, 4))])
    >>> words = expectations(asked, Some(kind="vae", nets={"vae": net}, loop=loop))
    >>> words.splitlines()[1]
    'Expect digits that one can read, a little blurred.'
    """
    n, shape = settings["images"], settings["shape"]
    size = "x".join(map(str, shape[:2])) + (" in colour" if len(shape) == 3 else "")
    weights = sum(w.size for net in model.nets.values() for w in net.parameters())
    steps = model.loop.epochs * -(-n // model.loop.batch)
    sheets = sum(is_pictured(epoch, model.loop.epochs) for epoch in range(model.loop.epochs + 1))
    name = settings["data"].rstrip("/").rpartition("/")[2]
    first = (
        f"{settings['model']} on {n:,} training images of {name}, {size}: {weights:,} weights, "
        f"{model.loop.epochs:,} epochs, {steps:,} steps, about {clock(seconds(model, steps))}, "
        f"besides {sheets} pictures of samples and a moving one, which may take longer."
    )
    return f"{first}\n{outcome(settings)}"


def outcome(settings: Mapping[str, Any]) -> str:
    """What such data and a dense net come to, and what more would need.

    >>> print(outcome(dict(model="gan", data="mnist", images=60000, shape=[28, 28])))
    Expect digits that one can read, a few broken ones among them.
    """
    n, shape, vae = settings["images"], settings["shape"], settings["model"] == "vae"
    if settings["data"] in EASY:
        return "Expect digits that one can read, " + (
            "a little blurred." if vae else "a few broken ones among them."
        )
    if settings["data"] in NAMES:
        return "Expect shapes that one can name, " + ("blurred." if vae else "some of them broken.")
    said = ["Expect blurred likenesses at best: the nets are dense, so each pixel is learned for "
            "itself."]  # fmt: skip
    if n < 1000:
        said.append(f"{n} images are few: what is not blurred may be copied from them (`measure` "
                    "says). Thousands of one kind, taken alike, come out better.")  # fmt: skip
    if shape[0] * shape[1] > 32 * 32:
        said.append(f"{shape[0]}x{shape[1]} is much for a dense net: --size 32 learns faster, and "
                    "as well.")  # fmt: skip
    said.append("Drawings, letters, faces cut alike do best. Sharp photographs need convolutions "
                "and tens of thousands of images, which are not here.")  # fmt: skip
    return "\n".join(said)


def seconds(model: Any, steps: int) -> float:
    """About how long so many steps take here, from what a matrix product takes.

    >>> from types import SimpleNamespace as Some
    >>> net = Some(parameters=lambda: [numpy.zeros((4, 4))])
    >>> model = Some(kind="vae", nets={"vae": net}, loop=Some(batch=8))
    >>> seconds(model, 20) > seconds(model, 10)
    True
    """
    sizes = {name: sum(w.size for w in net.parameters()) for name, net in model.nets.items()}
    if model.kind == "vae":
        products = 6 * sizes["vae"]
    else:
        penalties = 2 if getattr(model.loop, "r1", 0) or getattr(model.loop, "r2", 0) else 1
        products = 8 * sizes["G"] + 16 * sizes["D"] * penalties
    work = products * model.loop.batch / _speed() * OVERHEAD
    ranks = getattr(getattr(model, "ranks", None), "size", 1)
    return steps * (work / ranks + PER_STEP)


def _speed() -> float:
    """Operations a second of a matrix product in float32."""
    a = numpy.ones((256, 512), numpy.float32)
    b = numpy.ones((512, 512), numpy.float32)
    a @ b
    start = time.perf_counter()
    for _ in range(3):
        a @ b
    return 3 * 2 * 256 * 512 * 512 / (time.perf_counter() - start)
