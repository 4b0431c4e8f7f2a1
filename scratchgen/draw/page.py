"""The page: one style, a title above, a caption below, and the body between them."""

from __future__ import annotations

import functools
import math
import re
from bisect import bisect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:  # matplotlib takes a while to import: only who draws waits for it
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

DPI = 200  # dots per inch
PAGE = 6.5  # inches: the text width of a paper
NARROWEST = 4.0  # inches: a caption needs lines long enough to read
MARGIN = 0.1  # inches, around the page and between its parts
INK, QUIET, BEHIND = "#222222", "#6b6b6b", "#8c8c8c"  # text; captions; what lies behind
COLOURS = (
    *("#0b3d7a", "#e8843a", "#a8203a", "#2c8a72", "#e3b32f"),  # lightness L*: 26, 65, 37, 52, 75
    *("#7ea9e0", "#8a4fb5", "#5e4416", "#d9609f", "#8fd0c2"),  # dashed: 68, 45, 31, 58, 79
)
TIMES = COLOURS[4], COLOURS[3], COLOURS[0]  # from early to late
DASHES = ("-", "--", ":", "-.")  # one for every five colours
TITLE: dict[str, Any] = {"size": 10, "weight": "bold"}
CAPTION: dict[str, Any] = {"size": 8, "color": QUIET, "linespacing": 1.35}
LABEL: dict[str, Any] = {"size": 8, "weight": "bold"}
LEGEND: dict[str, Any] = {
    "loc": "lower left", "bbox_to_anchor": (0, 1), "ncols": 3, "borderpad": 0,
    "columnspacing": 1.2,
}  # fmt: skip
STYLE: dict[str, Any] = {
    "figure.dpi": DPI,
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same figure on every machine
    "text.hinting": "none",  # letters as wide at 100 dots an inch, in an animation, as at 200
    "font.size": 8, "text.color": INK, "lines.linewidth": 1.3, "legend.frameon": False,
    "axes.labelcolor": INK, "axes.edgecolor": QUIET, "axes.linewidth": 0.6,
    "axes.spines.top": False, "axes.spines.right": False, "axes.formatter.limits": (-3, 5),
    "axes.titlelocation": "left", "axes.titlesize": 8, "axes.titleweight": "bold",
    "xtick.color": QUIET, "xtick.labelsize": 8, "xtick.major.width": 0.6,
    "ytick.color": QUIET, "ytick.labelsize": 8, "ytick.major.width": 0.6,
}  # fmt: skip


_held: list[bool] = []  # whether our style is in force: matplotlib's settings are one, for all


@contextmanager
def paper_style() -> Iterator[None]:
    """A context, or a decorator, in which matplotlib draws in our style, not in the user's.

    >>> with paper_style():
    ...     print(blank_page(6, 2, "", "")[0].dpi)
    200.0
    """
    import matplotlib

    if _held:  # as it is while a figure is drawn; to set all of them again takes milliseconds
        yield
        return
    plain: dict[Any, Any] = dict(matplotlib.rcParamsDefault)
    del plain["backend"]  # naming it would import pyplot
    with matplotlib.rc_context(plain | STYLE):
        _held.append(True)
        try:
            yield
        finally:
            _held.pop()


def inches(text: str, **style: Any) -> tuple[float, float]:
    """The width and height of `text` as drawn.

    >>> bool(inches("wide")[0] > inches("nil")[0])
    True
    """
    return _measured(text, tuple(style.items()))


@functools.lru_cache(maxsize=4096)  # captions are measured word by word, and again in each frame
def _measured(text: str, style: tuple[tuple[str, Any], ...]) -> tuple[float, float]:
    """The width and height of a text in our style, in inches."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with paper_style():
        figure = Figure((1, 1), dpi=DPI)
        FigureCanvasAgg(figure)
        box = figure.text(0, 0, text, **dict(style)).get_window_extent()
    return box.width / DPI, box.height / DPI


def wrapped(text: str, width: float, **style: Any) -> str:
    """`text` in lines of at most `width` inches; a formula between $ signs stays in one piece.

    >>> wrapped("We see $a + b$ here", 0.5).split("\\n")
    ['We see', '$a + b$', 'here']
    """
    words, lines = re.findall(r"(?:\$[^$]*\$|\S)+", text), []
    while words:
        longer = range(2, len(words) + 1)  # numbers of words: a line has one at least
        fit = 1 + bisect(longer, width, key=lambda n: inches(" ".join(words[:n]), **style)[0])
        lines.append(" ".join(words[:fit]))
        words = words[fit:]
    return "\n".join(lines)


def blank_page(width: float, height: float, title: str, caption: str) -> tuple[Figure, np.ndarray]:
    """A figure around a body of width x height inches; the body's (left, bottom, w, h), inches.

    >>> figure, body = blank_page(6, 2, "A title", "A caption")
    >>> float(figure.get_size_inches()[0]), float(body[2])
    (6.2, 6.0)
    """
    from matplotlib.figure import Figure

    page = max(width, NARROWEST)
    title, caption = wrapped(title, page, **TITLE), wrapped(caption, page, **CAPTION)
    above = inches(title, **TITLE)[1] + MARGIN if title else 0
    below = inches(caption, **CAPTION)[1] + 1.5 * MARGIN if caption else 0
    bottom = math.ceil((MARGIN + below) * DPI) / DPI  # whole dots keep images' pixels square
    w, h = page + 2 * MARGIN, math.ceil((bottom + height + above + MARGIN) * DPI) / DPI
    figure = Figure((w, h))
    figure.text(MARGIN / w, 1 - MARGIN / h, title, va="top", **TITLE)
    figure.text(MARGIN / w, MARGIN / h, caption, va="bottom", **CAPTION)
    return figure, np.array([MARGIN, bottom, width, height])


def plot(
    width: float, height: float, title: str, caption: str, rows: int = 1, columns: int = 1,
    above: float = 0,
) -> tuple[Figure, np.ndarray]:  # fmt: skip
    """A page with a grid of axes, laid out so that no label leaves the body.

    above: inches, room that is left above them for a legend.

    >>> figure, axes = plot(4, 3, "A title", "A caption", rows=2)
    >>> axes.shape
    (2, 1)
    """
    figure, box = blank_page(width, height + above, title, caption)
    body = (box - [0, 0, 0, above]) / np.tile(figure.get_size_inches(), 2)
    figure.set_layout_engine("constrained", rect=tuple(body), w_pad=0.02, h_pad=0.02, wspace=0.05)
    return figure, figure.subplots(rows, columns, squeeze=False)


def settled(figure: Figure) -> Figure:
    """`figure` with its layout computed and frozen, and its ticks made while our style holds.

    >>> type(settled(plot(4, 3, "", "")[0]).get_layout_engine()).__name__
    'PlaceHolderLayoutEngine'
    """
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    return figure


def trimmed(figure: Figure) -> Figure:
    """`figure` without the gap that axes of a fixed shape leave between them and the caption.

    >>> figure, grid = plot(4, 4, "A wide plane", "A caption")
    >>> grid[0, 0].set(xlim=(0, 4), ylim=(0, 1), aspect="equal", anchor="N") and None
    >>> float(trimmed(settled(figure)).get_figheight()) < 3
    True
    """
    w, h = figure.get_size_inches()
    title, caption = figure.texts
    dpi, below = figure.dpi, caption.get_window_extent().height
    bodies = [body for axes in figure.axes if (body := axes.get_tightbbox())]
    gap = math.floor(max(0, min(body.y0 for body in bodies) - below - 2 * MARGIN * dpi)) / dpi
    for axes in figure.axes:
        x0, y0, width, height = axes.get_position(original=True).bounds
        axes.set_position((x0, (y0 * h - gap) / (h - gap), width, height * h / (h - gap)))
    figure.set_size_inches(w, h - gap)
    title.set_y(1 - MARGIN / (h - gap))
    caption.set_y(MARGIN / (h - gap))
    figure.draw_without_rendering()  # legends move along
    return figure


def rising(x: np.ndarray) -> np.ndarray:
    """Numbers near `x` that do not fall: with the steps taken off, places that keep their gap.

    >>> rising(np.array([1.0, 3.0, 2.0, 4.0]))
    array([1. , 2.5, 2.5, 4. ])
    """
    return (np.maximum.accumulate(x) + np.minimum.accumulate(x[::-1])[::-1]) / 2


def halo() -> list[Any]:
    """A white rim that keeps letters legible over what is drawn behind them.

    >>> len(halo())
    1
    """
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=2.5, foreground="white")]


def time_map() -> Colormap:
    """The colours of time, from pale for what is early to dark for what is late.

    >>> early, late = time_map()([0.0, 1.0]).sum(axis=1)
    >>> bool(early > late)
    True
    """
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("time", TIMES, 257)


def colour_map(signed: bool) -> Colormap:
    """The colours from white for 0 to blue above it; if `signed`, to orange below it too.

    Blue and orange stay apart in every common kind of colour blindness.

    >>> colour_map(signed=True)([0.5])
    array([[1., 1., 1., 1.]])
    """
    from matplotlib.colors import LinearSegmentedColormap

    above, below = ["white", COLOURS[5], COLOURS[0]], ["#7a3206", COLOURS[1]]
    return LinearSegmentedColormap.from_list("signed", below * signed + above, 257)
