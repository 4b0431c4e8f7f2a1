"""MNIST and Fashion-MNIST: IDX files from a folder, the cache or a mirror, each checked."""

from __future__ import annotations

import math
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .dataset import Dataset
from .files import moved_into_place, sha256


@dataclass(frozen=True)
class Source:
    """A data set of four IDX files: where they can be had, and the SHA-256 that each must have.

    files: name -> SHA-256, in the order training images, training labels, test images, test
    labels. mirrors: addresses ending in "/", asked in turn.
    """

    name: str
    mirrors: tuple[str, ...]
    files: dict[str, str]
    class_names: tuple[str, ...]


_IDX_FILES = ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz",
              "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz")
MNIST = Source(
    "mnist",
    ("https://ossci-datasets.s3.amazonaws.com/mnist/",
     "https://storage.googleapis.com/cvdf-datasets/mnist/"),
    dict(zip(_IDX_FILES, (
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    ), strict=True)),
    tuple("0123456789"),
)
FASHION = Source(
    "fashion",
    ("https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
     "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"),
    dict(zip(_IDX_FILES, (
        "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    ), strict=True)),
    ("t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag",
     "ankle boot"),
)


def mnist(folder: str | os.PathLike[str] | None = None) -> Dataset:
    """MNIST: 60,000 + 10,000 handwritten digits of 28 x 28 pixels. Found as `idx_dataset` says.

    Source: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, Gradient-based learning applied to document
    recognition, 1998.

    >>> mnist(folder="no/such/folder")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    FileNotFoundError: mnist: train-images-idx3-ubyte.gz is neither in no/such/folder/mnist nor ...
    """
    return idx_dataset(MNIST, folder)


def fashion(folder: str | os.PathLike[str] | None = None) -> Dataset:
    """Fashion-MNIST: 60,000 + 10,000 articles of clothing of 28 x 28 pixels, in ten classes.

    Source: H. Xiao, K. Rasul, R. Vollgraf, arXiv:1708.07747. Found as `idx_dataset` says.

    >>> FASHION.class_names[:3]
    ('t-shirt', 'trouser', 'pullover')
    """
    return idx_dataset(FASHION, folder)


def idx_dataset(source: Source, folder: str | os.PathLike[str] | None = None) -> Dataset:
    """The data set of four IDX files that a Source describes, each checked by its SHA-256.

    folder: the one place to look. Without it: $SCRATCHGEN_DATA, then the user's cache, then the
    mirrors in turn, which fill the cache. In each place the files may lie in a folder of the data
    set's name or right there. Raises ValueError for a file that is not what it should be,
    FileNotFoundError where one cannot be had.

    >>> idx_dataset(MNIST, "no/such/folder")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    FileNotFoundError: mnist: train-images-idx3-ubyte.gz is neither in no/such/folder/mnist nor ...
    """
    paths = [_find(source, filename, folder) for filename in source.files]
    train = _images_and_labels(paths[0], paths[1], len(source.class_names))
    test = _images_and_labels(paths[2], paths[3], len(source.class_names))
    if train[0].shape[1:] != test[0].shape[1:]:
        raise ValueError(f"{paths[2]}: expected images of shape {train[0].shape[1:]}, as in "
                         f"{paths[0].name}, got {test[0].shape[1:]}.")
    flat = [(images.reshape(len(images), -1) / np.float32(255), y) for images, y in (train, test)]
    return Dataset(source.name, *flat[0], *flat[1], train[0].shape[1:], source.class_names)


def _images_and_labels(
    images_path: Path, labels_path: Path, n_classes: int
) -> tuple[np.ndarray, np.ndarray]:
    """Images (N, height, width) uint8 and labels (N,) int64 that belong together."""
    images, labels = read_idx(images_path), read_idx(labels_path)
    for path, array, axes in ((images_path, images, 3), (labels_path, labels, 1)):
        if array.dtype != np.uint8 or array.ndim != axes or array.size == 0:
            raise ValueError(f"{path}: expected bytes on {axes} axes, got {array.dtype} of shape "
                             f"{array.shape}. Are images and labels swapped?")
    if len(images) != len(labels):
        raise ValueError(f"{labels_path}: expected {len(images)} labels, one for each image in "
                         f"{images_path.name}, got {len(labels)}.")
    if labels.max() >= n_classes:
        raise ValueError(f"{labels_path}: expected labels 0..{n_classes - 1}, got {labels.max()}.")
    return images, labels.astype(np.int64)


_IDX_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def read_idx(path: str | os.PathLike[str]) -> np.ndarray:
    """The array in an IDX file, in its own type and shape; a name in .gz is unpacked first.

    The format (LeCun): 0, 0, type, number of axes; each axis's length as 4 bytes, high byte first;
    the values. Raises ValueError if the file is not whole, naming it and what is wrong.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "three.idx")
    >>> _ = path.write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9]))
    >>> read_idx(path)
    array([7, 8, 9], dtype=uint8)
    """
    path = Path(path)
    raw = _unpacked(path)
    if len(raw) < 4 or raw[:2] != b"\0\0" or raw[2] not in _IDX_TYPES or not 1 <= raw[3] <= 8:
        raise ValueError(f"{path}: expected an IDX file (its magic number is 0, 0, the type, the "
                         f"number of axes), got one that begins with {list(raw[:4])}.")
    dtype, start = np.dtype(_IDX_TYPES[raw[2]]), 4 + 4 * raw[3]
    shape = tuple(int.from_bytes(raw[i : i + 4], "big") for i in range(4, start, 4))
    expected = start + math.prod(shape) * dtype.itemsize
    if len(raw) != expected:
        raise ValueError(f"{path}: expected {expected:,} bytes for the shape {shape} that its "
                         f"header names, got {len(raw):,}.")
    values = np.frombuffer(raw, dtype, offset=start).reshape(shape)
    return values.astype(dtype.newbyteorder("="))


def _unpacked(path: Path) -> bytes:
    raw = path.read_bytes()
    if path.suffix != ".gz":
        return raw
    import gzip
    import zlib

    try:
        return gzip.decompress(raw)
    except (OSError, EOFError, zlib.error) as cause:
        raise ValueError(f"{path}: expected a whole gzip file, got {len(raw):,} bytes that "
                         f"are none ({str(cause).rstrip('.')}).") from cause


def _find(source: Source, filename: str, folder: str | os.PathLike[str] | None) -> Path:
    """The path of one checked file of a source, downloaded if no place has it."""
    here = folder or os.environ.get("SCRATCHGEN_DATA")
    roots = ([Path(here)] if here else []) + ([] if folder else [cache_folder()])
    places = [place for root in roots for place in (root / source.name, root)]
    found = [place / filename for place in places if (place / filename).is_file()]
    for path in found:
        if sha256(path) == source.files[filename]:
            return path
    if found:
        reason = _wrong_checksum(found[0], source.files[filename])
        raise ValueError(f"{found[0]}: {reason} Move it away, and {source.name}() without a "
                         f"folder downloads the right one.")
    if folder:
        raise FileNotFoundError(f"{source.name}: {filename} is neither in {places[0]} nor in "
                                f"{places[1]}. Leave the folder out to download it.")
    return _download(source, filename, cache_folder() / source.name)


def _download(source: Source, filename: str, folder: Path) -> Path:
    """The path of a file fetched into that folder from the first mirror that has it right."""
    from http.client import HTTPException  # here: only a download needs them
    from urllib.error import HTTPError

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
        f"{source.name}: {filename} is not on this machine, and no mirror gave it:", *causes,
        f"Without a network, fetch the four files elsewhere and put them into {folder}",
        "(or into a folder that SCRATCHGEN_DATA names). Their SHA-256 and names:", *checksums,
        "The data sets digits, mnist5k (5,000 images of MNIST) and glyphs need no download.",
    )))


def _fetch(url: str, path: Path, checksum: str) -> Path:
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
        if sha256(part) != checksum:
            raise ValueError(_wrong_checksum(part, checksum))
    return path


def _wrong_checksum(path: Path, expected: str) -> str:
    """What is wrong with it: most often it is cut short, or a web page where a file should be."""
    try:
        reason = f"a whole IDX file, but another one, of shape {read_idx(path).shape}."
    except ValueError as cause:
        reason = str(cause).removeprefix(f"{path}: ")
    return f"expected SHA-256 {expected}, got {sha256(path)}: {reason}"


def cache_folder() -> Path:
    """The folder for downloads, where this system keeps what can be had again.

    >>> cache_folder().name
    'scratchgen'
    """
    if sys.platform == "win32":
        root = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        root = Path.home() / "Library" / "Caches"
    else:
        root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root, "scratchgen")
