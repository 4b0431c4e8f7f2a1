"""Lessons in a real terminal, typed into and looked at as a reader does: what stands on the screen.

pexpect plays the reader, pyte the terminal.
"""

import contextlib
import os
import re
import sys
import time
from pathlib import Path

import pytest
from rich.cells import cell_len

from lessons.runner.cells import find_lessons, group_steps
from lessons.runner.choose import choose_lesson
from lessons.runner.curriculum import Course

pexpect = pytest.importorskip("pexpect", reason="pexpect, of the extra test, types for the reader")
pyte = pytest.importorskip("pyte", reason="pyte, of the extra test, is the terminal")
if sys.platform == "win32":
    pytest.skip("Windows has no pseudo-terminals of this kind", allow_module_level=True)

ROOT = Path(__file__).parent.parent
SIZES = [(24, 80), (50, 160)]

STYLES = re.compile(r"\x1b\[[\d;?]*[A-Za-z]")
WAITS = re.compile(r"(^> |^>>> |^\.\.\. |-- more: Space or Enter --)\Z", re.MULTILINE)

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


class Terminal:
    """A terminal of some size with a program in it: `type` answers it, `screen` shows it."""

    def __init__(self, home: Path, size: tuple[int, int], *command: str, **more: str) -> None:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("SCRATCHGEN_")}
        for name in ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR"):
            environment.pop(name, None)
        environment |= {"TERM": "xterm-256color", "SCRATCHGEN_HOME": str(home)}
        environment |= {"SCRATCHGEN_FIGURES": str(home / "figures")} | more
        self.columns = size[1]
        self._screen = pyte.Screen(size[1], size[0])
        self._stream = pyte.Stream(self._screen)
        self.child = pexpect.spawn(
            sys.executable, ["-W", "error", *command], dimensions=size, cwd=ROOT, env=environment,
            encoding="utf-8", codec_errors="replace", timeout=40,  # ^C may fall into a letter
        )  # fmt: skip
        self.raw = ""
        self.wait()

    @property
    def screen(self) -> str:
        """What the reader sees now."""
        return "\n".join(line.rstrip() for line in self._screen.display).strip("\n")

    def wait(self, until: re.Pattern[str] = WAITS, seconds: float = 40) -> None:
        """Read until the program waits for the reader, or has ended."""
        shown, deadline = "", time.monotonic() + seconds
        while not until.search(STYLES.sub("", shown).replace("\r", "")):
            assert time.monotonic() < deadline, f"waited for {until.pattern}, saw:\n{self.screen}"
            try:
                new = self.child.read_nonblocking(4096, timeout=1)
            except pexpect.TIMEOUT:
                continue
            except pexpect.EOF:
                break
            self._stream.feed(new)
            shown += new
            self.raw += new

    def type(self, line: str = "") -> str:
        """What the reader sees after this line and what came of it."""
        self.child.send(f"{line}\n")
        self.wait()
        return self.screen

    def press(self, key: str) -> str:
        """What the reader sees after this key alone."""
        self.child.send(key)
        self.wait()
        return self.screen

    def interrupt_when(self, shown: str) -> str:
        """What the reader sees after Ctrl-C, pressed when `shown` has appeared."""
        self.wait(re.compile(shown))
        self.child.sendintr()
        self.wait()
        return self.screen

    def ended(self) -> int:
        """The exit status."""
        self.child.expect(pexpect.EOF)
        self.child.close()
        return self.child.exitstatus

    def widest_line(self) -> int:
        """Columns of the widest line that ever stood there, had the terminal no edge.

        A figure's path is as long as it is: it depends on where the folder lies.
        """
        lines = STYLES.sub("", self.raw.replace("\r\x1b[2K", "\n")).replace("\r", "").split("\n")
        return max(cell_len(line.rstrip()) for line in lines if not line.startswith("figure: "))


RUN = "import sys, pathlib; from lessons.__main__ import main; folder, *rest = sys.argv[1:]; "
RUN += "sys.exit(main(rest, pathlib.Path(folder)))"


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
    assert terminal.screen.endswith("p prompt · q quit\n>")


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
    for answer in ("", "s"):
        terminal.type(answer)
    failed, line = terminal.type(), SAMPLE.split("\n").index("1 / x") + 1
    assert re.search(rf"lesson01_sample\.py\", line {line}, in <module>\n +1 / x\n", failed)
    assert "ZeroDivisionError: division by zero" in failed
    assert "runner.py" not in failed
    for line in ("p", "x = 4", "exit()"):
        terminal.type(line)
    assert "0.25" in terminal.type()


@pytest.mark.parametrize("leave", ["exit()", "exit", "quit()", "import sys; sys.exit()", "\x04"])
def test_the_prompt_is_left_by(sample, leave):
    terminal = sample("1")
    terminal.type()
    assert "The lesson's names are all here." in terminal.type("p")
    assert "\n0\n>>>" in terminal.type("x")
    back = terminal.press(leave) if leave == "\x04" else terminal.type(leave)
    assert back.endswith("p prompt · q quit\n>")
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
    assert rest.endswith("p prompt · q quit\n>")
    assert re.search(r"\n +\d+ def tall", rest)


@pytest.mark.parametrize(("key", "turns"), [("\x1b[B", True), ("\x03", False)])
def test_an_arrow_turns_the_page_and_ctrl_c_leaves_it(sample, key, turns):
    terminal = sample("1")
    for answer in ("", "s", "s"):
        terminal.type(answer)
    seen = terminal.press(key)
    assert seen.endswith("p prompt · q quit\n>")
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
    assert "row 0\n" in terminal.type()
    assert "That was all." in terminal.screen


def test_a_wide_terminal_shows_the_tall_step_at_once(sample):
    terminal = sample("1", size=SIZES[1])
    for answer in ("", "s"):
        terminal.type(answer)
    assert terminal.type("s").endswith("quit\n>")


def test_a_lesson_goes_on_where_its_reader_left_it(sample):
    terminal = sample("1")
    terminal.child.send("j 3\n")  # which runs step 2 on the way
    terminal.interrupt_when(r"\d/10000")
    terminal.type("q")
    assert terminal.ended() == 0
    assert "step 2 of 5" in sample().screen
    again = sample("1")
    assert "You left this lesson at step 2 of 5." in again.screen
    assert "A run that takes long" in again.type()


def test_ctrl_c_stops_the_way_back_to_where_the_reader_was(sample):
    terminal = sample("1")
    for answer in ("", "s", "q"):
        terminal.type(answer)
    again = sample("1")
    again.child.send("\n")
    assert "Stopped in step 2." in again.interrupt_when("1/2")
    assert "A run that takes long" in again.screen


def test_starting_anew_is_asked_for(sample):
    terminal = sample("1")
    for answer in ("", "q"):
        terminal.type(answer)
    again = sample("1")
    assert "Enter go on there · a start anew · q quit" in again.screen
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


@pytest.mark.parametrize("size", SIZES)
def test_lesson_1_can_be_walked_from_start_to_end(first, size):
    terminal = first(size)
    pages = [terminal.screen]
    while terminal.child.isalive() and len(pages) < 200:
        pages.append(terminal.type())
    assert "That was lesson01_derivatives." in pages[-1]
    assert len(pages) > len(steps_of_the_first())
    assert "Traceback" not in terminal.raw
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
