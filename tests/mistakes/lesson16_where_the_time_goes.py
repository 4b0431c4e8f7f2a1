"""Wrong answers to the exercises of lesson 16, and what the report must say of each."""

MISTAKES = {
    "gather": {
        "unchanged": (
            "def gather(m, g, beta):\n    return beta * m + g",
            r"m itself, after gather\(m, g, 0\.5\), at index 0: expected 10\.5, got 1",
        ),
        "copied into m": (
            "def gather(m, g, beta):\n    m[...] = beta * m + g\n    return m",
            r"for m of 400,000 bytes it asks for [48]\d\d,\d+ bytes more, [12]\.0 arrays",
        ),
        "the product is new": (
            "def gather(m, g, beta):\n    np.add(beta * m, g, out=m)\n    return m",
            r"400,\d+ bytes more, 1\.0 arrays\. `m \*= beta` needs none",
        ),
        "into g": (
            "def gather(m, g, beta):\n    m *= beta\n    g += m\n    return g",
            r"g was \[10\.0, 10\.0\] and is \[10\.5, 11\.0\] afterwards",
        ),
        "added first": (
            "def gather(m, g, beta):\n    m += g\n    m *= beta\n    return m",
            r"at index 0: expected 10\.5, got 5\.5",
        ),
    },
    "least_seconds": {
        "one after the other": (
            "def least_seconds(N, D, H, P, B):\n"
            "    return 2 * N * D * H / P + 4 * (N * D + D * H + N * H) / B",
            r"1, 100, 100, 1e\+09, 1e\+09\): expected 4\.08e-05, got 6\.08e-05\. There are 20,000",
        ),
        "the shorter": (
            "def least_seconds(N, D, H, P, B):\n"
            "    return min(2 * N * D * H / P, 4 * (N * D + D * H + N * H) / B)",
            r"expected 4\.08e-05, got 2e-05",
        ),
        "numbers, not bytes": (
            "def least_seconds(N, D, H, P, B):\n"
            "    return max(2 * N * D * H / P, (N * D + D * H + N * H) / B)",
            r"got 2e-05\. There are 20,000 operations and 40,800 bytes",
        ),
        "the weights alone": (
            "def least_seconds(N, D, H, P, B):\n"
            "    return max(2 * N * D * H / P, 4 * D * H / B)",
            r"expected 4\.08e-05, got 4e-05",
        ),
    },
    "to_batches": {
        "each batch uploaded": (
            "def to_batches(x, size, rng):\n"
            "    order = rng.permutation(len(x))\n"
            "    for start in range(0, len(x), size):\n"
            "        yield asarray(x[order[start : start + size]])",
            r"25 batches: uploads 25, expected at most 2",
        ),
        "row numbers uploaded": (
            "def to_batches(x, size, rng):\n"
            "    x, order = asarray(x), rng.permutation(len(x))\n"
            "    for start in range(0, len(x), size):\n"
            "        yield x[order[start : start + size]]",
            r"uploads 26, expected at most 2\. .* row numbers of the host",
        ),
        "the rest is dropped": (
            "def to_batches(x, size, rng):\n"
            "    x, order = asarray(x), asarray(rng.permutation(len(x)))\n"
            "    for start in range(0, len(x) - size + 1, size):\n"
            "        yield x[order[start : start + size]]",
            r"10 rows, size 4, gives batches of \[4, 4\] rows, expected \[4, 4, 2\]",
        ),
        "x is shuffled in place": (
            "def to_batches(x, size, rng):\n"
            "    rng.shuffle(x)\n"
            "    x = asarray(x)\n"
            "    for start in range(0, len(x), size):\n"
            "        yield x[start : start + size]",
            r"x itself has been put in another order",
        ),
        "never shuffled": (
            "def to_batches(x, size, rng):\n"
            "    x = asarray(x)\n"
            "    return [x[start : start + size] for start in range(0, len(x), size)]",
            r"100 rows come in the order they had",
        ),
        "left on the host": (
            "def to_batches(x, size, rng):\n"
            "    order = rng.permutation(len(x))\n"
            "    return [x[order[i : i + size]] for i in range(0, len(x), size)]",
            r"batch 0 is a numpy\.ndarray, which is not there",
        ),
        "one batch returned": (
            "def to_batches(x, size, rng):\n"
            "    x, order = asarray(x), asarray(rng.permutation(len(x)))\n"
            "    for start in range(0, len(x), size):\n"
            "        return x[order[start : start + size]]",
            r"expected many batches: yield each",
        ),
    },
    "mean_loss": {
        "unchanged": (
            "def mean_loss(step, batches):\n    return read_each(step, batches)",
            r"mean_loss of 100 steps: downloads 100, expected at most 1",
        ),
        "never read": (
            "def mean_loss(step, batches):\n"
            "    losses = [step(x) for x in batches]\n"
            "    return sum(losses) / len(losses)",
            r"is a DeviceArray, expected a float",
        ),
        "NumPy's mean": (
            "def mean_loss(step, batches):\n"
            "    return float(np.mean([step(x) for x in batches]))",
            r"is refused: Implicit conversion to a NumPy array is not allowed",
        ),
        "the sum": (
            "def mean_loss(step, batches):\n    return float(sum(step(x) for x in batches))",
            r"mean_loss of losses \[1\.0, 3\.0\]: expected 2, got 4",
        ),
        "batches counted by len": (
            "def mean_loss(step, batches):\n"
            "    return float(sum(step(x) for x in batches)) / len(batches)",
            r"has no len\(\)",
        ),
    },
    "stuck": {
        "nothing left": (
            "def stuck():\n    return 0.0, 0.9",
            r"x = 0\.0 is 0\.0 as a float32, expected a number above 0",
        ),
        "too small for a float32": (
            "def stuck():\n    return 1e-300, 0.9",
            r"x = 1e-300 is 0\.0 as a float32",
        ),
        "still shrinking": (
            "def stuck():\n    return 1e-40, 0.9",
            r"it has moved\. Go on from there",
        ),
        "hardly a factor": (
            "def stuck():\n    return 1.0, 1 - 1e-9",
            r"the factor is 0\.999999999, expected above 0, at most 0\.9",
        ),
        "without end": (
            "def stuck():\n    return float('inf'), 0.9",
            r"x is inf, which is no finite float32",
        ),
    },
    "centred": {
        "a stray np. that hides": (
            "def centred(x):\n    return x - np.mean(x, axis=0)",
            r"it runs on the device as well\. np\.mean\(x\) and the like",
        ),
        "a raise of its own": (
            "def centred(x):\n"
            "    if array_module(x) is not np:\n"
            "        raise TypeError('no devices')\n"
            "    return x - x.mean(axis=0)",
            r"it raises TypeError, but not the device's refusal: no devices",
        ),
        "the mean of all": (
            "def centred(x):\n    return x - np.asarray(x).mean()",
            r"centred\(\[\[1\.0, 0\.0\], \[3\.0, 0\.0\]\]\) at index \(0, 0\): expected -1, got 0",
        ),
    },
}
