// The theme explorer: what is asked for, in the address; what comes back, in the share, the chart and the list.
import { dropped, get, latest } from "./api.js";
import { busy, byId, el, empty, faultNote, fill } from "./dom.js";
import { exportButtons } from "./download.js";
import { count, date, plural } from "./format.js";
import { onKey } from "./keys.js";
import { bindForm, readState, setOptions, writeState } from "./state.js";
import { chosenFor, drawTrends, MOST } from "./themes_chart.js";
import { share, themeRow } from "./themes_row.js";
import { tell } from "./toast.js";

const STEP = 50, MOST_AT_ONCE = 1000;
const DEFAULTS = {
  search: "", brand: "", weeks: "", region: "", product: "", channel: "", state: "", of: "", chart: "", show: String(STEP),
};
const NEVER = "What customers expect and nobody promised. It is no broken promise, and counts as none.";
const state = readState(DEFAULTS);
const list = byId("list"), ask = latest(), askChart = latest();
let page = null, drawn = [];

const places = () => ({ region: state.region, product: state.product, channel: state.channel });
const scope = () => ({ brand: state.brand, ...places(), weeks: state.weeks });
const filters = () => ({
  ...scope(), search: state.search, state: state.state,
  unpromised: state.of === "" ? null : String(state.of === "never"),
});

const show = bindForm(byId("filters"), state, () => changed());

function changed({ push = true } = {}) {
  state.show = DEFAULTS.show;
  writeState(state, DEFAULTS, { push });
  load();
}

async function load() {
  showTabs();
  busy(list);
  try {
    const wanted = Math.max(STEP, Number.parseInt(state.show, 10) || STEP);
    const found = await ask("/api/v1/themes", { ...filters(), limit: Math.min(wanted, MOST_AT_ONCE) });
    while (found.more && found.themes.length < wanted) {
      const further = await ask("/api/v1/themes", { ...filters(), limit: STEP, after: found.next });
      Object.assign(found, further, { themes: [...found.themes, ...further.themes] });
    }
    page = found;
    showPage();
    await showChart();
  } catch (error) {
    if (dropped(error)) return;
    fill(list, faultNote(error, load));
  }
  busy(list, false);
}

function showPage() {
  fill(byId("share"), share(page, scope()));
  fill(byId("found"), foundWords());
  fill(byId("moving"), moving());
  byId("more").hidden = !page.more;
  showRows();
}

function showRows() {
  const charted = drawn.map((theme) => theme.theme_id);
  fill(list, page.themes.length === 0 ? nothing()
    : el("ol", { class: "themes" }, page.themes.map((theme) => themeRow(theme, {
      series: charted.indexOf(theme.theme_id), picked: state.chart.split(",").includes(theme.theme_id),
      searched: page.searched_by.length > 0, scope: places(), onPick: pick,
    }))));
}

function foundWords() {
  if (page.themes.length === 0 && !state.search) return "";
  const many = plural(page.themes.length, "theme");
  const rest = page.more ? `${many}, and there are more` : many;
  const ended = page.latest ? `. The last week ends on ${date(page.latest)}, with the last negative verbatim; expected is what a theme would have had in it with its share of the four weeks before.` : ".";
  if (!state.search) return `${rest}; pinned ones first, then the largest${ended}`;
  const by = page.searched_by.includes("meaning")
    ? "found by words, then by meaning" : "found by words alone: there is no model here to search by meaning";
  return `${rest} ${by}${page.cut ? "; only the nearest are shown" : ""}${ended}`;
}

// What moves, one press away
function moving() {
  if (state.state) return [];
  return [["emerging", "▲"], ["fading", "▼"]].map(([to, sign]) => {
    const many = page.themes.filter((theme) => theme.state === to).length;
    return many > 0 && el("button", { type: "button", class: `chip${to === "emerging" ? " warn" : ""}`, on: { click: () => showOnly(to) } },
      el("span", { "aria-hidden": "true" }, sign), ` ${count(many)} ${to}`);
  });
}

function showOnly(to) {
  state.state = to;
  show();
  changed();
  byId("state").focus();
}

function nothing() {
  const narrowed = Object.values(filters()).some((value) => value);
  if (!narrowed) return empty("No theme yet. Themes are found once some dozens of negative verbatims are in.");
  return empty("No theme is like that. ", el("button", { type: "button", on: { click: clear } }, "Clear the filters"));
}

function clear() {
  Object.assign(state, DEFAULTS);
  show();
  changed();
}

// Those picked, or the largest; a link may name some that are not in the list
async function showChart() {
  const picked = chosenFor(state.chart);
  let themes = page.themes.filter((theme) => picked.includes(theme.theme_id));
  if (picked.length > themes.length) {
    const { brand, ...rest } = scope();
    const asked = new URLSearchParams(picked.map((one) => ["theme", one]));
    for (const [name, value] of Object.entries(rest)) if (value) asked.set(name, value);
    themes = (await askChart(`/api/v1/themes?${asked}`)).themes;
  }
  drawn = picked.length ? picked.map((one) => themes.find((theme) => theme.theme_id === one)).filter(Boolean)
    : [...page.themes].sort((one, other) => other.verbatims - one.verbatims).slice(0, MOST);
  byId("chart-hint").textContent = drawn.length === 0 ? "" : picked.length ? `${plural(drawn.length, "theme")} picked, of ${MOST} at most`
    : `The largest of the list; pick up to ${MOST} below`;
  drawTrends(byId("chart"), drawn, page.latest);
  showRows();
}

function pick(theme, on) {
  const picked = chosenFor(state.chart).filter((one) => one !== theme.theme_id);
  if (on && picked.length === MOST) tell(`The chart shows ${MOST} themes at most; the one picked first makes room`);
  state.chart = [...picked, ...(on ? [theme.theme_id] : [])].slice(-MOST).join(",");
  writeState(state, DEFAULTS, { push: true });
  showChart().then(() => document.querySelector(`[data-theme-id="${theme.theme_id}"] input`)?.focus())
    .catch((error) => dropped(error) || tell(error.message, { fault: true }));
}

function showTabs() {
  for (const tab of document.querySelectorAll("[data-of]")) tab.setAttribute("aria-pressed", String(tab.dataset.of === state.of));
  byId("of-hint").textContent = state.of === "never" ? NEVER : "";
}

async function loadScopes() {
  try {
    const values = await get("/api/v1/themes/scopes");
    for (const name of ["brand", "region", "product", "channel"]) setOptions(byId(name), values[name], state[name]);
  } catch (error) {
    tell(error.message, { fault: true });
  }
}

for (const tab of document.querySelectorAll("[data-of]")) {
  tab.addEventListener("click", () => { state.of = tab.dataset.of; changed(); });
}
byId("more").addEventListener("click", async () => {
  const before = page.themes.length;
  state.show = String(before + STEP);
  writeState(state, DEFAULTS);
  await load();
  list.querySelectorAll(".theme a.name")[before]?.focus();
});
byId("export").append(...exportButtons("themes", filters));
addEventListener("popstate", () => { Object.assign(state, readState(DEFAULTS)); show(); load(); });

function step(by) {
  const names = [...list.querySelectorAll(".theme a.name")];
  const at = names.indexOf(document.activeElement);
  names[Math.min(Math.max(at + by, 0), names.length - 1)]?.focus();
}
onKey("j", "Next theme", () => step(1));
onKey("k", "Theme before", () => step(-1));

loadScopes();
load();
