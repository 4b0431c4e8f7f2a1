// The game on a plane, live: what D thinks of every place, the fakes of G, and which way they go.
"use strict";

{
  const SIZE = 480; // dots of the stage
  const CELLS = 40; // of the map, to each side
  const SHOWN = 200; // fakes
  const COUNTED = 1000; // fakes by which heaps are counted
  const BUSY = 10; // milliseconds of a frame, after which no further step is begun
  const KEPT = 600; // steps of the losses that are drawn
  const TOLD = 500; // milliseconds from one report to the next, since heaps take time to count
  const PACES = { slow: 1 / 20, even: 1, fast: 4 }; // steps a frame

  const stage = kit.stage("plane", true);
  const random = new Random(7);
  const noise = random.normals(2 * COUNTED);
  let name = "level";
  let seed = 1;
  let pace = "fast";
  let playing = false;
  let owed = 0;
  let reported = 0;
  let game, settings, losses, shownData;

  // The stage: a map, and below it both losses.
  const canvas = kit.element(stage, "canvas", {
    width: SIZE, height: SIZE, tabindex: 0, role: "img",
    "aria-label": "The plane: real points in grey, fakes in red, arrows by which D moves them",
  });
  const curves = kit.element(stage, "canvas", {
    width: SIZE, height: 90, role: "img", "aria-label": "Both losses over the last steps",
  });
  const ink = canvas.getContext("2d");
  const cursor = pen(canvas, drawn, () => draw());
  const small = document.createElement("canvas");
  small.width = small.height = CELLS;
  const legend = kit.element(stage, "p", { class: "legend" });

  // Data drawn by hand, where that is the game.
  function drawn(x, y) {
    if (name !== "drawn") return;
    const { reach, drawn: places } = game.data;
    places.push([(2 * x - 1) * reach, (1 - 2 * y) * reach]);
    shownData = drawData(game.data, 400, new Random(3));
    draw();
  }

  function restart() {
    const preset = PRESETS[name];
    settings = { ...preset, betas: [...preset.betas], ...turned };
    if (turned.beta1 !== undefined) settings.betas = [turned.beta1, preset.betas[1]];
    game = new Game(DATA[preset.data], settings, seed);
    stage.game = game; // for whoever looks in from the console
    shownData = drawData(game.data, 400, new Random(3));
    losses = [];
    about.textContent = preset.about;
    canvas.style.touchAction = name === "drawn" ? "none" : "auto";
    report();
    draw();
  }

  // A frame: now and then a report, some steps, as far as there is time for them, then one picture.
  function frame(now) {
    if (!playing) return;
    const began = performance.now();
    if (now - reported > TOLD) {
      reported = now;
      report();
    }
    owed += PACES[pace];
    while (owed >= 1) {
      owed -= 1;
      if (performance.now() - began < BUSY) step(() => game.play());
    }
    draw();
    stage.dataset.frame = (performance.now() - began).toFixed(2);
    requestAnimationFrame(frame);
  }

  function step(move) {
    move();
    losses.push([game.lossD, game.lossG]);
    if (losses.length > KEPT) losses.shift();
  }

  function once(move) {
    step(move);
    report();
    draw();
  }

  const across = (x) => ((x / game.data.reach + 1) * SIZE) / 2;
  const down = (y) => ((1 - y / game.data.reach) * SIZE) / 2;
  // What leaves the picture is shown at its rim.
  const within = (dot) => Math.max(4, Math.min(SIZE - 4, dot));

  // Everything is drawn between steps: D's way forward overwrites what training keeps.
  function draw() {
    const [least, most] = drawMap();
    const pushed = drawPoints();
    if (name === "drawn" && document.activeElement === canvas) {
      ink.strokeStyle = "#000";
      ink.strokeRect(cursor[0] * SIZE - 5, cursor[1] * SIZE - 5, 10, 10);
    }
    kit.losses(curves, losses, KEPT);
    legend.textContent =
      `Blue: D takes it for real, orange: for fake. D's logit goes from ${told(least)} to ` +
      `${told(most)} here; the longest arrow is a slope of ${told(pushed)}.`;
  }

  function drawMap() {
    const places = new Float64Array(2 * CELLS * CELLS);
    for (let i = 0; i < CELLS * CELLS; i++) {
      places[2 * i] = ((i % CELLS) + 0.5 - CELLS / 2) * (2 / CELLS) * game.data.reach;
      places[2 * i + 1] = (CELLS / 2 - Math.floor(i / CELLS) - 0.5) * (2 / CELLS) * game.data.reach;
    }
    const logits = game.D.forward(places, CELLS * CELLS);
    const [least, most] = logits.reduce(([a, b], y) => [Math.min(a, y), Math.max(b, y)],
      [Infinity, -Infinity]);
    const range = Math.max(1e-9, Math.abs(least), Math.abs(most));
    const image = new ImageData(CELLS, CELLS);
    logits.forEach((y, i) => {
      const strength = Math.min(1, Math.abs(y) / range) * 0.75;
      const [r, g, b] = y > 0 ? [60, 114, 184] : [232, 132, 58];
      image.data.set([r, g, b].map((c) => 255 - (255 - c) * strength), 4 * i);
      image.data[4 * i + 3] = 255;
    });
    small.getContext("2d").putImageData(image, 0, 0);
    ink.imageSmoothingEnabled = true;
    ink.drawImage(small, 0, 0, SIZE, SIZE);
    return [least, most];
  }

  function drawPoints() {
    dots(shownData, 400, 2, "#4d4d4d");
    const z = noise.subarray(0, 2 * SHOWN);
    if (showMean) dots(game.mean.forward(z, SHOWN), SHOWN, 2.5, "#2c8a72");
    const samples = game.G.forward(z, SHOWN);
    const pushes = game.pushes(samples);
    let longest = 0;
    for (let i = 0; i < SHOWN; i++)
      longest = Math.max(longest, Math.hypot(pushes[2 * i], pushes[2 * i + 1]));
    const scale = longest > 0 ? 34 / longest : 0;
    ink.strokeStyle = "#222";
    ink.beginPath();
    for (let i = 0; i < SHOWN; i += 2) {
      const [x, y] = [within(across(samples[2 * i])), within(down(samples[2 * i + 1]))];
      ink.moveTo(x, y);
      ink.lineTo(x + scale * pushes[2 * i], y - scale * pushes[2 * i + 1]);
    }
    ink.stroke();
    dots(samples, SHOWN, 3, "#a8203a", "#4d0a18");
    return longest;
  }

  function dots(points, count, radius, fill, rim) {
    ink.fillStyle = fill;
    ink.beginPath();
    for (let i = 0; i < count; i++) {
      const [x, y] = [within(across(points[2 * i])), within(down(points[2 * i + 1]))];
      ink.moveTo(x + radius, y);
      ink.arc(x, y, radius, 0, 2 * Math.PI);
    }
    ink.fill();
    if (rim) {
      ink.strokeStyle = rim;
      ink.lineWidth = 0.7;
      ink.stroke();
      ink.lineWidth = 1;
    }
  }

  const told = (x) => (Number.isFinite(x) ? (Math.abs(x) < 10 ? x.toFixed(2) : x.toFixed(0)) : "–");

  function report() {
    const mean = game.found(game.mean.forward(noise, COUNTED));
    const last = game.found(game.G.forward(noise, COUNTED));
    const count = game.data.centres.length;
    const modes = count
      ? ` Heaps found by the calm copy: ${mean.modes} of ${count}, by G now: ${last.modes}.`
      : "";
    numbers.textContent =
      `Step ${game.steps}. Loss of D ${told(game.lossD)} (log 4 is 1.39), of G ` +
      `${told(game.lossG)} (log 2 is 0.69).${modes}`;
    Object.assign(stage.dataset, { steps: game.steps, mean: mean.modes, last: last.modes });
  }

  // What one can turn, beside a preset.
  const turned = {};
  let showMean = false;
  const turn = (key) => (to) => {
    turned[key] = to;
    settings[key] = to;
    if (key === "beta1") settings.betas[0] = to;
  };
  const numbers = kit.speaker(stage);
  const walk = kit.row(stage);
  const play = kit.button(walk, "Play", () => {
    playing = !playing;
    play.textContent = playing ? "Pause" : "Play";
    numbers.setAttribute("aria-live", playing ? "off" : "polite"); // nobody can hear that fast
    if (playing) requestAnimationFrame(frame);
    else report();
  });
  kit.button(walk, "Step D", () => once(() => game.playD()));
  kit.button(walk, "Step G", () => once(() => game.playG()));
  kit.button(walk, "Step both", () => once(() => game.play()));
  kit.button(walk, "Anew", () => {
    seed += 1;
    DATA.drawn.drawn.length = 0;
    restart();
  });
  const games = kit.row(stage);
  const titles = Object.fromEntries(Object.entries(PRESETS).map(([key, x]) => [key, x.title]));
  kit.choice(games, "Game", titles, (to) => {
    name = to;
    for (const key of Object.keys(turned)) delete turned[key];
    restart();
    setSliders();
  });
  const speeds = kit.choice(games, "Pace", { fast: "fast", even: "even", slow: "slow" }, (to) => (pace = to));
  speeds(pace);
  const shows = kit.element(games, "label", {}, "Show the calm copy");
  const box = kit.element(shows, "input", { type: "checkbox" });
  box.addEventListener("change", () => { showMean = box.checked; draw(); });
  const about = kit.element(stage, "p", { class: "legend" });
  const knobs = kit.row(stage);
  const power = (x) => (10 ** x).toPrecision(1);
  const rate = { min: -4, max: -1.5, step: 0.1, value: -2.7 };
  const sets = {
    lrG: kit.slider(knobs, "lr of G", rate, (x) => turn("lrG")(10 ** x), power),
    lrD: kit.slider(knobs, "lr of D", rate, (x) => turn("lrD")(10 ** x), power),
    beta1: kit.slider(knobs, "beta1", { min: 0, max: 0.95, step: 0.05, value: 0 }, turn("beta1")),
    r1: kit.slider(knobs, "brake at real points (R1)", { min: 0, max: 1, step: 0.01, value: 0.1 }, turn("r1")),
    r2: kit.slider(knobs, "brake at fakes (R2)", { min: 0, max: 1, step: 0.01, value: 0.1 }, turn("r2")),
  };

  function setSliders() {
    for (const key of ["lrG", "lrD"]) sets[key](Math.log10(settings[key]));
    sets.beta1(settings.betas[0]);
    for (const key of ["r1", "r2"]) sets[key](settings[key]);
  }

  restart();
  setSliders();
}
