// The game of two nets on a plane: data, losses, the steps of D and of G, and what G has found.
"use strict";

const sigmoid = (x) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));
const softplus = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

const ring = (modes, radius) =>
  Array.from({ length: modes }, (_, k) => {
    const t = (2 * Math.PI * k) / modes;
    return [radius * Math.cos(t), radius * Math.sin(t)];
  });

// Data: heaps around centres, or two moons; how far one sees to each side; how wide heaps are.
const DATA = {
  ring: { title: "a ring of eight", centres: ring(8, 2), sd: 0.1, reach: 3.2 },
  grid: {
    title: "a grid of 25",
    centres: Array.from({ length: 25 }, (_, k) => [2 * (k % 5) - 4, 2 * Math.floor(k / 5) - 4]),
    sd: 0.1,
    reach: 5.6,
  },
  moons: { title: "two moons", centres: [], sd: 0.1, reach: 2.6 },
  island: { title: "one heap", centres: [[1, 0]], sd: 0.1, reach: 3.2 },
  drawn: { title: "what you draw", centres: [], sd: 0.06, reach: 3.2, drawn: [] },
};

function drawData(data, n, random) {
  const x = new Float64Array(2 * n);
  for (let i = 0; i < n; i++) {
    const [cx, cy] = place(data, random);
    x[2 * i] = cx + data.sd * random.normal();
    x[2 * i + 1] = cy + data.sd * random.normal();
  }
  return x;
}

function place(data, random) {
  const from = data.drawn && data.drawn.length ? data.drawn : data.centres;
  if (from.length) return from[Math.floor(random.uniform() * from.length)];
  if (data.drawn) return [0, 0];
  const side = random.uniform() < 0.5 ? 1 : -1;
  const t = Math.PI * random.uniform();
  return [side * 1.4 * (Math.cos(t) - 0.5), side * 1.4 * (Math.sin(t) - 0.25)];
}

// settings: hidden, leak, loss ("saturating" or not), lrG, lrD, betas, r1, r2, dSteps, batch, decay.
class Game {
  constructor(data, settings, seed) {
    this.data = data;
    this.settings = settings;
    this.random = new Random(seed);
    const { hidden, leak } = settings;
    this.G = new Net([2, ...hidden, 2], leak, this.random);
    this.D = new Net([2, ...hidden, 1], leak, this.random);
    this.mean = new Net([2, ...hidden, 2], leak, this.random);
    this.mean.copyFrom(this.G);
    this.adamG = new Adam(this.G.parameters());
    this.adamD = new Adam(this.D.parameters());
    this.steps = 0;
    this.lossD = this.lossG = this.slope = NaN;
  }

  // D descends -E[log D(x)] - E[log(1 - D(G(z)))], and the penalties on its slope.
  stepD(real, fake) {
    const { lrD, betas, r1, r2 } = this.settings;
    const [n, gradients] = [real.length / 2, this.D.zeros()];
    let loss = 0;
    for (const [x, weight, isReal] of [[real, r1, true], [fake, r2, false]]) {
      const logits = this.D.forward(x, n);
      for (const logit of logits) loss += softplus(isReal ? -logit : logit) / n;
      this.D.backward(logits.map((logit) => (sigmoid(logit) - (isReal ? 1 : 0)) / n), gradients);
      if (weight) this.D.addPenalty(weight, gradients);
    }
    this.adamD.step(gradients, lrD, betas);
    this.lossD = loss;
  }

  // G descends -E[log D(G(z))], or E[log(1 - D(G(z)))] in the minimax game.
  stepG(z) {
    const { lrG, betas, loss } = this.settings;
    const [n, gradients] = [z.length / 2, this.G.zeros()];
    const saturating = loss === "saturating";
    const logits = this.D.forward(this.G.forward(z, n), n);
    this.lossG = logits.reduce((sum, y) => sum + (saturating ? -softplus(y) : softplus(-y)), 0) / n;
    const byLogit = logits.map((y) => (saturating ? -sigmoid(y) : sigmoid(y) - 1) / n);
    const byPoint = this.D.backward(byLogit, null);
    this.G.backward(byPoint, gradients);
    this.adamG.step(gradients, lrG, betas);
  }

  playD() {
    const n = this.settings.batch;
    this.stepD(drawData(this.data, n, this.random), this.G.forward(this.random.normals(2 * n), n));
  }

  playG() {
    this.stepG(this.random.normals(2 * this.settings.batch));
    this.steps += 1;
    const decay = Math.min(this.settings.decay, this.steps / (this.steps + 10));
    this.mean.follow(this.G, decay);
  }

  play() {
    for (let i = 0; i < this.settings.dSteps; i++) this.playD();
    this.playG();
  }

  // Which way each point would go, if it went where D is surer that it is real: d log D / dx.
  pushes(points) {
    const n = points.length / 2;
    const logits = this.D.forward(points, n);
    return this.D.backward(logits.map((y) => 1 - sigmoid(y)), null);
  }

  // How many heaps hold at least a quarter of their share of these points, and how many of the
  // points lie on one.
  found(points) {
    const { centres, sd } = this.data;
    const [n, counts] = [points.length / 2, centres.map(() => 0)];
    for (let i = 0; i < n; i++) {
      const near = centres.findIndex(
        ([cx, cy]) => Math.hypot(points[2 * i] - cx, points[2 * i + 1] - cy) < 3 * sd,
      );
      if (near >= 0) counts[near] += 1;
    }
    const good = counts.reduce((sum, count) => sum + count, 0) / n;
    return { modes: counts.filter((count) => count >= n / centres.length / 4).length, good };
  }
}

if (typeof module !== "undefined") module.exports = { DATA, Game, drawData };
