"""Showing more than a terminal holds: a page at a time, with a key pressed in between."""

import io
import os
import sys
from collections.abc import Sequence
from typing import TextIO

from rich.console import Console, RenderableType
from rich.control import Control
from rich.segment import ControlType, Segment, SegmentLines

PROMPT_LINES = 3  # that a page leaves free for what asks below it
MORE = "-- more: Space or Enter --"
CTRL_C = "\x03"

Line = list[Segment]


def show_pages(console: Console, content: RenderableType, above: int = 0) -> str:
    """Print `content`; where it would fill the terminal, wait for a key before its next page.

    Returns the letter with which the reader began an answer instead of turning the page, else "".

    above: lines just printed that are still to be read: the first page does not push them out, as
        long as they leave it half of the terminal.
    Without a terminal all is printed at once. Ctrl-C leaves the rest out.

    >>> show_pages(Console(), "one page")
    one page
    ''
    """
    lines = console.render_lines(content, pad=False)
    room = _room(console.height - min(above, console.height // 2))
    while len(lines) > room and can_wait(console):
        stop = page_end(lines, room)
        console.print(SegmentLines(lines[:stop], new_lines=True), end="")
        key = wait(console)
        if key == CTRL_C or key.isalpha():
            return key.strip(CTRL_C)
        lines, room = lines[stop:], _room(console.height)
    console.print(SegmentLines(lines, new_lines=True), end="")
    return ""


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


def wait(console: Console) -> str:
    """Return the key pressed below a page, and take away the words that asked for it."""
    console.print(MORE, style="dim", end="")
    try:
        return read_key()
    except KeyboardInterrupt:
        return CTRL_C
    finally:
        console.control(Control(ControlType.CARRIAGE_RETURN, (ControlType.ERASE_IN_LINE, 2)))


if sys.platform == "win32":
    import msvcrt

    def read_key() -> str:
        """Return the next key."""
        return msvcrt.getwch()

else:
    import termios
    import tty

    def read_key() -> str:
        """Return the next key; what else was typed stays for the next to read."""
        keyboard = sys.stdin.fileno()
        before = termios.tcgetattr(keyboard)
        try:
            tty.setcbreak(keyboard, termios.TCSADRAIN)
            key = os.read(keyboard, 1).decode("ascii", errors="replace")
            if key == "\x1b":  # an arrow: its other letters mean nothing here
                termios.tcflush(keyboard, termios.TCIFLUSH)
            return key
        finally:
            termios.tcsetattr(keyboard, termios.TCSADRAIN, before)


class Counted(io.TextIOBase):
    """A stream that counts the lines written through it to another.

    >>> stream = Counted(io.StringIO())
    >>> print("one", "two", sep="\\n", file=stream)
    >>> stream.lines
    2
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream, self.lines = stream, 0

    @property
    def encoding(self) -> str:  # type: ignore[override]  # which has it as a plain attribute
        """The other stream's."""
        return self.stream.encoding

    def write(self, text: str) -> int:
        """Pass `text` on."""
        self.lines += text.count("\n")
        return self.stream.write(text)

    def flush(self) -> None:
        """Pass it on."""
        self.stream.flush()

    def isatty(self) -> bool:
        """Whether a person reads it."""
        return self.stream.isatty()

    def fileno(self) -> int:
        """The other stream's."""
        return self.stream.fileno()
