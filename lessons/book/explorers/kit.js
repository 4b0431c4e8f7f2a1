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

  // A colour of the page, as it is in the scheme that is on.
  colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  },
};
