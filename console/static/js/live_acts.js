// What operators do about an alert: buttons, keys, and a dialog for what must be asked.
import { post } from "./api.js";
import { byId, el, fill } from "./dom.js";
import { tell } from "./toast.js";

const HOUR = 3600_000;

// Each act: its name, its key, in which states it can be done, and what must be asked first.
export const ACTS = [
  { act: "acknowledge", name: "Acknowledge", key: "a", when: ["open"] },
  { act: "assign", name: "Assign", key: "s", when: ["open", "acknowledged", "snoozed"], ask: askAssignee },
  { act: "snooze", name: "Snooze", key: "z", when: ["open", "acknowledged"], ask: askUntil },
  { act: "resolve", name: "Resolve", key: "r", when: ["open", "acknowledged", "snoozed"], ask: askNote },
  { act: "reopen", name: "Re-open", key: "o", when: ["resolved", "snoozed", "acknowledged"] },
  { act: "note", name: "Note", key: "n", when: ["open", "acknowledged", "snoozed", "resolved"], ask: askNote },
];

export const mayAct = () => document.body.dataset.role === "operator";

// Buttons for what can be done in the alert's state
export function actButtons(alert, done) {
  if (!mayAct()) return [];
  return ACTS.filter(({ when }) => when.includes(alert.state)).map((one, index) =>
    el("button", { type: "button", class: index === 0 && alert.state === "open" ? "primary" : null, data: { act: one.act }, title: `Key ${one.key}`, on: { click: () => start(one, alert, done) } }, one.name));
}

// Ask where it must be asked, then do it; `done` gets the alert as it is then.
export async function start({ act, name, ask }, alert, done) {
  if (!ask) return send(alert, act, {}, done).catch((error) => tell(error.message, { fault: true }));
  const dialog = byId("act"), form = byId("act-form");
  const read = ask(byId("act-fields"), act);
  byId("act-title").textContent = `${name}: ${alert.title}`;
  byId("act-do").textContent = name;
  byId("act-fault").textContent = "";
  form.onsubmit = async (event) => {
    if (event.submitter?.value !== "do") return;
    event.preventDefault();
    try {
      await send(alert, act, read(), done);
      dialog.close();
    } catch (error) {
      byId("act-fault").textContent = error.message;
    }
  };
  return dialog.showModal();
}

async function send(alert, act, body, done) {
  done(await post(`/api/v1/alerts/${encodeURIComponent(alert.alert_id)}/${act}`, body));
  tell(`${ACTS.find((one) => one.act === act).name}: done`);
}

function field(label, input) {
  return el("div", { class: "field" }, el("label", { for: input.id }, label), input);
}

function askAssignee(host) {
  const known = JSON.parse(localStorage.getItem("gapwatch.assignees") ?? "[]");
  const names = [...new Set([document.body.dataset.name, ...known])].filter(Boolean);
  const input = el("input", { id: "assignee", type: "text", required: true, maxlength: "200", autocomplete: "off", list: "assignees" });
  fill(host, field("To whom", input), el("datalist", { id: "assignees" }, names.map((name) => el("option", { value: name }))),
    el("div", { class: "row" }, names.slice(0, 5).map((name) => el("button", { type: "button", on: { click: () => { input.value = name; } } }, name))));
  return () => {
    localStorage.setItem("gapwatch.assignees", JSON.stringify([...new Set([input.value, ...known])].slice(0, 8)));
    return { assignee: input.value };
  };
}

function askUntil(host) {
  const morning = new Date();
  morning.setDate(morning.getDate() + 1);
  morning.setHours(8, 0, 0, 0);
  const choices = [["for an hour", HOUR], ["for four hours", 4 * HOUR], ["until tomorrow, 8 o'clock here", morning - Date.now()], ["until …", 0]];
  const select = el("select", { id: "for" }, choices.map(([name], index) => el("option", { value: index }, name)));
  const own = el("input", { id: "until", type: "datetime-local" });
  const ownField = field("Until, in your time", own);
  ownField.hidden = true;
  select.addEventListener("change", () => { ownField.hidden = select.value !== "3"; own.required = !ownField.hidden; });
  fill(host, field("How long", select), ownField);
  return () => ({ until: (select.value === "3" ? new Date(own.value) : new Date(Date.now() + choices[select.value][1])).toISOString() });
}

function askNote(host, act) {
  const input = el("textarea", { id: "note", rows: 3, maxlength: "2000", required: act === "note" });
  fill(host, field(act === "note" ? "Your note" : "Why (may stay empty)", input));
  return () => (input.value.trim() ? { note: input.value.trim() } : {});
}
