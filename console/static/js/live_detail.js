// The alert that is opened: the promise's wording beside the customers' words, figures, scopes, history.
import { get } from "./api.js";
import { bars } from "./bars.js";
import { busy, el, faultNote, fill } from "./dom.js";
import { date, time, words } from "./format.js";
import { KINDS, figuresInWords, howMany, scope, stateWords } from "./live_row.js";
import { verbatimCard } from "./verbatim.js";

const DONE = {
  opened: "raised it", updated: "saw it change", acknowledged: "acknowledged it", assigned: "assigned it",
  snoozed: "snoozed it", resolved: "resolved it", reopened: "re-opened it", noted: "noted",
};

// Read the alert and show it in `host`; gives the alert, or null where that failed. `shows` tells whether it is still wanted.
export async function showDetail(host, id, { buttons, onClose, shows }) {
  host.hidden = false;
  busy(host);
  try {
    const told = await get(`/api/v1/alerts/${encodeURIComponent(id)}`);
    if (!shows()) return null;
    fill(host, head(told.alert, buttons(told.alert), onClose), sides(told), where(told.alert), historyOf(told.history));
    return told.alert;
  } catch (error) {
    if (shows()) fill(host, el("div", { class: "row spread" }, el("h2", {}, "Not shown"), close(onClose)), faultNote(error, () => showDetail(host, id, { buttons, onClose, shows })));
    return null;
  } finally {
    busy(host, false);
  }
}

const close = (onClose) => el("button", { type: "button", class: "quiet", id: "close", on: { click: onClose } }, "Close");

function head(alert, buttons, onClose) {
  return el("header", {},
    el("div", { class: "row spread" }, el("h2", { id: "detail-title", tabindex: "-1" }, alert.title), close(onClose)),
    el("p", { class: "row" }, el("span", { class: "chip" }, KINDS[alert.kind] ?? words(alert.kind)), el("span", { class: "chip" }, stateWords(alert)),
      el("span", {}, `severity ${alert.severity}`), alert.brand, scope(alert).map((part) => el("span", { class: "chip" }, part)),
      alert.assignee ? el("span", {}, `with ${alert.assignee}`) : null),
    el("div", { class: "row", id: "buttons" }, buttons));
}

function sides({ alert, promise, verbatims }) {
  return el("div", { class: "sides" },
    el("section", {}, el("h3", {}, promise ? "What was promised" : "What it is about"), promise ? wording(alert, promise) : aboutTheme(alert), figures(alert)),
    el("section", {}, el("h3", {}, "What customers say"),
      verbatims.length ? verbatims.map((one) => verbatimCard(one)) : el("p", { class: "dim" }, alert.kind === "silence" ? "Nobody says anything: that is what this is about. Silence is not keeping." : "Its verbatims are not there any more.")));
}

function wording(alert, promise) {
  const valid = promise.valid_from || promise.valid_until ? `, valid ${promise.valid_from ? `from ${date(promise.valid_from)}` : ""} ${promise.valid_until ? `until ${date(promise.valid_until)}` : ""}`.trimEnd() : "";
  const safe = promise.source_url && /^https?:/.test(promise.source_url);
  return [
    el("p", { class: "wording" }, promise.statement),
    el("p", { class: "dim" }, `version ${promise.version}${valid}`, safe ? [" · ", el("a", { href: promise.source_url, rel: "noreferrer noopener", target: "_blank" }, "where it is published")] : null),
    el("dl", { class: "told" }, el("dt", {}, "Says it"), el("dd", {}, words(promise.says) || "nobody is named"), el("dt", {}, "Does it"), el("dd", {}, words(promise.does) || "nobody is named")),
    el("p", {}, el("a", { href: `/promises/${encodeURIComponent(alert.brand)}/${encodeURIComponent(alert.promise_id)}` }, "The promise's page"))];
}

function aboutTheme(alert) {
  if (!alert.theme_id) return el("p", {}, alert.source ? `The feed ${alert.source}.` : "No promise covers it: what customers expect that was never promised.");
  return [el("p", { class: "wording" }, alert.theme ?? alert.theme_id), el("p", {}, el("a", { href: `/themes/${encodeURIComponent(alert.theme_id)}` }, "The theme's page"))];
}

function figures(alert) {
  const rows = [["So far", howMany(alert)], ...figuresInWords(alert), ["First", time(alert.first_event)], ["Last", time(alert.last_event)]].filter(([, value]) => value && value !== "–");
  return el("dl", { class: "told" }, rows.map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
}

function where(alert) {
  if (!alert.scopes.length) return null;
  return el("section", {}, el("h3", {}, "Where it comes from"), bars(alert.scopes.map((one) => [`${one.dimension}: ${one.value}`, one.signals])));
}

function historyOf(lines) {
  return el("section", {}, el("h3", {}, "What happened to it"), el("ol", { class: "history" }, lines.toReversed().map((line) =>
    el("li", {}, el("time", { class: "dim", datetime: line.changed_at }, time(line.changed_at)), ` ${line.who} ${DONE[line.change] ?? line.change}`, line.detail ? `: ${line.detail}` : ""))));
}
