// Drawing on a canvas: with a mouse, a finger or a pen, or by the arrow keys and the space bar.
"use strict";

// stroke(places): called with the places, [x, y], from 0 to 1 across and down, of each move that
// draws. moved(): called when the cursor of the keys has moved. spacing: a line of places so far from
// each other joins those of two events; without one each event is its place alone. active(): whether
// one can draw now. Where lines are joined the space bar puts the pen down, and lifts it again; else it
// draws where the cursor is. Returns the cursor: its place, and whether it is down.
function pen(canvas, stroke, moved, { spacing = 0, active = () => true } = {}) {
  const STEP = 1 / 40;
  const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const cursor = { at: [0.5, 0.5], down: false };
  const within = (x) => Math.max(0, Math.min(1, x));
  let last = null; // where the pointer drew before

  function placeOf(event) {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height].map(within);
  }

  function follow(event) {
    const all = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
    const places = (all.length ? all : [event]).map(placeOf);
    stroke(places.flatMap((to) => joined(last, (last = to), spacing)));
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (!active()) return;
    canvas.setPointerCapture(event.pointerId);
    last = null;
    follow(event);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.buttons && active()) follow(event);
  });
  canvas.addEventListener("pointerup", () => (last = null));
  canvas.addEventListener("keydown", (event) => {
    if (!active()) return;
    if (event.key === " ") press();
    else if (KEYS[event.key]) go(KEYS[event.key]);
    else return;
    event.preventDefault();
    moved();
  });

  function press() {
    cursor.down = spacing > 0 && !cursor.down;
    if (cursor.down || !spacing) stroke([[...cursor.at]]);
  }

  function go(way) {
    const from = [...cursor.at];
    way.forEach((step, i) => (cursor.at[i] = within(from[i] + step * STEP)));
    if (cursor.down) stroke(joined(from, [...cursor.at], spacing));
  }

  canvas.addEventListener("focus", () => moved());
  canvas.addEventListener("blur", () => {
    cursor.down = false;
    moved();
  });
  return cursor;
}

// The places of a line behind its first one, so far from each other at most, the last one among them.
function joined(from, to, spacing) {
  if (!from || !spacing) return [to];
  const far = Math.hypot(to[0] - from[0], to[1] - from[1]);
  const pieces = Math.max(1, Math.ceil(far / spacing - 1e-9)); // a rounding makes no further place
  return Array.from({ length: pieces }, (_, i) =>
    from.map((x, k) => x + ((to[k] - x) * (i + 1)) / pieces));
}

// What node needs to test this file; a page has no such thing.
if (typeof module !== "undefined") module.exports = { joined };
