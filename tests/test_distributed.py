"""Ranks that take the steps which one process takes: without MPI, and under mpiexec."""

import os
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scratchgen import MLP, SGD, Adam, Tensor, backend, data, distributed, gan, grad, mse, nn, vae
from scratchgen.distributed import Ranks, share_of_cores, world
from tests import fake_mpi
from tests.benchmarks.apart import mpiexec
from tests.fake_cupy import DeviceArray, install
from tests.fake_mpi import results, run

SIZES = [1, 2, 3, 4]
EXACT = 1e-9  # relative; sums are added up in another order


def every_size(test):
    """Several ranks, on machines of their own and on one."""
    sizes = pytest.mark.parametrize("size", SIZES[1:])
    return pytest.mark.usefixtures("together")(sizes(test))


@pytest.fixture(params=[False, True], ids=["apart", "together"])
def together(request, monkeypatch):
    monkeypatch.setattr(fake_mpi.Job, "together", request.param)


@pytest.fixture
def float64(monkeypatch):
    """Parameters are made and noise is drawn in float64, until the test ends."""
    monkeypatch.setattr(backend._Choice, "float_type", np.dtype("float64"))


def pairs(rng, sizes):
    return [(rng.standard_normal((n, 3)), rng.standard_normal((n, 2))) for n in sizes]


def regression(size, make, batches, change=lambda i, net, optimiser: None):
    """The weights after a loop of one's own on `batches`, its optimiser, and the losses."""

    def program(ranks):
        net = MLP([3, 5, 2], rng=np.random.default_rng(1))
        optimiser = make(net.parameters())
        change(-1, net, optimiser)  # before it is shared
        shared, losses = ranks.share(optimiser), []
        for i, (x, y) in enumerate(batches):
            change(i, net, optimiser)
            mine = ranks.rows(len(x))
            loss = mse(net(x[mine]), y[mine])
            shared.step(grad(loss, net.parameters()))
            losses += ranks.total(ranks.weight * float(loss))
        ranks.gather(shared)
        return net, optimiser, losses

    return results(size, program)


def assert_same_nets(a, b, rtol=EXACT):
    for name, w in nn.state(a).items():
        np.testing.assert_allclose(nn.state(b)[name], w, rtol=rtol, atol=1e-14, err_msg=name)


def assert_same_training(size, make, batches, *change):
    ((alone, _, expected),) = regression(1, make, batches, *change)
    ended = regression(size, make, batches, *change)
    for net, _, losses in ended:
        np.testing.assert_allclose(losses, expected, rtol=EXACT)
        assert_same_nets(alone, net)
        for a, b in zip(net.parameters(), ended[0][0].parameters(), strict=True):
            np.testing.assert_array_equal(a.value, b.value)  # to the last bit, among the ranks


# Who takes what.


@given(st.integers(1, 6), st.integers(1, 20), st.integers(1, 4))
def test_every_row_counts_once_and_packs_stay_whole(size, packs, pack):
    N = packs * pack
    jobs = [Ranks(SimpleNamespace(rank=rank, size=size)) for rank in range(size)]
    rows = [job.rows(N, pack) for job in jobs]
    x, both = np.arange(N) ** 2.0, list(zip(jobs, rows, strict=True))
    np.testing.assert_allclose(sum(j.weight * x[r].mean() for j, r in both), x.mean())
    assert all(len(x[r]) and r.start % pack == len(x[r]) % pack == 0 for r in rows)
    counted = [r.stop - r.start for j, r in both if j.weight]
    assert sum(counted) == N
    assert max(counted) - min(counted) <= pack


@pytest.mark.parametrize(("N", "pack"), [(0, 1), (7, 2)])
def test_a_batch_without_rows_or_with_half_a_pack_is_refused(N, pack):
    with pytest.raises(ValueError, match=f"a multiple of {pack}, got {N}"):
        Ranks().rows(N, pack)


def test_one_process_alone_shares_nothing_and_changes_nothing():
    adam, x, ranks = Adam([Tensor([1.0])]), np.ones(3), Ranks()
    assert ranks.share(adam) is adam
    assert ranks.mean(x) is x
    assert ranks.total(1.0, 2.0) == [1.0, 2.0]
    assert ranks.rows(5) == slice(0, 5)
    assert ranks.weight == 1.0


# The same steps.

MAKERS = [
    lambda w: Adam(w, lr=0.05), lambda w: Adam(w, betas=(0.5, 0.9), eps=1e-3),
    lambda w: SGD(w, lr=0.1), lambda w: SGD(w, lr=0.1, momentum=0.9),
]  # fmt: skip


@every_size
@pytest.mark.parametrize("make", MAKERS)
def test_a_loop_of_ones_own_takes_the_steps_of_one_process(size, make, rng, float64):
    assert_same_training(size, make, pairs(rng, [12] * 20))


@settings(max_examples=20)
@given(st.integers(2, 5), st.lists(st.integers(1, 9), min_size=1, max_size=6))
def test_batches_of_any_size_give_the_same_training(size, sizes):
    backend.use("numpy", "float64")
    assert_same_training(size, MAKERS[0], pairs(np.random.default_rng(2), sizes))


@every_size
def test_the_learning_rate_may_change_between_steps(size, rng, float64):
    def fall(i, net, optimiser):
        optimiser.lr = 0.1 / (i + 2)

    assert_same_training(size, MAKERS[0], pairs(rng, [8] * 6), fall)


@every_size
def test_weights_may_be_replaced_between_steps(size, rng, float64):
    other = MLP([3, 5, 2], rng=np.random.default_rng(7))

    def replace(i, net, optimiser):
        if i == 3:
            nn.load_state(net, nn.state(other))

    assert_same_training(size, MAKERS[0], pairs(rng, [8] * 6), replace)


@every_size
def test_weights_that_are_transposed_in_memory_move_alike(size, rng, float64):
    def turn(i, net, optimiser):
        if i == 0:
            net.layers[0].W.value = np.asfortranarray(net.layers[0].W.value)

    assert_same_training(size, MAKERS[0], pairs(rng, [8] * 4), turn)


@every_size
@pytest.mark.parametrize("make", MAKERS)
def test_an_optimiser_keeps_its_past_and_goes_on_alone(size, make, rng, float64):
    x, y = pairs(rng, [8])[0]

    def step(net, optimiser):
        optimiser.step(grad(mse(net(x), y), net.parameters()))

    def before(i, net, optimiser):
        if i == -1:
            step(net, optimiser)

    ((alone, a, _),) = regression(1, make, pairs(np.random.default_rng(5), [8] * 9), before)
    step(alone, a)
    for net, b, _ in regression(size, make, pairs(np.random.default_rng(5), [8] * 9), before):
        step(net, b)
        assert_same_nets(alone, net)
        assert getattr(a, "t", 0) == getattr(b, "t", 0)
        for name in {"m", "v"} & set(vars(a)):
            for here, there in zip(getattr(a, name), getattr(b, name), strict=True):
                np.testing.assert_allclose(there, here, rtol=EXACT, atol=1e-14)


def test_the_state_of_a_shared_optimiser_is_the_whole_and_can_be_loaded(float64):
    ((_, alone, _),) = regression(1, Adam, pairs(np.random.default_rng(5), [8] * 3))

    def program(ranks):
        net = MLP([3, 5, 2], rng=np.random.default_rng(1))
        shared = ranks.share(Adam(net.parameters()))
        if ranks.size > 1:
            nn.load_state(shared, nn.state(alone))
            assert shared.part.t == 3
        return nn.state(shared)

    for state in results(3, program):
        for name, x in nn.state(alone).items():
            np.testing.assert_array_equal(state[name], x)


def test_each_rank_remembers_its_part_alone():
    def program(ranks):
        w = Tensor(np.zeros(7))
        shared = ranks.share(Adam([w]))
        return [m.size for m in shared.part.m + shared.part.v]

    assert results(3, program) == [[2, 2], [2, 2], [3, 3]]


@pytest.mark.usefixtures("together")
def test_a_step_takes_two_calls():
    def program(ranks):
        shared = ranks.share(SGD([Tensor(np.zeros(7))], lr=0.1))
        ranks.rows(4)
        before = ranks.meetings
        shared.step([np.ones(7)])
        return ranks.meetings - before

    assert results(2, program) == [2, 2]


def test_on_one_machine_no_array_of_weights_is_sent(monkeypatch):
    monkeypatch.setattr(fake_mpi.Job, "together", True)

    def program(ranks):
        shared = ranks.share(SGD([Tensor(np.zeros(700))], lr=0.1))
        ranks.rows(4)
        shared.step([np.ones(700)])
        return float(ranks.comm.job.largest)

    assert results(2, program) == [2, 2]  # one number of each: whether there is room


def test_weights_are_a_ranks_own_so_that_what_one_writes_no_other_sees(monkeypatch):
    monkeypatch.setattr(fake_mpi.Job, "together", True)

    def program(ranks):
        w = Tensor(np.zeros(4))
        shared = ranks.share(SGD([w], lr=0.5))
        for _ in range(2):
            ranks.rows(4)
            shared.step([np.ones(4)])
            w.value *= 2.0  # each does so, by itself
        return w.value.tolist()

    assert results(3, program) == [[-3.0] * 4] * 3  # ((0 - .5) 2 - .5) 2


def test_without_room_for_common_memory_arrays_are_sent(monkeypatch):
    monkeypatch.setattr(fake_mpi.Job, "together", True)
    monkeypatch.setattr(distributed, "has_room", lambda n_bytes: False)

    def program(ranks):
        shared = ranks.share(SGD([Tensor(np.zeros(7))], lr=0.5))
        ranks.rows(4)
        shared.step([np.ones(7)])
        return shared.common, shared.parameters[0].value.tolist()

    assert results(2, program) == [(None, [-0.5] * 7)] * 2


@pytest.mark.parametrize(("sizes", "windows"), [((9, 9, 5), 1), ((5, 9, 5), 2)])
def test_common_memory_that_no_rank_uses_any_more_is_taken_again(monkeypatch, sizes, windows):
    monkeypatch.setattr(fake_mpi.Job, "together", True)

    def program(ranks):
        for n in sizes:
            w = Tensor(np.zeros(n))
            shared = ranks.share(SGD([w], lr=0.5))
            ranks.rows(4)
            shared.step([np.ones(n)])
            assert w.value.tolist() == [-0.5] * n
            del shared  # one after the other, as trainings are
        return len(ranks.comm.job.memory)

    assert results(2, program) == [windows] * 2


def test_two_optimisers_have_memory_of_their_own(monkeypatch):
    monkeypatch.setattr(fake_mpi.Job, "together", True)

    def program(ranks):
        both = [ranks.share(SGD([Tensor(np.zeros(3))], lr=lr)) for lr in (0.5, 2.0)]
        ranks.rows(4)
        for shared in both:
            shared.step([np.ones(3)])
        return [shared.parameters[0].value[0] for shared in both], len(ranks.comm.job.memory)

    assert results(2, program) == [([-0.5, -2.0], 2)] * 2


@pytest.mark.skipif(not Path("/dev/shm").exists(), reason="has_room looks into Linux's /dev/shm")
def test_room_is_for_twice_as_much():
    room = os.statvfs("/dev/shm")
    free = room.f_bavail * room.f_frsize
    assert distributed.has_room(free // 3)
    assert not distributed.has_room(free // 3 * 2)


def test_a_graph_from_before_a_step_is_void():
    def program(ranks):
        w = Tensor(np.array([1.0, 2.0]))
        shared, loss = ranks.share(SGD([w], lr=0.5)), (w * w).sum()
        ranks.rows(4)
        shared.step([np.ones(2)])
        with pytest.raises(RuntimeError, match="changed in place"):
            grad(loss, w)

    results(2, program)


# Both models.


def trained(size, knobs, model=vae.VAE, labels=None, dtype="float64", n=29, **options):
    """The weights after training, and the records but for their seconds, on each rank."""
    backend.use("numpy", dtype)

    def program(ranks):
        rng = np.random.default_rng(0)
        net = model(16, 2, (6, 5), rng=rng, **options)
        images = np.random.default_rng(1).random((n, 16))
        run = vae.train(net, images, knobs, rng=rng, labels=labels, ranks=ranks)
        records = [record[1:4] for record in run]
        return nn.state(net), records, [float(rng.random())]

    return results(size, program)


def played(size, knobs, images=None, pack=1, dtype="float64", n=30):
    """The same of a game, D, G and their average."""
    backend.use("numpy", dtype)
    width = 16 if images is None else 2

    def program(ranks):
        rng = np.random.default_rng(0)
        out = None if images else gan.tanh
        G, average = (gan.generator(3, width, (6,), rng=rng, out=out) for _ in range(2))
        D = gan.discriminator(pack * width, (6, 5), rng=rng)
        D = gan.Packed(D, pack) if pack > 1 else D
        x = images or np.random.default_rng(1).random((n, 16))
        run = gan.train(G, D, x, knobs, rng=rng, average=average, ranks=ranks)
        records = [record[1:3] for record in run]
        weights = {
            f"{i}.{k}": w for i, m in enumerate((G, D, average)) for k, w in nn.state(m).items()
        }
        return weights, records, [float(rng.random())]

    return results(size, program)


def assert_same_models(ended, expected):
    for weights, *rest in ended:
        for part, other in zip(rest, expected[1:], strict=True):
            np.testing.assert_allclose(part, other, rtol=EXACT)
        for name, w in expected[0].items():
            np.testing.assert_allclose(weights[name], w, rtol=EXACT, atol=1e-13, err_msg=name)


@every_size
@pytest.mark.parametrize("knobs", [
    {}, {"beta": 2.0, "warmup": 2.0}, {"k": 3}, {"stl": True}, {"k": 3, "stl": True},
    {"schedule": "cosine"}, {"least": 0.05}, {"least": 0.5, "beta": 0.5}, {"binary": False},
])  # fmt: skip
def test_a_vae_of_several_ranks_is_the_vae_of_one(size, knobs):
    knobs = vae.Settings(epochs=3, batch=8, lr=0.01, **knobs)  # 29 images: the last batch has 5
    (expected,) = trained(1, knobs)
    assert_same_models(trained(size, knobs), expected)


@every_size
@pytest.mark.parametrize("n", [2, 9])
def test_fewer_images_than_ranks_are_trained_on_all_the_same(size, n):
    knobs = vae.Settings(epochs=4, batch=8, least=0.1, lr=0.01)
    (expected,) = trained(1, knobs, n=n)
    assert_same_models(trained(size, knobs, n=n), expected)
    game = gan.Settings(epochs=4, batch=8, r1=0.1, lr=0.01)
    (expected,) = played(1, game, n=n)
    assert_same_models(played(size, game, n=n), expected)


@every_size
def test_labels_stay_with_their_images(size):
    knobs, labels = vae.Settings(epochs=2, batch=8), np.arange(29) % 3
    options = {"model": vae.ConditionalVAE, "labels": labels, "classes": 3}
    (expected,) = trained(1, knobs, **options)
    assert_same_models(trained(size, knobs, **options), expected)


@every_size
def test_a_gaussian_vae_of_several_ranks_is_that_of_one(size):
    knobs = vae.Settings(epochs=2, batch=8)
    options = {"likelihood": "gaussian", "variance": 0.05, "out": None}
    (expected,) = trained(1, knobs, **options)
    assert_same_models(trained(size, knobs, **options), expected)


@every_size
@pytest.mark.parametrize("knobs", [
    {}, {"r1": 0.1, "r2": 0.2}, {"gp": 0.3, "d_steps": 2}, {"schedule": "cosine"}, {"noise": 0.5},
    {"d_steps": 3, "loss": "g_loss_minimax"}, {"gp": 1.0, "noise": 0.2},
])  # fmt: skip
def test_a_game_of_several_ranks_is_the_game_of_one(size, knobs):
    game = gan.Settings(epochs=3, batch=8, lr=0.01, decay=0.9, **knobs)  # the last batch has 6
    (expected,) = played(1, game)
    assert_same_models(played(size, game), expected)


@every_size
def test_packs_stay_together_on_their_rank(size):
    game = gan.Settings(epochs=2, batch=9, r1=0.1, r2=0.1)
    (expected,) = played(1, game, pack=3)
    assert_same_models(played(size, game, pack=3), expected)


@every_size
def test_fresh_points_are_the_same_for_all(size):
    game = gan.Settings(epochs=2, batch=9, steps=3, points=True, gp=0.1)
    (expected,) = played(1, game, images=data.ring)
    assert_same_models(played(size, game, images=data.ring), expected)


@every_size
def test_float32_stays_float32_and_its_losses_are_those_of_one(size):
    knobs = vae.Settings(epochs=3, batch=8)
    (expected,) = trained(1, knobs, dtype="float32")
    for weights, records, _ in trained(size, knobs, dtype="float32"):
        assert {w.dtype.name for w in weights.values()} == {"float32"}
        np.testing.assert_allclose(records, expected[1], rtol=1e-3)


def test_training_goes_on_where_several_ranks_stopped(rng, float64):
    knobs = vae.Settings(epochs=4, batch=8, schedule="cosine")
    images = rng.random((29, 16))

    def program(ranks):
        rng = np.random.default_rng(0)
        net = vae.VAE(16, 2, (6,), rng=rng)
        adam = knobs.adam(net)
        parts = {"rng": rng, "optimizer": adam, "ranks": ranks}
        for record in vae.train(net, images, knobs, **parts):
            if record.epoch == 2:
                break
        list(vae.train(net, images, knobs, **parts, done=2))
        return net

    (alone,) = results(1, program)
    for net in results(3, program):
        assert_same_nets(alone, net)


# Nothing silent.


def test_ranks_that_do_not_begin_alike_are_told():
    def program(ranks, which):
        seed = dict.fromkeys(("weights", "images", "settings", "rng"), 0)
        seed[which] = ranks.rank // 2  # rank 2 differs
        net = vae.VAE(4, 2, (3,), rng=np.random.default_rng(seed["weights"]))
        images = np.random.default_rng(seed["images"]).random((8, 4))
        knobs = vae.Settings(epochs=1, lr=0.1 + seed["settings"])
        rng = np.random.default_rng(seed["rng"])
        next(vae.train(net, images, knobs, rng=rng, ranks=ranks))

    for which in ("weights", "images", "settings", "rng"):
        ended, _ = run(3, lambda ranks, which=which: program(ranks, which))
        for error in ended:
            assert isinstance(error, RuntimeError)
            assert str(error).startswith(f"{which}: rank 2 has others than rank 0. All ranks run")


def test_a_rank_that_draws_for_itself_between_two_epochs_is_told():
    def program(ranks):
        rng = np.random.default_rng(0)
        net = vae.VAE(4, 2, (3,), rng=rng)
        for _ in vae.train(net, np.eye(4), vae.Settings(epochs=3), rng=rng, ranks=ranks):
            if ranks.rank == 1:
                net.sample(1, rng)

    ended, _ = run(2, program)
    assert all("rng: rank 1 has others than rank 0" in str(error) for error in ended)


def test_a_rank_that_leaves_ends_the_wait_of_the_others_and_the_job():
    def program(ranks):
        for i in range(3):
            if ranks.rank == 1 and i == 2:
                raise ArithmeticError("of rank 1")
            ranks.total(1.0)

    ended, job = run(3, program, leave=True)
    assert isinstance(ended[1], ArithmeticError)
    told = {str(ended[rank]).partition(" waits")[0] for rank in (0, 2)} - {"aborted"}
    assert told  # whoever hears of it first ends the job
    assert told <= {f"rank 1 has left, and rank {rank}" for rank in (0, 2)}
    assert job.aborted


def test_a_rank_that_has_done_its_part_may_leave():
    for _ in range(20):
        ended, job = run(4, lambda ranks: ranks.total(1.0), leave=True)
        assert ended == [[4.0]] * 4
        assert not job.aborted


def test_a_step_before_the_rows_are_known_is_refused():
    def program(ranks):
        with pytest.raises(
            RuntimeError, match=r"whose rows are whose. Call ranks.rows\(len\(x\)\)"
        ):
            ranks.share(SGD([Tensor([1.0])], lr=0.5)).step([np.ones(1, "float32")])

    results(2, program)


def test_weights_of_two_float_types_are_refused():
    both = [Tensor(np.zeros(2, "float32")), Tensor(np.zeros(2))]

    def program(ranks):
        with pytest.raises(ValueError, match="weights of one float type, got float32 and float64"):
            ranks.share(Adam(both))

    results(2, program)


def test_gradients_of_other_parameters_are_refused():
    def program(ranks):
        shared = ranks.share(SGD([Tensor([1.0, 2.0])], lr=0.5))
        ranks.rows(2)
        with pytest.raises(ValueError, match=r"Shared\.step: expected .*1 gradients of shapes"):
            shared.step([np.zeros(3, "float32")])

    results(2, program)


def test_a_shared_optimiser_says_what_it_is_of():
    def program(ranks):
        return repr(ranks), repr(ranks.share(SGD([Tensor([1.0])], lr=0.5)))

    sgd = "Shared(SGD(lr=0.5, momentum=0), 2 ranks)"
    assert results(2, program) == [(f"Ranks(rank {rank} of 2)", sgd) for rank in (0, 1)]


# Arrays on a GPU.


@pytest.mark.parametrize("aware", [False, True])
def test_gpu_arrays_go_by_the_host_unless_mpi_takes_them_and_it_says_which(
    monkeypatch, capsys, aware
):
    def program(ranks):
        ranks.takes_gpu_arrays = aware
        w = Tensor(backend.asarray([1.0, 2.0, 3.0]))
        shared = ranks.share(Adam([w], lr=0.5))
        ranks.rows(4)
        shared.step([backend.asarray([1.0, -1.0, 1.0])])
        ranks.gather(shared)
        return backend.to_numpy(w.value).tolist()

    backend.gpu_status.cache_clear()
    install(monkeypatch)
    backend.use("cupy")
    ended, job = run(2, program)
    backend.gpu_status.cache_clear()
    np.testing.assert_allclose(ended, [[0.5, 2.5, 2.5]] * 2, rtol=1e-6)
    assert (DeviceArray in job.sent) == aware
    how = "from GPU to GPU" if aware else "by the host: this MPI is not CUDA-aware"
    assert capsys.readouterr().err == f"scratchgen: the ranks' gradients and weights go {how}\n"


# How a job begins.


@pytest.fixture
def job(monkeypatch):
    """Sets up what `world` finds: what the launcher said, and mpi4py's side of it."""

    def set_up(started, size=None, kinds="mpi,system"):
        world.cache_clear()
        for name in distributed.LAUNCHERS:
            monkeypatch.delenv(name, raising=False)
        if started:
            monkeypatch.setenv("PMI_SIZE", str(started))
        monkeypatch.delitem(sys.modules, "mpi4py.MPI", raising=False)
        monkeypatch.setitem(sys.modules, "mpi4py", None)
        if size:
            comm = SimpleNamespace(
                rank=0, size=size, Dup=lambda: comm, Split_type=lambda kind: comm,
                Allreduce=lambda mine, users: users.__setitem__(..., size * mine),
                Get_info=lambda: {"mpi_memory_alloc_kinds": kinds},
            )  # fmt: skip
            MPI = SimpleNamespace(
                COMM_WORLD=comm, COMM_TYPE_SHARED=0, get_vendor=lambda: ("MPICH", (5, 0, 2))
            )
            monkeypatch.setitem(sys.modules, "mpi4py", SimpleNamespace(MPI=MPI))
            monkeypatch.setattr(distributed.atexit, "register", lambda f: None)

    yield set_up
    world.cache_clear()


def test_without_mpiexec_nobody_needs_mpi(job):
    job(started=0)
    assert repr(world()) == "Ranks(rank 0 of 1)"
    job(started=1)
    assert world().size == 1


def test_mpiexec_without_mpi4py_is_refused_with_the_command_that_cures_it(job):
    job(started=2)
    with pytest.raises(
        RuntimeError, match=r'2 processes, and mpi4py does not load.*"scratchgen\[mpi'
    ):
        world()


def test_the_mpiexec_of_another_mpi_is_refused(job):
    job(started=2, size=1)
    with pytest.raises(
        RuntimeError, match=r"each finds itself alone: .* Use the mpiexec of MPICH 5"
    ):
        world()


def test_a_job_says_once_how_many_take_part_and_on_how_many_cores(job, capsys, monkeypatch):
    job(started=3, size=3, kinds="mpi,system,cuda")
    monkeypatch.setattr(distributed, "limit_blas_threads", lambda cores: 1)
    assert world() is world()
    assert world().takes_gpu_arrays
    assert capsys.readouterr().err.startswith(
        "scratchgen: 3 ranks take each step together (MPICH 5"
    )


@pytest.mark.parametrize(("cores", "ranks", "expected"), [
    ([0, 1], 2, 1.0), ([0, 1, 2, 3], 2, 2.0), ([0, 1], 3, 2 / 3), ([3], 1, 1.0),
])  # fmt: skip
def test_ranks_share_the_cores_that_they_all_may_use(cores, ranks, expected, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(cores), raising=False)
    comm = SimpleNamespace(Allreduce=lambda mine, users: users.__setitem__(..., ranks * mine))
    assert share_of_cores(comm) == pytest.approx(expected)


def test_a_rank_that_is_bound_to_cores_of_its_own_keeps_them(monkeypatch):
    def others_are_elsewhere(mine, users):
        users[...] = mine
        users[2:4] += 1

    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1}, raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    assert share_of_cores(SimpleNamespace(Allreduce=others_are_elsewhere)) == 2


def test_blas_gets_the_threads_that_are_its_share_and_never_more_than_it_had():
    from threadpoolctl import threadpool_info, threadpool_limits

    def threads():
        return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}

    with threadpool_limits(2, user_api="blas"):
        assert distributed.limit_blas_threads(8.0) == 8
        assert threads() == {2}
        assert distributed.limit_blas_threads(0.7) == 1
        assert threads() == {1}


# Under mpiexec.


def has_mpi():
    """Whether mpi4py and an mpiexec are here."""
    import importlib.util

    return importlib.util.find_spec("mpi4py") is not None and mpiexec() is not None


under_mpiexec = pytest.mark.skipif(
    not has_mpi(), reason='needs mpi4py and mpiexec: pip install "scratchgen[mpi]"'
)
ROOT = Path(__file__).parent.parent


def mpi(ranks, *arguments, seconds=120):
    """A job of so many ranks, when it has ended."""
    command = [mpiexec(), "-n", str(ranks), sys.executable, "-m", "tests.mpi_job", *arguments]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=seconds, check=False
    )


@under_mpiexec
@pytest.mark.parametrize(
    ("size", "what"), [(2, "train"), (3, "train"), (4, "train"), (3, "train by sending")]
)
def test_50_steps_of_both_models_under_mpiexec_are_those_of_one_process(size, what, tmp_path):
    from tests.mpi_job import models

    done = mpi(size, what, str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith(f"scratchgen: {size} ranks take each step together (")
    assert done.stderr.count("\n") == 1
    found = [dict(np.load(tmp_path / f"rank{rank}.npz")) for rank in range(size)]
    for dtype, weights in (("float64", EXACT), ("float32", None)):
        for name, x in models(dtype).items():
            for one in found:
                y = one[f"{dtype}/{name}"]
                assert y.dtype == x.dtype
                if "losses" in name:
                    np.testing.assert_allclose(y, x, rtol=weights or 1e-3, err_msg=name)
                elif weights:
                    np.testing.assert_allclose(y, x, rtol=weights, atol=1e-13, err_msg=name)
                np.testing.assert_array_equal(y, found[0][f"{dtype}/{name}"])
    assert {int(n) for one in found for n in one["blas"]} == {1}


@under_mpiexec
@pytest.mark.parametrize(("what", "said"), [
    ("kill", "Killed"), ("error", "ArithmeticError: of rank 1"),
    ("fewer", "rank 1 has left, and rank 0 waits for it"),
])  # fmt: skip
def test_a_rank_that_dies_ends_the_job_within_10_seconds(what, said, tmp_path):
    done = mpi(2, what, str(tmp_path))
    end = time.time()
    assert done.returncode != 0
    assert said in done.stdout + done.stderr
    died = float(done.stdout.split()[0])  # as it told us
    assert 0 <= end - died < 10
