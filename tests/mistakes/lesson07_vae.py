"""Wrong answers to the exercises of lesson 7, and what the report must say of each."""

MISTAKES = {
    "posterior": {
        "the joint": (
            "def posterior(prior, likelihood):\n    return prior[:, None] * likelihood",
            r"index \(0, 0\): expected 0\.307692, got 0\.05.*divide each by both together",
        ),
        "the prior forgotten": (
            "def posterior(prior, likelihood):\n    return likelihood / likelihood.sum(axis=0)",
            r"expected 0\.307692, got 0\.1 .*The joints are 80 and 180 of 1600",
        ),
        "the sum over the images": (
            "def posterior(prior, likelihood):\n"
            "    joint = prior[:, None] * likelihood\n"
            "    return joint / joint.sum(axis=1, keepdims=True)",
            r"expected 0\.307692, got 1",
        ),
        "the sum over everything": (
            "def posterior(prior, likelihood):\n"
            "    joint = prior[:, None] * likelihood\n"
            "    return joint / joint.sum()",
            r"added up over the causes, at index 0: expected 1, got 0\.571.* a sum over axis 0",
        ),
        "the prior along the images": (
            "def posterior(prior, likelihood):\n"
            "    joint = prior * likelihood\n"
            "    return joint / joint.sum(axis=0)",
            r"(?s)could not be broadcast.*joint = prior \* likelihood|expected shape",
        ),
    },
    "best_normal": {
        "the mean and the sd of the posterior": (
            "def best_normal(log_joint):\n"
            "    z = np.linspace(-8, 8, 1601)\n"
            "    p = np.exp(log_joint(z))\n"
            "    p /= p.sum()\n"
            "    mean = (p * z).sum()\n"
            "    return mean, (p * (z - mean) ** 2).sum() ** 0.5",
            r"two peaks, at -2 \(sd 0\.5, weight 1\) and 2 .*it gives mean .*There is one of",
        ),
        "the highest place, with sd 1": (
            "def best_normal(log_joint):\n"
            "    z = np.linspace(-8, 8, 1601)\n"
            "    return z[log_joint(z).argmax()], 1.0",
            r"posterior N\(-0\.5, 0\.4\^2\) it gives mean -0\.5, sd 1, .*mean -0\.5 and sd 0\.4",
        ),
        "the entropy forgotten": (
            "def best_normal(log_joint):\n"
            "    z = np.linspace(-8, 8, 1601)\n"
            "    best = None\n"
            "    for sd in np.geomspace(0.2, 3, 30):\n"
            "        for mean in np.linspace(-4, 4, 81):\n"
            "            q = np.exp(-0.5 * ((z - mean) / sd) ** 2)\n"
            "            fit = (q * log_joint(z)).sum() / q.sum()\n"
            "            if best is None or fit > best[0]:\n"
            "                best = fit, mean, sd\n"
            "    return best[1:]",
            r"For a posterior N\(1, 1\^2\) it gives mean 1, sd 0\.2",
        ),
        "the variance in place of the sd": (
            "def best_normal(log_joint):\n"
            "    z = np.linspace(-8, 8, 1601)\n"
            "    p = np.exp(log_joint(z))\n"
            "    p /= p.sum()\n"
            "    mean = (p * z).sum()\n"
            "    return mean, (p * (z - mean) ** 2).sum()",
            r"posterior N\(-0\.5, 0\.4\^2\) it gives mean -0\.5, sd 0\.16",
        ),
    },
    "kl": {
        "the mean over the batch too": (
            "def kl(mean, log_var):\n"
            "    return 0.5 * (exp(log_var) + mean * mean - 1 - log_var).sum(axis=1).mean()",
            r"expected shape \(4,\), got \(\)\. Sum over the codes",
        ),
        "the mean over the codes": (
            "def kl(mean, log_var):\n"
            "    return 0.5 * (exp(log_var) + mean * mean - 1 - log_var).mean(axis=1)",
            r"kl\(\[\[3, 4\]\].*expected 12\.5, got 6\.25",
        ),
        "log_var for the variance": (
            "def kl(mean, log_var):\n"
            "    return 0.5 * (log_var + mean * mean - 1 - exp(log_var)).sum(axis=1)",
            r"There q is p\(z\) itself",
        ),
        "the variance squared": (
            "def kl(mean, log_var):\n"
            "    return 0.5 * (exp(2 * log_var) + mean * mean - 1 - 2 * log_var).sum(axis=1)",
            r"It is \(4 - 1 - log 4\) / 2",
        ),
        "it writes into the mean": (
            "def kl(mean, log_var):\n"
            "    mean *= mean\n"
            "    return 0.5 * (exp(log_var) + mean - 1 - log_var).sum(axis=1)",
            r"w \*= \.\.\. of the leaf Tensor.* would leave it as it is",
        ),
    },
    "grey_likelihood": {
        "only the squared error": (
            "def grey_likelihood(grey, x, variance):\n"
            "    return -((x - grey) ** 2).sum(axis=1) / (2 * variance)",
            r"\[\[0\.0\]\], 1\): expected -0\.918939, got -?0\. Each pixel adds -log\(2 pi",
        ),
        "the constant once, not for each pixel": (
            "def grey_likelihood(grey, x, variance):\n"
            "    error = ((x - grey) ** 2).sum(axis=1)\n"
            "    return -0.5 * (np.log(2 * np.pi * variance) + error / variance)",
            r"grey_likelihood\(\[\[.*expected -[\d.]+, got -?[\d.]+\. Each pixel adds",
        ),
        "the variance taken for the standard deviation": (
            "def grey_likelihood(grey, x, variance):\n"
            "    distance = (x - grey) / variance\n"
            "    return -0.5 * (np.log(2 * np.pi * variance**2) + distance**2).sum(axis=1)",
            r"\[\[1\.0\]\], 0\.25\): expected -2\.22579, got -7\.53",
        ),
        "the mean over the pixels": (
            "def grey_likelihood(grey, x, variance):\n"
            "    height = -0.5 * (np.log(2 * np.pi * variance) + (x - grey) ** 2 / variance)\n"
            "    return height.mean(axis=1)",
            r"grey_likelihood\(\[\[.*expected -?[\d.]+, got -?[\d.]+\. Each pixel adds",
        ),
        "one number for the batch": (
            "def grey_likelihood(grey, x, variance):\n"
            "    return -0.5 * (np.log(2 * np.pi * variance) + (x - grey) ** 2 / variance).sum()",
            r"expected shape \(4,\), got \(\)\. Sum over the pixels, axis 1",
        ),
        "coins": (
            "def grey_likelihood(grey, x, variance):\n"
            "    return coin_likelihood(grey * 0.998 + 0.001, x)",
            r"expected -0\.918939, got -0\.0010005",
        ),
    },
    "scaled_elbo": {
        "w is left out of the variance": (
            "def scaled_elbo(mean, var, x, s, w):\n"
            "    return lesson_elbo(mean, var, x, s) + 0.5 / s * "
            "((x - mean) ** 2 - (x - w * mean) ** 2)",
            r"scaled_elbo\(0\.4, 0\.2, x=1, s=1, w=2\): expected",
        ),
        "KL of the wrong sign": (
            "def scaled_elbo(mean, var, x, s, w):\n"
            "    fit = -0.5 * (math.log(2 * math.pi * s)"
            " + ((x - w * mean) ** 2 + w**2 * var) / s)\n"
            "    return fit + 0.5 * (var + mean**2 - 1 - math.log(var))",
            r"scaled_elbo\(0\.4, 0\.2, x=1, s=1, w=2\): expected",
        ),
        "unchanged": (
            "def scaled_elbo(mean, var, x, s, w):\n    return lesson_elbo(mean, var, x, s)",
            r"scaled_elbo\(0\.4, 0\.2, x=1, s=1, w=2\): expected",
        ),
        "log p(x), which knows no q": (
            "def scaled_elbo(mean, var, x, s, w):\n"
            "    return -0.5 * (math.log(2 * math.pi * (w**2 + s)) + x**2 / (w**2 + s))",
            r"scaled_elbo\(0, 1, x=1\.5, s=0\.25, w=1\): expected",
        ),
    },
    "lopsided": {
        "the wrong way round": (
            "def lopsided():\n    return [1e-12, 0.5, 0.5 - 1e-12], [0.1, 0.45, 0.45]",
            r"KL\(p \|\| q\) is 2\.\d+\. That is the other way round",
        ),
        "not enough": (
            "def lopsided():\n    return [0.8, 0.1, 0.1], [0.1, 0.1, 0.8]",
            r"KL\(q \|\| p\) is 1\.456, KL\(p \|\| q\) is 1\.456\. Give p next to nothing",
        ),
        "the same twice": (
            "def lopsided():\n    return [0.2, 0.3, 0.5], [0.2, 0.3, 0.5]",
            r"KL\(q \|\| p\) is 0, KL\(p \|\| q\) is 0\. Give p",
        ),
        "never at all": (
            "def lopsided():\n    return [0.1, 0.45, 0.45], [0.0, 0.5, 0.5]",
            r"p has 0: none should be below 1e-12",
        ),
        "more than 1": (
            "def lopsided():\n    return [0.1, 0.5, 0.5], [1e-12, 0.5, 0.5]",
            r"q adds up to 1\.1: it should be 1",
        ),
        "one list": (
            "def lopsided():\n    return [0.1, 0.45, 0.45]",
            r"It should return two lists, q and p; it returns",
        ),
    },
    "misleading_models": {
        "the order is the same": (
            "def misleading_models():\n    return (1.25, 0.0, 1.0), (0.1, 0.0, 1.0)",
            r"The second should have the higher bound.*Move the first model's q",
        ),
        "the wrong way round": (
            "def misleading_models():\n    return (0.1, 1.5 / 1.1, 0.1 / 1.1), (1.25, 0.0, 1.0)",
            r"The first should have the higher log p\(x\), by 0\.1",
        ),
        "a variance below zero": (
            "def misleading_models():\n    return (1.25, 0.0, -1.0), (0.1, 0.0, 1.0)",
            r"variances, which are positive; got \(\(1\.25, 0\.0, -1\.0\)",
        ),
        "one model": (
            "def misleading_models():\n    return 1.25, 0.0, 1.0",
            r"expected shape \(2, 3\), got \(3,\)\. Return \(s, mean, var\)",
        ),
    },
}
