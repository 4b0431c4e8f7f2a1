"""The GAN as what it is: two losses from formulas, two steps that each move one net."""

import dataclasses
import json

import numpy as np
import pytest

from scratchgen import backend, data, gan, nn, optim
from scratchgen.engine import Tensor, grad
from scratchgen.functions import relu, sigmoid, tanh
from scratchgen.gradcheck import check_grad

pytestmark = pytest.mark.usefixtures("device")  # see conftest.py
f32 = np.float32


@pytest.fixture
def rng():
    return np.random.default_rng(0)  # of the device's own `np`


@pytest.fixture
def G(rng):
    return gan.generator(3, 4, (6, 5), rng=rng)


@pytest.fixture
def D(rng):
    return gan.discriminator(4, (6, 5), rng=rng)


@pytest.fixture
def float64(monkeypatch):
    """Noise is drawn in float64, until the test ends."""
    monkeypatch.setattr(backend._Choice, "float_type", np.dtype("float64"))


def same(a, b):
    return all((a[name] == b[name]).all() for name in a)


def test_the_articles_nets_are_the_default(rng):
    generator = "MLP(100 -> 128 relu -> 256 relu -> 512 relu -> 784 tanh)"
    assert repr(gan.generator(rng=rng)) == generator
    assert repr(gan.discriminator(rng=rng)) == "MLP(784 -> 512 relu -> 256 relu -> 128 relu -> 1)"


def test_the_losses_are_those_of_the_formulas(rng):
    real, fake = rng.standard_normal((2, 7, 1)) * 3
    p, q = 1 / (1 + np.exp(-real)), 1 / (1 + np.exp(-fake))
    d = -np.log(p).mean() - np.log(1 - q).mean()
    np.testing.assert_allclose(gan.d_loss(real, fake), d, rtol=1e-6)
    np.testing.assert_allclose(gan.g_loss(fake), -np.log(q).mean(), rtol=1e-6)
    np.testing.assert_allclose(gan.g_loss_minimax(fake), np.log(1 - q).mean(), rtol=1e-6)


@pytest.mark.parametrize("logit", [-1e4, 1e4])
@pytest.mark.parametrize(
    "loss", [gan.g_loss, gan.g_loss_minimax, lambda logits: gan.d_loss(logits, -logits)]
)
def test_the_losses_stay_finite_at_extreme_logits_in_float32(loss, logit):
    logits = Tensor(np.array([[logit]], f32))
    value = loss(logits)
    assert np.isfinite(value.value)
    assert np.isfinite(grad(value, logits)).all()


def test_the_minimax_slope_vanishes_where_d_is_sure_and_the_other_does_not():
    logits = Tensor(np.array([[-20.0]]))
    assert abs(grad(gan.g_loss_minimax(logits), logits)).item() < 1e-8
    assert grad(gan.g_loss(logits), logits).item() == pytest.approx(-1)


def test_ds_step_moves_d_alone_and_gs_step_moves_g_alone(G, D, rng):
    real, z = rng.standard_normal((8, 4)).astype(f32), rng.standard_normal((8, 3)).astype(f32)
    d_before, g_before = nn.state(D), nn.state(G)
    gan.d_step(D, optim.Adam(D.parameters()), real, G(z).value)
    assert same(nn.state(G), g_before)
    assert not same(nn.state(D), d_before)
    d_before = nn.state(D)
    gan.g_step(G, D, optim.Adam(G.parameters()), z)
    assert same(nn.state(D), d_before)
    assert not same(nn.state(G), g_before)


@pytest.mark.parametrize("x_sign", [1, -1])
def test_the_squared_slope_of_a_linear_d_is_its_squared_weights(rng, x_sign):
    w = Tensor(rng.standard_normal((4, 1)))
    x = Tensor(x_sign * rng.standard_normal((6, 4)))
    penalty = gan.squared_slope(x @ w, x)
    assert float(penalty) == pytest.approx(float((w.value**2).sum()))
    np.testing.assert_allclose(grad(penalty, w), 2 * w.value)


def test_both_penalties_have_the_derivative_of_their_values(rng, float64):
    real, fake, W, V = (rng.standard_normal(shape) for shape in [(3, 2), (3, 2), (2, 4), (4, 1)])

    def r1(W, V):
        x = Tensor(real)
        return gan.squared_slope(tanh(x @ W) @ V, x)

    def wgan(W, V):
        mix = np.random.default_rng(1)
        return gan.gradient_penalty(lambda x: tanh(x @ W) @ V, real, fake, mix)

    check_grad(r1, W, V, order=2)
    check_grad(wgan, W, V, order=2)


def test_the_wgan_penalty_asks_for_slopes_of_one(rng):
    for size, expected in ((1.0, 0.0), (3.0, 4.0)):
        w = Tensor(np.array([[size], [0.0]], f32))
        x = rng.standard_normal((5, 2)).astype(f32)
        penalty = gan.gradient_penalty(lambda x, w=w: x @ w, x, -x, rng)
        assert float(penalty) == pytest.approx(expected, abs=1e-6)


def test_the_wgan_penalty_asks_at_one_random_point_of_each_line(rng):
    seen = []
    ones = np.ones((100, 3), f32)
    gan.gradient_penalty(lambda x: seen.append(x) or x.sum(axis=1), ones, 0 * ones, rng)
    mix = seen[0].value  # from all 0, the fakes, to all 1, the reals
    np.testing.assert_array_equal(mix, mix[:, :1] * ones)
    assert len(np.unique(mix[:, 0])) == 100
    # A uniform mean has the standard error (1/12 / 100)^(1/2); 5 of them: one seed in 10^6 fails.
    assert float(mix[:, 0].mean()) == pytest.approx(0.5, abs=5 / np.sqrt(1200))


def test_the_wgan_penalty_has_a_derivative_where_d_is_flat(rng):
    w, x = Tensor(np.zeros((4, 1), f32)), np.ones((5, 4), f32)
    penalty = gan.gradient_penalty(lambda x: x @ w, x, -x, rng)
    assert float(penalty) == pytest.approx(1, abs=1e-5)
    assert np.isfinite(grad(penalty, w)).all()


def stepped(net, loss):
    """The weights after one step of SGD down the loss, with a rate of 0.1."""
    gradients = grad(loss, net.parameters())
    return [w.value - 0.1 * g for w, g in zip(net.parameters(), gradients, strict=True)]


def assert_weights(net, expected):
    for w, value in zip(net.parameters(), expected, strict=True):
        np.testing.assert_allclose(w.value, value, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("r1", "r2"), [(0.0, 0.0), (0.7, 0.0), (0.0, 0.3), (0.7, 0.3)])
def test_ds_step_descends_its_loss_and_the_weighted_penalties(D, rng, r1, r2):
    real, fake = rng.standard_normal((2, 8, 4)).astype(f32)
    x, y = Tensor(real), Tensor(fake)
    loss = gan.d_loss(D(x), D(y))
    penalties = r1 * gan.squared_slope(D(x), x) + r2 * gan.squared_slope(D(y), y)
    expected = stepped(D, loss + penalties)
    reported = gan.d_step(D, optim.SGD(D.parameters(), lr=0.1), real, fake, r1, r2)
    assert_weights(D, expected)
    assert float(reported) == pytest.approx(float(loss))  # the game's own, without the penalties


@pytest.mark.parametrize("loss", [gan.g_loss, gan.g_loss_minimax])
def test_gs_step_descends_its_loss_of_what_d_says(G, D, rng, loss):
    z = rng.standard_normal((8, 3)).astype(f32)
    value = loss(D(G(z)))
    expected = stepped(G, value)
    reported = gan.g_step(G, D, optim.SGD(G.parameters(), lr=0.1), z, loss)
    assert_weights(G, expected)
    assert float(reported) == pytest.approx(float(value))


def test_the_average_moves_by_its_formula(rng):
    a, b = gan.generator(3, 4, (5,), rng=rng), gan.generator(3, 4, (5,), rng=rng)
    before, target = nn.state(a), nn.state(b)
    gan.move_average(a, b, decay=0.9)
    for name, w in nn.state(a).items():
        np.testing.assert_allclose(w, 0.9 * before[name] + 0.1 * target[name], atol=1e-6)
    assert same(nn.state(b), target)


def test_an_average_without_memory_is_a_copy(rng):
    a, b = gan.generator(3, 4, (5,), rng=rng), gan.generator(3, 4, (5,), rng=rng)
    gan.move_average(a, b, decay=0.0)
    for x, w in zip(a.parameters(), b.parameters(), strict=True):
        np.testing.assert_allclose(x.value, w.value, atol=1e-6)
        assert not np.shares_memory(x.value, w.value)


def images(rng, n=20):
    return rng.random((n, 4))


def test_training_yields_one_record_an_epoch_and_a_seed_means_the_same_run():
    def run(seed):
        rng = np.random.default_rng(seed)
        G, D = gan.generator(3, 4, (5,), rng=rng), gan.discriminator(4, (5,), rng=rng)
        average = gan.generator(3, 4, (5,), rng=rng)
        game = gan.Settings(epochs=3, batch=8, r1=0.1, r2=0.1)
        loop = gan.train(G, D, images(rng), game, rng=rng, average=average)
        return [record[:3] for record in loop], nn.state(average)

    records, state = run(1)
    assert [epoch for epoch, _, _ in records] == [1, 2, 3]
    assert records == run(1)[0] != run(2)[0]
    assert same(state, run(1)[1])


def test_float32_stays_float32_through_training_and_penalties(G, D, rng):
    average = gan.generator(3, 4, (6, 5), rng=rng)
    loop = gan.train(
        G, D, images(rng), gan.Settings(epochs=2, r1=0.1, r2=0.1), rng=rng, average=average
    )
    assert [record.epoch for record in loop] == [1, 2]
    parameters = [*G.parameters(), *D.parameters(), *average.parameters()]
    assert {w.value.dtype.name for w in parameters} == {"float32"}
    assert gan.generate(G, 5, rng).dtype == f32


def calls(monkeypatch, name):
    """The calls of one of gan's functions from now on: their arguments, and what they returned."""
    made, function = [], getattr(gan, name)

    def spy(*arguments):
        made.append((*arguments, function(*arguments)))
        return made[-1][-1]

    monkeypatch.setattr(gan, name, spy)
    return made


def test_every_step_of_training_draws_noise_of_its_own(G, D, rng, monkeypatch):
    draws = calls(monkeypatch, "normal")
    list(gan.train(G, D, images(rng), gan.Settings(epochs=2, batch=8), rng=rng))
    rows = np.concatenate([noise for *_, noise in draws])
    assert rows.shape == (2 * 2 * 20, 3)  # epochs, players, images
    assert len(np.unique(rows, axis=0)) == len(rows)


def test_training_hands_each_step_what_it_asks_for(G, D, rng, monkeypatch):
    d_steps, g_steps = calls(monkeypatch, "d_step"), calls(monkeypatch, "g_step")
    x, loss = images(rng), gan.g_loss_minimax
    (record,) = gan.train(
        G, D, x, gan.Settings(epochs=1, batch=8, r1=0.3, r2=0.7, loss=loss), rng=rng
    )
    assert [d[0] is D and d[4:6] == (0.3, 0.7) for d in d_steps] == [True] * 3
    assert [g[0] is G and g[1] is D and g[4] is loss for g in g_steps] == [True] * 3
    assert all(type(a) is np.ndarray for d in d_steps for a in d[2:4])  # no history goes along
    real = np.concatenate([d[2] for d in d_steps])
    np.testing.assert_allclose(np.sort(real, axis=0), np.sort(2 * x - 1, axis=0), atol=1e-6)
    assert record.d_loss == pytest.approx(np.mean([float(d[-1]) for d in d_steps]))
    assert record.g_loss == pytest.approx(np.mean([float(g[-1]) for g in g_steps]))


def test_the_average_starts_from_g_and_decays_as_told(G, D, rng):
    average, before = gan.generator(3, 4, (6, 5), rng=rng), nn.state(G)
    list(gan.train(G, D, images(rng), gan.Settings(epochs=1, decay=1.0), rng=rng, average=average))
    assert same(nn.state(average), before)  # 1 holds on to the start
    assert not same(nn.state(G), before)


def test_generated_images_lie_in_0_to_1(G, rng):
    x = gan.generate(G, 100, rng)
    assert x.shape == (100, 4)
    assert x.min() >= 0
    assert x.max() <= 1


def test_images_of_another_width_or_range_are_refused(G, D, rng):
    with pytest.raises(ValueError, match="expected 4 pixels an image, .*got 5"):
        next(gan.train(G, D, np.zeros((9, 5)), gan.Settings(epochs=1), rng=rng))
    with pytest.raises(ValueError, match=r"pixels in \[0, 1\].*\(x \+ 1\) / 2 if they are -1..1"):
        next(gan.train(G, D, np.full((9, 4), -1.0), gan.Settings(epochs=1), rng=rng))


def test_two_gaussians_are_told_apart_as_the_optimal_discriminator_would(rng):
    # p = N(1, 1), q = N(-1, 1): log p/q = 2x, which D = p / (p + q) has as its logit.
    D = nn.MLP([1, 16, 1], rng=rng)
    adam = optim.Adam(D.parameters(), lr=0.01)
    for _ in range(600):
        noise = rng.standard_normal((2, 256, 1)).astype(f32)
        gan.d_step(D, adam, noise[0] + 1, noise[1] - 1)
    x = np.linspace(-1.5, 1.5, 7, dtype=f32)[:, None]
    np.testing.assert_allclose(D(x).value, 2 * x, atol=0.6)  # what 600 noisy steps come to


def test_a_pack_is_m_images_side_by_side_and_has_one_logit(rng):
    D = gan.discriminator(3 * 2, (5,), rng=rng)
    x = rng.standard_normal((6, 2)).astype(f32)
    side_by_side = np.array([[*x[0], *x[1], *x[2]], [*x[3], *x[4], *x[5]]])
    np.testing.assert_array_equal(gan.Packed(D, 3)(x).value, D(side_by_side).value)


def test_both_steps_and_the_penalties_take_a_packed_discriminator(G, rng):
    D = gan.Packed(gan.discriminator(2 * 4, (6,), rng=rng), 2)
    before, x = nn.state(D), images(rng)
    (record,) = gan.train(G, D, x, gan.Settings(epochs=1, batch=10, r1=0.1, r2=0.1), rng=rng)
    assert not same(nn.state(D), before)
    assert np.isfinite(record[1:3]).all()


def test_what_cannot_be_packed_is_refused(rng):
    D = gan.discriminator(6, (5,), rng=rng)
    with pytest.raises(ValueError, match="does not take m=4 images.*m times the width"):
        gan.Packed(D, 4)
    with pytest.raises(ValueError, match="expected a multiple of 3 images, got 4. Choose a batch"):
        gan.Packed(D, 3)(np.zeros((4, 2), f32))


def test_the_critics_losses_are_differences_of_means(rng):
    real, fake = rng.standard_normal((2, 7, 1))
    np.testing.assert_allclose(gan.critic_loss(real, fake), fake.mean() - real.mean())
    np.testing.assert_allclose(gan.critic_g_loss(fake), -fake.mean())


def test_a_critics_step_descends_its_loss_and_the_weighted_penalty(D, rng):
    real, fake = rng.standard_normal((2, 8, 4)).astype(f32)
    loss = gan.critic_loss(D(Tensor(real)), D(Tensor(fake)))
    penalty = gan.gradient_penalty(D, real, fake, np.random.default_rng(7))
    expected = stepped(D, loss + 0.3 * penalty)
    sgd, mix = optim.SGD(D.parameters(), lr=0.1), np.random.default_rng(7)
    reported = gan.critic_step(D, sgd, real, fake, mix, gp=0.3)
    assert_weights(D, expected)
    assert float(reported) == pytest.approx(float(loss))


def test_a_critic_estimates_how_far_apart_two_points_are(rng):
    D = nn.MLP([2, 16, 1], rng=rng)
    adam, x = optim.Adam(D.parameters(), lr=0.01), np.zeros((32, 2), f32)
    far = x + np.array([0.6, 0.8], f32)
    losses = [gan.critic_step(D, adam, x, far, rng, gp=10.0) for _ in range(300)]
    assert float(losses[-1]) == pytest.approx(-1, abs=0.1)  # slopes are to be 1, the distance is 1


def test_training_by_wgan_gp_hands_the_critic_and_g_their_own_losses(G, D, rng, monkeypatch):
    d_steps, g_steps = calls(monkeypatch, "critic_step"), calls(monkeypatch, "g_step")
    (record,) = gan.train(
        G, D, images(rng), gan.Settings(epochs=1, batch=4, gp=0.5, d_steps=2), rng=rng
    )
    assert [d[5] for d in d_steps] == [0.5] * 5
    assert [g[4] for g in g_steps] == [gan.critic_g_loss] * 2
    assert record.d_loss == pytest.approx(np.mean([float(d[-1]) for d in d_steps]))


def test_d_steps_are_counted_across_epochs(G, D, rng, monkeypatch):
    d_steps, g_steps = calls(monkeypatch, "d_step"), calls(monkeypatch, "g_step")
    list(gan.train(G, D, images(rng), gan.Settings(epochs=3, batch=8, d_steps=2), rng=rng))
    assert (len(d_steps), len(g_steps)) == (9, 4)


def test_both_rates_follow_the_schedule(G, D, rng, monkeypatch):
    d_rates, g_rates = [], []
    monkeypatch.setattr(gan, "d_step", lambda D, adam, *_: d_rates.append(adam.lr) or 0.0)
    monkeypatch.setattr(gan, "g_step", lambda G, D, adam, *_: g_rates.append(adam.lr) or 0.0)
    knobs = {"batch": 10, "lr": 0.1, "schedule": optim.cosine}
    list(gan.train(G, D, images(rng), gan.Settings(epochs=2, **knobs), rng=rng))
    expected = [0.1 * optim.cosine(t) for t in (0, 0.25, 0.5, 0.75)]
    np.testing.assert_allclose([d_rates, g_rates], [expected, expected])


def test_points_go_in_as_they_are(rng, monkeypatch):
    G, D = gan.generator(3, 2, (5,), rng=rng, out=None), gan.discriminator(2, (5,), rng=rng)
    d_steps, x = calls(monkeypatch, "d_step"), np.array([[-4.0, 7.0]])
    list(gan.train(G, D, x, gan.Settings(epochs=1, points=True), rng=rng))
    np.testing.assert_array_equal(d_steps[0][2], x)
    assert repr(G) == "MLP(3 -> 5 relu -> 2)"


def test_points_of_another_width_or_without_a_value_are_refused(G, D, rng):
    with pytest.raises(ValueError, match=r"points: expected shape \(N, 4\), got \(9, 5\)"):
        next(gan.train(G, D, np.zeros((9, 5)), gan.Settings(epochs=1, points=True), rng=rng))
    x = np.zeros((9, 4))
    x[5, 1] = np.nan
    with pytest.raises(ValueError, match="but 1 of 9 hold NaN or Inf, the first is point 5. Leave"):
        next(gan.train(G, D, x, gan.Settings(epochs=1, points=True), rng=rng))


# Settings.


@pytest.mark.host
def test_settings_are_plain_data_that_json_gives_back():
    asked = gan.Settings(epochs=np.int64(3), betas=[0, 0.9], loss=gan.g_loss_minimax, steps=7)
    stored = json.dumps(dataclasses.asdict(asked))
    assert json.loads(stored)["loss"] == "g_loss_minimax"
    assert gan.Settings(**json.loads(stored)) == asked
    assert {type(value) for value in vars(asked).values()} == {int, float, tuple, str, bool}
    with pytest.raises(dataclasses.FrozenInstanceError):
        asked.lr = 2.0


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"epochs": 2.0}, "gan.Settings: expected epochs, a whole number from 1, got 2.0"),
        ({"batch": 0}, "expected batch, a whole number from 1, got 0"),
        ({"d_steps": 0}, "expected d_steps, a whole number from 1, got 0"),
        ({"steps": 0}, "expected steps, a whole number from 1, got 0"),
        ({"lr": -1}, "expected lr, a number above 0, got -1"),
        ({"betas": (0.9,)}, r"expected betas, two numbers, got \(0.9,\)"),
        ({"r1": -0.1}, "expected r1, a number from 0, got -0.1"),
        ({"r2": float("nan")}, "expected r2, a number from 0, got nan"),
        ({"gp": "10"}, "expected gp, a number from 0, got '10'"),
        ({"noise": -1}, "expected noise, a number from 0, got -1"),
        ({"decay": 1.5}, "expected decay, a number from 0 to 1, got 1.5"),
        ({"points": None}, "expected points, True or False, got None"),
        ({"loss": "hinge"}, "expected loss, one of g_loss, g_loss_minimax, got 'hinge'"),
        ({"loss": gan.critic_g_loss}, "one of g_loss, g_loss_minimax, got critic_g_loss"),
        ({"gp": 1.0, "r1": 0.1}, "gp=1.0 with r1=0.1.*leave out r1, r2 and loss"),
        ({"gp": 1.0, "loss": "g_loss_minimax"}, "loss=g_loss_minimax. It has a penalty"),
    ],
)
def test_settings_that_make_no_sense_are_refused_as_they_are_put_together(knobs, message):
    with pytest.raises(ValueError, match=message):
        gan.Settings(**{"epochs": 2} | knobs)


def refused(error, message, *arguments, rng, **options):
    """It is refused by the call itself: no record is asked for."""
    with pytest.raises(error, match=message):
        gan.train(*arguments, rng=rng, **options)


def test_what_does_not_fit_together_is_refused_by_the_call_itself(G, D, rng):
    x, game = images(rng), gan.Settings(epochs=2)
    refused(TypeError, r"got 0\. Write\s+rng=numpy.random.default_rng\(0\)", G, D, x, game, rng=0)
    refused(TypeError, r"expected settings, a gan.Settings, got 60", G, D, x, 60, rng=rng)
    refused(ValueError, "done=3 epochs of 2", G, D, x, game, rng=rng, done=3)
    swapped = (game.adam(D), game.adam(G))
    refused(ValueError, "G's optimiser, .* other parameters", G, D, x, game, rng=rng,
            optimizers=swapped)  # fmt: skip
    other = (game.adam(G), optim.Adam(D.parameters(), 0.5))
    refused(ValueError, "D's optimiser has lr=0.5, the settings 0.0002", G, D, x, game, rng=rng,
            optimizers=other)  # fmt: skip
    refused(ValueError, "the average is G itself", G, D, x, game, rng=rng, average=G)
    narrow = gan.generator(3, 4, (5,), rng=rng)
    refused(ValueError, "an average of G's layout", G, D, x, game, rng=rng, average=narrow)
    few = gan.Settings(epochs=1, batch=8, d_steps=4)
    refused(ValueError, "d_steps from 1 to 3, .*got 4. Choose smaller", G, D, x, few, rng=rng)


def test_nets_that_do_not_fit_the_game_are_refused_by_the_call_itself(G, D, rng):
    x, game = images(rng), gan.Settings(epochs=2)
    for out in (sigmoid, relu):
        squashed = gan.generator(3, 4, (5,), rng=rng, out=out)
        refused(ValueError, r"from -1 to 1, G is MLP.*, whose outputs reach from 0 to .*tanh",
                squashed, D, x, game, rng=rng)  # fmt: skip
    for points in (np.full((9, 4), -3.0), np.full((9, 4), 2.0)):
        refused(ValueError, "G is MLP.*points of any range want out=None", G, D, points,
                gan.Settings(epochs=1, points=True), rng=rng)  # fmt: skip
    sure = nn.MLP([4, 5, 1], out=sigmoid, rng=rng)
    for knobs in ({}, {"gp": 1.0}):
        refused(ValueError, "a D without a last activation, got MLP.* 1 sigmoid", G, sure, x,
                gan.Settings(epochs=1, **knobs), rng=rng)  # fmt: skip
    two = nn.MLP([4, 5, 2], rng=rng)
    refused(ValueError, "a D with one output, its logit, got 2 of MLP", G, two, x, game, rng=rng)
    for nets in ((tanh, D), (G, tanh)):
        said = "expected nets that are MLPs, got <op tanh.*write the loop out"
        refused(TypeError, said, *nets, x, game, rng=rng)
    wide = gan.generator(3, 5, (5,), rng=rng)
    refused(ValueError, "a G of 4 outputs, as many as D takes, got MLP", wide, D, x, game, rng=rng)


def test_packs_that_do_not_fill_the_batches_are_refused_by_the_call_itself(G, rng):
    D, x = gan.Packed(gan.discriminator(2 * 4, (6,), rng=rng), 2), images(rng)
    for batch, said in ((5, "batches of 5. Choose"), (6, "of 6")):
        game = gan.Settings(epochs=1, batch=batch)
        if batch == 6:
            x, said = x[:19], r"batches of 6 \(the last 1\)"
        refused(ValueError, f"packs of 2 images do not fill {said}", G, D, x, game, rng=rng)
    sure = gan.Packed(nn.MLP([8, 5, 1], out=sigmoid, rng=rng), 2)
    refused(ValueError, "a D without a last activation", G, sure, images(rng),
            gan.Settings(epochs=1, batch=10), rng=rng)  # fmt: skip


# Going on, and stopping.


@pytest.mark.parametrize("knobs", [{}, {"schedule": "cosine", "noise": 0.3}, {"d_steps": 2}])
def test_a_game_that_was_stopped_goes_on_as_if_it_had_not_been(knobs):
    game = gan.Settings(epochs=3, batch=8, decay=0.9, **knobs)

    def played(stop):
        rng = np.random.default_rng(1)
        G, average = (gan.generator(3, 4, (5,), rng=rng) for _ in range(2))
        D = gan.discriminator(4, (5,), rng=rng)
        x, both = images(np.random.default_rng(2)), (game.adam(G), game.adam(D))
        parts = {"rng": rng, "average": average, "optimizers": both}
        if stop:
            next(gan.train(G, D, x, game, **parts))
        list(gan.train(G, D, x, game, **parts, done=int(stop)))
        return nn.state(G), nn.state(D), nn.state(average)

    for whole, parts in zip(played(stop=False), played(stop=True), strict=True):
        assert same(whole, parts)


def test_an_epoch_that_is_interrupted_leaves_the_learning_rates_as_they_were(
    G, D, rng, monkeypatch
):
    game = gan.Settings(epochs=2, batch=4, lr=0.1, schedule="cosine")
    both, rates = (game.adam(G), game.adam(D)), []

    def step(gradients):
        rates.append(both[0].lr)
        if len(rates) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(both[0], "step", step)
    with pytest.raises(KeyboardInterrupt):
        list(gan.train(G, D, images(rng), game, rng=rng, optimizers=both))
    assert rates[-1] < 0.1 == both[0].lr == both[1].lr


@pytest.mark.parametrize("knobs", [{}, {"gp": 1.0}, {"r1": 0.1, "r2": 0.1}])
def test_a_game_that_diverges_stops_at_the_record_that_says_so(G, D, rng, knobs):
    epochs = gan.train(G, D, images(rng), gan.Settings(epochs=9, lr=0.5, **knobs), rng=rng)
    next(epochs)
    G.layers[0].b.value = np.full_like(G.layers[0].b.value, np.nan)
    message = "train: epoch 2 came to d_loss nan, g_loss nan, at a learning rate of 0.5. Training"
    with pytest.raises(FloatingPointError, match=message):
        next(epochs)
    assert next(epochs, None) is None


@pytest.mark.host
def test_images_that_turn_nan_during_a_game_are_named(G, D, rng):
    x = images(rng)
    epochs = gan.train(G, D, x, gan.Settings(epochs=9), rng=rng)
    next(epochs)
    x[3, 2] = np.nan
    with pytest.raises(
        FloatingPointError, match="epoch 2 .* The data have changed .*nan at pixel 2"
    ):
        next(epochs)


# Noise on what D sees, and fresh points.


def test_all_that_d_sees_has_noise_that_falls_to_0_in_a_straight_line(rng, monkeypatch):
    G, D = gan.generator(3, 400, (5,), rng=rng), gan.discriminator(400, (5,), rng=rng)
    for w in G.parameters():
        w.value = 0 * w.value  # so that its images are 0, as the real ones are once scaled
    seen, call = [], nn.MLP.__call__
    monkeypatch.setattr(nn.MLP, "__call__", lambda net, x: seen.append((net, x)) or call(net, x))
    x, game = np.full((100, 400), 0.5), gan.Settings(epochs=2, batch=50, noise=0.4, lr=1e-300)
    list(gan.train(G, D, x, game, rng=rng))
    noises = [getattr(x, "value", x) for net, x in seen if net is D]
    assert len(noises) == 2 * 2 * 3  # epochs, steps; real, fake, and fake again for G
    spread = [float(noise.std()) for noise in noises]
    # 20,000 draws: a standard deviation's own is 1/200 of it; 5 of these.
    np.testing.assert_allclose(spread, np.repeat([0.4, 0.3, 0.2, 0.1], 3), rtol=0.025)
    assert abs(np.corrcoef([noise.ravel() for noise in noises]) - np.eye(12)).max() < 0.05


@pytest.mark.host
def test_noise_lets_d_know_less(rng):
    losses = []
    for noise in (0.0, 2.0):
        rng = np.random.default_rng(1)
        G, D = gan.generator(3, 4, (5,), rng=rng), gan.discriminator(4, (16,), rng=rng)
        game = gan.Settings(epochs=60, lr=1e-2, noise=noise)
        losses.append(next(iter(list(gan.train(G, D, images(rng), game, rng=rng))[20:])).d_loss)
    assert losses[0] < losses[1]


def test_points_that_are_drawn_afresh_are_never_the_same(rng, monkeypatch):
    G, D = gan.generator(3, 2, (5,), rng=rng, out=None), gan.discriminator(2, (5,), rng=rng)
    d_steps = calls(monkeypatch, "d_step")
    game = gan.Settings(epochs=2, batch=7, steps=5, points=True)
    assert len(list(gan.train(G, D, data.ring, game, rng=rng))) == 2
    real = np.concatenate([d[2] for d in d_steps])
    assert real.shape == (2 * 5 * 7, 2)
    assert len(np.unique(real, axis=0)) == len(real)
    assert abs(real).max() < 2  # a ring's: no one scaled them


def test_images_that_are_drawn_afresh_are_scaled(G, D, rng, monkeypatch):
    d_steps = calls(monkeypatch, "d_step")
    game = gan.Settings(epochs=1, batch=7, steps=2)
    list(gan.train(G, D, lambda n, rng: np.full((n, 4), 0.75), game, rng=rng))
    assert {float(x) for d in d_steps for x in d[2].ravel()} == {0.5}


def test_looking_at_a_first_batch_leaves_the_run_as_it_was(rng):
    G, D = gan.generator(3, 2, (5,), rng=rng, out=None), gan.discriminator(2, (5,), rng=rng)
    before = rng.bit_generator.state
    gan.train(G, D, data.ring, gan.Settings(epochs=1, steps=2, points=True), rng=rng)
    assert rng.bit_generator.state == before


def test_what_is_drawn_afresh_is_looked_at_by_the_call_itself(G, D, rng):
    x, fresh = images(rng), lambda n, rng: rng.random((n, 4))
    five, none = gan.Settings(epochs=1, steps=5), gan.Settings(epochs=1)
    refused(ValueError, "got a function and steps=None. Fresh data", G, D, fresh, none, rng=rng)
    refused(ValueError, "got an array and steps=5", G, D, x, five, rng=rng)
    refused(ValueError, "expected pixels in", G, D, lambda n, rng: -fresh(n, rng), five, rng=rng)
    wide = lambda n, rng: rng.random((n, 5))
    refused(ValueError, "expected 4 pixels an image", G, D, wide, five, rng=rng)
