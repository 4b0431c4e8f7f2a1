"""The maths font of the pages, and the line that made it: a part of STIX Two Math (licence: OFL).

    pip install fonttools brotli
    pip download --no-deps ziamath && unzip ziamath-*.whl 'ziamath/fonts/*'
    python -m lessons.book.font ziamath/fonts/STIXTwoMath-Regular.ttf

Of its 7,000 glyphs only those stay that the macros of the lessons need, with the table by which
browsers stretch brackets and roots. Whoever adds a macro for a new sign makes the font again.
"""

import string
import sys
from pathlib import Path

from lessons.runner.macros import ACCENTS, ALPHABETS, GREEK, PREFIXES, RELATIONS, SIGNS

FONT = Path(__file__).with_name("maths.woff2")
LICENCE = Path(__file__).with_name("OFL.txt")
# Where Unicode keeps letters for mathematics: (the first, how many). Single letters are set in
# italics, which browsers look up there; h alone has its italic elsewhere.
LETTERS = ((0x1D434, 52), (0x1D400, 26), (0x1D41A, 26), (0x1D6A8, 26),
           (0x1D6FC, 30), (0x1D7CE, 10), (0x210E, 1))  # fmt: skip
OTHERS = "⏟√−×·…‖∥′\N{NO-BREAK SPACE}"


def characters() -> str:
    """Return all characters that a formula of the lessons can show.

    >>> set("x∑𝔼𝒩θ") <= set(characters())
    True
    """
    tables = [*GREEK.values(), *RELATIONS.values(), *SIGNS.values(), *PREFIXES.values()]
    tables += [sign for pair in ACCENTS.values() for sign in pair]
    letters = [chr(first + i) for first, count in LETTERS for i in range(count)]
    alphabets = [chr(code) for table in ALPHABETS.values() for code in table.values()]
    printable = string.ascii_letters + string.digits + string.punctuation
    return "".join(sorted({*printable, *OTHERS, *"".join(tables), *letters, *alphabets}))


def make(source: Path, target: Path = FONT) -> int:
    """Write the part of a font that the lessons need; return its size in bytes."""
    from fontTools import subset  # type: ignore[import-not-found,import-untyped,unused-ignore]

    options = subset.Options(flavor="woff2", layout_features=[], hinting=False)
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]  # with the copyright and the licence
    font = subset.load_font(str(source), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=characters())
    subsetter.subset(font)
    subset.save_font(font, str(target), options)
    return target.stat().st_size


if __name__ == "__main__":
    print(f"{FONT.name}: {make(Path(sys.argv[1])):,} bytes")
