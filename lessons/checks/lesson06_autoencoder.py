"""What is asked of the answers to lesson 6."""

import numpy as np
from hypothesis import strategies as st

from lessons.runner.expect import Exercise, expect, expect_close, expect_shape, for_any, shown
from scratchgen.engine import Tensor, grad
from scratchgen.measure import precision_recall_density_coverage
from scratchgen.testing import arrays

# from_many_normals

# Two countries, far apart: three in four codes lie around (0, 0), the others around (9, 9). Within
# each the two numbers rise and fall together.
_RNG = np.random.default_rng(6)
COVARIANCE = np.array([[0.09, 0.06], [0.06, 0.09]])
AROUND = np.array([[0.0, 0.0]] * 300 + [[9.0, 9.0]] * 100)
CODES = AROUND + _RNG.multivariate_normal([0, 0], COVARIANCE, 400)
LABELS = np.array([3] * 300 + [7] * 100)
DRAWN = 4000


def _draws_as_many_as_asked(from_many_normals):
    """it should return n codes, (n, Z)"""
    for n in (1, 20):
        got = _drawn(from_many_normals, n)
        expect_shape(got, (n, 2), f"{n} codes of two numbers")


def _keeps_to_the_countries(from_many_normals):
    """it should draw codes within the countries, and none in the empty land between them"""
    got = _drawn(from_many_normals, DRAWN)
    lost = got[np.minimum(_away(got, 0), _away(got, 9)) > 3]
    words = f"The codes lie around (0, 0) and (9, 9), and {len(lost)} of {DRAWN} that it draws lie "
    words += "elsewhere" + (f", such as {shown(lost[0].round(2))}. " if len(lost) else ". ")
    cure = "A bell over both countries covers the land between: fit one to each label's codes."
    expect(len(lost) == 0, words + cure)


def _draws_each_class_as_often(from_many_normals):
    """it should draw each class as often as it comes up among the labels"""
    got = _drawn(from_many_normals, DRAWN)
    share = float((_away(got, 9) < 3).mean())
    words = f"A quarter of the labels are 7; of what it draws, a share of {share:.3f} is. "
    equal = "It seems to draw all classes equally often: choose among the labels themselves."
    cure = equal if abs(share - 0.5) < 0.05 else "rng.choice(labels, n) draws each as often."
    expect(abs(share - 0.25) < 0.04, words + cure)  # 0.04: six standard deviations of 4,000 draws


def _has_the_spread_of_each_class(from_many_normals):
    """it should have the mean and the covariances of each class's own codes"""
    got = _drawn(from_many_normals, DRAWN)
    for centre, label in ((0, 3), (9, 7)):
        mine, theirs = got[_away(got, centre) < 3], CODES[label == LABELS]
        expect(len(mine) > 1, f"It draws hardly any code of the class {label}.")
        expect_close(mine.mean(axis=0), theirs.mean(axis=0), f"the mean of the codes of {label}",
                     atol=0.06)  # fmt: skip
        found, wanted = np.cov(mine.T), np.cov(theirs.T)
        why = "The diagonal is how widely each number varies, the rest how far they rise together."
        expect_close(found, wanted, f"the covariances of the codes of {label}", atol=0.02,
                     why=why)  # fmt: skip


def _away(points, centre):
    return np.sqrt(((points - centre) ** 2).sum(axis=1))


def _drawn(from_many_normals, n):
    """What it draws, as an array; AssertionError where that is no table of numbers."""
    got = from_many_normals(CODES.copy(), LABELS.copy(), n, np.random.default_rng(0))
    expect_shape(got, (n, 2), f"{n} codes of two numbers")
    got = np.asarray(got, float)
    expect(np.isfinite(got).all(), f"Among {n} codes some number is not finite.")
    return got


# linear_gradients


@st.composite
def _autoencoders(draw):
    """Images x (N, D) and weights A (D, K), B (K, D)."""
    N, D, K = (draw(st.integers(1, 3)) for _ in range(3))
    few = st.integers(-3, 3).map(float)
    shapes = [(N, D), (D, K), (K, D)]
    return [draw(arrays(shape, few, layouts=["contiguous"])) for shape in shapes]


def _has_the_shapes_of_the_weights(linear_gradients):
    """it should return two gradients, of the shapes of A and of B"""
    got = _pair(linear_gradients, np.ones((5, 4)), np.ones((4, 2)), np.ones((2, 4)))
    for name, gradient, shape in zip("AB", got, [(4, 2), (2, 4)], strict=True):
        expect_shape(gradient, shape, f"the gradient of {name}, for x (5, 4), A (4, 2), B (2, 4)")


def _is_known_for_one_image(linear_gradients):
    """it should be [[2], [0]] and [[-2, 2]] for x = [[1, 0]], A = [[1], [0]], B = [[0, 1]]"""
    x, A, B = np.array([[1.0, 0.0]]), np.array([[1.0], [0.0]]), np.array([[0.0, 1.0]])
    by_A, by_B = _pair(linear_gradients, x, A, B)
    why = "Here y is [[0, 1]], so the gradient of y is 2 (y - x) = [[-2, 2]], and that of z is 2."
    expect_close(by_A, [[2.0], [0.0]], "the gradient of A", why=why)
    expect_close(by_B, [[-2.0, 2.0]], "the gradient of B", why=why)


def _is_the_derivative(linear_gradients):
    """it should give the derivatives of the mean squared distance, for any images and weights"""

    def holds(autoencoder):
        x, A, B = autoencoder
        a, b = Tensor(A), Tensor(B)
        expected = grad((((x @ a) @ b - x) ** 2).sum(axis=1).mean(), [a, b])
        got = _pair(linear_gradients, x.copy(), A.copy(), B.copy())
        call = f"x = {shown(x)}, A = {shown(A)}, B = {shown(B)}"
        why = f"The loss is a mean over N = {len(x)} images. " * (len(x) > 1)
        for name, gradient, right in zip("AB", got, expected, strict=True):
            expect_close(gradient, right, f"the gradient of {name} for {call}", why=why)

    for_any(holds, autoencoder=_autoencoders())


def _pair(linear_gradients, *arguments):
    """Both gradients; AssertionError where it is no pair."""
    got = linear_gradients(*arguments)
    pair = isinstance(got, tuple | list) and len(got) == 2
    expect(pair, f"It should return two arrays, of A and of B; it returns {shown(got)}.")
    return got


# same_copies

SIZES = [(K, seed) for K in (2, 3, 4) for seed in range(5)]  # numbers in a code


def _rebuilds_the_same(same_copies):
    """it should rebuild every image as before: x @ A @ B stays the same"""
    for K, seed in SIZES:
        A, B = _weights(K, seed)
        new_A, new_B = _mixed(same_copies, A, B)
        what = f"A @ B, for codes of {K} numbers"
        why = "Whatever the new A does to the code, the new B has to undo."
        expect_close(new_A @ new_B, A @ B, what, rtol=1e-6, atol=1e-6, why=why)


def _says_something_else(same_copies):
    """it should have no column in A that is a multiple of a column of the old A"""
    for K, seed in SIZES:
        A, B = _weights(K, seed)
        new_A, _ = _mixed(same_copies, A, B)
        lengths = np.linalg.norm(new_A, axis=0)
        empty = "A column of the new A is 0: then that number of the code says nothing."
        expect(lengths.min() > 1e-9, empty)
        cosines = abs((new_A / lengths).T @ (A / np.linalg.norm(A, axis=0)))
        new, old = np.unravel_index(cosines.argmax(), cosines.shape)
        words = f"For codes of {K} numbers, column {new} of the new A is a multiple of "
        words += f"column {old} of the old one: it says the same, in another unit. "
        cure = "Let each new number be a sum of several old ones."
        expect(cosines.max() < 1 - 1e-6, words + cure)


def _weights(K, seed):
    """A linear autoencoder of six pixels with K numbers in its code."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((6, K)), rng.standard_normal((K, 6))


def _mixed(same_copies, A, B):
    """The new weights, as arrays; AssertionError where they are none."""
    got = same_copies(A.copy(), B.copy())
    pair = isinstance(got, tuple | list) and len(got) == 2
    expect(pair, f"It should return two arrays (A, B); it returns {shown(got)}.")
    for name, new, old in zip("AB", got, (A, B), strict=True):
        expect_shape(new, old.shape, f"the new {name}")
        expect(np.isfinite(np.asarray(new, float)).all(), f"The new {name} is not finite.")
    return [np.asarray(new, float) for new in got]


# mostly_junk

SHAPES = [(10, 1), (10, 2), (13, 2), (20, 3)]  # of real images


def _covers_everything(mostly_junk):
    """it should have a generated image in the ball of each real one"""
    for real, made, images in _made(mostly_junk):
        found = precision_recall_density_coverage(real, made).coverage
        words = f"For {images} its {len(made)} cover {found:.2f} of the balls. "
        expect(found == 1, words + "It should be all: what lies in the ball of an image for sure?")


def _is_mostly_junk(mostly_junk):
    """it should have nine tenths of its images outside of all balls"""
    for real, made, images in _made(mostly_junk):
        outside = 1 - precision_recall_density_coverage(real, made).precision
        words = f"For {images}, {outside:.0%} of its {len(made)} lie in no ball. "
        cure = "It should be 90 % or more: add what is far from everything real."
        expect(outside >= 0.9 - 1e-9, words + cure)


def _made(mostly_junk):
    """Real images, what is made for them, the former in words; AssertionError for no images."""
    for seed, (N, D) in enumerate(SHAPES):
        real = np.random.default_rng(seed).random((N, D))
        images = f"{N} real images of {D} pixel{'s' * (D > 1)}"
        got = mostly_junk(real.copy())
        shape = np.shape(getattr(got, "value", got))
        words = f"It should give images (M, {D}), for {images}; it gives {shown(got)}."
        expect(len(shape) == 2 and shape[1] == D, words)
        expect_shape(got, shape, "mostly_junk(real)")
        got = np.asarray(got, float)
        expect(len(got) > 5, f"It gives {len(got)} images: too few to measure. Give six at least.")
        expect(np.isfinite(got).all(), "An image holds a number that is not finite.")
        yield real, got, images


EXERCISES = [
    Exercise(
        "from_many_normals",
        properties=[
            _draws_as_many_as_asked,
            _keeps_to_the_countries,
            _draws_each_class_as_often,
            _has_the_spread_of_each_class,
        ],
        hint="Draw n labels among the given ones. Then, for each label, draw as many codes as you "
        "need of it, from the codes that carry this label alone.",
        stronger_hint="drawn = rng.choice(labels, n); codes = np.empty((n, z.shape[1])); for each "
        "label: codes[drawn == label] = from_a_normal(z[labels == label], how_many, rng).",
    ),
    Exercise(
        "linear_gradients",
        properties=[
            _has_the_shapes_of_the_weights,
            _is_known_for_one_image,
            _is_the_derivative,
        ],
        hint="Two matrix products, one behind the other. For y = z @ B, lesson 2 has z.T @ g for B "
        "and g @ B.T for z. And z = x @ A is such a product once more.",
        stronger_hint="z = x @ A; g = 2 * (z @ B - x) / len(x); then x.T @ (g @ B.T) and z.T @ g.",
    ),
    Exercise(
        "same_copies",
        properties=[_rebuilds_the_same, _says_something_else],
        hint="Take any square table of K rows that can be undone, and put it, and what undoes it, "
        "between A and B.",
        stronger_hint="A @ mix and np.linalg.inv(mix) @ B, with mix = np.eye(K) + 1: every entry "
        "of it is other than 0.",
    ),
    Exercise(
        "mostly_junk",
        properties=[_covers_everything, _is_mostly_junk],
        hint="One image in each ball is enough for a coverage of 1. Everything else is yours.",
        stronger_hint="The real images themselves, and nine times as many far away from them.",
    ),
]
