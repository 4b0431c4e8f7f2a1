# %% [markdown]
# # 4. Layers and Adam
#
# Build dense layers, keep the slope alive through ten of them, derive Adam line by line, and train
# a reader of real digits: the judge whom later lessons ask.
#
# - **You will be able to** compute an initialisation instead of guessing it, write SGD, momentum
#   and Adam from their reasons, derive a classifier's loss, and tell a dead net from a slow one.
# - **You need**, from lessons 1 to 3: `Tensor`; `grad(loss, tensors)`, which gives arrays;
#   `check_grad`, which holds them against differences. **Time:** less than 1 minute on two cores.
# - **You will see**, over seeds 0 to 7, ten layers of sigmoids leave 5.2e-7 to 6.2e-7 of a slope,
#   ten of relus 0.7 to 1.1; and a judge right on 96.7 to 98.0 % of held-out digits.

# %%
from functools import partial

import numpy as np

from lessons.support import keep, options, progress
from scratchgen import MLP, SGD, Adam, Tensor, check_grad, detach, draw, grad
from scratchgen.backend import asarray, to_numpy
from scratchgen.data import batches, load
from scratchgen.functions import cross_entropy, exp, linear, log, relu, sigmoid, softmax, tanh

# %% Knobs
knobs = options(data="digits", seed=0)
small = knobs.data == "digits"  # 8x8 pixels; the others have 28x28
claims = small and not knobs.quick  # the numbers in the prose are of such a run
data, kept = load(knobs.data), 768 if knobs.quick else None  # None: all
X, labels = asarray(data.train_images)[:kept], asarray(data.train_labels)[:kept]  # (N, D), (N,)
D, C, batch = X.shape[1], len(data.class_names), 128  # pixels an image, classes, images a batch
rng = np.random.default_rng(knobs.seed)
data

# %% [markdown]
# ## A dense layer
# Each output is a weighted sum of all inputs, $y_{nj} = \sum_i x_{ni} W_{ij} + b_j$: for a batch,
# $y = xW + b$. With $g = dL/dy$, the chain rule sums over all that an entry feeds into:
# $$\frac{dL}{dW} = x^\top g, \quad \frac{dL}{db} = \sum_n g_n, \quad \frac{dL}{dx} = g W^\top$$
# The ops of lesson 2 know this. **Check** it by differences, **run** it where a hand can follow.

# %%
def dense(x, W, b):
    return x @ W + b  # (N, D) @ (D, H) + (H,) -> (N, H)
check_grad(dense, *map(rng.standard_normal, [(5, 4), (4, 3), 3]))  # silent: it holds

# %%
x = np.array([[1, 2], [3, 4]], "float32")  # two images of two pixels
W, b = (Tensor(np.array(v, "float32")) for v in ([[1, 0, 2], [0, 1, 3]], [0, 0, 1]))
y = dense(x, W, b)  # by hand: [1, 2, 2 + 6 + 1] and [3, 4, 6 + 12 + 1]
dW, db = grad(y.sum(), [W, b])  # g is all ones: x^T g adds up x's columns, 1 + 3 and 2 + 4
print(f"y = {y.value.tolist()}, dL/dW = {dW.tolist()}, dL/db = {db.tolist()}")
assert y.value.tolist() == [[1, 2, 9], [3, 4, 19]] and dW.tolist() == [[4, 4, 4], [6, 6, 6]]
assert db.tolist() == [2, 2, 2] and (y.value == linear(x, W, b).value).all(), "as the library's"

# %% [markdown]
# **Why a layer must bend.** Two layers in a row are one, $(xW_1)W_2 = x(W_1 W_2)$, and one is
# straight: it cannot say "one of two, not both". *Predict* its answers of least squared error. Two
# units with a kink do it, $\max(s, 0)$ and $\max(s - 1, 0)$ of $s = x_1 + x_2$. `MLP` stacks such.

# %%
x, one_of_two = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], "float32"), np.array([0, 1, 1, 0])
with_ones = np.column_stack([x, np.ones(4)])
straight = with_ones @ np.linalg.lstsq(with_ones, one_of_two)[0]  # the least squared error
h = relu(dense(x, np.ones((2, 2)), np.array([0, -1])))  # (4, 2)
print("straight", straight.round(2), "  with kinks", bent := h @ [1, -2])
assert np.allclose(straight, 0.5) and (bent == one_of_two).all()

# %% [markdown]
# ## The vanishing gradient: what ten layers do to a slope
# Biases start at 0, weights at random, with mean 0 and a variance $v$ that we may choose. Variances
# of independent terms add up: $y$ sums $D$ terms $x_i W_{ij}$, and $(g s) W^\top$ sums $H$ (taking
# $g$, $s$ and $W$ for independent, which they nearly are):
# $$\mathbb{E}[y^2] = D \, v \, \mathbb{E}[x^2], \qquad
# \mathbb{E}[(dL/dx)^2] = H \, v \, \mathbb{E}[s^2] \, \mathbb{E}[g^2]$$
# with $s$ the slope of the activation (the bend) behind $y$, and $g$ what comes back to it. A layer
# keeps sizes if these factors are 1; ten layers raise them to the tenth power.

# %%
def glorot(D, H, rng):  # v = 2 / (D + H), between the 1 / D and the 1 / H that are asked for
    a = (6 / (D + H)) ** 0.5  # U(-a, a) has the variance a^2 / 3
    return asarray(rng.uniform(-a, a, (D, H)), "float32")
def he(D, H, rng):  # v = 2 / D: half of a relu's inputs are negative, the 2 makes up for it
    return asarray(rng.standard_normal((D, H)) * (2 / D) ** 0.5, "float32")

# %%
h = relu(rng.standard_normal((1000, 400), "float32") @ to_numpy(he(400, 300, rng)))
print(f"E[x^2] is 1 before a relu layer by He, and {(h**2).mean():.2f} behind it")
assert 0.9 < (h**2).mean() < 1.1, "He keeps the size"

# %% [markdown]
# For a relu, $\mathbb{E}[s^2]$ is $1/2$, for tanh near 0 about 1; a sigmoid $p$ has $s = p (1 - p)
# \leq 1/4$. **Predict** the factor $\sqrt{H v \, \mathbb{E}[s^2]}$ of four kinds of layers, with $D
# = H = 64$. Then a random slope goes back through ten of each that have seen real images.

# %%
def slopes(hidden, init, rng):
    h = [Tensor(X[:batch])]
    for layer in MLP([D] + [64] * 10, hidden=hidden, out=hidden, init=init, rng=rng).layers:
        h.append(layer(h[-1]))
    g = asarray(rng.standard_normal(h[-1].shape), "float32")  # as if from a loss above
    sizes = [float((dh**2).mean() ** 0.5) for dh in grad((h[-1] * g).sum(), h)]
    return np.array(sizes[::-1]) / sizes[-1]  # (11,): from above, through ten layers, to x

# %%
starts = {"sigmoid, Glorot": (sigmoid, glorot), "relu, Glorot": (relu, glorot),
          "tanh, Glorot": (tanh, glorot), "relu, He": (relu, he)}
sizes = {name: slopes(*start, np.random.default_rng(knobs.seed)) for name, start in starts.items()}
left = {name: size[-1] for name, size in sizes.items()}
for name, size in left.items():
    print(f"{name:15} ten layers leave {size:.1e} of a slope: a factor of {size**0.1:.2f} each")
assert not small or (4e-7 < left["sigmoid, Glorot"] < 8e-7 and 0.5 < left["relu, He"] < 1.5)
keep(draw.curves(sizes, x=range(11), log=True, xlabel="layers that the slope has come back through",
    ylabel="its size, of what came from above", title="How much of a slope reaches the bottom?",
    caption="Notice the straight lines: each layer has the same factor, nearly 1/4, the root of "
    "1/2, and about 1. Ten sigmoids leave less than a millionth of a slope."), "slopes")

# %% [markdown]
# ## Downhill: SGD, and why it crawls
# We go against the slope: $w \leftarrow w - \mathrm{lr} \cdot g$. In a bowl $f = a w^2 / 2$ it
# is $g = a w$: the step multiplies $w$ by $1 - \mathrm{lr} \cdot a$, and explodes beyond
# $\mathrm{lr} = 2 / a$. In a *valley*, steep across and flat along, the steep $a$ bounds lr, and
# the flat one crawls. **Momentum** (Polyak 1964) sums slopes, $m \leftarrow \beta m + g$: along the
# valley they add up to $g / (1 - \beta)$, across they cancel.

# %%
def sgd(w, g, t, lr):
    return (w - lr * g,)  # the new w; then, below, whatever else is to be remembered
def momentum(w, g, t, lr, m=0.0, beta=0.9):
    m = beta * m + g
    return w - lr * m, m

# %%
for lr in (0.019, 0.021):  # around 2 / a = 0.02
    w = np.array([1.0, 1.0])
    for t in range(1, 101):
        (w,) = sgd(w, np.array([1, 100]) * w, t, lr)  # f = (w_1^2 + 100 w_2^2) / 2
    print(f"lr {lr}: after 100 steps w is {w[0]:.3f} along the valley, {w[1]:.2g} across")
    assert np.allclose(w, [(1 - lr) ** 100, (1 - 100 * lr) ** 100])

# %% [markdown]
# ## Adam, line by line
# One lr must suit all weights, though their slopes differ by orders of magnitude. So take a moving
# average of $g$, from $m_0 = 0$ on, and divide it by $g$'s usual size: the root of one of $g^2$.
# $$m_t = \beta m_{t-1} + (1 - \beta) g_t = (1 - \beta) \sum_{i=1}^{t} \beta^{t-i} g_i$$
# The factors of the $g_i$ add up to $1 - \beta^t$, less than 1: $m_t$ is too small at first. So
# $\hat{m} = m_t / (1 - \beta^t)$, the **bias correction**. Likewise $\hat{v}$, of $g^2$ and with a
# $\beta$ of its own (Kingma & Ba 2015, algorithm 1). Then
# $$w \leftarrow w - \mathrm{lr} \cdot \hat{m} / (\sqrt{\hat{v}} + \epsilon)$$

# %%
def adam(w, g, t, lr=1e-3, m=0.0, v=0.0, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat = m / (1 - beta1**t)  # t is 1 at the first step
    v_hat = v / (1 - beta2**t)
    return w - lr * m_hat / (v_hat**0.5 + eps), m, v

# %% [markdown]
# **By hand:** at $t = 1$, $\hat{m} = g$ and $\hat{v} = g^2$, so the first step is
# $-\mathrm{lr} \cdot \mathrm{sign}(g)$ for any $g$. If $g$ is 1, then -1, $m$ is 0.1, then -0.01;
# $\hat{m} = -0.01 / 0.19$, $\hat{v} = 1$: the second step is lr / 19. What changes its sign is
# trusted little. **Check**, and hold 100 steps against the library's.

# %%
first, m, v = adam(np.zeros(3), np.array([1e-3, -1.0, 1e6]), t=1, lr=0.5)
second, m, v = adam(0.0, -1.0, 2, 1.0, m=0.1, v=0.001)
print(f"first {first.round(3)}, then m = {m:.2f} and a step of {second:.4f}, which is 1 / 19")
assert np.allclose(first, [-0.5, 0.5, -0.5]) and np.isclose(second, 1 / 19)

# %%
theirs, ours, state = Tensor(np.array([1, -2], "float32")), np.array([1.0, -2.0]), ()
library = Adam([theirs], lr=0.01)
for t in range(1, 101):
    library.step([g := rng.standard_normal(2, "float32")])
    ours, *state = adam(ours, g.astype("float64"), t, 0.01, *state)
assert np.allclose(theirs.value, ours, atol=1e-6), "the library's Adam"

# %% [markdown]
# Two slips that still run. **No correction**: $m$ is $0.1 g$ and $\sqrt{v}$ is $0.032 g$. **Epsilon
# inside the root**, where $10^{-8}$ weighs like $10^{-4}$ outside. *Predict* each first step, in
# units of lr, for $g = 10^{-5}$.

# %%
_, m, v = adam(0.0, 1e-5, t=1)
steps = {"right": (m / 0.1) / ((v / 0.001) ** 0.5 + 1e-8), "no correction": m / (v**0.5 + 1e-8),
         "epsilon inside": (m / 0.1) / (v / 0.001 + 1e-8) ** 0.5}
print("first step / lr:", {name: round(float(step), 2) for name, step in steps.items()})
assert np.allclose([*steps.values()], [1, 3.07, 0.1], atol=0.01)

# %% [markdown]
# ## A race down a bent valley
# Rosenbrock's $f(x, y) = (1 - x)^2 + 100 (y - x^2)^2$ has its minimum, 0, at (1, 1). Each optimiser
# has 200 steps, and of 17 learning rates the one that brings it lowest. **Predict** the order.

# %%
def rosenbrock(w):  # (..., 2) -> (...)
    return (1 - w[..., 0]) ** 2 + 100 * (w[..., 1] - w[..., 0] ** 2) ** 2

def descend(rule, lr, start=(-0.5, 2.5), steps=200):
    path, state = [np.array(start)], ()
    for t in range(1, steps + 1):
        g = grad(rosenbrock(w := Tensor(path[-1])), w)
        new, *state = rule(path[-1], g, t, lr, *state)
        path.append(new)
    return np.array(path)  # (steps + 1, 2)

# %%
paths, ends, rates = {}, {}, 10 ** np.linspace(-4, 0, 17)
for name, rule in {"SGD": sgd, "momentum": momentum, "Adam": adam}.items():
    with np.errstate(all="ignore"):  # some of these explode
        tried = [descend(rule, lr) for lr in rates]
        best = np.nanargmin([rosenbrock(path[-1]) for path in tried])
    paths[name], ends[name] = tried[best], rosenbrock(tried[best][-1])
    print(f"{name:8} ends at f = {ends[name]:.3f} with lr {rates[best]:.4f}")
assert ends["SGD"] > 3 > 0.3 > ends["momentum"] > 0.2 > 0.01 > ends["Adam"]

# %% [markdown]
# No law says so: from other starts, such as `(-1.5, 2.0)`, momentum wins.

# %%
keep(draw.surface(lambda w: np.log10(rosenbrock(w) + 1), (-2, 2), (-1, 3), paths=paths,
    title="Which way down? 200 steps each, from the square", caption="Contours of log10(f + 1); "
    "f is least at (1, 1). Notice how SGD bounces across the valley and crawls along it, how "
    "momentum overshoots and comes back, how Adam's first step is lr = 1 on each axis."), "race")

# %% [markdown]
# ## Softmax and cross-entropy
# A classifier gives each class any number, its **logit** $t_c$, and from them shares of 1, $p_c =
# e^{t_c} / \sum_k e^{t_k}$ (**softmax**). The loss is minus the log of what the right class $y$ got
# (**cross-entropy**, in nats: the log is the natural one). $[c = y]$ is 1 if $c$ is $y$, else 0:
# $$L = -\log p_y = \log \sum_k e^{t_k} - t_y$$
# $$dL/dt_c = e^{t_c} / \sum_k e^{t_k} - [c = y] = p_c - [c = y]$$
# $e^{1000}$ overflows. But no $p_c$ changes if all logits move by $m$: we take off the largest.

# %%
def log_loss(t, y):  # logits (N, C), labels (N,) -> the mean over N
    m = detach(t).max(axis=1, keepdims=True)  # any constant will do, so it needs no slope
    log_sum = log(exp(t - m).sum(axis=1)) + m[:, 0]  # log sum_k exp(t_k), (N,)
    return (log_sum - t[np.arange(len(y)), y]).mean()

# %%
t, y = Tensor(rng.standard_normal((6, 10))), rng.integers(0, 10, 6)
assert np.allclose(grad(log_loss(t, y), t), (softmax(t.value) - np.eye(10)[y]) / 6), "p - onehot"
check_grad(lambda t: log_loss(t, y), t.value)  # and by differences
assert np.isclose(log_loss(t.value, y), cross_entropy(t.value, y)), "the library's"
right, wrong = (log_loss(np.array([[1000.0, 0.0]]), np.array([y])) for y in (0, 1))
print(f"logits 1000 and 0: the loss is {right:.0f} if the first is right, else {wrong:.0f}")

# %% [markdown]
# ## Train
# A batch, forward, the loss, its slopes, a step: that is all. Once through all images is an epoch.
# First the ten layers from above. **Predict** whose loss leaves $\log 10$, that of a guess, each
# $p_c = 1/10$. Adam divides by a slope's size: can it rescue the sigmoids?

# %%
def train(net, optimiser, images, labels, epochs, rng):
    for _ in range(epochs):
        losses = []
        for x, y in batches((images, labels), batch, rng):
            loss = cross_entropy(net(x), y)
            optimiser.step(grad(loss, net.parameters()))
            losses.append(detach(loss))
        yield float(sum(losses)) / len(losses)

def run(widths, epochs, optimiser, **options):
    net = MLP([D, *widths, C], rng=(rng := np.random.default_rng(knobs.seed)), **options)
    epochs = 2 if knobs.quick else epochs
    return [*train(net, optimiser(net.parameters()), X[:1498], labels[:1498], epochs, rng)]

# %%
heavy = partial(SGD, lr=0.01, momentum=0.9)
tries = {"sigmoid, momentum": (sigmoid, heavy), "sigmoid, Adam": (sigmoid, Adam),
         "relu, momentum": (relu, heavy), "relu, Adam": (relu, Adam)}
deep = {name: run([64] * 10, 30, optimiser, hidden=hidden)  # the library adds He's or Glorot's
        for name, (hidden, optimiser) in progress(tries.items(), describe=lambda it: it[0])}
last = {name: losses[-1] for name, losses in deep.items()}
print("losses at the end:", {name: round(loss, 3) for name, loss in last.items()})
assert not claims or last["sigmoid, momentum"] > 2.29 > 2.1 > last["sigmoid, Adam"] > 1.6
assert not claims or max(last["relu, momentum"], last["relu, Adam"]) < 0.2, "relus leave at once"
keep(draw.curves(deep, levels={"a guess": np.log(C)}, xlabel="epoch", ylabel="cross-entropy, nats",
    title="Ten layers, trained", caption="Notice the flat lines: no error, no NaN, only slopes too "
    "small to matter. Adam stretches those, and leaves at last; relus leave at once."), "deep")

# %% [markdown]
# ## Which learning rates work?
# Now two hidden layers, nine rates, five epochs each. *Predict* whose curve has the widest bottom.

# %%
powers, after = np.linspace(-4, 0, 9), {}
for name, rule in {"SGD": SGD, "momentum": partial(SGD, momentum=0.9), "Adam": Adam}.items():
    with np.errstate(all="ignore"):
        after[name] = [run([256, 128], 5, partial(rule, lr=10**power))[-1] for power in powers]
    print(f"{name} works (below 0.5 nats) at {sum(loss < 0.5 for loss in after[name])} of 9 rates")
keep(draw.curves(after, x=powers, levels={"a guess": np.log(C)},
    xlabel="log10 of the learning rate", ylabel="cross-entropy in the fifth epoch",
    title="Which learning rates work?", caption="Notice how wide each bottom is, and that Adam's "
    "holds its default, 0.001: little is left to tune."), "rates")

# %% [markdown]
# ## The judge
# Lesson 12 asks a judge which digits its samples show, and trains it like this: the same net, the
# same seed, the same weights. Every sixth image was held out, and tells its worth.

# %%
judge = MLP([D, 256, 128, C], rng=(rng := np.random.default_rng(knobs.seed)))
epochs = 2 if knobs.quick else -(-(1 if small else 3) * 360 * batch // len(X))  # 360 or 1,080 steps
told = train(judge, Adam(judge.parameters()), X, labels, epochs, rng)
history = [*progress(told, epochs, "loss {:.4f}".format)]
logits, truth = detach(judge(asarray(data.test_images))), data.test_labels  # (M, C), (M,)
said = to_numpy(logits.argmax(axis=1))  # the class of the largest logit, (M,)
print(f"the judge is right on {np.mean(said == truth):.1%} of {len(truth)} held-out images")
assert not claims or 0.955 <= np.mean(said == truth) <= 0.99, "not the header's judge"

# %% [markdown]
# **Look at its mistakes**, the surest first; below each, the training image nearest to it among
# those of the class that it named. *Predict*: would you have read them?

# %%
sure = to_numpy(softmax(logits).max(axis=1))  # the probability of what it said, (M,)
wrong = np.flatnonzero(said != truth)
wrong = wrong[np.argsort(-sure[wrong])][:12]
print("misread with p =", sure[wrong].round(2))
def nearest(i):
    kin = to_numpy(X)[to_numpy(labels) == said[i]]
    return kin[((kin - data.test_images[i]) ** 2).sum(axis=1).argmin()]

# %%
name = data.class_names
keep(draw.image_grid([*data.test_images[wrong], *map(nearest, wrong)], data.image_shape,
    columns=len(wrong), row_labels=["misread", "taken for"],
    column_labels=[f"{name[truth[i]]} → {name[said[i]]}" for i in wrong],
    title="What the judge misreads", caption="Right class → what it said. Notice how little "
    "decides: in most columns, the two images hardly differ."), "mistakes")

# %% [markdown]
# ## Recap
# A slope is a product over layers: He's and Glorot's variances keep its factors near 1. SGD is
# bounded by the steepest direction; momentum adds up what agrees; Adam divides by each slope's
# usual size. Cross-entropy has the slope $p$ minus what was right.
#
# - **Real systems** also have residual connections and normalised layers, shrink lr as they go, and
#   decay weights (AdamW). Not understood: why Adam beats SGD so clearly on language models, why
#   nets that could learn by heart still generalise.
# - **Predict, then try.** 1. `slopes` with sigmoids and $v = 1$: dead or alive? 2. The race from
#   `(-1.0, -0.5)`: who wins? 3. The judge without its relus: how much does it still read?
# - **Exercises**, tested by `python -m lessons check 4`: Adam's step, He's weights, the slope of
#   cross-entropy, the best rate for a valley, weights under which ten relu layers die.
# - **Sources.** Glorot & Bengio 2010, AISTATS (16); He et al. 2015, arXiv:1502.01852 (10); Kingma &
#   Ba 2015, arXiv:1412.6980; Polyak 1964, USSR Comput. Math. 4; Rosenbrock 1960, Comput. J. 3.
