"""Pictures in the order of time, of figures or of arrays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from scratchgen.backend import Array

from .given import as_numbers, check_number, check_shape, on_host
from .page import DPI, paper_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DPI = 100  # of a figure in motion: as wide as a web page shows it
_ACROSS = 600  # dots: how large small images are made
_LONGEST = 60.0  # seconds: an APNG can hold no frame for longer


@dataclass(frozen=True)
class Animation:
    """Frames, ready for `save`: how long each is shown, and how large their file may be."""

    frames: np.ndarray  # (F, H, W) greys or (F, H, W, 3) colours, uint8
    seconds: tuple[float, ...]  # of each frame
    still: np.ndarray  # the last frame, as fine as it can be drawn
    scale: int  # dots to a pixel
    sharp: bool  # pixel art, where every pixel counts; else a plot
    most: int  # bytes
    title: str = ""  # what the book writes below it


def animation(
    frames: Iterable[Figure] | Array, *, seconds: float | Sequence[float] = 0.1, last: float = 2.0,
    scale: int | None = None, most: int = 300_000, title: str = "",
) -> Animation:  # fmt: skip
    """An animation of figures of one size, or of arrays; `save` writes it as APNG or WebP.

    frames: Figures, or an array (F, H, W) or (F, H, W, 3) in [0, 1] or of uint8, such as F mosaics.
    seconds: of each frame, one number or F of them. last: how long the last one stays.
    scale: dots to each pixel of an array; by default as many as make small images easy to see.
    title: what the book writes below it; by default the title of the figure before it.
    most: bytes, which the file never exceeds. What does not fit is reduced in this order: fewer
    colours (greys: 64, 16; colours: 256, 64; figures as WebP: quality 90, 75, 60, 45); of arrays
    fewer dots, down to 250 across; fewer frames (every second, fourth, eighth); of figures fewer
    dots, down to 3/4. Where nothing suffices, `save` raises a ValueError that says what would.

    >>> growing = animation(np.linspace(0, 1, 6)[:, None, None] * np.ones((6, 8, 8)))
    >>> growing.frames.shape, growing.scale, growing.seconds[-2:]
    ((6, 8, 8), 75, (0.1, 2.0))
    """
    if most < 1:
        raise ValueError(f"animation(most): expected a number of bytes from 1, got {most}.")
    given: Any = frames if hasattr(frames, "shape") else list(frames)
    sharp = not any(hasattr(frame, "savefig") for frame in given)
    if sharp:
        stack = _pixels(given)
        still, dots = stack[-1], _dots(stack, scale)
    else:
        stack, still = _rendered(given, scale)
        dots = 1
    return Animation(stack, _seconds(seconds, last, len(stack)), still, dots, sharp, most, title)


def _rendered(figures: Sequence[Figure], scale: int | None) -> tuple[np.ndarray, np.ndarray]:
    """The figures as frames (F, H, W, 3), and the last one as fine as in print."""
    if scale is not None or not all(hasattr(figure, "savefig") for figure in figures):
        raise ValueError(
            "animation: expected Figures alone, which have a size of their own, got a scale or "
            "arrays besides. Leave out the scale; draw arrays with draw.image_grid."
        )
    frames = [_shot(figure, _DPI) for figure in figures]
    for i, frame in enumerate(frames):
        if frame.shape != frames[0].shape:
            (h, w, _), (h0, w0, _) = frame.shape, frames[0].shape
            raise ValueError(
                f"animation(frames): expected figures of one size, {w0} x {h0} dots like the first,"
                f" got {w} x {h} for frames[{i}]. Keep titles and captions to as many lines."
            )
    return np.stack(frames), _shot(figures[-1], DPI)


@paper_style()
def _shot(figure: Figure, dpi: int) -> np.ndarray:
    """A figure as an image (H, W, 3) of uint8."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    before = figure.dpi
    try:
        figure.dpi = dpi
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        return np.array(canvas.buffer_rgba())[..., :3]
    finally:
        figure.dpi = before


def _pixels(frames: Any) -> np.ndarray:
    """Arrays as frames of uint8."""
    if isinstance(frames, list):
        for i, frame in enumerate(frames):
            if np.shape(frame) != np.shape(frames[0]):
                raise ValueError(
                    f"animation(frames): expected arrays of shape {np.shape(frames[0])} like the "
                    f"first, got {np.shape(frame)} for frames[{i}]. Draw them all in one size."
                )
    x = on_host(frames)
    shape: tuple[int | str, ...] = ("F", "H", "W", 3) if x.ndim == 4 else ("F", "H", "W")
    fix = "Frames of images take draw.mosaic(images) each, or give Figures."
    if x.dtype == np.uint8:
        check_shape("animation(frames)", x, shape, fix)
        return x
    values = as_numbers("animation(frames)", x, shape, fix)
    if values.min() < 0 or values.max() > 1:
        raise ValueError(
            "animation(frames): expected numbers from 0 to 1, or uint8, got "
            f"{values.min():g} to {values.max():g}. Pixels from a tanh take (x + 1) / 2."
        )
    return np.round(values * 255).astype(np.uint8)


def _dots(stack: np.ndarray, scale: int | None) -> int:
    """How many dots a pixel takes."""
    if scale is None:
        return max(1, _ACROSS // max(stack.shape[1:3]))
    if scale < 1:
        raise ValueError(f"animation(scale): expected 1 dot to a pixel or more, got {scale}.")
    return scale


def _seconds(seconds: float | Sequence[float], last: float, n: int) -> tuple[float, ...]:
    """How long each of n frames is shown; the last at least as long as is asked for.

    >>> _seconds(0.5, 2, 3)
    (0.5, 0.5, 2.0)
    """
    each = np.atleast_1d(np.asarray(seconds, dtype=float))
    if np.ndim(seconds):
        check_number("animation(seconds)", n, "frame", len(each))
    each = np.array(np.broadcast_to(each, n))
    each[-1] = max(each[-1], last)
    if not ((each >= 0.01) & (each <= _LONGEST)).all():
        raise ValueError(
            f"animation: expected seconds from 0.01 to {_LONGEST:g} for each frame, got "
            f"{each.min():g} to {each.max():g}."
        )
    return tuple(each.tolist())
