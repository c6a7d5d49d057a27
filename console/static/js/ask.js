// A question in SQL, its answer as a table or a chart. The question stands in the address behind the #, which no server
// is sent and no log holds.
import { get, post } from "./api.js";
import { EXAMPLES } from "./ask_examples.js";
import { chart, colour, line, stop, valueAxis } from "./charts.js";
import { busy, byId, el, empty, faultNote, fill } from "./dom.js";
import { count, plural, time } from "./format.js";
import { tell } from "./toast.js";

const KEPT = 15; // questions asked before, in this browser alone
const DRAWN = 200; // points of a chart
const COLOURS = ["accent", "broken", "exceeded", "warn", "mentioned"];
const form = byId("question");
let answered = null, view = "table";

function readAddress() {
  const given = new URLSearchParams(location.hash.slice(1));
  view = ["table", "bar", "line"].includes(given.get("as")) ? given.get("as") : "table";
  return given.get("sql");
}

function writeAddress({ push = false } = {}) {
  const held = new URLSearchParams({ sql: form.elements.sql.value, ...(view === "table" ? {} : { as: view }) });
  if (`#${held}` !== location.hash) history[push ? "pushState" : "replaceState"](null, "", `#${held}`);
}

async function run() {
  const sql = form.elements.sql.value.trim();
  if (!sql) return form.elements.sql.focus();
  writeAddress({ push: true });
  byId("result").hidden = false;
  byId("result-title").textContent = "Asking …";
  busy(byId("answer"));
  byId("run").disabled = true;
  const started = performance.now();
  try {
    answered = await post("/api/sql", { sql, limit: Number(form.elements.limit.value) });
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    byId("result-title").textContent = `${answered.more ? "The first " : ""}${plural(answered.rows.length, "row")} in ${seconds} s, as of ${time(answered.as_of)}`;
    remember(sql);
    show();
  } catch (error) {
    answered = null;
    stop(byId("answer"));
    byId("result-title").textContent = "Not answered";
    fill(byId("answer"), faultNote(error));
  } finally {
    byId("run").disabled = false;
    busy(byId("answer"), false);
  }
}

function show() {
  for (const button of byId("views").querySelectorAll("[data-view]")) button.setAttribute("aria-pressed", String(button.dataset.view === view));
  if (!answered) return;
  stop(byId("answer"));
  if (answered.rows.length === 0) fill(byId("answer"), empty("No row answers to this."));
  else if (view === "table") fill(byId("answer"), table(answered));
  else draw(answered);
}

function table({ columns, rows }) {
  const cell = (value) => value === null ? el("td", { class: "null" }, "null")
    : el("td", typeof value === "number" ? { class: "number" } : {}, typeof value === "object" ? JSON.stringify(value) : value);
  return el("div", { class: "answer-table", role: "region", "aria-label": "Rows", tabindex: "0" }, el("table", {},
    el("thead", {}, el("tr", {}, columns.map((name, index) => el("th", { scope: "col", class: numeric(rows, index) && "number" }, name)))),
    el("tbody", {}, rows.map((row) => el("tr", {}, row.map(cell))))));
}

const numeric = (rows, index) =>
  rows.some((row) => row[index] !== null) && rows.every((row) => row[index] === null || typeof row[index] === "number");

// The first column names the points, those of numbers are the series.
function draw({ columns, rows }) {
  const series = columns.map((name, index) => ({ name, index }))
    .filter(({ index }) => index > 0 && numeric(rows, index));
  if (series.length === 0) return fill(byId("answer"), empty("A chart needs a first column of names or days and at least one column of numbers."));
  const drawn = rows.slice(0, DRAWN);
  const host = el("div");
  fill(byId("answer"), rows.length > DRAWN ? el("p", { class: "hint" }, `The first ${count(DRAWN)} of ${count(rows.length)} rows are drawn.`) : null, host);
  return chart(host, {
    title: `${series.map(({ name }) => name).join(", ")} by ${columns[0]}`,
    height: 380,
    make: () => ({
      type: view,
      data: { labels: drawn.map((row) => String(row[0] ?? "null")), datasets: series.map(({ name, index }, place) => line(name, drawn.map((row) => row[index]), COLOURS[place % COLOURS.length], { borderWidth: view === "bar" ? 0 : 2 })) },
      options: { scales: { x: { grid: { display: false }, ticks: { color: colour("dim"), autoSkipPadding: 12 } }, y: valueAxis() } },
    }),
    columns: [columns[0], ...series.map(({ name }) => name)],
    rows: drawn.map((row) => [String(row[0] ?? "null"), ...series.map(({ index }) => row[index])]),
  });
}

// A cell that a spreadsheet would take for a formula is kept from being one by a quote before it.
function csvCell(value) {
  if (value === null) return "";
  let text = typeof value === "object" ? JSON.stringify(value) : String(value);
  if (typeof value === "string" && /^[=+\-@\t\r]/.test(text)) text = `'${text}`;
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function save() {
  if (!answered) return;
  const lines = [answered.columns, ...answered.rows].map((row) => row.map(csvCell).join(","));
  const file = URL.createObjectURL(new Blob([`${lines.join("\r\n")}\r\n`], { type: "text/csv" }));
  el("a", { href: file, download: "answer.csv" }).click();
  URL.revokeObjectURL(file);
}

function remembered() {
  try { return JSON.parse(localStorage.getItem("gapwatch.asked")) ?? []; } catch { return []; }
}

function remember(sql) {
  localStorage.setItem("gapwatch.asked", JSON.stringify([sql, ...remembered().filter((one) => one !== sql)].slice(0, KEPT)));
  showRemembered();
}

function showRemembered() {
  const found = remembered();
  byId("asked-panel").hidden = found.length === 0;
  fill(byId("asked"), found.map((sql) => el("li", {}, el("button", { type: "button", class: "once", title: sql, on: { click: () => take(sql) } }, sql.replace(/\s+/g, " ")))));
}

function take(sql) {
  form.elements.sql.value = sql;
  form.elements.sql.focus();
  writeAddress();
}

// A name into the question, where the cursor stands
function insert(name) {
  const field = form.elements.sql;
  field.setRangeText(/^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name}"`, field.selectionStart, field.selectionEnd, "end");
  field.focus();
}

async function describe() {
  try {
    const { tables } = await get("/api/v1/tables");
    fill(byId("tables"), tables.filter((one) => one.meaning).map((one) => el("details", {},
      el("summary", {}, el("code", {}, one.name), ` ${one.meaning}`),
      el("div", { class: "columns-of" }, one.columns.map((column) => form
        ? el("button", { type: "button", title: column.type, on: { click: () => insert(column.name) } }, column.name)
        : el("span", { class: "chip", title: column.type }, column.name))))));
  } catch (error) {
    fill(byId("tables"), faultNote(error, describe));
  }
}

function begin() {
  describe();
  fill(byId("examples"), EXAMPLES.map(([name, sql]) => el("li", {}, form
    ? el("button", { type: "button", on: { click: () => { take(sql); run(); } } }, name) : name)));
  if (!form) return;
  showRemembered();
  form.addEventListener("submit", (event) => { event.preventDefault(); run(); });
  form.elements.sql.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); run(); }
  });
  byId("views").addEventListener("click", (event) => {
    const chosen = event.target.closest("[data-view]")?.dataset.view;
    if (chosen) { view = chosen; writeAddress(); show(); }
  });
  byId("save-csv").addEventListener("click", () => { save(); tell("Saved as answer.csv"); });
  addEventListener("popstate", open);
  addEventListener("hashchange", open);
  open();
}

// What a link or Back holds: shown, and asked only by a person, since others may have written it.
function open() {
  const sql = readAddress();
  if (sql !== null && sql !== form.elements.sql.value) form.elements.sql.value = sql;
  show();
}

begin();
