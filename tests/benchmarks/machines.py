"""What a training step would take on many machines: a prediction, from one and two ranks here.

    python -m tests.benchmarks.machines

measures a step of one rank and of two on two cores, fits the model below, and prints what it says
of 4 to 1,024 such machines. Nothing of this was run on more than one machine.

    T(n) = fixed + divided / ranks + 2 (latency log2(n) + bytes / bandwidth (n - 1) / n)

ranks are all of n machines. What is divided is the work on a batch's rows and on the optimiser's
part; what is fixed every rank does whole, the meeting in shared memory with it. Between machines
the gradients are added up (Reduce_scatter) and the weights brought together (Allgather): each sends
(n - 1) / n of all bytes by a machine's one link, in at least log2(n) messages one after the other
(Thakur et al. 2005). What it leaves out all makes a step slower: ranks that wait for the slowest of
them, links that others use, and products of few rows, which are less efficient than large ones.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass

MACHINES = tuple(2**k for k in range(2, 11))  # 4 to 1,024
LINKS = (10, 100)  # Gbit/s
LATENCY = 50e-6  # seconds of a message over TCP within a data centre
PAYS = 1.2  # times as fast, at least, for twice the machines


@dataclass(frozen=True)
class Cost:
    """What a step costs, in seconds, of machines of `ranks` ranks each.

    fixed: what each rank does whole. divided: what all share. n_bytes: of all weights.

    >>> cost = Cost.fitted(one=0.010, two=0.006, n_bytes=4_000_000)
    >>> round(cost.fixed, 6), round(cost.divided, 6)
    (0.002, 0.008)
    """

    fixed: float
    divided: float
    n_bytes: int
    ranks: int = 2

    @classmethod
    def fitted(cls, one: float, two: float, n_bytes: int) -> Cost:
        """The model that gives these seconds of one rank and of two on one machine.

        Raises ValueError for two ranks that are slower than one, or faster than twice as fast:
        then something else was measured.
        """
        divided = 2 * (one - two)
        if not 0 < divided <= one:
            got = f"{one * 1e3:.3g} and {two * 1e3:.3g} ms"
            fix = "Measure on idle cores, and a batch that fits the cache whole, as its half does."
            expected = "expected two ranks to take from half to all of one's time"
            raise ValueError(f"fitted: {expected}, got {got}. {fix}")
        return cls(one - divided, divided, n_bytes)

    def seconds(self, machines: int, gbit: float, latency: float = LATENCY) -> float:
        """A step's seconds on so many machines, with links of so many Gbit/s.

        >>> Cost(fixed=0.0, divided=0.008, n_bytes=0).seconds(4, gbit=10, latency=0.0)
        0.001
        """
        from math import log2

        sent = 8 * self.n_bytes * (machines - 1) / machines
        meeting = latency * log2(machines) + sent / (gbit * 1e9)
        return self.fixed + self.divided / (self.ranks * machines) + 2 * meeting

    def enough(self, gbit: float, latency: float = LATENCY) -> int:
        """How many machines, a power of two, from which twice as many do not pay.

        They pay if a step is at least PAYS times as fast.

        >>> Cost(fixed=0.002, divided=0.008, n_bytes=4_000_000).enough(gbit=10)
        1
        """
        machines = 1
        while machines < 2**20 and self.seconds(machines, gbit, latency) >= PAYS * self.seconds(
            2 * machines, gbit, latency
        ):
            machines *= 2
        return machines


def table(costs: dict[str, Cost], machines: Sequence[int] = MACHINES) -> str:
    """What the models say of many machines, as Markdown.

    >>> print(table({"VAE": Cost(0.0, 0.8, 1_000_000)}, machines=[4]))
    | step | link | 1 machine | 4 | more do not pay from |
    |---|---|---|---|---|
    | VAE | 10 Gbit/s | 400 ms | 101 ms, 3.9 x | 512 |
    | VAE | 100 Gbit/s | 400 ms | 100 ms, 4.0 x | 512 |
    """
    head = ["step", "link", "1 machine", *map(str, machines), "more do not pay from"]
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for name, cost in costs.items():
        for gbit in LINKS:
            one = cost.seconds(1, gbit)
            cells = [f"{(t := cost.seconds(n, gbit)) * 1e3:.3g} ms, {one / t:.1f} x"
                     for n in machines]  # fmt: skip
            row = [name, f"{gbit} Gbit/s", f"{one * 1e3:.3g} ms", *cells, str(cost.enough(gbit))]
            lines.append(f"| {' | '.join(row)} |")
    return "\n".join(lines)


def weights() -> dict[str, int]:
    """The bytes of the weights that each step moves.

    >>> weights()
    {'vae': 2246880, 'gan': 4584004}
    """
    import numpy

    from scratchgen import gan, vae
    from tests.benchmarks.contenders import PIXELS, Z_GAN, Z_VAE

    rng = numpy.random.default_rng(0)
    nets = {"vae": [vae.VAE(PIXELS, Z_VAE, rng=rng)]}
    nets["gan"] = [gan.generator(Z_GAN, PIXELS, rng=rng), gan.discriminator(PIXELS, rng=rng)]
    return {kind: 4 * sum(w.size for net in some for w in net.parameters())
            for kind, some in nets.items()}  # fmt: skip


def measured(rounds: int, batches: Sequence[int]) -> dict[str, Cost]:
    """The models of both steps at some sizes of batch, fitted here."""
    from tests.benchmarks.apart import Apart

    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # one rank, one core
    costs = {}
    for kind, n_bytes in weights().items():
        for batch in batches:
            apart = [Apart(f"ranks_{kind}", batch, ranks=n) for n in (1, 2)]
            times = [[one.pace(0.25) for one in apart] for _ in range(rounds)]
            for one in apart:
                one.close()
            # The least of the rounds: whoever else used the cores made the others longer.
            single, double = map(min, zip(*times, strict=True))
            print(f"{kind}, batch {batch}: {single * 1e3:.2f} ms of one rank, {double * 1e3:.2f} "
                  "of two")  # fmt: skip
            try:
                costs[f"{kind.upper()}, batch {batch}"] = Cost.fitted(single, double, n_bytes)
            except ValueError as error:  # somebody else used the cores
                print(f"  left out: {error}")
    return costs


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, fit, print."""
    plain = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        "python -m tests.benchmarks.machines", description=__doc__, formatter_class=plain
    )
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--batches", type=int, nargs="+", default=[512, 4096])
    asked = parser.parse_args(arguments)
    costs = measured(asked.rounds, asked.batches)
    print("\nA prediction, not a measurement:\n")
    print(table(costs))


if __name__ == "__main__":
    main()
