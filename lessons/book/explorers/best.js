// The best discriminator of two bells, D* = p / (p + q), and how hard each loss of G pulls at a fake.
"use strict";

{
  const [WIDTH, HEIGHT, LOW, PULLS, REACH] = [640, 250, 130, 136, 4]; // the bells, D*, the pulls below
  const AT = [-2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2]; // standard deviations from the middle of q
  const SCALE = 22; // units of an arrow for a pull of 1
  const LONGEST = 120; // and where it is cut
  const bells = { p: { mean: -1, sd: 0.8 }, q: { mean: 1.2, sd: 0.6 } };
  let look = looks.all();

  const stage = kit.stage("best", true);
  const canvas = kit.canvas(stage, WIDTH, HEIGHT + LOW + PULLS, {
    tabindex: 0,
    "aria-label": "Two bells, below them the best discriminator, and how hard each loss pulls at fakes. " +
      "The arrow keys move a bell and change its width; the space bar takes hold of the other one.",
  });
  const ink = canvas.getContext("2d");
  const sheet = new Bells({ width: WIDTH, reach: REACH, floor: HEIGHT - 30, top: HEIGHT - 62 });

  const softplus = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  const logit = (x) => logDensity(x, bells.p) - logDensity(x, bells.q);
  const best = (x) => 1 / (1 + Math.exp(-logit(x))); // p / (p + q)
  const slope = (x) => (bells.p.mean - x) / bells.p.sd ** 2 - (bells.q.mean - x) / bells.q.sd ** 2;

  // Which way each loss pulls a fake at x: along the slope of the logit, D* or 1 - D* times it.
  const pulls = (x) => ({ minimax: best(x) * slope(x), plain: (1 - best(x)) * slope(x) });

  // The loss of D*, -E_p[log D*] - E_q[log(1 - D*)], and how hard the losses pull at a fake, in the
  // mean over all fakes; summed in small steps over both bells.
  function sums() {
    const { p, q } = bells;
    const from = Math.min(p.mean - 9 * p.sd, q.mean - 9 * q.sd);
    const to = Math.max(p.mean + 9 * p.sd, q.mean + 9 * q.sd);
    const [steps, width] = [2000, (to - from) / 2000];
    const found = { loss: 0, minimax: 0, plain: 0 };
    for (let i = 0; i <= steps; i++) {
      const x = from + i * width;
      const [real, fake, pull] = [Math.exp(logDensity(x, p)), Math.exp(logDensity(x, q)), pulls(x)];
      found.loss += width * (real * softplus(-logit(x)) + fake * softplus(logit(x)));
      found.minimax += width * fake * Math.abs(pull.minimax);
      found.plain += width * fake * Math.abs(pull.plain);
    }
    return found;
  }

  const high = (answer) => HEIGHT + LOW - 12 - (LOW - 30) * answer;

  function draw() {
    ink.fillStyle = look.ground;
    ink.fillRect(0, 0, WIDTH, HEIGHT + LOW + PULLS);
    ink.font = "20px sans-serif";
    sheet.fit([bells.p, bells.q].map((bell) => Math.exp(logDensity(bell.mean, bell))));
    sheet.axis(ink, look);
    drawBell("p", "real p(x)", look.real, [], 24);
    drawBell("q", "fake q(x)", look.fake, [8, 4], 50);
    drawAnswer();
    drawPulls("non-saturating", "plain", HEIGHT + LOW + 22);
    drawPulls("minimax", "minimax", HEIGHT + LOW + 86);
    tell();
  }

  function drawBell(name, words, colour, dash, y) {
    const bell = bells[name];
    sheet.curve(ink, (x) => sheet.tall(Math.exp(logDensity(x, bell))), { colour, dash, width: 3 });
    ink.fillStyle = look.ink;
    ink.fillText(words, 62, y);
    ink.strokeStyle = colour; // and a sample of the line beside its name
    ink.setLineDash(dash);
    ink.lineWidth = 3;
    line(ink, 12, y - 6, 40, 0);
    ink.setLineDash([]);
    ink.lineWidth = 1;
    sheet.handle(ink, bell, colour, hand.held === name && document.activeElement === canvas, look);
  }

  // D*, over the colours of its two sides.
  function drawAnswer() {
    for (let i = 0; i < WIDTH; i += 2) {
      const answer = best(sheet.at(i + 1));
      const [r, g, b] = looks.between(look.ground, answer > 0.5 ? look.sideReal : look.sideFake,
        Math.abs(2 * answer - 1) * 0.6);
      ink.fillStyle = `rgb(${r}, ${g}, ${b})`;
      ink.fillRect(i, high(1), 2, high(0) - high(1));
    }
    ink.font = "18px sans-serif";
    ink.fillStyle = look.ink;
    for (const [answer, words] of [[1, "1: real"], [0.5, "1/2"], [0, "0: fake"]]) {
      sheet.curve(ink, () => high(answer), { colour: look.quiet, width: 1 });
      ink.fillText(words, WIDTH - 64, high(answer) + (answer === 1 ? 18 : -5));
    }
    sheet.curve(ink, (x) => high(best(x)), { colour: look.ink, width: 3 });
    ink.fillText("D*(x)", 12, high(best(-REACH)) + (best(-REACH) > 0.5 ? 24 : -10));
  }

  // Arrows at places of the bell of fakes, from where each of these fakes is.
  function drawPulls(words, which, y) {
    ink.fillStyle = look.ink;
    ink.fillText(`how hard the ${words} loss pulls`, 12, y - 4);
    ink.strokeStyle = ink.fillStyle = look.fake;
    ink.lineWidth = 2;
    AT.forEach((far, i) => {
      const [x, low] = [bells.q.mean + far * bells.q.sd, y + 8 + 12 * (i % 3)];
      const pull = SCALE * pulls(x)[which];
      ink.beginPath();
      arrow(ink, sheet.across(x), low, Math.max(-LONGEST, Math.min(LONGEST, pull)), 0);
      ink.stroke();
      ink.beginPath();
      ink.arc(sheet.across(x), low, 3, 0, 2 * Math.PI);
      ink.fill();
    });
    ink.lineWidth = 1;
  }

  function tell() {
    const found = { ...sums(), answer: best(bells.q.mean) };
    found.js = Math.max(0, Math.log(2) - found.loss / 2);
    if (bells.p.mean === bells.q.mean && bells.p.sd === bells.q.sd) found.js = 0; // not a rounding's
    for (const [name, value] of Object.entries(found)) stage.dataset[name] = value;
    speaker.textContent =
      `The loss of D* is ${kit.told(found.loss)}; log 4 = 1.39 is the most that it can be. So the ` +
      `Jensen–Shannon divergence is ${kit.told(found.js)}. In the mean over the fakes, the ` +
      `non-saturating loss pulls with ${kit.told(found.plain)}, the minimax loss with ` +
      `${kit.told(found.minimax)}.`;
  }

  const legend = kit.element(stage, "p", { class: "legend" });
  legend.textContent =
    "The arrows show which way each loss pulls fakes at nine places of their bell, and how hard: as " +
    "much as the loss falls for each unit of the way. Take a bell by its dot.";
  const speaker = kit.speaker(stage);
  const knobs = kit.knobs(stage);
  const sets = { p: {}, q: {} };
  for (const name of ["p", "q"]) {
    const turn = (key) => (to) => { bells[name][key] = to; draw(); };
    const words = { p: "of p, the real points", q: "of q, the fakes" }[name];
    sets[name].mean = kit.slider(knobs, `middle ${words}`,
      { min: -3.5, max: 3.5, step: 0.05, value: bells[name].mean }, turn("mean"));
    sets[name].sd = kit.slider(knobs, `width ${words}`,
      { min: 0.3, max: 2, step: 0.05, value: bells[name].sd }, turn("sd"));
  }
  const actions = kit.toolbar(stage, "Places of the fakes");
  kit.button(actions, "Lay the fakes on the real ones", () => change("q", bells.p.mean, bells.p.sd));
  kit.button(actions, "Only make them narrower", () => change("q", bells.p.mean, bells.p.sd / 2));

  function change(name, mean, sd) {
    const within = (x, least, most) => Math.max(least, Math.min(most, x));
    bells[name].mean = within(mean, -3.5, 3.5);
    bells[name].sd = within(sd, 0.3, 2);
    sets[name].mean(bells[name].mean);
    sets[name].sd(bells[name].sd);
    draw();
  }

  const hand = sheet.drag(canvas, bells, change, draw);
  kit.redraw(() => {
    look = looks.all();
    draw();
  });
  draw();
}
