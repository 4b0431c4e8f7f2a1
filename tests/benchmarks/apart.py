"""A contender in processes of its own: several ranks, or another version of this project.

    apart = Apart("ranks_vae", 128, ranks=2)
    apart.pace(0.25)   # seconds per step, the median over a quarter of a second

The process makes the step and waits, asleep, for a line that says how many to take.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def mpiexec() -> str | None:
    """The mpiexec beside this Python, or the one on the path; None without any."""
    beside = Path(sys.executable).with_name("mpiexec")
    return str(beside) if beside.exists() else shutil.which("mpiexec")


class Apart:
    """A step that a function of `contenders` makes, in `folder`'s version of it.

    maker: the function's name. ranks: how many processes mpiexec starts, if more than one.
    """

    def __init__(self, maker: str, batch: int, ranks: int = 1, folder: Path = ROOT):
        command = [sys.executable, __file__, maker, str(batch)]
        if ranks > 1:
            command = [mpiexec() or "mpiexec", "-n", str(ranks), *command]
        self.process = subprocess.Popen(
            command, cwd=folder, env=os.environ | {"PYTHONPATH": str(folder)}, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.ask: Any = self.process.stdin
        self.answer: Any = self.process.stdout
        self.seconds = self.run(3)

    def run(self, steps: int) -> float:
        """Seconds per step: the median of so many."""
        self.ask.write(f"{steps}\n")
        self.ask.flush()
        return float(self.answer.readline())

    def pace(self, moment: float) -> float:
        """Seconds per step: the median over a moment."""
        self.seconds = self.run(max(3, int(moment / self.seconds)))
        return self.seconds

    def close(self) -> None:
        """End its processes."""
        self.process.communicate("0\n")


def serve(maker: str, batch: int) -> None:
    """Take as many steps as each line says, and print the median of their seconds; 0 ends it."""
    from tests.benchmarks import contenders

    step = getattr(contenders, maker)(batch)
    ranks = contenders.ranks() if maker.startswith("ranks") else None
    first = ranks is None or ranks.rank == 0
    while True:
        steps = int(sys.stdin.readline() or 0) if first else 0
        if ranks:
            steps = int(ranks.total(steps)[0])
        if steps == 0:
            break
        times = []
        for _ in range(steps):
            start = time.perf_counter()
            step()
            times.append(time.perf_counter() - start)
        if first:
            print(statistics.median(times), flush=True)
    getattr(step, "close", lambda: None)()


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]))
