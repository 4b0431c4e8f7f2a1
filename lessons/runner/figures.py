"""Where a lesson's pictures go, what they are called, and how they are opened."""

import functools
import importlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

# Called with each figure that a lesson keeps, and its path: the book takes them from here.
WATCHERS: list[Callable[[Any, Path], None]] = []

ROOT = Path(__file__).resolve().parents[2]


def folder(own: bool) -> Path:
    """Return the folder that figures are saved in, where no variable names one.

    own: whether they are those of the text. Others replace none of these: a temporary folder.

    >>> folder(own=False).name.startswith("scratchgen-figures-")
    True
    """
    if named := os.environ.get("SCRATCHGEN_FIGURES"):
        return Path(named)
    if not own:
        return _temporary_folder()
    return ROOT / "figures" if (ROOT / "pyproject.toml").exists() else Path("figures")


def lesson_name(told: str) -> str:
    """Return whose the figures are: of the lesson that our runner runs, or of Python's own file.

    told: the lesson's name, where it is known: a notebook has no file.

    >>> lesson_name("lesson07_vae") != ""
    True
    """
    started = Path(getattr(sys.modules["__main__"], "__file__", None) or "notebook").stem
    known = started if started.startswith("lesson") else told or started
    return os.environ.get("SCRATCHGEN_LESSON") or known


def shortest(path: Path) -> Path:
    """Return `path` as seen from here, where it lies below.

    >>> shortest(Path("figures/map.png")).as_posix()
    'figures/map.png'
    """
    path = path.resolve()
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def show_in_notebook(path: Path) -> None:
    """Show a picture below the cell, in a notebook or an editor that runs cells in one's kernel."""
    ipython: Any = sys.modules.get("IPython")
    if ipython and hasattr(ipython.get_ipython(), "kernel"):
        display: Any = importlib.import_module("IPython.display")
        display.display(display.Image(filename=path))


def open_in_viewer(path: Path) -> None:
    """Hand a picture to the system's viewer, which goes on by itself; or say why not."""
    if sys.platform == "win32":
        os.startfile(path)  # by the system's own table of viewers
    elif command := _viewer():
        mute = subprocess.DEVNULL
        viewer = subprocess.Popen(
            [command, path], stdin=mute, stdout=mute, stderr=mute, start_new_session=True
        )
        _VIEWERS.append(viewer)
    else:
        say_once("There is no display here to show figures on: open them by their paths.")


@functools.cache
def say_once(words: str) -> None:
    """Print these words, the first time that they are to be said."""
    print(words)


@functools.cache
def _temporary_folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="scratchgen-figures-"))


def _viewer() -> str | None:
    """The command that opens a file on this system; None where nothing could be seen."""
    if sys.platform == "darwin":
        return "open"
    has_display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return shutil.which("xdg-open") if has_display else None


_VIEWERS: list[subprocess.Popen[bytes]] = []  # kept: one that is forgotten while open warns
