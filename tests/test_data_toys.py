"""Points on a plane: where they lie, and how densely."""

import numpy as np
import pytest

from scratchgen import data


@pytest.fixture
def rng():
    return np.random.default_rng(0)


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


@pytest.mark.parametrize("points", [data.ring, data.grid])
def test_points_are_float32_and_repeat_with_their_seed(points):
    x, modes = points(50, np.random.default_rng(4))
    assert (x.dtype, modes.dtype) == (np.float32, np.int64)
    assert np.array_equal(x, points(50, np.random.default_rng(4))[0])
