// The page asks every five seconds while it is looked at.
import { get } from "./api.js";
import { bars } from "./bars.js";
import { chart, colour, line, valueAxis } from "./charts.js";
import { busy, byId, el, empty, faultNote, fill } from "./dom.js";
import { ago, count, date, moment, percent, plural, time, words } from "./format.js";

const EVERY_MS = 5000;
const QUIET_SECONDS = 15 * 60; // without a new record: said, not judged, since feeds do sleep
const OUTCOMES = {
  negative: "worse than expected", neutral: "as expected", positive: "better than expected",
  "not judged": "not judged: in a language that the model does not read", none: "judged before feelings were told",
};
const REASONS = {
  empty: "an empty record", not_utf8: "no UTF-8 text", not_json: "no JSON object", too_large: "too large",
  no_text: "without a text", bad_field: "a field that can't be used",
};

let waiting;

async function look() {
  clearTimeout(waiting);
  try {
    const told = await get("/api/v1/pipeline");
    fill(byId("fault"));
    show(told);
  } catch (error) {
    fill(byId("fault"), faultNote(error, look));
  }
  if (!document.hidden) waiting = setTimeout(look, EVERY_MS);
}

function show(told) {
  byId("all").hidden = false;
  busy(byId("all"), false);
  byId("as-of").textContent = `as of ${time(new Date().toISOString())}, every ${EVERY_MS / 1000} seconds`;
  const lag = Object.entries(told.lag);
  const behind = lag.reduce((sum, [, records]) => sum + records, 0);
  headline(told, lag, behind);
  figures(told, lag, behind);
  course(told.course);
  fill(byId("lag"), lag.length ? bars(lag.sort((a, b) => b[1] - a[1])) : empty("No broker tells: nothing is read from Kafka here."));
  const outcomes = Object.entries(told.outcomes).sort((a, b) => b[1] - a[1]);
  fill(byId("outcomes"), outcomes.length ? bars(outcomes, (name) => OUTCOMES[name] ?? name) : empty("Nothing is stored yet."));
  dead(told.dead_letters);
  newest(told.newest);
  versions(told);
}

function headline(told, lag, behind) {
  const quiet = told.stored_at ? (Date.now() - moment(told.stored_at)) / 1000 : null;
  const minutes = told.per_second > 0 ? Math.ceil(behind / told.per_second / 60) : null;
  const [good, said, why] =
    !told.listens ? [true, "No listener runs here", told.stored_at ? `This is what one has stored before; the last record came ${ago(told.stored_at)}.` : "Nothing was ever stored here."]
    : !told.healthy ? [false, "It is stuck", "The loop does not turn: a restart helps. Its log shows where it stands."]
    : !told.ready ? [false, "It is not ready", "It still starts, or waits for its broker, its topics or its partitions."]
    : quiet === null ? [true, "Nothing has come in yet", "It waits for the first record."]
    : behind > 1000 && minutes === null ? [false, "It does not move", `${plural(behind, "record")} wait, and none was stored in five minutes.`]
    : behind > 1000 && minutes > 5 ? [false, "It is behind", `${plural(behind, "record")} wait: some ${plural(minutes, "minute")} at the present pace, if no more came.`]
    : quiet > QUIET_SECONDS ? [true, "All is read", `The last record was stored ${ago(told.stored_at)}; none has come since.`]
    : [true, "It keeps up", lag.length ? `${plural(behind, "record")} wait.` : "All that was sent is read."];
  byId("verdict").className = good ? "good" : "bad";
  if (byId("verdict").textContent !== said) byId("verdict").textContent = said;
  byId("why").textContent = why;
}

function figures(told, lag, behind) {
  const dead = Object.values(told.dead_letters).reduce((sum, number) => sum + number, 0);
  const open = (told.alerts.open ?? 0) + (told.alerts.acknowledged ?? 0) + (told.alerts.snoozed ?? 0);
  const stored = Object.values(told.outcomes).reduce((sum, number) => sum + number, 0);
  const figure = (value, meaning, link) => el("div", { class: "figure" }, el("b", {}, value), link ? el("a", { href: link }, meaning) : el("span", { class: "dim" }, meaning));
  fill(byId("figures"),
    figure(told.per_second.toFixed(1), "texts a second, over five minutes"),
    lag.length ? figure(count(behind), "records wait") : null,
    figure(count(stored), "texts in all"),
    figure(count(dead), "dead letters"),
    figure(count(open), "open alerts", "/"),
    figure(told.unassigned_share === null ? "–" : percent(told.unassigned_share), "of negative texts in no theme", "/themes"),
    figure(told.event_time ? ago(told.event_time) : "–", "happened what was last told of"));
}

function course(minutes) {
  if (minutes.length === 0) return fill(byId("course"), empty("Nothing was stored in the last hour."));
  const host = byId("course");
  const shown = JSON.stringify(minutes);
  if (host.dataset.shown === shown) return host;
  host.dataset.shown = shown;
  const by = new Map(minutes.map((one) => [moment(one.minute).getTime(), one]));
  const last = Math.floor(Date.now() / 60000) * 60000;
  const all = Array.from({ length: 60 }, (_, index) => last - (59 - index) * 60000)
    .map((at) => ({ at, verbatims: by.get(at)?.verbatims ?? 0, dead_letters: by.get(at)?.dead_letters ?? 0 }));
  const clock = (at) => new Date(at).toISOString().slice(11, 16);
  const points = (name) => all.map((one) => one[name]);
  return chart(host, {
    title: "Texts and dead letters stored a minute in the last hour",
    height: 200,
    make: () => ({
      type: "line",
      data: { labels: all.map((one) => clock(one.at)), datasets: [line("texts a minute", points("verbatims"), "accent", { pointRadius: 0, tension: 0 }), line("dead letters a minute", points("dead_letters"), "broken", { pointRadius: 0, tension: 0, borderDash: [5, 4] })] },
      options: { scales: { x: { grid: { display: false }, ticks: { color: colour("dim"), maxRotation: 0, autoSkipPadding: 24 } }, y: valueAxis() } },
    }),
    columns: ["Minute (UTC)", "Texts", "Dead letters"],
    rows: all.filter((one) => one.verbatims || one.dead_letters).map((one) => [clock(one.at), count(one.verbatims), count(one.dead_letters)]),
  });
}

function dead(reasons) {
  const host = byId("dead");
  const shown = JSON.stringify(reasons);
  if (host.dataset.shown === shown) return; // the list below stays as it was opened
  host.dataset.shown = shown;
  const rows = Object.entries(reasons);
  if (rows.length === 0) return void fill(host, empty("None: every record could be read."));
  const list = el("ul", {});
  fill(host,
    bars(rows, (name) => REASONS[name] ?? words(name)),
    el("details", { on: { toggle: (event) => event.target.open && letters(list) } }, el("summary", {}, "The last ten"), list),
    el("p", { class: "hint" }, "Mend what sends them, then ", el("code", {}, "gapwatch dead-letters replay"), "."));
}

// Asked for only when somebody looks: each reading is noted in the access log.
async function letters(list) {
  try {
    const { dead_letters: found } = await get("/api/v1/dead-letters", { limit: 10 });
    fill(list, found.toReversed().map((letter) =>
      el("li", {}, el("code", {}, letter.record_id), ` ${letter.detail}, ${ago(letter.stored_at)}`)));
  } catch (error) {
    fill(list, el("li", {}, faultNote(error, () => letters(list))));
  }
}

function newest(rows) {
  if (rows.length === 0) return fill(byId("newest"), empty("Nothing is stored yet."));
  const outcome = (row) => (row.judged ? OUTCOMES[row.disconfirmation] ?? "–" : `not judged (${row.language})`);
  return fill(byId("newest"), table(["Stored", "Happened", "Source", "Kind", "Brand", "Judged as", "Signals", "Record"],
    rows.map((row) => [ago(row.stored_at), time(row.event_time), row.source, row.kind, row.brand ?? "–", outcome(row), count(row.signals), el("code", {}, row.record_id)])));
}

function versions(told) {
  fill(byId("models"), told.models.length ? table(["Model", "Version", "Judged last"],
    told.models.map((one) => [one.name, el("code", {}, one.version), ago(one.stored_at)])) : empty("Nothing was judged yet."));
  fill(byId("catalogues"), told.catalogues.length ? table(["Brand", "Promises", "Wordings", "Last changed"],
    told.catalogues.map((one) => [el("a", { href: `/promises?brand=${encodeURIComponent(one.brand)}` }, one.brand), count(one.promises), count(one.wordings), date(one.remembered_at)])) : empty("No promises are known."));
}

function table(columns, rows) {
  return el("table", {},
    el("thead", {}, el("tr", {}, columns.map((name) => el("th", { scope: "col" }, name)))),
    el("tbody", {}, rows.map((row) => el("tr", {}, row.map((cell) => el("td", {}, cell))))));
}

document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(waiting) : look()));
look();
