"""ONNX: a file for each net, for onnxruntime, a browser, a phone."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy

from .parts import Part, needs, parts, written

OPSET, IR = 17, 8  # of 2022: old enough for today's runtimes
WORDS = {"relu": "Relu", "tanh": "Tanh", "sigmoid": "Sigmoid"}


def to_onnx(
    nets: Mapping[str, Any], folder: str | os.PathLike[str], overwrite: bool = False
) -> list[Path]:
    """The paths of encoder.onnx and decoder.onnx, or generator.onnx and discriminator.onnx.

    Inputs are named x (images) or z (codes), and y (one-hot classes) where a net reads them;
    outputs mean and log_var, images or logit. Any number of rows; float32.
    nets, raises: as for `parts`; FileExistsError where a file is there, unless overwrite;
    ImportError without the package.

    >>> import tempfile
    >>> from scratchgen.vae import VAE
    >>> model = VAE(4, z_dim=2, hidden=(3,), rng=numpy.random.default_rng(0))
    >>> [path.name for path in to_onnx({"vae": model}, tempfile.mkdtemp())]
    ['encoder.onnx', 'decoder.onnx']
    """
    return written(folder, {f"{p.name}.onnx": _model(p) for p in parts(nets)}, overwrite)


def _model(part: Part) -> bytes:
    """The bytes of an ONNX file of one net."""
    try:
        from onnx import TensorProto, checker, helper, numpy_helper
    except ImportError as error:
        raise needs("onnx") from error
    nodes: list[Any] = []
    arrays: dict[str, numpy.ndarray] = {}

    def add(kind: str, *inputs: str, out: str = "") -> str:
        out = out or f"h{len(nodes)}"
        along: dict[str, Any] = {"axis": 1} if kind == "Concat" else {}
        nodes.append(helper.make_node(kind, list(inputs), [out], **along))
        return out

    def constant(name: str, x: Any) -> str:
        arrays[name] = numpy.asarray(x, numpy.float32)
        return name

    def scaled(h: str, by: tuple[float, float], name: str, out: str = "") -> str:
        product = add("Mul", h, constant(f"{name}_scale", by[0]))
        return add("Add", product, constant(f"{name}_shift", by[1]), out=out)

    given = "z" if part.name in ("decoder", "generator") else "x"
    inputs = {given: part.n_in, **({"y": part.classes} if part.classes else {})}
    h = add("Concat", *inputs) if part.classes else given
    if part.before:
        h = scaled(h, part.before, "before")
    result = {"decoder": "images", "generator": "images", "discriminator": "logit"}.get(
        part.name, ""
    )
    for i, layer in enumerate(part.layers):
        last = i + 1 == len(part.layers) and not part.heads and not part.after
        W, b = constant(f"layer{i}_W", layer.W), constant(f"layer{i}_b", layer.b)
        h = add("Gemm", h, W, b, out=result if last and not layer.activation else "")
        if layer.activation:
            h = add(WORDS[layer.activation], h, out=result if last else "")
    if part.after:
        h = scaled(h, part.after, "after", out=result)
    outputs = {result: part.layers[-1].sizes[1]} if not part.heads else {}
    for name, head in part.heads.items():
        W, b = constant(f"{name}_W", head.W), constant(f"{name}_b", head.b)
        outputs[add("Gemm", h, W, b, out=name)] = head.sizes[1]

    def values(of: Mapping[str, int]) -> list[Any]:
        make = helper.make_tensor_value_info
        return [make(name, TensorProto.FLOAT, ["N", width]) for name, width in of.items()]

    weights = [numpy_helper.from_array(x, name) for name, x in arrays.items()]
    graph = helper.make_graph(nodes, part.name, values(inputs), values(outputs), weights)
    opset = [helper.make_opsetid("", OPSET)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=IR, producer_name="scratchgen")
    checker.check_model(model, full_check=True)
    return model.SerializeToString()
