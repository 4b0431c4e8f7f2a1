"""What is planted in `backend/__init__.py`."""

from tests.mutants.planted.mutant import Mutant

PLANTED: dict[str, list[Mutant]] = {
    "float64 leak": [
        Mutant(
            "normal: noise drawn in float64",
            "backend/__init__.py",
            "return asarray(rng.standard_normal(shape, dtype=_Choice.float_type))",
            "return asarray(rng.standard_normal(shape))",
            "the sample of a float32 VAE is float64",
        ),
    ],
    "batches": [
        Mutant(
            "uniform: from -1 on",
            "backend/__init__.py",
            "return asarray(rng.random(shape, dtype=_Choice.float_type))",
            "return asarray(rng.random(shape, dtype=_Choice.float_type) * 2 - 1)",
            "WGAN-GP's points lie beyond the images",
        ),
    ],
}
