"""The reference: the library's public names, in the order a learner meets them."""

import functools
import inspect
import re
from collections.abc import Iterator
from html import escape
from types import ModuleType
from typing import Any

from lessons.book.code import block
from lessons.book.page import Page
from lessons.book.prose import Heading

# In the order in which a learner meets them. What stands in the package itself is not said twice.
MODULES = ("data", "vae", "gan", "measure", "draw", "nn", "optim", "gradcheck", "backend",
           "distributed")  # fmt: skip


@functools.cache
def page_of(quick: bool) -> Page:
    """Return the page of the library's public names."""
    import scratchgen

    things = {name: getattr(scratchgen, name) for name in sorted(scratchgen.__all__)}
    things = {name: x for name, x in things.items() if not isinstance(x, ModuleType)}
    own = [_entry(name, name, x) for name, x in things.items() if inspect.getdoc(x)]
    headings = [Heading(2, "module-scratchgen", "scratchgen", "scratchgen")]
    parts = [_module("scratchgen", scratchgen), *own]
    for name in MODULES:
        module = getattr(scratchgen, name)
        names = [x for x in public(module) if getattr(module, x) is not things.get(x)]
        headings.append(Heading(2, f"module-{name}", name, name))
        parts.append(_module(name, module))
        parts += [_entry(f"{name}.{x}", f"{name}-{x}", getattr(module, x)) for x in names]
    words = "Every name that the library offers, by what its own documentation says."
    body = f"<h1>The library</h1>\n<p>{words}</p>\n" + "\n".join(parts)
    return Page("names.html", "The library", body, headings, quick=quick)


def public(module: ModuleType) -> Iterator[str]:
    """Yield the names that a module offers: those it lists, or all that are its own.

    >>> from scratchgen import vae
    >>> "train" in public(vae)
    True
    """
    listed = getattr(module, "__all__", None)
    for name, thing in vars(module).items():
        home = str(getattr(thing, "__module__", ""))
        own = home == module.__name__ or home.startswith(f"{module.__name__}.")
        offered = name in listed if listed else own and not name.startswith("_")
        if offered and callable(thing) and inspect.getdoc(thing):
            yield name


def _module(name: str, module: ModuleType) -> str:
    text = documentation(inspect.getdoc(module) or "")
    return f'<h2 id="module-{name}">{name}</h2>\n{text}'


def _entry(name: str, anchor: str, thing: Any) -> str:
    """A name with its signature and what is said of it."""
    text = documentation(inspect.getdoc(thing) or "")
    return (
        f'<section class="name" id="name-{anchor}"><h3><code>{escape(name)}</code>'
        f'<code class="signature">{escape(_signature(thing))}</code></h3>\n{text}</section>'
    )


def _signature(thing: Any) -> str:
    """How it is called, without types, which are for checkers."""
    try:
        signature = inspect.signature(thing)
    except (TypeError, ValueError):
        return ""
    bare = [
        parameter.replace(annotation=inspect.Parameter.empty)
        for parameter in signature.parameters.values()
        if parameter.name != "self"
    ]
    plain = signature.replace(parameters=bare, return_annotation=inspect.Signature.empty)
    return re.sub(r" object at 0x\w+", "", str(plain))


def documentation(text: str) -> str:
    """Return a docstring as HTML: paragraphs, examples, and what is indented as it stands.

    >>> documentation("The sum of `x`.")
    '<p>The sum of <code>x</code>.</p>'
    """
    parts = []
    for paragraph in re.split(r"\n\s*\n", text.strip("\n")):
        if paragraph.lstrip().startswith(">>>"):
            parts.append(block(inspect.cleandoc(paragraph), "Example", "pycon"))
        elif paragraph.startswith(" "):
            parts.append(block(inspect.cleandoc(paragraph), "As it stands", "text"))
        else:
            parts += [f"<p>{_words(item)}</p>" for item in _items(paragraph)]
    return "\n".join(parts)


def _items(paragraph: str) -> list[str]:
    """A paragraph, divided where a line begins with an argument's name: `x: the input`."""
    return re.split(r"\n(?=[A-Za-z_][\w, ]{0,30}: |Returns |Raises )", paragraph)


def _words(text: str) -> str:
    html = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(" ".join(text.split())))
    return re.sub(r"^((?:[A-Za-z_]\w*(?:, )?)+): ", r"<b>\1</b>: ", html)
