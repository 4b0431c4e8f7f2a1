"""Wrong answers to the exercises of lesson 5, and what the report must say of each."""

ADAM = """\
def adam_step(w, g, m, v, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
"""

MISTAKES = {
    "fastest_rate": {
        "the safe one": (
            "def fastest_rate(curvatures):\n    return 1 / np.max(curvatures)",
            r"\[1\.0, 3\.0\] it gives 0\.3333.* keeps 0\.6667 .* could be 0\.5\. The flattest is",
        ),
        "the limit": (
            "def fastest_rate(curvatures):\n    return 2 / np.max(curvatures)",
            r"a step leaves 1 times the distance in one direction: that does not come down",
        ),
        "the mean": (
            "def fastest_rate(curvatures):\n    return 1 / np.mean(curvatures)",
            r"a step leaves .* times the distance|keeps .* of itself in a step",
        ),
        "a rate for each": (
            "def fastest_rate(curvatures):\n    return 1 / curvatures",
            r"expected shape \(\), got \(1,\)\. One rate serves all directions",
        ),
    },
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
    "long_step": {
        "steady": (
            "def long_step():\n    return [1.0] * 100",
            r"Of its 100 steps the last is 1 times the rate\. m_hat should be large already",
        ),
        "too short a rest": (
            "def long_step():\n    return [0.0] * 20 + [1.0] * 5",
            r"the last is \d\.?\d* times the rate\. v takes some 1,000 steps",
        ),
        "goes on too long": (
            "def long_step():\n    return [0.0] * 1000 + [1.0] * 900",
            r"Step \d+ is \d\.\d+ times the rate: stop there",
        ),
        "a giant at the end": (
            "def long_step():\n    return [1.0] * 10 + [1e6]",
            r"a gradient of 1e\+06; at most 1 is allowed",
        ),
        "a single number": (
            "def long_step():\n    return 1.0",
            r"It should give a list of numbers; it gives 1\.0",
        ),
    },
    "surer": {
        "surer and right": (
            "def surer(labels):\n    right = np.eye(3)[labels]\n    return -right, 5 * right",
            r"the loss is .* before, .* after\. It should rise",
        ),
        "just as many mistakes": (
            "def surer(labels):\n"
            "    wrong = np.eye(3)[(labels + 1) % 3]\n"
            "    return wrong, 5 * wrong",
            r"wrong answers before, \d after\. After, they should be fewer",
        ),
        "the other way round": (
            "def surer(labels):\n    right = np.eye(3)[labels]\n    return 5 * right, -right",
            r"it has 0 wrong answers before, \d after",
        ),
        "infinitely sure": (
            "def surer(labels):\n"
            "    right = np.eye(3)[labels]\n"
            "    after = 5 * right\n"
            "    after[0] = [np.inf, 0, 0]\n"
            "    return -right, after",
            r"after, for the labels .*, holds a number that is not finite",
        ),
        "one array": (
            "def surer(labels):\n    return np.eye(3)[labels]",
            r"It should return two arrays \(before, after\); it returns",
        ),
    },
}
