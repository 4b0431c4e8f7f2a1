// The game on a plane, live: what D thinks of every place, the fakes of G, and which way they go.
"use strict";

{
  const SIZE = 480; // units of the stage
  const SHOWN = 200; // fakes
  const COUNTED = 1000; // fakes by which heaps are counted
  const BUSY = 5; // milliseconds of a frame, after which no further step is begun
  const KEPT = 600; // steps of the losses that are drawn
  const TOLD = 500; // milliseconds from one report to the next, since heaps take time to count

  const stage = kit.stage("plane", true);
  const random = new Random(7);
  const noise = random.normals(2 * COUNTED);
  let name = "first";
  let [anew, owed, reported] = [0, 0, 0]; // other games asked for, steps still to take, when it was told
  let [pace, showMean] = ["fast", false];
  let game, settings, losses, shownData, places;
  let look = looks.all();
  let palette = paint.palette(look);
  const turned = {}; // what was set by hand, beside the preset

  // The stage: on a wide page the controls beside the plane; on a narrow one the plane, what plays it,
  // and its numbers, and the rest below them, folded.
  const room = kit.element(stage, "div", { class: "abreast" });
  const [view, top, side] = ["view", "top", "side"].map((part) => kit.element(room, "div", { class: part }));
  const start = kit.row(top);
  const more = kit.fold(side, "Step by step, and what to try");
  const first = kit.element(stage, "ol", { class: "first" });
  HINTS.forEach((words) => kit.element(first, "li", {}, words));
  const canvas = kit.canvas(view, SIZE, SIZE, {
    "aria-label": "The plane: real points in grey, fakes in red, arrows by which D moves them",
  });
  const curves = kit.canvas(view, SIZE, 90, { "aria-label": "Both losses over the last steps" });
  const ink = canvas.getContext("2d");
  const cursor = pen(canvas, drawn, () => draw(), { spacing: 1 / 80, active: () => name === "drawn" });

  // Data drawn by hand, where that is the game.
  function drawn(spots) {
    const { reach, drawn: centres } = game.data;
    for (const [x, y] of spots) centres.push([(2 * x - 1) * reach, (1 - 2 * y) * reach]);
    shownData = pairs(drawData(game.data, 400, new Random(3)));
    draw();
  }

  function restart() {
    const preset = PRESETS[name];
    settings = { ...preset, betas: [...preset.betas] };
    for (const key of Object.keys(turned)) set(key, turned[key]);
    game = new Game(DATA[preset.data], settings, preset.seed + anew);
    stage.game = game; // for whoever looks in from the console
    shownData = pairs(drawData(game.data, 400, new Random(3)));
    places = paint.places(game.data.reach);
    losses = [];
    drawable();
    say();
    show();
  }

  // The keys and the finger belong to the plane only where one can draw on it.
  function drawable() {
    const free = name === "drawn";
    canvas.style.touchAction = free ? "none" : "auto";
    if (free) canvas.tabIndex = 0;
    else canvas.removeAttribute("tabindex");
  }

  function set(key, to) {
    if (key === "loss" && settings.loss !== to) [losses, game.lossG] = [[], NaN]; // another yardstick
    settings[key] = to;
    if (key === "beta1") settings.betas[0] = to;
  }

  // A frame: now and then a report, some steps, as far as there is time for them, then one picture.
  function frame(now) {
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
  }

  function step(move) {
    move();
    losses.push([game.lossD, game.lossG]);
    if (losses.length > KEPT) losses.shift();
  }

  function once(move) {
    step(move);
    show();
  }

  function show() {
    draw();
    report();
  }

  const spot = ([x, y]) => [((x / game.data.reach + 1) * SIZE) / 2, ((1 - y / game.data.reach) * SIZE) / 2];
  const inside = ([x, y]) => Math.max(Math.abs(x), Math.abs(y)) <= game.data.reach;
  const rests = () => [D_AT_REST, AT_REST[settings.loss]];
  const seen = (points) => points.filter(inside).map(spot);

  // Everything is drawn between steps: D's way forward overwrites what training keeps.
  function draw() {
    paint.map(ink, game.D.forward(places, paint.CELLS ** 2), palette, SIZE);
    paint.dots(ink, seen(shownData), 2.2, look.real);
    const z = noise.subarray(0, 2 * SHOWN);
    if (showMean) paint.dots(ink, seen(pairs(game.mean.forward(z, SHOWN))), 2.5, look.calm);
    const flat = game.G.forward(z, SHOWN);
    const slopes = pairs(game.slopes(flat));
    const fakes = pairs(flat).map((point, i) => [point, slopes[i]]).filter(([point]) => inside(point));
    const some = fakes.filter((_, i) => i % 2 === 0);
    paint.arrows(ink, some.map(([x]) => spot(x)), some.map(([, slope]) => slope), look.ink);
    paint.dots(ink, fakes.map(([x]) => spot(x)), 3, look.fake, looks.dark() ? "#2a0d12" : "#4d0a18");
    tellOutside(SHOWN - fakes.length);
    if (name === "drawn" && document.activeElement === canvas) drawCursor();
    paint.losses(curves.getContext("2d"), losses, rests(), KEPT, SIZE, 90, look);
  }

  function tellOutside(count) {
    stage.dataset.outside = count;
    if (!count) return;
    ink.font = "15px sans-serif";
    ink.fillStyle = look.ink;
    ink.fillText(`${count} of ${SHOWN} fakes outside`, 10, SIZE - 12);
  }

  function drawCursor() {
    ink.strokeStyle = ink.fillStyle = look.ink;
    const [x, y] = cursor.at.map((part) => part * SIZE);
    if (cursor.down) ink.fillRect(x - 5, y - 5, 10, 10);
    else ink.strokeRect(x - 5, y - 5, 10, 10);
  }

  function report() {
    const mean = game.found(game.mean.forward(noise, COUNTED));
    const last = game.found(game.G.forward(noise, COUNTED));
    const count = game.data.centres.length;
    const modes = count
      ? ` Heaps found by the calm copy: ${mean.modes} of ${count}, by G now: ${last.modes}.`
      : "";
    const { outside } = stage.dataset;
    const [ofD, ofG] = rests().map(([words, x]) => `at rest ${words} = ${kit.told(x)}`);
    numbers.textContent =
      `Steps of D ${game.stepsOfD}, of G ${game.steps}. Loss of D ${kit.told(game.lossD)} (${ofD}), ` +
      `of G ${kit.told(game.lossG)} (${ofG}).${modes}` +
      (Number(outside) ? ` Outside the picture: ${outside} of ${SHOWN} fakes.` : "");
    Object.assign(stage.dataset, { steps: game.steps, mean: mean.modes, last: last.modes });
  }

  // What the game is, as long as it is the preset.
  function say() {
    const own = Object.keys(turned).length > 0;
    about.textContent = own ? `Your own settings, begun from “${PRESETS[name].title}”.` : PRESETS[name].about;
    if (settings.loss === "saturating") about.textContent += OF_THE_ARROWS;
    again.hidden = !own;
  }

  kit.player(start, stage, frame, (playing) => {
    numbers.setAttribute("aria-live", playing ? "off" : "polite"); // nobody can hear that fast
    if (!playing) report();
  });
  const player = kit.toolbar(top, "Step by step");
  kit.button(player, "Step D", () => once(() => game.playD()));
  kit.button(player, "Step G", () => once(() => game.playG()));
  kit.button(player, "Step both", () => once(() => game.play()));
  kit.button(player, "Anew", () => {
    anew += 1;
    DATA.drawn.drawn.length = 0;
    restart();
  });
  const titles = Object.fromEntries(Object.entries(PRESETS).map(([key, x]) => [key, x.title]));
  kit.choice(start, "Game", titles, (to) => {
    name = to;
    preset();
    restart();
  })(name);
  const about = kit.element(top, "p", { class: "legend" });
  const again = kit.button(top, "Settings back", () => {
    preset();
    show();
  });
  const fold = kit.fold(side, "Turn the settings", true);
  const knobs = kit.knobs(fold);
  const turn = (key) => (to) => {
    set(key, (turned[key] = to));
    say();
  };
  const rate = { min: -4, max: -1.5, step: 0.1, value: -3 };
  const power = (x) => (10 ** x).toPrecision(1);
  const weight = { min: 0, max: 1, step: 0.01, value: 0 };
  const sets = {
    lrG: kit.slider(knobs, "learning rate of G", rate, (x) => turn("lrG")(10 ** x), power),
    lrD: kit.slider(knobs, "learning rate of D", rate, (x) => turn("lrD")(10 ** x), power),
    beta1: kit.slider(knobs, "momentum (beta1)", { min: 0, max: 0.95, step: 0.05, value: 0 }, turn("beta1")),
    r1: kit.slider(knobs, "brake at real points (R1)", weight, turn("r1")),
    r2: kit.slider(knobs, "brake at fakes (R2)", weight, turn("r2")),
    loss: kit.choice(knobs, "loss of G", { plain: "non-saturating", saturating: "minimax" }, (to) => {
      turn("loss")(to);
      show();
    }),
    dSteps: kit.choice(knobs, "steps of D for each of G", { 1: "1", 5: "5" }, (to) => turn("dSteps")(Number(to))),
  };
  const shows = kit.row(fold);
  kit.choice(shows, "Pace", { fast: "fast", even: "even", slow: "slow" }, (to) => (pace = to));
  const label = kit.element(shows, "label", { class: "tick" });
  kit.element(label, "input", { type: "checkbox" }).onchange = ({ target }) => { showMean = target.checked; draw(); };
  label.append("Show the calm copy (EMA)");
  const numbers = kit.speaker(view);
  planeKeys(stage);

  // All as the preset has it; a game that is under way goes on from where it is.
  function preset() {
    for (const key of Object.keys(turned)) {
      set(key, key === "beta1" ? PRESETS[name].betas[0] : PRESETS[name][key]);
      delete turned[key];
    }
    for (const key of ["lrG", "lrD"]) sets[key](Math.log10(PRESETS[name][key]));
    sets.beta1(PRESETS[name].betas[0]);
    for (const key of ["r1", "r2", "loss", "dSteps"]) sets[key](PRESETS[name][key]);
    say();
  }

  // Where each part stands; the order is that of reading, and of the tab key.
  function arrange({ matches: wide }) {
    (wide ? view : top).append(numbers);
    (wide ? start : more.firstChild).after(player);
    if (wide) stage.prepend(first);
    else more.append(first);
    more.hidden = wide;
  }
  kit.wide.addEventListener("change", arrange);
  arrange(kit.wide);

  kit.redraw(() => {
    look = looks.all();
    palette = paint.palette(look);
    draw();
  });
  restart();
  preset();
}
