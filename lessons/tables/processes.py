"""How long a training step of the VAE takes one process, and two that share it by MPI.

It needs MPI: pip install "scratchgen[mpi]". Times are of the clock, since waiting counts, and each
process multiplies on one core.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from lessons.tables import Row

ROWS: list[Row] = [{"batch": batch, "processes": n} for batch in (32, 128, 512) for n in (1, 2)]
ROUNDS = 5  # the quickest counts: other programs only ever make it slower

STEPS = """
import sys, time
import numpy as np
from scratchgen import Adam, data, vae
from scratchgen.backend import asarray, normal
from scratchgen.data import binarize
from scratchgen.distributed import world

images, rng, ranks = data.mnist5k().train_images, np.random.default_rng(0), world()
model = vae.VAE(784, 10, rng=rng)
adam, n, times = ranks.share(Adam(model.parameters())), int(sys.argv[1]), []
for _ in range(200):
    start = time.perf_counter()
    x = binarize(images[rng.integers(0, len(images), n)], rng)
    noise, mine = normal(rng, (n, 10)), ranks.rows(n)
    vae.step(model, adam, asarray(x[mine], "float32"), noise[mine])
    times.append(time.perf_counter() - start)
if ranks.rank == 0:
    print(1e3 * min(times))
"""


def measure(settings: Row) -> Row:
    """Return milliseconds a step: of the quickest of 1,000 steps."""
    n = int(settings["processes"])
    command = [sys.executable, "-c", STEPS, str(int(settings["batch"]))]
    if n > 1:
        command = [_mpiexec(), "-n", str(n), *command]
    return {"milliseconds": min(_milliseconds(command) for _ in range(ROUNDS))}


def _mpiexec() -> str:
    """Return the mpiexec that came with mpi4py's MPI, else the system's."""
    beside = Path(sys.executable).parent / "mpiexec"
    return str(beside) if beside.exists() else shutil.which("mpiexec") or "mpiexec"


def _milliseconds(command: list[str]) -> float:
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(done.stdout)
