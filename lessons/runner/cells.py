"""Lesson files and their cells: finding, splitting, grouping. Nothing here runs or shows anything.

A lesson is one Python file in jupytext's percent format: a comment `# %%` opens a code cell,
`# %% [markdown]` a prose cell, whose lines are comments. Behind the marker may stand a title, and
then tags: `# %% Show the samples tags=["hide-input"]`.
"""

import ast
import io
import json
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise, takewhile
from pathlib import Path

MARKER = re.compile(r"# %%(?:\s+(.*))?$")
TAGS = re.compile(r"\btags=(.*)$")
FOLDED, FOOTER = "hide-input", "footer"
EXPLORER = "explorer:"  # and its name: the book shows it behind the cell


@dataclass(frozen=True)
class Cell:
    """One cell: "prose" (Markdown, its comment signs gone) or "code", and its first line's number.

    >>> cell = Cell("code", line=12, source="x = 1", title="A number", tags=("hide-input",))
    >>> cell.folded, cell.predicts
    (True, False)
    """

    kind: str
    line: int
    source: str
    title: str = ""
    tags: tuple[str, ...] = ()

    @property
    def folded(self) -> bool:
        """Whether its code is shown on request only: it draws or checks."""
        return self.kind == "code" and FOLDED in self.tags

    @property
    def code(self) -> str:
        """Its source as a reader sees it, without remarks to a formatter.

        >>> Cell("code", 12, "f(1, 2)  # fmt: skip").code
        'f(1, 2)'
        """
        return re.sub(r"  # fmt: skip$", "", self.source, flags=re.MULTILINE)

    @property
    def is_footer(self) -> bool:
        """Whether it is the lesson's footer: experiments, exercises, sources, what was measured."""
        return FOOTER in self.tags

    @property
    def explorers(self) -> tuple[str, ...]:
        """The names of the book's explorers that belong behind it."""
        names = (tag for tag in self.tags if tag.startswith(EXPLORER))
        return tuple(name.removeprefix(EXPLORER) for name in names)

    @property
    def predicts(self) -> bool:
        """Whether its last paragraph, which begins with **Predict.**, asks for a guess."""
        return self.kind == "prose" and self.source.split("\n\n")[-1].startswith("**Predict.**")


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

    def footer_source(self) -> str:
        """The text of its footer; of a file that cannot be split, nothing."""
        try:
            return next((cell.source for cell in self.cells() if cell.is_footer), "")
        except ValueError:
            return ""

    def title(self) -> str:
        """Its title, without its number."""
        return self.header().title

    def header(self) -> "Header":
        """How it introduces itself; also of a file whose code is broken."""
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


def split_cells(source: str, where: str = "<lesson>") -> list[Cell]:
    r"""Return the cells of a file's text; empty cells are left out, `where` names it in errors.

    A marker inside a string is none: the file is read as Python reads it, by its tokens.

    >>> [cell.source for cell in split_cells("# %% [markdown]\n# # Title\n\n# %% Sum\n1 + 1\n")]
    ['# Title', '1 + 1']
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
    """Return the cells as steps: what a reader sees before they press Enter once.

    A step is prose and the code cell that it leads to, with the folded cells right behind: they
    show what that code has done. It ends early at a question to guess at, so that nothing on the
    screen answers it. At the end there may be prose alone, and the footer is a step of its own.

    >>> prose, code = Cell("prose", 2, "Why."), Cell("code", 4, "1 + 1")
    >>> asks, folded = Cell("prose", 6, "**Predict.** What?"), Cell("code", 8, "2", "", (FOLDED,))
    >>> steps = group_steps([prose, prose, code, folded, code, asks, folded, prose])
    >>> [len(step) for step in steps]
    [4, 1, 1, 1, 1]
    """
    steps: list[list[Cell]] = [[]]
    for cell in cells:
        goes_on = not steps[-1] or steps[-1][-1].kind == "prose" or cell.folded
        if not goes_on or cell.is_footer or (steps[-1] and steps[-1][-1].predicts):
            steps.append([])
        steps[-1].append(cell)
    return [step for step in steps if step]


def code_of(step: Iterable[Cell]) -> list[Cell]:
    """Return the code cells of a step, which run one after the other.

    >>> [cell.source for cell in code_of([Cell("prose", 2, "Why."), Cell("code", 4, "1 + 1")])]
    ['1 + 1']
    """
    return [cell for cell in step if cell.kind == "code"]


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
    title, tags = _tags(head, f"{where}, line {first}")
    while first < last and not lines[first].strip():
        first += 1
    body = lines[first:last]
    if "[markdown]" not in title:
        return Cell("code", first + 1, "\n".join(body).rstrip(), title, tags)
    for number, line in enumerate(body, first + 1):
        if line.strip() and not line.startswith("#"):
            raise ValueError(
                f"{where}, line {number}: expected a comment in a prose cell, got {line!r}. "
                "Put a marker (# %%) above code."
            )
    title = title.replace("[markdown]", "").strip()
    return Cell("prose", first + 1, _uncomment(body), title, tags)


def _tags(head: str, where: str) -> tuple[str, tuple[str, ...]]:
    """What stands behind a marker, and the tags at its end."""
    found = TAGS.search(head)
    if not found:
        return head, ()
    try:
        tags = json.loads(found[1])
    except ValueError:
        tags = None
    if not (isinstance(tags, list) and all(isinstance(tag, str) for tag in tags)):
        raise ValueError(f'{where}: expected tags=["hide-input"] or the like, got {found[0]!r}.')
    return head[: found.start()].strip(), tuple(tags)


def _uncomment(lines: Iterable[str]) -> str:
    return "\n".join(re.sub(r"^# ?", "", line) for line in lines).strip()


def _belongs_to_a_header(line: str) -> bool:
    return not MARKER.match(line) and (line.startswith("#") or not line.strip())
