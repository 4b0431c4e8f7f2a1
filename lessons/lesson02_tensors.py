# %% [markdown]
# # 2. Tensors
#
# Put arrays where lesson 1 has numbers, derive the rules they need, and read the engine whole.
#
# **You will be able to** derive the rule of an op on arrays, say why a broadcast asks for a sum,
# get second derivatives for free, and explain each line of `scratchgen/engine.py`. **It takes**
# 1 minute on two cores, and an hour to read. **You need** lesson 1: the chain rule on a graph.
#
# **You will see** one op on arrays do the work of 65,536 objects in less than a hundredth of their
# time (asserted; a thousandth is usual). All else agrees to rounding, at every seed.

# %%
import ast
import inspect
import math
import textwrap
import timeit
import weakref
from unittest import mock

import numpy as np
from matplotlib.figure import Figure

from lessons.support import keep, listing, options
from scratchgen import Tensor, check_grad, detach, draw, engine, grad, no_grad, op, sum_to, tanh

knobs = options(seed=0)
draws = np.random.default_rng(knobs.seed).standard_normal  # float64: most of what follows is checks
N, D, H = 32, 64, 16  # rows of a batch, numbers into a layer, numbers out
read = set()  # the lines of engine.py that we have read

# %% [markdown]
# ## One object per number
# Lesson 1's `Value` is an object for each number computed. A layer `x @ W`, of shapes $(N, D)$ and
# $(D, H)$, is $N D H$ products and as many sums. **Predict** how much faster one `Tensor` is.

# %%
class Value:
    def __init__(self, value, *made_of): self.value, self.made_of = value, made_of
    def __add__(a, b): return Value(a.value + b.value, (a, 1.0), (b, 1.0))
    def __mul__(a, b): return Value(a.value * b.value, (a, b.value), (b, a.value))

def by_numbers(x, W):
    columns = [*zip(*W, strict=True)]
    return [[sum(map(Value.__mul__, row, w), Value(0.0)) for w in columns] for row in x]

# %%
x, W = draws((N, D)), draws((D, H))
values = [[[Value(v) for v in row] for row in array.tolist()] for array in (x, W)]
slow = min(timeit.repeat(lambda: by_numbers(*values), number=1, repeat=3))
fast = min(timeit.repeat(lambda: x @ Tensor(W), number=20, repeat=3)) / 20
print(f"{2 * N * D * H:,} Values take {slow * 1e3:.1f} ms, one op {fast * 1e3:.3f} ms")
assert np.allclose([[v.value for v in row] for row in by_numbers(*values)], x @ W)
assert fast < slow / 100, "an op on arrays is hardly faster than its numbers one by one"

# %% [markdown]
# ## A repeat, and its adjoint
# Arrays bring one thing that numbers do not have. A bias $b$ of shape $(H,)$, added to $h$ of shape
# $(N, H)$, is read $N$ times: $y_{ij} = h_{ij} + b_j$. On the way back, with $g = dL/dy$, the chain
# rule adds one term for each time: $dL/db_j = \sum_i g_{ij}$. **A repeat comes back as a sum.**
#
# The same without indices: each place of a repeated $x$ reads one place of $x$. That is $A x$, with
# one 1 in each row of $A$. The chain rule takes $A^\top g$, the *adjoint* map, and it adds up.

# %%
def reading(shape, to):
    places = np.arange(math.prod(shape)).reshape(shape)  # each place of x has a number
    return np.eye(places.size)[np.broadcast_to(places, to).ravel()]  # (places of y, places of x)

A, g = reading((3,), (2, 3)), np.array([[1.0, 2.0, 0.0], [3.0, 1.0, 4.0]])
print(A.astype(int), "= A\nA.T @ g =", A.T @ g.ravel(), "  sums down g:", g.sum(axis=0))

# %%
def tiles(x, left, middle, title):
    x, top = np.atleast_2d(x), middle + len(np.atleast_2d(x)) / 2
    place = left, left + x.shape[1], top - len(x), top
    axes.imshow(x, cmap="Blues", vmin=-3, vmax=20, extent=place)
    axes.text(left, top + 0.15, title, size=8)
    for (i, j), number in np.ndenumerate(x):
        axes.text(left + j + 0.5, top - i - 0.5, f"{number:.0f}", ha="center", va="center")

figure = Figure((6.7, 3.3), dpi=200)
axes = figure.add_axes((0.01, 0.08, 0.98, 0.82), xlim=(0, 14.8), ylim=(0, 6))
axes.set_axis_off()
for x, left, right in [(np.array([1, 5, 9]), 0, 4.2), (np.array([[1], [5]]), 9, 11.8)]:
    tiles(x, left, 4.4, f"x {x.shape}")
    tiles(engine.broadcast_to(x, (2, 3)), right, 4.4, "x repeated (2, 3)")
    tiles(sum_to(g, x.shape), left, 1.2, f"g summed {x.shape}")
    tiles(g, right, 1.2, "g (2, 3)")
    axes.annotate("", (right - 0.1, 4.4), (right - 1.1, 4.4), arrowprops={"arrowstyle": "->"})
    axes.annotate("", (right - 1.1, 1.2), (right - 0.1, 1.2), arrowprops={"arrowstyle": "->"})
figure.text(0.01, 0.94, "An axis that is new, or of size 1: repeated and summed", weight="bold")
figure.text(0.01, 0.01, "Notice that x is repeated down (left) or across (right), and g is summed "
    "the same way.", size=8, color="0.4")
keep(figure, "broadcast")

# %% [markdown]
# **Read** our first page of the library. `sum_to` finds the axes to sum over: those that are `new`,
# and those whose size differs. **Check** it, at every kind of repeat, against $A^\top$ and against
# what adjoint means: $\langle A x, g \rangle = \langle x, A^\top g \rangle$ for all $x$ and $g$:
# here $\langle u, v \rangle = \sum_i u_i v_i$. (`listing` prints source, without docstrings.)

# %%
read |= listing(engine.broadcast_to, engine.sum_to)
for shape, to in [((3,), (2, 3)), ((2, 1), (2, 3)), ((), (2, 3)), ((1, 4, 1), (5, 4, 2))]:
    A, x, g = reading(shape, to), draws(shape), draws(to)
    assert np.allclose(A.T @ g.ravel(), sum_to(g, shape).ravel()), "sum_to is not the transpose"
    assert math.isclose(np.vdot(engine.broadcast_to(x, to), g), np.vdot(x, sum_to(g, shape)))

# %% [markdown]
# ## An op, with its rules beside it
#
# An op is a function of arrays. Beside it stands one line for each argument, its *rule*: from `g`,
# the result `y` and the arguments to $dL/d$(argument). For $y_{ij} = x_{ij} s_j$ it is $dL/dx_{ij}
# = g_{ij} s_j$ and, as $s_j$ is repeated, $dL/ds_j = \sum_i g_{ij} x_{ij}$.

# %%
@op
def scale(x, s):
    return x * s

scale.gradients(
    x=lambda g, y, x, s: sum_to(g * s, x.shape),
    s=lambda g, y, x, s: sum_to(g * x, s.shape),
)
x, s = draws((2, 3)), draws(3)
print("of arrays:", type(scale(x, s)), "  of a Tensor:", type(scale(x, Tensor(s))))
check_grad(scale, x, s, order=2)  # silent: both derivatives are those of the function

# %% [markdown]
# **Read** what `@op` makes. A call looks for Tensors among its arguments. If there are none, it is
# the plain function, and records nothing. Else the function runs on their values, and `_record`
# wraps the result. If it fails, the error gets a note: which op, of which shapes.

# %%
read |= listing(engine.Op, stop="def __call__")

# %%
read |= listing(engine.Op, engine.op, start="def __call__")

# %% [markdown]
# **Read** arithmetic: school calculus, then `sum_to`, since each of these broadcasts. `divide` uses
# `y` again, $d(a/b)/db = -a/b^2 = -y/b$. In `power`, what would $p x^{p-1}$ be at $x = p = 0$? What
# only moves numbers is linear, and a linear op's rule is its adjoint: back they go.
# (`_raised` is for an exponent that is a Tensor itself.)

# %%
read |= listing(engine.add, engine.subtract, engine.multiply, engine.divide)

# %%
read |= listing(engine.negative, engine.power, engine.exp, engine.log, engine.abs, engine._raised)
read |= listing(engine.reshape, engine.transpose, engine._inverse)

# %% [markdown]
# **Matrix products.** $y_{ij} = \sum_k x_{ik} W_{kj}$, so $x_{ik}$ meets $W_{kj}$ in each $y_{ij}$:
# $$dL/dx_{ik} = \sum_j g_{ij} W_{kj} = (g W^\top)_{ik}, \quad
# dL/dW_{kj} = \sum_i x_{ik} g_{ij} = (x^\top g)_{kj}$$
# Shapes nearly give it away: of $g$ $(N, H)$ and $W$ $(D, H)$ only $g W^\top$ is $(N, D)$.

# %%
read |= listing(engine._swap, engine.matmul2d, engine.matmul)
x, W, g = Tensor(draws((N, D))), Tensor(draws((D, H))), draws((N, H))
dx, dW = grad((x @ W * g).sum(), [x, W])
assert np.allclose(dx, np.einsum("ij,kj->ik", g, W.value)), "not the formula by indices"
assert np.allclose(dW, np.einsum("ik,ij->kj", x.value, g)), "not the formula by indices"

# %% [markdown]
# **Read** the last ops, linear too: a sum is spread out again, what `x[index]` picked is put back.
# `mean` needs no rule: it is made of ops. **Predict** the gradient of `x[[0, 0, 2]].sum()`.

# %%
read |= listing(engine.getitem, engine.put, engine._may_repeat)
read |= listing(engine.sum, engine._added, engine.expand, engine.max, engine._max_rule, engine.mean)
print("\ngradient:", grad((x := Tensor(draws(3)))[[0, 0, 2]].sum(), x))

# %% [markdown]
# ## The second derivative comes free
#
# A rule calls only ops. Run on arrays, it gives numbers; run on Tensors, it is recorded itself, and
# we may ask again (`create_graph=True`). So tanh's one line, `g * (1 - y * y)`, holds all of its
# derivatives. **Predict** where the second one is positive.

# %%
x = Tensor(np.linspace(-3, 3, 121))
lines = {"tanh": tanh(x)}
for before, name in [("tanh", "first"), ("first", "second"), ("second", "third")]:
    lines[name] = grad(lines[before].sum(), x, create_graph=True)
assert np.allclose(lines["second"].value, -2 * np.tanh(x.value) / np.cosh(x.value) ** 2)
keep(draw.curves({name: line.value for name, line in lines.items()}, x=x.value, xlabel="x",
    title="Three derivatives from one rule", caption="tanh, and what grad makes of it when asked "
    "again and again. Notice that each line is 0 where the one before it turns."), "tanh")

# %% [markdown]
# ## The Tensor
#
# **Read** what a value remembers: its array, a copy of its own; the op and the arguments that
# made it, a serial number, a version. A *leaf*, made by us, has no op and no arguments. Integers
# have no slope, and are refused. Then: only a leaf is written, as a whole, and its version goes up.
# The rest makes it feel like an array, but where that would be a trap: a truth value, NumPy's own
# functions, `w -= ...`. (What it says of these stands in `guards.py`; nobody needs to read it.)

# %%
read |= listing(engine, stop="@property")

# %%
read |= listing(Tensor, start="@property", stop="def __add__")

# %% [markdown]
# Operators pass the word on. The reflected ones (`__radd__`) serve `array + tensor`, from which
# `__array_ufunc__ = None` keeps NumPy away. A comparison is flat nearly everywhere: plain data.
# Defining `__eq__` takes the hash away, so it is given back.

# %%
read |= listing(Tensor, start="def __add__")

# %% [markdown]
# **Look** at a graph, $L = \sum_i \tanh(w x_i + b)$. The arguments lead from the loss to all that
# it was made of, and `grad` may be asked for any Tensor on the way. $w$ and $b$ are read twice.

# %%
brief = lambda array: " ".join(f"{number:.2f}" for number in np.ravel(array))
w, b = Tensor(np.array([0.5])), Tensor(np.array([-0.25]))
loss = tanh(w * np.array([1.0, -2.0]) + b).sum()
nodes, edges = [loss], []
for node in nodes:  # the list grows while we walk it
    tensors = [a for a in node.args if isinstance(a, Tensor)]
    edges += [(a, node) for a in tensors]
    nodes += tensors
named = {w: "w", b: "b"}
labels = {node: f"{named.get(node) or node.op.name}\n{brief(node.value)}" for node in nodes}
slopes = {node: f"slope {brief(g)}" for node, g in zip(nodes, grad(loss, nodes), strict=True)}
keep(draw.graph(labels, edges, notes=slopes, title="What a loss remembers", caption="Op and value; "
    "in red the loss's derivative. Notice that b's is the sum of add's: b was repeated."), "graph")

# %% [markdown]
# **Read** `_record`: a node keeps the version that each argument had when it was used. So an update
# between forward and backward is refused: the gradient would be of neither the old weights nor the
# new. (A *view* of a leaf changes with it, and so has the leaf's version.)

# %%
def refused(ask):
    try:
        raise AssertionError(f"this was meant to be refused, it gave {ask()}")
    except (RuntimeError, TypeError, ValueError) as problem:
        print("\n" + textwrap.fill(f"{type(problem).__name__}: {problem}", 78))

read |= listing(engine._record)
loss = (w * w).sum()
w.value -= 0.1 * grad(loss, w)
refused(lambda: grad(loss, w))

# %% [markdown]
# **Read** the switches: `no_grad` records nothing, `detect_nonfinite` looks at all results; both
# for one thread alone, so that one may draw samples while another trains. And `detach` takes one
# value out of its history; of a leaf it is a copy, which no update can change. Of a computed Tensor
# we get an array to read.

# %%
read |= listing(engine._switched_on, no_grad, engine.detect_nonfinite)
read |= listing(detach, engine._array, engine.as_array, engine._own, engine._to_read)
with no_grad():
    assert isinstance(w * w, np.ndarray) and detach(w) is not w.value, "a record, or no copy"

# %% [markdown]
# ## `grad`, at last
#
# **Read** the chain rule. `_path` keeps what lies between the loss and what was asked for. Then
# each node, youngest first, hands its `g` to the rules of its arguments: Tensors if `create_graph`,
# arrays if not. The sets hold ids, since `==` of Tensors compares their numbers.

# %%
read |= listing(engine.grad)

# %% [markdown]
# Lesson 1 lists its graph by recursion. Here age is the order: arguments are older than a result,
# so when we reach a node, all that used it has added its part. **Check** a chain of 10,000.

# %%
read |= listing(engine._path, engine._partial)
y = w
for _ in range(10_000):
    y = y + 1.0
assert grad(y.sum(), w) == 1 and y.args[0].serial < y.serial, "the chain is broken"

# %% [markdown]
# **Read** how parts add up. The rule of `add` returns `g` itself for both arguments: two nodes then
# *borrow* one array, and adding into it would change both. So `+=` touches only what is *owned*: an
# array that a rule made for this node alone, or a sum of our own. We lie about it, and look.

# %%
def loss_of(x, z):
    triple = x * 3.0
    return (((x + z) + triple) ** 2).sum()  # dL/dz = 2 (4x + z)

read |= listing(engine._accumulate, engine._is_fresh, engine._handed_out)
x, z = Tensor(np.ones(2)), Tensor(np.ones(2))
_, right = grad(loss_of(x, z), [x, z])
with mock.patch.object(engine, "_is_fresh", return_value=True):  # in this block: "all mine"
    _, wrong = grad(loss_of(x, z), [x, z])
print("\ndL/dz:", right, "  adding into what is borrowed:", wrong)
assert np.array_equal(right, [10, 10]) and not np.array_equal(wrong, right)

# %% [markdown]
# Results point to arguments, never back: no cycles, so counting references frees a graph the moment
# nobody holds it, and no garbage collector has to come. **Check** an array in its middle.

# %%
result = ((x * 2.0) ** 2).sum()
inner = weakref.ref(result.args[0].args[0].value.base)  # the array that `value` shows
held, result = inner() is not None, None  # here goes the last name
assert held and inner() is None, "the graph let go too early, or too late"

# %% [markdown]
# ## What can go wrong, and what is said then
#
# **Read** the rest. A message says where, what was expected, what came, and how to mend it.
# **Predict** who speaks in each of five mistakes. The third is the classic: no `sum_to` in a rule.

# %%
read |= listing(engine._check_request, engine._check_versions, engine._check_part)
read |= listing(engine._check_value, engine._is_plain, engine._not_an_array)

# %%
read |= listing(engine._check_finite, engine._described, engine._explain, engine._mixed_types)
scale.gradients(s=lambda g, y, x, s: g * x)
refused(lambda: grad(x * x, x))
refused(lambda: grad((x * x).sum(), z))
refused(lambda: grad(scale(draws((4, 2)), x).sum(), x))
refused(lambda: Tensor(np.ones(2, "float32")) * np.ones(2))
refused(lambda: Tensor(np.array([1, 2])))

# %% [markdown]
# **Check** that nothing was left out: of `engine.py`, as Python parses it, all but the docstrings.

# %%
nodes = [n for n in ast.walk(ast.parse(inspect.getsource(engine))) if hasattr(n, "lineno")]
lines = {n.lineno for n in nodes if not isinstance(n, ast.Expr | ast.Constant)}  # as docstrings are
print(f"read: {len(lines & read)} of {len(lines)} lines of code")
assert lines <= read, f"never shown: lines {sorted(lines - read)}"

# %% [markdown]
# ## Recap
#
# A repeat comes back as a sum, a linear op as its adjoint, a product by its indices. Rules made of
# ops have derivatives of their own. The engine is a record of who made what, in order of age.
#
# **Real systems** (PyTorch, JAX) have this shape: a record or a trace, and a rule for each op. They
# add compiled kernels and many devices. **Hard**, and done by rules of thumb: which values to keep
# and which to compute again when memory is short (NP-complete on a general graph, Naumann 2009).
#
# **Exercises** (`python -m lessons check 2`). 1. Change `squared_distance`: the same number, from a
# graph of at most 6 nodes. 2. Build `sum_to`. 3. Build the op `outer`, right to second order.
# 4. Break a `sum_to` that goes by sizes: find shapes at which it sums the wrong axis.
#
# **Sources.** Griewank & Walther 2008, *Evaluating Derivatives*, chapters 3 (reverse mode) and 5
# (second order). Naumann 2009, *DAG reversal is NP-complete*. Lesson 3 proves what we derived.
