"""What is asked of the answers to lesson 4."""

import numpy as np
from hypothesis import strategies as st

from lessons.runner.expect import Exercise, expect, expect_close, expect_shape, for_any, shown
from scratchgen.engine import Tensor, grad
from scratchgen.functions import cross_entropy
from scratchgen.testing import arrays, floats, moderate

slopes = st.one_of(floats(0.25, 3), floats(-3, -0.25))  # one number, not 0


# adam_step


def _returns_three_arrays(adam_step):
    """it returns w, m and v, each of the shape of w"""
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
    """m and v come back as moving averages of g and g^2, not yet corrected"""
    betas = {"beta1": 0.75, "beta2": 0.25}
    _, m, v = _called(adam_step, np.zeros(1), g=np.array([2.0]), m=1.0, v=3.0, **betas)
    call = "from m = 1, v = 3, with g = 2, beta1 = 0.75, beta2 = 0.25"
    expect_close(m, [1.25], f"m {call}", why="It is 0.75 * 1 + 0.25 * 2.")
    expect_close(v, [3.75], f"v {call}", why="It is 0.25 * 3 + 0.75 * 2^2.")


def _first_step_is_a_sign(adam_step):
    """the first step, t = 1 from m = v = 0, is -lr * sign(g), however large g"""

    def holds(g):
        w, _, _ = _called(adam_step, np.zeros(1), g=np.array([g]), lr=1.0)
        why = "At t = 1, m is 0.1 g and v is 0.001 g^2: divide each by 1 - beta^t."
        what = f"w after a first step with g = {g:g}, lr = 1"
        expect_close(w, [-np.sign(g)], what, rtol=1e-5, why=why)

    for_any(holds, g=slopes)


def _eps_is_outside(adam_step):
    """eps is added to the root of the corrected v, neither inside the root nor before"""
    w, _, _ = _called(adam_step, np.zeros(1), g=np.array([2.0]), lr=1.0, eps=2.0)
    why = "It is -2 / (sqrt(2^2) + 2): eps stands outside the root, after the correction."
    expect_close(w, [-0.5], "w after a first step with g = 2, lr = 1, eps = 2", why=why)


def _agrees_over_many_steps(adam_step):
    """over five steps it goes where algorithm 1 goes, from any weights, along any slopes"""

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
    """it returns new arrays, and leaves those it was given as they were"""
    given = w, g, m, v = [np.full(2, value) for value in (1.0, 2.0, 3.0, 4.0)]
    adam_step(w, g, m, v, 2)
    for name, array, value in zip("wgmv", given, (1.0, 2.0, 3.0, 4.0), strict=True):
        why = "Write m = beta1 * m + ..., which makes a new array; m *= beta1 changes the old."
        expect_close(array, [value, value], f"afterwards, the {name} that was passed in", why=why)


# he


def _is_in_by_out(he):
    """its shape is (n_in, n_out), since a layer computes x @ W"""
    expect_shape(he(3, 5, np.random.default_rng(0)), (3, 5), "he(3, 5, rng)")


def _takes_its_chance_from_rng(he):
    """the same rng gives the same weights, another one others"""
    first, again, other = (np.asarray(he(4, 4, np.random.default_rng(s))) for s in (0, 0, 1))
    expect((first == again).all(), "he: one seed gave weights of two kinds. Draw from rng alone.")
    expect((first != other).any(), "he: two seeds gave the same weights. Draw from rng.")


def _has_the_variance(he):
    """its mean is 0 and its variance 2 / n_in, whatever n_out"""

    def holds(n_in, n_out):
        W = np.asarray(he(n_in, n_out, np.random.default_rng(1)), float)
        call, std = f"he({n_in}, {n_out}, rng)", W.std()
        expect(abs(W.mean()) < 0.05 * std, f"the mean of {call}: expected 0, got {W.mean():.3g}.")
        why = f"The variance should be 2 / {n_in} = {2 / n_in:.3g}, it is {std**2:.3g}."
        what = f"the standard deviation of {call}"
        expect_close(std, (2 / n_in) ** 0.5, what, rtol=0.06, why=why)

    holds(50, 200)  # 10,000 draws give the standard deviation to 0.7 %
    for_any(holds, examples=10, n_in=st.integers(60, 200), n_out=st.integers(60, 200))


# logit_slopes


@st.composite
def _questions(draw):
    """Logits (N, C) and labels (N,)."""
    N, C = draw(st.integers(1, 3)), draw(st.integers(2, 3))
    logits = draw(arrays((N, C), layouts=["contiguous"]))
    return logits, draw(arrays((N,), st.integers(0, C - 1), np.int64, layouts=["contiguous"]))


def _has_a_slope_for_each_logit(logit_slopes):
    """it gives one slope for each logit: (N, C)"""
    got = logit_slopes(np.zeros((3, 4)), np.array([0, 1, 2]))
    expect_shape(got, (3, 4), "logit_slopes of (3, 4) logits")


def _is_known_for_equal_logits(logit_slopes):
    """where all logits are equal, it is 1/C, and 1/C - 1 at the right class, over N"""
    got = logit_slopes(np.zeros((1, 4)), np.array([2]))
    expect_close(got, [[0.25, 0.25, -0.75, 0.25]], "logit_slopes([[0, 0, 0, 0]], [2])")
    got = logit_slopes(np.zeros((2, 2)), np.array([0, 1]))
    why = "The loss is a mean over N = 2 rows."
    expect_close(got, [[-0.25, 0.25], [0.25, -0.25]], "logit_slopes([[0, 0]] * 2, [0, 1])", why=why)


def _is_the_derivative(logit_slopes):
    """it is the derivative of the mean cross-entropy, at any logits"""

    def holds(question):
        logits, labels = question
        expected = grad(cross_entropy(t := Tensor(logits.copy()), labels), t)
        call = f"logit_slopes({shown(logits)}, {shown(labels)})"
        expect_close(logit_slopes(logits.copy(), labels), expected, call)

    for_any(holds, question=_questions())


def _stays_finite(logit_slopes):
    """it is right for logits of 1000, where exp overflows"""
    with np.errstate(all="ignore"):
        got = logit_slopes(np.array([[1000.0, 0.0], [-1000.0, 0.0]]), np.array([0, 0]))
    why = "exp(1000) is inf, and inf / inf is nan: take each row's largest logit off first."
    what = "logit_slopes([[1000, 0], [-1000, 0]], [0, 0])"
    expect_close(got, [[0, 0], [-0.5, 0.5]], what, why=why)


# fastest_rate

curvatures = st.lists(floats(0.5, 8), min_size=1, max_size=3)


def _does_not_explode(fastest_rate):
    """every direction shrinks at each step"""

    def holds(curvatures):
        lr, slowest = _slowest(fastest_rate, curvatures)
        message = f"curvatures {shown(curvatures)}, lr {lr:.4g}: one direction keeps {slowest:.3g}"
        expect(slowest < 1, f"{message} of itself a step. SGD comes down only below 1.")

    for_any(holds, curvatures=curvatures)


def _is_the_fastest(fastest_rate):
    """no other rate makes the slowest direction faster"""

    def holds(curvatures):
        lr, slowest = _slowest(fastest_rate, curvatures)
        low, high = min(curvatures), max(curvatures)
        best = (high - low) / (high + low)
        message = (
            f"curvatures {shown(curvatures)}: with lr {lr:.4g} the slowest direction keeps "
            f"{slowest:.4g} of itself a step, and with another rate {best:.4g}. "
        )
        flat = "The flattest is the slow one: a larger rate would help."
        steep = "The steepest is the slow one: a smaller rate would help."
        side = flat if abs(1 - lr * low) > abs(1 - lr * high) else steep
        expect(slowest <= best + 1e-9, message + side)

    holds([1.0, 3.0])
    for_any(holds, curvatures=curvatures)


def _slowest(fastest_rate, curvatures):
    """The reader's rate, and the largest factor that a direction is multiplied by."""
    lr = fastest_rate(np.array(curvatures))
    expect_shape(lr, (), f"fastest_rate({shown(curvatures)})", "One rate serves all directions.")
    return float(lr), max(abs(1 - float(lr) * a) for a in curvatures)


# dying_start


def _is_a_random_start(dying_start):
    """its weights are (n_in, n_out), random, finite, of mean 0, and none is 0"""
    W, other = (_start(dying_start, np.random.default_rng(seed)) for seed in (0, 1))
    expect((other != W).any(), "dying_start: two seeds gave the same weights. Draw from rng.")
    mean, std = W.mean(), W.std()
    found = f"their mean is {mean:.3g}, their standard deviation {std:.3g}"
    expect(np.isfinite(W).all() and (W != 0).all(), f"{(W == 0).sum()} weights are 0; {found}.")
    expect(abs(mean) < 0.1 * std, f"the weights should have the mean 0, but {found}.")


def _kills_the_slope(dying_start):
    """ten relu layers leave less than a millionth of a slope, but more than 0"""
    for seed in range(3):
        left = _left(dying_start, np.random.default_rng(seed))
        factor = f"{left:.1e} of a slope is left (seed {seed}), a factor of {left**0.1:.2g} a layer"
        expect(left > 0, f"{factor}. Not one relu is open any more: less would do.")
        expect(left < 1e-6, f"{factor}. It should be below 0.25, which is a millionth in ten.")


def _start(dying_start, rng):
    W = dying_start(64, 64, rng)
    expect_shape(W, (64, 64), "dying_start(64, 64, rng)")
    return np.asarray(getattr(W, "value", W), float)


def _left(start, rng):
    """The size of a random slope behind ten relu layers, of its size before."""
    h, layers = rng.standard_normal((128, 64)), []
    for _ in range(10):
        W = _start(start, rng)
        h = np.maximum(h @ W, 0)
        layers.append((W, h > 0))
    g = above = rng.standard_normal(h.shape)
    for W, is_open in reversed(layers):
        g = (g * is_open) @ W.T
    return float(np.sqrt((g**2).mean() / (above**2).mean()))


EXERCISES = [
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
        "he",
        properties=[_is_in_by_out, _takes_its_chance_from_rng, _has_the_variance],
        hint="A factor c makes the variance c^2 times as large. Which c makes 1 into 2 / n_in?",
        stronger_hint="rng.standard_normal((n_in, n_out)) * np.sqrt(2 / n_in)",
    ),
    Exercise(
        "logit_slopes",
        properties=[
            _has_a_slope_for_each_logit,
            _is_known_for_equal_logits,
            _is_the_derivative,
            _stays_finite,
        ],
        hint="The lesson derives p - onehot for one row. Here are N rows, whose loss is a mean; "
        "and softmax does not change if each row's largest logit is taken off.",
        stronger_hint="e = np.exp(logits - logits.max(axis=1, keepdims=True)); "
        "p = e / e.sum(axis=1, keepdims=True); then (p - np.eye(C)[labels]) / N.",
    ),
    Exercise(
        "fastest_rate",
        properties=[_does_not_explode, _is_the_fastest],
        hint="As lr grows, the flattest direction gets faster and the steepest, once past its "
        "bottom, slower. Where do 1 - lr * low and lr * high - 1 meet?",
        stronger_hint="1 - lr * low = lr * high - 1 gives lr = 2 / (low + high).",
    ),
    Exercise(
        "dying_start",
        properties=[_is_a_random_start, _kills_the_slope],
        hint="A relu layer of width 64 has the factor sqrt(64 v / 2). Which variance v makes it "
        "less than a quarter?",
        stronger_hint="v = 0.01^2 has the factor 0.06: rng.standard_normal((n_in, n_out)) / 100.",
    ),
]
