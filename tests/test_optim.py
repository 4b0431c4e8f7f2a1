"""SGD and Adam against the papers' own formulas, and what they refuse."""

import subprocess
import sys

import numpy
import pytest

from scratchgen import backend, nn, optim
from scratchgen.engine import Tensor, grad, no_grad
from scratchgen.nn import MLP
from scratchgen.optim import SGD, Adam, cosine
from tests.fake_cupy import DeviceArray, install

pytestmark = pytest.mark.usefixtures("device")  # see conftest.py
SHAPES = [(), (3,), (2, 3)]


def leaves(rng, dtype="float64"):
    """Parameters of every kind of shape."""
    return [Tensor(numpy.asarray(rng.standard_normal(s), dtype)) for s in SHAPES]


def gradients(rng, dtype="float64"):
    return [numpy.asarray(rng.standard_normal(s), dtype) for s in SHAPES]


def rosenbrock(w):
    """A curved valley whose floor hardly slopes; the minimum is at (1, 1)."""
    return (1 - w[0]) ** 2 + 100 * (w[1] - w[0] ** 2) ** 2


def minimise(optimiser, loss, w, steps):
    for _ in range(steps):
        optimiser.step([grad(loss(w), w)])
    return w.value


# Adam.


def algorithm_1(theta, gradients, alpha, beta1, beta2, epsilon):
    """Kingma & Ba 2015, algorithm 1, line by line, in the paper's symbols."""
    m, v, t = numpy.zeros_like(theta), numpy.zeros_like(theta), 0
    for g in gradients:
        t = t + 1
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        theta = theta - alpha * m_hat / (numpy.sqrt(v_hat) + epsilon)
    return theta


@pytest.mark.parametrize("betas", [(0.9, 0.999), (0.5, 0.9), (0.0, 0.99), (0.9, 0.0)])
@pytest.mark.parametrize("eps", [1e-8, 1e-2])  # the second shows where eps stands
def test_adam_is_the_papers_algorithm(betas, eps):
    rng = numpy.random.default_rng(0)
    w = leaves(rng)
    start, history = [x.value.copy() for x in w], [gradients(rng) for _ in range(300)]
    adam = Adam(w, lr=0.01, betas=betas, eps=eps)
    for step in history:
        adam.step(step)
    for x, x0, g in zip(w, start, zip(*history, strict=True), strict=True):
        expected = algorithm_1(x0, g, 0.01, *betas, eps)
        numpy.testing.assert_allclose(x.value, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("shape", [(), (0,), (7,), (5, 3), (2, 40), (1, 3), (3, 0), (4, 3, 2)])
def test_adam_in_blocks_is_adam_at_once(shape, turned, monkeypatch):
    monkeypatch.setattr(optim, "BLOCK", 6)  # so that these have several blocks, some a last half
    rng = numpy.random.default_rng(0)
    x = rng.standard_normal(shape)
    w = Tensor(x.T.copy().T if turned else x.copy())  # turned: not in one piece, row by row
    history = [rng.standard_normal(shape) for _ in range(3)]
    adam = Adam([w], lr=0.01)
    for g in history:
        adam.step([g])
    expected = algorithm_1(x, history, 0.01, 0.9, 0.999, 1e-8)
    numpy.testing.assert_allclose(w.value, expected, rtol=1e-12, atol=1e-14)


def test_blocks_are_small_enough_for_the_cache():
    big = numpy.zeros((1000, 784))
    sizes = [block.size for (block,) in optim._blocks(big)]
    assert sum(sizes) == big.size
    assert max(sizes) <= optim.BLOCK < 2 * sizes[0]


def asleep(betas, steps=2000):
    """float32 weights with one gradient each, large and small, and none for a long time after."""
    w = Tensor(numpy.zeros(4, "float32"))
    adam = Adam([w], lr=0.01, betas=betas)
    first = numpy.array([1.0, -1.0, 1e-6, -1e-15], "float32")
    history = [first] + [numpy.zeros(4, "float32")] * steps
    for g in history:
        adam.step([g])
    return w, adam, history


@pytest.mark.parametrize("betas", [(0.9, 0.999), (0.9, 0.9), (0.5, 0.9), (0.0, 0.9)])
def test_adam_has_no_subnormal_numbers_to_be_slow_on(betas):
    _, adam, _ = asleep(betas)
    for x in (backend.to_numpy(adam.m[0]), backend.to_numpy(adam.v[0])):
        assert not ((x != 0) & (abs(x) < numpy.finfo("float32").tiny)).any(), x


def test_adam_rounds_off_its_memory_every_64th_step_and_no_more_often(monkeypatch):
    w = leaves(numpy.random.default_rng(0))
    adam, at = Adam(w), []
    monkeypatch.setattr(optim, "_forget", lambda m, v: at.append(adam.t))
    for _ in range(200):
        adam.step(gradients(numpy.random.default_rng(1)))
    assert at == [t for t in (64, 128, 192) for _ in w]


@pytest.mark.parametrize("betas", [(0.9, 0.999), (0.9, 0.9), (0.0, 0.9)])
def test_weights_that_slept_and_wake_are_where_the_papers_algorithm_has_them(betas):
    w, adam, history = asleep(betas)
    wake = numpy.array([0.1, 0.1, -1e-6, 1e-3], "float32")
    adam.step([wake])
    wide = [g.astype("float64") for g in [*history, wake]]
    expected = algorithm_1(numpy.zeros(4), wide, 0.01, *betas, 1e-8)
    numpy.testing.assert_allclose(w.value, expected, rtol=1e-4)


@pytest.mark.host
@pytest.mark.skipif(sys.platform != "linux", reason="it is glibc that hands memory back")
def test_a_training_step_asks_the_system_for_no_memory():
    code = """if True:
        import resource, numpy
        from scratchgen import MLP, Adam, grad, mse
        rng = numpy.random.default_rng(0)
        net, x = MLP([784, 512, 784], rng=rng), rng.random((512, 784), "float32")
        adam = Adam(net.parameters())
        faults = []
        for _ in range(6):
            adam.step(grad(mse(net(x), x), net.parameters()))
            faults.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt)
        print(faults[-1] - faults[-2])
    """
    pages = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(pages.stdout) < 100  # of 4 KiB; without keep_memory it is thousands


def test_adams_first_step_is_the_sign_of_the_gradient_whatever_its_size():
    g = numpy.array([1e-3, -1.0, 1e6])
    w = Tensor(numpy.zeros(3))
    Adam([w], lr=0.1).step([g])
    numpy.testing.assert_allclose(w.value, -0.1 * numpy.sign(g), rtol=1e-4)  # eps / 1e-3 is 1e-5


def test_a_gradient_of_zero_moves_nothing():
    w = Tensor(numpy.array([1.0, 2.0]))
    Adam([w], lr=0.1).step([numpy.zeros(2)])
    assert w.value.tolist() == [1.0, 2.0]


@pytest.mark.host
def test_adam_crosses_rosenbrocks_valley():
    w = Tensor(numpy.array([-1.2, 1.0]))
    assert minimise(Adam([w], lr=0.1), rosenbrock, w, 2000) == pytest.approx([1, 1], abs=1e-3)


def test_adam_stays_where_it_is_at_a_minimum():
    w = Tensor(numpy.array([1.0, 1.0]))
    assert minimise(Adam([w], lr=0.1), rosenbrock, w, 10).tolist() == [1.0, 1.0]


# SGD.


def test_sgd_goes_down_the_gradient():
    rng = numpy.random.default_rng(0)
    w, g = leaves(rng), gradients(rng)
    expected = [x.value - 0.1 * dx for x, dx in zip(w, g, strict=True)]
    SGD(w, lr=0.1).step(g)
    for x, y in zip(w, expected, strict=True):
        numpy.testing.assert_allclose(x.value, y, rtol=1e-15)


def test_momentum_adds_up_the_past():
    rng = numpy.random.default_rng(0)
    w = Tensor(numpy.zeros(3))
    sgd, history = SGD([w], lr=0.1, momentum=0.9), rng.standard_normal((50, 3))
    for g in history:
        sgd.step([g])
    # The step at t is lr * sum over s <= t of momentum^(t - s) * g_s; w is minus all of them.
    weights = [sum(0.9**age for age in range(50 - s)) for s in range(50)]
    numpy.testing.assert_allclose(w.value, -0.1 * (numpy.array(weights) @ history), rtol=1e-12)


def test_sgd_on_a_parabola_shrinks_by_the_same_factor_each_step():
    w = Tensor(numpy.array([1.0, -2.0]))
    at = minimise(SGD([w], lr=0.1), lambda w: (w * w).sum(), w, 20)
    numpy.testing.assert_allclose(at, numpy.array([1.0, -2.0]) * (1 - 2 * 0.1) ** 20, rtol=1e-12)


def test_sgd_beyond_twice_the_inverse_curvature_diverges():
    w = Tensor(numpy.array(1.0))
    at = minimise(SGD([w], lr=1.1), lambda w: w * w, w, 20)
    assert float(at) == pytest.approx((1 - 2 * 1.1) ** 20)


@pytest.mark.host
def test_momentum_on_a_parabola_follows_its_recurrence():
    # w' = w - lr m', m' = momentum m + 2w: a linear map of (w, m), applied 30 times.
    step = numpy.array([[1 - 0.05 * 2, -0.05 * 0.8], [2, 0.8]])
    w = Tensor(numpy.array(1.0))
    at = minimise(SGD([w], lr=0.05, momentum=0.8), lambda w: w * w, w, 30)
    assert at == pytest.approx((numpy.linalg.matrix_power(step, 30) @ [1.0, 0.0])[0], rel=1e-10)


# Both.


@pytest.fixture(params=[SGD, lambda w, lr: SGD(w, lr, momentum=0.9), Adam])
def make(request):
    return request.param


def state_arrays(optimiser):
    return [*optimiser.m, *getattr(optimiser, "v", [])]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_values_and_state_keep_the_float_type_of_the_parameters(make, dtype):
    rng = numpy.random.default_rng(0)
    w = leaves(rng, dtype)
    optimiser = make(w, lr=0.1)
    for _ in range(3):
        optimiser.step(gradients(rng, dtype))
    assert {a.dtype for a in [x.value for x in w] + state_arrays(optimiser)} == {numpy.dtype(dtype)}


def test_float64_gradients_do_not_widen_float32_parameters(make):
    w = Tensor(numpy.ones(3, numpy.float32))
    make([w], lr=0.1).step([numpy.ones(3)])
    assert w.dtype == numpy.float32


def test_a_step_leaves_the_gradients_as_they_were(make):
    rng = numpy.random.default_rng(0)
    w, g = leaves(rng), gradients(rng)
    for part in g:
        part.flags.writeable = False
    optimiser = make(w, lr=0.1)
    optimiser.step(g)
    optimiser.step(g)
    assert not any(numpy.shares_memory(a, b) for a in g for b in state_arrays(optimiser))


def test_the_learning_rate_may_change_between_steps(make):
    w = Tensor(numpy.zeros(2))
    optimiser = make([w], lr=0.1)
    optimiser.lr = 1e-9
    optimiser.step([numpy.ones(2)])
    assert abs(w.value).max() < 1e-8


def test_a_learning_rate_lowered_later_shortens_the_next_step(make):
    w = Tensor(numpy.zeros(2))
    optimiser = make([w], lr=0.1)
    optimiser.step([numpy.ones(2)])
    before, optimiser.lr = w.value.copy(), 1e-9
    optimiser.step([numpy.ones(2)])
    assert 0 < abs(w.value - before).max() < 1e-8


def test_a_step_between_forward_and_backward_makes_the_old_graph_void(make):
    w = Tensor(numpy.array([1.0, 2.0]))
    optimiser, loss = make([w], lr=0.1), (w * w).sum()
    optimiser.step([grad(loss, w)])
    with pytest.raises(RuntimeError, match=r"changed in place.*version 0, now 1"):
        grad(loss, w)


def test_a_step_is_fine_under_no_grad(make):
    w = Tensor(numpy.array([1.0, 2.0]))
    with no_grad():
        make([w], lr=0.1).step([numpy.ones(2)])
    assert (w.value < numpy.array([1.0, 2.0])).all()


def test_parameters_may_come_from_a_generator(make):
    w = Tensor(numpy.array([1.0, 2.0]))
    make((x for x in [w]), lr=0.1).step([numpy.ones(2)])
    assert (w.value < numpy.array([1.0, 2.0])).all()


def test_state_lives_where_the_parameters_live(make, monkeypatch):
    cupy = install(monkeypatch)
    w = Tensor(cupy.asarray([1.0, 2.0]))
    optimiser = make([w], lr=0.1)
    optimiser.step([cupy.asarray([1.0, 1.0])])
    assert all(isinstance(a, DeviceArray) for a in [w.value, *state_arrays(optimiser)])
    assert DeviceArray.downloads == 0


def test_a_net_learns_a_line(make):
    rng = numpy.random.default_rng(0)
    model, x = MLP([1, 8, 1], rng=rng), backend.normal(rng, (64, 1))
    optimiser, w, losses = make(model.parameters(), lr=0.05), model.parameters(), []
    for _ in range(200):
        loss = ((model(x) - (2 * x - 1)) ** 2).mean()
        optimiser.step(grad(loss, w))
        losses.append(float(loss))
    assert losses[-1] < 0.01 * losses[0]


def test_optimisers_print_as_what_they_are():
    w = [Tensor(1.0)]
    assert repr(SGD(w, lr=0.1, momentum=0.9)) == "SGD(lr=0.1, momentum=0.9)"
    assert repr(Adam(w)) == "Adam(lr=0.001, betas=(0.9, 0.999), eps=1e-08)"


# What they refuse.


@pytest.mark.parametrize("lr", [0, -0.1, float("nan")])
def test_a_learning_rate_that_is_not_positive_is_an_error(make, lr):
    with pytest.raises(ValueError, match=rf"expected a learning rate lr > 0, got {lr}"):
        make([Tensor(1.0)], lr=lr)


@pytest.mark.parametrize("momentum", [-0.1, 1.0, float("nan")])
def test_momentum_outside_its_range_is_an_error(momentum):
    with pytest.raises(ValueError, match=rf"SGD: expected momentum in \[0, 1\), got {momentum}"):
        SGD([Tensor(1.0)], 0.1, momentum)


@pytest.mark.parametrize(
    ("betas", "name"), [((1.0, 0.9), "0"), ((1.5, 0.9), "0"), ((0.9, -0.1), "1")]
)
def test_betas_outside_their_range_are_an_error(betas, name):
    with pytest.raises(ValueError, match=rf"Adam: expected betas\[{name}\] in \[0, 1\), got"):
        Adam([Tensor(1.0)], betas=betas)


@pytest.mark.parametrize("eps", [-1e-8, float("nan")])
def test_an_eps_that_is_negative_is_an_error(eps):
    with pytest.raises(ValueError, match=r"Adam: expected eps"):
        Adam([Tensor(1.0)], eps=eps)


def test_an_eps_of_zero_is_allowed_and_the_first_step_is_then_exactly_the_rate():
    w = Tensor(numpy.zeros(2))
    Adam([w], lr=0.5, eps=0.0).step([numpy.array([1e-30, -3.0])])
    numpy.testing.assert_allclose(w.value, [-0.5, 0.5], rtol=1e-12)


def test_no_parameters_are_an_error(make):
    with pytest.raises(ValueError, match=r"got no parameters. Pass model.parameters\(\)"):
        make([], lr=0.1)


def test_arrays_for_parameters_are_an_error(make):
    with pytest.raises(TypeError, match=r"expected a list of Tensors. Pass model.parameters\(\)"):
        make([numpy.ones(3)], lr=0.1)


def test_a_model_for_its_parameters_is_an_error_that_names_the_fix(make):
    with pytest.raises(TypeError, match=r"Pass model.parameters\(\)"):
        make(MLP([2, 1], rng=numpy.random.default_rng(0)), lr=0.1)


def refused_step(make, wrong):
    """The message of a step with wrong gradients; nothing has moved by then."""
    w = [Tensor(numpy.zeros(2)), Tensor(numpy.zeros((2, 3)))]
    optimiser = make(w, lr=0.1)
    with pytest.raises((ValueError, TypeError)) as caught:
        optimiser.step(wrong)
    assert not any(abs(x.value).any() for x in w)
    assert not any(a.any() for a in state_arrays(optimiser))
    return str(caught.value)


def test_too_few_gradients_are_an_error(make):
    message = refused_step(make, [numpy.ones(2)])
    assert "expected 2 gradients of shapes [(2,), (2, 3)], got [(2,)]" in message
    assert "Pass grad(loss, parameters)" in message


def test_gradients_in_another_order_are_an_error(make):
    message = refused_step(make, [numpy.ones((2, 3)), numpy.ones(2)])
    assert "got [(2, 3), (2,)]" in message
    assert "in the same order" in message


def test_a_gradient_that_would_broadcast_is_an_error(make):
    assert "got [(1,), (2, 3)]" in refused_step(make, [numpy.ones(1), numpy.ones((2, 3))])


def test_gradients_that_are_no_arrays_are_an_error_that_names_the_fix(make):
    assert "Pass grad(loss, parameters)" in refused_step(make, [1.0, None])


def test_gradients_with_a_history_are_an_error_that_names_the_fix(make):
    # What grad(..., create_graph=True) gives.
    wrong = [Tensor(numpy.ones(2)), Tensor(numpy.ones((2, 3)))]
    assert "create_graph" in refused_step(make, wrong)


def test_the_cosine_falls_from_one_to_nothing_after_its_warmup():
    assert [cosine(t) for t in (0.0, 0.5, 1.0)] == [1.0, 0.5, 0.0]
    shares = [cosine(t, warmup=0.2) for t in (0.0, 0.1, 0.2, 0.6, 1.0)]
    numpy.testing.assert_allclose(shares, [0.0, 0.5, 1.0, 0.5, 0.0], atol=1e-15)


# What it remembers, saved and loaded like weights.


def moved(optimiser, steps, seed=0):
    """The optimiser after some steps, and its weight."""
    rng = numpy.random.default_rng(seed)
    for _ in range(steps):
        optimiser.step(
            [rng.standard_normal(w.shape).astype("float32") for w in optimiser.parameters]
        )
    return optimiser


def pair_of_weights():
    return [Tensor(numpy.ones((2, 3), "float32")), Tensor(numpy.ones(3, "float32"))]


@pytest.mark.parametrize("make", [
    Adam, lambda w: Adam(w, betas=(0.0, 0.9)), lambda w: SGD(w, lr=0.1, momentum=0.9),
])  # fmt: skip
def test_an_optimiser_that_was_saved_goes_on_as_if_it_had_not_been(make, tmp_path):
    whole = moved(make(pair_of_weights()), 3)
    path = nn.save(whole, tmp_path / "optimiser.npz")
    weights = [Tensor(w.value) for w in whole.parameters]
    again = make(weights)
    nn.load(again, path)
    moved(whole, 2, seed=1)
    moved(again, 2, seed=1)
    for a, b in zip(whole.parameters, again.parameters, strict=True):
        numpy.testing.assert_array_equal(a.value, b.value)
    assert getattr(whole, "t", None) == getattr(again, "t", None)


def test_a_state_is_a_copy_of_named_arrays():
    adam = moved(Adam(pair_of_weights()), 3)
    state = nn.state(adam)
    assert sorted(state) == ["m.0", "m.1", "t", "v.0", "v.1"]
    assert (state["t"], state["m.0"].shape, state["m.0"].dtype) == (3, (2, 3), "float32")
    moved(adam, 1)
    assert (state["m.0"] != nn.state(adam)["m.0"]).all()
    assert nn.state(SGD(pair_of_weights(), lr=0.1)).keys() == {"m.0", "m.1"}


def test_the_state_of_another_layout_or_none_is_refused_before_anything_moves():
    adam, state = Adam(pair_of_weights()), nn.state(moved(Adam(pair_of_weights()), 3))
    spoilt = state | {"v.1": numpy.full(3, numpy.nan, "float32")}
    short = {name: x for name, x in state.items() if name != "m.1"}
    wide = state | {"m.0": numpy.zeros((3, 2), "float32")}
    with pytest.raises(ValueError, match=r"load_state\(Adam.*v.1: expected finite numbers"):
        nn.load_state(adam, spoilt)
    with pytest.raises(ValueError, match=r"m.1: expected \(3,\), got None"):
        nn.load_state(adam, short)
    with pytest.raises(ValueError, match=r"m.0: expected \(2, 3\), got \(3, 2\)"):
        nn.load_state(adam, wide)
    with pytest.raises(ValueError, match=r"(?s)load_state\(SGD.*t: expected None, got \(\)"):
        nn.load_state(SGD(pair_of_weights(), lr=0.1), state)
    assert adam.t == 0
    assert not any(m.any() for m in adam.m + adam.v)
