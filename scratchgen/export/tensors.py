"""safetensors: our names and layout, or PyTorch's; written, and read back into nets."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy

from ..nn import load_state, state
from .parts import needs, written

FILE = "weights.safetensors"


def to_safetensors(
    nets: Mapping[str, Any], folder: str | os.PathLike[str], overwrite: bool = False
) -> list[Path]:
    """The path of weights.safetensors, which now holds all weights under our names: W is (in, out).

    nets: {"vae": model}, {"G": G, "D": D}, or any others that have named parameters.
    Raises FileExistsError where the file is there, unless overwrite; ImportError without the
    package.

    >>> import tempfile
    >>> from scratchgen.nn import MLP
    >>> net = MLP([2, 3], rng=numpy.random.default_rng(0))
    >>> path, = to_safetensors({"net": net}, tempfile.mkdtemp())
    >>> from_safetensors({"net": net}, path)
    """
    return written(folder, {FILE: packed(own(nets), "scratchgen")}, overwrite)


def from_safetensors(nets: Mapping[str, Any], path: str | os.PathLike[str]) -> None:
    """Put into nets the weights that `to_safetensors` or `to_torch` wrote, or PyTorch itself.

    Which layout it is, the names say. Raises ValueError, before anything is changed, where names
    or shapes do not match, or for a file that cannot be read.

    >>> from_safetensors({}, "no-such.safetensors")
    Traceback (most recent call last):
    FileNotFoundError: [Errno 2] No such file or directory: 'no-such.safetensors'
    """
    arrays = _read(Path(path).expanduser())
    if any(name.endswith(".weight") for name in arrays):
        arrays = _renamed(nets, arrays, Path(path))
    whole = {name: set(part) for name, part in _divided(arrays).items()}
    strangers = sorted(set(whole) - set(nets))
    if strangers:
        raise ValueError(f"{path}: expected weights of {', '.join(nets)}, got some of "
                         f"{', '.join(strangers)} besides.")  # fmt: skip
    before = {name: state(net) for name, net in nets.items()}
    try:
        for name, net in nets.items():
            load_state(net, _divided(arrays).get(name, {}))
    except (ValueError, TypeError):
        for name, net in nets.items():
            load_state(net, before[name])
        raise


def own(nets: Mapping[str, Any]) -> dict[str, numpy.ndarray]:
    """All weights of nets under our names, "net.0.W" and the like.

    >>> from scratchgen.nn import MLP
    >>> list(own({"net": MLP([2, 3], rng=numpy.random.default_rng(0))}))
    ['net.0.W', 'net.0.b']
    """
    return {f"{name}.{key}": x for name, net in nets.items() for key, x in state(net).items()}


def torch_names(nets: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Our name of each weight, and PyTorch's for it, where an activation counts as a layer.

    >>> from scratchgen.nn import MLP
    >>> list(torch_names({"G": MLP([2, 3, 4], rng=numpy.random.default_rng(0))}))[2:]
    [('G.1.W', 'generator.2.weight'), ('G.1.b', 'generator.2.bias')]
    """
    modules = {"G": "generator", "D": "discriminator", "vae.trunk": "encoder", "vae": ""}
    for name in own(nets):
        owner, _, kind = name.rpartition(".")
        before, _, place = owner.rpartition(".")
        kind = {"W": "weight", "b": "bias"}[kind]
        if place.isdigit():
            module = modules.get(before, before.removeprefix("vae."))
            yield name, f"{module}.{2 * int(place)}.{kind}"
        else:  # a head, mean or log_var
            yield name, f"{place}.{kind}"


def packed(arrays: Mapping[str, numpy.ndarray], layout: str) -> bytes:
    """The bytes of a safetensors file.

    >>> len(packed({"a": numpy.zeros(2, "float32")}, "scratchgen")) > 8
    True
    """
    try:
        from safetensors.numpy import save
    except ImportError as error:
        raise needs("safetensors") from error
    solid = {name: numpy.ascontiguousarray(x) for name, x in arrays.items()}
    return save(solid, metadata={"layout": layout, "made_by": "scratchgen"})


def _read(path: Path) -> dict[str, numpy.ndarray]:
    try:
        from safetensors import SafetensorError
        from safetensors.numpy import load
    except ImportError as error:
        raise needs("safetensors") from error
    try:
        return load(path.read_bytes())
    except SafetensorError as error:
        raise ValueError(f"{path}: cannot be read as safetensors ({error}).") from error


def _renamed(nets: Mapping[str, Any], arrays: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """PyTorch's arrays under our names, W as (in, out)."""
    names = {theirs: ours for ours, theirs in torch_names(nets)}
    missing, others = sorted(set(names) - set(arrays)), sorted(set(arrays) - set(names))
    if missing or others:
        raise ValueError(
            f"{path}: expected {', '.join(names)}; missing: {', '.join(missing) or 'none'}"
            f"; besides: {', '.join(others) or 'none'}."
        )
    return {names[theirs]: x.T if theirs.endswith("weight") else x for theirs, x in arrays.items()}


def _divided(arrays: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Arrays by net, under the names that each net knows."""
    found: dict[str, dict[str, Any]] = {}
    for name, x in arrays.items():
        net, _, key = name.partition(".")
        found.setdefault(net, {})[key] = x
    return found
