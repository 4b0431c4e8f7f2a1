"""The likelihood of a variational autoencoder, and what its code tells.

`vae` is anything that has encode(x) -> (mean, log_var), decode(z) -> logits,
log_likelihood(logits, x) -> (N,), width, z_dim and likelihood.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy

from ..backend import Array, array_module, asarray, float_type, keep_memory, normal, to_numpy
from ..data import binarize, check_images
from ..engine import no_grad
from ..functions import exp, gaussian_kl, logsumexp
from .blocks import blocks_of_pairs, blocks_of_rows
from .estimates import Estimate, estimate
from .given import check_finite, check_rng, check_whole


def nll(
    vae: Any, images: numpy.ndarray, k: int, rng: numpy.random.Generator,
    rows: int = 256, report: Callable[[int], None] | None = None,
) -> Estimate:  # fmt: skip
    """The negative log-likelihood of images, -mean(L_k) in nats; on average an upper bound.

    The arguments are those of `log_evidence`; the error is that over images. Comparable only for
    one k, and only if pixels are binary: of grey ones on MNIST, 77 to 81 means nothing.

    >>> rng = numpy.random.default_rng(0)
    >>> class Blind:  # p(x|z) = 1/2 for each of 4 pixels, and q(z|x) = p(z)
    ...     width, z_dim, likelihood = 4, 1, "bernoulli"
    ...     def encode(self, x): return numpy.zeros((len(x), 1)), numpy.zeros((len(x), 1))
    ...     def decode(self, z): return numpy.zeros((len(z), 4))
    >>> round(nll(Blind(), numpy.eye(4), k=10, rng=rng).mean, 4)  # 4 log 2
    2.7726
    """
    return estimate(-log_evidence(vae, images, k, rng, rows, report))


def log_evidence(
    vae: Any, images: numpy.ndarray, k: int, rng: numpy.random.Generator,
    rows: int = 256, report: Callable[[int], None] | None = None,
) -> numpy.ndarray:  # fmt: skip
    """An estimate L_k of log p(x) for each image, (N,) float64 in nats, by k codes drawn for each.

    L_k(x) = log(1/k sum_i p(x|z_i) p(z_i) / q(z_i|x)), z_i from q(z|x)

    On average it is a lower bound of log p(x), and rises towards it with k; k=1 gives the ELBO.
    images: (N, D) in [0, 1], NumPy; made binary by `rng`, once, if the likelihood is Bernoulli.
    k: codes per image; the papers take 5,000. rows: codes decoded at a time. 256 x 784 logits stay
    in the processor's cache, and larger blocks took longer; on a GPU take 2^14 or so.
    report: called with the number of images done so far, now and then.
    Raises ValueError for images that are no images, and where the model's numbers are not finite.
    Source: Burda et al. 2015, equation 8.

    >>> images, rng = numpy.eye(4), numpy.random.default_rng(0)
    >>> from scratchgen.vae import VAE
    >>> log_evidence(VAE(4, 2, (3,), rng=rng), images, k=100, rng=rng).shape
    (4,)
    """
    check_whole("log_evidence", "k", k)
    check_whole("log_evidence", "rows", rows)
    images = _as_the_encoder_sees(vae, images, rng)
    keep_memory()  # a block needs what the last one freed: a quarter of the time
    found = numpy.empty(len(images))
    for block in blocks_of_rows(len(images), max(1, rows // k)):  # decoded together
        found[block] = _log_mean_weight(vae, images[block], k, rng, rows)
        if report:
            report(block.stop)
    check_finite("log_evidence: L_k", found[:, None])
    return found


def _log_mean_weight(
    vae: Any, images: numpy.ndarray, k: int, rng: numpy.random.Generator, rows: int
) -> numpy.ndarray:
    """L_k of a few images (N, D) -> (N,): the mean is taken as the codes come, rows at a time."""
    x = asarray(images, float_type())
    xp = array_module(x)
    total = xp.full(len(x), -numpy.inf)
    with no_grad(), numpy.errstate(invalid="ignore"):  # whoever called will name what is no number
        mean, log_var = vae.encode(x)  # each (N, Z)
        for done in range(0, k, rows):
            noise = normal(rng, (len(x), min(rows, k - done), vae.z_dim))
            log_w = _log_weights(vae, x, mean, log_var, noise)  # (N, codes)
            total = xp.logaddexp(total, logsumexp(log_w, axis=1))
    return to_numpy(total) - math.log(k)


def _log_weights(vae: Any, x: Array, mean: Array, log_var: Array, noise: Array) -> Array:
    """log p(x|z) p(z) / q(z|x) of codes z = mean + std * noise, (N, codes, Z): (N, codes).

    The constants of p(z) and q(z|x) cancel, and (z - mean) / std is the noise.
    """
    N, codes, Z = noise.shape
    z = mean[:, None] + exp(0.5 * log_var)[:, None] * noise
    log_ratio = 0.5 * ((noise * noise - z * z).sum(2) + log_var.sum(1)[:, None])  # log p(z)/q(z|x)
    logits = vae.decode(z.reshape(N * codes, Z))  # (N * codes, D)
    if vae.likelihood == "bernoulli":
        return log_ratio + _bernoulli(logits.reshape(N, codes, -1), x[:, None])
    x = array_module(x).repeat(x, codes, axis=0)
    return log_ratio + vae.log_likelihood(logits, x).reshape(N, codes)


def _bernoulli(logits: Array, x: Array) -> Array:
    """log p(x|z) of binary pixels, summed over the last axis, in half the time of its formula.

    A pixel has log p = -softplus(s), s = -logit where x is 1 and logit where x is 0, and
    softplus(s) = max(s, 0) + log(1 + exp(-|s|)). The logarithms are most of the work, so that we
    multiply up to 64 pixels first: each factor is in (1, 2], and 2^64 fits into a float32.
    """
    xp = array_module(logits)
    s = logits * (1 - 2 * x)
    product = 1 + xp.exp(xp.minimum(s, -s))
    for _ in range(6):
        half, odd = divmod(product.shape[-1], 2)
        if odd:
            break
        product = product[..., :half] * product[..., half:]
    return -xp.maximum(s, 0).sum(-1) - xp.log(product).sum(-1)


def active_units(
    vae: Any, images: numpy.ndarray, rng: numpy.random.Generator, threshold: float = 0.01
) -> int:
    """How many numbers of the code say something about the image, of z_dim.

    unit j is active if the variance over images of the mean of q(z_j|x) exceeds the threshold

    An inactive one has the same distribution for every image, near its prior. images: (N, D) in
    [0, 1], NumPy, made binary by `rng` if the likelihood is Bernoulli.
    Source: Burda et al. 2015, section 5.2.

    >>> from scratchgen.vae import VAE
    >>> rng = numpy.random.default_rng(0)
    >>> active_units(VAE(4, 2, (3,), rng=rng), numpy.ones((9, 4)), rng)  # all images are alike
    0
    """
    mean = _encode("active_units", vae, images, rng)[1]
    return int((mean.var(0) > threshold).sum())


def kl_by_unit(vae: Any, images: numpy.ndarray, rng: numpy.random.Generator) -> numpy.ndarray:
    """What each number of the code costs, in nats per image, which is what it may tell: (Z,).

    KL_j = mean over images of KL(q(z_j|x) || N(0, 1)) = mean (mean_j^2 + var_j - 1 - log var_j) / 2

    Their sum is the ELBO's KL. A number that tells nothing costs nothing, and has collapsed onto
    the prior. `active_units` sees how far its mean moves, not how sure it is: a unit of variance
    0.02 counts there, though it costs and tells a hundredth of a nat.
    images: (N, D) in [0, 1], NumPy, made binary by `rng` if the likelihood is Bernoulli.
    Computed in float64, on the host. Raises ValueError or TypeError for what is no image or no
    generator, and where the model's numbers are not finite.
    Source: Kingma & Welling 2013, appendix B, unit by unit.

    >>> class Encoder:  # q(z|x) = N((2, 0), I), whatever x is
    ...     width, likelihood = 4, "gaussian"
    ...     def encode(self, x): return x * 0 + numpy.array([2.0, 0, 0, 0]), x * 0
    >>> kl_by_unit(Encoder(), numpy.eye(4), numpy.random.default_rng(0))[:2]
    array([2., 0.])
    """
    check_rng("kl_by_unit", rng)
    _, *q = _encode("kl_by_unit", vae, images, rng)
    mean, log_var = (to_numpy(a).astype(numpy.float64) for a in q)
    return 0.5 * (mean**2 + numpy.expm1(log_var) - log_var).mean(0)


class ElboSplit(NamedTuple):
    """What `elbo_split` returns, in nats per image: kl = mutual_information + marginal_kl."""

    reconstruction: float
    kl: float
    mutual_information: float
    marginal_kl: float


def elbo_split(vae: Any, images: numpy.ndarray, rng: numpy.random.Generator) -> ElboSplit:
    """The terms of the ELBO, with the KL in two parts: what codes tell, and where they lie.

    ELBO = reconstruction - kl,  kl = mean KL(q(z|x_n) || p(z)) = mutual_information + marginal_kl
    mutual_information = mean log q(z_n|x_n) / q(z_n), how well a code tells its image from the
        others given: from 0 to log(N), which the codes of good images come near
    marginal_kl = KL(q(z) || p(z)), how far all codes together are from the prior

    with q(z) = 1/N sum_n q(z|x_n) the mixture over the N images given, whole and not by batches,
    and one code z_n drawn from each q(z|x_n); kl is in closed form, marginal_kl the difference.
    images: (N, D) in [0, 1], NumPy, made binary by `rng` if the likelihood is Bernoulli.
    Comparable for one N only. Source: Hoffman & Johnson 2016, "ELBO surgery".

    >>> from scratchgen.vae import VAE
    >>> rng = numpy.random.default_rng(0)
    >>> split = elbo_split(VAE(4, 2, (3,), rng=rng), numpy.ones((9, 4)), rng)
    >>> abs(split.mutual_information) < 1e-9  # all images are alike
    True
    """
    x, *q = _encode("elbo_split", vae, images, rng)
    mean, log_var, noise = (a.astype(numpy.float64) for a in (*q, normal(rng, q[0].shape)))
    z = mean + exp(0.5 * log_var) * noise
    own = -0.5 * (noise * noise + log_var).sum(1)  # log q(z_n|x_n), but for a constant
    kl = float(gaussian_kl(mean, log_var).mean())
    information = float((own - _log_mixture(z, mean, log_var)).mean())
    reconstruction = _reconstruction(vae, z.astype(x.dtype), x)
    return ElboSplit(reconstruction, kl, information, kl - information)


def _reconstruction(vae: Any, z: Array, x: Array) -> float:
    """The mean of log p(x|z) over images (N, D), from one code each (N, Z)."""
    with no_grad():
        parts = [vae.log_likelihood(vae.decode(z[i]), x[i]).sum() for i in blocks_of_rows(len(x))]
    return float(sum(parts)) / len(x)


def _log_mixture(z: Array, mean: Array, log_var: Array) -> Array:
    """log 1/N sum_n q(z|x_n) of codes (N, Z), but for the constant of `elbo_split`: (N,).

    Each pair's sum_j (z_j - mean_j)^2 / var_j comes from two matrix products.
    """
    xp = array_module(z)
    precision = xp.exp(-log_var)
    rest = (mean * mean * precision + log_var).sum(1)  # (N,)
    found = xp.empty(len(z))
    for rows in blocks_of_pairs(len(z), len(z)):
        cross = (z[rows] ** 2) @ precision.T - 2 * (z[rows] @ (mean * precision).T)  # (rows, N)
        found[rows] = logsumexp(-0.5 * (cross + rest), axis=1)
    return found - math.log(len(z))


def _encode(
    who: str, vae: Any, images: numpy.ndarray, rng: numpy.random.Generator
) -> tuple[Array, Array, Array]:
    """The images that the encoder saw (N, D), and the mean and log_var (N, Z) it gave them."""
    x = asarray(_as_the_encoder_sees(vae, images, rng), float_type())
    with no_grad():
        parts = [vae.encode(x[rows]) for rows in blocks_of_rows(len(x))]
    mean, log_var = (array_module(x).concatenate(each) for each in zip(*parts, strict=True))
    check_finite(f"{who}: mean of q(z|x)", mean)
    check_finite(f"{who}: log_var of q(z|x)", log_var)
    return x, mean, log_var


def _as_the_encoder_sees(vae: Any, images: Array, rng: numpy.random.Generator) -> numpy.ndarray:
    images = check_images(to_numpy(images), vae.width)
    return binarize(images, rng) if vae.likelihood == "bernoulli" else images
