"""What is asked of the answers to lesson 13."""

import math

import numpy as np
from hypothesis import strategies as st

from lessons.runner.expect import (
    Exercise,
    expect,
    expect_close,
    expect_numbers,
    expect_shape,
    for_any,
)
from scratchgen import Tensor, gan, grad
from scratchgen.testing import floats

places = floats(-2, 2)
slopes = st.one_of(floats(0.125, 2), floats(-2, -0.125))
steps, weights = floats(0.0625, 0.5), floats(0.125, 5)


# wgan_gp_turn


def _is_the_plain_turn_where_the_penalty_is_least(wgan_gp_turn):
    """it should be the turn without a penalty at psi = 1"""
    got = _pair(wgan_gp_turn, 2.0, 1.0, 0.1, 5.0)
    why = "D steps to 1 - 0.1 * 2 = 0.8, then G to 2 + 0.1 * 0.8."
    expect_close(got, [2.08, 0.8], "wgan_gp_turn(2, 1, 0.1, 5)", why=why)


def _pulls_a_negative_slope_to_minus_one(wgan_gp_turn):
    """it should pull a negative slope towards -1, not towards 1"""
    got = _pair(wgan_gp_turn, 0.0, -0.5, 0.1, 1.0)
    why = "With theta = 0 only the penalty is left. Its derivative has the sign of psi as a factor."
    expect_close(got[1], -0.6, "the new psi of wgan_gp_turn(0, -0.5, 0.1, 1)", why=why)


def _descends_both_losses(wgan_gp_turn):
    """it should take a step of each player down the library's losses, D's first"""

    def holds(theta, psi, h, weight):
        ours = _by_the_library(theta, psi, h, weight)
        got = _pair(wgan_gp_turn, theta, psi, h, weight)
        call = f"wgan_gp_turn({theta:g}, {psi:g}, {h:g}, {weight:g})"
        why = "It is (theta, psi): D's step first, then G's with the new psi."
        expect_close(got, ours, call, 1e-6, 1e-6, why=why)

    for_any(holds, theta=places, psi=slopes, h=steps, weight=weights)


def _pair(wgan_gp_turn, *given):
    got = wgan_gp_turn(*given)
    return np.array(expect_numbers(got, ["theta", "psi"], "wgan_gp_turn(...)"), float)


def _by_the_library(theta, psi, h, weight):
    """The same turn, by the library's losses and gradients."""
    slope, place = Tensor(np.array([[psi]])), np.array([[theta]])
    critic = lambda x: x @ slope
    real = np.zeros((1, 1))
    penalty = gan.gradient_penalty(critic, real, place, np.random.default_rng(0))
    loss = gan.critic_loss(critic(real), critic(place)) + weight * penalty
    psi = psi - h * float(grad(loss, slope)[0, 0])
    fake = Tensor(place)
    return theta - h * float(grad(gan.critic_g_loss(fake * psi), fake)[0, 0]), psi


# blurred


def _returns_points_of_the_same_shape(blurred):
    """it should return an array of the shape of x, and leave x as it is"""
    x = np.ones((5, 2))
    got = blurred(x, 0, 10, 1.0, np.random.default_rng(0))
    expect_shape(got, (5, 2), "blurred(x of shape (5, 2), ...)", "Each number has its own noise.")
    expect((x == 1).all(), "It has changed x itself. Write x + ..., and not x += ...")


def _has_no_noise_at_the_end(blurred):
    """it should be x itself at the last turn"""
    x = np.arange(6.0).reshape(3, 2)
    got = blurred(x, 10, 10, 1.0, np.random.default_rng(0))
    expect_close(got, x, "blurred(x, 10, 10, start=1)", why="There the noise has fallen to 0.")


def _gives_each_number_its_own_noise(blurred):
    """it should add another random number to each number of x"""
    noise = np.asarray(blurred(np.zeros((50, 3)), 0, 10, 1.0, np.random.default_rng(0)), float)
    expect(len(np.unique(noise)) == 150, "Some of the 150 numbers have the same noise.")


def _falls_in_a_straight_line(blurred):
    """it should have noise of standard deviation start * (1 - turn / turns)"""

    def holds(turn, turns, start):
        turn = min(turn, turns)
        x = np.zeros((2000, 2))
        got = np.asarray(blurred(x, turn, turns, start, np.random.default_rng(0)), float)
        expected = start * (1 - turn / turns)
        call = f"with turn = {turn}, turns = {turns} and start = {start:g} the noise has the "
        words = f"standard deviation {got.std():.3f}, and it should be {expected:.3f}."
        expect(abs(got.std() - expected) <= 0.06 * expected + 1e-9, call + words)
        still = f"the noise has the mean {got.mean():.3f}, and it should be near 0."
        expect(abs(got.mean()) <= 0.1 * expected + 1e-9, call[: call.index("the noise")] + still)

    for_any(holds, examples=40, turn=st.integers(0, 100), turns=st.integers(1, 100),
            start=floats(0.125, 2))  # fmt: skip


# diagnose


def _names_the_lessons_games(diagnose):
    """it should name the games of the lesson"""
    games = {
        "collapse": (1.44, 0.11, 1.5),
        "D wins": (0.0, 0.9, 0.0),
        "collapse, and D wins": (0.0, 0.0, 0.0),
        "oscillation": (1.3, 0.9, 1.2),
        "healthy": (1.35, 1.0, 0.1),
    }
    for name, readings in games.items():
        got = diagnose(*readings)
        call = "for d_loss {:g}, width {:g} and moved {:g} ".format(*readings)
        expect(got == name, call + f'it gives {got!r}, and it should be "{name}".')


def _asks_in_the_right_order(diagnose):
    """it should ask for D's loss and the width first, and only then how far fakes have moved"""

    def holds(d_loss, width, moved):
        words = [name for name, so in (("collapse", width < 0.3), ("D wins", d_loss < 0.1)) if so]
        other = "oscillation" if moved > 0.5 else "healthy"
        expected = ", and ".join(words) or other
        got = diagnose(d_loss, width, moved)
        call = f"for d_loss {d_loss:g}, width {width:g} and moved {moved:g} "
        expect(got == expected, call + f'it gives {got!r}, and it should be "{expected}".')

    near = lambda edge, most: st.one_of(floats(0, edge), floats(0, most))
    for_any(holds, d_loss=near(0.25, 3), width=near(0.5, 2), moved=near(1, 3))


# too_much

FAR, NEAR, TURNS = 1000, 1.1, 200


def _is_a_number(too_much):
    """it should return one positive number"""
    got = expect_numbers(too_much(0.1), ["the weight"], "too_much(0.1)")
    expect(np.isfinite(got[0]) and got[0] > 0, f"too_much(0.1) is {got[0]:g}, and not positive.")


def _flies_away(too_much):
    """it should make r exceed 1,000 within 200 turns"""

    def holds(h):
        weight = float(too_much(h))
        most = _furthest(h, weight)
        call = f"for h = {h:g} it gives {weight:g}. With that weight "
        words = f"r never exceeds {most:.4g} within {TURNS} turns. When does D's step overshoot?"
        expect(most > FAR, call + words)

    _for_steps(holds)


def _does_not_with_half_of_it(too_much):
    """it should be a weight of which half is not too much"""

    def holds(h):
        weight = float(too_much(h))
        most = _furthest(h, weight / 2)
        call = f"for h = {h:g} it gives {weight:g}. With half of it, "
        words = f"r reaches {most:.4g}, and it should stay below {NEAR}."
        expect(most <= NEAR, call + words + " How does it depend on h?")

    _for_steps(holds)


def _for_steps(holds):
    holds(0.1)
    for_any(holds, examples=20, h=floats(0.03125, 0.5))


def _furthest(h, weight):
    """The largest r of the non-saturating game in turns, with R1."""
    theta, psi, most = 1.0, 0.0, 1.0
    for _ in range(TURNS):
        D = (1 + math.tanh(psi * theta / 2)) / 2
        psi = psi - h * (D * theta + 2 * weight * psi)
        D = (1 + math.tanh(psi * theta / 2)) / 2
        theta = theta + h * (1 - D) * psi
        most = max(most, math.hypot(theta, psi))
        if most > FAR:
            break
    return most


EXERCISES = [
    Exercise(
        "wgan_gp_turn",
        properties=[
            _is_the_plain_turn_where_the_penalty_is_least,
            _pulls_a_negative_slope_to_minus_one,
            _descends_both_losses,
        ],
        hint="By the chain rule, that of (|psi| - 1)^2 is 2 (|psi| - 1) times that of |psi|.",
        stronger_hint="psi = psi - h * (theta + 2 * weight * (abs(psi) - 1) * np.sign(psi)), and "
        "then theta + h * psi.",
    ),
    Exercise(
        "blurred",
        properties=[
            _returns_points_of_the_same_shape,
            _has_no_noise_at_the_end,
            _gives_each_number_its_own_noise,
            _falls_in_a_straight_line,
        ],
        hint="After half of the turns, half of `start` is left.",
        stronger_hint="The standard deviation is start * (1 - turn / turns), and "
        "rng.standard_normal(x.shape) has the standard deviation 1.",
    ),
    Exercise(
        "diagnose",
        properties=[_names_the_lessons_games, _asks_in_the_right_order],
        hint="Ask for both accidents at once before you ask for either of them.",
        stronger_hint='if d_loss < 0.1 and width < 0.3: return "collapse, and D wins". Then each '
        "of the two, and at last how far the fakes have moved.",
    ),
    Exercise(
        "too_much",
        properties=[_is_a_number, _flies_away, _does_not_with_half_of_it],
        hint="The penalty's part of D's step makes psi into (1 - 2 * weight * h) * psi. For which "
        "weights does that grow?",
        stronger_hint="It grows if 2 * weight * h is more than 2. Take a weight between 1 / h and "
        "2 / h.",
    ),
]
