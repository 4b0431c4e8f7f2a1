// Drawing on a canvas: with a mouse, a finger or a pen, or by the arrow keys and the space bar.
"use strict";

// put(x, y): called with each place that is drawn, from 0 to 1 across and down. moved(): called when
// the cursor of the keys has moved. Returns that cursor, [x, y], which is shown while it has focus.
function pen(canvas, put, moved) {
  const STEP = 1 / 40;
  const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const cursor = [0.5, 0.5];
  const within = (x) => Math.max(0, Math.min(1, x));

  function follow(event) {
    const box = canvas.getBoundingClientRect();
    for (const one of event.getCoalescedEvents ? [...event.getCoalescedEvents(), event] : [event])
      put(within((one.clientX - box.left) / box.width), within((one.clientY - box.top) / box.height));
  }

  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    follow(event);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.buttons) follow(event);
  });
  canvas.addEventListener("keydown", (event) => {
    if (event.key === " ") put(...cursor);
    else if (KEYS[event.key]) KEYS[event.key].forEach((way, i) => (cursor[i] = within(cursor[i] + way * STEP)));
    else return;
    event.preventDefault();
    moved();
  });
  canvas.addEventListener("focus", moved);
  canvas.addEventListener("blur", moved);
  return cursor;
}
