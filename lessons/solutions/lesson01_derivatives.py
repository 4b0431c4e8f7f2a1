"""Answers to the exercises of lesson 1."""


def descend(loss, w, lr, steps):
    """Change it. Gradient descent on one parameter w; but its gradient goes stale. Mend the loop.

    It is set to 0 before backward(), so that what earlier users left in it does no harm either.
    """
    for _ in range(steps):
        w.grad = 0.0
        loss(w).backward()
        w.value -= lr * w.grad
    return w.value


def step_size(k):
    """Change it. The lesson's lr = 0.1 is too short for a flat loss and too long for a steep one.

    The derivative is k (w - goal), so a step leaves (1 - lr k) of the distance to the goal: nothing
    of it at lr = 1 / k. At 2 / k all of it is left, on the other side; beyond that, it grows.
    """
    return 1 / k


def divide(a, b):
    """Build it. The operation y = a / b, with its two local derivatives.

    With b fixed, y is a straight line in a, of slope 1 / b. With a fixed, y is a b^-1, and the
    derivative of b^-1 is -b^-2: dy/db = -a / b^2 = -y / b.
    """
    y = a / b
    return y, 1 / b, -y / b


def in_order(made_of, loss):
    """Build it. The topological order of a graph of any depth; the lesson's gives up at a thousand.

    The stack holds what the lesson's `visit` holds in its calls inside one another: each node that
    is begun, and which of those that it is made of are still to be looked at.
    """
    order, seen, stack = [], {loss}, [(loss, iter(made_of[loss]))]
    while stack:
        node, left = stack[-1]
        new = next((a for a in left if a not in seen), None)
        if new is None:
            order.append(node)
            stack.pop()
        else:
            seen.add(new)
            stack.append((new, iter(made_of[new])))
    return order


def shared(x):
    """Break it. Somebody says: "With `=` in place of `+=`, the gradient of x is right as well".

    Both arrows come from x, and of the two parts of its gradient one is kept.
    """
    return x * x


def too_soon(x):
    """Break it. Somebody says: "Going back nearest first, as the third mistake does, is right".

    c stands first in the product, so its turn comes before that of c.tanh(), which has not added
    its part yet. Written as c.tanh() * c it comes out right, by luck.
    """
    c = x * x
    return c * c.tanh()
