// Bells over a line, two or more on one canvas: their heights, an axis, and the hand that drags them.
"use strict";

// The logarithm of a bell's density: far from its middle the density itself is 0 for a computer.
const logDensity = (x, { mean, sd }) =>
  -0.5 * ((x - mean) / sd) ** 2 - Math.log(sd * Math.sqrt(2 * Math.PI));

// Where on a picture the bells are: from -reach to reach over `width` units, on a ground at `floor`,
// as tall as `top` units at most, whatever the highest of them is.
class Bells {
  constructor({ width, reach, floor, top }) {
    Object.assign(this, { width, reach, floor, top, highest: 1 });
  }

  across(x) {
    return ((x / this.reach + 1) * this.width) / 2;
  }

  at(place) {
    return ((2 * place) / this.width - 1) * this.reach;
  }

  tall(density) {
    return this.floor - (this.top * density) / this.highest;
  }

  // So that none of these heights is cut off. A pair of low ones is not blown up to full height.
  fit(heights) {
    this.highest = Math.max(0.5, ...heights);
  }

  curve(ink, height, { colour, dash = [], width = 2.5 }) {
    ink.save();
    ink.strokeStyle = colour;
    ink.setLineDash(dash);
    ink.lineWidth = width;
    ink.beginPath();
    for (let i = 0; i <= this.width; i += 1) ink.lineTo(i, height(this.at(i)));
    ink.stroke();
    ink.restore();
  }

  // The line below them, with a number here and there.
  axis(ink, look) {
    ink.save();
    ink.fillStyle = look.quiet;
    ink.strokeStyle = look.quiet;
    ink.textAlign = "center";
    ink.beginPath();
    ink.moveTo(0, this.floor);
    ink.lineTo(this.width, this.floor);
    const most = Math.floor(this.reach - 0.2);
    for (let x = -most; x <= most; x++) {
      ink.moveTo(this.across(x), this.floor);
      ink.lineTo(this.across(x), this.floor + 5);
      ink.fillText(kit.told(x, 0), this.across(x), this.floor + 22);
    }
    ink.stroke();
    ink.restore();
  }

  // The dot by which a bell is taken; with a frame if the keys move it.
  handle(ink, bell, colour, held, look) {
    const [x, y] = [this.across(bell.mean), this.tall(Math.exp(logDensity(bell.mean, bell)))];
    ink.fillStyle = colour;
    ink.beginPath();
    ink.arc(x, y, 8, 0, 2 * Math.PI);
    ink.fill();
    ink.strokeStyle = look.ink;
    if (held) ink.strokeRect(x - 13, y - 13, 26, 26);
  }

  // bells: those that can be dragged, by name. change(name, mean, sd): called when one was. The arrow
  // keys move the held one and change its width, the space bar takes hold of the next. Returns which
  // is held.
  drag(canvas, bells, change, drawn) {
    const names = Object.keys(bells);
    const hand = { held: names.at(-1), grip: 0 };
    const placeOf = (event) => {
      const box = canvas.getBoundingClientRect();
      return this.at(((event.clientX - box.left) / box.width) * this.width);
    };
    canvas.style.touchAction = "pan-y"; // a finger drags to the sides, and scrolls up and down
    canvas.addEventListener("pointerdown", (event) => {
      const far = (name) => Math.abs(placeOf(event) - bells[name].mean);
      hand.held = names.reduce((a, b) => (far(b) < far(a) ? b : a));
      hand.grip = placeOf(event) - bells[hand.held].mean;
      canvas.setPointerCapture(event.pointerId);
      drawn();
    });
    canvas.addEventListener("pointermove", (event) => {
      if (event.buttons) change(hand.held, placeOf(event) - hand.grip, bells[hand.held].sd);
    });
    const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    canvas.addEventListener("keydown", (event) => {
      const way = KEYS[event.key];
      if (event.key === " " && names.length > 1) hand.held = names[(names.indexOf(hand.held) + 1) % names.length];
      else if (!way) return;
      event.preventDefault();
      const [[right, wider], { mean, sd }] = [way || [0, 0], bells[hand.held]];
      change(hand.held, mean + 0.1 * right, sd + 0.1 * wider);
    });
    canvas.addEventListener("focus", () => drawn());
    canvas.addEventListener("blur", () => drawn());
    return hand;
  }
}
