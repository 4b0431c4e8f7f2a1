"""The command line: `python -m scratchgen`, and `scratchgen` where it is installed.

train, sample, edit, measure, export, runs, doctor: see `python -m scratchgen --help`.
"""

from __future__ import annotations

import importlib
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

# Where each command stands; what one does not need is not imported.
COMMANDS = {
    "train": "commands.train", "sample": "commands.sample", "edit": "commands.edit",
    "measure": "commands.measuring", "export": "commands.handing", "runs": "commands.listing",
}  # fmt: skip
FUNCTIONS = {"runs": "listing"}
# What these say is for people; anything else is a fault of ours, and shows where it is.
REFUSALS = (ValueError, OSError, RuntimeError, ImportError, FloatingPointError)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; the exit status.

    0: done. 1: it went wrong. 2: something was asked for that cannot be. 130: stopped by Ctrl-C.

    >>> main(["runs", "no/such/folder"])
    No run in no/such/folder. `python -m scratchgen train --help` says how to begin.
    0
    """
    from .commands.parser import make_parser

    parser, commands = make_parser()
    words, more = parser.parse_known_args(sys.argv[1:] if arguments is None else arguments)
    if words.command is None:
        parser.unknown(more) if more else parser.print_help()
        return 0
    if more:
        commands[words.command].unknown(more)
    try:
        with _told_as_sentences():
            return _do(words)
    except KeyboardInterrupt:
        print("Stopped. What is stored is whole.", file=sys.stderr)
        return 130
    except BrokenPipeError:  # `| head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except REFUSALS as error:
        print(f"scratchgen {words.command}: {error}", file=sys.stderr)
        asked = isinstance(error, (ValueError, FileExistsError, FileNotFoundError))
        return 2 if asked else 1


@contextmanager
def _told_as_sentences() -> Iterator[None]:
    """Show a warning as what it says, without the line of the program that gave it."""
    with warnings.catch_warnings():
        warnings.simplefilter("default", UserWarning)
        show = lambda message, *_, **__: print(f"scratchgen: {message}", file=sys.stderr)
        warnings.showwarning = show
        yield


def _do(words) -> int:
    if words.command == "doctor":
        from .backend.doctor import main as doctor

        return doctor()
    module = importlib.import_module(f"scratchgen.{COMMANDS[words.command]}")
    return getattr(module, FUNCTIONS.get(words.command, words.command))(words)


if __name__ == "__main__":
    raise SystemExit(main())
