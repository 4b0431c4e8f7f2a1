"""Measures against answers known beforehand: by hand, in closed form, by an obvious twin."""

import math
import tracemalloc

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scratchgen import measure
from scratchgen.engine import Tensor
from scratchgen.measure import (
    accuracy,
    class_counts,
    kl_to,
    precision_recall_density_coverage,
    predict,
)
from scratchgen.nn import MLP
from tests.fake_cupy import DeviceArray, install


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
    points = numpy.random.default_rng(seed).integers(0, 3, (20, width)).astype(float)
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
    monkeypatch.setattr(measure, "_DISTANCES", held)  # 1: a row at a time
    assert precision_recall_density_coverage(real, fake) == whole


@pytest.mark.parametrize("dtype", ["float32", "float64", "uint8", "int64"])
def test_points_of_any_number_type_are_welcome(rng, dtype):
    real, fake = (rng.integers(0, 256, (30, 4)).astype(dtype) for _ in range(2))
    got = precision_recall_density_coverage(real, fake)
    numpy.testing.assert_allclose(got, twin(real.astype(float), fake.astype(float), 5), rtol=1e-12)


def test_the_points_stay_as_they_were(rng):
    real, fake = rng.standard_normal((30, 4)), rng.standard_normal((30, 4))
    real.flags.writeable = fake.flags.writeable = False
    precision_recall_density_coverage(real, fake)


def test_a_device_gives_the_same_numbers_and_only_they_are_read_back(rng, monkeypatch):
    real, fake = rng.standard_normal((50, 4)), rng.standard_normal((40, 4))
    expected, cupy = precision_recall_density_coverage(real, fake), install(monkeypatch)
    got = precision_recall_density_coverage(cupy.asarray(real), cupy.asarray(fake))
    assert got == expected
    assert all(type(number) is float for number in got)
    assert DeviceArray.downloads <= 4


def peak_bytes(real, fake):
    """The numbers, and the most memory that was held while they were computed."""
    tracemalloc.start()
    result = precision_recall_density_coverage(real, fake)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return result, peak


def test_memory_is_held_for_a_block_of_distances_not_for_all(rng, monkeypatch):
    monkeypatch.setattr(measure, "_DISTANCES", 2**16)  # half a MiB
    _, peak = peak_bytes(*rng.standard_normal((2, 3000, 4)))
    assert peak < 5 * 2**20 < 3000 * 3000 * 8 / 10


@pytest.mark.slow
def test_two_normal_draws_in_1000_dimensions_score_as_published_and_fit_into_a_gibibyte(rng):
    result, peak = peak_bytes(*rng.standard_normal((2, 10_000, 1000), numpy.float32))
    # What the code of Naeem et al. 2020 prints for one such draw. Another seed moves the density
    # by up to .07 (a few points lie near everything in 1,000 dimensions), the others by .01.
    numpy.testing.assert_allclose(result, (0.477, 0.471, 1.056, 0.974), atol=0.02)
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
    p, q = rng.dirichlet(numpy.ones(6), 2)
    assert kl_to(p * 500, q) == pytest.approx(sum(p * numpy.log(p / q)), rel=1e-12)


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
