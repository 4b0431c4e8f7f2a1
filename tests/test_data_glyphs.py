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


@pytest.mark.parametrize("characters", ["", "aé", "a b", "字", ["A", "B"]])
def test_characters_that_a_typeface_lacks_are_refused(characters):
    with pytest.raises(ValueError, match="expected characters of ASCII letters and digits"):
        data.glyphs(n=12, characters=characters)


def test_too_few_images_to_keep_one_for_testing_are_refused():
    with pytest.raises(ValueError, match=r"glyphs: expected at least 6 images .* got 5"):
        data.glyphs(n=5)


# ---- some typefaces, and factors that are held -------------------------------------------------


def test_typefaces_that_are_named_are_the_only_ones_drawn():
    some = ["cmr10", "DejaVuSans"]
    factors = all_factors(data.glyphs(n=60, typefaces=some))
    assert {data.TYPEFACES[i] for i in factors["typeface"]} == set(some)


def test_glyphs_of_one_typeface_are_drawn_in_it():
    mono = data.glyphs(n=12, characters="R", typefaces=["DejaVuSansMono"])
    said = mono.train_factors | {"typeface": data.TYPEFACES.index("DejaVuSansMono")}
    assert np.array_equal(data.draw_glyphs(said, "R"), mono.train_images)


@pytest.mark.parametrize("name", data.GLYPH_RANGES)
def test_a_factor_held_is_the_same_in_every_image_and_leaves_the_others_as_they_were(name):
    value = np.mean(data.GLYPH_RANGES[name])
    free, held = data.glyphs(n=60), data.glyphs(n=60, fixed={name: value})
    for key, values in held.train_factors.items():
        expected = np.full(50, value) if key == name else free.train_factors[key]
        assert np.array_equal(values, expected.astype(values.dtype))
    assert np.array_equal(data.draw_glyphs(held.train_factors), held.train_images)


def test_the_extremes_of_a_range_can_be_held():
    for name, ends in data.GLYPH_RANGES.items():
        for end in ends:
            assert set(data.glyphs(n=6, fixed={name: end}).test_factors[name]) == {np.float32(end)}


def test_one_glyph_in_one_typeface_without_rotation_varies_in_three_factors():
    upright = data.glyphs(
        n=60, characters="R", typefaces=["DejaVuSans"], fixed={"rotation": 0.0}
    )
    varied = {name for name, values in upright.train_factors.items() if np.ptp(values)}
    assert varied == {"slant", "weight", "size"}
    assert upright.class_names == ("R",)
    assert len({image.tobytes() for image in upright.train_images}) == 50


@pytest.mark.parametrize("typefaces", [[], ["Arial"], "DejaVuSans", ["cmr10", "Comic"]])
def test_typefaces_that_matplotlib_does_not_bring_are_refused(typefaces):
    with pytest.raises(ValueError, match=r"in a list, some of DejaVuSans, .*cmtt10, got"):
        data.glyphs(n=12, typefaces=typefaces)


@pytest.mark.parametrize("twice", [{"characters": "ABA"}, {"typefaces": ["cmr10", "cmr10"]}])
def test_a_character_or_typeface_named_twice_is_refused(twice):
    with pytest.raises(ValueError, match=f"expected {next(iter(twice))} that differ, got"):
        data.glyphs(n=12, **twice)


@pytest.mark.parametrize("name", ["slent", "character", "typeface"])
def test_what_cannot_be_held_is_refused_with_what_can(name):
    with pytest.raises(ValueError, match=rf"some of slant, rotation, .*got '{name}'\. One char"):
        data.glyphs(n=12, fixed={name: 0})


@pytest.mark.parametrize("value", [12.5, -13, np.nan, np.inf, "0", None])
def test_a_value_to_hold_outside_of_its_range_is_refused(value):
    with pytest.raises(ValueError, match=r"expected a fixed rotation in -12\.0\.\.12\.0, .*got"):
        data.glyphs(n=12, fixed={"rotation": value})


@pytest.mark.parametrize(("n", "error"), [(0, ValueError), (-6, ValueError), (60.0, TypeError)])
def test_a_number_of_glyphs_that_cannot_be_drawn_is_refused(n, error):
    with pytest.raises(error, match=f"glyphs: n: expected a whole number of at least 1, got {n}"):
        data.glyphs(n=n)


# ---- factors that cannot be drawn --------------------------------------------------------------


def test_a_number_stands_for_as_many_as_there_are_glyphs():
    factors = data.glyphs(n=60).train_factors
    upright = data.draw_glyphs(factors | {"slant": 0.0})
    assert np.array_equal(upright, data.draw_glyphs(factors | {"slant": np.zeros(50)}))
    assert not np.array_equal(upright, data.draw_glyphs(factors))


@pytest.mark.parametrize(("change", "error", "message"), [
    ({"slent": 0.0}, ValueError, "expected the factors character, .*size; got .*slent"),
    ({"slant": [0, np.nan]}, ValueError, "slant as finite numbers .*got nan for glyph 1"),
    ({"rotation": [np.inf, 0]}, ValueError, "rotation as finite numbers .*got inf for glyph 0"),
    ({"size": [-1.0, 15]}, ValueError, r"size as finite numbers from 0 .*got -1\.0 for glyph 0"),
    ({"weight": -1.0}, ValueError, r"weight as finite numbers from 0 .*got -1\.0 for glyph 0"),
    ({"character": [0, -1]}, ValueError, "character as whole numbers from 0 to 33, got -1 for"),
    ({"character": [0, 34]}, ValueError, "character as whole numbers from 0 to 33, got 34 for"),
    ({"typeface": [0, 7]}, ValueError, "typeface as whole numbers from 0 to 6, got 7 for glyph 1"),
    ({"typeface": [0, 1.5]}, TypeError, "typeface as whole numbers, got float64"),
    ({"rotation": ["a", "b"]}, TypeError, "rotation as finite numbers, got <U1"),
    ({"rotation": [0.0, 0.0, 0.0]}, ValueError, r"one shape .*slant \(2,\), rotation \(3,\)"),
    ({"rotation": [[0.0], [0.0]]}, ValueError, r"one shape .*slant \(2,\), rotation \(2, 1\)"),
])
def test_factors_that_cannot_be_drawn_are_refused(change, error, message):
    two = {name: np.repeat(values, 2) for name, values in factors_of().items()}
    with pytest.raises(error, match=f"draw_glyphs: .*{message}"):
        data.draw_glyphs(two | change)


def test_a_factor_left_out_is_named():
    factors = factors_of()
    del factors["weight"]
    with pytest.raises(ValueError, match=r"the factors .*weight.*; got [^;]*rotation, size"):
        data.draw_glyphs(factors)


def test_a_character_beyond_those_of_its_data_set_is_refused():
    with pytest.raises(ValueError, match="character as whole numbers from 0 to 0, got 33"):
        data.draw_glyphs(factors_of(character="Z"), "R")
