// The best discriminator of two bells, D* = p / (p + q), and what it can still tell a generator.
"use strict";

{
  const [WIDTH, HEIGHT, LOW, REACH] = [640, 230, 130, 4]; // of the bells, of D* below; how far one sees
  const STEP = 0.1; // of the arrow keys
  const bells = {
    p: { words: "real p(x)", colour: "#0b3d7a", dash: [], mean: -1, sd: 0.8 },
    q: { words: "fake q(x)", colour: "#b3470b", dash: [8, 4], mean: 1.2, sd: 0.6 },
  };
  let held = "q";

  const stage = kit.stage("best", true);
  const canvas = kit.element(stage, "canvas", {
    width: WIDTH, height: HEIGHT + LOW, tabindex: 0, role: "img",
    "aria-label": "Two bells, and below them the best discriminator. The arrow keys move a bell and " +
      "change its width; the space bar takes hold of the other one.",
  });
  canvas.style.touchAction = "pan-y"; // a finger drags to the sides, and scrolls up and down
  const ink = canvas.getContext("2d");

  // The logarithm of a bell's density: far from its middle the density itself is 0 for a computer.
  const logDensity = (x, { mean, sd }) =>
    -0.5 * ((x - mean) / sd) ** 2 - Math.log(sd * Math.sqrt(2 * Math.PI));
  const softplus = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  const logit = (x) => logDensity(x, bells.p) - logDensity(x, bells.q);
  const best = (x) => 1 / (1 + Math.exp(-logit(x))); // p / (p + q)

  // The loss of D*, -E_p[log D*] - E_q[log(1 - D*)], summed in small steps over both bells.
  function loss() {
    const { p, q } = bells;
    const from = Math.min(p.mean - 9 * p.sd, q.mean - 9 * q.sd);
    const to = Math.max(p.mean + 9 * p.sd, q.mean + 9 * q.sd);
    const [steps, width] = [2000, (to - from) / 2000];
    let sum = 0;
    for (let i = 0; i <= steps; i++) {
      const x = from + i * width;
      sum += Math.exp(logDensity(x, p)) * softplus(-logit(x));
      sum += Math.exp(logDensity(x, q)) * softplus(logit(x));
    }
    return sum * width;
  }

  const across = (x) => ((x / REACH + 1) * WIDTH) / 2;
  const tall = (density) => HEIGHT - 24 - 180 * Math.min(1.05, density);
  const high = (answer) => HEIGHT + LOW - 16 - (LOW - 40) * answer;

  function curve(height) {
    ink.beginPath();
    for (let i = 0; i <= WIDTH; i += 2) ink.lineTo(i, height(((2 * i) / WIDTH - 1) * REACH));
    ink.stroke();
  }

  function draw() {
    ink.fillStyle = "#fff";
    ink.fillRect(0, 0, WIDTH, HEIGHT + LOW);
    ink.font = "22px sans-serif";
    Object.values(bells).forEach((bell, which) => {
      ink.strokeStyle = ink.fillStyle = bell.colour;
      ink.setLineDash(bell.dash);
      ink.lineWidth = 2.5;
      curve((x) => tall(Math.exp(logDensity(x, bell))));
      ink.beginPath(); // and a sample of the line beside its name
      ink.moveTo(12, 20 + 26 * which);
      ink.lineTo(52, 20 + 26 * which);
      ink.stroke();
      ink.fillText(bell.words, 62, 26 + 26 * which);
      drawHandle(bell);
    });
    drawAnswer();
    tell();
  }

  function drawHandle(bell) {
    const [x, y] = [across(bell.mean), tall(Math.exp(logDensity(bell.mean, bell)))];
    ink.setLineDash([]);
    ink.beginPath();
    ink.arc(x, y, 8, 0, 2 * Math.PI);
    ink.fill();
    if (bell !== bells[held] || document.activeElement !== canvas) return;
    ink.strokeStyle = "#000";
    ink.strokeRect(x - 13, y - 13, 26, 26);
  }

  function drawAnswer() {
    ink.font = "20px sans-serif";
    ink.fillStyle = "#5e5a53";
    ink.strokeStyle = "#c9c4ba";
    ink.lineWidth = 1;
    for (const [answer, words] of [[1, "1: real"], [0.5, "1/2"], [0, "0: fake"]]) {
      curve(() => high(answer));
      ink.fillText(words, WIDTH - 70, high(answer) - 4);
    }
    ink.strokeStyle = ink.fillStyle = "#222";
    ink.lineWidth = 3;
    curve((x) => high(best(x)));
    ink.fillText("D*(x)", 12, high(best(-REACH)) + (best(-REACH) > 0.5 ? 20 : -8));
  }

  const told = (x) => (Math.abs(x) < 0.005 ? x.toFixed(4) : x.toFixed(2)).replace("-", "−");

  // Where the fakes are thickest, both losses of G pull a fake uphill: minimax by the slope of
  // -log(1 - D*), the other by that of log D*. They differ by a factor, D* against 1 - D*.
  function tell() {
    const { p, q } = bells;
    const [answer, slope] = [best(q.mean), (p.mean - q.mean) / p.sd ** 2];
    const found = { loss: loss(), answer, minimax: slope * answer, plain: slope * (1 - answer) };
    found.js = Math.log(2) - found.loss / 2;
    for (const [name, value] of Object.entries(found)) stage.dataset[name] = value;
    speaker.textContent =
      `Loss of D*: ${told(found.loss)}, of log 4 = 1.39 at most; so the Jensen–Shannon divergence ` +
      `is ${told(Math.abs(found.js))}. Amid the fakes D* = ${told(answer)}; there the minimax loss ` +
      `pulls a fake by ${told(found.minimax)}, the other loss by ${told(found.plain)}.`;
  }

  const speaker = kit.speaker(stage);
  const sets = { p: {}, q: {} };
  for (const name of ["p", "q"]) {
    const row = kit.row(stage);
    const turn = (key) => (to) => { bells[name][key] = to; draw(); };
    sets[name].mean = kit.slider(row, `middle of ${name}`,
      { min: -3.5, max: 3.5, step: 0.05, value: bells[name].mean }, turn("mean"), told);
    sets[name].sd = kit.slider(row, `width of ${name}`,
      { min: 0.3, max: 2, step: 0.05, value: bells[name].sd }, turn("sd"), told);
  }
  kit.button(kit.row(stage), "Lay the fakes on the real ones", () => change("q", bells.p.mean, bells.p.sd));

  function change(name, mean, sd) {
    const within = (x, least, most) => Math.max(least, Math.min(most, x));
    bells[name].mean = within(mean, -3.5, 3.5);
    bells[name].sd = within(sd, 0.3, 2);
    sets[name].mean(bells[name].mean);
    sets[name].sd(bells[name].sd);
    draw();
  }

  function placeOf(event) {
    const box = canvas.getBoundingClientRect();
    return ((2 * (event.clientX - box.left)) / box.width - 1) * REACH;
  }

  let grip = 0; // how far from the bell's middle it was taken
  canvas.addEventListener("pointerdown", (event) => {
    const far = (name) => Math.abs(placeOf(event) - bells[name].mean);
    held = far("p") < far("q") ? "p" : "q";
    grip = placeOf(event) - bells[held].mean;
    canvas.setPointerCapture(event.pointerId);
    draw();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.buttons) change(held, placeOf(event) - grip, bells[held].sd);
  });

  const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  canvas.addEventListener("keydown", (event) => {
    const way = KEYS[event.key];
    if (event.key === " ") held = held === "p" ? "q" : "p";
    else if (!way) return;
    event.preventDefault();
    const [right, wider] = way || [0, 0];
    change(held, bells[held].mean + STEP * right, bells[held].sd + STEP * wider);
  });
  canvas.addEventListener("focus", draw);
  canvas.addEventListener("blur", draw);
  draw();
}
