"""Code and printed text as HTML."""

from html import escape

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound


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

    >>> block("x", "Code", "text")
    '<pre class="code" role="group" aria-label="Code" tabindex="0"><code>x</code></pre>'
    """
    inner = coloured(source, language)
    return f"{_opened('code', label)}<code>{inner}</code></pre>"


def printed(text: str, label: str = "Printed") -> str:
    """Return what a cell has printed.

    >>> printed("1 < 2")
    '<pre class="out" role="group" aria-label="Printed" tabindex="0"><samp>1 &lt; 2</samp></pre>'
    """
    inner = escape(text.strip("\n").expandtabs())
    return f"{_opened('out', label)}<samp>{inner}</samp></pre>"


def _opened(kind: str, label: str) -> str:
    return f'<pre class="{kind}" role="group" aria-label="{escape(label)}" tabindex="0">'
