// One promise: its wording over time, how it is kept and where, what may be claimed, what should change, who says so.
import { get } from "./api.js";
import { busy, byId, el, empty, faultNote, fill } from "./dom.js";
import { count, date, interval, percent, plural, words } from "./format.js";
import { course } from "./promise_course.js";
import { FEW, budgetWords, facts, goal } from "./promise_words.js";
import { rateBar, rateWords } from "./rate.js";
import { readState, writeState } from "./state.js";
import { verbatimCard } from "./verbatim.js";

const { brand, promise: promiseId } = byId("all").dataset;
const PLACE = `/api/v1/promises/${encodeURIComponent(brand)}/${encodeURIComponent(promiseId)}`;
const DEFAULTS = { by: "region", verdict: "broken" };
const VERDICTS = ["broken", "kept", "exceeded", "mentioned"];
const SAID = 20, ALERTS = 10;
const state = readState(DEFAULTS);
let next = null;

async function read() {
  busy(byId("all"));
  try {
    const one = await get(PLACE, { by: state.by });
    fill(byId("fault"));
    head(one);
    claim(one);
    advice(one);
    course(byId("course"), byId("versions"), one);
    split(one);
    themes(one);
    verdicts(one);
    await Promise.all([alerts(), said()]);
  } catch (error) {
    fill(byId("fault"), faultNote(error, read));
  }
  busy(byId("all"), false);
}

function head(one) {
  document.title = `${one.statement} · gapwatch`;
  const now = one.versions[0], safe = now?.source_url && /^https?:/.test(now.source_url);
  fill(byId("head"),
    el("h1", { class: "statement" }, one.statement),
    el("p", { class: "row" }, facts(one).map((fact) => el("span", { class: "chip" }, fact)), one.journey.map((step) => el("span", { class: "chip" }, words(step))),
      now ? el("span", { class: "dim" }, `version ${now.version}${now.valid_from ? `, valid from ${date(now.valid_from)}` : ""}${now.valid_until ? ` until ${date(now.valid_until)}` : ""}`) : null,
      safe ? el("a", { href: now.source_url, rel: "noreferrer noopener", target: "_blank" }, "where it is published") : null),
    el("p", { class: "row" }, rateBar(one, goal(one)), rateWords(one), budgetWords(one)),
    el("p", { class: "row" }, VERDICTS.map((verdict) => el("span", {}, `${verdict} ${count(one[verdict])}`))));
}

function claim(one) {
  const told = one.claim, word = told.safe === null ? "Not known yet" : told.safe ? "It may be said as it is" : "It should not be said as it is";
  const claims = [];
  if (told.low !== null && told.n >= FEW) claims.push(`“Of ${count(told.n)} customers who spoke of it, we kept it to at least ${percent(told.low)}” is borne out by the lower end of the interval.`);
  if (told.exceeded_share > 0) claims.push(`${percent(told.exceeded_share)} of those who spoke got more than was promised.`);
  fill(byId("claim"), el("p", { class: "verdict-line" }, word), el("p", {}, told.text), claims.map((text) => el("p", {}, text)),
    el("p", { class: "hint" }, "Those who speak are not all customers, and who is content speaks less."));
}

const CHANGE = { wording: "The wording", operation: "The operation", none: "Nothing", unknown: "That can't be told yet" };

function advice(one) {
  const { change, why, says, does } = one.advice;
  const side = (role, who, mine, text) => el("div", { class: change === mine ? "mine" : null }, el("span", { class: "label" }, role), el("p", {}, el("b", {}, words(who) || "nobody is named")), el("p", { class: "dim" }, text));
  fill(byId("advice"), el("p", { class: "verdict-line" }, CHANGE[change]), el("p", {}, why),
    el("div", { class: "owners" },
      side("Says it", says, "wording", change === "wording" ? "Say what is kept, or promise more where more is given." : "The wording may stay as it is for now."),
      side("Does it", does, "operation", change === "operation" ? "Bring it back to what is promised, there where it is missed." : "The operation may stay as it is for now.")));
}

function split(one) {
  byId("by").value = state.by;
  const parts = one.parts.filter((part) => part.n);
  fill(byId("split"), parts.length ? el("dl", { class: "part-list" }, parts.map((part) => [
    el("dt", {}, part.part ?? "not known"), el("dd", {}, rateBar(part, goal(one))), el("dd", { class: part.n < FEW ? "few" : null }, rateWords(part))])) : empty("Nobody spoke of it."));
}

function themes(one) {
  fill(byId("themes"), one.themes.length ? el("ul", { class: "list" }, one.themes.map((theme) => el("li", {}, el("a", { href: `/themes/${encodeURIComponent(theme.theme_id)}` }, theme.name), ` ${plural(theme.verbatims, "verbatim")}`))) : empty("No theme is of it."));
}

async function alerts() {
  const { alerts: found } = await get("/api/v1/alerts", { brand, promise: promiseId, state: "all", limit: ALERTS });
  fill(byId("alerts"), found.length ? el("ul", { class: "list" }, found.map((alert) => el("li", {}, el("a", { href: `/?state=all&alert=${encodeURIComponent(alert.alert_id)}` }, alert.title), el("span", { class: "dim" }, ` ${alert.state}, ${date(alert.opened_at)}`)))) : empty("No alert was ever raised on it."));
}

function verdicts(one) {
  fill(byId("verdicts"), VERDICTS.map((verdict) => el("button", { type: "button", "aria-pressed": String(state.verdict === verdict), on: { click: () => { state.verdict = verdict; writeState(state, DEFAULTS); verdicts(one); said(); } } }, `${words(verdict)} ${count(one[verdict])}`)));
}

async function said(after = null) {
  busy(byId("said"));
  try {
    const wanted = state.verdict;
    const page = await get(`${PLACE}/verbatims`, { verdict: wanted, limit: SAID, after });
    if (wanted !== state.verdict) return;
    next = page.more ? page.next : null;
    const cards = page.verbatims.map((one) => verbatimCard(one));
    if (after) byId("said").append(...cards);
    else fill(byId("said"), cards.length ? cards : empty(`Nobody said so: no verdict is “${wanted}”.`));
    fill(byId("more"), next ? el("button", { type: "button", on: { click: () => said(next) } }, "Show more") : null);
  } catch (error) {
    fill(byId("more"), faultNote(error, () => said(after)));
  }
  busy(byId("said"), false);
}

byId("by").addEventListener("change", async (event) => {
  state.by = event.target.value;
  writeState(state, DEFAULTS);
  try { split(await get(PLACE, { by: state.by })); } catch (error) { fill(byId("split"), faultNote(error)); }
});
read();
