"""Trained nets, handed on: to safetensors, PyTorch, Keras and ONNX; and back from safetensors.

What is handed on is a mapping of nets by name, {"vae": model} or {"G": G, "D": D}. Images go in and
come out in [0, 1] everywhere, whatever a net works with inside: a GAN's scaling to [-1, 1] is a
part of what is exported. Pickles, such as PyTorch's .pt, are neither read nor written.
"""

from .keras import to_keras
from .onnx import to_onnx
from .parts import Layer, Part, parts
from .tensors import from_safetensors, to_safetensors
from .torch import to_torch

__all__ = [
    "Layer", "Part", "from_safetensors", "parts", "to_keras", "to_onnx", "to_safetensors",
    "to_torch",
]  # fmt: skip
