# %% [markdown]
# # 5. Learning
#
# The first picture of this lesson is a map of a valley. Somebody stands at
# the square and wants to get to the star, which is the lowest point. They
# cannot see it. They only feel which way the ground falls under their feet,
# so they go that way, fifty times. This is gradient descent, as in lesson 1.
#
# At first they jump from wall to wall. Then they creep along the valley, and
# after fifty steps they have not arrived. The losses of real nets are full of
# such valleys. It is one reason why our nets have needed so many steps.
#
# In this lesson we first learn to walk better, and see what that does for
# the nets of lesson 4 that would not learn. Then we teach a net to read
# handwriting, and see what becomes of another that is shown only 300
# images. At the end stands a net that reads 96 % of images that it has
# never seen. Later lessons will ask it what a generated image shows.

# %%
import numpy as np

from lessons.support import claim, keep, options, progress
from scratchgen import MLP, Tensor, data, draw, grad, measure, nn
from scratchgen.backend import asarray, to_numpy
from scratchgen.data import batches
from scratchgen.draw import page
from scratchgen.engine import detach
from scratchgen.functions import cross_entropy, relu, sigmoid
from scratchgen.functions import softmax as softmax_of_rows
from scratchgen.optim import SGD, Adam

# %% Knobs
knobs = options("learning", data="mnist5k", seed=0)
steep = 100  # how much steeper the valley is across than along
walk = 50  # steps in the valley
beta = 0.9  # momentum: how much of the earlier steps is kept
deep_steps = 30 if knobs.quick else 600  # for the nets of lesson 4
batch = 128  # images in a step
sgd_lr = 0.1  # the learning rate of SGD on images
few = 300  # images to learn from, where we want too few of them
epochs = 5 if knobs.quick else 100  # how often the net sees each of these
shuffled = 0.0  # the share of their labels that is dealt out anew
decay = 0.003  # how hard weight decay pulls

# %%
def gradient_descent(gradient, w, lr, steps):
    path = [w]
    for _ in range(steps):
        g = gradient(w)
        w = w - lr * g
        path.append(w)
    return np.array(path)

# %% [markdown]
# The height of the valley at the point $(x, y)$ is
# $$f(x, y) = \frac{1}{2} (x^2 + 100 \, y^2)$$
# Along $x$ it is flat, and across, along $y$, it is a hundred times as
# steep. The derivative of $x^2 / 2$ is $x$. So the gradient is
# $$\frac{df}{dx} = x, \qquad \frac{df}{dy} = 100 \, y$$

# %%
def valley(w):  # the gradient at w = (x, y)
    return np.array([1, steep]) * w

start = np.array([-4.0, 0.8])
lr = 1.6 / steep  # 0.016; in a moment we see why
descent = gradient_descent(valley, start, lr, walk)

# %% A map for walks tags=["hide-input"]
def draw_map(axes, path, steepness):
    """Draw contours, and a walk over them, pale at first, then dark."""
    x, y = np.linspace(-5, 2.5, 151), np.linspace(-1.1, 1.1, 121)
    f = (x**2 + steepness * y[:, None] ** 2) / 2
    levels = f[:, 100].max() * np.linspace(0.05, 1.5, 9) ** 2
    axes.contour(x, y, f, levels, colors="#cccccc", linewidths=0.6)
    axes.plot(*path.T, color="#9a9a9a", linewidth=0.5)
    axes.scatter(*path.T, s=11, c=np.arange(len(path)), linewidths=0,
                 cmap=page.time_map(), zorder=3)  # fmt: skip
    axes.plot(*path[0], "s", color=page.INK, markersize=4.5, zorder=4)
    axes.plot(0, 0, "*", color="#a8203a", markersize=10, zorder=5,
              markeredgecolor="white")  # fmt: skip
    axes.set(xlim=(-5, 2.5), ylim=(-1.1, 1.1), xlabel="x")

# %% The valley tags=["hide-input"]
@page.paper_style()
def show_walks(walks, name, title, caption, steepness=steep):
    width = 4.6 if len(walks) == 1 else 6.5
    figure, grid = page.plot(width, 2.3, title, caption, 1, len(walks))
    for axes, (method, path) in zip(grid[0], walks.items(), strict=True):
        draw_map(axes, path, steepness)
        axes.set(title=method if len(walks) > 1 else "")
        axes.label_outer()
    grid[0, 0].set_ylabel("y")
    keep(page.settled(figure), name)

show_walks(
    {"gradient descent": descent}, "valley", "Straight downhill",
    "On each grey line the height is the same. (Along y the map is "
    "stretched, so steps do not look perpendicular to these lines.) The "
    "walk begins at the square. Its early steps are pale, its late ones "
    "dark. The star is the lowest point.",
)  # fmt: skip

# %% [markdown]
# ## Why it bounces
#
# A step of gradient descent subtracts the gradient times the learning rate,
# which formulas call $\eta$ (eta) and our code `lr`:
# $$x \leftarrow x - \eta \, x = (1 - \eta) \, x$$
# $$y \leftarrow y - \eta \cdot 100 \, y = (1 - 100 \, \eta) \, y$$
# So each step multiplies $x$ by one number, and $y$ by another. Our walker
# has $\eta = 0.016$. Then $y$ is multiplied by $-0.6$, and the minus sign is
# the jump to the other wall. The trouble is $x$. It is multiplied by
# $1 - \eta = 0.984$, so a step takes away less than two per cent of the
# distance.
#
# Could they not take longer steps?
#
# **Predict.** We make $\eta$ a third larger. Where is the walker after fifty
# steps: nearer to the star, about as far away, or much further?

# %%
for rate in (1.6 / steep, 2.1 / steep):
    x, y = gradient_descent(valley, start, rate, walk)[-1]
    print(f"lr {rate:.3f}: x = {x:.2f}, y = {y:.3g}")
claim(abs(y) > 90, "the longer steps lead out of the valley", f"{y:.3g}")

# %% [markdown]
# Now $y$ is multiplied by $-1.1$. Every jump leads higher up the other wall,
# and the walker flies out of the valley. To come down at all, we need
# $$1 - 100 \, \eta > -1, \quad\text{that is,}\quad \eta < 0.02$$
# How fast the slope changes along a direction, here 1 along $x$ and 100
# along $y$, is called its **curvature**. The *largest* curvature sets the
# limit, and the smallest has to live with it. How many times larger it is,
# here 100, is called the **condition number** of the valley. (The exercise
# `fastest_rate` looks for the best compromise.)
#
# ## A ball with friction
#
# A ball would do better. Across the valley the ground pushes it to and fro,
# and these pushes cancel. Along the valley all pushes point the same way,
# and it gathers speed. So let us give the walker the memory of a ball.
# Instead of the gradient $g$ alone, it follows a sum $m$ of all gradients so
# far, in which the old ones fade:
# $$m \leftarrow 0.9 \, m + g$$
# $$w \leftarrow w - \eta \, m$$
# This is **momentum**. The 0.9, usually called $\beta$, is what friction
# leaves of the speed. With $\beta = 1$ there is no friction, and nothing ever
# fades. We met that in lesson 1, where stale gradients made the loss swing up
# and down for ever.

# %%
def gathered(gradients):
    m, history = 0.0, []
    for g in gradients:
        m = beta * m + g
        history.append(m)
    return np.array(history)

# %% [markdown]
# **Predict.** What does $m$ come to if all gradients are 1? And if they are
# 1, $-1$, 1, $-1$, and so on?

# %%
agree, alternate = gathered([1] * 60), gathered([1, -1] * 30)
print("agree:    ", agree[:6].round(2), "...", agree[-2:].round(2))
print("alternate:", alternate[:6].round(2), "...", alternate[-2:].round(2))

# %% [markdown]
# Where the gradients agree, $m$ rises to 10. There it stops, because at 10
# the fading takes away as much as is added: $0.9 \cdot 10 + 1 = 10$. Where
# they alternate, it comes to about a half. So pushes that agree count ten
# times, and pushes that alternate count half. Nobody had to say which is
# which.

# %%
def momentum(gradient, w, lr, steps):
    path, m = [w], 0.0
    for _ in range(steps):
        g = gradient(w)
        m = beta * m + g
        w = w - lr * m
        path.append(w)
    return np.array(path)

rolling = momentum(valley, start, lr, walk)

# %% The same rate, with and without momentum tags=["hide-input"]
show_walks(
    {"gradient descent": descent, "momentum": rolling}, "momentum",
    "The walker and the ball",
    "As many steps each, with the same learning rate. The ball rolls past "
    "the star, and comes back.",
)  # fmt: skip
left = np.abs(descent[-1]).max(), np.abs(rolling[-1]).max()
print(f"distance from the star: walker {left[0]:.2f}, ball {left[1]:.2f}")
claim(left[1] < left[0] / 4, "the ball comes much nearer")

# %% [markdown]
# Along the valley the ball is much faster. Across it, it is slower than the
# walker. (We gave `gathered` its gradients. In the valley the ball's own
# swing makes them, and each step multiplies a swing by $\sqrt{\beta} =
# 0.95$.) With the best rate, and for the ball the best $\beta$, how many
# steps divide the distance by 1,000, say? The number grows like the
# condition number for a walker, and like its root for a ball (Goh derives
# it).
#
# ## Adam: a step for each weight
#
# Momentum makes the best of a single learning rate. But why should there be
# a single one? The flat direction could do with a rate of 1, and it is the
# steep one that forbids it. In a net the differences are larger still:
# lesson 4 had gradients that shrank or grew from layer to layer.
#
# So the plan is: *divide the gradient of each weight by the size that it
# usually has*. Then all weights move by about the same length. A step whose
# length is fitted in this way, by a weight's own history, is called an
# **adaptive step**. The method that we now derive is **Adam** (Kingma and Ba
# 2015), with which most nets are trained today. It has four parts.
#
# *The usual size.* We want an average over recent gradients. Their sign does
# not matter, so we average their squares, and take the root at the end. To
# keep no long list, we mix a little of each new one into what we have:
# $$v \leftarrow 0.999 \, v + 0.001 \, g^2$$
# This is a moving average. What lies some thousands of steps back has faded.
#
# *The direction.* As with momentum, a single gradient is not to be trusted.
# So we average the gradients, too, over some ten steps. (This $m$ is a mean.
# That of momentum was a sum, ten times as large.)
# $$m \leftarrow 0.9 \, m + 0.1 \, g$$
#
# *The start.* Both averages start at 0, and so they are too small at first.
# By how much? Let us write out the first three:
# $$m_1 = 0.1 \, g_1$$
# $$m_2 = 0.09 \, g_1 + 0.1 \, g_2$$
# $$m_3 = 0.081 \, g_1 + 0.09 \, g_2 + 0.1 \, g_3$$
# In an average the factors should add up to 1. What do these add up to?

# %%
m = np.zeros(3)
for g in np.eye(3):  # a column each for g_1, g_2 and g_3
    m = 0.9 * m + 0.1 * g
    total = m.sum()
    print(m.round(3), f"add up to {total:.3f}, missing {1 - total:.3f}")

# %% [markdown]
# What is missing is 0.9, then 0.81, then 0.729. These are the powers of 0.9,
# because the 0 that we started with is still part of the average, and each
# step keeps 0.9 of it. So after $t$ steps the factors add up to $1 - 0.9^t$,
# and we divide by that:
# $$\hat{m} = \frac{m}{1 - 0.9^t}, \qquad \hat{v} = \frac{v}{1 - 0.999^t}$$
# This is the **bias correction**. Without it, the first step would be
# $0.1 / \sqrt{0.001} = 3.2$ times as long as it should be. (An estimate is
# called biased if it is wrong on average. The biases of a layer have nothing
# to do with it.)
#
# *The step.* The direction, divided by the usual size:
# $$w \leftarrow w - \eta \, \frac{\hat{m}}{\sqrt{\hat{v}} + \epsilon}$$
# A tiny $\epsilon = 10^{-8}$ takes care that we never divide by 0. (With $g$
# in place of $\hat{m}$, this is an older method, **RMSProp**.)

# %%
def adam(gradient, w, lr, steps, beta1=0.9, beta2=0.999, eps=1e-8):
    path, m, v = [w], 0.0, 0.0
    for t in range(1, steps + 1):
        g = gradient(w)
        m = beta1 * m + (1 - beta1) * g  # the direction
        v = beta2 * v + (1 - beta2) * g**2  # the usual size, squared
        m_hat = m / (1 - beta1**t)  # both started at 0
        v_hat = v / (1 - beta2**t)
        w = w - lr * m_hat / (np.sqrt(v_hat) + eps)
        path.append(w)
    return np.array(path)

# %% [markdown]
# **Predict.** Three weights start at 0. Their gradients are 0.001, $-1$ and
# 1,000,000. How far does each of them go in the first step, if $\eta$ is a
# half?

# %%
gradients = np.array([0.001, -1.0, 1_000_000.0])
first = adam(lambda w: gradients, np.zeros(3), lr=0.5, steps=1)[-1]
print("after the first step:", first.round(4))
assert np.allclose(first, -0.5 * np.sign(gradients), rtol=1e-4)

# %% [markdown]
# Each goes by a half, against its gradient. We can see it by hand: at
# $t = 1$ the corrected averages are $\hat{m} = g$ and $\hat{v} = g^2$. So
# the step is $\eta \, g / |g|$, and all that is left of the gradient is its
# sign. The learning rate of Adam is a *length*: about how far a weight goes
# in a step. (The exercise `long_step` looks for the exceptions.)
#
# **Check.** The library has Adam, too. We let both walk down the valley.

# %%
w, theirs = Tensor(start), [start]
library = Adam([w], lr=0.3)
for _ in range(walk):
    library.step([valley(w.value)])
    theirs.append(detach(w))
ours = adam(valley, start, 0.3, walk)
print(f"largest difference: {np.abs(ours - theirs).max():.1e}")
assert np.allclose(ours, theirs, rtol=0, atol=1e-9)

# %% [markdown]
# ## A race
#
# For a race we make the valley ten times as steep across as it was. Each of
# the three methods has fifty steps, and of 101 learning rates the one that
# leads it lowest.

# %%
def steeper(w):
    return np.array([1, 10 * steep]) * w

# %%
def lowest_walk(method, gradient, start):
    walks, heights = [], []
    for rate in 10 ** np.linspace(-4, 1, 101):
        path = method(gradient, start, rate, walk)
        walks.append(path)
        w = path[-1]
        heights.append(w @ gradient(w) / 2)  # (x · x + y · 1000 y) / 2
    return walks[np.nanargmin(heights)], np.nanmin(heights)

# %% [markdown]
# **Predict.** In which order will they arrive, and who will not?

# %%
methods = {"gradient descent": gradient_descent, "momentum": momentum,
           "Adam": adam}  # fmt: skip
race, ends = {}, {}
for name, method in methods.items():
    with np.errstate(all="ignore"):  # at some rates it flies away
        race[name], ends[name] = lowest_walk(method, steeper, start)
    print(f"{name:16} ends at the height {ends[name]:.3g}")

# %% The race tags=["hide-input"]
show_walks(
    race, "race", "The race in a steeper valley",
    "As many steps each, pale at first, then dark. Momentum's first step "
    "leads below the frame. Adam strides out, is carried past the star, "
    "and circles in on it.", steepness=10 * steep,
)  # fmt: skip
claim(ends["gradient descent"] > ends["momentum"] > 10 * ends["Adam"],
      "Adam comes first, gradient descent last")  # fmt: skip

# %% [markdown]
# Gradient descent hardly moves along the valley. Momentum gets most of the
# way. Adam gets there. It does not even notice that the valley has
# become steeper: ten times the gradient, divided by ten times its usual
# size, is the same step.
#
# But Adam has a weak point, and the formula shows it. It divides number by
# number, first for $x$, then for $y$.
#
# **Predict.** We turn the valley by half a right angle, so that it lies
# along the diagonal, and we turn the start with it. Which of the three walks
# changes, and why?

# %%
def turned(w):  # along the valley x and y rise together
    x, y = w
    along, across = x + y, 10 * steep * (y - x)
    return np.array([along - across, along + across]) / 2

# %%
x, y = start
turned_start = np.array([x - y, x + y]) / np.sqrt(2)
for name, method in methods.items():
    with np.errstate(all="ignore"):
        _, end = lowest_walk(method, turned, turned_start)
    print(f"{name:16} turned {end:.3g}, before {ends[name]:.3g}")
claim(end > ends["momentum"], "turned, Adam falls behind momentum")

# %% [markdown] tags=["explorer:valley"]
# The first two add up arrows, and arrows do not care how the map is turned.
# Adam looks at each weight by itself. If steep and flat are mixed in both of
# them, it has nothing to tell apart, and its advantage is gone.

# %% [markdown]
# ## The nets that would not learn
#
# Then why is Adam so successful? In a net, whole layers have smaller
# gradients than others, and such differences Adam evens out. Lesson 4 ended
# with nets of ten hidden layers for digits of 8 by 8 pixels, and most of them
# did not learn. Here they are once more, with random weights of the same
# spreads and as many steps, but with Adam, and its usual rate of 0.001.

# %%
def of_spread(spread):
    def init(n_in, n_out, rng):
        return spread * rng.standard_normal((n_in, n_out))
    return init

deep_nets = {}
for name, bend, init in (("spread 0.1", relu, of_spread(0.1)),
                         ("He", relu, nn.he),
                         ("spread 0.3", relu, of_spread(0.3)),
                         ("sigmoids", sigmoid, of_spread(1 / 8))):
    rng = np.random.default_rng(knobs.seed)
    widths = [64] * 11 + [10]
    deep_nets[name] = MLP(widths, hidden=bend, init=init, rng=rng)

# %%
small = data.load("digits")
small_images = asarray(small.train_images)
onehot = asarray(np.eye(10, dtype="float32")[small.train_labels])

def train_deep(net):
    rng, losses = np.random.default_rng(knobs.seed), []
    optimiser = Adam(net.parameters(), lr=0.001)
    for _ in range(deep_steps):
        at = rng.integers(0, len(small_images), 128)
        error = net(small_images[at]) - onehot[at]
        loss = (error * error).mean()
        optimiser.step(grad(loss, net.parameters()))
        losses.append(float(loss.value))
    return losses

# %% [markdown]
# **Predict.** In lesson 4 the gradients of the first net had faded to less
# than a hundredth, those of the third had exploded, and those of the sigmoids
# had faded to a millionth. Which of these nets will learn now?

# %%
deep_losses, deep_right = {}, {}
for name, net in deep_nets.items():
    deep_losses[name] = train_deep(net)
    deep_right[name] = measure.accuracy(
        net, asarray(small.test_images), asarray(small.test_labels)
    )
    print(f"{name:10} {deep_right[name]:.0%} right")

# %% Lesson 4's nets, by Adam tags=["hide-input"]
keep(draw.curves(
    {n: np.clip(v, 1e-4, 1e4) for n, v in deep_losses.items()}, log=True,
    levels={"0.1 for each": 0.09}, ylabel="mean squared error",
    title="The nets of lesson 4, trained by Adam",
    caption="Ten hidden layers each, from different random numbers. By "
    "gradient descent only He's net learnt in as many steps."),
    "deep")  # fmt: skip
claim(min(deep_right["spread 0.1"], deep_right["He"]) > 0.9,
      "two nets learn to read")  # fmt: skip
claim(max(deep_right["spread 0.3"], deep_right["sigmoids"]) < 0.3,
      "two do not")  # fmt: skip

# %% [markdown]
# The first net learns as well as He's. Its gradients were small, and Adam
# divides them by their size. The third one no longer bursts, since no step of
# Adam is long. But its answers begin far too large, and 600 steps of 0.001
# are too few to bring its weights down: its loss ends above that of a net
# that says 0.1 each time. And the sigmoids learn nothing. Adam can enlarge a
# gradient, but it cannot bring back what is lost on the way *forward*, where
# all images become the same. So a good start is still needed.
#
# (That is not the whole answer to why Adam is so successful. Why it beats
# gradient descent so clearly on language models, for example, is still being
# argued about.)
#
# (This is a good place for a rest.)
#
# ## Ten numbers, and what they mean
#
# Now to the handwriting. A net that says to which of several classes an
# image belongs is a **classifier**. Ours takes 784 pixels, has one hidden
# layer, and gives ten numbers, one for each digit. The largest one is its
# answer.

# %%
digits = data.load(knobs.data)
images = asarray(digits.train_images)[:4000]
labels = asarray(digits.train_labels)[:4000]
D, C = images.shape[1], len(digits.class_names)
seen = 3 * len(images) // 4  # so many to learn from, the rest to ask

def new_net():
    return MLP([D, 128, C], rng=np.random.default_rng(knobs.seed))

numbers = sum(w.value.size for w in new_net().parameters())
print(f"{D} pixels, {C} classes, {numbers:,} weights and biases")
print(f"{seen} images to learn from, {len(images) - seen} others")

# %% The classifier tags=["hide-input"]
keep(draw.network(
    "image -> [hidden layer] -> [last layer] -> logits -> [softmax] "
    "-> probabilities", sizes={
        "image": f"{D} pixels", "hidden layer": "128 ReLUs",
        "last layer": f"{C} units", "logits": C,
        "probabilities": C},
    title="A classifier",
    caption="An image goes in as a row of pixels. Out come its logits, "
    "one for each class, and the softmax makes probabilities."),
    "classifier")  # fmt: skip

# %% [markdown]
# What should its loss be? The share of images that it gets right is its
# **accuracy**, and in the end that is what we care about. But it is of no
# use for gradient descent. Nudge a weight by a millionth, and hardly ever
# does an answer change. So the accuracy stays as it was, and its gradient is
# 0. We need a loss that feels every nudge.
#
# *Probabilities.* We turn the ten numbers into others that are positive and
# add up to 1, so that we can read them as the probabilities that the net
# gives to the classes: "three quarters a 4, one quarter a 9". To make them
# positive, we take $e$ to the power of each. To make them add up to 1, we
# divide by their sum $S$:
# $$p_c = \frac{e^{s_c}}{S}, \qquad S = \sum_k e^{s_k}$$
# This is the **softmax**. The numbers $s_c$ that go into it are called
# **logits**. If one of them grows by 1, its probability becomes $e$ times as
# large in comparison with the others, nearly three times.

# %%
def softmax(s):
    e = np.exp(s)
    return e / e.sum()

s = np.array([2.0, 1.0, -1.0])  # the logits of three classes
p = softmax(s)
print("probabilities", p.round(3))

# %% [markdown]
# *The loss.* What counts is the probability $p_y$ of the right class $y$. If
# it is 1, the loss should be 0. The smaller it is, the larger the loss should
# be. We take
# $$L = -\log p_y$$
# with the natural logarithm, as always in this course. A probability of a
# half has the loss 0.69. A tenth, which is what each digit gets in a blind
# guess, has the loss 2.30. A thousandth has the loss 6.91: whoever is sure of
# something wrong pays dearly. The mean over many images is the
# **cross-entropy**. (*Entropy* measures surprise, by such a logarithm.
# *Cross*, because the labels come from the world and $p$ from the net.)
#
# Why the logarithm? The probability that the net gives to *all* the right
# answers together is a product. The logarithm makes a sum of it. So whoever
# makes the cross-entropy small makes this probability large. We come back to
# that in lesson 7.

# %%
def loss_of(s, y):
    return -np.log(softmax(s)[y])

for chance in (1 / 2, 1 / 10, 1 / 1000):
    print(f"probability {chance}: loss {-np.log(chance):.2f}")

# %% [markdown]
# *Its gradient* comes out simpler than one would think. Put in what $p_y$
# is. The logarithm of a quotient is a difference, and $\log e^{s_y} = s_y$:
# $$L = -\log \, (e^{s_y} / S) = \log S - s_y$$
# Now the derivative with respect to one logit $s_c$. That of $\log S$ is
# $1/S$ times that of $S$, and in $S$ only the term $e^{s_c}$ contains $s_c$:
# $$\frac{d \log S}{d s_c} = \frac{1}{S} \cdot e^{s_c} = p_c$$
# The derivative of $s_y$ is 1 if $c$ is the right class, and 0 if it is not:
# $$\frac{dL}{ds_c} = p_c - 1 \;\; (c = y), \qquad
# \frac{dL}{ds_c} = p_c \;\; (c \neq y)$$
# It is what the net says, minus what it should say.
#
# **Predict.** In our example the probabilities were 0.705, 0.259 and 0.035.
# Let the second class be the right one. Which of the three logits will be
# pushed most, and which way?

# %%
y, h = 1, 1e-5
measured = [
    (loss_of(s + h * one, y) - loss_of(s - h * one, y)) / (2 * h)
    for one in np.eye(3)
]  # finite differences, as in lesson 1
print("gradients", (p - np.eye(3)[y]).round(3))
print("measured ", np.round(measured, 3))
assert np.allclose(p - np.eye(3)[y], measured, atol=1e-8)

# %% [markdown]
# A step against the gradient raises the second logit and lowers the two
# others, the first of them most, because it had taken most. Where the net is
# right and sure, all gradients are nearly 0.
#
# Why not the squared error, as in lesson 4? Behind a softmax, its gradient
# is multiplied by products $p \, (1 - p)$, like that of a sigmoid. So a net
# that is sure and *wrong* gets next to none. Take the logits 10, 0, 0,
# where the second class is right. The cross-entropy pushes the first two by
# 1.0 each, the squared errors by 0.0003 and 0.0002. (A fresh net is not so
# sure. With the best of six rates for each, SGD reads some nine in ten after
# the five epochs below with either loss. From two of three starts it reads
# more with the cross-entropy, and from one with the squared error.)
#
# The library's `cross_entropy` does the same for a batch. It also avoids
# $e^{1000}$, which no computer can hold. (How? That is part of the exercise
# `logit_slopes`.)
#
# ## A few images at a time
#
# Our loss is the mean of what 3,000 images say, and so is its gradient. Do we
# need them all? Whoever wants to know how tall the people of a country are
# measures a hundred, drawn at random, and is off by a little. The error falls
# like $1/\sqrt{n}$, because the variances of independent numbers add up, as
# in lesson 4. So a hundred times as many images make it only ten times
# smaller. Being exact is expensive: for the price of one exact gradient we
# could take thirty steps of a hundred images, though rough ones.
#
# That is what everybody does. We shuffle the images, cut them into parts of
# 128, and take a step for each part. Such a part is called a **mini-batch**.
# Its gradient points the right way only on average. So the method is called
# **stochastic gradient descent**, SGD for short: *stochastic* means by
# chance.
#
# Here is the training loop. In the main it is the loop of every net in this
# course.

# %%
def train(net, optimiser, images, labels, epochs, size=batch):
    rng = np.random.default_rng(knobs.seed)
    for _ in range(epochs):
        for x, y in batches((images, labels), size, rng):
            loss = cross_entropy(net(x), y)  # forward pass
            g = grad(loss, net.parameters())  # backward pass
            optimiser.step(g)
        yield net

# %% [markdown]
# Whoever has seen the answers can repeat them. So we ask the net about the
# 1,000 images that it does *not* learn from, which are called **held-out**.

# %%
def ask(net, images, labels):
    loss = cross_entropy(detach(net(images)), labels)
    return float(loss), measure.accuracy(net, images, labels)

# %% [markdown]
# **Predict.** Three nets are trained for five epochs. The first one takes a
# single exact step an epoch. The second one takes two dozen rough ones, with
# the same learning rate. The third one does, too, but by Adam, with the
# 0.001 that Adam usually has. What will their losses look like?

# %%
ways = {"SGD, all images": (SGD, sgd_lr, seen),
        "SGD, mini-batches": (SGD, sgd_lr, batch),
        "Adam, mini-batches": (Adam, 0.001, batch)}  # fmt: skip
passes = {}
for name, (method, rate, size) in ways.items():
    net = new_net()
    optimiser = method(net.parameters(), lr=rate)
    told = train(net, optimiser, images[:seen], labels[:seen], 5, size)
    results = [ask(net, images[seen:], labels[seen:]) for net in told]
    passes[name] = [loss for loss, _ in results]
    loss, right = results[-1]
    print(f"{name:18} loss {loss:.2f}, {right:.1%} right")

# %% Five passes over the same images tags=["hide-input"]
keep(draw.curves(
    passes, levels={"a blind guess": np.log(C)}, xlabel="epoch",
    ylabel="held-out loss", title="Five passes over the same images",
    caption="The loss on 1,000 images that the nets have not learnt from, "
    "after each pass through 3,000 others."), "passes")  # fmt: skip
claim(passes["SGD, all images"][-1] > 2 * passes["SGD, mini-batches"][-1],
      "mini-batches learn faster")  # fmt: skip
claim(passes["SGD, mini-batches"][-1] > passes["Adam, mini-batches"][-1],
      "Adam learns fastest")  # fmt: skip
claim(right > 0.9, "Adam's net reads nine of ten", f"{right:.1%}")
q = softmax(np.array([10.0, 0, 0]))  # sure and wrong: how it is pushed
slope = 2 * (q - np.eye(3)[1])  # of the squared errors
pushed = q * (slope - q @ slope)
assert np.abs(pushed[:2]).round(4).tolist() == [0.0003, 0.0002]
assert np.abs(q - np.eye(3)[1])[:2].round(1).tolist() == [1.0, 1.0]

# %% [markdown]
# Many rough steps lead far beyond a few exact ones. And Adam has got furthest,
# with a learning rate that nobody has tuned. That is its main merit. (SGD can
# do as well or better, with `sgd_lr=1.0` for example. But the rate that suits
# it differs from net to net.)
#
# ## Learning by heart
#
# Suppose now that we have only 300 images, 30 of each digit. We train for a
# long time, in mini-batches of 64, and look at two losses: the one on these
# 300, and the one on the 1,000 held-out images.

# %%
few_images, few_labels = images[:few], labels[:few].copy()
rng = np.random.default_rng(knobs.seed)
drawn = rng.random(few) < shuffled  # none, until you turn the knob
few_labels[drawn] = rng.permutation(few_labels[drawn])

# %%
def follow(told):
    history = []
    for net in told:
        known = ask(net, few_images, few_labels)
        unknown = ask(net, images[seen:], labels[seen:])
        history.append((*known, *unknown))
    return np.transpose(history)

# %% [markdown]
# **Predict.** How will each of the two losses go on, for a hundred epochs?

# %%
net = new_net()
optimiser = Adam(net.parameters())
told = train(net, optimiser, few_images, few_labels, epochs, 64)
known, known_right, held_out, right = follow(progress(told, epochs))
turn = held_out.argmin()  # where the held-out loss is lowest

# %%
print(f"training: loss {known[-1]:.4f}, {known_right[-1]:.1%} right")
for name, at in {"lowest, in epoch": turn, "last, in epoch": -1}.items():
    epoch = np.arange(1, epochs + 1)[at]
    print(f"held-out: loss {held_out[at]:.3f}, {right[at]:.1%} right, "
          f"{name} {epoch}")  # fmt: skip

# %% Two losses that part tags=["hide-input"]
figure = draw.curves(
    panels={
        "cross-entropy": {"held-out": np.minimum(held_out, 1.2),
                          "training": np.minimum(known, 1.2)},
        "share of wrong answers": {"held-out": 1 - right,
                                   "training": 1 - known_right}},
    xlabel="epoch", title="Two losses that part",
    caption="A net that sees the same few images again and again. The "
    "dotted line is the epoch in which its held-out loss is lowest. "
    "(Losses above 1.2 are drawn at 1.2.)",
)  # fmt: skip
for axes in figure.axes:
    axes.axvline(turn + 1, color="#6b6b6b", linewidth=0.8,
                 linestyle=(0, (1, 2)))  # fmt: skip
keep(figure, "overfitting")
claim(known_right[-1] == 1, "the net knows all of its images")
claim(held_out[-1] > 1.08 * held_out[turn],
      "the held-out loss rises again")  # fmt: skip
claim(abs(right[-1] - right[turn]) < 0.02,
      "the share of wrong answers stays about the same")  # fmt: skip

# %% [markdown]
# The training loss goes to almost nothing, and all of the 300 are right. The
# held-out loss falls at first, too. Then it turns. From there on, what the
# net still learns about the 300 does not hold for others. It learns them by
# heart, as if it noted: the one with the scratch in the corner is a 4.
#
# This is **overfitting**. What we want is **generalisation**: doing well on
# what one has not seen. So whenever somebody says how good a net is, ask: on
# which images?
#
# But there is something odd in the panel on the right. The loss rises, and
# yet the share of wrong answers stays the same. How can that be? We train
# the same net once more, only up to the turn. For each of the 1,000 held-out
# images we ask both nets how sure they are, that is, which probability they
# give to their own answer.
#
# **Predict.** Both are right on about 83 of 100 images. How sure are they,
# on average?

# %%
early = new_net()
optimiser = Adam(early.parameters())
for _ in train(early, optimiser, few_images, few_labels, turn + 1, 64):
    pass

def probabilities_of(net, images):
    return to_numpy(softmax_of_rows(detach(net(asarray(images)))))

# %%
answered = {}
for name, one in {"up to the turn": early, "to the end": net}.items():
    p = probabilities_of(one, images[seen:])
    sure, hit = p.max(axis=1), p.argmax(axis=1) == to_numpy(labels[seen:])
    answered[name] = sure, hit
    print(f"{name:14} {hit.mean():.1%} right, and {sure.mean():.1%} sure; "
          f"of its mistakes {sure[~hit].mean():.1%} sure")  # fmt: skip

# %% The same, by how sure tags=["hide-input"]
gaps = []
for name, (sure, hit) in answered.items():
    for low, high in ((0.5, 0.7), (0.7, 0.9), (0.9, 1.0)):
        at = (low <= sure) & (sure <= high)
        if at.any():
            says, holds = sure[at].mean(), hit[at].mean()
            gaps.append(says - holds)
            print(f"{name:14} {low} to {high}: "
                  f"{says:.0%} sure, {holds:.0%} right")  # fmt: skip
claim(np.abs(gaps[:3]).max() < 0.15 and gaps[-2] > 0.07,
      "each degree nearly holds at the turn, not at the end")  # fmt: skip
excess = [sure.mean() - hit.mean() for sure, hit in answered.values()]
claim(abs(excess[0]) < 0.04, "at the turn it is as sure as it is right")
claim(excess[1] > 0.04, "at the end it is surer than right")

# %% [markdown]
# A net is called **calibrated** if it is as often right as it says, for
# each degree of sureness. At the turn ours nearly is. The one that went on
# says more than it knows: it is *overconfident*. It is surer of its
# mistakes, too, and the cross-entropy makes it pay for them. So a rising
# loss need not mean more mistakes. It means that one can trust the net's
# probabilities less.
#
# ## What helps
#
# Whatever holds a net back from learning by heart is called
# **regularisation**. The first kind is to stop at the turn, as we have just
# done: **early stopping**. Two others need only a line or two in the loop:
#
# - **Weight decay** adds to the loss a small multiple of the sum of all
#   squared weights (also called **L2 regularisation**). Its gradient pulls
#   every weight towards 0, and only those stay large that many images ask
#   for. (`AdamW` pulls after Adam's division by the usual size. That needs
#   larger numbers: 3, for example, where ours is 0.003.)
# - **Data augmentation** shows changed copies, for which the label still
#   holds. A 7 is a 7 also a pixel further to the left.

# %%
def moved(x, rng):  # a whole batch alike; what leaves comes in opposite
    tiles = x.reshape(-1, *digits.image_shape)
    down, right = rng.integers(-1, 2, size=2).tolist()  # each -1, 0 or 1
    return np.roll(tiles, (down, right), axis=(1, 2)).reshape(x.shape)

# %%
def train_held_back(images, labels, epochs, decay=0.0, move=False):
    net, rng = new_net(), np.random.default_rng(knobs.seed)
    weights = net.parameters()
    optimiser = Adam(weights)
    for _ in range(epochs):
        for x, y in batches((images, labels), 64, rng):
            x = moved(x, rng) if move else x
            size = sum((w * w).sum() for w in weights)
            loss = cross_entropy(net(x), y) + decay * size
            optimiser.step(grad(loss, weights))
        yield net

# %% [markdown]
# **Predict.** Four cures: early stopping, weight decay, images that are
# moved by up to a pixel, and ten times as many images, each of them seen a
# tenth as often. Order them by the share of held-out digits that are read
# wrongly in the end.

# %%
with_decay = follow(train_held_back(few_images, few_labels, epochs, decay))
with_moves = follow(
    train_held_back(few_images, few_labels, epochs, move=True)
)
many = min(10 * few, seen)
with_more = follow(
    train_held_back(images[:many], labels[:many], max(1, epochs // 10))
)

# %%
at_end = {"nothing": (held_out[-1], right[-1]),
          "early stopping": (held_out[turn], right[turn]),
          "weight decay": with_decay[2:, -1],
          "moved images": with_moves[2:, -1],
          "more images": with_more[2:, -1]}  # fmt: skip
for name, (loss, share) in at_end.items():
    print(f"{name:15} held-out loss {loss:.3f}, {1 - share:.1%} wrong")

# %% The held-out loss, with three cures tags=["hide-input"]
curves = {"nothing": held_out, "weight decay": with_decay[2],
          "moved images": with_moves[2]}  # fmt: skip
keep(draw.curves(
    {name: np.minimum(curve, 1.2) for name, curve in curves.items()},
    levels={"more images": at_end["more images"][0]}, xlabel="epoch",
    ylabel="held-out loss", title="What helps against learning by heart",
    caption="The same net and the same few images. The dotted line is "
    "what it reaches from ten times as many."), "cures")  # fmt: skip
share = {name: 1 - right for name, (_, right) in at_end.items()}
claim(share["more images"] < 0.6 * share["moved images"],
      "more images help most")  # fmt: skip
claim(share["moved images"] < share["nothing"] - 0.01,
      "moved images help next")  # fmt: skip
claim(at_end["weight decay"][0] < at_end["nothing"][0] - 0.05,
      "weight decay keeps the loss from rising")  # fmt: skip

# %% [markdown]
# Ten times as many images leave less than half of the mistakes. Nothing else
# comes near that. Moved images come next: they are new images, after a
# fashion, and free. Early stopping and weight decay keep the net from being
# too sure of itself, so the loss is lower. The mistakes stay nearly as many.
# (Another cure, **dropout**, replaces half of the activations by 0, at random
# and anew in each step, so that no unit can rely on a single other one.)
#
# There is a catch. We have used the held-out images to *choose*: the epoch at
# which to stop, the cure to prefer. So what they say of our choice is a
# little too good. Images to choose by are called a **validation set**. For
# the last word we need others, which have had no say in anything: the **test
# set**. Ours are 1,000 further images that we have not touched so far.
#
# ## The judge
#
# Now all of it together. Later lessons will need a classifier that says
# which digit a generated image shows, and the library keeps one ready:
# `measure.judge`. It is our loop, with Adam, cross-entropy, mini-batches of
# 128, and images moved by up to a pixel. It learns from all the 4,000
# training images, and has two hidden layers, of 256 and 128 units. One thing
# is new: its learning rate falls during the training, from 0.001 to 0. Rough
# steps only jitter around the lowest point, and shorter ones settle there.
# (Such a plan for the rate is called a **schedule**.)

# %%
rng = np.random.default_rng(knobs.seed)
steps = 30 if knobs.quick else 1000
judge = measure.judge(digits, rng=rng, steps=steps, hidden=(256, 128))
print(f"right on {judge.accuracy:.1%} of {judge.held_out} test images")
claim(judge.accuracy > 0.95, "the judge reads more than 95 of 100",
      f"{judge.accuracy:.1%}")  # fmt: skip

# %% [markdown]
# So it is wrong on about four in a hundred. Here are twelve of its mistakes,
# those of which it is surest.

# %% Twelve digits tags=["hide-input"]
test, truth = digits.test_images, digits.test_labels
p = probabilities_of(judge, test)
said, sure = p.argmax(axis=1), p.max(axis=1)
wrong = np.flatnonzero(said != truth)
surest = wrong[np.argsort(-sure[wrong])][:12]
keep(draw.image_grid(
    test[surest], digits.image_shape, columns=6, title="What do you read?",
    caption="Twelve test images. The judge has misread each of them."),
    "riddle")  # fmt: skip

# %% [markdown]
# **Predict.** Read them yourself, row by row, and write down twelve digits.

# %% What was meant, and what the judge read tags=["hide-input"]
names = digits.class_names
answers = [f"{names[truth[i]]} (not {names[said[i]]})" for i in surest]
print("first row: ", ", ".join(answers[:6]))
print("second row:", ", ".join(answers[6:]))
print("how sure the judge was:", sure[surest].round(2))

# %% [markdown]
# You have probably read most of them. The fifth, a 2, hardly anybody would.
#
# To this net an image is a row of numbers. Nobody has told it which pixels
# are neighbours. (Nets that do know are called convolutional. With the whole
# of MNIST, fifteen times as many images, they are wrong on less than one in
# a hundred, and lesson 17 says where to find them.) Do remember those four in
# a hundred when the judge says in a later lesson which digits a generator
# makes. And these were images like those that it has learnt from. On images
# unlike them it may be much worse.
#
# ## Looking back
#
# The steepest direction limits the learning rate. Momentum adds up what
# agrees, Adam gives each weight steps of its own, and mini-batches make
# steps cheap. What a net says becomes probabilities by the softmax, and is
# judged by the cross-entropy. And what it is worth, only images can tell that
# it has not learnt from.
#
# You find all this elsewhere under the same names. PyTorch's `Adam` has the
# defaults of ours, and its `CrossEntropyLoss` expects logits, as ours does.
# Our weight decay is its `Adam(weight_decay=0.006)`, not its `AdamW`.
#
# One thing nobody fully understands. Our net has 101,770 weights and biases,
# enough to learn 300 images by heart whatever labels they carry (try it
# below). Then why does it read five of six digits that it has never seen?
#
# So far somebody had to say what each image shows. In lesson 6 nobody does.
# A net has to rebuild images from a few numbers, and finds out by itself
# what is worth knowing about them.

# %% [markdown] tags=["footer"]
# ## Try
#
# 1. `walk=100`: A hundred steps in place of fifty. Does Adam still win the
#    race?
#
#    **Answer.** Yes, but momentum has nearly caught up: they end at the heights
#    0.0001 and 0.0006, where after fifty steps they were at 0.01 and 0.64. What
#    momentum needs are enough steps to gather its speed. Gradient descent has
#    got to 5.6. In the turned valley Adam is still at 2.5.
#
# 2. `steep=10`: A valley ten times less steep. Is momentum still worth it?
#
#    **Answer.** Not this much of it. The limit for the learning rate is now
#    0.2, and with 0.16 the walker arrives (see the second map). The ball is
#    still swinging around the star when its fifty steps are over. For a
#    condition number of 10, a $\beta$ of 0.9 is too much.
#
# 3. `beta=0.99`: A ball with hardly any friction. Where is it after fifty
#    steps?
#
#    **Answer.** Further from the star than the walker, at a distance of 3.1.
#    Look at the second map: it has shot past the star, has come back nearly to
#    where it began, and its swings across the valley have hardly become
#    smaller. What has been gathered takes long to fade.
#
# 4. `sgd_lr=1.0`: Ten times the learning rate for SGD. Is Adam still the
#    best of the three?
#
#    **Answer.** No. SGD with mini-batches now gets to 0.24, and Adam to
#    0.32. (With 0.003 in place of its usual 0.001, Adam is level with it.)
#    So Adam takes no better steps than a well-chosen SGD, at least in a net
#    as small as this. It spares us the choosing. The five exact steps have
#    become too long: their loss is back at 2.2.
#
# 5. `few=1000`: More images from the start. When do the two losses part?
#
#    **Answer.** The held-out loss turns in epoch 17, as early as before, but
#    it is much lower there: 0.33. The mistakes fall from 17 to 11 per cent.
#    Moved images now help as much as three times as many images do: 6 per
#    cent are wrong with them, and 7 per cent with all the 3,000.
#
# 6. `shuffled=1.0`: All labels of the 300 are dealt out anew, at random. Can
#    the net learn them?
#
#    **Answer.** Yes, all 300, though there is nothing to understand. Of the
#    held-out images nine of ten are wrong, like in a blind guess, but the
#    loss is 4.5, far above the 2.3 of a blind guess: on average the net is
#    62 % sure of what it says. So a training loss near 0 says nothing about
#    whether anything was learnt that holds for others. (Zhang and others
#    showed this in 2017 with a million photographs.)
#
# ## Exercises
#
# `python -m lessons check 5` tests your answers to these.
#
# - *Change it*: `fastest_rate`, the learning rate that suits all directions
#   of a valley.
# - *Build it*: `adam_step`, one step of Adam. `logit_slopes`, the gradient
#   of the cross-entropy for a batch, without overflow.
# - *Break it*: `long_step`, gradients after which Adam goes three times as
#   far as its learning rate. `surer`, a loss that rises while there are
#   fewer mistakes.
#
# ## Sources
#
# - Goh, *Why Momentum Really Works* (2017), Distill, for the ball, and for
#   pictures that one can drag.
# - Kingma and Ba, *Adam: A Method for Stochastic Optimization* (2015),
#   arXiv:1412.6980, algorithm 1.
# - Polyak, *Some methods of speeding up the convergence of iteration
#   methods* (1964), USSR Computational Mathematics 4, for momentum; Robbins
#   and Monro, *A Stochastic Approximation Method* (1951), for steps that are
#   right only on average.
# - Loshchilov and Hutter, *Decoupled Weight Decay Regularization* (2019),
#   arXiv:1711.05101, for AdamW.
# - Goodfellow, Bengio and Courville, *Deep Learning* (2016), chapters 5 to
#   8, for all of this at greater length; Zhang et al. *Dive into Deep
#   Learning*, d2l.ai, with code.
# - Zhang et al., *Understanding deep learning requires rethinking
#   generalization* (2017), arXiv:1611.03530, for shuffled labels.
# - LeCun, Cortes and Burges, the MNIST database, for the digits.
#
# ## For maintainers
#
# **Takes** 45 minutes to read, 18 s to run.
# **Recorded** with quick=False data=mnist5k seed=0 backend=numpy steep=100
# walk=50 beta=0.9 deep_steps=600 batch=128 sgd_lr=0.1 few=300
# epochs=100 shuffled=0.0 decay=0.003 (2026-11-29)
# **Measured** over seeds 0, 1, 2: nothing in the valleys is drawn at random.
# Held-out loss of SGD with all images 1.99, 1.91, 1.95, with mini-batches
# 0.42, 0.43, 0.42, of Adam 0.32, 0.30, 0.31 (claimed: twice, and less).
# Overfitting: lowest held-out loss 0.580, 0.575, 0.566 in epoch 18, 26, 28,
# the last 0.686, 0.665, 0.632 (claimed: 1.08 times); right 82.7 and 82.7,
# 83.6 and 83.7, 82.6 and 82.6 % (claimed: .02 apart at most); how sure at
# the turn and at the end 79.7 and 90.0, 83.9 and 90.2, 83.7 and 89.6 %
# (claimed: within .04, and .04 more than right); where it says 0.7 to 0.9 it
# is right by 3 % more, 0 and 3 % less at the turn, and by 13, 16, 18 % less
# at the end; of its mistakes 59 and 72, 64 and 73, 63 and 71 % sure. Lesson
# 4's nets by Adam, right: spread 0.1 97, 95, 95; He 97, 96, 95; spread 0.3
# 10, 15, 13; sigmoids 9, 8, 10 % (claimed: above 90, and below 30). Wrong at
# the end, with nothing, weight decay, moved images, more images: 17.3 16.8
# 14.8 6.8, 16.3 16.5 13.9 6.9, 17.4 16.1 15.1 6.7 %. The judge is right on
# 96.0, 96.3, 95.4 % (claimed: above 95). SGD at other rates than 0.1,
# held-out loss after five epochs: 0.3 gives 0.30, 1.0 gives 0.24; momentum
# 0.9 at 0.1 gives 0.24, Adam at 0.003 gives 0.24. Right after five epochs of
# SGD at 0.1, with the squared error behind the softmax, that of the logits,
# and the cross-entropy: 21 72 90, 32 74 90, 26 71 89 %; with the best rate
# of 0.1, 0.3, 1, 2, 3, 5: 90 88 94, 92 89 90, 87 86 91 %. Seed 0, the
# held-out loss after AdamW's decay of 0.006 and 3: 0.69 and 0.59.
