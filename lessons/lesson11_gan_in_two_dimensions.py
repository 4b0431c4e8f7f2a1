# %% [markdown]
# # 11. A GAN in two dimensions
#
# In lesson 0 a forger and a detective played against each other, and at the
# end the forger could draw digits. You saw what came out. What went on
# between the two of them you could not see: an image has hundreds of numbers,
# and nobody can draw a map with hundreds of axes.
#
# So let us give them something smaller to forge. In this lesson an "image"
# is a point on a plane: two numbers, and nothing else. The real points lie
# in eight round heaps on a ring, and the forger has never seen them. Now all
# of the game fits on one page. We can draw what the detective thinks of
# every place at once, and at each forgery an arrow that shows what the
# forger is told about it. Then we let it run as a film.

# %%
import copy
import itertools
import math

import numpy as np

from lessons.support import claim, keep, options, progress
from scratchgen import MLP, Adam, Tensor, data, draw, gan, grad, measure
from scratchgen.backend import asarray, normal, to_numpy
from scratchgen.draw import page
from scratchgen.engine import detach, no_grad
from scratchgen.functions import bce_with_logits, sigmoid
from scratchgen.optim import cosine

# %% Knobs
knobs = options("gan_in_two_dimensions", seed=0)
modes = 8  # heaps on the ring
spread = 0.07  # how far a heap's points scatter: their standard deviation
units = 64  # in each of the three hidden layers of both nets
batch = 256  # points of each kind in a step
lr = 0.001  # the learning rate of both players
beta1 = 0.0  # Adam's momentum; 0.9 is usual, and 0 is none
brake = 0.03  # how much D pays for steepness, in the last two games
saturate = False  # True: there G descends the minimax loss
alone = 10 if knobs.quick else 100  # D's steps before G's first
turns = 20 if knobs.quick else 1500  # of each player, in a whole game
taught = 30 if knobs.quick else 3000  # steps of D on two known densities

# %% [markdown]
# Here are the real points, and two nets as in lesson 4, with random weights.

# %%
def ring(n, rng):
    x, _ = data.ring(n, rng, modes=modes, radius=1.4, std=spread)
    return asarray(x)

def new_nets(rng):
    G = MLP([2, units, units, units, 2], rng=rng)
    D = MLP([2, units, units, units, 1], rng=rng)
    return G, D

# %%
rng = np.random.default_rng(knobs.seed)
G, D = new_nets(rng)
real = ring(batch, rng)
with no_grad():  # numbers alone: no gradient is wanted here
    fake = G(normal(rng, (batch, 2)))

# %% Before the game tags=["hide-input"]
keep(draw.points(
    fake, data=real, title="Real points, and an untrained forger's",
    caption="Data: the real points. Samples: what a generator with random "
    "weights makes of random codes."), "start")  # fmt: skip

# %% [markdown]
# Each of the eight heaps is called a **mode** of the data. Among digits the
# modes would be the ten digits, and the ways to write each of them.
#
# The forger is the *generator* $G$, the first of our nets. In goes a latent
# code $z$, here two normal random numbers, and out comes a point, $G(z)$. We
# call such points *fakes*. The detective is the *discriminator* $D$. In goes a
# point $x$, and out comes one number, a logit $t$ as in lesson 5. There ten
# logits were made into ten shares. Here there are only two classes, real and
# fake, so one logit is enough, and the sigmoid of lesson 4 makes a share of
# it:
# $$D(x) = \sigma(t) = \frac{1}{1 + e^{-t}}$$
# This is how probable it is, in the discriminator's eyes, that $x$ is real.
# At $t = 0$ it is a half: no idea. At $t = 4$ it is nearly 1, at $t = -4$
# nearly 0.

# %% The two nets tags=["hide-input"]
hidden = f"3 × {units} ReLUs"
keep(draw.network(
    "code z -> [generator G] -> fake -> [discriminator D] <- real\n"
    "[discriminator D] -> logit t",
    sizes={"code z": 2, "generator G": hidden, "fake": 2, "real": 2,
           "discriminator D": hidden, "logit t": 1},
    title="A generative adversarial network on the plane",
    caption="The discriminator is shown one point at a time, real or "
    "fake, and is not told which."), "nets")  # fmt: skip

# %% [markdown]
# ## The detective's turn
#
# The discriminator is a classifier, and it learns as in lesson 5: minus the
# logarithm of the share that it gives to the right answer should be small.
# For a real point this share is $D(x)$, and for a fake it is $1 - D(x)$. So
# the discriminator's loss is
# $$L_D = -\log D(x) - \log(1 - D(G(z)))$$
# averaged over a batch of real points $x$ and a batch of codes $z$. This is
# the cross-entropy of lesson 5 for two classes, the **binary cross-entropy**.
# The library's `bce_with_logits(t, 1)` is $-\log \sigma(t)$, and with a 0 it is
# $-\log(1 - \sigma(t))$.

# %%
def d_step(D, adam, real, fake):
    loss = bce_with_logits(D(real), 1).mean()  # -log D(x)
    loss = loss + bce_with_logits(D(fake), 0).mean()  # -log(1 - D(fake))
    adam.step(grad(loss, D.parameters()))
    return float(detach(loss))

# %% [markdown]
# Before the game begins, we let the discriminator learn alone. The generator
# stays as it is, and makes the red fan of the picture again and again.
#
# **Predict.** Where will the discriminator say "real": only on the eight
# heaps, or elsewhere, too?

# %%
d_adam = Adam(D.parameters(), lr, (beta1, 0.99))
for _ in range(alone):
    with no_grad():
        fake = G(normal(rng, (batch, 2)))
    loss = d_step(D, d_adam, ring(batch, rng), fake)
print(f"D's loss after {alone} steps: {loss:.2f}")

# %% A map of the logit tags=["hide-input"]
EDGE = (-2.3, 2.3)  # of the plane that we draw

def paint(axes, D, real, fake, tails=None, longest=8):
    """Draw D's logit, real points, fakes, and arrows at `tails`."""
    line = np.linspace(*EDGE, 91)
    plane = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
    t = to_numpy(detach(D(asarray(plane.astype("float32")))))
    filled = axes.contourf(
        line, line, np.clip(t, -3.99, 3.99).reshape(91, 91),
        np.linspace(-4, 4, 17), cmap=page.colour_map(signed=True),
        vmin=-8, vmax=8,
    )  # fmt: skip
    axes.scatter(*to_numpy(real).T, s=4, color=page.BEHIND,
                 linewidths=0, label="real points")  # fmt: skip
    axes.scatter(*to_numpy(fake).T, s=7, color=page.COLOURS[2],
                 linewidths=0, label="fakes")  # fmt: skip
    axes.set(xlim=EDGE, ylim=EDGE, aspect="equal", xticks=[], yticks=[])
    if tails is not None:
        draw_arrows(axes, D, tails, longest)
    return filled

def draw_arrows(axes, D, tails, longest):
    """Draw the gradient of the logit at `tails`, cut at `longest`."""
    arrows, tails = arrows_at(D, tails), to_numpy(tails)
    length = np.maximum(np.hypot(*arrows.T)[:, None], 1e-9)
    arrows = arrows * np.minimum(1, longest / length)
    axes.quiver(*tails.T, *arrows.T, angles="xy", scale_units="xy",
                scale=2 * longest, color=page.INK, width=0.0035,
                minlength=0)
    cut = f", cut at {longest}" if (length > longest).any() else ""
    axes.plot([], [], color=page.INK, linestyle="none", markersize=10,
              marker=r"$\rightarrow$", markeredgewidth=0,
              label=f"arrows{cut}")  # fmt: skip

# %% Its page tags=["hide-input"]
@page.paper_style()
def show_map(title, caption, *arguments, **settings):
    """A figure of what `paint` draws, with a legend and a scale."""
    figure, grid = page.plot(4.3, 3.7, title, caption)
    axes = grid[0, 0]
    filled = paint(axes, *arguments, **settings)
    axes.legend(**page.LEGEND, handletextpad=0.4, markerscale=1.5)
    bar = figure.colorbar(filled, ax=axes, shrink=0.6, pad=0.02,
                          ticks=[-4, -2, 0, 2, 4], label="logit")
    bar.ax.set_yticklabels(["-4 fake", "-2", "0 no idea", "2", "4 real"])
    bar.outline.set_visible(False)
    return page.trimmed(page.settled(figure))

shown = G(normal(np.random.default_rng(1), (70, 2)))
shown = to_numpy(detach(shown))  # the fakes that carry an arrow
shown = shown[np.abs(shown).max(axis=1) < EDGE[1]]
some = ring(300, np.random.default_rng(1))
keep(show_map(
    "What the discriminator thinks of every place",
    "Its logit. Beyond 4 and -4 the colours stay the same. Fakes beyond "
    "the edge are not shown.", D, some, shown), "alone")  # fmt: skip

# %% [markdown]
# It says "real" nearly everywhere, even far away from any heap! Nobody has
# shown it anything there, so no loss has told it otherwise. What it has
# learnt is where the fakes are. A discriminator does not know what is real.
# It knows the *difference* between the real points and the fakes of today.
#
# ## An arrow for each fake
#
# Now comes the moment on which everything depends. The generator shall
# improve, and has never seen a real point. But it can ask: *if I moved this
# fake a little, which way should it go to look more real?*
#
# That is a derivative, and we know how to get it. It is the gradient of the
# logit with respect to the two coordinates of the point,
# $$\nabla_x \, t = \left( \frac{\partial t}{\partial x_1}, \;
# \frac{\partial t}{\partial x_2} \right)$$
# and it points where the logit rises fastest: uphill on our map. So far we
# have always asked for gradients with respect to weights. The engine does
# not care.

# %%
def arrows_at(D, points):
    x = Tensor(points)
    return to_numpy(grad(D(x).sum(), x))  # (N, 2): an arrow for each point

# %% [markdown]
# (Why the sum? `grad` wants one number to differentiate. Each logit depends
# on its own point alone, so in the gradient of the sum every point finds its
# own arrow.)
#
# **Predict.** Look at the map again. Does the arrow at each fake point to
# the nearest heap?

# %% Arrows tags=["hide-input"]
steepest = np.hypot(*arrows_at(D, shown).T).max()
keep(show_map(
    "Where each fake is told to go",
    "The same map. Each arrow is the gradient of the logit at a fake: "
    "uphill, and the longer, the steeper. At the longest one the logit "
    f"rises by {steepest:.0f} per unit of length.",
    D, some, shown, tails=shown, longest=20), "arrows")  # fmt: skip

# %% [markdown]
# Not quite. They point straight across the contour lines, uphill. Some of
# them do meet a heap. Others lead into the empty blue. The discriminator will
# learn soon enough that nothing real is there, but only once it is shown
# fakes from there.
#
# ## The forger's turn
#
# The generator cannot move its points one by one. All that it has are its
# weights, and a step of them moves all fakes together. Its loss should say:
# I want to be called real. So it takes what the discriminator would have to
# pay if the fake *were* real:
# $$L_G = -\log D(G(z))$$
# The chain rule does the rest. The gradient of $L_G$ goes back through $D$
# down to the fake, which gives the arrow, and from there on through $G$ to
# its weights. We ask `grad` for the weights of $G$ alone, so the
# discriminator stays as it is.

# %% What goes back tags=["hide-input"]
figure = draw.network(
    "code z -> [generator G] -> fake -> [discriminator D] <- real\n"
    "[discriminator D] -> logit t -> loss of G, loss of D",
    title="What goes back, and how far",
    caption="Grey: what is computed. Red: the gradient of G's loss. It "
    "goes through D, becomes the arrow at the fake, and ends at G's "
    "weights. Green: the gradient of D's loss ends at D's "
    "weights.")  # fmt: skip
axes = figure.axes[0]
at = {text.get_text(): text.get_position() for text in axes.texts}
red = ["loss of G", "logit t", "discriminator D", "fake", "generator G"]
green = ["loss of D", "logit t", "discriminator D"]
for way, colour, side in ((red, 2, 1), (green, 3, -1)):
    for a, b in itertools.pairwise(way):
        (x0, y0), (x1, y1), up = at[a], at[b], 0.19 * side
        look = {"arrowstyle": "-|>", "color": page.COLOURS[colour],
                "linewidth": 1.4, "connectionstyle": f"arc3,rad={up}"}
        axes.annotate("", (x1, y1 + up), (x0, y0 + up), arrowprops=look)
keep(figure, "back")

# %% [markdown]
# In code:

# %%
def g_loss(t):  # t: the logits of fakes
    return bce_with_logits(t, 1).mean()  # -log D(G(z))

def g_step(G, D, adam, z, loss_of=g_loss):
    loss = loss_of(D(G(z)))
    adam.step(grad(loss, G.parameters()))
    return float(detach(loss))

# %% [markdown]
# And this is the whole game: one turn each, again and again. While $D$ has
# its turn, `no_grad` makes the fakes plain numbers, since $G$ is not to move
# then.

# %%
def play(G, D, draw_real, rng, d_turn=d_step, loss_of=g_loss):
    g_adam = Adam(G.parameters(), lr, (beta1, 0.99))
    d_adam = Adam(D.parameters(), lr, (beta1, 0.99))
    for _ in range(turns):
        real = draw_real(batch, rng)
        with no_grad():
            fake = G(normal(rng, (batch, 2)))
        loss_d = d_turn(D, d_adam, real, fake)
        z = normal(rng, (batch, 2))
        loss_g = g_step(G, D, g_adam, z, loss_of)
        yield loss_d, loss_g

# %% [markdown]
# We use Adam, but without its momentum ($\beta_1 = 0$). Momentum follows
# what was right some ten steps ago. Here the landscape changes with every
# turn of the other player, and what was right then may be wrong now. (The
# first experiment at the end shows what happens otherwise.)
#
# Two players who answer each other never quite stand still. So we also keep
# the *calm copy* of lesson 0: its weights follow the average of the
# generator's over the last few hundred turns. (An *exponential moving
# average*, EMA for short. Lesson 12 says more.) It takes no part in the game,
# and we come back to it.

# %%
def averaged(game, G, calm):
    for pair in game:
        gan.move_average(calm, G, 0.995)
        yield pair

# %% [markdown]
# Both players start anew, and nobody learns alone this time.
#
# **Predict.** What will the fakes do? Go to the nearest heap, all of them,
# and stay there? Or spread over all eight at once? Or something else?

# %% A film tags=["hide-input"]
def frame(G, D, real, title):
    fake = detach(G(normal(np.random.default_rng(2), (400, 2))))
    return show_map(title, "", D, real, fake, tails=fake[:60])

def watch(game, G, D, real):
    """Play to the end: the losses; pictures; past generators."""
    n = 1 if knobs.quick else 10
    often = [np.geomspace(1, turns / 10, n), np.linspace(0, turns, n)[1:]]
    moments = set(np.concatenate(often).astype(int).tolist())
    frames, losses, past = [], [], []
    frames.append(frame(G, D, real, "before the first turn"))
    for n, pair in enumerate(progress(game, turns), 1):
        losses.append(pair)
        if n % 20 == 0:
            past.append(copy.deepcopy(G))
        if n in moments:
            words = f"after {n:,} turns" if n > 1 else "after 1 turn"
            frames.append(frame(G, D, real, words))
    return np.array(losses), frames, past

# %%
early = G, D  # we come back to these two
rng = np.random.default_rng(knobs.seed)
G, D = new_nets(rng)
calm = copy.deepcopy(G)
game = averaged(play(G, D, ring, rng), G, calm)
losses, frames, past = watch(game, G, D, some)
free = G, calm, D  # as they are after this game

# %% The film tags=["hide-input"]
# With 205 kB, not 135, no frame is left out: the first turns are quick.
keep(draw.animation(frames, seconds=0.35, last=4, most=205_000,
                    title="the game on the ring"), "game")  # fmt: skip

# %% [markdown]
# At first the fan is chased about. Wherever fakes crowd, the map turns orange
# under them within a few turns, and the arrows drive them out. After some
# hundred turns eight pale rays have formed, one through each heap, and the
# fakes run along them. Then the rays shorten to petals, and in the end a petal
# sits around nearly every heap, with the fakes inside. (Have a look at the
# lower right, though.) Nobody has told the generator that there is a ring. It
# has only followed arrows.

# %% [markdown]
# ## How would one measure that?
#
# The last frame looks good. But "looks good" is not a number. What do we
# want to know?
#
# - Are the fakes where real points are? We call a fake *good* if it lies
#   within three standard deviations of the centre of the nearest heap.
#   Nearly all real points do.
# - Are all modes there? The fair share of each is one fake in eight. We call
#   a mode *found* if it has a quarter of that in good fakes. (If a single
#   stray point were enough, luck would find all of them.)
# - Is each heap as wide as the real one? We take the standard deviation of
#   the good fakes around the middle of their own heap.

# %%
centres = data.ring_centres(modes, radius=1.4)

def count(points):
    return measure.mode_scores(points, centres, spread, 0.25 / modes)

def heap_of(points):  # which heap is nearest to each; is it good?
    far = np.linalg.norm(points[:, None] - centres, axis=2)
    return far.argmin(axis=1), far.min(axis=1) < 3 * spread

def width(points):  # of a heap, on average
    heap, good = heap_of(points)
    own = [points[good & (heap == k)] for k in range(modes)]
    around = [x - x.mean(axis=0) for x in own if len(x)]
    return np.concatenate([*around, np.zeros((1, 2))]).std()

# %% [markdown]
# **Predict.** Look at the last frame once more, heap by heap. How many of the
# eight will be found? And will the heaps be as wide as the real ones?

# %%
def made_by(G):
    with no_grad():
        return to_numpy(G(normal(np.random.default_rng(3), (4000, 2))))

def report(name, points):
    scores = count(points)
    print(f"{name:26} {scores.modes} of {modes} modes, "
          f"{scores.high_quality:.1%} good, width {width(points):.3f}")
    return scores

made = made_by(free[0])
report("real", to_numpy(ring(4000, rng)))
scores = report("fakes", made)
claim(scores.modes == modes - 1, "one mode is missing",
      f"{scores.modes} are found")  # fmt: skip
claim(scores.high_quality > 0.5, "most of the fakes are good")
claim(width(made) < 0.8 * spread, "the heaps of fakes are narrower")

# %% [markdown]
# One is missing, the heap at the lower right. (In seven of ten games, with
# this seed and with others, one heap was lost.) A generator that leaves out
# modes is said to suffer from **mode dropping**. In the worst case hardly any
# are left, and that is the *mode collapse* of the lessons 12 and 13.
#
# And look at the map there: it is deep blue. The discriminator fairly shouts
# "real!" into this corner, but only a few fakes are near enough to hear it. We
# come back to this heap.
#
# The other heaps are all too narrow. Whether a fake is good does not show
# that: a generator of nothing but the eight centres would be 100 % good. So
# we do need three questions, and each of them can be fooled without the
# other two.
#
# Where do the bad fakes come from? For once, let us look at what goes in.
#
# **Predict.** The generator turns a plane of codes into this plane of points.
# Give each code the colour of the heap that its fake is nearest to. What
# picture will that be?

# %% Codes and fakes tags=["hide-input"]
@page.paper_style()
def show_codes(z, points, title, caption):
    figure, grid = page.plot(6.5, 3.4, title, caption, 1, 2)
    heap, good = heap_of(points)
    panels = {"codes $z$": z, "fakes $G(z)$": points}
    for axes, (name, xy) in zip(grid[0], panels.items(), strict=True):
        for k in range(modes):
            own = good & (heap == k)
            axes.scatter(*xy[own].T, s=3, color=page.COLOURS[k % 10],
                         linewidths=0)  # fmt: skip
            if own.sum() > 20:
                axes.text(*np.median(xy[own], axis=0), str(k), size=10,
                          weight="bold", path_effects=page.halo(),
                          ha="center", va="center")  # fmt: skip
        axes.scatter(*xy[~good].T, s=3, color=page.INK, linewidths=0)
        axes.set(aspect="equal", title=name, xticks=[], yticks=[])
    grid[0, 0].set(xlim=(-3.4, 3.4), ylim=(-3.4, 3.4))
    grid[0, 1].set(xlim=EDGE, ylim=EDGE)
    return page.settled(figure)

codes = to_numpy(normal(np.random.default_rng(3), (4000, 2)))
keep(show_codes(
    codes, made, "Which code becomes which point",
    "Colour and number: the heap in which the fake lies. Black: fakes "
    "that are not good, and their codes."), "codes")  # fmt: skip

# %% [markdown]
# The code plane is cut up into countries, one for each heap, with black
# borders between them. Most of the black codes, those of the borders, become
# the fakes on the ways from heap to heap. (Those at the rim are another
# matter. Few codes lie so far out, and their fakes shoot past the heaps.)
# There has to be such a border: a net is a continuous function, so between
# two codes whose points lie in different heaps there are codes whose points
# lie in between. On the narrow border between 1 and 6 they pass the heaps 0
# and 7. All that a generator can do is to make the borders thin.
#
# ## What should the detective say?
#
# We have seen *that* it works. Now we want to know why. For a start, suppose
# that the generator stands still, and that the discriminator has all the
# time in the world. What is the best that it can say?
#
# Divide the plane into small squares. Into one of them have fallen 30 real
# points and 10 fakes. They lie so close together that the discriminator says
# the same of all of them: one number $D$. In this square it pays
# $$L(D) = -30 \log D - 10 \log(1 - D)$$
#
# **Predict.** Which $D$ would you say, to pay as little as possible?

# %%
answers = np.linspace(0.001, 0.999, 999)
pays = -30 * np.log(answers) - 10 * np.log(1 - answers)
print(f"cheapest of {len(answers)} answers: {answers[pays.argmin()]:.3f}")

# %% [markdown]
# Three quarters, which is the share of the real ones, $30 / (30 + 10)$. Let us
# see that by calculus, for any numbers, with $p$ in place of 30 and $q$ in
# place of 10:
# $$L(D) = -p \log D - q \log(1 - D)$$
# The derivative of $\log D$ is $1/D$, and that of $\log(1 - D)$ is
# $-1/(1 - D)$, by the chain rule:
# $$\frac{dL}{dD} = -\frac{p}{D} + \frac{q}{1 - D}$$
# At the lowest point it is 0. We bring one term to the other side,
# $$\frac{p}{D} = \frac{q}{1 - D}$$
# and multiply both sides by $D$ and by $1 - D$:
# $$p \, (1 - D) = q \, D$$
# On the left we multiply out, and bring $p D$ to the right:
# $$p = (p + q) \, D$$
# So the best answer is
# $$D^* = \frac{p}{p + q}$$
# (It is the lowest point, not the highest: towards $D = 0$ and towards
# $D = 1$ the loss grows without limit.)
#
# (Here, as in our game, the discriminator is shown as many fakes as real
# points. The first exercise asks what becomes of it otherwise.)
#
# Now draw more and more points, and make the squares smaller and smaller. The
# share of all real points that lie in a square, per unit of its area, becomes
# the *density* of the real points there, $p(x)$. That of the fakes is $q(x)$.
# And as the best answer at one place does not depend on the answers
# elsewhere, the **optimal discriminator** is, at every place,
# $$D^*(x) = \frac{p(x)}{p(x) + q(x)}$$
#
# Its logit says even more. The sigmoid turned over is $1 / D = 1 + e^{-t}$. The
# best answer turned over is $(p + q) / p$, that is
# $$1 / D^* = 1 + q / p$$
# Compare the two: $e^{-t}$ has to be $q / p$. So, with the logarithm of both
# sides, the best logit is
# $$t^* = -\log \, (q / p) = \log p - \log q$$
# So the arrow at a fake is a sum of two: *one leads to where real points
# become denser, and one leads away from where fakes become denser.*
#
# Mind the word "become". An arrow is a slope. Suppose that there are three
# times as many fakes in a heap as there should be, but spread in the heap's
# own shape, so that $q = 3 p$ all over it. Then the best logit is $-\log 3$
# all over it. The detective knows that there are too many fakes. But its map
# is level there, and no arrow drives anybody out! So the best discriminator
# gives the fakes in a heap the right shape, and does not by itself deal them
# out among the heaps.
#
# What drove them from heap to heap in the film was something else: this
# discriminator was not the best one. A net that has had a few turns draws a
# smooth orange hill under the crowd, and hills have slopes.
#
# ## Does a net find it?
#
# Let us check that with a pair of densities that we know. The real points
# come from a wider ring, whose heaps flow into each other. The generator is
# the dullest one possible: $G(z) = 1.2 \, z$, a round cloud. It does not
# learn.

# %%
def p_points(n, rng):
    return asarray(data.ring(n, rng, radius=2.0, std=0.4)[0])

def q_points(n, rng):
    return 1.2 * normal(rng, (n, 2))

def best(x):  # D* = p / (p + q)
    p = data.ring_density(x, radius=2.0, std=0.4)
    q = np.exp(-(x**2).sum(axis=-1) / 2.88) / (2.88 * math.pi)
    return p / (p + q)

# %% [markdown]
# We let the discriminator learn. It sees nothing but points: nobody tells it
# $p$ or $q$. Its learning rate falls to 0 on the way, as the judge's did in
# lesson 5.

# %%
def probability(D, x):
    return to_numpy(sigmoid(detach(D(asarray(x.astype("float32"))))))[:, 0]

def teach(D, rng, steps):
    adam = Adam(D.parameters(), 0.003, (0.0, 0.99))
    for i in range(steps):
        adam.lr = 0.003 * cosine(i / steps)
        yield d_step(D, adam, p_points(512, rng), q_points(512, rng))

# %%
rng = np.random.default_rng(knobs.seed)
student = MLP([2, 64, 64, 64, 1], rng=rng)
x = np.concatenate([p_points(2000, rng), q_points(2000, rng)])
errors, maps = {}, {}
line = np.linspace(-3.5, 3.5, 80)
plane = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
for i, _ in enumerate(progress(teach(student, rng, taught), taught), 1):
    if i in (taught // 30, taught):
        errors[i] = np.abs(probability(student, x) - best(x)).mean()
        maps[f"the net after {i:,} steps"] = probability(student, plane)
        print(f"after {i} steps: mean |D - D*| = {errors[i]:.3f}")
claim(errors[taught] < 0.015, "the net ends within .015 of D*")

# %% Three maps tags=["hide-input"]
@page.paper_style()
def show_maps(maps, title, caption):
    figure, grid = page.plot(6.5, 2.4, title, caption, 1, len(maps))
    for axes, (name, values) in zip(grid[0], maps.items(), strict=True):
        levels = np.linspace(0, 1, 11)
        axes.contourf(line, line, values.reshape(80, 80), levels,
                      cmap=page.colour_map(signed=True),
                      vmin=-0.5, vmax=1.5)  # fmt: skip
        axes.contour(line, line, values.reshape(80, 80), [0.5],
                     colors=page.INK, linewidths=0.8)
        axes.set(title=name, aspect="equal", xticks=[-2, 0, 2],
                 yticks=[-2, 0, 2])
        axes.label_outer()
    keep(page.settled(figure), "best")

show_maps(
    {"best answer p / (p + q)": best(plane)} | maps,
    "The best discriminator, by formula and by learning",
    "Blue: real. Orange: fake. On the black lines the answer is 1/2.",
)  # fmt: skip

# %% [markdown]
# The formula and the net agree to a hundredth, on average over the points.

# %% [markdown]
# ## log 4 and log 2
#
# Now suppose that the forger has won: its fakes are spread just as the real
# points are, $q = p$ everywhere. Then the best answer is $p / 2p = 1/2$,
# everywhere, and the discriminator pays
# $$-\log \, (1/2) - \log \, (1/2) = 2 \log 2 = \log 4 \approx 1.386$$
# for each pair of a real point and a fake. The generator pays
# $$-\log \, (1/2) = \log 2 \approx 0.693$$
# Neither of them can do better by moving alone. Such a state of a game is
# called a **Nash equilibrium**.
#
# Can the best discriminator pay more than $\log 4$? No. It could always
# refuse to look, say 1/2 everywhere, and pay exactly $\log 4$. And wherever
# $p$ and $q$ differ, there is a better answer than 1/2, and it pays less.
# So we have found something remarkable: *the loss of the best discriminator
# is $\log 4$ if the fakes are perfect, and less in every other case.*
#
# So what it falls short of $\log 4$ measures how far the two densities are
# from each other. Let us see what this measure is. With $m = (p + q) / 2$, the
# density of a mixture of both, the best answer is $p / 2m$, so for a real
# point the discriminator pays
# $$-\log D^* = \log 2 - \log \, (p / m)$$
# The mean of $\log \, (p / m)$ over real points is the KL divergence of lesson
# 7, of $p$ from $m$. With the fakes it is the same with $q$. Together:
# $$L_{D^*} = \log 4 - \mathrm{KL}(p \, \| \, m) - \mathrm{KL}(q \, \| \, m)$$
# Half of the sum of these two is called the **Jensen-Shannon divergence**:
# $$\mathrm{JSD} = \frac{1}{2} \, \mathrm{KL}(p \, \| \, m)
# + \frac{1}{2} \, \mathrm{KL}(q \, \| \, m)$$
# For the wide ring and the cloud we know $p$ and $q$, and we have a net that
# has learnt to tell them apart. So we can see what the best discriminator pays,
# and what the net pays.

# %%
real, fake = p_points(100_000, rng), q_points(100_000, rng)
best_loss = -np.log(best(to_numpy(real))).mean()
best_loss -= np.log(1 - best(to_numpy(fake))).mean()
net_loss = float(gan.d_loss(detach(student(real)), detach(student(fake))))
print(f"the best answer pays {best_loss:.3f}, the net {net_loss:.3f}")
jsd = (math.log(4) - best_loss) / 2
print(f"so the Jensen-Shannon divergence is {jsd:.3f}")
claim(abs(net_loss - best_loss) < 0.02, "the net pays hardly more")

# %% [markdown]
# (That of two densities which nowhere overlap is $\log 2$, about 0.693.) And
# so we can read off from a trained discriminator how far the fakes are from
# being perfect, without knowing either density! A generator that makes the
# best discriminator pay more brings its fakes closer to the real points. This
# is why a GAN can work at all (Goodfellow and others 2014, theorem 1). But a
# real game does not wait for the best discriminator. There it is a guide, and
# no proof.
#
# **Predict.** Look back at the film. If you draw the two losses of that
# game, where do they end: at these two numbers, above or below?

# %% The losses tags=["hide-input"]
@page.paper_style()
def show_losses(losses, shares, title, caption):
    figure, grid = page.plot(6.5, 3.6, title, caption, 2, 1)
    n, (above, below) = 20 * np.arange(1, len(shares) + 1), grid[:, 0]
    each = losses[: 20 * len(shares)].reshape(-1, 20, 2).mean(axis=1)
    roles = {"discriminator": page.COLOURS[3],
             "generator": page.COLOURS[2]}  # fmt: skip
    for loss, (name, colour) in zip(each.T, roles.items(), strict=True):
        above.plot(n, loss, color=colour, label=name)
    for number in (4, 2):
        above.axhline(math.log(number), color=page.QUIET, linewidth=0.8,
                      dashes=(4, 3))  # fmt: skip
        above.text(turns, math.log(number), f" log {number}", va="center")
    above.legend(**page.LEGEND)
    above.set(ylabel="loss", xlim=(0, turns), ylim=(0, None))
    below.plot(n, shares, color=page.COLOURS[2])
    below.set(ylabel="good fakes", xlabel="turns", xlim=(0, turns),
              ylim=(0, 1))  # fmt: skip
    keep(page.settled(figure), "losses")

shares = [count(made_by(old)).high_quality for old in past]
show_losses(losses, shares, "The game on the ring",
            "Above: the losses, each a mean of 20 turns. Below: what "
            "share of 4,000 fakes is good.")  # fmt: skip
end = losses[-300:].mean(axis=0)
print(f"the last 300 turns: D {end[0]:.2f}, G {end[1]:.2f}, where log 4 "
      f"is {math.log(4):.3f} and log 2 is {math.log(2):.3f}")  # fmt: skip
claim(1.1 < end[0] < 2 * math.log(2), "D's loss ends somewhat below it")
claim(end[1] > math.log(2), "G's loss ends above it")

# %% [markdown]
# The discriminator's loss ends below $\log 4$: it still sees a difference, and
# we know what it sees, the fakes between the heaps, the narrow heaps and the
# missing one. The generator's ends far above $\log 2$.
#
# **Predict.** Who pays that much: all fakes a little more than $\log 2$, or a
# few of them very much?

# %%
_, _, D = free
with no_grad():
    logits = D(asarray(made))
pays = to_numpy(bce_with_logits(logits, 1))[:, 0]  # -log D, of each
_, good = heap_of(made)
for name, these in {"good": good, "bad": ~good}.items():
    if these.any():
        print(f"{these.mean():.0%} of the fakes are {name}: "
              f"each pays {pays[these].mean():.2f}")  # fmt: skip
print(f"together {pays.mean():.2f}")

# %% [markdown]
# A good fake pays 0.71 on average, hardly more than $\log 2 \approx 0.69$: of
# it the discriminator has nearly no idea. The bad ones pay 2.47 each, and
# although they are only 15 % of all, nearly all of the excess comes from
# them. (Together that is nearly 1. These are the fakes of the last turn alone,
# and 1.15 was the mean of 300 turns.) So a loss above $\log 2$ does not even
# say that most fakes are seen through. It is a mean, and a few can pull it up.
#
# But look at the way there. Whoever knew only the two upper curves would
# think that the generator had become worse: half-way its loss is nearly
# twice what it was at the start. The lower curve shows that in truth it
# became better, not at every moment, but on the whole. The losses of a GAN
# say how *level* the game is at the moment. They do not say how good the
# fakes are.
#
# ## Two ways to want the same
#
# In the usual way of writing it, both players fight over one number, the
# *value* of the game:
# $$V(D, G) = \mathbb{E}_x[\log D(x)] + \mathbb{E}_z[\log(1 - D(G(z)))]$$
# The $\mathbb{E}$ stands for the mean over all $x$, or over all $z$. This is
# minus the discriminator's loss. So $D$ makes $V$ large, $G$ makes it small:
# $$\min_G \max_D V(D, G)$$
# This is a **minimax game**. What one wins, the other one loses, and so it is
# also called a **zero-sum game**.
#
# In the minimax game the generator descends $\log(1 - D(G(z)))$. We have
# descended $-\log D(G(z))$. Both become smaller as $D$ is fooled. Why did we
# not take the first?
#
# Write both with the logit $t$ of the fake, and look at how strongly each of
# them pulls at it. We have $1 - D = 1 / (1 + e^t)$, so
# $$\log(1 - D) = -\log(1 + e^t)$$
# The derivative of $\log(1 + e^t)$ is $e^t / (1 + e^t)$, and that is $D$:
# $$\frac{d}{dt} \log(1 - D) = -D$$
# In the same way, $-\log D = \log(1 + e^{-t})$, whose derivative is
# $-e^{-t} / (1 + e^{-t})$, and that is minus $1 - D$:
# $$\frac{d}{dt} \, (-\log D) = -(1 - D)$$
# So both losses push each fake along the *same* arrow, up the logit. One of
# them makes it $D$ times as long, the other $1 - D$ times.
#
# **Predict.** Take a discriminator that is far ahead, as ours was after its
# hundred steps alone: it is sure of most fakes, and $D$ is small there. With
# which of the two does the generator learn faster?

# %%
G, D = early  # the fan, and the detective that has learnt alone
z = normal(np.random.default_rng(1), (70, 2))
fake = to_numpy(detach(G(z)))
said = probability(D, fake)[:, None]  # D(fake), (70, 1)
arrows = arrows_at(D, fake)
pushes = {"minimax": said * arrows, "non-saturating": (1 - said) * arrows}
for name, push in pushes.items():
    print(f"{name:15} mean length {np.hypot(*push.T).mean():.2f}")

# %% The pushes tags=["hide-input"]
@page.paper_style()
def show_pushes(pushes, title, caption):
    figure, grid = page.plot(6.5, 3.2, title, caption, 1, len(pushes))
    for axes, (name, push) in zip(grid[0], pushes.items(), strict=True):
        axes.scatter(*heaps.T, s=4, color=page.BEHIND, linewidths=0)
        axes.scatter(*fake.T, s=9, color=page.COLOURS[2], linewidths=0)
        axes.quiver(*fake.T, *push.T, angles="xy", scale_units="xy",
                    scale=longest / 0.8, color=page.INK, width=0.005,
                    minlength=0)
        axes.set(xlim=EDGE, ylim=EDGE, aspect="equal", title=name,
                 xticks=[], yticks=[])  # fmt: skip
    keep(page.settled(figure), "pushes")

heaps = to_numpy(ring(300, rng))
longest = max(np.hypot(*push.T).max() for push in pushes.values())
show_pushes(
    pushes, "The same fakes, the same discriminator, two losses",
    "How hard each loss pushes each fake, with both panels in one scale. "
    f"The discriminator has learnt alone for {alone} steps.",
)  # fmt: skip
mean = {name: np.hypot(*push.T).mean() for name, push in pushes.items()}
claim(mean["non-saturating"] > 2 * mean["minimax"],
      "the minimax loss pushes less than half as hard")  # fmt: skip

# %% [markdown]
# With $-\log D$, a fake that is seen through is pushed with the full arrow.
# With the minimax loss it is hardly pushed at all, and yet it needs the push
# most. Where $D$ is nearly 0, the minimax loss is flat. It *saturates*, as
# the sigmoids of lesson 4 did. So $-\log D$ is called the **non-saturating
# loss**, and nearly everybody takes it. (In the game of the film, where both
# took turns, $D$ was never so far ahead. On images it easily is.)
#
# There is a price. The two losses no longer add up to zero, and our theorem
# about the Jensen-Shannon divergence is about a generator that makes
# $V$ small. It does not speak of our game any more. What it still says is
# where the game may come to rest.

# %% [markdown]
# **Check.** The generator learns nothing else from the discriminator than
# these pushes, we said. So let us take the game apart. We hand it the pushes
# as plain numbers, and no discriminator at all. Its gradient should be the
# same.

# %% tags=["explorer:best"]
through_d = grad(g_loss(D(G(z))), G.parameters())
push = asarray(pushes["non-saturating"])
by_arrows = grad(-(push * G(z)).sum() / len(z), G.parameters())
for one, other in zip(through_d, by_arrows, strict=True):
    assert np.allclose(to_numpy(one), to_numpy(other), atol=1e-5)
print("The gradients of all", len(by_arrows), "arrays of weights agree.")

# %% [markdown]
# ## The lost heap
#
# Why do so few fakes come over to the eighth heap, which the discriminator
# praises so much? Let us walk there, straight from the centre of each of the
# two heaps beside it to its own.
#
# **Predict.** Where on this walk do the arrows lead on to the lost heap, and
# where do they lead back: on the whole way, up to some point, or nowhere?

# %%
_, _, D = free
heap, good = heap_of(made)
lost = np.bincount(heap[good], minlength=modes).argmin()
way = np.linspace(0, 1, 101)[:, None]  # 0: at the neighbour, 1: there
walks = {}
for k in ((lost - 1) % modes, (lost + 1) % modes):
    points = (1 - way) * centres[k] + way * centres[lost]
    walks[f"from heap {k}"] = to_numpy(
        detach(D(asarray(points.astype("float32")))))[:, 0]  # fmt: skip
for name, logits in walks.items():
    print(f"{name} to {lost}: lowest after {logits.argmin()} % of the way")

# %% The walks tags=["hide-input"]
keep(draw.curves(
    walks, x=way[:, 0], xlabel=f"way to heap {lost}", ylabel="logit",
    levels={"no idea": 0.0}, title="Two walks to the lost heap",
    caption="The logit on a straight line from the centre of a heap "
    "beside the lost one (0) to its own (1). Arrows lead uphill."),
    "walks")  # fmt: skip
towards = centres[lost] - made
near = np.linalg.norm(towards, axis=1) < 0.45
uphill = (arrows_at(D, made[near]) * towards[near]).sum(axis=1) > 0
if near.any():
    print(f"{near.mean():.1%} of the fakes lie within 0.45 of its centre; "
          f"of {uphill.mean():.0%} of them the arrow leads there")

# %% [markdown]
# Half of the way leads back, and the other half leads on. At both ends there
# are real points, and in between hardly any. Our formula says what happens
# there: the best logit is $\log p - \log q$. Half-way, $p$ is $e^{-29}$ times
# what it is at a centre, while the fakes that are under way keep $q$ from
# being so small. So there the logit falls off like a cliff. So the better the
# discriminator becomes, the deeper the valley between two heaps, and the
# harder every fake on the near side is held back.
#
# But a few fakes, 2.1 % of them, have got across. They lie close to the lost
# heap, and nearly all of them are told to go there. Why are they not followed
# by others, until the heap has its share? The seven other heaps are too full,
# by a seventh each. But as we have seen, too full is level. It gives nobody a
# reason to leave. To wait does not help: after 5,000 turns the heap is still
# lost.
#
# A remedy is to make the discriminator pay for steepness. How steep the map
# is at a point, we have been drawing all the time: it is the length of the
# arrow. So we add to its loss the mean squared length of the arrows, at the
# real points and at the fakes, times a small number, the *brake*:
# $$L_D + 0.03 \; \mathbb{E}_x \, |\nabla t(x)|^2
# + 0.03 \; \mathbb{E}_z \, |\nabla t(G(z))|^2$$
# To descend that, the engine has to differentiate an arrow, which is itself a
# derivative. It can, if `grad` is told by `create_graph=True` to note down
# what it does. (The field calls such a term a *gradient penalty*, and these
# two R1 and R2, after Mescheder and others 2018. Lesson 12 says more.)

# %%
def steepness(logits, x):  # the mean squared arrow
    arrows = grad(logits.sum(), x, create_graph=True)
    return (arrows**2).sum(axis=1).mean()

# %%
def d_step_with_brake(D, adam, real, fake):
    real, fake = Tensor(real), Tensor(fake)
    at_real, at_fake = D(real), D(fake)
    loss = bce_with_logits(at_real, 1).mean()
    loss = loss + bce_with_logits(at_fake, 0).mean()
    steep = steepness(at_real, real) + steepness(at_fake, fake)
    adam.step(grad(loss + brake * steep, D.parameters()))
    return float(detach(loss))

# %% [markdown]
# And so that we can try the other loss in this game too (the second
# experiment at the end):

# %%
def minimax_loss(t):  # t: the logits of fakes
    return -bce_with_logits(t, 0).mean()  # log(1 - D(G(z)))

# %% [markdown]
# **Predict.** The same start, as many turns, a discriminator with a brake.
# Is the eighth heap found? And what does the map look like at the end?

# %%
loss_of = minimax_loss if saturate else g_loss
rng = np.random.default_rng(knobs.seed)
G, D = new_nets(rng)
calm = copy.deepcopy(G)
game = play(G, D, ring, rng, d_step_with_brake, loss_of)
braked, frames, _ = watch(averaged(game, G, calm), G, D, some)

# %% With a brake tags=["hide-input"]
frames.append(frame(calm, D, some, "the calm copy, at the end"))
keep(draw.animation(frames, seconds=0.35, last=4, most=135_000,
                    title="the game with a brake"), "brake")  # fmt: skip

@page.paper_style()
def show_ends(games, title, caption):
    figure, grid = page.plot(5.4, 5.6, title, caption, 2, len(games))
    for column, (name, (*players, D)) in zip(grid.T, games.items(),
                                             strict=True):  # fmt: skip
        for axes, who, G in zip(column, ("player", "calm copy"), players,
                                strict=True):  # fmt: skip
            fake = detach(G(normal(np.random.default_rng(2), (400, 2))))
            paint(axes, D, some, fake, tails=fake[:60])
            axes.set_title(f"{name}: {who}")
    keep(page.settled(figure), "ends")

games = {"without a brake": free, "with a brake": (G, calm, D)}
show_ends(games, "The last turn of two games",
          "Above the generators that have played, below their calm "
          "copies. Colours and arrows as in the films.")  # fmt: skip

# %%
for name, (player, copied, _) in games.items():
    played = report(f"{name}, player", made_by(player))
    scores = report(f"{name}, calm copy", made_by(copied))
claim(played.modes == scores.modes == modes, "both find all modes",
      f"{played.modes} and {scores.modes} are found")  # fmt: skip
claim(scores.high_quality > 0.7, "more than 70 % of the last are good",
      f"{scores.high_quality:.0%}")  # fmt: skip
end = braked[-300:].mean(axis=0)
print(f"the last 300 turns: D {end[0]:.3f}, G {end[1]:.3f}")
claim(abs(end[0] - math.log(4)) < 0.06, "D ends at log 4, within .06",
      f"{end[0]:.2f}")  # fmt: skip

# %% [markdown]
# The brake finds the eighth heap, and costs a sixth of the good fakes.
# Averaging wins them back. What averaging cannot do is to find a heap that
# all of the averaged players have lost. (The share of one turn says little,
# as we have seen: with seed 1 the brake costs nothing, and with seed 2 it
# even wins some. The eighth heap is found with all three. But with seed 0 a
# learning rate that falls to 0 finds it as well. So that a cure works does
# not yet prove what the cause was.)
#
# With the brake the map is pale nearly everywhere, the arrows are hardly to
# be seen, and the losses end almost at $\log 4$ and $\log 2$. But a
# discriminator that has to stay gentle cannot say $p / (p + q)$ any more, so
# a loss near $\log 4$ is no proof here that the fakes are perfect. They are
# not: some still lie between the heaps, and the heaps are still too narrow.
# To know that, we have to count.
#
# ## Two moons
#
# Let us play another game, with the same nets and settings, on data that lie
# along two bent lines.
#
# **Predict.** What will be hardest for the generator: the gap between the
# moons, their ends, or their thinness?

# %%
def moons(n, rng):
    return asarray(data.moons(n, rng, std=0.05)[0])

rng = np.random.default_rng(knobs.seed)
G, D = new_nets(rng)
calm = copy.deepcopy(G)
game = play(G, D, moons, rng, d_step_with_brake, loss_of)
night = moons(500, np.random.default_rng(1))
_, frames, _ = watch(averaged(game, G, calm), G, D, night)

# %% The moons tags=["hide-input"]
frames.append(frame(calm, D, night, "the calm copy, at the end"))
keep(draw.animation(frames, seconds=0.35, last=4, most=140_000,
                    title="the game on two moons"), "moons")  # fmt: skip
arcs, which = data.moons(5000, np.random.default_rng(2), std=0)
made = made_by(calm)
real = to_numpy(moons(4000, rng))
for name, points in {"real": real, "fakes": made}.items():
    off = to_numpy(measure.nearest_distance(points, arcs))
    on = off < 0.15
    print(f"{name:6} {on.mean():.1%} within three standard deviations of "
          f"a moon; they lie {np.sqrt((off[on]**2).mean()):.3f} off")
ends = np.array([[-1.5, -0.25], [0.5, -0.25], [-0.5, 0.25], [1.5, 0.25]])
bad = made[~on]
at_end = to_numpy(measure.nearest_distance(bad, ends)) < 0.3
print(f"of the {len(bad)} fakes off the moons {at_end.mean():.0%} "
      "are beside an end")  # fmt: skip
claim(on.mean() > 0.8, "over 80 % of the fakes are on a moon",
      f"{on.mean():.0%}")  # fmt: skip

# %% [markdown] tags=["explorer:plane"]
# Of the bad fakes, 6 % of all, a good third lie beside an end of a moon. Most
# of the others are on their way from moon to moon. There has to be a way,
# since the net is continuous, and what the game has achieved is that few
# fakes are on it. And both moons are too thin: a good fake lies 0.037 off the
# middle line of its moon, and a real point 0.049. So each of the three is a
# difficulty.
#
# Look at the late frames of the film once more. The fakes have the shape of
# the moons, but they lie a little beside them, now on this side, now on that:
# the two players chase each other around their goal. The calm copy lies
# nearer to the middle.

# %% [markdown]
# ## Looking back
#
# A discriminator draws a map of the difference between the real points and
# the fakes of today. The slope of this map at a fake is all that the
# generator ever hears. The best map is $p / (p + q)$, and if it is level, at
# 1/2, the forger has won. And of two losses that want the same, one falls
# silent just where it is needed.
#
# Elsewhere you find the same names. PyTorch calls our `bce_with_logits`
# `binary_cross_entropy_with_logits`. GAN Lab (see below) lets you watch such
# a game in a browser, and draw the real points yourself.
#
# Why do these games settle at all? Close to the goal, and with a brake such as
# ours, one can prove that they do (Mescheder and others 2018). From a random
# start nobody can: there the theory speaks of the best discriminator and of
# densities that one can move freely, and we have two nets that take turns.
#
# In lesson 12 the points become images again, of hundreds of numbers. There
# is no map to look at any more. But everything else stays as it is: the loop,
# the two losses, the brake, and the question of how one would measure it.

# %% [markdown] tags=["footer"]
# ## Try
#
# 1. `beta1=0.9`: Adam with its usual momentum. What becomes of the heaps?
#
#    **Answer.** Without a brake 4 are found, and 30 % of the fakes are good.
#    They shoot past the heaps and lie beside them. With a brake it is worse
#    still: the calm copy finds 2. A brake is no cure for momentum.
#
# 2. `saturate=True`: In the last games the generator descends the minimax
#    loss. Does the game still work?
#
#    **Answer.** Yes, just as well: all 8 heaps, 86 % of the fakes good. With
#    a brake the discriminator is never sure of anything, and near $D = 1/2$
#    both losses push alike. The minimax loss fails where the discriminator
#    is far ahead, as it was in our picture of the pushes.
#
# 3. `brake=0.0`: The last games without a brake. Does the calm copy alone
#    find the lost heap?
#
#    **Answer.** No, it finds the same 7. An average of players who have all
#    lost a heap has lost it, too. The moons come out as well as before: they
#    are two pieces, and easier to reach than eight.
#
# 4. `brake=1.0`: A brake more than thirty times as strong. Is more better?
#
#    **Answer.** No. The discriminator hardly dares to say anything: its loss
#    is 1.385. The generator sways about, and has 5 heaps at the end, with
#    40 % of its fakes good. Its calm copy has all 8, and 70 %.
#
# 5. `alone=1000`: The discriminator learns alone for 1,000 steps. How long
#    are the pushes of both losses then?
#
#    **Answer.** Those of the minimax loss have become shorter, 0.46 in place
#    of 0.80, and those of the non-saturating loss six times as long: 25. The
#    further the discriminator is ahead, the less is heard of it through the
#    one loss, and the louder it shouts through the other.
#
# 6. `modes=16`: Sixteen heaps. Are they all found?
#
#    **Answer.** Without a brake the player finds 15, and only 58 % of its fakes
#    are good, since there are more ways from heap to heap. Its calm copy finds
#    all 16, and so do both with a brake. There 83 % of the calm copy's fakes
#    are good.
#
# ## Exercises
#
# `python -m lessons check 11` tests your answers to these.
#
# - *Change it*: `best_answer`, what $D$ should say if more real points than
#   fakes are shown to it.
# - *Build it*: `best_arrow`, the arrow of the optimal discriminator.
#   `one_turn`, a turn of each player, from memory.
# - *Break it*: `unfair`, fakes of which the count says that all is well, and
#   most of which are in one heap.
#
# ## Sources
#
# - Kahng, Thorat, Chau, Viégas and Wattenberg, *GAN Lab* (2019),
#   arXiv:1809.01587, poloclub.github.io/ganlab: watch the game in a browser.
# - Goodfellow and others, *Generative Adversarial Nets* (2014),
#   arXiv:1406.2661: equation 1 is the value, proposition 1 the optimal
#   discriminator, theorem 1 $\log 4$, section 3 the non-saturating loss.
# - The overview article that this course answers leaves both objectives blank
#   in its section 3.1. They are the value $V$ above, made large and made small.
#   It also says that $D$ judges which of two images is more real. It looks at
#   one at a time.
# - Goodfellow, *NIPS 2016 Tutorial: Generative Adversarial Networks*,
#   arXiv:1701.00160, for all of this at greater length.
# - Mescheder, Geiger and Nowozin, *Which Training Methods for GANs do
#   actually Converge?* (2018), arXiv:1801.04406, equations 9 and 10, for the
#   brake, with a factor 1/2 that we leave out.
# - Srivastava and others, *VEEGAN* (2017), arXiv:1705.07761, for counting
#   modes, and good points within three standard deviations.
#
# ## For maintainers
#
# **Takes** 40 minutes to read, 50 s to run.
# **Recorded** with quick=False data=digits seed=0 backend=numpy modes=8
# spread=0.07 units=64 batch=256 lr=0.001 beta1=0.0 brake=0.03
# saturate=False alone=100 turns=1500 taught=3000 (2026-11-29)
# **Measured** over seeds 0, 1, 2: mean |D - D*|
# .007, .007, .008 after 3,000 steps (claimed: .015), .151, .179, .205 after
# 100. Without a brake 7, 7, 7 heaps, .846, .892, .511 good (claimed: 7, and
# .5); D's loss over the last 300 turns 1.23, 1.26, 1.23, G's 1.15, 0.93,
# 1.15. With a brake 8, 8, 8 heaps, .708, .889, .700 good; the calm copy 8, 8,
# 8 heaps, .850, .875, .778 good (claimed: 8, and .7); D's loss 1.377, 1.382,
# 1.369 (claimed: .06 from log 4), G's 0.707, 0.701, 0.713. The calm copy on
# the moons .94, .97, .93 (claimed: .8). Mean pushes, minimax and
# non-saturating, .80 and 4.34, .50 and 1.80, 1.61 and 4.81 (claimed: twice).
# A game of 1,500 turns takes 4 s of one core without a brake and 6 s with it;
# half of the 50 s are figures. Of ten games without a brake, these among
# them, seven found 7 heaps and three found 8. A falling learning rate alone
# finds 8 with seed 0. The calm copy without a brake .838, .900, .852 good.
# After 5,000 turns without a brake 7, 7 heaps with the seeds 0 and 1, .956
# and .966 good, and never 8 on the way. Good fakes pay .71, .68, .73, bad
# ones 2.47, 1.78, 1.97; called fake are 70, 42, 72 % of all. On the walks to
# the lost heap the logit is lowest after 54 and 42 % (seed 0), 55 and 39 %
# (seed 1). The width of a heap .051, .047, .051 without a brake (claimed:
# less than .056; real .069).
