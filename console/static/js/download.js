// Files of /api/v1/export: what went wrong is told on the page, not in the browser's list of downloads.
import { ApiError, query } from "./api.js";
import { busy, el } from "./dom.js";
import { plural, time } from "./format.js";
import { tell } from "./toast.js";

// Buttons for a list: exportButtons("themes", () => ({brand: "…"})); the filters are read when one is pressed.
export function exportButtons(what, filters) {
  return [["csv", "Export CSV"], ["parquet", "Export Parquet"]].map(([format, name]) =>
    el("button", { type: "button", on: { click: (event) => pressed(event.currentTarget, what, format, filters()) } }, name));
}

async function pressed(button, what, format, filters) {
  button.disabled = true;
  busy(button);
  try {
    const { rows, asOf } = await download(`/api/v1/export/${what}.${format}${query(filters)}`);
    tell(`${plural(rows, "row")} saved, as of ${time(asOf)}`);
  } catch (error) {
    tell(error.message, { fault: true });
  }
  busy(button, false);
  button.disabled = false;
}

async function download(address) {
  const answer = await fetch(address).catch(() => {
    throw new ApiError(0, { error: "gapwatch does not answer; it may be restarting" });
  });
  if (!answer.ok) throw new ApiError(answer.status, await answer.json());
  const name = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition"))[1];
  const place = URL.createObjectURL(await answer.blob());
  el("a", { href: place, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(place), 60_000); // the browser may still be reading it
  return {
    rows: Number(answer.headers.get("Gapwatch-Rows")),
    asOf: new Date(answer.headers.get("Last-Modified")).toISOString(),
  };
}
