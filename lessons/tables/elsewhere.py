"""The losses of lesson 17's VAE in PyTorch, Keras and ONNX, and how far they are from ours."""

import os
import runpy
import tempfile
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from lessons.tables import Row

STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
ROWS: list[Row] = [{"framework": name, "step": s} for name in ("PyTorch", "Keras") for s in STEPS]
ROWS += [{"framework": "ONNX", "step": STEPS[-1]}]


@cache
def lesson() -> dict[str, Any]:
    """Return the names of the lesson after a full run, which needs all three packages."""
    for package in ("torch", "keras", "onnxruntime"):
        import_module(package)  # raises ImportError where one is missing
    with tempfile.TemporaryDirectory() as folder:
        os.environ["SCRATCHGEN_FIGURES"] = folder
        path = Path(__file__).parent.parent / "lesson17_onward.py"
        return runpy.run_path(str(path))


def measure(settings: Row) -> Row:
    """Return the loss there, in nats an image, and its distance from ours."""
    names, framework = lesson(), str(settings["framework"])
    if framework == "ONNX":
        theirs, ours = names["theirs"], names["mine"]
    else:
        step = int(settings["step"]) - 1
        theirs, ours = names["losses"][framework][step], names["losses"]["ours"][step]
    return {"loss": theirs, "apart": abs(theirs - ours)}
