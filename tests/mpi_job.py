"""What test_distributed.py has mpiexec run:  mpiexec -n 2 python -m tests.mpi_job WHAT FOLDER."""

import os
import signal
import sys
import time
from pathlib import Path

import numpy as np

from scratchgen import backend, distributed, gan, nn, vae

IMAGES = np.random.default_rng(1).random((66, 16))  # four batches of 16, and one of 2


def models(dtype):
    """All weights after 50 steps of each model, by name, and the losses of their epochs."""
    backend.use("numpy", dtype)
    rng = np.random.default_rng(0)
    model = vae.VAE(16, 2, (12, 6), rng=rng)
    climb = vae.Settings(epochs=10, batch=16, warmup=3.0, least=0.05)
    found = {"vae_losses": np.array([r[1:4] for r in vae.train(model, IMAGES, climb, rng=rng)])}
    nets = {"vae": model}
    for name, knobs in {"r": {"r1": 0.1, "r2": 0.1}, "gp": {"gp": 1.0, "d_steps": 2}}.items():
        G, average = (gan.generator(3, 16, (12,), rng=rng) for _ in range(2))
        D = gan.discriminator(16, (12, 6), rng=rng)
        game = gan.Settings(epochs=10, batch=16, lr=1e-3, decay=0.9, **knobs)
        run = gan.train(G, D, IMAGES, game, rng=rng, average=average)
        found[f"{name}_losses"] = np.array([record[1:3] for record in run])
        nets |= {f"{name}_G": G, f"{name}_D": D, f"{name}_average": average}
    weights = {f"{n}.{k}": w for n, net in nets.items() for k, w in nn.state(net).items()}
    return found | weights


def train_for_ever(what):
    """Two ranks at work, until one of them is no more."""
    rng = np.random.default_rng(0)
    model = vae.VAE(16, 2, (12, 6), rng=rng)
    rank = distributed.world().rank
    for record in vae.train(model, IMAGES, vae.Settings(epochs=10**6, batch=16), rng=rng):
        if record.epoch == 3 and rank == 1:
            print(time.time(), flush=True)
            if what == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            if what == "error":
                raise ArithmeticError("of rank 1")
            break  # fewer steps than the others take


def main(what, folder):
    """Do it, and leave what was found where the test looks."""
    if not what.startswith("train"):
        return train_for_ever(what)
    if what == "train by sending":  # as ranks on several machines do
        distributed.has_room = lambda n_bytes: False
    from threadpoolctl import threadpool_info

    found = {f"{dtype}/{name}": x for dtype in ("float64", "float32")
             for name, x in models(dtype).items()}  # fmt: skip
    blas = [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
    rank = distributed.world().rank
    np.savez(Path(folder) / f"rank{rank}.npz", **found, blas=np.array(blas))


if __name__ == "__main__":
    main(*sys.argv[1:])
