"""Printed lines that are too long for a terminal, broken between words."""

import textwrap

from rich.cells import cell_len


def wrapped(line: str, width: int) -> str:
    """Return a line, without its end, broken between words where it is wider than `width`.

    What is one long word, such as a path, stays as it is: a person may want to copy it.

    >>> wrapped("  it is a long line", 10)
    '  it is a\\n  long\\n  line'
    >>> wrapped("figure: a_very_long_path", 10)
    'figure: a_very_long_path'
    """
    if cell_len(line) <= width or any(cell_len(word) > width for word in line.split(" ")):
        return line
    indent = line[: len(line) - len(line.lstrip())]
    return textwrap.fill(
        line,
        width,
        subsequent_indent=indent if len(indent) < width // 2 else "",
        break_long_words=False,
        break_on_hyphens=False,
        replace_whitespace=False,
    )
