# %% [markdown]
# # 4. Layers, and the gradient that vanishes
#
# Take a handwritten digit of 8 times 8 pixels, and multiply its 64 numbers
# by a table of random numbers, so that 64 new numbers come out. Replace
# those below zero by zero. Then do it again, with a new table, and again:
# ten times in all.
#
# That is a deep neural network before it has learnt anything. What comes out
# of each layer is 64 numbers again. So we can draw them as an image of 8
# times 8 pixels, and watch what becomes of the digit on its way.

# %%
import itertools
import math
from collections import Counter

import numpy as np

from lessons.support import claim, keep, options, progress
from scratchgen import Tensor, data, draw, grad, relu, sigmoid, tanh
from scratchgen.draw import page
from scratchgen.engine import detach

# %% Knobs
knobs = options("layers", data="digits", seed=0)
depth = 10  # how many layers stand one behind the other
width = 64  # how many numbers come out of each of them
# how far from zero the random numbers typically are, in three networks
small = 0.1  # in the first
middle = 0.18  # in the second
large = 0.3  # in the third
xor_units = 4  # units of the hidden layer that learns XOR
bend = "tanh"  # how these bend: tanh or relu
gain = 1.0  # weights of a net of sigmoids, in units of the usual ones
lr = 0.1  # the learning rate, as in lesson 1
steps = 30 if knobs.quick else 600  # how often all weights move

# %%
digits = data.load(knobs.data)
X, labels = digits.train_images, digits.train_labels
classes = len(digits.class_names)
rng = np.random.default_rng(knobs.seed)

def through_layers(x, spread):
    rng = np.random.default_rng(knobs.seed)  # the same draws each time
    outputs = []
    for _ in range(depth):
        W = spread * rng.standard_normal((x.shape[1], width))
        x = np.maximum(x @ W, 0)  # what is below zero becomes zero
        outputs.append(x)
    return outputs

# %% [markdown]
# We send the same 3 through three such networks. All three are made from the
# same random draws. They differ only in the *spread* of their random
# numbers, by which we mean how far from zero they typically are. It is 0.1
# in the first network. In the second, each number is 1.8 times as large, so
# the spread is 0.18, and in the third three times, so it is 0.3.
#
# **Predict.** These three numbers are not far apart. After ten layers, will
# the three images look much alike, a little different, or very different?

# %%
three = X[labels == 3][:1]
spreads = {f"spread {s}": s for s in (small, middle, large)}
first_net, third_net = f"spread {small}", f"spread {large}"
seen = {name: through_layers(three, s) for name, s in spreads.items()}

# %% What becomes of a 3 tags=["hide-input"]
def as_tile(numbers):
    """An image of 32 by 32 of any list of numbers, in a black frame."""
    side = math.ceil(math.sqrt(len(numbers)))
    padded = np.zeros(side * side)
    padded[: len(numbers)] = numbers
    at = np.arange(32) * side // 32
    return np.pad(padded.reshape(side, side)[at][:, at], 1)

def show_tiles(rows, name, title, caption):
    """Draw rows of tiles: the digit, then what each layer makes of it."""
    shown = np.linspace(1, depth, min(depth, 10)).astype(int)
    tiles = []
    for start, outputs in rows.values():
        tiles.append(as_tile(start[0]))
        tiles += [as_tile(outputs[k - 1][0]) for k in shown]
    figure = draw.image_grid(
        tiles, columns=len(shown) + 1, row_labels=list(rows),
        column_labels=["digit", *map(str, shown)],
        title=title, caption=caption,
    )  # fmt: skip
    keep(figure, name)

show_tiles(
    {name: (three, outputs) for name, outputs in seen.items()}, "tiles",
    "A 3 on its way through ten layers",
    "Each tile shows the 64 numbers that come out of a layer: 0 is black, "
    "1 and all above it are white.",
)  # fmt: skip
last = {name: outputs[-1].mean() for name, outputs in seen.items()}
for name, mean in last.items():
    print(f"{name}: the mean after {depth} layers is {mean:.4f}")
claim(last[first_net] < 0.005,
      "in the first network the mean fades to less than 0.005",
      f"{last[first_net]:.4f}")  # fmt: skip

# %% [markdown]
# Nobody sees a 3 any more in any of them. In the first network all is black
# after five or six layers. In the third one, whatever is not black is white,
# and its numbers have grown to thirty and more. In the second one the numbers
# keep their *size*: some are black, some bright, many in between.
#
# And yet all three compute the same thing. If every sum is 1.8 times as large,
# so is what is kept of it. So each layer adds another factor of 1.8, and
# nothing else changes.

# %%
for name, spread in spreads.items():
    ratio = (spread / small) ** depth
    assert np.allclose(seen[name][-1], ratio * seen[first_net][-1])
    print(f"{name}: the numbers of the first net, times "
          f"{spread / small:.1f} in each layer, {ratio:,.0f} in all")

# %% [markdown]
# Three times the same pattern, only darker or brighter. Surely a net can make
# up for that by learning? At the end of this lesson we train all three, in
# the same way, and it matters more than one would think which one we start
# from.
#
# Why is that? And how can we find the 0.18 without guessing, for any number
# of inputs? We need three things for it: what a layer computes, how random
# numbers add up, and what happens to a gradient on its way back.
#
# ## A unit, and a layer
#
# In lesson 1 a neuron had one number coming in. With several, it has a
# weight for each of them. It multiplies each input by its weight, adds up
# the products, and adds one more number, its **bias**, which says how large
# the sum is where all inputs are 0. In a layer, a neuron is usually called a
# **unit**.

# %% One unit tags=["hide-input"]
inputs, weights, bias = [1, 2, 0, 1], [0.5, -1, 3, 2], 0.5
names = [f"x{i}" for i in "₁₂₃₄"]
total = np.dot(inputs, weights) + bias
weighted = zip(names, inputs, weights, strict=True)
labels_of = {n: f"{n} = {x}, weight {w}" for n, x, w in weighted}
keep(draw.graph(
    {n: text.replace("-", "−") for n, text in labels_of.items()}
    | {"y": f"y = 0.5 − 2 + 0 + 2 + {bias} = {total:.0f}"},
    [(n, "y") for n in names], title="One unit with four inputs",
    caption="Each input is multiplied by its weight. The last 0.5 of the "
    "sum is the bias."), "unit")  # fmt: skip

# %% [markdown]
# Put several units side by side, all looking at the same inputs, each with
# its own weights and its own bias. This is a **dense layer**, also called a
# **fully connected layer**, because every input is connected to every unit.

# %% A dense layer tags=["hide-input"]
@page.paper_style()
def draw_layer():
    figure, grid = page.plot(
        4.0, 2.2, "A dense layer: four inputs, three units",
        "Twelve lines, so twelve weights; and a bias for each unit.", 1, 1,
    )  # fmt: skip
    axes, round_box = grid[0, 0], {"boxstyle": "circle", "fc": "white"}
    left, right = np.linspace(3, 0, 4), np.linspace(2.6, 0.4, 3)
    for j, (at, ink) in enumerate(zip(right, page.COLOURS, strict=False)):
        for i in left:
            axes.plot([0, 2], [i, at], color=ink, zorder=1)
        axes.text(2, at, f"unit {j + 1}", ha="center", va="center",
                  bbox={"fc": "white", "ec": ink})  # fmt: skip
        axes.annotate(f"y{'₁₂₃'[j]}", (2.3, at), (3, at),
                      arrowprops={"arrowstyle": "<-", "color": ink},
                      va="center")  # fmt: skip
    for name, i in zip(names, left, strict=True):
        axes.text(0, i, name, ha="center", va="center", bbox=round_box)
    axes.set(xlim=(-0.4, 3.3), ylim=(-0.4, 3.4))
    axes.set_axis_off()
    keep(page.settled(figure), "layer")

draw_layer()

# %% [markdown]
# We write the weights of a unit into a column of a table $W$. Then one
# matrix product computes all the units, for all the images of a batch:
# $$y = x W + b$$
# In the next cell, the first row of `x` and the first column of `W` are
# those of our unit above.

# %%
x = np.array([[1, 2, 0, 1], [0, 1, 1, 0]])  # two images of four pixels
W = np.array([[0.5, 1, 0], [-1, 0, 2], [3, 1, 1], [2, 0, -1]])
b = np.array([0.5, 0, 0])
y = x @ W + b  # (2, 4) @ (4, 3) + (3,) -> (2, 3)
print(y)
assert y[0, 0] == 1  # as in the figure

# %% [markdown]
# ## A layer has to bend
#
# What do we gain by a second layer? Without anything in between, nothing.
# Multiplying by $W_1$ and then by $W_2$ is the same as multiplying once, by
# the table $W_1 W_2$. So two such layers say no more than one. (With biases
# it is the same.)

# %%
first, second = rng.standard_normal((4, 3)), rng.standard_normal((3, 2))
print((x @ first) @ second)
print(x @ (first @ second))

# %% [markdown]
# And one layer cannot say much. Here is the smallest case in which it fails,
# however long we train it. A staircase has a switch at its foot and one at
# its top. When both are down, the lamp is off. Flip either of them, and it is
# on. Flip the other one as well, and it is off again. So the lamp is on if
# *exactly one* of the two switches is up. In logic this is the **exclusive
# or**, XOR for short.
#
# Could one unit work the lamp? It computes
# $$f(x_1, x_2) = w_1 x_1 + w_2 x_2 + b$$
# and the lamp should be on where $f$ is above some threshold $c$. Let us add
# up the two cases in which the lamp is off:
# $$f(0, 0) + f(1, 1) = b + (w_1 + w_2 + b)$$
# Put the same terms in another order, and they are the two cases in which
# the lamp is on:
# $$(w_2 + b) + (w_1 + b) = f(0, 1) + f(1, 0)$$
# So the two sums are equal, whatever the weights are. But if the lamp were
# right, both numbers in the first sum would be below $c$, and both in the
# second above it. Then the sums could not be equal. No weights can do that.
#
# A hidden layer that bends is enough. Let $n = x_1 + x_2$ be the number of
# switches that are up, and let relu keep what is above zero, and replace the
# rest by zero, as we did with our 3. Two units look at $n$, and the second
# one wakes up only where both switches are up:
#
#     n                          0    1    2
#     relu(n)                    0    1    2
#     relu(n - 1)                0    0    1
#     relu(n) - 2 relu(n - 1)    0    1    0
#
# The last line is the lamp. So between two layers there has to be a function
# that bends, in the field's word a **nonlinear** one. It is applied to each
# number by itself, and is called the **activation function**. What comes out
# are the layer's **activations**. Three of these functions are famous:
#
# - tanh, which we know,
# - the **ReLU**, $\max(y, 0)$, short for rectified linear unit, which works
#   the lamp,
# - the **sigmoid**, which takes any number to one between 0 and 1:
#   $$p = \frac{1}{1 + e^{-y}}$$

# %% Three activation functions, and their slopes tags=["hide-input"]
line = np.linspace(-5, 5, 401)
p = 1 / (1 + np.exp(-line))
curves = {"ReLU": np.clip(line, 0, 2), "sigmoid": p,
          "tanh": np.tanh(line)}  # fmt: skip
slopes = {"ReLU": (line > 0) * 1.0, "sigmoid": p * (1 - p),
          "tanh": 1 - np.tanh(line) ** 2}  # fmt: skip
keep(draw.curves(
    x=line, xlabel="sum",
    panels={"The functions": curves, "Their slopes": slopes},
    title="Three ways to bend",
    caption="The ReLU goes on upwards (it is drawn up to 2), and the two "
    "others level off. The slope of the sigmoid is never above 1/4."),
    "activations")  # fmt: skip

# %% [markdown]
# Look at the slopes. We shall need them. That of the ReLU is either 0 or 1.
# That of the sigmoid is small everywhere. By the chain rule it is
# $$\frac{dp}{dy} = \frac{e^{-y}}{(1 + e^{-y})^2}
# = \frac{1}{1 + e^{-y}} \cdot \frac{e^{-y}}{1 + e^{-y}} = p \, (1 - p)$$
# The first of the two fractions is $p$. The second is $1 - p$, because both
# together are 1. This product is largest in the middle, where $p$ is $1/2$,
# and even there it is only $1/4$.
#
# Far from the middle, sigmoid and tanh are nearly flat. A unit whose sum lies
# out there hardly reacts to anything any more. This is called **saturation**.
#
# ## Building it
#
# A layer is now a small class. It holds its weights and biases as Tensors,
# so that we can ask for their gradients. What the weights are at first, a
# function `init` decides. It is told how many inputs and units there are,
# and draws from `rng`.

# %%
class Dense:
    def __init__(self, n_in, n_out, activation, init, rng):
        W = init(n_in, n_out, rng)
        self.W = Tensor(W.astype("float32"))
        self.b = Tensor(np.zeros(n_out, "float32"))
        self.activation = activation

    def __call__(self, x):
        y = x @ self.W + self.b  # (N, n_in) -> (N, n_out)
        return self.activation(y) if self.activation else y

# %% [markdown]
# Layers one behind the other make a **multilayer perceptron**, or MLP for
# short. Those before the last one are its **hidden layers**: nobody sees what
# comes out of them. The last layer gets no activation function, so that any
# number may come out of it.

# %%
class MLP:
    def __init__(self, widths, activation, init, rng):
        self.layers = []
        for n_in, n_out in itertools.pairwise(widths):
            layer = Dense(n_in, n_out, activation, init, rng)
            self.layers.append(layer)
        self.layers[-1].activation = None

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def parameters(self):
        return [w for layer in self.layers for w in (layer.W, layer.b)]

# %% The networks of this lesson tags=["hide-input"]
keep(draw.network(
    "digit -> [layer 1] -> [layer 2] -> [...] -> [last layer] -> answer",
    sizes={"digit": f"{X.shape[1]} numbers", "layer 1": f"{width} units",
           "layer 2": f"{width} units", "...": f"{width} units each",
           "last layer": f"{classes} units",
           "answer": f"{classes} numbers"},
    title=f"A multilayer perceptron with {depth} hidden layers",
    caption="An arrow from one layer to the next stands for all their "
    "connections: from every unit to every unit."), "mlp")  # fmt: skip

# %% [markdown]
# The library has both classes, under the same names, and adds messages for
# what can go wrong.
#
# ## Why the first weights are random
#
# Let us try our nets on the lamp of the staircase, with a few hundred steps of
# gradient descent.

# %%
cases = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], "float32")
lamp = np.array([[0], [1], [1], [0]], "float32")

def fit(net):
    for _ in range(1000):
        error = net(cases) - lamp
        gradients = grad((error * error).mean(), net.parameters())
        for w, g in zip(net.parameters(), gradients, strict=True):
            w.value = w.value - 0.3 * g
    return net

# %%
def of_spread(spread):
    def init(n_in, n_out, rng):
        return spread * rng.standard_normal((n_in, n_out))
    return init

def all_equal(n_in, n_out, rng):
    return np.full((n_in, n_out), 0.5)

# %%
bent = {"tanh": tanh, "relu": relu}[bend]
widths, own = [2, xor_units, 1], np.random.default_rng(knobs.seed)
learners = {"one unit": MLP([2, 1], None, of_spread(1), rng),
            "equal units": MLP(widths, bent, all_equal, rng),
            "random units": MLP(widths, bent, of_spread(1), own)}

# %% [markdown]
# **Predict.** We train a single unit, a hidden layer of four units of tanh
# that starts with all its weights at 0.5, and one that starts from random
# weights. Which of the three will work the lamp?

# %%
for name, net in learners.items():
    said = fit(net)(cases).value
    print(f"{name:13}", said.ravel().round(2))
claim(np.abs(said - lamp).max() < 0.1, "a hidden layer learns XOR",
      f"it says {said.ravel().round(2)}")  # fmt: skip
W_equal = learners["equal units"].layers[0].W.value
print(W_equal.round(2))
assert np.allclose(W_equal, W_equal[:, :1], equal_nan=True)

# %% Three surfaces tags=["hide-input"]
def by_hand(x):
    n = x.sum(axis=1, keepdims=True)
    return np.maximum(n, 0) - 2 * np.maximum(n - 1, 0)

@page.paper_style()
def show_planes(functions, name, title, caption):
    x = np.linspace(-0.5, 1.5, 81)  # from below "down" to beyond "up"
    plane = np.stack(np.meshgrid(x, x), axis=-1).reshape(-1, 2)
    figure, grid = page.plot(6.5, 2.5, title, caption, 1, len(functions))
    for axes, (label, f) in zip(grid[0], functions.items(), strict=True):
        said = np.clip(detach(f(plane.astype("float32"))), -1, 2)
        said = said.reshape(81, 81)
        axes.contourf(x, x, said, np.linspace(-1.125, 2.125, 14),
                      cmap="Blues", vmax=3)  # fmt: skip
        if said.min() < 0.45 and said.max() > 0.55:  # not where it is flat
            axes.contour(x, x, said, [0.5], colors=page.INK)
        inks = np.where(lamp.ravel() > 0, "#e3b32f", "white")
        axes.scatter(*cases.T, s=80, c=inks, edgecolors=page.INK, zorder=3)
        axes.set(aspect="equal", xticks=[0, 1], yticks=[0, 1],
                 title=label, xlabel="first switch")  # fmt: skip
        axes.label_outer()
    grid[0, 0].set_ylabel("second switch")
    keep(page.settled(figure), name)

show_planes(
    {f"{xor_units} equal units": learners["equal units"],
     "two ReLUs, by hand": by_hand,
     f"{xor_units} random units": learners["random units"]}, "xor",
    "On if exactly one switch is up",
    "Yellow: the lamp should be on. The darker the blue, the larger what "
    "the net says. The black lines are where it says a half.",
)  # fmt: skip

# %% [markdown]
# From random weights the net finds the lamp. Here its surface is a ridge, much
# like ours. (From `--seed 1` it finds two hills.) The single unit says 0.5 in
# all four cases, which is the best that it can do.
#
# The equal units fail, too. They look at the same inputs with the same
# weights, so they give the same number, get the same gradient, and take the
# same step. They are copies of each other for ever, and four copies can do no
# more than one. So weights start from random numbers in order that the units
# be different. This is called **symmetry breaking**.
#
# (Why tanh? With so few ReLUs the net often gets stuck. A unit whose sum is
# below zero for all inputs has the gradient 0 and never wakes up again, which
# is called a **dying ReLU**. In larger nets enough others are awake.)
#
# ## How large is a sum of random numbers?
#
# Random, then. But how large? Let us begin with something that we can count.
# A unit has four inputs, all of them 1. A coin decides on each weight: heads,
# and it is 1; tails, and it is $-1$. So the sum is somewhere between $-4$ and
# 4.
#
# Four coins can fall in $2 \cdot 2 \cdot 2 \cdot 2 = 16$ ways, and all are
# equally likely. We count how often each sum comes up.

# %%
ways = list(itertools.product([-1, 1], repeat=4))
sums = [sum(coins) for coins in ways]
counts = dict(sorted(Counter(sums).items()))
print(counts)

# %% The sixteen ways tags=["hide-input"]
keep(draw.bars(
    {f"{s}".replace("-", "−"): n for s, n in counts.items()},
    xlabel="sum of four coins, each 1 or −1", ylabel="ways",
    title="Sixteen ways for four coins to fall",
    caption="The sums are as often negative as positive: their mean is 0. "
    "But how far from 0 are they, typically?"), "coins")  # fmt: skip

# %% [markdown]
# How far from 0 is such a sum, typically? The mean of the sums does not tell,
# because plus and minus cancel. So we square the sums first (squares will
# turn out to add up), and take the mean of the squares. For random
# numbers whose mean is 0, this is called their **variance**. Its square root
# is the **standard deviation**: how far from zero they typically are. (That
# is the exact meaning of what we called *spread*. If the mean is not 0, one
# measures from the mean.)
#
# The standard deviation is usually written $\sigma$, a Greek s, and the
# variance is its square, $\sigma^2$. A single coin is always 1 away from
# zero. Its variance is 1, and so is its standard deviation.
#
# **Predict.** And the standard deviation of the sum of four coins? Is it the
# same as that of one coin, twice as large, or four times as large? You can
# work it out from the bars.

# %%
variance = np.mean([s**2 for s in sums])
print(f"variance {variance}, standard deviation {math.sqrt(variance)}")
assert variance == 2**2

# %% [markdown]
# The squares are 16 (in two ways), 4 (in eight ways) and 0 (in six ways),
# and $(2 \cdot 16 + 8 \cdot 4 + 6 \cdot 0) / 16 = 64 / 16 = 4$. So the
# *variance* is four times that of one coin. But the standard deviation is
# only twice as large: some of the coins cancel each other.
#
# Is that special to coins? We try the random numbers of `standard_normal`,
# from which our weights are made, and draw a hundred thousand sums.
#
# **Predict.** Each of these numbers has the standard deviation 1. What is
# that of the sum of 64 of them?

# %%
for n in (1, 4, 16, 64):
    sums = rng.standard_normal((100_000, n)).sum(axis=1)
    variance = np.mean(sums**2)
    print(f"{n:2} numbers: variance {variance:5.2f}, "
          f"standard deviation {math.sqrt(variance):.2f}")  # fmt: skip
claim(abs(variance / n - 1) < 0.02, "the variance is the number of terms",
      f"{variance:.2f} for {n}")  # fmt: skip

# %% [markdown]
# The variance is the number of terms, and the standard deviation is the root
# of that. In short, variances add up. Here is why. Take two random numbers
# $a$ and $b$ of mean 0 that are **independent**: knowing one of them says
# nothing about the other. First we multiply out.
# $$(a + b)^2 = a^2 + 2ab + b^2$$
# Now we take the mean of each part, over many draws. Whatever $a$ is, the mean
# of $b$ is still 0. So the products $ab$ cancel each other: they have the mean
# 0, too. What is left is
# $$\text{Var}(a + b) = \text{Var}(a) + \text{Var}(b)$$
# A third number can be added in the same way, and a fourth, and so on.
#
# What does that say about a unit? Its $D$ inputs are given numbers $x_i$, and
# its weights $W_i$ are random, of mean 0 and variance $\sigma^2$. (The bias
# is 0 to begin with.) Look at a single term of its sum first. If a random
# number is multiplied by $x_i$, its square is multiplied by $x_i^2$, so
# $$\text{Var}(x_i W_i) = x_i^2 \, \sigma^2$$
# The unit adds up $D$ such terms. Variances add up, so
# $$\text{Var}(y) = x_1^2 \sigma^2 + x_2^2 \sigma^2 + \dots
# + x_D^2 \sigma^2$$
# Let $q$ be the mean of the squares $x_i^2$. There are $D$ of them, so their
# sum is $D q$, and
# $$\text{Var}(y) = D \, \sigma^2 \, q$$

# %% [markdown]
# ## Ten factors
#
# That was a mean over many draws. The 64 units of a layer are 64 draws, each
# with weights of its own. So the mean of the squares of their sums is about
# $\text{Var}(y)$.
#
# After the sum comes the ReLU. The weights are as likely to be $W$ as $-W$, so
# a sum is as likely to be $y$ as $-y$. The ReLU keeps one of the two and makes
# the other 0. So half of the mean of the squares is lost:
# $$q_\text{out} = \frac{D \, \sigma^2}{2} \cdot q_\text{in}$$
# What comes out of one layer goes into the next. So every layer multiplies
# the mean of the squares by the same factor, $D \sigma^2 / 2$.
#
# By the *size* of an array we mean, from here on, the root of the mean of its
# squares. A layer multiplies it by the root of that factor. With 64 inputs
# and $\sigma = 0.1$, that is $\sqrt{64 \cdot 0.01 / 2} = 0.57$.
#
# **Predict.** What do ten such layers leave: about a half, about a tenth, or
# less than a hundredth?

# %%
def size(numbers):
    return float(np.sqrt(np.mean(np.square(numbers))))

n_inputs = [X.shape[1]] + [width] * (depth - 1)
sizes, by_formula = {}, {}
for name, spread in spreads.items():
    sizes[name] = [size(x) for x in [X, *through_layers(X, spread)]]
    factors = [math.sqrt(n * spread**2 / 2) for n in n_inputs]
    growth = np.cumprod([1, *factors])
    by_formula[name] = sizes[name][0] * growth
    measured = sizes[name][-1] / sizes[name][0]
    print(f"{name}: factor {factors[-1]:.2f}, to the power {depth} "
          f"{growth[-1]:.3g}; measured {measured:.3g}")  # fmt: skip

# %% Size after each layer tags=["hide-input"]
places = np.tile(np.arange(depth + 1), len(sizes))
heights = np.concatenate([*by_formula.values()])
shown = [f"{math.sqrt(width * s**2 / 2):.2f}" for s in spreads.values()]
keep(draw.curves(
    sizes, x=range(depth + 1), log=True, xlabel="layers passed",
    ylabel="size of the activations",
    dots={"by the formula": (places, heights)},
    title="Straight lines on a logarithmic axis",
    caption="The same factor in every layer makes a straight line on this "
    f"axis. The factors are {', '.join(shown)}."),
    "forward")  # fmt: skip

# %% [markdown]
# To the tenth power, the factor 0.57 is about 1/300, and 1.70 is about 200.
# This is what we saw in the tiles: a factor that does little harm in one
# layer is ruinous in ten. (The lines do not follow the formula exactly, since
# it holds in the mean over many nets. In a single net each layer is off by
# ten per cent or so, and the errors multiply. Of many nets, two in three end
# below it, since a few large ones lift a mean. Our three nets are off by the
# same factor. Do you see why?)
#
# Now we can compute the right spread instead of guessing it. The factor
# should be 1:
# $$\frac{D \, \sigma^2}{2} = 1, \quad\text{so}\quad
# \sigma^2 = \frac{2}{D}$$
# For $D = 64$ the spread is $\sqrt{2 / 64} = 0.177$: there is our 0.18. The
# choice of the numbers that a net starts from is called its
# **initialisation**, and this one is **He initialisation** (after Kaiming He,
# who published it with others in 2015).

# %%
def he(n_in, n_out, rng):
    spread = math.sqrt(2 / n_in)
    return spread * rng.standard_normal((n_in, n_out))

# %% [markdown]
# ## The way back
#
# A net learns from gradients, and these have to come back through all the
# layers. In lesson 2, the gradient of the weights was $x^\top g$: where $g$
# is tiny, the weights hardly move. So how large is $g$ when it arrives?
#
# Let us follow it back through a single layer of $D$ inputs and $H$ units. It
# has a number $g_j$ for each activation. First it comes back through the
# activation function, where it is multiplied by the slope $s_j$. Then it
# comes back through the matrix product, where each input has fed into all
# the units:
# $$\frac{dL}{dx_i} = \sum_{j=1}^H W_{ij} \, s_j \, g_j$$
# Compare this with a unit on the way forward. It is again a sum of random
# weights times given numbers, this time $H$ of them. So we know its variance
# already: it is $H \sigma^2$ times the mean of the squares of $s_j g_j$.
# (Strictly speaking $s_j$ and $g_j$ depend on the weights, too, so they are
# not given numbers. We neglect that, and measure whether it matters.)
#
# The slope of a ReLU is 1 for about half of the units, and 0 for the others.
# So half of the mean of the squares is lost, and the factor is $H \sigma^2 /
# 2$. If a layer has as many units as inputs, that is the same as on the way
# forward.
#
# In the first net, then, the gradient fades on its way back, as the
# activations do on their way forward. A gradient that becomes smaller and
# smaller from layer to layer is called a **vanishing gradient**. One that
# becomes larger and larger, as in the third net, is an **exploding gradient**.

# %%
def new_net(activation, init):
    widths = [X.shape[1], *[width] * depth, classes]
    rng = np.random.default_rng(knobs.seed)
    return MLP(widths, activation, init, rng)

# %%
def sizes_on_the_way_back(net):
    h = [Tensor(X[:128])]
    for layer in net.layers[:depth]:
        h.append(layer(h[-1]))
    g = rng.standard_normal(h[-1].shape).astype("float32")  # any gradient
    gradients = grad((h[-1] * g).sum(), h)
    found = np.array([size(by_h) for by_h in reversed(gradients)])
    return found / found[0]

# %%
nets = {name: new_net(relu, of_spread(s)) for name, s in spreads.items()}
back = {name: sizes_on_the_way_back(net) for name, net in nets.items()}
for name, s in back.items():
    print(f"{name}: {depth} layers leave {s[-1]:.2g} of a gradient")

# %% [markdown]
# It is as the factors say.
#
# The ReLU has been usual since about 2010. Before it, most nets were made of
# sigmoids or of tanh. Let us take sigmoids, and weights of the variance
# $\sigma^2 = 1 / H$. Then the weights alone have the factor $H \sigma^2 = 1$.
# (With 64 units that is the spread $1/8$. The code takes $2 / (D + H)$, which
# is the same where $D = H$.) In such a net nothing can fade on the way forward:
# what leaves a sigmoid is around $1/2$.
#
# **Predict.** And on the way back? Remember the slope of a sigmoid. What is
# left of its gradient after ten layers: about all of it, as in the second
# net, about as little as in the first one, or less?

# %%
def for_sigmoids(n_in, n_out, rng):
    spread = math.sqrt(2 / (n_in + n_out))  # 1/8 for 64 and 64
    return spread * rng.standard_normal((n_in, n_out))

# %%
nets["sigmoids"] = new_net(sigmoid, for_sigmoids)
for layer in nets["sigmoids"].layers[:-1]:
    layer.W.value = gain * layer.W.value
back["sigmoids"] = sizes_on_the_way_back(nets["sigmoids"])
left = back["sigmoids"][-1]
print(f"sigmoids: {depth} layers leave {left:.2g} of a gradient")

# %% The gradient on its way back tags=["hide-input"]
keep(draw.curves(
    back, x=range(depth + 1), log=True,
    xlabel="layers that the gradient has come back through",
    ylabel="size, relative to its start",
    title="How much of a gradient reaches the first layer?",
    caption="Again a factor in each layer makes a straight line. What is "
    f"left of the gradient with sigmoids is {left:.1g} of it."),
    "backward")  # fmt: skip
left = {name: s[-1] for name, s in back.items()}
claim(1e-7 < left["sigmoids"] < 1e-6, "sigmoids leave about a millionth",
      f"{left['sigmoids']:.1e}")  # fmt: skip
claim(1e-3 < left[first_net] < 0.01,
      "in the first net less than a hundredth is left",
      f"{left[first_net]:.1e}")  # fmt: skip

# %% [markdown]
# Far less. The slope $s_j$ is at most $1/4$, so each square is multiplied by
# $1/16$ at most, and the size by $1/4$ at most. Ten layers make
# $(1/4)^{10}$ of it, and that is about a millionth.
#
# This is one of the reasons why for a long time hardly anybody trained nets of
# more than a few layers.
#
# ## What a fading gradient looks like from the front
#
# The activations of this net all look healthy. Is there really no sign of
# the trouble on the way forward? We show it two digits, a 3 and a 7.
#
# **Predict.** What will the two rows of tiles have in common, and will you
# be able to tell the 3 from the 7 in the last layer?

# %%
def activations(net, x):
    outputs = []
    for layer in net.layers[:depth]:
        x = layer(x).value
        outputs.append(x)
    return outputs

# %%
seven = X[labels == 7][:1]
pair = {"a 3": three, "a 7": seven}
rows = {n: (x, activations(nets["sigmoids"], x)) for n, x in pair.items()}

# %% Two digits in a net of sigmoids tags=["hide-input"]
differences = [abs(a - b) for a, b in zip(rows["a 3"][1], rows["a 7"][1],
                                          strict=True)]  # fmt: skip
fourfold = [4 * d for d in differences]
show_tiles(
    rows | {"difference": (abs(three - seven), fourfold)}, "sigmoids",
    "A 3 and a 7 in a net of sigmoids",
    "The first two rows show what each layer makes of two digits, the "
    "last one how they differ (four times as bright behind the digit).",
)  # fmt: skip
for k in sorted({0, min(2, depth - 1), depth - 1}):
    apart = size(differences[k])
    print(f"layer {k + 1}: the 3 and the 7 differ by {apart:.1e}")
claim(apart < 1e-5, "the two digits become the same", f"{apart:.1e}")

# %% [markdown]
# Every layer shows a pattern, but soon it is the same pattern for both digits.
# Think of the difference between the 3 and the 7 as a nudge, as in lesson 1.
# A nudge travels forward along the arrows on which a gradient comes back, and
# is multiplied by the same slopes. So where gradients vanish, the differences
# between images vanish, too. The last layer cannot learn to tell a 3 from a 7
# because it does not see any difference.
#
# ## A start for every activation function
#
# Now for tanh. Its slope near zero is 1, so as long as the sums are
# small it changes hardly anything. Then the factor is $D \sigma^2$ on the way
# forward and $H \sigma^2$ on the way back, without the half. We would like
# both to be 1, so $\sigma^2$ should be $1/D$, and it should be $1/H$. (The
# field calls $D$, the number of inputs, the **fan-in** of a unit, and $H$,
# the number of units that an input feeds into, its **fan-out**.) If both are
# the same, all is well. If not, one takes a compromise between the two:
# $$\sigma^2 = \frac{2}{D + H}$$
# This is **Glorot initialisation** (after Xavier Glorot, who published it with
# Yoshua Bengio in 2010), also called Xavier initialisation. They drew these
# numbers evenly between $-a$ and $a$, so that none is far out. The mean of
# $x^2$ over that range is $a^2 / 3$ (the cell below tries it). This should be
# $2 / (D + H)$, and so $a^2 = 6 / (D + H)$.

# %%
def glorot(n_in, n_out, rng):
    a = math.sqrt(6 / (n_in + n_out))
    return rng.uniform(-a, a, (n_in, n_out))

evenly = np.linspace(-2, 2, 1001)
print(f"mean of the squares {np.mean(evenly**2):.3f}, and a²/3 is 1.333")

# %%
starts = {"tanh, Glorot": new_net(tanh, glorot),
          "ReLU, Glorot": new_net(relu, glorot),
          "ReLU, He": new_net(relu, he)}  # fmt: skip
for name, net in starts.items():
    left = sizes_on_the_way_back(net)
    print(f"{name}: {depth} layers leave {left[-1]:.2g}")

# %% [markdown]
# With tanh about a third of the gradient is left, since its slope is a little
# less than 1 everywhere but at zero. Before a ReLU, Glorot lacks the 2 that
# makes up for the lost half: the factor is $\sqrt{1/2}$ in each layer, and
# $1/32$ in ten. With He most of it is left. So the rule to remember is: He
# before a ReLU, Glorot before tanh, or where no activation function follows.
# The library's layers choose by this rule, if you do not say what you want.
#
# ## A start for sigmoids
#
# And sigmoids? To make up for the $1/4$, we need weights four times as large.
# But the outputs of sigmoids have the mean $1/2$, and 64 of them, times such
# weights, add up to sums that are typically 2 away from 0. There the slope is
# 0.1 in place of $1/4$, and ten layers leave about a hundredth (try `gain=4`).
#
# **Predict.** We may choose the bias of each unit. Which one takes its sum
# back to the middle, where the slope is largest?

# %%
as_tanh, centred = new_net(tanh, glorot), new_net(sigmoid, glorot)
factors = [2, *[4] * (depth - 1), 2]  # at the ends 2 is enough: see below
for layer, factor in zip(centred.layers, factors, strict=True):
    layer.W.value = factor * layer.W.value
for layer in centred.layers[1:]:
    layer.b.value = -layer.W.value.sum(axis=0) / 2

left = sizes_on_the_way_back(centred)[-1]
print(f"centred sigmoids: {depth} layers leave {left:.2g}")
apart = np.abs(centred(X[:128]).value - as_tanh(X[:128]).value).max()
print(f"its outputs and those of the tanh net differ by {apart:.0e}")
assert apart < 1e-3

# %% [markdown]
# If all inputs are $1/2$, the sum is half the sum of the weights. So we
# subtract that, by the bias $b_j = -\frac{1}{2} \sum_i W_{ij}$, and
# three hundred thousand times as much of the gradient comes back.
#
# What we have got is the tanh net in disguise. A sigmoid is a tanh that was
# moved up and shrunk:
# $$\frac{1}{1 + e^{-y}} = \frac{1 + \tanh(y / 2)}{2}$$
# Our bias takes back the moving up. Our weights take back the two halves,
# that of $y$ and that of the result: $2 \cdot 2 = 4$. (Before the first layer
# there is no sigmoid, and behind the last one neither. There one 2 is
# enough. And since our measurement begins before the last layer, it lacks that
# 2: it says 0.19, about half of what tanh leaves.) So the slope of $1/4$ can be
# made up for, if the mean of $1/2$ is taken off. With tanh one need do neither.
# That is why it was preferred.
#
# ## Five nets in training
#
# Now we train three nets like those of the beginning, and the two of
# sigmoids, in the way of lesson 2. Each step takes some images, computes the
# mean squared error, and moves all weights against the gradient. We ask for a
# 1 from the unit of the right digit, and for a 0 from the nine others. (Such
# a row of zeros with a single 1 is called **one-hot**.) A net that cannot
# tell the digits apart can do no better than say 0.1 each time. Then its loss
# is $(9 \cdot 0.1^2 + 0.9^2) / 10 = 0.09$. (In place of the spread 0.18, the
# second net starts from He's.)

# %%
targets = np.eye(classes, dtype="float32")[labels]

def train(net):
    rng = np.random.default_rng(knobs.seed)
    for _ in range(steps):
        at = rng.integers(0, len(X), 128)
        error = net(X[at]) - targets[at]
        loss = (error * error).mean()
        gradients = grad(loss, net.parameters())
        for w, g in zip(net.parameters(), gradients, strict=True):
            w.value = w.value - lr * g
        yield float(loss.value)
        if not loss.value < 1e6:
            return  # the loss is infinite, or no number at all

# %% [markdown]
# **Predict.** What will the losses do: of the net with the spread 0.1, of that
# with He's, of that with 0.3, of the sigmoids, and of the centred ones?

# %%
nets |= {"He": new_net(relu, he), "centred": centred}
order = [first_net, "He", third_net, "sigmoids", "centred"]
losses = {}
with np.errstate(all="ignore"):  # one of them will overflow
    for name in progress(order):
        losses[name] = list(train(nets[name]))

# %%
images = digits.test_images
for name in order:
    with np.errstate(all="ignore"):
        answers = nets[name](images).value.argmax(axis=1)
    right = (answers == digits.test_labels).mean()
    print(f"{name:12} loss {losses[name][0]:8.3g} at first, ", end="")
    print(f"{losses[name][-1]:7.3g} at last, {right:.0%} right")

# %% The losses tags=["hide-input"]
share = 1 / classes
whole = {n: v for n, v in losses.items() if len(v) == steps}
burst = {f"{n}: beyond a million in step {len(v)}": ([len(v)], [1.0])
         for n, v in losses.items() if n not in whole}  # fmt: skip
still = sum(values[-1] > 0.085 for values in whole.values())
figure = draw.curves(
    {name: np.clip(v, 1e-6, 1.0) for name, v in whole.items()}, log=True,
    levels={f"{share:.2g} for each": share * (1 - share)}, dots=burst,
    ylabel="mean squared error",
    title="The same net, from different random numbers",
    caption=f"Of {len(order)} nets, {still} end where a net ends that "
    f"says {share:.2g} for each digit. (Losses above 1 are drawn at 1.)",
)  # fmt: skip
for name, curve in zip(whole, figure.axes[0].lines, strict=False):
    if name == "sigmoids":  # dashed, since it hides another one
        curve.set_linestyle((0, (3, 3)))
keep(figure, "training")
stuck = min(losses[first_net][-1], losses["sigmoids"][-1])
claim(stuck > 0.085, "the loss of two nets stays near 0.09",
      f"{stuck:.4f}")  # fmt: skip
claim(losses["centred"][-1] < 0.08, "centred sigmoids learn",
      f"{losses['centred'][-1]:.4f}")  # fmt: skip
claim(losses["He"][-1] < 0.035, "that with He's spread ends below 0.035",
      f"{losses['He'][-1]:.4f}")  # fmt: skip
claim(not losses[third_net][-1] < 1e6, "the third one explodes",
      f"{losses[third_net][-1]:.3g}")  # fmt: skip

# %% [markdown]
# The three nets of ReLUs are the same function times a number, see the same
# images, and take as many steps at the same rate. The second one learns to read
# nine digits out of ten. The third is destroyed by its first step: its answers
# are in the hundreds, its gradients have grown on the way back, and all its
# weights move much too far.
#
# The first net and that of sigmoids learn next to nothing in these 600 steps.
# They say about 0.1 for every digit, whatever they are shown. The sigmoids
# that were centred have begun to learn. (The tanh net reads more than nine in
# ten after as many steps. Its weights are a quarter as large, so the same rate
# moves them further in proportion.) No error is raised, and no number looks
# absurd. If you meet a net that does not learn, look at its gradients layer by
# layer, as we did.
#
# But should not at least the last layers learn, which the gradient reaches
# first? The gradient of their weights is $x^\top g$, and here $g$ is in order.
# It is $x$ that is useless. In the first net it has faded on its way up, and
# in that of sigmoids it is the same for all images.
#
# ## Looking back
#
# A dense layer is a matrix product, a bias, and an activation function. With
# random weights, what it computes are random sums, and their variances add
# up. So each layer multiplies the size of its numbers by a factor, on the way
# forward and on the way back. Ten layers need a factor close to 1, and the
# formulas of He and Glorot say which weights have it.
#
# There are other cures. **Batch normalisation** measures the mean and the
# standard deviation of each unit's sums over a batch of images, subtracts
# the one and divides by the other. (A learnt scale and shift follow.) So it
# centres every unit, whatever bends it. A **residual connection** adds what
# goes into a layer to what comes out of it. Then the gradient has a way back
# on which nothing is multiplied. With these two, nets of a hundred layers
# are trained.
#
# Our way of training is still the simplest that there is, and 600 steps took
# us to nine digits out of ten. Lesson 5 makes better use of the gradients.

# %% [markdown] tags=["footer"]
# ## Try
#
# 1. `width=256`: Layers four times as wide. Which of the three spreads is the
#    right one now?
#
#    **Answer.** None of them. With 256 inputs, 0.1 gives the factor
#    $\sqrt{256 \cdot 0.01 / 2} = 1.13$, so its tiles look fine. But ten layers
#    make 3.4 times as much of a gradient, and in training the net explodes
#    nevertheless. In the two others, all that is not black is soon white. He's
#    spread is now 0.088, and with it the net reads 97% of the digits.
#
# 2. `depth=2`: Two hidden layers in place of ten. Does the start still matter?
#
#    **Answer.** Much less. All nets learn. The last table says 88%, 91% and
#    60% right for the ReLUs, 36% for the sigmoids, and 83% for the centred
#    ones. Two factors of 0.57 or 1.7 do not do much harm. While nets were
#    shallow, one could get away with guessing.
#
# 3. `gain=8.0`: Weights eight times as large in the hidden layers of sigmoids,
#    and no bias to centre them. Does that save their gradient?
#
#    **Answer.** About a fifth comes back, and the 3 and the 7 differ in the
#    last layer, too. But look at the tiles of the two digits. They are nearly
#    black and white, because about half of the units are saturated. What comes
#    back comes through the others. So the net learns, but slowly: after 600
#    steps it reads 31%, the centred one 53%.
#
# 4. `lr=1.0`: Ten times the step. Does that make up for a gradient that has
#    faded?
#
#    **Answer.** For the first net it does: after some 300 steps near 0.09 its
#    loss begins to fall, and in the end it reads 90%. To the sigmoids, which
#    lack a factor of a million, ten times as much makes no difference. And
#    there is a price. The centred sigmoids no longer learn, and with `--seed 1`
#    such steps make He's net explode.
#
# 5. `bend=relu`: ReLUs in place of tanh. Do four of them learn XOR? (With
#    `python -m lessons 4 --run --try 5 --seed 1` you try other random weights.)
#
#    **Answer.** No, they get stuck: the net says 0.5 in two cases, of which
#    one should be 0 and the other 1. No unit is awake that could tell them
#    apart. From `seed=1` they do learn it. The equal units say 0.5 in all
#    four cases now, and the figure of the three surfaces shows a flat one.
#
# ## Exercises
#
# `python -m lessons check 4` tests your answers to these.
#
# - *Change it*: `leaky_spread`, He's spread for an activation function that
#   lets a little of the negative half through. `odd_of_three`, the lamp with
#   three switches.
# - *Build it*: `count`, how many numbers a net can change. `layer_gradients`,
#   the way back through a dense layer with a ReLU.
# - *Break it*: `sigmoid_start`, weights and biases with which a gradient comes
#   back through ten layers of sigmoids.
#
# ## Sources
#
# - Glorot and Bengio, *Understanding the difficulty of training deep
#   feedforward neural networks* (2010), equation 16.
# - He, Zhang, Ren and Sun, *Delving deep into rectifiers* (2015),
#   arXiv:1502.01852, equations 10 and 15; and *Deep residual learning for
#   image recognition* (2015), arXiv:1512.03385.
# - Hochreiter, *Untersuchungen zu dynamischen neuronalen Netzen* (1991, in
#   German), and Bengio, Simard and Frasconi, *Learning long-term dependencies
#   with gradient descent is difficult* (1994), who found that gradients
#   vanish.
# - Minsky and Papert, *Perceptrons* (1969), for what one layer cannot say.
# - Ioffe and Szegedy, *Batch normalization* (2015), arXiv:1502.03167.
# - Nielsen, *Neural networks and deep learning* (2015), chapter 5, for
#   pictures of how fast each layer learns.
# - Karpathy, *Building makemore*, part 3 (2022), for the same sizes looked at
#   in a net for language.
# - An overview article, in Chinese, on image generation by GANs and VAEs,
#   which this course answers. It names vanishing gradients as a challenge, and
#   says no more about them.
#
# ## For maintainers
#
# **Takes** 40 minutes to read, 11 s to run.
# **Recorded** with quick=False data=digits seed=0 backend=numpy depth=10
# width=64 small=0.1 middle=0.18 large=0.3 xor_units=4 bend=tanh gain=1.0
# lr=0.1 steps=600 (2026-11-29)
# **Measured** over seeds 0, 1, 2: mean after ten layers, spread 0.1: 0.0003,
# 0.0003, 0.0006 (claimed below 0.005). Left of a gradient, spread 0.1:
# 0.0027, 0.0024, 0.0035 (claimed 0.001 to 0.01); sigmoids 5e-7, 5.2e-7,
# 5.2e-7 (claimed 1e-7 to 1e-6), with `gain=4` 0.010, 0.014, 0.009; centred
# sigmoids 0.19, 0.21, 0.21, tanh 0.36, 0.41, 0.42. The 3 and the 7 differ by
# 2.6e-7, 2.2e-7, 2.7e-7 (claimed below 1e-5). Last loss, spread 0.1: 0.0891,
# 0.0898, 0.0897; sigmoids 0.0896, 0.0900, 0.0904 (claimed above 0.085);
# centred 0.068, 0.058, 0.069 (claimed below 0.08), right 53, 73, 63%; tanh,
# which the lesson does not train, 0.027, 0.024, 0.027, right 93, 92, 92%; He
# 0.0150, 0.0200, 0.0212 (claimed below 0.035), right 90, 88, 89%. The spread
# 0.3 is infinite after one step on each. On seed 0 the net with the spread
# 0.1 begins to learn after about 1,000 steps. XOR by four units of tanh is
# learnt from seeds 0 to 7. Over 300 nets with He's spread, one layer's
# factor scatters by 12%, and for all images the middle 90% of ten layers lie
# between 0.47 and 1.59 of the formula, 67% below it.
