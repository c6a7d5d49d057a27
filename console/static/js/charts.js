// Charts by Chart.js (a global of Chart.bundle.js), in the colours of the page, each with its figures as a table and
// to be saved as a picture.
import { el, fill } from "./dom.js";
import { shortDate } from "./format.js";

const shown = new Map(); // host -> how to draw it again

// A colour of the style sheet, by the name of its custom property.
export const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

// Draw into `host` (and again, in place of what it holds).
//   title    what it shows, for screen readers and the saved file
//   make     () => Chart.js configuration {type, data, options}; asked again when light turns dark
//   columns  headings of the table of figures; rows: its rows
//   height   CSS pixels
export function chart(host, { title, make, columns, rows, height = 260 }) {
  stop(host);
  const canvas = el("canvas", { role: "img", "aria-label": title });
  fill(host,
    el("div", { class: "chart", style: { height: `${height}px` } }, canvas),
    el("div", { class: "chart-foot" },
      el("details", {}, el("summary", {}, "Figures"), figures(title, columns, rows)),
      el("button", { type: "button", class: "quiet", on: { click: () => save(host, title) } }, "Save PNG")));
  const draw = () => {
    shown.get(host)?.chart.destroy();
    const { type, data, options = {}, plugins = [] } = make();
    shown.set(host, { chart: new Chart(canvas, { type, data, plugins, options: { ...common(), ...options } }), draw });
  };
  draw();
  return shown.get(host).chart;
}

// Let go of what is drawn in `host`.
export function stop(host) {
  shown.get(host)?.chart.destroy();
  shown.delete(host);
}

// An axis of days for {x: "2026-10-01", y: …} points
export const dayAxis = () => ({
  type: "time",
  time: { unit: "day", tooltipFormat: "d MMM yyyy", displayFormats: { day: "d MMM" } },
  grid: { display: false },
  ticks: { color: colour("dim"), maxRotation: 0, autoSkipPadding: 16 },
});

export const valueAxis = (more = {}) => ({
  beginAtZero: true,
  grid: { color: colour("line") },
  border: { display: false },
  ticks: { color: colour("dim"), precision: 0, ...more.ticks },
  ...Object.fromEntries(Object.entries(more).filter(([name]) => name !== "ticks")),
});

// A line of {x, y} points in a colour of the style sheet
export const line = (label, points, name, more = {}) => ({
  label, data: points, borderColor: colour(name), backgroundColor: colour(name), borderWidth: 2,
  pointRadius: points.length > 40 ? 0 : 2, tension: 0.25, ...more,
});

function common() {
  return {
    responsive: true,
    maintainAspectRatio: false,
    animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? false : { duration: 200 },
    interaction: { mode: "index", intersect: false },
    color: colour("text"),
    plugins: { legend: { labels: { color: colour("text"), boxWidth: 12, boxHeight: 12 } } },
  };
}

function figures(title, columns, rows) {
  return el("div", { class: "scroll" }, el("table", {},
    el("caption", { class: "sr" }, title),
    el("thead", {}, el("tr", {}, columns.map((name) => el("th", { scope: "col" }, name)))),
    el("tbody", {}, rows.map((row) => el("tr", {}, row.map((cell, index) =>
      el(index ? "td" : "th", index ? {} : { scope: "row" },
        typeof cell === "string" && /^\d{4}-\d\d-\d\d$/.test(cell) ? shortDate(cell) : cell ?? "–")))))));
}

// The canvas on the page's own ground, which a saved picture lacks otherwise.
function save(host, title) {
  const canvas = host.querySelector("canvas");
  const copy = el("canvas", { width: canvas.width, height: canvas.height });
  const context = copy.getContext("2d");
  context.fillStyle = colour("panel");
  context.fillRect(0, 0, copy.width, copy.height);
  context.drawImage(canvas, 0, 0);
  const name = title.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
  el("a", { href: copy.toDataURL("image/png"), download: `${name}.png` }).click();
}

document.addEventListener("appearancechange", () => {
  for (const { draw } of [...shown.values()]) draw();
});
