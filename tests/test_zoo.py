"""Each fault of the zoo is found, and no right twin is blamed; needs the frameworks themselves.

    python -m pytest -m frameworks        what of PyTorch, JAX and HIPS autograd is installed
"""

import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest

from scratchgen import testing
from scratchgen.gradcheck import GradientError
from scratchgen.testing import from_hips, from_jax, from_torch, prove
from tests.test_house import python_blocks, run_block

ZOOS = {"pytorch": from_torch, "hips": from_hips, "jaxes": from_jax}
pytestmark = [
    pytest.mark.frameworks,
    pytest.mark.filterwarnings("ignore"),  # the frameworks' own
]


def animals():
    """Each animal with its adapter; of a framework that is missing, one that says so."""
    for name, adapter in ZOOS.items():
        try:
            zoo = importlib.import_module(f"tests.zoo.{name}")
        except ImportError as error:
            skip = pytest.mark.skip(reason=f"{error.name} is not installed")
            yield pytest.param(adapter, None, marks=skip, id=f"{name}, all of them")
            continue
        for animal in zoo.ANIMALS:
            yield pytest.param(adapter, animal, id=f"{name}, {animal.name}")


ANIMALS = list(animals())


@pytest.mark.parametrize(("adapter", "animal"), ANIMALS)
def test_the_fault_is_found(adapter, animal):
    test = prove(adapter(animal.wrong), animal.strategy, seed=0, **animal.options)
    with pytest.raises(GradientError):
        test()


@pytest.mark.parametrize(("adapter", "animal"), ANIMALS)
def test_its_right_twin_is_not_blamed(adapter, animal):
    prove(adapter(animal.right), animal.strategy, seed=0, **animal.options)()


def test_the_page_on_proving_runs_and_prints_what_it_says(tmp_path, monkeypatch):
    for name in ("torch", "jax", "autograd"):
        pytest.importorskip(name)
    page = Path(testing.__file__).with_name("README.md").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    module = ModuleType("test_mine")  # a file of tests, from which what is pasted imports
    monkeypatch.setitem(sys.modules, "test_mine", module)
    names = vars(module)
    for line, code in python_blocks(page):
        run_block(line, code, names)
