"""Points and surfaces: what a colour means, in which scale arrows are, what is marked."""

import numpy as np
import pytest
from matplotlib.quiver import Quiver

from scratchgen import draw
from scratchgen.draw.page import time_map
from tests.fake_cupy import DeviceArray, install
from tests.test_draw import extent, lightness, saddle

RNG = np.random.default_rng(0)
CLOUD = RNG.normal(size=(30, 2))
PLANE = (-2, 2), (-2, 2)


def legend(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


def arrows_of(axes):
    (quiver,) = (c for c in axes.collections if isinstance(c, Quiver))
    return quiver


# ---- coloured points -----------------------------------------------------------------------------


def test_a_point_has_the_colour_of_its_value():
    values = RNG.random(30)
    (dots,) = draw.points(CLOUD, colour=values).axes[0].collections
    for place, value in zip(dots.get_offsets(), dots.get_array(), strict=True):
        i = int(np.argmin(((CLOUD - place) ** 2).sum(axis=1)))
        assert values[i] == value


def test_what_is_later_is_darker_and_lies_on_top():
    values = RNG.random(30)
    (dots,) = draw.points(CLOUD, colour=values).axes[0].collections
    assert (np.diff(dots.get_array()) >= 0).all()
    shades = [lightness(time_map()(t)[:3]) for t in np.linspace(0, 1, 21)]
    assert (np.diff(shades) < 0).all()
    assert shades[0] < 80  # still seen on white


def test_a_bar_says_what_the_colours_of_numbers_mean():
    figure = draw.points(CLOUD, colour=np.arange(30), colour_label="step")
    assert len(figure.axes) == 2
    assert figure.axes[1].get_ylabel() == "step"


def test_a_legend_says_what_the_colours_of_classes_mean():
    names = np.array(["real", "fake"])[np.arange(30) % 2]
    axes = draw.points(CLOUD, colour=names).axes[0]
    assert legend(axes) == ["fake", "real"]
    fake, real = axes.collections
    assert np.allclose(sorted(real.get_offsets().tolist()), sorted(CLOUD[::2].tolist()))
    assert np.allclose(sorted(fake.get_offsets().tolist()), sorted(CLOUD[1::2].tolist()))


def test_classes_differ_in_their_markers_too():
    axes = draw.points(CLOUD, colour=[f"class {i % 10}" for i in range(30)]).axes[0]
    shapes = {dots.get_paths()[0].vertices.tobytes() for dots in axes.collections}
    assert len(shapes) == 10


def test_a_class_keeps_its_colour_when_the_points_are_shuffled():
    names = np.array(["real", "fake"])[np.arange(30) % 2]
    one, other = (draw.points(CLOUD[o], colour=names[o]).axes[0].collections
                  for o in (np.arange(30), np.arange(30)[::-1]))  # fmt: skip
    assert (one[0].get_facecolor() == other[0].get_facecolor()).all()


def test_points_and_their_colours_may_live_on_the_device(monkeypatch):
    install(monkeypatch)
    draw.points(DeviceArray(CLOUD), colour=DeviceArray(np.arange(30)))
    draw.points(panels={"one": DeviceArray(CLOUD)})
    draw.surface(saddle, *PLANE, arrows=(DeviceArray(CLOUD), DeviceArray(CLOUD)))


def test_clouds_side_by_side_share_their_scales():
    clouds = {"near": CLOUD / 9, "here": CLOUD, "far": CLOUD * 9}
    axes = draw.points(panels=clouds).axes
    assert [a.get_title(loc="left") for a in axes] == list(clouds)
    assert len({(*a.get_xlim(), *a.get_ylim()) for a in axes}) == 1
    for a, cloud in zip(axes, clouds.values(), strict=True):
        assert np.allclose(a.collections[0].get_offsets(), cloud)
        assert a.get_xlim()[0] < CLOUD[:, 0].min() * 9


def test_every_cloud_lies_over_the_same_data():
    figure = draw.points([[0, 0]], data=CLOUD)
    panels = draw.points(panels={"a": [[0, 0]], "b": [[1, 1]]}, data=CLOUD, centres=[[0, 0]])
    for axes in (*figure.axes, *panels.axes):
        assert np.allclose(axes.collections[0].get_offsets(), CLOUD)
    assert [t.get_text() for t in panels.legends[0].get_texts()] == ["data", "samples", "centres"]


# ---- surfaces ------------------------------------------------------------------------------------


def test_arrows_share_one_scale_in_which_the_longest_can_be_seen():
    for size in (1e-6, 1.0, 1e6):
        vectors = size * RNG.normal(size=(30, 2))
        quiver = arrows_of(draw.surface(saddle, *PLANE, arrows=(CLOUD, vectors)).axes[0])
        drawn = np.hypot(quiver.U, quiver.V) / quiver.scale  # in units of the plane, 4 wide
        assert drawn.max() == pytest.approx(0.13 * 4)
        assert np.allclose(drawn, drawn.max() * np.hypot(*vectors.T) / np.hypot(*vectors.T).max())


def test_the_legend_says_how_long_the_longest_arrow_is():
    axes = draw.surface(saddle, *PLANE, samples=CLOUD, arrows=(CLOUD[:2], [[3, 4], [0, 1]])).axes[0]
    assert legend(axes) == ["samples", "the longest is 5"]


def test_arrows_without_length_are_said_to_be_0():
    axes = draw.surface(saddle, *PLANE, arrows=(CLOUD, 0 * CLOUD)).axes[0]
    assert legend(axes) == ["all are 0"]


def test_each_contour_lies_where_f_has_its_level():
    axes = draw.surface(lambda xy: xy[:, 0] + 9 * xy[:, 1], *PLANE).axes[0]
    lines = axes.collections[1]
    for level, path in zip(lines.levels, lines.get_paths(), strict=True):
        x, y = path.vertices.T
        assert np.allclose(x + 9 * y, level, atol=0.01)


def test_white_is_zero_where_f_has_both_signs():
    filled = draw.surface(lambda xy: xy[:, 0] + 1, *PLANE).axes[0].collections[0]
    low, high = filled.get_clim()
    assert low == -high
    assert high > 3  # the darkest colours are left to ink
    blue, orange = filled.to_rgba(np.array([1.0, -1.0]))[:, :3]
    assert blue[2] > blue[0]
    assert orange[0] > orange[2]


def test_where_f_has_one_sign_darker_is_higher():
    for sign in (1, -1):
        filled = draw.surface(lambda xy, s=sign: 9 * s + xy[:, 0], *PLANE).axes[0].collections[0]
        shades = [lightness(c[:3]) for c in filled.to_rgba(9 * sign + np.linspace(-2, 2, 9))]
        assert (np.diff(shades) < 0).all()


def test_a_mark_is_a_star_with_its_name_inside_the_plane():
    marks = {"left": (-1.9, 0), "right": (1.9, 1)}
    axes = draw.surface(saddle, *PLANE, marks=marks).axes[0]
    stars = [line for line in axes.lines if line.get_marker() == "*"]
    assert [tuple(star.get_xydata()[0]) for star in stars] == list(marks.values())
    room = axes.get_window_extent()
    for text in axes.texts:
        if text.get_text() in marks:
            assert room.x0 < extent(text).x0 < extent(text).x1 < room.x1


@pytest.mark.parametrize("ylim", [(-2, 2), (-0.5, 0.5), (-9, 9)])
def test_no_gap_is_left_between_a_surface_and_its_caption(ylim):
    figure = draw.surface(saddle, (-2, 2), ylim, title="A title", caption="A caption")
    title, caption = figure.texts
    body = figure.axes[0].get_tightbbox()
    assert 0 < body.y0 - extent(caption).y1 < 50  # dots, of which 200 are an inch
    assert 0 < extent(title).y0 - body.y1 < 60
    assert extent(title).y1 < figure.bbox.y1


WRONG = {
    r"points\(colour\): expected shape \(30,\), got \(29,\)\. Give one for each": lambda: (
        draw.points(CLOUD, colour=np.arange(29))
    ),
    r"points\(colour\): expected 30, one for each sample, got 2": lambda: (
        draw.points(CLOUD, colour=["a", "b"])
    ),
    r"points\(samples\): expected points \(N, 2\), or panels of them, got none": lambda: (
        draw.points()
    ),
    r"points\(panels\): expected clouds such as .*, without colour, got 0": lambda: (
        draw.points(panels={})
    ),
    r"points\(panels\): .* got 1 of them and colour": lambda: (
        draw.points(panels={"a": CLOUD}, colour=np.arange(30))
    ),
    r"points\('a'\): expected shape \(N, 2\), got \(3,\)": lambda: (
        draw.points(panels={"a": [1, 2, 3]})
    ),
    r"surface\(marks\['minimum'\]\): expected shape \(2,\), got \(3,\)": lambda: (
        draw.surface(saddle, *PLANE, marks={"minimum": (1, 1, 1)})
    ),
    r"surface\(arrows\[0\]\): expected finite numbers, got nan": lambda: (
        draw.surface(saddle, *PLANE, arrows=([[np.nan, 0]], [[0, 0]]))
    ),
}


@pytest.mark.parametrize("message", WRONG)
def test_a_wrong_plane_is_named_with_its_remedy(message):
    with pytest.raises(ValueError, match=message):
        WRONG[message]()
