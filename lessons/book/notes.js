// Notes: a click on a word of the glossary shows its meaning in place. Without scripts, or with a
// key held down for a new tab, the link leads to the glossary.
"use strict";

{
  const known = JSON.parse(document.getElementById("meanings")?.textContent ?? "{}");
  const note = document.createElement("div");
  const GAP = 6; // between the word and its note

  function place(link) {
    const around = link.getClientRects()[0];
    const { offsetWidth: width, offsetHeight: height } = note;
    const room = document.documentElement.clientWidth;
    const below = around.bottom + GAP + height < innerHeight || around.top < height + GAP;
    note.style.left = `${Math.max(GAP, Math.min(around.left, room - width - GAP))}px`;
    note.style.top = `${scrollY + (below ? around.bottom + GAP : around.top - GAP - height)}px`;
  }

  function show(link, meaning) {
    const more = document.createElement("a");
    more.href = link.href;
    more.textContent = "In the glossary";
    note.innerHTML = meaning;
    note.lastElementChild.append(" · ", more);
    note.setAttribute("aria-label", `The word “${link.textContent.trim()}”`);
    note.showPopover({ source: link });
    place(link);
    note.focus({ preventScroll: true });
  }

  if (note.showPopover) {
    note.className = "note";
    note.popover = "auto";
    note.tabIndex = -1;
    note.setAttribute("role", "dialog");
    document.body.append(note);
    document.addEventListener("click", (event) => {
      const link = event.target.closest("a.term");
      const meaning = link && known[link.hash.slice(1)];
      if (!meaning || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      show(link, meaning);
    });
  }
}
