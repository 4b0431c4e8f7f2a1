"""The figures: nothing overlaps or is cut off, all reads in grey, bad input is named."""

import io
import itertools
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.text import Text

from scratchgen import draw
from scratchgen.draw.images import _GAP, _mosaic
from scratchgen.draw.layered import HEAD, columns_of
from scratchgen.draw.lines import _spread
from scratchgen.draw.page import COLOURS, wrapped
from tests.fake_cupy import DeviceArray, install

RNG = np.random.default_rng(0)
CAPTION = (
    "Notice the soft strokes: the decoder answers a doubt between two digits by their mean, "
    "so that blur is honest: $p(x \\mid z)$."
)
PAGE = {"title": "A title of some length, " * 3, "caption": CAPTION}
CLASSES = ["T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Bag", "Boot"]


def images(n):
    return RNG.random((n, 64))


def falling(n, level=1.0):
    return level + np.exp(-np.arange(n) / 20) + RNG.normal(0, 0.02, n)


def saddle(xy):
    return xy[:, 0] * xy[:, 1]


# A graph of twenty nodes: each is made of two of the seven before it, or twice of one.
CROWD = [(int(RNG.integers(max(0, i - 7), i)), i) for i in range(3, 20) for _ in range(2)]
NEURON = {
    "labels": {"w": "w = 2", "x": "x = -1", "p": "p = wx = -2", "y": "y = tanh(p + w) = 0"},
    "edges": [("w", "p"), ("x", "p"), ("p", "y"), ("w", "y")],
}

EXAMPLES = {
    "one image": lambda: draw.image_grid(images(1), **PAGE),
    "no words at all": lambda: draw.image_grid(images(4)),
    "a big grid": lambda: draw.image_grid(
        images(400), columns=40, row_labels=[f"row {i}" for i in range(10)], **PAGE
    ),
    "wide column labels": lambda: draw.image_grid(
        images(18), columns=9, column_labels=CLASSES, **PAGE
    ),
    "rows": lambda: draw.image_rows({"data": images(5), "reconstruction": images(5)}, **PAGE),
    "walks": lambda: draw.interpolations(
        RNG.random((3, 7, 64)), ends=[("a boot", "a bag")] * 3, **PAGE
    ),
    "two curves": lambda: draw.curves({"D": falling(99), "G": falling(99)}, ylabel="nats", **PAGE),
    "ten curves": lambda: draw.curves(
        {f"z = {i}": falling(99) for i in range(10)}, levels={"bound": 1}, log=True, **PAGE
    ),
    "thirty curves": lambda: draw.curves({f"run {i}": falling(9) for i in range(30)}, **PAGE),
    "panels": lambda: draw.curves(
        panels={name: {"train": falling(50), "test": falling(50)} for name in "ABC"},
        levels={"B": {"target": 1.5}},
        **PAGE,
    ),
    "a fit over time": lambda: draw.curves(
        {f"step {i}": falling(9, i) for i in range(6)},
        dots={"shown": (np.arange(9), falling(9))},
        in_order=[f"step {i}" for i in range(5)],
        **PAGE,
    ),
    "narrow panels": lambda: draw.curves(
        panels={
            f"slopes of {name}": {f"{name}, by differences from the right": np.linspace(-1, 1, 9)}
            for name in ("relu", "tanh")
        },
        x=np.linspace(-0.6, 0.6, 9),
        **PAGE,
    ),
    "one epoch": lambda: draw.curves({"loss": [1.0]}, **PAGE),
    "latent digits": lambda: draw.latent_map(
        RNG.normal(size=(200, 2)), np.arange(200) % 10, **PAGE
    ),
    "latent names": lambda: draw.latent_map(
        RNG.normal(size=(200, 2)), np.arange(200) % 9, class_names=CLASSES, **PAGE
    ),
    "points": lambda: draw.points(
        RNG.normal(size=(50, 2)), [[0, 0], [1, 1]], data=RNG.normal(size=(90, 2)), **PAGE
    ),
    "points by step": lambda: draw.points(
        RNG.normal(size=(50, 2)), [[0, 0]], colour=np.arange(50), colour_label="step", **PAGE
    ),
    "points by class": lambda: draw.points(
        RNG.normal(size=(90, 2)), colour=np.array(CLASSES)[np.arange(90) % 9], **PAGE
    ),
    "clouds": lambda: draw.points(
        panels={f"after {n} steps": RNG.normal(size=(n, 2)) for n in range(1, 8)},
        data=RNG.normal(size=(90, 2)),
        **PAGE,
    ),
    "a logit": lambda: draw.surface(
        saddle,
        (-2, 2),
        (-2, 2),
        samples=RNG.normal(size=(9, 2)),
        data=np.eye(2),
        arrows=(RNG.normal(size=(9, 2)), RNG.normal(size=(9, 2))),
        marks={"the saddle": (0, 0), "a corner": (1.9, 1.9)},
        **PAGE,
    ),
    "surface": lambda: draw.surface(
        saddle, (-2, 2), (-1, 1), arrows=(np.eye(2), np.eye(2)), data=np.eye(2), **PAGE
    ),
    "paths": lambda: draw.surface(
        saddle, (-2, 2), (-2, 2), paths={f"optimiser {i}": np.eye(2) * i for i in range(4)}, **PAGE
    ),
    "flat surface": lambda: draw.surface(lambda xy: 0.5 + 0 * xy[:, :1], (0, 1), (0, 1), **PAGE),
    "bars": lambda: draw.bars({str(i): 90 + i for i in range(10)}, reference=100, **PAGE),
    "long bars": lambda: draw.bars({f"a {name} of wool": 7 for name in CLASSES}, **PAGE),
    "matrix": lambda: draw.matrix(
        RNG.integers(0, 99, (9, 9)), CLASSES, CLASSES, xlabel="said", ylabel="true class", **PAGE
    ),
    "matrices": lambda: draw.matrix(
        panels={f"find {n}": RNG.normal(size=(n, n)) for n in range(1, 8)}, **PAGE
    ),
    "labelled matrices": lambda: draw.matrix(
        None, "ab", ["a column", "b"], panels={"one": np.eye(2), "other": -np.eye(2)}, **PAGE
    ),
    "a matrix too wide for numbers": lambda: draw.matrix(RNG.normal(size=(20, 60)), **PAGE),
    "network": lambda: draw.network(
        "x -> [encoder] -> mean, log_var -> z -> [decoder] -> logits\nnoise -> z",
        sizes={"x": 784, "encoder": (784, 400, 400), "z": 20, "noise": 20, "logits": "784 of them"},
        **PAGE,
    ),
    "a long network": lambda: draw.network(
        "a, b -> [one] -> c -> [two] -> d -> [three] -> e -> [four] -> f\na -> [four]",
        sizes=dict.fromkeys(("one", "two", "three", "four"), (784, 256, 128, 64)),
        **PAGE,
    ),
    "graph": lambda: draw.graph(
        **NEURON, notes={"w": "0", "y": "1"}, edge_labels=["-1", "2", "", "1"], marked=["w"], **PAGE
    ),
    "crowded graph": lambda: draw.graph(
        {i: f"node {i}" + "\nof two lines" * (i % 3) for i in range(20)},
        CROWD,
        notes={i: f"slope {i / 7:.3f}" for i in range(0, 20, 2)},
        edge_labels=[f"{a} to {b}" for a, b in CROWD],
        **PAGE,
    ),
    "a graph and its way back": lambda: draw.graph(
        **NEURON, edge_labels=["-1", "2", "", "1"], back=["-1", "", "3", "1"], **PAGE
    ),
    "a graph of one node": lambda: draw.graph({"x": "x = 1"}, [], **PAGE),
}


@pytest.fixture(params=EXAMPLES, scope="module")
def figure(request):
    return EXAMPLES[request.param]()


def extent(text):
    return Text.get_window_extent(text)  # an Annotation's own would count its leader line


def words(figure):
    """Every text that is drawn, but for the ticks."""
    found = list(figure.texts)
    for axes in figure.axes:
        legend = axes.get_legend()
        found += [*axes.texts, axes.xaxis.label, axes.yaxis.label, axes._left_title]
        found += legend.get_texts() if legend else []
    return [text for text in found if text.get_text().strip()]


def png(figure):
    buffer = io.BytesIO()
    fast = {"compress_level": 1}
    figure.savefig(buffer, format="png", metadata={"Software": None}, pil_kwargs=fast)
    return buffer.getvalue()


def lightness(colour):
    """L* of CIELAB, 0 to 100: what is left of a colour in a grey print."""
    from matplotlib.colors import to_rgb

    c = np.array(to_rgb(colour))
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    return 116 * np.cbrt(linear @ [0.2126, 0.7152, 0.0722]) - 16


# ---- the page ------------------------------------------------------------------------------------


def test_no_text_leaves_the_figure(figure):
    x0, y0, x1, y1 = figure.bbox.extents
    for text in words(figure):
        box = extent(text)
        inside = box.x0 >= x0 and box.y0 >= y0 and box.x1 <= x1 and box.y1 <= y1
        assert inside, (text.get_text(), box, figure.bbox)


def test_no_two_texts_overlap(figure):
    for a, b in itertools.combinations(words(figure), 2):
        one, other = extent(a), extent(b)
        apart = min(one.x1, other.x1) - max(one.x0, other.x0) <= 1
        apart |= min(one.y1, other.y1) - max(one.y0, other.y0) <= 1
        assert apart, (a.get_text(), b.get_text())


def test_the_numbers_along_an_axis_do_not_touch(figure):
    figure.draw_without_rendering()  # ticks are placed while drawing
    for axes in figure.axes:
        boxes = [label.get_window_extent() for label in axes.get_xticklabels()]
        boxes = sorted((b for b in boxes if b.width > 1), key=lambda b: b.x0)
        if axes.axison and boxes[1:] and axes.get_xticklabels()[0].get_rotation() == 0:
            gaps = [b.x0 - a.x1 for a, b in itertools.pairwise(boxes)]
            assert min(gaps) > 8, axes.get_title(loc="left")  # dots, of which 200 are an inch


def test_title_and_caption_keep_clear_of_the_axes(figure):
    title, caption = figure.texts
    for axes in figure.axes:
        body = axes.get_tightbbox()
        if body is not None:
            assert not title.get_text() or extent(title).y0 > body.y1
            assert not caption.get_text() or extent(caption).y1 < body.y0


def test_the_axes_stay_inside_the_figure(figure):
    for axes in figure.axes:
        body = axes.get_tightbbox()
        if body is not None:
            assert body.x0 >= 0
            assert body.x1 <= figure.bbox.x1 + 1, (body, figure.bbox)


def test_saving_a_figure_twice_gives_the_same_bytes(figure):
    assert png(figure) == png(figure)


@pytest.mark.parametrize("name", ["two curves", "latent names", "walks"])
def test_the_same_input_gives_the_same_bytes(name, monkeypatch):
    drawn = []
    for _ in range(2):
        monkeypatch.setitem(globals(), "RNG", np.random.default_rng(1))
        drawn.append(png(EXAMPLES[name]()))
    assert drawn[0] == drawn[1]


def test_the_users_own_settings_change_nothing():
    import matplotlib

    values = {"loss": np.linspace(2, 1, 9)}
    plain = png(draw.curves(values))
    with matplotlib.rc_context({"axes.grid": True, "font.family": "serif", "figure.dpi": 50}):
        assert png(draw.curves(values)) == plain


def test_drawing_changes_no_global_setting():
    import matplotlib

    before = matplotlib.rcParams.copy()
    draw.curves({"loss": [2.0, 1.0]})
    assert matplotlib.rcParams.copy() == before


def test_drawing_never_imports_pyplot_and_importing_never_imports_matplotlib(tmp_path):
    program = (
        "import sys; from scratchgen import draw; assert 'matplotlib' not in sys.modules; "
        f"draw.save(draw.curves({{'a': [1.0, 2.0]}}), r'{tmp_path / 'a.png'}'); "
        "assert 'matplotlib.figure' in sys.modules and 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_long_caption_makes_the_figure_taller_and_no_wider():
    short, long = (draw.points([[0.0, 1.0]], caption=CAPTION * n) for n in (1, 4))
    assert long.get_size_inches()[1] > short.get_size_inches()[1] + 0.5
    assert long.get_size_inches()[0] == short.get_size_inches()[0]


def test_wrapping_keeps_a_formula_in_one_piece():
    lines = wrapped("We see that $a + b + c + d$ holds", 0.7, size=8).split("\n")
    assert "$a + b + c + d$" in lines


# ---- colours -------------------------------------------------------------------------------------


def test_lines_of_one_dash_differ_in_grey():
    for first in (0, 5):
        shades = sorted(lightness(c) for c in COLOURS[first : first + 5])
        assert min(np.diff(shades)) > 8


def test_twenty_curves_all_look_different():
    figure = draw.curves({f"run {i}": [1.0, i] for i in range(20)})
    looks = {(line.get_color(), line.get_linestyle()) for line in figure.axes[0].lines}
    assert len(looks) == 20


def test_data_samples_and_centres_differ_in_grey():
    axes = draw.points([[0, 0]], [[1, 1]], data=[[2, 2]]).axes[0]
    inks = [[*c.get_facecolor(), *c.get_edgecolor()][0] for c in axes.collections]
    shades = sorted(lightness(ink[:3]) for ink in inks)
    assert min(np.diff(shades)) > 15


def test_labels_on_lines_are_darker_than_the_lines():
    label = draw.curves({str(i): [i] for i in range(5)}).axes[0].texts[4]
    assert lightness(label.get_color()) < lightness(COLOURS[4]) - 10


# ---- what is drawn -------------------------------------------------------------------------------


def test_the_mosaic_holds_every_pixel_of_every_image():
    tiles = RNG.random((5, 3, 2))
    canvas = _mosaic(tiles, columns=3, scale=4, gap=_GAP)
    down, across = 3 * 4 + _GAP, 2 * 4 + _GAP
    for i, tile in enumerate(tiles):
        top, left = i // 3 * down + _GAP, i % 3 * across + _GAP
        assert (canvas[top : top + 12 : 4, left : left + 8 : 4] == tile).all()
    assert canvas[0, 0] == canvas[-1, -1] == 0.6


@pytest.mark.parametrize("labels", [None, ["first", "second"]])
def test_each_pixel_of_the_mosaic_is_one_dot_of_the_file(labels):
    figure = draw.image_grid(images(8), columns=4, row_labels=labels, title="T", caption="C")
    shown, place = figure.axes[0].images[0].get_array(), figure.axes[0].get_window_extent()
    assert np.allclose(place.extents, np.round(place.extents), atol=1e-6)
    assert np.allclose((place.height, place.width), shown.shape, atol=1e-6)


def test_value_range_says_what_is_black_and_white():
    x = np.linspace(-2, 2, 64)[None]
    shown = draw.image_grid(x, value_range=(-1, 1)).axes[0].images[0].get_array()
    assert shown.min() == 0
    assert shown.max() == 1


def test_images_need_not_be_square():
    stacked, flat = RNG.random((2, 4, 6)), RNG.random((2, 24))
    assert draw.image_grid(stacked).axes[0].images[0].get_array().shape[0] > 0
    assert draw.image_grid(flat, (4, 6)).axes[0].images[0].get_array().shape[0] > 0


def test_arrays_come_from_the_device_too(monkeypatch):
    install(monkeypatch)
    draw.image_rows({"data": DeviceArray(images(3))})
    draw.interpolations([DeviceArray(RNG.random((3, 64)))])
    draw.curves({"loss": [DeviceArray(np.array(2.0)), DeviceArray(np.array(1.0))]})
    draw.latent_map(DeviceArray(np.eye(2)), DeviceArray(np.arange(2)))
    draw.surface(lambda xy: DeviceArray(saddle(xy)), (0, 1), (0, 1))


def test_steps_are_counted_in_whole_numbers():
    ticks = draw.curves({"loss": [3.0, 2.0, 1.0]}).axes[0].get_xticks()
    assert (ticks == np.round(ticks)).all()


def test_labels_are_moved_no_more_than_they_need():
    wanted = np.array([0.5, 0.1, 0.52, 0.9])
    places = _spread(wanted, gap=0.1)
    assert np.allclose(places, [0.46, 0.1, 0.56, 0.9])


def test_crowded_labels_keep_their_gap_their_order_and_the_page():
    wanted = RNG.random(9) * 0.1 + 0.95
    places = _spread(wanted, gap=0.1)
    assert np.diff(np.sort(places)).min() > 0.1 - 1e-9
    assert (np.argsort(places) == np.argsort(wanted)).all()
    assert places.min() >= 0
    assert places.max() <= 1


def test_leader_lines_end_before_the_labels():
    for label in EXAMPLES["ten curves"]().axes[0].texts:
        assert label.arrow_patch.get_window_extent().x1 <= extent(label).x0 + 1


def test_lines_in_the_order_of_time_go_from_pale_to_dark():
    times = [f"step {i}" for i in range(6)]
    axes = draw.curves({"truth": [1.0], **{t: [1.0] for t in times}}, in_order=times).axes[0]
    truth, *lines = [line.get_color() for line in axes.lines]
    assert (np.diff([lightness(colour) for colour in lines]) < 0).all()
    assert truth not in lines


def test_dots_are_drawn_where_they_are():
    x, y = RNG.random((2, 5))
    axes = draw.curves({"net": [0.0, 1.0]}, [0, 1], dots={"shown": (x, y)}).axes[0]
    assert np.allclose(axes.lines[-1].get_xydata().T, (x, y))
    assert axes.lines[-1].get_linestyle() == "None"
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["shown"]


def test_no_text_is_smaller_than_eight_points(figure):
    for text in figure.findobj(Text):
        assert not text.get_text().strip() or text.get_fontsize() >= 8, text


def test_few_images_are_drawn_larger_and_none_is_smaller_than_its_pixels():
    sizes = [
        draw.image_grid(np.ones((n, 784)), columns=n).axes[0].images[0].get_array().shape[0]
        for n in (1, 5, 10, 20, 40, 60)
    ]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] >= 224  # eight dots a pixel
    assert sizes[-1] >= 28


def test_a_level_is_drawn_at_its_height():
    axes = draw.curves({"KL": [3.0, 4.0]}, levels={"target": 5.0}).axes[0]
    assert set(axes.lines[1].get_ydata()) == {5.0}
    assert axes.get_ylim()[0] < 3 < 5 < axes.get_ylim()[1]


def test_each_class_is_named_on_one_of_its_members():
    z, labels = RNG.normal(size=(60, 2)), np.arange(60) % 3
    for text in draw.latent_map(z, labels).axes[0].texts:
        members = z[labels == int(text.get_text())]
        assert (members == text.get_position()).all(axis=1).any()


def test_collapsed_codes_can_still_be_drawn():
    draw.latent_map(np.zeros((20, 2)), np.arange(20) % 10)


def test_arrows_start_at_their_points():
    tails, vectors = RNG.random((4, 2)), RNG.random((4, 2))
    axes = draw.surface(saddle, (0, 1), (0, 1), arrows=(tails, vectors)).axes[0]
    (quiver,) = (c for c in axes.collections if hasattr(c, "U"))
    assert np.allclose(quiver.XY, tails)
    assert np.allclose(quiver.V, vectors[:, 1])


def test_paths_are_drawn_from_a_square_to_their_own_ends():
    walks = {"SGD": RNG.random((5, 2)), "Adam": RNG.random((200, 2))}
    axes = draw.surface(saddle, (0, 1), (0, 1), paths=walks).axes[0]
    sgd, sgd_end, adam, adam_end, start = (line.get_xydata() for line in axes.lines)
    assert np.allclose(sgd, walks["SGD"])
    assert np.allclose(adam, walks["Adam"])
    assert np.allclose([sgd_end[0], adam_end[0]], [walk[-1] for walk in walks.values()])
    assert np.allclose(start, walks["Adam"][0])


def test_paths_differ_in_their_dashes():
    lines = EXAMPLES["paths"]().axes[0].get_legend().get_lines()
    assert len({line.get_linestyle() for line in lines}) == 4


# ---- graphs --------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["graph", "crowded graph"])
def graph(request):
    """The axes of a graph's figure, and its boxes and arrows, in inches."""
    axes = EXAMPLES[request.param]().axes[0]
    boxes = [p for p in axes.patches if isinstance(p, FancyBboxPatch)]
    return axes, boxes, [p for p in axes.patches if isinstance(p, FancyArrowPatch)]


def corners(box):
    """Left, right, bottom and top."""
    x, y = box.get_x(), box.get_y()
    return x, x + box.get_width(), y, y + box.get_height()


def test_no_two_boxes_of_a_graph_overlap(graph):
    for a, b in itertools.combinations(map(corners, graph[1]), 2):
        assert max(a[0], b[0]) > min(a[1], b[1]) or max(a[2], b[2]) > min(a[3], b[3])


def test_every_word_of_a_box_stands_inside_it(graph):
    axes, boxes, _ = graph
    at_edges = {text for text in axes.texts if text.get_horizontalalignment() == "right"}
    rooms = [box.get_window_extent() for box in boxes]
    for text in set(axes.texts) - at_edges:
        word = extent(text)
        assert any(r.x0 < word.x0 and word.x1 < r.x1 and r.y0 < word.y0 and word.y1 < r.y1
                   for r in rooms), text.get_text()  # fmt: skip


def test_no_arrow_of_a_graph_runs_through_a_box(graph):
    _, boxes, arrows = graph
    rooms = [corners(box) for box in boxes]
    for arrow in arrows:
        x, y = arrow._path_original.to_polygons(closed_only=False)[0].T
        for left, right, bottom, top in rooms:
            inside = (x > left + 0.01) & (x < right - 0.01) & (y > bottom) & (y < top)
            assert not inside.any()


def test_arrows_of_a_graph_lead_right_and_none_ends_on_another(graph):
    ends = [tuple(arrow._path_original.vertices[-1].round(3)) for arrow in graph[2]]
    starts = [tuple(arrow._path_original.vertices[0].round(3)) for arrow in graph[2]]
    assert len(set(ends)) == len(set(starts)) == len(ends)
    assert all(start[0] < end[0] for start, end in zip(starts, ends, strict=True))


def test_a_word_on_an_edge_stands_before_the_head_of_its_own_arrow():
    axes = draw.graph(**NEURON, edge_labels=["by w", "", "by p", "again"]).axes[0]
    arrows = [p for p in axes.patches if isinstance(p, FancyArrowPatch)]
    words = {text.get_text(): text.get_position() for text in axes.texts}
    for word, arrow in zip(["by w", "", "by p", "again"], arrows, strict=True):
        x, y = arrow._path_original.vertices[-1]
        assert not word or words[word] == pytest.approx((x - HEAD, y))


def test_an_arrow_leads_from_its_own_box_to_its_own_box():
    axes = draw.graph(**NEURON).axes[0]
    boxes = [p for p in axes.patches if isinstance(p, FancyBboxPatch)]
    rooms = dict(zip(NEURON["labels"], map(corners, boxes), strict=True))
    arrows = [p for p in axes.patches if isinstance(p, FancyArrowPatch)]
    for (a, b), arrow in zip(NEURON["edges"], arrows, strict=True):
        (x0, y0), (x1, y1) = arrow._path_original.vertices[[0, -1]]
        assert x0 == pytest.approx(rooms[a][1])
        assert x1 == pytest.approx(rooms[b][0])
        assert rooms[a][2] < y0 < rooms[a][3]
        assert rooms[b][2] < y1 < rooms[b][3]


def test_a_return_leads_beside_its_edge_from_head_to_tail_and_never_crosses_it():
    axes = draw.graph(**NEURON, edge_labels=["up", "2", "", "1"], back=["6", "", "3", "1"]).axes[0]
    arrows = [p for p in axes.patches if isinstance(p, FancyArrowPatch)]
    words = {text.get_text(): text.get_position() for text in axes.texts}
    assert len(arrows) == len(NEURON["edges"]) + 3
    for there, back, word in zip((0, 2, 3), arrows[4:], "631", strict=True):
        (x0, y0), (x1, y1) = back._path_original.vertices[[0, -1]]
        (u0, v0), (u1, v1) = arrows[there]._path_original.vertices[[0, -1]]
        assert (x0, x1) == pytest.approx((u0, u1))  # it is drawn from its head, on the left
        assert (y0 > v0) == (y1 > v1) != (v1 > v0)
        assert words[word] == pytest.approx((x0 + HEAD, y0)) or word == "1"


def test_a_return_for_each_edge_is_asked_for():
    with pytest.raises(ValueError, match=r"graph\(back\): expected 4, one for each edge, got 2"):
        draw.graph(**NEURON, back=["1", "2"])


def test_a_leaf_stands_just_before_its_first_use():
    assert columns_of("graph", "abcd", [(0, 2), (2, 3), (1, 3)]) == [0, 1, 1, 2]


def test_a_node_used_twice_by_another_has_two_arrows_to_it():
    figure = draw.graph({"x": "x = 3", "y": "y = xx = 9"}, [("x", "y"), ("x", "y")])
    arrows = [p for p in figure.axes[0].patches if isinstance(p, FancyArrowPatch)]
    assert len(arrows) == 2


def test_neighbours_in_a_graph_do_not_cross_where_they_need_not():
    labels = {name: name for name in "abcdpqr"}
    axes = draw.graph(labels, [("a", "q"), ("b", "p"), ("p", "r"), ("q", "r")]).axes[0]
    y = {text.get_text(): text.get_position()[1] for text in axes.texts}
    assert (y["a"] - y["b"]) * (y["q"] - y["p"]) > 0


def test_a_marked_node_and_a_leaf_are_known_without_colour():
    w, x, p, _ = (p for p in EXAMPLES["graph"]().axes[0].patches if isinstance(p, FancyBboxPatch))
    assert w.get_linewidth() > 2 * x.get_linewidth()
    assert x.get_boxstyle().rounding_size > 2 * p.get_boxstyle().rounding_size


def test_any_hashable_may_be_a_node_of_a_graph():
    nodes = (0, 1), object(), frozenset()
    figure = draw.graph(dict.fromkeys(nodes, "node"), [(nodes[0], nodes[1]), (nodes[0], nodes[2])])
    assert len(figure.axes[0].texts) == 3


# ---- to disk -------------------------------------------------------------------------------------


@pytest.fixture
def small():
    return draw.curves({"loss": [2.0, 1.0]})


def test_save_makes_the_folder_and_returns_the_path(small, tmp_path):
    path = draw.save(small, tmp_path / "new" / "loss.png")
    assert path.read_bytes().startswith(b"\x89PNG")
    assert [p.name for p in path.parent.iterdir()] == ["loss.png"]


def test_a_saved_file_holds_no_date_and_no_version(small, tmp_path):
    data = draw.save(small, tmp_path / "loss.png").read_bytes()
    assert b"matplotlib" not in data
    assert b"tEXt" not in data
    assert b"tIME" not in data


def test_a_saved_file_can_be_read_by_others(small, tmp_path):
    (tmp_path / "plain").touch()
    path = draw.save(small, tmp_path / "loss.png")
    assert path.stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_an_interrupted_save_leaves_the_old_file_and_no_other(small, tmp_path, monkeypatch):
    path = tmp_path / "loss.png"
    path.write_bytes(b"old")
    whole = Path.write_bytes

    def interrupted(path, content):
        whole(path, content[:9])
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_bytes", interrupted)
    with pytest.raises(KeyboardInterrupt):
        draw.save(small, path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_save_overwrites_only_if_it_may(small, tmp_path):
    path = tmp_path / "loss.png"
    path.write_bytes(b"a person's own")
    with pytest.raises(FileExistsError, match=r"loss\.png exists.*overwrite=True"):
        draw.save(small, path, overwrite=False)
    assert path.read_bytes() == b"a person's own"
    assert draw.save(small, path).read_bytes() != b"a person's own"


# ---- errors: where, expected, got, and what to do ------------------------------------------------

NAN = np.array([1.0, np.nan])
WRONG = {
    r"image_grid\(images\): expected D to be a square number, got 60 pixels each\. Say how they "
    r"fold: image_shape=\(h, w\) with h \* w = 60": lambda: draw.image_grid(np.ones((3, 60))),
    r"image_grid\(images\): expected images of shape \(8, 7\), got 64 pixels": lambda: (
        draw.image_grid(images(2), (8, 7))
    ),
    r"image_grid\(images\): expected shape \(N, D\), got \(64,\)\. .*image\[None\]": lambda: (
        draw.image_grid(images(1)[0])
    ),
    r"image_grid\(images\): expected shape \(N, D\), got \(0, 64\)": lambda: (
        draw.image_grid(images(0))
    ),
    r"image_grid\(row_labels\): expected 2, one for each row, got 3": lambda: (
        draw.image_grid(images(4), row_labels=["a", "b", "c"])
    ),
    r"image_grid\(column_labels\): expected 2, one for each column, got 1": lambda: (
        draw.image_grid(images(4), column_labels=["a"])
    ),
    r"image_grid\(images\): expected finite numbers, got nan at index \(0, 1\) \(1 of 4 are": (
        lambda: draw.image_grid([[1, np.nan, 0, 0]])
    ),
    r"image_grid\(columns\): expected 1 or more, got -2": lambda: (
        draw.image_grid(images(4), columns=-2)
    ),
    r"value_range: expected \(low, high\) with low < high, got \(1, 0\)": lambda: (
        draw.image_grid(images(4), value_range=(1, 0))
    ),
    r"image_rows: expected rows such as .*, got none": lambda: draw.image_rows({}),
    r"image_rows\('model'\): expected 4, one for each image of the first row, got 3": lambda: (
        draw.image_rows({"data": images(4), "model": images(3)})
    ),
    r"image_rows\('model'\): expected images of shape \(8, 8\), like the first row, got \(4, 4\)": (
        lambda: draw.image_rows({"data": images(4), "model": np.ones((4, 16))})
    ),
    r"interpolations\(rows\): expected shape \(R, steps, D\).*got \(5, 64\)\. .*walk\[None\]": (
        lambda: draw.interpolations(images(5))
    ),
    r"interpolations\(ends\): expected 2, one for each row, got 1": lambda: (
        draw.interpolations(RNG.random((2, 3, 64)), ends=[("a", "b")])
    ),
    r"curves: expected lines such as .*, got none": lambda: draw.curves({}),
    r"curves\('loss'\): expected shape \(N,\), got \(0,\)": lambda: draw.curves({"loss": []}),
    r"curves\('loss'\): expected finite numbers, got nan at index \(1,\)": lambda: (
        draw.curves({"loss": NAN})
    ),
    r"curves\('loss'\): expected values > 0 for log=True, got -1": lambda: (
        draw.curves({"loss": [1, -1]}, log=True)
    ),
    r"curves\('loss'\): expected 3, one for each value of x, got 2": lambda: (
        draw.curves({"loss": [1, 2]}, [1, 2, 3])
    ),
    r"curves\(levels\): expected a dict for one of the panels \['KL'\], got \{'goal': 1\}": (
        lambda: draw.curves(panels={"KL": {"train": [1]}}, levels={"goal": 1})
    ),
    r"curves\(in_order\): expected names of lines, got \['step 1'\]": lambda: (
        draw.curves({"loss": [1.0]}, in_order=["step 1"])
    ),
    r"curves\(dots\): expected no panels besides": lambda: (
        draw.curves(panels={"a": {"loss": [1.0]}}, dots={"data": ([1], [1])})
    ),
    r"curves\(dots\['data'\]\): expected y > 0 for log=True, got 0": lambda: (
        draw.curves({"loss": [1.0]}, dots={"data": ([1], [0])}, log=True)
    ),
    r"curves\(dots\['data'\]\): expected shape \(2,\), got \(3,\)": lambda: (
        draw.curves({"loss": [1.0]}, dots={"data": ([1, 2], [1, 2, 3])})
    ),
    r"latent_map\(z\): expected shape \(N, 2\), got \(4, 3\)\. .*z\[:, :2\]": lambda: (
        draw.latent_map(np.ones((4, 3)), [0] * 4)
    ),
    r"latent_map\(labels\): expected shape \(4,\), got \(3,\)\. Give one label for each": lambda: (
        draw.latent_map(np.ones((4, 2)), [0] * 3)
    ),
    r"latent_map\(labels\): expected whole numbers from 0 to 1, got values from 0 to 2": lambda: (
        draw.latent_map(np.ones((2, 2)), [0, 2], class_names=["cat", "dog"])
    ),
    r"points\(samples\): expected shape \(N, 2\), got \(5, 3\)": lambda: (
        draw.points(np.ones((5, 3)))
    ),
    r"points\(centres\): expected finite numbers, got inf": lambda: (
        draw.points([[0, 0]], [[0, np.inf]])
    ),
    r"surface\(f\): expected shape \(25,\), got \(50,\)": lambda: (
        draw.surface(lambda xy: xy, (0, 1), (0, 1), resolution=5)
    ),
    r"surface\(arrows\[1\]\): expected shape \(2, 2\), got \(3, 2\)": lambda: (
        draw.surface(saddle, (0, 1), (0, 1), arrows=(np.eye(2), np.ones((3, 2))))
    ),
    r"surface\(paths\['SGD'\]\): expected shape \(steps, 2\), got \(3,\)": lambda: (
        draw.surface(saddle, (0, 1), (0, 1), paths={"SGD": np.ones(3)})
    ),
    r"surface: expected xlim and ylim as \(low, high\) with low < high, got \(1, 0\) and": (
        lambda: draw.surface(saddle, (1, 0), (0, 1))
    ),
    r"bars\(counts\): expected shape \(classes,\), got \(0,\)": lambda: draw.bars({}),
    r'graph\(labels\): expected nodes such as \{"x": "x = 3"\}, got none': lambda: (
        draw.graph({}, [])
    ),
    r"graph: expected a label for 'z': labels\['z'\] = \.\.\.": lambda: (
        draw.graph({"x": "x = 3"}, [("x", "z")])
    ),
    r"graph: expected a label for 'z'": lambda: draw.graph({"x": "3"}, [], notes={"z": "slope"}),
    r"graph\(edge_labels\): expected 1, one for each edge, got 2": lambda: (
        draw.graph({"x": "x", "y": "y"}, [("x", "y")], edge_labels=["1", "2"])
    ),
    r"graph\(edges\): .* got a circle through '[xy] = 1'\. Turn one of its edges": lambda: (
        draw.graph({"x": "x = 1", "y": "y = 1"}, [("x", "y"), ("y", "x")])
    ),
    r"graph\(edges\): .* got a circle through 'x = 1'": lambda: (
        draw.graph({"x": "x = 1"}, [("x", "x")])
    ),
}


@pytest.mark.parametrize("message", WRONG)
def test_wrong_input_is_named_with_its_remedy(message):
    with pytest.raises(ValueError, match=message):
        WRONG[message]()


# Colour.


def test_images_in_colour_stand_in_a_mosaic_in_colour():
    red, green = np.zeros((2, 2, 3)), np.zeros((2, 2, 3))
    red[..., 0] = green[..., 1] = 1
    whole = draw.mosaic(np.stack([red, green]), columns=2)
    assert whole.shape == (4, 7, 3)
    np.testing.assert_array_equal(whole[1, 1], [1, 0, 0])
    np.testing.assert_array_equal(whole[1, 4], [0, 1, 0])
    flat = draw.mosaic(np.stack([red.ravel(), green.ravel()]), (2, 2, 3), columns=2)
    np.testing.assert_array_equal(flat, whole)


def test_a_grid_of_images_in_colour_is_drawn():
    figure = draw.image_grid(np.random.default_rng(0).random((6, 48)), (4, 4, 3), columns=3)
    assert figure.axes[0].images[0].get_array().shape[-1] == 3


def test_an_array_is_saved_pixel_by_pixel(tmp_path):
    from scratchgen import data

    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 3)).astype("uint8")
    for name, x in (("colour", pixels), ("grey", pixels[..., 0])):
        found = data.picture(draw.save(x / 255, tmp_path / f"{name}.png"))
        dots = len(found) // 5
        assert dots > 1
        np.testing.assert_array_equal((found[::dots, ::dots] * 255).round(), x)
    with pytest.raises(FileExistsError):
        draw.save(pixels, tmp_path / "grey.png", overwrite=False)
