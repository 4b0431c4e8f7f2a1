"""Where the official files of a data set are found: in a folder, in the cache, or at a mirror.

A file is known by the SHA-256 of its content, unpacked: how it is packed, what it is called and in
which folder it lies differ from one program that fetched it to the next.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .files import expanded, moved_into_place, sha256, unpacked
from .idx import idx_array, idx_bytes


@dataclass(frozen=True)
class Source:
    """A data set of four IDX files: where they can be had, and the SHA-256 that each must have.

    files: name at the mirrors -> SHA-256 of its content, unpacked, in the order training images,
    training labels, test images, test labels. mirrors: addresses ending in "/", asked in turn.
    also: the folders, besides one of its name, that others keep it in.
    """

    name: str
    mirrors: tuple[str, ...]
    files: dict[str, str]
    class_names: tuple[str, ...]
    also: tuple[str, ...] = ()


_FILES = ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz",
          "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz")
MNIST = Source(
    "mnist",
    ("https://ossci-datasets.s3.amazonaws.com/mnist/",
     "https://storage.googleapis.com/cvdf-datasets/mnist/"),
    dict(zip(_FILES, (
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ), strict=True)),
    tuple("0123456789"),
    ("MNIST", "MNIST_data", "mnist-dataset"),
)
FASHION = Source(
    "fashion",
    ("https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
     "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"),
    dict(zip(_FILES, (
        "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    ), strict=True)),
    ("t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag",
     "ankle boot"),
    ("FashionMNIST", "fashion-mnist", "fashionmnist", "fashion_mnist",
     "fashion-mnist/data/fashion", "data/fashion"),
)
_KNOWN = {digest: source.name for source in (MNIST, FASHION) for digest in source.files.values()}


def find(
    source: Source, filename: str, folder: str | os.PathLike[str] | None = None
) -> tuple[Path, bytes]:
    """The path of one file of a source, and its content, unpacked; downloaded if no place has it.

    folder: the one place to look; without it $SCRATCHGEN_DATA, then the cache. In each, the file
    may lie right there or in a folder of the data set's name, or of a name that others give it, or
    in "raw" inside of one of these (torchvision's layout); packed by gzip, bz2 or xz, or not at
    all; or be a part of Keras' mnist.npz. Files of another known data set are passed over.

    >>> find(MNIST, "train-images-idx3-ubyte.gz", "no/such/folder")
    Traceback (most recent call last):
    FileNotFoundError: mnist: there is no folder no/such/folder. Leave it out to download the files.
    """
    checksum, wrong, others = source.files[filename], [], ""
    roots = _roots(source, folder)
    for path, content in _candidates(roots, source, filename):
        if isinstance(content, ValueError):
            wrong.append(f"{content}")
        elif (found := sha256(content)) == checksum:
            return path, content
        elif found in _KNOWN and _KNOWN[found] != source.name:
            others = f" What lies at {path} is {_KNOWN[found]}'s."
        else:
            wrong.append(f"{path}: {_wrong(path, content, checksum)}")
    if wrong:
        raise ValueError(f"{wrong[0]} Move it away, and {source.name}() without a folder "
                         f"downloads the right one.")
    if folder is not None:
        folders = ", ".join((source.name, *source.also))
        raise FileNotFoundError(f"{source.name}: no {filename}, packed or not, in {roots[0]}, nor "
                                f"in the folders {folders} and raw inside of it.{others} Leave "
                                f"the folder out to download it.")
    return _download(source, filename, roots)


def _roots(source: Source, folder: str | os.PathLike[str] | None) -> list[Path]:
    """The folders to look in."""
    if folder is not None:
        if not expanded(folder).is_dir():
            raise FileNotFoundError(f"{source.name}: there is no folder {expanded(folder)}. Leave "
                                    f"it out to download the files.")
        return [expanded(folder)]
    named = os.environ.get("SCRATCHGEN_DATA")
    if not named:
        return [cache_folder()]
    if not expanded(named).is_dir():
        raise FileNotFoundError(f"{source.name}: SCRATCHGEN_DATA names {expanded(named)}, where "
                                f"there is no folder. Correct it, or unset it to download.")
    return [expanded(named), cache_folder()]


def _candidates(
    roots: list[Path], source: Source, filename: str
) -> Iterator[tuple[Path, bytes | ValueError]]:
    """Files that may be the one: the path of each, and its content, or what is wrong with it."""
    stem = filename.removesuffix(".gz")
    stems = (stem, re.sub(r"-(idx\d)", r".\1", stem))  # the second is what some unpackers leave
    names = [f"{stem}{packed}" for stem in stems for packed in ("", ".gz", ".bz2", ".xz")]
    for place in _places(roots, source):
        for path in [place / name for name in names] + [place / stem / stem for stem in stems]:
            if path.is_file():
                try:
                    yield path, unpacked(path)
                except ValueError as cause:
                    yield path, cause
        if (path := place / f"{source.name}.npz").is_file():
            yield path, _of_keras(path, stem)


def _places(roots: list[Path], source: Source) -> Iterator[Path]:
    for root in roots:
        for place in (*(root / name for name in (source.name, *source.also)), root):
            yield from (place, place / "raw")


def _of_keras(path: Path, stem: str) -> bytes | ValueError:
    """The IDX file, unpacked, that one of the four arrays of Keras' mnist.npz would be."""
    which, _, what = stem.partition("-")
    key = ("x" if what.startswith("images") else "y") + ("_train" if which == "train" else "_test")
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return idx_bytes(arrays[key])
    except Exception as cause:  # a damaged archive fails in as many ways as zip, zlib and npy have
        return ValueError(f"{path}: cannot be read ({cause!r}).")


def _wrong(path: Path, content: bytes, checksum: str) -> str:
    """What is wrong with it: most often it is cut short, or a web page where a file should be."""
    try:
        reason = f"a whole IDX file, but another one, of shape {idx_array(content, path).shape}."
    except ValueError as cause:
        reason = str(cause).removeprefix(f"{path}: ")
    return f"expected content of SHA-256 {checksum}, got {sha256(content)}: {reason}"


# ---- downloads ---------------------------------------------------------------------------------


def cache_folder() -> Path:
    """The folder for downloads, where this system keeps what can be had again.

    >>> cache_folder().name
    'scratchgen'
    """
    if sys.platform == "win32":
        root = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    elif sys.platform == "darwin":
        root = "~/Library/Caches"
    else:
        root = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return expanded(root) / "scratchgen"


def _download(source: Source, filename: str, looked: list[Path]) -> tuple[Path, bytes]:
    """A file fetched into the cache, and its content, from the first mirror that has it right."""
    from http.client import HTTPException  # here: only a download needs them
    from urllib.error import HTTPError

    folder = cache_folder() / source.name
    folder.mkdir(parents=True, exist_ok=True)
    causes = []
    for url in [mirror + filename for mirror in source.mirrors]:
        try:
            return _fetch(url, folder / filename, source.files[filename])
        except (OSError, HTTPException, ValueError) as cause:
            causes.append(f"  {url}\n    {cause}")
            if isinstance(cause, HTTPError):
                cause.close()  # it is also the open reply
    checksums = (f"  {checksum}  {name}" for name, checksum in source.files.items())
    raise FileNotFoundError("\n".join((
        f"{source.name}: {filename} is not in {' or '.join(map(str, looked))}, and no mirror gave "
        f"it:", *causes,
        f"Without a network, fetch the four files elsewhere and put them into {folder}",
        "(or into a folder that SCRATCHGEN_DATA names). The SHA-256 of what is in each, unpacked,",
        "as  gzip -dc FILE | sha256sum  prints it:", *checksums,
        "The data sets digits, mnist5k (5,000 images of MNIST) and glyphs need no download.",
    )))


def _fetch(url: str, path: Path, checksum: str) -> tuple[Path, bytes]:
    import shutil
    from urllib.request import urlopen

    from rich.progress import wrap_file

    with moved_into_place(path) as part:
        with urlopen(url, timeout=20) as reply, part.open("wb") as file:
            size = int(reply.headers.get("Content-Length", 0))
            print(f"Downloading {url} ({size:,} bytes) to {path.parent}", flush=True)
            quiet = not sys.stdout.isatty()
            with wrap_file(reply, size, transient=True, disable=quiet) as body:
                shutil.copyfileobj(body, file)
        content = unpacked(part)
        if sha256(content) != checksum:
            raise ValueError(_wrong(part, content, checksum))
    return path, content
