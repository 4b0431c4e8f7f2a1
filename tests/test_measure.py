"""Measures against answers known beforehand: by hand, in closed form, by an obvious twin."""

import importlib
import math
import pkgutil
import tracemalloc
from statistics import NormalDist

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scratchgen import backend, measure
from scratchgen.data import grid, grid_centres, ring, ring_centres
from scratchgen.engine import Tensor, no_grad
from scratchgen.measure import (
    accuracy,
    active_units,
    blocks,
    class_counts,
    class_kl,
    elbo_split,
    estimate,
    estimates,
    interval,
    kl_to,
    likelihood,
    log_evidence,
    memorising,
    mode_scores,
    nearest_distance,
    nll,
    parzen,
    parzen_window,
    precision_recall_density_coverage,
    predict,
    seen_share,
)
from scratchgen.nn import MLP
from scratchgen.vae import VAE, bound, elbo
from tests.fake_cupy import DeviceArray, install
from tests.on_device import fetched

pytestmark = pytest.mark.usefixtures("device")  # see conftest.py
RING = ring_centres()


@pytest.fixture
def rng():
    return numpy.random.default_rng(0)


def twin(real, fake, k):
    """Precision, recall, density, coverage as their formulas read: all differences, no blocks."""

    def distances(a, b):
        return numpy.sqrt(((a[:, None] - b[None]) ** 2).sum(-1))

    def radii(x):
        return numpy.sort(distances(x, x), axis=1)[:, k]  # the first is the point itself, at 0

    inside_real = distances(real, fake) <= radii(real)[:, None]
    inside_fake = distances(real, fake) <= radii(fake)[None, :]
    precision, recall = inside_real.any(0).mean(), inside_fake.any(1).mean()
    return precision, recall, inside_real.sum() / (k * len(fake)), inside_real.any(1).mean()


def expected_coverage(n, m, k):
    """Of two draws of one distribution: 1 - P(the k points nearest to a real one are all real)."""
    return 1 - math.prod((n - 1 - i) / (n + m - 1 - i) for i in range(k))


# Precision, recall, density, coverage.


@given(
    n=st.integers(6, 30), m=st.integers(6, 30), width=st.integers(1, 6), k=st.integers(1, 5),
    shift=st.floats(-3, 3), seed=st.integers(0, 10**6),
)  # fmt: skip
def test_the_four_numbers_are_those_of_their_formulas(n, m, width, k, shift, seed):
    rng = numpy.random.default_rng(seed)
    real, fake = rng.standard_normal((n, width)), rng.standard_normal((m, width)) + shift
    got = precision_recall_density_coverage(real, fake, k)
    numpy.testing.assert_allclose(got, twin(real, fake, k), rtol=1e-12)


def test_the_four_numbers_are_those_of_their_formulas_for_many_points_too(rng):
    real, fake = rng.standard_normal((600, 8)), rng.standard_normal((500, 8)) * 0.8
    got = precision_recall_density_coverage(real, fake, k=50)
    numpy.testing.assert_allclose(got, twin(real, fake, 50), rtol=1e-12)


@given(k=st.integers(1, 3), width=st.integers(1, 3), seed=st.integers(0, 10**6))
def test_points_on_the_edge_of_a_ball_and_repeated_points_lie_in_it(k, width, seed):
    # On a small grid of whole numbers, nearly every distance is a tie; the twin's are exact.
    points = numpy.array(numpy.random.default_rng(seed).integers(0, 3, (20, width)), float)
    got = precision_recall_density_coverage(points[:10], points[10:], k)
    numpy.testing.assert_allclose(got, twin(points[:10], points[10:], k), rtol=1e-12)


def test_two_halves_of_one_distribution_have_the_density_and_coverage_of_theory(rng):
    draws = [
        precision_recall_density_coverage(*rng.standard_normal((2, 1000, 2))) for _ in range(5)
    ]
    # Standard errors of the means of five, measured: .006 and .003; five of each allowed.
    assert numpy.mean([d.density for d in draws]) == pytest.approx(1, abs=0.03)
    assert numpy.mean([d.coverage for d in draws]) == pytest.approx(
        expected_coverage(1000, 1000, 5), abs=0.015
    )


@pytest.mark.parametrize(("n", "m"), [(500, 2000), (2000, 500)])
def test_coverage_rises_with_the_number_of_fakes_as_theory_says(rng, n, m):
    real, fake = rng.standard_normal((n, 3)), rng.standard_normal((m, 3))
    coverage = precision_recall_density_coverage(real, fake, k=3).coverage
    assert coverage == pytest.approx(expected_coverage(n, m, 3), abs=0.04)


def test_precision_and_recall_change_places_with_the_roles(rng):
    real, fake = rng.standard_normal((50, 3)), rng.standard_normal((40, 3)) + 1
    there = precision_recall_density_coverage(real, fake)
    back = precision_recall_density_coverage(fake, real)
    assert (there.precision, there.recall) == (back.recall, back.precision)


def test_data_compared_with_themselves_are_precise_and_covered(rng):
    x = rng.random((100, 20))
    result = precision_recall_density_coverage(x, x)
    assert (result.precision, result.recall, result.coverage) == (1, 1, 1)


def test_the_points_are_left_as_they_were(rng):
    real, fake = rng.standard_normal((50, 3)) + 1, rng.standard_normal((40, 3))
    before = real.copy(), fake.copy()
    precision_recall_density_coverage(real, fake)
    numpy.testing.assert_array_equal(real, before[0])
    numpy.testing.assert_array_equal(fake, before[1])


def test_fakes_far_away_score_nothing(rng):
    real = rng.standard_normal((50, 3))
    assert precision_recall_density_coverage(real, real + 1000) == (0, 0, 0, 0)


def test_a_generator_of_one_perfect_image_is_precise_and_covers_almost_nothing(rng):
    real = rng.standard_normal((200, 10))
    result = precision_recall_density_coverage(real, numpy.repeat(real[:1], 200, axis=0))
    assert (result.precision, result.recall) == (1, 1 / 200)
    assert result.coverage < 0.15


def test_training_images_repeated_are_precise_and_have_no_recall(rng):
    train, test = rng.standard_normal((25, 5)), rng.standard_normal((500, 5))
    result = precision_recall_density_coverage(test, numpy.repeat(train, 20, axis=0))
    assert result.precision > 0.9
    assert result.recall == 0
    assert result.coverage < 0.4


def test_repeated_real_points_are_covered_only_by_themselves(rng):
    real = numpy.repeat(rng.random((10, 784)), 6, axis=0)  # every ball has the radius 0
    fake = numpy.concatenate([real[:12], real[:12] + 1e-3])
    result = precision_recall_density_coverage(real, fake)
    assert (result.precision, result.coverage) == (12 / 24, 12 / 60)


def test_an_outlier_does_not_blur_the_rest(rng):
    real, fake = rng.standard_normal((100, 3)), rng.standard_normal((100, 3)) + 1
    fake[0] = 1e6
    numpy.testing.assert_allclose(
        precision_recall_density_coverage(real, fake), twin(real, fake, 5), rtol=1e-12
    )


@pytest.mark.parametrize("offset", [0, 1e3, 1e6])
def test_where_the_data_lie_does_not_matter(rng, offset):
    real, fake = rng.standard_normal((100, 4)), rng.standard_normal((100, 4)) + 0.5
    expected = precision_recall_density_coverage(real, fake)
    assert precision_recall_density_coverage(real + offset, fake + offset) == expected


@pytest.mark.parametrize("held", [1, 100, 1000])
def test_blocks_do_not_change_the_numbers(rng, monkeypatch, held):
    real, fake = rng.standard_normal((70, 3)), rng.standard_normal((50, 3))
    whole = precision_recall_density_coverage(real, fake)
    monkeypatch.setattr(blocks, "PAIRS", held)  # 1: a row at a time
    assert precision_recall_density_coverage(real, fake) == whole


@pytest.mark.parametrize("dtype", ["float32", "float64", "uint8", "int64"])
def test_points_of_any_number_type_are_welcome(rng, dtype):
    real, fake = (numpy.array(rng.integers(0, 256, (30, 4)), dtype) for _ in range(2))
    got = precision_recall_density_coverage(real, fake)
    numpy.testing.assert_allclose(got, twin(real.astype(float), fake.astype(float), 5), rtol=1e-12)


@pytest.mark.host
def test_points_that_may_not_be_written_are_welcome(rng):
    real, fake = rng.standard_normal((30, 4)), rng.standard_normal((30, 4))
    real.flags.writeable = fake.flags.writeable = False
    precision_recall_density_coverage(real, fake)


@pytest.mark.host  # brings the stand-in along
def test_a_device_gives_the_same_numbers_and_only_they_are_read_back(rng, monkeypatch):
    real, fake = rng.standard_normal((50, 4)), rng.standard_normal((40, 4))
    expected, cupy = precision_recall_density_coverage(real, fake), install(monkeypatch)
    got = precision_recall_density_coverage(cupy.asarray(real), cupy.asarray(fake))
    assert got == expected
    assert all(type(number) is float for number in got)
    assert DeviceArray.downloads <= 4


def peak_bytes(real, fake, measured=precision_recall_density_coverage):
    """The numbers, and the most memory that was held while they were computed."""
    tracemalloc.start()
    result = measured(real, fake)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return result, peak


@pytest.mark.host  # whose memory is traced
def test_memory_is_held_for_a_block_of_distances_not_for_all(rng, monkeypatch):
    monkeypatch.setattr(blocks, "PAIRS", 2**16)  # half a MiB
    _, peak = peak_bytes(*rng.standard_normal((2, 3000, 4)))
    assert peak < 5 * 2**20 < 3000 * 3000 * 8 / 10


@pytest.mark.host
@pytest.mark.slow
def test_two_normal_draws_in_1000_dimensions_score_as_published_and_fit_into_a_gibibyte(rng):
    result, peak = peak_bytes(*rng.standard_normal((2, 10_000, 1000), numpy.float32))
    # What the code of Naeem et al. 2020 prints for one such draw. Another seed moves the density
    # by up to .07 (a few points lie near everything in 1,000 dimensions), the others by .01.
    numpy.testing.assert_allclose(result, (0.477, 0.471, 1.056, 0.974), atol=0.02)
    assert peak < 2**30


# Modes of a mixture of Gaussians.


@pytest.mark.parametrize(
    ("draw", "centres", "sd"), [(ring, RING, 0.01), (grid, grid_centres(), 0.05)]
)
def test_a_perfect_sampler_finds_every_mode_and_is_98_89_percent_of_high_quality(
    rng, draw, centres, sd
):
    points, centres = numpy.asarray(draw(100_000, fetched(rng))[0]), numpy.asarray(centres)
    modes, high_quality, kl = mode_scores(points, centres, sd)
    assert modes == len(centres)
    assert high_quality == pytest.approx(1 - math.exp(-9 / 2), abs=0.002)
    # A histogram of n draws over C even modes has on average a KL of (C - 1) / 2n.
    assert 0 < kl < 5 * (len(centres) - 1) / 200_000


@pytest.mark.parametrize("found", [1, 2, 4])
def test_a_sampler_of_some_modes_finds_those_and_its_kl_is_the_logarithm_of_their_share(found):
    points = numpy.repeat(RING[:found], 50, axis=0)
    modes, high_quality, kl = mode_scores(points, RING, 0.01)
    assert (modes, high_quality) == (found, 1)
    assert kl == pytest.approx(math.log(8 / found))


def test_points_between_the_modes_count_for_quality_alone():
    points = numpy.concatenate([RING, numpy.zeros((24, 2))])
    modes, high_quality, kl = mode_scores(points, RING, 0.01)
    assert (modes, high_quality) == (8, 8 / 32)
    assert kl == pytest.approx(0, abs=1e-12)


def test_within_three_standard_deviations_is_high_quality():
    points = numpy.array([[0.029, 0.0], [0.0, 0.031], [0.025, 0.025]])  # .035 from the centre
    assert mode_scores(points, numpy.zeros((1, 2)), 0.01) == (1, 1 / 3, 0)


def test_where_no_mode_is_found_the_kl_is_infinite():
    assert mode_scores(numpy.ones((5, 2)), numpy.zeros((4, 2)), 0.01) == (0, 0, math.inf)


def test_a_mode_belongs_to_the_nearest_centre_even_where_modes_overlap():
    centres = numpy.array([[0.0], [1.0], [2.0]])
    assert mode_scores(numpy.array([[0.4], [0.6]]), centres, sd=10.0).modes == 2


def test_a_mode_needs_its_least_share_of_all_points():
    points = numpy.concatenate([numpy.repeat(RING[:3], [60, 30, 4], axis=0), numpy.zeros((6, 2))])
    found = [mode_scores(points, RING, 0.01, least).modes for least in (0, 0.04, 0.041, 0.1, 0.125)]
    assert found == [3, 3, 2, 2, 2]  # of 100 points 4 are in the third


def test_a_least_share_changes_the_number_of_modes_alone():
    points = numpy.repeat(RING, [50, 40, 1, 1, 1, 1, 1, 1], axis=0)
    every, some = mode_scores(points, RING, 0.01), mode_scores(points, RING, 0.01, least=1 / 32)
    assert (every.modes, some.modes) == (8, 2)
    assert every[1:] == some[1:]


def test_no_share_makes_a_mode_of_none():
    assert mode_scores(numpy.zeros((5, 2)), RING, 0.01, least=0.0).modes == 0


def test_an_even_sampler_meets_the_largest_share_that_can_be_asked_for():
    assert mode_scores(numpy.repeat(RING, 7, axis=0), RING, 0.01, least=1 / 8).modes == 8


@pytest.mark.parametrize("least", [-0.1, 0.126, 1, math.nan])
def test_a_share_that_not_all_modes_can_have_is_refused(least):
    with pytest.raises(ValueError, match=r"mode_scores: expected least from 0 to 1 / C, got .*1/8"):
        mode_scores(RING, RING, 0.01, least)


@pytest.mark.parametrize(
    ("points", "sd", "message"),
    [
        (numpy.zeros((3, 2)), 0, "expected sd > 0, got 0"),
        (numpy.zeros((3, 2)), math.nan, "expected sd > 0, got nan"),
        (numpy.zeros((0, 2)), 1, "points: expected at least one point, got 0. Draw more samples."),
        (numpy.zeros((3, 3)), 1, r"points of one width, got points \(3, 3\) and centres \(8, 2\)"),
        (numpy.full((3, 2), math.nan), 1, "points: expected finite .* 3 of 3 rows hold NaN"),
        (numpy.zeros(3), 1, r"points: expected shape \(N, D\), got \(3,\)"),
    ],
)
def test_points_without_modes_are_refused(points, sd, message):
    with pytest.raises(ValueError, match=f"mode_scores: .*{message}"):
        mode_scores(numpy.asarray(points), RING, sd)


# Memorising.


@given(n=st.integers(1, 20), m=st.integers(1, 20), seed=st.integers(0, 10**6))
def test_the_nearest_distance_is_the_least_of_all(n, m, seed):
    rng = numpy.random.default_rng(seed)
    a, b = rng.standard_normal((n, 3)), rng.standard_normal((m, 3))
    expected = numpy.sqrt(((a[:, None] - b[None]) ** 2).sum(2)).min(1)
    numpy.testing.assert_allclose(nearest_distance(a, b), expected, rtol=1e-12)


@pytest.mark.parametrize("offset", [0, 1e3])
def test_a_copy_is_at_a_distance_of_exactly_zero(rng, offset):
    train = (rng.random((300, 784)) + offset).astype("float32")
    assert not nearest_distance(train[::-3], train).any()
    assert float(nearest_distance(train[:1] + 1, train)[0]) == pytest.approx(28, rel=1e-3)


@pytest.mark.parametrize("held", [1, 100, 1000])
def test_blocks_do_not_change_the_distances(rng, monkeypatch, held):
    a, b = rng.standard_normal((70, 3)), rng.standard_normal((50, 3))
    whole = nearest_distance(a, b)
    monkeypatch.setattr(blocks, "PAIRS", held)
    assert (nearest_distance(a, b) == whole).all()


def test_copied_training_images_are_told(rng):
    train, test = rng.random((300, 20)), rng.random((300, 20))
    assert memorising(train[100:200], train, test) == (0, 1, 1)


def test_new_images_of_the_same_kind_are_no_copies(rng):
    train, test, samples = (rng.random((n, 5)) for n in (4000, 2000, 3000))
    ratio, suspicious, nearer = memorising(samples, train, test)
    assert ratio == pytest.approx(1, abs=0.05)
    assert suspicious == pytest.approx(0.01, abs=0.01)
    assert nearer == pytest.approx(0.5, abs=0.05)


def test_blurred_images_look_near_but_are_no_nearer_to_train_than_to_test(rng):
    def blurred():
        train, test, fresh = rng.random((3, 300, 20))
        return memorising(0.5 + 0.3 * (fresh - 0.5), train, test)

    ratio, suspicious, nearer = numpy.mean([blurred() for _ in range(30)], axis=0)
    assert ratio < 0.85
    assert suspicious > 0.05
    assert nearer == pytest.approx(0.5, abs=0.05)


def test_half_a_set_of_copies_shows_as_half(rng):
    train, test = rng.random((1000, 20)), rng.random((1000, 20))
    samples = numpy.concatenate([train[:500], rng.random((500, 20))])
    assert memorising(samples, train, test).nearer_to_train == pytest.approx(0.75, abs=0.05)


def test_a_test_set_taken_from_train_gives_no_ratio(rng):
    train = rng.random((50, 3))
    result = memorising(train, train, train)
    assert math.isnan(result.ratio)
    assert result.nearer_to_train == 0.5  # all ties


def test_what_cannot_be_compared_is_refused(rng):
    with pytest.raises(ValueError, match=r"memorising: .* width, got samples \(2, 3\) and train"):
        memorising(numpy.zeros((2, 3)), numpy.zeros((2, 4)), numpy.zeros((2, 4)))
    with pytest.raises(ValueError, match="nearest_distance: b: expected at least one point, got 0"):
        nearest_distance(numpy.zeros((2, 3)), numpy.zeros((0, 3)))


def test_copies_of_any_seen_image_are_told_and_new_images_give_the_share_of_seen_ones(rng):
    seen, unseen, new = (rng.random((n, 20)) for n in (4000, 1000, 1000))
    assert seen_share(seen[3000:], seen, unseen) == 1
    assert seen_share(new, seen, unseen) == pytest.approx(0.8, abs=0.05)
    assert seen_share(unseen, seen, unseen) == 0
    half = numpy.concatenate([seen[3500:], new[:500]])
    assert seen_share(half, seen, unseen) == pytest.approx(0.9, abs=0.03)


def test_an_image_as_near_to_seen_as_to_unseen_ones_counts_half(rng):
    images = rng.random((50, 3))
    assert seen_share(images, images, images) == 0.5


def test_what_cannot_be_compared_with_the_seen_is_refused():
    with pytest.raises(ValueError, match=r"seen_share: .* width, got samples \(2, 3\) and seen"):
        seen_share(numpy.zeros((2, 3)), numpy.zeros((2, 4)), numpy.zeros((2, 4)))
    with pytest.raises(ValueError, match="seen_share: unseen: expected at least one point, got 0"):
        seen_share(numpy.zeros((2, 3)), numpy.zeros((2, 3)), numpy.zeros((0, 3)))


# The Parzen window.


@given(
    m=st.integers(1, 20), n=st.integers(2, 20), width=st.integers(1, 5),
    sigma=st.floats(0.1, 10), seed=st.integers(0, 10**6),
)  # fmt: skip
def test_the_parzen_window_is_its_formula(m, n, width, sigma, seed):
    rng = numpy.random.default_rng(seed)
    samples, points = rng.random((m, width)), rng.random((n, width))
    squares = ((points[:, None] - samples[None]) ** 2).sum(2)
    norm = (2 * math.pi * sigma**2) ** (width / 2)
    values = numpy.log(numpy.exp(-squares / (2 * sigma**2)).mean(1) / norm)
    numpy.testing.assert_allclose(parzen(samples, points, sigma), estimate(values), atol=1e-10)


def test_the_density_of_a_parzen_window_integrates_to_one(rng):
    samples, x = rng.random((5, 1)), numpy.linspace(-3, 4, 2001)[:, None]
    density = numpy.exp([parzen(samples, point[None], 0.3).mean for point in x])
    assert float(density.sum() * (x[1, 0] - x[0, 0])) == pytest.approx(1, abs=1e-6)


def test_in_784_dimensions_the_parzen_window_stays_finite(rng):
    far = parzen(numpy.zeros((10, 784)), numpy.ones((3, 784)), 0.1)
    assert far.mean == pytest.approx(-784 / 0.02 - 784 * math.log(0.1 * math.sqrt(2 * math.pi)))


def test_sigma_is_the_likeliest_for_the_first_thousand_validation_images(rng):
    samples, valid, test = (rng.random((n, 6)) for n in (50, 1200, 80))
    mean, error, sigma = parzen_window(samples, valid, test)
    sigmas = numpy.logspace(-1, 0, 10).tolist()
    assert sigma == max(sigmas, key=lambda s: parzen(samples, valid[:1000], s).mean)
    assert (mean, error) == parzen(samples, test, sigma)


def test_neither_test_images_nor_later_validation_images_choose_sigma(rng):
    near, far = numpy.full((1000, 6), 0.6), numpy.ones((9000, 6))
    samples = numpy.full((5, 6), 0.5)
    assert parzen_window(samples, near, near).sigma == pytest.approx(0.1)  # the distance per pixel
    valid = numpy.concatenate([near, far])
    assert parzen_window(samples, valid, far).sigma == pytest.approx(0.1)


def test_the_choice_of_sigmas_can_be_given(rng):
    samples, valid, test = (rng.random((n, 6)) for n in (50, 100, 80))
    assert parzen_window(samples, valid, test, sigmas=[0.7]).sigma == 0.7


@pytest.mark.parametrize("name", ["samples", "valid", "test"])
def test_images_of_another_range_are_refused_before_they_lie(rng, name):
    images = {key: rng.random((9, 4)) for key in ("samples", "valid", "test")}
    images[name][3, 1] = -1.0  # as after a tanh
    message = rf"parzen_window: {name}: expected pixels in \[0, 1\], got -1.0 at pixel 1 of image 3"
    with pytest.raises(ValueError, match=message):
        parzen_window(**images)


def test_a_window_without_width_is_refused(rng):
    x = rng.random((9, 4))
    with pytest.raises(ValueError, match="parzen: expected sigma > 0, got 0"):
        parzen(x, x, 0)
    with pytest.raises(ValueError, match="parzen_window: expected sigma > 0, got -1"):
        parzen_window(x, x, x, sigmas=[0.1, -1])
    with pytest.raises(ValueError, match="parzen_window: expected at least one sigma, got none"):
        parzen_window(x, x, x, sigmas=[])
    with pytest.raises(ValueError, match=r"parzen: .* one width, got samples \(9, 4\) and points"):
        parzen(x, x[:, :3], 1.0)


@pytest.mark.host  # brings the stand-in along
def test_a_device_gives_the_same_distances_and_only_numbers_are_read_back(rng, monkeypatch):
    x, y = rng.random((30, 4)), rng.random((20, 4))

    def all_of_them(x, y):
        window = parzen(x, y, 0.2), parzen_window(x, y, y)
        return *window, mode_scores(x, y, 0.1), memorising(x, y, x), seen_share(x, y, x)

    expected, cupy = all_of_them(x, y), install(monkeypatch)
    assert all_of_them(cupy.asarray(x), cupy.asarray(y)) == expected
    assert isinstance(nearest_distance(cupy.asarray(x), cupy.asarray(y)), DeviceArray)
    with pytest.raises(TypeError, match="parzen: got cupy and numpy arrays. Bring both to one"):
        parzen(cupy.asarray(x), y, 0.2)


@pytest.mark.host
@pytest.mark.slow
@pytest.mark.parametrize(
    "measured",
    [
        precision_recall_density_coverage,
        nearest_distance,
        lambda real, fake: memorising(fake, real, real),
        lambda real, fake: parzen_window(fake, real, real),
    ],
    ids=["four numbers", "nearest distance", "memorising", "parzen window"],
)
def test_10_000_images_against_10_000_fit_into_a_gibibyte(rng, measured):
    _, peak = peak_bytes(*rng.random((2, 10_000, 784), numpy.float32), measured)
    print(f"peak {peak / 2**20:.0f} MiB, besides the images")
    assert peak < 2**30


# What it refuses.


def refused(real, fake, k=5, error=ValueError):
    with pytest.raises(error) as caught:
        precision_recall_density_coverage(real, fake, k)
    assert str(caught.value).startswith("precision_recall_density_coverage: ")
    return str(caught.value)


def test_too_few_points_for_k_are_refused():
    message = refused(numpy.zeros((5, 2)), numpy.zeros((9, 2)))
    assert "real: k=5 needs at least 6 points, got 5. Draw more samples" in message
    assert "fake: k=5 needs at least 6" in refused(numpy.zeros((6, 2)), numpy.zeros((0, 2)))
    precision_recall_density_coverage(numpy.zeros((6, 2)), numpy.zeros((6, 2)))


@pytest.mark.parametrize("bad", [numpy.nan, numpy.inf, -numpy.inf])
def test_points_that_are_not_finite_are_refused_with_their_row(bad):
    fake = numpy.zeros((9, 2))
    fake[[4, 7], 1] = bad
    message = refused(numpy.zeros((9, 2)), fake)
    assert "fake: expected finite numbers, but 2 of 9 rows hold NaN or Inf" in message
    assert "the first is row 4" in message


def test_images_that_are_not_flat_are_refused_with_the_line_that_flattens_them():
    message = refused(numpy.zeros((9, 4, 4)), numpy.zeros((9, 16)))
    assert "got (9, 4, 4). Flatten each point: real.reshape(len(real), -1)." in message


def test_points_of_two_widths_are_refused():
    message = refused(numpy.zeros((9, 4)), numpy.zeros((9, 3)))
    assert "expected points of one width, got real (9, 4) and fake (9, 3)" in message


@pytest.mark.parametrize("k", [0, -1, 2.5, None])
def test_k_is_a_whole_number_from_one(k):
    assert f"got {k}" in refused(numpy.zeros((9, 2)), numpy.zeros((9, 2)), k)


@pytest.mark.host  # brings the stand-in along
def test_arrays_of_two_devices_are_refused(monkeypatch):
    cupy = install(monkeypatch)
    message = refused(numpy.zeros((9, 2)), cupy.zeros((9, 2)), error=TypeError)
    assert "got numpy and cupy arrays. Bring both to one device: backend.asarray(x)." in message


def test_a_tensor_is_refused_with_the_fix():
    with pytest.raises(TypeError, match=r"Pass its array, x.value"):
        precision_recall_density_coverage(numpy.zeros((9, 2)), Tensor(numpy.zeros((9, 2))))


# Classes.


def test_predict_gives_the_class_of_the_largest_logit(rng):
    x = rng.standard_normal((25, 4)).astype("float32")
    model = MLP([4, 3], rng=rng)
    assert (predict(model, x, block=10) == (x @ model.layers[0].W.value).argmax(1)).all()


def test_predict_records_nothing_and_passes_block_by_block(rng):
    seen = []

    def model(x):
        logits = Tensor(x) * 2.0
        seen.append((len(x), type(logits)))
        return logits

    predict(model, rng.random((25, 4)), block=10)
    assert seen == [(n, numpy.ndarray) for n in (10, 10, 5)]


def test_accuracy_is_the_share_of_right_answers():
    x = numpy.eye(4, dtype="float32")
    assert accuracy(lambda x: x, x, numpy.array([0, 1, 2, 0])) == 0.75
    assert accuracy(lambda x: x, x, numpy.array([0, 1, 2, 3]), block=3) == 1.0


@pytest.mark.host  # brings the stand-in along
def test_accuracy_and_counts_work_on_a_device(monkeypatch):
    cupy = install(monkeypatch)
    x, labels = cupy.asarray(numpy.eye(3)), cupy.asarray([0, 1, 1])
    assert accuracy(lambda x: x * 2.0, x, labels, block=2) == pytest.approx(2 / 3)
    assert class_counts(predict(lambda x: x, x), 4).tolist() == [1, 1, 1, 0]


def test_counts_have_a_place_for_every_class():
    assert class_counts(numpy.array([3, 1, 3], "uint8"), 5).tolist() == [0, 1, 0, 2, 0]
    assert class_counts(numpy.zeros(0, int), 3).tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (numpy.array([1, 2, 3]), r"expected labels from 0 to 2, got labels from 1 to 3"),
        (numpy.array([-1, 2, 2]), r"expected labels from 0 to 2, got labels from -1 to 2"),
        (numpy.array([0.0, 1.0, 2.0]), r"expected integer labels of shape \(N,\), got float64"),
        (numpy.eye(3), r".*float64 \(3, 3\). Of logits or one-hot rows, take the .argmax\(1\)"),
    ],
)
def test_labels_that_are_none_are_refused(labels, message):
    labels = numpy.asarray(labels)
    with pytest.raises(ValueError, match=rf"class_counts: {message}"):
        class_counts(labels, 3)
    with pytest.raises(ValueError, match=rf"accuracy: {message}"):
        accuracy(lambda x: x, numpy.eye(3), labels)


def test_a_label_for_every_row_is_wanted():
    with pytest.raises(ValueError, match="expected one label per row of x, got 2 labels for 3"):
        accuracy(lambda x: x, numpy.eye(3), numpy.array([0, 1]))


@pytest.mark.parametrize("output", [lambda x: x[:, 0], lambda x: x[:, :1], lambda x: x[..., None]])
def test_a_model_that_gives_no_logits_of_classes_is_refused(output):
    with pytest.raises(ValueError, match=r"predict: expected logits of shape \(N, C\), C > 1"):
        predict(output, numpy.eye(3))


def test_logits_that_are_not_finite_are_refused_with_their_row():
    x = numpy.eye(3)
    x[2, 0] = numpy.nan
    with pytest.raises(ValueError, match=r"accuracy: logits: .* the first is row 2"):
        accuracy(lambda x: x, x, numpy.array([0, 1, 2]))


def test_no_rows_are_refused():
    with pytest.raises(ValueError, match=r"predict: expected at least one row, got x of shape \(0"):
        predict(lambda x: x, numpy.zeros((0, 3)))


# How the mix of classes strays.


def test_equal_mixes_have_a_divergence_of_zero_whatever_the_counts():
    assert kl_to(numpy.array([1, 2, 3]), numpy.array([10, 20, 30])) == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize("kept", [1, 2, 5, 10])
def test_missing_classes_cost_the_logarithm_of_their_share(kept):
    counts = numpy.array([100] * kept + [0] * (10 - kept))
    assert kl_to(counts, numpy.ones(10)) == pytest.approx(math.log(10 / kept), abs=1e-12)


def test_the_divergence_is_its_formula(rng):
    p, q = numpy.array(rng.dirichlet([1.0] * 6, 2))
    expected = float((p * numpy.log(p / q)).sum())
    assert kl_to(p * 500, q) == pytest.approx(expected, rel=1e-12)


def test_a_class_that_the_reference_never_shows_costs_everything():
    assert kl_to(numpy.array([1, 1]), numpy.array([1, 0])) == math.inf
    assert kl_to(numpy.array([1, 0]), numpy.array([1, 0])) == 0


@pytest.mark.parametrize(
    ("counts", "reference", "message"),
    [
        ([1, 2], [1, 2, 3], "expected counts of the same classes, got 2 and 3 classes"),
        ([1, -2], [1, 2], r"expected counts of shape \(C,\), all from 0"),
        ([1, 2], [1, math.nan], r"expected reference of shape \(C,\), all from 0"),
        ([[1, 2]], [1, 2], r"expected counts of shape \(C,\)"),
        ([0, 0], [1, 2], "counts are all 0, so they have no shares"),
        ([], [], "counts are all 0"),
    ],
)
def test_counts_that_are_none_are_refused(counts, reference, message):
    with pytest.raises(ValueError, match=f"kl_to: {message}"):
        kl_to(numpy.array(counts), numpy.array(reference))


def test_the_classes_of_samples_are_compared_with_those_of_the_data(rng):
    labels, seen = numpy.array([0, 1, 2, 3] * 25), numpy.array([0, 1] * 30)
    assert class_kl(lambda x: x, numpy.eye(4)[seen], labels) == pytest.approx(math.log(2))
    assert class_kl(lambda x: x, numpy.eye(4)[labels], labels, block=7) == 0
    with pytest.raises(ValueError, match="class_kl: expected labels from 0 to 3, got .* 0 to 4"):
        class_kl(lambda x: x, numpy.eye(4), numpy.array([0, 4]))


# The likelihood of a variational autoencoder.


class LinearGaussian:
    """p(z) = N(0, I), p(x|z) = N(z A + b, variance I): log p(x) and p(z|x) in closed form.

    `off` moves the encoder away from the posterior, and widens it.
    """

    likelihood = "gaussian"

    def __init__(self, rng, off=0.0, width=5, z_dim=2, variance=0.05):
        self.width, self.z_dim, self.variance, self.off = width, z_dim, variance, off
        self.A, self.b = rng.standard_normal((z_dim, width)) / 4, numpy.full(width, 0.5)
        self.posterior = numpy.linalg.inv(numpy.eye(z_dim) + self.A @ self.A.T / variance)
        # The encoder knows independent units alone, so that the exact posterior needs such an A.
        self.A = numpy.linalg.eigh(self.posterior)[1].T @ self.A
        self.posterior = numpy.linalg.inv(numpy.eye(z_dim) + self.A @ self.A.T / variance)

    def encode(self, x):
        mean = (x - self.b) @ self.A.T @ self.posterior / self.variance
        log_var = numpy.log(numpy.diag(self.posterior)) + self.off
        return mean + self.off, numpy.broadcast_to(log_var, mean.shape)

    def decode(self, z):
        return z @ self.A + self.b

    def log_likelihood(self, logits, x):
        constant = self.width / 2 * math.log(2 * math.pi * self.variance)
        return -((x - logits) ** 2).sum(1) / (2 * self.variance) - constant

    def gap(self):
        """KL(q(z|x) || p(z|x)), what the ELBO lacks: the same for every x."""
        widened = len(self.posterior) * (math.exp(self.off) - 1 - self.off)
        return 0.5 * (widened + self.off**2 * float(numpy.linalg.inv(self.posterior).trace()))

    def evidence(self, x):
        covariance = self.A.T @ self.A + self.variance * numpy.eye(self.width)
        from_centre = x - self.b
        distance = (from_centre @ numpy.linalg.inv(covariance) * from_centre).sum(1)
        log_p = -0.5 * (distance + numpy.linalg.slogdet(2 * math.pi * covariance)[1])
        return backend.to_numpy(log_p)


@pytest.fixture
def double(rng, monkeypatch):
    """The generator, whose noise is drawn in float64 until the test ends."""
    monkeypatch.setattr(backend._Choice, "float_type", numpy.dtype("float64"))
    return rng


@pytest.mark.parametrize("k", [1, 7, 600])
def test_with_the_exact_posterior_any_number_of_codes_gives_the_evidence(double, k):
    model, x = LinearGaussian(double), double.random((9, 5))
    found = log_evidence(model, x, k, double)
    numpy.testing.assert_allclose(found, model.evidence(x), rtol=1e-10)


def test_with_another_encoder_the_gap_is_the_kl_and_closes_with_the_number_of_codes(double):
    model, x = LinearGaussian(double, off=0.3), double.random((3000, 5))
    gaps = [estimate(model.evidence(x) - log_evidence(model, x, k, double)) for k in (1, 10, 500)]
    assert gaps[0].mean == pytest.approx(model.gap(), abs=5 * gaps[0].standard_error)
    assert gaps[0].standard_error < 0.02 < gaps[1].mean < gaps[0].mean / 2
    assert abs(gaps[2].mean) < 0.01


def test_with_one_code_it_is_the_elbo(rng):
    model, x = VAE(12, 3, (8,), rng=rng), (rng.random((5000, 12)) < 0.5).astype("float32")
    with no_grad():
        terms = elbo(model, x, backend.normal(rng, (5000, 3)))
    mean, error = estimate(log_evidence(model, x, 1, rng) - backend.to_numpy(terms.elbo))
    assert abs(mean) < 5 * error < 0.5  # each draws codes of its own


def test_where_a_code_is_one_number_it_is_the_integral(rng):
    model, x = VAE(6, 1, (8,), rng=rng), (rng.random((4, 6)) < 0.5).astype("float32")
    model.log_var.b.value += 1  # an encoder wider than the posterior, so that no code is missed
    z = numpy.linspace(-8, 8, 4001, dtype="float32")[:, None]
    logits = model.decoder(z).value
    joint = [
        numpy.exp(model.log_likelihood(logits, row[None].repeat(4001, 0)) - z[:, 0] ** 2 / 2)
        for row in x
    ]
    exact = numpy.log(numpy.sum(joint, axis=1) * (16 / 4000) / math.sqrt(2 * math.pi))
    numpy.testing.assert_allclose(log_evidence(model, x, 20_000, rng), exact, atol=0.03)


@pytest.mark.parametrize("width", [1, 6, 49, 64, 96, 784, 1024])
@pytest.mark.parametrize("size", [1, 30, 1e4])
def test_the_fast_bernoulli_is_the_likelihood_of_the_vae(rng, width, size):
    logits = (size * rng.standard_normal((3, 7, width))).astype("float32")
    x = (rng.random((3, 1, width)) < 0.3).astype("float32")
    fast = likelihood._bernoulli(logits, x)
    slow = VAE(width, 2, (3,), rng=rng).log_likelihood(
        logits.reshape(21, width).astype(float), x.repeat(7, 1).reshape(21, width)
    )
    numpy.testing.assert_allclose(fast, slow.reshape(3, 7), rtol=2e-6, atol=2e-6)
    assert fast.dtype == numpy.float32


@pytest.mark.parametrize("rows", [1, 5, 20, 64, 1000])
def test_blocks_of_codes_give_the_evidence_as_well(double, rows):
    model, x = LinearGaussian(double, off=0.2), double.random((7, 5))
    found = log_evidence(model, x, 2000, double, rows)
    numpy.testing.assert_allclose(found, model.evidence(x), atol=0.05)


def test_a_grey_image_is_made_binary_once(rng):
    model, x = VAE(16, 2, (8,), rng=rng), numpy.full((300, 16), 0.5, "float32")
    found = log_evidence(model, x, 50, rng)  # one binary image each: L_k differ from image to image
    assert found.std() > 0.1
    binary = (rng.random(16) < 0.5).astype("float32")[None].repeat(300, 0)
    assert log_evidence(model, binary, 5000, rng, rows=5000).std() < found.std() / 3


def test_a_seed_fixes_the_result_and_slices_can_be_computed_one_by_one(rng):
    model, x = VAE(16, 2, (8,), rng=rng), rng.random((10, 16), numpy.float32)
    whole = log_evidence(model, x, 300, numpy.random.default_rng(1))
    assert (whole == log_evidence(model, x, 300, numpy.random.default_rng(1))).all()
    mean, error = nll(model, x, 300, numpy.random.default_rng(1))
    assert (mean, error) == (-whole.mean(), pytest.approx(whole.std(ddof=1) / math.sqrt(10)))


def test_the_count_of_images_done_is_reported(rng):
    seen = []
    log_evidence(VAE(4, 2, (3,), rng=rng), numpy.eye(4), 100, rng, rows=200, report=seen.append)
    assert seen == [2, 4]


def test_nothing_is_recorded_and_the_images_stay_as_they_were(rng):
    model, x = VAE(4, 2, (3,), rng=rng), numpy.eye(4) / 2
    kinds, decode = [], model.decode

    def spy(z):
        kinds.append(type(decode(z)))
        return decode(z)

    model.decode = spy
    nll(model, x, 10, rng)
    assert set(kinds) == {numpy.ndarray}
    numpy.testing.assert_array_equal(x, numpy.eye(4) / 2)


@pytest.mark.host  # brings the stand-in along
@pytest.mark.parametrize(
    "likelihood", [{"likelihood": "bernoulli"}, {"likelihood": "gaussian", "variance": 0.1}]
)
def test_a_device_gives_the_same_evidence_and_reads_back_once_a_block(monkeypatch, likelihood):
    def found(x):
        rng = numpy.random.default_rng(0)
        return log_evidence(VAE(4, 2, (3,), rng=rng, **likelihood), x, 40, rng, rows=40)

    expected, cupy = found(numpy.eye(4)), install(monkeypatch)
    monkeypatch.setattr(backend._Choice, "module", cupy)
    numpy.testing.assert_array_equal(found(numpy.eye(4)), expected)
    assert DeviceArray.downloads == 4
    numpy.testing.assert_array_equal(found(cupy.asarray(numpy.eye(4))), expected)


@pytest.mark.parametrize(
    ("images", "k", "message"),
    [
        (numpy.eye(4) * 255, 5, r"images: expected pixels in \[0, 1\], got 255.0 at pixel 0"),
        (numpy.eye(4) * math.nan, 5, "images: expected finite pixels, got nan"),
        (numpy.eye(3), 5, "images: expected 4 pixels an image, as the net was built for, got 3"),
        (numpy.eye(4), 0, "log_evidence: expected k, a whole number from 1, got 0"),
        (numpy.eye(4), 2.5, "log_evidence: expected k, a whole number from 1, got 2.5"),
    ],
)
def test_no_likelihood_is_given_to_what_is_no_image(rng, images, k, message):
    with pytest.raises(ValueError, match=message):
        nll(VAE(4, 2, (3,), rng=rng), images, k, rng)


def test_a_broken_model_is_named_by_its_first_image(rng):
    model = VAE(4, 2, (3,), rng=rng)
    model.decoder.layers[-1].b.value[0] = numpy.nan
    with pytest.raises(ValueError, match="log_evidence: L_k: .* 4 of 4 rows hold NaN or Inf"):
        nll(model, numpy.eye(4), 5, rng)


def test_the_standard_error_of_one_value_is_unknown():
    assert math.isnan(estimate(numpy.array([3.0])).standard_error)
    assert estimate(numpy.array([3.0])).mean == 3


@pytest.mark.parametrize("values", [numpy.zeros(0), numpy.zeros((2, 2)), 3.0])
def test_what_is_no_row_of_values_has_no_estimate(values):
    with pytest.raises(ValueError, match=r"estimate: expected values of shape \(N,\), N from 1"):
        estimate(values)


# Intervals.

# Two-sided 95 % and 99 % of Student's distribution, as every printed table has them.
TABLE = {
    1: (12.706, 63.657), 2: (4.303, 9.925), 3: (3.182, 5.841), 4: (2.776, 4.604),
    9: (2.262, 3.250), 10: (2.228, 3.169), 29: (2.045, 2.756), 120: (1.980, 2.617),
}  # fmt: skip


@pytest.mark.host
@pytest.mark.parametrize("df", TABLE)
def test_students_t_is_that_of_the_tables(df):
    found = estimates._student(0.95, df), estimates._student(0.99, df)
    assert found == pytest.approx(TABLE[df], abs=6e-4)


@pytest.mark.host
def test_students_t_has_the_closed_forms_of_one_and_two_degrees_and_the_normal_limit():
    for level in (0.01, 0.5, 0.9, 0.999):
        cauchy = math.tan(math.pi / 2 * level)
        assert estimates._student(level, 1) == pytest.approx(cauchy, rel=1e-9)
        two = level * math.sqrt(2 / (1 - level**2))
        assert estimates._student(level, 2) == pytest.approx(two, rel=1e-9)
        normal = NormalDist().inv_cdf((1 + level) / 2)
        assert estimates._student(level, 200_000) == pytest.approx(normal, rel=1e-4)


@pytest.mark.host
@given(level=st.floats(0.01, 0.9999), df=st.integers(1, 2000))
def test_students_t_is_scipys(level, df):
    stats = pytest.importorskip("scipy.stats", reason="SciPy is not installed")
    expected = float(stats.t.ppf((1 + level) / 2, df))
    assert estimates._student(level, df) == pytest.approx(expected, rel=1e-8)


@pytest.mark.host
def test_an_interval_of_pairs_is_worked_out_as_by_hand():
    # Differences 1, 2, 6: mean 3, standard deviation sqrt(7), t 4.303 for two degrees.
    found = interval([5.0, 7.0, 9.0], [4.0, 5.0, 3.0])
    assert found.mean == 3
    assert found.half_width == pytest.approx(4.30265 * math.sqrt(7) / math.sqrt(3), rel=1e-5)
    assert (found.low, found.high) == (3 - found.half_width, 3 + found.half_width)
    assert interval([1.0, 2.0, 6.0]) == found
    assert all(type(number) is float for number in found)


def test_what_the_pairs_have_in_common_does_not_widen_it(rng):
    luck, gain = 100 * rng.standard_normal(20), rng.standard_normal(20)
    numpy.testing.assert_allclose(interval(luck + gain, luck), interval(gain), rtol=1e-9)
    assert interval(luck + gain).half_width > 10 * interval(gain).half_width


@pytest.mark.host
@pytest.mark.parametrize("n", [2, 3, 10])
@pytest.mark.parametrize("level", [0.5, 0.95])
def test_it_holds_the_true_mean_as_often_as_it_says(rng, n, level):
    found = [interval(rng.normal(3, 2, n), level=level) for _ in range(2000)]
    held = sum(one.low <= 3 <= one.high for one in found) / 2000
    assert held == pytest.approx(level, abs=6 * math.sqrt(level * (1 - level) / 2000))


@pytest.mark.parametrize(
    ("a", "b", "level", "message"),
    [
        (
            [1.0],
            None,
            0.95,
            r"expected a of shape \(N,\), N from 2, got shape \(1,\). One run says",
        ),
        ([1.0, 2.0], [1.0], 0.95, r"expected b of shape \(N,\), N from 2, got shape \(1,\)"),
        ([1.0, 2.0], [1.0, 2.0, 3.0], 0.95, "expected pairs, .* got 2 and 3 values"),
        ([[1.0, 2.0]], None, 0.95, r"expected a of shape \(N,\), N from 2, got shape \(1, 2\)"),
        (3.0, None, 0.95, r"expected a of shape \(N,\), N from 2, got shape \(\)"),
        ([1.0, math.nan], None, 0.95, r"expected finite numbers, got a\[1\] = nan"),
        ([1.0, 2.0], [math.inf, 0.0], 0.95, r"expected finite numbers, got b\[0\] = inf"),
        ([1.0, 2.0], None, 95, "expected a level between 0 and 1, such as 0.95, got 95"),
        ([1.0, 2.0], None, 1.0, "expected a level between 0 and 1, such as 0.95, got 1.0"),
    ],
)
def test_values_without_an_interval_are_refused(a, b, level, message):
    with pytest.raises(ValueError, match=f"interval: {message}"):
        interval(a, b, level)


# What the code tells.


class Channel:
    """q(z_j|x) = N(gain_j x, exp(log_var)) of standard normal x: all is known in closed form."""

    likelihood, width = "gaussian", 1

    def __init__(self, gains, log_var):
        self.gains, self.log_var, self.z_dim = numpy.array(gains), log_var, len(gains)

    def encode(self, x):
        normal = numpy.array([[NormalDist().inv_cdf(u)] for u in x[:, 0].tolist()])
        return normal * self.gains, numpy.full((len(x), self.z_dim), self.log_var)

    def decode(self, z):
        return z

    def log_likelihood(self, logits, x):
        return numpy.full(len(x), -3.5)


EVEN = ((numpy.arange(2000) + 0.5) / 2000)[:, None]  # inv_cdf makes them standard normal


def test_a_unit_is_active_where_its_mean_varies_by_more_than_the_threshold(rng):
    model = Channel([1.0, 0.11, 0.09, 0.0], log_var=0.0)  # variances 1, .012, .008, 0
    assert active_units(model, EVEN, rng) == 2
    assert active_units(model, EVEN, rng, threshold=0.005) == 3
    assert active_units(model, EVEN, rng, threshold=0.5) == 1


@pytest.mark.parametrize("gain", [0.5, 2.0])
@pytest.mark.parametrize("log_var", [-2.0, 0.0])
def test_the_split_of_a_gaussian_channel_is_that_of_theory(double, gain, log_var):
    split = elbo_split(Channel([gain], log_var), EVEN, double)
    total = gain**2 + math.exp(log_var)  # the variance of all codes together
    information = 0.5 * math.log(total / math.exp(log_var))
    assert split.mutual_information == pytest.approx(information, abs=0.05)
    assert split.marginal_kl == pytest.approx(0.5 * (total - 1 - math.log(total)), abs=0.05)
    assert split.kl == pytest.approx(split.mutual_information + split.marginal_kl, rel=1e-12)
    assert split.reconstruction == -3.5


def test_an_encoder_that_ignores_the_image_tells_nothing(rng):
    split = elbo_split(Channel([0.0, 0.0], log_var=1.0), EVEN, rng)
    assert split.mutual_information == pytest.approx(0, abs=1e-9)
    assert split.marginal_kl == pytest.approx(split.kl, rel=1e-9)
    assert split.kl == pytest.approx(math.e - 2)


def test_codes_that_lie_apart_tell_all_there_is(rng):
    split = elbo_split(Channel([100.0], log_var=-8.0), EVEN[::20], rng)
    assert split.mutual_information == pytest.approx(math.log(100), abs=1e-6)


def test_blocks_do_not_change_the_split(rng, monkeypatch):
    def split():
        return elbo_split(Channel([1.0, 0.5], -1.0), EVEN[::10], numpy.random.default_rng(1))

    whole = split()
    monkeypatch.setattr(blocks, "PAIRS", 1000)
    numpy.testing.assert_allclose(split(), whole, rtol=1e-12)


def test_the_split_is_that_of_the_bound(rng):
    model, x = VAE(12, 3, (8,), rng=rng), rng.random((2000, 12), numpy.float32)
    split, terms = elbo_split(model, x, rng), bound(model, x, rng)
    assert split.kl == pytest.approx(terms.kl, rel=0.02)
    assert split.reconstruction == pytest.approx(terms.reconstruction, rel=0.02)
    assert 0 < split.mutual_information < split.kl


@pytest.mark.host  # brings the stand-in along
def test_a_device_gives_the_same_split_and_units(monkeypatch):
    def found():
        rng = numpy.random.default_rng(0)
        model = VAE(4, 2, (3,), rng=rng)
        return active_units(model, numpy.eye(4), rng), elbo_split(model, numpy.eye(4), rng)

    expected = found()
    monkeypatch.setattr(backend._Choice, "module", install(monkeypatch))
    assert found() == expected


@pytest.mark.parametrize("name", ["active_units", "elbo_split"])
def test_nothing_is_told_of_what_is_no_image_nor_by_a_broken_model(rng, name):
    model, measured = VAE(4, 2, (3,), rng=rng), getattr(measure, name)
    with pytest.raises(ValueError, match=r"images: expected pixels in \[0, 1\], got 2.0"):
        measured(model, 2 * numpy.eye(4), rng)
    model.mean.b.value[0] = numpy.nan
    with pytest.raises(ValueError, match=rf"{name}: mean of q\(z\|x\): .* hold NaN"):
        measured(model, numpy.eye(4), rng)


# The room.


@pytest.mark.host
def test_no_file_of_the_room_hides_a_function_of_its_name():
    # `import scratchgen.measure.x` sets measure.x, whatever stood there before.
    files = {module.name for module in pkgutil.iter_modules(measure.__path__)}
    for name in files:
        importlib.import_module(f"scratchgen.measure.{name}")
    assert not files & set(measure.__all__)
    assert measure.parzen is parzen
    assert parzen is importlib.import_module("scratchgen.measure.window").parzen
