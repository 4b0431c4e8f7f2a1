"""Where a reader's answers live, how their file is made, and what it takes over from before.

In a checkout that is lessons/answers/, which git ignores; where the package is installed apart
from its sources, ./answers/ where the reader is; or the folder that SCRATCHGEN_ANSWERS names. The
file is a copy of the stub, made when it is first asked for. Answers of before are taken over: those
written into the stubs themselves, and those to exercises of a lesson that had another name.
"""

import ast
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lessons.runner.cells import Lesson
from lessons.runner.curriculum import FORMERLY
from lessons.runner.examiner import definition
from lessons.runner.figures import ROOT, shortest

LESSONS = ROOT / "lessons"


@dataclass(frozen=True)
class Places:
    """The folders of answers, of those of before, and of the stubs.

    >>> places().stubs.name
    'exercises'
    """

    answers: Path
    before: Path  # where answers were written until lessons/answers/ was there
    stubs: Path


def places() -> Places:
    """Return where answers live here."""
    in_a_checkout = (ROOT / "pyproject.toml").exists()
    stubs = LESSONS / "exercises"
    named = os.environ.get("SCRATCHGEN_ANSWERS")
    own = Path(named) if named else LESSONS / "answers" if in_a_checkout else Path("answers")
    return Places(own, stubs if in_a_checkout else Path("exercises"), stubs)


def answers_of(lesson: Lesson, here: Places | None = None) -> tuple[Path, str]:
    """Return the path of a reader's answers, and what to tell of a file that is made just now.

    A file that is there is never touched.
    """
    where = here or places()
    path, stub = where.answers / f"{lesson.name}.py", where.stubs / f"{lesson.name}.py"
    if path.exists() or not stub.exists():
        return path, ""
    text, told = _beginning(lesson, where)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8") as made:  # x: never over something
        made.write(text)
    return path, f"{shortest(path)} is new{told}: fill in its functions, then ask again."


def begun(names: Iterable[str], tree: ast.Module) -> list[str]:
    """Return which of these functions a file holds, and not as stubs.

    >>> begun(["f", "g"], ast.parse("def f(): return 1\\ndef g(): raise NotImplementedError"))
    ['f']
    """
    found = {name: definition(name, tree) for name in names}
    # Some stubs raise first and last, others above lines that are to be mended.
    return [n for n, node in found.items() if node and "NotImplementedError" not in ast.dump(node)]


def merged(stub: str, old: str, names: Sequence[str]) -> str:
    """Return a stub's text with some functions as another file has them, and what these lean on.

    >>> stub = "def f():\\n    raise NotImplementedError\\n"
    >>> merged(stub, "def f(): return 1\\n", ["f"])
    'def f(): return 1'
    """
    new, theirs = ast.parse(stub), ast.parse(old)
    replaced = {name: _source(old, definition(name, theirs)) for name in names}
    helpers = [_source(old, node) for node in _leant_on(names, theirs, new)]
    lines = stub.rstrip("\n").split("\n")
    for name in sorted(names, key=lambda name: -_lines(definition(name, new)).start):
        span = _lines(definition(name, new))
        lines[span.start - 1 : span.stop - 1] = replaced[name].split("\n")
    first = min(_lines(node).start for node in new.body if isinstance(node, ast.FunctionDef))
    above = [line for helper in helpers for line in [*helper.split("\n"), "", ""]]
    return "\n".join(lines[: first - 1] + above + lines[first - 1 :])


def _beginning(lesson: Lesson, where: Places) -> tuple[str, str]:
    """What a new file of answers holds, and what to tell of what it takes over."""
    stub = (where.stubs / f"{lesson.name}.py").read_text(encoding="utf-8")
    names = lesson.exercises()
    same = where.before / f"{lesson.name}.py"
    if same.exists() and (theirs := _begun_in(same, names)):
        git = f"git restore {shortest(same)}"
        back = f". To have the stub back there: {git}. Now" if where.before == where.stubs else ""
        words = f", with what you wrote in {shortest(same)} ({', '.join(theirs)}){back}"
        return same.read_text(encoding="utf-8"), words
    for old in _former(lesson, where):
        if theirs := _begun_in(old, names):
            text = merged(stub, old.read_text(encoding="utf-8"), theirs)
            return text, f", with your answers from {shortest(old)} ({', '.join(theirs)})"
    return stub, ""


def _former(lesson: Lesson, where: Places) -> Iterator[Path]:
    """The files in which this lesson's exercises may have been answered under another name."""
    for name in FORMERLY.get(lesson.name, ()):
        for folder in (where.answers, where.before):
            if (path := folder / f"{name}.py").exists():
                yield path


def _begun_in(path: Path, names: Sequence[str]) -> list[str]:
    try:
        return begun(names, ast.parse(path.read_bytes()))
    except (SyntaxError, ValueError):
        return []


def _leant_on(names: Iterable[str], theirs: ast.Module, new: ast.Module) -> list[ast.stmt]:
    """What functions of a file need of it that the stub does not have, in the file's order."""
    there, here = _bound(theirs), _bound(new)
    needed: set[str] = set()
    waiting: list[ast.stmt | None] = [definition(name, theirs) for name in names]
    while waiting:
        node = waiting.pop()
        used = {x.id for x in ast.walk(node) if isinstance(x, ast.Name)} if node else set()
        more = {name for name in used if name in there and name not in here} - needed - set(names)
        needed |= more
        waiting += [there[name] for name in more]
    found = {id(there[name]): there[name] for name in needed}
    return [node for node in theirs.body if id(node) in found]


def _bound(tree: ast.Module) -> Mapping[str, ast.stmt]:
    """What a file binds at its top: each name with its statement."""
    found: dict[str, ast.stmt] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[node.name] = node
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {(x.asname or x.name).split(".")[0]: node for x in node.names}
        elif isinstance(node, ast.Assign):
            found |= dict.fromkeys(_stored(node), node)
    return found


def _stored(node: ast.Assign) -> list[str]:
    names = [x for target in node.targets for x in ast.walk(target)]
    return [x.id for x in names if isinstance(x, ast.Name)]


def _lines(node: ast.stmt | None) -> range:
    """The numbers of a definition's lines, its decorators among them."""
    assert node is not None, "the function is there"
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
    return range(first, (node.end_lineno or node.lineno) + 1)


def _source(text: str, node: ast.stmt | None) -> str:
    span = _lines(node)
    return "\n".join(text.split("\n")[span.start - 1 : span.stop - 1])
