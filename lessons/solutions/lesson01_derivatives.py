"""Answers to the exercises of lesson 1."""


def descend(loss, w, lr, steps):
    """Change it. Gradient descent on the Value w; but its slopes go stale. Add what is missing."""
    for _ in range(steps):
        w.grad = 0.0  # before backward, so that what earlier users left does no harm either
        loss(w).backward()
        w.value -= lr * w.grad
    return w.value


def step_size(k):
    """Change it. The lesson's lr = 0.1 crawls on a flat loss and explodes on a steep one.

    The slope is k (w - goal), so a step leaves (1 - lr k) of the distance: nothing at lr = 1 / k.
    At 2 / k it leaves all of it, on the other side; beyond, the distance grows.
    """
    return 1 / k


def divide(a, b):
    """Build it. The op a / b: its result, and the slope of the result by a, and by b."""
    y = a / b
    return y, 1 / b, -y / b  # d(a b^-1)/db = -a b^-2 = -y / b


def in_order(made_of, loss):
    """Build it. All that the loss depends on, each node behind all it is made of; the loss last.

    The stack holds what `visit` would hold in its calls: a node, and which arguments are left.
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
    """Break it. "Where slopes are set by `=`, not added by `+=`, the slope by x is right".

    Both arguments are x: of the two parts of its slope, one is kept.
    """
    return x * x


def too_soon(x):
    """Break it. "It does no harm to go back nearest first: the loss, its arguments, theirs".

    c is an argument of the loss, and so is passed on second, before tanh has added its part.
    Written as c.tanh() * c it would be right: tanh comes first then, by luck.
    """
    c = x * x
    return c * c.tanh()
