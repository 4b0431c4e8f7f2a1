"""Training with everything kept on the way: checkpoints, the log, pictures, and a last one moving.

What is written after an epoch, in this order: its picture, the checkpoint (which holds the log so
far), the log's line. Whatever a death leaves out is made again, and comes out the same.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Protocol

import numpy

from .. import data, draw
from ..backend import to_numpy
from ..training import Place
from .folder import Run
from .models import Model, packed, unpack

PICTURES = 40  # of a run, the first and the last epoch's among them
SHOWN = 64  # images in a picture
OFTEN = 0.2  # seconds between two meetings of ranks that ask whether to save or to stop


class Shown(Protocol):
    """Whoever shows how far it is."""

    def step(self, place: Place, record: Any) -> None:
        """Called after each step within an epoch."""

    def epoch(self, record: Any, seconds: float) -> None:
        """Called after each epoch."""


class Nobody:
    """Shows nothing."""

    def step(self, place: Place, record: Any) -> None:
        """Nothing."""

    def epoch(self, record: Any, seconds: float) -> None:
        """Nothing."""


class Pulse:
    """Says after which steps to save and when to stop: the same on all ranks, by rank 0's clock.

    every: seconds from one checkpoint to the next within an epoch. An epoch's end is saved, too,
    unless the last checkpoint is younger than a sixtieth of that.
    """

    def __init__(self, model: Model, every: float, stopped: Callable[[], bool]):
        self.ranks, self.every, self.stopped = model.ranks, every, stopped
        self.saved = self.met = time.monotonic()
        self.stride = self.steps = 1

    def asks(self, end_of_epoch: bool) -> tuple[bool, bool]:
        """(whether to save, whether to stop). Now and then a meeting of the ranks."""
        self.steps -= 1
        if self.steps > 0 and not end_of_epoch:
            return False, False
        now = time.monotonic()
        due = now - self.saved >= (self.every / 60 if end_of_epoch else self.every)
        spent, first = (now - self.met) / self.stride, self.ranks.rank == 0
        wanted = 1 if self.ranks.size == 1 else max(1, min(1000, int(OFTEN / max(spent, 1e-6))))
        found = self.ranks.total(first * due, first * wanted, self.stopped())
        self.stride = self.steps = int(found[1])
        self.met = now
        return bool(found[0] or found[2]), bool(found[2])

    def has_saved(self) -> None:
        """Begin to count anew."""
        self.saved = time.monotonic()


def teach(
    run: Run,
    model: Model,
    images: numpy.ndarray,
    labels: numpy.ndarray | None,
    show: Shown,
    every: float = 60.0,
    stopped: Callable[[], bool] = lambda: False,
) -> bool:
    """Whether the training came to its end; it goes on from the newest checkpoint, if there is one.

    images, labels: of the run's data. every: seconds from checkpoint to checkpoint. stopped: asked
    now and then whether to stop, which is done after a step and with a checkpoint. Of many ranks
    all read the run's folder, and the first one writes.

    >>> import pathlib, tempfile, scratchgen.distributed, scratchgen.runs as runs
    >>> asked = {"model": "gan", "width": 4, "z": 2, "hidden": [3], "average": 0.9, "seed": 0}
    >>> asked |= {"classes": 0, "shape": [2, 2], "loop": {"epochs": 1, "batch": 2}}
    >>> run = runs.create(pathlib.Path(tempfile.mkdtemp(), "run"), asked)
    >>> teach(run, runs.build(asked, scratchgen.distributed.ALONE), numpy.eye(4), None, Nobody())
    True
    """
    place, rows, before = _resumed(run, model)
    first = model.ranks.rank == 0
    names = [*_record(model)._fields]
    if first:
        run.tidy()
        run.begin_log(names, rows)
        _picture(run, model, place)
    pulse, start = Pulse(model, every, stopped), time.perf_counter()
    for record in model.train(images, labels, place):
        ended = place.steps == 0
        seconds = before + time.perf_counter() - start
        if ended:
            row = [*record[:-1], round(seconds, 3)]
            rows.append(row)
            show.epoch(record, seconds)
            if first:
                _picture(run, model, place)
        else:
            show.step(place, record)
        last = ended and place.epochs == model.loop.epochs
        save, stop = pulse.asks(ended)
        if save or last:
            arrays, about = packed(model, place)
            if first:
                run.checkpoints.save(arrays, about | {"log": rows, "seconds": seconds})
            pulse.has_saved()
        if ended and first:
            run.add_to_log(row)
        if stop and not last:
            return False
    if first:
        _film(run)
    return True


def _resumed(run: Run, model: Model) -> tuple[Place, list[list[Any]], float]:
    """Where a run stands, its log so far, and the seconds that it took; the model is put there."""
    saved = run.checkpoints.load(aside=model.ranks.rank == 0)
    place = unpack(model, saved.arrays, saved.about) if saved else Place()
    ranks = model.ranks
    ranks.agree(place=(place.epochs, place.steps))  # and nobody writes before all have read
    return (place, saved.about["log"], saved.about["seconds"]) if saved else (place, [], 0.0)


def _record(model: Model) -> Any:
    from .. import gan, vae

    return vae.Record if model.kind == "vae" else gan.Record


def is_pictured(epoch: int, epochs: int) -> bool:
    """Whether an epoch's samples are kept: PICTURES of all, early ones more often than late ones.

    >>> [epoch for epoch in range(1001) if is_pictured(epoch, 1000)][:8]
    [0, 1, 2, 3, 4, 5, 6, 7]
    """
    chosen = numpy.geomspace(1, epochs + 1, PICTURES).round().astype(int) - 1
    return epoch in chosen or epoch <= 4


def _picture(run: Run, model: Model, place: Place) -> None:
    """Draw what the same codes give at this place, if it is one of those that are kept."""
    if place.steps or not is_pictured(place.epochs, model.loop.epochs):
        return
    path = run.samples / f"epoch_{place.epochs:05d}.png"
    draw.save(_sheet(run, model), path)


def _sheet(run: Run, model: Model) -> numpy.ndarray:
    """A picture of the images of some codes, the same ones each time for a run."""
    rng = numpy.random.default_rng([run.settings["seed"], 1])
    labels = None
    if classes := run.settings["classes"]:
        labels = numpy.arange(SHOWN) * classes // SHOWN
    found = to_numpy(model.images(model.codes(SHOWN, rng), labels))
    return draw.mosaic(found, tuple(run.settings["shape"]))


def _film(run: Run) -> None:
    """Make one moving picture, samples.webp, of those that came on the way."""
    files = sorted(run.samples.glob("epoch_*.png"))
    frames = numpy.array([data.picture(file) for file in files])
    moving = draw.animation(frames, seconds=0.25, scale=1, most=2_000_000)
    draw.save(moving, run.folder / "samples.webp")
