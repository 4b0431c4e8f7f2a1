"""The papers' figures, measured again: one command a row, and one that prints them side by side.

    python -m tests.benchmarks.published                  the rows there are
    python -m tests.benchmarks.published ring --seed 3    train, measure, write results/ring-3.json
    python -m tests.benchmarks.published table            our figures beside the papers'

A run that was stopped goes on where it was. Rows on MNIST need SCRATCHGEN_DATA or a network. One
thread each (OPENBLAS_NUM_THREADS=1, set here unless it is set already), so that minutes are those
of one core. No test image takes part in any choice: settings were chosen on the last 10,000
training images.
"""
