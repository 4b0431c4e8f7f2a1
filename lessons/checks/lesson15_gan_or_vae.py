"""What is asked of the answers to lesson 15."""

import numpy as np
from hypothesis import strategies as st

from lessons.runner.expect import (
    Exercise,
    expect,
    expect_close,
    expect_numbers,
    expect_shape,
    for_any,
    shown,
)
from scratchgen import data
from scratchgen.measure import interval, sharpness
from scratchgen.testing import arrays, floats

# lead


@st.composite
def _marks(draw):
    """The marks of two machines for two to five seeds."""
    N = draw(st.integers(2, 5))
    return tuple(draw(arrays((N,), floats(0, 1), layouts=["contiguous"])) for _ in range(2))


def _is_sure_of_a_lead_that_is_the_same_for_each_seed(lead):
    """it should be sure of a lead that is the same for each seed"""
    got = lead(np.array([0.5, 0.7, 0.9]), np.array([0.4, 0.6, 0.8]))
    got = expect_numbers(got, ["mean", "half_width"], "lead(...)")
    why = "The GAN leads by 0.1 with each seed, though both do better with some seeds."
    expect_close(got, [0.1, 0], "lead([0.5, 0.7, 0.9], [0.4, 0.6, 0.8])", why=why)


def _says_in_which_direction(lead):
    """it should be positive where the GAN's marks are larger"""
    got = lead(np.array([0.9, 0.8]), np.array([0.1, 0.2]))
    mean, _ = expect_numbers(got, ["mean", "half_width"], "lead(...)")
    expect(mean > 0, f"lead([0.9, 0.8], [0.1, 0.2]) has the mean {mean:g}: it is GAN minus VAE.")


def _is_students_interval(lead):
    """it should be the 95 % interval of the differences"""

    def holds(marks):
        gan, vae = marks
        found = interval(gan, vae)
        call = f"lead({shown(gan)}, {shown(vae)})"
        got = expect_numbers(lead(gan.copy(), vae.copy()), ["mean", "half_width"], call)
        expect_close(got, [found.mean, found.half_width], call, rtol=1e-3, atol=1e-6)

    for_any(holds, marks=_marks())


# leads_from


def _does_not_count_a_lead_that_is_lost(leads_from):
    """it should not count a lead that is lost again"""
    got = leads_from([1, 2, 4], [0.3, 0.2, 0.9], [0.1, 0.5, 0.6])
    call = "leads_from([1, 2, 4], [0.3, 0.2, 0.9], [0.1, 0.5, 0.6])"
    expect(got == 4, f"{call}: expected 4, got {got}. At second 2 the VAE leads again.")


def _is_none_without_a_lead_at_the_end(leads_from):
    """it should give None if the GAN does not lead at the end"""
    got = leads_from([1, 2], [0.9, 0.5], [0.1, 0.5])
    call = "leads_from([1, 2], [0.9, 0.5], [0.1, 0.5])"
    expect(got is None, f"{call}: expected None, got {got}. At the end they are level.")


def _is_the_earliest_such_second(leads_from):
    """it should give the earliest second from which on the GAN leads to the end"""

    def holds(ahead):
        seconds = [2**i for i in range(len(ahead))]
        gan, vae = [0.5 + 0.1 * a for a in ahead], [0.5] * len(ahead)
        lasting = [t for i, t in enumerate(seconds) if min(ahead[i:]) > 0]
        expected = lasting[0] if lasting else None
        got = leads_from(list(seconds), list(gan), list(vae))
        call = f"leads_from({seconds}, {shown(gan)}, {shown(vae)})"
        expect(got == expected, f"{call}: expected {expected}, got {got}.")

    for_any(holds, ahead=st.lists(st.sampled_from([-1, 0, 1]), min_size=1, max_size=6))


# way_back


def _takes_one_step(way_back):
    """it should go one step against the gradient"""
    got = way_back(lambda z: z, np.array([[2.0]]), np.array([[0.0]]), 0.25, 1)
    why = "The gradient of (z - 2)^2 at 0 is -4, and a quarter of it is 1."
    expect_close(got, [[1.0]], "way_back(z -> z, [[2.0]], [[0.0]], lr=0.25, steps=1)", why=why)


def _takes_each_step_from_where_it_is(way_back):
    """it should take the next step from where the last one has led"""
    got = way_back(lambda z: z, np.array([[2.0]]), np.array([[0.0]]), 0.25, 3)
    call = "way_back(z -> z, [[2.0]], [[0.0]], lr=0.25, steps=3)"
    expect_close(got, [[1.75]], call, why="Each step halves what is missing: 1, 1.5, 1.75.")


def _searches_for_each_image_by_itself(way_back):
    """it should find for each image what it finds for that image alone"""
    rng = np.random.default_rng(0)
    W, x = rng.standard_normal((2, 5)), rng.standard_normal((3, 5))
    start = np.ones((3, 2))
    got = way_back(lambda z: z @ W, x, start, 0.02, 8)
    expect_shape(got, (3, 2), "way_back of (3, 2) codes")
    for i in range(3):
        alone = way_back(lambda z: z @ W, x[i : i + 1], start[i : i + 1], 0.02, 8)
        why = "Sum over the images: a mean makes each search slower, the more images there are."
        expect_close(np.asarray(got)[i : i + 1], alone, f"the code of image {i} of 3", why=why)
    expect((start == 1).all(), "it has written into the codes that it was to start from.")


def _finds_the_nearest_image(way_back):
    """it should come to the nearest image if it has time"""
    rng = np.random.default_rng(1)
    W, x = rng.standard_normal((2, 5)), rng.standard_normal((2, 5))
    got = way_back(lambda z: z @ W, x, np.zeros((2, 2)), 0.05, 500)
    best = np.linalg.lstsq(W.T, x.T, rcond=None)[0].T
    expect_close(got, best, "way_back(z -> z @ W, ...) after 500 steps", rtol=1e-3, atol=1e-4)


# fools_sharpness


def _soft_digits():
    """Forty held-out digits, each pixel mixed with those beside it; and real ones' sharpness."""
    digits = data.digits()
    x = digits.test_images[:40].reshape(-1, 8, 8)
    wide = np.pad(x, ((0, 0), (1, 1), (1, 1)))
    beside = wide[:, :-2, 1:-1] + wide[:, 2:, 1:-1] + wide[:, 1:-1, :-2] + wide[:, 1:-1, 2:]
    soft = (2 * x + beside) / 6
    return soft.reshape(-1, 64), float(sharpness(digits.test_images, (8, 8)).mean())


def _changes_three_pixels_at_most(fools_sharpness):
    """it should change at most three pixels of each image, and stay in [0, 1]"""
    soft, _ = _soft_digits()
    given = soft.copy()
    got = fools_sharpness(given, (8, 8))
    expect_shape(got, soft.shape, "fools_sharpness of 40 images of 64 pixels")
    got = np.asarray(got)
    expect((given == soft).all(), "it has written into the images that it was given: copy them.")
    expect(got.min() >= 0 and got.max() <= 1, "some of its pixels are not in [0, 1].")
    most = int((got != soft).sum(axis=1).max())
    expect(most <= 3, f"of one image it changes {most} pixels: at most 3 are allowed.")


def _is_as_sharp_as_real_digits(fools_sharpness):
    """it should be as sharp as real digits, on average"""
    soft, goal = _soft_digits()
    got = float(sharpness(np.asarray(fools_sharpness(soft.copy(), (8, 8))), (8, 8)).mean())
    before = float(sharpness(soft, (8, 8)).mean())
    words = f"its images have the sharpness {got:.2f}, the soft ones {before:.2f}, and real digits "
    expect(got >= goal, words + f"{goal:.2f}. A pixel raises it most where all around is dark.")


EXERCISES = [
    Exercise(
        "lead",
        properties=[
            _is_sure_of_a_lead_that_is_the_same_for_each_seed,
            _says_in_which_direction,
            _is_students_interval,
        ],
        hint="First one number for each seed, then the interval of these numbers.",
        stronger_hint="lesson_interval(gan - vae)",
    ),
    Exercise(
        "leads_from",
        properties=[
            _does_not_count_a_lead_that_is_lost,
            _is_none_without_a_lead_at_the_end,
            _is_the_earliest_such_second,
        ],
        hint="Go backwards in time for as long as the GAN leads.",
        stronger_hint="for ... in zip(reversed(seconds), reversed(gan), reversed(vae)): stop at "
        "the first one where it does not lead, and return the second that you saw last.",
    ),
    Exercise(
        "way_back",
        properties=[
            _takes_one_step,
            _takes_each_step_from_where_it_is,
            _searches_for_each_image_by_itself,
            _finds_the_nearest_image,
        ],
        hint="The lesson's `search`, with z - lr * gradient in place of Adam.",
        stronger_hint="code = Tensor(z); error = ((decode(code) - x) ** 2).sum(); "
        "z = z - lr * grad(error, [code])[0]",
    ),
    Exercise(
        "fools_sharpness",
        properties=[_changes_three_pixels_at_most, _is_as_sharp_as_real_digits],
        hint="A white pixel between black ones differs from all four neighbours by 1.",
        stronger_hint="Three times: find the pixel, not at the edge, that is darkest together with "
        "its four neighbours, and make it 1.",
    ),
]
