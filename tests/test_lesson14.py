"""Lesson 14: the measures by hand, the impostors, the table of blind spots, by other routes."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lessons.tables import column, impostors, rows
from scratchgen import data, measure
from tests.quick_lesson import run_quick

NAMES = {"machines", "balls", "middle", "window", "again", "table", "features", "pairs", "knows"}
SEVEN = {"precision", "recall", "density", "coverage", "parzen", "nearer", "kl"}
ZERO_IS_BEST = ("kl", "frechet")


@pytest.fixture(scope="module")
def lesson(figures):
    return run_quick("measuring_a_gan", figures, data="mnist5k")


@pytest.fixture(scope="module")
def dealt():
    return impostors.deal(data.mnist5k(), seed=0)


# Five balls.


def test_five_balls_by_hand(lesson):
    """As one would do it on paper, with a ruler."""
    for points, radii, balls in (
        (lesson.close, [1, 1, 1, 1, 1], [4, 3, 1, 0, 0, 0]),
        (lesson.stray, [1, 1, 1, 1, math.sqrt(32.5)], [4, 3, 1, 1, 1, 1]),
    ):
        apart = np.sqrt(((points[:, None] - points) ** 2).sum(axis=2))
        np.testing.assert_allclose(np.sort(apart, axis=1)[:, 1], radii)
        to_crosses = np.sqrt(((points - lesson.crosses[:, None]) ** 2).sum(axis=2))
        assert (to_crosses <= radii).sum(axis=1).tolist() == balls
        assert abs(to_crosses - radii).min() > 0.09  # nobody has to argue about an edge
        assert lesson.in_balls(points, lesson.crosses, 1).sum(axis=1).tolist() == balls


@pytest.mark.parametrize("seed", range(3))
def test_one_stray_lets_all_noisy_digits_pass_and_adds_a_fifth_to_their_density(seed):
    dealt = impostors.deal(data.mnist5k(), seed)
    made = impostors.noise(dealt, impostors.Settings(), seed)
    stray = dealt.real.copy()
    stray[0] = np.random.default_rng(seed).random(784)
    before, after = (
        measure.precision_recall_density_coverage(real, made) for real in (dealt.real, stray)
    )
    assert before.precision < 0.62
    assert after.precision > 0.98
    assert after.density - before.density == pytest.approx(1 / 5, abs=0.01)
    assert after.coverage - before.coverage == pytest.approx(0, abs=0.01)


def test_the_two_papers_differ_in_one_point(lesson):
    assert (lesson.close != lesson.stray).any(axis=1).sum() == 1


@settings(deadline=None, derandomize=True, max_examples=20)
@given(seed=st.integers(0, 99), k=st.integers(1, 5), n=st.integers(7, 15), m=st.integers(7, 15))
def test_the_four_measures_are_the_librarys(lesson, seed, k, n, m):
    rng = np.random.default_rng(seed)
    real, made = rng.random((n, 3)), rng.random((m, 3))
    theirs = measure.precision_recall_density_coverage(real, made, k=k)
    ours = [
        getattr(lesson, name)(real, made, k)
        for name in ("precision", "recall", "density", "coverage")
    ]
    np.testing.assert_allclose(ours, theirs)


def test_a_perfect_generator_has_a_density_of_one(lesson, rng):
    found = []
    for _ in range(20):
        points = rng.standard_normal((400, 4))
        found.append(lesson.density(points[:200], points[200:], 5))
    assert np.mean(found) == pytest.approx(1, abs=0.05)


def test_a_perfect_generator_covers_all_but_two_to_the_minus_k(lesson, rng):
    points = rng.standard_normal((20, 400, 4))
    for k in (1, 2, 5):
        found = [lesson.coverage(x[:200], x[200:], k) for x in points]
        assert np.mean(found) == pytest.approx(1 - 0.5**k, abs=0.02)


def test_real_images_lie_in_k_balls_of_others_on_average(lesson, rng):
    points = np.round(1024 * rng.standard_normal((50, 3)))  # whole: no edge is rounded
    assert lesson.in_balls(points, points, 5).sum(axis=1).mean() == 5 + 1  # and in their own


# The window.


def test_the_window_is_a_density_and_its_logarithm_the_librarys(lesson, rng):
    made, points = rng.standard_normal(5), rng.standard_normal(7)
    line = np.linspace(-20, 20, 20_001)
    assert lesson.window(line, made, 0.7).sum() * (line[1] - line[0]) == pytest.approx(1)
    expected = measure.parzen(made[:, None], points[:, None], 0.7).mean
    assert np.log(lesson.window(points, made, 0.7)).mean() == pytest.approx(expected)


def test_a_mean_lies_at_half_the_squared_distance(rng):
    """In many dimensions quirks stand at right angles, as the text supposes."""
    t, a, b = rng.standard_normal((3, 10_000))
    assert ((t - (t + a)) ** 2).sum() / ((a - b) ** 2).sum() == pytest.approx(0.5, abs=0.02)


def test_the_window_prefers_types_to_real_points_in_many_dimensions(rng):
    """Of points made as type plus quirk, the window finds the types likelier than fresh points."""
    types = 3 * rng.standard_normal((10, 200))
    real, fresh, valid = (
        types[rng.integers(10, size=n)] + 0.2 * rng.standard_normal((n, 200)) for n in (50, 50, 50)
    )

    def best(made):
        sigmas = np.geomspace(0.1, 1, 30)
        sigma = max(sigmas, key=lambda s: measure.parzen(made, valid, s).mean)
        return measure.parzen(made, real, sigma).mean

    assert best(types) > best(fresh) + 10


def test_two_random_directions_are_nearly_at_right_angles(rng):
    """The mean of |cosine| is about sqrt(2 / (pi D)): 0.028 for 784 pixels."""
    a, b = rng.standard_normal((2, 2000, 784))
    cosines = (a * b).sum(axis=1) / np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))
    assert abs(cosines).mean() == pytest.approx(math.sqrt(2 / (math.pi * 784)), rel=0.1)


# Copies and classes.


def test_nearer_to_seen_is_the_librarys(lesson):
    for name in ("fresh", "copies", "VAE"):
        ours = lesson.nearer_to_seen(lesson.made[name], lesson.dealt.seen, lesson.real)
        theirs = measure.memorising(lesson.made[name], lesson.dealt.seen, lesson.real)
        assert ours == pytest.approx(theirs.nearer_to_train, abs=0.01)


def test_three_of_ten_classes_missing_cost_the_logarithm_of_ten_sevenths():
    even = [100] * 10
    assert measure.kl_to(np.array([100] * 7 + [0] * 3), np.array(even)) == pytest.approx(
        math.log(10 / 7)
    )
    assert round(math.log(10 / 7), 3) == 0.357


# The impostors.


def test_no_image_is_dealt_twice_and_none_is_lost(dealt):
    digits = data.mnist5k()
    piles = np.concatenate(dealt[:4])
    assert [len(pile) for pile in dealt[:4]] == [1000, 1000, 500, 2500]
    images = np.concatenate([digits.train_images, digits.test_images])
    assert sorted(map(bytes, piles)) == sorted(map(bytes, images))


def test_labels_belong_to_their_images(dealt):
    digits = data.mnist5k()
    images = np.concatenate([digits.train_images, digits.test_images])
    labels = np.concatenate([digits.train_labels, digits.test_labels])
    known = {bytes(image): int(label) for image, label in zip(images, labels, strict=True)}
    assert [known[bytes(image)] for image in dealt.fresh[:200]] == dealt.fresh_labels[:200].tolist()


def test_each_impostor_has_the_fault_that_the_lesson_names(dealt):
    plain = impostors.Settings()
    made = {
        name: machine(dealt, plain, 0)
        for name, machine in impostors.MACHINES.items()
        if name != "VAE"
    }
    fresh = {bytes(image): int(y) for image, y in zip(dealt.fresh, dealt.fresh_labels, strict=True)}
    assert all(x.shape == (1000, 784) for x in made.values())
    assert all(x.min() >= 0 and x.max() <= 1 for x in made.values())
    assert {fresh[bytes(x)] for x in made["missing"]} == set(range(7))
    assert len({bytes(x) for x in made["few"]}) == 50
    assert (made["copies"] == dealt.seen).all()
    assert len({bytes(x) for x in made["centres"]}) == 250
    assert (made["junk"] != made["fresh"]).any(axis=1).sum() == 100
    assert (made["halves"][:, :392] == made["fresh"][:, :392]).all()
    assert (made["halves"][:, 392:] == dealt.fresh[-1000:, 392:]).all()
    off = (made["noise"] - made["fresh"])[made["fresh"] == 0.5019608]  # not cut off at 0 or 1
    assert off.std() == pytest.approx(0.2, rel=0.1)


def test_a_blur_is_the_mean_of_nine_weighted_neighbours(rng):
    image = rng.random((5, 6))
    weights = np.outer([1, 2, 1], [1, 2, 1]) / 16
    expected = (weights * image[1:4, 2:5]).sum()
    blurred = impostors.blurred(image.reshape(1, 30), (5, 6), 1).reshape(5, 6)
    assert blurred[2, 3] == pytest.approx(expected)


def test_k_means_ends_where_each_centre_is_the_mean_of_its_own(rng):
    points = rng.standard_normal((60, 3))
    centres = impostors.k_means(points, 5, rounds=100)
    nearest = ((points[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)
    for j, centre in enumerate(centres):
        np.testing.assert_allclose(centre, points[nearest == j].mean(axis=0))


def test_junk_and_noise_come_from_the_seed_alone(dealt):
    for machine in (impostors.junk, impostors.noise, impostors.halves):
        first, again = (machine(dealt, impostors.Settings(), 3) for _ in range(2))
        assert (first == again).all()
        assert not np.shares_memory(first, dealt.fresh)


# The table.


def days(machine, name):
    """On how many of three days a machine scores below the perfect one's twenty, within, above."""
    table = rows("impostors")
    honest, found = (column(table, name, machine=m) for m in ("fresh", machine))
    assert (len(honest), len(found)) == (20, 3)
    lowest = 0 if name in ZERO_IS_BEST else min(honest)
    places = [(x >= lowest) + (x > max(honest)) for x in found]
    return [places.count(place) for place in range(3)]


def fools(machine, name):
    return days(machine, name)[1] >= 2


FOOLED = {
    "blur": {"nearer", "kl"},
    "centres": set(),
    "VAE": {"coverage"},
    "missing": {"precision", "density", "nearer"},
    "few": {"precision"},
    "copies": SEVEN - {"nearer"} | {"frechet"},
    "noise": {"recall", "nearer"},
    "junk": {"recall", "coverage", "parzen", "nearer"},
    "halves": {"nearer"},
}


@pytest.mark.parametrize("machine", FOOLED)
def test_each_impostor_fools_those_of_eight_measures_that_the_table_shows(machine):
    assert {name for name in SEVEN | {"frechet"} if fools(machine, name)} == FOOLED[machine]


@pytest.mark.parametrize(
    ("machine", "name", "place"),
    [
        *(("blur", name, 2) for name in ("precision", "density", "coverage", "parzen")),
        *(("centres", name, 2) for name in ("precision", "density", "coverage", "parzen")),
        *(("VAE", name, 2) for name in ("precision", "density", "parzen")),
        *((machine, "recall", 0) for machine in ("blur", "centres", "VAE", "missing", "few")),
        *((machine, "nearer", 2) for machine in ("centres", "VAE", "few", "copies")),
        *((machine, "precision", 0) for machine in ("noise", "junk", "halves")),
        *((machine, "frechet", 2) for machine in FOOLED if machine != "copies"),
        ("noise", "recall_features", 0),
        ("VAE", "coverage_features", 0),
        ("blur", "density_features", 2),
    ],
)
def test_who_is_seen_is_seen_on_all_three_days(machine, name, place):
    assert days(machine, name)[place] == 3


def test_without_a_bar_above_only_recall_sees_blur():
    assert {name for name in SEVEN if days("blur", name)[0] == 3} == {"recall"}
    assert not fools("blur", "recall")


def test_between_features_other_spots_are_blind():
    for machine, name in (("noise", "recall"), ("VAE", "coverage")):
        assert fools(machine, name)
        assert not fools(machine, f"{name}_features")
    for machine, name in (("VAE", "precision"), ("VAE", "density"), ("halves", "recall")):
        assert not fools(machine, name)
        assert fools(machine, f"{name}_features")


def test_one_pair_of_twenty_eight_suffices():
    pairs = list(itertools.combinations(sorted(SEVEN | {"frechet"}), 2))
    enough = [p for p in pairs if not any(FOOLED[machine] >= set(p) for machine in FOOLED)]
    assert len(pairs) == 28
    assert enough == [("frechet", "nearer")]


def test_the_table_in_the_lesson_counts_the_same_days(lesson):
    for machine in lesson.frauds:
        for name in (*lesson.SEVEN, *lesson.SIX):
            assert lesson.days_fooled(machine, name) == days(machine, name)[1]


def test_no_impostor_fools_all_and_no_measure_is_never_fooled(lesson):
    assert not any(FOOLED[machine] >= SEVEN for machine in FOOLED)
    assert set().union(*FOOLED.values()) == SEVEN | {"frechet"}


def test_nearer_to_seen_is_in_every_set_that_misses_nobody(lesson):
    assert lesson.missed([name for name in lesson.EIGHT if name != "nearer"]) == ["copies"]
    assert lesson.missed(["nearer", "frechet"]) == []


# Features, and the Fréchet distance.


def test_the_lessons_features_and_distance_are_those_of_the_table(lesson):
    x, y = (
        impostors.features(lesson.judge, images[:150]) for images in (lesson.real, lesson.knows)
    )
    np.testing.assert_array_equal(lesson.features(lesson.real[:150]), x)
    assert lesson.frechet(x, y) == pytest.approx(impostors.frechet(x, y))


def test_the_logits_are_the_last_layers_of_the_features(lesson):
    x = impostors.features(lesson.judge, lesson.real[:20])
    assert x.min() == 0  # behind a relu
    W, b = (parameter.value for parameter in lesson.judge.net.layers[-1].parameters())
    np.testing.assert_allclose(
        x @ W + b, lesson.judge(lesson.real[:20]).value, rtol=1e-4, atol=1e-4
    )


@settings(deadline=None, derandomize=True, max_examples=20)
@given(seed=st.integers(0, 999), d=st.integers(2, 6))
def test_the_frechet_distance_has_its_symmetric_root(seed, d):
    """tr (A B)^(1/2) = tr (R B R)^(1/2) with R = A^(1/2), each root by a symmetric eigenproblem."""
    rng = np.random.default_rng(seed)
    a, b = (rng.standard_normal((30, d)) @ rng.standard_normal((d, d)) for _ in range(2))

    def root(S):
        values, vectors = np.linalg.eigh(S)
        return (vectors * np.sqrt(values.clip(0))) @ vectors.T

    A, B = np.cov(a.T), np.cov(b.T)
    R = root(A)
    expected = ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(A + B - 2 * root(R @ B @ R))
    assert impostors.frechet(a, b) == pytest.approx(expected, abs=1e-6)
    assert impostors.frechet(b, a) == pytest.approx(expected, abs=1e-6)
    assert impostors.frechet(a, a) == pytest.approx(0, abs=1e-6)


def test_the_frechet_distance_of_two_bells_on_a_line(rng):
    x, y = rng.standard_normal((50, 1)), 3 + 2 * rng.standard_normal((60, 1))
    expected = (x.mean() - y.mean()) ** 2 + (x.std(ddof=1) - y.std(ddof=1)) ** 2
    assert impostors.frechet(x, y) == pytest.approx(expected)


def test_of_one_distribution_fewer_points_are_further_apart(rng):
    def typical(n):
        pairs = (rng.standard_normal((2, n, 10)) for _ in range(10))
        return np.mean([impostors.frechet(*pair) for pair in pairs])

    assert typical(50) > 1.5 * typical(100) > 2 * typical(200) > 0


# Again.


@pytest.mark.parametrize("machine", ["fresh", "centres", "halves"])
def test_a_row_of_the_table_is_measured_again(dealt, machine):
    """But for the classes, which take a judge's training."""
    made = impostors.MACHINES[machine](dealt, impostors.Settings(), 0)
    found = impostors.score(made, dealt, judge=lambda x: x[:, :10])
    for name in SEVEN - {"kl"}:
        kept = column(rows("impostors"), name, machine=machine, seed=0)[0]
        assert found[name] == pytest.approx(kept, rel=1e-3, abs=2e-3), name


@pytest.mark.parametrize("seed", range(3))
def test_two_kinds_of_image_fool_precision_and_recall(seed):
    dealt = impostors.deal(data.mnist5k(), seed)
    faint = dealt.seen[dealt.seen.sum(axis=1).argmin()]
    made = np.stack([faint] * 999 + [np.ones_like(faint)])
    found = measure.precision_recall_density_coverage(dealt.real, made)
    assert min(found.precision, found.recall) > 0.97
    assert found.coverage < 0.1


def test_a_quick_run_leaves_every_figure(lesson, figures):
    drawn = {path.name for path in figures.iterdir()}
    assert drawn == {f"lesson14_measuring_a_gan_{name}.png" for name in NAMES}
