// The games that one can choose on the plane: each shows one way in which a GAN goes well or badly.
"use strict";

const CALM = {
  data: "ring", hidden: [24, 24], leak: 0, loss: "plain", lrG: 2e-3, lrD: 2e-3, betas: [0, 0.99],
  r1: 0.1, r2: 0.1, dSteps: 1, batch: 64, decay: 0.995,
};
const NONE = { r1: 0, r2: 0 };

const PRESETS = {
  level: { ...CALM, title: "level", about: "Both brakes, no momentum. All eight heaps are found, and stay." },
  missing: {
    ...CALM, ...NONE, betas: [0.5, 0.99], title: "lost heaps",
    about: "No brake. Some heaps are never found, or lost again.",
  },
  oscillation: {
    ...CALM, leak: 0.2, lrG: 5e-3, lrD: 5e-3, betas: [0.9, 0.99], title: "oscillation",
    about: "Momentum and long steps. G runs from heap to heap; look at how many its calm copy holds.",
  },
  collapse: {
    ...CALM, ...NONE, leak: 0.2, lrG: 1e-2, lrD: 1e-3, betas: [0.9, 0.99], title: "collapse",
    about: "G is ten times as fast as D. All fakes are one blob, and the blob hops.",
  },
  tilt: {
    ...CALM, ...NONE, leak: 0.2, loss: "saturating", lrG: 2e-4, lrD: 1e-2, betas: [0.5, 0.99],
    dSteps: 5, title: "tilt",
    about: "The minimax loss against a D that is far ahead: it sees every fake, and G crawls.",
  },
  circle: {
    ...CALM, ...NONE, data: "island", leak: 0.2, lrG: 5e-3, lrD: 5e-3, betas: [0.9, 0.99],
    title: "circle",
    about: "One heap. G circles it for ever; its calm copy sits inside.",
  },
  grid: {
    ...CALM, data: "grid", hidden: [32, 32], lrG: 5e-3, lrD: 5e-3, r1: 0.03, r2: 0.03,
    title: "a grid of 25", about: "Twenty-five heaps. It takes some thousand steps.",
  },
  moons: { ...CALM, data: "moons", title: "two moons", about: "Two arcs in place of heaps." },
  drawn: {
    ...CALM, data: "drawn", title: "what you draw",
    about: "Draw on the plane, by hand or with the arrow keys and the space bar. Then press Play.",
  },
};

if (typeof module !== "undefined") module.exports = { PRESETS };
