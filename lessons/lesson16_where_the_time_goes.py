# %% [markdown]
# # 16. Where the time goes
#
# Lesson 15 ended with a complaint: our machines are slow. The overview
# article that this course answers says the same of GANs and VAEs alike. Both
# take long to train. It does not say why, and for the future it hopes for
# better hardware.
#
# So where does the time go? We begin with a riddle. Here are two lines of
# Python. `A @ A` multiplies a table of 512×512 numbers by itself. For each
# number of the result, 512 pairs are multiplied and added up. In all, that
# makes $2 \cdot 512^3$ operations, which is 268 million. `a + b` adds two rows
# of 16 million numbers. That makes 16 million operations.
#
# **Predict.** Which of the two takes longer, and about how many times as
# long?

# %%
import sys
from contextlib import contextmanager
from time import perf_counter, process_time

import numpy as np

from lessons.stand_in import moved, stand_in
from lessons.support import claim, keep, options, progress
from lessons.tables import column, rows
from scratchgen import Adam, data, draw, engine, functions, grad, vae
from scratchgen.backend import asarray, gpu_status, normal, use
from scratchgen.data import batches, binarize
from scratchgen.draw import page
from scratchgen.engine import Op, detach

# %% Knobs
knobs = options("where_the_time_goes", data="mnist5k", seed=0)
repeats = 2 if knobs.quick else 20  # of which the quickest counts
many = 1_000_000 if knobs.quick else 16_000_000  # numbers of a long row
batch = 128  # images in a step
Z = 10  # numbers in a code
large = 256 if knobs.quick else 4096  # side of a table beyond the caches
steps = 40 if knobs.quick else 1600  # before we look at Adam's memory
beta = 0.9  # how much of its memory Adam keeps in a step
latency = 50e-6  # seconds, for a message between two computers
bandwidth = 1e9  # bytes a second, between two computers

# %%
use("numpy")  # this lesson goes to and fro between devices by itself
rng = np.random.default_rng(knobs.seed)
# CPU time, as in lesson 15. (Windows counts it in steps of 16 ms.)
clock = perf_counter if sys.platform == "win32" else process_time

# %% [markdown]
# A stopwatch, then. Other programs on a computer only ever make ours slower.
# So of several tries we take the quickest.

# %%
def seconds(work, calls=1):  # of one call
    work()  # the first one is often slower: it does not count
    times = []
    for _ in range(repeats):
        start = clock()
        for _ in range(calls):
            work()
        times.append((clock() - start) / calls)
    return min(times)

# %%
A = rng.random((512, 512), dtype="float32")
a, b = rng.random((2, many), dtype="float32")
count = {"A @ A": 2 * 512**3, "a + b": many}
times = {"A @ A": seconds(lambda: A @ A), "a + b": seconds(lambda: a + b)}

# %%
for name, t in times.items():
    print(f"{name}: {count[name] / 1e6:.0f} million operations in "
          f"{1e3 * t:.2f} ms, {count[name] / t / 1e9:.1f} a nanosecond")
slower = (times["a + b"] / many) / (times["A @ A"] / count["A @ A"])
claim(slower > 4, "an operation of the sum takes several times as long",
      f"{slower:.1f} times")  # fmt: skip

# %% [markdown]
# On our computer (one core of an AMD EPYC) the sum takes some four times as
# long, although it is only a seventeenth of the work. In a nanosecond, a
# thousandth of a millionth of a second, the processor does a hundred
# operations of the product, but only one or two of the sum.
#
# So one cannot find out by counting operations where the time goes. While it
# adds, the processor must be waiting for something. In this lesson we take a
# training step apart, and find two things that it can wait for, and what
# helps against each. Then we look at a GPU, and at many computers at once.
#
# ## One step, taken apart
#
# Our patient is the VAE of lesson 7, with the article's nets and ten hidden
# numbers. A step takes 128 images, tosses a coin for each pixel, goes forward
# and backward through the nets, and lets Adam move the weights.

# %%
digits = data.load(knobs.data)
images = digits.train_images
D = images.shape[1]
model = vae.VAE(D, Z, (128, 256, 512), rng=rng)
weights = model.parameters()
adam = Adam(weights)

def draw_batch(n):
    x = binarize(images[rng.integers(0, len(images), n)], rng)
    return asarray(x, "float32"), normal(rng, (n, Z))

# %% [markdown]
# How do we look inside? All operations of the library are made in one way: a
# function, and a rule for each of its arguments (lesson 2). So we can lay a
# stopwatch around each of these functions. It writes down what kind of
# operation it was, when it began, when it was done, and how many numbers it
# has made.

# %%
log = []
WAYS = ("forward", "backward")

def timed(function, kind):
    def run(*arguments):
        before, start = len(log), clock()
        result = function(*arguments)
        stop, size = clock(), getattr(result, "size", 0)
        if kind not in WAYS:
            del log[before:]  # what ran inside is not to count twice
        log.append((kind, start, stop, size))
        return result
    return run

# %% A stopwatch around each operation tags=["hide-input"]
OPS = {op.name: op for module in (engine, functions)
       for op in vars(module).values() if isinstance(op, Op)}  # fmt: skip

def kind_of(op, argument=""):
    is_product = op is functions.linear and argument != "b"
    return "products" if is_product else "element by element"

@contextmanager
def stopwatches():
    """Inside, all operations are timed; afterwards all is as before."""
    before = [(op, op.forward, op.rules) for op in OPS.values()]
    for op, forward, rules in before:
        op.forward = timed(forward, kind_of(op))
        op.rules = tuple(
            rule and timed(rule, kind_of(op, name))
            for name, rule in zip(op.names, rules, strict=True)
        )
    try:
        yield
    finally:
        for op, forward, rules in before:
            op.forward, op.rules = forward, rules

# %% Colours tags=["hide-input"]
LOOKS = {
    "products": page.COLOURS[0],
    "element by element": page.COLOURS[1],
    "optimiser": page.COLOURS[3],
    "random numbers": page.COLOURS[6],
}

def time_by_kind(parts, took):
    spent = {name: sum(e - s for k, s, e, _ in parts if k == name)
             for name in LOOKS}  # fmt: skip
    return spent | {"everything else": took - sum(spent.values())}

# %% How a step is drawn tags=["hide-input"]
def draw_step(axes, start, parts):
    """Draw one step as a band, from left to right."""
    for kind, colour in LOOKS.items():
        spans = [(1e3 * (s - start), 1e3 * (e - s))
                 for k, s, e, _ in parts if k == kind]  # fmt: skip
        axes.broken_barh(spans, (0, 1), color=colour, label=kind,
                         linewidth=0)  # fmt: skip
    for way in (part for part in parts if part[0] in WAYS):
        first, last = 1e3 * (way[1] - start), 1e3 * (way[2] - start)
        axes.plot([first, last], [1.08, 1.08], color=page.QUIET,
                  linewidth=1.5, solid_capstyle="butt")  # fmt: skip
        axes.text((first + last) / 2, 1.2, way[0], ha="center",
                  color=page.QUIET)  # fmt: skip
    axes.set(ylim=(0, 1.5), yticks=[])
    axes.spines["left"].set_visible(False)

# %% How several are drawn tags=["hide-input"]
@page.paper_style()
def show_steps(steps, name, title, caption):
    longest = max(took for took, _, _ in steps.values())
    figure, grid = page.plot(
        6.5, 0.9 * len(steps) + 0.35, title, caption, len(steps), 1,
        above=0.25,
    )  # fmt: skip
    for axes, (label, (took, start, parts)) in zip(
        grid[:, 0], steps.items(), strict=True
    ):
        draw_step(axes, start, parts)
        axes.set(xlim=(0, 1.01e3 * longest))
        axes.set_title(label, fontweight="normal")
        axes.broken_barh([(0, 1e3 * took)], (0, 1), color="#dcdcdc",
                         zorder=0, label="everything else")  # fmt: skip
        axes.label_outer()
    grid[-1, 0].set_xlabel("milliseconds")
    handles, labels = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="upper left", ncols=5,
                  bbox_to_anchor=(0.01, 1 - 0.3 / figure.get_figheight()),
                  columnspacing=1.2, handlelength=1)  # fmt: skip
    keep(page.settled(figure), name)

# %%
def step(n):
    x, noise = timed(draw_batch, "random numbers")(n)
    terms = timed(vae.elbo, "forward")(model, x, noise)
    loss = -terms.elbo.mean()
    slopes = timed(grad, "backward")(loss, weights)
    timed(adam.step, "optimiser")(slopes)

# %%
def taken_apart(n):  # the quickest of many steps
    step(n)
    found = []
    with stopwatches():
        for _ in range(3 * repeats):
            log.clear()
            start = clock()
            step(n)
            found.append((clock() - start, start, [*log]))
    return min(found, key=lambda one: one[0])

# %% [markdown]
# Before we look, let us count the operations. A layer with $D$ inputs and $H$
# units multiplies a batch of $N$ images by its weights, which takes
# $2 \, N D H$ operations. On the way back there are two more products of the
# same size: one for the gradient of the weights, and one for what is passed
# on to the layer before (lesson 2). So each weight takes part in $6 N$
# operations. In the first layer there are only $4 N$, as nobody asks for the
# gradient of the images.
#
# All other calculations go element by element, such as the ReLUs and the
# loss. We count one operation for each number that they make, and ten for
# each weight that Adam moves.

# %%
took, start, parts = taken_apart(batch)
matrices = [w.size for w in weights if w.ndim == 2]
single = [size for kind, *_, size in parts if kind == "element by element"]
operations = {
    "products": batch * (6 * sum(matrices) - 2 * matrices[0]),
    "element by element": sum(single),
    "optimiser": 10 * sum(w.size for w in weights),
}

# %%
of_all = operations["products"] / sum(operations.values())
print(f"{sum(operations.values()) / 1e6:.0f} million operations, "
      f"{of_all:.1%} of them in products")  # fmt: skip
claim(of_all > 0.97, "nearly all operations are in the products")

# %% [markdown]
# **Predict.** Nearly all operations are in the products. Which part of the
# *time* do you expect them to take? And what comes second?

# %% Where the time of a step goes tags=["hide-input"]
show_steps(
    {f"{batch} images": (took, start, parts)}, "step",
    "One training step, from left to right",
    "First the random numbers, then forward and backward through the "
    "nets, at the end the optimiser. Grey is what no operation accounts "
    "for: Python, and the graph that the engine keeps.",
)  # fmt: skip
spent = time_by_kind(parts, took)
for name, part in spent.items():
    print(f"{name:19}{1e3 * part:6.2f} ms, {part / took:4.0%}")
claim(0.2 < spent["products"] / took < 0.9,
      "the products take more than a fifth of the time, and not nearly "
      "all of it", f"{spent['products'] / took:.0%}")  # fmt: skip

# %% [markdown]
# In our run the products took about three fifths of the time. The two
# operations in a hundred that are left took more than a quarter. The rest
# went into random numbers and into Python, which we had not counted at all. A
# program that draws such a picture is called a **profiler**. (Python brings
# one along in `cProfile`, and PyTorch has `torch.profiler`.) Before you try
# to make anything faster, look at one.
#
# Now for the two things that a processor waits for. (Where it waits for
# neither, it simply has much arithmetic to do.)
#
# ## Waiting for the start
#
# Let us multiply a row of numbers by 1.
#
# **Predict.** How much longer do a thousand numbers take than a single one?
# And a million?

# %%
for n in (1, 1_000, 1_000_000):
    x = np.ones(n, "float32")
    row = seconds(lambda x=x: x * 1.0, calls=max(5, 10_000 // n))
    print(f"{n:9,} numbers: {1e6 * row:8.2f} µs, "
          f"{1e9 * row / n:7.2f} ns for each")  # fmt: skip

# %% [markdown]
# A thousand numbers take one and a half times as long as a single one, and not
# a thousand times as long.
# Python has to find the function, and NumPy looks at what kind of numbers
# they are and asks for memory. Only then the first number is multiplied. What
# each call costs, however little there is to do, is called **overhead**. If
# it is $a$ seconds and the numbers then pass at a rate of $r$ in a second, a
# call takes
# $$T(n) = a + \frac{n}{r}$$
# So short rows are bad value. A training step has a start, too.
#
# **Predict.** We make the batch 128 times as small, a single image. How long
# is a step now: a hundredth of what it was, a tenth, or a third?

# %% A step with a single image tags=["hide-input"]
apart = {f"{batch} images": (took, start, parts),
         "a single image": taken_apart(1)}  # fmt: skip
show_steps(
    apart, "batches", "What does a single image cost?",
    "The two steps on one scale. With a single image most of the step is "
    "spent on what does not depend on the number of images.",
)  # fmt: skip

# %%
one = apart["a single image"][0]
print(f"1 image: {1e3 * one:.1f} ms; among {batch}: "
      f"{1e3 * took / batch:.2f} ms for each")  # fmt: skip
claim(one > 5 * took / batch, "by itself an image costs several times as "
      "much", f"{one * batch / took:.0f} times")  # fmt: skip

# %% [markdown]
# About a third. What remains when the images are gone? Adam moves all
# weights, each product fetches all of its own even for one image, and Python,
# in grey and between the thin lines, takes as long as before.
#
# So this is the first thing that helps: *batches*. The images of a batch
# share the costs of the start. (They are no free gift. There are fewer steps
# in a pass then, and lesson 5 has shown what many small steps are worth.)
#
# ## Waiting for memory
#
# Now back to our riddle. To add two numbers, the processor has to fetch both
# from memory, and to bring the result back. Each is a **float32**, a number
# of four bytes. That makes twelve bytes for one operation. (It is not all
# that the sum waits for. See "kept memory" below.) In a product of tables
# every number is fetched once and then used hundreds of times.
#
# What counts is therefore how many operations there are for each byte that
# comes or goes. This is called the **arithmetic intensity**,
# $$I = \frac{\text{operations}}{\text{bytes}}$$
# For the sum it is 1/12. For `x * 1.0` it is 1/8. For a layer that takes $N$
# images through $H$ inputs and $H$ units it is
# $$I = \frac{2 \, N H^2}{4 \, (N H + H^2 + N H)}$$
# The three terms below are the numbers of $x$, of $W$, and of the result. If
# $N$ is much smaller than $H$, only $H^2$ counts below, and $I$ is about
# $N / 2$: *each weight is fetched once for all images of the batch.*
#
# Let a machine do $P$ operations a second and carry $B$ bytes a second. Then
# a calculation of intensity $I$ cannot do more operations a second than $P$,
# and not more than $I B$, since no more bytes arrive:
# $$\text{operations a second} \le \min(P, \, I B)$$
# This bound is called the **roofline** (Williams and others 2009), and it
# looks like a roof: it rises with $I$, and then it is flat.
#
# Let us try it with a table of 4096×4096 weights. That is 64 megabytes, too
# much for any **cache**, the small and quick memory inside a processor, where
# lies what was used last.
#
# **Predict.** We multiply 2 images by this table, then 8, then 256. How much
# longer than 2 images do 8 of them take? And 256?

# %%
def layer_rates(side):  # x * 1.0 first, then 1, 2, 4, ... images
    W = np.ones((side, side), "float32")
    calls = 1 if side > 1000 else 50
    passes = seconds(lambda: np.multiply(W, 1.0, out=W), calls)
    found = [(W.size, 8 * W.size, passes)]
    for n in 2 ** np.arange(9):
        x = np.ones((n, side), "float32")
        flop = 2 * n * side**2
        moves = 4 * (2 * n * side + side**2)
        found.append((flop, moves, seconds(lambda x=x: x @ W, calls)))
    return np.array(found).T

# %%
roofs = {}
for where, side in {"memory": large, "cache": 512}.items():
    flop, moves, t = layer_rates(side)
    B = (moves / t).max() / 1e9
    roofs[where] = flop / moves, flop / t / 1e9, B
    two, eight, most = t[[2, 4, 9]]
    print(f"W from {where}: {4 * side**2 / 2**20:g} megabytes")
    print(f"    8 images take {eight / two:.1f} times as long "
          f"as 2, and 256 images {most / two:.1f} times")  # fmt: skip
fastest = count["A @ A"] / times["A @ A"] / 1e9
P = max([fastest, *(rates.max() for _, rates, _ in roofs.values())])
for where, (_, _, B) in roofs.items():
    print(f"{where}: at best {B:.0f} bytes and {P:.0f} operations a "
          f"nanosecond; the edge is at I = {P / B:.1f}")  # fmt: skip

# %% Where the parts of a step belong tags=["hide-input"]
# Our Adam makes ten calls of NumPy's, which go over 24 arrays: 10 / 96.
PLACES = {"Adam": 0.1, "layers, 1 image": 0.5, "layers, 128 images": 32}

def mark_parts(axes, lowest):
    """Mark the intensity of a training step's parts, at the bottom."""
    for name, at in PLACES.items():
        axes.text(at, lowest * 1.15, name, ha="center", va="bottom",
                  color=page.QUIET)  # fmt: skip
        axes.plot(at, lowest, "^", color=page.QUIET, markersize=5,
                  clip_on=False)  # fmt: skip

# %% The roof tags=["hide-input"]
@page.paper_style()
def show_roofs():
    """Draw two roofs, and what was measured under them."""
    figure, grid = page.plot(
        6.5, 3.1, "Two roofs, and what was measured below them",
        "Each dot is x * 1.0 or a layer with 1, 2, 4, ... 256 images. "
        "Blue: the table has 64 megabytes and comes from memory. Orange: "
        "it has one megabyte and stays in a cache. Below: where the parts "
        "of our step belong, under the orange roof, as they are small.")
    axes, line = grid[0, 0], 2.0 ** np.linspace(-3.9, 7.5, 200)
    for (where, (intensity, rates, B)), colour in zip(
        roofs.items(), page.COLOURS, strict=False
    ):
        axes.plot(line, np.minimum(P, line * B), color=colour, linewidth=1)
        axes.plot(intensity, rates, "o", color=colour, markersize=4,
                  label=f"from {where}")  # fmt: skip
    intensity, rates, _ = roofs["memory"]
    names = {0: "x * 1.0", 1: "1 image", 2: "2 images", 4: "8", 9: "256"}
    for k, name in names.items():
        axes.annotate(name, (intensity[k], rates[k]), (5, -9),
                      textcoords="offset points", fontsize=7)  # fmt: skip
    lowest = rates.min() / 2.2
    mark_parts(axes, lowest)
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xticks(
        [1 / 8, 1 / 2, 1, 2, 8, 32, 128],
        ["1/8", "1/2", "1", "2", "8", "32", "128"],
    )
    axes.set_yticks([10, 100], ["10", "100"])
    axes.legend(loc="upper left", bbox_to_anchor=(0.62, 0.55))
    axes.set(xlabel="arithmetic intensity: operations a byte",
             ylabel="operations a nanosecond",
             ylim=(lowest, 1.6 * P))  # fmt: skip
    keep(page.settled(figure), "roof")

show_roofs()

# %% tags=["hide-input"]
rates = roofs["memory"][1]
claim(rates[-1] > 3 * rates[2],
      "a full batch has several times the rate of two images",
      f"{rates[-1] / rates[2]:.1f} times")  # fmt: skip

# %% [markdown]
# From memory, four times as many images take hardly longer, and 128 times as
# many take some ten times as long! Whatever has to be done once for the whole
# table, to fetch it or to copy it, is shared by all images. From the cache
# there is little fetching to share, and from four images on a copy (see
# below) comes on top: 8 images take even more than four times as long as 2.
# On the slope of a roof it is the fetching that one waits for, and arithmetic
# costs nothing. On the flat part the bytes are there in time, and the
# processor never pauses.
#
# (No dot can lie above its roof, since we have drawn each roof through the
# best of them.) Some lie well below. With 2 to 16 images there is a dent, and
# a deep one: two images take about three times as long as a single one.
# OpenBLAS, which multiplies for NumPy, first copies $W$ into another order,
# and these bytes are not in our formula. For many images the copy pays. For
# few it does not, and for a single one there is none. So what our small
# batches wait for is mostly the copy.
#
# Now we can read the picture of our step. Its products, with 128 images, lie
# near the flat part. With a single image they come to the edge of the slope,
# and reach less than half of what the flat part allows. Adam, the
# ReLUs and the loss are always at its lower end: they fetch a number, do an
# operation or two, and bring it back.
#
# ## Three mends
#
# If memory is what we wait for, then a mend is whatever moves *fewer bytes*
# for the same arithmetic. Take Adam, as lesson 5 wrote it (here without the
# bias correction):

# %%
def adam_move(w, g, m, v, rate, b1=0.9, b2=0.999, eps=1e-8):
    m[...] = b1 * m + (1 - b1) * g
    v[...] = b2 * v + (1 - b2) * g**2
    w -= rate * m / (np.sqrt(v) + eps)

# %% [markdown]
# Each sign in these lines is a call of NumPy's, which reads one or two whole
# arrays and writes one. For `b1 * m` it reads $m$ and writes a new array. In
# the first line nine arrays go through the processor, if we count the copy
# into $m$, in the second eleven, and in the third twelve. That makes 32
# arrays, or 128 bytes for each weight.
#
# **Predict.** How many arrays would it be if we could do all the lines for
# the first weight, then all for the second, and so on?

# %% [markdown]
# Seven. $w$, $g$, $m$ and $v$ come in, and $w$, $m$ and $v$ go out. To put
# several calculations into one loop over the numbers is called **kernel
# fusion**. PyTorch has an Adam like that, and compilers such as XLA look for
# chances to fuse. NumPy cannot. Our library does what comes nearest to it. It
# takes the weights in blocks that stay in the cache, and writes each result
# over something that is no longer needed.

# %%
size = sum(w.size for w in weights)
w, g, m, v = rng.random((4, size), dtype="float32")
w_library = engine.Tensor(w)
library = Adam([w_library], lr=0.001)
by_hand = seconds(lambda: adam_move(w, g, m, v, 0.001))
in_place = seconds(lambda: library.step([g]))
print(f"Adam alone: three lines {1e3 * by_hand:.2f} ms, "
      f"in place {1e3 * in_place:.2f} ms")  # fmt: skip
reused = seconds(lambda: np.add(a, b, out=b))
print(f"a + b: {1e3 * times['a + b']:.1f} ms, into memory that is there "
      f"{1e3 * reused:.1f} ms (megabytes: {a.nbytes / 1e6:.0f})")

# %% [markdown]
# Here are three mends. All of them leave the arithmetic as it is, and move
# fewer bytes.
#
# - *Adam in place*, as above.
# - *Memory that is kept.* A step makes many arrays and throws them away. Then
#   the operating system takes their memory back, and has to clear it before
#   it hands it out again. Our library asks it not to. (In our riddle, too,
#   this is more than half of the time: `a + b` asks for 64 megabytes each
#   time.)
# - *Numbers of half the size.* NumPy's own floats are **float64**, with eight
#   bytes. With float32 all bytes are halved, and the processor multiplies
#   twice as many numbers at once.
#
# **Predict.** What is each of them worth? By which factor does a whole step
# become slower without it?

# %%
for row in rows("mends"):
    print(f"{row['mend']:24} batch {row['batch']:3.0f}: "
          f"{row['without']:5.1f} ms without, {row['with']:5.1f} with, "
          f"{row['worth']:.2f} times")  # fmt: skip

# %% [markdown]
# (Measured beforehand, on our computer.) Numbers of half the size halve the
# time. GPUs go on from there to sixteen bits and fewer, which is called
# **mixed precision**. Kept memory helps only where arrays are large, with 512
# images. And Adam in place is a disappointment. It has become quicker, though
# not 32/7 times. Our arrays have two megabytes each, so that even the three
# lines find them in the cache. (With arrays of 32 megabytes, which do not
# fit, we found three to four times.) And Adam takes only a seventh of the step,
# so no mend of it can gain more than that. Look at the profile first, and mend
# what is large in it.
#
# ## Numbers that are too small
#
# Once, when this library was being built, the VAE became slower and slower
# *while it learnt*. The first pass over MNIST took three seconds, and the
# fifth took five. The nets had not grown. What had changed?
#
# The trace leads to Adam's memory. Suppose that some weight no longer gets a
# gradient, since its ReLU is off for every image. Then $m$ is multiplied by
# 0.9 in each step and nothing is added.
#
# **Predict.** We start with 0.001. After how many steps is it 0?

# %%
m, t = np.float32(0.001), 0
while m != m * np.float32(beta) and t < 100_000:
    m, t = m * np.float32(beta), t + 1
print(f"after {t} steps it is {m}, and there it stays")

# %% [markdown]
# Never. A float32 stores a number as digits and a power of two, like
# $1.1011 \cdot 2^{-5}$. The smallest power is $2^{-126}$, about
# $1.2 \cdot 10^{-38}$. Below it there are only fewer and fewer digits left.
# Such numbers are called **subnormal** (or denormal). The last ones are 4, 3,
# 2 and 1 times $2^{-149}$. Now $0.9 \cdot 4 = 3.6$, which is rounded to 4
# again.
#
# So weights without a gradient leave behind a memory that never fades. How
# many are there? We train the VAE and keep an $m$ of our own.

# %%
def losses_of(model, n, rng):  # for ever
    while True:
        rows = images[rng.integers(0, len(images), n)]
        x = asarray(binarize(rows, rng), "float32")
        yield -vae.elbo(model, x, normal(rng, (n, Z))).elbo.mean()

# %%
def follow_memory(steps):
    rng = np.random.default_rng(knobs.seed)
    model = vae.VAE(D, Z, (128, 256, 512), rng=rng)
    weights = model.parameters()
    adam, losses = Adam(weights), losses_of(model, batch, rng)
    memory = [np.zeros_like(w.value) for w in weights]
    for _ in progress(range(steps)):
        slopes = grad(next(losses), weights)
        adam.step(slopes)
        for m, g in zip(memory, slopes, strict=True):
            m *= beta
            m += (1 - beta) * g
    return np.concatenate([np.abs(m).ravel() for m in memory])

# %%
memory = follow_memory(steps)
smallest = np.finfo("float32").tiny  # of the normal ones
is_subnormal = (memory > 0) & (memory < smallest)
print(f"after {steps} steps, of {memory.size:,} numbers "
      f"{is_subnormal.mean():.1%} are subnormal, "
      f"{(memory == 0).mean():.1%} are 0")  # fmt: skip
claim(is_subnormal.mean() > 0.03, "several in a hundred are subnormal",
      f"{is_subnormal.mean():.1%}")  # fmt: skip

# %% Adam's memory tags=["hide-input"]
@page.paper_style()
def show_memory():
    """Draw a histogram of the powers of ten of Adam's memory."""
    powers, edge = np.log10(memory[memory > 0]), np.log10(smallest)
    bins = edge + np.arange(-8, 39)
    figure, grid = page.plot(
        6.5, 2.4, "The sizes of the numbers in Adam's memory",
        f"After {steps} steps. Upwards, too, each step is a factor of "
        "ten. A heap at the left end is stuck there for ever.",
    )
    axes = grid[0, 0]
    axes.hist(powers, bins, color=page.COLOURS[5], label="normal")
    axes.hist(powers[powers < edge], bins, color=page.COLOURS[2],
              label="subnormal")  # fmt: skip
    axes.legend(loc="upper center", ncols=2)
    axes.set(xlabel="size, as a power of ten", ylabel="how many",
             yscale="log")  # fmt: skip
    keep(page.settled(figure), "subnormal")

show_memory()

# %% [markdown]
# One in nine numbers of Adam's memory is subnormal. Many processors take a
# detour for such numbers, which is many times slower than usual. On an Intel
# Xeon that is what had happened. On the AMD processor of this page hardly
# anything of it is to be felt, so we show only that the numbers are there.
# The cure is a line or two: every few dozen steps our Adam replaces what is
# below $10^{-30}$ by 0.

# %%
XEON = {"pass 1": (3.15, 3.19), "pass 5": (5.24, 2.77)}
for when, (without, cured) in XEON.items():
    print(f"on the Xeon, seconds for {when} over MNIST: {without} as it "
          f"was, {cured} with the cure")  # fmt: skip

# %% [markdown]
# ## Two devices
#
# A GPU is a second computer inside the first, with a memory of its own. It
# carries perhaps fifty times as many bytes in a second as our processor, and
# does hundreds of times as many operations. Python stays on the **host**, the
# usual processor. From there it sends off one **kernel** after another, small
# programs for the other **device**. A sent kernel is a start again, of some
# millionths of a second, and so is everything that is moved between the two
# memories.
#
# The library CuPy has NumPy's functions for a GPU. An operation of ours asks
# its data where they are, by `array_module(x)`, and calls CuPy or
# NumPy. So all our nets run on both. What can go wrong is that something
# moves, or has to wait, and nobody has asked for it.
#
# You need no GPU to find that out. We use a *stand-in*: NumPy does the
# calculations, but its arrays may not mix with those of the "device", just as
# with CuPy, and whatever moves is counted.
#
# Here are eight lines. `x` is on the device, and `host` is an array of
# NumPy's.
#
#     np.exp(x)              np.asarray(x)
#     np.where(x > 1, x, 0)  x if x.sum() > 0 else -x
#     x + np.zeros(3)        f"{x}"
#     x * host               x[x > 1]
#
# **Predict.** Three of them are refused, and with three others the host has
# to wait for an answer. Which are they?

# %% What becomes of the eight lines tags=["hide-input"]
LINES = [
    "np.exp(x)", "np.where(x > 1, x, 0)", "x + np.zeros(3)",
    "x * host", "np.asarray(x)", "x if x.sum() > 0 else -x",
    "f'{x}'", "x[x > 1]",
]  # fmt: skip

def outcome_of(line, x, host):
    before = moved["downloads"]
    try:
        eval(line, {"np": np, "x": x, "host": host})
    except TypeError:
        return "is refused"
    waits = moved["downloads"] > before
    return "runs, and the host waits for it" if waits else "runs"

with stand_in():
    x = asarray([3.0, 1.0, 2.0])
    outcomes = [outcome_of(line, x, np.ones(3)) for line in LINES]
for line, outcome in zip(LINES, outcomes, strict=True):
    print(f"{line:25} {outcome}")
refused = [line for line, outcome in zip(LINES, outcomes, strict=True)
           if outcome == "is refused"]  # fmt: skip
assert refused == LINES[2:5]
assert all("waits" in outcome for outcome in outcomes[5:])

# %% [markdown]
# What is refused is where *NumPy makes* an array: it lies on the host. A stray
# `np.` that only hands `x` on, as in the first two lines, does no harm. And
# the host waits where Python itself must know a number: for an `if`, for a
# text, or to know how long the result is.
#
# How many kernels does our training step send off? Our stopwatches have
# written down 88 operations.
#
# **Predict.** Is the number of kernels smaller than that, about as large, or
# larger?

# %%
with stand_in():
    there = vae.VAE(D, Z, (128, 256, 512), rng=np.random.default_rng(0))
    there_adam = Adam(there.parameters())
    x, noise = asarray(images[:batch]), normal(rng, (batch, Z))
    moved.clear()
    vae.step(there, there_adam, x, noise)
    kernels = moved["kernels"]

# %%
known = [k for k, *_ in parts if k in list(LOOKS)[:2]]
print(f"{len(known)} operations, {kernels} kernels in a step")
claim(kernels > 2 * len(known), "several kernels for each operation")

# %% [markdown]
# Larger: most are Adam's, which has ten of them for each block of weights.
# What was good for a processor with a cache is bad for a GPU, where each
# kernel has a start. So a fused Adam is worth more there than anywhere else.
#
# And what moves between the two? We count it for a pass over 1,500 images, in
# four ways.
#
# - *each loss read*: A batch of images and its noise go over in each step,
#   and the loss comes back to be printed.
# - *losses kept*: The losses stay over there until the end.
# - *images kept*: All images go over before the training begins. In each step
#   only the numbers of the rows go over, and the noise.
# - *all at once*: Also the order and the noise of a whole pass go over in one
#   piece.
#
# Here is where the batches come from.

# %%
some = images[:1500]

def from_host(X, rng):
    for x in batches(some, batch, rng):
        yield asarray(x), normal(rng, (len(x), Z))

def from_device(X, rng):
    for x in batches(X, batch, rng):
        yield x, normal(rng, (len(x), Z))

# %%
def at_once(X, rng):
    order = asarray(rng.permutation(len(some)))
    noise = normal(rng, (len(some), Z))
    for i in range(0, len(some), batch):
        yield X[order[i : i + batch]], noise[i : i + batch]

# %%
def one_pass(source, read):
    rng = np.random.default_rng(knobs.seed)
    X, net = asarray(some), vae.VAE(D, Z, (128,), rng=rng)
    adam = Adam(net.parameters())
    moved.clear()  # what goes over before the training does not count
    losses = []
    for x, noise in source(X, rng):
        losses.append(read(vae.step(net, adam, x, noise).elbo))
    return float(sum(losses)) / len(losses)

# %% [markdown]
# `float` asks for the number behind a loss, and `detach` leaves it where it
# is. With batches of 128 there are twelve steps in a pass.
#
# **Predict.** How often does something move in a pass, in each of the four
# ways?

# %%
ways = {"each loss read": (from_host, float),
        "losses kept": (from_host, detach),
        "images kept": (from_device, detach),
        "all at once": (at_once, detach)}  # fmt: skip

# %%
transfers, bounds = {}, {}
for name, (source, read) in ways.items():
    with stand_in():
        bounds[name] = one_pass(source, read)
    transfers[name] = moved["uploads"] + moved["downloads"]
    print(f"{name:15}{moved['uploads']:3} up, {moved['downloads']:2} down,"
          f"{moved['bytes'] / 1e6:7.2f} megabytes")  # fmt: skip

# %% Transfers tags=["hide-input"]
keep(draw.bars(
    transfers, ylabel="transfers a pass",
    title="What moves while a net trains",
    caption="The same steps each time. The fewer transfers, the less "
    "often one side waits for the other."), "transfers")  # fmt: skip
spread = max(bounds.values()) - min(bounds.values())
assert spread < 1e-3 * abs(bounds["all at once"]), "the ways differ"
claim(list(transfers.values()) == [36, 25, 25, 3],
      "36 transfers become 3", str(list(transfers.values())))  # fmt: skip

# %% [markdown]
# The four ways compute the same, and the last one moves something three times
# where the first one does so 36 times. (Notice the third. It saves nearly all
# of the bytes, but hardly any transfers, and it is these that one waits for.)
#
# If this computer has a GPU that CuPy can use, the same pass now runs on it,
# too. It gives the same bound up to rounding, because our random numbers are
# always drawn on the host.

# %%
status = gpu_status()
places = ["numpy", "cupy"] if status.usable else ["numpy"]
for place in places:
    use(place)
    bound = one_pass(at_once, detach)
    print(f"{place}: {bound:.3f} nats")
    assert abs(bound / bounds["all at once"] - 1) < 1e-3
_ = use(knobs.backend)  # as it was asked for

# %% [markdown]
# ## Many processes
#
# The last thing that helps is to share the work. The gradient of a batch is
# the mean of the gradients of its images. So let two computers with the same
# weights take half of the batch each, and let them exchange their gradients.
# This is called **data parallelism**.
#
# **Check.** We play both computers, one after the other.

# %%
def slopes_of(x, noise):
    loss = -vae.elbo(model, x, noise).elbo.mean()
    return np.concatenate([g.ravel() for g in grad(loss, weights)])

# %%
x, noise = draw_batch(batch)
halves = slice(0, batch // 2), slice(batch // 2, batch)
whole = slopes_of(x, noise)
shares = [slopes_of(x[rows], noise[rows]) for rows in halves]
gap = np.abs((shares[0] + shares[1]) / 2 - whole).max()
print(f"largest difference {gap:.1e}, largest gradient "
      f"{np.abs(whole).max():.1e}")  # fmt: skip
assert gap < 1e-3 * np.abs(whole).max()

# %% [markdown]
# The usual tool for such an exchange is called **MPI**, for Message Passing
# Interface. It starts the same program many times, and each copy, a *process*
# of its own, is given a number, its *rank*. Ours is begun with
#
#     mpiexec -n 2 python train.py
#
# and `vae.train` and `gan.train` do the rest. In each step the ranks meet
# twice: to add up their gradients, and to put the new weights together.
#
# **Predict.** Two processes on the two cores of one computer share a batch of
# 32 images, of 128, or of 512. For which of them is the gain largest? Does any
# of them become twice as quick?

# %%
for n in (32, 128, 512):
    (alone,) = column(rows("processes"), "milliseconds", batch=n,
                      processes=1)  # fmt: skip
    (two,) = column(rows("processes"), "milliseconds", batch=n,
                    processes=2)  # fmt: skip
    print(f"batch {n:3}: {alone:5.2f} ms alone, {two:5.2f} ms by two, "
          f"{alone / two:.2f} times less")  # fmt: skip

# %% [markdown]
# (That is the CPU time of each, measured beforehand on our computer. What one
# process spends waiting for the other is left out. So these are the best
# gains that one may hope for, and by the clock on the wall they are less.) To
# see why, we write down what a step costs. Let $F$ be the part that does not
# depend on the images, $c$ the time for each image, and $N$ the batch. If $n$
# computers share it, each has $N / n$ images. Besides, they have to meet
# twice. A message is on its way for the **latency** $\ell$, however short it
# is, and its bytes follow at the **bandwidth** $B$. For each of $W$ weights
# there are four bytes of gradient to send, and four bytes of the new weight
# to get:
# $$T(n) = F + \frac{c N}{n} + 2 \, \ell + \frac{8 \, W}{B}$$
# Only one of the four terms becomes smaller with $n$. However many computers
# there are, the other three remain. That a part which cannot be shared limits
# every gain is **Amdahl's law**. (We have met it with Adam in place.)

# %%
alone = {n: column(rows("processes"), "milliseconds", batch=n,
                   processes=1)[0] / 1e3 for n in (32, 512)}  # fmt: skip
c = (alone[512] - alone[32]) / (512 - 32)
F = alone[32] - 32 * c
W = sum(w.size for w in weights)

def cost(N, n):
    meet = 2 * latency + 8 * W / bandwidth if n > 1 else 0.0
    return F + c * N / n + meet

print(f"F {1e3 * F:.1f} ms, c {1e6 * c:.0f} µs an image, a meeting "
      f"{1e3 * (cost(1, 2) - cost(1 / 2, 1)):.1f} ms")  # fmt: skip

# %% How many computers pay tags=["hide-input"]
counts = 2 ** np.arange(8)
gains = {f"batch {N:,}": [cost(N, 1) / cost(N, n) for n in counts]
         for N in (128, 1024, 8192)}  # fmt: skip
figure = draw.curves(
    {"ideal": counts.astype(float)} | {
        name: np.array(gain) for name, gain in gains.items()},
    x=np.log2(counts), log=True, xlabel="computers",
    ylabel="times as quick as one",
    title="What several computers gain, by the formula",
    caption=f"The network carries {bandwidth / 1e9:g} GB a second. "
    "A small batch has little to share, and gains little.",
)
figure.axes[0].set_xticks(np.log2(counts), counts)
figure.axes[0].set_yticks([1, 10, 100], ["1", "10", "100"])
keep(figure, "processes")
few, *_, most = [gain[-1] for gain in gains.values()]
claim(most > 2 * few, "large batches gain more", f"{most:.1f}, {few:.1f}")

# %% [markdown]
# With a batch of 128, and a network between them, a hundred computers are
# hardly better than one. (Two are even slower: a meeting costs 4.5 ms, more
# than half a batch saves.) With 8,192 images in a batch they pay. That is why
# large machines go with large batches.
#
# ## Looking back
#
# Why do GANs and VAEs take long to train? Not because of arithmetic alone. A
# processor waits for starts or for memory, or it has too much arithmetic to
# do, and a profile tells which. Against starts help batches, and fewer,
# larger operations. Against memory helps whatever moves fewer bytes. Where it
# really is the arithmetic, one needs a device that does more of it, or
# several. Better hardware, for which the article hopes, helps against the
# second and the third. Against starts it can do little, since these are made
# by the program. And a better method can be worth more than any device. In
# lesson 5, mini-batches and Adam were.
#
# Convolutions have a higher intensity than our dense layers, since each
# weight is used at many places of an image. And of a GPU we have only counted
# what it would be told to do.
#
# In lesson 17 we leave our own library. The VAE moves to PyTorch and Keras,
# whose makers have gone much further along the road of this lesson.

# %% [markdown] tags=["footer"]
# ## Try
#
# 1. `batch=512`: Four times as many images in a step. Which colours of the
#    first picture grow, and which do not?
#
#    **Answer.** Blue and orange grow: the products take 18 ms in place of 5,
#    and what goes element by element 3 ms in place of 1. Green and grey, Adam
#    and Python, stay as they are. So four times as many images take three
#    times as long, and the products now have 72 % of the step. (There are
#    three steps in a pass then, so 9 transfers become 3.)
#
# 2. `large=1024`: A table of four megabytes. Does it still come from memory?
#
#    **Answer.** No. Our processor has a cache of 32 megabytes. The blue dots
#    move up to the orange ones, and so does the roof. Here 8 images take 1.4
#    times as long as 2, and 256 take 24 times as long.
#
# 3. `beta=0.5`: Adam's memory is halved in each step. Does our number still
#    never become 0, and what becomes of the histogram?
#
#    **Answer.** It is 0 after 140 steps. Half of the last digit lies midway
#    between that digit and 0, and a tie is rounded to the even number, which
#    is 0. So the heap at the left end is gone: 22 % of the numbers are 0, and
#    only 0.6 % are subnormal, on their way down. (With 0.99 it would be the
#    other way round. Our number stops at 50 of the smallest.)
#
# 4. `bandwidth=1e11 latency=2e-6`: The network of a large machine, a hundred
#    times as quick. Which of the three batches gains most by it?
#
#    **Answer.** All gain. With 128 computers a batch of 128 is 3.0 times as
#    quick as with one, where it was 1.2 times, and 8,192 images are 65 times
#    as quick, where it was 37 times. The smallest batch gains the largest
#    factor, since the meetings were nearly all that it waited for. Now its
#    line is flat for another reason: $F$ is left, which nobody shares.
#
# ## Exercises
#
# `python -m lessons check 16` tests your answers to these. No GPU is needed.
#
# - *Change it*: `gather`, momentum that makes no new array. `mean_loss`,
#   which reads the device once.
# - *Build it*: `least_seconds`, the time that the roofline leaves to a layer.
#   `to_batches`, batches that cost two uploads in all.
# - *Break it*: `stuck`, a number that shrinks for ever and never becomes 0.
#   `centred`, a line that only a test on a device can find.
#
# ## Sources
#
# - Hockney and Jesshope, *Parallel Computers* (1981), for a start and a rate.
# - Williams, Waterman and Patterson, *Roofline: An Insightful Visual
#   Performance Model for Multicore Architectures* (2009), Communications of
#   the ACM 52(4).
# - Goto and van de Geijn, *Anatomy of High-Performance Matrix Multiplication*
#   (2008), ACM TOMS 34(3), for the copy of $W$.
# - Horace He, *Making Deep Learning Go Brrrr From First Principles* (2022),
#   for the same three things on a GPU.
# - Goldberg, *What Every Computer Scientist Should Know About Floating-Point
#   Arithmetic* (1991), ACM Computing Surveys 23(1), for subnormal numbers.
# - Li and others, *PyTorch Distributed* (2020), arXiv:2006.15704, and
#   Rajbhandari and others, *ZeRO* (2020), arXiv:1910.02054, for what our
#   ranks do.
# - Amdahl, *Validity of the Single Processor Approach to Achieving Large
#   Scale Computing Capabilities* (1967).
# - LeCun, Cortes and Burges, the MNIST database, for the digits.
#
# ## For maintainers
#
# **Takes** 35 minutes to read, 25 s to run.
# **Recorded** with quick=False data=mnist5k seed=0 backend=numpy repeats=20
# many=16000000 batch=128 Z=10 large=4096 steps=1600 beta=0.9
# latency=5e-05 bandwidth=1000000000.0 (2026-11-30)
# **Measured** over seeds 0, 1, 2, on a core of an AMD EPYC beside other work:
# subnormal 10.7, 11.2, 11.0 % of Adam's memory, 0 3.9, 4.1, 3.9 % (claimed:
# above 3 % are subnormal). Products 59, 58, 60 % of a step (claimed: 20 to
# 90), Adam 15, 15, 14 %. One image by itself some 44, 40, 45 times its share
# of a batch (claimed: 5). 256 images have 13 times the rate of 2 (claimed:
# 3). An operation of the sum takes 73 to 75 times that of the product
# (claimed: 4). Adam's three lines take 1.3 to 1.6 times as long as in place,
# with arrays of 32 and 128 MB 3.8 and 3.1 times. Counts are the same each
# time: 88 operations, 356 kernels, 36, 25, 25 and 3 transfers. The tables:
# `python -m lessons.tables mends` (140 s) and `processes` (90 s; it needs
# MPI). Wherever the text gives a time, it is in words and of our computer, or
# printed from a table.
