"use strict";
/* Colours: the system's, until someone chooses. */
const page = document.documentElement;
const dark = matchMedia("(prefers-color-scheme: dark)");
const button = document.getElementById("colours");

function kept() {
  try {
    return localStorage.getItem("colours");
  } catch {
    return null; // a browser that keeps nothing for files
  }
}

function show(colours) {
  page.dataset.colours = colours ?? (dark.matches ? "dark" : "light");
  button.textContent = page.dataset.colours === "dark" ? "Light" : "Dark";
}

button.addEventListener("click", () => {
  const next = page.dataset.colours === "dark" ? "light" : "dark";
  try {
    localStorage.setItem("colours", next);
  } catch { /* then for this page only */ }
  show(next);
});
dark.addEventListener("change", () => show(kept()));
show(kept());

/* Search: all words must be there; one in a heading counts most, then one in the page's title. */
const field = document.getElementById("search");
const found = document.getElementById("found");

function score(section, words) {
  const [, title, heading, text] = section.map(part => part.toLowerCase());
  let sum = 0;
  for (const word of words) {
    const many = text.split(word).length - 1;
    const one = (heading.includes(word) ? 20 : 0) + (title.includes(word) ? 8 : 0) + Math.min(many, 5);
    if (one === 0) {
      return 0;
    }
    sum += one + (heading === word ? 20 : 0);
  }
  return sum;
}

function excerpt(text, word) {
  const at = Math.max(0, text.toLowerCase().indexOf(word) - 50);
  return (at > 0 ? "…" : "") + text.slice(at, at + 140) + (at + 140 < text.length ? "…" : "");
}

function search() {
  const words = field.value.toLowerCase().split(/\s+/).filter(word => word);
  found.hidden = words.length === 0;
  found.replaceChildren();
  if (found.hidden) {
    return;
  }
  const best = SECTIONS.map(section => [score(section, words), section])
    .filter(([points]) => points > 0)
    .sort(([one], [other]) => other - one)
    .slice(0, 20);
  for (const [, [address, title, heading, text]] of best) {
    const link = document.createElement("a");
    link.href = page.dataset.root + address;
    link.textContent = heading === title ? title : title + " › " + heading;
    const some = document.createElement("small");
    some.textContent = excerpt(text, words[0]);
    link.append(some);
    found.append(link);
  }
  if (best.length === 0) {
    const nothing = document.createElement("p");
    nothing.textContent = "Nothing has all of these words.";
    found.append(nothing);
  }
}

field.addEventListener("input", search);
found.addEventListener("click", () => {
  field.value = "";
  search();
});
document.addEventListener("keydown", event => {
  const links = [...found.querySelectorAll("a")];
  const at = links.indexOf(document.activeElement);
  if (event.key === "Escape") {
    field.value = "";
    search();
  } else if (event.key === "/" && document.activeElement !== field) {
    event.preventDefault();
    field.focus();
  } else if (event.key === "Enter" && document.activeElement === field && links.length > 0) {
    links[0].click();
  } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !found.hidden) {
    event.preventDefault();
    (event.key === "ArrowDown" ? links[at + 1] : links[at - 1] ?? field)?.focus();
  }
});

/* An address with ?q=words searches. */
const asked = new URLSearchParams(location.search).get("q");
if (asked !== null) {
  field.value = asked;
  search();
}

/* On a narrow screen the list of pages is folded. */
if (matchMedia("(max-width: 60rem)").matches) {
  document.querySelector("nav details").open = false;
}
