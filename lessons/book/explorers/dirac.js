// The smallest GAN (Mescheder, Geiger and Nowozin 2018): all data are 0, all fakes are one number,
// theta, and D(x) = psi x is a line through 0. Its game is an orbit on a plane.
"use strict";

{
  const [WIDTH, HEIGHT, LINE, REACH] = [560, 420, 110, 2.4]; // of the plane; of the line below it
  const KEPT = 600; // steps of the orbit that are drawn
  const PACE = 30; // steps a second
  const START = [1.2, 0.6];
  const FAR = 1e6; // where a game that flies away is left to itself
  const LOSSES = {
    plain: "non-saturating: −log D(G)",
    minimax: "minimax: log(1 − D(G))",
    wasserstein: "Wasserstein: −D(G)",
  };
  const ORDERS = { turns: "D first, then G", once: "both at once" };
  const settings = { lr: 0.1, r1: 0, momentum: 0, loss: "plain", order: "turns" };
  const game = { theta: 0, psi: 0, mTheta: 0, mPsi: 0, steps: 0, path: [] };
  let start = START;

  const stage = kit.stage("dirac", true);
  const canvas = kit.canvas(stage, WIDTH, HEIGHT, {
    tabindex: 0,
    "aria-label": "The orbit: across the fake, up the slope of D. Click where it begins, or move the " +
      "cursor by the arrow keys and press the space bar.",
  });
  const strip = kit.canvas(stage, WIDTH, LINE, {
    "aria-label": "The data at 0, the fake, and D as a line",
  });
  const ink = canvas.getContext("2d");
  let look = looks.all();

  const sigmoid = (x) => 1 / (1 + Math.exp(-x));

  // D descends softplus(-D(0)) + softplus(D(theta)) + R1 (dD/dx)^2, or D(theta) - D(0) and that.
  function slopeOfD({ theta, psi }) {
    const pull = settings.loss === "wasserstein" ? 1 : sigmoid(psi * theta);
    return pull * theta + 2 * settings.r1 * psi;
  }

  function slopeOfG({ theta, psi }) {
    const pulls = { plain: sigmoid(-psi * theta), minimax: sigmoid(psi * theta), wasserstein: 1 };
    return -pulls[settings.loss] * psi;
  }

  // Gradient descent with momentum as in the library: m = momentum m + slope, w = w - lr m.
  function step() {
    if (!(Math.hypot(game.theta, game.psi) < FAR)) return;
    const { lr, momentum, order } = settings;
    const before = { ...game };
    game.mPsi = momentum * game.mPsi + slopeOfD(before);
    game.psi -= lr * game.mPsi;
    game.mTheta = momentum * game.mTheta + slopeOfG(order === "turns" ? game : before);
    game.theta -= lr * game.mTheta;
    game.steps += 1;
    game.path.push([game.theta, game.psi]);
    if (game.path.length > KEPT) game.path.shift();
  }

  function begin([theta, psi]) {
    start = [theta, psi];
    Object.assign(game, { theta, psi, mTheta: 0, mPsi: 0, steps: 0, path: [start] });
    show();
  }

  const dot = (theta, psi) =>
    [((theta / REACH + 1) * WIDTH) / 2, HEIGHT / 2 - (psi * WIDTH) / 2 / REACH];

  function show() {
    drawPlane();
    drawLine();
    tell();
  }

  function drawPlane() {
    ink.fillStyle = look.ground;
    ink.fillRect(0, 0, WIDTH, HEIGHT);
    drawFlow();
    ink.fillStyle = look.quiet;
    ink.font = "20px sans-serif";
    ink.fillText("fake θ →", WIDTH - 92, HEIGHT / 2 - 8);
    ink.fillText("↑ slope ψ of D", WIDTH / 2 + 8, 20);
    ink.strokeStyle = look.first;
    ink.lineWidth = 2;
    ink.beginPath();
    for (const [theta, psi] of game.path) ink.lineTo(...dot(theta, psi));
    ink.stroke();
    ink.lineWidth = 1;
    ink.fillStyle = look.ink;
    ink.font = "22px sans-serif";
    ink.fillText("★", WIDTH / 2 - 11, HEIGHT / 2 + 8);
    ring(start, 6, look.first, look.ground);
    ring([game.theta, game.psi], 7, look.ground, look.fake);
    ink.strokeStyle = look.ink;
    if (document.activeElement === canvas)
      ink.strokeRect(cursor.at[0] * WIDTH - 6, cursor.at[1] * HEIGHT - 6, 12, 12);
  }

  function ring([theta, psi], radius, rim, fill) {
    ink.strokeStyle = rim;
    ink.fillStyle = fill;
    ink.beginPath();
    ink.arc(...dot(theta, psi), radius, 0, 2 * Math.PI);
    ink.fill();
    ink.stroke();
  }

  // Which way a small step of both would go, from every place.
  function drawFlow() {
    ink.strokeStyle = look.sideReal;
    for (let x = 20; x < WIDTH; x += 40)
      for (let y = 10; y < HEIGHT; y += 40) {
        const at = { theta: ((2 * x) / WIDTH - 1) * REACH, psi: ((HEIGHT / 2 - y) * 2 * REACH) / WIDTH };
        const [right, down] = [-slopeOfG(at) * 9, slopeOfD(at) * 9];
        ink.beginPath();
        arrow(ink, x, y, right, down);
        ink.stroke();
      }
  }

  function drawLine() {
    const line = strip.getContext("2d");
    const [middle, scale] = [LINE / 2, WIDTH / 2 / REACH];
    line.fillStyle = look.ground;
    line.fillRect(0, 0, WIDTH, LINE);
    line.strokeStyle = look.line;
    line.strokeRect(-1, middle, WIDTH + 2, 0);
    line.strokeStyle = look.first;
    line.lineWidth = 2;
    line.beginPath();
    line.moveTo(0, middle + game.psi * REACH * 36);
    line.lineTo(WIDTH, middle - game.psi * REACH * 36);
    line.stroke();
    line.font = "20px sans-serif";
    line.fillStyle = look.first;
    line.fillText("D", 6, Math.max(18, Math.min(LINE - 6, middle + game.psi * REACH * 36 - 8)));
    line.fillStyle = look.real;
    line.fillRect(WIDTH / 2 - 4, middle - 12, 8, 24);
    line.fillText("data", WIDTH / 2 - 20, LINE - 6);
    line.fillStyle = look.fake;
    line.beginPath();
    line.arc(WIDTH / 2 + scale * game.theta, middle, 8, 0, 2 * Math.PI);
    line.fill();
    line.fillText("fake", WIDTH / 2 + scale * game.theta - 18, 22);
  }

  function tell() {
    const { theta, psi, steps } = game;
    const [far, was] = [Math.hypot(theta, psi), Math.hypot(...start)];
    Object.assign(stage.dataset, { theta, psi, steps });
    const way = far < 0.01 ? "The game has come to rest: no fake can be told from the data."
      : far > REACH * 1.5 ? "It has left the picture." : `At the start it was ${kit.told(was)}.`;
    speaker.textContent =
      `Step ${steps}. The fake is at ${kit.told(theta)}, D's slope is ${kit.told(psi)}; from the star, where ` +
      `both could rest, it is ${kit.told(far)}. ${way}`;
  }

  // A frame: as many steps as are due since the last one.
  let last = 0;
  function frame(now) {
    const due = Math.min(4, Math.floor(((now - last) * PACE) / 1000));
    if (due) last = now;
    for (let i = 0; i < due; i++) step();
    if (due) show();
  }

  const place = (x, y) => [(2 * x - 1) * REACH, ((1 - 2 * y) * REACH * HEIGHT) / WIDTH];
  const cursor = pen(canvas, (places) => begin(place(...places.at(-1))), () => show());
  const speaker = kit.speaker(stage);
  const walk = kit.toolbar(stage, "Play, and step by step");
  kit.player(walk, stage, frame, (playing) => {
    speaker.setAttribute("aria-live", playing ? "off" : "polite"); // nobody can hear that fast
    last = performance.now();
  });
  kit.button(walk, "Step", () => { step(); show(); });
  kit.button(walk, "From the start", () => begin(start));
  const turn = (key) => (to) => { settings[key] = to; show(); };
  const knobs = kit.knobs(stage);
  kit.slider(knobs, "step size", { min: -2, max: 0, step: 0.05, value: -1 },
    (x) => turn("lr")(10 ** x), (x) => (10 ** x).toPrecision(2));
  kit.slider(knobs, "brake at the data (R1)", { min: 0, max: 1, step: 0.02, value: 0 }, turn("r1"));
  kit.slider(knobs, "momentum", { min: -0.5, max: 0.9, step: 0.05, value: 0 }, turn("momentum"));
  const rules = kit.row(stage);
  kit.choice(rules, "Loss of G", LOSSES, turn("loss"));
  kit.choice(rules, "Moves", ORDERS, turn("order"));
  kit.redraw(() => {
    look = looks.all();
    show();
  });
  begin(START);
}
