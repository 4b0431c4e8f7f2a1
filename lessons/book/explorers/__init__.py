"""The explorers: figures that one can take hold of, each a script beside this file.

A cell of a lesson names one by a tag, `tags=["explorer:backpropagation"]`. The lesson's page shows
it behind that cell; the terminal says that the book has it. An explorer whose lesson names it
nowhere yet has a page of its own.
"""

import base64
from collections.abc import Sequence
from html import escape
from pathlib import Path

from lessons.book.explorers import carried
from lessons.runner.curriculum import EXPLORERS, Explorer

HERE = Path(__file__).parent

__all__ = ["EXPLORERS", "Explorer", "html", "named", "scripts", "there"]


def named(name: str) -> Explorer:
    """Return an explorer by its name; ValueError, naming those that there are, for another."""
    for explorer in EXPLORERS:
        if explorer.name == name:
            return explorer
    have = ", ".join(x.name for x in EXPLORERS)
    raise ValueError(f"There is no explorer {name!r}. There are {have}.")


def there() -> list[Explorer]:
    """Return the explorers that are written."""
    return [x for x in EXPLORERS if (HERE / f"{x.name}.js").exists()]


def html(explorer: Explorer, titled: bool = True) -> str:
    """Return the place of an explorer in a page: its title, what to try first, and its stage.

    Without scripts the still figure of it stands there. titled: whether the page needs its title.
    """
    inner, tag = _still(explorer), "section" if titled else "div"
    title = f"<h3>{escape(explorer.title)}</h3>\n" if titled else ""
    return (
        f'<{tag} class="explorer" id="{explorer.anchor}" data-explorer="{explorer.name}">'
        f"{title}<p>{escape(explorer.first)}</p>\n"
        f'<div class="stage">{inner}</div>{_carried(explorer)}</{tag}>'
    )


def _carried(explorer: Explorer) -> str:
    """The arrays that an explorer carries in its page, where it has some."""
    arrays = HERE / f"{explorer.name}.npz"
    return carried.script(arrays) if arrays.exists() else ""


def _still(explorer: Explorer) -> str:
    """The still figure: a drawing that the script fills with numbers, or a picture of the stage."""
    drawing, picture = (HERE / f"{explorer.name}{ending}" for ending in (".html", ".webp"))
    if drawing.exists():
        return drawing.read_text(encoding="utf-8")
    if picture.exists():
        content = base64.b64encode(picture.read_bytes()).decode()
        return (
            f'<img src="data:image/webp;base64,{content}" alt="{escape(explorer.title)}, a still">'
        )
    return ""


def scripts(explorers: Sequence[Explorer]) -> list[str]:
    """Return the names of the scripts that these explorers need, the shared ones first."""
    own = [f"explorers/{x.name}.js" for x in dict.fromkeys(explorers)]
    shared = [f"explorers/{name}.js" for x in explorers for name in x.needs]
    return [x for x in dict.fromkeys([*shared, *own]) if (HERE.parent / x).exists()]
