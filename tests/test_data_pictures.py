"""A person's own images: how they are cut and shaded, and what cannot be read."""

from pathlib import Path

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


def test_an_image_keeps_its_colours_if_it_is_asked_to(tmp_path):
    pixels = np.zeros((4, 4, 3))
    pixels[:2, :, 0], pixels[2:, :, 2] = 255, 51  # red above, a dark blue below
    for k in range(6):
        save_picture(tmp_path / f"{k}.png", pixels)
    own = data.folder(tmp_path, image_shape=(4, 4, 3))
    assert own.image_shape == (4, 4, 3)
    np.testing.assert_array_equal(own.test_images.reshape(4, 4, 3), pixels.astype("float32") / 255)


def test_grey_images_in_colour_have_three_equal_channels(tmp_path):
    for k in range(6):
        save_picture(tmp_path / f"{k}.png", PIXELS[0])
    image = data.folder(tmp_path, image_shape=(4, 5, 3)).test_images.reshape(4, 5, 3)
    for channel in range(3):
        np.testing.assert_array_equal(image[..., channel], PIXELS[0].astype("float32") / 255)


@pytest.mark.parametrize("pixels", [PIXELS[0], PIXELS.transpose(1, 2, 0)], ids=["grey", "colour"])
def test_a_single_picture_is_read_as_large_as_it_is(pixels, tmp_path):
    save_picture(tmp_path / "one.png", pixels)
    found = data.picture(tmp_path / "one.png")
    np.testing.assert_array_equal(found, pixels.astype("float32") / 255)
    assert data.picture(tmp_path / "one.png", (2, 2)).shape == (2, 2)
    assert data.picture(tmp_path / "one.png", (2, 2, 3)).shape == (2, 2, 3)


def test_what_is_no_picture_is_refused(tmp_path):
    (tmp_path / "a.txt").write_text("a")
    for path, said in ((tmp_path, "is a folder"), (tmp_path / "b", "no such file"),
                       (tmp_path / "a.txt", "cannot be read as an image")):  # fmt: skip
        with pytest.raises(ValueError, match=said):
            data.picture(path)


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


def six_pictures(folder, suffix="png"):
    for k in range(6):
        save_picture(folder / f"{k}.{suffix}", np.full((8, 8), 40 * k))


def test_hidden_files_and_folders_are_left_alone(tmp_path):
    six_pictures(tmp_path)
    (tmp_path / "._0.png").write_text("not an image")
    (tmp_path / ".git").mkdir()
    assert len(data.folder(tmp_path).train_images) == 5


FORMATS = ["png", "jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff", "ppm", "pgm", "jp2", "tga"]


@pytest.mark.parametrize("suffix", [*FORMATS, *(s.upper() for s in FORMATS[:5])])
def test_every_format_that_pillow_reads_is_read(tmp_path, suffix):
    for k in range(6):
        save_picture(tmp_path / f"{k}.{suffix}", np.full((8, 8), 40 * k))
    last = data.folder(tmp_path, (8, 8)).test_images
    assert np.allclose(last * 255, 200, atol=3)  # but for what a compression loses


def test_a_picture_is_known_by_its_content_whatever_its_name(tmp_path):
    six_pictures(tmp_path)
    (tmp_path / "3.png").rename(tmp_path / "3.picture")
    (tmp_path / "4.png").rename(tmp_path / "4")
    assert len(data.folder(tmp_path).train_images) == 5


def test_pictures_are_in_the_order_of_their_names_on_every_system(tmp_path):
    for k, name in enumerate(["B", "a", "C", "d", "E", "f"]):  # capitals come first
        save_picture(tmp_path / f"{name}.png", np.full((4, 4), 40 * k))
    own = data.folder(tmp_path, (1, 1))
    assert np.rint(own.train_images.ravel() * 255 / 40).tolist() == [0, 2, 4, 1, 3]


def left_out(path):
    """What a person is told of a folder, besides getting its data set."""
    with pytest.warns(UserWarning, match="left out") as told:
        data.folder(path)
    assert len(told) == 1
    assert told[0].filename == __file__  # it points at the line that asked for the folder
    return str(told[0].message)


def test_a_file_that_is_no_picture_is_named_with_the_reason(tmp_path):
    six_pictures(tmp_path)
    (tmp_path / "photo.heic").write_bytes(b"\0\0\0 ftypheic" + bytes(90))
    (tmp_path / "notes.txt").write_text("not an image")
    assert left_out(tmp_path) == (f"{tmp_path}: left out:\n"
                                  f"  notes.txt: in no format that Pillow reads\n"
                                  f"  photo.heic: in no format that Pillow reads")


def test_what_is_left_out_of_a_class_is_named_with_it(tmp_path):
    six_pictures(tmp_path / "cats")
    (tmp_path / "cats" / "list.csv").write_text("1,2")
    (tmp_path / "cats" / "kittens").mkdir()
    (tmp_path / "all.csv").write_text("1,2")
    lines = left_out(tmp_path).splitlines()[1:]
    assert lines == ["  all.csv: in no format that Pillow reads",
                     "  cats/list.csv: in no format that Pillow reads",
                     "  cats/kittens: a folder beside images"]


def test_an_empty_folder_beside_pictures_is_named(tmp_path):
    six_pictures(tmp_path)
    (tmp_path / "thumbs").mkdir()
    assert "\n  thumbs: a folder beside images" in left_out(tmp_path)


def test_of_an_animation_the_first_frame_is_used_and_this_is_said(tmp_path):
    from PIL import Image

    six_pictures(tmp_path / "cats")
    frames = [Image.fromarray(np.full((8, 8), 90 * k, np.uint8)) for k in range(3)]
    frames[0].save(tmp_path / "cats" / "5.gif", save_all=True, append_images=frames[1:])
    (tmp_path / "cats" / "5.png").unlink()
    assert "\n  cats/5.gif: all of its 3 frames but the first" in left_out(tmp_path)
    with pytest.warns(UserWarning, match="frames"):
        assert data.folder(tmp_path).test_images.max() == 0


def test_a_telephones_photograph_is_one_picture(tmp_path):
    from PIL import Image

    six_pictures(tmp_path)
    two = [Image.fromarray(np.full((8, 8, 3), 90, np.uint8)) for _ in range(2)]
    two[0].save(tmp_path / "5.jpg", format="MPO", save_all=True, append_images=two[1:])
    assert len(data.folder(tmp_path).train_images) == 6  # and no warning, which is an error here


def test_many_files_left_out_are_counted(tmp_path):
    six_pictures(tmp_path)
    for k in range(25):
        (tmp_path / f"{k:02}.kind{k}").write_text("no image")
    lines = left_out(tmp_path).splitlines()
    assert len(lines) == 22
    assert lines[-1] == "  ... and 5 more"


def test_files_of_one_kind_that_are_left_out_are_one_line(tmp_path):
    six_pictures(tmp_path / "cats")
    for k in range(40):
        (tmp_path / "cats" / f"{k:02}.HEIC").write_text("no image")
        (tmp_path / "cats" / f"{k:02}.txt").write_text("no image")
    said = "files in no format that Pillow reads"
    assert left_out(tmp_path).splitlines()[1:] == [
        f"  cats/*.HEIC: 40 {said}; save them as JPEG first", f"  cats/*.txt: 40 {said}"]


def test_folders_deeper_than_classes_are_named(tmp_path):
    for month in ("2023/05", "2023/06", "2024/01", "2024/02"):
        six_pictures(tmp_path / month)
    said = r"no images here or one folder down\..*\(2023/05, 2023/06, 2024/01, \.\.\.\)"
    with pytest.raises(ValueError, match=rf"{said}.*copy the pictures into one folder"):
        data.folder(tmp_path)
    assert len(data.folder(tmp_path / "2023").class_names) == 2


def test_a_class_without_pictures_is_refused_with_what_lies_there(tmp_path):
    six_pictures(tmp_path / "cats")
    (tmp_path / "dogs" / "train").mkdir(parents=True)
    (tmp_path / "dogs" / "a.heic").write_text("no image")
    with pytest.raises(ValueError, match="dogs: expected at least 6 images .*found 0") as error:
        data.folder(tmp_path)
    assert "Besides, there is:\n  a.heic: in no format" in str(error.value)
    assert "\n  train: a folder beside images" in str(error.value)


def test_a_class_of_too_few_pictures_to_hold_one_out_is_refused(tmp_path):
    six_pictures(tmp_path / "cats")
    six_pictures(tmp_path / "dogs")
    (tmp_path / "dogs" / "5.png").unlink()
    with pytest.raises(ValueError, match=r"dogs: expected at least 6 images of this class .* 5\."):
        data.folder(tmp_path)


def test_of_every_class_every_sixth_is_for_testing(tmp_path):
    for name, n in (("a", 8), ("b", 13)):
        for k in range(n):
            save_picture(tmp_path / name / f"{k:02}.png", np.full((4, 4), 10 * k))
    own = data.folder(tmp_path, (1, 1))
    assert own.test_labels.tolist() == [0, 1, 1]
    assert np.rint(own.test_images.ravel() * 25.5).tolist() == [5, 5, 11]
    assert np.bincount(own.train_labels).tolist() == [7, 11]


@pytest.mark.parametrize("damage", [lambda raw: b"", lambda raw: raw[:-30], lambda raw: b"text"])
def test_an_unreadable_image_is_named(tmp_path, damage):
    for k in range(6):
        save_picture(tmp_path / f"{k}.png", PIXELS[0])
    raw = (tmp_path / "3.png").read_bytes()
    (tmp_path / "3.png").write_bytes(damage(raw))
    with pytest.raises(ValueError, match=r"3\.png: cannot be read as an image of 8 bits a pixel"):
        data.folder(tmp_path)


def test_all_images_that_cannot_be_read_are_named_at_once(tmp_path):
    from PIL import Image

    for name in ("cats", "dogs"):
        six_pictures(tmp_path / name)
    (tmp_path / "cats" / "1.png").write_bytes((tmp_path / "cats" / "1.png").read_bytes()[:-30])
    (tmp_path / "cats" / "2.png").write_text("text")
    Image.fromarray(np.full((8, 8), 40_000, np.uint16)).save(tmp_path / "dogs" / "3.png")
    with pytest.raises(ValueError, match="3 of 12 images cannot be read") as error:
        data.folder(tmp_path)
    lines = str(error.value).splitlines()
    assert "Save them again, or move them away" in lines[0]
    named = [line.split()[0] for line in lines[1:]]
    assert [Path(name).as_posix() for name in named] == ["cats/1.png:", "cats/2.png:",
                                                         "dogs/3.png:"]  # fmt: skip
    assert "more than 8 bits a pixel" in lines[3]


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
    with pytest.raises(ValueError, match=r"expected at least 6 images of this class .*, found 0\."):
        data.folder(tmp_path)


def test_a_file_where_a_folder_belongs_is_refused(tmp_path):
    save_picture(tmp_path / "a.png", PIXELS[0])
    with pytest.raises(ValueError, match="expected a folder of images, found a file there"):
        data.folder(tmp_path / "a.png")


@pytest.mark.parametrize(("shape", "said"), [
    ((8, 8, 4), r"got \(8, 8, 4\)\. Images are grey, or have 3 channels: \(height, width, 3\)"),
    ((8,), "got"),
    ((0, 8), "at least 1, got"), ((8.0, 8), "got"), (64, "got 64"), ("88", "got '88'"), (None, ""),
])
def test_an_image_shape_that_is_none_is_refused(tmp_path, shape, said):
    six_pictures(tmp_path)
    with pytest.raises(ValueError, match=rf"folder: expected image_shape as \(height, .*{said}"):
        data.folder(tmp_path, image_shape=shape)


def test_a_tilde_means_the_home_folder(tmp_path, monkeypatch):
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    six_pictures(tmp_path / "mine")
    assert data.folder("~/mine").name == "mine"


def test_a_folder_of_this_folder_has_its_name(tmp_path, monkeypatch):
    six_pictures(tmp_path / "mine")
    monkeypatch.chdir(tmp_path / "mine")
    own = data.folder(".")
    assert (own.name, own.class_names) == ("mine", ("mine",))
