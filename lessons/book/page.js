// What every page does: open what a link leads into, keep the place in the contents, stop films.
"use strict";

// A link may lead into something folded: open all that it lies in.
function openAround(target) {
  for (let node = target; node; node = node.parentElement)
    if (node.tagName === "DETAILS") node.open = true;
}

function followAnchor() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  openAround(target);
  target.scrollIntoView();
}

addEventListener("hashchange", followAnchor);
if (location.hash) followAnchor();

// On paper nothing can be opened any more; afterwards all is as it was.
let shut = [];
addEventListener("beforeprint", () => {
  shut = [...document.querySelectorAll("details:not([open])")];
  for (const one of shut) one.open = true;
});
addEventListener("afterprint", () => shut.forEach((one) => (one.open = false)));

// The contents stand open where there is room beside the text, and show where one is.
const contents = document.querySelector(".contents details");
if (contents) {
  contents.open = matchMedia("(min-width: 75rem)").matches;
  const links = new Map();
  for (const link of contents.querySelectorAll("a"))
    links.set(document.getElementById(link.hash.slice(1)), link);
  const seen = new IntersectionObserver(
    (entries) => {
      for (const entry of entries)
        if (entry.isIntersecting)
          for (const [target, link] of links) link.classList.toggle("here", target === entry.target);
    },
    { rootMargin: "0px 0px -70% 0px" },
  );
  for (const target of links.keys()) if (target) seen.observe(target);
}

// A formula that is wider than the page fades where it goes on, until one has come to its end.
const FORMULAS = ".display, .long";
const goesOn = (box) => box.scrollWidth - box.clientWidth - box.scrollLeft > 1;
document.addEventListener(
  "scroll",
  ({ target }) => {
    if (target.matches?.(FORMULAS)) target.classList.toggle("goes-on", goesOn(target));
  },
  true,
);

// What scrolls can be reached by keys, and what does not is no stop on the way through the page.
// All is measured before anything is changed, so that the page is laid out once.
function markScrollers(within) {
  const formulas = [...within.querySelectorAll(FORMULAS)];
  const on = formulas.map(goesOn);
  const boxes = [...within.querySelectorAll(".display, pre, .scroll")];
  const scrolls = boxes.map(
    (box) => box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight,
  );
  formulas.forEach((formula, i) => formula.classList.toggle("goes-on", on[i]));
  boxes.forEach((box, i) => {
    if (scrolls[i]) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
    if (!scrolls[i] || !box.matches(".display")) return;
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", "Formula");
  });
}
markScrollers(document);
addEventListener("resize", () => markScrollers(document));
document.addEventListener("toggle", (event) => markScrollers(event.target), true);

// A film can be stopped: the still stands in its place. Whoever wants no motion finds it stopped.
for (const film of document.querySelectorAll(".film")) {
  const button = document.createElement("button");
  const tell = () => {
    const stopped = film.classList.contains("stopped");
    button.textContent = stopped ? "Play the film" : "Stop the film";
  };
  film.classList.toggle("stopped", matchMedia("(prefers-reduced-motion: reduce)").matches);
  button.type = "button";
  button.addEventListener("click", () => {
    film.classList.toggle("stopped");
    tell();
  });
  tell();
  film.append(button);
}
