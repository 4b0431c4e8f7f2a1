"""Choosing a lesson by what a person types: a number, a name, or any word of a title."""

import difflib
import re
from collections.abc import Sequence

from lessons.runner.cells import Lesson
from lessons.runner.curriculum import Course, Entry


def choose_lesson(course: Course, wanted: str) -> Lesson:
    """Return the one lesson that `wanted` means: its number, its whole name, a word of its title.

    A whole name wins over a word, a word over the start of one.
    Raises ValueError, in words, where that is none or several, or one that is not written.

    >>> from pathlib import Path
    >>> lesson = Lesson(Path(__file__).parents[1] / "lesson07_vae.py")
    >>> {choose_lesson(Course([lesson]), word).short for word in ("7", "07", "VAE", "variational")}
    {'vae'}
    """
    asked = wanted.lower().removesuffix(".py").strip()
    places = course.entries()
    for means in (_is_its_name, _is_a_word_of_it, _begins_a_word_of_it):
        found = [place for place in places if means(asked, place)]
        if len(found) == 1:
            return _written(found[0], places)
        if found:
            raise ValueError(f"{_listed(found)}\n{wanted!r} means any of these. Say which.")
    raise ValueError(f"No lesson is called {wanted!r}.{_nearest(asked, places)}")


def _is_its_name(asked: str, place: Entry) -> bool:
    names = {place.short, f"lesson{place.number:02}_{place.short}", f"lesson{place.number:02}"}
    return asked in names | {str(place.number), f"{place.number:02}"}


def _is_a_word_of_it(asked: str, place: Entry) -> bool:
    return asked in _words(place)


def _begins_a_word_of_it(asked: str, place: Entry) -> bool:
    return bool(asked) and any(word.startswith(asked) for word in [place.short, *_words(place)])


def _words(place: Entry) -> list[str]:
    return re.findall(r"\w+", f"{place.short.replace('_', ' ')} {place.title}".lower())


def _written(place: Entry, places: Sequence[Entry]) -> Lesson:
    if place.lesson:
        return place.lesson
    there = [other for other in places if other.lesson]
    near = min(there, key=lambda other: abs(other.number - place.number), default=None)
    hint = f" The nearest that is: python -m lessons {near.number}, {near.title}." if near else ""
    raise ValueError(f"Lesson {place.number}, {place.title}, is not written yet.{hint}")


def _listed(found: Sequence[Entry]) -> str:
    return "\n".join(_line(place) for place in found)


def _line(place: Entry) -> str:
    unwritten = "" if place.lesson else " (not yet written)"
    return f"  {place.number:2}  {place.short}: {place.title}{unwritten}"


def _nearest(asked: str, places: Sequence[Entry]) -> str:
    """The place whose name or word is nearest to a misspelt one, in words."""
    by_name: dict[str, Entry] = {}
    for place in reversed(places):  # the first lesson with a word keeps it
        by_name |= dict.fromkeys([*_words(place), place.short], place)
    near = difflib.get_close_matches(asked, by_name, n=1)
    if not near:
        return " All of them: python -m lessons"
    place = by_name[near[0]]
    return f" Did you mean {near[0]!r}? That is lesson {place.number}, {place.title}."
