"""The course as the READMEs show it:  python -m tests.course  (--write: also into them)

The map, and where each section of the article that the project answers is answered.
"""

import sys
from pathlib import Path

from lessons.runner.cells import find_lessons
from lessons.runner.curriculum import COURSE, PARTS, WAYS, Course, Entry
from lessons.runner.footer import footer_of

LESSONS = Path(__file__).parent.parent / "lessons"
README = LESSONS / "README.md"
FRONT = LESSONS.parent / "README.md"

# Each section of the article: its number, what it says, the lessons that do it right.
ARTICLE = (
    ("1", "Background: image generation, GANs and VAEs as its two main methods", (0,)),
    ("2.1", "GANs, concepts: a generator and a discriminator train against each other", (11,)),
    ("2.2", "VAEs, concepts: encoder, decoder, noise; the data's probability", (6, 7)),
    ("2.3", "How the two are related", (15,)),
    ("3.1", "GANs, algorithm: three steps; both objectives (left blank there)", (11, 12)),
    ("3.2", "VAEs, algorithm: encode, decode, update; both objectives (left blank there)", (7,)),
    ("4.1", "The GAN listing, in TensorFlow 1", (12,)),
    ("4.2", "The VAE listing, in TensorFlow 1", (7,)),
    ("5, generation", "Faces, buildings, landscapes", (0, 7, 12)),
    ("5, editing", "Objects, background, lighting", (9,)),
    ("5, augmentation", "More training data, better generalisation", (10,)),
    ("5, style transfer", "One picture in the style of another", (10,)),
    ("6", "Tools: TensorFlow, PyTorch, Keras; the two papers", (17,)),
    ("7, training time", "Both take long to train", (16,)),
    ("7, stability", "Vanishing gradients, oscillation", (4, 13, 8)),
    ("7, interpretability", "What happens inside is hard to understand", (9,)),
    (
        "7, future",
        "Optimisers and hardware, training strategies, the inner mechanism",
        (5, 13, 16, 17),
    ),
    ("8, question 1", "How do GANs and VAEs differ?", (15,)),
    ("8, question 2", "Which is better?", (15, 14, 8)),
    ("8, question 3", "What are they used for?", (15, 0, 9, 10)),
    ("8, question 4", "What are their challenges?", (15, 13, 16, 9)),
)


def places() -> list[Entry]:
    """All places of the course.

    >>> places()[0].number
    0
    """
    return Course(find_lessons(LESSONS)).entries()


def course_table() -> str:
    """The map, in Markdown.

    >>> course_table().splitlines()[0]
    '| | lesson | what you build and see |'
    """
    lines = ["| | lesson | what you build and see |", "|---|---|---|"]
    for place in places():
        if place.number in PARTS:
            lines.append(f"| | **{PARTS[place.number]}** | |")
        lines.append(f"| {place.number} | {_link(place)} | {place.planned.about} |")
    return "\n".join(lines)


def times_table() -> str:
    """The lessons that are written, with what they take and their exercises, in Markdown.

    >>> times_table().splitlines()[0]
    '| lesson | what you build and see | read, run | exercises |'
    """
    lines = ["| lesson | what you build and see | read, run | exercises |", "|---|---|---|---|"]
    for place in places():
        if place.lesson:
            footer = footer_of(place.lesson.cells())
            times = ((footer.minutes, "min"), (footer.seconds, "s"))
            takes = ", ".join(f"{number:g} {unit}" for number, unit in times if number)
            name = f"[{place.number} {place.title}](lessons/{place.lesson.path.name})"
            asked = str(len(place.lesson.exercises()) or "")
            lines.append(f"| {name} | {place.planned.about} | {takes} | {asked} |")
    return "\n".join(lines)


def article_table() -> str:
    """Each section of the article with the lessons that answer it, in Markdown.

    >>> article_table().splitlines()[0]
    '| section | what it says | answered in |'
    """
    by_number = {place.number: place for place in places()}
    lines = ["| section | what it says | answered in |", "|---|---|---|"]
    for section, says, numbers in ARTICLE:
        where = ", ".join(_where(by_number[number]) for number in numbers)
        lines.append(f"| {section} | {says} | {where} |")
    return "\n".join(lines)


def ways() -> str:
    """The ways through, in Markdown.

    >>> ways().count("\\n")
    2
    """
    listed = (f"- **{name}**: {_numbers(numbers)}" for name, numbers in WAYS.items())
    return "\n".join(listed)


PARTS_OF_README = {"course": course_table, "ways": ways, "article": article_table}
PARTS_OF_FRONT = {"times": times_table}


def write() -> None:
    """Put each of them where README.md or lessons/README.md has it."""
    for path, parts in ((README, PARTS_OF_README), (FRONT, PARTS_OF_FRONT)):
        text = path.read_text(encoding="utf-8")
        for name, made in parts.items():
            before, _, rest = text.partition(f"<!-- {name} -->\n")
            _, _, after = rest.partition(f"<!-- end of {name} -->")
            text = f"{before}<!-- {name} -->\n{made()}\n<!-- end of {name} -->{after}"
        path.write_text(text, encoding="utf-8")


def _link(place: Entry) -> str:
    optional = " (optional)" if place.planned.optional else ""
    if not place.lesson:
        return f"{place.title}{optional}, *not yet written*"
    return f"[{place.title}]({place.lesson.path.name}){optional}"


def _where(place: Entry) -> str:
    if not place.lesson:
        return f"{place.number} (not yet written)"
    return f"[{place.number}]({place.lesson.path.name})"


def _numbers(numbers: tuple[int, ...]) -> str:
    everything = len(numbers) == len(COURSE)
    return f"{numbers[0]} to {numbers[-1]}" if everything else ", ".join(map(str, numbers))


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        write()
    print("\n\n".join(made() for made in (PARTS_OF_README | PARTS_OF_FRONT).values()))
