"""Published packages with gradients of their own, as they are on PyPI: what our proofs find there.

Each file names its package and version. What was found is shown twice: by `prove`, and by hand,
in a few lines that need nothing of this library. None of it is a judgement of a package: most of
these functions are right, and a test that says so stands beside.
"""
