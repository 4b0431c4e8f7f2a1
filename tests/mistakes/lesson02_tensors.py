"""Wrong answers to the exercises of lesson 2, and what the report must say of each."""

RULES = "outer.gradients(\n    a=lambda g, y, a, b: {a},\n    b=lambda g, y, a, b: {b},\n)"
OUTER = "@op\ndef outer(a, b):\n    return numpy.multiply.outer(a, b)\n\n"

MISTAKES = {
    "squared_distance": {
        "row by row": (
            "def squared_distance(w, x):\n    return row_by_row(w, x)",
            r"for 50 rows the graph has 201 Tensors\. A loop over rows",
        ),
        "the mean": (
            "def squared_distance(w, x):\n    return ((x - w) * (x - w)).mean()",
            r"squared_distance of w = \[0\.0, 0\.0\].*expected 5, got 1\.25",
        ),
        "a sum for each row": (
            "def squared_distance(w, x):\n    return ((x - w) * (x - w)).sum(axis=1)",
            r"expected shape \(\), got \(2,\)\. Sum over the rows as well",
        ),
        "the value, without its history": (
            "def squared_distance(w, x):\n    return ((x - w.value) ** 2).sum()",
            r"w is forgotten\. Was w\.value used, or detach",
        ),
        "half of it without its history": (
            "def squared_distance(w, x):\n    return ((x - w) * (x - w.value)).sum()",
            r"w's gradient at index 0: expected -36, got -18",
        ),
        "NumPy's sum of squares": (
            "def squared_distance(w, x):\n    return numpy.square(x - w).sum()",
            r"(?s)NumPy's functions take no Tensors.*line \d+: return numpy\.square",
        ),
    },
    "pick_rule": {
        "the last one wins": (
            "def pick_rule(g, index, n):\n"
            "    back = numpy.zeros(n)\n"
            "    back[index] = g\n"
            "    return back",
            r"\[0, 0, 2\], 4\) at index 0: expected 3, got 2\..*used twice",
        ),
        "NumPy adds once for each place": (
            "def pick_rule(g, index, n):\n"
            "    back = numpy.zeros(n)\n"
            "    back[index] += g\n"
            "    return back",
            r"\[0, 0, 2\], 4\) at index 0: expected 3, got 2\..*contributions add up",
        ),
        "picked once more": (
            "def pick_rule(g, index, n):\n    return g[index]",
            r"(?s)pick_rule|index 3",
        ),
        "too short": (
            "def pick_rule(g, index, n):\n    return numpy.bincount(index, g)",
            r"\[0, 0, 2\], 4\).*expected",
        ),
        "it writes into g": (
            "def pick_rule(g, index, n):\n"
            "    back = numpy.bincount(index, g, n)\n"
            "    g *= 0\n"
            "    return back",
            r"It writes into g: make a new array",
        ),
    },
    "outer": {
        "no rule for b": (
            OUTER + "outer.gradients(a=lambda g, y, a, b: sum(g * b, axis=1))",
            r"no rule for b\. Below the function: outer\.gradients\(a=lambda g, y, a, b",
        ),
        "no op": (
            "def outer(a, b):\n    return numpy.multiply.outer(a, b)",
            r"It is no op\. Keep the @op",
        ),
        "the wrong axis": (
            OUTER + RULES.format(a="sum(g * b, axis=0)", b="sum(g.T * a, axis=1)"),
            r"The rule of outer for 'a' returned float64 \(3,\), expected float64 \(2,\)",
        ),
        "the other argument is forgotten": (
            OUTER + RULES.format(a="sum(g * b, axis=1)", b="sum(g, axis=0)"),
            r"derivative of order 1 is wrong for argument 1",
        ),
        "a rule that is not made of ops": (
            OUTER + RULES.format(
                a="numpy.dot(getattr(g, 'value', g), getattr(b, 'value', b))",
                b="sum(g.T * a, axis=1)",
            ),
            r"(?s)derivative of order 2 is wrong for argument 0.*made of ops alone",
        ),
        "NumPy's sum": (
            OUTER + RULES.format(a="numpy.multiply(g, b).sum(axis=1)", b="sum(g.T * a, axis=1)"),
            r"(?s)NumPy's functions take no Tensors.*line \d+: a=lambda",
        ),
    },
    "shapes_it_gets_wrong": {
        "sizes that tell the axes apart": (
            "def shapes_it_gets_wrong():\n    return (2, 3), (3,)",
            r"it is right there: of x = \[\[1\.0, 2\.0, 3\.0\].*both give \[5\.0, 7\.0, 9\.0\]",
        ),
        "the first of two axes": (
            "def shapes_it_gets_wrong():\n    return (2, 2), (2, 1)",
            r"From the left, its first axis that fits was the right one",
        ),
        "shapes that do not fit": (
            "def shapes_it_gets_wrong():\n    return (2, 2), (3,)",
            r"\(3,\) does not broadcast to \(2, 2\)",
        ),
        "a single shape": (
            "def shapes_it_gets_wrong():\n    return 2, 2",
            r"expected two shapes, such as \(\(2, 3\), \(3,\)\), got \(2, 2\)",
        ),
    },
}  # fmt: skip
