# %% [markdown]
# # 2. Tensors, or: whole arrays at once
#
# The engine of lesson 1 can find the gradient of anything that is made of
# numbers. So why not take it and train a real network?
#
# Let us count. A small image has 28 times 28 pixels. One layer that turns it
# into 128 numbers multiplies and adds a hundred thousand times, for a single
# image. Our engine makes an object for every product, and another one for
# every sum. Then come the other layers, and 128 images at a time, and
# thousands of steps.
#
# Below we measure how long that takes. Then we rebuild the engine so that a
# node of the graph holds a whole *array* of numbers in place of one. The
# idea stays: values go right, gradients come back left. But two new
# questions come up, and they are the subject of this lesson. What is the
# gradient of something that was *repeated*? And what is the gradient of a
# matrix product?
#
# At the end, some fifteen lines of engine and forty lines of rules, all our
# own, will have taught a small network to tell handwritten digits apart. The
# library's engine grows out of them.

# %%
import math
import timeit

import numpy as np

# keep shows a figure, claim holds the text to this run
from lessons.support import claim, keep, listing, options, progress
from scratchgen import Tensor, check_grad, data, draw, engine, grad, op
from scratchgen.functions import tanh

# %% Knobs
knobs = options("tensors", data="digits", seed=0)
lr = 0.3  # the learning rate, as in lesson 1
steps = 30 if knobs.quick else 400  # how often all weights move
hidden = 32  # neurons of the network with a bend in it
more_steps = 30 if knobs.quick else 9000  # two layers learn more slowly
batch = 128  # images in each step

# %% [markdown]
# ## One object for each number
#
# Here is lesson 1's engine again, as far as we need it to compute a layer:
# $N$ images of $D$ pixels each, times a table of weights with $D$ rows and
# $H$ columns. (In NumPy's words, `x` has the shape `(N, D)`, `W` has the
# shape `(D, H)`, and we want `x @ W`, of shape `(N, H)`.)

# %%
class Value:
    def __init__(self, value, *made_of):
        self.value = value
        self.made_of = made_of  # pairs (node, local derivative)

    def __add__(a, b):
        return Value(a.value + b.value, (a, 1.0), (b, 1.0))

    def __mul__(a, b):
        return Value(a.value * b.value, (a, b.value), (b, a.value))

def layer_of_values(x, W):
    columns = list(zip(*W, strict=True))
    return [[dot(row, column) for column in columns] for row in x]

def dot(row, column):
    total = Value(0.0)
    for a, b in zip(row, column, strict=True):
        total = total + a * b
    return total

# %%
rng = np.random.default_rng(knobs.seed)
N, D, H = 32, 64, 16
x, W = rng.standard_normal((N, D)), rng.standard_normal((D, H))
x_values = [[Value(number) for number in row] for row in x.tolist()]
W_values = [[Value(number) for number in row] for row in W.tolist()]
print(f"{2 * N * D * H:,} products and sums")

# %% [markdown]
# **Predict.** The same layer can be computed by one call of NumPy, `x @ W`.
# How many times faster will that be: ten times? A hundred times? More?

# %%
slow = timeit.timeit(lambda: layer_of_values(x_values, W_values), number=1)
fast = timeit.timeit(lambda: x @ W, number=100) / 100
print(f"one object a number: {slow * 1e3:8.3f} ms")
print(f"one call of NumPy:   {fast * 1e3:8.3f} ms")
larger = 128 * 28 * 28 * 128 / (N * D * H)
million = 2 * N * D * H * larger / 1e6
print(f"the layer of the opening, {larger:.0f} times as large: "
      f"{million:.0f} million Values, {larger * slow:.0f} s")  # fmt: skip
print(f"NumPy is {slow / fast:,.0f} times as fast.")
claim(slow > 100 * fast, "NumPy is more than a hundred times faster",
      f"{slow / fast:.0f} times")  # fmt: skip

# %% [markdown]
# Tens of thousands of times, on most machines. It is the same arithmetic, but
# Python spends its time on making objects, and NumPy makes one. The layer of
# the opening would take half a minute or more, for one layer of one step, and
# only on the way forward. And there is a stronger reason, memory: its 26
# million Values, each with what it was made of, fill some eight gigabytes.
#
# So we want nodes that hold arrays. An array with any number of axes is called
# a **tensor**: a number has no axis, a list of numbers has one, a table has
# two.
#
# ## What goes back along an arrow
#
# In lesson 1, each arrow of the graph carried a number, the local
# derivative. On the way back we multiplied by it: `a.grad += local * g`,
# where `g` is the gradient of the node where the arrow ends.
#
# What is it that an arrow carries now? The honest answer is a table: the
# derivative of each element of the result with respect to each element of the
# argument. It is called the **Jacobian**. But for the layer above with its
# 128 images it would hold more than a billion numbers, nearly all of them 0.
# And we never need the table itself. We only need what it does to `g`. So let
# us look for that.
#
# Take $y = \tanh(x)$, where $x$ is an
# array. Each element of $y$ is made of one element of $x$, and of no other:
# $y_1 = \tanh(x_1)$, $y_2 = \tanh(x_2)$, and so on. These are a number of
# small graphs, side by side. In each of them the rule of lesson 1 holds:
# $$\frac{dL}{dx_i} = g_i \cdot (1 - y_i^2) \quad\text{with}\quad
# g_i = \frac{dL}{dy_i}$$
# NumPy does this for all $i$ at once, and so it is one line of Python:
# `g * (1 - y * y)`. Here `g` is an array too. It has the shape of `y`, since
# it holds one derivative for each element of `y`.
#
# So from now on, an arrow carries a small *function*: given `g`, the gradient
# of the result, it returns what goes back to one of the arguments. We call
# it the arrow's **rule**. (In the literature it is a **vector-Jacobian
# product**, since it does to `g`, the vector, what the table would do.)

# %%
class Node:
    def __init__(self, value, *made_of):
        self.value = np.asarray(value, dtype=float)
        self.made_of = made_of  # pairs (node, rule)

def tanh_of(x):
    y = np.tanh(x.value)
    return Node(y, (x, lambda g: g * (1 - y * y)))

def minus(a, b):  # for arrays of the same shape
    return Node(a.value - b.value, (a, lambda g: g), (b, lambda g: -g))

# %% [markdown]
# Compare `minus` with lesson 1. The local derivatives were 1 and -1, and
# they still are: `g` times 1, and `g` times -1.
#
# ## A repeat comes back as a sum
#
# Now to something that plain numbers do not have. We want to add a list of
# three numbers `b` to each row of a table `h`. NumPy does that without being
# asked: it *repeats* `b` until it has the shape of `h`, and then adds. This
# is called **broadcasting**.

# %%
h = np.array([[10.0, 20.0, 30.0], [40.0, 50.0, 60.0]])
b = np.array([1.0, 5.0, 9.0])
print(h + b)

# %% [markdown]
# The 5 is used in two places of the result, in both rows of its column.
# Suppose that the gradient of the result is this `g`:

# %%
g = np.array([[1.0, 2.0, 0.0], [3.0, 1.0, 4.0]])
print(g)

# %% [markdown]
# What is the gradient with respect to `b`? It must have three numbers, one
# for each number of `b`, and `g` has six.
#
# **Predict.** Think of lesson 1: if a node is used twice, what happens to
# the two contributions? So what is the gradient with respect to the 5?

# %% The same, drawn tags=["hide-input"]
column = np.array([[1.0], [5.0]])
keep(
    draw.matrix(
        panels={
            "b": b[None, :],
            "b, repeated": np.broadcast_to(b, (2, 3)),
            "g": g,
            "gradient of b": g.sum(axis=0)[None, :],
        },
        numbers=".0f",
        title="A row that is repeated",
        caption="b stands in both rows, so its gradient adds up both rows "
        "of g.",
    ),
    "broadcast",
)
keep(
    draw.matrix(
        panels={
            "c": column,
            "c, repeated": np.broadcast_to(column, (2, 3)),
            "g": g,
            "gradient of c": g.sum(axis=1, keepdims=True),
        },
        numbers=".0f",
        title="A column that is repeated",
        caption="c stands in all three columns, so its gradient adds up "
        "the three columns of g.",
    ),
    "broadcast_across",
)

# %% [markdown]
# When a number is used twice, its two contributions are added up. The 5
# stands in the second column of both rows, so its gradient is
# $2 + 1 = 3$. The whole gradient is the sum of `g` down its columns. A column
# that is repeated across, as in the second picture, comes back as a sum
# across.
#
# So what was repeated on the way forward is summed on the way back. We will
# need this everywhere, so let us write it once: given `g` and the shape that
# the argument had before it was repeated, sum over the repeated axes. There
# are two kinds of these. Some are new: NumPy puts them in *front*. Others
# had the length 1, and were stretched.

# %%
def sum_to(g, shape):
    new = g.ndim - len(shape)
    g = g.sum(axis=tuple(range(new)))  # the axes that were put in front
    for axis, n in enumerate(shape):
        if n == 1:
            g = g.sum(axis=axis, keepdims=True)  # those of length 1
    return g

print(sum_to(g, (3,)), sum_to(g, (2, 1)).tolist(), sum_to(g, ()))

# %% [markdown]
# **Check.** A second way to get the same numbers: nudge each element of `b`
# a little, and watch $L$. We choose an $L$ that has exactly this `g` as its
# gradient: multiply each element of the result by its number in `g`, and add
# everything up.

# %%
def L_of(b):
    return ((h + b) * g).sum()

tiny = 1e-6
for j in range(3):
    nudge = tiny * np.eye(3)[j]  # tiny at place j, 0 elsewhere
    slope = (L_of(b + nudge) - L_of(b - nudge)) / (2 * tiny)
    print(f"dL/db_{j + 1} = {slope:.6f}")
    assert math.isclose(slope, sum_to(g, (3,))[j], rel_tol=1e-6)

# %% [markdown]
# With `sum_to`, addition and multiplication take arrays of any shapes that
# fit together.

# %%
def plus(a, b):
    return Node(
        a.value + b.value,
        (a, lambda g: sum_to(g, a.value.shape)),
        (b, lambda g: sum_to(g, b.value.shape)),
    )

def times(a, b):
    return Node(
        a.value * b.value,
        (a, lambda g: sum_to(g * b.value, a.value.shape)),
        (b, lambda g: sum_to(g * a.value, b.value.shape)),
    )

# %% [markdown]
# Taking the mean is the other way round. Each element has contributed to the
# result, with the weight $1/n$. So on the way back each gets $g / n$. What
# was summed on the way forward is repeated on the way back.

# %%
def mean(x):
    shape, n = x.value.shape, x.value.size
    y = x.value.mean()
    return Node(y, (x, lambda g: np.broadcast_to(g / n, shape)))

# %% [markdown]
# ## The matrix product
#
# One rule is left, and it is the one that networks spend their time on: the
# matrix product $y = xW$. Here `x` has the shape `(N, D)`, `W` has `(D, H)`,
# and so `g` has `(N, H)`, like the result.
#
# **Predict.** The gradients must come out in the shapes of `x` and of `W`.
# Which products of `g` with `W`, and of `x` with `g`, are possible at all?
# (A table may be turned on its side first.)

# %% [markdown]
# From `g` and `W` only `g @ W.T` has the shape of `x`, and from `x` and `g`
# only `x.T @ g` has that of `W` (`.T` turns a table on its side). That is how
# people remember the formulas. But a shape that fits proves nothing (what if
# all the sizes are equal?), so let us derive them.
#
# Begin with the smallest case worth looking at: a row of two numbers times a
# table of two columns.
# $$y_1 = x_1 W_{11} + x_2 W_{21}, \qquad y_2 = x_1 W_{12} + x_2 W_{22}$$
#
# How does $L$ depend on $x_1$? It stands in both lines. In $y_1$ it is
# multiplied by $W_{11}$, and in $y_2$ by $W_{12}$. Two arrows leave $x_1$,
# so we add what comes back along them:
# $$\frac{dL}{dx_1} = g_1 W_{11} + g_2 W_{12}$$
# That is `g` times the first *row* of `W`. For $x_2$ it is the second row. So
# all of them together are `g` times `W` turned on its side, its rows made
# into columns. This is written $W^\top$ (in NumPy `W.T`), and is called the
# **transpose** of $W$:
# $$\frac{dL}{dx} = g\, W^\top$$
#
# How does $L$ depend on $W_{21}$? It stands in one place, in $y_1$, and is
# multiplied by $x_2$ there. So $dL/dW_{21} = x_2 g_1$. In the same way
# $dL/dW_{kj} = x_k g_j$ for every row $k$ and column $j$.
#
# That was one image. With a batch of $N$ images, `x` has $N$ rows. Each row
# uses the same `W`. So each weight is used $N$ times, and the contributions
# are added up:
# $$\frac{dL}{dW_{kj}} = \sum_{i=1}^N x_{ik}\, g_{ij} \quad\text{that is}\quad
# \frac{dL}{dW} = x^\top g$$
#
# For `x` nothing is new. Row $i$ of `x` goes into row $i$ of the result and
# into no other, so each row has the formula above, and $dL/dx = g\, W^\top$
# holds for all rows at once.
#
# So the shapes were right. In a picture, with five images: what is blue on
# the left, in two tables, makes what is blue on the right.

# %% Lit cells tags=["hide-input"]
def lit(rows, columns, row=slice(None), column=slice(None)):
    cells = np.zeros((rows, columns))
    cells[row, column] = 1
    return cells

# %% The cells tags=["hide-input"]
def show_cells(panels, name, title, caption):
    figure = draw.matrix(
        panels=panels, numbers=".0f", title=title, caption=caption
    )
    for text in figure.axes[0].texts:
        text.set_visible(text.get_text() not in ("0", "1"))
    keep(figure, name)

# %% The product in cells tags=["hide-input"]
show_cells(
    {"x, row i": lit(5, 4, row=2), "W, column j": lit(4, 3, column=1),
     "y = x W, at i, j": lit(5, 3, 2, 1)},
    "product", "The product",
    "An element of y is made of a row of x and a column of W.",
)  # fmt: skip
show_cells(
    {"x, column k": lit(5, 4, column=3),
     "g, column j": lit(5, 3, column=1),
     "dL/dW, at k, j": lit(4, 3, 3, 1)},
    "product_back", "What comes back to W",
    "A weight at k, j meets column k of x, and all that they make lies in "
    "column j of y. So it hears from column j of g.",
)  # fmt: skip

# %%
def matmul(x, W):
    return Node(
        x.value @ W.value,  # (N, D) @ (D, H) -> (N, H)
        (x, lambda g: g @ W.value.T),  # (N, H) @ (H, D) -> (N, D)
        (W, lambda g: x.value.T @ g),  # (D, N) @ (N, H) -> (D, H)
    )

# %% [markdown]
# All the rules that a layer needs are there. Here they are on its graph.

# %% The layer's graph, and what comes back tags=["hide-input"]
nodes = {
    "x": "x\n(N, D)", "W": "W\n(D, H)", "b": "b\n(H,)",
    "xW": "x W\n(N, H)", "sum": "x W + b\n(N, H)",
    "y": "y = tanh\n(N, H)", "L": "L",
}  # fmt: skip
keep(
    draw.graph(
        nodes,
        [("x", "xW"), ("W", "xW"), ("xW", "sum"), ("b", "sum"),
         ("sum", "y"), ("y", "L")],
        back=["g Wᵀ", "xᵀ g", "g", "sum g", "g(1 − y²)", "dL/dy"],
        title="A rule on each arrow",
        caption="Grey, the way forward, with the shape of each array. "
        "Red, what each rule sends back: g is the gradient of the node "
        "that the red arrow comes from. It has that node's shape.",
    ),
    "layer",
)

# %% [markdown]
# We check all of them by nudging, below.
#
# ## The engine
#
# In lesson 1, `backward` stored each gradient in its node. There it could go
# stale. This time we do it as the library does: a function `gradients` is
# given the loss and the nodes that we ask for, keeps all sums in a
# dictionary of its own, and returns what we asked for. Nothing is left
# behind, and so nothing can be stale.

# %%
def in_order(loss):
    order, seen = [], set()

    def visit(y):
        if y not in seen:
            seen.add(y)
            for a, rule in y.made_of:
                visit(a)
            order.append(y)  # after everything it is made of

    visit(loss)
    return order

def gradients(loss, wanted):
    sums = {loss: np.ones(())}
    for y in reversed(in_order(loss)):
        for a, rule in y.made_of:
            sums[a] = sums.get(a, 0.0) + rule(sums[y])
    return [sums[a] for a in wanted]

# %% [markdown]
# `in_order` is that of lesson 1. And where `backward` said
# `x.grad += local * y.grad`, we now have `rule(sums[y])`, and the sum is kept
# in the dictionary.
#
# **Check.** A layer, with a bias `b` added and a bend, and the mean of its
# squares as the loss. We compare one gradient with nudges, element by element.

# %%
x, W, b = (Node(rng.standard_normal(s)) for s in ((4, 3), (3, 2), (2,)))

def loss_of(x, W, b):
    y = tanh_of(plus(matmul(x, W), b))
    return mean(times(y, y))

def nudged(node, index, by):
    node.value[index] += by
    loss = loss_of(x, W, b).value
    node.value[index] -= by
    return loss

for name, node in (("x", x), ("W", W), ("b", b)):
    (found,) = gradients(loss_of(x, W, b), [node])
    worst = 0.0
    for index in np.ndindex(node.value.shape):
        up, down = nudged(node, index, tiny), nudged(node, index, -tiny)
        worst = max(worst, abs((up - down) / (2 * tiny) - found[index]))
    print(f"dL/d{name}, shape {found.shape}: off by at most {worst:.1e}")
    assert worst < 1e-8, f"the gradient with respect to {name} is wrong"

# %% [markdown]
# ## It learns to read digits
#
# Now let us give it some work. The data are 1,797 handwritten digits, 8
# times 8 pixels each. We want a machine that looks at an image and says
# which digit it is.
#
# The simplest such machine is a single layer, $xW + b$. It has ten outputs,
# one for each digit. We ask for a 1 at the right digit and for 0 at the nine
# others, and the machine's answer is the digit with the largest output. The
# loss is the mean squared error, as in lesson 1.

# %%
digits = data.load(knobs.data)
X, labels = digits.train_images, digits.train_labels
classes = int(labels.max()) + 1
targets = np.eye(classes)[labels]  # (N, 10): a 1 at the right digit
W = Node(np.zeros((X.shape[1], classes)))
b = Node(np.zeros(classes))

def accuracy(images, labels):
    answers = (images @ W.value + b.value).argmax(axis=1)
    return (answers == labels).mean()

# %%
def train(steps):
    for _ in range(steps):
        rows = rng.integers(0, len(X), batch)  # some images, at random
        outputs = plus(matmul(Node(X[rows]), W), b)  # (batch, 10)
        error = minus(outputs, Node(targets[rows]))
        loss = mean(times(error, error))
        for w, g in zip((W, b), gradients(loss, [W, b]), strict=True):
            w.value = w.value - lr * g
        yield float(loss.value)
        if loss.value > 1e6:
            print("The loss has passed a million. We stop here.")
            return

# %% [markdown]
# All weights start at 0 this time. In lesson 1 that would have stopped
# everything: $w$ and $b$ wait for $v$, whose 0 multiplies their gradients,
# and $v$ waits for them, since $\tanh(0) = 0$. Here there is one layer, and
# no weight is a factor of its gradient $x^\top g$. The network below may not
# start so.
#
# **Predict.** Of a hundred images that it has never seen, how many will this
# single layer read rightly after its training? (A guess would be right one
# time in ten.)

# %%
history = list(progress(train(steps), steps, "loss {:.3f}".format))
right = accuracy(digits.test_images, digits.test_labels)
print(f"{right:.1%} of {len(digits.test_labels)} unseen images are right")
claim(right > 0.88, "more than 88 % are right", f"{right:.1%}")

# %% [markdown]
# What has it learnt? Each output has 64 weights, one for each pixel. So we
# can draw the weights of each output as an image.
#
# **Predict.** What will the weights of the output for 0 look like?

# %% What each output looks for tags=["hide-input"]
H, W_pixels = digits.image_shape
keep(
    draw.matrix(
        panels={
            str(digit): W.value[:, digit].reshape(H, W_pixels)
            for digit in range(min(classes, 10))
        },
        numbers="",
        title="Ten outputs, and what each of them looks for",
        caption="The 64 weights of each output, laid out like the pixels. "
        "Blue: ink here counts for this digit. Orange: ink here counts "
        "against it.",
    ),
    "weights",
)
claim(len(X) + len(digits.test_labels) == 1797, "there are 1,797 digits",
      f"{len(X) + len(digits.test_labels):,}")  # fmt: skip

# %% [markdown]
# Where a weight is blue, ink counts for this digit, and where it is orange,
# ink counts against it. For the 0, ink on a
# ring counts as a sign of a 0, and ink in the middle is a sign against it.
# Nobody has described a 0 to it. It had examples with their labels, a loss,
# and the gradients.
#
# ## One more layer
#
# A single layer can only weigh pixels and add up. It cannot say "this pixel,
# but only if that one is white, too". Will a second layer behind it help? We
# try it twice: once with nothing between the two layers, and once with tanh.
# Both are small neural networks, with a few thousand weights.
#
# **Predict.** What has to change in the engine? And what will the layers
# without the bend gain over the single one?

# %%
inputs = X.shape[1]

def new_weights():
    shapes = ((inputs, hidden), (hidden, classes))
    W1, W2 = (rng.standard_normal(s) / math.sqrt(s[0]) for s in shapes)
    return [Node(a) for a in (W1, np.zeros(hidden), W2, np.zeros(classes))]

# %%
def straight(x):
    return x

def network(x, weights, bend):
    W1, b1, W2, b2 = weights
    h = bend(plus(matmul(x, W1), b1))  # (N, D) -> (N, hidden)
    return plus(matmul(h, W2), b2)  # (N, hidden) -> (N, 10)

# %% [markdown]
# The training goes as before, with four arrays in place of two.

# %%
def train_network(weights, bend, steps):
    for _ in range(steps):
        rows = rng.integers(0, len(X), batch)
        outputs = network(Node(X[rows]), weights, bend)
        error = minus(outputs, Node(targets[rows]))
        loss = mean(times(error, error))
        found = gradients(loss, weights)
        for w, g in zip(weights, found, strict=True):
            w.value = w.value - lr * g
        yield float(loss.value)
        if loss.value > 1e6:
            print("The loss has passed a million. We stop here.")
            return

# %%
shares = {"one layer": right}
for name, bend in (("two, no bend", straight), ("two and tanh", tanh_of)):
    weights = new_weights()
    training = train_network(weights, bend, more_steps)
    for _ in progress(training, more_steps, "loss {:.4f}".format):
        pass
    outputs = network(Node(digits.test_images), weights, bend).value
    answers = outputs.argmax(axis=1)
    shares[name] = (answers == digits.test_labels).mean()
for name, share in shares.items():
    wrong = round((1 - share) * len(digits.test_labels))
    print(f"{name:12}  {share:.1%} of the unseen images are right, "
          f"{wrong} mistakes")  # fmt: skip
gain = shares["two and tanh"] - shares["two, no bend"]
claim(gain > 0.01, "the bend is worth more than a point", f"{gain:.1%}")

# %% [markdown]
# Nothing has to change in the engine. It finds the gradients of all four
# arrays by the same lines, as it would for twenty.
#
# And two layers without a bend are worth no more than one. They could not
# be: $(xW_1 + b_1)W_2 + b_2$ is $x$ times the table $W_1 W_2$, plus
# something that does not depend on $x$. That is *one layer*. The bend makes
# the difference: the mistakes fall from 21 of the 299 images to 11. (It takes
# more steps. Lesson 4 asks how such weights should begin, and lesson 5 how
# to step.)

# %% [markdown]
# ## What the library adds
#
# `scratchgen`, the library of this course, has the same engine. Its nodes
# are called `Tensor`, and our `gradients(loss, wanted)` is its
# `grad(loss, wanted)`. An operation such as `tanh` is called an **op** there,
# and its rules stand right beside it. This is the whole of it:
#
#     @op
#     def tanh(x):
#         return array_module(x).tanh(x)
#
#     tanh.gradients(
#         x=lambda g, y, x: g * (1 - y * y),
#     )
#
# A rule is given `g`, then the op's own result `y`, then its arguments. You
# can make ops of your own in the same way, and `check_grad` compares their
# rules with differences (it is silent when they agree):

# %%
@op
def scale_columns(x, s):  # y_ij = x_ij s_j
    return x * s

scale_columns.gradients(
    x=lambda g, y, x, s: g * s,
    s=lambda g, y, x, s: engine.sum_to(g * x, s.shape),
)
check_grad(scale_columns, rng.random((2, 3)), rng.random(3))

# %% [markdown]
# Three things in the library go beyond our engine. Each of them cures
# something that would hurt otherwise.
#
# ### Only what was asked for
#
# Our `gradients` walks through the whole graph, and computes the gradient of
# everything. In the digits above it also computed the gradient with respect
# to the *images*: a product of a `(128, 10)` and a `(10, 64)` array, that
# nobody wanted. With several large layers this is a good part of the work.
#
# `grad` first looks which nodes lie *between* the loss and what was asked
# for. It visits only those.

# %%
calls = []

@op
def watched(x, name):  # y = x, but its rule tells when it is used
    return x * 1.0

def told(g, y, x, name):
    calls.append(name)
    return g

watched.gradients(x=told)
x, W = Tensor(np.ones((4, 3))), Tensor(np.ones((3, 2)))
loss = (watched(x, "images") @ watched(W, "weights")).sum()
grad(loss, W)
print("rules that were used:", calls)

# %% [markdown]
# The rule on the way to the images was never called.
#
# ### Arrays that are borrowed
#
# Our `sum_to` makes a copy of `g` even where there is nothing to sum. That is
# a waste of time and memory, so the library's returns `g` itself. But then,
# after a plus, two nodes hold *one and the same* array as their gradient. And
# what if another contribution arrives for one of them, and we add it up?
#
# **Predict.** In `gradients` we wrote `sums[a] = sums.get(a, 0.0) + ...`,
# which makes a new array each time. It would be faster to write
# `sums[a] += ...`, which adds into the array that is there. What would
# happen to the other node?

# %%
def careless(loss, wanted):
    sums = {loss: np.ones(())}
    for y in reversed(in_order(loss)):
        for a, rule in y.made_of:
            if a in sums:
                sums[a] += rule(sums[y])  # it was: sums[a] = sums[a] + ...
            else:
                sums[a] = rule(sums[y])
    return [sums[a] for a in wanted]

def same_shape_plus(a, b):  # returns g itself, twice
    return Node(a.value + b.value, (a, lambda g: g), (b, lambda g: g))

def three_and_one():
    x, z = Node(np.ones(2)), Node(np.ones(2))
    three_x = times(x, Node(3.0))
    total = same_shape_plus(three_x, same_shape_plus(x, z))
    return mean(times(total, total)), [x, z]

for find in (gradients, careless):
    by_x, by_z = find(*three_and_one())
    print(f"{find.__name__:10} dL/dx = {by_x}   dL/dz = {by_z}")

# %% [markdown]
# Here $L$ is the mean of $(4x + z)^2$, so $dL/dx$ is four times $dL/dz$. The
# careless version has added the contribution of $3x$ into an array that
# belonged to $z$, too. No error is raised, and both shapes are right. This
# is the kind of mistake that lesson 3 hunts for.
#
# The library has both: it is fast *and* right. It knows which arrays are
# borrowed. The second contribution to a borrowed array makes a new one; from
# then on the sum is the library's own, and further contributions are added
# into it.
#
# ### The second derivative comes free
#
# Our rules compute with arrays, so what they return has no history. In the
# library, a rule is made of ops. Given arrays, ops return arrays. Given
# Tensors, they return Tensors that remember what they were made of. So if
# `grad` hands its rules Tensors, then the gradient itself has a graph, and we
# can ask for *its* gradient. This is what `create_graph=True` asks for. In
# lesson 12 a GAN is trained with the gradient of a gradient.
#
# **Predict.** tanh rises everywhere, most steeply at 0. Where is its first
# derivative largest? And where does its second derivative cross zero?

# %%
x = Tensor(np.linspace(-3, 3, 121))
y = tanh(x)
first = grad(y.sum(), x, create_graph=True)
second = grad(first.sum(), x, create_graph=True)
exact = -2 * np.tanh(x.value) / np.cosh(x.value) ** 2
assert np.allclose(second.value, exact)

# %% tanh and its derivatives tags=["hide-input"]
keep(
    draw.curves(
        {"tanh": y.value, "first derivative": first.value,
         "second derivative": second.value}, x=x.value,
        xlabel="x", title="Two derivatives from one rule",
        caption="The first derivative is largest where tanh is steepest, "
        "at 0. There it neither rises nor falls, so the second one is 0.",
    ),
    "tanh",
)

# %% [markdown]
# (Why the `.sum()`? `grad` wants a single number to start from. Each element
# of the sum depends on its own $x_i$ only, so the gradient of the sum holds
# all the derivatives, one beside the other.)
#
# And the training from above, with the library? It is the same loop, in fewer
# words.

# %%
W = Tensor(np.zeros((X.shape[1], classes)))
b = Tensor(np.zeros(classes))
for _ in range(steps):
    rows = rng.integers(0, len(X), batch)
    error = X[rows].astype(float) @ W + b - targets[rows]
    loss = (error * error).mean()
    for w, g in zip((W, b), grad(loss, [W, b]), strict=True):
        w.value = w.value - lr * g
    if loss > 1e6:
        break
answers = (digits.test_images @ W.value + b.value).argmax(axis=1)
print(f"{(answers == digits.test_labels).mean():.1%} are right")

# %% [markdown]
# ## Looking back
#
# A node of the graph holds an array, and an arrow holds a rule: a function
# that is given the gradient of the result, and returns what goes back to one
# argument. What was repeated comes back as a sum, and what was summed comes
# back repeated. A matrix product comes back as two matrix products, with the
# other factor transposed. All else is lesson 1.
#
# PyTorch has this shape, too: a record of who was made of what, and a rule for
# each operation. It adds compiled code, and many kinds of hardware. (JAX goes
# another way to the same gradients: it follows the nudges first, and then
# turns that whole computation round.)
#
# *For those who know it:* the rule of a linear op is its **adjoint**. If
# $y = Ax$, then the arrow carries $A^\top$, and that is the map for which
# $\langle Ax, g \rangle = \langle x, A^\top g \rangle$ for all $x$ and $g$.
# `sum_to` is the adjoint of repeating, and the other way round.
#
# You can stop here: `j 50` leads to the experiments and the exercises, and
# the next lesson is 4 (or 3). Or you can look inside.

# %% [markdown]
# ## Appendix: inside the engine
#
# `scratchgen/engine.py` is about five hundred lines of code. Most of them are
# rules like ours, the operators that call them, and the words for what goes
# wrong; read them there when you like. Four functions are the engine itself,
# and these we read here. (`listing` prints a piece of the file, without
# docstrings.)
#
# ### Recording
#
# When an op is called with a Tensor, `_record` makes a node: a Tensor that
# keeps its op, its arguments, and a serial number. It also keeps the *version*
# that each argument had when it was used. The version of a weight goes up
# when it is given a new value.
#
# **Predict.** Why does it do that? Suppose that someone updates `w` after the
# loss was computed, and before its gradient is asked for. Whose gradient
# would that be: of the old weights, or of the new ones?

# %%
read = listing(engine._record)

# %%
def square_times_tanh(w):
    return mean(times(times(tanh_of(w), w), w))

old, new = Node([0.5]), Node([0.4])
for name, w in (("old", old), ("new", new)):
    (found,) = gradients(square_times_tanh(w), [w])
    print(f"gradient at the {name} weight: {found[0]:.3f}")
w = Node([0.5])
loss = square_times_tanh(w)
w.value = np.array([0.4])  # too early
(found,) = gradients(loss, [w])
print(f"our engine, after the update: {found[0]:.3f}")

# %%
w = Tensor(np.array([0.5]))
loss = (tanh(w) * w * w).sum()
w.value = np.array([0.4])
try:
    grad(loss, w)
except RuntimeError as error:
    print(f"RuntimeError: {error}")

# %% [markdown]
# It is the gradient of neither: half of the numbers in the graph are from
# before the update, and half from after it. Our engine says nothing, and the
# library refuses.
#
# ### `grad` itself
#
# Compare this with our `gradients`. `_path` finds what lies between the loss
# and what was asked for, and puts it in order. There is no `visit` that calls
# itself: every argument was made before its result and has a smaller serial
# number, so the nodes only need to be sorted. A chain of ten thousand ops is
# no problem.

# %%
read = listing(engine.grad, engine._path)

# %% [markdown]
# `_accumulate` adds up. It knows which sums are its own, and adds into those
# only. Everything else is borrowed, and stays as it is.

# %%
read = listing(engine._accumulate)

# %% [markdown]
# ### What can go wrong
#
# Here are four mistakes: to ask for the gradient of a loss that is no single
# number, or with respect to something that the loss does not depend on; to
# multiply a float32 array by a float64 one; and to make a node of whole
# numbers.
#
# **Predict.** Which of them does our own engine notice?

# %%
x, z = Node(np.ones(2)), Node(np.ones(2))
print("1:", gradients(times(x, x), [x])[0])
try:
    gradients(mean(times(x, x)), [z])
except KeyError as error:
    print("2: KeyError:", error)
print("3:", times(Node(np.ones(2, "float32")), x).value.dtype)
print("4:", Node(np.array([1, 2])).value.dtype)

# %% [markdown]
# Only the second, by a bare KeyError. For the first it gives, in silence, the
# gradient of the *sum*. And `Node` makes float64 of whatever it is given. Here
# is what the library says:

# %%
def refused(ask):
    try:
        answer = ask()
    except (TypeError, ValueError) as error:
        print(f"{type(error).__name__}: {error}\n")
        return
    raise AssertionError(f"this was meant to be refused, it gave {answer}")

# %%
x, z = Tensor(np.ones(2)), Tensor(np.ones(2))
refused(lambda: grad(x * x, x))
refused(lambda: grad((x * x).sum(), z))
refused(lambda: Tensor(np.ones(2, "float32")) * np.ones(2))
refused(lambda: Tensor(np.array([1, 2])))

# %% [markdown] tags=["footer"]
# ## Try
#
# 1. `lr=0.03`: A tenth of the learning rate. How many digits are right after
#    as many steps?
#
#    **Answer.** About 90 %, where it was 93 %. It learns the same thing more
#    slowly: the loss is at 0.052, and would go on falling. The bend needs its
#    steps even more: with and without it, two layers read 92.6 % here.
#
# 2. `lr=1.0`: Three times the learning rate. What does the loss do?
#
#    **Answer.** It grows. Each step goes too far, past the lowest point and up
#    the other side, and the next one goes further still. After some forty
#    steps the loss has passed a million, and the answers are guesses. With
#    two layers it is steeper, and takes 4 steps, or 13.
#
# 3. `batch=1`: One image in each step, in place of 128. Does it learn at all?
#
#    **Answer.** A little: some 40 % are right. Each step follows a single
#    image, and makes the answers for the other digits worse while it makes
#    this one better. The loss jumps up and down and does not settle. (With a
#    smaller learning rate it would: try `batch=1 lr=0.03`.) The two layers,
#    with more steps, come to 88 % and 92 %.
#
# ## Exercises
#
# `python -m lessons check 2` tests your answers to these.
#
# - *Change it*: `squared_distance`, the same number from a graph of at most
#   six nodes, however many rows there are.
# - *Build it*: `pick_rule`, the rule of an op that the lesson leaves out:
#   $y$ is `x[index]`. `outer`, an op with its rules, right to the second
#   derivative.
# - *Break it*: `shapes_it_gets_wrong` finds the shapes at which a `sum_to`
#   that goes by sizes sums over the wrong axis.
#
# ## Sources
#
# A. Griewank and A. Walther 2008, *Evaluating Derivatives*, chapters 3
# (reverse mode) and 5 (second order). A. Baydin et al. 2018, *Automatic
# Differentiation in Machine Learning: a Survey*, arXiv:1502.05767. U. Naumann
# 2009, *DAG reversal is NP-complete*. Lesson 3 proves what we derived.
#
# ## For maintainers
#
# **Takes** 40 minutes to read, 20 s to run. (The appendix takes another 10.)
# **Recorded** with quick=False data=digits seed=0 backend=numpy lr=0.3
# steps=400 hidden=32 more_steps=9000 batch=128 (2026-11-29)
# **Measured** over seeds 0, 1, 2: 93.0, 92.0, 92.3 % of unseen digits right
# (claimed above 88 %); with two layers and no bend 93.0,
# 92.6, 93.6 %, with tanh 96.3, 95.3, 96.7 % (claimed a point better).
