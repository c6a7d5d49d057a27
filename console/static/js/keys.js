// Keys of a page. "g l" is g, then l; none works while somebody types.
import { byId, el, fill } from "./dom.js";

const known = new Map();
let before = "";

export function onKey(keys, meaning, act) {
  known.set(keys, { meaning, act });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input, select, textarea, [contenteditable]")) return;
  if (document.querySelector("dialog[open]") && event.key !== "?") return;
  const found = known.get(`${before} ${event.key}`) ?? known.get(event.key);
  before = event.key;
  if (!found) return;
  event.preventDefault();
  before = "";
  found.act(event);
});

onKey("?", "Show these keys", () => {
  fill(byId("keys").querySelector("dl"), [...known].map(([keys, { meaning }]) =>
    [el("dt", {}, keys.split(" ").map((key) => [el("kbd", {}, key), " "])), el("dd", {}, meaning)]));
  byId("keys").showModal();
});
