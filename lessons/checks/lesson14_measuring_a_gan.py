"""What is asked of the answers to lesson 14."""

import functools
import itertools
import math

import numpy as np
from hypothesis import strategies as st

from lessons.runner.expect import Exercise, expect, expect_close, expect_shape, for_any, shown
from scratchgen.data import mnist5k
from scratchgen.measure import memorising, precision_recall_density_coverage
from scratchgen.testing import arrays

WHOLE = st.integers(-4, 4).map(float)

# precision_without_strays


def _leaves_a_stray_out(precision_without_strays):
    """it should not count the image at 5 for real images at 0, 1, 2 and 9, with k=1"""
    real, made = np.array([[0.0], [1.0], [2.0], [9.0]]), np.array([[5.0]])
    got = precision_without_strays(real, made, 1)
    why = "The reaches are 1, 1, 1 and 7, and their median is 1: the ball around 9 is left out."
    expect_close(got, 0.0, "real = 0, 1, 2, 9, made = 5, k = 1", why=why)


def _counts_what_lies_in_a_small_ball(precision_without_strays):
    """it should count the images at 0.5 and at 3, and not those at 5 and 20"""
    real = np.array([[0.0], [1.0], [2.0], [9.0]])
    made = np.array([[0.5], [3.0], [5.0], [20.0]])
    why = "The balls around 0, 1 and 2 reach 1 far, so two of the four lie in one. All four count."
    what = "real = 0, 1, 2, 9, made = 0.5, 3, 5, 20, k = 1"
    expect_close(precision_without_strays(real, made, 1), 0.5, what, why=why)


def _keeps_the_reaches_among_all(precision_without_strays):
    """it should take the reaches among all real images, not only among those that are kept"""
    real, made = np.arange(5.0)[:, None], np.array([[4.5]])
    got = precision_without_strays(real, made, 2)
    why = "The reaches are 2, 1, 1, 1 and 2, so the balls around 1, 2 and 3 are left, and each "
    why += "reaches 1 far. (Among 1, 2 and 3 alone, the one around 3 would reach 2 far.)"
    expect_close(got, 0.0, "real = 0, 1, 2, 3, 4, made = 4.5, k = 2", why=why)


@st.composite
def _two_sets(draw):
    """Real points, generated ones, and a k; whole numbers, so that no distance is rounded."""
    n, m, D, k = (draw(st.integers(*ends)) for ends in ((4, 7), (1, 4), (1, 2), (1, 3)))
    return [draw(arrays((size, D), WHOLE, layouts=["contiguous"])) for size in (n, m)] + [k]


def _is_the_share_in_the_smaller_half(precision_without_strays):
    """it should be the share of images in a ball that reaches at most the median, for any points"""

    def holds(real_made_k):
        real, made, k = real_made_k
        squared = [sorted(sum((x - y) ** 2) for y in real)[k] for x in real]
        kept = [(x, r) for x, r in zip(real, squared, strict=True) if r <= np.median(squared)]
        hits = [any(sum((x - y) ** 2) <= r for x, r in kept) for y in made]
        what = f"real = {shown(real)}, made = {shown(made)}, k = {k}"
        got = precision_without_strays(real.copy(), made.copy(), k)
        reaches = ", ".join(f"{math.sqrt(r):.3g}" for r in squared)
        expect_close(got, np.mean(hits), what, why=f"The reaches are {reaches}.")

    for_any(holds, real_made_k=_two_sets())


# log_window


def _is_known_for_one_image(log_window):
    """it should be -0.9189 for one image and one point at 0, with sigma 1"""
    got = log_window(np.zeros((1, 1)), np.zeros((1, 1)), 1.0)
    expect_close(got, -0.5 * math.log(2 * math.pi), "one image, one point, sigma = 1")


def _knows_the_number_of_pixels(log_window):
    """it should count the factor of the bell once for each pixel"""
    got = log_window(np.zeros((1, 3)), np.zeros((1, 3)), 2.0)
    expected = -3 * math.log(2 * math.sqrt(2 * math.pi))
    why = "The bell's height in D dimensions is 1 / (sigma sqrt(2 pi))^D."
    expect_close(got, expected, "one image, one point, D = 3, sigma = 2", why=why)


def _does_not_underflow(log_window):
    """it should be an ordinary number far away from all images"""
    made, points = np.zeros((1, 784)), np.ones((1, 784))
    expected = -784 / (2 * 0.01) - 784 * math.log(0.1 * math.sqrt(2 * math.pi))
    with np.errstate(all="ignore"):
        got = log_window(made, points, 0.1)
    why = "exp(-39200) is 0 to a computer. Take the largest exponent out of the sum first."
    expect_close(got, expected, "a black image, a white point, sigma = 0.1", why=why)


@st.composite
def _windows(draw):
    n, m, D = (draw(st.integers(1, 3)) for _ in range(3))
    points = [draw(arrays((size, D), WHOLE, layouts=["contiguous"])) for size in (m, n)]
    return [*points, draw(st.sampled_from([1.0, 2.0, 4.0]))]


def _is_the_mean_of_logarithms_of_mean_bells(log_window):
    """it should be the mean of log p(x), p being a mean of bells, for any images and points"""

    def holds(window):
        made, points, sigma = window
        D, logs = made.shape[1], []
        for x in points:
            bells = [math.exp(-sum((x - s) ** 2) / (2 * sigma**2)) for s in made]
            height = sum(bells) / len(made)
            logs.append(math.log(height) - D * math.log(sigma * math.sqrt(2 * math.pi)))
        what = f"made = {shown(made)}, points = {shown(points)}, sigma = {sigma}"
        why = f"p is a mean over {len(made)} images. " * (len(made) > 1)
        why += f"And it is the mean over {len(points)} points." * (len(points) > 1)
        got = log_window(made.copy(), points.copy(), sigma)
        expect_close(got, sum(logs) / len(logs), what, why=why)

    for_any(holds, window=_windows())


# fools_precision_and_coverage and moved_copies

SOME = 400  # digits in each pile


@functools.cache
def _piles():
    """Three piles of different digits: seen, real, fresh."""
    digits = mnist5k()
    order = np.random.default_rng(14).permutation(len(digits.train_images))[: 3 * SOME]
    return np.split(digits.train_images[order], 3)


def _returned(answer):
    """What it makes of the seen digits; AssertionError where that is no images."""
    seen, _, _ = _piles()
    got = answer(seen.copy())
    expect_shape(got, seen.shape, f"for {SOME} digits")
    got = np.asarray(getattr(got, "value", got), float)
    expect(np.isfinite(got).all(), "An image holds a number that is not finite.")
    low, high = got.min(), got.max()
    inside = low >= -1e-6 and high <= 1 + 1e-6
    expect(inside, f"Pixels lie between 0 and 1; it gives some from {low:.2f} to {high:.2f}.")
    return got


def _scores(images):
    return precision_recall_density_coverage(_piles()[1], images)


def _has_the_precision_and_coverage_of_fresh_digits(fools_precision_and_coverage):
    """it should have the precision and the coverage of fresh real digits, give or take 0.03"""
    made, fresh = _scores(_returned(fools_precision_and_coverage)), _scores(_piles()[2])
    for name in ("precision", "coverage"):
        got, wanted = getattr(made, name), getattr(fresh, name)
        words = f"Its {name} is {got:.3f}, and that of fresh digits {wanted:.3f}. "
        low = "That is too low: what lies in the balls of many images at once?"
        high = "That is too good to be true: put in a few images that lie in no ball."
        expect(abs(got - wanted) <= 0.03, words + (low if got < wanted else high))


def _has_half_the_recall(fools_precision_and_coverage):
    """it should have a recall of at most a half"""
    recall = _scores(_returned(fools_precision_and_coverage)).recall
    words = f"Its recall is {recall:.3f}. "
    cure = "It should be at most 0.5: its own balls have to be smaller, so its images closer. "
    cure += "(A single image far from all others has a huge ball; copies of it have none.)"
    expect(recall <= 0.5, words + cure)


def _moves_each_image_by_two_pixels_at_most(moved_copies):
    """it should return each image, moved by at most two pixels each way"""
    seen, got = _piles()[0], _returned(moved_copies)
    ways = [_moved(seen, *by) for by in itertools.product(range(-2, 3), repeat=2)]
    fits = np.array([np.isclose(got, way, atol=1e-5).all(axis=1) for way in ways]).any(axis=0)
    first = int(np.argmin(fits))
    words = f"Image {first} is no copy of seen image {first}, moved by up to two pixels with "
    words += f"black at the edges, nor are {(~fits).sum() - 1} others."
    expect(fits.all(), words)


def _is_not_found_out(moved_copies):
    """it should have at most 70 % of its images nearer to a seen image than to an unseen one"""
    seen, real, _ = _piles()
    share = memorising(_returned(moved_copies), seen, real).nearer_to_train
    words = f"{share:.0%} of its images are nearer to a seen one. "
    expect(share <= 0.7, words + "It should be at most 70 %: move them further.")


def _moved(images, down, right):
    """The images moved by so many pixels, black at the edges."""
    wide = np.pad(images.reshape(-1, 28, 28), ((0, 0), (2, 2), (2, 2)))
    return wide[:, 2 - down : 30 - down, 2 - right : 30 - right].reshape(images.shape)


EXERCISES = [
    Exercise(
        "precision_without_strays",
        properties=[
            _leaves_a_stray_out,
            _counts_what_lies_in_a_small_ball,
            _keeps_the_reaches_among_all,
            _is_the_share_in_the_smaller_half,
        ],
        hint="np.median(reach) is the middle one of all reaches. Compare each reach with it, and "
        "use only the columns of real images that pass, with the reaches that they have.",
        stronger_hint="small = reach <= np.median(reach); then measure `made` against real[small] "
        "and reach[small]. The reaches themselves come from all real images.",
    ),
    Exercise(
        "log_window",
        properties=[
            _is_known_for_one_image,
            _knows_the_number_of_pixels,
            _does_not_underflow,
            _is_the_mean_of_logarithms_of_mean_bells,
        ],
        hint="A table of logs, one for each point and each image: minus the squared distance over "
        "2 sigma^2, minus D log(sigma sqrt(2 pi)). Then a mean of bells along each row.",
        stronger_hint="largest = logs.max(axis=1, keepdims=True); the log of the sum of a row is "
        "largest + log(exp(logs - largest).sum()), and for the mean subtract log(M).",
    ),
    Exercise(
        "fools_precision_and_coverage",
        properties=[_has_the_precision_and_coverage_of_fresh_digits, _has_half_the_recall],
        hint="A mean is nearer to everything than what it is a mean of, so its precision is too "
        "high. An image that lies in no ball lowers it.",
        stronger_hint="Replace each digit by the mean of itself and the two digits nearest to it. "
        "Then put white squares in place of one image in twenty: they are far away, but equal, so "
        "their own balls have no size.",
    ),
    Exercise(
        "moved_copies",
        properties=[_moves_each_image_by_two_pixels_at_most, _is_not_found_out],
        hint="seen.reshape(-1, 28, 28) are the images as squares. A stroke is two or three pixels "
        "wide: moved by so much, it does not meet itself any more.",
        stronger_hint="moved = np.zeros_like(squares); moved[:, :, 2:] = squares[:, :, :-2].",
    ),
]
