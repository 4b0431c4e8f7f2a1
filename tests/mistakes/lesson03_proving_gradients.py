"""Wrong answers to the exercises of lesson 3, and what the report must say of each."""


def pairs_of(
    a, b, side="strategies.integers(1, 4)", numbers="strategies.integers(-9, 9).map(float)"
):
    """The text of a `matrix_pairs` that draws matrices of the shapes `a` and `b`."""
    return (
        "def matrix_pairs():\n"
        "    @strategies.composite\n"
        "    def drawn(pick):\n"
        f"        n, k, m = (pick({side}) for _ in range(3))\n"
        f"        numbers = {numbers}\n"
        f"        return pick(arrays({a}, numbers)), pick(arrays({b}, numbers))\n"
        "    return drawn()"
    )


MISTAKES = {
    "matrix_pairs": {
        "squares alone": (
            "def matrix_pairs():\n    return lesson_two_squares()",
            r"In all 150 pairs that it drew, n and k are equal\. Pick each size by itself",
        ),
        "two inner sides": (
            pairs_of("(n, k)", "(m, k)"),
            r"A of shape \(1, 1\) and B of \(2, 1\) cannot be multiplied",
        ),
        "A is a square": (
            pairs_of("(k, k)", "(k, m)"),
            r"In all 150 pairs that it drew, n and k are equal",
        ),
        "sides up to 3": (
            pairs_of("(n, k)", "(k, m)", side="strategies.integers(1, 3)"),
            r"Of 150 pairs that it drew, none has n = 4",
        ),
        "sides from 0": (
            pairs_of("(n, k)", "(k, m)", side="strategies.integers(0, 4)"),
            r"A has the shape \(\d, \d\): rows and columns should be 1 to 4",
        ),
        "ones alone": (
            pairs_of("(n, k)", "(k, m)", numbers="strategies.just(1.0)"),
            r"We planted a bug: the rule of B returns ones .*None of 150 pairs shows it",
        ),
        "no negative numbers": (
            pairs_of("(n, k)", "(k, m)", numbers="strategies.integers(0, 9).map(float)"),
            r"We planted a bug: the rule of A takes the sizes of the numbers in B",
        ),
        "it is not called": (
            "def matrix_pairs():\n    return lesson_two_squares",
            r"Call it: what @strategies\.composite makes is a function",
        ),
        "one pair": (
            "def matrix_pairs():\n    return np.ones((1, 3)), np.ones((3, 2))",
            r"expected a strategy, got \(\[\[1\.0, 1\.0, 1\.0\]\]",
        ),
    },
    "is_fair": {
        "the left slope is taken for the smaller": (
            "def is_fair(f, x, slope, h=1e-6):\n"
            "    left, right = (f(x) - f(x - h)) / h, (f(x + h) - f(x)) / h\n"
            "    return left - 10 * h <= slope <= right + 10 * h",
            r"is_fair\(-max\(x, 0\), 0, -1\) is False\. The one-sided slopes are -1 and 0",
        ),
        "the central difference": (
            "def is_fair(f, x, slope, h=1e-6):\n"
            "    return abs((f(x + h) - f(x - h)) / (2 * h) - slope) < 10 * h",
            r"is_fair\(abs, 0, -1\) is False",
        ),
        "no room": (
            "def is_fair(f, x, slope, h=1e-6):\n"
            "    left, right = (f(x) - f(x - h)) / h, (f(x + h) - f(x)) / h\n"
            "    return min(left, right) <= slope <= max(left, right)",
            r"is_fair\(\w+, .*\) is False.*Leave a little room|The one-sided slopes are",
        ),
        "too much room": (
            "def is_fair(f, x, slope, h=1e-6):\n"
            "    left, right = (f(x) - f(x - h)) / h, (f(x + h) - f(x)) / h\n"
            "    return min(left, right) - 0.1 <= slope <= max(left, right) + 0.1",
            r"is_fair\(abs, 0, -1\.001\) is True\. The one-sided slopes are -1 and 1",
        ),
        "one side alone": (
            "def is_fair(f, x, slope, h=1e-6):\n"
            "    return abs((f(x + h) - f(x)) / h - slope) <= 10 * h",
            r"is_fair\(abs, 0, -1\) is False",
        ),
        "no return": (
            "def is_fair(f, x, slope, h=1e-6):\n    left = (f(x) - f(x - h)) / h",
            r"expected True or False, got None",
        ),
    },
    "complex_step": {
        "central differences": (
            "def complex_step(f, x):\n"
            "    h = 6e-6\n"
            "    slopes = np.zeros(x.shape)\n"
            "    for at in np.ndindex(x.shape):\n"
            "        d = np.zeros(x.shape)\n"
            "        d[at] = h\n"
            "        slopes[at] = (f(x + d) - f(x - d)) / (2 * h)\n"
            "    return slopes",
            r"is off by .*: too few digits. A difference of two values",
        ),
        "all elements at once": (
            "def complex_step(f, x):\n    return f(x + 1e-30j).imag / 1e-30 * np.ones(x.shape)",
            r"at \[1, 2\], the gradient at index 0: expected 3, got 15",
        ),
        "one number": (
            "def complex_step(f, x):\n    return f(x + 1e-30j).imag / 1e-30",
            r"x of shape \(2, 3\): expected shape \(2, 3\), got \(\)",
        ),
        "not divided by h": (
            "def complex_step(f, x):\n"
            "    slopes = np.zeros(x.shape)\n"
            "    for at in np.ndindex(x.shape):\n"
            "        z = x.astype(complex)\n"
            "        z[at] += 1e-30j\n"
            "        slopes[at] = f(z).imag\n"
            "    return slopes",
            r"the gradient at index 0: expected 3, got 3e-30",
        ),
        "it writes into x": (
            "def complex_step(f, x):\n"
            "    slopes = np.zeros(x.shape)\n"
            "    for at in np.ndindex(x.shape):\n"
            "        z = x.astype(complex)\n"
            "        z[at] += 1e-30j\n"
            "        slopes[at] = f(z).imag / 1e-30\n"
            "    x += 0.1\n"
            "    return slopes",
            r"x was \[1, 2\] and is \[1.1, 2.1\] after the call",
        ),
        "a step too large": (
            "def complex_step(f, x):\n"
            "    slopes = np.zeros(x.shape)\n"
            "    for at in np.ndindex(x.shape):\n"
            "        z = x.astype(complex)\n"
            "        z[at] += 1e-4j\n"
            "        slopes[at] = f(z).imag / 1e-4\n"
            "    return slopes",
            r"too few digits",
        ),
    },
    "gate_rules": {
        "sum_to is forgotten": (
            "def gate_rules(g, y, x, s):\n    c = sigmoid(s)\n    return g * c, g * y * (1 - c)",
            r"dL/ds: expected shape \(3,\), got \(2, 3\)\. What went to the copies adds up: sum_to",
        ),
        "g is forgotten in one": (
            "def gate_rules(g, y, x, s):\n"
            "    c = sigmoid(s)\n"
            "    return sum_to(g * c, x.shape), sum_to(y * (1 - c), s.shape)",
            r"at x = 3, s = 0, g = 2, dL/ds: expected 1\.5, got 0\.75\. .* is g in both",
        ),
        "s for its sigmoid": (
            "def gate_rules(g, y, x, s):\n"
            "    return sum_to(g * sigmoid(s), x.shape), sum_to(g * x * s * (1 - s), s.shape)",
            r"at x = 3, s = 0, g = 1, dL/ds: expected 0\.75, got 0",
        ),
        "NumPy's exp": (
            "def gate_rules(g, y, x, s):\n"
            "    c = 1 / (1 + np.exp(-s))\n"
            "    return sum_to(g * c, x.shape), sum_to(g * y * (1 - c), s.shape)",
            r"(?s)Tensor.*line \d+: c = 1 / \(1 \+ np\.exp",
        ),
        "one of the two": (
            "def gate_rules(g, y, x, s):\n    return sum_to(g * sigmoid(s), x.shape)",
            r"expected a pair \(dL/dx, dL/ds\)",
        ),
        "right where s is 0 only": (
            "def gate_rules(g, y, x, s):\n"
            "    return sum_to(g * sigmoid(s), x.shape), sum_to(g * x * 0.25, s.shape)",
            r"(?s)gate: derivative of order 1 is wrong for argument 1",
        ),
    },
    "second_slope": {
        "unchanged": (
            "def second_slope(f, x):\n    return lesson_second_slope(f, x)",
            r"second_slope\(\w+, .*\) is off by .*, allowed 1e-06\. Truncation leaves",
        ),
        "eps of float64 for both": (
            "def second_slope(f, x):\n"
            "    h = float(np.finfo(np.float64).eps ** 0.25)\n"
            "    return (f(x + h) - 2 * f(x) + f(x - h)) / h**2",
            r"is off by .*, allowed 0\.01\. .* eps is that of float32",
        ),
        "one step that suits float32": (
            "def second_slope(f, x):\n"
            "    h = 0.02\n"
            "    return (f(x + h) - 2 * f(x) + f(x - h)) / h**2",
            r"is off by .*, allowed 1e-06\.",
        ),
        "a step of float64 for all": (
            "def second_slope(f, x):\n"
            "    h = np.finfo(np.float64).eps ** 0.25\n"
            "    return (f(x + h) - 2 * f(x) + f(x - h)) / h**2",
            r"x is float32, but the result is float64\. A step that is a NumPy float64",
        ),
        "no return": (
            "def second_slope(f, x):\n    h = np.finfo(x.dtype).eps ** 0.25",
            r"is None. Does the function end with a return",
        ),
    },
    "passes_with_ones": {
        "the right rule": (
            "def passes_with_ones():\n    return lambda g, y, x: g - g.mean()",
            r"and so do the differences: it is right\. Give one that is wrong",
        ),
        "a rule that ones find out": (
            "def passes_with_ones():\n    return lambda g, y, x: g",
            r"for g of ones, your rule's gradient.*: expected 0, got 1\. .*so differences say 0",
        ),
        "no rule but its result": (
            "def passes_with_ones():\n    return np.zeros(3)",
            r"expected a function of \(g, y, x\), got \[0\.0, 0\.0, 0\.0\]",
        ),
        "of another shape": (
            "def passes_with_ones():\n    return lambda g, y, x: 0 * g.sum()",
            r"for x of shape \(3,\): expected shape \(3,\), got \(\)",
        ),
    },
}
