"""What the project asks for: what is imported is declared, and minima that can be installed."""

import re

import pytest

from tests import alone, versions
from tests.test_house import LESSONS, TREES, strangers

# The package that brings a module, where they differ in name.
BROUGHT_BY = {"PIL": "pillow", "markdown_it": "markdown-it-py", "cupy": "cupy-cuda12x"}
# They rebuild a file of the project, which was done: bundled images, the maths font of the book.
NOT_FOR_PEOPLE = {"sklearn", "fontTools"}


def names(requirements):
    """The packages that a list of requirements names."""
    return {re.match(r"[\w-]+", line)[0].lower() for line in requirements}


def test_what_is_imported_is_declared():
    said = versions.project()["project"]
    extras = said["optional-dependencies"].values()
    declared = names([*said["dependencies"], *(line for extra in extras for line in extra)])
    imported = {p for tree in [*TREES.values(), *LESSONS.values()] for p, _ in strangers(tree)}
    wanted = {BROUGHT_BY.get(p, p) for p in imported - NOT_FOR_PEOPLE - {"lessons", "cupyx"}}
    assert wanted <= declared


def test_each_requirement_is_held_to_its_minimum_and_nothing_else():
    assert all(re.fullmatch(r"[\w-]+==[\d.]+(;.*)?", line) for line in versions.lowest())
    assert {"numpy", "matplotlib", "hypothesis", "hatchling"} <= names(versions.lowest())


@pytest.mark.parametrize(
    ("text", "passes", "said"),
    [
        ("def test_a():\n    pass\n", True, "1 passed"),
        ("import pytest\n\n@pytest.mark.slow\ndef test_a():\n    pass\n", True, "1 deselected"),
        ("def test_a():\n    assert 1 == 2\n", False, "assert 1 == 2"),
        ("import nowhere\n", False, "No module named 'nowhere'"),
    ],
)
def test_a_file_runs_alone_and_what_failed_is_said(text, passes, said, tmp_path):
    file, lines = tmp_path / "test_it.py", []
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = slow\naddopts = -m 'not slow'\n")
    file.write_text(text)
    assert alone.run_each([str(file)], [], lines.append) is passes
    assert said in lines[0]
    assert lines[1].endswith(f"{int(passes)} of 1 test files pass alone")
    assert lines[2:] == ([] if passes else [f"  not {file}"])
