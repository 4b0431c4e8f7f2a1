"""What three mends are worth to a training step of the VAE: its CPU time without and with each."""

import subprocess
import sys

from lessons.tables import Row

MENDS = {
    "numbers of half the size": "from scratchgen import backend\nbackend.use('numpy', 'float64')",
    "memory that is kept": "from scratchgen import optim\noptim.keep_memory = lambda: None",
    "Adam in place": (
        "import numpy as np\n"
        "from scratchgen import optim\n"
        "def move(adam, rate, small, w, g, m, v):\n"
        "    beta1, beta2 = adam.betas\n"
        "    m[...] = beta1 * m + g\n"
        "    v[...] = beta2 * v + g**2\n"
        "    w -= rate * m / (np.sqrt(v) + small)\n"
        "optim.BLOCK = 1 << 60\n"
        "optim.Adam._move = move"
    ),
}
ROWS: list[Row] = [{"mend": mend, "batch": batch} for mend in MENDS for batch in (128, 512)]
ROUNDS = 5  # processes each; the quickest counts

STEPS = """
import statistics, sys, time
import numpy as np
from scratchgen import Adam, data, vae
from scratchgen.backend import asarray, float_type, normal
from scratchgen.data import binarize

images, rng = data.mnist5k().train_images, np.random.default_rng(0)
model = vae.VAE(784, 10, rng=rng)
adam, n, times = Adam(model.parameters()), int(sys.argv[1]), []
for _ in range(60):
    start = time.process_time()
    x = binarize(images[rng.integers(0, len(images), n)], rng)
    vae.step(model, adam, asarray(x, float_type()), normal(rng, (n, 10)))
    times.append(time.process_time() - start)
print(1e3 * statistics.median(times[10:]))
"""


def measure(settings: Row) -> Row:
    """Return milliseconds a step without and with a mend, of a process of its own each."""
    without, batch = MENDS[str(settings["mend"])], int(settings["batch"])
    pairs = [(_milliseconds(without, batch), _milliseconds("", batch)) for _ in range(ROUNDS)]
    slow, quick = (min(times) for times in zip(*pairs, strict=True))
    return {"without": slow, "with": quick, "worth": slow / quick}


def _milliseconds(before: str, batch: int) -> float:
    command = [sys.executable, "-c", f"{before}\n{STEPS}", str(batch)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(done.stdout)
