# %% [markdown]
# # 1. Derivatives, and an engine that finds them
#
# The first picture of this lesson shows thirteen dots, and a curve that
# misses most of them. The curve is drawn by a small machine with eighteen
# adjustable numbers inside, its weights. They are set at random, and we
# would like to change them until the curve runs through the dots.
#
# Should the first number go up or down, and how far? And the other
# seventeen? The nets of this course have half a million such numbers, and
# the largest in the world more than a hundred billion. Nobody sets those by
# hand.
#
# In this lesson, some forty lines of our own Python find the answer for each
# of the eighteen. They use the method that trains nearly every neural
# network you have heard of: backpropagation. You need some Python, and from
# school the derivative.

# %%
import math

import numpy as np

# keep shows a figure, claim holds the text to this run
from lessons.support import claim, keep, options, progress
from scratchgen import Tensor, draw, grad

# %% Knobs
knobs = options("derivatives", seed=0)
neurons = 6  # each of them has three of the numbers
spread = 1.0  # how far from zero the random numbers reach
lr = 0.1  # the learning rate: times the gradient, this is one step
steps = 20 if knobs.quick else 2000  # how often all numbers move

# %% [markdown]
# Here are the dots, and the eighteen numbers to begin with. (The dots lie on
# a sine curve. The machine is not told so: it sees the dots alone.)

# %%
places = np.linspace(-3, 3, 13).tolist()  # the x of each dot
heights = [math.sin(x) for x in places]
rng = np.random.default_rng(knobs.seed)
start = spread * rng.standard_normal((neurons, 3))

# %% Dots and curve tags=["hide-input"]
grid = np.linspace(-4, 4, 161)
SHADES = ["#b5c9e6", "#8fb4e3", "#5c8fd0", "#2f62a5", "#0b2f63"]
INKS = ["#7390bd", "#5f8fcc", "#4a7cbd", "#2f62a5", "#0b2f63"]  # to read


def drawn_by(numbers, x=grid):
    w, b, v = np.transpose(numbers)
    return np.tanh(np.outer(x, w) + b) @ v


def show_curves(curves, name, title, caption):
    """Draw the dots, and curves that grow darker as time goes on."""
    within = {label: np.clip(y, -2.5, 2.5) for label, y in curves.items()}
    if any((y != within[label]).any() for label, y in curves.items()):
        caption += " A curve that leaves the picture goes on outside."
    figure = draw.curves(
        within | {"sin x": np.sin(grid)}, x=grid, xlabel="x",
        title=title, caption=caption,
    )  # fmt: skip
    axes = figure.axes[0]
    frame = axes.get_ylim()
    for line, y in zip(axes.lines, curves.values(), strict=False):
        line.set_ydata(y)
    axes.set_ylim(frame)
    shades = [*SHADES[-len(curves) :], "#8c8c8c"]
    inks = [*INKS[-len(curves) :], "#6b6b6b"]
    for i, label in enumerate(axes.texts):
        axes.lines[i].set_color(shades[i])
        label.arrow_patch.set_color(shades[i])
        label.set_color(inks[i])
    axes.lines[-1].set(linestyle=":", linewidth=1)
    axes.plot(places, heights, "o", color="#d9601a", markersize=4)
    keep(figure, name)


show_curves(
    {"the curve": drawn_by(start)}, "start", "Eighteen numbers to change",
    "The orange dots are what we want. The blue curve is what eighteen "
    "random numbers draw. Which way should each number go?",
)  # fmt: skip

# %% [markdown]
# ## What a derivative says
#
# We begin with something much smaller: three lines of arithmetic. Two
# numbers go in, and one, $L$, comes out.

# %%
def f(a, b):
    c = a * b
    d = a + c
    L = c * d
    return L

print("L =", f(3, 2))

# %% [markdown]
# Suppose that we want $L$ to be smaller. Should $a$ go up or down, and does
# it matter much? The simplest way to find out is to try. We *nudge* $a$: we
# raise it by a thousandth, leave $b$ alone, and look at $L$.
#
# **Predict.** When $a$ rises by a thousandth, by how much does $L$ rise: about
# as much, some four times as much, or more than ten times as much?

# %%
h = 0.001
rise = f(3 + h, 2) - f(3, 2)
print(f"L rises by {rise:.6f}: {rise / h:.3f} times as much as a")

# %% [markdown]
# So at this place $L$ rises about 36 times as fast as $a$. This rate of
# exchange is the **derivative** of $L$ with respect to $a$, written $dL/da$:
# how fast $L$ changes as $a$ changes, while everything else that goes in
# stays as it is. It is positive, so to make $L$ smaller, $a$ has to go
# *down*.
#
# But 36.006 times is slightly too much, because our nudge is not infinitely
# small. If we nudge down in place of up, we get 35.994, which is too little by
# as much. So we nudge both ways and compare the two ends. Then the two errors
# cancel:

# %%
slope_a = (f(3 + h, 2) - f(3 - h, 2)) / (2 * h)
print(f"dL/da = {slope_a:.6f}")
assert math.isclose(slope_a, 36, rel_tol=1e-6)

# %% [markdown]
# To measure a derivative like this is called **finite differences**. It works
# for any function, and we shall check our results with it. But it takes two
# runs of `f` for *each* number that goes in. A net with a hundred thousand
# weights would have to run two hundred thousand times before it could change
# them once.
#
# We want all derivatives at once, for about the price of a few runs. To see
# how that can be, let us look at where the 36 comes from.
#
# ## Following the nudge
#
# We draw the three lines of `f` as a **computational graph**: a box (a
# *node*) for each number, and an arrow from each number to every number that
# is computed from it. A nudge travels along the arrows. When $a$ rises by
# 0.001 and $b$ stays at 2, then $c = ab$ rises twice as much, by 0.002.
#
# **Predict.** By how much does $d = a + c$ rise?

# %% The nudge tags=["hide-input"]
edges = [("a", "c"), ("b", "c"), ("a", "d"), ("c", "d"), ("c", "L"),
         ("d", "L")]  # fmt: skip
labels = {"a": "a = 3", "b": "b = 2", "c": "c = ab = 6",
          "d": "d = a + c = 9", "L": "L = cd = 54"}  # fmt: skip
nudged_c = (3 + h) * 2
nudged_d = (3 + h) + nudged_c
assert round((f(3, 2) - f(3 - h, 2)) / h, 3) == 35.994  # nudged down
rise_by_c = (6 + h) * (9 + h) - 54  # if c alone is nudged
assert round(rise_by_c, 3) == 0.015
rises = {"a": h, "c": nudged_c - 6, "d": nudged_d - 9, "L": rise}
notes = {node: f"+ {much:.3f}" for node, much in rises.items()}
print(*(f"{node} rises by {much:.3f}" for node, much in rises.items()),
      sep=", ")  # fmt: skip
keep(draw.graph(
    labels, edges, notes=notes | {"b": "stays"},
    edge_labels=["× 2", "× 3", "× 1", "× 1", "× 9", "× 6"],
    title="A nudge of a travels to L",
    caption="In red, by how much each number rises. Each arrow says by "
    "how much it multiplies a nudge, and nudges that meet add up."),
    "nudge")  # fmt: skip

# %% [markdown]
# Two nudges arrive at $d$: the 0.001 straight from $a$, and the 0.002 by which
# $c$ rises. They add up, and $d$ rises by 0.003. Two arrive at $L = cd$, too.
# The nudge of $c$ counts $d = 9$ times, the nudge of $d$ counts $c = 6$
# times, and $0.002 \cdot 9 + 0.003 \cdot 6 = 0.036$. (The odd
# end of the 0.036006 by which $L$ rises is $0.002 \cdot 0.003$. The smaller
# the nudge, the less it matters.)
#
# The number on an arrow is a **local derivative**: the derivative of a single
# step with respect to one of the numbers that go into that step. We know
# these from school. For $c = ab$ they are $b$ with respect to $a$, and $a$
# with respect to $b$. For $d = a + c$ both are 1. For $L = cd$ they are $d$
# with respect to $c$, and $c$ with respect to $d$.
#
# Now we can say where the 36 comes from. Three paths lead from $a$ to $L$,
# and on each of them the nudge is multiplied by every arrow that it passes:
#
# - $a \to d \to L$ gives $1 \cdot 6 = 6$,
# - $a \to c \to d \to L$ gives $2 \cdot 1 \cdot 6 = 12$,
# - $a \to c \to L$ gives $2 \cdot 9 = 18$,
#
# and $6 + 12 + 18 = 36$. This is the **chain rule** for graphs: multiply
# along each path, and add up the paths.
#
# ## Too many paths
#
# Could a program do just that, and walk all paths one by one? In our graph
# there are three. But look at what happens when numbers are used twice.
#
# **Predict.** We double a number three times: $y = x + x$, then $z = y + y$,
# then $u = z + z$. How many paths lead from $x$ to $u$?

# %% The paths tags=["hide-input"]
doublings = [("x", "y"), ("x", "y"), ("y", "z"), ("y", "z"), ("z", "u"),
             ("z", "u")]  # fmt: skip
keep(draw.graph(
    {"x": "x", "y": "y = x + x", "z": "z = y + y", "u": "u = z + z"},
    doublings, title="Six arrows, eight paths",
    notes={"x": "start", "y": "2 paths", "z": "4 paths", "u": "8 paths"},
    caption="In red, how many paths lead there from x. Each doubling adds "
    "two arrows, and doubles the number of paths."), "paths")  # fmt: skip

# %% [markdown]
# There are eight, two ways at each doubling: $2 \cdot 2 \cdot 2$. After fifty
# doublings there are a hundred arrows, and more than a million times a
# billion paths. No computer walks them all. But it need not, since the paths
# share most of their arrows.
#
# ## From the end to the beginning
#
# Look at the graph of `f` again. Two of the three paths from $a$ go through
# $c$, and so do all paths from $b$. What happens *behind* $c$, between $c$
# and $L$, is the same for all of them. So we work it out once: how fast does
# $L$ rise when $c$ does? That is $dL/dc$. Once we know it, $a$ and $b$ need
# only the one arrow that leads them to $c$.
#
# For $dL/dc$ we need $dL/dd$ in the same way, and so on until the end, where
# we know the answer: $dL/dL = 1$, since $L$ rises exactly as much as itself.
# So let us begin there, and go back node by node.
#
# One arrow leaves $d$. It leads to $L$, and $c$ stands on it:
# $$\frac{dL}{dd} = \frac{dL}{dL} \cdot c = 1 \cdot 6 = 6$$
# Two arrows leave $c$: one to $L$, with $d$ on it, and one to $d$, with 1 on
# it. Both are ways to move $L$, so we add them up:
# $$\frac{dL}{dc} = \frac{dL}{dL} \cdot d + \frac{dL}{dd} \cdot 1 = 9 + 6 = 15$$
# The same rule holds for every node $x$ of every graph. The sum runs over the
# arrows that leave it, each leading to some $y$:
# $$\frac{dL}{dx} = \sum_y \frac{dL}{dy} \cdot \frac{\partial y}{\partial x}$$
# with $dL/dy$ known already. The two kinds of d are different on purpose.
# $\partial y / \partial x$, with round d's, is the number on the arrow: this
# one step, with its other argument held still. (It is called a **partial
# derivative**.) $dL/dx$ counts every path to the end. For $c$ and $L$ they
# differ: $\partial L / \partial c = d = 9$, but $dL/dc = 15$, because $c$ moves
# $d$ as well. ($c$ is no input. We imagine that 0.001 is added to it after it
# was computed, with $a$ and $b$ left alone, and that all behind it follows:
# $c = 6.001$, $d = 9.001$, and $L$ rises by 0.015. For an input of $L$ the
# two kinds agree, and most books write $\partial L / \partial a$ there.)
#
# **Predict.** Two nodes are left. What is $dL/db$? (One arrow leaves $b$. It
# leads to $c$, and $a$ stands on it.)

# %%
a, b = 3.0, 2.0
c = a * b
d = a + c
L = c * d

dL_dL = 1.0
dL_dd = dL_dL * c
dL_dc = dL_dL * d + dL_dd * 1  # two arrows leave c
dL_db = dL_dc * a
dL_da = dL_dd * 1 + dL_dc * b  # two arrows leave a
print(f"dL/dd = {dL_dd:.0f}, dL/dc = {dL_dc:.0f}")
print(f"dL/db = {dL_db:.0f}, dL/da = {dL_da:.0f}")

# %% The gradients tags=["hide-input"]
gradients = {"a": dL_da, "b": dL_db, "c": dL_dc, "d": dL_dd, "L": dL_dL}
sums = {"a": "6 + 30 = ", "c": "9 + 6 = "}
notes = {n: f"{sums.get(n, '')}{x:.0f}" for n, x in gradients.items()}
on_edges = ["b = 2", "a = 3", "1", "1", "d = 9", "c = 6"]
keep(draw.graph(
    labels, edges, notes=notes, edge_labels=on_edges,
    back=["30", "45", "6", "6", "9", "6"],
    title="Values go right, gradients come back left",
    caption="In red, the derivative of L with respect to each node. A red "
    "arrow brings the gradient of the node that it comes from, times the "
    "number on the grey arrow beside it. What arrives is added up."),
    "graph")  # fmt: skip

# %% [markdown]
# $dL/db = 15 \cdot 3 = 45$: the gradient of $c$, times what stands on the
# arrow, and that is $a$. And $dL/da = 6 \cdot 1 + 15 \cdot 2 = 36$, the same
# as by the three paths.
#
# One walk from the end to the beginning has used each arrow once, and has
# found the derivative with respect to *every* node, $a$ and $b$ among them.
# This is **backpropagation**: computing the derivative of one number with
# respect to everything that it was made of, by walking back through the
# graph once. The walk is the **backward pass**. Computing the values, which
# comes before it, is the **forward pass**.
#
# The derivatives with respect to all the numbers that go in, here $(36, 45)$
# for $(a, b)$, together are the **gradient** of $L$. In practice each single
# one of them is called a gradient, too, and we do the same.
#
# Why backwards, when the nudge went forwards? A nudge tells us about one
# input only, and the walk back serves all inputs at once. It has to start at
# a single number. But that is our situation exactly: very many weights, and
# one number that says how well we are doing. (To follow a nudge is called
# **forward mode**: one walk for each number that goes in. Going back is
# **reverse mode**: one walk for each number that comes out.)
#
# **Check.** We have not measured $dL/db$ before. Here are both again, by
# finite differences.

# %%
slope_b = (f(3, 2 + h) - f(3, 2 - h)) / (2 * h)
print(f"measured: dL/da = {slope_a:.4f}, dL/db = {slope_b:.4f}")
assert math.isclose(dL_da, slope_a, rel_tol=1e-6)
assert math.isclose(dL_db, slope_b, rel_tol=1e-6)

# %% [markdown]
# ## A number that remembers
#
# We would like Python to do this for any computation. But once it has
# computed `c = a * b`, it keeps the 6 and forgets where it came from. So we
# make a kind of number that remembers.
#
# A `Value` holds its number, and what it was made of: for each arrow that
# arrives, a pair of the node that it comes from and the local derivative on
# it. Its gradient is 0 until we know better.

# %%
class Value:
    def __init__(self, value, *made_of):
        self.value = value
        self.made_of = made_of  # pairs (node, local derivative)
        self.grad = 0.0

    def __add__(a, b):
        return Value(a.value + b.value, (a, 1.0), (b, 1.0))

    def __mul__(a, b):
        return Value(a.value * b.value, (a, b.value), (b, a.value))

# %% [markdown]
# Python calls `__add__` for `a + b`, and `__mul__` for `a * b`. Each of them
# is one line: the result, and beside it what we know from school.
#
# Let us compute our example with such numbers, and ask $L$ what it remembers.

# %%
def example():
    a, b = Value(3.0), Value(2.0)
    c = a * b
    d = a + c
    return a, b, c * d

a, b, L = example()
for node, local in L.made_of:
    print(f"L was made of {node.value}, with {local} on the arrow")

# %% [markdown]
# These are the two arrows that arrive at $L$ in the picture. The nodes $c$
# and $d$ remember theirs in the same way, back to $a$ and $b$. While we
# computed, the graph has drawn itself.
#
# ## Back, in the right order
#
# Now for the walk back. When we come to a node $y$, its gradient is known.
# Then, for each node `x` that an arrow comes from, we add what this arrow
# contributes:
#
#     x.grad += local * y.grad
#
# But when is it $y$'s turn? Its gradient has to be *complete*: every node
# that uses $y$ must have added its part before. So we list the nodes in such
# a way that each stands after everything that it is made of, and read the
# list from its end. Such a list is called a **topological order**.
#
# To make it, we visit a node by first visiting all that it is made of, and
# then putting the node itself on the list.

# %%
def in_order(last):
    order, seen = [], set()

    def visit(y):
        if y not in seen:
            seen.add(y)
            for x, _ in y.made_of:
                visit(x)
            order.append(y)  # after everything it is made of

    visit(last)
    return order

# %% [markdown]
# **Predict.** We call `in_order(L)`. The call `visit(L)` first visits $c$,
# then $d$. In which order do the five nodes come onto the list?

# %%
print([node.value for node in in_order(L)])
assert [node.value for node in in_order(L)] == [3, 2, 6, 9, 54]

# %% [markdown]
# That is $a$, $b$, $c$, $d$, $L$. When `visit` comes to $d$, both $a$ and $c$
# have been seen, so $d$ itself is next.
#
# With the list, the backward pass is four lines. They set the gradient of the
# last node to 1, and then use each arrow once.

# %%
def backward(last):
    last.grad = 1.0
    for y in reversed(in_order(last)):
        for x, local in y.made_of:
            x.grad += local * y.grad  # multiply along, add up

Value.backward = backward  # so that we can write L.backward()

# %%
a, b, L = example()
L.backward()
print(f"dL/da = {a.grad}, dL/db = {b.grad}")
assert (a.grad, b.grad) == (36, 45)

# %% [markdown]
# It finds what we found by hand. That is the whole engine. All that is missing
# is more operations, and each of those is one more method. We shall need
# differences, powers, and a function called tanh that we come to in a moment:
# $$\tanh(x) = \frac{e^x - e^{-x}}{e^x + e^{-x}}$$
# By the quotient rule, its derivative is $1 - \tanh^2(x)$.

# %%
def subtract(a, b):
    return Value(a.value - b.value, (a, 1.0), (b, -1.0))

def power(a, n):  # n is a plain number
    return Value(a.value**n, (a, n * a.value ** (n - 1)))

def tanh(a):
    y = math.tanh(a.value)
    return Value(y, (a, 1 - y * y))

Value.__sub__, Value.__pow__, Value.tanh = subtract, power, tanh

# %% [markdown]
# And the fifty doublings, with their million billion paths? (An operation
# wants a `Value` on both sides, so we write `Value(1.0)` for a 1.)

# %%
x = Value(1.0)
y = x
for _ in range(50):
    y = y + y
y.backward()
arrows = sum(len(node.made_of) for node in in_order(y))
print(f"gradient {x.grad:,.0f}, after {arrows} arrows")
assert x.grad == 2**50

# %% [markdown]
# Each path contributes 1, so this gradient is the number of paths. A hundred
# arrows were enough to add them all up.
#
# ## A neuron bends a line
#
# Back to the dots. What kind of machine could draw a curve through them? The
# first idea is a straight line, $wx + b$. But it does not bend. Could we add
# up several? A sum of straight lines is a straight line again. So each part
# has to have a bend in it *before* we add.
#
# The function tanh bends. Near 0 it is nearly straight, with slope 1, and far
# out it levels off, at $-1$ on the left and at 1 on the right. A **neuron**
# is a line that was bent in this way, $\tanh(w x + b)$. Its weight $w$ says
# how steep it is, and its bias $b$ moves it to the left or to the right.
# Then we add up several neurons, each with a weight $v$ of its own, which
# says how high it counts:
# $$v_1 \tanh(w_1 x + b_1) + v_2 \tanh(w_2 x + b_2) + \dots$$

# %% What a neuron does tags=["hide-input"]
left, right = np.tanh(2 * grid + 3), -np.tanh(2 * grid - 3)
keep(draw.curves(x=grid, xlabel="x", panels={
    "One neuron, its numbers changed": {
        "tanh(x)": np.tanh(grid),
        "tanh(4x)": np.tanh(4 * grid),
        "tanh(x − 2)": np.tanh(grid - 2),
        "−1.5 tanh(x)": -1.5 * np.tanh(grid)},
    "Two neurons, and their sum": {
        "tanh(2x + 3)": left, "−tanh(2x − 3)": right,
        "their sum": left + right}},
    title="Lines that bend, added up",
    caption="One neuron is a step, up or down. Two of them make a hill, "
    "which no sum of straight lines could."), "neuron")  # fmt: skip

# %% [markdown]
# Many neurons put together are a neural network, or net for short. In ours,
# six neurons look at the same $x$. Each comes with a $w$, a $b$ and a $v$,
# which makes eighteen numbers. They are the **parameters** of the net: the
# numbers that it can change in order to learn.

# %% The network tags=["hide-input"]
units = [f"tanh(w{i} x + b{i})" for i in range(1, neurons + 1)]
small = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
times = [f"× v{i}".translate(small) for i in range(1, neurons + 1)]
keep(draw.graph(
    {"x": "x", "net": "net(x)"} | {u: u.translate(small) for u in units},
    [("x", u) for u in units] + [(u, "net") for u in units],
    edge_labels=[""] * neurons + times,
    title="The machine that draws the curve",
    caption="One number goes in, x, and one comes out, the height of the "
    "curve there. Every w, b and v is a number that we may change."),
    "net")  # fmt: skip

# %%
def new_net():
    return [[Value(x) for x in numbers] for numbers in start.tolist()]

def height(net, x):
    total = Value(0.0)
    for w, b, v in net:
        total = total + v * (w * Value(x) + b).tanh()
    return total

# %% [markdown]
# How well does the net do? At each of the thirteen places we take the error,
# the height of the curve minus that of the dot. We square it, so that too low
# counts like too high. The mean of the thirteen squares is the **mean squared
# error**, and it is our $L$. A number that says how badly a net is doing, and
# that training should make small, is called its **loss**.

# %%
def loss_of(net):
    total = Value(0.0)
    for x, wanted in zip(places, heights, strict=True):
        error = height(net, x) - Value(wanted)
        total = total + error**2
    return total * Value(1 / len(places))

# %%
net = new_net()
loss = loss_of(net)
nodes = in_order(loss)
arrows = sum(len(node.made_of) for node in nodes)
print(f"loss {loss.value:.3f}: {len(nodes)} nodes, {arrows} arrows")

# %% [markdown]
# This graph is larger than our example, but the engine does not mind. The walk
# back multiplies and adds once for each arrow, about as much work as there was
# on the way forward, and it finds all eighteen gradients. Finite differences
# compute the whole loss 36 times. So let us ask the engine, and check it in
# this slow way:

# %%
loss.backward()
found = np.array([[number.grad for number in neuron] for neuron in net])
tiny = 1e-5

def loss_with(i, j, value):  # the loss if this number had that value
    numbers = new_net()
    numbers[i][j] = Value(value)
    return loss_of(numbers).value

for (i, j), x in np.ndenumerate(start):
    rise = loss_with(i, j, x + tiny) - loss_with(i, j, x - tiny)
    assert math.isclose(found[i, j], rise / (2 * tiny), abs_tol=1e-6)

print("           w  dL/dw          b  dL/db          v  dL/dv")
for numbers, row in zip(start, found, strict=True):
    pairs = zip(numbers, row, strict=True)
    print("   ".join(f"{x:9.3f} {slope:6.3f}" for x, slope in pairs))

# %% [markdown]
# There is the answer to our first question. The first number, at the top left,
# is $w_1 = 0.126$, and its gradient $dL/dw_1$ is 0.771. That is positive: if
# $w_1$ goes up, the loss goes up. So it has to go *down*. The other seventeen
# stand beside it. The $w$ of the fourth neuron hardly matters, with a $dL/dw$
# of 0.006, since all that this neuron does is multiplied by $v_4 = 0.041$.
#
# ## Gradient descent
#
# And how far? The gradient is the slope of the loss at the place where we
# are, and it holds only close by. So we move against it, a little:
# $$w \leftarrow w - lr \cdot \frac{dL}{dw}$$
# The number $lr$ is the **learning rate**: it says how far we go in a step.
# With 0.1, $w_1$ goes to $0.126 - 0.1 \cdot 0.771 = 0.049$. Then we compute
# the gradient anew, and move again. This is **gradient descent**. Here is
# what it does with $w_1$ alone, the other seventeen held still.
#
# **Predict.** What happens if the learning rate is three times as large? And
# if it is twenty times as large?

# %% Steps in a valley tags=["hide-input"]
def losses_at(values):
    trial = np.repeat(start[None], len(values), axis=0)
    trial[:, 0, 0] = values
    errors = [drawn_by(n, places) - heights for n in trial]
    return np.square(errors).mean(axis=1)


def slope_at(w):
    up, down = losses_at([w + tiny, w - tiny])
    return (up - down) / (2 * tiny)


across = np.linspace(-2, 1, 151)
walks = {}
for rate in (0.1, 0.3, 2.0):
    walk = [start[0, 0]]
    for _ in range(30 if rate == 2 else 6):
        walk.append(walk[-1] - rate * slope_at(walk[-1]))
    walks[f"learning rate {rate}"] = np.array(walk)
curve = {"loss": losses_at(across)}
figure = draw.curves(
    panels={"the slope at the start": curve} | dict.fromkeys(walks, curve),
    x=across, xlabel="w₁", title="The loss as one number changes",
    caption="Top left, the slope that the gradient tells. Then six steps "
    "that creep down, six that land at the bottom, and thirty that leap "
    "out of the valley again and again.")  # fmt: skip
near = start[0, 0] + np.array([-0.3, 0.3])
tangent = losses_at(start[:1, 0]) + (near - start[0, 0]) * found[0, 0]
figure.axes[0].plot(near, tangent, color="#d9601a")
for axes, walk in zip(figure.axes[1:], walks.values(), strict=True):
    axes.plot(walk, losses_at(walk), "o-", color="#d9601a", markersize=4,
              linewidth=0.8)  # fmt: skip
    axes.set_xlim(across[0], across[-1])
keep(figure, "valley")

# %% [markdown]
# With 0.1 we creep down, and with 0.3 we are at the bottom after three steps.
# With 2 the first step leaps out of the valley. It walks back, and each time
# it comes to the steep part it leaps out again: it never settles. Only
# trying tells which rate is good.
#
# But there are eighteen numbers, and each derivative was found *while
# everything else stays as it is*. May we move all of them at once? Think of
# the nudges: those that meet add up. So when each number is nudged a little,
# the loss changes by about
# $$\sum_i \frac{dL}{dw_i} \cdot \text{nudge}_i$$
# and if each nudge is $-lr$ times the gradient, this is $-lr$ times a sum of
# squares: the loss falls. (Of all nudges of this length together, none makes
# the sum larger than those along the gradient. That is why one says that the
# gradient *points where the loss rises fastest*.) How good is "about"?

# %%
for rate in (0.1, 0.01, 0.001):
    moved = [[Value(x) for x in row] for row in start - rate * found]
    real = loss_of(moved).value - loss.value
    predicted = -rate * (found**2).sum()
    print(f"lr {rate}: predicted {predicted:.5f}, in truth {real:.5f}")

# %% [markdown]
# The smaller the step, the better: it is the story of the nudge again. With
# 0.1 the loss falls by two thirds of what was promised, and that is a bargain
# still.
#
# Now we let it run. Every step has a forward pass, which makes a new graph,
# and a backward pass. (`yield` hands out the loss of each step, so that we
# can look on. Why the gradients are first set to 0 is a question that we
# come back to.)

# %%
def train(net, steps, clear=True):
    parameters = [number for neuron in net for number in neuron]
    for _ in range(steps):
        loss = loss_of(net)  # forward pass
        if clear:
            for w in parameters:
                w.grad = 0.0
        loss.backward()  # backward pass
        for w in parameters:
            w.value -= lr * w.grad
        yield loss.value
        if loss.value > 1e6:
            print("The loss has passed a million. We stop here.")
            return

# %% [markdown]
# **Predict.** Look at the first picture again. The curve rises in the middle
# already, by luck, but on the left it lies much too low, and it has no hill
# to the right and no real valley to the left. Which of these will twenty
# steps have mended, and which will take long?

# %%
def numbers_in(net):
    return [[w.value for w in neuron] for neuron in net]

net, history = new_net(), []
curves = {"step 0": drawn_by(start)}
for loss in progress(train(net, steps), steps):
    history.append(loss)
    if len(history) in (20, 500, 1000):
        curves[f"step {len(history)}"] = drawn_by(numbers_in(net))
curves[f"step {len(history)}"] = drawn_by(numbers_in(net))
print(f"mean squared error {history[0]:.3f} at first, {loss:.5f} at last")
claim(loss < 0.005, "the loss ends below 0.005", f"{loss:.3g}")

# %% The curve, and the loss tags=["hide-input"]
show_curves(
    curves, "fit", "A net learns a sine",
    "The lightest curve is the first one, the darkest the last. The net "
    "was shown the dots, and nothing else.",
)  # fmt: skip
keep(draw.curves(
    {"loss": history}, log=True, ylabel="mean squared error",
    title="The loss, step by step",
    caption="The axis on the left is logarithmic: equal ways down divide "
    "the loss by equal factors."), "loss")  # fmt: skip

# %% [markdown]
# Twenty steps have lifted the left side and moved the rise to the right place.
# Beside it the curve is nearly level. The hill and the valley take hundreds of
# steps to form, and more than a thousand to come round on the far side. In the
# end the curve passes close to all thirteen dots; at the two ends it is off by
# about a tenth. Beyond them, below $-3$ and above 3, it goes astray: nothing
# has told it what to do there.
#
# Nobody told the net what a sine is, or which of its numbers to change. It had
# a loss, the gradients of the loss, and some patience.
#
# ## Where it hurts (1): asking twice
#
# The engine is right, and yet it is easy to use or to build in a wrong way.
# There are three famous mistakes, and everybody who works with gradients
# meets them. For the first one, we ask our example for its gradients. Then,
# without changing anything, we ask again.
#
# **Predict.** The first answer for $a$ is 36, as always. What is the second:
# 36 again? Twice 36? Something else?

# %%
a, b, L = example()
L.backward()
print(f"first call:  dL/da = {a.grad}, dL/db = {b.grad}")
L.backward()
print(f"second call: dL/da = {a.grad}, dL/db = {b.grad}")
assert (a.grad, b.grad) == (120, 153)

# %% Checked tags=["hide-input"]
a, b, L = example()
L.backward()
for node, _ in L.made_of:  # c and d, which PyTorch clears in between
    node.grad = 0.0
L.backward()
assert a.grad == 72

# %% [markdown]
# It is not even twice 36. `backward` *adds* to the gradients, and these still
# held what the first call had left. That alone would make $36 + 36 = 72$. But
# $c$ and $d$ held their old gradients too, and have passed them on once more:
#
# - $d$ has $6 + 6 = 12$: what it held, and the part from $L$.
# - $c$ has $15 + 9 + 12 = 36$: what it held, and the parts from $L$ and $d$.
# - $a$ has $36 + 12 + 72 = 120$: what it held, the part from $d$, and the part
#   from $c$, which is $36 \cdot 2$, since the new gradient of $c$ happens to
#   be 36 as well.
#
# (PyTorch clears the nodes in between, so there the same lines give 72:
#
#     a = torch.tensor(3.0, requires_grad=True)
#     c = a * 2
#     L = c * (a + c)
#     L.backward(retain_graph=True)  # a.grad is 36
#     L.backward()                   # a.grad is 72
#
# For the numbers that one trains the mistake is the same.)
#
# A gradient that is left over from an earlier call is a **stale gradient**.
# The cure is the line in `train` that sets each of them to 0.
#
# In training, only the parameters can hold stale gradients: all else in the
# graph is new in every step. If we forget that line, each step moves the
# parameters by the sum of *all* gradients so far.
#
# **Predict.** What does that do to the loss? Does it fall faster, does it
# fall more slowly, or does something else happen?

# %%
stale = list(train(new_net(), min(steps, 200), clear=False))
cleared = history[: len(stale)]
late, late_cleared = np.mean(stale[-100:]), np.mean(cleared[-100:])
print(f"mean loss of the last steps, stale:   {late:.3f}")
print(f"mean loss of the last steps, cleared: {late_cleared:.3f}")
claim(late > 1.5 * late_cleared, "stale gradients keep the loss high",
      f"{late:.3f} against {late_cleared:.3f}")  # fmt: skip

# %% The loss tags=["hide-input"]
keep(draw.curves(
    {"cleared": cleared, "stale": stale}, ylabel="loss",
    title="One line forgotten",
    caption="The same net from the same start. With stale gradients the "
    "loss falls and climbs again, and never settles."),
    "stale")  # fmt: skip

# %% [markdown]
# It behaves like a ball in a bowl without friction. On the way down it
# gathers speed, rushes through the lowest point, and climbs up the other
# side. Nothing crashes, and no number looks absurd, and that is what makes
# this mistake expensive. (A ball *with* friction is a good idea. It is called
# momentum, and we meet it in lesson 5.)
#
# ## Where it hurts (2): = in place of +=
#
# The next mistake looks like a cure: *set* the gradients, and there is nothing
# to clear. We take away one character of `backward`.

# %%
def backward_assigning(last):
    last.grad = 1.0
    for y in reversed(in_order(last)):
        for x, local in y.made_of:
            x.grad = local * y.grad  # it was += before

# %% [markdown]
# **Predict.** Think of the graph with its gradients. Which of the nodes $a$,
# $b$, $c$ and $d$ come out wrong now?

# %%
a, b, L = example()
backward_assigning(L)
(c, _), (d, _) = L.made_of
print(f"dL/dd = {d.grad}, dL/dc = {c.grad}")
print(f"dL/db = {b.grad}, dL/da = {a.grad}")
assert (a.grad, b.grad, c.grad, d.grad) == (12, 18, 6, 6)

# %% The graph tags=["hide-input"]
assigned = {"L": "1", "d": "6", "c": "9, then 6, not 15",
            "a": "6, then 12, not 36", "b": "18, not 45"}  # fmt: skip
keep(draw.graph(
    labels, edges, notes=assigned, edge_labels=on_edges,
    marked=["a", "b", "c"], title="The last one wins",
    caption="Two arrows leave c, and two leave a. Each of these nodes "
    "keeps what comes last, and forgets what came before. Only one arrow "
    "leaves b, but it leads to c, which is wrong."),
    "assign")  # fmt: skip

# %% [markdown]
# A node that is used twice keeps only the part that comes last, so $a$ and
# $c$ are wrong. And $b$ is wrong although it is used only once, because it
# gets its gradient from $c$.
# Where no number is used twice, as in $(ab)^2$, the mistake stays hidden.
#
# ## Where it hurts (3): the wrong order
#
# Do we need `in_order` at all? It seems natural to start at $L$, then to take
# the nodes that $L$ is made of, then those that these are made of, and so on:
# always the nearest first.

# %%
def backward_nearest_first(last):
    last.grad = 1.0
    queue = [last]
    for y in queue:  # the list grows while we walk along it
        for x, local in y.made_of:
            x.grad += local * y.grad
            if x not in queue:
                queue.append(x)

# %% [markdown]
# **Predict.** $L$ is made of $c$ and $d$, in this order, so the second node
# whose turn comes is $c$. What is its gradient at that moment, and what does
# it pass on to $b$?

# %%
a, b, L = example()
backward_nearest_first(L)
print(f"dL/da = {a.grad} in place of 36, dL/db = {b.grad} in place of 45")
assert (a.grad, b.grad) == (24, 27)

# %% The graph again tags=["hide-input"]
turns = {"L": "1st: 1", "c": "2nd: 9, later 15", "d": "3rd: 6",
         "a": "24, not 36", "b": "27, not 45"}  # fmt: skip
keep(draw.graph(
    labels, edges, notes=turns, edge_labels=on_edges, marked=["a", "b"],
    title="Passed on too soon",
    caption="When it is c's turn, only L has added its part, so c passes "
    "on 9. The 6 that comes from d arrives too late."),
    "order")  # fmt: skip

# %% [markdown] tags=["explorer:backpropagation"]
# When it is the turn of $c$, it holds 9, and passes on $9 \cdot 3 = 27$ to
# $b$. Then comes $d$, and adds the missing 6 to $c$. So $c$ is right at last,
# but nobody comes back to tell $a$ and $b$.

# %% [markdown]
# ## An engine without these traps
#
# Our engine has a limit, too. `visit` calls itself for every node along a
# path, and Python allows about a thousand calls inside one another. To add
# up ten thousand numbers is nothing unusual:

# %%
total = Value(0.0)
for _ in range(10_000):
    total = total + Value(1.0)
try:
    total.backward()
except RecursionError as error:
    print(f"RecursionError: {error}")

# %% [markdown]
# The library of this course, scratchgen, has such an engine, too. Its numbers
# are called `Tensor`. They remember what they were made of, but hold no
# gradients. We *ask* for them: `grad(L, [a, b])` returns $dL/da$ and $dL/db$.
#
# **Predict.** What does it answer when we ask twice? And can it take the ten
# thousand sums?

# %%
a, b = Tensor(3.0), Tensor(2.0)
c = a * b
L = c * (a + c)
for call in ("first", "second"):
    slope_a, slope_b = grad(L, [a, b])
    print(f"{call} call: dL/da = {slope_a}, dL/db = {slope_b}")
    assert (slope_a, slope_b) == (36, 45)

# %%
total = Tensor(0.0)
for _ in range(10_000):
    total = total + a
print("a, added up ten thousand times: gradient", grad(total, a))
assert grad(total, a) == 10_000

# %% [markdown]
# - **Stale gradients.** There are none: `grad` keeps its sums in a dictionary
#   that is new in each call.
# - **The missing +.** One line of the library adds up, for all operations, so
#   there is one line to get right.
# - **Order and depth.** Each Tensor gets a number when it is made, higher than
#   those of everything it is made of. Sorted by these numbers, the nodes are
#   in order, and no function has to call itself.
#
# What no engine can notice is a local derivative that somebody got *wrong*.
# Lesson 3 is about that.
#
# ## Looking back
#
# We wanted to know which way to change eighteen numbers, and now we do. By the
# chain rule a derivative is a sum over paths. Backpropagation adds up all of
# them in one walk back, in which every node passes its gradient on once that
# is complete. Then gradient descent moves each number a little against its
# gradient, and we begin again.
#
# You can now read other engines, too. Karpathy's micrograd has the form of
# ours. In PyTorch, training loops call `zero_grad()` before each
# `loss.backward()`: now you know why. JAX returns gradients, as `grad` does.
# The general name for what they all do is
# **reverse-mode automatic differentiation**: exact derivatives of a program,
# found by walking back through its steps. But they keep whole arrays of
# numbers in a node. How, and why that is a hundred times faster and more, is
# lesson 2.

# %% [markdown] tags=["footer"]
# ## Try
#
# 1. `lr=0.01`: A tenth of the step. How far does the net get?
#
#    **Answer.** The loss falls smoothly, but slowly: it ends at 0.048. The
#    untouched run was there after 200 of its steps, a tenth as many. The curve
#    has its rise, and has only begun to come down on the far sides.
#
# 2. `lr=0.3`: Three times the step. Is that three times as good?
#
#    **Answer.** At first it is worse. Within five steps the loss rises from
#    0.32 to 0.58, because the steps lead too far. Then the net finds a region
#    where they fit, and ends at 0.0013, less than half of what it reached
#    before. Look at the loss, which shakes for the first 500 steps: these
#    steps are about as long as they may be.
#
# 3. `lr=1.0`: Ten times the step. What does the loss do?
#
#    **Answer.** Each step leads beyond the lowest point and lands higher up on
#    the other side, where it is steeper, so the next step is longer still.
#    From step to step the loss grows nine- to fortyfold, and after six steps
#    it has passed a million. The exercise `step_size` is about this limit.
#
# 4. `steps=4000`: Twice as many steps. Does the loss go on falling?
#
#    **Answer.** It ends at half of what it was, but at about step 2,400 it
#    jumps up thirtyfold, and comes back within fifty steps. The net has come
#    into a valley so narrow that steps of this length lead out of it, as in
#    our picture. Lesson 5 looks at such valleys.
#
# 5. `neurons=2`: Six numbers in place of eighteen. What does the net give up?
#
#    **Answer.** It keeps the rise, and a hill and a valley of a kind, but the
#    ends stay too far out: two neurons have too few bends. The loss ends above
#    0.02. With `seed=1` or `seed=2` as well, it ends at 0.075, which a single
#    neuron reaches alone: there both have learnt much the same step. Compare
#    `neurons=1`.
#
# 6. `spread=0.0`: All parameters start at 0. Why does none of them move?
#
#    **Answer.** The loss stays at 0.483 for ever, and the curve stays flat.
#    The gradient of $v$ is a sum of errors times $\tanh(0) = 0$. The
#    gradients of $w$ and $b$ have the factor $v$, which is 0. So all are 0,
#    and no step moves anything. That is why nets start at random numbers.
#
# 7. `spread=4.0`: Large numbers to begin with. Is a curve that is close to the
#    dots always a good one?
#
#    **Answer.** It comes close to most of the dots, and between two of them,
#    left of 0, it plunges far down and comes back. Nothing forbids it: the
#    loss looks at the dots and nowhere else. Neurons with a large $w$ are
#    steep enough to turn round between two dots. Lesson 5 comes back to this.
#
# ## Exercises
#
# `python -m lessons check 1` tests your answers to these.
#
# - *Change it*: `descend` lacks a line. `step_size`: the learning rate with
#   which one step lands at the bottom.
# - *Build it*: `divide`, an operation with its local derivatives. `in_order`
#   for a chain of any length.
# - *Break it*: `shared`, the smallest expression that finds the `=` of our
#   second mistake. `too_soon`, one that finds the wrong order of the third.
#
# ## Sources
#
# - Olah, *Calculus on Computational Graphs: Backpropagation* (2015), for the
#   paths, and why to go backwards.
# - Karpathy's micrograd, and his lecture *The spelled-out intro to neural
#   networks and backpropagation* (2022), which builds it.
# - Sanderson (3Blue1Brown), *Neural networks*, the chapters on gradient
#   descent and backpropagation, for moving pictures of both.
# - Griewank and Walther, *Evaluating Derivatives* (2008), chapters 3 and 4,
#   and Baydin et al., *Automatic Differentiation in Machine Learning: a
#   Survey* (2018), arXiv:1502.05767.
# - Rumelhart, Hinton and Williams, *Learning representations by
#   back-propagating errors* (1986), Nature 323, 533.
#
# ## For maintainers
#
# **Takes** 35 minutes to read, 10 s to run.
# **Recorded** with quick=False data=digits seed=0 backend=numpy neurons=6
# spread=1.0 lr=0.1 steps=2000 (2026-11-29)
# **Measured** over seeds 0, 1, 2: the last loss is 0.0029, 0.0008, 0.0009
# (claimed below 0.005; over seeds 0 to 19 at most 0.0047). The mean loss of
# steps 101 to 200, stale and cleared: 0.154 and 0.052, 0.350 and 0.029, 0.792
# and 0.030 (claimed 1.5 times; over seeds 0 to 19 at least 2.1 times).
