"""A lesson's exercises on its page: what is asked, help in two steps, and our answer."""

import ast
from html import escape

from lessons.book.code import block
from lessons.book.prose import Heading, Prose
from lessons.runner.cells import Lesson
from lessons.runner.check import function_of

# Of what the files of checks call.
PARAMETERS = ("name", "properties", "hint", "stronger_hint")


def exercises(lesson: Lesson, prose: Prose) -> str:
    """Return all exercises of a lesson; nothing, if it has none."""
    names, folder = lesson.exercises(), lesson.path.parent
    if not names:
        return ""
    hints = read_hints((folder / "checks" / lesson.path.name).read_text(encoding="utf-8"))
    parts = []
    for name in names:
        stub = function_of(folder / "exercises" / lesson.path.name, name)
        ours = function_of(folder / "solutions" / lesson.path.name, name)
        anchor = prose.anchor_for(f"exercise-{name}")
        prose.headings.append(Heading(3, anchor, f"<code>{name}</code>", name))
        command = f"python -m lessons check {lesson.number} {name}"
        helps = zip(("A hint", "A stronger hint"), hints.get(name, ()), strict=False)
        parts.append(
            f'<section class="exercise"><h3 id="{anchor}"><code>{name}</code></h3>\n'
            + block(stub, f"Exercise {name}")
            + "".join(_folded(title, f"<p>{escape(hint)}</p>") for title, hint in helps if hint)
            + _folded("Our answer", block(ours, f"Our answer to {name}"))
            + f'<p class="command">Test yours: <kbd>{command}</kbd></p></section>'
        )
    return "\n".join(parts)


def read_hints(checks: str) -> dict[str, tuple[str, str]]:
    """Return the hint and the stronger hint of each exercise of a file of checks, unrun.

    >>> read_hints("EXERCISES = [Exercise('f', [], hint='Look' ' here.', stronger_hint='x')]")
    {'f': ('Look here.', 'x')}
    """
    found = {}
    for call in ast.walk(ast.parse(checks)):
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "Exercise":
            named = dict(zip(PARAMETERS, call.args, strict=False))
            named |= {keyword.arg or "": keyword.value for keyword in call.keywords}
            name, hint, stronger = (_text(named.get(x)) for x in ("name", "hint", "stronger_hint"))
            found[name] = (hint, stronger)
    return found


def _text(node: ast.expr | None) -> str:
    """A text as it stands in a source; nothing for what is computed."""
    return str(node.value) if isinstance(node, ast.Constant) else ""


def _folded(title: str, html: str) -> str:
    return f"<details><summary>{title}</summary>{html}</details>\n"
