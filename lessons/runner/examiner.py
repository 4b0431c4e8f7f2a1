"""Examining answers: reading a reader's file, and holding it to the properties of exercises.

All in this process, which answers may end or hold up: apart.py sees to that.
"""

import ast
import inspect
import linecache
import re
import sys
import textwrap
import traceback
import types
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lessons.runner.found import Exercise, Outcome

KEPT_EXAMPLE = 8  # lines of an example

UNSTEADY = (
    "It gives another result when it is called again with the same arguments. "
    "Does it draw random numbers of its own, or write into what it is given?"
)

# What Python or NumPy says where a person would need other words.
TRANSLATED = {
    "operand 'Tensor' does not support ufuncs (__array_ufunc__=None)": (
        "NumPy's functions take no Tensors: use scratchgen's own, such as exp or sum."
    ),
    "EOF when reading a line": "Nobody can type here: give a value in place of input().",
}


@dataclass(frozen=True)
class Answers:
    """A reader's file that could be read: its module and its syntax tree."""

    path: Path
    module: types.ModuleType
    tree: ast.Module


class AnswersError(Exception):
    """A reader's file that cannot be read: why, and by which of its lines."""


def read_answers(path: Path) -> Answers:
    """Return the reader's file, run as a module; AnswersError, in words, where that fails.

    Nothing is written beside it, no .pyc either.
    """
    module = types.ModuleType(f"answers_{path.stem}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # a dataclass, for one, looks there for its own
    try:
        tree = ast.parse(path.read_bytes(), str(path))
        exec(compile(tree, str(path), "exec", dont_inherit=True), vars(module))
    except KeyboardInterrupt:
        raise
    except BaseException as problem:  # an exit() too
        raise AnswersError(describe(problem, path)) from problem
    return Answers(path, module, tree)


def examine(
    exercise: Exercise,
    answers: Answers,
    parameters: Sequence[str] | None = None,
    begin: Callable[[Outcome], None] = lambda outcome: None,
) -> Outcome:
    """Return what becomes of one exercise.

    parameters: what the function is asked to take; "x=" where it has a default; None: not compared.
    begin: called before each property with the outcome of one that never ends.
    """
    found = Outcome(
        exercise.name, "passed", hint=exercise.hint, stronger_hint=exercise.stronger_hint
    )
    if problem := _unfit(exercise.name, answers, parameters):
        return replace(found, state=problem[0], message=problem[1])
    for holds in exercise.properties:
        asked = replace(found, state="failed", property=inspect.getdoc(holds) or "")
        begin(asked)
        if failure := _failure(holds, exercise.name, answers):
            return replace(asked, **failure)
    return found


def parameters_of(name: str, tree: ast.Module) -> list[str] | None:
    """Return the names of a function's parameters; None for what is no function with such names.

    >>> parameters_of("f", ast.parse("def f(x, scale=1): pass"))
    ['x', 'scale=']
    """
    node = definition(name, tree)
    if not isinstance(node, ast.FunctionDef) or node.args.vararg or node.args.kwarg:
        return None
    names = [parameter.arg for parameter in node.args.posonlyargs + node.args.args]
    with_defaults = len(node.args.defaults)
    required = names[: len(names) - with_defaults]
    optional = names[len(required) :] + [parameter.arg for parameter in node.args.kwonlyargs]
    return required + [f"{parameter}=" for parameter in optional]


def translate(words: str) -> str:
    """Return `words` with those replaced that would not help the person who reads them.

    >>> translate("EOFError: EOF when reading a line")
    'EOFError: Nobody can type here: give a value in place of input().'
    """
    for theirs, ours in TRANSLATED.items():
        words = words.replace(theirs, ours)
    return words


def describe(problem: BaseException, path: Path) -> str:
    """Return what was raised, and by which of the reader's own lines."""
    parts = traceback.TracebackException.from_exception(problem)
    parts.__notes__ = None  # Hypothesis' notes: the example has a place of its own
    words = translate(list(parts.format_exception_only())[-1].strip())
    if isinstance(problem, SyntaxError):
        return _describe_syntax(problem, words, path)
    if isinstance(problem, SystemExit):
        words = "It calls exit(), which would end the test as well."
    lines = _own_lines(problem, path)
    return f"{words}\n{quote(lines[-1], path)}" if lines else words


def _unfit(
    name: str, answers: Answers, parameters: Sequence[str] | None
) -> tuple[str, str] | None:
    """The state and the message of an answer that no property can be tried on."""
    answer = getattr(answers.module, name, None)
    if answer is None:
        return "missing", ""
    if not callable(answer):
        return "failed", f"Expected a function, got {answer!r:.60}."
    if (words := stub_hint(definition(name, answers.tree))) is not None:
        return "not begun", words
    if parameters is not None and not _takes(answer, parameters):
        wanted = ", ".join(parameters).replace("=", "=...")
        return "failed", f"Expected {name}({wanted}), got {name}{inspect.signature(answer)}."
    return None


def _takes(answer: Callable, parameters: Sequence[str]) -> bool:
    required = [parameter for parameter in parameters if not parameter.endswith("=")]
    optional = {parameter[:-1]: None for parameter in parameters if parameter.endswith("=")}
    try:
        inspect.signature(answer).bind(*required, **optional)
    except TypeError:
        return False
    except ValueError:  # it has no signature to compare
        pass
    return True


def definition(name: str, tree: ast.Module) -> ast.FunctionDef | ast.ClassDef | None:
    """Return the last definition of a function or class of this name, if there is one.

    >>> definition("f", ast.parse("def f(x): pass")).lineno
    1
    """
    named = [x for x in tree.body if isinstance(x, ast.FunctionDef | ast.ClassDef)]
    return next((x for x in reversed(named) if x.name == name), None)


def stub_hint(node: ast.AST | None) -> str | None:
    """Return what an untouched function, or a method, raises NotImplementedError with.

    None where nothing is untouched.

    >>> stub_hint(ast.parse("def f(x): raise NotImplementedError('Add.')"))
    'Add.'
    """
    for function in ast.walk(node) if node else ():
        if isinstance(function, ast.FunctionDef):
            match function.body[-1]:
                case ast.Raise(exc=ast.Call(ast.Name("NotImplementedError"), [ast.Constant(hint)])):
                    return str(hint)
                case ast.Raise(exc=ast.Name("NotImplementedError")):
                    return ""
    return None


def _failure(holds: Callable, name: str, answers: Answers) -> dict[str, str] | None:
    """What makes an outcome a failure where the property does not hold of the answer."""
    try:
        with warnings.catch_warnings(action="ignore"):  # an overflow shows in the result
            holds(getattr(answers.module, name))
    except KeyboardInterrupt:
        raise
    except BaseException as problem:  # an exit() too
        return _explained(problem, name, answers.path)
    return None


def _explained(problem: BaseException, name: str, path: Path) -> dict[str, str]:
    from hypothesis.errors import Flaky

    if isinstance(problem, Flaky):
        return {"message": UNSTEADY}
    while isinstance(problem, BaseExceptionGroup):
        problem = problem.exceptions[0]
    if isinstance(problem, NotImplementedError) and _own_lines(problem, path):
        return _not_begun(problem, name)
    return {"message": _message(problem, path), "example": _example(problem)}


def _not_begun(problem: NotImplementedError, name: str) -> dict[str, str]:
    """It is this function that is not begun, or another one that it calls."""
    where = traceback.extract_tb(problem.__traceback__)[-1].name
    words = str(problem) if where == name else f"It calls {where}, which is not begun."
    return {"state": "not begun", "message": words, "property": ""}


def _message(problem: BaseException, path: Path) -> str:
    lines = _own_lines(problem, path)
    innermost = traceback.extract_tb(problem.__traceback__)[-1].filename
    if isinstance(problem, AssertionError) and innermost != str(path):
        cause = _own_lines(problem.__cause__, path) if problem.__cause__ else []
        words = translate(str(problem))
        return f"{words}\n{quote(cause[-1], path)}" if cause else words
    if lines:
        return describe(problem, path)
    return f"What it returns cannot be used: {describe(problem, path)}"


def _example(problem: BaseException) -> str:
    """The arguments that Hypothesis noted, one a line."""
    for note in getattr(problem, "__notes__", ()):
        if re.match(r"(Failing test case|Falsifying example): ", note):
            lines = textwrap.dedent("\n".join(note.splitlines()[1:-1])).splitlines()
            lines = [re.sub(r",?(  # .*)?$", "", line) for line in lines]
            return "\n".join(lines[:KEPT_EXAMPLE] + ["..."] * (len(lines) > KEPT_EXAMPLE))
    return ""


def _own_lines(problem: BaseException, path: Path) -> list[int]:
    """The numbers of the reader's own lines in a traceback, the innermost last."""
    frames = traceback.walk_tb(problem.__traceback__)
    return [line for frame, line in frames if frame.f_code.co_filename == str(path)]


def quote(line: int, path: Path | str) -> str:
    """Return a line of a file, under its number, for a message."""
    text = linecache.getline(str(path), line).strip()
    return f"  line {line}: {text}" if text else f"  line {line}"


def _describe_syntax(problem: SyntaxError, words: str, path: Path) -> str:
    """The line that Python cannot read; or where it is in another file, which this one imports."""
    if problem.lineno is None:
        return words
    if problem.filename == str(path):
        return f"{words}\n{quote(problem.lineno, path)}"
    own = _own_lines(problem, path)
    words = f"{words} ({problem.filename}, line {problem.lineno})"
    return f"{words}\n{quote(own[-1], path)}" if own else words
