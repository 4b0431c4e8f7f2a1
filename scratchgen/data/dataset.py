"""What a data set is, and what its images go through on the way into training."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .arguments import generator, image_shape, whole

Factors = dict[str, np.ndarray]  # factor's name -> its value for each image, shape (N,)


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Training and test images with their labels.

    Images have shape (N, D), float32 in [0, 1], one image a row, flattened row by row, so that
    `x.reshape(-1, *image_shape)` shows them; labels have shape (N,), int64, and index
    `class_names`. The factors are what `glyphs` were drawn from, and empty for all others.
    All this is checked: raises ValueError or TypeError naming what does not fit.
    """

    name: str
    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray
    image_shape: tuple[int, ...]
    class_names: tuple[str, ...]
    train_factors: Factors = field(default_factory=dict)
    test_factors: Factors = field(default_factory=dict)

    def __post_init__(self) -> None:
        for part in ("train", "test"):
            where = f"Dataset({self.name!r}): {part}"
            x, labels = getattr(self, f"{part}_images"), getattr(self, f"{part}_labels")
            check_images(x, name=f"{where}_images")
            if x.dtype != np.float32:
                raise TypeError(f"{where}_images: expected float32, got {x.dtype}. Make them so: "
                                f"x.astype('float32').")
            image_shape(where, self.image_shape, x.shape[1])
            _check_labels(f"{where}_labels", labels, len(x), len(self.class_names))
            for name, values in getattr(self, f"{part}_factors").items():
                if np.shape(values) != (len(x),):
                    raise ValueError(f"{where}_factors: expected {name} of shape ({len(x)},), one "
                                     f"for each image, got {np.shape(values)}.")

    def __repr__(self) -> str:
        counts = f"{len(self.train_images)} train + {len(self.test_images)} test"
        size = "x".join(map(str, self.image_shape))
        return f"Dataset({self.name!r}, {counts}, {size}, {len(self.class_names)} classes)"


def _check_labels(where: str, labels: Any, n_images: int, n_classes: int) -> None:
    dtype, shape = getattr(labels, "dtype", type(labels)), np.shape(labels)
    if getattr(dtype, "kind", None) not in ("i", "u") or shape != (n_images,):
        raise ValueError(f"{where}: expected an array ({n_images},) of whole numbers, one for each "
                         f"image, got {dtype} of shape {shape}.")
    if labels.min() < 0 or labels.max() >= n_classes:
        raise ValueError(f"{where}: expected 0..{n_classes - 1}, indices into class_names, got "
                         f"{labels.min()}..{labels.max()}.")


def every_sixth(
    name: str,
    x: np.ndarray,
    labels: np.ndarray,
    image_shape: tuple[int, ...],
    class_names: tuple[str, ...],
    factors: Factors | None = None,
) -> Dataset:
    """A Dataset whose test images are every sixth: no chance, so the same for everyone.

    x: images (N, D) with their labels (N,) and the factors (N,) of each. Raises ValueError for
    fewer than six.

    >>> every_sixth("black", np.zeros((12, 4), "f"), np.arange(12), (2, 2), (*"abcdefghijkl",))
    Dataset('black', 10 train + 2 test, 2x2, 12 classes)
    """
    if len(x) < 6:
        raise ValueError(f"{name}: expected at least 6 images (every sixth is for testing), got "
                         f"{len(x)}. Add some.")
    test = np.arange(len(x)) % 6 == 5
    train_factors, test_factors = (
        {key: value[rows] for key, value in (factors or {}).items()} for rows in (~test, test)
    )
    return Dataset(name, x[~test], labels[~test], x[test], labels[test], image_shape, class_names,
                   train_factors, test_factors)


def batches(x: Any, size: int, rng: np.random.Generator, drop_last: bool = False) -> Iterator[Any]:
    """The batches of one epoch, in an order drawn from rng when this is called.

    x: an array (N, ...), or a tuple of arrays of one length, e.g. (images, labels), which gives
    tuples. NumPy arrays or CuPy's: the order is made on the host.
    drop_last: leave out the last batch if it is smaller than `size`. By default every row comes
    exactly once, so that an epoch's mean is the data's; a step that compares two batches, as a
    GAN's does, wants them equal in size.
    Raises ValueError for arrays of several lengths, or where not one batch would come, TypeError
    for anything but arrays.

    >>> [len(batch) for batch in batches(np.arange(10), 4, np.random.default_rng(0))]
    [4, 4, 2]
    """
    n, size, rng = _rows(x), whole("batches: size", size), generator("batches", rng)
    if n < (size if drop_last else 1):
        raise ValueError(f"batches: expected a size in 1..N, got {size} for N = {n} rows.")
    stop = n - n % size if drop_last else n
    order = rng.permutation(n)
    rows = (order[start : start + size] for start in range(0, stop, size))
    if isinstance(x, tuple):
        return (tuple(array[i] for array in x) for i in rows)
    return (x[i] for i in rows)


def _rows(x: Any) -> int:
    """How many rows an array has, or each array of a tuple."""
    arrays: Sequence[Any] = x if isinstance(x, tuple) else (x,)
    for array in arrays:
        if isinstance(array, (list, dict, str)) or not hasattr(array, "__len__"):
            raise TypeError(f"batches: expected an array, or a tuple of arrays, got a "
                            f"{type(array).__name__}. Make it one: numpy.asarray(x), or "
                            f"(images, labels).")
    lengths = [len(array) for array in arrays]
    if len(set(lengths)) != 1:
        raise ValueError(f"batches: expected arrays of one length, got lengths {lengths}.")
    return lengths[0]


def binarize(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Pixels drawn as 0 or 1, float32, each 1 with probability x; the same shape.

    b = 1 if u < x else 0, u uniform in [0, 1), drawn in float32
    x: a NumPy array in [0, 1], of any shape. Drawn afresh at every use, as in R. Salakhutdinov and
    I. Murray, On the quantitative analysis of deep belief networks, 2008.
    Raises ValueError for a probability that is none, TypeError for what is no NumPy array.

    >>> binarize(np.array([0.0, 1.0]), np.random.default_rng(0))
    array([0., 1.], dtype=float32)
    """
    if not isinstance(x, (np.ndarray, np.generic)) or x.dtype.kind not in "fiub":
        raise TypeError(f"binarize: expected a NumPy array of numbers, got "
                        f"{getattr(x, 'dtype', type(x).__name__)}. Binarize before the images "
                        f"become a Tensor or go to a GPU; numpy.asarray(x) makes a list an array.")
    if x.size and not (x.min() >= 0 and x.max() <= 1):  # of NaN, neither is true
        wrong = ~((x >= 0) & (x <= 1))
        at = tuple(map(int, np.argwhere(wrong)[0])) if x.ndim else ()
        raise ValueError(f"binarize: expected pixels in [0, 1], which are probabilities, got "
                         f"{x[at]} at {at} ({int(wrong.sum())} of {x.size} are wrong). "
                         f"Scale 0..255 by x / 255; find NaN by numpy.isnan(x).")
    return (generator("binarize", rng).random(x.shape, dtype=np.float32) < x).astype(np.float32)


def check_images(x: Any, width: int | None = None, name: str = "images") -> Any:
    """The images x themselves, if every pixel is a finite float in [0, 1].

    x: shape (N, D), one flattened image a row. width: the D that a net asks for. name: what the
    errors call x. Asked once before training: one NaN in the data makes every weight NaN.
    Raises ValueError or TypeError naming what is wrong, and in which image first.

    >>> check_images(np.array([[0.5, 255.0]]))
    Traceback (most recent call last):
    ValueError: images: expected pixels in [0, 1], got 255.0 at pixel 1 of image 0 (1 of 1 images
    are wrong). Scale them first: x / 255 if they are 0..255, (x + 1) / 2 if they are -1..1.
    """
    dtype = getattr(x, "dtype", type(x))
    if getattr(dtype, "kind", None) != "f":
        raise TypeError(f"{name}: expected an array of float32 or float64, got {dtype}. Make it "
                        f"one: numpy.asarray(x, 'float32'), and / 255 if they are bytes.")
    if x.ndim != 2 or 0 in x.shape:
        raise ValueError(f"{name}: expected shape (N, D), one flattened image a row, got "
                         f"{x.shape}. Flatten it first: x.reshape(len(x), -1).")
    if width is not None and x.shape[1] != width:
        raise ValueError(f"{name}: expected {width} pixels an image, as the net was built for, "
                         f"got {x.shape[1]}. Build the net for this width.")
    if (x.min() >= 0) & (x.max() <= 1):  # the usual case, at once; of NaN, neither is true
        return x
    _refuse(~np.isfinite(x), x, f"{name}: expected finite pixels",
            "Leave those images out: x[numpy.isfinite(x).all(axis=1)].")
    _refuse((x < 0) | (x > 1), x, f"{name}: expected pixels in [0, 1]",
            "Scale them first: x / 255 if they are 0..255, (x + 1) / 2 if they are -1..1.")
    return x


def _refuse(wrong: Any, x: Any, expected: str, cure: str) -> None:
    if wrong.any():
        image, pixel = divmod(int(wrong.argmax()), x.shape[1])
        raise ValueError(f"{expected}, got {float(x[image, pixel])} at pixel {pixel} of image "
                         f"{image} ({int(wrong.any(axis=1).sum())} of {len(x)} images are wrong). "
                         f"{cure}")
