"""A terminal with a program in it, typed into and looked at as a reader does.

pexpect plays the reader, pyte the terminal.
"""

import os
import re
import sys
import time
from pathlib import Path

import pytest
from rich.cells import cell_len

pexpect = pytest.importorskip("pexpect", reason="pexpect, of the extra test, types for the reader")
pyte = pytest.importorskip("pyte", reason="pyte, of the extra test, is the terminal")
if sys.platform == "win32":
    pytest.skip("Windows has no pseudo-terminals of this kind", allow_module_level=True)


ROOT = Path(__file__).parent.parent
SIZES = [(24, 80), (50, 160)]

STYLES = re.compile(r"\x1b\[[\d;?]*[A-Za-z]")
WAITS = re.compile(
    r"(^> |^>>> |^\.\.\. |-- more: Space or Enter(; q shows no more of it)? --)\Z", re.MULTILINE
)


class Watched(pyte.Screen):
    """A screen that counts the rows that have left it at its top."""

    gone = 0

    def index(self):
        """Go to the next row; at the last one, all rows move up."""
        self.gone += self.cursor.y == self.lines - 1
        super().index()


class Terminal:
    """A terminal of some size with a program in it: `type` answers it, `screen` shows it.

    `lost` is the largest number of rows that came and went between two moments at which the program
    waited for the reader: nobody can have read them.
    """

    def __init__(self, home: Path, size: tuple[int, int], *command: str, **more: str) -> None:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("SCRATCHGEN_")}
        for name in ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR"):
            environment.pop(name, None)
        environment |= {"TERM": "xterm-256color", "SCRATCHGEN_HOME": str(home)}
        environment |= {"SCRATCHGEN_FIGURES": str(home / "figures")} | more
        self.columns = size[1]
        self._screen = Watched(size[1], size[0])
        self.lost = 0
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
        # What comes next begins in the row of the cursor, or below it.
        first, gone = self._screen.cursor.y, self._screen.gone
        first += not self.screen.endswith("--")
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
        self.lost = max(self.lost, self._screen.gone - gone - first)

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
