"""Wrong answers to the exercises of lesson 13, and what the report must say of each."""

TURN = """\
def wgan_gp_turn(theta, psi, h, weight):
    psi = psi - h * (theta + 2 * weight * (abs(psi) - 1) * np.sign(psi))
    return theta + h * psi, psi
"""

DIAGNOSE = """\
def diagnose(d_loss, width, moved):
    if d_loss < 0.1 and width < 0.3:
        return "collapse, and D wins"
    if d_loss < 0.1:
        return "D wins"
    if width < 0.3:
        return "collapse"
    return "oscillation" if moved > 0.5 else "healthy"
"""


def with_change(source, old, new):
    assert old in source
    return source.replace(old, new)


def blur(line):
    return f"def blurred(x, turn, turns, start, rng):\n    {line}"


MISTAKES = {
    "wgan_gp_turn": {
        "no sign": (
            with_change(TURN, " * np.sign(psi)", ""),
            r"the new psi of .*expected -0\.6, got -0\.4.*the sign of psi",
        ),
        "a penalty on psi - 1": (
            with_change(TURN, "(abs(psi) - 1) * np.sign(psi)", "(psi - 1)"),
            r"expected -0\.6, got -0\.2",
        ),
        "both at once": (
            "def wgan_gp_turn(theta, psi, h, weight):\n"
            "    slope = theta + 2 * weight * (abs(psi) - 1) * np.sign(psi)\n"
            "    return theta + h * psi, psi - h * slope",
            r"expected 2\.08, got 2\.1",
        ),
        "no factor of 2": (
            with_change(TURN, "2 * weight", "weight"), r"expected -0\.6, got -0\.55",
        ),
        "R1 in its place": (
            with_change(TURN, "2 * weight * (abs(psi) - 1) * np.sign(psi)", "2 * weight * psi"),
            r"expected 2\.08, got",
        ),
        "the other order": (
            with_change(TURN, "theta + h * psi, psi", "psi, theta + h * psi"),
            r"expected 2\.08, got 0\.8",
        ),
    },
    "blurred": {
        "noise that grows": (
            blur("return x + start * (turn / turns) * rng.standard_normal(x.shape)"),
            r"There the noise has fallen to 0",
        ),
        "noise that stays": (
            blur("return x + start * rng.standard_normal(x.shape)"),
            r"There the noise has fallen to 0",
        ),
        "one number for all": (
            blur("return x + start * (1 - turn / turns) * rng.standard_normal()"),
            r"Some of the 150 numbers have the same noise",
        ),
        "one for each row": (
            blur("return x + start * (1 - turn / turns) * rng.standard_normal((len(x), 1))"),
            r"Some of the 150 numbers have the same noise",
        ),
        "the variance falls": (
            blur("return x + start * (1 - turn / turns) ** 0.5 * rng.standard_normal(x.shape)"),
            r"the noise has the standard deviation .* and it should be",
        ),
        "not centred": (
            blur("return x + start * (1 - turn / turns) * (rng.standard_normal(x.shape) + 1)"),
            r"the noise has the mean .* and it should be near 0",
        ),
        "x is changed": (
            blur("x += start * (1 - turn / turns) * rng.standard_normal(x.shape)\n    return x"),
            r"It has changed x itself",
        ),
    },
    "diagnose": {
        "either before both": (
            "def diagnose(d_loss, width, moved):\n"
            '    if d_loss < 0.1:\n        return "D wins"\n'
            '    if width < 0.3:\n        return "collapse"\n'
            '    return "oscillation" if moved > 0.5 else "healthy"',
            r"gives 'D wins', and it should be .collapse, and D wins.",
        ),
        "motion asked first": (
            with_change(
                DIAGNOSE, "    if d_loss < 0.1 and",
                '    if moved > 0.5:\n        return "oscillation"\n    if d_loss < 0.1 and',
            ),
            r"gives 'oscillation', and it should be .collapse",
        ),
        "the loss of a level game": (
            with_change(DIAGNOSE, "if d_loss < 0.1:", "if d_loss < 1:"),
            r"gives 'D wins', and it should be",
        ),
        "nothing returned": (
            with_change(DIAGNOSE, 'return "oscillation" if moved > 0.5 else "healthy"', "return"),
            r"gives None, and it should be .oscillation",
        ),
    },
    "too_much": {
        "the best weight": ("def too_much(h):\n    return 0.5", r"r never exceeds 1 within"),
        "ten times the best": ("def too_much(h):\n    return 5.0", r"r never exceeds"),
        "right for one step": ("def too_much(h):\n    return 15.0", r"for h = 0\.\d+ it gives 15"),
        "far too much": (
            "def too_much(h):\n    return 10 / h", r"With half of it, r reaches .*How does it dep",
        ),
        "nothing": ("def too_much(h):\n    return -1 / h", r"and not positive"),
    },
}  # fmt: skip
