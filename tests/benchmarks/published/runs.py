"""A run of one row with one seed: its rng, its checkpoints, and the small file it leaves.

A checkpoint holds the arrays a row gives it, the state of the random numbers and the minutes used
so far; a run that was stopped goes on from it. It lies in the cache folder, not in the project, and
is kept as those of `scratchgen train` are: the newest, and the last whole one before it.
"""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from scratchgen import data, nn, runs

FORMAT = 3  # of checkpoints; before, each was a file of its own, and no other was kept
RESULTS = Path(__file__).parent / "results"
FIGURES = Path(__file__).parents[3] / "figures"


class Run:
    """One row, one seed. `rng` goes on where the last checkpoint left it."""

    def __init__(self, row: str, seed: int, quick: bool = False, folder: Path | None = None):
        self.row, self.seed, self.quick = row, seed, quick
        self.name = f"{row}-{seed}" + ("-quick" if quick else "")
        self.folder = folder or data.cache_folder() / "published"
        self.knobs: dict[str, Any] = {}
        self.notes: dict[str, Any] = {}  # what a row wants to remember; kept in the checkpoint
        self.rng = np.random.default_rng(seed)
        self._before = (0.0, 0.0)  # seconds of the processor, of the clock
        self._started = (time.process_time(), time.perf_counter())

    @property
    def checkpoints(self) -> runs.Checkpoints:
        """Where the half-done run is kept."""
        return runs.Checkpoints(self.folder / self.name)

    def settings(self, **knobs: Any) -> None:
        """Knobs that the result file is to name. A checkpoint of other knobs is refused."""
        self.knobs.update(knobs)

    def seconds(self) -> tuple[float, float]:
        """(of the processor, of the clock), with what went before the last stop."""
        now = (time.process_time(), time.perf_counter())
        cpu, wall = (b + n - s for b, n, s in zip(self._before, now, self._started, strict=True))
        return cpu, wall

    def save(self, arrays: Mapping[str, Any]) -> None:
        """Keep the arrays, the rng and the minutes."""
        self.checkpoints.folder.mkdir(parents=True, exist_ok=True)
        about = {
            "format": FORMAT,
            "knobs": self.knobs,
            "notes": self.notes,
            "rng": self.rng.bit_generator.state,
            "seconds": self.seconds(),
        }
        self.checkpoints.save(arrays, json.loads(json.dumps(about)))

    def saved(self) -> dict[str, np.ndarray] | None:
        """The arrays of the last `save`, with rng and minutes put back; None for a fresh start."""
        try:
            found = self.checkpoints.load(aside=True)
        except runs.Damaged as error:
            raise SystemExit(f"{self.name}: {error}") from error
        if found is None:
            return None
        arrays, about, path = found
        if about.get("format") != FORMAT:
            raise SystemExit(
                f"{self.name}: {path} was made by another version, of format "
                f"{about.get('format')} where this one reads {FORMAT}. Move it away to begin again."
            )
        if about["knobs"] != json.loads(json.dumps(self.knobs)):
            raise SystemExit(
                f"{self.name}: {path} was made with other settings:\n"
                f"  there  {about['knobs']}\n  here   {self.knobs}\n"
                "Move it away to begin again, or put the settings back to go on."
            )
        self.rng.bit_generator.state = about["rng"]
        self.notes = about["notes"]
        self._before = tuple(about["seconds"])
        return arrays

    def log(self, text: str) -> None:
        """Print with the minutes used so far."""
        cpu, wall = (s / 60 for s in self.seconds())
        print(f"{self.name}  {cpu:6.1f} min ({wall:.1f} by the clock)  {text}", flush=True)

    def figure(self, name: str) -> Path:
        """Where a picture of this row goes: figures/, or beside the checkpoints in quick mode."""
        folder = self.folder if self.quick else FIGURES
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"published_{name}.png"

    def finish(self, figures: Mapping[str, Any]) -> Path:
        """Write the result file; a quick run's stays beside the checkpoints."""
        cpu, wall = self.seconds()
        result = {
            "row": self.row,
            "seed": self.seed,
            "settings": self.knobs,
            "figures": dict(figures),
            "cpu_minutes": round(cpu / 60, 2),
            "wall_minutes": round(wall / 60, 2),
            "date": date.today().isoformat(),
            "machine": f"{platform.machine()}, {os.cpu_count()} cores",
            "versions": {"python": platform.python_version(), "numpy": np.__version__},
        }
        path = (self.folder if self.quick else RESULTS) / f"{self.name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(".part")
        beside.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        os.replace(beside, path)
        return path


def results(row: str, folder: Path = RESULTS) -> list[dict]:
    """The result files of a row, by seed."""
    found = [json.loads(p.read_text("utf-8")) for p in folder.glob(f"{row}-*.json")]
    return sorted((r for r in found if r["row"] == row), key=lambda r: r["seed"])


def packed(**models_and_optimizers: Any) -> dict[str, np.ndarray]:
    """Models and optimisers, all that `nn.state` says of them, as named arrays for `Run.save`."""
    return {
        f"{name}/{key}": x
        for name, thing in models_and_optimizers.items()
        for key, x in nn.state(thing).items()
    }


def unpack(arrays: Mapping[str, np.ndarray], **models_and_optimizers: Any) -> None:
    """Put what `packed` made back into the same models and optimisers, on the device in use."""
    for name, thing in models_and_optimizers.items():
        own = {k.removeprefix(f"{name}/"): a for k, a in arrays.items() if k.startswith(f"{name}/")}
        nn.load_state(thing, own)
