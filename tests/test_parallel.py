"""Data-parallel training: several processes take the steps that one would take."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from scratchgen import MLP, SGD, Adam, Tensor, gan, grad, mse, nn, optim, parallel, vae
from scratchgen.parallel import Team, lay_out, read_out, shares
from tests.fake_cupy import install

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
WORKERS = [2, 3]


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture(autouse=True)
def _nobody_is_left():
    before = set(multiprocessing.active_children())
    yield
    assert set(multiprocessing.active_children()) <= before


def regression(workers, make, batches, change=lambda i, net, optimiser: None):
    """A net after steps on `batches`, its optimiser, and the loss of each step."""
    net = MLP([3, 8, 2], rng=np.random.default_rng(1))
    optimiser = make(net.parameters())
    losses = []
    with Team(workers) as team:
        shared = team.share(optimiser)

        @team.split
        def step(x, y):
            loss = mse(net(x), y)
            shared.step(grad(loss, net.parameters()))
            return [float(loss)]

        for i, (x, y) in enumerate(batches):
            change(i, net, optimiser)
            losses += list(step(x, y))
    return net, optimiser, losses


def pairs(rng, sizes):
    draw = rng.standard_normal
    return [(draw((n, 3), dtype="float32"), draw((n, 2), dtype="float32")) for n in sizes]


def assert_same_nets(a, b, rtol=1e-4):
    for name, w in nn.state(a).items():
        np.testing.assert_allclose(nn.state(b)[name], w, rtol=rtol, atol=1e-6, err_msg=name)


# The same steps.


@pytest.mark.parametrize("workers", WORKERS)
@pytest.mark.parametrize("make", [
    Adam, lambda w: Adam(w, betas=(0.5, 0.9), eps=1e-3),
    lambda w: SGD(w, lr=0.1), lambda w: SGD(w, lr=0.1, momentum=0.9),
])  # fmt: skip
def test_a_team_takes_the_steps_that_one_process_takes(workers, make, rng):
    batches = pairs(rng, [12] * 20)
    alone, _, expected = regression(1, make, batches)
    net, _, losses = regression(workers, make, batches)
    np.testing.assert_allclose(losses, expected, rtol=1e-4)
    assert_same_nets(alone, net)


@pytest.mark.parametrize("workers", WORKERS)
def test_rows_that_do_not_divide_are_weighted_and_a_single_row_will_do(workers, rng):
    batches = pairs(rng, [13, 7, 5, 2, 1])
    alone, _, expected = regression(1, Adam, batches)
    net, _, losses = regression(workers, Adam, batches)
    np.testing.assert_allclose(losses, expected, rtol=1e-4)
    assert_same_nets(alone, net)


def test_the_learning_rate_that_is_set_between_steps_is_everyones(rng):
    def fall(i, net, optimiser):
        optimiser.lr = 0.1 / (i + 1)

    batches = pairs(rng, [8] * 10)
    alone, *_ = regression(1, Adam, batches, fall)
    net, *_ = regression(2, Adam, batches, fall)
    assert_same_nets(alone, net)


def test_weights_that_are_replaced_between_steps_are_everyones(rng):
    other = MLP([3, 8, 2], rng=np.random.default_rng(7))

    def replace(i, net, optimiser):
        if i == 3:
            nn.load_state(net, nn.state(other))

    batches = pairs(rng, [8] * 6)
    alone, *_ = regression(1, Adam, batches, replace)
    net, *_ = regression(2, Adam, batches, replace)
    assert_same_nets(alone, net)


def test_the_optimiser_goes_on_alone_where_the_team_stopped(rng):
    ends = []
    for workers in (1, 2):
        net, adam, _ = regression(workers, Adam, pairs(np.random.default_rng(5), [8] * 9))
        x, y = pairs(np.random.default_rng(6), [8])[0]
        adam.step(grad(mse(net(x), y), net.parameters()))
        ends.append((net, adam))
    (alone, a), (net, b) = ends
    assert a.t == b.t == 10
    assert_same_nets(alone, net)
    for name in ("m", "v"):
        for here, there in zip(getattr(a, name), getattr(b, name), strict=True):
            np.testing.assert_allclose(there, here, rtol=1e-3, atol=1e-7)


def test_an_optimiser_that_has_a_past_keeps_it(rng):
    def after(workers):
        w = Tensor(np.zeros(5, "float32"))
        adam = Adam([w], lr=0.1)
        for _ in range(3):
            adam.step([np.ones(5, "float32")])
        with Team(workers) as team:
            shared = team.share(adam)
            step = team.split(lambda x: [shared.step([x.mean(0)]) or 0.0])
            step(-np.ones((4, 5), "float32"))
        return w.value

    np.testing.assert_allclose(after(2), after(1), rtol=1e-6)


def test_a_graph_from_before_a_step_is_void(rng):
    w = Tensor([1.0, 2.0])
    with Team(2) as team:
        sgd = team.share(SGD([w], lr=0.5))
        step = team.split(lambda x: [sgd.step([x.mean(0)]) or 0.0])
        loss = (w * w).sum()
        step(np.ones((4, 2), "float32"))
        with pytest.raises(RuntimeError, match="changed in place"):
            grad(loss, w)


@pytest.mark.parametrize("knobs", [
    {}, {"warmup": 1.0}, {"k": 3}, {"stl": True}, {"schedule": optim.cosine},
])  # fmt: skip
def test_a_vae_trained_by_two_is_the_vae_trained_by_one(knobs):
    def trained(workers):
        rng = np.random.default_rng(0)
        model = vae.VAE(16, 2, (12, 6), rng=rng)
        images = np.random.default_rng(1).random((50, 16))
        run = vae.train(
            model, images, vae.Settings(epochs=3, batch=16, **knobs), rng=rng, workers=workers
        )
        return model, [r[1:4] for r in run]

    alone, expected = trained(1)
    model, records = trained(2)
    np.testing.assert_allclose(records, expected, rtol=1e-4)
    assert_same_nets(alone, model, rtol=1e-3)


def test_labels_go_with_their_images():
    def trained(workers):
        rng = np.random.default_rng(0)
        model = vae.ConditionalVAE(16, 2, (12,), classes=3, rng=rng)
        images, labels = np.random.default_rng(1).random((40, 16)), np.arange(40) % 3
        run = vae.train(
            model, images, vae.Settings(epochs=2, batch=8), rng=rng, labels=labels, workers=workers
        )
        return [r.elbo for r in run]

    np.testing.assert_allclose(trained(2), trained(1), rtol=1e-4)


@pytest.mark.parametrize("knobs", [
    {}, {"r1": 0.1, "r2": 0.1}, {"d_steps": 2}, {"schedule": optim.cosine},
])  # fmt: skip
def test_a_gan_played_by_two_is_the_gan_played_by_one(knobs):
    def played(workers):
        rng = np.random.default_rng(0)
        G, average = (gan.generator(3, 16, (12,), rng=rng) for _ in range(2))
        D = gan.discriminator(16, (12, 6), rng=rng)
        images = np.random.default_rng(1).random((50, 16))
        run = gan.train(
            G,
            D,
            images,
            gan.Settings(epochs=3, batch=16, **knobs),
            rng=rng,
            average=average,
            workers=workers,
        )
        return average, [r[1:3] for r in run]

    alone, expected = played(1)
    average, records = played(2)
    np.testing.assert_allclose(records, expected, rtol=1e-4)
    assert_same_nets(alone, average, rtol=1e-3)


# Beginning and end.


def test_one_worker_is_no_team():
    adam = Adam([Tensor([1.0])])
    with Team() as team:
        assert team.share(adam) is adam
        assert team.split(print) is print


def test_the_processes_end_when_training_is_left_half_way(rng):
    model = vae.VAE(4, 2, (3,), rng=rng)
    for _ in vae.train(model, np.eye(4), vae.Settings(epochs=100), rng=rng, workers=2):
        break  # the fixture looks for who is left
    assert np.isfinite(nn.state(model)["mean.W"]).all()


def test_the_number_of_blas_threads_is_put_back():
    from threadpoolctl import threadpool_info, threadpool_limits

    def threads():
        return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]

    with threadpool_limits(2, user_api="blas"):
        before = threads()
        with Team(2) as team:
            team.split(lambda x: [x.mean()])(np.ones(4))
            assert set(threads()) == {1}
        assert threads() == before


def test_an_error_of_another_process_is_told_with_its_lines():
    def fails_below(x):
        if x[0] > 1:
            raise ArithmeticError("of the second half")
        team.meet()
        return [0.0]

    with Team(2) as team:
        step = team.split(fails_below)
        with pytest.raises(RuntimeError, match=r"has ended[\s\S]*fails_below[\s\S]*second half"):
            step(np.array([0.0, 0.0, 2.0, 2.0]))


def test_an_error_of_this_process_is_its_own_and_ends_the_others():
    def fails_above(x):
        if x[0] < 1:
            raise ArithmeticError("of the first half")
        team.meet()
        return [0.0]

    with Team(2) as team:
        step = team.split(fails_above)
        with pytest.raises(ArithmeticError, match="first half"):
            step(np.array([0.0, 0.0, 2.0, 2.0]))
        with pytest.raises(RuntimeError, match="a step after its end"):
            step(np.zeros(4))


def test_a_process_that_was_killed_is_missed():
    with Team(2) as team:
        step = team.split(lambda x: [x.mean()])
        step(np.zeros(4))
        os.kill(team.processes[0].pid, signal.SIGKILL)
        with pytest.raises(RuntimeError, match=r"has ended\.\nKilled"):
            step(np.zeros(4))


SLEEPER = """if True:
    import sys, time, numpy as np
    from scratchgen.parallel import Team
    with Team(2) as team:
        step = team.split(lambda x: [x.mean()])
        step(np.zeros(4))
        try:
            print(team.processes[0].pid, flush=True)
            time.sleep(60)
        except KeyboardInterrupt:
            print("interrupted,", step(np.ones(4)), flush=True)
"""


def is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as file:
        return file.read().split(")")[1].split()[0] != "Z"  # nobody may have asked for it yet


def ends_within(seconds, pid):
    end = time.monotonic() + seconds
    while is_running(pid) and time.monotonic() < end:
        time.sleep(0.05)
    return not is_running(pid)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_nobody_is_left_behind_by_a_process_that_was_killed():
    with subprocess.Popen([sys.executable, "-c", SLEEPER], stdout=subprocess.PIPE) as leader:
        other = int(leader.stdout.readline())
        leader.kill()
    assert ends_within(10, other)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_ctrl_c_is_for_the_process_that_leads():
    with subprocess.Popen(
        [sys.executable, "-c", SLEEPER], stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as leader:
        other = int(leader.stdout.readline())
        os.killpg(leader.pid, signal.SIGINT)  # as a terminal does: to all of them
        assert leader.stdout.readline() == "interrupted, [1.]\n"
    assert ends_within(10, other)


# What is refused.


@pytest.mark.parametrize("workers", [0, -1, 1.5, "2", None])
def test_a_team_is_of_a_whole_number(workers):
    with pytest.raises(ValueError, match=r"expected workers, a whole number from 1, got"):
        Team(workers)


def test_windows_is_told_to_do_without(monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(ValueError, match=r"need fork, which Windows has not\. Leave workers at 1"):
        Team(2)
    assert Team(1).split(print) is print


def test_sharing_and_splitting_come_before_the_first_step():
    with Team(2) as team:
        team.split(lambda x: [x.mean()])(np.zeros(2))
        with pytest.raises(RuntimeError, match=r"Team\.share: the team is at work already"):
            team.share(Adam([Tensor([1.0])]))
        with pytest.raises(RuntimeError, match=r"Team\.split: the team is at work already"):
            team.split(print)


@pytest.mark.parametrize(("args", "error", "said"), [
    ([np.zeros(3), np.zeros(4)], ValueError, r"one row per example of a batch, got \[3, 4\]"),
    ([0.5], ValueError, "got no array"),
    ([np.zeros(3, complex)], TypeError, "a batch of complex128 cannot be handed over"),
    ([np.zeros(99)], ValueError, "a batch may take 0 MiB, and this one takes more"),
])  # fmt: skip
def test_a_batch_that_cannot_be_handed_over_is_refused(args, error, said):
    with pytest.raises(error, match=said):
        lay_out(0, args, np.zeros(99, "int64"), np.zeros(99, "uint8"))


def test_weights_of_two_float_types_are_refused():
    both = [Tensor(np.zeros(2, "float32")), Tensor(np.zeros(2))]
    with pytest.raises(ValueError, match="weights of one float type, got float32 and float64"):
        Team(2).share(Adam(both))


def test_weights_on_a_gpu_are_refused(monkeypatch):
    from scratchgen import backend

    install(monkeypatch)
    backend.gpu_status.cache_clear()
    backend.use("cupy")
    w = Tensor(backend.asarray([1.0]))
    with pytest.raises(ValueError, match="the weights are on a GPU"):
        Team(2).share(Adam([w]))
    backend.gpu_status.cache_clear()


def test_gradients_of_other_parameters_are_refused():
    with Team(2) as team:
        sgd = team.share(SGD([Tensor([1.0, 2.0])], lr=0.5))
        step = team.split(lambda x: [sgd.step([x]) or 0.0])
        with pytest.raises(ValueError, match=r"Team\.step: expected 1 gradients of shapes"):
            step(np.zeros((2, 3), "float32"))


@pytest.mark.parametrize(("model", "knobs", "said"), [
    ("vae", {"least": 0.5}, r"least=0\.5 with workers=2"),
    ("gan", {"gp": 1.0}, r"gp=1\.0 with workers=2"),
])  # fmt: skip
def test_knobs_that_exclude_a_team_say_so(model, knobs, said, rng):
    G, D = gan.generator(2, 4, (3,), rng=rng), gan.discriminator(4, (3,), rng=rng)
    nets = (G, D) if model == "gan" else (vae.VAE(4, 2, (3,), rng=rng),)
    room = {"vae": vae, "gan": gan}[model]
    with pytest.raises(ValueError, match=said):
        room.train(*nets, np.eye(4), room.Settings(epochs=1, **knobs), rng=rng, workers=2)


# How a batch is handed over.

DTYPES = st.sampled_from(["float32", "float64", "int64", "int32", "uint8", "bool"])
ARRAYS = DTYPES.flatmap(lambda t: npst.arrays(t, npst.array_shapes(max_dims=3, max_side=4)))


@given(ARRAYS, st.lists(st.floats(allow_nan=False), max_size=3), st.integers(0, 5))
def test_what_is_laid_out_is_read_out(x, numbers, index):
    header, arena = np.zeros(99, "int64"), np.zeros(4096, "uint8")
    lay_out(index, [x, *numbers, x[::-1]], header, arena)
    found, args = read_out(header, arena)
    assert found == index
    assert args[1:-1] == numbers
    for sent, got in ((x, args[0]), (x[::-1], args[-1])):
        assert got.dtype == sent.dtype
        np.testing.assert_array_equal(got, sent)


@given(st.integers(1, 50), st.integers(1, 5))
def test_every_row_counts_once(N, workers):
    rows, portions = shares(N, workers)
    x = np.arange(N) ** 2.0
    means = [x[r].mean() for r in rows]
    np.testing.assert_allclose(np.dot(portions, means), x.mean())
    assert max(portions) - min(portions) <= 1 / N + 1e-12


def test_shared_arrays_are_zeros_that_can_be_written():
    x = parallel.shared_array((2, 3), "float64")
    assert not x.any()
    x[1, 2] = 5.0
    assert parallel.shared_array((0,), "float32").shape == (0,)
