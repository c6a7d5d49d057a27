// One customer text, with its evidence marked, and where it comes from.
import { el } from "./dom.js";
import { percent, time } from "./format.js";

const SIGNS = { broken: "✕", kept: "✓", exceeded: "★", mentioned: "·" };

// A verdict is told by sign and word, not by colour alone.
export function verdictChip(verdict) {
  return el("span", { class: `chip verdict verdict-${verdict}` },
    el("span", { "aria-hidden": "true" }, SIGNS[verdict] ?? "?"), ` ${verdict}`);
}

// Offsets of the API count characters (code points), those of JavaScript count UTF-16 units.
export function marked(text, start, end) {
  if (start === null || start === undefined || end === null || end === undefined) return [text];
  const letters = Array.from(text);
  const part = (from, to) => letters.slice(from, to).join("");
  return [part(0, start), el("mark", {}, part(start, end)), part(end)];
}

// A verbatim as the API shows it (ShownAnswer, or a theme's MemberAnswer, which has no verdict)
export function verbatimCard(one, ...more) {
  const from = [one.kind, one.region, one.product, one.channel].filter(Boolean);
  return el("article", { class: "verbatim", data: { recordId: one.record_id } },
    el("blockquote", {}, marked(one.text, one.evidence_start, one.evidence_end)),
    el("footer", {},
      one.verdict ? verdictChip(one.verdict) : null,
      one.confidence !== undefined && one.confidence !== null
        ? el("span", { class: "dim", title: "how sure the judge is" }, `sure by ${percent(one.confidence)}`) : null,
      from.map((part) => el("span", { class: "chip" }, part)),
      el("time", { datetime: one.event_time, class: "dim" }, time(one.event_time)),
      el("code", { class: "dim record", title: "the record it came as" }, one.record_id),
      more));
}
