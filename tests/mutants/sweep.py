"""The sweep: bugs that nobody thought of, made by a tool at every place of a file it knows how to.

`planted/` holds the bugs that people make. Here cosmic-ray (`pip install cosmic-ray`, which only
this command needs) changes each operator, comparison, number, constant, decorator and loop in turn,
and the same tests hunt for the change. What survives is either a gap in the tests or no bug at all:
`survivors.py` says of each why it is none, in one line. An unexplained one fails the command.
"""

from __future__ import annotations

import argparse
import ast
import multiprocessing
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from multiprocessing.connection import Connection
from typing import NamedTuple

from tests.mutants.plant import failures
from tests.mutants.planted import LIBRARY, Mutant
from tests.mutants.score import BEFOREHAND, ROOT, near, rest
from tests.mutants.survivors import reason

FILES = ("engine.py", "functions.py", "optim.py", "gradcheck.py")
SECONDS = 300  # for all tests of one bug: a loop that never ends is noticed too

# The tests that most changes of a file fail: they run first, and alone.
FIRST = {
    "engine.py": ["engine"],
    "functions.py": ["functions"],
    "gradcheck.py": ["gradcheck"],
    "optim.py": ["optim"],
}


class Outcome(NamedTuple):
    """What became of one bug: what noticed it first ("" if nothing did)."""

    mutant: Mutant
    caught_by: str


def mutants(file: str) -> Iterator[Mutant]:
    """Every change that cosmic-ray makes in a file of the library, but those of annotations."""
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator, operator_names

    source = (LIBRARY / file).read_text(encoding="utf-8")
    meaning = without_annotations(source)
    names = places(source)
    for name in operator_names():
        operator = get_operator(name)
        if operator.arguments():  # two that want to be told which variable
            continue
        for occurrence in count():
            changed = mutate_code(source, operator(), occurrence)
            if changed is None:
                break
            if without_annotations(changed) != meaning:
                place = names[changed_lines(source, changed)[0]]
                kind = f"{name.split('/')[-1]} {occurrence}"
                yield Mutant(f"{place}: {kind}", file, source, changed, why="", kind=file)


def places(source: str) -> dict[int, str]:
    r"""The name of what each line belongs to: a function, a method, the op of a rule.

    >>> places("@op\ndef tanh(x):\n    pass\n\ntanh.gradients(x=1)")
    {1: 'tanh', 2: 'tanh', 3: 'tanh', 4: '', 5: 'tanh'}
    """
    names = dict.fromkeys(range(1, source.count("\n") + 2), "")
    parts = [p for node in ast.parse(source).body for p in (node, *getattr(node, "body", ()))]
    for node in parts:
        start = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                pass
            case ast.Expr(ast.Call(ast.Attribute(ast.Name(name), "gradients"))):
                pass
            case _:
                continue
        names |= dict.fromkeys(range(start, (node.end_lineno or start) + 1), name)
    return names


def without_annotations(source: str) -> str:
    """What a file means, as text; its annotations, which Python never evaluates here, left out.

    >>> without_annotations("x: int = 1") == without_annotations("x: str = 1")
    True
    >>> without_annotations("x: int = 1") == without_annotations("x: int = 2")
    False
    """
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return source
    for node in ast.walk(tree):
        for name in ("annotation", "returns"):
            if hasattr(node, name):
                setattr(node, name, ast.Constant(None))
    return ast.dump(tree)


def changed_lines(old: str, new: str) -> tuple[int, str, str]:
    r"""The number of the first line that differs, and what differs before and after.

    >>> changed_lines("a = 1\nb = 2\nc = 3", "a = 1\nb = 4\nc = 3")
    (2, 'b = 2', 'b = 4')
    """
    before, after = old.splitlines(), new.splitlines()
    start = next(n for n, (a, b) in enumerate(zip(before, after, strict=False)) if a != b)
    end = next(n for n, (a, b) in enumerate(zip(before[::-1], after[::-1], strict=False)) if a != b)
    texts = (lines[start : max(len(lines) - end, start)] for lines in (before, after))
    left, right = ("\n".join(line.strip() for line in text) for text in texts)
    return start + 1, left, right


def explanation(mutant: Mutant) -> str:
    """Why a change is harmless; "" if nobody has said so."""
    return reason(mutant.file, *changed_lines(mutant.old, mutant.new)[1:])


def portions(mutant: Mutant) -> list[list[str]]:
    """The tests to run for one bug, a list at a time: the first, those near, and all others."""
    first = [*(f"tests/test_{name}.py" for name in FIRST[mutant.file]), f"scratchgen/{mutant.file}"]
    return [first, [test for test in near(mutant) if test not in first], rest(mutant)]


def work(sender: Connection, mutant: Mutant, tests: list[str], leave_out: list[str]) -> None:
    """Send the first failure under a bug (in a process of its own)."""
    try:
        found = failures(mutant, tests, leave_out=leave_out)
    except BaseException as error:  # pytest could not even collect: the bug is loud
        found = [f"{type(error).__name__} at import"]
    sender.send(found)
    sender.close()


def outcome(mutant: Mutant, leave_out: list[str], depth: int) -> Outcome:
    """What becomes of one bug: its tests run, a portion at a time, until one notices."""
    context = multiprocessing.get_context("forkserver")
    for tests in filter(None, portions(mutant)[:depth]):  # pytest takes no names for all names
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=work, args=(sender, mutant, tests, leave_out))
        process.start()
        sender.close()
        found = received(receiver)
        process.kill()
        process.join()
        if found:
            return Outcome(mutant, found)
    return Outcome(mutant, "")


def received(receiver: Connection) -> str:
    """The first failure a process sends; a crash and an endless loop are failures too."""
    if not receiver.poll(SECONDS):
        return f"{SECONDS} s went by"
    try:
        return "".join(receiver.recv()[:1])
    except EOFError:
        return "the process crashed"


def control(files: Sequence[str], depth: int) -> list[str]:
    """The tests that fail in such a process without a bug: they prove nothing."""
    context = multiprocessing.get_context("forkserver")
    names = {
        test
        for file in files
        for tests in portions(Mutant("", file, "", "", ""))[:depth]
        for test in tests
    }
    with context.Pool(1, maxtasksperchild=1) as pool:
        return pool.apply(failures, (None, sorted(names), 0, (), False))


def sweep(
    wanted: Sequence[Mutant], jobs: int, depth: int, say: Callable[[str], None]
) -> list[Outcome]:
    """What becomes of every bug; `say` gets a line for each."""
    left_out = control(sorted({m.file for m in wanted}), depth)
    say(f"left out, since they fail here without a bug: {left_out or 'none'}")
    with ThreadPoolExecutor(jobs) as pool:
        found = pool.map(lambda m: outcome(m, left_out, depth), wanted)
        outcomes = []
        for n, result in enumerate(found, 1):
            outcomes.append(result)
            say(f"{n:>5}/{len(wanted)}  {line(result)}")
    return outcomes


def line(outcome: Outcome) -> str:
    """One bug in one line, and what survived with its change."""
    name = f"{outcome.mutant.file}  {outcome.mutant.name}"
    by = outcome.caught_by.removeprefix("tests/")
    if by:
        return f"caught    {name}  <-  {by}"
    number, before, after = changed_lines(outcome.mutant.old, outcome.mutant.new)
    why = explanation(outcome.mutant)
    verdict = f"explained {name}: {why}" if why else f"SURVIVED  {name}"
    return f"{verdict}\n    line {number}\n    - {before}\n    + {after}"


def report(outcomes: Sequence[Outcome], seconds: float) -> str:
    """The score of each file and of all."""
    lines = [""]
    for file in [*dict.fromkeys(o.mutant.file for o in outcomes), ""]:
        mine = [o for o in outcomes if o.mutant.file == file or not file]
        tally = Counter("caught" if o.caught_by else "survived" for o in mine)
        why = [explanation(o.mutant) for o in mine if not o.caught_by]
        score = 100 * tally["caught"] / len(mine)
        lines.append(
            f"{file or 'all':14} {tally['caught']:>5} of {len(mine):>5} caught ({score:.1f} %), "
            f"{sum(map(bool, why))} of {tally['survived']} survivors explained"
        )
    return "\n".join([*lines, f"in {seconds:.0f} s"])


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status: 0 if every survivor is explained, else 1."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.mutants.sweep",
        description="Change each place of a file in turn, by cosmic-ray: what do the tests miss?",
    )
    parser.add_argument("files", nargs="*", metavar="FILE", help=f"of {', '.join(FILES)} (all)")
    parser.add_argument("--only", default="", help="changes with this in their name")
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time (2)")
    depth = "1: the file's own tests, 2: those near too, 3: the whole suite (2)"
    parser.add_argument("--depth", type=int, default=2, choices=(1, 2, 3), help=depth)
    asked = parser.parse_args(arguments)
    if unknown := set(asked.files) - set(FILES):
        parser.error(f"no such file: {', '.join(sorted(unknown))}. Expected of {', '.join(FILES)}")
    try:
        wanted = [m for f in asked.files or FILES for m in mutants(f) if asked.only in m.name]
    except ImportError:
        parser.error("cosmic-ray is missing; only this command needs it: pip install cosmic-ray")
    os.chdir(ROOT)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    multiprocessing.get_context("forkserver").set_forkserver_preload(BEFOREHAND)
    start = time.perf_counter()
    outcomes = sweep(wanted, asked.jobs, asked.depth, lambda text: print(text, flush=True))
    print(report(outcomes, time.perf_counter() - start))
    return 0 if all(o.caught_by or explanation(o.mutant) for o in outcomes) else 1


if __name__ == "__main__":
    raise SystemExit(main())
