// What every page has: light or dark, signing out, keys to go from page to page.
import { post } from "./api.js";
import { byId } from "./dom.js";
import { onKey } from "./keys.js";

const root = document.documentElement;

byId("appearance").addEventListener("click", () => {
  root.dataset.appearance = root.dataset.appearance === "dark" ? "light" : "dark";
  localStorage.setItem("gapwatch.appearance", root.dataset.appearance);
  document.dispatchEvent(new Event("appearancechange"));
});

byId("sign-out")?.addEventListener("click", async () => {
  await post("/api/v1/sign-out");
  location.assign("/sign-in");
});

for (const link of document.querySelectorAll(".nav a")) {
  onKey(`g ${link.textContent[0].toLowerCase()}`, `Go to ${link.textContent}`, () => location.assign(link.href));
}
// Pipeline and Promises begin alike
onKey("g i", "Go to Pipeline", () => location.assign("/pipeline"));
onKey("g p", "Go to Promises", () => location.assign("/promises"));
onKey("/", "Search", () => document.querySelector("input[type=search]")?.focus());
