"""Lines of PyTorch's own code, that make a failure again where they are pasted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..backend import Array
from .composed import Composed
from .foreign import OF_ONE_CALL, Arrays, import_of, needed


def name_of(function: Callable) -> str:
    """Return what a function is called: Mine.apply, for that of a Function.

    >>> name_of(len)
    'len'
    """
    owner = getattr(function, "__self__", None)
    if isinstance(owner, type):
        return f"{owner.__name__}.apply"
    return getattr(function, "__name__", repr(function))


def paste(
    function: Callable, name: str, arrays: Arrays, inputs: Sequence[Any] | None = None
) -> str:
    """Return lines that call check_function on these arrays, and on what else is in `inputs`.

    >>> import numpy
    >>> from importlib.util import find_spec
    >>> if find_spec("torch"):
    ...     lines = paste(needed("torch").mul, "mul", [numpy.ones(()), numpy.ones(())])
    ...     assert lines.endswith("check_function(mul, [x0, x1])")
    """
    torch = needed("torch")
    owner = getattr(function, "__self__", None)
    line = import_of(owner if isinstance(owner, type) else function, name, "torch")
    called = name if line.startswith("#") else name_of(function)
    lines = ["import torch", "from scratchgen.testing import check_function", line]
    lines += [f"x{i} = {_written(x)}" for i, x in enumerate(arrays)]
    given = [f"x{i}" for i in range(len(arrays))]
    for i, x in enumerate(inputs or ()):
        if not is_float(torch, x):
            given.insert(i, _constant(torch, x))
    return "\n".join([*lines, f"check_function({called}, [{', '.join(given)}])"])


def paste_program(function: Callable, program: Composed, arrays: Arrays) -> str:
    """Return lines that make a program, and hold it to what programs are held to.

    >>> import numpy
    >>> from importlib.util import find_spec
    >>> if find_spec("torch"):
    ...     program = Composed(len, "len", [], [[]])
    ...     assert "    y = len(a0)" in paste_program(len, program, [numpy.ones(())])
    """
    lines = paste(function, name_of(function), arrays).splitlines()
    given = ", ".join(f"x{i}" for i in range(len(arrays)))
    skip = f"skip = {list(OF_ONE_CALL)}"
    check = f"check_function(program, [{given}], skip=skip)"
    return "\n".join([*lines[:3], repr(program), *lines[3:-1], skip, check])


def _constant(torch: Any, x: Any) -> str:
    if isinstance(x, torch.Tensor):
        return f"torch.tensor({x.tolist()}, dtype={x.dtype})"
    return repr(x)


def _written(x: Array) -> str:
    """A tensor in PyTorch's own words, laid out as x is, as far as that shows a fault."""
    numbers = f"zeros({list(x.shape)}" if 0 in x.shape else f"tensor({x.tolist()}"
    made = f"torch.{numbers}, dtype=torch.float64)"
    if x.flags.c_contiguous:
        return made
    if x.flags.f_contiguous and x.ndim == 2:
        return f"{made}.t().contiguous().t()"
    return f"torch.stack([{made}] * 2, -1)[..., 0]"


def is_float(torch: Any, x: Any) -> bool:
    """Return whether x is a tensor of float64.

    >>> from importlib.util import find_spec
    >>> if find_spec("torch"):
    ...     torch = needed("torch")
    ...     assert not is_float(torch, torch.ones(2))
    """
    return isinstance(x, torch.Tensor) and x.dtype == torch.float64
