"""What is asked of the answers to lesson 1."""

import math

from hypothesis import strategies as st

from lessons.runner.expect import Exercise, expect, expect_close, expect_numbers, for_any, shown

MIXED = (
    "A Value and a plain number do not mix. Make the expression of x alone, such as x.tanh() or "
    "x * x."
)


class Value:
    """The lesson's: a number, pairs (node, local derivative) that it was made of, its gradient."""

    def __init__(self, value, *made_of):
        self.value, self.made_of, self.grad = value, made_of, 0.0

    def __add__(a, b):
        b = _no_plain_number(b)
        return Value(a.value + b.value, (a, 1.0), (b, 1.0))

    def __sub__(a, b):
        b = _no_plain_number(b)
        return Value(a.value - b.value, (a, 1.0), (b, -1.0))

    def __mul__(a, b):
        b = _no_plain_number(b)
        return Value(a.value * b.value, (a, b.value), (b, a.value))

    def __pow__(a, n):
        return Value(a.value**n, (a, n * a.value ** (n - 1)))

    def __radd__(a, b):
        _no_plain_number(b)

    __rsub__ = __rmul__ = __radd__

    def tanh(a):
        """The hyperbolic tangent."""
        y = math.tanh(a.value)
        return Value(y, (a, 1 - y * y))

    def backward(self):
        """Add to `grad`, of all that this was made of, its derivative with respect to that."""
        self.grad = 1.0
        for y in nodes_of(self):
            for a, local in y.made_of:
                a.grad += local * y.grad


def _no_plain_number(b):
    if not isinstance(b, Value):
        raise TypeError(f"got {shown(b)} beside a Value. {MIXED}")
    return b


def nodes_of(loss):
    """All that a Value was made of, users before what they use."""
    users = {loss: 0}  # how many of a node's users have not passed on yet
    found = [loss]
    for y in found:
        for a, _ in y.made_of:
            if a not in users:
                found.append(a)
            users[a] = users.get(a, 0) + 1
    ready = [loss]
    for y in ready:
        for a, _ in y.made_of:
            users[a] -= 1
            if not users[a]:
                ready.append(a)
    return ready


def backward_assigning(loss):
    """The lesson's second mistake."""
    loss.grad = 1.0
    for y in nodes_of(loss):
        for a, local in y.made_of:
            a.grad = local * y.grad


def backward_nearest_first(loss):
    """The lesson's third mistake."""
    loss.grad = 1.0
    queue = [loss]
    for y in queue:
        for a, local in y.made_of:
            a.grad += local * y.grad
            if a not in queue:
                queue.append(a)


# descend


def _parabola(goal):
    return lambda w: (w - Value(goal)) ** 2


def _first_step_is_right(descend):
    """it should go from 1 to 1.4 in one step, with the loss (w - 3)^2 and lr 0.1"""
    got = descend(_parabola(3.0), Value(1.0), 0.1, 1)
    why = "The gradient at 1 is -4. Is it cleared before backward, not after?"
    expect_close(got, 1.4, "descend(loss, w, 0.1, steps=1)", why=why)


def _second_step_forgets_the_first(descend):
    """it should go on from 1.4 to 1.72 in the second step"""
    got = descend(_parabola(3.0), Value(1.0), 0.1, 2)
    stale = "That is a step along -4 - 3.2, the new gradient and the stale one."
    is_stale = isinstance(got, float) and math.isclose(got, 2.12)
    expect_close(got, 1.72, "descend(loss, w, 0.1, steps=2)", why=stale if is_stale else "")


def _what_w_holds_already_does_not_matter(descend):
    """it should not mind a gradient that w holds from earlier use"""
    w = Value(1.0)
    w.grad = 100.0
    why = "w.grad was 100 beforehand. Clear it in every step, the first one too."
    expect_close(descend(_parabola(3.0), w, 0.1, 1), 1.4, "descend(loss, w, 0.1, 1)", why=why)


def _every_step_follows_the_gradient(descend):
    """it should multiply the distance w - goal by 1 - 2 lr in every step, with (w - goal)^2"""

    def holds(start, goal, lr, steps):
        expected = goal + (start - goal) * (1 - 2 * lr) ** steps
        got = descend(_parabola(goal), Value(start), lr, steps)
        call = f"descend from {start:.4g} to the goal {goal:.4g}, with lr {lr:g} in {steps} steps"
        expect_close(got, expected, call)

    place = st.integers(-5, 5).map(float)
    rate = st.sampled_from([0.1, 0.25, 0.75])
    for_any(holds, start=place, goal=place, lr=rate, steps=st.integers(0, 6))


# step_size


def _lands_at_the_goal(step_size):
    """it should land at the goal in one step, whatever k is"""

    def holds(k, start):
        lr = expect_numbers(step_size(k), ["lr"], f"step_size({k:g})")[0]
        goal = 3.0
        got = start - lr * k * (start - goal)
        share = abs((got - goal) / (start - goal))
        words = f"For k = {k:g} it gives lr = {lr:g}. Then a step from {start:g} leads to {got:g}, "
        words += f"and it should lead to the goal, {goal:g}. "
        suggests = (
            "The distance is the same as before, on the other side." if math.isclose(share, 1)
            else "That is further off than before." if share > 1
            else "That falls short or overshoots."
        )  # fmt: skip
        expect(share < 1e-9, words + suggests)

    for k in (1.0, 10.0, 100.0, 0.01):
        holds(k, 1.0)
    for_any(holds, k=st.floats(0.01, 100), start=st.sampled_from([-2.0, 0.0, 1.0, 5.0]))


# divide

number = st.integers(-40, 40).map(lambda n: n / 8)


def _divides(divide):
    """it should give a / b as its first number"""

    def holds(a, b):
        _check_one(divide, a, b, 0, a / b)

    holds(3.0, 2.0)
    for_any(holds, a=number, b=number.filter(bool))


def _derivative_with_respect_to_a(divide):
    """it should give dy/da as its second number: how fast a / b rises with a, while b stays"""

    def holds(a, b):
        slope = ((a + 1) / b - (a - 1) / b) / 2  # exact, since a / b is straight in a
        _check_one(divide, a, b, 1, slope)

    holds(3.0, 2.0)
    for_any(holds, a=number, b=number.filter(bool))


def _derivative_with_respect_to_b(divide):
    """it should give dy/db as its third number: how fast a / b rises with b, while a stays"""

    def holds(a, b):
        slope = (a / complex(b, 1e-30)).imag / 1e-30  # the complex step: no rounding (lesson 3)
        _check_one(divide, a, b, 2, slope)

    holds(3.0, 2.0)
    for_any(holds, a=number, b=number.filter(bool))


def _check_one(divide, a, b, place, expected):
    """One of the three numbers is as expected."""
    call, names = f"divide({a:g}, {b:g})", ["y", "dy/da", "dy/db"]
    got = expect_numbers(divide(a, b), names, call)[place]
    why = "The sign is wrong: which way does a / b go?" if math.isclose(got, -expected) else ""
    expect_close(got, expected, f"{names[place]} of {call}", why=why if expected else "")


# in_order


@st.composite
def graphs(draw):
    """A graph of up to eight nodes, and its loss; a node is made of up to three before it."""
    names = "abcdefgh"[: draw(st.integers(1, 8))]
    made_of = {}
    for i, name in enumerate(names):
        made_of[name] = tuple(draw(st.lists(st.sampled_from(names[:i]), max_size=3)) if i else ())
    order = draw(st.permutations(names))
    return {name: made_of[name] for name in order}, draw(st.sampled_from(names))


def _needed(made_of, loss):
    found = [loss]
    for y in found:
        found += dict.fromkeys(a for a in made_of[y] if a not in found)
    return set(found)


def _list(got):
    expect(isinstance(got, list), f"It should give a list of names; it gives {shown(got)}.")
    return got


def _told(graph, got):
    return f"For the graph {graph[0]} and {graph[1]!r} it gives {got}"


def _has_each_node_once(in_order):
    """it should list all that the loss depends on, each once, and nothing else"""

    def holds(graph):
        got, expected = _list(in_order(*graph)), _needed(*graph)
        told = _told(graph, got)
        expect(len(got) == len(set(got)), f"{told}: a node stands in it twice.")
        missing, extra = sorted(expected - set(got)), sorted(set(got) - expected, key=str)
        expect(not missing, f"{told}: it lacks {', '.join(missing)}.")
        expect(not extra, f"{told}, but {graph[1]!r} does not depend on {extra[:1]}.")

    for_any(holds, examples=40, graph=graphs())


def _has_each_node_after_what_it_is_made_of(in_order):
    """it should list every node after everything that it is made of"""

    def holds(graph):
        got = _list(in_order(*graph))
        for i, y in enumerate(got):
            for a in graph[0][y]:
                words = f": {y} is made of {a}, and stands before it."
                expect(a in got[:i], _told(graph, got) + words)

    for_any(holds, examples=80, graph=graphs())


def _knows_no_depth(in_order):
    """it should take a chain of 20,000 nodes"""
    chain = {i: (i - 1,) for i in range(1, 20_000)} | {0: ()}
    words = "For a chain of 20,000 nodes it gives another list than that from first to last."
    expect(_list(in_order(chain, 19_999)) == list(range(20_000)), words)


def _walks_no_path_twice(in_order):
    """it should be as quick where a trillion paths lead back, through forty doublings"""
    doublings = {i: (i - 1, i - 1) for i in range(1, 41)} | {0: ()}
    words = "For forty doublings it gives another list than that from first to last."
    expect(_list(in_order(doublings, 40)) == list(range(41)), words)


# shared, too_soon


def _gradients(expression, backward):
    """The right gradient and the mistaken engine's, at 0.5: a place with nothing special."""
    both = []
    for engine in (Value.backward, backward):
        x = Value(0.5)
        engine(_made(expression(x)))
        both.append(x.grad)
    return both


def _made(y):
    kind = f"It should give an expression of x, such as x.tanh(); it gives {shown(y)}."
    expect(isinstance(y, Value) and y.made_of, kind)
    return y


def _is_an_expression(answer):
    """it should give an expression made of x"""
    x = Value(0.5)
    made = _made(answer(x))
    expect(x in nodes_of(made), "For the input x = 0.5 it gives something that x is no part of.")


def _comes_out_wrong_by_assigning(shared):
    """it should give an expression whose gradient comes out wrong with `=`"""
    right, got = _gradients(shared, backward_assigning)
    words = f"For x = 0.5, `=` gives the gradient {got:.6g}, and that is right. "
    expect(not math.isclose(right, got), words + "How many arrows leave x?")


def _comes_out_wrong_nearest_first(too_soon):
    """it should give an expression whose gradient comes out wrong when the nearest go first"""
    right, got = _gradients(too_soon, backward_nearest_first)
    words = f"For x = 0.5, nearest first gives the gradient {got:.6g}, and that is right. "
    cure = "Some node has to come before one of its users: is it on the left of an operation?"
    expect(not math.isclose(right, got), words + cure)


def _takes(most):
    def holds(answer):
        got = sum(bool(y.made_of) for y in nodes_of(_made(answer(Value(0.5)))))
        expect(got <= most, f"It is made by {got} operations; {most} will do.")

    number = {1: "one operation", 3: "three operations"}[most]
    holds.__doc__ = f"it should take no more than {number}"
    return holds


EXERCISES = [
    Exercise(
        "descend",
        properties=[
            _first_step_is_right,
            _second_step_forgets_the_first,
            _what_w_holds_already_does_not_matter,
            _every_step_follows_the_gradient,
        ],
        hint="backward() adds to w.grad. What should w.grad be just before?",
        stronger_hint="w.grad = 0.0, as the first line inside the loop.",
    ),
    Exercise(
        "step_size",
        properties=[_lands_at_the_goal],
        hint="dL/dw is k (w - goal). What is left of w - goal after w -= lr * k (w - goal)?",
        stronger_hint="(1 - lr k) of it is left, which should be 0.",
    ),
    Exercise(
        "divide",
        properties=[_divides, _derivative_with_respect_to_a, _derivative_with_respect_to_b],
        hint="With b fixed, a / b is a straight line in a. With a fixed, it is a times b^-1.",
        stronger_hint="dy/da is 1 / b. The derivative of b^-1 is -b^-2.",
    ),
    Exercise(
        "in_order",
        properties=[
            _has_each_node_once,
            _has_each_node_after_what_it_is_made_of,
            _knows_no_depth,
            _walks_no_path_twice,
        ],
        hint="A node may be listed only when all that it is made of is. Until then it waits on a "
        "stack, below those of its arguments that are still to be looked at.",
        stronger_hint="Look at the last node of the stack. If it is made of something that was "
        "never seen, put that on the stack; if not, list the node and take it off.",
    ),
    Exercise(
        "shared",
        properties=[_is_an_expression, _comes_out_wrong_by_assigning, _takes(1)],
        hint="`=` forgets all uses of a node but one. So x has to be used more than once.",
        stronger_hint="One operation with x on both sides.",
    ),
    Exercise(
        "too_soon",
        properties=[_is_an_expression, _comes_out_wrong_nearest_first, _takes(3)],
        hint="In the lesson it was c: L is made of c, and of d, which is made of c, too.",
        stronger_hint="c = x * x has two uses: tanh, and the product of c and that tanh, in this "
        "order.",
    ),
]
