"""The lesson file: tags, knobs, claims, predictions, footer; in our runner and elsewhere."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lessons import support
from lessons.__main__ import main
from lessons.runner import claims
from lessons.runner.cells import Cell, Lesson, group_steps, split_cells
from lessons.runner.footer import read_footer
from lessons.runner.glossary import Term, load, look_up, read_glossary
from lessons.runner.knobs import as_text, differing, read_knobs, set_knobs
from lessons.runner.opened import open_lesson
from lessons.runner.steps import place_in, titles_of
from tests.sample_lesson import SAMPLE

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def world(monkeypatch, tmp_path):
    """No wish of whoever runs the tests, no trace of the run before, figures in a folder apart."""
    for name in [name for name in os.environ if name.startswith("SCRATCHGEN_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SCRATCHGEN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SCRATCHGEN_FIGURES", str(tmp_path / "figures"))
    monkeypatch.setattr(os, "environ", os.environ.copy())
    vars(claims.RUN).update(vars(claims.Run()))
    yield
    for name in [name for name in sys.modules if re.match(r"lesson\d\d_", name)]:
        del sys.modules[name]


@pytest.fixture
def lesson(tmp_path):
    (tmp_path / "lesson07_sample.py").write_text(SAMPLE, encoding="utf-8")
    return Lesson(tmp_path / "lesson07_sample.py")


@pytest.fixture
def run(lesson, capsys):
    """Run the sample whole: the exit status, and what it said."""

    def run_it(*arguments):
        status = main(["7", "--run", *arguments], lesson.path.parent)
        shown = capsys.readouterr()
        return status, shown.out + shown.err

    return run_it


# Tags and steps


def test_a_tag_folds_a_cell_and_leaves_its_title():
    (cell,) = split_cells('# %% Show the samples tags=["hide-input"]\nx = 1\n')
    assert (cell.title, cell.folded) == ("Show the samples", True)


def test_a_tag_makes_a_footer():
    (cell,) = split_cells('# %% [markdown] tags=["footer"]\n# ## Try\n')
    assert (cell.kind, cell.title, cell.is_footer) == ("prose", "", True)


@pytest.mark.parametrize("tags", ["hide-input", '["a"', "[1]", "{}"])
def test_tags_that_are_no_list_of_words_are_an_error_with_the_line(tags):
    with pytest.raises(ValueError, match=r'line 1: expected tags=\["hide-input"\] or the like'):
        split_cells(f"# %% tags={tags}\nx = 1\n")


def test_a_step_ends_at_a_prediction_takes_folded_cells_along_and_the_footer_stands_alone():
    steps = group_steps(split_cells(SAMPLE))
    kinds = [[cell.kind[0] + "f" * cell.folded for cell in step] for step in steps]
    assert kinds == [["p", "c"], ["p"], ["c"], ["p", "c", "cf"], ["p"]]


def test_a_word_predict_in_the_midst_of_a_cell_asks_for_nothing():
    assert not Cell("prose", 1, "**Predict.** What?\n\nBut first this.").predicts


def test_steps_are_known_by_their_titles_also_when_others_come_between():
    titles = titles_of(group_steps(split_cells(SAMPLE)))
    assert titles == ["Knobs", "The sum", "The sum/2", "Show where it leads", "For maintainers"]
    assert place_in(["New", *titles], at="The sum/2", step=3, of=5) == 3
    assert place_in(titles, at="", step=3, of=5) == 2


# The footer


def test_a_footer_holds_experiments_times_and_the_record():
    footer = read_footer(split_cells(SAMPLE)[-1].source)
    first, second = footer.experiments
    assert (first.number, first.settings) == (1, {"lr": "0.25"})
    assert first.question == "Half the step. Where does it lead?"
    assert first.answer == "Half as far, to three quarters."
    assert second.settings == {"widths": "(2, 2)", "way": "bold", "seed": "1"}
    assert (footer.minutes, footer.seconds) == (2, 1)
    assert dict(footer.recorded) == {
        "quick": "False", "data": "digits", "seed": "0", "backend": "numpy",
        "lr": "0.5", "widths": "(8, 4)", "way": "plain",
    }  # fmt: skip


def test_what_a_reader_is_shown_of_a_footer_has_no_answers_and_nothing_for_maintainers():
    shown = read_footer(split_cells(SAMPLE)[-1].source).shown
    assert "Half the step. Where does it lead?" in shown
    assert "None yet." in shown
    assert not re.search("Answer|three quarters|maintainers|Recorded|Takes", shown)


def test_a_try_without_settings_is_an_error_that_shows_how_one_is_written():
    with pytest.raises(ValueError, match="Try 1: expected settings, a colon and a question, such"):
        read_footer("## Try\n\n1. What if the step were larger?\n")


# Knobs


def test_knobs_are_the_plain_assignments_of_their_cell(lesson):
    knobs = read_knobs(lesson.cells()[1])
    assert knobs == {"lr": "0.5", "widths": "(8, 4)", "way": "'plain'"}


def test_a_knob_that_is_set_keeps_its_reason_and_every_line_its_number(lesson):
    cells = lesson.cells()
    turned = set_knobs(cells, {"lr": "1/3", "widths": "(1, 2)", "way": "bold"})
    lines = turned[1].source.split("\n")
    assert "lr = 1/3  # the step" in lines
    assert "widths = (1, 2)" in lines
    assert "way = 'bold'  # or \"bold\"" in lines
    assert len(lines) == len(cells[1].source.split("\n"))
    compile(turned[1].source, "turned", "exec")


@pytest.mark.parametrize("name", ["rate", "knobs", "total"])
def test_an_unknown_knob_is_an_error_that_lists_them_with_their_values(lesson, name):
    words = f"No knob is called '{name}'. This lesson's knobs: lr=0.5, widths=(8, 4), way='plain'."
    with pytest.raises(ValueError, match=re.escape(words)):
        set_knobs(lesson.cells(), {name: "1"})


@pytest.mark.parametrize("value", ["open('x')", "1 +", "[x for x in y]", "a b"])
def test_a_value_that_is_no_value_is_an_error_with_the_lessons_own(lesson, value):
    with pytest.raises(ValueError, match=r"--set lr: expected a number, a word.*lesson: 0\.5"):
        set_knobs(lesson.cells(), {"lr": value})


def test_a_word_is_a_name_where_the_knob_holds_one():
    cells = [Cell("code", 1, "bend = tanh\nway = 'plain'", "Knobs")]
    (turned,) = set_knobs(cells, {"bend": "relu", "way": "relu"})
    assert turned.source == "bend = relu\nway = 'relu'"


def test_values_are_compared_as_values_and_words_as_words():
    recorded = {"lr": "1e-1", "widths": "(8,4)", "way": "plain", "bend": "len", "gone": "1"}
    now = {"lr": 0.1, "widths": (8, 4), "way": "plain", "bend": len}
    assert differing(recorded, now) == {}
    assert differing(recorded, now | {"lr": 0.2}) == {"lr": "0.2"}
    assert as_text("two words") == "'two words'"


# Claims, in our runner


def test_an_untouched_run_holds_all_claims_and_says_nothing_of_them(run):
    status, said = run()
    assert status == 0
    assert "the sum is 3" in said
    assert not re.search("differs|Turned|claims", said)


def test_a_false_claim_of_an_untouched_run_is_an_error_with_the_text_and_what_is_here(lesson, run):
    lesson.path.write_text(SAMPLE.replace("reached == 1.5", "reached == 9"), encoding="utf-8")
    status, said = run()
    assert status == 1
    assert "AssertionError: the text says that the step leads to 1.5; here it is 1.5." in said


@pytest.mark.parametrize(
    ("arguments", "differs", "turned"),
    [
        (["--set", "lr=0.1"], "differs: in the text's own run the step leads to 1.5; here it is",
         "Turned: lr=0.1. Of the 2 claims of the text, 1 differs, as said above."),
        (["--set", "way=bold"], "differs: in the text's own run the way is plain; here that is not",
         "Turned: way=bold. Of the 2 claims"),
        (["--try", "1"], "here it is 0.75.", "Turned: lr=0.25."),
        (["--try", "2"], "the way is plain; here that is not so.",
         "Turned: seed=1, widths=(2, 2), way=bold."),
        (["--seed", "1"], "", "Turned: seed=1. Of the 2 claims of the text, all hold here too."),
        (["--set", "seed=1"], "", "Turned: seed=1."),
        (["--quick"], "", "Turned: quick=True."),
        (["--set", "lr=0.5"], "", ""),
    ],
)  # fmt: skip
def test_a_turned_run_says_how_it_differs_and_goes_on(run, arguments, differs, turned):
    status, said = run(*arguments)
    assert status == 0
    assert differs in said
    assert turned in said
    assert said.count("differs: ") == bool(differs)


def test_an_experiment_shows_its_question_and_the_way_to_its_answer(run, lesson, capsys):
    _, said = run("--try", "1")
    assert "Try 1, lr=0.25: Half the step. Where does it lead?" in said
    assert "three quarters" not in said
    assert "Our answer: python -m lessons 7 --try 1 --answer" in said
    assert main(["7", "--try", "1", "--answer"], lesson.path.parent) == 0
    assert "Answer. Half as far, to three quarters." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--try", "9"], "This lesson has no experiment 9. It has 1 (lr=0.25), 2 (widths=(2"),
        (["--set", "lr"], "--set: expected NAME=VALUE, such as lr=0.01, got 'lr'."),
        (["--set", "rate=1"], "No knob is called 'rate'. This lesson's knobs: lr=0.5,"),
        (["--set", "seed=x"], "--seed (SCRATCHGEN_LESSON_SEED): expected a whole number"),
        (["--answer"], "--answer goes with an experiment: --try 2 --answer"),
    ],
)
def test_what_cannot_be_set_or_tried_is_refused_before_anything_runs(run, arguments, words):
    status, said = run(*arguments)
    assert status == 2
    assert said.startswith(words)


def test_a_claim_that_is_made_twice_is_one_claim(lesson):
    names = {"__file__": str(lesson.path), "lr": 9}
    for holds in (True, False, False):
        claims.judge(holds, "it falls", "9", claims.RUN, names)
    assert (len(claims.RUN.claims), claims.RUN.differing) == (1, 1)


def test_a_word_at_the_prompt_turns_a_run_too(lesson):
    names = {"__file__": str(lesson.path), "lr": 0.5, "widths": (8, 4), "way": "plain"}
    vars(claims.RUN).update(options={"seed": 0})
    assert claims.turned(claims.RUN, names) == {}
    assert claims.turned(claims.RUN, names | {"lr": 1.0}) == {"lr": "1.0"}


def test_pictures_of_a_turned_run_replace_none_of_the_texts(lesson, monkeypatch, tmp_path, capsys):
    monkeypatch.delenv("SCRATCHGEN_FIGURES")
    monkeypatch.setattr("lessons.runner.figures.ROOT", tmp_path)
    (tmp_path / "pyproject.toml").touch()
    for arguments, own in ([], True), (["--set", "lr=1"], False), (["--seed", "1"], False):
        main(["7", "--run", *arguments], lesson.path.parent)
        path = Path(re.search("figure: (.*)", capsys.readouterr().out)[1])
        assert (path.parent == tmp_path / "figures") == own, arguments


# Claims elsewhere: the same file in a console that knows no file, and in a notebook.

NOTEBOOK = """
import re, sys
sys.argv = [""]
text = open(sys.stdin.readline().strip(), encoding="utf-8").read()
for cell in re.split("^# %%.*$", text, flags=re.MULTILINE):
    exec(compile(cell, "<cell>", "exec", dont_inherit=True), globals())
"""


@pytest.fixture
def copied(tmp_path):
    """A copy of the lessons with the sample among them."""
    shutil.copytree(ROOT / "lessons", tmp_path / "copy" / "lessons")
    path = tmp_path / "copy" / "lessons" / "lesson97_sample.py"
    path.write_text(SAMPLE, encoding="utf-8")
    return path


def in_a_console(path: Path, text: str) -> subprocess.CompletedProcess:
    """The text's cells sent to a console one by one: it knows neither file nor lesson."""
    elsewhere = path.parent.parent / "notes.txt"
    elsewhere.write_text(text, encoding="utf-8")
    paths = os.pathsep.join([str(path.parent.parent), str(ROOT)])
    command = [sys.executable, "-W", "error", "-c", NOTEBOOK]
    return subprocess.run(
        command, cwd=path.parent.parent, input=f"{elsewhere}\n",
        env=os.environ | {"PYTHONPATH": paths},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def test_an_untouched_console_holds_the_claims(copied):
    assert in_a_console(copied, SAMPLE).returncode == 0
    wrong = in_a_console(copied, SAMPLE.replace("lr * total", "lr * total + 1"))
    assert wrong.returncode == 1
    assert "AssertionError: the text says that the step leads to 1.5; here it" in wrong.stderr


def test_a_knob_turned_in_a_console_is_seen_by_its_lessons_record(copied):
    done = in_a_console(copied, SAMPLE.replace("lr = 0.5", "lr = 0.1"))
    assert done.returncode == 0
    assert "differs: in the text's own run the step leads to 1.5; here it is 0.3." in done.stdout


def test_figures_of_a_console_are_named_after_the_lesson(copied, tmp_path):
    in_a_console(copied, SAMPLE)
    assert [path.name for path in (tmp_path / "figures").iterdir()] == ["lesson97_sample_way.png"]


@pytest.mark.parametrize(("lr", "said"), [("0.5", ""), ("0.1", "differs: in the text's own run")])
def test_a_knob_turned_in_a_notebook_is_seen_too(copied, monkeypatch, lr, said):
    jupytext = pytest.importorskip("jupytext", reason="jupytext is not installed")
    nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed")
    pytest.importorskip("ipykernel", reason="ipykernel is not installed")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(copied.parent.parent), str(ROOT)]))
    notebook = jupytext.reads(SAMPLE.replace("lr = 0.5", f"lr = {lr}"), fmt="py:percent")
    there = {"metadata": {"path": str(copied.parent.parent)}}
    nbclient.NotebookClient(notebook, timeout=60, resources=there).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    printed = "".join(output.get("text", "") for output in outputs)
    assert ("differs" in printed) == bool(said)
    assert said in printed


# Words


def test_a_paragraph_of_the_glossary_is_an_entry():
    assert read_glossary("# Words\n\nAn introduction.\n\n**loss** (lesson 1): what\nfalls.") == [
        Term("loss", 1, "what falls.")
    ]


def test_an_entry_without_its_lesson_is_an_error():
    with pytest.raises(ValueError, match=r"expected \*\*word\*\* \(lesson 1\): its meaning, got"):
        read_glossary("**loss**: what falls.")


def test_a_word_is_looked_up_by_its_beginning_and_a_misspelt_one_names_those_near_it():
    terms = [Term("evidence lower bound", 7, "."), Term("KL divergence", 7, ".")]
    assert look_up(terms, "LOW")[0].word == "evidence lower bound"
    with pytest.raises(ValueError, match="has no 'kl divergance'. Near it: kl divergence."):
        look_up(terms, "kl divergance")


@pytest.mark.parametrize(
    ("asked", "word"),
    {
        "PCA": "principal component analysis",
        "elbo": "evidence lower bound",
        "MIG": "mutual information gap",
        "marginal likelihood": "evidence",
        "GAN": "generative adversarial network",
    }.items(),
)
def test_a_word_is_looked_up_by_another_name_that_its_entry_gives(asked, word):
    assert [term.word for term in look_up(load(), asked)] == [word]


def test_a_name_inside_a_longer_one_is_no_name_of_the_term():
    terms = [Term("VAE", 0, "beta-VAE for short; ..."), Term("weights", 0, "...")]
    assert [term.word for term in look_up(terms, "vae")] == ["VAE"]
    with pytest.raises(ValueError, match="has no 'for short'"):
        look_up(terms, "for short")


def test_words_and_notation_are_shown_by_the_command(capsys):
    assert main(["words", "posterior"]) == 0
    assert "posterior (lesson 7): what we believe" in capsys.readouterr().out
    assert main(["words", "posterier"]) == 2
    assert "Near it: posterior" in capsys.readouterr().err
    assert main(["notation"]) == 0
    assert "p(x ∣ z)" in capsys.readouterr().out


def test_what_support_offers_to_lessons_is_documented():
    for name in ("options", "claim", "progress", "keep", "listing"):
        assert getattr(support, name).__doc__


def test_opening_a_lesson_turns_its_knobs_once(lesson):
    opened = open_lesson(lesson, {"way": "bold"}, 1)
    assert (opened.knobs, opened.options) == ({"lr": "0.25", "way": "bold"}, {})
    assert opened.turned


def test_an_animation_is_kept_with_its_still_beside_it(tmp_path, capsys):
    import numpy as np

    from scratchgen.draw import animation

    os.environ["SCRATCHGEN_LESSON"] = "lesson07_sample"
    frames = np.linspace(0, 1, 4)[:, None, None] * np.ones((4, 8, 8))
    path = support.keep(animation(frames), "learns")
    assert path == tmp_path / "figures" / "lesson07_sample_learns.webp"
    assert path.with_name("lesson07_sample_learns_still.png").is_file()
    assert capsys.readouterr().out == f"figure: {path}\n"
