"""Formulas of the lessons, from LaTeX to text that a terminal can show.

Not all of LaTeX: the macros in the tables below. Any other is an error that names it, and a test
converts every formula of every lesson, so that no reader meets one.
"""

import re
from collections import deque
from collections.abc import Callable, Iterator

Tokens = deque[str]

GREEK = {
    r"\alpha": "α", r"\beta": "β", r"\gamma": "γ", r"\delta": "δ", r"\epsilon": "ε",
    r"\varepsilon": "ε", r"\zeta": "ζ", r"\eta": "η", r"\theta": "θ", r"\kappa": "κ",
    r"\lambda": "λ", r"\mu": "μ", r"\nu": "ν", r"\xi": "ξ", r"\pi": "π", r"\rho": "ρ",
    r"\sigma": "σ", r"\tau": "τ", r"\phi": "φ", r"\varphi": "φ", r"\chi": "χ", r"\psi": "ψ",
    r"\omega": "ω", r"\Gamma": "Γ", r"\Delta": "Δ", r"\Theta": "Θ", r"\Lambda": "Λ",
    r"\Pi": "Π", r"\Sigma": "Σ", r"\Phi": "Φ", r"\Psi": "Ψ", r"\Omega": "Ω",
}

# Relations stand between spaces.
RELATIONS = {
    r"\sim": "∼", r"\mid": "∣", r"\parallel": "‖", r"\leq": "≤", r"\le": "≤", r"\geq": "≥",
    r"\ge": "≥", r"\neq": "≠", r"\ne": "≠", r"\approx": "≈", r"\equiv": "≡", r"\propto": "∝",
    r"\ll": "≪", r"\gg": "≫", r"\in": "∈", r"\notin": "∉", r"\to": "→", r"\rightarrow": "→",
    r"\leftarrow": "←", r"\mapsto": "↦", r"\Rightarrow": "⇒", r"\implies": "⇒", r"\iff": "⇔",
    r"\odot": "⊙", r"\cdot": "·", r"\times": "×", r"\circ": "∘", r"\pm": "±",
    r"\colon": ":", r"\subset": "⊂",
}

SIGNS = {
    r"\sum": "∑", r"\prod": "∏", r"\int": "∫", r"\infty": "∞", r"\ell": "ℓ", r"\top": "⊤",
    r"\forall": "∀", r"\exists": "∃", r"\prime": "′", r"\star": "⋆", r"\ast": "*", r"\|": "‖",
    r"\Vert": "‖", r"\lVert": "‖", r"\rVert": "‖", r"\vert": "|", r"\lvert": "|", r"\rvert": "|",
    r"\langle": "⟨", r"\rangle": "⟩", r"\lfloor": "⌊", r"\rfloor": "⌋", r"\lceil": "⌈",
    r"\rceil": "⌉", r"\dots": "…", r"\ldots": "…", r"\cdots": "…",
    r"\{": "{", r"\}": "}", r"\%": "%", r"\_": "_", r"\#": "#", r"\&": "&", r"\$": "$",
    "-": "−", "'": "′", "~": " ", "&": "", r"\\": "\n",
    r"\,": " ", r"\;": " ", r"\:": " ", r"\ ": " ", r"\!": "",
    r"\quad": "\N{NO-BREAK SPACE}" * 2, r"\qquad": "\N{NO-BREAK SPACE}" * 4,
    r"\limits": "", r"\displaystyle": "", r"\big": "", r"\Big": "", r"\bigl": "", r"\bigr": "",
    r"\Bigl": "", r"\Bigr": "",
}

WORDS = ("log", "ln", "exp", "sin", "cos", "tanh", "max", "min", "sup", "inf", "arg", "det", "lim")

# An edge marks where a word or a fraction begins or ends: a space, if a letter comes next to it.
EDGE = "\0"

SYMBOLS = (
    GREEK
    | {macro: f" {sign} " for macro, sign in RELATIONS.items()}
    | SIGNS
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
BLACKBOARD = str.maketrans("CENPQRZ1", "ℂ𝔼ℕℙℚℝℤ𝟙")
SCRIPT = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "𝒜ℬ𝒞𝒟ℰℱ𝒢ℋℐ𝒥𝒦ℒℳ𝒩𝒪𝒫𝒬ℛ𝒮𝒯𝒰𝒱𝒲𝒳𝒴𝒵")

TOKEN = re.compile(r"\\operatorname\*|\\[A-Za-z]+|\\.|\s+|.", re.DOTALL)

# Code comes first: a dollar inside it opens no formula.
FORMULA = re.compile(
    r"(?P<code>```.*?```|`[^`]*`|\\\$)|\$\$(?P<display>.+?)\$\$|\$(?P<inline>[^$]+)\$", re.DOTALL
)


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
    try:
        text = _sequence(deque(TOKEN.findall(formula)))
    except ValueError as error:
        raise ValueError(f"formula {formula.strip()!r}: {error}") from None
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


def _sequence(tokens: Tokens, end: str = "") -> str:
    """The text of the tokens up to `end`, which is used up too."""
    parts: list[str] = []
    while tokens:
        token = tokens.popleft()
        if token == end:
            return "".join(parts)
        if token in ("_", "^"):
            parts.append(_scripted(parts.pop() if parts else "", token, _argument(tokens)))
        else:
            parts.append(_atom(token, tokens))
    if end:
        raise ValueError(f"expected a closing {end}, got the end.")
    return "".join(parts)


def _atom(token: str, tokens: Tokens) -> str:
    """The text of one symbol, one group, or one command with its arguments."""
    if token in SYMBOLS:
        return SYMBOLS[token]
    if token in COMMANDS:
        return COMMANDS[token](tokens)
    if token == "{":
        return _sequence(tokens, "}")
    if token == "}" or token.startswith("\\"):
        raise ValueError(
            f"got {token}, which has no text here. Write it with the macros of "
            "lessons/runner/formulas.py, or add it to a table there."
        )
    return " " if token.isspace() else token


def _argument(tokens: Tokens) -> str:
    """The text of the next group or symbol."""
    _skip_spaces(tokens)
    if not tokens:
        raise ValueError("expected an argument at its end, got nothing.")
    return _atom(tokens.popleft(), tokens)


def _skip_spaces(tokens: Tokens) -> None:
    while tokens and tokens[0].isspace():
        tokens.popleft()


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


def _fraction(tokens: Tokens) -> str:
    above, below = _factor(_argument(tokens)), _factor(_argument(tokens))
    return f"{EDGE}{above}/{below} "


def _factor(text: str) -> str:
    """`text`, in brackets unless it is one factor already."""
    bare, text = "", text.strip(" " + EDGE)
    outside = text
    while bare != outside:
        bare, outside = outside, re.sub(r"[(\[][^()\[\]]*[)\]]", "", outside)
    return f"({text})" if re.search(rf"[ +−=/·×{EDGE}]", bare) else text


def _root(tokens: Tokens) -> str:
    return "√" + _factor(_argument(tokens))


def _prefix(sign: str) -> Callable[[Tokens], str]:
    """What stands close before what it acts on: ∂L, ∇f."""

    def convert(tokens: Tokens) -> str:
        _skip_spaces(tokens)
        return sign

    return convert


def _accent(mark: str) -> Callable[[Tokens], str]:
    """A combining mark over the argument's last letter."""
    return lambda tokens: _argument(tokens).strip() + mark


def _alphabet(letters: dict[int, int]) -> Callable[[Tokens], str]:
    return lambda tokens: _argument(tokens).translate(letters)


def _word(tokens: Tokens) -> str:
    return f"{EDGE}{_argument(tokens).strip()}{EDGE}"


def _plain_text(tokens: Tokens) -> str:
    """The argument as it is written, spaces and hyphens too."""
    if "}" not in tokens:
        raise ValueError("expected an argument in braces {...}.")
    words = iter(tokens.popleft, "}")
    return "".join(words).lstrip().removeprefix("{")


def _underbrace(tokens: Tokens) -> str:
    text = _argument(tokens)
    if not (tokens and tokens[0] == "_"):
        return text
    tokens.popleft()
    return f"{text} {{{_argument(tokens).strip()}}}"


def _delimiter(tokens: Tokens) -> str:
    r"""What follows \left or \right; a dot stands for none."""
    return _argument(tokens).removesuffix(".")


def _environment(tokens: Tokens) -> str:
    r"""The name after \begin or \end, which shows as nothing: its lines end in \\ anyway."""
    _plain_text(tokens)
    return ""


COMMANDS: dict[str, Callable[[Tokens], str]] = {
    r"\frac": _fraction,
    r"\sqrt": _root,
    r"\partial": _prefix("∂"),
    r"\nabla": _prefix("∇"),
    r"\hat": _accent("\N{COMBINING CIRCUMFLEX ACCENT}"),
    r"\tilde": _accent("\N{COMBINING TILDE}"),
    r"\bar": _accent("\N{COMBINING MACRON}"),
    r"\dot": _accent("\N{COMBINING DOT ABOVE}"),
    r"\mathbb": _alphabet(BLACKBOARD),
    r"\mathcal": _alphabet(SCRIPT),
    r"\mathbf": _argument,
    r"\boldsymbol": _argument,
    r"\mathrm": _word,
    r"\operatorname": _word,
    r"\operatorname*": _word,
    r"\text": _plain_text,
    r"\underbrace": _underbrace,
    r"\left": _delimiter,
    r"\right": _delimiter,
    r"\begin": _environment,
    r"\end": _environment,
}
