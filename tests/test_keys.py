"""Every key of the stepper in a terminal of 80 columns and 24 rows, on a lesson made here."""

import re
import time

import pytest

from tests.sample_lesson import WHOLE
from tests.terminal import RUN, SIZES, Terminal

KNOBS, GUESS, SUM, FIGURE, ROWS, WAIT, TALL, END = range(1, 9)


@pytest.fixture
def lesson(tmp_path, request):
    """Open the lesson, or what else the arguments name, in a small terminal."""
    (tmp_path / "lesson07_sample.py").write_text(WHOLE, encoding="utf-8")
    (tmp_path / "lesson08_after.py").write_text("# %% [markdown]\n# # 8. What comes after\n")
    (tmp_path / "checks").mkdir()
    checks = 'EXERCISES = [Exercise("double", [], "a", "b"), Exercise("halve", [], "a", "b")]'
    (tmp_path / "checks" / "lesson07_sample.py").write_text(checks)

    def open_it(*arguments, **more):
        home = tmp_path / "home"
        terminal = Terminal(home, SIZES[0], "-c", RUN, str(tmp_path), *arguments, **more)
        request.addfinalizer(lambda: terminal.child.close(force=True))
        return terminal

    return open_it


def at(terminal: Terminal, step: int) -> Terminal:
    """The terminal at a step, by a jump from the first, with what is above it run."""
    assert f"sample  {step}/{END}" in terminal.type(f"j {step}")
    return terminal


# r, c, ?, and what is no key.


def test_a_question_mark_lists_all_keys(lesson):
    seen = lesson("7").type("?")
    for key in ("Enter ", "s ", "b ", "j 12", "r ", "c ", "p ", "t 2", "? ", "q "):
        assert f"\n{key}" in seen


def test_what_is_no_key_is_named(lesson):
    assert "'what' is no key. ? lists them; j takes a step, 1 to 8: j 2" in lesson("7").type("what")


def test_r_shows_a_step_again_with_what_it_printed(lesson):
    terminal = at(lesson("7"), SUM)
    terminal.type()
    terminal.type("b")
    again = terminal.type("r")
    assert re.search(r"sample  3/8\n\n +\d+ total = 1 \+ 2\n.*\n\nthe sum is 3\n", again)


def test_a_folded_cell_shows_its_title_and_c_shows_its_code(lesson):
    terminal = at(lesson("7"), FIGURE)
    assert "▸ Show where it leads  (c shows its code)" in terminal.screen
    assert "keep(Figure" not in terminal.screen
    assert "c show code" in terminal.screen
    assert re.search(r"\d+ keep\(Figure\(figsize=\(1, 1\)\), \"way\"\)", terminal.type("c"))


def test_a_step_without_folded_code_says_so(lesson):
    assert "No code of this step is folded away." in lesson("7").type("c")


@pytest.mark.parametrize("step", [KNOBS, GUESS, FIGURE, END])
def test_the_keys_fit_a_line_of_80_columns(lesson, step):
    terminal = lesson("7")
    seen = terminal.screen if step == KNOBS else at(terminal, step).screen
    assert re.search(r"^(Enter|Your guess).* q( quit)?\n>$", seen, re.MULTILINE)


# Predictions.


def test_a_guess_is_asked_for_before_the_code_and_shown_beside_the_outcome(lesson):
    terminal = at(lesson("7"), GUESS)
    assert "What is the sum of 1 and 2?" in terminal.screen
    assert "total =" not in terminal.screen
    assert "Your guess, or Enter for none" in terminal.screen
    assert "You guessed" not in terminal.type("perhaps 4")
    assert re.search(r"the sum is 3\n\nYou guessed: perhaps 4\n", terminal.type())


def test_a_guess_waits_for_a_cell_that_shows_something(lesson, tmp_path):
    text = "# %% [markdown]\n# # 9. Twice\n#\n# **Predict.** What is f(2)?\n\n"
    text += (
        "# %%\ndef f(x):\n    return 2 * x\n\n\n# %%\nprint(f(2))\n\n# %% [markdown]\n# So it is.\n"
    )
    (tmp_path / "lesson09_twice.py").write_text(text, encoding="utf-8")
    terminal = lesson("9")
    terminal.type("perhaps 5")
    assert "You guessed" not in terminal.type()
    assert re.search(r"4\n\nYou guessed: perhaps 5\n", terminal.type())


def test_enter_skips_a_guess_and_keys_stay_keys(lesson):
    terminal = at(lesson("7"), GUESS)
    assert "sample  1/8" in terminal.type("b")
    assert "sample  2/8" in terminal.type("s").replace("─", "")
    terminal.type()
    assert "You guessed" not in terminal.type()


# Skipping, and what it leads to.


def test_a_step_whose_earlier_steps_were_skipped_offers_to_run_them(lesson):
    terminal = lesson("7")
    for answer in ("s", "", "s"):
        terminal.type(answer)
    seen = terminal.type()
    assert "Steps 1 and 3 have not run. This one may need what is made there." in seen
    assert "Enter runs what is missing first · a runs this one alone · b neither" in seen
    assert "figure: " in terminal.type()
    assert "NameError" not in terminal.raw


def test_running_a_step_alone_is_possible_too(lesson):
    terminal = lesson("7")
    for answer in ("s", "", "s", ""):
        terminal.type(answer)
    assert "NameError: name 'lr' is not defined" in terminal.type("a")


def test_the_map_tells_what_was_run_from_what_was_skipped(lesson):
    terminal = lesson("7")
    for answer in ("", "", "", "s", "s", "s", "s", "", ""):
        seen = terminal.type(answer)
    assert "That was lesson 7" in terminal.screen, seen
    assert "Steps 4, 5, 6 and 7 have not run." in terminal.screen
    assert re.search(r"7 A sample of xᵢ +2 min +1 s +2 of 6 +0 of 2\n", lesson().screen)


def test_the_end_names_exercises_and_the_next_lesson(lesson):
    terminal = at(lesson("7"), END)
    assert "Half the step. Where does it lead?" in terminal.screen
    assert "three quarters" not in terminal.screen
    seen = terminal.type()
    assert "Its exercises: double, halve." in seen
    assert "To test your answers: python -m lessons check 7" in seen
    assert "Next: lesson 8, What comes after: python -m lessons 8" in seen
    assert terminal.ended() == 0


# Output: paged, whole, and not to be run past.


def test_output_comes_in_pages_and_every_row_is_seen(lesson):
    terminal = at(lesson("7"), ROWS)
    screens = [terminal.type()]
    while screens[-1].endswith("--"):
        screens.append(terminal.press(" "))
    seen = {int(n) for screen in screens for n in re.findall(r"^row (\d+)$", screen, re.M)}
    assert seen == set(range(60))
    assert len(screens) > 2
    assert terminal.lost == 0


def test_output_that_is_left_out_is_shown_again_by_r(lesson):
    terminal = at(lesson("7"), ROWS)
    terminal.type()
    assert "Much to wait for" in terminal.press("q")
    terminal.type("b")
    terminal.type("r")
    while terminal.screen.endswith("--"):
        terminal.press(" ")
    assert "row 59" in terminal.screen


def test_an_answer_at_a_page_swallows_nothing(lesson):
    terminal = at(lesson("7"), ROWS)
    for answer in ("s", "s"):
        terminal.type(answer)
    assert terminal.screen.endswith("--")
    assert "twenty" not in terminal.screen
    terminal.type("p")
    terminal.type("print(6 * 7)")
    assert "42" in terminal.screen
    back = terminal.type("exit()")
    assert "twenty" in back
    assert "late = 7" in back


def test_what_is_typed_while_a_cell_runs_is_no_answer_and_is_not_shown(lesson):
    terminal = at(lesson("7"), WAIT)
    terminal.child.send("\n")
    terminal.wait(re.compile(r"\d/20"))
    terminal.child.send("\n\nj 1\nq\n")
    terminal.wait()
    time.sleep(0.5)
    assert terminal.child.isalive()
    assert "A tall page" in terminal.screen or terminal.press(" ")
    assert "j 1" not in terminal.screen
    assert "sample  7/8" in terminal.type("r")


def test_what_a_loop_says_of_itself_is_not_cut(lesson):
    terminal = at(lesson("7"), WAIT)
    terminal.type()
    words = " ".join(re.sub(r"[━╸╺─]+ *\d+/20 \S+ left \S+", "", terminal.screen).split())
    assert "a loss of 0.123, a bound of -23.4 nats, and the last word is: here" in words
    assert terminal.widest_line() <= 80


def test_a_long_line_that_is_printed_breaks_between_words(lesson, tmp_path):
    words = "It is a word that may not break; " * 4
    text = f"# %%\nprint({words!r})\n"
    (tmp_path / "lesson09_wide.py").write_text(text, encoding="utf-8")
    terminal = lesson("9")
    terminal.type()
    assert terminal.widest_line() <= 80
    assert " ".join(words.split()) in " ".join(terminal.screen.split())


def test_show_is_mentioned_where_a_figure_appears(lesson):
    terminal = at(lesson("7"), FIGURE)
    assert "With --show, each opens as it is made." in terminal.type()


# Going on another day.


def test_going_on_says_how_long_it_took_and_can_be_done_without_running(lesson):
    at(lesson("7"), TALL).type("q")
    again = lesson("7")
    seen = " ".join(again.screen.split())
    assert re.search(r"You left this lesson at step 7 of 8\. .* That took \d s last time\.", seen)
    again.type("s")
    if again.screen.endswith("--"):
        again.press(" ")
    assert "Steps 1, 3, 4, 5 and 6 have not run." in again.type()


def test_a_place_in_a_lesson_that_was_rewritten_is_found_by_its_title(lesson, tmp_path):
    at(lesson("7"), ROWS).type("q")
    more = "# ## More\n\n# %%\nmore = 1\n\n# %% [markdown]\n# ## The sum"
    new = WHOLE.replace("# ## The sum", more)
    (tmp_path / "lesson07_sample.py").write_text(new, encoding="utf-8")
    assert "You left this lesson at step 6 of 9." in lesson("7").screen


def test_a_place_that_is_no_more_is_said_to_be_so(lesson, tmp_path):
    at(lesson("7"), ROWS).type("q")
    new = WHOLE.replace("# ## Much to read", "# ## Much to see")
    (tmp_path / "lesson07_sample.py").write_text(new, encoding="utf-8")
    seen = " ".join(lesson("7").screen.split())
    assert "You left this lesson at step 5 of 8. It has been rewritten since: that place is" in seen


# Experiments, and turned lessons.


def test_t_shows_an_experiment_runs_it_and_answers(lesson):
    terminal = lesson("7")
    seen = terminal.type("t 1")
    assert "Try 1, lr=0.25: Half the step. Where does it lead?" in seen
    assert "three quarters" not in seen
    asked = "Your guess, or Enter: runs the lesson anew with it, some 1 s; yours stays · a answer"
    assert asked in " ".join(seen.split())
    ran = terminal.type("half as far")
    assert "You guessed: half as far" in ran
    assert "differs: in the text's own run the step leads to 1.5; here it is 0.75." in ran
    assert "Turned: lr=0.25. Of the 2 claims of the text, 1 differs, as said above." in ran
    assert "1 figure in " in ran
    assert "three quarters" in terminal.type("a")
    terminal.type("o")
    while terminal.screen.endswith("--"):
        terminal.press(" ")
    assert "row 59" in terminal.screen
    assert "Back at step 1 of 8; r shows it again." in terminal.type("b")


def test_t_without_a_number_lists_the_experiments(lesson):
    seen = lesson("7").type("t")
    assert "t 1  lr=0.25: Half the step. Where does it lead?" in seen
    assert "t 2  widths=(2, 2) way=bold seed=1: And a bold way?" in seen


def test_a_lesson_opened_with_an_experiment_shows_its_question_and_the_way_to_its_answer(lesson):
    terminal = lesson("7", "--try", "1")
    assert "Try 1, lr=0.25: Half the step. Where does it lead?" in terminal.screen
    assert "sample  lr=0.25  1/8" in terminal.screen
    terminal.type("j 8")
    assert "Our answer: python -m lessons 7 --try 1 --answer" in terminal.type()


def test_a_turned_lesson_says_so_above_each_step_and_leaves_no_trace(lesson):
    terminal = lesson("7", "--set", "lr=0.1")
    assert "sample  lr=0.1  1/8" in terminal.screen
    assert "lr = 0.1  # the step" in terminal.screen
    for answer in ("", "", "", ""):
        seen = terminal.type(answer)
    assert "differs: in the text's own run the step leads to 1.5; here it is 0.3." in seen
    terminal.type("q")
    assert "of 6" not in lesson().screen


# What cannot be.


def test_data_that_cannot_be_had_is_a_message_without_a_traceback(lesson, tmp_path):
    text = "# %%\nfrom scratchgen.data import load\n\nload('mnist')\n"
    (tmp_path / "lesson09_data.py").write_text(text, encoding="utf-8")
    here = {"SCRATCHGEN_DATA": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    nowhere = {f"{kind}_proxy": "http://127.0.0.1:9" for kind in ("http", "https")}
    terminal = lesson("9", **here, **nowhere)
    terminal.child.send("\n")
    terminal.wait(seconds=90)
    assert "lesson09_data.py, line 4: the data cannot be had." in terminal.screen
    assert "Traceback" not in terminal.raw
    if terminal.screen.endswith("--"):
        terminal.press(" ")
    assert "Step 1 failed: p looks around" in terminal.screen


def test_a_misspelt_lesson_is_one_line_that_names_the_nearest(lesson):
    terminal = lesson("sampel")
    assert terminal.screen.count("\n") < 2
    assert "Did you mean 'sample'?" in terminal.screen
    assert terminal.ended() == 2


def test_the_map_is_paged(lesson, tmp_path):
    terminal = Terminal(tmp_path / "home", SIZES[0], "-m", "lessons")
    assert terminal.screen.endswith("--")
    assert "Three ways through" in terminal.press(" ")
    assert terminal.lost == 0
    assert terminal.widest_line() <= 80


def test_the_glossary_is_paged(tmp_path):
    terminal = Terminal(tmp_path / "home", SIZES[0], "-m", "lessons", "words")
    assert terminal.screen.endswith("--")
    terminal.child.close(force=True)
