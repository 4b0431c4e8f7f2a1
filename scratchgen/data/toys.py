"""Points on a plane, for watching a GAN, and the densities that they are drawn from."""

from __future__ import annotations

from typing import Any

import numpy as np

from .arguments import generator, spread, whole

SMALLEST = 1e-6  # the least standard deviation that has a density, in float64's sight


def ring_centres(modes: int = 8, radius: float = 1.0) -> np.ndarray:
    """The centres (modes, 2), float32, of modes spaced evenly on a circle, all distinct.

    centre[k] = radius * (cos t, sin t), t = 2 pi k / modes

    >>> (ring_centres(modes=4).round() + 0).tolist()
    [[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]]
    """
    modes = whole("ring: modes", modes)
    t = np.linspace(0, 2 * np.pi, modes, endpoint=False)  # with its end, two modes would coincide
    return (radius * np.stack([np.cos(t), np.sin(t)], axis=1)).astype(np.float32)


def grid_centres(side: int = 5, spacing: float = 2.0) -> np.ndarray:
    """The centres (side * side, 2), float32, of a square grid around the origin.

    >>> sorted(set(grid_centres()[:, 0].tolist()))
    [-4.0, -2.0, 0.0, 2.0, 4.0]
    """
    side = whole("grid: side", side)
    ticks = spacing * (np.arange(side) - (side - 1) / 2)
    return np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2).astype(np.float32)


# ---- points ------------------------------------------------------------------------------------


def ring(
    n: int, rng: np.random.Generator, modes: int = 8, radius: float = 1.0, std: float = 0.01
) -> tuple[np.ndarray, np.ndarray]:
    """Points (n, 2), float32, from a ring of Gaussians, and the mode (n,), int64, of each.

    x = centre[mode] + std * noise, mode uniform, noise from N(0, I)
    Source: the ring of PacGAN (Lin et al. 2018, arXiv:1712.04086), with the same std.

    >>> x, modes = ring(1000, np.random.default_rng(0))
    >>> x.shape, len(set(modes.tolist()))
    ((1000, 2), 8)
    """
    return _around("ring", ring_centres(modes, radius), n, rng, std)


def grid(
    n: int, rng: np.random.Generator, side: int = 5, spacing: float = 2.0, std: float = 0.05
) -> tuple[np.ndarray, np.ndarray]:
    """Points (n, 2), float32, from a grid of Gaussians, and the mode (n,), int64, of each.

    As `ring`, around `grid_centres(side, spacing)`; PacGAN's grid of 25 by default.

    >>> x, modes = grid(1000, np.random.default_rng(0))
    >>> x.shape, len(set(modes.tolist()))
    ((1000, 2), 25)
    """
    return _around("grid", grid_centres(side, spacing), n, rng, std)


def moons(n: int, rng: np.random.Generator, std: float = 0.05) -> tuple[np.ndarray, np.ndarray]:
    """Points (n, 2), float32, around two half circles, and the moon (n,), int64, of each, 0 or 1.

    x = arc(moon, t) + std * noise, moon and t in [0, pi] uniform, noise from N(0, I)
    arc(0, t) = (cos t - 1/2, sin t - 1/4), arc(1, t) = -arc(0, t)
    Source: make_moons of scikit-learn, moved by (-1/2, -1/4): so the origin is the middle, and one
    moon is the other after half a turn. There t is evenly spaced, here it is drawn.

    >>> x, moon = moons(1000, np.random.default_rng(0))
    >>> x.shape, sorted(set(moon.tolist()))
    ((1000, 2), [0, 1])
    """
    n, rng, std = whole("moons: n", n), generator("moons", rng), spread("moons: std", std)
    moon, t = rng.integers(2, size=n), np.pi * rng.random(n)
    arc = (1 - 2 * moon[:, None]) * _first_moon(t)
    noise = rng.standard_normal((n, 2), dtype=np.float32)
    return arc.astype(np.float32) + np.float32(std) * noise, moon


def _first_moon(t: np.ndarray) -> np.ndarray:
    return np.stack([np.cos(t) - 0.5, np.sin(t) - 0.25], axis=1)


def _around(
    where: str, centres: np.ndarray, n: int, rng: np.random.Generator, std: float
) -> tuple[np.ndarray, np.ndarray]:
    n, rng, std = whole(f"{where}: n", n), generator(where, rng), spread(f"{where}: std", std)
    modes = rng.integers(len(centres), size=n)
    noise = rng.standard_normal((n, 2), dtype=np.float32)
    return centres[modes] + np.float32(std) * noise, modes


# ---- densities ---------------------------------------------------------------------------------


def ring_density(
    points: np.ndarray, modes: int = 8, radius: float = 1.0, std: float = 0.01, log: bool = False
) -> np.ndarray:
    """The density (...), float64, of what `ring` draws, at points (..., 2): one a row, or a map.

    p(x) = mean over the modes of exp(-|x - centre|^2 / (2 std^2)) / (2 pi std^2)
    log: its natural logarithm instead, which stays finite where the density underflows to 0, so
    that a ratio of two densities is exp(log p - log q) everywhere.

    >>> bool(np.isclose(ring_density(np.zeros((1, 2)), std=1.0), np.exp(-1 / 2) / (2 * np.pi)))
    True
    """
    centres = ring_centres(modes, radius)
    return _mixture("ring_density", points, centres, _evenly(centres), std, log)


def grid_density(
    points: np.ndarray, side: int = 5, spacing: float = 2.0, std: float = 0.05, log: bool = False
) -> np.ndarray:
    """The density (...), float64, of what `grid` draws, at points (..., 2). As `ring_density`.

    >>> bool(np.isclose(grid_density(np.zeros(2), side=1, std=1.0), 1 / (2 * np.pi)))
    True
    """
    centres = grid_centres(side, spacing)
    return _mixture("grid_density", points, centres, _evenly(centres), std, log)


def moons_density(points: np.ndarray, std: float = 0.05, log: bool = False) -> np.ndarray:
    """The density (...), float64, of what `moons` draws, at points (..., 2). As `ring_density`.

    p(x) = mean over both moons, and over t in [0, pi], of the Gaussian around arc(moon, t)
    The mean over t has no closed form. It is taken by Gauss and Legendre's rule, ten nodes on
    every piece of at most 2 std, which leaves an error of the size of float64's rounding.

    >>> p, turned = moons_density(np.array([[0.3, 0.2], [-0.3, -0.2]]))
    >>> bool(np.isclose(p, turned))
    True
    """
    std = spread("moons_density: std", std, SMALLEST)
    nodes, weights = np.polynomial.legendre.leggauss(10)  # on [-1, 1], where the weights' sum is 2
    edges = np.linspace(0, np.pi, 1 + max(2, int(np.ceil(np.pi / (2 * std)))))
    half = edges[1] / 2
    arc = _first_moon((edges[:-1, None] + half + half * nodes).ravel())
    weights = np.tile(weights, 2 * (len(edges) - 1)) / (4 * (len(edges) - 1))
    return _mixture("moons_density", points, np.concatenate([arc, -arc]), weights, std, log)


def _evenly(centres: np.ndarray) -> np.ndarray:
    return np.full(len(centres), 1 / len(centres))


def _mixture(
    where: str, points: Any, centres: np.ndarray, weights: np.ndarray, std: float, log: bool
) -> np.ndarray:
    """The density, or its logarithm, of Gaussians around those centres, with those weights."""
    x, std = _points(where, points), spread(f"{where}: std", std, SMALLEST)
    total = np.full(x.shape[:-1], -np.inf)
    for centre, weight in zip(centres.astype(np.float64), np.log(weights), strict=True):
        total = np.logaddexp(total, weight - ((x - centre) ** 2).sum(axis=-1) / (2 * std**2))
    total -= np.log(2 * np.pi * std**2)
    return total if log else np.exp(total)


def _points(where: str, points: Any) -> np.ndarray:
    x = np.asarray(points, np.float64)
    if x.ndim < 1 or x.shape[-1] != 2 or not np.isfinite(x).all():
        raise ValueError(f"{where}: expected finite points of shape (..., 2), got shape {x.shape}"
                         f"{'' if np.isfinite(x).all() else ' with NaN or infinity'}.")
    return x
