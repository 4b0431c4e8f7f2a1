# %% [markdown]
# # 7. The variational autoencoder
#
# Derive the evidence lower bound, train a VAE by hand on real handwritten digits, draw new ones.
#
# **You will be able to** say where each term of the bound comes from, send a gradient through a
# random draw, write the loop, and see why a published listing of this model cannot learn. **It
# takes** 1 minute on two cores. **You need**, from lessons 1 to 4, that a `Tensor` knows how it was
# made, `grad(loss, parameters)` gives arrays, `Dense` is $xW + b$, `Adam` steps.
#
# **You will see** a held-out bound of -23.2 to -23.3 nats per image over seeds 0 to 4 (asserted:
# -23.8 to -22.8), of that 5.0 to 5.2 for KL (4.5 to 5.6); with 2 latent numbers, -23.9 to -24.1
# (-24.7 to -23.5). A reconstruction without any code, the mean image, reaches -27.34.

# %%
import math
from statistics import NormalDist
from types import SimpleNamespace

import numpy as np

from lessons.support import keep, options, progress
from scratchgen import MLP, Adam, Dense, check_grad, detach, draw, grad, no_grad, to_numpy
from scratchgen.backend import asarray, normal
from scratchgen.data import batches, binarize, load
from scratchgen.functions import bce_with_logits, exp, gaussian_kl, relu, sigmoid

# %% Knobs
knobs = options(data="digits", seed=0)
digits = knobs.data == "digits"
H = (256, 128) if digits else (128, 256, 512)  # the article's widths; 1,498 digits need less
Z, N = 8 if digits else 20, 128  # latent numbers an image; images a batch
epochs = 3 if knobs.quick else {"digits": 200, "glyphs": 40}.get(knobs.data, 10)
rng = np.random.default_rng(knobs.seed)
data = load(knobs.data)
D = data.train_images.shape[1]  # pixels an image
claims = digits and not knobs.quick  # the header's numbers are of such a run
data

# %% [markdown]
# ## Why log p(x) is out of reach, and what stands below it
#
# A code $z \sim p(z) = \mathcal{N}(0, I)$ is drawn, then an image $x \sim p(x \mid z)$. To fit
# the data we would raise $\log p(x) = \log \int p(x \mid z)\, p(z)\, dz$: an integral over all
# codes, of which nearly none explains $x$. So we let a distribution $q(z \mid x)$ propose some.
#
# Take $p(x) = p(x \mid z) p(z) / p(z \mid x)$, to its log add $\log q - \log q$, average over $q$:
# $$\mathrm{ELBO} = \mathbb{E}_q[\log p(x \mid z)] - \mathrm{KL}(q(z \mid x) \parallel p(z))$$
# $$\log p(x) = \mathrm{ELBO} + \mathrm{KL}(q(z \mid x) \parallel p(z \mid x))$$
# The last term is out of reach, but a KL, $\mathbb{E}_q[\log q - \log p]$, is never negative: the
# rest is a lower bound, the ELBO. **Run it where all is known**: one pixel $x \sim \mathcal{N}(z,
# s)$ of variance $s$, one code. Then $p(x) = \mathcal{N}(0, 1 + s)$, and the posterior $p(z \mid
# x)$ is $\mathcal{N}(x / (1 + s), \, s / (1 + s))$. **Predict** for which $q$ the bound is tight.

# %%
def toy_elbo(mean, var):
    reconstruction = -0.5 * (math.log(2 * math.pi * s) + ((x - mean) ** 2 + var) / s)
    return reconstruction - 0.5 * (var + mean**2 - 1 - math.log(var))

# %%
x, s = 1.5, 0.25
log_p = math.log(NormalDist(0, math.sqrt(1 + s)).pdf(x))
at_prior, at_posterior = toy_elbo(0.0, 1.0), toy_elbo(x / (1 + s), s / (1 + s))
print(f"log p(x) {log_p:.4f}   ELBO: q = posterior {at_posterior:.4f}, q = prior {at_prior:.4f}")
assert math.isclose(at_posterior, log_p) and at_prior < log_p - 4, "the bound is broken"

# %% [markdown]
# ## Two nets, two terms
#
# It is tight at the posterior. Where it rises, $\log p(x)$ rises, or $q$ comes closer, or both. The
# encoder gives mean and log variance of a normal $q(z \mid x)$ for each of a code's $Z$ numbers (a
# log, so that any output is a variance). The decoder gives a logit for each of $D$ pixels.

# %%
class VAE:
    def __init__(self, Z):
        self.trunk = MLP([D, *H], out=relu, rng=rng)
        self.mean = Dense(H[-1], Z, rng=rng)
        self.log_var = Dense(H[-1], Z, rng=rng)
        self.decoder = MLP([Z, *reversed(H), D], rng=rng)  # (N, Z) -> (N, D) logits
        parts = self.trunk, self.mean, self.log_var, self.decoder
        self.parameters = [w for part in parts for w in part.parameters()]

    def encode(self, x):
        h = self.trunk(x)  # (N, D) -> (N, H[-1])
        return self.mean(h), self.log_var(h)  # (N, Z), (N, Z)

# %% [markdown]
# **Reconstruction.** A pixel is a coin of probability $\hat{x} = \mathrm{sigmoid}(\text{logit})$:
# $$\log p(x \mid z) = \sum_{i=1}^{D} x_i \log \hat{x}_i + (1 - x_i) \log(1 - \hat{x}_i).$$
# This is a Bernoulli likelihood. Coins land 0 or 1, so `binarize` draws each grey pixel afresh at
# every use (Burda et al. 2015): a fixed draw could be learnt by heart, and no coin shows grey. The
# loss takes logits, never $\hat{x}$: where $\hat{x}$ rounds to 1, $\log(1 - \hat{x})$ is $-\infty$.

# %%
def log_likelihood(logits, x):
    return -bce_with_logits(logits, x).sum(axis=1)  # (N, D) -> (N,), nats per image

fair = log_likelihood(np.zeros((1, D)), np.ones((1, D)))[0]
wrong = log_likelihood(np.full((1, 1), 1e4), np.zeros((1, 1)))[0]
print(f"{D} fair coins: {fair:.2f} = -{D} log 2.  One pixel, sure and wrong: {wrong:.0f}, finite.")
assert math.isclose(fair, -D * math.log(2)) and wrong == -1e4, "the likelihood is wrong"

# %% [markdown]
# **KL** to $p(z)$ is known (Kingma & Welling 2013, appendix B), as `gaussian_kl(mean, log_var)`:
# $\frac{1}{2} \sum_j (\sigma_j^2 + \mu_j^2 - 1 - \log \sigma_j^2)$. **Check** it by its
# definition, the mean of $\log q(z) - \log p(z)$ over draws of $q$, to four standard errors.

# %%
mu, log_var, draws = 1.0, -1.0, 100_000
z = mu + math.exp(log_var / 2) * rng.standard_normal(draws)
ratio = 0.5 * (z**2 - (z - mu) ** 2 / math.exp(log_var) - log_var)  # log q(z) - log p(z)
closed, error = gaussian_kl(np.array([mu]), np.array([log_var])), ratio.std() / math.sqrt(draws)
print(f"closed form {closed:.4f}, from draws {ratio.mean():.4f} +- {error:.4f}")
assert abs(closed - ratio.mean()) < 4 * error, "the closed form is not the definition"

# %% [markdown]
# ## How a gradient passes through a draw
#
# A draw from $q$ has no derivative with respect to $q$'s mean. So we move the chance outside: draw
# $\varepsilon \sim \mathcal{N}(0, I)$, which depends on nothing, and compute $z = \mu + \sigma
# \odot \varepsilon$ ($\odot$: elementwise), $\sigma = \exp((\log \sigma^2) / 2)$. The half matters:
# `exp(log_var)` is the variance. **Check** the spread, and the slopes against differences.

# %%
def reparameterise(mean, log_var, noise):
    return mean + exp(log_var * 0.5) * noise  # all (N, Z)

# %%
z = reparameterise(np.full(draws, 3.0), np.full(draws, math.log(4.0)), rng.standard_normal(draws))
print(f"asked for mean 3, std 2; drew mean {z.mean():.3f}, std {z.std():.3f}")
allowed = 4 * 2 / math.sqrt(draws)  # four standard errors of the mean
assert abs(z.mean() - 3) < allowed and abs(z.std() - 2) < allowed / math.sqrt(2), "a wrong spread"
mean, log_var, noise = rng.standard_normal((3, 4, 2))  # float64, for the check; it is silent
check_grad(lambda mean, log_var: reparameterise(mean, log_var, noise), mean, log_var)

# %% [markdown]
# ## The bound, and the loop
#
# One draw of $z$ per image is enough, since a batch averages over many. The loop has everything in
# the order it happens: draw the pixels, go forward, take the loss $-\mathrm{ELBO}$ and its
# gradient, step. `terms` is `elbo`; later we hand in something worse.

# %%
def elbo(vae, x, rng):
    mean, log_var = vae.encode(x)  # (N, D) -> (N, Z), (N, Z)
    z = reparameterise(mean, log_var, normal(rng, mean.shape))  # (N, Z)
    return log_likelihood(vae.decoder(z), x), gaussian_kl(mean, log_var)  # (N,), (N,)

def averages(sums, images):
    return [float(sum(term)) / len(images) for term in zip(*sums, strict=True)]

def held_out(terms, vae, seed=0):
    draws = np.random.default_rng(seed)  # the same after every epoch, and apart from training's
    with no_grad():
        images = (asarray(binarize(x, draws)) for x in batches(data.test_images, 1000, draws))
        sums = [[term.sum() for term in terms(vae, x, draws)] for x in images]
    return averages(sums, data.test_images)

# %%
def train(terms, vae, adam, epochs):
    for _ in range(epochs):
        sums = []
        for x in batches(data.train_images, N, rng):
            x = asarray(binarize(x, rng))  # (N, D), 0 or 1
            reconstruction, kl = terms(vae, x, rng)  # (N,), (N,)
            loss = -(reconstruction - kl).mean()
            adam.step(grad(loss, vae.parameters))
            sums.append([detach(reconstruction).sum(), detach(kl).sum()])
        yield averages(sums, data.train_images) + held_out(terms, vae)

# %% [markdown]
# **Predict**: one term improves nearly all the way; one dips, then gets *worse*: which, and why?

# %%
def run(terms, vae, adam, epochs):
    words = "fit {0:.2f}/{2:.2f}, KL {1:.2f}/{3:.2f} (held out second)"
    records = progress(train(terms, vae, adam, epochs), epochs, lambda r: words.format(*r))
    return np.array([*records]).T  # (4, epochs)

vae = VAE(Z)
history = run(elbo, vae, Adam(vae.parameters, lr=1e-3), epochs)
reconstruction, kl = np.mean([held_out(elbo, vae, seed) for seed in range(10)], axis=0)
print(f"held-out bound {reconstruction - kl:.2f} = {reconstruction:.2f} - {kl:.2f} nats per image")
tight = -23.8 <= reconstruction - kl <= -22.8 and 4.5 <= kl <= 5.6
assert tight or not claims, "these are not the header's numbers"

# %%
fit, cost, fit_test, cost_test = history[:, 1:]  # the first epoch would squeeze all others
panels = {"reconstruction, and below it the bound": {"training": fit, "held out": fit_test,
              "bound, training": fit - cost, "bound, held out": fit_test - cost_test},
          "KL, the gap between them": {"training": cost, "held out": cost_test}}
keep(draw.curves(panels=panels, x=range(2, epochs + 1), xlabel="epoch", ylabel="nats per image",
    title="The bound rises by paying for codes", caption="KL is what a code may tell about its "
    "image. Notice it grow: a nat spent on it buys more than a nat of reconstruction."), "curves")

# %% [markdown]
# ## Look: rebuild, invent, walk
#
# The model's picture is a probability per pixel. To **rebuild** an image, decode its code's mean.

# %%
def picture(vae, z):
    with no_grad():
        return to_numpy(sigmoid(vae.decoder(asarray(z, "float32"))))  # (N, Z) -> (N, D)

def code_means(vae, images):
    with no_grad():
        return to_numpy(vae.encode(asarray(images))[0])  # (N, D) -> (N, Z)

# %%
grey = data.test_images[:12]
seen = binarize(grey, rng)
rows = {"held out": grey, "encoder sees": seen, "rebuilt": picture(vae, code_means(vae, seen))}
keep(draw.image_rows(rows, data.image_shape, title="Held-out images, rebuilt from their codes",
    caption=f"The encoder sees one black-and-white draw and passes on {Z} numbers. Notice that "
    "grey comes back: the decoder knows how likely each pixel is, given the rest."), "rebuilt")

# %% [markdown]
# To **invent** one, decode a draw of $p(z)$. To **walk**, decode the line between two codes.

# %%
keep(draw.image_grid(picture(vae, rng.standard_normal((75, Z))), data.image_shape, columns=15,
    title="Images that nobody drew", caption="Decoded draws of p(z). Notice many hands, no two "
    "tiles alike; blurred ones lie between classes, where the decoder hedges."), "samples")

# %%
start, stop = code_means(vae, data.test_images[:8]).reshape(2, 4, 1, Z)
walks = picture(vae, (start + np.linspace(0, 1, 11)[:, None] * (stop - start)).reshape(44, Z))
names = np.array(data.class_names)[data.test_labels[:8]].reshape(2, 4).T.tolist()
keep(draw.interpolations(walks.reshape(4, 11, D), data.image_shape, ends=names, title="Straight "
    "lines between codes", caption="From one held-out image to another. Notice strokes that open "
    "and close: no step jumps."), "walks")

# %% [markdown]
# **A map.** With $Z = 2$ a code is a point on the page, and a grid of points a page of images. The
# bound gets worse by less than a nat; what we buy is that we can look.

# %%
flat = VAE(2)
run(elbo, flat, Adam(flat.parameters, lr=1e-3), 300 if claims else epochs)
bound_flat = np.mean([np.subtract(*held_out(elbo, flat, seed)) for seed in range(10)])
print(f"held-out bound with two latent numbers {bound_flat:.2f} nats per image")
assert not claims or -24.7 <= bound_flat <= -23.5, "the map's bound is not the header's"

# %%
keep(draw.latent_map(code_means(flat, data.train_images[:1498]), data.train_labels[:1498],
    class_names=data.class_names, title="Where the encoder puts each image", caption="Training "
    "images, drawn as their class, which the net was never told. Notice that each class has "
    "regions of its own, none far from 0, where p(z) draws; look-alikes lie side by side."), "map")
ticks = [NormalDist().inv_cdf((i + 0.5) / 20) for i in range(20)]  # equal shares of p(z)
plane = picture(flat, [[a, b] for b in reversed(ticks) for a in ticks])
keep(draw.image_grid(plane, data.image_shape, columns=20, title="The same plane, decoded",
    caption="Each tile stands for an equal share of p(z), in the map's directions. Notice that "
    "images turn into one another without a seam."), "plane")

# %% [markdown]
# ## A listing that cannot learn
#
# The article behind this project prints a VAE with the right layers and the right KL. We keep nets
# and loop and change only what its listing does otherwise. The yardstick is the mean image, which
# needs no code (held against grey $x$: the mean over all draws). **(a) The code is drawn apart from
# mean and log variance**: what does the reconstruction owe the encoder? **(d) A pair is decoded.**

# %%
mean_image = data.train_images.mean(axis=0).clip(1e-3, 1 - 1e-3) + 0 * data.test_images  # (N, D)
mean_fit = log_likelihood(np.log(mean_image / (1 - mean_image)), data.test_images).mean()
print(f"reconstruction by the mean image {mean_fit:.2f}, by our VAE {reconstruction:.2f}")
assert not claims or abs(mean_fit + 27.34) < 0.01, "the mean image is not the header's"

# %%
def elbo_apart(vae, x, rng):
    mean, log_var = vae.encode(x)
    z = normal(rng, mean.shape)  # (a): neither mean nor log_var
    return log_likelihood(vae.decoder(z), x), gaussian_kl(mean, log_var)

x = asarray(binarize(data.train_images[:N], rng))
owed = elbo_apart(vae, x, rng)[0].mean()
for ask in (lambda: grad(owed, vae.mean.W), lambda: vae.decoder(vae.encode(x))):  # (a), (d)
    try:
        ask()
    except (AttributeError, TypeError, ValueError) as problem:
        print(f"refused with {type(problem).__name__}: {problem}")

# %% [markdown]
# **(b) The image compared is unrelated**: noise is decoded, encoded, decoded again, and held
# against $x$. **(c) Nothing is shared**: in TensorFlow 1 each such call builds new weights, so the
# encoder that the KL trains is not the one that is asked (`again`). **(e) No optimiser runs.**
# **Predict** how the held-out reconstruction moves under each; they train like ours.

# %%
def elbo_listing(vaes, x, rng):
    mean, log_var = vaes.first.encode(x)  # for the KL only
    code = vaes.again.encode(sigmoid(vaes.first.decoder(normal(rng, mean.shape))))
    z = reparameterise(code[0], code[1], normal(rng, mean.shape))
    return log_likelihood(vaes.again.decoder(z), x), gaussian_kl(mean, log_var)

apart, one, two, other, still = (VAE(Z) for _ in range(5))
shared = SimpleNamespace(first=one, again=one, parameters=one.parameters)
split = SimpleNamespace(first=two, again=other, parameters=two.parameters + other.parameters)
few = min(epochs, 40 if digits else 2)
a = run(elbo_apart, apart, Adam(apart.parameters), few)
b = run(elbo_listing, shared, Adam(shared.parameters), few)
c = run(elbo_listing, split, Adam(split.parameters), few)
e = run(elbo, still, SimpleNamespace(step=lambda gradients: None), few)
unasked = float(gaussian_kl(*other.encode(x)).mean())
print(f"(c) KL of the encoder in the loss {c[3, -1]:.2f}, of the one that is asked {unasked:.2f}")
gaps = [abs(fault[2, -1] - mean_fit) for fault in (a, b, c)]
assert np.ptp(e[2]) == 0 and (not claims or max(gaps) < 1), "a fault beats the mean image"

# %%
series = {"ours": history[2, :few], "(a) apart": a[2], "(b) unrelated": b[2],
          "(b, c) unshared": c[2], "(e) no steps": e[2]}
keep(draw.curves(series, levels={"mean image": mean_fit}, xlabel="epoch",
    ylabel="reconstruction, nats per image", title="What each fault can reach", caption="Held-out "
    "images. Notice that (a), (b), (c) stop at the mean image: told nothing about x, a decoder can "
    "do no better. (e) does not move."), "faults")
rows = {"held out": grey, "ours": picture(vae, code_means(vae, seen)),
        "(a)": picture(apart, rng.standard_normal((12, Z))),
        "(b)": picture(one, code_means(one, picture(one, rng.standard_normal((12, Z))))),
        "(e)": picture(still, code_means(still, seen))}
keep(draw.image_rows(rows, data.image_shape, title="What each fault rebuilds", caption="Notice "
    "nearly the same picture all along (a) and (b): the mean image."), "faults_rebuilt")

# %% [markdown]
# **Merely a choice: squared error.** The listing compares pixels by $\sum_i (x_i - \hat{x}_i)^2$.
# That is a likelihood too: a normal of mean $\hat{x}_i$ and fixed variance $1/2$, but for
# the constant $(D / 2) \log \pi$. It suits grey pixels; its nats compare with no coin's.

# %%
p = picture(vae, code_means(vae, seen[:1]))[0]
normals = [NormalDist(mean, math.sqrt(0.5)) for mean in p]
log_normal = sum(math.log(n.pdf(pixel)) for n, pixel in zip(normals, grey[0], strict=True))
by_error = -((grey[0] - p) ** 2).sum() - D / 2 * math.log(math.pi)
print(f"log of the normal density {log_normal:.4f}, from the squared error {by_error:.4f}")
assert math.isclose(log_normal, by_error, rel_tol=1e-5), "the constant is off"

# %% [markdown]
# ## Recap
#
# The ELBO, reconstruction minus KL, lies below $\log p(x)$ by the KL from $q$ to the posterior.
# Faults (a) to (c) cut the path from an image, through its code, to its own likelihood.
# **Real systems** use convolutions, learned priors, other likelihoods. **Not well understood**:
# which codes training ignores for good (lesson 8 is to count them, and say how loose the bound is).
#
# **Predict, then try.** 1. `exp(log_var)` as the std: what suffers? 2. KL times 4, then 0: how do
# samples look? 3. Binarise once: do bounds part? **Write, then test**: `python -m lessons check 7`.
#
# **Sources.** Kingma & Welling 2013, arXiv:1312.6114, sections 2.2 (bound), 2.4 (draw), appendix B
# (KL). Rezende et al. 2014, arXiv:1401.4082. Burda et al. 2015, arXiv:1509.00519, section 5.
