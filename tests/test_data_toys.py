"""Points on a plane: where they lie, and how densely."""

import numpy as np
import pytest

from scratchgen import data


def test_the_ring_has_as_many_distinct_modes_as_asked_for():
    centres = data.ring_centres(modes=8, radius=2.0)
    distances = np.linalg.norm(centres[:, None] - centres, axis=2) + 9 * np.eye(8)
    assert distances.min() == pytest.approx(2 * 2 * np.sin(np.pi / 8))  # no two at one place
    assert np.linalg.norm(centres, axis=1) == pytest.approx(2.0)


def test_the_grid_stands_on_even_numbers():
    centres = data.grid_centres()
    assert len(np.unique(centres, axis=0)) == 25
    assert set(centres.ravel().tolist()) == {-4, -2, 0, 2, 4}


@pytest.mark.parametrize(("points", "centres", "std"), [
    (data.ring, data.ring_centres, 0.01), (data.grid, data.grid_centres, 0.05),
])
def test_points_lie_around_their_centres_with_the_stated_spread(points, centres, std, rng):
    x, modes = points(40_000, rng)
    noise = x - centres()[modes]
    # the standard deviation of 80,000 numbers has a relative standard error of 1/400
    assert noise.std() == pytest.approx(std, rel=5 / 400)
    assert np.abs(noise.mean(axis=0)).max() < 5 * std / 200
    expected = 40_000 / len(centres())
    assert np.abs(np.bincount(modes) - expected).max() < 5 * np.sqrt(expected)


@pytest.mark.parametrize("points", [data.ring, data.grid, data.moons])
def test_points_are_float32_and_repeat_with_their_seed(points):
    x, modes = points(50, np.random.default_rng(4))
    assert (x.dtype, modes.dtype) == (np.float32, np.int64)
    assert np.array_equal(x, points(50, np.random.default_rng(4))[0])


def nearest(x, moon):
    """The vector from the nearest point of its moon's circle to each point."""
    sign = 1 - 2 * moon[:, None]
    on_first = sign * x + [0.5, 0.25]
    return on_first - on_first / np.linalg.norm(on_first, axis=1, keepdims=True)


def test_without_noise_the_moons_are_two_half_circles(rng):
    x, moon = data.moons(1_000, rng, std=0.0)
    assert np.abs(nearest(x, moon)).max() < 1e-6
    assert x[moon == 0][:, 1].min() >= -0.2501  # the first is the upper half of its circle
    assert x[moon == 1][:, 1].max() <= 0.2501  # and the second the lower half


def test_the_moons_are_scikit_learns_around_the_origin(rng):
    x, moon = data.moons(1_000, rng, std=0.0)
    first, second = x[moon == 0] + [0.5, 0.25], x[moon == 1] + [0.5, 0.25]
    assert np.allclose(first[:, 0] ** 2 + first[:, 1] ** 2, 1, atol=1e-6)  # (cos t, sin t)
    assert np.allclose((1 - second[:, 0]) ** 2 + (0.5 - second[:, 1]) ** 2, 1, atol=1e-6)


def test_points_of_the_moons_are_spread_evenly_and_as_far_as_said(rng):
    x, moon = data.moons(40_000, rng, std=0.05)
    away = np.linalg.norm(nearest(x, moon), axis=1)
    # across the arc the distance is |N(0, std)|, but for the few beyond its ends
    assert np.sqrt((away**2).mean()) == pytest.approx(0.05, rel=0.03)
    assert np.abs(np.bincount(moon) - 20_000).max() < 5 * 100
    upright = (1 - 2 * moon[:, None]) * x + [0.5, 0.25]
    t = np.arctan2(upright[:, 1], upright[:, 0])
    middle = np.histogram(t, bins=8, range=(np.pi / 10, 0.9 * np.pi))[0]
    assert np.abs(middle - 4_000).max() < 5 * np.sqrt(4_000)


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda rng: data.ring(-1, rng), ValueError, "ring: n: expected a whole number of at least 1"),
    (lambda rng: data.grid(2.5, rng), TypeError, "grid: n: expected a whole number"),
    (lambda rng: data.moons(9, 0), TypeError, "moons: expected a random generator as rng, got 0"),
    (lambda rng: data.ring(9, None), TypeError, r"got None. Make one: numpy.random.default_rng\("),
    (lambda rng: data.ring(9, rng, modes=0), ValueError, "ring: modes: expected a whole number"),
    (lambda rng: data.grid(9, rng, side=0), ValueError, "grid: side: expected a whole number"),
    (lambda rng: data.ring(9, rng, std=-0.1), ValueError, r"ring: std: .* at least 0\.0, got -0"),
    (lambda rng: data.moons(9, rng, std=np.nan), ValueError, "moons: std: .*, got nan"),
    (lambda rng: data.grid(9, rng, std="wide"), ValueError, "grid: std: .*, got 'wide'"),
])
def test_points_that_cannot_be_drawn_are_refused(call, error, message, rng):
    with pytest.raises(error, match=message):
        call(rng)


# ---- densities ---------------------------------------------------------------------------------

# Each set with knobs of its own, its density, and the half side of a square that holds all of it.
SETS = {
    "ring": (data.ring, data.ring_density, {"modes": 5, "radius": 1.5, "std": 0.2}, 3.5),
    "grid": (data.grid, data.grid_density, {"side": 3, "spacing": 1.0, "std": 0.15}, 2.5),
    "moons": (data.moons, data.moons_density, {"std": 0.1}, 2.5),
}
every_set = pytest.mark.parametrize("name", SETS)


def square(half, ticks):
    """The points (ticks, ticks, 2) in the middles of equal squares, and the area of each."""
    side = 2 * half / ticks
    middles = (np.arange(ticks) + 0.5) * side - half
    return np.stack(np.meshgrid(middles, middles), axis=-1), side**2


@every_set
def test_a_density_integrates_to_1(name):
    _, density, knobs, half = SETS[name]
    points, area = square(half, 200)
    assert (density(points, **knobs) * area).sum() == pytest.approx(1, abs=1e-9)


@every_set
def test_a_density_is_that_of_the_points_drawn(name, rng):
    draw, density, knobs, half = SETS[name]
    x, _ = draw(200_000, rng, **knobs)
    points, area = square(half, 240)
    share = (density(points, **knobs) * area).reshape(24, 10, 24, 10).sum(axis=(1, 3))
    found = np.histogram2d(x[:, 1], x[:, 0], bins=24, range=[[-half, half]] * 2)[0] / len(x)
    error = np.sqrt(share * (1 - share) / len(x))  # of a count, binomially
    busy = share > 1e-4
    assert (np.abs(found - share) / error)[busy].max() < 5
    assert share[~busy].sum() == pytest.approx(found[~busy].sum(), abs=2e-3)


@every_set
def test_the_logarithm_is_the_densitys_and_stays_finite_far_away(name):
    _, density, knobs, half = SETS[name]
    points, _ = square(half, 20)
    logs = density(points, **knobs, log=True)
    assert np.allclose(np.exp(logs), density(points, **knobs), rtol=1e-12, atol=0)
    assert density(np.full(2, 50.0), **knobs) == 0
    assert -1e6 < density(np.full(2, 50.0), **knobs, log=True) < -1e4


@every_set
def test_a_density_takes_points_one_a_row_or_as_a_map_in_float64(name):
    _, density, knobs, half = SETS[name]
    points, _ = square(half, 6)
    rows = density(points.reshape(-1, 2).astype(np.float32), **knobs)
    assert (rows.shape, rows.dtype) == ((36,), np.float64)
    assert np.allclose(rows.reshape(6, 6), density(points, **knobs), rtol=1e-4)


def test_with_one_mode_the_density_is_a_gaussians():
    x, centre = np.random.default_rng(1).normal(size=(9, 2)), np.array([2, 0])
    gaussian = np.exp(-(x**2).sum(axis=1) / (2 * 0.3**2)) / (2 * np.pi * 0.3**2)
    assert data.grid_density(x, side=1, std=0.3) == pytest.approx(gaussian)
    assert data.ring_density(x + centre, modes=1, radius=2, std=0.3) == pytest.approx(gaussian)


def test_the_moons_density_is_the_mean_over_the_arcs(rng):
    t = (np.arange(20_000) + 0.5) * np.pi / 20_000  # the obvious twin: very many evenly spaced
    arc = np.stack([np.cos(t) - 0.5, np.sin(t) - 0.25], axis=1)
    for x in rng.uniform(-1.5, 1.5, (20, 2)):
        away = ((x - np.concatenate([arc, -arc])) ** 2).sum(axis=1)
        twin = np.exp(-away / (2 * 0.05**2)).mean() / (2 * np.pi * 0.05**2)
        assert data.moons_density(x) == pytest.approx(twin, rel=1e-4, abs=1e-12)


def test_on_a_whole_circle_the_mean_over_the_arc_is_bessels():
    # At the top of the first moon, nine std from the other, the density and that of the mirrored
    # point make a whole circle's: I0(r / std^2) exp(-(r^2 + 1) / (2 std^2)) / (2 pi std^2), halved.
    std, centre = 0.05, np.array([-0.5, -0.25])
    up = np.array([[0, 1], [-0.1, 0.95], [0.1, 1.15]])
    r = np.linalg.norm(up, axis=1)
    circle = np.i0(r / std**2) * np.exp(-(r**2 + 1) / (2 * std**2)) / (2 * np.pi * std**2)
    both = data.moons_density(centre + up, std) + data.moons_density(centre + up * [1, -1], std)
    assert both == pytest.approx(circle, rel=1e-12)


@pytest.mark.parametrize("points", [[1, 2, 3], 5.0, [[np.nan, 0]], [[0, np.inf]], [[1, 2, 3]]])
def test_points_that_have_no_density_are_refused(points):
    for _, density, _, _ in SETS.values():
        with pytest.raises(ValueError, match=r"expected finite points of shape \(\.\.\., 2\), got"):
            density(np.array(points))


@every_set
def test_points_without_spread_have_no_density(name):
    with pytest.raises(ValueError, match=f"{name}_density: std: .*, got 0"):
        SETS[name][1](np.zeros(2), std=0)
