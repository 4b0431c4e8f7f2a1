"""How good generated data are: what they cover, how real they look, which classes they show.

And how good the codes are that they come from. Every measure works in blocks, where its arrays
live or, if it counts or needs LAPACK, on the host. One number never tells the whole story:
precision without recall praises a generator that makes one perfect image again and again.
"""

# No file here is called as a function is: `measure.parzen` is the function, whoever came first.
from .classes import accuracy, class_counts, class_kl, kl_to, predict
from .codes import PCA, direction, pca, principal_angles
from .distances import nearest_distance
from .estimates import Estimate, Interval, estimate, interval
from .information import MIG, mig, mutual_information
from .judges import Judge, judge
from .likelihood import ElboSplit, active_units, elbo_split, kl_by_unit, log_evidence, nll
from .pixels import Moments, moments, sharpness
from .samples import (
    PRDC,
    Memorising,
    Modes,
    memorising,
    mode_scores,
    precision_recall_density_coverage,
    seen_share,
)
from .window import Parzen, parzen, parzen_window

__all__ = [
    "MIG", "PCA", "PRDC", "ElboSplit", "Estimate", "Interval", "Judge", "Memorising", "Modes",
    "Moments", "Parzen", "accuracy", "active_units", "class_counts", "class_kl", "direction",
    "elbo_split", "estimate", "interval", "judge", "kl_by_unit", "kl_to", "log_evidence",
    "memorising", "mig", "mode_scores", "moments", "mutual_information", "nearest_distance", "nll",
    "parzen", "parzen_window", "pca", "precision_recall_density_coverage", "predict",
    "principal_angles", "seen_share", "sharpness",
]  # fmt: skip
