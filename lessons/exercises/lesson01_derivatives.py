"""Exercises for lesson 1: descend, choose a step, divide, put in order, and expose two mistakes.

Replace each `raise` by your answer, then ask:

    python -m lessons check 1                 all of them
    python -m lessons check 1 divide --hint   one, with a stronger hint

A Value is the lesson's: it has `value` and `grad`, knows + - * ** and tanh, and backward(). A plain
number does not mix with one: x + x is a Value, x + 1 is an error.
"""


def descend(loss, w, lr, steps):
    """Change it. Gradient descent on one parameter w; but its gradient goes stale. Mend the loop.

    loss: a function that makes a new graph: loss(w) is a Value. w: a Value, which somebody may
    have used before. lr: the learning rate. Returns the number that w holds after all steps.
    Example: with the loss (w - 3)^2, from w = 1 with lr 0.1, it is 1.4 after one step and 1.72
    after two.
    """
    raise NotImplementedError("Take this line away, then mend the loop below.")
    for _ in range(steps):
        loss(w).backward()
        w.value -= lr * w.grad
    return w.value


def step_size(k):
    """Change it. The lesson's lr = 0.1 is too short for a flat loss and too long for a steep one.

    The loss is a parabola, k (w - goal)^2 / 2, with a number k above 0: the larger, the steeper.
    Return the learning rate with which a single step of gradient descent lands exactly at the
    goal, wherever it starts. (When it passes, think about twice that rate.)
    """
    raise NotImplementedError("What is dL/dw? Where does w - lr * dL/dw lie, seen from the goal?")


def divide(a, b):
    """Build it. The operation y = a / b, with its two local derivatives.

    a, b: plain numbers, b not 0. Returns three numbers: y, dy/da and dy/db.
    Example: divide(3, 2) is (1.5, 0.5, -0.75).
    """
    raise NotImplementedError("y = a * b^-1. Differentiate it with b fixed, then with a fixed.")


def in_order(made_of, loss):
    """Build it. The topological order of a graph of any depth; the lesson's gives up at a thousand.

    made_of: a dict from the name of each node to the names that it is made of, () for a leaf.
    loss: the name of the last node. Returns a list of names: all that the loss depends on and
    nothing else, each once and after everything that it is made of, so that the loss comes last.
    Python allows about a thousand calls inside one another: keep a list of your own instead.
    Example: {"L": ("c", "a"), "c": ("a",), "a": ()} and "L" give ["a", "c", "L"].
    """
    raise NotImplementedError("Keep the nodes that you have begun and not finished in a list.")


def shared(x):
    """Break it. Somebody says: "With `=` in place of `+=`, the gradient of x is right as well".

    x: a Value. Return an expression of x, made by a single operation, for which that is false.
    Use x alone: a plain number does not mix with a Value, so x + 1 will not do.
    Example: x.tanh() is a single operation, but its gradient comes out right.
    """
    raise NotImplementedError("Which nodes go wrong with `=`? Make x one of them.")


def too_soon(x):
    """Break it. Somebody says: "Going back nearest first, as the third mistake does, is right".

    x: a Value. Return an expression of x, made by three operations at most, for which the
    gradient of x comes out wrong. The engine is the lesson's `backward_nearest_first`, which takes
    what a node is made of from left to right. Use x alone, without plain numbers.
    """
    raise NotImplementedError("A node made of x must pass on before its other user has added.")
