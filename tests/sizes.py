"""How large the library is, beside its budget:  python -m tests.sizes

A line of code is a line with something to execute on it: no blank line, comment or docstring.
"""

import ast
import io
import tokenize
from pathlib import Path
from typing import NamedTuple

PACKAGE = Path(__file__).parent.parent / "scratchgen"

# To be proud of, not to be dodged by dense lines. In the order of the floors.
BUDGET = {
    "backend/__init__.py": 120, "data.py": 250, "engine.py": 300, "draw.py": 200,
    "functions.py": 200, "gradcheck.py": 150, "optim.py": 120, "nn.py": 150, "measure.py": 200,
    "parallel.py": 240,
    "vae.py": 150, "gan.py": 180, "testing.py": 250, "backend/doctor.py": 180,
    "backend/__main__.py": 5, "__init__.py": 40,
}  # fmt: skip

_NO_CODE = {
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT,
    tokenize.ENCODING, tokenize.ENDMARKER,
}  # fmt: skip
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


class Size(NamedTuple):
    """Lines of code, and lines of all kinds."""

    code: int
    all: int


def size(source: str) -> Size:
    """The size of a Python source.

    >>> size('"What it does."\\n\\nx = 1  # one\\n# two\\n')
    Size(code=1, all=4)
    """
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    spans = [range(t.start[0], t.end[0] + 1) for t in tokens if t.type not in _NO_CODE]
    code = {line for span in spans for line in span} - docstring_lines(source)
    return Size(len(code), source.count("\n"))


def docstring_lines(source: str) -> set[int]:
    """The numbers of the lines that docstrings stand on.

    >>> docstring_lines('def f():\\n    "What it returns."\\n    return 1\\n')
    {2}
    """
    nodes = [n for n in ast.walk(ast.parse(source)) if isinstance(n, _DOCUMENTED)]
    first = [n.body[0] for n in nodes if ast.get_docstring(n, clean=False) is not None]
    return {line for text in first for line in range(text.lineno, text.end_lineno + 1)}


def sizes() -> dict[str, Size]:
    """The size of every file of the library, in the order of the budget.

    >>> sizes()["engine.py"].code < sizes()["engine.py"].all
    True
    """
    there = {p.relative_to(PACKAGE).as_posix(): p for p in sorted(PACKAGE.rglob("*.py"))}
    names = [*(name for name in BUDGET if name in there), *(n for n in there if n not in BUDGET)]
    return {name: size(there[name].read_text(encoding="utf-8")) for name in names}


def report() -> str:
    """A table of all files and their sum.

    >>> report().splitlines()[0].split()
    ['file', 'code', 'budget', 'all', 'lines']
    """
    found = sizes()
    total = Size(*map(sum, zip(*found.values(), strict=True)))
    rows = [(name, s.code, BUDGET.get(name, 0), s.all) for name, s in found.items()]
    rows.append(("together", total.code, sum(budget for _, _, budget, _ in rows), total.all))
    lines = [f"{'file':20}{'code':>6}{'budget':>8}{'all lines':>11}"]
    return "\n".join(lines + [f"{n:20}{code:6,}{b:8,}{every:11,}" for n, code, b, every in rows])


if __name__ == "__main__":
    print(report())
