"""Wrong answers to the exercises of lesson 14, and what the report must say of each."""

STRAYS = """\
def precision_without_strays(real, made, k):
    to_real = np.sqrt(((real[:, None] - real) ** 2).sum(axis=2))
    reach = np.sort(to_real, axis=1)[:, k]
    small = reach <= np.median(reach)
    to_made = np.sqrt(((made[:, None] - real[small]) ** 2).sum(axis=2))
    return (to_made <= reach[small]).any(axis=1).mean()
"""

WINDOW = """\
def log_window(made, points, sigma):
    squared = ((points[:, None] - made) ** 2).sum(axis=2)
    logs = -squared / (2 * sigma**2) - points.shape[1] * np.log(sigma * np.sqrt(2 * np.pi))
    largest = logs.max(axis=1, keepdims=True)
    total = largest[:, 0] + np.log(np.exp(logs - largest).sum(axis=1))
    return (total - np.log(len(made))).mean()
"""


def changed(text, old, new):
    assert old in text
    return text.replace(old, new)


MISTAKES = {
    "precision_without_strays": {
        "all balls count": (
            "def precision_without_strays(real, made, k):\n    return precision(real, made, k)",
            r"made = 5, k = 1: expected 0, got 1\. The reaches are 1, 1, 1 and 7",
        ),
        "the mean for the median": (
            changed(STRAYS, "np.median(reach)", "reach.mean()"),
            r"expected \S+, got \S+\. The reaches are",
        ),
        "its own distance counts": (
            changed(STRAYS, "[:, k]", "[:, k - 1]"),
            r"made = 0\.5, 3, 5, 20, k = 1: expected 0\.5, got 0\.",
        ),
        "neighbours among the small alone": (
            "def precision_without_strays(real, made, k):\n"
            "    to_real = np.sqrt(((real[:, None] - real) ** 2).sum(axis=2))\n"
            "    reach = np.sort(to_real, axis=1)[:, k]\n"
            "    return precision(real[reach <= np.median(reach)], made, k)",
            r"made = 4\.5, k = 2: expected 0, got 1\. .*Among 1, 2 and 3 alone",
        ),
        "the large half": (
            changed(STRAYS, "reach <= np", "reach > np"),
            r"made = 5, k = 1: expected 0, got 1",
        ),
    },
    "log_window": {
        "underflows": (
            "def log_window(made, points, sigma):\n"
            "    squared = ((points[:, None] - made) ** 2).sum(axis=2)\n"
            "    D = points.shape[1]\n"
            "    bells = np.exp(-squared / (2 * sigma**2)).mean(axis=1)\n"
            "    return np.log(bells).mean() - D * np.log(sigma * np.sqrt(2 * np.pi))",
            r"a white point, sigma = 0\.1: .*got -inf.*largest exponent out of the sum",
        ),
        "forgets the pixels": (
            changed(WINDOW, "points.shape[1] * ", ""),
            r"D = 3, sigma = 2: expected -4\.8\d+, got -1\.6.*in D dimensions",
        ),
        "a sum for the mean": (
            changed(WINDOW, "total - np.log(len(made))", "total"),
            r"expected -\d+\.?\d*, got -\d+.*p is a mean over 2 images",
        ),
        "the mean of the logs": (
            "def log_window(made, points, sigma):\n"
            "    squared = ((points[:, None] - made) ** 2).sum(axis=2)\n"
            "    height = points.shape[1] * np.log(sigma * np.sqrt(2 * np.pi))\n"
            "    return (-squared / (2 * sigma**2)).mean() - height",
            r"expected \S+, got \S+ p is a mean over \d images",
        ),
        "sigma for its square": (
            changed(WINDOW, "sigma**2", "sigma"),
            r"a white point, sigma = 0\.1: expected",
        ),
        "one for each point": (
            changed(WINDOW, ".mean()\n", "\n"),
            r"expected shape \(\), got \(1,\)",
        ),
    },
    "fools_precision_and_coverage": {
        "copies": (
            "def fools_precision_and_coverage(seen):\n    return seen",
            r"Its (recall is 0\.9\d+|precision is|coverage is)",
        ),
        "blurred, and nothing else": (
            "def fools_precision_and_coverage(seen):\n"
            "    x = np.pad(seen.reshape(-1, 28, 28), ((0, 0), (1, 1), (1, 1)))\n"
            "    x = x[:, :-2] + 2 * x[:, 1:-1] + x[:, 2:]\n"
            "    x = x[:, :, :-2] + 2 * x[:, :, 1:-1] + x[:, :, 2:]\n"
            "    return x.reshape(seen.shape) / 16",
            r"Its precision is 1\.000.*too good to be true: put in a few images",
        ),
        "one image": (
            "def fools_precision_and_coverage(seen):\n    return np.repeat(seen[:1], len(seen), 0)",
            r"Its precision is [01]\.000, and that of fresh digits 0\.9\d+\. That is too",
        ),
        "noise": (
            "def fools_precision_and_coverage(seen):\n"
            "    return np.random.default_rng(0).random(seen.shape)",
            r"Its precision is 0\.000.*what lies in the balls of many",
        ),
        "the mean of all": (
            "def fools_precision_and_coverage(seen):\n"
            "    return np.repeat(seen.mean(0, keepdims=True), len(seen), 0)",
            r"Its precision is 1\.000, and that of fresh digits 0\.9\d+\. That is too good",
        ),
        "half of it mixed": (
            "def fools_precision_and_coverage(seen):\n    return (seen + seen[::-1]) / 2",
            r"Its precision is 1\.000, and that of fresh digits 0\.9\d+\. That is too good",
        ),
        "not images": (
            "def fools_precision_and_coverage(seen):\n    return 3 * seen",
            r"Pixels lie between 0 and 1",
        ),
    },
    "moved_copies": {
        "not moved": (
            "def moved_copies(seen):\n    return seen",
            r"100% of its images are nearer to a seen one.*move them further",
        ),
        "one pixel": (
            "def moved_copies(seen):\n"
            "    moved = np.zeros_like(seen).reshape(-1, 28, 28)\n"
            "    moved[:, :, 1:] = seen.reshape(-1, 28, 28)[:, :, :-1]\n"
            "    return moved.reshape(seen.shape)",
            r"[789]\d% of its images are nearer to a seen one",
        ),
        "too far": (
            "def moved_copies(seen):\n"
            "    moved = np.zeros_like(seen).reshape(-1, 28, 28)\n"
            "    moved[:, :, 5:] = seen.reshape(-1, 28, 28)[:, :, :-5]\n"
            "    return moved.reshape(seen.shape)",
            r"Image 0 is no copy of seen image 0, moved by up to two pixels",
        ),
        "other images": (
            "def moved_copies(seen):\n    return 1 - seen",
            r"Image 0 is no copy of seen image 0",
        ),
    },
}
