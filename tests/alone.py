"""Each test file in a process of its own:  python -m tests.alone  [FILE ...] [pytest's options]

What passes only because another file ran before it (an import, a mode, a list of fonts) fails here.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
NOTHING_TO_RUN = 5  # pytest's status where a file has only tests that were not asked for


def run(file: str, options: Sequence[str] = ()) -> tuple[bool, str]:
    """Whether a test file passes by itself, and what pytest said in the end."""
    command = [sys.executable, "-m", "pytest", "-q", file, *options]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    return done.returncode in (0, NOTHING_TO_RUN), (done.stdout + done.stderr).strip()


def run_each(files: Sequence[str], options: Sequence[str], say: Callable[[str], None]) -> bool:
    """Whether every one of them passes by itself; `say` gets a line for each."""
    failed = []
    for file in files:
        start = time.perf_counter()
        passes, said = run(file, options)
        failed += [] if passes else [file]
        line = f"{'passes' if passes else 'FAILS '}{time.perf_counter() - start:7.1f} s  {file}"
        say(f"{line}: {said.splitlines()[-1]}" if passes else f"{line}\n{said}\n")
    python = sys.version.split()[0]
    say(f"Python {python}: {len(files) - len(failed)} of {len(files)} test files pass alone")
    for file in failed:
        say(f"  not {file}")
    return not failed


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status: 0 if every test file passes by itself, else 1."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.alone",
        description="Run each test file in a process of its own; unknown options are pytest's.",
    )
    parser.add_argument("files", nargs="*", help="tests/test_NAME.py (all of them)")
    asked, options = parser.parse_known_args(arguments)
    files = asked.files or sorted(
        p.relative_to(ROOT).as_posix() for p in ROOT.glob("tests/test_*.py")
    )
    return 0 if run_each(files, options, lambda s: print(s, flush=True)) else 1


if __name__ == "__main__":
    sys.exit(main())
