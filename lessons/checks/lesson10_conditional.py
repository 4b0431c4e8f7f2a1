"""What is asked of the answers to lesson 10."""

import numpy as np
from hypothesis import strategies as st

from lessons.runner.expect import (
    Exercise,
    expect,
    expect_close,
    expect_numbers,
    expect_shape,
    for_any,
    shown,
)
from scratchgen.testing import arrays, floats

# beside


def _knows_the_rows_of_the_example(beside):
    """it should be right where one can do it by hand"""
    got = beside(np.array([[5.0], [6.0]]), np.array([1, 0]), 3)
    why = "First the row as it is, then a 1 at the label's place, counted from 0."
    expect_close(got, [[5, 0, 1, 0], [6, 1, 0, 0]], "beside([[5], [6]], [1, 0], 3)", why=why)


def _has_a_column_for_each_class(beside):
    """it should have a column for each class, also for those that no label names"""

    def holds(labels):
        rows = np.arange(2.0 * len(labels)).reshape(-1, 2)
        got = beside(rows.copy(), np.array(labels), 4)
        call = f"beside(rows of 2, {labels}, classes=4)"
        expect_shape(got, (len(labels), 6), call)
        expected = np.array([[float(c == y) for c in range(4)] for y in labels])
        expect_close(np.asarray(got)[:, 2:], expected, f"the last four columns of {call}")
        expect_close(np.asarray(got)[:, :2], rows, f"the first two columns of {call}")

    for_any(holds, labels=st.lists(st.integers(0, 3), min_size=1, max_size=4))


# restyle


def _encode(x, labels):
    return x - np.asarray(labels)[:, None]


def _decode(z, labels):
    return z + np.asarray(labels)[:, None]


def _swaps_the_label_of_the_decoder(restyle):
    """it should encode with the image's own label, and decode with every label"""
    got = restyle(_encode, _decode, np.array([[5.0]]), np.array([1]), 3)
    why = "The code of 5 with its label 1 is 4. Decoded with 0, 1 and 2 it is 4, 5 and 6."
    call = "restyle(subtract the label, add the label, [[5]], [1], 3)"
    expect_close(got, [[[4.0], [5.0], [6.0]]], call, why=why)


def _gives_images_first_and_classes_second(restyle):
    """it should give (N, classes, D), and each image itself at its own label"""

    def holds(labels):
        labels = np.array(labels)
        x = 10.0 * np.arange(2 * len(labels)).reshape(-1, 2)
        got = restyle(_encode, _decode, x.copy(), labels.copy(), 3)
        call = f"restyle(subtract the label, add the label, x of {x.shape}, {shown(labels)}, 3)"
        expect_shape(got, (len(labels), 3, 2), call)
        own = np.asarray(got)[np.arange(len(labels)), labels]
        why = "With its own label, an image should come back."
        expect_close(own, x, f"each image at its own label, of {call}", why=why)

    for_any(holds, labels=st.lists(st.integers(0, 2), min_size=1, max_size=4))


# class_posterior


def _is_bayes_rule(class_posterior):
    """it should be Bayes' rule for the little machine of lesson 7"""
    got = class_posterior(np.log([[1 / 16, 9 / 16]]), np.array([4, 1]) / 5)
    why = "80 thin ones and 180 bold ones of 260."
    call = "class_posterior(log [[1/16, 9/16]], [4/5, 1/5])"
    expect_close(got, [[4 / 13, 9 / 13]], call, why=why)


def _is_a_posterior_of_each_image(class_posterior):
    """it should add up to 1 for each image, and not mix the images"""

    def holds(log_p):
        prior = np.array([0.5, 0.25, 0.25])
        got = class_posterior(log_p.copy(), prior)
        call = f"class_posterior({shown(log_p)}, {shown(prior)})"
        expect_shape(got, log_p.shape, call)
        expected = []
        for row in np.exp(log_p):
            expected.append(prior * row / (prior * row).sum())
        expect_close(got, expected, call, why="For each image by itself, as in lesson 7.")

    for_any(holds, log_p=arrays((2, 3), floats(-4, 4), layouts=["contiguous"]))


def _survives_the_logarithms_of_images(class_posterior):
    """it should survive logarithms as small as those of images"""
    with np.errstate(all="ignore"):
        got = class_posterior(np.array([[-2000.0, -2000.0 + np.log(3)]]), np.array([0.5, 0.5]))
    why = "The second label fits three times as well. exp(-2000) is 0 in a computer, so take the "
    why += "largest logarithm of each row away first."
    call = "class_posterior([[-2000, -2000 + log 3]], [1/2, 1/2])"
    expect_close(got, [[0.25, 0.75]], call, why=why)


# half_width


def _knows_two_differences(half_width):
    """it should be right where one can do it by hand"""
    got = half_width(np.array([3.0, 5.0]), np.array([2.0, 2.0]), 1.0)
    why = "The differences 1 and 3 have the standard deviation sqrt(2) with N - 1, and N is 2."
    expect_close(got, 1.0, "half_width([3, 5], [2, 2], t=1)", why=why)


def _does_not_see_what_the_seeds_share(half_width):
    """it should not see what the seeds have in common"""

    def holds(shared):
        errors, others = np.array([3.0, 4.0, 8.0]), np.array([2.0, 2.0, 5.0])
        got = half_width(errors + shared, others + shared, 2.0)
        call = f"half_width({shown(errors + shared)}, {shown(others + shared)}, t=2)"
        why = "The differences are 1, 2 and 3, whatever is added to both errors of a seed."
        expect_close(got, 2 / np.sqrt(3), call, why=why)

    for_any(holds, shared=arrays((3,), floats(0, 64), layouts=["contiguous"]))


# mirrored


def _bound(w, s, x, y):
    variance = w[y] ** 2 + s
    return -0.5 * (np.log(2 * np.pi * variance) + x**2 / variance)


def _has_the_same_bound_and_turns_one_letter_round(mirrored):
    """it should leave the bound of every image as it is, and let one letter lean the other way"""

    def holds(w):
        call = f"mirrored({shown(w)})"
        new = np.array(expect_numbers(mirrored(w.copy()), ["w[0]", "w[1]"], call))
        x, y = np.array([0.5, 2.0, 0.5, 2.0]), np.array([0, 0, 1, 1])
        old_bound, new_bound = _bound(w, 0.25, x, y), _bound(new, 0.25, x, y)
        expect_close(new_bound, old_bound, f"the bounds of four images with {call}",
                     why="For each letter by itself nothing may change.")  # fmt: skip
        expect(
            new[0] * new[1] < 0,
            f"{call} gives {shown(new)}: a code that lets letter 0 lean to the right lets "
            f"letter 1 lean to the same side as letter 0 still. One sign has to change, not both.",
        )

    holds(np.array([1.0, 2.0]))
    for_any(holds, w=arrays((2,), floats(0.25, 4), layouts=["contiguous"]))


EXERCISES = [
    Exercise(
        "beside",
        properties=[_knows_the_rows_of_the_example, _has_a_column_for_each_class],
        hint="One-hot rows are rows of the identity matrix. They stand beside, so the axis is 1.",
        stronger_hint="np.concatenate([rows, np.eye(classes)[labels]], axis=1)",
    ),
    Exercise(
        "restyle",
        properties=[_swaps_the_label_of_the_decoder, _gives_images_first_and_classes_second],
        hint="Encode once, then decode once for each class.",
        stronger_hint="z = encode(x, labels), and then "
        "np.stack([decode(z, np.full(len(x), c)) for c in range(classes)], axis=1)",
    ),
    Exercise(
        "class_posterior",
        properties=[
            _is_bayes_rule,
            _is_a_posterior_of_each_image,
            _survives_the_logarithms_of_images,
        ],
        hint="Add log p(y), take each row's largest entry away, then exp, and divide by the sum.",
        stronger_hint="joint = np.exp(log_joint - log_joint.max(axis=1, keepdims=True)), and "
        "divide by joint.sum(axis=1, keepdims=True).",
    ),
    Exercise(
        "half_width",
        properties=[_knows_two_differences, _does_not_see_what_the_seeds_share],
        hint="Subtract before you measure any scatter, and mind ddof=1.",
        stronger_hint="d = errors - others; t * d.std(ddof=1) / np.sqrt(len(d))",
    ),
    Exercise(
        "mirrored",
        properties=[_has_the_same_bound_and_turns_one_letter_round],
        hint="-w[y] has the same square as w[y].",
        stronger_hint="w * np.array([1, -1])",
    ),
]
