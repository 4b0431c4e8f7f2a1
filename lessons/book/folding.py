"""What of a lesson answers a question to guess at: so much is folded, and the lesson goes on.

Folded are the code behind the question with what it leaves, and the first words that tell it. What
these paragraphs go on to explain, the words they define, and the step to the next piece of code are
the lesson itself: whoever opens nothing has to meet them all the same.
"""

import re
from itertools import pairwise

HEADING = re.compile(r"^#{1,6} ", re.MULTILINE)
PREDICT = "**Predict.**"
CHECK = "**Check.**"
LIST = re.compile(r"[-*+] |\d+\. ")
WITHIN = re.compile(r"\s|\$\$|```")  # so begins what belongs to the paragraph before it


def divided(
    text: str, predicts: bool, told: bool, words: re.Pattern[str], before_code: bool = False
) -> tuple[str, str]:
    """Return what of a text still tells the outcome of a guess, and what goes on after that.

    predicts: whether it ends in the next question. told: whether the outcome has been seen, so that
    the text is the telling of it. words: those in bold that it explains, which the lesson needs.
    before_code: whether code comes next, which its last paragraph may lead to.

    >>> divided("It is 3.\\n\\n## Next", False, True, re.compile("(?!)"))
    ('It is 3.\\n\\n', '## Next')
    """
    heading = HEADING.search(text)
    end = heading.start() if heading else len(text)
    if predicts and not heading:
        end = text.rindex(PREDICT)
    end = _end_of_telling(
        text[:end], told, words, told and (predicts or before_code) and not heading
    )
    return text[:end], text[end:]


def _end_of_telling(text: str, told: bool, words: re.Pattern[str], leads_on: bool) -> int:
    """Where, in the paragraphs behind an outcome, the lesson goes on; the first always tells it."""
    for start, end in pairwise([*_paragraphs(text, lists=True)[1:], len(text)]):
        paragraph = text[start:end]
        if words.search(paragraph) or (told and paragraph.startswith(CHECK)):
            return start
    starts = _paragraphs(text)
    return starts[-1] if leads_on and len(starts) > 1 else len(text)


def _paragraphs(text: str, lists: bool = False) -> list[int]:
    """Where paragraphs begin. What leads to a list or a formula goes on with that.

    lists: whether a list is a paragraph of its own all the same.

    >>> text = "One:\\n\\n- a\\n\\nTwo."
    >>> _paragraphs(text), _paragraphs(text, lists=True)
    ([0, 11], [0, 6, 11])
    """
    found = [0]
    for gap in re.finditer(r"\n\n+", text.rstrip()):
        before, behind = text[: gap.start()], text[gap.end() :]
        if LIST.match(behind):
            goes_on = not lists or bool(LIST.match(before.rpartition("\n\n")[2]))
        else:
            goes_on = bool(WITHIN.match(behind)) or before.endswith((":", ","))
        if not goes_on:
            found.append(gap.end())
    return found
