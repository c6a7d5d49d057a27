// One theme in the list, and the words of its figures that the page of one theme uses as well.
import { query } from "./api.js";
import { el } from "./dom.js";
import { count, percent, plural, words } from "./format.js";
import { sparkline } from "./rate.js";
import { MOST } from "./themes_chart.js";

export const themeAddress = (id) => `/themes/${encodeURIComponent(id)}`;
export const promiseAddress = (theme) =>
  `/promises/${encodeURIComponent(theme.brand)}/${encodeURIComponent(theme.promise_id)}`;

// 12.34 -> "12"; small ones with a decimal, since 0.4 expected is not none
const expected = (value) => (value >= 10 ? count(Math.round(value)) : value.toFixed(1).replace(/\.0$/, ""));

export function lately(theme) {
  if (theme.expected === null) return `${count(theme.recent)} last week`;
  return `${count(theme.recent)} last week, ${expected(theme.expected)} expected`;
}

export function stateChip(theme) {
  if (theme.state === "emerging") return el("span", { class: "chip warn" }, el("span", { "aria-hidden": "true" }, "▲"), " emerging");
  if (theme.state === "fading") return el("span", { class: "chip" }, el("span", { "aria-hidden": "true" }, "▼"), " fading");
  return null;
}

export const marks = (theme) => [
  theme.pinned ? el("span", { class: "chip" }, "pinned") : null,
  theme.muted ? el("span", { class: "chip" }, "muted") : null,
];

// "1.8 % of 12,300 negative verbatims belong to no theme"
export function share(page, scope) {
  const of = Object.entries(scope).filter(([name, value]) => value && name !== "weeks").map(([, value]) => value);
  const where = of.length ? ` of ${of.join(", ")}` : "";
  const when = scope.weeks ? ` of the last ${plural(Number(scope.weeks), "week")}` : "";
  const waiting = page.waiting ? `; ${count(page.waiting)} wait to be held against the themes` : "";
  if (page.unassigned_share === null) return `No negative verbatim${where}${when} was held against themes yet${waiting}`;
  return [el("b", {}, `${(page.unassigned_share * 100).toFixed(1)} %`),
    ` of ${plural(page.tried, "negative verbatim")}${where}${when} belong to no theme${waiting}`];
}

// `scope` goes along: who looked at a region reads what was said there.
export function themeRow(theme, { series, picked, searched, scope, onPick }) {
  const label = `Draw ${theme.name} in the chart`;
  const box = el("input", { type: "checkbox", "aria-label": label, title: `${label} (${MOST} at most)` });
  box.checked = picked;
  box.addEventListener("change", () => onPick(theme, box.checked));
  return el("li", { class: "theme", data: { themeId: theme.theme_id } },
    el("span", { class: "pick" }, box,
      el("span", { class: series < 0 ? "swatch" : `swatch series-${series + 1}`, "aria-hidden": "true" })),
    el("div", { class: "what" },
      el("h3", {}, el("a", { class: "name", href: themeAddress(theme.theme_id) + query(scope) }, theme.name)),
      el("p", { class: "dim phrases" }, theme.phrases.filter((phrase) => phrase !== theme.name).join(" · ")),
      el("p", { class: "row tight" }, marks(theme), searched ? why(theme) : null)),
    el("p", { class: "of" }, ofWhat(theme), theme.brand ? el("span", { class: "dim" }, theme.brand) : null),
    el("p", { class: "size" }, el("b", {}, count(theme.verbatims)), el("span", { class: "dim" }, theme.verbatims === 1 ? " verbatim" : " verbatims")),
    el("p", { class: "trend" }, trend(theme)),
    el("p", { class: "lately" }, stateChip(theme), el("span", {}, lately(theme))));
}

export function ofWhat(theme) {
  if (theme.promise_id === null) return el("span", { class: "chip never" }, "never promised");
  return el("a", { href: promiseAddress(theme), title: theme.statement ?? "" }, words(theme.promise_id));
}

function why(theme) {
  if (theme.said) return el("span", { class: "chip" }, "has these words");
  return el("span", { class: "chip", title: "how near its middle is to what the words mean" }, `near in meaning, ${percent(theme.closeness)}`);
}

// A point a week; the days are only there to set them apart
function trend(theme) {
  const points = theme.weeks.map((value, at) => ({ day: new Date(at * 7 * 86_400_000).toISOString(), value }));
  return sparkline(points, `${plural(theme.weeks.length, "week")}: ${theme.weeks.join(", ")}`);
}
