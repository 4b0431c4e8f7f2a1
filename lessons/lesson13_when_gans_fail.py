# %% [markdown]
# # 13. When GANs fail
#
# Here is a game on the ring of lesson 11: the same eight heaps, the same
# nets, the same losses. Only this is different: the generator learns ten
# times as fast as the discriminator, and both have Adam's usual momentum.
# It sounds harmless. Let us watch what becomes of it.

# %%
import copy
import itertools
import math

import numpy as np

from lessons.support import claim, keep, options, progress
from lessons.tables import column, cures, rows
from scratchgen import MLP, SGD, Adam, Tensor, data, draw, gan, grad
from scratchgen.backend import asarray, normal, to_numpy
from scratchgen.draw import page
from scratchgen.engine import detach, no_grad
from scratchgen.functions import tanh

# %% Knobs
knobs = options("when_gans_fail", data="mnist5k", seed=0)
turns = 20 if knobs.quick else 1000  # of each player, in a game
g_lr = 0.01  # the generator's learning rate, in the first game
d_lr = 0.001  # the discriminator's, there
beta1 = 0.9  # Adam's momentum there; lesson 11 had 0
alone = 10 if knobs.quick else 400  # steps of D on images, without G
h = 0.1  # how far one step goes in the smallest GAN
r1 = 0.05  # weight of its penalty on D's slope
momentum = 0.9  # of plain descent, in the smallest GAN
spotted = 10 if knobs.quick else 600  # turns of the game with specks
cure = "packing"  # the row of the table of cures that we run again

# %% [markdown]
# The loop is that of lesson 11, with the steps of each player taken from the
# library. As it never ends by itself, we say how many turns we want.

# %%
def fakes(G, z):
    with no_grad():  # numbers alone
        return G(z)

def play(G, D, adams, draw_real, rng, loss=gan.g_loss, brake=0.0):
    g_adam, d_adam = adams
    size = (128, G.layers[0].n_in)  # a batch of codes
    while True:
        real, fake = draw_real(128, rng), fakes(G, normal(rng, size))
        loss_d = gan.d_step(D, d_adam, real, fake, brake, brake)
        loss_g = gan.g_step(G, D, g_adam, normal(rng, size), loss)
        yield float(loss_d), float(loss_g)

# %% A film tags=["hide-input"]
EDGE = (-3, 3)
line = np.linspace(*EDGE, 60)
plane = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
heaps = to_numpy(cures.ring(300, np.random.default_rng(1)))
z_shown = normal(np.random.default_rng(2), (300, 2))

# %% A frame tags=["hide-input"]
@page.paper_style()
def frame(G, D, title):
    """Draw D's logit, the real points, and 300 fakes."""
    logit = to_numpy(detach(D(asarray(plane.astype("float32")))))
    figure, grid = page.plot(4.2, 4.2, title, "")
    grid[0, 0].contourf(
        line, line, np.clip(logit, -3.99, 3.99).reshape(60, 60),
        np.linspace(-4, 4, 17), cmap=page.colour_map(signed=True),
        vmin=-8, vmax=8,
    )  # fmt: skip
    grid[0, 0].scatter(*heaps.T, s=4, color=page.BEHIND, linewidths=0)
    grid[0, 0].scatter(*to_numpy(fakes(G, z_shown)).T, s=9,
                       color=page.COLOURS[2], linewidths=0)  # fmt: skip
    grid[0, 0].set(xlim=EDGE, ylim=EDGE, aspect="equal", xticks=[],
                   yticks=[])  # fmt: skip
    return page.settled(figure)

# %%
rng = np.random.default_rng(knobs.seed)
G = MLP([2, 64, 64, 64, 2], rng=rng)
D = MLP([2, 64, 64, 64, 1], rng=rng)
betas = (beta1, 0.999)
g_adam = Adam(G.parameters(), g_lr, betas)
d_adam = Adam(D.parameters(), d_lr, betas)
adams = g_adam, d_adam
game = itertools.islice(play(G, D, adams, cures.ring, rng), turns)

# %%
def width(points):  # the standard deviation, averaged over coordinates
    return float(to_numpy(points).std(axis=0).mean())

# %% The film tags=["hide-input"]
often = max(turns // 40, 5)
losses, frames, widths = [], [], []
for n, pair in enumerate(progress(game, turns), 1):
    losses.append(pair)
    widths.append(width(fakes(G, z_shown)))
    if n % often == 0 and n > turns // 3:
        frames.append(frame(G, D, f"{n:,} turns: the data, and 300 fakes"))
losses, widths = np.array(losses), np.array(widths)

# %% What became of it tags=["hide-input"]
keep(draw.animation(frames, seconds=0.35, last=2, most=190_000), "hops")

# %% [markdown]
# The map is $D$'s logit, as in lesson 11: blue says real, orange says fake.
# The red dots are 300 fakes. You see fewer? They lie on top of each other.
# Whatever the code, the generator makes nearly one and the same point, or a
# short thread of points, and the thread never rests. It runs into the blue.
# The blue turns orange there, and it runs on.
#
# **Predict.** You know this only because you could watch. Suppose that you
# had nothing but the two losses, as for a game on images. What does the
# discriminator's loss look like here: near 0, near $\log 4$, or far above?

# %% The losses of the first game tags=["hide-input"]
block = 20
means = losses[: len(losses) // block * block].reshape(-1, block, 2)
means = means.mean(axis=1)

# %% Both losses tags=["hide-input"]
keep(draw.curves(
    {"discriminator": means[:, 0], "generator": means[:, 1]},
    x=block * np.arange(1, len(means) + 1), xlabel="turns", ylabel="loss",
    levels={"log 4": math.log(4), "log 2": math.log(2)},
    title="The losses of a game in which all fakes are alike",
    caption="Each point of a line is the mean of 20 turns."),
    "hop_losses")  # fmt: skip

# %%
late = slice(turns // 2, None)
print(f"D's loss, mean of the second half: {losses[late, 0].mean():.2f}")
print(f"width of the fakes there:          {np.median(widths[late]):.2f}")
print(f"width of the real points:          {width(heaps):.2f}")

# %% Checked tags=["hide-input"]
claim(losses[late, 0].mean() > 0.6, "D is far from winning",
      f"a loss of {losses[late, 0].mean():.2f}")  # fmt: skip
claim(np.median(widths[late]) < 0.3 * width(heaps),
      "the fakes are far narrower than the real points",
      f"a width of {np.median(widths[late]):.2f}")  # fmt: skip

# %% [markdown]
# It sways, but on the whole it looks like the loss of a game that goes well.
# The discriminator has not won at all. So here is mode collapse, the first
# of the accidents that came together in lesson 12, and it has come alone.
#
# In this lesson we cause each accident of the GAN on purpose, one at a time,
# find out why it happens, and look for what helps. At the end you have a
# table: what one sees, what the losses do, why, and what to do.
#
# ## Why would a generator do that?
#
# Suppose that the discriminator holds still, and that there are three heaps.
# For a fake in heap $A$ the generator pays $-\log D = 0.7$, in heap $B$
# 0.5, and in heap $C$ 0.9. It may spread its fakes as it likes. If the heaps
# get the shares $w_A$, $w_B$ and $w_C$ of them, it pays on average
# $$L_G = 0.7 \, w_A + 0.5 \, w_B + 0.9 \, w_C$$
#
# **Predict.** Which shares would you choose, to pay as little as possible?

# %%
pays = np.array([0.7, 0.5, 0.9])  # -log D at a fake in A, in B, in C
random = np.random.default_rng(0)
shares = random.dirichlet([1, 1, 1], 10_000)  # (10000, 3), sums are 1
shares = np.vstack([shares, np.eye(3)])  # and all in A, all in B, all in C
cheapest = (shares @ pays).argmin()
print(f"cheapest of {len(shares):,}: {shares[cheapest].round(2)}")

# %% [markdown]
# Put all of them into $B$. A mean is never smaller than the smallest of the
# numbers that go into it, and every fake in $A$ or $C$ makes it larger. It
# does not matter that $B$ is better by little only.
#
# So mode collapse is no mistake in somebody's program. *Against a
# discriminator that holds still, one point is the generator's best answer.*
# What keeps fakes apart is the discriminator's reply alone: where many of
# them crowd, it soon says "fake". If the generator is too fast, all fakes
# have arrived before the reply comes. Then they all run on to the next place,
# and that is what the film shows. (Momentum keeps them running. The first two
# experiments at the end take the two apart.)
#
# In the usual formula of the game the order of two small words makes the
# whole difference. In $\min_G \max_D V$ the generator chooses first and has
# to fear every reply. In $\max_D \min_G V$ it chooses last, and one point is
# enough. Taking turns, we play something in between.
#
# ## Show it two at a time
#
# Why does the discriminator not just say "these are all alike"? Because it is
# shown one point at a time. Each point of a collapsed generator may lie right
# on a heap. By itself it is a perfect forgery.
#
# So let us lay points side by side, two in a pack, and ask for one logit for
# the pack: are these two real, or two fakes? Of real points, both lie in the
# same heap in one pack of eight. Of a collapsed generator they do so always.
# Now being alike is something that one can see. This is called **packing**
# (Lin and others 2018).

# %%
def in_packs(x, m):  # (N, width) -> (N / m, m * width)
    return x.reshape(len(x) // m, -1)

print(in_packs(np.array([[1, 2], [3, 4], [5, 6], [7, 8]]), 2))

# %% Two points, one logit tags=["hide-input"]
keep(draw.network(
    "two points -> pack -> [discriminator D] -> logit t",
    sizes={"two points": "2 numbers each", "pack": 4,
           "discriminator D": "3 × 64 ReLUs", "logit t": 1},
    title="A discriminator of packs",
    caption="Both points are real, or both are fakes, and one logit "
    "answers for the two."), "pack")  # fmt: skip

# %% [markdown]
# That is all: a $D$ with twice as many inputs, and one line. We will see
# below what it does for the generator.
#
# ## The discriminator wins
#
# Now for the second accident. We take images, 28 × 28 pixels, and two nets
# that are smaller than those of lesson 12. The generator does not learn yet.
# The discriminator has some hundred steps alone. After a few of them we ask:
# how long is the gradient that the generator would get? We take the norm of
# all its numbers together, the root of the sum of their squares, for the
# minimax loss and for the non-saturating one.

# %%
images = data.load(knobs.data)
X = asarray(2 * images.train_images - 1)  # in [-1, 1], the range of tanh
pixels = X.shape[1]
tall, wide = images.image_shape
print(f"{len(X):,} images of {tall} × {wide} = {pixels} pixels")

def draw_images(n, rng):
    return X[rng.integers(0, len(X), n)]

def image_nets(rng):
    G = MLP([32, 128, 256, pixels], out=tanh, rng=rng)
    D = MLP([pixels, 256, 128, 1], rng=rng)
    return G, D

# %%
LOSSES = {"minimax": gan.g_loss_minimax, "non-saturating": gan.g_loss}
z_asked = normal(np.random.default_rng(9), (128, 32))

def norm_of_gradient(G, D, loss):
    slopes = grad(loss(D(G(z_asked))), G.parameters())
    return math.sqrt(sum(float((g**2).sum()) for g in slopes))

# %%
def train_alone(G, D, rng, brake):
    adam = Adam(D.parameters(), 0.001, (0.0, 0.99))
    for _ in range(alone):
        fake = fakes(G, normal(rng, (128, 32)))
        loss = gan.d_step(D, adam, draw_images(128, rng), fake,
                          brake, brake)
        yield float(loss)

# %% [markdown]
# **Predict.** As the discriminator becomes surer and surer, what will become
# of the two norms? One of them you know from lesson 11.

# %%
moments = [n for n in (0, 1, 3, 10, 20, 40, 100, 200, 400) if n <= alone]
norms = {}
for brake in (0.0, 0.1):
    rng = np.random.default_rng(knobs.seed)
    G, D = image_nets(rng)
    losses_alone = itertools.chain([0], train_alone(G, D, rng, brake))
    for n, _ in enumerate(losses_alone):  # n = 0: before the first
        for name, loss in LOSSES.items():
            key = name + (", D with brake" if brake else "")
            if n in moments:
                size = norm_of_gradient(G, D, loss)
                norms.setdefault(key, []).append(size)
    if not brake:
        winner = G, D  # we come back to these two

# %%
for key, sizes in norms.items():
    print(f"{key:28}", *[f"{size:8.2g}" for size in sizes[::2]])

# %% Norms of the gradient tags=["hide-input"]
@page.paper_style()
def show_norms(norms, title, caption):
    figure, grid = page.plot(6.5, 3.0, title, caption)
    axes, colours = grid[0, 0], page.COLOURS
    for i, (name, sizes) in enumerate(norms.items()):
        axes.plot(moments, sizes, page.DASHES[i // 2], marker="o",
                  markersize=3, color=colours[2 * (i % 2)], label=name)
    axes.set_yscale("log")
    axes.set_xscale("symlog", linthresh=1)
    axes.set(xlabel="steps that D has had alone",
             ylabel="norm of G's gradient")  # fmt: skip
    axes.set_xticks(moments, [f"{n}" for n in moments])
    axes.set_xlim(-0.2, 1.2 * moments[-1])
    axes.legend(loc="lower left")
    keep(page.settled(figure), "norms")

# %% What G would hear tags=["hide-input"]
show_norms(
    norms, "What G would hear of a discriminator that learns alone",
    "An untrained generator of images. The brake is the penalty on D's "
    "slope, R1 + R2 with weight 0.1.",
)  # fmt: skip

# %% Checked tags=["hide-input"]
mm, ns = norms["minimax"], norms["non-saturating"]
claim(mm[-1] < mm[0] / 10_000, "minimax falls below a ten-thousandth",
      f"{mm[-1] / mm[0]:.1g} of the first")  # fmt: skip
claim(ns[-1] > 2 * ns[0], "the non-saturating one more than doubles")
claim(norms["minimax, D with brake"][-1] > 100 * mm[-1],
      "with a brake over a hundred times as much is heard")  # fmt: skip

# %% [markdown]
# The minimax gradient falls below a hundred-thousandth of itself. This is a
# *vanishing gradient*, as in lesson 4, but the cause is another one. There
# it died on the way through ten layers. Here it dies at its source: lesson 11
# showed that each fake is pushed by its arrow times $D$, and $D$ is nearly 0
# at all of them. The non-saturating one *grows*. It is loud, but is it wise?
# The map becomes steeper and steeper around the real images, and every step
# is long.
#
# Why is it so easy to win on images? Two heaps on a plane overlap, and there
# nobody can be sure. But real images are a thin film in a space of 784
# directions, and what an untrained generator makes is another one. They do not
# meet. So a surface between them has room, and the best answer of lesson 11
# is 1 on one side and 0 on the other, *however near the two are*. The best
# loss is 0 for poor fakes and for good ones alike, so it says nothing about
# the way (Arjovsky and Bottou 2017).
#
# From this come two cures. The brake forbids the cliff between the two: with
# it, the minimax gradient stays hundreds of times as large. Or we make
# the two overlap: **instance noise** is random noise that we add to all that
# the discriminator sees, real or not, and take away little by little.
#
# How bad is it to hear so little? We let the generator play from there on,
# against the discriminator that has learnt without a brake. It takes plain
# gradient steps: in one game with the minimax loss, in another with the
# non-saturating one. In a third game it has the minimax loss again, but
# Adam.
#
# **Predict.** In which of the three games does the generator move at all?

# %%
def go_on(loss, optimiser):
    rng = np.random.default_rng(knobs.seed)
    G, D = copy.deepcopy(winner)
    d_adam = Adam(D.parameters(), 0.001, (0.0, 0.99))
    adams = optimiser(G.parameters()), d_adam
    game = play(G, D, adams, draw_images, rng, loss)
    losses = list(itertools.islice(game, alone // 4))
    return fakes(G, z_asked), np.array(losses)[-20:, 0].mean()

# %%
def by_descent(weights):
    return SGD(weights, 0.01)

def by_adam(weights):
    return Adam(weights, 0.001, (0.0, 0.99))

ends = {
    "minimax": go_on(gan.g_loss_minimax, by_descent),
    "non-saturating": go_on(gan.g_loss, by_descent),
    "minimax, Adam": go_on(gan.g_loss_minimax, by_adam),
}

# %%
before = fakes(winner[0], z_asked)
for name, (after, loss_d) in ends.items():
    moved = float(abs(after - before).mean())
    print(f"{name:15} D's loss {loss_d:9.6f}   a pixel has moved by "
          f"{moved:.5f}   width {width(after):.2f}")  # fmt: skip

# %% Who has moved tags=["hide-input"]
pictures = {"before": before}
pictures |= {name: end[0] for name, end in ends.items()}
keep(draw.image_rows(
    {name: (shown[:14] + 1) / 2 for name, shown in pictures.items()},
    images.image_shape, title="Fourteen fakes against a D that has won",
    caption=f"Before, and after {alone // 4} turns of each game."),
    "silent")  # fmt: skip

# %% Checked tags=["hide-input"]
shifts = {name: float(abs(end[0] - before).mean())
          for name, end in ends.items()}  # fmt: skip
claim(shifts["minimax"] < 0.0001, "the minimax game stands still",
      f"a pixel moves by {shifts['minimax']:.5f}")  # fmt: skip
claim(ends["minimax"][1] < 0.0001, "D's loss is 0 there")
claim(min(shifts["non-saturating"], shifts["minimax, Adam"]) > 0.1,
      "both others get away")  # fmt: skip

# %% [markdown]
# With the minimax loss and plain descent, nothing has moved. The gradients
# are there, but a hundred-thousandth as long. With Adam the very same loss
# gets away! Remember lesson 5: Adam divides each gradient by its own usual
# size. What has become small everywhere, it makes large again. So with Adam
# you may never meet this accident, until the gradients are so small that
# only rounding is left of them.
#
# And now compare the two accidents. In the first game all fakes are alike, and
# the discriminator's loss is near $\log 4$. Here its loss is 0, and no two
# fakes are alike: their width is what it was at the start. *Collapse is seen
# in the fakes, a discriminator that wins is seen in its loss.* In lesson 12
# both had come together: the discriminator won within ten turns, and after
# that the fakes became one blot.
#
# ## The smallest GAN
#
# The blob of the first film had a second trouble: it never came to rest. To
# understand that, we make the game so small that we can calculate it
# (Mescheder, Geiger and Nowozin 2018 call it **Dirac-GAN**).
#
# All real points are the number 0. The generator has no code, and a single
# weight $\theta$: all its fakes are at $\theta$. The discriminator has a
# single weight, too, $\psi$: its logit is a straight line through 0,
# $t(x) = \psi x$.

# %% The smallest GAN tags=["hide-input"]
@page.paper_style()
def show_smallest():
    figure, grid = page.plot(
        5.2, 2.2, "The smallest GAN: two weights in all",
        "A negative slope calls the right side fake. So the fake is "
        "driven to the left, along the arrow, up the line.",
    )  # fmt: skip
    axes, x = grid[0, 0], np.array([-1.5, 1.5])
    axes.axhline(0, color=page.QUIET, linewidth=0.6)
    axes.plot(x, -0.6 * x, color=page.COLOURS[0])
    axes.annotate("D's logit: ψ x", (-0.92, 0.62), color=page.COLOURS[0])
    axes.plot(0, 0, "s", color=page.BEHIND, markersize=9)
    axes.annotate("all real points: 0", (0.06, 0.14), color=page.INK)
    axes.plot(1, 0, "o", color=page.COLOURS[2], markersize=8)
    axes.annotate("all fakes: θ", (1.06, 0.14), color=page.COLOURS[2])
    axes.annotate("", (0.55, 0), (0.95, 0),
                  arrowprops={"arrowstyle": "->", "color": page.INK})
    axes.set(xlim=(-1.5, 1.5), ylim=(-0.9, 0.9), yticks=[-0.5, 0, 0.5])
    keep(page.settled(figure), "smallest")

show_smallest()

# %% [markdown]
# The game should end at $\theta = 0$, where the fakes are right, and at
# $\psi = 0$, where nobody sees a difference. Let us call the distance from
# there $r = \sqrt{\theta^2 + \psi^2}$.
#
# We begin with losses without a logarithm. The discriminator wants a high
# number at real points and a low one at fakes, the generator a high one at
# fakes:
# $$L_D = \psi \theta - \psi \cdot 0 = \psi \theta, \qquad
# L_G = -\psi \theta$$
# (These are the losses of the **Wasserstein GAN**, WGAN for short, by
# Arjovsky and others 2017. There $D$ gives no probability but a *score*, and
# is called a *critic*.) The derivatives are
# $dL_D / d\psi = \theta$ and $dL_G / d\theta = -\psi$. Both take a step of
# length $h$ downhill, at the same time:
# $$\psi' = \psi - h \, \theta, \qquad \theta' = \theta + h \, \psi$$
# How far from the goal are they then? We square both, and add:
# $$r'^2 = \psi^2 - 2 h \, \psi \theta + h^2 \theta^2
# + \theta^2 + 2 h \, \psi \theta + h^2 \psi^2$$
# The terms with $\psi \theta$ cancel. What is left is
# $$r'^2 = (1 + h^2) \, (\theta^2 + \psi^2) = (1 + h^2) \, r^2$$
# With each step, $r$ grows by the factor $\sqrt{1 + h^2}$. It does so from
# everywhere, and however small $h$ is. After $n$ steps
# $$r_n = (1 + h^2)^{n/2} \; r_0$$
# Two players, each of whom descends with care, fly apart!
#
# If they take turns, $D$ first, then $G$ sees the new $\psi'$:
# $$\psi' = \psi - h \, \theta, \qquad \theta' = \theta + h \, \psi'$$
# Now there is a quantity that never changes. Look at
# $\theta'^2 - h \, \theta' \psi' = \theta' (\theta' - h \, \psi')$. By the
# second equation, the bracket is $\theta$. So this is $\theta' \theta$, and
# with $\theta' = \theta + h \psi - h^2 \theta$ (both equations together)
# $$\theta'^2 - h \, \theta' \psi'
# = \theta^2 + h \, \psi \theta - h^2 \theta^2$$
# Add $\psi'^2 = \psi^2 - 2 h \, \psi \theta + h^2 \theta^2$ on both sides:
# $$\theta'^2 + \psi'^2 - h \, \theta' \psi'
# = \theta^2 + \psi^2 - h \, \theta \psi$$
# The same before and after. Up to the small last term this is $r^2$. So the
# game neither comes nearer nor flies away: it goes round in a circle,
# for ever. This is **oscillation**.
#
# With the losses of lesson 11 the pulls of the two get factors. The
# discriminator's is $\sigma(t) = D$ at the fake, the generator's is $D$ with
# the minimax loss, and $1 - D$ with the non-saturating one. Here is the game
# for all three.

# %%
def sigmoid(t):
    return (1 + math.tanh(t / 2)) / 2  # 1 / (1 + e^-t), for any t

# %%
def pulls(loss, t):  # of D and of G, where the fake's logit is t
    if loss == "WGAN":
        return 1, 1
    D = sigmoid(t)
    return (D, D) if loss == "minimax" else (D, 1 - D)

# %%
def flat(psi):  # no penalty has no gradient
    return 0.0

def dirac(loss, steps, at_once=False, penalty=flat, mu=0.0):
    theta, psi, m_theta, m_psi = 1.0, 0.0, 0.0, 0.0
    path = [(theta, psi)]
    for _ in range(steps):
        pull, _ = pulls(loss, psi * theta)
        m_psi = mu * m_psi + pull * theta + penalty(psi)
        turned = psi - h * m_psi  # D's step
        seen = psi if at_once else turned  # by G
        _, pull = pulls(loss, seen * theta)
        m_theta = mu * m_theta - pull * seen
        theta, psi = theta - h * m_theta, turned  # G's step
        path.append((theta, psi))
        if math.hypot(theta, psi) > 1e6:
            break  # it has flown away
    return np.array(path)  # (steps + 1, 2), if it has not

# %% [markdown]
# **Check.** Are these pulls the derivatives of the library's losses?

# %%
theta, psi = Tensor(np.array([[0.7]])), Tensor(np.array([[-0.4]]))
at_fake = psi * theta
on_d = grad(gan.d_loss(psi * 0.0, at_fake), psi)
d, g = pulls("minimax", -0.28)
assert np.allclose(on_d, d * 0.7)
assert np.allclose(grad(gan.g_loss_minimax(at_fake), theta), -g * -0.4)
_, g = pulls("non-saturating", -0.28)
assert np.allclose(grad(gan.g_loss(at_fake), theta), -g * -0.4)
print("They are.")

# %% [markdown]
# We start at $\theta = 1$, $\psi = 0$. The WGAN plays both at once, the other
# two take turns.
#
# **Predict.** The WGAN at once flies away by our formula. In the minimax game
# both pulls have the same factor, so it should circle in turns, only more
# slowly. What does the non-saturating loss do: fly away, go round,
# or come to rest?

# %%
paths = {
    "WGAN, both at once": dirac("WGAN", 1000, at_once=True),
    "minimax, in turns": dirac("minimax", 1000),
    "non-saturating, in turns": dirac("non-saturating", 1000),
}

# %% Three games tags=["hide-input"]
@page.paper_style()
def show_paths(paths, name, title, caption, reach=1.4, shown=1001):
    figure, grid = page.plot(6.5, 2.5, title, caption, 1, len(paths))
    for axes, (label, walk) in zip(grid[0], paths.items(), strict=True):
        walk = walk[:shown]
        axes.plot(*walk.T, color=page.COLOURS[0], linewidth=0.6)
        axes.plot(*walk[0], "s", color=page.COLOURS[1], markersize=5)
        axes.plot(*walk[-1], "o", color=page.COLOURS[2], markersize=5)
        axes.plot(0, 0, "*", color=page.INK, markersize=8)
        axes.set(xlim=(-reach, reach), ylim=(-reach, reach), title=label,
                 aspect="equal", xlabel="the fake, θ", ylabel="slope, ψ")
        axes.label_outer()
    keep(page.settled(figure), name)

# %% Where they went tags=["hide-input"]
show_paths(
    paths, "orbits", "The same start, three losses",
    "1,000 steps each, from the square to the dot; the first one has soon "
    "left the picture. At the star the game would be at rest.",
)  # fmt: skip

# %%
def radius(path):
    return np.hypot(*path.T)

def close(value, theory, within=0.02):
    return abs(value / theory - 1) < within

# %%
flown = radius(paths["WGAN, both at once"])
grown, n = flown[-1], len(flown) - 1  # n steps
theory = (1 + h**2) ** (n / 2)
print(f"WGAN at once:     r = {grown:.2f}, by the formula {theory:.2f}")
assert close(grown, theory)
circling = radius(paths["minimax, in turns"])[-1]
print(f"minimax in turns: r = {circling:.3f}, on the circle 1")
claim(close(circling, 1), "the minimax game is still on its circle")
shrunk = radius(paths["non-saturating, in turns"])[-1]
print(f"non-saturating:   r = {shrunk:.3f}")

# %% [markdown]
# ## The surprise
#
# The non-saturating game does not go round for ever. It comes nearer, slower
# and slower. (Whoever keeps only the linear part of the velocities, as many
# theories do near the goal, would say that it circles, too.) Let us see why.
#
# When $h$ is small, we may see the steps as a motion in time. After $n$ steps
# the time is $t = n h$, and the velocities are minus the gradients:
# $$\frac{d\psi}{dt} = -D \, \theta, \qquad
# \frac{d\theta}{dt} = (1 - D) \, \psi$$
# How does $r^2 = \theta^2 + \psi^2$ change? By the chain rule
# $$\frac{d(r^2)}{dt} = 2 \theta \, \frac{d\theta}{dt}
# + 2 \psi \, \frac{d\psi}{dt}$$
# We put in both velocities:
# $$\frac{d(r^2)}{dt} = 2 \, \theta \psi \, (1 - 2 D)$$
# (With the minimax loss both factors are $D$, and it is 0: the circle.) Near
# the goal the logit $\psi \theta$ is small, and the sigmoid is nearly the
# straight line $D = 1/2 + \psi \theta / 4$, since its slope at 0 is 1/4. So
# $1 - 2 D = -\psi \theta / 2$, and
# $$\frac{d(r^2)}{dt} = -(\theta \psi)^2$$
# That is never positive. So it shrinks: at each moment one player pulls
# outward and the other one inward, and it is always the one who pulls inward
# who pulls harder. But how fast? While the point goes round, at the angle
# $a$, we have $\theta = r \cos a$ and $\psi = r \sin a$. Since
# $2 \sin a \cos a = \sin(2a)$, this makes
# $$(\theta \psi)^2 = \frac{r^4}{4} \sin^2(2a)$$
# The mean of $\sin^2$ over a round is 1/2. So on average
# $$\frac{d(r^2)}{dt} = -\frac{r^4}{8}$$
# Write $s$ for $r^2$, and look at $1/s$. By the chain rule its derivative is
# $-1/s^2$ times that of $s$, which is $-s^2/8$:
# $$\frac{d}{dt} \frac{1}{s} = \frac{1}{8}$$
# So $1/s$ grows at a steady pace, from 1 at our start: $1/s = 1 + t/8$. And
# $$r = \frac{1}{\sqrt{1 + t/8}}$$
# And if both step at once? Then each step adds what the last section has
# found, with $h/2$ in place of $h$, because both factors are near 1/2: in
# one step $r^2$ grows by $h^2 r^2 / 4$, in one unit of time (that is $1/h$
# steps) by $h r^2 / 4$. It stalls where growing and shrinking are equal:
# $$\frac{h \, r^2}{4} = \frac{r^4}{8}, \qquad \text{so} \quad
# r = \sqrt{2 h}$$

# %%
long = 3000
turnwise = radius(dirac("non-saturating", long))
at_once = radius(dirac("non-saturating", long, at_once=True))
t = h * np.arange(long + 1)
formula = 1 / np.sqrt(1 + t / 8)

# %%
print(f"in turns, 1,000 steps: {turnwise[1000]:.4f}, by the formula "
      f"{formula[1000]:.4f}")  # fmt: skip
print(f"at once, 3,000 steps:  {at_once[-1]:.4f}, sqrt(2 h) is "
      f"{math.sqrt(2 * h):.4f}")  # fmt: skip

# %% Checked tags=["hide-input"]
claim(close(turnwise[1000], formula[1000]), "the decay is the formula's")
claim(close(at_once[-1], math.sqrt(2 * h)), "it stalls at sqrt(2 h)")

# %% Decay and stall tags=["hide-input"]
keep(draw.curves(
    {"at once": at_once, "in turns": turnwise,
     "1 / sqrt(1 + t/8)": formula},
    x=np.arange(long + 1), levels={"sqrt(2 h)": math.sqrt(2 * h)},
    xlabel="step", ylabel="distance r from rest",
    title="The non-saturating loss comes nearer, ever more slowly",
    caption="The two lower lines lie upon each other: the game in turns, "
    "and its formula, in which nothing was fitted."), "decay")  # fmt: skip

# %% [markdown]
# ## What helps the smallest GAN
#
# **A penalty on the slope.** The brake of lessons 11 and 12, R1, is the
# squared slope at the real points, here $\psi^2$, times a weight that we call
# $\lambda$. Its derivative is $2 \lambda \psi$. Near the goal all factors are
# 1/2:
# $$\frac{d\psi}{dt} = -\frac{\theta}{2} - 2 \lambda \, \psi, \qquad
# \frac{d\theta}{dt} = \frac{\psi}{2}$$
# We take the derivative of the second, put in the first, and replace $\psi$ by
# $2 \, d\theta/dt$:
# $$\frac{d^2\theta}{dt^2} = -\frac{\theta}{4}
# - 2 \lambda \, \frac{d\theta}{dt}$$
# School physics knows this as a pendulum with friction. We try
# $\theta = e^{\mu t}$. Each derivative brings a factor $\mu$, and dividing
# by $e^{\mu t}$ leaves
# $$\mu^2 + 2 \lambda \mu + \frac{1}{4} = 0, \qquad
# \mu = -\lambda \pm \sqrt{\lambda^2 - \frac{1}{4}}$$
# Below $\lambda = 1/2$ the root is of a negative number: the game still goes
# round, and shrinks like $e^{-\lambda t}$. At $1/2$ it goes straight to rest,
# and nothing is faster. Above, one of the two roots is nearer to 0 again: too
# much friction, and the discriminator hardly dares to lean. (In the paper the
# penalty has a factor 1/2, and there the best weight is 1.)

# %%
def r1_slope(weight):
    return lambda psi: 2 * weight * psi

def gp_slope(psi):  # of 0.1 (|psi| - 1)^2
    return 0.2 * (abs(psi) - 1) * np.sign(psi)

# %%
cured = {
    f"R1, weight {r1:g}": dirac("minimax", 1000, penalty=r1_slope(r1)),
    "R1, weight 0.5": dirac("minimax", 1000, penalty=r1_slope(0.5)),
    "WGAN-GP": dirac("WGAN", 1000, penalty=gp_slope),
}
for name, path in cured.items():
    print(f"{name:16} r = {radius(path[:301])[-1]:.5f} after 300 steps")

# %% With penalties tags=["hide-input"]
show_paths(
    cured, "penalised", "Three penalties on the slope of D",
    "1,000 steps in turns; the R1 games have the minimax loss. R1 wants "
    "the slope 0. WGAN-GP wants the slope 1 or -1, so it cannot rest at "
    "the star.", reach=1.6,
)  # fmt: skip

# %% Checked tags=["hide-input"]
claim(radius(cured["R1, weight 0.5"][:301])[-1] < 0.001, "R1 rests")
claim(radius(cured["WGAN-GP"])[-1] > 1, "WGAN-GP does not")

# %% [markdown]
# WGAN-GP, the gradient penalty of Gulrajani and others (2017), was made for
# the WGAN. It wants every slope of the critic to be 1 in size. Then its score
# measures a distance, and a critic that is far ahead still shows the way. But
# at rest the slope should be 0, and this penalty forbids it.
#
# **The average of the path.** Whoever goes round in a circle is never in its
# middle, but the mean of the places is. This is why the calm copy of lesson
# 11 is good although nothing has settled.
#
# **And momentum?** It does the opposite: it goes on in the direction in which
# the circle has just been left.
#
# **Predict.** The non-saturating game comes to rest by itself. What does it
# do with momentum 0.9? And if that is bad, would R1 save it?

# %%
swung = {
    f"momentum {momentum:g}": dirac("non-saturating", 1000, mu=momentum),
    "the same, with R1": dirac(
        "non-saturating", 1000, penalty=r1_slope(0.5), mu=momentum),
    "momentum -0.5": dirac("non-saturating", 1000, mu=-0.5),
}  # fmt: skip
for name, path in swung.items():
    print(f"{name:17} r = {radius(path)[-1]:.1e} after {len(path) - 1} "
          "steps")

# %%
middle = paths["minimax, in turns"].mean(axis=0)
print(f"mean of the circle's places: r = {np.hypot(*middle):.3f}")

# %% Checked tags=["hide-input"]
claim(radius(swung[f"momentum {momentum:g}"])[-1] > 100, "it flies away")
claim(radius(swung["the same, with R1"])[-1] < 0.01, "R1 saves it")

# %% [markdown] tags=["explorer:dirac"]
# With momentum it flies away, a million far after little more than two
# hundred steps. Here a penalty saves it. A *negative* momentum, which takes
# part of the last step back, does no harm: the game comes a little nearer
# than without any. And the mean of the circle's places is near the middle.

# %% [markdown]
# ## Which cure helps against what?
#
# Two weights are not a net. So let us try the cures where we can count: on
# the ring of eight heaps, with nets of three hidden layers and 1,500 turns.
# A mode is found if it has a quarter of its share in good fakes, as in lesson
# 11. Each cure plays six games: with the seeds 0, 1 and 2, without momentum
# and with Adam's usual 0.9. That takes some minutes, so they have been played
# before (`python -m lessons.tables cures`). In the table are the modes found
# by the generator itself, and by the average of its path.
#
# **Predict.** Against momentum, in the smallest GAN, R1 was enough. Will it
# be enough here?

# %%
found = rows("cures")
print(f"{len(found)} games of {cures.TURNS:,} turns, of WGAN-GP "
      f"{cures.CRITIC_TURNS}")  # fmt: skip

# %%
print(f"{'':18}{'without momentum':>20}{'momentum 0.9':>20}")
print(f"{'':18}" + 2 * f"{'G':>10}{'average':>10}")
for name in cures.CURES:
    cells = [
        column(found, which, cure=name, momentum=mu)
        for mu in (0.0, 0.9)
        for which in ("modes", "average_modes")
    ]
    texts = [" ".join(f"{n:.0f}" for n in cell) for cell in cells]
    print(f"{name:18}" + "".join(f"{text:>10}" for text in texts))

# %% The cures tags=["hide-input"]
@page.paper_style()
def show_cures(title, caption):
    figure, grid = page.plot(6.5, 2.9, title, caption, 1, 2, above=0.05)
    kinds = {"modes": "the generator itself",
             "average_modes": "the average of its path"}  # fmt: skip
    names = list(cures.CURES)
    styles = {0.0: ("o", page.COLOURS[0], "without momentum", -0.16),
              0.9: ("X", page.COLOURS[1], "momentum 0.9", 0.16)}
    for axes, (which, label) in zip(grid[0], kinds.items(), strict=True):
        for mu, (marker, colour, words, shift) in styles.items():
            for seed in range(3):
                n = [column(found, which, cure=name, momentum=mu,
                            seed=seed) for name in names]  # fmt: skip
                axes.plot(np.ravel(n) + 0.12 * (seed - 1),
                          np.arange(len(names)) + shift, marker,
                          color=colour, markersize=4.5, linestyle="",
                          label=words if seed == 0 else None)
        axes.set(title=label, xlim=(-0.5, 8.5), xticks=range(0, 9, 2),
                 yticks=range(len(names)), xlabel="modes found, of 8",
                 ylim=(len(names) - 0.5, -0.5))  # fmt: skip
        axes.set_yticklabels(names)
        axes.label_outer()
    grid[0, 0].legend(loc="lower left", bbox_to_anchor=(0, 1.1), ncols=2)
    keep(page.settled(figure), "cures")

# %% Six cures tags=["hide-input"]
show_cures(
    "Six cures, two ways to step, three seeds",
    "Each mark is a game on the ring of eight heaps: blue discs without "
    "momentum, orange crosses with Adam's usual 0.9.",
)  # fmt: skip

# %% [markdown]
# Look at the blue discs first. Without momentum, the bare game loses one heap
# with every seed, as in lesson 11. R1, R1 + R2 and noise find all eight with
# all seeds, and so does the average of WGAN-GP and of packing. Whoever has
# taken the momentum away may choose.
#
# Now the orange crosses. With momentum the bare game finds none, none and six,
# and its average none at all. A penalty alone is no cure: with R1 the
# generator holds 2, 2 and 5. (Its average finds most of the heaps, but more
# than half of what it makes lies beside them.) Noise helps with some seeds
# only. *Packing finds eight of eight each time.*
#
# So what is true of two weights need not be true of a net. In the smallest
# GAN there is nothing to collapse: it has one fake and one place for it. It
# is a model of the oscillation alone. And two cures together are not always
# better than one: with momentum, packing and penalties find less than packing
# does by itself. Why, we do not know. Nor are three seeds many, and a ring is
# not a set of photographs.
#
# Let us run one of the rows again, here and now.

# %%
shortened = 20 if knobs.quick else None
again = cures.measure_row(0.9, cure, knobs.seed, shortened)
print(f"{cure}: {again['modes']} of 8 modes, {again['good']:.0%} good; "
      f"the average {again['average_modes']}, "
      f"{again['average_good']:.0%}")  # fmt: skip

# %% Checked tags=["hide-input"]
claim(again["modes"] == 8, "packing finds all eight against momentum",
      f"{again['modes']}")  # fmt: skip
none = column(found, "modes", cure="none", momentum=0.9)
assert sum(n < 2 for n in none) >= 2
for name in ("R1", "R1 + R2", "noise"):
    assert column(found, "modes", cure=name, momentum=0.0) == [8, 8, 8]

# %% [markdown]
# ## Specks
#
# One symptom is left that everybody sees who trains dense nets on images:
# single white pixels in the black. Lesson 12 has shown them, and said that a
# dense net does not know which pixels are neighbours. We count a pixel as a
# speck if it is brighter than 0.5, and its eight neighbours are all darker
# than 0.25, and count during a short game of the two nets from above, for
# the generator and for its calm copy.
#
# **Predict.** Which of them will have more specks, and do they become fewer
# as the game goes on?

# %%
def specks(x):  # images in [-1, 1] -> specks in each, on average
    white = (to_numpy(x).reshape(-1, tall, wide) + 1) / 2
    framed = np.pad(white, ((0, 0), (1, 1), (1, 1)))
    around = [framed[:, i : i + tall, j : j + wide]
              for i in range(3) for j in range(3) if (i, j) != (1, 1)]
    alone = (white > 0.5) & (np.max(around, axis=0) < 0.25)
    return alone.sum() / len(white)

# %%
rng = np.random.default_rng(knobs.seed)
G, D = image_nets(rng)
calm = copy.deepcopy(G)
adams = [Adam(net.parameters(), 0.001, (0.0, 0.99)) for net in (G, D)]
game = itertools.islice(play(G, D, adams, draw_images, rng), spotted)
counts = {"generator": [], "calm copy": []}
for n, _ in enumerate(progress(game, spotted), 1):
    gan.move_average(calm, G, 0.99)
    if n % (spotted // 10) == 0:
        counts["generator"].append(specks(fakes(G, z_asked)))
        counts["calm copy"].append(specks(fakes(calm, z_asked)))

# %%
real = specks(X[:1000])
for name, few in counts.items():
    print(f"{name:10}", *[f"{n:5.1f}" for n in few])
print(f"real images {real:.2f}")

# %% Specks in pictures tags=["hide-input"]
keep(draw.image_rows(
    {"generator": (fakes(G, z_asked)[:12] + 1) / 2,
     "calm copy": (fakes(calm, z_asked)[:12] + 1) / 2,
     "real": (X[:12] + 1) / 2}, images.image_shape,
    title=f"Specks after {spotted} turns",
    caption="The same codes for the generator and for its calm copy."),
    "specks")  # fmt: skip

# %% Specks in numbers tags=["hide-input"]
keep(draw.curves(
    counts, x=spotted // 10 * np.arange(1, 11), xlabel="turns",
    ylabel="specks in an image", levels={"real images": real},
    title="Specks while the game goes on"),
    "speck_counts")  # fmt: skip

# %% Checked tags=["hide-input"]
claim(counts["calm copy"][-1] < 0.6 * counts["generator"][-1],
      "the calm copy has little more than half of the specks, or less")
claim(counts["calm copy"][-1] < 0.8 * max(counts["calm copy"]),
      "those of the calm copy become fewer")  # fmt: skip

# %% [markdown]
# At first they become more: a fake has to have a black background before
# single pixels can stand out in it. Then those of the calm copy become fewer,
# and it has a fraction of the generator's all the time. (The generator's
# become fewer more slowly, and with the seeds 1 and 2 hardly at all.) What
# does that tell us? An average over turns takes away what changes from turn
# to turn. So most specks come and go: they are an oscillation, of each pixel
# by itself. What is left even in the calm copy, we cannot explain fully. Nets
# in which neighbouring pixels share weights, the convolutional nets of lesson
# 17, are said to have hardly any. We have not measured that here.
#
# ## The table
#
# Here it is, for your own games. Look first, then ask the losses, and only
# then turn knobs. (The row on missing modes is the lost heap of lesson 11.
# And in the book you can play with all of these accidents: the explorer of
# lesson 11 has a game for each.)

# %% The table tags=["hide-input"]
TABLE = {
    "Mode collapse": (
        "fakes all alike, or of few kinds, whatever the code",
        "nothing special: near log 4, swaying",
        "one point is the best answer to a D that is slow to reply",
        "a slower G; packing; momentum 0"),
    "D wins": (
        "fakes do not change any more, but differ from each other",
        "D's near 0, G's large",
        "real and fake do not overlap: minimax gradients vanish",
        "the non-saturating loss; R1, R2; instance noise"),
    "Oscillation": (
        "fakes come and go, good and bad by turns",
        "both sway, none has a trend",
        "each player answers what the other one has just been",
        "R1, R2; no momentum; the average of the path; smaller steps"),
    "Missing modes": (
        "good fakes, but some kinds never come (count them!)",
        "D's a little below log 4",
        "no arrow leads across the gap between two heaps",
        "R1, R2; noise; packing"),
    "Specks": (
        "single white pixels",
        "nothing special",
        "pixels oscillate by themselves; not fully known",
        "the average of the path; more turns; convolutions"),
}  # fmt: skip

# %% Printed tags=["hide-input"]
for name, row in TABLE.items():
    print(name)
    for label, text in zip(("see", "losses", "cause", "cure"), row,
                           strict=True):  # fmt: skip
        print(f"    {label:8}{text}")

# %% [markdown]
# The overview article that this course answers names two troubles of training
# in its section 7, vanishing gradients and oscillation, and hopes for better
# training strategies. You have now seen both, with the cause of each, a
# formula for the second, and strategies that were measured. Mode collapse,
# which it does not name, is the third.
#
# ## Looking back
#
# The losses of a GAN do not tell you how it fares: a collapsed game and a
# healthy one may have the same. Three accidents we have caused on purpose.
# A generator that runs ahead of the reply puts everything in one place. A
# discriminator that is too sure says nothing useful. And two players who answer each other
# go in circles, unless something makes them lose a little speed in each round.
# In the smallest GAN all of this is a formula. In real nets it is a table of
# experiments.
#
# Two things we have not understood: why penalties fail against momentum here,
# and why some specks outlast an average.
#
# We have counted modes, because we knew where they were. For images nobody
# knows that. Lesson 14 asks how one measures a GAN then, and how each measure
# can be fooled.

# %% [markdown] tags=["footer"]
# ## Try
#
# 1. `g_lr=0.001`: In the first game the generator learns as fast as the
#    discriminator. Is momentum alone enough for a collapse?
#
#    **Answer.** Not for this one. The width of the fakes is 1.17, more than
#    that of the real points. But they still do not rest: they sweep over the
#    ring as a thread, a fan, a cross, and stay on no heap. It is the game
#    "none" with momentum in the table of cures.
#
# 2. `beta1=0.0`: The fast generator again, but without momentum. Is it still
#    a blob?
#
#    **Answer.** No. The width is 1.02, the fakes run along rays towards the
#    heaps as in lesson 11, and overshoot. So it takes both for the blob, a
#    fast generator and momentum, by which it goes on running.
#
# 3. `h=0.5`: A step five times as long in the smallest GAN. Which of the
#    formulas still hold?
#
#    **Answer.** Nearly all. The WGAN's growth is exact for any step. The
#    non-saturating game is at .124 after 1,000 steps, by the formula .125,
#    and at once it stalls at .986, where $\sqrt{2h}$ is 1. The minimax game
#    ends at .977, a little off its circle. But with momentum 0.9 not even R1
#    saves the game any more: for steps that long it is no slow motion.
#
# 4. `r1=5.0`: Ten times the best weight. Is more better?
#
#    **Answer.** No. The game is still at .48 after 300 steps, where the
#    weight 0.5 has reached .00003, and our 0.05 is at .22. By the
#    formula the slow root is $-5 + \sqrt{24.75} = -0.025$, so that 300 steps,
#    a time of 30, leave $e^{-0.75} = .47$.
#
# 5. `cure=noise`: Noise against momentum, seed 0. Does it hold?
#
#    **Answer.** Half. The generator finds 6 modes, with 59 % of its fakes
#    good, and the average 8, with 46 %. With seed 1 it finds none (see the
#    table), so do not trust one seed.
#
# 6. `alone=800`: A discriminator that has 800 steps alone, twice as many.
#    Does Adam still save the minimax loss?
#
#    **Answer.** It begins to. With plain descent a pixel again moves by
#    .00000, and with Adam by .62: the gradients are still far above what
#    rounding leaves. But after the 200 turns of this run the discriminator's
#    loss is still close to 0, so the game is not level yet.
#
# ## Exercises
#
# `python -m lessons check 13` tests your answers to these.
#
# - *Change it*: `wgan_gp_turn`, a turn of each player in the smallest GAN,
#   with the gradient penalty.
# - *Build it*: `blurred`, instance noise that falls to 0. `diagnose`, the
#   table of symptoms as a function.
# - *Break it*: `too_much`, a weight of R1 that makes the game fly away.
#
# ## Sources
#
# - Mescheder, Geiger and Nowozin, *Which Training Methods for GANs do
#   actually Converge?* (2018), arXiv:1801.04406: Dirac-GAN (definition 2.1),
#   R1 and R2 (equations 9 and 10, with a factor 1/2), WGAN-GP and instance
#   noise on it. Their theory is that of the linear part. The rate
#   $1/\sqrt{1 + t/8}$ comes from the next term, and is worked out here.
# - Arjovsky and Bottou, *Towards Principled Methods for Training GANs*
#   (2017), arXiv:1701.04862: why a perfect $D$ teaches nothing.
# - Sønderby and others, *Amortised MAP Inference for Image Super-resolution*
#   (2017), arXiv:1610.04490, for instance noise.
# - Lin, Khetan, Fanti and Oh, *PacGAN* (2018), arXiv:1712.04086, for packing.
# - Arjovsky, Chintala and Bottou, *Wasserstein GAN* (2017),
#   arXiv:1701.07875. Gulrajani and others, *Improved Training of Wasserstein
#   GANs* (2017), arXiv:1704.00028, for the gradient penalty.
# - Gidel and others, *Negative Momentum for Improved Game Dynamics* (2019),
#   arXiv:1807.04740. Yazici and others, *The Unusual Effectiveness of
#   Averaging in GAN Training* (2019), arXiv:1806.04498.
#
# ## For maintainers
#
# **Takes** 40 minutes to read, 40 s to run.
# **Recorded** with quick=False data=mnist5k seed=0 backend=numpy turns=1000
# g_lr=0.01 d_lr=0.001 beta1=0.9 alone=400 h=0.1 r1=0.05 momentum=0.9
# spotted=600 cure=packing (2026-11-29)
# **Measured** over seeds 0, 1, 2: in the first game D's loss, mean of the
# second half, 1.44, 1.44, 1.80 (claimed: .6); width of the fakes .11, .27, .01
# (claimed: .3 of the real points' .99). Norm of the minimax gradient after 400
# steps 2.4e-5, 2.5e-5, 3e-6, with the brake .010, .018, .011 (claimed: a
# hundred times as much). A pixel has moved by 0, 0, 0 with minimax, .61, .60,
# .67 with the non-saturating loss, .60, .69, .56 with minimax and Adam.
# Packing, run again: 8, 8, 8 modes, 79, 88, 83 % good. Specks of the calm copy
# .7, 1.1, 1.0 (claimed: .6 of the generator's 6.2, 8.8, 8.5, and .8 of its own
# most, 2.4, 1.9, 2.0). The smallest GAN has no random numbers. The table of
# cures took 213 s of one core; the lesson takes 34 s of it, 5 s in quick mode.
