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
    "choose_the_winner": {
        "the last second": (
            "def choose_the_winner(table, machine, marks):\n"
            "    return marks[0], max(row['seconds'] for row in table)",
            r"for the VAE expected \('recall', 1\), got \('recall', 9\)",
        ),
        "means over the seeds": (
            "def choose_the_winner(table, machine, marks):\n"
            "    found, largest = None, 0\n"
            "    for t in sorted({row['seconds'] for row in table}):\n"
            "        rows = [row for row in table if row['seconds'] == t]\n"
            "        for mark in marks:\n"
            "            own = [r[mark] for r in rows if r['machine'] == machine]\n"
            "            others = [r[mark] for r in rows if r['machine'] != machine]\n"
            "            lead = np.mean(own) - np.mean(others)\n"
            "            if lead > largest:\n"
            "                found, largest = (mark, t), lead\n"
            "    return found",
            r"expected None, got \('recall', 1\).*With its worst seed",
        ),
        "better than the worst of the others": (
            "def choose_the_winner(table, machine, marks):\n"
            "    found, largest = None, 0\n"
            "    for t in sorted({row['seconds'] for row in table}):\n"
            "        rows = [row for row in table if row['seconds'] == t]\n"
            "        for mark in marks:\n"
            "            own = [r[mark] for r in rows if r['machine'] == machine]\n"
            "            by = {m: [r[mark] for r in rows if r['machine'] == m]\n"
            "                  for m in {r['machine'] for r in rows} - {machine}}\n"
            "            lead = max(min(own) - max(x) for x in by.values())\n"
            "            if lead > largest:\n"
            "                found, largest = (mark, t), lead\n"
            "    return found",
            r"for the GAN expected None, got \('recall', 1\)",
        ),
        "the first lead": (
            "def choose_the_winner(table, machine, marks):\n"
            "    for t in sorted({row['seconds'] for row in table}):\n"
            "        rows = [row for row in table if row['seconds'] == t]\n"
            "        for mark in marks:\n"
            "            own = [r[mark] for r in rows if r['machine'] == machine]\n"
            "            others = [r[mark] for r in rows if r['machine'] != machine]\n"
            "            if min(own) > max(others):\n"
            "                return mark, t",
            r"expected \('recall', 2\), got \('recall', 1\)",
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
