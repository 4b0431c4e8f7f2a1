"""Wrong answers to the exercises of lesson 16, and what the report must say of each."""

MISTAKES = {
    "one_hot": {
        "NumPy's arange": (
            "def one_hot(labels, classes):\n"
            "    return (labels[:, None] == np.arange(classes)).astype('float32')",
            r"(?s)one_hot.*is refused: a NumPy array meets.*array_module\(x\).*line \d+: return",
        ),
        "rows of NumPy's eye": (
            "def one_hot(labels, classes):\n    return np.eye(classes, dtype='float32')[labels]",
            r"is refused|which is not there",
        ),
        "a list of the labels": (
            "def one_hot(labels, classes):\n"
            "    return array_module(labels).eye(classes, dtype='float32')[labels.tolist()]",
            r"one_hot of 4 labels: downloads 1, expected 0",
        ),
        "a label at a time": (
            "def one_hot(labels, classes):\n"
            "    y = array_module(labels).zeros((len(labels), classes), 'float32')\n"
            "    for i in range(len(labels)):\n"
            "        y[i, int(labels[i])] = 1\n"
            "    return y",
            r"one_hot of 4 labels: downloads 4, expected 0",
        ),
        "classes uploaded each time": (
            "def one_hot(labels, classes):\n"
            "    return (labels[:, None] == asarray(np.arange(classes))).astype('float32')",
            r"one_hot of 4 labels: uploads 1, expected 0",
        ),
        "truths, not numbers": (
            "def one_hot(labels, classes):\n"
            "    return labels[:, None] == array_module(labels).arange(classes)",
            r"is bool; end with \.astype\('float32'\)",
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
            r"is refused: NumPy cannot read an array of the device",
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
