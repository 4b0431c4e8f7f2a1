"""What is asked of the answers to lesson 2."""

import math

import numpy as np
from hypothesis import strategies as st

from lessons.runner.expect import Exercise, expect, expect_close, expect_shape, for_any, shown
from scratchgen import Tensor, grad
from scratchgen.gradcheck import GradientError
from scratchgen.testing import arrays, check_op, shapes

MOST_ELEMENTS = 1_000_000


def _counting(shape):
    """1, 2, 3, ... in this shape: easy to add up by hand."""
    return np.arange(1.0, 1 + math.prod(shape)).reshape(shape)


# squared_distance


def _is_the_same_number(squared_distance):
    """it should be the sum of all squared differences, one number"""

    def holds(x, shift):
        w = x[0] * 0 + shift
        got = squared_distance(Tensor(w), x)
        expect_shape(got, (), "squared_distance(w, x)", why="Sum over the rows as well.")
        what = f"squared_distance of w = {shown(w)}, x = {shown(x)}"
        expect_close(got, ((x - w) ** 2).sum(), what)

    holds(np.array([[1.0, 0.0], [0.0, 2.0]]), 0.0)  # the docstring's
    matrices = arrays(shapes(min_axes=2, max_axes=2, min_side=1))
    for_any(holds, x=matrices, shift=st.sampled_from([-1.0, 0.5, 2.0]))


def _has_a_small_graph(squared_distance):
    """it should make a graph of at most 6 Tensors, for 50 rows too"""
    got = squared_distance(Tensor(np.ones(3)), _counting((50, 3)))
    why = "Was w.value used, or detach? Compute with w itself."
    expect(isinstance(got, Tensor), f"It gives no Tensor, so w is forgotten. {why}")
    count = len(_graph(got))
    cure = "A loop over rows makes nodes for each; x - w is one node for all of them."
    expect(count <= 6, f"for 50 rows the graph has {count} Tensors. {cure}")


def _graph(result):
    """Every Tensor that a result was made of, itself among them."""
    found, left = {id(result): result}, [result]
    while left:
        for a in left.pop().args:
            if isinstance(a, Tensor) and id(a) not in found:
                found[id(a)] = a
                left.append(a)
    return found


def _reaches_w(squared_distance):
    """it should give w the gradient 2 (w - x_n), summed over the rows"""
    w, x = Tensor(np.array([1.0, -1.0, 0.5])), _counting((4, 3))
    try:
        got = grad(squared_distance(w, x), w)
    except (TypeError, ValueError) as problem:
        raise AssertionError(f"grad has no way back to w: {problem}") from problem
    expect_close(got, 2 * (w.value - x).sum(axis=0), "w's gradient")


# pick_rule


@st.composite
def _picks(draw):
    """(index, n): some of n elements, in any order, some of them several times."""
    n = draw(st.integers(1, 6))
    return draw(st.lists(st.integers(0, n - 1), min_size=1, max_size=8)), n


def _is_known_by_hand(pick_rule):
    """it should be right where one can do it by hand"""
    g = np.array([1.0, 2.0, 4.0])
    once = pick_rule(g.copy(), np.array([3, 0, 2]), 4)
    expect_shape(once, (4,), "pick_rule([1, 2, 4], [3, 0, 2], 4)", why="One for each of the n.")
    why = "What was not picked has the gradient 0, the rest what stands at its place in y."
    expect_close(once, [2, 0, 4, 1], "pick_rule([1, 2, 4], [3, 0, 2], 4)", why=why)
    why = "The first element is used twice, and contributions add up."
    twice = pick_rule(g.copy(), np.array([0, 0, 2]), 4)
    expect_close(twice, [3, 0, 4, 0], "pick_rule([1, 2, 4], [0, 0, 2], 4)", why=why)


def _adds_up_what_was_picked(pick_rule):
    """it should let each element add up the gradients of its copies, whatever was picked"""

    def holds(index_and_n):
        index, n = index_and_n
        g = _counting((len(index),))
        expected = [sum(g[i] for i, place in enumerate(index) if place == k) for k in range(n)]
        call = f"pick_rule({shown(g)}, {shown(index)}, {n})"
        expect_close(pick_rule(g.copy(), np.array(index), n), expected, call)

    for_any(holds, examples=200, index_and_n=_picks())


def _agrees_with_nudges(pick_rule):
    """it should agree with nudges of each element of x, and leave g as it was"""

    def holds(index_and_n, seed):
        index, n = index_and_n
        rng = np.random.default_rng(seed)
        x, g = rng.standard_normal(n), rng.standard_normal(len(index))
        before = g.copy()
        got = pick_rule(g, np.array(index), n)
        expect(np.array_equal(g, before), "It writes into g: make a new array.")
        for k, nudge in enumerate(np.eye(n)):  # L = sum of g * x[index] is linear in x
            rise = ((x + nudge)[index] * g).sum() - (x[index] * g).sum()
            expect_close(got[k], rise, f"element {k} of pick_rule(g, {shown(index)}, {n})")

    for_any(holds, index_and_n=_picks(), seed=st.integers(0, 99))


# outer


def _has_the_right_value(outer):
    """it should be the product of each a_i with each b_j"""
    got = outer(np.array([1.0, 2.0]), np.array([3.0, 4.0, 5.0]))
    expect_close(got, [[3, 4, 5], [6, 8, 10]], "outer([1, 2], [3, 4, 5])")


def _has_two_rules(outer):
    """it should be an op, with a rule for each of its two arguments"""
    expect(hasattr(outer, "rules"), "It is no op. Keep the @op above its def.")
    missing = [name for name, rule in zip(outer.names, outer.rules, strict=True) if rule is None]
    takes = ", ".join(["g", "y", *outer.names])
    cure = f"Below the function: outer.gradients({outer.names[0]}=lambda {takes}: ...)."
    expect(not missing, f"There is no rule for {' and none for '.join(missing)}. {cure}")


def _is_right_to_second_order(outer):
    """it should have a value and two derivatives that agree with differences, at any a and b"""

    def holds(a, b):
        try:
            check_op(outer, a, b, reference=np.multiply.outer)
        except GradientError as problem:
            if "derivative of order 2" not in str(problem):
                raise
            why = "Order 1 is right. Is each rule made of ops alone, and of g itself?"
            raise AssertionError(f"{problem}\n{why}") from problem

    holds(np.array([1.0, 2.0]), np.array([3.0, 4.0, 5.0]))
    vectors = arrays(shapes(min_axes=1, max_axes=1, min_side=1))
    for_any(holds, examples=20, a=vectors, b=vectors)


# shapes_it_gets_wrong


def _by_size(x, shape):
    """The `sum_to_by_size` of the exercise, whatever became of the reader's."""
    wanted = [n for n in shape if n != 1]
    axes = []
    for axis, n in enumerate(x.shape):
        if wanted and n == wanted[0]:
            wanted.pop(0)
        else:
            axes.append(axis)
    return x.sum(tuple(axes)).reshape(shape)


def _are_two_shapes(shapes_it_gets_wrong):
    """it should return two shapes, of which the second broadcasts to the first"""
    got = shapes_it_gets_wrong()
    words = f"expected two shapes, such as ((2, 3), (3,)), got {shown(got)}"
    expect(isinstance(got, tuple) and len(got) == 2 and all(map(_is_shape, got)), words)
    x_shape, shape = got
    expect(math.prod(x_shape) <= MOST_ELEMENTS, f"{x_shape} is large: smaller ones will do.")
    try:
        np.broadcast_to(np.zeros(shape), x_shape)
    except ValueError:
        words = f"{shape} does not broadcast to {x_shape}, so there is nothing to sum back."
        raise AssertionError(words) from None


def _is_shape(shape):
    return isinstance(shape, tuple) and all(isinstance(n, int) and n > 0 for n in shape)


def _give_another_sum(shapes_it_gets_wrong):
    """it should return shapes for which sum_to_by_size gives another result than the adjoint"""
    x_shape, shape = shapes_it_gets_wrong()
    x = _counting(x_shape)
    new = len(x_shape) - len(shape)
    axes = (*range(new), *(new + i for i, n in enumerate(shape) if n == 1))
    right, got = x.sum(axes).reshape(shape), _by_size(x, shape)
    words = f"it is right there: of x = {shown(x)} both give {shown(right)}. "
    cure = "From the left, its first axis that fits was the right one."
    expect(not np.array_equal(got, right), words + cure)


EXERCISES = [
    Exercise(
        "squared_distance",
        properties=[_is_the_same_number, _has_a_small_graph, _reaches_w],
        hint="x - w takes w from every row at once; so does its square, and one sum ends it.",
        stronger_hint="apart = x - w, then (apart * apart).sum(): w and three nodes.",
    ),
    Exercise(
        "pick_rule",
        properties=[_is_known_by_hand, _adds_up_what_was_picked, _agrees_with_nudges],
        hint="Begin with n zeros. Each element of g goes to the place that it was picked from.",
        stronger_hint="for place, part in zip(index, g): back[place] += part. Why not "
        "back[index] += g? NumPy then adds to each place once.",
    ),
    Exercise(
        "outer",
        properties=[_has_the_right_value, _has_two_rules, _is_right_to_second_order],
        hint="a_i stands in all of row i: dL/da_i = sum_j g_ij b_j. And b_j, in column j?",
        stronger_hint="a: sum(g * b, axis=1), by scratchgen's sum. b: the same of g.T and a.",
    ),
    Exercise(
        "shapes_it_gets_wrong",
        properties=[_are_two_shapes, _give_another_sum],
        hint="Let two axes of x be of one size, of which only the right one is wanted.",
        stronger_hint="A square batch and its bias: x (2, 2), summed to (2,).",
    ),
]
