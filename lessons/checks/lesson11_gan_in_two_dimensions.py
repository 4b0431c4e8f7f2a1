"""What is asked of the answers to lesson 11."""

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
from scratchgen import MLP, SGD, data, detach, gan, measure
from scratchgen.functions import bce_with_logits, tanh
from scratchgen.testing import floats

densities, shares = floats(0.25, 4), floats(0.125, 0.875)
places, sizes = st.tuples(floats(-3, 3), floats(-3, 3)), floats(0.5, 2)


# best_answer


def _is_the_lessons_at_a_half(best_answer):
    """it should be p / (p + q) where every second point is real"""
    got = best_answer(np.array([30.0, 1.0]), np.array([10.0, 1.0]))
    expect_close(got, [0.75, 0.5], "best_answer([30, 1], [10, 1])")


def _is_the_share_where_nothing_is_seen(best_answer):
    """it should be the share of real points where p = q"""
    why = "A place where p = q tells nothing: what remains is how many are real in all."
    expect_close(best_answer(1.0, 1.0, 0.9), 0.9, "best_answer(1, 1, share=0.9)", why=why)


def _pays_least(best_answer):
    """it should leave no answer that pays less, for any densities and any share"""

    def holds(p, q, share):
        D = float(expect_numbers(best_answer(p, q, share), ["D"], "best_answer")[0])
        call = f"best_answer({p:g}, {q:g}, {share:g}) is {D:.4g}. "
        expect(0 < D < 1, call + "It should lie between 0 and 1.")
        pays = lambda D: -share * p * np.log(D) - (1 - share) * q * np.log(1 - D)
        answers = np.linspace(0.001, 0.999, 999)
        cheapest = answers[pays(answers).argmin()]
        words = f"There it pays {pays(D):.4f}, and with {cheapest:.3f} it would pay "
        words += f"{pays(cheapest):.4f}."
        expect(pays(D) <= pays(cheapest) + 1e-9, call + words)

    for_any(holds, p=densities, q=densities, share=shares)


# best_arrow


def _is_one_vector(best_arrow):
    """it should return one arrow, of shape (2,)"""
    got = _arrow(best_arrow, (0.0, 0.0), (1.0, 0.0), 1.0, (0.0, 0.0), 1.0)
    expect_shape(got, (2,), "best_arrow at (0, 0)", "It has a part along x and one along y.")


def _leads_to_the_real_heap_where_both_are_as_wide(best_arrow):
    """it should be the same everywhere if both heaps are as wide: from the fakes to the real"""
    got = _arrow(best_arrow, (5.0, 3.0), (1.0, 0.0), 1.0, (0.0, 0.0), 1.0)
    why = "The two parts are (real - x) / real_sd^2 and (x - fakes) / fakes_sd^2."
    what = "with both sd 1, real = (1, 0) and fakes = (0, 0), the arrow at (5, 3)"
    expect_close(got, [1.0, 0.0], what, why=why)


def _leads_away_from_crowded_fakes(best_arrow):
    """it should lead away from the fakes' centre where real points are spread very widely"""
    got = _arrow(best_arrow, (0.5, 0.0), (0.0, 0.0), 100.0, (0.0, 0.0), 1.0)
    why = "There log p is nearly level, and log q falls to the right."
    what = "the arrow at (0.5, 0), fakes around (0, 0) with sd 1, real points with sd 100"
    expect_close(got, [0.49995, 0.0], what, why=why)


def _is_the_gradient(best_arrow):
    """it should be the gradient of log p - log q, at any place and for any two heaps"""

    def logit(x, real, real_sd, fakes, fakes_sd):
        log_p = data.ring_density(x - real, modes=1, radius=0, std=real_sd, log=True)
        return log_p - data.ring_density(x - fakes, modes=1, radius=0, std=fakes_sd, log=True)

    def holds(x, real, real_sd, fakes, fakes_sd):
        at, h = np.array(x), 1e-4
        told = np.array(real), real_sd, np.array(fakes), fakes_sd
        measured = [
            (logit(at + h * one, *told) - logit(at - h * one, *told)) / (2 * h) for one in np.eye(2)
        ]
        call = f"best_arrow({shown(x)}, {shown(real)}, {real_sd:g}, {shown(fakes)}, {fakes_sd:g})"
        why = "Finite differences of log p - log q say otherwise."
        got = _arrow(best_arrow, x, real, real_sd, fakes, fakes_sd)
        expect_close(got, measured, call, rtol=1e-4, atol=1e-4, why=why)

    for_any(holds, x=places, real=places, real_sd=sizes, fakes=places, fakes_sd=sizes)


def _arrow(best_arrow, x, real, real_sd, fakes, fakes_sd):
    return best_arrow(np.array(x), np.array(real), real_sd, np.array(fakes), fakes_sd)


# one_turn


class _Table:
    """Two nets, their optimisers, real points and codes: the same each time it is laid."""

    def __init__(self):
        rng = np.random.default_rng(0)
        self.G = MLP([2, 4, 2], hidden=tanh, rng=rng)
        self.D = MLP([2, 4, 1], hidden=tanh, rng=rng)
        self.g_sgd, self.d_sgd = SGD(self.G.parameters(), 0.5), SGD(self.D.parameters(), 0.5)
        drawn = rng.standard_normal((3, 8, 2)).astype("float32")
        self.real, self.z_for_d, self.z_for_g = drawn[0] + 1, drawn[1], drawn[2]

    def weights(self, net):
        return np.concatenate([w.value.ravel() for w in net.parameters()])

    def turn_of_d(self, swapped=False):
        fake = detach(self.G(self.z_for_d))
        real, fake = (fake, self.real) if swapped else (self.real, fake)
        return float(gan.d_step(self.D, self.d_sgd, real, fake))

    def turn_of_g(self, loss=gan.g_loss):
        return float(gan.g_step(self.G, self.D, self.g_sgd, self.z_for_g, loss))


def _played(one_turn):
    """The table after the reader's turn, and what it returned."""
    table = _Table()
    arguments = table.G, table.D, table.g_sgd, table.d_sgd, table.real
    return table, one_turn(*arguments, table.z_for_d, table.z_for_g)


def _moves_d_as_the_library_does(one_turn):
    """it should move D down its own loss: real points as 1, fakes as 0"""
    table, _ = _played(one_turn)
    still, ours, swapped = _Table(), _Table(), _Table()
    ours.turn_of_d()
    swapped.turn_of_d(swapped=True)
    got = table.weights(table.D)
    expect(not np.allclose(got, still.weights(still.D)), "D has not moved at all.")
    expect(
        not np.allclose(got, swapped.weights(swapped.D), atol=1e-6),
        "D has learnt that fakes are real. Its targets are 1 for real points, 0 for fakes.",
    )
    why = "Its gradient is that of the two means added up, with respect to D's weights."
    expect_close(got, ours.weights(ours.D), "D's weights after the turn", 1e-4, 1e-5, why=why)


def _moves_g_as_the_library_does(one_turn):
    """it should then move G down -log D(G(z)), through the D that has just moved, and only once"""
    table, _ = _played(one_turn)
    got = table.weights(table.G)
    ours = _after()
    told = {
        "G has not moved at all.": _Table(),
        "G has asked the D of before. D's turn comes first.": _after(d_first=False),
        "G has descended log(1 - D(G(z))): that is the minimax loss.": _after(gan.g_loss_minimax),
        "G has learnt to be called fake: its target is 1.": _after(_helps_d),
    }
    for words, other in told.items():
        expect(not np.allclose(got, other.weights(other.G), atol=1e-6), words)
    why = "In D's turn G has to stay; in its own its gradient goes through D."
    expect_close(got, ours.weights(ours.G), "G's weights after the turn", 1e-4, 1e-5, why=why)


def _after(loss=gan.g_loss, d_first=True):
    """A table after a turn of ours."""
    table = _Table()
    turns = [table.turn_of_d, lambda: table.turn_of_g(loss)]
    for turn in turns if d_first else turns[::-1]:
        turn()
    return table


def _helps_d(logits):
    return bce_with_logits(logits, 0.0).mean()


def _returns_both_losses(one_turn):
    """it should return D's loss and G's, each before its own step"""
    _, got = _played(one_turn)
    numbers = expect_numbers(got, ["D's loss", "G's loss"], "one_turn(...)")
    ours = _Table()
    expected = [ours.turn_of_d(), ours.turn_of_g()]
    expect_close(numbers, expected, "one_turn(...)", 1e-4, 1e-5, why="D's first, then G's.")


# unfair

SD = 0.07


def _gives_points(unfair):
    """it should return n points of the plane"""
    got = unfair(data.ring_centres(8, 1.4), 400)
    expect_shape(got, (400, 2), "unfair(centres, 400)", "One row for each fake.")
    expect(np.isfinite(np.asarray(got, float)).all(), "unfair(centres, 400) is not finite.")


def _passes_the_count(unfair):
    """it should have all modes found, and 98 % of the fakes good"""

    def holds(K, n):
        _, _, scores = _counted(unfair, K, n)
        call = f"For {K} centres and n = {n} "
        words = f"{scores.modes} modes are found, of {K}. Each needs {0.25 * n / K:.1f} good fakes."
        expect(scores.modes == K, call + words)
        good = f"{scores.high_quality:.1%} of the fakes are good, and it should be 98 %."
        expect(scores.high_quality >= 0.98, call + good)

    _for_many(holds)


def _is_unfair(unfair):
    """it should put more than 70 % of the fakes at one centre (80 % if there are two)"""

    def holds(K, n):
        points, centres, _ = _counted(unfair, K, n)
        near = np.linalg.norm(points[:, None] - centres, axis=2) <= 3 * SD  # (n, K)
        most, asked = near.mean(axis=0).max(), 0.8 if K == 2 else 0.7
        words = f"For {K} centres and n = {n} the fullest mode has {most:.1%} of the fakes, and "
        expect(most > asked, words + f"it should have more than {asked:.0%}.")

    _for_many(holds)


def _for_many(holds):
    holds(8, 400)
    for_any(holds, examples=20, K=st.integers(2, 10), n=st.integers(400, 600))


def _counted(unfair, K, n):
    """The fakes, the centres, and what the count says."""
    centres = data.ring_centres(K, 1.4).astype(float)
    got = unfair(centres.copy(), n)
    expect_shape(got, (n, 2), f"unfair({K} centres, {n})", "One row for each fake.")
    points = np.array(got, float)
    return points, centres, measure.mode_scores(points, centres, SD, 0.25 / K)


EXERCISES = [
    Exercise(
        "best_answer",
        properties=[_is_the_lessons_at_a_half, _is_the_share_where_nothing_is_seen, _pays_least],
        hint="In a small square there are now share * p real points and (1 - share) * q fakes. "
        "The lesson's formula holds for any two numbers of points.",
        stronger_hint="Put share * p in place of p, and (1 - share) * q in place of q.",
    ),
    Exercise(
        "best_arrow",
        properties=[
            _is_one_vector,
            _leads_to_the_real_heap_where_both_are_as_wide,
            _leads_away_from_crowded_fakes,
            _is_the_gradient,
        ],
        hint="log p(x) is -|x - real|^2 / (2 real_sd^2), plus a number that does not depend on x. "
        "The derivative of (x1 - a)^2 / 2 with respect to x1 is x1 - a.",
        stronger_hint="The gradient of log p is (real - x) / real_sd**2. That of -log q is "
        "(x - fakes) / fakes_sd**2.",
    ),
    Exercise(
        "one_turn",
        properties=[
            _moves_d_as_the_library_does,
            _moves_g_as_the_library_does,
            _returns_both_losses,
        ],
        hint="D: fakes under no_grad, both targets, a step. Then G: its fakes through D, with the "
        "target 1, and grad for the weights of G alone.",
        stronger_hint="loss_d = bce_with_logits(D(real), 1).mean() + bce_with_logits(D(fake), "
        "0).mean(); loss_g = bce_with_logits(D(G(z_for_g)), 1).mean().",
    ),
    Exercise(
        "unfair",
        properties=[_gives_points, _passes_the_count, _is_unfair],
        hint="A fake at a centre is good. Every mode needs 0.25 / K of all fakes, and no more.",
        stronger_hint="few = ceil(0.25 * n / K) copies of each centre but the first, and all the "
        "rest at the first. np.repeat(centres, numbers, axis=0) makes them.",
    ),
]
