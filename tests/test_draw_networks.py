"""Architectures drawn as boxes and arrows: what is read from the text, and where it stands."""

import itertools

import numpy as np
import pytest
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Polygon

from scratchgen import draw
from scratchgen.draw.networks import _read
from scratchgen.draw.page import COLOURS, PAGE

GAN = "z -> [G] -> fake -> [D] <- real"
VAE = "x -> [encoder] -> mean, log_var -> z -> [decoder] -> logits\nnoise -> z"
SIZES = {"x": 784, "encoder": (784, 400, 20), "mean": 20, "z": 20, "decoder": (20, 400, 784)}


def parts(figure, kind):
    return [patch for patch in figure.axes[0].patches if isinstance(patch, kind)]


def boxes(figure):
    """Each name's box, as its least and greatest corner, in the order of the names."""
    found = [p for p in figure.axes[0].patches if not isinstance(p, FancyArrowPatch)]
    corners = [p.get_path().get_extents(p.get_patch_transform()) for p in found]
    return [(c.min, c.max) for c in corners]


def named(figure, names):
    return dict(zip(names, boxes(figure), strict=True))


def ends(arrow):
    return arrow._path_original.vertices[[0, -1]]


# ---- what is read --------------------------------------------------------------------------------


def test_an_arrow_to_the_left_comes_from_the_right():
    assert _read("fake -> [D] <- real")[1] == [("fake", "D"), ("real", "D")]


def test_names_parted_by_commas_have_an_arrow_each():
    assert _read("a, b -> c, d")[1] == list(itertools.product("ab", "cd"))


def test_a_name_that_comes_again_is_the_same_box():
    names, pairs = _read("x -> [E] -> z\nlabel -> E\nlabel -> [D]\nz -> D")
    assert list(names) == ["x", "E", "z", "label", "D"]
    assert ("label", "E") in pairs


def test_one_pair_of_brackets_makes_a_net():
    assert _read("x -> [E] -> z\nlabel -> E")[0] == {"x": 0, "E": 1, "z": 0, "label": 0}
    assert _read("x -> E\ny -> [E]")[0]["E"]


def test_an_arrow_written_twice_is_one():
    assert _read("x -> [E]\nx -> E")[1] == [("x", "E")]


def test_names_may_hold_spaces_and_formulas():
    assert list(_read("real image -> [D] -> $\\log p(x)$")[0])[-1] == "$\\log p(x)$"


# ---- what is drawn -------------------------------------------------------------------------------


def test_nets_are_boxes_and_data_have_round_ends():
    figure = draw.network(GAN)
    assert len(parts(figure, Polygon)) == 2
    assert len(parts(figure, FancyBboxPatch)) == 3


def test_every_pair_has_its_arrow_from_box_to_box():
    figure = draw.network(VAE, sizes=SIZES)
    names, pairs = _read(VAE)
    box = named(figure, names)
    for (a, b), arrow in zip(pairs, parts(figure, FancyArrowPatch), strict=True):
        start, end = ends(arrow)
        assert start[0] == pytest.approx(box[a][1][0])
        assert end[0] == pytest.approx(box[b][0][0])
        assert box[a][0][1] < start[1] < box[a][1][1]
        assert box[b][0][1] < end[1] < box[b][1][1]


def test_a_net_narrows_or_widens_as_its_sizes_do():
    encoder, decoder = parts(draw.network(VAE, sizes=SIZES), Polygon)
    for net, narrows in ((encoder, True), (decoder, False)):
        x, y = net.get_xy().T
        left, right = (np.ptp(y[x == side]) for side in (x.min(), x.max()))
        assert bool(left > right) == narrows


def test_a_net_of_unknown_or_equal_sizes_is_a_plain_box():
    for sizes in (None, {"G": (9, 2, 9)}, {"G": "784 x 9"}):
        x, y = parts(draw.network("[G]", sizes=sizes), Polygon)[0].get_xy().T
        assert np.ptp(y[x == x.min()]) == np.ptp(y[x == x.max()])


def test_sizes_stand_below_their_own_box():
    figure = draw.network(VAE, sizes=SIZES)
    box = named(figure, _read(VAE)[0])
    shown = {text.get_text(): text for text in figure.axes[0].texts}
    for name, words in {"encoder": "784 → 400 → 20", "x": "784"}.items():
        x, y = shown[words].get_position()
        low, high = box[name]
        assert low[0] < x < high[0]
        assert low[1] - 0.1 < y < low[1]


def test_no_two_boxes_or_sizes_overlap():
    figure = draw.network(VAE, sizes=SIZES | {"log_var": 20, "noise": 20, "logits": 784})
    rooms = [p.get_window_extent() for p in figure.axes[0].patches
             if not isinstance(p, FancyArrowPatch)]  # fmt: skip
    rooms += [t.get_window_extent() for t in figure.axes[0].texts if t.get_text()[0].isdigit()]
    for a, b in itertools.combinations(rooms, 2):
        assert min(a.x1, b.x1) <= max(a.x0, b.x0) or min(a.y1, b.y1) <= max(a.y0, b.y0)


def test_names_stand_inside_their_boxes():
    figure = draw.network("a long name -> [another long name], i")
    for text, patch in zip(figure.axes[0].texts, figure.axes[0].patches, strict=False):
        word, room = text.get_window_extent(), patch.get_window_extent()
        assert room.x0 < word.x0 < word.x1 < room.x1


def test_many_arrows_into_one_box_do_not_meet():
    figure = draw.network("a, b, c, d, e -> z")
    heights = sorted(ends(arrow)[1][1] for arrow in parts(figure, FancyArrowPatch))
    assert min(np.diff(heights)) > 0.1
    low, high = boxes(figure)[-1]
    assert low[1] < heights[0] < heights[-1] < high[1]


def test_what_is_marked_is_known_without_colour():
    g, d = parts(draw.network(GAN, marked=["D"]), Polygon)
    assert d.get_linewidth() > 2 * g.get_linewidth()
    assert d.get_edgecolor() != g.get_edgecolor()
    assert COLOURS[2] == "#a8203a"


def test_the_usual_architectures_fit_the_page_with_all_their_sizes():
    every = dict.fromkeys(["x", "mean", "log_var", "z", "noise", "logits"], 784)
    nets = {"encoder": (784, 400, 400), "decoder": (400, 400, 784)}
    assert draw.network(VAE, sizes=every | nets).get_size_inches()[0] <= PAGE + 0.2


def test_long_sizes_are_broken_where_the_page_is_too_narrow():
    chain = " -> ".join(f"[net {i}]" for i in range(5))
    figure = draw.network(chain, sizes={f"net {i}": (784, 400, 400, 400) for i in range(5)})
    assert figure.get_size_inches()[0] <= PAGE + 0.2
    assert any("\n" in text.get_text() for text in figure.axes[0].texts)


# ---- what is refused -----------------------------------------------------------------------------

WRONG = {
    r'network\(arrows\): expected names such as "z -> \[G\] -> fake", got none': lambda: (
        draw.network(" \n ")
    ),
    r"network\(arrows\): expected names between arrows, .*, got '' in 'z -> -> x'": lambda: (
        draw.network("z -> -> x")
    ),
    r"network\(arrows\): expected names between arrows, .*, got '\[G' in": lambda: (
        draw.network("z -> [G -> x")
    ),
    r"network: expected one of the names \['z', 'G'\], got 'D'": lambda: (
        draw.network("z -> [G]", sizes={"D": 3})
    ),
    r"network: expected one of the names \['z'\], got 'E'": lambda: draw.network("z", marked=["E"]),
    r"network\(sizes\['G'\]\): expected a number, words, or sizes such as \(100, 784\), got \(\)": (
        lambda: draw.network("z -> [G]", sizes={"G": ()})
    ),
    r"network\(arrows\): expected .*, got a circle through '[ab]'\. Turn one": lambda: (
        draw.network("a -> b -> a")
    ),
}


@pytest.mark.parametrize("message", WRONG)
def test_a_wrong_network_is_named_with_its_remedy(message):
    with pytest.raises(ValueError, match=message):
        WRONG[message]()
