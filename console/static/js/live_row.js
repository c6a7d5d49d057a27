// One alert in the list, and what is said of alerts in words.
import { el, svg } from "./dom.js";
import { ago, count, moment, percent, plural, time, words } from "./format.js";

export const KINDS = {
  burst: "Burst", budget_burn: "Budget", grave_case: "Grave case", emerging_theme: "Emerging theme", silence: "Silence",
};
const RANK = { open: 0, acknowledged: 1, snoozed: 2, resolved: 3 };

// Open ones first, the gravest, then the newest.
export function before(one, other) {
  return RANK[one.state] - RANK[other.state] || other.severity - one.severity ||
    moment(other.opened_at) - moment(one.opened_at) || (one.alert_id < other.alert_id ? -1 : 1);
}

export const scope = (alert) => [alert.region, alert.product, alert.channel, alert.source].filter(Boolean);

export function alertRow(alert, { fresh, chosen, onOpen }) {
  const facts = [
    el("span", { class: "chip" }, KINDS[alert.kind] ?? words(alert.kind)),
    el("span", { class: "severity" }, `severity ${alert.severity}`),
    alert.state === "open" ? null : el("span", { class: "chip" }, stateWords(alert)),
    fresh ? el("span", { class: "chip fresh" }, fresh) : null,
    alert.brand, ...scope(alert).map((part) => el("span", { class: "chip" }, part)),
    howMany(alert), measure(alert),
    alert.assignee ? `with ${alert.assignee}` : owners(alert),
    el("time", { class: "dim", datetime: alert.opened_at, title: time(alert.opened_at) }, ago(alert.opened_at)),
  ].filter((fact) => fact !== null && fact !== "");
  return el("li", { class: `alert severity-${alert.severity}${chosen ? " chosen" : ""}`, data: { alertId: alert.alert_id, state: alert.state } },
    el("button", { type: "button", class: "open", "aria-expanded": String(chosen), on: { click: () => onOpen(alert.alert_id) } },
      el("span", { class: "title" }, alert.title),
      el("span", { class: "facts" }, facts.map((fact) => (fact instanceof Node ? fact : el("span", {}, fact))))));
}

export function stateWords(alert) {
  if (alert.state === "snoozed") return `snoozed until ${time(alert.snoozed_until)}`;
  if (alert.state === "resolved") return alert.resolved_by === "recovery" ? "recovered" : `resolved by ${alert.resolved_by}`;
  return alert.state;
}

export const owners = (alert) => [...new Set([alert.says, alert.does])].filter(Boolean).map(words).join(", ");

export function howMany(alert) {
  if (alert.kind === "silence") return "";
  const told = plural(alert.signals, alert.theme_id ? "complaint" : "signal");
  return alert.expected === null ? told : `${told}, ${usual(alert.expected)} usual`;
}

const usual = (value) => (value >= 10 ? count(Math.round(value)) : value.toFixed(1).replace(/\.0$/, ""));

// What is against what is usual, as two bars; nothing where there is nothing to compare
function measure(alert) {
  if (alert.expected === null || !alert.signals) return null;
  const most = Math.max(alert.signals, alert.expected);
  return svg("svg", { class: "measure", viewBox: "0 0 90 10", "aria-hidden": "true" },
    svg("rect", { class: "now", x: 0, y: 0, height: 5, width: 90 * alert.signals / most }),
    svg("rect", { class: "usual", x: 0, y: 6, height: 4, width: 90 * alert.expected / most }));
}

// What the detector judged by, as people say it: [[what, value]]
export function figuresInWords(alert) {
  const f = alert.figures, rows = [];
  const hours = f.window_hours ? `in ${plural(f.window_hours, "hour")}` : "";
  if (f.broken !== undefined) rows.push(["Broken", `${count(f.broken)} of ${count(f.verbatims ?? f.verdicts)} ${f.verbatims ? "texts" : "verdicts"} ${hours}`]);
  if (f.share !== undefined) rows.push(["Share", `${percent(f.share)} now, ${percent(f.share_before)} before`]);
  if (f.odds !== undefined) rows.push(["By chance", f.odds < 1e-6 ? "less than once in a million" : `once in ${count(Math.round(1 / f.odds))}`]);
  if (f.burn_rate !== undefined) rows.push(["Budget", `burns ${f.burn_rate} times too fast ${hours}; ${f.burn_rate_allowed} would be told of`]);
  if (f.kept_at_least != null) rows.push(["Goal", `kept at least ${percent(f.kept_at_least)}`]);
  if (f.gravity) rows.push(["It speaks of", f.gravity]);
  if (f.last_week !== undefined) rows.push(["Last week", plural(f.last_week, "complaint")]);
  if (f.quiet_hours !== undefined) rows.push(["Quiet for", `${plural(f.quiet_hours, "hour")}; ${plural(f.longest_pause_before_hours, "hour")} was the longest pause before`]);
  if (alert.expected !== null && alert.kind !== "silence") rows.push(["Usual", `${usual(alert.expected)} of these in that time`]);
  return rows;
}
