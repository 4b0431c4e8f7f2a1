# %% [markdown]
# # 7. The variational autoencoder
#
# The first picture of this lesson has two rows. For each image we draw 32
# random numbers, and a decoder makes an image of them. The decoder of the
# first row belongs to an autoencoder, as in lesson 6. Most of what it makes
# is in shreds. In the second row the images are soft, and some are smudges,
# but none is in shreds. They are digits that nobody wrote.
#
# In lesson 6 we ended with a question: how could we make *every* code mean
# something? The second row comes from the same two nets, an encoder and a
# decoder. But some noise has been put between them, and their loss has one
# more term. In many programs this term looks as if somebody had made it up.
# Nobody has. It follows from a single wish: *the images that people wrote
# should be as probable as possible*. In this lesson we derive it, one step
# at a time, and then build the whole machine.

# %%
from statistics import NormalDist

import numpy as np

from lessons.support import claim, keep, options, progress
from scratchgen import MLP, Adam, Dense, Tensor, data, draw, grad, vae
from scratchgen.backend import asarray, normal, to_numpy
from scratchgen.data import batches, binarize
from scratchgen.draw import page
from scratchgen.engine import detach, no_grad
from scratchgen.functions import (
    bce_with_logits,
    exp,
    gaussian_kl,
    logsumexp,
    relu,
    sigmoid,
)
from scratchgen.measure import precision_recall_density_coverage

# %% Knobs
knobs = options("vae", data="mnist5k", seed=0)
bold = 0.2  # how often the machine with a coin draws a bold image
seen = 1.5  # in the section "From a coin to a number": the grey pixel
s = 0.25  # there, too: how much noise it has (its variance)
many = 32  # how many numbers make a code at the start
Z = 10  # and how many in the nets that we write by hand
hidden = (128, 256, 512)  # widths of the nets, as in many listings
lr = 0.001  # Adam's step
beta = 1.0  # the weight of the new term of the loss (Try 3)
n_images = 300 if knobs.quick else 4000  # how many images to learn from
first_epochs = 1 if knobs.quick else 20  # for the two rows at the start
epochs = 2 if knobs.quick else 60  # for the nets that we write by hand
sheet_epochs = 1 if knobs.quick else 40  # for a machine with two numbers
fault_epochs = 1 if knobs.quick else 6  # for nets with a mistake in them
tries = 2000 if knobs.quick else 1_000_000  # codes drawn by luck

# %%
digits = data.load(knobs.data)
images, held_out = digits.train_images[:n_images], digits.test_images
D = images.shape[1]  # pixels in an image

# %% [markdown]
# The autoencoder is that of lesson 6. Its random codes get the mean and the
# spread of its real ones, each number by itself.

# %% The autoencoder of lesson 6, and its random codes tags=["hide-input"]
rng = np.random.default_rng(knobs.seed)
encoder = MLP([D, *hidden, many], rng=rng)
decoder = MLP([many, *reversed(hidden), D], rng=rng)
weights = [*encoder.parameters(), *decoder.parameters()]
adam = Adam(weights, lr)
for _ in progress(range(first_epochs)):
    for x in batches(images, 128, rng):
        x = asarray(x)
        loss = bce_with_logits(decoder(encoder(x)), x).sum(axis=1)
        adam.step(grad(loss.mean(), weights))

noise = rng.standard_normal((1000, many)).astype("float32")
with no_grad():
    real_codes = to_numpy(encoder(asarray(images)))
    codes = real_codes.mean(axis=0) + real_codes.std(axis=0) * noise
    shreds = to_numpy(sigmoid(decoder(asarray(codes))))

# %% [markdown]
# The machine of this lesson comes ready-made from the library. It takes the
# random numbers as they are. (It also makes each grey pixel black or white by
# tossing a coin, and its training steps are larger at first and then shrink.
# Neither makes the difference that you are about to see.)

# %% The machine of this lesson tags=["hide-input"]
first = vae.VAE(D, many, hidden, rng=rng)
settings = vae.Settings(epochs=first_epochs, lr=2 * lr, schedule="cosine",
                        beta=beta)  # fmt: skip
training = vae.train(first, images, settings, rng=rng)
for _ in progress(training, first_epochs):
    pass
softer = to_numpy(first.generate(asarray(noise)))

# %% Two rows of random codes tags=["hide-input"]
keep(draw.image_rows(
    {"autoencoder": shreds[:14], "this lesson": softer[:14]},
    digits.image_shape, title=f"Fourteen times {many} random numbers",
    caption="Both decoders are given the same random numbers, the first "
    "one with the mean and the spread of its own codes. Both have learnt "
    f"from the same images for {first_epochs} epochs."),
    "random")  # fmt: skip

# %% [markdown]
# ## A machine that makes images
#
# We begin with a machine that is small enough for counting. Its images have
# two pixels, each black or white, and it makes one in two moves.
#
# 1. It tosses a coin that nobody sees. Four times out of five the image
#    will be thin, else bold.
# 2. It tosses a coin for each pixel. In a thin image, a pixel is white with
#    probability 1/4. In a bold one, with probability 3/4.
#
# What is hidden, here thin or bold, is called a **latent variable**, and
# written $z$. The image is $x$. We let the machine make 1,600 of them.

# %%
def little_machine(n, rng):
    z = rng.random(n) < bold  # the hidden coin
    white = np.where(z, 3 / 4, 1 / 4)
    x = rng.random((n, 2)) < white[:, None]  # (n, 2) pixels
    return z, x

rng = np.random.default_rng(knobs.seed)
z, x = little_machine(1600, rng)

# %% Some of its images tags=["hide-input"]
keep(draw.image_grid(
    np.repeat(x[:60].astype(float), 4, axis=1).repeat(4, axis=0)
    .reshape(60, 4, 8), (4, 8), columns=15, title="Sixty images of two "
    "pixels", caption="Which of them are bold, the machine does not say."),
    "little")  # fmt: skip

# %% [markdown]
# **Predict.** Look at the images with two white pixels. Is such an image
# more probably a thin one or a bold one?

# %%
both = x.all(axis=1)  # the images with two white pixels
by_count = (both & z).sum() / both.sum()
print(f"{both.sum()} of 1600 are white-white: {(both & ~z).sum()} thin "
      f"ones and {(both & z).sum()} bold ones")  # fmt: skip

# %% The square tags=["hide-input"]
@page.paper_style()
def show_square():
    figure, grid = page.plot(
        5.6, 3.3, "1,600 images in a square",
        "Each field is as large as its number of images, as we expect it. "
        "White-white is coloured: a flat field in the wide column, a high "
        "one in the narrow column.",
    )  # fmt: skip
    axes, left = grid[0, 0], 0.0
    columns = [("thin", 1 - bold, 1 / 4), ("bold", bold, 3 / 4)]
    for name, width, p in columns:
        bottom, middle = 0.0, left + width / 2
        for first, second in ((0, 0), (0, 1), (1, 0), (1, 1)):
            white = first + second
            high = p**white * (1 - p) ** (2 - white)
            colour = {2: "#e8843a"}.get(white, "#e6eefa")
            axes.bar(middle, high, width, bottom, color=colour,
                     edgecolor="white", linewidth=1.5)  # fmt: skip
            y = bottom + high / 2
            for at, pixel in ((-0.055, first), (-0.035, second)):
                axes.plot(middle + at, y, "s", markersize=5.6,
                          color="white" if pixel else page.INK,
                          markeredgecolor=page.INK)  # fmt: skip
            axes.text(middle, y, f"{1600 * width * high:.0f}", va="center")
            bottom += high
        axes.text(middle, 1.02, name, ha="center", weight="bold")
        left += width
    axes.set(xlim=(0, 1), ylim=(0, 1.08), xticks=[0, 1 - bold, 1],
             yticks=[0, 0.5, 1], xlabel="share of all images",
             ylabel="share of the column")  # fmt: skip
    keep(page.settled(figure), "square")

show_square()
claim(abs(by_count - 9 / 13) < 0.08, "some 69 of 100 of them are bold",
      f"{by_count:.2f}")  # fmt: skip

# %% [markdown]
# Bold, more than two to one, although bold images are rare. All that we need
# is in this picture, and each part of it has a name.
#
# - The *width* of a column tells what we believe about $z$ before we see
#   anything. This is the **prior**, $p(z)$. It is 1/5 for bold.
# - The *height* of a field in its column tells how probable the image is if
#   $z$ is given. This is the **likelihood**, $p(x \mid z)$. White-white
#   takes 1/16 of the thin column, and 9/16 of the bold one.
# - The *area* of a field is width times height, $p(x \mid z) \, p(z)$. It
#   tells how often both come together: the **joint probability**.
# - All that is *coloured* is the probability of our image, whatever $z$ was.
#   It can come about in two ways, so we add up both:
#   $$p(x) = p(x \mid \text{thin}) \, p(\text{thin})
#   + p(x \mid \text{bold}) \, p(\text{bold})$$
#   This is the **evidence**: 80 + 180 of 1,600.
# - The bold *share* of what is coloured is what we believe about $z$ after
#   seeing $x$. This is the **posterior**, $p(z \mid x)$: 180 of 260.
#
# To get the posterior, we have divided a joint probability by the sum of all
# of them. That is **Bayes' rule**:
# $$p(z \mid x) = \frac{p(x \mid z) \, p(z)}{p(x)}$$

# %%
prior = np.array([1 - bold, bold])  # thin, bold
likelihood = np.array([1 / 4, 3 / 4]) ** 2  # of white-white
joint = prior * likelihood
evidence = joint.sum()
posterior = joint / evidence
thin_ones, bold_ones = 1600 * joint
total = 1600 * evidence
print(f"evidence {thin_ones:.0f} + {bold_ones:.0f} = {total:.0f} of 1600")
print(f"posterior of bold: {bold_ones:.0f} of {total:.0f}, or "
      f"{posterior[1]:.3f}")  # fmt: skip

# %% [markdown]
# The evidence also tells how good the *machine* is. If it often makes images
# such as we have, then $p(x)$ is large for them. To turn its settings (here
# 1/5, 1/4 and 3/4) until our images are as probable as possible is called
# **maximum likelihood**. That is the wish from the beginning. The
# probability of all images together is a product, and the logarithm makes a
# sum of it. So for each image we want a large $\log p(x)$.
#
# ## From a coin to a number
#
# There is more to a stroke than thin or bold. So let $z$ be any number: 0
# is the usual thickness, above it is bolder, below it thinner. As a prior we
# take a bell curve, the normal distribution with mean 0 and variance 1.
# For any mean $\mu$ and variance $\sigma^2$, its height at $z$ is
# $$\mathcal{N}(z; \mu, \sigma^2) = \frac{1}{\sqrt{2 \pi \sigma^2}} \,
# e^{-(z - \mu)^2 / (2 \sigma^2)}$$
# Here an *area* under the curve is a probability. The height alone is
# called a **density**.
#
# The image shrinks to a single grey pixel: $x$ is $z$, plus noise of the
# variance $s = 1/4$. So the likelihood is $\mathcal{N}(x; z, s)$. What we
# see is $x = 1.5$.
#
# **Predict.** The prior is highest at 0, and the likelihood at 1.5. Where
# will the posterior be highest? Will it be wider or narrower than they are?

# %%
def log_normal(x, mean, variance):  # the logarithm of the height
    distance = (x - mean) ** 2 / variance
    return -0.5 * (np.log(2 * np.pi * variance) + distance)

grid = np.linspace(-6, 6, 2401)  # 2,401 places for z ...
dz = grid[1] - grid[0]  # ... each the middle of a thin strip
prior = np.exp(log_normal(grid, 0, 1))
likelihood = np.exp(log_normal(seen, grid, s))
joint = prior * likelihood
evidence = joint.sum() * dz  # the area under it
posterior = joint / evidence

# %% Three curves tags=["hide-input"]
@page.paper_style()
def show_curves():
    figure, parts = page.plot(
        6.2, 2.6, "What we believe about z, before and after",
        "Prior times likelihood is the joint, shaded. Its area is the "
        "evidence p(x). Stretched until its area is 1, it becomes the "
        "posterior. (The likelihood, drawn over z, is no distribution of "
        "z: it tells how well each z fits.)",
    )  # fmt: skip
    axes = parts[0, 0]
    axes.fill_between(grid, joint, color="#cfdcf0")
    curves = {"prior p(z)": (prior, -0.7), "likelihood p(x | z)":
              (likelihood, seen + 0.55), "posterior p(z | x)":
              (posterior, seen - 0.6)}  # fmt: skip
    for i, (name, (curve, at)) in enumerate(curves.items()):
        axes.plot(grid, curve, color=page.COLOURS[i])
        k = np.abs(grid - at).argmin()
        side = "left" if at > seen else "right"
        axes.annotate(name, (grid[k], curve[k]),
                      (8 if at > seen else -8, 6), ha=side,
                      textcoords="offset points",
                      color=page.COLOURS[i])  # fmt: skip
    top = joint.argmax()
    axes.text(grid[top], joint[top] / 2, "joint", ha="center", va="center")
    axes.set(xlim=(-3, 4), ylim=(0, None), xlabel="z", ylabel="height")
    keep(page.settled(figure), "three_curves")

show_curves()
peak = grid[posterior.argmax()]
width = np.sqrt(((grid - peak) ** 2 * posterior).sum() * dz)
print(f"highest at {peak:.2f}, standard deviation {width:.2f}, "
      f"log p(x) = {np.log(evidence):.3f}")  # fmt: skip
claim(abs(peak - 1.2) < 0.01, "the posterior is highest at 1.2")

# %% [markdown]
# At 1.2, nearer to what the pixel says, because the pixel is surer: its
# variance is a quarter of the prior's. And the posterior is narrower than
# both, since it has heard both.
#
# The code is the same as for the coin. Only the sum over two causes has
# become a sum over strips. Made ever thinner, they turn it into an integral:
# $$p(x) = \int p(x \mid z) \, p(z) \, dz$$
#
# **Check.** In this case there are formulas. First, $x$ is a sum of two
# independent numbers, whose variances add up (lesson 4), so its density is
# $p(x) = \mathcal{N}(x; 0, 1 + s)$. Second, the logarithm of the joint is
# $$-\frac{z^2}{2} - \frac{(x - z)^2}{2 s}$$
# and a constant. This is a parabola in $z$, as for any bell curve. The
# derivative, $-z + (x - z) / s$, is 0 at $z = x / (1 + s)$: that is the mean
# of the posterior. The second derivative, $-(1 + s) / s$, is minus one over
# its variance, which is therefore $s / (1 + s)$.

# %%
assert np.isclose(np.log(evidence), log_normal(seen, 0, 1 + s))
at_formula = np.exp(log_normal(grid, seen / (1 + s), s / (1 + s)))
assert np.allclose(posterior, at_formula, atol=1e-6)

# %% [markdown]
# ## How bad is luck?
#
# Handwriting needs more hidden numbers than one. With ten, a grid like ours
# has $2401^{10}$ places, a number of 34 digits. Nobody can add that up. Such
# an integral is called **intractable**.
#
# Need we add up everything? In the integral, each $z$ counts as often as the
# prior draws it. So $p(x)$ is a mean, and a mean can be estimated: we draw
# 10,000 times from the prior and take the mean of these $p(x \mid z)$. To
# estimate by random draws is called the **Monte Carlo** method. We try it
# where we know the truth, with $d$ hidden numbers and $d$ pixels, each pair
# as above. There $\log p(x)$ is $d$ times what it was.
#
# **Predict.** With one hidden number, about a thousand of the 10,000 draws
# do half of the work: half of the sum comes from them. And with ten?

# %%
def by_luck(d, rng, draws=10_000):
    z = rng.standard_normal((draws, d))  # from the prior
    log_p = log_normal(seen, z, s).sum(axis=1)  # of all d pixels
    estimate = logsumexp(log_p, axis=0) - np.log(draws)  # log of the mean
    parts = np.sort(np.exp(log_p - log_p.max()))[::-1]  # largest first
    work = parts.cumsum() / parts.sum()
    return estimate, 1 + (work < 0.5).sum()

# %%
print(f"a grid for ten: a number of {len(str(len(grid) ** 10))} digits")
lucky_by_d = {}
for d in (1, 2, 5, 10, 20, 30):
    lucky_by_d[d] = np.array([by_luck(d, rng) for _ in range(10)])
    estimate, workers = np.median(lucky_by_d[d], axis=0)
    log_p = d * np.log(evidence)
    print(f"{d:2} hidden: log p(x) = {log_p:5.1f}, by luck "
          f"{estimate:5.1f}, half of it by {workers:.0f}")  # fmt: skip
    if d == 10:
        claim(workers < 6, "with ten, a handful of draws do half of it")

# %% Luck runs out tags=["hide-input"]
errors = [found[:, 0] - d * np.log(evidence)
          for d, found in lucky_by_d.items()]  # fmt: skip
keep(draw.curves(
    {"exact": np.zeros(len(errors))}, x=list(lucky_by_d),
    dots={"by luck, ten times 10,000 draws": (
        np.repeat(list(lucky_by_d), 10), np.concatenate(errors))},
    xlabel="hidden numbers", ylabel="estimate − log p(x)",
    title="Luck runs out", caption="The error of an estimate by random "
    "draws, in nats. Up to five hidden numbers it is small. With ten it "
    "goes both ways, and beyond that nearly all that counts is missed."),
    "luck")  # fmt: skip

# %% [markdown]
# One, or a few, of 10,000. With thirty hidden numbers, luck is wrong by more
# than thirty **nats**: that is what units of the natural logarithm are
# called, and each of them stands for a factor of $e$. (Once in a long while,
# a try is far too high. So on average the estimate of $p(x)$ would be right.)
#
# Real images are pickier still. (You will see what luck finds.) Nearly no
# choice of hidden numbers draws *this* 7, with every stroke in its place.
#
# So we must look where it matters, and that is where the posterior is. But
# for the posterior we need $p(x)$. We are going round in a circle.
#
# ## A guess
#
# To get out, we guess. Let $q(z)$ be a guess of the posterior, of a kind
# that we can draw from, such as a normal distribution. How good is it?
#
# One piece of notation first. The mean of $f(z)$ over the $z$ that $q$ draws
# is called its **expectation**, written $\mathbb{E}_q$. For a coin, each
# value counts as often as it comes up. (For a number, the sum runs over thin
# strips, as before.)
# $$\mathbb{E}_q[f(z)] = \sum_z q(z) \, f(z)$$
# Now take any distribution $r$ to compare $q$ with. Draw a $z$ from $q$. How
# much more probable is it under $q$ than under $r$? Subtract the logarithms,
# and average:
# $$\mathrm{KL}(q \parallel r) = \mathbb{E}_q[\log q(z) - \log r(z)]$$
# This is the **KL divergence** of $q$ from $r$ (Kullback and Leibler 1951).
# ($q$ stands before the two bars, and the draws come from it.)
# Here $q$ is one of three guesses for our hidden coin, and $r$ is the
# posterior, 4/13 and 9/13.

# %%
def kl_of_coins(q, r):
    return (q * (np.log(q) - np.log(r))).sum()

r = np.array([4, 9]) / 13
for q in np.array([[0.8, 0.2], [0.5, 0.5], r]):
    print(f"thin {q[0]:.2f}, bold {q[1]:.2f}: {kl_of_coins(q, r):.3f}, "
          f"the other way round {kl_of_coins(r, q):.3f}")  # fmt: skip

# %% [markdown]
# The better the guess, the smaller the number, and if $q$ is $r$ it is 0.
# (It is no distance: the other way round, it is another number.) Could it
# ever be negative? No, and the reason is in this picture.

# %% A line that touches the logarithm tags=["hide-input"]
t = np.linspace(0.15, 3, 200)
keep(draw.curves(
    {"log t": np.log(t), "t − 1": t - 1}, x=t, xlabel="t",
    dots={"they touch": ([1], [0])}, title="The line t − 1 never lies "
    "below the logarithm", caption="The derivative of (t − 1) − log t is "
    "1 − 1/t: negative before 1, positive after it. So the difference is "
    "smallest at 1, and there it is 0."),
    "log_line")  # fmt: skip

# %% [markdown]
# Now in five steps. The minus sign turns the difference round:
# $$-\mathrm{KL}(q \parallel r) = \mathbb{E}_q[\log r(z) - \log q(z)]$$
# A difference of logarithms is the logarithm of a quotient:
# $$-\mathrm{KL} = \mathbb{E}_q\left[\log \left(\frac{r(z)}{q(z)}\right)\right]$$
# For each $z$, call the quotient $t$. Then $\log t \leq t - 1$:
# $$-\mathrm{KL} \leq \mathbb{E}_q\left[\frac{r(z)}{q(z)} - 1\right]$$
# Write out the expectation, over all $z$ that $q$ can draw. There the $q(z)$
# add up to 1:
# $$-\mathrm{KL} \leq \sum_{q(z) > 0} q(z) \cdot \frac{r(z)}{q(z)} - 1$$
# Cancel $q(z)$:
# $$-\mathrm{KL} \leq \sum_{q(z) > 0} r(z) - 1 \leq 0$$
# Over all $z$, the $r(z)$ would add up to 1. Here some may be missing, those
# that $q$ never draws, so the sum is at most 1.
#
# So minus KL is at most 0, and KL is never negative. It is 0 only if $t = 1$
# wherever $q$ draws, that is, if $q$ is $r$. In what follows, $r$ is once
# the prior and once the posterior.
#
# ## The bound
#
# Here is the main step of this lesson. In the square, the area of a coloured
# field can be had in two ways: as its share of all that is coloured, times
# all that is coloured, or as its height times the width of its column.
# $$p(z \mid x) \, p(x) = p(x \mid z) \, p(z)$$
# (That is Bayes' rule.) Take the logarithm, and bring one term over:
# $$\log p(x) = \log p(x \mid z) + \log p(z) - \log p(z \mid x)$$
# Subtract $\log q(z)$, and add it again. Nothing has changed:
# $$\log p(x) = \log p(x \mid z) - [\log q(z) - \log p(z)]
# + [\log q(z) - \log p(z \mid x)]$$
# This holds for each $z$. So it holds on average over the $z$ that $q$
# draws. On the left there is no $z$, and averaging changes nothing. On the
# right, both brackets become KL divergences:
# $$\log p(x) = \mathbb{E}_q[\log p(x \mid z)] - \mathrm{KL}(q \parallel
# p(z)) + \mathrm{KL}(q \parallel p(z \mid x))$$
# The first two terms need only the guess, the prior and the likelihood, and
# these we have. The third one needs the posterior, so we cannot compute it.
# But we know its sign! It is never negative. So if we leave it out, the rest
# can only be too small:
# $$\log p(x) \geq \mathbb{E}_q[\log p(x \mid z)]
# - \mathrm{KL}(q \parallel p(z))$$
# The right side is the **evidence lower bound**, ELBO for short. What we
# have left out is the *gap*: how far our guess is from the posterior.
#
# (You will often find the bound derived in one step, by **Jensen's
# inequality**: the logarithm of a mean is never less than the mean of the
# logarithms. That is shorter, but it does not show what is left out.)
#
# **Check.** By hand, for the hidden coin and the guess that it is half and
# half. The three terms should add up to $\log p(x)$.

# %%
q, p_z = np.array([1, 1]) / 2, np.array([4, 1]) / 5  # thin, bold
p_x_z = np.array([1, 9]) / 16  # of white-white
fit = (q * np.log(p_x_z)).sum()
price, gap = kl_of_coins(q, p_z), kl_of_coins(q, r)
print(f"{fit:.3f} − {price:.3f} + {gap:.3f} = {fit - price + gap:.3f}")
print(f"log p(x) = log(260 / 1600) = {np.log(260 / 1600):.3f}")
assert np.isclose(fit - price + gap, np.log(260 / 1600))

# %% [markdown]
# The two terms of the bound have names. The first is the *reconstruction*:
# how well the $z$ that we guess explain the image. The second is a *price*:
# how far the guess strays from the prior, which has not seen the image. A
# good guess explains a lot and strays little.
#
# Now with our grey pixel, where there is something to see.

# %%
log_posterior = log_normal(grid, seen / (1 + s), s / (1 + s))

def terms_of(mean, variance):  # for the guess q = N(mean, variance)
    log_q = log_normal(grid, mean, variance)
    q = np.exp(log_q) * dz  # how much of q lies in each strip
    reconstruction = (q * log_normal(seen, grid, s)).sum()
    price = (q * (log_q - log_normal(grid, 0, 1))).sum()  # KL to the prior
    gap = (q * (log_q - log_posterior)).sum()  # KL to the posterior
    return reconstruction, price, gap

# %% [markdown]
# **Predict.** Five guesses. *Lazy* is the prior itself, *best* is the
# posterior. *Aside* has the right width, but its mean is 0.6 instead of 1.2.
# *Too sure* has the right mean, but half the standard deviation. *Too wide*
# has twice as much. Which of these last two leaves the larger gap?

# %%
mean, variance = seen / (1 + s), s / (1 + s)
guesses = {"lazy": (0, 1), "aside": (mean / 2, variance),
           "too sure": (mean, variance / 4),
           "too wide": (mean, variance * 4),
           "best": (mean, variance)}  # fmt: skip
found = {name: terms_of(*guess) for name, guess in guesses.items()}
for name, (fit, price, gap) in found.items():
    bound = fit - price
    print(f"{name:8} bound {fit:5.2f} − {price:.2f} = {bound:5.2f}, "
          f"and the gap {gap:.2f}: {bound + gap:.2f}")  # fmt: skip
    assert np.isclose(bound + gap, np.log(evidence), atol=1e-3)

# %% Bound and gap tags=["hide-input"]
@page.paper_style()
def show_bounds():
    figure, parts = page.plot(
        6.5, 2.6, "A better guess, a smaller gap",
        "Left: the posterior, shaded, and five guesses. Right: the bound "
        "of each, as a dot, and how far it lies below log p(x): the gap.",
        1, 2,
    )  # fmt: skip
    curves, bounds = parts[0]
    curves.fill_between(grid, posterior, color="#dddddd")
    top = np.log(evidence)
    for i, (name, guess) in enumerate(guesses.items()):
        colour = page.COLOURS[i]
        q = np.exp(log_normal(grid, *guess))
        curves.plot(grid, q, color=colour, label=name)
        fit, price, gap = found[name]
        bounds.plot([i, i], [fit - price, top], color=colour)
        bounds.plot(i, fit - price, "o", color=colour, markersize=7)
        bounds.text(i, fit - price - 0.25, f"{gap:.2f}", va="top",
                    ha="center")  # fmt: skip
    curves.set(xlim=(-2.5, 4.2), ylim=(0, 2.2 * posterior.max()),
               xlabel="z", ylabel="height")  # fmt: skip
    curves.legend(loc="upper left")
    low = min(fit - price for fit, price, _ in found.values())
    bounds.axhline(top, color=page.INK, linewidth=0.8)
    bounds.text(-0.45, top + 0.15, "log p(x)")
    names = [name.replace(" ", "\n") for name in guesses]
    bounds.set(xticks=range(5), xticklabels=names, ylabel="nats",
               xlim=(-0.6, 4.6), ylim=(1.15 * low, top + 0.8))  # fmt: skip
    keep(page.settled(figure), "bounds")

show_bounds()
claim(found["too wide"][2] > 2 * found["too sure"][2],
      "to be too wide costs more than to be too sure")  # fmt: skip

# %% [markdown] tags=["explorer:elbo"]
# Bound and gap always add up to the same height, $\log p(x)$. And *too wide*
# leaves the larger gap, 0.81 against 0.32. The gap is an average over what
# the guess draws. A wide guess often draws where the posterior is tiny, and
# pays for it each time. A narrow one never looks there. So this KL sooner
# forgives a guess that is too sure than one that is too wide, and where a
# guess cannot have the posterior's form, the best one tends to be narrow.
# (See the exercise `best_normal`.)

# %% [markdown]
# To look for the best guess in a whole family of distributions is called
# **variational inference**. Hence the first half of the title. And now the
# plan is clear. We cannot raise $\log p(x)$ itself, but we can raise the
# bound. Whenever it rises, the image becomes more probable, or the guess
# comes closer to the posterior, or both.
#
# (This is a good place for a rest.)
#
# ## Two nets
#
# Now to digits. The machine's first move stays as it was: it draws ten
# hidden numbers, each from $\mathcal{N}(0, 1)$. For its second move it needs
# $p(x \mid z)$, and that is a net, the decoder. A code goes in, and for each
# pixel a coin comes out.
#
# The guess comes from a net as well, the encoder. An image goes in. Out come
# a mean and a variance for each hidden number. Our guess is a normal
# distribution for each of them, independent of the others: a *diagonal*
# Gaussian. As it depends on the image, we write it $q(z \mid x)$. (The net
# gives the *logarithm* of the variance. That may be any number, and `exp`
# makes a variance of it.) So we need not search for a good guess for each
# image. One net learns to guess for all of them, also for those that it has
# never seen. This is called **amortised inference**.
#
# (In the true posterior the hidden numbers may depend on each other, and
# need not be normal. So the gap will not close as it did for the grey pixel.
# How large it is, lesson 8 measures.)

# %% The two nets tags=["hide-input"]
keep(draw.network(
    "image x -> [encoder] -> mean, log variance -> [draw] -> code z "
    "-> [decoder] -> coins",
    sizes={"image x": D, "encoder": (D, *hidden), "mean": Z,
           "log variance": Z, "code z": Z,
           "decoder": (Z, *reversed(hidden), D), "coins": f"{D} logits"},
    title="A variational autoencoder",
    caption="The encoder guesses: q(z | x). The decoder is the machine: "
    "p(x | z). To make new images, draw z from the prior, and use the "
    "decoder alone."), "nets")  # fmt: skip

# %% [markdown]
# (Its layers grow before the code. They need not: the widths are those of a
# listing that we come to at the end.)

# %%
class VAE:
    def __init__(self, Z, rng):
        self.trunk = MLP([D, *hidden], out=relu, rng=rng)
        self.mean = Dense(hidden[-1], Z, rng=rng)
        self.log_var = Dense(hidden[-1], Z, rng=rng)
        self.decoder = MLP([Z, *reversed(hidden), D], rng=rng)
        parts = self.trunk, self.mean, self.log_var, self.decoder
        self.parameters = [w for part in parts for w in part.parameters()]

    def encode(self, x):
        h = self.trunk(x)  # (N, D) -> (N, hidden[-1])
        return self.mean(h), self.log_var(h)  # (N, Z), (N, Z)

# %% [markdown]
# ## Reconstruction: many coins
#
# The first term of the bound asks how probable the image is, given a code.
# Each pixel is tossed by a coin of its own, whose probability of white is
# $\hat{x}_i$. So pixel $i$ is what it is with probability $\hat{x}_i$ if it
# is white ($x_i = 1$), and $1 - \hat{x}_i$ if it is black ($x_i = 0$). Given
# the code, the tosses are independent: their probabilities multiply, and
# the logarithms add up. Both cases fit into one line, since one of $x_i$ and
# $1 - x_i$ is always 0:
# $$\log p(x \mid z) = \sum_{i=1}^{D} x_i \log \hat{x}_i
# + (1 - x_i) \log(1 - \hat{x}_i)$$
# You know this sum. Up to its sign it is the cross-entropy of lesson 5, with
# two classes, black and white. We asked there why one takes the logarithm:
# whoever makes the cross-entropy small makes the data probable.
#
# **Check.** In a bold image of the little machine, white-white had the
# probability 9/16. (The function takes logits, and the logit of $\hat{x}$
# is $\log(\hat{x} / (1 - \hat{x}))$: here it is $\log 3$.)

# %%
def log_likelihood(logits, x):
    return -bce_with_logits(logits, x).sum(axis=1)  # (N, D) -> (N,)

two = log_likelihood(np.full((1, 2), np.log(3)), np.ones((1, 2)))
print(f"{two[0]:.4f}, and log 9/16 = {np.log(9 / 16):.4f}")
assert np.isclose(two[0], np.log(9 / 16))

# %% [markdown]
# A coin shows black or white, and our images are grey. So we read grey as a
# probability, and toss a coin for each pixel, anew each time that an image
# is used. The function `binarize` does it.
#
# ## The price of a code
#
# The second term is the KL divergence of the guess $\mathcal{N}(\mu,
# \sigma^2)$ from the prior $\mathcal{N}(0, 1)$. Both logarithms, by the
# formula of the bell curve:
# $$\log q(z) = -\frac{1}{2} \log 2 \pi - \frac{1}{2} \log \sigma^2
# - \frac{(z - \mu)^2}{2 \sigma^2}$$
# $$\log p(z) = -\frac{1}{2} \log 2 \pi - \frac{1}{2} z^2$$
# Subtract. The first terms cancel:
# $$\log q(z) - \log p(z) = \frac{1}{2} \left( z^2
# - \frac{(z - \mu)^2}{\sigma^2} - \log \sigma^2 \right)$$
# Average over $q$. The mean of $(z - \mu)^2$ is the variance $\sigma^2$, so
# the fraction becomes 1. The mean of $z^2$ is $\mu^2 + \sigma^2$, because
# $z^2 = (z - \mu)^2 + 2 \mu (z - \mu) + \mu^2$, where the middle term is 0
# on average. Therefore
# $$\mathrm{KL} = \frac{1}{2} \left( \mu^2 + \sigma^2 - 1
# - \log \sigma^2 \right)$$
# It is 0 for $\mu = 0$ and $\sigma = 1$, where $q$ says nothing about its
# image. To move aside costs $\mu^2 / 2$. To be sure costs, too: each halving
# of a small $\sigma$ about $\log 2$. Several hidden numbers are drawn
# independently, by the guess and by the prior. So their probabilities
# multiply, and the prices add up.
# The library calls this `gaussian_kl`.
#
# **Check.** By the definition: the mean of $\log q(z) - \log p(z)$ over
# draws from $q$. (Behind ± stands how far such a mean usually is from the
# exact one.)

# %%
mu, log_var = np.array([1.0]), np.array([-1.0])
draws = mu + np.exp(log_var / 2) * rng.standard_normal(100_000)
ratio = log_normal(draws, mu, np.exp(log_var)) - log_normal(draws, 0, 1)
formula = gaussian_kl(mu, log_var)
error = ratio.std() / np.sqrt(len(ratio))
print(f"formula {formula:.4f}, by draws {ratio.mean():.4f} ± {error:.4f}")
assert abs(formula - ratio.mean()) < 5 * error

# %% [markdown]
# ## A gradient through a draw
#
# One piece is missing. Between the two nets stands a draw, and the gradient
# has to come back through it. What is the derivative of a random number
# with respect to its mean? Let us measure it by finite differences.
#
# **Predict.** We draw from $\mathcal{N}(0, 1)$, and then with the mean moved
# by 0.001. What will (second draw $-$ first draw) / 0.001 be?

# %%
for _ in range(3):
    first, second = rng.normal(0, 1), rng.normal(0.001, 1)
    print(f"({second:.3f} − {first:.3f}) / 0.001 = "
          f"{(second - first) / 0.001:.0f}")  # fmt: skip

# %% [markdown]
# Nonsense, and another nonsense each time. Chance has a say in a single draw.
# But the bound is an *average* over draws, and that is a function of the mean.
#
# So we let chance come in from outside. First we draw $\varepsilon$ from
# $\mathcal{N}(0, 1)$, which depends on nothing that we train. Then we
# *compute* the code:
# $$z = \mu + \sigma \varepsilon$$
# It has the mean $\mu$ and the standard deviation $\sigma$, as it should. So
# an average over $z$ can be taken over the noise, which is the same for any
# $\mu$. And the derivative of a mean is the mean of the derivatives:
# $$\frac{d}{d\mu} \mathbb{E}_q[f(z)] = \frac{d}{d\mu}
# \mathbb{E}_\varepsilon[f(\mu + \sigma \varepsilon)] =
# \mathbb{E}_\varepsilon\left[\frac{d}{d\mu} f(\mu + \sigma \varepsilon)
# \right]$$
# In the last brackets the noise is held fixed. There the code is a function
# like any other, with $dz/d\mu = 1$ and $dz/d\sigma = \varepsilon$. This is
# the **reparameterisation** trick. (The net gives $\log \sigma^2$, and half
# of it is $\log \sigma$, so $\sigma = e^{(\log \sigma^2) / 2}$. The 2 is
# easily forgotten, and nothing complains.)

# %% Arrows there and back tags=["hide-input"]
def arrow(axes, start, end, colour, gaps):
    axes.annotate("", end, start, arrowprops={
        "arrowstyle": "-|>", "color": colour,
        "shrinkA": gaps[0], "shrinkB": gaps[1]})  # fmt: skip

def show_graph(axes, title, middle):
    blocked = middle == "draw"
    places = {"μ": (0.5, 2), "σ": (0.5, 1), middle: (2.6, 1.5),
              "z": (4.4, 1.5), "f(z)": (6, 1.5)}  # fmt: skip
    pairs = [("μ", middle), ("σ", middle), (middle, "z"), ("z", "f(z)")]
    for a, b in pairs:
        gaps = 24 if a == middle else 15, 24 if b == middle else 15
        arrow(axes, places[a], places[b], "#999999", gaps)
        if not (blocked and b == middle):
            lower = [(x, y - 0.28) for x, y in (places[b], places[a])]
            arrow(axes, *lower, page.COLOURS[2], gaps[::-1])
    if blocked:
        axes.text(1.9, 1.5, "×", size=22, color=page.COLOURS[2],
                  ha="center", va="center")  # fmt: skip
    else:
        places["ε"] = (2.6, 0)
        arrow(axes, places["ε"], places[middle], "#999999", (15, 15))
    for name, place in places.items():
        box = "square" if name == middle else "circle"
        axes.text(*place, name, ha="center", va="center", bbox={
            "boxstyle": f"{box},pad=0.35", "facecolor": "#e6eefa",
            "edgecolor": page.COLOURS[0]})  # fmt: skip
    axes.set(title=title, xlim=(0, 6.6), ylim=(-0.5, 2.5))
    axes.axis("off")

# %% The noise comes in from outside tags=["hide-input"]
@page.paper_style()
def show_trick():
    figure, parts = page.plot(
        6.5, 1.7, "Reparameterisation",
        "Grey arrows: what is computed. Red ones: how the gradient comes "
        "back. It cannot pass a draw (left). If the noise comes in from "
        "outside (right), it need not.",
        1, 2,
    )  # fmt: skip
    show_graph(parts[0, 0], "z is drawn from N(μ, σ²)", "draw")
    show_graph(parts[0, 1], "ε is drawn, z is computed", "μ + σ ε")
    keep(page.settled(figure), "trick")

show_trick()

# %%
def reparameterise(mean, log_var, noise):
    return mean + exp(0.5 * log_var) * noise  # all (N, Z)

# %% [markdown]
# **Check.** First the mean and the standard deviation. Then a gradient. What
# we really want is that of an *expectation*, and for $z^2$ we know it:
# $\mathbb{E}_q[z^2] = \mu^2 + \sigma^2$. So the derivative with respect to
# $\mu$ is $2 \mu$, and with respect to $\log \sigma^2$ it is $\sigma^2$
# (since $\sigma^2 = e^{\log \sigma^2}$ is its own derivative). We ask for
# the gradient of a mean over many draws, for $\mu = 3$ and $\sigma = 2$.

# %%
noise = rng.standard_normal(100_000)
mean = Tensor(np.array([3.0]))
log_var = Tensor(np.log(np.array([4.0])))
codes = reparameterise(mean, log_var, noise)
drawn = detach(codes)
print(f"wanted 3 and 2, drawn {drawn.mean():.2f} and {drawn.std():.2f}")
by_mean, by_log_var = grad((codes * codes).mean(), [mean, log_var])
print(f"wanted 6 and 4, drawn {by_mean[0]:.2f} and {by_log_var[0]:.2f}")
claim(abs(drawn.std() - 2) < 0.03, "the standard deviation is 2")
claim(abs(by_log_var[0] - 4) < 0.2, "the gradients are 6 and 4")
forgotten = detach(mean + exp(log_var) * noise)  # without the 0.5
print(f"with the 2 forgotten, {forgotten.std():.2f} in place of 2")

# %% [markdown]
# ## Both objectives, and the loop
#
# Now the bound can be written down, as its two terms. One draw of $z$ for
# each image is enough, since a batch averages over many.

# %%
def elbo_terms(model, x, rng):
    mean, log_var = model.encode(x)  # (N, D) -> (N, Z), (N, Z)
    noise = normal(rng, mean.shape)
    z = reparameterise(mean, log_var, noise)  # (N, Z)
    logits = model.decoder(z)  # (N, Z) -> (N, D)
    return log_likelihood(logits, x), gaussian_kl(mean, log_var)  # (N,)

# %% [markdown]
# One often reads of the encoder's objective and of the decoder's objective.
# (In the overview article that this course answers, the lines behind these
# words are empty.) Now we can fill them in. There are not two objectives, but
# one bound. The encoder maximises all of it:
# $$\mathbb{E}_q[\log p(x \mid z)] - \mathrm{KL}(q \parallel p(z))$$
# The KL contains no weight of the decoder. So for the decoder only the first
# term is left:
# $$\mathbb{E}_q[\log p(x \mid z)]$$
# **Check.** For the decoder, both have the same gradient.

# %%
model = VAE(Z, np.random.default_rng(knobs.seed))
x = asarray(binarize(images[:128], rng))
reconstruction, kl = elbo_terms(model, x, rng)
weights = model.decoder.parameters()
whole = grad((reconstruction - kl).mean(), weights)
first = grad(reconstruction.mean(), weights)
for a, b in zip(whole, first, strict=True):
    assert np.allclose(to_numpy(a), to_numpy(b), rtol=1e-4, atol=1e-6)
print(f"the same gradient for all {len(weights)} arrays of the decoder")

# %% [markdown]
# In the loop, everything happens in the order in which we have derived it.
# (Here `terms` is `elbo_terms`, and `beta` is 1. Later we hand in worse ones.)

# %%
def train(model, terms, optimiser, epochs, rng):
    for _ in range(epochs):
        sums = []
        for x in batches(images, 128, rng):
            x = asarray(binarize(x, rng))  # toss each pixel anew
            reconstruction, kl = terms(model, x, rng)  # (N,), (N,)
            loss = (beta * kl - reconstruction).mean()
            optimiser.step(grad(loss, model.parameters))  # backward pass
            sums.append([detach(reconstruction).sum(), detach(kl).sum()])
        yield *averages(sums, len(images)), *tested(terms, model, held_out)

# %% What is written down after each epoch tags=["hide-input"]
def averages(sums, n):
    return [float(sum(term)) / n for term in zip(*sums, strict=True)]

def tested(terms, model, images):
    """The two terms on all images, by the same draws every time."""
    rng, sums = np.random.default_rng(0), []
    with no_grad():
        for x in batches(images, 1000, rng):
            found = terms(model, asarray(binarize(x, rng)), rng)
            sums.append([term.sum() for term in found])
    return averages(sums, len(images))

# %% [markdown]
# **Predict.** One of the two terms, reconstruction or price, will get
# *worse* while the bound gets better. Which, and why?

# %%
rng = np.random.default_rng(knobs.seed)
model = VAE(Z, rng)
told = train(model, elbo_terms, Adam(model.parameters, lr), epochs, rng)
say = "reconstruction {:.1f}, price {:.1f}, held out {:.1f} and {:.1f}"
records = progress(told, epochs, lambda record: say.format(*record))
history = np.array(list(records)).T  # (4, epochs)

# %% How the two terms go tags=["hide-input"]
mean_image = images.mean(axis=0).clip(1e-3, 1 - 1e-3)
grey = held_out.astype(float).clip(1e-9, 1 - 1e-9)

def by_coins(white):  # the mean of log p of tosses, by such coins
    fits = grey * np.log(white) + (1 - grey) * np.log(1 - white)
    return fits.sum(axis=1).mean()

blind, tosses = by_coins(mean_image), by_coins(grey)
held_fit, held_kl = history[2:]
keep(draw.curves(
    panels={"bound = reconstruction − price": {
                "reconstruction": held_fit,
                "bound": held_fit - held_kl},
            "price of a code (KL)": {"price": held_kl}},
    levels={"bound = reconstruction − price": {
        "mean image": blind, "tosses alone": tosses}},
    xlabel="epoch", ylabel="nats per image", title="Paying for codes",
    caption="Held-out images. Dotted: the mean of the training images, "
    "shown for every image, and what the tossing of grey pixels costs."),
    "curves")  # fmt: skip
bound = held_fit[-1] - held_kl[-1]
print(f"held-out images: {held_fit[-1]:.1f} − {held_kl[-1]:.1f} = "
      f"{bound:.1f} nats")  # fmt: skip
train_fit, train_kl = tested(elbo_terms, model, images)
print(f"training images: {train_fit - train_kl:.1f} nats")
print(f"the mean image: {blind:.1f}, the tosses alone: {tosses:.1f}")
answers = held_kl[-1] / np.log(2)
print(f"a code says at most as much as {answers:.0f} yes-or-no answers")
claim(-122 < bound < -116, "the bound is some −119 nats", f"{bound:.1f}")
claim(round(tosses) == -46, "the tosses alone cost 46 nats",
      f"{-tosses:.0f}")  # fmt: skip
claim(15 < held_kl[-1] < 19, "a code costs some 17 nats",
      f"{held_kl[-1]:.1f}")  # fmt: skip

# %% [markdown]
# The price gets worse: it rises. At first the codes say hardly anything, and
# cost hardly anything, and the decoder shows the mean image, each pixel as
# grey as it is on average. Then the nets find out that a nat spent on a code
# buys many nats of reconstruction. In the end they spend about 17 nats on an
# image, and get more than a hundred for them. (A yes-or-no answer is worth
# $\log 2$ nats. So a code says at most as much as 25 of these: a good deal,
# but not everything.)
#
# Is $-118$ good? It can never come up to 0. We toss the grey pixels
# ourselves, and no machine can know how these coins fall. Even if it knew
# each shade of grey, that would cost 46 nats. So $-211$ is reached without
# any code, and $-46$ cannot be beaten.
#
# (On training images the bound is some ten nats better than on held-out
# ones. You know this from lesson 5: our nets have begun to overfit.)
#
# ## Look
#
# To *rebuild* an image, we encode it, and decode the mean of its guess. What
# the decoder gives is a probability for each pixel, shown as grey.

# %%
def picture(model, z):
    with no_grad():
        return to_numpy(sigmoid(model.decoder(asarray(z, "float32"))))

def code_of(model, x):
    with no_grad():
        return to_numpy(model.encode(asarray(x))[0])  # the mean

# %% Rebuilt tags=["hide-input"]
shown = held_out[:12]
tossed = binarize(shown, np.random.default_rng(knobs.seed))
rebuilt = picture(model, code_of(model, tossed))
keep(draw.image_rows(
    {"held-out": shown, "encoder sees": tossed, "rebuilt": rebuilt,
     "coins tossed": binarize(rebuilt, np.random.default_rng(0))},
    digits.image_shape, title="Twelve images, each rebuilt from "
    f"{Z} numbers", caption="The decoder gives probabilities (third row). "
    "Tossed, they are black and white, with ragged edges."),
    "rebuilt")  # fmt: skip

# %% [markdown]
# Most come back as themselves, but the 5 has become an 8. And all are softer
# than before. (Lesson 0 asked where this blur comes from.) In part it is as
# it should be: the rim of a stroke is grey in the real images, too. For the
# rest, ten numbers do not say whether a stroke ends here or a pixel further
# on. So the decoder hedges, with probabilities in between. Grey is no colour
# in this machine. It means *perhaps*.
#
# To *invent* an image, we need no encoder. We draw a code from the prior.

# %% Invented tags=["hide-input"]
some = np.random.default_rng(knobs.seed)
invented = picture(model, some.standard_normal((75, Z)))
keep(draw.image_grid(
    invented, digits.image_shape, columns=15, title="Seventy-five codes "
    "drawn from the prior", caption="The first 75, none picked by hand. "
    "Many are digits, some lie between two of them."),
    "samples")  # fmt: skip

# %% [markdown]
# Many of these codes mean something. In lesson 6 we counted coverage. What
# does it say of the two rows at the start?

# %%
def coverage_of(made):
    real = held_out[: len(made)]
    found = precision_recall_density_coverage(real, made, k=5)
    return found.coverage

# %%
n = 300 if knobs.quick else len(held_out)
made = {"first row": shreds, "second row": softer, "real": images}
coverages = {name: coverage_of(x[:n]) for name, x in made.items()}
for name, covered in coverages.items():
    print(f"{name:11} covers {covered:.2f}")
claim(coverages["second row"] > coverages["first row"] + 0.1,
      "the random codes of the second row cover more")  # fmt: skip

# %% [markdown]
# The second row covers far more, nearly as much as real digits do. (With
# tossed pixels and the same steps, the first would cover hardly more.) Yet
# nobody would take its images for real. A soft image lies near many sharp
# ones, so coverage flatters it. The bound on held-out images is the better
# judge.
#
# And between two codes? We *walk* from one held-out image to another one, of
# another class.

# %% Walks tags=["hide-input"]
classes = len(digits.class_names)
pairs = [(0, 6), (3, 8), (7, 2), (9, 4)]
pairs = [(a % classes, b % classes) for a, b in pairs]
labels = digits.test_labels
at = {c: np.flatnonzero(labels == c)[0] for c in range(classes)}
walks, t = [], np.linspace(0, 1, 11)[:, None]
for a, b in pairs:
    start, stop = code_of(model, held_out[[at[a], at[b]]])
    walks.append(picture(model, (1 - t) * start + t * stop))
names = digits.class_names
keep(draw.interpolations(
    np.stack(walks), digits.image_shape,
    ends=[(names[a], names[b]) for a, b in pairs],
    title="From one image to another, by their codes",
    caption="Each row goes straight from the code of one held-out image "
    "to that of another one."), "walks")  # fmt: skip

# %% [markdown]
# The loop of the 0 tightens until it is a 6. But from the 7 to the 2 the way
# leads through something that is neither. So not every code means a digit.
#
# (This is a good place for a second rest: the machine is built.)
#
# ## Why are there fewer holes?
#
# To see all codes at once, we train a machine with only two numbers.

# %%
sheet = vae.VAE(D, 2, hidden, rng=rng)
settings = vae.Settings(epochs=sheet_epochs, lr=2 * lr, schedule="cosine",
                        beta=beta)  # fmt: skip
training = vae.train(sheet, images, settings, rng=rng)
for _ in progress(training, sheet_epochs):
    pass

# %% The sheet tags=["hide-input"]
numbers = [NormalDist().inv_cdf((i + 0.5) / 15) for i in range(15)]
places = np.array([(a, b) for b in reversed(numbers) for a in numbers])
keep(draw.image_grid(
    to_numpy(sheet.generate(asarray(places, "float32"))),
    digits.image_shape, columns=15,
    title="A sheet of codes of two numbers",
    caption="One number grows to the right, the other one upwards, in "
    "steps that the prior takes equally often."), "plane")  # fmt: skip

# %% [markdown]
# One digit turns into the next. Now we draw the guess $q(z \mid x)$ for each
# image, as an ellipse of one standard deviation.

# %% Whose is each place? tags=["hide-input"]
def guesses_of(net):
    with no_grad():
        mean, log_var = net.encode(asarray(images))
    return to_numpy(mean), np.exp(to_numpy(log_var) / 2)

class_of = digits.train_labels

def owners(places, centre, spread):  # the densest class, or -1: nobody
    nearest = np.full(len(places), np.inf)
    density = np.zeros((classes, len(places)))
    for mean, sd, c in zip(centre, spread, class_of, strict=False):
        steps = (((places - mean) / sd) ** 2).sum(axis=1)
        nearest = np.minimum(nearest, steps)
        near = steps < 9
        density[c, near] += np.exp(-steps[near] / 2) / sd.prod()
    return np.where(nearest < 1, density.argmax(axis=0), -1)

# %% Each image claims a cloud tags=["hide-input"]
@page.paper_style()
def show_clouds(centre, spread):
    from matplotlib.colors import to_rgb
    from matplotlib.patches import Ellipse

    figure, parts = page.plot(
        4.4, 4.0, "Each image claims a cloud of codes",
        f"The guesses for {len(images):,} images: their ellipses of one "
        "standard deviation, in the colour of the class that is densest "
        "there (the nets know no classes). A few are outlined. White: "
        "nobody's. Dots: the means. In the dashed circle lie 95 of 100 "
        "codes of the prior.",
    )  # fmt: skip
    axes, wide = parts[0, 0], max(4.3, np.quantile(abs(centre), 0.999))
    fine = 61 if knobs.quick else 161  # places along a side
    side = np.linspace(-wide, wide, fine, dtype="float32")
    places = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    owner = owners(places, centre, spread)
    colours = [to_rgb(page.COLOURS[c % len(page.COLOURS)])
               for c in range(classes)]  # fmt: skip
    pale = np.vstack([0.5 + 0.5 * np.array(colours), np.ones(3)])
    axes.imshow(pale[owner].reshape(fine, fine, 3), origin="lower",
                extent=(-wide, wide, -wide, wide),
                interpolation="nearest")  # fmt: skip
    axes.scatter(*centre.T, s=0.1, color=page.INK, linewidths=0)
    for k in range(0, len(images), 67):
        axes.add_patch(Ellipse(centre[k], *(2 * spread[k]), fill=False,
                               linewidth=0.6))  # fmt: skip
    for c in set(owner) - {-1}:  # its name stands where most is its own
        own = places[owner == c][::5]
        crowd = [(((own - place) ** 2).sum(axis=1) < 0.1).sum()
                 for place in own]  # fmt: skip
        axes.text(*own[np.argmax(crowd)], names[c], size=12, ha="center",
                  weight="bold", va="center",
                  path_effects=page.halo())  # fmt: skip
    circle = 2.45 * np.exp(1j * np.linspace(0, 2 * np.pi, 200))
    axes.plot(circle.real, circle.imag, "--", color=page.INK,
              linewidth=0.8)  # fmt: skip
    axes.set(xlabel="first number", ylabel="second number")
    keep(page.trimmed(page.settled(figure)), "clouds")

show_clouds(*guesses_of(sheet))

# %% [markdown]
# **Predict.** On the plane the clouds seem to touch. How many of the codes
# that the prior draws lie in somebody's cloud? And with ten numbers?

# %%
def claimed(codes, centre, spread, within):
    hits = 0
    for z in codes:
        steps = (((z - centre) / spread) ** 2).sum(axis=1)
        hits += (steps < within).any()
    return hits / len(codes)

# %%
shares = []
for net, d in ((sheet, 2), (model, Z)):
    centre, spread = guesses_of(net)
    codes = some.standard_normal((1000, d))  # from the prior
    far = (some.standard_normal((100_000, d)) ** 2).sum(axis=1)
    for share in (0.39, 0.95):  # of the draws of a guess: how far?
        within = np.quantile(far, share)
        shares.append(claimed(codes, centre, spread, within))
        print(f"{d:2} numbers: {shares[-1]:6.1%} lie where "
              f"{share:.0%} of some guess's draws do")  # fmt: skip
claim(shares[0] > 0.8, "on the plane most codes are claimed")
claim(shares[3] < 0.05, "with ten numbers hardly any code is claimed")

# %% [markdown] tags=["explorer:latent"]
# (An ellipse of one standard deviation holds 39 % of its guess's draws. With
# ten numbers we have taken the body that holds as many, or even 95 %.)
#
# In lesson 6 an image claimed a point. Here the noise makes of the point a
# cloud, and the price draws the clouds together, around 0, where the prior
# draws. On a plane most of them touch, and few white patches are left.
# (Under Try, codes are free, and you can see what becomes of the clouds.)
#
# With ten numbers there is so much room that nearly every code of the prior
# is new to the decoder, and it must fill in between the clouds. That it often
# draws a digit is generalisation, as in lesson 5. The noise helps: a decoder
# that must draw the same image for a whole cloud changes slowly from place to
# place. How far that carries, no formula of this lesson tells.

# %% [markdown]
# And what does *luck* find? For each of twelve images we look for the best of
# very many codes drawn from the prior.
#
# **Predict.** How many random codes do you need, until one of them is as
# good as the encoder's?

# %%
def fits_of(x, white):  # log p(x | z), each image with each code
    white = white.clip(1e-6, 1 - 1e-6)
    return x @ np.log(white).T + (1 - x) @ np.log(1 - white).T

best = np.full(len(tossed), -np.inf)  # log p(x | z) of the best so far
found = np.zeros((len(tossed), Z))  # its code

def look_on(n, rng):
    z = rng.standard_normal((n, Z))
    fits = fits_of(tossed, picture(model, z))  # (images, n)
    better = fits.max(axis=1) > best
    found[better] = z[fits.argmax(axis=1)[better]]
    best[better] = fits.max(axis=1)[better]

# %%
draws, climb, lucky = 0, {}, {"what is sought": tossed}
for n in [10, 90, 900] + [1000] * (tries // 1000 - 1):
    look_on(n, some)
    draws += n
    climb[draws] = best.mean()
    if draws in (10, 1000, tries):
        lucky[f"best of {draws:,}"] = picture(model, found)
        print(f"best of {draws:9,}: {best.mean():.1f} nats per image")

# %%
by_mean = np.diag(fits_of(tossed, rebuilt))
with no_grad():
    guess = model.encode(asarray(np.repeat(tossed, 100, axis=0)))
    z = reparameterise(*guess, normal(some, guess[0].shape))
    fits = log_likelihood(model.decoder(z), np.repeat(tossed, 100, axis=0))
by_draw = to_numpy(fits).mean()
print(f"the mean of the encoder's guess: {by_mean.mean():.1f}, "
      f"a draw of it: {by_draw:.1f}")  # fmt: skip
print(f"luck did better than that mean for {(best > by_mean).sum()} of 12")
spent = round(held_kl[-1])
print(f"e to the {spent} nats: {np.exp(spent) / 1e6:.2g} million draws")
claim(abs(best.mean() - by_draw) < 6,
      "a million codes hold one as good as a draw of the guess")

# %% How luck climbs tags=["hide-input"]
keep(draw.curves(
    {"best so far": list(climb.values())[2:]},
    x=np.log10(list(climb)[2:]),
    levels={"encoder: mean": by_mean.mean(), "encoder: draw": by_draw},
    xlabel="random codes, as a power of ten", ylabel="log p(x | z)",
    title="Luck against the encoder", caption="The mean over twelve "
    "images, from a thousand codes on. Dotted: the mean of the encoder's "
    "guess as a code, and a draw of its guess."), "climb")  # fmt: skip

# %% What luck finds tags=["hide-input"]
keep(draw.image_rows(
    lucky | {"encoder's code": rebuilt}, digits.image_shape,
    title="What luck finds", caption="Of so many codes drawn at random, "
    "the one that explains the image best. Below: the code that the "
    "encoder proposes."), "lucky")  # fmt: skip

# %% [markdown]
# About a million, to be as good as a draw of the encoder's guess. For a few
# images luck has then even beaten the guess's mean. But the encoder proposes
# a good code at once.
#
# To estimate $\log p(x)$, luck has to meet codes such as the *posterior*
# draws. (Measured apart from this page, those explained these images better
# than draws of our guess, by some nine nats.) A typical one of them is about
# $e^{\mathrm{KL}}$ times as probable under the posterior as under the prior. So
# luck needs about as many draws to meet one (Chatterjee and Diaconis 2018). That
# KL is about 17 nats, too, and $e^{17}$ is 24 million.
#
# (You may stop here. What follows takes a published program apart.)
#
# ## A listing that cannot learn
#
# The article prints a program as well, in TensorFlow 1, whose mistakes are
# typical of many. In our own words, these are its essential lines. (Its KL is
# right.)
#
#     def encoder(x):
#         h = tf.layers.dense(x, 128, tf.nn.relu)      # new weights (c)
#         ...
#         return mean, log_var
#
#     def loss(images):
#         mean, log_var = encoder(images)
#         z = tf.random_normal([batch, Z])                         # (a)
#         fake = decoder(z)                                        # (b)
#         rebuilt = decoder(encoder(fake))                  # (b, c, d)
#         error = tf.reduce_sum(tf.square(images - rebuilt))
#         kl = 0.5 * tf.reduce_sum(tf.square(mean) + tf.exp(log_var)
#                                  - 1 - log_var)
#         return error + kl
#
#     for images in batches:                                       # (e)
#         print(session.run(loss(images)))
#
# **Predict.** What is wrong at (a) to (e)? You know enough to find three.

# %% [markdown]
# - (a) *The code is drawn apart.* `z` is plain noise. Neither the mean nor
#   the variance has a part in it.
# - (b) *An unrelated image is rebuilt.* Noise is decoded, the result is
#   encoded and decoded again, and that is compared with the image.
# - (c) *Nothing is shared.* In TensorFlow 1, every call of the encoder or
#   the decoder makes new weights. The encoder that pays the KL is not the
#   one that is asked for a code.
# - (d) *A pair is decoded.* Nobody makes a code of mean and log variance.
# - (e) *No optimiser runs.* No weight ever moves.

# %% The listing, as a drawing tags=["hide-input"]
keep(draw.network(
    "image -> [encoder] -> KL -> [loss]\nnoise -> [decoder] -> fake "
    "-> [encoder 2] -> pair -> [decoder 2] -> rebuilt -> [loss]\n"
    "image -> [loss]", marked={"rebuilt", "image"},
    title="The listing as a drawing",
    caption="The loss compares \"rebuilt\" with the image. But follow the "
    "arrows back from \"rebuilt\": they never come to the image."),
    "listing")  # fmt: skip

# %% [markdown]
# Two of them are found in a second, without any training, by whoever asks.
# For (a) we ask for a gradient that has to be there, that of the
# reconstruction with respect to the encoder. For (d) we decode a pair.

# %%
def apart(model, x, rng):  # (a)
    mean, log_var = model.encode(x)
    logits = model.decoder(normal(rng, mean.shape))
    return log_likelihood(logits, x), gaussian_kl(mean, log_var)

# %%
a = VAE(Z, rng)
reconstruction, _ = apart(a, x, rng)
for ask in (lambda: grad(reconstruction.mean(), a.mean.W),  # (a)
            lambda: model.decoder(model.encode(x))):  # (d)
    try:
        ask()
    except (TypeError, ValueError) as problem:
        print(f"{type(problem).__name__}: {problem}")

# %% [markdown]
# `grad` says it plainly: the loss does not depend on the encoder. And our
# decoder asks for one code, not for the description of a distribution.
#
# Now (b), and (c), which is (b) with two pairs of nets.

# %%
class Twice:  # (b) if it is shared, (c) if it is not
    def __init__(self, shared, rng):
        self.first = VAE(Z, rng)
        self.again = self.first if shared else VAE(Z, rng)
        nets = [self.first] if shared else [self.first, self.again]
        self.parameters = [w for net in nets for w in net.parameters]

# %%
def unrelated(model, x, rng):  # (b) and (c)
    mean, log_var = model.first.encode(x)  # only for the KL
    noise = normal(rng, mean.shape)
    some_image = sigmoid(model.first.decoder(noise))
    guess = model.again.encode(some_image)
    z = reparameterise(*guess, normal(rng, mean.shape))
    logits = model.again.decoder(z)
    return log_likelihood(logits, x), gaussian_kl(mean, log_var)

# %% [markdown]
# **Predict.** (a), (b) and (c) are trained in our loop. What will their
# decoders show for an image of a 7?

# %%
def try_out(model, terms):
    adam = Adam(model.parameters, lr)
    told = train(model, terms, adam, fault_epochs, rng)
    return np.array(list(progress(told, fault_epochs))).T

# %%
b, c = Twice(True, rng), Twice(False, rng)
faults = {"(a) apart": try_out(a, apart),
          "(b) unrelated": try_out(b, unrelated),
          "(c) not shared": try_out(c, unrelated)}  # fmt: skip
for name, told in faults.items():
    print(f"{name:14} reconstruction {told[2, -1]:.1f}")
reached = held_fit[:fault_epochs][-1]
print(f"reconstruction: the mean image {blind:.1f}, ours {reached:.1f}")
worst = max(told[2, -1] - blind for told in faults.values())
claim(worst < 1, "no fault does better than the mean image")

# %% Three faults, one picture tags=["hide-input"]
codes = np.random.default_rng(knobs.seed).standard_normal((12, Z))
rows = {"held-out": shown, "ours": rebuilt,
        "mean image": mean_image + 0 * shown,
        "(a) decodes noise": picture(a, codes)}  # fmt: skip
for name, twice in {"(b)": b, "(c)": c}.items():
    rows[f"{name} is shown"] = fake = picture(twice.first, codes)
    rows[f"{name} rebuilds"] = picture(twice.again,
                                       code_of(twice.again, fake))
keep(draw.image_rows(
    rows, digits.image_shape, title="Three faults, one picture",
    caption="(a) decodes noise. (b) and (c) encode what a decoder has "
    "made of noise, not the image above. In the end all three show "
    "nearly the mean image."), "faults_rebuilt")  # fmt: skip

# %% [markdown]
# After six epochs all three show the same grey ghost, for a 7 and for any
# other digit: something close to the mean image. A decoder that is told
# nothing about $x$ can do no better. (For a pixel that is white in a share
# $m$ of the images, $m \log \hat{x} + (1 - m) \log (1 - \hat{x})$ is
# largest at $\hat{x} = m$: there its derivative is 0.) No error message
# tells us. The loss falls for a while, as in any training.
#
# One thing in the listing is no mistake, but a choice. It compares pixels by
# their squared error. That is a likelihood, too: that of normal noise with
# the variance 1/2, in place of coins, up to a constant. (The exercise
# `grey_likelihood` shows it.)
#
# In other programs the 2 is forgotten, and the noise has the standard
# deviation $\sigma^2$. Will such a machine look worse than ours?

# %%
def forgotten_2(model, x, rng):
    mean, log_var = model.encode(x)
    z = mean + exp(log_var) * normal(rng, mean.shape)
    logits = model.decoder(z)
    return log_likelihood(logits, x), gaussian_kl(mean, log_var)

# %%
f = VAE(Z, np.random.default_rng(knobs.seed))
_, _, fit, price = try_out(f, forgotten_2)[:, -1]
ours = reached - held_kl[:fault_epochs][-1]
print(f"ours {ours:.1f}, with the 2 forgotten {fit - price:.1f}")
claim(fit - price > ours + 5, "the fault looks like a success")

# %% [markdown]
# It looks better, and is no bound any more. Here $\sigma$ is below 1, so
# $\sigma^2$ is smaller still: the price is computed for a larger noise than is
# drawn. Only a check finds such a mistake. (Ours has. There $\sigma$ was 2, so
# too much noise was drawn: 4.)
#
# ## Looking back
#
# A hidden number makes an image. How probable the image is, is a sum over
# everything that may have been hidden, and out of reach. A guess $q$ splits
# its logarithm into a bound, which we can compute, and a gap, which is never
# negative. The bound is reconstruction minus price. Noise from outside lets
# a gradient through the draw. All of it stands in the two functions
# `elbo_terms` and `train`.
#
# Elsewhere you find the same things under these names. Papers write the
# weights of the nets as indices, $p_\theta(x \mid z)$ and $q_\phi(z \mid x)$.
# They call the evidence the *marginal likelihood*, coins for pixels a
# *Bernoulli* likelihood, the encoder a *recognition* or *inference network*,
# the average of all guesses the *aggregated posterior*, and a guess whose
# numbers are independent *mean-field*. That one net guesses for all images
# makes the gap larger, and by how much is called the *amortisation gap*.
# Programs minimise $-$ELBO, and call its terms `reconstruction_loss` or
# `BCE`, and `kl_loss` or `KLD`. A VAE with a weight on the KL is a beta-VAE
# (lesson 9). Stable Diffusion works among the codes of an autoencoder with
# such a KL term, of a tiny weight.
#
# One thing we have left open. We have raised a lower bound. Has $\log p(x)$
# risen as well, or has only the gap become smaller? From the bound alone
# nobody can tell. Lesson 8 finds out, and asks how many of its numbers a VAE
# really uses.

# %% [markdown] tags=["footer"]
# ## Try
#
# 1. `bold=0.05`: Bold images are rarer still. Is a white-white one still
#    more probably bold?
#
#    **Answer.** No. The bold column is now so narrow that its coloured field
#    holds 45 images on average, and that of the thin ones 95. So a third are
#    bold, although they fit nine times as well. If a cause is rare enough,
#    no fit makes up for it.
#
# 2. `s=0.01`: The grey pixel has hardly any noise. Where is the posterior
#    now, and what becomes of luck?
#
#    **Answer.** It is highest at 1.49, almost exactly where the pixel says,
#    and its standard deviation is 0.1. Luck fails much earlier: with five
#    hidden numbers it is wrong by more than 25 nats, and with thirty by
#    nearly two thousand. The more precise an image is, the fewer are the
#    codes that explain it. *Aside* now leaves a gap of 28 nats, because it
#    is seven standard deviations away. *Too sure* and *too wide* leave the
#    same as before.
#
# 3. `beta=0.0`: Codes cost nothing. Do random codes still mean something?
#
#    **Answer.** No more than in lesson 6. The second row at the start is
#    hardly better than the first: blots in place of shreds. Nothing draws
#    the clouds together, and nothing keeps them wide. They shrink to points,
#    and the map reaches out to 12 in place of 4. Only 3 of 100 codes of the
#    prior are claimed. The codes would cost 133 nats. So the bound is
#    $-230$, which is worse than the mean image. (The sheet itself still
#    looks well: on a plane, 4,000 points lie close enough.)
#
# 4. `Z=50`: Fifty hidden numbers in place of ten. Will a code cost five
#    times as much?
#
#    **Answer.** It costs less: 14 nats. The nets use seven of the numbers,
#    and leave the guesses for the other 43 at the prior, where they cost
#    nothing. But the decoder has to learn to ignore their noise, and the
#    bound is eight nats worse. Lesson 8 is about numbers that nobody uses.
#
# 5. `epochs=5`: Only five epochs. What have the nets learnt by then?
#
#    **Answer.** The codes cost 8 nats, and most of the rebuilt images are
#    grey clouds. A thousand random codes hold one that is as good as the
#    encoder's, $-168$ nats, and a million a better one, $-160$: to guess
#    well has to be learnt, too.
#
# 6. `data=glyphs`: Printed letters and digits in many typefaces. Are they
#    easier?
#
#    **Answer.** Yes. The bound is $-82$ nats, at a price of 16, and most
#    random codes give a letter. The walks turn one into another without a
#    seam. All three faults end with something like a B, the mean of the
#    alphabet. (It takes longer, since the letters have to be drawn first.)
#
# ## Exercises
#
# `python -m lessons check 7` tests your answers to these.
#
# - *Build it*: `posterior`, Bayes' rule for any table of causes and images.
#   `best_normal`, the best guess for any posterior, also one with two peaks.
#   `kl`, the price.
# - *Change it*: `grey_likelihood`, the likelihood behind the squared error.
#   `scaled_elbo`, the bound of a machine that weighs its hidden number.
# - *Break it*: `lopsided`, two distributions that disprove that KL is a
#   distance. `misleading_models`, a better bound for a worse model.
#
# ## Sources
#
# - Kingma and Welling, *Auto-Encoding Variational Bayes* (2013),
#   arXiv:1312.6114: the bound in section 2.2, the trick in 2.4, the KL in
#   appendix B. Rezende, Mohamed and Wierstra had it at the same time (2014),
#   arXiv:1401.4082.
# - Doersch, *Tutorial on Variational Autoencoders* (2016), arXiv:1606.05908;
#   Kingma and Welling, *An Introduction to Variational Autoencoders* (2019),
#   arXiv:1906.02691, for all of this at greater length.
# - Kullback and Leibler, *On Information and Sufficiency* (1951), Annals of
#   Mathematical Statistics 22.
# - Burda, Grosse and Salakhutdinov, *Importance Weighted Autoencoders*
#   (2015), arXiv:1509.00519, for tossing the pixels anew each time.
# - Chatterjee and Diaconis, *The Sample Size Required in Importance
#   Sampling* (2018), Annals of Applied Probability 28, arXiv:1511.01437.
# - Rombach and others, *High-Resolution Image Synthesis with Latent
#   Diffusion Models* (2022), arXiv:2112.10752, for Stable Diffusion.
# - LeCun, Cortes and Burges, the MNIST database, for the digits.
#
# ## For maintainers
#
# **Takes** 70 minutes to read, 68 s to run.
# **Recorded** with quick=False data=mnist5k seed=0 backend=numpy bold=0.2
# seen=1.5 s=0.25 many=32 Z=10 hidden=(128, 256, 512) lr=0.001 beta=1.0
# n_images=4000 first_epochs=20 epochs=60 sheet_epochs=40 fault_epochs=6
# tries=1000000 (2026-11-29)
# **Measured** over seeds 0, 1, 2: white-white thin and bold, of 1600: 67
# 175, 80 173, 88 182 (claimed: .08 around 9/13). Draws that do half of the
# work, with 1, 2, 5, 10 hidden numbers: 996 248 8 1, 982 248 6 1, 994 255 6
# 1 (claimed: with 10 fewer than 6); with 30 luck says $-94$, $-98$, $-98$ in
# place of $-57.9$. Held-out bound $-118.4$, $-120.4$, $-118.7$ (claimed:
# $-122$ to $-116$), price 17.1, 16.2, 16.7 (claimed: 15 to 19), bound on
# training images $-108.1$, $-109.7$, $-108.4$. Coverage (k = 5, 1,000 each)
# of the two rows .48 .83, .49 .83, .47 .87 (claimed: .1 apart), of 1,000
# real training images .89; seed 0, with the second row's steps .53, with its
# tosses .48, with both .52 (seed 1: .52, .49, .56); the second row with constant steps .95, from a
# start of its own, against .89. Codes of the prior claimed by 39 and 95 %, with 2
# numbers 87 99, 87 99, 87 99 (claimed: above 80), with ten 0 1.1, 0.2 2.0, 0
# 1.1 (claimed: below 5). Best of 1,000,000 $-108.2$, $-106.3$, $-106.6$, a
# draw of the guess $-109.5$, $-108.5$, $-110.0$ (claimed: within 6), its
# mean $-104.9$, $-103.6$, $-105.4$; luck beats the mean for 3, 1, 4 of 12.
# Draws of the posterior, seed 0 (20,000 weighted codes an image, then 60
# Metropolis chains of 400 steps): $-100.9$ by weights, $-100.4$ by chains, log
# p(x) $-117.9$, so its KL from the prior is 17.0 or 17.4.
# Faults (a), (b), (c) $-214.8$ $-211.0$ $-212.3$, $-214.2$ $-211.6$
# $-211.8$, $-214.1$ $-213.6$ $-211.2$, mean image $-210.9$ (claimed: better
# by less than 1).
# After 6 epochs $-168.0$ and with the 2 forgotten $-157.8$, $-169.2$ and
# $-157.2$, $-165.1$ and $-152.5$ (claimed: 5 better); after 60 epochs, seed
# 0, $-108$, and $-120$ at the price of the noise that is drawn. KL of each
# of 50 numbers, seed 0: 2.4 2.2 2.1 1.8 1.7 1.6 1.4, the others at most .13.
