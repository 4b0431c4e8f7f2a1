"""Wrong answers to the exercises of lesson 8, and what the report must say of each."""

MISTAKES = {
    "importance_weights": {
        "the guess forgotten": (
            "def importance_weights(prior, likelihood, guess):\n    return likelihood * prior",
            r"at index 0: expected 0\.1, got 0\.05.*Thin counts 8/5 times",
        ),
        "the guess over the prior": (
            "def importance_weights(prior, likelihood, guess):\n"
            "    return likelihood * guess / prior",
            r"expected 0\.1, got 0\.0390625.*Thin counts 8/5 times",
        ),
        "the likelihood forgotten": (
            "def importance_weights(prior, likelihood, guess):\n    return prior / guess",
            r"expected 0\.1, got 1\.6 .*times its 1/16",
        ),
        "made to add up to 1": (
            "def importance_weights(prior, likelihood, guess):\n"
            "    w = likelihood * prior / guess\n    return w / w.sum()",
            r"expected 0\.1, got 0\.307692",
        ),
    },
    "log_mean_weight": {
        "the mean of the logarithms": (
            "def log_mean_weight(log_w):\n    return log_w.mean(axis=0)",
            r"expected 0\.693147, got 0\.549306\. The mean of the weights is 2",
        ),
        "the sum for the mean": (
            "def log_mean_weight(log_w):\n"
            "    m = log_w.max(axis=0)\n"
            "    return m + np.log(np.exp(log_w - m).sum(axis=0))",
            r"expected 0\.693147, got 1\.38629",
        ),
        "out of the logarithm at once": (
            "def log_mean_weight(log_w):\n    return np.log(np.exp(log_w).mean(axis=0))",
            r"expected -2000, got -inf.*exp\(-2000\) is 0 in a computer",
        ),
        "one largest weight for all images": (
            "def log_mean_weight(log_w):\n"
            "    m = log_w.max()\n"
            "    return m + np.log(np.exp(log_w - m).mean(axis=0))",
            r"expected -2000, got -inf.*subtract the largest of each image",
        ),
        "over the images": (
            "def log_mean_weight(log_w):\n"
            "    m = log_w.max(axis=0)\n"
            "    return m + np.log(np.exp(log_w - m).mean())",
            r"a mean lies between the smallest and the largest",
        ),
        "all images in one": (
            "def log_mean_weight(log_w):\n"
            "    m = log_w.max()\n"
            "    return m + np.log(np.exp(log_w - m).mean())",
            r"expected shape \(1,\), got \(\)",
        ),
    },
    "enclose": {
        "over the prior": (
            "def enclose(prior, likelihood, guess):\n"
            "    w = np.log(likelihood * prior / guess)\n"
            "    return (prior * w).sum(), (guess * w).sum()",
            r"expected -1\.8971, got -2\.1\d+.*the posterior draws the second 9 times",
        ),
        "upper and lower exchanged": (
            "def enclose(prior, likelihood, guess):\n"
            "    w = likelihood * prior / guess\n"
            "    posterior = prior * likelihood / (prior * likelihood).sum()\n"
            "    return (posterior * np.log(w)).sum(), (guess * np.log(w)).sum()",
            r"expected -1\.8971, got -1\.74",
        ),
        "the logarithm of the mean": (
            "def enclose(prior, likelihood, guess):\n"
            "    w = likelihood * prior / guess\n"
            "    posterior = prior * likelihood / (prior * likelihood).sum()\n"
            "    return np.log((guess * w).sum()), np.log((posterior * w).sum())",
            r"expected -1\.8971, got -1\.81",
        ),
    },
    "nats_at": {
        "beta times the nats": (
            "def nats_at(eigenvalues, noise, beta):\n"
            "    return beta * lesson_nats(eigenvalues, noise)",
            r"nats_at\(\[4\], noise=1, beta=2\).*expected 0\.346.*Tried out",
        ),
        "the nats divided by beta": (
            "def nats_at(eigenvalues, noise, beta):\n"
            "    return lesson_nats(eigenvalues, noise) / beta",
            r"nats_at\(\[2\.77\]|Tried out",
        ),
        "beta squared": (
            "def nats_at(eigenvalues, noise, beta):\n"
            "    return lesson_nats(eigenvalues, beta**2 * noise)",
            r"nats_at\(\[4\], noise=1, beta=2\).*expected 0\.346\d*, got 0",
        ),
        "beta left out": (
            "def nats_at(eigenvalues, noise, beta):\n    return lesson_nats(eigenvalues, noise)",
            r"beta=2\).*expected 0\.346\d*, got 0\.693",
        ),
        "less than nothing": (
            "def nats_at(eigenvalues, noise, beta):\n"
            "    return 0.5 * np.log(eigenvalues / (beta * noise))",
            r"expected 0, got -",
        ),
    },
    "best_noise": {
        "the mean of all": (
            "def best_noise(eigenvalues, k):\n    return eigenvalues.mean()",
            r"best_noise\(\[5.*, 2\).*expected 1\.16\d*, got 2\.3.*Tried out",
        ),
        "the sum": (
            "def best_noise(eigenvalues, k):\n    return eigenvalues[k:].sum()",
            r"best_noise\(\[5.*, 2\).*expected 1\.16\d*, got 3\.5",
        ),
        "those that have a unit": (
            "def best_noise(eigenvalues, k):\n    return eigenvalues[: max(k, 1)].mean()",
            r"best_noise\(\[5.*, 2\).*expected 1\.16\d*, got 4",
        ),
    },
    "free_bits": {
        "lifted image by image": (
            "def free_bits(prices, least):\n"
            "    return np.maximum(prices, least).mean(axis=0).sum()",
            r"expected 2\.75, got 2\.875.*The units cost 0\.5 and 2 on average",
        ),
        "the sum lifted": (
            "def free_bits(prices, least):\n"
            "    return np.maximum(prices.sum(axis=1).mean(), least)",
            r"expected 2\.75, got 2\.5",
        ),
        "what is free is subtracted": (
            "def free_bits(prices, least):\n"
            "    return np.maximum(prices.mean(axis=0) - least, 0).sum()",
            r"expected 2\.75, got 1\.25",
        ),
        "the mean over the units": (
            "def free_bits(prices, least):\n"
            "    return np.maximum(prices.mean(axis=0), least).mean()",
            r"expected 2\.75, got 1\.375",
        ),
        "one for each unit": (
            "def free_bits(prices, least):\n    return np.maximum(prices.mean(axis=0), least)",
            r"expected shape \(\), got \(2,\)",
        ),
    },
    "fool_the_count": {
        "a width that says more": (
            "def fool_the_count():\n"
            "    mean = np.tile([[0.11], [-0.11]], (50, 4))\n"
            "    return mean, np.full((100, 4), -2.0)",
            r"the four units cost 2\.\d+ nats.*the width that costs least",
        ),
        "means that move too far": (
            "def fool_the_count():\n"
            "    mean = np.tile([[0.12], [-0.12]], (50, 4))\n"
            "    return mean, np.zeros((100, 4))",
            r"the four units cost 0\.0288 nats, and not less than 0\.021",
        ),
        "means that do not move": (
            "def fool_the_count():\n    return np.zeros((100, 4)), np.zeros((100, 4))",
            r"variances of the means.*\[0\.0, 0\.0.*active from 0\.01 on",
        ),
        "far to one side": (
            "def fool_the_count():\n"
            "    mean = np.tile([[0.11], [-0.11]], (50, 4))\n"
            "    return 1 + mean, np.zeros((100, 4))",
            r"the four units cost 2\.\d+ nats.*as little as counts around 0",
        ),
        "for one image": (
            "def fool_the_count():\n    return np.zeros(4), np.zeros(4)",
            r"expected shape \(100, 4\), got \(4,\)",
        ),
    },
    "poor_guess": {
        "the posterior's own": (
            "def poor_guess():\n    return 0.2",
            r"with the variance 0\.2, 0% of 200 estimates.*is 1\.00 times p\(x\)",
        ),
        "a little too wide": (
            "def poor_guess():\n    return 1.0",
            r"with the variance 1, 0% of 200",
        ),
        "too sure, but not enough": (
            "def poor_guess():\n    return 0.02",
            r"with the variance 0\.02.*see too much of the posterior",
        ),
        "no width": (
            "def poor_guess():\n    return 0.0",
            r"gives 0: a variance is above 0",
        ),
    },
}
