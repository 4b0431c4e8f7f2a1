"""What of a lesson answers a question to guess at: so much is folded, and the lesson goes on.

Folded are the code behind the question with what it leaves, and the first words that tell it. What
these paragraphs go on to explain, the words they define, and the step to the next piece of code are
the lesson itself: whoever opens nothing has to meet them all the same.
"""

import re

HEADING = re.compile(r"^#{1,6} ", re.MULTILINE)
PREDICT = "**Predict.**"
CHECK = "**Check.**"
NO_START = re.compile(r"[-*+] |\d+\. |\s|\$\$|```")  # it belongs to the paragraph before it


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
    if told:
        end = _end_of_telling(text[:end], words, leads_on=(predicts or before_code) and not heading)
    return text[:end], text[end:]


def _end_of_telling(text: str, words: re.Pattern[str], leads_on: bool) -> int:
    """Where, in the paragraphs behind an outcome, the lesson goes on; the first always tells it."""
    starts = _paragraphs(text)
    for start in starts[1:]:
        paragraph = text[start:].partition("\n\n")[0]
        if paragraph.startswith(CHECK) or words.search(paragraph):
            return start
    return starts[-1] if leads_on and len(starts) > 1 else len(text)


def _paragraphs(text: str) -> list[int]:
    """Where paragraphs begin. A list, or a formula set apart, goes on with the one before it.

    >>> _paragraphs("One:\\n\\n- a\\n\\nTwo.")
    [0, 11]
    """
    found = [0]
    for gap in re.finditer(r"\n\n+", text.rstrip()):
        before = text[: gap.start()].rstrip()
        if not (NO_START.match(text[gap.end() :]) or before.endswith((":", ","))):
            found.append(gap.end())
    return found
