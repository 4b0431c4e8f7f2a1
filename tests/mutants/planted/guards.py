"""What is planted in `guards.py`."""

from tests.mutants.planted.mutant import Mutant

PLANTED: dict[str, list[Mutant]] = {
    "silent where it should be loud": [
        Mutant(
            "gradients: their shapes are not compared",
            "guards.py",
            "    if shapes != found:\n",
            "    if len(shapes) != len(found):\n",
            "a scalar gradient is broadcast over a whole layer",
        ),
    ],
    "a Tensor owns its memory": [
        Mutant(
            "computed, parameter: a node may be trained",
            "guards.py",
            '        if getattr(w, "op", None) is not None:\n',
            '        if getattr(w, "op", None) == 0:\n',
            "the error comes at the first step, when others have moved",
        ),
        Mutant(
            "parameter, twice: it may be named twice",
            "guards.py",
            "        if first != i:\n",
            "        if first > i:\n",
            "a shared layer takes every step twice",
        ),
        Mutant(
            "tensor, list: a Tensor is taken for a list of its rows",
            "guards.py",
            '    if hasattr(parameters, "versions"):\n        raise TypeError(f"{who}: '
            "expected a list of Tensors, got a Tensor.",
            '    if hasattr(parameters, "versionss"):\n        raise TypeError(f"{who}: '
            "expected a list of Tensors, got a Tensor.",
            "the rows are computed, so another error speaks, or none",
        ),
        Mutant(
            "masked: the mask is dropped",
            "guards.py",
            "    if isinstance(x, numpy.ma.MaskedArray):\n",
            "    if isinstance(x, str):\n",
            "what was masked is learnt",
        ),
    ],
    "what an op cannot honour": [
        Mutant(
            "op, honour: a keyword-only argument is dropped",
            "guards.py",
            "        if p.kind not in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD):",
            "        if p.kind not in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD, "
            "p.KEYWORD_ONLY):",
            "op(x, k=3.0) computes with the default",
        ),
        Mutant(
            "op, honour: any number of arguments",
            "guards.py",
            "        if p.kind not in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD):",
            "        if p.kind not in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD, "
            "p.VAR_POSITIONAL):",
            "an IndexError, where the second argument has a gradient",
        ),
        Mutant(
            "op, positional: only such as have no slash",
            "guards.py",
            "        if p.kind not in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD):",
            "        if p.kind is not p.POSITIONAL_OR_KEYWORD:",
            "what could be honoured is refused",
        ),
    ],
    "every form of input": [
        Mutant(
            "targets, probabilities: NaN is in order",
            "guards.py",
            "    if not (low >= 0 and high <= 1):\n",
            "    if low < 0 or high > 1:\n",
            "every comparison with NaN is false",
        ),
        Mutant(
            "targets, probabilities: only arrays are looked at",
            "guards.py",
            "    if isinstance(targets, (int, float, numpy.generic)):\n",
            "    if isinstance(targets, numpy.generic):\n",
            "a number of 2 passes",
        ),
        Mutant(
            "state, floats: complex numbers are loaded",
            "guards.py",
            '        if x.dtype.kind != "f":\n            raise TypeError(f"{who}: {name}',
            '        if x.dtype.kind not in "fc":\n            raise TypeError(f"{who}: {name}',
            "the imaginary part is dropped",
        ),
        Mutant(
            "state, finite: NaN is loaded",
            "guards.py",
            "bad = x.size - int((abs(x) <= numpy.finfo(w.dtype).max).sum())",
            "bad = int((abs(x) > numpy.finfo(w.dtype).max).sum())",
            "a diverged net looks like any other",
        ),
        Mutant(
            "state, large: only the file's own type is looked at",
            "guards.py",
            "numpy.finfo(w.dtype).max",
            "numpy.finfo(x.dtype).max",
            "1e300 becomes inf in float32",
        ),
        Mutant(
            "parts, name: the second of one name wins",
            "guards.py",
            "    if len(dict(pairs)) != len(pairs):\n",
            "    if len(dict(pairs)) > len(pairs):\n",
            "a parameter is neither trained nor saved",
        ),
    ],
    "copies": [
        Mutant(
            "subclass: it is let through",
            "guards.py",
            '    raise TypeError(\n        f"class {name}(Tensor)',
            '    return TypeError(\n        f"class {name}(Tensor)',
            "its instances are data to every op: no derivative leads to them",
        ),
    ],
    "habits from elsewhere": [
        Mutant(
            "comparison, numpy: it may take a Tensor apart",
            "guards.py",
            "    def __array_function__(self, function",
            "    def __array_functions__(self, function",
            "numpy.array_equal is False, always",
        ),
        Mutant(
            "habit: an answer for an error",
            "guards.py",
            '        raise AttributeError(f"A Tensor has no',
            '        return AttributeError(f"A Tensor has no',
            "hasattr(x, 'grad') is true",
        ),
        Mutant(
            "operator, leaf: it gives the name to something new",
            "guards.py",
            '        if self.op is None:\n            raise TypeError(\n                f"w {sign}',
            '        if self.op == 0:\n            raise TypeError(\n                f"w {sign}',
            "w -= lr * g grows a graph, and the net's w stays",
        ),
        Mutant(
            "operator, computed: refused as well",
            "guards.py",
            '        if self.op is None:\n            raise TypeError(\n                f"w {sign}',
            '        if True:\n            raise TypeError(\n                f"w {sign}',
            "a loss cannot be added up",
        ),
        Mutant(
            "step, list: a loss is walked through",
            "guards.py",
            '    if hasattr(gradients, "shape") or not hasattr(gradients, "__len__"):',
            '    if not hasattr(gradients, "__len__"):',
            "an array of rows is taken for a list",
        ),
        Mutant(
            "step, list: complex gradients",
            "guards.py",
            '        if g.dtype is not value.dtype and g.dtype.kind != "f":\n',
            '        if g.dtype is not value.dtype and g.dtype.kind not in "fci":\n',
            "m has shrunk before NumPy refuses",
        ),
        Mutant(
            "gradients, device: not compared",
            "guards.py",
            "isinstance(g, HOST) != isinstance(value, HOST):",
            "isinstance(g, HOST) and isinstance(value, str):",
            "m has shrunk before the device refuses",
        ),
        Mutant(
            "wrt, answered: a method is data",
            "guards.py",
            "    if inspect.ismethod(got):\n",
            "    if got is inspect:\n",
            "the advice does not help: net.parameters is no array",
        ),
        Mutant(
            "clip, bounds: the wrong way round",
            "guards.py",
            "numpy.any(numpy.greater(low, high))",
            "False",
            "everything becomes the upper bound",
        ),
        Mutant(
            "base, logarithm: not looked at",
            "guards.py",
            "    if isinstance(x, HOST) and not numpy.all(numpy.greater(x, 0)):\n",
            "    if isinstance(x, HOST) and numpy.any(numpy.less(x, 0)):\n",
            "0 ** x has NaN for a slope",
        ),
    ],
    "arguments": [
        Mutant(
            "net, expects: a seed for a generator",
            "guards.py",
            "    if not isinstance(rng, numpy.random.Generator):\n",
            "    if not isinstance(rng, (int, numpy.random.Generator)):\n",
            "an AttributeError from inside the initialiser",
        ),
        Mutant(
            "net, expects: the name of a function",
            "guards.py",
            "    if function is None or callable(function):\n        return\n    fix",
            "    if function is None or callable(function) or isinstance(function, str):\n    "
            "    return\n    fix",
            "an error at the first batch, not where it was written",
        ),
        Mutant(
            "net, expects: weights of any shape",
            "guards.py",
            "    if numpy.shape(made) != shape:\n",
            "    if len(numpy.shape(made)) > 2:\n",
            "PyTorch's layout, until a matrix is square",
        ),
        Mutant(
            "optimiser, expects: infinity is a rate",
            "guards.py",
            '        value <= high if ends[1] == "]" else value < high\n',
            "        value <= high\n",
            "every weight is infinite after a step",
        ),
        Mutant(
            "rate, schedule: NaN is a rate",
            "guards.py",
            "    if not 0 <= lr < math.inf:  # a schedule may end at 0\n",
            "    if lr < 0 or lr == math.inf:  # a schedule may end at 0\n",
            "every weight is NaN after a step",
        ),
        Mutant(
            "check, compare: in no direction",
            "guards.py",
            '"directions", directions, 1, math.inf',
            '"directions", directions, 0, math.inf',
            "a large array is right whatever its rule",
        ),
    ],
    "public reports": [
        Mutant(
            "whole, numbers: any type is a float",
            "guards.py",
            'x.dtype.kind not in "fc":',
            'x.dtype.kind not in "fciub":',
            "16 - 0 squared is 0 in uint8",
        ),
    ],
}
