"""Exercises for lesson 1: descend, choose a step, divide, put in order, and expose two bugs.

Replace each `raise` by your answer, then ask:

    python -m lessons check 1                 all of them
    python -m lessons check 1 divide --hint   one, with a stronger hint

A Value is the lesson's: it has `value` and `grad`, knows + - * ** and tanh, and backward(). A plain
number does not mix with one: x + x is a Value, x + 1 is an error.
"""


def descend(loss, w, lr, steps):
    """Change it. Gradient descent on the Value w; but its slopes go stale. Add what is missing.

    loss: a function that makes a new graph, loss(w), a Value. w may have been used before.
    lr: the learning rate. Returns the number that w holds after so many steps.
    Example: loss (w - 3)^2, w = 1 and lr 0.1 give 1.4 after one step, 1.72 after two.
    """
    raise NotImplementedError("Take this line away, then mend the loop below.")
    for _ in range(steps):
        loss(w).backward()
        w.value -= lr * w.grad
    return w.value


def step_size(k):
    """Change it. The lesson's lr = 0.1 crawls on a flat loss and explodes on a steep one.

    Return the learning rate with which one step of descent lands at the bottom of the loss
    k (w - goal)^2 / 2, wherever it starts. k: a number above 0. (Try twice that rate, too.)
    """
    raise NotImplementedError("Where does w - lr * dL/dw lie, seen from the goal?")


def divide(a, b):
    """Build it. The op a / b: its result, and the slope of the result by a, and by b.

    a, b: plain numbers, b not 0. Returns three numbers (y, slope by a, slope by b).
    Example: divide(3, 2) is (1.5, 0.5, -0.75).
    """
    raise NotImplementedError("y = a * b^-1. Differentiate by a with b fixed, then by b.")


def in_order(made_of, loss):
    """Build it. All that the loss depends on, each node behind all it is made of; the loss last.

    made_of: a dict from the name of a node to the names it is made of, () for a leaf. loss: a name.
    Returns a list of names, each once; what the loss does not depend on is left out. Chains of
    any length: Python allows about a thousand calls within calls, so keep a list instead.
    Example: {"L": ("c", "a"), "c": ("a",), "a": ()} and "L" give ["a", "c", "L"].
    """
    raise NotImplementedError("Keep the nodes you are in the middle of in a list: a stack.")


def shared(x):
    """Break it. "Where slopes are set by `=`, not added by `+=`, the slope by x is right".

    x: a Value. Return an expression of x for which that is false, made by a single operation.
    Example: x.tanh() is one operation, but that slope comes out right.
    """
    raise NotImplementedError("Which nodes go wrong with `=`? Make x one of them.")


def too_soon(x):
    """Break it. "It does no harm to go back nearest first: the loss, its arguments, theirs".

    x: a Value. Return an expression of x whose slope comes out wrong so, by three operations at
    most. The engine is the lesson's `backward_nearest_first`, which takes arguments left to right.
    """
    raise NotImplementedError("A node made of x must pass on before its other user has added.")
