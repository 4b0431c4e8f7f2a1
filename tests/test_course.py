"""lessons/README.md shows the course as it is; each section of the article has its answer."""

import re

import pytest

from lessons.runner.cells import find_lessons
from lessons.runner.curriculum import COURSE, FORMERLY, PARTS, WAYS, Course
from tests import course

# The sections of the overview article; 5, 7 and 8 by what they speak of.
SECTIONS = [
    "1", "2.1", "2.2", "2.3", "3.1", "3.2", "4.1", "4.2",
    "5, generation", "5, editing", "5, augmentation", "5, style transfer",
    "6", "7, training time", "7, stability", "7, interpretability", "7, future",
    "8, question 1", "8, question 2", "8, question 3", "8, question 4",
]  # fmt: skip
README = course.README.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", course.PARTS_OF_README)
def test_the_tables_of_the_readme_are_those_of_the_course(name):
    made = course.PARTS_OF_README[name]()
    marked = f"<!-- {name} -->\n{made}\n<!-- end of {name} -->"
    assert marked in README, "write them anew: python -m tests.course --write"


def test_the_front_page_shows_what_each_lesson_takes():
    marked = f"<!-- times -->\n{course.times_table()}\n<!-- end of times -->"
    front = course.FRONT.read_text(encoding="utf-8")
    assert marked in front, "write them anew: python -m tests.course --write"


def test_the_front_page_is_short():
    front = course.FRONT.read_text(encoding="utf-8")
    prose = re.sub(r"^```.*?^```", "", front, flags=re.MULTILINE | re.DOTALL)
    lines = [x for x in prose.splitlines() if not x.startswith(("|", "    ", "<!--"))]
    assert len(" ".join(lines).split()) <= 900


def test_every_section_of_the_article_is_answered_in_lessons_of_the_course():
    assert [section for section, _, _ in course.ARTICLE] == SECTIONS
    for _, says, numbers in course.ARTICLE:
        assert says
        assert numbers
        assert set(numbers) <= {planned.number for planned in COURSE}


def test_what_is_not_written_is_said_to_be_so_and_what_is_has_a_link_that_leads_there():
    written = {lesson.number: lesson.path.name for lesson in find_lessons(course.LESSONS)}
    for row in course.article_table().splitlines()[2:]:
        for where in row.split("| ")[-1].removesuffix(" |").split(", "):
            number = int(re.search(r"\d+", where)[0])
            file = written.get(number)
            assert where == (f"[{number}]({file})" if file else f"{number} (not yet written)")


def test_the_article_is_named_in_words():
    words = (
        "An overview article, in Chinese, on image generation by GANs and VAEs, whose TensorFlow 1"
    )
    assert f"{words} listings are typical of many" in " ".join(README.split())


def test_the_course_is_eighteen_lessons_in_order_with_parts_and_ways():
    assert [planned.number for planned in COURSE] == list(range(18))
    assert set(PARTS) <= set(range(18))
    assert all(set(numbers) <= set(range(18)) for numbers in WAYS.values())
    assert WAYS["generators first"] == (0, 1, 2, 4, 5, 6, 7, 11, 12)


def test_a_lesson_that_is_written_has_the_name_that_is_planned():
    planned = {place.number: place.short for place in COURSE}
    known = {f"lesson{number:02}_{short}" for number, short in planned.items()}
    before = {name for names in FORMERLY.values() for name in names}
    assert {lesson.name for lesson in find_lessons(course.LESSONS)} <= known | before
    assert set(FORMERLY) <= known


def test_what_comes_after_a_lesson_is_the_next_that_is_written():
    there = Course([x for x in find_lessons(course.LESSONS) if x.number in (1, 7)])
    assert there.after(1).number == 7
    assert there.after(7) is None
