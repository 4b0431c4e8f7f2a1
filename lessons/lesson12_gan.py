# %% [markdown]
# # 12. A generative adversarial network on images
#
# In lesson 11 a forger learnt to put points on a ring. It never saw a real
# one. All that it heard were a detective's answers, and you could watch it
# follow them, arrow by arrow. We ended with a promise: *the points become
# images again, and everything else stays as it is.*
#
# Let us take that at its word. The same loop, the same two losses. Only that
# a fake is no longer a point with two coordinates, but an image with 784.
# Here is the task: above, what people wrote. Below, what the forger makes of
# fourteen random codes before its first turn.

# %%
import copy
import math
from itertools import islice

import numpy as np

from lessons.support import claim, keep, options, progress
from lessons.tables import rows
from scratchgen import MLP, Adam, Tensor, data, draw, grad, measure
from scratchgen.backend import asarray, normal, to_numpy
from scratchgen.data import batches
from scratchgen.draw import page
from scratchgen.engine import detach, no_grad
from scratchgen.functions import bce_with_logits, softmax, tanh

# %% Knobs
knobs = options("gan", data="mnist5k", seed=0)
Z = 32  # random numbers in a code
batch = 128  # images of each kind in a turn
lr = 0.001  # the learning rate of both players
momentum = 0.9  # Adam's usual one, in the first game
brake = 0.1  # how much D pays for steepness, in the third game
memory = 0.997  # how much of itself the calm copy keeps in each turn
k = 5  # a ball reaches to so many of its neighbours
n_images = 256 if knobs.quick else 4000  # how many D is shown
lost = 1 if knobs.quick else 5  # epochs until we give the first game up
epochs = 2 if knobs.quick else 20  # of the second and of the third game
more = 2 if knobs.quick else 34  # for which the third one goes on
wrong = 10 if knobs.quick else 100  # turns of a listing that cannot learn

# %%
digits = data.load(knobs.data)
shown = asarray(digits.train_images[:n_images])  # what D is shown
held_out = asarray(digits.test_images[:1000])  # what nobody is shown
pixels = shown.shape[1]

def new_nets(rng):  # the article's
    G = MLP([Z, 128, 256, 512, pixels], out=tanh, rng=rng)
    D = MLP([pixels, 512, 256, 128, 1], rng=rng)
    return G, D

def images_of(G, z):
    with no_grad():
        return (G(z) + 1) / 2  # from [-1, 1] to [0, 1]

rng = np.random.default_rng(knobs.seed)
G, D = new_nets(rng)
codes = normal(np.random.default_rng(1), (1000, Z))  # the same each time
untrained = images_of(G, codes)

# %% What is asked for, and what there is tags=["hide-input"]
shape = digits.image_shape
keep(draw.image_rows(
    {"real": held_out[:14], "fakes": untrained[:14]}, shape,
    title="What is asked for, and what there is",
    caption="Above: written by people. Below: fourteen random codes, and "
    "what a generator with random weights makes of them."),
    "start")  # fmt: skip

# %% [markdown]
# You will see three games. They begin with the same weights, and are shown the
# same images in the same order. Between one game and the next we change a
# single line. (One of these lines holds two numbers, and we shall have to ask
# which of them it was.) One of the games will be lost. Another one will look
# good, and we shall have to find out what is wrong.
#
# ## The nets and the loop
#
# The overview article that this course answers builds its GAN from two nets
# of dense layers, and we take the same ones. The last layer of $G$ is a
# *tanh*, whose numbers lie between $-1$ and 1. So we show $D$ the real images
# in that range, too: black is $-1$ and white is 1. Otherwise the range alone
# would tell it who is real.

# %% The two nets tags=["hide-input"]
keep(draw.network(
    "code z -> [generator G] -> fake -> [discriminator D] <- real image\n"
    "[discriminator D] -> logit t",
    sizes={"code z": Z, "generator G": (Z, 128, 256, 512, pixels),
           "fake": pixels, "real image": pixels,
           "discriminator D": (pixels, 512, 256, 128, 1), "logit t": 1},
    title="The article's two nets",
    caption="Below each net is how many units its layers have. Between "
    "layers there are ReLUs, and behind G's last one a tanh."),
    "nets")  # fmt: skip

# %% [markdown]
# A turn of this game has three steps, and the article lists them: $G$ makes
# images, $D$ judges real and generated ones, and both are updated. But where
# it should say what each of them is after, it has two colons and nothing
# behind them. In lesson 11 we have found out what belongs there. The
# discriminator descends
# $$L_D = -\log D(x) - \log(1 - D(G(z)))$$
# and the generator descends
# $$L_G = -\log D(G(z))$$
# averaged over real images $x$ and codes $z$. The steps and the loop are those
# of lesson 11, with two small changes. The real images are a finite pile, so
# we go through it in batches. And $D$ judges real and fake images in one go,
# with the label 1 for real ones and 0 for fakes, which is quicker. (The mean
# over all of them is half the sum of the two means in $L_D$, hence the 2.)

# %%
def pile(real, fake):  # one pile of images, and what each of them is
    label = np.repeat([[1.0], [0.0]], len(real), axis=0)
    return np.concatenate([real, fake]), asarray(label, "float32")

def d_step(D, adam, real, fake):
    x, label = pile(real, fake)
    loss = 2 * bce_with_logits(D(x), label).mean()
    adam.step(grad(loss, D.parameters()))
    return float(detach(loss))

def g_step(G, D, adam, z):
    loss = bce_with_logits(D(G(z)), 1).mean()  # -log D(G(z))
    adam.step(grad(loss, G.parameters()))
    return float(detach(loss))

# %%
def play(G, D, rng, betas, d_turn):
    g_adam = Adam(G.parameters(), lr, betas)
    d_adam = Adam(D.parameters(), lr, betas)
    while True:  # for as long as somebody asks for another turn
        for real in batches(2 * shown - 1, batch, rng):
            with no_grad():
                fake = G(normal(rng, (len(real), Z)))
            loss_d = d_turn(D, d_adam, real, fake)
            z = normal(rng, (len(real), Z))
            loss_g = g_step(G, D, g_adam, z)
            yield loss_d, loss_g

# %% [markdown]
# From lesson 11 we also take the *calm copy* of the generator. We are going to
# look at both: at the *player*, which has just made its turn, and at its copy,
# which plays no part in the game. After each turn the copy moves by three
# thousandths of the way towards the player, weight by weight:
# $$a \leftarrow 0.997 \, a + 0.003 \, w$$
# A game is two nets, the copy, and a list of losses. It can go on whenever we
# like.

# %%
def follow(calm, G):
    for a, w in zip(calm.parameters(), G.parameters(), strict=True):
        a.value = memory * a.value + (1 - memory) * w.value

class Game:
    def __init__(self, betas, d_turn):
        rng = np.random.default_rng(knobs.seed)  # the same start for all
        self.G, self.D = new_nets(rng)
        self.calm, self.losses = copy.deepcopy(self.G), []
        self.turns = play(self.G, self.D, rng, betas, d_turn)

    def go_on(self, turns):
        for pair in progress(islice(self.turns, turns), turns):
            follow(self.calm, self.G)
            self.losses.append(pair)
            yield len(self.losses)  # so many turns so far

epoch = math.ceil(len(shown) / batch)  # turns in which all are shown once
turns = epochs * epoch  # of the second game, and of the third one

# %% [markdown]
# ## The first game
#
# We set Adam as everybody does, with its usual momentum. Each player has
# 160 turns.
#
# **Predict.** What will the forger's images look like at the end: like the
# ones above, like blurred digits, like sharp ones? And who will be ahead?

# %%
first, spread = Game((momentum, 0.999), d_step), []
for done in first.go_on(lost * epoch):
    if done <= 100:  # how much a pixel of the player's images varies
        drawn = images_of(first.G, codes[:100])
        spread.append(float(drawn.std(axis=0).mean()))

# %% The first game tags=["hide-input"]
keep(draw.image_grid(
    images_of(first.G, codes[:28]), shape, columns=14,
    title="The first game",
    caption=f"Twenty-eight different codes, and what the player makes of "
    f"each after {len(first.losses)} turns."), "first_game")  # fmt: skip

# %%
end = np.mean(first.losses[-100:], axis=0)
print(f"the last 100 of {len(first.losses)} turns: D's loss {end[0]:.3f}, "
      f"G's loss {end[1]:.1f}")  # fmt: skip
alike = float(images_of(first.G, codes).std(axis=0).mean())
various = float(held_out.std(axis=0).mean())
print(f"the player's pixels vary by {alike:.4f} from image to image, "
      f"those of real images by {various:.2f}")  # fmt: skip
claim(end[0] < 0.01, "D's loss is 0", f"{end[0]:.2f}")
claim(alike < various / 20, "all of the player's images are alike")

# %% [markdown]
# The player was given twenty-eight different codes, and it has answered with
# one picture. We give this game up: it is lost.
#
# And look at the discriminator's loss: it is 0. A detective who cannot tell
# real from fake pays $\log 4$, as we know from lesson 11. This one pays
# nothing. It has won, and is sure of every fake.
#
# So two things have gone wrong. Which came first? The game keeps its losses,
# and besides we have written down, for the first hundred turns, how much a
# pixel of the player's images varies from code to code.
#
# **Predict.** What happens first: the images become alike, or the
# discriminator wins?

# %% The first hundred turns tags=["hide-input"]
begin = np.array(first.losses[: len(spread)])
keep(draw.curves(
    {"D's loss, of log 4": begin[:60, 0] / math.log(4),
     "how images vary": np.array(spread[:60]) / spread[0]},
    xlabel="turn of the first game", ylabel="share",
    title="D's loss is down before the images are alike",
    caption="D's loss as a share of log 4, and how much a pixel of the "
    "player's images varies from code to code, as a share of what it did "
    "in turn 1."), "first_turns")  # fmt: skip
for turn in (1, 5, 8, 20, 50, 100):
    if turn <= len(spread):
        print(f"turn {turn:3}: D's loss {begin[turn - 1, 0]:.3f}, "
              f"images vary by {spread[turn - 1]:.3f}")  # fmt: skip
won = int((begin[:, 0] < 0.1).argmax())  # 0 if it never is
claim(0 < won < 30, "D's loss soon falls below .1", f"turn {won + 1}")
claim(spread[won] > spread[0] / 3, "and then the images still vary")
claim(spread[-1] < spread[0] / 10, "only later they are alike")

# %% [markdown]
# The discriminator wins first. Both curves begin to fall at once, but in turn 8
# $D$'s loss is below 0.1, a fourteenth of $\log 4$, while the images still have
# two thirds of their variety. They become one and the same image little by
# little, and by turn 100 they vary by less than a hundredth. (That the one
# *caused* the other is not yet said.)
#
# A generator that gives nearly the same image, or few kinds of them, whatever
# the code: this is called **mode collapse**. Mostly one means plausible images
# by it, a generator that draws good sevens and nothing else, and has found one
# mode of the data. That is not what happened here. This blot was never a mode
# of anything.
#
# A generator can also collapse although the game is level, and a discriminator
# can win against a generator of many different images. Lesson 13 takes the
# two accidents apart.
#
# ## How would we say in numbers that this is bad?
#
# You saw it at a glance. But we are about to try several cures, and want to
# say which one is better without staring at a thousand images each time.
#
# **Predict.** If you had to put "they are all the same" into one number,
# from the real images and the generated ones, what would you count?

# %% [markdown]
# In lesson 6 we drew a ball around every real image, just reaching its fifth
# nearest real neighbour. Then we counted the balls that hold a generated
# image. The share of these is the *coverage*. If all fakes are the same blot,
# nearly all balls stay empty.
#
# We take a thousand real images that nobody was shown, and a thousand fakes.
# So that we know what to compare with, real images have to take the same
# test: a thousand of those that $D$ was shown.

# %%
def examine(made):
    return measure.precision_recall_density_coverage(held_out, made, k=k)

marks = {"real": examine(shown[:1000]),
         "first, player": examine(images_of(first.G, codes))}  # fmt: skip
for name, mark in marks.items():
    print(f"{name:14} coverage {mark.coverage:.2f}")

# %% [markdown]
# ## The second game
#
# Now the single line. In lesson 11 we played without momentum, $\beta_1 = 0$,
# because momentum follows what was right some ten turns ago, and the other
# player has moved since. (We also let Adam forget the size of its gradients
# sooner, with $\beta_2 = 0.99$. So this line changes two numbers.) Does it
# matter so much?
#
# **Predict.** The same start, the same images, no momentum. What will the
# coverage be, of the player and of its copy?

# %%
second = Game((0.0, 0.99), d_step)
for done in second.go_on(turns):
    if done == len(first.losses):  # as long as the first one was
        then = images_of(second.G, codes)

# %% The second game tags=["hide-input"]
def show_samples(game, name, title, caption):
    player = images_of(game.G, codes[:28])
    calm = images_of(game.calm, codes[:28])
    keep(draw.image_grid(
        np.concatenate([player, calm]), shape, columns=14, title=title,
        row_labels=["player", "", "calm copy", ""], caption=caption),
        name)  # fmt: skip

show_samples(second, "second_game", "The second game",
             f"Twenty-eight codes, and what the player makes of each in "
             f"{turns} turns. Below, the same codes, by its calm copy.")

# %% After as many turns tags=["hide-input"]
keep(draw.image_rows(
    {"first": images_of(first.G, codes[:14]), "second": then[:14]}, shape,
    title=f"Both games after {len(first.losses)} turns",
    caption="Fourteen codes, by the players of the first two games. One "
    "has momentum, the other none."), "as_long")  # fmt: skip
varies = float(then.std(axis=0).mean())
print(f"in turn {len(first.losses)} the player's pixels vary by "
      f"{varies:.2f}, those of real images by {various:.2f}")
claim(varies > various / 3, "the second game's images differ by then")

# %%
def mark_both(name, game):
    marks[f"{name}, player"] = examine(images_of(game.G, codes))
    marks[f"{name}, copy"] = examine(images_of(game.calm, codes))

mark_both("second", second)
for name, mark in marks.items():
    print(f"{name:14} coverage {mark.coverage:.2f}")

# %% [markdown]
# One line has made the difference: these are on their way to digits, and they
# were so already at the time when we gave up the first game. But player and
# copy differ a great deal. Most of the player's strokes are white, among
# scattered dots, and torn. The copy has hardly any dots, but is paler. Some of
# its images are quite good, others are grey clouds, and many are ghosts that
# lie somewhere between an 8, a 3 and a 5. Much of this paleness is its own. It
# is an average of weights that still move fast at this time, with a seventh
# of the untrained ones in it.
#
# The line holds two numbers, so which of them was it? We have played all four
# pairs, from the same start, and kept in a table how the copy's marks are,
# what $D$ pays in the last epoch, and how much the player's images vary.

# %%
print("beta1  beta2  coverage  D's loss  images vary by")
for row in rows("momentum"):
    print(f"{row['beta1']:5} {row['beta2']:6} {row['coverage']:9.2f} "
          f"{row['d_loss']:9.2f} {row['spread']:15.4f}")  # fmt: skip

# %% [markdown]
# It was the momentum. With $\beta_1 = 0.9$ the game is lost with either
# $\beta_2$, and with $\beta_1 = 0$ it is level with either. What $\beta_2$
# does is small beside that: with 0.99 the copy covers a little more. (The
# first row is our first game, played on to as many turns as the second, and the
# last row is the second one. Here the library has played. It adds up the same
# sums in another order. So the games differ in the last digit of every number
# at first, and by and by in more.)
#
# Now look at the coverage of the copy! It is not far from that of real
# images. How can that be? In lesson 6 we have met this trap. Coverage asks of
# every real image whether there is a fake *near* it, and whatever is blurred
# is near the middle of everything. A single ghost between many real digits
# lies in the balls of all of them, and fills them all at once.
#
# ## The balls turned round
#
# Here are five real images on paper again, the blue points, and the red
# crosses of two generators. On the left we do what we did in lesson 6: a
# ball around each *real* image. On the right we turn the idea round, and draw
# a ball around each *generated* image, which just reaches to the nearest
# other cross. A real image that lies in one of these is one that the
# generator might have made: it is no further from a fake than fakes are from
# each other.

# %% Five points and six crosses tags=["hide-input"]
five = np.array([[1, 1], [3, 1], [6, 2], [6, 5], [3, 5]], float)
favourites = np.array([[2.0, 1.0], [2.1, 1.35], [4.4, 5.1], [4.65, 4.85],
                       [6.0, 3.4], [6.2, 3.7]])  # fmt: skip
many = np.array([[1.5, 0.3], [2.4, 2.2], [5.2, 1.2], [6.9, 4.1],
                 [5.0, 5.9], [2.1, 5.7]])  # fmt: skip
papers = {"crowded": favourites, "spread out": many}

def draw_balls(axes, centres, colour):
    """Draw a ball around each centre, up to the nearest other one."""
    from matplotlib.patches import Circle

    for x in centres:
        radius = np.sort(np.sqrt(((centres - x) ** 2).sum(axis=1)))[1]
        axes.add_patch(Circle(x, radius, edgecolor=colour, linewidth=0.9,
                              facecolor=colour + "14"))  # fmt: skip

@page.paper_style()
def show_balls():
    figure, grid = page.plot(
        5.4, 4.3, "Whose balls?", "Blue points: five real images. Red "
        "crosses: six generated ones. Each ball reaches to the nearest "
        "image of the same colour.", 2, 2)  # fmt: skip
    for row, (name, crosses) in zip(grid, papers.items(), strict=True):
        draw_balls(row[0], five, page.COLOURS[0])
        draw_balls(row[1], crosses, page.COLOURS[2])
        row[0].set_title(f"{name}: around real images")
        row[1].set_title(f"{name}: around its own images")
        for axes in row:
            axes.plot(*five.T, "o", color=page.COLOURS[0], markersize=5)
            axes.plot(*crosses.T, "x", color=page.COLOURS[2],
                      markersize=6, markeredgewidth=1.8)  # fmt: skip
            axes.set(aspect="equal", xlim=(-1.4, 9.9), ylim=(-2, 9))
            axes.axis("off")
    keep(page.settled(figure), "balls")

show_balls()

# %% [markdown]
# **Predict.** On the left, count the blue balls that hold a cross. On the
# right, count the blue points that lie in a red ball. What do you get for
# each of the two generators?

# %%
def squared(a, b):  # all squared distances: (N, D), (M, D) -> (N, M)
    a2, b2 = (a**2).sum(axis=1), (b**2).sum(axis=1)
    return a2[:, None] - 2 * a @ b.T + b2

def radii(centres, k):  # of their balls, squared; [:, 0] is 0: itself
    return np.sort(squared(centres, centres), axis=1)[:, k]

def covered(real, made, k):  # which real balls hold a generated image
    return (squared(real, made) <= radii(real, k)[:, None]).any(axis=1)

def recalled(real, made, k):  # which real images lie in a generated ball
    return (squared(real, made) <= radii(made, k)).any(axis=1)

# %%
for name, crosses in papers.items():
    held = covered(five, crosses, k=1).sum()
    inside = recalled(five, crosses, k=1).sum()
    print(f"{name:10} crosses: {held} of 5 blue balls hold one, "
          f"{inside} of 5 points lie in a red one")  # fmt: skip

# %% [markdown]
# The coverage of both is perfect. But the crowded crosses lie between the
# real images, like ghosts, and close together. Their own balls are tiny, and
# *no* real image lies in one. The share of real images that lie in a ball
# around a generated one is called **recall** (Kynkäänniemi and others 2019):
# how much of reality could this generator have made?
#
# Its twin is **precision**, the share of generated images that lie in a ball
# around a real one: how much of what it makes could be real? And for how
# crowded it is in the middle there is a number, too. *Density* (it has nothing
# to do with that of lesson 7) says in how many real balls a fake lies, on
# average, divided by $k$. For real images that is about 1.
#
# So we have four numbers. Two of them look at the fakes (precision and
# density), and two look at what there is to be made (recall and coverage).
#
# **Check.** Our recall and the library's agree.

# %%
made = images_of(second.calm, codes)
by_hand = recalled(held_out.astype(float), made.astype(float), k)
ghosts = marks["second, copy"]
assert np.isclose(by_hand.mean(), ghosts.recall)
claim(ghosts.recall < 0.1, "next to nothing is recalled")
claim(ghosts.precision > marks["real"].precision,
      "precision is higher than that of real images")  # fmt: skip
claim(ghosts.density > 2.5, "its fakes crowd in the middle")

# %% A table of marks tags=["hide-input"]
def show_marks(marks):
    print("               precision  recall  density  coverage")
    for name, mark in marks.items():
        print(f"{name:14} {mark.precision:9.2f} {mark.recall:7.2f} "
              f"{mark.density:8.2f} {mark.coverage:9.2f}")  # fmt: skip

show_marks(marks)

# %% Recalled, and not recalled tags=["hide-input"]
def some_of(which, n):  # the first n, or all that there are
    found = to_numpy(held_out[which][:n])
    return np.concatenate([found, np.full((n - len(found), pixels), 0.6)])

keep(draw.image_grid(
    np.concatenate([some_of(by_hand, 14), some_of(~by_hand, 28)]), shape,
    columns=14, row_labels=["recalled", "not recalled", ""],
    title="What the second game's copy recalls, and what not",
    caption="Real images that nobody was shown. Above, the first fourteen "
    "that lie in a ball around one of the copy's, or all if there are "
    "fewer. Below, the first that lie in none."), "recalled")  # fmt: skip

# %% [markdown]
# Now the ghosts are found out. Practically all of them lie in a real ball,
# which is *more* than real images manage. And each lies in three to four times
# as many balls as a real image does, because they crowd in the middle, where
# the balls overlap. Yet hardly any real image is as near to a ghost as ghosts
# are to each other, only a few plain strokes. Precision and coverage would
# have let the copy pass, and recall and density have not.
#
# All this is true of the copy alone. The player does not crowd in the middle:
# seven in ten of its images lie in no real ball at all. So its recall is low
# for another reason, and no mark flatters it.
#
# It is tempting to say now that this generator makes too few kinds of
# digits. Does recall say so? We let it judge images of which we know
# everything: a thousand real ones, of those that $D$ was shown. We only make
# them paler. Each moves towards the mean of all images, until so much of its
# contrast is left. By that no digit is lost, and nobody's handwriting.
#
# **Predict.** What will recall say about them?

# %%
mean = shown.mean(axis=0)
paled = {}
for contrast in (100, 90, 80, 70, 60):
    pale = mean + contrast / 100 * (shown[:1000] - mean)
    paled[f"contrast {contrast} %"] = examine(pale)
show_marks(paled)

# %% Checked tags=["hide-input"]
alike = float(made.std(axis=0).mean())
print(f"the copy's pixels vary by {alike:.3f} from image to image, "
      f"those of real images by {various:.3f}")  # fmt: skip
marks_of_pale = paled["contrast 70 %"]
claim(marks_of_pale.recall < 0.2, "pale real images have a low recall")
claim(marks_of_pale.density > 3, "and a high density")
claim(min(marks_of_pale.precision, marks_of_pale.coverage) > 0.95,
      "and nearly perfect precision and coverage")  # fmt: skip
claim(alike < 0.85 * various, "the copy's images are pale")
claim(pixels == 784, "an image has 784 pixels", f"{pixels}")

# %% [markdown]
# With 70 % of the contrast, the marks of real images have the pattern of the
# copy's: a perfect precision, a very low recall, a density far above 1, and a
# coverage that looks well. And not one digit is missing. So a low recall has
# two possible reasons: there are too few kinds of images, or all of them are
# too pale, too near to the middle. Here it is at least the second. The copy's
# pixels vary about three quarters as much as those of real images. Whether
# kinds are missing, too, has to be counted by itself, and near the end we
# shall do so.
#
# (This is a good place for a rest. Two games have been played. One was lost
# in a way that anybody sees, and the other in a way for which we needed
# recall.)
#
# ## A price on steepness
#
# Ghosts may need no other cure than patience: perhaps the game has been too
# short. But before we let one go on for long, remember what can happen. The
# first game tipped over within a few turns. What keeps a game level?
#
# In lesson 11 we met the *brake*. The discriminator's arrows, the gradients
# of its logit with respect to the image, are all that the forger hears. With a
# brake, the discriminator pays for their squared length. There it lowered the
# cliffs between heaps. Here is another reason for it, and this one is about
# the goal.
#
# Suppose that the forger has just become perfect. Then there is nothing left
# to tell, and the right map is level: $D = 1/2$ everywhere. But the map that
# we have is not level. It has been drawn against the fakes of yesterday, and
# nothing in $L_D$ asks it to become flat at once. So at each perfect fake
# there is still an arrow, and the forger follows it, away from the goal! If
# we make slopes expensive, they die down as soon as they are of no use. (So
# far these are only words. In lesson 13 we make the game so small that you
# can watch it happen: one weight for each player, with a brake and without.)
#
# Mescheder and others (2018) have shown for small games that this makes the
# difference between circling around the goal and arriving there. Their two
# prices are
# $$R_1 = \mathbb{E}_x \, |\nabla_x t(x)|^2 \qquad
# R_2 = \mathbb{E}_z \, |\nabla_x t(x)|^2_{x = G(z)}$$
# **R1** is the steepness at real images $x$, and **R2** at fakes: there the
# gradient is taken at $x = G(z)$. Such a price is
# called a **gradient penalty**. For all images of a pile, real and fake, it is
# the mean squared length of the gradient of their logits. In lesson 11 the
# library computed that. Now we do it ourselves.

# %%
def steepness(t, x):  # logits t (N, 1) of images x (N, pixels)
    arrows = grad(t.sum(), x, create_graph=True)  # (N, pixels)
    return (arrows**2).sum(axis=1).mean()

# %% [markdown]
# With `create_graph=True`, `grad` records its own steps. So its result can
# be differentiated again, as lesson 2 has promised.
#
# **Check.** Take $t = w \cdot x$ with $w = (3, 4)$. Its gradient with respect
# to $x$ is $w$ everywhere, and the squared length of that is 25. The
# derivative of $|w|^2$ with respect to $w$ is $2 w$.

# %%
w, x = Tensor(np.array([[3.0], [4.0]])), Tensor(np.ones((5, 2)))
steep = steepness(x @ w, x)
by_w = grad(steep, w)
print(f"steepness {float(detach(steep)):.0f}, gradient {by_w.ravel()}")
assert np.allclose(by_w, 2 * w.value)

# %% [markdown]
# ## The third game

# %%
def d_step_with_brake(D, adam, real, fake):
    x, label = pile(real, fake)
    x = Tensor(x)  # since we ask for a gradient with respect to it
    t = D(x)
    loss = 2 * bce_with_logits(t, label).mean()
    price = 2 * brake * steepness(t, x)  # R1 + R2
    adam.step(grad(loss + price, D.parameters()))
    return float(detach(loss))

# %% [markdown]
# **Predict.** The same start, the same images, no momentum, and a brake.
# Where will the discriminator's loss go now? And what about recall?

# %%
third = Game((0.0, 0.99), d_step_with_brake)
for _ in third.go_on(turns):
    pass

# %% The third game tags=["hide-input"]
keep(draw.image_rows(
    {"second": images_of(second.calm, codes[:14]),
     "third": images_of(third.calm, codes[:14])}, shape,
    title="Without a brake, and with it",
    caption=f"The same fourteen codes, by the calm copies of the second "
    f"and of the third game after {turns} turns."), "third_game")

# %%
mark_both("third", third)
show_marks(marks)

# %%
def pushing(game):  # how long the arrows are, at real images and fakes
    fake = 2 * images_of(game.G, codes[:500]) - 1
    x = Tensor(np.concatenate([2 * held_out[:500] - 1, fake]))
    arrows = grad(game.D(x).sum(), x)
    return float((arrows**2).sum(axis=1).mean() ** 0.5)

for name, game in {"second": second, "third": third}.items():
    loss = np.mean(game.losses[-100:], axis=0)[0]
    print(f"{name:6} game: arrows {pushing(game):.2f} long, D's loss "
          f"{loss:.2f}, where log 4 is {math.log(4):.2f}")  # fmt: skip

# %% What D pays tags=["hide-input"]
def by_epoch(game):  # D's loss, averaged over each epoch
    losses = np.array(game.losses)[:, 0]
    return losses.reshape(-1, epoch).mean(axis=1)

@page.paper_style()
def show_paid():
    figure, grid = page.plot(6.5, 2.4, "What the discriminator pays",
                             "The mean over each epoch.")  # fmt: skip
    axes = grid[0, 0]
    for i, (name, game) in enumerate({
            "first": first, "second": second, "third": third}.items()):
        paid = by_epoch(game)[:epochs]
        axes.plot(np.arange(1, len(paid) + 1), paid,
                  color=page.COLOURS[i], label=f"{name} game")
    axes.annotate("given up", (len(by_epoch(first)) + 0.2, end[0]),
                  va="center", color=page.COLOURS[0])  # fmt: skip
    axes.axhline(math.log(4), color=page.INK, linewidth=0.8, linestyle=":")
    axes.annotate("log 4", (epochs, math.log(4) + 0.03), ha="right")
    axes.set(xlabel="epoch", ylabel="D's loss",
             xticks=range(0, epochs + 1, max(epochs // 4, 1)))
    axes.legend(loc="center right")
    keep(page.settled(figure), "paid")

show_paid()

# %% [markdown]
# Had you expected more? We had. In a game as short as this one, the brake
# changes next to nothing: the same ghosts, nearly the same marks, and arrows
# that are only a little shorter. Both games are still level, with $D$'s loss
# somewhat below $\log 4$.
#
# A brake is not there to make better images in the same time. Perhaps it lets
# one drive on. So the third game goes on now, until it is nearly three times
# as long, and what it owes to the brake we ask afterwards.
#
# **Predict.** Which of the four marks will change most?

# %%
path = [(turns, marks["third, copy"])]  # the marks on the way
strip = {turns: images_of(third.calm, codes[:14])}
for done in third.go_on(more * epoch):
    if done % (8 * epoch) == 0 or done == (epochs + more) * epoch:
        made = images_of(third.calm, codes)
        path.append((done, examine(made)))
        strip[done] = made[:14]

marks["goes on, copy"] = path[-1][1]
show_marks(marks)
claim(marks["goes on, copy"].precision >= 0.9, "precision stays above .9")
claim(marks["goes on, copy"].recall > 0.45, "recall has come to half")
claim(marks["goes on, copy"].density < 1.8, "density has come down to 1.6")
claim(marks["goes on, copy"].coverage >= marks["real"].coverage - 0.01,
      "coverage is at least that of real images")  # fmt: skip

# %% The digits come tags=["hide-input"]
keep(draw.image_rows(
    {f"turn {done:,}": made for done, made in strip.items()}, shape,
    title="The digits come",
    caption="Each column is one code, made into an image by the calm copy "
    "of the third game, later and later."), "digits_come")  # fmt: skip
when = [done for done, _ in path]
keep(draw.curves(
    {name: [getattr(mark, name) for _, mark in path]
     for name in ("precision", "recall", "coverage")}, x=when,
    xlabel="turn", ylabel="mark", title="The third game goes on",
    caption="Three marks of the calm copy against held-out images."),
    "path")  # fmt: skip

# %% [markdown]
# The ghosts have become digits. Go down a column: mostly the digit was there
# after a few hundred of these turns, and then it got its contrast. Precision
# and coverage have hardly moved since, and whoever had watched only these two
# would have stopped there. What has grown all the way is recall, and density
# has come down towards that of real images. (A little precision has been paid
# for it. And more than four real images out of ten are still not recalled.)
#
# Coverage is now even higher than that of real images: their 0.89 is no
# ceiling. Fakes that still crowd a little, with a density above 1, can fill
# more balls than real images do. In the table of pale images coverage rose in
# the same way, up to 0.97, though nothing had become better.
#
# Is this the brake's doing, or would patience alone have done it? For that we
# need more than one game. So we have played six, three with a brake and three
# without one, each a little longer than this one, and kept the marks in a
# table.

# %%
print("brake  seed   precision  recall  density  coverage  D's loss")
for row in rows("brake"):
    print(f"{row['brake']:5} {row['seed']:5.0f} {row['precision']:11.2f} "
          f"{row['recall']:7.2f} {row['density']:8.2f} "
          f"{row['coverage']:9.2f} {row['d_loss']:9.2f}")  # fmt: skip

# %% [markdown]
# (With seed 0 and a brake of 0.1 the table has nearly the marks of our own
# third game. It is the same game, six epochs longer, and played by the
# library, which rounds differently.)
#
# Patience does most of it. But from every start, the game with a brake has
# the higher recall, and its other marks are about as good. And look at the
# last column, the mean of the last ten epochs. Without a brake, $D$'s loss
# has come down further from $\log 4$. So what tells the second game from the
# third, when both are long, is recall again.

# %% [markdown]
# ## Why the copy draws better
#
# The copy's images have become digits. Here they are once more, below those of
# the player, as the last turn has left it.

# %% The third game at its end tags=["hide-input"]
show_samples(third, "goes_on", "The third game, much later",
             "Still the same codes in both halves.")  # fmt: skip

# %% [markdown]
# The shapes are mostly the same. But the player has scattered white dots over
# its images, single pixels where no pen has been, and torn holes into the
# strokes. We call the dots *specks*.
#
# **Predict.** You know the copy's marks. What do you expect of the player's?

# %%
marks["goes on, player"] = examine(images_of(third.G, codes))
show_marks(marks)
claim(marks["goes on, player"].coverage < 0.7, "the player covers less",
      f"{marks['goes on, player'].coverage:.2f}")  # fmt: skip

# %% [markdown]
# The player's precision and coverage are about half of the copy's! So much
# of what we have praised in the third game is owed to an average that takes
# no part in it.
#
# The field calls it an **exponential moving average** of the weights, EMA for
# short: what was $n$ turns ago counts $0.997^n$ times as much as what is now.
# Yazıcı and others (2019) have found that it helps nearly every GAN. Why does
# it help so much? We count the specks first: white pixels all of whose
# neighbours are black.

# %%
def where_specks(images):  # white pixels with only black neighbours
    tall, wide = shape
    white = to_numpy(images).reshape(-1, tall, wide)
    framed = np.pad(white, ((0, 0), (1, 1), (1, 1)))
    around = np.zeros_like(white)
    for i in range(3):
        for j in range(3):
            if (i, j) != (1, 1):
                shifted = framed[:, i : i + tall, j : j + wide]
                around = np.maximum(around, shifted)
    return (white > 0.5) & (around < 0.25)

def specks(images):  # how many there are in each image
    return where_specks(images).sum(axis=(1, 2))

# %%
for name, made in {"real": held_out, "player": images_of(third.G, codes),
                   "calm copy": images_of(third.calm, codes)}.items():
    found = specks(made)  # of each image
    print(f"{name:10} {found.mean():.2f} specks an image, "
          f"{(found > 0).mean():.0%} have at least one")  # fmt: skip
never = (to_numpy(shown) > 0.5).mean(axis=0) < 0.001  # practically
there = where_specks(images_of(third.G, codes)).reshape(-1, pixels)
print(f"player: {there[:, never].sum(axis=1).mean():.1f} of them on the "
      f"{never.sum()} pixels that are never white in real images")

# %% [markdown]
# ## What the nets do not know
#
# Real images have next to no specks, the player's have many, and of the copy's
# images most have none. In lesson 0 we asked where they come from. Two things
# let them in, and you know both.
#
# The first is in the nets. The last layer of $G$ has 512 weights for each
# pixel, and they belong to that pixel alone. That two pixels lie side by
# side, and mostly go together, is not built in anywhere. Each pixel has to
# learn by itself to stay black when it should.
#
# The second is Adam. In lesson 5 we have seen that it divides each gradient
# by its usual size. So the weights of a pixel at the edge, whose gradients are
# tiny and mostly noise, take steps as long as all others. They wander. Now and
# then a pixel wanders into the white, until the discriminator complains. In
# an average over hundreds of turns such wanderings cancel, and what all these
# turns have in common is left.
#
# Adam is to blame only in part, though. About half of the player's specks lie
# on pixels that are never white in real images, where gradients are tiny. And
# in a longer game in which we kept Adam's steps short where gradients are
# tiny (with $\epsilon = 0.001$), the player was left with 4.3 specks an
# image, where it had 6.0 without that.
#
# **Check.** If the nets do not know which pixels are neighbours, then
# nothing should change for them if we shuffle the pixels, in the same way in
# all images. We shuffle the rows of the weights of $D$'s first layer with
# them.

# %%
order = np.random.default_rng(0).permutation(pixels)
blind = copy.deepcopy(third.D)
blind.layers[0].W.value = third.D.layers[0].W.value[order]
with no_grad():
    before = third.D(2 * held_out[:100] - 1)
    after = blind(2 * held_out[:100][:, order] - 1)
assert np.allclose(before, after, atol=1e-3)
print("the same 100 logits, whatever the order of the pixels")

# %% A digit, as the nets see it tags=["hide-input"]
keep(draw.image_rows(
    {"for us": held_out[:14], "for the nets": held_out[:14][:, order]},
    shape, title="The same images twice",
    caption="Below, the pixels of every image in another order, the same "
    "for all of them. A dense net learns from the one as well as from the "
    "other."), "order")  # fmt: skip

# %% [markdown]
# That was $D$ at the end of a game. But the whole game would be the same. The
# initial weights are drawn alike for all pixels, so a shuffled start is as
# likely as the other one. And Adam treats each weight alone. So a game of
# shuffled images from such a start has the same losses, turn by turn, and the
# same weights in another order.
#
# ## Learnt, or learnt by heart?
#
# A forger that stores the images of its training and hands them out would
# get the best marks of all. It would have cheated. (It has never seen one, but
# a discriminator that knows them by heart might lead it to them.) In lesson 0
# we have looked for the real image nearest to each fake. How near would be
# suspicious? We know something to compare with: images that are new for
# certain. How far are *unseen* real images from the nearest one that $D$ was
# shown?
#
# **Predict.** Will the fakes lie nearer to the training images than unseen
# real images do, or further away, or about as far?

# %%
def nearest(images):  # how far, and which of the images that D was shown
    found = squared(images, shown)
    return np.sqrt(found.min(axis=1)), shown[found.argmin(axis=1)]

made = images_of(third.calm, codes)
ours, close_to_ours = nearest(made)
unseen, close_to_unseen = nearest(held_out)
for name, far in {"fakes": ours, "unseen real images": unseen}.items():
    print(f"{name:18} nearest {far.min():.1f}, half of them within "
          f"{np.median(far):.1f}")  # fmt: skip
claim(np.median(ours) > 0.7 * np.median(unseen),
      "fakes lie hardly nearer than unseen images do")  # fmt: skip

# %% With the nearest ones below tags=["hide-input"]
def show_nearest(name, images, close, far, title):
    keep(draw.image_grid(
        np.concatenate([images, close]), shape, columns=14, title=title,
        row_labels=[name, "nearest"],
        column_labels=[f"{distance:.1f}" for distance in far],
        caption="Below each image the nearest of those that D was shown, "
        "and above it how far away that one is."),
        f"nearest_{name}")  # fmt: skip

some = slice(56, 70)
show_nearest("fake", made[some], close_to_ours[some], ours[some],
             "Fakes of the third game, by the calm copy")  # fmt: skip
show_nearest("unseen", held_out[some], close_to_unseen[some],
             unseen[some], "Real images that nobody was shown")

# %% [markdown]
# They lie about as far from the training images as unseen real images do, and
# the pictures show the same: the nearest one is mostly the same digit, in
# another hand. So this forger has not learnt by heart.
#
# Last, the digits themselves. Are there all ten? For that we need the judge
# of lesson 5, a classifier of real images.

# %%
judge = measure.judge(digits, rng=np.random.default_rng(knobs.seed),
                      steps=20 if knobs.quick else 600)  # fmt: skip

def kinds(images):  # how many of each digit: all, and the sure ones
    with no_grad():
        belief = to_numpy(softmax(judge(images)))  # (N, classes)
    seen_as, sure = belief.argmax(axis=1), belief.max(axis=1) > 0.9
    n = len(digits.class_names)
    return (measure.class_counts(seen_as, n),
            measure.class_counts(seen_as[sure], n))

seen = [kinds(images) for images in (
    held_out, images_of(second.calm, codes), made)]  # fmt: skip
print(f"of 1,000 images, by a judge who is right on {judge.accuracy:.1%}; "
      "in brackets: those of which it is sure")  # fmt: skip
print(f"digit{'real':>16}{'second game':>16}{'third game':>16}")
for i, name in enumerate(digits.class_names):
    print(f"{name:5}", *[f"{all_of[i]:9} ({sure[i]:3})"
                         for all_of, sure in seen])  # fmt: skip
print("sure ", *[f"{sure.sum():15}" for _, sure in seen])
(_, clear), (counts, certain) = seen[1:]
assert counts.sum() == len(made)
claim((counts > 0).all(), "there are all ten digits")
claim(certain.sum() > 1.5 * clear.sum(), "the judge is sure of more")
claim(clear.max() > 4 * clear.min(), "some are rare in the second")
claim(certain.max() < 4 * certain.min(), "the third one is more even")

# %% From code to code tags=["hide-input"]
angles = np.linspace(0, np.pi / 2, 13)[:, None]
walks = []
for a, b in zip(codes[70:75], codes[75:80], strict=True):
    way = asarray(np.cos(angles) * a + np.sin(angles) * b, "float32")
    walks.append(to_numpy(images_of(third.calm, way)))
keep(draw.interpolations(
    np.stack(walks), shape, title="From code to code",
    caption="Each row leads from one random code to another one, and "
    "shows what the third game's copy makes of the codes on the way."),
    "walks")  # fmt: skip

# %% [markdown]
# All ten digits are there, in both games. But the judge has to name one of ten
# even for a grey cloud. So look at the numbers in brackets, the images of which
# it is sure (it gives their digit more than 0.9). It is sure of 815 real images
# and of 264 of the second game's: the ghosts were pale. Among these are 76 of
# the 2, and only 4 of the 9, of which it knows 82 real ones. So as far as
# ghosts can be named, some kinds were rare, too. At its end the third game has
# mended much of both. That its images are more various is what these counts
# say, and recall alone could not have said it.
#
# Between two codes the digits change step by step, and most of the steps are
# digits, too. (The ways are arcs and not straight lines: all of their codes
# are as far from 0 as random codes are.)
#
# ## A listing that cannot learn
#
# Back to the article. Its nets are ours. But let us draw what its listing for
# the GAN computes.

# %% The listing, as a drawing tags=["hide-input"]
keep(draw.network(
    "code z -> [generator G] -> fake -> [loss of G]\n"
    "real image -> [discriminator D] -> logit t -> [loss of D]\n"
    "fake -> [discriminator D]", marked={"loss of G"},
    title="The listing as a drawing",
    caption="Follow the arrows back from G's loss: they never come to the "
    "discriminator."), "listing")  # fmt: skip

# %% [markdown]
# There are three mistakes in it.
#
# - (a) *D is never asked.* The generator's loss is the cross-entropy of $G$'s
#   own pixels with the target 1, as if they were logits.
# - (b) *The code is replaced.* The function takes $z$ as an argument, and then
#   puts fresh noise in its place.
# - (c) *Nothing moves.* The listing asks for both losses, step after step,
#   and no optimiser ever runs.
#
# **Predict.** We let a generator learn by the loss of (a). What will it draw?

# %%
rng = np.random.default_rng(knobs.seed)
G, D = new_nets(rng)
adam = Adam(G.parameters(), lr)
for _ in range(wrong):
    fake = G(normal(rng, (batch, Z)))
    loss = bce_with_logits(fake, 1).mean()  # (a): and not D(fake)
    adam.step(grad(loss, G.parameters()))

# %% What it learns tags=["hide-input"]
unasked = {"real": held_out[:14], "untrained": untrained[:14],
           "learnt": images_of(G, codes[:14])}  # fmt: skip
keep(draw.image_rows(
    unasked, shape, title="A generator that never asks",
    caption="Fourteen codes, before and after."), "unasked")  # fmt: skip

# %% [markdown]
# White squares. The cross-entropy with the target 1 falls as a logit rises,
# and here the pixels are the logits. So a brighter pixel is a better one,
# whatever the data are. No data came into it at all! (Here we have mended (c)
# and let Adam run. A reader of this loss alone would have been content, since
# it falls and falls.)
#
# As in lesson 7, the engine could have told us. We ask for the gradient of
# $G$'s loss with respect to $D$, through which it should have come.

# %%
loss = bce_with_logits(G(codes[:8]), 1).mean()
try:
    grad(loss, D.parameters())
except ValueError as problem:
    print(f"ValueError: {problem}")

# %% [markdown]
# `grad` says it plainly: no way leads from this loss to $D$. For (b) and (c)
# we need no training at all.

# %%
noise = np.random.default_rng(7)

def generate(z):
    z = normal(noise, z.shape)  # (b): fresh noise in its place
    return images_of(third.calm, z)

def no_turn(D, adam, real, fake):  # (c): the loss is asked for, no more
    x, label = pile(real, fake)
    return float(detach(2 * bce_with_logits(D(x), label).mean()))

# %%
once, again = generate(codes[:14]), generate(codes[:14])
apart = float(abs(once - again).max())
print(f"(b) one code, two images, and pixels differ by {apart:.2f}")
assert apart > 0
asked = [no_turn(D, None, 2 * shown[:200] - 1, 2 * untrained[:200] - 1)
         for _ in range(3)]  # fmt: skip
print("(c) D's loss, asked for three times:", np.round(asked, 4))
assert asked[0] == asked[-1]

# %% [markdown]
# With (b) you could never draw the same image twice, nor walk from one code to
# another. With (c) everything runs without a complaint, and the losses stay
# what they were.

# %% [markdown]
# ## Looking back
#
# Nothing in the game has changed since lesson 11, and images came out of it.
# What decides is what surrounds the loop. At this learning rate, momentum
# loses the game. A price on steepness keeps the game nearer to level, and in a
# long one it adds some recall to what patience brings. And the average of the
# forger's weights draws far better than the forger.
#
# And we have learnt to say what we see. Precision and density look at the
# fakes, coverage and recall look at reality. Who quotes one of them alone can
# hide nearly anything. (In lesson 14 we fool them all.)
#
# Elsewhere you find the same things under these names. Large GANs have
# convolutions in place of dense layers, such as DCGAN (Radford and others
# 2015), and these do know which pixels are neighbours. StyleGAN pays for
# $R_1$, but only every sixteenth turn, and shows its EMA. And precision and
# recall are measured between the features of a trained classifier, where
# distances mean more than between pixels. The marks that papers quote most
# are the FID, which lesson 14 explains, and the older inception score. DCGAN
# also has batch normalisation (lesson 4), which we can do without here. And
# when some kinds are missing, but not all: that is mostly called mode
# dropping.
#
# What nobody fully understands is why such games settle as often as they do,
# far from where anything has been proved. And when they do not: how would one
# know which of the accidents it is? That is lesson 13.

# %% [markdown] tags=["footer"]
# ## Try
#
# 1. `momentum=0.5`: Half of the usual momentum in the first game. Is it
#    lost all the same?
#
#    **Answer.** No. $D$'s loss is 1.01 when we stop, so the game is level, and
#    the player's images vary by 0.08. That is two fifths of what real ones do.
#    But it is behind: without momentum they vary by 0.15 after as many turns.
#    So a little momentum does not lose the game, it only makes it slower. (The
#    authors of DCGAN found that 0.9 was too much, and took 0.5.)
#
# 2. `memory=0.9`: The calm copy remembers some ten turns in place of some
#    three hundred. What becomes of the pictures and of the marks?
#
#    **Answer.** The third game ends with strokes as firm as before, among
#    4.6 specks an image, where there was less than half a one. Its recall is
#    0.58, nearly as with the long memory. But its precision is 0.63, and its
#    coverage 0.56. And in the short games there are no ghosts, since ghosts are
#    averages: the second game's density is 0.36.
#
# ## Exercises
#
# `python -m lessons check 12` tests your answers to these.
#
# - *Build it*: `generator_loss`, from the softplus. `precision_and_density`,
#   the two marks that we have only said in words.
# - *Change it*: `smoothed_discriminator_loss`, a discriminator that is never
#   asked to be quite sure.
# - *Break it*: `leaky_step`, a turn in which $G$ is made to help $D$.
#   `impostors`, images with good marks that nobody has invented.
#
# ## Sources
#
# - Goodfellow and others, *Generative Adversarial Nets* (2014),
#   arXiv:1406.2661, equation 1, and section 3 for the generator's loss.
# - Mescheder, Geiger and Nowozin, *Which Training Methods for GANs do
#   actually Converge?* (2018), arXiv:1801.04406, equations 9 and 10, with a
#   factor 1/2 that we leave out.
# - Kynkäänniemi and others, *Improved Precision and Recall Metric for
#   Assessing Generative Models* (2019), arXiv:1904.06991.
# - Naeem and others, *Reliable Fidelity and Diversity Metrics for Generative
#   Models* (2020), arXiv:2002.09797, for density and coverage.
# - Yazıcı and others, *The Unusual Effectiveness of Averaging in GAN Training*
#   (2019), arXiv:1806.04498.
# - Radford, Metz and Chintala, *Unsupervised Representation Learning with
#   Deep Convolutional Generative Adversarial Networks* (2015),
#   arXiv:1511.06434.
# - LeCun, Cortes and Burges, the MNIST database, for the digits.
#
# ## For maintainers
#
# **Takes** 45 minutes to read, 88 s to run.
# **Recorded** with quick=False data=mnist5k seed=0 backend=numpy Z=32
# batch=128 lr=0.001 momentum=0.9 brake=0.1 memory=0.997 k=5 n_images=4000
# lost=5 epochs=20 more=34 wrong=100 (2026-11-30)
# **Measured** over seeds 0, 1, 2: first game, D's loss .000 each, G's 14, 13
# (seeds 0, 1); it is below .1 first at turn 8, 9, 12, when the player's
# images vary by .13, .12, .10, and at turn 100 by .008, .003, .003 (at turn 1
# .19, .18, .19). Second game, seed 0: the copy's images vary by .148, its
# player's by .203. After 160 turns the player's images vary by .15, those of
# real ones by .195 (claimed: a third of that). Precision, recall, density and
# coverage of the second game 1.00 .00 3.41 .75, 1.00 .01 3.42 .77, 1.00 .01
# 3.86 .75 (claimed: recall below .1, density above 2.5), of the third one at
# the same length .99 .01 3.39 .78, 1.00 .02 3.60 .80, 1.00 .01 3.97 .79, at
# its end .98 .55 1.55 .93, .99 .52 1.53 .91, .99 .54 1.53 .91 (claimed: .9,
# .45, 1.8, and real images' .89 less .01), of its player .51 .51 .23 .48 and
# .52 .39 .24 .43 (seeds 0, 1). Four epochs more give a recall of .59 .56 .58,
# and six more .62 .59 .60. Arrows of the second and third .59 .44, .67 .47,
# .53 .52; D's loss 1.27 1.29, 1.29 1.28, 1.29 1.28. Specks an image 5.5, 5.7
# (seeds 0, 1), of the copy .34, .36. Fewest of a digit 70, 78 of 1,000. The
# judge is sure of 815 real images, of 264 of the second game's (4 to 76 of a
# digit) and of 686 of the third's (49 to 108; claimed: the most less than 4
# times the fewest), seed 0; with OPENBLAS_CORETYPE=Haswell of 251 (3 to 66)
# and 681 (43 to 112), and every claim holds. Half of the fakes within 5.0, of
# unseen images 5.2 (claimed: .7 of it). The six long games:
# `python -m lessons.tables brake` (412 s of CPU), the four pairs of betas:
# `python -m lessons.tables momentum` (65 s). With other processors'
# arithmetic (OPENBLAS_CORETYPE=Haswell) the end was .97 .55 1.38 .92 four
# epochs later, and the first game, played on to 640 turns, wakes up again. In
# batches of 64, and with a memory of .995, a brake changes the marks of 1,500
# turns as little as here those of 640: recall .36 against .34 without (seed
# 0). A learning rate of .002 is worse (recall .01 after 800 turns), .0005 no
# better; Adam's eps 1e-3 leaves the player 4.3 specks, and recall as it was.
