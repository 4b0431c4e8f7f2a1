"""Lesson 14: the measures by hand, the impostors, the table of blind spots, by other routes."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lessons.tables import column, impostors, rows
from scratchgen import data, measure
from tests.quick_lesson import run_quick

NAMES = {"machines", "balls", "window", "again", "table", "pairs", "knows"}
HIGH = ("precision", "recall", "density", "coverage", "parzen")  # the more, the better
LOW = ("nearer", "kl")


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


def passes(machine, name):
    """On how many of three days a machine is no worse than the worst of twenty honest ones."""
    table = rows("impostors")
    honest, found = (column(table, name, machine=m) for m in ("fresh", machine))
    assert (len(honest), len(found)) == (20, 3)
    sign = 1 if name in HIGH else -1
    return sum(sign * score >= min(sign * x for x in honest) for score in found)


@pytest.mark.parametrize(
    ("machine", "fools", "sees"),
    [
        ("blur", {*HIGH, *LOW} - {"recall"}, {"recall"}),
        ("centres", {"precision", "density", "coverage", "parzen"}, {"recall", "nearer"}),
        ("VAE", {"precision", "density", "parzen"}, {"recall", "nearer", "kl"}),
        ("missing", {"precision", "density", "nearer"}, {"recall", "coverage", "parzen", "kl"}),
        ("few", set(), {"recall", "density", "coverage", "parzen", "nearer", "kl"}),
        ("copies", {*HIGH, *LOW} - {"nearer", "density"}, {"nearer"}),
        ("noise", {"recall", "nearer"}, {"precision", "density", "coverage", "parzen", "kl"}),
        ("junk", {"recall", "nearer"}, {"precision", "density", "kl"}),
        ("halves", {"nearer"}, {*HIGH, "kl"}),
    ],
)
def test_blind_spots_hold_on_all_three_days(machine, fools, sees):
    assert {name for name in fools if passes(machine, name) < 3} == set()
    assert {name for name in sees if passes(machine, name) > 0} == set()


def test_the_table_in_the_lesson_counts_the_same_days(lesson):
    for i, machine in enumerate(lesson.frauds):
        for j, name in enumerate(lesson.bars):
            assert lesson.days[i, j] == passes(machine, name)


def test_no_impostor_fools_all_and_no_measure_is_never_fooled(lesson):
    assert not lesson.fooled.all(axis=1).any()
    assert lesson.fooled.any(axis=0).all()


def test_recall_and_nearer_to_seen_are_in_every_set_that_misses_nobody(lesson):
    others = [name for name in lesson.bars if name != "recall"]
    assert "blur" in lesson.missed(others)
    others = [name for name in lesson.bars if name != "nearer"]
    assert "copies" in lesson.missed(others)
    assert lesson.missed(["recall", "nearer"]) == ["noise", "junk"]


@pytest.mark.parametrize("machine", ["fresh", "centres", "halves"])
def test_a_row_of_the_table_is_measured_again(dealt, machine):
    """But for the classes, which take a judge's training."""
    made = impostors.MACHINES[machine](dealt, impostors.Settings(), 0)
    found = impostors.score(made, dealt, judge=lambda x: x[:, :10])
    for name in (*HIGH, "nearer"):
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
