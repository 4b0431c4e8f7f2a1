"""`scratchgen export`: a run's nets, handed on."""

from __future__ import annotations

from typing import Any

from .. import export as exporting
from .. import runs
from .sample import opened

FORMATS = {
    "safetensors": exporting.to_safetensors, "torch": exporting.to_torch,
    "keras": exporting.to_keras, "onnx": exporting.to_onnx,
}  # fmt: skip


def export(words: Any) -> int:
    """Do what the words of the command line say.

    >>> from pathlib import Path
    >>> from types import SimpleNamespace
    >>> export(SimpleNamespace(run=Path("no/such/run")))
    Traceback (most recent call last):
    FileNotFoundError: no/such/run: no run is there: it has no settings.json. `python -m scratchgen
    runs` lists those below ./runs.
    """
    run, model = opened(words.run)
    folder = words.out or run.folder / f"export-{words.to}"
    for path in FORMATS[words.to](handed_on(model), folder, overwrite=words.out is None):
        print(path)
    return 0


def handed_on(model: runs.Model) -> dict[str, Any]:
    """The nets of a run, by the names that `export` knows; the averaged generator, if there is one.

    >>> from types import SimpleNamespace
    >>> handed_on(SimpleNamespace(kind="vae", nets={"vae": 1}, maker=1))
    {'vae': 1}
    """
    if model.kind == "vae":
        return {"vae": model.maker}
    return {"G": model.maker, "D": model.nets["D"]}
