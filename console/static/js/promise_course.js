// Verdicts by week with the rate, and the dates at which the wording changed.
import { chart, colour, valueAxis } from "./charts.js";
import { el, empty, fill } from "./dom.js";
import { date, percent, shortDate } from "./format.js";
import { weeks } from "./promise_words.js";

export function course(host, versionsHost, one) {
  const found = weeks(one.trend);
  versions(versionsHost, one);
  if (!found.length) return fill(host, empty("Nobody spoke of it."));
  const bar = (label, key) => ({ type: "bar", label, data: found.map((week) => week[key]), backgroundColor: colour(key), stack: "verdicts" });
  const changes = one.versions.filter((version) => version.valid_from).map((version) => ({ version: version.version, at: place(found, version.valid_from) })).filter(({ at }) => at !== null);
  return chart(host, {
    title: `Verdicts and rate by week of ${one.promise_id}`,
    height: 300,
    make: () => ({
      type: "bar",
      data: {
        labels: found.map((week) => shortDate(week.week)),
        datasets: [
          { type: "line", label: "kept or exceeded, %", data: found.map((week) => week.rate === null ? null : week.rate * 100), borderColor: colour("text"), backgroundColor: colour("text"), yAxisID: "share", tension: 0, spanGaps: true, pointRadius: 3 },
          bar("broken", "broken"), bar("kept", "kept"), bar("exceeded", "exceeded")],
      },
      options: { scales: {
        x: { stacked: true, grid: { display: false }, ticks: { color: colour("dim"), maxRotation: 0, autoSkipPadding: 16 } },
        y: { ...valueAxis(), stacked: true, title: { display: true, text: "verdicts", color: colour("dim") } },
        share: { position: "right", min: 0, max: 100, grid: { display: false }, border: { display: false }, ticks: { color: colour("dim"), callback: (value) => `${value} %` } } } },
      plugins: [marks(changes)],
    }),
    columns: ["Week of", "Broken", "Kept", "Exceeded", "Rate"],
    rows: found.map((week) => [week.week, week.broken, week.kept, week.exceeded, week.rate === null ? "too few" : percent(week.rate)]),
  });
}

// Where a day lies between the weeks, as a fraction of their number; null where it is outside
function place(found, day) {
  const at = (Date.parse(day) - Date.parse(found[0].week)) / (7 * 86400_000);
  if (at < 0 || at > found.length) return null;
  const index = found.findLastIndex((week) => Date.parse(week.week) <= Date.parse(day));
  return index + Math.min((Date.parse(day) - Date.parse(found[index].week)) / (7 * 86400_000), 1) - 0.5;
}

const marks = (changes) => ({
  id: "versions",
  afterDraw(drawn) {
    const { ctx, chartArea: area, scales: { x } } = drawn;
    const step = x.width / x.ticks.length;
    ctx.save();
    ctx.strokeStyle = ctx.fillStyle = colour("accent");
    ctx.font = "12px sans-serif";
    ctx.setLineDash([4, 3]);
    for (const { version, at } of changes) {
      const left = Math.min(Math.max(x.getPixelForValue(0) + at * (x.getPixelForValue(1) - x.getPixelForValue(0) || step), area.left), area.right);
      ctx.beginPath();
      ctx.moveTo(left, area.top);
      ctx.lineTo(left, area.bottom);
      ctx.stroke();
      ctx.fillText(`version ${version}`, left + 4, area.top + 12);
    }
    ctx.restore();
  },
});

function versions(host, one) {
  fill(host, el("h3", {}, one.versions.length > 1 ? `${one.versions.length} versions` : "Its wording"),
    el("ol", { class: "list", reversed: true }, one.versions.map((version) => el("li", {},
      el("b", {}, `Version ${version.version}`), ` ${version.valid_from ? `from ${date(version.valid_from)}` : ""}${version.valid_until ? ` until ${date(version.valid_until)}` : ""}: ${version.statement}`))));
}
