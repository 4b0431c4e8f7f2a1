"""What codes tell, against closed forms and other people's linear algebra."""

import math

import numpy
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from scratchgen import data
from scratchgen.engine import Tensor
from scratchgen.measure import (
    active_units,
    direction,
    elbo_split,
    kl_by_unit,
    mig,
    mutual_information,
    pca,
    principal_angles,
)
from scratchgen.nn import Dense
from scratchgen.vae import VAE
from tests.fake_cupy import DeviceArray, install
from tests.on_device import fetched

pytestmark = pytest.mark.usefixtures("device")  # see conftest.py
seeds = st.integers(0, 10**6)


@pytest.fixture
def rng():
    return numpy.random.default_rng(0)


def kind_of(x):
    return type(x), x.dtype


# Principal components.


@given(n=st.integers(2, 30), width=st.integers(1, 12), seed=seeds)
def test_the_axes_and_variances_are_those_of_a_singular_value_decomposition(n, width, seed):
    x = numpy.random.default_rng(seed).standard_normal((n, width)) + 3
    found, k = pca(x), min(n - 1, width)
    _, sizes, rows = numpy.linalg.svd(x - x.mean(0), full_matrices=False)
    numpy.testing.assert_allclose(found.variances, (sizes**2 / n)[:k], rtol=1e-6, atol=1e-12)
    numpy.testing.assert_allclose(abs((found.axes * rows[:k]).sum(1)), 1, rtol=1e-4)
    numpy.testing.assert_allclose(found.mean, x.mean(0), rtol=1e-12)


@given(n=st.integers(3, 30), width=st.integers(1, 12), seed=seeds)
def test_the_axes_are_orthonormal_and_the_covariance_only_stretches_them(n, width, seed):
    x = numpy.random.default_rng(seed).standard_normal((n, width))
    found, k = pca(x), min(n - 1, width)
    covariance = fetched(x).T @ fetched(x - x.mean(0)) / n
    axes = fetched(found.axes)
    numpy.testing.assert_allclose(axes @ axes.T, fetched(numpy.eye(k)), atol=1e-10)
    stretched = axes * fetched(found.variances)[:, None]
    numpy.testing.assert_allclose(axes @ covariance, stretched, atol=1e-10)
    assert (fetched(found.variances)[:-1] >= fetched(found.variances)[1:]).all()


def test_what_the_codes_leave_out_is_the_sum_of_the_other_variances(rng):
    x = rng.standard_normal((200, 6)) * numpy.array([5.0, 4.0, 3.0, 2.0, 1.0, 0.5]) + 1
    every, some = pca(x), pca(x, k=2)
    error = float(((some.decode(some.encode(x)) - x) ** 2).sum(1).mean())
    assert error == pytest.approx(float(every.variances[2:].sum()), rel=1e-10)
    numpy.testing.assert_allclose(every.decode(every.encode(x)), x, atol=1e-10)
    numpy.testing.assert_array_equal(some.axes, every.axes[:2])


def test_codes_have_the_variances_that_are_stated_and_do_not_go_together(rng):
    x = rng.standard_normal((500, 4)) @ rng.standard_normal((4, 4))
    found = pca(x)
    z = fetched(found.encode(x))
    numpy.testing.assert_allclose(z.T @ z / 500, numpy.diag(found.variances), atol=1e-10)
    numpy.testing.assert_allclose(z.mean(0), fetched(numpy.zeros(4)), atol=1e-10)


def test_the_largest_entry_of_an_axis_is_positive_whichever_way_the_points_lie(rng):
    x = rng.standard_normal((40, 5))
    axes = fetched(pca(x).axes)
    assert (axes.max(1) == abs(axes).max(1)).all()
    numpy.testing.assert_allclose(pca(-x).axes, axes, atol=1e-10)


@pytest.mark.host
@pytest.mark.parametrize(
    ("kind", "expected"), [("float32", "float32"), ("float64", "float64"), ("uint8", "float64")]
)
def test_the_axes_are_of_the_type_of_the_points(rng, kind, expected):
    x = numpy.array(rng.integers(0, 255, (20, 3)), kind)
    found = pca(x)
    assert (found.mean.dtype, found.axes.dtype) == (expected, expected)
    assert found.variances.dtype == "float64"
    wide = numpy.asarray(x, float)
    numpy.testing.assert_allclose(found.variances, pca(wide).variances, rtol=1e-12)


@pytest.mark.host
def test_a_list_of_points_is_as_good_as_an_array():
    assert pca([[0.0, 1.0], [0.0, -1.0], [0.0, 0.0]]).axes.tolist()[0] == [0, 1]


@pytest.mark.host  # brings the stand-in along
def test_the_axes_lie_where_the_points_do(rng, monkeypatch):
    x = rng.standard_normal((30, 4)).astype("float32")
    expected, cupy = pca(x, 2), install(monkeypatch)
    there = cupy.asarray(x)
    found = pca(there, 2)
    assert kind_of(found.axes) == (DeviceArray, "float32")
    assert isinstance(found.decode(found.encode(there)), DeviceArray)
    numpy.testing.assert_array_equal(found.axes.get(), expected.axes)
    assert isinstance(found.variances, numpy.ndarray)


@pytest.mark.parametrize(
    ("shape", "k", "message"),
    [
        ((5, 3), 0, "expected k, a whole number from 1, or None, got 0"),
        ((5, 3), 2.0, "expected k, a whole number from 1, or None, got 2.0"),
        ((5, 3), 4, r"expected k up to min\(N - 1, D\) = 3, got k=4 with 5 points of width 3"),
        ((3, 5), 3, r"expected k up to min\(N - 1, D\) = 2, got k=3 with 3 points of width 5"),
        ((1, 5), 1, r"= 0, got k=1 with 1 points"),
        ((0, 5), None, "x: expected at least one point, got 0"),
        ((5,), None, r"x: expected shape \(N, D\), got \(5,\)"),
        ((5, 2, 2), None, r"Flatten each point: x.reshape\(len\(x\), -1\)"),
    ],
)
def test_points_without_so_many_axes_are_refused(shape, k, message):
    with pytest.raises(ValueError, match=f"pca: .*{message}"):
        pca(numpy.zeros(shape), k)


def test_points_that_are_not_finite_have_no_axes():
    x = numpy.zeros((4, 2))
    x[2, 1] = math.nan
    with pytest.raises(ValueError, match="pca: x: expected finite .* the first is row 2"):
        pca(x)
    with pytest.raises(TypeError, match=r"Pass its array, x.value"):
        pca(Tensor(numpy.ones((4, 2))))


@pytest.mark.host
def test_of_digits_two_codes_leave_the_error_that_other_programs_find():
    digits = data.digits()
    found, test = pca(digits.train_images, 2), digits.test_images.astype(float)
    error = ((found.decode(found.encode(test)) - test) ** 2).sum(1).mean()
    assert error == pytest.approx(3.5197, abs=1e-4)  # by an SVD of the centred images


# Angles between subspaces.


@pytest.mark.parametrize("angle", [1e-12, 1e-6, 0.1, 44.0, 45.0, 46.0, 89.9, 90.0])
def test_a_turned_line_lies_at_the_angle_it_was_turned_by(angle):
    turn = math.radians(angle)
    line, turned = numpy.array([[3.0, 0.0]]), numpy.array([[math.cos(turn), math.sin(turn)]])
    found = fetched(principal_angles(line, -turned))
    assert found[0] == pytest.approx(angle, rel=1e-9)


@given(
    angles=st.tuples(st.floats(0, 90), st.floats(0, 90)), seed=seeds,
)  # fmt: skip
def test_two_planes_lie_at_the_two_angles_they_were_turned_by(angles, seed):
    # In five dimensions, turned, each basis mixed: nothing but the planes themselves may matter.
    rng = numpy.random.default_rng(seed)
    first, second = numpy.eye(5)[:2], numpy.zeros((2, 5))
    for i, angle in enumerate(math.radians(a) for a in angles):
        second[i, i], second[i, 2 + i] = math.cos(angle), math.sin(angle)
    turn = numpy.linalg.qr(rng.standard_normal((5, 5)))[0]
    mixed = [numpy.linalg.qr(rng.standard_normal((2, 2)))[0] @ p @ turn for p in (first, second)]
    numpy.testing.assert_allclose(principal_angles(*mixed), sorted(angles), atol=1e-6)
    numpy.testing.assert_allclose(principal_angles(*mixed[::-1]), sorted(angles), atol=1e-6)


@pytest.mark.host
@given(k=st.integers(1, 6), m=st.integers(1, 6), width=st.integers(6, 9), seed=seeds)
def test_the_angles_are_those_of_scipy(k, m, width, seed):
    linalg = pytest.importorskip("scipy.linalg", reason="SciPy is not installed")
    rng = numpy.random.default_rng(seed)
    a, b = rng.standard_normal((k, width)), rng.standard_normal((m, width))
    theirs = numpy.degrees(linalg.subspace_angles(a.T, b.T))[::-1]
    numpy.testing.assert_allclose(principal_angles(a, b), theirs, atol=1e-5)  # as near as theirs


def test_a_subspace_within_another_lies_at_no_angle_and_its_complement_at_right_angles(rng):
    every = numpy.linalg.qr(rng.standard_normal((6, 6)))[0]
    numpy.testing.assert_allclose(principal_angles(every[:4], every[1:3]), [0, 0], atol=1e-12)
    numpy.testing.assert_allclose(principal_angles(every[:2], every[2:]), [90, 90], atol=1e-12)


def test_which_rows_span_a_subspace_does_not_matter(rng):
    a, b = rng.standard_normal((2, 5)), rng.standard_normal((3, 5))
    mixed = numpy.array([[2.0, 100.0], [0.0, -0.5]]) @ a
    numpy.testing.assert_allclose(principal_angles(mixed, b), principal_angles(a, b), atol=1e-9)


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        ([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0]], None, r"a: expected independent rows, got \(2, 3\)"),
        (None, [[0.0, 0.0, 0.0]], r"b: expected independent rows, got \(1, 3\)"),
        (None, [[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]], r"b: .* rows, got \(4, 3\)"),
        ([[1.0, 2.0]], None, r"expected rows of one width, got a \(1, 2\) and b \(1, 3\)"),
        ([1.0, 2.0, 3.0], None, r"a: expected shape \(N, D\), got \(3,\)"),
        ([[1.0, math.inf, 0.0]], None, "a: expected finite numbers"),
    ],
)
def test_rows_that_span_no_such_subspace_are_refused(a, b, message):
    a, b = (numpy.array([[1.0, 1.0, 0.0]]) if x is None else numpy.array(x) for x in (a, b))
    with pytest.raises(ValueError, match=f"principal_angles: {message}"):
        principal_angles(a, b)


@pytest.mark.host
def test_rows_that_depend_on_one_another_but_for_float32s_rounding_are_refused(rng):
    rows = rng.standard_normal((2, 50)).astype("float32")
    rows = numpy.concatenate([rows, rows[:1] * 0.3 + rows[1:] * 0.7])
    with pytest.raises(ValueError, match=r"a: expected independent rows, got \(3, 50\)"):
        principal_angles(rows, rows[:1])


def test_a_layers_weights_are_rows_as_axes_are(rng):
    layer = Dense(2, 6, rng=numpy.random.default_rng(0))
    numpy.testing.assert_allclose(principal_angles(layer.W.value, layer.W.value), 0, atol=1e-5)


# Directions of a factor.


@given(n=st.integers(2, 40), width=st.integers(1, 5), seed=seeds)
def test_of_two_classes_it_is_the_difference_of_their_mean_codes(n, width, seed):
    rng = numpy.random.default_rng(seed)
    z, label = rng.standard_normal((n, width)), fetched(rng).integers(0, 2, n)
    assume(0 < label.sum() < n)
    host = fetched(z)
    expected = host[label == 1].mean(0) - host[label == 0].mean(0)
    assume(not (host == host[0]).all())
    numpy.testing.assert_allclose(direction(z, label), expected, atol=1e-12)


@pytest.mark.parametrize("by", ["means", "regression"])
def test_where_codes_are_straight_in_the_factor_it_is_the_slope(rng, by):
    factor, slope = rng.random(50), numpy.array([2.0, -1.0, 0.0])
    z = factor[:, None] * slope + 7
    numpy.testing.assert_allclose(direction(z, factor, by), slope, atol=1e-9)


@pytest.mark.parametrize("by", ["means", "regression"])
def test_it_is_for_one_unit_of_the_factor_wherever_codes_and_factor_lie(rng, by):
    factor = rng.random(60)
    z = rng.standard_normal((60, 3)) + factor[:, None]
    once = fetched(direction(z, factor, by))
    numpy.testing.assert_allclose(direction(z + 5, 10 * factor - 3, by), once / 10, atol=1e-10)


def test_along_the_regression_the_prediction_grows_by_one_unit_and_no_way_is_shorter(rng):
    factor = rng.random(80)
    z = rng.standard_normal((80, 4)) * numpy.array([1.0, 2.0, 0.1, 1.0]) + factor[:, None]
    step = fetched(direction(z, factor, "regression"))
    z, factor = fetched(z), fetched(factor)
    with_ones = fetched(numpy.concatenate([z, z[:, :1] * 0 + 1], axis=1))
    w = fetched(numpy.linalg.solve(with_ones.T @ with_ones, with_ones.T @ factor))[:-1]
    assert float(step @ w) == pytest.approx(1, rel=1e-9)
    assert float(abs(step @ w)) == pytest.approx(float((step @ step) ** 0.5 * (w @ w) ** 0.5))


def test_what_predicts_a_factor_is_not_what_changes_it(rng):
    # The second number hardly moves with the factor, but tells it exactly; the first moves much.
    factor, noise = rng.standard_normal(20_000), rng.standard_normal(20_000)
    z = numpy.stack([factor + noise, 0.01 * factor], axis=1)
    means, weights = (fetched(direction(z, factor, by)) for by in ("means", "regression"))
    numpy.testing.assert_allclose(means, [1, 0.01], atol=0.03)
    numpy.testing.assert_allclose(weights, [0, 0.01], atol=1e-6)


@pytest.mark.host  # brings the stand-in along
@pytest.mark.parametrize("by", ["means", "regression"])
def test_it_lies_where_the_codes_do_in_their_type(rng, monkeypatch, by):
    z, factor = rng.standard_normal((30, 4)).astype("float32"), rng.random(30)
    expected, cupy = direction(z, factor, by), install(monkeypatch)
    assert expected.dtype == "float32"
    found = direction(cupy.asarray(z), factor, by)
    assert kind_of(found) == (DeviceArray, "float32")
    numpy.testing.assert_array_equal(found.get(), expected)
    assert direction(z.tolist(), factor.tolist(), by).dtype == "float64"


CODES = numpy.array([[0.0, 1.0], [2.0, 3.0], [4.0, 0.0]])


@pytest.mark.parametrize(
    ("codes", "factor", "by", "message"),
    [
        (CODES, [0, 1, 2], "slope", "by is 'means' or 'regression', got 'slope'"),
        (CODES, [0, 1], "means", r"expected factor of shape \(3,\), one number a code, got \(2,\)"),
        (CODES, [[0], [1], [2]], "means", r"expected factor of shape \(3,\).* got \(3, 1\)"),
        (CODES, [2.0, 2.0, 2.0], "means", "factor is 2.0 for all 3 codes: nothing can be told of"),
        (CODES, [0.0, math.nan, 1.0], "means", "factor: expected finite numbers.* row 1"),
        (CODES[:, 0], [0, 1, 2], "means", r"codes: expected shape \(N, D\), got \(3,\)"),
        (CODES * math.nan, [0, 1, 2], "means", "codes: expected finite numbers"),
        (CODES * 0, [0, 1, 2], "means", "the codes are all the same. Has the encoder collapsed"),
        (CODES, [0, 1, 2], "regression", r"needs Z \+ 2 codes at least, got 3 codes of 2 numbers"),
    ],
)
def test_what_has_no_direction_is_refused(codes, factor, by, message):
    with pytest.raises(ValueError, match=f"direction: .*{message}"):
        direction(numpy.asarray(codes), factor, by)


def test_a_factor_of_words_is_refused():
    with pytest.raises(TypeError, match="direction: expected factor as numbers, got <U1"):
        direction(CODES, ["a", "b", "c"])


def test_a_factor_that_no_number_goes_with_has_no_regression():
    codes = numpy.array([[-1.0], [1.0], [-1.0], [1.0]])
    with pytest.raises(
        ValueError, match="direction: no number of the codes varies with the factor"
    ):
        direction(codes, numpy.array([0.0, 0.0, 1.0, 1.0]), "regression")


# Mutual information.


def twin(z, f, bins):
    """The formula on NumPy's own histogram of pairs, in cells of equal width."""
    counts = fetched(numpy.histogram2d(z, f, bins)[0])
    p = counts / counts.sum()
    independent = p.sum(1, keepdims=True) * p.sum(0, keepdims=True)
    return sum(
        float(x * math.log(x / y))
        for x, y in zip(p.ravel().tolist(), independent.ravel().tolist(), strict=True)
        if x
    )


@given(n=st.integers(2, 60), bins=st.integers(2, 20), bound=st.floats(0, 1), seed=seeds)
def test_the_information_is_its_formula_on_a_histogram(n, bins, bound, seed):
    rng = numpy.random.default_rng(seed)
    z, f = rng.standard_normal(n), rng.standard_normal(n)
    z = bound * f + (1 - bound) * z
    found = mutual_information(z[:, None], {"f": f}, bins)
    assert found.shape == (1, 1)
    assert float(found[0, 0]) == pytest.approx(twin(z, f, bins), abs=1e-9)


@given(values=st.lists(st.integers(0, 6), min_size=2, max_size=50))
def test_a_code_that_is_the_factor_tells_its_entropy(values):
    assume(len(set(values)) > 1)
    shares = [values.count(v) / len(values) for v in set(values)]
    entropy = -sum(p * math.log(p) for p in shares)
    z = numpy.array([[2.0 * v] for v in values])
    told = mutual_information(z, {"f": numpy.array(values)}, bins=20)
    assert float(told[0, 0]) == pytest.approx(entropy, rel=1e-12)


def test_codes_and_factors_in_every_combination_tell_nothing():
    z, f = numpy.meshgrid(numpy.linspace(0, 1, 12), numpy.linspace(3, 4, 9))
    told = mutual_information(z.reshape(-1, 1), {"f": f.reshape(-1)}, bins=5)
    assert float(told[0, 0]) == pytest.approx(0, abs=1e-12)
    assert float(told[0, 0]) >= 0


def test_independent_draws_tell_what_the_bias_says(rng):
    N, cells = 10_000, 20
    told = mutual_information(rng.random((N, 4)), {"f": rng.random(N)}, cells)
    # 2 N I is chi-squared with 19^2 degrees: mean 361, deviation 26.9 (Wilks 1938); of the mean of
    # four, 13.4, and six of those allowed.
    assert 2 * N * float(told.mean()) == pytest.approx((cells - 1) ** 2, abs=6 * 13.4)


@pytest.mark.parametrize("correlation", [0.0, 0.3, -0.6, 0.9])
def test_jointly_normal_numbers_tell_the_logarithm_of_what_is_left(rng, correlation):
    f, noise = rng.standard_normal(200_000), rng.standard_normal(200_000)
    z = correlation * f + math.sqrt(1 - correlation**2) * noise
    told = float(mutual_information(z[:, None], {"f": f}, bins=60)[0, 0])
    # Measured over five seeds: .006 above for 0 (the bias), .005 below for .9 (the intervals).
    assert told == pytest.approx(-0.5 * math.log(1 - correlation**2), abs=0.012)


@pytest.mark.parametrize("correlation", [0.0, 0.3, 0.6])
def test_the_protocols_20_intervals_and_10_000_points_come_near_it(rng, correlation):
    f, noise = rng.standard_normal(10_000), rng.standard_normal(10_000)
    z = correlation * f + math.sqrt(1 - correlation**2) * noise
    told = float(mutual_information(z[:, None], {"f": f})[0, 0])
    assert told == pytest.approx(-0.5 * math.log(1 - correlation**2), abs=0.045)


def test_the_table_has_a_row_for_each_number_and_a_column_for_each_factor_in_order():
    which, other = numpy.array([0, 0, 1, 1]), numpy.array([0, 1, 0, 1])
    codes = numpy.stack([other * 1.0, which * 3.0, other * 0.0], axis=1)
    told = mutual_information(codes, {"which": which, "other": other}, bins=2)
    expected = [[0, math.log(2)], [math.log(2), 0], [0, 0]]
    numpy.testing.assert_allclose(told, expected, atol=1e-12)


def test_integers_are_classes_and_floats_fall_into_intervals():
    far = numpy.array([0, 1, 2, 1000])  # as floats, the first three share an interval
    codes = numpy.array([[0.0], [1.0], [2.0], [3.0]])
    classes = mutual_information(codes, {"f": far}, bins=4)
    floats = mutual_information(codes, {"f": far * 1.0}, bins=4)
    assert float(classes[0, 0]) == pytest.approx(math.log(4))
    assert float(floats[0, 0]) == pytest.approx(math.log(4) - 0.75 * math.log(3))
    flags = mutual_information(codes, {"f": far > 1}, bins=4)
    assert float(flags[0, 0]) == pytest.approx(math.log(2))


def test_the_greatest_value_is_in_the_last_interval_with_the_others():
    codes, f = numpy.array([[0.0], [9.0], [9.5], [10.0]]), numpy.array([0, 1, 1, 1])
    told = mutual_information(codes, {"f": f}, bins=2)
    entropy = -0.25 * math.log(0.25) - 0.75 * math.log(0.75)
    assert float(told[0, 0]) == pytest.approx(entropy)


# The gap.


def test_one_number_for_each_factor_and_no_other_scores_one():
    a, b = (numpy.array(x) for x in ([0, 0, 1, 1], [0, 1, 0, 1]))
    found = mig(numpy.stack([b * 1.0, a * 5.0, a * 0.0], axis=1), {"a": a, "b": b})
    assert (found.score, found.gaps) == (1, {"a": 1, "b": 1})


def test_two_numbers_that_tell_the_same_score_nothing():
    a, b = (numpy.array(x) for x in ([0, 0, 1, 1], [0, 1, 0, 1]))
    found = mig(numpy.stack([a * 1.0, a * 2.0, b * 1.0], axis=1), {"a": a, "b": b})
    assert found.gaps == {"a": 0, "b": 1}
    assert found.score == 0.5


def test_a_gap_is_the_best_minus_the_second_over_the_entropy(rng):
    f = numpy.array(fetched(rng).integers(0, 4, 3000))
    codes = rng.standard_normal((3000, 4)) + f[:, None] * numpy.array([0.5, 2.0, 0.0, 1.0])
    told = fetched(mutual_information(codes, {"f": f}))[:, 0]
    shares = numpy.bincount(f) / 3000
    entropy = -float((shares * numpy.log(shares)).sum())
    expected = (told[1] - told[3]) / entropy
    assert mig(codes, {"f": f}).gaps["f"] == pytest.approx(float(expected), rel=1e-9)


@pytest.mark.parametrize("angle", [15.0, 30.0, 45.0])
def test_a_turned_pair_of_normal_factors_has_the_gap_of_theory(rng, angle):
    # z_1 = cos f_1 + sin f_2: it tells -log sin about f_1, and z_2 -log cos.
    f, turn = rng.standard_normal((200_000, 2)), math.radians(angle)
    rotation = numpy.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    factors, bins = {"first": f[:, 0], "second": f[:, 1]}, 60
    entropy = float(mutual_information(f[:, :1], {"first": f[:, 0]}, bins)[0, 0])
    expected = math.log(1 / math.tan(turn)) / entropy
    found = mig(f @ rotation.T, factors, bins)
    assert found.score == pytest.approx(expected, abs=0.03)  # intervals lose some
    assert found.score == pytest.approx(sum(found.gaps.values()) / 2)


REFUSED = [
    ({"codes": CODES[:, 0]}, ValueError, r"codes: expected shape \(N, D\), got \(3,\)"),
    ({"codes": CODES + math.inf}, ValueError, "codes: expected finite numbers"),
    ({"bins": 1}, ValueError, "expected bins from 2, got 1"),
    ({"bins": 2.5}, ValueError, "expected bins, a whole number from 1, got 2.5"),
    ({"factors": {}}, TypeError, "expected factors by name, each .* got none"),
    ({"factors": [0, 1, 2]}, TypeError, r"got a list. Give each a name: {'slant': slant}"),
    ({"factors": {"a": [0, 1]}}, ValueError, r"expected factors\['a'\] of shape \(3,\), .* \(2,\)"),
    ({"factors": {"a": [5, 5, 5]}}, ValueError, r"factors\['a'\] is 5 for all 3 codes"),
    ({"factors": {"a": [0, math.nan, 1]}}, ValueError, r"factors\['a'\]: expected finite"),
    ({"factors": {"a": ["x", "y", "z"]}}, TypeError, r"factors\['a'\] as numbers, got <U1"),
]


@pytest.mark.parametrize("measured", [mutual_information, mig])
@pytest.mark.parametrize(("given", "error", "message"), REFUSED)
def test_what_has_no_information_is_refused(measured, given, error, message):
    arguments = {"codes": CODES, "factors": {"a": [0, 1, 1]}} | given
    arguments["codes"] = numpy.asarray(arguments["codes"])
    with pytest.raises(error, match=f"{measured.__name__}: .*{message}"):
        measured(**arguments)


def test_one_number_alone_has_no_gap():
    with pytest.raises(ValueError, match="mig: expected codes of two numbers at least, got one"):
        mig(CODES[:, :1], {"a": [0, 1, 1]})


# Nats by unit.


class Encoder:
    """q(z|x) = N(x G + b, diag variances), whatever is needed for a closed form."""

    likelihood = "gaussian"

    def __init__(self, mean, log_var):
        self.mean, self.log_var = mean, log_var
        self.width = mean.shape[1]

    def encode(self, x):
        n = len(x)
        return self.mean[:n], numpy.zeros((n, 1)) + self.log_var


def test_each_number_costs_its_own_kl(rng):
    mean = numpy.array([[0.0, 3.0, 1.0, 0.0], [0.0, -1.0, 1.0, 0.0]])
    log_var = numpy.log(numpy.array([[1.0, 1.0, 0.25, 4.0]]))
    found = kl_by_unit(Encoder(mean, log_var), numpy.zeros((2, 4)), rng)
    expected = [0, (9 + 1) / 4, (1 + 0.25 - 1 - math.log(0.25)) / 2, (3 - math.log(4)) / 2]
    numpy.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-12)


def test_they_add_up_to_the_kl_of_the_bound(rng):
    model = VAE(12, 5, (8,), rng=rng, likelihood="gaussian", variance=0.1)
    x = rng.random((2500, 12))
    units, split = kl_by_unit(model, x, rng), elbo_split(model, x, rng)
    assert units.shape == (5,)
    assert float(units.sum()) == pytest.approx(split.kl, rel=1e-5)


def test_a_unit_may_count_as_active_and_cost_next_to_nothing(rng):
    wave = numpy.array([[1.0], [-1.0]] * 50)
    model = Encoder(numpy.concatenate([wave * 0.15, wave * 0], axis=1), math.log(0.98))
    x = numpy.zeros((100, 2))
    assert active_units(model, x, rng) == 1
    numpy.testing.assert_allclose(kl_by_unit(model, x, rng), [0.01135, 0.0001], atol=1e-5)


def test_a_unit_that_hardly_differs_from_the_prior_costs_what_it_should(rng):
    # exp(s) - 1 - s, of s = 1e-7: where 1 is added to s, some hundredths of it are rounding.
    model = Encoder(numpy.zeros((3, 2)), 1e-7)
    found = kl_by_unit(model, numpy.zeros((3, 2)), rng)
    numpy.testing.assert_allclose(found, [2.5e-15, 2.5e-15], rtol=1e-4)


@pytest.mark.host  # brings the stand-in along
def test_a_device_gives_the_same_nats_on_the_host(monkeypatch):
    from scratchgen import backend

    def found():
        rng = numpy.random.default_rng(0)
        return kl_by_unit(VAE(4, 3, (3,), rng=rng), numpy.eye(4), rng)

    expected = found()
    monkeypatch.setattr(backend._Choice, "module", install(monkeypatch))
    numpy.testing.assert_array_equal(found(), expected)


def test_nothing_is_told_of_no_image_by_no_generator_or_by_a_broken_model(rng):
    model = VAE(4, 2, (3,), rng=rng)
    with pytest.raises(ValueError, match=r"images: expected pixels in \[0, 1\], got 2.0"):
        kl_by_unit(model, 2 * numpy.eye(4), rng)
    with pytest.raises(TypeError, match=r"kl_by_unit: expected rng, .* got 0. Make one of a seed"):
        kl_by_unit(model, numpy.eye(4), 0)
    model.mean.b.value[0] = numpy.nan
    with pytest.raises(ValueError, match=r"kl_by_unit: mean of q\(z\|x\): .* hold NaN"):
        kl_by_unit(model, numpy.eye(4), rng)
