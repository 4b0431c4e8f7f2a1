"""One planted bug, and what it changes."""

from __future__ import annotations

import difflib
import re
from pathlib import Path
from typing import NamedTuple

LIBRARY = Path(__file__).parents[3] / "scratchgen"


class Mutant(NamedTuple):
    """One planted bug: in `file`, the text `old`, which stands there once, becomes `new`."""

    name: str
    file: str
    old: str
    new: str
    why: str
    kind: str = ""

    @property
    def module(self) -> str:
        """The module that the bug is planted in."""
        name = self.file.removesuffix(".py").removesuffix("/__init__")
        return f"scratchgen.{name.replace('/', '.')}"

    @property
    def room(self) -> str:
        """The page or folder of the library that its file stands in.

        >>> Mutant("", "data/toys.py", "", "", "").room
        'data'
        """
        return self.file.partition("/")[0].removesuffix(".py")

    @property
    def words(self) -> tuple[str, ...]:
        """What the tests to run first have in their names.

        >>> Mutant("grad, wrt: merged", "engine.py", "", "", "").words
        ('grad', 'wrt')
        """
        return tuple(re.findall(r"\w+", self.name.split(":")[0].lower()))

    def applied_to(self, source: str) -> str:
        """The source with the bug. Raises ValueError if it is not clear where that belongs."""
        count = source.count(self.old)
        if count != 1:
            raise ValueError(
                f"planted bug {self.name!r}: expected its text once in {self.file}, found it "
                f"{count} times:\n{self.old}\nThe file has changed: plant the bug anew."
            )
        return source.replace(self.old, self.new)

    @property
    def source(self) -> str:
        """The text of its file, without the bug."""
        return (LIBRARY / self.file).read_text(encoding="utf-8")

    @property
    def difference(self) -> str:
        """The changed lines, as `diff` shows them."""
        before, after = self.source.splitlines(), self.applied_to(self.source).splitlines()
        lines = difflib.unified_diff(before, after, n=0, lineterm="")
        return "\n".join(line for line in lines if not line.startswith(("---", "+++", "@@")))
