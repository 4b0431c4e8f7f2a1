"""MNIST and Fashion-MNIST: where their files are found, and what every bad one is answered."""

import bz2
import functools
import gzip
import lzma
import os
import re
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scratchgen import data
from scratchgen.data import Source, read_idx, sources
from scratchgen.data.files import moved_into_place, sha256, unpacked
from scratchgen.data.idx import idx_array, idx_bytes

OFFICIAL = os.environ.get("SCRATCHGEN_DATA")  # read before the fixture below hides it


def home(monkeypatch, folder):
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(folder))


@pytest.fixture(autouse=True)
def no_folder_of_this_machine(tmp_path, monkeypatch):
    """Every test has an empty cache of its own, on whichever system."""
    monkeypatch.delenv("SCRATCHGEN_DATA", raising=False)
    monkeypatch.setenv("no_proxy", "*")  # the server of these tests is on this machine
    for name in ("HOME", "USERPROFILE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "home"))


# ---- IDX files ---------------------------------------------------------------------------------


PIXELS = np.random.default_rng(5).integers(0, 256, (3, 4, 5), dtype=np.uint8)
PACKED = gzip.compress(idx_bytes(PIXELS), mtime=0)


PACK = {"": bytes, ".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}


@pytest.mark.parametrize("packed", PACK)
@pytest.mark.parametrize("named", ["right", "without", "as gzip"])
def test_an_idx_file_gives_its_array_packed_or_not_whatever_its_name(tmp_path, packed, named):
    path = tmp_path / {"right": f"a{packed}", "without": "a", "as gzip": "a.gz"}[named]
    path.write_bytes(PACK[packed](idx_bytes(PIXELS)))
    assert np.array_equal(read_idx(path), PIXELS)


@pytest.mark.parametrize("suffix", [".gz", ".bz2", ".xz"])
def test_a_packed_file_cut_short_or_changed_is_named(tmp_path, suffix):
    raw = PACK[suffix](idx_bytes(PIXELS))
    changed = raw[:-9] + bytes([raw[-9] ^ 1]) + raw[-8:]
    for bad in (raw[:-1], raw[: len(raw) // 2], changed, b"<html>"):
        (tmp_path / f"a{suffix}").write_bytes(bad)
        with pytest.raises(ValueError, match=rf"a\{suffix}: expected a whole \{suffix} file"):
            unpacked(tmp_path / f"a{suffix}")


@pytest.mark.parametrize("array", [PIXELS, PIXELS[:, 0, 0], PIXELS[:0]])
def test_an_array_of_bytes_is_the_same_after_writing_and_reading_it(tmp_path, array):
    (tmp_path / "a.idx").write_bytes(idx_bytes(array))
    assert np.array_equal(read_idx(tmp_path / "a.idx"), array)
    assert read_idx(tmp_path / "a.idx").shape == array.shape


def test_a_tilde_means_the_home_folder(tmp_path, monkeypatch):
    home(monkeypatch, tmp_path)
    (tmp_path / "a.idx").write_bytes(idx_bytes(PIXELS))
    assert np.array_equal(read_idx("~/a.idx"), PIXELS)


@pytest.mark.parametrize(("code", "dtype"), [(9, "i1"), (11, "i2"), (12, "i4"), (13, "f4"),
                                             (14, "f8")])
def test_every_type_of_idx_comes_in_the_machines_own_byte_order(tmp_path, code, dtype):
    values = np.array([-3, 0, 100], dtype)
    stored = values.astype(np.dtype(dtype).newbyteorder(">")).tobytes()
    (tmp_path / "a.idx").write_bytes(bytes([0, 0, code, 1, 0, 0, 0, 3]) + stored)
    array = read_idx(tmp_path / "a.idx")
    assert array.tolist() == [-3, 0, 100]
    assert array.dtype == np.dtype(dtype)
    assert array.flags.writeable


def refusal(path, raw):
    """What read_idx says of a file of those bytes; None if it takes it for the true PIXELS."""
    path.write_bytes(raw)
    try:
        array = read_idx(path)
    except ValueError as error:
        return str(error) if str(path) in str(error) else "a refusal that does not name the file"
    return None if np.array_equal(array, PIXELS) else "garbage, taken without a word"


def is_refused(path, raw):
    return (refusal(path, raw) or "").startswith(f"{path}: expected")


def test_a_file_that_is_no_gzip_is_named(tmp_path):
    message = refusal(tmp_path / "a.gz", b"<html>Not found</html>")
    assert "expected a whole .gz file, got 22 bytes that are none (Not a gzipped file" in message


@pytest.mark.parametrize("raw", [b"", b"\0\0", b"<html>", b"\0\0\x07\x01", b"\0\0\x08\x00"])
def test_a_file_with_another_magic_number_is_named(tmp_path, raw):
    message = refusal(tmp_path / "a.idx", raw)
    assert f"expected an IDX file (its magic number is 0, 0, the type, the number of axes), " \
           f"got one that begins with {list(raw[:4])}" in message


@pytest.mark.parametrize("raw", [idx_bytes(PIXELS)[:-1], idx_bytes(PIXELS) + b"\0"])
def test_a_count_that_the_bytes_do_not_match_is_named(tmp_path, raw):
    message = refusal(tmp_path / "a.idx", raw)
    assert f"expected 76 bytes for the shape (3, 4, 5) that its header names, got {len(raw)}" \
        in message


@pytest.mark.parametrize("name", ["cut.gz", "cut.idx"])
def test_an_idx_file_cut_short_anywhere_is_refused(tmp_path, name):
    raw = PACKED if name.endswith("gz") else idx_bytes(PIXELS)
    for length in range(len(raw)):
        assert is_refused(tmp_path / name, raw[:length])


one_file_for_all = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@one_file_for_all
@given(st.integers(0, len(PACKED) - 1), st.integers(1, 255))
def test_a_changed_byte_of_a_packed_file_is_refused_or_changes_nothing(tmp_path, at, change):
    raw = bytearray(PACKED)
    raw[at] ^= change
    message = refusal(tmp_path / "a.gz", bytes(raw))
    # None is the true pixels: gzip's time stamp and padding bits can change without harm
    assert message is None or message.startswith(f"{tmp_path / 'a.gz'}: expected")


@pytest.mark.parametrize("at", range(-8, 0))
def test_a_changed_byte_of_gzips_own_checksum_or_length_is_refused(tmp_path, at):
    raw = bytearray(PACKED)
    raw[at] ^= 1
    assert is_refused(tmp_path / "a.gz", bytes(raw))


@one_file_for_all
@given(st.binary(max_size=40))
def test_bytes_of_any_kind_are_refused(tmp_path, raw):
    assert is_refused(tmp_path / "a.gz", raw)
    assert is_refused(tmp_path / "a.idx", raw)


# ---- a data set of four files, from a folder ---------------------------------------------------

NAMES = list(data.MNIST.files)


def four_files(n_train=12, n_test=6, classes=3, shape=(4, 5)):
    """A small data set as its four packed files, by name."""
    rng = np.random.default_rng(6)
    arrays = []
    for n in (n_train, n_test):
        arrays += [rng.integers(0, 256, (n, *shape)), rng.integers(0, classes, n)]
    return {
        name: gzip.compress(idx_bytes(np.asarray(array, np.uint8)), mtime=0)
        for name, array in zip(NAMES, arrays, strict=True)
    }


def source_of(files, mirrors=()):
    checksums = {name: sha256(gzip.decompress(raw)) for name, raw in files.items()}
    return Source("tiny", tuple(mirrors), checksums, ("a", "b", "c"), ("Tiny", "others/tiny"))


def write(folder, files):
    for name, raw in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(raw)


@pytest.mark.parametrize("inside", ["", "tiny"])
def test_files_are_found_in_the_folder_or_in_the_one_of_their_name(tmp_path, inside):
    write(tmp_path / inside, four_files())
    dataset = data.idx_dataset(source_of(four_files()), tmp_path)
    assert repr(dataset) == "Dataset('tiny', 12 train + 6 test, 4x5, 3 classes)"
    assert dataset.train_images.dtype == np.float32
    assert dataset.train_images.max() <= 1
    assert dataset.test_labels.dtype == np.int64


def test_pixels_are_divided_by_255_and_laid_out_row_by_row(tmp_path):
    write(tmp_path, four_files())
    raw = read_idx(tmp_path / NAMES[0])
    images = data.idx_dataset(source_of(four_files()), tmp_path).train_images
    assert np.array_equal(np.rint(images.reshape(-1, 4, 5) * 255), raw)


def unpack(files):
    return {name.removesuffix(".gz"): gzip.decompress(raw) for name, raw in files.items()}


def renamed(files, rename):
    return {rename(name): raw for name, raw in files.items()}


LAYOUTS = {
    "unpacked": lambda files: unpack(files),
    "recompressed": lambda files: {
        f"{name}.gz": gzip.compress(raw, 1, mtime=9) for name, raw in unpack(files).items()},
    "as bz2": lambda files: {f"{n}.bz2": bz2.compress(r) for n, r in unpack(files).items()},
    "as xz": lambda files: {f"{n}.xz": lzma.compress(r) for n, r in unpack(files).items()},
    "unpacked by a browser": lambda files: renamed(unpack(files), lambda n: f"{n}.gz"),
    "in raw": lambda files: renamed(files, lambda n: f"raw/{n}"),
    "torchvision's": lambda files: renamed(unpack(files) | files, lambda n: f"Tiny/raw/{n}"),
    "torchvision's, with the packed ones deleted": lambda files: renamed(
        unpack(files), lambda n: f"Tiny/raw/{n}"),
    "in a folder within a folder": lambda files: renamed(files, lambda n: f"others/tiny/{n}"),
    "with dots for dashes": lambda files: renamed(
        unpack(files), lambda n: n.replace("-idx", ".idx")),
    "each in a folder of its name": lambda files: renamed(unpack(files), lambda n: f"{n}/{n}"),
    "each in a folder of its name, with dots": lambda files: renamed(
        unpack(files), lambda n: "/".join([n.replace("-idx", ".idx")] * 2)),
    "some here, some there": lambda files: dict(
        list(files.items())[:2]
        + list(renamed(unpack(files), lambda n: f"Tiny/raw/{n}").items())[2:]),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_files_are_found_however_others_left_them(tmp_path, layout):
    write(tmp_path, LAYOUTS[layout](four_files()))
    found = data.idx_dataset(source_of(four_files()), tmp_path)
    raw = idx_array_of(four_files()[NAMES[2]])
    assert np.array_equal(np.rint(found.test_images.reshape(-1, 4, 5) * 255), raw)
    assert len(found.train_images) == 12


def idx_array_of(packed):
    return idx_array(gzip.decompress(packed), Path("a.gz"))


def keras(files, path):
    """The four arrays as Keras keeps them, in one file."""
    arrays = [idx_array_of(raw) for raw in files.values()]
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **dict(zip(("x_train", "y_train", "x_test", "y_test"), arrays, strict=True)))


def test_the_file_that_keras_leaves_is_found_and_known_by_its_content(tmp_path):
    keras(four_files(), tmp_path / "tiny.npz")
    found = data.idx_dataset(source_of(four_files()), tmp_path)
    write(tmp_path / "tiny", four_files())
    same = data.idx_dataset(source_of(four_files()), tmp_path / "tiny")
    assert np.array_equal(found.train_images, same.train_images)
    assert np.array_equal(found.test_labels, same.test_labels)


def test_another_file_of_keras_name_is_refused(tmp_path):
    keras(four_files(n_test=5), tmp_path / "tiny.npz")
    with pytest.raises(ValueError, match=r"tiny\.npz: expected content of SHA-256 .* \(5, 4, 5\)"):
        data.idx_dataset(source_of(four_files()), tmp_path)
    np.savez(tmp_path / "tiny.npz", x_train=np.array([{}], object))
    with pytest.raises(ValueError, match=r"tiny\.npz: cannot be read .*allow_pickle=False"):
        data.idx_dataset(source_of(four_files()), tmp_path)


def test_a_sound_file_is_used_where_a_damaged_one_lies_too(tmp_path):
    write(tmp_path, dict.fromkeys(NAMES, b"<html>"))
    write(tmp_path / "Tiny" / "raw", unpack(four_files()))
    assert len(data.idx_dataset(source_of(four_files()), tmp_path).train_images) == 12


def test_a_file_of_another_known_data_set_is_passed_over(tmp_path, monkeypatch):
    other = four_files(shape=(6, 6))
    known = dict.fromkeys(source_of(other).files.values(), "other")
    monkeypatch.setattr(sources, "_KNOWN", known)
    write(tmp_path, other)
    write(data.cache_folder() / "tiny", four_files())
    monkeypatch.setenv("SCRATCHGEN_DATA", str(tmp_path))
    assert data.idx_dataset(source_of(four_files())).image_shape == (4, 5)
    with pytest.raises(FileNotFoundError, match=rf"What lies at .*{NAMES[0]} is other's\. Leave"):
        data.idx_dataset(source_of(four_files()), tmp_path)


def test_the_folder_of_the_environment_is_searched_before_the_cache(tmp_path, monkeypatch):
    write(tmp_path / "mine" / "tiny", four_files())
    write(data.cache_folder() / "tiny", dict.fromkeys(NAMES, b"never looked at"))
    monkeypatch.setenv("SCRATCHGEN_DATA", str(tmp_path / "mine"))
    assert len(data.idx_dataset(source_of(four_files())).train_images) == 12


def test_a_tilde_is_the_home_folder_wherever_a_folder_is_named(tmp_path, monkeypatch):
    home(monkeypatch, tmp_path)
    write(tmp_path / "mine", four_files())
    assert len(data.idx_dataset(source_of(four_files()), "~/mine").train_images) == 12
    monkeypatch.setenv("SCRATCHGEN_DATA", "~/mine")
    assert len(data.idx_dataset(source_of(four_files())).train_images) == 12
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, "~/cache")
    assert tmp_path in data.cache_folder().parents
    assert not (tmp_path / "~").exists()


def test_a_variable_that_names_no_folder_is_said_rather_than_passed_over(tmp_path, monkeypatch):
    monkeypatch.setenv("SCRATCHGEN_DATA", str(tmp_path / "mistyped"))
    with pytest.raises(FileNotFoundError, match="SCRATCHGEN_DATA names .*mistyped, where"):
        data.idx_dataset(source_of(four_files()))


@pytest.mark.parametrize("name", ["nowhere", "file"])
def test_a_folder_that_is_none_is_said(tmp_path, name):
    (tmp_path / "file").write_text("")
    with pytest.raises(FileNotFoundError, match=rf"tiny: there is no folder .*{name}\. Leave it"):
        data.idx_dataset(source_of(four_files()), tmp_path / name)


def test_a_missing_file_names_the_folders_that_were_searched(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"tiny: no train-images.*, packed or not, in .*, "
                                                r"nor in the folders tiny, Tiny, others/tiny and"):
        data.idx_dataset(source_of(four_files()), tmp_path)


@pytest.mark.parametrize(("raw", "reason"), [
    (b"<html>", r"expected a whole .gz file, got 6 bytes that are none \(Not a gzipped file"),
    (PACKED[:50], r"\(Compressed file ended before the end-of-stream marker"),
    (PACKED, r"expected content of SHA-256 .*, got .*: a whole IDX file, but another one, of shape "
             r"\(3, 4, 5\)"),
])
def test_a_file_of_another_content_is_named_with_what_it_is_and_left_there(tmp_path, raw, reason):
    write(tmp_path, four_files() | {NAMES[2]: raw})
    with pytest.raises(ValueError, match=rf"{NAMES[2]}: .*{reason}.*\. Move it away, and tiny\(\)"):
        data.idx_dataset(source_of(four_files()), tmp_path)
    assert (tmp_path / NAMES[2]).read_bytes() == raw


def refused(tmp_path, files):
    """The refusal of a source whose checksums are right, though its files do not fit."""
    write(tmp_path, files)
    with pytest.raises(ValueError, match=r"ubyte\.gz: expected") as error:
        data.idx_dataset(source_of(files), tmp_path)
    return str(error.value)


def test_more_images_than_labels_are_named(tmp_path):
    labels = four_files(n_train=11)[NAMES[1]]
    message = refused(tmp_path, four_files() | {NAMES[1]: labels})
    assert "expected 12 labels, one for each image in train-images-idx3-ubyte.gz, got 11" in message


def test_images_where_labels_belong_are_named(tmp_path):
    files = four_files()
    message = refused(tmp_path, files | {NAMES[1]: files[NAMES[0]], NAMES[0]: files[NAMES[1]]})
    assert "expected bytes on 3 axes, got uint8 of shape (12,). Are images and labels swapped?" \
        in message


def test_labels_without_a_class_are_named(tmp_path):
    message = refused(tmp_path, four_files(classes=4))
    assert re.search(r"train-labels.*: expected labels 0\.\.2, got 3\.", message)


def test_test_images_of_another_size_are_named(tmp_path):
    images = four_files(shape=(5, 5))[NAMES[2]]
    message = refused(tmp_path, four_files() | {NAMES[2]: images})
    assert "expected images of shape (4, 5), as in train-images-idx3-ubyte.gz, got (5" in message


# ---- downloads, from a server on this machine --------------------------------------------------


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder; a path under /cut/ promises more bytes than it sends."""

    def log_message(self, *args):
        pass

    def do_GET(self):
        if not self.path.startswith("/cut/"):
            return super().do_GET()
        raw = four_files()[self.path.removeprefix("/cut/")]
        self.send_response(200)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw[: len(raw) // 2])


@pytest.fixture
def web(tmp_path):
    """The address of a server; what it serves lies in tmp_path / "web"."""
    handler = functools.partial(Quiet, directory=str(tmp_path / "web"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def cached():
    return sorted(path.name for path in (data.cache_folder() / "tiny").iterdir())


def test_a_download_fills_the_cache_with_one_line_for_each_file(tmp_path, web, capsys):
    write(tmp_path / "web", four_files())
    dataset = data.idx_dataset(source_of(four_files(), [f"{web}/"]))
    lines = capsys.readouterr().out.splitlines()
    assert len(dataset.train_images) == 12
    assert cached() == sorted(NAMES)
    assert len(lines) == 4
    assert re.fullmatch(rf"Downloading {web}/{NAMES[0]} \(\d+ bytes\) to .*tiny", lines[0])


def test_what_is_cached_is_not_downloaded_again(tmp_path, web):
    write(tmp_path / "web", four_files())
    data.idx_dataset(source_of(four_files(), [f"{web}/"]))
    again = data.idx_dataset(source_of(four_files(), ["http://127.0.0.1:9/nobody/"]))
    assert len(again.train_images) == 12


@pytest.mark.parametrize("first", ["{web}/missing/", "{web}/other/", "{web}/cut/",
                                   "http://127.0.0.1:9/nobody/", "no-address/"])
def test_a_mirror_that_fails_is_followed_by_the_next(tmp_path, web, first):
    write(tmp_path / "web" / "good", four_files())
    write(tmp_path / "web" / "other", dict.fromkeys(NAMES, PACKED))
    mirrors = [first.format(web=web), f"{web}/good/"]
    assert len(data.idx_dataset(source_of(four_files(), mirrors)).train_images) == 12
    assert cached() == sorted(NAMES)  # and no part of a file beside them


def test_without_a_network_the_message_says_what_to_put_where(tmp_path, web):
    mirrors = [f"{web}/missing/", f"{web}/cut/", "http://127.0.0.1:9/nobody/"]
    source = source_of(four_files(), mirrors)
    with pytest.raises(FileNotFoundError) as error:
        data.idx_dataset(source)
    message = str(error.value)
    assert all(mirror + NAMES[0] in message for mirror in mirrors)
    assert all(f"{checksum}  {name}" in message for name, checksum in source.files.items())
    assert f"put them into {data.cache_folder() / 'tiny'}" in message
    assert "404" in message
    assert "Compressed file ended before" in message
    assert "refused" in message
    assert cached() == []


def test_a_write_that_fails_leaves_nothing_behind(tmp_path):
    def write_half():
        with moved_into_place(tmp_path / "file") as part:
            part.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_half()
    assert not list(tmp_path.iterdir())


def test_threads_that_write_one_file_do_not_meet(tmp_path):
    together = threading.Barrier(2, timeout=30)

    def write(letter):
        with moved_into_place(tmp_path / "file") as part:
            part.write_text(letter)
            together.wait()  # both have written, neither has moved its own
            assert part.read_text() == letter

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, "ab"))
    assert (tmp_path / "file").read_text() in "ab"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize(("platform", "variable", "expected"), [
    ("linux", "XDG_CACHE_HOME", "here/scratchgen"),
    ("win32", "LOCALAPPDATA", "here/scratchgen"),
    ("linux", "NONE", ".cache/scratchgen"),
    ("darwin", "NONE", "Library/Caches/scratchgen"),
    ("win32", "NONE", "AppData/Local/scratchgen"),
])
def test_downloads_go_where_the_system_keeps_its_caches(monkeypatch, platform, variable, expected):
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, "here")
    monkeypatch.setattr(sys, "platform", platform)
    assert data.cache_folder().as_posix().endswith(expected)


# ---- the official files ------------------------------------------------------------------------

needs_official_files = pytest.mark.skipif(
    not OFFICIAL,
    reason="set SCRATCHGEN_DATA to a folder with the official files in mnist/ and fashion/",
)


@needs_official_files
@pytest.mark.parametrize("name", ["mnist", "fashion"])
def test_the_official_files_are_read(name):
    dataset = data.load(name, folder=OFFICIAL)
    assert repr(dataset) == f"Dataset({name!r}, 60000 train + 10000 test, 28x28, 10 classes)"
    assert dataset.train_images.shape == (60000, 784)
    assert (dataset.train_images.min(), dataset.train_images.max()) == (0, 1)
    assert len(set(dataset.test_labels.tolist())) == 10


@needs_official_files
def test_mnist_has_the_known_mean_and_begins_with_a_five():
    mnist = data.mnist(OFFICIAL)
    assert mnist.train_images.mean() == pytest.approx(0.1307, abs=1e-4)
    assert mnist.train_images.std() == pytest.approx(0.3081, abs=1e-4)
    assert mnist.train_labels[:5].tolist() == [5, 0, 4, 1, 9]


@needs_official_files
def test_the_official_files_of_both_are_told_apart_in_torchvisions_layout(tmp_path):
    for name, torchvisions in (("mnist", "MNIST"), ("fashion", "FashionMNIST")):
        raw = {p.stem: gzip.decompress(p.read_bytes()) for p in Path(OFFICIAL, name).glob("*.gz")}
        write(tmp_path / torchvisions / "raw", raw)
    for name in ("mnist", "fashion"):
        found, official = data.load(name, folder=tmp_path), data.load(name, folder=OFFICIAL)
        assert np.array_equal(found.test_images, official.test_images)
    with pytest.raises(FileNotFoundError, match=r"is fashion's\. Leave the folder out"):
        data.mnist(tmp_path / "FashionMNIST")
