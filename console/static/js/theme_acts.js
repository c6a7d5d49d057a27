// What operators do to a theme. Each says before it is done what will happen, and that it is remembered.
import { dropped, latest, post } from "./api.js";
import { busy, el, empty, fill } from "./dom.js";
import { plural } from "./format.js";
import { onKey } from "./keys.js";
import { themeAddress } from "./themes_row.js";
import { tell } from "./toast.js";

const REMEMBERED = "This is remembered whenever themes are rebuilt, and stands in the history with your name.";
const LONGEST = 200;

const act = (theme, action, body) => post(`/api/v1/themes/${encodeURIComponent(theme.theme_id)}/${action}`, body);

// `done` after a change, `went(id)` where the theme is part of another one now, `rename` to begin renaming
export function actButtons(theme, { done, went, rename }) {
  const buttons = [
    ["Rename", rename],
    ["Merge into…", () => mergeDialog(theme, went)],
    ["Split…", () => splitDialog(theme, done)],
    [theme.pinned ? "Unpin" : "Pin", () => markDialog(theme, theme.pinned ? "unpin" : "pin", done)],
    [theme.muted ? "Unmute" : "Mute", () => markDialog(theme, theme.muted ? "unmute" : "mute", done)],
  ];
  onKey("r", "Rename the theme", rename);
  return buttons.map(([name, press]) => el("button", { type: "button", on: { click: press } }, name));
}

export function renameInPlace(host, theme, { done, left }) {
  const field = el("input", { id: "new-name", name: "name", type: "text", maxlength: LONGEST, required: true, "aria-describedby": "rename-hint rename-fault" });
  field.value = theme.name;
  const leave = () => { left(); refocus(); };
  const fault = el("p", { id: "rename-fault", class: "fault", role: "alert" });
  const form = el("form", { class: "rename" },
    el("label", { for: "new-name" }, "Name of the theme"),
    el("div", { class: "row" }, field, el("button", { class: "primary" }, "Save"),
      el("button", { type: "button", on: { click: leave } }, "Cancel")),
    el("p", { id: "rename-hint", class: "hint" }, "It keeps this name whatever is rebuilt, and the history says who gave it."), fault);
  form.addEventListener("keydown", (event) => { if (event.key === "Escape") leave(); });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await attempt(form, fault, async () => {
      await act(theme, "rename", { name: field.value });
      tell("Renamed");
      await done();
      refocus();
    });
  });
  fill(host, el("h1", { class: "sr" }, theme.name), form);
  field.select();
}

const MARKS = {
  pin: ["Pin this theme?", "Pin", "Pinned", "It is shown first in lists, and rebuilds take no verbatim out of it."],
  unpin: ["Unpin this theme?", "Unpin", "Unpinned", "It is listed by its size again, and rebuilds may move its verbatims."],
  mute: ["Mute this theme?", "Mute", "Muted", "It is left out of lists and of alerts. It goes on taking its verbatims, and can be unmuted."],
  unmute: ["Unmute this theme?", "Unmute", "Unmuted", "It is back in lists, and alerts may be raised on it."],
};

function markDialog(theme, action, done) {
  const [title, name, did, effect] = MARKS[action];
  dialog(title, name, [el("p", {}, el("b", {}, theme.name), ": ", effect)], async () => {
    await act(theme, action);
    tell(did);
    await done();
  });
}

function splitDialog(theme, done) {
  const parts = el("input", { type: "number", name: "parts", id: "parts", min: 2, max: 10, value: 2, required: true });
  dialog("Split this theme?", "Split", [
    el("p", {}, `Its ${plural(theme.verbatims, "verbatim")} are divided by what they say. The largest part stays this theme, under its link`,
      theme.named_by === "gapwatch" ? ", perhaps with another name" : " and its name",
      "; the others become new themes. It takes some seconds. There is no way back, but parts can be merged."),
    el("div", { class: "field" }, el("label", { for: "parts" }, "Into how many parts"), parts),
  ], async () => {
    const { made } = await act(theme, "split", { parts: parts.valueAsNumber });
    tell(`Split; ${plural(made.length, "new theme")}, linked in the history`);
    await done();
  });
}

function mergeDialog(theme, went) {
  const ask = latest();
  const results = el("div", { class: "choices", role: "radiogroup", "aria-label": "Themes to merge into" });
  const search = el("input", { type: "search", id: "into-search", maxlength: 200, autocomplete: "off" });
  const find = async () => {
    try {
      const others = await candidates(ask, theme, search.value.trim());
      fill(results, others.length ? others.map(choice) : empty("No other theme of this brand is like that."));
    } catch (error) {
      if (!dropped(error)) fill(results, el("p", { class: "fault" }, error.message));
    }
  };
  let waiting;
  search.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(find, 250); });
  search.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); find(); } });
  dialog("Merge this theme into another?", "Merge", [
    el("p", {}, `All ${plural(theme.verbatims, "verbatim")} of `, el("b", {}, theme.name),
      " go to the other theme, as do later ones that are like them. Links to this page lead there. There is no way back, but the other theme can be split."),
    el("div", { class: "field" }, el("label", { for: "into-search" }, "Find the other theme"), search), results,
  ], async (form) => {
    const into = new FormData(form).get("into");
    if (!into) throw new Error("Choose the theme to merge into first");
    await act(theme, "merge", { into });
    tell("Merged");
    history.replaceState(null, "", themeAddress(into));
    await went(into);
  });
  find();
}

// Before anything is searched for: those like this one, or where there are none, the largest
async function candidates(ask, theme, words) {
  const among = async (search) => {
    const { themes } = await ask("/api/v1/themes", { search, brand: theme.brand, state: "all", limit: 9 });
    return themes.filter((other) => other.theme_id !== theme.theme_id);
  };
  if (words) return among(words);
  const like = await among(theme.name);
  return like.length ? like : among("");
}

const choice = (other) => el("label", { class: "choice" },
  el("input", { type: "radio", name: "into", value: other.theme_id }),
  el("span", {}, other.name, el("span", { class: "dim" }, ` ${plural(other.verbatims, "verbatim")}${other.muted ? ", muted" : ""}`)));

// The focus goes into the dialog and, by the browser, back to where it was; Escape leaves without doing it.
function dialog(title, name, content, press) {
  const fault = el("p", { class: "fault", role: "alert" });
  const form = el("form", { class: "stack" }, content, el("p", { class: "hint" }, REMEMBERED), fault,
    el("div", { class: "row" }, el("button", { class: "primary" }, name),
      el("button", { type: "button", on: { click: () => box.close() } }, "Cancel")));
  const box = el("dialog", { class: "dialog", "aria-labelledby": "act-title" }, el("h2", { id: "act-title" }, title), form);
  box.addEventListener("close", () => box.remove());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await attempt(form, fault, async () => {
      await press(form);
      box.close();
      refocus();
    });
  });
  document.body.append(box);
  box.showModal();
  (form.querySelector("input") ?? form.querySelector("button")).focus();
}

// The buttons were made anew with what is allowed now.
const refocus = () => document.querySelector("#head [role=group] button")?.focus();

async function attempt(form, fault, press) {
  const button = form.querySelector("button.primary");
  fault.textContent = "";
  busy(form);
  button.disabled = true;
  try {
    await press();
  } catch (error) {
    fault.textContent = error.message;
  }
  button.disabled = false;
  busy(form, false);
}
