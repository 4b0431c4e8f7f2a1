# %% [markdown]
# # 16. One code, two devices
#
# Run one training step on the CPU and on a GPU without changing a line of it, count what moves
# between them, and measure what a step waits for.
#
# **You will be able to** write ops that follow their data, find transfers nobody asked for, test
# GPU code without a GPU, and tell overhead, memory and arithmetic apart. **You need** lessons 2 (an
# op is a function on arrays) and 4 (`MLP`, `Adam`), and **no GPU**; where there is one, the same
# cells run there too. **It takes** 1 minute on two cores. **You will see** counts, alike for every
# seed and machine (36 transfers an epoch become 3), and times: of these we assert rough ratios.

# %%
import sys
from collections import Counter
from contextlib import contextmanager
from time import perf_counter
from types import ModuleType, SimpleNamespace

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from lessons.support import keep, options
from scratchgen import MLP, Adam, detach, draw, grad, mse, to_numpy
from scratchgen.backend import array_module, asarray, gpu_status, normal, use
from scratchgen.data import batches, load

# %% Knobs
knobs = options(data="digits", seed=0)
use("numpy")  # whatever was asked for: this lesson goes to and fro by itself
images = load(knobs.data).train_images[:1498]  # (n, D), also of larger sets
n, D = images.shape
N, H = 128, (32, 16, 32) if knobs.quick else (256, 128, 256)  # images a batch, widths of a net

# %% [markdown]
# ## Which devices are there?
# A GPU is a second computer with a memory of its own. Python runs on the **host**, the CPU. A
# **device** array lies in the GPU's memory; an op on it is a **kernel**, a program that the host
# sends off. CuPy has NumPy's functions for it, and imports even where no kernel can run: so
# `gpu_status` tries three, and says what would cure a failure.

# %%
status = gpu_status()
places = ["numpy", "cupy"] if status.usable else ["numpy"]
print(f"places to compute: {places}. {status.cause}\n{status.cure}".rstrip())

# %% [markdown]
# ## A GPU behind glass
# How does one test code for a GPU without a GPU? By a **stand-in**: NumPy computes, but the numbers
# lie behind glass. Ops reach them, NumPy's own arrays may not mix with them, and each look through
# the glass is counted. These two let any function of NumPy's work behind it.

# %%
counts = Counter()
def inside(x):  # what a function behind the glass may see of an argument
    if isinstance(x, np.ndarray):
        raise TypeError("Unsupported type <class 'numpy.ndarray'>")  # CuPy's own words
    return tuple(map(inside, x)) if isinstance(x, tuple) else getattr(x, "_values", x)

# %%
def behind_glass(f):
    def run(*args, **options):
        y = f(*inside(args), **{name: inside(x) for name, x in options.items()})
        counts["kernels"] += getattr(y, "base", 0) is None  # a view, such as x.T, needs none
        return DeviceArray(np.asarray(y)) if isinstance(y, (np.ndarray, np.generic)) else y
    return run

# %% [markdown]
# Now the array. `np.exp(x)` leaves the work to x's own `__array_ufunc__`, `np.where(..., x, ...)`
# to its `__array_function__`; CuPy's arrays have both, so ours do. Also CuPy's: an index made on
# the host is uploaded unasked, a mask is read to count its rows. (Skim it: its effect comes below.)

# %%
class DeviceArray(NDArrayOperatorsMixin):  # the mixin makes ufuncs of x + y, x < y, ...
    def __init__(self, values):
        self._values = values
    def get(self):
        counts["downloads"] += 1
        return self._values.copy()
    def __array__(self, *args, **options):
        raise TypeError("Implicit conversion to a NumPy array is not allowed. Use `.get()`.")
    def __array_ufunc__(self, ufunc, method, *args, **options):
        return behind_glass(getattr(ufunc, method))(*args, **options)
    def __array_function__(self, function, types, args, options):
        return behind_glass(function)(*args, **options)
    def __getattr__(self, name):  # x.shape, x.T, x.sum() and the rest, all at once
        if name.startswith("__"):  # by __array_interface__ NumPy would look past the glass
            raise AttributeError(name)
        found = getattr(self.get() if name in ("item", "tolist") else self._values, name)
        return behind_glass(found) if callable(found) else behind_glass(lambda: found)()
    def __getitem__(self, index):
        index = asarray(index) if isinstance(index, np.ndarray) else index
        if getattr(index, "dtype", "") == "bool":
            index.get()
        return behind_glass(self._values.__getitem__)(index)
    def __len__(self): return len(self._values)
    def __float__(self): return float(self.get())
    def __bool__(self): return bool(self.get())
    def __repr__(self): return repr(self.get())

# %% [markdown]
# Last, the module in CuPy's place: inside `with glass_gpu():` scratchgen imports it as `cupy`.

# %%
class StandIn(ModuleType):
    ndarray, cuda = DeviceArray, SimpleNamespace(is_available=lambda: True)
    def asarray(self, x, dtype=None):
        if not isinstance(x, DeviceArray):
            x = DeviceArray(np.array(x))
            counts.update(uploads=1, bytes=x.nbytes)
        return x if dtype in (None, x.dtype) else x.astype(dtype)
    def array(self, x, dtype=None): return self.asarray(x, dtype).copy()
    def __getattr__(self, name):
        found = getattr(np, name)
        return behind_glass(found) if callable(found) and not isinstance(found, type) else found

# %%
@contextmanager
def glass_gpu():
    real, sys.modules["cupy"] = sys.modules.get("cupy"), StandIn("cupy")
    gpu_status.cache_clear()
    try:
        use("cupy")
        counts.clear()
        yield
    finally:
        sys.modules.pop("cupy") if real is None else sys.modules.update(cupy=real)
        gpu_status.cache_clear()
        use("numpy")

# %% [markdown]
# ## What mixes, and what moves unasked
# To the device is an upload, back from it a download. **Predict** for each line: does it run over
# there, does it download what the host must know, or is it refused? Three of eight are refused.

# %%
def tries(*lines):
    for line in lines:
        before = counts["downloads"]
        try:
            eval(line)
            print(f"{line:25} runs, downloads: {counts['downloads'] - before}")
        except TypeError as problem:
            counts["refused"] += 1
            print(f"{line:25} refused: {problem}")

# %%
with glass_gpu():
    x, host = asarray([3.0, 1.0, 2.0]), np.ones(3, "float32")
    tries("np.exp(x)", "np.where(x > 1, x, 0.0)", "x + np.zeros(3)", "x * host",
          "np.asarray(x)", "x if x.sum() > 0 else -x", "f'{x}'", "x[x > 1]")
    assert counts["refused"] == counts["downloads"] == 3, "the glass has changed"

# %% [markdown]
# So a stray `np.` hides where it is handed an array, and bites where NumPy *makes* one; and the
# truth, the text, the length that Python must know are reads nobody wrote. So an op asks its data:
# `array_module(x)` is `cupy` for CuPy's arrays, else `numpy`. Take two versions of one formula,
# $\log(1 + e^x) = \max(x, 0) + \log(1 + e^{-|x|})$, that no test on the host can tell apart.

# %%
def softplus(x):
    xp = array_module(x)
    return xp.maximum(x, 0) + xp.log1p(xp.exp(-xp.abs(x)))
def softplus_astray(x):
    return np.logaddexp(np.zeros(x.shape, x.dtype), x)

# %%
assert np.allclose(softplus(host), softplus_astray(host)), "on the host both are right"
with glass_gpu():
    tries("softplus(x)", "softplus_astray(x)")

# %% [markdown]
# **The glass can prove** that no array of NumPy's slips in, that nothing is read unasked, how often
# something moves. **It cannot** tell how fast a GPU is, how its sums round, or what differs in CuPy
# itself, such as an index out of range, which wraps silently.
#
# ## One training step
# A net takes noise off images: its loss is the mean of $(\mathrm{net}(x + 0.3 \varepsilon) - x)^2$,
# of images $x$, $(N, D)$, and noise $\varepsilon \sim \mathcal{N}(0, I)$ of that shape.
# `normal` draws $\varepsilon$ on the *host* and uploads it: a seed means the same run on both.
# **Check** that, and what becomes of a batch that was forgotten on the host.

# %%
def new_net():
    net = MLP([D, *H, D], rng=np.random.default_rng(knobs.seed))
    return net, Adam(net.parameters(), lr=1e-3)
def step(net, adam, x, noise):
    loss = mse(net(x + 0.3 * noise), x)
    adam.step(grad(loss, net.parameters()))
    return detach(loss)  # a 0-d array, where the net is

# %%
here = normal(np.random.default_rng(knobs.seed), (N, D))
with glass_gpu():
    there = normal(np.random.default_rng(knobs.seed), (N, D))
    assert (there.get() == here).all(), "a seed means the same noise"
    tries("step(*new_net(), images[:N], here)")

# %% [markdown]
# The error names its cure, `backend.asarray(x)`. Now the loop, its batches from one of three
# sources: images and noise, uploaded at each step; row numbers and noise, since all images are over
# there; or the order and the noise of the whole epoch at once.

# %%
def from_host(X, rng):
    for x in batches(images, N, rng):
        yield asarray(x), normal(rng, x.shape)
def from_device(X, rng):
    for x in batches(X, N, rng):
        yield x, normal(rng, x.shape)
def at_once(X, rng):
    order, noise = asarray(rng.permutation(n)), normal(rng, X.shape)
    for i in range(0, n, N):
        yield X[order[i : i + N]], noise[i : i + N]

# %%
def epoch(source, read):
    X, (net, adam) = asarray(images), new_net()
    counts.clear()  # data and net go over once: no cost of an epoch
    pairs = source(X, np.random.default_rng(knobs.seed))
    losses = [read(step(net, adam, x, noise)) for x, noise in pairs]
    return float(sum(losses)) / len(losses)

# %% [markdown]
# And `float` reads each loss, or `detach` leaves it there. **Predict** the transfers of 12 steps.

# %%
ways = {"each loss read": (from_host, float), "losses kept": (from_host, detach),
        "images kept": (from_device, detach), "all at once": (at_once, detach)}
steps, moved, losses = -(-n // N), {}, {}
for name, way in ways.items():
    with glass_gpu():
        losses[name] = epoch(*way)
        up, down, kib = counts["uploads"], counts["downloads"], counts["bytes"] >> 10
    moved[name], kernels = up + down, counts["kernels"] / steps
    print(f"{name:15}{up:3} up, {down:2} down, {kib:4} KiB; {kernels:.0f} kernels a step")
assert [*moved.values()] == [36, 25, 25, 3] and steps == 12 and 85 < kernels < 95, "not as we say"
assert np.ptp([*losses.values()]) < 1e-6, "moved differently, yet computed the same"

# %%
keep(draw.bars(moved, ylabel="transfers an epoch", title="What moves while a net trains",
    caption=f"The same {steps} steps, the same losses. Notice that keeping the images over there "
    "saves bytes, not transfers, as long as each step sends row numbers and noise."), "transfers")

# %% [markdown]
# What a transfer costs, only a GPU can tell. **Where there is one, the same epoch runs on it**; its
# loss is the host's up to rounding, since sums in float32 depend on their order.

# %%
for place in places:
    use(place)
    loss = epoch(at_once, detach)
    print(f"{place}: loss {loss:.6f}")
    assert abs(loss / losses["all at once"] - 1) < 1e-3, "two devices, two results"

# %% [markdown]
# ## What is fast? First: the start
# A call costs a start $a$ (Python finds the function; for a GPU, sends a kernel off), then $n$
# elements pass at a rate $r$: $T(n) = a + n / r$, or $a / n + 1 / r$ an element. At $n = a r$, the
# $n_{1/2}$ of Hockney and Jesshope, half is start. To time a call, repeat it; at the end read one
# number, since a device answers only when *asked*; and take the least of several runs.

# %%
def seconds(f, repeats=2 if knobs.quick else 20):
    def run(calls):
        start = perf_counter()
        for _ in range(calls):
            y = f()
        to_numpy(y.ravel()[:1])  # waits until all is done
        return (perf_counter() - start) / calls
    calls = 1 + int(2e-3 / min(run(1), run(1)))  # the very first call may compile a kernel
    return min(run(calls) for _ in range(repeats))

# %% [markdown]
# **Predict**: how much longer than one number do a thousand take? (Of a GPU we claim nothing.)

# %%
def ones(*shape): return asarray(np.ones(shape, "float32"))
sizes, costs = 2 ** np.arange(21 if knobs.quick else 25), {}
for place in places:
    use(place)
    multiply = array_module(ones(1)).multiply
    T = np.array([seconds(lambda: multiply(x, 1.0, out=x)) for x in map(ones, sizes)])
    a, r = T.min(), (sizes / T).max()
    costs |= {place: T / sizes * 1e9, f"{place}: a/n + 1/r": (a / sizes + 1 / r) * 1e9}
    print(f"{place}: a {a * 1e6:.1f} µs, r {r / 1e9:.1f} numbers a ns, n_1/2 about {a * r:,.0f}")
    assert T[10] < 50 * a, "a thousand for the price of a few"

# %%
keep(draw.curves(costs, x=np.log2(sizes), log=True, xlabel="n, as a power of 2",
    ylabel="nanoseconds an element", title="Small arrays pay for the start", caption="x * 1 in "
    "float32. Notice the slope: one number or a thousand cost about the same call. Notice where "
    "the model hopes too much, at the right: x has outgrown one cache, then the next."), "start")

# %% [markdown]
# A step is some 90 kernels. **Predict** what an image costs in a batch of one, and in one of 128.

# %%
def per_image(b):
    x, (net, adam) = ones(b, D), new_net()
    return seconds(lambda: step(net, adam, x, x)) / b
for place in places:
    use(place)
    one, many = per_image(1), per_image(128)
    print(f"{place}: {one * 1e6:.0f} µs an image by itself, {many * 1e6:.1f} µs among 128")
    assert knobs.quick or one > 2 * many, "a batch shares the start"

# %% [markdown]
# ## Then: memory, or arithmetic
# A layer $x W$, $(N, H) (H, H)$, needs $2 N H^2$ operations, $4 (2 N H + H^2)$ bytes. A machine of
# $P$ operations and $B$ bytes a second does at most $\min(P, I B)$. $I$, operations per byte, is
# the **intensity** (the *roofline* of Williams et al.): $1/8$ for `x * 1`, about $N / 2$ for the
# layer while $N \ll H$. We take $B$ from `x * 1` on $W$, which a cache may hold, and $P$ from the
# fastest layer. **Predict** how much longer float64 takes.

# %%
side, rows, roofs = 64 if knobs.quick else 512, 2 ** np.arange(9), {}
flop = 2 * rows * side**2
intensity = np.array([1 / 8, *flop / (4 * (2 * rows * side + side**2))])
for place in places:
    use(place)
    W, multiply = ones(side, side), array_module(ones(1)).multiply
    B = 8 * W.size / seconds(lambda: multiply(W, 1.0, out=W)) / 1e9
    layer = [seconds(lambda: x @ W) for x in (ones(N, side) for N in rows)]
    rates = np.array([B / 8, *flop / layer / 1e9])
    roofs |= {place: rates, f"{place}: roof": np.minimum(rates.max(), intensity * B)}
    f4, f8 = (seconds(lambda: y @ y) for y in (W, W.astype("float64")))
    print(f"{place}: {B:.0f} GB/s, {rates.max():.0f} GFLOP/s; float64 takes {f8 / f4:.1f} x")
    assert knobs.quick or rates.max() > 2 * rates[0], "a product does more with each byte"
_ = use(knobs.backend)  # as it was asked for

# %%
keep(draw.curves(roofs, x=np.log2(intensity), log=True, xlabel="operations per byte, as a power "
    "of 2: first x * 1, then one layer for 1, 2, 4, ... images", ylabel="GFLOP/s",
    title="A small batch waits for memory, a large one for arithmetic", caption="Notice the roof's "
    "slope, where bytes set the pace, and its flat part, where multiplying does. For a few images "
    "BLAS falls short of it: it usually copies W into another order first."), "roof")

# %% [markdown]
# ## Recap
# Ops follow their data; Python need not see the values; what moves, moves once. Small arrays wait
# for starts, little work on each byte for memory, the rest for arithmetic. **Real systems** fuse
# kernels, copy a batch while computing another, multiply in 16 bits: gains not measured here.
#
# **Exercises**, `python -m lessons check 16`: build `one_hot` and `to_batches`, change `mean_loss`,
# break `centred`. **Predict, then try**: where do both roofs lie in float64?
#
# **Sources.** Hockney & Jesshope 1981, *Parallel Computers* (start, rate). Williams, Waterman and
# Patterson 2009, *Roofline*, Comm. ACM 52(4). Goto and van de Geijn 2008, *Anatomy of ... Matrix
# Multiplication*, ACM TOMS 34(3) (the copy). CuPy's own `_core/core.pyx` (the glass's rules).
