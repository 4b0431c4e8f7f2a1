"""Formulas of the lessons, from LaTeX to text that a terminal can show.

What they may be written with stands in macros.py. Anything else is an error that names it, and a
test converts every formula of every lesson, so that no reader meets one.
"""

import re
from collections.abc import Callable, Iterable, Iterator

from lessons.runner.latex import Node, read_formula
from lessons.runner.macros import (
    ACCENTS,
    ALPHABETS,
    FORMULA,
    GREEK,
    PREFIXES,
    RELATIONS,
    SIGNS,
    UPRIGHT,
    WORDS,
)  # fmt: skip

# An edge marks where a word or a fraction begins or ends: a space, if a letter comes next to it.
EDGE = "\0"

SYMBOLS = (
    GREEK
    | {macro: f" {sign} " for macro, sign in RELATIONS.items()}
    | SIGNS
    | PREFIXES
    | {f"\\{word}": f"{EDGE}{word}{EDGE}" for word in WORDS}
)

# Greek has too few small letters to be worth mixing: q_φ is read beside p_θ.
SUBSCRIPTS = dict(
    zip("0123456789+−=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True)
)
SUPERSCRIPTS = dict(
    zip(
        "0123456789+−=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVW⊤*′",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵀ*′",
        strict=True,
    )
)
SMALL = {*SUBSCRIPTS.values(), *SUPERSCRIPTS.values()}


def find_formulas(prose: str) -> Iterator[re.Match[str]]:
    r"""Yield a match for each formula of a prose cell, in its group "inline" or "display".

    >>> [match["inline"] for match in find_formulas(r"$\mu$ of `$HOME`, $x$")]
    ['\\mu', 'x']
    """
    return (match for match in FORMULA.finditer(prose) if not match["code"])


def to_unicode(formula: str) -> str:
    r"""Return a LaTeX formula as text; ValueError, naming the macro, for one not in the tables.

    A sub- or superscript without Unicode letters of its own keeps its sign: p_θ, E_(z∼q).

    >>> to_unicode(r"-\frac{1}{2} \sum_{j=1}^{D} (1 + \log\sigma_j^2 - \mu_j^2)")
    '−1/2 ∑ⱼ₌₁ᴰ (1 + log σⱼ² − μⱼ²)'
    >>> to_unicode(r"\mathbb{E}_{z \sim q_\phi(z \mid x)}[\log p_\theta(x \mid z)]")
    '𝔼_(z∼q_φ(z∣x))[log p_θ(x ∣ z)]'
    """
    text = _joined(read_formula(formula))
    text = re.sub(r"([\[(]) +", r"\1", re.sub(r" +([\]),.;])", r"\1", _open_edges(text)))
    return "\n".join(re.sub(" +", " ", line).strip(" ") for line in text.strip().split("\n"))


def with_formulas(text: str, finish: Callable[[str], str]) -> str:
    """Return `text` with its inline formulas converted, then finished by `finish`.

    >>> with_formulas("Of $x_i$.", str.upper)
    'Of Xᵢ.'
    """
    parts, start = [], 0
    for match in find_formulas(text):
        parts += [text[start : match.start()], finish(converted(match["inline"] or ""))]
        start = match.end()
    return "".join(parts) + text[start:]


def plain(text: str) -> str:
    """Return `text` with its inline formulas converted.

    >>> plain("A sample of $x_i$")
    'A sample of xᵢ'
    """
    return with_formulas(text, str)


def converted(formula: str) -> str:
    r"""Return a formula as text. One that cannot be is left as it is written: reading goes on.

    >>> converted(r"\mu"), converted(r"\nonsense")
    ('μ', '\\nonsense')
    """
    try:
        return to_unicode(formula)
    except ValueError:
        return formula


def _open_edges(text: str) -> str:
    """`text` with each edge made a space, between letters, or nothing."""
    return re.sub(rf"(?<=[\w)\]⁾₎\u0300-\u036f]){EDGE}+(?=\w)", " ", text).replace(EDGE, "")


def _joined(parts: Iterable[Node]) -> str:
    return "".join(map(_text, parts))


def _text(node: Node) -> str:
    """The text of one part."""
    if node.kind == "words":  # the name of an environment shows as nothing: its lines end in \\
        return node.text if node.parts[0].text == r"\text" else ""
    if node.kind == "script":
        base, at = map(_text, node.parts)
        return _scripted(base, node.text, at)
    if node.kind == "command":
        return _command(node.text, [_text(part) for part in node.parts])
    return _joined(node.parts) if node.kind == "group" else SYMBOLS.get(node.text, node.text)


def _command(macro: str, arguments: list[str]) -> str:
    """The text of a command, of its arguments' texts."""
    first = arguments[0]
    if macro in ACCENTS:
        return first.strip() + ACCENTS[macro][0]
    if macro in ALPHABETS:
        return first.translate(ALPHABETS[macro])
    if macro in UPRIGHT:
        return f"{EDGE}{first.strip()}{EDGE}"
    if macro == r"\frac":
        return f"{EDGE}{_factor(first)}/{_factor(arguments[1])} "
    if macro == r"\sqrt":
        return "√" + _factor(first)
    if macro == r"\underbrace" and arguments[1:]:
        return f"{first} {{{arguments[1].strip()}}}"
    # What follows \left or \right: a dot stands for none.
    return first.removesuffix(".") if macro in (r"\left", r"\right") else first


def _scripted(base: str, sign: str, text: str) -> str:
    """`base` with a sub- or superscript, in Unicode's small letters where it has them all."""
    text = _open_edges(re.sub(r"\s", "", text))
    small = SUBSCRIPTS if sign == "_" else SUPERSCRIPTS
    if all(letter in small for letter in text):
        script = "".join(small[letter] for letter in text)
    else:
        one_word = text.isalnum() and SMALL.isdisjoint(text)
        script = sign + (text if one_word else f"({text})")
    return base.rstrip(" " + EDGE) + script + EDGE * base.endswith(EDGE)


def _factor(text: str) -> str:
    """`text`, in brackets unless it is one factor already."""
    bare, text = "", text.strip(" " + EDGE)
    outside = text
    while bare != outside:
        bare, outside = outside, re.sub(r"[(\[][^()\[\]]*[)\]]", "", outside)
    return f"({text})" if re.search(rf"[ +−=/·×{EDGE}]", bare) else text
