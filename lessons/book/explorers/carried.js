// What a page carries for an explorer: arrays of half floats, in base 64, by name (see carried.py).
"use strict";

// A half float: a sign, five bits of exponent, ten of fraction (IEEE 754, binary16).
function half(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24; // too small for the usual form
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function halves(text) {
  const bytes = atob(text);
  return Float64Array.from({ length: bytes.length / 2 }, (_, i) =>
    half(bytes.charCodeAt(2 * i) | (bytes.charCodeAt(2 * i + 1) << 8)));
}

// The arrays of an explorer by name, each with its shape. NaN is refused here once more.
function carried(name) {
  const text = document.querySelector(`[data-explorer="${name}"] > script`).textContent;
  const arrays = {};
  for (const [key, [shape, packed]] of Object.entries(JSON.parse(text))) {
    const values = halves(packed);
    if (!values.every(Number.isFinite)) throw new Error(`${key} is not all numbers`);
    arrays[key] = { shape, values };
  }
  return arrays;
}

// A net whose layers are the named ones: "decoder.0" stands for decoder.0.W and decoder.0.b.
function carriedNet(arrays, layers) {
  const shapes = layers.map((layer) => arrays[`${layer}.W`].shape);
  const net = new Net([shapes[0][0], ...shapes.map((shape) => shape[1])], 0, new Random(0));
  net.W = layers.map((layer) => arrays[`${layer}.W`].values);
  net.b = layers.map((layer) => arrays[`${layer}.b`].values);
  return net;
}

// What node needs to test this file; a page has no such thing.
if (typeof module !== "undefined") module.exports = { half, halves };
