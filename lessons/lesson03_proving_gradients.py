# %% [markdown]
# # 3. Proving gradients
#
# Measure a derivative in three ways, and let a machine look for the input at which a rule is wrong.
#
# **You will be able to** say how many digits a difference leaves, check a rule so that no error
# hides, read the smallest input that breaks it, and prove an op of your own. **It takes** less than
# 1 minute on two cores. **You need** Hypothesis, by `pip install -e ".[test]"`, and from lesson 2:
# an op is a function on arrays with a rule for each argument, which gets $g = \partial L / \partial
# y$ and returns $\partial L / \partial x$; `grad(loss, x)` runs the rules.
#
# **You will see** slopes good to 8, 11 and 16 digits; and, whatever the seed, one planted bug cut
# down to the same four numbers, another to a program of a single op.

# %%
import math
from contextlib import suppress

import numpy as np

from lessons.support import keep, options
from scratchgen import Tensor, check_grad, draw, grad, op, relu, sigmoid, softmax, sum
from scratchgen.gradcheck import GradientError

try:
    from hypothesis import Phase, given, seed, settings, strategies
except ModuleNotFoundError:
    raise ImportError('lesson 3 needs Hypothesis: pip install "hypothesis>=6.100"') from None
from scratchgen.testing import SMOOTH_OPS, arrays, check_op, programs

knobs = options(seed=0)
rng = np.random.default_rng(knobs.seed)

# %% [markdown]
# ## A wrong rule trains, too
#
# Here is an op with two rules, A and B. One is the derivative of tanh, the other is not. We fit
# $\sin 2x$ by 16 of these ops, $\mathrm{bend}(xW + b) \, V$, and go downhill 300 times with each.

# %%
@op
def bend(x):
    return np.tanh(x)
rules = {"A": lambda g, y, x: g * (1 - abs(y)), "B": lambda g, y, x: g * (1 - y * y)}

# %%
def fit(rule, rng):
    bend.gradients(x=rule)
    x = np.linspace(-3, 3, 64, dtype="float32")[:, None]  # (64, 1)
    W, b, V = (Tensor(rng.standard_normal(d, dtype="float32")) for d in ((1, 16), 16, (16, 1)))
    for _ in range(30 if knobs.quick else 300):
        loss = ((bend(x @ W + b) @ (V * 0.25) - np.sin(2 * x)) ** 2).mean()  # (64, 1) -> ()
        for w, g in zip((W, b, V), grad(loss, [W, b, V]), strict=True):
            w.value = w.value - np.float32(0.5) * g
        yield float(loss)

# %% [markdown]
# **Predict**: how would you tell from the losses alone which of the two is wrong?

# %%
losses = {name: [*fit(rule, np.random.default_rng(knobs.seed))] for name, rule in rules.items()}
print({name: f"{loss[0]:.2f} -> {loss[-1]:.3f}" for name, loss in losses.items()})
keep(draw.curves(losses, ylabel="mean squared error",
    title="One of these two nets has a wrong derivative", caption="Same start, same data, same "
    "steps. Notice that both learn: a loss that falls proves no gradient."), "trains")

# %% [markdown]
# Nobody can: with some seeds the wrong rule even ends lower. Such errors live for years. We need
# a second route to each slope, one that knows only the function and nothing of its rule.
#
# ## Three routes to one slope
#
# A derivative is the limit of $(f(x+h) - f(x)) / h$. How small an $h$ shall we take? By Taylor,
# $$f(x \pm h) = f(x) \pm h f' + \frac{h^2}{2} f'' \pm \frac{h^3}{6} f''' + \dots$$
# - **Forward**: subtract $f(x)$, divide by $h$; left over is $\frac{h}{2} f''$, of order $h$.
# - **Central**: $f(x+h) - f(x-h)$ cancels $f''$ as well; left over is $\frac{h^2}{6} f'''$.
# - **Complex step** (Squire & Trapp 1998; $f$ analytic, real on reals: no abs, no max): at $x + ih$
#   even terms are real. The imaginary part, $h f' - \frac{h^3}{6} f''' + \dots$, is divided
#   by $h$; left over is $-\frac{h^2}{6} f'''$, and nothing is subtracted that rounding could spoil.

# %%
routes = {
    "forward": lambda f, x, h: (f(x + h) - f(x)) / h,
    "central": lambda f, x, h: (f(x + h) - f(x - h)) / (2 * h),
    "complex": lambda f, x, h: f(x + 1j * h).imag / h,
}
print([f"{name} {slope(lambda x: x**3, 2.0, 0.1):.4f}" for name, slope in routes.items()])

# %% [markdown]
# **By hand**, for $x^3$ at 2 with $h = 0.1$: $f' = 12$, $f'' = 12$, $f''' = 6$. Forward is off by
# $0.05 \cdot 12 + 0.01$, the others by $\pm 0.01$. It fits. **Predict**: is the smallest $h$ best?

# %%
exact = math.cos(1) * math.exp(math.sin(1))  # the slope of exp(sin x) at 1
n = np.linspace(1, 18, 69)  # the steps are h = 10^-n: four to a decade
eps = np.finfo(np.float64).eps  # 2.2e-16, what rounding leaves of 1
errors = {name: [abs(slope(lambda x: np.exp(np.sin(x)), 1.0, h) / exact - 1) for h in 10**-n]
          for name, slope in routes.items()}
errors = {name: np.maximum(error, eps / 2) for name, error in errors.items()}

# %%
levels = {r"$\epsilon^{1/2}$": eps ** (1 / 2), r"$\epsilon^{2/3}$": eps ** (2 / 3)}
keep(draw.curves(errors, x=n, levels=levels, log=True, ylabel="relative error",
    xlabel="$n$, where the step is $h = 10^{-n}$", title="Too large a step, too small a step",
    caption="The slope of exp(sin x) at 1, in float64. To the right h shrinks. Notice each line "
    "fall as its series says, one decade per decade of h, or two (central and complex, as one); "
    "then rounding lifts those that subtract. The complex step stays down."), "steps")

# %% [markdown]
# **Why a V.** Each $f$ is rounded by about $\epsilon |f|$, and divided by $h$ that grows as $h$
# shrinks. Up to factors of order 1, the sum of both errors and the $h$ where it is least are
# $$h + \frac{\epsilon}{h}: \quad h = \epsilon^{1/2} \qquad\qquad
# h^2 + \frac{\epsilon}{h}: \quad h = \epsilon^{1/3}$$
# and there the errors are $\epsilon^{1/2}$ and $\epsilon^{2/3}$: the dotted lines. The complex step
# has no best $h$: any below $10^{-8}$ will do, short of underflow. **Check.**

# %%
best = {name: (10 ** -n[error.argmin()], error.min()) for name, error in errors.items()}
for name, (h, error) in best.items():
    print(f"{name}: at best {-math.log10(error):.1f} digits, with the step {h:.0e}")
assert 0.1 < best["forward"][0] / eps ** (1 / 2) < 10 and best["forward"][1] < 1e-7
assert 0.1 < best["central"][0] / eps ** (1 / 3) < 10 and best["central"][1] < 1e-9
assert errors["complex"][n > 8].max() < 1e-14, "the complex step is flat"

# %% [markdown]
# ## How much disagreement to allow
# `check_grad` takes central differences with $h = \epsilon^{1/3}$ and allows one part in $10^6$:
# far above rounding, far below a blunder. (In float32 $\epsilon$ is $10^{-7}$, and the same formula
# leaves $2 \cdot 10^{-5}$: one trains in float32, and checks in float64.) Now for our two nets:

# %%
x = np.array(0.5)
slopes = {name: rule(1.0, np.tanh(x), x) for name, rule in rules.items()}
central = routes["central"](np.tanh, x, eps ** (1 / 3))
print({name: f"{slope:.8f}" for name, slope in slopes.items()}, f"by differences {central:.8f}")
assert abs(slopes["B"] / central - 1) < 1e-6 < abs(slopes["A"] / central - 1), "A is wrong"

# %% [markdown]
# A is wrong. (Not at 0: a check that tries 0 alone would pass it.)
#
# ## From a number to an array: weigh the outputs at random
#
# A function of arrays has a slope for every pair, $\partial y_i / \partial x_j$. A rule gives what
# a loss needs of them, $\sum_i v_i \, \partial y_i / \partial x_j$ with $v = g$, the
# **cotangent**. So we check the loss $\sum_i v_i y_i$. For which $v$? Ones look natural.

# %%
def by_differences(f, x, v, h=eps ** (1 / 3)):
    steps = h * np.eye(x.size).reshape(-1, *x.shape)  # one element each
    return np.reshape([(v * (f(x + d) - f(x - d))).sum() / (2 * h) for d in steps], x.shape)
def by_rule(f, x, v):
    leaf = Tensor(x)
    return grad(sum(f(leaf) * v), leaf)

# %% [markdown]
# **Plant a bug.** softmax, $y_i = e^{x_i} / \sum_j e^{x_j}$, has the rule $y_i (g_i - \sum_j g_j
# y_j)$. We forget the first $y_i$. **Predict** what both routes say for ones (the $y$ sum to 1).

# %%
@op
def shares(x):
    return softmax(x)
shares.gradients(x=lambda g, y, x: g - sum(g * y, -1, keepdims=True))

# %%
x = rng.standard_normal(4)
for name, v in {"ones": np.ones(4), "random": rng.standard_normal(4)}.items():
    pair = by_rule(shares, x, v), by_differences(shares, x, v)
    print(name, "by the rule", pair[0].round(2) + 0.0, "by differences", pair[1].round(2) + 0.0)
    assert np.allclose(*pair, atol=1e-6) == (name == "ones"), "ones hide it, chance does not"

# %% [markdown]
# Shares of 1 cannot all grow: for ones both say 0, and the wrong rule passes. Under a random $v$
# errors do not cancel. This is `check_grad`, but for its care with sizes.
#
# ## Where there is no slope
#
# relu is $\max(x, 0)$. At 0 its slope is 0 from the left and 1 from the right: it has a kink. What
# do central differences say there? They are the mean of both one-sided differences:
# $$\frac{f(x+h) - f(x-h)}{2h} = \frac{1}{2} \frac{f(x+h) - f(x)}{h}
# + \frac{1}{2} \frac{f(x) - f(x-h)}{h}$$
# So $1/2$, for every $h$. The rule says 0. Neither is wrong: a kink has no one slope, and any
# between both sides is a choice. A fair check **brackets**: is the rule's between the one-sided?

# %%
x, h = np.linspace(-0.6, 0.6, 121).round(2), 0.25  # a step to be seen; the check takes 6e-6
left, right = (relu(x) - relu(x - h)) / h, (relu(x + h) - relu(x)) / h
rule = by_rule(relu, x, np.ones(121))
print(f"at {x[60]}: left {left[60]}, right {right[60]}, rule {rule[60]}")
assert ((left - 1e-9 <= rule) & (rule <= right + 1e-9)).all(), "a slope outside its bracket"

# %%
keep(draw.curves(panels={
    "relu, and lines through its kink": {"slope 0, from the left": 0 * x,
        "slope 1/2, central": x / 2, "slope 1, from the right": x, "relu": relu(x)},
    f"the slope at x, with the step {h}": {"from the left": left, "central": (left + right) / 2,
        "from the right": right, "the rule": rule}}, x=x, xlabel="x", title="Slopes bracket a kink",
    caption="Left: every line between the two one-sided slopes touches relu from below. Right: "
    "near 0 the slope from the right rises first, the one from the left last. Notice that the rule "
    "stays between them; central differences are not the rule."), "kink")

# %% [markdown]
# ## Which inputs? Let a machine choose
#
# A check holds at the inputs one tries. **Plant another bug**: the matrix product has the rules $g
# B^\top$ and $A^\top g$; we forget to transpose $B$. **Predict** which of these three tries see it.

# %%
@op
def product(A, B):
    return A @ B
product.gradients(A=lambda g, y, A, B: g @ B, B=lambda g, y, A, B: A.T @ g)
for B in np.array([[3.0]]), np.ones((2, 2)), 5 * np.eye(3):
    check_grad(product, np.ones((len(B), len(B))), B)

# %% [markdown]
# None: all are silent. We choose ones and identities because they are easy to think of, and they
# are easy on bugs too. So we state a **property**, here "`check_grad` passes for *any* two square
# matrices", say how to draw them (a **strategy**), and let Hypothesis look for what breaks it.

# %%
look = settings(max_examples=400, deadline=None, database=None, report_multiple_bugs=False,
                phases=[Phase.generate, Phase.shrink])  # and then shrink what was found
def hunt(claim, examples, start):
    failing = []  # in the order they are tried; Hypothesis ends with the smallest
    @seed(start)
    @look
    @given(examples)
    def it_holds(example):
        try:
            claim(example)
        except GradientError:
            failing.append(example)
            raise
    with suppress(GradientError):
        it_holds()
    return failing

# %%
square = {n: arrays((n, n), layouts=["contiguous"]) for n in range(1, 5)}
two_squares = strategies.integers(1, 4).flatmap(lambda n: strategies.tuples(square[n], square[n]))
starts = range(knobs.seed, knobs.seed + (2 if knobs.quick else 5))
hunts = [hunt(lambda pair: check_grad(product, *pair), two_squares, start) for start in starts]
for failing in hunts:
    A, B = failing[-1]
    print(f"{len(failing)} pairs fail, the smallest: A = {A.tolist()}, B = {B.tolist()}")
    assert len(B) == 2 and not A.any() and {0, 1} == set(B.flat) and (B != B.T).any()

# %% [markdown]
# **Read it.** A is all zeros: it plays no part. B is 2x2, of zeros and ones: size and values do not
# matter. What is left is that B differs from its transpose. The example *is* the diagnosis.

# %%
film = np.full((len(hunts), 10, 4, 4), 0.6)  # the grey of the page: no matrix here
for row, failing in zip(film, hunts, strict=True):
    for tile, k in zip(row, np.linspace(0, len(failing) - 1, 10).astype(int), strict=True):
        B = failing[k][1]
        tile[: len(B), : len(B)] = np.where(B == 0, 0, 0.75 + abs(B) / 12)
keep(draw.image_grid(film.reshape(-1, 4, 4), columns=10, row_labels=[f"hunt {s}" for s in starts],
    column_labels=["first", *[""] * 8, "last"], title="The shrinking of a bug: ten of the "
    "matrices B that fail", caption="Black is 0; what is not 0 is light, the lighter the larger. "
    "Notice values become plain, rows and columns go, and all hunts end at the same four numbers."),
    "matrices")

# %% [markdown]
# **How does it shrink?** Hypothesis keeps the list of choices from which the strategy built an
# example. It deletes some, lowers others, and runs the strategy again on what is left; a try that
# still fails is the new best (MacIver & Donaldson 2020). So every try is a legal example.
#
# ## Whole programs
#
# Ops work in company, on values that others made and share. `programs` draws graphs of up to 15
# steps; one of 15 ops is `bend`, off by a thousandth. **Predict** where the hunts end.

# %%
def as_text(program):
    inputs = [f"x{k} = {x.round(2).tolist()}" for k, x in enumerate(program.arrays)]
    return "\n".join(inputs + [repr(line) for line in program.lines])
bend.gradients(x=lambda g, y, x: 1.001 * rules["B"](g, y, x))
graphs = programs((*SMOOTH_OPS, bend), max_steps=15)
hunts = [hunt(lambda p: check_grad(p, *p.arrays), graphs, start) for start in starts]
texts = [[*map(as_text, failing)] for failing in hunts]
print(end := texts[0][-1])
assert {failing[-1] for failing in texts} == {"x0 = 0.0\nx1 = bend(x0)"}, "not the smallest"

# %%
longest = max(map(len, texts))
sizes = {f"hunt {s}": np.pad([*map(len, failing)], (0, longest - len(failing)), "edge")
         for s, failing in zip(starts, texts, strict=True)}
words = max((failing[0] for failing in texts), key=len) + f"\n   ...\n{end}"
figure = draw.curves(sizes, xlabel="programs that fail, in the order they were tried",
    ylabel="characters", title="The shrinking of a bug: how long is the program that fails?",
    caption="In the picture, the longest first find, and where all hunts end. Notice the cliffs, "
    "where steps are deleted. It may also rise: Hypothesis counts choices, not letters.")
figure.axes[0].text(0.98, 0.97, words, transform=figure.axes[0].transAxes, size=6, va="top",
                    ha="right", multialignment="left", family="monospace")
keep(figure, "programs")

# %% [markdown]
# ## Prove an op of your own
#
# Take $y = x \, s$ with $s = \mathrm{sigmoid}(x)$ (swish; Ramachandran et al. 2017). With $s' = s
# (1 - s)$ the product rule gives $y' = s + x s (1 - s) = s + y (1 - s)$. `check_op` holds it to all
# we saw, and more: second derivatives, float32, no writing into what is given, a GPU's numbers.

# %%
@op
def swish(x):
    return x * sigmoid(x)
swish.gradients(x=lambda g, y, x: g * (sigmoid(x) + y * (1 - sigmoid(x))))
@settings(look, max_examples=100)
@given(arrays())  # any shape, any layout in memory
def test_swish(x):
    check_op(swish, x, reference=lambda x: x / (1 + np.exp(-x)))
test_swish()  # silent

# %% [markdown]
# In a file `test_swish.py`, pytest finds and runs it. Now **break** the rule in three ways.
# **Predict** which of them `check_grad` would pass: unasked, it takes only first derivatives.

# %%
mistakes = {
    "one term forgotten": lambda g, y, x: g * sigmoid(x),
    "off by a thousandth": lambda g, y, x: 1.001 * g * (sigmoid(x) + y * (1 - sigmoid(x))),
    "NumPy for an op": lambda g, y, x: g * ((1 + y * np.exp(-x)) / (1 + np.exp(-x))),
}
for name, rule in mistakes.items():
    swish.gradients(x=rule)
    try:
        test_swish()
    except GradientError as problem:
        print(f"--- {name}\n{problem}", *problem.__notes__, sep="\n")

# %% [markdown]
# The third: right on arrays, it refuses the Tensors of a second derivative.
#
# ## Recap
#
# Central differences leave eleven digits, the complex step all. Weigh outputs at random, bracket
# kinks, let a machine choose inputs and shrink what it finds. **Real systems** compare as
# `check_grad` does, at inputs that you choose: `torch.autograd.gradcheck`, JAX's `check_grads`.
# **Not known**: how many examples suffice. What held is evidence, no proof. So this project plants
# hundreds of bugs in itself, and counts those that its tests see.
#
# **Exercises**: `python -m lessons check 3`. Build a gradient by the complex step (`complex_step`)
# and the rules of an op that broadcasts (`gate_rules`); change a second difference until it is good
# in both float types (`second_slope`); break a weak check (`passes_with_ones`). Predict first.
#
# **Sources.** Squire & Trapp 1998, SIAM Review 40(1). Nocedal & Wright 2006, section 8.1 (steps).
# Claessen & Hughes 2000, *QuickCheck*. MacIver & Donaldson 2020, ECOOP (how Hypothesis shrinks).
