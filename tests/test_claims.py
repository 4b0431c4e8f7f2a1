"""What counts as a claim of a lesson's prose, and what accounts for one."""

from pathlib import Path

import pytest

from lessons.runner.cells import Lesson
from tests.claims import Account, claims_of

HEADER = "# %% [markdown]\n# # 3. Title\n#\n"
CODE = "\n# %%\nloss, accuracy = train(seed=0)\nassert accuracy >= 0.95\n"
OUTPUT = "the loss falls to 0.1234\n  10/40  loss 0.777\nsizes\n[12.   64.5]\n[3.3 s]\nhits 97.4%\n"


@pytest.fixture
def account(tmp_path):
    def of(prose: str, code: str = CODE, output: str = OUTPUT) -> Account:
        path = tmp_path / "lesson03_sample.py"
        path.write_text(HEADER + "".join(f"# {line}\n" for line in prose.split("\n")) + code)
        return Account(Lesson(Path(path)), output)

    return of


def claimed(account: Account) -> list[str]:
    return [claim.text for claim in claims_of(account.lesson)]


def covered(account: Account) -> list[bool]:
    return [account.covers(claim) for claim in claims_of(account.lesson)]


@pytest.mark.parametrize(
    ("prose", "claims"),
    [
        ("The loss falls to 0.12.", ["0.12"]),
        ("It takes 1,498 images, 12 of them odd.", ["1,498", "12"]),
        ("A bound of -23.2 to -23.3 nats.", ["-23.2 to -23.3"]),
        ("It is right on 96 to 97 % of them.", ["96 to 97 %"]),
        ("Games cover 85 to 88, and 95.6 % of all.", ["85 to 88 %", "95.6 %"]),
        ("Off by about 22,000, or 1e-6.", ["about 22,000", "1e-6"]),
        (r"At best $\log 4 \approx 1.39$.", ["1.39"]),
    ],
)
def test_results_are_claims(account, prose, claims):
    assert claimed(account(prose)) == claims


@pytest.mark.parametrize(
    "prose",
    [
        "The formula $x = 0.5$, the code `lr=0.001`.",
        "In lessons 0, 1, 2,\n11, 12.",
        "As lesson 12 shows, in section 2.2, equations 19 and 10, by seeds 10 to 14.",
        "By Kingma & Welling 2013 (He et al. 2015), arXiv:1312.6114.",
        "It takes 1.5 minutes on two cores, on Python 3.11, from images of 28x28.",
        "Three of 8 images, 2 rows.",
        "**Sources.** Rezende 2014, pages 12 to 15, and 0.99 besides.",
        "**Predict, then try.** 1. A rate of 0.3: what happens?",
        "- **Real systems** have 512 numbers in a code.",
    ],
)
def test_settings_references_and_what_others_found_are_no_claims(account, prose):
    assert claimed(account(prose)) == []


def test_a_title_and_a_caption_are_prose_too(account):
    figure = '\n# %%\ncurves(x, title="At 0.25", caption=f"{n} of "\n    "64 are lost.")\n'
    claims = claims_of(account("None here.", figure).lesson)
    assert [(claim.text, claim.line) for claim in claims] == [("0.25", 7), ("64", 7)]


def test_a_claim_knows_its_line_and_its_sentence(account):
    (claim,) = claims_of(account("First.\nThe loss falls\nto 0.12. It stays.").lesson)
    assert (claim.line, claim.sentence) == (6, "The loss falls to 0.12.")


@pytest.mark.parametrize(
    ("prose", "is_covered"),
    [
        ("A loss of 0.12.", True),
        ("A loss of 0.123.", True),
        ("A loss of 0.13.", False),  # another number
        ("A speed of 0.12.", False),  # of another thing
        ("A loss of 0.11 to 0.14.", True),
        ("A loss of 0.20 to 0.30.", False),
        ("A loss of about 0.13.", True),
        ("A loss of about 0.2.", False),
        ("A loss above 0.1.", True),
        ("A loss of at most 0.15.", True),
        ("A loss of over 0.13.", False),
        ("A loss of over 0.05.", False),  # 0.12 is more than over 0.05
        ("A loss of 0.777.", False),  # progress is no result
        ("It hits 97 %.", True),
        ("It hits .97 of them.", True),
        ("It hits 99 %.", False),
        ("An accuracy of 95 % at least.", True),  # asserted
        ("An accuracy of 94 % at least.", False),
        ("There are 12 sizes.", True),
        ("A size of 64.5.", True),  # a line of numbers has the words above it
        ("There are 13 sizes.", False),
        ("A time of 3.3 seconds.", False),
    ],
)
def test_a_claim_needs_its_number_printed_or_asserted_and_about_the_same_thing(
    account, prose, is_covered
):
    assert covered(account(prose)) == [is_covered]


def test_a_quick_run_must_print_something_of_the_thing_that_is_claimed(account):
    both = account("A loss of 0.5. A speed of 0.5.")
    assert [both.speaks_of(claim) for claim in claims_of(both.lesson)] == [True, False]


def test_a_setting_of_the_cell_that_comes_next_is_accounted_for(account):
    betas = "\n# %%\nrun(1, 0.9)\n"
    assert covered(account("With 0.9.", betas)) == [True]
    assert covered(account("With 0.9.", CODE + CODE + betas)) == [False]


def test_a_false_claim_misses_the_true_one(account):
    (claim,) = claims_of(account("A loss of 0.12.").lesson)
    assert [round(false.low, 2) for false in claim.falsified()] == [0.09, 0.15, 0.08, 0.16]
    assert not any(false.is_met_by(0.1234) for false in claim.falsified())
