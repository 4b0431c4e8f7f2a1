"""Wrong answers to the exercises of lesson 6, and what the report must say of each."""

GRADIENTS = """\
def linear_gradients(x, A, B):
    z = x @ A
    y = z @ B
"""

MISTAKES = {
    "from_many_normals": {
        "one for all": (
            "def from_many_normals(z, labels, n, rng):\n    return from_a_normal(z, n, rng)",
            r"\d+ of 4000 that it draws lie elsewhere, such as .* fit one to each label's codes",
        ),
        "all classes equally often": (
            "def from_many_normals(z, labels, n, rng):\n"
            "    drawn = rng.choice(np.unique(labels), n)\n"
            "    codes = np.empty((n, z.shape[1]))\n"
            "    for label in np.unique(drawn):\n"
            "        here = drawn == label\n"
            "        codes[here] = from_a_normal(z[labels == label], here.sum(), rng)\n"
            "    return codes",
            r"A quarter of the labels are 7.*0\.[45]\d* is.*choose among the labels themselves",
        ),
        "each number by itself": (
            "def from_many_normals(z, labels, n, rng):\n"
            "    drawn = rng.choice(labels, n)\n"
            "    mean = np.array([z[labels == y].mean(axis=0) for y in drawn])\n"
            "    std = np.array([z[labels == y].std(axis=0) for y in drawn])\n"
            "    return mean + std * rng.standard_normal(mean.shape)",
            r"the covariances of the codes of 3 at index \(0, 1\).*the rest how far they rise",
        ),
        "the codes themselves": (
            "def from_many_normals(z, labels, n, rng):\n"
            "    return np.array([z[labels == y].mean(axis=0) for y in rng.choice(labels, n)])",
            r"the covariances of the codes of 3.*got \S+ .*how widely each number varies",
        ),
        "one of each class": (
            "def from_many_normals(z, labels, n, rng):\n"
            "    return np.concatenate(\n"
            "        [from_a_normal(z[labels == y], n, rng) for y in np.unique(labels)])",
            r"1 codes of two numbers: expected shape \(1, 2\), got \(2, 2\)",
        ),
    },
    "linear_gradients": {
        "forgets the mean": (
            GRADIENTS + "    g = 2 * (y - x)\n    return x.T @ (g @ B.T), z.T @ g",
            r"the gradient of [AB] for x = .*The loss is a mean over N = 2 images",
        ),
        "forgets the two": (
            GRADIENTS + "    g = (y - x) / len(x)\n    return x.T @ (g @ B.T), z.T @ g",
            r"the gradient of A at index \(0, 0\): expected 2, got 1.*2 \(y - x\) = \[\[-2, 2\]\]",
        ),
        "the mean over the pixels, too": (
            GRADIENTS + "    g = 2 * (y - x) / x.size\n    return x.T @ (g @ B.T), z.T @ g",
            r"the gradient of A at index \(0, 0\): expected 2, got 1",
        ),
        "the wrong way round": (
            GRADIENTS + "    g = 2 * (y - x) / len(x)\n    return z.T @ g, x.T @ (g @ B.T)",
            r"the gradient of A, for x .*: expected shape \(4, 2\), got \(2, 4\)",
        ),
        "the wrong sign": (
            GRADIENTS + "    g = 2 * (x - y) / len(x)\n    return x.T @ (g @ B.T), z.T @ g",
            r"the gradient of A at index \(0, 0\): expected 2, got -2",
        ),
        "one array": (
            GRADIENTS + "    return z.T @ (y - x)",
            r"It should return two arrays, of A and of B; it returns",
        ),
    },
    "same_copies": {
        "another unit": (
            "def same_copies(A, B):\n    return 2 * A, B / 2",
            r"column (\d) of the new A is a multiple of column \1 of the old one.*in another unit",
        ),
        "another order": (
            "def same_copies(A, B):\n    return A[:, ::-1], B[::-1]",
            r"column \d of the new A is a multiple of column \d",
        ),
        "undone by the transpose": (
            "def same_copies(A, B):\n"
            "    mix = np.eye(A.shape[1]) + 1\n"
            "    return A @ mix, mix.T @ B",
            r"A @ B, for codes of 2 numbers.*the new B has to undo",
        ),
        "only the first number": (
            "def same_copies(A, B):\n"
            "    mix = np.eye(A.shape[1])\n"
            "    mix[1, 0] = 1\n"
            "    return A @ mix, np.linalg.inv(mix) @ B",
            r"column 1 of the new A is a multiple of column 1",
        ),
        "A is left alone": (
            "def same_copies(A, B):\n    return A, B",
            r"column \d of the new A is a multiple of column \d",
        ),
    },
    "mostly_junk": {
        "real images": (
            "def mostly_junk(real):\n    return real",
            r"0% of its 10 lie in no ball.*add what is far from everything real",
        ),
        "nothing but junk": (
            "def mostly_junk(real):\n    return real + 1000",
            r"cover 0\.00 of the balls.*what lies in the ball of an image for sure",
        ),
        "half of it": (
            "def mostly_junk(real):\n    return np.concatenate([real, real + 1000])",
            r"50% of its 20 lie in no ball.*90 % or more",
        ),
        "too near": (
            "def mostly_junk(real):\n    return np.concatenate([real] + [real + 1e-3] * 12)",
            r"% of its \d+ lie in no ball.*far from everything real",
        ),
        "one image covers them": (
            "def mostly_junk(real):\n"
            "    return np.concatenate([real[:1], *[real + 1000 for _ in range(9)]])",
            r"cover 0\.\d+ of the balls",
        ),
    },
}
