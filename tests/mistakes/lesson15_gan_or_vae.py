"""Wrong answers to the exercises of lesson 15, and what the report must say of each."""

MISTAKES = {
    "lead": {
        "the widths of both added up": (
            "def lead(gan, vae):\n"
            "    (a, s), (b, t) = lesson_interval(gan), lesson_interval(vae)\n"
            "    return a - b, s + t",
            r"index 1: expected 0, got 0\.99.*leads by 0\.1 with each seed",
        ),
        "as if they were not pairs": (
            "def lead(gan, vae):\n"
            "    (a, s), (b, t) = lesson_interval(gan), lesson_interval(vae)\n"
            "    return a - b, math.sqrt(s**2 + t**2)",
            r"index 1: expected 0, got 0\.70.*leads by 0\.1 with each seed",
        ),
        "VAE minus GAN": (
            "def lead(gan, vae):\n    return lesson_interval(vae - gan)",
            r"index 0: expected 0\.1, got -0\.1",
        ),
        "two standard errors": (
            "def lead(gan, vae):\n"
            "    d = gan - vae\n    return d.mean(), 2 * d.std(ddof=1) / math.sqrt(len(d))",
            r"index 1: expected \d",
        ),
    },
    "leads_from": {
        "the first lead": (
            "def leads_from(seconds, gan, vae):\n"
            "    return next((t for t, a, b in zip(seconds, gan, vae) if a > b), None)",
            r"expected 4, got 1\. At second 2 the VAE leads again",
        ),
        "level counts as a lead": (
            "def leads_from(seconds, gan, vae):\n"
            "    found = None\n"
            "    for t, a, b in zip(seconds[::-1], gan[::-1], vae[::-1]):\n"
            "        if a < b:\n            break\n        found = t\n    return found",
            r"expected None, got 1\. At the end they are level",
        ),
        "the last second of all": (
            "def leads_from(seconds, gan, vae):\n"
            "    return seconds[-1] if gan[-1] > vae[-1] else None",
            r"expected 1, got 2",
        ),
    },
    "way_back": {
        "up the gradient": (
            "def way_back(decode, x, z, lr, steps):\n"
            "    from scratchgen import Tensor, grad\n"
            "    for _ in range(steps):\n        code = Tensor(z)\n"
            "        z = z + lr * grad(((decode(code) - x) ** 2).sum(), [code])[0]\n"
            "    return z",
            r"expected 1, got -1\..*at 0 is -4",
        ),
        "always from the start": (
            "def way_back(decode, x, z, lr, steps):\n"
            "    from scratchgen import Tensor, grad\n"
            "    for _ in range(steps):\n        code = Tensor(z)\n"
            "        found = z - lr * grad(((decode(code) - x) ** 2).sum(), [code])[0]\n"
            "    return found",
            r"expected 1\.75, got 1\..*halves what is missing",
        ),
        "the mean over the images": (
            "def way_back(decode, x, z, lr, steps):\n"
            "    from scratchgen import Tensor, grad\n"
            "    for _ in range(steps):\n        code = Tensor(z)\n"
            "        error = ((decode(code) - x) ** 2).sum(axis=1).mean()\n"
            "        z = z - lr * grad(error, [code])[0]\n"
            "    return z",
            r"the code of image 0 of 3.*Sum over the images",
        ),
    },
    "fools_sharpness": {
        "one speck": (
            "def fools_sharpness(soft, shape):\n"
            "    made = soft.copy()\n    made[:, 9] = 1\n    return made",
            r"have the sharpness 0\.\d+, the soft ones 0\.\d+, and real digits 0\.5",
        ),
        "noise everywhere": (
            "def fools_sharpness(soft, shape):\n"
            "    noise = np.random.default_rng(0).normal(0, 0.3, soft.shape)\n"
            "    return (soft + noise).clip(0, 1)",
            r"of one image it changes \d+ pixels: at most 3",
        ),
        "in place": (
            "def fools_sharpness(soft, shape):\n    soft[:, [9, 14, 49]] = 1\n    return soft",
            r"written into the images that it was given",
        ),
        "brighter than white": (
            "def fools_sharpness(soft, shape):\n"
            "    made = soft.copy()\n    made[:, 9] = 3\n    return made",
            r"not in \[0, 1\]",
        ),
    },
}
