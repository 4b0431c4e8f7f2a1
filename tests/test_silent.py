"""Nothing silent: what used to go wrong without a word now is right, or says what to write."""

import asyncio
import builtins
import copy
import inspect
import math
import operator
import pickle
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import scratchgen
from scratchgen import backend, engine, functions, guards
from scratchgen.engine import (
    Op,
    Tensor,
    as_array,
    detach,
    detect_nonfinite,
    grad,
    no_grad,
    op,
)  # fmt: skip
from scratchgen.functions import (
    bce_with_logits,
    clip,
    cross_entropy,
    exp,
    log,
    log_softmax,
    logsumexp,
    mse,
    relu,
    sigmoid,
    softmax,
    tanh,
)  # fmt: skip
from scratchgen.gradcheck import GradientError, check_grad
from scratchgen.nn import MLP, Dense, load, load_state, named, save, state
from scratchgen.optim import SGD, Adam, cosine
from tests.fake_cupy import DeviceArray, install

pytestmark = pytest.mark.usefixtures("device")  # see conftest.py
X = np.array([1.0, 2.0, 3.0])


def rng(seed=0):
    return np.random.default_rng(seed)


def net(seed=0):
    return MLP([4, 8, 3], rng=rng(seed))


@pytest.fixture
def x():
    return Tensor(X)


def bits(x):
    return backend.to_numpy(detach(x)).tobytes()


# 1. A Tensor owns its memory.


@pytest.fixture(params=[lambda w: SGD(w, lr=0.5), lambda w: Adam(w, lr=0.5)])
def make(request):
    return request.param


def test_a_step_is_not_seen_through_the_array_that_a_tensor_was_made_of(make):
    zeros = np.zeros(3)
    make([Tensor(zeros)]).step([np.ones(3)])
    np.testing.assert_array_equal(zeros, [0, 0, 0])


def test_a_step_is_not_seen_through_a_list_or_a_view_that_a_tensor_was_made_of(make):
    rows = np.zeros((2, 3))
    w = Tensor(rows[0])
    make([w]).step([np.ones(3)])
    assert not rows.any()
    assert (w.value < 0).all()


def test_two_tensors_of_one_array_do_not_move_together(make):
    zeros = np.zeros(3)
    a, b = Tensor(zeros), Tensor(zeros)
    loss = (b * b).sum()
    make([a]).step([np.ones(3)])
    np.testing.assert_array_equal(grad(loss, b), [0, 0, 0])


def test_assigning_one_nets_values_to_another_does_not_tie_them(make):
    a, b = net(1), net(2)
    for v, w in zip(a.parameters(), b.parameters(), strict=True):
        v.value = w.value
    before = state(b)
    make(a.parameters()).step([np.ones(w.shape, "float32") for w in a.parameters()])
    assert all((before[name] == w).all() for name, w in state(b).items())


def test_a_gradient_that_was_assigned_may_be_written_into(x):
    g = np.ones(3)
    x.value = g
    g += 1
    np.testing.assert_array_equal(x.value, [1, 1, 1])


@pytest.mark.host
@pytest.mark.parametrize("view", [lambda v: v[::-1], lambda v: v[:], lambda v: v.view()])
def test_a_view_of_its_own_array_is_copied_too(view, x):
    new = view(x.value)
    expected = new.copy()
    x.value = new
    assert not np.shares_memory(x.value, new)
    np.testing.assert_array_equal(x.value, expected)


def test_its_own_array_back_is_no_copy_and_a_new_version(x):
    own, loss = x.value, (x * x).sum()
    x.value -= 1.0
    assert x.value is own
    with pytest.raises(RuntimeError, match="changed in place"):
        grad(loss, x)


@pytest.mark.host
def test_a_list_of_numbers_from_a_buffer_is_copied():
    buffer = bytearray(np.zeros(3).tobytes())
    w = Tensor(np.frombuffer(buffer))
    w.value -= 1.0  # a buffer's array may not even be written
    assert not any(buffer)


@pytest.mark.host
@pytest.mark.parametrize("hand_out", [lambda y: y.value, detach])
def test_what_is_handed_out_of_a_computed_node_cannot_be_written(hand_out, x):
    y = x * 2
    handed = hand_out(y)
    with pytest.raises(ValueError, match="read-only"):
        handed += 100
    with pytest.raises(ValueError, match="read-only"):
        handed[0] = 100
    np.testing.assert_array_equal(y.value, 2 * X)


@pytest.mark.parametrize("hand_out", [lambda y: y.value, detach])
def test_a_write_that_was_refused_has_not_happened(hand_out, x):
    y = x * x
    loss = (y * y).sum()
    try:
        handed = hand_out(y)
        handed += 100  # on a device, where arrays cannot be read-only, this is a copy
    except ValueError:
        pass
    with pytest.raises((ValueError, TypeError)):
        y.value += 100
    np.testing.assert_array_equal(y.value, X * X)
    np.testing.assert_array_equal(grad(loss, x), 4 * X**3)


def test_a_view_of_a_leaf_cannot_be_written_through_a_computed_tensor(x):
    flat = x.reshape(3, 1)
    with pytest.raises((ValueError, TypeError)):
        flat.value -= 1.0
    np.testing.assert_array_equal(x.value, X)


@pytest.mark.parametrize("view", [lambda w: w[1:], lambda w: w.T, lambda w: w.reshape(3, 1)])
def test_a_step_is_not_seen_through_the_value_of_a_view(view, make, x):
    shown = view(x).value
    before = shown.copy()
    make([x]).step([np.ones(3)])
    np.testing.assert_array_equal(shown, before)


def test_the_value_of_a_computed_tensor_can_be_computed_with(x):
    y = (x * 2).value
    np.testing.assert_array_equal(y + 1, 2 * X + 1)
    np.testing.assert_array_equal(Tensor(y).value, 2 * X)


@pytest.mark.parametrize(
    "use", [lambda w: w[1:], lambda w: w.T, lambda w: w.reshape(3, 1), lambda w: w.sum(()),
            lambda w: engine.broadcast_to(w, (2, 3)), lambda w: engine.sum_to(w, w.shape)]
)  # fmt: skip
def test_what_an_op_returns_under_no_grad_is_no_view_of_a_leaf(use, x):
    with no_grad():
        y = use(x)
    before = y.copy()
    x.value -= 1.0
    np.testing.assert_array_equal(y, before)


def test_an_op_under_no_grad_that_makes_an_array_does_not_copy_it(x):
    made = []

    @op
    def double(x):
        made.append(x * 2)
        return made[0]

    with no_grad():
        assert double(x) is made[0]


def test_a_gradient_as_a_tensor_has_memory_of_its_own(x):
    a, b = grad((x + x * 1.0).sum(), [x, x], create_graph=True)
    a_before = detach(a).copy()
    if b.op is None:
        b.value -= 1.0
    np.testing.assert_array_equal(a.value, a_before)


def test_a_tensor_for_its_list_is_refused_before_anything_moves(make, x):
    with pytest.raises(TypeError, match=r"(SGD|Adam): expected a list of Tensors, got a Tensor. "
                                        r"Write (SGD|Adam)\(\[w\]"):  # fmt: skip
        make(x)
    np.testing.assert_array_equal(x.value, X)


def test_a_computed_parameter_is_refused_before_anything_moves(make, x):
    with pytest.raises(TypeError, match=r"by multiply\), parameter 1, was computed.*the leaves"):
        make([x, x * 2])
    np.testing.assert_array_equal(x.value, X)


def test_a_parameter_named_twice_is_refused_since_it_would_move_twice(make, x):
    w = Tensor(1.0)
    with pytest.raises(ValueError, match="parameter 2 is parameter 0 again.*twice"):
        make([x, w, x])
    make([x, Tensor(X)])  # equal in value, yet two


@pytest.mark.host
def test_a_masked_array_is_refused_where_its_mask_would_be_lost(x):
    masked = np.ma.masked_less(X, 2.0)
    with pytest.raises(TypeError, match=r"Tensor: got a masked array.*x.filled\(0.0\)"):
        Tensor(masked)
    with pytest.raises(TypeError, match=r"value: got a masked array"):
        x.value = masked
    np.testing.assert_array_equal(x.value, X)


# 2. Modes belong to a thread and a context.


def elsewhere(function):
    """What a function returns in a thread of its own."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function).result(timeout=60)


def recording(x):
    return type(x * 2) is Tensor


def watching(x):
    try:
        with np.errstate(divide="ignore"):
            x / 0.0
    except FloatingPointError:
        return True
    return False


@pytest.mark.parametrize(("mode", "seen"), [(no_grad, recording), (detect_nonfinite, watching)])
def test_a_mode_of_one_thread_is_not_another_threads(mode, seen, x):
    before = seen(x)
    with mode():
        assert seen(x) is not before
        assert elsewhere(lambda: seen(x)) is before
    assert seen(x) is before


def test_a_trainer_beside_a_sampler_has_right_gradients(x):
    entered, done = threading.Event(), threading.Event()

    def sample():
        with no_grad():
            entered.set()
            done.wait(60)

    sampler = threading.Thread(target=sample)
    sampler.start()
    entered.wait(60)
    h = x * x
    done.set()
    sampler.join()
    np.testing.assert_array_equal(grad((h * x).sum(), x), 3 * X * X)


def test_two_that_overlap_in_two_threads_leave_recording_on(x):
    first, second = threading.Event(), threading.Event()

    def outer():
        with no_grad():
            first.set()
            second.wait(60)

    thread = threading.Thread(target=outer)
    thread.start()
    first.wait(60)
    with no_grad():
        second.set()
        thread.join()
        assert not recording(x)
    assert recording(x)
    assert elsewhere(lambda: recording(x))


@pytest.mark.parametrize(("mode", "seen"), [(no_grad, recording), (detect_nonfinite, watching)])
def test_two_blocks_that_end_in_the_wrong_order_leave_nothing_switched_on(mode, seen, x):
    before = seen(x)
    a, b = mode(), mode()
    with np.errstate(all="warn"):
        a.__enter__()
        b.__enter__()
        a.__exit__(None, None, None)
        assert seen(x) is not before  # b still holds
        b.__exit__(None, None, None)
    assert seen(x) is before


def test_two_modes_whose_blocks_end_in_the_wrong_order_are_both_switched_off(x):
    a, b = no_grad(), detect_nonfinite()
    with np.errstate(all="warn"):
        a.__enter__()
        b.__enter__()
        a.__exit__(None, None, None)
        assert (recording(x), watching(x)) == (True, True)
        b.__exit__(None, None, None)
    assert (recording(x), watching(x)) == (True, False)


def test_a_generator_that_ends_elsewhere_switches_nothing_off_there(x):
    def sampler():
        with no_grad():
            yield 1

    samples = sampler()
    next(samples)

    def close():
        with detect_nonfinite():
            samples.close()
            return recording(x), watching(x)

    assert elsewhere(close) == (True, True)
    engine._modes.set(())


def test_a_mode_of_one_task_is_not_another_tasks(x):
    async def sample(entered, done):
        with no_grad():
            entered.set()
            await done.wait()
            return recording(x)

    async def train(entered, done):
        await entered.wait()
        found = recording(x)
        done.set()
        return found

    async def both():
        entered, done = asyncio.Event(), asyncio.Event()
        return await asyncio.gather(sample(entered, done), train(entered, done))

    assert asyncio.run(both()) == [False, True]


def test_no_grad_and_detect_nonfinite_hold_together(x):
    with no_grad(), detect_nonfinite():
        assert (recording(x), watching(x)) == (False, True)
        with no_grad():
            pass
        assert (recording(x), watching(x)) == (False, True)
    assert (recording(x), watching(x)) == (True, False)


def test_no_grad_decorates_a_function(x):
    @no_grad()
    def sample():
        return recording(x)

    assert (sample(), sample(), recording(x)) == (False, False, True)


# 3. What `@op` cannot honour it refuses.


def keyword_only(x, *, k=2.0):
    return x * k


def any_number(*xs):
    return xs[0]


def any_options(x, **options):
    return x


def yields(x):
    yield x


async def awaits(x):
    return x


@pytest.mark.parametrize(
    ("forward", "said"),
    [
        (keyword_only, r"keyword_only\(x, \*, k=2.0\): .* so k cannot reach it. Make k a param"),
        (any_number, r"any_number\(\*xs\): .* so \*xs cannot .* two arguments and a function"),
        (any_options, r"any_options\(x, \*\*options\): .* so \*\*options cannot reach it"),
        (yields, "yields yields or awaits: an op returns an array"),
        (awaits, "awaits yields or awaits: an op returns an array"),
        (np.tanh, "expected a function written with def, got tanh. Wrap it"),
        (Tensor, "expected a function written with def, got Tensor"),
        (2.0, "expected a function written with def, got float"),
    ],
    ids=lambda p: getattr(p, "__name__", ""),
)
@pytest.mark.host
def test_what_an_op_cannot_honour_is_refused_when_it_is_made(forward, said):
    with pytest.raises(TypeError, match=f"@op: {said}"):
        op(forward)


def test_positional_only_arguments_are_honoured(x):
    @op
    def scaled(x, k=2.0, /):
        return x * k

    scaled.gradients(x=lambda g, y, x, k: g * k)
    np.testing.assert_array_equal(grad(scaled(x, 3.0).sum(), x), [3, 3, 3])
    np.testing.assert_array_equal(grad(scaled(x).sum(), x), [2, 2, 2])


@op
def first_of(xs):
    return xs[0] * 1.0


@op
def scaled_by_first(x, xs):
    return x * xs[0]


@pytest.mark.parametrize(
    "call", [lambda x: first_of([x]), lambda x: scaled_by_first(x, [x]),
             lambda x: scaled_by_first(X, [x])]
)  # fmt: skip
def test_a_tensor_inside_a_list_is_refused_since_its_rule_would_not_be_used(call, x):
    with pytest.raises(TypeError, match=r"returned a Tensor.*each Tensor an argument of its own"):
        call(x)


def test_a_tensor_from_outside_is_refused_for_arrays_and_for_tensors(x):
    @op
    def with_outside(y):
        return y * x

    for y in (X, Tensor(X)):
        with pytest.raises(TypeError, match="none of its arguments took part.*from outside"):
            with_outside(y)


@pytest.mark.host
@pytest.mark.filterwarnings("ignore:the matrix subclass")
@pytest.mark.parametrize("make_it", [lambda: np.ma.masked_less(np.ones((2, 2)), 0),
                                     lambda: np.matrix(np.eye(2))])  # fmt: skip
@pytest.mark.parametrize("mode", [no_grad, detect_nonfinite])
def test_a_result_that_is_no_plain_array_is_refused(make_it, mode):
    W, other = Tensor(np.ones((2, 2))), make_it()
    match = r"multiply\(.*\) returned a \w+, expected an array: only plain arrays"
    with mode(), pytest.raises(TypeError, match=match):
        W * other
    with pytest.raises(TypeError, match=match):
        W * other


# 4. Accuracy where softmax rounds.

BIG = np.array([[10000.0, 9995.0]], "float32")
BIGGER = np.array([[1e8, 1e8]], "float32")
FIRST = np.array([0])
inf = math.inf


def test_cross_entropy_does_not_round_at_the_size_of_the_logits():
    expected = math.log1p(math.exp(-5.0))
    np.testing.assert_allclose(float(cross_entropy(BIG, FIRST)), expected, rtol=1e-5)
    t = Tensor(BIG)
    p = 1 / (1 + math.exp(-5.0))
    np.testing.assert_allclose(grad(cross_entropy(t, FIRST), t), [[p - 1, 1 - p]], rtol=2e-5)


def test_equal_logits_of_any_size_share_alike():
    t = Tensor(BIGGER)
    loss = cross_entropy(t, FIRST)
    np.testing.assert_allclose(float(loss), math.log(2), rtol=1e-6)
    np.testing.assert_allclose(grad(loss, t), [[-0.5, 0.5]])
    np.testing.assert_allclose(grad(logsumexp(t).sum(), t), [[0.5, 0.5]])


@pytest.mark.parametrize("size", [0.0, 1e2, 1e4, 1e6, 3e7, 1e30])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_log_softmax_does_not_know_where_the_logits_begin(size, dtype):
    d = np.array([[0.0, -1.0, -2.0, -40.0]], dtype)
    logits = np.asarray(d + np.asarray(size, dtype))
    shifted = logits - logits.max()  # what the rounding of the logits themselves has left
    np.testing.assert_array_equal(log_softmax(logits), log_softmax(shifted))
    t, s = Tensor(logits), Tensor(shifted)
    v = np.array([[0.3, -1.0, 0.2, 2.0]], dtype)
    for f in (log_softmax, softmax, logsumexp):
        slopes = [grad((f(u) * (v if f is not logsumexp else v[:, 0])).sum(), u) for u in (t, s)]
        np.testing.assert_array_equal(*slopes)


@pytest.mark.parametrize(
    ("xs", "expected", "slopes"),
    [
        ([-inf, -inf], -inf, [0.5, 0.5]),
        ([inf, 0.0], inf, [1, 0]),
        ([inf, -inf], inf, [1, 0]),
        ([inf, inf, 1e4], inf, [0.5, 0.5, 0]),
        ([-inf, 0.0], 0.0, [0, 1]),
        ([-inf, 1.0, 1.0], 1 + math.log(2), [0, 0.5, 0.5]),
        ([-inf], -inf, [1]),
    ],
)
@pytest.mark.parametrize("axis", [-1, None, 0, (0,)])
def test_logsumexp_and_softmax_of_infinities(xs, expected, slopes, axis):
    t = Tensor(np.array(xs))
    assert float(logsumexp(t, axis)) == pytest.approx(expected)
    np.testing.assert_allclose(grad(logsumexp(t, axis), t), slopes, rtol=1e-14)
    if axis in (-1, 0):
        np.testing.assert_allclose(softmax(t, axis).value, slopes, rtol=1e-14)
        with np.errstate(divide="ignore"):
            np.testing.assert_allclose(log_softmax(t, axis).value, np.log(np.array(slopes)))


def test_nan_among_the_logits_is_not_hidden():
    xs = np.array([0.0, np.nan, 1.0])
    for f in (logsumexp, softmax, log_softmax):
        assert np.isnan(backend.to_numpy(f(xs))).all()


def test_one_row_of_infinities_leaves_the_others_alone():
    rows = np.array([[-inf, -inf], [1.0, 1.0], [inf, 0.0]])
    np.testing.assert_allclose(logsumexp(rows), [-inf, 1 + math.log(2), inf])


@pytest.mark.parametrize(("logit", "target"), [(20.0, 1.0), (-20.0, 0.0), (12.0, 1.0)])
def test_the_loss_of_a_sure_and_right_logit_is_not_rounded_away(logit, target):
    """log(1 + exp(-|l|)) is 2e-9 at 20, where the digits of 20 end at 2e-6."""
    t = np.array([logit], "float32")
    expected = math.log1p(math.exp(-abs(logit)))
    np.testing.assert_allclose(bce_with_logits(t, target), [expected], rtol=1e-5)


# 7. Guards look at every form of input.


@pytest.mark.parametrize("target", [[1.0, 2.0, 3.0], (1, 2, 3), range(3), X], ids=str)
def test_a_target_that_would_broadcast_is_refused_in_every_form(target):
    prediction = Tensor(np.ones((3, 1)))
    match = r"mse: .*got prediction \(3, 1\) and target \(3,\). They would broadcast"
    with pytest.raises(ValueError, match=match):
        mse(prediction, target)
    with pytest.raises(ValueError, match=r"logits \(3, 1\) and targets \(3,\)"):
        bce_with_logits(prediction, target)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_list_of_the_right_shape_is_a_target(dtype):
    prediction = Tensor(np.zeros(2, dtype))
    assert float(mse(prediction, [1.0, 3.0])) == 5.0
    assert mse(prediction, [1, 3]).dtype == dtype
    np.testing.assert_allclose(bce_with_logits(prediction, [0, 1]).value, [math.log(2)] * 2)


@pytest.mark.host
@pytest.mark.parametrize(
    ("targets", "got"),
    [
        (np.array([0.0, 255.0, 3.0]), "0 to 255. Scale them: x / 255"),
        (np.array([0, 255, 3], "uint8"), "0 to 255. Scale them"),
        (np.array([-1.0, 0.0, 1.0]), "-1 to 1. Scale them"),
        (np.array([0.0, np.nan, 1.0]), "1 of 3 that are NaN. Look at the data"),
        (np.array([0.0, inf, 1.0]), "0 to inf"),
        ([0.0, 2.0, 1.0], "0 to 2"),
        (2.0, "2 to 2"),
        (np.float64("nan"), "1 of 1 that are NaN"),
    ],
    ids=lambda p: p if isinstance(p, str) else "",
)
@pytest.mark.parametrize("wrap", [Tensor, np.asarray], ids=["Tensor", "array"])
def test_targets_that_are_no_probabilities_are_refused(targets, got, wrap):
    with pytest.raises(
        ValueError, match=rf"bce_with_logits: expected targets in \[0, 1\], got {got}"
    ):
        bce_with_logits(wrap(np.zeros(3)), targets)


@pytest.mark.host
@pytest.mark.parametrize(
    "targets", [1.0, 0, True, np.float32(0.5), np.array([True, False, True]), np.array([0, 1, 1]),
                np.array([0.0, 0.9, 1.0])], ids=str,
)  # fmt: skip
def test_targets_that_are_probabilities_are_let_through(targets):
    assert np.isfinite(bce_with_logits(Tensor(np.zeros(3)), targets).value).all()


@pytest.mark.host
def test_no_target_is_read_from_a_device_nor_sent_there(monkeypatch):
    cupy = install(monkeypatch)
    targets, logits = cupy.asarray([0.0, 1.0, 0.5]), Tensor(cupy.asarray(np.zeros(3)))
    DeviceArray.downloads = DeviceArray.uploads = 0
    for loss in (bce_with_logits, mse):
        loss(logits, targets)
        loss(logits, 1.0)
    assert (DeviceArray.downloads, DeviceArray.uploads) == (0, 0)


@pytest.mark.host
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (np.ones(3, complex), r"1.b: expected floats, got complex128"),
        (np.ones(3, int), r"1.b: expected floats, got int64"),
        (np.array(["1", "2", "3"]), r"1.b: expected floats, got <U1"),
        (np.array([0.0, np.nan, 1.0]), r"1.b: expected finite numbers, but 1 of 3 are NaN"),
        (np.array([0.0, inf, -inf]), r"1.b: expected finite numbers, but 2 of 3"),
        (np.array([0.0, 1e300, 0.0]), r"1.b: .* 1 of 3 are NaN, or beyond float32"),
    ],
    ids=["complex", "integers", "texts", "nan", "inf", "too large"],
)
def test_a_state_that_holds_no_finite_floats_is_refused_and_nothing_is_loaded(wrong, said):
    model, arrays = net(), state(net(1))
    arrays["1.b"] = wrong  # the last one: those before it are in order
    with pytest.raises((TypeError, ValueError), match=rf"load_state\(MLP.*{said}"):
        load_state(model, arrays)
    assert all((a == b).all() for a, b in zip(state(model).values(), state(net()).values(),
                                              strict=True))  # fmt: skip


def test_float64_numbers_within_float32_are_loaded_rounded():
    model, arrays = net(), state(net())
    arrays["1.b"] = np.array([0.1, 1e38, -1e-300])
    load_state(model, arrays)
    np.testing.assert_allclose(model.layers[1].b.value, [0.1, 1e38, 0], rtol=1e-6)


def test_two_parts_whose_parameters_have_one_name_are_refused():
    layer = Dense(2, 1, rng=rng())

    class Pair:
        def named_parameters(self):
            return {"b.W": layer.W}

    with pytest.raises(ValueError, match=r"named: two parameters have the name 'a\.b\.W'"):
        named({"a": Pair(), "a.b": layer})


def test_labels_and_logits_of_every_form_are_refused_in_our_words():
    logits = Tensor(np.zeros((2, 3)))
    with pytest.raises(
        ValueError, match=r"expected integer labels of shape \(2,\), got list \(2,\)"
    ):
        cross_entropy(logits, [0, 1])
    with pytest.raises(ValueError, match=r"expected logits of shape \(N, C\), got \(3,\)"):
        cross_entropy(logits[0], np.array([0, 1, 2]))
    with pytest.raises(ValueError, match=r"expected logits of shape \(N, C\), got list"):
        cross_entropy([[0.0, 1.0]], np.array([0]))


# 8. `~` in a path.


@pytest.mark.host
def test_a_path_may_begin_at_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    model = net(1)
    assert save(model, "~/nets/a.npz") == tmp_path / "nets" / "a.npz"
    with pytest.raises(FileExistsError, match="overwrite=True"):
        save(model, "~/nets/a.npz")
    other = net(2)
    load(other, "~/nets/a.npz")
    assert all((state(other)[name] == w).all() for name, w in state(model).items())


# 9. Copies keep their identity.

COPIES = [copy.deepcopy, lambda thing: pickle.loads(pickle.dumps(thing))]
every_copy = pytest.mark.parametrize("copied", COPIES, ids=["deepcopy", "pickle"])
on_host = pytest.mark.host  # the stand-in's arrays are no arrays that pickle knows


@every_copy
@on_host
def test_a_copied_net_computes_the_same_and_moves_alone(copied):
    a = net()
    b, data = copied(a), rng(1).standard_normal((5, 4), dtype="float32")
    np.testing.assert_array_equal(b(data).value, a(data).value)
    before = state(a)
    Adam(b.parameters()).step(grad((b(data) ** 2).sum(), b.parameters()))
    assert all((before[name] == w).all() for name, w in state(a).items())
    assert repr(b) == repr(a)


@every_copy
@on_host
def test_an_op_is_copied_as_itself(copied):
    assert copied(relu) is relu
    assert copied(Dense(2, 1, sigmoid, rng=rng())).activation is sigmoid
    assert copy.copy(tanh) is tanh


@every_copy
@on_host
def test_the_guard_against_probabilities_holds_in_a_copy(copied):
    D = copied(MLP([4, 1], out=sigmoid, rng=rng()))
    with pytest.raises(ValueError, match="expected logits, got the result of sigmoid"):
        bce_with_logits(D(np.zeros((2, 4), "float32")), 1.0)


@every_copy
@on_host
@pytest.mark.parametrize("view", [lambda w: w, lambda w: w.reshape(3, 1), lambda w: w[1:]])
def test_the_guard_against_changed_values_holds_in_a_copy(copied, view, x):
    w, loss = copied((x, (view(x) * view(x)).sum()))
    np.testing.assert_array_equal(grad(loss, w), copied(grad(loss, w)))
    w.value -= 1.0
    with pytest.raises(RuntimeError, match="was changed in place"):
        grad(loss, w)


@every_copy
@on_host
def test_a_view_changes_with_its_leaf_in_a_copy(copied, x):
    h = x.reshape(3, 1)
    w, view, loss = copied((x, h, (h * h).sum()))
    w.value -= 1.0
    with pytest.raises(RuntimeError, match="was changed in place"):
        grad(loss, view)  # w is not on the way from the loss to what is asked for


@every_copy
@on_host
def test_a_copied_graph_has_the_same_derivatives_and_is_one_with_what_is_computed_on(copied, x):
    h = x * x
    w, k, y = copied((x, h, tanh(h) * x))
    total = (y * k + w).sum()  # copies and what is new, in one graph
    again = ((tanh(h) * x) * h + x).sum()
    np.testing.assert_array_equal(grad(total, w), grad(again, x))


@every_copy
@on_host
def test_what_is_copied_is_younger_than_what_it_was_made_of_and_older_than_what_comes(copied, x):
    serials = engine._serial
    engine._serial = iter(range(10**6, 10**7))  # pickled by a process that has made a lot
    h = x * x
    engine._serial = serials
    w, k = copied((x, h))
    assert w.serial < k.serial < (k * 1.0).serial
    np.testing.assert_array_equal(grad((k * w).sum(), w), 3 * X * X)


@every_copy
@on_host
def test_a_computed_tensor_is_still_read_only_in_a_copy(copied, x):
    y = copied(x * 2)
    with pytest.raises(ValueError, match="read-only"):
        y.value += 1
    assert detach(y).base is not None
    with pytest.raises(TypeError, match="was computed"):
        y.value = X


def test_a_shallow_copy_of_a_leaf_has_memory_of_its_own(x):
    w = copy.copy(x)
    w.value -= 1.0
    np.testing.assert_array_equal(x.value, X)
    y = x * 2
    assert copy.copy(y) is y


@on_host
def test_a_net_and_its_optimiser_are_copied_together():
    a = net()
    b, adam = copy.deepcopy((a, Adam(a.parameters())))
    assert all(v is w for v, w in zip(adam.parameters, b.parameters(), strict=True))


@on_host
def test_an_op_inside_a_function_cannot_be_pickled_and_says_so():
    @op
    def inner(x):
        return x

    with pytest.raises((AttributeError, pickle.PicklingError), match="inner"):
        pickle.dumps(inner)
    assert copy.deepcopy(inner) is inner


def test_a_subclass_is_refused_with_the_reason():
    with pytest.raises(TypeError, match=r"class P\(Tensor\): a Tensor has no subclasses. An op "):

        class P(Tensor):
            pass


# 10. NumPy and habits from elsewhere.

HABITS = [name for name, what in vars(guards.Refusals).items() if isinstance(what, guards.Instead)]


@pytest.mark.host
@pytest.mark.parametrize(
    "call",
    [np.mean, np.sum, np.max, np.std, np.median, np.linalg.norm, np.ravel, np.squeeze, np.isclose,
     np.argmax, np.sort, np.where, np.clip, np.stack, np.concatenate, np.vstack, np.save,
     np.zeros_like, np.copy, np.einsum, np.tensordot, np.histogram, np.unique],
    ids=lambda f: f.__name__,
)  # fmt: skip
def test_numpys_functions_are_refused_in_our_words(call, x):
    args = {
        "isclose": (x, X), "where": (x,), "clip": (x, 0, 1), "stack": ([x, x],), "vstack": ([x],),
        "concatenate": ([x, x],), "save": ("file", x), "einsum": ("i,i", x, X),
        "tensordot": (x, X),
    }.get(call.__name__, (x,))  # fmt: skip
    with pytest.raises(TypeError, match=r"numpy\.\w+ got a Tensor. Pass its array, x.value, or"):
        call(*args)


@pytest.mark.host
@pytest.mark.parametrize(
    ("call", "ours"),
    [(np.mean, r"x\.mean\(\)"), (np.sum, r"x\.sum\(\)"), (np.max, r"x\.max\(\)"),
     (np.transpose, r"x\.transpose"), (lambda x: np.stack([x, x]), r"concatenate\(\[x\[None\]")],
)  # fmt: skip
def test_numpys_functions_point_to_ours(call, ours, x):
    with pytest.raises(TypeError, match=f"own op: {ours}"):
        call(x)


@pytest.mark.host
@pytest.mark.parametrize("compare", [np.array_equal, np.allclose, np.array_equiv])
def test_a_comparison_by_numpy_is_an_error_and_not_false(compare, x):
    for pair in ((x, X), (X, x)):
        with pytest.raises(TypeError, match="got a Tensor. Pass its array"):
            compare(*pair)


@pytest.mark.host
@pytest.mark.parametrize("check", [np.testing.assert_array_equal, np.testing.assert_allclose])
def test_numpys_tests_say_so_too(check, x):
    with pytest.raises(TypeError, match="Pass its array"):
        check(x, X)


@pytest.mark.host
def test_a_shape_is_a_shape_whoever_asks(x):
    y = x.reshape(1, 3)
    assert (np.shape(y), np.ndim(y), np.size(y), len(y)) == ((1, 3), 2, 3, 1)


@pytest.mark.host
def test_numpy_writes_no_tensor_into_an_array(x):
    with pytest.raises(TypeError, match="Pass its array"):
        X.copy()[:] = x


@pytest.mark.parametrize("name", HABITS)
def test_a_habit_from_elsewhere_is_answered_with_what_to_write(name, x):
    with pytest.raises(AttributeError, match=rf"A Tensor has no '{name}'\. [A-Zgx]"):
        getattr(x, name)
    assert not hasattr(x, name)
    assert getattr(x, name, None) is None
    assert name not in dir(x)


@pytest.mark.host
def test_every_line_that_is_offered_runs(x):
    """What stands between "Write " and the full stop, where it is a whole expression."""
    names = {n: getattr(scratchgen, n) for n in scratchgen.__all__} | {
        "abs": abs, "numpy": np, "x": x, "y": Tensor(X), "p": 2, "n": 3, "low": 0.5, "high": 2.0,
        "axis": 0, "shape": (2, 3), "rows": [0, 0, 1], "len": len, "float": float,
    }  # fmt: skip
    tried = 0
    for name in HABITS:
        said = vars(guards.Refusals)[name].said
        for line in said.removeprefix("Write ").rstrip(".").split(", "):
            line = line.split(" for ")[0].removeprefix("or ")
            if not said.startswith("Write ") or "..." in line or name in ("item", "clip", "clamp"):
                continue
            try:
                code = compile(line, name, "eval")
            except SyntaxError:
                continue
            names["x"] = Tensor(np.ones((2, 3))) if name in ("unsqueeze", "flatten") else x
            eval(code, names)
            tried += 1
    assert tried > 30
    assert float(x.sum()) == 6.0
    np.testing.assert_array_equal(clip(x, 1.5, 2.5).value, [1.5, 2, 2.5])


def test_what_is_offered_for_the_sum_up_to_each_element_is_that(x):
    n = 3
    y = x @ np.triu(np.ones((n, n), "float64"))
    np.testing.assert_array_equal(y.value, [1, 3, 6])


def test_attributes_cannot_be_made_on_a_tensor(x):
    for name in ("grad", "requires_grad", "name"):
        with pytest.raises(AttributeError, match=name):
            setattr(x, name, None)


@pytest.mark.host
def test_an_attribute_that_nobody_knows_is_pythons_error(x):
    with pytest.raises(AttributeError, match="'Tensor' object has no attribute 'gard'"):
        x.gard  # noqa: B018


def test_a_write_into_a_tensor_is_answered_with_the_lines_to_write(x):
    with pytest.raises(TypeError, match=r"v = detach\(w\); v\[0\] = \.\.\.; w\.value = v"):
        x[0] = 1.0
    v = detach(x)
    v[0] = 5.0
    x.value = v
    np.testing.assert_array_equal(x.value, [5, 2, 3])


@pytest.mark.parametrize("sign", ["+=", "-=", "*=", "/=", "**=", "@="])
def test_an_operator_that_seems_to_change_a_leaf_is_refused(sign, x):
    with pytest.raises(TypeError, match=rf"Write w\.value {re.escape(sign)} \.\.\. to change it"):
        exec(f"x {sign} other", {"x": x, "other": X})
    np.testing.assert_array_equal(x.value, X)


@pytest.mark.parametrize(
    ("sign", "expected"),
    [("+=", 3 * X), ("-=", X), ("*=", 2 * X * X), ("/=", 2 + 0 * X), ("**=", 4 * X * X),
     ("@=", 2 * (X * X).sum())],
)  # fmt: skip
def test_of_what_was_computed_it_gives_something_computed(sign, expected, x):
    names = {"y": x * 2, "other": 2 if sign == "**=" else X}
    exec(f"y {sign} other", names)
    np.testing.assert_array_equal(names["y"].value, expected)
    assert names["y"].op is not None


def test_a_loss_is_added_up_from_the_number_zero(x):
    total = 0.0
    for i in range(3):
        total += x[i] * x[i]
    np.testing.assert_array_equal(grad(total, x), 2 * X)


def test_a_leafs_value_is_changed_in_place_as_the_message_says(x):
    x.value -= 0.5 * np.ones(3)
    x.value *= 2
    np.testing.assert_array_equal(x.value, 2 * X - 1)


def test_zero_grad_of_an_optimiser_is_answered(make, x):
    with pytest.raises(
        TypeError, match=r"nothing to set to zero.*step\(grad\(loss, parameters\)\)"
    ):
        make([x]).zero_grad()


@pytest.mark.parametrize(
    ("gradients", "got"),
    [
        (lambda x: (x * x).sum(), r"got Tensor\(14.0, float64, by sum\). Write \w+\.step\(grad\("),
        (lambda x: grad((x * x).sum(), x), "got a .*[aA]rray. Write"),
        (lambda x: (g for g in [X]), "got a generator. Write"),
        (lambda x: None, "got a NoneType. Write"),
        (lambda x: [np.ones(3, "complex128")], "of floats, got complex128 for parameter 0"),
        (lambda x: [np.ones(3, "int64")], "of floats, got int64 for parameter 0"),
    ],
    ids=["loss", "one array", "generator", "None", "complex", "integers"],
)
def test_a_step_by_anything_but_a_list_of_gradients_is_refused(gradients, got, make, x):
    optimiser = make([x])
    with pytest.raises(TypeError, match=rf"step: expected a list of gradients.*{got}"):
        optimiser.step(gradients(x))
    np.testing.assert_array_equal(x.value, X)
    assert not optimiser.m[0].any()
    assert getattr(optimiser, "t", 0) == 0


@pytest.mark.host
def test_gradients_on_another_device_are_refused_before_anything_moves(make, monkeypatch):
    w = Tensor(install(monkeypatch).asarray(X))
    optimiser = make([w])
    with pytest.raises(TypeError, match=r"0 is elsewhere. Bring it there: backend.asarray\(g\)"):
        optimiser.step([np.ones(3)])
    assert not optimiser.m[0].any()


def test_a_wrt_of_grad_is_answered_by_what_it_is(x):
    model = net()
    loss = x.sum()
    for wrt, said in [
        (model.parameters, r"got method. Call it: grad\(loss, net.parameters\(\)\)"),
        (model, r"got MLP. Pass what it is made of: grad\(loss, net.parameters\(\)\)"),
        ({"x": x}, r"got dict. Pass a list, list\(d.values\(\)\)"),
        ((w for w in [x]), r"got generator. Pass a list, list"),
        ({"x": x}.values(), r"got dict_values. Pass a list, list"),
        (X, r"Data are constant.*x = Tensor\(x\)"),
        ([[x]], r"got list"),
        (None, r"got NoneType"),
    ]:
        with pytest.raises(TypeError, match=f"grad: wrt expects Tensors, .*{said}"):
            grad(loss, wrt)


# What is clearly wanted.


def test_a_tensor_as_exponent_is_an_exponent(x):
    y = Tensor(np.array([0.5, -1.0, 2.0]))
    np.testing.assert_allclose((x**y).value, [1, 0.5, 9], rtol=1e-14)
    np.testing.assert_allclose((2.0**y).value, [2**0.5, 0.5, 4], rtol=1e-14)
    np.testing.assert_allclose((X**y).value, [1, 0.5, 9], rtol=1e-14)


@pytest.mark.host
def test_a_tensor_as_exponent_has_its_derivatives():
    y = np.array([0.5, -1.0, 2.0])
    check_grad(operator.pow, X, y, order=2)
    check_grad(lambda y: 3**y, y, order=2)


@pytest.mark.parametrize("base", [2, 2.0, True])
def test_a_number_raised_to_a_float32_tensor_is_float32(base):
    assert (base ** Tensor(np.ones(3, "float32"))).dtype == np.float32


@pytest.mark.host
@pytest.mark.parametrize("base", [-1.0, 0.0, np.nan])
def test_a_base_that_has_no_logarithm_is_refused(base, x):
    with pytest.raises(ValueError, match=r"where y is a Tensor, expected x > 0, got .*x \*\* 3"):
        Tensor(np.array([1.0, base, 2.0])) ** x
    with pytest.raises(ValueError, match="expected x > 0"):
        base**x


def test_abs_and_max_are_methods_of_python_and_of_tensors(x):
    np.testing.assert_array_equal(grad(abs(-x).sum(), x), [1, 1, 1])
    np.testing.assert_array_equal(grad(x.max(), x), [0, 0, 1])
    X2 = Tensor(np.array([[1.0, 5.0], [3.0, 2.0]]))
    np.testing.assert_array_equal(X2.max(axis=1).value, [5, 3])
    np.testing.assert_array_equal(X2.max(0, keepdims=True).value, [[3, 5]])


@pytest.mark.parametrize(
    ("bounds", "expected", "slopes"),
    [
        ({"low": 2.0}, [2, 2, 3], [0, 1, 1]),
        ({"high": 2.0}, [1, 2, 2], [1, 1, 0]),
        ({"low": 1.5, "high": 2.5}, [1.5, 2, 2.5], [0, 1, 0]),
        ({"low": [2.0, 0.0, 5.0]}, [2, 2, 5], [0, 1, 0]),
        ({"low": 0.0, "high": [0.5, 2.0, 9.0]}, [0.5, 2, 3], [0, 1, 1]),
        ({"high": [[1.0], [2.0]]}, [[1, 1, 1], [1, 2, 2]], [2, 1, 0]),
    ],
    ids=["low", "high", "both", "array low", "array high", "broadcast"],
)
def test_clip_takes_one_bound_and_bounds_that_are_arrays(bounds, expected, slopes, x):
    bounds = {name: np.asarray(bound, "float64") for name, bound in bounds.items()}
    y = clip(x, **bounds)
    np.testing.assert_array_equal(y.value, expected)
    np.testing.assert_array_equal(grad(y.sum(), x), slopes)


@pytest.mark.host
def test_clip_refuses_no_bounds_and_bounds_the_wrong_way_round(x):
    with pytest.raises(ValueError, match=r"clip: expected a bound, got none. Write clip\(x, low\)"):
        clip(x)
    for low, high in [(1, 0), (1.0, np.zeros(3)), (np.array([0.0, 3.0, 0.0]), 2)]:
        with pytest.raises(ValueError, match="clip: expected low <= high, got"):
            clip(x, low, high)


def test_a_product_takes_a_list_on_either_side(x):
    for y in (x @ [1.0, 2.0, 3.0], [1, 2, 3] @ x):
        assert float(y) == 14.0
        np.testing.assert_array_equal(grad(y, x), X)
    assert (Tensor(np.ones(2, "float32")) @ [1.0, 2.0]).dtype == np.float32


@pytest.mark.host
def test_a_list_among_float32_is_refused_with_the_line_that_converts_it():
    with pytest.raises(TypeError, match=r"numpy.asarray\(x, 'float32'\) for a list"):
        Tensor(np.ones(2, "float32")) * [1.0, 2.0]


def test_a_list_becomes_an_array_like_another_and_a_number_stays_one(x):
    assert as_array([1, 2], x).dtype == np.float64
    assert as_array(2, x) == 2
    assert type(as_array(2, x)) is int
    assert as_array(X, x) is X
    assert as_array(x, X) is x


@pytest.mark.host
@pytest.mark.parametrize("module", [scratchgen, engine, functions])
def test_a_star_import_hides_no_builtin(module):
    names = {}
    exec(f"from {module.__name__} import *", names)
    names.pop("__builtins__")
    assert not [name for name in names if hasattr(builtins, name)]


@pytest.mark.host
@pytest.mark.parametrize("module", [engine, functions])
def test_a_star_import_brings_all_else_that_is_public(module):
    def is_ours(thing):
        return (inspect.isfunction(thing) or inspect.isclass(thing) or isinstance(thing, Op)) and (
            thing.__module__ == module.__name__
        )

    ours = {n for n, thing in vars(module).items() if n[0] != "_" and is_ours(thing)}
    assert {n for n in ours if not hasattr(builtins, n)} <= set(module.__all__)
    assert all(hasattr(module, name) for name in module.__all__)


# 6. Arguments of nets and optimisers.


@pytest.mark.host
@pytest.mark.parametrize(
    ("make_it", "said"),
    [
        (lambda: Dense(2, 1, rng=0), r"Dense: expected rng as a numpy.random.Generator, got 0. "
                                     r"Write rng=numpy.random.default_rng\(0\)"),
        (lambda: MLP([2, 1], rng=42), r"got 42. Write rng=numpy.random.default_rng\(42\)"),
        (lambda: MLP([2, 1], rng=None), "got NoneType"),
        (lambda: MLP([2, 1], rng=np.random.RandomState(0)), "got RandomState"),
        (lambda: Dense(2, 1, "relu", rng=rng()), "Dense: expected activation as a function, got "
                                                 "'relu'. Pass the function, not its name: "
                                                 "activation=relu"),
        (lambda: MLP([2, 3, 1], hidden="tanh", rng=rng()), "not its name: activation=tanh"),
        (lambda: MLP([2, 1], out=1, rng=rng()), "activation as a function, got 1. Pass the func"),
        (lambda: Dense(2, 1, rng=rng(), init="he"), "expected init as a function, got 'he'"),
        (lambda: MLP(784, rng=rng()), r"MLP: expected a list of widths, got 784. Pass a list"),
        (lambda: MLP("784", rng=rng()), "MLP: expected a list of widths, got '784'"),
        (lambda: MLP([4, 2.0], rng=rng()), "expected widths that are whole numbers.*4 -> 2.0"),
        (lambda: MLP([4, True], rng=rng()), "expected widths that are whole numbers.*4 -> True"),
        (lambda: MLP([4, "2"], rng=rng()), "expected widths that are whole numbers"),
        (lambda: Dense(2, 3, rng=rng(), init=lambda n, m, r: r.normal(size=(m, n))),
         r"Dense\(2 -> 3\): expected weights of shape \(2, 3\) from init, got \(3, 2\).*transpo"),
        (lambda: Dense(2, 3, rng=rng(), init=lambda n, m, r: 0.1), r"got \(\)"),
    ],
)  # fmt: skip
def test_a_net_says_what_it_expects_when_it_is_made(make_it, said):
    with pytest.raises((TypeError, ValueError), match=said):
        make_it()


@pytest.mark.host
def test_an_initialiser_may_make_float64_and_the_net_is_float32():
    layer = Dense(2, 3, rng=rng(), init=lambda n, m, r: r.normal(size=(n, m)))
    assert layer.W.dtype == np.float32
    layer(np.zeros((1, 2), "float32"))


@pytest.mark.host
@pytest.mark.parametrize(
    ("make_it", "said"),
    [
        (lambda w: Adam(w, lr="0.1"), "Adam: expected a learning rate lr as a number, got '0.1'"),
        (lambda w: Adam(w, lr=None), "expected a learning rate lr as a number, got None"),
        (lambda w: SGD(w, lr=True), "SGD: expected a learning rate lr as a number, got True"),
        (lambda w: SGD(w, lr=inf), "expected a learning rate lr > 0 and finite, got inf"),
        (lambda w: SGD(w, lr=[0.1]), r"lr as a number, got \[0.1\]"),
        (lambda w: SGD(w, lr=w[0]), r"lr as a number, got Tensor"),
        (lambda w: SGD(w, 0.1, momentum="0.9"), "SGD: expected momentum as a number, got '0.9'"),
        (lambda w: SGD(w, 0.1, momentum=(0.9,)), r"expected momentum as a number, got \(0.9,\)"),
        (lambda w: Adam(w, betas=0.9), r"expected betas as a pair of numbers, got 0.9. Write bet"),
        (lambda w: Adam(w, betas=(0.9,)), r"expected betas as a pair of numbers, got \(0.9,\)"),
        (lambda w: Adam(w, betas=(0.9, 0.99, 0.9)), "expected betas as a pair"),
        (lambda w: Adam(w, betas=(0.9, "0.99")), r"betas\[1\] as a number, got '0.99'"),
        (lambda w: Adam(w, betas=(0.9, np.nan)), r"betas\[1\] in \[0, 1\), got nan"),
        (lambda w: Adam(w, eps="small"), "expected eps as a number, got 'small'"),
        (lambda w: Adam(w, eps=inf), "expected eps >= 0 and finite, got inf"),
        (lambda w: cosine(1.5), r"cosine: expected progress in \[0, 1\], got 1.5"),
        (lambda w: cosine(-0.1), r"cosine: expected progress in \[0, 1\], got -0.1"),
        (lambda w: cosine(np.nan), r"cosine: expected progress in \[0, 1\], got nan"),
        (lambda w: cosine(0.5, warmup=1.0), r"cosine: expected warmup in \[0, 1\), got 1.0"),
        (lambda w: cosine(0.5, warmup=-0.5), r"cosine: expected warmup in \[0, 1\), got -0.5"),
    ],
)
def test_an_optimiser_says_what_it_expects_when_it_is_made(make_it, said):
    with pytest.raises((TypeError, ValueError), match=said):
        make_it([Tensor(1.0)])


@pytest.mark.parametrize("lr", [np.nan, inf, -0.1])
def test_a_rate_that_a_schedule_made_impossible_is_refused_at_the_step(make, lr, x):
    optimiser = make([x])
    optimiser.lr = lr
    with pytest.raises(ValueError, match=f"step: expected a learning rate lr >= 0, got {lr}"):
        optimiser.step([np.ones(3)])
    np.testing.assert_array_equal(x.value, X)
    assert not optimiser.m[0].any()


def test_a_schedule_may_end_at_nothing(make, x):
    optimiser = make([x])
    optimiser.lr = 0.0
    optimiser.step([np.ones(3)])
    np.testing.assert_array_equal(x.value, X)


@pytest.mark.host
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"rtol": inf}, r"expected rtol in \[0, 1\), got inf"),
        ({"rtol": -1e-6}, r"expected rtol in \[0, 1\)"),
        ({"rtol": np.nan}, "expected rtol"),
        ({"every": 0, "directions": 0}, "expected directions >= 1, got 0"),
        ({"every": -1}, "expected every >= 0, got -1"),
    ],
)
def test_a_check_that_would_compare_nothing_is_refused(options, said):
    with pytest.raises(ValueError, match=f"check_grad: {said}"):
        check_grad(tanh, X, **options)


@pytest.mark.host
def test_a_check_of_no_arrays_is_refused():
    with pytest.raises(
        TypeError, match=r"check_grad: expected arrays to differentiate by, got none"
    ):
        check_grad(lambda: Tensor(1.0))


# Public reports of other kinds, tried here. What was wrong, and is mended:


@pytest.mark.host
@pytest.mark.parametrize("reduce", [lambda x: x.mean(axis=0), lambda x: engine.sum_to(x, (2,)) / M])
def test_the_mean_of_very_many_float32_is_right(reduce):
    """Adding 1 to 2^24 changes nothing in float32: a mean of ones was 0.84 (numpy #22956)."""
    assert reduce(Tensor(np.broadcast_to(np.float32(1), (M, 2)))).value.tolist() == [1, 1]


M = 20_000_000


@pytest.mark.host
def test_sums_are_of_the_type_of_what_is_added(monkeypatch):
    monkeypatch.setattr(engine, "MANY", 4)
    for dtype in ("float32", "float64", "uint8", "int64", "float16"):
        x = np.ones((6, 2), dtype)
        assert engine.sum(x, axis=0).dtype == x.sum(axis=0).dtype
        assert engine.sum(x, axis=0, keepdims=True).tolist() == [[6, 6]]
        assert engine.sum(x).tolist() == 12


@pytest.mark.host
def test_very_many_ties_share_one_gradient():
    """Counted in float32 they were too few: the shares added up to 1.19 (tinygrad #12296)."""
    x = np.broadcast_to(np.float32(1), (M, 2))
    g = np.ones(2, "float32")
    shares = engine.max.rules[0](g, engine.max(x, 0), x, 0, False)
    assert shares.dtype == np.float32
    assert float(shares[0, 0]) == pytest.approx(1 / M)


@pytest.mark.parametrize(
    "loss", [mse, bce_with_logits, functions.gaussian_kl, lambda a, b: softmax(a),
             lambda a, b: logsumexp(a), lambda a, b: log_softmax(a)]
)  # fmt: skip
@pytest.mark.parametrize("dtype", ["uint8", "int8", "int64", "bool"])
def test_a_loss_of_whole_numbers_is_refused_since_they_wrap_around(loss, dtype):
    """16 - 0 squared is 0 in uint8 (scikit-learn #28827, scikit-image #3376)."""
    x = np.array([0, 1, 1]).astype(dtype)
    with pytest.raises(TypeError, match=rf"expected floats, got {dtype}.*x.astype\('float32'\)"):
        loss(x, x)


@pytest.mark.host
def test_whole_numbers_may_be_targets_beside_floats():
    images = np.array([0, 255, 3], "uint8")
    np.testing.assert_allclose(mse(np.zeros(3), images), (255**2 + 9) / 3)
    np.testing.assert_allclose(mse(Tensor(np.zeros(3)), images).value, (255**2 + 9) / 3)


def test_bounds_that_leave_no_room_let_no_slope_through(x):
    """clip(x, 2, 2) is 2 everywhere; its slope at 2 was 1 (pytorch #94204)."""
    np.testing.assert_array_equal(grad(clip(x, 2, 2).sum(), x), [0, 0, 0])
    low, high = np.array([0.0, 2.0, 0.0]), np.array([9.0, 2.0, 9.0])
    np.testing.assert_array_equal(grad(clip(x, low, high).sum(), x), [1, 0, 1])


@pytest.mark.host
def test_a_check_refuses_a_function_that_writes_into_its_argument_and_gives_the_array_back_whole():
    @op
    def doubled(x):
        x *= 2
        return x * 1.0

    doubled.gradients(x=lambda g, y, x: 2 * g)
    given = X.copy()
    with pytest.raises(GradientError, match="doubled wrote into argument 0. Compute a new array"):
        check_grad(doubled, given)
    np.testing.assert_array_equal(given, X)


@pytest.mark.parametrize("method", ["sum", "mean", "max"])
def test_a_second_axis_is_not_taken_for_keepdims(method):
    """x.sum(0, 1) summed over one axis and kept it: several axes are a tuple."""
    x = Tensor(np.ones((2, 3)))
    with pytest.raises(TypeError, match="positional argument"):
        getattr(x, method)(0, 1)
    assert getattr(x, method)((0, 1)).shape == ()


# What was right already.


def test_a_product_with_its_own_transpose_has_both_gradients():
    """neon #169."""
    x = Tensor(np.arange(6.0).reshape(2, 3))
    expected = 2 * backend.to_numpy(x.value).sum(0)
    np.testing.assert_array_equal(backend.to_numpy(grad((x @ x.T).sum(), x)), [expected] * 2)


def test_one_number_broadcast_once_and_not_in_one_loss():
    """pytorch #13669: the sum over what was broadcast was left out."""
    z = Tensor(np.array(1.0))
    loss = (exp(z) - 0).sum() + (exp(z) - np.zeros(1000)).sum()
    assert float(grad(loss, z)) == pytest.approx(1001 * math.e)


def test_a_power_of_a_negative_number_takes_no_logarithm():
    """tinygrad #155."""
    x = Tensor(np.array([-2.0, 0.0, 3.0]))
    np.testing.assert_array_equal(grad((x**3).sum(), x), [12, 0, 27])


def test_gradients_asked_for_twice_are_the_same_twice(x):
    """micrograd #102."""
    loss = (x * x * x).sum()
    np.testing.assert_array_equal(grad(loss, x), grad(loss, x))


@pytest.mark.parametrize("inner", [lambda x: Tensor(detach(x)), lambda x: 1.0 * x])
def test_a_derivative_inside_a_derivative_is_of_its_own_variable(inner):
    """AutoGrad.jl #75: d/dx of x d/dy (x + y) is 1, whether y is a copy of x or made of it."""
    x = Tensor(np.array(5.0))
    y = inner(x)
    assert float(grad(x * grad(x + y, y, create_graph=True), x)) == 1.0


def test_a_source_that_was_broadcast_by_an_index_is_an_error_and_no_wrong_gradient():
    """pytorch #71155."""
    v = Tensor(np.array([1.0]))
    with pytest.raises(TypeError, match="rule of put for 'x' returned"):
        grad(engine.put(v, [0, 1, 2], (4,)).sum(), v)


def test_the_maximum_of_the_same_variable_twice_has_one_gradient():
    """HIPS autograd #141, #212."""
    x = Tensor(np.array([1.0, 3.0, 2.0]))
    np.testing.assert_array_equal(grad(functions.maximum(x, x).sum(), x), [1, 1, 1])
    twice = functions.concatenate([x, x])
    np.testing.assert_array_equal(grad(twice.max(), x), [0, 1, 0])


def test_equal_elements_share_the_gradient_of_their_maximum():
    """mxnet #18563."""
    x = Tensor(np.ones((4, 3)))
    np.testing.assert_array_equal(grad(x.max(axis=0).sum(), x), np.full((4, 3), 0.25))


@pytest.mark.host
def test_a_view_of_a_view_of_a_computed_value_cannot_be_written():
    """pytorch #36608, #49824; and #9391, where a write after sigmoid gave a slope of 0."""
    y = sigmoid(Tensor(np.zeros((2, 3))))
    for view in (y.value[0], y.value[0][1:], y.value.T[0], y.value.reshape(6), detach(y)[1]):
        with pytest.raises(ValueError, match="read-only"):
            view[...] = 2.0


def test_an_optimiser_keeps_a_list_of_its_own(make, x):
    """pytorch #51794: the caller's list was changed, and changes of it were seen."""
    parameters = [x]
    optimiser = make(parameters)
    parameters.append(Tensor(1.0))
    optimiser.step([np.ones(3)])
    assert len(optimiser.parameters) == 1


def test_nan_in_a_bound_or_a_maximum_shows():
    """pytorch #76795."""
    x, nan = Tensor(X), float("nan")
    assert np.isnan(backend.to_numpy(clip(x, nan, 2.0).value)).all()
    assert np.isnan(backend.to_numpy(functions.maximum(x, np.array([nan, 0.0, 0.0])).value)[0])


def test_labels_of_one_byte_are_compared_with_three_hundred_classes():
    logits = Tensor(np.zeros((2, 300)))
    loss = cross_entropy(logits, np.array([1, 255], "uint8"))
    assert float(loss) == pytest.approx(math.log(300))


@pytest.mark.host
@pytest.mark.parametrize("wide", [np.ones(3, "longdouble"), np.ones(3), 1j, np.float64(2)])
def test_no_wider_type_comes_in_unseen(wide):
    """jax #768."""
    with pytest.raises(TypeError, match="a Tensor's float type stays as it is"):
        Tensor(np.ones(3, "float32")) * wide


@pytest.mark.parametrize("pick", [np.s_[::-1], np.s_[::2], np.s_[[]], True, np.s_[None, 1:], ...])
def test_every_kind_of_index_leads_back_to_where_it_came_from(pick):
    x = Tensor(X)
    y = x[pick]
    v = np.arange(1.0, 1 + y.size).reshape(y.shape)
    expected = backend.to_numpy(np.zeros(3))
    where = backend.to_numpy(np.arange(3))[pick]
    expected[where.ravel()] = backend.to_numpy(v).ravel()
    loss = (y * v).sum() + (0.0 * x).sum()
    np.testing.assert_array_equal(backend.to_numpy(grad(loss, x)), expected)


def test_two_threads_may_ask_one_graph_at_a_time(x):
    """PyTorch adds both into one .grad; here nothing is kept."""
    h = tanh(x * x)
    loss = (h * h * x).sum()
    expected = bits(grad(loss, x))
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: bits(grad(loss, x)), range(40)))
    assert set(found) == {expected}


# 12. What cannot be seen is listed in scratchgen/README.md, each with the habit that avoids it.


def refilled(x):
    data = X.copy()
    loss = (x * data).sum()
    data[:] = 0  # the fault
    assert not grad(loss, x).any()
    loss = (x * X.copy()).sum()  # the habit: an array of its own
    np.testing.assert_array_equal(grad(loss, x), X)


def taken(x):
    before, kept = x.value, detach(x)
    x.value -= 1.0
    np.testing.assert_array_equal(before, X - 1)
    np.testing.assert_array_equal(kept, X)


def written(x):
    loss = (x * x).sum()
    x.value[0] = 5.0
    np.testing.assert_array_equal(grad(loss, x), [10, 4, 6])  # of neither the old nor the new graph
    loss, v = (x * x).sum(), detach(x)
    v[0] = 7.0
    x.value = v
    with pytest.raises(RuntimeError, match="changed in place"):
        grad(loss, x)


def numbers(x):
    array = backend.to_numpy(np.zeros(2))
    array[0] = x[1]
    assert (math.exp(x[0]), array[0]) == (math.e, 2.0)  # right, and without history
    np.testing.assert_allclose(grad(exp(x[0]), x), [math.e, 0, 0])


def compared(x):
    a, b = Tensor(0.0), Tensor(0.0)
    assert b in [a]
    assert [a, b].index(b) == 0
    assert not any(b is w for w in [a])
    assert len({a, b}) == 2


def added(x):
    rows = Tensor(np.ones((2, 3)))
    assert builtins.sum(rows).shape == (3,)
    assert rows.sum().shape == ()


def arms(x):
    z = Tensor(np.array([0.0, 1.0]))
    with np.errstate(all="ignore"):
        bad = grad(functions.where(z > 0, log(z), 0.0).sum(), z)
        assert np.isnan(backend.to_numpy(bad)).any()
        with pytest.raises(FloatingPointError, match="log"), detect_nonfinite():
            grad(functions.where(z > 0, log(z), 0.0).sum(), z)
    good = log(functions.where(z > 0, z, 1.0)).sum()
    np.testing.assert_array_equal(grad(good, z), [0, 1])


def roots(x):
    z = Tensor(np.zeros(2))
    with np.errstate(all="ignore"):
        bad = grad(functions.sqrt((z * z).sum()), z)
    assert np.isnan(backend.to_numpy(bad)).all()
    good = functions.sqrt((z * z).sum() + 1e-12)
    np.testing.assert_array_equal(grad(good, z), [0, 0])


def replaced(x):
    layer = Dense(2, 1, rng=rng())
    adam, old = Adam(layer.parameters()), layer.W
    layer.W = Tensor(old.value)
    before = detach(layer.W)
    adam.step([np.ones(w.shape, "float32") for w in layer.parameters()])
    np.testing.assert_array_equal(layer.W.value, before)
    Adam(layer.parameters()).step([np.ones(w.shape, "float32") for w in layer.parameters()])
    assert (layer.W.value < before).all()


def outside(x):
    @op
    def hidden(y):
        return y * x.value

    hidden.gradients(y=lambda g, out, y: g * x.value)
    with pytest.raises(ValueError, match="does not depend on"):
        grad(hidden(Tensor(X)).sum(), x)  # asked for alone it is an error; within a loss it is not
    assert not (grad(hidden(Tensor(X)).sum() + (0.0 * x).sum(), x)).any()


def keeps(x):
    from scratchgen.testing import OpError, check_op

    @op
    def doubled(x):
        x *= 2
        return x * 1.0

    with pytest.raises(OpError, match="wrote into"):
        check_op(doubled, backend.to_numpy(X).copy())


def yielded(x):
    def sampler():
        with no_grad():
            yield x * 2

    for _ in sampler():
        assert not recording(x)
    assert recording(x)


def threads(x):
    with no_grad():
        assert elsewhere(lambda: recording(x))


def on_a_gpu(x):
    bad = np.array([0.0, 255.0, 1.0])
    if backend.array_module(bad) is not backend.numpy:
        bce_with_logits(x, bad)  # not read
    with pytest.raises(ValueError, match="got 0 to 255"):
        guards.check_targets("data", backend.to_numpy(bad))


def copied_alone(x):
    model = net()
    adam = copy.deepcopy(Adam(model.parameters()))
    assert adam.parameters[0] is not model.parameters()[0]
    model, adam = copy.deepcopy((model, Adam(model.parameters())))
    assert adam.parameters[0] is model.parameters()[0]


def chosen(x):
    before = backend.float_type()
    elsewhere(lambda: backend.use(None, "float64"))
    assert backend.float_type() == "float64"
    backend.use(None, str(before))


# By the first words of its line in the table.
UNSEEN = {
    "a constant's array": refilled,
    "an array taken": taken,
    "a write into a part": written,
    "Python's functions": numbers,
    "`w in tensors`": compared,
    "after `from scratchgen import *`": added,
    "`where(x > 0, log(x), 0.0)`": arms,
    "`sqrt((x * x).sum())`": roots,
    "an op whose function reads": outside,
    "an op that writes": keeps,
    "`no_grad()` around a `yield`": yielded,
    "a new thread": threads,
    "on a GPU": on_a_gpu,
    "`layer.W = Tensor(...)`": replaced,
    "`deepcopy(optimizer)`": copied_alone,
    "`backend.use(...)`": chosen,
}
ON_HOST = (numbers, keeps, copied_alone, chosen)  # in order: xdist collects it in every process


@pytest.mark.parametrize("show", [f for f in UNSEEN.values() if f not in ON_HOST])
def test_what_cannot_be_seen_and_the_habit_that_avoids_it(show, x):
    show(x)


@pytest.mark.host
@pytest.mark.parametrize("show", ON_HOST)
def test_what_cannot_be_seen_on_the_host_and_the_habit_that_avoids_it(show, x):
    show(x)


@pytest.mark.host
def test_all_that_is_shown_is_listed_and_all_that_is_listed_is_shown():
    text = Path(engine.__file__).with_name("README.md").read_text(encoding="utf-8")
    section = text[text.index("## What cannot be seen") :].partition("\n## ")[0]
    lines = [line[2:] for line in section.splitlines() if line.startswith("| ")][1:]
    assert len(lines) == len(UNSEEN)
    for line, start in zip(lines, UNSEEN, strict=True):
        assert line.startswith(start)
        assert line.count("|") == 2
