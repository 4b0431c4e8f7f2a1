"""Wrong answers to the exercises of lesson 11, and what the report must say of each."""

TURN = """\
def one_turn(G, D, g_optimiser, d_optimiser, real, z_for_d, z_for_g):
    with no_grad():
        fake = G(z_for_d)
    loss_d = bce_with_logits(D(real), 1).mean() + bce_with_logits(D(fake), 0).mean()
    d_optimiser.step(grad(loss_d, D.parameters()))
    loss_g = bce_with_logits(D(G(z_for_g)), 1).mean()
    g_optimiser.step(grad(loss_g, G.parameters()))
    return float(detach(loss_d)), float(detach(loss_g))
"""


def turn_with(old, new):
    assert old in TURN
    return TURN.replace(old, new)


D_MOVES = "    d_optimiser.step(grad(loss_d, D.parameters()))\n"
G_MOVES = "    g_optimiser.step(grad(loss_g, G.parameters()))\n"
G_LOSS = "    loss_g = bce_with_logits(D(G(z_for_g)), 1).mean()\n"

MISTAKES = {
    "best_answer": {
        "the lesson's": (
            "def best_answer(p, q, share=0.5):\n    return p / (p + q)",
            r"share=0\.9\): expected 0\.9, got 0\.5.*what remains is how many are real",
        ),
        "the share of real points alone": (
            "def best_answer(p, q, share=0.5):\n    return share * p / (share * p + q)",
            r"expected 0\.75, got 0\.6",
        ),
        "a mean of the two": (
            "def best_answer(p, q, share=0.5):\n"
            "    return 2 * share * p / (p + q) if share <= 0.5 else share + 0 * p",
            r"There it pays .* it would pay",
        ),
    },
    "best_arrow": {
        "only towards the real points": (
            "def best_arrow(x, real, real_sd, fakes, fakes_sd):\n"
            "    return (real - x) / real_sd**2",
            r"arrow at \(5, 3\).*expected 1, got -4",
        ),
        "the sign of one part": (
            "def best_arrow(x, real, real_sd, fakes, fakes_sd):\n"
            "    return (real - x) / real_sd**2 + (fakes - x) / fakes_sd**2",
            r"arrow at \(5, 3\).*expected 1, got -9",
        ),
        "downhill": (
            "def best_arrow(x, real, real_sd, fakes, fakes_sd):\n"
            "    return (x - real) / real_sd**2 + (fakes - x) / fakes_sd**2",
            r"expected 1, got -1",
        ),
        "the standard deviation for the variance": (
            "def best_arrow(x, real, real_sd, fakes, fakes_sd):\n"
            "    return (real - x) / real_sd + (x - fakes) / fakes_sd",
            r"expected 0\.49995, got 0\.495",
        ),
        "a number": (
            "def best_arrow(x, real, real_sd, fakes, fakes_sd):\n"
            "    return ((real - x) / real_sd**2 + (x - fakes) / fakes_sd**2).sum()",
            r"expected shape \(2,\), got \(\)",
        ),
    },
    "one_turn": {
        "the targets swapped": (
            turn_with(
                "bce_with_logits(D(real), 1).mean() + bce_with_logits(D(fake), 0)",
                "bce_with_logits(D(real), 0).mean() + bce_with_logits(D(fake), 1)",
            ),
            r"D has learnt that fakes are real",
        ),
        "G asks the D of before": (
            turn_with(D_MOVES + G_LOSS + G_MOVES, G_LOSS + G_MOVES + D_MOVES),
            r"G has asked the D of before",
        ),
        "the minimax loss": (
            turn_with("bce_with_logits(D(G(z_for_g)), 1)", "-bce_with_logits(D(G(z_for_g)), 0)"),
            r"that is the minimax loss",
        ),
        "G helps D": (
            turn_with("D(G(z_for_g)), 1)", "D(G(z_for_g)), 0)"),
            r"learnt to be called fake: its target is 1",
        ),
        "no turn of D": (turn_with(D_MOVES, ""), r"D has not moved at all"),
        "no turn of G": (turn_with(G_MOVES, ""), r"G has not moved at all"),
        "G moves in D's turn, too": (
            turn_with(
                "    with no_grad():\n        fake = G(z_for_d)\n", "    fake = G(z_for_d)\n"
            ).replace(
                D_MOVES,
                "    moved = grad(loss_d, D.parameters() + G.parameters())\n"
                "    k = len(D.parameters())\n"
                "    d_optimiser.step(moved[:k])\n    g_optimiser.step(moved[k:])\n",
            ),
            r"In D's turn G has to stay",
        ),
        "the losses the other way round": (
            turn_with(
                "float(detach(loss_d)), float(detach(loss_g))",
                "float(detach(loss_g)), float(detach(loss_d))",
            ),
            r"D's first, then G's",
        ),
    },
    "unfair": {
        "as it should be": (
            "def unfair(centres, n):\n"
            "    return np.repeat(centres, -(-n // len(centres)), axis=0)[:n]",
            r"the fullest mode has .* it should have more than 70%",
        ),
        "all at one centre": (
            "def unfair(centres, n):\n    return np.repeat(centres[:1], n, axis=0)",
            r"1 modes are found, of 8\. Each needs 12\.5 good fakes",
        ),
        "one fake for each of the others": (
            "def unfair(centres, n):\n"
            "    rest = n - len(centres) + 1\n"
            "    return np.concatenate([np.repeat(centres[:1], rest, axis=0), centres[1:]])",
            r"1 modes are found, of 8",
        ),
        "rounded down": (
            "def unfair(centres, n):\n"
            "    K, few = len(centres), int(0.25 * n / len(centres))\n"
            "    return np.repeat(centres, [n - (K - 1) * few] + [few] * (K - 1), axis=0)",
            r"1 modes are found, of 8\. Each needs 12\.5",
        ),
    },
}
