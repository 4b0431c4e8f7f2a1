# %% [markdown]
# # 13. When GANs fail
#
# Here is a game on the ring of lesson 11: the same eight heaps, the same
# nets, the same losses. Only this is different: the generator learns ten
# times as fast as the discriminator, and both have Adam's usual momentum.
# It sounds harmless. Let us watch what becomes of it.

# %%
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
alone = 10 if knobs.quick else 400  # steps of D on images, before G's first
h = 0.1  # how far one step goes in the smallest GAN
r1 = 0.05  # weight of its penalty on D's slope
momentum = 0.9  # of plain descent, in the smallest GAN
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
adams = Adam(G.parameters(), g_lr, betas), Adam(D.parameters(), d_lr, betas)
game = itertools.islice(play(G, D, adams, cures.ring, rng), turns)

# %% The film tags=["hide-input"]
often = max(turns // 40, 1)
losses, frames, path, widths = [], [], [], []
for n, pair in enumerate(progress(game, turns), 1):
    losses.append(pair)
    made = to_numpy(fakes(G, z_shown))
    path.append(made.mean(axis=0))
    widths.append(made.std(axis=0).mean())
    if n % often == 0 and n > turns // 3:
        frames.append(frame(G, D, f"after {n:,} turns"))
losses, path, widths = np.array(losses), np.array(path), np.array(widths)
keep(draw.animation(frames, seconds=0.35, last=2, most=190_000), "hops")

# %% [markdown]
# The map is $D$'s logit, as in lesson 11: blue says real, orange says fake.
# The red dots are 300 fakes. You see fewer? They lie on top of each other.
# Whatever the code, the generator makes one and the same point, and this
# point never rests. It runs into the blue. The blue turns orange there, and
# it runs on.
#
# **Predict.** You know this only because you could watch. Suppose that you
# had nothing but the two losses, as for a game on images. What does the
# discriminator's loss look like here: near 0, near $\log 4$, or far above?

# %% The losses of the first game tags=["hide-input"]
block = 20
means = losses[: len(losses) // block * block].reshape(-1, block, 2)
means = means.mean(axis=1)
keep(draw.curves(
    {"discriminator": means[:, 0], "generator": means[:, 1]},
    x=block * np.arange(1, len(means) + 1), xlabel="turns", ylabel="loss",
    levels={"log 4": math.log(4), "log 2": math.log(2)},
    title="The losses of a game in which all fakes are alike",
    caption="Each point of a line is the mean of 20 turns."),
    "hop_losses")  # fmt: skip

# %%
def width(points):  # the standard deviation, averaged over coordinates
    return float(to_numpy(points).std(axis=0).mean())

late = slice(turns // 2, None)
print(f"D's loss, mean of the second half: {losses[late, 0].mean():.2f}")
print(f"width of the fakes there:          {np.median(widths[late]):.2f}")
print(f"width of the real points:          {width(heaps):.2f}")
claim(losses[late, 0].mean() > 0.6, "D is far from winning",
      f"its loss is {losses[late, 0].mean():.2f}")  # fmt: skip
claim(np.median(widths[late]) < 0.3 * width(heaps),
      "the fakes are far narrower than the real points",
      f"their width is {np.median(widths[late]):.2f}")  # fmt: skip

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
# and that is what the film shows.
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
    for n, _ in enumerate(itertools.chain([0], train_alone(G, D, rng, brake))):
        for name, loss in LOSSES.items():
            key = name + (", D with brake" if brake else "")
            if n in moments:
                size = norm_of_gradient(G, D, loss)
                norms.setdefault(key, []).append(size)
    if not brake:
        winner = G, D  # we come back to these two
for key, sizes in norms.items():
    print(f"{key:28}", *[f"{size:8.2g}" for size in sizes[::2]])
