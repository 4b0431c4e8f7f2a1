# %% [markdown]
# # 12. A generative adversarial network on images
#
# Two nets play against each other until one of them draws digits: we derive the game, write its
# loop by hand, watch it being lost, mend it by mathematics, and measure what comes out.
#
# - **You will be able to** derive both losses and the best discriminator's answer, write the loop
#   from memory, tell a lost game from a level one, and judge samples by numbers.
# - **You need**, from lessons 1 to 4: a `Tensor` remembers how it was made, `grad(loss, weights)`
#   gives derivatives, `MLP` stacks dense layers, `Adam(weights).step(gradients)` moves weights.
# - **Time:** about 1 minute on two cores.
# - **You will see**, by six seeds: a judge right on 96.7 to 97.7 % of held-out digits; three games
#   that cover 0, 85 to 88, and 95.6 to 98.7 % of the data, the last one with all ten classes.

# %%
import math
from types import SimpleNamespace

import numpy as np

from lessons.support import keep, options, progress
from scratchgen import draw
from scratchgen.backend import asarray, normal, to_numpy
from scratchgen.data import batches, load
from scratchgen.engine import Tensor, detach, grad, no_grad
from scratchgen.functions import bce_with_logits, cross_entropy, sigmoid, tanh
from scratchgen.measure import accuracy, class_counts, precision_recall_density_coverage, predict
from scratchgen.nn import MLP, load_state, state
from scratchgen.optim import Adam

# %%
knobs = options(data="digits", seed=0)
small = knobs.data == "digits"  # 8x8 pixels; the others have 28x28
batch, lr, z_dim = 128, 1e-3, 16 if small else 64  # z_dim: numbers in a code z
weight = 0.1  # of both penalties: the paper's gamma / 2
decay = 0.99 if small else 0.999  # the averaged generator's memory: 100 or 1,000 steps
steps = {"judge": 360, "momentum": 300, "no momentum": 1200, "R1 + R2": 1800}

data = load(knobs.data)
X = asarray(data.train_images)  # (N, width) in [0, 1]
real = 2 * X - 1  # in [-1, 1], the range of G's tanh: or D would know them by their range alone
width, classes = X.shape[1], len(data.class_names)
things = {"glyphs": "characters", "fashion": "clothes"}.get(knobs.data, "digits")
epochs = {name: math.ceil((1 if small else 3) * n * batch / len(X)) for name, n in steps.items()}
if knobs.quick:
    X, real, epochs = X[:768], real[:768], dict.fromkeys(steps, 2)
data

# %% [markdown]
# ## The game
# G makes an image of noise $z \sim \mathcal{N}(0, I)$; D says how probable it is that an image is
# real. D climbs, and G descends, one value (Goodfellow et al. 2014, equation 1):
# $$V(D, G) = \mathbb{E}_{x \sim p}[\log D(x)] + \mathbb{E}_{z}[\log(1 - D(G(z)))]$$
# What should D answer? With $q$ the density of G's images, $V$ is the integral of
# $p \log D + q \log(1 - D)$, which we may maximise at each $x$ by itself:
# $$\frac{p}{D} - \frac{q}{1 - D} = 0 \quad \Rightarrow \quad D^* = \frac{p}{p + q}$$
# **Check** with two bell curves, at five places: of 9,999 answers, which one gains most?

# %%
x = np.linspace(-2, 2, 5)[:, None]  # (5, 1)
p, q = (np.exp(-0.5 * (x - mean) ** 2) / math.sqrt(2 * math.pi) for mean in (1, -1))
answers = np.linspace(0, 1, 10_001)[1:-1]  # (9999,)
best = answers[(p * np.log(answers) + q * np.log(1 - answers)).argmax(axis=1)]  # (5,)
print(f"best of {len(answers):,} answers", best.round(3), "\np / (p + q)", (p / (p + q)).T.round(3))
assert np.allclose(best, (p / (p + q))[:, 0], atol=1e-4), "D* is p / (p + q)"

# %% [markdown]
# Once G has won, $q = p$: D answers 1/2 everywhere and $V = -\log 4$. D's loss is $-V$, so we hold
# every D against $\log 4 \approx 1.39$: below it D sees a difference, at 0 it is always right.
#
# ## Both losses, from logits
# D's last layer gives a **logit** $t$, and $D = \sigma(t) = 1/(1 + e^{-t})$. So
# $-\log D = \log(1 + e^{-t})$ and $-\log(1 - D) = \log(1 + e^{t})$: no rounded probability meets a
# logarithm. `bce_with_logits(t, 1)` is the first, `bce_with_logits(t, 0)` the second.

# %%
def d_loss(real_logits, fake_logits):  # -log D(x) - log(1 - D(G(z)))
    return bce_with_logits(real_logits, 1.0).mean() + bce_with_logits(fake_logits, 0.0).mean()
def g_loss(fake_logits):  # -log D(G(z))
    return bce_with_logits(fake_logits, 1.0).mean()

# %%
print(f"D's loss at logits of 0: {d_loss(np.zeros((3, 1)), np.zeros((5, 1))):.3f}")
t = Tensor(np.array([-1e4, 0, 20, 1e4], "float32"))
losses, slopes = bce_with_logits(t, 0.0), grad(bce_with_logits(t, 0.0).sum(), t)
with np.errstate(divide="ignore"):  # at a logit of 20, D rounds to 1
    print("-log(1 - D) by D:", -np.log(1 - sigmoid(t.value)), "\nby the logits:  ", losses.value)
assert np.isfinite(losses.value).all() and np.isfinite(slopes).all(), "finite at any logit"

# %% [markdown]
# That `g_loss` is not G's side of $V$. There (**minimax**) G descends $\log(1 - D(G(z)))$, here
# (**non-saturating**) $-\log D(G(z))$. Both fall as D is fooled. *Predict:* early on D is sure of
# every fake, $t \ll 0$. Which of the two still tells G where to go?

# %%
t = Tensor(np.linspace(-10, 10, 81, dtype="float32"))  # D's logits of fakes
minimax = abs(grad(-bce_with_logits(t, 0.0).sum(), t))  # = D
non_saturating = abs(grad(bce_with_logits(t, 1.0).sum(), t))  # = 1 - D
print(f"slopes at a logit of -10, their ratio: {non_saturating[0] / minimax[0]:,.0f}")
assert minimax[0] < 1e-4 and non_saturating[0] > 0.99, "one slope vanishes, the other does not"

# %%
keep(draw.curves({"minimax": minimax, "non-saturating": non_saturating}, x=t.value, log=True,
    xlabel="D's logit of a fake (to the left, D is surer that it is one)", ylabel="slope's size",
    title="Which loss still teaches G when it is at its worst?",
    caption="At a logit of -10, minimax slopes about 22,000 times less than the other."), "slopes")

# %% [markdown]
# ## The nets and the loop
# The nets are the article's. For every batch: (1) a step for D. Its fakes are made under `no_grad`,
# as data, since G is not to move. (2) A step for G. Its slope flows *through* D, but `grad`, asked
# for G's parameters alone, visits only what lies between them and the loss: no slope of a weight of
# D is computed. `objective` returns D's loss, and what D descends: for now the same.

# %%
def new_nets(rng):
    G = MLP([z_dim, 128, 256, 512, width], out=tanh, rng=rng)  # (N, z_dim) -> (N, width)
    D = MLP([width, 512, 256, 128, 1], rng=rng)  # (N, width) -> (N, 1)
    return G, D

def generate(G, z):
    with no_grad():
        return (G(z) + 1) / 2  # back to [0, 1]

def bare(D, x, fake):
    loss = d_loss(D(x), D(fake))
    return loss, loss

# %%
def play(G, D, images, rng, epochs, betas, objective):
    d_adam, g_adam = Adam(D.parameters(), lr, betas), Adam(G.parameters(), lr, betas)
    for _ in range(epochs):
        for x in batches(images, batch, rng):
            # (1) D: maximise log D(x) + log(1 - D(G(z)))
            with no_grad():
                fake = G(normal(rng, (len(x), z_dim)))
            loss_d, descended = objective(D, x, fake)
            d_adam.step(grad(descended, D.parameters()))

            # (2) G: maximise log D(G(z))
            loss_g = g_loss(D(G(normal(rng, (len(x), z_dim)))))
            g_adam.step(grad(loss_g, G.parameters()))
            yield detach(loss_d), detach(loss_g)

# %% [markdown]
# ## A judge, before there is anything to judge
# A classifier of real images, as in lesson 5, will name each sample's class. Two measures need no
# judge (Naeem et al. 2020): around each of $N$ real images lies a ball that reaches to its 5th
# nearest. **Coverage**: what share of the balls holds a sample? **Density**: in how many balls does
# a sample lie, over 5? **Check**: $M$ fresh real images cover about $1 - (N/(N + M))^5$, density 1.

# %%
judge = MLP([width, 256, 128, classes], rng=(rng := np.random.default_rng(knobs.seed)))
adam, labels = Adam(judge.parameters()), asarray(data.train_labels)[: len(X)]
for _ in range(epochs["judge"]):
    for x, y in batches((X, labels), batch, rng):
        adam.step(grad(cross_entropy(judge(x), y), judge.parameters()))
judged = accuracy(judge, asarray(data.test_images), data.test_labels)
print(f"the judge is right on {judged:.1%} of {len(data.test_labels)} held-out images")
assert not small or knobs.quick or judged >= 0.95, "a judge worth asking"

# %%
def examine(samples):
    counts = class_counts(predict(judge, samples), classes)
    quality = precision_recall_density_coverage(X[:1500], samples, k=5)
    print(f"classes {counts}\ncoverage {quality.coverage:.3f}, density {quality.density:.2f}")
    return counts, quality

fresh, N = asarray(data.test_images[:1000]), len(X[:1500])
found = examine(fresh)[1].coverage
expected, mark = (1 - (N / (N + M)) ** 5 for M in (len(fresh), 1000))
print(f"{len(fresh)} fresh real images cover {found:.3f} ({expected:.3f}), 1,000 would {mark:.3f}")
assert knobs.quick or abs(found - expected) < 0.03, "that is not coverage"
z_judged = normal(np.random.default_rng(knobs.seed + 100), (1000, z_dim))  # codes to ask for

# %% [markdown]
# ## The first game: lost
# Every game keeps an average of G's weights along its path, $a \leftarrow 0.99\, a + 0.01\, w$: G
# circles its goal, and the middle of the circle lies nearer (Yazici et al. 2019). We draw with
# it. First, Adam as it comes, betas (0.9, 0.999). *Predict:* where do the two losses go?

# %%
def run(name, betas, objective):
    G, D = new_nets(rng := np.random.default_rng(knobs.seed))
    load_state(average := new_nets(rng)[0], state(G))
    total, pairs, pictures = epochs[name] * math.ceil(len(X) / batch), [], {}
    game, told = play(G, D, real, rng, epochs[name], betas, objective), "D {:.2f}  G {:.2f}".format
    for i, pair in enumerate(progress(game, total, lambda pair: told(*map(float, pair))), 1):
        for a, w in zip(average.parameters(), G.parameters(), strict=True):
            a.value += (1 - decay) * (w.value - a.value)
        pairs.append(pair)
        if i in {total // 40, total // 20, total // 10, total // 4, total}:
            pictures[f"step {i:,}"] = to_numpy(generate(average, z_judged[:14]))
    losses = np.reshape([(float(d), float(g)) for d, g in pairs], (epochs[name], -1, 2))
    losses = losses.mean(axis=1)  # (epochs, 2)
    counts, quality = examine(samples := generate(average, z_judged))
    print("losses in the last epoch: D {:.3f}, G {:.3f}".format(*losses[-1]))
    return SimpleNamespace(G=average, losses=losses, pictures=pictures, samples=samples,
        counts=counts, quality=quality)  # fmt: skip

# %%
lost = run("momentum", (0.9, 0.999), bare)
assert not small or knobs.quick or max(lost.quality.coverage, lost.losses[-1, 0]) < 0.05

# %% [markdown]
# D has won. Its loss is nearly 0, and G paints one and the same blot for every $z$. Momentum knows
# where the other player *was*, some ten steps ago. Away with it: betas (0, 0.99). The 0 decides.

# %%
tilted = run("no momentum", (0.0, 0.99), bare)

# %% [markdown]
# Digits! But D's loss keeps sinking below $\log 4$, and one class or other gets rare: it tilts.
#
# ## A penalty on D's slope
# At the goal $D = 1/2$ everywhere, so D is *flat*; yet nothing asks it to be. Where D slopes at
# real images, it pushes even a perfect G off them, along $\nabla D$. Mescheder et al. 2018 charge D
# for its slope at real images (equation 9) or at fakes (10); we do both. $D$ is the logit here:
# $$R_1 = \mathbb{E}_{p}[\|\nabla D(x)\|^2], \quad R_2 = \mathbb{E}_{q}[\|\nabla D(x)\|^2]$$

# %%
def squared_slope(logits, x):
    # To descend a slope we differentiate it again: with create_graph, grad records itself.
    slopes = grad(logits.sum(), x, create_graph=True)  # (N, width): a row moves its own logit only
    return (slopes**2).sum(axis=1).mean()

# Check: D(x) = w.x slopes by w everywhere, so its penalty is |w|^2, and that has the slope 2w.
w, points = Tensor(np.array([[3.0], [4.0]], "float32")), Tensor(np.ones((4, 2), "float32"))
assert float(r := squared_slope(points @ w, points)) == 25 and (grad(r, w) == 2 * w.value).all()

# %% [markdown]
# D now descends its loss and both penalties, weighted; and we play half as long again, since a
# level game can go on. Nothing else changes. *Predict:* where do the losses go this time?

# %%
def penalised(D, x, fake):
    x, fake = Tensor(x), Tensor(fake)  # Tensors, since we ask for slopes in them
    real_logits, fake_logits = D(x), D(fake)
    loss = d_loss(real_logits, fake_logits)
    return loss, loss + weight * (squared_slope(real_logits, x) + squared_slope(fake_logits, fake))

# %%
level = run("R1 + R2", (0.0, 0.99), penalised)
if small and not knobs.quick:
    assert (level.counts > 0).all() and level.quality.coverage >= 0.93, "ten classes, covered"
    assert 0.8 <= tilted.quality.coverage < 0.92 and tilted.counts.min() < level.counts.min()
    assert tilted.losses[-1, 0] < 1 < level.losses[-1, 0] < math.log(4), "one D runs away"
    assert level.quality.density > 1.1, "tidier than life"

# %% [markdown]
# Coverage *above* .92, that of 1,000 fresh real images, is no better than perfect; and a density
# above theirs says that G crowds where the data are thickest.

# %%
games = {"momentum": lost, "no momentum": tilted, "R1 + R2": level}
keep(draw.image_rows({"real": X[:14]} | {name: games[name].samples[:14] for name in games},
    data.image_shape, title="Three games from the same weights",
    caption=f"Momentum gives one blot for every z. Without it come {things}; with the penalties, "
    "cleaner ones. A few still are none."), "games")
keep(draw.image_grid(np.concatenate(list(level.pictures.values())), data.image_shape, columns=14,
    row_labels=list(level.pictures), title="Fourteen codes, while G learns",
    caption=f"A column is one z. G finds where ink goes, then strokes, then {things}."), "training")

# %%
keep(draw.curves(panels={f"{player}'s loss": {name: games[name].losses[: len(tilted.losses), i]
    for name in ("no momentum", "R1 + R2")} for i, player in enumerate("DG")},
    levels={"D's loss": {"log 4": math.log(4)}, "G's loss": {"log 2": math.log(2)}},
    xlabel="epoch", title="Does either player run away?",
    caption="Without penalties D runs away from G. A D that knows nothing has log 4, and gives G "
    "log 2. The loss says how level the game is, not how good G's samples are."), "losses")

# %% [markdown]
# ## Learnt, or learnt by heart?
# A G that stores its training images would score well above. But its samples would lie far nearer
# to a training image than an image does that it has never seen. *Predict:* do ours?

# %%
def nearest(images, X=X[:10_000]):  # (M, width) -> distances (M,), to which rows of X (M,)
    squared = (images**2).sum(axis=1)[:, None] - 2 * images @ X.T + (X**2).sum(axis=1)
    return to_numpy(squared.min(axis=1).clip(0) ** 0.5), squared.argmin(axis=1)

(ours, which), (theirs, _) = nearest(level.samples), nearest(asarray(data.test_images))
for name, distances in {"samples": ours, "unseen real images": theirs}.items():
    within = "1 % within {:.2f}, half within {:.2f}".format(*np.quantile(distances, [0.01, 0.5]))
    print(f"nearest training image: {within}: {name}")
assert np.median(ours) > 0.7 * np.median(theirs), "samples lie hardly nearer than unseen images do"
keep(draw.image_rows({"sample": level.samples[14:28], "nearest real": X[which[14:28]]},
    data.image_shape, title="Samples, and the training images nearest to them",
    caption="Alike in kind, unlike in the stroke: none of these is a copy."), "nearest")

# %% From code to code, on an arc
s = np.linspace(0, math.pi / 2, 12)[:, None]  # (12, 1); a cos s + b sin s is N(0, I) again
ends = to_numpy(z_judged)[28:36].reshape(4, 2, 1, z_dim)
walks = [generate(level.G, asarray(a * np.cos(s) + b * np.sin(s), "float32")) for a, b in ends]
keep(draw.interpolations(np.stack([to_numpy(walk) for walk in walks]), data.image_shape,
    title="From code to code", caption=f"Many steps are {things}; some are none."), "walks")

# %% [markdown]
# ## The article's listing
# **(a) D is never asked.** Its G descends `bce(G(z), 1)`: G's own *pixels* are taken for logits, in
# place of D's. So a brighter pixel is a better one, whatever the data are. We run it.

# %%
G, D = new_nets(rng := np.random.default_rng(knobs.seed))
adam, untrained = Adam(G.parameters(), lr), generate(G, z_judged[:14])
for _ in range(100):
    wrong_loss = g_loss(G(normal(rng, (batch, z_dim))))  # and not g_loss(D(G(z)))
    adam.step(grad(wrong_loss, G.parameters()))
squares = generate(G, z_judged[:14])
assert squares.min() > 0.9, "white squares"
try:
    grad(g_loss(G(z_judged)), D.parameters())
except ValueError as error:
    print(error)
keep(draw.image_rows({"real": X[:14], "untrained": untrained, "100 steps": squares},
    data.image_shape, title="What G learns when D is not asked",
    caption="White squares: brighter is better, and the data are never looked at."), "unasked")

# %% [markdown]
# - **(b) z is replaced.** The caller passes `z`, but the function's first line gives that name to a
#   new draw: what was passed is lost, whatever it was.
# - **(c) Nothing moves.** It asks for both losses, step after step, and no optimiser ever runs.

# %%
def article(z, seed=None):
    z = normal(np.random.default_rng(seed), z.shape)  # shadows the argument
    return generate(level.G, z)
assert (article(z_judged, seed=1) == article(z_judged * 0, seed=1)).all(), "z does not matter"
G, D = new_nets(rng := np.random.default_rng(knobs.seed))
with no_grad():
    idle = [float(d_loss(D(real), D(G(normal(rng, (len(real), z_dim)))))) for _ in range(25)]
print(f"D's loss in 25 epochs of no optimiser: {min(idle):.2f} to {max(idle):.2f}")
assert np.ptp(idle) < 0.1, "the same untrained nets throughout"

# %% [markdown]
# ## Recap
# D's best answer is $p/(p + q)$; its loss is $\log 4$ where it knows nothing. G descends
# $-\log D(G(z))$, through D, which stays. The game stays level if neither player remembers where
# the other was, and if D is flat where the data are.
#
# - **Real systems** have convolutions or attention for dense layers, take $R_1$ every 16th step
#   (StyleGAN2), and measure in a trained net's features, not in pixels. Why such games settle in
#   practice, far from where theory proves it, is not understood.
# - **Predict, then try.** 1. Betas (0.9, 0.99), then (0, 0.999): which memory loses the game?
#   2. `weight` 0.01, then 10: what of D's loss, of coverage? 3. Minimax in `play`: what changes?
# - **Write, then test**, by `python -m lessons check 12`: two losses, the best logit, a step that
#   moves the wrong net, impostors that pass both of our measures.
# - **Sources.** Goodfellow et al. 2014, arXiv:1406.2661, equation 1; Mescheder et al. 2018,
#   arXiv:1801.04406; Yazici et al. 2019, arXiv:1806.04498; Naeem et al. 2020, arXiv:2002.09797.
