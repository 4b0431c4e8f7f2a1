"""Data sets by name, and what their images go through on the way into training."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scratchgen import Tensor, data
from scratchgen.data import arguments, batches, binarize, check_images

# ---- load --------------------------------------------------------------------------------------


def test_load_finds_a_data_set_by_name_and_hands_options_on():
    assert repr(data.load("glyphs", n=12)).startswith("Dataset('glyphs', 10 train + 2 test")


def test_load_gives_what_the_function_of_that_name_gives():
    for name in ("digits", "mnist5k"):
        assert repr(data.load(name)) == repr(getattr(data, name)())


def test_load_of_an_unknown_name_lists_the_names_and_guesses():
    names = "digits, mnist5k, glyphs, mnist, fashion"
    with pytest.raises(ValueError, match=f"expected one of {names}; got 'cifar10'"):
        data.load("cifar10")
    with pytest.raises(ValueError, match=r"got 'MNITS'\. Did you mean 'mnist'\?"):
        data.load("MNITS")


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


@pytest.mark.parametrize(("n", "size", "drop_last"), [(0, 4, False), (0, 4, True), (5, 6, True)])
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
    class Zeros(np.random.Generator):
        def random(self, shape, dtype):
            return np.zeros(shape, dtype)

    assert binarize(np.zeros(3), Zeros(np.random.PCG64(0))).tolist() == [0, 0, 0]


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


def test_sound_images_at_the_very_ends_of_0_to_1_are_given_back():
    for x in (np.zeros((2, 3)), np.ones((2, 3)), np.array([[0, 1, 0.5]], np.float32)):
        assert check_images(x) is x


@pytest.mark.parametrize("bad", [255.0, 1.125, -0.5, np.nan, np.inf])
@pytest.mark.parametrize("shape", [(4, 6), (2, 3, 4), (24,)])
def test_a_probability_that_is_none_is_not_binarized(bad, shape, rng):
    x = np.full(shape, 0.5, np.float32)
    x.flat[[13, 20]] = bad
    at = tuple(map(int, np.unravel_index(13, shape)))
    said = rf"\[0, 1\], which are probabilities, got {bad} at {re.escape(str(at))} \(2 of 24 are"
    with pytest.raises(ValueError, match=said):
        binarize(x, rng)


def test_bytes_of_0_to_255_are_not_binarized(rng):
    with pytest.raises(ValueError, match=r"got 255 at \(1,\) .*Scale 0\.\.255 by x / 255"):
        binarize(np.array([0, 255], np.uint8), rng)


@pytest.mark.parametrize("x", [[0.5, 1.0], 0.5, "0.5", np.array(["0.5"]), np.array([1j]), None])
def test_what_is_no_array_of_numbers_is_not_binarized(x, rng):
    with pytest.raises(TypeError, match="binarize: expected a NumPy array of numbers, got"):
        binarize(x, rng)


def test_a_tensor_is_not_binarized(rng):
    with pytest.raises(TypeError, match="Binarize before the images become a Tensor"):
        binarize(Tensor(np.zeros(3)), rng)


@pytest.mark.parametrize("x", [np.array([0, 1]), np.array([True, False]), np.zeros((0, 4)),
                               np.float32(1.0), np.float64(0.0), np.ones((1, 1, 1))])
def test_arrays_of_any_shape_and_kind_in_0_to_1_are_binarized(x, rng):
    b = binarize(x, rng)
    assert (b.dtype, b.shape) == (np.float32, x.shape)
    assert np.array_equal(b, x)


@pytest.mark.parametrize("rng", [0, None, np.random, np.random.RandomState(0)])
def test_what_is_no_generator_is_refused_with_how_to_make_one(rng):
    said = r"expected a random generator as rng, got .*numpy\.random\.default_rng\(0\)"
    with pytest.raises(TypeError, match=f"binarize: {said}"):
        binarize(np.zeros(3), rng)
    with pytest.raises(TypeError, match=f"batches: {said}"):
        batches(np.zeros(3), 2, rng)


@pytest.mark.parametrize(("x", "kind"), [
    ([1, 2, 3], "list"), ({"images": np.zeros(3)}, "dict"), ("images", "str"), (5, "int"),
    ([np.zeros(3), np.zeros(3)], "list"), ((np.zeros(3), [1, 2, 3]), "list"),
    (data.digits(), "Dataset"),
])
def test_batches_of_what_is_no_array_are_refused_at_once(x, kind, rng):
    with pytest.raises(TypeError, match=f"a tuple of arrays, got a {kind}. Make it one: numpy"):
        batches(x, 2, rng)


def test_batches_of_no_arrays_are_refused(rng):
    with pytest.raises(ValueError, match=r"arrays of one length, got lengths \[\]"):
        batches((), 2, rng)


@pytest.mark.parametrize(("size", "error"), [(0, ValueError), (-1, ValueError), (2.0, TypeError)])
def test_a_size_of_batches_that_is_none_is_refused(size, error, rng):
    with pytest.raises(error, match=f"batches: size: expected a whole number .*, got {size}"):
        batches(np.zeros(9), size, rng)


# ---- a data set of one's own -------------------------------------------------------------------


def made(n=3, **changes):
    """A data set of 4 x 2 pixels and two classes; what is changed in it."""
    parts = {
        "name": "mine", "image_shape": (4, 2), "class_names": ("a", "b"),
        "train_images": np.full((n, 8), 0.5, np.float32), "train_labels": np.arange(n) % 2,
        "test_images": np.ones((1, 8), np.float32), "test_labels": np.zeros(1, np.int64),
    }
    return data.Dataset(**(parts | changes))


def test_a_sound_data_set_of_ones_own_is_made():
    assert repr(made()) == "Dataset('mine', 3 train + 1 test, 4x2, 2 classes)"
    assert made(train_factors={"slant": np.zeros(3)}).train_factors["slant"].shape == (3,)


@pytest.mark.parametrize(("changes", "error", "message"), [
    ({"image_shape": (2, 2, 2)}, ValueError, r"\(height, width\), .* got \(2, 2, 2\)\. Images are"),
    ({"image_shape": (4, 4)}, ValueError, r"height \* width = 8, .* got \(4, 4\)"),
    ({"image_shape": (-4, -2)}, ValueError, "whole numbers of at least 1"),
    ({"train_images": np.full((3, 8), 255, np.uint8)}, TypeError, "train_images: .* uint8"),
    ({"train_images": np.full((3, 8), 255, np.float32)}, ValueError, "train_images: .* got 255.0"),
    ({"test_images": np.full((1, 8), np.nan, np.float32)}, ValueError, "test_images: .*finite"),
    ({"train_images": np.zeros((3, 8))}, TypeError, "train_images: expected float32, got float64"),
    ({"train_images": np.zeros((3, 4, 2), np.float32)}, ValueError, "train_images: .*Flatten"),
    ({"test_images": np.zeros((1, 9), np.float32)}, ValueError, "test: .*width = 8|= 9, the"),
    ({"train_labels": np.zeros(4, int)}, ValueError, r"train_labels: expected an array \(3,\)"),
    ({"train_labels": np.zeros(3)}, ValueError, "whole numbers, .* got float64"),
    ({"train_labels": [0, 1, 0]}, ValueError, "whole numbers, .* got .*list"),
    ({"test_labels": np.array([2])}, ValueError, r"test_labels: expected 0\.\.1, .* got 2\.\.2"),
    ({"test_labels": np.array([-1])}, ValueError, r"expected 0\.\.1, .* got -1\.\.-1"),
    ({"train_factors": {"slant": np.zeros(2)}}, ValueError, r"train_factors: expected slant of"),
])
def test_a_data_set_of_ones_own_that_does_not_fit_is_refused(changes, error, message):
    with pytest.raises(error, match=rf"Dataset\('mine'\): .*({message})"):
        made(**changes)


def test_a_helper_expects_what_its_caller_says():
    assert arguments.image_shape("here", (np.int64(4), 2), 8) == (4, 2)
    assert arguments.whole("here", np.int64(3)) == 3
    assert type(arguments.whole("here", np.int64(3))) is int
    with pytest.raises(ValueError, match="here: expected a whole number of at least 5, got 4"):
        arguments.whole("here", 4, least=5)
