"""`scratchgen sample`: images of a run's model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy

from .. import backend, data, draw, runs
from ..backend import Array, asarray, float_type, to_numpy
from ..distributed import ALONE


def opened(folder: Path) -> tuple[runs.Run, runs.Model]:
    """A run, and its model as the newest checkpoint has it.

    >>> opened(Path("no/such/run"))
    Traceback (most recent call last):
    FileNotFoundError: no/such/run: no run is there: it has no settings.json. `python -m scratchgen
    runs` lists those below ./runs.
    """
    run = runs.open_run(folder)
    backend.use(run.settings["backend"])
    model = runs.build(run.settings, ALONE)
    saved = run.checkpoints.load()
    if saved is None:
        fix = f"python -m scratchgen train --out {folder} --resume"
        raise ValueError(f"{folder}: no checkpoint yet. Let it train: {fix}")
    model.load_state(saved.arrays)
    return run, model


def sample(words: Any) -> int:
    """Do what the words of the command line say.

    >>> from types import SimpleNamespace
    >>> sample(SimpleNamespace(n=0))
    Traceback (most recent call last):
    ValueError: -n: expected a number of images from 1, got 0.
    """
    if words.n < 1:
        raise ValueError(f"-n: expected a number of images from 1, got {words.n}.")
    run, model = opened(words.run)
    rng, shape = numpy.random.default_rng(words.seed), tuple(run.settings["shape"])
    if words.restyle:
        return _restyle(words, run, model)
    if words.walk:
        return _walk(words, run, model, rng)
    labels = _labels(words.label, run, words.n)
    images = to_numpy(model.images(model.codes(words.n, rng), labels))
    path = draw.save(draw.mosaic(images, shape), words.grid or run.folder / "sample.png")
    print(path)
    return 0


def label_of(name: str | None, run: runs.Run) -> int:
    """The number of a class by its name. Raises ValueError if there is none of that name.

    >>> label_of("7", runs.Run(Path(), {"class_names": ["6", "7"], "data": "digits"}))
    1
    """
    names = run.settings["class_names"]
    if name not in names:
        raise ValueError(f"expected a class of {run.settings['data']}: {', '.join(names)}; got "
                         f"{name}.")  # fmt: skip
    return names.index(name)


def _labels(name: str | None, run: runs.Run, n: int) -> Any:
    """The classes of n samples: one that is asked for, or each in turn; None where none is read."""
    classes = run.settings["classes"]
    if not classes:
        if name:
            raise ValueError("--label: this run knows no classes. Train one with --classes.")
        return None
    return numpy.arange(n) * classes // n if name is None else numpy.full(n, label_of(name, run))


def _walk(words: Any, run: runs.Run, model: runs.Model, rng: numpy.random.Generator) -> int:
    """Draw a walk from code to code, and back to the first."""
    moving = words.walk.suffix == ".webp"
    stops, between = (6, 12) if moving else (6, 10)
    ends = to_numpy(model.codes(stops, rng))
    labels = _labels(words.label, run, 1)
    t = numpy.linspace(0, 1, between, endpoint=not moving)[:, None]
    following = numpy.roll(ends, -1, axis=0)
    codes = numpy.stack([(1 - t) * a + t * b for a, b in zip(ends, following, strict=True)])
    z: Array = asarray(codes.reshape(-1, ends.shape[1]), float_type())
    images = to_numpy(model.images(z, labels))
    shape = tuple(run.settings["shape"])
    if moving:
        frames = images.reshape(-1, *shape)
        print(draw.save(draw.animation(frames, last=0.1, most=2_000_000), words.walk))
    else:
        print(draw.save(draw.mosaic(images, shape, columns=between), words.walk))
    return 0


def _restyle(words: Any, run: runs.Run, model: runs.Model) -> int:
    """Draw an image in each class, in its own style."""
    if not run.settings["classes"]:
        raise ValueError("--restyle: this run knows no classes. Train a vae with --classes.")
    if words.label is None:
        raise ValueError(f"--restyle: say which class the image shows: --label, one of "
                         f"{', '.join(run.settings['class_names'])}.")  # fmt: skip
    shape = tuple(run.settings["shape"])
    x = asarray(data.picture(words.restyle, shape).reshape(1, -1), float_type())
    label = numpy.array([label_of(words.label, run)])
    (classes,) = to_numpy(model.nets["vae"].restyle(x, label))
    names = ["given", *run.settings["class_names"]]
    rows = numpy.concatenate([to_numpy(x), classes])
    figure = draw.image_grid(rows, shape, columns=min(len(rows), 11),
                             title=f"{words.restyle.name} in every class")  # fmt: skip
    path = draw.save(figure, words.grid or run.folder / "restyle.png")
    print(f"{path}: from the left and the top: {', '.join(names)}")
    return 0
