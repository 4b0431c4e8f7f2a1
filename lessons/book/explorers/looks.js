// The looks of the explorers: one table of colours, which are those of the lessons' figures (COLOURS
// of scratchgen/draw/page.py), each with its like for a dark page; and the style of what they build.
"use strict";

const COLOURS = {
  real: ["#8c8c8c", "#a3a3a3"], // points of the data
  fake: ["#a8203a", "#f2788e"], // what G makes
  calm: ["#8a4fb5", "#c79be6"], // the calm copy of G
  sideReal: ["#7ea9e0", "#3f7cc8"], // where D says real: its logit is 4
  sideFake: ["#e8843a", "#c0661c"], // where D says fake: it is -4
  lossD: ["#2c8a72", "#5cc4a8"],
  lossG: ["#a8203a", "#f2788e"],
  first: ["#0b3d7a", "#8bb8ee"], // the figures' first four colours, for curves of other things
  second: ["#b85c12", "#e8843a"], // darker on white than in the figures: words are written in it
  third: ["#a8203a", "#f2788e"],
  fourth: ["#2c8a72", "#5cc4a8"],
};
// What a page has, with these in the place of a style that is not there.
const OF_THE_PAGE = { ground: "#fff", ink: "#222", quiet: "#5e5a53", line: "#c9c4ba" };

const STYLE = `
:root { ${Object.entries(COLOURS).map(([name, [light]]) => `--${name}: ${light};`).join(" ")} }
@media (prefers-color-scheme: dark) {
  :root { ${Object.entries(COLOURS).map(([name, [, dark]]) => `--${name}: ${dark};`).join(" ")} }
}
.explorer .keys { list-style: none; padding: 0; margin: .5rem 0; display: flex; flex-wrap: wrap;
  gap: .2rem 1.1rem; font: .88rem/1.45 var(--sans); color: var(--quiet); }
.explorer .keys li { display: inline-flex; gap: .4rem; align-items: center; margin: 0; }
.explorer .keys svg { flex: none; overflow: visible; }
.explorer .scale { flex: none; width: 7rem; height: .8rem; border: 1px solid var(--line);
  background: linear-gradient(to right, var(--sideFake), var(--ground), var(--sideReal)); }
.explorer .first { margin: 0 0 .8rem; padding-left: 1.3rem; font-size: 1rem; line-height: 1.45; }
.explorer .first li { margin-bottom: .2rem; }
.explorer details > summary { font-size: .92rem; }
.explorer details .row { margin-top: .2rem; }
.explorer button[aria-disabled=true] { opacity: .55; cursor: default; }
.explorer .above { display: flex; flex-wrap: wrap; gap: .2rem .9rem; align-items: center; }
.explorer label, .explorer label select { max-width: 100%; min-width: 0; }
.explorer .tick { flex-wrap: nowrap; }
.explorer .knob { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0 .6rem; }
.explorer .knob input { grid-column: 1; width: 100%; }
.explorer .knob .words { grid-column: 1 / -1; }
.explorer .knob output { min-width: 3.4em; text-align: right; }
.explorer .knobs { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr));
  gap: .3rem 1.4rem; margin: .6rem 0; font: .92rem var(--sans); }
.explorer .side .knobs { grid-template-columns: minmax(0, 1fr); }
.node.now rect { stroke: var(--accent); stroke-width: 3; }
.node.to rect { stroke: var(--mark); stroke-width: 2; stroke-dasharray: 5 3; }
.edge.now { color: var(--accent); }
.edge.now path { stroke-width: 3; }
.edge.now text { fill: var(--accent); font-weight: 700; }
@media (min-width: 48rem) {
  .abreast { display: grid; column-gap: 1.2rem;
    grid-template: "view top" auto "view side" 1fr / minmax(0, 480px) minmax(12.5rem, 1fr); }
  .abreast > .view { grid-area: view; }
  .abreast > .side { grid-area: side; }
}
@media print {
  .explorer .knob, .explorer .stage details, .explorer .first { display: none; }
  .explorer canvas { width: auto !important; }
}
@media (max-width: 30rem) {
  .explorer .knobs { grid-template-columns: minmax(0, 1fr); }
  .explorer .knob { grid-template-columns: 9.5rem minmax(0, 1fr) auto; align-items: center; }
  .explorer .knob .words { grid-column: 1; }
  .explorer .knob input { grid-column: 2; }
  .explorer .first { font-size: .95rem; }
}
`;

const looks = {
  // Whether the page is dark now.
  dark: () => matchMedia("(prefers-color-scheme: dark)").matches,

  // A colour of the table, or of the page, as "#rrggbb" or another word that a canvas knows.
  of(name) {
    if (COLOURS[name]) return COLOURS[name][looks.dark() ? 1 : 0];
    const style = getComputedStyle(document.documentElement);
    return style.getPropertyValue(`--${name}`).trim() || OF_THE_PAGE[name];
  },

  // All of them by name, as they are now: read once for a picture.
  all() {
    const names = [...Object.keys(COLOURS), ...Object.keys(OF_THE_PAGE)];
    return Object.fromEntries(names.map((name) => [name, looks.of(name)]));
  },

  // Red, green and blue of "#rrggbb" or "#rgb", each from 0 to 255.
  parts(colour) {
    const digits = colour.replace("#", "").replace(/^(.)(.)(.)$/, "$1$1$2$2$3$3");
    return [0, 2, 4].map((i) => parseInt(digits.slice(i, i + 2), 16));
  },

  // Between two colours: a where share is 0, b where it is 1.
  between(a, b, share) {
    const [from, to] = [looks.parts(a), looks.parts(b)];
    return from.map((x, i) => Math.round(x + share * (to[i] - x)));
  },
};

// A straight line, from a place by so much.
function line(ink, x, y, right, down) {
  ink.beginPath();
  ink.moveTo(x, y);
  ink.lineTo(x + right, y + down);
  ink.stroke();
}

// An arrow with a head, from a place by so much; the head is smaller where the arrow is short.
function arrow(ink, x, y, right, down) {
  const length = Math.hypot(right, down);
  if (length < 0.5) return;
  const [head, [u, v]] = [Math.min(6, 0.6 * length), [right / length, down / length]];
  const [tx, ty] = [x + right, y + down];
  ink.moveTo(x, y);
  ink.lineTo(tx, ty);
  ink.moveTo(tx - head * (u - 0.5 * v), ty - head * (v + 0.5 * u));
  ink.lineTo(tx, ty);
  ink.lineTo(tx - head * (u + 0.5 * v), ty - head * (v - 0.5 * u));
}

if (typeof document !== "undefined") {
  const style = document.createElement("style");
  style.textContent = STYLE;
  document.head.append(style);
}

// What node needs to test this file; a page has no such thing.
if (typeof module !== "undefined") module.exports = { COLOURS };
