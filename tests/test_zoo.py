"""Each fault of the zoo is found, and no right twin is blamed; needs the frameworks themselves.

    python -m pytest -m frameworks        what of PyTorch, JAX and HIPS autograd is installed
"""

import importlib

import pytest

from scratchgen.gradcheck import GradientError
from scratchgen.testing import from_hips, from_jax, from_torch, prove

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


@pytest.mark.parametrize(("adapter", "animal"), animals())
def test_the_fault_is_found(adapter, animal):
    test = prove(adapter(animal.wrong), animal.strategy, seed=0, **animal.options)
    with pytest.raises(GradientError):
        test()


@pytest.mark.parametrize(("adapter", "animal"), animals())
def test_its_right_twin_is_not_blamed(adapter, animal):
    prove(adapter(animal.right), animal.strategy, seed=0, **animal.options)()
