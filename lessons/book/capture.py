"""Running a lesson for the book: what each cell printed and drew, in order, written down as JSON.

    python -m lessons.book.capture LESSON.py OUTPUT.json

It is a process of its own, so that one lesson's modules, modes and memory are no other's.
"""

import contextlib
import io
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lessons.book.pictures import Picture, picture_of
from lessons.runner import figures
from lessons.runner.cells import Lesson
from lessons.runner.opened import open_lesson
from lessons.runner.session import Session, told_failure

Piece = dict[str, Any]  # {"text": ...}, or the fields of a Picture


class Recorder(io.TextIOBase):
    """A stream that keeps what is printed, and the pictures between, in their order.

    >>> recorder = Recorder()
    >>> print("two words", file=recorder)
    >>> recorder.taken()
    [{'text': 'two words\\n'}]
    """

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self.title = ""

    def write(self, text: str) -> int:
        """Keep a text, together with what was printed just before it."""
        if self.pieces and "text" in self.pieces[-1]:
            self.pieces[-1]["text"] += text
        elif text:
            self.pieces.append({"text": text})
        return len(text)

    def watch(self, figure: Any, path: Path) -> None:
        """Keep a picture."""
        picture = picture_of(figure, path, self.title)
        self.title = picture.title
        self.pieces.append(asdict(picture))

    def taken(self) -> list[Piece]:
        """Return what was kept, and begin anew."""
        pieces, self.pieces = self.pieces, []
        return [piece for piece in pieces if piece.get("text", "picture").strip()]


def capture(lesson: Lesson) -> tuple[dict[int, list[Piece]], str]:
    """Return what each cell left, by its number among all cells; and why one failed, if one did."""
    session, recorder = Session(lesson), Recorder()
    found: dict[int, list[Piece]] = {}
    figures.WATCHERS.append(recorder.watch)
    try:
        for number, cell in enumerate(open_lesson(lesson).cells):
            if cell.kind == "code":
                try:
                    with contextlib.redirect_stdout(recorder):
                        session.run(cell)
                except Exception as problem:
                    return found, told_failure(session, problem)
                found[number] = recorder.taken()
    finally:
        figures.WATCHERS.remove(recorder.watch)
    return found, ""


def as_pieces(outputs: list[Piece]) -> list[str | Picture]:
    """Return the pieces of a cell's output as texts and Pictures.

    >>> as_pieces([{"text": "two words"}])
    ['two words']
    """
    return [x["text"] if "text" in x else Picture(**x) for x in outputs]


def main(lesson: str, target: str) -> int:
    """Run a lesson and write what it left; 0, or 1 where a cell fails, which goes to stderr."""
    found, failure = capture(Lesson(Path(lesson)))
    if failure:
        sys.stderr.write(failure)
        return 1
    Path(target).write_text(json.dumps(found), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
