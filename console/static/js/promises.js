// The promise board, and the heat map of the journey.
import { dropped, get, latest } from "./api.js";
import { busy, byId, el, empty, faultNote, fill } from "./dom.js";
import { exportButtons } from "./download.js";
import { count, date, interval, percent, plural, words } from "./format.js";
import { FEW, budgetWords, facts, goal, promiseAddress, weeks } from "./promise_words.js";
import { rateBar, rateWords, sparkline } from "./rate.js";
import { bindForm, readState, setOptions, writeState } from "./state.js";

const DEFAULTS = { period: "", brand: "", owner: "", touchpoint: "", by: "", sort: "" };
const STEPS = ["awareness", "interest", "information", "intent", "evaluation", "negotiation", "order", "delivery", "usage", "service", "recommendation", "repurchase_or_disposal"];
const state = readState(DEFAULTS);
const board = latest(), journey = latest();
let last = null; // the last day that anything was said on: periods end there

// What needs attention: budgets that are overdrawn, the most overdrawn first; then by how low the rate may be.
const ORDERS = {
  "": (a, b) => (a.budget?.left ?? 9) - (b.budget?.left ?? 9) || a.high - b.high,
  claim: (a, b) => b.low - (goal(b) ?? 1) - (a.low - (goal(a) ?? 1)),
  spoken: (a, b) => b.n - a.n,
  name: (a, b) => a.statement.localeCompare(b.statement),
};

async function read() {
  busy(byId("board"));
  try {
    if (state.period && !last) last = lastDay((await get("/api/v1/promises")).promises);
    const since = state.period && last ? daysBefore(last, Number(state.period) - 1) : null;
    const [told, steps] = await Promise.all([
      board("/api/v1/promises", { brand: state.brand, since, by: state.by }),
      journey("/api/v1/journey", { brand: state.brand, since })]);
    last ??= lastDay(told.promises);
    fill(byId("fault"));
    show(told.promises, steps.cells, since);
  } catch (error) {
    if (dropped(error)) return;
    fill(byId("fault"), faultNote(error, read));
  }
  busy(byId("board"), false);
}

const lastDay = (promises) => promises.flatMap((one) => one.trend.map((day) => day.day)).sort().at(-1) ?? null;

function daysBefore(day, number) {
  const at = new Date(`${day}T00:00Z`);
  at.setUTCDate(at.getUTCDate() - number);
  return at.toISOString().slice(0, 10);
}

const fits = (one) => (!state.touchpoint || one.touchpoint === state.touchpoint) && (!state.owner || [one.says, one.does].includes(state.owner));

function show(promises, cells, since) {
  if (!state.brand) setOptions(byId("brand"), [...new Set(promises.map((one) => one.brand))].sort(), state.brand);
  setOptions(byId("owner"), [...new Set(promises.flatMap((one) => [one.says, one.does]).filter(Boolean))].sort(), state.owner, words);
  const shown = promises.filter(fits), spoken = shown.filter((one) => one.n).sort(ORDERS[state.sort] ?? ORDERS[""]), silent = shown.filter((one) => !one.n);
  byId("board-title").textContent = `${plural(shown.length, "promise")}, ${spoken.length} spoken of`;
  byId("as-of").textContent = last ? `${since ? `${date(since)} to ` : "up to "}${date(last)}, the last day that anything was said on` : "";
  fill(byId("board"), spoken.map(row));
  if (!spoken.length) fill(byId("board"), el("li", {}, empty(promises.length ? "Nobody spoke of a promise that fits these filters." : "No promises are known yet: a listener remembers those of its catalogues.")));
  fill(byId("silent"), silent.length ? el("details", { open: true }, el("summary", {}, `Nobody speaks of ${plural(silent.length, "promise")}: that is not keeping`),
    el("ul", {}, silent.map((one) => el("li", {}, el("a", { href: promiseAddress(one) }, one.statement), el("span", { class: "dim" }, ` · ${one.brand}`))))) : null);
  heat(shown, cells);
}

function row(one) {
  const told = weeks(one.trend).filter((week) => week.rate !== null);
  return el("li", { class: "promise", data: { promiseId: one.promise_id, brand: one.brand } },
    el("div", {}, el("h3", {}, el("a", { href: promiseAddress(one) }, one.statement)),
      el("p", { class: "facts dim" }, facts(one).map((fact) => el("span", {}, fact)), [...new Set([one.says, one.does])].filter(Boolean).map((owner) => el("span", { class: "chip" }, words(owner))))),
    el("p", {}, rateBar(one, goal(one))), el("p", { class: one.n < FEW ? "few" : null }, rateWords(one)),
    el("p", {}, told.length > 1 ? sparkline(told.map((week) => ({ day: week.week, value: week.rate })), `rate by week, ${percent(told[0].rate)} at first, ${percent(told.at(-1).rate)} at last; weeks with few verdicts are left out`, { most: 1 }) : el("span", { class: "dim" }, "too few for a trend")),
    el("p", {}, budgetWords(one)),
    one.parts.length ? el("ul", { class: "parts", "aria-label": `By ${words(state.by).toLowerCase()}` }, one.parts.filter((part) => part.n).map((part) => el("li", { class: part.n < FEW ? "few" : null },
      el("b", {}, part.part ? words(part.part) : "not known"), rateBar(part, goal(one)), el("span", {}, `${percent(part.rate)} of ${count(part.n)}`)))) : null);
}

function heat(promises, cells) {
  const by = new Map(cells.map((cell) => [`${cell.brand}\n${cell.promise_id}\n${cell.journey_step}`, cell]));
  const rows = promises.filter((one) => cells.some((cell) => cell.brand === one.brand && cell.promise_id === one.promise_id && cell.journey_step));
  if (!rows.length) return fill(byId("journey"), empty("Nobody spoke of a step of the journey."));
  return fill(byId("journey"), el("table", { class: "heat" },
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Promise"), STEPS.map((step) => el("th", { scope: "col" }, words(step))))),
    el("tbody", {}, rows.map((one) => el("tr", {}, el("th", { scope: "row" }, el("a", { href: promiseAddress(one) }, one.promise_id.replaceAll("-", " "))),
      STEPS.map((step) => cell(by.get(`${one.brand}\n${one.promise_id}\n${step}`)))))))); 
}

function cell(told) {
  if (!told) return el("td", { class: "none" }, el("span", { class: "sr" }, "nobody spoke"));
  return el("td", { class: `told${told.n < FEW ? " few" : ""}`, style: { "--heat": Math.round((1 - told.rate) * 62) }, title: `${percent(told.rate)} of ${count(told.n)}, 95 % interval ${interval(told.low, told.high)}` },
    percent(told.rate), el("br"), el("small", {}, `n ${count(told.n)}`));
}

bindForm(byId("filters"), state, () => { writeState(state, DEFAULTS); read(); });
addEventListener("popstate", () => location.reload());
byId("exports").append(...exportButtons("promises", () => ({ brand: state.brand, since: state.period && last ? daysBefore(last, Number(state.period) - 1) : null })));
read();
