"""What is asked of the answers to lesson 7."""

import math
from statistics import NormalDist

import numpy as np
from hypothesis import strategies as st

from lessons.runner.expect import (
    Exercise,
    expect,
    expect_close,
    expect_numbers,
    expect_shape,
    for_any,
    shown,
)
from scratchgen.testing import arrays, check_op, floats, moderate, same_shape, shapes

LOG_4 = math.log(4.0)
codes = shapes(min_axes=2, max_axes=2, min_side=1)  # (N, Z)
pairs = same_shape(moderate, moderate, shape=codes)  # mean, log_var


# posterior


@st.composite
def _machines(draw):
    """A prior (K,) that adds up to 1, and a likelihood (K, M)."""
    K, M = draw(st.integers(2, 3)), draw(st.integers(1, 3))
    weights = draw(arrays((K,), floats(0.5, 4), layouts=["contiguous"]))
    return weights / weights.sum(), draw(arrays((K, M), floats(0.125, 1), layouts=["contiguous"]))


def _is_a_belief_for_each_image(posterior):
    """it should return one number for each cause and image: (K, M)"""
    got = posterior(np.array([0.5, 0.25, 0.25]), np.full((3, 2), 0.5))
    expect_shape(got, (3, 2), "posterior of 3 causes and 2 images")


def _knows_the_little_machine(posterior):
    """it should give 4/13 and 9/13 for the little machine's white-white"""
    got = posterior(np.array([0.8, 0.2]), np.array([[1 / 16], [9 / 16]]))
    why = "The joints are 80 and 180 of 1600; divide each by both together."
    expect_close(got, [[4 / 13], [9 / 13]], "posterior([0.8, 0.2], [[1/16], [9/16]])", why=why)


def _adds_up_to_1_for_each_image(posterior):
    """it should add up to 1 over the causes, for each image"""

    def holds(machine):
        prior, likelihood = machine
        M = likelihood.shape[1]
        sums = np.asarray(posterior(prior.copy(), likelihood.copy())).sum(axis=0)
        call = f"posterior({shown(prior)}, {shown(likelihood)}), added up over the causes,"
        why = "Some cause it was: divide by the evidence of the same image, a sum over axis 0."
        expect_close(sums, np.ones(M), call, why=why)

    holds((np.array([0.5, 0.5]), np.array([[0.5, 0.25], [0.5, 0.5]])))
    for_any(holds, machine=_machines())


def _weighs_the_causes_by_both(posterior):
    """it should compare two causes by their priors and their likelihoods, multiplied"""

    def holds(machine):
        prior, likelihood = machine
        got = np.asarray(posterior(prior.copy(), likelihood.copy()))
        odds = prior[0] * likelihood[0] / (prior[1] * likelihood[1])
        call = f"posterior({shown(prior)}, {shown(likelihood)}), its first row over its second,"
        why = "It is p(x|z) p(z) of the one over p(x|z) p(z) of the other."
        expect_close(got[0] / got[1], odds, call, why=why)

    for_any(holds, machine=_machines())


# best_normal

PLACES = np.linspace(-9, 9, 3601)


def _joint_of(*peaks):
    """log of a sum of bells, each (weight, mean, sd): what best_normal is given, with its name."""

    def log_joint(z):
        z = np.asarray(z, dtype=float)
        bells = [math.log(w / sd) - 0.5 * ((z - m) / sd) ** 2 for w, m, sd in peaks]
        return np.logaddexp.reduce(bells)

    return log_joint


def _bound_of(log_joint, mean, sd):
    log_q = -0.5 * ((PLACES - mean) / sd) ** 2 - math.log(sd) - 0.5 * math.log(2 * math.pi)
    return float((np.exp(log_q) * (log_joint(PLACES) - log_q)).sum() * (PLACES[1] - PLACES[0]))


def _guess(best_normal, log_joint):
    mean, sd = expect_numbers(best_normal(log_joint), ["mean", "sd"], "best_normal(log_joint)")
    expect(sd > 0, f"best_normal gives sd {sd:.4g}: it should be a standard deviation, above 0.")
    return mean, sd


def _finds_a_single_bell(best_normal):
    """it should find the posterior itself where that is normal"""
    for m, s in ((1.0, 1.0), (-0.5, 0.4), (2.0, 2.0)):
        log_joint = _joint_of((0.1, m, s))
        mean, sd = _guess(best_normal, log_joint)
        lost = _bound_of(log_joint, m, s) - _bound_of(log_joint, mean, sd)
        expect(
            lost < 0.011,
            f"For a posterior N({m:g}, {s:g}^2) it gives mean {mean:.4g}, sd {sd:.4g}, whose bound "
            f"is {lost:.4g} nats below the highest. The highest has mean {m:g} and sd {s:g}.",
        )


def _chooses_one_of_two_peaks(best_normal):
    """it should have the highest bound where the posterior has two peaks"""
    for peaks in (((1, -2, 0.5), (1, 2, 0.5)), ((1, -1.5, 0.5), (2, 2.5, 1.0))):
        log_joint = _joint_of(*peaks)
        mean, sd = _guess(best_normal, log_joint)
        # On a peak, or wide over both: the best of a fine search around either.
        starts = [(m, s) for _, m, s in peaks] + [(0.0, 2.0)]
        highest = max(
            _bound_of(log_joint, m + step, s * factor)
            for m, s in starts
            for step in np.linspace(-0.2, 0.2, 9)
            for factor in np.linspace(0.8, 1.25, 10)
        )
        bound = _bound_of(log_joint, mean, sd)
        where = " and ".join(f"{m:g} (sd {s:g}, weight {w:g})" for w, m, s in peaks)
        expect(
            bound > highest - 0.011,
            f"For two peaks, at {where}, it gives mean {mean:.4g}, sd {sd:.4g}, with the bound "
            f"{bound:.4g}. There is one of {highest:.4g}. Try guesses that sit on one peak, too.",
        )


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


# grey_likelihood


def _is_one_number_for_each_image(grey_likelihood):
    """it should give one number for each image: (N, D) -> (N,)"""
    got = grey_likelihood(np.zeros((4, 3)), np.zeros((4, 3)), 0.5)
    expect_shape(got, (4,), "grey_likelihood of (4, 3) images", "Sum over the pixels, axis 1.")


def _has_the_bell_curves_height(grey_likelihood):
    """it should be the sum over pixels of log N(x; grey, variance)"""

    def holds(images, variance):
        grey, x = images
        normals = [[NormalDist(m, math.sqrt(variance)) for m in row] for row in grey]
        heights = [
            sum(math.log(n.pdf(pixel)) for n, pixel in zip(ns, row, strict=True))
            for ns, row in zip(normals, x, strict=True)
        ]
        call = f"grey_likelihood({shown(grey)}, {shown(x)}, {variance:.4g})"
        why = "Each pixel adds -log(2 pi variance) / 2 - (x - grey)^2 / (2 variance)."
        expect_close(grey_likelihood(grey, x, variance), heights, call, why=why)

    holds((np.zeros((1, 1)), np.zeros((1, 1))), 1.0)
    holds((np.zeros((1, 1)), np.ones((1, 1))), 1.0)
    holds((np.zeros((1, 1)), np.ones((1, 1))), 0.25)
    grey_images = same_shape(floats(0, 1), floats(0, 1), shape=codes)
    for_any(holds, images=grey_images, variance=floats(0.125, 2))


def _is_the_listings_error_at_a_half(grey_likelihood):
    """it should fall by the squared error when the variance is 1/2"""
    grey, x = np.array([[0.0, 0.5, 1.0]]), np.array([[1.0, 0.5, 0.0]])
    lost = np.asarray(grey_likelihood(x, x, 0.5)) - np.asarray(grey_likelihood(grey, x, 0.5))
    what = "grey_likelihood(x, x, 0.5) - grey_likelihood([[0, 0.5, 1]], x, 0.5), x = [[1, 0.5, 0]]"
    expect_close(lost, [2.0], what, why="The squared error is 1 + 0 + 1.")


# scaled_elbo

around_0, variance, weight = floats(-2, 2), floats(0.25, 4), floats(-3, 3)


def _posterior(x, s, w):
    """The posterior of z, given a grey pixel: (mean, var)."""
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


# lopsided


def _are_two_distributions(lopsided):
    """it should return two lists of three numbers, none below 1e-12, each adding up to 1"""
    _both(lopsided)


def _is_far_one_way_only(lopsided):
    """it should make KL(q || p) more than ten times KL(p || q)"""
    q, p = _both(lopsided)
    there, back = _kl(q, p), _kl(p, q)
    found = f"KL(q || p) is {there:.4g}, KL(p || q) is {back:.4g}. "
    cure = "Give p next to nothing where q draws now and then, and let them agree elsewhere."
    if back > 10 * there:
        cure = "That is the other way round: change their places."
    expect(there > 10 * back > 0, found + cure)


def _both(lopsided):
    got = lopsided()
    pair = isinstance(got, tuple | list) and len(got) == 2
    expect(pair, f"It should return two lists, q and p; it returns {shown(got)}.")
    found = []
    for name, one in zip("qp", got, strict=True):
        numbers = np.array(expect_numbers(one, ["first", "second", "third"], name))
        least = numbers.min()
        expect(least >= 1e-12, f"{name} has {least:g}: none should be below 1e-12.")
        total = numbers.sum()
        expect(abs(total - 1) < 1e-9, f"{name} adds up to {total:.6g}: it should be 1.")
        found.append(numbers)
    return found


def _kl(q, p):
    return float((q * np.log(q / p)).sum())


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
    """log p(x) of the lesson's grey pixel, and its bound."""
    to_mean, to_var = _posterior(x, s, 1.0)
    gap = 0.5 * (var / to_var + (mean - to_mean) ** 2 / to_var - 1 - math.log(var / to_var))
    return _log_p(x, s, 1.0), _log_p(x, s, 1.0) - gap


EXERCISES = [
    Exercise(
        "posterior",
        properties=[
            _is_a_belief_for_each_image,
            _knows_the_little_machine,
            _adds_up_to_1_for_each_image,
            _weighs_the_causes_by_both,
        ],
        hint="The square of the lesson: width times height is an area. The posterior is a field's "
        "share of all the fields of the same image.",
        stronger_hint="joint = prior[:, None] * likelihood is (K, M). Its sum over axis 0 is the "
        "evidence of each image.",
    ),
    Exercise(
        "best_normal",
        properties=[_finds_a_single_bell, _chooses_one_of_two_peaks],
        hint="The lesson's terms_of adds up reconstruction - price strip by strip. Here both of "
        "them are in one: q times (log_joint - log q). Try many pairs of mean and sd.",
        stronger_hint="z = np.linspace(-8, 8, 1601). For each sd in np.geomspace(0.2, 3, 50) and "
        "each mean in np.linspace(-6, 6, 241): log_q, then (exp(log_q) * (log_joint(z) - log_q))"
        ".sum() * dz.",
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
        "grey_likelihood",
        properties=[
            _is_one_number_for_each_image,
            _has_the_bell_curves_height,
            _is_the_listings_error_at_a_half,
        ],
        hint="The lesson's log_normal is the logarithm of the bell curve's height. Take it for "
        "each pixel, and add up over an image.",
        stronger_hint="-0.5 * (np.log(2 * np.pi * variance) + (x - grey) ** 2 / variance) for each "
        "pixel, then .sum(axis=1).",
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
        "lopsided",
        properties=[_are_two_distributions, _is_far_one_way_only],
        hint="KL(q || p) averages log q - log p over the draws of q. It is large where q draws and "
        "p is tiny. What does KL(p || q) see of such a place?",
        stronger_hint="p = [1e-12, 0.5, 0.5 - 1e-12]: its draws never come to the first value. Now "
        "let q go there one time in ten.",
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
