"""How far a training is: a bar in a terminal, plain lines without one."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import Any

from ..training import Place

SELDOM = 2.0  # seconds between plain lines


def clock(seconds: float) -> str:
    """A time as people say it.

    >>> clock(59), clock(75), clock(3720)
    ('59 s', '1 min 15 s', '1 h 2 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def losses(record: Any) -> str:
    """What an epoch came to, in words.

    >>> from scratchgen.vae import Record
    >>> losses(Record(3, -91.25, -66.0, 25.25, 1.0))
    'elbo -91.25, reconstruction -66.00, kl 25.25'
    """
    named = zip(record._fields[1:-1], record[1:-1], strict=True)
    return ", ".join(f"{name} {value:.2f}" for name, value in named)


class Lines:
    """A line an epoch, but not more often than every two seconds, and for the last one."""

    def __init__(self, epochs: int, said: float = 0.0):
        self.epochs, self.said = epochs, said
        self.start, self.first = time.monotonic(), 0

    def step(self, place: Place, record: Any) -> None:
        """Nothing: a line an epoch is enough."""
        self.first = self.first or place.epochs + 1

    def epoch(self, record: Any, seconds: float) -> None:
        """Print a line."""
        now = time.monotonic()
        self.first = self.first or record.epoch
        if record.epoch < self.epochs and now - self.said < SELDOM:
            return
        self.said = now
        each = (now - self.start) / (record.epoch - self.first + 1)
        left = each * (self.epochs - record.epoch)
        then = f"{clock(left)} left" if left else f"done in {clock(seconds)}"
        print(f"epoch {record.epoch} of {self.epochs}   {losses(record)}   {then}", flush=True)

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, *error: Any) -> None:
        """Nothing is left open."""


class Bar:
    """A bar with the losses of the last epoch, and the time left."""

    def __init__(self, epochs: int, steps: int):
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self.steps = steps
        text, left = "{task.description}", "{task.fields[losses]}"
        columns = TextColumn(text), BarColumn(None), TimeRemainingColumn(), TextColumn(left)
        self.bar = Progress(*columns)
        self.task = self.bar.add_task("", total=epochs * steps, losses="")
        self.epochs = epochs

    def step(self, place: Place, record: Any) -> None:
        """Move the bar."""
        done = place.epochs * self.steps + place.steps
        says = f"epoch {place.epochs + 1} of {self.epochs}"
        self.bar.update(self.task, completed=done, description=says)

    def epoch(self, record: Any, seconds: float) -> None:
        """Move the bar, and show what the epoch came to."""
        self.bar.update(self.task, completed=record.epoch * self.steps, losses=losses(record),
                        description=f"epoch {record.epoch} of {self.epochs}")  # fmt: skip

    def __enter__(self) -> Bar:
        self.bar.start()
        return self

    def __exit__(self, *error: Any) -> None:
        self.bar.stop()


class Silent(Lines):
    """Nobody: of many ranks the first one speaks."""

    def epoch(self, record: Any, seconds: float) -> None:
        """Nothing."""


def shown(epochs: int, steps: int, rank: int = 0, words: Sequence[str] = ()) -> Any:
    """Whoever shows how far it is here.

    >>> type(shown(3, 10, rank=1)).__name__
    'Silent'
    """
    if rank:
        return Silent(epochs)
    return Bar(epochs, steps) if sys.stdout.isatty() else Lines(epochs)
