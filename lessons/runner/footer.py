"""A lesson's footer: experiments with their answers, what it takes, what its text was written by.

It is the last cell, tagged "footer". Its headings are Try, Exercises, Sources and For maintainers.
"""

import re
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lessons.runner.cells import Cell

HIDDEN = "For maintainers"  # the heading of what nobody needs who reads a lesson
ITEM = re.compile(r"^(\d+)\. ", re.MULTILINE)
SETTINGS = re.compile(r"((?:`[^`]+`(?:,| and)?\s*)+):\s*(.*)", re.DOTALL)
NEXT_NAME = re.compile(r"\s+(?=[A-Za-z_]\w*=)")
TAKES = re.compile(r"\*\*Takes\*\* ([\d.]+) minutes? to read,\s+([\d.]+) s(?:econds?)? to run")
RECORDED = re.compile(r"\*\*Recorded\*\* with (.+?)\s*(?:\([\d-]+\)\s*)?(?=\n\*\*|\n\n|\Z)", re.S)


@dataclass(frozen=True)
class Experiment:
    """One item under Try: what to set, the question, and what comes of it.

    >>> Experiment(1, {"lr": "0.3"}, "Does it still learn?", "It does not.").words
    'lr=0.3'
    """

    number: int
    settings: dict[str, str]
    question: str
    answer: str

    @property
    def words(self) -> str:
        """The settings as one writes them."""
        return " ".join(f"{name}={value}" for name, value in self.settings.items())


@dataclass(frozen=True)
class Footer:
    """What a footer says; of a lesson without one, nothing.

    shown: its Markdown without answers, and without what is for maintainers. minutes: to read.
    seconds: to run. recorded: the values of the run that the text was written by, as it names them.

    >>> Footer().experiments
    ()
    """

    shown: str = ""
    experiments: tuple[Experiment, ...] = ()
    minutes: float | None = None
    seconds: float | None = None
    recorded: tuple[tuple[str, str], ...] = ()


def footer_of(cells: Iterable[Cell]) -> Footer:
    """Return what the footer among the cells says; ValueError where it cannot be understood.

    >>> footer_of([Cell("prose", 2, "# 1. Derivatives")])
    Footer(shown='', experiments=(), minutes=None, seconds=None, recorded=())
    """
    sources = [cell.source for cell in cells if cell.is_footer]
    return read_footer(sources[-1]) if sources else Footer()


def read_footer(source: str) -> Footer:
    r"""Return what the text of a footer says.

    >>> footer = read_footer("## For maintainers\n**Takes** 25 minutes to read, 20 s to run.\n"
    ...                      "**Recorded** with seed=0 widths=(8, 4) (2026-11-29)")
    >>> footer.minutes, footer.seconds, dict(footer.recorded)
    (25.0, 20.0, {'seed': '0', 'widths': '(8, 4)'})
    """
    parts = sections_of(source)
    experiments = tuple(_experiments(parts.get("Try", "")))
    shown = [_shown(title, body, experiments) for title, body in parts.items() if title != HIDDEN]
    takes, recorded = TAKES.search(source), RECORDED.search(source)
    return Footer(
        "\n\n".join(filter(None, shown)),
        experiments,
        float(takes[1]) if takes else None,
        float(takes[2]) if takes else None,
        tuple(read_settings(recorded[1]).items()) if recorded else (),
    )


def read_settings(text: str) -> dict[str, str]:
    """Return the settings that a text lists, each `name=value`, a space between.

    >>> read_settings("lr=0.3 widths=(8, 4) optimiser=adam")
    {'lr': '0.3', 'widths': '(8, 4)', 'optimiser': 'adam'}
    """
    return dict(_setting(one) for one in NEXT_NAME.split(text.strip()))


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (equals and name.strip().isidentifier() and value.strip()):
        raise ValueError(f"expected NAME=VALUE, such as lr=0.01, got {text!r}.")
    return name.strip(), " ".join(value.split())


def sections_of(source: str) -> dict[str, str]:
    r"""Return what stands under each heading `## ...` of a footer, by its title.

    >>> sections_of("## Try\n\n1. ...\n\n## Sources\nA paper.")
    {'Try': '1. ...', 'Sources': 'A paper.'}
    """
    before, *parts = re.split(r"^## (.*)\n?", source, flags=re.MULTILINE)
    titles, bodies = parts[::2], parts[1::2]
    found = {title.strip(): body.strip() for title, body in zip(titles, bodies, strict=True)}
    return ({"": before.strip()} if before.strip() else {}) | found


def _experiments(text: str) -> Iterator[Experiment]:
    _, *parts = ITEM.split(text)
    for number, body in zip(parts[::2], parts[1::2], strict=True):
        yield _experiment(int(number), textwrap.dedent(f"   {body}").strip())


def _experiment(number: int, body: str) -> Experiment:
    question, _, answer = body.partition("**Answer.**")
    found = SETTINGS.match(question)
    if not found:
        raise ValueError(
            f"footer, Try {number}: expected settings, a colon and a question, such as `lr=0.3`: "
            f"Does the loss still fall? Got {question!r:.60}."
        )
    listed = " ".join(re.findall(r"`([^`]+)`", found[1]))
    return Experiment(number, read_settings(listed), _one_line(found[2]), _one_line(answer))


def _one_line(text: str) -> str:
    return "\n\n".join(" ".join(part.split()) for part in text.strip().split("\n\n"))


def _shown(title: str, body: str, experiments: tuple[Experiment, ...]) -> str:
    if title == "Try":
        body = "\n\n".join(f"{x.number}. `{x.words}`: {x.question}" for x in experiments)
    return f"## {title}\n\n{body}" if title else body
