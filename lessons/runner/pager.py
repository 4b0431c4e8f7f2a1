"""Showing more than a terminal holds: a page at a time, with a key pressed in between."""

import io
import re
import sys
import time
from collections.abc import Sequence
from typing import NamedTuple, TextIO

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.control import Control
from rich.segment import ControlType, Segment, SegmentLines

from lessons.runner import keyboard
from lessons.runner.wrapping import wrapped

PROMPT_LINES = 3  # that a page leaves free for what asks below it
LEAST = 8  # lines of a page that may stand below something else
MORE = "-- more: Space or Enter --"
MORE_OUTPUT = "-- more: Space or Enter; q shows no more of it --"
CTRL_C = "\x03"
STYLES = re.compile(r"\x1b\[[\d;]*m")
DRAWING = re.compile(r"\x1b\[\??\d*[A-HJKlh]|\r(?!\n)")  # a bar that moves, not lines that stay

Line = list[Segment]


class Left(NamedTuple):
    """What a reader left who turned no more pages: how their answer begins, and the lines unseen.

    >>> Left("p", []).typed
    'p'
    """

    typed: str
    unseen: list[Line]


def show_pages(console: Console, content: RenderableType | list[Line], above: int = 0) -> Left:
    """Print `content`; where it would fill the terminal, wait for a key before its next page.

    A letter begins an answer instead of turning the page: it is returned, with what was not shown
    yet. Ctrl-C leaves the rest out.

    above: lines just printed that are still to be read: no page pushes them out, and
        where they leave no room for one, there is a wait below them, too.
    Without a terminal all is printed at once.

    >>> show_pages(Console(), "one page")
    one page
    Left(typed='', unseen=[])
    """
    lines = content if isinstance(content, list) else console.render_lines(content, pad=False)
    room = console.height - PROMPT_LINES - above
    room = 0 if room < min(len(lines), LEAST) else room
    while len(lines) > room and can_wait(console):
        stop = page_end(lines, room)
        console.print(SegmentLines(lines[:stop], new_lines=True), end="")
        lines, room = lines[stop:], _room(console.height)
        key = wait(console)
        if key == CTRL_C:
            console.print("The rest is left out: r shows it again.", style="dim")
            return Left("", [])
        if key.isalpha() or key == "?":
            return Left(key, lines)
    console.print(SegmentLines(lines, new_lines=True), end="")
    return Left("", [])


def _room(rows: int) -> int:
    return max(rows - PROMPT_LINES, 5)


def page_end(lines: Sequence[Line], room: int) -> int:
    """Return how many lines the next page has: up to a blank line in its lower half, else `room`.

    >>> text, blank = [Segment("x = 1")], [Segment("  ")]
    >>> page_end([text, text, text, blank, text, text], room=5), page_end([text] * 9, room=5)
    (4, 5)
    """
    for stop in range(room, room // 2, -1):
        if not "".join(segment.text for segment in lines[stop - 1]).strip():
            return stop
    return room


def can_wait(console: Console) -> bool:
    """Return whether somebody can see a page and press a key."""
    return console.is_terminal and not console.is_dumb_terminal and sys.stdin.isatty()


def wait(console: Console, words: str = MORE) -> str:
    """Return the key pressed below a page, and take away the words that asked for it."""
    console.print(words, style="dim", end="")
    try:
        return keyboard.read_key()
    except KeyboardInterrupt:
        return CTRL_C
    finally:
        console.control(Control(ControlType.CARRIAGE_RETURN, (ControlType.ERASE_IN_LINE, 2)))


class Paged(io.TextIOBase):
    """A stream for what a cell prints: it goes on to another, a page at a time, and is kept.

    Whoever prints waits while the reader reads; `waited` says how long. What draws in place, such
    as a bar, is passed on as it is.

    >>> stream = Paged(io.StringIO(), Console(width=80, height=24))
    >>> print("one", "two", sep="\\n", file=stream)
    >>> stream.rows, stream.text
    (2, 'one\\ntwo\\n')
    """

    def __init__(self, stream: TextIO, console: Console) -> None:
        self.stream, self.console = stream, console
        self.rows, self.waited = 0, 0.0
        self.pages, self.mute = can_wait(console), False
        self.kept: list[str] = []
        self._line = ""  # of the last line, which has no end yet, what waits for it
        self._begun = ""  # and what is on the screen already
        self._drew = False

    @property
    def text(self) -> str:
        """All that was printed, without what drew in place."""
        return "".join(self.kept)

    @property
    def encoding(self) -> str:  # type: ignore[override]  # which has it as a plain attribute
        """The other stream's."""
        return self.stream.encoding

    def write(self, text: str) -> int:
        """Pass `text` on, line by line, and wait where a page is full."""
        if DRAWING.search(text):
            self.flush()
            self.rows += 0 if self._drew else 2  # a bar and what it says, over and over
            self._drew = True
            self.stream.write(text)
            return len(text)
        self._drew = False
        self.kept.append(text)
        *lines, self._line = (self._line + text).split("\n")
        for line in lines:
            for part in self._fitted(line).split("\n"):
                self._pass_on(part)
            self._begun = ""
        return len(text)

    def _fitted(self, line: str) -> str:
        """A line broken to fit the terminal, if it is plain and none of it is there yet."""
        if not self.pages or self._begun or "\x1b" in line:
            return line
        return wrapped(line, self.console.width)

    def _pass_on(self, line: str) -> None:
        if self.pages and not self._begun and self.rows >= _room(self.console.height):
            self._turn()
        if self.mute:
            return
        self.stream.write(f"{line}\n")
        width = cell_len(STYLES.sub("", self._begun + line))
        self.rows += max(1, -(-width // self.console.width))

    def _turn(self) -> None:
        began = time.perf_counter()
        self.stream.flush()
        keyboard.forget_typed()  # before there was a page to turn
        if wait(self.console, MORE_OUTPUT) in ("q", CTRL_C):
            self.pages, self.mute = False, True
        self.rows, self.waited = 0, self.waited + time.perf_counter() - began

    def flush(self) -> None:
        """Pass on what there is, also of a line that has no end yet."""
        if self._line and not self.mute:
            self.stream.write(self._line)
            self._begun, self._line = self._begun + self._line, ""
        self.stream.flush()

    def isatty(self) -> bool:
        """Whether a person reads it."""
        return self.stream.isatty()

    def fileno(self) -> int:
        """The other stream's."""
        return self.stream.fileno()
