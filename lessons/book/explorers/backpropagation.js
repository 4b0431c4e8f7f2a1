// Backpropagation on the graph of lesson 1, node by node; and what three mistakes make of it.
"use strict";

{
  const MADE_OF = { c: ["a", "b"], d: ["a", "c"], L: ["c", "d"] };
  const RULES = {
    c: ({ a, b }) => ({ value: a * b, locals: [b, a] }),
    d: ({ a, c }) => ({ value: a + c, locals: [1, 1] }),
    L: ({ c, d }) => ({ value: c * d, locals: [d, c] }),
  };
  const ARROWS_OUT = { a: 2, b: 1, c: 2, d: 1, L: 0 };
  const ENGINES = {
    right: "the right one",
    stale: "mistake 1: gradients are never cleared",
    assign: "mistake 2: = in place of +=",
    nearest: "mistake 3: nearest node first",
  };
  const ORDERS = { right: ["L", "d", "c"], nearest: ["L", "c", "d"] };

  const stage = kit.stage("backpropagation");
  const start = { a: 3, b: 2 };
  let engine = "right";
  let values, locals, gradients, parts, moves, done, said, lit;

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
    lit = { now: node, to: [] };
    return `${node} = ${told(made.value)}. Each arrow into ${node} knows its local derivative.`;
  }

  function begin() {
    const again = gradients.L !== undefined;
    gradients.L = 1;
    parts = {};
    lit = { now: "L", to: [], arrows: false };
    const words = again ? "backward() is called once more, and nobody has cleared the gradients." : "";
    return `${words} dL/dL = 1: L rises exactly as much as itself.`.trim();
  }

  function passOn(node) {
    const passed = MADE_OF[node].map((from) => hand(node, from));
    lit = { now: node, to: MADE_OF[node] };
    const early = waits(node) ? ` But ${node} is not complete yet: a part of its gradient is missing.` : "";
    return `${node} multiplies its gradient, ${told(gradients[node])}, by the number at each of its ` +
      `arrows, and passes it on: ${passed.join(", ")}.${early}`;
  }

  function hand(node, from) {
    const part = gradients[node] * locals[`${from}-${node}`];
    const old = gradients[from];
    gradients[from] = engine === "assign" ? part : (old || 0) + part;
    parts[from] = (parts[from] || 0) + 1;
    const over = engine === "assign" && old !== undefined ? `, which replaces the ${told(old)}` : "";
    return `${told(part)} to ${from}${over}`;
  }

  // Whether some arrows have brought their part to a node in this walk, and others have not.
  const waits = (node) => parts[node] > 0 && parts[node] < ARROWS_OUT[node];

  // From the start again, as far as one had come, or `to` steps.
  function replay(to = done) {
    values = { ...start };
    [locals, gradients, parts] = [{}, {}, {}];
    moves = plan();
    done = 0;
    lit = { now: "", to: [] };
    said = "The two numbers that go in are there. Step computes the rest.";
    while (done < Math.min(to, moves.length)) said = moves[done++]();
    if (done === moves.length) said += ` ${verdict()}`;
    draw();
  }

  // L = ab (a + ab), so dL/da and dL/db are known by hand.
  function verdict() {
    const { a, b } = start;
    const right = { a: 2 * a * b * (1 + b), b: a * a * (1 + 2 * b) };
    const wrong = ["a", "b"].filter((node) => Math.abs(gradients[node] - right[node]) > 1e-9);
    if (!wrong.length) return "Both gradients are right.";
    return `This is wrong: dL/da should be ${told(right.a)}, and dL/db ${told(right.b)}.`;
  }

  function told(number) {
    return number === undefined ? "·" : String(Math.round(number * 1000) / 1000).replace("-", "−");
  }

  function draw() {
    for (const node of stage.querySelectorAll("[data-node]")) {
      const name = node.dataset.node;
      node.querySelector(".value").textContent = told(values[name]);
      node.querySelector(".gradient").textContent = told(gradients[name]) + (waits(name) ? " + ?" : "");
      node.classList.toggle("now", lit.now === name);
      node.classList.toggle("to", lit.to.includes(name));
    }
    for (const edge of stage.querySelectorAll("[data-edge]")) {
      const name = edge.dataset.edge;
      edge.querySelector(".local").textContent = told(locals[name]);
      edge.classList.toggle("now", lit.arrows !== false && name.endsWith(`-${lit.now}`));
    }
    speaker.textContent = said;
    count.textContent = `${done} of ${moves.length}`;
    // Not `disabled`: a button that is pressed to the end keeps the focus.
    buttons.step.setAttribute("aria-disabled", done === moves.length);
    buttons.end.setAttribute("aria-disabled", done === moves.length);
    buttons.back.setAttribute("aria-disabled", done === 0);
  }

  const walk = kit.row(stage);
  const bar = kit.toolbar(walk, "Through the graph");
  const buttons = {
    step: kit.button(bar, "Step", () => replay(done + 1)),
    back: kit.button(bar, "Back", () => replay(done - 1)),
    end: kit.button(bar, "To the end", () => replay(moves.length)),
    reset: kit.button(bar, "From the start", () => replay(0)),
  };
  const count = kit.element(walk, "output");
  const speaker = kit.speaker(stage);
  const knobs = kit.knobs(stage);
  const range = { min: -4, max: 4, step: 0.5 };
  for (const name of ["a", "b"])
    kit.slider(knobs, `${name} =`, { ...range, value: start[name] }, (to) => {
      start[name] = to;
      replay();
    }, told);
  kit.choice(kit.row(stage), "Which engine?", ENGINES, (to) => {
    engine = to;
    replay();
  });
  replay(0);
}
