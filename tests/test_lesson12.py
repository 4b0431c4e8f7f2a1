"""Lesson 12: its games are the library's, its measures hold a second way, its listing fails."""

import copy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scratchgen import MLP, Adam, Tensor, backend, check_grad, gan, grad, measure
from scratchgen.engine import no_grad
from tests.quick_lesson import run_quick

NAMES = {
    *("start", "nets", "first_game", "second_game", "balls", "recalled", "third_game", "goes_on"),
    *("path", "first_turns", "order", "nearest_fake", "nearest_unseen", "walks", "listing"),
    *("unasked", "as_long", "paid", "digits_come"),
}


@pytest.fixture(scope="module")
def lesson(figures):
    return run_quick("gan", figures, seed=5)


# The games.


def library_run(lesson, **knobs):
    """The library's training from the seed of the lesson's games: its records, its nets."""
    rng = np.random.default_rng(lesson.knobs.seed)
    G, D = lesson.new_nets(rng)
    average = copy.deepcopy(G)
    asked = gan.Settings(
        epochs=lesson.epochs, batch=lesson.batch, lr=lesson.lr, decay=lesson.memory, **knobs
    )
    records = gan.train(G, D, lesson.shown, asked, rng=rng, average=average)
    return np.array([(r.d_loss, r.g_loss) for r in records]), (G, D, average)


@pytest.mark.parametrize(
    ("d_turn", "knobs"),
    [
        ("d_step", {"betas": (0.9, 0.999)}),
        ("d_step", {"betas": (0.0, 0.99)}),
        ("d_step_with_brake", {"betas": (0.0, 0.99), "r1": 0.1, "r2": 0.1}),
    ],
)
def test_each_game_gives_the_librarys_losses_and_weights(lesson, d_turn, knobs, monkeypatch):
    # In float32 a game enlarges the last digits, which differ from one NumPy to another.
    monkeypatch.setattr(backend._Choice, "float_type", np.dtype("float64"))
    losses, nets = library_run(lesson, **knobs)
    game = lesson.Game(knobs["betas"], getattr(lesson, d_turn))
    assert [*game.go_on(lesson.turns)] == [*range(1, lesson.turns + 1)]
    ours = np.reshape(game.losses, (lesson.epochs, -1, 2)).mean(axis=1)
    np.testing.assert_allclose(ours, losses, rtol=1e-9)
    for one, other in zip((game.G, game.D, game.calm), nets, strict=True):
        for a, b in zip(one.parameters(), other.parameters(), strict=True):
            assert a.value.dtype == np.float64
            np.testing.assert_allclose(a.value, b.value, rtol=1e-9, atol=1e-9)


def test_the_three_games_differ(lesson):
    games = lesson.first, lesson.second, lesson.third
    turns = min(len(game.losses) for game in games)
    first, second, third = (np.array(game.losses[:turns]) for game in games)
    assert not np.allclose(first, second, rtol=1e-2)
    assert not np.allclose(second, third, rtol=1e-2)


def test_a_pile_has_as_many_of_either_kind_and_says_which_is_real(lesson, rng):
    real, fake = rng.standard_normal((2, 3, 4)).astype("float32")
    x, label = lesson.pile(real, fake)
    np.testing.assert_array_equal(x, np.concatenate([real, fake]))
    assert label.ravel().tolist() == [1, 1, 1, 0, 0, 0]


def test_each_player_moves_alone(lesson, rng):
    G, D = lesson.new_nets(rng)
    before = {net: [w.value.copy() for w in net.parameters()] for net in (G, D)}
    z = rng.standard_normal((8, lesson.Z)).astype("float32")
    with no_grad():
        fake = G(z)
    lesson.d_step(D, Adam(D.parameters()), -fake, fake)
    for w, old in zip(G.parameters(), before[G], strict=True):
        np.testing.assert_array_equal(w.value, old)
    moved = [w.value.copy() for w in D.parameters()]
    lesson.g_step(G, D, Adam(G.parameters()), z)
    for w, old in zip(D.parameters(), moved, strict=True):
        np.testing.assert_array_equal(w.value, old)
    assert any((w.value != old).any() for w, old in zip(G.parameters(), before[G], strict=True))


def test_everything_stays_in_float32(lesson):
    for game in (lesson.first, lesson.second, lesson.third):
        for net in (game.G, game.D, game.calm):
            assert {w.value.dtype.name for w in net.parameters()} == {"float32"}


# The penalty.


def test_steepness_is_the_librarys_and_has_its_gradient(lesson, rng):
    D, x = MLP([4, 8, 1], rng=rng), Tensor(rng.standard_normal((5, 4)).astype("float32"))
    ours, theirs = lesson.steepness(D(x), x), gan.squared_slope(D(x), x)
    assert float(ours) == float(theirs) > 0
    pairs = zip(*(grad(price, [D.layers[0].W]) for price in (ours, theirs)), strict=True)
    assert all((a == b).all() for a, b in pairs)


def test_twice_the_steepness_of_a_pile_is_r1_and_r2(lesson, rng):
    D = MLP([4, 8, 1], rng=rng)
    real, fake = (Tensor(x) for x in rng.standard_normal((2, 6, 4)).astype("float32"))
    both = Tensor(np.concatenate([real.value, fake.value]))
    r1, r2 = (float(gan.squared_slope(D(x), x)) for x in (real, fake))
    assert 2 * float(lesson.steepness(D(both), both)) == pytest.approx(r1 + r2, rel=1e-5)


def test_the_penalty_of_a_bent_surface_has_the_gradient_of_differences(lesson):
    A = np.array([[1.0, 2.0], [0.5, -1.0]])

    def price(w):  # t = w1 x'Ax / 2 + w2 x1: its gradient with respect to x bends with w
        x = Tensor(np.array([[0.3, -0.7], [1.1, 0.4]]))
        t = 0.5 * w[0] * ((x @ A) * x).sum(axis=1) + w[1] * x[:, 0]
        return lesson.steepness(t, x)

    check_grad(price, np.array([0.8, -0.4]))


# The measures.


@settings(deadline=None, derandomize=True, max_examples=30)
@given(seed=st.integers(0, 999), k=st.integers(1, 5), wide=st.floats(0.2, 3))
def test_coverage_and_recall_are_the_librarys(lesson, seed, k, wide):
    rng = np.random.default_rng(seed)
    real, made = rng.standard_normal((40, 3)), wide * rng.standard_normal((30, 3))
    marks = measure.precision_recall_density_coverage(real, made, k=k)
    assert lesson.covered(real, made, k).mean() == pytest.approx(marks.coverage)
    assert lesson.recalled(real, made, k).mean() == pytest.approx(marks.recall)
    turned = measure.precision_recall_density_coverage(made, real, k=k)
    assert marks.recall == turned.precision  # the twin: the same question with the roles swapped


def test_the_paper_shows_what_the_text_says(lesson):
    for crosses, recall in ((lesson.favourites, 0.0), (lesson.many, 1.0)):
        marks = measure.precision_recall_density_coverage(lesson.five, crosses, k=1)
        assert (marks.precision, marks.coverage, marks.recall) == (1.0, 1.0, recall)


def test_a_speck_is_a_white_pixel_among_black_ones(lesson, monkeypatch):
    monkeypatch.setattr(lesson, "shape", (5, 6))
    image = np.zeros((1, 5, 6))
    image[0, 0, 0] = image[0, 3, 3] = 1.0
    assert lesson.specks(image.reshape(1, 30)).tolist() == [2]
    image[0, 2, 2] = 0.9  # a corner in common: a stroke, though a short one
    assert lesson.specks(image.reshape(1, 30)).tolist() == [1]


def test_nearest_finds_what_a_search_one_by_one_finds(lesson):
    far, which = lesson.nearest(lesson.held_out[:5])
    for x, d, y in zip(lesson.held_out[:5], far, which, strict=True):
        distances = np.linalg.norm(lesson.shown - x, axis=1)
        assert d == pytest.approx(distances.min(), rel=1e-3)
        np.testing.assert_array_equal(y, lesson.shown[distances.argmin()])


def test_pixels_in_another_order_are_the_same_game_to_the_nets(lesson, rng):
    """Both first and last layers permuted: losses and gradients are the same, but for order."""
    G, D = lesson.new_nets(rng)
    order = rng.permutation(lesson.pixels)
    G2, D2 = copy.deepcopy(G), copy.deepcopy(D)
    D2.layers[0].W.value = D.layers[0].W.value[order]
    G2.layers[-1].W.value = G.layers[-1].W.value[:, order]
    G2.layers[-1].b.value = G.layers[-1].b.value[order]
    z = rng.standard_normal((6, lesson.Z)).astype("float32")
    losses = [gan.g_loss(d(g(z))) for g, d in ((G, D), (G2, D2))]
    assert float(losses[0]) == pytest.approx(float(losses[1]), rel=1e-4)
    ones, others = (grad(loss, g.parameters()) for loss, g in zip(losses, (G, G2), strict=True))
    np.testing.assert_allclose(ones[0], others[0], atol=1e-5)
    np.testing.assert_allclose(ones[-2][:, order], others[-2], atol=1e-5)


# The listing.


def test_a_generator_that_never_asks_paints_white_squares(lesson, rng):
    G, _ = lesson.new_nets(rng)
    adam = Adam(G.parameters(), 1e-3)
    z = rng.standard_normal((64, lesson.Z)).astype("float32")
    for _ in range(60):
        adam.step(grad(lesson.bce_with_logits(G(z), 1).mean(), G.parameters()))
    assert lesson.images_of(G, z).mean() > 0.9


def test_what_is_passed_as_z_never_matters(lesson, monkeypatch):
    z, drawn = lesson.codes[:3], []
    for code in (z, -z):  # from the same state of the generator that draws the noise
        monkeypatch.setattr(lesson, "noise", np.random.default_rng(7))
        drawn.append(lesson.generate(code))
    np.testing.assert_array_equal(*drawn)


def test_the_listing_gives_two_images_for_one_code(lesson):
    assert not np.array_equal(lesson.generate(lesson.codes[:3]), lesson.generate(lesson.codes[:3]))


def test_a_quick_run_leaves_every_figure(lesson, figures):
    expected = {f"lesson12_gan_{name}_digits.png" for name in NAMES}  # its own are of mnist5k
    assert {path.name for path in figures.iterdir()} == expected
