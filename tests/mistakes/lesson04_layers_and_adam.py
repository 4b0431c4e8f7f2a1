"""Wrong answers to the exercises of lesson 4, and what the report must say of each."""

ADAM = """\
def adam_step(w, g, m, v, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
"""

MISTAKES = {
    "adam_step": {
        "no bias correction": (
            ADAM + "    return w - lr * m / (np.sqrt(v) + eps), m, v",
            r"g = 1, lr = 1: expected -1, got -3\.162.*divide each by 1 - beta\^t",
        ),
        "t from 0": (
            ADAM + "    m_hat, v_hat = m / (1 - beta1 ** (t - 1)), v / (1 - beta2 ** (t - 1))\n"
            "    return w - lr * m_hat / (np.sqrt(v_hat) + eps), m, v",
            r"(?s)ZeroDivisionError|divide",
        ),
        "t is always 1": (
            ADAM + "    m_hat, v_hat = m / (1 - beta1), v / (1 - beta2)\n"
            "    return w - lr * m_hat / (np.sqrt(v_hat) + eps), m, v",
            r"w after step 2.*Is t the step's own number\?",
        ),
        "eps inside the root": (
            ADAM + "    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)\n"
            "    return w - lr * m_hat / np.sqrt(v_hat + eps), m, v",
            r"expected -0\.5, got -0\.81\d*.*eps stands outside the root",
        ),
        "returns the corrected averages": (
            ADAM + "    m, v = m / (1 - beta1**t), v / (1 - beta2**t)\n"
            "    return w - lr * m / (np.sqrt(v) + eps), m, v",
            r"m from m = 1, v = 3.*expected 1\.25, got 5",
        ),
        "the betas swapped": (
            ADAM.replace("beta1 * m + (1 - beta1)", "(1 - beta1) * m + beta1")
            + "    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)\n"
            "    return w - lr * m_hat / (np.sqrt(v_hat) + eps), m, v",
            r"expected 1\.25, got 1\.75\. It is 0\.75 \* 1 \+ 0\.25 \* 2",
        ),
        "in place": (
            "def adam_step(w, g, m, v, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):\n"
            "    m *= beta1\n    m += (1 - beta1) * g\n"
            "    v *= beta2\n    v += (1 - beta2) * g**2\n"
            "    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)\n"
            "    return w - lr * m_hat / (np.sqrt(v_hat) + eps), m, v",
            r"the m that was passed in.*expected 3, got 2\.9.*m \*= beta1 changes the old",
        ),
        "only w": (
            ADAM + "    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)\n"
            "    return w - lr * m_hat / (np.sqrt(v_hat) + eps)",
            r"expected a triple \(w, m, v\), got \[\[0\.999",
        ),
    },
    "he": {
        "the variance as a factor": (
            "def he(n_in, n_out, rng):\n"
            "    return rng.standard_normal((n_in, n_out)) * 2 / n_in",
            r"he\(50, 200, rng\): expected 0\.2, got 0\.03\d+\. The variance should be 2 / 50",
        ),
        "by the outputs": (
            "def he(n_in, n_out, rng):\n"
            "    return rng.standard_normal((n_in, n_out)) * np.sqrt(2 / n_out)",
            r"he\(50, 200, rng\): expected 0\.2, got 0\.0998.*variance should be 2 / 50 = 0\.04",
        ),
        "without the 2": (
            "def he(n_in, n_out, rng):\n"
            "    return rng.standard_normal((n_in, n_out)) / np.sqrt(n_in)",
            r"expected 0\.2, got 0\.14.*2 / 50",
        ),
        "transposed": (
            "def he(n_in, n_out, rng):\n"
            "    return rng.standard_normal((n_out, n_in)) * np.sqrt(2 / n_in)",
            r"he\(3, 5, rng\): expected shape \(3, 5\), got \(5, 3\)",
        ),
        "a generator of its own": (
            "def he(n_in, n_out, rng):\n"
            "    rng = np.random.default_rng(0)\n"
            "    return rng.standard_normal((n_in, n_out)) * np.sqrt(2 / n_in)",
            r"two seeds gave the same weights\. Draw from rng",
        ),
    },
    "logit_slopes": {
        "forgets the mean": (
            "def logit_slopes(logits, labels):\n"
            "    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)\n"
            "    return p - np.eye(logits.shape[1])[labels]",
            r"expected -0\.25, got -0\.5.*a mean over N = 2 rows",
        ),
        "forgets the onehot": (
            "def logit_slopes(logits, labels):\n"
            "    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)\n"
            "    return p / len(logits)",
            r"\[\[0, 0, 0, 0\]\], \[2\]\) at index \(0, 2\): expected -0\.75, got 0\.25",
        ),
        "overflows": (
            "def logit_slopes(logits, labels):\n"
            "    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)\n"
            "    return (p - np.eye(logits.shape[1])[labels]) / len(logits)",
            r"expected 0, got nan.*take each row's largest logit off first",
        ),
        "softmax over the rows": (
            "def logit_slopes(logits, labels):\n"
            "    e = np.exp(logits - logits.max())\n"
            "    return (e / e.sum(axis=0) - np.eye(logits.shape[1])[labels]) / len(logits)",
            r"expected 0\.25, got 1",
        ),
    },
    "fastest_rate": {
        "the safe one": (
            "def fastest_rate(curvatures):\n    return 1 / np.max(curvatures)",
            r"\[1\.0, 3\.0\]: with lr 0\.3333 .* keeps 0\.6667 .* 0\.5\. The flattest is the slow",
        ),
        "the limit": (
            "def fastest_rate(curvatures):\n    return 2 / np.max(curvatures)",
            r"one direction keeps 1 of itself a step\. SGD comes down only below 1",
        ),
        "the mean": (
            "def fastest_rate(curvatures):\n    return 1 / np.mean(curvatures)",
            r"(?s)keeps .* of itself a step",
        ),
        "a rate for each": (
            "def fastest_rate(curvatures):\n    return 1 / curvatures",
            r"expected shape \(\), got \(1,\)\. One rate serves all directions",
        ),
    },
    "dying_start": {
        "He's": (
            "def dying_start(n_in, n_out, rng):\n"
            "    return rng.standard_normal((n_in, n_out)) * np.sqrt(2 / n_in)",
            r"of a slope is left \(seed 0\).*should be below 0\.25",
        ),
        "zeros": (
            "def dying_start(n_in, n_out, rng):\n"
            "    return rng.standard_normal((n_in, n_out)) * 0.0",
            r"two seeds gave the same weights",
        ),
        "all negative": (
            "def dying_start(n_in, n_out, rng):\n    return -rng.random((n_in, n_out)) - 0.01",
            r"should have the mean 0, but their mean is -0\.5",
        ),
        "mostly zeros": (
            "def dying_start(n_in, n_out, rng):\n"
            "    return rng.standard_normal((n_in, n_out)) * (rng.random((n_in, n_out)) < 0.01)",
            r"weights are 0",
        ),
        "huge": (
            "def dying_start(n_in, n_out, rng):\n"
            "    return rng.standard_normal((n_in, n_out)) * 100",
            r"a factor of 5\.5e\+02 a layer\. It should be below 0\.25",
        ),
    },
}
