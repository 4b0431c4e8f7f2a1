"""What to expect of a run, said before it begins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def expectations(settings: Mapping[str, Any], model: Any) -> str:
    """A few lines: what is trained on what, and what it will come to."""
    net = model.nets.get("vae") or model.nets["G"]
    return f"{settings['images']} images of {settings['data']}; {net!r}"
