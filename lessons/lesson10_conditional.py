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
epochs = 1 if knobs.quick else 25  # for each machine of letters
real_epochs = 1 if knobs.quick else 25  # for the one of handwriting
arm = "own"  # what a classifier is given beside its 50 images

# %%
drawn = data.glyphs(n_letters, characters=letters,
                    typefaces=["DejaVuSans"],
                    fixed={"rotation": 0.0})  # fmt: skip
images, labels = drawn.train_images, drawn.train_labels
D, C = images.shape[1], len(letters)  # pixels, and letters

# %%
n = min(500, len(drawn.test_images))
sources, own = drawn.test_images[:n], drawn.test_labels[:n]
factors = {name: drawn.test_factors[name][:n]
           for name in drawn.test_factors}  # fmt: skip

def redrawn(c, **new):  # the typesetter: the same hands, letter c
    as_c = factors | new | {"character": np.full(n, c)}
    return data.draw_glyphs(as_c, letters)

right = np.stack([redrawn(c) for c in range(C)], axis=1)  # (n, C, D)
assert np.allclose(right[np.arange(n), own], sources, atol=0.01)

# %% Fourteen hands tags=["hide-input"]
first = np.arange(min(14, n))
wanted = (own[first] + 1 + first % (C - 1)) % C  # never its own letter
keep(draw.image_rows(
    {"a hand": sources[first], "its next letter": right[first, wanted]},
    (28, 28), title="The same hand, another letter",
    caption="First row: letters, each with a slant, a weight and a size "
    "of its own. Below: other letters that the typesetter has drawn with "
    "the same slant, weight and size."), "hands")  # fmt: skip

# %% [markdown]
# To take the *what* from one place and the *how* from another one is called
# **style transfer**. Our article names it as a use of GANs and VAEs, and
# shows none. It names **data augmentation**, too: images that a model makes
# should serve as more training data for others. (Lesson 5 met this word
# for changed copies of images, such as shifted ones.) We try both, and
# measure.
#
# ## The label on both sides
#
# In the VAE of lesson 7, a code holds everything that the decoder needs to
# know: which letter it is, and in whose hand. The two are mixed in the same
# few numbers. How do we get the letter out of the code?
#
# We *say* which letter it is, to both nets. Think of a phone call in which
# you describe a picture, and somebody at the other end redraws it. Every
# word costs. If you both know that it is a K, you need not waste words on
# that. You will speak of how it leans.
#
# So besides the image $x$ there is a **label** $y$, a name that is known for
# each image. Both nets read it, as a one-hot row (lesson 4) beside what they
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
# draw their hidden numbers from the same bell curves.

# %%
class ConditionalVAE:
    def __init__(self, rng):
        self.trunk = MLP([D + C, *hidden], out=relu, rng=rng)
        self.mean = Dense(hidden[-1], Z, rng=rng)
        self.log_var = Dense(hidden[-1], Z, rng=rng)
        self.decoder = MLP([Z + C, *hidden[::-1], D], rng=rng)
        parts = self.trunk, self.mean, self.log_var, self.decoder
        self.parameters = [w for part in parts for w in part.parameters()]

    def encode(self, x, y):
        h = self.trunk(beside(x, y))  # (N, D + C) -> (N, hidden[-1])
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

# %%
def trained(beta):
    rng = np.random.default_rng(knobs.seed)
    model = ConditionalVAE(rng)
    for nats in progress(train(model, beta, epochs, rng), epochs):
        pass
    return model, nats

plain, plain_nats = trained(prices[0])

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

def in_every_letter(model, x, y):
    z = code_of(model, x, y)
    made = [picture(model, z, np.full(len(z), c)) for c in range(C)]
    return np.stack(made, axis=1)  # (N, C, D)

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
# It has understood what a hand is! Where a letter leans to the left, so does
# the other one, fat stays fat, and small stays small. Nobody had told it
# that there are such things as slant, weight and size, or that those of an
# A and of a K are the same.
#
# But look closely. Some of the letters are dirty, and with a few of them
# one would not know what they are. How bad is it? Two measures. First the
# squared distance from the right answer. To have a scale for it, let
# somebody answer who is lazy and hands the source back as it is, and
# somebody who draws the right letter in a random hand. Second, we ask a
# judge, a classifier (lesson 5) that has seen only letters of the
# typesetter: does it find the letter that we wanted?

# %%
judge = measure.judge(drawn, rng=np.random.default_rng(0),
                      steps=30 if knobs.quick else 300)  # fmt: skip
others = np.arange(C) != own[:, None]  # (n, C): not its own letter

def off(made):  # squared distance, summed over the pixels
    return ((made - right) ** 2).sum(axis=2)[others].mean()

def legible(made):
    found = measure.predict(judge, asarray(made[others]))
    return (to_numpy(found) == np.nonzero(others)[1]).mean()

# %%
hand_back = np.repeat(sources[:, None], C, axis=1)
any_hand = right[np.random.default_rng(0).permutation(n)]
for name, answer in {"source handed back": hand_back,
                     "right letter, any hand": any_hand,
                     "machine": made}.items():  # fmt: skip
    print(f"{name:23} {off(answer):5.1f} off, the judge finds "
          f"the letter in {legible(answer):.0%}")  # fmt: skip
claim(off(made) < off(any_hand) / 2, "the machine knows the hand")
claim(legible(made) < 0.98, "some letters are not legible")

# %% [markdown]
# So the hand is there, but several letters in a hundred are not what we
# asked for. And yet, if the machine decodes with the *right* label, it
# rebuilds its letters nearly perfectly. It is only the swap that fails.
#
# **Predict.** The label was given to both nets, so the code need not say
# which letter it is. Does it? Suppose that you see only the codes. With
# a linear classifier, how often could you tell the letter? (By chance, it
# would be one time in five.)

# %%
def read_letter(model):  # from codes alone, by least squares
    z, held = code_of(model, images, labels), code_of(model, sources, own)
    weights = np.linalg.lstsq(np.c_[z, np.ones(len(z))],
                              np.eye(C)[labels], rcond=None)[0]
    said = np.c_[held, np.ones(n)] @ weights  # (n, C)
    return (said.argmax(axis=1) == own).mean(), said

same = to_numpy(((made - right) ** 2).sum(axis=2)[~others]).mean()
print(f"own label: {same:.1f} off; other labels: {off(made):.1f} off")
print(f"letter told by the code alone: {read_letter(plain)[0]:.0%}")
claim(read_letter(plain)[0] > 0.95, "the code tells the letter")

# %% [markdown]
# ## Two witnesses
#
# Nearly always! The code says which letter it is, although nobody needs to
# hear it. So the decoder has two witnesses, the code and the label. During
# training they always agree, and it does not matter to whom it listens.
# Then we swap the label, and for the first time in its life the decoder
# hears "this is a K" from the one and "this is an A" from the other. It has
# never learnt what to do then.
#
# Why does the code say what nobody needs? Not out of malice, but because it
# is not forbidden. The letters A live on some curved surface among the
# codes (the globe of lesson 9), and the letters K on another one. There are
# eight numbers, so there is a lot of room, and nothing makes the two
# surfaces lie on top of each other. 
#
# Nothing? There is the price. For each letter by itself it compares the
# guesses with the *same* prior. If all codes of A lie to the left, and all
# of K to the right, then each of them leaves half of the prior empty, and
# pays for that. (To say which of five letters it is takes
# $\log 5 = 1.6$ nats, lesson 9's entropy.) It is not much, compared with
# what a code costs anyway. So let a nat cost more! Then whatever the
# label says already will be saved first, since it brings in nothing.
#
# **Predict.** We train the same machine again with the prices 2 and 4. What
# will become of the letters? And what will be the price for *that*?

# %%
machines = {prices[0]: (plain, plain_nats)}
for beta in prices[1:]:
    machines[beta] = trained(beta)

# %%
def kept(made):  # how well slant, weight and size go with the hand's
    shape = measure.moments(made[others].clip(0, 1), (28, 28))
    pairs = {"slant": shape.slant, "weight": shape.ink / shape.height,
             "size": shape.height}
    of_each = {}
    for name, seen in pairs.items():
        hand = np.repeat(factors[name][:, None], C, axis=1)
        of_each[name] = np.mean([
            np.corrcoef(seen[letter], hand[others][letter])[0, 1]
            for letter in np.nonzero(others)[1] == np.arange(C)[:, None]])
    return of_each

# %%
found = {}
print("price  nats   off  legible  slant weight  size  told by the code")
for beta, (model, nats) in machines.items():
    answer, told = in_every_letter(model, sources, own), read_letter(model)
    found[beta] = off(answer), legible(answer), kept(answer), told[0]
    print(f"{beta:5.1f} {nats:5.1f} {off(answer):5.1f} "
          f"{legible(answer):7.0%} "
          + "".join(f"{c:7.2f}" for c in kept(answer).values())
          + f"{told[0]:10.0%}")  # fmt: skip
