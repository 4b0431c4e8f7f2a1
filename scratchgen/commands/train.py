"""`scratchgen train`: a run begins, or goes on."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from .. import backend, data, distributed, runs
from ..runs import asked
from .expect import expectations
from .progress import shown


def train(words: Any) -> int:
    """Do what the words of the command line say; the exit status, 130 if it was stopped.

    >>> from types import SimpleNamespace
    >>> train(SimpleNamespace(out=None, resume=False, model="vae"))
    Traceback (most recent call last):
    ValueError: --out is missing: the folder that the run is to have, such as --out runs/first.
    """
    if words.out is None:
        raise ValueError("--out is missing: the folder that the run is to have, such as --out "
                         "runs/first.")  # fmt: skip
    if not words.every > 0:
        raise ValueError(f"--every: expected a number of seconds above 0, got {words.every:g}.")
    given = {name: getattr(words, name) for name in ("model", *asked.OPTIONS)}
    where = Path(given["data"] or "").expanduser()
    if given["data"] not in (None, *asked.NAMES) and where.exists():
        given["data"] = str(where.resolve())
    ranks = distributed.world()
    if ranks.size == 1:  # a second thread saves a tenth at these sizes; processes save a half
        distributed.limit_blas_threads(1)
    run, dataset = (_resume if words.resume else _begin)(words.out, given, ranks)
    backend.use(run.settings["backend"])
    model = runs.build(run.settings, ranks)
    labels = dataset.train_labels if run.settings["classes"] else None
    loop = model.loop
    if ranks.rank == 0:
        print(expectations(run.settings, model), flush=True)
    alone = run.alone() if ranks.rank == 0 else nullcontext()
    with alone, stopping() as stopped, shown(loop.epochs, -(-run.settings["images"] // loop.batch),
                                      ranks.rank) as show:  # fmt: skip
        try:
            ended = runs.teach(run, model, dataset.train_images, labels, show, words.every, stopped)
        except OSError as error:
            kept = (
                "The last checkpoint is whole: make room, then go on"
                if run.checkpoints.exist
                else "Nothing was stored yet: make room, then begin"
            )
            raise OSError(f"{run.folder} cannot be written to ({error.strerror or error}). {kept}: "
                          f"{again(run)}") from error  # fmt: skip
    if ranks.rank == 0:
        print(_end(run) if ended else f"Stopped, and kept. To go on: {again(run)}", flush=True)
    return 0 if ended else 130


def _begin(out: Path, given: dict[str, Any], ranks: Any) -> tuple[runs.Run, data.Dataset]:
    """A new run, and its data."""
    if given["model"] is None:
        raise ValueError("what is it to be, vae or gan? `scratchgen train vae --data ...`; a run "
                         "that is there goes on with --resume.")  # fmt: skip
    backend.use(given["backend"] or None)
    settings, dataset = asked.complete(given)
    error: OSError | None = None
    if ranks.rank == 0:
        try:
            runs.create(out, settings)
        except OSError as refused:
            error = refused
    if ranks.total(error is not None)[0]:  # also: nobody opens it before it is there
        raise error or OSError("the first rank could not begin; it says why.")
    return runs.open_run(out), dataset


def _resume(out: Path, given: dict[str, Any], ranks: Any) -> tuple[runs.Run, data.Dataset]:
    """The run that is there, and its data, if they are what they were."""
    run = runs.open_run(out)
    longer = asked.prolonged(run.settings, given["epochs"])
    others = asked.differences(longer, given)
    if others:
        fix = "Leave them out to go on; or begin another run, with another --out."
        raise ValueError(f"{out} was made with other settings. {'; '.join(others)}. {fix}")
    dataset, changed = asked.load_again(run.settings, out)
    if changed:
        raise ValueError(f"{changed}. Put them back, or begin another run.")
    ranks.total(1.0)  # all have read the settings before one changes them
    if longer != run.settings and ranks.rank == 0:
        run.store(longer)
    run.settings = longer
    return run, dataset


@contextmanager
def stopping() -> Iterator[Any]:
    """A function that says whether to stop: after the first Ctrl-C, or a request to end.

    A second Ctrl-C stops at once.

    >>> with stopping() as stopped:
    ...     stopped()
    False
    """
    heard: list[int] = []

    def hear(number: int, frame: Any) -> None:
        heard.append(number)
        if len(heard) > 1:
            raise KeyboardInterrupt
        print("\nStopping after this step ... (once more: at once)", file=sys.stderr, flush=True)

    kinds = [signal.SIGINT, signal.SIGTERM]
    before = {kind: signal.signal(kind, hear) for kind in kinds}
    try:
        yield lambda: bool(heard)
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)


def again(run: runs.Run) -> str:
    """The command that goes on with a run.

    >>> again(runs.Run(Path("runs/first"), {}))
    'python -m scratchgen train --out runs/first --resume'
    """
    return f"python -m scratchgen train --out {run.folder} --resume"


def _end(run: runs.Run) -> str:
    where = run.folder
    more = {"gan": "", "vae": "edit, "}[run.settings["model"]]
    if run.settings["classes"]:
        more = "sample --restyle IMAGE --label CLASS, "
    return (f"{where}: log.csv, samples/, samples.webp (how it learned).\n"
            f"Next: python -m scratchgen sample {where}   or {more}measure, export")  # fmt: skip
