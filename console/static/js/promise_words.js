// What the board and the page of one promise say in the same words.
import { el } from "./dom.js";
import { percent, words } from "./format.js";

export const FEW = 30; // verdicts: below, nothing is claimed and nothing advised
const LEAST_OF_A_WEEK = 5; // verdicts: of fewer a week's rate says nothing

export const promiseAddress = (one) => `/promises/${encodeURIComponent(one.brand)}/${encodeURIComponent(one.promise_id)}`;
export const goal = (one) => one.budget?.kept_at_least ?? null;

// Days as weeks from Monday to Sunday: [{week: "2026-10-05", broken, kept, exceeded, n, rate}]
export function weeks(days) {
  const found = new Map();
  for (const one of days) {
    const at = new Date(`${one.day}T00:00Z`);
    at.setUTCDate(at.getUTCDate() - (at.getUTCDay() + 6) % 7);
    const week = at.toISOString().slice(0, 10);
    const sum = found.get(week) ?? { week, broken: 0, kept: 0, exceeded: 0 };
    for (const verdict of ["broken", "kept", "exceeded"]) sum[verdict] += one[verdict];
    found.set(week, sum);
  }
  return [...found.values()].sort((a, b) => (a.week < b.week ? -1 : 1)).map((one) => {
    const n = one.broken + one.kept + one.exceeded;
    return { ...one, n, rate: n >= LEAST_OF_A_WEEK ? (one.kept + one.exceeded) / n : null };
  });
}

// How much of what may be broken is left
export function budgetWords(one) {
  if (!one.budget) return el("span", { class: "dim" }, "no budget is set");
  const { left } = one.budget;
  if (left === null) return el("span", { class: "dim" }, one.n ? "a single broken one is too many" : "nobody spoke");
  if (left < 0) return el("span", { class: "budget over" }, "overdrawn: ", `${(1 - left).toFixed(1)} times what is tolerated`);
  return el("span", { class: "budget" }, `${percent(left)} of the budget left`,
    el("meter", { min: 0, max: 1, low: 0.25, value: left, "aria-label": `${percent(left)} of the budget left` }));
}

export const facts = (one) => [one.brand, one.touchpoint ? words(one.touchpoint) : null, one.severity >= 4 ? `severity ${one.severity}` : null].filter(Boolean);
