// What the explorers share: rows of buttons, sliders with their numbers, choices, a line that speaks,
// canvases that are sharp on every screen, and games that stand still when nobody sees them.
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

  // Sliders side by side where there is room, one below the other on a phone.
  knobs(parent) {
    return kit.element(parent, "div", { class: "knobs" });
  },

  wide: matchMedia("(min-width: 48rem)"), // whether there is room for parts side by side

  // What opens, on a page wide enough open from the start if `wide`.
  fold(parent, words, wide = false) {
    const fold = kit.element(parent, "details");
    kit.element(fold, "summary", {}, words);
    fold.open = wide && kit.wide.matches;
    return fold;
  },

  // A canvas of so many units, with as many dots as the screen has for them.
  canvas(parent, width, height, attributes = {}) {
    const dots = Math.max(1, Math.min(3, window.devicePixelRatio || 1));
    const canvas = kit.element(parent, "canvas", {
      width: Math.round(width * dots), height: Math.round(height * dots), role: "img", ...attributes,
    });
    canvas.style.width = `${width}px`;
    canvas.style.aspectRatio = `${width} / ${height}`;
    canvas.getContext("2d").setTransform(dots, 0, 0, dots, 0, 0);
    return canvas;
  },

  // Draws again when the page turns dark or light.
  redraw(draw) {
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => draw());
  },

  button(parent, words, action) {
    const button = kit.element(parent, "button", { type: "button" }, words);
    button.addEventListener("click", () => {
      if (button.getAttribute("aria-disabled") !== "true") action();
    });
    return button;
  },

  // A row of buttons that is one stop of the tab key: the arrow keys go from one to the next.
  toolbar(parent, words) {
    const bar = kit.element(parent, "div", { class: "row", role: "toolbar", "aria-label": words });
    const buttons = () => [...bar.querySelectorAll("button")];
    const stop = (at) => buttons().forEach((one) => (one.tabIndex = one === at ? 0 : -1));
    bar.addEventListener("focusin", (event) => stop(event.target));
    bar.addEventListener("keydown", (event) => {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!by) return;
      const all = buttons();
      all[(all.indexOf(event.target) + by + all.length) % all.length].focus();
      event.preventDefault();
    });
    new MutationObserver(() => {
      if (!buttons().some((one) => one.getAttribute("tabindex") === "0")) stop(buttons()[0]);
      else for (const one of buttons()) if (!one.hasAttribute("tabindex")) one.tabIndex = -1;
    }).observe(bar, { childList: true });
    return bar;
  },

  // A slider that says its number; `tell` makes words of a value. Returns how one sets it.
  slider(parent, words, { min, max, step, value }, changed, tell = kit.told) {
    const label = kit.element(parent, "label", { class: "knob" });
    kit.element(label, "span", { class: "words" }, words);
    const input = kit.element(label, "input", { type: "range", min, max, step, value });
    const shown = kit.element(label, "output", {}, tell(Number(value)));
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

  // A number in words: with a true minus, and 0 without one; what rounds to 0 is said to be small.
  told(x, digits = 2) {
    if (!Number.isFinite(x)) return "–";
    if (Math.abs(x) < 1e-12) return "0"; // what a rounding leaves is 0, too
    const text = x.toFixed(digits);
    if (Number(text) === 0) return x > 0 ? `less than ${(10 ** -digits).toFixed(digits)}` : "nearly 0";
    return text.replace("-", "−");
  },

  // A button that plays and pauses. frame(now) is asked for as long as it plays and is in sight;
  // changed(playing): when it was pressed.
  player(bar, stage, frame, changed) {
    let [playing, seen, asked] = [false, true, false];
    const ask = () => {
      if (asked || !playing || !seen) return;
      asked = true;
      requestAnimationFrame((now) => {
        asked = false;
        if (!playing || !seen) return;
        frame(now);
        ask();
      });
    };
    const button = kit.button(bar, "Play", () => {
      playing = !playing;
      button.textContent = playing ? "Pause" : "Play";
      changed(playing);
      ask();
    });
    new IntersectionObserver((entries) => {
      seen = entries.at(-1).isIntersecting;
      ask();
    }).observe(stage);
    return button;
  },

  // A square image, of numbers from 0 to 1, as large as `side` units; `left`: where it begins.
  pixels(canvas, numbers, side, left = 0) {
    const across = Math.sqrt(numbers.length);
    const [image, small] = [new ImageData(across, across), document.createElement("canvas")];
    small.width = small.height = across;
    numbers.forEach((x, i) => image.data.set([255 * x, 255 * x, 255 * x, 255], 4 * i));
    small.getContext("2d").putImageData(image, 0, 0);
    const ink = canvas.getContext("2d");
    ink.imageSmoothingEnabled = false;
    ink.drawImage(small, left, 0, side, side);
  },
};
