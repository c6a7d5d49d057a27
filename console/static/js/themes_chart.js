// The weeks of some themes as lines, told apart by dashes and marks as well as by colour.
import { chart, colour, dayAxis, line, stop, valueAxis } from "./charts.js";
import { empty, fill } from "./dom.js";
import { moment } from "./format.js";

export const MOST = 5;
const DASHES = [[], [7, 4], [2, 3], [10, 3, 2, 3], [4, 2]];
const MARKS = ["circle", "rect", "triangle", "rectRot", "crossRot"];
const WEEK_MS = 7 * 86_400_000;

export const chosenFor = (text) => text.split(",").filter(Boolean).slice(0, MOST);

// The day that a week ends on, counted back from the last
const ends = (latest, back) => new Date(moment(latest).getTime() - back * WEEK_MS).toISOString().slice(0, 10);

export function drawTrends(host, themes, latest) {
  const weeks = Math.max(0, ...themes.map((theme) => theme.weeks.length));
  if (weeks === 0) {
    stop(host);
    fill(host, empty("Nothing to draw: no theme has a verbatim in this time."));
    return;
  }
  const backs = Array.from({ length: weeks }, (_, at) => weeks - 1 - at);
  const value = (theme, back) => theme.weeks[theme.weeks.length - 1 - back] ?? 0;
  chart(host, {
    title: `Negative verbatims a week of ${themes.length === 1 ? "a theme" : `${themes.length} themes`}`,
    columns: ["Week up to", ...themes.map((theme) => theme.name)],
    rows: backs.map((back) => [ends(latest, back), ...themes.map((theme) => value(theme, back))]),
    height: 280,
    make: () => ({
      type: "line",
      data: {
        datasets: themes.map((theme, at) =>
          line(theme.name, backs.map((back) => ({ x: ends(latest, back), y: value(theme, back) })), `series-${at + 1}`,
            { borderDash: DASHES[at], pointStyle: MARKS[at], pointRadius: weeks > 60 ? 0 : 4, tension: 0 })),
      },
      options: {
        scales: {
          x: { ...dayAxis(), title: { display: true, text: "week up to", color: colour("dim") } },
          y: valueAxis({ title: { display: true, text: "negative verbatims", color: colour("dim") } }),
        },
        plugins: { legend: { position: "bottom", labels: { color: colour("text"), usePointStyle: true, boxHeight: 8 } } },
      },
    }),
  });
}
