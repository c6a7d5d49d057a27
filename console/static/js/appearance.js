// Before anything is drawn: light or dark, as was chosen here, else as the system has it.
"use strict";
(() => {
  const chosen = localStorage.getItem("gapwatch.appearance");
  const dark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.appearance = dark ? "dark" : "light";
})();
