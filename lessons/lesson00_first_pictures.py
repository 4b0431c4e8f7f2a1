# %% [markdown]
# # 0. First pictures
#
# Look at a handwritten 7. Nobody ever wrote exactly that 7 before: the
# next one by the same hand will be a little wider, or lean a little more.
# People make new sevens all day long without copying any.
#
# Can a program do that? Not copy an image that it has seen, and not paste
# pieces together, but produce a digit that was never written by anybody,
# and that you would take for somebody's handwriting?
#
# It can, up to a point. In this lesson you will watch two programs learn it.
# There are no formulas yet. You will see what happens, and what goes wrong,
# and can decide whether you want to know *why*: that is what the other
# lessons are for.

# %%
import numpy as np

# keep shows a figure, claim holds the text to this run
from lessons.support import claim, keep, options, progress
from scratchgen import data, draw, gan, measure, to_numpy, vae

# %% Knobs
# What you may turn later, in the experiments. For now, go on.
knobs = options("first_pictures", data="mnist5k", seed=0)
vae_epochs = 2 if knobs.quick else 60  # how often it sees each image
gan_epochs = 2 if knobs.quick else 40  # the same for the GAN
code_size = 10  # random numbers from which the VAE draws one image
beta1 = 0.0  # momentum in the GAN's game: see the experiments below

# %% Five thousand digits that people wrote
rng = np.random.default_rng(knobs.seed)
digits = data.load(knobs.data)
real = digits.test_images[:28]
digits

# %% The real ones tags=["hide-input"]
keep(
    draw.image_grid(
        real, digits.image_shape, columns=14,
        title="Written by people",
        caption="Real images. Each is 28 pixels high and 28 wide.",
    ),
    "real",
)

# %% [markdown]
# ## What makes it hard
#
# To a computer, one of these images is a list of 784 numbers: one for each
# of its 28 times 28 pixels, 0 for black, 1 for white, and something between
# for grey. So "make a new image" means "write down 784 numbers". That is
# easy! We can draw them at random.
#
# Here are three ways to do it, each a little cleverer than the last.
#
# 1. Every pixel is any shade between black and white.
# 2. Every pixel is white as often as it is white in real digits. The
#    corners, for example, come out black, because they always are.
# 3. Two real digits, both at half strength, one upon the other.
#
# **Predict.** Which of the three will look most like handwriting, and what
# will be wrong with it?

# %%
noise = rng.random((14, real.shape[1]))
average_pixel = digits.train_images.mean(axis=0)
by_pixel = rng.random(noise.shape) < average_pixel
halves = (real[:14] + real[14:]) / 2

# %% Three naive machines tags=["hide-input"]
keep(
    draw.image_rows(
        {"1 noise": noise, "2 pixel by pixel": by_pixel * 1.0,
         "3 two halves": halves, "real": real[:14]},
        digits.image_shape,
        title="Three naive ways to make an image",
        caption="Noise stays noise, however long one waits. Drawing every "
        "pixel by itself gives a cloud of about the right shape. The "
        "average of two digits is two digits, one seen through the other.",
    ),
    "naive",
)

# %% [markdown]
# The first way will never work, and it is worth seeing why. Suppose that
# each pixel could only be black or white. Then there would be
# 2 × 2 × 2 ..., 784 times, different images: a number with 237 digits. (The
# atoms of the universe are counted by a number with some 80.) Nearly all of
# these images are noise like the top row. Digits are among them, but so
# rare that you will never hit one by luck.
#
# The second row knows where ink usually goes, and still shows no stroke.
# In real handwriting the pixels *hang together*: where one pixel is part of
# a stroke, some of its neighbours must be, too. A machine that decides
# about each pixel by itself cannot know that.
#
# The third row has real strokes, and too many of them. So half-way between
# two digits, counted pixel by pixel, there is usually no digit.
#
# What we need is a machine that has learnt how pixels hang together.

# %% [markdown]
# ## A machine with dials
#
# Here is the plan that nearly all image generators share. Imagine a machine
# with a few dials on its front and a screen on top. Set the dials to some
# numbers, and an image appears. Turn one of them slowly, and the image
# changes slowly: the digit leans over, say, or grows bolder.
#
# The numbers on the dials are the image's **latent code**, or code for
# short: *latent* means hidden, since nobody sees them in the image. The
# machine itself is called a **generator**. To get a new image we set every
# dial at random, and look at the screen.
#
# Inside the machine there is a **neural network**: a long calculation, made
# of multiplications, additions and bends (lesson 1 shows a bend), with some
# half a million adjustable numbers in it, its **weights**. At the start the
# weights are random. Let us switch the machine on and look at its screen.

# %%
model = vae.VAE(real.shape[1], code_size, rng=rng)
codes = rng.standard_normal((14, code_size)).astype("float32")
untrained = to_numpy(model.generate(codes))

# %% Before it has learnt anything tags=["hide-input"]
keep(
    draw.image_grid(
        untrained, digits.image_shape, columns=14,
        title="Fourteen codes, before any learning",
        caption="Random dials, random weights: grey specks, like noise.",
    ),
    "untrained",
)
different, atoms = 2**784, 10**80  # black or white images; an estimate
assert len(str(different)) == 237 and different > atoms

# %% [markdown]
# Grey, of course: nobody has told it anything yet. Now comes the real
# question. If we could say "for *these* dials the right image is *that*
# one", we could nudge the weights until the machine obeys. But nobody knows
# which dials belong to which digit. Nobody even knows what the dials mean!
#
# There are two famous ways out of this. Each is a small story.

# %% [markdown]
# ## First way: squeeze, then unfold
#
# Suppose you want to send a drawing to a friend by telephone, and you may
# say just ten numbers. Nobody has told the two of you how to use them. You
# look at the drawing and say ten numbers; your friend hears them, and draws.
# Then you compare the two drawings, and both of you get a little better.
#
# That is two networks. The **encoder** turns an image into a code, and the
# **decoder** turns a code into an image. Now we know which code belongs to
# which image: the encoder *chooses* it. And when the two have practised
# enough, we send the encoder home, ring up the decoder ourselves, and read
# ten random numbers to it.
#
# There is one catch. For that to work, random numbers must be something
# that the decoder has learnt to understand. So the encoder has to play by a
# rule: its codes, taken together, must look like random draws. This
# machine is called a **variational autoencoder**, or VAE (Kingma and
# Welling 2013). How one makes a network keep such a rule, and why it is the
# right one, is the story of lessons 6 and 7.

# %% The VAE as a drawing tags=["hide-input"]
keep(
    draw.network(
        "image -> [encoder] -> code -> [decoder] -> drawing",
        sizes={"image": 784, "code": code_size, "drawing": 784},
        title="A variational autoencoder",
        caption="In training, the drawing shall be the image over again, "
        "by way of a short code. To make new images, only the right half "
        "is needed.",
    ),
    "vae",
)

# %% [markdown]
# Training takes one call. `vae.train` shows the two networks all of the
# 4,000 images, again and again, and adjusts their weights a little each
# time. One pass over all the images is called an **epoch**. After each one
# we take a photograph of the screen, with the same fourteen codes as before.
#
# **Predict.** What will come first: sharp strokes in the wrong places, or
# blurred digits in the right ones?

# %%
training = vae.train(
    model, digits.train_images, vae.Settings(epochs=vae_epochs), rng=rng
)
vae_screens = [untrained]
for record in progress(training, vae_epochs):
    vae_screens.append(to_numpy(model.generate(codes)))

# %% What the screen showed tags=["hide-input"]
def show_film(screens, title, caption, name, more=()):
    moments = [e for e in (0, 1, 2, 4, 10, 20, 40, 60) if e < len(screens)]
    rows = {f"epoch {e}": screens[e] for e in moments} | dict(more)
    figure = draw.image_rows(
        rows, digits.image_shape, title=title, caption=caption
    )
    keep(figure, name)
    often = np.unique(np.geomspace(1, len(screens), 30).astype(int)) - 1
    shape = digits.image_shape
    frames = [draw.mosaic(screens[e], shape, columns=7) for e in often]
    film = draw.animation(np.stack(frames), seconds=0.15, scale=3)
    keep(film, f"{name}_film")

show_film(
    vae_screens,
    "Fourteen codes, while the VAE learns",
    "A column is one code. First everything is a cloud, then a few "
    "blurred shapes, then, in most columns, digits.",
    "vae_learns",
)

# %% [markdown]
# First a blot where ink usually goes, much like the cloud that we made by
# hand. Then the blot parts into a few blurred shapes, and these sharpen into
# digits. From coarse to fine, all the way.
#
# Most of the columns end as a digit, and two or three never quite do. No
# image was ever given these codes: they were drawn at random before the
# training began. Could the decoder repeat an image that it has seen all the
# same? That is a good question, and we check it below.

# %% [markdown]
# ## Second way: a forger and a detective
#
# The second story needs no encoder. A forger makes banknotes and has never
# seen a real one. A detective has real ones, and gets a mixture of both to
# judge: real, or forged? The forger is told how each of the notes was found
# out, and improves. Then the detective must look more closely. Then the
# forger must work more carefully. If this goes on for long enough, the
# forgeries cannot be told from real notes any more.
#
# The forger is our **generator**, and the detective is a second network, the
# **discriminator**: it looks at an image and says how sure it is that the
# image is real. The two play against each other, so this is called a
# **generative adversarial network**, or GAN (Goodfellow and others 2014).
# Notice what the generator never gets to see: a real image. All that it
# knows of handwriting it has learnt from the detective's complaints.

# %% The GAN as a drawing tags=["hide-input"]
keep(
    draw.network(
        "code -> [generator] -> forgery -> [discriminator] <- real image\n"
        "[discriminator] -> verdict",
        sizes={"code": 32, "forgery": 784, "real image": 784},
        title="A generative adversarial network",
        caption="The discriminator sees images of both kinds and says "
        "which are real. The generator learns from its verdict alone.",
    ),
    "gan",
)

# %% [markdown]
# Now for the game. `smooth`, in the code below, is a calmer copy of the
# generator. Two players who answer each other never stand still, so the copy
# follows the *average* of the generator's weights. The picture and the film
# show the forger itself, and the last row of the picture is the copy.
#
# In each step of the training the discriminator first gets real images and
# forgeries, and learns from its mistakes. Then the generator makes new
# forgeries, hears how each of them struck the discriminator, and learns from
# that. (Of the settings below, `r1` and `r2` hold the discriminator back, so
# that it does not become too good too soon; `lr`, `betas` and `decay` say how
# far each step goes, and how slowly the copy follows. You need not know them
# yet.)
#
# **Predict.** Will these pictures go the same way as the VAE's?

# %%
width, rng = real.shape[1], np.random.default_rng(knobs.seed)
generator = gan.generator(32, width, hidden=(256, 512), rng=rng)
discriminator = gan.discriminator(width, hidden=(256, 128), rng=rng)
smooth = gan.generator(32, width, hidden=(256, 512), rng=rng)

# %%
game = gan.Settings(
    epochs=gan_epochs, lr=1e-3, betas=(beta1, 0.99),
    r1=0.1, r2=0.1, decay=0.995,
)  # fmt: skip
training = gan.train(
    generator, discriminator, digits.train_images, game,
    rng=rng, average=smooth,
)  # fmt: skip

def look(who):
    same = np.random.default_rng(1)  # so the codes are the same each time
    return to_numpy(gan.generate(who, 14, same))

gan_screens = [look(generator)]
for record in progress(training, gan_epochs):
    gan_screens.append(look(generator))

# %% The forger's workshop tags=["hide-input"]
show_film(
    gan_screens,
    "Fourteen codes, while the GAN learns",
    "A column is one code. The rows show the forger itself, the last one "
    "its calmer copy.",
    "gan_learns",
    more={"calm copy": look(smooth)},
)

# %% [markdown]
# Only at the very start. It begins like the VAE, with a cloud where the ink
# goes, but the cloud is made of hard specks. By the tenth epoch there are bold
# white strokes, long before the shapes are right: some columns try one digit
# after another. Real digits are not soft, so whatever is soft would be found
# out at once. The last row of the picture is the calm copy at the end. It has
# the same codes, and fewer specks.

# %% [markdown]
# ## Side by side
#
# Three rows: one was written by people, one drawn by the VAE, and one by the
# GAN's calm copy. None was picked by hand.

# %% Whose is which? tags=["hide-input"]
new = {
    "VAE": to_numpy(model.sample(1000, np.random.default_rng(2))),
    "GAN": to_numpy(gan.generate(smooth, 1000, np.random.default_rng(3))),
}
shuffled = np.random.default_rng(5).permutation(digits.test_images)
people = shuffled[:14]
keep(
    draw.image_rows(
        {"A": new["VAE"][14:28], "B": people, "C": new["GAN"][14:28]},
        digits.image_shape,
        title="Whose is which?",
    ),
    "whose",
)

# %% [markdown]
# **Predict.** Whose is row A, whose is B, and whose is C? By what did you
# tell?

# %% Real, VAE, GAN tags=["hide-input"]
keep(
    draw.image_rows(
        {"A: VAE": new["VAE"][14:28], "VAE again": new["VAE"][:14],
         "B: people": people, "C: GAN": new["GAN"][14:28],
         "GAN again": new["GAN"][:14]},
        digits.image_shape,
        title="Handwriting, and two machines",
        caption="The VAE's are soft, with pale places. The GAN's are "
        "hard, with specks.",
    ),
    "side_by_side",
)

# %% [markdown]
# Each has a handwriting of its own. The VAE's digits are soft: where it is
# unsure whether a stroke runs here or a pixel further on, it paints both,
# and pale. It also makes a few that are half one digit and half another.
# The GAN's strokes are hard and white like real ink, and there are specks
# around them that no pen would leave. Some of its images are no digit at
# all.
#
# Both belong to the method. In lesson 7 we will see where the blur comes
# from, and in lesson 12 where the specks do. And there is a worse accident,
# that one does not see in a single image: a generator that makes only a few
# different ones. You can provoke its extreme form below, in the third
# experiment: one image for every code, and not even a digit.

# %% [markdown]
# ## Copied or invented?
#
# One question must be asked of every generator: has it only learnt its
# images by heart? We look for the real image that is nearest to each new
# one, pixel by pixel. There are 5,000 real images: 4,000 that the machines
# were trained on, and 1,000 that they never saw.
#
# To know what copying would look like, we plant a copier beside the two
# machines: it hands out images that it has seen.

# %%
everything = np.concatenate([digits.train_images, digits.test_images])

def nearest(image):
    distances = ((everything - image) ** 2).sum(axis=1)
    return everything[distances.argmin()]

order = np.random.default_rng(4).permutation(len(digits.train_images))
new["copier"] = digits.train_images[order[:1000]]

# %% New digits, and the nearest ones that people wrote tags=["hide-input"]
found = {}
for name, images in new.items():
    found[name] = images[:14]
    close = np.stack([nearest(x) for x in images[:14]])
    found[f"nearest to {name}"] = close
keep(
    draw.image_rows(
        found, digits.image_shape,
        title="New digits, and the real images nearest to them",
        caption="Below the machines' digits, mostly the same digit in "
        "another hand. Where a new one is unclear, the nearest may be "
        "another digit. The copier is caught at once.",
    ),
    "nearest",
)
claim(len(everything) == 5000, "there are 5,000 real images",
      f"{len(everything):,}")  # fmt: skip

# %% [markdown]
# And the others? We ask a thousand images of each machine: is the real image
# nearest to you one of those that your machine has seen?
#
# **Predict.** Of the copier's images, all would say yes. How many would say
# yes if a machine copies nothing at all? (How many of the 5,000 were seen?)

# %%
half = [new["copier"][:500], new["VAE"][:500]]
new["half a copier"] = np.concatenate(half)
shares = {
    name: measure.seen_share(x, digits.train_images, digits.test_images)
    for name, x in new.items()
}
for name, share in shares.items():
    print(f"{name:13} {share:4.0%} lie nearest to an image that was seen")

# %% Checked tags=["hide-input"]
known = 100 * len(digits.train_images) / len(everything)
claim(known == 80, "80 in 100 images were seen", f"{known:.0f}")
for name in ("VAE", "GAN"):
    text = f"80 to 88 in 100 of the {name}'s lie nearest to a seen one"
    claim(80 < 100 * shares[name] <= 88, text, f"{shares[name]:.0%}")

# %% [markdown]
# About 80 in 100, since of all the images 80 in 100 were seen, and an image
# that is truly new lies near to one as easily as to another. The copier has
# 100. Half a copier, which mixes 500 copies with 500 of the VAE's images,
# lies half-way. Our two machines lie a little above 80: they lean a little
# towards what they have seen, and they do not copy.

# %% [markdown]
# ## Turning the dials
#
# Now let us do what we promised, and turn one dial slowly. The VAE's encoder
# tells us where the dials have to stand for the 3 in the first picture. We
# turn each of the ten from $-3$ to 3 (random dials nearly always lie between
# these), and put it back before the next.
#
# **Predict.** What will a dial change: how bold the 3 is, how it leans,
# which digit it is?

# %%
ends = to_numpy(model.encode(real)[0].value)  # the codes of real digits
names = [digits.class_names[label] for label in digits.test_labels[:10]]

def turned(code, dial):
    codes = np.tile(code, (14, 1))
    codes[:, dial] = np.linspace(-3, 3, 14)
    return to_numpy(model.generate(codes))

# %% One dial at a time tags=["hide-input"]
keep(
    draw.image_rows(
        {f"dial {i + 1}": turned(ends[3], i) for i in range(code_size)},
        digits.image_shape,
        title=f"From a real {names[3]}, one dial turned at a time",
        caption="Each row turns one dial from one end to the other, and "
        "leaves the rest as they are.",
    ),
    "dials",
)

# %% [markdown]
# All of these, and rarely one alone. Dial 9 makes the 3 narrow until it is a
# 1, dial 5 rounds it, and it becomes a 0 on the left and stays a 3 on the
# right. Dial 3 makes the 3 slimmer or bolder. Far out, some dials lead to
# shapes that are no digit. Nobody told the machine what a dial should do, so
# it has mixed meanings as it liked; lesson 9 is about reading them, and its
# page in the book has eight dials of this kind that you can turn yourself.
#
# At the start we tried to go half-way from one digit to another, pixel by
# pixel, and saw two ghosts. Now we can turn all the dials together, slowly,
# from the code of one digit to the code of another.

# %%
share = np.linspace(0, 1, 14)[:, None].astype("float32")  # from 0 to 1

def mixed(a, b):
    return (1 - share) * a + share * b

# %% Two ways from one digit to another tags=["hide-input"]
rows = {}
for a, b in ((3, 8), (0, 7)):
    by_code = to_numpy(model.generate(mixed(ends[a], ends[b])))
    rows[f"{names[a]} to {names[b]}, pixels"] = mixed(real[a], real[b])
    rows[f"{names[a]} to {names[b]}, codes"] = by_code
keep(
    draw.image_rows(
        rows, digits.image_shape,
        title="From digit to digit, by pixels and by codes",
        caption="Mixed pixels show two ghosts. Mixed codes show strokes "
        "that bend, open and close.",
    ),
    "walk",
)

# %% [markdown]
# Where the pixels are mixed, one digit fades while the other appears. Where
# the *codes* are mixed, a stroke opens, bends, closes, and most of the
# images on the way could be digits, too. (The ends are the VAE's own
# redrawings, so they are softer than the originals.) This is the best sign
# that the machine has learnt something about handwriting, and does not only
# keep a pile of images.

# %% [markdown]
# ## Where this goes
#
# You have now seen the whole subject once, from far away. The machines
# were some forty lines of ours, and behind them a library, `scratchgen`. Its
# heart (the engine, layers, Adam, the VAE and the GAN) is some fifteen
# hundred lines of code, which you can read in an afternoon. The course takes
# it apart, and you will build it yourself:
#
# - *Part I*, lessons 1 to 5: how a network learns at all. You will write
#   the program that computes all those nudges, and prove that it is right.
# - *Part II*, lessons 6 to 10: the VAE. Why random codes fail at first,
#   what makes them work, and what one can do with dials: edit a digit,
#   change its style.
# - *Part III*, lessons 11 to 15: the GAN. The game in two dimensions,
#   where you can watch every move; what goes wrong, and the cures; and how
#   one measures whether a generated image is any good.
# - *Part IV*, lessons 16 and 17: speed, and the way on to PyTorch and to
#   the big models of today.
#
# Three ways lead through it. *Generators first*: lessons 0, 1, 2, 4, 5, 6,
# 7, 11, 12. *Everything*, in order. *For those who test gradients*: 1, 2
# and 3. `python -m lessons` draws the map, and marks what you have done.

# %% [markdown] tags=["footer"]
# ## Try
#
# 1. `vae_epochs=3 gan_epochs=3`: Both stop early. Do they copy more, by the
#    table of nearest images, or less?
#
#    **Answer.** The table says 93% for the VAE, as much as half a copier had
#    before, although nothing was copied. It draws grey clouds in the outline of
#    digits by now, and they look so much alike that a thousand of them share
#    64 nearest images (the finished VAE's have 793). For so few it is chance
#    how many were seen. A measure can mislead, and lesson 14 is about that.
#
# 2. `code_size=2`: Only two dials. Which digits can it still draw?
#
#    **Answer.** Most of them, and about as well. What is lost is
#    faithfulness. Look at the walks: they begin with *a* 3 and *a* 0, and not
#    with ours. And look at the dials: each of the two now runs through
#    several digits, from a 6 by way of the 3 to a 7, or from a 1 to a 0. Two
#    numbers do not suffice to say both which digit it is and how it is
#    written.
#
# 3. `beta1=0.9`: Give both players of the GAN the usual momentum, so that
#    each goes on for a while in the direction it last took. What becomes of
#    the game?
#
#    **Answer.** It breaks. After forty epochs the GAN answers every code
#    with one and the same blot of white pixels, and no digit ever appears.
#    That all samples become alike, whatever the code, is called mode
#    collapse, and lesson 13 takes it apart. The table under the nearest
#    images says 100%: the single image has a single nearest neighbour, which
#    happens to be a seen one.
#
# 4. `data=glyphs`: Printed letters and digits in place of handwriting. Which
#    machine copes better? (It takes three times as long.)
#
#    **Answer.** Both cope well. The letters come in many typefaces, upright or
#    slanted, and the machines invent new ones with and without serifs. The
#    VAE's are soft and sometimes pale, the GAN's hard, with ragged edges, as
#    before.
#
# ## Sources
#
# D. Kingma and M. Welling 2013, Auto-Encoding Variational Bayes,
# arXiv:1312.6114. I. Goodfellow and others 2014, Generative Adversarial
# Nets, arXiv:1406.2661. The digits: Y. LeCun, C. Cortes and C. Burges, the
# MNIST database, of which 5,000 images come with the library.
#
# ## For maintainers
#
# **Takes** 20 minutes to read, 60 s to run.
# **Recorded** with quick=False data=mnist5k seed=0 backend=numpy
# vae_epochs=60 gan_epochs=40 code_size=10 beta1=0.0 (2026-11-29)
# **Measured** nearest to a seen image, seeds 0, 1: VAE 84.1, 83.9 %, GAN
# 83.0, 81.5 % (claimed at most 88 %), half a copier 92.0, 92.7 %. Distinct
# nearest images of a thousand, seed 0: VAE 793, GAN 729, after three epochs
# (Try 1) 64; of the 1,000 unseen images 813 among the seen ones.
