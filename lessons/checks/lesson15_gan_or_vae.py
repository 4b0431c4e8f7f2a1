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


# choose_the_winner


def _table(values):
    """A table of one mark, "recall": values[machine][seconds] are those of the seeds 0, 1, ..."""
    return [
        {"machine": machine, "seed": seed, "seconds": seconds, "recall": value}
        for machine, moments in values.items()
        for seconds, seeds in moments.items()
        for seed, value in enumerate(seeds)
    ]


def _lets_either_win_at_its_own_moment(choose_the_winner):
    """it should let each machine win at the moment that suits it"""
    table = _table({"VAE": {1: [0.3, 0.4], 9: [0.6, 0.7]}, "GAN": {1: [0.0, 0.1], 9: [0.9, 0.8]}})
    words = "VAE .3 .4 at second 1 and .6 .7 at 9, GAN .0 .1 and .9 .8"
    for machine, seconds in (("VAE", 1), ("GAN", 9)):
        got = choose_the_winner([dict(row) for row in table], machine, ["recall"])
        expected = ("recall", seconds)
        expect(got == expected, f"{words}: for the {machine} expected {expected}, got {got}.")


def _does_not_count_a_lead_by_luck(choose_the_winner):
    """it should not count a lead that another machine's best seed undoes"""
    table = _table({"VAE": {1: [0.5, 0.2]}, "GAN": {1: [0.3, 0.1]}})
    got = choose_the_winner(table, "VAE", ["recall"])
    why = "With its worst seed the VAE has .2, and the GAN has .3 with its best."
    expect(got is None, f"VAE .5 .2, GAN .3 .1: expected None, got {got}. {why}")


def _beats_all_the_others(choose_the_winner):
    """it should compare with every other machine"""
    table = _table({"VAE": {1: [0.2]}, "grey VAE": {1: [0.6]}, "GAN": {1: [0.5]}})
    got = choose_the_winner(table, "GAN", ["recall"])
    expect(got is None, f"VAE .2, grey VAE .6, GAN .5: for the GAN expected None, got {got}.")


def _prefers_the_larger_lead(choose_the_winner):
    """it should prefer the larger of two leads"""
    table = _table({"VAE": {1: [0.3], 2: [0.4]}, "GAN": {1: [0.4], 2: [0.9]}})
    got = choose_the_winner(table, "GAN", ["recall"])
    words = "VAE .3 at second 1 and .4 at 2, GAN .4 and .9: for the GAN expected ('recall', 2)"
    expect(got == ("recall", 2), f"{words}, got {got}.")


@st.composite
def _races(draw):
    """A table of two machines, two marks, two seeds and up to three seconds, in any order."""
    seconds = list(range(1, draw(st.integers(1, 3)) + 1))
    tenths = st.integers(0, 9).map(lambda n: n / 8)
    rows = [
        {"machine": m, "seed": s, "seconds": t, "recall": draw(tenths), "coverage": draw(tenths)}
        for m in ("VAE", "GAN")
        for s in (0, 1)
        for t in seconds
    ]
    return draw(st.permutations(rows))


def _finds_the_largest_lead(choose_the_winner):
    """it should find the mark and the second at which the lead is largest"""

    def lead(table, mark, seconds):
        at = [row for row in table if row["seconds"] == seconds]
        own, others = ([r[mark] for r in at if r["machine"] == m] for m in ("GAN", "VAE"))
        return min(own) - max(others)

    def holds(table):
        marks = ["recall", "coverage"]
        got = choose_the_winner([dict(row) for row in table], "GAN", list(marks))
        leads = {(m, r["seconds"]): lead(table, m, r["seconds"]) for m in marks for r in table}
        most = max(leads.values())
        words = f"of {len(table)} rows, the largest lead of the GAN is {most:g}"
        if most <= 0:
            expect(got is None, f"{words}: expected None, got {got}.")
            return
        named = isinstance(got, (tuple, list)) and tuple(got) in leads
        expect(named, f"{words}: expected a mark and a second, got {got}.")
        expect(leads[tuple(got)] == most, f"{words}, and at {got} it is {leads[tuple(got)]:g}.")

    for_any(holds, table=_races())


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
        "choose_the_winner",
        properties=[
            _lets_either_win_at_its_own_moment,
            _does_not_count_a_lead_by_luck,
            _beats_all_the_others,
            _prefers_the_larger_lead,
            _finds_the_largest_lead,
        ],
        hint="Two loops, over seconds and over marks, and remember the largest lead so far.",
        stronger_hint="lead = min(own) - max(others), of the rows of that second; begin with a "
        "largest lead of 0 and with None.",
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
