"""Figures as a page shows them: small files, with title and caption as text, not as pixels."""

import base64
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

DPI = 200  # dots per inch: sharp on a screen that has two dots to a pixel
MARGIN = 8  # dots left around what is drawn
COLOURS = 256  # of a PNG with a palette
LARGE = 100_000  # bytes, above which 32 shades of a colour have to do


@dataclass(frozen=True)
class Picture:
    """A figure or a film, ready for a page; its files are data URIs.

    still: of a film its last frame, for print and for whoever wants no motion.

    >>> Picture("map", "A map", "Where the codes lie.", "data:...", 640, 480).alt
    'A map. Where the codes lie.'
    """

    name: str
    title: str
    caption: str
    source: str
    width: int  # dots
    height: int
    still: str = ""

    @property
    def alt(self) -> str:
        """What is read out in its place: its title and its caption."""
        title = self.title if self.title.endswith((".", "?", "!")) else f"{self.title}."
        return f"{title} {self.caption}".strip()


def picture_of(figure: Any, path: Path, before: str = "") -> Picture:
    """Return a matplotlib Figure, or an animation that was saved at `path`, for a page.

    before: the title of the figure that was kept before, for a film that has none of its own.

    >>> from matplotlib.figure import Figure
    >>> picture_of(Figure((2, 1)), Path("empty.png")).title
    'empty'
    """
    if hasattr(figure, "frames"):
        return _film(path, figure.title or before)
    texts = [" ".join(text.get_text().split()) for text in figure.texts[:2]]
    title, caption = texts if len(texts) == 2 else ("", "")
    pixels = _cropped(_drawn(figure, hidden=figure.texts[:2]))
    height, width, _ = pixels.shape
    return Picture(path.stem, title or path.stem, caption, _smallest(pixels), width, height)


def _film(path: Path, before: str) -> Picture:
    """An animation as it was saved, and its still, which was saved beside it."""
    from PIL import Image

    kind = "webp" if path.suffix == ".webp" else "png"
    beside = Image.open(path.with_name(f"{path.stem}_still.png")).convert("RGB")
    with Image.open(path) as moving:
        width, height = moving.size
    title = f"In motion: {before[:1].lower()}{before[1:]}" if before else path.stem
    still = _smallest(np.asarray(beside))
    return Picture(path.stem, title, "", _uri(kind, path.read_bytes()), width, height, still)


def _drawn(figure: Any, hidden: list[Any]) -> np.ndarray:
    """The figure's dots (H, W, 3), without some of its texts, which it keeps."""
    from PIL import Image

    from scratchgen.draw.page import paper_style

    seen = [text.get_visible() for text in hidden]
    buffer = io.BytesIO()
    try:
        for text in hidden:
            text.set_visible(False)
        with paper_style():
            figure.savefig(buffer, format="png", dpi=DPI)
    finally:
        for text, was in zip(hidden, seen, strict=True):
            text.set_visible(was)
    return np.asarray(Image.open(buffer).convert("RGB"))


def _cropped(pixels: np.ndarray) -> np.ndarray:
    """The dots without the white around them, but for a small margin.

    >>> page = np.full((100, 100, 3), 255, np.uint8)
    >>> page[40:60, 30:80] = 0
    >>> _cropped(page).shape
    (36, 66, 3)
    """
    inked: np.ndarray = np.any(pixels < 250, axis=2)
    if not inked.any():
        return pixels
    ranges = []
    for along in (1, 0):
        places = np.flatnonzero(np.any(inked, axis=along))
        ranges.append(slice(max(places[0] - MARGIN, 0), places[-1] + 1 + MARGIN))
    return pixels[ranges[0], ranges[1]]


def _smallest(pixels: np.ndarray) -> str:
    """The dots as a data URI: as they are, or in 32 shades of each colour where that is large."""
    kind, content = _packed(pixels)
    if len(content) > LARGE:
        fewer = _packed(_in_32_shades(pixels))
        kind, content = min((kind, content), fewer, key=lambda packed: len(packed[1]))
    return _uri(kind, content)


def _in_32_shades(pixels: np.ndarray) -> np.ndarray:
    """The dots with five bits of each colour, so that black and white stay what they are.

    >>> _in_32_shades(np.array([0, 3, 100, 255], np.uint8))
    array([  0,   0,  99, 255], dtype=uint8)
    """
    return pixels & 0xF8 | pixels >> 5


def _packed(pixels: np.ndarray) -> tuple[str, bytes]:
    """The dots as lossless WebP, or a PNG of few colours where that is much smaller."""
    from PIL import Image

    image = Image.fromarray(pixels)
    few = image.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    png, webp = io.BytesIO(), io.BytesIO()
    few.save(png, "PNG", optimize=True)
    image.save(webp, "WEBP", lossless=True, quality=100, method=4)
    if len(webp.getvalue()) <= 1.25 * len(png.getvalue()):
        return "webp", webp.getvalue()
    return "png", png.getvalue()


def _uri(kind: str, content: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
