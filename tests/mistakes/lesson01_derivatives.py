"""Wrong answers to the exercises of lesson 1, and what the report must say of each."""

LOOP = """def descend(loss, w, lr, steps):
    {before}
    for _ in range(steps):
        {first}
        loss(w).backward()
        {then}
        w.value -= lr * w.grad
    return w.value
"""

MISTAKES = {
    "descend": {
        "nothing mended": (
            LOOP.format(before="pass", first="pass", then="pass"),
            r"steps=2\): expected 1\.72, got 2\.12\. That is a step along -4 - 3\.2",
        ),
        "cleared once, before the loop": (
            LOOP.format(before="w.grad = 0.0", first="pass", then="pass"),
            r"expected 1\.72, got 2\.12",
        ),
        "cleared after backward": (
            LOOP.format(before="pass", first="pass", then="w.grad = 0.0"),
            r"expected 1\.4, got 1\. .*Is it cleared before backward",
        ),
        "cleared at the end of a step": (
            "def descend(loss, w, lr, steps):\n"
            "    for _ in range(steps):\n"
            "        loss(w).backward()\n"
            "        w.value -= lr * w.grad\n"
            "        w.grad = 0.0\n"
            "    return w.value\n",
            r"w\.grad was 100 beforehand\. Clear it in every step, the first one too",
        ),
        "nothing returned": (
            "def descend(loss, w, lr, steps):\n    w.value -= lr * w.grad\n",
            r"is None\. Does the function end with a return",
        ),
    },
    "step_size": {
        "the lesson's": (
            "def step_size(k):\n    return 0.1\n",
            r"For k = 1 it gives lr = 0\.1\. .* leads to 1\.2, .*the goal, 3\. That falls short",
        ),
        "twice as long": (
            "def step_size(k):\n    return 2 / k\n",
            r"leads to 5, .* The distance is the same as before, on the other side",
        ),
        "the steepness": (
            "def step_size(k):\n    return k\n",
            r"For k = 10 it gives lr = 10\. .*That is further off than before",
        ),
    },
    "divide": {
        "the sign": (
            "def divide(a, b):\n    return a / b, 1 / b, a / b**2\n",
            r"dy/db of divide\(3, 2\): expected -0\.75, got 0\.75\. The sign is wrong",
        ),
        "the square": (
            "def divide(a, b):\n    return a / b, 1 / b, -a / b\n",
            r"dy/db of divide\(3, 2\): expected -0\.75, got -1\.5",
        ),
        "the derivatives exchanged": (
            "def divide(a, b):\n    return a / b, -a / b**2, 1 / b\n",
            r"dy/da of divide\(3, 2\): expected 0\.5, got -0\.75",
        ),
        "the result alone": (
            "def divide(a, b):\n    return a / b\n",
            r"expected 3 numbers \(y, dy/da, dy/db\), got",
        ),
    },
    "in_order": {
        "the lesson's, by calls within calls": (
            "def in_order(made_of, loss):\n"
            "    order, seen = [], set()\n"
            "    def visit(y):\n"
            "        if y not in seen:\n"
            "            seen.add(y)\n"
            "            for a in made_of[y]:\n"
            "                visit(a)\n"
            "            order.append(y)\n"
            "    visit(loss)\n"
            "    return order\n",
            r"(?s)a chain of 20,000 nodes.*RecursionError",
        ),
        "nearest first, turned round": (
            "def in_order(made_of, loss):\n"
            "    found = [loss]\n"
            "    for y in found:\n"
            "        found += dict.fromkeys(a for a in made_of[y] if a not in found)\n"
            "    return found[::-1]\n",
            r"(?s)after everything that it is made of.* is made of \w, and stands before it",
        ),
        "everything there is": (
            "def in_order(made_of, loss):\n    return sorted(made_of)\n",
            r"and 'a' it gives \['a', 'b'\], but 'a' does not depend on \['b'\]",
        ),
        "a node for each of its uses": (
            "def in_order(made_of, loss):\n"
            "    return [x for a in made_of[loss] for x in in_order(made_of, a)] + [loss]\n",
            r"a node stands in it twice",
        ),
    },
    "shared": {
        "used once": (
            "def shared(x):\n    return x.tanh()\n",
            r"For x = 0\.5, `=` gives the gradient 0\.\d+, and that is right\. How many arrows",
        ),
        "more than needed": (
            "def shared(x):\n    return x * x + x\n",
            r"It is made by 2 operations; 1 will do",
        ),
        "a number": (
            "def shared(x):\n    return x.value * x.value\n",
            r"It should give an expression of x, such as x\.tanh\(\); it gives 0\.25",
        ),
        "a plain number in it": (
            "def shared(x):\n    return x + 1\n",
            r"(?s)got 1 beside a Value\. A Value and a plain number do not mix.*return x \+ 1",
        ),
        "a plain number before it": (
            "def shared(x):\n    return 2 * x\n",
            r"got 2 beside a Value\. A Value and a plain number do not mix",
        ),
    },
    "too_soon": {
        "lucky order": (
            "def too_soon(x):\n    c = x * x\n    return c.tanh() * c\n",
            r"and that is right\. Some node has to come before one of its users",
        ),
        "a leaf used twice": (
            "def too_soon(x):\n    return x * x.tanh()\n",
            r"and that is right\. Some node",
        ),
        "more than needed": (
            "def too_soon(x):\n    c = x * x\n    d = x + c\n    return c * d * x\n",
            r"It is made by 4 operations; 3 will do",
        ),
    },
}
