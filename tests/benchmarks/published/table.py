"""Our figures beside the papers', as one Markdown table, from the result files that are there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tests.benchmarks.published.augment import comparison
from tests.benchmarks.published.runs import RESULTS, results


class Line(NamedTuple):
    """A line of the table: what a paper printed, and how to print ours."""

    row: str
    what: str
    published: str
    ours: Callable[[list[dict]], str]


def spread(runs: Sequence[dict], figure: str, digits: int = 2, scale: float = 1) -> str:
    """`mean (least to most)` of a figure over the seeds, or the one value."""
    values = np.array([run["figures"][figure] for run in runs]) * scale
    if len(values) == 1:
        return f"{values[0]:.{digits}f}"
    return f"{values.mean():.{digits}f} ({values.min():.{digits}f} to {values.max():.{digits}f})"


def several(figures: Sequence[str], digits: int = 3) -> Callable[[list[dict]], str]:
    """Figures side by side, each run's or, for several seeds, each with its spread."""
    return lambda runs: " / ".join(spread(runs, figure, digits) for figure in figures)


def likelihood(runs: list[dict]) -> str:
    """The NLL, its standard error over the test images, and the active units."""
    units = "/".join(str(run["figures"]["active_units"]) for run in runs)
    error = runs[0]["figures"]["standard_error"]
    return f"**{spread(runs, 'nll')}**, standard error {error:.2f}; {units} active units"


def parzen(runs: list[dict]) -> str:
    """The Parzen window's nats, each seed's with its standard error."""
    each = [f"{r['figures']['parzen']:.1f} ± {r['figures']['standard_error']:.1f}" for r in runs]
    return f"**{', '.join(each)}**"


def toy(runs: list[dict]) -> str:
    """Modes, share of high quality, reverse KL, and how wide the modes are (1 is the data's)."""
    modes = [run["figures"]["modes"] for run in runs]
    quality = [100 * run["figures"]["high_quality"] for run in runs]
    kl = [run["figures"]["kl"] for run in runs]
    return (
        f"**{np.mean(modes):.1f} modes (fewest {min(modes)}), {np.mean(quality):.2f} %** "
        f"({min(quality):.2f} to {max(quality):.2f}), KL {np.mean(kl):.4f} (most {max(kl):.4f}), "
        f"width {spread(runs, 'width')}"
    )


PRDC = ("precision", "recall", "density", "coverage")

LINES = (
    Line("vae", "VAE, one layer, k = 1: test NLL by L_5000, nats", "86.76 (19 active)", likelihood),
    Line("iwae5", "IWAE, one layer, k = 5: the same", "85.54 (22 active)", likelihood),
    Line("iwae50", "IWAE, one layer, k = 50: the same", "84.78 (25 active)", likelihood),
    Line("gan", "GAN, Parzen window, nats", "225 ± 2", parzen),
    Line("gan", "... precision / recall / density / coverage", "(a)", several(PRDC)),
    Line("gan_article", "GAN, the article's nets, Parzen window, nats", "225 ± 2", parzen),
    Line("gan_article", "... precision / recall / density / coverage", "(a)", several(PRDC)),
    Line("ring", "ring of 8, 2,500 samples", "7.9 ± .1 modes, 95.6 %, KL .07 (PacGAN2)", toy),
    Line("grid", "grid of 25, 2,500 samples", "24.8 ± .2 modes, 93.6 %, KL .04 (PacGAN4)", toy),
)


def minutes(runs: Sequence[dict]) -> str:
    """Minutes of one core, a run."""
    used = [run["cpu_minutes"] for run in runs]
    return f"{np.mean(used):.1f}"


def table(folder: Path = RESULTS) -> str:
    """The table; a row without result files says how to make them."""
    lines = ["| what | published | ours | seeds | minutes a run |", "|---|---|---|---|---|"]
    for row, what, published, ours in LINES:
        runs = results(row, folder)
        if runs:
            seeds = ", ".join(str(run["seed"]) for run in runs)
            lines.append(f"| {what} | {published} | {ours(runs)} | {seeds} | {minutes(runs)} |")
        else:
            todo = f"`python -m tests.benchmarks.published {row}`"
            lines.append(f"| {what} | {published} | not run yet: {todo} | | |")
    return "\n".join(lines)


def lie(folder: Path = RESULTS) -> str:
    """The Parzen window beside precision, recall, density and coverage, of data and of averages."""
    lines = ["| samples | Parzen window, nats | precision / recall / density / coverage |"]
    lines += ["|---|---|---|"]
    for run in results("parzen_lie", folder):
        figures = run["figures"]
        for name, what in SAMPLES.items():
            nats = f"{figures[name]:.1f} ± {figures[f'{name}_error']:.1f}"
            scores = " / ".join(f"{figures[f'{name}_{score}']:.3f}" for score in PRDC)
            lines.append(f"| {what} | {nats} | {scores} |")
    return "\n".join(lines)


SAMPLES = {
    "real_10000": "10,000 real training images",
    "kmeans_10000": "10,000 k-means centroids of them",
    "real_1000": "1,000 real training images",
    "kmeans_1000": "1,000 k-means centroids",
}


def everything(folder: Path = RESULTS) -> str:
    """All three tables."""
    runs = results("augment", folder)
    return "\n\n".join([table(folder), lie(folder), *([comparison(runs)] if runs else [])])
