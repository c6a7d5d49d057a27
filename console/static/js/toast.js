// Short messages at the foot of the page, read out by screen readers.
import { byId, el } from "./dom.js";

const STAYS_MS = 6000;

export function tell(text, { fault = false } = {}) {
  const note = el("p", { class: fault ? "toast toast-fault" : "toast" }, text);
  byId("toasts").append(note);
  setTimeout(() => note.remove(), STAYS_MS);
}
