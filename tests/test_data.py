"""The data: what is promised of each set, and what every bad file, mirror or array is answered."""

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
from scratchgen.data import Source, batches, binarize, check_images, read_idx


@pytest.fixture
def rng():
    return np.random.default_rng(0)


OFFICIAL = os.environ.get("SCRATCHGEN_DATA")  # read before the fixture below hides it


@pytest.fixture(autouse=True)
def no_folder_of_this_machine(tmp_path, monkeypatch):
    """Every test has an empty cache of its own, on whichever system."""
    monkeypatch.delenv("SCRATCHGEN_DATA", raising=False)
    monkeypatch.setenv("no_proxy", "*")  # the server of these tests is on this machine
    for name in ("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "home"))


# ---- digits ------------------------------------------------------------------------------------


def test_images_of_a_dataset_are_rows_of_float32_in_0_to_1():
    for images in (data.digits().train_images, data.glyphs(n=60).test_images):
        assert images.dtype == np.float32
        assert images.ndim == 2
        assert (images.min(), images.max()) == (0, 1)


def test_digits_are_the_1797_known_ones():
    digits = data.digits()
    labels = np.concatenate([digits.train_labels, digits.test_labels])
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert labels.dtype == np.int64
    assert digits.image_shape == (8, 8)


def test_every_class_of_digits_is_among_the_test_images():
    assert np.bincount(data.digits().test_labels, minlength=10).min() >= 20


def test_no_digit_is_both_for_training_and_for_testing():
    digits = data.digits()
    train = {row.tobytes() for row in digits.train_images}
    assert not any(row.tobytes() in train for row in digits.test_images)


def test_the_first_digit_reads_as_a_zero():
    zero = data.digits().train_images[0].reshape(8, 8)
    assert (zero * 16)[0].tolist() == [0, 0, 5, 13, 9, 1, 0, 0]  # as scikit-learn's page shows it


def test_a_dataset_prints_what_it_is():
    assert repr(data.digits()) == "Dataset('digits', 1498 train + 299 test, 8x8, 10 classes)"


@pytest.mark.parametrize("damage", [lambda raw: b"", lambda raw: raw[:900], lambda raw: b"PK" * 9])
def test_a_damaged_digits_file_is_named_with_its_cure(tmp_path, damage):
    path = tmp_path / "digits.npz"
    path.write_bytes(damage(data.DIGITS_FILE.read_bytes()))
    with pytest.raises(ValueError, match=r"digits\.npz: cannot be read .*rebuild_digits"):
        data._read_digits(path)


def test_other_digits_are_refused_by_their_checksum(tmp_path):
    path = tmp_path / "digits.npz"
    np.savez_compressed(path, pixels=np.zeros((3, 64), np.uint8), labels=np.zeros(3, np.uint8))
    with pytest.raises(ValueError, match=rf"expected arrays of SHA-256 {data.DIGITS_SHA256}, got"):
        data._read_digits(path)


def test_a_pickle_in_the_digits_file_is_refused(tmp_path):
    path = tmp_path / "digits.npz"
    np.savez_compressed(path, pixels=np.array([{}], object), labels=np.zeros(1))
    with pytest.raises(ValueError, match="allow_pickle=False"):
        data._read_digits(path)


def test_rebuilding_gives_the_same_digits(tmp_path):
    pytest.importorskip("sklearn", reason="scikit-learn is needed only to rebuild the digits")
    pixels, _ = data._read_digits(data.rebuild_digits(tmp_path / "again.npz"))
    assert pixels.shape == (1797, 64)


def test_rebuilding_without_scikit_learn_names_the_command(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(ModuleNotFoundError, match="python -m pip install scikit-learn"):
        data.rebuild_digits(tmp_path / "digits.npz")
    assert not list(tmp_path.iterdir())


def test_rebuilding_never_overwrites(tmp_path):
    (tmp_path / "mine.npz").write_text("mine")
    with pytest.raises(FileExistsError, match=r"mine\.npz is there already"):
        data.rebuild_digits(tmp_path / "mine.npz")


# ---- load --------------------------------------------------------------------------------------


def test_load_finds_a_data_set_by_name_and_hands_options_on():
    assert repr(data.load("glyphs", n=12)).startswith("Dataset('glyphs', 10 train + 2 test")


def test_load_of_an_unknown_name_lists_the_names_and_guesses():
    with pytest.raises(ValueError, match="expected one of digits, glyphs, mnist, fashion; got"):
        data.load("cifar10")
    with pytest.raises(ValueError, match=r"got 'MNITS'\. Did you mean 'mnist'\?"):
        data.load("MNITS")


# ---- glyphs ------------------------------------------------------------------------------------


@functools.cache
def many_glyphs():
    return data.glyphs(n=3000, seed=3)


def all_factors(glyphs):
    return {
        name: np.concatenate([train, glyphs.test_factors[name]])
        for name, train in glyphs.train_factors.items()
    }


def test_one_seed_draws_the_same_glyphs_and_another_seed_others():
    a, b, c = data.glyphs(n=60, seed=7), data.glyphs(n=60, seed=7), data.glyphs(n=60, seed=8)
    assert np.array_equal(a.train_images, b.train_images)
    assert not np.array_equal(a.train_images, c.train_images)


def test_more_glyphs_begin_with_the_same_ones():
    few, more = data.glyphs(n=60), data.glyphs(n=120)
    assert np.array_equal(few.test_images, more.test_images[:10])


def test_glyphs_do_not_depend_on_a_persons_matplotlib_settings():
    import matplotlib

    with matplotlib.rc_context({"font.family": "monospace", "savefig.dpi": 30, "figure.dpi": 30,
                                "lines.antialiased": False, "path.snap": False}):
        changed = data.glyphs(n=60).train_images
    assert np.array_equal(changed, data.glyphs(n=60).train_images)


def test_glyphs_are_drawn_from_the_factors_they_come_with():
    glyphs = data.glyphs(n=60, seed=2)
    assert np.array_equal(data.draw_glyphs(glyphs.test_factors), glyphs.test_images)


def test_labels_of_glyphs_name_their_character():
    glyphs = many_glyphs()
    assert np.array_equal(glyphs.train_labels, glyphs.train_factors["character"])
    assert "".join(glyphs.class_names) == data.CHARACTERS


def test_every_character_and_typeface_is_drawn():
    factors = all_factors(many_glyphs())
    assert set(factors["character"]) == set(range(34))
    assert set(factors["typeface"]) == set(range(len(data.TYPEFACES)))


@pytest.mark.parametrize("name", data.GLYPH_RANGES)
def test_a_factor_fills_its_range_evenly(name):
    low, high = data.GLYPH_RANGES[name]
    u = (all_factors(many_glyphs())[name] - low) / (high - low)
    assert u.min() >= 0
    assert u.max() <= 1
    # 3,000 uniform numbers: a tenth of the range holds 300 of them, with a standard error of 16
    assert np.abs(np.histogram(u, bins=10, range=(0, 1))[0] - 300).max() < 5 * 16.5


def test_the_factors_of_a_glyph_tell_nothing_of_each_other():
    correlation = np.corrcoef(list(all_factors(many_glyphs()).values()))
    assert np.abs(correlation - np.eye(6)).max() < 5 / np.sqrt(3000)


def factors_of(character="H", typeface=0, slant=0.0, rotation=0.0, weight=1.0, size=16.0):
    """One glyph's factors, upright unless told."""
    values = (data.CHARACTERS.index(character), typeface, slant, rotation, weight, size)
    names = ("character", "typeface", "slant", "rotation", "weight", "size")
    return {name: np.array([value]) for name, value in zip(names, values, strict=True)}


def drawn(**factors):
    return data.draw_glyphs(factors_of(**factors)).reshape(28, 28)


def test_a_glyph_as_large_as_its_size_stands_in_the_middle():
    rows = np.flatnonzero(drawn(character="H", size=16, weight=0.5).max(axis=1))
    assert (rows.min(), rows.max()) == (5, 22)  # 14 - 8 - 1/4 to 14 + 8 + 1/4


def test_more_weight_is_more_ink_of_about_the_stems_length():
    thin, bold = drawn(character="L", weight=0.5), drawn(character="L", weight=1.5)
    assert bold.sum() - thin.sum() == pytest.approx(16 + 10, rel=0.15)  # a pixel along two stems


def lean(image):
    """How far the ink of the upper half lies to the right of the lower half's, in pixels."""
    columns = np.arange(28)
    top, bottom = image[:14].sum(axis=0), image[14:].sum(axis=0)
    return (top * columns).sum() / top.sum() - (bottom * columns).sum() / bottom.sum()


def test_a_positive_slant_leans_to_the_right():
    assert abs(lean(drawn())) < 0.01
    assert lean(drawn(slant=0.25)) == pytest.approx(2, abs=0.3)  # a quarter of half the height


def test_a_positive_rotation_turns_to_the_left():
    assert lean(drawn(character="1", rotation=12)) < lean(drawn(character="1")) - 1


def test_even_the_extremes_of_every_glyph_stay_inside_the_picture():
    n = len(data.CHARACTERS) * len(data.TYPEFACES)
    character, typeface = np.divmod(np.arange(n), len(data.TYPEFACES))
    for slant, rotation in ((0.25, 12), (0.25, -12), (-0.25, 12), (-0.25, -12)):
        extremes = {"slant": slant, "rotation": rotation, "weight": 2, "size": 18}
        factors = {"character": character, "typeface": typeface}
        factors |= {name: np.full(n, value) for name, value in extremes.items()}
        images = data.draw_glyphs(factors).reshape(n, 28, 28)
        border = np.concatenate([images[:, [0, -1]], images[:, :, [0, -1]].swapaxes(1, 2)], axis=1)
        assert border.max() <= 0.95  # touched at most, never filled from edge to edge


def test_the_typefaces_draw_different_pictures():
    for other in range(1, len(data.TYPEFACES)):
        assert np.abs(drawn(character="R", typeface=other) - drawn(character="R")).sum() > 8


def test_glyphs_of_digits_alone_have_ten_classes():
    glyphs = data.glyphs(n=60, characters="0123456789")
    assert len(glyphs.class_names) == 10
    assert glyphs.train_labels.max() < 10


@pytest.mark.parametrize("characters", ["", "aé", "a b", "字"])
def test_characters_that_a_typeface_lacks_are_refused(characters):
    with pytest.raises(ValueError, match="expected characters of ASCII letters and digits"):
        data.glyphs(n=12, characters=characters)


def test_too_few_images_to_keep_one_for_testing_are_refused():
    with pytest.raises(ValueError, match=r"glyphs: expected at least 6 images .* got 5"):
        data.glyphs(n=5)


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
        with data._moved_into_place(tmp_path / "file") as part:
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


# ---- a person's own images ---------------------------------------------------------------------


def save_picture(path, pixels):
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(pixels, np.uint8)).save(path)


def test_a_folder_of_folders_has_their_names_as_classes(tmp_path):
    for k in range(6):
        save_picture(tmp_path / "dark" / f"{k}.png", np.zeros((20, 20)))
        save_picture(tmp_path / "light" / f"{k}.jpg", np.full((30, 20, 3), 255))
    own = data.folder(tmp_path, image_shape=(8, 6))
    assert own.class_names == ("dark", "light")
    assert own.train_images.shape == (10, 48)
    assert np.array_equal(own.train_images.mean(axis=1), own.train_labels)
    assert own.test_labels.tolist() == [0, 1]


def test_a_folder_of_images_is_one_class(tmp_path):
    for k in range(6):
        save_picture(tmp_path / f"{k}.PNG", np.full((28, 28), 51))
    own = data.folder(tmp_path)
    assert own.class_names == (tmp_path.name,)
    assert own.train_images.dtype == np.float32
    assert np.allclose(own.train_images, 0.2)


def test_an_image_is_cut_around_its_middle_and_keeps_its_proportions(tmp_path):
    wide = np.zeros((10, 30))
    wide[:, 10:20] = 255
    for k in range(6):
        save_picture(tmp_path / f"{k}.png", wide)
    assert data.folder(tmp_path, image_shape=(10, 10)).test_images.min() == 1


def test_an_image_has_the_height_and_width_asked_for_in_this_order(tmp_path):
    left_half = np.zeros((20, 40))
    left_half[:, :20] = 255
    for k in range(6):
        save_picture(tmp_path / f"{k}.png", left_half)
    image = data.folder(tmp_path, image_shape=(2, 4)).test_images.reshape(2, 4)
    assert (image > 0.5).tolist() == 2 * [[True, True, False, False]]


def test_every_sixth_image_is_for_testing(tmp_path):
    for k in range(12):
        save_picture(tmp_path / f"{k:02}.png", np.full((4, 4), 20 * k))
    own = data.folder(tmp_path, image_shape=(1, 1))
    assert np.rint(own.test_images.ravel() * 255).tolist() == [100, 220]
    assert np.rint(own.train_images[:6].ravel() * 255).tolist() == [0, 20, 40, 60, 80, 120]


def test_what_is_transparent_is_white(tmp_path):
    for k in range(6):
        save_picture(tmp_path / f"{k}.png", np.zeros((28, 28, 4)))
    assert data.folder(tmp_path).test_images.min() == 1


def test_hidden_files_and_other_files_are_left_alone(tmp_path):
    for k in range(6):
        save_picture(tmp_path / f"{k}.png", np.zeros((28, 28)))
    (tmp_path / "._0.png").write_text("not an image")
    (tmp_path / "notes.txt").write_text("not an image")
    assert len(data.folder(tmp_path).train_images) == 5


@pytest.mark.parametrize("damage", [lambda raw: b"", lambda raw: raw[:-30], lambda raw: b"text"])
def test_an_unreadable_image_is_named(tmp_path, damage):
    for k in range(6):
        save_picture(tmp_path / f"{k}.png", PIXELS[0])
    raw = (tmp_path / "3.png").read_bytes()
    (tmp_path / "3.png").write_bytes(damage(raw))
    with pytest.raises(ValueError, match=r"3\.png: cannot be read as a PNG or JPG image"):
        data.folder(tmp_path)


def test_an_image_of_16_bits_is_refused_rather_than_clipped(tmp_path):
    from PIL import Image

    for k in range(6):
        Image.fromarray(np.full((8, 8), 40_000, np.uint16)).save(tmp_path / f"{k}.png")
    with pytest.raises(ValueError, match="more than 8 bits a pixel"):
        data.folder(tmp_path)


def test_images_both_in_the_folder_and_in_sub_folders_are_refused(tmp_path):
    save_picture(tmp_path / "loose.png", PIXELS[0])
    save_picture(tmp_path / "class" / "0.png", PIXELS[0])
    with pytest.raises(ValueError, match=r"got both. Move loose\.png into the folder of its class"):
        data.folder(tmp_path)


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(ValueError, match="expected a folder of PNG or JPG images, found none"):
        data.folder(tmp_path)


# ---- points in the plane -----------------------------------------------------------------------


def test_the_ring_has_as_many_distinct_modes_as_asked_for():
    centres = data.ring_centres(modes=8, radius=2.0)
    distances = np.linalg.norm(centres[:, None] - centres, axis=2) + 9 * np.eye(8)
    assert distances.min() == pytest.approx(2 * 2 * np.sin(np.pi / 8))  # no two at one place
    assert np.linalg.norm(centres, axis=1) == pytest.approx(2.0)


def test_the_grid_stands_on_even_numbers():
    centres = data.grid_centres()
    assert len(np.unique(centres, axis=0)) == 25
    assert set(centres.ravel().tolist()) == {-4, -2, 0, 2, 4}


@pytest.mark.parametrize(("points", "centres", "std"), [
    (data.ring, data.ring_centres, 0.01), (data.grid, data.grid_centres, 0.05),
])
def test_points_lie_around_their_centres_with_the_stated_spread(points, centres, std, rng):
    x, modes = points(40_000, rng)
    noise = x - centres()[modes]
    # the standard deviation of 80,000 numbers has a relative standard error of 1/400
    assert noise.std() == pytest.approx(std, rel=5 / 400)
    assert np.abs(noise.mean(axis=0)).max() < 5 * std / 200
    expected = 40_000 / len(centres())
    assert np.abs(np.bincount(modes) - expected).max() < 5 * np.sqrt(expected)


@pytest.mark.parametrize("points", [data.ring, data.grid])
def test_points_are_float32_and_repeat_with_their_seed(points):
    x, modes = points(50, np.random.default_rng(4))
    assert (x.dtype, modes.dtype) == (np.float32, np.int64)
    assert np.array_equal(x, points(50, np.random.default_rng(4))[0])


# ---- batches -----------------------------------------------------------------------------------

sizes = st.integers(1, 40)


@given(n=sizes, size=sizes, seed=st.integers(0, 9))
def test_an_epoch_brings_every_row_exactly_once(n, size, seed):
    epoch = list(batches(np.arange(n), size, np.random.default_rng(seed)))
    assert sorted(np.concatenate(epoch).tolist()) == list(range(n))
    assert all(len(batch) == size for batch in epoch[:-1])


@given(size=sizes, extra=sizes, seed=st.integers(0, 9))
def test_without_the_last_batch_all_are_equal_and_no_row_comes_twice(size, extra, seed):
    n = size + extra
    epoch = list(batches(np.arange(n), size, np.random.default_rng(seed), drop_last=True))
    assert [len(batch) for batch in epoch] == [size] * (n // size)
    assert len(set(np.concatenate(epoch).tolist())) == size * (n // size)


def test_rows_of_several_arrays_stay_together(rng):
    x = np.arange(20).reshape(10, 2)
    for images, labels in batches((x, np.arange(10)), 3, rng):
        assert np.array_equal(images[:, 0], 2 * labels)


def test_each_epoch_has_an_order_of_its_own_and_a_seed_repeats_it(rng):
    first, second = (np.concatenate(list(batches(np.arange(50), 7, rng))) for _ in range(2))
    again = np.concatenate(list(batches(np.arange(50), 7, np.random.default_rng(0))))
    assert not np.array_equal(first, second)
    assert np.array_equal(first, again)


def test_batches_ask_an_array_for_nothing_but_its_length_and_its_rows(rng):
    class Rows:  # as an array on another device: no conversion to NumPy
        __array__ = None

        def __len__(self):
            return 5

        def __getitem__(self, rows):
            return ("rows", rows.tolist())

    assert sorted(i for _, rows in batches(Rows(), 2, rng) for i in rows) == [0, 1, 2, 3, 4]


def test_batches_copy_so_that_changing_one_leaves_the_data_alone(rng):
    x = np.zeros((4, 2))
    for batch in batches(x, 2, rng):
        batch += 1
    assert x.max() == 0


@pytest.mark.parametrize(("n", "size", "drop_last"), [(0, 4, False), (5, 0, False), (5, 6, True)])
def test_batches_that_would_never_come_are_refused(n, size, drop_last, rng):
    with pytest.raises(ValueError, match=rf"expected a size in 1\.\.N, got {size} for N = {n}"):
        batches(np.arange(n), size, rng, drop_last)


def test_arrays_of_several_lengths_are_refused(rng):
    with pytest.raises(ValueError, match=r"expected arrays of one length, got lengths \[5, 4\]"):
        batches((np.zeros(5), np.zeros(4)), 2, rng)


# ---- pixels ------------------------------------------------------------------------------------


def test_binarized_pixels_are_0_or_1_with_the_pixel_as_probability(rng):
    draws = binarize(np.full((40_000, 2), [0.25, 0.5], np.float32), rng)
    assert draws.dtype == np.float32
    assert set(np.unique(draws)) == {0, 1}
    assert draws.mean(axis=0) == pytest.approx([0.25, 0.5], abs=5 * 0.5 / 200)


def test_black_and_white_pixels_are_never_changed_by_binarizing(rng):
    x = np.array([0, 1], np.float32).repeat(10_000)
    assert np.array_equal(binarize(x, rng), x)


def test_a_black_pixel_stays_black_even_if_the_noise_is_0():
    class Zeros:
        def random(self, shape, dtype):
            return np.zeros(shape, dtype)

    assert binarize(np.zeros(3), Zeros()).tolist() == [0, 0, 0]


def test_sound_images_are_given_back():
    x = data.digits().train_images
    assert check_images(x) is x
    assert check_images(x, width=64) is x


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_pixel_that_is_not_finite_is_named_with_its_image(bad):
    x = np.zeros((5, 4))
    x[2, 3] = x[4, 0] = bad
    with pytest.raises(ValueError, match=rf"train: expected finite pixels, got {bad} at pixel 3 "
                                         r"of image 2 \(2 of 5 images are wrong\). Leave those"):
        check_images(x, name="train")


@pytest.mark.parametrize("bad", [-0.5, 1.5, 255.0])
def test_a_pixel_outside_0_to_1_is_named_with_its_image(bad):
    x = np.zeros((5, 4), np.float32)
    x[1, 2] = bad
    with pytest.raises(ValueError, match=rf"expected pixels in \[0, 1\], got {bad} at pixel 2 of "
                                         r"image 1 \(1 of 5 images are wrong\). Scale them first"):
        check_images(x)


@pytest.mark.parametrize("shape", [(5, 28, 28), (784,), (0, 784)])
def test_images_of_another_shape_are_told_to_be_flattened(shape):
    with pytest.raises(ValueError, match=rf"got {re.escape(str(shape))}. Flatten it first"):
        check_images(np.zeros(shape))


def test_images_of_another_width_than_the_nets_are_refused():
    with pytest.raises(ValueError, match="expected 784 pixels an image, .*, got 64. Build"):
        check_images(np.zeros((5, 64)), width=784)


@pytest.mark.parametrize("x", [np.zeros((5, 4), np.uint8), [[0.5, 1.0]]])
def test_images_that_are_no_array_of_floats_are_told_how_to_become_one(x):
    with pytest.raises(TypeError, match=r"got .*(uint8|list).*asarray\(x, 'float32'\), and / 255"):
        check_images(x)
