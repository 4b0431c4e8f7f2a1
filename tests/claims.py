"""The numbers that a lesson's prose claims, held against what the lesson printed and asserts.

A claim is a number in prose, or in a figure's title or caption. Formulas, code and what is taken
from elsewhere (sources, references, exercises) are left out. A claim is accounted for

- by a number the run printed, rounded to the claim's digits, on a line that speaks of the same
  thing: line and sentence share a word. A range must hold such a number.
- by the same number in the code, in a cell that shares a word with the sentence or comes next: a
  bound that the lesson asserts, or a setting.

A whole number may stand anywhere in the code. Whole numbers of one digit are not held against
anything: they stand everywhere, so that finding one says nothing.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from lessons.runner.cells import Cell, Lesson

NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|(?:\d+\.?|\.)\d*(?:e[-+]?\d+)?(?<!\.)"
SIGNED = rf"(?<![\w.,/^-])[-−]?(?=[\d.])(?:{NUMBER})(?![\w/^]|\.\d)"
ABOVE, BELOW = "over|above|more than|at least", "under|below|less than|at most|up to"
CLAIM = re.compile(
    rf"(?:\b(?P<about>about|nearly|around|roughly|{ABOVE}|{BELOW}) )?(?P<low>{SIGNED})"
    rf"(?:(?: to |–)(?P<high>{SIGNED}))?"
    r"(?P<rest>(?:, (?:and )?| and )(?=(?:[-\d.,–]|to|and|\s)*%))?"  # a list, its % at its end
)
PRINTED = re.compile(
    r"(?<![\w.])(-?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)(?!\w)(\s?%)?"
)

# What is no claim of this run, in the order it is taken out.
LEFT_OUT = [
    (r"```.*?```", "a block of code"),
    (r"(?ms)\*\*(?:Sources|Real systems|Predict, then try).*?(?=^\s*$|^- |\*\*[A-Z]|\Z)",
     "what others found, and what the reader is yet to find"),
    (r"(?s)\$\$.*?\$\$|\$[^$]+\$", "a formula"),
    (r"`[^`]*`", "code"),
    (r"https?://\S+|arXiv:\S+", "an address"),
    (r"(?m)^#+ \d+\.", "the lesson's own number"),
    (r"(?m)^\d+\. |(?<=\. )\d\. ", "an item's number"),
    (r"(?i)\b(?:lesson|section|equation|appendix|figure|table|chapter|seed|line|part|step)s?\s"
     r"[\d.]+(?:(?:,\s| to | and |, and |–)[\d.]+)*", "a reference"),
    (r"\(?\b(?:1[89]|20)\d\d\b", "a year"),
    (r"\b(?:Python|NumPy|CuPy|PyTorch|TensorFlow|CUDA|Adam)\s\d[\d.]*", "a version"),
    (r"(?:about )?\b[\d.]+ minutes?\b", "its time, which the budgets' test holds"),
    (r"\b\d+(?:st|nd|rd|th)\b|\b\d+x\d+\b|\b\d+-[dDx]\b", "an ordinal, or a size"),
]  # fmt: skip

COMMON = frozenset(
    "a all an and are as at be but by do each for from has have if in is it its no not of on one "  # noqa: SIM905
    "or our than that the their them then this to two us we what when which with you".split()
)


@dataclass(frozen=True)
class Claim:
    """A number, or a range of them, that a sentence states, and where in the file; 5 % is 0.05."""

    line: int
    text: str
    sentence: str
    stated: tuple[float, ...]  # one number, or both ends of a range
    low: float
    high: float  # twice the number, where it says "over": as far as "over" reaches
    slack: float  # half a unit of its last digit; a tenth of it where it says "about"

    @property
    def is_whole(self) -> bool:
        """Whether it is a whole number, with nothing said that makes it a measurement."""
        return re.fullmatch(r"[-−]?[\d,]+", self.text) is not None

    def is_met_by(self, number: float) -> bool:
        """Whether `number`, to the claim's digits, is the number or lies in the range."""
        near = self.slack * (1 + 1e-6)
        return self.low - near <= number <= self.high + near

    def is_bounded_by(self, constants: set[float]) -> bool:
        """Whether each number stated is one of the code's constants."""
        return all(any(abs(end - x) < 1e-12 for x in constants) for end in self.stated)

    def falsified(self) -> Iterator["Claim"]:
        """Yield the claim made false, up and down: by thrice its own width, and by a third."""
        width = self.high - self.low + 2 * self.slack
        for step in (3 * width, self.low / 3):
            for off in (-step, step):
                if abs(off) > width:
                    stated = tuple(number + off for number in self.stated)
                    yield replace(self, stated=stated, low=self.low + off, high=self.high + off)


@dataclass(frozen=True)
class Evidence:
    """Numbers in one place, a printed line or a code cell, and the words that stand there."""

    numbers: tuple[float, ...]
    words: frozenset[str]
    line: int = 0  # of a code cell


@dataclass
class Account:
    """What a lesson's claims are held against: what a run of it printed, and its own code."""

    lesson: Lesson
    output: str

    @cached_property
    def printed(self) -> list[Evidence]:
        """A piece of evidence for every printed line; a line of numbers has the words above it."""
        found, words = [], frozenset[str]()
        for line in filter(is_a_result, self.output.split("\n")):
            words = words_of(line) or words
            numbers = [_number(number) * _unit(unit) for number, unit in PRINTED.findall(line)]
            found.append(Evidence(tuple(numbers), words))
        return found

    @cached_property
    def code(self) -> list[Evidence]:
        """A piece of evidence for every code cell: its numbers, and those times -1."""
        cells = (cell for cell in self.lesson.cells() if cell.kind == "code")
        return [Evidence(constants(cell), words_of(cell.source), cell.line) for cell in cells]

    def covers(self, claim: Claim) -> bool:
        """Whether something printed, or the code, accounts for the claim."""
        if any(map(claim.is_met_by, numbers_of(self._about(claim, self.printed)))):
            return True
        code = self._about(claim, self.code) + self._next(claim)
        if claim.is_whole:
            code = self.code
        return claim.is_bounded_by(set(numbers_of(code)))

    def speaks_of(self, claim: Claim) -> bool:
        """Whether it covers the claim, or prints a number of the thing that the claim speaks of."""
        return self.covers(claim) or any(e.numbers for e in self._about(claim, self.printed))

    def _next(self, claim: Claim) -> list[Evidence]:
        """The two code cells that may follow the claim before there is prose again."""
        return [e for e in self.code if e.line > claim.line][:2]

    def _about(self, claim: Claim, evidence: list[Evidence]) -> list[Evidence]:
        words = words_of(claim.sentence)
        return [e for e in evidence if e.words & words]


def claims_of(lesson: Lesson) -> list[Claim]:
    """Return all claims of a lesson, in its prose and on its figures, in their order."""
    # A footer speaks of other runs: of experiments, and of what was measured over several seeds.
    return [x for cell in lesson.cells() if not cell.is_footer for x in claims_in(cell)]


def claims_in(cell: Cell) -> Iterator[Claim]:
    """Yield the claims of a prose cell, or of the figures that a code cell draws."""
    texts = [(cell.line, cell.source)] if cell.kind == "prose" else captions(cell)
    for first, text in texts:
        for match in CLAIM.finditer(without_what_is_no_claim(text)):
            claim = _claim(first + text.count("\n", 0, match.start()), match, text)
            if re.search(r"\d\d|\d[.e%]|\.\d| %| to |–", claim.text):  # more than one digit
                yield claim


def without_what_is_no_claim(text: str) -> str:
    """`text` with spaces over formulas, code, references; but a formula's "\\approx 1.39" stays.

    Nothing moves: what stays is where it was.
    """
    for pattern, _ in LEFT_OUT:
        text = re.sub(pattern, _blank, text)
    return text


def captions(cell: Cell) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of each title and caption in a code cell; a field is a letter."""
    for node in ast.walk(ast.parse(cell.source)):
        if isinstance(node, ast.keyword) and node.arg in ("title", "caption"):
            if isinstance(node.value, ast.Constant):
                yield cell.line + node.value.lineno - 1, str(node.value.value)
            if isinstance(node.value, ast.JoinedStr):
                parts = (getattr(part, "value", "") for part in node.value.values)
                text = "".join(part if isinstance(part, str) else "x" for part in parts)
                yield cell.line + node.value.lineno - 1, text


def constants(cell: Cell) -> tuple[float, ...]:
    """Return a code cell's numbers, each with both signs."""
    nodes = (node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Constant))
    numbers = [node.value for node in nodes if type(node.value) in (int, float)]
    return (*numbers, *(-number for number in numbers))


def words_of(text: str) -> frozenset[str]:
    """Return the words of a text, or of code, by their first four letters: covers is coverage."""
    words = re.findall(r"[a-z]{2,}", re.sub(r"\W\W[nt]\b|_", " ", text.lower()))
    return frozenset(word[:4] for word in words if word not in COMMON)


def numbers_of(evidence: list[Evidence]) -> Iterator[float]:
    """Yield the numbers of all pieces."""
    for piece in evidence:
        yield from piece.numbers


def is_a_result(line: str) -> bool:
    """Whether a printed line is the lesson's: no progress, timing, heading or file name."""
    return not re.match(r"\s+\d+(/\d+)?  |\[[\d.]+ s\]|#|figure: |\w+ ran in |Its text, step", line)


def _claim(line: int, match: re.Match, text: str) -> Claim:
    percent = bool(match["rest"]) or re.match(r"\s?%", text[match.end() :])
    unit, said = (0.01 if percent else 1.0), match["about"] or ""
    stated = tuple(sorted(_number(n) * unit for n in (match["low"], match["high"]) if n))
    low = stated[0] / (2 if re.match(BELOW, said) else 1)
    high = stated[-1] * (2 if re.match(ABOVE, said) else 1)
    slack = _slack(match["low"], "" if low < high else said) * unit
    words = match[0].removesuffix(match["rest"] or "").strip() + (" %" if percent else "")
    return Claim(line, " ".join(words.split()), _sentence(text, match), stated, low, high, slack)


def _slack(number: str, about: str) -> float:
    """How far off a number may be: half a unit of its last digit; a tenth of it after "about"."""
    size, digits = abs(_number(number)), len(number.partition(".")[2])
    last = size / 10 if "e" in number else 10.0**-digits
    return max(last / 20, size / 10) if about else last / 2


def _unit(text: str) -> float:
    return 0.01 if "%" in text else 1.0


def _number(text: str) -> float:
    return float(text.replace(",", "").replace("−", "-"))


def _sentence(text: str, match: re.Match) -> str:
    """The sentence around a match: from one full stop, item or empty line to the next."""
    ends = [m.end() for m in re.finditer(r"[.?!]\s|\n\s*\n|\n- ", text)]
    start = max((end for end in ends if end <= match.start()), default=0)
    stop = min((end for end in ends if end >= match.end()), default=len(text))
    return " ".join(text[start:stop].split())


def _blank(match: re.Match) -> str:
    """Spaces, as many as were there; of a formula, what follows an approximately-equal sign."""
    kept = re.sub(r"[^\n]", " ", match[0])
    if match[0].startswith("$"):
        for result in re.finditer(r"\\approx\s*(-?[\d.,]*\d)", match[0]):
            kept = kept[: result.start(1)] + result[1] + kept[result.end(1) :]
    return kept
