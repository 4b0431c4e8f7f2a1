"""What is asked of the answers to lesson 17."""

import numpy as np
from hypothesis import strategies as st

from lessons.runner.expect import Exercise, expect, expect_close, expect_shape, for_any, shown
from scratchgen import Tensor

whole = st.integers(-4, 4)


def _table(rows, columns):
    row = st.lists(whole, min_size=columns, max_size=columns)
    return st.lists(row, min_size=rows, max_size=rows)


# backward


def _adds_the_gradient(backward):
    """it should add the gradient of the loss to what slopes hold"""

    def holds(value, before):
        w, slopes = Tensor([float(value)]), [np.array([float(before)])]
        backward((w * w).sum(), [w], slopes)
        what = f"slopes, which held [{before}], after backward of w * w at w = {value}"
        expect_close(slopes[0], [before + 2.0 * value], what)

    holds(3, 6)
    for_any(holds, value=whole, before=whole)


def _changes_the_arrays_themselves(backward):
    """it should change the arrays of slopes in place, so that whoever holds one sees it"""
    w, mine = Tensor([3.0]), np.zeros(1)
    slopes = [mine]
    backward((w * w).sum(), [w], slopes)
    expect(slopes[0] is mine, "slopes[0] is another array now. `slopes[0] += new` changes the old.")
    expect_close(mine, [6.0], "the array that was slopes[0]")


def _takes_a_batch_in_pieces(backward):
    """it should give a whole batch's gradient when called for its pieces, for several weights"""

    def holds(x):
        x = np.array(x, float)
        W, b = Tensor(np.ones((2, 1))), Tensor(np.zeros(1))
        slopes = [np.zeros((2, 1)), np.zeros(1)]
        for piece in (x[:1], x[1:]):
            got = backward(((piece @ W + b) ** 2).sum(), [W, b], slopes)
            expect(got is None, f"it returns {shown(got)}, expected nothing.")
        error = 2 * x.sum(axis=1, keepdims=True)
        what = f"of the rows {shown(x)} in two pieces, slopes"
        expect_close(slopes[0], x.T @ error, f"{what}[0]")
        expect_close(slopes[1], error.sum(axis=0), f"{what}[1]")

    holds([[1, 0], [0, 2], [1, 1]])
    for_any(holds, x=_table(3, 2))


# convolve


def _one(image, weights):
    k = len(weights)
    h, w = image.shape[0] - k + 1, image.shape[1] - k + 1
    return np.array([[(image[i : i + k, j : j + k] * weights).sum() for j in range(w)]
                     for i in range(h)])  # fmt: skip


def _sees_one_image(convolve):
    """it should multiply what lies on top of each other and add up, at each place"""

    def holds(image, weights):
        image, weights = np.array(image, float), np.array(weights, float)
        what = f"convolve of the image {shown(image)} and the filter {shown(weights)}"
        got, expected = convolve(image[None], weights[None]), _one(image, weights)
        expect_shape(got, (1, 1, *expected.shape), what)
        expect_close(np.asarray(got)[0, 0], expected, what)

    holds([[1, 2], [3, 4]], [[1, 0], [0, 10]])
    holds([[1, 2, 3], [4, 5, 6]], [[1, 0], [0, 10]])
    for_any(holds, image=_table(3, 4), weights=_table(2, 2))


def _takes_any_size(convolve):
    """it should take filters of any size k"""
    image = np.arange(20.0).reshape(1, 4, 5)
    for k in (1, 2, 3, 4):
        weights = np.arange(1.0 * k * k).reshape(1, k, k)
        what = f"convolve of an image of 4×5 and a filter of {k}×{k}"
        got = convolve(image, weights)
        expect_shape(got, (1, 1, 5 - k, 6 - k), what)
        expect_close(np.asarray(got)[0, 0], _one(image[0], weights[0]), what)


def _takes_many_of_both(convolve):
    """it should give one picture for each image and each filter, the images first"""
    rng = np.random.default_rng(0)
    images, filters = rng.integers(0, 9, (3, 5, 4)), rng.integers(-4, 5, (2, 3, 3))
    got = convolve(images, filters)
    expect_shape(got, (3, 2, 3, 2), "convolve of 3 images of 5×4 and 2 filters of 3×3")
    for n in range(3):
        for f in range(2):
            what = f"of 3 images and 2 filters, what filter {f} sees in image {n}"
            expect_close(np.asarray(got)[n, f], _one(images[n], filters[f]), what)


# unseen


def _hides_the_transpose(unseen):
    """it should return a row of length 1 for which x @ W and x @ W.T are the same"""

    def holds(W):
        W = np.array(W, float)
        x = unseen(W.copy())
        expect_shape(x, (3,), f"unseen({shown(W)})")
        length = float(np.linalg.norm(x))
        expect(abs(length - 1) < 1e-6, f"for W = {shown(W)}, x has the length {length:.3g}, not 1.")
        what = f"for W = {shown(W)} and x = {shown(x)}, x @ W"
        expect_close(x @ W, x @ W.T, what, atol=1e-8, why="Expected is x @ W.T.")

    holds([[1, 2, 0], [0, 1, 0], [0, 0, 1]])
    holds([[1, 2, 3], [4, 5, 6], [7, 8, 9]])
    for_any(holds, W=_table(3, 3))


EXERCISES = [
    Exercise(
        "backward",
        properties=[_adds_the_gradient, _changes_the_arrays_themselves, _takes_a_batch_in_pieces],
        hint="Walk through slopes and grad(loss, weights) side by side, by zip.",
        stronger_hint="for slope, new in zip(slopes, grad(loss, weights)): slope += new. "
        "(`slope = slope + new` would make a new array, and leave the old one as it was.)",
    ),
    Exercise(
        "convolve",
        properties=[_sees_one_image, _takes_any_size, _takes_many_of_both],
        hint="Keep the lesson's two loops, over the places of the filter. All images and all "
        "filters go along in axes of their own: let them be broadcast.",
        stronger_hint="images[:, None, i : i + h, j : j + w] is (N, 1, h, w), and "
        "filters[:, i, j, None, None] is (F, 1, 1). Their product is (N, F, h, w).",
    ),
    Exercise(
        "unseen",
        properties=[_hides_the_transpose],
        hint="With A = W - W.T, x @ A is to be 0. There are 0s on A's diagonal, and three numbers "
        "above it, which come again below with the other sign. Write x @ A = 0 out.",
        stronger_hint="x = (A[1, 2], A[2, 0], A[0, 1]), divided by its length. If W is its own "
        "transpose, x is 0 then, and any other row will do.",
    ),
]
