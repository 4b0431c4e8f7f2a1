"""The GAN as what it is: two losses from formulas, two steps that each move one net."""

import numpy as np
import pytest

from scratchgen import backend, gan, nn, optim
from scratchgen.engine import Tensor, grad
from scratchgen.functions import tanh
from scratchgen.gradcheck import check_grad

pytestmark = pytest.mark.usefixtures("device")  # see conftest.py
f32 = np.float32


@pytest.fixture
def rng():
    return np.random.default_rng(0)


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
        loop = gan.train(
            G, D, images(rng), epochs=3, rng=rng, batch=8, r1=0.1, r2=0.1, average=average
        )
        return [record[:3] for record in loop], nn.state(average)

    records, state = run(1)
    assert [epoch for epoch, _, _ in records] == [1, 2, 3]
    assert records == run(1)[0] != run(2)[0]
    assert same(state, run(1)[1])


def test_float32_stays_float32_through_training_and_penalties(G, D, rng):
    average = gan.generator(3, 4, (6, 5), rng=rng)
    loop = gan.train(G, D, images(rng), epochs=2, rng=rng, r1=0.1, r2=0.1, average=average)
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
    list(gan.train(G, D, images(rng), epochs=2, rng=rng, batch=8))
    rows = np.concatenate([noise for *_, noise in draws])
    assert rows.shape == (2 * 2 * 20, 3)  # epochs, players, images
    assert len(np.unique(rows, axis=0)) == len(rows)


def test_training_hands_each_step_what_it_asks_for(G, D, rng, monkeypatch):
    d_steps, g_steps = calls(monkeypatch, "d_step"), calls(monkeypatch, "g_step")
    x, loss = images(rng), gan.g_loss_minimax
    (record,) = gan.train(G, D, x, epochs=1, rng=rng, batch=8, r1=0.3, r2=0.7, loss=loss)
    assert [d[0] is D and d[4:6] == (0.3, 0.7) for d in d_steps] == [True] * 3
    assert [g[0] is G and g[1] is D and g[4] is loss for g in g_steps] == [True] * 3
    assert all(type(a) is np.ndarray for d in d_steps for a in d[2:4])  # no history goes along
    real = np.concatenate([d[2] for d in d_steps])
    np.testing.assert_allclose(np.sort(real, axis=0), np.sort(2 * x - 1, axis=0), atol=1e-6)
    assert record.d_loss == pytest.approx(np.mean([float(d[-1]) for d in d_steps]))
    assert record.g_loss == pytest.approx(np.mean([float(g[-1]) for g in g_steps]))


def test_the_average_starts_from_g_and_decays_as_told(G, D, rng):
    average, before = gan.generator(3, 4, (6, 5), rng=rng), nn.state(G)
    list(gan.train(G, D, images(rng), epochs=1, rng=rng, average=average, decay=1.0))
    assert same(nn.state(average), before)  # 1 holds on to the start
    assert not same(nn.state(G), before)


def test_generated_images_lie_in_0_to_1(G, rng):
    x = gan.generate(G, 100, rng)
    assert x.shape == (100, 4)
    assert x.min() >= 0
    assert x.max() <= 1


def test_images_of_another_width_or_range_are_refused(G, D, rng):
    with pytest.raises(ValueError, match="expected 4 pixels an image, .*got 5"):
        next(gan.train(G, D, np.zeros((9, 5)), epochs=1, rng=rng))
    with pytest.raises(ValueError, match=r"pixels in \[0, 1\].*\(x \+ 1\) / 2 if they are -1..1"):
        next(gan.train(G, D, np.full((9, 4), -1.0), epochs=1, rng=rng))


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
    (record,) = gan.train(G, D, x, epochs=1, rng=rng, batch=10, r1=0.1, r2=0.1)
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
    (record,) = gan.train(G, D, images(rng), epochs=1, rng=rng, batch=4, gp=0.5, d_steps=2)
    assert [d[5] for d in d_steps] == [0.5] * 5
    assert [g[4] for g in g_steps] == [gan.critic_g_loss] * 2
    assert record.d_loss == pytest.approx(np.mean([float(d[-1]) for d in d_steps]))


def test_d_steps_are_counted_across_epochs(G, D, rng, monkeypatch):
    d_steps, g_steps = calls(monkeypatch, "d_step"), calls(monkeypatch, "g_step")
    list(gan.train(G, D, images(rng), epochs=3, rng=rng, batch=8, d_steps=2))
    assert (len(d_steps), len(g_steps)) == (9, 4)


def test_both_rates_follow_the_schedule(G, D, rng, monkeypatch):
    d_rates, g_rates = [], []
    monkeypatch.setattr(gan, "d_step", lambda D, adam, *_: d_rates.append(adam.lr) or 0.0)
    monkeypatch.setattr(gan, "g_step", lambda G, D, adam, *_: g_rates.append(adam.lr) or 0.0)
    knobs = {"batch": 10, "lr": 0.1, "schedule": optim.cosine}
    list(gan.train(G, D, images(rng), epochs=2, rng=rng, **knobs))
    expected = [0.1 * optim.cosine(t) for t in (0, 0.25, 0.5, 0.75)]
    np.testing.assert_allclose([d_rates, g_rates], [expected, expected])


def test_points_go_in_as_they_are(rng, monkeypatch):
    G, D = gan.generator(3, 2, (5,), rng=rng, out=None), gan.discriminator(2, (5,), rng=rng)
    d_steps, x = calls(monkeypatch, "d_step"), np.array([[-4.0, 7.0]])
    list(gan.train(G, D, x, epochs=1, rng=rng, points=True))
    np.testing.assert_array_equal(d_steps[0][2], x)
    assert repr(G) == "MLP(3 -> 5 relu -> 2)"


def test_points_of_another_width_or_without_a_value_are_refused(G, D, rng):
    with pytest.raises(ValueError, match=r"points: expected shape \(N, 4\), got \(9, 5\)"):
        next(gan.train(G, D, np.zeros((9, 5)), epochs=1, rng=rng, points=True))
    x = np.zeros((9, 4))
    x[5, 1] = np.nan
    with pytest.raises(ValueError, match="but 1 of 9 hold NaN or Inf, the first is point 5. Leave"):
        next(gan.train(G, D, x, epochs=1, rng=rng, points=True))


def test_knobs_that_exclude_each_other_are_refused(G, D, rng):
    with pytest.raises(ValueError, match="gp=1.0 with r1=0.1.*leave out r1, r2 and loss"):
        next(gan.train(G, D, images(rng), epochs=1, rng=rng, gp=1.0, r1=0.1))
    with pytest.raises(ValueError, match="d_steps from 1 to 3, .*got 4. Choose smaller batches"):
        next(gan.train(G, D, images(rng), epochs=1, rng=rng, batch=8, d_steps=4))
