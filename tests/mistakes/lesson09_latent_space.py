"""Wrong answers to the exercises of lesson 9, and what the report must say of each."""

TABLE = """\
def information(counts):
    p = counts / counts.sum()
    alone = p.sum(axis=1, keepdims=True) * p.sum(axis=0)
"""

MISTAKES = {
    "information": {
        "stumbles over empty fields": (
            TABLE + "    with np.errstate(all='ignore'):\n"
            "        return (p * np.log(p / alone)).sum()",
            r"information\(\[\[8, 0\], \[0, 8\]\]\) is nan.*an empty one adds nothing",
        ),
        "in yes-or-no answers": (
            TABLE + "    seen = p > 0\n    return (p[seen] * np.log2(p[seen] / alone[seen])).sum()",
            r"information\(\[\[8, 0\], \[0, 8\]\]\): expected 0\.693147, got 1",
        ),
        "counts for shares": (
            "def information(counts):\n"
            "    alone = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0)\n"
            "    seen = counts > 0\n"
            "    return (counts[seen] * np.log(counts[seen] / alone[seen])).sum()",
            r"expected 0\.693147, got -\d+",
        ),
        "the mean over the fields": (
            TABLE + "    seen = p > 0\n    return np.log(p[seen] / alone[seen]).mean()",
            r"information\(\[\[6, 2\], \[2, 6\]\]\): expected 0\.130812, got -.*by its share",
        ),
        "all fields alike": (
            "def information(counts):\n"
            "    p = counts / counts.sum()\n"
            "    seen = p > 0\n"
            "    return (p[seen] * np.log(p[seen] * p.size)).sum()",
            r"expected \S+, got \S+ *.*A row's share is its sum over n",
        ),
    },
    "direction_holding": {
        "the lesson's": (
            "def direction_holding(z, factor, other):\n    return difference_of_means(z, factor)",
            r"letters of .*the direction of lean at index 1: expected 0, got 0\.5.*among the bold",
        ),
        "the thin ones alone": (
            "def direction_holding(z, factor, other):\n"
            "    return difference_of_means(z[other == 0], factor[other == 0])",
            r"grows by 1 among thin letters and by 3 among bold.*expected 2, got 1.*and their mean",
        ),
        "by how many there are": (
            "def direction_holding(z, factor, other):\n"
            "    kinds = [difference_of_means(z[other == k], factor[other == k]) for k in (0, 1)]\n"
            "    return np.average(kinds, axis=0, weights=[(other == 0).sum(), other.sum()])",
            r"expected 2, got 1\.4.*however many letters it has",
        ),
        "their sum": (
            "def direction_holding(z, factor, other):\n"
            "    kinds = [difference_of_means(z[other == k], factor[other == k]) for k in (0, 1)]\n"
            "    return np.sum(kinds, axis=0)",
            r"the direction of lean at index 0: expected 1, got 2",
        ),
        "the other's direction taken off": (
            "def direction_holding(z, factor, other):\n"
            "    return difference_of_means(z, factor) - difference_of_means(z, other)",
            r"the direction of lean at index 0: expected 1, got 0\.5",
        ),
    },
    "pattern": {
        "the lesson's step": (
            "def pattern(z, w):\n    return w / (w @ w)",
            r"pattern of w = \(1, -5\) at index 0: expected 1, got 0\.03.*not how to read it",
        ),
        "not divided": (
            "def pattern(z, w):\n    return np.cov(z.T, bias=True) @ w",
            r"at index 0: expected 1, got 0\.25",
        ),
        "about 0": (
            "def pattern(z, w):\n    return (z @ w) @ (z - 1) / ((z @ w) @ (z @ w))",
            r"expected \S+, got \S+",
        ),
        "codes as they are, far from 0": (
            "def pattern(z, w):\n"
            "    z = z - FOUR_MEAN if abs(z).max() < 3 else z\n"
            "    return (z @ w) @ z / ((z @ w) @ (z @ w))\n\n"
            "FOUR_MEAN = np.array([1.0, 0.1])",
            r"the pattern, codes \+ 10, .*expected .*Take the means away",
        ),
    },
    "needle": {
        "the lesson's four letters": (
            "def needle():\n"
            "    lean, bold = np.array([0, 1, 0, 1]), np.array([0, 0, 1, 1])\n"
            "    return np.stack([lean + bold, bold / 5], axis=1), lean",
            r"The weights are \[1\.0, -5\.0\].*: 79 degrees\. The fainter the echo",
        ),
        "the slant itself": (
            "def needle():\n"
            "    lean, bold = np.array([0, 1, 0, 1]), np.array([0, 0, 1, 1])\n"
            "    return np.stack([lean, bold], axis=1), lean",
            r": 0 degrees\.",
        ),
        "an echo of something else": (
            "def needle():\n"
            "    lean, bold = np.array([0, 1, 0, 1, 1]), np.array([0, 0, 1, 1, 1])\n"
            "    return np.stack([lean + bold, [0, 0, 0, 0.1, 0]], axis=1), lean",
            r"The best weighted sum is off by up to 0\.\d+",
        ),
        "no echo": (
            "def needle():\n"
            "    lean, bold = np.array([0, 1, 0, 1]), np.array([0, 0, 1, 1])\n"
            "    return np.stack([lean + bold, 0 * bold], axis=1), lean",
            r"A number of the code is the same for all letters",
        ),
    },
    "nothing_by_itself": {
        "the factors themselves": (
            "def nothing_by_itself(f, g):\n    return np.stack([f, g], axis=1)",
            r"The MIG is 0\.9\d .*tell equally much",
        ),
        "their sum, twice": (
            "def nothing_by_itself(f, g):\n    return np.stack([f + g, 2 * (f + g)], axis=1)",
            r"off by up to \S+ for f\. Mix f and g in two ways that can be undone",
        ),
        "a small turn": (
            "def nothing_by_itself(f, g):\n    return np.stack([f + 0.2 * g, g - 0.2 * f], axis=1)",
            r"The MIG is 0\.[3-9]\d .*Both numbers should tell equally",
        ),
        "noise": (
            "def nothing_by_itself(f, g):\n    return np.random.default_rng(0).random((len(f), 2))",
            r"off by up to \S+ for f",
        ),
    },
}
