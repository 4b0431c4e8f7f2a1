"""The words of the command line, and what each is for."""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from ..runs.asked import OPTIONS, Option

EXAMPLES = """\
examples:
  python -m scratchgen train vae --data mnist5k --out runs/digits
  python -m scratchgen train vae --data photos/ --size 32 --colour --out runs/photos
  python -m scratchgen train gan --data fashion --out runs/clothes
  python -m scratchgen train --out runs/digits --resume
  python -m scratchgen sample runs/digits -n 64
  python -m scratchgen edit runs/digits seven.png --towards 9 --from 7
  python -m scratchgen measure runs/digits
  python -m scratchgen export runs/digits --to torch
  python -m scratchgen runs

`python -m scratchgen COMMAND --help` says what each takes.
"""

TRAIN = """\
Train a VAE or a GAN, and keep all of it in a folder: settings.json, log.csv with
a line an epoch, samples/ with pictures as they came, samples.webp at the end, and
checkpoints. Ctrl-C stops after the next step; what was stopped or killed goes on
to the same last bit with --resume.
"""

TRAIN_EXAMPLES = """\
examples:
  python -m scratchgen train vae --data mnist5k --out runs/digits
  python -m scratchgen train vae --data photos/ --size 32 --colour --out runs/photos
  python -m scratchgen train gan --data fashion --epochs 40 --out runs/clothes
  python -m scratchgen train --out runs/clothes --resume
  mpiexec -n 2 python -m scratchgen train vae --data mnist --out runs/both

DATA is a folder of your own images (or of one folder for each class), at least
six of each, in any format that Pillow reads; or one of these:
  digits   1,797 handwritten digits, 8x8, bundled: seconds
  mnist5k  5,000 of MNIST's, 28x28, bundled: minutes
  glyphs   letters and digits in many typefaces, drawn here
  mnist, fashion   60,000, 28x28: downloaded, or found in $SCRATCHGEN_DATA

which of the two?
  vae   a few steady minutes; smooth, blurred images; knows how likely an image
        is, and has codes to walk between and to edit by
  gan   longer, and moodier; sharper images; no codes of given images
"""


SAMPLE = """\
Make images by the model of a run: a sheet of N of them, drawn at random.

  --walk     instead, the images on the way from one random code to the next. A code
             is the list of numbers that a model turns into one image; near codes give
             images that are alike.
  --restyle  instead, your image in each of the classes, in its own style. Asks for a
             vae that was trained with --classes, and for --label.
"""

SAMPLE_EXAMPLES = """\
examples:
  python -m scratchgen sample runs/digits                     runs/digits/sample.png
  python -m scratchgen sample runs/digits -n 9 --grid nine.png --seed 3
  python -m scratchgen sample runs/digits --walk walk.webp     a moving picture
  python -m scratchgen sample runs/told --label 3              threes alone
  python -m scratchgen sample runs/told --restyle seven.png --label 7
"""

EDIT = """\
Change an image: find its code, move that from the mean code of some images towards
the mean code of others, and turn it into an image again. The picture that is written
shows your image, what its code gives back (by 0), and four steps on the way.
Asks for a run of a vae, trained without --classes.
"""

EDIT_EXAMPLES = """\
examples:
  python -m scratchgen edit runs/digits seven.png --towards 9 --from 7
  python -m scratchgen edit runs/faces me.jpg --towards smiling/ --from serious/ --by 1
where smiling/ and serious/ are folders of six images or more.
"""

MEASURE = """\
Measure the model of a run beside real images that it never saw: every sixth image of
a folder, or the test images of a named data set.

  of a vae    the negative log-likelihood in nats an image: less is better
  of both     precision (how many samples look like some real image), recall (how many
              real images some sample looks like), density and coverage (the same two,
              less moved by outliers), each beside what real images come to; and
              whether samples are nearer to images that were learned from: copies
"""

EXPORT = """\
Hand the nets of a run on. What is written, into RUN/export-FORMAT:

  safetensors  weights.safetensors: our names and layout; comes back by
               scratchgen.export.from_safetensors
  torch        weights.safetensors in PyTorch's names and layout, and a model.py
               that loads them
  keras        weights.npz, and a model.py that builds the models and loads them
  onnx         encoder.onnx and decoder.onnx, or generator.onnx and
               discriminator.onnx, for onnxruntime, also in a browser

Images are flat, row by row, in [0, 1] in all of them. safetensors, torch and onnx
ask for:  pip install "scratchgen[export]"
"""

EXPORT_EXAMPLES = """\
examples:
  python -m scratchgen export runs/digits --to torch
  python runs/digits/export-torch/model.py       loads it, and makes 16 images
  python -m scratchgen export runs/digits --to onnx --out web/
"""


class Parser(argparse.ArgumentParser):
    """A parser whose refusals are a sentence, and name what was perhaps meant."""

    def __init__(self, **options: Any):
        kind = argparse.RawDescriptionHelpFormatter
        super().__init__(formatter_class=kind, allow_abbrev=False, **options)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and which help to read; status 2."""
        print(f"{self.prog}: {message}", file=sys.stderr)
        print(f"`{self.prog} --help` says what can be asked for.", file=sys.stderr)
        raise SystemExit(2)

    def unknown(self, words: Sequence[str]) -> NoReturn:
        """Refuse words that no option or argument takes."""
        known = [name for action in self._actions for name in action.option_strings]
        said = []
        for word in words:
            close = difflib.get_close_matches(word.partition("=")[0], known, n=1)
            said.append(word + (f" (did you mean {close[0]}?)" if close else ""))
        self.error(f"does not know {', '.join(said)}.")


def make_parser() -> tuple[Parser, dict[str, Parser]]:
    """The parser of the command line, and those of its commands by name.

    >>> parser, commands = make_parser()
    >>> parser.parse_args(["sample", "runs/digits", "-n", "4"]).n
    4
    """
    about = "Train image generators, sample them, edit by them, measure them, and hand them on."
    parser = Parser(prog="python -m scratchgen", description=about, epilog=EXAMPLES)
    kinds = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands: dict[str, Parser] = {}

    def command(name: str, says: str, epilog: str = "", description: str = "") -> Parser:
        commands[name] = kinds.add_parser(
            name, help=says, description=description or says, epilog=epilog
        )
        return commands[name]

    _train(command("train", "train a VAE or a GAN", TRAIN_EXAMPLES, TRAIN))
    for name, says, epilog, description in (
        ("sample", "make images by a run's model", SAMPLE_EXAMPLES, SAMPLE),
        ("edit", "change an image towards others (a vae without --classes)", EDIT_EXAMPLES, EDIT),
        ("measure", "measure a run's model, beside real images", "", MEASURE),
        ("export", "hand a run's nets to PyTorch, Keras, ONNX", EXPORT_EXAMPLES, EXPORT),
    ):
        one = command(name, says, epilog, description)
        one.add_argument("run", type=Path, metavar="RUN", help="the folder of a run")
    _sample(commands["sample"])
    _edit(commands["edit"])
    _measure(commands["measure"])
    _export(commands["export"])
    about = "List the runs in a folder and below: model, data, epochs done, the last losses."
    listed = command("runs", "list the runs that there are", description=about)
    where = "where to look for them, ./runs by default"
    listed.add_argument("folder", nargs="?", type=Path, default=Path("runs"), help=where)
    about = (
        "Look for a GPU, run what CuPy needs step by step, and name what cures the first failure."
    )
    command("doctor", "find what keeps a GPU from being used", description=about)
    return parser, commands


def _train(train: Parser) -> None:
    kinds = "vae or gan; with --resume it may be left out"
    train.add_argument("model", nargs="?", choices=("vae", "gan"), metavar="vae|gan", help=kinds)
    train.add_argument(
        "--out", type=Path, metavar="FOLDER", help="the run's folder, such as runs/first"
    )
    again = "go on with the run in --out; give no settings, or the same ones, or more --epochs"
    train.add_argument("--resume", action="store_true", help=again)
    groups = {
        "": train.add_argument_group("settings (and what is usual)"),
        "vae": train.add_argument_group("of a vae alone"),
        "gan": train.add_argument_group("of a gan alone"),
    }
    for name, option in OPTIONS.items():
        _add(groups[option.of], name, option)
    often = train.add_argument_group("while it trains")
    says = "seconds between checkpoints within an epoch (60)"
    often.add_argument("--every", type=float, default=60.0, metavar="SECONDS", help=says)


def _add(group: Any, name: str, option: Option) -> None:
    says = f"{option.says} ({option.usual})" if option.usual else option.says
    if option.kind is bool:
        group.add_argument(f"--{name}", action="store_true", default=None, help=says)
        return
    several = {"nargs": "+"} if option.several else {}
    group.add_argument(f"--{name}", type=option.kind, metavar=option.metavar, help=says, **several)


def _sample(sample: Parser) -> None:
    sample.add_argument("-n", type=int, default=64, metavar="N", help="how many images (64)")
    grid = "where the sheet goes (RUN/sample.png)"
    sample.add_argument("--grid", type=Path, metavar="FILE.png", help=grid)
    walk = "a walk from code to code instead: a picture, or moving as .webp"
    sample.add_argument("--walk", type=Path, metavar="FILE", help=walk)
    style = "an image in the style of IMAGE in every class instead (a run with --classes)"
    sample.add_argument("--restyle", type=Path, metavar="IMAGE", help=style)
    label = "which class IMAGE shows, or all samples are to show"
    sample.add_argument("--label", metavar="CLASS", help=label)
    sample.add_argument(
        "--seed", type=int, default=0, metavar="S", help="of the random numbers (0)"
    )


def _edit(edit: Parser) -> None:
    edit.add_argument("image", type=Path, metavar="IMAGE", help="the image to change")
    towards = "a class of the run's data, by name; or a folder of images"
    edit.add_argument("--towards", required=True, metavar="CLASS|FOLDER", help=towards)
    start = "what it is to leave: likewise (all images of the run's data)"
    edit.add_argument("--from", dest="start", metavar="CLASS|FOLDER", help=start)
    by = "how far: 1 is the whole way between their mean codes (0.5)"
    edit.add_argument("--by", type=float, default=0.5, metavar="X", help=by)
    edit.add_argument("--out", type=Path, metavar="FILE.png", help="where it goes (RUN/edit.png)")


def _measure(measure: Parser) -> None:
    n = "test images at most (1000); more take longer and are surer"
    measure.add_argument("-n", type=int, default=1000, metavar="N", help=n)
    k = "of a VAE: codes drawn for each image (100); more come closer to the likelihood"
    measure.add_argument("-k", type=int, default=100, metavar="K", help=k)
    measure.add_argument(
        "--seed", type=int, default=0, metavar="S", help="of the random numbers (0)"
    )


def _export(export: Parser) -> None:
    formats = "safetensors (our names and layout), torch, keras or onnx"
    export.add_argument("--to", required=True, metavar="FORMAT", help=formats,
                        choices=("safetensors", "torch", "keras", "onnx"))  # fmt: skip
    out = "where the files go (RUN/export-FORMAT)"
    export.add_argument("--out", type=Path, metavar="FOLDER", help=out)
