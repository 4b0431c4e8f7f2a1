"""The engine against a naive one, on graphs that Hypothesis builds, shares, cuts and writes into.

Both engines make every step; then they must agree, in float64, or the real one must refuse, and
exactly where it should. A failure shrinks to a short program of such steps, printed as Python.

What is drawn is kept small, so that all that can differ is the engine: sides of 1 and 2 broadcast
in every direction, two elements show what a sum over an axis does, and values stay near 1.
"""

import math

import naive
import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from scratchgen import engine, functions
from scratchgen.engine import Tensor, detach, grad, no_grad

SHAPES = [(), (1,), (2,), (1, 2), (2, 1), (2, 2)]
LARGEST = 4.0  # values beyond are divided by a power of two, which rounds nothing
KINK = 1e-6  # relu's argument stays so far from 0 that rounding cannot decide the side
# Both add some hundred terms, in different orders, so they differ by some hundred roundings of the
# largest number on the way. A wrong rule is off by far more than the tenth digit.
RTOL = 1e-9


def held(x):
    """The very array that a Tensor holds."""
    return x._value if isinstance(x, Tensor) else x


class Node:
    """One value in both engines, and what the real one must know about it."""

    def __init__(self, real, array, args=(), order=0):
        self.real, self.naive, self.args, self.order = real, array, args, order
        self.seen = [a.version[0] for a in args]  # the versions that this was made of
        # What is a view of a leaf changes with it.
        views = [a for a in args if np.may_share_memory(held(a.real), held(real))]
        self.leaf = views[0].leaf if views else self
        self.version = views[0].version if views else [0]
        self.born = self.version[0]

    def __repr__(self):
        return f"<{held(self.real)}>"

    shape = property(lambda self: self.naive.shape)
    is_tensor = property(lambda self: isinstance(self.real, Tensor))
    is_leaf = property(lambda self: self.is_tensor and self.real.op is None and not self.args)
    is_current = property(lambda self: self.is_leaf or self.version[0] == self.born)

    @property
    def is_void(self):
        """Whether something that this was made of has been assigned since."""
        return any(a.version[0] != v for a, v in zip(self.args, self.seen, strict=True))

    def ancestors(self):
        """Itself and all it was made of."""
        found, stack = {self: None}, [self]
        while stack:
            new = [a for a in stack.pop().args if a not in found]
            found.update(dict.fromkeys(new))
            stack += new
        return list(found)

    def leads_to(self, targets):
        return any(t in targets for t in self.ancestors())


def apply(real, array, *nodes, **options):
    """The node that an op makes of nodes, once both engines agree on its value."""
    y = real(*(n.real for n in nodes), **options)
    made = array(*(n.naive for n in nodes), **options)
    args = tuple(n for n in nodes if n.is_tensor)
    node = Node(y, made, args, max(n.order for n in nodes))
    assert_same(held(y), made)
    return tame(node)


def constant(x):
    x = np.array(x, dtype=np.float64)
    return Node(x, naive.array(x))


def tame(node):
    """The node, divided by the power of two that brings it below LARGEST."""
    largest = abs(naive.values(node.naive)).max()
    if largest <= LARGEST:
        return node
    scale = 2.0 ** -math.ceil(math.log2(largest / LARGEST))
    return multiply(node, constant(scale), 0)


def assert_same(real, array):
    expected = naive.values(array)
    assert np.shape(real) == expected.shape
    atol = RTOL * max(1.0, abs(expected).max())
    np.testing.assert_allclose(real, expected, rtol=0, atol=atol)


def uses_what_was_written(loss, targets):
    """Whether an op between targets and loss used a value that has been assigned since."""
    return any(n.is_void and any(a.leads_to(targets) for a in n.args) for n in loss.ancestors())


def attempt(loss, targets, create_graph):
    """The gradients, or the error in their place."""
    try:
        return grad(loss.real, [t.real for t in targets], create_graph)
    except (TypeError, ValueError, RuntimeError) as error:
        return error


REFUSALS = {
    TypeError: "expected the loss as a Tensor",
    RuntimeError: "was changed in place after",
    ValueError: "the loss does not depend on",
}


def refused_as(error, kind):
    return type(error) is kind and REFUSALS[kind] in str(error)


# The steps of a program: of two nodes and a number k, which chooses where there is a choice.


def elementwise(real, of_scalars):
    """A step of as many nodes as the function of Scalars takes."""
    count, array = of_scalars.__code__.co_argcount, naive.elementwise(of_scalars)
    return lambda a, b, k: apply(real, array, *(a, b)[:count])


add = elementwise(engine.add, lambda a, b: a + b)
multiply = elementwise(engine.multiply, lambda a, b: a * b)
_divide = elementwise(engine.divide, lambda a, b: a / b)
_relu = elementwise(functions.relu, naive.relu)


def divide(a, b, k):
    if abs(naive.values(b.naive)).min() < 0.25:
        b = add(multiply(b, b, k), constant(1.0), k)
    return _divide(a, b, k)


def relu(a, b, k):
    return _relu(a, b, k) if abs(naive.values(a.naive)).min() > KINK else a


def spread(x, shape):
    return apply(engine.broadcast_to, naive.broadcast_to, x, shape=shape)


def matmul(a, b, k):
    if a.shape[-1:] != b.shape[:1] or () in (a.shape, b.shape):
        a, b = (spread(x, (2,) * max(1, len(x.shape))) for x in (a, b))
    return apply(engine.matmul, naive.matmul, a, b)


def total(a, b, k):
    axis = [None, 0, -1][k % 3] if a.shape else None
    return apply(engine.sum, naive.sum, a, axis=axis, keepdims=k % 2 == 1)


def broadcast(a, b, k):
    return spread(a, np.broadcast_shapes(a.shape, SHAPES[k % len(SHAPES)]))


def reshape(a, b, k):
    fitting = [shape for shape in SHAPES if math.prod(shape) == math.prod(a.shape)]
    return apply(engine.reshape, naive.reshape, a, shape=fitting[k % len(fitting)])


def getitem(a, b, k):
    n = (a.shape or (0,))[0]  # n - 1 is the last row, which may be the first
    rows = [[0, 0], 0, [n - 1, n - 1], slice(None, None, -1), [n - 1, 0], -1, slice(None, 1)]
    return apply(engine.getitem, naive.getitem, a, index=rows[k % len(rows)]) if n else a


STEPS = {
    "add": add,
    "multiply": multiply,
    "subtract": elementwise(engine.subtract, lambda a, b: a - b),
    "divide": divide,
    "negative": elementwise(engine.negative, lambda a: -a),
    "cube": elementwise(lambda x: x**3, lambda a: a * a * a),
    "tanh": elementwise(functions.tanh, naive.tanh),
    "exp": elementwise(functions.exp, naive.exp),
    "relu": relu,
    "matmul": matmul,
    "transpose": lambda a, b, k: apply(engine.transpose, naive.transpose, a),
    "sum": total,
    "broadcast": broadcast,
    "reshape": reshape,
    "getitem": getitem,
}

def scalar(x, seed):
    """x, or its sum with random weights: with ones, errors that cancel would stay hidden."""
    if x.shape == () and seed == 0:
        return x
    weights = np.random.default_rng(seed).standard_normal(x.shape)
    return total(multiply(x, constant(weights), 0), None, 0)


backs = st.integers(0, 11)  # how far back the node was made: 0 is the newest; modulo their number
numbers = st.integers(-8, 8).filter(bool).map(lambda n: n / 4)  # in [-2, 2], never 0
values = st.sampled_from(SHAPES).flatmap(lambda s: hnp.arrays(np.float64, s, elements=numbers))
seeds = st.integers(0, 3)
programs = st.lists(
    st.tuples(st.sampled_from(list(STEPS)), backs, backs, backs), max_size=8
)


class Engines(RuleBasedStateMachine):
    """Two engines, one program."""

    def __init__(self):
        super().__init__()
        self.nodes = []

    def node(self, back):
        """A node made earlier. Of a view whose leaf was written since, the leaf: what such a view
        holds depends on how it was written, and nobody promises it.
        """
        node = self.nodes[-1 - back % len(self.nodes)]
        return node if node.is_current else node.leaf

    @initialize(x=values)
    def first_leaf(self, x):
        self.leaf(x)

    @rule(x=values)
    def leaf(self, x):
        self.nodes.append(Node(Tensor(x.copy()), naive.array(x)))

    def build(self, steps):
        for name, a, b, k in steps:
            self.nodes.append(STEPS[name](self.node(a), self.node(b), k))

    # What cuts a graph, and what makes it void.

    @rule(back=backs)
    def detach(self, back):
        x = self.node(back)
        # Of what a later write would change, detach gives a copy: the teardown holds it to that.
        self.nodes.append(Node(detach(x.real), naive.detach(x.naive)))

    @rule(steps=programs)
    def build_without_a_graph(self, steps):
        before = len(self.nodes)
        with no_grad():
            self.build(steps)
        for n, node in enumerate(self.nodes[before:], before):
            if not node.is_tensor:  # a step that has nothing to do hands on what it got
                self.nodes[n] = Node(np.array(node.real), naive.detach(node.naive))

    @rule(back=backs, change=numbers, in_place=st.booleans())
    def write(self, back, change, in_place):
        leaves = [n for n in self.nodes if n.is_leaf]
        leaf = leaves[-1 - back % len(leaves)]
        if in_place:
            leaf.real.value -= change
        else:
            leaf.real.value = leaf.real.value - change
        leaf.naive = naive.array(leaf.real.value)
        leaf.version[0] += 1

    # Derivatives.

    ends = st.lists(backs, min_size=1, max_size=5)  # the same one twice, now and then
    picks = st.lists(st.integers(0, 30), max_size=3)

    @rule(steps=programs, ends=ends, seed=seeds, picks=picks)
    def differentiate(self, steps, ends, seed, picks):
        """By what the loss is made of. The derivatives are nodes too: later steps build on them."""
        self.build(steps)
        loss = self.loss(ends, seed)
        found = self.ask(loss, self.targets(loss, picks))
        if loss.order == 0:
            self.nodes += found[:2]

    @rule(steps=programs, ends=ends, seed=seeds, picks=picks)
    def penalise(self, steps, ends, seed, picks):
        """The squared slope, as in a gradient penalty, and its own derivatives by the leaves."""
        self.build(steps)
        loss = self.loss(ends, seed)
        loss = multiply(loss, loss, 0)  # squared: no slope is constant
        if loss.order == 0:
            for slope in self.ask(loss, self.targets(loss, picks)[:2]):
                penalty = scalar(multiply(slope, slope, 0), seed)
                self.ask(penalty, self.targets(penalty, picks))

    @rule(steps=programs, ends=ends, stranger=backs, seed=seeds, picks=picks)
    def ask_a_stranger(self, steps, ends, stranger, seed, picks):
        """Something else among the targets; the loss depends on it now and then."""
        self.build(steps)
        loss, stranger = self.loss(ends, seed), self.node(stranger)
        if stranger.is_leaf or (stranger.is_tensor and loss.order == 0):
            self.ask(loss, [*self.targets(loss, picks)[:2], stranger])

    def teardown(self):
        for node in self.nodes:  # nothing that was asked has changed a value
            if node.is_current:
                assert_same(held(node.real), node.naive)

    def loss(self, ends, seed):
        """A scalar of one node or several."""
        loss, *others = (scalar(self.node(back), seed + n) for n, back in enumerate(ends))
        for other in others:
            loss = add(loss, other, 0)
        return loss

    def targets(self, loss, picks):
        """Of what the loss is made of, the nodes picked, or all."""
        # How a derivative is written differs from engine to engine, and with it what it is made
        # of; what it is as a function of the leaves does not. So of these it is asked, there.
        own = [n for n in loss.ancestors() if n.is_leaf or (n.is_tensor and loss.order == 0)]
        own.reverse()  # the leaves first
        return [own[i % len(own)] for i in picks if own] or own

    def ask(self, loss, targets):
        """The gradients as nodes; none where both engines refuse."""
        plain, recorded = (attempt(loss, targets, create_graph) for create_graph in (False, True))
        if self.is_refused(loss, targets, plain, recorded):
            return []
        return [self.compare(loss, *each) for each in zip(targets, plain, recorded, strict=True)]

    def is_refused(self, loss, targets, *answers):
        """Whether both answers are errors: the right ones, and only where one is due."""
        due = self.errors_due(loss, targets)
        # What a derivative is made of, only the engine knows: it may use a value that was written
        # since, or be 0 in form (for the part of a row that was never read). There it may refuse.
        if loss.order:
            due = [kind for kind in due if refused_as(answers[0], kind)]
        for answer in answers:
            if isinstance(answer, Exception) and not due:
                raise answer
            assert not due or refused_as(answer, due[0]), f"expected {due[0]}, got {answer!r}"
        return bool(due)

    def errors_due(self, loss, targets):
        """The errors that these targets call for, in the order of which comes first."""
        if not loss.is_tensor:
            return [TypeError]
        if loss.order:
            stale = any(n.is_void for n in loss.ancestors())
        else:
            stale = uses_what_was_written(loss, targets)
        strange = any(naive.gradient(loss.naive.at[()], t.naive) is None for t in targets)
        return [RuntimeError] * stale + [ValueError] * strange

    def compare(self, loss, target, plain, recorded):
        zeros = naive.array(np.zeros(target.shape))
        slope = naive.gradient(loss.naive.at[()], target.naive) or zeros
        for g in (plain, recorded.value):
            assert type(g) is np.ndarray
            assert_same(g, slope)
        plain[...] = np.nan  # the caller's own: whoever else held this array would show it
        return Node(recorded, slope, (loss,), loss.order + 1)


TestEngines = Engines.TestCase
# 100 programs, of some 50 ops each, compare some 400 gradients of first order and 200 of second.
TestEngines.settings = settings(max_examples=2 * settings().max_examples, stateful_step_count=12)


def test_constant_and_recorded_parts_of_one_gradient_add_up():
    # Found by the machine: two parts of x's gradient are arrays, the third remembers its history.
    x = Tensor(np.ones(2))
    first = grad((x * x + x + x).sum(), x, create_graph=True)
    np.testing.assert_array_equal(first.value, [4, 4])
    np.testing.assert_array_equal(grad(first.sum(), x), [2, 2])
