"""What a run can be asked for, what is usual, what contradicts what, and what it all means."""

from __future__ import annotations

import hashlib
import math
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy

from .. import data, gan, training, vae


class Option(NamedTuple):
    """One setting of a run, as it is written after `--`."""

    says: str
    kind: Any = float
    usual: str = ""
    of: str = ""  # "vae" or "gan", if it is one's alone
    metavar: str = "X"
    several: bool = False


OPTIONS = {
    "data": Option(
        "the images to learn from: a folder, or a name (see below)", str, metavar="DATA"
    ),
    "size": Option(
        "height and width to which a folder's images are scaled, after the middle square is cut "
        "out",
        int,
        "28",
        metavar="PIXELS",
    ),
    "colour": Option("keep the colours of a folder's images", bool),
    "epochs": Option(
        "how often all images are seen",
        int,
        "as many as take a few minutes; 300 at most, a gan's 3000",
        metavar="N",
    ),
    "batch": Option("images a step", int, "128, or fewer of few", metavar="N"),
    "lr": Option("Adam's learning rate", float, "0.001"),
    "schedule": Option(
        "of the rate: constant, or cosine, which falls to 0", str, "constant", metavar="NAME"
    ),
    "z": Option(
        "how many numbers a code has: what an image is made from",
        int,
        "20; a gan's 64",
        metavar="N",
    ),
    "hidden": Option(
        "widths of the layers on the way to the image",
        int,
        "128 256 512",
        metavar="N",
        several=True,
    ),
    "seed": Option("of all that is random: the same seed, the same run", int, "0", metavar="S"),
    "backend": Option("numpy, cupy or auto", str, "numpy", metavar="NAME"),
    "beta": Option(
        "weight of the KL: more makes codes plainer, and images worse", float, "1", "vae"
    ),
    "likelihood": Option(
        "how pixels vary: bernoulli (ink or none), or gaussian (greys, colours)",
        str,
        "bernoulli; gaussian for a folder",
        "vae",
        "NAME",
    ),
    "variance": Option("of a gaussian likelihood: less keeps more detail", float, "0.02", "vae"),
    "classes": Option(
        "tell it each image's class, so that it can be asked for one", bool, "", "vae"
    ),
    "r1": Option(
        "a brake on the game, at real images: more is steadier, and slower to learn",
        float,
        "0.3",
        "gan",
    ),
    "r2": Option("the same at made images", float, "0.3", "gan"),
    "average": Option(
        "samples come from a mean over the last steps: nearer 1, over more; 0 for none",
        float,
        "0.999",
        "gan",
    ),
}

STEPS = {"vae": 8_000, "gan": 6_000}  # that are usual, in a few minutes
EPOCHS = {"vae": 300, "gan": 3_000}  # at most: of few images a VAE learns each by heart, in the end
NAMES = ("digits", "mnist5k", "glyphs", "mnist", "fashion")


def complete(asked: Mapping[str, Any]) -> tuple[dict[str, Any], data.Dataset]:
    """All settings of a run from those that were given, and its data.

    asked: "model" and what OPTIONS name; those that are missing or None take what is usual.
    Raises ValueError for what is unknown, missing or contradicts itself.

    >>> complete({"model": "vae", "data": "digits", "r1": 0.1})
    Traceback (most recent call last):
    ValueError: --r1 belongs to a gan, and this is a vae. Leave it out, or train a gan.
    """
    model = asked["model"]
    given = {name: value for name, value in asked.items() if value is not None}
    for name in given:
        if name in OPTIONS and OPTIONS[name].of not in ("", model):
            of = OPTIONS[name].of
            raise ValueError(f"--{name} belongs to a {of}, and this is a {model}. Leave it out, or "
                             f"train a {of}.")  # fmt: skip
    dataset = load(given)
    n, own = len(dataset.train_images), given["data"] not in NAMES
    batch = given.get("batch", min(128, max(1, n // 4)))
    steps = -(-n // batch) if batch > 0 else 1
    epochs = min(EPOCHS[model], max(1, round(STEPS[model] / steps)))
    full = {
        "model": model, "data": given["data"], "epochs": epochs, "batch": batch,
        "schedule": "constant", "hidden": [128, 256, 512], "seed": 0, "backend": "numpy",
        **_usual(model, own, given), **given,
    }  # fmt: skip
    _check(full, dataset)
    classes = len(dataset.class_names) if full.get("classes") else 0
    names = ("model", "data", "size", "colour", "seed", "backend", "z", "hidden")
    settings = {name: full[name] for name in names if name in full}
    settings |= {"likelihood": full.get("likelihood"), "variance": full.get("variance")}
    settings |= {"average": full.get("average", 0.0), "classes": classes}
    settings |= {"shape": list(dataset.image_shape), "width": dataset.train_images.shape[1]}
    settings |= {"images": n, "class_names": list(dataset.class_names)}
    settings |= {"digest": digest(dataset), "loop": _loop(full, own)}
    return settings, dataset


def _usual(model: str, own: bool, given: Mapping[str, Any]) -> dict[str, Any]:
    """What is usual for a model, on images of one's own or on others."""
    if model == "gan":
        return {"lr": 1e-3, "z": 64, "r1": 0.3, "r2": 0.3, "average": 0.999}
    likelihood = given.get("likelihood", "gaussian" if own else "bernoulli")
    variance = {"variance": 0.02} if likelihood == "gaussian" else {}
    return {"lr": 1e-3, "z": 20, "beta": 1.0, "likelihood": likelihood, **variance}


def _check(full: Mapping[str, Any], dataset: data.Dataset) -> None:
    """Refuse what the library would not, or only later."""
    for name in ("z", *(["seed"] if full["seed"] < 0 else [])):
        if full[name] < 1:
            least = "1" if name == "z" else "0"
            raise ValueError(f"--{name}: expected a whole number from {least}, got {full[name]}.")
    if min(full["hidden"]) < 1:
        got = " ".join(map(str, full["hidden"]))
        raise ValueError(f"--hidden: expected widths from 1, got {got}.")
    if full.get("variance") and full["likelihood"] != "gaussian":
        raise ValueError("--variance is of a gaussian likelihood: add --likelihood gaussian, or "
                         "leave it out.")  # fmt: skip
    if full["model"] == "vae":
        training.check_likelihood(full["likelihood"], full.get("variance"), linear=False)
    if full.get("classes") and len(dataset.class_names) < 2:
        raise ValueError(
            f"--classes: expected images of two classes or more, got {len(dataset.class_names)}. "
            "Put each class into a folder of its own."
        )
    if not 0 <= full.get("average", 0) < 1:
        raise ValueError(
            f"--average: expected a number from 0 to below 1, got {full['average']:g}."
        )
    if full["batch"] > len(dataset.train_images):
        n = len(dataset.train_images)
        raise ValueError(f"--batch: expected at most {n}, as many as there are images to train on, "
                         f"got {full['batch']}.")  # fmt: skip


def _loop(full: Mapping[str, Any], own: bool) -> dict[str, Any]:
    """The settings of the training loop, checked by themselves, plain enough for JSON."""
    from dataclasses import asdict

    common = {name: full[name] for name in ("epochs", "batch", "lr", "schedule")}
    loop: Any
    try:
        if full["model"] == "vae":
            loop = vae.Settings(beta=full["beta"], binary=not own, **common)
        else:
            betas = (0.0, 0.99) if full["r1"] or full["r2"] else (0.5, 0.999)
            loop = gan.Settings(r1=full["r1"], r2=full["r2"], betas=betas,
                                decay=full["average"], **common)  # fmt: skip
    except ValueError as error:
        said = str(error).partition("expected ")[2]
        raise ValueError(f"expected --{said}" if said else str(error)) from error
    plain = asdict(loop)
    return plain | {"betas": list(plain["betas"])}


def load(given: Mapping[str, Any]) -> data.Dataset:
    """The data that a run is asked to learn from.

    >>> load({"data": "digits", "size": 32})
    Traceback (most recent call last):
    ValueError: --size is for a folder of your own images; those of digits are 8x8. Leave it out.
    """
    name, size = given.get("data"), given.get("size")
    if not name:
        raise ValueError(f"--data is missing: a folder of images, or one of {', '.join(NAMES)}.")
    if name not in NAMES:
        if not Path(name).expanduser().exists():
            import difflib

            close = difflib.get_close_matches(name.lower(), NAMES, n=1)
            hint = f" Did you mean {close[0]}?" if close else ""
            raise ValueError(f"--data: there is no folder {name}, and no data set of that name. "
                             f"There are {', '.join(NAMES)}.{hint}")  # fmt: skip
        side = 28 if size is None else size
        if side < 1:
            raise ValueError(f"--size: expected a number of pixels from 1, got {side}.")
        return data.folder(name, (side, side, 3) if given.get("colour") else (side, side))
    found = data.load(name)
    for option in ("size", "colour"):
        if given.get(option) is not None:
            is_ = "x".join(map(str, found.image_shape)) if option == "size" else "grey"
            raise ValueError(f"--{option} is for a folder of your own images; those of {name} are "
                             f"{is_}. Leave it out.")  # fmt: skip
    return found


def load_again(settings: Mapping[str, Any], out: Path) -> tuple[data.Dataset, str]:
    """The data of a run that is there, and how it has changed since; "" if it is what it was.

    settings, out: the run's. What is left out of a folder was said when the run began.

    >>> digits = {"data": "digits", "digest": digest(data.digits()), "images": 1498}
    >>> load_again(digits, Path("runs/first"))[1]
    ''
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        dataset = load({name: settings.get(name) for name in ("data", "size", "colour")})
    if digest(dataset) == settings["digest"]:
        return dataset, ""
    n, now = settings["images"], len(dataset.train_images)
    return dataset, (f"{settings['data']}: these are not the images that {out} has learned from "
                     f"({n} to train on then, {now} now)")  # fmt: skip


def digest(dataset: data.Dataset) -> str:
    """What tells these images and labels from any others: a part of their SHA-256.

    >>> len(digest(data.digits()))
    16
    """
    found = hashlib.sha256(numpy.ascontiguousarray(dataset.train_images).tobytes())
    found.update(dataset.train_labels.tobytes())
    return found.hexdigest()[:16]


def differences(stored: Mapping[str, Any], asked: Mapping[str, Any]) -> list[str]:
    """How what is asked for differs from what a run was made with, a line each.

    >>> differences({"z": 20, "loop": {"lr": 0.1}}, {"z": 20, "lr": 0.2})
    ['--lr: 0.1 there, 0.2 here']
    """
    there = {**stored, **stored.get("loop", {}), "classes": bool(stored.get("classes"))}
    if there.get("data") not in NAMES and there.get("data"):
        there["data"] = str(Path(there["data"]).expanduser().resolve())
    return [f"--{name}: {there.get(name)} there, {value} here" for name, value in asked.items()
            if value is not None and not _same(there.get(name), value)]  # fmt: skip


def prolonged(stored: Mapping[str, Any], epochs: int | None) -> dict[str, Any]:
    """A run's settings with more epochs, if that is all the same to those that were before.

    It is not where the learning rate falls to 0 at the end: then they stay as they are.

    >>> prolonged({"loop": {"epochs": 3, "schedule": "constant"}}, 5)
    {'loop': {'epochs': 5, 'schedule': 'constant'}}
    """
    loop = stored["loop"]
    if epochs is None or epochs < loop["epochs"] or loop["schedule"] != "constant":
        return dict(stored)
    return {**stored, "loop": {**loop, "epochs": epochs}}


def _same(a: Any, b: Any) -> bool:
    numbers = isinstance(a, (int, float)) and isinstance(b, (int, float))
    return math.isclose(a, b) if numbers else a == b
