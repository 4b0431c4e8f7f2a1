"""Figures and films as a page shows them: in two widths, with title and caption below."""

import base64
from html import escape

from lessons.book.pictures import Picture
from lessons.book.prose import Prose
from lessons.runner.formulas import plain

WHOLE = 950  # dots: what is wider fills the measure, the rest has a width that they share
LOSSLESS = b"VP8L"  # of a WebP, as films of images are: their pixels stay pixels


def figure(picture: Picture, prose: Prose) -> str:
    """Return a picture with its title and caption; a film, with its still in place of motion.

    >>> picture = Picture("map", "A map", "", "data:,", 100, 50)
    >>> figure(picture, Prose()).startswith('<figure class="half"><img src="data:,"')
    True
    """
    title, caption = (_caption(text, prose) for text in (picture.title, picture.caption))
    if picture.still:
        return (
            f'<figure class="film" style="--twice: {2 * picture.width}px">{_moving(picture)}'
            f"{_image(picture, picture.still, 'still')}"
            f'<figcaption aria-hidden="true"><b>{title}</b></figcaption></figure>'
        )
    kind = "" if picture.width >= WHOLE else ' class="half"'
    return (
        f"<figure{kind}>{_image(picture, picture.source)}"
        f'<figcaption aria-hidden="true"><b>{title}</b> {caption}</figcaption></figure>'
    )


def _moving(picture: Picture) -> str:
    """A film; one of images keeps its pixels sharp where it is enlarged."""
    head = base64.b64decode(picture.source.partition(",")[2][:40_000])
    return _image(picture, picture.source, "moving pixels" if LOSSLESS in head else "moving")


def _image(picture: Picture, source: str, kind: str = "") -> str:
    size = f'width="{picture.width}" height="{picture.height}"'
    kind = f' class="{kind}"' if kind else ""
    return f'<img src="{source}"{kind} {size} alt="{escape(_plain(picture.alt))}">'


def _caption(text: str, prose: Prose) -> str:
    """A title or caption as HTML; a formula that is not of the lessons' macros stays as it is."""
    try:
        return prose.inline(text)
    except ValueError:
        return escape(text)


def _plain(text: str) -> str:
    return plain(text).replace("$", "")
