"""PyTorch: safetensors under its names and in its layout, W as (out, in), and a model.py."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .parts import Layer, Part, indented, parts, written
from .tensors import FILE, own, packed, torch_names

WORDS = {"relu": "nn.ReLU()", "tanh": "nn.Tanh()", "sigmoid": "nn.Sigmoid()"}

MODEL = '''\
"""{title}

    from model import load
    model = load()
    images = model.{make}     # (16, {width}), in [0, 1]

Needs PyTorch and safetensors; nothing is unpickled.
"""

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn


class {name}(nn.Module):
    def __init__(self):
        super().__init__()
{modules}

{methods}


def load(path=Path(__file__).with_name("{file}")):
    """The model, with its weights."""
    model = {name}()
    model.load_state_dict(load_file(path))
    return model.eval()


if __name__ == "__main__":
    with torch.no_grad():
        print(load().{make}.shape)
'''

ENCODE = '''\
def encode(self, {x}):
    """q(z|x) of images (N, {n_in}) in [0, 1]: its mean and log variance.{told}"""
    h = self.encoder({joined})
    return self.mean(h), self.log_var(h)
'''
DECODE = '''\
def decode(self, {z}):
    """The images (N, {width}) in [0, 1] of codes z (N, {n_in}).{told}"""
    return self.decoder({joined})
'''
GENERATE = '''\
def generate(self, z):
    """The images (N, {width}) in [0, 1] of noise z (N, {n_in})."""
    return (self.generator(z) + 1) / 2
'''
JUDGE = '''\
def judge(self, x):
    """How sure D is that images (N, {n_in}) in [0, 1] are real: a logit each."""
    return self.discriminator(2 * x - 1)
'''


def to_torch(
    nets: Mapping[str, Any], folder: str | os.PathLike[str], overwrite: bool = False
) -> list[Path]:
    """The paths of weights.safetensors and of a model.py that loads them into nn.Modules.

    nets, raises: as for `to_safetensors`; and as for `parts`.

    >>> import numpy, tempfile
    >>> from scratchgen.vae import VAE
    >>> model = VAE(4, z_dim=2, hidden=(3,), rng=numpy.random.default_rng(0))
    >>> [path.name for path in to_torch({"vae": model}, tempfile.mkdtemp())]
    ['weights.safetensors', 'model.py']
    """
    arrays, found = own(nets), parts(nets)
    theirs = {name: arrays[ours].T if name.endswith("weight") else arrays[ours]
              for ours, name in torch_names(nets)}  # fmt: skip
    program = source(found)
    return written(folder, {FILE: packed(theirs, "torch"), "model.py": program.encode()}, overwrite)


def source(found: list[Part]) -> str:
    """The text of model.py.

    >>> import numpy
    >>> one = Layer(numpy.zeros((2, 4)), numpy.zeros(4), "tanh")
    >>> "nn.Linear(2, 4)" in source([Part("generator", [one], {}, after=(0.5, 0.5))])
    True
    """
    maker = next(part for part in found if part.name in ("decoder", "generator"))
    modules, methods = [], []
    for part in found:
        modules += _modules(part)
        methods.append(_method(part))
    z = f"torch.randn(16, {maker.n_in})"
    if maker.classes:
        z += f", torch.eye({maker.classes})[torch.arange(16) % {maker.classes}]"
    is_vae = maker.name == "decoder"
    return MODEL.format(
        title="A VAE that scratchgen trained." if is_vae else "A GAN that scratchgen trained.",
        make=f"decode({z})" if is_vae else f"generate({z})", width=maker.layers[-1].sizes[1],
        name="VAE" if is_vae else "GAN", modules=indented(modules, 8), file=FILE,
        methods="\n\n".join(indented(m.strip().split("\n"), 4) for m in methods),
    )  # fmt: skip


def _linear(layer: Layer) -> str:
    n_in, n_out = layer.sizes
    return f"nn.Linear({n_in}, {n_out})"


def _modules(part: Part) -> list[str]:
    lines = [f"self.{part.name} = nn.Sequential("]
    for layer in part.layers:
        after = f" {WORDS[layer.activation]}," if layer.activation else ""
        lines.append(f"    {_linear(layer)},{after}")
    return [*lines, ")", *(f"self.{name} = {_linear(head)}" for name, head in part.heads.items())]


def _method(part: Part) -> str:
    text = {"encoder": ENCODE, "decoder": DECODE, "generator": GENERATE, "discriminator": JUDGE}
    x = "z" if part.name == "decoder" else "x"
    both = f"{x}, y" if part.classes else x
    joined = f"torch.cat([{x}, y], dim=1)" if part.classes else x
    width = part.every_layer[-1].sizes[1]
    told = f" y: their classes, one-hot (N, {part.classes})." if part.classes else ""
    return text[part.name].format(
        x=both, z=both, n_in=part.n_in, width=width, joined=joined, told=told
    )
