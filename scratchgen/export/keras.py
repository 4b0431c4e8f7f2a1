"""Keras: an .npz of arrays in the order of `set_weights`, and a model.py that builds the nets."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy

from .parts import Layer, Part, indented, parts, written

FILE = "weights.npz"

MODEL = '''\
"""{title}

    from model import load
    models = load()              # {names}
    images = models["{maker}"].predict({codes})     # (16, {width}), in [0, 1]

Needs Keras 3 with any of its backends.
"""

from pathlib import Path

import keras
import numpy
from keras import layers


{functions}


def load(path=Path(__file__).with_name("{file}")):
    """The models by name, with their weights."""
    found = {{{built}}}
    arrays = numpy.load(path, allow_pickle=False)
    for name, model in found.items():
        n = len(model.get_weights())
        model.set_weights([arrays[f"{{name}}/{{i}}"] for i in range(n)])
    return found


if __name__ == "__main__":
    print(load()["{maker}"].predict({codes}).shape)
'''


def to_keras(
    nets: Mapping[str, Any], folder: str | os.PathLike[str], overwrite: bool = False
) -> list[Path]:
    """The paths of weights.npz and of a model.py that builds keras.Models and sets their weights.

    nets, raises: as for `parts`; FileExistsError where a file is there, unless overwrite.

    >>> import tempfile
    >>> from scratchgen.vae import VAE
    >>> model = VAE(4, z_dim=2, hidden=(3,), rng=numpy.random.default_rng(0))
    >>> [path.name for path in to_keras({"vae": model}, tempfile.mkdtemp())]
    ['weights.npz', 'model.py']
    """
    found = parts(nets)
    arrays: dict[str, Any] = {}
    for part in found:
        flat = [x for layer in part.every_layer for x in (layer.W, layer.b)]
        arrays |= {f"{part.name}/{i}": x for i, x in enumerate(flat)}
    buffer = io.BytesIO()
    numpy.savez(buffer, **arrays)
    files = {FILE: buffer.getvalue(), "model.py": source(found).encode()}
    return written(folder, files, overwrite)


def source(found: list[Part]) -> str:
    """The text of model.py.

    >>> one = Layer(numpy.zeros((2, 4)), numpy.zeros(4), "tanh")
    >>> 'layers.Dense(4, "tanh")(h)' in source([Part("generator", [one], {}, after=(0.5, 0.5))])
    True
    """
    maker = next(part for part in found if part.name in ("decoder", "generator"))
    codes = f'numpy.random.randn(16, {maker.n_in}).astype("float32")'
    if maker.classes:
        codes = f"[{codes}, numpy.eye({maker.classes})[numpy.arange(16) % {maker.classes}]]"
    return MODEL.format(
        title=f"The {' and the '.join(part.name for part in found)} that scratchgen trained.",
        names=", ".join(part.name for part in found), maker=maker.name, codes=codes, file=FILE,
        width=maker.layers[-1].sizes[1], functions="\n\n\n".join(map(_function, found)),
        built=", ".join(f'"{part.name}": {part.name}()' for part in found),
    )  # fmt: skip


def _function(part: Part) -> str:
    """The text of the function that builds one net."""
    lines = [f"given = h = keras.Input(({part.n_in},))"]
    if part.classes:
        lines = [
            f"x, y = keras.Input(({part.n_in},)), keras.Input(({part.classes},))  # y: one-hot",
            "given, h = [x, y], layers.Concatenate()([x, y])",
        ]
    if part.before:
        lines.append(f"h = layers.Rescaling({part.before[0]}, {part.before[1]})(h)")
    lines += [f"h = {_dense(layer)}(h)" for layer in part.layers]
    if part.after:
        lines.append(f"h = layers.Rescaling({part.after[0]}, {part.after[1]})(h)")
    lines += [f"{name} = {_dense(head)}(h)" for name, head in part.heads.items()]
    given_back = f"[{', '.join(part.heads)}]" if part.heads else "h"
    lines.append(f"return keras.Model(given, {given_back})")
    return f"def {part.name}():\n{indented(lines, 4)}"


def _dense(layer: Layer) -> str:
    activation = f', "{layer.activation}"' if layer.activation else ""
    return f"layers.Dense({layer.sizes[1]}{activation})"
