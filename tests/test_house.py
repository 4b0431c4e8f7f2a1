"""The house rules, read from the sources: who imports whom, what is documented, how large it is."""

import ast
import doctest
import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import sizes

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "scratchgen"

# A room is a file or a folder. Its files import from strictly lower floors, and, within a folder,
# from one another without a circle.
FLOORS = {
    "backend": 0, "guards": 0, "data": 0,
    "engine": 1, "draw": 1,
    "functions": 2, "gradcheck": 2, "optim": 2,
    "nn": 3, "distributed": 3, "training": 3,
    "measure": 4, "vae": 4, "gan": 4,
    "runs": 5, "export": 5, "testing": 5,
    "commands": 6, "__init__": 6,
    "__main__": 7,
}  # fmt: skip
# A file of a folder that stands on a floor of its own: the doctor times both models' steps.
APART = {"backend/doctor": 5, "backend/__main__": 6}
# These are read, the others used.
PAGES = ["engine", "functions", "gradcheck", "nn", "optim", "vae", "gan"]

EVERYWHERE = {"numpy"}  # may be imported at the top of any file
# `import scratchgen` does not wait for these.
INSIDE_FUNCTIONS = {"matplotlib", "rich", "threadpoolctl"}
ONLY_IN = {
    "backend": {"cupy"},
    "data": {"PIL", "sklearn"},  # scikit-learn only rebuilds a file
    "draw": {"PIL"},
    "distributed": {"mpi4py"},
    "export": {"safetensors", "onnx"},
    "testing": {"hypothesis"},
}
HEAVY = {
    "matplotlib", "PIL", "rich", "hypothesis", "pytest", "cupy", "scipy", "unittest", "doctest",
    "http", "http.client", "urllib.request", "ssl", "socket", "asyncio", "multiprocessing",
}  # fmt: skip
RNG_NAMES = {"Generator", "default_rng", "SeedSequence", "PCG64"}


def read(path):
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


# An unknown file must reach the test of the table, but may not break those of the rest.
TREES = {
    path.relative_to(PACKAGE).with_suffix("").as_posix(): read(path)
    for path in sorted(PACKAGE.rglob("*.py"))
}
LESSONS = {str(p.relative_to(ROOT)): read(p) for p in sorted((ROOT / "lessons").rglob("*.py"))}
every_file = pytest.mark.parametrize("name", TREES)
every_file_and_lesson = pytest.mark.parametrize("name", [*TREES, *LESSONS])


def imports(tree):
    """(module, names, how many dots, the node) of every import, wherever it stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, [], 0, node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "", [alias.name for alias in node.names], node.level, node


def neighbours(tree, name=""):
    """The files of the package that one of them imports; "" is the package's root itself.

    name: its own, from where dots count.
    """
    for module, names, dots, _ in imports(tree):
        parts = module.split(".") if module else []
        if dots == 0 and parts[0] != "scratchgen":
            continue
        above = name.split("/")[:-1]
        parts = [*above[: len(above) - dots + 1], *parts] if dots else parts[1:]
        # `from . import engine` means the file, `from . import Tensor` the folder or the root.
        inside = [known for n in names if (known := file_of([*parts, n]))]
        yield from inside or [file_of(parts) or ""]


def file_of(parts):
    """The file of the package that a dotted name means, without .py; None if there is none."""
    name = "/".join(parts)
    if f"{name}/__init__" in TREES:
        return f"{name}/__init__"
    return name if name in TREES or name in FLOORS else None


def room(name):
    """The room that a file stands in: "data" for data/toys, "engine" for engine."""
    return name.split("/")[0]


def floor(name):
    """The floor that a file stands on."""
    return APART.get(name, FLOORS[room(name)])


def strangers(tree):
    """(package, node) of every import from outside of Python and of this project."""
    for module, _, dots, node in imports(tree):
        package = module.split(".")[0]
        if dots == 0 and package not in sys.stdlib_module_names | {"scratchgen"}:
            yield package, node


def run_at_import(tree):
    """The nodes that run as soon as a file is imported: outside of functions and TYPE_CHECKING."""
    waiting = list(tree.body)
    while waiting:
        node = waiting.pop()
        typing_only = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        if not typing_only and not isinstance(node, (ast.FunctionDef, ast.Lambda)):
            yield node
            waiting += ast.iter_child_nodes(node)


def called_or_named(tree):
    """Every dotted name in a file, as written: `numpy.random.rand`."""
    return [ast.unparse(n) for n in ast.walk(tree) if isinstance(n, (ast.Attribute, ast.Name))]


# Who imports whom.


def test_every_file_has_a_floor():
    assert {room(name) for name in TREES} <= set(FLOORS)
    assert set(APART) <= set(TREES)


@every_file
def test_imports_go_strictly_down(name):
    for other in neighbours(TREES[name], name):
        assert other, f"{name}.py imports from the package root; import from the file instead"
        if room(other) == room(name) and floor(other) == floor(name):
            assert name not in reached(other), f"{name}.py and {other}.py import one another"
        else:
            assert floor(other) < floor(name), f"{name}.py imports {other}.py: not a lower floor"


def reached(name, seen=()):
    """A file and all that it leads to within its own room."""
    here = [n for n in neighbours(TREES[name], name) if n in TREES and room(n) == room(name)]
    found = {name, *seen}
    for other in here:
        if other not in found:
            found |= reached(other, found)
    return found


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("from .engine import Tensor", ["engine"]),
        ("from scratchgen.engine import Tensor", ["engine"]),
        ("import scratchgen.engine", ["engine"]),
        ("def f():\n    from . import nn, optim", ["nn", "optim"]),
        ("from scratchgen.backend import use", ["backend/__init__"]),
        ("from scratchgen.backend.doctor import main", ["backend/doctor"]),
        ("from . import backend", ["backend/__init__"]),
        ("from . import Tensor", [""]),
        ("from scratchgen import Tensor", [""]),
        ("import scratchgen", [""]),
        ("import numpy.random", []),
    ],
)
def test_the_reader_of_imports_sees_each_way_to_write_one(line, found):
    assert list(neighbours(ast.parse(line))) == found


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("from . import doctor", ["backend/doctor"]),
        ("from .doctor import main", ["backend/doctor"]),
        ("from ..engine import Tensor", ["engine"]),
        ("from .. import nn", ["nn"]),
        ("from . import use", ["backend/__init__"]),
        ("from .. import Tensor", [""]),
    ],
)
def test_dots_count_from_the_folder_that_a_file_stands_in(line, found):
    assert list(neighbours(ast.parse(line), "backend/__main__")) == found


@every_file
def test_only_the_libraries_agreed_on_are_imported(name):
    allowed = EVERYWHERE | INSIDE_FUNCTIONS | ONLY_IN.get(room(name), set())
    assert {package for package, _ in strangers(TREES[name])} <= allowed


@every_file
def test_only_numpy_is_imported_at_the_top(name):
    at_import = set(map(id, run_at_import(TREES[name])))
    allowed = EVERYWHERE | ({"hypothesis"} if room(name) == "testing" else set())
    top = {package for package, node in strangers(TREES[name]) if id(node) in at_import}
    assert top <= allowed, f"{name}.py: import {top - allowed} inside the functions that need it"


@pytest.mark.parametrize("name", sorted(n for n in TREES if not n.startswith("backend/")))
def test_cupy_is_named_in_the_backend_alone(name):
    words = called_or_named(TREES[name]) + [module for module, *_ in imports(TREES[name])]
    words += [n.value for n in ast.walk(TREES[name]) if isinstance(n, ast.Constant)]
    assert not [w for w in words if isinstance(w, str) and re.match(r"cupyx?(\.|$)", w)]


@every_file_and_lesson
def test_pyplots_global_state_is_never_used(name):
    for module, names, *_ in imports((TREES | LESSONS)[name]):
        assert "pyplot" not in [*module.split("."), *names]


# What a file may do.


@every_file_and_lesson
def test_nothing_is_pickled(name):
    tree = (TREES | LESSONS)[name]
    assert not {module for module, *_ in imports(tree)} & {"pickle", "cPickle", "shelve", "marshal"}
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        options = {k.arg: ast.unparse(k.value) for k in call.keywords}
        assert options.get("allow_pickle", "False") == "False"
        if ast.unparse(call.func) in ("np.load", "numpy.load"):
            assert "allow_pickle" in options, f"{name}, line {call.lineno}: say allow_pickle=False"


@every_file_and_lesson
def test_random_numbers_come_from_a_generator_that_was_passed_in(name):
    for word in called_or_named((TREES | LESSONS)[name]):
        found = re.match(r"(?:np|numpy)\.random\.(\w+)", word)
        assert not found or found[1] in RNG_NAMES, f"{word} draws from a hidden global state"


@every_file
def test_every_assert_says_what_was_violated(name):
    # python -O drops them, so they are for our own invariants; a person's mistake is a ValueError.
    asserts = [node for node in ast.walk(TREES[name]) if isinstance(node, ast.Assert)]
    assert not [node.lineno for node in asserts if node.msg is None]


@every_file_and_lesson
def test_no_error_is_swallowed_whole(name):
    handlers = [n for n in ast.walk((TREES | LESSONS)[name]) if isinstance(n, ast.ExceptHandler)]
    assert not [h.lineno for h in handlers if h.type is None]


# What is documented.


def is_private(node):
    """Whether nobody is meant to look it up; a setter's docstring is its property's."""
    setter = any(ast.unparse(d).endswith(".setter") for d in getattr(node, "decorator_list", []))
    return node.name.startswith("_") or setter


def public(name):
    """(name, node) of a file's public functions and classes, and of the classes' public methods."""
    kinds = (ast.FunctionDef, ast.ClassDef)
    for node in TREES[name].body:
        if isinstance(node, kinds) and not is_private(node):
            yield node.name, node
            for part in node.body if isinstance(node, ast.ClassDef) else []:
                if isinstance(part, ast.FunctionDef) and not is_private(part):
                    yield f"{node.name}.{part.name}", part


def examples(node):
    return doctest.DocTestParser().get_examples(ast.get_docstring(node) or "")


@every_file
def test_every_file_says_what_it_is_about(name):
    assert ast.get_docstring(TREES[name])


@every_file
def test_everything_public_has_a_docstring(name):
    assert not [title for title, node in public(name) if not ast.get_docstring(node)]


@every_file
def test_every_public_function_shows_an_example(name):
    functions = [(t, n) for t, n in public(name) if isinstance(n, ast.FunctionDef) and "." not in t]
    assert not [title for title, node in functions if not examples(node)]


@every_file
def test_examples_are_at_most_six_lines(name):
    def length(node):
        return sum(len(e.source.splitlines()) for e in examples(node))

    assert not [(title, length(node)) for title, node in public(name) if length(node) > 6]


def test_every_op_has_its_docstring_where_help_looks_for_it():
    from scratchgen import engine, functions
    from scratchgen.engine import Op

    ops = [x for module in (engine, functions) for x in vars(module).values() if isinstance(x, Op)]
    assert len(ops) > 30
    assert not [op for op in ops if not (op.__doc__ and ">>>" in op.__doc__)]


# `import scratchgen`.


def python(code, **environment):
    """What a fresh process prints, seen from the project's root."""
    command = [sys.executable, "-c", code]
    environment = os.environ | environment
    return subprocess.run(
        command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    ).stdout


def test_the_import_loads_numpy_and_nothing_else_of_weight():
    loaded = python("import sys, scratchgen; print(*sys.modules)").split()
    with_numpy = python("import sys, numpy; print(*sys.modules)").split()
    assert "numpy" in loaded
    assert not HEAVY & (set(loaded) - set(with_numpy))


def test_the_import_prints_nothing_and_reads_no_random_state():
    code = "import numpy; numpy.random.seed(1); a = numpy.random.rand(); numpy.random.seed(1); "
    code += "import scratchgen; assert a == numpy.random.rand(), 'the global state was touched'"
    assert python(code) == ""


def test_the_import_takes_hardly_longer_than_numpys(capsys, tmp_path):
    def seconds(module):
        # Processor time of the whole process, which a busy machine disturbs least; compiled files
        # are kept in a folder of the test's own, so that only the first run compiles.
        code = f"import {module}, time; print(time.process_time())"
        return float(python(code, PYTHONPYCACHEPREFIX=str(tmp_path), PYTHONDONTWRITEBYTECODE=""))

    runs = [(seconds("numpy"), seconds("scratchgen")) for _ in range(7)]
    ratio = min(ours for _, ours in runs) / min(numpys for numpys, _ in runs)
    with capsys.disabled():
        print(f"\nimport scratchgen takes {ratio:.2f} x as long as import numpy")
    assert ratio < 1.5  # 1.25 when this was written


def test_wrong_input_is_an_error_also_when_python_drops_asserts():
    code = """
        import numpy
        from scratchgen import MLP, Adam, Tensor, grad
        mistakes = [
            lambda: MLP([784], rng=numpy.random.default_rng(0)),
            lambda: MLP([3, 1], rng=numpy.random.default_rng(0))(numpy.zeros((2, 4), "float32")),
            lambda: Adam([Tensor(1.0)], lr=-1),
            lambda: grad(Tensor([1.0, 2.0]) * 2, Tensor(1.0)),
            lambda: Tensor(numpy.arange(3)),
        ]
        for mistake in mistakes:
            try:
                mistake()
            except (TypeError, ValueError):
                print("refused")
    """
    lines = "\n".join(line[8:] for line in code.splitlines())
    assert python(lines, PYTHONOPTIMIZE="1").split() == ["refused"] * 5


# How large it is.


def test_the_seven_pages_can_be_read_in_an_afternoon(capsys):
    with capsys.disabled():
        print(f"\n{sizes.report()}")
    found = sizes.sizes()
    assert sum(found[f"{page}.py"].code for page in PAGES) < 1_600


def test_a_file_of_a_folder_is_one_subject():
    for name, size in sizes.sizes().items():
        assert "/" not in name or size.all <= 300, f"{name} has {size.all} lines: divide it"


def test_the_sizes_that_are_stated_are_the_sizes():
    text = (PACKAGE / "README.md").read_text(encoding="utf-8")
    assert sizes.table() in text, "write them anew: python -m tests.sizes --write"


def test_every_public_name_of_before_is_where_it_was():
    for line in (ROOT / "tests" / "public_names.txt").read_text().split():
        module, _, name = line.rpartition(".")
        assert hasattr(importlib.import_module(module), name), line


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("x = 1\n", 1),
        ("x = [\n    1,\n    # one\n\n    2,\n]\n", 4),
        ('"""Two\nlines."""\n\nx = """a\nb"""  # a string, but no docstring\n', 2),
        ('class A:\n    """What it is."""\n\n    def f(self):\n        """What."""\n', 2),
        ("# only words\n\n", 0),
    ],
)
def test_lines_of_code_are_counted_as_said(source, code):
    assert sizes.size(source).code == code


# The README.


READMES = ["README.md", "lessons/README.md", "scratchgen/README.md", "scratchgen/runs/README.md",
           "tests/benchmarks/README.md"]  # fmt: skip


def readme(name="README.md"):
    return (ROOT / name).read_text(encoding="utf-8")


def python_blocks(text):
    """(line number, code) of every ```python block."""
    for found in re.finditer(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        yield text.count("\n", 0, found.start(1)), found[1]


def run_block(line, code, names):
    """Run a block as the reader would who types them all, one after the other."""
    if ">>>" not in code:
        exec(compile("\n" * line + code, "README.md", "exec"), names)
        return
    test = doctest.DocTestParser().get_doctest(code, {}, "README.md", "README.md", line)
    test.globs = names
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    report = []
    runner.run(test, out=report.append, clear_globs=False)
    assert not runner.failures, "".join(report)


@pytest.mark.parametrize("name", READMES)
def test_the_examples_of_a_readme_run_and_print_what_they_say(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "readme"}
    for line, code in python_blocks(readme(name)):
        run_block(line, code, names)


@pytest.mark.parametrize("name", [*READMES, "scratchgen/testing/README.md"])
def test_what_a_readme_links_to_is_there(name):
    folder = (ROOT / name).parent
    for target in re.findall(r"\]\(([^)#]+)\)", readme(name)):
        assert "://" in target or (folder / target).exists(), f"{name}: {target}"


def test_the_readme_reader_fails_an_example_that_prints_something_else(tmp_path):
    (line, good), (_, bad) = python_blocks(
        "# Title\n\n```python\nx = 2\n```\n\n```sh\nls\n```\n```python\n>>> x + 1\n4\n```\n"
    )
    names = {}
    run_block(line, good, names)
    with pytest.raises(AssertionError, match=r"Expected:\s+4\s+Got:\s+3\s"):
        run_block(0, bad, names)
