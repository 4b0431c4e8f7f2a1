"""What is asked of the answers to lesson 12's exercises."""

import functools
import math

import numpy as np
from hypothesis import strategies as st

from lessons.runner.expect import (
    Exercise,
    expect,
    expect_close,
    expect_numbers,
    expect_shape,
    for_any,
)
from scratchgen import MLP, Adam, Tensor, check_grad, grad, no_grad
from scratchgen.data import load
from scratchgen.functions import bce_with_logits
from scratchgen.gradcheck import GradientError
from scratchgen.measure import precision_recall_density_coverage

logits = st.floats(-20, 20, width=32)


def _column(numbers):
    return np.array(numbers, dtype="float32").reshape(-1, 1)  # (N, 1)


def _sigmoid(t):
    return 1 / (1 + math.exp(-t))


def _slope_of(loss, t, what):
    """dloss/dt at the logits t, in float32; a word where there is none."""
    t = Tensor(_column(t))
    try:
        return grad(loss(t), t)
    except (TypeError, ValueError, AttributeError) as problem:
        raise AssertionError(f"{what} has no gradient: {problem}") from problem


def _expect_slopes(loss, t):
    """None if the rules' slopes are those of differences."""
    try:
        check_grad(loss, np.array(t)[:, None])
    except (GradientError, TypeError, ValueError) as problem:
        raise AssertionError(f"its slope at the logits {t}: {problem}") from problem


# generator_loss


def is_the_mean_of_minus_log_d(generator_loss):
    """it should be -log D, averaged over the fakes"""

    def holds(t):
        expected = -sum(math.log(_sigmoid(each)) for each in t) / len(t)
        what = f"generator_loss of the logits {t}"
        got = generator_loss(_column(t))
        expect_close(got, expected, what, 1e-5, 1e-7, why=_mistaken_for(generator_loss))

    for_any(holds, t=st.lists(logits, min_size=1, max_size=3))


def _mistaken_for(generator_loss):
    """What it is instead, if we know it; by two logits that tell all of these apart."""
    d1, d2 = _sigmoid(1.0), _sigmoid(2.0)
    fooled, caught = -math.log(d1) - math.log(d2), -math.log(1 - d1) - math.log(1 - d2)
    got = np.asarray(generator_loss(_column([1.0, 2.0])))
    for value, words in {
        -caught / 2: "That is log(1 - D), G's side of V: its slope vanishes where D is sure.",
        caught / 2: "That is -log(1 - D), what D descends at fakes: G would help D.",
        -fooled / 2: "That is +log D: a loss is descended, so G would make D surer. Mind the sign.",
        fooled: "That is the sum over the fakes; it should be their mean.",
    }.items():
        if got.dtype.kind == "f" and got.shape == () and math.isclose(got, value, rel_tol=1e-4):
            return words
    return ""


def is_finite_at_any_logit(loss):
    """it should be finite, and so its slope, at logits of 10,000 and -10,000"""
    for t, value, slope in ((-1e4, 1e4, -1.0), (1e4, 0.0, 0.0)):
        why = "D rounds to 0 or 1 there: take no logarithm of it, work with the logit."
        with np.errstate(all="ignore"):
            got, steep = loss(_column([t])), _slope_of(loss, [t], "the loss")
        expect_close(got, value, f"the loss at a logit of {t:g}", why=why)
        expect_close(steep, [[slope]], f"its slope at a logit of {t:g}", why=why)


def slopes_by_d_minus_one(loss):
    """it should have the slope (D - 1) / N, which is what differences say too"""
    some = st.lists(logits, min_size=1, max_size=3)
    for_any(lambda t: _expect_slopes(loss, t), t=some, examples=20)


# precision_and_density


def is_right_on_a_line(precision_and_density):
    """it should be 0.5 and 1.0 in the example"""
    real, made = _column([0, 1, 2, 3]), _column([0.5, 0.5, 8, 9])
    _expect_both(precision_and_density, real, made, 1, "the example")


def says_how_real_the_made_ones_look(precision_and_density):
    """it should draw the balls around real images, and count made ones"""
    rng = np.random.default_rng(0)
    real, made = rng.standard_normal((60, 3)), 0.3 * rng.standard_normal((40, 3))
    _expect_both(precision_and_density, real, made, 5, "40 images in the middle of 60 real ones")
    _expect_both(precision_and_density, made, real, 5, "60 images around 40 real ones")


def agrees_on_any_cloud(precision_and_density):
    """it should be so for any images and any k"""

    def holds(seed, k, n, m):
        rng = np.random.default_rng(seed)
        real, made = rng.standard_normal((n, 2)), 1.5 * rng.standard_normal((m, 2))
        what = f"{n} real and {m} made images, k = {k}"
        _expect_both(precision_and_density, real, made, k, what)

    sizes = st.integers(6, 12)
    for_any(holds, seed=st.integers(0, 99), k=st.integers(1, 4), n=sizes, m=sizes)


def _expect_both(precision_and_density, real, made, k, what):
    names = ["precision", "density"]
    got = expect_numbers(precision_and_density(real.copy(), made.copy(), k), names, what)
    marks = precision_recall_density_coverage(real, made, k=k)
    turned = precision_recall_density_coverage(made, real, k=k)
    told = {
        "These are balls around the made images: that is recall.": (turned[0], turned[2]),
        "Density is divided by k.": (marks.precision, marks.density * k),
    }
    if k > 1:
        nearer = precision_recall_density_coverage(real, made, k=k - 1)
        few = nearer.precision, nearer.density * (k - 1) / k
        told["In the sorted distances the nearest of all is the image itself, at 0."] = few
    why = next((words for words, pair in told.items() if np.allclose(got, pair)), "")
    if not why and np.isclose(got[0], marks.coverage):
        why = "That is coverage: which real balls are filled. Count made images instead."
    expect_close(got, [marks.precision, marks.density], f"precision and density of {what}", why=why)


# smoothed_discriminator_loss


def stops_at_the_target(loss):
    """it should have the slope 0 at real images where D = target, for any target"""

    def holds(target):
        t = math.log(target / (1 - target))
        slope = _slope_of(lambda x: loss(x, _column([0.0]), target), [t], "the loss")
        why = "Real images are still asked for 1." if abs(slope.item() + 1 - target) < 1e-5 else ""
        what = f"its slope at a real image's logit of {t:.3g}, where D = {target:.3g}"
        expect_close(slope, [[0.0]], what, atol=1e-5, why=why)

    for_any(holds, target=st.floats(0.6, 0.95))


def leaves_fakes_alone(loss):
    """it should ask for 0 at fakes, as before"""

    def holds(t):
        slope = _slope_of(lambda x: loss(_column([0.0]), x), [t], "the loss")
        what = f"its slope at a fake's logit of {t:g}"
        why = "One image counts half: average fakes and real images apart, then add."
        if not math.isclose(slope.item(), _sigmoid(t) / 2, rel_tol=1e-3):
            why = "The target is for real images only."
        expect_close(slope, [[_sigmoid(t)]], what, 1e-4, 1e-6, why)

    for_any(holds, t=st.floats(-5, 5, width=32))


def is_the_smoothed_cross_entropy(loss):
    """it should be the means of -0.9 log D(x) - 0.1 log(1 - D(x)) and of -log(1 - D(G(z)))"""
    real, fake = _column([1.0, -2.0, 0.5]), _column([0.5, -1.0])
    a, b = [_sigmoid(t) for t in real[:, 0]], [_sigmoid(t) for t in fake[:, 0]]
    at_real = -sum(0.9 * math.log(d) + 0.1 * math.log(1 - d) for d in a) / 3
    at_fakes = -sum(math.log(1 - d) for d in b) / 2
    why = "Two means, one over 3 real images and one over 2 fakes, are added."
    expect_close(loss(real, fake), at_real + at_fakes, "the loss of 3 and 2 logits", 1e-5, why=why)


def is_the_lessons_at_target_one(loss):
    """it should be the lesson's loss with target=1"""
    real, fake = _column([1.0, -2.0]), _column([0.5, 3.0])
    expected = bce_with_logits(real, 1.0).mean() + bce_with_logits(fake, 0.0).mean()
    expect_close(loss(real, fake, target=1.0), expected, "the loss with target=1", 1e-5)


# leaky_step


def _players():
    rng = np.random.default_rng(3)
    G, D = MLP([2, 8, 4], rng=rng), MLP([4, 8, 1], rng=rng)
    return G, D, *(rng.standard_normal(shape).astype("float32") for shape in ((16, 4), (16, 2)))


def _d_loss(G, D, real, z):
    with no_grad():
        real_loss = bce_with_logits(D(real), 1.0).mean()
        return float(real_loss + bce_with_logits(D(G(z)), 0.0).mean())


def _asked(leaky_step, *players):
    answer = leaky_step(*players)
    is_a_pair = isinstance(answer, tuple) and len(answer) == 2
    expect(is_a_pair, f"expected a pair (loss, parameters), got {type(answer).__name__}.")
    loss, parameters = answer
    expect(isinstance(loss, Tensor), f"the loss: expected a Tensor, got {type(loss).__name__}.")
    return loss, list(parameters)


def descends_ds_loss(leaky_step):
    """it should descend D's loss on `real` and on G(z)"""
    G, D, real, z = players = _players()
    loss, _ = _asked(leaky_step, *players)
    expect_shape(loss, (), "the loss", why="Take means over the images.")
    why = "D's loss is -log D(real) - log(1 - D(G(z))), each averaged."
    expect_close(loss, _d_loss(G, D, real, z), "the loss", 1e-4, why=why)


def moves_both_nets(leaky_step):
    """it should move D and G"""
    G, D, *arrays = _players()
    loss, parameters = _asked(leaky_step, G, D, *arrays)
    for name, net in {"D": D, "G": G}.items():
        ours = {id(w) for w in net.parameters()}
        there = ours <= {id(w) for w in parameters}
        expect(there, f"{name}'s weights are not among the parameters: this step leaves {name} be.")
    try:
        grad(loss, parameters)
    except ValueError as problem:
        words = "no way leads from the loss to G: were the fakes made under no_grad, or detached?"
        raise AssertionError(words) from problem


def makes_g_help_d(leaky_step):
    """it should leave D's loss lower than if D alone had moved"""
    losses = {}
    for name in ("D alone", "both"):
        G, D, real, z = players = _players()
        loss, parameters = _asked(leaky_step, *players)
        moved = D.parameters() if name == "D alone" else parameters
        Adam(moved, lr=1e-2).step(grad(loss, moved))
        losses[name] = _d_loss(G, D, real, z)
    words = "D's loss after one step: {D alone:.4f} if D alone moves, {both:.4f} if both do."
    expect(losses["both"] < losses["D alone"] - 1e-4, words.format_map(losses))


# impostors


@functools.cache
def _asked_impostors(impostors):
    data = load("digits")
    images = data.train_images
    samples = impostors(images.copy(), 1000, np.random.default_rng(0))
    expect_shape(samples, (1000, images.shape[1]), "impostors(images, 1000, rng)")
    return np.asarray(samples, dtype="float32"), images, data.test_images


def _nearest(samples, images):
    squared = (samples**2).sum(axis=1)[:, None] - 2 * samples @ images.T + (images**2).sum(axis=1)
    return np.sqrt(squared.min(axis=1).clip(0))


def are_images(impostors):
    """it should return images: pixels in [0, 1]"""
    samples, *_ = _asked_impostors(impostors)
    low, high = samples.min(), samples.max()
    inside = low >= -1e-6 and high <= 1 + 1e-6
    expect(inside, f"pixels between {low:.2f} and {high:.2f}: nobody takes that for an image.")


def are_no_copies(impostors):
    """it should lie, by half, farther from all training images than 0.7 times what unseen do"""
    samples, images, unseen = _asked_impostors(impostors)
    ours, theirs = np.median(_nearest(samples, images)), np.median(_nearest(unseen, images))
    words = f"half lie within {ours:.2f} of a training image; of unseen images half lie within"
    expect(ours > 0.7 * theirs, f"{words} {theirs:.2f}: these were learnt by heart.")


def cover_the_data(impostors):
    """it should cover at least 93 % of the training images"""
    covered = _marks(impostors).coverage
    words = f"they cover {covered:.1%}. Too far off is no good either: each sample should stay in"
    expect(covered >= 0.93, f"{words} its image's ball; and many images should have one.")


def recall_the_data(impostors):
    """it should have a recall of at least 0.9"""
    recall = _marks(impostors).recall
    words = f"their recall is {recall:.1%}: too few of the training images lie in one of their"
    expect(recall >= 0.9, f"{words} balls. They should be as various as the images are.")


def _marks(impostors):
    samples, images, _ = _asked_impostors(impostors)
    return precision_recall_density_coverage(images, samples, k=5)


EXERCISES = [
    Exercise(
        "generator_loss",
        properties=[is_the_mean_of_minus_log_d, is_finite_at_any_logit, slopes_by_d_minus_one],
        hint="-log D = -log(1 / (1 + e^-t)). What is left of the two minus signs?",
        stronger_hint="-log D = log(1 + e^-t) = softplus(-t). Then the mean.",
    ),
    Exercise(
        "precision_and_density",
        properties=[
            says_how_real_the_made_ones_look,
            is_right_on_a_line,
            agrees_on_any_cloud,
        ],
        hint="`inside = squared(made, real) <= radii` is a table: a row for each made image, a "
        "column for each real ball. What does any(axis=1) say, and sum(axis=1)?",
        stronger_hint="inside.any(axis=1).mean() and inside.sum(axis=1).mean() / k, with the radii "
        "of the real images: np.sort(squared(real, real), axis=1)[:, k].",
    ),
    Exercise(
        "smoothed_discriminator_loss",
        properties=[
            stops_at_the_target,
            leaves_fakes_alone,
            is_the_smoothed_cross_entropy,
            is_the_lessons_at_target_one,
        ],
        hint="bce_with_logits(t, y) is -y log D - (1 - y) log(1 - D), for any y between 0 and 1.",
        stronger_hint="Give `target` to bce_with_logits at the real logits; fakes keep their 0.0.",
    ),
    Exercise(
        "leaky_step",
        properties=[descends_ds_loss, moves_both_nets, makes_g_help_d],
        hint="What stands around `fake = G(...)` in the lesson's loop, and what is grad asked for?",
        stronger_hint="No `no_grad` around the fakes, and D.parameters() + G.parameters().",
    ),
    Exercise(
        "impostors",
        properties=[are_images, are_no_copies, cover_the_data, recall_the_data],
        hint="Start from n different training images, and move each a little way. Whereto?",
        stronger_hint="(1 - w) a + w b of two training images: try w between 0.2 and 0.3.",
    ),
]
