"""Points on a plane, for watching a GAN."""

from __future__ import annotations

import numpy as np


def ring_centres(modes: int = 8, radius: float = 1.0) -> np.ndarray:
    """The centres (modes, 2), float32, of modes spaced evenly on a circle, all distinct.

    centre[k] = radius * (cos t, sin t), t = 2 pi k / modes

    >>> (ring_centres(modes=4).round() + 0).tolist()
    [[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]]
    """
    t = np.linspace(0, 2 * np.pi, modes, endpoint=False)  # with its end, two modes would coincide
    return (radius * np.stack([np.cos(t), np.sin(t)], axis=1)).astype(np.float32)


def grid_centres(side: int = 5, spacing: float = 2.0) -> np.ndarray:
    """The centres (side * side, 2), float32, of a square grid around the origin.

    >>> sorted(set(grid_centres()[:, 0].tolist()))
    [-4.0, -2.0, 0.0, 2.0, 4.0]
    """
    ticks = spacing * (np.arange(side) - (side - 1) / 2)
    return np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2).astype(np.float32)


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
    return _around(ring_centres(modes, radius), n, rng, std)


def grid(
    n: int, rng: np.random.Generator, side: int = 5, spacing: float = 2.0, std: float = 0.05
) -> tuple[np.ndarray, np.ndarray]:
    """Points (n, 2), float32, from a grid of Gaussians, and the mode (n,), int64, of each.

    As `ring`, around `grid_centres(side, spacing)`; PacGAN's grid of 25 by default.

    >>> x, modes = grid(1000, np.random.default_rng(0))
    >>> x.shape, len(set(modes.tolist()))
    ((1000, 2), 25)
    """
    return _around(grid_centres(side, spacing), n, rng, std)


def _around(
    centres: np.ndarray, n: int, rng: np.random.Generator, std: float
) -> tuple[np.ndarray, np.ndarray]:
    modes = rng.integers(len(centres), size=n)
    noise = rng.standard_normal((n, 2), dtype=np.float32)
    return centres[modes] + np.float32(std) * noise, modes
