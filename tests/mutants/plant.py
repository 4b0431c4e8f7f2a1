"""Run pytest in this process on a library with one planted bug: what `score.py` does for each.

A finder in front of all others hands Python the changed text of the one module, and the library is
imported at once, so that pytest finds it there; no file is written, no compiled one is read. After
the tests it is made sure that they ran on that text. It works once in a process: an import cannot
be taken back.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import sys
from collections.abc import Iterable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType
from typing import Any

import pytest
from hypothesis import Phase, settings

from tests.mutants.planted import Mutant, named

# Hypothesis is imported already, so that pytest cannot look into its asserts; nobody needs to.
LET_BE = ["-W", "ignore::pytest.PytestAssertRewriteWarning"]


class Loader(SourceFileLoader):
    """Loads one module with a bug in it."""

    def __init__(self, name: str, path: str, mutant: Mutant):
        super().__init__(name, path)
        self.mutant = mutant

    def get_code(self, fullname: str) -> CodeType:
        source = self.get_data(self.path).decode()
        return compile(self.mutant.applied_to(source), self.path, "exec", dont_inherit=True)


class Finder(MetaPathFinder):
    """Finds the one module that the bug is planted in; every other is left to Python."""

    def __init__(self, mutant: Mutant):
        self.mutant = mutant

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if fullname != self.mutant.module:
            return None
        spec = PathFinder.find_spec(fullname, path)
        if spec and spec.origin:
            spec.loader = Loader(fullname, spec.origin, self.mutant)
        return spec


def plant(mutant: Mutant) -> None:
    """Import the library with the bug in it."""
    if "scratchgen" in sys.modules:
        raise RuntimeError("plant: scratchgen is imported already, without the bug.")
    sys.meta_path.insert(0, Finder(mutant))
    importlib.import_module(mutant.module)


def is_planted(mutant: Mutant) -> bool:
    """Whether the module in use is the one with the bug."""
    spec = getattr(sys.modules.get(mutant.module), "__spec__", None)
    return isinstance(spec and spec.loader, Loader)


class Watcher:
    """A pytest plugin: the bug's own tests go first, and what fails is remembered in order."""

    def __init__(self, words: Sequence[str] = ()):
        self.words = words
        self.failed: list[str] = []
        self.not_collected: list[str] = []

    def pytest_configure(self) -> None:
        """Hypothesis neither shrinks what it finds nor remembers it for the next seed.

        As many examples are drawn as always: this only shortens what comes after a failure, and
        keeps a failure found with one seed from being replayed with another.
        """
        phases = [Phase.explicit, Phase.generate]
        settings.register_profile("planted", settings(), phases=phases, database=None)
        settings.load_profile("planted")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items.sort(key=lambda item: not any(word in item.name.lower() for word in self.words))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.not_collected.append(f"{report.nodeid}: {report.longreprtext}")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.append(report.nodeid)


def failures(
    mutant: Mutant | None,
    tests: Sequence[str],
    seed: int = 0,
    leave_out: Iterable[str] = (),
    stop_at_first: bool = True,
) -> list[str]:
    """The ids of the tests that fail under a bug (None: without one), in the order they ran.

    For a fresh process only. Raises RuntimeError if pytest could not do its work, as where the bug
    breaks the import of a test: nobody needs a test to notice that.
    """
    arguments = [*tests, "-q", "--tb=no", f"--hypothesis-seed={seed}"]
    arguments += [*LET_BE, *(f"--deselect={test}" for test in leave_out), *["-x"] * stop_at_first]
    watcher = Watcher(mutant.words if mutant else ())
    if mutant:
        plant(mutant)
    with contextlib.redirect_stdout(io.StringIO()) as told:
        status = pytest.main(arguments, plugins=[watcher])
    name = f"planted bug {mutant.name!r}" if mutant else "without a bug"
    if watcher.not_collected or status not in (0, 1):
        said = "\n".join(watcher.not_collected) or told.getvalue()[-2000:]
        raise RuntimeError(f"{name}: pytest ended with status {int(status)}:\n{said}")
    if mutant and not is_planted(mutant):
        raise RuntimeError(f"{name}: the tests did not run on the changed {mutant.file}.")
    return watcher.failed


def main() -> int:
    """pytest's exit status under one bug; all but its name is handed on to pytest."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.mutants.plant",
        description="Run pytest under one planted bug; all other arguments are pytest's.",
    )
    parser.add_argument("name", help="of the bug, as python -m tests.mutants prints it")
    asked, arguments = parser.parse_known_args()
    try:
        plant(named(asked.name))
    except ValueError as error:
        parser.error(str(error))
    return int(pytest.main([*arguments, *LET_BE]))


if __name__ == "__main__":
    sys.exit(main())
