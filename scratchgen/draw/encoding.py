"""An animation as the bytes of a file that is no larger than it may be.

What does not fit is reduced rung by rung, down a ladder: fewer colours, fewer dots, fewer frames;
a plot loses its dots last, since its letters go with them.
"""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .animations import Animation

if TYPE_CHECKING:
    from PIL.Image import Image

_GREYS, _COLOURS, _QUALITIES = (256, 64, 16), (0, 256, 64), (90, 75, 60, 45)  # 0: all there are
_ACROSS, _SHRUNK = 250, 0.75  # the least dots of pixel art; the least part of a plot's dots
_EVERY, _FEWEST = (2, 4, 8), 4  # frames
_DRAWN = 60_000  # colours: what is drawn has fewer, what is photographed has more
_SAMPLE = 8  # frames that the colours are chosen from: more take time and change little


class _Rung(NamedTuple):
    """One way to make a file of an animation."""

    fidelity: int  # how many colours, 0 for all; for a plot as WebP, its quality
    lossy: bool  # whether `fidelity` is a quality
    dots: float  # to a pixel
    every: int  # one frame in so many

    def __str__(self) -> str:
        how = f"quality {self.fidelity}" if self.lossy else f"{self.fidelity or 'all'} colours"
        return f"{how}, {self.dots:g} dots to a pixel, 1 in {self.every} frames"


def encoded(animation: Animation, suffix: str) -> bytes:
    """The bytes of a file that plays for ever, ".png" (APNG) or ".webp", at most as many as asked.

    Raises ValueError where the last rung of the ladder is still too large.

    >>> one = Animation(np.zeros((3, 4, 4), np.uint8), (0.1,) * 3, np.zeros((4, 4)), 9, True, 999)
    >>> encoded(one, ".png")[1:4]
    b'PNG'
    """
    ladder = _ladder(animation, suffix)
    found = _encode(animation, ladder[0], suffix)
    if len(found) <= animation.most:
        return found
    found = _encode(animation, ladder[-1], suffix)
    if len(found) > animation.most:
        kept = len(_kept(animation, ladder[-1].every)[0])
        frames = max(1, kept * animation.most // len(found))
        raise ValueError(
            f"save: expected an animation of at most {animation.most:,} bytes, got {len(found):,} "
            f"at the least ({ladder[-1]}). What would fit: most={len(found):_}, about {frames} "
            "frames, or smaller ones."
        )
    low, high = 1, len(ladder) - 1  # the last is known to fit; halves find the first that does
    while low < high:
        middle = (low + high) // 2
        tried = _encode(animation, ladder[middle], suffix)
        if len(tried) <= animation.most:
            found, high = tried, middle
        else:
            low = middle + 1
    return found


def _ladder(animation: Animation, suffix: str) -> list[_Rung]:
    """The ways to make a file, from the largest and best to the smallest."""
    lossy = suffix == ".webp" and not animation.sharp
    grey = animation.frames.ndim == 3
    fidelities = _QUALITIES if lossy else _GREYS if grey else _COLOURS
    every = [k for k in _EVERY if len(animation.frames) >= k * _FEWEST]
    ladder = [_Rung(fidelity, lossy, animation.scale, 1) for fidelity in fidelities]
    if not animation.sharp:
        ladder += [ladder[-1]._replace(every=k) for k in every]
        return [*ladder, ladder[-1]._replace(dots=_SHRUNK)]
    least = min(animation.scale, math.ceil(_ACROSS / max(animation.frames.shape[1:3])))
    fewer = sorted({(animation.scale + least) // 2, least} - {animation.scale}, reverse=True)
    ladder += [ladder[-1]._replace(dots=dots) for dots in fewer]
    return ladder + [ladder[-1]._replace(every=k) for k in every]


def _kept(animation: Animation, every: int) -> tuple[np.ndarray, list[int]]:
    """One frame in `every`, the last among them, and how many milliseconds each is shown.

    Each is shown for the time of those that were left out before it, too: the film is as long.
    """
    n = len(animation.frames)
    chosen = np.arange((n - 1) % every, n, every)
    ends = np.round(1000 * np.cumsum(animation.seconds)).astype(int)
    return animation.frames[chosen], np.diff(ends[chosen], prepend=0).tolist()


def _images(frames: np.ndarray, rung: _Rung) -> list[Image]:
    """The frames as Pillow's images, in the size and the colours of a rung."""
    from PIL import Image

    palette = _palette(frames, rung.fidelity) if not rung.lossy and rung.fidelity else None
    images = []
    for frame in frames:
        if rung.dots >= 1:
            dots = int(rung.dots)
            image = Image.fromarray(frame.repeat(dots, axis=0).repeat(dots, axis=1))
        else:
            image = Image.fromarray(frame)
            smaller = [max(1, round(side * rung.dots)) for side in image.size]
            image = image.resize((smaller[0], smaller[1]), Image.Resampling.LANCZOS)
        if palette is not None and not (frame.ndim == 2 and rung.fidelity == 256):
            image = image.convert("RGB").quantize(palette=palette, dither=Image.Dither.NONE)
        images.append(image)
    return images


def still(animation: Animation) -> bytes:
    """The bytes of a PNG of the last frame, as large as the animation and without any loss.

    >>> still(Animation(np.zeros((1, 4, 4)), (0.1,), np.zeros((4, 4), np.uint8), 9, True, 999))[1:4]
    b'PNG'
    """
    from PIL import Image

    buffer = io.BytesIO()
    pixels = animation.still.repeat(animation.scale, axis=0).repeat(animation.scale, axis=1)
    Image.fromarray(pixels).save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()


def _palette(frames: np.ndarray, colours: int) -> Image:
    """A palette for all frames: one for each would flicker."""
    from PIL import Image

    some = frames[np.linspace(0, len(frames) - 1, _SAMPLE).astype(int)]
    sheet = Image.fromarray(np.concatenate(list(some))).convert("RGB")
    if sheet.getcolors(_DRAWN) is None:  # of photographs: to weigh them all would take a minute
        return sheet.quantize(colours, Image.Quantize.MEDIANCUT)
    # Rare colours, such as those of samples, are kept: the median cut would merge them.
    return sheet.quantize(colours, Image.Quantize.MAXCOVERAGE, kmeans=3)


def _encode(animation: Animation, rung: _Rung, suffix: str) -> bytes:
    """The bytes of the file that a rung makes."""
    frames, milliseconds = _kept(animation, rung.every)
    first, *rest = _images(frames, rung)
    how: dict[str, Any] = {"format": "PNG"}
    if suffix == ".webp":
        quality = rung.fidelity if rung.lossy else 25  # of lossless: the effort
        effort = 4 if rung.lossy else 2  # a twentieth smaller; of lossless it changes little
        how = {"format": "WEBP", "quality": quality, "lossless": not rung.lossy, "method": effort}
        first, rest = first.convert("RGB"), [image.convert("RGB") for image in rest]
    buffer = io.BytesIO()
    first.save(buffer, save_all=True, append_images=rest, duration=milliseconds, loop=0, **how)
    return buffer.getvalue()
