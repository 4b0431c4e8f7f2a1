"""What the sweep changed and no test noticed, since it is no bug: each with its reason."""

from __future__ import annotations

import re
from typing import NamedTuple


class Harmless(NamedTuple):
    """Changes of one line of a file, and why nobody could notice."""

    file: str
    line: str  # as it stands there, without the blanks around it
    change: str  # a regular expression for what it is changed to
    why: str


REFUSED = "a factor without axes was refused a line before"
SAME_OBJECT = "NumPy has one object for each of these types, Python for each small number"
ONE = "it has one element"
ONE_SHAPE = "the arrays are of one shape"
SAME_TYPE = "a type equals itself alone"

HARMLESS = [
    Harmless(
        "engine.py",
        "return y[..., 0] if a.ndim == b.ndim == 1 else y[..., 0, :] if a.ndim == 1 else y",
        r"ndim (<=|>=|is) ",
        REFUSED + "; and of two vectors neither has more axes",
    ),
    Harmless("engine.py", "y = y[..., 0] if b.ndim == 1 else y", "<= 1", REFUSED),
    Harmless(
        "engine.py",
        "if a.ndim > 1 and b.ndim > 1:",
        "(<|!=) 1|> 2",
        "only slower: the way for vectors is right for matrices, and both refuse 0 axes",
    ),
    Harmless("engine.py", "if x.size == 0:", "<= 0", "no size is below 0"),
    Harmless(
        "engine.py",
        "_FIXED = [0]  # the version of every array that nobody can write into through a Tensor",
        "1",
        "it is compared with itself, whatever is in it",
    ),
    *[
        Harmless("engine.py", line, r"\[(\.\.\., )? ?-1", ONE)
        for line in (
            "self.version[0] += 1",
            "return reshape(self, shape[0] if len(shape) == 1 else shape)",
            "return transpose(self, axes[0] if len(axes) == 1 else axes or None)",
            "node.versions = [(a, a.version[0]) for a in tensors if a.version is not _FIXED]",
            "return results if isinstance(wrt, Sequence) else results[0]",
            "if a.version[0] != version:",
            'f"{version}, now {a.version[0]}). Take all gradients before the optimiser\'s step, "',
            "y = y[..., 0] if b.ndim == 1 else y",
            "return y[..., 0] if a.ndim == b.ndim == 1 else y[..., 0, :] if a.ndim == 1 else y",
        )
    ],
    Harmless("engine.py", "if len(devices) > 1:", "!= 1", "a Tensor took part: it is on one"),
    Harmless(
        "engine.py",
        "if y.base is not None or y is tensors[0]._value:",
        "is not tensors",
        "only slower: the loop behind it asks each argument again",
    ),
    Harmless(
        "engine.py",
        "node.versions = [(a, a.version[0]) for a in tensors if a.version is not _FIXED]",
        ">= _FIXED",
        "only slower: it notes versions that cannot change",
    ),
    Harmless(
        "engine.py",
        "inputs = zip(op.names, map(_array, args), strict=True)",
        "strict=False",
        "an op has bound as many arguments as it has names",
    ),
    *[
        Harmless("engine.py", line, r"type\(\w+\) [!=]= |array_module.* == ", SAME_TYPE)
        for line in (
            "if type(value) is not numpy.ndarray and array_module(value) is numpy:",
            'if type(new) is Tensor or not hasattr(new, "dtype"):',
            "tensors = [a for a in args if type(a) is Tensor]",
            "values = [a._value if type(a) is Tensor else a for a in args]",
            "if type(x) is not Tensor:",
            "return x._value if type(x) is Tensor else x",
            "if type(a) is Tensor and id(a) not in seen:",
            "return g if type(g) is Tensor else Tensor(array_module(g).array(g))",
            "elif key in owned and type(part) is not Tensor:",
        )
    ],
    Harmless(
        "engine.py",
        "if x.shape == shape:",
        "x.shape is shape",
        "only a shortcut: summing over no axes gives the same",
    ),
    Harmless("engine.py", "if loss.shape != ():", "> ", "every other shape is larger than ()"),
    Harmless("engine.py", "if loss.shape != ():", "is not", "Python has one empty tuple"),
    Harmless("engine.py", "if a.version[0] != version:", "> version", "versions only grow"),
    Harmless("engine.py", "if a.version[0] != version:", "is not version", SAME_OBJECT),
    Harmless(
        "engine.py",
        "if new.shape != w.shape or new.dtype != w.dtype:",
        "dtype is not",
        SAME_OBJECT,
    ),
    Harmless("engine.py", "if a._value.dtype != y.dtype:", "is not", SAME_OBJECT),
    Harmless(
        "engine.py",
        "if shape != needed.shape or dtype != needed.dtype:",
        "dtype is not",
        SAME_OBJECT,
    ),
    Harmless(
        "engine.py",
        'return any(hasattr(i, "__len__") and getattr(i, "dtype", None) != numpy.bool_ '
        "for i in parts)",
        "(is not| or )",
        "only slower: add.at is right for every index, and put takes the short way where it may",
    ),
    Harmless(
        "engine.py",
        "if options or len(args) < len(self.names):  # rules get every argument, by position",
        "(!=|<=|is not) len",
        "only slower, or a TypeError in other words: binding leaves a full list as it is",
    ),
    Harmless(
        "functions.py",
        "if array_module(labels) is numpy and ((labels < 0) | (labels >= C)).any():",
        r"[+^] \(labels",
        "no label is both below 0 and too large",
    ),
    Harmless(
        "functions.py",
        "if array_module(labels) is numpy and ((labels < 0) | (labels >= C)).any():",
        "== numpy",
        "a module equals itself alone",
    ),
    Harmless("functions.py", "return arrays[0]", "-1", ONE),
    Harmless(
        "functions.py", "relu.gradients(x=lambda g, y, x: g * (y > 0))", "!= 0", "no y is below 0"
    ),
    Harmless(
        "functions.py",
        "return array_module(x).where(x > 0, x, slope * x)",
        ">= 0",
        "at 0, x and slope * x are 0",
    ),
    Harmless("functions.py", "if len(arrays) == 0:", "<= 0", "no length is below 0"),
    Harmless("functions.py", "if len(arrays) == 1:", "<= 1", "0 was refused a line before"),
    Harmless(
        "engine.py",
        "winners = x == expand(detach(y), x.shape, axis)",
        ">=",
        "nothing is larger than the maximum",
    ),
    Harmless(
        "optim.py",
        "for w, *arrays in zip(self.parameters, gradients, self.m, self.v, strict=True):",
        "strict=False",
        "check_gradients has counted them",
    ),
    Harmless(
        "optim.py",
        "for w, g, m in zip(self.parameters, gradients, self.m, strict=True):",
        "strict=False",
        "check_gradients has counted them",
    ),
    Harmless(
        "optim.py",
        "BLOCK = 1 << 16  "
        "# weights at a time: with g, m and v they stay in the cache from line to line",
        "<<",
        "half or twice as many: a matter of speed",
    ),
    Harmless("optim.py", "if self.t % FORGET == 0:", "<= 0", "no remainder is below 0"),
    Harmless(
        "optim.py",
        "for m, v in zip(self.m, self.v, strict=True):",
        "strict=False",
        "both were made with one array for each parameter",
    ),
    Harmless(
        "optim.py",
        "least = float(numpy.finfo(m.dtype).tiny) * 1e8  "
        "# 1e-30; beta1 = 0.9 needs 175 steps from there",
        "100000001|99999999",
        "a hundred-millionth more or less of what nobody can see",
    ),
    Harmless("optim.py", "m *= xp.abs(m) >= least", "> least", "the same, of one number"),
    Harmless("optim.py", "if arrays[0].ndim == 0:", "-1", ONE_SHAPE),
    Harmless("optim.py", "if arrays[0].ndim == 0:", "<= 0", "no array has fewer axes than 0"),
    Harmless("optim.py", "n = len(arrays[0])", "-1", ONE_SHAPE),
    Harmless(
        "optim.py",
        "rows = max(1, BLOCK * n // max(1, arrays[0].size))",
        r"max\( 2|-1",
        ONE_SHAPE + ", and two rows at a time are as right as one",
    ),
    Harmless(
        "gradcheck.py",
        "h = CENTRAL_STEP * max(1.0, float(abs(arrays[i] * (d != 0)).max(initial=0.0)))",
        r"\*\* \(d|initial= -?1",
        "it gives 1 where d is 0, or nothing is there: the maximum has 1 already",
    ),
    *[
        Harmless("gradcheck.py", line, ">=|is", "order and method are one of two, checked before")
        for line in (
            'if method == "complex":',
            "if order == 2:",
            'if method == "complex" and order == 2:',
        )
    ],
    Harmless("gradcheck.py", "compare(1, loss, _complex, 0.0)", "1.0", "1 is the least it can be"),
    Harmless("gradcheck.py", "d[index] = 1.0", "2.0", "both numbers that are compared double"),
    Harmless(
        "gradcheck.py",
        "xs = [x + (1j * COMPLEX_STEP * d if j == i else 0j) for j, x in enumerate(arrays)]",
        r"1\+1j",
        "a real part of 1e-30 vanishes beside x",
    ),
    *[
        Harmless("gradcheck.py", line, "j is i", SAME_OBJECT)
        for line in (
            "xs = [x + step * d if j == i else x for j, x in enumerate(arrays)]",
            "xs = [x + (1j * COMPLEX_STEP * d if j == i else 0j) for j, x in enumerate(arrays)]",
        )
    ],
    Harmless(
        "gradcheck.py",
        "if not abs(got - expected) <= allowed < numpy.inf:",
        "< allowed|!= numpy.inf",
        "a gap as wide as allowed, to the last bit: no number of a test is; none is above infinity",
    ),
    Harmless(
        "gradcheck.py",
        "rounding = 16 * EPS * max(1.0, size) / (h if difference is _central else 1.0)",
        "== _central",
        "a function equals itself alone",
    ),
    *[
        Harmless("gradcheck.py", line, "strict=False", "one u is drawn for each gradient")
        for line in (
            "terms = [sum(u * g) for u, g in zip(us, gradients, strict=True)]",
            "sizes = [numpy.sum(abs(u * g)) for u, g in zip(us, gradients, strict=True)]",
        )
    ],
    Harmless(
        "gradcheck.py",
        "terms += [sum(0.0 * x) for x in xs]",
        r"0\.0 [+-] x|1\.0 \* x",
        "it adds 1 or -1 to both numbers that are compared",
    ),
]


def reason(file: str, before: str, after: str) -> str:
    """Why a change is harmless, "" if nobody has said so."""
    for known in HARMLESS:
        if (file, before) == (known.file, known.line) and re.search(known.change, after):
            return known.why
    return ""
