"""The commands of `python -m scratchgen`, a file each: train, sample, edit, measure, export, runs.

They translate words into calls of the library, and what it refuses into one sentence.
"""
