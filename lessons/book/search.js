// The search: each word that was typed must stand in a section, in any order, in any letters.
"use strict";

const spots = JSON.parse(document.getElementById("spots").textContent);
const box = document.getElementById("search");
const list = document.getElementById("found");
const MOST = 12;

function hits(query) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length || query.trim().length < 2) return [];
  const weight = ([, title]) => (words.every((word) => title.toLowerCase().includes(word)) ? 0 : 1);
  return spots
    .filter(([, title, text]) => {
      const all = `${title} ${text}`.toLowerCase();
      return words.every((word) => all.includes(word));
    })
    .sort((a, b) => weight(a) - weight(b));
}

function excerpt(text, query) {
  const at = Math.max(0, text.toLowerCase().indexOf(query.toLowerCase().split(/\s+/)[0]) - 60);
  return (at ? "… " : "") + text.slice(at, at + 160) + (at + 160 < text.length ? " …" : "");
}

function show() {
  const found = hits(box.value);
  list.replaceChildren(
    ...found.slice(0, MOST).map(([address, title, text]) => {
      const item = document.createElement("li");
      const link = document.createElement("a");
      const words = document.createElement("p");
      link.href = address;
      link.textContent = title;
      words.textContent = excerpt(text, box.value.trim());
      item.append(link, words);
      return item;
    }),
  );
  if (box.value.trim().length > 1 && !found.length) {
    const none = document.createElement("li");
    none.textContent = "Nothing was found.";
    list.append(none);
  }
}

box.addEventListener("input", show);
if (box.value) show();
