"""What is asked of the answers to lesson 5."""

import numpy as np
from hypothesis import strategies as st

from lessons.runner.expect import (
    Exercise,
    expect,
    expect_close,
    expect_numbers,
    expect_shape,
    for_any,
    shown,
)
from scratchgen.engine import Tensor, grad
from scratchgen.functions import cross_entropy
from scratchgen.testing import arrays, floats, moderate

slopes = st.one_of(floats(0.25, 3), floats(-3, -0.25))  # one number, not 0


# fastest_rate

curvatures = st.lists(floats(0.5, 8), min_size=1, max_size=3)


def _does_not_explode(fastest_rate):
    """it should let every direction shrink at each step"""

    def holds(curvatures):
        lr, slowest = _slowest(fastest_rate, curvatures)
        words = f"For the curvatures {shown(curvatures)} it gives {lr:.4g}. "
        words += f"Then a step leaves {slowest:.3g} times the distance in one direction: "
        expect(slowest < 1, words + "that does not come down.")

    for_any(holds, curvatures=curvatures)


def _is_the_fastest(fastest_rate):
    """it should leave no other rate that makes the slowest direction faster"""

    def holds(curvatures):
        lr, slowest = _slowest(fastest_rate, curvatures)
        low, high = min(curvatures), max(curvatures)
        best = (high - low) / (high + low)
        words = f"For the curvatures {shown(curvatures)} it gives {lr:.4g}. Then the slowest "
        words += f"direction keeps {slowest:.4g} of itself in a step; it could be {best:.4g}. "
        flat = "The flattest is the slow one: a larger rate would help."
        steep = "The steepest is the slow one: a smaller rate would help."
        side = flat if abs(1 - lr * low) > abs(1 - lr * high) else steep
        expect(slowest <= best + 1e-9, words + side)

    holds([1.0, 3.0])
    for_any(holds, curvatures=curvatures)


def _slowest(fastest_rate, curvatures):
    """The reader's rate, and the largest factor that a direction is multiplied by."""
    lr = fastest_rate(np.array(curvatures))
    expect_shape(lr, (), f"fastest_rate({shown(curvatures)})", "One rate serves all directions.")
    return float(lr), max(abs(1 - float(lr) * a) for a in curvatures)


# adam_step


def _returns_three_arrays(adam_step):
    """it should return w, m and v, each of the shape of w"""
    got = _called(adam_step, np.ones((2, 3)), g=np.ones((2, 3)))
    for name, array in zip("wmv", got, strict=True):
        expect_shape(array, (2, 3), f"{name}, for weights (2, 3)")


def _called(adam_step, w, g, m=0.0, v=0.0, t=1, **settings):
    """What adam_step returns; AssertionError where that is no triple."""
    got = adam_step(w, g, m + 0 * w, v + 0 * w, t, **settings)
    triple = isinstance(got, tuple | list) and len(got) == 3
    expect(triple, f"adam_step: expected a triple (w, m, v), got {shown(got)}.")
    return got


def _keeps_averages(adam_step):
    """it should return m and v as moving averages of g and g^2, not yet corrected"""
    betas = {"beta1": 0.75, "beta2": 0.25}
    _, m, v = _called(adam_step, np.zeros(1), g=np.array([2.0]), m=1.0, v=3.0, **betas)
    call = "from m = 1, v = 3, with g = 2, beta1 = 0.75, beta2 = 0.25"
    expect_close(m, [1.25], f"m {call}", why="It is 0.75 * 1 + 0.25 * 2.")
    expect_close(v, [3.75], f"v {call}", why="It is 0.25 * 3 + 0.75 * 2^2.")


def _first_step_is_a_sign(adam_step):
    """it should take a first step, t = 1 from m = v = 0, of -lr * sign(g), however large g"""

    def holds(g):
        w, _, _ = _called(adam_step, np.zeros(1), g=np.array([g]), lr=1.0)
        why = "At t = 1, m is 0.1 g and v is 0.001 g^2: divide each by 1 - beta^t."
        what = f"w after a first step with g = {g:g}, lr = 1"
        expect_close(w, [-np.sign(g)], what, rtol=1e-5, why=why)

    for_any(holds, g=slopes)


def _eps_is_outside(adam_step):
    """it should add eps to the root of the corrected v, neither inside the root nor before"""
    w, _, _ = _called(adam_step, np.zeros(1), g=np.array([2.0]), lr=1.0, eps=2.0)
    why = "It is -2 / (sqrt(2^2) + 2): eps stands outside the root, after the correction."
    expect_close(w, [-0.5], "w after a first step with g = 2, lr = 1, eps = 2", why=why)


def _agrees_over_many_steps(adam_step):
    """it should go where algorithm 1 goes over five steps, from any weights, along any slopes"""

    def holds(gs, w0):
        ours, theirs, state = _algorithm_1(gs, w0), np.array([w0]), (np.zeros(1), np.zeros(1))
        for t, g in enumerate(gs, 1):
            theirs, *state = _called(adam_step, theirs, np.array([g]), *state, t=t, lr=0.1)
            what = f"w after step {t} from w = {w0:g}, slopes {shown(gs[:t])}, lr = 0.1"
            expect_close(theirs, [ours[t - 1]], what, why="Is t the step's own number?" * (t > 1))

    for_any(holds, gs=st.lists(slopes, min_size=5, max_size=5), w0=moderate)


def _algorithm_1(gs, w, lr=0.1, beta1=0.9, beta2=0.999, eps=1e-8):
    """Where w is after each slope, by the sums that the moving averages stand for."""
    path = []
    for t in range(1, len(gs) + 1):
        past = np.array(gs[:t])
        by_m, by_v = beta1 ** np.arange(t)[::-1], beta2 ** np.arange(t)[::-1]
        m_hat, v_hat = by_m @ past / by_m.sum(), by_v @ past**2 / by_v.sum()
        w = w - lr * m_hat / (v_hat**0.5 + eps)
        path.append(w)
    return path


def _leaves_its_arguments(adam_step):
    """it should return new arrays, and leave those it was given as they were"""
    given = w, g, m, v = [np.full(2, value) for value in (1.0, 2.0, 3.0, 4.0)]
    adam_step(w, g, m, v, 2)
    for name, array, value in zip("wgmv", given, (1.0, 2.0, 3.0, 4.0), strict=True):
        why = "Write m = beta1 * m + ..., which makes a new array; m *= beta1 changes the old."
        expect_close(array, [value, value], f"afterwards, the {name} that was passed in", why=why)


# logit_slopes


@st.composite
def _questions(draw):
    """Logits (N, C) and labels (N,)."""
    N, C = draw(st.integers(1, 3)), draw(st.integers(2, 3))
    logits = draw(arrays((N, C), layouts=["contiguous"]))
    return logits, draw(arrays((N,), st.integers(0, C - 1), np.int64, layouts=["contiguous"]))


def _has_a_slope_for_each_logit(logit_slopes):
    """it should give one slope for each logit: (N, C)"""
    got = logit_slopes(np.zeros((3, 4)), np.array([0, 1, 2]))
    expect_shape(got, (3, 4), "logit_slopes of (3, 4) logits")


def _is_known_for_equal_logits(logit_slopes):
    """it should be 1/C, and 1/C - 1 at the right class, over N, where all logits are equal"""
    got = logit_slopes(np.zeros((1, 4)), np.array([2]))
    expect_close(got, [[0.25, 0.25, -0.75, 0.25]], "logit_slopes([[0, 0, 0, 0]], [2])")
    got = logit_slopes(np.zeros((2, 2)), np.array([0, 1]))
    why = "The loss is a mean over N = 2 rows."
    expect_close(got, [[-0.25, 0.25], [0.25, -0.25]], "logit_slopes([[0, 0]] * 2, [0, 1])", why=why)


def _is_the_derivative(logit_slopes):
    """it should be the derivative of the mean cross-entropy, at any logits"""

    def holds(question):
        logits, labels = question
        expected = grad(cross_entropy(t := Tensor(logits.copy()), labels), t)
        call = f"logit_slopes({shown(logits)}, {shown(labels)})"
        expect_close(logit_slopes(logits.copy(), labels), expected, call)

    for_any(holds, question=_questions())


def _stays_finite(logit_slopes):
    """it should be right for logits of 1000, where exp overflows"""
    with np.errstate(all="ignore"):
        got = logit_slopes(np.array([[1000.0, 0.0], [-1000.0, 0.0]]), np.array([0, 0]))
    why = "exp(1000) is inf, and inf / inf is nan: take each row's largest logit off first."
    what = "logit_slopes([[1000, 0], [-1000, 0]], [0, 0])"
    expect_close(got, [[0, 0], [-0.5, 0.5]], what, why=why)


# long_step


def _is_a_list_of_gradients(long_step):
    """it should give between 1 and 2,000 gradients, none of them larger than 1"""
    _gradients(long_step)


def _ends_in_a_long_step(long_step):
    """it should make the last step of Adam more than three times as long as its rate"""
    gradients = _gradients(long_step)
    lengths = _steps(gradients)
    found = f"Of its {len(lengths)} steps the last is {lengths[-1]:.3g} times the rate. "
    longest = int(np.argmax(lengths))
    if lengths[longest] > 3:
        cure = f"Step {longest + 1} is {lengths[longest]:.3g} times the rate: stop there."
    elif len(gradients) < 100:
        cure = "v takes some 1,000 steps to forget or to learn what is usual."
    else:
        cure = "m_hat should be large already, and v_hat still small. When is that so?"
    expect(lengths[-1] > 3, found + cure)


def _gradients(long_step):
    got = long_step()
    expect(
        np.ndim(got) == 1 and len(got), f"It should give a list of numbers; it gives {shown(got)}."
    )
    expect(len(got) <= 2000, f"It gives {len(got)} gradients; 2,000 will do.")
    numbers = expect_numbers(got, ["g"] * len(got), "long_step()")
    largest = max(numbers, key=abs)
    finite = bool(np.isfinite(numbers).all())
    expect(
        finite and abs(largest) <= 1, f"It gives a gradient of {largest:g}; at most 1 is allowed."
    )
    return numbers


def _steps(gradients):
    """The length of each of Adam's steps, in units of the rate."""
    m, v, lengths = 0.0, 0.0, []
    for t, g in enumerate(gradients, 1):
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        step = (m / (1 - 0.9**t)) / ((v / (1 - 0.999**t)) ** 0.5 + 1e-8)
        lengths.append(abs(step))
    return lengths


# surer

labels_of_images = st.lists(st.integers(0, 2), min_size=4, max_size=8)


def _returns_two_of_logits(surer):
    """it should return two arrays of finite logits, each of shape (N, 3)"""
    _asked(surer, [0, 1, 2, 0])


def _makes_fewer_mistakes(surer):
    """it should have fewer wrong answers after than before"""

    def holds(labels):
        wrong = [_mistakes(logits, labels) for logits in _asked(surer, labels)]
        words = f"For the labels {labels} it has {wrong[0]} wrong answers before, {wrong[1]} after."
        expect(wrong[1] < wrong[0], f"{words} After, they should be fewer.")

    for_any(holds, labels=labels_of_images)


def _has_a_higher_loss(surer):
    """it should have a higher cross-entropy after than before"""

    def holds(labels):
        loss = [float(cross_entropy(x, np.array(labels))) for x in _asked(surer, labels)]
        words = f"For the labels {labels} the loss is {loss[0]:.4g} before, {loss[1]:.4g} after. "
        cure = "It should rise. How large can the loss of a single image be?"
        expect(loss[1] > loss[0], words + cure)

    for_any(holds, labels=labels_of_images)


def _mistakes(logits, labels):
    """How many answers are wrong; a tie with the right class is no answer, and wrong."""
    rest = logits.copy()
    right = rest[np.arange(len(labels)), labels].copy()
    rest[np.arange(len(labels)), labels] = -np.inf
    return int((rest.max(axis=1) >= right).sum())


def _asked(surer, labels):
    """Both arrays of logits; AssertionError where they are something else."""
    got = surer(np.array(labels))
    pair = isinstance(got, tuple | list | np.ndarray) and len(got) == 2
    expect(pair, f"It should return two arrays (before, after); it returns {shown(got)}.")
    for name, logits in zip(("before", "after"), got, strict=True):
        expect_shape(logits, (len(labels), 3), f"{name}, for the labels {labels}")
        finite = np.isfinite(np.asarray(logits, float)).all()
        expect(finite, f"{name}, for the labels {labels}, holds a number that is not finite.")
    return [np.array(logits, float) for logits in got]


EXERCISES = [
    Exercise(
        "fastest_rate",
        properties=[_does_not_explode, _is_the_fastest],
        hint="As lr grows, the flattest direction gets faster and the steepest, once past its "
        "bottom, slower. Where do 1 - lr * low and lr * high - 1 meet?",
        stronger_hint="1 - lr * low = lr * high - 1 gives lr = 2 / (low + high).",
    ),
    Exercise(
        "adam_step",
        properties=[
            _returns_three_arrays,
            _keeps_averages,
            _first_step_is_a_sign,
            _eps_is_outside,
            _agrees_over_many_steps,
            _leaves_its_arguments,
        ],
        hint="Five lines, in the lesson's order: m, v, m_hat, v_hat, w. The corrected averages "
        "serve the step only: m and v go on as they are.",
        stronger_hint="m_hat = m / (1 - beta1**t), v_hat = v / (1 - beta2**t), and the step is "
        "lr * m_hat / (np.sqrt(v_hat) + eps). Return w - step, m, v.",
    ),
    Exercise(
        "logit_slopes",
        properties=[
            _has_a_slope_for_each_logit,
            _is_known_for_equal_logits,
            _is_the_derivative,
            _stays_finite,
        ],
        hint="The lesson derives it for one row. Here are N rows, whose loss is a mean. And "
        "softmax does not change if the largest logit of each row is taken off.",
        stronger_hint="e = np.exp(logits - logits.max(axis=1, keepdims=True)); "
        "p = e / e.sum(axis=1, keepdims=True); then (p - np.eye(C)[labels]) / N.",
    ),
    Exercise(
        "long_step",
        properties=[_is_a_list_of_gradients, _ends_in_a_long_step],
        hint="m looks back over some 10 steps, v over some 1,000. What if nothing has happened for "
        "a long time, and then something does?",
        stronger_hint="Hundreds of gradients of 0, and then a few of 1.",
    ),
    Exercise(
        "surer",
        properties=[_returns_two_of_logits, _makes_fewer_mistakes, _has_a_higher_loss],
        hint="Before: wrong everywhere, but only by a hair. After: right nearly everywhere. One "
        "image is left to make the loss as high as you like.",
        stronger_hint="before[i, wrong] = 0.01 for all i; after[i, right] = 5 for all but one, and "
        "for that one after[0, wrong] = 1000.",
    ),
]
