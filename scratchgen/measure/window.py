"""The Parzen window, by which papers once measured how likely test images are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy

from ..backend import Array, array_module, to_numpy
from ..data import check_images
from ..functions import logsumexp
from .distances import squared_distances
from .estimates import Estimate, estimate
from .given import check_positive, checked_pair


def parzen(samples: Array, points: Array, sigma: float) -> Estimate:
    """The mean log-likelihood of points, in nats per point, under a Parzen window on samples.

    LL(x) = log(1/M sum_j exp(-|x - s_j|^2 / (2 sigma^2))) - D log(sigma sqrt(2 pi))

    The density is a Gaussian of width sigma around each sample. samples: (M, D), points: (N, D).
    Computed in float64; the standard error is over points. Raises ValueError for sigma <= 0.
    Source: Breuleux et al. 2011; Goodfellow et al. 2014, section 5.

    >>> round(parzen(numpy.zeros((3, 1)), numpy.zeros((2, 1)), sigma=1.0).mean, 4)  # log N(0; 0, 1)
    -0.9189
    """
    return estimate(_parzen("parzen", samples, points, [sigma])[0])


class Parzen(NamedTuple):
    """What `parzen_window` returns: an Estimate, and the sigma it was made with."""

    mean: float
    standard_error: float
    sigma: float


def parzen_window(
    samples: Array, valid: Array, test: Array, sigmas: Sequence[float] | None = None
) -> Parzen:
    """The mean log-likelihood of test images by the protocol of Goodfellow et al. 2014.

    sigma is the one of `sigmas` under which the first 1,000 images of `valid` are likeliest; then
    LL(x) of `parzen` is taken over `test`, which takes no part in the choice.
    samples (M, D), valid (V, D), test (N, D): pixels in [0, 1]; the papers take 10,000 samples.
    sigmas: by default logspace(-1, 0, 10). Print the counts and sigma beside the number, and never
    the number alone: blurred images score more than real ones (Theis et al. 2016).
    Raises ValueError or TypeError for what is no image. Source: the code of Goodfellow et al.

    >>> grey, white = numpy.full((9, 4), 0.5), numpy.ones((9, 4))
    >>> round(parzen_window(grey, valid=white, test=white).sigma, 3)
    0.464
    """
    for name, x in (("samples", samples), ("valid", valid), ("test", test)):
        check_images(to_numpy(x), name=f"parzen_window: {name}")
    sigmas = numpy.logspace(-1, 0, 10).tolist() if sigmas is None else list(sigmas)
    choice = _parzen("parzen_window", samples, valid[:1000], sigmas).mean(1)
    sigma = sigmas[int(choice.argmax())]
    return Parzen(*parzen(samples, test, sigma), sigma)


def _parzen(who: str, samples: Array, points: Array, sigmas: Sequence[float]) -> Array:
    """LL of each point under each sigma: (M, D), (N, D) -> (len(sigmas), N)."""
    if not len(sigmas):
        raise ValueError(f"{who}: expected at least one sigma, got none.")
    for sigma in sigmas:
        check_positive(who, "sigma", sigma)
    samples, points = checked_pair(who, samples=samples, points=points)
    M, D = samples.shape
    found = array_module(points).empty((len(sigmas), len(points)))
    for rows, distances in squared_distances(points, samples):
        for i, sigma in enumerate(sigmas):
            found[i, rows] = logsumexp(distances * (-0.5 / sigma**2), axis=1)
    for i, sigma in enumerate(sigmas):
        found[i] -= math.log(M) + D * math.log(sigma * math.sqrt(2 * math.pi))
    return found
