"""Lesson files and their cells: finding, choosing, splitting. Nothing here runs or shows anything.

A lesson is one Python file in jupytext's percent format: a comment `# %%` opens a code cell,
`# %% [markdown]` a prose cell, whose lines are comments.
"""

import ast
import difflib
import io
import re
import tokenize
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile
from pathlib import Path

MARKER = re.compile(r"# %%(?:\s+(.*))?$")


@dataclass(frozen=True)
class Cell:
    """One cell: "prose" (Markdown, its comment signs gone) or "code", and its first line's number.

    >>> Cell("code", line=12, source="x = 1", title="A number")
    Cell(kind='code', line=12, source='x = 1', title='A number')
    """

    kind: str
    line: int
    source: str
    title: str = ""


@dataclass(frozen=True)
class Lesson:
    """One lesson file, `lessonNN_name.py`; its cells are read when they are asked for.

    >>> lesson = Lesson(Path("lesson07_vae.py"))
    >>> lesson.number, lesson.name, lesson.short
    (7, 'lesson07_vae', 'vae')
    """

    path: Path

    @property
    def name(self) -> str:
        """The file's name without .py."""
        return self.path.stem

    @property
    def number(self) -> int:
        """The NN of lessonNN_name."""
        return int(re.findall(r"\d+", self.name)[0])

    @property
    def short(self) -> str:
        """The name of lessonNN_name."""
        return self.name.partition("_")[2]

    def text(self) -> str:
        """The file's text."""
        return self.path.read_text(encoding="utf-8-sig")

    def cells(self) -> list[Cell]:
        """The lesson's cells; ValueError, with the place, when the file cannot be split."""
        return split_cells(self.text(), str(self.path))

    def exercises(self) -> list[str]:
        """The names of its exercises: the functions that the reader is asked to write."""
        checks = self.path.parent / "checks" / self.path.name
        return read_exercises(checks.read_text(encoding="utf-8")) if checks.exists() else []

    def header(self) -> "Header":
        """What the table of contents says about it; also of a file whose code is broken."""
        lines = self.text().split("\n")[1:]
        return read_header(_uncomment(takewhile(_belongs_to_a_header, lines)))


@dataclass(frozen=True)
class Header:
    """A lesson's title, the first paragraph under it, and its minutes on two cores ("" unsaid)."""

    title: str
    description: str
    minutes: str


def find_lessons(folder: Path) -> list[Lesson]:
    """Return the lessons in `folder`, in their order.

    >>> find_lessons(Path("a folder that is not there"))
    []
    """
    return [Lesson(path) for path in sorted(folder.glob("lesson[0-9][0-9]_*.py"))]


def choose_lesson(lessons: Sequence[Lesson], wanted: str) -> Lesson:
    """Return the one lesson that `wanted` means: a number, a name, or the start of one name.

    >>> lessons = [Lesson(Path("lesson07_vae.py")), Lesson(Path("lesson12_gan.py"))]
    >>> [choose_lesson(lessons, wanted).short for wanted in ("7", "07", "lesson07", "va", "GAN")]
    ['vae', 'vae', 'vae', 'vae', 'gan']
    >>> choose_lesson(lessons, "vea")
    Traceback (most recent call last):
    ValueError: No lesson is called 'vea'. Did you mean 'vae'?
    """
    asked = wanted.lower().removesuffix(".py")
    for lesson in lessons:
        if asked in (lesson.name, lesson.short, str(lesson.number), f"{lesson.number:02}"):
            return lesson
    begun = [x for x in lessons if x.short.startswith(asked) or x.name.startswith(asked)]
    if len(begun) == 1:
        return begun[0]
    if begun:
        meant = ", ".join(lesson.short for lesson in begun)
        raise ValueError(f"{wanted!r} is the start of several lessons: {meant}. Say which.")
    near = difflib.get_close_matches(asked, [x.short for x in lessons] + [x.name for x in lessons])
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise ValueError(f"No lesson is called {wanted!r}.{hint}")


def split_cells(source: str, where: str = "<lesson>") -> list[Cell]:
    r"""Return the cells of a file's text; empty cells are left out, `where` names it in errors.

    A marker inside a string is none: the file is read as Python reads it, by its tokens.

    >>> split_cells("# %% [markdown]\n# # Title\n\n# %% Sum\n1 + 1\n")
    [Cell(kind='prose', line=2, source='# Title', title=''),
     Cell(kind='code', line=5, source='1 + 1', title='Sum')]
    """
    lines = source.split("\n")
    markers = [*_markers(source, where), (len(lines) + 1, "")]
    if any(line.strip() for line in lines[: markers[0][0] - 1]):
        raise ValueError(f"{where}, line 1: expected a cell marker (# %%) before anything else.")
    cells = (
        _cell(lines, first, last - 1, head, where)
        for (first, head), (last, _) in pairwise(markers)
    )
    return [cell for cell in cells if cell.source]


def group_steps(cells: Iterable[Cell]) -> list[list[Cell]]:
    """Return the cells as steps: prose and the code cell it leads to; at the end maybe prose only.

    >>> prose, code = Cell("prose", 2, "Why."), Cell("code", 4, "1 + 1")
    >>> [len(step) for step in group_steps([prose, prose, code, code, prose])]
    [3, 1, 1]
    """
    steps: list[list[Cell]] = [[]]
    for cell in cells:
        steps[-1].append(cell)
        if cell.kind == "code":
            steps.append([])
    return [step for step in steps if step]


def read_header(prose: str) -> Header:
    r"""Return the header that a lesson's first prose cell states.

    >>> read_header("# 7. The VAE\n\nWe build *one*.\nTwice.\n\nNeeds 25 minutes on two cores.")
    Header(title='The VAE', description='We build *one*. Twice.', minutes='25')
    """
    title, _, rest = prose.strip().partition("\n")
    minutes = re.search(r"(\d[\d–.-]*) min", prose)
    description = " ".join(rest.strip().partition("\n\n")[0].split())
    title = re.sub(r"^#*\s*(Lesson )?(\d+[.:])?\s*", "", title)  # the number has its own column
    return Header(title, description, minutes[1] if minutes else "")


def read_exercises(checks: str) -> list[str]:
    """Return the names of the exercises that a file of checks holds, without running it.

    >>> read_exercises("EXERCISES = [Exercise('relu', [], 'Look at 0.'), Exercise('adam', [], '')]")
    ['relu', 'adam']
    """
    calls = (node for node in ast.walk(ast.parse(checks)) if isinstance(node, ast.Call))
    made = (x.args[0] for x in calls if ast.unparse(x.func) == "Exercise" and x.args)
    return [str(name.value) for name in made if isinstance(name, ast.Constant)]


def _markers(source: str, where: str) -> Iterator[tuple[int, str]]:
    """Each marker's line number and the text behind its %%."""
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            found = MARKER.match(token.string) if token.type == tokenize.COMMENT else None
            if found and token.start[1] == 0:
                yield token.start[0], (found[1] or "").strip()
    except (tokenize.TokenError, SyntaxError) as error:
        raise ValueError(f"{where}: this is not valid Python: {error}. Mend it first.") from error


def _cell(lines: list[str], first: int, last: int, head: str, where: str) -> Cell:
    """The cell of lines[first:last], without the blank lines around it."""
    while first < last and not lines[first].strip():
        first += 1
    body = lines[first:last]
    if "[markdown]" not in head:
        return Cell("code", first + 1, "\n".join(body).rstrip(), head)
    for number, line in enumerate(body, first + 1):
        if line.strip() and not line.startswith("#"):
            raise ValueError(
                f"{where}, line {number}: expected a comment in a prose cell, got {line!r}. "
                "Put a marker (# %%) above code."
            )
    return Cell("prose", first + 1, _uncomment(body), head.replace("[markdown]", "").strip())


def _uncomment(lines: Iterable[str]) -> str:
    return "\n".join(re.sub(r"^# ?", "", line) for line in lines).strip()


def _belongs_to_a_header(line: str) -> bool:
    return not MARKER.match(line) and (line.startswith("#") or not line.strip())
