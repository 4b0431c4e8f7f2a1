"""A lesson run in this process, so that a test can hold its names against the library's."""

from pathlib import Path
from types import ModuleType

import pytest

from lessons.runner.cells import find_lessons
from lessons.runner.choose import choose_lesson
from lessons.runner.curriculum import Course
from lessons.runner.session import Session


def run_quick(name: str, figures: Path, seed: int = 0, data: str = "digits") -> ModuleType:
    """The namespace of a lesson after all its cells have run: quick, on NumPy."""
    with pytest.MonkeyPatch.context() as patch:
        for option, value in {"QUICK": "1", "DATA": data, "SEED": str(seed)}.items():
            patch.setenv(f"SCRATCHGEN_LESSON_{option}", value)
        patch.setenv("SCRATCHGEN_BACKEND", "numpy")
        patch.setenv("SCRATCHGEN_FIGURES", str(figures))
        patch.setenv("SCRATCHGEN_LESSON", "")  # the session sets it: put back afterwards
        lesson = choose_lesson(Course(find_lessons(Path(__file__).parent.parent / "lessons")), name)
        session = Session(lesson)
        for cell in lesson.cells():
            if cell.kind == "code":
                session.run(cell)
    return session.module
