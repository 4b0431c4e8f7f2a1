// The games that one can choose on the plane: each shows one way in which a GAN goes well or badly.
"use strict";

// What to try.
const HINTS = [
  "The red points are what G makes. Blue and orange are what D says of every place, and an arrow shows a " +
    "fake which way it would look more real. Is a heap left out in the end?",
  "Choose the game with a brake, and play again. The map turns pale, and the arrows shrink.",
  "Choose “what you draw”, draw a curve, and press Play.",
];

const PACES = { slow: 1 / 20, even: 1, fast: 4 }; // steps a frame

// What G's loss is, by its name, and what D's is, where D has no idea and says 1/2 of everything.
const AT_REST = { plain: ["log 2", Math.log(2)], saturating: ["−log 2", -Math.log(2)] };
const D_AT_REST = ["log 4", Math.log(4)];
const OF_THE_ARROWS = " The arrows are D's slopes; the minimax loss multiplies each by D, which is nearly 0 " +
  "where D sees a fake.";

const CALM = {
  data: "ring", hidden: [24, 24], leak: 0, loss: "plain", lrG: 2e-3, lrD: 2e-3, betas: [0, 0.99],
  r1: 0.1, r2: 0.1, dSteps: 1, batch: 64, decay: 0.995, seed: 1,
};
const NONE = { r1: 0, r2: 0 };
const LESSON = { ...CALM, ...NONE, data: "lesson", hidden: [24, 24, 24] };

const PRESETS = {
  first: {
    ...LESSON, seed: 3, // which loses a heap, as the lesson's own game does
    title: "the lesson's first game",
    about: "No brake, no momentum, smaller nets. After 3,000 steps most games lack a heap or more. Anew " +
      "begins another game.",
  },
  braked: {
    ...LESSON, r1: 0.03, r2: 0.03, title: "the same with a brake",
    about: "The lesson's brake. After some 2,000 steps the calm copy has all eight heaps.",
  },
  level: {
    ...CALM, title: "a strong brake: level",
    about: "After some 1,200 steps the calm copy has all eight heaps, and keeps them.",
  },
  missing: {
    ...CALM, ...NONE, betas: [0.5, 0.99], title: "lost heaps",
    about: "Some momentum, no brake. After 5,000 steps most games lack a heap or two, and some have lost " +
      "one that they had.",
  },
  oscillation: {
    ...CALM, leak: 0.2, lrG: 5e-3, lrD: 5e-3, betas: [0.9, 0.99], title: "oscillation",
    about: "Momentum and long steps. From a few hundred steps on G runs from heap to heap, and never has " +
      "more than three or so; its calm copy often has more.",
  },
  collapse: {
    ...CALM, ...NONE, leak: 0.2, lrG: 1e-2, lrD: 1e-3, betas: [0.9, 0.99], title: "collapse",
    about: "G is ten times as fast as D. At first the fakes are long streaks; after some 1,500 steps they " +
      "are one blob most of the time, and the blob hops.",
  },
  tilt: {
    ...CALM, ...NONE, leak: 0.2, loss: "saturating", lrG: 2e-4, lrD: 1e-2, betas: [0.5, 0.99],
    dSteps: 5, title: "D too strong",
    about: "The minimax loss against a D that is far ahead. It sees nearly every fake, and G hardly moves: " +
      "after 3,000 steps it has two or three heaps. Turn one setting at a time: which of them helps?",
  },
  circle: {
    ...CALM, ...NONE, data: "island", leak: 0.2, lrG: 5e-3, lrD: 5e-3, betas: [0.9, 0.99],
    title: "circle",
    about: "One heap. G circles it as long as you play; its calm copy sits inside.",
  },
  grid: {
    ...CALM, data: "grid", hidden: [32, 32], lrG: 5e-3, lrD: 5e-3, r1: 0.03, r2: 0.03,
    title: "a grid of 25", about: "Twenty-five heaps. To find nearly all of them takes some 10,000 steps.",
  },
  moons: { ...CALM, data: "moons", title: "two moons", about: "Two arcs in place of heaps." },
  drawn: {
    ...CALM, data: "drawn", title: "what you draw",
    about: "Draw on the plane by hand. Or by keys: the space bar puts the pen down and lifts it again, the " +
      "arrow keys move it. Then press Play.",
  },
};

if (typeof module !== "undefined") module.exports = { PRESETS };
