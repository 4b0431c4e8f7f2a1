"""The suite in a fresh environment: with the lowest versions allowed, or with another Python.

    python -m tests.versions --lowest                      the minima of pyproject.toml, exactly
    python -m tests.versions --python python3.12           another Python, the newest versions
    python -m tests.versions --python python3.12 --alone   ... each test file by itself

A minimum in pyproject.toml is the lowest version that passes this, so whoever raises or lowers one
runs it. Only what is asked for directly is held to its minimum; what that brings along is the
newest that fits, as it would be for somebody who upgrades the rest.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
EXTRAS = ("test", "notebook", "mpi", "export")  # all but those for a GPU, and the linters


def project() -> dict:
    """What pyproject.toml says.

    >>> project()["project"]["name"]
    'scratchgen'
    """
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def extras() -> list[str]:
    """The extras that are there, of those that the suite uses.

    >>> extras()[0]
    'test'
    """
    return [name for name in EXTRAS if name in project()["project"]["optional-dependencies"]]


def lowest() -> list[str]:
    """A constraint for each direct requirement: its minimum, and nothing above.

    >>> [line for line in lowest() if line.startswith("hatchling")]
    ['hatchling==1.27']
    """
    said = project()
    wanted = [*said["build-system"]["requires"], *said["project"]["dependencies"]]
    for name in extras():
        wanted += said["project"]["optional-dependencies"][name]
    own = said["project"]["name"]  # scratchgen[export], an extra that another one brings along
    return [each.replace(">=", "==") for each in wanted if not each.startswith(f"{own}[")]


def build(room: Path, python: str, constraints: Sequence[str] = ()) -> Path:
    """Its Python, of a virtual environment in `room` in which the project is installed."""
    if not (room / "pyvenv.cfg").exists():
        subprocess.run([python, "-m", "venv", room], check=True)
    inside = room / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    listed = room / "constraints.txt"
    listed.write_text("".join(f"{line}\n" for line in constraints), encoding="utf-8")
    # By the environment, so that they hold for the build backend too.
    held = {"PIP_CONSTRAINT": str(listed), "PIP_BUILD_CONSTRAINT": str(listed)}
    wanted = f".[{','.join(extras())}]"
    command = [inside, "-m", "pip", "--disable-pip-version-check", "install", "-e", wanted]
    subprocess.run(command, cwd=ROOT, env=os.environ | held, check=True)
    return inside


def run(python: Path, command: Sequence[str]) -> int:
    """The exit status of python -m command, run there as from an activated environment."""
    activated = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    activated |= {"PATH": os.pathsep.join([str(python.parent), os.environ.get("PATH", "")])}
    activated |= {"VIRTUAL_ENV": str(python.parent.parent)}
    return subprocess.run([python, "-m", *command], cwd=ROOT, env=activated).returncode


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status: 0 if everything passes in the environment asked for, else another."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.versions",
        description="Run the suite in a fresh environment; unknown options are pytest's.",
    )
    parser.add_argument("--python", default=sys.executable, help="which (the one that runs this)")
    parser.add_argument("--lowest", action="store_true", help="the minima of pyproject.toml")
    parser.add_argument("--alone", action="store_true", help="each test file in its own process")
    parser.add_argument("--room", type=Path, help="folder of the environment, to be kept")
    asked, options = parser.parse_known_args(arguments)
    with tempfile.TemporaryDirectory(prefix="scratchgen-versions-") as made:
        python = build(asked.room or Path(made), asked.python, lowest() if asked.lowest else ())
        run(python, ["pip", "--disable-pip-version-check", "list"])
        return run(python, ["tests.alone" if asked.alone else "pytest", *options])


if __name__ == "__main__":
    sys.exit(main())
