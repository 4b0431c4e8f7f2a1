"""Lesson 0: what it says of its numbers, its three naive machines, and its films."""

import numpy as np
import pytest

from tests.quick_lesson import run_quick


@pytest.fixture(scope="module")
def lesson(tmp_path_factory):
    return run_quick("first_pictures", tmp_path_factory.mktemp("figures"), data="mnist5k")


def test_the_number_of_black_and_white_images_has_as_many_digits_as_the_text_says():
    assert len(str(2**784)) == 237


def test_the_data_are_as_many_as_the_text_says(lesson):
    assert len(lesson.digits.train_images) == 4_000
    assert lesson.real.shape == (28, 784)


def test_drawn_pixel_by_pixel_each_is_white_as_often_as_in_real_digits(lesson):
    rng = np.random.default_rng(0)
    many = rng.random((4_000, 784)) < lesson.average_pixel
    assert abs(many.mean(axis=0) - lesson.average_pixel).max() < 0.05
    assert set(np.unique(lesson.by_pixel)) == {False, True}


def test_what_is_nearest_to_a_training_image_is_that_image(lesson):
    image = lesson.digits.train_images[123]
    np.testing.assert_array_equal(lesson.nearest(image), image)


def test_a_walk_begins_at_one_end_and_arrives_at_the_other(lesson):
    walk = lesson.mixed(lesson.ends[3], lesson.ends[8])
    np.testing.assert_allclose(walk[0], lesson.ends[3], atol=1e-6)
    np.testing.assert_allclose(walk[-1], lesson.ends[8], atol=1e-6)


def test_a_turned_dial_leaves_the_others_where_they_were(lesson, monkeypatch):
    monkeypatch.setattr(lesson.model, "generate", lambda codes: codes)
    codes = lesson.turned(lesson.ends[3], 4)
    np.testing.assert_allclose(codes[[0, -1], 4], [-3, 3])
    others = np.delete(np.arange(lesson.code_size), 4)
    np.testing.assert_array_equal(codes[:, others], np.tile(lesson.ends[3][others], (14, 1)))


def test_the_copier_hands_out_a_thousand_different_images_that_were_seen(lesson):
    seen = {image.tobytes() for image in lesson.digits.train_images}
    copies = [image.tobytes() for image in lesson.new["copier"]]
    assert len(set(copies)) == 1_000
    assert set(copies) <= seen


def test_the_share_tells_copies_from_other_images(lesson):
    assert lesson.shares["copier"] == 1
    half = (lesson.shares["VAE"] + 1) / 2
    assert abs(lesson.shares["half a copier"] - half) < 0.05


def test_the_same_codes_are_decoded_after_each_epoch(lesson):
    assert len(lesson.vae_screens) == lesson.vae_epochs + 1
    np.testing.assert_array_equal(lesson.look(lesson.smooth), lesson.look(lesson.smooth))
