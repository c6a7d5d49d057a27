// Figures and times as people read them. All times are shown in UTC, as they are stored.

const whole = new Intl.NumberFormat("en");
const day = new Intl.DateTimeFormat("en", { day: "numeric", month: "short", timeZone: "UTC" });
const dayYear = new Intl.DateTimeFormat("en", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const clock = new Intl.DateTimeFormat("en", { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: "UTC" });

export const count = (n) => whole.format(n);
export const plural = (n, one, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;

// .9312 -> "93 %"; close to the ends with a decimal: 99.6 % is not "100 %".
export function percent(share) {
  if (share === null || share === undefined) return "–";
  const value = share * 100;
  const close = value > 99 && value < 100 || value > 0 && value < 1;
  return `${value.toFixed(close ? 1 : 0)} %`;
}

export const interval = (low, high) =>
  low === null || low === undefined ? "nobody spoke of it" : `${percent(low)} to ${percent(high)}`;

// The API gives times without a zone in UTC.
export function moment(text) {
  if (!text) return null;
  return new Date(/(Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}${text.includes("T") ? "Z" : "T00:00Z"}`);
}

export const date = (text) => (text ? dayYear.format(moment(text)) : "–");
export const shortDate = (text) => (text ? day.format(moment(text)) : "–");
export const time = (text) => (text ? `${day.format(moment(text))}, ${clock.format(moment(text))} UTC` : "–");

export function ago(text, now = Date.now()) {
  if (!text) return "–";
  const seconds = (now - moment(text).getTime()) / 1000;
  if (seconds < -60) return time(text);
  if (seconds < 60) return "just now";
  for (const [unit, length] of [["day", 86400], ["hour", 3600], ["minute", 60]]) {
    if (seconds >= length) return seconds >= 14 * 86400 ? date(text) : `${plural(Math.floor(seconds / length), unit)} ago`;
  }
  return time(text);
}

// ground-operations -> Ground operations; names of settings and codes as words
export function words(code) {
  if (!code) return "";
  const text = code.replaceAll("_", " ").replaceAll("-", " ");
  return text[0].toUpperCase() + text.slice(1);
}
