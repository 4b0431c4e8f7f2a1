"""What is asked of the answers to lesson 8."""

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
from scratchgen.testing import arrays, floats

# importance_weights


@st.composite
def _machines(draw):
    """A prior, a likelihood and a guess of two or three causes."""
    K = draw(st.integers(2, 3))
    prior, likelihood, guess = (
        draw(arrays((K,), floats(0.125, 1), layouts=["contiguous"])) for _ in range(3)
    )
    return prior / prior.sum(), likelihood, guess / guess.sum()


def _weighs_the_fair_coin(importance_weights):
    """it should weigh the tosses of a fair coin as the lesson does"""
    got = importance_weights(np.array([4, 1]) / 5, np.array([1, 9]) / 16, np.array([1, 1]) / 2)
    why = "Thin counts 8/5 times its 1/16, and bold 2/5 times its 9/16."
    call = "importance_weights([4/5, 1/5], [1/16, 9/16], [1/2, 1/2])"
    expect_close(got, [0.1, 0.225], call, why=why)


def _has_the_right_mean(importance_weights):
    """it should have the mean p(x) over draws from the guess, whatever the guess"""

    def holds(machine):
        prior, likelihood, guess = machine
        w = importance_weights(*(a.copy() for a in machine))
        expect_shape(w, guess.shape, "importance_weights of (K,) arrays")
        call = f"the sum of guess * importance_weights({', '.join(map(shown, machine))})"
        why = "It is p(x), the sum of likelihood * prior."
        expect_close((guess * np.asarray(w)).sum(), (prior * likelihood).sum(), call, why=why)

    for_any(holds, machine=_machines())


def _is_the_same_for_all_if_the_guess_is_the_posterior(importance_weights):
    """it should give p(x) for each cause if the guess is the posterior"""

    def holds(machine):
        prior, likelihood, _ = machine
        evidence = (prior * likelihood).sum()
        posterior = prior * likelihood / evidence
        got = importance_weights(prior.copy(), likelihood.copy(), posterior)
        call = f"importance_weights({shown(prior)}, {shown(likelihood)}, the posterior)"
        expect_close(got, np.full(len(prior), evidence), call)

    for_any(holds, machine=_machines())


# log_mean_weight


def _knows_the_mean_of_1_and_3(log_mean_weight):
    """it should give log 2 for the weights 1 and 3"""
    got = log_mean_weight(np.log([[1.0], [3.0]]))
    why = "The mean of the weights is 2. (The mean of their logarithms is 0.549.)"
    expect_close(got, [np.log(2)], "log_mean_weight([[log 1], [log 3]])", why=why)


def _is_one_number_an_image(log_mean_weight):
    """it should give one number for each image: (k, N) -> (N,)"""
    why = "Draws lie along axis 0, images along axis 1."
    expect_shape(log_mean_weight(np.zeros((4, 3))), (3,), "log_mean_weight of a (4, 3) array", why)


def _survives_the_weights_of_images(log_mean_weight):
    """it should survive weights that a computer takes for 0"""
    with np.errstate(all="ignore"):
        got = log_mean_weight(np.array([[-2000.0, 800.0], [-2000.0, 800.0]]))
    why = "exp(-2000) is 0 in a computer, and exp(800) is inf: subtract the largest of each image."
    expect_close(got, [-2000.0, 800.0], "log_mean_weight([[-2000, 800], [-2000, 800]])", why=why)


def _survives_images_far_apart(log_mean_weight):
    """it should survive one image that is far more probable than another"""
    with np.errstate(all="ignore"):
        got = log_mean_weight(np.array([[0.0, -900.0], [0.0, -900.0]]))
    why = "Each image needs its own largest weight: a maximum over axis 0."
    expect_close(got, [0.0, -900.0], "log_mean_weight([[0, -900], [0, -900]])", why=why)


def _grows_by_what_all_grow_by(log_mean_weight):
    """it should grow by c if each log weight grows by c, and lie between smallest and largest"""

    def holds(log_w, c):
        got = np.asarray(log_mean_weight(log_w.copy()))
        more = log_mean_weight(log_w + c)
        call = f"log_mean_weight({shown(log_w)} + {c:.4g})"
        expect_close(more, got + c, call, atol=1e-6)
        inside = (got >= log_w.min(axis=0) - 1e-9) & (got <= log_w.max(axis=0) + 1e-9)
        what = f"log_mean_weight({shown(log_w)}) gives {shown(got)}"
        expect(inside.all(), f"{what}: a mean lies between the smallest and the largest.")

    log_weights = arrays((3, 2), floats(-4, 4), layouts=["contiguous"])
    for_any(holds, log_w=log_weights, c=floats(-4, 4))


# enclose


def _encloses_the_little_machine(enclose):
    """it should enclose the little machine with a fair coin"""
    answer = enclose(np.array([4, 1]) / 5, np.array([1, 9]) / 16, np.array([1, 1]) / 2)
    call = "enclose([4/5, 1/5], [1/16, 9/16], [1/2, 1/2])"
    why = "The weights are 0.1 and 0.225. The guess draws each half of the time, the posterior "
    why += "draws the second 9 times out of 13."
    got = expect_numbers(answer, ["lower", "upper"], call)
    expect_close(got, [-1.8971, -1.7413], call, atol=1e-3, why=why)


def _has_the_truth_between(enclose):
    """it should have log p(x) between its two numbers, whatever the guess"""

    def holds(machine):
        prior, likelihood, _ = machine
        call = f"enclose({', '.join(map(shown, machine))})"
        lower, upper = expect_numbers(
            enclose(*(a.copy() for a in machine)), ["lower", "upper"], call
        )
        truth = np.log((prior * likelihood).sum())
        expect(
            lower <= truth + 1e-9 and upper >= truth - 1e-9,
            f"{call} gives {lower:.4g} and {upper:.4g}; log p(x) is {truth:.4g}, which is not "
            "between them.",
        )

    for_any(holds, machine=_machines())


def _closes_if_the_guess_is_the_posterior(enclose):
    """it should give log p(x) twice if the guess is the posterior"""

    def holds(machine):
        prior, likelihood, _ = machine
        evidence = (prior * likelihood).sum()
        posterior = prior * likelihood / evidence
        call = f"enclose({shown(prior)}, {shown(likelihood)}, the posterior)"
        got = expect_numbers(
            enclose(prior.copy(), likelihood.copy(), posterior), ["lower", "upper"], call
        )
        expect_close(got, [np.log(evidence)] * 2, call)

    for_any(holds, machine=_machines())


# nats_at

FIVE = np.array([5.0, 3.0, 2.0, 1.0, 0.5])


def _is_the_lessons_at_1(nats_at):
    """it should be the lesson's at beta 1"""
    got = nats_at(FIVE.copy(), 1.5, 1.0)
    expect_close(got, 0.5 * np.log(FIVE / 1.5).clip(0), f"nats_at({shown(FIVE)}, 1.5, beta=1)")


def _is_where_the_bound_is_highest(nats_at):
    """it should be the price at the highest reconstruction - beta * price that there is"""

    def holds(lam, s, beta):
        w = np.sqrt(np.linspace(0, 12, 24_001))
        v, t = w / (w**2 + beta * s), beta * s / (w**2 + beta * s)  # the best guess for each w
        price = 0.5 * (v**2 * lam + t - 1 - np.log(t))
        raised = -((1 - w * v) ** 2 * lam + w**2 * t) / (2 * s) - beta * price
        got = nats_at(np.array([lam]), s, beta)
        call = f"nats_at([{lam:.4g}], noise={s:.4g}, beta={beta:.4g})"
        why = "Tried out: the price where the sum is highest, over 24,001 weights of the decoder."
        expect_close(got, [price[raised.argmax()]], call, rtol=1e-2, atol=2e-3, why=why)

    holds(4.0, 1.0, 2.0)
    for_any(holds, lam=floats(0.25, 8), s=floats(0.25, 4), beta=floats(0.25, 4))


def _no_unit_has_less_than_nothing(nats_at):
    """it should give 0 for a unit that is dead"""
    got = nats_at(FIVE.copy(), 1.0, 8.0)
    why = "Noise times beta is 8, above each eigenvalue."
    expect_close(got, np.zeros(5), f"nats_at({shown(FIVE)}, 1.0, beta=8)", why=why)


# best_noise


def _is_the_variance_if_there_is_no_unit(best_noise):
    """it should be the variance of the data if there is one axis and no unit"""
    why = "Without a unit, the noise alone has to vary as the data do."
    expect_close(best_noise(np.array([3.0]), 0), 3.0, "best_noise([3], 0)", why=why)


def _is_where_the_left_out_axes_fit_best(best_noise):
    """it should make the bound of the axes without a unit highest"""
    s = np.linspace(0.01, 8, 80_001)

    def holds(eigenvalues, k):
        eigenvalues = np.sort(eigenvalues)[::-1].copy()
        rest = eigenvalues[k:]
        bound = -0.5 * len(rest) * np.log(2 * np.pi * s) - rest.sum() / (2 * s)
        call = f"best_noise({shown(eigenvalues)}, {k})"
        why = "Tried out: where the sum over the axes left out is highest, over 80,001 variances."
        got = best_noise(eigenvalues.copy(), k)
        expect_close(got, s[bound.argmax()], call, rtol=1e-2, atol=2e-3, why=why)

    holds(FIVE, 2)
    some = arrays((4,), floats(0.25, 6), layouts=["contiguous"])
    for_any(holds, eigenvalues=some, k=st.integers(0, 3))


# free_bits


def _knows_the_example(free_bits):
    """it should be right where one can do it by hand"""
    got = free_bits(np.array([[0.0, 2.0], [1.0, 2.0]]), 0.75)
    why = "The units cost 0.5 and 2 on average: the first is lifted to 0.75."
    expect_close(got, 2.75, "free_bits([[0, 2], [1, 2]], 0.75)", why=why)


def _is_the_plain_price_if_nothing_is_free(free_bits):
    """it should be the plain price if nothing is free"""

    def holds(prices):
        why = "The sum over units, and the mean over images."
        got, expected = free_bits(prices.copy(), 0.0), prices.sum(axis=1).mean()
        expect_close(got, expected, f"free_bits({shown(prices)}, 0)", why=why)

    for_any(holds, prices=arrays((3, 2), floats(0, 4), layouts=["contiguous"]))


def _never_falls_below_what_is_free(free_bits):
    """it should never fall below `least` for each unit, and be that if all say nothing"""
    got = free_bits(np.zeros((5, 3)), 0.25)
    why = "Three units, a quarter of a nat each."
    expect_close(got, 0.75, "free_bits(zeros of (5, 3), 0.25)", why=why)


def _averages_before_it_lifts(free_bits):
    """it should average over the images before it compares with `least`"""
    got = free_bits(np.array([[0.0], [1.0]]), 0.5)
    why = "On average the unit costs 0.5 already; one image may cost less than another."
    expect_close(got, 0.5, "free_bits([[0], [1]], 0.5)", why=why)


# fool_the_count


def _is_active_and_says_nothing(fool_the_count):
    """it should give guesses by four active units that cost less than 0.021 nats"""
    answer = fool_the_count()
    expect(
        isinstance(answer, tuple | list) and len(answer) == 2,
        f"fool_the_count(): expected a pair (mean, log_var), got {shown(answer)}.",
    )
    mean, log_var = answer
    expect_shape(mean, (100, 4), "its mean")
    expect_shape(log_var, (100, 4), "its log_var")
    mean, log_var = np.asarray(mean, float), np.asarray(log_var, float)
    moved = mean.var(axis=0)
    expect(
        (moved > 0.01).all(),
        f"the variances of the means over the images are {shown(moved)}: a unit is active from "
        "0.01 on, so each must be above it.",
    )
    nats = 0.5 * (mean**2 + np.exp(log_var) - 1 - log_var).sum(axis=1).mean()
    expect(
        nats < 0.021,
        f"the four units cost {nats:.4g} nats, and not less than 0.021. Let the means move as "
        "little as counts around 0, and choose the width that costs least.",
    )


# poor_guess


def _log_height(x, mean, variance):
    return -0.5 * (np.log(2 * np.pi * variance) + (x - mean) ** 2 / variance)


def _misses_half_of_it(poor_guess):
    """it should give a variance for which 1,000 draws mostly find less than half of p(x)"""
    variance = expect_numbers(poor_guess(), ["variance"], "poor_guess()")[0]
    expect(variance > 0, f"poor_guess() gives {variance:g}: a variance is above 0.")
    evidence = np.exp(_log_height(1.5, 0, 1.25))
    rng = np.random.default_rng(0)
    draws = 1.2 + np.sqrt(variance) * rng.standard_normal((200, 1000))
    with np.errstate(all="ignore"):
        log_joint = _log_height(1.5, draws, 0.25) + _log_height(draws, 0, 1)
        found = np.exp(log_joint - _log_height(draws, 1.2, variance)).mean(axis=1)
    less = (found < evidence / 2).mean()
    middle = np.median(found) / evidence
    expect(
        less > 0.9,
        f"with the variance {variance:g}, {less:.0%} of 200 estimates are below half of p(x), and "
        f"one in the middle is {middle:.2f} times p(x). Their draws see too much of the posterior.",
    )


EXERCISES = [
    Exercise(
        "importance_weights",
        properties=[
            _weighs_the_fair_coin,
            _has_the_right_mean,
            _is_the_same_for_all_if_the_guess_is_the_posterior,
        ],
        hint="A cause that the guess draws twice as often as it should has to count half.",
        stronger_hint="w(z) = p(x|z) p(z) / q(z), elementwise.",
    ),
    Exercise(
        "log_mean_weight",
        properties=[
            _knows_the_mean_of_1_and_3,
            _is_one_number_an_image,
            _survives_the_weights_of_images,
            _survives_images_far_apart,
            _grows_by_what_all_grow_by,
        ],
        hint="Subtract from each column its largest log weight. Then exp is safe, and the "
        "logarithm of the mean lacks just what was subtracted.",
        stronger_hint="largest = log_w.max(axis=0); the rest is "
        "np.log(np.exp(log_w - largest).mean(axis=0)).",
    ),
    Exercise(
        "enclose",
        properties=[
            _encloses_the_little_machine,
            _has_the_truth_between,
            _closes_if_the_guess_is_the_posterior,
        ],
        hint="An expectation over q is the sum of q(z) times what is averaged. Here it is log w, "
        "once with the guess, and once with the posterior, in place of q.",
        stronger_hint="posterior = prior * likelihood / (prior * likelihood).sum(); the pair is "
        "(guess * np.log(w)).sum() and (posterior * np.log(w)).sum().",
    ),
    Exercise(
        "nats_at",
        properties=[
            _is_the_lessons_at_1,
            _is_where_the_bound_is_highest,
            _no_unit_has_less_than_nothing,
        ],
        hint="Divide reconstruction - beta * price by beta. The price is now as in the lesson, and "
        "the squared error is divided by something else than 2 s.",
        stronger_hint="It is divided by 2 beta s: the lesson's VAE with noise of variance beta s.",
    ),
    Exercise(
        "best_noise",
        properties=[
            _is_the_variance_if_there_is_no_unit,
            _is_where_the_left_out_axes_fit_best,
        ],
        hint="Each axis adds -1/(2 s) + eigenvalue/(2 s^2) to the derivative. Multiply by 2 s^2.",
        stronger_hint="s times the number of axes left out is the sum of their eigenvalues.",
    ),
    Exercise(
        "free_bits",
        properties=[
            _knows_the_example,
            _is_the_plain_price_if_nothing_is_free,
            _never_falls_below_what_is_free,
            _averages_before_it_lifts,
        ],
        hint="Three steps: each unit's mean over the images, at the least `least`, and the sum.",
        stronger_hint="np.maximum(prices.mean(axis=0), least).sum()",
    ),
    Exercise(
        "fool_the_count",
        properties=[_is_active_and_says_nothing],
        hint="Half of the images get the mean +a, the others -a: the variance of the means is a^2. "
        "For a given m, which t makes (m + t - 1 - log t) / 2 least?",
        stronger_hint="t = 1, so log_var is 0, and a unit costs a^2 / 2. With a = 0.101 all four "
        "cost 4 * 0.0051 nats.",
    ),
    Exercise(
        "poor_guess",
        properties=[_misses_half_of_it],
        hint="The right mean is given. Too wide costs many draws, but what if none of 1,000 draws "
        "goes where most of the posterior is?",
        stronger_hint="Make it a thousand times smaller than the posterior's 0.2.",
    ),
]
