"""The GAN's lesson: what it writes out by hand gives the library's own numbers."""

import numpy as np
import pytest

from scratchgen import MLP, Adam, cross_entropy, gan, nn
from scratchgen.data import batches
from scratchgen.engine import Tensor, grad
from scratchgen.measure import precision_recall_density_coverage
from tests.quick_lesson import run_quick

NAMES = {"slopes", "games", "training", "losses", "nearest", "walks", "unasked"}


@pytest.fixture(scope="module")
def figures(tmp_path_factory):
    return tmp_path_factory.mktemp("figures")


@pytest.fixture(scope="module")
def lesson(figures):
    return run_quick("gan", figures, seed=5)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def library_run(lesson, **knobs):
    """The library's training from the seed of the lesson's games: its records, its average."""
    rng = np.random.default_rng(lesson.knobs.seed)
    G, D = lesson.new_nets(rng)
    average = lesson.new_nets(rng)[0]
    game = gan.Settings(epochs=2, batch=lesson.batch, lr=lesson.lr, decay=lesson.decay, **knobs)
    records = gan.train(G, D, lesson.X, game, rng=rng, average=average)
    return np.array([(r.d_loss, r.g_loss) for r in records]), nn.state(average)


def assert_same_game(game, losses, weights):
    np.testing.assert_allclose(game.losses, losses, rtol=1e-4)
    for name, w in nn.state(game.G).items():
        np.testing.assert_allclose(w, weights[name], atol=2e-5)


def test_the_game_with_momentum_is_the_librarys(lesson):
    assert_same_game(lesson.lost, *library_run(lesson, betas=(0.9, 0.999)))


def test_the_game_without_momentum_is_the_librarys(lesson):
    assert_same_game(lesson.tilted, *library_run(lesson, betas=(0.0, 0.99)))


def test_the_game_with_penalties_is_the_librarys(lesson):
    r = lesson.weight
    assert_same_game(lesson.level, *library_run(lesson, betas=(0.0, 0.99), r1=r, r2=r))


def test_the_games_differ(lesson):
    assert not np.allclose(lesson.tilted.losses, lesson.level.losses, rtol=1e-2)
    assert not np.allclose(lesson.tilted.losses, lesson.lost.losses, rtol=1e-2)


def test_the_losses_are_the_librarys_and_those_of_the_formulas(lesson, rng):
    real, fake = rng.standard_normal((2, 7, 1)) * 3
    p, q = 1 / (1 + np.exp(-real)), 1 / (1 + np.exp(-fake))
    assert lesson.d_loss(real, fake) == pytest.approx(gan.d_loss(real, fake))
    assert lesson.d_loss(real, fake) == pytest.approx(-np.log(p).mean() - np.log(1 - q).mean())
    assert lesson.g_loss(fake) == gan.g_loss(fake) == pytest.approx(-np.log(q).mean())


def test_the_penalty_is_the_librarys_value_and_slope(lesson, rng):
    D = nn.MLP([4, 8, 1], rng=rng)
    x = Tensor(rng.standard_normal((5, 4)).astype("float32"))
    ours, theirs = lesson.squared_slope(D(x), x), gan.squared_slope(D(x), x)
    assert float(ours) == float(theirs) > 0
    pairs = zip(*(grad(penalty, [D.layers[0].W]) for penalty in (ours, theirs)), strict=True)
    assert all((a == b).all() for a, b in pairs)


def test_gs_step_moves_g_and_leaves_d_alone(lesson, rng):
    G, D = lesson.new_nets(rng)
    g_before, d_before = nn.state(G), nn.state(D)

    def idle(D, x, fake):  # a D that descends nothing, so that only G's step can move it
        loss = lesson.d_loss(D(x), D(fake))
        return loss, loss * 0.0

    next(lesson.play(G, D, lesson.real, rng, 1, (0.0, 0.99), idle))
    assert all((w == d_before[name]).all() for name, w in nn.state(D).items())
    assert any((w != g_before[name]).any() for name, w in nn.state(G).items())


def test_everything_stays_in_float32(lesson):
    for game in (lesson.lost, lesson.tilted, lesson.level):
        assert {w.value.dtype.name for w in game.G.parameters()} == {"float32"}
        assert game.samples.dtype == np.float32


def test_the_best_discriminator_is_half_where_the_densities_meet(lesson):
    assert lesson.best[2] == pytest.approx(0.5)  # x = 0, halfway between the two bells


def test_a_generator_that_asks_no_discriminator_paints_white_squares(lesson):
    assert lesson.squares.min() > 0.9
    assert lesson.untrained.min() < 0.5


def test_without_an_optimiser_the_loss_stays(lesson):
    assert np.ptp(lesson.idle) < 0.1


def test_what_the_caller_passes_as_z_never_matters(lesson):
    z = lesson.z_judged[:3]
    assert (lesson.article(z, seed=2) == lesson.article(-z, seed=2)).all()


def test_a_quick_run_leaves_every_figure(lesson, figures):
    assert {path.name for path in figures.iterdir()} == {f"lesson12_gan_{n}.png" for n in NAMES}


def test_the_judge_is_trained_by_the_loop_that_lesson_5_writes_out(lesson):
    rng = np.random.default_rng(lesson.knobs.seed)
    net = MLP([lesson.width, 256, 128, lesson.classes], rng=rng)
    adam, labels = Adam(net.parameters()), lesson.data.train_labels[: len(lesson.X)]
    for _ in range(lesson.epochs["judge"]):
        for x, y in batches((lesson.X, labels), lesson.batch, rng):
            adam.step(grad(cross_entropy(net(x), y), net.parameters()))
    for w, v in zip(lesson.judge.parameters(), net.parameters(), strict=True):
        np.testing.assert_array_equal(w.value, v.value)


def test_fresh_images_cover_what_the_formula_says(lesson, rng):
    cloud = rng.standard_normal((900, 3))  # any data will do: balls know no coordinates
    got = precision_recall_density_coverage(cloud[:600], cloud[600:], k=5)
    assert got.coverage == pytest.approx(1 - (600 / 900) ** 5, abs=0.05)
    assert got.density == pytest.approx(1, abs=0.1)
