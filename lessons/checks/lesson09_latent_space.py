"""What is asked of the answers to lesson 9."""

import math

import numpy as np
from hypothesis import strategies as st

from lessons.runner.expect import Exercise, expect, expect_close, expect_shape, for_any, shown
from scratchgen import measure
from scratchgen.testing import arrays

SEEDS = st.integers(0, 9)

# information


@st.composite
def _tables(draw):
    """A table of counts with something in it."""
    rows, columns = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    counts = draw(arrays((rows, columns), st.integers(0, 6).map(float), layouts=["contiguous"]))
    if counts.sum() == 0:
        counts[0, 0] = 1
    return counts


def _knows_the_lessons_tables(information):
    """it should give log 2, .13 and 0 for the lesson's three tables"""
    tables = {"whole": [[8, 0], [0, 8]], "nothing": [[4, 4], [4, 4]], "mostly": [[6, 2], [2, 6]]}
    right = {
        "whole": math.log(2),
        "nothing": 0.0,
        "mostly": 0.75 * math.log(1.5) + 0.25 * math.log(0.5),
    }
    for name, counts in tables.items():
        got = information(np.array(counts))
        why = "Every field counts by its share, and an empty one adds nothing."
        expect_shape(got, (), f"information({counts})", "It is one number for the whole table.")
        expect(np.isfinite(float(got)), f"information({counts}) is {got}. {why}")
        expect_close(got, right[name], f"information({counts})", why=why)


def _does_not_care_how_many_letters(information):
    """it should stay the same when every count is doubled"""

    def holds(counts):
        once, twice = information(counts.copy()), information(2 * counts)
        why = "Divide by the number of all letters first."
        expect_close(twice, once, f"information of twice {shown(counts)}", why=why)

    for_any(holds, counts=_tables())


def _is_the_sum_over_the_fields(information):
    """it should be the sum of p log(p / (row's share times column's share)), for any table"""

    def holds(counts):
        n, expected = counts.sum(), 0.0
        for i, j in np.argwhere(counts > 0):
            both, row, column = counts[i, j], counts[i].sum(), counts[:, j].sum()
            expected += both / n * math.log(both * n / (row * column))
        got = information(counts.copy())
        why = "A row's share is its sum over n, a column's likewise."
        expect_close(got, expected, f"information({shown(counts)})", why=why)

    holds(np.array([[2.0, 1.0], [0.0, 1.0]]))
    for_any(holds, counts=_tables())


# direction_holding


@st.composite
def _letters(draw):
    """How many letters of each of the four pairs there are."""
    return np.array(draw(st.lists(st.integers(1, 5), min_size=4, max_size=4)))


def _data(counts):
    """factor and other (N,), with so many letters of (0, 0), (1, 0), (0, 1), (1, 1)."""
    factor = np.repeat([0, 1, 0, 1], counts)
    other = np.repeat([0, 0, 1, 1], counts)
    return factor, other


def _has_a_number_for_each_of_the_codes(direction_holding):
    """it should return one number for each number of the code: (Z,)"""
    factor, other = _data([2, 1, 1, 3])
    z = np.stack([factor, other, factor + other], axis=1).astype(float)
    expect_shape(_direction(direction_holding, z, factor, other), (3,), "the direction, Z = 3,")


def _does_not_take_the_other_along(direction_holding):
    """it should leave the other factor alone, however often it goes along"""

    def holds(counts):
        factor, other = _data(counts)
        z = np.stack([factor, other], axis=1).astype(float)
        got = _direction(direction_holding, z, factor, other)
        what = f"for codes (lean, bold), with {shown(counts)} letters of (0, 0), (1, 0), (0, 1), "
        what += "(1, 1), the direction of lean"
        why = "Compare leaning with upright letters among the bold ones, and among the thin ones."
        expect_close(got, [1.0, 0.0], what, why=why)

    holds(np.array([3, 1, 1, 3]))
    for_any(holds, counts=_letters())


def _is_the_mean_of_both_kinds(direction_holding):
    """it should give both kinds of letters the same weight"""

    def holds(counts):
        factor, other = _data(counts)
        z = np.stack([factor * (1 + 2 * other), other], axis=1).astype(float)
        got = _direction(direction_holding, z, factor, other)
        what = f"z_1 grows by 1 among thin letters and by 3 among bold ones ({shown(counts)} of "
        what += "each pair): the direction"
        why = "One direction for each kind, and their mean, however many letters it has."
        expect_close(got, [2.0, 0.0], what, why=why)

    holds(np.array([4, 4, 1, 1]))
    for_any(holds, counts=_letters())


def _direction(direction_holding, z, factor, other):
    return direction_holding(z.copy(), factor.copy(), other.copy())


# pattern

FOUR = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 0.2], [2.0, 0.2]])


def _gives_the_means_for_the_lessons_letters(pattern):
    """it should give (1, 0) for the lesson's four letters and w = (1, -5)"""
    got = pattern(FOUR.copy(), np.array([1.0, -5.0]))
    expect_shape(got, (2,), "the pattern of w = (1, -5)", "It has one number for each of the code.")
    why = "It asks how each number goes along with the prediction, and not how to read it."
    expect_close(got, [1.0, 0.0], "the pattern of w = (1, -5)", why=why)


def _does_not_care_where_0_is(pattern):
    """it should stay the same when 10 is added to every number of every code"""
    w = np.array([1.0, -5.0])
    why = "Take the means away from the codes and from the prediction."
    expect_close(pattern(FOUR + 10, w), [1.0, 0.0], "the pattern, codes + 10,", why=why)


def _is_the_slope_of_each_number(pattern):
    """it should be the slope of each number as a function of the prediction, for any codes"""

    def holds(seed):
        rng = np.random.default_rng(seed)
        z, w = rng.standard_normal((40, 3)) * [3.0, 1.0, 0.1], rng.standard_normal(3)
        slopes = np.polyfit(z @ w, z, 1)[0]
        why = "Covariance with the prediction, over the prediction's variance."
        expect_close(pattern(z.copy(), w.copy()), slopes, f"the pattern (seed {seed})", why=why)

    for_any(holds, examples=10, seed=SEEDS)


# needle


def _is_codes_and_slants(needle):
    """it should return codes (N, 2), N at least 4, and N slants"""
    _codes(needle)


def _predicts_exactly(needle):
    """it should let a weighted sum of the two numbers be exactly the slant"""
    z, slant = _codes(needle)
    wrong = float(abs(_fit(z, slant)[1]).max())
    words = f"The best weighted sum is off by up to {wrong:.3g}. "
    cure = "Let the second number be an echo of just what spoils the first one."
    expect(wrong < 1e-6 * np.ptp(slant), words + cure)


def _points_elsewhere(needle):
    """it should have weights at more than 80 degrees to the difference of means"""
    z, slant = _codes(needle)
    w, _ = _fit(z, slant)
    high = slant > slant.mean()
    means = z[high].mean(axis=0) - z[~high].mean(axis=0)
    lengths = np.linalg.norm(w) * np.linalg.norm(means)
    expect(lengths > 0, "The means of both halves are the same: there is no direction at all.")
    angle = math.degrees(math.acos(np.clip(w @ means / lengths, -1, 1)))
    words = f"The weights are {shown(w.round(3))}, the difference of means "
    words += f"{shown(means.round(3))}: {angle:.0f} degrees. "
    cure = "The fainter the echo, the larger its weight has to be."
    expect(angle > 80, words + cure)


def _codes(needle):
    """Codes and slants, as arrays; AssertionError where they are none."""
    got = needle()
    pair = isinstance(got, tuple | list) and len(got) == 2
    expect(pair, f"It should return codes and slants; it returns {shown(got)}.")
    slant = np.asarray(got[1])
    expect(slant.ndim == 1 and slant.size > 3, f"It needs four slants or more, not {shown(slant)}.")
    expect_shape(got[0], (slant.size, 2), f"the codes of {slant.size} letters")
    z, slant = np.asarray(got[0], float), slant.astype(float)
    expect(np.isfinite(z).all() and np.isfinite(slant).all(), "Some number is not finite.")
    expect(np.ptp(slant) > 0, "All slants are the same.")
    expect(np.ptp(z, axis=0).min() > 0, "A number of the code is the same for all letters.")
    return z, slant


def _fit(z, slant):
    """The regression's weights, and what is left."""
    columns = np.concatenate([z, np.ones((len(z), 1))], axis=1)
    found = np.linalg.lstsq(columns, slant, rcond=None)[0]
    return found[:-1], columns @ found - slant


# nothing_by_itself


def _is_two_numbers_for_each(nothing_by_itself):
    """it should return codes (N, 2)"""
    _turned(nothing_by_itself, 0)


def _can_be_read_exactly(nothing_by_itself):
    """it should let both factors be read exactly, by weighted sums"""

    def holds(seed):
        z, factors = _turned(nothing_by_itself, seed)
        for name, f in factors.items():
            wrong = float(abs(_fit(z, f)[1]).max())
            words = f"The best weighted sum is off by up to {wrong:.3g} for {name}. "
            expect(wrong < 1e-6, words + "Mix f and g in two ways that can be undone.")

    for_any(holds, examples=5, seed=SEEDS)


def _has_next_to_no_gap(nothing_by_itself):
    """it should have a MIG below 0.1"""

    def holds(seed):
        z, factors = _turned(nothing_by_itself, seed)
        found = measure.mig(z, factors)
        gaps = ", ".join(f"{name} {gap:.2f}" for name, gap in found.gaps.items())
        words = f"The MIG is {found.score:.2f} (gaps: {gaps}). "
        expect(found.score < 0.1, words + "Both numbers should tell equally much of each.")

    for_any(holds, examples=5, seed=SEEDS)


def _turned(nothing_by_itself, seed):
    """Its codes of 4,000 letters, and the factors; AssertionError where they are no codes."""
    f, g = np.random.default_rng(seed).random((2, 4000))
    got = nothing_by_itself(f.copy(), g.copy())
    expect_shape(got, (4000, 2), "the codes of 4000 letters")
    z = np.asarray(got, float)
    expect(np.isfinite(z).all(), "Some number of the codes is not finite.")
    expect((z != z[0]).any(axis=0).all(), "A number of the code is the same for all letters.")
    return z, {"f": f, "g": g}


EXERCISES = [
    Exercise(
        "information",
        properties=[
            _knows_the_lessons_tables,
            _does_not_care_how_many_letters,
            _is_the_sum_over_the_fields,
        ],
        hint="With p the shares of all fields, a row's share is p.sum(axis=1), a column's "
        "p.sum(axis=0). Multiply them to a table of the same shape, and leave out empty fields.",
        stronger_hint="alone = p.sum(axis=1, keepdims=True) * p.sum(axis=0); seen = p > 0; then "
        "the sum of p[seen] * np.log(p[seen] / alone[seen]).",
    ),
    Exercise(
        "direction_holding",
        properties=[
            _has_a_number_for_each_of_the_codes,
            _does_not_take_the_other_along,
            _is_the_mean_of_both_kinds,
        ],
        hint="Among the thin letters alone, boldness cannot go along with anything. Among the bold "
        "ones neither.",
        stronger_hint="thin = other == 0; difference_of_means(z[thin], factor[thin]), the same for "
        "~thin, and half of their sum.",
    ),
    Exercise(
        "pattern",
        properties=[
            _gives_the_means_for_the_lessons_letters,
            _does_not_care_where_0_is,
            _is_the_slope_of_each_number,
        ],
        hint="The prediction is z @ w, (N,). How much does each number of the code go along with "
        "it? And how much does it go along with itself?",
        stronger_hint="p = z @ w - (z @ w).mean(); then p @ (z - z.mean(axis=0)) is N times the "
        "covariances, and p @ p is N times the variance.",
    ),
    Exercise(
        "needle",
        properties=[_is_codes_and_slants, _predicts_exactly, _points_elsewhere],
        hint="In the lesson z_2 = bold / 5, and the weights are (1, -5). What do they become, if "
        "the echo is fainter?",
        stronger_hint="With z_2 = bold / 10 the weights are (1, -10), and the difference of means "
        "is (1, 0) as before.",
    ),
    Exercise(
        "nothing_by_itself",
        properties=[_is_two_numbers_for_each, _can_be_read_exactly, _has_next_to_no_gap],
        hint="A number that tells as much about f as about g, and another one that does, too. From "
        "both together f and g can be had back.",
        stronger_hint="The sum of f and g is the first. The second is their difference.",
    ),
]
