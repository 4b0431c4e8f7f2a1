"""What is planted in `gradcheck.py`."""

from tests.mutants.planted.mutant import Mutant

PLANTED: dict[str, list[Mutant]] = {
    "ones for the cotangent": [
        Mutant(
            "check_grad: a cotangent of ones",
            "gradcheck.py",
            "v = rng.standard_normal(y.shape)",
            "v = numpy.ones(y.shape)",
            "a softmax whose rule returns 0 passes: its sum is constant",
        ),
        Mutant(
            "check_grad: second derivatives along ones",
            "gradcheck.py",
            "us = [rng.standard_normal(x.shape) for x in arrays]",
            "us = [numpy.ones(x.shape) for x in arrays]",
            "a lost second derivative whose rows add up to 0 passes",
        ),
        Mutant(
            "check_grad: large arrays along directions of ones",
            "gradcheck.py",
            'yield f"random direction {n}", rng.standard_normal(x.shape) / numpy.sqrt(x.size)',
            'yield f"random direction {n}", numpy.ones(x.shape) / numpy.sqrt(x.size)',
            "gradients in the wrong places pass: only their sum is checked",
        ),
    ],
    "a checker that does not check": [
        Mutant(
            "check_grad: nan passes",
            "gradcheck.py",
            "if not abs(got - expected) <= allowed < numpy.inf:",
            "if abs(got - expected) > allowed or allowed == numpy.inf:",
            "a comparison with nan is false",
        ),
        Mutant(
            "check_grad: infinity passes",
            "gradcheck.py",
            "if not abs(got - expected) <= allowed < numpy.inf:",
            "if not abs(got - expected) <= allowed:",
            "where a difference overflows, any derivative is within a millionth part of it",
        ),
        Mutant(
            "check_grad: one part in a hundred passes",
            "gradcheck.py",
            "allowed = rtol * max(abs(got), abs(expected)) + rounding",
            "allowed = 1e-2 * max(abs(got), abs(expected)) + rounding",
            "a lost 1.001 passes",
        ),
        Mutant(
            "check_grad: absolute for relative",
            "gradcheck.py",
            "allowed = rtol * max(abs(got), abs(expected)) + rounding",
            "allowed = rtol + rounding",
            "small gradients may be anything",
        ),
        Mutant(
            "check_grad: the first element alone",
            "gradcheck.py",
            "for index in numpy.ndindex(x.shape):",
            "for index in list(numpy.ndindex(x.shape))[:1]:",
            "right for the corner that people look at",
        ),
        Mutant(
            "check_grad: the first argument alone",
            "gradcheck.py",
            "enumerate(grad((recorded or scalar)(*leaves), leaves)):",
            "enumerate(grad((recorded or scalar)(*leaves), leaves[:1])):",
            "the weights are never checked",
        ),
        Mutant(
            "check_grad: order 2 holds Tensors against Tensors",
            "gradcheck.py",
            "compare(2, slope, _central, size, recorded=partial(slope, create_graph=True))",
            "compare(2, partial(slope, create_graph=True), _central, size)",
            "a rule that is wrong on Tensors alone, but consistently, passes",
        ),
        Mutant(
            "check_grad: order 2 is order 1",
            "gradcheck.py",
            "    if order == 2:\n        us",
            "    if order == 3:\n        us",
            "a penalty's gradients are never checked",
        ),
        Mutant(
            "check_grad: a one-sided difference",
            "gradcheck.py",
            "return (at(h) - at(-h)) / (2 * h), h",
            "return (at(h) - at(0.0)) / h, h",
            "five digits for ten, so that right rules fail",
        ),
        Mutant(
            "check_grad: rounding allowed a thousand times over",
            "gradcheck.py",
            "rounding = 16 * EPS * max(1.0, size)",
            "rounding = 16e3 * EPS * max(1.0, size)",
            "small errors pass as rounding",
        ),
        Mutant(
            "check_grad: a large array along its first direction alone",
            "gradcheck.py",
            "for n in range(directions):",
            "for n in range(1):",
            "what one direction misses is missed",
        ),
    ],
    "public reports": [
        Mutant(
            "check, writes: nobody looks",
            "gradcheck.py",
            "        if not numpy.array_equal(x, same, equal_nan=True):",
            "        if x.shape != same.shape:",
            "an op that doubles its argument in place passes",
        ),
    ],
}
