"""Images and points to learn from: bundled, drawn, read from files or downloaded. NumPy only.

Every image data set is a `Dataset` of flattened float32 images in [0, 1]. `digits` and `glyphs`
need no network; `mnist` and `fashion` are the official files, used only if their SHA-256 is right.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import math
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

Factors = dict[str, np.ndarray]  # factor's name -> its value for each image, shape (N,)


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Training and test images with their labels.

    Images have shape (N, D), float32 in [0, 1], one image a row, flattened row by row, so that
    `x.reshape(-1, *image_shape)` shows them; labels have shape (N,), int64, and index
    `class_names`. The factors are what `glyphs` were drawn from, and empty for all others.
    """

    name: str
    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray
    image_shape: tuple[int, int]
    class_names: tuple[str, ...]
    train_factors: Factors = field(default_factory=dict)
    test_factors: Factors = field(default_factory=dict)

    def __repr__(self) -> str:
        counts = f"{len(self.train_images)} train + {len(self.test_images)} test"
        size = "x".join(map(str, self.image_shape))
        return f"Dataset({self.name!r}, {counts}, {size}, {len(self.class_names)} classes)"


def load(name: str, **options: Any) -> Dataset:
    """The data set of that name: "digits", "glyphs", "mnist" or "fashion".

    options: handed on to the function of that name, e.g. `load("glyphs", n=600)`.
    Raises ValueError for another name.

    >>> load("digits")
    Dataset('digits', 1498 train + 299 test, 8x8, 10 classes)
    """
    loaders: dict[str, Callable[..., Dataset]] = {
        "digits": digits, "glyphs": glyphs, "mnist": mnist, "fashion": fashion,
    }
    if name not in loaders:
        import difflib

        close = difflib.get_close_matches(str(name).lower(), loaders, n=1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        raise ValueError(f"load: expected one of {', '.join(loaders)}; got {name!r}.{hint}")
    return loaders[name](**options)


def _every_sixth(
    name: str,
    x: np.ndarray,
    labels: np.ndarray,
    image_shape: tuple[int, int],
    class_names: tuple[str, ...],
    factors: Factors | None = None,
) -> Dataset:
    """A Dataset whose test images are every sixth: no chance, so the same for everyone."""
    if len(x) < 6:
        raise ValueError(f"{name}: expected at least 6 images (every sixth is for testing), got "
                         f"{len(x)}. Add some.")
    test = np.arange(len(x)) % 6 == 5
    train_factors, test_factors = (
        {key: value[rows] for key, value in (factors or {}).items()} for rows in (~test, test)
    )
    return Dataset(name, x[~test], labels[~test], x[test], labels[test], image_shape, class_names,
                   train_factors, test_factors)


# ---- digits: bundled ---------------------------------------------------------------------------

DIGITS_FILE = Path(__file__).with_name("digits.npz")
# Of the arrays, not of the archive, whose own bytes depend on the zlib that wrote it.
DIGITS_SHA256 = "87ff0c9e40dc7e2c0e34e7257799c2e3f3aec1a016363bb11cad869ec428a826"


def digits() -> Dataset:
    """1,797 real handwritten digits of 8 x 8 pixels, bundled: 1,498 to train, 299 to test.

    Source: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine
    Learning Repository, 1998, CC BY 4.0; the 1,797 that scikit-learn carries, 0..16 there, here
    divided by 16. Every sixth is a test image, so train and test share their 13 writers.

    >>> digits().train_images.shape
    (1498, 64)
    """
    pixels, labels = _read_digits(DIGITS_FILE)
    names = tuple("0123456789")
    return _every_sixth("digits", pixels / np.float32(16), labels.astype(np.int64), (8, 8), names)


def _read_digits(path: Path) -> tuple[np.ndarray, np.ndarray]:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            pixels, labels = arrays["pixels"], arrays["labels"]
    except Exception as cause:  # a damaged archive fails in as many ways as zip, zlib and npy have
        raise ValueError(f"{path}: cannot be read ({cause!r}). {_REBUILD}") from cause
    import hashlib  # here and below: packages that `import scratchgen` need not wait for

    found = hashlib.sha256(pixels.tobytes() + labels.tobytes()).hexdigest()
    if found != DIGITS_SHA256:
        raise ValueError(f"{path}: expected arrays of SHA-256 {DIGITS_SHA256}, got {found}. "
                         f"{_REBUILD}")
    return pixels, labels


_REBUILD = (
    "Install scratchgen again, or move the file away and rebuild it: "
    "python -c \"from scratchgen import data; data.rebuild_digits(data.DIGITS_FILE)\""
)


def rebuild_digits(path: str | os.PathLike[str]) -> Path:
    """The path to which the bundled digits were written afresh from scikit-learn.

    path: where no file is yet; the shell line is
    `python -c "from scratchgen import data; data.rebuild_digits('digits.npz')"`.
    Raises ModuleNotFoundError without scikit-learn, FileExistsError rather than overwrite.

    >>> rebuild_digits(DIGITS_FILE)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    FileExistsError: ...digits.npz is there already. Move it away or choose another path.
    """
    path = Path(path)
    if path.exists():
        raise FileExistsError(f"{path} is there already. Move it away or choose another path.")
    try:
        sklearn_datasets = importlib.import_module("sklearn.datasets")
    except ImportError as cause:
        cure = "python -m pip install scikit-learn"
        raise ModuleNotFoundError(f"rebuild_digits needs scikit-learn ({cause}): {cure}") from cause
    x, labels = sklearn_datasets.load_digits(return_X_y=True)
    with _moved_into_place(path) as part:
        np.savez_compressed(part, pixels=x.astype(np.uint8), labels=labels.astype(np.uint8))
    _read_digits(path)
    return path


@contextlib.contextmanager
def _moved_into_place(path: Path) -> Iterator[Path]:
    """A path beside it to write to, renamed once all went well: never half a file at `path`."""
    import tempfile

    handle, name = tempfile.mkstemp(dir=path.parent, prefix="part-", suffix=f"-{path.name}")
    os.close(handle)
    try:
        yield Path(name)
        os.replace(name, path)
    finally:
        Path(name).unlink(missing_ok=True)


# ---- glyphs: drawn -----------------------------------------------------------------------------

CHARACTERS = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # no I and O: in some typefaces they are 1 and 0
TYPEFACES = ("DejaVuSans", "DejaVuSerif", "DejaVuSansMono", "STIXGeneral", "cmr10", "cmss10",
             "cmtt10")
# Chosen so that the widest character at the extremes of all four still fits into 28 x 28 pixels.
GLYPH_RANGES = {
    "slant": (-0.25, 0.25),  # the tangent of the angle: positive leans to the right
    "rotation": (-12.0, 12.0),  # degrees, positive is counter-clockwise
    "weight": (0.5, 2.0),  # pixels by which every stem is thickened
    "size": (12.0, 18.0),  # pixels, the longer side of the upright character
}


def glyphs(n: int = 12_000, seed: int = 0, characters: str = CHARACTERS) -> Dataset:
    """A data set of n drawn 28 x 28 characters, white on black, with the factors of each.

    Each factor is drawn independently and uniformly: character and typeface (int64, indices into
    `characters` and TYPEFACES), slant, rotation, weight and size (float32, in GLYPH_RANGES). The
    labels are the characters. The first images of a larger n are those of a smaller one.
    characters: ASCII letters and digits. Every sixth image is for testing. The typefaces are
    matplotlib's own, never the system's: one seed draws the same pictures on every machine.

    >>> glyphs(n=60, seed=1)
    Dataset('glyphs', 50 train + 10 test, 28x28, 34 classes)
    """
    u = np.random.default_rng(seed).random((n, 6))  # a row for each image
    factors = {
        "character": (u[:, 0] * len(characters)).astype(np.int64),
        "typeface": (u[:, 1] * len(TYPEFACES)).astype(np.int64),
    }
    for column, (name, (low, high)) in enumerate(GLYPH_RANGES.items(), start=2):
        factors[name] = (low + (high - low) * u[:, column]).astype(np.float32)
    x = draw_glyphs(factors, characters)
    return _every_sixth("glyphs", x, factors["character"], (28, 28), tuple(characters), factors)


def draw_glyphs(factors: Factors, characters: str = CHARACTERS) -> np.ndarray:
    """Images (N, 784), float32 in [0, 1], of the glyphs that have those factors.

    factors: as in `Dataset.train_factors`, so one factor can be changed while the others stay:
    the picture that a model's edit should have made.

    >>> data = glyphs(n=60)
    >>> upright = draw_glyphs(data.train_factors | {"slant": np.zeros(50)})
    >>> upright.shape
    (50, 784)
    """
    from matplotlib.backends.backend_agg import RendererAgg
    from matplotlib.transforms import Affine2D

    if not (characters.isascii() and characters.isalnum()):
        raise ValueError(f"glyphs: expected characters of ASCII letters and digits, which every "
                         f"typeface has, got {characters!r}.")
    columns = [factors[name] for name in ("character", "typeface", *GLYPH_RANGES)]
    images = np.empty((len(columns[0]), 784), np.float32)
    renderer = RendererAgg(28, 28, 72)  # 72 dots an inch: one point is one pixel
    pen = renderer.new_gc()
    pen.set_snap(False)  # else straight stems jump to whole pixels, and their factors with them
    for i, (character, typeface, slant, rotation, weight, size) in enumerate(
        zip(*columns, strict=True)
    ):
        outline = _outline(characters[character], TYPEFACES[typeface])
        shear = Affine2D(np.array([[1, slant, 0], [0, 1, 0], [0, 0, 1]]))
        renderer.clear()
        pen.set_linewidth(weight)  # drawn along the outline, it adds half of it on either side
        place = shear.scale(size).rotate_deg(rotation).translate(14, 14)
        renderer.draw_path(pen, outline, place, (0, 0, 0))
        images[i] = np.asarray(renderer.buffer_rgba())[:, :, 3].ravel()  # how far ink covers it
    return images / np.float32(255)


@functools.cache
def _outline(character: str, typeface: str) -> Any:
    """The outline of a character as a matplotlib Path, centred at 0, its longer side 1."""
    import matplotlib
    from matplotlib.font_manager import FontProperties
    from matplotlib.path import Path as Outline
    from matplotlib.textpath import TextPath

    font = FontProperties(fname=Path(matplotlib.get_data_path(), "fonts/ttf", f"{typeface}.ttf"))
    path = TextPath((0, 0), character, size=100, prop=font)
    box = path.get_extents().get_points()  # [[left, bottom], [right, top]]
    return Outline((path.vertices - box.mean(axis=0)) / np.ptp(box, axis=0).max(), path.codes)


# ---- MNIST and Fashion-MNIST: IDX files from a folder, the cache or a mirror -------------------


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
        if _sha256(path) == source.files[filename]:
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
        "The data sets digits and glyphs need no download.",
    )))


def _fetch(url: str, path: Path, checksum: str) -> Path:
    import shutil
    from urllib.request import urlopen

    from rich.progress import wrap_file

    with _moved_into_place(path) as part:
        with urlopen(url, timeout=20) as reply, part.open("wb") as file:
            size = int(reply.headers.get("Content-Length", 0))
            print(f"Downloading {url} ({size:,} bytes) to {path.parent}", flush=True)
            quiet = not sys.stdout.isatty()
            with wrap_file(reply, size, transient=True, disable=quiet) as body:
                shutil.copyfileobj(body, file)
        if _sha256(part) != checksum:
            raise ValueError(_wrong_checksum(part, checksum))
    return path


def _sha256(path: Path) -> str:
    import hashlib

    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _wrong_checksum(path: Path, expected: str) -> str:
    """What is wrong with it: most often it is cut short, or a web page where a file should be."""
    try:
        reason = f"a whole IDX file, but another one, of shape {read_idx(path).shape}."
    except ValueError as cause:
        reason = str(cause).removeprefix(f"{path}: ")
    return f"expected SHA-256 {expected}, got {_sha256(path)}: {reason}"


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


# ---- a person's own images ---------------------------------------------------------------------


def folder(path: str | os.PathLike[str], image_shape: tuple[int, int] = (28, 28)) -> Dataset:
    """A data set of a person's own PNG and JPG images, in grey, every sixth for testing.

    path: a folder of images, or of folders of images, whose names are then the classes.
    image_shape: (height, width) to which each is scaled, cut to that aspect around its middle.
    What is transparent becomes white. Raises ValueError naming what is missing or unreadable.

    >>> folder("no/such/folder")
    Traceback (most recent call last):
    ValueError: no/such/folder: expected a folder of PNG or JPG images, found none there.
    """
    path = Path(path)
    classes = sorted(sub for sub in path.glob("[!.]*/") if _pictures(sub)) or [path]
    files = [(file, label) for label, sub in enumerate(classes) for file in _pictures(sub)]
    if not files:
        raise ValueError(f"{path}: expected a folder of PNG or JPG images, found none there.")
    if classes != [path] and _pictures(path):
        raise ValueError(f"{path}: expected images either here or in sub-folders, got both. "
                         f"Move {_pictures(path)[0].name} into the folder of its class.")
    x = np.stack([_grey_pixels(file, image_shape) for file, _ in files])
    labels = np.array([label for _, label in files], np.int64)
    return _every_sixth(path.name, x, labels, image_shape, tuple(sub.name for sub in classes))


def _pictures(path: Path) -> list[Path]:
    suffixes = {".png", ".jpg", ".jpeg"}
    return sorted(file for file in path.glob("[!.]*") if file.suffix.lower() in suffixes)


def _grey_pixels(path: Path, image_shape: tuple[int, int]) -> np.ndarray:
    from PIL import Image, ImageOps  # Pillow: matplotlib depends on it

    try:
        with Image.open(path) as opened:
            upright = ImageOps.exif_transpose(opened)  # as the camera was held
            if upright.mode[0] in "IF":
                raise ValueError(f"mode {upright.mode}: more than 8 bits a pixel")
            ink = upright.convert("RGBA")
    except Exception as cause:  # Pillow's decoders raise whatever the damage led to
        raise ValueError(f"{path}: cannot be read as a PNG or JPG image of 8 bits a pixel "
                         f"({cause}). Save it again, or move it away.") from cause
    paper = Image.new("RGBA", ink.size, "white")
    grey = Image.alpha_composite(paper, ink).convert("L")
    scaled = ImageOps.fit(grey, (image_shape[1], image_shape[0]))
    return np.asarray(scaled, np.float32).ravel() / np.float32(255)


# ---- points in the plane -----------------------------------------------------------------------


def ring_centres(modes: int = 8, radius: float = 1.0) -> np.ndarray:
    """The centres (modes, 2), float32, of modes spaced evenly on a circle, all distinct.

    centre[k] = radius * (cos t, sin t), t = 2 pi k / modes

    >>> (ring_centres(modes=4).round() + 0).tolist()
    [[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]]
    """
    t = np.linspace(0, 2 * np.pi, modes, endpoint=False)  # with its end, two modes would coincide
    return (radius * np.stack([np.cos(t), np.sin(t)], axis=1)).astype(np.float32)


def grid_centres(side: int = 5, spacing: float = 2.0) -> np.ndarray:
    """The centres (side * side, 2), float32, of a square grid around the origin.

    >>> sorted(set(grid_centres()[:, 0].tolist()))
    [-4.0, -2.0, 0.0, 2.0, 4.0]
    """
    ticks = spacing * (np.arange(side) - (side - 1) / 2)
    return np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2).astype(np.float32)


def ring(
    n: int, rng: np.random.Generator, modes: int = 8, radius: float = 1.0, std: float = 0.01
) -> tuple[np.ndarray, np.ndarray]:
    """Points (n, 2), float32, from a ring of Gaussians, and the mode (n,), int64, of each.

    x = centre[mode] + std * noise, mode uniform, noise from N(0, I)
    Source: the ring of PacGAN (Lin et al. 2018, arXiv:1712.04086), with the same std.

    >>> x, modes = ring(1000, np.random.default_rng(0))
    >>> x.shape, len(set(modes.tolist()))
    ((1000, 2), 8)
    """
    return _around(ring_centres(modes, radius), n, rng, std)


def grid(
    n: int, rng: np.random.Generator, side: int = 5, spacing: float = 2.0, std: float = 0.05
) -> tuple[np.ndarray, np.ndarray]:
    """Points (n, 2), float32, from a grid of Gaussians, and the mode (n,), int64, of each.

    As `ring`, around `grid_centres(side, spacing)`; PacGAN's grid of 25 by default.

    >>> x, modes = grid(1000, np.random.default_rng(0))
    >>> x.shape, len(set(modes.tolist()))
    ((1000, 2), 25)
    """
    return _around(grid_centres(side, spacing), n, rng, std)


def _around(
    centres: np.ndarray, n: int, rng: np.random.Generator, std: float
) -> tuple[np.ndarray, np.ndarray]:
    modes = rng.integers(len(centres), size=n)
    noise = rng.standard_normal((n, 2), dtype=np.float32)
    return centres[modes] + np.float32(std) * noise, modes


# ---- on the way into training ------------------------------------------------------------------


def batches(x: Any, size: int, rng: np.random.Generator, drop_last: bool = False) -> Iterator[Any]:
    """The batches of one epoch, in an order drawn from rng when this is called.

    x: an array (N, ...), or a tuple of arrays of one length, e.g. (images, labels), which gives
    tuples. NumPy arrays or CuPy's: the order is made on the host.
    drop_last: leave out the last batch if it is smaller than `size`. By default every row comes
    exactly once, so that an epoch's mean is the data's; a step that compares two batches, as a
    GAN's does, wants them equal in size.
    Raises ValueError for arrays of several lengths, or where not one batch would come.

    >>> [len(batch) for batch in batches(np.arange(10), 4, np.random.default_rng(0))]
    [4, 4, 2]
    """
    arrays: Sequence[Any] = x if isinstance(x, tuple) else (x,)
    lengths = [len(array) for array in arrays]
    if len(set(lengths)) != 1:
        raise ValueError(f"batches: expected arrays of one length, got lengths {lengths}.")
    n = lengths[0]
    if size < 1 or n < (size if drop_last else 1):
        raise ValueError(f"batches: expected a size in 1..N, got {size} for N = {n} rows.")
    stop = n - n % size if drop_last else n
    order = rng.permutation(n)
    rows = (order[start : start + size] for start in range(0, stop, size))
    if isinstance(x, tuple):
        return (tuple(array[i] for array in x) for i in rows)
    return (x[i] for i in rows)


def binarize(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Pixels drawn as 0 or 1, float32, each 1 with probability x; the same shape.

    b = 1 if u < x else 0, u uniform in [0, 1), drawn in float32
    x: a NumPy array in [0, 1]. Drawn afresh at every use, as in R. Salakhutdinov and I. Murray, On
    the quantitative analysis of deep belief networks, 2008.

    >>> binarize(np.array([0.0, 1.0]), np.random.default_rng(0))
    array([0., 1.], dtype=float32)
    """
    return (rng.random(x.shape, dtype=np.float32) < x).astype(np.float32)


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
