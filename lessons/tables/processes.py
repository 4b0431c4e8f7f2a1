"""What a training step of the VAE costs one process, and each of two that share it by MPI.

Milliseconds of CPU time, of one core each, without what a process spends waiting for the other one:
so long takes a step on a quiet machine with a core for each of them, if they never have to wait.
It needs MPI: pip install "scratchgen[mpi]".
"""

import shutil
import subprocess
import sys
from pathlib import Path

from lessons.tables import Row

ROWS: list[Row] = [{"batch": batch, "processes": n} for batch in (32, 128, 512) for n in (1, 2)]
ROUNDS = 3  # the quickest counts: other programs only ever make it slower

STEPS = """
import sys, time
import numpy as np
from scratchgen import Adam, data, vae
from scratchgen.backend import asarray, normal
from scratchgen.data import binarize
from scratchgen.distributed import Ranks, world

images, rng, ranks = data.mnist5k().train_images, np.random.default_rng(0), world()
model = vae.VAE(784, 10, rng=rng)
adam, n, times, waited = ranks.share(Adam(model.parameters())), int(sys.argv[1]), [], []

def timed(ranks, request, wait=Ranks._wait):
    start = time.process_time()
    wait(ranks, request)
    waited.append(time.process_time() - start)

Ranks._wait = timed
for _ in range(150):
    waited.clear()
    start = time.process_time()
    x = binarize(images[rng.integers(0, len(images), n)], rng)
    noise, mine = normal(rng, (n, 10)), ranks.rows(n)
    vae.step(model, adam, asarray(x[mine], "float32"), noise[mine])
    times.append(time.process_time() - start - sum(waited))
if ranks.rank == 0:
    print(1e3 * np.median(times[20:]))
"""


def measure(settings: Row) -> Row:
    """Return milliseconds a step, the median of 130 of them, in the quickest of three rounds."""
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
