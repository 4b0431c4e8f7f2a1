// The evidence lower bound where all is known: one number z, one pixel x. Bound + gap = log p(x).
"use strict";

{
  const [WIDTH, HEIGHT, BARS, REACH] = [640, 300, 150, 3.2];
  const [LEAST, MOST] = [-7, 1]; // nats, from the left end of the axis to the right
  const at = { x: 1.5, s: 0.25 }; // the grey pixel and the variance of its noise
  const bells = { q: { mean: 0.6, sd: 0.7 } };
  let look = looks.all();

  const stage = kit.stage("elbo", true);
  const canvas = kit.canvas(stage, WIDTH, HEIGHT + BARS, {
    tabindex: 0,
    "aria-label": "Prior, likelihood, posterior and q over z, and below them the bound and the gap on " +
      "an axis in nats. The arrow keys move q and change its width.",
  });
  const ink = canvas.getContext("2d");
  const sheet = new Bells({ width: WIDTH, reach: REACH, floor: HEIGHT - 32, top: HEIGHT - 150 });

  // The KL divergence of two normal distributions, each by its mean and standard deviation.
  const kl = (m, sd, m2, sd2) => Math.log(sd2 / sd) + (sd * sd + (m - m2) ** 2) / (2 * sd2 * sd2) - 0.5;

  // z ~ N(0, 1), x ~ N(z, s): so p(x) and p(z | x) are normal, too.
  function numbers() {
    const { x, s } = at;
    const { mean, sd } = bells.q;
    const posterior = { mean: x / (1 + s), sd: Math.sqrt(s / (1 + s)) };
    const logP = -0.5 * (Math.log(2 * Math.PI * (1 + s)) + (x * x) / (1 + s));
    const reconstruction = -0.5 * (Math.log(2 * Math.PI * s) + ((x - mean) ** 2 + sd * sd) / s);
    const price = kl(mean, sd, 0, 1);
    const gap = Math.max(0, kl(mean, sd, posterior.mean, posterior.sd));
    return { posterior, logP, reconstruction, price, bound: reconstruction - price, gap };
  }

  function draw() {
    const found = numbers();
    const curves = [
      ["prior p(z)", look.first, [2, 3], { mean: 0, sd: 1 }],
      ["likelihood p(x | z)", look.second, [7, 4], { mean: at.x, sd: Math.sqrt(at.s) }],
      ["posterior p(z | x)", look.third, [], found.posterior],
      ["our guess q", look.fourth, [], bells.q],
    ];
    ink.fillStyle = look.ground;
    ink.fillRect(0, 0, WIDTH, HEIGHT + BARS);
    ink.font = "18px sans-serif";
    sheet.fit(curves.map(([, , , bell]) => Math.exp(logDensity(bell.mean, bell))));
    sheet.axis(ink, look);
    curves.forEach(([words, colour, dash, bell], which) => {
      const width = bell === bells.q ? 3.5 : 2;
      sheet.curve(ink, (z) => sheet.tall(Math.exp(logDensity(z, bell))), { colour, dash, width });
      ink.setLineDash(dash); // and a sample of the line beside its name
      ink.strokeStyle = ink.fillStyle = colour;
      ink.lineWidth = width;
      const [x, y] = [14 + 300 * (which % 2), 22 + 26 * Math.floor(which / 2)];
      line(ink, x, y - 6, 40, 0);
      ink.setLineDash([]);
      ink.lineWidth = 1;
      ink.fillText(words, x + 50, y);
    });
    sheet.handle(ink, bells.q, look.fourth, document.activeElement === canvas, look);
    drawNats(found);
    tell(found);
  }

  const along = (nats) => 14 + ((nats - LEAST) / (MOST - LEAST)) * (WIDTH - 28);

  // An axis in nats: from the reconstruction the price leads back to the bound, from there the gap
  // leads on to log p(x).
  function drawNats({ logP, reconstruction, price, bound, gap }) {
    const floor = HEIGHT + BARS - 30;
    ink.fillStyle = ink.strokeStyle = look.quiet;
    line(ink, along(LEAST), floor, along(MOST) - along(LEAST), 0);
    ink.textAlign = "center";
    for (let nats = LEAST; nats <= MOST; nats++) {
      line(ink, along(nats), floor, 0, 5);
      ink.fillText(nats === MOST ? "nats" : kit.told(nats, 0), along(nats) - (nats === MOST ? 10 : 0), floor + 23);
    }
    ink.textAlign = "left";
    drawPart("price (KL)", reconstruction, bound, floor - 88, look.second, price);
    drawPart("gap", bound, logP, floor - 38, look.fourth, gap);
    ink.strokeStyle = ink.fillStyle = look.ink;
    line(ink, along(logP), floor - 52, 0, 52);
    ink.fillText("log p(x)", along(logP) + 6, floor - 10);
    if (bound >= LEAST) {
      ink.setLineDash([3, 3]);
      line(ink, along(bound), floor - 100, 0, 100);
      ink.setLineDash([]);
    }
    ink.textAlign = bound < LEAST + 1 ? "left" : "right";
    const words = bound >= LEAST ? "bound" : `← bound, off the scale: ${kit.told(bound)}`;
    ink.fillText(words, Math.max(along(LEAST), along(bound) - 5), floor - 10);
    ink.textAlign = "left";
  }

  // A bar from one number to another, with its arrow and its name.
  function drawPart(words, from, to, y, colour, nats) {
    const [a, b] = [from, to].map((x) => Math.max(0, Math.min(WIDTH, along(x))));
    ink.fillStyle = colour;
    ink.globalAlpha = 0.25;
    ink.fillRect(Math.min(a, b), y - 12, Math.abs(b - a), 24);
    ink.globalAlpha = 1;
    ink.strokeStyle = colour;
    ink.lineWidth = 2.5;
    ink.beginPath();
    arrow(ink, a, y, b - a, 0);
    ink.stroke();
    ink.lineWidth = 1;
    const right = Math.max(a, b) + 8;
    const named = `${words} ${kit.told(nats)}`;
    const left = right + ink.measureText(named).width > WIDTH;
    ink.textAlign = left ? "right" : "left";
    ink.fillText(named, left ? Math.min(a, b) - 8 : right, y + 6);
    ink.textAlign = "left";
  }

  function tell(found) {
    const { logP, reconstruction, price, bound, gap } = found;
    Object.assign(stage.dataset, { logP, reconstruction, price, bound, gap });
    speaker.textContent =
      `Reconstruction ${kit.told(reconstruction)}, less the price (KL) ${kit.told(price)}, is the bound ` +
      `${kit.told(bound)}; with the gap ${kit.told(gap)} it is log p(x) = ${kit.told(logP)}.` +
      (gap < 0.005 ? " The guess is the posterior: there is no gap." : "");
  }

  const speaker = kit.speaker(stage);
  const knobs = kit.knobs(stage);
  const turn = (what, key) => (to) => {
    what[key] = to;
    draw();
  };
  const sets = {
    mean: kit.slider(knobs, "mean of q", { min: -3, max: 3, step: 0.05, value: 0.6 }, turn(bells.q, "mean")),
    sd: kit.slider(knobs, "its standard deviation", { min: 0.1, max: 2, step: 0.01, value: 0.7 },
      turn(bells.q, "sd")),
  };
  kit.slider(knobs, "pixel x", { min: -2, max: 2, step: 0.05, value: at.x }, turn(at, "x"));
  kit.slider(knobs, "variance s of its noise", { min: 0.04, max: 2, step: 0.01, value: at.s }, turn(at, "s"));

  function change(_, mean, sd) {
    bells.q.mean = Math.max(-3, Math.min(3, mean));
    bells.q.sd = Math.max(0.1, Math.min(2, sd));
    sets.mean(bells.q.mean);
    sets.sd(bells.q.sd);
    draw();
  }

  kit.button(kit.row(stage), "Make the guess the posterior", () => {
    const { mean, sd } = numbers().posterior;
    change("q", mean, sd);
  });
  sheet.drag(canvas, bells, change, draw);
  kit.redraw(() => {
    look = looks.all();
    draw();
  });
  draw();
}
