// A theme over time, and by where it comes from.
import { chart, colour, dayAxis, line, stop, valueAxis } from "./charts.js";
import { empty, fill } from "./dom.js";
import { count, percent, words } from "./format.js";

const DAY_MS = 86_400_000;
const MOST_BARS = 12;
const text = (ms) => new Date(ms).toISOString().slice(0, 10);

// Up to the last negative verbatim of all: days without any are none of it, at the end as well.
function points({ days, latest }, { step, span }) {
  if (days.length === 0) return [];
  const last = Math.max(Date.parse(days.at(-1).day), Date.parse(latest.slice(0, 10)));
  const first = Math.max(Date.parse(days[0].day), span === "all" ? 0 : last - (Number(span) - 1) * DAY_MS);
  const width = step === "week" ? 7 : 1;
  const found = new Map();
  for (let end = last; end >= first; end -= width * DAY_MS) found.set(end, 0);
  for (const { day, verbatims } of days) {
    const end = last - Math.floor((last - Date.parse(day)) / (width * DAY_MS)) * width * DAY_MS;
    if (found.has(end)) found.set(end, found.get(end) + verbatims);
  }
  return [...found].reverse().map(([end, value]) => ({ x: text(end), y: value }));
}

export function drawTrend(host, one, state) {
  const drawn = points(one, state);
  const heading = state.step === "week" ? "Week up to" : "Day";
  chart(host, {
    title: `Negative verbatims of ${one.theme.name} a ${state.step}`,
    columns: [heading, "Negative verbatims"],
    rows: drawn.map(({ x, y }) => [x, count(y)]),
    height: 240,
    make: () => ({
      type: "line",
      data: { datasets: [line("negative verbatims", drawn, "accent", { tension: 0, fill: false })] },
      options: {
        scales: { x: { ...dayAxis(), title: { display: true, text: heading.toLowerCase(), color: colour("dim") } }, y: valueAxis() },
        plugins: { legend: { display: false } },
      },
    }),
  });
}

const named = (part) => part ?? "not known";

// Horizontal bars, the most first; one that is pressed is handed to `onPart`.
export function drawSplit(host, one, by, onPart) {
  const rows = one.split[by] ?? [], whole = one.theme.verbatims;
  if (rows.every((row) => row.part === null)) {
    stop(host);
    fill(host, empty(`No verbatim says its ${by}.`));
    return;
  }
  const shown = rows.slice(0, MOST_BARS);
  chart(host, {
    title: `Negative verbatims of ${one.theme.name} by ${by}`,
    columns: [words(by), "Negative verbatims", "Share"],
    rows: rows.map((row) => [named(row.part), count(row.verbatims), percent(row.verbatims / whole)]),
    height: 48 + shown.length * 30,
    make: () => ({
      type: "bar",
      data: {
        labels: shown.map((row) => named(row.part)),
        datasets: [{ label: "negative verbatims", data: shown.map((row) => row.verbatims), backgroundColor: colour("accent"), maxBarThickness: 22 }],
      },
      options: {
        indexAxis: "y",
        interaction: { mode: "nearest", axis: "y", intersect: false },
        onClick: (event, [bar]) => { if (bar && shown[bar.index].part !== null) onPart(shown[bar.index].part); },
        onHover: (event, bars) => { event.native.target.style.cursor = bars.length ? "pointer" : ""; },
        scales: { x: valueAxis(), y: { grid: { display: false }, ticks: { color: colour("text") } } },
        plugins: {
          legend: { display: false },
          tooltip: { callbacks: { label: ({ raw }) => `${count(raw)}, ${percent(raw / whole)}; press to read them` } },
        },
      },
    }),
  });
}
