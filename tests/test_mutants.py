"""The planted bugs are planted where they should be, and the tests catch them.

Here six are caught, one of each corner; `python -m pytest -m slow tests/test_mutants.py` and
`python -m tests.mutants` hunt for all.
"""

import functools
import hashlib
import sys

import pytest

from tests.mutants import plant, score, sweep
from tests.mutants.planted import LIBRARY, PLANTED, Mutant, named, planted
from tests.mutants.survivors import HARMLESS, reason

EVERY = planted()
KINDS_ASKED_FOR = {  # of the people who listed what must not be missed
    "sign",
    "factor",
    "missing or extra transpose",
    "missing sum_to",
    "= for +=",
    "a gradient shaped like the slice",
    "repeated indices assigned",
    "leaves merged by equal value",
    "no topological order",
    "ones for the cotangent",
    "float64 leak",
    "aliasing",
    "mutation of g, y or the data",
    "saturated logits",
    "clipping that zeroes the gradient",
    "stale weights",
    "Adam and SGD",
    "VAE: the sample",
    "VAE: the bound",
    "GAN: the losses",
    "GAN: the steps",
}
HARMLESS_BUG = Mutant(
    name="adam: another name for a number",
    file="optim.py",
    old="return f\"Adam(",
    new="return f\"\" f\"Adam(",
    why="it does nothing at all",
    kind="none",
)


@pytest.fixture(scope="module")
def pool():
    """Two processes at a time, which start from the root of the project, as pytest did."""
    with score.processes(2) as pool:
        yield pool


# Where they are planted.


@functools.cache
def compiled(source):
    return compile(source, "a file", "exec")


@pytest.mark.parametrize("mutant", EVERY, ids=[m.name for m in EVERY])
def test_a_planted_bug_changes_one_line_of_code_that_stands_there_once(mutant):
    before, after = mutant.source, mutant.applied_to(mutant.source)  # ValueError, if it is not once
    pairs = list(zip(before.splitlines(), after.splitlines(), strict=True))
    assert len([a for a, b in pairs if a != b]) == 1
    assert compiled(before) != compile(after, "a file", "exec")  # more than a comment


def test_a_planted_bug_that_no_longer_applies_is_an_error():
    mutant = EVERY[0]
    for source in ("", 2 * mutant.source):
        with pytest.raises(ValueError, match=r"(?s)expected its text once.*plant the bug anew"):
            mutant.applied_to(source)


def test_every_planted_bug_has_a_name_of_its_own_and_says_how_it_hides():
    assert len({m.name for m in EVERY}) == len({(m.file, m.new, m.old) for m in EVERY}) >= 80
    assert all(m.why and ": " in m.name for m in EVERY)
    assert named(EVERY[-1].name) == EVERY[-1]


def test_every_kind_of_bug_that_was_asked_for_is_planted():
    assert set(PLANTED) >= KINDS_ASKED_FOR
    assert all(PLANTED.values())


def test_every_file_with_a_bug_has_tests_next_to_it():
    for mutant in {mutant.file: mutant for mutant in EVERY}.values():
        assert score.near(mutant)[0].startswith("tests/test_")
        assert not set(score.near(mutant)) & set(score.rest(mutant))
        assert "tests/test_mutants.py" not in score.near(mutant) + score.rest(mutant)


# What becomes of them.


def test_without_a_bug_the_same_tests_pass(pool):
    tests = ["tests/test_optim.py", "scratchgen/optim.py"]
    assert pool.submit(plant.failures, None, tests).result() == []


@pytest.mark.parametrize(
    ("name", "tests"),
    [
        ("grad: the order of discovery", "tests/test_engine.py"),
        ("matmul2d: gradient of a without the transpose", "tests/test_functions.py"),
        ("check_grad: a cotangent of ones", "tests/test_gradcheck.py"),
        ("adam: eps inside the root", "tests/test_optim.py"),
        ("reparameterise: exp(log_var) for the std", "tests/test_vae.py"),
        ("g_step: the loss on the generator's own output", "tests/test_gan.py"),
    ],
)
def test_a_planted_bug_is_caught(pool, name, tests):
    caught_by = pool.submit(plant.failures, named(name), [tests]).result()
    assert [test.split("::")[0] for test in caught_by] == [tests]  # one: it stops at the first


def test_a_change_that_does_nothing_survives_and_the_score_says_so(monkeypatch):
    monkeypatch.setitem(score.NEAR, "optim", [])
    monkeypatch.setattr(score, "rest", lambda mutant: ["scratchgen/optim.py"])
    said = []
    assert not score.score([HARMLESS_BUG], seeds=1, jobs=1, say=said.append)
    text = "\n".join(said)
    assert "SURVIVED  adam: another name for a number  (optim.py): it does nothing at all" in text
    assert '+        return f"" f"Adam(' in text
    assert "0 of 1 planted bugs caught (0.0 %)" in text


def test_a_bug_must_be_planted_before_the_library_is_imported():
    assert "scratchgen" in sys.modules
    with pytest.raises(RuntimeError, match="scratchgen is imported already, without the bug"):
        plant.plant(EVERY[0])


def test_what_a_test_imports_is_what_was_changed():
    assert plant.is_planted(EVERY[0]) is False  # here, where nothing is planted


def test_the_source_tree_is_left_as_it_was(pool):
    def contents():
        files = [*LIBRARY.rglob("*.py"), *LIBRARY.rglob("*.pyc")]
        return {f: hashlib.sha256(f.read_bytes()).hexdigest() for f in files}

    before = contents()
    assert pool.submit(plant.failures, named("adam: uphill"), ["tests/test_optim.py"]).result()
    assert contents() == before


# The sweep, of which cosmic-ray makes the changes.


def test_every_harmless_change_is_of_a_line_that_still_stands_there():
    for known in HARMLESS:
        lines = [line.strip() for line in (LIBRARY / known.file).read_text("utf-8").splitlines()]
        assert known.line in lines, f"{known.file}: {known.line}"
        assert known.why


def test_a_change_is_harmless_only_where_line_and_change_are_those_explained():
    known = next(known for known in HARMLESS if known.change == "<= 0")
    assert reason(known.file, known.line, "if x.size <= 0:") == known.why
    assert not reason(known.file, known.line, "if x.size < 0:")
    assert not reason("optim.py", known.line, "if x.size <= 0:")


def test_the_sweep_changes_what_python_runs_and_leaves_annotations_alone():
    pytest.importorskip("cosmic_ray", reason="the sweep needs it: pip install cosmic-ray")
    changes = [sweep.changed_lines(m.old, m.new) for m in sweep.mutants("optim.py")]
    assert any("root = ((1 + beta2**self.t)" in after for _, _, after in changes)
    assert not [b for _, b, a in changes if b.partition("->")[2] != a.partition("->")[2]]


def test_a_change_that_no_test_notices_survives_the_sweep(monkeypatch):
    monkeypatch.setattr(sweep, "portions", lambda mutant: [["scratchgen/optim.py"]])
    outcomes = sweep.sweep([HARMLESS_BUG, named("adam: uphill")], 1, 1, lambda line: None)
    assert [bool(outcome.caught_by) for outcome in outcomes] == [False, True]
    assert "SURVIVED" in sweep.line(outcomes[0])
    assert "1 of     2 caught (50.0 %), 0 of 1 survivors explained" in sweep.report(outcomes, 1.0)


@pytest.mark.slow
def test_every_planted_bug_is_caught_with_three_seeds(capsys):
    def say(text):
        with capsys.disabled():
            print(text)

    assert score.score(EVERY, seeds=3, jobs=2, say=say)
