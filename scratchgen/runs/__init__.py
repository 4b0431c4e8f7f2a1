"""A training run on disk: settings, log, samples, and checkpoints that it goes on from exactly.

A run is a folder. Killed at any moment and resumed, it ends bitwise as one that was never stopped,
on the same number of processes.

    settings.json           what it was asked for, and what its data were
    log.csv                 a line an epoch
    samples/                pictures as they came, of the same codes each time
    checkpoint.npz          the newest, and
    checkpoint.before.npz   the last whole one before it
"""

from .checkpoints import Checkpoints, Damaged
from .folder import Run, create, find, open_run
from .loop import teach
from .models import Model, build

__all__ = [
    "Checkpoints", "Damaged", "Model", "Run", "build", "create", "find", "open_run", "teach",
]  # fmt: skip
