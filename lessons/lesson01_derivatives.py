# %% [markdown]
# # 1. Derivatives, and an engine that finds them
#
# Send slopes backwards through a graph of numbers, first by hand, then by thirty lines of Python;
# let a small net learn a curve with them; then break the engine in the three famous ways.
#
# **You will be able to** find the derivative of any expression by hand and by program, and to tell
# from a wrong one which bug made it. **You need** Python, and from school $(uv)' = u'v + uv'$ and
# the chain rule. **It takes** less than 1 minute on two cores. **You will see** exact slopes, the
# same for every seed; and, over seeds 0 to 19, six neurons that learn a sine to a mean squared
# error of 0.00001 to 0.0015 (asserted: below 0.004), or stay at 0.06 to 0.8 for want of one line.

# %%
import math

import numpy as np

from lessons.support import keep, options, progress
from scratchgen import Tensor, draw, grad

# %%
knobs = options(seed=0)  # what --quick and --seed ask for
steps = 20 if knobs.quick else 4000  # of gradient descent
lr = 0.1  # the learning rate: how far a number moves against its slope

# %% [markdown]
# ## What a slope is good for
# To learn is to change some numbers so that another one, the **loss** $L$, falls. Which way should
# $a$ go? The slope of $L$ by $a$, its derivative, says: $dL/da = 36$ means that $a$, raised by a
# little, raises $L$ by 36 times as much. We can measure that: nudge $a$ both ways and divide.

# %%
def f(a, b):
    c = a * b
    d = a + c
    L = c * d
    return L

# %%
h = 1e-5
by_a = (f(3 + h, 2) - f(3 - h, 2)) / (2 * h)
by_b = (f(3, 2 + h) - f(3, 2 - h)) / (2 * h)
print(f"L = {f(3, 2)}, dL/da = {by_a:.6f}, dL/db = {by_b:.6f}")

# %% [markdown]
# Two evaluations for each number, and a net has a hundred thousand numbers. We want all slopes at
# once, and we want them exact.
#
# ## The chain rule, by hand
# School taught us the slopes of each line of `f`. From $L = cd$: $dL/dd = c$. From $d = a + c$: as
# much as $c$ rises, $d$ rises. But $c$ stands in *both* lines: it moves $L$ along two **paths**,
# and the two effects **add up**. The same goes for $a$:
# $$\frac{dL}{dc} = d + \frac{dL}{dd} \cdot 1$$
# $$\frac{dL}{da} = \frac{dL}{dd} \cdot 1 + \frac{dL}{dc} \cdot b$$
# So we start at $L$ and go back, line by line. **Predict** the four slopes for $a = 3$, $b = 2$.

# %%
a, b = 3.0, 2.0
c = a * b
d = a + c
L = c * d
dL_dd = c  # L = c * d
dL_dc = d + dL_dd * 1  # used twice: in L = c * d, and in d = a + c
dL_db = dL_dc * a  # c = a * b
dL_da = dL_dd * 1 + dL_dc * b  # used twice: in d = a + c, and in c = a * b
print(f"dL/dd = {dL_dd}, dL/dc = {dL_dc}, dL/db = {dL_db}, dL/da = {dL_da}")
assert math.isclose(dL_da, by_a, rel_tol=1e-6) and math.isclose(dL_db, by_b, rel_tol=1e-6)

# %%
edges = [("a", "c"), ("b", "c"), ("a", "d"), ("c", "d"), ("c", "L"), ("d", "L")]
labels = {"a": "a = 3", "b": "b = 2", "c": "c = ab = 6", "d": "d = a + c = 9",
          "L": "L = cd = 54"}
slopes = {"L": "slope 1", "d": "slope 6", "c": "slope 15", "b": "slope 45", "a": "slope 36"}
on_edges = ["b = 2", "a = 3", "1", "1", "d = 9", "c = 6"]
keep(draw.graph(labels, edges, notes=slopes, edge_labels=on_edges,
    title="Values go right, slopes come back left", caption="An arrow bears the slope of one "
    "step. In red, L's slope by each node: for every arrow that leaves it, the number on the arrow "
    "times the red one at its head, added up. Check c: 1 times 6, plus 9 times 1."), "graph")

# %% [markdown]
# Every $dL/da$ is a sum over paths from $L$ to $a$, each the product of what stands on its arrows:
# here $6 \cdot 1 + 6 \cdot 1 \cdot 2 + 9 \cdot 2 = 36$. But paths double where arrows fork, so no
# program can walk them one by one. Going back node by node, we use each arrow *once*.
#
# ## A number that remembers
# The graph is there as soon as every number knows what it was made of. So a `Value` keeps pairs
# (argument, slope by it), and an operator is one line: the result, and school's slopes beside it.

# %%
class Value:
    def __init__(self, value, *made_of):
        self.value, self.made_of, self.grad = value, made_of, 0.0

    def __add__(a, b): return Value(a.value + b.value, (a, 1.0), (b, 1.0))
    def __sub__(a, b): return Value(a.value - b.value, (a, 1.0), (b, -1.0))
    def __mul__(a, b): return Value(a.value * b.value, (a, b.value), (b, a.value))
    def __pow__(a, n): return Value(a.value**n, (a, n * a.value ** (n - 1)))  # n: a number

    def tanh(a):
        y = math.tanh(a.value)
        return Value(y, (a, 1 - y * y))

# %%
def example():
    a, b = Value(3.0), Value(2.0)
    c = a * b
    return a, b, c * (a + c)

a, b, L = example()
print("L =", L.value, "was made of", [(x.value, slope) for x, slope in L.made_of])

# %% [markdown]
# ## Back, in the right order
# A node may pass its slope on only when it is complete: when all nodes that *use* it have added
# their parts. So we list every node behind all it is made of (a **topological order**), and read
# the list from its end. `grad` is the usual name for the slope of the loss: its **gradient**.

# %%
def in_order(loss):
    order, seen = [], set()

    def visit(y):
        if y not in seen:
            seen.add(y)
            for a, _ in y.made_of:
                visit(a)
            order.append(y)  # behind all it is made of

    visit(loss)
    return order

# %% [markdown]
# From the end of that list on, every arrow is used once, and the engine is four lines.

# %%
def backward(loss):
    loss.grad = 1.0
    for y in reversed(in_order(loss)):
        for a, slope in y.made_of:
            a.grad += slope * y.grad  # chain rule; paths add up

# %%
Value.backward = backward
a, b, L = example()
L.backward()
print("dL/da =", a.grad, " dL/db =", b.grad)
assert (a.grad, b.grad) == (36, 45), "not what we found by hand"

# %% [markdown]
# That is the whole engine. **Check** an expression with every operator against differences, at a
# hundred random places. Then double a number fifty times: a million billion paths.

# %%
def g(a, b):
    return (a * b + a * (b**2 + Value(1.0)) ** -1).tanh() * (a - b) ** 3

for x, y in np.random.default_rng(knobs.seed).uniform(-2, 2, (100, 2)):
    a, b = Value(x), Value(y)
    g(a, b).backward()
    by_a = (g(Value(x + h), b).value - g(Value(x - h), b).value) / (2 * h)
    by_b = (g(a, Value(y + h)).value - g(a, Value(y - h)).value) / (2 * h)
    assert np.allclose([a.grad, b.grad], [by_a, by_b], rtol=1e-6, atol=1e-6), (x, y)
print("the engine and the differences agree, at all hundred places")

# %%
x = y = Value(1.0)
for _ in range(50):
    y = y + y
y.backward()
print(f"slope {x.grad:.0f}")
assert x.grad == 2**50

# %% [markdown]
# ## It learns
# A neuron computes $v \tanh(w x + b)$; a net adds up six of them: eighteen numbers, random at
# first. Its loss is the mean of $(\mathrm{net}(x) - \sin x)^2$ over thirteen places $x$. (Python's
# `sum` starts at a plain 0, which is no Value: we give it a start.)

# %%
places = np.linspace(-3, 3, 13).tolist()

def new_net():
    rng = np.random.default_rng(knobs.seed)
    return [[Value(number) for number in rng.standard_normal(3).tolist()] for _ in range(6)]

# %%
def net(neurons, x):
    return sum((v * (w * Value(x) + b).tanh() for w, b, v in neurons), Value(0.0))

def loss_of(neurons):
    errors = [net(neurons, x) - Value(math.sin(x)) for x in places]
    return sum((error**2 for error in errors), Value(0.0)) * Value(1 / len(places))

# %% [markdown]
# Each step moves every number against its slope, $w \leftarrow w - lr \cdot dL/dw$: that is
# **gradient descent**. It makes a new graph every time, and throws it away.

# %%
def train(neurons, steps, clear=True):
    numbers = [number for neuron in neurons for number in neuron]
    for _ in range(steps):
        loss = loss_of(neurons)
        if clear:
            for number in numbers:
                number.grad = 0.0  # soon we leave this out
        loss.backward()
        for number in numbers:
            number.value -= lr * number.grad
        yield loss.value

# %% [markdown]
# **Predict** which part of the sine comes last.

# %%
neurons, history, grid = new_net(), [], np.linspace(-4, 4, 81)
drawn = {"sin x": np.sin(grid), "step 0": [net(neurons, x).value for x in grid]}
for loss in progress(train(neurons, steps), steps, "loss {:.5f}".format):
    history.append(loss)
    if len(history) in (20, 500, steps):
        drawn[f"step {len(history)}"] = [net(neurons, x).value for x in grid]
print(f"mean squared error {history[0]:.3f}, in the end {loss:.5f}")
print(f"nodes in the graph of each step: {len(in_order(loss_of(neurons)))}")
assert knobs.quick or loss < 0.004, "further from the sine than the header says"

# %%
keep(draw.curves(drawn, x=grid, xlabel="x", ylabel="net(x)", title="Six neurons learn a sine",
    caption="They are shown 13 places from -3 to 3. Notice that the climb in the middle comes "
    "first, the bends last; beyond 3, where nothing was shown, the net goes astray."), "fit")

# %% [markdown]
# ## Where it hurts (1): a stale slope
# The engine is right, and easy to use wrongly. We ask twice for the slopes of one and the same $L$.
# **Predict** the second answer: 36 again? Twice 36?

# %%
a, b, L = example()
for call in ("first", "second"):
    L.backward()
    print(f"{call} call: dL/da = {a.grad}, dL/db = {b.grad}")
assert (a.grad, b.grad) == (120, 153), "not even twice the slopes"

# %% [markdown]
# `+=` adds to what `grad` still holds, and every node on the way passes old slopes on once more. So
# `train` clears them. **Predict** what the net does otherwise: each step adds up all slopes so far.

# %%
stale, cleared = [*train(new_net(), min(steps, 200), clear=False)], history[:200]
late, late_cleared = np.mean(stale[-100:]), np.mean(cleared[-100:])
print(f"the loss of late steps: {late:.3f} with stale slopes, {late_cleared:.3f} without")
assert knobs.quick or (0.06 < late < 0.8 and late_cleared < 0.06), "staleness did not hurt"
keep(draw.curves({"cleared": cleared, "stale": stale}, log=True, ylabel="loss",
    title="One line forgotten", caption="The same net from the same start. Nothing crashes, no "
    "number looks absurd: the loss just never settles."), "stale")

# %% [markdown]
# ## Where it hurts (2): `=` for `+=`
# If slopes go stale by adding, why not *set* them? **Predict** which of $a$, $b$, $c$ come out
# wrong: look at the graph for nodes that two arrows leave.

# %%
def backward_assigning(loss):
    loss.grad = 1.0
    for y in reversed(in_order(loss)):
        for a, slope in y.made_of:
            a.grad = slope * y.grad  # the last use wins

a, b, L = example()
backward_assigning(L)
print(f"dL/da = {a.grad}, not 36; dL/db = {b.grad}, not 45")
assert (a.grad, b.grad) == (12, 18), "expected the wrong numbers"

# %% [markdown]
# $c$ keeps only its part by $d$, so $b$ is wrong too, though it is used but once. Where no node is
# used twice, this engine is right: a test without such a node lets it pass.
#
# ## Where it hurts (3): a wrong order
# Nearest to $L$ first sounds natural: $L$, then $c$ and $d$, then $a$ and $b$. **Predict** who
# passes on too soon.

# %%
def backward_nearest_first(loss):
    loss.grad, queue = 1.0, [loss]
    for y in queue:  # it grows as we go
        queue += [a for a, _ in y.made_of if a not in queue]
        for a, slope in y.made_of:
            a.grad += slope * y.grad

a, b, L = example()
backward_nearest_first(L)
print(f"dL/da = {a.grad}, not 36; dL/db = {b.grad}, not 45")
assert (a.grad, b.grad) == (24, 27), "expected the wrong numbers"

# %%
turns = {"L": "1st: 1", "c": "2nd: 9, then 15", "d": "3rd: 6", "a": "24, not 36", "b": "27, not 45"}
keep(draw.graph(labels, edges, notes=turns, edge_labels=on_edges, marked=["a", "b"],
    title="Passed on too soon", caption="When it is c's turn it has 9, and hands that on. The 6 "
    "that come by d arrive too late: c is right in the end, all behind it is wrong."), "order")

# %% [markdown]
# **A chain too deep.** `visit` calls itself for every node of a chain, and Python allows about a
# thousand calls. To add up ten thousand numbers is no strange thing to do.

# %%
try:
    sum([Value(1.0)] * 10_000, Value(0.0)).backward()
except RecursionError as error:
    print(f"RecursionError: {error}")

# %% [markdown]
# ## An engine that cannot be used wrongly in these ways
# In scratchgen a `Tensor` remembers too, but keeps no slope. We *ask*: `grad(L, [a, b])` returns
# both. **Predict** its second answer, and the slope by `a` of `a` added up ten thousand times.

# %%
a, b = Tensor(3.0), Tensor(2.0)
c = a * b
L = c * (a + c)
print("grad, twice:", *map(float, grad(L, [a, b]) + grad(L, [a, b])))
assert grad(L, [a, b]) == grad(L, [a, b]) == [36, 45]

# %%
print("a added up ten thousand times:", float(slope := grad(sum([a] * 10_000, Tensor(0.0)), a)))
assert slope == 10_000

# %% [markdown]
# - **Stale?** `grad` collects slopes in a dict of its own, new at each call: nothing to clear.
# - **`=` for `+=`?** One place in the engine adds up, for all ops. An op's rule returns its part
#   and never sees a sum.
# - **Order, depth?** Tensors are numbered at birth, and each is younger than all it is made of.
#   Youngest first is a right order, found by sorting, without recursion.
#
# What no engine can notice is an op whose slope is *wrong*: lesson 3 is about that.
#
# ## Recap
# Multiply along a path, add where paths meet, and let a node pass on only what is complete: all
# slopes for the price of a few evaluations (reverse-mode automatic differentiation).
#
# **Real systems** keep arrays in a node, not single numbers (lesson 2). PyTorch's `.backward()`
# adds to `.grad` as ours does, hence its `zero_grad`; JAX returns gradients, as `grad` does.
#
# **Exercises**, copied to `lessons/answers/` when asked for: `python -m lessons check 1` tests
# them. *Change it:* `descend` lacks a line; a `step_size` for any parabola. *Build it:* `divide`,
# with slopes; `in_order`, for any depth. *Break it:* `shared`, `too_soon`: least cases of 2 and 3.
#
# **Predict, then try** (edit the file). 1. `lr = 0.01`, then 0.3: which gets further? Why does
# `lr = 1` fail? 2. Two neurons: what do they give up? 3. All start at 0: why does none move?
#
# **Sources.** Griewank & Walther, *Evaluating Derivatives* (2008), chapters 3 and 4; Rumelhart,
# Hinton & Williams 1986, Nature 323, 533; Baydin et al. 2018, arXiv:1502.05767, section 3. The
# engine has the form of Karpathy's micrograd.
