// Backpropagation on the graph of lesson 1, node by node; and what three mistakes make of it.
"use strict";

{
  const MADE_OF = { c: ["a", "b"], d: ["a", "c"], L: ["c", "d"] };
  const RULES = {
    c: ({ a, b }) => ({ value: a * b, locals: [b, a] }),
    d: ({ a, c }) => ({ value: a + c, locals: [1, 1] }),
    L: ({ c, d }) => ({ value: c * d, locals: [d, c] }),
  };
  const ENGINES = {
    right: "it is complete (right)",
    stale: "... but the old gradients stay (1)",
    assign: "... but with = for += (2)",
    nearest: "it is the nearest (3)",
  };
  const ORDERS = { right: ["L", "d", "c"], nearest: ["L", "c", "d"] };

  const stage = kit.stage("backpropagation");
  const start = { a: 3, b: 2 };
  let engine = "right";
  let values, locals, gradients, moves, done, said;

  // All that happens, in order: three values, the 1 at the end, then each node that passes on.
  function plan() {
    const order = ORDERS[engine] || ORDERS.right;
    const once = [() => begin(), ...order.map((node) => () => passOn(node))];
    const forward = Object.keys(RULES).map((node) => () => compute(node));
    return engine === "stale" ? [...forward, ...once, ...once] : [...forward, ...once];
  }

  function compute(node) {
    const made = RULES[node](values);
    values[node] = made.value;
    MADE_OF[node].forEach((from, i) => (locals[`${from}-${node}`] = made.locals[i]));
    return `${node} = ${told(made.value)}. Each arrow into ${node} knows its local derivative.`;
  }

  function begin() {
    const again = gradients.L !== undefined;
    gradients.L = 1;
    const words = again ? "backward() once more, and nobody has cleared the gradients." : "";
    return `${words} dL/dL = 1: L rises exactly as much as itself.`.trim();
  }

  function passOn(node) {
    const parts = MADE_OF[node].map((from) => {
      const part = gradients[node] * locals[`${from}-${node}`];
      const before = engine === "assign" ? 0 : gradients[from] || 0;
      gradients[from] = before + part;
      return `${told(part)} to ${from}`;
    });
    return `${node} passes on ${told(gradients[node])} times each arrow: ${parts.join(", ")}.`;
  }

  function reset() {
    values = { ...start };
    locals = {};
    gradients = {};
    moves = plan();
    done = 0;
    said = "The two numbers that go in are there. Step computes the rest.";
    draw();
  }

  function step() {
    if (done === moves.length) return;
    said = moves[done++]();
    if (done === moves.length) said += ` ${verdict()}`;
    draw();
  }

  function back() {
    const to = Math.max(0, done - 1);
    reset();
    while (done < to) said = moves[done++]();
    draw();
  }

  // L = ab (a + ab), so dL/da and dL/db are known by hand.
  function verdict() {
    const { a, b } = start;
    const right = { a: 2 * a * b * (1 + b), b: a * a * (1 + 2 * b) };
    const wrong = ["a", "b"].filter((node) => Math.abs(gradients[node] - right[node]) > 1e-9);
    if (!wrong.length) return "Both gradients are right.";
    return `Right would be dL/da = ${told(right.a)}, dL/db = ${told(right.b)}.`;
  }

  function told(number) {
    return number === undefined ? "·" : String(Math.round(number * 1000) / 1000).replace("-", "−");
  }

  function draw() {
    for (const node of stage.querySelectorAll("[data-node]")) {
      const name = node.dataset.node;
      node.querySelector(".value").textContent = told(values[name]);
      node.querySelector(".gradient").textContent = told(gradients[name]);
    }
    for (const edge of stage.querySelectorAll("[data-edge]"))
      edge.querySelector(".local").textContent = told(locals[edge.dataset.edge]);
    speaker.textContent = said;
    count.textContent = `${done} of ${moves.length}`;
    buttons.step.disabled = done === moves.length;
    buttons.back.disabled = done === 0;
  }

  const walk = kit.row(stage);
  const buttons = {
    step: kit.button(walk, "Step", step),
    back: kit.button(walk, "Back", back),
    end: kit.button(walk, "To the end", () => { while (done < moves.length) step(); }),
    reset: kit.button(walk, "From the start", reset),
  };
  const count = kit.element(walk, "output");
  const speaker = kit.speaker(stage);
  const knobs = kit.row(stage);
  const range = { min: -4, max: 4, step: 0.5 };
  for (const name of ["a", "b"])
    kit.slider(knobs, `${name} =`, { ...range, value: start[name] }, (to) => {
      start[name] = to;
      reset();
    }, told);
  kit.choice(kit.row(stage), "A node passes on when", ENGINES, (to) => {
    engine = to;
    reset();
  });
  reset();
}
