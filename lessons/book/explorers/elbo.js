// The evidence lower bound where all is known: one number z, one pixel x. Bound + gap = log p(x).
"use strict";

{
  const [WIDTH, HEIGHT, REACH] = [640, 300, 3.2];
  const FLOOR = 6; // nats below log p(x), where the bars begin
  const at = { mean: 0.6, sd: 0.7, x: 1.5, spread: 0.5 };
  const CURVES = [
    ["prior p(z)", "#5e5a53", [2, 3]],
    ["likelihood p(x | z)", "#2c8a72", [7, 4]],
    ["posterior p(z | x)", "#0b3d7a", []],
    ["our guess q(z | x)", "#b3470b", []],
  ];

  const stage = kit.stage("elbo", true);
  const canvas = kit.element(stage, "canvas", {
    width: WIDTH, height: HEIGHT + 60, role: "img",
    "aria-label": "Prior, likelihood, posterior and q over z, and below them bound and gap as bars",
  });
  const ink = canvas.getContext("2d");

  const normal = (z, mean, sd) =>
    Math.exp(-(((z - mean) / sd) ** 2) / 2) / (sd * Math.sqrt(2 * Math.PI));

  // The KL divergence of two normal distributions, each by its mean and standard deviation.
  const kl = (m, s, m2, s2) => Math.log(s2 / s) + (s * s + (m - m2) ** 2) / (2 * s2 * s2) - 0.5;

  // z ~ N(0, 1), x ~ N(z, spread^2): so p(x) and p(z | x) are normal, too.
  function numbers() {
    const { mean, sd, x, spread } = at;
    const s = spread * spread;
    const posterior = [x / (1 + s), Math.sqrt(s / (1 + s))];
    const logP = -0.5 * (Math.log(2 * Math.PI * (1 + s)) + (x * x) / (1 + s));
    const fit = -0.5 * (Math.log(2 * Math.PI * s) + ((x - mean) ** 2 + sd * sd) / s);
    const cost = kl(mean, sd, 0, 1);
    return { posterior, logP, fit, cost, bound: fit - cost, gap: kl(mean, sd, ...posterior) };
  }

  function draw() {
    const found = numbers();
    const shapes = [
      (z) => normal(z, 0, 1),
      (z) => normal(at.x, z, at.spread),
      (z) => normal(z, ...found.posterior),
      (z) => normal(z, at.mean, at.sd),
    ];
    ink.fillStyle = "#fff";
    ink.fillRect(0, 0, WIDTH, HEIGHT + 60);
    ink.font = "19px sans-serif";
    CURVES.forEach(([words, colour, dash], which) => {
      ink.strokeStyle = ink.fillStyle = colour;
      ink.setLineDash(dash);
      ink.lineWidth = which === 3 ? 3 : 2;
      ink.beginPath();
      for (let i = 0; i <= WIDTH; i += 2)
        ink.lineTo(i, HEIGHT - 20 - 200 * Math.min(1.35, shapes[which](((2 * i) / WIDTH - 1) * REACH)));
      ink.moveTo(12, 20 + 26 * which); // and a sample of the line beside its name
      ink.lineTo(52, 20 + 26 * which);
      ink.stroke();
      ink.fillText(words, 62, 26 + 26 * which);
    });
    ink.setLineDash([]);
    drawBars(found);
    tell(found);
  }

  function drawBars({ bound, gap }) {
    const length = (nats) => (Math.max(0, Math.min(FLOOR, nats)) / FLOOR) * (WIDTH - 24);
    const full = length(FLOOR);
    const open = length(gap);
    ink.fillStyle = "#0b3d7a";
    ink.fillRect(12, HEIGHT + 8, full - open, 30);
    ink.fillStyle = "#e8b48c";
    ink.fillRect(12 + full - open, HEIGHT + 8, open, 30);
    ink.fillStyle = "#fff";
    if (full - open > 60) ink.fillText("bound", 20, HEIGHT + 30);
    ink.fillStyle = "#222";
    if (open > 40) ink.fillText("gap", 18 + full - open, HEIGHT + 30);
    ink.fillText("log p(x)", WIDTH - 84, HEIGHT + 56);
    stage.dataset.bound = bound;
  }

  const told = (x) => x.toFixed(2).replace("-", "−");

  function tell({ logP, fit, cost, bound, gap }) {
    Object.assign(stage.dataset, { gap, logP });
    speaker.textContent =
      `Bound ${told(bound)} (fit ${told(fit)}, less KL ${told(cost)}), plus gap ${told(gap)}, ` +
      `is log p(x) = ${told(logP)}.` + (gap < 0.005 ? " The guess is the posterior: no gap." : "");
  }

  const speaker = kit.speaker(stage);
  const guess = kit.row(stage);
  const turn = (name) => (to) => {
    at[name] = to;
    draw();
  };
  const two = (x) => told(Number(x));
  const sets = {
    mean: kit.slider(guess, "mean of q", { min: -3, max: 3, step: 0.05, value: at.mean }, turn("mean"), two),
    sd: kit.slider(guess, "its standard deviation", { min: 0.1, max: 2, step: 0.01, value: at.sd }, turn("sd"), two),
  };
  const world = kit.row(stage);
  kit.slider(world, "pixel x", { min: -2, max: 2, step: 0.05, value: at.x }, turn("x"), two);
  kit.slider(world, "noise of the pixel", { min: 0.2, max: 1.5, step: 0.05, value: at.spread },
    turn("spread"), two);
  kit.button(kit.row(stage), "Make the guess the posterior", () => {
    [at.mean, at.sd] = numbers().posterior;
    sets.mean(at.mean);
    sets.sd(at.sd);
    draw();
  });
  draw();
}
