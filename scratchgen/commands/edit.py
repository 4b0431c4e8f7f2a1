"""`scratchgen edit`: an image moved towards others, by its code."""

from __future__ import annotations

import math
import warnings
from pathlib import Path
from typing import Any

import numpy

from .. import data, draw, runs
from ..backend import Array, asarray, float_type, to_numpy
from ..engine import no_grad
from ..runs import asked
from .sample import opened

STEPS = 5  # images from the one that is given to the one that is asked for


def edit(words: Any) -> int:
    """Do what the words of the command line say.

    >>> from types import SimpleNamespace
    >>> edit(SimpleNamespace(by=math.nan))
    Traceback (most recent call last):
    ValueError: --by: expected a number, got nan.
    """
    if not math.isfinite(words.by):
        raise ValueError(f"--by: expected a number, got {words.by}.")
    run, model = opened(words.run)
    if model.kind == "gan":
        raise ValueError("a gan has no encoder, so nothing tells the code of a given image. "
                         "Train a vae on these images.")  # fmt: skip
    if run.settings["classes"]:
        raise ValueError(
            "this run was told the classes, so its codes say nothing of them. "
            "`sample --restyle IMAGE --label CLASS` shows an image in each class."
        )
    shape = tuple(run.settings["shape"])
    image = data.picture(words.image, shape).reshape(1, -1)
    dataset, changed = asked.load_again(run.settings, run.folder)
    if changed and (words.start is None or {words.towards, words.start} & _classes(dataset)):
        warnings.warn(f"{changed}: the way is between other images' codes.", stacklevel=2)
    there = _mean_code(model, _images(words.towards, run, dataset))
    start = dataset.train_images if words.start is None else _images(words.start, run, dataset)
    way = there - _mean_code(model, start)
    t = numpy.linspace(0, words.by, STEPS, dtype=numpy.float32)[:, None]
    edited = to_numpy(model.images(asarray(_codes(model, image) + t * way, float_type())))
    names = ["given", *(f"by {by:.2g}" for (by,) in t)]
    figure = draw.image_grid(
        numpy.concatenate([image, edited]),
        shape,
        columns=STEPS + 1,
        column_labels=names,
        title=f"{words.image.name} towards {words.towards}",
        caption="By 0 is what its code alone gives back.",
    )
    path = words.out or run.folder / "edit.png"
    print(draw.save(figure, path, overwrite=words.out is None))
    return 0


def _images(what: str, run: runs.Run, dataset: data.Dataset) -> numpy.ndarray:
    """The images of a class of the run's data, or all those in a folder."""
    names = dataset.class_names
    if what in _classes(dataset):
        return dataset.train_images[dataset.train_labels == names.index(what)]
    if not Path(what).expanduser().is_dir():
        classes = f"one of its classes ({', '.join(names)}) or " if len(names) > 1 else ""
        raise ValueError(f"expected {classes}a folder of images; there is no {what}.")
    found = data.folder(what, tuple(run.settings["shape"]))
    return numpy.concatenate([found.train_images, found.test_images])


def _classes(dataset: data.Dataset) -> set[str]:
    """The classes by name, if there are several."""
    return set(dataset.class_names) if len(dataset.class_names) > 1 else set()


def _codes(model: runs.Model, images: numpy.ndarray) -> Array:
    """The means of q(z|x) of images, (N, Z)."""
    with no_grad():
        return to_numpy(model.nets["vae"].encode(asarray(images, float_type()))[0])


def _mean_code(model: runs.Model, images: numpy.ndarray) -> Array:
    return _codes(model, images).mean(axis=0)
