"""How good generated data are: what they cover, how real they look, which classes they show.

Every measure runs where its arrays live, in blocks, and returns plain Python numbers. One number
never tells the whole story: precision without recall praises a generator that makes one perfect
image again and again.
"""

# No file here is called as a function is: `measure.parzen` is the function, whoever came first.
from .classes import accuracy, class_counts, class_kl, kl_to, predict
from .distances import nearest_distance
from .estimates import Estimate, estimate
from .likelihood import ElboSplit, active_units, elbo_split, log_evidence, nll
from .samples import (
    PRDC,
    Memorising,
    Modes,
    memorising,
    mode_scores,
    precision_recall_density_coverage,
)
from .window import Parzen, parzen, parzen_window

__all__ = [
    "PRDC", "ElboSplit", "Estimate", "Memorising", "Modes", "Parzen", "accuracy", "active_units",
    "class_counts", "class_kl", "elbo_split", "estimate", "kl_to", "log_evidence", "memorising",
    "mode_scores", "nearest_distance", "nll", "parzen", "parzen_window",
    "precision_recall_density_coverage", "predict",
]  # fmt: skip
