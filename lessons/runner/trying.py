"""One experiment of a lesson, run whole in a process of its own while the reader's run waits."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lessons.runner.cells import Lesson
from lessons.runner.figures import ROOT
from lessons.runner.footer import Experiment

# As `python -m lessons`, with the lessons of any folder.
PROGRAM = """
import pathlib, sys
from lessons.__main__ import main
sys.exit(main(sys.argv[2:], pathlib.Path(sys.argv[1])))
"""


@dataclass(frozen=True)
class Tried:
    """What a run printed, and its exit status.

    >>> tried = Tried("figure: here/a.png\\ndiffers: b\\nfigure: here/b.png\\n", 0)
    >>> tried.told
    ['differs: b']
    >>> print(tried.figures)
    2 figures in here: a.png, b.png
    """

    output: str
    status: int

    @property
    def told(self) -> list[str]:
        """What matters of it: how it differs from the text, and what was turned."""
        kinds = ("differs: ", "Turned: ")
        lines = self.output.splitlines()
        return [line for kind in kinds for line in lines if line.startswith(kind)]

    @property
    def figures(self) -> str:
        """Where its figures lie, in a line or two; nothing if there are none."""
        said = re.findall(r"^figure: (.+)$", self.output, re.MULTILINE)
        paths = [Path(path) for path in said]
        folders = {str(path.parent): 0 for path in paths}
        if len(folders) != 1:
            return "\n".join(f"figure: {path}" for path in said)
        number = "1 figure" if len(paths) == 1 else f"{len(paths)} figures"
        return f"{number} in {next(iter(folders))}: {', '.join(path.name for path in paths)}"


class Trying:
    """A run of an experiment: iterate over it for each heading it comes to; then see `tried`."""

    def __init__(self, lesson: Lesson, experiment: Experiment) -> None:
        self.command = [
            sys.executable, "-c", PROGRAM, str(lesson.path.parent), lesson.name,
            "--run", "--try", str(experiment.number),
        ]  # fmt: skip
        self.tried = Tried("", 0)

    def __iter__(self) -> Iterator[str]:
        """Run it to its end; yield each heading of the lesson as it is come to."""
        found = os.environ.get("PYTHONPATH")
        paths = os.pathsep.join([str(ROOT), *([found] if found else [])])
        environment = os.environ | {"PYTHONUNBUFFERED": "1", "PYTHONPATH": paths}
        environment |= {"PYTHONIOENCODING": "utf-8:replace"}
        environment.pop("SCRATCHGEN_FIGURES", None)  # that is for the reader's own run
        output: list[str] = []
        with subprocess.Popen(
            self.command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        ) as process:
            assert process.stdout is not None, "it is a pipe"
            try:
                for line in process.stdout:
                    output.append(line)
                    if heading := re.match(r"#+ (.*)", line):
                        yield heading[1]
            except BaseException:
                process.kill()
                raise
        self.tried = Tried("".join(output), process.returncode)
