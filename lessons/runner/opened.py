"""A lesson as it was asked for: its cells with some knobs turned, and what its footer says."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lessons.runner.cells import Cell, Lesson
from lessons.runner.footer import Experiment, Footer, footer_of
from lessons.runner.knobs import set_knobs, split_options


@dataclass(frozen=True)
class Opened:
    """A lesson, its cells as they will run, its footer, and what was asked for.

    options: of quick, data, seed and backend what was set as a knob is. experiment: that of --try.

    >>> from pathlib import Path
    >>> Opened(Lesson(Path("lesson07_vae.py")), cells=[]).turned
    False
    """

    lesson: Lesson
    cells: list[Cell]
    footer: Footer = field(default_factory=Footer)
    options: Mapping[str, str] = field(default_factory=dict)
    knobs: Mapping[str, str] = field(default_factory=dict)
    experiment: Experiment | None = None

    @property
    def turned(self) -> bool:
        """Whether something was set for this time."""
        return bool(self.options or self.knobs)


def open_lesson(
    lesson: Lesson, settings: Mapping[str, str] | None = None, number: int | None = None
) -> Opened:
    """Return a lesson with knobs set, and with those of its experiment of this number.

    Raises ValueError where the file cannot be read, or there is no such knob or experiment.

    >>> from pathlib import Path
    >>> lesson = Lesson(Path(__file__).parents[1] / "lesson07_vae.py")
    >>> open_lesson(lesson, {"seed": "1"}).options
    {'seed': '1'}
    """
    cells = lesson.cells()
    footer = footer_of(cells)
    experiment = _experiment(footer, number) if number is not None else None
    asked = (experiment.settings if experiment else {}) | dict(settings or {})
    options, knobs = split_options(asked)
    return Opened(lesson, set_knobs(cells, knobs), footer, options, knobs, experiment)


def _experiment(footer: Footer, number: int) -> Experiment:
    for experiment in footer.experiments:
        if experiment.number == number:
            return experiment
    have = ", ".join(f"{x.number} ({x.words})" for x in footer.experiments)
    words = f"It has {have}." if have else "It suggests none."
    raise ValueError(f"This lesson has no experiment {number}. {words}")
