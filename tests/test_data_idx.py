"""MNIST and Fashion-MNIST: where their files are found, and what every bad one is answered."""

import functools
import gzip
import hashlib
import os
import re
import sys
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scratchgen import data
from scratchgen.data import Source, read_idx
from scratchgen.data.files import moved_into_place

OFFICIAL = os.environ.get("SCRATCHGEN_DATA")  # read before the fixture below hides it


@pytest.fixture(autouse=True)
def no_folder_of_this_machine(tmp_path, monkeypatch):
    """Every test has an empty cache of its own, on whichever system."""
    monkeypatch.delenv("SCRATCHGEN_DATA", raising=False)
    monkeypatch.setenv("no_proxy", "*")  # the server of these tests is on this machine
    for name in ("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "home"))


# ---- IDX files ---------------------------------------------------------------------------------


def idx_bytes(array):
    array = np.asarray(array, np.uint8)
    lengths = b"".join(length.to_bytes(4, "big") for length in array.shape)
    return bytes([0, 0, 8, array.ndim]) + lengths + array.tobytes()


PIXELS = np.random.default_rng(5).integers(0, 256, (3, 4, 5), dtype=np.uint8)
PACKED = gzip.compress(idx_bytes(PIXELS), mtime=0)


def test_an_idx_file_gives_its_array_packed_or_not(tmp_path):
    (tmp_path / "a.gz").write_bytes(PACKED)
    (tmp_path / "a.idx").write_bytes(idx_bytes(PIXELS))
    assert np.array_equal(read_idx(tmp_path / "a.gz"), PIXELS)
    assert np.array_equal(read_idx(tmp_path / "a.idx"), PIXELS)


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
    assert "expected a whole gzip file, got 22 bytes that are none (Not a gzipped file" in message


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
        name: gzip.compress(idx_bytes(array), mtime=0)
        for name, array in zip(NAMES, arrays, strict=True)
    }


def source_of(files, mirrors=()):
    checksums = {name: hashlib.sha256(raw).hexdigest() for name, raw in files.items()}
    return Source("tiny", tuple(mirrors), checksums, ("a", "b", "c"))


def write(folder, files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, raw in files.items():
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


def test_the_folder_of_the_environment_is_searched_before_the_cache(tmp_path, monkeypatch):
    write(tmp_path / "mine" / "tiny", four_files())
    write(data.cache_folder() / "tiny", dict.fromkeys(NAMES, b"never looked at"))
    monkeypatch.setenv("SCRATCHGEN_DATA", str(tmp_path / "mine"))
    assert len(data.idx_dataset(source_of(four_files())).train_images) == 12


def test_a_missing_file_names_the_folder_that_was_asked_for(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"tiny: train-images.* Leave the folder out to"):
        data.idx_dataset(source_of(four_files()), tmp_path)


@pytest.mark.parametrize(("raw", "reason"), [
    (b"<html>", r"expected a whole gzip file, got 6 bytes that are none \(Not a gzipped file"),
    (PACKED[:50], r"\(Compressed file ended before the end-of-stream marker"),
    (PACKED, r"a whole IDX file, but another one, of shape \(3, 4, 5\)"),
])
def test_a_wrong_checksum_says_what_the_file_is_and_leaves_it_there(tmp_path, raw, reason):
    write(tmp_path, four_files() | {NAMES[2]: raw})
    with pytest.raises(ValueError, match=rf"{NAMES[2]}: expected SHA-256 .*, got .*: .*{reason}"):
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
