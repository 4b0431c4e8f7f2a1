"""`scratchgen runs`: what there is."""

from __future__ import annotations

import sys
from typing import Any

from .. import runs


def listing(words: Any) -> int:
    """Print a line for each run: model, data, epochs, figures.

    >>> from pathlib import Path
    >>> from types import SimpleNamespace
    >>> listing(SimpleNamespace(folder=Path("no/such/folder")))
    No run in no/such/folder. `python -m scratchgen train --help` says how to begin.
    0
    """
    found = list(runs.find(words.folder))
    if not found:
        print(f"No run in {words.folder}. `python -m scratchgen train --help` says how to begin.")
        return 0
    rows = [("run", "model", "data", "epochs", "last")]
    for folder in found:
        try:
            rows.append(line(runs.open_run(folder)))
        except (ValueError, OSError, KeyError) as error:
            print(f"{folder}: {error}", file=sys.stderr)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(word.ljust(n) for word, n in zip(row, widths, strict=True)).rstrip())
    return 0


def line(run: runs.Run) -> tuple[str, str, str, str, str]:
    """What is said of a run: its folder, model, data, epochs, and what the last one came to.

    >>> from pathlib import Path
    >>> line(runs.Run(Path("a"), {"model": "vae", "data": "digits", "loop": {"epochs": 9}}))
    ('a', 'vae', 'digits', '0 of 9', '')
    """
    log = run.log()
    last = log[-1] if log else {}
    figures = [f"{name} {value:.2f}" for name, value in last.items()
               if name not in ("epoch", "seconds")]  # fmt: skip
    done = f"{int(last.get('epoch', 0))} of {run.settings['loop']['epochs']}"
    told = " + classes" * bool(run.settings.get("classes"))
    return (str(run.folder), run.settings["model"] + told, run.settings["data"].rpartition("/")[2],
            done, ", ".join(figures))  # fmt: skip
