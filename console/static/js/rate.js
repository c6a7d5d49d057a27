// The promise-keeping rate as a picture: the interval as a band, the rate as a dot, the budget as a tick.
import { el, svg } from "./dom.js";
import { count, interval, percent } from "./format.js";

const WIDTH = 160, HEIGHT = 18, EDGE = 5;
const x = (share) => EDGE + share * (WIDTH - 2 * EDGE);

// {rate, low, high, n} and the least that was promised (0..1), if any
export function rateBar({ rate, low, high, n }, keptAtLeast = null) {
  if (rate === null) return el("span", { class: "rate-none" }, "nobody spoke of it");
  const goal = keptAtLeast === null ? "" : `; at least ${percent(keptAtLeast)} is the budget`;
  const short = keptAtLeast !== null && high < keptAtLeast;
  return svg("svg", {
    class: short ? "rate rate-short" : "rate", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img",
    "aria-label": `kept ${percent(rate)} of ${count(n)}, 95 % interval ${interval(low, high)}${goal}`,
  },
    svg("title", {}, `${percent(rate)} of ${count(n)} · 95 % interval ${interval(low, high)}${goal}`),
    svg("line", { class: "rate-track", x1: x(0), x2: x(1), y1: HEIGHT / 2, y2: HEIGHT / 2 }),
    svg("line", { class: "rate-band", x1: x(low), x2: x(high), y1: HEIGHT / 2, y2: HEIGHT / 2 }),
    keptAtLeast === null ? null
      : svg("line", { class: "rate-goal", x1: x(keptAtLeast), x2: x(keptAtLeast), y1: 2, y2: HEIGHT - 2 }),
    svg("circle", { class: "rate-dot", cx: x(rate), cy: HEIGHT / 2, r: 4 }));
}

// Rate, interval and n in words, beside or below the picture.
export function rateWords({ rate, low, high, n }) {
  if (rate === null) return el("span", { class: "rate-words" }, "–");
  return el("span", { class: "rate-words" }, el("b", {}, percent(rate)), ` (${interval(low, high)}, n ${count(n)})`);
}

// A line of values over days, without axes: [{day, value}]; missing days are gaps in time, not zeroes.
export function sparkline(points, label, { width = 120, height = 28, most: top = null } = {}) {
  if (points.length === 0) return el("span", { class: "rate-none" }, "–");
  const times = points.map((point) => Date.parse(point.day)), values = points.map((point) => point.value);
  const [first, last, most] = [Math.min(...times), Math.max(...times), top ?? Math.max(...values, 1e-9)];
  const at = (index) => [
    last === first ? width / 2 : 2 + (times[index] - first) / (last - first) * (width - 4),
    height - 2 - values[index] / most * (height - 4),
  ].map((value) => value.toFixed(1));
  return svg("svg", { class: "spark", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label },
    svg("title", {}, label),
    svg("polyline", { points: points.map((_, index) => at(index).join(",")).join(" ") }),
    svg("circle", { cx: at(points.length - 1)[0], cy: at(points.length - 1)[1], r: 2 }));
}
