# %% [markdown]
# # 10. Conditional models
#
# Fourteen hands have written a letter each. One leans to the left and uses
# a thin pen, another one writes small and fat. How would the same hand
# write a *different* letter? Lesson 9's typesetter can tell, since it knows
# of each letter how it leans, how thick its strokes are and how large it
# is. It keeps these three, and draws another letter.
#
# In this lesson a net learns to do the same. It sees images and the names
# of the letters, and nobody tells it what a slant is.

# %%
import numpy as np

from lessons.support import claim, keep, options, progress
from lessons.tables import augmentation, column, rows
from scratchgen import MLP, Adam, Dense, data, draw, grad, measure, vae
from scratchgen.backend import asarray, normal, to_numpy
from scratchgen.data import batches
from scratchgen.draw import page
from scratchgen.engine import detach, no_grad
from scratchgen.functions import (
    bce_with_logits,
    gaussian_kl,
    join,
    relu,
    sigmoid,
)

# %% Knobs
knobs = options("conditional", data="mnist5k", seed=0)
letters = "AEHKR"  # what the typesetter draws
n_letters = 600 if knobs.quick else 7200  # a sixth of them is held out
Z = 8  # hidden numbers for a letter
hidden = (256, 256)  # widths of the nets
lr = 0.001  # Adam's step
prices = (1.0, 2.0, 4.0)  # of a nat: beta of each of three machines
epochs = 1 if knobs.quick else 12  # for each machine of letters
patience = 2 if knobs.quick else 40  # epochs, for a second try
encoder_told = True  # does the encoder read the label, too?
real_epochs = 1 if knobs.quick else 15  # for the one of handwriting
arm = "own"  # what a classifier is given beside its 50 images
steps = 20 if knobs.quick else 400  # of each classifier

# %%
drawn = data.glyphs(n_letters, characters=letters,
                    typefaces=["DejaVuSans"],
                    fixed={"rotation": 0.0})  # fmt: skip
images, labels = drawn.train_images, drawn.train_labels
D, C = images.shape[1], len(letters)  # pixels, and letters

# %% [markdown]
# The typesetter takes the hands of some held-out letters, and draws each
# letter in each of them. With its own letter each image comes out as it was.

# %%
n = min(500, len(drawn.test_images))
sources, own = drawn.test_images[:n], drawn.test_labels[:n]
factors = {name: drawn.test_factors[name][:n]
           for name in drawn.test_factors}  # fmt: skip

# %%
def redrawn(c):  # the same hands, letter c
    as_c = factors | {"character": np.full(n, c)}
    return data.draw_glyphs(as_c, letters)

right = np.stack([redrawn(c) for c in range(C)], axis=1)  # (n, C, D)
assert np.allclose(right[np.arange(n), own], sources, atol=0.01)

# %% Fourteen hands tags=["hide-input"]
first = np.arange(min(14, n))
further = 1 + first % (C - 1)  # 1 to 4 letters, so never its own
wanted = (own[first] + further) % C
keep(draw.image_rows(
    {"a hand": sources[first], "another letter": right[first, wanted]},
    (28, 28), title="The same hand, another letter",
    caption="First row: letters, each with a slant, a weight and a size "
    "of its own. Below: other letters that the typesetter has drawn with "
    "the same slant, weight and size."), "hands")  # fmt: skip

# %% [markdown]
# To take the *what* from one place and the *how* from another one is called
# **style transfer**. Our article names it as a use of GANs and VAEs, and
# shows none. It names another one: images that a model has made should serve
# as more training data for a classifier. (In lesson 5 data augmentation
# meant changed copies of images, such as shifted ones.) We try both, and
# measure.
#
# ## The label on both sides
#
# In the VAE of lesson 7, a code holds both the letter and the hand, mixed in
# the same few numbers. How do we get the letter out of the code?
#
# We *say* which letter it is, to both nets. Think of a phone call in which
# you describe a picture, and somebody at the other end redraws it. Every
# word costs. If you both know that it is a K, you need not waste words on
# that. You will speak of how it leans.
#
# So besides the image $x$ there is a label $y$, a name that is known for each
# image. Both nets read it, as a one-hot row (lesson 4) beside what they
# read before.

# %% The label, on both sides tags=["hide-input"]
keep(draw.network(
    "image x -> [encoder] -> mean, log variance -> [draw] -> code z "
    "-> [decoder] -> coins\nlabel y -> [encoder]\n"
    "label y again -> [decoder]",
    sizes={"image x": D, "encoder": (D + C, *hidden), "mean": Z,
           "log variance": Z, "code z": Z, "label y": C,
           "label y again": C, "decoder": (Z + C, *hidden[::-1], D),
           "coins": f"{D} logits"},
    marked={"label y", "label y again"},
    title="A conditional VAE",
    caption="Lesson 7's machine, and the label (red) goes into both nets. "
    "To change the letter and keep the hand, give the decoder another "
    "label."), "nets")  # fmt: skip

# %% [markdown]
# What does that do to the bound? Nothing is derived anew. Take only the
# images of one letter, with a machine of their own: prior $p(z)$, likelihood
# $p(x \mid z, y)$, guess $q(z \mid x, y)$. For them lesson 7's derivation
# holds word for word:
# $$\log p(x \mid y) \geq \mathbb{E}_q[\log p(x \mid z, y)]
# - \mathrm{KL}(q(z \mid x, y) \parallel p(z))$$
# That is one machine for each letter. But they share their weights. Each of
# the nets is one net, and the label tells it which machine it should be.
# This is a **conditional VAE** (Kingma, Rezende and others 2014; Sohn and
# others 2015). Note what does *not* depend on $y$: the prior. An A and a K
# draw their hidden numbers from the same bell curves. (In the paper of Sohn
# and others, the prior reads the label as well.)

# %%
class ConditionalVAE:
    def __init__(self, rng):
        reads = D + C if encoder_told else D
        self.trunk = MLP([reads, *hidden], out=relu, rng=rng)
        self.mean = Dense(hidden[-1], Z, rng=rng)
        self.log_var = Dense(hidden[-1], Z, rng=rng)
        self.decoder = MLP([Z + C, *hidden[::-1], D], rng=rng)
        parts = self.trunk, self.mean, self.log_var, self.decoder
        self.parameters = [w for part in parts for w in part.parameters()]

    def encode(self, x, y):
        read = beside(x, y) if encoder_told else x  # (N, D + C)
        h = self.trunk(read)  # (N, hidden[-1])
        return self.mean(h), self.log_var(h)  # (N, Z), (N, Z)

    def decode(self, z, y):
        return self.decoder(beside(z, y))  # (N, Z + C) -> (N, D)

# %%
def beside(rows, y):  # (N, W), (N,) -> (N, W + C)
    one_hot = np.eye(C)[y]
    return join(rows, asarray(one_hot, "float32"), axis=1)

two = beside(asarray(np.zeros((2, 3)), "float32"), np.array([0, 3]))
print(to_numpy(two))

# %% [markdown]
# Now the terms of the bound, and the loop. Compare them with lesson 7's:
# wherever there was an `x`, there is a `y` as well, and nothing else has
# changed. (We give the grey pixels to the loss as they are, as in lesson 9,
# in place of tossing coins. `beta` is the price of a nat.)

# %%
def elbo(model, x, y, rng):
    mean, log_var = model.encode(x, y)
    noise = normal(rng, mean.shape)
    z = vae.reparameterise(mean, log_var, noise)
    logits = model.decode(z, y)
    fit = -bce_with_logits(logits, x).sum(axis=1)  # (N, D) -> (N,)
    return fit, gaussian_kl(mean, log_var)  # (N,), (N,)

# %%
def train(model, beta, epochs, rng):
    adam = Adam(model.parameters, lr=lr)
    for _ in range(epochs):
        paid = 0.0
        for x, y in batches((images, labels), 128, rng):
            fit, price = elbo(model, asarray(x), y, rng)
            loss = (beta * price - fit).mean()
            adam.step(grad(loss, model.parameters))
            paid += float(detach(price).sum())
        yield paid / len(images)  # nats per image

# %% [markdown]
# ## One code, every letter
#
# To transfer a style takes two lines. The encoder gets an image with its
# *own* label, and the decoder gets the code with *another* one.

# %%
def code_of(model, x, y):
    with no_grad():
        return to_numpy(model.encode(asarray(x), y)[0])  # the mean

def picture(model, z, y):
    with no_grad():
        logits = model.decode(asarray(z, "float32"), y)
        return to_numpy(sigmoid(logits))

# %%
def in_every_letter(model, x, y):
    z = code_of(model, x, y)
    made = [picture(model, z, np.full(len(z), c)) for c in range(C)]
    return np.stack(made, axis=1)  # (N, C, D)

# %%
rng = np.random.default_rng(knobs.seed)
plain = ConditionalVAE(rng)
for _ in progress(train(plain, prices[0], epochs, rng), epochs):
    pass

# %% The first try tags=["hide-input"]
made = in_every_letter(plain, sources, own)
keep(draw.image_rows(
    {"a hand": sources[first], "right answer": right[first, wanted],
     "machine": made[first, wanted]},
    (28, 28), title="Style transfer, the first try",
    caption="The machine encodes the first row, and decodes with the "
    "labels of the second one. It has not seen the second row."),
    "first_try")  # fmt: skip

# %% [markdown]
# Some of them are right! The first R leans to the left as the K above it
# does, and is as thin. Nobody had told the machine that there is such a thing
# as slant, or that an R and a K have it in common. But others are stained,
# as if two letters lay on top of each other. In the second column the A
# shines through the H, and further to the right an H is half a K.
#
# How bad is it, in numbers? We take the squared distance from the
# typesetter's letters, summed over the pixels. For its own letter it says how
# well the machine rebuilds, for the others how well it transfers. To have a
# scale, let the same be tried by somebody lazy, who hands the source back,
# and by somebody careless, who draws the right letter in any hand.

# %%
others = np.arange(C) != own[:, None]  # (n, C): not its own letter

def off(made):  # from the right answer: own letter, other letters
    distance = ((made - right) ** 2).sum(axis=2)  # (n, C)
    return distance[~others].mean(), distance[others].mean()

# %%
hand_back = np.repeat(sources[:, None], C, axis=1)
any_hand = right[np.random.default_rng(0).permutation(n)]
for name, answer in {"source handed back": hand_back,
                     "right letter, any hand": any_hand,
                     "machine": made}.items():  # fmt: skip
    print(f"{name:23} own letter {off(answer)[0]:5.1f} off, "
          f"others {off(answer)[1]:5.1f}")  # fmt: skip

# %% Held to it tags=["hide-input"]
rebuilt, transferred = off(made)
claim(transferred < off(any_hand)[1] / 2, "the machine knows the hand")
claim(transferred > 4 * rebuilt, "the swap costs",
      f"{transferred:.1f} against {rebuilt:.1f}")  # fmt: skip

# %% [markdown]
# With other letters, both are clearly behind the machine. But its *own* letter
# it gives back nearly perfectly, and the others it draws many times worse.
# What can be so hard about drawing a K in the hand of this A? Such Ks were
# among the training images.
#
# **Predict.** The label was given to both nets, so the code need not say
# which letter it is. Does it? Suppose you see only a code, drawn for a new
# image, and look for the nearest code among those of the training images.
# How often is it one of the same letter? (If codes said nothing of the
# letter, it would be one time in five.)

# %%
def drawn_codes(model, x, y, rng):
    with no_grad():
        mean, log_var = model.encode(asarray(x), y)
        noise = normal(rng, mean.shape)
        return to_numpy(vae.reparameterise(mean, log_var, noise))

def told_by_code(model):  # how many find a code of their own letter
    rng = np.random.default_rng(0)
    codes = drawn_codes(model, sources, own, rng)  # (n, Z)
    seen = drawn_codes(model, images, labels, rng)
    # |a - b|^2 = |a|^2 - 2 (a b - |b|^2 / 2): least if this is largest:
    closeness = codes @ seen.T - (seen**2).sum(axis=1) / 2
    return (labels[closeness.argmax(axis=1)] == own).mean()

print(f"nearest code of the same letter: {told_by_code(plain):.0%}")

# %% Held to it tags=["hide-input"]
claim(told_by_code(plain) > 0.8, "the code tells the letter")

# %% [markdown]
# ## Two witnesses
#
# Mostly, where chance would give one in five. So the decoder has two
# witnesses, the code and the label. During training they always agree, and it
# does not matter to whom it listens. Then we swap the label. For the first
# time in its life the decoder hears "this is a K" from the one and "this is
# an A" from the other. It has never learnt what to do then.
#
# Why does the code say what nobody needs? An encoder that learns to describe
# images describes their letters with them. The codes of A form one cloud and
# those of K another one, and in eight numbers there is room for both.
#
# Or is there something that pushes the clouds together? There is the price.
# For each letter by itself it compares the guesses with the *same* prior. If
# all codes of A lie in its left half, and all codes of K in the right one,
# then each letter leaves half of the prior empty, and pays for that.
#
# **Predict.** How much? Say that the codes of A are spread as the prior is,
# but over its left half alone. So they lie twice as densely there as the
# prior has it. How many nats more does a code of A cost, on average, than if
# its letter used the whole prior? (By lesson 7 a code costs
# $\log q - \log p$, on average.)

# %% What it costs to tell the letter tags=["hide-input"]
print(f"to tell 2 letters: {np.log(2):.2f} nats, to tell {C}: "
      f"{np.log(C):.2f}")  # fmt: skip

# %% [markdown]
# Twice the density costs $\log 2$ nats. They come on top of what the code says
# of the hand: the price is the sum of both (Hoffman and Johnson 2016). Other
# shapes than halves are no cheaper, as long as a code tells the letter for
# certain, since $\log 2$ nats is the information in the answer to a
# yes-or-no question (lesson 9's mutual information). For five letters it is
# $\log 5$.
#
# So that, or more, is what our machine could save. It is not much, beside
# what the pixels gain while the nets learn to draw at all. The fit speaks
# loudly, and the price in a low voice. We can listen for longer, or raise the
# voice: multiply the price, as in the beta-VAE of lesson 9.
#
# **Predict.** We train the first machine once more, for 40 epochs in place of
# 12. And we train two for 12 epochs with nats that cost 2 and 4. Order all four
# machines by how far their *other* letters will be off. Then order them by
# their *own* letter. Is it the same order?

# %%
def watched(beta, epochs):
    rng = np.random.default_rng(knobs.seed)
    model = ConditionalVAE(rng)
    notes = {"nats": [], "told": [], "own off": [], "others off": []}
    for nats in progress(train(model, beta, epochs, rng), epochs):
        far = off(in_every_letter(model, sources, own))
        found = nats, told_by_code(model), *far
        for name, value in zip(notes, found, strict=True):
            notes[name].append(value)
    return model, notes

# %%
patient, history = watched(prices[0], patience)
machines = {f"{prices[0]:g}": plain, f"{prices[0]:g}, patient": patient}
notes = {f"{prices[0]:g}, patient": history}
for beta in prices[1:]:
    machines[f"{beta:g}"], notes[f"{beta:g}"] = watched(beta, epochs)

# %% As they learn tags=["hide-input"]
@page.paper_style()
def show_forgetting():
    figure, grid = page.plot(
        6.5, 2.2, "The code forgets the letter",
        "Left: squared distance of the transferred letters from the right "
        "ones. Right: how many of 100 codes have their nearest neighbour "
        "in the same letter. Dotted: the right letter in any hand, and "
        "what chance would give.", 1, 2,
    )  # fmt: skip
    for axes, name, times, level in zip(
            grid[0], ("others off", "told"), (1, 100),
            (off(any_hand)[1], 100 / C), strict=True):  # fmt: skip
        for i, (b, found) in enumerate(notes.items()):
            y = times * np.array(found[name])
            axes.plot(np.arange(1, len(y) + 1), y, color=page.COLOURS[i],
                      label=f"a nat costs {b.split(',')[0]}")
        axes.axhline(level, color=page.INK, linewidth=0.8, linestyle=":")
        axes.set(xlabel="epoch", ylim=(0, None))
    grid[0, 0].set_title("other letters, off")
    grid[0, 1].set_title("nearest code: same letter")
    grid[0, 0].legend(loc="center right")
    keep(page.settled(figure), "forgetting")

show_forgetting()

# %% [markdown]
# All three are forgetting the letter! The price 4 has done so entirely, as 20
# in 100 is chance. Patience and the price 2 are on the way. And at what cost?
# Besides the distances we ask how well slant, ink and height go with those of
# the right answers. The usual number for this is the **correlation**. It is 1
# if more slant in the right answer always means more in the drawing, in
# proportion, and 0 if the one says nothing about the other.

# %%
def goes_with(of, made, wanted, shape=(28, 28)):
    a, b = [getattr(measure.moments(images.clip(0, 1), shape), of)
            for images in (made, wanted)]  # fmt: skip
    return np.corrcoef(a, b)[0, 1]

def kept(made):  # slant, ink, height: means over the letters
    for of in ("slant", "ink", "height"):
        yield np.mean([
            goes_with(of, made[others[:, c], c], right[others[:, c], c])
            for c in range(C)])  # fmt: skip

# %%
answers = {name: in_every_letter(model, sources, own)
           for name, model in machines.items()}  # fmt: skip
nats = {name: found["nats"][-1] for name, found in notes.items()}
nats[f"{prices[0]:g}"] = history["nats"][min(epochs, patience) - 1]

# %% The bill tags=["hide-input"]
print("a nat costs  nats  own off  others off    slant   ink  height")
for name, made in ({"(any hand)": any_hand} | answers).items():
    paid = f"{nats[name]:.1f}" if name in nats else ""
    near, far = off(made)
    shapes = [f"{c:.2f}" for c in kept(made)]
    print(f"{name:11} {paid:>5} {near:8.1f} {far:11.1f}    "
          f"{'   '.join(shapes)}")  # fmt: skip

# %% Held to it tags=["hide-input"]
one, still, two, four = [(*off(made), told_by_code(machines[name]))
                         for name, made in answers.items()]  # fmt: skip
here = f"{one[1]:.1f}, then {still[1]:.1f} and {two[1]:.1f}"
claim(still[1] < one[1] / 2, "patience halves the swap's cost", here)
claim(two[1] < one[1] / 2, "the price 2 halves the swap's cost", here)
claim(two[2] < one[2] - 0.1, "with 2 the codes tell less",
      f"{one[2]:.2f} and {two[2]:.2f}")  # fmt: skip
own_off = f"{one[0]:.1f}, {still[0]:.1f}, {two[0]:.1f}, {four[0]:.1f}"
claim(still[0] < one[0], "patience mends the own letter", own_off)
claim(four[0] > 2 * two[0], "the price 4 makes it worse", own_off)

# %% [markdown]
# It is not the same order: by other letters the first machine is the worst of
# the four, and by its own letter it is the second best. Look at the patient
# machine first. A nat costs what it cost before, but its codes say three
# fewer, and its *own* letter has become better as well. What it has dropped
# was of use to nobody. (It is more than $\log 5$. Clouds that lie apart fill
# the prior badly in other ways as well, we think.) So the bound itself does
# ask the code to forget the letter.
#
# Dear nats hurry it: one of the two witnesses has soon stopped talking about
# letters. But a dear nat knows no difference between the letter, of which the
# code need not speak, and the hand, of which it should. With the price 4 even
# the own letter comes back several times worse, and the ink follows the hand
# less exactly. So which price is better depends on what you want, and on how
# long you can wait.
#
# Could the encoder stay ignorant of the label? That alone is no cure (Try 2).
# Another one is: let a second net hunt for the letter in the code, and fine
# the encoder for every find (*fader networks*, Lample and others 2017).
# Part III is about such games.

# %% The worst of the first machine tags=["hide-input"]
distance = ((answers[f"{prices[0]:g}"] - right) ** 2).sum(axis=2)
pairs = [(a, b) for a in range(C) for b in range(C) if a != b]
worst = [np.where(own == a, distance[:, b], -1).argmax()
         for a, b in pairs]  # fmt: skip
by_trouble = distance[worst, [b for _, b in pairs]].argsort()[::-1]
hard = np.array(worst)[by_trouble[:14]]
to = np.array(pairs)[by_trouble[:14], 1]
keep(draw.image_rows(
    {"a hand": sources[hard], "right answer": right[hard, to]}
    | {f"a nat costs {name}": made[hard, to]
       for name, made in answers.items()}, (28, 28),
    title="What patience and a dearer nat repair",
    caption="For each pair of letters the hand with which the first "
    "machine has most trouble; shown are the fourteen worst pairs. Below "
    "it the same by the patient machine (40 epochs in place of 12) and by "
    "those that pay more."), "repaired")  # fmt: skip

# %% [markdown]
# The worst stains stand on As that should become Es, and the other way
# round. Where will these two letters lie among the codes?

# %% Where the hands live tags=["hide-input"]
def from_the_side(model):  # on which its letters differ most: (n, 2)
    z = code_of(model, sources, own)
    z = z - z.mean(axis=0)
    middles = np.stack([z[own == c].mean(axis=0) for c in set(own)])
    return z @ np.linalg.svd(middles)[2][:2].T

@page.paper_style()
def show_codes():
    figure, grid = page.plot(
        6.5, 2.0, "Where each letter keeps its hands",
        "Codes of held-out letters, each machine's seen from the side "
        "from which its letters differ most, so no two panels have the "
        "same axes. With patience or dear nats the letters come to share "
        "one place; with the price 2, E and A are still apart.",
        1, len(machines),
    )  # fmt: skip
    for axes, (name, model) in zip(grid[0], machines.items(),
                                   strict=True):  # fmt: skip
        xy = from_the_side(model)
        far = 1.15 * np.abs(xy).max()
        for c in range(C):
            axes.plot(*xy[:400][own[:400] == c].T, ".", markersize=3,
                      color=page.COLOURS[c])
        axes.set(title=f"a nat costs {name}", xticks=[], yticks=[],
                 aspect="equal", xlim=(-far, far), ylim=(-far, far))
    xy = from_the_side(plain)
    for c in range(C):  # name the clouds where they are apart
        grid[0, 0].text(*xy[own == c].mean(axis=0), letters[c], size=14,
                        weight="bold", path_effects=page.halo(),
                        ha="center", va="center")  # fmt: skip
    keep(page.trimmed(page.settled(figure)), "codes")

show_codes()

# %% [markdown]
# One thing deserves wonder. The letters come to share one place, but why does
# the same code make an A lean to the left and a K to the left, too? The bound
# looks at each letter by itself. Imagine a machine that reads the codes of Ks
# the other way round, $-z$ in place of $z$. It would have exactly the same
# bound, since the prior is symmetric. But a code that makes an A lean to the
# left would make a K lean to the right, and its styles would be useless. (In
# the exercise `mirrored` you build one.) That ours does not do so is due to
# the nets, we think: all letters share the same weights, and one rule for all
# of them may be learnt sooner than five. Nobody promises it, and in Try 3 it
# fails: clean letters, in another hand. So measure, where you can.
#
# ## Ghosts
#
# How far does it go? The hands that the nets have seen have weights up to 2
# pixels, and slants up to a quarter of the height to either side. Let the
# typesetter go beyond.

# %%
good = machines[f"{prices[1]:g}"]
usual = {"slant": 0.0, "weight": 1.25, "size": 15.0, "rotation": 0.0,
         "typeface": 0}  # fmt: skip
ways = {"slant": np.linspace(-0.6, 0.6, 14),
        "weight": np.linspace(0.1, 4.0, 14)}  # fmt: skip

# %%
beyond = {}
for name, values in ways.items():
    hand = usual | {name: values}
    given, answer = [data.draw_glyphs(hand | {"character": c}, letters)
                     for c in (0, 1)]  # fmt: skip
    z = code_of(good, given, np.zeros(14, int))
    beyond |= {f"{name}: given": given, f"{name}: right": answer,
               f"{name}: machine": picture(good, z, np.ones(14, int))}

# %% Beyond what it has seen tags=["hide-input"]
figure = draw.image_rows(
    beyond, (28, 28), title="Beyond the hands it has seen",
    caption="An A is given, an E is drawn. Slants go from -0.6 to 0.6, "
    "weights from 0.1 to 4 pixels. Framed: what the nets have seen.")
axes = figure.axes[0]
high, wide = axes.images[0].get_array().shape
for row, (first_seen, end) in ((0, (4, 10)), (3, (2, 7))):
    left, right_side = first_seen * wide / 14, end * wide / 14
    above, below = row * high / 6, (row + 3) * high / 6
    axes.plot([left, right_side, right_side, left, left],
              [above, above, below, below, above],
              color=page.COLOURS[1], scalex=False, scaley=False)
keep(figure, "beyond")

# %% [markdown]
# Beyond what it has seen, the machine holds back: towards both ends it leans
# less than it is asked to, as the edits of lesson 9 did. The thinnest letters
# come out grey, the fattest ones with ragged edges, and here and there a
# piece of a stroke stands where none belongs: a ghost. Of these codes the
# decoder has learnt nothing. In papers one seldom sees ghosts, since hands
# that go well are chosen for the figures.
#
# ## Real handwriting
#
# For handwriting nobody has the right answer. But one can look, and measure
# a little. The library has our machine ready, `vae.ConditionalVAE`, with
# `restyle` for what we called `in_every_letter`. We train one for each of our
# three prices.
#
# **Predict.** Each is to write all ten digits in a few hands. With which
# price will one most often see the digit that was asked for? And what will
# be left of the slant and of the pen?

# %%
digits = data.load(knobs.data)
n_real = 500 if knobs.quick else 4000
x, y = digits.train_images[:n_real], digits.train_labels[:n_real]
new, named = digits.test_images[:300], digits.test_labels[:300]

# %%
def restyled(beta):
    rng = np.random.default_rng(knobs.seed)
    writer = vae.ConditionalVAE(
        x.shape[1], 10, (256, 256), rng=rng,
        classes=len(digits.class_names))  # fmt: skip
    settings = vae.Settings(real_epochs, lr=3 * lr, schedule="cosine",
                            beta=beta, binary=False)  # fmt: skip
    told = vae.train(writer, x, settings, labels=y, rng=rng)
    for _ in progress(told, real_epochs):
        pass
    return to_numpy(writer.restyle(asarray(new), named))  # (N, C, D)

written = {beta: restyled(beta) for beta in prices}

# %% One hand, ten digits tags=["hide-input"]
hands = [np.flatnonzero(named == c)[0] for c in (2, 6)]
sheet = [np.concatenate([new[i][None], made[i]])
         for i in hands for made in written.values()]  # fmt: skip
keep(draw.image_grid(
    np.concatenate(sheet), digits.image_shape, columns=len(sheet[0]),
    row_labels=[f"a nat costs {beta:g}" for beta in written] * len(hands),
    column_labels=["hand", *map(str, digits.class_names)],
    title="One hand, ten digits, three prices",
    caption="Left: two held-out digits. Beside each: its code, decoded "
    "with every label, by three machines. The last ones write what was "
    "asked for, and lose much of the pen."),
    "handwriting")  # fmt: skip

# %% [markdown]
# To count, we look for the nearest training image: is it of the class that
# was asked for? And how well do slant and ink go with those of the hand, in
# the digit rebuilt with its own label, and in the others?

# %%
def looks_like(made):  # the class of the nearest training image
    closeness = made @ x.T - (x**2).sum(axis=1) / 2
    return y[closeness.argmax(axis=1)]

def goes_along(of, made):  # with its own label, and with the others
    mine = made[np.arange(len(new)), named]
    yield goes_with(of, new, mine, digits.image_shape)
    others = [goes_with(of, new[named != c], made[named != c, c],
                        digits.image_shape)
              for c in range(made.shape[1])]  # fmt: skip
    yield np.mean(others)

# %% What was asked for, and what is left tags=["hide-input"]
print("             the digit      slant:           ink:")
print("a nat costs  asked for      own   others     own   others")
heard, ink = {}, {}
for beta, made in written.items():
    asked = np.arange(made.shape[1]) != named[:, None]
    seen_as = np.stack([looks_like(made[:, c])
                        for c in range(made.shape[1])], axis=1)
    heard[beta] = (seen_as == np.arange(made.shape[1]))[asked].mean()
    ink[beta] = list(goes_along("ink", made))
    slant = list(goes_along("slant", made))
    print(f"{beta:<11g} {heard[beta]:10.0%}    {slant[0]:6.2f} "
          f"{slant[1]:8.2f}  {ink[beta][0]:6.2f} {ink[beta][1]:8.2f}")

# %% Held to it tags=["hide-input"]
cheap, *_, dear = prices
asked_for = f"{heard[cheap]:.0%} and {heard[dear]:.0%}"
claim(heard[cheap] < 0.4, "the price 1 gives few as asked for", asked_for)
claim(heard[dear] > 0.9, "the price 4 gives nearly all", asked_for)
left = ", ".join(f"{c:.2f}" for pair in ink.values() for c in pair)
claim(ink[dear][1] < ink[dear][0] - 0.1, "the swap costs ink", left)
claim(ink[dear][0] < ink[cheap][0] - 0.05, "so does the price", left)

# %% [markdown]
# With the price 1 the label is hardly heard, and with 2 many digits are half
# swapped. With 4 nearly all are what was asked for, and they keep the slant.
# But of the pen little more than half travels: the ink goes along by 0.60,
# and thick and thin come out nearer to each other, and soft. (The 0.94 of the
# others with the price 1 is no transfer. Three in four of them are still what
# was given, and their ink goes along by itself.) A part of the ink was lost
# before any label was swapped, since even the digits rebuilt with their *own*
# label follow it less than those of the cheaper machines. A pen was not worth
# 4 a nat. Another part is lost in the swap. (Does patience help? Try 4.)
#
# And some are ghosts, such as the 1 in the hand of the broad 2. What would a
# broad 1 be? The hand of printed letters was three numbers, the same for all
# letters. That of handwriting is not: the loop of a 2 means nothing to a 7.
#
# One more use: turn the machine round, and ask with which label an image is
# most probable. By Bayes' rule, $\log p(x \mid y)$ makes a classifier of a
# conditional model. You write it in the exercise `class_posterior`.
#
# (This is a good place for a rest.)
#
# ## More training data?
#
# We can now draw as many labelled digits as we like: give the machine a label
# and a code from the prior. Classifiers hunger for labelled images, and
# people have to label them. So let the machine feed the classifier! "More
# training data, better generalisation", says the article.
#
# We put it to the test where it matters, with few labels. Of the small
# digits of 8×8 pixels somebody has labelled only 50, five of each. There
# are 950 more, without a label, and 797 on which we test.
#
# When one tries many things, one of them will look good by luck. So we wrote
# down beforehand what would be tried. A classifier is trained on its 50
# images alone, and then once more in each of five *arms*, as medicine calls
# them. In each arm half of the loss comes from further images:
#
# 1. *own*: drawn by a conditional VAE that learnt from the same 50;
# 2. *around*: by the same machine, but from codes of the guesses $q$ of the
#    50 images, so near to them;
# 3. *guessed*: no drawings. All 1,000 images, with labels that the
#    classifier of the 50 has guessed. These are called **pseudo-labels**
#    (Lee 2013);
# 4. *guessed, drawn*: drawn by a conditional VAE that learnt from these
#    1,000 images and guesses;
# 5. *told, drawn*: by one that learnt from the 1,000 images and their true
#    labels. That is cheating, since the labels are just what we lack.
#
# Here is *own*, live. (`augmentation.py` in `lessons/tables/` has the code.
# It is two pages of what you know.)

# %%
alone, here = [augmentation.error(name, knobs.seed, steps)
               for name in ("alone", arm)]  # fmt: skip
print(f"error from 50 images {alone:.1f} %, with the arm {arm!r} "
      f"{here:.1f} %")  # fmt: skip

# %% [markdown]
# A little worse. Did the drawings do harm, or was that bad luck? Other 50
# images may be luckier, and other first weights as well. So we repeat it with
# ten seeds. A seed decides on both, in all arms alike. So we may compare
# *pairs*: how much does the error change, if nothing changes but the arm?
# From the mean of the ten changes and their standard deviation $s$ one gets
# an interval
# $$\text{mean} \pm t \, \frac{s}{\sqrt{10}}, \qquad t = 2.26$$
# ($t$ is Student's, for ten. It is a bit more than the usual 2, since $s$
# itself is uncertain.) It is called a 95 % **confidence interval**: of many
# such experiments, 95 of 100 give an interval that holds the true mean, here
# that for our 797 test images. If 0 is not in it, the change is hardly luck.
#
# **Predict.** Order the five arms, from the one that helps least to the one
# that helps most. Which of them change nothing?

# %%
table = rows("augmentation")  # python -m lessons.tables augmentation
by_50 = column(table, "error", arm="alone")
errors = {arm: column(table, "error", arm=arm)
          for arm in augmentation.ARMS if arm != "alone"}  # fmt: skip
change = {arm: measure.interval(found, by_50)
          for arm, found in errors.items()}  # fmt: skip

def row(arm):
    mean, half = change[arm]
    return (f"{arm:15} {np.mean(errors[arm]):5.2f} %   "
            f"change {mean:+.2f} ± {half:.2f}")  # fmt: skip

# %%
print(f"alone           {np.mean(by_50):5.2f} %")
for name in ("own", "around", "guessed", "guessed, drawn", "told, drawn"):
    print(row(name))

# %% [markdown]
# Look at the first two arms. Their intervals lie around 0, and are narrow. So
# this is not "we could not see any gain". There is none worth mentioning.
#
# **Predict.** *Guessed* helps clearly, although some of its labels are
# wrong. Does *guessed, drawn*, whose machine has learnt from the same images
# and labels, help *more*? Look at both lines, and then say how you would
# find out.

# %%
def against(one, other):  # the interval of their difference
    found = measure.interval(errors[one], errors[other])
    print(f"{one}, against {other}: {found.mean:+.2f} ± "
          f"{found.half_width:.2f}")  # fmt: skip
    return found

drawn_from_guesses = against("guessed, drawn", "guessed")

# %% [markdown]
# One takes the pairs of these two arms, and the interval contains 0. Drawing
# adds nothing that one could see.
#
# But *told, drawn* helps a lot. Are drawings good food after all, if they
# come from a good machine? To say that, one needs a sixth arm, *told*: the
# 1,000 images themselves with their true labels. We had forgotten it, and a
# reader asked. It was added when the other five were known, and the picture
# says so.
#
# **Predict.** What will help more, the 1,000 images with their true labels,
# or drawings by a machine that has learnt from these, as many as you like?

# %%
print(row("told"))
drawn_from_truth = against("told, drawn", "told")

# %% What helps tags=["hide-input"]
@page.paper_style()
def show_arms():
    figure, grid = page.plot(
        6.5, 3.2, "Do drawn images help a classifier?",
        "Change of the error, in points, against 50 labelled images "
        "alone. Dots: ten seeds. Bars: 95 % intervals of the mean. Left "
        "of the line is better. Orange: drawings. Blue: real images.",
    )  # fmt: skip
    axes = grid[0, 0]
    for i, (name, (mean, half)) in enumerate(change.items()):
        dots = np.sort(np.subtract(errors[name], by_50))
        apart = 0.2 + 0.1 * (np.arange(len(dots)) % 3)  # show ties
        axes.plot(dots, i + apart, ".", color="#b5b5b5", markersize=4)
        drawing = name in ("own", "around") or name.endswith("drawn")
        axes.errorbar(mean, i, xerr=half, fmt="o", capsize=4,
                      color=page.COLOURS[drawing])  # fmt: skip
    axes.axvline(0, color=page.INK, linewidth=0.8, zorder=0)
    names = [f"{name}\n{what}" for name, what in augmentation.ARMS.items()
             if name != "alone"]  # fmt: skip
    names[-1] = names[-1].replace("told", "told (added afterwards)")
    axes.set(yticks=range(len(names)), yticklabels=names,
             ylim=(len(names) - 0.4, -0.5),
             xlabel="points of error, against the 50 alone")  # fmt: skip
    keep(page.settled(figure), "arms")

show_arms()

# %% Held to it tags=["hide-input"]
assert change["own"].low < 0 < change["own"].high
assert change["around"].low < 0 < change["around"].high
assert change["guessed"].high < 0
assert drawn_from_guesses.low < 0 < drawn_from_guesses.high
assert change["told, drawn"].high < 0 < drawn_from_truth.low
ten = np.random.default_rng(0).standard_normal((100_000, 10))
t = ten.mean(axis=1) / ten.std(axis=1, ddof=1) * 10**0.5
holds = (abs(t) < 2.26).mean()  # of the intervals hold the true mean, 0
assert abs(holds - 0.95) < 0.003 and round(100 * holds) == 95

# %% [markdown]
# The images themselves help more. Drawing them anew gives away about a quarter
# of the gain. Here is what the classifiers were shown. *Guessed* and *told*
# are crisp, since they are real.

# %%
shown = {}
for name in change:
    draws = augmentation.helper(name, knobs.seed, steps)
    x, y = draws(400, np.random.default_rng(0))
    shown[name] = x[[np.flatnonzero(y == c)[0] for c in range(10)]]

# %%
guesses = augmentation.guess(knobs.seed, steps)
truth = augmentation.split(knobs.seed)[1][1]
share = (guesses == truth).mean()
print(f"guessed labels that are right: {share:.0%}")

# %% What each arm shows tags=["hide-input"]
(few, few_labels), (pool, _), (test, _) = augmentation.split(knobs.seed)
assert (len(few), len(pool), len(test)) == (50, 1000, 797)
assert len(pool) - len(few) == 950 and (np.bincount(few_labels) == 5).all()
each = [np.flatnonzero(few_labels == c)[0] for c in range(10)]
tiles = np.concatenate([few[each], *shown.values()]).reshape(-1, 8, 8)
parted = np.pad(tiles, ((0, 0), (1, 1), (1, 1)), constant_values=1)
keep(draw.image_grid(
    parted, columns=10, row_labels=["the 50", *shown],
    column_labels=list("0123456789"),
    title="What the classifiers were shown",
    caption="One image for each label, the first that was drawn."),
    "shown")  # fmt: skip

# %% [markdown]
# ## Where should it come from?
#
# The drawings of *own* and *around* do not look bad. But they are computed
# from a machine, and the machine is computed from 50 images and their labels.
# Whatever they tell about digits was in these, and the classifier has seen
# them anyway. No computation adds information that did not go in. (In terms
# of lesson 9's mutual information this is a theorem, the *data processing
# inequality*.) There could have been a gain all the same, if the machine
# *used* the 50 images better than the classifier does. It does not.
#
# Ask "where does the information come from?", and the other arms are no
# surprise.
#
# - *Guessed* brings in 950 images that the classifier had not seen. The
#   labels are its own guesses, and of these some are wrong. But an image that
#   it recognises because of its upper half shows it a lower half it did not
#   know.
# - *Guessed, drawn* has the same source, so it helps as much. Drawing them
#   anew was work for nothing.
# - *Told* brings in 950 true labels. *Told, drawn* brings them through a
#   machine, and that has lost some of what it was told. Drawing cannot add,
#   but it can lose. (Why it lost nothing with the guesses, we do not know.)
#
# So is the article wrong? "More training data, better generalisation" is
# true of more *data*. A generator trained on your data is not more data. If
# you want to help your classifier, label more images, or use those without
# labels. Or put in what you know about the world: that a shifted 3 is still a
# 3 (lesson 5). A generator that somebody else has trained on very many
# *other* images brings these with it, and may help (He and others 2023).
#
# How far does this go? It is one data set, one kind of nets and 50 labels.
# This project has tried it on MNIST as well, with 100 and with 1,000 labels
# and larger nets. There, drawings near the images did nothing either, and
# drawings from the prior did plain harm. Why they only do nothing here, we do
# not know.
#
# ## Looking back
#
# Give both nets the label, and the code keeps the rest. Nothing in the bound
# changes but a "given $y$". The swap fails as far as the code still tells
# the label; patience makes it forget that, and a dearer nat sooner. That the
# same code means the same style for all labels is not in the bound, so
# measure it. And a generator gives back at most what went in.
#
# Elsewhere you find the same under these names. CVAE is a conditional VAE.
# *Class-conditional* generation gets a label, *text-to-image* a sentence.
# What we called the hand is *style* or *nuisance*, as opposed to *content*.
# Pseudo-labelling and *self-training* are cases of *semi-supervised*
# learning.
#
# This was the last lesson about VAEs. Where they are not sure, they draw a
# blur. The next part begins with another idea: let a second net judge whether
# an image is real, and learn to fool it.

# %% [markdown] tags=["footer"]
# ## Try
#
# 1. `epochs=40`: Patience for all of them. Which price is the best then?
#
#    **Answer.** The price 2: its other letters are 0.8 off, against 3.2 with
#    the price 1 and 1.0 with the price 4. It has had the letter forgotten, and
#    keeps more of the hand.
#
# 2. `encoder_told=False`: Only the decoder gets the label. Does the code of
#    the first machine forget the letter then?
#
#    **Answer.** No. In 86 of 100 cases the nearest code is of the same letter,
#    and the other letters are 18.2 off. Patience and price cure it as before
#    (2.5, 4.7 and 2.9 off). An encoder that sees the image sees the letter.
#
# 3. `Z=2`: Two hidden numbers, for three factors. There is no room left for
#    the letter. Is that a cure, too?
#
#    **Answer.** It is half of one. The letter is gone from the codes: 24 of
#    100 have their nearest neighbour in the same letter, and no A shines
#    through an H. All letters are clean. But those of the first machine are
#    8.9 off, because many are in *another hand*. Its letters share one place,
#    and they do not lie there in the same order. Forgetting the letter is not
#    enough. The same code has to mean the same hand, and of that the bound
#    says nothing.
#
# 4. `real_epochs=40`: Patience with handwriting. Does it save the pen?
#
#    **Answer.** In part. With the price 4 the ink of the other digits goes
#    along by 0.70, in place of 0.60. With the price 2, 83 of 100 are now what
#    was asked for, in place of 68, with 0.87. Neither has both.
#
# 5. `arm=guessed`: The images with guessed labels, live, for one seed. How
#    much do they help?
#
#    **Answer.** The error is 12.2 % in place of 13.2 %: a gain, though half
#    of what it is on average over the ten seeds. Of the guessed labels 89 of
#    100 are right.
#
# ## Exercises
#
# `python -m lessons check 10` tests your answers to these.
#
# - *Build it*: `beside`, rows with one-hot labels. `restyle`, one code in
#   every letter.
# - *Change it*: `class_posterior`, Bayes' rule makes a classifier of a
#   conditional model. `half_width`, an interval of paired differences.
# - *Break it*: `mirrored`, a machine with the same bound and useless styles.
#
# ## Sources
#
# - Kingma, Rezende, Mohamed and Welling, *Semi-Supervised Learning with Deep
#   Generative Models* (2014), arXiv:1406.5298: our machine is their M2 with
#   all labels known. Their figure of digits in one hand is the model of ours.
# - Sohn, Lee and Yan, *Learning Structured Output Representation using Deep
#   Conditional Generative Models* (2015), NeurIPS: where the name is from.
# - Higgins and others, *beta-VAE* (2017), ICLR.
# - Hoffman and Johnson, *ELBO surgery* (2016), NeurIPS workshop: the price as
#   information and mismatch.
# - Lee, *Pseudo-Label: The Simple and Efficient Semi-Supervised Learning
#   Method for Deep Neural Networks* (2013), ICML workshop.
# - Lample and others, *Fader Networks: Manipulating Images by Sliding
#   Attributes* (2017), NeurIPS.
# - Student, *The Probable Error of a Mean* (1908), Biometrika 6.
# - He and others, *Is Synthetic Data from Generative Models Ready for Image
#   Recognition?* (2023), ICLR, arXiv:2210.07574.
# - Gatys, Ecker and Bethge, *A Neural Algorithm of Artistic Style* (2015),
#   arXiv:1508.06576, for style transfer of paintings.
# - LeCun, Cortes and Burges, the MNIST database; Alpaydin and Kaynak, the
#   digits of 8×8 pixels.
#
# ## For maintainers
#
# **Takes** 40 minutes to read, 60 s to run.
# **Recorded** with quick=False data=mnist5k seed=0 backend=numpy
# letters=AEHKR n_letters=7200 Z=8 hidden=(256, 256) lr=0.001
# prices=(1.0, 2.0, 4.0) epochs=12 patience=40 encoder_told=True real_epochs=15
# arm=own steps=400 (2026-11-29)
# **Measured** over seeds 0, 1, 2. Other letters off, prices 1, 2, 4: 15.7 3.3
# 3.8, 16.6 5.7 3.5, 16.0 4.1 3.6; patient 3.2 3.6 3.2 (claimed: 2 and patient
# at most half of 1; of 1 below half of any hand's 42.0, and above four times
# its own letter's). Own letter off: .7 1.0 3.3, .7 1.0 3.1, .7 1.2 3.0; patient
# .4 .5 .4 (claimed: less than 1; 4 above twice 2). Nearest code in the same
# letter, prices 1 and 2: .89 .35, .90 .40, .85 .31; patient .26 .26 .26
# (claimed: above .8, and less by .1). Nats, price 1: 9.3 9.2 9.1; patient 6.4
# 6.3 6.7. Encoder without the label, prices 1, 2, 4: 18.2 4.7 2.9 off, seed 0;
# 19.1 and 14.1 with price 1, seeds 1 and 2. Handwriting asked for,
# prices 1, 2, 4: .27 .68 .98, .28 .65 .97, .27 .70 .97 (claimed: 1 below .4, 4
# above .9), after 40 epochs .44 .83 .98; ink, price 1 with the own label: .97
# .96 .96; price 4: .81 .82 .84, others .60 .60 .61 (claimed: less by .05, and
# by .1), slant .89 .87 .89. With a step of
# .002 the price 1 comes to 1.1 in 25 epochs: what fails here is a matter of
# time. Augmentation: five arms, the pool and all settings were fixed before
# the table was measured; *told* was added after a trial reading, with the
# same settings. Only the noise had been tried, for *alone*, with
# seeds 100 to 104 (.1 .2 .4: 15.9 16.0 15.6 %). A trial before this course
# was written, with other settings, had *own* worse by 1.74 ± .89. On MNIST
# (python -m tests.benchmarks.published.augment) *own* is worse by 5.84 ± 1.34
# with 100 labels and 1.61 ± .23 with 1,000, *around* -.07 ± .54, -.11 ± .09.
