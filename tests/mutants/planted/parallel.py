"""What is planted in `parallel.py`."""

from tests.mutants.planted.mutant import Mutant

PLANTED: dict[str, list[Mutant]] = {
    "several processes": [
        Mutant(
            "team, rows: every process counts alike",
            "parallel.py",
            "return rows, [(r.stop - r.start) / N for r in rows]",
            "return rows, [1 / workers for r in rows]",
            "right for batches that divide evenly",
        ),
        Mutant(
            "team, learning_rate: the others keep the first",
            "parallel.py",
            "one.lr = float(lr)",
            "one.lr += 0",
            "half of the weights know no schedule",
        ),
        Mutant(
            "team, weights, replaced: the others keep the old ones",
            "parallel.py",
            "            one.gather()\n",
            "            one.parameters\n",
            "right until somebody loads a state",
        ),
        Mutant(
            "team, graph, step: no new version",
            "parallel.py",
            "            w.value = w.value  # a new version",
            "            w.value  # a new version",
            "an old graph seems to be valid",
        ),
        Mutant(
            "team, optimiser: t stands still",
            "parallel.py",
            "            self.optimizer.t = one.t\n",
            "            self.optimizer.t += 0\n",
            "every step is corrected like the first",
        ),
        Mutant(
            "team, optimiser, past: its memory starts anew",
            "parallel.py",
            "                    place[...] = old\n",
            "                    place[...] = 0\n",
            "right for an optimiser without a past",
        ),
        Mutant(
            "team, steps, takes: each moves by its own gradient",
            "parallel.py",
            "one.step([portions @ self.gradients[:, part]])",
            "one.step([self.gradients[team.me, part]])",
            "a loss falls, by batches of half the size",
        ),
        Mutant(
            "team, labels: the numbers of a batch are one",
            "parallel.py",
            "values = self.steps[index](*(a[mine] if numpy.ndim(a) else a for a in args))",
            "values = self.steps[index](*(a[mine] if numpy.ndim(a) else 1.0 for a in args))",
            "the KL is never warmed up",
        ),
        Mutant(
            "blas, threads: they stay at one",
            "parallel.py",
            "            self.limits.restore_original_limits()\n",
            "            self.limits\n",
            "all that follows takes twice as long",
        ),
    ],
}
