"""Matrices drawn as cells: their numbers, what the colours mean, and where labels stand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_rgb

from scratchgen import draw
from scratchgen.draw.matrices import _number_format, _placed
from scratchgen.draw.page import PAGE, colour_map
from tests.fake_cupy import DeviceArray, install

RNG = np.random.default_rng(0)
JACOBIAN = np.array([[0.21, -0.06, -0.15], [-0.06, 0.16, -0.1], [-0.15, -0.1, 0.25]])


def texts(figure):
    return [text for text in figure.axes[0].texts if text.get_text()]


def numbers(figure):
    return [text for text in texts(figure) if text.get_text().strip("-.0123456789e+") == ""]


def overlap(a, b):
    """Whether two boxes (left, right, bottom, top) share more than an edge."""
    return max(a[0], b[0]) < min(a[1], b[1]) and max(a[2], b[2]) < min(a[3], b[3])


def luminance(rgb):
    """Relative luminance, 0 to 1, as WCAG 2 defines it."""
    c = np.asarray(rgb)[..., :3]
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def test_every_number_is_written_in_its_own_cell():
    values = np.arange(6.0).reshape(2, 3)
    figure = draw.matrix(values)
    left, right, bottom, top = figure.axes[0].images[0].get_extent()
    for text in numbers(figure):
        x, y = text.get_position()
        i, j = int((top - y) / (top - bottom) * 2), int((x - left) / (right - left) * 3)
        assert values[i, j] == float(text.get_text())


def test_the_first_row_is_drawn_at_the_top():
    image = draw.matrix([[1.0], [2.0]]).axes[0].images[0]
    assert image.origin == "upper"
    assert image.get_array()[0, 0] == 1


@pytest.mark.parametrize("values", [JACOBIAN, RNG.normal(size=(4, 4)) * 1e-6, np.eye(5) * 1234])
def test_numbers_stand_inside_their_cells(values):
    figure = draw.matrix(values)
    cells = figure.axes[0].images[0].get_window_extent()
    for text in numbers(figure):
        box = text.get_window_extent()
        assert box.width <= cells.width / len(values)
        assert box.height <= cells.height / len(values)


def test_numbers_can_be_read_on_every_colour():
    values = np.linspace(-1, 1, 25).reshape(5, 5)
    figure = draw.matrix(values)
    cells = figure.axes[0].images[0].to_rgba(values).reshape(-1, 4)
    for text, cell in zip(numbers(figure), cells, strict=True):
        light, dark = sorted([luminance(cell), luminance(to_rgb(text.get_color()))])[::-1]
        assert (light + 0.05) / (dark + 0.05) > 4.4, text.get_text()  # WCAG AA asks for 4.5


def test_white_is_zero_and_both_signs_have_one_scale():
    image = draw.matrix(JACOBIAN).axes[0].images[0]
    assert image.get_clim() == (-0.25, 0.25)
    assert image.to_rgba(np.array([0.0]))[0].tolist() == [1, 1, 1, 1]
    blue, orange = image.to_rgba(np.array([0.25, -0.25]))[:, :3]
    assert blue[2] > blue[0]
    assert orange[0] > orange[2]


def test_without_negative_numbers_the_colours_go_from_white_to_blue():
    image = draw.matrix([[1.0, 3.0]]).axes[0].images[0]
    assert image.get_clim() == (0, 3)
    assert image.to_rgba(np.array([0.0]))[0].tolist() == [1, 1, 1, 1]


def test_a_darker_cell_is_a_larger_number():
    shades = luminance(colour_map(signed=True)(np.linspace(0, 1, 201)))
    assert (np.diff(shades[:101]) > 0).all()
    assert (np.diff(shades[100:]) < 0).all()


def test_the_limit_is_the_darkest_colour():
    assert draw.matrix(JACOBIAN, limit=1).axes[0].images[0].get_clim() == (-1, 1)


def test_panels_share_one_scale_of_colours():
    axes = draw.matrix(panels={"J": JACOBIAN, "ten times": 10 * JACOBIAN}).axes[0]
    assert {image.get_clim() for image in axes.images} == {(-2.5, 2.5)}


def test_panels_of_many_shapes_do_not_overlap_and_stay_on_the_page():
    shapes = [(1, 1), (4, 2), (2, 6), (3, 3), (5, 5)]
    axes = draw.matrix(panels={str(s): RNG.normal(size=s) for s in shapes}).axes[0]
    boxes = [image.get_extent() for image in axes.images]
    for i, a in enumerate(boxes):
        assert a[1] <= PAGE
        assert not any(overlap(a, b) for b in boxes[:i])


@given(st.lists(st.tuples(st.floats(0.1, 6), st.floats(0.1, 3)), min_size=1, max_size=9))
def test_panels_are_placed_apart_and_within_the_room(sizes):
    places = zip(_placed(sizes, 6.5), sizes, strict=True)
    boxes = [(x, x + w, y, y + h) for (x, y), (w, h) in places]
    for i, a in enumerate(boxes):
        assert a[1] <= 6.5
        assert not any(overlap(a, b) for b in boxes[:i])


def test_row_and_column_labels_stand_by_their_cells():
    figure = draw.matrix(np.eye(2), ["y1", "y2"], ["x1", "x2"])
    place = {text.get_text(): text.get_position() for text in texts(figure)}
    left, right, bottom, top = figure.axes[0].images[0].get_extent()
    assert place["y1"] == pytest.approx((left - 0.05, top - (top - bottom) / 4))
    assert place["y2"][1] < place["y1"][1]
    assert place["x1"] == pytest.approx((left + (right - left) / 4, top + 0.05))
    assert place["x2"][0] > place["x1"][0]


def test_what_rows_and_columns_are_stands_beside_and_above():
    figure = draw.matrix(np.eye(2), "ab", "cd", xlabel="said", ylabel="true class")
    cells = figure.axes[0].images[0].get_window_extent()
    box = {text.get_text(): text.get_window_extent() for text in texts(figure)}
    assert box["said"].y0 > box["c"].y1 > cells.y1
    assert box["true class"].x1 < box["a"].x0 < cells.x0


def test_a_matrix_too_wide_for_its_numbers_has_a_bar_of_colours_instead():
    figure = draw.matrix(RNG.normal(size=(9, 40)))
    assert not numbers(figure)
    assert len(figure.axes) == 2
    assert figure.axes[0].images[0].get_extent()[1] <= PAGE


def test_numbers_are_left_out_where_nothing_is_to_be_written():
    assert not numbers(draw.matrix(JACOBIAN, numbers=""))


def test_the_format_of_the_numbers_can_be_chosen():
    assert [t.get_text() for t in numbers(draw.matrix([[0.5, -0.25]], numbers=".3f"))] == [
        "0.500",
        "-0.250",
    ]


@given(st.lists(st.floats(-1e5, 1e5, allow_subnormal=False), min_size=1, max_size=9))
def test_a_written_number_is_right_to_three_digits_of_the_largest(values):
    values = np.array(values)
    style = _number_format(values)
    most = np.abs(values).max()
    for value in values:
        assert abs(float(format(value, style)) - value) <= max(0.5e-2 * most, 0.05 * abs(value))
        assert format(value, style).strip("0.") != "-"  # no minus before a zero


@pytest.mark.parametrize(
    ("value", "written"),
    [(0.2537, "0.254"), (2.537, "2.54"), (25.37, "25.4"), (253.7, "254"), (2537.1, "2537"),
     (0.25, "0.25"), (3.0, "3"), (2.5e-4, "2.5e-04"), (-0.0, "0")],
)  # fmt: skip
def test_a_number_in_a_matrix_has_three_digits_and_none_that_says_nothing(value, written):
    assert [t.get_text() for t in numbers(draw.matrix([[value]]))] == [written]


def test_a_matrix_of_zeros_can_be_drawn():
    assert [t.get_text() for t in numbers(draw.matrix(np.zeros((1, 2))))] == ["0", "0"]


def test_a_matrix_may_live_on_the_device(monkeypatch):
    install(monkeypatch)
    assert len(numbers(draw.matrix(DeviceArray(np.eye(2))))) == 4


WRONG = {
    r"matrix\(values\): expected numbers \(rows, columns\), or panels, got none": lambda: (
        draw.matrix()
    ),
    r'matrix\(panels\): expected panels such as \{"by the rule": J\}, got none': lambda: (
        draw.matrix(panels={})
    ),
    r"matrix\(values\): expected shape \(rows, columns\), got \(3,\)\. .*row\[None\]": lambda: (
        draw.matrix([1, 2, 3])
    ),
    r"matrix\('J'\): expected finite numbers, got nan at index \(0, 1\)": lambda: draw.matrix(
        panels={"J": [[1, np.nan]]}
    ),
    r"matrix\(row_labels\): expected 1, one for each row, got 2": lambda: draw.matrix(
        [[1, 2]], ["a", "b"]
    ),
    r"matrix\(column_labels\): expected 2, one for each column, got 1": lambda: draw.matrix(
        [[1, 2]], column_labels=["a"]
    ),
    r"matrix\(limit\): expected a number above 0, got -1": lambda: draw.matrix([[1]], limit=-1),
}


@pytest.mark.parametrize("message", WRONG)
def test_a_wrong_matrix_is_named_with_its_remedy(message):
    with pytest.raises(ValueError, match=message):
        WRONG[message]()


def test_names_of_narrow_panels_keep_apart():
    column = np.ones((2, 1))
    figure = draw.matrix(panels={f"a name of panel {i}": column for i in range(4)})
    boxes = [text.get_window_extent() for text in texts(figure) if "panel" in text.get_text()]
    sides = [(box.x0, box.x1, box.y0, box.y1) for box in boxes]
    assert len(sides) == 4
    assert not any(overlap(a, b) for i, a in enumerate(sides) for b in sides[:i])


def test_ten_pictures_without_numbers_stand_in_two_rows_of_five():
    panels = {str(i): RNG.normal(size=(8, 8)) for i in range(10)}
    figure = draw.matrix(panels=panels, numbers="")
    corners = [image.get_extent()[::3] for image in figure.axes[0].images]
    assert len({round(top, 3) for _, top in corners}) == 2
    assert len({round(left, 3) for left, _ in corners}) == 5
