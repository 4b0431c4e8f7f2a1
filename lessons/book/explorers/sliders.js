// Eight numbers of an image: each by its slider, walks from one image to another, and edits that
// move all eight at once, in the direction in which slant, ink or width grows.
"use strict";

{
  const CODE = 8;
  const REACH = 3.5; // of the sliders
  const SIZE = 224; // of the image
  const [HEIGHT, STOPS] = [56, 9]; // dots of an image of the walk, and how many there are
  const EDITS = ["slant", "ink", "width"];

  const arrays = carried("sliders");
  const decoder = carriedNet(arrays, ["decoder.0", "decoder.1", "decoder.2"]);
  const row = (name, i) => [...arrays[name].values.subarray(CODE * i, CODE * (i + 1))];
  const labels = [...arrays.labels.values];
  const walk = { from: 0, to: labels.findIndex((label) => label !== labels[0]), share: 0 };
  const edits = EDITS.map(() => 0);
  let z = row("codes", walk.from);

  const stage = kit.stage("sliders", true);
  const canvas = kit.canvas(stage, SIZE, SIZE, {
    "aria-label": "The decoder's image of the eight numbers",
  });
  const strip = kit.canvas(stage, HEIGHT * STOPS, HEIGHT, { "aria-label": "The walk, in nine images" });

  const decode = (code) => decoder.forward(Float64Array.from(code), 1).map((x) => 1 / (1 + Math.exp(-x)));
  const between = (share) =>
    row("codes", walk.from).map((a, i) => (1 - share) * a + share * row("codes", walk.to)[i]);

  function draw() {
    stage.image = decode(z); // for whoever looks in from the console
    kit.pixels(canvas, stage.image, SIZE);
    for (let i = 0; i < STOPS; i++)
      kit.pixels(strip, decode(between(i / (STOPS - 1))), HEIGHT, i * HEIGHT);
    stage.dataset.z = JSON.stringify(z);
    const far = Math.hypot(...z);
    speaker.textContent =
      `The code is ${kit.told(far)} from 0; codes that the prior draws are some 2.8 from it` +
      `${far > 4.5 ? ", so here the decoder has seen little" : ""}. The walk goes from a ` +
      `${labels[walk.from]} to a ${labels[walk.to]}.`;
  }

  function set(to) {
    z = to;
    z.forEach((x, i) => sets[i](x));
    draw();
  }

  function unedited() {
    edits.fill(0);
    for (const turn of turns) turn(0);
  }

  // A walk begins anew from the images themselves, without edits.
  function go() {
    unedited();
    walked(walk.share);
    set(between(walk.share));
  }

  function edit(k, to) {
    const way = row("directions", k);
    const by = to - edits[k];
    edits[k] = to;
    set(z.map((x, i) => x + by * way[i]));
  }

  const speaker = kit.speaker(stage);
  const numbers = kit.knobs(stage);
  const sets = z.map((x, i) =>
    kit.slider(numbers, `z${"₁₂₃₄₅₆₇₈"[i]}`, { min: -REACH, max: REACH, step: 0.05, value: x },
      (to) => set(z.map((old, j) => (j === i ? to : old)))));
  const fold = kit.fold(stage, "Walks from image to image, and edits", true);
  const walks = kit.row(fold);
  const names = Object.fromEntries(labels.map((label, i) => [i, `image ${i + 1}, a ${label}`]));
  const choose = (end) => (to) => {
    walk[end] = Number(to);
    go();
  };
  kit.choice(walks, "From", names, choose("from"))(walk.from);
  kit.choice(walks, "to", names, choose("to"))(walk.to);
  const walked = kit.slider(walks, "walked", { min: 0, max: 1, step: 0.01, value: 0 },
    (to) => { walk.share = to; go(); }, (x) => `${Math.round(100 * x)} %`);
  const knobs = kit.knobs(fold);
  const turns = EDITS.map((name, k) =>
    kit.slider(knobs, name, { min: -3, max: 3, step: 0.1, value: 0 }, (to) => edit(k, to)));
  const actions = kit.toolbar(stage, "Where to begin");
  kit.button(actions, "Back to the first image", () => {
    walk.share = 0;
    go();
  });
  kit.button(actions, "All eight to 0", () => {
    unedited();
    set(z.map(() => 0));
  });
  set(z);
}
