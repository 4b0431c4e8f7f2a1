"""What test_runs.py has run:  python -m tests.kill_job vae|gan KILLS SEED FOLDER.

Runs are trained by a child process that is killed (kill -9) at a random moment, and again by the
next child, until one comes to its end. Then the run is compared with one that was never stopped,
and another begins. Each kill is by chance within the time that a whole run takes. With "calls" in
place of a number each run is killed once, at another one of its calls that write a file, rename it
or bring it to the disk.
"""

import itertools
import json
import os
import random
import shutil
import signal
import sys
import time
from pathlib import Path

import numpy
from PIL import Image

from scratchgen import distributed
from scratchgen.__main__ import main
from scratchgen.runs.checkpoints import read

KNOBS = ["--data", "digits", "--epochs", "3", "--hidden", "16", "--batch", "150", "--z", "4"]
OFTEN = ["--every", "0.004"]  # seconds: many checkpoints within an epoch


def child(words, folder, call=None):
    """The process that does what the words say, quietly; it kills itself at that call."""
    pid = os.fork()
    if pid == 0:
        if call is not None:
            die_at(call)
        quiet = os.open(folder / "said.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        os._exit(main(words))
    return pid


def die_at(call):
    """Have this process kill itself right before its call of that number."""
    count = itertools.count()

    def watched(function):
        def run(*arguments, **options):
            if next(count) == call:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*arguments, **options)

        return run

    for name in ("replace", "fsync", "open"):
        setattr(os, name, watched(getattr(os, name)))
    Path.write_bytes = watched(Path.write_bytes)
    numpy.savez = watched(numpy.savez)


def words(model, run):
    """Those that begin a run, or go on with it if it is there."""
    if (run / "settings.json").exists():
        return ["train", "--resume", "--out", str(run), *OFTEN]
    return ["train", model, "--out", str(run), *KNOBS, *OFTEN]


def ended(run):
    """All that a run came to: its last checkpoint, its log but for the seconds, its pictures."""
    saved = read(run / "checkpoint.npz")
    about = {key: value for key, value in saved.about.items() if key != "seconds"}
    about["log"] = [row[:-1] for row in about["log"]]
    log = [line.rpartition(",")[0] for line in (run / "log.csv").read_text().splitlines()]
    files = {f.name: f.read_bytes() for f in [*run.glob("samples/*.png"), run / "samples.webp"]}
    left = sorted(f.name for f in run.rglob(".*"))  # of what was half written
    return {name: a.tobytes() for name, a in saved.arrays.items()}, about, log, files, left


def killed(pid, seconds):
    """Whether a child was killed, so many seconds after it began; or came to its end before."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            assert status in (0, signal.SIGKILL), f"a child ended with {status}"
            return status != 0
        time.sleep(0.0005)
    os.kill(pid, signal.SIGKILL)
    return os.WIFSIGNALED(os.waitpid(pid, 0)[1])


def at_each_call(model, folder):
    """Kill once in each run, at one call after the other, until a run comes to its end unkilled."""
    assert not killed(child(words(model, folder / "whole"), folder), 600)
    expected, run, same = ended(folder / "whole"), folder / "cut", True
    for call in itertools.count():
        if not killed(child(words(model, run), folder, call), 600):
            break
        assert not killed(child(words(model, run), folder), 600)
        same &= ended(run) == expected
        shutil.rmtree(run)
    print(json.dumps({"kills": call, "same": same}))


def job(model, kills, seed, folder):
    """Kill so many times; what was seen, as JSON."""
    rng = random.Random(seed)
    whole = folder / "whole"
    start = time.monotonic()
    assert not killed(child(words(model, whole), folder), 600)
    seconds, expected = time.monotonic() - start, ended(whole)
    seen = {"kills": 0, "runs": 0, "worst": 0, "same": True}
    run = folder / "cut"
    of_this = 0
    while seen["kills"] < kills or run.exists():
        enough = seen["kills"] >= kills
        if killed(child(words(model, run), folder), 600 if enough else seconds * rng.random()):
            seen["kills"] += 1
            of_this += 1
            continue
        seen["same"] &= ended(run) == expected
        seen["runs"] += 1
        seen["worst"] = max(seen["worst"], of_this)
        if not seen["same"]:
            break
        shutil.rmtree(run)
        of_this = 0
    print(json.dumps(seen))


if __name__ == "__main__":
    model, kills, seed, folder = sys.argv[1:]
    distributed.limit_blas_threads(1)
    Image.init()  # what each child would import otherwise
    if kills == "calls":
        KNOBS[KNOBS.index("--epochs") + 1], OFTEN[1] = "1", "1000"
        at_each_call(model, Path(folder))
    else:
        job(model, int(kills), int(seed), Path(folder))
