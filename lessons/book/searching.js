// The search: each word that was typed must stand in a section, in any order, in any letters. What
// it looks through is a script beside the pages, which is asked for when somebody searches.
"use strict";

{
  const place = document.querySelector("header search");
  const [box, list, said] = ["search", "found", "hits"].map((id) => document.getElementById(id));
  const MOST = 12;
  let asked = false;

  // Quotes are typed straight, and printed curly.
  const flat = (text) => text.toLowerCase().replaceAll("’", "'");

  function hits(query) {
    const words = flat(query).split(/\s+/).filter(Boolean);
    const weight = ([, title]) => (words.every((word) => flat(title).includes(word)) ? 0 : 1);
    return SPOTS.filter(([, title, text]) => {
      const all = flat(`${title} ${text}`);
      return words.every((word) => all.includes(word));
    }).sort((a, b) => weight(a) - weight(b));
  }

  function excerpt(text, query) {
    const at = Math.max(0, flat(text).indexOf(flat(query).split(/\s+/)[0]) - 60);
    return (at ? "… " : "") + text.slice(at, at + 160) + (at + 160 < text.length ? " …" : "");
  }

  function item([address, title, text], query) {
    const item = document.createElement("li");
    const link = document.createElement("a");
    const [head, words] = ["b", "span"].map((tag) => document.createElement(tag));
    link.href = address;
    head.textContent = title;
    words.textContent = excerpt(text, query);
    link.append(head, words);
    item.append(link);
    return item;
  }

  function show() {
    const query = box.value.trim();
    const open = query.length > 1;
    document.getElementById("panel").hidden = !open;
    if (!open || typeof SPOTS === "undefined") return;
    const all = hits(query);
    list.replaceChildren(...all.slice(0, MOST).map((spot) => item(spot, query)));
    const more = all.length > MOST ? `, the first ${MOST} are shown` : "";
    said.textContent = all.length ? `${all.length} found${more}` : "Nothing was found.";
  }

  function load() {
    if (asked) return;
    asked = true;
    const script = document.createElement("script");
    script.src = "search.js";
    script.addEventListener("load", show);
    script.addEventListener("error", () => {
      said.textContent = "The search needs the file search.js, which the book has beside this page.";
    });
    said.textContent = "Looking …";
    document.head.append(script);
  }

  function leave() {
    document.getElementById("panel").hidden = true;
    place.classList.remove("afloat");
  }

  // Up and down go from the box through what was found, and back.
  function move(event, by) {
    const all = [box, ...list.querySelectorAll("a")];
    const next = all[all.indexOf(document.activeElement) + by];
    if (!next) return;
    event.preventDefault();
    next.focus();
  }

  place.hidden = false;
  box.addEventListener("focus", load);
  box.addEventListener("focus", show);
  box.addEventListener("input", show);
  place.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") move(event, 1);
    if (event.key === "ArrowUp") move(event, -1);
    if (event.key === "Enter" && event.target === box) list.querySelector("a")?.click();
    if (event.key === "Escape") {
      box.blur();
      leave();
    }
  });
  place.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !place.contains(event.relatedTarget)) leave();
  });
  list.addEventListener("click", leave);
  document.addEventListener("pointerdown", (event) => {
    if (!place.contains(event.target)) leave();
  });

  // The key / comes here from everywhere; the box then floats, so that nobody loses their place.
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    place.classList.toggle("afloat", place.getBoundingClientRect().bottom < 0);
    box.focus({ preventScroll: true });
    box.select();
  });
}
