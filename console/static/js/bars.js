// Counts by name as small bars: [[name, count]], the longest bar is the largest count.
import { el } from "./dom.js";
import { count } from "./format.js";

export function bars(rows, named = (name) => name) {
  const most = Math.max(...rows.map(([, number]) => number), 1);
  return el("dl", { class: "bars" }, rows.map(([name, number]) => [
    el("dt", {}, named(name)),
    el("dd", { class: "bar", "aria-hidden": "true" }, el("span", { style: { "--share": `${number / most * 100}%` } })),
    el("dd", { class: "number" }, count(number)),
  ]));
}
