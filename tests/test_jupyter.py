"""Lessons outside of our own runner: in Jupyter, by jupytext, and in editors that know `# %%`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lessons.runner.cells import find_lessons

ROOT = Path(__file__).parent.parent
LESSONS = find_lessons(ROOT / "lessons")

each_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=[lesson.name for lesson in LESSONS])

# An editor sends what stands between two markers to its console, which knows nothing of the file.
EDITOR = """
import re, sys
lesson, names = open(sys.argv[1], encoding="utf-8").read(), {"__name__": "__main__"}
for cell in re.split("^# %%.*$", lesson, flags=re.MULTILINE):
    exec(compile(cell, "<cell>", "exec", dont_inherit=True), names)
"""


@pytest.fixture
def figures(tmp_path, monkeypatch):
    """The folder of a short run's figures; without any other wish of whoever runs the tests."""
    for name in [name for name in os.environ if name.startswith("SCRATCHGEN_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))  # as if installed, so that the folder is no matter
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")  # as our own runner does: see pass_on there
    monkeypatch.setenv("SCRATCHGEN_LESSON_QUICK", "1")
    monkeypatch.setenv("SCRATCHGEN_FIGURES", str(tmp_path / "figures"))
    return tmp_path / "figures"


@each_lesson
def test_jupytext_reads_the_cells_that_we_read(lesson):
    jupytext = pytest.importorskip("jupytext", reason="jupytext is not installed")
    notebook = jupytext.read(lesson.path, fmt="py:percent")
    theirs = [(cell.cell_type == "code", cell.source.strip()) for cell in notebook.cells]
    assert theirs == [(cell.kind == "code", cell.source.strip()) for cell in lesson.cells()]


@pytest.mark.slow
@each_lesson
def test_a_lesson_runs_in_jupyter_as_it_stands(lesson, figures):
    jupytext = pytest.importorskip("jupytext", reason="jupytext is not installed")
    nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed")
    pytest.importorskip("ipykernel", reason="ipykernel is not installed")
    notebook = jupytext.read(lesson.path)
    here = {"metadata": {"path": str(lesson.path.parent)}}  # as Jupyter does: the lesson's folder
    nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3", resources=here).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    pictures = [x for x in outputs if {"image/png", "image/webp"} & set(x.get("data", ()))]
    kept = [path for path in figures.iterdir() if not path.stem.endswith("_still")]
    assert len(pictures) == len(kept) >= 2
    assert all(path.name.startswith(lesson.name) for path in kept)


@pytest.mark.slow
@each_lesson
def test_a_lesson_runs_cell_by_cell_as_editors_do(lesson, figures):
    command = [sys.executable, "-W", "error", "-c", EDITOR, str(lesson.path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert len(list(figures.glob("*.png"))) >= 2


@pytest.mark.slow
@each_lesson
def test_a_lesson_runs_as_the_script_that_it_is(lesson, figures):
    command = [sys.executable, "-W", "error", str(lesson.path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert len(list(figures.glob(f"{lesson.name}_*.png"))) >= 2
