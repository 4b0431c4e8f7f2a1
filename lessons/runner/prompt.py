"""Python's prompt inside a lesson."""

import builtins
import code
import contextlib
import sys

from lessons.runner.session import Session

LEAVE = ("exit", "exit()", "quit", "quit()")


class Prompt(code.InteractiveConsole):
    """Python's prompt inside a session: its names, its `from __future__` imports."""

    def __init__(self, session: Session) -> None:
        super().__init__(vars(session.module))
        self.compile.compiler.flags |= session.flags

    def raw_input(self, prompt: str = "") -> str:
        """Return the next line; a bare `exit` ends the input too, as in Python's own prompt."""
        line = super().raw_input(prompt)
        if line.strip() in LEAVE:
            raise EOFError
        return line


def open_prompt(session: Session) -> None:
    """Open the prompt in the lesson's namespace, until it is left."""
    with contextlib.suppress(ImportError):
        import readline  # noqa: F401 - arrow keys and history
    leave = builtins.exit, builtins.quit
    builtins.exit = builtins.quit = sys.exit  # type: ignore[assignment]  # site's close stdin
    try:
        banner = "The lesson's names are all here. Ctrl-D or exit() comes back."
        Prompt(session).interact(banner, exitmsg="")
    except SystemExit:
        pass
    finally:
        builtins.exit, builtins.quit = leave
