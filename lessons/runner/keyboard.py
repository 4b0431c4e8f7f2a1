"""The reader's keyboard: one key at a time, and nothing typed while nobody asks."""

import contextlib
import os
import sys
from collections.abc import Iterator

if sys.platform == "win32":
    import msvcrt

    def read_key() -> str:
        """Return the next key."""
        return msvcrt.getwch()

    def forget_typed() -> None:
        """Drop what was typed and not read yet."""
        while msvcrt.kbhit():
            msvcrt.getwch()

    @contextlib.contextmanager
    def unheard() -> Iterator[None]:
        """While this holds, what is typed shows nowhere, and in the end it is dropped."""
        try:
            yield
        finally:
            forget_typed()

else:
    import termios
    import tty

    ECHO = 3  # the place of the flags that termios calls local modes, ECHO among them

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

    def forget_typed() -> None:
        """Drop what was typed and not read yet."""
        if sys.stdin.isatty():
            termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)

    @contextlib.contextmanager
    def unheard() -> Iterator[None]:
        """While this holds, what is typed shows nowhere, and in the end it is dropped.

        Ctrl-C still interrupts.
        """
        if not sys.stdin.isatty():
            yield
            return
        keyboard = sys.stdin.fileno()
        before = termios.tcgetattr(keyboard)
        silent = termios.tcgetattr(keyboard)
        silent[ECHO] &= ~termios.ECHO
        termios.tcsetattr(keyboard, termios.TCSADRAIN, silent)
        try:
            yield
        finally:
            forget_typed()
            termios.tcsetattr(keyboard, termios.TCSADRAIN, before)
