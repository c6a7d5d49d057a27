// What happened to a theme, and the alerts that were raised on it.
import { el, empty, fill } from "./dom.js";
import { date, time, words } from "./format.js";
import { themeAddress } from "./themes_row.js";

export function showAlerts(host, alerts) {
  if (alerts.length === 0) {
    fill(host, empty("No alert was ever raised on it."));
    return;
  }
  fill(host, el("ul", { class: "plain" }, alerts.map((alert) => el("li", {},
    el("a", { href: `/?alert=${encodeURIComponent(alert.alert_id)}` }, alert.title),
    el("p", { class: "row tight" },
      el("span", { class: alert.state === "open" ? "chip warn" : "chip" }, alert.state),
      el("span", { class: "chip" }, words(alert.kind)),
      el("span", { class: "dim" }, `severity ${alert.severity}, raised ${time(alert.opened_at)}`))))));
}

const SAID = {
  found: "Found", renamed: "Renamed", merged: "Merged", split: "Split",
  pinned: "Pinned", unpinned: "Unpinned", muted: "Muted", unmuted: "Unmuted",
};

export function showHistory(host, { changes, names, rebuilt_at: rebuilt }) {
  fill(host,
    el("ol", { class: "plain history" }, [...changes].reverse().map((change) => el("li", {},
      el("time", { datetime: change.changed_at, class: "dim" }, time(change.changed_at)),
      el("span", {}, el("b", {}, SAID[change.change] ?? words(change.change)), " ", detail(change, names)),
      el("span", { class: "dim" }, `by ${change.who}`)))),
    rebuilt ? el("p", { class: "hint" },
      `The brand's themes were last rebuilt on ${date(rebuilt)}. A rebuild keeps ids, names that people gave, merges, pins and mutes.`) : null);
}

// "into 4f1c09aa72d3" with the name of that theme as a link
function detail({ change, detail: text }, names) {
  if (change === "renamed") return `to “${text}”`;
  return text.split(/\b([0-9a-f]{12})\b/).map((part, at) =>
    at % 2 && names[part] ? el("a", { href: themeAddress(part) }, names[part]) : part);
}
