"""What the formulas of the lessons may be written with: one table, for the terminal and the book.

Not all of LaTeX: the macros below. Whoever needs another adds it here, and both know it.
"""

import re

GREEK = {
    r"\alpha": "α", r"\beta": "β", r"\gamma": "γ", r"\delta": "δ", r"\epsilon": "ε",
    r"\varepsilon": "ε", r"\zeta": "ζ", r"\eta": "η", r"\theta": "θ", r"\kappa": "κ",
    r"\lambda": "λ", r"\mu": "μ", r"\nu": "ν", r"\xi": "ξ", r"\pi": "π", r"\rho": "ρ",
    r"\sigma": "σ", r"\tau": "τ", r"\phi": "φ", r"\varphi": "φ", r"\chi": "χ", r"\psi": "ψ",
    r"\omega": "ω", r"\Gamma": "Γ", r"\Delta": "Δ", r"\Theta": "Θ", r"\Lambda": "Λ",
    r"\Pi": "Π", r"\Sigma": "Σ", r"\Phi": "Φ", r"\Psi": "Ψ", r"\Omega": "Ω",
}

# Relations and operations stand between spaces.
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

# Close before what they act on: ∂L, ∇f.
PREFIXES = {r"\partial": "∂", r"\nabla": "∇"}

# A combining mark over the argument's last letter, and the sign over it where there is room.
ACCENTS = {
    r"\hat": ("\N{COMBINING CIRCUMFLEX ACCENT}", "^"),
    r"\tilde": ("\N{COMBINING TILDE}", "~"),
    r"\bar": ("\N{COMBINING MACRON}", "¯"),
    r"\dot": ("\N{COMBINING DOT ABOVE}", "˙"),
}

BLACKBOARD = str.maketrans("CENPQRZ1", "ℂ𝔼ℕℙℚℝℤ𝟙")
SCRIPT = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "𝒜ℬ𝒞𝒟ℰℱ𝒢ℋℐ𝒥𝒦ℒℳ𝒩𝒪𝒫𝒬ℛ𝒮𝒯𝒰𝒱𝒲𝒳𝒴𝒵")
ALPHABETS = {r"\mathbb": BLACKBOARD, r"\mathcal": SCRIPT}
BOLD = (r"\mathbf", r"\boldsymbol")
UPRIGHT = (r"\mathrm", r"\operatorname", r"\operatorname*")  # a word, not a product of letters

# How many arguments each of these takes, in braces or a single symbol.
ARGUMENTS = {
    r"\frac": 2, r"\sqrt": 1, r"\underbrace": 1, r"\left": 1, r"\right": 1,
} | dict.fromkeys([*ACCENTS, *ALPHABETS, *BOLD, *UPRIGHT], 1)  # fmt: skip
TEXTS = (r"\text", r"\begin", r"\end")  # ... and these take one of plain words

SYMBOLS = {*GREEK, *RELATIONS, *SIGNS, *PREFIXES, *(f"\\{word}" for word in WORDS)}

# Code comes first: a dollar inside it opens no formula.
FORMULA = re.compile(
    r"(?P<code>```.*?```|`[^`]*`|\\\$)|\$\$(?P<display>.+?)\$\$|\$(?P<inline>[^$]+)\$", re.DOTALL
)
