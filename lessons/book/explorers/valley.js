// The valley of lesson 5: gradient descent, momentum and Adam from where one clicks, fifty steps each.
"use strict";

{
  const [WIDTH, HEIGHT, REACH] = [640, 400, 4.8]; // dots, and how far one sees to the left and right
  const STEPS = 50;
  const BANDS = 14; // of the map, each at twice the height of the one before
  const scale = WIDTH / 2 / REACH;
  const start = [-4, 0.8];
  const world = { steep: 100, angle: 0 };
  const WALKS = {
    descent: { words: "gradient descent", colour: "first", dash: [], rate: 10 ** -1.72, walk: descend },
    momentum: { words: "momentum", colour: "third", dash: [7, 4], rate: 10 ** -1.72, walk: roll },
    adam: { words: "Adam", colour: "fourth", dash: [2, 3], rate: 10 ** -0.52, walk: adam },
  };

  const stage = kit.stage("valley", true);
  const canvas = kit.canvas(stage, WIDTH, HEIGHT, {
    tabindex: 0,
    "aria-label": "A map of the valley with three walks. Click where they begin, or move the " +
      "cursor by the arrow keys and press the space bar.",
  });
  const ink = canvas.getContext("2d");
  let look = looks.all();

  // f = (u^2 + steep v^2) / 2, with u along the valley and v across it; both turn with the angle.
  function along([x, y]) {
    const [c, s] = [Math.cos(world.angle), Math.sin(world.angle)];
    return [c * x + s * y, c * y - s * x];
  }

  function height(w) {
    const [u, v] = along(w);
    return (u * u + world.steep * v * v) / 2;
  }

  function gradient(w) {
    const [u, v] = along(w);
    const [c, s] = [Math.cos(world.angle), Math.sin(world.angle)];
    return [c * u - s * world.steep * v, s * u + c * world.steep * v];
  }

  function descend(w, lr) {
    const g = gradient(w);
    return w.map((x, i) => x - lr * g[i]);
  }

  function roll(w, lr, memory) {
    const g = gradient(w);
    memory.m = g.map((x, i) => 0.9 * (memory.m ? memory.m[i] : 0) + x);
    return w.map((x, i) => x - lr * memory.m[i]);
  }

  function adam(w, lr, memory, t) {
    const g = gradient(w);
    memory.m = g.map((x, i) => 0.9 * (memory.m ? memory.m[i] : 0) + 0.1 * x);
    memory.v = g.map((x, i) => 0.999 * (memory.v ? memory.v[i] : 0) + 0.001 * x * x);
    return w.map((x, i) => {
      const [m, v] = [memory.m[i] / (1 - 0.9 ** t), memory.v[i] / (1 - 0.999 ** t)];
      return x - (lr * m) / (Math.sqrt(v) + 1e-8);
    });
  }

  function path({ walk, rate }) {
    const [places, memory] = [[start], {}];
    for (let t = 1; t <= STEPS; t++) places.push(walk(places.at(-1), rate, memory, t));
    return places;
  }

  const dot = ([x, y]) => [WIDTH / 2 + scale * x, HEIGHT / 2 - scale * y];

  function drawMap() {
    const image = ink.createImageData(WIDTH, HEIGHT);
    const greys = Array.from({ length: BANDS + 1 }, (_, band) => looks.between(look.ground, look.ink, 0.022 * band));
    for (let i = 0; i < WIDTH * HEIGHT; i++) {
      const [x, y] = [i % WIDTH, Math.floor(i / WIDTH)];
      const f = height([(x - WIDTH / 2) / scale, (HEIGHT / 2 - y) / scale]);
      const band = Math.max(0, Math.min(BANDS, Math.floor(Math.log2(f * 64 + 1))));
      image.data.set([...greys[band], 255], 4 * i);
    }
    const plain = document.createElement("canvas");
    [plain.width, plain.height] = [WIDTH, HEIGHT];
    plain.getContext("2d").putImageData(image, 0, 0);
    ink.drawImage(plain, 0, 0, WIDTH, HEIGHT);
  }

  function draw() {
    drawMap();
    const ends = Object.entries(WALKS).map(([name, one]) => {
      const places = path(one);
      ink.strokeStyle = ink.fillStyle = look[one.colour];
      ink.setLineDash(one.dash);
      ink.lineWidth = 2;
      ink.beginPath();
      for (const place of places) if (place.every(Number.isFinite)) ink.lineTo(...dot(place));
      ink.stroke();
      const [x, y] = dot(places.at(-1));
      ink.fillRect(x - 4, y - 4, 8, 8);
      stage.dataset[name] = JSON.stringify(places.at(-1));
      return `${one.words} ${told(height(places.at(-1)))}`;
    });
    ink.setLineDash([]);
    ink.fillStyle = ink.strokeStyle = look.ink;
    ink.font = "22px sans-serif";
    ink.fillText("★", WIDTH / 2 - 11, HEIGHT / 2 + 8);
    ink.beginPath();
    ink.arc(...dot(start), 5, 0, 2 * Math.PI);
    ink.fill();
    if (document.activeElement === canvas)
      ink.strokeRect(cursor.at[0] * WIDTH - 6, cursor.at[1] * HEIGHT - 6, 12, 12);
    speaker.textContent = `After ${STEPS} steps they stand at these heights: ${ends.join(", ")}.`;
  }

  function told(x) {
    if (!Number.isFinite(x) || x > 1e6) return "flown away";
    return x < 1e-3 ? "below 0.001" : x.toPrecision(2);
  }

  const cursor = pen(canvas, (places) => {
    const [x, y] = places.at(-1);
    start[0] = (x * WIDTH - WIDTH / 2) / scale;
    start[1] = (HEIGHT / 2 - y * HEIGHT) / scale;
    draw();
  }, () => draw());
  const legend = kit.element(stage, "p", { class: "legend" });
  legend.textContent =
    "Whole line: gradient descent. Dashes: momentum. Dots: Adam. The star is the lowest point; " +
    "each band of the map is twice as high as the next one inside.";
  const speaker = kit.speaker(stage);
  const knobs = kit.knobs(stage);
  for (const one of Object.values(WALKS))
    kit.slider(knobs, `learning rate of ${one.words}`, { min: -4, max: 0, step: 0.02, value: Math.log10(one.rate).toFixed(2) },
      (x) => { one.rate = 10 ** x; draw(); }, (x) => (10 ** x).toPrecision(2));
  kit.slider(knobs, "steepness", { min: 1, max: 3, step: 0.1, value: 2 },
    (x) => { world.steep = 10 ** x; draw(); }, (x) => (10 ** x).toFixed(0));
  kit.slider(knobs, "turned by", { min: 0, max: 45, step: 1, value: 0 },
    (x) => { world.angle = (x * Math.PI) / 180; draw(); }, (x) => `${x}°`);
  kit.redraw(() => {
    look = looks.all();
    draw();
  });
  draw();
}
