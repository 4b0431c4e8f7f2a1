"""What is planted in `data/`."""

from tests.mutants.planted.mutant import Mutant

PLANTED: dict[str, list[Mutant]] = {
    "float64 leak": [
        Mutant(
            "binarize: pixels in float64",
            "data/dataset.py",
            "dtype=np.float32) < x).astype(np.float32)",
            "dtype=np.float32) < x).astype(np.float64)",
            "every batch is converted once more",
        ),
    ],
    "batches": [
        Mutant(
            "batches, epoch: one order for all epochs",
            "data/dataset.py",
            "order = rng.permutation(n)",
            "order = np.random.default_rng(0).permutation(n)",
            "every batch meets its companions again",
        ),
        Mutant(
            "batches, epoch: the order of the file",
            "data/dataset.py",
            "order = rng.permutation(n)",
            "order = np.arange(n)",
            "all zeros first, then all ones",
        ),
        Mutant(
            "batches, epoch: drawn with replacement",
            "data/dataset.py",
            "order = rng.permutation(n)",
            "order = rng.integers(0, n, n)",
            "a third of the images is left out",
        ),
        Mutant(
            "batches, epoch: the last row of each is lost",
            "data/dataset.py",
            "(order[start : start + size] for start",
            "(order[start : start + size - 1] for start",
            "no error anywhere",
        ),
        Mutant(
            "binarize: rounded, not drawn",
            "data/dataset.py",
            "return (rng.random(x.shape, dtype=np.float32) < x)",
            "return (rng.random(x.shape, dtype=np.float32) * 0 + 0.5 < x)",
            "a thinner data set, the same every epoch",
        ),
        Mutant(
            "binarize: the negative",
            "data/dataset.py",
            "return (rng.random(x.shape, dtype=np.float32) < x)",
            "return (rng.random(x.shape, dtype=np.float32) > x)",
            "white digits on black become black on white",
        ),
    ],
}
