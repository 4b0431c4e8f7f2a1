"""The score: how many planted bugs the ordinary suite catches, and which test catches each first.

Each bug gets a process of its own, which stops at the first test that fails. The tests next to the
changed file come first, in the order below; only a bug that passes all of them meets the rest of
the suite. Before anything counts, the same tests run without a bug: what fails there proves
nothing about a bug, so it is left out and said.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from itertools import repeat
from pathlib import Path
from typing import NamedTuple

from tests.mutants.plant import failures
from tests.mutants.planted import Mutant, planted

ROOT = Path(__file__).parents[2]

# The tests next to a room are those of its name (tests/test_data*.py), then these, those first that
# say most in the least time.
NEAR = {
    "backend": ["nn", "gan"],
    "commands": ["runs"],
    "data": ["vae", "gan"],
    "engine": ["silent", "gaps", "functions", "gradcheck", "oracle", "optim", "nn"],
    "functions": ["gaps", "silent", "engine", "gradcheck", "oracle", "vae", "gan"],
    "distributed": ["runs"],
    "gan": ["statistics", "runs"],
    "gradcheck": ["silent", "functions"],
    "guards": ["silent", "optim", "nn", "engine"],
    "nn": ["silent", "vae", "gan"],
    "optim": ["silent"],
    "training": ["vae", "conditional_vae", "gan", "runs"],
    "vae": ["conditional_vae", "statistics", "distributed", "runs"],
}

# What every test imports is imported once, and each process begins as a copy of that. The library
# is not among it.
BEFOREHAND = ["numpy", "pytest", "hypothesis.extra.numpy", "hypothesis.stateful"]


class Outcome(NamedTuple):
    """What became of one bug: the first test to fail, with each seed; "" where none did."""

    mutant: Mutant
    caught_by: tuple[str, ...]
    seconds: float

    @property
    def caught(self) -> bool:
        """Whether a test failed with every seed."""
        return all(self.caught_by)


def near(mutant: Mutant) -> list[str]:
    """The test files next to a bug, and the examples in the changed file's docstrings."""
    own = sorted(f"tests/{path.name}" for path in ROOT.glob(f"tests/test_{mutant.room}*.py"))
    more = [f"tests/test_{name}.py" for name in NEAR.get(mutant.room, [])]
    return [*own, *(f for f in more if (ROOT / f).exists()), f"scratchgen/{mutant.file}"]


def rest(mutant: Mutant) -> list[str]:
    """Every other test and example of the ordinary suite."""
    files = sorted([*ROOT.glob("tests/test_*.py"), *ROOT.glob("scratchgen/**/*.py")])
    names = [str(f.relative_to(ROOT)) for f in files]
    return [n for n in names if n not in near(mutant) and n != "tests/test_mutants.py"]


def processes(jobs: int) -> Executor:
    """A pool of `jobs` processes at a time, a fresh one for every task."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # as many threads as processes
    has_fork = "forkserver" in multiprocessing.get_all_start_methods()  # all but Windows
    context = multiprocessing.get_context("forkserver" if has_fork else "spawn")
    if has_fork:
        context.set_forkserver_preload(BEFOREHAND)
    return ProcessPoolExecutor(jobs, context, max_tasks_per_child=1)


def timed_failures(*arguments) -> tuple[list[str], float]:
    """What `failures` returns, and the seconds it took."""
    start = time.perf_counter()
    return failures(*arguments), time.perf_counter() - start


def hunt(
    mutants: Sequence[Mutant],
    where: Callable[[Mutant], list[str]],
    seeds: Sequence[int],
    jobs: int,
    say: Callable[[str], None],
) -> list[Outcome]:
    """What becomes of each bug under the tests that `where` names; `say` gets a line for each."""
    tests = list(dict.fromkeys(test for mutant in mutants for test in where(mutant)))
    with processes(jobs) as pool:
        say(f"without a bug, with {len(seeds)} of Hypothesis' seeds: {' '.join(tests)}")
        control = pool.map(failures, repeat(None), repeat(tests), seeds, repeat(()), repeat(False))
        left_out = sorted({test for failed in control for test in failed})
        if left_out:
            named = "\n    ".join([*left_out[:10], "..."][: len(left_out)])
            say(f"{len(left_out)} tests are left out, since they fail without a bug:\n    {named}")
        every = [(mutant, where(mutant), seed, left_out) for mutant in mutants for seed in seeds]
        results = pool.map(timed_failures, *zip(*every, strict=True))
        outcomes = []
        for n, mutant in enumerate(mutants, 1):
            found, seconds = zip(*(next(results) for _ in seeds), strict=True)
            outcomes.append(Outcome(mutant, tuple("".join(f[:1]) for f in found), sum(seconds)))
            say(f"{n:>4}/{len(mutants)}  {line(outcomes[-1])}")
    return outcomes


def line(outcome: Outcome) -> str:
    """One bug in one line: whether it was caught, in what time, and by which test first.

    >>> mutant = Mutant("tanh: plus for minus", "functions.py", "1 - y", "1 + y", "")
    >>> line(Outcome(mutant, ("tests/test_vae.py::test_a", "tests/test_vae.py::test_b"), 1.23))
    'caught      1.2 s  tanh: plus for minus  <-  test_vae.py::test_a, test_vae.py::test_b'
    >>> line(Outcome(mutant, ("tests/test_vae.py::test_a", ""), 1.23))
    'SURVIVED    1.2 s  tanh: plus for minus  <-  test_vae.py::test_a, with 1 of 2 seeds'
    """
    tests = [test.removeprefix("tests/") for test in outcome.caught_by if test]
    by = f"  <-  {', '.join(dict.fromkeys(tests))}" if tests else ""
    if tests and not outcome.caught:
        by += f", with {len(tests)} of {len(outcome.caught_by)} seeds"
    verdict = "caught  " if outcome.caught else "SURVIVED"
    return f"{verdict} {outcome.seconds:6.1f} s  {outcome.mutant.name}{by}"


def report(outcomes: Sequence[Outcome], seconds: float) -> str:
    """The score by kind and in all, and each survivor with what it changes and would do."""
    kinds = Counter(o.mutant.kind for o in outcomes)
    caught = Counter(o.mutant.kind for o in outcomes if o.caught)
    total, count = sum(caught.values()), len(outcomes)
    score = f"{total} of {count} planted bugs caught ({100 * total / count:.1f} %)"
    lines = ["", *(f"{caught[kind]:>4} of {kinds[kind]:>2}  {kind}" for kind in kinds)]
    for mutant in (o.mutant for o in outcomes if not o.caught):
        lines += ["", f"SURVIVED  {mutant.name}  ({mutant.file}): {mutant.why}", mutant.difference]
    return "\n".join([*lines, "", f"{score} in {seconds:.0f} s"])


def score(mutants: Sequence[Mutant], seeds: int, jobs: int, say: Callable[[str], None]) -> bool:
    """Whether every bug was caught with every seed; the progress and the report go to `say`."""
    start = time.perf_counter()
    outcomes = {o.mutant: o for o in hunt(mutants, near, range(seeds), jobs, say)}
    survivors = [mutant for mutant, outcome in outcomes.items() if not outcome.caught]
    if survivors:
        say(f"{len(survivors)} not caught by the tests next to them; now by the rest of the suite")
        outcomes |= {o.mutant: o for o in hunt(survivors, rest, range(seeds), jobs, say)}
    say(report(list(outcomes.values()), time.perf_counter() - start))
    return all(outcome.caught for outcome in outcomes.values())


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status: 0 if every planted bug was caught, else 1."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.mutants",
        description="Plant each known bug in turn, and see which test of the suite catches it.",
    )
    parser.add_argument("--only", default="", help="bugs with this in their name, kind or file")
    parser.add_argument("--seeds", type=int, default=1, help="of Hypothesis, all to catch it (1)")
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time (2)")
    asked = parser.parse_args(arguments)
    mutants = [m for m in planted() if asked.only.lower() in f"{m.name} {m.kind} {m.file}".lower()]
    if not mutants:
        parser.error(f"no planted bug has {asked.only!r} in its name, kind or file")
    if asked.seeds < 1 or asked.jobs < 1:
        parser.error("--seeds and --jobs are whole numbers from 1")
    for mutant in mutants:
        mutant.applied_to(mutant.source)  # an error now, rather than after some minutes
    os.chdir(ROOT)
    return 0 if score(mutants, asked.seeds, asked.jobs, lambda s: print(s, flush=True)) else 1
