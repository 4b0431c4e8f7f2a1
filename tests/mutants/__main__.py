"""`python -m tests.mutants`: see `score.py`."""

import sys

from tests.mutants.score import main

if __name__ == "__main__":  # and not in the processes that this one starts
    sys.exit(main())
