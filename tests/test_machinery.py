"""How the lessons' machinery is built, read from its sources."""

import ast
from pathlib import Path

import pytest

RUNNER = Path(__file__).parent.parent / "lessons" / "runner"
FILES = {path.stem: ast.parse(path.read_text(encoding="utf-8")) for path in RUNNER.glob("*.py")}


def imported(tree: ast.Module) -> set[str]:
    """The files of lessons/runner that one of them imports, also inside functions or for types."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            found |= {f"{node.module}.{name.name}" for name in node.names} | {str(node.module)}
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            names = [node.module] if node.module else [name.name for name in node.names]
            found |= {f"lessons.runner.{name}" for name in names}
    parts = (name.split(".") for name in found if name.startswith("lessons.runner."))
    return {names[2] for names in parts} & set(FILES)


def circles(files: dict[str, ast.Module]) -> list[str]:
    """The files that lead back to themselves."""
    leads = {name: imported(tree) for name, tree in files.items()}

    def reached(name: str, seen: set[str]) -> set[str]:
        for other in leads[name] - seen:
            seen |= {other} | reached(other, seen | {other})
        return seen

    return sorted(name for name in leads if name in reached(name, set()))


def test_no_file_of_the_runner_imports_in_a_circle():
    assert circles(FILES) == []


def test_what_an_examination_found_is_a_file_that_imports_none_of_the_others():
    assert imported(FILES["found"]) == set()
    names = {node.name for node in FILES["found"].body if isinstance(node, ast.ClassDef)}
    assert names == {"Exercise", "Outcome", "Examined"}


@pytest.mark.parametrize(
    "line",
    [
        "from lessons.runner.check import main",
        "from lessons.runner import check",
        "import lessons.runner.check",
        "from . import check",
        "from .check import main",
        "def f():\n    from lessons.runner import check",
        "if TYPE_CHECKING:\n    from lessons.runner.check import main",
    ],
)
def test_a_circle_would_be_found_however_it_is_written(line):
    assert {"check", "report"} <= set(circles(FILES | {"report": ast.parse(line)}))
