"""Wrong answers to the exercises of lesson 10, and what the report must say of each."""

MISTAKES = {
    "beside": {
        "the label as it is": (
            "def beside(rows, labels, classes):\n"
            "    return np.concatenate([rows, labels[:, None]], axis=1)",
            r"expected shape \(2, 4\), got \(2, 2\)",
        ),
        "counted from 1": (
            "def beside(rows, labels, classes):\n"
            "    return np.concatenate([rows, np.eye(classes)[labels - 1]], axis=1)",
            r"a 1 at the label's place, counted from 0",
        ),
        "only the classes that occur": (
            "def beside(rows, labels, classes):\n"
            "    return np.concatenate([rows, np.eye(labels.max() + 1)[labels]], axis=1)",
            r"expected shape \(2, 4\), got \(2, 3\)",
        ),
        "the label first": (
            "def beside(rows, labels, classes):\n"
            "    return np.concatenate([np.eye(classes)[labels], rows], axis=1)",
            r"First the row as it is",
        ),
    },
    "restyle": {
        "encoded with the wanted label": (
            "def restyle(encode, decode, x, labels, classes):\n"
            "    every = [np.full(len(x), c) for c in range(classes)]\n"
            "    return np.stack([decode(encode(x, c), c) for c in every], axis=1)",
            r"expected 4.*got 5.*The code of 5 with its label 1 is 4",
        ),
        "decoded with its own label": (
            "def restyle(encode, decode, x, labels, classes):\n"
            "    z = encode(x, labels)\n"
            "    return np.stack([decode(z, labels) for c in range(classes)], axis=1)",
            r"expected 4.*got 5.*Decoded with 0, 1 and 2",
        ),
        "classes first": (
            "def restyle(encode, decode, x, labels, classes):\n"
            "    z = encode(x, labels)\n"
            "    return np.stack([decode(z, np.full(len(x), c)) for c in range(classes)])",
            r"expected shape \(1, 3, 1\), got \(3, 1, 1\)",
        ),
    },
    "class_posterior": {
        "the prior forgotten": (
            "def class_posterior(log_p, prior):\n"
            "    p = np.exp(log_p - log_p.max(axis=1, keepdims=True))\n"
            "    return p / p.sum(axis=1, keepdims=True)",
            r"80 thin ones and 180 bold ones",
        ),
        "out of the logarithm at once": (
            "def class_posterior(log_p, prior):\n"
            "    p = prior * np.exp(log_p)\n"
            "    return p / p.sum(axis=1, keepdims=True)",
            r"exp\(-2000\) is 0 in a computer",
        ),
        "over the images": (
            "def class_posterior(log_p, prior):\n"
            "    a = log_p + np.log(prior)\n"
            "    p = np.exp(a - a.max())\n"
            "    return p / p.sum()",
            r"For each image by itself",
        ),
    },
    "half_width": {
        "not paired": (
            "def half_width(errors, others, t=2.262):\n"
            "    both = errors.var(ddof=1) + others.var(ddof=1)\n"
            "    return t * np.sqrt(both / len(errors))",
            r"whatever is added to both errors of a seed",
        ),
        "divided by N": (
            "def half_width(errors, others, t=2.262):\n"
            "    d = errors - others\n"
            "    return t * d.std() / np.sqrt(len(d))",
            r"expected 1.*got 0\.707.*with N - 1",
        ),
        "the scatter of one": (
            "def half_width(errors, others, t=2.262):\n"
            "    d = errors - others\n"
            "    return t * d.std(ddof=1)",
            r"expected 1.*got 1\.414",
        ),
    },
    "mirrored": {
        "both turned": (
            "def mirrored(w):\n    return -w",
            r"One sign has to change, not both",
        ),
        "exchanged": (
            "def mirrored(w):\n    return w[::-1].copy()",
            r"For each letter by itself nothing may change",
        ),
        "silenced": (
            "def mirrored(w):\n    return w * np.array([1, 0])",
            r"For each letter by itself nothing may change",
        ),
    },
}
