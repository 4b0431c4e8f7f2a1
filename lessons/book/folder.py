"""The folder of a book: whose it is, and how new pages take the place of old ones.

Pages are written whole into a folder inside it, and only then moved, each in one step. So whatever
ends a build leaves the old pages as they were, and no page is ever half written.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

RECORD = "book.json"  # says that the folder is ours, and which pages were built in quick mode
MADE_BY = "python -m lessons book"
UNFINISHED = ".unfinished-"


def pages_in(folder: Path) -> dict[str, str]:
    """Return the pages of the book in a folder, each with "quick" or "full"; none, where it is new.

    Raises ValueError where the folder is a file, or holds what no build of ours has written.

    >>> pages_in(Path("a folder that is not there"))
    {}
    """
    if not folder.exists() and not folder.is_symlink():
        return {}
    if not folder.is_dir():
        raise ValueError(f"--out: {folder} is a file. Name a folder, which is made if need be.")
    if (folder / RECORD).is_file():
        return _recorded(folder)
    if any(not x.name.startswith(UNFINISHED) for x in folder.iterdir()):
        raise ValueError(
            f"--out: {folder} holds files that are not of a book. Name another folder, or a new "
            "one inside it; nothing there was touched."
        )
    return {}


def check(folder: Path, quick: bool) -> dict[str, str]:
    """Return the pages that are there; ValueError where a quick build would go over full ones."""
    pages = pages_in(folder)
    if quick and "full" in pages.values():
        raise ValueError(
            f"--out: {folder} holds a book that was built in full, and a quick one never takes its "
            "place. Name another folder: --quick --out quick-book"
        )
    return pages


def replace(folder: Path, pages: Mapping[str, str], kinds: Mapping[str, str]) -> None:
    """Write pages and put them in place, the first page of the book last.

    pages: each file's name and text. kinds: of all pages of the book then, "quick" or "full".
    """
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob(f"{UNFINISHED}*"):
        shutil.rmtree(old, ignore_errors=True)
    beside = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=folder))
    try:
        record = json.dumps({"made by": MADE_BY, "pages": dict(kinds)}, indent=1) + "\n"
        files = dict(pages) | {RECORD: record}
        for name, text in files.items():
            (beside / name).write_text(text, encoding="utf-8")
        # The record first: from then on the folder is known as ours.
        for name in sorted(files, key=lambda name: (name != RECORD, name == "index.html", name)):
            os.replace(beside / name, folder / name)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _recorded(folder: Path) -> dict[str, str]:
    """What the record says of pages that are still there."""
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        made_by, pages = record["made by"], dict(record["pages"])
    except (OSError, ValueError, TypeError, LookupError):
        made_by, pages = "", {}
    if made_by != MADE_BY:
        raise ValueError(
            f"--out: {folder / RECORD} is not a record of a book of ours. Name another folder."
        )
    return {name: str(kind) for name, kind in pages.items() if (folder / name).is_file()}
