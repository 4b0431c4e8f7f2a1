"""Wrong answers to the exercises of lesson 4, and what the report must say of each."""

PAIRS = "for n_in, n_out in zip(widths, widths[1:], strict=False))\n"

MISTAKES = {
    "count": {
        "no biases": (
            f"def count(widths):\n    return sum(n_in * n_out {PAIRS}",
            r"count\(\[4, 3\]\): expected 15, got 12\. Each of the 3 units has .* one bias",
        ),
        "a bias for each input": (
            f"def count(widths):\n    return sum(n_in * n_out + n_in {PAIRS}",
            r"count\(\[4, 3\]\): expected 15, got 16",
        ),
        "the first layer only": (
            "def count(widths):\n    return widths[0] * widths[1] + widths[1]\n",
            r"count\(\[1, 1, 1\]\): expected 4, got 2",
        ),
        "one bias a layer": (
            f"def count(widths):\n    return sum(n_in * n_out + 1 {PAIRS}",
            r"expected 15, got 13",
        ),
    },
    "leaky_spread": {
        "He's": (
            "def leaky_spread(n_in, a):\n    return math.sqrt(2 / n_in)\n",
            r"leaky_spread\(100, 1\): expected 0\.1, got 0\.141.*For a = 1 what comes out is y",
        ),
        "a without its square": (
            "def leaky_spread(n_in, a):\n    return math.sqrt(2 / ((1 + a) * n_in))\n",
            r"For n_in = 64 and a = 0\.5 it gives 0\.1443.*the size by 0\.91\d+, and ten",
        ),
        "the variance": (
            "def leaky_spread(n_in, a):\n    return 2 / ((1 + a**2) * n_in)\n",
            r"leaky_spread\(50, 0\): expected 0\.2, got 0\.04",
        ),
        "the wrong way round": (
            "def leaky_spread(n_in, a):\n    return math.sqrt(2 * (1 + a**2) / n_in)\n",
            r"leaky_spread\(100, 1\): expected 0\.1, got 0\.2",
        ),
    },
    "layer_gradients": {
        "not through the ReLU": (
            "def layer_gradients(x, W, b, g):\n    return g @ W.T, x.T @ g, g.sum(axis=0)\n",
            r"b = \[-7\].*expected 0, got 5.*The slope of the ReLU is 0 there",
        ),
        "open where g is positive": (
            "def layer_gradients(x, W, b, g):\n    s = g * (g > 0)\n"
            "    return s @ W.T, x.T @ s, s.sum(axis=0)\n",
            r"expected 0, got 5.*The sum is 3 - 7 = -4",
        ),
        "b is forgotten in the sum": (
            "def layer_gradients(x, W, b, g):\n    s = g * (x @ W > 0)\n"
            "    return s @ W.T, x.T @ s, s.sum(axis=0)\n",
            r"b = \[-7\].*expected 0, got 5",
        ),
        "the mean for b": (
            "def layer_gradients(x, W, b, g):\n    s = g * (x @ W + b > 0)\n"
            "    return s @ W.T, x.T @ s, s.mean(axis=0)\n",
            r"the gradient of b.*expected 11, got 5\.5\. Both images use",
        ),
        "another order": (
            "def layer_gradients(x, W, b, g):\n    s = g * (x @ W + b > 0)\n"
            "    return x.T @ s, s.sum(axis=0), s @ W.T\n",
            r"the gradient with respect to x: expected shape \(4, 3\), got \(3, 2\)",
        ),
        "b for each image": (
            "def layer_gradients(x, W, b, g):\n    s = g * (x @ W + b > 0)\n"
            "    return s @ W.T, x.T @ s, s\n",
            r"with respect to b: expected shape \(2,\), got \(4, 2\)",
        ),
    },
    "odd_of_three": {
        "the lesson's, for two": (
            "def odd_of_three():\n"
            "    return np.ones((3, 2)), np.array([0.0, -1.0]), np.array([1.0, -2.0])",
            r"\[1, 1, 1\], 3 of them up, it gives -1, and it should give 1",
        ),
        "one wakes up too early": (
            "def odd_of_three():\n"
            "    return np.ones((3, 3)), np.array([0.0, -1.0, -1.0]), np.array([1.0, -2.0, 2.0])",
            r"2 of them up, it gives 2, and it should give 0",
        ),
        "two inputs": (
            "def odd_of_three():\n"
            "    return np.ones((2, 2)), np.array([0.0, -1.0]), np.array([1.0, -2.0])",
            r"W: expected shape \(3, 2\), got \(2, 2\)\. W has a row for each switch",
        ),
        "the answers themselves": (
            "def odd_of_three():\n    return [0, 1, 1, 0, 1, 0, 0, 1]",
            r"It should return three arrays \(W, b, v\); it returns",
        ),
    },
    "sigmoid_start": {
        "the usual": (
            "def sigmoid_start(n_in, n_out, rng):\n"
            "    return rng.standard_normal((n_in, n_out)) / 8, np.zeros(n_out)\n",
            r"of a gradient is left \(seed 0\).*each layer shrinks .*\. Take larger weights",
        ),
        "large weights alone": (
            "def sigmoid_start(n_in, n_out, rng):\n"
            "    return rng.standard_normal((n_in, n_out)) / 2, np.zeros(n_out)\n",
            r"The sums lie where the sigmoid is flat\. Which b brings them back",
        ),
        "the whole sum": (
            "def sigmoid_start(n_in, n_out, rng):\n"
            "    W = rng.standard_normal((n_in, n_out)) / 2\n    return W, -W.sum(axis=0)\n",
            r"The sums lie where the sigmoid is flat",
        ),
        "the sum along the wrong axis": (
            "def sigmoid_start(n_in, n_out, rng):\n"
            "    W = rng.standard_normal((n_in, n_out)) / 2\n    return W, -W.sum(axis=1) / 2\n",
            r"For 5 inputs and 3 units W and b have the shapes \[\(5, 3\), \(5,\)\]",
        ),
        "no draw": (
            "def sigmoid_start(n_in, n_out, rng):\n"
            "    return np.ones((n_in, n_out)), np.zeros(n_out) - n_in / 2\n",
            r"Two seeds of rng gave the same weights",
        ),
        "weights only": (
            "def sigmoid_start(n_in, n_out, rng):\n"
            "    return rng.standard_normal((n_in, n_out)) / 2\n",
            r"It should return two arrays \(W, b\); it returns",
        ),
    },
}
