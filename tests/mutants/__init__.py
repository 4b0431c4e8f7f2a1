"""Planted bugs: one-line changes of the library's source, each of which the tests must catch.

    python -m tests.mutants                  the score, and for every bug the test that caught it
    python -m tests.mutants --seeds 3        each must be caught with three of Hypothesis' seeds
    python -m tests.mutants --only adam      those with "adam" in their name or kind
    python -m tests.mutants.plant "tanh: plus for minus" tests/test_functions.py -x
                                             one bug under any tests: to see what they say of it

`planted.py` lists the bugs, `plant.py` runs pytest on a library that has one, `score.py` counts.
The source tree is never written to: the changed text exists in one process's memory alone.
"""
