"""How large the library is:  python -m tests.sizes  (--write: also into scratchgen/README.md)

A line of code is a line with something to execute on it: no blank line, comment or docstring.
"""

import ast
import io
import sys
import tokenize
from pathlib import Path
from typing import NamedTuple

PACKAGE = Path(__file__).parent.parent / "scratchgen"

README = PACKAGE / "README.md"
# What each room is about, in the order of the floors; ** are the pages that are read.
ROOMS = {
    "backend": "NumPy or CuPy: the only room that knows which; a doctor for GPUs",
    "guards.py": "refusals that nobody needs to read on a page",
    "data": "bundled digits and mnist5k, drawn glyphs, toys, MNIST and Fashion, your own images",
    "engine.py": "**`Tensor`, `op`, `grad`, and the ops behind the operators**",
    "draw": "arrays in, figures out: images, curves, planes, graphs, animations",
    "functions.py": "**exp, tanh, relu, softmax ...; the losses, from logits**",
    "gradcheck.py": "**`check_grad`: central differences, complex step, second order**",
    "optim.py": "**SGD and Adam, a schedule**",
    "nn.py": "**`Dense`, `MLP`, initialisers, state as named arrays**",
    "distributed.py": "one training step on many processes, by MPI",
    "measure": "how good: likelihood, samples, codes, classes; a judge of a data set",
    "training.py": "settings as plain data; what does not fit, and what has diverged, is refused",
    "vae.py": "**the VAE: nets, bound, loop; IWAE, warm-up, free bits, classes given**",
    "gan.py": "**the GAN: nets, losses, penalties, loop; packing, WGAN-GP**",
    "runs": "a training run on disk: settings, log, samples, checkpoints, exact resume",
    "export": "weights to and from safetensors, and to PyTorch, Keras and ONNX",
    "testing": "strategies, `check_op` and random programs, for ops of your own",
    "commands": "`python -m scratchgen train`, sample, edit, measure, export, runs",
    "__init__.py": "the public names, in the order one meets them",
    "__main__.py": "the command line",
}
BEGIN, END = "<!-- sizes: python -m tests.sizes --write -->", "<!-- end of sizes -->"

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
    """The size of every file of the library.

    >>> sizes()["engine.py"].code < sizes()["engine.py"].all
    True
    """
    there = {p.relative_to(PACKAGE).as_posix(): p for p in sorted(PACKAGE.rglob("*.py"))}
    return {name: size(path.read_text(encoding="utf-8")) for name, path in there.items()}


def by_room() -> dict[str, Size]:
    """The size of every room, in the order of the floors; a folder's files together.

    >>> list(by_room())[0]
    'backend'
    """
    found: dict[str, Size] = {}
    for name, one in sizes().items():
        room = name.partition("/")[0]
        found[room] = Size(*map(sum, zip(found.get(room, Size(0, 0)), one, strict=True)))
    order = [*(r for r in ROOMS if r in found), *(r for r in found if r not in ROOMS)]
    return {room: found[room] for room in order}


def report() -> str:
    """A table of all files and their sum, for a terminal.

    >>> report().splitlines()[0].split()
    ['file', 'code', 'all', 'lines']
    """
    found = sizes()
    total = Size(*map(sum, zip(*found.values(), strict=True)))
    rows = [*found.items(), ("together", total)]
    lines = [f"{'file':26}{'code':>6}{'all lines':>11}"]
    return "\n".join(lines + [f"{name:26}{s.code:6,}{s.all:11,}" for name, s in rows])


def table() -> str:
    """The rooms, what each is about, and its lines of code, in Markdown.

    >>> table().splitlines()[0]
    '| room | about | lines of code |'
    """
    rows = [f"| `{r}` | {ROOMS.get(r, '')} | {s.code:,} |" for r, s in by_room().items()]
    total = sum(s.code for s in by_room().values())
    head = ["| room | about | lines of code |", "|---|---|---|"]
    return "\n".join([*head, *rows, f"| together | | {total:,} |"])


def write() -> None:
    """Put the table where scratchgen/README.md has it."""
    text = README.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    README.write_text(f"{before}{BEGIN}\n{table()}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        write()
    print(report())
