// Nets of dense layers, with what a GAN needs of them: gradients by weights and by inputs, the slope
// of a discriminator at its inputs, and the gradient of that slope's square. Batches are flat arrays,
// row after row; the numbers are those of the library to the last digits (see tests/test_plane.py).
"use strict";

// y (n, out) = x (n, in) W (in, out) + b
function dense(x, W, b, n, inward, out) {
  const y = new Float64Array(n * out);
  for (let r = 0; r < n; r++) {
    const to = r * out;
    if (b) for (let j = 0; j < out; j++) y[to + j] = b[j];
    for (let i = 0; i < inward; i++) {
      const xi = x[r * inward + i];
      if (xi === 0) continue;
      const from = i * out;
      for (let j = 0; j < out; j++) y[to + j] += xi * W[from + j];
    }
  }
  return y;
}

// x (n, in) = d (n, out) W^T
function denseBack(d, W, n, inward, out) {
  const x = new Float64Array(n * inward);
  for (let r = 0; r < n; r++)
    for (let i = 0; i < inward; i++) {
      let sum = 0;
      for (let j = 0; j < out; j++) sum += d[r * out + j] * W[i * out + j];
      x[r * inward + i] = sum;
    }
  return x;
}

// into (in, out) += x^T (in, n) d (n, out)
function addOuter(into, x, d, n, inward, out) {
  for (let r = 0; r < n; r++)
    for (let i = 0; i < inward; i++) {
      const xi = x[r * inward + i];
      if (xi === 0) continue;
      for (let j = 0; j < out; j++) into[i * out + j] += xi * d[r * out + j];
    }
}

// A source of random numbers that a seed fixes (mulberry32), with normal ones by Box and Muller.
class Random {
  constructor(seed) {
    this.state = seed >>> 0;
  }

  uniform() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  normal() {
    const r = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return r * Math.cos(2 * Math.PI * this.uniform());
  }

  normals(count) {
    return Float64Array.from({ length: count }, () => this.normal());
  }
}

// widths: [in, ..., out]. leak: the slope of the activation below 0; 0 is relu. None after the last.
class Net {
  constructor(widths, leak, random) {
    this.widths = widths;
    this.leak = leak;
    this.W = [];
    this.b = [];
    for (let l = 0; l + 1 < widths.length; l++) {
      const spread = Math.sqrt(2 / widths[l]); // He et al. 2015
      const count = widths[l] * widths[l + 1];
      this.W.push(Float64Array.from({ length: count }, () => spread * random.normal()));
      this.b.push(new Float64Array(widths[l + 1]));
    }
  }

  get depth() {
    return this.W.length;
  }

  // All weights and biases, in the library's order.
  parameters() {
    return this.W.flatMap((W, l) => [W, this.b[l]]);
  }

  // The output (n, out); what each layer was given is kept for the way back.
  forward(x, n) {
    this.n = n;
    this.given = [x];
    for (let l = 0; l < this.depth; l++) {
      const y = dense(this.given[l], this.W[l], this.b[l], n, this.widths[l], this.widths[l + 1]);
      if (l + 1 < this.depth)
        for (let i = 0; i < y.length; i++) if (!(y[i] > 0)) y[i] *= this.leak;
      this.given.push(y);
    }
    return this.given[this.depth];
  }

  // d, behind layer l, times the slope of its activation. What is above 0 behind it was so before.
  masked(d, l) {
    const h = this.given[l + 1];
    if (l + 1 < this.depth) for (let i = 0; i < d.length; i++) if (!(h[i] > 0)) d[i] *= this.leak;
    return d;
  }

  // Of the last forward: adds the gradients to `into`, and returns that by the input. d (n, out).
  backward(d, into) {
    for (let l = this.depth - 1; l >= 0; l--) {
      this.masked(d, l);
      const [inward, out] = [this.widths[l], this.widths[l + 1]];
      if (into) {
        addOuter(into[2 * l], this.given[l], d, this.n, inward, out);
        for (let i = 0; i < d.length; i++) into[2 * l + 1][i % out] += d[i];
      }
      d = denseBack(d, this.W[l], this.n, inward, out);
    }
    return d;
  }

  // dD/dx (n, in) of the last forward, and on the way u_l = dD / d(what layer l sums up).
  slopes() {
    this.u = [];
    let d = new Float64Array(this.n * this.widths[this.depth]).fill(1);
    for (let l = this.depth - 1; l >= 0; l--) {
      this.u[l] = this.masked(d, l);
      d = denseBack(this.u[l], this.W[l], this.n, this.widths[l], this.widths[l + 1]);
    }
    return d;
  }

  // Adds the gradient of w times the mean of |dD/dx|^2. That slope is made by products with the
  // weights and by masks that do not move, so its derivative is one more walk forward: t begins as
  // the derivative by the slope itself, and goes through the weights and the same masks.
  addPenalty(w, into) {
    const g = this.slopes();
    let t = g.map((slope) => (2 * w * slope) / this.n);
    for (let l = 0; l < this.depth; l++) {
      const [inward, out] = [this.widths[l], this.widths[l + 1]];
      addOuter(into[2 * l], t, this.u[l], this.n, inward, out);
      t = this.masked(dense(t, this.W[l], null, this.n, inward, out), l);
    }
  }

  zeros() {
    return this.parameters().map((w) => new Float64Array(w.length));
  }

  copyFrom(other) {
    const from = other.parameters();
    this.parameters().forEach((w, i) => w.set(from[i]));
  }

  // a = decay a + (1 - decay) w: a calmer copy follows the mean of another net's path.
  follow(other, decay) {
    const from = other.parameters();
    this.parameters().forEach((a, i) => {
      for (let k = 0; k < a.length; k++) a[k] += (1 - decay) * (from[i][k] - a[k]);
    });
  }
}

// Adam (Kingma and Ba 2015). m and v are the paper's means, so that their memories can be changed
// while it runs.
class Adam {
  constructor(parameters, eps = 1e-8) {
    this.parameters = parameters;
    this.eps = eps;
    this.t = 0;
    this.m = parameters.map((w) => new Float64Array(w.length));
    this.v = parameters.map((w) => new Float64Array(w.length));
  }

  step(gradients, lr, [beta1, beta2]) {
    this.t += 1;
    const [c1, c2] = [1 - beta1 ** this.t, 1 - beta2 ** this.t];
    this.parameters.forEach((w, p) => {
      const [g, m, v] = [gradients[p], this.m[p], this.v[p]];
      for (let i = 0; i < w.length; i++) {
        m[i] = beta1 * m[i] + (1 - beta1) * g[i];
        v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
        w[i] -= (lr * (m[i] / c1)) / (Math.sqrt(v[i] / c2) + this.eps);
      }
    });
  }
}

// What node needs to test this file; a page has no such thing.
if (typeof module !== "undefined") module.exports = { Random, Net, Adam };
