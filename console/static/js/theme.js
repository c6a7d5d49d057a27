// The page of one theme: its head, what may be done to it, and its parts, each with what it needs.
import { get } from "./api.js";
import { busy, byId, el, faultNote, fill } from "./dom.js";
import { exportButtons } from "./download.js";
import { count, date, words } from "./format.js";
import { bindForm, readState, writeState } from "./state.js";
import { actButtons, renameInPlace } from "./theme_acts.js";
import { drawSplit, drawTrend } from "./theme_charts.js";
import { showAlerts, showHistory } from "./theme_history.js";
import { offer, showSaid } from "./theme_said.js";
import { lately, marks, promiseAddress, stateChip, themeAddress } from "./themes_row.js";
import { tell } from "./toast.js";
import { verbatimCard } from "./verbatim.js";

const PARTS = ["region", "product", "channel", "kind", "source"];
const DEFAULTS = { by: "region", step: "week", span: "91", show: "20", ...Object.fromEntries(PARTS.map((part) => [part, ""])) };
const state = readState(DEFAULTS);
const mayAct = document.body.dataset.role === "operator";
let id = byId("theme").dataset.themeId;
let one = null;

const write = (push) => writeState(state, DEFAULTS, { push });
const filters = () => Object.fromEntries(PARTS.map((part) => [part, state[part]]));

const forms = [
  bindForm(byId("trend-form"), state, () => { write(true); drawTrend(byId("trend"), one, state); }),
  bindForm(byId("split-form"), state, () => { write(true); drawSplit(byId("split"), one, state.by, narrow); }),
  bindForm(byId("said-form"), state, () => { state.show = DEFAULTS.show; write(true); loadSaid(); }),
];

// A bar of the split that is pressed shows its verbatims.
function narrow(part) {
  state[state.by] = state[state.by] === part ? "" : part;
  state.show = DEFAULTS.show;
  write(true);
  forms[2]();
  loadSaid();
  byId("said").scrollIntoView({ block: "start" });
}

async function load() {
  busy(byId("theme"));
  try {
    one = await get(`/api/v1/themes/${encodeURIComponent(id)}`);
    movedOn();
    showHead();
    byId("body").hidden = false;
    showParts();
    await loadSaid();
  } catch (error) {
    fill(byId("head"), el("h1", {}, "Theme"), faultNote(error, load));
  }
  busy(byId("theme"), false);
}

// A theme that was merged answers as the one it is part of
function movedOn() {
  if (one.theme.theme_id === id) return;
  tell("The theme asked for was merged into this one");
  id = one.theme.theme_id;
  history.replaceState(null, "", themeAddress(id) + location.search);
}

function showHead() {
  const { theme } = one;
  document.title = `${theme.name} · gapwatch`;
  const by = theme.named_by === "gapwatch" ? "named by its key phrases" : `named by ${theme.named_by}`;
  const acts = mayAct ? actButtons(theme, { done: load, went: (to) => { id = to; load(); }, rename }) : null;
  fill(byId("head"),
    el("div", { class: "page-head" },
      el("div", { id: "name" }, el("h1", {}, theme.name)),
      acts ? el("div", { class: "row", role: "group", "aria-label": "What you may do" }, acts) : null),
    el("p", { class: "row" }, stateChip(theme), marks(theme),
      theme.phrases.map((phrase) => el("span", { class: "chip phrase" }, phrase)),
      el("span", { class: "dim" }, [theme.brand, by].filter(Boolean).join(" · "))),
    el("dl", { class: "figures" },
      figure("Negative verbatims", count(theme.verbatims), `${date(theme.first_event)} to ${date(theme.last_event)}`),
      figure("Last week", count(theme.recent), lately(theme).split(", ")[1] ?? "nothing was said before")),
    promise(theme));
}

const figure = (name, value, more) => el("div", { class: "figure" },
  el("dt", { class: "label" }, name), el("dd", {}, el("b", {}, value)), el("dd", { class: "dim" }, more));

function promise(theme) {
  if (theme.promise_id === null) {
    return el("p", { class: "notice" }, "Never promised: customers expect this, and no promise speaks of it. It is no broken promise.");
  }
  return el("div", { class: "of-promise" },
    el("p", { class: "label" }, "It is of the promise ", el("a", { href: promiseAddress(theme) }, words(theme.promise_id))),
    theme.statement ? el("blockquote", { class: "wording" }, theme.statement) : null);
}

function rename() {
  renameInPlace(byId("name"), one.theme, { done: load, left: showHead });
}

function showParts() {
  drawTrend(byId("trend"), one, state);
  drawSplit(byId("split"), one, state.by, narrow);
  fill(byId("stands"), one.representatives.map((said) => verbatimCard(said,
    el("span", { class: "dim", title: "cosine with the theme's middle" }, `similarity ${said.similarity?.toFixed(2) ?? "–"}`))));
  showAlerts(byId("alerts"), one.alerts);
  showHistory(byId("history"), one);
  for (const part of PARTS) offer(byId(part), one.split[part], state[part]);
}

const loadSaid = () => showSaid(id, filters(), Number(state.show), (shown) => {
  state.show = String(shown);
  write(false);
});

byId("export").append(...exportButtons("theme-verbatims", () => ({ theme: id, ...filters() })));
addEventListener("popstate", () => {
  Object.assign(state, readState(DEFAULTS));
  for (const show of forms) show();
  if (one) { showParts(); loadSaid(); }
});
load();
