"""Code and printed text as HTML."""

import re
from html import escape

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

SHORT = 12  # lines
COUNTING = re.compile(r"^ +\d+/\d+$\n?", re.MULTILINE)  # as `progress` prints where no words are


def coloured(source: str, language: str = "python") -> str:
    """Return source code with the kinds of its words marked, for the page's colours.

    >>> coloured("x = 1")
    '<span class="n">x</span> <span class="o">=</span> <span class="mi">1</span>'
    """
    try:
        lexer = get_lexer_by_name(language or "text", stripnl=False)
    except ClassNotFound:
        return escape(source)
    return highlight(source, lexer, HtmlFormatter(nowrap=True)).rstrip("\n")


def block(source: str, label: str, language: str = "python") -> str:
    """Return a block of code, which scrolls by itself where there is no room.

    label: what it is, for whoever hears the page.

    >>> block("x", "Code", "text").startswith('<pre class="code short" role="group" ')
    True
    """
    inner = coloured(source, language)
    return f"{_opened('code', label, source)}<code>{inner}</code></pre>"


def printed(text: str, label: str = "Printed") -> str:
    """Return what a cell has printed, if anything, without the lines that only count up to an end.

    >>> printed("  1/2\\n  2/2\\n1 < 2").partition(">")[2]
    '<samp>1 &lt; 2</samp></pre>'
    """
    inner = escape(COUNTING.sub("", text).strip("\n").expandtabs())
    return f"{_opened('out', label, inner)}<samp>{inner}</samp></pre>" if inner else ""


def _opened(kind: str, label: str, text: str) -> str:
    """The tag of a block. A short one is not divided between two pages of paper."""
    kind += " short" * (text.count("\n") < SHORT)
    return f'<pre class="{kind}" role="group" aria-label="{escape(label)}" tabindex="0">'
