// Guesses: Enter opens the outcome, above which the guess stands. What was opened stays open, and
// what was guessed stays guessed, when the page is opened again.
"use strict";

{
  // Kept by the page's name. Where a browser keeps nothing, the page works without.
  const shelf = {
    key: `scratchgen ${location.pathname.split("/").pop()}`,
    read() {
      try {
        return Object(JSON.parse(localStorage.getItem(this.key)));
      } catch {
        return {};
      }
    },
    keep(anchor, change) {
      try {
        const all = this.read();
        all[anchor] = { ...all[anchor], ...change };
        localStorage.setItem(this.key, JSON.stringify(all));
      } catch {
        // nothing is kept
      }
    },
  };

  function prepare(outcome, kept) {
    const box = document.getElementById(`guess-${outcome.id}`);
    const summary = outcome.querySelector("summary");
    const said = document.createElement("p");
    said.className = "guessed";
    summary.after(said);

    const tell = () => {
      const guess = box.value.trim();
      said.hidden = !guess;
      said.textContent = `You guessed: ${guess}`;
    };
    if (typeof kept?.guess === "string") box.value = kept.guess;
    if (kept?.open === true) outcome.open = true;
    tell();

    box.addEventListener("input", () => {
      tell();
      shelf.keep(outcome.id, { guess: box.value });
    });
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      event.preventDefault(); // else the same key would shut it again: it goes on to the summary
      outcome.open = true;
      shelf.keep(outcome.id, { open: true });
      summary.focus();
    });
    // By the click, not by the change: print opens everything for a moment.
    summary.addEventListener("click", () => shelf.keep(outcome.id, { open: !outcome.open }));
  }

  // For whoever reads without guessing.
  function offerAll(outcomes) {
    const button = document.createElement("button");
    const all = () => outcomes.every((outcome) => outcome.open);
    const name = () => {
      button.textContent = all() ? "Close all answers" : "Open all answers";
    };
    button.className = "every";
    button.type = "button";
    button.addEventListener("click", () => {
      const open = !all();
      for (const outcome of outcomes) {
        outcome.open = open;
        shelf.keep(outcome.id, { open });
      }
    });
    for (const outcome of outcomes) outcome.addEventListener("toggle", name);
    name();
    (document.querySelector(".facts") ?? document.querySelector("h1")).after(button);
  }

  const found = shelf.read();
  const outcomes = [...document.querySelectorAll(".outcome")];
  for (const outcome of outcomes) prepare(outcome, found[outcome.id]);
  if (outcomes.length) offerAll(outcomes);
}
