"""MNIST and Fashion-MNIST, read from their official files."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from .dataset import Dataset
from .idx import idx_array
from .sources import FASHION, MNIST, Source, find


def mnist(folder: str | os.PathLike[str] | None = None) -> Dataset:
    """MNIST: 60,000 + 10,000 handwritten digits of 28 x 28 pixels. Found as `idx_dataset` says.

    Source: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, Gradient-based learning applied to document
    recognition, 1998.

    >>> mnist(folder="no/such/folder")
    Traceback (most recent call last):
    FileNotFoundError: mnist: there is no folder no/such/folder. Leave it out to download the files.
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
    """The data set of four IDX files that a Source describes, each known by its content.

    folder: the one place to look. Without it: $SCRATCHGEN_DATA, then the user's cache, then the
    mirrors in turn, which fill the cache. In each place the files may be packed or not, right there
    or in a folder of the data set's name, or as torchvision, Keras and others leave them. Raises
    ValueError for a file that is not what it should be, FileNotFoundError where one cannot be had.

    >>> idx_dataset(MNIST, "no/such/folder")
    Traceback (most recent call last):
    FileNotFoundError: mnist: there is no folder no/such/folder. Leave it out to download the files.
    """
    found = [find(source, filename, folder) for filename in source.files]
    train = _images_and_labels(*found[0], *found[1], len(source.class_names))
    test = _images_and_labels(*found[2], *found[3], len(source.class_names))
    if train[0].shape[1:] != test[0].shape[1:]:
        raise ValueError(f"{found[2][0]}: expected images of shape {train[0].shape[1:]}, as in "
                         f"{found[0][0].name}, got {test[0].shape[1:]}.")
    flat = [(images.reshape(len(images), -1) / np.float32(255), y) for images, y in (train, test)]
    return Dataset(source.name, *flat[0], *flat[1], train[0].shape[1:], source.class_names)


def _images_and_labels(
    images_path: Path, images_raw: bytes, labels_path: Path, labels_raw: bytes, n_classes: int
) -> tuple[np.ndarray, np.ndarray]:
    """Images (N, height, width) uint8 and labels (N,) int64 that belong together."""
    images, labels = idx_array(images_raw, images_path), idx_array(labels_raw, labels_path)
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
