// The list of alerts, kept by server-sent events. First the list is read, with the number of the last change before it,
// then the changes after that number: nothing falls between. A browser that lost its connection tells by itself how far
// it was; one that gave up is started again from there.
import { get } from "./api.js";
import { busy, byId, el, empty, faultNote, fill } from "./dom.js";
import { exportButtons } from "./download.js";
import { ago, plural } from "./format.js";
import { onKey } from "./keys.js";
import { ACTS, actButtons, mayAct, start } from "./live_acts.js";
import { showDetail } from "./live_detail.js";
import { alertRow, before } from "./live_row.js";
import { beep, soundButton } from "./live_sound.js";
import { bindForm, readState, setOptions, writeState } from "./state.js";

const PAGE = 200, MOST = 2000, AGAIN_MS = 3000;
const DEFAULTS = { state: "", kind: "", brand: "", region: "", owner: "", alert: "" };
const UNRESOLVED = ["open", "acknowledged", "snoozed"];
const state = readState(DEFAULTS);
const shown = new Map(); // id -> alert, of those that the filters let through
const rows = new Map(); // id -> its element
const fresh = new Map(); // id -> "new" or "changed", until it is opened
const waiting = new Map(); // changes of this frame: id -> [alert, change]
const named = { brand: new Set(), region: new Set(), owner: new Set() };
let order = [], last = null, source = null, next = null, reading = 0;

const wanted = () => (state.state === "all" ? null : state.state ? [state.state] : UNRESOLVED);
const owned = (alert) => [alert.says, alert.does, alert.assignee].filter(Boolean);
const fits = (alert) => (wanted()?.includes(alert.state) ?? true) && ["kind", "brand", "region"].every((name) => !state[name] || alert[name] === state[name]) &&
  (!state.owner || owned(alert).includes(state.owner));

async function read() {
  const mine = ++reading;
  busy(byId("alerts"));
  source?.close();
  try {
    const found = [];
    let page = await ask(null);
    last = page.last;
    found.push(...page.alerts);
    while (page.more && found.length < MOST && wanted()) { page = await ask(page.next); found.push(...page.alerts); }
    if (mine !== reading) return;
    next = page.more ? page.next : null;
    fill(byId("fault"));
    shown.clear();
    for (const alert of found) shown.set(alert.alert_id, alert);
    order = [...shown.values()].sort(before).map((alert) => alert.alert_id);
    rows.clear();
    fill(byId("alerts"), order.map(rowOf));
    foot();
    listen();
  } catch (error) {
    if (mine === reading) fill(byId("fault"), faultNote(error, read));
  } finally {
    if (mine === reading) busy(byId("alerts"), false);
  }
}

const filters = () => ({ state: (wanted() ?? ["all"]).join(","), kind: state.kind, brand: state.brand, region: state.region, owner: state.owner });
const ask = (after) => get("/api/v1/alerts", { ...filters(), limit: PAGE, after });

function rowOf(id) {
  const row = alertRow(shown.get(id), { fresh: fresh.get(id), chosen: state.alert === id, onOpen: open });
  rows.set(id, row);
  return row;
}

// One changed alert changes one element.
function put(alert) {
  const id = alert.alert_id, place = order.indexOf(id);
  if (place >= 0) order.splice(place, 1);
  const old = rows.get(id);
  const focused = old?.contains(document.activeElement);
  if (!fits(alert)) {
    shown.delete(id);
    rows.delete(id);
    old?.remove();
    return;
  }
  shown.set(id, alert);
  let low = 0, high = order.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (before(shown.get(order[middle]), alert) < 0) low = middle + 1; else high = middle;
  }
  const row = rowOf(id);
  byId("alerts").insertBefore(row, low < order.length ? rows.get(order[low]) : null);
  order.splice(low, 0, id);
  if (old && old !== row) old.remove();
  if (focused) row.querySelector("button").focus();
}

function listen() {
  source?.close();
  source = new EventSource(`/api/v1/alerts/stream?after=${last}`);
  source.onopen = () => connection("live", true);
  source.addEventListener("alert", (event) => {
    const { change, alert } = JSON.parse(event.data);
    last = Number(event.lastEventId);
    if (!waiting.size) requestAnimationFrame(apply);
    waiting.set(alert.alert_id, [alert, change.change === "opened" || waiting.get(alert.alert_id)?.[1] === "opened" ? "opened" : change.change]);
  });
  source.onerror = () => {
    connection("connection lost, trying again …", false);
    if (source.readyState === EventSource.CLOSED) {
      // gave up, as when the server was away: who is signed out is led to sign in, else it goes on where it was
      setTimeout(() => get("/api/v1/who").then(listen, () => source.onerror()), AGAIN_MS);
    }
  };
}

function connection(text, on) {
  byId("connection").textContent = text;
  byId("connection").classList.toggle("off", !on);
}

function apply() {
  const news = [...waiting.values()].filter(([alert]) => fits(alert));
  for (const [alert, change] of waiting.values()) {
    if (fits(alert) && alert.alert_id !== state.alert) fresh.set(alert.alert_id, change === "opened" ? "new" : fresh.get(alert.alert_id) ?? "changed");
    put(alert);
    if (alert.alert_id === state.alert && change !== "updated") show();
  }
  waiting.clear();
  foot();
  const opened = news.filter(([, change]) => change === "opened").map(([alert]) => alert);
  if (opened.length) {
    byId("heard").textContent = opened.length === 1 ? `New: ${opened[0].title}` : `${opened.length} new alerts`;
    beep();
  }
}

async function foot() {
  for (const alert of shown.values()) {
    if (alert.brand) named.brand.add(alert.brand);
    if (alert.region) named.region.add(alert.region);
    for (const one of owned(alert)) named.owner.add(one);
  }
  for (const [name, values] of Object.entries(named)) if (byId(name).options.length !== values.size + 1) setOptions(byId(name), [...values].sort(), state[name]);
  const open = [...shown.values()].filter((alert) => alert.state === "open").length;
  document.title = `${open ? `(${open}) ` : ""}Live · gapwatch`;
  byId("list-title").textContent = shown.size ? `${plural(shown.size, "alert")}${next ? " and more" : ""}, ${open} open` : "Alerts";
  if (shown.size) return void fill(byId("rest"), next ? el("button", { type: "button", on: { click: more } }, "Show more") : null);
  const filtered = ["state", "kind", "brand", "region", "owner"].some((name) => state[name]);
  const { alerts } = filtered ? { alerts: [] } : await get("/api/v1/alerts", { state: "all", limit: 1 }).catch(() => ({ alerts: [] }));
  if (!shown.size) fill(byId("rest"), empty(alerts.length ? `Nothing is open. The last alert was raised ${ago(alerts[0].opened_at)}: ${alerts[0].title}` : filtered ? "No alert fits these filters." : "No alert was raised yet."));
}

async function more() {
  const page = await ask(next);
  next = page.more ? page.next : null;
  for (const alert of page.alerts) put(alert);
  foot();
}

function open(id) {
  const old = state.alert;
  state.alert = id === old ? "" : id;
  writeState(state, DEFAULTS, { push: true });
  choose(old);
}

// Mark the chosen row, and show or close the alert.
function choose(old) {
  fresh.delete(state.alert);
  for (const id of [old, state.alert]) if (shown.has(id)) put(shown.get(id));
  show(true);
}

async function show(focus = false) {
  const id = state.alert, host = byId("detail");
  document.querySelector(".live").classList.toggle("opened", Boolean(id));
  if (!id) { host.hidden = true; return void fill(host); }
  await showDetail(host, id, { buttons: (alert) => actButtons(alert, acted), onClose: () => { open(id); rows.get(id)?.querySelector("button").focus(); }, shows: () => state.alert === id });
  if (focus) byId("detail-title")?.focus({ preventScroll: innerWidth >= 1000 });
}

// What a person did is there at once; the stream tells it to everybody else.
function acted(alert) {
  put(alert);
  foot();
  show();
}

function move(step) {
  const at = order.indexOf(document.activeElement?.closest(".alert")?.dataset.alertId ?? state.alert);
  const id = order[Math.min(Math.max(at + step, 0), order.length - 1)];
  rows.get(id)?.querySelector("button").focus();
  rows.get(id)?.scrollIntoView({ block: "nearest" });
}

onKey("j", "Next alert", () => move(1));
onKey("k", "Alert before", () => move(-1));
onKey("x", "Close the alert", () => state.alert && open(state.alert));
if (mayAct()) for (const one of ACTS) {
  onKey(one.key, `${one.name} the alert that is opened`, () => { const alert = shown.get(state.alert); if (alert && one.when.includes(alert.state)) start(one, alert, acted); });
}
for (const name of Object.keys(named)) if (state[name]) named[name].add(state[name]);
const showFilters = bindForm(byId("filters"), state, () => { writeState(state, DEFAULTS); read(); });
addEventListener("popstate", () => {
  const old = state.alert, filtered = JSON.stringify({ ...state, alert: "" });
  Object.assign(state, readState(DEFAULTS));
  showFilters();
  if (JSON.stringify({ ...state, alert: "" }) !== filtered) read();
  choose(old);
});
soundButton(byId("sound"));
byId("exports").append(...exportButtons("alerts", filters));
read().then(() => state.alert && show());
