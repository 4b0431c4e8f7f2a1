"""A person's own images: how they are cut and shaded, and what cannot be read."""

import numpy as np
import pytest

from scratchgen import data

PIXELS = np.random.default_rng(5).integers(0, 256, (3, 4, 5), dtype=np.uint8)


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
