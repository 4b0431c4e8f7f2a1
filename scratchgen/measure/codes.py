"""Where codes lie and point: principal axes, angles between subspaces, directions of factors."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy

from ..backend import Array, array_module, to_numpy
from .given import check_points, check_whole, checked_codes, checked_factor


class PCA(NamedTuple):
    """What `pca` returns: mean (D,), axes (k, D), orthonormal rows, and variances (k,)."""

    mean: Array
    axes: Array
    variances: numpy.ndarray

    def encode(self, x: Array) -> Array:
        """The codes (N, k) of points x (N, D): (x - mean) @ axes.T."""
        return (x - self.mean) @ self.axes.T

    def decode(self, z: Array) -> Array:
        """The points (N, D) that codes z (N, k) stand for: z @ axes + mean."""
        return z @ self.axes + self.mean


def pca(x: Array, k: int | None = None) -> PCA:
    """The principal axes of points x (N, D): along the first they vary most, and so on.

    S = 1/N sum_n (x_n - mean) (x_n - mean)^T;  S axis = variance axis, variances falling

    Among all linear codes of length k, these rebuild x with the least squared error, which is the
    sum of the variances left out. 1/N makes S the likeliest covariance, as in probabilistic PCA.
    k: how many, from 1 to min(N - 1, D); None: that many. An axis is known but for its sign: here
    its largest entry is positive. Where variances tie, any axes of their common plane would do.
    Computed in float64; mean and axes lie where x does, in its floating type.
    Raises ValueError for points that are misshapen, too few for k, or not finite.
    Source: Pearson 1901; Hotelling 1933. Probabilistic: Tipping & Bishop 1999.

    >>> found = pca(numpy.array([[3.0, 4.0], [-3.0, -4.0], [0.0, 0.0]]), k=1)
    >>> found.axes.round(3), found.variances.round(3)
    (array([[0.6, 0.8]]), array([16.667]))
    """
    xp = array_module(x)
    points = xp.array(x, numpy.float64)
    check_points("pca: x", "x", points)
    N, D = points.shape
    most = min(N - 1, D)
    k = most if k is None else k
    check_whole("pca", "k", k, hint=", or None")
    if k > most:
        got = f"k={k} with {N} points of width {D}"
        raise ValueError(f"pca: expected k up to min(N - 1, D) = {most}, got {got}.")
    mean = points.mean(0)
    axes, variances = _eigen(points - mean)
    axes *= numpy.sign(numpy.take_along_axis(axes, abs(axes).argmax(1)[:, None], axis=1))
    return PCA(_like(x, mean), _like(x, axes[:k]), variances[:k])


def _eigen(centred: Array) -> tuple[numpy.ndarray, numpy.ndarray]:
    """The axes as rows and their variances, falling, by LAPACK on the host.

    Where there are more points than D, the (D, D) covariance is small: 784 pixels take 0.2 s, a
    fifth of what an SVD of 4,000 such images takes. Where there are fewer, the SVD is the small
    one. The covariance squares what an SVD sees, so that variances below 1e-16 of the largest are
    rounding.
    """
    N, D = centred.shape
    if N > D:
        variances, columns = numpy.linalg.eigh(to_numpy(centred.T @ centred) / N)  # rising
        return columns.T[::-1].copy(), variances[::-1].clip(0)
    _, sizes, rows = numpy.linalg.svd(to_numpy(centred), full_matrices=False)
    return rows, sizes**2 / N


def principal_angles(a: Array, b: Array) -> numpy.ndarray:
    """The angles between two subspaces in degrees, rising from 0 to 90: (min(k, m),).

    a: (k, D) and b: (m, D), independent rows that span one subspace each, such as `pca(x).axes`
    and the weights of a linear decoder, for which x = z @ W. Which rows span it does not matter.
    The first angle is the least between a direction of one and a direction of the other; the next
    likewise, among directions at right angles to the ones before. All are 0 if one holds the other.
    tan = sine / cosine, from the singular values of the bases' product and of what it leaves:
    exact to rounding for small angles too, which a cosine alone is not.
    Raises ValueError for rows that depend on one another, two widths, what is not finite.
    Source: Björck & Golub 1973.

    >>> floor = numpy.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    >>> ramp = numpy.array([[2.0, 0.0, 0.0], [7.0, 1.0, 1.0]])
    >>> principal_angles(floor, ramp).round(6)
    array([ 0., 45.])
    """
    p, q = _basis("a", a), _basis("b", b)
    if p.shape[1] != q.shape[1]:
        got = f"a {p.shape} and b {q.shape}"
        raise ValueError(f"principal_angles: expected rows of one width, got {got}.")
    if len(p) < len(q):
        p, q = q, p
    product = q @ p.T  # (m, k), m <= k
    cosines = numpy.linalg.svd(product, compute_uv=False)  # falling
    sines = numpy.linalg.svd(q - product @ p, compute_uv=False)[::-1]  # rising
    return numpy.degrees(numpy.arctan2(sines, cosines))


def _basis(name: str, rows: Array) -> numpy.ndarray:
    """Orthonormal rows, float64 on the host, that span what the given rows span."""
    given = to_numpy(rows)
    where, rows = f"principal_angles: {name}", numpy.asarray(given, numpy.float64)
    check_points(where, name, rows)
    _, sizes, basis = numpy.linalg.svd(rows, full_matrices=False)
    eps = numpy.finfo(given.dtype if given.dtype.kind == "f" else numpy.float64).eps
    if len(rows) > rows.shape[1] or sizes[-1] <= max(rows.shape) * eps * sizes[0]:
        fix = "They span fewer directions than they are: leave out those that the others make up."
        raise ValueError(f"{where}: expected independent rows, got {rows.shape}. {fix}")
    return basis


def direction(codes: Array, factor: Array, by: str = "means") -> Array:
    """How the code moves where a factor grows by one unit: (Z,), to edit with z + step * direction.

    by="means": the mean code of high factors minus that of low ones, over the same difference of
        the factor, high being above the factor's mean: what a code of more of it looks like
    by="regression": w / |w|^2, with w the weights of least squares, factor = codes @ w + constant:
        the smallest change of a code by which this prediction grows by one

    For editing take the means. What predicts a factor is not what changes it: the weights may lie
    along numbers that hardly vary, where no decoder has learned to look, and yet predict as well.
    The means carry along whatever goes with the factor in these data, so let the others be even.
    And they are a chord: where codes lie on a curved surface, an edit from the low half to the
    high one does on average what was asked, and a small one near either end does less.
    codes: (N, Z), such as means of q(z|x); factor: (N,) numbers, or two classes as 0 and 1. The
    result lies where codes do, in their floating type. Computed in float64.
    Raises ValueError for unequal lengths, a constant factor, codes that do not vary, what is not
    finite, and for a regression on fewer than Z + 2 codes.
    Source: means as in White 2016, Sampling Generative Networks, here for any numbers; the pattern
    and the filter of Haufe et al. 2014 are the same distinction.

    >>> codes = numpy.array([[0.0, 1.0], [0.0, 3.0], [4.0, 1.0], [4.0, 3.0]])
    >>> direction(codes, factor=numpy.array([10.0, 10.0, 12.0, 12.0]))
    array([2., 0.])
    """
    if by not in ("means", "regression"):
        raise ValueError(f"direction: by is 'means' or 'regression', got {by!r}.")
    z = checked_codes("direction", codes)
    f = checked_factor("direction", "factor", factor, len(z)).astype(numpy.float64)
    if (z == z[0]).all():
        raise ValueError("direction: the codes are all the same. Has the encoder collapsed?")
    if by == "regression":
        return _like(codes, _by_regression(z, f))
    high = f > f.mean()
    change = z[high].mean(0) - z[~high].mean(0)
    return _like(codes, change / (f[high].mean() - f[~high].mean()))


def _by_regression(z: numpy.ndarray, f: numpy.ndarray) -> numpy.ndarray:
    N, Z = z.shape
    if N < Z + 2:
        got = f"{N} codes of {Z} numbers"
        raise ValueError(f"direction: a regression needs Z + 2 codes at least, got {got}.")
    w = numpy.linalg.lstsq(z - z.mean(0), f - f.mean(), rcond=None)[0]
    explained, whole = (z - z.mean(0)) @ w, f - f.mean()
    if abs(explained).max() <= 1e-12 * abs(whole).max():  # 0 but for rounding
        raise ValueError("direction: no number of the codes varies with the factor.")
    return w / (w @ w)


def _like(x: Any, y: Array) -> Array:
    """y where x lives, in its floating type if that is float32 or float64, else in float64."""
    kind = getattr(x, "dtype", None)
    kind = kind if kind in (numpy.float32, numpy.float64) else numpy.float64
    return array_module(x).asarray(y, dtype=kind)
