"""Lessons in a real terminal, typed into and looked at as a reader does."""

import contextlib
import datetime
import os
import re
from pathlib import Path

import pytest

from lessons.runner.cells import Lesson, find_lessons, group_steps
from lessons.runner.choose import choose_lesson
from lessons.runner.curriculum import Course
from tests.sample_lesson import WHOLE
from tests.terminal import ROOT, RUN, SIZES, STYLES, Terminal

SAMPLE = '''\
# %% [markdown]
# # 1. A sample of $x_i$
#
# It takes 1 minute.

# %%
import time

from lessons.support import progress

x = 0

# %% [markdown]
# ## A run that takes long

# %%
for step in progress(range(10_000), describe=str):
    time.sleep(0.01)

# %% [markdown]
# ## A cell that fails

# %%
1 / x

# %% [markdown]
# ## A tall step
#
# $$\\sum_{i=1}^{2} x_i = 3$$
#
# - first
# - second
# - third
#
# The last paragraph of this page is followed by code, and some of that is too long for a line.

# %%
def tall(a, b):
    one = a + b
    two = a - b
    three = a * b
    four = "a string that is long enough to break the line in a narrow terminal, not in a wide one"
    five = a / b
    return one, two, three, four, five


for row in range(12):
    print("row", row)

# %% [markdown]
# That was all.
'''


@pytest.fixture
def sample(tmp_path, request):
    """Open the sample lesson, or what else the arguments name, in a terminal."""
    (tmp_path / "lesson01_sample.py").write_text(SAMPLE, encoding="utf-8")

    def open_it(*arguments, size=SIZES[0], **more):
        terminal = Terminal(tmp_path / "home", size, "-c", RUN, str(tmp_path), *arguments, **more)
        request.addfinalizer(lambda: terminal.child.close(force=True))
        return terminal

    return open_it


# The sample: what can happen.


def test_a_step_is_a_page_and_its_code_with_the_files_line_numbers(sample):
    terminal = sample("1")
    assert re.search(
        r"─ sample  1/5\n\n +1\. A sample of xᵢ\n\nIt takes 1 minute\.\n\n +7 import time\n",
        terminal.screen,
    )
    assert terminal.screen.endswith("? keys · q quit\n>")


def test_ctrl_c_stops_a_run_and_leaves_one_bar_and_a_word_on_how_to_go_on(sample):
    terminal = sample("1")
    terminal.type()
    terminal.child.send("\n")
    seen = terminal.interrupt_when(r"2\d/10000")
    assert seen.count("/10000") == 1
    assert "^C" not in seen
    assert "Stopped in step 2. Enter runs it again, s goes on without it, p looks" in seen
    assert terminal.raw.rindex("\x1b[?25h") > terminal.raw.rindex("\x1b[?25l")  # the cursor is back
    assert "A cell that fails" in terminal.type("s")


@pytest.mark.parametrize("how", [[], ["--run"]])
def test_a_loop_that_fails_leaves_one_bar_and_the_cursor(sample, tmp_path, how):
    (tmp_path / "lesson02_failing.py").write_text(
        "# %%\nfrom lessons.support import progress\n\n"
        "def train():\n    steps = progress(range(9), describe=str)\n"
        "    for i in steps:\n        1 / (i - 3)\n\ntrain()\n"
    )
    terminal = sample("2", *how, size=SIZES[1])
    seen = terminal.screen if how else terminal.type()
    assert re.search(r"━ 4/9 .*\n\n?Traceback.*\n.*line 9, in <module>\n    train\(\)\n", seen)
    assert seen.count("/9 ") == 1
    assert terminal.raw.rindex("\x1b[?25h") < terminal.raw.rindex("ZeroDivisionError")


def test_ctrl_c_at_the_prompt_ends_nothing(sample):
    terminal = sample("1")
    # Between the prompt and the read behind it, CPython keeps a signal until the next key: so we
    # press again, as a person would.
    for _ in range(10):
        terminal.child.sendintr()
        with contextlib.suppress(AssertionError):
            terminal.wait(seconds=2)
            break
    assert "Nothing is running that Ctrl-C could stop; q quits." in terminal.screen
    assert "A run that takes long" in terminal.type()


def test_an_exception_shows_the_lessons_line_and_the_prompt_mends_it(sample):
    terminal = sample("1", size=SIZES[1])
    for answer in ("", "s", ""):
        terminal.type(answer)
    failed, line = terminal.type("a"), SAMPLE.split("\n").index("1 / x") + 1
    assert re.search(rf"lesson01_sample\.py\", line {line}, in <module>\n +1 / x\n", failed)
    assert "ZeroDivisionError: division by zero" in failed
    assert "runner.py" not in failed
    for line in ("p", "x = 4", "exit()"):
        terminal.type(line)
    assert "0.25" in terminal.type()
    assert "have not run" not in terminal.screen  # asked once


@pytest.mark.parametrize("leave", ["exit()", "exit", "quit()", "import sys; sys.exit()", "\x04"])
def test_the_prompt_is_left_by(sample, leave):
    terminal = sample("1")
    terminal.type()
    assert "The lesson's names are all here." in terminal.type("p")
    assert "\n0\n>>>" in terminal.type("x")
    back = terminal.press(leave) if leave == "\x04" else terminal.type(leave)
    assert back.endswith("? keys · q quit\n>")
    terminal.type("q")
    assert terminal.ended() == 0


def test_a_step_taller_than_the_terminal_comes_in_pages(sample):
    terminal = sample("1")
    for answer in ("", "s", "s"):
        first = terminal.type(answer)
    assert first.endswith("-- more: Space or Enter --")
    assert "∑ᵢ₌₁² xᵢ = 3" in first
    rest = terminal.press(" ")
    assert "more" not in rest
    assert rest.endswith("? keys · q quit\n>")
    assert re.search(r"\n +\d+ def tall", rest)


@pytest.mark.parametrize(("key", "turns"), [("\x1b[B", True), ("\x03", False)])
def test_an_arrow_turns_the_page_and_ctrl_c_leaves_it(sample, key, turns):
    terminal = sample("1")
    for answer in ("", "s", "s"):
        terminal.type(answer)
    seen = terminal.press(key)
    assert seen.endswith("? keys · q quit\n>")
    assert ("def tall" in seen) == turns


def test_an_answer_can_begin_between_pages(sample):
    terminal = sample("1")
    for answer in ("", "s", "s"):
        terminal.type(answer)
    assert "sample  1/5" in terminal.type("j 1")


def test_output_is_still_there_when_the_next_step_is_shown(sample):
    terminal = sample("1")
    for answer in ("", "s", "s"):
        terminal.type(answer)
    terminal.press(" ")
    terminal.type()
    assert "row 0\n" in terminal.type("a")
    assert "That was all." in terminal.screen


def test_a_wide_terminal_shows_the_tall_step_at_once(sample):
    terminal = sample("1", size=SIZES[1])
    for answer in ("", "s"):
        terminal.type(answer)
    assert terminal.type("s").endswith("q quit\n>")


def test_a_lesson_goes_on_where_its_reader_left_it(sample):
    terminal = sample("1")
    terminal.child.send("j 3\n")  # which runs steps 1 and 2 on the way
    terminal.interrupt_when("1/2")
    assert "Stopped in step 2." in terminal.screen
    terminal.type("q")
    assert terminal.ended() == 0
    assert "1 of 4" in sample().screen
    again = sample("1")
    assert "You left this lesson at step 2 of 5." in again.screen
    assert "That took less than a second last time." in again.screen
    assert "A run that takes long" in again.type()


def test_ctrl_c_stops_the_way_back_to_where_the_reader_was(sample, tmp_path):
    slow = SAMPLE.replace("range(10_000)", "range(int(x == 0))").replace("1 / x", "x")
    (tmp_path / "lesson01_sample.py").write_text(slow, encoding="utf-8")
    terminal = sample("1")
    for answer in ("", "", "", "q"):
        terminal.type(answer)
    (tmp_path / "lesson01_sample.py").write_text(SAMPLE, encoding="utf-8")
    again = sample("1")
    again.child.send("\n")
    assert "Stopped in step 2." in again.interrupt_when("1/3")
    assert "A run that takes long" not in again.type("q")


def test_starting_anew_is_asked_for(sample):
    terminal = sample("1")
    for answer in ("", "q"):
        terminal.type(answer)
    again = sample("1")
    assert "Enter go on there · s go there, run nothing · a start anew · q quit" in again.screen
    assert "sample  1/5" in again.type("a")


def test_a_damaged_bookmark_is_set_aside_with_a_word(sample, tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "progress.json").write_text("{")
    terminal = sample("1")
    assert "Your progress was damaged" in terminal.screen
    assert "sample  1/5" in terminal.screen
    assert (tmp_path / "home" / "progress-damaged-1.json").read_text() == "{"


def test_without_color_there_is_none(sample):
    terminal = sample("1", NO_COLOR="1")
    for answer in ("", "s", "", "p", "q"):
        terminal.type(answer)
    numbers = re.findall(r"\d+", " ".join(re.findall(r"\x1b\[([\d;]*)m", terminal.raw)))
    assert max(map(int, numbers)) < 10  # bold, dim and such; colors begin at 30


def test_with_color_there_is_some(sample):
    assert re.search(r"\x1b\[[\d;]*[39]\d[;m]", sample("1").raw)


# Lesson 1, from its start to its end.


@pytest.fixture
def first(tmp_path, request):
    """Open lesson 1 in a terminal of the size, in the short mode."""

    def open_it(size):
        terminal = Terminal(tmp_path / "home", size, "-m", "lessons", "1", "--quick")
        request.addfinalizer(lambda: terminal.child.close(force=True))
        return terminal

    return open_it


def steps_of_the_first():
    return group_steps(choose_lesson(Course(find_lessons(ROOT / "lessons")), "1").cells())


@pytest.mark.parametrize("size", SIZES[1:])
def test_lesson_1_can_be_walked_from_start_to_end(first, size):
    terminal = first(size)
    pages = [terminal.screen]
    while terminal.child.isalive() and len(pages) < 200:
        pages.append(terminal.type())
    assert "That was lesson 1, Derivatives" in pages[-1]
    assert len(pages) > len(steps_of_the_first())
    assert "Traceback" not in terminal.raw
    assert terminal.lost == 0
    assert terminal.widest_line() <= terminal.columns
    assert terminal.ended() == 0


def test_lesson_1_with_a_jump_a_prompt_a_failure_a_quit_and_a_way_back(first):
    steps = steps_of_the_first()
    drawing = next(i for i, step in enumerate(steps, 1) if "keep(" in step[-1].source)
    terminal, place = first(SIZES[1]), f"derivatives  {drawing}/{len(steps)}"
    assert place in terminal.type(f"j {drawing}")

    for line in ("p", "keep = None", "exit()"):
        terminal.type(line)
    failed = terminal.type()
    assert "lesson01_derivatives.py" in failed
    assert "TypeError: 'NoneType' object is not callable" in failed
    for line in ("p", "from lessons.support import keep", "exit()"):
        terminal.type(line)
    assert "figure: " in terminal.type()

    terminal.type("b")
    terminal.type("q")
    assert terminal.ended() == 0
    again = first(SIZES[0])
    assert f"You left this lesson at step {drawing} of {len(steps)}." in again.screen
    assert place in again.type().replace("─", "") or again.screen.endswith("--")
    assert "Stopped" not in again.raw
    assert "Failed" not in again.raw


# Every lesson up to the fifth, from its start to its end with every key.

FIRST_PART = [lesson for lesson in find_lessons(ROOT / "lessons") if lesson.number <= 5]


@pytest.fixture
def open_lesson_of(tmp_path, request):
    """Open a lesson of a folder in the small terminal, in the short mode."""

    def open_it(lesson):
        folder = str(lesson.path.parent)
        command = ["-c", RUN, folder, lesson.name, "--quick"]
        terminal = Terminal(tmp_path / "home", SIZES[0], *command)
        request.addfinalizer(lambda: terminal.child.close(force=True))
        request.addfinalizer(lambda: record(terminal, lesson.name))
        return terminal

    return open_it


def record(terminal, name):
    """Leave the whole session in the folder that SCRATCHGEN_RECORDINGS names: `cat` plays it."""
    if folder := os.environ.get("SCRATCHGEN_RECORDINGS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        Path(folder, f"{name}.typescript").write_text(terminal.raw, encoding="utf-8")


def turn_pages(terminal):
    """Press Space for as long as there is more; nothing may have gone by unread."""
    while terminal.screen.endswith("--"):
        terminal.press(" ")
    assert terminal.lost == 0
    return terminal.screen


def say(terminal, answer):
    terminal.type(answer)
    return turn_pages(terminal)


def walk_with_every_key(terminal, steps, experiment):
    """Step through a lesson as a curious reader does; at its end what they have seen."""
    turn_pages(terminal)
    say(terminal, "?")
    for line in ("p", "1 + 1", "exit()"):
        say(terminal, line)
    for number, step in enumerate(steps, 1):
        assert f"{number}/{len(steps)}" in terminal.raw
        if number % 4 == 0:
            say(terminal, "r")
        if any(cell.folded for cell in step):
            say(terminal, "c")
        if step[-1].is_footer:
            for line in ("t", "t 1", "a", *([""] if experiment else []), "b", f"j {number}"):
                say(terminal, line)
        say(terminal, "a guess" if step[-1].predicts else "")
        if number == 2:
            for line in ("b", "s"):
                say(terminal, line)
    return STYLES.sub("", terminal.raw)


def seen_of(lesson):
    """The first words of each paragraph of prose that is plain, as they stand in a terminal."""
    for cell in lesson.cells():
        if cell.kind == "prose" and not cell.is_footer:
            for paragraph in cell.source.split("\n\n"):
                words = paragraph.split()[:4]
                if all(word.isalpha() for word in words):
                    yield words


@pytest.mark.slow
@pytest.mark.parametrize("lesson", FIRST_PART, ids=[lesson.name for lesson in FIRST_PART])
def test_a_lesson_can_be_walked_from_start_to_end_with_every_key(open_lesson_of, lesson):
    hold_the_walk(open_lesson_of(lesson), lesson, experiment=True)


def test_the_lesson_of_the_day_can_be_walked_with_every_key(open_lesson_of):
    lesson = FIRST_PART[datetime.date.today().toordinal() % len(FIRST_PART)]
    hold_the_walk(open_lesson_of(lesson), lesson, experiment=False)


def test_the_sample_can_be_walked_from_start_to_end_with_every_key(open_lesson_of, tmp_path):
    path = tmp_path / "lesson07_sample.py"
    path.write_text(WHOLE, encoding="utf-8")
    hold_the_walk(open_lesson_of(Lesson(path)), Lesson(path), experiment=True)


def hold_the_walk(terminal, lesson, experiment):
    steps = group_steps(lesson.cells())
    seen = walk_with_every_key(terminal, steps, experiment)
    assert f"That was lesson {lesson.number}" in seen
    for words in seen_of(lesson):
        assert re.search(r"\s+".join(map(re.escape, words)), seen), words
    assert seen.count("You guessed: a guess") >= sum(step[-1].predicts for step in steps)
    assert "Traceback" not in seen
    assert "have not run" not in seen
    assert terminal.lost == 0
    assert terminal.widest_line() <= terminal.columns
    assert terminal.ended() == 0
