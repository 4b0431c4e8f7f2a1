"""What is asked of the answers to lesson 7."""

import math
from statistics import NormalDist

import numpy as np

from lessons.runner.expect import Exercise, expect, expect_close, expect_shape, for_any, shown
from scratchgen.testing import check_op, floats, moderate, same_shape, shapes

LOG_4 = math.log(4.0)
codes = shapes(min_axes=2, max_axes=2, min_side=1)  # (N, Z)
pairs = same_shape(moderate, moderate, shape=codes)  # mean, log_var


# reparameterise


def _has_the_codes_shape(reparameterise):
    """it should return as many codes as it is given means: (N, Z)"""
    got = reparameterise(np.zeros((2, 3)), np.zeros((2, 3)), np.ones((2, 3)))
    expect_shape(got, (2, 3), "what it returns for (2, 3) arrays")


def _is_the_mean_without_noise(reparameterise):
    """it should return the mean for noise 0, whatever the variance"""

    def holds(arrays):
        mean, log_var = arrays
        call = f"reparameterise({shown(mean)}, {shown(log_var)}, 0)"
        why = "All chance should come in by `noise`, and be scaled before the mean is added."
        expect_close(reparameterise(mean, log_var, 0 * mean), mean, call, why=why)

    for_any(holds, arrays=pairs)


def _has_the_asked_spread(reparameterise):
    """it should move the code by one standard deviation, the root of the variance, for noise 1"""

    def holds(log_var):
        got = reparameterise(np.zeros((1, 1)), np.full((1, 1), log_var), np.ones((1, 1)))
        call = f"the code of mean 0, log_var {log_var:.4g}, noise 1"
        why = f"The variance is exp({log_var:.4g}) = {math.exp(log_var):.4g}."
        expect_close(got, [[math.sqrt(math.exp(log_var))]], call, why=why)

    holds(LOG_4)  # the docstring's: easier to read than the smallest
    for_any(holds, log_var=floats(-3, 3))


def _gradients_reach_both(reparameterise):
    """it should let gradients reach mean and log_var, the right ones"""

    def code(mean, log_var):
        noise = np.linspace(-1, 2, mean.size, dtype=mean.dtype).reshape(mean.shape)
        return reparameterise(mean, log_var, noise)

    code.__name__ = "reparameterise"
    for_any(lambda arrays: check_op(code, *arrays), examples=20, arrays=pairs)


# kl


def _is_one_number_an_image(kl):
    """it should give one number for each image: (N, Z) -> (N,)"""
    why = "Sum over the codes (axis 1), and leave the batch to the loop."
    expect_shape(kl(np.zeros((4, 3)), np.zeros((4, 3))), (4,), "kl of (4, 3) arrays", why)


def _is_known_by_hand(kl):
    """it should be right where one can do it by hand"""
    got = kl(np.zeros((1, 2)), np.zeros((1, 2)))
    expect_close(got, [0.0], "kl([[0, 0]], [[0, 0]])", why="There q is p(z) itself.")
    got = kl(np.array([[3.0, 4.0]]), np.zeros((1, 2)))
    expect_close(got, [12.5], "kl([[3, 4]], [[0, 0]])", why="With variance 1 it is |mean|^2 / 2.")
    got, by_hand = kl(np.zeros((1, 1)), np.full((1, 1), LOG_4)), 0.5 * (4 - 1 - LOG_4)
    expect_close(got, [by_hand], "kl([[0]], [[log 4]])", why="It is (4 - 1 - log 4) / 2.")


def _is_its_definition(kl):
    """it should be the mean over z drawn from q of log q(z) - log p(z), added up over codes"""
    # The integrand is of second degree in z, for which three points of Gauss and Hermite are exact.
    points, weights = np.polynomial.hermite_e.hermegauss(3)

    def holds(arrays):
        mean, log_var = arrays
        z = mean[..., None] + np.exp(log_var / 2)[..., None] * points
        ratio = 0.5 * (z**2 - points**2 - log_var[..., None])  # log q(z) - log p(z)
        expected = (ratio @ weights).sum(axis=1) / math.sqrt(2 * math.pi)
        expect_close(kl(mean, log_var), expected, f"kl({shown(mean)}, {shown(log_var)})")

    for_any(holds, arrays=pairs)


def _has_the_right_gradients(kl):
    """it should have the gradients of the function"""
    for_any(lambda arrays: check_op(kl, *arrays), examples=20, arrays=pairs)


# scaled_elbo

around_0, variance, weight = floats(-2, 2), floats(0.25, 4), floats(-3, 3)


def _posterior(x, s, w):
    """The toy's posterior of z: (mean, var)."""
    return w * x / (w**2 + s), s / (w**2 + s)


def _log_p(x, s, w):
    return math.log(NormalDist(0, math.sqrt(w**2 + s)).pdf(x))


def _is_the_lessons_where_w_is_1(scaled_elbo):
    """it should be the lesson's where w = 1"""
    x, s = 1.5, 0.25
    what = "scaled_elbo(0, 1, x=1.5, s=0.25, w=1)"
    expected = -0.5 * (math.log(2 * math.pi * s) + (x**2 + 1) / s)
    expect_close(scaled_elbo(0.0, 1.0, x, s, 1.0), expected, what)


def _is_tight_at_the_posterior(scaled_elbo):
    """it should be log N(x; 0, w^2 + s) at mean w x / (w^2 + s), var s / (w^2 + s)"""

    def holds(x, s, w):
        mean, var = _posterior(x, s, w)
        what = f"scaled_elbo({mean:.4g}, {var:.4g}, x={x:.4g}, s={s:.4g}, w={w:.4g})"
        expect_close(scaled_elbo(mean, var, x, s, w), _log_p(x, s, w), what)

    holds(1.0, 1.0, 2.0)
    for_any(holds, x=around_0, s=variance, w=weight)


def _lies_below_by_the_gap(scaled_elbo):
    """it should lie below log p(x) by KL(q || posterior) anywhere else"""

    def holds(mean, var, x, s, w):
        to_mean, to_var = _posterior(x, s, w)
        gap = 0.5 * (var / to_var + (mean - to_mean) ** 2 / to_var - 1 - math.log(var / to_var))
        what = f"scaled_elbo({mean:.4g}, {var:.4g}, x={x:.4g}, s={s:.4g}, w={w:.4g})"
        expect_close(scaled_elbo(mean, var, x, s, w), _log_p(x, s, w) - gap, what)

    for_any(holds, mean=around_0, var=variance, x=around_0, s=variance, w=weight)


# misleading_models


def _are_two_models(misleading_models):
    """it should return two triples (s, mean, var), with positive s and var"""
    got = misleading_models()
    expect_shape(got, (2, 3), "misleading_models()", why="Return (s, mean, var), (s, mean, var).")
    positive = all(s > 0 and var > 0 for s, _, var in got)
    expect(positive, f"s and var are variances, which are positive; got {shown(got)}.")


def _mislead(misleading_models):
    """it should return first the model of higher log p(x), then the higher bound, by 0.1 nats"""
    (log_p, bound), (log_p_2, bound_2) = (_toy(*model) for model in misleading_models())
    found = (
        f"first: log p(x) {log_p:.3f}, bound {bound:.3f}; "
        f"second: log p(x) {log_p_2:.3f}, bound {bound_2:.3f}. "
    )
    better = "The first should have the higher log p(x), by 0.1. It is highest at 1 + s = 1.5^2."
    expect(log_p >= log_p_2 + 0.1, found + better)
    lower = "The second should have the higher bound, by 0.1. "
    cure = "Move the first model's q away from its posterior: that costs its log p(x) nothing."
    expect(bound_2 >= bound + 0.1, found + lower + cure)


def _toy(s, mean, var, x=1.5):
    """log p(x) of the lesson's toy, and its bound."""
    to_mean, to_var = _posterior(x, s, 1.0)
    gap = 0.5 * (var / to_var + (mean - to_mean) ** 2 / to_var - 1 - math.log(var / to_var))
    return _log_p(x, s, 1.0), _log_p(x, s, 1.0) - gap


EXERCISES = [
    Exercise(
        "reparameterise",
        properties=[
            _has_the_codes_shape,
            _is_the_mean_without_noise,
            _has_the_asked_spread,
            _gradients_reach_both,
        ],
        hint="A normal of standard deviation sigma is sigma times a normal of 1. What is sigma, "
        "given the log of sigma^2?",
        stronger_hint="sigma = exp(log_var / 2), by the exp of scratchgen.functions, which takes "
        "Tensors: mean + sigma * noise, elementwise.",
    ),
    Exercise(
        "kl",
        properties=[
            _is_one_number_an_image,
            _is_known_by_hand,
            _is_its_definition,
            _has_the_right_gradients,
        ],
        hint="Half of: variance + mean^2 - 1 - log variance, added up over an image's codes.",
        stronger_hint="0.5 * (exp(log_var) + mean * mean - 1 - log_var), then .sum(axis=1).",
    ),
    Exercise(
        "scaled_elbo",
        properties=[
            _is_the_lessons_where_w_is_1,
            _is_tight_at_the_posterior,
            _lies_below_by_the_gap,
        ],
        hint="Only the reconstruction knows the decoder. If z has mean m and variance v, then "
        "w z has mean w m and variance ... ?",
        stronger_hint="The mean of (x - w z)^2 is (x - w mean)^2 + w^2 var. KL stays as it is.",
    ),
    Exercise(
        "misleading_models",
        properties=[_are_two_models, _mislead],
        hint="The bound is log p(x) minus the gap from q to the posterior. Give the better model "
        "a bad q, and the worse one the best q there is.",
        stronger_hint="log p(x) is highest at s = 1.25: take it with q = N(0, 1). For the second, "
        "take s = 0.1 and its posterior: mean x / (1 + s), var s / (1 + s).",
    ),
]
