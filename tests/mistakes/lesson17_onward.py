"""Wrong answers to the exercises of lesson 17, and what the report must say of each."""

MISTAKES = {
    "backward": {
        "in the place of the old": (
            "def backward(loss, weights, slopes):\n"
            "    for slope, new in zip(slopes, grad(loss, weights)):\n"
            "        slope[...] = new",
            r"which held \[6\], after backward of w \* w at w = 3: expected 12, got 6",
        ),
        "a new array": (
            "def backward(loss, weights, slopes):\n"
            "    for i, new in enumerate(grad(loss, weights)):\n"
            "        slopes[i] = slopes[i] + new",
            r"slopes\[0\] is another array now",
        ),
        "a new name": (
            "def backward(loss, weights, slopes):\n"
            "    for slope, new in zip(slopes, grad(loss, weights)):\n"
            "        slope = slope + new",
            r"expected 12, got 6",
        ),
        "the first weight alone": (
            "def backward(loss, weights, slopes):\n    slopes[0] += grad(loss, weights)[0]",
            r"in two pieces, slopes\[1\]",
        ),
        "returned as well": (
            "def backward(loss, weights, slopes):\n"
            "    for slope, new in zip(slopes, grad(loss, weights)):\n"
            "        slope += new\n"
            "    return slopes",
            r"expected nothing",
        ),
    },
    "convolve": {
        "turned over": (
            "def convolve(images, filters):\n"
            "    k = filters.shape[-1]\n"
            "    h, w = images.shape[1] - k + 1, images.shape[2] - k + 1\n"
            "    return sum(\n"
            "        filters[:, k - 1 - i, k - 1 - j, None, None]\n"
            "        * images[:, None, i : i + h, j : j + w]\n"
            "        for i in range(k) for j in range(k))",
            r"expected 41, got 14",
        ),
        "always three by three": (
            "def convolve(images, filters):\n"
            "    h, w = images.shape[1] - 2, images.shape[2] - 2\n"
            "    return sum(\n"
            "        filters[:, i, j, None, None] * images[:, None, i : i + h, j : j + w]\n"
            "        for i in range(3) for j in range(3))",
            r"index 2 is out of bounds",
        ),
        "the first filter alone": (
            "def convolve(images, filters):\n"
            "    k = filters.shape[-1]\n"
            "    h, w = images.shape[1] - k + 1, images.shape[2] - k + 1\n"
            "    return sum(\n"
            "        filters[0, i, j] * images[:, None, i : i + h, j : j + w]\n"
            "        for i in range(k) for j in range(k))",
            r"3 images of 5×4 and 2 filters of 3×3",
        ),
        "the filters first": (
            "def convolve(images, filters):\n"
            "    k = filters.shape[-1]\n"
            "    h, w = images.shape[1] - k + 1, images.shape[2] - k + 1\n"
            "    return sum(\n"
            "        filters[:, None, i, j, None, None] * images[None, :, i : i + h, j : j + w]\n"
            "        for i in range(k) for j in range(k))",
            r"3 images of 5×4 and 2 filters of 3×3",
        ),
    },
    "unseen": {
        "nothing": (
            "def unseen(W):\n    return np.zeros(3)",
            r"x has the length 0, not 1",
        ),
        "the example's": (
            "def unseen(W):\n    return np.array([0.0, 0.0, 1.0])",
            r"Expected is x @ W\.T",
        ),
        "a sign lost": (
            "def unseen(W):\n"
            "    A = W - W.T\n"
            "    x = np.array([A[1, 2], A[0, 2], A[0, 1]])\n"
            "    return x / np.linalg.norm(x)",
            r"Expected is x @ W\.T",
        ),
        "no thought of W that is its own transpose": (
            "def unseen(W):\n"
            "    A = W - W.T\n"
            "    x = np.array([A[1, 2], A[2, 0], A[0, 1]])\n"
            "    return x / np.linalg.norm(x)",
            r"x has the length nan, not 1|length",
        ),
    },
}
