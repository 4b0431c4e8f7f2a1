// What the explorers share: rows of buttons, sliders with their numbers, choices, a line that speaks.
"use strict";

const kit = {
  // The stage of an explorer, emptied of what stands there without scripts if `anew`.
  stage(name, anew = false) {
    const stage = document.querySelector(`[data-explorer="${name}"] .stage`);
    if (anew) stage.replaceChildren();
    return stage;
  },

  element(parent, tag, attributes = {}, text = "") {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.textContent = text;
    parent.append(made);
    return made;
  },

  row(parent) {
    return kit.element(parent, "div", { class: "row" });
  },

  button(parent, words, action) {
    const button = kit.element(parent, "button", { type: "button" }, words);
    button.addEventListener("click", action);
    return button;
  },

  // A slider that says its number; `tell` makes words of a value. Returns how one sets it.
  slider(parent, words, { min, max, step, value }, changed, tell = String) {
    const label = kit.element(parent, "label", {}, words);
    const input = kit.element(label, "input", { type: "range", min, max, step, value });
    const shown = kit.element(label, "output", {}, tell(value));
    const read = () => {
      shown.textContent = tell(input.valueAsNumber);
      input.setAttribute("aria-valuetext", shown.textContent);
    };
    input.addEventListener("input", () => {
      read();
      changed(input.valueAsNumber);
    });
    read();
    return (to) => {
      input.value = to;
      read();
    };
  },

  choice(parent, words, options, changed) {
    const label = kit.element(parent, "label", {}, words);
    const select = kit.element(label, "select");
    for (const [value, text] of Object.entries(options))
      kit.element(select, "option", { value }, text);
    select.addEventListener("change", () => changed(select.value));
    return (to) => (select.value = to);
  },

  // A line that is read out when it changes.
  speaker(parent) {
    return kit.element(parent, "p", { role: "status", "aria-live": "polite" });
  },

  // A square image, of numbers from 0 to 1, as large as the canvas is high; `left`: where it begins.
  pixels(canvas, numbers, left = 0) {
    const side = Math.sqrt(numbers.length);
    const [image, small] = [new ImageData(side, side), document.createElement("canvas")];
    small.width = small.height = side;
    numbers.forEach((x, i) => image.data.set([255 * x, 255 * x, 255 * x, 255], 4 * i));
    small.getContext("2d").putImageData(image, 0, 0);
    const ink = canvas.getContext("2d");
    ink.imageSmoothingEnabled = false;
    ink.drawImage(small, left, 0, canvas.height, canvas.height);
  },

  // Both losses of a game, [D's, G's] a step, of `kept` steps at most. D's line is whole, G's dashed.
  losses(canvas, pairs, kept) {
    const [lines, w, h] = [canvas.getContext("2d"), canvas.width, canvas.height];
    const most = Math.max(2, ...pairs.flat().filter(Number.isFinite).map(Math.abs));
    lines.fillStyle = "#fff";
    lines.fillRect(0, 0, w, h);
    lines.font = "12px sans-serif";
    [["#0b3d7a", "D", []], ["#b3470b", "G", [5, 3]]].forEach(([colour, net, dash], which) => {
      lines.strokeStyle = lines.fillStyle = colour;
      lines.setLineDash(dash);
      lines.beginPath();
      pairs.forEach((pair, i) =>
        lines.lineTo((i * w) / kept, h - 6 - ((h - 12) * Math.abs(pair[which])) / most));
      lines.stroke();
      lines.fillText(`loss of ${net}`, w - 160 + 80 * which, 14);
    });
  },
};
