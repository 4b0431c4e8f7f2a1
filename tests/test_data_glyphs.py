"""Drawn characters: what is promised of the pictures and of the factors that come with them."""

import functools

import numpy as np
import pytest

from scratchgen import data


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
