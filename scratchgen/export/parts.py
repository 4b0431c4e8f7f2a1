"""What a net is made of, in words that every framework shares: layers, heads, and a scaling."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy

from ..backend import to_numpy
from ..data.files import moved_into_place
from ..functions import relu, sigmoid, tanh
from ..nn import Dense

ACTIVATIONS = {"relu": relu, "tanh": tanh, "sigmoid": sigmoid}


class Layer(NamedTuple):
    """A dense layer: activation(x @ W + b), W (in, out); activation is a name, or ''."""

    W: numpy.ndarray
    b: numpy.ndarray
    activation: str

    @property
    def sizes(self) -> tuple[int, int]:
        """(in, out)."""
        return self.W.shape[0], self.W.shape[1]


class Part(NamedTuple):
    """One function that is handed on: an input, layers one after the other, and what comes out.

    before, after: (scale, shift) of the input and of the output, or None. classes: how many numbers
    of a one-hot class stand beside the input; 0 for none. heads: layers that all read the last
    layer's output, by name; without any, that is the output.
    """

    name: str
    layers: list[Layer]
    heads: dict[str, Layer]
    classes: int = 0
    before: tuple[float, float] | None = None
    after: tuple[float, float] | None = None

    @property
    def n_in(self) -> int:
        """Numbers of an image or a code that goes in."""
        first = self.layers[0] if self.layers else next(iter(self.heads.values()))
        return first.sizes[0] - self.classes

    @property
    def every_layer(self) -> list[Layer]:
        """The layers, and then the heads."""
        return [*self.layers, *self.heads.values()]


def parts(nets: Mapping[str, Any]) -> list[Part]:
    """The functions that nets are handed on as: encoder and decoder, or generator and so on.

    nets: {"vae": a VAE}, or {"G": an MLP, "D": an MLP}, of which the second may be missing.
    Raises ValueError for layers that have no name elsewhere.

    >>> from scratchgen.vae import VAE
    >>> model = VAE(4, z_dim=2, hidden=(3,), rng=numpy.random.default_rng(0))
    >>> [part.name for part in parts({"vae": model})]
    ['encoder', 'decoder']
    """
    if "vae" in nets:
        model = nets["vae"]
        heads = {"mean": _layer(model.mean), "log_var": _layer(model.log_var)}
        classes = getattr(model, "classes", 0)
        trunk = [_layer(layer) for layer in model.trunk.layers] if model.trunk else []
        decoder = [_layer(layer) for layer in model.decoder.layers]
        decoder[-1] = decoder[-1]._replace(activation=_name(model.out))
        return [Part("encoder", trunk, heads, classes), Part("decoder", decoder, {}, classes)]
    found = [Part("generator", [_layer(layer) for layer in nets["G"].layers], {}, after=(0.5, 0.5))]
    if "D" in nets:
        layers = [_layer(layer) for layer in nets["D"].layers]
        found.append(Part("discriminator", layers, {}, before=(2.0, -1.0)))
    return found


def _layer(dense: Dense) -> Layer:
    W, b = (to_numpy(w.value).copy() for w in (dense.W, dense.b))
    return Layer(W, b, _name(dense.activation))


def _name(activation: Callable | None) -> str:
    """An activation's name, '' for none."""
    if activation is None:
        return ""
    for name, known in ACTIVATIONS.items():
        if activation is known:
            return name
    got = getattr(activation, "__name__", activation)
    raise ValueError(f"export: expected layers with {', '.join(ACTIVATIONS)} or none, got {got}. "
                     "Write its weights by nn.save, and its layers by hand.")  # fmt: skip


def needs(package: str) -> ImportError:
    """The error for a package that is missing, with the command that cures it.

    >>> needs("onnx")
    ImportError('export: onnx is not installed: pip install "scratchgen[export]"')
    """
    return ImportError(f'export: {package} is not installed: pip install "scratchgen[export]"')


def written(
    folder: str | os.PathLike[str], files: Mapping[str, bytes], overwrite: bool
) -> list[Path]:
    """The paths of files that were written into a folder; each whole, or none of them.

    Raises FileExistsError where one is there and overwrite is False.

    >>> import tempfile
    >>> [path.name for path in written(tempfile.mkdtemp(), {"a.txt": b"a"}, overwrite=False)]
    ['a.txt']
    """
    folder = Path(folder).expanduser()
    paths = [folder / name for name in files]
    for path in paths:
        if path.exists() and not overwrite:
            raise FileExistsError(f"export: {path} exists. Choose another folder, or move it away.")
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as all_of_them:
        for path, content in zip(paths, files.values(), strict=True):
            all_of_them.enter_context(moved_into_place(path)).write_bytes(content)
    return paths


def indented(lines: Sequence[str], by: int) -> str:
    """Lines of a program, so many spaces further in.

    >>> indented(["a", "b"], 2)
    '  a\\n  b'
    """
    return "\n".join(" " * by + line for line in lines)
